"""Cox's proportional-hazards model.

Ties
    Efron's approximation by default, Breslow's on request.

When there is no answer
    The fit refuses, with a sentence, rather than print a number that stands for infinity or for a column that carries
    nothing: no events, a column that never varies among those at risk together, columns that repeat each other, and a
    likelihood that rises without end, as when one group has no event.

How it is computed
    Sums over those at risk are sums from the last time backwards, less those who had not entered yet. The covariates
    are centred and brought to unit spread within, and each iteration is a few passes over the rows.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, get_args

import numpy as np
from jaxtyping import Bool, Float, Int, Real, Shaped
from scipy.special import chdtrc, ndtr, ndtri

from .follow_up import checked
from .inestimable import Inestimable

Ties = Literal["efron", "breslow"]

STEPS = 50
"""Newton's steps allowed; a likelihood with a maximum needs about six."""
SETTLED = 1e-9
"""The fit ends when a step changes the log-likelihood by less than this part of it: R's rule, so that answers agree."""
STILL = 1e-4
"""But not while the next step would move a coefficient by more than this, for a standard deviation of its covariate."""
MOTIONLESS = 1e-12
"""And at any rate once the next step would move none by more than this."""
REPEATED = 1e-10
"""Columns whose correlation matrix has an eigenvalue below this repeat each other."""
FLAT = 1e-9
"""A likelihood this much flatter than at the start, in some direction, is rising without end."""
DOUBTFUL = 1e-4
"""One this much flatter, in which no maximum is found, is taken to be rising without end too."""


@dataclass(frozen=True, slots=True)
class ChiSquare:
    """A chi-square statistic with its degrees of freedom and the chance of one as large."""

    statistic: float
    df: int
    p: float


@dataclass(frozen=True, slots=True)
class Cox:
    """Log hazard ratios, one a column, and how well they are known.

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
    """Hazard ratios with Wald's limits, one a column."""

    estimate: Float[np.ndarray, " columns"]
    lower: Float[np.ndarray, " columns"]
    upper: Float[np.ndarray, " columns"]


