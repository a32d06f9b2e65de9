"""Costs: arithmetic means, for budgets are paid by sums; with limits that bear their skew, and with those lost weighed.

Methods
    `bootstrap`: means and their difference, with limits from resampled participants (bias-corrected, accelerated).
    `gamma`: a gamma model with a log link, of which the coefficients are ratios of arithmetic means, adjusted as declared.
    `censoring_adjusted`: the mean up to the horizon, where some are lost before it: by Bang and Tsiatis, in stretches of
    a quarter, with Lin's estimate beside it.
    `cost_effectiveness`: that mean, the mean life-years up to the horizon, the cost of a life-year gained, and how likely
    the first is worth its price, for a range of prices; limits from 1,000 resamples of participants within their arm.

Those lost
    A plain sum counts who was lost before the horizon as cheap. The plain methods say how many those are.

The cost of a life-year
    It has limits only while nearly all resamples agree on who lives longer. Elsewhere a ratio turns over at no
    difference, and its limits mean nothing; the chances of being worth the price hold all the same.

Source:
    Thompson and Barber (2000), BMJ 320:1197-1200; Efron (1987), J Am Stat Assoc 82:171-185; Bang and Tsiatis (2000),
    Biometrika 87:329-343; Lin and others (1997), Biometrics 53:419-434; Fenwick, Claxton and Sculpher (2001), Health
    Econ 10:779-787 (acceptability).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, log10
from warnings import catch_warnings, simplefilter

import numpy as np
from jaxtyping import Bool, Float
from scipy.stats import bootstrap

from ..calendar import later
from ..endpoints import KINDS, Measurement, Trajectory
from ..endpoints.outcome import middle
from ..kernels.censored_cost import MeanCost, lin_cost, weighted_cost
from ..kernels.inestimable import Inestimable
from ..kernels.kaplan_meier import kaplan_meier, restricted_mean
from ..study import ALIVE
from .covariates import covariates
from .measurement import asked, spread
from .plan import Plan, item_of
from .result import Acceptability, Counted, Estimate, LeftOut, Numbers
from .sample import Member, Sample

METHODS = ("bootstrap", "gamma", "censoring_adjusted", "cost_effectiveness")
RESAMPLES = 2000
RESAMPLES_OF_RATIOS = 1000
AGREED = 0.975
"""The share of resamples that have to agree on who lives longer, for the cost of a life-year to have limits."""
STEPS = 100
"""Into how many even steps the prices of a curve of acceptability are cut."""
QUARTER = 365.25 / 4
YEAR = 365.25


@dataclass(frozen=True)
class Histories:
    """What each participant of one arm cost in each stretch of time, and how long each was followed, in days."""

    cost: Float[np.ndarray, "people stretches"]
    time: Float[np.ndarray, " people"]
    died: Bool[np.ndarray, " people"]
    ends: Float[np.ndarray, " stretches"]

    @property
    def horizon(self) -> float:
        return float(self.ends[-1])

    @property
    def lost(self) -> int:
        """How many were lost before the horizon."""
        return int((~self.died & (self.time < self.horizon)).sum())

    def drawn(self, rows: np.ndarray) -> "Histories":
        """Those participants alone, some perhaps several times."""
        return Histories(self.cost[rows], self.time[rows], self.died[rows], self.ends)


@dataclass(frozen=True)
class CostEffectiveness:
    """Two arms' differences in cost and in life-years, and what resampling makes of them.

    `ratio` is the cost of a life-year gained; None where the first arm does not give more life for more money, or less
    for less. `lower` and `upper` are None where resamples do not agree on who lives longer. `draws` are the resampled
    pairs of differences.
    """

    cost: float
    years: float
    ratio: float | None
    lower: float | None
    upper: float | None
    draws: Float[np.ndarray, "draws 2"]
    failed: int

    def worth(self, price: float) -> float:
        """The share of resamples in which the first arm is worth a price for each life-year gained.

        The net benefit has to be above 0; one of exactly 0 counts half.
        """
        gain = price * self.draws[:, 1] - self.draws[:, 0]
        return float(((gain > 0) + (gain == 0) / 2).mean())


def cost_effectiveness(
    first: Histories, second: Histories, *, rng: np.random.Generator, draws: int = RESAMPLES_OF_RATIOS, level: float = 0.95
) -> CostEffectiveness:
    """What the first arm costs more than the second, for each life-year that it gives more.

    Args:
        first: The arm that is asked about.
        second: The arm that it is compared with, in the same stretches.
        rng: The chance by which participants are drawn, within their arm.
        draws: How many resamples.
        level: The coverage of the limits.

    Raises:
        Inestimable: In an arm, follow-up ended before the horizon with people left.
    """
    cost, years = (one - other for one, other in zip(_pair(first), _pair(second), strict=True))
    found, failed = [], 0
    for _ in range(draws):
        rows = [rng.integers(0, len(each.time), len(each.time)) for each in (first, second)]
        try:
            one, other = (_pair(each.drawn(row)) for each, row in zip((first, second), rows, strict=True))
        except Inestimable:
            failed += 1
            continue
        found.append((one[0] - other[0], one[1] - other[1]))
    if len(found) < 0.95 * draws:
        raise Inestimable(f"{failed} of {draws} resamples could not be told, for too few are followed to the horizon")
    held = np.array(found)
    is_trade = cost * years > 0
    ratio = cost / years if is_trade else None
    lower = upper = None
    if ratio is not None and max((held[:, 1] > 0).mean(), (held[:, 1] < 0).mean()) >= AGREED:
        kept = held[np.sign(held[:, 1]) == np.sign(years)]
        lower, upper = (float(each) for each in np.quantile(kept[:, 0] / kept[:, 1], [(1 - level) / 2, (1 + level) / 2]))
    return CostEffectiveness(cost, years, ratio, lower, upper, held, failed)


def _pair(held: Histories) -> tuple[float, float]:
    """The mean cost and the mean life-years up to the horizon."""
    area = restricted_mean(kaplan_meier(held.time, held.died), held.horizon)
    return weighted_cost(held.cost, held.time, held.died, held.ends).estimate, area.mean / YEAR


def gamma_ratios(
    cost: Float[np.ndarray, " people"], columns: Float[np.ndarray, "people columns"], *, level: float = 0.95
) -> list[tuple[float, float, float]]:
    """Ratios of arithmetic means with their limits, one a column, by a gamma model with a log link.

    Raises:
        Inestimable: A cost is not above 0, nothing varies, or the columns repeat each other.
    """
    from statsmodels.genmod.families import Gamma
    from statsmodels.genmod.families.links import Log
    from statsmodels.genmod.generalized_linear_model import GLM
    from statsmodels.tools.sm_exceptions import PerfectSeparationError

    if not np.isfinite(cost).all() or not (cost > 0).all():
        raise Inestimable(f"a gamma model needs costs above 0, and {int((~(cost > 0)).sum())} are not")
    if not cost.min() < cost.max():
        raise Inestimable("all costs are the same")
    x = np.column_stack([np.ones(len(cost)), columns])
    if len(cost) <= x.shape[1] or np.linalg.matrix_rank(x) < x.shape[1]:
        raise Inestimable("the columns of the model repeat each other, or are as many as the participants")
    try:
        # For its size alone; a ratio of means knows no unit.
        fit = GLM(cost / cost.mean(), x, family=Gamma(link=Log())).fit(maxiter=100)
    except (PerfectSeparationError, np.linalg.LinAlgError, ValueError) as why:
        raise Inestimable(f"the gamma model has no fit ({why})") from None
    if not fit.converged or not np.isfinite(fit.bse).all():
        raise Inestimable("the gamma model did not settle")
    limits = np.exp(fit.conf_int(1 - level))
    return [(float(np.exp(each)), float(low), float(high))
            for each, (low, high) in zip(fit.params[1:], limits[1:], strict=True)]  # fmt: skip


# --- analyses --------------------------------------------------------------------------------------------------------


def costs(plan: Plan, counted: Sample) -> Numbers:
    """Costs by the method that is declared."""
    from .time_to_event import joined

    match plan.method:
        case "gamma":
            return joined([_described(plan, counted), _gamma(plan, counted), _lost(plan, counted)])
        case "bootstrap":
            return joined([_bootstrapped(plan, counted), _lost(plan, counted)])
        case "censoring_adjusted":
            return joined([_described(plan, counted), _unbilled(counted), _adjusted(plan, counted)])
        case _:
            return joined([_described(plan, counted), _unbilled(counted), _adjusted(plan, counted), _effective(plan, counted)])


def _described(plan: Plan, counted: Sample) -> Numbers:
    """Who is counted, and how the costs that were billed are spread."""
    by_side = list(zip(counted.sides, _values(counted), strict=True))
    return Numbers(
        arms=tuple(Counted(side.name, side.label, len(each)) for side, each in by_side),
        spreads=tuple(spread(side.name, each) for side, each in by_side if len(each)),
        findings=tuple(f"No value for {side.label}." for side, each in by_side if not len(each)),
        method=(asked(plan),),
    )  # fmt: skip


def _values(counted: Sample) -> list[Float[np.ndarray, " people"]]:
    return [
        np.array([each.outcome.value for each in counted.of(index) if isinstance(each.outcome, Measurement)])
        for index in range(len(counted.sides))
    ]


def _unit(plan: Plan) -> str:
    units = {item.unit for named in plan.endpoint.items or (plan.endpoint.item,)
             if (item := item_of(named, plan.study)) is not None}  # fmt: skip
    return units.pop() if len(units) == 1 else ""


def _pairs(plan: Plan, counted: Sample) -> list[tuple[int, int, str]]:
    """The comparisons: of which side, with which, in words."""
    if not plan.compares or len(counted.sides) < 2:
        return []
    last = len(counted.sides) - 1
    return [(index, last, f"{counted.sides[index].label} against {counted.sides[last].label}") for index in range(last)]


def _bootstrapped(plan: Plan, counted: Sample) -> Numbers:
    values, unit = _values(counted), _unit(plan)
    estimates: list[Estimate] = []
    findings: list[str] = []
    for side, each in zip(counted.sides, values, strict=True):
        try:
            low, high = resampled_limits((each,), seed=plan.seed, level=plan.level)
            estimates.append(Estimate("Mean", float(each.mean()), low, high, plan.level, unit, side.name))
        except Inestimable as why:
            findings.append(f"No limits of the mean for {side.label}: {why.says}.")
    for one, other, of in _pairs(plan, counted):
        try:
            low, high = resampled_limits((values[one], values[other]), seed=plan.seed, level=plan.level)
            gap = float(values[one].mean() - values[other].mean())
            estimates.append(Estimate("Difference of means", gap, low, high, plan.level, unit, of))
        except Inestimable as why:
            findings.append(f"No difference of means of {of}: {why.says}.")
    words = (
        f"Arithmetic means; limits by {RESAMPLES:,} resamples of participants within their arm, bias-corrected and "
        f"accelerated (seed {plan.seed})."
    )
    told = _described(plan, counted)
    return Numbers(
        arms=told.arms, spreads=told.spreads, estimates=tuple(estimates), findings=(*told.findings, *findings),
        method=(*told.method, words),
    )  # fmt: skip


def resampled_limits(
    groups: Sequence[Float[np.ndarray, " people"]], *, seed: int, level: float = 0.95, draws: int = RESAMPLES
) -> tuple[float, float]:
    """Limits of the mean of one group, or of the difference of the means of two, by resampling.

    Raises:
        Inestimable: A group has fewer than two values, or none of them varies.
    """
    if any(len(each) < 2 for each in groups):
        raise Inestimable("fewer than two values")
    if not all(np.isfinite(each).all() for each in groups):
        raise Inestimable("a cost is missing or infinite")
    if all(each.min() == each.max() for each in groups):
        raise Inestimable("the values do not vary")

    def gap(*held: np.ndarray, axis: int = -1) -> np.ndarray:
        means = [np.asarray(np.mean(each, axis=axis)) for each in held]
        return means[0] if len(means) == 1 else np.asarray(means[0] - means[1])

    with catch_warnings():
        simplefilter("ignore")  # limits that are no numbers are asked for below
        found = bootstrap(
            tuple(groups), gap, n_resamples=draws, vectorized=True, axis=-1, confidence_level=level, method="BCa",
            rng=np.random.default_rng(seed), batch=max(10_000_000 // max(map(len, groups)), 1),
        ).confidence_interval  # fmt: skip
    if not (np.isfinite(found.low) and np.isfinite(found.high)):
        raise Inestimable("the values vary too little for resampling to tell limits")
    return float(found.low), float(found.high)


def _gamma(plan: Plan, counted: Sample) -> Numbers:
    who = [each for each in counted.members if isinstance(each.outcome, Measurement)]
    cost = np.array([each.outcome.value for each in who if isinstance(each.outcome, Measurement)])
    held = covariates(plan.adjust, plan.study, who)
    pairs = _pairs(plan, counted)
    side = np.array([each.side for each in who])
    known = held.is_known
    left = int((~known).sum())
    x = np.column_stack([*((side == one).astype(float) for one, _, _ in pairs), held.columns])
    if not x.shape[1]:
        return Numbers(findings=("No gamma model: nothing is compared or adjusted for.",))
    try:
        found = gamma_ratios(cost[known], x[known], level=plan.level)
    except Inestimable as why:
        return Numbers(findings=(*held.notes, f"No ratio of means: {why.says}."))
    titles = [*(of for _, _, of in pairs), *held.names]
    estimates = tuple(
        Estimate("Ratio of means", ratio, low, high, plan.level, "", title, is_covariate=index >= len(pairs))
        for index, (title, (ratio, low, high)) in enumerate(zip(titles, found, strict=True))
    )
    of = f", adjusted for {', '.join(held.names)}" if held.names else ""
    words = f"Ratios of arithmetic means by a gamma model with a log link{of}; Wald's limits ({plan.level * 100:g}%)."
    return Numbers(
        estimates=estimates, findings=held.notes, method=(words,),
        left_out=(LeftOut("a covariate is not known: not in the model", left),) if left else (),
    )  # fmt: skip


def histories(plan: Plan, members: Sequence[Member], ends: Float[np.ndarray, " stretches"]) -> Histories:
    """What each member cost in each stretch, and how long each was followed.

    A bill that comes after death, or after the last day known alive, is laid to that day.
    """
    rows, times, deaths = [], [], []
    for each in members:
        died = each.chart.first("death")
        seen = max((middle(row.on) for row in each.chart.facts.rows.get(ALIVE, ())), default=each.zero)
        stop = max(((died or seen) - each.zero).days, 0)
        course = KINDS["trajectory"](plan.endpoint, plan.study, each.chart)
        points = course.points if isinstance(course, Trajectory) else ()
        row = np.zeros(len(ends))
        for _, day, value in points:
            # Two years are 730 days for some and 731 for others: what is within one's own belongs to the last stretch.
            when = min(day, stop, ends[-1])
            if day >= 0:
                row[np.searchsorted(ends, when, side="left")] += value
        rows.append(row)
        times.append(float(stop))
        deaths.append(died is not None)
    return Histories(np.array(rows).reshape(len(rows), len(ends)), np.array(times), np.array(deaths, dtype=bool), ends)


def _ends(plan: Plan, counted: Sample) -> Float[np.ndarray, " stretches"]:
    """The ends of quarters up to the horizon."""
    if plan.endpoint.horizon is None:
        raise Inestimable("the endpoint names no horizon, and costs up to no time have no mean where some are lost")
    horizon = min((later(each.zero, plan.endpoint.horizon) - each.zero).days for each in counted.members)
    return np.append(np.arange(QUARTER, horizon - 1, QUARTER), float(horizon))


def _lost(plan: Plan, counted: Sample) -> Numbers:
    """How many are counted as cheaper than they may be."""
    if plan.endpoint.horizon is None or not counted.members:
        return _unbilled(counted)
    found = histories(plan, counted.members, _ends(plan, counted))
    if not found.lost:
        return _unbilled(counted)
    return Numbers(findings=(
        *_unbilled(counted).findings,
        f"{found.lost} of {len(found.time)} were alive when follow-up ended, before {plan.endpoint.horizon}: what they cost "
        "afterwards is missing, and the means are too low. The method censoring_adjusted weighs for that.",
    ))  # fmt: skip


def _unbilled(counted: Sample) -> Numbers:
    """That whoever lived long enough to be billed is counted alone."""
    without = sum(each.participants for each in counted.left_out if "no cost" in each.why)
    if not without:
        return Numbers()
    return Numbers(findings=(
        f"{without} participants have no cost recorded and are left out, life and all: if they died or left before a first "
        "bill, the means are too high, and the arms are no longer as they were formed.",
    ))  # fmt: skip


def _adjusted(plan: Plan, counted: Sample) -> Numbers:
    estimates: list[Estimate] = []
    findings: list[str] = []
    means: dict[int, MeanCost] = {}
    unit = _unit(plan)
    try:
        ends = _ends(plan, counted)
    except Inestimable as why:
        return Numbers(findings=(f"No mean: {why.says}.",))
    name = f"Mean cost within {plan.endpoint.horizon}"
    for index, side in enumerate(counted.sides):
        where = side.label if side.name else "everyone"
        try:
            held = histories(plan, counted.of(index), ends)
            means[index] = found = weighted_cost(held.cost, held.time, held.died, held.ends)
            reach = plan.z * found.se
            estimates.append(
                Estimate(name, found.estimate, found.estimate - reach, found.estimate + reach, plan.level, unit, side.name)
            )
            lin = lin_cost(held.cost, held.time, held.died, held.ends)
            estimates.append(Estimate(f"{name}, by Lin", lin, None, None, None, unit, side.name))
            if held.lost:
                findings.append(f"{held.lost} of {len(held.time)} in {where} were lost before {plan.endpoint.horizon}.")
        except Inestimable as why:
            findings.append(f"No mean cost for {where}: {why.says}.")
    for one, other, of in _pairs(plan, counted):
        if one in means and other in means:
            gap = means[one].estimate - means[other].estimate
            reach = plan.z * (means[one].se ** 2 + means[other].se ** 2) ** 0.5
            estimates.append(Estimate("Difference of mean costs", gap, gap - reach, gap + reach, plan.level, unit, of))
    words = (
        "Mean costs adjusted for those lost, by inverse weighting of quarters of follow-up (Bang and Tsiatis), limits from "
        "the influence function; beside them Lin's estimate. Being lost is taken to say nothing of the costs to come.",
    )
    return Numbers(estimates=tuple(estimates), findings=tuple(findings), method=words)


def _effective(plan: Plan, counted: Sample) -> Numbers:
    unit = _unit(plan)
    estimates: list[Estimate] = []
    findings: list[str] = []
    accepted: list[Acceptability] = []
    pairs = _pairs(plan, counted)
    if not pairs:
        return Numbers(findings=("No cost of a life-year: no arms are compared.",))
    ends = _ends(plan, counted) if plan.endpoint.horizon is not None else None
    if ends is None:
        return Numbers(findings=("No cost of a life-year: the endpoint names no horizon.",))
    rng = np.random.default_rng(plan.seed)
    held = [histories(plan, counted.of(index), ends) if counted.of(index) else None for index in range(len(counted.sides))]
    for index, side in enumerate(counted.sides):
        if (arm := held[index]) is None:
            continue
        try:
            area = restricted_mean(kaplan_meier(arm.time, arm.died), arm.horizon)
        except Inestimable as why:
            findings.append(f"No life-years for {side.label}: {why.says}.")
            continue
        mean, reach = area.mean / YEAR, plan.z * area.variance**0.5 / YEAR
        name = f"Life-years within {plan.endpoint.horizon}"
        estimates.append(Estimate(name, mean, mean - reach, mean + reach, plan.level, "years", side.name))
    for one, other, of in pairs:
        first, second = held[one], held[other]
        if first is None or second is None:
            findings.append(f"No cost of a life-year, {of}: nobody is counted on one side.")
            continue
        try:
            found = cost_effectiveness(first, second, rng=rng, level=plan.level)
        except Inestimable as why:
            findings.append(f"No cost of a life-year, {of}: {why.says}.")
            continue
        low, high = np.quantile(found.draws[:, 1], [(1 - plan.level) / 2, (1 + plan.level) / 2])
        estimates.append(Estimate("Difference of life-years", found.years, float(low), float(high), plan.level, "years", of))
        if found.ratio is not None and found.years > 0:
            name = "Cost of a life-year gained"
            estimates.append(Estimate(name, found.ratio, found.lower, found.upper, plan.level, unit, of))
        findings += _read(found, of)
        accepted.append(acceptability(found, of, unit))
        for price in prices(found):
            each = f"Chance to be worth {price:,.0f} a life-year"
            estimates.append(Estimate(each, found.worth(price), None, None, None, "share", of))
    words = (
        f"Costs and life-years up to {plan.endpoint.horizon}, neither discounted; {RESAMPLES_OF_RATIOS:,} resamples of "
        f"participants within their arm (seed {plan.seed}). The chance to be worth a price is the share of resamples in "
        "which the price times the life-years gained is more than the costs added."
    )
    return Numbers(estimates=tuple(estimates), findings=tuple(findings), method=(words,), acceptability=tuple(accepted))


def acceptability(found: CostEffectiveness, of: str, unit: str) -> Acceptability:
    """The chance to be worth a price, at even prices up to the greatest of the round ones."""
    greatest = max(prices(found)) or 1.0
    even = tuple(greatest * step / STEPS for step in range(STEPS + 1))
    return Acceptability(of, unit, even, tuple(map(found.worth, even)))


def _read(found: CostEffectiveness, of: str) -> list[str]:
    """What the point on the plane says, in words."""
    says = []
    if found.ratio is None:
        if found.cost == 0 or found.years == 0:
            says.append(f"{of}: there is no difference in costs or in life-years, and no cost of a life-year gained.")
        else:
            how = "longer life for less money" if found.years > 0 else "shorter life for more money"
            says.append(f"{of}: {how}, so that there is no cost of a life-year gained.")
    elif found.years < 0:
        says.append(
            f"{of}: shorter life for less money; {found.ratio:,.0f} are saved for each life-year lost, which is no cost of a "
            "life-year gained."
        )
    if found.ratio is not None and found.lower is None:
        agree = max((found.draws[:, 1] > 0).mean(), (found.draws[:, 1] < 0).mean())
        says.append(
            f"{of}: the cost of a life-year has no limits, for only {agree:.0%} of the resamples agree on who lives longer."
        )
    if found.failed:
        says.append(f"{found.failed} resamples could not be told and are left out.")
    return says


def prices(found: CostEffectiveness) -> tuple[float, ...]:
    """Round prices of a life-year around which the answer may turn: 1, 2 and 5 times powers of ten, and 0."""
    spread_ = float(found.draws[:, 1].std())
    scale = abs(found.cost) / max(abs(found.years), spread_, 1e-3)
    if scale <= 0:
        return (0.0,)
    power = floor(log10(scale))
    rising = [step * 10.0**each for each in range(power - 1, power + 2) for step in (1, 2, 5)]
    return (0.0, *(each for each in rising if scale / 10 <= each <= scale * 10))
