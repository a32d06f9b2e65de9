"""A measured value: the last before a time, the nearest to one within its window, or several made into one."""

from datetime import date

from ..calendar import Window, later
from ..chart import Chart
from ..protocol import Endpoint
from ..study import Study
from .outcome import Absent, Measurement, Outcome, Trajectory, middle, origin


def measurement(endpoint: Endpoint, study: Study, known: Chart) -> Outcome:
    """A measured value, for one participant."""
    start = origin(endpoint, study, known)
    if isinstance(start, Absent):
        return start
    values = [(on, number) for _, on, number in _values(endpoint, study, known) if on >= start or endpoint.from_ is None]
    if endpoint.horizon is not None:
        values = [(on, number) for on, number in values if on <= later(start, endpoint.horizon)]
    if endpoint.at is not None:
        target = later(start, endpoint.at)
        first, last = (endpoint.window or Window(endpoint.at, endpoint.at)).around(target)
        values = sorted(((on, number) for on, number in values if first <= on <= last), key=lambda each: abs(each[0] - target))[:1]
    if not values:
        return Absent(f"has no value of {endpoint.item.replace('_', ' ')} at that time")
    return Measurement(_combined(endpoint, values), values[-1][0], len(values))


def trajectory(endpoint: Endpoint, study: Study, known: Chart) -> Outcome:
    """Values over time, for one participant."""
    start = origin(endpoint, study, known)
    if isinstance(start, Absent):
        return start
    last = later(start, endpoint.horizon) if endpoint.horizon is not None else known.until
    points = tuple((item, (on - start).days, number) for item, on, number in _values(endpoint, study, known) if on <= last)
    return Trajectory(points) if points else Absent("has no value of any of them")


def score(endpoint: Endpoint, study: Study, known: Chart) -> Outcome:
    """A score: its items as they were last answered together, and none unless all were."""
    start = origin(endpoint, study, known)
    if isinstance(start, Absent):
        return start
    answers: dict[date, dict[str, float]] = {}
    for item, on, number in _values(endpoint, study, known):
        answers.setdefault(on, {})[item] = number
    whole = {on: each for on, each in answers.items() if len(each) == len(endpoint.items) and on >= start}
    if not whole:
        return Absent("has no questionnaire that is answered whole")
    on = max(whole)
    numbers = list(whole[on].values())
    return Measurement(sum(numbers) / (len(numbers) if endpoint.combine == "mean" else 1), on, len(whole))


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
