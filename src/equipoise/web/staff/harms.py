"""Harms of one participant: what happened, how bad it was, and how long is left to report what was serious.

The clock of a serious event runs from the moment at which the site learnt of it: the one it names, and where it names none,
the moment at which the event was first on record as serious.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from ...events import Corrected, Event, Recorded, current
from ...ledger import Link
from ...protocol import Item
from ...study import Study
from ...vocabulary import vocabulary

REPORT_WITHIN = timedelta(hours=24)
"""From learning of a serious adverse event to reporting it to the sponsor: Regulation (EU) No 536/2014, Article 41(2)."""
PRESSING = timedelta(hours=6)
"""What is left when the clock is shown as pressing: ours."""
KINDS = ("serious-learnt", "serious-reported")
"""Links about serious events: when the site learnt of one, and that it was reported."""
CLAVIEN, CIRSE, TERM = "surgery.clavien_dindo", "surgery.cirse_grade", "adverse_events.ctcae_term"
GRADE = "adverse_events.ctcae_grade"
THREATENS, DEATH = 4, 5
"""CTCAE v5.0: grade 4 threatens life, so that somebody has to say whether it was serious; grade 5 is death, and always is.

Severe is not serious (ICH E2A, section II B): a low count of grade 4 that put nobody in danger is not.
"""


@dataclass(frozen=True, slots=True)
class Clock:
    """By when a serious event must be reported, and whether it was."""

    since: datetime
    learnt: bool
    """Whether the site said when it learnt of it; else it is the moment of the record."""
    reported_at: datetime | None = None
    reported_to: str = ""
    reference: str = ""

    @property
    def until(self) -> datetime:
        """The last moment."""
        return self.since + REPORT_WITHIN

    def state(self, now: datetime) -> str:
        """In time, late, open, pressing or overdue."""
        if self.reported_at is not None:
            return "reported in time" if self.reported_at <= self.until else "reported late"
        if now > self.until:
            return "overdue"
        return "pressing" if self.until - now <= PRESSING else "running"

    def left(self, now: datetime) -> str:
        """The time that is left, or that it is over by, in words."""
        minutes = int(abs((self.until - now).total_seconds()) // 60)
        hours, minutes = divmod(minutes, 60)
        said = f"{hours // 24} days" if hours >= 72 else f"{hours} h {minutes} min"
        return f"{said} over" if now > self.until else f"{said} left"


@dataclass(frozen=True, slots=True)
class Harm:
    """One adverse event or complication, as it stands."""

    event: Recorded
    activity: str
    term: str
    grade: str
    meaning: str
    serious: bool | None
    related: str
    ended: str
    clock: Clock | None = None
    unmarked: bool = False
    """Whether its grade asks for an answer to whether it was serious that nobody gave."""


def harm_activities(study: Study) -> tuple[str, ...]:
    """The forms on which harms are recorded."""
    uses = {CLAVIEN, CIRSE, TERM}
    return tuple(
        name for name, each in study.activities.items()
        if name == "adverse_event" or any(item.use in uses for item in each.items.values())
    )  # fmt: skip


def grades(item: Item) -> dict[str, str]:
    """What each grade means, of an item that asks for one; empty for others."""
    if item.use in (CLAVIEN, CIRSE):
        term = vocabulary()[item.use]
        told = term.labels or (term.of if isinstance(term.of, Mapping) else {})
    elif item.name == "grade" or item.use == GRADE:
        told = vocabulary()[GRADE].labels
    else:
        return {}
    low = item.range.low if item.range is not None else None
    numbers = {str(code): said for code, said in told.items()}
    return {code: said for code, said in numbers.items() if low is None or not code.isdigit() or int(code) >= low}


def asks_serious(grade: float, serious: object) -> bool:
    """Whether a grade leaves open, or contradicts, what was said of whether an event was serious.

    >>> asks_serious(4, None), asks_serious(4, False), asks_serious(5, False)
    (True, False, True)
    """
    return grade >= DEATH and serious is not True or grade >= THREATENS and serious is None


def harms(
    study: Study, known: Sequence[Event], links: Mapping[str, Link], told: Iterable[Link] = (), *, until: date
) -> tuple[Harm, ...]:
    """The harms of a participant, the newest first.

    Args:
        study: Whose forms.
        known: The participant's events, corrections included.
        links: The links of its events, by the name of the event.
        told: The links of kind `serious-learnt` and `serious-reported`.
        until: The day up to which they count.
    """
    names = harm_activities(study)
    told = tuple(told)
    found = []
    for event in current(known)[0]:
        if isinstance(event, Recorded) and event.activity in names and event.on.first <= until:
            harm = _harm(event, study)
            if harm.serious:
                harm = replace(harm, clock=_clock(event, known, links, told))
            found.append(harm)
    return tuple(sorted(found, key=lambda each: each.event.on.first, reverse=True))


def _harm(event: Recorded, study: Study) -> Harm:
    items = study.activities[event.activity].items

    def said(name: str) -> str:
        value, item = event.values.get(name), items.get(name)
        if value is None:
            return ""
        labels = (
            {str(code): label for code, label in item.of.items()} if item is not None and isinstance(item.of, Mapping) else {}
        )
        return labels.get(str(value)) or str(value)

    graded = next(((name, grades(item)) for name, item in items.items() if name in event.values and grades(item)), None)
    grade, meaning = "", ""
    if graded is not None:
        value = event.values[graded[0]]
        grade = f"{value:g}" if isinstance(value, float | int) else str(value)
        meaning = graded[1].get(grade, "")
        grade = f"{'Clavien-Dindo' if items[graded[0]].use == CLAVIEN else 'Grade'} {grade}"
    term = said("term") or next(
        (said(name) for name, item in items.items() if item.type in ("text", "choice") and said(name)), ""
    )
    serious = event.values.get("serious")
    numeric = event.values.get("grade")
    unmarked = isinstance(numeric, float | int) and asks_serious(numeric, serious)
    return Harm(
        event, event.activity, term or study.label(event.activity), grade, meaning, serious if isinstance(serious, bool) else None,
        said("related_to"), said("ended"), None, unmarked,
    )  # fmt: skip


def _clock(event: Recorded, known: Sequence[Event], links: Mapping[str, Link], told: tuple[Link, ...]) -> Clock:
    named = {event.id, *(each.id for each in known if isinstance(each, Corrected) and each.corrects == event.id)}
    said = [
        links[id].at for id in named if id in links and dict(links[id].body.get("items") or {}).get("serious") in ("yes", True)
    ]
    recorded = min(
        said or [links[event.id].at if event.id in links else datetime.combine(event.on.first, datetime.min.time(), UTC)]
    )
    mine = [each for each in told if each.body.get("event") == event.id]
    learnt = [datetime.fromisoformat(str(each.body["at"])) for each in mine if each.kind == "serious-learnt"]
    reported = [each for each in mine if each.kind == "serious-reported"]
    clock = Clock(learnt[-1] if learnt else recorded, bool(learnt))
    if not reported:
        return clock
    body: Mapping[str, Any] = reported[0].body
    return replace(
        clock, reported_at=datetime.fromisoformat(str(body["at"])), reported_to=str(body.get("to", "")),
        reference=str(body.get("reference", "")),
    )  # fmt: skip