def hazard_ratio(fit: Cox, *, level: float = 0.95) -> HazardRatio:
    """The hazard ratios of a fit, for one unit of each covariate, with Wald's limits."""
    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1, not {level}")
    reach = float(ndtri(0.5 + level / 2)) * fit.se
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
        settled: The relative change of the log-likelihood at which the fit ends. R's own, by default: the coefficients
            are then R's to about 1e-12, and the maximum's to about 1e-8. With 0 they are the maximum's to about 1e-12.

    Raises:
        Inestimable: There is no finite answer, or a time, weight or covariate is missing or impossible. Its `columns`
            say which covariates are to blame.

    Source:
        Cox (1972), J R Stat Soc B 34:187-220; Efron (1977), J Am Stat Assoc 72:557-565; Breslow (1974), Biometrics
        30:89-99; variance between clusters: Lin and Wei (1989), J Am Stat Assoc 84:1074-1078; tied events with weights
        as Therneau and Grambsch (2000), Modeling Survival Data, section 3.3.

    >>> time, died = np.array([1.0, 2.0, 3.0, 4.0]), np.array([True, True, True, True])
    >>> fit = cox(time, died, np.array([[1.0], [0.0], [1.0], [0.0]]))
    >>> hazard_ratio(fit).estimate.round(4)
    array([2.5616])
    """
    if ties not in get_args(Ties):
        raise ValueError(f"{ties!r} is not one of {', '.join(get_args(Ties))}")
    x = np.asarray(covariates, dtype=float)
    time, entry = checked(time, happened, start)
    if x.ndim != 2 or len(x) != len(time) or not x.shape[1]:
        raise ValueError(f"one row of covariates a person, not {x.shape} for {len(time)} people")
    if not np.isfinite(x).all():
        bad = tuple(map(int, np.flatnonzero(~np.isfinite(x).all(axis=0))))
        raise Inestimable(f"a value is missing or infinite in {_columns(bad)}", bad)
    w = np.ones(len(time)) if weight is None else np.asarray(weight, dtype=float)
    if w.shape != time.shape:
        raise ValueError(f"one weight a person, not {w.shape} for {len(time)} people")
    if not (np.isfinite(w).all() and (w >= 0).all()):
        raise Inestimable("a weight is missing, infinite or negative")
    layer = _labelled(stratum, "stratum", len(time))
    group = None if cluster is None else _labelled(cluster, "cluster", len(time))

    kept = np.flatnonzero(w > 0)
    if not np.asarray(happened)[kept].any():
        raise Inestimable("nobody had the event" if weight is None else "nobody of weight above 0 had the event")
    middle = w[kept] @ x[kept] / w[kept].sum()
    spread = np.sqrt(w[kept] @ (x[kept] - middle) ** 2 / w[kept].sum())
    still = tuple(map(int, np.flatnonzero(spread <= 1e-12 * np.abs(middle))))
    if still:
        raise Inestimable(f"{_columns(still)} never varies", still)
    scaled = (x - middle) / spread

    sets = _risk_sets(
        time[kept], np.asarray(happened)[kept], entry[kept] if start is not None else None, layer[kept], w[kept], ties
    )
    order = kept[sets.order]
    null, fitted, beta, steps = _maximised(sets, np.ascontiguousarray(scaled[order].T), settled)
    model_variance = np.linalg.inv(fitted.information)
    variance = model_variance
    if robust or group is not None:
        moved = _score_residuals(sets, np.ascontiguousarray(scaled[order].T), fitted) @ model_variance
        if group is not None:
            moved = np.stack([np.bincount(group[order], weights=column) for column in moved.T], axis=1)
        variance = moved.T @ moved
        if np.linalg.matrix_rank(variance, hermitian=True) < len(beta):
            raise Inestimable(f"{len(moved)} rows or clusters are too few for the variance between them")
    wald = float(beta @ np.linalg.solve(variance, beta))
    score_test = float(null.score @ np.linalg.solve(null.information, null.score))
    ratio = 2 * (fitted.log_likelihood - null.log_likelihood)

    coefficient, se = beta / spread, np.sqrt(np.diag(variance)) / spread
    df = len(beta)
    return Cox(
        coefficient=coefficient,
        se=se,
        variance=variance / np.outer(spread, spread),
        model_variance=model_variance / np.outer(spread, spread),
        z=coefficient / se,
        p=2 * ndtr(-np.abs(coefficient / se)),
        score=_summed(scaled.T, beta),
        null_log_likelihood=null.log_likelihood,
        log_likelihood=fitted.log_likelihood,
        likelihood_ratio_test=ChiSquare(ratio, df, float(chdtrc(df, max(ratio, 0.0)))),
        score_test=ChiSquare(score_test, df, float(chdtrc(df, score_test))),
        wald_test=ChiSquare(wald, df, float(chdtrc(df, wald))),
        people=len(kept),
        events=len(sets.death),
        steps=steps,
    )


@dataclass(frozen=True, slots=True)
class _RiskSets:
    """Who is at risk at each event time, by index. Rows are in the order of stratum, then time.

    An event time is a moment in one stratum. Sums within strata are kept in arrays that have one place more for each
    stratum, so `late`, `entered`, `until` and `since` are places in those.
    """

    order: Int[np.ndarray, " people"]
    weight: Float[np.ndarray, " people"]
    rows: Int[np.ndarray, " bounds"]
    moments: Int[np.ndarray, " bounds"]
    death: Int[np.ndarray, " deaths"]
    of: Int[np.ndarray, " deaths"]
    first: Int[np.ndarray, " moments"]
    shared: Float[np.ndarray, " deaths"]
    lost: Float[np.ndarray, " deaths"]
    late: Int[np.ndarray, " moments"]
    until: Int[np.ndarray, " people"]
    since: Int[np.ndarray, " people"]
    by_start: Int[np.ndarray, " people"] | None
    entered: Int[np.ndarray, " moments"] | None


def _risk_sets(
    time: Float[np.ndarray, " people"],
    happened: Bool[np.ndarray, " people"],
    start: Float[np.ndarray, " people"] | None,
    layer: Int[np.ndarray, " people"],
    weight: Float[np.ndarray, " people"],
    ties: Ties,
) -> _RiskSets:
    strata, layer = np.unique(layer, return_inverse=True)
    together = time if start is None else np.concatenate((time, start))
    distinct, rank = np.unique(together, return_inverse=True)
    wide = len(distinct)
    key = layer * wide + rank[: len(time)]
    order = np.argsort(key, kind="stable")
    key, layer, happened, weight = key[order], layer[order], happened[order], weight[order]
    edges = np.arange(len(strata) + 1) * wide

    death = np.flatnonzero(happened)
    at, of = np.unique(key[death], return_inverse=True)
    number = np.bincount(of)
    first = np.cumsum(number) - number
    place = at // wide
    # Efron: of d tied deaths, the k-th (from 0) is compared with all at risk less k/d of the tied.
    turn = np.arange(len(death)) - first[of]
    shared = turn / number[of] if ties == "efron" else np.zeros(len(death))
    lost = (np.bincount(of, weights=weight[death]) / number)[of]

    by_start, entered = None, None
    from_key = layer * wide - 1
    if start is not None:
        from_key = layer * wide + rank[len(time) :][order]
        by_start = np.argsort(from_key, kind="stable")
        entered = np.searchsorted(from_key[by_start], at, side="left") + place
    return _RiskSets(
        order=order,
        weight=weight,
        rows=np.searchsorted(key, edges),
        moments=np.searchsorted(at, edges),
        death=death,
        of=of,
        first=first,
        shared=shared,
        lost=lost,
        late=np.searchsorted(key, at, side="left") + place,
        until=np.searchsorted(at, key, side="right") + layer,
        since=np.searchsorted(at, from_key, side="right") + layer,
        by_start=by_start,
        entered=entered,
    )


@dataclass(frozen=True, slots=True)
class _Likelihood:
    """The partial log-likelihood at one set of coefficients, with what the derivatives were made of."""

    log_likelihood: float
    score: Float[np.ndarray, " columns"]
    information: Float[np.ndarray, "columns columns"]
    risk: Float[np.ndarray, " people"]
    expected: Float[np.ndarray, " people"]
    mean: Float[np.ndarray, "columns deaths"]
    hazard: Float[np.ndarray, " deaths"]


@np.errstate(over="ignore", invalid="ignore")
def _likelihood(
    sets: _RiskSets, x: Float[np.ndarray, "columns people"], beta: Float[np.ndarray, " columns"]
) -> _Likelihood | None:
    """The likelihood at `beta`; None where it cannot be told from zero."""
    eta = _summed(x, beta)
    # Within a stratum only differences count; taking off the largest keeps the exponentials below 1.
    eta -= np.repeat(np.maximum.reduceat(eta, sets.rows[:-1]), np.diff(sets.rows))
    risk = sets.weight * np.exp(eta)
    total = _at_risk(sets, risk) - sets.shared * np.add.reduceat(risk[sets.death], sets.first)[sets.of]
    if not (total > 0).all():
        return None
    hazard = sets.lost / total
    log_likelihood = float(sets.weight[sets.death] @ eta[sets.death] - sets.lost @ np.log(total))
    expected = risk * _passed(sets, hazard)
    observed = np.zeros(len(eta))
    observed[sets.death] = sets.weight[sets.death]
    score = x @ (observed - expected)

    mean = np.empty((len(x), len(sets.death)))
    for k, column in enumerate(x):
        part = risk * column
        tied = np.add.reduceat(part[sets.death], sets.first)[sets.of]
        mean[k] = (_at_risk(sets, part) - sets.shared * tied) / total
    information = (x * expected) @ x.T - (mean * sets.lost) @ mean.T
    if not (np.isfinite(log_likelihood) and np.isfinite(score).all() and np.isfinite(information).all()):
        return None
    return _Likelihood(log_likelihood, score, information, risk, expected, mean, hazard)


def _maximised(
    sets: _RiskSets, x: Float[np.ndarray, "columns people"], settled: float
) -> tuple[_Likelihood, _Likelihood, Float[np.ndarray, " columns"], int]:
    """The likelihood at zero and at its maximum, by Newton's method with step halving."""
    beta = np.zeros(len(x))
    null = _likelihood(sets, x, beta)
    assert null is not None, "at zero every risk is a weight above 0"
    root = _checked_information(null.information, float(sets.lost.sum()))
    now, move = null, np.linalg.solve(null.information, null.score)
    least, direction = 1.0, move
    for step in range(1, STEPS + 1):
        # A fall by rounding alone is no fall; R, too, asks first whether the fit has settled.
        slack = max(settled, 1e-13) * abs(now.log_likelihood)
        after, halved = _likelihood(sets, x, beta + move), False
        while after is None or after.log_likelihood < now.log_likelihood - slack:
            move, halved = move / 2, True
            if np.abs(move).max() < MOTIONLESS:
                raise _unbounded(direction) if least < DOUBTFUL else Inestimable("no maximum could be found")
            after = _likelihood(sets, x, beta + move)
        change = abs(after.log_likelihood - now.log_likelihood)
        beta, now = beta + move, after
        flatness, turned = np.linalg.eigh(np.linalg.solve(root, np.linalg.solve(root, now.information).T))
        least, direction = float(flatness[0]), np.linalg.solve(root.T, turned[:, 0])
        if least < FLAT:
            raise _unbounded(direction)
        move = np.linalg.solve(now.information, now.score)
        left = float(np.abs(move).max())
        if left < MOTIONLESS or (left < STILL and not halved and change <= settled * abs(now.log_likelihood)):
            return null, now, beta, step
    raise _unbounded(direction) if least < DOUBTFUL else Inestimable(f"the fit did not settle in {STEPS} steps")


