"""Counts as they may be told: small ones not at all, and none so exactly that a small one follows from it."""


def told(count: int, below: int) -> int | str:
    """A count as it may be told.

    From one to less than `below`, it is told as that: `<5`. Any other is told to the nearest `below`: were the exact ones
    told, a small one could be had from them by subtraction, whatever their sum.

    >>> told(4, 5), told(0, 5), told(1234, 5), told(1234, 0)
    ('<5', 0, 1235, 1234)
    """
    if below <= 1:
        return count
    if 0 < count < below:
        return f"<{below}"
    return below * ((2 * count + below) // (2 * below))
