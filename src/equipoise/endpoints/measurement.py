"""A measured value: the last before a time, the nearest to one within its window, or several made into one.

What is measured is an item, or a definition of the study: then it is what the definition comes to on the last day of the
window, for which the participant has to have been followed, or on the day of death. Without a window, a month either way.
"""

from datetime import date
from functools import lru_cache

from ..calendar import Span, Window, later
from ..chart import Chart, as_of
from ..expression.explain import Between, Known, explain, value
from ..expression.grammar import expression
from ..expression.tree import Kind, Rows, Tree, parts
from ..logic import MET, UNKNOWN, Truth
from ..protocol import Endpoint
from ..study import ALIVE, Study
from .outcome import Absent, Measurement, Outcome, Trajectory, middle, origin

A_MONTH = Window(Span(months=1), Span(months=1))
"""The window of a measurement whose endpoint states none."""


def measurement(endpoint: Endpoint, study: Study, known: Chart) -> Outcome:
    """A measured value, for one participant."""
    start = origin(endpoint, study, known)
    if isinstance(start, Absent):
        return start
    if (tree := defined(endpoint.item, study)) is not None:
        return _asked(tree, endpoint, study, known, start)
    values = _in_time([(on, number) for _, on, number in _values(endpoint, study, known)], endpoint, start)
    if not values:
        return Absent(f"has no value of {endpoint.item.replace('_', ' ')} at that time")
    return Measurement(_combined(endpoint, values), values[-1][0], len(values))


def _in_time(values: list[tuple[date, float]], endpoint: Endpoint, start: date) -> list[tuple[date, float]]:
    """Those values that count: after an origin that is said, up to the horizon, or the one nearest to a time."""
    values = [(on, number) for on, number in values if on >= start or endpoint.from_ is None]
    if endpoint.horizon is not None:
        values = [(on, number) for on, number in values if on <= later(start, endpoint.horizon)]
    if endpoint.at is not None:
        target = later(start, endpoint.at)
        first, last = (endpoint.window or A_MONTH).around(target)
        near = [(on, number) for on, number in values if first <= on <= last]
        values = sorted(near, key=lambda each: abs(each[0] - target))[:1]
    return values


def _asked(tree: Tree, endpoint: Endpoint, study: Study, known: Chart, start: date) -> Outcome:
    """A definition's value: on the last day of its window, or at the horizon, or now; at death where that comes before."""
    last = known.until
    if endpoint.at is not None:
        last = (endpoint.window or A_MONTH).around(later(start, endpoint.at))[1]
    elif endpoint.horizon is not None:
        last = later(start, endpoint.horizon)
    followed = max((row.on.last for row in known.facts.rows.get(ALIVE, ())), default=start)
    wanted = later(start, endpoint.at) if endpoint.at is not None else last
    if (
        known.first("death") is None
        and (min(followed, known.until) < wanted or known.until < wanted)
        and endpoint.at is not None
    ):
        return Absent(f"was not followed for {endpoint.at}")
    day = min(last, known.until)
    found = explain(tree, as_of(known, study, day).facts)
    number = numbered(found.value, tree)
    if number is None:
        return Absent(f"{endpoint.item.replace('_', ' ')} cannot be told: {'; '.join(map(str, found.missing)) or 'not known'}")
    return Measurement(number, day)


def trajectory(endpoint: Endpoint, study: Study, known: Chart) -> Outcome:
    """Values over time, for one participant."""
    start = origin(endpoint, study, known)
    if isinstance(start, Absent):
        return start
    last = later(start, endpoint.horizon) if endpoint.horizon is not None else known.until
    points = tuple((item, (on - start).days, number) for item, on, number in _values(endpoint, study, known) if on <= last)
    return Trajectory(points) if points else Absent("has no value of any of them")


