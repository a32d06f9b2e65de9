"""A comparison as planned: who, how many, how they join and for how long they are followed; and what is assumed of them."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, inf, isfinite

from ..calendar import months_between
from ..finding import Unreadable
from ..kernels.expected_events import NEVER, Accrual, Hazard, event_chance
from ..protocol import Analysis, Assumption, Endpoint, Item, Moment
from ..quantity import NotConvertible
from ..simulation.assumptions import DAYS_PER_MONTH, TIMES, Spread, chances, spread
from ..simulation.hazards import is_risk, monthly, risk
from ..study import Study
from .prospect import LEVEL, WANTED, Needed, Prospect
from .words import called, months, percent, sentence

WHOLE = ("", "enrolled", "randomised")
"""Populations that hold everybody who joins."""


class NoClosedForm(Exception):
    """Nothing here answers: the sentence says why."""

    def __init__(self, says: str) -> None:
        super().__init__(says)
        self.says = says


@dataclass
class Plan:
    """A comparison under way. `shares` are the parts of all participants in its two arms; `notes` say what is taken for granted."""

    blank: Prospect
    analysis: Analysis
    endpoint: Endpoint
    study: Study
    people: int | None
    shares: tuple[float, float]
    notes: list[str]

    @property
    def arms(self) -> tuple[str, str]:
        """The arm that is looked at, and the reference."""
        one, other = self.blank.compared
        return one, other

    @property
    def reference(self) -> str:
        """What people call the reference."""
        return called(self.arms[1], self.study)

    @property
    def allocation(self) -> float:
        """How many are in the first arm for each one in the reference."""
        return self.shares[0] / self.shares[1]

    @property
    def alpha(self) -> float:
        """The level on one side."""
        return self.blank.level / 2

    @property
    def powers(self) -> tuple[float, ...]:
        """The powers that are answered for: the one wanted, and the usual ones."""
        return tuple(sorted({self.blank.wanted, *WANTED}))

    @property
    def counted(self) -> float | None:
        """How many of the participants are in the two arms."""
        return self.people * sum(self.shares) if self.people else None

    @property
    def participants(self) -> int | None:
        """The same, as a whole number."""
        return round(self.counted) if self.counted else None

    @property
    def pace(self) -> float | None:
        """How many join a month, all arms together."""
        accrual = self.study.protocol.assumptions.get("accrual")
        told = accrual.per_month if accrual is not None else None
        return float(told) if told is not None and told > 0 else None

    def whole(self, people: float) -> int:
        """Participants rounded up to whole sets of the allocation, both arms together."""
        ratio = allocated(self.study)
        of = sum(ratio.get(each, 0) for each in self.arms) or 1
        return of * ceil(people / of - 1e-9)

    def curve(self, power_of: Callable[[float], float], needed: Sequence[Needed]) -> tuple[tuple[int, float], ...]:
        """The power of numbers of participants, from few to beyond what is needed."""
        far = max([*(each.participants for each in needed), self.counted or 0]) * 1.15
        numbers = sorted({max(4, round(far * step / 40)) for step in range(1, 41)})
        return tuple((number, power_of(float(number))) for number in numbers)


def plan(blank: Prospect, analysis: Analysis, endpoint: Endpoint, study: Study) -> Plan:
    """What is planned for a comparison of two arms.

    Raises:
        NoClosedForm: How many will be compared is not known before.
    """
    protocol, notes = study.protocol, list[str]()
    for name, said in (("a landmark", analysis.landmark), ("emulation", analysis.emulate)):
        if said is not None:
            raise NoClosedForm(f"No closed form here answers for an analysis by {name}: simulate it.")
    if analysis.time_dependent:
        raise NoClosedForm("Groups change with time, and how many belong to which when is not known before: simulate it.")
    population = analysis.estimand.population if analysis.estimand is not None else ""
    if population not in WHOLE:
        raise NoClosedForm(
            f"It counts '{population.replace('_', ' ')}' alone, and how many that will be is not known: simulate it."
        )
    if endpoint.among is not None:
        raise NoClosedForm(f"It counts those alone for whom '{endpoint.among}' holds, and how many that will be is not known.")
    for each in blank.compared:
        if each not in protocol.arms:
            raise NoClosedForm(f"'{called(each, study)}' is no arm: how many will belong to it is not planned.")
    if analysis.alpha is None:
        notes.append(f"No level is said: {percent(LEVEL)}, two-sided, is taken.")
    if protocol.design.enrolment is None:
        notes.append("The file does not say how many participants are planned (design.enrolment).")
    return Plan(blank, analysis, endpoint, study, protocol.design.enrolment, _parts(blank.compared, study, notes), notes)


def allocated(study: Study) -> dict[str, int]:
    """Participants of each arm to one another, as the file says or equal; none where arms are assigned by somebody."""
    allocation = study.protocol.allocation
    given = allocation.ratio if allocation is not None else {}
    if allocation is not None and allocation.method == "assigned" and not given:
        return {}
    return {arm: given.get(arm, 0) if given else 1 for arm in study.protocol.arms}


def _parts(pair: Sequence[str], study: Study, notes: list[str]) -> tuple[float, float]:
    """The parts of all participants that two arms have."""
    ratio: Mapping[str, float] = allocated(study)
    if not ratio:
        assumed = study.protocol.assumptions.get("arm")
        if assumed is not None and assumed.chances:
            ratio = chances(assumed)
            notes.append("Arms are assigned, in the shares that 'arm' assumes; what differs may lie in who was assigned.")
        else:
            ratio = dict.fromkeys(study.protocol.arms, 1.0)
            notes.append("Arms are assigned, and nothing says in which shares: equal ones are taken.")
    total = sum(ratio.values())
    one, other = (ratio.get(each, 0.0) / total if total else 0.0 for each in pair)
    if not one or not other:
        raise NoClosedForm(f"Nobody is allocated to one of the arms {' and '.join(pair)}.")
    return one, other


# --- follow-up -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FollowUp:
    """How long people join, when the analysis is, how long anybody counts at most, in months; and all that in words."""

    joining: float
    until: float
    followed: float
    says: str

    @property
    def accrual(self) -> Accrual:
        """The pace of joining."""
        return Accrual.even(self.joining)

    def chance(self, hazard: Hazard, lost: Hazard) -> float:
        """The chance that somebody's event is seen by the analysis."""
        return event_chance(hazard, self.until, accrual=self.accrual, dropout=lost, followed=self.followed)


