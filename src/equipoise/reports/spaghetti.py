"""Values over time: a thin line a participant, a thick one for the mean, a panel for each item and arm.

Panels of one item share their axis. Where all values are above 0 and the greatest is fifty times the least or more, the
axis is logarithmic. Means are those of the analysis: of the values of those who were still seen.
"""

from collections.abc import Mapping, Sequence
from math import log10

from ..analysis import Course, Result
from ..chart import Chart
from ..endpoints import Trajectory, outcome
from ..study import Study
from .figures_in_words import number
from .lettering import printable
from .page import Figure
from .strokes import GREY, PALE, framed, mark, path, round_steps, text, thinned

WIDE, HIGH = 760.0, 118.0
MOST = 60
MONTH = 365.25 / 12
SPAN = 50.0
Line = tuple[tuple[float, float], ...]


def spaghetti(study: Study, people: Mapping[str, Chart], result: Result) -> Figure | None:
    """The values behind a trajectory as a figure; None where it has none.

    Sides are those of the result: before a randomised trial is locked it has none, and all lines stand in one panel.
    """
    endpoint = study.protocol.endpoints.get(result.endpoint)
    if endpoint is None or not result.courses:
        return None
    items = list(dict.fromkeys(each.item for each in result.courses))
    sides = [(each.arm, each.label if each.arm else "All participants") for each in result.arms]
    lines: dict[tuple[str, str], list[Line]] = {}
    known_arms = {arm for arm, _ in sides}
    for each in people.values():
        side = "" if known_arms == {""} else each.arm
        found = outcome(endpoint, study, each)
        if side not in known_arms or not isinstance(found, Trajectory):
            continue
        for item in items:
            points = tuple((day / MONTH, value) for named, day, value in found.points if named == item)
            if points:
                lines.setdefault((item, side), []).append(points)
    for held in lines.values():
        held.sort(key=lambda line: (-len(line), line))
    thin = any(len(held) > MOST for held in lines.values())
    logs = [item for item in items if _is_log([line for (named, _), held in lines.items() if named == item for line in held])]
    caption = (
        f"{result.endpoint_label}: a thin line for each participant, a thick one with dots for the mean of those seen then, "
        "whose numbers stand above the axis."
    )
    if logs:
        caption += " Some axes are logarithmic, as they say; the means are arithmetic."
    if thin:
        caption += (
            f" Of more than {MOST} lines in a panel {MOST} are drawn, evenly spread from the most values to the fewest; "
            "means count everyone."
        )
    alt = _told(result, items, sides)
    return Figure(_drawn(result, items, sides, lines, set(logs), alt), alt, caption)


def _is_log(lines: Sequence[Line]) -> bool:
    values = [value for line in lines for _, value in line]
    return bool(values) and min(values) > 0 and max(values) / min(values) >= SPAN


def _told(result: Result, items: Sequence[str], sides: Sequence[tuple[str, str]]) -> str:
    said = [f"{result.endpoint_label} over time, a line for each participant and the mean"]
    for item in items:
        for arm, label in sides:
            means = [each for each in result.courses if each.item == item and each.arm == arm]
            if means:
                unit = f", {means[0].unit}" if means[0].unit else ""
                told = ", ".join(f"{number(each.mean)} at {_when(each)} (n {each.number})" for each in means)
                said.append(f"{means[0].label}{unit}, {label}: mean {told}")
    return printable(". ".join(said) + ".")


def _when(each: Course) -> str:
    return "the start" if each.day == 0 else f"month {round(each.day / MONTH)}"


