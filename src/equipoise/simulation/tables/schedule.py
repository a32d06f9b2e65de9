"""The schedule, line by line."""

from ...expression.tree import Pick
from ...protocol import Line, Moment
from ...study import each_time
from ..agenda import offsets
from ..site import record
from ..statements import NotCompiled
from .table import Tables


def schedule(t: Tables) -> None:
    """Every line: what it counts from, when it asks, and for what."""
    lines = t.protocol.schedule
    t.room(len(lines), record.LINES, "lines of the schedule")
    t.r.n_lines = len(lines)
    for index, line in enumerate(lines):
        _line(t, line, index)
        _hangs_on(t, index)


def _line(t: Tables, line: Line, index: int) -> None:
    r, who = t.r, f"the schedule ('{line.label}')" if line.label else "the schedule"
    t.room(len(line.do), record.PER_FORM, "activities of a line")
    r.n_acts[index] = len(line.do)
    for name in line.do:
        r.scheduled[t.form(name)] = 1
    r.acts[index, : len(line.do)] = [t.form(name) for name in line.do]
    r.anchor_kind[index] = 0
    if line.anchor is not None:
        _anchor(t, line, line.anchor, index, who)
    if line.every is not None and line.every.activity:
        r.rounds[index], r.rounds_form[index] = line.every.count, t.form(line.every.activity)
        if r.anchor_kind[index] == 1 and r.anchor_which[index] == 0:
            raise NotCompiled(f"{who} counts rounds from each of several anchors, which is not compiled")
    made = offsets(line, t.study)
    t.room(len(made.first), record.OFFSETS, "days of a line")
    r.n_first[index] = len(made.first)
    for number, span in enumerate(made.first):
        r.first_days[index, number], r.first_months[index, number] = span.days, span.months
    t.span("every", index, made.every, "has_every")
    t.span("last", index, made.last, "has_last")
    r.has_window[index] = made.has_window
    t.span("before", index, made.before)
    t.span("after", index, made.after)
    r.far_days[index] = made.far.days
    t.span("hard", index, made.hard, "has_hard")
    r.while_[index], r.line_until[index] = t.statement(line.while_, who), -1
    if isinstance(line.until, Moment):
        r.line_until[index] = t.statement(line.until, who)
        tree = line.until.settled
        once = isinstance(tree, Pick) and tree.rows.where is None and tree.of.name == "on"
        repeats = not isinstance(tree, Pick) or tree.rows.form not in t.study.activities
        r.until_is_fixed[index] = once and not repeats and not t.study.activities[tree.rows.form].repeats  # type: ignore[union-attr]
    r.line_track[index] = t.tracks.get(line.track, -1) if line.track else -1


def _hangs_on(t: Tables, index: int) -> None:
    """What a line hangs on: the activities and steps of which it counts, or more than these tables tell."""
    r, line = t.r, 1 << index
    if r.anchor_kind[index] == 2:
        r.always_looked |= line
    if r.anchor_kind[index] == 1:
        r.lines_of[r.anchor_form[index]] |= line
    if r.rounds[index]:
        r.lines_of[r.rounds_form[index]] |= line


def _anchor(t: Tables, line: Line, moment: Moment, index: int, who: str) -> None:
    r, tree = t.r, moment.settled
    rows = isinstance(tree, Pick) and tree.rows.where is None and tree.of.name == "on" and tree.rows.form in t.statements.forms
    if rows and isinstance(tree, Pick) and isinstance(tree.which, str):
        r.anchor_kind[index], r.anchor_form[index] = 1, t.statements.forms[tree.rows.form]
        if each_time(moment, t.study):
            r.anchor_which[index] = {"first": 1, "last": 2}.get(line.for_each or "", 0)
        else:
            r.anchor_which[index] = 1 if tree.which == "first" else 2
        return
    r.anchor_kind[index], r.anchor_statement[index] = 2, t.statement(moment, who)
