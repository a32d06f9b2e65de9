"""Scores: how they are spread, how far their items go together, and what becomes of a questionnaire with blanks.

Blanks
    A score is told only where every item was answered (`mean` and the like), or, with `half_rule`, where at least half of
    them were: each blank then stands for the mean of that person's own answers to the others. That rule holds for scales
    whose items are alike; it is never taken unless it is named. How many left each item blank is said either way.

Reliability
    Cronbach's alpha of the questionnaires that count and have no blank, all arms together, for a score that is a sum or
    a mean of at least two items. Alpha says that items go together, not that they measure what is meant.

Source:
    Fayers and others (2001), EORTC QLQ-C30 scoring manual, 3rd edition (the rule of half); Cronbach (1951),
    Psychometrika 16:297-334; Feldt (1965), Psychometrika 30:357-370.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from ..calendar import Span, Window, later
from ..chart import Chart
from ..endpoints import KINDS, Absent, Measurement, Outcome, Trajectory
from ..endpoints.outcome import origin
from ..kernels.cronbach import cronbach
from ..kernels.inestimable import Inestimable
from ..protocol import Endpoint
from ..study import Study
from .measurement import measurement
from .plan import Plan, item_label
from .result import Estimate, Numbers
from .sample import Sample

METHODS = ("reliability", "half_rule")
A_MONTH = Window(Span(months=1), Span(months=1))

Answers = Mapping[date, Mapping[str, float]]
"""What was answered, by day and item."""


def answers_of(endpoint: Endpoint, study: Study, known: Chart) -> Answers:
    """The answers to the items of a score, by the day they were given."""
    start = origin(endpoint, study, known)
    course = KINDS["trajectory"](replace(endpoint, kind="trajectory", horizon=None), study, known)
    if isinstance(start, Absent) or not isinstance(course, Trajectory):
        return {}
    found: dict[date, dict[str, float]] = {}
    for item, day, value in course.points:
        found.setdefault(start + timedelta(days=day), {})[item] = value
    return found


def scored(given: Mapping[str, float], items: tuple[str, ...], *, mean: bool = False) -> float | None:
    """A score by the rule of half: None where fewer than half of the items were answered.

    >>> scored({"a": 2.0, "b": 4.0}, ("a", "b", "c"))
    9.0
    """
    held = [given[each] for each in items if each in given]
    if not held or 2 * len(held) < len(items):
        return None
    average = sum(held) / len(held)
    return average if mean else average * len(items)


def half_rule(endpoint: Endpoint, study: Study, known: Chart) -> Outcome:
    """A score for one participant, by the rule of half."""
    start = origin(endpoint, study, known)
    if isinstance(start, Absent):
        return start
    found = [
        (on, score)
        for on, given in sorted(_in_time(answers_of(endpoint, study, known), endpoint, start).items())
        if (score := scored(given, endpoint.items, mean=endpoint.combine == "mean")) is not None
    ]
    if endpoint.at is not None:
        target = later(start, endpoint.at)
        found = sorted(found, key=lambda each: abs(each[0] - target))[:1]
    if not found:
        return Absent("has no questionnaire of which at least half is answered")
    return Measurement(found[-1][1], found[-1][0], len(found))


def score(plan: Plan, counted: Sample) -> Numbers:
    """A score's spread and the difference of its means, its reliability, and its blanks."""
    from .time_to_event import joined

    parts = [measurement(replace(plan, method="mean"), counted)]
    if plan.method == "half_rule":
        words = "A questionnaire counts if at least half of it is answered; a blank stands for the mean of the other answers."
        parts.append(Numbers(method=(words,)))
    parts.append(_reliability(plan, counted))
    return joined(parts)


def _reliability(plan: Plan, counted: Sample) -> Numbers:
    items = plan.endpoint.items
    sheets = []
    for each in counted.members:
        if isinstance(each.outcome, Measurement):
            sheets.append(answers_of(plan.endpoint, plan.study, each.chart).get(each.outcome.on, {}))
    findings = []
    for item in items:
        if blank := sum(item not in sheet for sheet in sheets):
            label = item_label(item, plan.study)
            findings.append(f"“{label}” was left blank in {blank} of the {len(sheets)} questionnaires that count.")
    whole = [[sheet[item] for item in items] for sheet in sheets if all(item in sheet for item in items)]
    words = f"Cronbach's alpha of {len(items)} items over all arms, with Feldt's limits ({plan.level * 100:g}%)."
    try:
        found = cronbach(np.array(whole, dtype=float).reshape(len(whole), len(items)), level=plan.level)
    except Inestimable as why:
        return Numbers(findings=(*findings, f"No reliability: {why.says}."))
    if found.estimate < 0:
        findings.append("Alpha is below 0: the items run against each other, and their sum is hard to read.")
    name = f"Cronbach's alpha, {found.people} people"
    of = "" if len(counted.sides) == 1 else "All arms together"
    estimate = Estimate(name, found.estimate, found.lower, found.upper, plan.level, "", of)
    return Numbers(estimates=(estimate,), findings=tuple(findings), method=(words,))


def _in_time(given: Answers, endpoint: Endpoint, start: date) -> Answers:
    """Those questionnaires that count: after an origin that is said, up to the horizon, or around a time."""
    first = start if endpoint.from_ is not None else date.min
    last = later(start, endpoint.horizon) if endpoint.horizon is not None else date.max
    if endpoint.at is not None:
        around = (endpoint.window or A_MONTH).around(later(start, endpoint.at))
        first, last = max(first, around[0]), min(last, around[1])
    return {on: each for on, each in given.items() if first <= on <= last}
