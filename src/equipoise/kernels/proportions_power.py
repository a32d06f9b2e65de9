"""Participants for a difference of two shares: how many are needed, what so many find.

Alpha is one-sided. A `margin` other than 0 is the difference that is to be ruled out: below 0 where a higher share is better
and the question is whether the experimental arm is not worse by as much (non-inferiority). Under what is to be ruled out
the variance is `pooled` (with a margin: the shares most likely under it), or `unpooled` as under the alternative.
"""

from collections.abc import Callable
from math import acos, copysign, cos, pi, sqrt
from statistics import NormalDist
from typing import Literal

from .inestimable import Inestimable

NORMAL = NormalDist()

Null = Literal["pooled", "unpooled"]


def proportions_people(
    experimental: float, control: float, *, alpha: float = 0.025, power: float = 0.8, allocation: float = 1.0,
    margin: float = 0.0, null: Null = "pooled", exact: bool = False,
) -> float:  # fmt: skip
    """The number of participants, both arms together, with which a difference of shares is found.

    Args:
        experimental: The share in the experimental arm, between 0 and 1.
        control: The share in the control arm.
        alpha: The one-sided level.
        power: The chance to find it.
        allocation: Experimental to control participants.
        margin: The difference that is to be ruled out.
        null: The variance under it.
        exact: Whether Fisher's exact test is used, which needs more; only without a margin.

    Raises:
        Inestimable: The shares differ by no more than the margin, or not at all.

    Source:
        Fleiss, Levin and Paik (2003), Statistical Methods for Rates and Proportions, chapter 4; with a margin: Farrington and
        Manning (1990), Stat Med 9:1447-1454; for Fisher's test: Fleiss, Tytun and Ury (1980), Biometrics 36:343-346.

    >>> round(proportions_people(0.25, 0.40, power=0.9))
    406
    """
    ruled_out, apart = _variances(experimental, control, allocation, margin, null)
    gap = abs(experimental - control - margin)
    if gap < 1e-12:
        raise Inestimable(f"shares of {experimental:g} and {control:g} differ by the margin: there is nothing to find")
    if exact and margin:
        raise ValueError("Fisher's exact test has no margin")
    people = ((-NORMAL.inv_cdf(alpha) * sqrt(ruled_out) + NORMAL.inv_cdf(power) * sqrt(apart)) / gap) ** 2
    return _corrected(people, gap, allocation) if exact else people


def proportions_power(
    experimental: float, control: float, people: float, *, alpha: float = 0.025, allocation: float = 1.0,
    margin: float = 0.0, null: Null = "pooled", exact: bool = False,
) -> float:  # fmt: skip
    """The chance that so many participants, both arms together, find a difference of shares, in the right direction.

    Source:
        As `proportions_people`, of which it is the inverse.
    """
    ruled_out, apart = _variances(experimental, control, allocation, margin, null)
    gap = abs(experimental - control - margin)
    if exact:
        if gap < 1e-12:
            return alpha
        # The correction is undone: so many with Fisher's test are worth so many without.
        people = people * max(1 - (1 + allocation) ** 2 / (2 * allocation * people * gap), 0.0) ** 2
    return NORMAL.cdf((sqrt(people) * gap + NORMAL.inv_cdf(alpha) * sqrt(ruled_out)) / sqrt(apart))


def detectable_share(
    control: float, people: float, *, higher: bool, alpha: float = 0.025, power: float = 0.8, allocation: float = 1.0,
    exact: bool = False,
) -> float:  # fmt: skip
    """The share in the experimental arm nearest to the control's that so many participants find.

    Args:
        control: The share in the control arm.
        people: How many take part, both arms together.
        higher: Whether the share that is looked for is above the control's.
        alpha: The one-sided level.
        power: The chance to find it.
        allocation: Experimental to control participants.
        exact: Whether Fisher's exact test is used.

    Raises:
        Inestimable: Not even a share of 0 or 1 is found.
    """
    end = 1.0 - 1e-9 if higher else 1e-9

    def found(share: float) -> bool:
        return proportions_power(share, control, people, alpha=alpha, allocation=allocation, exact=exact) >= power

    if not found(end):
        raise Inestimable(f"no share that is {'higher' if higher else 'lower'} than {control:g} is found with this power")
    return _bisected(found, control, end)


def restricted_shares(experimental: float, control: float, allocation: float, margin: float) -> tuple[float, float]:
    """The shares most likely under a difference that is given, near those observed or assumed.

    Source:
        Farrington and Manning (1990), Stat Med 9:1447-1454, appendix: the root of a cubic.

    >>> restricted_shares(0.5, 0.3, 1.0, 0.0)
    (0.4, 0.4)
    """
    if margin == 0:
        both = (allocation * experimental + control) / (allocation + 1)
        return both, both
    theta = 1 / allocation
    a = 1 + theta
    b = -(1 + theta + experimental + theta * control + margin * (theta + 2))
    c = margin**2 + margin * (2 * experimental + theta + 1) + experimental + theta * control
    d = -experimental * margin * (1 + margin)
    v = b**3 / (3 * a) ** 3 - b * c / (6 * a**2) + d / (2 * a)
    u = copysign(sqrt(max(b**2 / (3 * a) ** 2 - c / (3 * a), 0.0)), v)
    w = (pi + acos(max(min(v / u**3, 1.0), -1.0))) / 3 if u else pi / 2
    first = min(max(2 * u * cos(w) - b / (3 * a), 0.0, margin), 1.0, 1.0 + margin)
    return first, first - margin


def _variances(experimental: float, control: float, allocation: float, margin: float, null: Null) -> tuple[float, float]:
    """The variances of the difference, times the number of people: under what is to be ruled out, and as assumed."""
    if not 0 <= experimental <= 1 or not 0 <= control <= 1:
        raise ValueError(f"shares lie between 0 and 1, not {experimental} and {control}")
    if not -1 < margin < 1 or not allocation > 0:
        raise ValueError(f"a margin lies between -1 and 1 and an allocation above 0, not {margin} and {allocation}")
    share = allocation / (1 + allocation)

    def of(one: float, other: float) -> float:
        return one * (1 - one) / share + other * (1 - other) / (1 - share)

    apart = of(experimental, control)
    if not apart:
        raise Inestimable("shares of 0 and 1 leave nothing to chance: the normal approximation does not hold")
    return (of(*restricted_shares(experimental, control, allocation, margin)) if null == "pooled" else apart), apart


def _corrected(people: float, gap: float, allocation: float) -> float:
    return people / 4 * (1 + sqrt(1 + 2 * (1 + allocation) ** 2 / (allocation * people * gap))) ** 2


def _bisected(found: Callable[[float], bool], near: float, far: float) -> float:
    for _ in range(100):
        middle = (near + far) / 2
        near, far = (near, middle) if found(middle) else (middle, far)
    return far
