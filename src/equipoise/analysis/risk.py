"""Risks set side by side: ratios of risks and of odds, and complications by grade, by term and by time.

By grade
    Of each participant the worst grade counts, and a share is of those with that grade or a worse one; by term, whoever
    had it at least once. The grade is the item called `grade`, or else the first ordered choice, of the event's own
    form; the term is the item called `term`, or whose name ends so. Shares are also given within 30 and 90 days, where
    the endpoint looks further than that. Who was not followed for so long, and had none, is not counted, as ever.

Ratios
    A ratio of risks has Koopman's limits, which hold with no event on one side. A ratio of odds is the conditional one,
    with limits that are exact as Fisher's test is. Many terms are looked at and none is tested: a table of harms is for
    reading (CONSORT Harms 2022, item 19).

Source:
    Koopman (1984), Biometrics 40:513-517; Cornfield (1956), Proc Third Berkeley Symp 4:135-148 (exact limits of the
    odds ratio); Clopper and Pearson (1934), Biometrika 26:404-413; Newcombe (1998), Stat Med 17:873-890, method 10.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp, inf, isfinite, log

import numpy as np
from scipy.optimize import brentq
from scipy.special import chdtri
from scipy.stats import fisher_exact

from ..calendar import Span, later
from ..chart import Chart
from ..endpoints import Absent, Occurrence
from ..endpoints import outcome as outcome_of
from ..endpoints.outcome import middle, occurrences, origin
from ..expression.facts import Row
from ..kernels.inestimable import Inestimable
from ..kernels.newcombe import newcombe
from ..kernels.proportion import clopper_pearson
from ..protocol import Activity, Endpoint, Item
from ..study import Study
from .occurrence import occurrence
from .plan import Plan
from .result import Estimate, Numbers, Test
from .sample import Sample

METHODS = ("risk_ratio", "odds_ratio", "newcombe", "fisher", "by_grade")
SOONER = (Span(days=30), Span(days=90))
"""The shorter times within which complications are counted too, as surgeons do."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """A ratio with its limits; infinite where there are none above."""

    estimate: float
    lower: float
    upper: float


def risk_ratio(events: int, people: int, other_events: int, other_people: int, *, level: float = 0.95) -> Ratio:
    """The risk of the first group over that of the second, with score limits.

    Raises:
        Inestimable: A group is empty, or neither has an event.

    >>> risk_ratio(10, 20, 5, 20).estimate
    2.0
    """
    _check(events, people, other_events, other_people)
    if events + other_events == 0:
        raise Inestimable("nobody on either side had the event, and a ratio of risks cannot be told")
    bound = float(chdtri(1, 1 - level))

    def over(log_ratio: float) -> float:
        return _koopman(exp(log_ratio), events, people, other_events, other_people) - bound

    estimate = inf if other_events == 0 else (events / people) / (other_events / other_people)
    # With no event, or all of them, on one side, the search starts from half an event.
    middle_ = log(((events + 0.5) / (people + 1)) / ((other_events + 0.5) / (other_people + 1)))
    if events and other_events and over(log(estimate)) < 0:
        middle_ = log(estimate)
    lower = 0.0 if events == 0 else _crossing(over, middle_, -1)
    upper = inf if other_events == 0 else _crossing(over, middle_, 1)
    return Ratio(estimate, lower, upper)


def _koopman(ratio: float, a: int, m: int, b: int, n: int) -> float:
    """The chi-square of a ratio of risks, given the counts."""
    total = m + n
    s = ratio * (m + b) + a + n
    p = (s - max(s * s - 4 * ratio * total * (a + b), 0.0) ** 0.5) / (2 * total)
    p = min(max(p, 1e-300), 1 - 1e-16)
    other = min(p / ratio, 1 - 1e-16)
    first = (a - m * p) ** 2 / (m * p * (1 - p))
    second = (b - n * other) ** 2 / (n * other * (1 - other))
    return float(first + second)


def _crossing(over: Callable[[float], float], start: float, sign: int) -> float:
    """Where a function that is negative at the start first rises above 0, going up or down."""
    far = 0.5
    while over(start + sign * far) < 0:
        far *= 2
        if far > 500:
            return inf if sign > 0 else 0.0
    return exp(float(brentq(over, start, start + sign * far, xtol=1e-12)))


def odds_ratio(events: int, people: int, other_events: int, other_people: int, *, level: float = 0.95) -> Ratio:
    """The odds of the first group over those of the second, given how many had the event in all, with exact limits.

    Raises:
        Inestimable: A group is empty, or everyone or nobody had the event.
    """
    from scipy.stats.contingency import odds_ratio as conditional

    _check(events, people, other_events, other_people)
    if events + other_events in (0, people + other_people):
        raise Inestimable("everyone or nobody had the event, and a ratio of odds cannot be told")
    table = np.array([[events, people - events], [other_events, other_people - other_events]])
    found = conditional(table, kind="conditional")
    reach = found.confidence_interval(level)
    return Ratio(float(found.statistic), float(reach.low), float(reach.high))


def _check(events: int, people: int, other_events: int, other_people: int) -> None:
    if not people or not other_people:
        raise Inestimable("nobody is counted on one side")
    if not (0 <= events <= people and 0 <= other_events <= other_people):
        raise ValueError(f"{events} of {people} against {other_events} of {other_people} is no comparison")


# --- analyses --------------------------------------------------------------------------------------------------------


def risk(plan: Plan, counted: Sample) -> Numbers:
    """Shares with their differences, and with them a ratio, or the table by grade, as the method says."""
    from .time_to_event import joined

    if plan.method == "by_grade":
        return joined([occurrence(plan, counted), _graded(plan, counted)])
    shown = occurrence(replace(plan, test="fisher") if plan.method in ("fisher", "odds_ratio") else plan, counted)
    if plan.method in ("newcombe", "fisher") or not plan.compares or len(counted.sides) < 2:
        return shown
    estimates, findings = [], []
    last = len(counted.sides) - 1
    of_ratio, name, words = {
        "risk_ratio": (risk_ratio, "Risk ratio", "Risk ratios with Koopman's score limits."),
        "odds_ratio": (odds_ratio, "Odds ratio", "Odds ratios, conditional on the margins, with exact limits."),
    }[plan.method]
    for index in range(last):
        one, other = shown.arms[index], shown.arms[last]
        of = f"{counted.sides[index].label} against {counted.sides[last].label}"
        try:
            found = of_ratio(one.events or 0, one.participants, other.events or 0, other.participants, level=plan.level)
        except Inestimable as why:
            findings.append(f"No {name.lower()} of {of}: {why.says}.")
            continue
        if not isfinite(found.estimate):
            findings.append(f"No {name.lower()} of {of}: none of the second had the event; it is above {found.lower:.3g}.")
            continue
        upper = found.upper if isfinite(found.upper) else None
        estimates.append(Estimate(name, found.estimate, found.lower, upper, plan.level, "", of))
    return joined([shown, Numbers(estimates=tuple(estimates), findings=tuple(findings), method=(words,))])


def events_of(endpoint: Endpoint, study: Study, known: Chart) -> list[tuple[str, Row]]:
    """The events of an occurrence that count, each with its form."""
    if endpoint.attributed_to:
        starts = [middle(row.on) for row in known.facts.rows.get(endpoint.attributed_to, ())]
    else:
        start = origin(endpoint, study, known)
        starts = [] if isinstance(start, Absent) else [start]
    found: dict[tuple[str, str], tuple[str, Row]] = {}
    for moment in endpoint.events:
        for at, row in occurrences(moment, known, min(starts)) if starts else ():
            if row is None:
                continue
            if any(start <= at and (endpoint.within is None or at <= later(start, endpoint.within)) for start in starts):
                form = next((name for name, rows in known.facts.rows.items() if any(row is each for each in rows)), "")
                found[form, row.id or str(len(found))] = (form, row)
    return list(found.values())


def grade_item(activity: Activity) -> Item | None:
    """The item of a form that says how grave an event was."""
    if "grade" in activity.items:
        return activity.items["grade"]
    return next((each for each in activity.items.values() if each.ordered), None)


def term_item(activity: Activity) -> Item | None:
    """The item of a form that says what happened."""
    return next((each for name, each in activity.items.items() if name == "term" or name.endswith("_term")), None)


_Told = tuple[bool, int, frozenset[str]]
"""Whether somebody had an event, the rank of the worst (−1 for none that is graded), and the terms."""


def _graded(plan: Plan, counted: Sample) -> Numbers:
    """The table by grade and by term."""
    windows = [each for each in SOONER if plan.endpoint.within is None or each.about_days < plan.endpoint.within.about_days]
    parts: list[Numbers] = []
    ungraded = 0
    for within in (plan.endpoint.within, *windows):
        endpoint = replace(plan.endpoint, within=within)
        told: list[list[_Told]] = [[] for _ in counted.sides]
        labels: dict[int, str] = {}
        for each in counted.members:
            found = outcome_of(endpoint, plan.study, each.chart)
            if not isinstance(found, Occurrence) or found.happened is None:
                continue
            ranks: list[int] = []
            terms: set[str] = set()
            for form, row in events_of(endpoint, plan.study, each.chart):
                activity = plan.study.activities.get(form)
                grade, term = (grade_item(activity), term_item(activity)) if activity is not None else (None, None)
                rank = _rank(row, grade, activity, labels)
                ranks += [] if rank is None else [rank]
                ungraded += rank is None and within == plan.endpoint.within
                if term is not None and activity is not None:
                    terms.add(_said(row, term, activity))
            told[each.side].append((found.happened, max(ranks, default=-1), frozenset(terms - {""})))
        when = f" within {within}" if within is not None else ""
        parts.append(_table(told, labels, when, counted, plan, with_terms=within == plan.endpoint.within))
    from .time_to_event import joined

    found_ = joined(parts)
    notes = (f"{ungraded} events have no grade; they count as events, and under no grade.",) if ungraded else ()
    words = ("By grade, the worst of each participant counts; by term, each participant once. None of these is tested.",)
    return replace(found_, findings=(*found_.findings, *notes), method=(*words, *found_.method))


def _rank(row: Row, grade: Item | None, activity: Activity | None, labels: dict[int, str]) -> int | None:
    if grade is None or activity is None:
        return None
    name = next(key for key, each in activity.items.items() if each is grade)
    value = row.values.get(name)
    if isinstance(value, str) and value in grade.options:
        rank = list(grade.options).index(value)
        labels[rank] = value
        return rank
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    labels[int(value)] = f"{int(value)}"
    return int(value)


def _said(row: Row, term: Item, activity: Activity) -> str:
    name = next(key for key, each in activity.items.items() if each is term)
    value = row.values.get(name)
    if not isinstance(value, str):
        return ""
    labels = {str(code): label for code, label in term.of.items()} if isinstance(term.of, Mapping) else {}
    return (labels.get(value) or value).replace("_", " ")


def _table(
    told: Sequence[Sequence[_Told]], labels: Mapping[int, str], when: str, counted: Sample,
    plan: Plan, *, with_terms: bool,
) -> Numbers:  # fmt: skip
    ranks = sorted(labels)
    lines: list[tuple[str, list[list[bool]]]] = []
    if not with_terms:
        lines.append((f"any{when}", [[happened for happened, _, _ in side] for side in told]))
    for rank in ranks:
        worse = " or worse" if rank != ranks[-1] else ""
        happened = [[worst >= rank for _, worst, _ in side] for side in told]
        lines.append((f"grade {labels[rank]}{worse}{when}", happened))
    if with_terms:
        common = Counter(term for side in told for _, _, terms in side for term in terms)
        for term, _ in sorted(common.items(), key=lambda each: (-each[1], each[0])):
            lines.append((f"{term}{when}", [[term in terms for _, _, terms in side] for side in told]))
    estimates: list[Estimate] = []
    for name, happened in lines:
        for side, each in zip(counted.sides, happened, strict=True):
            if each:
                share = clopper_pearson(sum(each), len(each), level=plan.level)
                estimates.append(
                    Estimate(f"With {name}", share.estimate, share.lower, share.upper, plan.level, "share", side.name)
                )
        if plan.compares and len(happened) > 1 and happened[-1]:
            for index in range(len(happened) - 1):
                if happened[index]:
                    one, other = happened[index], happened[-1]
                    gap = newcombe(sum(one), len(one), sum(other), len(other), level=plan.level)
                    of = f"{counted.sides[index].label} against {counted.sides[-1].label}"
                    estimates.append(
                        Estimate(f"Difference, {name}", gap.estimate, gap.lower, gap.upper, plan.level, "share", of)
                    )
    words = (f"Shares with limits by Clopper and Pearson ({plan.level * 100:g}%).",)
    return Numbers(estimates=tuple(estimates), method=words)


def fisher(events: int, people: int, other_events: int, other_people: int) -> Test:
    """Fisher's exact test of two shares.

    >>> round(fisher(8, 10, 1, 6).p, 4)
    0.035
    """
    _check(events, people, other_events, other_people)
    table = np.array([[events, people - events], [other_events, other_people - other_events]])
    return Test("Fisher's exact test", None, None, float(fisher_exact(table).pvalue))
