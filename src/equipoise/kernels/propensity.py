"""The chance of being treated, given what was known: logistic regression.

How it is computed
    Newton's method as iteratively reweighted least squares, from the start and with the rule of stopping of R's `glm`,
    so that answers agree; standard errors, as there, are those of the weights of the last step. With `settled=0` the
    fit goes on until it stands still.

When there is no answer
    A column that repeats others, and groups that some combination of the columns tells apart (separation): somebody's
    chance would be 0 or 1, the likelihood rises without end, and neither matching nor weighting can mend it. Whether
    that is so is decided by a linear programme and not by the size of a coefficient.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Real
from scipy.special import expit

from .inestimable import Inestimable

STEPS = 50
"""Newton's steps allowed; R allows 25, and a likelihood with a maximum needs about six."""
SETTLED = 1e-8
"""The fit ends when a step changes the deviance by less than this part of it: R's rule."""
RESTLESS = 0.1
"""Log odds that still move by more than this in the last step are looked at for separation: there they rise by about
1 in every step, while the deviance has long stopped to notice."""
REPEATED = 1e-10
"""Columns whose correlation matrix has an eigenvalue below this repeat each other."""


@dataclass(frozen=True, slots=True)
class Logistic:
    """Log odds ratios, the intercept first, and each person's chance.

    `linear` is the log odds of that chance. `variance` is the inverse of the information.
    """

    coefficient: Float[np.ndarray, " coefficients"]
    se: Float[np.ndarray, " coefficients"]
    variance: Float[np.ndarray, "coefficients coefficients"]
    chance: Float[np.ndarray, " people"]
    linear: Float[np.ndarray, " people"]
    log_likelihood: float
    steps: int


def logistic(
    happened: Bool[np.ndarray, " people"],
    covariates: Real[np.ndarray, "people columns"],
    *,
    weight: Real[np.ndarray, " people"] | None = None,
    settled: float = SETTLED,
) -> Logistic:
    """Estimate how each covariate multiplies the odds.

    Args:
        happened: Whether a person was treated, or had what is modelled.
        covariates: One column a covariate, without gaps; the intercept is added.
        weight: How much each person counts, each at least 0.
        settled: The relative change of the deviance at which the fit ends; R's own by default.

    Raises:
        Inestimable: One side is empty, a value is missing, columns repeat each other, or they tell the sides apart. Its
            `columns` say which covariates are to blame.

    Source:
        Nelder and Wedderburn (1972), J R Stat Soc A 135:370-384; separation: Albert and Anderson (1984), Biometrika
        71:1-10; its test by linear programming: Konis (2007), DPhil thesis, Oxford.

    >>> fit = logistic(np.array([True, False, True, False, False, True]), np.array([[1.0], [1], [1], [0], [0], [0]]))
    >>> fit.coefficient.round(4)
    array([-0.6931,  1.3863])
    """
    x = np.asarray(covariates, dtype=float)
    y = np.asarray(happened)
    if y.dtype != bool:
        raise ValueError(f"whether somebody was treated is True or False, not {y.dtype}")
    if x.ndim != 2 or y.shape != (len(x),):
        raise ValueError(f"one row of covariates a person, not {x.shape} for {y.shape}")
    w = np.ones(len(y)) if weight is None else np.asarray(weight, dtype=float)
    if w.shape != y.shape:
        raise ValueError(f"one weight a person, not {w.shape} for {len(y)} people")
    if not (np.isfinite(w).all() and (w >= 0).all()):
        raise Inestimable("a weight is missing, infinite or negative")
    if not np.isfinite(x).all():
        bad = tuple(map(int, np.flatnonzero(~np.isfinite(x).all(axis=0))))
        raise Inestimable(f"a value is missing or infinite in {_columns(bad)}", bad)
    kept = w > 0
    if not kept.any():
        raise Inestimable("nobody is there to be modelled")
    if y[kept].all() or not y[kept].any():
        raise Inestimable(f"everybody there is {'treated' if y[kept].all() else 'untreated'}: there are not two sides")
    middle, spread = _brought(x[kept])
    design = np.column_stack([np.ones(len(y)), (x - middle) / spread])
    _checked_rank(design[kept, 1:])

    beta, root, steps = _fitted(design[kept], y[kept], w[kept], settled)
    linear = design @ beta
    chance = expit(linear)
    # Back from the columns in unit spread to those that were given.
    back = np.diag(np.concatenate(([1.0], 1 / spread)))
    back[0, 1:] = -middle / spread
    inverse = np.linalg.inv(root)
    variance = back @ (inverse @ inverse.T) @ back.T
    log_likelihood = float(np.sum(np.where(kept, w * (np.where(y, -np.logaddexp(0, -linear), -np.logaddexp(0, linear))), 0)))
    return Logistic(
        back @ beta, np.sqrt(np.diag(variance)), variance, chance, linear, log_likelihood, steps
    )  # fmt: skip


