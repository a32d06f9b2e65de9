"""The mean cost up to a horizon, where some are lost before it.

A sum of what was billed counts who is lost as cheap, and an average of those followed to the end counts those who die
early too often. Costs are therefore told in stretches of time, and each person's cost of a stretch is weighted.

Weighted
    Whoever was followed to the end of a stretch, or to death before it, stands for those who were lost by then: the
    weight is one over the chance of not having been lost. With one stretch it is the simple estimator, which uses the
    whole of each complete history and none of the others; with several, the partitioned one.

Lin
    The mean cost of a stretch, among those followed to its start, times the chance of living so long; as published, it
    is right where people are lost at the ends of stretches alone. Here the costs of who is lost within a stretch count
    as billed, so that short stretches are better than long ones.

Deaths come before losses of the same moment, and who is followed to the horizon itself is complete.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Real

from .follow_up import checked
from .inestimable import Inestimable


@dataclass(frozen=True, slots=True)
class MeanCost:
    """The mean cost for a person, its standard error, and how many histories are complete.

    `influence` is how far each person moves the estimate, times the number of people: its sum of squares over that
    number squared is the variance.
    """

    estimate: float
    se: float
    influence: Float[np.ndarray, " people"]
    people: int
    complete: int


def weighted_cost(
    cost: Real[np.ndarray, "people stretches"],
    time: Real[np.ndarray, " people"],
    died: Bool[np.ndarray, " people"],
    ends: Real[np.ndarray, " stretches"],
) -> MeanCost:
    """Estimate the mean cost by weighting complete stretches by the inverse chance of being followed so long.

    Args:
        cost: What each person cost in each stretch of time, as far as billed.
        time: Follow-up from the origin, each at least 0.
        died: Whether it ended in death, after which there is no cost, or in loss.
        ends: The end of each stretch, rising; the last is the horizon.

    Raises:
        Inestimable: A cost or a time is missing, or follow-up ended before the horizon with people left.

    Source:
        Bang and Tsiatis (2000), Biometrika 87:329-343; the variance is of its influence function.

    >>> weighted_cost(np.array([[4.0], [6.0]]), np.array([1.0, 2.0]), np.array([True, False]), np.array([2.0])).estimate
    5.0
    """
    held, stop, lost, edges = _checked(cost, time, died, ends)
    people = len(stop)
    influence = np.zeros(people)
    estimate = 0.0
    whole = np.ones(people, dtype=bool)
    moments, at_risk, leaving, staying = _losses(stop, lost, np.asarray(died))
    for column, end in enumerate(edges):
        is_known = ~(lost & (stop < end))
        whole &= is_known
        # The chance of not being lost before one's death or the end of the stretch.
        until = np.minimum(stop, end)
        chance = np.concatenate(([1.0], staying))[np.searchsorted(moments, until, side="left")]
        weighted = np.where(is_known, held[:, column] / np.where(is_known, chance, 1.0), 0.0)
        mean = float(weighted.sum()) / people
        estimate += mean
        # Whoever is lost raises the weight of those who stay: what that adds, and what being there to be lost takes off.
        inside = moments < end
        order = np.argsort(until, kind="stable")
        to_come = np.concatenate((np.cumsum(weighted[order][::-1])[::-1], [0.0]))
        after = to_come[np.searchsorted(until[order], moments[inside], side="right")]
        risk, gone = at_risk[inside], leaving[inside]
        added = np.divide(after, risk - gone, out=np.zeros(len(after)), where=risk > gone)
        taken = np.concatenate(([0.0], np.cumsum(added * gone / risk)))
        is_lost = lost & (stop < end)
        last = np.where(is_lost, np.searchsorted(moments[inside], stop, side="right"),
                        np.searchsorted(moments[inside], until, side="left"))  # fmt: skip
        own = np.zeros(people)
        own[is_lost] = added[last[is_lost] - 1]
        influence += weighted - mean + own - taken[last]
    se = float(np.sqrt(influence @ influence)) / people
    return MeanCost(estimate, se, influence, people, int(whole.sum()))


def lin_cost(
    cost: Real[np.ndarray, "people stretches"],
    time: Real[np.ndarray, " people"],
    died: Bool[np.ndarray, " people"],
    ends: Real[np.ndarray, " stretches"],
) -> float:
    """Estimate the mean cost as the sum, over stretches, of the chance to reach one times the mean cost of those who did.

    Args:
        cost: What each person cost in each stretch of time, as far as billed.
        time: Follow-up from the origin, each at least 0.
        died: Whether it ended in death, or in loss.
        ends: The end of each stretch, rising; the last is the horizon.

    Raises:
        Inestimable: A cost or a time is missing, or follow-up ended before the horizon with people left.

    Source:
        Lin, Feuer, Etzioni and Wax (1997), Biometrics 53:419-434, the first estimator.

    >>> lin_cost(np.array([[4.0], [6.0]]), np.array([1.0, 2.0]), np.array([True, False]), np.array([2.0]))
    5.0
    """
    held, stop, lost, edges = _checked(cost, time, died, ends)
    starts = np.concatenate(([0.0], edges[:-1]))
    moments, deaths = np.unique(stop[~lost & (stop < edges[-1])], return_counts=True)
    alive = 1 - deaths / (len(stop) - np.searchsorted(np.sort(stop), moments, side="left"))
    survival = np.concatenate(([1.0], np.cumprod(alive)))
    found = 0.0
    for column, start in enumerate(starts):
        chance = float(survival[np.searchsorted(moments, start, side="right")]) if start > 0 else 1.0
        there = (stop > start) | ((start == 0) & ~lost)
        if not there.any():  # the last of them died by then
            break
        found += chance * float(held[there, column].mean())
    return found


def _checked(
    cost: Real[np.ndarray, "people stretches"],
    time: Real[np.ndarray, " people"],
    died: Bool[np.ndarray, " people"],
    ends: Real[np.ndarray, " stretches"],
) -> tuple[Float[np.ndarray, "people stretches"], Float[np.ndarray, " people"], Bool[np.ndarray, " people"],
           Float[np.ndarray, " stretches"]]:  # fmt: skip
    """The costs, follow-up cut at the horizon, whether it ended in loss, and the ends of the stretches."""
    stop, _ = checked(time, died)
    held, edges = np.asarray(cost, dtype=float), np.asarray(ends, dtype=float)
    if not len(edges) or not (np.diff(edges) > 0).all() or not edges[0] > 0 or not np.isfinite(edges).all():
        raise ValueError("the ends of the stretches rise, from above 0")
    if not np.isfinite(held).all():
        raise Inestimable("a cost is missing or infinite")
    lost = ~np.asarray(died) & (stop < edges[-1])
    if lost[stop == stop.max()].any():
        raise Inestimable(f"follow-up ended at {stop.max():g} with people left, before the horizon of {edges[-1]:g}")
    return held, np.minimum(stop, edges[-1]), lost, edges


def _losses(
    stop: Float[np.ndarray, " people"], lost: Bool[np.ndarray, " people"], died: Bool[np.ndarray, " people"]
) -> tuple[Float[np.ndarray, " moments"], Float[np.ndarray, " moments"], Float[np.ndarray, " moments"],
           Float[np.ndarray, " moments"]]:  # fmt: skip
    """The moments of loss: who could be lost at each, how many were, and the chance of not having been lost by then."""
    moments = np.unique(stop[lost])
    ordered, deaths = np.sort(stop), np.sort(stop[~lost & died])
    there = len(stop) - np.searchsorted(ordered, moments, side="left")
    at_once = np.searchsorted(deaths, moments, side="right") - np.searchsorted(deaths, moments, side="left")
    at_risk = (there - at_once).astype(float)
    gone = np.sort(stop[lost])
    leaving = (np.searchsorted(gone, moments, side="right") - np.searchsorted(gone, moments, side="left")).astype(float)
    return moments, at_risk, leaving, np.cumprod(1 - leaving / at_risk)
