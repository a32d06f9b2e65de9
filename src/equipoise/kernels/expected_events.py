"""How many events a trial will have seen by when: from hazards, the pace at which people join, and those who are lost.

Hazards are constant in stretches of time since entry (piecewise exponential), which any curve can be cut into. People
join at a pace that is constant in stretches of calendar time. Who is lost is lost with a hazard of their own, and who is
followed for a limited time leaves at its end. The chances are exact: no integral is done by steps.

**Source.** Lachin and Foulkes (1986), Biometrics 42:507-519, for one hazard; for several stretches the same integral, piece
by piece.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import exp, expm1, inf, log

from .inestimable import Inestimable


@dataclass(frozen=True, slots=True)
class Hazard:
    """A hazard that is constant in stretches: `rates[k]` holds up to `ends[k]`, the last for ever.

    >>> Hazard((0.1,)).survival(10.0) == exp(-1.0)
    True
    """

    rates: tuple[float, ...]
    ends: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if len(self.rates) != len(self.ends) + 1 or any(not rate >= 0 for rate in self.rates):
            raise ValueError("a hazard has one rate, 0 or more, for each stretch, and the last stretch has no end")
        if any(not late > early for early, late in zip((0.0, *self.ends), self.ends, strict=False)):
            raise ValueError("the ends of a hazard's stretches rise from above 0")

    def at(self, time: float) -> float:
        """The hazard at a time."""
        return self.rates[sum(time >= end for end in self.ends)]

    def cumulative(self, time: float) -> float:
        """The hazard added up from 0 to a time."""
        total, start = 0.0, 0.0
        for rate, end in zip(self.rates, (*self.ends, inf), strict=True):
            if time <= start:
                break
            total += rate * (min(time, end) - start) if rate else 0.0
            start = end
        return total

    def survival(self, time: float) -> float:
        """The share without the event at a time."""
        return exp(-self.cumulative(time))

    def times(self, ratio: float) -> "Hazard":
        """The hazard, multiplied."""
        return Hazard(tuple(rate * ratio for rate in self.rates), self.ends)

    def plus(self, other: "Hazard") -> "Hazard":
        """Two hazards together."""
        ends = tuple(sorted({*self.ends, *other.ends}))
        return Hazard(tuple(self.at(start) + other.at(start) for start in (0.0, *ends)), ends)

    def until(self, time: float) -> "Hazard":
        """The hazard up to a time, and none after it."""
        if time == inf:
            return self
        kept = tuple(end for end in self.ends if end < time)
        return Hazard((*(self.at(start) for start in (0.0, *kept)), 0.0), (*kept, time))


NEVER = Hazard((0.0,))


@dataclass(frozen=True, slots=True)
class Accrual:
    """The pace of joining: people come evenly within each stretch, `paces[k]` to one another, up to `ends[k]`.

    >>> Accrual.even(12.0)
    Accrual(ends=(12.0,), paces=(1.0,))
    """

    ends: tuple[float, ...]
    paces: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.ends) != len(self.paces) or not self.ends or any(not pace >= 0 for pace in self.paces):
            raise ValueError("joining has one pace, 0 or more, for each of its stretches, and at least one stretch")
        if any(late < early for early, late in zip((0.0, *self.ends), self.ends, strict=False)) or not sum(self.paces):
            raise ValueError("the ends of the stretches of joining rise from 0, and somebody has to join")

    @classmethod
    def even(cls, months: float) -> "Accrual":
        """Joining at one pace for so long; all at once where it takes no time."""
        return cls((months,), (1.0,))


def event_chance(hazard: Hazard, until: float, *, accrual: Accrual, dropout: Hazard = NEVER, followed: float = inf) -> float:
    """The chance that the event of one who joins is seen by a calendar time.

    Args:
        hazard: Of the event, from entry.
        until: The time of the analysis, from the first one's entry on; those who have not joined by then count as without.
        accrual: The pace of joining.
        dropout: The hazard of being lost, or of anything that makes the event impossible.
        followed: How long after entry anybody is followed at most.

    >>> round(event_chance(Hazard((0.0693147,)), 24.0, accrual=Accrual.even(12.0)), 4)
    0.7045
    """
    held = hazard.until(followed)
    if not accrual.ends[-1]:
        return _seen(held, dropout, until)
    return _averaged(lambda time: _seen_area(held, dropout, time), accrual, until)


def time_of_events(
    events: float, arms: Sequence[tuple[float, Hazard, Hazard]], *, accrual: Accrual, followed: float = inf
) -> float:
    """The calendar time by which so many events are expected.

    Args:
        events: How many.
        arms: The number of participants of each arm, the hazard of the event, and that of being lost.
        accrual: The pace of joining, alike in all arms.
        followed: How long after entry anybody is followed at most.

    Raises:
        Inestimable: So many events are never seen.
    """

    def seen(until: float) -> float:
        return sum(
            people * event_chance(hazard, until, accrual=accrual, dropout=lost, followed=followed)
            for people, hazard, lost in arms
        )

    latest = max(accrual.ends[-1], 1.0)
    while seen(latest) < events:
        latest *= 2
        if latest > 1e6:
            raise Inestimable(f"{events:.4g} events are never seen: {seen(latest):.4g} are all there will be")
    low, high = 0.0, latest
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if seen(middle) < events else (low, middle)
    return high


def exponential(median: float) -> Hazard:
    """The hazard that half have met by the median."""
    if not median > 0:
        raise ValueError(f"a median lies above 0, not at {median}")
    return Hazard((log(2) / median,))


def _averaged(area: Callable[[float], float], accrual: Accrual, until: float) -> float:
    """The mean over entries of what `area` adds up over time since entry, until a calendar time."""
    people, total, start = 0.0, 0.0, 0.0
    for end, pace in zip(accrual.ends, accrual.paces, strict=True):
        people += pace * (end - start)
        total += pace * (area(max(until - start, 0.0)) - area(max(until - end, 0.0)))
        start = end
    return total / people


def _stretches(hazard: Hazard, dropout: Hazard) -> list[tuple[float, float, float, float]]:
    ends = (*sorted({*hazard.ends, *dropout.ends}), inf)
    starts = (0.0, *ends[:-1])
    return [(start, end, hazard.at(start), dropout.at(start)) for start, end in zip(starts, ends, strict=True)]


def _seen(hazard: Hazard, dropout: Hazard, time: float) -> float:
    """The chance that the event has come, and was seen, by a time since entry."""
    seen, left = 0.0, 1.0
    for start, end, rate, lost in _stretches(hazard, dropout):
        if time <= start:
            break
        gone = -expm1(-(rate + lost) * (min(time, end) - start))
        seen += left * gone * rate / (rate + lost) if rate else 0.0
        left *= 1 - gone
    return seen


def _seen_area(hazard: Hazard, dropout: Hazard, time: float) -> float:
    """That chance, added up from entry to a time."""
    area, seen, left = 0.0, 0.0, 1.0
    for start, end, rate, lost in _stretches(hazard, dropout):
        if time <= start:
            break
        long, both = min(time, end) - start, rate + lost
        gone = -expm1(-both * long)
        share = rate / both if rate else 0.0
        area += seen * long + (left * share * (long - gone / both) if rate else 0.0)
        seen += left * share * gone
        left *= 1 - gone
    return area
