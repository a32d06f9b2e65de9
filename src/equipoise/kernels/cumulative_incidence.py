"""Cumulative incidence of one event among several that compete, by Aalen and Johansen."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, Real

from .follow_up import checked
from .inestimable import Inestimable
from .limits import Scale, limits


@dataclass(frozen=True, slots=True)
class CumulativeIncidence:
    """The chance, just after each distinct time of follow-up, of having had each event first.

    Events are in rising order of their number. `survival` is the chance of having had none.
    """

    time: Float[np.ndarray, " times"]
    at_risk: Int[np.ndarray, " times"]
    event: Int[np.ndarray, " events"]
    events: Int[np.ndarray, "events times"]
    incidence: Float[np.ndarray, "events times"]
    variance: Float[np.ndarray, "events times"]
    survival: Float[np.ndarray, " times"]


def cumulative_incidence(time: Real[np.ndarray, " people"], event: Int[np.ndarray, " people"]) -> CumulativeIncidence:
    """Estimate the chance of each event by each time, when only the first event can be had.

    Args:
        time: Follow-up from the origin, in any one unit, each at least 0.
        event: 0 for censored, 1 and above for the event that ended follow-up.

    Raises:
        Inestimable: Nobody was followed, nobody had an event, or a time is missing, infinite or negative.

    Source:
        Aalen and Johansen (1978), Scand J Stat 5:141-150; variance by the delta method, as Dinse and Larson (1986),
        Biometrika 73:379-386, which is also R's `survfit` for competing events.

    >>> cumulative_incidence(np.array([1.0, 2.0, 3.0, 4.0]), np.array([1, 2, 0, 1])).incidence
    array([[0.25, 0.25, 0.25, 0.75],
           [0.  , 0.25, 0.25, 0.25]])
    """
    event = np.asarray(event)
    if event.dtype.kind not in "iu" or (event < 0).any():
        raise ValueError("an event is 0 for censored or a whole number above 0")
    time, _ = checked(time, event > 0)
    kinds = np.unique(event[event > 0])
    if not len(kinds):
        raise Inestimable("nobody had an event")
    moments, row = np.unique(time, return_inverse=True)
    leaving = np.bincount(row)
    at_risk = len(time) - np.cumsum(leaving) + leaving
    had = np.stack([np.bincount(row[event == kind], minlength=len(moments)) for kind in kinds])

    n, died = at_risk.astype(float), had.sum(axis=0)
    survival = np.cumprod((at_risk - died) / n)
    before = np.concatenate(([1.0], survival[:-1]))
    incidence = np.cumsum(before * had / n, axis=1)
    # The variance at t is the sum over s <= t of a(s) + (F(t) - F(s))^2 b(s) - 2 (F(t) - F(s)) c(s), with the squares
    # opened so that each part is a running sum. Where all at risk have an event, F(t) - F(s) is 0 ever after.
    left = n - died
    b = np.where(left > 0, died / (n * np.maximum(left, 1.0)), 0.0)
    a, c = before**2 * had * (n - had) / n**3, np.where(left > 0, before * had / n**2, 0.0)
    total_b, f = np.cumsum(b), incidence
    variance = np.cumsum(a + f**2 * b + 2 * f * c, axis=1) + f**2 * total_b - 2 * f * np.cumsum(f * b + c, axis=1)
    return CumulativeIncidence(moments, at_risk, kinds, had, incidence, np.maximum(variance, 0.0), survival)


def incidence_limits(
    curve: CumulativeIncidence, *, scale: Scale = "log-log", level: float = 0.95
) -> tuple[Float[np.ndarray, "events times"], Float[np.ndarray, "events times"]]:
    """Lower and upper limits of the incidence of each event at each time; not a number before the first."""
    with np.errstate(divide="ignore", invalid="ignore"):
        log_se = np.sqrt(curve.variance) / curve.incidence
    pairs = [limits(f, se, scale=scale, level=level) for f, se in zip(curve.incidence, log_se, strict=True)]
    return np.stack([lower for lower, _ in pairs]), np.stack([upper for _, upper in pairs])