def _checked_information(
    information: Float[np.ndarray, "columns columns"], deaths: float
) -> Float[np.ndarray, "columns columns"]:
    """The lower root of the information at zero, once every column is known to carry something of its own."""
    own = np.diag(information)
    still = tuple(map(int, np.flatnonzero(own <= 1e-12 * deaths)))
    if still:
        raise Inestimable(f"{_columns(still)} never differs between people who were at risk together", still)
    scale = np.sqrt(own)
    values, vectors = np.linalg.eigh(information / np.outer(scale, scale))
    if values[0] < REPEATED:
        repeated = tuple(map(int, np.flatnonzero(np.abs(vectors[:, 0]) > 1e-3)))
        raise Inestimable(f"{_columns(repeated)} repeat each other: one follows from the others", repeated)
    return np.linalg.cholesky(information)


def _unbounded(direction: Float[np.ndarray, " columns"]) -> Inestimable:
    size = np.abs(direction)
    to_blame = tuple(map(int, np.flatnonzero(size > 0.1 * size.max())))
    return Inestimable(
        f"the hazard ratio of {_columns(to_blame)} is infinite or zero: the likelihood rises without end, as when "
        "one of the groups compared has no event",
        to_blame,
    )


def _score_residuals(
    sets: _RiskSets, x: Float[np.ndarray, "columns people"], fitted: _Likelihood
) -> Float[np.ndarray, "people columns"]:
    """What each row adds to the score: for its event, less for the hazards it lived through."""
    moved = np.empty((x.shape[1], len(x)))
    number = np.bincount(sets.of)
    for k, column in enumerate(x):
        added = -(column * fitted.expected - fitted.risk * _passed(sets, fitted.hazard * fitted.mean[k]))
        typical = (np.add.reduceat(fitted.mean[k], sets.first) / number)[sets.of]
        added[sets.death] += sets.weight[sets.death] * (column[sets.death] - typical)
        moved[:, k] = added
    return moved


