"""Net benefit: whether acting on a predicted risk does more good than acting on everyone or on nobody.

At a threshold, those whose risk is at least as high are acted on. Each of them who would have the event is a gain of 1;
each who would not is a loss of the odds of the threshold, for whoever acts at a risk of 1 in 10 takes nine needless
actions for a needed one. Acting on nobody has a net benefit of 0.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Real

from .follow_up import checked
from .inestimable import Inestimable
from .kaplan_meier import kaplan_meier


@dataclass(frozen=True, slots=True)
class DecisionCurve:
    """At each threshold: how many are acted on, and the net benefit for each person, of the risks and of acting on all.

    Where nobody can be told to have the event by the time asked, because those acted on were not followed so long, the
    benefit is not a number.
    """

    threshold: Float[np.ndarray, " thresholds"]
    acted_on: Float[np.ndarray, " thresholds"]
    benefit: Float[np.ndarray, " thresholds"]
    of_all: Float[np.ndarray, " thresholds"]


def decision_curve(
    risk: Real[np.ndarray, " people"],
    happened: Bool[np.ndarray, " people"],
    thresholds: Real[np.ndarray, " thresholds"],
    *,
    time: Real[np.ndarray, " people"] | None = None,
    by: float | None = None,
) -> DecisionCurve:
    """The net benefit of acting on a risk, at each threshold.

    Args:
        risk: The predicted risk of each person, from 0 to 1.
        happened: Whether the event happened; with `time`, whether follow-up ended in it.
        thresholds: The risks from which one would act, each above 0 and below 1.
        time: Follow-up from the origin, where some are censored: then the share with the event is Kaplan and Meier's.
        by: The time by which the event is predicted, with `time`.

    Raises:
        Inestimable: Nobody is there, a risk is missing or is no risk, or follow-up is missing or impossible.

    Source:
        Vickers and Elkin (2006), Med Decis Making 26:565-574; with censoring, Vickers, Cronin, Elkin and Gonen (2008),
        BMC Med Inform Decis Mak 8:53.

    >>> risk, happened = np.array([0.9, 0.6, 0.4, 0.1]), np.array([True, False, True, False])
    >>> decision_curve(risk, happened, np.array([0.5])).benefit
    array([0.])
    """
    held, asked = np.asarray(risk, dtype=float), np.asarray(thresholds, dtype=float)
    if (time is None) != (by is None):
        raise ValueError("follow-up and the time by which the event is predicted go together")
    if not ((asked > 0) & (asked < 1)).all():
        raise ValueError("a threshold lies between 0 and 1")
    if not len(held):
        raise Inestimable("nobody's risk is told")
    if not ((held >= 0) & (held <= 1)).all():
        raise Inestimable("a predicted risk is missing, or does not lie between 0 and 1")
    ended = np.asarray(happened)
    followed = checked(time, ended)[0] if time is not None else None

    def share(who: Bool[np.ndarray, " people"]) -> float:
        if not who.any():
            return 0.0
        if followed is None or by is None:
            return float(ended[who].mean())
        return _incidence(followed[who], ended[who], by)

    odds = asked / (1 - asked)
    acted = np.array([float((held >= each).mean()) for each in asked])
    events = np.array([share(held >= each) for each in asked])
    everyone = share(np.ones(len(held), dtype=bool))
    benefit = acted * (events - (1 - events) * odds) + 0.0
    return DecisionCurve(asked, acted, benefit, everyone - (1 - everyone) * odds)


def _incidence(time: Float[np.ndarray, " people"], happened: Bool[np.ndarray, " people"], by: float) -> float:
    """The share with the event by a time; not a number where follow-up ended before it with people left."""
    curve = kaplan_meier(time, happened)
    reached = int(np.searchsorted(curve.time, by, side="right"))
    if by > curve.time[-1] and curve.survival[-1] > 0:
        return float("nan")
    return 1.0 - (float(curve.survival[reached - 1]) if reached else 1.0)
