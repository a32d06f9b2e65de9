"""The log-rank test, one pass over rows in the order of stratum and time."""

import numpy as np
from jaxtyping import Bool, Float, Int

from . import compiled
from .order import ordered


@compiled
def compared(
    moment: Int[np.ndarray, " rows"],
    died: Bool[np.ndarray, " rows"],
    member: Int[np.ndarray, " rows"],
    edges: Int[np.ndarray, " bounds"],
    entry: Int[np.ndarray, " late"],
    by_entry: Int[np.ndarray, " late"],
    rho: float,
    gamma: float,
    at_risk: Float[np.ndarray, " groups"],
    dead: Float[np.ndarray, " groups"],
    observed: Float[np.ndarray, " groups"],
    expected: Float[np.ndarray, " groups"],
    variance: Float[np.ndarray, "groups groups"],
) -> None:
    """Add to `observed`, `expected` and `variance` what each event time of each stratum says.

    Args:
        moment: Rising within a stratum, equal for the rows that end at one time.
        died: Whether the row ended in the event.
        member: The group of each row, from 0.
        edges: Where each stratum begins, and where the last ends.
        entry: The moment after which each row is at risk; empty where all are from the start.
        by_entry: The rows in the order of stratum and entry; empty likewise.
        rho: Each event weighs survival just before it to this power,
        gamma: and one less that survival to this one.
        at_risk: Room to count in.
        dead: Room to count in.
    """
    size = len(observed)
    for s in range(len(edges) - 1):
        first, end = edges[s], edges[s + 1]
        at_risk[:] = 0.0
        if len(entry) == 0:
            for i in range(first, end):
                at_risk[member[i]] += 1.0
        risk, survival, entering = float(end - first) if len(entry) == 0 else 0.0, 1.0, first
        i = first
        while i < end:
            now, after, deaths = moment[i], i, 0.0
            while after < end and moment[after] == now:
                if died[after]:
                    if deaths == 0.0:
                        dead[:] = 0.0
                    dead[member[after]] += 1.0
                    deaths += 1.0
                after += 1
            if len(entry):
                while entering < end and entry[by_entry[entering]] < now:
                    at_risk[member[by_entry[entering]]] += 1.0
                    risk += 1.0
                    entering += 1
            if deaths > 0.0:
                # 0 to the power 0 is 1: without gamma an event counts though nobody died before it.
                weight = survival**rho * (1.0 - survival) ** gamma
                scatter = weight * weight * deaths * (risk - deaths) / max(risk - 1.0, 1.0)
                for g in range(size):
                    share = at_risk[g] / risk
                    observed[g] += weight * dead[g]
                    expected[g] += weight * deaths * share
                    variance[g, g] += scatter * share
                    for h in range(g + 1):
                        both = scatter * share * at_risk[h] / risk
                        variance[g, h] -= both
                        if h < g:
                            variance[h, g] -= both
                survival *= 1.0 - deaths / risk
            for k in range(i, after):
                at_risk[member[k]] -= 1.0
            risk -= after - i
            i = after


@compiled
def two_arms(
    time: Float[np.ndarray, " people"],
    died: Bool[np.ndarray, " people"],
    treated: Bool[np.ndarray, " people"],
    order: Int[np.ndarray, " people"],
    spare: Int[np.ndarray, " people"],
) -> tuple[float, float]:
    """Events of the treated less those expected, and the variance of that: its square over the variance is chi-square.

    For a trial within a simulation: the rows come in any order, and `order` and `spare` are room to sort in.
    """
    ordered(time, order, spare)
    many = len(time)
    arm, risk = 0.0, float(many)
    for i in range(many):
        arm += treated[i]
    excess, variance, i = 0.0, 0.0, 0
    while i < many:
        now, leaving, leaving_arm, deaths = time[order[i]], 0.0, 0.0, 0.0
        while i < many and time[order[i]] == now:
            who = order[i]
            leaving += 1.0
            leaving_arm += treated[who]
            if died[who]:
                deaths += 1.0
                excess += treated[who]
            i += 1
        share = arm / risk
        excess -= deaths * share
        variance += deaths * share * (1.0 - share) * (risk - deaths) / max(risk - 1.0, 1.0)
        arm -= leaving_arm
        risk -= leaving
    return excess, variance
