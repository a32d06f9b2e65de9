"""When something happens by itself, where more is assumed than a distribution: its hazard added up, and turned round.

A hazard is a base (a distribution, stretches, a published curve), of which a share may be cured, times the ratio of an
arm, which may set in late, times the factors that are met. Whoever has it has it when the hazard added up so far comes
to a number drawn once from the exponential distribution; what changes on the way changes how fast it adds up.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from ..finding import Unreadable
from ..protocol import Assumption, Item, Point, Stretch
from .assumptions import DAYS_PER_MONTH, TIMES, Spread, spread
from .inverse import base_day, base_hazard, of_uncured, uncured

T = TypeVar("T")

LATE = 0.5
"""Beyond the last point of a curve the hazard goes on as it was on average over this last part of it."""  # convention


@dataclass(frozen=True, slots=True)
class Stretches:
    """A hazard that is constant in stretches, a day: `rates[k]` up to `ends[k]`, the last for ever."""

    rates: tuple[float, ...]
    ends: tuple[float, ...]
    so_far: tuple[float, ...]

    @classmethod
    def of(cls, rates: Sequence[float], ends: Sequence[float]) -> "Stretches":
        """The hazards with what they have come to at the start of each stretch."""
        so_far, start = [0.0], 0.0
        for rate, end in zip(rates, ends, strict=False):
            so_far.append(so_far[-1] + rate * (end - start))
            start = end
        return cls(tuple(rates), tuple(ends), tuple(so_far))

    def cumulative(self, days: float) -> float:
        """The hazard added up until a time."""
        return base_hazard(0.0, 1.0, self.rates, self.ends, self.so_far, 0, len(self.rates), days)

    def day(self, total: float) -> float:
        """When it comes to a number; infinite if it never does."""
        return base_day(0.0, 1.0, self.rates, self.ends, self.so_far, 0, len(self.rates), total)


@dataclass(frozen=True, slots=True)
class Risk:
    """A hazard: its base, the share cured of it, and the ratio against the arm of the base from a day on.

    >>> half = Risk(Stretches.of((math.log(2) / 100,), ()))
    >>> round(half.day(math.log(2))), round(half.share(200), 2)
    (100, 0.75)
    """

    base: Stretches | Spread
    cured: float = 0.0
    ratio: float = 1.0
    ratio_from: float = 0.0

    def cumulative(self, days: float) -> float:
        """The hazard added up until a day."""
        early = self._alike(min(days, self.ratio_from))
        return early + (self.ratio * (self._alike(days) - early) if days > self.ratio_from else 0.0)

    def day(self, total: float) -> float:
        """The day on which it has come to a number; infinite if it never does."""
        early = self._alike(self.ratio_from)
        return self._day_of_all(total if total <= early else early + (total - early) / self.ratio)

    def share(self, days: float) -> float:
        """The share to whom it has happened by a day."""
        return -math.expm1(-self.cumulative(days))

    @property
    def shape(self) -> float:
        """The shape of a base that is no stretches: 1 of an exponential one."""
        return self.base.second if isinstance(self.base, Spread) and self.base.kind == "weibull" else 1.0

    def _alike(self, days: float) -> float:
        base = self.base
        if isinstance(base, Stretches):
            return uncured(self.cured, base.cumulative(days))
        return uncured(self.cured, base_hazard(base.first, self.shape, (), (), (), 0, 0, days))

    def _day_of_all(self, total: float) -> float:
        base, total = self.base, of_uncured(self.cured, total)
        if total == math.inf:
            return math.inf
        return base.day(total) if isinstance(base, Stretches) else base_day(base.first, self.shape, (), (), (), 0, 0, total)


def is_risk(assumed: Assumption) -> bool:
    """Whether more is assumed of when something happens than one distribution says."""
    more = assumed.hazards or assumed.points or assumed.factors or assumed.distribution == "piecewise"
    return bool(more) or assumed.cured is not None or assumed.effect_after is not None


def risk(assumed: Assumption, key: str = "", item: Item = TIMES) -> Risk:
    """The hazard that an assumption gives in an arm, its factors apart.

    Args:
        assumed: The assumption.
        key: The arm, cohort or group, where the assumption tells them apart.
        item: What its numbers are of: a time in days.

    Raises:
        Unreadable: It does not say enough, or says what cannot be.
        NotConvertible: A median is no time.

    Source:
        A share cured: Boag (1949), J R Stat Soc B 11:15-44. A curve from its points and numbers at risk: see
        `kernels.reconstructed`; from points alone, the hazard is constant between them.
    """
    if assumed.low or assumed.high:
        raise Unreadable(f"'{assumed.name}' has a hazard, which low and high would cut off: leave them out")
    cured = _of_arm(assumed.cured, assumed, key)
    share = float(cured) if cured is not None else 0.0
    if not 0 <= share < 1:
        raise Unreadable(f"'{assumed.name}' has a cured share of {share:g}: it lies from 0 to below 1")
    if isinstance(assumed.cured, Mapping) and assumed.hazard_ratio is not None:
        raise Unreadable(f"'{assumed.name}' tells the cured of each arm and a hazard ratio, which multiplies the cured as well")
    base: Stretches | Spread
    if assumed.points:
        if assumed.distribution is not None or assumed.hazards:
            raise Unreadable(f"'{assumed.name}' gives points, which are its distribution: leave out the other")
        base = curve(_of_arm(assumed.points, assumed, key) or (), assumed.name)
    elif assumed.hazards or assumed.distribution == "piecewise":
        if assumed.distribution != "piecewise":
            raise Unreadable(f"'{assumed.name}' gives hazards: say 'distribution: piecewise'")
        base = _stretches(_of_arm(assumed.hazards, assumed, key) or (), assumed.name)
    elif assumed.distribution in ("exponential", "weibull"):
        own = key if not isinstance(assumed.median, Mapping) or key in assumed.median else next(iter(assumed.median))
        base = spread(assumed, item, own)
        if not base.first > 0:
            raise Unreadable(f"'{assumed.name}' takes no time: its mean or median lies above 0")
    else:
        raise Unreadable(f"'{assumed.name}' has no hazard: it is exponential, weibull or piecewise, or gives points")
    if assumed.effect_after is not None and assumed.hazard_ratio is None:
        raise Unreadable(f"'{assumed.name}' says when its effect begins and no hazard ratio")
    is_other = assumed.hazard_ratio is not None and key not in (_apart(assumed) or {key: None})
    late = assumed.effect_after.about_days if assumed.effect_after is not None and is_other else 0.0
    if late < 0:
        raise Unreadable(f"'{assumed.name}' has an effect that begins before it starts")
    return Risk(base, share, float(assumed.hazard_ratio or 1) if is_other else 1.0, late)


def curve(points: Sequence[Point], name: str) -> Stretches:
    """The hazard of a published curve: of the people who gave it where numbers at risk are told, else of its points.

    Args:
        points: The points, in order of time; (0, 1) need not be among them.
        name: What it is of, for messages.

    Raises:
        Unreadable: They do not rise in time or do not fall.
    """
    times = [each.at.about_days for each in points]
    free = [float(each.free) for each in points]
    if not times or times[0] != 0:
        times, free = [0.0, *times], [1.0, *free]
    rising = all(late > early for early, late in pairwise(times))
    falling = all(late <= early for early, late in pairwise(free))
    if len(times) < 2 or not rising or not falling or free[0] != 1 or free[-1] < 0:
        raise Unreadable(f"the points of '{name}' do not make a curve: times rise, shares fall from 1, at time 0, to 0 at most")
    told = {each.at.about_days: each.at_risk for each in points if each.at_risk is not None}
    if told and (0.0 not in told or min(told.values()) < 0 or sorted(told.values(), reverse=True) != list(told.values())):
        raise Unreadable(f"the numbers at risk of '{name}' begin at time 0 and fall")
    if told:
        times, free = _of_people(times, free, told)
    elif free[-1] == 0:
        raise Unreadable(f"the points of '{name}' end at 0: without numbers at risk, end with the last share above it")
    hazards = [0.0 if left <= 0 else -math.log(left) for left in free]
    rates = [(b - a) / (late - early) for a, b, early, late in zip(hazards, hazards[1:], times, times[1:], strict=False)]
    found = Stretches.of((*rates, 0.0), times[1:])
    half = times[-1] * (1 - LATE)
    tail = (found.cumulative(times[-1]) - found.cumulative(half)) / (times[-1] - half)
    return Stretches.of((*rates, tail), times[1:])


def _of_people(times: list[float], free: list[float], told: Mapping[float, int]) -> tuple[list[float], list[float]]:
    """The Kaplan-Meier curve of the people behind the points, at their events; what is 0 at last is left out."""
    import numpy as np

    from ..kernels.reconstructed import reconstructed

    people = reconstructed(np.array(times), np.array(free), np.array(list(told)), np.array(list(told.values())))
    found_at, found, left = [0.0], [1.0], 1.0
    for day in np.unique(people.time[people.happened]):
        died = int((people.happened & (people.time == day)).sum())
        left *= 1 - died / int((people.time >= day).sum())
        if left > 0:
            found_at.append(float(day))
            found.append(left)
    if found_at[-1] < times[-1]:
        found_at.append(times[-1])
        found.append(found[-1])
    return found_at, found


def _stretches(given: Sequence[Stretch], name: str) -> Stretches:
    if not given or given[-1].until is not None or any(each.until is None for each in given[:-1]):
        raise Unreadable(f"each of the hazards of '{name}' says until when it holds, except the last, which holds for ever")
    ends = [each.until.about_days for each in given if each.until is not None]
    if any(not late > early for early, late in zip((0.0, *ends), ends, strict=False)):
        raise Unreadable(f"the hazards of '{name}' follow one another: each ends later than the one before")
    if any(each.per_month < 0 for each in given):
        raise Unreadable(f"a hazard of '{name}' lies below 0")
    return Stretches.of([float(each.per_month) / DAYS_PER_MONTH for each in given], ends)


def _apart(assumed: Assumption) -> Mapping[str, object] | None:
    """The arms whose base is given, where they are told apart."""
    return next((each for each in (assumed.median, assumed.hazards, assumed.points) if isinstance(each, Mapping)), None)


def _of_arm(given: T | Mapping[str, T], assumed: Assumption, key: str) -> T:
    if not isinstance(given, Mapping):
        return given
    if key in given:
        found: T = given[key]
        return found
    if assumed.hazard_ratio is not None and len(given) == 1:
        only: T = next(iter(given.values()))
        return only
    raise Unreadable(f"'{assumed.name}' says nothing of {key or 'those outside the arms that it names'}")


def monthly(of: Risk, until: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Rates a month, and the ends of their stretches in months: exact of stretches, else cut finely, each with its mean.

    >>> monthly(Risk(Stretches.of((1.0, 2.0), (365.25 / 12,))), 24.0)[1]
    (1.0,)
    """
    if isinstance(of.base, Stretches) and not of.cured:
        ends = sorted({*of.base.ends, *([of.ratio_from] if of.ratio_from > 0 else [])})
    else:
        ends = sorted({*(month * DAYS_PER_MONTH / 4 for month in range(1, min(math.ceil(until * 4), 600) + 1)),
                       *([of.ratio_from] if of.ratio_from > 0 else [])})  # fmt: skip
    far = (ends[-1] if ends else 0.0) + DAYS_PER_MONTH
    edges = [0.0, *ends, far]
    so_far = [of.cumulative(each) for each in edges]
    rates = [
        max(0.0, b - a) / (late - early) * DAYS_PER_MONTH
        for a, b, early, late in zip(so_far, so_far[1:], edges, edges[1:], strict=False)
    ]
    return tuple(rates), tuple(end / DAYS_PER_MONTH for end in ends)
