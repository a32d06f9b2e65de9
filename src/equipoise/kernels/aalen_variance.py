"""The variance of cumulative incidence in Aalen's form, for those who compare with R's cmprsk."""

import numpy as np
from jaxtyping import Float

from .cumulative_incidence import CumulativeIncidence


def aalen_variance(curve: CumulativeIncidence) -> Float[np.ndarray, "events times"]:
    """The variance of each incidence at each time, with tied events drawn without replacement.

    It differs from `curve.variance` by what ties do, which is little: of d tied events among n at risk, the share d / n
    varies by d (n - d) / (n^2 (n - 1)) here and by d (n - d) / n^3 there.

    Source:
        Aalen (1978), Ann Stat 6:534-545; Gray (1988), Ann Stat 16:1141-1154, section 2. As `cuminc` in R's cmprsk.

    >>> from .cumulative_incidence import cumulative_incidence
    >>> aalen_variance(cumulative_incidence(np.array([1.0, 1.0, 2.0, 3.0]), np.array([1, 2, 0, 1])))[0].round(4)
    array([0.0625, 0.0625, 0.3125])
    """
    risk = curve.at_risk.astype(float)
    after = curve.survival
    before = np.concatenate(([1.0], after[:-1]))
    had = curve.events.astype(float)
    rest = had.sum(axis=0) - had
    inverse = np.divide(1.0, after, out=np.zeros_like(after), where=after > 0)
    chance = curve.incidence

    def scatter(number: Float[np.ndarray, "events times"]) -> Float[np.ndarray, "events times"]:
        tied = 1 - np.maximum(number - 1, 0) / np.maximum(risk - 1, 1)
        return np.asarray(before**2 * tied * number / risk**2)

    # Of what is left before u, an event at u moves F(t) by 1 - (F(t) - F(u)) / S(u), and a rival one by
    # - (F(t) - F(u)) / S(u): squares of lines in F(t), whose parts are running sums.
    own, rival = scatter(had), np.where(after > 0, scatter(rest), 0.0)
    height = 1 + chance * inverse
    free = np.cumsum(height**2 * own + (chance * inverse) ** 2 * rival, axis=1)
    straight = np.cumsum(inverse * (height * own + chance * inverse * rival), axis=1)
    square = np.cumsum(inverse**2 * (own + rival), axis=1)
    return np.asarray(np.maximum(free - 2 * chance * straight + chance**2 * square, 0.0))
