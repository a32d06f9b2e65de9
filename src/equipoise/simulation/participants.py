"""Virtual participants: drawn as events from what a study assumes, and folded by the engine that folds everybody's."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from ..calendar import Span, later
from ..events import Event, Recorded
from ..finding import Finding
from ..pathway import Walk
from ..study import Study
from .allocation import Slots
from .assumptions import DAYS_PER_MONTH, assumption_findings, chances, chosen
from .course import Course
from .lacking import lacking
from .plan import FOLLOWED, Plan, plan

MOST_SCREENED = 1_000
"""Persons drawn until one is eligible."""
ONE_DAY = timedelta(days=1)


class Unassumed(Exception):
    """A study of which participants cannot be drawn as it is; the findings say why."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__("\n".join(map(str, findings)))
        self.findings = findings


@dataclass(frozen=True, slots=True)
class VirtualParticipant:
    """A participant who was drawn: `screened` counts the persons drawn until this one could join."""

    id: str
    events: tuple[Event, ...]
    screened: int = 1

    @property
    def arm(self) -> str:
        """The arm; empty if there is none."""
        for event in self.events:
            if isinstance(event, Recorded) and isinstance(arm := event.values.get("arm"), str):
                return arm
        return ""


def virtual(study: Study, count: int, *, rng: np.random.Generator, until: date | None = None) -> tuple[VirtualParticipant, ...]:
    """Draw participants from what a study assumes, each recorded by a site that keeps every promise.

    Participant 17 is the same among 20 as among 1,000, if `until` is: each has a source of chance of its own, and so
    have accrual and allocation.

    Args:
        study: The study.
        count: How many join.
        rng: The source of chance.
        until: The last day on which anything is recorded; who would join later is left out. Unsaid, the longest horizon
            of an endpoint after the last has joined (24 months where none has one).

    Raises:
        Unassumed: Something is not assumed that would be needed, or nobody who is drawn is eligible.
    """
    wrong = (*assumption_findings(study), *lacking(study))
    if wrong:
        raise Unassumed(wrong)
    made = plan(study)
    joining, allocating, *own = rng.spawn(count + 2)
    days = _accrual(made, count, joining)
    if until is None:
        until = later(max(days, default=made.start), _horizon(study))
    slots = Slots(tuple(study.protocol.arms), study.protocol.allocation, allocating)
    return tuple(
        _participant(made, f"V{index:03}", day, until, child, slots)
        for index, (day, child) in enumerate(zip(days, own, strict=True), start=1)
        if day <= until
    )


def _accrual(made: Plan, count: int, rng: np.random.Generator) -> list[date]:
    """The days on which participants join, as a Poisson process from the start."""
    per_month = float(made.study.protocol.assumptions["accrual"].per_month or 0)
    gaps = [rng.exponential(DAYS_PER_MONTH / per_month) for _ in range(count)]
    return [made.start + timedelta(days=int(after)) for after in np.cumsum(gaps)] if count else []


def _horizon(study: Study) -> Span:
    spans = [each.horizon for each in study.protocol.endpoints.values() if each.horizon is not None]
    return max(spans, key=lambda each: each.about_days, default=FOLLOWED)


def _participant(made: Plan, id: str, day: date, until: date, rng: np.random.Generator, slots: Slots) -> VirtualParticipant:
    barred: dict[str, int] = {}
    for screened in range(1, MOST_SCREENED + 1):
        course, why = _screened(made, id, day, until, rng, slots)
        if not why:
            return VirtualParticipant(id, tuple(course.events), screened)
        barred[why] = barred.get(why, 0) + 1
    raise Unassumed(tuple(_nobody(made, barred)))


def _screened(made: Plan, id: str, day: date, until: date, rng: np.random.Generator, slots: Slots) -> tuple[Course, str]:
    """One person drawn: who joins is followed to the end, of others the criterion that stands in the way is said."""
    course = Course(made, id, rng, until, Walk(made.study))
    course.site = _site(made, rng)
    course.cohort = _cohort(made, rng)
    perspective = next((each.perspective for each, _ in made.cohorts if each.name == course.cohort), None)
    if perspective == "retrospective" and not made.is_retrospective:
        day = made.start - (day - made.start) - ONE_DAY
    why = course.screen(day - ONE_DAY if not made.is_retrospective else day, day)
    if why:
        return course, why
    course.not_before = max(course.not_before, day + ONE_DAY)
    course.follow(slots)
    if made.is_retrospective:
        if not course.is_over and until > day:
            course.record("last_contact", until)
        return course, course.enrol(until)
    return course, ""


def _site(made: Plan, rng: np.random.Generator) -> str:
    sites = tuple(made.study.protocol.sites)
    assumed = next((each.assumed for each in made.drawings["enrolment"] if each.item.name == "site"), None)
    if assumed is not None:
        return chosen(chances(assumed), rng)
    return sites[int(rng.integers(len(sites)))] if sites else ""


def _cohort(made: Plan, rng: np.random.Generator) -> str:
    assumed = next((each.assumed for each in made.drawings["enrolment"] if each.item.name == "cohort"), None)
    return chosen(chances(assumed), rng) if assumed is not None else ""


def _nobody(made: Plan, barred: dict[str, int]) -> Iterator[Finding]:
    for each in made.rules:
        if (times := barred.get(each.criterion.id)) is not None:
            says = f"of {MOST_SCREENED:,} persons drawn nobody could join: '{each.criterion.id}' barred {times:,}"
            yield Finding("nobody-eligible", each.criterion.place, says)