def score(endpoint: Endpoint, study: Study, known: Chart) -> Outcome:
    """A score: its items as they were last answered together, or nearest to a time, and none unless all were."""
    start = origin(endpoint, study, known)
    if isinstance(start, Absent):
        return start
    answers: dict[date, dict[str, float]] = {}
    for item, on, number in _values(endpoint, study, known):
        answers.setdefault(on, {})[item] = number
    asked = len(set(endpoint.items))
    sums = [(on, sum(each.values())) for on, each in answers.items() if len(each) == asked]
    whole = _in_time(sums, endpoint, start)
    if not whole:
        return Absent("has no questionnaire that is answered whole")
    on, total = whole[-1]
    return Measurement(total / (asked if endpoint.combine == "mean" else 1), on, len(whole))


def cost(endpoint: Endpoint, study: Study, known: Chart) -> Outcome:
    """A sum of money from the origin to the horizon."""
    start = origin(endpoint, study, known)
    if isinstance(start, Absent):
        return start
    last = later(start, endpoint.horizon) if endpoint.horizon is not None else known.until
    values = [(on, number) for _, on, number in _values(endpoint, study, known) if start <= on <= last]
    if not values:
        return Absent("has no cost recorded")
    return Measurement(sum(number for _, number in values), max(on for on, _ in values), len(values))


def _values(endpoint: Endpoint, study: Study, known: Chart) -> list[tuple[str, date, float]]:
    """Each number recorded for the endpoint's items, in order of time; yes counts 1 and no 0, a code its rank."""
    found = []
    for named in endpoint.items or (endpoint.item,):
        if (tree := defined(named, study)) is not None:
            found += _course(named, tree, known)
            continue
        form, _, item = named.rpartition(".")
        for name, activity in study.activities.items():
            if item not in activity.items or (form and name != form):
                continue
            options = activity.items[item].options
            for row in known.facts.rows.get(name, ()):
                number = row.values.get(item)
                if isinstance(number, str) and number in options:
                    number = float(options.index(number))
                if isinstance(number, int | float):
                    found.append((named, middle(row.on), float(number)))
    return sorted(found, key=lambda each: each[1])


def _course(name: str, tree: Tree, known: Chart) -> list[tuple[str, date, float]]:
    """A definition's value on each day on which something that it reads was recorded."""
    forms = {part.form for part in parts(tree) if isinstance(part, Rows)}
    days = sorted({middle(row.on) for form in forms for row in known.facts.rows.get(form, ())})
    numbers = [(day, numbered(value(tree, known.facts.on(day)), tree)) for day in days]
    return [(name, day, number) for day, number in numbers if number is not None]


@lru_cache(maxsize=1_000)
def defined(name: str, study: Study) -> Tree | None:
    """The definition of that name, where no item has it."""
    if name not in study.scope.define or any(name in activity.items for activity in study.activities.values()):
        return None
    return expression(name, study.scope, want=None)


def is_truth(endpoint: Endpoint, study: Study) -> bool:
    """Whether what is measured is one answer of yes or no, of an item or a definition, and not a sum or mean of several."""
    if endpoint.kind != "measurement" or endpoint.combine in ("sum", "mean"):
        return False
    if (tree := defined(endpoint.item, study)) is not None:
        return tree.type.kind is Kind.TRUTH
    form, _, name = endpoint.item.rpartition(".")
    return any(
        name in each.items and each.items[name].type == "yes_no"
        for each in study.activities.values() if form in ("", each.name)
    )  # fmt: skip


def numbered(found: Known, tree: Tree) -> float | None:
    """A value as a number: yes counts 1 and no 0, a code its rank; None where it is not known."""
    match found:
        case Truth():
            return None if found is UNKNOWN else float(found is MET)
        case Between():
            return found.low if found.low == found.high else None
        case str() if found in tree.type.options:
            return float(tree.type.options.index(found))
        case _:
            return None


def _combined(endpoint: Endpoint, values: list[tuple[date, float]]) -> float:
    numbers = [number for _, number in values]
    match endpoint.combine:
        case "sum":
            return sum(numbers)
        case "mean":
            return sum(numbers) / len(numbers)
        case "worst":
            return max(numbers)
        case "best":
            return min(numbers)
        case _:
            return numbers[-1]
