"""One estimate from several imputed data sets, by Rubin's rules."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Real
from scipy.special import stdtr, stdtrit

from .inestimable import Inestimable


@dataclass(frozen=True, slots=True)
class Pooled:
    """Estimates from all imputations, one a parameter, and how much of what is known of each was imputed.

    `within` is the mean of the variances, `between` the variance of the estimates; `se` is of both. `df` are the
    degrees of freedom of t. `increase` is how much, for its size, the missing values raise the variance, and
    `fraction_missing` the share of the information that they took away. `p` is of the estimate being 0.
    """

    estimate: Float[np.ndarray, " parameters"]
    se: Float[np.ndarray, " parameters"]
    lower: Float[np.ndarray, " parameters"]
    upper: Float[np.ndarray, " parameters"]
    p: Float[np.ndarray, " parameters"]
    df: Float[np.ndarray, " parameters"]
    within: Float[np.ndarray, " parameters"]
    between: Float[np.ndarray, " parameters"]
    increase: Float[np.ndarray, " parameters"]
    fraction_missing: Float[np.ndarray, " parameters"]
    imputations: int


def rubin(
    estimate: Real[np.ndarray, "imputations parameters"],
    variance: Real[np.ndarray, "imputations parameters"],
    *,
    complete_df: float = np.inf,
    level: float = 0.95,
) -> Pooled:
    """Pool the estimates of imputed data sets and their variances.

    Args:
        estimate: A row an imputation, a column a parameter, on a scale on which it is about normal.
        variance: The squared standard error of each, above 0.
        complete_df: The degrees of freedom that there would be without gaps; infinite where the normal holds.
        level: The coverage asked for, between 0 and 1.

    Raises:
        Inestimable: There are fewer than two imputations, or a number is missing or impossible.

    Source:
        Rubin (1987), Multiple Imputation for Nonresponse in Surveys, section 3.3; degrees of freedom by Barnard and
        Rubin (1999), Biometrika 86:948-955.

    >>> rubin(np.array([[1.0], [3.0]]), np.array([[1.0], [1.0]])).se
    array([2.])
    """
    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1, not {level}")
    q, u = np.asarray(estimate, dtype=float), np.asarray(variance, dtype=float)
    times = len(q)
    if times < 2:
        raise Inestimable("fewer than two imputations tell nothing of what the gaps cost")
    if not (np.isfinite(q).all() and np.isfinite(u).all() and (u > 0).all()):
        raise Inestimable("an imputed data set gave no estimate, or none with a variance")
    if not complete_df > 0:
        raise Inestimable("no degrees of freedom are left")
    within, between = u.mean(axis=0), q.var(axis=0, ddof=1)
    extra = (1 + 1 / times) * between
    total = within + extra
    share = extra / total
    with np.errstate(divide="ignore"):
        old = (times - 1) / share**2
    if np.isfinite(complete_df):
        observed = (complete_df + 1) / (complete_df + 3) * complete_df * (1 - share)
        with np.errstate(divide="ignore"):
            df = 1 / (1 / old + 1 / observed)
    else:
        df = old
    increase = extra / within
    fraction = (increase + 2 / (df + 3)) / (1 + increase)
    se, middle = np.sqrt(total), q.mean(axis=0)
    usable = np.minimum(df, 1e12)
    reach = stdtrit(usable, 0.5 + level / 2) * se
    p = 2 * stdtr(usable, -np.abs(middle) / se)
    return Pooled(
        middle, se, middle - reach, middle + reach, p, df, within, between, increase,
        np.where(between > 0, fraction, 0.0), times,
    )  # fmt: skip
