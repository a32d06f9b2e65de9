"""The schedule of activities as a table: activities down, time points across, as a SPIRIT figure has them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ..calendar import Span
from ..protocol import Line, Moment
from ..study import Study
from .lettering import printable
from .page import Table, part
from .wording import activity_label, each, formula, in_sentence, name_in_words, step_label

MARK = "×"
PATHWAY, CAPTION = "At the step", "Schedule of activities"
MOST_COLUMNS = 12


@dataclass(frozen=True, slots=True)
class _Column:
    """A time point: under which heading, what it says, and what holds for it alone."""

    group: str
    says: str
    note: str = ""


def schedule_picture(study: Study) -> str:
    """The schedule of activities as HTML; empty where nothing is scheduled."""
    return "\n".join(part(table) for table in schedule(study))


def schedule(study: Study) -> tuple[Table, ...]:
    """The schedule of activities: at the pathway's steps, and by what each line of the schedule counts from.

    One table, or two where one would be too wide for a page.
    """
    steps, lines = _cells(_steps(study)), _cells(_lines(study))
    if len(steps) + len(lines) <= MOST_COLUMNS or not steps or not lines:
        both = {**steps, **lines}
        return (_table(CAPTION, both, study),) if both else ()
    return _table(f"{CAPTION}: at each step", steps, study), _table(f"{CAPTION}: by time", lines, study)


def _cells(found: Iterable[tuple[_Column, str, str]]) -> dict[_Column, dict[str, str]]:
    cells: dict[_Column, dict[str, str]] = {}
    for column, activity, mark in found:
        cells.setdefault(column, {})[activity] = mark
    return cells


def _table(caption: str, cells: Mapping[_Column, Mapping[str, str]], study: Study) -> Table:
    groups = dict.fromkeys(column.group for column in cells)
    columns = [column for group in groups for column in cells if column.group == group]
    activities = dict.fromkeys(activity for column in columns for activity in cells[column])
    letters, notes = _notes(columns)
    return Table(
        caption=caption,
        head=("Activity", *(column.says + letters[column] for column in columns)),
        rows=tuple((activity_label(study, name), *(cells[column].get(name, "") for column in columns)) for name in activities),
        note="\n".join(notes),
        spans=tuple((group, sum(column.group == group for column in columns)) for group in groups),
        align="centre",
        upright=len(columns) > 8,
    )


def _notes(columns: list[_Column]) -> tuple[dict[_Column, str], list[str]]:
    """The letter behind each heading, and what the letters say."""
    said = dict.fromkeys(column.note for column in columns if column.note)
    letters = {note: _letter(index) for index, note in enumerate(said)}
    found = {column: f" {letters[column.note]}" if column.note else "" for column in columns}
    return found, [f"{letter} {note}" for note, letter in letters.items()]


def _letter(index: int) -> str:
    return f"({chr(ord('a') + index)})" if index < 26 else f"({index - 25})"


def _steps(study: Study) -> Iterator[tuple[_Column, str, str]]:
    pathway = study.protocol.pathway
    for step in pathway.steps.values() if pathway is not None else ():
        column = _Column(PATHWAY, step_label(study, step.name))
        for activity in step.do:
            yield column, activity, MARK
        if step.repeat and step.times is not None:
            yield column, step.repeat, f"{str(step.times).replace(' to ', '–')} {MARK}"


def _lines(study: Study) -> Iterator[tuple[_Column, str, str]]:
    for line in study.protocol.schedule:
        group, note, window = (
            _group(line, study),
            _note(line, study),
            f"\n{line.window}" if line.window is not None else "",
        )
        for says in _times(line, study):
            for activity in line.do:
                yield _Column(group, says + window, note), activity, MARK


def moment(written: Moment, study: Study) -> str:
    """A date in words: an activity and a step by their labels."""
    name = written.text.strip()
    if step := re.fullmatch(r"(entered|left)\((\w+)\)", name):
        return f"{'entry into' if step[1] == 'entered' else 'leaving'} “{step_label(study, step[2])}”"
    return in_sentence(activity_label(study, name)) if name in study.activities else formula(written, study)


def _group(line: Line, study: Study) -> str:
    if line.anchor is None:
        activity = line.every.activity if line.every is not None else ""
        return f"Counted by {in_sentence(activity_label(study, activity))}" if activity else "At any time"
    anchor = moment(line.anchor, study)
    of = {"each": "each ", "first": "the first ", "last": "the last ", None: ""}[line.for_each]
    return f"{'From' if line.every is not None else 'After'} {of}{anchor}"


def _note(line: Line, study: Study) -> str:
    parts = []
    if line.while_ is not None:
        parts.append(f"while {formula(line.while_, study)}")
    if line.track:
        parts.append(f"while {name_in_words(line.track).lower()} goes on")
    if line.hard is not None:
        parts.append(f"does not count outside {line.hard}")
    said = "; ".join(parts)
    label = printable(line.label)
    return f"{label}: {said}" if label and said else said


def _times(line: Line, study: Study) -> tuple[str, ...]:
    """The time points of a line."""
    if line.on:
        return tuple(f"day {day}" for day in line.on)
    if line.at is not None:
        return ("day 0" if line.at == Span() else str(line.at),)
    assert line.every is not None
    until = f", until {moment(line.until, study)}" if isinstance(line.until, Moment) else ""
    if line.every.span is None:
        again = f"every {line.every.count} times" if line.every.count > 1 else "every time"
        limit = f", for {line.until}" if isinstance(line.until, Span) else until
        return (f"{again.replace('times', _rounds(line, study))}{limit}",)
    found = _again(line.every.span, line.starting, line.until if isinstance(line.until, Span) else None)
    return (found.removesuffix(" →") + until.replace(",", "") if until else found,)


def _rounds(line: Line, study: Study) -> str:
    assert line.every is not None
    return "cycles" if "cycle" in activity_label(study, line.every.activity).lower() else "times"


def _again(every: Span, starting: Span | None, until: Span | None) -> str:
    """The first few time points, and the last; an arrow where there is none.

    >>> _again(Span(months=3), None, Span(months=24))
    '3, 6, 9 … 24 months'
    >>> _again(Span(months=6), Span(months=30), None)
    '30, 36, 42 … months →'
    """
    first = starting if starting is not None else every
    spans = [span for span in (every, first, until) if span is not None and span != Span()]
    for unit, size in (("month", 1), ("week", 7), ("day", 1)):
        lengths = [span.months if unit == "month" else span.days for span in spans]
        mixed = any(span.days if unit == "month" else span.months for span in spans)
        if not mixed and all(length % size == 0 for length in lengths):
            step, at = (getattr(span, "months" if unit == "month" else "days") // size for span in (every, first))
            if until is None:
                return f"{at}, {at + step}, {at + 2 * step} … {unit}s →"
            end = (until.months if unit == "month" else until.days) // size
            points = list(range(at, end + 1, step))
            if len(points) > 4:
                return f"{points[0]}, {points[1]}, {points[2]} … {points[-1]} {unit}s"
            return f"{', '.join(map(str, points))} {unit}{'' if points == [1] else 's'}" if points else f"every {each(every)}"
    return f"every {each(every)} from {first}" + (f" to {until}" if until is not None else " →")
