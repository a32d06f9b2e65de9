"""Participants for a comparison of two constant hazards, when joining, follow-up and losses are planned.

Where Schoenfeld asks for events, this asks for people: the rates are estimated, and their variance is what the expected
numbers of events allow, pooled where there is no difference and apart where there is.
"""

from math import inf, sqrt
from statistics import NormalDist

from .expected_events import NEVER, Accrual, Hazard, event_chance
from .inestimable import Inestimable

NORMAL = NormalDist()


def lachin_foulkes(
    control: float,
    experimental: float,
    until: float,
    *,
    accrual: Accrual,
    dropout: Hazard = NEVER,
    followed: float = inf,
    alpha: float = 0.025,
    power: float = 0.8,
    allocation: float = 1.0,
) -> float:
    """The number of participants, both arms together, with which a difference of two constant hazards is found.

    Args:
        control: The hazard in the control arm, above 0.
        experimental: The hazard in the experimental arm.
        until: When the analysis is, from the first one's entry on, in the unit of the hazards.
        accrual: The pace of joining.
        dropout: The hazard of being lost.
        followed: How long after entry anybody is followed at most.
        alpha: The one-sided level.
        power: The chance to find it.
        allocation: Experimental to control participants.

    Raises:
        Inestimable: The hazards do not differ.

    Source:
        Lachin and Foulkes (1986), Biometrics 42:507-519.

    >>> people = lachin_foulkes(0.3, 0.2, 5.0, accrual=Accrual.even(3.0), alpha=0.05, power=0.9)
    >>> round(people)
    376
    """
    if experimental == control:
        raise Inestimable("the two hazards are the same: there is nothing to find")
    share = allocation / (1 + allocation)

    def spread(rate: float) -> float:
        """The variance of an estimated rate, times the number of people."""
        return rate**2 / event_chance(Hazard((rate,)), until, accrual=accrual, dropout=dropout, followed=followed)

    pooled = spread(share * experimental + (1 - share) * control) * (1 / share + 1 / (1 - share))
    apart = spread(experimental) / share + spread(control) / (1 - share)
    z, z_power = -NORMAL.inv_cdf(alpha), NORMAL.inv_cdf(power)
    return ((z * sqrt(pooled) + z_power * sqrt(apart)) / (experimental - control)) ** 2
