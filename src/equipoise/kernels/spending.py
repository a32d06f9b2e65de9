"""How much of an error may be spent by when: functions of the share of the information that rise from 0 to the whole.

The same functions serve for alpha, the chance of a false claim, and for beta, the chance of giving up a true effect.
"""

from collections.abc import Callable, Sequence
from math import e, expm1, log, sqrt
from statistics import NormalDist

NORMAL = NormalDist()

Spending = Callable[[float], float]
"""The error spent up to a share of the information, between 0 and 1."""


def obrien_fleming_like(error: float) -> Spending:
    """Hardly anything early: the spending function whose boundaries are close to O'Brien and Fleming's.

    Args:
        error: The whole, between 0 and 1; one-sided.

    Source:
        Lan and DeMets (1983), Biometrika 70:659-663, their first function.

    >>> round(obrien_fleming_like(0.025)(0.5), 5)
    0.00153
    """
    _check(error)
    z = -NORMAL.inv_cdf(error / 2)
    return lambda share: 2 * NORMAL.cdf(-z / sqrt(_share(share))) if share > 0 else 0.0


def pocock_like(error: float) -> Spending:
    """Much early: the spending function whose boundaries are close to Pocock's.

    Args:
        error: The whole, between 0 and 1; one-sided.

    Source:
        Lan and DeMets (1983), Biometrika 70:659-663, their second function.

    >>> round(pocock_like(0.025)(0.5), 5)
    0.0155
    """
    _check(error)
    return lambda share: error * log(1 + (e - 1) * _share(share))


def kim_demets(error: float, power: float) -> Spending:
    """A power of the share: 1 spends evenly, 3 little at first.

    Args:
        error: The whole, between 0 and 1; one-sided.
        power: Above 0.

    Source:
        Kim and DeMets (1987), Biometrika 74:149-154.

    >>> kim_demets(0.025, 2.0)(0.2) == 0.025 * 0.2**2
    True
    """
    _check(error)
    if not power > 0:
        raise ValueError(f"the power of a spending function lies above 0, not at {power}")
    return lambda share: error * _share(share) ** power


def hwang_shih_decani(error: float, gamma: float) -> Spending:
    """A family with one number: -4 is close to O'Brien and Fleming, 1 to Pocock, 0 spends evenly.

    Args:
        error: The whole, between 0 and 1; one-sided.
        gamma: Any number; the lower, the later.

    Source:
        Hwang, Shih and DeCani (1990), Stat Med 9:1439-1445.

    >>> round(hwang_shih_decani(0.025, -4.0)(1 / 3), 7)
    0.0013031
    """
    _check(error)
    if gamma == 0:
        return lambda share: error * _share(share)
    return lambda share: error * expm1(-gamma * _share(share)) / expm1(-gamma)


def spent(spending: Spending, information: Sequence[float]) -> tuple[float, ...]:
    """The error spent up to each look."""
    return tuple(spending(share) for share in information)


def _share(share: float) -> float:
    return min(max(share, 0.0), 1.0)


def _check(error: float) -> None:
    if not 0 < error < 1:
        raise ValueError(f"an error to be spent lies between 0 and 1, not at {error}")
