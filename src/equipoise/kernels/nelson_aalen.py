"""Cumulative hazard by Nelson and Aalen."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int, Real

from .follow_up import counts


@dataclass(frozen=True, slots=True)
class NelsonAalen:
    """The cumulative hazard just after each distinct time of follow-up, rising, and its variance."""

    time: Float[np.ndarray, " times"]
    at_risk: Int[np.ndarray, " times"]
    events: Int[np.ndarray, " times"]
    cumulative_hazard: Float[np.ndarray, " times"]
    variance: Float[np.ndarray, " times"]


def nelson_aalen(
    time: Real[np.ndarray, " people"],
    happened: Bool[np.ndarray, " people"],
    *,
    start: Real[np.ndarray, " people"] | None = None,
) -> NelsonAalen:
    """Estimate the cumulative hazard, tied events counted together.

    Args:
        time: Follow-up from the origin, in any one unit, each at least 0.
        happened: Whether follow-up ended in the event (True) or in censoring (False).
        start: When each came under observation, if not at the origin: at risk after `start`, up to `time`.

    Raises:
        Inestimable: Nobody was followed, or a time is missing, infinite or negative.

    Source:
        Nelson (1972), Technometrics 14:945-966; Aalen (1978), Ann Stat 6:701-726, also for the variance.

    >>> nelson_aalen(np.array([1.0, 2.0, 2.0, 4.0]), np.array([True, True, False, False])).cumulative_hazard.round(4)
    array([0.25  , 0.5833, 0.5833])
    """
    at = counts(time, happened, start)
    risk = at.at_risk.astype(float)
    return NelsonAalen(at.time, at.at_risk, at.events, np.cumsum(at.events / risk), np.cumsum(at.events / risk**2))
