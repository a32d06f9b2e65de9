"""Fine and Gray's proportional-hazards model of a subdistribution.

What it estimates
    How each covariate multiplies the subdistribution hazard of one event: the rate of having it among those who have
    not had it yet, with those who had a competing event counted as still to have it. A ratio above 1 goes with a higher
    cumulative incidence; it is not the ratio of the rates among those at risk, which Cox's model gives.

Censoring
    Whoever had a competing event stays among those at risk with the weight G(t-) / G(s-), where s is the time of the
    competing event and G the chance of not being censored, by Kaplan and Meier, in one curve or one for each group.
    Past the last follow-up of a group its G is 0. The variance carries the error of G.

Ties
    By Breslow.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int, Real, Shaped
from scipy.special import chdtrc, ndtr, ndtri

from .cox import ChiSquare, HazardRatio
from .follow_up import checked
from .inestimable import Inestimable

STEPS = 50
"""Newton's steps allowed; a likelihood with a maximum needs about six."""
SETTLED = 1e-6
"""The fit ends when the score, a coefficient above 1 counting with it, is this part of the log-likelihood: cmprsk's rule."""
STILL = 1e-4
"""But not while the next step would move a coefficient by more than this, for a standard deviation of its covariate."""
MOTIONLESS = 1e-10
"""And at any rate once the next step would move none by more than this."""
REPEATED = 1e-10
"""Columns whose correlation matrix has an eigenvalue below this repeat each other."""
ROUNDING = 1e-20
"""A variance this small, beside the model's, is a sum that should have come to nothing: everybody had the event at once."""
FLAT = 1e-7
"""A likelihood this much flatter than at the start, in some direction, is rising without end."""


@dataclass(frozen=True, slots=True)
class FineGray:
    """Log subdistribution hazard ratios, one a column, and how well they are known.

    `variance` is the sandwich with the error of the censoring weights, `model_variance` the inverse of the information.
    `z` and `p` are Wald's, of each coefficient.
    """

    coefficient: Float[np.ndarray, " columns"]
    se: Float[np.ndarray, " columns"]
    variance: Float[np.ndarray, "columns columns"]
    model_variance: Float[np.ndarray, "columns columns"]
    z: Float[np.ndarray, " columns"]
    p: Float[np.ndarray, " columns"]
    null_log_likelihood: float
    log_likelihood: float
    wald_test: ChiSquare
    people: int
    events: int
    competing: int
    steps: int


def subdistribution_hazard_ratio(fit: FineGray, *, level: float = 0.95) -> HazardRatio:
    """The subdistribution hazard ratios of a fit, for one unit of each covariate, with Wald's limits."""
    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1, not {level}")
    reach = float(ndtri(0.5 + level / 2)) * fit.se
    return HazardRatio(*map(np.exp, (fit.coefficient, fit.coefficient - reach, fit.coefficient + reach)))


