"""How fast participants join, where sites open one after another or find their pace by and by: a Poisson process."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from ..protocol import Assumption
from .assumptions import DAYS_PER_MONTH

STEPS = 80
"""Halvings until a day is found: far below a second."""


@dataclass(frozen=True, slots=True)
class Recruiting:
    """A site at work: how many a day once it is at its pace, from which day on, and how long the pace takes to rise.

    >>> Recruiting("one", 2.0, 10.0, 20.0).expected(40.0)
    40.0
    """

    site: str
    pace: float
    opens: float = 0.0
    ramp: float = 0.0

    def at(self, days: float) -> float:
        """How many a day there are at a time."""
        open_for = days - self.opens
        return 0.0 if open_for < 0 else self.pace * (min(open_for / self.ramp, 1.0) if self.ramp else 1.0)

    def expected(self, days: float) -> float:
        """How many there are expected to have been by a time."""
        open_for = max(days - self.opens, 0.0)
        rising = min(open_for, self.ramp)
        return self.pace * ((rising * rising / (2 * self.ramp) if self.ramp else 0.0) + open_for - rising)


def recruiting(assumed: Assumption) -> tuple[Recruiting, ...]:
    """The sites as an assumption of accrual has them; none where participants join at one pace from the start."""
    ramp = assumed.ramp.about_days if assumed.ramp is not None else 0.0
    if not assumed.sites:
        return (Recruiting("", float(assumed.per_month or 0) / DAYS_PER_MONTH, 0.0, ramp),) if ramp else ()
    return tuple(
        Recruiting(
            name, float(each.per_month) / DAYS_PER_MONTH, each.opens.about_days if each.opens is not None else 0.0,
            each.ramp.about_days if each.ramp is not None else ramp,
        )
        for name, each in assumed.sites.items()
    )  # fmt: skip


def day_of(total: float, sites: tuple[Recruiting, ...]) -> float:
    """The time by which so many are expected to have joined."""
    low, high = 0.0, 1.0
    while together(sites, high) < total:
        low, high = high, high * 2
    for _ in range(STEPS):
        middle = (low + high) / 2
        if together(sites, middle) < total:
            low = middle
        else:
            high = middle
    return high


def together(sites: tuple[Recruiting, ...], days: float) -> float:
    """How many are expected to have joined by a time at all sites, one after another: both interpreters add alike."""
    total = 0.0
    for each in sites:
        total += each.expected(days)
    return total


def site_of(sites: tuple[Recruiting, ...], days: float, uniform: float) -> str:
    """The site at which somebody joins at a time, by the pace that each has come to by then."""
    left = 0.0
    for each in sites:
        left += each.at(days)
    left *= uniform
    for each in sites:
        left -= each.at(days)
        if left < 0:
            return each.site
    return next(each.site for each in reversed(sites) if each.at(days) > 0)


def wrong(assumed: Assumption, known: tuple[str, ...]) -> Iterator[str]:
    """What is wrong with what is said of sites."""
    for name, each in assumed.sites.items():
        if name not in known:
            yield f"'accrual' speaks of '{name}', which is no site of this study"
        if each.per_month < 0:
            yield f"'accrual' has {each.per_month} join a month at '{name}': it cannot be less than 0"
    total = float(sum(each.per_month for each in assumed.sites.values()))
    if assumed.sites and not math.isclose(total, float(assumed.per_month or 0), rel_tol=1e-6):
        yield f"'accrual' has {assumed.per_month} join a month and its sites {total:g}: they come to the same once all are at work"
