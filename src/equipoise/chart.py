"""The fold: a protocol and events, and what follows from the two for one participant."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from .events import Corrected, Event, Recorded, current, order
from .expression.facts import Facts
from .lesions import Lesion, Sighting, Treated, lesions
from .pathway import Deviation, Position, Visit, Walk
from .recist import Assessment, assessments, proposed_targets
from .study import Study


@dataclass(frozen=True)
class Chart:
    """Everything known of one participant on the day `until`.

    `events` holds all that was ever written down, corrected events and corrections included; `facts` what stands.
    """

    participant: str
    until: date
    events: tuple[Event, ...]
    facts: Facts
    visits: tuple[Visit, ...]
    positions: tuple[Position, ...]
    deviations: tuple[Deviation, ...]
    lesions: tuple[Lesion, ...]
    sightings: tuple[Sighting, ...]
    treated: tuple[Treated, ...]
    version: str = ""
    """The version of the protocol last consented to; the newest where consent names none."""

    @property
    def arm(self) -> str:
        """The arm that the participant was randomised or assigned to; empty before that."""
        for form in ("randomisation", "assignment"):
            for row in self.facts.rows.get(form, ()):
                if isinstance(arm := row.values.get("arm"), str):
                    return arm
        return ""

    def first(self, activity: str) -> date | None:
        """The first day on which an activity took place."""
        rows = self.facts.rows.get(activity, ())
        return min((row.on.first for row in rows), default=None)

    @property
    def corrected(self) -> tuple[Event, ...]:
        """Events that were corrected or withdrawn, as they first stood."""
        named = {event.corrects for event in self.events if isinstance(event, Corrected)}
        return tuple(event for event in self.events if event.id in named)


def chart(study: Study, events: Iterable[Event], *, until: date, start: Chart | None = None) -> Chart:
    """Fold events into what they add up to.

    Args:
        study: What was promised.
        events: What happened, in any order; what lies after `until` is kept and does not count yet.
        until: The day up to which facts are known.
        start: A chart to go on from: folding in two steps is folding in one.
    """
    earlier = start.events if start is not None else ()
    everything = tuple(sorted({event.id: event for event in (*earlier, *events)}.values(), key=order))
    standing, stray = current(everything)
    walk = Walk(study)
    for event in standing:
        if event.on.first <= until:
            walk.take(event)
    walk.advance(until)
    walk.close()
    deviations = list(walk.deviations)
    deviations += [Deviation(until, "stray-correction", says) for says in stray]
    participant = next((event.participant for event in everything if event.participant), "")
    return Chart(
        participant=participant or (start.participant if start is not None else ""),
        until=until,
        events=everything,
        facts=walk.facts(until),
        visits=tuple(walk.visits),
        positions=walk.positions(),
        deviations=tuple(deviations),
        lesions=walk.lesions(),
        sightings=walk.sightings,
        treated=walk.treated,
        version=walk.study.protocol.version,
    )


@dataclass(frozen=True, slots=True)
class Followed:
    """By which lesions response is read, and on which days: the first day of imaging is the baseline."""

    days: tuple[date, ...]
    targets: tuple[str, ...]
    is_proposed: bool
    """Whether nobody named the targets, so that those stand in that the guideline would propose."""


def followed(study: Study, known: Chart) -> Followed:
    """The days on which lesions were listed, and the targets."""
    days = tuple(
        event.on.first
        for event in current(known.events)[0]
        if isinstance(event, Recorded) and event.lesions is not None and event.on.first <= known.until
        and event.activity in study.activities and study.activities[event.activity].lesions
    )  # fmt: skip
    named = tuple(lesion.id for lesion in known.lesions if lesion.role == "target")
    if named or not days:
        return Followed(days, named, is_proposed=False)
    first = lesions(each for each in known.sightings if each.on <= days[0])
    proposed = tuple(each.lesion for each in proposed_targets(first, on=days[0]) if each.is_target)
    return Followed(days, proposed, is_proposed=True)


def responses(study: Study, known: Chart, *, within_days: int | None = None) -> tuple[Assessment, ...]:
    """The response at each imaging after the first, by RECIST 1.1; the first imaging that lists lesions is the baseline.

    Where nobody has named the targets, those that the guideline would propose are taken.
    """
    by = followed(study, known)
    if not by.days:
        return ()
    return assessments(
        known.sightings, baseline_on=by.days[0], treated=known.treated, targets=by.targets, imaged=by.days,
        within_days=within_days,
    )  # fmt: skip


def as_of(known: Chart, study: Study, until: date) -> Chart:
    """The chart as it would have stood on an earlier day."""
    return replace(chart(study, known.events, until=until), participant=known.participant)
