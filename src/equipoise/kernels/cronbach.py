"""Reliability of a score: how far its items go together, by Cronbach's alpha."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Real
from scipy.special import fdtri

from .inestimable import Inestimable


@dataclass(frozen=True, slots=True)
class Reliability:
    """Cronbach's alpha with limits, and of how many people and items it is."""

    estimate: float
    lower: float
    upper: float
    people: int
    items: int


def cronbach(answers: Real[np.ndarray, "people items"], *, level: float = 0.95) -> Reliability:
    """Estimate how much of the variance of a sum of items they share.

    Alpha may be negative: items that run against each other make no score. Limits take the answers to be normal with
    like variances and covariances; they are exact then.

    Args:
        answers: A row a person, a column an item, without gaps.
        level: The coverage asked for, between 0 and 1.

    Raises:
        Inestimable: There are fewer than two items or people, an answer is missing, or the sums do not vary.

    Source:
        Cronbach (1951), Psychometrika 16:297-334; limits by Feldt (1965), Psychometrika 30:357-370.

    >>> cronbach(np.array([[1.0, 2.0], [2.0, 3.0], [3.0, 4.0]])).estimate
    1.0
    """
    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1, not {level}")
    held = np.asarray(answers, dtype=float)
    people, items = held.shape
    if items < 2:
        raise Inestimable("a score of fewer than two items has no reliability of this kind")
    if people < 2:
        raise Inestimable("fewer than two people answered every item")
    if not np.isfinite(held).all():
        raise Inestimable("an answer is missing or infinite")
    centred = held - held[0]
    own, total = centred.var(axis=0, ddof=1), float(centred.sum(axis=1).var(ddof=1))
    if not total > 1e-12 * float(own.sum()) or total == 0:
        raise Inestimable("the sums of the items do not vary between people")
    alpha = items / (items - 1) * (1 - float(own.sum()) / total)
    first, second = people - 1, (people - 1) * (items - 1)
    tail = (1 - level) / 2
    lower = 1 - (1 - alpha) * float(fdtri(first, second, 1 - tail))
    upper = 1 - (1 - alpha) * float(fdtri(first, second, tail))
    return Reliability(alpha, lower, upper, people, items)
