"""Cox's proportional-hazards model.

Ties
    Efron's approximation by default, Breslow's on request.

When there is no answer
    The fit refuses, with a sentence, rather than print a number that stands for infinity or for a column that carries
    nothing: no events, a column that never varies among those at risk together, columns that repeat each other, and a
    likelihood that rises without end, as when one group has no event. For the last there is Firth's penalty.

How it is computed
    Sums over those at risk are sums from the last time backwards, less those who had not entered yet. The covariates
    are centred and brought to unit spread within, and each iteration is one pass over the rows (`loops.cox`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from jaxtyping import Bool, Float, Int, Real, Shaped
from scipy.special import chdtrc, ndtr, ndtri

from .follow_up import Layout, layout, members, weights
from .inestimable import COLUMNS, Inestimable

if TYPE_CHECKING:
    from .loops.cox import Room, Rows

Ties = Literal["efron", "breslow"]

SETTLED = 1e-9
"""The fit ends when a step changes the log-likelihood by less than this part of it: R's rule, so that answers agree."""
DOUBTFUL = 1e-4
"""A likelihood this much flatter than at the start, in which no maximum is found, is taken to be rising without end."""
ROUNDING = 1e-20
"""A variance this small, beside that of the rows, is a sum that should have come to nothing."""
FAR = 200.0
"""A limit this far from the estimate, for a standard deviation of the covariate, is none: exp(200) is beyond measure."""


@dataclass(frozen=True, slots=True)
class ChiSquare:
    """A chi-square statistic with its degrees of freedom and the chance of one as large."""

    statistic: float
    df: int
    p: float


@dataclass(frozen=True, slots=True)
class Cox:
    """Log hazard ratios, one a column, and how well they are known.

    With Firth's penalty the two log-likelihoods, and the tests made of them, are penalised.

    `variance` is the sandwich where clusters or `robust` were asked for, and then `model_variance` is the inverse of
    the information; elsewhere the two are the same. `z` and `p` are Wald's, of each coefficient. `score` is each
    row's log hazard ratio against the mean of the covariates. `log_likelihood` is at the coefficients,
    `null_log_likelihood` at zero.
    """

    coefficient: Float[np.ndarray, " columns"]
    se: Float[np.ndarray, " columns"]
    variance: Float[np.ndarray, "columns columns"]
    model_variance: Float[np.ndarray, "columns columns"]
    z: Float[np.ndarray, " columns"]
    p: Float[np.ndarray, " columns"]
    score: Float[np.ndarray, " people"]
    null_log_likelihood: float
    log_likelihood: float
    likelihood_ratio_test: ChiSquare
    score_test: ChiSquare
    wald_test: ChiSquare
    people: int
    events: int
    steps: int


@dataclass(frozen=True, slots=True)
class HazardRatio:
    """Hazard ratios with their limits, one a column."""

    estimate: Float[np.ndarray, " columns"]
    lower: Float[np.ndarray, " columns"]
    upper: Float[np.ndarray, " columns"]


@dataclass(frozen=True, slots=True)
class Profile:
    """Hazard ratios with the limits that the likelihood itself sets, and the likelihood-ratio test of each being 1.

    A limit is 0 or infinite where the likelihood never falls far enough on that side.
    """

    estimate: Float[np.ndarray, " columns"]
    lower: Float[np.ndarray, " columns"]
    upper: Float[np.ndarray, " columns"]
    statistic: Float[np.ndarray, " columns"]
    p: Float[np.ndarray, " columns"]


def hazard_ratio(fit: Cox, *, level: float = 0.95) -> HazardRatio:
    """The hazard ratios of a fit, for one unit of each covariate, with Wald's limits."""
    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1, not {level}")
    reach = float(ndtri(0.5 + level / 2)) * fit.se
    with np.errstate(over="ignore"):
        return HazardRatio(*map(np.exp, (fit.coefficient, fit.coefficient - reach, fit.coefficient + reach)))