def _drawn(
    result: Result, items: Sequence[str], sides: Sequence[tuple[str, str]],
    lines: Mapping[tuple[str, str], Sequence[Line]], logs: set[str], alt: str,
) -> str:  # fmt: skip
    left, gap = 54.0, 22.0
    room = (WIDE - left - 10 - gap * (len(sides) - 1)) / len(sides)
    last = max((month for held in lines.values() for line in held for month, _ in line), default=1.0)
    last = max(last, max(each.day / MONTH for each in result.courses), 1.0)
    first = min(0.0, min((month for held in lines.values() for line in held for month, _ in line), default=0.0))
    first = max(first, -last / 4)
    months = [each for each in round_steps(0, last, 8 if len(sides) < 3 else 4) if each <= last]
    drawn: list[str] = []
    top = 6.0
    for item in items:
        label, unit = next((each.label, each.unit) for each in result.courses if each.item == item)
        scale = " (logarithmic)" if item in logs else ""
        title = f"{label[:1].upper()}{label[1:]}{f', {unit}' if unit else ''}{scale}"
        drawn.append(text(4, top + 10, title, size=10.5, bold=True, room=WIDE - 8))
        top += 18
        if len(sides) > 1:
            for index, (_, name) in enumerate(sides):
                drawn.append(text(left + index * (room + gap), top + 8, name, size=9.5, room=room, ink=GREY))
            top += 14
        everything = [value for arm, _ in sides for line in lines.get((item, arm), ()) for _, value in line]
        everything += [each.mean for each in result.courses if each.item == item]
        is_log = item in logs
        ticks = _log_ticks(everything) if is_log else round_steps(min(everything), max(everything), 4)
        low, high = (log10(ticks[0]), log10(ticks[-1])) if is_log else (ticks[0], ticks[-1])

        def y(value: float, top: float = top, low: float = low, high: float = high, is_log: bool = is_log) -> float:
            at = log10(value) if is_log else value
            return top + 12 + (1 - (at - low) / (high - low)) * (HIGH - 12)

        for tick in ticks:
            drawn.append(text(left - 5, y(tick) + 3.5, number(tick), size=9, anchor="end"))
        for index, (arm, _) in enumerate(sides):
            start = left + index * (room + gap)

            def x(month: float, start: float = start) -> float:
                return start + (max(month, first) - first) / (last - first) * room

            for tick in ticks:
                drawn.append(path([(start, y(tick)), (start + room, y(tick))], ink=PALE, wide=0.5))
            held = list(lines.get((item, arm), ()))
            for line in (held[each] for each in thinned(len(held), MOST)):
                at = [(x(month), y(value)) for month, value in line]
                drawn.append(path(at, ink=GREY, wide=0.6, opacity=0.45) if len(at) > 1 else mark("disc", *at[0], 0.9, ink=GREY))
            means = [each for each in result.courses if each.item == item and each.arm == arm]
            if len(means) > 1:
                drawn.append(path([(x(each.day / MONTH), y(each.mean)) for each in means], wide=2.2))
            drawn += [mark("disc", x(each.day / MONTH), y(each.mean), 2.6) for each in means]
            every = max(1, -(-len(means) * 22 // int(room)))
            for each in means[::every]:
                drawn.append(text(x(each.day / MONTH), top + 6, f"{each.number}", size=7.5, anchor="middle", ink=GREY))
            drawn.append(path([(start, top + HIGH), (start + room, top + HIGH)], wide=0.8))
            for month in months:
                drawn.append(text(x(month), top + HIGH + 11, f"{month:g}", size=9, anchor="middle"))
        top += HIGH + 24
    drawn.append(text(WIDE / 2, top, "Months", size=10, anchor="middle"))
    return framed(drawn, WIDE, top + 18, alt)


def _log_ticks(values: Sequence[float]) -> tuple[float, ...]:
    """Powers of ten, or 1, 2 and 5 of each where there are few, around some values."""
    least, greatest = min(values), max(values)
    low, high = int(log10(least) // 1), int(-(-log10(greatest) // 1))
    parts = (1.0, 2.0, 5.0) if high - low <= 3 else (1.0,)
    every = [part * 10.0**power for power in range(low, high + 1) for part in parts]
    first = max(index for index, each in enumerate(every) if each <= least * (1 + 1e-9))
    last = min((index for index, each in enumerate(every) if each >= greatest * (1 - 1e-9)), default=len(every) - 1)
    kept = every[first : max(last, first + 1) + 1]
    step = -(-len(kept) // 6)
    return tuple(kept[::step] if kept[-1] in kept[::step] else [*kept[::step], kept[-1]])
