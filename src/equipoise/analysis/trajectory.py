"""Values over time: the mean of each item around fixed times after the origin, by arm.

Times lie three months apart (one month, where the horizon is six months or less), and a value belongs to the nearest;
those taken on or before the origin make the baseline. Of one participant's values around one time, the nearest counts,
so that nobody counts twice. A mean over those who still come says nothing of those who no longer do: their number
stands beside it.
"""

from collections import defaultdict

import numpy as np

from ..calendar import Span
from ..endpoints import Trajectory
from .plan import Plan, item_label, item_of
from .result import Counted, Course, Numbers
from .sample import Sample

METHODS = ("", "mean")
TESTS = ("",)
MONTH = 365.25 / 12


def trajectory(plan: Plan, counted: Sample) -> Numbers:
    """The course of each item in each arm."""
    horizon = plan.endpoint.horizon
    apart = 1 if horizon is not None and horizon.about_days <= Span(months=6).about_days else 3
    courses: list[Course] = []
    for index, side in enumerate(counted.sides):
        around: dict[tuple[str, int], list[float]] = defaultdict(list)
        for each in counted.of(index):
            if not isinstance(each.outcome, Trajectory):
                continue
            nearest: dict[tuple[str, int], tuple[float, float]] = {}
            for item, day, value in each.outcome.points:
                bin_ = 0 if day <= 0 else max(round(day / (apart * MONTH)), 0)
                off = abs(day - bin_ * apart * MONTH)
                key = (item, bin_ if day > 0 and bin_ else 0)
                if day > 0 and bin_ == 0:
                    key, off = (item, 1), abs(day - apart * MONTH)
                if key not in nearest or off < nearest[key][0]:
                    nearest[key] = (off, value)
            for key, (_, value) in nearest.items():
                around[key].append(value)
        for (item, at), values in sorted(around.items(), key=lambda pair: (_order(plan, pair[0][0]), pair[0][1])):
            held = np.array(values)
            sd = float(held.std(ddof=1)) if len(held) > 1 else None
            courses.append(
                Course(
                    item, item_label(item, plan.study), _unit(plan, item), side.name, round(at * apart * MONTH), len(held),
                    float(held.mean()), sd,
                )
            )  # fmt: skip
    arms = tuple(
        Counted(side.name, side.label, sum(isinstance(each.outcome, Trajectory) for each in counted.of(index)))
        for index, side in enumerate(counted.sides)
    )
    every = "month" if apart == 1 else "3 months"
    words = f"Means of the values nearest to the origin and to every {every} after it, of those seen then."
    seen = {each.item for each in courses}
    silent = [item_label(each, plan.study) for each in _items(plan) if each not in seen]
    findings = (f"No value is recorded of {', '.join(silent)}.",) if silent else ()
    return Numbers(arms=arms, courses=tuple(courses), method=(words,), findings=findings)


def _items(plan: Plan) -> tuple[str, ...]:
    return plan.endpoint.items or (plan.endpoint.item,)


def _order(plan: Plan, item: str) -> int:
    named = _items(plan)
    return named.index(item) if item in named else len(named)


def _unit(plan: Plan, named: str) -> str:
    item = item_of(named, plan.study)
    return item.unit if item is not None else ""
