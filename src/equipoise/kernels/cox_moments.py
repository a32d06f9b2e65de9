"""What Cox's model says of each event time: what its hazards, residuals and tests are made of."""

from dataclasses import dataclass
from itertools import pairwise
from typing import get_args

import numpy as np
from jaxtyping import Bool, Float, Int, Real, Shaped

from .cox import Cox, Ties
from .follow_up import checked
from .inestimable import Inestimable


@dataclass(frozen=True, slots=True)
class Moments:
    """Rows of weight above 0, in the order of stratum and time, and the event times of each stratum.

    A moment is an event time in one stratum. `x` is counted from `centre`, and `risk` is each row's hazard against that
    of somebody there, once `shift` is added to its logarithm. Of d deaths at a moment Efron compares the k-th (from 0)
    with all at risk less k / d of the tied: `total` and `mean` are of such a comparison, and `shared` is k / d. `lost`
    is the mean weight of those who die at the moment. The other numbers are places in these arrays.
    """

    rows: Int[np.ndarray, " rows"]
    layer: Int[np.ndarray, " rows"]
    strata: Shaped[np.ndarray, " strata"]
    time: Float[np.ndarray, " rows"]
    start: Float[np.ndarray, " rows"]
    happened: Bool[np.ndarray, " rows"]
    weight: Float[np.ndarray, " rows"]
    x: Float[np.ndarray, "rows columns"]
    centre: Float[np.ndarray, " columns"]
    risk: Float[np.ndarray, " rows"]
    shift: float
    death: Int[np.ndarray, " deaths"]
    of: Int[np.ndarray, " deaths"]
    shared: Float[np.ndarray, " deaths"]
    lost: Float[np.ndarray, " deaths"]
    total: Float[np.ndarray, " deaths"]
    mean: Float[np.ndarray, "deaths columns"]
    moment: Float[np.ndarray, " moments"]
    within: Int[np.ndarray, " moments"]
    number: Int[np.ndarray, " moments"]
    since: Int[np.ndarray, " rows"]
    until: Int[np.ndarray, " rows"]
    late: Int[np.ndarray, " moments"]
    by_start: Int[np.ndarray, " rows"] | None
    entered: Int[np.ndarray, " moments"] | None

    @property
    def hazard(self) -> Float[np.ndarray, " deaths"]:
        """What each death adds to the hazard."""
        return np.asarray(self.lost / self.total)

    def summed(self, values: Float[np.ndarray, " deaths"]) -> Float[np.ndarray, " moments"]:
        """The sum of values over the deaths of each moment."""
        return np.bincount(self.of, weights=values, minlength=len(self.moment))

    def at_risk(self, values: Float[np.ndarray, " rows"]) -> Float[np.ndarray, " moments"]:
        """The sum of values over those at risk at each moment."""
        edges = np.searchsorted(self.layer, np.arange(len(self.strata) + 1))
        sums = _tails(values, edges)[self.late + self.within]
        if self.by_start is None or self.entered is None:
            return np.asarray(sums)
        return np.asarray(sums - _tails(values[self.by_start], edges)[self.entered + self.within])

    def passed(self, values: Float[np.ndarray, " deaths"]) -> Float[np.ndarray, " rows"]:
        """The sum of values over the deaths each row was at risk for, a tied death counting as Efron shares it."""
        heads = np.concatenate(([0.0], np.cumsum(self.summed(values))))
        found: Float[np.ndarray, " rows"] = heads[self.until] - heads[self.since]
        found[self.death] -= self.summed(self.shared * values)[self.of]
        return found


