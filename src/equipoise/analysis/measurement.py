"""Values: how they are spread in each arm, and how far two means lie apart.

Source:
    Welch (1947), Biometrika 34:28-35, for the difference of means; quartiles as Hyndman and Fan (1996), Am Stat
    50:361-365, type 7, R's default; Mann and Whitney (1947), Ann Math Stat 18:50-60.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.stats import mannwhitneyu
from scipy.stats import t as student

from ..endpoints import Measurement
from ..endpoints.measurement import is_truth
from ..protocol import Item
from .occurrence import answers
from .plan import Plan, in_words, item_label, item_of
from .result import Counted, Estimate, Numbers, Spread, Test
from .sample import Sample

METHODS = ("", "mean", "median", "proportion", "welch")
TESTS = ("", "welch", "t", "t_test", "wilcoxon", "mann_whitney")


def measurement(plan: Plan, counted: Sample) -> Numbers:
    """How a measured value, a score or a cost is spread; of what is answered by yes or a code, the shares."""
    item = _item(plan)
    if is_truth(plan.endpoint, plan.study):
        shares = answers(plan, counted, ["yes"])
        return replace(shares, method=(asked(plan), *shares.method))
    if item is not None and item.type == "choice" and not (item.ordered and plan.method in ("mean", "median")):
        return answers(plan, counted, item.options)
    values = [
        np.array([each.outcome.value for each in counted.of(index) if isinstance(each.outcome, Measurement)])
        for index in range(len(counted.sides))
    ]
    unit = item.unit if item is not None else ""
    spreads = tuple(spread(side.name, each) for side, each in zip(counted.sides, values, strict=True) if len(each))
    estimates: list[Estimate] = []
    tests: list[Test] = []
    findings = [f"No value for {side.label}." for side, each in zip(counted.sides, values, strict=True) if not len(each)]
    words = [asked(plan)]
    for side, each in zip(counted.sides, values, strict=True):
        if len(each) > 1:
            reach = float(student.ppf(0.5 + plan.level / 2, len(each) - 1)) * float(each.std(ddof=1)) / len(each) ** 0.5
            mean = float(each.mean())
            estimates.append(Estimate("Mean", mean, mean - reach, mean + reach, plan.level, unit, side.name))
        elif len(each):
            findings.append(f"One value for {side.label}: no limits can be given.")
    if plan.compares and len(values) > 1:
        last = len(values) - 1
        for index in range(last):
            of = f"{counted.sides[index].label} against {counted.sides[last].label}"
            if len(values[index]) < 2 or len(values[last]) < 2:
                findings.append(f"No difference of means of {of}: fewer than two values on one side.")
                continue
            estimate, test = _welch(values[index], values[last], of, plan.level, unit)
            if estimate is None:
                findings.append(f"No difference of means of {of}: the values of neither side vary.")
                continue
            estimates.append(estimate)
            if plan.test in ("welch", "t", "t_test") and test is not None:
                tests.append(test)
            if plan.test in ("wilcoxon", "mann_whitney"):
                found = mannwhitneyu(values[index], values[last], alternative="two-sided")
                tests.append(Test(f"Mann-Whitney, {of}", float(found.statistic), None, float(found.pvalue)))
        words.append("Difference of means with limits by Welch, for which the arms need not vary alike.")
    return Numbers(
        arms=tuple(Counted(side.name, side.label, len(each)) for side, each in zip(counted.sides, values, strict=True)),
        method=tuple(words), estimates=tuple(estimates), tests=tuple(tests), spreads=spreads, findings=tuple(findings),
    )  # fmt: skip


def spread(arm: str, values: Sequence[float] | np.ndarray) -> Spread:
    """How values are spread.

    >>> spread("a", [1.0, 2.0, 4.0]).median
    2.0
    """
    held = np.asarray(values, dtype=float)
    low, middle, high = (float(each) for each in np.quantile(held, [0.25, 0.5, 0.75]))
    sd = float(held.std(ddof=1)) if len(held) > 1 else None
    return Spread(arm, len(held), float(held.mean()), sd, middle, low, high, float(held.min()), float(held.max()))


def _welch(first: np.ndarray, second: np.ndarray, of: str, level: float, unit: str) -> tuple[Estimate | None, Test | None]:
    one, other = float(first.var(ddof=1)) / len(first), float(second.var(ddof=1)) / len(second)
    if one + other == 0:
        return None, None
    gap, error = float(first.mean() - second.mean()), (one + other) ** 0.5
    df = (one + other) ** 2 / (one**2 / (len(first) - 1) + other**2 / (len(second) - 1))
    reach = float(student.ppf(0.5 + level / 2, df)) * error
    statistic = gap / error
    test = Test(f"Welch's t test, {of}", statistic, df, 2 * float(student.sf(abs(statistic), df)))
    return Estimate("Difference of means", gap, gap - reach, gap + reach, level, unit, of), test


def _item(plan: Plan) -> Item | None:
    """The item that is measured; None for a sum of several, and for a definition."""
    endpoint = plan.endpoint
    return item_of(endpoint.item, plan.study) if endpoint.item and endpoint.kind == "measurement" else None


def asked(plan: Plan) -> str:
    """What is measured, when, and what counts where there is more than one value."""
    endpoint = plan.endpoint
    start = in_words(endpoint.from_, plan.study)
    when = ""
    if endpoint.at is not None:
        when = f" {endpoint.at} after {start}{f' ({endpoint.window})' if endpoint.window is not None else ''}"
    elif endpoint.horizon is not None:
        when = f" up to {endpoint.horizon} after {start}"
    one = {"measurement": item_label(endpoint.item, plan.study), "score": "The score", "cost": "The sum of costs"}[
        endpoint.kind
    ]
    how = {
        "last": "the last value",
        "sum": "the sum",
        "mean": "the mean",
        "worst": "the greatest value",
        "best": "the least value",
    }
    told = f", {how[endpoint.combine]} where there are several" if endpoint.kind == "measurement" else ""
    return f"{one[:1].upper()}{one[1:]}{when}{told}; whoever has none is left out and counted."