def cox(
    time: Real[np.ndarray, " people"],
    happened: Bool[np.ndarray, " people"],
    covariates: Real[np.ndarray, "people columns"],
    *,
    start: Real[np.ndarray, " people"] | None = None,
    stratum: Shaped[np.ndarray, " people"] | None = None,
    weight: Real[np.ndarray, " people"] | None = None,
    cluster: Shaped[np.ndarray, " people"] | None = None,
    robust: bool = False,
    ties: Ties = "efron",
    firth: bool = False,
    settled: float = SETTLED,
) -> Cox:
    """Estimate how each covariate multiplies the hazard.

    Args:
        time: When follow-up of the row ended, from the origin, in any one unit, each at least 0.
        happened: Whether it ended in the event (True) or in censoring (False).
        covariates: One column a covariate, without gaps.
        start: When the row came under observation, if not at the origin: it is at risk after `start`, up to `time`.
        stratum: Each stratum has its own baseline hazard.
        weight: How much each row counts, each at least 0; a row of weight 0 takes no part.
        cluster: Rows of one person, pair or centre; implies `robust`.
        robust: Take the variance from the scatter of the rows rather than from the model.
        ties: How events at one time are treated.
        firth: Add half the logarithm of the determinant of the information to the log-likelihood. The maximum is then
            finite even when a group has no event, and less biased in small trials; limits and tests are best taken from
            `profile`. It has no robust variance.
        settled: The relative change of the log-likelihood at which the fit ends. R's own, by default: the coefficients
            are then R's to about 1e-12, and the maximum's to about 1e-8. With 0 they are the maximum's to about 1e-12.

    Raises:
        Inestimable: There is no finite answer, or a time, weight or covariate is missing or impossible. Its `columns`
            say which covariates are to blame.

    Source:
        Cox (1972), J R Stat Soc B 34:187-220; Efron (1977), J Am Stat Assoc 72:557-565; Breslow (1974), Biometrics
        30:89-99; variance between clusters: Lin and Wei (1989), J Am Stat Assoc 84:1074-1078; tied events with weights
        as Therneau and Grambsch (2000), Modeling Survival Data, section 3.3; the penalty: Firth (1993), Biometrika
        80:27-38; Heinze and Schemper (2001), Biometrics 57:114-119.

    >>> time, died = np.array([1.0, 2.0, 3.0, 4.0]), np.array([True, True, True, True])
    >>> fit = cox(time, died, np.array([[1.0], [0.0], [1.0], [0.0]]))
    >>> hazard_ratio(fit).estimate.round(4)
    array([2.5616])
    """
    if firth and (robust or cluster is not None):
        raise ValueError("with Firth's penalty there is no robust variance")
    given = prepared(time, happened, covariates, start=start, stratum=stratum, weight=weight, ties=ties)
    group = None if cluster is None else members(cluster, "cluster", len(given.scaled))[1]

    from .loops.cox import score_residuals

    beta = np.zeros(given.scaled.shape[1])
    work, steps, null, log_likelihood = fitted(given, beta, firth=firth, settled=settled)
    model_variance = np.linalg.inv(work.information)
    variance = model_variance
    if robust or group is not None:
        residuals = np.empty_like(given.rows.x)
        score_residuals(given.rows, given.efron, beta, residuals)
        moved = residuals @ model_variance
        size = np.sqrt((moved**2).sum(axis=0))
        if group is not None:
            moved = np.stack([np.bincount(group[given.order], weights=column) for column in moved.T], axis=1)
        variance = moved.T @ moved
        # What the rows of a cluster add up to may be nothing but rounding: it is held against what the rows are.
        with np.errstate(divide="ignore", invalid="ignore"):
            between = np.nan_to_num(variance / np.outer(size, size))
        least, most = np.linalg.eigvalsh(between)[[0, -1]]
        # All of them add up to nothing, so that one of them follows from the others.
        if len(moved) <= len(beta) or least < max(ROUNDING, 1e-13 * most):
            raise Inestimable(f"{len(moved)} rows or clusters are too few for the variance between them")
    wald = float(beta @ np.linalg.solve(variance, beta))
    score_test = float(work.null_score @ np.linalg.solve(work.null_information, work.null_score))
    ratio = 2 * (log_likelihood - null)

    # The penalty is of the information for one unit of each covariate, and not for one spread.
    unit = float(np.log(given.spread).sum()) if firth else 0.0
    coefficient, se = beta / given.spread, np.sqrt(np.diag(variance)) / given.spread
    df = len(beta)
    return Cox(
        coefficient=coefficient,
        se=se,
        variance=variance / np.outer(given.spread, given.spread),
        model_variance=model_variance / np.outer(given.spread, given.spread),
        z=coefficient / se,
        p=2 * ndtr(-np.abs(coefficient / se)),
        score=_summed(given.scaled, beta),
        null_log_likelihood=null + unit,
        log_likelihood=log_likelihood + unit,
        likelihood_ratio_test=ChiSquare(ratio, df, float(chdtrc(df, max(ratio, 0.0)))),
        score_test=ChiSquare(score_test, df, float(chdtrc(df, score_test))),
        wald_test=ChiSquare(wald, df, float(chdtrc(df, wald))),
        people=len(given.order),
        events=int(given.rows.died.sum()),
        steps=steps,
    )


