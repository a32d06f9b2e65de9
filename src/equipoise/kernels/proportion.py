"""A proportion with its limits."""

from dataclasses import dataclass

from scipy.special import betaincinv, ndtri

from .inestimable import Inestimable


@dataclass(frozen=True, slots=True)
class Proportion:
    """The share of people with the event, with limits."""

    estimate: float
    lower: float
    upper: float


def clopper_pearson(events: int, people: int, *, level: float = 0.95) -> Proportion:
    """The share with the event, with limits that cover at least at `level` whatever the truth.

    Raises:
        Inestimable: There is nobody.

    Source:
        Clopper and Pearson (1934), Biometrika 26:404-413.

    >>> clopper_pearson(0, 10).upper.__round__(4)
    0.3085
    """
    _check(events, people, level)
    tail = (1 - level) / 2
    lower = float(betaincinv(events, people - events + 1, tail)) if events > 0 else 0.0
    upper = float(betaincinv(events + 1, people - events, 1 - tail)) if events < people else 1.0
    return Proportion(events / people, lower, upper)


def wilson(events: int, people: int, *, level: float = 0.95) -> Proportion:
    """The share with the event, with limits that cover near `level` on average.

    Raises:
        Inestimable: There is nobody.

    Source:
        Wilson (1927), J Am Stat Assoc 22:209-212, without correction for continuity.

    >>> wilson(0, 10).upper.__round__(4)
    0.2775
    """
    _check(events, people, level)
    share, z2 = events / people, float(ndtri(0.5 + level / 2)) ** 2
    middle = (events + z2 / 2) / (people + z2)
    reach = (z2 * (share * (1 - share) * people + z2 / 4)) ** 0.5 / (people + z2)
    return Proportion(
        share,
        max(middle - reach, 0.0) if events > 0 else 0.0,
        min(middle + reach, 1.0) if events < people else 1.0,
    )


def _check(events: int, people: int, level: float) -> None:
    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1, not {level}")
    if people == 0:
        raise Inestimable("there is nobody to take a proportion of")
    if not 0 <= events <= people:
        raise ValueError(f"{events} of {people} is no proportion")
