"""The baseline hazard of Cox's model, and survival as it predicts it for people of given covariates."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int, Real, Shaped
from scipy.special import ndtri

from .cox import Cox, Ties
from .cox_moments import moments
from .inestimable import Inestimable
from .limits import Scale, limits


@dataclass(frozen=True, slots=True)
class Baseline:
    """The cumulative hazard of somebody whose covariates are at `centre`, just after each event time of each stratum.

    `stratum` says which one a time is of; within it times rise. `own_variance` is what the hazard's own scatter adds to
    its variance, `pull` how the hazard answers to the coefficients. `last` is the last follow-up of each stratum, past
    which nothing is known.
    """

    coefficient: Float[np.ndarray, " columns"]
    coefficient_variance: Float[np.ndarray, "columns columns"]
    centre: Float[np.ndarray, " columns"]
    strata: Shaped[np.ndarray, " strata"]
    last: Float[np.ndarray, " strata"]
    stratum: Int[np.ndarray, " times"]
    time: Float[np.ndarray, " times"]
    cumulative_hazard: Float[np.ndarray, " times"]
    own_variance: Float[np.ndarray, " times"]
    pull: Float[np.ndarray, "times columns"]


@dataclass(frozen=True, slots=True)
class Predicted:
    """For each person asked about and each time: the cumulative hazard, survival, its error and its limits.

    Not a number past the last follow-up of the stratum.
    """

    time: Float[np.ndarray, " times"]
    cumulative_hazard: Float[np.ndarray, "people times"]
    hazard_se: Float[np.ndarray, "people times"]
    survival: Float[np.ndarray, "people times"]
    se: Float[np.ndarray, "people times"]
    lower: Float[np.ndarray, "people times"]
    upper: Float[np.ndarray, "people times"]


def baseline(
    fit: Cox,
    time: Real[np.ndarray, " people"],
    happened: Bool[np.ndarray, " people"],
    covariates: Real[np.ndarray, "people columns"],
    *,
    start: Real[np.ndarray, " people"] | None = None,
    stratum: Shaped[np.ndarray, " people"] | None = None,
    weight: Real[np.ndarray, " people"] | None = None,
    ties: Ties = "efron",
) -> Baseline:
    """Estimate the baseline hazard of a fit; the other arguments are those that the fit was made with.

    With ties by Breslow the hazard is Breslow's, with ties by Efron it is Efron's: each as in the likelihood.

    Source:
        Breslow (1972), J R Stat Soc B 34:216-217; Efron (1977), J Am Stat Assoc 72:557-565; variance: Tsiatis (1981),
        Ann Stat 9:93-108. As `survfit.coxph` and `basehaz` in R's survival.

    >>> from .cox import cox
    >>> time, died, x = np.array([1.0, 2.0, 3.0, 4.0]), np.array([True] * 4), np.array([[1.0], [0.0], [1.0], [0.0]])
    >>> baseline(cox(time, died, x), time, died, x).cumulative_hazard.round(4)
    array([0.2247, 0.5756, 1.0249, 2.6254])
    """
    at = moments(fit, time, happened, covariates, start=start, stratum=stratum, weight=weight, ties=ties)
    first = np.searchsorted(at.within, at.within, side="left")
    scale = np.exp(-at.shift)

    def up_to(values: Float[np.ndarray, " deaths"]) -> Float[np.ndarray, " moments"]:
        """The sum of values over the deaths of a stratum up to each of its moments."""
        sums = np.concatenate(([0.0], np.cumsum(at.summed(values))))
        return np.asarray(sums[1:] - sums[first])

    return Baseline(
        coefficient=fit.coefficient,
        coefficient_variance=fit.variance,
        centre=at.centre,
        strata=at.strata,
        last=at.time[np.searchsorted(at.layer, np.arange(len(at.strata)), side="right") - 1],
        stratum=at.within,
        time=at.moment,
        cumulative_hazard=up_to(at.hazard) * scale,
        own_variance=up_to(at.hazard / at.total) * scale**2,
        pull=np.stack([up_to(at.hazard * column) for column in at.mean.T], axis=1) * scale,
    )


def predicted(
    of: Baseline,
    covariates: Real[np.ndarray, "people columns"],
    times: Real[np.ndarray, " times"],
    *,
    stratum: object = None,
    scale: Scale = "log",
    level: float = 0.95,
) -> Predicted:
    """Survival of people with given covariates at given times, with limits.

    Args:
        of: The baseline hazard, with the model that it is of.
        covariates: One row a person, one column a covariate, without gaps.
        times: From the origin, in the unit of the model's times, each at least 0.
        stratum: The stratum that all of them belong to, where the model has several.
        scale: Where the interval is symmetric.
        level: The coverage asked for.

    Raises:
        Inestimable: A covariate is missing.
        ValueError: The model has several strata, and `stratum` is none of them.

    >>> from .cox import cox
    >>> time, died, x = np.array([1.0, 2.0, 3.0, 4.0]), np.array([True] * 4), np.array([[1.0], [0.0], [1.0], [0.0]])
    >>> found = predicted(baseline(cox(time, died, x), time, died, x), np.array([[0.0]]), np.array([2.5]))
    >>> found.survival.round(4)
    array([[0.6979]])
    """
    x, asked = np.asarray(covariates, dtype=float), np.asarray(times, dtype=float)
    if x.ndim != 2 or x.shape[1] != len(of.coefficient):
        raise ValueError(f"{len(of.coefficient)} covariates a person, not {x.shape}")
    if not np.isfinite(x).all():
        raise Inestimable("a covariate is missing or infinite")
    if not np.isfinite(asked).all() or (asked < 0).any():
        raise ValueError(f"times are at least 0, not {asked}")
    strata = of.strata.tolist()
    if stratum is None and len(strata) > 1 or stratum is not None and stratum not in strata:
        raise ValueError(f"{stratum!r} is not one of the strata {strata}")
    which = 0 if stratum is None else strata.index(stratum)
    inside = np.flatnonzero(of.stratum == which)
    index = np.searchsorted(of.time[inside], asked, side="right")
    known = asked <= of.last[which]

    def read(values: Float[np.ndarray, " times"]) -> Float[np.ndarray, " asked"]:
        return np.where(known, np.concatenate(([0.0], values[inside]))[index], np.nan)

    apart = x - of.centre
    hazard_ratio = np.exp(apart @ of.coefficient)[:, None]
    hazard = read(of.cumulative_hazard)
    pulled = apart[:, None, :] * hazard[:, None] - np.stack([read(column) for column in of.pull.T], axis=1)
    spread = read(of.own_variance) + np.einsum("pti,ij,ptj->pt", pulled, of.coefficient_variance, pulled)
    se = hazard_ratio * np.sqrt(np.maximum(spread, 0.0))
    survival = np.exp(-hazard_ratio * hazard)
    flat = limits(survival.ravel(), se.ravel(), scale=scale, level=level)
    lower, upper = (each.reshape(survival.shape) for each in flat)
    return Predicted(asked, hazard_ratio * hazard, se, survival, se * survival, lower, upper)


def hazard_limits(
    found: Predicted, *, level: float = 0.95
) -> tuple[Float[np.ndarray, "people times"], Float[np.ndarray, "people times"]]:
    """Lower and upper limits of the cumulative hazard, symmetric on the log scale."""
    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1, not {level}")
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.exp(float(ndtri(0.5 + level / 2)) * found.hazard_se / found.cumulative_hazard)
        return found.cumulative_hazard / factor, found.cumulative_hazard * factor