def moments(
    fit: Cox,
    time: Real[np.ndarray, " people"],
    happened: Bool[np.ndarray, " people"],
    covariates: Real[np.ndarray, "people columns"],
    *,
    start: Real[np.ndarray, " people"] | None = None,
    stratum: Shaped[np.ndarray, " people"] | None = None,
    weight: Real[np.ndarray, " people"] | None = None,
    ties: Ties = "efron",
) -> Moments:
    """What the model of a fit says of each event time; the arguments are those that the fit was made with.

    Raises:
        Inestimable: A value is missing or impossible, or nobody had the event.
        ValueError: The fit is of other covariates.
    """
    if ties not in get_args(Ties):
        raise ValueError(f"{ties!r} is not one of {', '.join(get_args(Ties))}")
    x = np.asarray(covariates, dtype=float)
    ends, begins = checked(time, happened, start)
    if x.shape != (len(ends), len(fit.coefficient)):
        raise ValueError(f"the fit has {len(fit.coefficient)} columns for {len(ends)} people, not {x.shape}")
    w = np.ones(len(ends)) if weight is None else np.asarray(weight, dtype=float)
    label = np.zeros(len(ends), dtype=np.int64) if stratum is None else np.asarray(stratum)
    if w.shape != ends.shape or label.shape != ends.shape:
        raise ValueError(f"one weight and one stratum a person, not {w.shape} and {label.shape} for {len(ends)} people")
    if not np.isfinite(x).all() or not np.isfinite(w).all() or (w < 0).any():
        raise Inestimable("a covariate or a weight is missing, infinite or negative")
    kept = np.flatnonzero(w > 0)
    if len(kept) != fit.people:
        raise ValueError(f"the fit counts {fit.people} rows, and these are {len(kept)}")
    strata, layer = np.unique(label[kept], return_inverse=True)
    order = np.lexsort((ends[kept], layer))
    rows, layer = kept[order], layer[order]
    t, t0, died, w, x = ends[rows], begins[rows], np.asarray(happened)[rows], w[rows], x[rows]
    if not died.any():
        raise Inestimable("nobody had the event")
    centre = w @ x / w.sum()
    x = x - centre
    eta = x @ fit.coefficient
    shift = float(eta.max())
    risk = np.exp(eta - shift)

    # Moments of all strata in one order: the stratum first, then the time.
    distinct, rank = np.unique(np.concatenate((t, t0)), return_inverse=True)
    key, from_key = (layer * len(distinct) + part for part in (rank[: len(t)], rank[len(t) :]))
    death = np.flatnonzero(died)
    at, of = np.unique(key[death], return_inverse=True)
    number = np.bincount(of)
    turn = np.arange(len(death)) - (np.cumsum(number) - number)[of]
    within = at // len(distinct)
    by_start = None if start is None else np.argsort(from_key, kind="stable")
    found = Moments(
        rows=rows,
        layer=layer,
        strata=strata,
        time=t,
        start=t0,
        happened=died,
        weight=w,
        x=x,
        centre=centre,
        risk=risk,
        shift=shift,
        death=death,
        of=of,
        shared=turn / number[of] if ties == "efron" else np.zeros(len(death)),
        lost=(np.bincount(of, weights=w[death]) / number)[of],
        total=np.zeros(len(death)),
        mean=np.zeros((len(death), x.shape[1])),
        moment=distinct[at % len(distinct)],
        within=within,
        number=number,
        since=np.searchsorted(at, from_key, side="right"),
        until=np.searchsorted(at, key, side="right"),
        late=np.asarray(np.searchsorted(key, at, side="left")),
        by_start=by_start,
        entered=None if by_start is None else np.asarray(np.searchsorted(from_key[by_start], at, side="left")),
    )

    def compared(values: Float[np.ndarray, " rows"]) -> Float[np.ndarray, " deaths"]:
        return np.asarray(found.at_risk(values)[of] - found.shared * found.summed(values[death])[of])

    heavy = w * risk
    found.total[:] = compared(heavy)
    if not (found.total > 0).all():
        raise Inestimable("the hazards at these coefficients are too far apart to be added up")
    for k, column in enumerate(x.T):
        found.mean[:, k] = compared(heavy * column) / found.total
    return found


def _tails(values: Float[np.ndarray, " rows"], edges: Int[np.ndarray, " edges"]) -> Float[np.ndarray, " more"]:
    """Sums from each place to the end of its stratum; after each stratum a place that holds 0."""
    sums = np.zeros(len(values) + len(edges) - 1)
    for s, (a, b) in enumerate(pairwise(edges.tolist())):
        np.cumsum(values[a:b][::-1], out=sums[a + s : b + s][::-1])
    return sums
