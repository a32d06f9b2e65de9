"""The comparisons of times to an event that a study declares, and what one trial says of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from math import exp, inf, isfinite, log, nan
from statistics import NormalDist
from typing import TYPE_CHECKING

from ..chart import Chart, as_of
from ..endpoints import TimeToEvent, outcome
from ..prospects import Prospect
from ..prospects.adaptations import drops_arms
from ..prospects.looks import looks
from ..prospects.plan import NoClosedForm, plan
from ..prospects.prospect import LEVEL
from ..protocol import Analysis, Estimand
from ..study import Study
from .totals import Tally

if TYPE_CHECKING:
    from ..analysis import Result
    from ..analysis.result import Estimate

AS_SMALL_AS_IT_GETS = 1e-300
AS_PLANNED = "What may change at a look is told in a place of its own: these numbers are of the plan as it stands."


@dataclass(frozen=True, slots=True)
class Compared:
    """A declared comparison of times to an event.

    `truth` is the hazard ratio assumed, where one number says it all; `side` is 1 where the first arm is assumed to do
    better, -1 where worse. `shares`, `above` and `below` are those of the looks, the last analysis included; empty where
    there is one analysis alone.
    """

    name: str
    label: str
    endpoint: str
    sides: tuple[str, ...]
    level: float
    is_primary: bool
    margin: float | None = None
    truth: float | None = None
    side: int = 1
    events: float | None = None
    shares: tuple[float, ...] = ()
    above: tuple[float, ...] = ()
    below: tuple[float, ...] = ()
    note: str = ""


def comparisons(study: Study, prospects: Sequence[Prospect]) -> tuple[Compared, ...]:
    """The comparisons that a study declares of times to an event, those of primary endpoints first."""
    found = []
    for analysis in study.protocol.analyses.values():
        endpoint = study.protocol.endpoints.get(analysis.endpoint)
        sides = (analysis.estimand or Estimand()).compared
        if endpoint is None or endpoint.kind != "time_to_event" or len(sides) < 2 or analysis.method == "subgroups":
            continue
        if analysis.method in ("cuminc", "point_score", "multiple_imputation", "gamma"):
            continue
        mine = [each for each in prospects if each.analysis == analysis.name]
        found.append(_compared(analysis, sides, mine, study, is_primary=endpoint.role == "primary" and not analysis.post_hoc))
    return tuple(sorted(found, key=lambda each: not each.is_primary))


def _compared(
    analysis: Analysis, sides: Sequence[str], mine: Sequence[Prospect], study: Study, *, is_primary: bool
) -> Compared:
    alone = mine[0] if len(mine) == 1 else None
    truth = alone.effect if alone is not None and alone.measure == "hazard ratio" else None
    made = Compared(
        analysis.name, analysis.label or analysis.name.replace("_", " ").capitalize(), analysis.endpoint, tuple(sides),
        float(analysis.alpha) if analysis.alpha is not None else LEVEL, is_primary,
        margin=float(analysis.margin) if analysis.margin is not None else None, truth=truth,
        side=-1 if truth is not None and truth > 1 else 1, events=alone.events if alone is not None else None,
    )  # fmt: skip
    if analysis.adapt:
        made = replace(made, note=AS_PLANNED)
    if not analysis.interim:
        return made
    if alone is None or len(sides) > 2:
        says = "Interim looks at more than two arms are not simulated: the last analysis alone is."
        return made if drops_arms(analysis, sides) else replace(made, note=f"{made.note} {says}".strip())
    try:
        bounds = looks(plan(alone, analysis, study.protocol.endpoints[analysis.endpoint], study))
    except NoClosedForm as why:
        return replace(made, note=f"{made.note} The interim looks are not simulated: {why.says}".strip())
    if bounds is None:
        return made
    note = made.note if made.events else (
        f"{made.note} How many events there will be is not known before: the looks are taken at shares of those that each trial "
        "has in the end."
    ).strip()  # fmt: skip
    return replace(made, shares=tuple(bounds.information), above=tuple(bounds.above), below=tuple(bounds.below), note=note)


@lru_cache(16)
def narrowed(study: Study, names: tuple[str, ...]) -> Study:
    """The study with these analyses alone, each as one look has it, and the endpoints that they are of."""
    analyses = {
        name: replace(study.protocol.analyses[name], interim=(), adapt=(), looked=(), spending=None, futility=None)
        for name in names
    }
    wanted = {each.endpoint for each in analyses.values()}
    endpoints = {name: each for name, each in study.protocol.endpoints.items() if name in wanted}
    return replace(study, protocol=replace(study.protocol, analyses=analyses, endpoints=endpoints))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an analysis says of one comparison: the chance of as much, its log hazard ratio with limits, and events."""

    p: float = nan
    effect: float = nan
    lower: float = nan
    upper: float = nan
    events: int = 0

    @property
    def is_estimable(self) -> bool:
        """Whether the test could be done."""
        return self.p == self.p

    def found(self, compared: Compared) -> bool:
        """Whether it shows what it is to show."""
        if compared.margin is not None:
            return self.upper < log(compared.margin)
        return self.p < compared.level

    def statistic(self, side: int) -> float:
        """The test's statistic as a standard normal one, above 0 on the side that is hoped for."""
        if not self.is_estimable or self.effect != self.effect:
            return nan
        size = -NormalDist().inv_cdf(max(self.p / 2, AS_SMALL_AS_IT_GETS)) if self.p < 1 else 0.0
        return side * (size if self.effect < 0 else -size)


