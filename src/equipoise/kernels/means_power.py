"""Participants for a difference of two means: how many are needed, what so many find.

Alpha is one-sided. `allocation` is how many are in the experimental arm for each one in the control arm. With a `margin` the
question is whether the difference is above it: 0 for better, below 0 for not worse by as much. The power is that of the
t test, whose spread is estimated too; `known` takes the spread as known, which needs a little less.
"""

from math import inf, sqrt
from statistics import NormalDist

from scipy.special import nctdtr, stdtrit

from .inestimable import Inestimable

NORMAL = NormalDist()


def means_power(
    difference: float, sd: float, people: float, *, alpha: float = 0.025, allocation: float = 1.0, margin: float = 0.0,
    known: bool = False,
) -> float:  # fmt: skip
    """The chance that so many participants, both arms together, find a difference of means, in the right direction.

    Args:
        difference: The experimental arm's mean less the control arm's.
        sd: The standard deviation within an arm, above 0.
        people: How many take part, more than 2.
        alpha: The one-sided level.
        allocation: Experimental to control participants.
        margin: The difference that is to be ruled out.
        known: Whether the standard deviation is taken as known.

    Source:
        Chow, Shao and Wang (2008), Sample Size Calculations in Clinical Research, section 3.2.

    >>> round(means_power(0.5, 1.0, 128.0), 4)
    0.8015
    """
    if not sd > 0 or not allocation > 0:
        raise ValueError(f"a standard deviation and an allocation lie above 0, not at {sd} and {allocation}")
    apart = (difference - margin) / sd * sqrt(people * allocation) / (1 + allocation)
    if known:
        return NORMAL.cdf(apart + NORMAL.inv_cdf(alpha))
    if people <= 2:
        raise Inestimable("a spread is estimated from more than two people")
    return float(1 - nctdtr(people - 2, apart, stdtrit(people - 2, 1 - alpha)))


def means_people(
    difference: float, sd: float, *, alpha: float = 0.025, power: float = 0.8, allocation: float = 1.0, margin: float = 0.0,
    known: bool = False,
) -> float:  # fmt: skip
    """The number of participants, both arms together, with which a difference of means is found.

    Args:
        difference: The experimental arm's mean less the control arm's.
        sd: The standard deviation within an arm, above 0.
        alpha: The one-sided level.
        power: The chance to find it.
        allocation: Experimental to control participants.
        margin: The difference that is to be ruled out.
        known: Whether the standard deviation is taken as known.

    Raises:
        Inestimable: The difference is not above the margin.

    Source:
        Chow, Shao and Wang (2008), Sample Size Calculations in Clinical Research, section 3.2.

    >>> round(means_people(0.5, 1.0), 1)
    127.5
    """
    if difference <= margin:
        raise Inestimable(f"a difference of {difference:g} is not above {margin:g}: there is nothing to find")
    z = -NORMAL.inv_cdf(alpha) + NORMAL.inv_cdf(power)
    plain = (z * sd / (difference - margin)) ** 2 * (1 + allocation) ** 2 / allocation
    if known:
        return plain

    def falls_short(people: float) -> bool:
        return means_power(difference, sd, people, alpha=alpha, allocation=allocation, margin=margin) < power

    low, high = 2.0 + 1e-6, plain + 20.0
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if falls_short(middle) else (low, middle)
    return high


def detectable_difference(
    sd: float, people: float, *, alpha: float = 0.025, power: float = 0.8, allocation: float = 1.0, margin: float = 0.0
) -> float:
    """The difference of means, above the margin, that so many participants find with the power asked for.

    >>> round(detectable_difference(1.0, 128.0), 3)
    0.499
    """
    low, high = margin, margin + sd
    while means_power(high, sd, people, alpha=alpha, allocation=allocation, margin=margin) < power:
        high = margin + 2 * (high - margin)
        if high == inf:
            raise Inestimable(f"{people:g} people find no difference")
    for _ in range(200):
        middle = (low + high) / 2
        enough = means_power(middle, sd, people, alpha=alpha, allocation=allocation, margin=margin) >= power
        low, high = (low, middle) if enough else (middle, high)
    return high
