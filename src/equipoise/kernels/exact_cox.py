"""Cox's model with exact ties: time comes in steps, and events of one step fell together.

The likelihood of each step is that of these people having the event, of all sets of as many at risk. The sum over those
sets is built up person by person, so its cost rises with how many die together; where that is too much, Efron's
approximation in `cox` is close.
"""

from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Float, Real, Shaped
from scipy.special import chdtrc, ndtr

from .cox import SETTLED, ChiSquare, Cox, cox
from .follow_up import checked
from .inestimable import Inestimable

MOST_STEPS = 50
MOST_SUMS = 2e9
"""Terms of the sums in one pass, above which exact ties take minutes."""


def exact_cox(
    time: Real[np.ndarray, " people"],
    happened: Bool[np.ndarray, " people"],
    covariates: Real[np.ndarray, "people columns"],
    *,
    stratum: Shaped[np.ndarray, " people"] | None = None,
    settled: float = SETTLED,
) -> Cox:
    """Estimate how each covariate multiplies the odds of the event in a step of time.

    Args:
        time: The step in which follow-up ended, each at least 0.
        happened: Whether it ended in the event.
        covariates: One column a covariate, without gaps.
        stratum: Each stratum has its own baseline.
        settled: The relative change of the log-likelihood at which the fit ends: R's own, so that answers agree.

    Raises:
        Inestimable: There is no finite answer, or so many events fell together that it cannot be had in time.

    Source:
        Cox (1972), J R Stat Soc B 34:187-220, section 6; the sums by Gail, Lubin and Rubinstein (1981), Biometrika
        68:703-707.

    >>> time, died = np.array([1.0, 1.0, 2.0, 2.0, 3.0]), np.array([True, True, True, False, True])
    >>> exact_cox(time, died, np.array([[1.0], [0.0], [1.0], [0.0], [1.0]])).coefficient.round(4)
    array([0.2341])
    """
    close = cox(time, happened, covariates, stratum=stratum)  # refuses what has no answer
    times, _ = checked(time, happened)
    dead = np.asarray(happened)
    x = np.asarray(covariates, dtype=float)
    centre, spread = x.mean(axis=0), x.std(axis=0)
    layer = np.zeros(len(times), dtype=int) if stratum is None else np.unique(stratum, return_inverse=True)[1]
    order = np.lexsort((-times, layer))
    scaled = np.ascontiguousarray((x[order] - centre) / spread)
    first, last, step = _risk_sets(times[order], dead[order], layer[order])
    _affordable(first, last, step, x.shape[1])

    from .loops.exact_cox import exact

    columns = x.shape[1]
    beta, gradient, information = np.zeros(columns), np.zeros(columns), np.zeros((columns, columns))
    null = found = exact(scaled, step, first, last, beta, gradient, information)
    null_score = float(gradient @ np.linalg.solve(information, gradient))
    for steps in range(1, MOST_STEPS + 1):
        move = np.linalg.solve(information, gradient)
        trial = exact(scaled, step, first, last, beta + move, gradient, information)
        while not trial >= found - 1e-12 * abs(found) and np.abs(move).max() > 1e-10:
            move = move / 2
            trial = exact(scaled, step, first, last, beta + move, gradient, information)
        beta, before, found = beta + move, found, trial
        if abs(1 - before / found) <= settled:
            taken = steps
            break
    else:
        raise Inestimable("the likelihood of exact ties finds no maximum")
    variance = np.linalg.inv(information)
    coefficient, se = beta / spread, np.sqrt(np.diag(variance)) / spread
    wald = float(beta @ information @ beta)
    unscaled = variance / np.outer(spread, spread)

    def tested(statistic: float) -> ChiSquare:
        return ChiSquare(statistic, columns, float(chdtrc(columns, max(statistic, 0.0))))

    return replace(
        close, coefficient=coefficient, se=se, variance=unscaled, model_variance=unscaled, z=coefficient / se,
        p=2 * ndtr(-np.abs(coefficient / se)), score=(x - centre) @ coefficient, null_log_likelihood=null,
        log_likelihood=found, likelihood_ratio_test=tested(2 * (found - null)), score_test=tested(null_score),
        wald_test=tested(wald), steps=taken,
    )  # fmt: skip


def _risk_sets(
    time: Float[np.ndarray, " people"], dead: Bool[np.ndarray, " people"], layer: Real[np.ndarray, " people"]
) -> tuple[Real[np.ndarray, " steps"], Real[np.ndarray, " steps"], Real[np.ndarray, " people"]]:
    """Where the risk set of each step begins and ends among rows of falling time, and in which step each row died."""
    starts = np.flatnonzero(np.r_[True, layer[1:] != layer[:-1]])
    begins = starts[np.searchsorted(starts, np.arange(len(time)), side="right") - 1]
    ends = np.flatnonzero(np.r_[(time[1:] != time[:-1]) | (layer[1:] != layer[:-1]), True]) + 1
    moment = np.searchsorted(ends, np.arange(len(time)), side="right")
    held = np.unique(moment[dead])
    step = np.full(len(time), -1)
    step[dead] = np.searchsorted(held, moment[dead])
    return begins[ends[held] - 1], ends[held], step


def _affordable(
    first: Real[np.ndarray, " steps"], last: Real[np.ndarray, " steps"], step: Real[np.ndarray, " people"], columns: int
) -> None:
    deaths = np.bincount(step[step >= 0], minlength=len(first))
    if float(((last - first) * deaths).sum()) * columns**2 > MOST_SUMS:
        raise Inestimable(f"up to {deaths.max()} events fell together, too many for exact ties: ask for Efron's")
