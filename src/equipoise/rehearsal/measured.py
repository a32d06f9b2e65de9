"""The declared comparisons of shares, means, scores and costs: how often a trial shows a difference, and how large.

A difference is shown where the declared test says so, or, where none is declared, where the interval leaves out no
difference. What a comparison finds in a trial is what `analyse` says of it; of shares and means the fast interpreter
reckons the same from its arrays.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from math import isfinite, nan
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..chart import Chart
from ..endpoints.measurement import is_truth
from ..kernels.two_arm import Estimate
from ..prospects.plan import drawn_item
from ..prospects.prospect import LEVEL
from ..protocol import Analysis, Estimand
from ..study import Study
from .comparison import narrowed
from .totals import Tally, Totals

if TYPE_CHECKING:
    from ..analysis import Result

KINDS = ("occurrence", "measurement", "score", "cost")
"""The kinds of endpoints whose comparisons are told here; times to an event are told in `comparison`."""
SHARES, MEANS = ("", "proportion", "risk_difference"), ("", "mean", "welch")
WHOLE = ("", "enrolled", "randomised")
FISHER, WELCH = ("fisher", "fisher_exact"), ("welch", "t", "t_test")
RESAMPLED = "cost_effectiveness"
LIFE_YEARS = "only its difference in mean costs is told; the cost of a life-year takes a thousand resamples of each trial"
ELSEWHERE = {
    "subgroups": "it asks whether an effect differs between groups, and is run on real data alone",
    "point_score": "it builds a score, and is run on real data alone",
    "trajectory": "it follows several values over time, and is run on real data alone",
}


@dataclass(frozen=True, slots=True)
class Measured:
    """A declared comparison of shares, means, scores or costs; `sides` have the reference last."""

    name: str
    label: str
    endpoint: str
    kind: str
    sides: tuple[str, ...]
    level: float
    is_primary: bool = False


@dataclass(frozen=True, slots=True)
class Apart:
    """What one trial says of a difference or a ratio: the estimate with its limits, and whether it shows a difference."""

    value: float
    is_shown: bool
    is_estimable: bool = True


@dataclass(frozen=True, slots=True)
class MeasuredSeen:
    """A difference or ratio of a declared comparison over all trials, in `way`: `found` is the power, `false` the type I error.

    `low` and `high` are two standard deviations of the trials' estimates from their mean.
    """

    name: str
    label: str
    endpoint: str
    of: str
    what: str
    level: float
    way: str
    trials: int
    found: Estimate
    false: Estimate | None
    value: Estimate
    low: float
    high: float
    inestimable: Estimate


def measures(study: Study) -> tuple[Measured, ...]:
    """The comparisons that a study declares of shares, means, scores and costs."""
    found = []
    for each in study.protocol.analyses.values():
        endpoint, sides = study.protocol.endpoints.get(each.endpoint), (each.estimand or Estimand()).compared
        if endpoint is None or endpoint.kind not in KINDS or len(sides) < 2:
            continue
        found.append(Measured(
            each.name, each.label or each.name.replace("_", " ").capitalize(), each.endpoint, endpoint.kind, tuple(sides),
            float(each.alpha) if each.alpha is not None else LEVEL, endpoint.role == "primary" and not each.post_hoc,
        ))  # fmt: skip
    return tuple(found)


def untold(study: Study, told: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """The declared analyses that say nothing of how likely a trial is to find something, and why."""
    found = []
    for each in study.protocol.analyses.values():
        endpoint = study.protocol.endpoints.get(each.endpoint)
        label = each.label or each.name.replace("_", " ").capitalize()
        if each.name in told and each.method == RESAMPLED:
            found.append((label, LIFE_YEARS))
        if each.name in told or endpoint is None:
            continue
        why = ELSEWHERE.get(each.method) or ELSEWHERE.get(endpoint.kind)
        if len((each.estimand or Estimand()).compared) < 2 and each.method not in ELSEWHERE:
            why = "it describes, and compares nothing"
        found.append((label, why or f"its method is '{each.method}'"))
    return tuple(found)


# --- by the declared analysis ----------------------------------------------------------------------------------------


def measure(tally: Tally, study: Study, asked: tuple[Measured, ...], charts: Mapping[str, Chart], until: date) -> None:
    """Add to a tally what the declared analyses say of a trial that was followed."""
    from ..analysis import analyse

    run = without_resamples(study, tuple(each.name for each in asked))
    results = {each.name: each for each in analyse(run, charts, until=until, virtual=True)}
    for each in asked:
        for (of, what), apart in said(results[each.name], each.level).items():
            _told(tally, each.name, of, what, np.array([apart.value]), np.array([apart.is_shown]))


@lru_cache(16)
def without_resamples(study: Study, names: tuple[str, ...]) -> Study:
    """The study with these analyses alone; of the cost of a life-year only the mean costs, which need no resamples."""
    alone = narrowed(study, names)
    analyses = {
        name: replace(each, method="censoring_adjusted") if each.method == RESAMPLED else each
        for name, each in alone.protocol.analyses.items()
    }
    return replace(alone, protocol=replace(alone.protocol, analyses=analyses))


def said(result: "Result", level: float) -> dict[tuple[str, str], Apart]:
    """What a result says of each comparison in it."""
    found: dict[tuple[str, str], Apart] = {}
    for each in result.estimates:
        is_ratio = "ratio" in each.name.casefold()
        if each.is_covariate or " against " not in each.of or not (is_ratio or each.name.startswith("Difference")):
            continue
        p = next((test.p for test in result.tests if test.name.endswith(f", {each.of}")), None)
        none = 1.0 if is_ratio else 0.0
        if p is not None:
            is_shown = p < level
        elif each.lower is None or each.upper is None:
            continue
        else:
            is_shown = not each.lower <= none <= each.upper
        found.setdefault((each.of, each.name), Apart(each.value, is_shown))
    return found


# --- by the fast interpreter -----------------------------------------------------------------------------------------


def beyond(each: Measured, study: Study, endpoints: tuple[str, ...]) -> str:
    """Why a comparison is left to `followed`; empty where the fast interpreter's arrays tell it."""
    analysis = study.protocol.analyses[each.name]
    if len(each.sides) != 2 or not all(side in study.protocol.arms for side in each.sides):
        return "it does not compare two arms"
    if each.endpoint not in endpoints:
        return "its endpoint is not compiled"
    if (analysis.estimand or Estimand()).counted not in WHOLE or analysis.emulate is not None or analysis.landmark is not None:
        return "it counts some participants alone"
    if _is_of_shares(each, study):
        return "" if analysis.method in SHARES and analysis.test in ("", *FISHER) else "its method is another"
    item = drawn_item(study.protocol.endpoints[each.endpoint], study)
    if each.kind != "measurement" or item is not None and item.type in ("choice", "text", "date"):
        return "it compares no means"
    return "" if analysis.method in MEANS and analysis.test in ("", *WELCH) else "its method is another"


