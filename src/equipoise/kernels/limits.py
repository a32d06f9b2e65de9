"""Confidence limits of a probability from the standard error of its logarithm."""

from typing import Literal, get_args

import numpy as np
from jaxtyping import Float
from scipy.special import ndtri

Scale = Literal["log", "log-log", "plain", "logit", "arcsin"]
"""The scale on which the limits lie equally far from the estimate."""


def limits(
    chance: Float[np.ndarray, " times"],
    log_se: Float[np.ndarray, " times"],
    *,
    scale: Scale = "log",
    level: float = 0.95,
) -> tuple[Float[np.ndarray, " times"], Float[np.ndarray, " times"]]:
    """Lower and upper limits, kept within 0 and 1; not a number where the scale has none.

    A chance of 0 has no limits on any scale, and a chance of 1 none on the log-log, logit and arcsine scales.

    Args:
        chance: The probabilities.
        log_se: The standard error of the logarithm of each.
        scale: Where the interval is symmetric before it is carried back.
        level: The coverage asked for, between 0 and 1.

    Source:
        Kalbfleisch and Prentice (2002), The Statistical Analysis of Failure Time Data, section 1.4 (log-log, log);
        Borgan and Liestøl (1990), Scand J Stat 17:35-41 (arcsine). As `conf.type` in R's survival.

    >>> [float(x[0].round(4)) for x in limits(np.array([0.5]), np.array([0.2]), scale="plain")]
    [0.304, 0.696]
    """
    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1, not {level}")
    z = float(ndtri(0.5 + level / 2))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        p = np.where(chance > 0, chance, np.nan)
        if scale == "plain":
            reach = z * log_se * p
            lower, upper = p - reach, p + reach
        elif scale == "log":
            reach = z * log_se
            lower, upper = p * np.exp(-reach), p * np.exp(reach)
        elif scale == "log-log":
            p = np.where(p < 1, p, np.nan)
            reach = np.exp(z * log_se / np.log(p))
            lower, upper = p ** (1 / reach), p**reach
        elif scale == "logit":
            odds = np.where(p < 1, p / (1 - p), np.nan)
            reach = np.exp(z * log_se * (1 + odds))
            lower, upper = odds / (odds + reach), odds * reach / (1 + odds * reach)
        elif scale == "arcsin":
            odds = np.where(p < 1, p / (1 - p), np.nan)
            reach, angle = 0.5 * z * log_se * np.sqrt(odds), np.arcsin(np.sqrt(p))
            lower = np.sin(np.maximum(angle - reach, 0)) ** 2
            upper = np.sin(np.minimum(angle + reach, np.pi / 2)) ** 2
        else:
            raise ValueError(f"{scale!r} is not one of {', '.join(get_args(Scale))}")
        return np.maximum(lower, 0.0), np.minimum(upper, 1.0)
