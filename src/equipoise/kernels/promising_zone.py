"""Conditional power, and what it promises: how large a second stage has to be, and what a trial that may be enlarged can find.

The statistic at a share t of the information is normal with variance 1. Conditional power is the chance that the last one
lies beyond its bound, if the effect is what it looks like. Where it lies in the promising zone, from a least to the power
that is wanted, the second stage is enlarged until conditional power is as wanted, or as far as allowed. The last statistic
is √t times the first plus √(1 - t) times that of the second stage alone: weights that were planned, so that it is standard
normal without an effect, however the second stage's size was found.

**Source.** Cui, Hung and Wang (1999), Biometrics 55:853-857; Gao, Ware and Mehta (2008), J Biopharm Stat 18:1184-1196; Mehta
and Pocock (2011), Stat Med 30:3267-3284.
"""

from dataclasses import dataclass
from itertools import pairwise
from math import inf, sqrt

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

REACH, PANELS, NODES = 9.0, 60, 12


@dataclass(frozen=True, slots=True)
class Zone:
    """A trial of two stages that is enlarged in its promising zone.

    Args:
        share: Of the planned information, at the look.
        bound: What the last statistic has to reach.
        least: The conditional power from which the trial is enlarged,
        wanted: up to which, and towards which.
        most: How much information there may be at most, against what was planned.
        early: What the statistic at the look has to reach for a claim at once.
        futility: At or below what it is given up at once.
    """

    share: float
    bound: float
    least: float
    wanted: float
    most: float
    early: float = inf
    futility: float = -inf

    def __post_init__(self) -> None:
        if not 0 < self.share < 1 or not self.most >= 1:
            raise ValueError(
                f"a look before the end, and as much information as planned or more, not {self.share}, {self.most}"
            )
        if not 0 <= self.least < 1 or not 0 < self.wanted < 1:
            raise ValueError(f"a power lies between 0 and 1, not {self.least} or {self.wanted}")


@dataclass(frozen=True, slots=True)
class Promised:
    """What can be expected: the chance of a claim, of being enlarged, and the information used, against what was planned."""

    power: float
    enlarged: float
    information: float


def conditional_power(z: float, share: float, bound: float) -> float:
    """The chance that the last statistic reaches its bound, if the effect is what it looks like.

    Args:
        z: The statistic at the look.
        share: Of the information, at the look.
        bound: What the last statistic has to reach.

    >>> round(conditional_power(1.4, 0.5, 1.96), 4)
    0.5112
    """
    return float(ndtr(z * sqrt((1 - share) / share) - (bound - sqrt(share) * z) / sqrt(1 - share)))


def information_wanted(z: float, share: float, bound: float, power: float) -> float:
    """The information, against what was planned, with which conditional power is so much; never less than planned.

    >>> round(information_wanted(1.4, 0.5, 1.96, 0.8), 3)
    1.75
    """
    if z <= 0:
        return inf
    missing = (bound - sqrt(share) * z) / sqrt(1 - share) + float(ndtri(power))
    return max(1.0, share + missing**2 * share / z**2)


def enlarged(zone: Zone, z: float) -> float:
    """The information, against what was planned, that a trial goes on to after a look."""
    if z <= 0 or not zone.least <= conditional_power(z, zone.share, zone.bound) < zone.wanted:
        return 1.0
    return min(zone.most, information_wanted(z, zone.share, zone.bound, zone.wanted))


def promised(zone: Zone, drift: float) -> Promised:
    """What can be expected of it.

    Args:
        zone: The trial.
        drift: The mean of the last statistic if the trial is not enlarged: 0 where there is no effect.

    >>> round(promised(Zone(0.5, 1.959964, 0.36, 0.8, 2.0), 0.0).power, 6)
    0.025
    """
    t, mean = zone.share, drift * sqrt(zone.share)
    edges = sorted({mean - REACH, mean + REACH, *_edges(zone, mean)})
    at, weight = np.polynomial.legendre.leggauss(NODES)
    power = float(ndtr(mean - zone.early))
    some, information = 0.0, t * (power + float(ndtr(zone.futility - mean)))
    for low, high in pairwise(edges):
        many = max(1, round(PANELS * (high - low) / (2 * REACH)))
        width = (high - low) / many
        for panel in range(many):
            for z, part in zip(low + width * (panel + 0.5 + at / 2), weight * width / 2, strict=True):
                if not zone.futility < z < zone.early:
                    continue
                chance = float(part * np.exp(-0.5 * (z - mean) ** 2) / sqrt(2 * np.pi))
                used = enlarged(zone, float(z))
                missing = (zone.bound - sqrt(t) * z) / sqrt(1 - t)
                power += chance * float(ndtr(drift * sqrt(used - t) - missing))
                some += chance * (used > 1.0)
                information += chance * used
    return Promised(power, some, information)


def least_conditional_power(share: float, bound: float, power: float, most: float) -> float:
    """The conditional power from which the ordinary last statistic would hold its level too, without planned weights.

    It says where the promising zone of Mehta and Pocock begins.

    >>> round(least_conditional_power(0.5, 1.959964, 0.8, 2.0), 2)
    0.36
    """

    def harm(z: float) -> float:
        """How far the ordinary statistic's bound would have to rise above what it is."""
        whole = min(most, information_wanted(z, share, bound, power))
        return (sqrt((whole - share) / (1 - share)) * (bound - sqrt(share) * z) + sqrt(share) * z) / sqrt(whole) - bound

    highest = brentq(lambda z: conditional_power(z, share, bound) - power, 1e-6, 20.0)
    points = np.linspace(highest, 1e-3, 2000)[1:]
    first = next((k for k, z in enumerate(points) if harm(float(z)) > 0), None)
    if first is None:
        return 0.0
    above = float(points[first - 1]) if first else float(highest)
    z = brentq(harm, float(points[first]), above) if harm(above) <= 0 else above
    return conditional_power(float(z), share, bound)


def _edges(zone: Zone, mean: float) -> list[float]:
    """Where what follows from the first statistic changes."""
    found = [each for each in (zone.early, zone.futility, 0.0) if abs(each - mean) < REACH]
    for level in (zone.least, zone.wanted):
        if 0 < level < 1:
            z = brentq(lambda z, level=level: conditional_power(z, zone.share, zone.bound) - level, -40.0, 40.0)
            found += [float(z)] if abs(z - mean) < REACH else []
    if zone.most > 1:
        z = brentq(lambda z: information_wanted(z, zone.share, zone.bound, zone.wanted) - zone.most, 1e-6, 20.0)
        found += [float(z)] if abs(z - mean) < REACH else []
    return found
