"""Numbers with their Monte Carlo error, as people read them."""

from math import isfinite

from ..kernels.two_arm import Estimate

MINUS = "\N{MINUS SIGN}"


def spread(each: Estimate | None, *, factor: float = 1.0) -> str:
    """A number with its Monte Carlo error, to the digits that the error leaves.

    >>> spread(Estimate(14.0328, 0.0684)), spread(Estimate(0.5, 0.0)), spread(Estimate(157234.0, 812.0))
    ('14.03 ± 0.07', '0.5', '157,234 ± 812')
    """
    if each is None or not isfinite(each.value):
        return ""
    value, error = each.value * factor, each.error * factor
    if not isfinite(error) or error <= 0:
        return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
    digits = max(0, min(4, -int(f"{error:e}".split("e")[1])))
    return f"{value:,.{digits}f} ± {error:,.{digits}f}".replace("-", MINUS)


def share(value: float) -> str:
    """A share with a digit after the point."""
    return f"{100 * value:.1f} %"


def percent_of(each: Estimate | None) -> str:
    """A share with its error.

    >>> percent_of(Estimate(0.0537, 0.0007)), percent_of(Estimate(1 / 3, 0.19))
    ('5.37 ± 0.07 %', '33 ± 19 %')
    """
    return f"{told} %" if (told := spread(each, factor=100)) else "an unknown share"


def amount(value: float) -> str:
    """An amount of money, to three digits where it is large.

    >>> amount(12345.6), amount(-80.25), amount(-0.2)
    ('12,300', '−80', '0')
    """
    if not isfinite(value):
        return "unknown"
    rounded = float(f"{value:.3g}") if abs(value) >= 1000 else round(value)
    return f"{rounded:,.0f}".replace("-", "" if rounded == 0 else MINUS)


def about(each: Estimate) -> str:
    """An amount of money with its Monte Carlo error."""
    error = each.error if isfinite(each.error) else 0.0
    told = f"{each.value:,.0f}".replace("-", MINUS)
    return f"{told} ± {error:,.0f}" if error >= 0.5 else told
