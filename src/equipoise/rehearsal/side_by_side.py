"""The log-rank test and Cox's model of two arms, for many trials of one size, compiled."""

import numpy as np
from numpy.typing import NDArray

from ..kernels.cox import SETTLED
from ..kernels.loops import compiled
from ..kernels.loops.cox import FITTED, Trial, fit_into, trial
from ..kernels.loops.logrank import two_arms


def compared(
    time: NDArray[np.float64],
    happened: NDArray[np.bool_],
    side: NDArray[np.int64],
    *,
    efron: bool = True,
) -> NDArray[np.float64]:
    """For each trial: excess of events in the first arm, its variance, log hazard ratio of the first arm, its error.

    Args:
        time: Follow-up, each at least 0.
        happened: Whether it ended in the event.
        side: 1 in the first arm, 0 in the reference; who is in neither, -1, is not counted.
        efron: Whether ties are handled after Efron, else after Breslow.

    Returns:
        A row a trial; log hazard ratio and error are not numbers where there is no estimate.
    """
    trials, people = time.shape
    found = np.empty((trials, 4))
    # Who is not counted leaves before anything happens: at -1, without the event.
    moment = np.where(side < 0, -1.0, time)
    _each(moment, happened & (side >= 0), side, efron, SETTLED, trial(people, 1), found)
    return found


@compiled
def _each(
    time: NDArray[np.float64],
    happened: NDArray[np.bool_],
    side: NDArray[np.int64],
    efron: bool,
    settled: float,
    at: Trial,
    found: NDArray[np.float64],
) -> None:
    people = time.shape[1]
    treated, x, beta = np.empty(people, np.bool_), np.empty((people, 1)), np.empty(1)
    for t in range(len(time)):
        members = 0
        for i in range(people):
            treated[i] = side[t, i] == 1
            x[i, 0] = 0.0 if side[t, i] < 0 else side[t, i] - 0.5
            members += side[t, i] >= 0
        found[t, 0], found[t, 1] = two_arms(time[t], happened[t], treated, at.order, at.spare)
        found[t, 2] = found[t, 3] = np.nan
        if found[t, 1] > 0.0 and fit_into(time[t], happened[t], x, efron, False, settled, at, beta) == FITTED:
            found[t, 2] = beta[0]
            found[t, 3] = 1.0 / np.sqrt(at.work.information[0, 0])
