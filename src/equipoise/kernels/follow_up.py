"""Follow-up: how long each person was watched, whether the event came, and the counts at each distinct time."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int, Real, Shaped

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


def counts(
    time: Real[np.ndarray, " people"],
    happened: Bool[np.ndarray, " people"],
    start: Real[np.ndarray, " people"] | None = None,
) -> Counts:
    """Count those at risk, with the event and censored at each distinct time.

    A person is at risk after `start`, up to and on the last day of follow-up, so that the censored still count among
    those at risk when an event falls on that day.

    Args:
        time: Follow-up from the origin, in any one unit, each at least 0.
        happened: Whether follow-up ended in the event (True) or in censoring (False).
        start: When each came under observation, if not at the origin.

    Raises:
        Inestimable: Nobody was followed, or a time is missing, infinite or negative.

    >>> counts(np.array([3.0, 2.0, 3.0, 5.0]), np.array([True, True, False, True])).at_risk
    array([4, 3, 1])
    """
    order, ranked, entry = ranked_times(time, happened, start)
    first = firsts(ranked)
    leaving = np.diff(np.append(first, len(ranked)))
    events = np.add.reduceat(np.asarray(happened)[order].astype(np.int64), first)
    present = len(ranked) if entry is None else np.searchsorted(np.sort(entry), ranked[first], side="left")
    return Counts(ranked[first], present - first, events, leaving - events)


def firsts(ranked: Float[np.ndarray, " people"]) -> Int[np.ndarray, " times"]:
    """Where each distinct one of rising times comes first."""
    return np.flatnonzero(np.concatenate(([True], ranked[1:] != ranked[:-1])))


def ranked_times(
    time: Real[np.ndarray, " people"],
    happened: Bool[np.ndarray, " people"],
    start: Real[np.ndarray, " people"] | None = None,
) -> tuple[Int[np.ndarray, " people"], Float[np.ndarray, " people"], Float[np.ndarray, " people"] | None]:
    """The order of the times, the times in that order, and the times of entry as people stand, near ties made ties.

    Raises:
        Inestimable: As `checked`.
    """
    if start is not None:
        time, entry = checked(time, happened, start)
        order = np.argsort(time)
        return order, time[order], entry
    time = _inspected(time, happened)
    order = np.argsort(time)
    return order, _level(time[order]), None


def members(
    labels: Shaped[np.ndarray, " people"], what: str, people: int
) -> tuple[Shaped[np.ndarray, " groups"], Int[np.ndarray, " people"]]:
    """The distinct labels, rising, and the place of each person's among them.

    Raises:
        Inestimable: A label is missing.
        ValueError: There is not one label a person.
    """
    labels = np.asarray(labels)
    if labels.shape != (people,):
        raise ValueError(f"one {what} a person, not {labels.shape} for {people} people")
    whole = labels.dtype.kind in "bui"
    if labels.dtype.kind == "O" and (absent := sum(each is None or each != each for each in labels)):
        raise Inestimable(f"the {what} of {absent} people is missing")
    if labels.dtype.kind == "f":
        if np.isnan(labels).any():
            raise Inestimable(f"the {what} of {int(np.isnan(labels).sum())} people is missing")
        whole = bool((np.abs(labels) < 2**31).all() and (labels == np.floor(labels)).all())
    if whole and people:
        # Whole numbers close together are counted, which is quicker than sorting a million of them.
        low = labels.min()
        if int(labels.max()) - int(low) <= people + 1024:
            place = (labels.astype(np.int64) - int(low)) if labels.dtype.kind in "bi" else (labels - low).astype(np.int64)
            found = np.bincount(place) > 0
            return np.flatnonzero(found).astype(labels.dtype) + low, (np.cumsum(found) - 1)[place]
    distinct, member = np.unique(labels, return_inverse=True)
    return distinct, member


@dataclass(frozen=True, slots=True)
class Layout:
    """Rows in the order of stratum, then time, as the loops take them.

    `order` brings rows into it. `moment` counts the distinct times, stratum after stratum, from 0; `edges` are where
    each stratum begins, and where the last one ends. `entry` is the last moment at which a row was not at risk yet, and
    `by_entry` the order of the rows by it; both are empty where all are at risk from the origin.
    """

    order: Int[np.ndarray, " rows"]
    moment: Int[np.ndarray, " rows"]
    edges: Int[np.ndarray, " bounds"]
    entry: Int[np.ndarray, " late"]
    by_entry: Int[np.ndarray, " late"]


def layout(
    time: Real[np.ndarray, " rows"],
    happened: Bool[np.ndarray, " rows"],
    start: Real[np.ndarray, " rows"] | None,
    layer: Int[np.ndarray, " rows"] | None,
) -> Layout:
    """Bring rows into the order of stratum, numbered from 0, and time.

    Raises:
        Inestimable: As `checked`.
    """
    order, ranked, since = ranked_times(time, happened, start)
    rows = len(ranked)
    edges, fresh = np.array([0, rows]), ranked[1:] != ranked[:-1]
    if layer is not None:
        small = layer.astype(np.int16) if layer.max() < 2**15 else layer
        again = np.argsort(small[order], kind="stable")
        order, ranked, layer = order[again], ranked[again], layer[order[again]]
        edges = np.searchsorted(layer, np.arange(layer[-1] + 2))
        fresh = (ranked[1:] != ranked[:-1]) | (layer[1:] != layer[:-1])
    moment = np.zeros(rows, dtype=np.int64)
    np.cumsum(fresh, out=moment[1:])
    if since is None:
        return Layout(order, moment, edges, np.empty(0, np.int64), np.empty(0, np.int64))
    distinct = np.unique(ranked)
    wide = 0 if layer is None else layer * (len(distinct) + 1)
    ends = (wide + np.searchsorted(distinct, ranked) + 1)[np.concatenate(([True], fresh))]
    begins = wide + np.searchsorted(distinct, since[order], side="right")
    entry = np.searchsorted(ends, begins, side="right") - 1
    return Layout(order, moment, edges, entry, np.argsort(entry, kind="stable"))


def weights(
    weight: Real[np.ndarray, " people"] | None, people: int
) -> tuple[Float[np.ndarray, " people"], Int[np.ndarray, " kept"] | slice]:
    """The weights, 1 where there were none given, and who takes part: those of weight above 0.

    Raises:
        Inestimable: A weight is missing, infinite or negative, or all are 0.
        ValueError: There is not one weight a person.
    """
    if weight is None:
        return np.ones(people), slice(None)
    w = np.asarray(weight, dtype=float)
    if w.shape != (people,):
        raise ValueError(f"one weight a person, not {w.shape} for {people} people")
    if not (np.isfinite(w).all() and (w >= 0).all()):
        raise Inestimable("a weight is missing, infinite or negative")
    if (w > 0).all():
        return w, slice(None)
    if not w.any():
        raise Inestimable("everyone's weight is 0")
    return w, np.flatnonzero(w > 0)


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
    time = _inspected(time, happened)
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


def _inspected(time: Real[np.ndarray, " people"], happened: Bool[np.ndarray, " people"]) -> Float[np.ndarray, " people"]:
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
    return time


def _people(which: Bool[np.ndarray, " people"]) -> str:
    number, first = int(which.sum()), int(np.argmax(which)) + 1
    return f"1 person (row {first}) has" if number == 1 else f"{number} people (row {first} first) have"


def _tied(*times: Float[np.ndarray, " people"]) -> tuple[Float[np.ndarray, " people"], ...]:
    """Times with each run of near-equal values replaced by the least of the run; the infinite stay as they are."""
    together = np.concatenate(times)
    finite = np.flatnonzero(np.isfinite(together))
    if (together[finite] == np.floor(together[finite])).all():
        return times
    order = finite[np.argsort(together[finite])]
    together[order] = _level(together[order])
    return tuple(np.split(together, len(times)))


def _level(ranked: Float[np.ndarray, " people"]) -> Float[np.ndarray, " people"]:
    """Rising times with each run of near-equal values replaced by the least of the run."""
    if (ranked == np.floor(ranked)).all():
        return ranked
    step = np.diff(ranked)
    mean = np.abs(np.concatenate((ranked[:1], ranked[1:][step > 0]))).mean()
    apart = step > NEAR * mean
    if np.array_equal(apart, step > 0):
        return ranked
    least = np.flatnonzero(np.concatenate(([True], apart)))
    return np.repeat(ranked[least], np.diff(np.append(least, len(ranked))))
