"""How alike two sides are, one covariate at a time: before anything is done, and with weights after.

The standardised difference is the weighted difference of means, the treated less the untreated, in standard deviations
of the unweighted covariate: before and after are measured with one rule. A covariate of two values, 0 and 1, has the
variance p (1 - p); any other, the sample's.
"""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from jaxtyping import Bool, Float, Real

from .inestimable import Inestimable

Yardstick = Literal["pooled", "treated"]
"""Whose standard deviation: the root of the mean of both sides' variances, or the treated's."""


@dataclass(frozen=True, slots=True)
class Balance:
    """One covariate on two sides.

    `difference` is standardised, not a number where the covariate does not vary. `variance_ratio` is of the treated to
    the untreated; not a number for a covariate of two values. `gap` and `greatest_gap` are the mean and the greatest
    distance of the two cumulative distributions, over the values that occur.
    """

    treated: float
    untreated: float
    difference: float
    variance_ratio: float
    gap: float
    greatest_gap: float


def balance(
    values: Real[np.ndarray, " people"],
    treated: Bool[np.ndarray, " people"],
    weight: Real[np.ndarray, " people"] | None = None,
    *,
    by: Yardstick = "pooled",
) -> Balance:
    """How a covariate differs between two sides.

    Args:
        values: The covariate, without gaps.
        treated: Who is treated.
        weight: How much each person counts; those of weight 0 do not, but the yardstick is everyone's.
        by: Whose standard deviation is the yardstick.

    Raises:
        Inestimable: A side is empty or of no weight, or a value is missing.

    Source:
        Austin (2009), Stat Med 28:3083-3107; distances of distributions as in R's `MatchIt`.

    >>> round(balance(np.array([3.0, 5.0, 1.0, 3.0]), np.array([True, True, False, False])).difference, 4)
    1.4142
    """
    x, t = np.asarray(values, dtype=float), np.asarray(treated)
    if t.dtype != bool or x.shape != t.shape:
        raise ValueError(f"one value and one side a person, not {x.shape} and {t.dtype} {t.shape}")
    if by not in get_args(Yardstick):
        raise ValueError(f"{by!r} is not one of {', '.join(get_args(Yardstick))}")
    w = np.ones(len(x)) if weight is None else np.asarray(weight, dtype=float)
    if w.shape != x.shape:
        raise ValueError(f"one weight a person, not {w.shape} for {len(x)} people")
    if not np.isfinite(x).all():
        raise Inestimable(f"the value of {int((~np.isfinite(x)).sum())} people is missing")
    if not (np.isfinite(w).all() and (w >= 0).all()):
        raise Inestimable("a weight is missing, infinite or negative")
    if not w[t].sum() > 0 or not w[~t].sum() > 0:
        raise Inestimable("one of the sides is empty")
    binary = bool(np.isin(x, (0.0, 1.0)).all())
    ones = np.ones(len(x))
    own, other = (_variance(x[side], ones[side], binary) for side in (t, ~t))
    yard = float(np.sqrt((own + other) / 2 if by == "pooled" else own))
    ours, theirs = (float(w[side] @ x[side] / w[side].sum()) for side in (t, ~t))
    gap = ours - theirs
    small = 1e-12 * max(abs(ours), abs(theirs))
    standard = gap / yard if yard > small else (0.0 if abs(gap) <= small else np.nan)
    ratio = np.nan
    if not binary:
        upper, lower = (_variance(x[side], w[side], binary) for side in (t, ~t))
        ratio = upper / lower if lower > 0 else np.nan
    mean, most = _gaps(x, t, w, binary)
    return Balance(ours, theirs, float(standard), float(ratio), mean, most)


def _variance(x: Float[np.ndarray, " some"], w: Float[np.ndarray, " some"], binary: bool) -> float:
    share = w / w.sum()
    mean = float(share @ x)
    if binary:
        return mean * (1 - mean)
    left = 1 - float(share @ share)
    return float(share @ (x - mean) ** 2) / left if left > 1e-12 else np.nan


def _gaps(
    x: Float[np.ndarray, " people"], t: Bool[np.ndarray, " people"], w: Float[np.ndarray, " people"], binary: bool
) -> tuple[float, float]:
    values, at = np.unique(x, return_inverse=True)
    ours, theirs = (
        np.cumsum(np.bincount(at[side], weights=w[side], minlength=len(values))) / w[side].sum() for side in (t, ~t)
    )
    apart = np.abs(ours - theirs)
    # Of two values the distance at the last, which is 0, says nothing.
    return float(apart[0] if binary and len(values) == 2 else apart.mean()), float(apart.max())
