"""Gray's test of equal cumulative incidence of one event among several that compete."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Float, Int, Real, Shaped
from scipy.special import chdtrc

from .follow_up import checked
from .inestimable import Inestimable

SPENT = 1e-9
"""What is left by the pooled curve, when it is this near to nothing, cannot be told from nothing."""


@dataclass(frozen=True, slots=True)
class Gray:
    """The test, the score of each group, in rising order of their labels, and the variance matrix of the scores.

    A score above 0 says that the group had the event more often than if the incidences were equal.
    """

    group: Shaped[np.ndarray, " groups"]
    people: Int[np.ndarray, " groups"]
    events: Int[np.ndarray, " groups"]
    score: Float[np.ndarray, " groups"]
    variance: Float[np.ndarray, "groups groups"]
    chi_square: float
    df: int
    p: float


def gray(
    time: Real[np.ndarray, " people"],
    event: Int[np.ndarray, " people"],
    group: Shaped[np.ndarray, " people"],
    *,
    cause: int = 1,
    stratum: Shaped[np.ndarray, " people"] | None = None,
    rho: float = 0.0,
) -> Gray:
    """Test whether the cumulative incidence of one event is the same in all groups.

    Args:
        time: Follow-up from the origin, in any one unit, each at least 0.
        event: 0 for censored, 1 and above for the event that ended follow-up.
        group: What is compared.
        cause: The event of interest; all others compete with it.
        stratum: People are compared only within their stratum.
        rho: Each event weighs the chance of not having had it, just before it, to this power.

    Raises:
        Inestimable: There is one group, nobody had the event, or the groups were never at risk together.

    Source:
        Gray (1988), Ann Stat 16:1141-1154; as `cuminc` in R's cmprsk.

    >>> time, event = np.array([1, 2, 3, 4, 5, 6]), np.array([1, 1, 2, 2, 1, 0])
    >>> round(gray(time, event, np.array(list("aabbab"))).p, 3)
    0.037
    """
    event = np.asarray(event)
    if event.dtype.kind not in "iu" or (event < 0).any():
        raise ValueError("an event is 0 for censored or a whole number above 0")
    if cause < 1:
        raise ValueError(f"a cause is a whole number above 0, not {cause}")
    time, _ = checked(time, event > 0)
    labels, member = _members(group, len(time), "group")
    strata, layer = _members(stratum if stratum is not None else np.zeros(len(time), int), len(time), "stratum")
    if len(labels) < 2:
        raise Inestimable("there is one group, and nothing to compare it with")
    if not (event == cause).any():
        raise Inestimable("nobody had the event")
    size = len(labels)
    kind = np.where(event == cause, 1, np.where(event > 0, 2, 0))
    score, variance = np.zeros(size), np.zeros((size, size))
    order = np.lexsort((time, layer))
    for start, end in pairwise(np.searchsorted(layer[order], np.arange(len(strata) + 1)).tolist()):
        inside = order[start:end]
        seen, spread = _compared(time[inside], kind[inside], member[inside], size, rho)
        score, variance = score + seen, variance + spread
    kept = np.diag(variance) > 1e-12 * max(float(np.diag(variance).max()), 1e-300)
    excess, spread = score[kept][1:], variance[np.ix_(kept, kept)][1:, 1:]
    if not len(excess) or np.linalg.matrix_rank(spread, hermitian=True) < len(excess):
        raise Inestimable("no event came while people of the groups compared were at risk together")
    chi_square = float(excess @ np.linalg.solve(spread, excess))
    return Gray(
        labels,
        np.bincount(member, minlength=size),
        np.bincount(member[kind == 1], minlength=size),
        score,
        variance,
        chi_square,
        len(excess),
        float(chdtrc(len(excess), chi_square)),
    )


def _compared(
    time: Float[np.ndarray, " people"],
    kind: Int[np.ndarray, " people"],
    member: Int[np.ndarray, " people"],
    size: int,
    rho: float,
) -> tuple[Float[np.ndarray, " groups"], Float[np.ndarray, "groups groups"]]:
    """Scores and their variance in one stratum, whose people come in the order of their times."""
    moments = np.unique(time[kind > 0])
    if not len(moments) or not (kind == 1).any():
        return np.zeros(size), np.zeros((size, size))
    row = np.searchsorted(moments, time)

    def number(which: Int[np.ndarray, " some"]) -> Float[np.ndarray, "moments groups"]:
        cells = np.bincount(row[which] * size + member[which], minlength=len(moments) * size)
        return cells.reshape(-1, size).astype(float)

    own, rival = number(np.flatnonzero(kind == 1)), number(np.flatnonzero(kind == 2))
    reach = np.searchsorted(moments, time, side="right") - 1
    inside = reach >= 0
    leaving = np.bincount(reach[inside] * size + member[inside], minlength=len(moments) * size).reshape(-1, size)
    risk = np.cumsum(leaving[::-1], axis=0)[::-1].astype(float)
    alive = risk > 0
    n = np.where(alive, risk, 1.0)

    free = np.cumprod(1 - (own + rival) / n, axis=0)
    free_before = np.vstack((np.ones(size), free[:-1]))
    incidence = np.cumsum(free_before * own / n, axis=0)
    incidence_before = np.vstack((np.zeros(size), incidence[:-1]))
    # h: how many each group stands for, had nobody left it; of them, those who have not had the event.
    h = np.where(alive, risk / np.where(free_before > 0, free_before, 1.0), 0.0)
    to_come = h * (1 - incidence_before)
    had, all_h, all_to_come = own.sum(axis=1), h.sum(axis=1), to_come.sum(axis=1)
    pooled = np.cumsum(had / all_h)
    left, left_before = 1 - pooled, 1 - np.concatenate(([0.0], pooled[:-1]))

    # The pooled curve may pass 1 where groups run out at different times; without a weighting the score knows nothing of it.
    over = (left_before < SPENT) & (had > 0)
    lone = (risk > 0).sum(axis=1) < 2
    if (over & ~lone & ((rho != 0) | (np.abs(left_before) <= SPENT))).any():
        raise Inestimable("everybody has had the event by the pooled curve while people of several groups are at risk")
    weight = np.ones_like(left_before) if rho == 0 else np.where(over, 0.0, np.maximum(left_before, SPENT) ** rho)
    share = np.divide(had, all_to_come, out=np.zeros_like(had), where=all_to_come > 0)
    score = np.asarray((weight[:, None] * (own - share[:, None] * to_come)).sum(axis=0))

    # How the score of group i answers to an event in group k (last axis): at once, and through the incidence after it.
    at_once = (weight[:, None] * h)[:, None, :] * (np.eye(size)[None] - (h / all_h[:, None])[:, :, None])
    grows = np.divide(had, all_h * left_before, out=np.zeros_like(had), where=(had > 0) & ~lone)
    grown = np.cumsum(at_once * grows[:, None, None], axis=0)
    to_grow = grown[-1] - grown
    remains = np.divide(left[:, None], free, out=np.zeros_like(free), where=free > 0)
    by_own = at_once + np.where(free > 0, 1 - remains, 1.0)[:, None, :] * to_grow
    by_rival = remains[:, None, :] * to_grow
    whole = all_h[:, None] * free_before
    tied = 1 - np.where(had > 1, had - 1, 0.0)[:, None] / np.where(whole > 1, whole - 1, 1.0)
    own_scatter = np.where(alive, tied * free_before * (had / all_h)[:, None] / n, 0.0)
    tied = 1 - np.maximum(rival - 1, 0.0) / np.where(n > 1, n - 1, 1.0)
    rival_scatter = np.where(alive & (free > 0), tied * free_before**2 * rival / n**2, 0.0)
    variance = np.einsum("tik,tjk,tk->ij", by_own, by_own, own_scatter, optimize=True)
    variance += np.einsum("tik,tjk,tk->ij", by_rival, by_rival, rival_scatter, optimize=True)
    return score, variance


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
