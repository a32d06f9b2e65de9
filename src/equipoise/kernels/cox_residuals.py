"""Residuals of Cox's model: where people, or times, do not fit it.

Rows come in the order in which they were given, and a row of weight 0 has no residual (not a number). Schoenfeld's
residuals are of the events: one row an event, in the order of stratum and time.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int, Real, Shaped
from scipy.special import xlogy

from .cox import Cox, Ties
from .cox_moments import Moments, moments


@dataclass(frozen=True, slots=True)
class Residuals:
    """Residuals of each row, and of each event.

    `martingale` is the event less what was expected of the row; `deviance` the same on a scale that is more even.
    `score` is what a row adds to each derivative of the log-likelihood, before its weight; `dfbeta` by how much, about,
    it has moved each coefficient, with its weight. `event` is the row of each event; `schoenfeld`
    its covariates less their mean among those at risk; `scaled` estimates how each coefficient goes with time.
    """

    martingale: Float[np.ndarray, " people"]
    deviance: Float[np.ndarray, " people"]
    score: Float[np.ndarray, "people columns"]
    dfbeta: Float[np.ndarray, "people columns"]
    event: Int[np.ndarray, " events"]
    event_time: Float[np.ndarray, " events"]
    schoenfeld: Float[np.ndarray, "events columns"]
    scaled: Float[np.ndarray, "events columns"]


def residuals(
    fit: Cox,
    time: Real[np.ndarray, " people"],
    happened: Bool[np.ndarray, " people"],
    covariates: Real[np.ndarray, "people columns"],
    *,
    start: Real[np.ndarray, " people"] | None = None,
    stratum: Shaped[np.ndarray, " people"] | None = None,
    weight: Real[np.ndarray, " people"] | None = None,
    ties: Ties = "efron",
) -> Residuals:
    """The residuals of a fit; the other arguments are those that the fit was made with.

    Source:
        Barlow and Prentice (1988), Biometrika 75:65-74 (martingale, score); Therneau, Grambsch and Fleming (1990),
        Biometrika 77:147-160 (deviance); Schoenfeld (1982), Biometrika 69:239-241; Grambsch and Therneau (1994),
        Biometrika 81:515-526 (scaled); Cain and Lange (1984), Biometrics 40:493-499 (dfbeta). As `residuals.coxph` in
        R's survival.

    >>> from .cox import cox
    >>> time, died, x = np.array([1.0, 2.0, 3.0, 4.0]), np.array([True] * 4), np.array([[1.0], [0.0], [1.0], [0.0]])
    >>> residuals(cox(time, died, x), time, died, x).martingale.round(4)
    array([ 0.6404,  0.6404, -0.6404, -0.6404])
    """
    at = moments(fit, time, happened, covariates, start=start, stratum=stratum, weight=weight, ties=ties)
    people = len(np.asarray(time))
    left = at.happened - at.risk * at.passed(at.hazard)
    spread = -2 * (left + xlogy(at.happened.astype(float), at.happened - left))
    by_row = score_residuals(at)
    events = at.death
    apart = schoenfeld(at)
    return Residuals(
        martingale=_given(left, at, people),
        deviance=_given(np.sign(left) * np.sqrt(np.maximum(spread, 0.0)), at, people),
        score=_given(by_row, at, people),
        dfbeta=_given((at.weight[:, None] * by_row) @ fit.model_variance, at, people),
        event=at.rows[events],
        event_time=at.time[events],
        schoenfeld=apart,
        scaled=len(events) * apart @ fit.model_variance + fit.coefficient,
    )


def schoenfeld(at: Moments) -> Float[np.ndarray, "events columns"]:
    """The covariates of each event less their mean among those at risk; the tied share one mean."""
    typical = np.stack([at.summed(column) / at.number for column in at.mean.T], axis=1)
    return np.asarray(at.x[at.death] - typical[at.of])


def score_residuals(at: Moments) -> Float[np.ndarray, "rows columns"]:
    """What each row adds to the score, before its weight, in the order of the moments' rows."""
    found = np.empty_like(at.x)
    lived = at.passed(at.hazard)
    for k, column in enumerate(at.x.T):
        found[:, k] = -at.risk * (column * lived - at.passed(at.hazard * at.mean[:, k]))
    found[at.death] += schoenfeld(at)
    return found


def _given(values: Float[np.ndarray, "..."], at: Moments, people: int) -> Float[np.ndarray, "..."]:
    """Values in the order in which the rows were given."""
    found = np.full((people, *values.shape[1:]), np.nan)
    found[at.rows] = values
    return found
