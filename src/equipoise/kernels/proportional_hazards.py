"""Whether hazards are proportional: a score test that coefficients do not change with time.

Each coefficient b is let go with time as b + c g(t), and c = 0 is tested, for a term (a covariate, or the columns that
belong together) and for all columns at once. The information is that of the model with c, at c = 0, so that
coefficients that hang together are accounted for; it knows of no clusters.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from jaxtyping import Bool, Float, Real, Shaped
from scipy.special import chdtrc

from .cox import ChiSquare, Cox, Ties
from .cox_moments import Moments, moments
from .cox_residuals import schoenfeld
from .inestimable import Inestimable

Clock = Literal["km", "identity", "rank", "log"]
"""g: one less survival just before the event, the time, its rank among the events, its logarithm."""


@dataclass(frozen=True, slots=True)
class ProportionalHazards:
    """The test of each term, in their order, and of all together; a small p speaks against proportional hazards."""

    terms: tuple[ChiSquare, ...]
    overall: ChiSquare


def proportional_hazards(
    fit: Cox,
    time: Real[np.ndarray, " people"],
    happened: Bool[np.ndarray, " people"],
    covariates: Real[np.ndarray, "people columns"],
    *,
    terms: Sequence[Sequence[int]] | None = None,
    clock: Clock = "km",
    start: Real[np.ndarray, " people"] | None = None,
    stratum: Shaped[np.ndarray, " people"] | None = None,
    weight: Real[np.ndarray, " people"] | None = None,
    ties: Ties = "efron",
) -> ProportionalHazards:
    """Test that no coefficient changes with time; the other arguments are those that the fit was made with.

    Args:
        fit: What `cox` said.
        time: When follow-up of the row ended.
        happened: Whether it ended in the event.
        covariates: One column a covariate.
        terms: The columns of each term, from 0; without it each column is a term.
        clock: How time is counted.
        start: When the row came under observation.
        stratum: Each stratum has its own baseline hazard; the clock is one for all.
        weight: How much each row counts.
        ties: How events at one time are treated.

    Raises:
        Inestimable: All events came at one time by the clock, or too few came to tell.

    Source:
        Grambsch and Therneau (1994), Biometrika 81:515-526, as a score test with its whole information; as `cox.zph`
        in R's survival from version 3.0.

    >>> from .cox import cox
    >>> time, died, x = np.arange(1.0, 7), np.array([True] * 6), np.array([[1.0], [1], [0], [0], [1], [0]])
    >>> round(proportional_hazards(cox(time, died, x), time, died, x, clock="identity").overall.p, 4)
    0.5266
    """
    if clock not in get_args(Clock):
        raise ValueError(f"{clock!r} is not one of {', '.join(get_args(Clock))}")
    columns = len(fit.coefficient)
    given = [(k,) for k in range(columns)] if terms is None else [tuple(map(int, each)) for each in terms]
    if any(not each or min(each) < 0 or max(each) >= columns for each in given):
        raise ValueError(f"the columns of a term lie between 0 and {columns - 1}, not {given}")
    at = moments(fit, time, happened, covariates, start=start, stratum=stratum, weight=weight, ties=ties)
    g = _clock(at, clock)
    if not np.isfinite(g).all():
        raise Inestimable("an event at time 0 has no logarithm")
    g = g - g.mean()
    if not np.abs(g).max() > 0:
        raise Inestimable("all events came at one time, and nothing can be told to change with it")
    g = g / np.abs(g).max()
    score = schoenfeld(at).T @ (at.weight[at.death] * g)
    plain, straight, square = (_information(at, power) for power in (np.ones(len(g)), g, g**2))

    def test(which: tuple[int, ...]) -> ChiSquare:
        chosen = list(which)
        # What is left of the term's information once the coefficients themselves are accounted for.
        own = square[np.ix_(chosen, chosen)] - straight[chosen] @ np.linalg.solve(plain, straight[:, chosen])
        scale = np.sqrt(np.maximum(np.diag(square)[chosen], 1e-300))
        if np.linalg.eigvalsh(own / np.outer(scale, scale))[0] < 1e-10:
            raise Inestimable("the events are too few to tell whether a coefficient changes with time")
        statistic = float(score[chosen] @ np.linalg.solve(own, score[chosen]))
        return ChiSquare(statistic, len(chosen), float(chdtrc(len(chosen), statistic)))

    return ProportionalHazards(tuple(map(test, given)), test(tuple(range(columns))))


def _clock(at: Moments, clock: Clock) -> Float[np.ndarray, " deaths"]:
    """g at each event; survival and ranks are of everyone, whatever their stratum and weight."""
    when = at.time[at.death]
    if clock == "identity":
        return np.asarray(when)
    if clock == "log":
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(when))
    if clock == "rank":
        ordered = np.sort(at.time)
        first, last = (np.searchsorted(ordered, when, side=side) for side in ("left", "right"))
        return np.asarray((first + last + 1) / 2)
    moment, of, number = np.unique(when, return_inverse=True, return_counts=True)
    risk = len(at.time) - np.searchsorted(np.sort(at.time), moment, side="left")
    risk -= len(at.start) - np.searchsorted(np.sort(at.start), moment, side="left")
    before = np.concatenate(([1.0], np.cumprod(1 - number / risk)[:-1]))
    return np.asarray(1 - before[of])


def _information(at: Moments, clock: Float[np.ndarray, " deaths"]) -> Float[np.ndarray, "columns columns"]:
    """The information of the coefficients, each event weighted by what the clock says at it."""
    heavy = at.weight * at.risk * at.passed(at.hazard * clock)
    return np.asarray((at.x.T * heavy) @ at.x - (at.mean.T * (at.lost * clock)) @ at.mean)