def _is_of_shares(each: Measured, study: Study) -> bool:
    endpoint = study.protocol.endpoints[each.endpoint]
    return each.kind == "occurrence" or is_truth(endpoint, study)


def measure_fast(tally: Tally, study: Study, each: Measured, values: NDArray[np.float64], side: NDArray[np.int64]) -> None:
    """Add to a tally what trials say of a comparison.

    Args:
        tally: What it is added to.
        study: The study.
        each: The comparison.
        values: What is measured, or 1 for yes and 0 for no: a row for each trial.
        side: 1 on the first side, 0 on the reference, -1 for who is not counted.
    """
    analysis = study.protocol.analyses[each.name]
    of = " against ".join(study.protocol.arms[name].label or name.replace("_", " ") for name in each.sides)
    if _is_of_shares(each, study):
        what = "Difference of shares with the event" if each.kind == "occurrence" else "Difference of shares with yes"
        gap, is_shown = _of_shares(values, side, each.level, analysis)
    else:
        what = "Difference of means"
        gap, is_shown = _of_means(values, side, each.level)
    _told(tally, each.name, of, what, gap, is_shown)


def _of_shares(
    values: NDArray[np.float64], side: NDArray[np.int64], level: float, analysis: Analysis
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    tables = np.stack(
        [count for at in (1, 0) for count in (((side == at) & (values > 0)).sum(axis=1), (side == at).sum(axis=1))], 1
    )
    rows, place = np.unique(tables, axis=0, return_inverse=True)
    told = [_table(*map(int, row), level, analysis.test in FISHER) for row in rows]
    gap, is_shown = (np.array(each) for each in zip(*told, strict=True))
    where = place.ravel()
    return gap[where].astype(float), is_shown[where].astype(bool)


@lru_cache(100_000)
def _table(events: int, people: int, others: int, other_people: int, level: float, by_fisher: bool) -> tuple[float, bool]:
    from ..kernels.newcombe import newcombe

    if not people or not other_people:
        return nan, False
    apart = newcombe(events, people, others, other_people, level=1 - level)
    if by_fisher:
        from scipy.stats import fisher_exact

        table = np.array([[events, people - events], [others, other_people - others]])
        return apart.estimate, bool(fisher_exact(table).pvalue < level)
    return apart.estimate, not apart.lower <= 0 <= apart.upper


def _of_means(
    values: NDArray[np.float64], side: NDArray[np.int64], level: float
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The difference of means with Welch's limits: the test says the same as its interval."""
    from scipy.special import stdtrit

    means, parts, sizes = [], [], []
    for at in (1, 0):
        here = side == at
        size = here.sum(axis=1)
        some = np.where(size > 1, size, 2)
        mean = np.where(here, values, 0.0).sum(axis=1) / np.where(size, size, 1)
        squares = np.where(here, (values - mean[:, None]) ** 2, 0.0).sum(axis=1)
        means.append(mean)
        parts.append(squares / (some - 1) / some)
        sizes.append(size)
    is_there = (sizes[0] > 1) & (sizes[1] > 1) & (parts[0] + parts[1] > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.sqrt(parts[0] + parts[1])
        df = error**4 / (parts[0] ** 2 / (sizes[0] - 1) + parts[1] ** 2 / (sizes[1] - 1))
        gap = np.where(is_there, means[0] - means[1], nan)
        is_shown = is_there & (np.abs(gap) > stdtrit(df, 1 - level / 2) * error)
    return gap, is_shown


# --- what they add up to ---------------------------------------------------------------------------------------------


def _told(tally: Tally, name: str, of: str, what: str, value: NDArray[np.float64], is_shown: NDArray[np.bool_]) -> None:
    there = np.isfinite(value)
    tally.numbers(is_shown & there, "measured", name, of, what, "found")
    tally.numbers(value[there], "measured", name, of, what, "value")


def measured(asked: tuple[Measured, ...], totals: Totals, null: Totals, way: str) -> tuple[MeasuredSeen, ...]:
    """What trials add up to, for each difference or ratio that the comparisons tell.

    A trial that could not tell one shows none.
    """
    found = []
    for each in asked:
        rows = dict.fromkeys(key[:2] for key in totals.named("measured", each.name))
        for of, what in rows:
            key = ("measured", each.name, of, what)
            shown, value = _share(totals, *key), totals.estimate(*key, "value")
            if shown is None or value is None:
                continue
            scatter = totals.sums[(*key, "value")].deviation
            many, told = totals.trials, totals.sums[(*key, "value")].many
            reach = 2 * scatter if isfinite(scatter) else nan
            found.append(MeasuredSeen(
                each.name, each.label, each.endpoint, of, what, each.level, way, many, shown, _share(null, *key), value,
                value.value - reach, value.value + reach, _part(many - told, many),
            ))  # fmt: skip
    return tuple(found)


def _share(totals: Totals, *key: str) -> Estimate | None:
    """The share of all trials that show a difference."""
    seen = totals.sums.get((*key, "found"))
    return _part(seen.total, totals.trials) if seen is not None and totals.trials else None


def _part(some: float, of: int) -> Estimate:
    """A share with its error, which is not 0 where all trials agree.

    Source:
        Agresti and Coull (1998), Am Stat 52:119-126, for the error at a share of 0 or 1.
    """
    share = some / of
    drawn = share if 0 < share < 1 else (some + 2) / (of + 4)
    return Estimate(share, (drawn * (1 - drawn) / of) ** 0.5)
