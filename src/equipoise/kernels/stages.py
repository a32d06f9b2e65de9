"""The stages of a trial between its looks, put together: one statistic, the chance of one as extreme, and the effect.

A stage says what the stretch since the look before says by itself. Added with weights that were planned, stages give a statistic
that is standard normal without an effect, however large the later ones were made by what the earlier ones showed. The chance of
as much takes the looks in their order: a claim at an earlier look is more extreme than any at a later one.

The effect by weighted stages is what their sum is expected at: with an effect each stage's statistic lies around the effect times
the root of its information, whatever that turned out to be. Where nothing could be claimed earlier, its median is the true effect
and its limits hold exactly; else they are repeated limits, at the bound of the look.

The effect by the order of the looks is the one with which as much or more comes in half of all trials, its limits those with which
it comes in so few or so many: its median is the true effect, where the looks came when they were planned.

**Source.** Cui, Hung and Wang (1999), Biometrics 55:853-857; Lehmacher and Wassmer (1999), Biometrics 55:1286-1290; Lawrence and
Hung (2003), Biom J 45:143-152, for the effect; Tsiatis, Rosner and Mehta (1984), Biometrics 40:797-803, for the order; Jennison
and Turnbull (1989), J R Stat Soc B 51:305-361, for repeated limits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf, sqrt

from .group_sequential import Boundaries, exits

FURTHEST = 8.0
"""How many standard deviations of the first look's statistic an effect is looked for in."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What one stretch says by itself: a standard normal statistic, and the root of its information; None where that has no sense.

    The information is that on the effect whose statistic it is, in whatever unit that has.
    """

    z: float
    root: float | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """An effect with its limits."""

    estimate: float
    lower: float
    upper: float


def weights(shares: Sequence[float]) -> tuple[float, ...]:
    """The weight of each stage, by the planned shares of the information at the ends of the stages; their squares add up to 1.

    >>> weights((0.36, 1.0))
    (0.6, 0.8)
    """
    return tuple(sqrt((late - early) / shares[-1]) for early, late in pairwise((0.0, *shares)))


def combined(stages: Sequence[Stage], shares: Sequence[float]) -> float:
    """The stages as one statistic.

    Args:
        stages: From the first on.
        shares: The planned share of the information at the end of each, rising.

    >>> round(combined([Stage(1.0), Stage(2.0)], (0.36, 1.0)), 10)
    2.2
    """
    return sum(weight * each.z for weight, each in zip(weights(shares), stages, strict=True))


def effect(stages: Sequence[Stage], shares: Sequence[float], bound: float) -> Effect | None:
    """The effect by weighted stages, with limits at which the statistic would reach a bound; None where a stage tells of none.

    >>> effect([Stage(1.0, 2.0), Stage(2.0, 4.0)], (0.36, 1.0), 2.2)
    Effect(estimate=0.5, lower=0.0, upper=1.0)
    """
    roots = [each.root for each in stages]
    if any(each is None for each in roots):
        return None
    reach = sum(weight * (each or 0.0) for weight, each in zip(weights(shares), roots, strict=True))
    if not reach > 0:
        return None
    z = combined(stages, shares)
    return Effect(z / reach, (z - bound) / reach, (z + bound) / reach)


def effect_in_order(information: Sequence[float], above: Sequence[float], last: Stage, level: float) -> Effect | None:
    """The effect with which a claim at an earlier look, or as much as was seen at the last, comes in half of all trials.

    Args:
        information: The shares of the information at the looks that were taken, rising.
        above: What a claim took at each before the last.
        last: What all data together say at the last.
        level: The coverage of the limits.

    Source:
        Tsiatis, Rosner and Mehta (1984), Biometrics 40:797-803.

    >>> found = effect_in_order((1.0,), (), Stage(1.5, 3.0), 0.95)
    >>> round(found.estimate, 6), round(found.upper, 4)
    (0.5, 1.1533)
    """
    if not last.root:
        return None
    from scipy.optimize import brentq

    at, reach = last.z / sqrt(information[-1]), FURTHEST / sqrt(information[0])

    def drift(chance: float) -> float:
        return float(
            brentq(lambda each: as_extreme(information, above, last.z, each) - chance, at - reach, at + reach, xtol=1e-10)
        )

    scale = sqrt(information[-1]) / last.root
    low, middle, high = (scale * drift(each) for each in ((1 - level) / 2, 0.5, (1 + level) / 2))
    return Effect(middle, low, high)


def as_extreme(information: Sequence[float], above: Sequence[float], z: float, drift: float = 0.0) -> float:
    """The chance of a claim at an earlier look, or of at least such a statistic at the last of these.

    Args:
        information: The shares of the information at the looks that were taken, rising.
        above: What a claim took at each before the last.
        z: The statistic at the last.
        drift: The mean of the statistic at all of the planned information: 0 where there is no effect.

    Source:
        Tsiatis, Rosner and Mehta (1984), Biometrics 40:797-803.

    >>> round(as_extreme((1.0,), (), 1.959964), 6)
    0.025
    >>> round(as_extreme((0.5, 1.0), (2.1783,), 2.1783), 4)
    0.025
    """
    if len(above) != len(information) - 1:
        raise ValueError(f"what a claim takes at each look before the last, not {above} for {information}")
    looks = Boundaries(tuple(information), (*above, z), (-inf,) * len(information))
    return sum(exits(looks, drift).above)