def fine_gray(
    time: Real[np.ndarray, " people"],
    event: Int[np.ndarray, " people"],
    covariates: Real[np.ndarray, "people columns"],
    *,
    cause: int = 1,
    censoring_group: Shaped[np.ndarray, " people"] | None = None,
    settled: float = SETTLED,
) -> FineGray:
    """Estimate how each covariate multiplies the subdistribution hazard of one event.

    Args:
        time: Follow-up from the origin, in any one unit, each at least 0.
        event: 0 for censored, 1 and above for the event that ended follow-up.
        covariates: One column a covariate, without gaps.
        cause: The event of interest; all others compete with it.
        censoring_group: Groups that are censored differently, each with its own curve; coefficients then agree with
            cmprsk's `cengroup`, variances only to about 1 % (without groups they agree to its digits).
        settled: How near the maximum the fit ends. By default as cmprsk does, so that the coefficients are its own to
            about 1e-12, and the maximum's to about 1e-6; with 0 they are the maximum's to about 1e-10.

    Raises:
        Inestimable: There is no finite answer, or a time or covariate is missing or impossible. Its `columns` say which
            covariates are to blame.

    Source:
        Fine and Gray (1999), J Am Stat Assoc 94:496-509, sections 3 and 4, also for the variance; as `crr` in R's
        cmprsk.

    >>> time, event = np.array([1, 2, 3, 4, 5, 6]), np.array([1, 2, 1, 0, 1, 2])
    >>> fit = fine_gray(time, event, np.array([[0], [1], [1], [0], [0], [1]]))
    >>> subdistribution_hazard_ratio(fit).estimate.round(4)
    array([0.3653])
    """
    event = np.asarray(event)
    if event.dtype.kind not in "iu" or (event < 0).any():
        raise ValueError("an event is 0 for censored or a whole number above 0")
    if cause < 1:
        raise ValueError(f"a cause is a whole number above 0, not {cause}")
    x = np.asarray(covariates, dtype=float)
    time, _ = checked(time, event > 0)
    if x.ndim != 2 or len(x) != len(time) or not x.shape[1]:
        raise ValueError(f"one row of covariates a person, not {x.shape} for {len(time)} people")
    if not np.isfinite(x).all():
        bad = tuple(map(int, np.flatnonzero(~np.isfinite(x).all(axis=0))))
        raise Inestimable(f"a value is missing or infinite in {_columns(bad)}", bad)
    kind = np.where(event == cause, 1, np.where(event > 0, 2, 0))
    if not (kind == 1).any():
        raise Inestimable("nobody had the event")
    middle, spread = x.mean(axis=0), x.std(axis=0)
    still = tuple(map(int, np.flatnonzero(spread <= 1e-12 * np.abs(middle))))
    if still:
        raise Inestimable(f"{_columns(still)} never varies", still)
    sets = _weighted_sets(time, kind, censoring_group)
    scaled = ((x - middle) / spread)[sets.order]
    null, fitted, beta, steps = _maximised(sets, scaled, spread, settled)
    model_variance = np.linalg.inv(fitted.information)
    moved = _influence(sets, scaled, fitted) @ model_variance
    variance = moved.T @ moved
    nothing = (np.diag(variance) <= ROUNDING * np.diag(model_variance)).any()
    if nothing or not np.isfinite(variance).all() or np.linalg.matrix_rank(variance, hermitian=True) < len(beta):
        raise Inestimable(f"{len(time)} people are too few for the variance between them")
    wald, df = float(beta @ np.linalg.solve(variance, beta)), len(beta)
    coefficient, se = beta / spread, np.sqrt(np.diag(variance)) / spread
    return FineGray(
        coefficient=coefficient,
        se=se,
        variance=variance / np.outer(spread, spread),
        model_variance=model_variance / np.outer(spread, spread),
        z=coefficient / se,
        p=2 * ndtr(-np.abs(coefficient / se)),
        null_log_likelihood=null.log_likelihood,
        log_likelihood=fitted.log_likelihood,
        wald_test=ChiSquare(wald, df, float(chdtrc(df, wald))),
        people=len(time),
        events=int((kind == 1).sum()),
        competing=int((kind == 2).sum()),
        steps=steps,
    )


@dataclass(frozen=True, slots=True)
class _WeightedSets:
    """People in the order of their times, and the distinct times of the event.

    `kept` is G(t-) of each group at each of these times, `own` G(s-) of each person's group at the end of follow-up.
    `first` is the first person who is still followed at each event time, `passed` how many event times each person's
    follow-up reached.
    """

    order: Int[np.ndarray, " people"]
    kind: Int[np.ndarray, " people"]
    group: Int[np.ndarray, " people"]
    time: Float[np.ndarray, " people"]
    number: Float[np.ndarray, " moments"]
    moment: Float[np.ndarray, " moments"]
    first: Int[np.ndarray, " moments"]
    passed: Int[np.ndarray, " people"]
    kept: Float[np.ndarray, "groups moments"]
    own: Float[np.ndarray, " people"]


def _weighted_sets(
    time: Float[np.ndarray, " people"],
    kind: Int[np.ndarray, " people"],
    group: Shaped[np.ndarray, " people"] | None,
) -> _WeightedSets:
    order = np.argsort(time, kind="stable")
    label = np.zeros(len(time), dtype=np.int64)
    if group is not None:
        given = np.asarray(group)
        if given.shape != time.shape:
            raise ValueError(f"one group a person, not {given.shape} for {len(time)} people")
        if given.dtype.kind == "f" and np.isnan(given).any():
            raise Inestimable(f"the group of {int(np.isnan(given).sum())} people is missing")
        label = np.unique(given, return_inverse=True)[1]
    time, kind, label = time[order], kind[order], label[order]
    moment, at = np.unique(time[kind == 1], return_inverse=True)
    groups = int(label.max()) + 1
    kept, own = np.zeros((groups, len(moment))), np.zeros(len(time))
    for g in range(groups):
        inside = np.flatnonzero(label == g)
        lost, _, curve = _censoring(time[inside], kind[inside] == 0)
        height = np.concatenate(([1.0], curve))
        own[inside] = height[np.searchsorted(lost, time[inside], side="left")]
        kept[g] = np.where(moment <= time[inside[-1]], height[np.searchsorted(lost, moment, side="left")], 0.0)
    return _WeightedSets(
        order=order,
        kind=kind,
        group=label,
        time=time,
        number=np.bincount(at).astype(float),
        moment=moment,
        first=np.searchsorted(time, moment, side="left"),
        passed=np.searchsorted(moment, time, side="right"),
        kept=kept,
        own=own,
    )