def follow_up(made: Plan) -> FollowUp:
    """How participants join and how long they are followed.

    Raises:
        NoClosedForm: The file does not say it, or says what cannot be.
    """
    dates, endpoint = made.study.protocol.dates, made.endpoint
    accrual = made.study.protocol.assumptions.get("accrual")
    if accrual is not None and (accrual.ramp is not None or accrual.sites):
        raise NoClosedForm("'accrual' is assumed to change as sites open and come to their pace: simulate it.")
    joining = made.people / made.pace if made.pace and made.people else None
    horizon = endpoint.horizon.about_days / DAYS_PER_MONTH if endpoint.horizon is not None else inf
    if not horizon:
        raise NoClosedForm("The endpoint's horizon is no time at all.")
    start, end = dates.get("start"), dates.get("primary_completion") or dates.get("completion")
    joins = f"{made.people} participants join in {months(joining)}, {made.pace:g} a month; " if joining and made.pace else ""
    if start is not None and end is not None:
        long = months_between(start.first, end.last)
        if joining is not None and joining >= long:
            raise NoClosedForm(f"{joins}from start to completion there are {months(long)}, so that nobody is left to follow.")
        if joining is None and not isfinite(horizon):
            raise NoClosedForm("Nothing says how fast participants join: assume 'accrual', per_month, or give a horizon.")
        joining = max(long - horizon, 0.0) if joining is None else joining
        return FollowUp(joining, long, horizon, f"{joins}the analysis is {months(long)} after the start, as the dates have it")
    if isfinite(horizon):
        return FollowUp(joining or 0.0, (joining or 0.0) + horizon, horizon, f"{joins}each is followed for {endpoint.horizon}")
    raise NoClosedForm("Nothing says how long participants are followed: give the endpoint a horizon, or the study its dates.")


# --- what is assumed -------------------------------------------------------------------------------------------------


def assumed(name: str, study: Study) -> Assumption:
    """What is assumed of everybody under a name."""
    found = study.protocol.assumptions.get(name)
    if found is None:
        raise NoClosedForm(f"Nothing is assumed of '{name}'.")
    if found.when is not None:
        raise NoClosedForm(f"'{name}' is assumed of some alone ({found.when}): simulate it.")
    return found


