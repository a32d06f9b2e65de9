"""Participants for a difference of restricted mean times, which asks for no proportional hazards.

How sure an estimated restricted mean is depends on how many are still watched at each time: on those who are lost, and on
those who joined too late to be followed to the horizon.
"""

from collections.abc import Callable
from itertools import pairwise
from math import exp, expm1, inf, sqrt
from statistics import NormalDist

import numpy as np

from .expected_events import NEVER, Accrual, Hazard
from .inestimable import Inestimable

NORMAL = NormalDist()
NODES = 40


def mean_until(hazard: Hazard, horizon: float) -> float:
    """The mean time without the event up to a horizon.

    >>> round(mean_until(Hazard((0.1,)), 10.0), 4)
    6.3212
    """
    total, left, start = 0.0, 1.0, 0.0
    for rate, end in zip(hazard.rates, (*hazard.ends, inf), strict=True):
        if horizon <= start:
            break
        long = min(horizon, end) - start
        total += left * (-expm1(-rate * long) / rate if rate else long)
        left *= exp(-rate * long)
        start = end
    return total


def rmst_variance(hazard: Hazard, horizon: float, until: float, *, accrual: Accrual, dropout: Hazard = NEVER) -> float:
    """The variance of an estimated restricted mean, times the number of people in the arm.

    Args:
        hazard: Of the event.
        horizon: Up to when the mean is taken.
        until: When the analysis is, from the first one's entry on.
        accrual: The pace of joining.
        dropout: The hazard of being lost.

    Raises:
        Inestimable: Nobody is followed to the horizon.

    Source:
        Gill (1983), Ann Stat 11:49-58, the limit of the Kaplan-Meier integral; as used for planning by Royston and Parmar
        (2013), BMC Med Res Methodol 13:152.
    """
    if horizon > until:
        raise Inestimable(f"nobody is followed for {horizon:g} by {until:g} after the first one's entry")
    whole = mean_until(hazard, horizon)
    joined = _joined(accrual)

    def grows(time: float) -> float:
        rate = hazard.at(time)
        watched = hazard.survival(time) * dropout.survival(time) * joined(until - time)
        return (whole - mean_until(hazard, time)) ** 2 * rate / watched if rate and watched else 0.0

    breaks = {*hazard.ends, *dropout.ends, *(until - end for end in accrual.ends)}
    edges = [0.0, *sorted(each for each in breaks if 0 < each < horizon), horizon]
    at, weight = np.polynomial.legendre.leggauss(NODES)
    total = 0.0
    for low, high in pairwise(edges):
        half = (high - low) / 2
        total += half * sum(float(w) * grows(low + half * (1 + float(x))) for x, w in zip(at, weight, strict=True))
    return total


def rmst_people(difference: float, variances: tuple[float, float], *, alpha: float = 0.025, power: float = 0.8,
                allocation: float = 1.0, margin: float = 0.0) -> float:  # fmt: skip
    """The number of participants, both arms together, with which a difference of restricted means is found.

    Args:
        difference: The experimental arm's mean less the control arm's.
        variances: Of the experimental and of the control arm, from `rmst_variance`.
        alpha: The one-sided level.
        power: The chance to find it.
        allocation: Experimental to control participants.
        margin: The difference that is to be ruled out; below 0 for non-inferiority.

    Raises:
        Inestimable: The difference is not above the margin.

    Source:
        Royston and Parmar (2013), BMC Med Res Methodol 13:152.
    """
    if difference <= margin:
        raise Inestimable(f"a difference of {difference:g} is not above {margin:g}: there is nothing to find")
    z = -NORMAL.inv_cdf(alpha) + NORMAL.inv_cdf(power)
    return (z / (difference - margin)) ** 2 * _together(variances, allocation)


def rmst_power(difference: float, people: float, variances: tuple[float, float], *, alpha: float = 0.025,
               allocation: float = 1.0, margin: float = 0.0) -> float:  # fmt: skip
    """The chance that so many participants, both arms together, find a difference of restricted means.

    Source:
        Royston and Parmar (2013), BMC Med Res Methodol 13:152.
    """
    return NORMAL.cdf((difference - margin) / rmst_se(people, variances, allocation=allocation) + NORMAL.inv_cdf(alpha))


def rmst_se(people: float, variances: tuple[float, float], *, allocation: float = 1.0) -> float:
    """The standard error of a difference of restricted means with so many participants, both arms together."""
    return sqrt(_together(variances, allocation) / people)


def _together(variances: tuple[float, float], allocation: float) -> float:
    share = allocation / (1 + allocation)
    return variances[0] / share + variances[1] / (1 - share)


def _joined(accrual: Accrual) -> Callable[[float], float]:
    """The share of all who will join that has joined by a calendar time."""
    starts = (0.0, *accrual.ends[:-1])
    stretches = list(zip(starts, accrual.ends, accrual.paces, strict=True))
    everybody = sum(pace * (end - start) for start, end, pace in stretches)

    def joined(time: float) -> float:
        if not everybody:
            return 1.0
        return sum(pace * max(min(time, end) - start, 0.0) for start, end, pace in stretches) / everybody

    return joined
