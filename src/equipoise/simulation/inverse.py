"""Distributions turned round: from the share that lies below, to the value. Plain arithmetic, run as it is or compiled."""

import math
from collections.abc import Sequence

NORMAL, LOGNORMAL, UNIFORM, CONSTANT, EXPONENTIAL, WEIBULL, POISSON = range(7)
KINDS = ("normal", "lognormal", "uniform", "constant", "exponential", "weibull", "poisson")

ROOT_HALF = math.sqrt(0.5)
MOST = 100_000
"""No Poisson number is looked for beyond it."""


def at(share: float) -> float:
    """The value below which a share of the standard normal distribution lies, to sixteen digits.

    Source:
        Wichura (1988), Algorithm AS 241, Appl Stat 37:477-484, PPND16.

    >>> round(at(0.975), 12)
    1.95996398454
    """
    q = share - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        top = (((((((2.5090809287301226727e3 * r + 3.3430575583588128105e4) * r + 6.7265770927008700853e4) * r
            + 4.5921953931549871457e4) * r + 1.3731693765509461125e4) * r + 1.9715909503065514427e3) * r
            + 1.3314166789178437745e2) * r + 3.3871328727963666080e0)  # fmt: skip
        bottom = (((((((5.2264952788528545610e3 * r + 2.8729085735721942674e4) * r + 3.9307895800092710610e4) * r
            + 2.1213794301586595867e4) * r + 5.3941960214247511077e3) * r + 6.8718700749205790830e2) * r
            + 4.2313330701600911252e1) * r + 1.0)  # fmt: skip
        return q * top / bottom
    tail = share if q < 0 else 1.0 - share
    if tail <= 0.0:
        return -math.inf if q < 0 else math.inf
    r = math.sqrt(-math.log(tail))
    if r <= 5.0:
        r -= 1.6
        top = (((((((7.74545014278341407640e-4 * r + 2.27238449892691845833e-2) * r + 2.41780725177450611770e-1) * r
            + 1.27045825245236838258e0) * r + 3.64784832476320460504e0) * r + 5.76949722146069140550e0) * r
            + 4.63033784615654529590e0) * r + 1.42343711074968357734e0)  # fmt: skip
        bottom = (((((((1.05075007164441684324e-9 * r + 5.47593808499534494600e-4) * r + 1.51986665636164571966e-2) * r
            + 1.48103976427480074590e-1) * r + 6.89767334985100004550e-1) * r + 1.67638483018380384940e0) * r
            + 2.05319162663775882187e0) * r + 1.0)  # fmt: skip
    else:
        r -= 5.0
        top = (((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r + 1.24266094738807843860e-3) * r
            + 2.65321895265761230930e-2) * r + 2.96560571828504891230e-1) * r + 1.78482653991729133580e0) * r
            + 5.46378491116411436990e0) * r + 6.65790464350110377720e0)  # fmt: skip
        bottom = (((((((2.04426310338993978564e-15 * r + 1.42151175831644588870e-7) * r + 1.84631831751005468180e-5) * r
            + 7.86869131145613259100e-4) * r + 1.48753612908506148525e-2) * r + 1.36929880922735805310e-1) * r
            + 5.99832206555887937690e-1) * r + 1.0)  # fmt: skip
    return -top / bottom if q < 0 else top / bottom


def share(kind: int, first: float, second: float, value: float) -> float:
    """The share of a distribution that lies below a value (of counts: at it or below)."""
    if kind == NORMAL:
        if second == 0.0:
            return 0.0 if value < first else 1.0
        return 0.5 * math.erfc((first - value) / second * ROOT_HALF)
    if kind == LOGNORMAL:
        if value <= 0.0:
            return 0.0
        if value == math.inf:
            return 1.0
        if second == 0.0:
            return 0.0 if math.log(value) < first else 1.0
        return 0.5 * math.erfc((first - math.log(value)) / second * ROOT_HALF)
    if kind == EXPONENTIAL:
        return 0.0 if value <= 0.0 else -math.expm1(-value / first)
    if kind == WEIBULL:
        return 0.0 if value <= 0.0 else 1.0 if value == math.inf else -math.expm1(-((value / first) ** second))
    if kind == POISSON:
        if value < 0.0:
            return 0.0
        if value == math.inf:
            return 1.0
        chance, below, count = math.exp(-first), 0.0, 0
        while count <= value and count < MOST:
            below += chance
            count += 1
            chance *= first / count
        return min(below, 1.0)
    return 0.0 if value < first else 1.0


