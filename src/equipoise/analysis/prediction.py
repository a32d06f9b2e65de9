"""How well a score tells who has the event: order, calibration, and whether acting on it does good.

The score
    A number that is known at time zero, named in `adjust`: a sum of points, as published scores are. It tells an order.
    Risks are read from it by Cox's model in these very participants, so that they fit them better than they would fit
    others: the calibration slope to expect says by how much, and net benefits are as flattering.

What is given
    Harrell's concordance; the hazard ratio for a point; the calibration slope to expect in others; by groups of the
    score, the risk that is predicted up to the horizon and the one that is seen, by Kaplan and Meier; and the net
    benefit of acting from several risks on, beside acting on everyone (on nobody it is 0).

Small numbers
    With fewer than 10 events nothing is told, and with fewer than 100 it is said that calibration is hardly known.

Source:
    Harrell, Lee and Mark (1996), Stat Med 15:361-387; van Houwelingen and le Cessie (1990), Stat Med 9:1303-1325 (the
    slope to expect); Vickers and Elkin (2006), Med Decis Making 26:565-574; Collins, Ogundimu and Altman (2016), Stat
    Med 35:214-226 (100 events); TRIPOD+AI (2024), BMJ 385:e078378.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Real

from ..calendar import later
from ..endpoints import TimeToEvent
from ..expression.tree import Kind
from ..kernels.concordance import concordance
from ..kernels.cox import cox
from ..kernels.decision_curve import decision_curve
from ..kernels.inestimable import Inestimable
from ..kernels.kaplan_meier import kaplan_meier, survival_at
from .covariates import answers, label_of, tree_of
from .plan import Plan
from .result import Counted, Estimate, LeftOut, Numbers
from .sample import Sample

METHODS = ("point_score",)
LEAST_EVENTS = 10
ENOUGH_EVENTS = 100
PEOPLE_PER_GROUP = 10
THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


@dataclass(frozen=True)
class Calibrated:
    """A group of people with like scores: the mean risk that is predicted, and the one that is seen with its limits."""

    low: float
    high: float
    people: int
    predicted: float
    seen: float
    lower: float
    upper: float


@dataclass(frozen=True)
class Slope:
    """The coefficient of a linear predictor in new data: 1 if it is right, less than 1 if it says too much."""

    estimate: float
    se: float


def calibration_slope(
    predictor: Real[np.ndarray, " people"], time: Real[np.ndarray, " people"], happened: Bool[np.ndarray, " people"]
) -> Slope:
    """How far the log hazard ratios of a model hold in these people.

    Raises:
        Inestimable: The predictor does not vary, or there is no finite answer.
    """
    fit = cox(time, happened, np.asarray(predictor, dtype=float)[:, None])
    return Slope(float(fit.coefficient[0]), float(fit.se[0]))


def predicted_risk(
    score: Real[np.ndarray, " people"], time: Real[np.ndarray, " people"], happened: Bool[np.ndarray, " people"], by: float
) -> Float[np.ndarray, " people"]:
    """The risk of the event by a time, from Cox's model of a score, with Breslow's baseline hazard.

    Raises:
        Inestimable: There is no finite answer, or nobody was followed so long.
    """
    if by > float(np.max(time)):
        raise Inestimable(f"nobody was followed for {by:g} days")
    values = np.asarray(score, dtype=float)
    centred = values - values.mean()
    fit = cox(time, happened, centred[:, None], ties="breslow")
    hazard = np.exp(centred * float(fit.coefficient[0]))
    moments, events = np.unique(np.asarray(time)[happened], return_counts=True)
    order = np.argsort(time, kind="stable")
    there = np.concatenate((np.cumsum(hazard[order][::-1])[::-1], [0.0]))
    at_risk = there[np.searchsorted(np.asarray(time)[order], moments, side="left")]
    base = float((events / at_risk)[moments <= by].sum())
    return np.asarray(1 - np.exp(-base * hazard))


def calibration(
    score: Real[np.ndarray, " people"], risk: Real[np.ndarray, " people"], time: Real[np.ndarray, " people"],
    happened: Bool[np.ndarray, " people"], by: float, *, groups: int = 4, least: int = PEOPLE_PER_GROUP, level: float = 0.95,
) -> tuple[Calibrated, ...]:  # fmt: skip
    """Predicted against seen risk, in groups of neighbouring scores: equal scores stay together.

    Args:
        score: What the groups are made by.
        risk: The predicted risk of each.
        time: Follow-up.
        happened: Whether it ended in the event.
        by: The time up to which risk is meant.
        groups: How many groups at most.
        least: How many people a group has at least.
        level: The coverage of the limits of what is seen.
    """
    values, counts = np.unique(score, return_counts=True)
    wanted = max(len(score) / groups, least)
    cuts: list[list[float]] = [[]]
    size = 0
    for value, count in zip(values, counts, strict=True):
        cuts[-1].append(float(value))
        size += int(count)
        if size >= wanted:
            cuts.append([])
            size = 0
    if not cuts[-1] or (size < least and len(cuts) > 1):
        rest = cuts.pop()
        cuts[-1] += rest
    found = []
    for cut in cuts:
        inside = (score >= cut[0]) & (score <= cut[-1])
        curve = survival_at(kaplan_meier(time[inside], happened[inside]), np.array([by]), scale="log-log", level=level)
        seen, low, high = (1 - float(each[0]) for each in (curve.estimate, curve.upper, curve.lower))
        found.append(Calibrated(cut[0], cut[-1], int(inside.sum()), float(risk[inside].mean()), seen, low, high))
    return tuple(found)


def shrinkage(chi_square: float, df: int) -> float:
    """What the calibration slope may come to in others: the share of a likelihood-ratio statistic that is not chance.

    At 0 or below, the model tells no more than chance would.

    Source:
        van Houwelingen and le Cessie (1990), Stat Med 9:1303-1325.

    >>> shrinkage(10.0, 2)
    0.8
    """
    return (chi_square - df) / chi_square if chi_square > 0 else -np.inf


def prediction(plan: Plan, counted: Sample) -> Numbers:
    """How well the score that is declared tells who has the event.

    Raises:
        Inestimable: No score is named, or there are too few events.
    """
    if len(plan.adjust) != 1:
        raise Inestimable("a point score is judged, and the analysis does not name the one score (adjust)")
    tree = tree_of(plan.adjust[0], plan.study)
    if tree.type.kind is not Kind.NUMBER:
        raise Inestimable(f"'{plan.adjust[0]}' is judged as a score, and is not a number")
    label = label_of(plan.adjust[0], tree, plan.study)
    members = [each for each in counted.members if isinstance(each.outcome, TimeToEvent)]
    given = answers(tree, plan.study, members)
    rows = [
        (float(value), float((each.outcome.ended - each.zero).days), each.outcome.status == "event")
        for each, value in zip(members, given, strict=True)
        if isinstance(each.outcome, TimeToEvent) and isinstance(value, int | float)
    ]
    lacking = len(members) - len(rows)
    left = (LeftOut(f"{label} not known at time zero", lacking),) if lacking else ()
    score, time = (np.array([row[place] for row in rows], dtype=float) for place in (0, 1))
    happened = np.array([row[2] for row in rows], dtype=bool)
    events = int(happened.sum())
    arms = (Counted("", "All participants", len(rows), events),)
    if events < LEAST_EVENTS:
        says = f"No judgement of {label}: {events} events are fewer than the {LEAST_EVENTS} that it needs."
        return Numbers(arms=arms, findings=(says,), left_out=left)
    findings = [
        f"{events} events: with fewer than {ENOUGH_EVENTS} it is hardly known how well the score is calibrated."
    ] if events < ENOUGH_EVENTS else []  # fmt: skip
    if plan.endpoint.competing:
        findings.append("A competing event ends follow-up as censoring does here: the risks are of a world without it.")
    estimates = _order(label, score, time, happened, plan, findings)
    estimates += _risks(label, score, time, happened, _by(plan, counted), plan, findings)
    words = (
        f"How well {label}, as it was at time zero, tells who has the event: Harrell's concordance; Cox's model for a point "
        f"more; the calibration slope to expect in others, by van Houwelingen and le Cessie.",
        "Risks are predicted by that model in the same participants: calibration and net benefit flatter it. Net benefit: the "
        "share acted on who have the event, less the share acted on who have not times the odds of the risk from which "
        "one acts.",
    )
    return Numbers(arms=arms, estimates=tuple(estimates), findings=tuple(findings), method=words, left_out=left)


def _by(plan: Plan, counted: Sample) -> float | None:
    if plan.endpoint.horizon is None:
        return None
    return float(min((later(each.zero, plan.endpoint.horizon) - each.zero).days for each in counted.members))


def _order(
    label: str, score: np.ndarray, time: np.ndarray, happened: np.ndarray, plan: Plan, findings: list[str]
) -> list[Estimate]:
    estimates = []
    try:
        found = concordance(time, happened, score)
        reach = plan.z * found.se
        low, high = max(found.estimate - reach, 0.0), min(found.estimate + reach, 1.0)
        estimates.append(Estimate("Concordance", found.estimate, low, high, plan.level, "", ""))
        slope = calibration_slope(score, time, happened)
        low, mid, high = (float(np.exp(slope.estimate + each * plan.z * slope.se)) for each in (-1, 0, 1))
        estimates.append(Estimate(f"Hazard ratio for a point more of {label}", mid, low, high, plan.level, "", ""))
        whole = cox(time, happened, score[:, None]).likelihood_ratio_test
        shrunk = shrinkage(whole.statistic, whole.df)
        if shrunk <= 0:
            findings.append(f"{label[:1].upper()}{label[1:]} tells no more than chance would here.")
        else:
            estimates.append(Estimate("Calibration slope to expect in others", shrunk, None, None, None, "", ""))
            if shrunk < 0.8:
                findings.append("The slope to expect is below 0.8: risks from this model would be too extreme elsewhere.")
    except Inestimable as why:
        findings.append(f"Not all is told of {label}: {why.says}.")
    return estimates


def _risks(
    label: str, score: np.ndarray, time: np.ndarray, happened: np.ndarray, by: float | None, plan: Plan, findings: list[str]
) -> list[Estimate]:
    if by is None:
        findings.append("No calibration and no net benefit: the endpoint names no horizon for a risk.")
        return []
    try:
        risk = predicted_risk(score, time, happened, by)
    except Inestimable as why:
        findings.append(f"No calibration and no net benefit: {why.says}.")
        return []
    estimates: list[Estimate] = []
    unknown = 0
    for each in calibration(score, risk, time, happened, by, level=plan.level):
        of = f"{each.low:g}" if each.low == each.high else f"{each.low:g} to {each.high:g}"
        where = f"{label} {of}, {each.people} people"
        estimates.append(Estimate(f"Risk predicted, {where}", each.predicted, None, None, None, "share", ""))
        if np.isnan(each.seen):
            unknown += 1
            continue
        limits: Sequence[float | None] = [None if np.isnan(one) else one for one in (each.lower, each.upper)]
        estimates.append(Estimate(f"Risk seen, {where}", each.seen, limits[0], limits[1], plan.level, "share", ""))
    if unknown:
        findings.append(f"In {unknown} groups of the score nobody was followed to the horizon, and no risk is seen.")
    curve = decision_curve(risk, happened, np.array(THRESHOLDS), time=time, by=by)
    silent = []
    for cut, acted, benefit, of_all in zip(curve.threshold, curve.acted_on, curve.benefit, curve.of_all, strict=True):
        if np.isnan(benefit) or np.isnan(of_all):
            silent.append(f"{cut:.0%}")
            continue
        estimates.append(Estimate(f"Net benefit from a risk of {cut:.0%} ({acted:.0%} acted on)", float(benefit)))
        estimates.append(Estimate(f"Net benefit of acting on everyone, risk of {cut:.0%}", float(of_all)))
    if silent:
        findings.append(f"No net benefit from a risk of {', '.join(silent)}: those acted on were not followed to the horizon.")
    return estimates