def _brought(
    x: Float[np.ndarray, "people columns"],
) -> tuple[Float[np.ndarray, " columns"], Float[np.ndarray, " columns"]]:
    """The middle and the spread of each column.

    Raises:
        Inestimable: A column never varies.
    """
    middle, spread = x.mean(axis=0), x.std(axis=0)
    still = tuple(map(int, np.flatnonzero(spread <= 1e-12 * np.maximum(np.abs(middle), np.finfo(float).tiny))))
    if still:
        raise Inestimable(f"{_columns(still)} never varies", still)
    return middle, spread


def _checked_rank(z: Float[np.ndarray, "people columns"]) -> None:
    if not z.shape[1]:
        return
    values, vectors = np.linalg.eigh(z.T @ z / len(z))
    if values[0] < REPEATED:
        repeated = tuple(map(int, np.flatnonzero(np.abs(vectors[:, 0]) > 1e-3)))
        raise Inestimable(f"{_columns(repeated)} repeat each other: one follows from the others", repeated)


def _fitted(
    design: Float[np.ndarray, "people coefficients"],
    y: Bool[np.ndarray, " people"],
    w: Float[np.ndarray, " people"],
    settled: float,
) -> tuple[Float[np.ndarray, " coefficients"], Float[np.ndarray, "coefficients coefficients"], int]:
    """The coefficients, the upper root of the information at the last step's weights, and how many steps it took."""
    # R's start: each person's chance at first is (y + 1/2) / 2, for a weight of 1.
    mu = (w * y + 0.5) / (w + 1)
    eta = np.log(mu / (1 - mu))
    before = _deviance(y, eta, w)
    is_looked_at = False
    beta, root = np.zeros(design.shape[1]), np.eye(design.shape[1])
    for step in range(1, STEPS + 1):
        slope = np.maximum(mu * (1 - mu), np.finfo(float).tiny)
        root_w = np.sqrt(w * slope)
        q, root = np.linalg.qr(design * root_w[:, None])
        if not np.isfinite(root).all() or (np.abs(np.diag(root)) <= np.finfo(float).tiny).any():
            raise _separated(design, y) or Inestimable("the fit came to nothing: no maximum could be found")
        moved = np.linalg.solve(root, q.T @ (root_w * (eta + (y - mu) / slope)))
        last, eta = eta, design @ moved
        after = _deviance(y, eta, w)
        halvings = 0
        # Newton may overshoot far from the maximum; R does not halve here, nor is it needed where R settles.
        while not after <= before * (1 + 1e-6) + 1e-6 and step > 1 and halvings < 30:
            moved, halvings = (moved + beta) / 2, halvings + 1
            eta = design @ moved
            after = _deviance(y, eta, w)
        still = step > 1 and float(np.abs(moved - beta).max()) < 1e-13
        beta, mu = moved, expit(eta)
        change = abs(after - before) / (abs(after) + 0.1)
        before = after
        if change < settled or still or (settled == 0 and change == 0 and step > 3):
            if float(np.abs(eta - last).max()) <= RESTLESS or is_looked_at:
                break
            if (why := _separated(design, y)) is not None:
                raise why
            is_looked_at = True
    else:
        raise _separated(design, y) or Inestimable(f"the fit did not settle in {STEPS} steps")
    return beta, root, step


def _deviance(y: Bool[np.ndarray, " people"], eta: Float[np.ndarray, " people"], w: Float[np.ndarray, " people"]) -> float:
    with np.errstate(over="ignore"):  # a step too far has an infinite deviance, and is taken back
        return float(2 * np.sum(w * np.logaddexp(0, np.where(y, -eta, eta))))


def _separated(design: Float[np.ndarray, "people coefficients"], y: Bool[np.ndarray, " people"]) -> Inestimable | None:
    """Why the sides are told apart, or nothing if they are not.

    They are if some direction has nobody of one side above anybody of the other, and not everybody level.
    """
    from scipy.optimize import linprog

    signed = np.unique(np.where(y[:, None], design, -design), axis=0)
    found = linprog(
        -signed.sum(axis=0) / len(signed), A_ub=-signed, b_ub=np.zeros(len(signed)),
        bounds=[(-1.0, 1.0)] * design.shape[1], method="highs",
    )  # fmt: skip
    if not found.success or found.fun is None or float(found.fun) >= -1e-7 / len(signed):
        return None
    size = np.abs(np.asarray(found.x)[1:])
    to_blame = tuple(map(int, np.flatnonzero(size > 1e-6 * max(size.max(), 1e-300))))
    return Inestimable(
        f"{_columns(to_blame)} tell{'s' if len(to_blame) == 1 else ''} the sides apart: for some people the chance would "
        "be 0 or 1, so that nobody on the other side is like them",
        to_blame,
    )


def _columns(which: tuple[int, ...]) -> str:
    names = ", ".join(str(k + 1) for k in which)
    return f"covariate {names}" if len(which) == 1 else f"covariates {names}"
