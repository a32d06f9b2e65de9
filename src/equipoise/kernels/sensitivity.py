"""How much would have to be wrong: E-values, tipping points, and what negative controls say about the rest."""

from dataclasses import dataclass
from math import sqrt
from typing import Literal, get_args

import numpy as np
from jaxtyping import Float, Real
from scipy.special import chdtrc, ndtr, ndtri

from .inestimable import Inestimable

Ratio = Literal["risk", "hazard", "odds"]


@dataclass(frozen=True, slots=True)
class EValue:
    """How strongly something unmeasured would have to go with both treatment and outcome to explain a ratio away.

    `estimate` for the estimate, `limit` for the limit that is nearer to 1: 1 where the limits hold it. Both are risk
    ratios; `risk_ratio` is what the estimate comes to as one.
    """

    estimate: float
    limit: float
    risk_ratio: float


def e_value(
    ratio: float, lower: float | None = None, upper: float | None = None, *, of: Ratio = "risk", rare: bool = False
) -> EValue:
    """The E-value of a ratio and of its limits.

    Args:
        ratio: The estimate, above 0.
        lower: Its lower limit, if there is one.
        upper: Its upper limit, if there is one.
        of: A ratio of risks, hazards or odds.
        rare: Whether fewer than 15% have the outcome by the end of follow-up, so that all three are nearly one.

    Raises:
        Inestimable: The ratio is not a finite number above 0, or lies outside its limits.

    Source:
        VanderWeele and Ding (2017), Ann Intern Med 167:268-274, with its table 2 for hazards and odds.

    >>> round(e_value(3.9, 1.8, 8.7).estimate, 2), round(e_value(3.9, 1.8, 8.7).limit, 2)
    (7.26, 3.0)
    """
    if of not in get_args(Ratio):
        raise ValueError(f"{of!r} is not one of {', '.join(get_args(Ratio))}")
    low, high = 0.0 if lower is None else lower, np.inf if upper is None else upper
    if not (0 < ratio < np.inf):
        raise Inestimable(f"a ratio is a finite number above 0, not {ratio:g}")
    if not low <= ratio <= high:
        raise Inestimable(f"a ratio of {ratio:g} lies outside its limits, {low:g} to {high:g}")
    nearer = low if ratio >= 1 else high
    unlimited = (lower if ratio >= 1 else upper) is None
    if unlimited:
        limit = float("nan")
    elif (ratio >= 1 and nearer <= 1) or (ratio < 1 and nearer >= 1):
        limit = 1.0
    else:
        limit = _e(_as_risk(nearer, of, rare))
    return EValue(_e(_as_risk(ratio, of, rare)), limit, _as_risk(ratio, of, rare))


def _as_risk(ratio: float, of: Ratio, rare: bool) -> float:
    if of == "risk" or rare:
        return ratio
    if of == "odds":
        return sqrt(ratio)
    return float((1 - 0.5 ** sqrt(ratio)) / (1 - 0.5 ** sqrt(1 / ratio)))


def _e(risk_ratio: float) -> float:
    above = max(risk_ratio, 1 / risk_ratio)
    return above + sqrt(above * (above - 1))


def bias_factor(ratio: float, *, treated: float, untreated: float) -> float:
    """By how much something unmeasured multiplies a risk ratio, if it multiplies risk by `ratio`.

    Args:
        ratio: How many times the risk of those who have it is that of those who have not, treated or not.
        treated: The share of the treated who have it.
        untreated: The share of the untreated who have it.

    Source:
        Bross (1966), J Chronic Dis 19:637-647.

    >>> bias_factor(3.0, treated=0.5, untreated=0.25)
    1.3333333333333333
    """
    if not (ratio > 0 and 0 <= treated <= 1 and 0 <= untreated <= 1):
        raise ValueError(f"a ratio above 0 and shares from 0 to 1, not {ratio}, {treated} and {untreated}")
    return (treated * (ratio - 1) + 1) / (untreated * (ratio - 1) + 1)


