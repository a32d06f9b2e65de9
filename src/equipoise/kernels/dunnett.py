"""Several arms against one control: how high the largest statistic has to be, so that any false claim has the level.

Each arm's statistic is standard normal without a difference; two are alike in that they share the control, with correlation
√(a·b / ((a + c)·(b + c))) for a, b and c participants in the arms and in the control. Arms that are dropped on the way only
lower the largest, so that the level holds for any rule by which they are.

**Source.** Dunnett (1955), J Am Stat Assoc 50:1096-1121.
"""

from collections.abc import Callable, Sequence
from math import sqrt

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

NODES, REACH = 160, 9.0


def dunnett(arms: Sequence[float], control: float, alpha: float) -> float:
    """What the statistic of an arm has to reach.

    Args:
        arms: Participants in each treated arm, or their proportion,
        control: and in the control.
        alpha: The one-sided level of any claim at all.

    Source:
        Dunnett (1955), J Am Stat Assoc 50:1096-1121.

    >>> [round(dunnett([1.0] * arms, 1.0, 0.05), 2) for arms in (1, 2, 3)]
    [1.64, 1.92, 2.06]
    """
    _check(arms, control, alpha)
    below = _below(arms, control)
    low, high = float(-ndtri(alpha)) - 1e-9, float(-ndtri(alpha / len(arms))) + 1e-9
    return float(brentq(lambda bound: below(bound) - (1 - alpha), low, high))


def at_least(arms: Sequence[float], control: float, bound: float) -> float:
    """The chance that the largest of all statistics reaches a bound, without a difference: the p value of what does.

    Args:
        arms: Participants in each treated arm, or their proportion,
        control: and in the control.
        bound: A bound, or the statistic of an arm.

    >>> [round(at_least([1.0] * arms, 1.0, 1.644854), 3) for arms in (1, 2)]
    [0.05, 0.088]
    """
    _check(arms, control)
    return max(0.0, 1.0 - _below(arms, control)(bound))


def _check(arms: Sequence[float], control: float, alpha: float = 0.05) -> None:
    if not arms or not control > 0 or not all(each > 0 for each in arms) or not 0 < alpha < 0.5:
        raise ValueError(
            f"arms and a control with people in them, and a level between 0 and 0.5, not {arms}, {control}, {alpha}"
        )


def _below(arms: Sequence[float], control: float) -> Callable[[float], float]:
    """The chance that no arm reaches a bound: what the control adds to each is common to all."""
    lean = np.array([sqrt(each / (each + control)) for each in arms])
    at, weight = np.polynomial.legendre.leggauss(NODES)
    x = REACH * at
    density = REACH * weight * np.exp(-0.5 * x * x) / sqrt(2 * np.pi)

    def below(bound: float) -> float:
        return float(density @ ndtr((bound + lean[None, :] * x[:, None]) / np.sqrt(1 - lean[None, :] ** 2)).prod(axis=1))

    return below
