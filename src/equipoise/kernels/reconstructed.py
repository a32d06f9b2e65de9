"""Individual times from a published survival curve: those who could have given it, from its points and numbers at risk.

A picture of a Kaplan-Meier curve does not say who was censored when. Where numbers at risk are printed below it, they
do: within each interval between two of them, as many were censored, spread evenly, as make the curve's events and the
next number at risk agree. After the last number people are censored as fast as they were on average before.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int, Real

from .inestimable import Inestimable


@dataclass(frozen=True, slots=True)
class Reconstructed:
    """One row a person: how long each was followed, and whether that ended in the event."""

    time: Float[np.ndarray, " people"]
    happened: Bool[np.ndarray, " people"]


def reconstructed(
    time: Real[np.ndarray, " points"],
    survival: Real[np.ndarray, " points"],
    risk_time: Real[np.ndarray, " intervals"],
    at_risk: Int[np.ndarray, " intervals"],
) -> Reconstructed:
    """The people behind a curve.

    Args:
        time: When the curve was read, rising from 0.
        survival: What it was then, falling from 1.
        risk_time: When the number at risk is printed, rising from 0, none after the last point.
        at_risk: That number, falling.

    Raises:
        Inestimable: Times do not rise, or shares and numbers do not fall.

    Source:
        Guyot, Ades, Ouwens and Welton (2012), BMC Med Res Methodol 12:9, where the number of all events is not known.

    >>> found = reconstructed(np.array([0.0, 1, 2, 3]), np.array([1, 0.9, 0.9, 0.8]), np.array([0.0]), np.array([10]))
    >>> found.time[found.happened].tolist(), int(found.happened.sum()), len(found.time)
    ([1.0, 3.0], 2, 10)
    """
    _orderly(time, survival, risk_time, at_risk)
    points = len(time)
    first = [int(np.searchsorted(time, each, side="left")) for each in risk_time]
    left = np.zeros(points + 1, int)
    died, censored = np.zeros(points, int), np.zeros(points, int)
    left[0], estimate, lost, lost_for = int(at_risk[0]), 1.0, 0, 0.0
    for number, start in enumerate(first):
        is_last = number + 1 == len(first)
        end = points if is_last else first[number + 1]
        if start >= end:
            continue
        opens, closes = float(risk_time[number]), float(time[-1] if is_last else risk_time[number + 1])
        if is_last:
            among = round(lost / lost_for * (closes - opens)) if lost_for > 0 else 0
            among = min(among, int(left[start]))
        else:
            among = max(0, round(left[start] * survival[end] / survival[start] - at_risk[number + 1])) if survival[start] else 0
        for _ in range(1 + 2 * int(at_risk[0])):
            after = _walked(time, survival, died, censored, left, (start, end), (opens, closes), among, estimate)
            missing = 0 if is_last else int(left[end] - at_risk[number + 1])
            if missing == 0 or among + missing < 0:
                break
            among += missing
        estimate, lost, lost_for = after, lost + among, lost_for + closes - opens
    at_end = int(left[points])
    gaps = np.append((time[1:] + time[:-1]) / 2, time[-1])
    when = np.concatenate((np.repeat(time, died), np.repeat(gaps, censored), np.full(at_end, float(time[-1])))).astype(float)
    happened = np.arange(len(when)) < int(died.sum())
    order = np.argsort(when, kind="stable")
    return Reconstructed(when[order], happened[order])


def _walked(
    time: np.ndarray, survival: np.ndarray, died: np.ndarray, censored: np.ndarray, left: np.ndarray,
    points: tuple[int, int], ends: tuple[float, float], among: int, estimate: float,
) -> float:  # fmt: skip
    """Go through an interval with so many censored in it; what the curve of those people is at its end."""
    start, end = points
    moments = ends[0] + (ends[1] - ends[0]) * np.arange(1, among + 1) / (among + 1)
    at = np.clip(np.searchsorted(time, moments, side="right") - 1, start, end - 1)
    planned = np.bincount(at - start, minlength=end - start)
    for k in range(start, end):
        number = int(left[k])
        # The curve at a number at risk that is a point of its own: nobody can die before the first.
        gone = round(number * (1 - survival[k] / estimate)) if number > 0 and estimate > 0 and k > 0 else 0
        died[k] = gone = min(max(gone, 0), number)
        if gone:
            estimate *= 1 - gone / number
        censored[k] = min(int(planned[k - start]), number - gone)
        left[k + 1] = number - gone - censored[k]
    return estimate


def _orderly(time: np.ndarray, survival: np.ndarray, risk_time: np.ndarray, at_risk: np.ndarray) -> None:
    if len(time) < 2 or len(risk_time) < 1 or time[0] != 0 or risk_time[0] != 0 or survival[0] != 1:
        raise Inestimable("a curve begins at time 0 with a share of 1 and the number at risk then, and goes on from there")
    if (np.diff(time) <= 0).any() or (np.diff(risk_time) <= 0).any() or risk_time[-1] > time[-1]:
        raise Inestimable("the times of a curve and of its numbers at risk rise, and no number comes after the last point")
    if (np.diff(survival) > 0).any() or survival[-1] < 0 or (np.diff(at_risk) > 0).any() or at_risk[-1] < 0:
        raise Inestimable("the shares of a curve and its numbers at risk do not rise")
