"""What happened: things recorded, decided and corrected, each by somebody.

An event is never changed. A correction is an event that names the one it corrects; the first stays in view.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any

from .calendar import When
from .expression.facts import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What every event has: a name, a participant, the day it is about, and who wrote it down when."""

    id: str
    participant: str = ""
    on: When
    by: str = ""
    role: str = ""
    entered: datetime | None = None
    site: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A lesion as one imaging showed it. `diameter_mm` is None where it was not measured."""

    id: str
    status: str = "measured"
    diameter_mm: float | None = None
    organ: str = ""
    segment: str = ""
    role: str = ""
    node: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded(Entry):
    """An activity that took place, and what was written down.

    `limits` holds a laboratory's own range, as `("alt", "uln")`; `lesions` those that were seen, None if not listed.
    """

    activity: str
    values: Mapping[str, Value] = field(default_factory=dict, hash=False)
    limits: Mapping[tuple[str, str], float] = field(default_factory=dict, hash=False)
    lesions: tuple[Seen, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided(Entry):
    """A decision that people took at a step: what they chose, how many took part, and why."""

    step: str
    option: str
    members: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected(Entry):
    """A correction of an earlier event: new values, answers withdrawn, a new date, or that it never happened.

    What it corrects may itself be a correction: withdrawn, it was never made. `empties` names the items whose answers
    are withdrawn: they stand as not answered.
    """

    corrects: str
    values: Mapping[str, Value] = field(default_factory=dict, hash=False)
    limits: Mapping[tuple[str, str], float] = field(default_factory=dict, hash=False)
    lesions: tuple[Seen, ...] | None = None
    empties: tuple[str, ...] = ()
    moved_to: When | None = None
    retracts: bool = False
    reason: str = ""


Event = Recorded | Decided | Corrected


@lru_cache(maxsize=100_000)
def _natural(name: str) -> tuple[tuple[int, str], ...]:
    parts = re.findall(r"[0-9]+|[^0-9]+", name[:80])
    return tuple((int(part), "") if part[0] in "0123456789" else (0, part) for part in parts)


def order(event: Event) -> tuple[Any, ...]:
    """Where an event stands in time, whenever it arrived: by its day, then by its name (2 before 10); death comes last."""
    is_death = isinstance(event, Recorded) and event.activity == "death"
    return event.on.first, event.on.last, is_death, _natural(event.id), event.id


def current(events: Iterable[Event]) -> tuple[tuple[Recorded | Decided, ...], tuple[str, ...]]:
    """The events as they stand after all corrections, in order of time, and sentences on corrections that fit none.

    A correction holds whenever it was made; of several of one event, what was written down later comes after. A
    correction that is itself corrected counts as it then stands.
    """
    said: dict[str, Recorded | Decided] = {}
    corrections: dict[str, Corrected] = {}
    for event in events:
        if isinstance(event, Corrected):
            corrections[event.id] = event
        else:
            said[event.id] = event
    stray, withdrawn = [], set[str]()
    in_order = sorted(corrections.values(), key=lambda each: (-_remove(each, corrections), _made_at(each), order(each)))
    for event in in_order:
        each = corrections.get(event.id)
        if each is None:
            continue
        kept: dict[str, Any] = said if each.corrects in said else corrections
        if _remove(each, corrections) < 0:
            stray.append(f"event {each.id} corrects event {each.corrects}, which corrects it in turn")
        elif each.corrects not in kept:
            what = "was withdrawn" if each.corrects in withdrawn else "is not there"
            stray.append(f"event {each.id} corrects event {each.corrects}, which {what}")
        elif each.retracts:
            del kept[each.corrects]
            withdrawn.add(each.corrects)
        else:
            kept[each.corrects] = _amended(kept[each.corrects], each)
    return tuple(sorted(said.values(), key=order)), tuple(stray)


def _made_at(correction: Corrected) -> datetime:
    return correction.entered or datetime.combine(correction.on.first, time.min)


def _remove(correction: Corrected, corrections: Mapping[str, Corrected]) -> int:
    """How many corrections lie between a correction and the event it is about; -1 if they go round."""
    steps, at = 0, correction.corrects
    while at in corrections:
        steps, at = steps + 1, corrections[at].corrects
        if steps > len(corrections):
            return -1
    return steps


def _amended(first: Event, each: Corrected) -> Event:
    """An event as a correction has it."""
    if isinstance(first, Decided):
        return replace(first, on=each.moved_to or first.on)
    values = {key: value for key, value in first.values.items() if key not in each.empties} | dict(each.values)
    limits = {end: limit for end, limit in first.limits.items() if end[0] not in each.empties} | dict(each.limits)
    seen = first.lesions if each.lesions is None else each.lesions
    if isinstance(first, Corrected):
        empties = (*(key for key in first.empties if key not in {*each.empties, *each.values}), *each.empties)
        return replace(
            first, values=values, limits=limits, lesions=seen, empties=empties, moved_to=each.moved_to or first.moved_to
        )
    return replace(first, on=each.moved_to or first.on, values=values, limits=limits, lesions=seen)


def last_day(events: Iterable[Event]) -> date:
    """The last day that any of the events is about; 2000-01-01 if there is none."""
    return max((event.on.last for event in events), default=date(2000, 1, 1))
