"""Time from an origin to an event.

Events
    Of several events the first counts, on the origin's day or after it. A competing event that comes before it ends the
    clock too. An event and a competing event on one day count as the event.

Censoring
    The rules stand in order. Each but the last cuts observation short where its day comes before the event's. The last
    says until when those without an event were followed; unsaid, or where it says nothing of a participant, the last
    day on which the participant is known to have lived. The horizon ends every clock.

Dates
    A date known in part counts at its middle, of that part which can be meant: not before the origin, not after today.
    An event that shows only at assessments counts on the day it is seen; the last assessment before it is kept beside
    it.
"""

from datetime import date

from ..calendar import later
from ..chart import Chart
from ..protocol import Endpoint, Moment
from ..study import ALIVE, Study
from .outcome import Absent, Outcome, TimeToEvent, occurrences, origin, since


def time_to_event(endpoint: Endpoint, study: Study, known: Chart) -> Outcome:
    """The time to an event, for one participant."""
    start = origin(endpoint, study, known)
    if isinstance(start, Absent):
        return start
    if any(row.on.last < start for row in known.facts.rows.get("death", ())):
        return Absent("died before the clock could start")
    event = _first(endpoint.events, known, start)
    rival = _first(endpoint.competing, known, start)
    ends = [(at, rank, status, cause) for rank, (status, found) in enumerate((("event", event), ("competing", rival)))
            if found is not None for at, cause in [found]]  # fmt: skip
    for rank, cut in enumerate(endpoint.censors[:-1], start=2):
        if (found := _first((cut,), known, start)) is not None:
            ends.append((found[0], rank, "censored", found[1]))
    if not ends:
        ends.append((_followed(endpoint, known, start), 0, "censored", "end of follow-up"))
    ended, _, status, cause = min(ends)
    horizon = later(start, endpoint.horizon) if endpoint.horizon is not None else None
    if horizon is not None and ended > horizon:
        ended, status, cause = horizon, "censored", f"{endpoint.horizon} without the event"
    free = _seen_free(endpoint, known, start, ended) if status == "event" else None
    return TimeToEvent((ended - start).days, status, cause, start, ended, free)  # type: ignore[arg-type]


def _first(moments: tuple[Moment, ...], known: Chart, start: date) -> tuple[date, str] | None:
    """The first day from the origin on at which one of several moments came about, and which it was."""
    found = [(at, rank, str(moment)) for rank, moment in enumerate(moments) for at, _ in occurrences(moment, known, start)]
    return (min(found)[0], min(found)[2]) if found else None


def _followed(endpoint: Endpoint, known: Chart, start: date) -> date:
    """The last day on which the participant is known to have been free of the event."""
    if endpoint.censors and any(True for _ in occurrences(endpoint.censors[-1], known)):
        return max((at for at, _ in occurrences(endpoint.censors[-1], known, start)), default=start)
    alive = (since(row.on, start, known.until) for row in known.facts.rows.get(ALIVE, ()))
    return max((at for at in alive if at is not None), default=start)


def _seen_free(endpoint: Endpoint, known: Chart, start: date, ended: date) -> date | None:
    if not endpoint.assessed_by:
        return None
    rows = known.facts.rows.get(endpoint.assessed_by, ())
    return max((row.on.first for row in rows if start <= row.on.first and row.on.last < ended), default=start)
