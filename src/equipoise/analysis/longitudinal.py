"""Values over time by a mixed model: how fast they change in each arm, and how far the arms' changes lie apart.

The model
    Of each item by itself: a straight line over time in each arm, and for each participant a line of their own around
    it (a random start and a random slope; where the two cannot be told apart, a random start alone, and that is said).
    Time is in months from the origin. The last value on or before the origin stands at the origin. With
    `mixed_model_log` the logarithm is modelled, and what is told is by how much a value is multiplied in a month: right
    for markers, which rise by shares and not by amounts. It needs values above 0.

Those who stop
    The model takes values to be missing at random: that somebody has no more values may hang on the values that were
    seen, and not on those that were not. Whoever dies or progresses leaves for a reason, and a line is drawn on as if
    they had not; how many died in each arm stands beside the slopes, and `joint_display` sets survival beside the means
    of those who died and of those who did not. It shows; it does not model the two together.

Source:
    Laird and Ware (1982), Biometrics 38:963-974; Molenberghs and others (2004), Biostatistics 5:445-464 (missing at
    random); Kurland, Johnson, Egleston and Diehr (2009), Stat Sci 24:211-222 (values cut short by death).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from warnings import catch_warnings, simplefilter

import numpy as np
from jaxtyping import Float, Int

from ..endpoints import Trajectory
from ..endpoints.outcome import middle
from ..kernels.inestimable import Inestimable
from ..kernels.kaplan_meier import kaplan_meier, survival_limits
from ..study import ALIVE
from .plan import Plan, item_label, item_of
from .result import Course, Curve, Estimate, JointDisplay, Numbers
from .sample import Member, Sample
from .trajectory import trajectory

METHODS = ("mixed_model", "mixed_model_log")
MONTH = 365.25 / 12
LEAST = 3
"""How many participants of an arm need two values or more, for its slope to be told."""


@dataclass(frozen=True)
class Slopes:
    """The change a month in each arm, with the covariances of these; and how the participants vary around it.

    `has_slopes` is False where each participant has a start of their own alone. `sd_start` and `sd_slope` are of the
    participants' own starts and slopes, `sd_within` of single values around their lines.
    """

    slope: Float[np.ndarray, " arms"]
    covariance: Float[np.ndarray, "arms arms"]
    start: Float[np.ndarray, " arms"]
    sd_start: float
    sd_slope: float
    sd_within: float
    has_slopes: bool
    people: int
    values: int


def slopes(
    value: Float[np.ndarray, " values"], month: Float[np.ndarray, " values"], person: Int[np.ndarray, " values"],
    arm: Int[np.ndarray, " values"],
) -> Slopes:  # fmt: skip
    """Fit the mixed model by restricted likelihood.

    Args:
        value: What was measured.
        month: When, from the origin.
        person: Whose it is.
        arm: The person's arm, counted from 0.

    Raises:
        Inestimable: Too few have two values, nothing varies, or the model does not settle.
    """
    if not (np.isfinite(value).all() and np.isfinite(month).all()):
        raise Inestimable("a value or its time is missing")
    arms = int(arm.max()) + 1 if len(arm) else 0
    if not arms:
        raise Inestimable("there is no value")
    for each in range(arms):
        inside = arm == each
        moments = np.unique(np.column_stack([person[inside], month[inside]]), axis=0)
        several = int((np.unique(moments[:, 0], return_counts=True)[1] > 1).sum())
        if several < LEAST:
            raise Inestimable(f"only {several} participants of an arm have values at two times or more; {LEAST} are needed")
    scale, span = float(value.std()), float(month.std())
    if scale == 0:
        raise Inestimable("all values are the same")
    y, t = (value - value.mean()) / scale, month / span
    columns = [part for each in range(arms) for part in ((arm == each).astype(float), t * (arm == each))]
    x = np.column_stack(columns)
    fit, has_slopes = None, True
    if _most(person) > 2:
        fit = _fit(y, x, np.column_stack([np.ones(len(t)), t]), person)
    if fit is None:
        has_slopes = False
        fit = _fit(y, x, np.ones((len(t), 1)), person)
    if fit is None:
        raise Inestimable("the mixed model did not settle, with random slopes or without")
    places = np.arange(arms) * 2 + 1
    unit = scale / span
    varied = np.asarray(fit.cov_re)
    return Slopes(
        np.asarray(fit.fe_params)[places] * unit,
        np.asarray(fit.cov_params())[np.ix_(places, places)] * unit**2,
        np.asarray(fit.fe_params)[places - 1] * scale + float(value.mean()),
        float(varied[0, 0]) ** 0.5 * scale, float(varied[1, 1]) ** 0.5 * unit if has_slopes else 0.0,
        float(fit.scale) ** 0.5 * scale, has_slopes, len(np.unique(person)), len(value),
    )  # fmt: skip


def _most(person: Int[np.ndarray, " values"]) -> int:
    return int(np.unique(person, return_counts=True)[1].max())


def _fit(y: np.ndarray, x: np.ndarray, z: np.ndarray, person: np.ndarray):  # type: ignore[no-untyped-def]
    """The fit, or None where it does not settle or lies on the edge of what a variance can be."""
    from statsmodels.regression.mixed_linear_model import MixedLM

    with catch_warnings():
        simplefilter("ignore")  # what they say is asked of the fit below
        try:
            fit = MixedLM(y, x, groups=person, exog_re=z).fit(reml=True, method=["bfgs", "lbfgs", "cg"])
        except (np.linalg.LinAlgError, ValueError):
            return None
        errors = np.diag(np.asarray(fit.cov_params()))[: x.shape[1]]
    varied = np.asarray(fit.cov_re)
    is_inside = np.isfinite(varied).all() and (z.shape[1] == 1 or float(np.linalg.eigvalsh(varied).min()) > 1e-6)
    if not fit.converged or not np.isfinite(errors).all() or not (errors > 0).all() or not fit.scale > 0 or not is_inside:
        return None
    return fit


def longitudinal(plan: Plan, counted: Sample) -> Numbers:
    """The course of each item in each arm, its change a month, and how far the changes lie apart."""
    from .time_to_event import joined

    is_log = plan.method == "mixed_model_log"
    parts = [trajectory(replace(plan, method="mean"), counted)]
    named = plan.endpoint.items or (plan.endpoint.item,)
    for item in named:
        parts.append(_item(plan, counted, item, is_log=is_log))
    dead = [sum(each.chart.first("death") is not None for each in counted.of(index)) for index in range(len(counted.sides))]
    died = "; ".join(
        f"{number} of {len(counted.of(index))} in {side.label if side.name else 'all'}"
        for index, (number, side) in enumerate(zip(dead, counted.sides, strict=True))
    )
    words = (
        f"A straight line over months from {plan.endpoint.from_ or 'enrolment'} in each arm, with a start and a slope for each "
        f"participant, by restricted likelihood{', of logarithms' if is_log else ''}; Wald's limits ({plan.level * 100:g}%).",
        "Values are taken to be missing at random: that somebody has no more of them may hang on those that were seen alone. "
        "Death and progression end measurement for a reason, and the lines are drawn on as if they had not.",
    )
    try:
        parts.append(Numbers(displays=joint_display(plan, counted)))
    except Inestimable as why:
        parts.append(Numbers(findings=(f"No survival beside the means: {why.says}.",)))
    parts.append(Numbers(method=words, findings=(f"Values ended with death in {died}.",) if sum(dead) else ()))
    return joined(parts)


def _item(plan: Plan, counted: Sample, item: str, *, is_log: bool) -> Numbers:
    label = item_label(item, plan.study)
    told = item_of(item, plan.study)
    unit = told.unit if told is not None else ""
    value, month, person, arm = points(counted.members, item)
    if not len(value):
        return Numbers()  # said with the means
    if is_log and not (value > 0).all():
        below = int((value <= 0).sum())
        return Numbers(findings=(f"No slope of {label}: {below} values are not above 0 and have no logarithm.",))
    present = [index for index in range(len(counted.sides)) if (arm == index).any()]
    rank = {index: place for place, index in enumerate(present)}
    try:
        found = slopes(np.log(value) if is_log else value, month, person, np.array([rank[each] for each in arm]))
    except Inestimable as why:
        return Numbers(findings=(f"No slope of {label}: {why.says}.",))
    name = f"{label}: ratio a month" if is_log else f"{label}: change a month"
    shown = "" if is_log else unit
    estimates = []
    for index, place in rank.items():
        middle_, reach = float(found.slope[place]), plan.z * float(found.covariance[place, place]) ** 0.5
        estimates.append(_told(name, middle_, reach, plan, shown, counted.sides[index].name, is_log))
    last = len(counted.sides) - 1
    if plan.compares and last in rank:
        for index in present[:-1]:
            a, b = rank[index], rank[last]
            gap = float(found.slope[a] - found.slope[b])
            own = found.covariance
            reach = plan.z * float(own[a, a] + own[b, b] - 2 * own[a, b]) ** 0.5
            of = f"{counted.sides[index].label} against {counted.sides[last].label}"
            title = f"{label}: {'ratio of the ratios' if is_log else 'difference of the changes'} a month"
            estimates.append(_told(title, gap, reach, plan, shown, of, is_log))
    findings = []
    if not found.has_slopes:
        findings.append(
            f"{label}: slopes of the participants' own could not be told from chance; each has a start of their own alone, and "
            "limits may be too narrow."
        )
    return Numbers(estimates=tuple(estimates), findings=tuple(findings))


def _told(name: str, value: float, reach: float, plan: Plan, unit: str, of: str, is_log: bool) -> Estimate:
    low, mid, high = value - reach, value, value + reach
    if is_log:
        low, mid, high = (float(np.exp(each)) for each in (low, mid, high))
    return Estimate(name, mid, low, high, plan.level, unit, of)


def points(
    members: Sequence[Member], item: str
) -> tuple[Float[np.ndarray, " values"], Float[np.ndarray, " values"], Int[np.ndarray, " values"], Int[np.ndarray, " values"]]:
    """The values of an item, their months, whose they are and in which arm; the last before the origin stands at it."""
    found: list[tuple[float, float, int, int]] = []
    for number, each in enumerate(members):
        if not isinstance(each.outcome, Trajectory):
            continue
        own = [(day, value) for named, day, value in each.outcome.points if named == item]
        before = [value for day, value in sorted(own) if day <= 0]
        found += [(before[-1], 0.0, number, each.side)] if before else []
        found += [(value, day / MONTH, number, each.side) for day, value in own if day > 0]
    held = np.array(found, dtype=float).reshape(len(found), 4)
    return held[:, 0], held[:, 1], held[:, 2].astype(np.int64), held[:, 3].astype(np.int64)


# --- beside survival -------------------------------------------------------------------------------------------------


def joint_display(plan: Plan, counted: Sample) -> tuple[JointDisplay, ...]:
    """What a figure of a marker over time needs, so that nobody reads the means of survivors as a course."""
    from .time_to_event import _floats, _ints, _known

    found = []
    for index, side in enumerate(counted.sides):
        own = counted.of(index)
        if not own:
            continue
        dead = [each for each in own if each.chart.first("death") is not None]
        there = [each for each in own if each.chart.first("death") is None]
        days = np.array([float(_followed(each)) for each in own])
        fit = kaplan_meier(days, np.array([each.chart.first("death") is not None for each in own]))
        lower, upper = survival_limits(fit, scale="log-log", level=plan.level)
        curve = Curve(
            side.name, side.label, "survival", _floats(fit.time), _floats(fit.survival), _known(lower), _known(upper),
            _ints(fit.at_risk), _ints(fit.events), _ints(fit.censored),
        )  # fmt: skip
        found.append(JointDisplay(side.name, _means(plan, counted, dead), _means(plan, counted, there), curve))
    return tuple(found)


def _means(plan: Plan, counted: Sample, who: Sequence[Member]) -> tuple[Course, ...]:
    return trajectory(replace(plan, method="mean"), replace(counted, members=tuple(who))).courses


def _followed(each: Member) -> int:
    died = each.chart.first("death")
    seen = max((middle(row.on) for row in each.chart.facts.rows.get(ALIVE, ())), default=each.zero)
    return max(((died or seen) - each.zero).days, 0)