def tipping_point(risk_ratio: float, *, treated: float, untreated: float) -> float:
    """How strongly something unmeasured would have to multiply risk to be all that a risk ratio shows.

    Args:
        risk_ratio: What was estimated, or a limit of it.
        treated: The share of the treated who have it.
        untreated: The share of the untreated who have it.

    Raises:
        Inestimable: However strong, something so spread could not.

    Source:
        Bross (1966), as `bias_factor`, solved for the ratio.

    >>> round(tipping_point(4 / 3, treated=0.5, untreated=0.25), 6)
    3.0
    """
    if not (0 < risk_ratio < np.inf and 0 <= treated <= 1 and 0 <= untreated <= 1):
        raise ValueError(f"a ratio above 0 and shares from 0 to 1, not {risk_ratio}, {treated} and {untreated}")
    if risk_ratio == 1:
        return 1.0
    over = treated - risk_ratio * untreated
    found = 1 + (risk_ratio - 1) / over if over else np.inf
    if not 0 < found < np.inf:
        raise Inestimable(
            f"nothing that {treated:.0%} of the treated and {untreated:.0%} of the untreated have could be all of a "
            f"ratio of {risk_ratio:g}, however strong it is"
        )
    return float(found)


@dataclass(frozen=True, slots=True)
class Calibrated:
    """A log ratio, less what negative controls show where there is nothing to show.

    `bias` is their mean, with `bias_se`; `spread` is how much they differ beyond chance (a standard deviation);
    `bias_p` is the chance of controls as far from 0 as these if there were no bias. `estimate`, `se`, limits and `p`
    are of the log ratio once corrected.
    """

    bias: float
    bias_se: float
    spread: float
    bias_p: float
    estimate: float
    se: float
    lower: float
    upper: float
    p: float


def calibrated(
    estimate: float,
    se: float,
    controls: Real[np.ndarray, " controls"],
    control_se: Real[np.ndarray, " controls"],
    *,
    level: float = 0.95,
) -> Calibrated:
    """Set an estimate against outcomes that the treatment cannot change, estimated in the same way.

    It assumes that the bias of the estimate is one of those of the controls, and that they err independently.

    Args:
        estimate: The log ratio.
        se: Its standard error.
        controls: Log ratios of the negative controls.
        control_se: Their standard errors.
        level: The coverage of the limits.

    Raises:
        Inestimable: There is no control, or a number is missing or impossible.

    Source:
        Lipsitch, Tchetgen Tchetgen and Cohen (2010), Epidemiology 21:383-388; Schuemie et al. (2014), Stat Med
        33:209-218; spread by DerSimonian and Laird (1986), Control Clin Trials 7:177-188.

    >>> found = calibrated(-0.5, 0.1, np.array([-0.3, -0.3]), np.array([0.1, 0.1]))
    >>> round(found.bias, 3), round(found.estimate, 3)
    (-0.3, -0.2)
    """
    y, s = np.asarray(controls, dtype=float), np.asarray(control_se, dtype=float)
    if y.shape != s.shape or y.ndim != 1:
        raise ValueError(f"one standard error a control, not {y.shape} and {s.shape}")
    if not len(y):
        raise Inestimable("there is no negative control")
    if not (np.isfinite(y).all() and np.isfinite(s).all() and (s > 0).all() and np.isfinite(estimate) and 0 < se < np.inf):
        raise Inestimable("an estimate or a standard error is missing or impossible")
    spread2 = _spread(y, s)
    w = 1 / (s**2 + spread2)
    bias, bias_variance = float(w @ y / w.sum()), float(1 / w.sum())
    bias_p = float(chdtrc(1, bias**2 / bias_variance))
    left, left_se = estimate - bias, sqrt(se**2 + bias_variance + spread2)
    reach = float(ndtri(0.5 + level / 2)) * left_se
    return Calibrated(
        bias, sqrt(bias_variance), sqrt(spread2), bias_p, left, left_se, left - reach, left + reach,
        float(2 * ndtr(-abs(left / left_se))),
    )  # fmt: skip


def _spread(y: Float[np.ndarray, " controls"], s: Float[np.ndarray, " controls"]) -> float:
    w = 1 / s**2
    mean = w @ y / w.sum()
    over = w.sum() - (w @ w) / w.sum()
    return max(0.0, float((w @ (y - mean) ** 2 - (len(y) - 1)) / over)) if len(y) > 1 and over > 0 else 0.0
