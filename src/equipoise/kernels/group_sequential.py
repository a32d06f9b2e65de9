"""Several looks at one comparison: where the boundaries lie, how often each is crossed, what that costs.

The statistic at a look with a share t of the information is normal with variance 1 and mean `drift` times √t; between
looks it moves by independent steps. What has not left by a look is followed to the next by an integral over where it
stood, as Armitage, McPherson and Rowe did it and Jennison and Turnbull describe; the integrals are done by Gauss and
Legendre's rule in panels no wider than a standard deviation of a step, which makes boundaries exact to 10 digits.

A boundary above is one of efficacy, one below of futility. They are one-sided: of a two-sided level, each side has half.
Futility that is not binding may be overruled without harm to the level: the boundary above is found as if there were none
below. Binding futility gives some of the level back.

**Source.** Armitage, McPherson and Rowe (1969), J R Stat Soc A 132:235-244; Jennison and Turnbull (2000), Group Sequential
Methods with Applications to Clinical Trials, chapters 2, 7 and 19; Lan and DeMets (1983), Biometrika 70:659-663.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from math import ceil, inf, isfinite, sqrt
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.special import ndtr, ndtri

from .inestimable import Inestimable
from .spending import Spending, spent

REACH = 8.5
"""How many standard deviations from its mean a statistic is followed: beyond lies a chance of 1e-17."""
NODES = 10
"""Points in a panel."""
FINEST = 0.02
"""The narrowest panel; looks at 0.99999 and 1 of the information are still told to 1e-10."""


@dataclass(frozen=True, slots=True)
class Boundaries:
    """Looks at shares of the information, the last at 1, with a boundary above and one below at each.

    `below` is minus infinity where nobody stops for futility; at the last look it is what lies above, since then the
    question is answered. `drift` is the mean of the last statistic under the alternative that was designed for; None
    where the boundaries were found without one.
    """

    information: tuple[float, ...]
    above: tuple[float, ...]
    below: tuple[float, ...]
    drift: float | None = None

    @property
    def levels(self) -> tuple[float, ...]:
        """The one-sided level at which each look tests."""
        return tuple(float(ndtr(-bound)) for bound in self.above)


@dataclass(frozen=True, slots=True)
class Exits:
    """The chances to leave at each look, above and below, and the share of the whole information that is used on average."""

    above: tuple[float, ...]
    below: tuple[float, ...]
    information: float

    @property
    def power(self) -> tuple[float, ...]:
        """The chance to have crossed above by each look."""
        return tuple(float(each) for each in np.cumsum(self.above))


# --- boundaries ------------------------------------------------------------------------------------------------------


def wang_tsiatis(information: Sequence[float], alpha: float, shape: float) -> Boundaries:
    """Boundaries that fall with the information as t to the power of `shape` - 1/2, found for the level.

    Args:
        information: Shares of the information at the looks, rising, the last 1.
        alpha: The one-sided level.
        shape: 0 for O'Brien and Fleming, 0.5 for Pocock.

    Source:
        Wang and Tsiatis (1987), Biometrics 43:193-199; O'Brien and Fleming (1979), Biometrics 35:549-556; Pocock (1977),
        Biometrika 64:191-199.

    >>> [round(each, 4) for each in wang_tsiatis((0.5, 1.0), 0.025, 0.5).above]
    [2.1783, 2.1783]
    """
    looks = _looks(information, alpha)
    falls = [t ** (shape - 0.5) for t in looks]

    def beyond(scale: float) -> float:
        return _crossed(looks, [scale * fall for fall in falls]) - alpha

    scale = _root(beyond, 0.5 * float(-ndtri(alpha)), 20.0)
    return _one_sided(looks, [scale * fall for fall in falls])


def obrien_fleming(information: Sequence[float], alpha: float) -> Boundaries:
    """O'Brien and Fleming's boundaries: high at first, near the fixed one at the end.

    Source:
        O'Brien and Fleming (1979), Biometrics 35:549-556.
    """
    return wang_tsiatis(information, alpha, 0.0)


def pocock(information: Sequence[float], alpha: float) -> Boundaries:
    """Pocock's boundaries: the same at each look.

    Source:
        Pocock (1977), Biometrika 64:191-199.
    """
    return wang_tsiatis(information, alpha, 0.5)


def haybittle_peto(information: Sequence[float], alpha: float, early: float = 3.0) -> Boundaries:
    """One high boundary at each early look, and at the last what is left of the level.

    Args:
        information: Shares of the information at the looks, rising, the last 1.
        alpha: The one-sided level.
        early: The boundary before the last look.

    Raises:
        Inestimable: The early looks spend the whole level.

    Source:
        Haybittle (1971), Br J Radiol 44:793-797; Peto et al. (1976), Br J Cancer 34:585-612.
    """
    looks = _looks(information, alpha)
    first = [early] * (len(looks) - 1)
    used = _crossed(looks[:-1], first) if first else 0.0
    if used >= alpha:
        raise Inestimable(f"a boundary of {early:g} at {len(first)} early looks spends {used:.3g}, the whole level and more")
    last = _root(lambda bound: _crossed(looks, [*first, bound]) - alpha, 0.0, 20.0)
    return _one_sided(looks, [*first, last])


def spending_boundaries(information: Sequence[float], spending: Spending) -> Boundaries:
    """Boundaries that spend the level as a function says.

    Args:
        information: Shares of the information at the looks, rising, the last 1.
        spending: How much of the one-sided level is spent up to a share of the information.

    Source:
        Lan and DeMets (1983), Biometrika 70:659-663.

    >>> from equipoise.kernels.spending import obrien_fleming_like
    >>> [round(each, 4) for each in spending_boundaries((0.33, 0.6, 1.0), obrien_fleming_like(0.025)).above]
    [3.7307, 2.6716, 1.9811]
    """
    looks = _looks(information, spending(1.0))
    return _one_sided(looks, _spent_above(looks, spent(spending, looks), [-inf] * len(looks)))


def with_futility(
    information: Sequence[float], alpha: Spending, beta: Spending, *, binding: bool = False, above: Sequence[float] = ()
) -> Boundaries:
    """Boundaries above that spend alpha, below that spend beta, with the drift at which beta is the error of the second kind.

    Args:
        information: Shares of the information at the looks, rising, the last 1.
        alpha: How much of the one-sided level is spent up to a share of the information.
        beta: How much of the error of the second kind is.
        binding: Whether the boundary above may count on stopping below.
        above: The boundaries above, where they do not follow from `alpha`; only if futility is not binding.

    Source:
        Pampallona, Tsiatis and Kim (2001), Drug Inf J 35:1113-1121; Jennison and Turnbull (2000), chapter 7.
    """
    if above and binding:
        raise ValueError("boundaries that are given cannot count on stopping for futility")
    looks = _looks(information, alpha(1.0))
    errors, levels = spent(beta, looks), spent(alpha, looks)
    high = list(above) or _spent_above(looks, levels, [-inf] * len(looks))

    def settled(drift: float) -> tuple[list[float], list[float], float]:
        """Both boundaries under a drift, and how much of beta is left at the last look."""
        upper: list[float] = []
        lower: list[float] = []
        under, none = _Followed.start(drift), _Followed.start(0.0)
        done, passed = 0.0, 0.0
        for k, t in enumerate(looks):
            upper.append(_bound_above(none, t, levels[k] - passed) if binding else high[k])
            last = k == len(looks) - 1
            wanted = errors[k] - done
            found = upper[k] if last else min(_bound_below(under, t, wanted), upper[k])
            lower.append(found)
            if last:
                return upper, lower, under.below(t, found) - wanted
            done += under.below(t, found)
            passed += none.above(t, upper[k])
            under = under.onward(t, found, upper[k], looks[k + 1])
            none = none.onward(t, found, upper[k], looks[k + 1])
        raise AssertionError("there is a last look")

    fixed = float(-ndtri(alpha(1.0)) - ndtri(beta(1.0)))
    drift = _root(lambda each: settled(each)[2], 0.9 * fixed, 4.0 * fixed)
    upper, lower, _ = settled(drift)
    return Boundaries(tuple(looks), tuple(upper), tuple(lower), drift)


# --- what follows from boundaries -----------------------------------------------------------------------------------


def exits(looks: Boundaries, drift: float) -> Exits:
    """The chances to leave at each look, when the last statistic has this mean.

    Args:
        looks: The looks and their boundaries.
        drift: The mean of the statistic at the last look: 0 where there is no effect.

    >>> [round(each, 4) for each in exits(pocock((0.5, 1.0), 0.025), 0.0).above]
    [0.0147, 0.0103]
    """
    state = _Followed.start(drift)
    above, below = [], []
    for k, (t, high, low) in enumerate(zip(looks.information, looks.above, looks.below, strict=True)):
        above.append(state.above(t, high))
        below.append(state.below(t, low) if isfinite(low) else 0.0)
        if k + 1 < len(looks.information):
            state = state.onward(t, low, high, looks.information[k + 1])
    left = [up + down for up, down in zip(above, below, strict=True)]
    early = sum(t * each for t, each in zip(looks.information[:-1], left[:-1], strict=True))
    return Exits(tuple(above), tuple(below), early + 1.0 - float(sum(left[:-1])))


def drift_for(looks: Boundaries, power: float) -> float:
    """The mean of the last statistic at which a boundary above is crossed with the power asked for."""
    if not sum(exits(looks, 0.0).above) < power < 1:
        raise ValueError(f"a power lies between the level and 1, not at {power}")
    return _root(lambda drift: power - sum(exits(looks, drift).above), 0.0, 12.0)


def inflation(looks: Boundaries, power: float, alpha: float) -> float:
    """How much more information the looks need at most, against a single analysis of the same level and power.

    Source:
        Jennison and Turnbull (2000), section 2.3.

    >>> round(inflation(pocock((0.5, 1.0), 0.025), 0.9, 0.025), 4)
    1.1001
    """
    return (drift_for(looks, power) / float(-ndtri(alpha) + ndtri(power))) ** 2


# --- the integral ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Followed:
    """Where those stand who have not left: points of the statistic at share `t`, and the chance around each."""

    drift: float
    t: float
    at: Float[np.ndarray, " points"]
    chance: Float[np.ndarray, " points"]

    @classmethod
    def start(cls, drift: float) -> "_Followed":
        return cls(drift, 0.0, np.zeros(1), np.ones(1))

    def _distance(self, t: float, bound: Any) -> Any:
        """How far a bound at the next look lies from where each is carried, in standard deviations of the step."""
        step = t - self.t
        return (np.asarray(bound) * sqrt(t) - self.at * sqrt(self.t) - self.drift * step) / sqrt(step)

    def above(self, t: float, bound: float) -> float:
        """The chance to stand above a bound at the next look."""
        return float(self.chance @ ndtr(-self._distance(t, bound)))

    def below(self, t: float, bound: float) -> float:
        """The chance to stand below a bound at the next look."""
        return float(self.chance @ ndtr(self._distance(t, bound)))

    def onward(self, t: float, low: float, high: float, later: float) -> "_Followed":
        """Those who stand between two bounds at the next look; `later` is the look after it."""
        mean = self.drift * sqrt(t)
        low, high = max(low, mean - REACH), min(high, mean + REACH)
        if high <= low:
            return _Followed(self.drift, t, np.zeros(0), np.zeros(0))
        width = max(min(sqrt((t - self.t) / t), sqrt((later - t) / t), 1.0), FINEST)
        at, weight = _points(low, high, ceil((high - low) / width))
        step = t - self.t
        density = np.exp(-0.5 * self._distance(t, at[:, None]) ** 2) @ self.chance
        return _Followed(self.drift, t, at, weight * density * sqrt(t / step) / sqrt(2 * np.pi))


@cache
def _rule() -> tuple[Float[np.ndarray, " nodes"], Float[np.ndarray, " nodes"]]:
    at, weight = np.polynomial.legendre.leggauss(NODES)
    return at, weight


def _points(low: float, high: float, panels: int) -> tuple[Float[np.ndarray, " points"], Float[np.ndarray, " points"]]:
    at, weight = _rule()
    half = (high - low) / panels / 2
    middles = low + half * (2 * np.arange(panels) + 1)
    return (middles[:, None] + half * at).ravel(), np.tile(half * weight, panels)


def _spent_above(looks: Sequence[float], levels: Sequence[float], below: Sequence[float]) -> list[float]:
    state, found, passed = _Followed.start(0.0), [], 0.0
    for k, t in enumerate(looks):
        found.append(_bound_above(state, t, levels[k] - passed))
        passed += state.above(t, found[k])
        if k + 1 < len(looks):
            state = state.onward(t, below[k], found[k], looks[k + 1])
    return found


def _bound_above(state: _Followed, t: float, chance: float) -> float:
    """The bound that so much of the chance stands above; as good as none where there is nothing to spend."""
    if chance < 1e-15:
        return REACH
    return _root(lambda bound: state.above(t, bound) - chance, -REACH, REACH)


def _bound_below(state: _Followed, t: float, chance: float) -> float:
    if chance < 1e-15:
        return -inf
    mean = state.drift * sqrt(t)
    return _root(lambda bound: chance - state.below(t, bound), mean - REACH, mean + REACH)


def _crossed(looks: Sequence[float], above: Sequence[float]) -> float:
    return sum(exits(_one_sided(looks, above), 0.0).above)


def _one_sided(looks: Sequence[float], above: Sequence[float]) -> Boundaries:
    return Boundaries(tuple(looks), tuple(above), (-inf,) * len(looks))


def _root(falls: Callable[[float], float], low: float, high: float) -> float:
    """Where something that falls meets 0; the nearer end where it does not."""
    if falls(low) <= 0:
        return low
    if falls(high) >= 0:
        return high
    from scipy.optimize import brentq  # a quarter of a second, and most who come by need no root

    return float(brentq(falls, low, high, xtol=1e-12, rtol=1e-14))


def _looks(information: Sequence[float], alpha: float) -> tuple[float, ...]:
    looks = tuple(float(each) for each in information)
    if not looks or looks[-1] != 1 or any(late <= early for early, late in zip((0.0, *looks), looks, strict=False)):
        raise ValueError(f"looks are at shares of the information that rise from above 0 to 1, not {information}")
    if not 0 < alpha < 0.5:
        raise ValueError(f"a one-sided level lies between 0 and 0.5, not at {alpha}")
    return looks
