"""The logarithm and the exponential function in plain arithmetic: the same bits on any machine, and many abreast.

A library's own would be called for one number at a time and may differ in the last digit from one machine to the next;
these are written out inside the loop that needs them. Both are series: that of the area hyperbolic tangent, and
Taylor's. The error stays below 1e-15 of the answer.
"""

import numpy as np

from . import inlined

LN_2, LOG2_E = 0.6931471805599453, 1.4426950408889634
LN_2_SHORT = 0.6931471803691238  # its first 33 bits, so that whole multiples are exact
LN_2_REST = 1.9082149292705877e-10
ROOT_2 = 1.4142135623730951
FRACTION, ONE, TWO_TO_NO_POWER = np.int64((1 << 52) - 1), np.int64(1023 << 52), 1023
UNTIL = 700.0
"""Beyond this, either way, the exponential is that of this."""


@inlined
def logarithm(x: float) -> float:
    """The natural logarithm of a normal number above 0."""
    bits = np.float64(x).view(np.int64)
    power = np.float64(np.int32(bits >> 52) - TWO_TO_NO_POWER)
    mantissa = np.int64((bits & FRACTION) | ONE).view(np.float64)
    large = mantissa > ROOT_2
    mantissa = mantissa * 0.5 if large else mantissa
    power = power + 1.0 if large else power
    s = (mantissa - 1.0) / (mantissa + 1.0)
    z = s * s
    tail = z * (1 / 3 + z * (1 / 5 + z * (1 / 7 + z * (1 / 9 + z * (1 / 11 + z * (1 / 13 + z * (1 / 15 + z * (
        1 / 17 + z * (1 / 19 + z * (1 / 21 + z * (1 / 23)))))))))))  # fmt: skip
    return power * LN_2_SHORT + (2.0 * s + (2.0 * s * tail + power * LN_2_REST))


@inlined
def exponential(x: float) -> float:
    """The number e to the power x."""
    x = min(max(x, -UNTIL), UNTIL)
    power = np.floor(x * LOG2_E + 0.5)
    r = (x - power * LN_2_SHORT) - power * LN_2_REST
    rest = 1.0 + r * (1.0 + r * (1 / 2 + r * (1 / 6 + r * (1 / 24 + r * (1 / 120 + r * (1 / 720 + r * (1 / 5040 + r * (
        1 / 40320 + r * (1 / 362880 + r * (1 / 3628800 + r * (1 / 39916800 + r * (1 / 479001600 + r * (
        1 / 6227020800)))))))))))))  # fmt: skip
    doubled: float = np.int64((np.int64(np.int32(power)) + TWO_TO_NO_POWER) << 52).view(np.float64)
    found: float = rest * doubled
    return found
