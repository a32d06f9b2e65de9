"""The log-rank test of equal survival, and its weighting by Fleming and Harrington."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int, Real, Shaped
from scipy.special import chdtrc

from .follow_up import layout, members
from .inestimable import Inestimable


@dataclass(frozen=True, slots=True)
class LogRank:
    """Events observed in each group and expected if survival were equal, and the test that compares them.

    The groups are in rising order of their labels. Observed and expected are summed over strata and, like the
    variance matrix of their difference, weighted where `rho` or `gamma` is not 0.
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
    start: Real[np.ndarray, " people"] | None = None,
    rho: float = 0.0,
    gamma: float = 0.0,
) -> LogRank:
    """Test whether survival is the same in all groups.

    A group in which no event could be expected, because none of it was at risk at any event, takes no part in the test
    and no degree of freedom.

    Args:
        time: Follow-up from the origin, in any one unit, each at least 0.
        happened: Whether follow-up ended in the event (True) or in censoring (False).
        group: What is compared.
        stratum: People are compared only within their stratum.
        start: When each came under observation, if not at the origin: at risk after `start`, up to `time`.
        rho: Each event weighs survival just before it, in its stratum, to this power: 0 for the log-rank test, 1 for
            Peto and Peto's Wilcoxon test;
        gamma: times one less that survival to this power: above 0 for differences that come late.

    Raises:
        Inestimable: There is one group, no event, or no event at which two groups were at risk; or a time, group or
            stratum is missing or impossible.

    Source:
        Mantel (1966), Cancer Chemother Rep 50:163-170; Harrington and Fleming (1982), Biometrika 69:553-566;
        with gamma, Fleming and Harrington (1991), Counting Processes and Survival Analysis, section 7.2.

    >>> time, died = np.array([1.0, 2.0, 3.0, 4.0]), np.array([True, True, True, True])
    >>> logrank(time, died, np.array(["a", "a", "b", "b"])).expected.round(4)
    array([0.8333, 3.1667])
    """
    at = layout(time, happened, start, None if stratum is None else members(stratum, "stratum", len(time))[1])
    labels, member = members(group, "group", len(time))
    if len(labels) < 2:
        raise Inestimable("there is one group, and nothing to compare it with")
    if not np.asarray(happened).any():
        raise Inestimable("nobody had the event")

    from .loops.logrank import compared

    size, died = len(labels), np.asarray(happened)[at.order]
    observed, expected, variance = np.zeros(size), np.zeros(size), np.zeros((size, size))
    compared(
        at.moment, died, member[at.order], at.edges, at.entry, at.by_entry, float(rho), float(gamma),
        np.zeros(size), np.zeros(size), observed, expected, variance,
    )  # fmt: skip

    kept = expected > 0
    excess = (observed - expected)[kept][1:]
    spread = variance[np.ix_(kept, kept)][1:, 1:]
    if not len(excess) or np.linalg.matrix_rank(spread, hermitian=True) < len(excess):
        raise Inestimable("no event came while people of the groups compared were at risk together, some to live on")
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
