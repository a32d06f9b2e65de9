"""Two lines of the schedule ask for one activity on one day.

What it finds
    Lines with the same anchor that name the same activity and whose days fall together, and an activity named twice in
    one line.

Why it matters
    A due list asks once, so the second line does nothing; where the windows of the two differ, nobody can say which of
    them holds.

Seen in
    Register entries in which imaging stands under two outcomes with two time frames for one visit.
"""

from collections.abc import Iterator
from itertools import combinations

from ..calendar import Span
from ..finding import Severity
from ..protocol import Line
from ..study import Study
from .rule import Flaw, in_words, rule


@rule(Severity.WARNING)
def duplicate_assessments(study: Study) -> Iterator[Flaw]:
    for line in study.protocol.schedule:
        twice = [name for name in dict.fromkeys(line.do) if line.do.count(name) > 1]
        if twice:
            yield Flaw(line.place, f"{in_words(twice)} stands twice in one line", line.label or twice[0], "say it once")
    for one, other in combinations(study.protocol.schedule, 2):
        same = [name for name in one.do if name in other.do]
        day = _day(one, other) if same and _anchor(one) == _anchor(other) and one.while_ == other.while_ else ""
        if day:
            windows = " with another window" if (one.window, one.hard) != (other.window, other.hard) else ""
            says = f"{in_words(same)} is asked for {day} on line {one.place.line} already{windows}"
            yield Flaw(other.place, says, other.label or same[0], "take it out of one of the two lines")


def _anchor(line: Line) -> tuple[object, ...]:
    return (line.anchor, line.for_each, line.track, line.every.activity if line.every is not None else "")


def _day(one: Line, other: Line) -> str:
    """The first day, after the anchor, on which both lines ask; empty where there is none that can be told."""
    if one.every is not None and other.every is not None and one.every.activity:
        return "every time" if one.every.count == other.every.count else ""
    together = [day for day in _days(one) if day in _days(other)]
    return f"{together[0]} after the anchor" if together else ""


FAR = 40
"""Visits of a line that are looked at: ten years of them, four a year."""


def _days(line: Line) -> list[Span]:
    """The days on which a line asks, after its anchor: as many as a schedule reaches."""
    if line.on:
        return [Span(days=day) for day in line.on]
    if line.at is not None:
        return [line.at]
    if line.every is None or line.every.span is None:
        return []
    step, first = line.every.span, line.starting if line.starting is not None else line.every.span
    days = [Span(months=first.months + n * step.months, days=first.days + n * step.days) for n in range(FAR)]
    return [day for day in days if not isinstance(line.until, Span) or day.about_days <= line.until.about_days]