def _censoring(
    time: Float[np.ndarray, " people"], censored: Bool[np.ndarray, " people"]
) -> tuple[Float[np.ndarray, " losses"], Float[np.ndarray, " losses"], Float[np.ndarray, " losses"]]:
    """The times of censoring of people in the order of their times, how many were at risk of it, and G just after."""
    lost, number = np.unique(time[censored], return_counts=True)
    at_risk = (len(time) - np.searchsorted(time, lost, side="left")).astype(float)
    return lost, at_risk, np.cumprod(1 - number / at_risk)


@dataclass(frozen=True, slots=True)
class _Likelihood:
    """The partial log-likelihood at one set of coefficients, with what the derivatives were made of."""

    log_likelihood: float
    score: Float[np.ndarray, " columns"]
    information: Float[np.ndarray, "columns columns"]
    risk: Float[np.ndarray, " people"]
    expected: Float[np.ndarray, " people"]
    hazard: Float[np.ndarray, " moments"]
    mean: Float[np.ndarray, "moments columns"]


@np.errstate(over="ignore", invalid="ignore", divide="ignore")
def _likelihood(
    sets: _WeightedSets, x: Float[np.ndarray, "people columns"], beta: Float[np.ndarray, " columns"]
) -> _Likelihood | None:
    """The likelihood at `beta`; None where it cannot be told from zero."""
    eta = x @ beta
    eta -= eta.max()
    risk = np.exp(eta)
    total = _among(sets, risk)
    if not (total > 0).all():
        return None
    hazard = sets.number / total
    had = sets.kind == 1
    log_likelihood = float(eta[had].sum() - sets.number @ np.log(total))
    expected = risk * _lived(sets, hazard)
    mean = np.stack([_among(sets, risk * column) / total for column in x.T], axis=1)
    score = x.T @ (had - expected)
    information = (x.T * expected) @ x - (mean.T * sets.number) @ mean
    if not (np.isfinite(log_likelihood) and np.isfinite(score).all() and np.isfinite(information).all()):
        return None
    return _Likelihood(log_likelihood, score, information, risk, expected, hazard, mean)


def _among(sets: _WeightedSets, values: Float[np.ndarray, " people"]) -> Float[np.ndarray, " moments"]:
    """The weighted sum of values over those at risk at each event time."""
    found = np.concatenate((np.cumsum(values[::-1])[::-1], [0.0]))[sets.first]
    for g, kept in enumerate(sets.kept):
        gone = np.where((sets.kind == 2) & (sets.group == g), values / sets.own, 0.0)
        found = found + kept * np.concatenate(([0.0], np.cumsum(gone)))[sets.first]
    return np.asarray(found)


def _lived(sets: _WeightedSets, values: Float[np.ndarray, " moments"]) -> Float[np.ndarray, " people"]:
    """The weighted sum of values over the event times that each person was at risk for."""
    found = np.concatenate(([0.0], np.cumsum(values)))[sets.passed]
    for g, kept in enumerate(sets.kept):
        later = np.concatenate((np.cumsum((kept * values)[::-1])[::-1], [0.0]))[sets.passed]
        found = found + np.where((sets.kind == 2) & (sets.group == g), later / sets.own, 0.0)
    return np.asarray(found)