def _at_risk(sets: _RiskSets, values: Float[np.ndarray, " people"]) -> Float[np.ndarray, " deaths"]:
    """The sum of values over those at risk at each death."""
    sums = _tails(values, sets.rows)[sets.late]
    if sets.by_start is not None:
        sums = sums - _tails(values[sets.by_start], sets.rows)[sets.entered]
    return np.take(sums, sets.of)


def _passed(sets: _RiskSets, values: Float[np.ndarray, " deaths"]) -> Float[np.ndarray, " people"]:
    """The sum of values over the deaths each row was at risk for, a tied death counting as Efron shares it."""
    sums = _heads(np.add.reduceat(values, sets.first), sets.moments)
    passed: Float[np.ndarray, " people"] = sums[sets.until] - sums[sets.since]
    passed[sets.death] -= np.add.reduceat(sets.shared * values, sets.first)[sets.of]
    return passed


def _tails(values: Float[np.ndarray, " n"], bounds: Int[np.ndarray, " bounds"]) -> Float[np.ndarray, " m"]:
    """Sums from each place to the end of its stratum; after each stratum a place that holds 0."""
    sums = np.zeros(len(values) + len(bounds) - 1)
    for s, (a, b) in enumerate(pairwise(bounds.tolist())):
        np.cumsum(values[a:b][::-1], out=sums[a + s : b + s][::-1])
    return sums


def _heads(values: Float[np.ndarray, " n"], bounds: Int[np.ndarray, " bounds"]) -> Float[np.ndarray, " m"]:
    """Sums from the start of the stratum to each place; before each stratum a place that holds 0."""
    sums = np.zeros(len(values) + len(bounds) - 1)
    for s, (a, b) in enumerate(pairwise(bounds.tolist())):
        np.cumsum(values[a:b], out=sums[a + s + 1 : b + s + 1])
    return sums


def _summed(
    x: Float[np.ndarray, "columns people"], beta: Float[np.ndarray, " columns"]
) -> Float[np.ndarray, " people"]:
    """Coefficients times covariates, added in one order so that equal rows have equal sums."""
    total = np.zeros(x.shape[1])
    for column, slope in zip(x, beta, strict=True):
        total += slope * column
    return total


def _labelled(labels: Shaped[np.ndarray, " people"] | None, what: str, people: int) -> Int[np.ndarray, " people"]:
    if labels is None:
        return np.zeros(people, dtype=int)
    labels = np.asarray(labels)
    if labels.shape != (people,):
        raise ValueError(f"one {what} a person, not {labels.shape} for {people} people")
    if labels.dtype.kind == "f" and np.isnan(labels).any():
        raise Inestimable(f"the {what} of {int(np.isnan(labels).sum())} people is missing")
    return np.unique(labels, return_inverse=True)[1]


def _columns(which: tuple[int, ...]) -> str:
    names = ", ".join(str(k + 1) for k in which)
    return f"covariate {names}" if len(which) == 1 else f"covariates {names}"