def profile(
    time: Real[np.ndarray, " people"],
    happened: Bool[np.ndarray, " people"],
    covariates: Real[np.ndarray, "people columns"],
    *,
    start: Real[np.ndarray, " people"] | None = None,
    stratum: Shaped[np.ndarray, " people"] | None = None,
    weight: Real[np.ndarray, " people"] | None = None,
    ties: Ties = "efron",
    firth: bool = False,
    level: float = 0.95,
) -> Profile:
    """The hazard ratios that the data are at odds with at `level`, the other coefficients being what suits each best.

    The arguments are those of `cox`. A weight is taken as so many people; weights of another kind have no likelihood.

    Raises:
        Inestimable: There is no finite answer, or a time, weight or covariate is missing or impossible.

    Source:
        Venzon and Moolgavkar (1988), Appl Stat 37:87-94; with the penalty, Heinze and Schemper (2001), Biometrics
        57:114-119.

    >>> time, died = np.array([1.0, 2.0, 3.0, 4.0]), np.array([True, True, True, True])
    >>> profile(time, died, np.array([[1.0], [0.0], [1.0], [0.0]])).upper.round(2)
    array([56.1])
    """
    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1, not {level}")
    given = prepared(time, happened, covariates, start=start, stratum=stratum, weight=weight, ties=ties)
    best = np.zeros(given.scaled.shape[1])
    work, _, _, highest = fitted(given, best, firth=firth, settled=0.0)
    se = np.sqrt(np.diag(np.linalg.inv(work.information)))
    drop = float(ndtri(0.5 + level / 2)) ** 2

    from .loops.cox import FITTED, maximised

    def fall(k: int, there: float) -> float:
        """Twice what the likelihood loses when coefficient k is put there."""
        beta, held = best.copy(), np.arange(len(best)) == k
        beta[k] = there
        ended, _, _, reached = maximised(given.rows, given.efron, firth, 0.0, beta, held, work)
        if ended != FITTED:
            raise Inestimable(f"the profile of {COLUMNS} has no maximum at {there / given.spread[k]:g}", (k,))
        return 2 * (highest - reached)

    columns = range(len(best))
    limits = [[_crossing(partial(fall, k), drop, float(best[k]), way * float(se[k])) for k in columns] for way in (-1, 1)]
    statistic = np.array([max(fall(k, 0.0), 0.0) for k in columns])
    lower, upper = np.array(limits) / given.spread
    return Profile(np.exp(best / given.spread), np.exp(lower), np.exp(upper), statistic, chdtrc(1, statistic))


