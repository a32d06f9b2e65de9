"""Whether something happened within a time after an origin, or after any session of a procedure.

A participant in whom it did not happen counts as free of it only if followed to the end of that time, or dead before;
until then nobody can tell.
"""

from datetime import date

from ..calendar import later
from ..chart import Chart
from ..protocol import Endpoint
from ..study import ALIVE, Study
from .outcome import Absent, Occurrence, Outcome, middle, occurrences, origin


def occurrence(endpoint: Endpoint, study: Study, known: Chart) -> Outcome:
    """Whether an event occurred, for one participant."""
    starts = _starts(endpoint, study, known)
    if isinstance(starts, Absent):
        return starts
    found = {
        (at, row.id if row is not None else "")
        for moment in endpoint.events
        for at, row in occurrences(moment, known, min(starts))
        if _counts(at, starts, endpoint)
    }
    if found:
        return Occurrence(True, min(found)[0], len(found), "seen")
    followed = max((middle(row.on) for row in known.facts.rows.get(ALIVE, ())), default=starts[0])
    if endpoint.within is None or known.first("death") is not None:
        return Occurrence(False, None, 0, "not seen")
    end = later(max(starts), endpoint.within)
    if min(followed, known.until) >= end:
        return Occurrence(False, None, 0, f"followed for {endpoint.within} without it")
    return Occurrence(None, None, 0, f"followed to {followed}, {(end - followed).days} days too few to tell")


def _starts(endpoint: Endpoint, study: Study, known: Chart) -> list[date] | Absent:
    if endpoint.attributed_to:
        days = [middle(row.on) for row in known.facts.rows.get(endpoint.attributed_to, ())]
        if not days:
            return Absent(f"never had {study.called(endpoint.attributed_to)}", is_outside=True)
        return days
    start = origin(endpoint, study, known)
    return start if isinstance(start, Absent) else [start]


def _counts(at: date, starts: list[date], endpoint: Endpoint) -> bool:
    return any(start <= at and (endpoint.within is None or at <= later(start, endpoint.within)) for start in starts)
