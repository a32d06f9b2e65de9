"""One trial as written, every event of it: drawn by the virtual site, folded by the engine, analysed as declared."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from ..chart import Chart, chart
from ..endpoints import Measurement, Occurrence, Outcome, TimeToEvent, outcome
from ..events import Recorded, last_day
from ..logic import NOT_MET
from ..protocol import BUILT_IN
from ..simulation import VirtualParticipant, virtual
from ..simulation.assumptions import DAYS_PER_MONTH
from ..simulation.participants import horizon
from ..simulation.plan import Plan, plan
from ..study import Study
from .charged import charge_charts
from .comparison import Compared, decided, verdicts
from .measured import Measured, measure
from .totals import Tally, Totals

COUNTED = ("death", "withdrawal", "off_treatment")
"""Of the activities that every study has, those that are told of each participant."""
VALUED = ("occurrence", "measurement", "score", "cost", "time_to_event")
"""The kinds of endpoints that come to one number for a participant."""


@dataclass(frozen=True)
class Asked:
    """What is asked of each trial: how many join it, what is compared (`measured` are shares, means, scores and costs), up to
    which month it is told how it gets on.

    With `compared_alone` nothing else is told; of the first `flow` trials the ways through
    the pathway are kept.
    """

    people: int
    compared: tuple[Compared, ...]
    months: int = 0
    compared_alone: bool = False
    flow: int = 0
    measured: tuple[Measured, ...] = ()


def followed(study: Study, asked: Asked, seed: int, first: int, count: int) -> Totals:
    """So many trials from a number on, added up."""
    tally = Tally()
    for number in range(first, first + count):
        _trial(tally, study, asked, seed, number)
    return tally.totals


@lru_cache(8)
def _plan(study: Study) -> Plan:
    return plan(study)


def _trial(tally: Tally, study: Study, asked: Asked, seed: int, number: int) -> None:
    made = _plan(study)
    people = virtual(study, asked.people, seed=seed, trial=number)
    charts, joined, until = folded(study, people, made)
    start = made.start if not made.is_retrospective else min(joined.values(), default=made.start)
    start = min([start, *joined.values()])
    tally.trials += 1
    if asked.compared:
        said = verdicts(study, asked.compared, charts, until)
        for each in asked.compared:
            decided(tally, study, each, charts, said[each.name], start, until)
    if asked.measured:
        measure(tally, study, asked.measured, charts, until)
    if asked.compared_alone:
        return
    told(tally, [each.screened for each in people], sorted(joined.values()), start, until, asked.months)
    _arms(tally, study, charts, joined, made, asked, start)
    months = {each.participant: _followed(each, joined[each.participant]) / DAYS_PER_MONTH for each in charts.values()}
    charge_charts(tally, study, charts, months, seed=seed, trial=number)
    if number < asked.flow:
        _ways(tally, study, charts)


def folded(study: Study, people: Sequence[VirtualParticipant], made: Plan) -> tuple[dict[str, Chart], dict[str, date], date]:
    """The charts of virtual participants at the end of their trial, when each joined, and that end."""
    begins = study.protocol.pathway.begins if study.protocol.pathway is not None else ""
    joined = {
        each.id: next(
            (event.on.first for event in each.events if getattr(event, "activity", "") == origin),
            each.events[0].on.first,
        )
        for each in people
        for origin in [(begins or "enrolment") if made.is_retrospective else "enrolment"]
    }  # fmt: skip
    last = max((last_day(each.events) for each in people), default=made.start)
    if not made.is_retrospective:
        from ..calendar import later

        last = max(last, later(max(joined.values(), default=made.start), horizon(study)))
    return {each.id: chart(study, each.events, until=last) for each in people}, joined, last


def told(tally: Tally, screened: Sequence[int], joined: Sequence[date], start: date, until: date, months: int) -> None:
    """Add to a tally how a trial got on: how many joined, how fast, how many persons that took, and how long it all was.

    Args:
        tally: What it is added to.
        screened: For each who joined, the persons drawn until that one could.
        joined: When each joined, in order.
        start: The first day.
        until: The last day.
        months: For so many months it is told how many had joined.
    """
    tally.number(len(joined), "joined")
    tally.number(sum(screened) / len(screened), "screened for each who joined")
    accrual, whole = (joined[-1] - start).days / DAYS_PER_MONTH, (until - start).days / DAYS_PER_MONTH
    tally.number(accrual, "accrual")
    tally.number(whole, "duration")
    tally.count("accrual", str(round(accrual)))
    tally.count("duration", str(round(whole)))
    reached = 0
    for month in range(months + 1):
        while reached < len(joined) and (joined[reached] - start).days <= month * DAYS_PER_MONTH:
            reached += 1
        tally.count("joined by", str(month), str(reached))


def _arms(
    tally: Tally, study: Study, charts: Mapping[str, Chart], joined: Mapping[str, date], made: Plan, asked: Asked, start: date
) -> None:
    arms: dict[str, list[Chart]] = {}
    for each in charts.values():
        arms.setdefault(each.arm, []).append(each)
    for arm, members in arms.items():
        size = len(members)
        tally.number(size, "arm", arm, "participants")
        tally.count("participants", arm, times=size)
        followed_for = [_followed(each, joined[each.participant]) / DAYS_PER_MONTH for each in members]
        tally.number(sum(followed_for), "arm", arm, "person-months")
        tally.number(sum(followed_for) / size, "arm", arm, "months followed")
        for name in counted_activities(study):
            tally.number(sum(len(each.facts.rows.get(name, ())) for each in members) / size, "activity", arm, name)
        for name in pathway_steps(study):
            entered = sum(any(visit.step == name for visit in each.visits) for each in members)
            tally.number(entered / size, "step", arm, name)
        if made.follows_lesions:
            _lesions(tally, arm, members)
    for name, endpoint in study.protocol.endpoints.items():
        if endpoint.kind not in VALUED:
            continue
        outcomes = {each.participant: outcome(endpoint, study, each) for each in charts.values()}
        for arm, members in arms.items():
            values = [value for each in members if (value := _value(outcomes[each.participant])) is not None]
            if values:
                tally.number(sum(values) / len(values), "endpoint", arm, name)
        if name in foretold(study, asked):
            _events(tally, name, outcomes.values(), start, asked.months)


def foretold(study: Study, asked: Asked) -> tuple[str, ...]:
    """The endpoints whose events are foretold month by month: those compared, and the primary times to an event."""
    primary = [each.name for each in study.protocol.primary if each.kind == "time_to_event"]
    return tuple(dict.fromkeys((*(each.endpoint for each in asked.compared), *primary)))


def counted_activities(study: Study) -> tuple[str, ...]:
    """The activities of which it is told how often they took place."""
    return tuple(name for name in study.activities if name not in BUILT_IN or name in COUNTED or name == "adverse_event")


def pathway_steps(study: Study) -> tuple[str, ...]:
    """The steps of the pathway."""
    return tuple(study.protocol.pathway.steps) if study.protocol.pathway is not None else ()


def _followed(known: Chart, since: date) -> int:
    """Days from joining to death, or to the last day on which anything was recorded."""
    last = max((event.on.first for event in known.events if isinstance(event, Recorded)), default=since)
    return ((known.first("death") or last) - since).days


def _lesions(tally: Tally, arm: str, members: Sequence[Chart]) -> None:
    size = len(members)
    found = treated = cleared = 0
    for each in members:
        gone = [lesion.ablated_on is not None or lesion.resected_on is not None for lesion in each.lesions]
        found += len(gone)
        treated += sum(gone)
        cleared += bool(gone) and all(
            was or lesion.is_visible is NOT_MET for was, lesion in zip(gone, each.lesions, strict=True)
        )
    tally.number(found / size, "lesions", arm, "found")
    tally.number(treated / size, "lesions", arm, "treated")
    tally.number(cleared / size, "lesions", arm, "cleared")


def _value(found: Outcome) -> float | None:
    match found:
        case TimeToEvent(status=status):
            return float(status == "event")
        case Occurrence(happened=happened):
            return None if happened is None else float(happened)
        case Measurement(value=value):
            return value
        case _:
            return None


def _events(tally: Tally, name: str, outcomes: object, start: date, months: int) -> None:
    days = sorted(
        (each.ended - start).days
        for each in outcomes  # type: ignore[attr-defined]
        if isinstance(each, TimeToEvent) and each.status == "event"
    )
    events(tally, name, days, months)


def events(tally: Tally, name: str, days: Sequence[float], months: int) -> None:
    """Add to a tally how many events of an endpoint there were by each month; days are since the start, rising."""
    reached = 0
    for month in range(months + 1):
        while reached < len(days) and days[reached] <= month * DAYS_PER_MONTH:
            reached += 1
        tally.count("events by", name, str(month), str(reached))


def _ways(tally: Tally, study: Study, charts: Mapping[str, Chart]) -> None:
    """How each participant went through the pathway: the steps of each track, in order, and where that ended."""
    found: Counter[tuple[str, str, str]] = Counter()
    for each in charts.values():
        tracks: dict[str, list[str]] = {}
        for visit in each.visits:
            tracks.setdefault(visit.track, []).append(visit.step)
        for track, steps in tracks.items():
            found[track, each.arm, ">".join(steps)] += 1
        tally.count("followed", each.arm)
    for key, times in found.items():
        tally.count("way", *key, times=times)
