"""Recurrent events: how many a person has had, on average, by each time."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int, Real, Shaped
from scipy.special import ndtri

from .follow_up import checked
from .inestimable import Inestimable
from .limits import Scale


@dataclass(frozen=True, slots=True)
class MeanCumulative:
    """The mean number of events a person just after each distinct time of an event, rising, and its variance.

    `variance` is between people, whose events may hang together; `poisson_variance` what it would be if they did not.
    """

    time: Float[np.ndarray, " times"]
    at_risk: Int[np.ndarray, " times"]
    events: Int[np.ndarray, " times"]
    mean: Float[np.ndarray, " times"]
    variance: Float[np.ndarray, " times"]
    poisson_variance: Float[np.ndarray, " times"]
    people: int


def mean_cumulative(
    time: Real[np.ndarray, " rows"],
    happened: Bool[np.ndarray, " rows"],
    person: Shaped[np.ndarray, " rows"],
    *,
    start: Real[np.ndarray, " rows"] | None = None,
) -> MeanCumulative:
    """Estimate the mean number of events, from stretches of follow-up that each end in one event or in none.

    A person is at risk after `start`, up to `time`, of each row. Nothing ends follow-up but its end: where death does,
    this is the mean among the living summed up, and not the mean that people come to have.

    Args:
        time: When the stretch ended, from the origin, in any one unit, each at least 0.
        happened: Whether it ended in an event (True) or not (False).
        person: Whose stretch it is.
        start: When it began; without it everyone has one row, from the origin.

    Raises:
        Inestimable: Nobody had an event, a time is missing or impossible, or a person's stretches overlap.

    Source:
        Nelson (1988), J Qual Technol 20:24-35; Lawless and Nadeau (1995), Technometrics 37:158-168, also for the
        variance; as `cumhaz` of R's `survfit` with an `id`.

    >>> time, start = np.array([2.0, 5.0, 4.0]), np.array([0.0, 2.0, 0.0])
    >>> mean_cumulative(time, np.array([True, False, True]), np.array([1, 1, 2]), start=start).mean
    array([0.5, 1. ])
    """
    time, entry = checked(time, happened, start)
    happened, person = np.asarray(happened), np.asarray(person)
    who = apart(time, entry, person)
    if not happened.any():
        raise Inestimable("nobody had an event")
    moments, of = np.unique(time[happened], return_inverse=True)
    number = np.bincount(of)
    # Who has not left, less who has not come.
    risk = (len(time) - np.searchsorted(np.sort(time), moments, side="left")).astype(float)
    risk -= len(entry) - np.searchsorted(np.sort(entry), moments, side="left")
    mean = np.cumsum(number / risk)

    # A person's share of the error: 1 / Y for each own event, less the sum of d / Y^2 over the times at risk. `fall` is
    # that sum. Of each row: what was carried into it from the person's earlier rows.
    step = number / risk**2
    fall = np.concatenate(([0.0], np.cumsum(step)))
    since = fall[np.searchsorted(moments, entry, side="right")]
    until = fall[np.searchsorted(moments, time, side="right")]
    gain = np.zeros(len(time))
    gain[happened] = 1 / risk[of]
    order = np.lexsort((time, who))
    total = np.concatenate(([0.0], np.cumsum((gain - (until - since))[order])))
    first = np.searchsorted(who[order], who[order], side="left")
    carried = np.empty(len(time))
    carried[order] = total[:-1] - total[first]

    # The sum over people of the squared share, as it changes at each time of an event.
    level = carried + since
    ends, begins = np.argsort(time, kind="stable"), np.argsort(entry, kind="stable")
    here = _tail(level[ends])[np.searchsorted(time[ends], moments, side="left")]
    here -= _tail(level[begins])[np.searchsorted(entry[begins], moments, side="left")]
    before = fall[:-1]
    own = np.bincount(of, weights=level[happened]) - number * before
    change = risk * step**2 - 2 * step * (here - risk * before)
    change += number / risk**2 + 2 / risk * (own - number * step)
    return MeanCumulative(
        moments,
        risk.astype(np.int64),
        number,
        mean,
        np.maximum(np.cumsum(change), 0.0),
        np.cumsum(step),
        int(who.max()) + 1,
    )


def mean_limits(
    curve: MeanCumulative, *, scale: Scale = "log", level: float = 0.95
) -> tuple[Float[np.ndarray, " times"], Float[np.ndarray, " times"]]:
    """Lower and upper limits of the mean at each time, symmetric on the log scale or plain and kept above 0.

    Not a number where people do not differ: one person alone tells nothing of the error.
    """
    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1, not {level}")
    if scale not in ("log", "plain"):
        raise ValueError(f"{scale!r} is not one of log, plain")
    known = np.where(curve.variance > 0, curve.variance, np.nan)
    reach = float(ndtri(0.5 + level / 2)) * np.sqrt(known)
    if scale == "plain":
        return np.maximum(curve.mean - reach, 0.0), curve.mean + reach
    factor = np.exp(reach / curve.mean)
    return curve.mean / factor, curve.mean * factor


def apart(
    time: Float[np.ndarray, " rows"], start: Float[np.ndarray, " rows"], person: Shaped[np.ndarray, " rows"]
) -> Int[np.ndarray, " rows"]:
    """The number of each row's person, once it is known that no person's stretches overlap.

    Raises:
        Inestimable: Two stretches of one person overlap.
    """
    if person.shape != time.shape:
        raise ValueError(f"one person a row, not {person.shape} for {len(time)} rows")
    if person.dtype.kind == "f" and np.isnan(person).any():
        raise Inestimable(f"the person of {int(np.isnan(person).sum())} rows is missing")
    labels, who = np.unique(person, return_inverse=True)
    order = np.lexsort((time, who))
    same = who[order][1:] == who[order][:-1]
    overlaps = same & (start[order][1:] < time[order][:-1])
    if overlaps.any():
        raise Inestimable(f"stretches of follow-up of person {labels[who[order][1:][overlaps][0]]} overlap")
    return np.asarray(who)


def _tail(values: Float[np.ndarray, " rows"]) -> Float[np.ndarray, " more"]:
    return np.concatenate((np.cumsum(values[::-1])[::-1], [0.0]))
