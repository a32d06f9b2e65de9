"""What each stage between looks says of an arm against the reference, by the declared test, each by itself.

Times to an event
    A stage is a stretch of the calendar: everybody under observation is in each. What it says is the log-rank statistic of all
    that had happened by its look less that by the look before, over the root of the variance that came in between; or, where
    Wald's test is declared, the same of Cox's model, whose score is the estimate over its variance.
Values and shares
    A stage is people: those whose answer was known by its look and not by the look before. Each is counted with the answer as it
    stands at the end. Of something that is to happen within a time, an answer is known when the time has passed.
Sides
    A statistic above 0 says that the arm does better than the reference where it is a time to an event: fewer events; else that
    its value or share is larger.

Source:
    Wassmer (2006), Biom J 48:714-729; Jennison and Turnbull (1997), J Am Stat Assoc 92:1330-1341, for independent increments;
    Jenkins, Stone and Jennison (2011), Pharm Stat 10:347-356, for stages that are people.
"""

from collections.abc import Sequence
from datetime import date
from math import isfinite, sqrt

import numpy as np
from jaxtyping import Bool, Float
from scipy.special import ndtri
from scipy.stats import mannwhitneyu
from scipy.stats import t as student

from ..calendar import later
from ..endpoints import Measurement, Occurrence, TimeToEvent
from ..endpoints.measurement import is_truth
from ..kernels.cox import Ties, cox
from ..kernels.inestimable import Inestimable
from ..kernels.logrank import logrank
from ..kernels.stages import Stage
from .covariates import covariates, strata
from .plan import Plan, item_of
from .sample import Member, Sample

LOGRANK, STUDENT, RANKS = ("logrank", "log_rank"), ("", "welch", "t", "t_test"), ("wilcoxon", "mann_whitney")
MODELS = ("", "kaplan_meier", "km", "logrank", "cox", "cox_efron", "cox_breslow")
MEANS, SHARES = ("", "mean", "median", "welch"), ("", "proportion", "risk_difference")
RATIOS = ("hazard_ratio", "hazard ratio", "hr")
EDGE = 1e-15
"""A p value of a stage is told from no less than this, so that its statistic stays a number."""


def declared(plan: Plan) -> str:
    """The test that stages are told by, in words.

    Raises:
        Inestimable: This version does not tell them by the test that is declared.
    """
    kind, test = plan.endpoint.kind, plan.test
    if plan.changes or plan.emulate is not None:
        raise Inestimable("membership changes with time")
    if kind == "time_to_event" and "restricted" in plan.summary:
        raise Inestimable("the stages of a restricted mean are not told apart")
    if kind == "time_to_event" and plan.method in MODELS:
        if test in LOGRANK or not test and plan.method == "logrank":
            return "log-rank test"
        if test == "wald" or not test and (plan.method.startswith("cox") or plan.summary in RATIOS or plan.adjust):
            return "Wald's test of Cox's model"
    elif kind == "occurrence" or kind == "measurement" and is_truth(plan.endpoint, plan.study):
        if plan.method in SHARES and not test:
            return "test of two shares with one variance"
    elif kind in ("measurement", "score", "cost") and plan.method in MEANS and not _is_choice(plan):
        if test in STUDENT:
            return "Welch's t test"
        if test in RANKS:
            return "Mann and Whitney's test"
    raise Inestimable(f"the stages of a {kind.replace('_', ' ')} are not told by method '{plan.method}' and test '{test}'")


def stages(plan: Plan, known: Sequence[Sample], days: Sequence[date], side: int) -> tuple[tuple[Stage, ...], Stage]:
    """What each stage says of a side against the reference, and what all say together.

    Args:
        plan: The analysis.
        known: What was known by the end of each stage, the last at the end.
        days: The last day of each.
        side: The side.

    Raises:
        Inestimable: Nothing can be said at the end. A stage that says nothing by itself counts as 0.
    """
    if plan.endpoint.kind == "time_to_event":
        scores = [_score(plan, each, side) for each in known]
        *_, (score, information) = scores
        if not information > 0:
            raise Inestimable("no event came while both sides were at risk, or Cox's model has no fit")
        each = [
            _stage(late[0] - early[0], late[1] - early[1]) for early, late in zip([(0.0, 0.0), *scores], scores, strict=False)
        ]
        return tuple(each), _stage(score, information)
    last, reference = known[-1], known[-1].reference
    stage_of = _first_known(plan, known, days)
    values, sides = _values(plan, last)
    told = [_apart(plan, values[(stage_of == k) & (sides == side)], values[(stage_of == k) & (sides == reference)])
            for k in range(len(known))]  # fmt: skip
    whole = _apart(plan, values[sides == side], values[sides == reference])
    if whole is None:
        raise Inestimable("there are too few answers on one side, or they do not vary")
    return tuple(each or Stage(0.0, 0.0) for each in told), whole


# --- times to an event -----------------------------------------------------------------------------------------------


def _stage(score: float, information: float) -> Stage:
    return Stage(score / sqrt(information), sqrt(information)) if information > 0 else Stage(0.0, 0.0)


