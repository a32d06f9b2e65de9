"""What a participant owes, listed far enough ahead, so that lists kept for weeks and pages made today say the same.

The engine lists what is due as of one day. Here it is asked as of a later day, and each state is told again by today's.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from ...chart import Chart
from ...due import Due, Status, due
from ...study import Study

AHEAD = timedelta(days=400)
"""How far ahead what will be owed is listed."""


@dataclass(frozen=True, slots=True)
class Owed:
    """One thing owed and not done. `is_early`: it was done before its window, which counts once the window has passed."""

    activity: str
    target: date
    opens: date
    closes: date
    last: date | None
    state: Status
    because: str
    is_early: bool = False


def owed(study: Study, known: Chart, *, today: date) -> tuple[Owed, ...]:
    """What is not done and can still be: late, open, and to come within a year or so."""
    found = []
    for each in due(study, replace(known, until=today + AHEAD)):
        early = each.status == "early" and each.closes >= today
        now = state(each, today)
        if now != "missed" and (early or each.is_pending or each.status == "missed"):
            found.append(Owed(each.activity, each.target, each.opens, each.closes, each.last, now, each.because, early))
    return tuple(found)


def state(each: Due | Owed, today: date) -> Status:
    """How something that is not done stands on a day."""
    if today < each.opens:
        return "upcoming"
    if today <= each.closes:
        return "open"
    return "late" if each.last is None or today <= each.last else "missed"