def spread_of(name: str, item: Item, arm: str, study: Study) -> Spread:
    """The distribution that is assumed of a name, in an arm."""
    try:
        return spread(assumed(name, study), item, arm)
    except (Unreadable, NotConvertible) as why:
        raise NoClosedForm(sentence(str(why))) from None


def hazard(name: str, arm: str, study: Study, until: float) -> Hazard:
    """The hazard that is assumed of an activity in an arm, a month; a Weibull's is cut into months, each with its mean."""
    told = assumed(name, study)
    if told.per_month is not None and told.per_month < 0:
        raise NoClosedForm(f"'{name}' is assumed to happen {told.per_month} times a month: it cannot be less than 0.")
    if told.per_month is not None:
        return Hazard((float(told.per_month),))
    if told.chances:
        raise NoClosedForm(f"'{name}' is assumed to follow other events by chance, not to come with time: simulate it.")
    if told.hazard_ratio is not None and told.hazard_ratio <= 0:
        raise NoClosedForm(f"'{name}' is assumed with a hazard ratio of {told.hazard_ratio}: it must be above 0.")
    if told.factors:
        raise NoClosedForm(f"'{name}' is assumed with factors that change as things happen: simulate it.")
    if is_risk(told):
        try:
            return Hazard(*monthly(risk(told, arm), until))
        except (Unreadable, NotConvertible) as why:
            raise NoClosedForm(sentence(str(why))) from None
    found = spread_of(name, TIMES, arm, study)
    if found.kind in ("exponential", "weibull") and not found.first > 0:
        raise NoClosedForm(f"'{name}' is assumed to take no time: its mean or median must be above 0.")
    if found.kind == "exponential":
        return Hazard((DAYS_PER_MONTH / found.first,))
    if found.kind != "weibull":
        raise NoClosedForm(f"'{name}' is assumed to be {found.kind}: no closed form here takes that, simulate it.")
    ends = [float(month) for month in range(1, min(ceil(until), 600) + 1)]
    so_far = [(end * DAYS_PER_MONTH / found.first) ** found.second for end in (0.0, *ends)]
    rates = [late - early for early, late in pairwise(so_far)]
    return Hazard((*rates, rates[-1]), tuple(ends))


def together(names: Sequence[str], arm: str, study: Study, until: float) -> Hazard:
    """The hazard of the first of several activities."""
    found = NEVER
    for name in names:
        found = found.plus(hazard(name, arm, study, until))
    return found


def activity(moment: Moment, study: Study) -> str:
    """The activity whose first time a moment is."""
    text = moment.text.strip()
    found = re.fullmatch(r"first\(([a-z_0-9]+)\)", text)
    name = found[1] if found else text
    if name not in study.activities:
        raise NoClosedForm(f"How often '{text}' holds follows from more than one assumption: simulate it.")
    return name


def ending(endpoint: Endpoint, study: Study) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The activities that end a clock with the event, and those without it, as far as something is assumed of them."""
    events = tuple(activity(each, study) for each in endpoint.events)
    rivals = [activity(each, study) for each in endpoint.competing]
    lost = []
    for name in dict.fromkeys((*rivals, "death", "withdrawal")):
        told = study.protocol.assumptions.get(name)
        if name not in events and told is not None and told.when is None and not told.chances:
            lost.append(name)
    return events, tuple(lost)


def drawn_item(endpoint: Endpoint, study: Study) -> Item | None:
    """The item that an endpoint measures; None where it is a definition, or several."""
    return next((each.items[endpoint.item] for each in study.activities.values() if endpoint.item in each.items), None)


def sources(names: Sequence[str], study: Study) -> tuple[str, ...]:
    """What the numbers rest on, and where that comes from."""
    told = []
    for name in dict.fromkeys(names):
        found = study.protocol.assumptions.get(name)
        if found is not None:
            page = found.source if isinstance(found.source, str) or found.source is None else found.source.page
            own = not page or page.split(":")[0].strip() == "ours"
            told.append(f"'{name}' is assumed by this file." if own else f"'{name}' is assumed after {page}.")
    return tuple(told)
