"""Virtual participants: drawn as events from what a study assumes, and folded by the engine that folds everybody's."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from ..calendar import Span, later
from ..events import Event, Recorded
from ..finding import Finding
from ..pathway import Walk
from ..study import Study
from .allocation import Slots
from .assumptions import DAYS_PER_MONTH, assumption_findings, chances
from .course import Course
from .draws import JOINING, Draws, chosen
from .lacking import lacking
from .plan import FOLLOWED, Plan, plan
from .recruitment import Recruiting, day_of, recruiting, site_of

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


def virtual(
    study: Study, count: int, *, rng: np.random.Generator | None = None, until: date | None = None,
    seed: int | None = None, trial: int = 0,
) -> tuple[VirtualParticipant, ...]:  # fmt: skip
    """Draw participants from what a study assumes, each recorded by a site that keeps every promise.

    Participant 17 of a trial is the same among 20 as among 1,000, if `until` is.

    Args:
        study: The study.
        count: How many join.
        rng: The source of chance: a seed is taken from it.
        until: The last day on which anything is recorded; who would join later is left out. Unsaid, the longest horizon
            of an endpoint after the last has joined (24 months where none has one).
        seed: The seed itself, below 2⁶⁴, instead of `rng`.
        trial: Which trial of that seed.

    Raises:
        Unassumed: Something is not assumed that would be needed, or nobody who is drawn is eligible.
        ValueError: Neither a source of chance nor a seed is given, or both are.
    """
    if (rng is None) == (seed is None):
        raise ValueError("virtual participants need either rng, a source of chance, or a seed")
    wrong = (*assumption_findings(study), *lacking(study))
    if wrong:
        raise Unassumed(wrong)
    made = plan(study)
    key = seed if seed is not None else int(rng.integers(2**63))  # type: ignore[union-attr]
    days = _accrual(made, count, key, trial)
    if until is None:
        until = later(max(days, default=made.start), horizon(study))
    slots = Slots(tuple(study.protocol.arms), study.protocol.allocation, key, trial)
    return tuple(
        _participant(made, f"V{index + 1:03}", day, until, Draws(key, trial, index), slots)
        for index, day in enumerate(days)
        if day <= until
    )


def last_day(study: Study, count: int, *, seed: int, trial: int = 0) -> date:
    """The last day on which anything is recorded of a trial, where none is said."""
    made = plan(study)
    return later(max(_accrual(made, count, seed, trial), default=made.start), horizon(study))


def _accrual(made: Plan, count: int, seed: int, trial: int) -> list[date]:
    """The days on which participants join, as a Poisson process from the start."""
    mean = DAYS_PER_MONTH / float(made.study.protocol.assumptions["accrual"].per_month or 0)
    sites = recruiting(made.study.protocol.assumptions["accrual"])
    if sites:
        return [made.start + timedelta(days=int(each)) for each in _gathering(sites, count, seed, trial)]
    after, found = 0.0, []
    for index in range(count):
        after -= mean * math.log1p(-Draws(seed, trial, index).uniform(JOINING))
        found.append(made.start + timedelta(days=int(after)))
    return found


def _gathering(sites: tuple[Recruiting, ...], count: int, seed: int, trial: int) -> Iterator[float]:
    """The days from the start, where the pace changes: each gap is one of the expected number, turned into days."""
    total = 0.0
    for index in range(count):
        total -= math.log1p(-Draws(seed, trial, index).uniform(JOINING))
        yield day_of(total, sites)


def horizon(study: Study) -> Span:
    """How long the last to join is followed."""
    spans = [each.horizon for each in study.protocol.endpoints.values() if each.horizon is not None]
    return max(spans, key=lambda each: each.about_days, default=FOLLOWED)


def _participant(made: Plan, id: str, day: date, until: date, draws: Draws, slots: Slots) -> VirtualParticipant:
    barred: dict[str, int] = {}
    for screened in range(1, MOST_SCREENED + 1):
        course, why = _screened(made, id, day, until, replace(draws, person=screened), slots)
        if not why:
            return VirtualParticipant(id, tuple(course.events), screened)
        barred[why] = barred.get(why, 0) + 1
    raise Unassumed(tuple(_nobody(made, barred)))


def _screened(made: Plan, id: str, day: date, until: date, draws: Draws, slots: Slots) -> tuple[Course, str]:
    """One person drawn: who joins is followed to the end, of others the criterion that stands in the way is said."""
    course = Course(made, id, draws, until, Walk(made.study))
    course.site = _site(made, draws, day)
    course.cohort = _cohort(made, draws)
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


def _site(made: Plan, draws: Draws, day: date) -> str:
    sites = tuple(made.study.protocol.sites)
    if made.study.protocol.assumptions["accrual"].sites:
        by_now = (day - made.start).days + 1.0
        return site_of(recruiting(made.study.protocol.assumptions["accrual"]), by_now, draws.uniform(JOINING, word=1))
    assumed = next((each.assumed for each in made.drawings["enrolment"] if each.item.name == "site"), None)
    if assumed is not None:
        slot, word = made.slots["item", "enrolment", "site"]
        return chosen(chances(assumed), draws.uniform(slot, word=word))
    return sites[int(draws.uniform(JOINING, word=1) * len(sites))] if sites else ""


def _cohort(made: Plan, draws: Draws) -> str:
    assumed = next((each.assumed for each in made.drawings["enrolment"] if each.item.name == "cohort"), None)
    slot, word = made.slots.get(("item", "enrolment", "cohort"), (0, 0))
    return chosen(chances(assumed), draws.uniform(slot, word=word)) if assumed is not None else ""


def _nobody(made: Plan, barred: dict[str, int]) -> Iterator[Finding]:
    for each in made.rules:
        if (times := barred.get(each.criterion.id)) is not None:
            says = f"of {MOST_SCREENED:,} persons drawn nobody could join: '{each.criterion.id}' barred {times:,}"
            yield Finding("nobody-eligible", each.criterion.place, says)
