"""Andersen and Gill's model of recurrent events."""

import numpy as np
from jaxtyping import Bool, Real, Shaped

from .cox import Cox, Ties, cox
from .follow_up import checked
from .mean_cumulative import apart


def andersen_gill(
    time: Real[np.ndarray, " rows"],
    happened: Bool[np.ndarray, " rows"],
    covariates: Real[np.ndarray, "rows columns"],
    person: Shaped[np.ndarray, " rows"],
    *,
    start: Real[np.ndarray, " rows"],
    stratum: Shaped[np.ndarray, " rows"] | None = None,
    weight: Real[np.ndarray, " rows"] | None = None,
    ties: Ties = "efron",
) -> Cox:
    """Estimate how each covariate multiplies the rate of events, from stretches that each end in one event or in none.

    It is Cox's model of the stretches, with the variance between people: events of one person may hang together, as
    long as the covariates multiply the mean rate. `hazard_ratio` of the fit gives the ratios of rates.

    Args:
        time: When the stretch ended, from the origin, in any one unit, each at least 0.
        happened: Whether it ended in an event (True) or not (False).
        covariates: One column a covariate, as they are in the stretch, without gaps.
        person: Whose stretch it is.
        start: When it began: the person is at risk after `start`, up to `time`.
        stratum: Each stratum has its own baseline rate.
        weight: How much each row counts, each at least 0.
        ties: How events at one time are treated.

    Raises:
        Inestimable: A person's stretches overlap, or as `cox` does.

    Source:
        Andersen and Gill (1982), Ann Stat 10:1100-1120; variance: Lin, Wei, Yang and Ying (2000), J R Stat Soc B
        62:711-730.

    >>> time, start = np.array([2.0, 5.0, 4.0, 3.0]), np.array([0.0, 2.0, 0.0, 0.0])
    >>> fit = andersen_gill(time, np.array([True, False, True, True]), np.array([[1.0], [1.0], [0.0], [0.0]]),
    ...                     np.array([1, 1, 2, 3]), start=start)
    >>> fit.coefficient.round(4)
    array([-0.2475])
    """
    ends, begins = checked(time, happened, start)
    who = apart(ends, begins, np.asarray(person))
    return cox(time, happened, covariates, start=start, stratum=stratum, weight=weight, cluster=who, ties=ties)
