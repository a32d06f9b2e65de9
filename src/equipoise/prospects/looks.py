"""The planned looks at a comparison: their boundaries, and how likely each is to end the trial."""

from collections.abc import Callable
from dataclasses import replace
from math import exp, isfinite, sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING

from ..kernels.inestimable import Inestimable
from ..protocol import Estimand
from .adaptations import drops_arms
from .plan import NoClosedForm, Plan
from .prospect import Look, Prospect
from .words import sentence

if TYPE_CHECKING:
    from ..kernels.group_sequential import Boundaries


def looks(made: Plan) -> "Boundaries | None":
    """The boundaries of the planned looks; None where there is one analysis alone.

    Raises:
        NoClosedForm: The looks, or what they spend, cannot be as they are said.
    """
    shares = [float(each) for each in made.analysis.interim if float(each) != 1]
    if drops_arms(made.analysis, (made.analysis.estimand or Estimand()).compared):
        made.notes.append("Looks before the end are for dropping arms: nothing is claimed at them.")
        return None
    spending, futility = made.analysis.spending, made.analysis.futility
    if not shares:
        if spending is not None or futility is not None:
            made.notes.append("Spending is said and no interim look is: all is spent at the end.")
        return None
    if spending is not None and spending.is_binding:
        raise NoClosedForm("'binding' is said of how alpha is spent: it belongs to futility.")
    if spending is None:
        made.notes.append("How alpha is spent over the looks is not said: spending like O'Brien and Fleming's is taken.")
    from ..kernels.planned_boundaries import USUAL, planned_boundaries

    try:
        return planned_boundaries(
            (*shares, 1.0), made.alpha, (spending.name, spending.number) if spending is not None else USUAL,
            (futility.name, futility.number) if futility is not None else None,
            binding=futility is not None and futility.is_binding, power=made.blank.wanted,
        )  # fmt: skip
    except Inestimable as why:
        raise NoClosedForm(sentence(why.says)) from None


def drift_wanted(bounds: "Boundaries | None", power: float, alpha: float) -> float:
    """The mean of the statistic at the last analysis with which a power is reached."""
    if bounds is None:
        return NormalDist().inv_cdf(power) - NormalDist().inv_cdf(alpha)
    from ..kernels.group_sequential import drift_for

    return drift_for(bounds, power)


def power_at(bounds: "Boundaries | None", drift: float, alpha: float) -> float:
    """The chance of a claim when the statistic at the last analysis has this mean."""
    if bounds is None:
        return NormalDist().cdf(drift + NormalDist().inv_cdf(alpha))
    from ..kernels.group_sequential import exits

    return sum(exits(bounds, drift).above)


def single(bounds: "Boundaries | None", power: float, alpha: float) -> float:
    """The power that a single analysis has with as much information as looks need for a power."""
    return power if bounds is None else power_at(None, drift_wanted(bounds, power, alpha), alpha)


def looked(bounds: "Boundaries | None", power: float, alpha: float) -> float:
    """The power with looks, where a single analysis of as much information has a power."""
    return power if bounds is None else power_at(bounds, drift_of(power, alpha), alpha)


def drift_of(power: float, alpha: float) -> float:
    """The mean of the statistic of a single analysis that has a power."""
    return drift_wanted(None, min(max(power, 1e-12), 1 - 1e-12), alpha)


def ratio_at(drift: float, events: float, allocation: float) -> float:
    """The hazard ratio below 1 at which so many events give the statistic this mean."""
    return exp(-drift * (1 + allocation) / sqrt(events * allocation))


def with_looks(
    found: Prospect, bounds: "Boundaries | None", drift: float, effect: Callable[[float, float], float],
    seen: Callable[[float], tuple[float, float]] | None = None,
) -> Prospect:  # fmt: skip
    """The prospect with each of its looks.

    Args:
        found: The prospect.
        bounds: The boundaries; None where there is one analysis alone; then, and where nothing is
            found, the prospect stays as it is.
        drift: The mean of the statistic at the last analysis, if the assumption is true.
        effect: The estimate at a share of the information and so many standard deviations of the statistic.
        seen: The month of a share of the information, and the events by then, where that can be told.
    """
    if bounds is None or drift <= 0:
        return found
    from ..kernels.group_sequential import exits

    true, none = exits(bounds, drift), exits(bounds, 0.0)
    last, told, given_up = len(bounds.information) - 1, [], 0.0
    for k, share in enumerate(bounds.information):
        above, below = bounds.above[k], bounds.below[k]
        given_up += true.below[k]
        month, events = seen(share) if seen is not None else (None, None)
        told.append(Look(
            share, month, events, above, bounds.levels[k], below if isfinite(below) and k < last else None,
            effect(share, above), true.power[k], given_up, none.power[k],
        ))  # fmt: skip
    return replace(found, looks=tuple(told), used=true.information, used_without=none.information)


def difference_at(gap: float, beyond: float, drift: float) -> Callable[[float, float], float]:
    """The difference that lies so many standard deviations beyond what is ruled out, at a share of the information."""
    return lambda share, z: beyond + (gap - beyond) * z / (drift * sqrt(share))
