"""Survival by Kaplan and Meier, and what is read off the curve.

The curve stands on its last follow-up: past it, unless everyone had the event, survival, restricted means and numbers
are not guessed. Before the first event the curve is 1.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int, Real

from .follow_up import NEAR, counts
from .inestimable import Inestimable
from .limits import Scale, limits


@dataclass(frozen=True, slots=True)
class KaplanMeier:
    """Survival just after each distinct time of follow-up, rising.

    `variance` is Greenwood's, of survival; `log_variance` the same of its logarithm. Where survival is 0 neither can
    be estimated, and they are not a number and infinite.
    """

    time: Float[np.ndarray, " times"]
    at_risk: Int[np.ndarray, " times"]
    events: Int[np.ndarray, " times"]
    censored: Int[np.ndarray, " times"]
    survival: Float[np.ndarray, " times"]
    variance: Float[np.ndarray, " times"]
    log_variance: Float[np.ndarray, " times"]


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


def kaplan_meier(time: Real[np.ndarray, " people"], happened: Bool[np.ndarray, " people"]) -> KaplanMeier:
    """Estimate the chance of having no event past each time.

    Args:
        time: Follow-up from the origin, in any one unit, each at least 0.
        happened: Whether follow-up ended in the event (True) or in censoring (False).

    Raises:
        Inestimable: Nobody was followed, or a time is missing, infinite or negative.

    Source:
        Kaplan and Meier (1958), J Am Stat Assoc 53:457-481; variance by Greenwood (1926), Reports on Public Health
        and Medical Subjects 33.

    >>> time, died = np.array([2.0, 3.0, 3.0, 5.0, 8.0]), np.array([True, True, False, True, False])
    >>> kaplan_meier(time, died).survival
    array([0.8, 0.6, 0.3, 0.3])
    """
    at = counts(time, happened)
    left = at.at_risk - at.events
    survival = np.cumprod(left / at.at_risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        log_variance = np.cumsum(at.events / (at.at_risk * left.astype(float)))
        variance = survival**2 * log_variance
    return KaplanMeier(at.time, at.at_risk, at.events, at.censored, survival, variance, log_variance)


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


def at_risk(curve: KaplanMeier, times: Real[np.ndarray, " asked"]) -> Int[np.ndarray, " asked"]:
    """How many were still followed on the day of each of `times`, and free of the event until then.

    >>> curve = kaplan_meier(np.array([2.0, 3.0, 3.0, 5.0]), np.array([True, True, False, True]))
    >>> at_risk(curve, np.array([0, 3, 4, 6]))
    array([4, 3, 1, 0])
    """
    return np.append(curve.at_risk, 0)[np.searchsorted(curve.time, times, side="left")]


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
    return RestrictedMean(float(areas.sum()), float(terms.sum()))
