"""Follow-up: how long each person was watched, whether the event came, and the counts at each distinct time."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int, Real

from .inestimable import Inestimable

NEAR = 2.0**-26
"""Times closer than this part of their mean are one time: the square root of a double's rounding, as in R."""


@dataclass(frozen=True, slots=True)
class Counts:
    """At each distinct time of follow-up, rising: how many are at risk, have the event, are censored."""

    time: Float[np.ndarray, " times"]
    at_risk: Int[np.ndarray, " times"]
    events: Int[np.ndarray, " times"]
    censored: Int[np.ndarray, " times"]


def counts(time: Real[np.ndarray, " people"], happened: Bool[np.ndarray, " people"]) -> Counts:
    """Count those at risk, with the event and censored at each distinct time.

    A person is at risk up to and on the last day of follow-up, so that the censored still count among those at risk
    when an event falls on that day.

    Args:
        time: Follow-up from the origin, in any one unit, each at least 0.
        happened: Whether follow-up ended in the event (True) or in censoring (False).

    Raises:
        Inestimable: Nobody was followed, or a time is missing, infinite or negative.

    >>> counts(np.array([3.0, 2.0, 3.0, 5.0]), np.array([True, True, False, True])).at_risk
    array([4, 3, 1])
    """
    time, _ = checked(time, happened)
    order = np.argsort(time)
    ranked = time[order]
    first = np.flatnonzero(np.concatenate(([True], ranked[1:] != ranked[:-1])))
    leaving = np.diff(np.append(first, len(ranked)))
    events = np.add.reduceat(happened[order].astype(np.int64), first)
    return Counts(ranked[first], len(ranked) - first, events, leaving - events)


def checked(
    time: Real[np.ndarray, " people"],
    happened: Bool[np.ndarray, " people"],
    start: Real[np.ndarray, " people"] | None = None,
) -> tuple[Float[np.ndarray, " people"], Float[np.ndarray, " people"]]:
    """The times, and the times of entry (minus infinity where there were none given), with near ties made ties.

    Two times that differ only by rounding, such as 0.1 + 0.2 and 0.3, are one time.

    Raises:
        Inestimable: Nobody was followed, a time is missing, infinite or negative, or an interval does not end after
            it starts.
        ValueError: The arrays differ in length, or `happened` is not true or false.
    """
    time, happened = np.asarray(time, dtype=float), np.asarray(happened)
    if happened.dtype != bool:
        raise ValueError(f"whether the event happened is True or False, not {happened.dtype}")
    if time.shape != happened.shape or time.ndim != 1:
        raise ValueError(f"one time and one event a person, not {time.shape} and {happened.shape}")
    if not len(time):
        raise Inestimable("nobody was followed")
    if not np.isfinite(time).all():
        raise Inestimable(f"{_people(~np.isfinite(time))} no finite time of follow-up")
    if (time < 0).any():
        raise Inestimable(f"{_people(time < 0)} a negative time of follow-up, {time.min():g} at the least")
    if start is None:
        (time,) = _tied(time)
        return time, np.full(len(time), -np.inf)
    start = np.asarray(start, dtype=float)
    if start.shape != time.shape:
        raise ValueError(f"one start a person, not {start.shape} for {time.shape}")
    if np.isnan(start).any() or (start == np.inf).any():
        raise Inestimable(f"{_people(np.isnan(start) | (start == np.inf))} no time of entry")
    time, start = _tied(time, start)
    if (start >= time).any():
        raise Inestimable(f"{_people(start >= time)} a follow-up that ends no later than it starts")
    return time, start


def _people(which: Bool[np.ndarray, " people"]) -> str:
    number, first = int(which.sum()), int(np.argmax(which)) + 1
    return f"1 person (row {first}) has" if number == 1 else f"{number} people (row {first} first) have"


def _tied(*times: Float[np.ndarray, " people"]) -> tuple[Float[np.ndarray, " people"], ...]:
    """Times with each run of near-equal values replaced by the least of the run."""
    together = np.concatenate(times)
    together = together[np.isfinite(together)]
    if (together == np.floor(together)).all():
        return times
    distinct = np.unique(together)
    near = np.diff(distinct) <= NEAR * np.abs(distinct).mean()
    if not near.any():
        return times
    kept = distinct[np.concatenate(([True], ~near))]
    return tuple(np.where(np.isfinite(t), kept[np.searchsorted(kept, t, side="right") - 1], t) for t in times)
