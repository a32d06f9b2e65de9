"""Rising order, found in place: for trials drawn by the thousand, each sorted in room that is used again."""

import numpy as np
from jaxtyping import Float, Int

from . import compiled, inlined

RUN = 12
"""Stretches this short are sorted by insertion before they are merged; any number gives the same order."""


@compiled
def ordered(values: Float[np.ndarray, " rows"], order: Int[np.ndarray, " rows"], spare: Int[np.ndarray, " rows"]) -> None:
    """Write into `order` the places of the values from least to greatest, equal ones as they stand."""
    for i in range(len(values)):
        order[i] = i
    arranged(values, order, spare)


@compiled
def in_order(keys: Int[np.ndarray, " rows"], spare: Int[np.ndarray, " rows"]) -> None:
    """Put whole numbers in their order."""
    arranged(None, keys, spare)


@inlined
def worth(values: Float[np.ndarray, " rows"] | None, item: int) -> float:
    """What an item is put in order by: the value at its place; or, where there are no values, itself."""
    if values is None:
        return item
    return float(values[item])


@compiled
def arranged(
    values: Float[np.ndarray, " rows"] | None, items: Int[np.ndarray, " rows"], spare: Int[np.ndarray, " rows"]
) -> None:
    """Put items in the order of what they are worth, equal ones as they stand."""
    many = len(items)
    for low in range(0, many, RUN):
        for i in range(low + 1, min(low + RUN, many)):
            item, k = items[i], i
            while k > low and worth(values, items[k - 1]) > worth(values, item):
                items[k] = items[k - 1]
                k -= 1
            items[k] = item
    width = RUN
    while width < many:
        for low in range(0, many, 2 * width):
            middle, high = min(low + width, many), min(low + 2 * width, many)
            a, b = low, middle
            for k in range(low, high):
                if a < middle and (b >= high or worth(values, items[a]) <= worth(values, items[b])):
                    spare[k] = items[a]
                    a += 1
                else:
                    spare[k] = items[b]
                    b += 1
        items[:] = spare[:many]
        width *= 2