def verdicts(study: Study, compared: Sequence[Compared], charts: Mapping[str, Chart], until: date) -> dict[str, Verdict]:
    """What the declared analyses say of charts folded up to a day."""
    from ..analysis import analyse

    results = analyse(narrowed(study, tuple(each.name for each in compared)), charts, until=until, virtual=True)
    return {each.name: _verdict(each) for each in results}


def _verdict(result: "Result") -> Verdict:
    events = sum(each.events or 0 for each in result.arms)
    ratio = next((each for each in result.estimates if _is_ratio(each)), None)
    if not result.tests:
        return Verdict(events=events)
    effect, lower, upper = (
        (log(ratio.value), _log(ratio.lower), _log(ratio.upper)) if ratio is not None and ratio.value > 0 else (nan, nan, nan)
    )
    return Verdict(result.tests[0].p, effect, lower, upper, events)


def _is_ratio(each: "Estimate") -> bool:
    return not each.is_covariate and each.name.startswith("Hazard ratio")


def _log(value: float | None) -> float:
    return nan if value is None else log(value) if value > 0 else -inf


def told(tally: Tally, compared: Compared, verdict: Verdict, *, found: bool, months: float) -> None:
    """Add to a tally what a trial says of a comparison at its end."""
    name = compared.name
    tally.number(float(found), "compared", name, "found")
    tally.number(float(not verdict.is_estimable), "compared", name, "inestimable")
    tally.number(verdict.events, "compared", name, "events")
    tally.number(months, "compared", name, "months")
    if isfinite(verdict.effect):
        tally.number(verdict.effect, "compared", name, "effect")
        tally.number(float(verdict.effect < 0), "compared", name, "first does better")
        if compared.truth is not None and verdict.lower == verdict.lower and verdict.upper == verdict.upper:
            covers = verdict.lower <= log(compared.truth) <= verdict.upper
            tally.number(float(covers), "compared", name, "covered")


def decided(
    tally: Tally, study: Study, compared: Compared, charts: Mapping[str, Chart], last: Verdict, start: date, until: date
) -> None:
    """Add to a tally how a comparison ends: at an interim look, or at the last analysis."""
    if not compared.shares:
        told(tally, compared, last, found=last.found(compared), months=_months(start, until))
        return
    days = _event_days(study, compared, charts)
    planned = compared.events or len(days)
    for k, share in enumerate(compared.shares[:-1]):
        reached = max(1, round(share * planned))
        if reached > len(days) or days[reached - 1] >= until:
            break
        day = days[reached - 1]
        seen = {name: as_of(each, study, day) for name, each in charts.items() if _had_joined(each, day)}
        verdict = verdicts(study, (compared,), seen, day)[compared.name]
        if ended(tally, compared, verdict, k, start, day):
            return
    ended(tally, compared, last, len(compared.shares) - 1, start, until)


def ended(tally: Tally, compared: Compared, verdict: Verdict, k: int, start: date, day: date) -> bool:
    """Whether a trial ends at a look, and if so, how: then it is added to the tally."""
    z, is_last = verdict.statistic(compared.side), k == len(compared.shares) - 1
    found = abs(z) >= compared.above[k] if z == z else False
    futile = z == z and not found and not is_last and isfinite(compared.below[k]) and z <= compared.below[k]
    if not (found or futile or is_last):
        return False
    for number in range(len(compared.shares)):
        tally.number(float(number == k and found), "look", compared.name, str(number), "found")
        tally.number(float(number == k and futile), "look", compared.name, str(number), "futile")
    told(tally, compared, verdict, found=found, months=_months(start, day))
    return True


def _event_days(study: Study, compared: Compared, charts: Mapping[str, Chart]) -> list[date]:
    endpoint = study.protocol.endpoints[compared.endpoint]
    found = (outcome(endpoint, study, each) for each in charts.values())
    return sorted(each.ended for each in found if isinstance(each, TimeToEvent) and each.status == "event")


def _had_joined(known: Chart, day: date) -> bool:
    first = known.first("enrolment")
    return first is not None and first <= day


def _months(start: date, end: date) -> float:
    from ..simulation.assumptions import DAYS_PER_MONTH

    return (end - start).days / DAYS_PER_MONTH


def ratio(log_ratio: float) -> float:
    """A log hazard ratio as a hazard ratio."""
    return exp(log_ratio)
