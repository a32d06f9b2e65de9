"""How many events a comparison of two arms needs, and what so many events can find.

A log-rank test, and Cox's model of two arms, know as much as there are events. Alpha is one-sided: half of a two-sided
level. `allocation` is how many are in the experimental arm for each one in the control arm. With a `margin` above 1 the
question is whether the experimental arm is not worse by as much (non-inferiority); with 1, whether it is better.

Schoenfeld takes the variance as it is without a difference, Freedman as it is under the alternative, from the expected
numbers at risk. They agree near a hazard ratio of 1, and stand apart where arms are of unequal size.
"""

from math import exp, inf, log, sqrt
from statistics import NormalDist

from .inestimable import Inestimable

NORMAL = NormalDist()


def schoenfeld(
    hazard_ratio: float, *, alpha: float = 0.025, power: float = 0.8, allocation: float = 1.0, margin: float = 1.0
) -> float:
    """The number of events with which a log-rank test finds a hazard ratio with the power asked for.

    Args:
        hazard_ratio: The hazard in the experimental arm against the control arm, above 0.
        alpha: The one-sided level.
        power: The chance to find it, above alpha.
        allocation: Experimental to control participants.
        margin: The hazard ratio that is to be ruled out; above 1 for non-inferiority.

    Raises:
        Inestimable: What is to be found is no better than what is to be ruled out.

    Source:
        Schoenfeld (1981), Biometrika 68:316-319; (1983), Biometrics 39:499-503. With a margin: Chow, Shao and Wang (2008),
        Sample Size Calculations in Clinical Research, section 7.3.

    >>> round(schoenfeld(0.7), 1)
    246.8
    """
    _check(hazard_ratio, alpha, power, allocation, margin)
    apart = log(margin) - log(hazard_ratio)
    return (1 + allocation) ** 2 / allocation * ((_z(alpha) + NORMAL.inv_cdf(power)) / apart) ** 2


def freedman(hazard_ratio: float, *, alpha: float = 0.025, power: float = 0.8, allocation: float = 1.0) -> float:
    """The number of events with which a log-rank test finds a hazard ratio, by Freedman's approximation.

    Args:
        hazard_ratio: The hazard in the experimental arm against the control arm, above 0 and not 1.
        alpha: The one-sided level.
        power: The chance to find it, above alpha.
        allocation: Experimental to control participants.

    Raises:
        Inestimable: The hazards do not differ.

    Source:
        Freedman (1982), Stat Med 1:121-129.

    >>> round(freedman(0.7), 1)
    252.0
    """
    _check(hazard_ratio, alpha, power, allocation, inf)
    if hazard_ratio == 1:
        raise Inestimable("with a hazard ratio of 1 there is nothing to find")
    apart = (1 + allocation * hazard_ratio) / (1 - hazard_ratio)
    return (_z(alpha) + NORMAL.inv_cdf(power)) ** 2 * apart**2 / allocation


def schoenfeld_power(
    hazard_ratio: float, events: float, *, alpha: float = 0.025, allocation: float = 1.0, margin: float = 1.0
) -> float:
    """The chance that a log-rank test with so many events finds a hazard ratio, in the right direction.

    Args:
        hazard_ratio: The hazard in the experimental arm against the control arm, above 0.
        events: How many events are expected at the analysis.
        alpha: The one-sided level.
        allocation: Experimental to control participants.
        margin: The hazard ratio that is to be ruled out; above 1 for non-inferiority.

    Source:
        Schoenfeld (1981), Biometrika 68:316-319.

    >>> round(schoenfeld_power(0.7, 246.787), 3)
    0.8
    """
    if events < 0:
        raise ValueError(f"{events} events are less than none")
    return NORMAL.cdf(drift(hazard_ratio, events, allocation=allocation, margin=margin) - _z(alpha))


def drift(hazard_ratio: float, events: float, *, allocation: float = 1.0, margin: float = 1.0) -> float:
    """The mean of the log-rank statistic at so many events, in its standard deviations, above 0 for a benefit."""
    if not hazard_ratio > 0 or not margin > 0 or not allocation > 0:
        raise ValueError("a hazard ratio, a margin and an allocation lie above 0")
    return (log(margin) - log(hazard_ratio)) * sqrt(events * allocation) / (1 + allocation)


def detectable(
    events: float, *, alpha: float = 0.025, power: float = 0.8, allocation: float = 1.0, margin: float = 1.0
) -> float:
    """The hazard ratio, below the margin, that so many events find with the power asked for: the inverse of Schoenfeld's.

    Raises:
        Inestimable: Without events nothing is found.

    >>> round(detectable(246.787), 3)
    0.7
    """
    if not events > 0:
        raise Inestimable("without events no hazard ratio is found")
    _check(margin / 2, alpha, power, allocation, margin)
    return margin * exp(-(_z(alpha) + NORMAL.inv_cdf(power)) * (1 + allocation) / sqrt(events * allocation))


def _z(alpha: float) -> float:
    return -NORMAL.inv_cdf(alpha)


def _check(hazard_ratio: float, alpha: float, power: float, allocation: float, margin: float) -> None:
    if not hazard_ratio > 0 or not allocation > 0:
        raise ValueError(f"a hazard ratio and an allocation lie above 0, not {hazard_ratio} and {allocation}")
    if not 0 < alpha < power < 1:
        raise ValueError(f"0 < alpha < power < 1 does not hold of alpha {alpha} and power {power}")
    if hazard_ratio >= margin:
        raise Inestimable(f"a hazard ratio of {hazard_ratio:g} is not below {margin:g}: there is nothing to find")
