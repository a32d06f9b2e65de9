"""The difference of two shares with limits that stay between −1 and 1, whatever the shares."""

from dataclasses import dataclass

from .proportion import wilson


@dataclass(frozen=True, slots=True)
class Difference:
    """The first share less the second, with limits."""

    estimate: float
    lower: float
    upper: float


def newcombe(events: int, people: int, other_events: int, other_people: int, *, level: float = 0.95) -> Difference:
    """The difference of two independent shares, with limits from Wilson's limits of each.

    Args:
        events: How many of the first group had the event.
        people: How many the first group has.
        other_events: How many of the second group had it.
        other_people: How many the second group has.
        level: The coverage asked for, between 0 and 1; near it on average, not at least.

    Raises:
        Inestimable: One of the groups is empty.

    Source:
        Newcombe (1998), Stat Med 17:873-890, method 10.

    >>> newcombe(56, 70, 48, 80).lower.__round__(4)
    0.0524
    """
    one, other = (wilson(*each, level=level) for each in ((events, people), (other_events, other_people)))
    gap = one.estimate - other.estimate
    below = ((one.estimate - one.lower) ** 2 + (other.upper - other.estimate) ** 2) ** 0.5
    above = ((one.upper - one.estimate) ** 2 + (other.estimate - other.lower) ** 2) ** 0.5
    return Difference(gap, gap - below, gap + above)
