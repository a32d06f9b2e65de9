"""Weights by which the treated and the untreated become alike, and what is estimated with weights.

Whom an estimate is of
    `ate`: everyone, as if all were treated against as if none were. `att`: the treated. `overlap`: those who might as
    well have been on the other side, each counted by the chance of it; there is always somebody on the other side like
    them.

Variances
    Weights are estimated too. Variances here take them as known, and count each person's own scatter (the sandwich),
    which for weights by a propensity is on the safe side; a bootstrap of the whole is exact about it.
"""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from jaxtyping import Bool, Float, Real, Shaped
from scipy.special import ndtri

from .inestimable import Inestimable

Aim = Literal["ate", "att", "overlap"]


def weights(
    treated: Bool[np.ndarray, " people"],
    chance: Real[np.ndarray, " people"],
    *,
    aim: Aim = "ate",
    stabilised: bool = False,
    truncated: float = 0.0,
) -> Float[np.ndarray, " people"]:
    """Weights by the chance of being treated.

    Args:
        treated: Who is treated.
        chance: Each person's chance of it, between 0 and 1.
        aim: Whom the estimate is of.
        stabilised: Whether the weights of each side are multiplied by its share of people; for `ate`.
        truncated: The share of weights that is brought in at either end, to the quantile there.

    Raises:
        Inestimable: A side is empty, or a chance is not between 0 and 1.

    Source:
        Rosenbaum (1987), J Am Stat Assoc 82:387-394; overlap: Li, Morgan and Zaslavsky (2018), J Am Stat Assoc
        113:390-400; stabilised and truncated: Cole and Hernán (2008), Am J Epidemiol 168:656-664.

    >>> weights(np.array([True, False, False]), np.array([0.5, 0.2, 0.5]))
    array([2.  , 1.25, 2.  ])
    """
    t, p = _sides(treated), np.asarray(chance, dtype=float)
    if p.shape != t.shape:
        raise ValueError(f"one chance a person, not {p.shape} for {len(t)} people")
    if aim not in get_args(Aim):
        raise ValueError(f"{aim!r} is not one of {', '.join(get_args(Aim))}")
    if stabilised and aim != "ate":
        raise ValueError(f"weights are stabilised for 'ate', not for {aim!r}")
    if not 0 <= truncated < 0.5:
        raise ValueError(f"a share from 0 to 0.5 is truncated, not {truncated}")
    if not (np.isfinite(p).all() and (p >= 0).all() and (p <= 1).all()):
        raise Inestimable("a chance of being treated is missing, or not between 0 and 1")
    out = {"ate": (p <= 0) | (p >= 1), "att": p >= 1, "overlap": np.zeros(len(p), dtype=bool)}[aim]
    if out.any():
        raise Inestimable(f"{int(out.sum())} people could only have been on one side: nobody on the other can stand for them")
    match aim:
        case "ate":
            found = np.where(t, 1 / p, 1 / (1 - p))
            if stabilised:
                found = found * np.where(t, t.mean(), 1 - t.mean())
        case "att":
            found = np.where(t, 1.0, p / (1 - p))
        case "overlap":
            found = np.where(t, 1 - p, p)
    if truncated:
        found = np.clip(found, *np.quantile(found, [truncated, 1 - truncated]))
    if not (found[t].sum() > 0 and found[~t].sum() > 0):
        raise Inestimable("on one side all weights are zero")
    return np.asarray(found, dtype=float)


def effective_size(weight: Real[np.ndarray, " people"]) -> float:
    """How many people of equal weight would know as much.

    Source:
        Kish (1965), Survey Sampling, section 11.7.

    >>> effective_size(np.array([1.0, 1.0, 2.0]))
    2.6666666666666665
    """
    w = _weights(weight)
    return float(w.sum() ** 2 / (w @ w))


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference of weighted means, the treated less the untreated, with its standard error."""

    treated: float
    untreated: float
    difference: float
    se: float
    lower: float
    upper: float


def weighted_difference(
    outcome: Real[np.ndarray, " people"],
    treated: Bool[np.ndarray, " people"],
    weight: Real[np.ndarray, " people"],
    *,
    cluster: Shaped[np.ndarray, " people"] | None = None,
    level: float = 0.95,
) -> Difference:
    """The difference of weighted means, with the variance that the scatter of the people gives.

    Args:
        outcome: A number, or 0 and 1.
        treated: Who is treated.
        weight: How much each person counts, each at least 0; those of weight 0 take no part.
        cluster: People who were matched to each other; else each stands alone.
        level: The coverage of the limits.

    Raises:
        Inestimable: A side is empty, or an outcome is missing, or nothing scatters.

    Source:
        Binder (1983), Int Stat Rev 51:279-292; with n / (n - 1) as R's `survey::svyglm`.
    """
    t, y, w = _sides(treated), np.asarray(outcome, dtype=float), _weights(weight)
    if y.shape != t.shape or w.shape != t.shape:
        raise ValueError(f"one outcome and one weight a person, not {y.shape} and {w.shape} for {len(t)} people")
    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1, not {level}")
    kept = w > 0
    if not np.isfinite(y[kept]).all():
        raise Inestimable(f"the outcome of {int((~np.isfinite(y[kept])).sum())} people is missing")
    if not (kept & t).any() or not (kept & ~t).any():
        raise Inestimable("on one side all weights are zero")
    ours, theirs = (float(w[side] @ y[side] / w[side].sum()) for side in (kept & t, kept & ~t))
    moved = np.where(t, w * (y - ours) / w[t & kept].sum(), -w * (y - theirs) / w[~t & kept].sum())[kept]
    if cluster is not None:
        label = np.unique(np.asarray(cluster)[kept], return_inverse=True)[1].reshape(-1)
        moved = np.bincount(label, weights=moved)
    if len(moved) < 2 or not moved.any():
        raise Inestimable("the outcomes do not vary, so that nothing tells how well the difference is known")
    se = float(np.sqrt(len(moved) / (len(moved) - 1) * (moved @ moved)))
    reach = float(ndtri(0.5 + level / 2)) * se
    gap = ours - theirs
    return Difference(ours, theirs, gap, se, gap - reach, gap + reach)


def _sides(treated: Bool[np.ndarray, " people"]) -> Bool[np.ndarray, " people"]:
    t = np.asarray(treated)
    if t.dtype != bool or t.ndim != 1:
        raise ValueError(f"who is treated is True or False, one a person, not {t.dtype} {t.shape}")
    if not t.any() or t.all():
        raise Inestimable("there are not two sides: " + ("nobody is treated" if not t.any() else "everybody is treated"))
    return t


def _weights(weight: Real[np.ndarray, " people"]) -> Float[np.ndarray, " people"]:
    w = np.asarray(weight, dtype=float)
    if not (np.isfinite(w).all() and (w >= 0).all()):
        raise Inestimable("a weight is missing, infinite or negative")
    if not (w > 0).any():
        raise Inestimable("all weights are zero")
    return w