def _maximised(
    sets: _WeightedSets, x: Float[np.ndarray, "people columns"], spread: Float[np.ndarray, " columns"], settled: float
) -> tuple[_Likelihood, _Likelihood, Float[np.ndarray, " columns"], int]:
    """The likelihood at zero and at its maximum, by Newton's method with step halving."""
    beta = np.zeros(x.shape[1])
    null = _likelihood(sets, x, beta)
    assert null is not None, "at zero every risk is 1"
    own = np.diag(null.information)
    still = tuple(map(int, np.flatnonzero(own <= 1e-12 * sets.number.sum())))
    if still:
        raise Inestimable(f"{_columns(still)} never differs between people who were at risk together", still)
    scale = np.sqrt(own)
    values, vectors = np.linalg.eigh(null.information / np.outer(scale, scale))
    if values[0] < REPEATED:
        repeated = tuple(map(int, np.flatnonzero(np.abs(vectors[:, 0]) > 1e-3)))
        raise Inestimable(f"{_columns(repeated)} repeat each other: one follows from the others", repeated)
    root = np.linalg.cholesky(null.information)
    now, move = null, np.linalg.solve(null.information, null.score)
    for step in range(1, STEPS + 1):
        after = _likelihood(sets, x, beta + move)
        while after is None or after.log_likelihood < now.log_likelihood - 1e-12 * abs(now.log_likelihood):
            move = move / 2
            if np.abs(move).max() < MOTIONLESS:
                raise Inestimable("no maximum could be found")
            after = _likelihood(sets, x, beta + move)
        beta, now = beta + move, after
        flatness, turned = np.linalg.eigh(np.linalg.solve(root, np.linalg.solve(root, now.information).T))
        if flatness[0] < FLAT:
            raise _unbounded(np.linalg.solve(root.T, turned[:, 0]))
        move = np.linalg.solve(now.information, now.score)
        left = float(np.abs(move).max())
        # On the scale of the covariates as they were given.
        steep = float((np.abs(now.score * spread) * np.maximum(np.abs(beta / spread), 1)).max())
        if left < MOTIONLESS or (left < STILL and steep < settled * max(abs(now.log_likelihood), 1)):
            return null, now, beta, step
    raise Inestimable(f"the fit did not settle in {STEPS} steps")


def _influence(
    sets: _WeightedSets, x: Float[np.ndarray, "people columns"], fitted: _Likelihood
) -> Float[np.ndarray, "people columns"]:
    """What each person adds to the score, directly and through the censoring weights."""
    had, rival = sets.kind == 1, sets.kind == 2
    moved = -x * fitted.expected[:, None]
    moved[had] += x[had] - fitted.mean[sets.passed[had] - 1]
    for k, mean in enumerate(fitted.mean.T):
        moved[:, k] += fitted.risk * _lived(sets, fitted.hazard * mean)
    for g, kept in enumerate(sets.kept):
        inside = np.flatnonzero(sets.group == g)
        time = sets.time[inside]
        lost, at_risk, _ = _censoring(time, sets.kind[inside] == 0)
        if not len(lost):
            continue
        # Of a loss at u: those who had a competing event before u, and the events at u or after, at which their weights
        # answer to it.
        gone = rival[inside]
        share = np.where(gone, fitted.risk[inside] / sets.own[inside], 0.0)
        before = np.searchsorted(time, lost, side="left")
        since = np.searchsorted(sets.moment, lost, side="left")
        ahead = kept * fitted.hazard
        heads, tails = np.concatenate(([0.0], np.cumsum(share)))[before], _tails(ahead)[since]
        loss = np.searchsorted(lost, time, side="left")
        censored = sets.kind[inside] == 0
        up_to = np.searchsorted(lost, time, side="right")
        number = np.bincount(loss[censored], minlength=len(lost))
        for k in range(x.shape[1]):
            heavy = np.concatenate(([0.0], np.cumsum(share * x[inside, k])))[before]
            pull = (heavy * tails - heads * _tails(ahead * fitted.mean[:, k])[since]) / at_risk
            moved[inside, k] -= np.concatenate(([0.0], np.cumsum(pull * number / at_risk)))[up_to]
            moved[inside[censored], k] += pull[loss[censored]]
    return np.asarray(moved)


def _tails(values: Float[np.ndarray, " moments"]) -> Float[np.ndarray, " more"]:
    return np.asarray(np.concatenate((np.cumsum(values[::-1])[::-1], [0.0])))


def _unbounded(direction: Float[np.ndarray, " columns"]) -> Inestimable:
    size = np.abs(direction)
    to_blame = tuple(map(int, np.flatnonzero(size > 0.1 * size.max())))
    return Inestimable(
        f"the subdistribution hazard ratio of {_columns(to_blame)} is infinite or zero: the likelihood rises without "
        "end, as when one of the groups compared has no event",
        to_blame,
    )


def _columns(which: tuple[int, ...]) -> str:
    names = ", ".join(str(k + 1) for k in which)
    return f"covariate {names}" if len(which) == 1 else f"covariates {names}"
