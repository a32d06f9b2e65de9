"""The log-rank test of equal survival, and its weighting by Fleming and Harrington."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Bool, Float, Int, Real, Shaped
from scipy.special import chdtrc

from .follow_up import checked
from .inestimable import Inestimable


@dataclass(frozen=True, slots=True)
class LogRank:
    """Events observed in each group and expected if survival were equal, and the test that compares them.

    The groups are in rising order of their labels. Observed and expected are summed over strata and, like the
    variance matrix of their difference, weighted where `rho` is not 0.
    """

    group: Shaped[np.ndarray, " groups"]
    people: Int[np.ndarray, " groups"]
    observed: Float[np.ndarray, " groups"]
    expected: Float[np.ndarray, " groups"]
    variance: Float[np.ndarray, "groups groups"]
    chi_square: float
    df: int
    p: float


def logrank(
    time: Real[np.ndarray, " people"],
    happened: Bool[np.ndarray, " people"],
    group: Shaped[np.ndarray, " people"],
    *,
    stratum: Shaped[np.ndarray, " people"] | None = None,
    rho: float = 0.0,
) -> LogRank:
    """Test whether survival is the same in all groups.

    A group in which no event could be expected, because none of it was at risk at any event, takes no part in the test
    and no degree of freedom.

    Args:
        time: Follow-up from the origin, in any one unit, each at least 0.
        happened: Whether follow-up ended in the event (True) or in censoring (False).
        group: What is compared.
        stratum: People are compared only within their stratum.
        rho: Each event weighs survival just before it, in its stratum, to this power: 0 for the log-rank test, 1 for
            Peto and Peto's Wilcoxon test.

    Raises:
        Inestimable: There is one group, no event, or no event at which two groups were at risk.

    Source:
        Mantel (1966), Cancer Chemother Rep 50:163-170; Harrington and Fleming (1982), Biometrika 69:553-566.

    >>> time, died = np.array([1.0, 2.0, 3.0, 4.0]), np.array([True, True, True, True])
    >>> logrank(time, died, np.array(["a", "a", "b", "b"])).expected.round(4)
    array([0.8333, 3.1667])
    """
    time, _ = checked(time, happened)
    happened = np.asarray(happened)
    labels, member = _members(group, len(time), "group")
    strata, layer = _members(stratum if stratum is not None else np.zeros(len(time), int), len(time), "stratum")
    if len(labels) < 2:
        raise Inestimable("there is one group, and nothing to compare it with")
    if not happened.any():
        raise Inestimable("nobody had the event")

    size = len(labels)
    observed, expected, variance = np.zeros(size), np.zeros(size), np.zeros((size, size))
    order = np.lexsort((time, layer))
    bounds = np.searchsorted(layer[order], np.arange(len(strata) + 1))
    for start, end in pairwise(bounds.tolist()):
        inside = order[start:end]
        seen, awaited, spread = _compared(time[inside], happened[inside], member[inside], size, rho)
        observed, expected, variance = observed + seen, expected + awaited, variance + spread

    kept = expected > 0
    excess = (observed - expected)[kept][1:]
    spread = variance[np.ix_(kept, kept)][1:, 1:]
    if not len(excess) or np.linalg.matrix_rank(spread, hermitian=True) < len(excess):
        raise Inestimable("no event came while people of the groups compared were at risk together")
    chi_square = float(excess @ np.linalg.solve(spread, excess))
    return LogRank(
        labels,
        np.bincount(member, minlength=size),
        observed,
        expected,
        variance,
        chi_square,
        len(excess),
        float(chdtrc(len(excess), chi_square)),
    )


def _compared(
    time: Float[np.ndarray, " people"],
    happened: Bool[np.ndarray, " people"],
    member: Int[np.ndarray, " people"],
    size: int,
    rho: float,
) -> tuple[Float[np.ndarray, " groups"], Float[np.ndarray, " groups"], Float[np.ndarray, "groups groups"]]:
    """Observed, expected and variance in one stratum, whose people come in the order of their times."""
    moments, row = np.unique(time[happened], return_inverse=True)
    if not len(moments):
        return np.zeros(size), np.zeros(size), np.zeros((size, size))
    died = np.bincount(row * size + member[happened], minlength=len(moments) * size).reshape(-1, size).astype(float)
    first = np.searchsorted(time, moments)
    # Who leaves from one event time to the next, summed from the last, is who is at risk.
    reach = np.searchsorted(moments, time, side="right") - 1
    inside = reach >= 0
    leaving = np.bincount(reach[inside] * size + member[inside], minlength=len(moments) * size).reshape(-1, size)
    at_risk = np.cumsum(leaving[::-1], axis=0)[::-1].astype(float)
    all_died, all_risk = died.sum(axis=1), (len(time) - first).astype(float)

    before = np.concatenate(([1.0], np.cumprod(1 - all_died / all_risk)[:-1]))
    weight = before**rho
    share = at_risk / all_risk[:, None]
    scatter = weight**2 * all_died * (all_risk - all_died) / np.maximum(all_risk - 1, 1)
    return (
        weight @ died,
        (weight * all_died) @ share,
        np.diag(scatter @ share) - (share * scatter[:, None]).T @ share,
    )


def _members(
    labels: Shaped[np.ndarray, " people"], people: int, what: str
) -> tuple[Shaped[np.ndarray, " groups"], Int[np.ndarray, " people"]]:
    labels = np.asarray(labels)
    if labels.shape != (people,):
        raise ValueError(f"one {what} a person, not {labels.shape} for {people} people")
    if labels.dtype.kind == "f" and np.isnan(labels).any():
        raise Inestimable(f"the {what} of {int(np.isnan(labels).sum())} people is missing")
    distinct, member = np.unique(labels, return_inverse=True)
    return distinct, member
