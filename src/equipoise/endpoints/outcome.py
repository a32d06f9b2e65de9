"""What an endpoint comes to for one participant, and how its dates are told."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from ..calendar import When
from ..chart import Chart
from ..expression.explain import Between, Explanation, explain, truth, value
from ..expression.facts import Row
from ..expression.tree import Pick, Tree
from ..logic import MET, NOT_MET
from ..protocol import Endpoint, Moment
from ..study import Study


@dataclass(frozen=True, slots=True)
class Absent:
    """No outcome: why, and whether that is because the participant is not among those it is about."""

    why: str
    is_outside: bool = False


@dataclass(frozen=True, slots=True)
class TimeToEvent:
    """So many days from the origin to an event, a competing event, or to the end of follow-up.

    `cause` names what ended it. `seen_free` is the last day of assessment before an event that shows only at assessments:
    the event lies somewhere in between, and `days` counts to the day it was seen, the usual convention.
    """

    days: int
    status: Literal["event", "competing", "censored"]
    cause: str
    origin: date
    ended: date
    seen_free: date | None = None


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Whether something happened within its time; None while follow-up is too short to tell."""

    happened: bool | None
    on: date | None
    count: int
    why: str


@dataclass(frozen=True, slots=True)
class Measurement:
    """A measured value, the day it was taken, and how many values it is made of."""

    value: float
    on: date
    count: int = 1


@dataclass(frozen=True, slots=True)
class Trajectory:
    """Values over time, in days from the origin, for each item."""

    points: tuple[tuple[str, int, float], ...]


Outcome = Absent | TimeToEvent | Occurrence | Measurement | Trajectory


def middle(when: When) -> date:
    """The day taken for a date known only in part: the middle of what is known, the usual convention."""
    return when.first + timedelta(days=(when.last - when.first).days // 2)


def day(tree: Tree, known: Chart) -> tuple[date | None, Explanation]:
    """The day that a moment comes to, and what it rests on; an uncertain one is taken at its middle."""
    found = explain(tree, known.facts)
    if not isinstance(found.value, Between):
        return None, found
    return date.fromordinal(int((found.value.low + found.value.high) // 2)), found


def origin(endpoint: Endpoint, study: Study, known: Chart) -> date | Absent:
    """The day on which an endpoint's clock starts for a participant, or why it never does."""
    if endpoint.among is not None and (found := truth(endpoint.among.settled, known.facts)) is not MET:
        told = "does not belong to those it is about" if found is NOT_MET else "cannot be told to belong to those it is about"
        return Absent(f"{told}: {endpoint.among}", is_outside=found is NOT_MET)
    if endpoint.from_ is None:
        enrolled = known.facts.rows.get("enrolment", ())
        return middle(enrolled[0].on) if enrolled else Absent("was never enrolled")
    start, found_day = day(endpoint.from_.settled, known)
    if start is not None:
        return start
    missing = "; ".join(map(str, found_day.missing)) or "it is not known"
    return Absent(f"has no time zero ({endpoint.from_}: {missing})")


def occurrences(moment: Moment, known: Chart, start: date | None = None) -> Iterator[tuple[date, Row | None]]:
    """Each time that a moment came about, in order, with the event behind it where there is one.

    The bare name of an activity means each time that it happened, and `first(... where ...)` each time that it happened
    so: which of them is the first to count, hangs on the origin.

    Args:
        moment: The moment.
        known: The participant's chart.
        start: An origin: only what can have been on that day or later; unsaid, whenever it was.
    """
    for when, row in _dates(moment, known):
        day = middle(when) if start is None else since(when, start, known.until)
        if day is not None:
            yield day, row


def _dates(moment: Moment, known: Chart) -> Iterator[tuple[When, Row | None]]:
    tree = moment.settled
    if isinstance(tree, Pick) and tree.of.name == "on" and (tree.which == "first" or tree.bare):
        for row in known.facts.rows.get(tree.rows.form, ()):
            if tree.rows.where is None or truth(tree.rows.where, known.facts, row) is MET:
                yield row.on, row
        return
    found = value(tree, known.facts)
    if isinstance(found, Between):
        yield When(date.fromordinal(int(found.low)), date.fromordinal(int(found.high))), None


def since(when: When, start: date, until: date) -> date | None:
    """The day taken for a date, of which only the part from an origin up to today can be meant; None if none of it can.

    >>> since(When.from_text("2024"), date(2024, 8, 1), date(2025, 1, 1))
    datetime.date(2024, 10, 16)
    """
    if when.last < start:
        return None
    first = max(when.first, start)
    return middle(When(first, max(first, min(when.last, until))))
