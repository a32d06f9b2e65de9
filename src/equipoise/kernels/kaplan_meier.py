"""Survival by Kaplan and Meier, and what is read off the curve.

The curve stands on its last follow-up: past it, unless everyone had the event, survival, restricted means and numbers
are not guessed. Before the first event the curve is 1.

With weights the counts are sums of weights, and the variance is taken from the scatter of the people (the infinitesimal
jackknife), for Greenwood's takes a weight of 2 for two people.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Real

from .follow_up import NEAR, checked, counts, weights
from .inestimable import Inestimable
from .limits import Scale, limits

NOBODY = (np.zeros(0), np.zeros(0, dtype=int))
"""Nobody came late."""


@dataclass(frozen=True, slots=True)
class KaplanMeier:
    """Survival just after each distinct time of follow-up, rising.

    `variance` is Greenwood's, of survival; `log_variance` the same of its logarithm. Where survival is 0 neither can
    be estimated, and they are not a number and infinite. With weights, counts are sums of weights. `entered` are the
    times of those who came late, rising, each with the sum of weights that had come late by then; elsewhere empty.
    """

    time: Float[np.ndarray, " times"]
    at_risk: Real[np.ndarray, " times"]
    events: Real[np.ndarray, " times"]
    censored: Real[np.ndarray, " times"]
    survival: Float[np.ndarray, " times"]
    variance: Float[np.ndarray, " times"]
    log_variance: Float[np.ndarray, " times"]
    entered: tuple[Float[np.ndarray, " late"], Real[np.ndarray, " late"]] = NOBODY
    is_weighted: bool = False


@dataclass(frozen=True, slots=True)
class Estimates:
    """Estimates with their limits, one each for what was asked."""

    estimate: Float[np.ndarray, " asked"]
    lower: Float[np.ndarray, " asked"]
    upper: Float[np.ndarray, " asked"]


@dataclass(frozen=True, slots=True)
class RestrictedMean:
    """The mean time without the event up to the horizon, and its variance."""

    mean: float
    variance: float


def kaplan_meier(
    time: Real[np.ndarray, " people"],
    happened: Bool[np.ndarray, " people"],
    *,
    start: Real[np.ndarray, " people"] | None = None,
    weight: Real[np.ndarray, " people"] | None = None,
) -> KaplanMeier:
    """Estimate the chance of having no event past each time.

    Args:
        time: Follow-up from the origin, in any one unit, each at least 0.
        happened: Whether follow-up ended in the event (True) or in censoring (False).
        start: When each came under observation, if not at the origin: at risk after `start`, up to `time`.
        weight: How much each person counts, each at least 0; a person of weight 0 takes no part.

    Raises:
        Inestimable: Nobody was followed, or a time or weight is missing, infinite or negative; or, with `start`, all who
            had come had the event before the others came, after which survival would be 0 whatever they did.

    Source:
        Kaplan and Meier (1958), J Am Stat Assoc 53:457-481; variance by Greenwood (1926), Reports on Public Health
        and Medical Subjects 33; with weights by the infinitesimal jackknife, as R's `survfit(robust = TRUE)`.

    >>> time, died = np.array([2.0, 3.0, 3.0, 5.0, 8.0]), np.array([True, True, False, True, False])
    >>> kaplan_meier(time, died).survival
    array([0.8, 0.6, 0.3, 0.3])
    """
    if weight is not None:
        return _weighted(time, happened, start, weight)
    at = counts(time, happened, start)
    left = at.at_risk - at.events
    _still_followed(at.time, left == 0)
    survival = np.cumprod(left / at.at_risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        log_variance = np.cumsum(at.events / (at.at_risk * left.astype(float)))
        variance = survival**2 * log_variance
    entered = NOBODY if start is None else _entered(np.asarray(start, dtype=float), None)
    return KaplanMeier(at.time, at.at_risk, at.events, at.censored, survival, variance, log_variance, entered)


def _weighted(
    time: Real[np.ndarray, " people"],
    happened: Bool[np.ndarray, " people"],
    start: Real[np.ndarray, " people"] | None,
    weight: Real[np.ndarray, " people"],
) -> KaplanMeier:
    time, entry = checked(time, happened, start)
    w, kept = weights(weight, len(time))
    time, entry, happened, w = time[kept], entry[kept], np.asarray(happened)[kept], w[kept]
    moments, row = np.unique(time, return_inverse=True)
    since = np.searchsorted(moments, entry, side="right")

    def ended(values: Real[np.ndarray, " people"]) -> Float[np.ndarray, " times"]:
        return np.bincount(row, values, minlength=len(moments))

    def present(values: Real[np.ndarray, " people"]) -> Float[np.ndarray, " times"]:
        """The sum over those at risk at each time: who ends then or later, less who enters then or later."""
        came = np.bincount(since, values, minlength=len(moments) + 1)[1:]
        return np.cumsum(ended(values)[::-1])[::-1] - np.cumsum(came[::-1])[::-1]

    ones = np.ones(len(w))
    # Where everyone at risk has the event nobody is left: exactly, whatever the weights add up to.
    over = present(ones) == ended(ones * happened)
    _still_followed(moments, over)
    at_risk, events = present(w), ended(w * happened)
    left = np.where(over, 0.0, at_risk - events)
    survival = np.cumprod(left / at_risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        # What a person adds to the logarithm of survival: their weight times each hazard lived through, less what their
        # own event takes off. Once they have left it stands still; until then its square opens into running sums.
        hazard = np.cumsum(events / (at_risk * left))
        before = np.concatenate(([0.0], hazard))
        own = w * (before[row + 1] - before[since] - np.where(happened, 1 / left[row], 0.0))
        gone = np.cumsum(ended(own**2))
        stay, stay_1, stay_2 = (present(part) - ended(part) for part in (w**2, w**2 * before[since], (w * before[since]) ** 2))
        log_variance = gone + np.maximum(hazard**2 * stay - 2 * hazard * stay_1 + stay_2, 0.0)
        log_variance[over] = np.inf
        variance = survival**2 * log_variance
    entered = NOBODY if start is None else _entered(entry, w)
    return KaplanMeier(moments, at_risk, events, ended(w) - events, survival, variance, log_variance, entered, True)


def _entered(
    start: Float[np.ndarray, " people"], weight: Float[np.ndarray, " people"] | None
) -> tuple[Float[np.ndarray, " late"], Real[np.ndarray, " late"]]:
    """Who came after the origin. To enter at the origin is to be there from it: nothing can happen before."""
    late = np.flatnonzero(start > 0)
    late = late[np.argsort(start[late], kind="stable")]
    return start[late], np.arange(1, len(late) + 1) if weight is None else np.cumsum(weight[late])


def _still_followed(time: Float[np.ndarray, " times"], over: Bool[np.ndarray, " times"]) -> None:
    """Refuse a curve that comes to 0 while others are still to come, as it does when few have entered yet."""
    if over[:-1].any():
        raise Inestimable(
            f"at {time[np.argmax(over)]:g} everyone who had entered had had the event, and others entered later: survival "
            "cannot be told from so few"
        )


def survival_limits(
    curve: KaplanMeier, *, scale: Scale = "log", level: float = 0.95
) -> tuple[Float[np.ndarray, " times"], Float[np.ndarray, " times"]]:
    """Lower and upper limits of survival at each time of the curve."""
    return limits(curve.survival, np.sqrt(curve.log_variance), scale=scale, level=level)


def survival_at(
    curve: KaplanMeier, times: Real[np.ndarray, " asked"], *, scale: Scale = "log", level: float = 0.95
) -> Estimates:
    """Survival just after each of `times`, with limits; not a number once follow-up has ended with people left."""
    index = np.searchsorted(curve.time, times, side="right")
    unknown = (np.asarray(times) > curve.time[-1]) & (curve.survival[-1] > 0)

    def read(values: Float[np.ndarray, " times"]) -> Float[np.ndarray, " asked"]:
        return np.where(unknown, np.nan, np.concatenate(([1.0], values))[index])

    return Estimates(read(curve.survival), *map(read, survival_limits(curve, scale=scale, level=level)))


def at_risk(curve: KaplanMeier, times: Real[np.ndarray, " asked"]) -> Real[np.ndarray, " asked"]:
    """How many were followed on the day of each of `times`, and free of the event until then.

    >>> curve = kaplan_meier(np.array([2.0, 3.0, 3.0, 5.0]), np.array([True, True, False, True]))
    >>> at_risk(curve, np.array([0, 3, 4, 6]))
    array([4, 3, 1, 0])
    """
    coming, came = curve.entered
    place = np.searchsorted(curve.time, times, side="left")
    later = np.append(curve.at_risk, 0)[place]
    if not len(coming):
        return later
    # Less who entered from then until the next end of follow-up.
    until, so_far = np.append(curve.time, np.inf)[place], np.append(0, came)
    between = so_far[np.searchsorted(coming, until, side="left")] - so_far[np.searchsorted(coming, times, side="left")]
    return np.where(place < len(curve.time), later - between, 0)


def quantiles(
    curve: KaplanMeier, shares: Float[np.ndarray, " asked"], *, scale: Scale = "log", level: float = 0.95
) -> Estimates:
    """The time by which each share of people has had the event: 0.5 for the median.

    It is the first time at which survival is below 1 - share. Where the curve is flat at exactly 1 - share, it is the
    middle of that stretch. The limits are read in the same way off the limits of the curve. What the curve does not
    reach is not a number.

    Source:
        Brookmeyer and Crowley (1982), Biometrics 38:29-41; the middle of a flat stretch as R's `quantile.survfit`.

    >>> curve = kaplan_meier(np.array([1.0, 2.0, 3.0, 4.0]), np.array([True, True, True, True]))
    >>> quantiles(curve, np.array([0.5])).estimate
    array([2.5])
    """
    shares = np.asarray(shares, dtype=float)
    if not ((shares > 0) & (shares < 1)).all():
        raise ValueError(f"a share lies between 0 and 1, not {shares}")
    lower, upper = survival_limits(curve, scale=scale, level=level)
    return Estimates(*(_crossing(curve.time, height, 1 - shares) for height in (curve.survival, lower, upper)))


def _crossing(
    time: Float[np.ndarray, " times"], height: Float[np.ndarray, " times"], level: Float[np.ndarray, " asked"]
) -> Float[np.ndarray, " asked"]:
    """Where a falling curve crosses each level; heights that are not a number are passed over."""
    known = ~np.isnan(height)
    if not known.any():
        return np.full(len(level), np.nan)
    time, last = time[known], time[-1]
    # A limit may rise again late in the curve; what counts is when it first came down to the level.
    fallen = -np.minimum.accumulate(height[known])
    reached = np.searchsorted(fallen, -level - NEAR, side="left")
    passed = np.searchsorted(fallen, -level + NEAR, side="right")
    beyond = np.append(time, last)
    crossed: Float[np.ndarray, " asked"] = np.where(reached < len(time), (beyond[reached] + beyond[passed]) / 2, np.nan)
    return crossed


def restricted_mean(curve: KaplanMeier, horizon: float) -> RestrictedMean:
    """The mean time without the event in the first `horizon` of follow-up: the area under the curve.

    With weights its variance is not a number; a bootstrap has one.

    Raises:
        Inestimable: Follow-up ended, with people left, before the horizon.

    Source:
        Irwin (1949), J Hyg 47:188-189; variance as Klein and Moeschberger (2003), Survival Analysis, section 4.5.

    >>> restricted_mean(kaplan_meier(np.array([1.0, 2.0]), np.array([True, True])), 2.0).mean
    1.5
    """
    if not horizon > 0:
        raise ValueError(f"a horizon is above 0, not {horizon}")
    if horizon > curve.time[-1] and curve.survival[-1] > 0:
        raise Inestimable(f"follow-up ended at {curve.time[-1]:g}, before the horizon of {horizon:g}")
    before = curve.time < horizon
    bounds = np.concatenate(([0.0], curve.time[before], [horizon]))
    areas = np.diff(bounds) * np.concatenate(([1.0], curve.survival[before]))
    after = np.cumsum(areas[::-1])[::-1][1:]
    risk, events = curve.at_risk[before], curve.events[before]
    left = risk - events
    # Where all at risk have the event nothing is left under the curve, and the term is 0.
    terms = np.where(left > 0, after**2 * events / (risk * np.maximum(left, 1.0)), 0.0)
    return RestrictedMean(float(areas.sum()), np.nan if curve.is_weighted else float(terms.sum()))