def _score(plan: Plan, counted: Sample, side: int) -> tuple[float, float]:
    """What speaks for a side against the reference, and its information; nothing where nothing can be told yet."""
    here = [each for each in counted.members if each.side in (side, counted.reference)]
    layers = strata(plan.stratify, plan.study, here) if plan.stratify else ["" for _ in here]
    here, kept = (
        [each for each, layer in zip(here, layers, strict=True) if layer is not None],
        [x for x in layers if x is not None],
    )
    try:
        if plan.test in LOGRANK or plan.method == "logrank":
            days, happened, is_treated = _followed(here, side)
            found = logrank(days, happened, is_treated.astype(int), stratum=np.array(kept) if plan.stratify else None)
            return float(found.expected[1] - found.observed[1]), float(found.variance[1, 1])
        held = covariates(plan.adjust, plan.study, here)
        known = held.is_known
        days, happened, is_treated = (each[known] for each in _followed(here, side))
        ties: Ties = "breslow" if plan.method == "cox_breslow" else "efron"
        stratum = np.array(kept)[known] if plan.stratify else None
        fit = cox(days, happened, np.column_stack([is_treated, held.columns[known]]), stratum=stratum, ties=ties)
    except Inestimable:
        return 0.0, 0.0
    information = 1 / float(fit.variance[0, 0])
    return -float(fit.coefficient[0]) * information, information


def _followed(
    here: Sequence[Member], side: int
) -> tuple[Float[np.ndarray, " people"], Bool[np.ndarray, " people"], Bool[np.ndarray, " people"]]:
    """Days of follow-up, whether the event ended them, and who is on the side."""
    told = [(each, each.outcome) for each in here if isinstance(each.outcome, TimeToEvent)]
    return (
        np.array([float((outcome.ended - each.zero).days) for each, outcome in told]),
        np.array([outcome.status == "event" for _, outcome in told], dtype=bool),
        np.array([each.side == side for each, _ in told], dtype=bool),
    )


# --- values and shares -----------------------------------------------------------------------------------------------


def _is_choice(plan: Plan) -> bool:
    item = item_of(plan.endpoint.item, plan.study) if plan.endpoint.item else None
    return item is not None and item.type == "choice"


def _values(plan: Plan, counted: Sample) -> tuple[Float[np.ndarray, " people"], Float[np.ndarray, " people"]]:
    """The answer of each member, not a number where there is none, and the side."""
    found = []
    for each in counted.members:
        match each.outcome:
            case Measurement(value=value):
                found.append(float(value))
            case Occurrence(happened=happened) if happened is not None:
                found.append(float(happened))
            case _:
                found.append(float("nan"))
    return np.array(found), np.array([each.side for each in counted.members], dtype=float)


def _first_known(plan: Plan, known: Sequence[Sample], days: Sequence[date]) -> Float[np.ndarray, " people"]:
    """The stage by which each member's answer was first known, from 0."""
    stage: dict[str, int] = {}
    for k, (counted, day) in enumerate(zip(known, days, strict=True)):
        values, _ = _values(plan, counted)
        for each, value in zip(counted.members, values, strict=True):
            if isfinite(value) and (k == len(known) - 1 or _is_settled(plan, each, day)):
                stage.setdefault(each.chart.participant, k)
    return np.array([stage.get(each.chart.participant, -1) for each in known[-1].members], dtype=float)


def _is_settled(plan: Plan, member: Member, day: date) -> bool:
    """Whether the time has passed within which something is to happen: an early event alone would count too much."""
    within = plan.endpoint.within
    return within is None or later(member.zero, within) <= day


def _apart(plan: Plan, ours: Float[np.ndarray, " some"], theirs: Float[np.ndarray, " some"]) -> Stage | None:
    """How far two groups lie apart; None where that cannot be told."""
    ours, theirs = ours[np.isfinite(ours)], theirs[np.isfinite(theirs)]
    n, m = len(ours), len(theirs)
    if n < 2 or m < 2:
        return None
    gap = float(ours.mean() - theirs.mean())
    if plan.endpoint.kind == "occurrence" or is_truth(plan.endpoint, plan.study):
        share = float(ours.sum() + theirs.sum()) / (n + m)
        variance = share * (1 - share) * (1 / n + 1 / m)
        return Stage(gap / sqrt(variance), 1 / sqrt(variance)) if variance > 0 else None
    if plan.test in RANKS:
        found = mannwhitneyu(ours, theirs, alternative="two-sided")
        return Stage(_signed(float(found.pvalue), float(found.statistic) - n * m / 2))
    one, other = float(ours.var(ddof=1)) / n, float(theirs.var(ddof=1)) / m
    if not one + other > 0:
        return None
    error = sqrt(one + other)
    free = (one + other) ** 2 / (one**2 / (n - 1) + other**2 / (m - 1))
    return Stage(_signed(2 * float(student.sf(abs(gap) / error, free)), gap), 1 / error)


def _signed(p: float, sign: float) -> float:
    """A two-sided p value as a standard normal number on its side."""
    return float(np.copysign(-ndtri(max(p, EDGE) / 2), sign)) if sign else 0.0