def below(score: float) -> float:
    """The share of the standard normal distribution below a score, strictly between 0 and 1."""
    return min(max(0.5 * math.erfc(-score * ROOT_HALF), 1e-16), 1.0 - 2.0**-53)


def quantile(
    kind: int, first: float, second: float, low: float, high: float, below: float, within: float, is_whole: bool, uniform: float
) -> float:
    """The value that a number between 0 and 1 stands for.

    Args:
        kind: Its place in `KINDS`.
        first: The mean, the lower end, the one value, the scale ...
        second: The sd, the upper end, the shape.
        low: The least value.
        high: The greatest.
        below: The share of the distribution that lies below the least value,
        within: and that lies between the two.
        is_whole: Whether only whole numbers are wanted.
        uniform: The number.
    """
    if kind == UNIFORM:
        if is_whole:
            least = math.ceil(first)
            return float(min(least + math.floor(uniform * (math.floor(second) - least + 1)), math.floor(second)))
        return first + (second - first) * uniform
    part = below + within * uniform
    if kind == CONSTANT or within <= 0.0:
        value = math.exp(first) if kind == LOGNORMAL else first
    elif kind == NORMAL:
        value = first + second * at(part)
    elif kind == LOGNORMAL:
        value = math.exp(first + second * at(part))
    elif kind == EXPONENTIAL:
        value = -first * math.log1p(-part)
    elif kind == WEIBULL:
        value = first * (-math.log1p(-part)) ** (1.0 / second)
    else:
        chance, count = math.exp(-first), 0
        left = part - chance
        while left >= 0.0 and count < MOST:
            count += 1
            chance *= first / count
            left -= chance
        value = float(count)
    if is_whole:
        value = nearest(value)
    return min(max(value, low), high)


def nearest(value: float) -> float:
    """The nearest whole number; of two that are equally near, the greater."""
    return float(math.floor(value + 0.5)) if abs(value) < 1e15 else value


def four_digits(value: float) -> float:
    """A number at four digits, as a laboratory would print it.

    >>> four_digits(123.456), four_digits(0.0123456)
    (123.5, 0.01235)
    """
    size = abs(value)
    if size < 1e-15 or size > 1e15:
        return value
    up, down = 1.0, 1.0
    while size * up < 1000.0:
        up *= 10.0
    if up > 1.0:
        return math.floor(value * up + 0.5) / up
    while size / down >= 10000.0:
        down *= 10.0
    return math.floor(value / down + 0.5) * down


def tenth(value: float) -> float:
    """A number at one decimal."""
    return math.floor(value * 10.0 + 0.5) / 10.0


# --- a hazard, added up and turned round -----------------------------------------------------------------------------
# A base is a Weibull distribution (a scale above 0, a shape) or, with a scale of 0, constant in stretches: `rates` a day,
# each until its end of `ends`, with what it has come to at its start in `sums`; `size` of them, from number `first` on.


def base_hazard(
    scale: float, shape: float, rates: Sequence[float], ends: Sequence[float], sums: Sequence[float], first: int, size: int,
    days: float,
) -> float:  # fmt: skip
    """The hazard of a base, added up until a time."""
    if days <= 0.0:
        return 0.0
    if scale > 0.0:
        return float((days / scale) ** shape)
    k = first
    while k < first + size - 1 and ends[k] < days:
        k += 1
    return sums[k] + rates[k] * (days - (ends[k - 1] if k > first else 0.0))


def base_day(
    scale: float, shape: float, rates: Sequence[float], ends: Sequence[float], sums: Sequence[float], first: int, size: int,
    total: float,
) -> float:  # fmt: skip
    """When the hazard of a base comes to a number; infinite if it never does."""
    if scale > 0.0:
        return float(scale * total ** (1.0 / shape))
    k, last = first, first + size - 1
    while k < last and sums[k + 1] <= total:
        k += 1
    while rates[k] == 0.0:
        if k == last:
            return math.inf
        if total <= sums[k]:
            return ends[k - 1] if k > first else 0.0
        k += 1
    return (ends[k - 1] if k > first else 0.0) + (total - sums[k]) / rates[k]


def uncured(cured: float, total: float) -> float:
    """The hazard of everybody, from that of those who are not cured."""
    return -math.log(cured + (1.0 - cured) * math.exp(-total)) if cured > 0.0 else total


def of_uncured(cured: float, total: float) -> float:
    """The hazard of those who are not cured, from that of everybody; infinite where it comes to more than it can."""
    if cured <= 0.0:
        return total
    left = (math.exp(-total) - cured) / (1.0 - cured)
    return -math.log(min(left, 1.0)) if left > 0.0 else math.inf