def _crossing(fall: Callable[[float], float], drop: float, begin: float, step: float) -> float:
    """Where a fall that is 0 at `begin`, and grows in the direction of `step`, comes to `drop`; infinite if nowhere."""
    near, far = begin, begin + 2 * step
    while fall(far) < drop:
        if abs(far - begin) > FAR:
            return float(np.copysign(np.inf, step))
        near, far = far, begin + 2 * (far - begin)

    from scipy.optimize import brentq

    return float(brentq(lambda there: fall(there) - drop, near, far, xtol=1e-12, rtol=1e-13))


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a fit starts from: rows in order, the covariates about 0 and with unit spread, the rows of no weight left out."""

    rows: "Rows"
    order: Int[np.ndarray, " kept"]
    scaled: Float[np.ndarray, "people columns"]
    spread: Float[np.ndarray, " columns"]
    efron: bool


def prepared(
    time: Real[np.ndarray, " people"],
    happened: Bool[np.ndarray, " people"],
    covariates: Real[np.ndarray, "people columns"],
    *,
    start: Real[np.ndarray, " people"] | None = None,
    stratum: Shaped[np.ndarray, " people"] | None = None,
    weight: Real[np.ndarray, " people"] | None = None,
    ties: Ties = "efron",
) -> Prepared:
    """Rows ready to be fitted, once or many times.

    Raises:
        Inestimable: Nothing can be fitted to them, or a time, weight or covariate is missing or impossible.
    """
    if ties not in get_args(Ties):
        raise ValueError(f"{ties!r} is not one of {', '.join(get_args(Ties))}")
    x, time, happened = np.asarray(covariates, dtype=float), np.asarray(time, dtype=float), np.asarray(happened)
    at = layout(time, happened, start, None if stratum is None else members(stratum, "stratum", len(time))[1])
    if x.ndim != 2 or len(x) != len(time) or not x.shape[1]:
        raise ValueError(f"one row of covariates a person, not {x.shape} for {len(time)} people")
    if not np.isfinite(x).all():
        bad = tuple(map(int, np.flatnonzero(~np.isfinite(x).all(axis=0))))
        raise Inestimable("a value is missing or infinite in {columns}", bad)
    w, kept = weights(weight, len(time))
    if not happened[kept].any():
        raise Inestimable("nobody had the event" if weight is None else "nobody of weight above 0 had the event")
    if not isinstance(kept, slice):  # once more, of fewer rows; what was refused above may stand in any
        starts, strata = (None if given is None else np.asarray(given)[kept] for given in (start, stratum))
        at = layout(
            time[kept],
            happened[kept],
            starts,
            None if strata is None else members(strata, "stratum", len(kept))[1],
        )
    everyone = w[kept].sum()
    middle = w[kept] @ x[kept] / everyone
    scaled = x - middle
    spread = np.sqrt(np.array([w[kept] @ column**2 for column in scaled[kept].T]) / everyone)
    still = tuple(map(int, np.flatnonzero(spread <= 1e-12 * np.abs(middle))))
    if still:
        raise Inestimable(f"{COLUMNS} never {'varies' if len(still) == 1 else 'vary'}", still)
    scaled /= spread
    order = at.order if isinstance(kept, slice) else kept[at.order]

    if not _is_compared(at, happened[order]):
        raise Inestimable("at each event all who were at risk had it together, and nobody is left to compare them with")

    from .loops.cox import Rows

    rows = Rows(
        at.moment,
        at.edges,
        happened[order],
        w[order],
        np.ones(len(order), dtype=np.int64),
        scaled[order],
        at.entry,
        at.by_entry,
    )
    return Prepared(rows, order, scaled, spread, ties == "efron")


def _is_compared(at: Layout, died: Bool[np.ndarray, " rows"]) -> bool:
    """Whether anyone at risk at an event lived on: else a shared approximation to ties would pass for information."""
    deaths = np.bincount(at.moment, died)
    ending = np.bincount(at.moment)
    first = np.cumsum(ending) - ending
    if len(at.entry):
        present = np.searchsorted(at.entry[at.by_entry], np.arange(len(first)), side="left")
    else:
        present = at.edges[np.searchsorted(at.edges, first, side="right")]
    return bool(((deaths > 0) & (present - first > deaths)).any())


def fitted(
    given: Prepared, beta: Float[np.ndarray, " columns"], *, firth: bool = False, settled: float = SETTLED
) -> tuple["Room", int, float, float]:
    """Move `beta`, from 0, to the maximum: the room it was found in, the steps, the log-likelihood at zero and there.

    Raises:
        Inestimable: There is no finite maximum.
    """
    from .loops.cox import FITTED, maximised, room

    work = room(len(given.order), len(beta), firth=firth)
    ended, steps, null, log_likelihood = maximised(
        given.rows, given.efron, firth, settled, beta, np.zeros(len(beta), dtype=bool), work
    )
    if ended != FITTED:
        raise _refused(ended, given, beta, work)
    return work, steps, null, log_likelihood


def _refused(ended: int, given: Prepared, beta: Float[np.ndarray, " columns"], work: "Room") -> Inestimable:
    """Why there is no maximum, and which covariates are to blame."""
    from .loops.cox import (
        NO_MAXIMUM,
        REPEATED,
        REPEATED_COLUMNS,
        STEPS,
        STILL_COLUMN,
        UNBOUNDED,
        likelihood,
    )

    own = np.diag(work.null_information)
    if ended == STILL_COLUMN:
        still = tuple(map(int, np.flatnonzero(own <= 1e-12 * (given.rows.weight @ given.rows.died))))
        verb = "differs" if len(still) == 1 else "differ"
        return Inestimable(f"{COLUMNS} never {verb} between people who were at risk together", still)
    if ended == REPEATED_COLUMNS:
        values, vectors = np.linalg.eigh(work.null_information / np.sqrt(np.outer(own, own)))
        flat = np.abs(vectors[:, values < 2 * max(REPEATED, values[0])]).max(axis=1)
        repeated = tuple(map(int, np.flatnonzero(flat > 1e-3)))
        return Inestimable("{columns} repeat each other: one follows from the others", repeated)
    if np.isfinite(likelihood(given.rows, given.efron, False, beta, work.score, work.information, work)):
        root = np.linalg.cholesky(work.null_information)
        flatness, turned = np.linalg.eigh(np.linalg.solve(root, np.linalg.solve(root, work.information).T))
        if ended == UNBOUNDED or flatness[0] < DOUBTFUL:
            size = np.abs(np.linalg.solve(root.T, turned[:, 0]))
            to_blame = tuple(map(int, np.flatnonzero(size > 0.1 * size.max())))
            return Inestimable(
                "the hazard ratio of {columns} is infinite or zero: the likelihood rises without end, as "
                "when one of the groups compared has no event",
                to_blame,
            )
    return Inestimable("no maximum could be found" if ended == NO_MAXIMUM else f"the fit did not settle in {STEPS} steps")


def _summed(x: Float[np.ndarray, "people columns"], beta: Float[np.ndarray, " columns"]) -> Float[np.ndarray, " people"]:
    """Coefficients times covariates, added in one order so that equal rows have equal sums."""
    total = np.zeros(len(x))
    for column, slope in zip(x.T, beta, strict=True):
        total += slope * column
    return total
