"""Concordance: how often, of two people, the one with the higher score has the event first."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int, Real, Shaped

from .follow_up import checked, members, weights
from .inestimable import Inestimable


@dataclass(frozen=True, slots=True)
class Concordance:
    """The share of comparable pairs in which the higher score went first, ties in score counted half; its error."""

    estimate: float
    se: float
    concordant: float
    discordant: float
    tied: float


def concordance(
    time: Real[np.ndarray, " people"],
    happened: Bool[np.ndarray, " people"],
    score: Real[np.ndarray, " people"],
    *,
    start: Real[np.ndarray, " people"] | None = None,
    stratum: Shaped[np.ndarray, " people"] | None = None,
    weight: Real[np.ndarray, " people"] | None = None,
    cluster: Shaped[np.ndarray, " people"] | None = None,
) -> Concordance:
    """Compare each event with everyone who was at risk then and had no event yet.

    Two events at one time are no pair; an event and a censoring at one time are, for the censored lived on.

    Args:
        time: Follow-up from the origin, in any one unit, each at least 0.
        happened: Whether follow-up ended in the event (True) or in censoring (False).
        score: Higher for those expected to have the event sooner.
        start: When each row came under observation, if not at the origin.
        stratum: Pairs are formed only within a stratum.
        weight: How much each row counts, each at least 0.
        cluster: Rows of one person or centre; the error is then between clusters.

    Raises:
        Inestimable: There is no comparable pair, or a time, score, weight or label is missing or impossible.

    Source:
        Harrell, Lee and Mark (1996), Stat Med 15:361-387; the error is the infinitesimal jackknife, as in R's
        survival.

    >>> time, died = np.array([1.0, 2.0, 3.0]), np.array([True, True, False])
    >>> concordance(time, died, np.array([0.5, 0.7, 0.1])).estimate
    0.6666666666666666
    """
    time, entry = checked(time, happened, start)
    happened, score = np.asarray(happened), np.asarray(score, dtype=float)
    people = len(time)
    if score.shape != time.shape:
        raise ValueError(f"one score a person, not {score.shape} for {people} people")
    if not np.isfinite(score).all():
        raise Inestimable("a score is missing or infinite")
    w, _ = weights(weight, people)
    layer = np.zeros(people, int) if stratum is None else members(stratum, "stratum", people)[1]
    rank = np.unique(score, return_inverse=True)[1]

    # One number orders strata, and times within them; a death comes before a censoring of the same day.
    moments, moment = np.unique(np.concatenate((time, entry)), return_inverse=True)
    wide = 2 * len(moments)
    stop_key = layer * wide + 2 * moment[:people] + ~happened
    start_key = layer * wide + 2 * moment[people:]
    last_key = (layer + 1) * wide - 1

    event = np.flatnonzero(happened)
    if not len(event):
        raise Inestimable("nobody had the event")
    # Of an event: all who stop later in its stratum, less those who start on its day or later.
    below, level, above = _around(stop_key, rank, w, rank[event], stop_key[event], last_key[event])
    if start is not None:
        late = _around(start_key, rank, w, rank[event], stop_key[event] - 1, last_key[event])
        below, level, above = below - late[0], level - late[1], above - late[2]
    concordant, discordant, tied = (float(w[event] @ part) for part in (below, above, level))
    pairs = concordant + discordant + tied
    if not pairs > 0:
        raise Inestimable("no two people can be compared: no event came while another person was still followed")

    # Of everyone: the events before they stopped, less the events on or before the day they started.
    low, same, high = _around(stop_key[event], rank[event], w[event], rank, layer * wide - 1, stop_key - 1)
    if start is not None:
        missed = _around(stop_key[event], rank[event], w[event], rank, layer * wide - 1, start_key)
        low, same, high = low - missed[0], same - missed[1], high - missed[2]
    # An event is beaten by the higher scores before it, and ties on its own day are no pairs.
    agree, against, even = high.copy(), low.copy(), same.copy()
    agree[event] += below
    against[event] += above
    even[event] += level
    somers = (concordant - discordant) / pairs
    influence = w * ((agree - against) - somers * (agree + against + even)) / pairs
    if cluster is not None:
        influence = np.bincount(members(cluster, "cluster", people)[1], weights=influence)
    return Concordance((concordant + tied / 2) / pairs, float(np.sqrt(influence @ influence)) / 2, concordant, discordant, tied)


def _around(
    key: Int[np.ndarray, " rows"],
    rank: Int[np.ndarray, " rows"],
    weight: Float[np.ndarray, " rows"],
    own: Int[np.ndarray, " asked"],
    after: Int[np.ndarray, " asked"],
    until: Int[np.ndarray, " asked"],
) -> tuple[Float[np.ndarray, " asked"], Float[np.ndarray, " asked"], Float[np.ndarray, " asked"]]:
    """The weight of rows with after < key <= until whose rank is below, equal to and above one's own.

    The rows, in the order of their keys, are parted by one binary digit of their rank at a time, the highest first; a
    stretch of rows stays a stretch, so every question is followed down at once (a wavelet matrix).
    """
    order = np.argsort(key, kind="stable")
    ranks, weights = rank[order], weight[order]
    left, right = (np.searchsorted(key[order], edge, side="right") for edge in (after, until))
    right = np.maximum(left, right)
    below, above = np.zeros(len(own)), np.zeros(len(own))
    for digit in reversed(range(int(max(rank.max(), own.max())).bit_length())):
        one = (ranks >> digit) & 1 == 1
        zeros = np.concatenate(([0], np.cumsum(~one)))
        of_zeros = np.concatenate(([0.0], np.cumsum(np.where(one, 0.0, weights))))
        of_ones = np.concatenate(([0.0], np.cumsum(np.where(one, weights, 0.0))))
        mine = (own >> digit) & 1 == 1
        below += np.where(mine, of_zeros[right] - of_zeros[left], 0.0)
        above += np.where(mine, 0.0, of_ones[right] - of_ones[left])
        left, right = (np.where(mine, zeros[-1] + edge - zeros[edge], zeros[edge]) for edge in (left, right))
        parted = np.argsort(one, kind="stable")
        ranks, weights = ranks[parted], weights[parted]
    total = np.concatenate(([0.0], np.cumsum(weights)))
    return below, total[right] - total[left], above
