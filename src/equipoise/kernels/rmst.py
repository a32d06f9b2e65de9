"""Restricted mean times without the event, in several groups, and what sets them apart.

No proportional hazards are assumed: a difference of restricted means is the days won up to the horizon.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int, Real, Shaped
from scipy.special import chdtrc, ndtr, ndtri

from .cox import ChiSquare
from .inestimable import Inestimable
from .kaplan_meier import kaplan_meier, restricted_mean


@dataclass(frozen=True, slots=True)
class RestrictedMeans:
    """The mean time without the event up to the horizon in each group, in rising order of labels, and its variance."""

    group: Shaped[np.ndarray, " groups"]
    horizon: float
    people: Int[np.ndarray, " groups"]
    mean: Float[np.ndarray, " groups"]
    variance: Float[np.ndarray, " groups"]

    @property
    def lost(self) -> Float[np.ndarray, " groups"]:
        """The mean time lost to the event up to the horizon."""
        return np.asarray(self.horizon - self.mean)


@dataclass(frozen=True, slots=True)
class Contrast:
    """One group against the reference: an estimate with its limits, and the chance of one as far from no difference.

    `se` is on the scale on which the limits are symmetric: plain for a difference, logarithmic for a ratio.
    """

    estimate: float
    lower: float
    upper: float
    se: float
    p: float


def restricted_means(
    time: Real[np.ndarray, " people"],
    happened: Bool[np.ndarray, " people"],
    group: Shaped[np.ndarray, " people"],
    horizon: float,
) -> RestrictedMeans:
    """Estimate the restricted mean of each group.

    Args:
        time: Follow-up from the origin, in any one unit, each at least 0.
        happened: Whether follow-up ended in the event (True) or in censoring (False).
        group: What is compared.
        horizon: Up to when, in the unit of the times; every group has to be followed as long.

    Raises:
        Inestimable: In a group follow-up ended, with people left, before the horizon; or a time is missing.

    Source:
        Royston and Parmar (2013), BMC Med Res Methodol 13:152; Uno et al. (2014), J Clin Oncol 32:2380-2385; variance
        without the factor m / (m - 1), as in R's survRM2.

    >>> time, died = np.array([1.0, 2.0, 2.0, 2.0]), np.array([True, False, True, False])
    >>> restricted_means(time, died, np.array(["a", "a", "b", "b"]), 2.0).mean
    array([1.5, 2. ])
    """
    group, time, happened = np.asarray(group), np.asarray(time), np.asarray(happened)
    if group.shape != time.shape or group.ndim != 1:
        raise ValueError(f"one group a person, not {group.shape} for {time.shape}")
    if not len(group):
        raise Inestimable("nobody was followed")
    if group.dtype.kind == "f" and np.isnan(group).any():
        raise Inestimable(f"the group of {int(np.isnan(group).sum())} people is missing")
    labels, member = np.unique(group, return_inverse=True)
    found = []
    for index, label in enumerate(labels):
        inside = member == index
        try:
            found.append(restricted_mean(kaplan_meier(time[inside], happened[inside]), horizon))
        except Inestimable as why:
            raise Inestimable(f"{why.says} (group {label})") from None
    return RestrictedMeans(
        labels,
        float(horizon),
        np.bincount(member),
        np.array([each.mean for each in found]),
        np.array([each.variance for each in found]),
    )


def difference(means: RestrictedMeans, group: object, reference: object, *, level: float = 0.95) -> Contrast:
    """How much longer a group is without the event than the reference."""
    a, b = _two(means, group, reference, level)
    se = float(np.sqrt(means.variance[a] + means.variance[b]))
    if not se > 0:
        raise Inestimable("nobody in either group had the event before the horizon, or all had it at once")
    gap = float(means.mean[a] - means.mean[b])
    reach = float(ndtri(0.5 + level / 2)) * se
    return Contrast(gap, gap - reach, gap + reach, se, 2 * float(ndtr(-abs(gap / se))))


def ratio(means: RestrictedMeans, group: object, reference: object, *, level: float = 0.95) -> Contrast:
    """How many times as long a group is without the event as the reference."""
    a, b = _two(means, group, reference, level)
    return _ratio(means.mean, means.variance, a, b, level, "is without the event for any time")


def ratio_lost(means: RestrictedMeans, group: object, reference: object, *, level: float = 0.95) -> Contrast:
    """How many times as much time a group loses to the event as the reference."""
    a, b = _two(means, group, reference, level)
    return _ratio(means.lost, means.variance, a, b, level, "loses any time before the horizon")


def equal_means(means: RestrictedMeans) -> ChiSquare:
    """Wald's test that the restricted mean is the same in all groups.

    Raises:
        Inestimable: There is one group, or a group has no variance.
    """
    if len(means.group) < 2:
        raise Inestimable("there is one group, and nothing to compare it with")
    if (means.variance <= 0).sum() > 1:
        raise Inestimable("in several groups nobody had the event before the horizon, or all had it at once")
    apart = np.column_stack((-np.ones(len(means.group) - 1), np.eye(len(means.group) - 1)))
    gaps = apart @ means.mean
    statistic = float(gaps @ np.linalg.solve(apart * means.variance @ apart.T, gaps))
    return ChiSquare(statistic, len(gaps), float(chdtrc(len(gaps), statistic)))


def _two(means: RestrictedMeans, group: object, reference: object, level: float) -> tuple[int, int]:
    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1, not {level}")
    labels = means.group.tolist()
    for each in (group, reference):
        if each not in labels:
            raise ValueError(f"{each!r} is not one of the groups {labels}")
    return labels.index(group), labels.index(reference)


def _ratio(
    value: Float[np.ndarray, " groups"], variance: Float[np.ndarray, " groups"], a: int, b: int, level: float, what: str
) -> Contrast:
    if not (value[a] > 0 and value[b] > 0):
        raise Inestimable(f"in one of the groups nobody {what}")
    se = float(np.sqrt(variance[a] / value[a] ** 2 + variance[b] / value[b] ** 2))
    if not se > 0:
        raise Inestimable("nobody in either group had the event before the horizon, or all had it at once")
    apart = float(np.log(value[a] / value[b]))
    reach = float(ndtri(0.5 + level / 2)) * se
    lower, middle, upper = map(float, np.exp((apart - reach, apart, apart + reach)))
    return Contrast(middle, lower, upper, se, 2 * float(ndtr(-abs(apart / se))))
