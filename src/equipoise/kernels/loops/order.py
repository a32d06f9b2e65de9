"""Rising order, found in place: for trials drawn by the thousand, each sorted in room that is used again."""

import numpy as np
from jaxtyping import Float, Int

from . import compiled

RUN = 12
"""Stretches this short are sorted by insertion before they are merged; any number gives the same order."""


@compiled
def ordered(values: Float[np.ndarray, " rows"], order: Int[np.ndarray, " rows"], spare: Int[np.ndarray, " rows"]) -> None:
    """Write into `order` the places of the values from least to greatest, equal ones as they stand."""
    many = len(values)
    for low in range(0, many, RUN):
        for i in range(low, min(low + RUN, many)):
            k = i
            while k > low and values[order[k - 1]] > values[i]:
                order[k] = order[k - 1]
                k -= 1
            order[k] = i
    width = RUN
    while width < many:
        for low in range(0, many, 2 * width):
            middle, high = min(low + width, many), min(low + 2 * width, many)
            a, b = low, middle
            for k in range(low, high):
                if a < middle and (b >= high or values[order[a]] <= values[order[b]]):
                    spare[k] = order[a]
                    a += 1
                else:
                    spare[k] = order[b]
                    b += 1
        order[:many] = spare[:many]
        width *= 2
