"""What is owed and when: the schedule's lines and the pathway's steps as things to do, each with its days and its state."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Literal, NamedTuple

from .calendar import Span, Window, later
from .chart import Chart
from .expression.explain import Between, truth, value
from .expression.facts import Row
from .expression.tree import Pick, Rows
from .finding import NOWHERE, Place
from .logic import MET, NOT_MET
from .protocol import Every, Line, Moment
from .study import Study, each_time

Status = Literal["upcoming", "open", "late", "missed", "early", "done", "done late", "void"]
MOST = 400
"""Targets of one line for one participant: more than thirty years of months."""


@dataclass(frozen=True, slots=True)
class Due:
    """One activity that was, is or will be owed.

    `opens` and `closes` are the first and last day in time; `status` is `early`, `done` or `done late` once it took place,
    on the day `done_on`. `because` says which promise asks for it, `place` where that stands.
    """

    activity: str
    target: date
    opens: date
    closes: date
    status: Status
    because: str
    done_on: date | None = None
    event: str = ""
    place: Place = NOWHERE
    last: date | None = field(default=None, compare=False)
    """The last day on which it may be taken for this target at all; None where it never lapses."""

    @property
    def is_pending(self) -> bool:
        """Whether it still has to be done."""
        return self.status in ("upcoming", "open", "late")


def due(study: Study, known: Chart) -> tuple[Due, ...]:
    """Everything owed to the protocol by this participant, in order of target day.

    Of open-ended lines the next target after the chart's day is the last that is listed.
    """
    study = study.under(known.version)
    found = [each for line in study.protocol.schedule for each in _line(line, study, known)]
    found += _steps(study, known)
    return tuple(sorted(_once(found), key=lambda each: (each.target, each.activity)))


# --- the schedule ----------------------------------------------------------------------------------------------------


def _line(line: Line, study: Study, known: Chart) -> Iterator[Due]:
    targets = _targets(line, study, known)
    if not targets:
        return
    ended = _ended(line, study, known)
    for activity in line.do:
        rows = list(known.facts.rows.get(activity, ()))
        used: set[int] = set()
        for index, (target, why, anchor) in enumerate(targets):
            before = targets[index - 1].day if index else None
            after = targets[index + 1].day if index + 1 < len(targets) else None
            if line.while_ is not None and truth(line.while_.settled, known.facts.on(min(target, known.until))) is NOT_MET:
                continue
            item = _item(line, activity, target, why, anchor, before, after, rows, used, known.until, ended)
            if item is not None:
                yield item


class _Target(NamedTuple):
    """A day on which something is wanted, what it is called, and the day it is counted from."""

    day: date
    why: str
    anchor: date


def _targets(line: Line, study: Study, known: Chart) -> list[_Target]:
    """The target days of a line, in order."""
    found: list[_Target] = []
    if line.every is not None and line.every.activity:
        return _rounds(line, line.every, study, known)
    for anchor, name in anchors(line, study, known):
        for offset in _offsets(line, anchor, known):
            target = later(anchor, offset)
            after = f"day {offset.days} after {name}" if line.on else f"{offset} after {name}"
            found.append(_Target(target, f"{line.label}, {after}" if line.label else after, anchor))
    return sorted(found)


def _rounds(line: Line, every: Every, study: Study, known: Chart) -> list[_Target]:
    """The days on which so many rounds of an activity have been done, counted from the anchor where there is one."""
    lasts = study.activities[every.activity].lasts or Span()
    found = []
    for start, name in anchors(line, study, known) if line.anchor is not None else [(date.min, "")]:
        rows = [row for row in known.facts.rows.get(every.activity, ()) if row.on.first >= start]
        since = f" since {name}" if name else ""
        for count in range(every.count, len(rows) + 1, every.count):
            done = rows[count - 1].on.first
            found.append(_Target(later(done, lasts), f"after {count} × {study.called(every.activity)}{since}", done))
    return sorted(found)


def anchors(line: Line, study: Study, known: Chart) -> list[tuple[date, str]]:
    """The days that a line counts from, and what each is called; none while the anchor has not happened."""
    moment = line.anchor
    if moment is None or moment.tree is None:
        return []
    tree = moment.settled
    if each_time(moment, study) and isinstance(tree, Pick):
        rows = known.facts.rows.get(tree.rows.form, ())
        name = _named(tree.rows, study)
        chosen: Sequence[Row] = rows[:1] if line.for_each == "first" else rows[-1:] if line.for_each == "last" else rows
        numbered = len(chosen) > 1
        return [(row.on.first, f"{name} {index}" if numbered else name) for index, row in enumerate(chosen, start=1)]
    found = value(tree, known.facts)
    name = _named(tree.rows, study) if isinstance(tree, Pick) else str(moment).replace("_", " ")
    return [(date.fromordinal(int(found.low)), name)] if isinstance(found, Between) else []


def _named(rows: Rows, study: Study) -> str:
    """What an anchor is called: an activity, or the entry to a step."""
    if rows.form in study.activities:
        return study.called(rows.form)
    kind, _, step = rows.form.partition(":")
    pathway = study.protocol.pathway
    label = pathway.steps[step].label if pathway is not None and step in pathway.steps else ""
    return f"{'entry to' if kind == 'entered' else 'leaving'} {label or step.replace('_', ' ')}"


def _offsets(line: Line, anchor: date, known: Chart) -> Iterator[Span]:
    if line.on:
        yield from (Span(day) for day in line.on)
    elif line.at is not None:
        yield line.at
    elif line.every is not None and line.every.span is not None:
        every, start = line.every.span, line.starting or line.every.span
        last = _last(line, anchor, known)
        for count in range(MOST):
            offset = Span(start.days + every.days * count, start.months + every.months * count)
            target = later(anchor, offset)
            if last is not None and target > last:
                return
            yield offset
            if last is None and target > known.until:
                return


def _last(line: Line, anchor: date, known: Chart) -> date | None:
    """The last day of a line, None if it is open-ended or its end has not come."""
    match line.until:
        case Span():
            return later(anchor, line.until)
        case Moment():
            found = value(line.until.settled, known.facts) if line.until.tree is not None else None
            return date.fromordinal(int(found.high)) if isinstance(found, Between) else None
        case _:
            return None


_ALL = ("follow_up", "consent")
"""What a participant may withdraw from, so that nothing is owed any more."""


def _ended(line: Line, study: Study, known: Chart) -> date | None:
    """From which day a line asks for nothing: death, withdrawal, or the end of its track."""
    pathway = study.protocol.pathway
    ends_all = any(
        each.on == "withdrawal" and each.end == "all"
        and (each.when is None or truth(each.when.settled, known.facts) is MET)
        for each in (pathway.anywhere if pathway is not None else ())
    )  # fmt: skip
    days = [row.on.first for row in known.facts.rows.get("death", ())]
    days += [row.on.first for row in known.facts.rows.get("withdrawal", ()) if ends_all or row.values.get("from") in _ALL]
    if line.track:
        days += [each.entered for each in known.positions if each.track == line.track and each.ended]
    return min(days, default=None)


def _item(
    line: Line, activity: str, target: date, why: str, anchor: date, before: date | None, after: date | None,
    rows: list[Row], used: set[int], until: date, ended: date | None,
) -> Due | None:  # fmt: skip
    opens, closes = (line.window or Window()).around(target)
    first, last = _reach(line, target, before, after)
    if target >= anchor:  # what came before the anchor serves nothing after it, unless the window reaches back
        first = max(first, min(anchor, opens))
    if line.window is None:
        opens, closes = target, max(last, target)
    chosen = _chosen(rows, used, target, opens, closes, first, last)
    made = Due(activity, target, opens, closes, "upcoming", why, place=line.place, last=last)
    if chosen is not None and not _is_too_soon(rows[chosen].on.first, opens, closes, line, ended, until):
        used.add(chosen)
        on = rows[chosen].on.first
        state: Status = "done" if line.window is None or opens <= on <= closes else "early" if on < opens else "done late"
        return replace(made, status=state, done_on=on, event=rows[chosen].id)
    if ended is not None and ended <= closes:
        return replace(made, status="void") if target <= until else None
    if until < opens:
        return made
    if until <= closes:
        return replace(made, status="open")
    return replace(made, status="late" if until <= last else "missed")


def _is_too_soon(on: date, opens: date, closes: date, line: Line, ended: date | None, until: date) -> bool:
    """Whether what was done before the window leaves the target as it is: its window has not passed, or never will."""
    return line.window is not None and on < opens and (until <= closes or (ended is not None and ended <= closes))


def _reach(line: Line, target: date, before: date | None, after: date | None) -> tuple[date, date]:
    """The days within which an activity may be taken for this target at all: its hard window, or half way to the next."""
    if line.hard is not None:
        return line.hard.around(target)
    first = target - (target - before) // 2 if before is not None else _far(line, target, -1)
    last = target + max(after - target - timedelta(days=1), timedelta()) // 2 if after is not None else _far(line, target, 1)
    opens, closes = (line.window or Window()).around(target)
    return min(first, opens), max(last, closes)


def _far(line: Line, target: date, way: int) -> date:
    """How far the first and the last target reach: half an interval, or four weeks."""
    span = line.every.span if line.every is not None and line.every.span is not None else None
    half = int(span.about_days / 2) if span is not None else 28 if line.at is not None or line.every is not None else 3
    return later(target, Span(days=half), way)


def _chosen(
    rows: list[Row], used: set[int], target: date, opens: date, closes: date, first: date, last: date
) -> int | None:  # fmt: skip
    near = [
        (not opens <= row.on.first <= closes, abs((row.on.first - target).days), index)
        for index, row in enumerate(rows)
        if index not in used and first <= row.on.first <= last
    ]
    return min(near)[2] if near else None


# --- the pathway -----------------------------------------------------------------------------------------------------


def _steps(study: Study, known: Chart) -> Iterator[Due]:
    pathway = study.protocol.pathway
    for position in known.positions:
        if pathway is None or position.ended or position.step not in pathway.steps:
            continue
        step = pathway.steps[position.step]
        for activity, opens in position.owed:
            closes = later(opens, step.within) if step.within is not None else date.max
            status: Status = "upcoming" if known.until < opens else "open" if known.until <= closes else "late"
            why = f"step '{step.label or position.step.replace('_', ' ')}'"
            yield Due(activity, opens, opens, closes, status, why, place=step.place)


def _once(items: list[Due]) -> list[Due]:
    """Two promises that want one activity within one window ask once."""
    kept: list[Due] = []
    for item in sorted(items, key=lambda each: (each.activity, each.target)):
        twin = next(
            (index for index, each in enumerate(kept) if each.activity == item.activity and each.is_pending and item.is_pending
             and each.opens <= item.closes and item.opens <= each.closes and each.status != "missed"), None,
        )  # fmt: skip
        if twin is None:
            kept.append(item)
        elif item.because not in kept[twin].because:
            first = kept[twin]
            kept[twin] = replace(first, closes=min(first.closes, item.closes), because=f"{first.because}; {item.because}")
    return kept
