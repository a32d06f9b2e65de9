"""Numbers as people read them: percentages, months, p values, intervals; and a result in a sentence or two."""

from math import isfinite, isnan

from ..analysis import Counted, Estimate, Result, Test

DAYS_IN_MONTH = 365.25 / 12
MINUS = "−"


def p_value(p: float) -> str:
    """A p value.

    >>> p_value(0.00290), p_value(9.8e-06), p_value(0.48)
    ('0.003', '< 0.001', '0.48')
    """
    return "< 0.001" if p < 0.001 else f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


def share(value: float) -> str:
    """A share in per cent.

    >>> share(0.5257)
    '52.6%'
    """
    return f"{100 * value:.1f}%"


def number(value: float) -> str:
    """A number with three figures or so.

    >>> number(0.6935), number(59.454), number(1234.5), number(0.00012)
    ('0.69', '59.5', '1,234', '0.00012')
    """
    if not isfinite(value):
        return "–" if isnan(value) else "∞" if value > 0 else f"{MINUS}∞"
    size = abs(value)
    if value == int(value) or size >= 1000:
        said_ = f"{value:,.0f}"
    else:
        said_ = f"{value:.1f}" if size >= 10 else f"{value:.2f}" if size >= 0.1 else f"{value:.2g}"
    return said_.replace("-", MINUS)


def months(days: float) -> str:
    """Days as months of a twelfth of 365.25 days.

    >>> months(2152)
    '70.7'
    """
    return f"{days / DAYS_IN_MONTH:.1f}"


def said(each: Estimate, value: float | None) -> str:
    """A value of an estimate in its unit; what is None is not to be had."""
    if value is None:
        return "not reached" if each.unit == "days" else "–"
    if each.unit == "share":
        return f"{100 * value:.1f}".replace("-", MINUS)
    return months(value) if each.unit == "days" else number(value)


def interval(each: Estimate) -> str:
    """An estimate's limits, empty where it has none.

    >>> interval(Estimate("Median time", 2083.0, 1548.0, None, 0.95, "days"))
    '50.9 to not reached'
    """
    if each.lower is None and each.upper is None:
        return ""
    return f"{said(each, each.lower)} to {said(each, each.upper)}"


def with_limits(each: Estimate) -> str:
    """An estimate with its unit and its limits."""
    unit = {"share": "%", "days": " months", "": ""}.get(each.unit, f" {each.unit}")
    reach = interval(each)
    level = f"{100 * each.level:g}%" if each.level is not None else ""
    return f"{said(each, each.value)}{unit}" + (f" ({level} limits {reach})" if reach else "")


def test_in_words(test: Test) -> str:
    """A test.

    >>> test_in_words(Test("Log-rank", 11.68, 2.0, 0.0029))
    'log-rank test: chi-square 11.68 on 2 degrees of freedom, p 0.003'
    """
    name = test.name[0].lower() + test.name[1:] if test.name.startswith("Log") else test.name
    if test.name.startswith("Log"):
        name = name.replace("log-rank", "log-rank test", 1)
    if test.statistic is None:
        return f"{name}: p {p_value(test.p)}"
    if test.name.startswith("Welch"):
        return f"{name}: t {test.statistic:.2f} on {test.df:.1f} degrees of freedom, p {p_value(test.p)}"
    if test.df is None:
        told = f"U {test.statistic:g}" if test.name.startswith("Mann") else f"z {test.statistic:.2f}"
        return f"{name}: {told}, p {p_value(test.p)}"
    degrees = f"{test.df:g} degree{'s' if test.df != 1 else ''} of freedom"
    return f"{name}: chi-square {test.statistic:.2f} on {degrees}, p {p_value(test.p)}"


test_in_words.__test__ = False  # type: ignore[attr-defined]


def counted_in_words(arms: tuple[Counted, ...]) -> str:
    """How many are counted, with how many events."""
    total = sum(each.participants for each in arms)
    events = [each.events for each in arms if each.events is not None]
    return f"{total} participants" + (f", {sum(events)} with the event" if events else "")


def headline_in_words(result: Result) -> str:
    """What a result came to, in a sentence or two; what it could not estimate, where it has no number."""
    lead = f"{result.endpoint_label}: "
    compared = [each for each in result.estimates if " against " in each.of and not each.is_covariate]
    if compared:
        parts = [f"{each.name[0].lower()}{each.name[1:]}, {each.of}: {with_limits(each)}" for each in compared[:4]]
        return f"{lead}{counted_in_words(result.arms)}; {'; '.join(parts)}."
    parts = [test_in_words(each) for each in result.tests[:2]]
    if not parts:
        labels = {each.arm: each.label for each in result.arms}
        first = next(iter(result.estimates), None)
        same = [each for each in result.estimates if first is not None and each.name == first.name]
        parts = [
            f"{each.name.lower()}{f', {labels.get(each.of, each.of)}' if each.of else ''}: {with_limits(each)}"
            for each in same[:4]
        ]
    if parts:
        return f"{lead}{counted_in_words(result.arms)}; {'; '.join(parts)}."
    if result.findings:
        return (
            f"{lead}{counted_in_words(result.arms)}. {result.findings[-1]}"
            if result.participants
            else f"{lead}{result.findings[-1]}"
        )
    return f"{lead}{counted_in_words(result.arms)}."
