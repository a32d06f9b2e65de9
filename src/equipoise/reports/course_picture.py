"""The course of one measurement in one participant: values by day, the laboratory's limits, and what was done in between."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from math import floor, log10

from .strokes import GREY, INK, PALE, framed, mark, path, text

WIDE, HIGH, LEFT, RIGHT, TOP, FOOT = 440.0, 190.0, 52.0, 14.0, 26.0, 34.0
LOG_FROM = 50
"""How many times the least value the greatest must be for the scale to go by powers of ten: markers do, creatinine does not."""


@dataclass(frozen=True, slots=True)
class Course:
    """Values of one item by day, in the item's unit; `upper` and `lower` are the limits that came with the last of them.

    `done` are the days of procedures, each with its label.
    """

    label: str
    unit: str
    values: tuple[tuple[date, float], ...]
    lower: float | None = None
    upper: float | None = None
    done: tuple[tuple[date, str], ...] = ()

    @property
    def words(self) -> str:
        """The course in words, for whoever does not see the picture."""
        said = [f"{_day(on)} {value:g}" for on, value in self.values]
        limits = [f"upper limit {self.upper:g}"] if self.upper is not None else []
        limits += [f"lower limit {self.lower:g}"] if self.lower is not None else []
        return f"{self.label}{f', {self.unit}' if self.unit else ''}: " + "; ".join([*said, *limits])


def course_picture(course: Course) -> str:
    """The course as SVG, complete in itself."""
    days = [on.toordinal() for on, _ in course.values] + [on.toordinal() for on, _ in course.done]
    first, last = min(days), max(max(days), min(days) + 1)
    known = [value for _, value in course.values] + [each for each in (course.lower, course.upper) if each is not None]
    positive = [value for value in known if value > 0]
    by_tens = len(positive) == len(known) and max(positive) >= LOG_FROM * min(positive)
    ticks = _tens(positive) if by_tens else _even(0.0 if min(known) >= 0 else min(known), max(known))
    low, high = (log10(ticks[0]), log10(ticks[-1])) if by_tens else (ticks[0], ticks[-1])

    def across(on: date) -> float:
        return LEFT + (on.toordinal() - first) / (last - first) * (WIDE - LEFT - RIGHT)

    def up(value: float) -> float:
        at = log10(value) if by_tens else value
        return HIGH - FOOT - (at - low) / (high - low) * (HIGH - FOOT - TOP)

    drawn = [text(0, 12, course.label, bold=True, size=12, room=WIDE - 70), text(WIDE, 12, course.unit, anchor="end", ink=GREY)]
    for tick in ticks:
        drawn.append(path([(LEFT, up(tick)), (WIDE - RIGHT, up(tick))], ink=PALE, wide=0.7))
        drawn.append(text(LEFT - 6, up(tick) + 4, f"{tick:g}", anchor="end", ink=GREY))
    for limit in (course.lower, course.upper):
        if limit is not None:
            drawn.append(path([(LEFT, up(limit)), (WIDE - RIGHT, up(limit))], ink=GREY, dash="5 3"))
    for on, label in course.done:
        x = across(on)
        line = path([(x, TOP - 6), (x, HIGH - FOOT)], ink=GREY, wide=0.8, dash="1 3")
        drawn.append(f"<g><title>{escape(f'{label}, {_day(on)}')}</title>{line}{_arrow(x)}</g>")
    points = [(across(on), up(value)) for on, value in course.values]
    drawn.append(path(points, wide=1.6))
    drawn += [mark("disc", x, y) for x, y in points]
    ends = [(date.fromordinal(first), "start"), (date.fromordinal(last), "end")]
    drawn += [text(across(on), HIGH - FOOT + 16, _day(on), anchor=anchor, ink=GREY) for on, anchor in ends]
    if course.done:
        drawn.append(
            text(
                LEFT,
                HIGH - 4,
                f"\u25be {', '.join(dict.fromkeys(label for _, label in course.done))}",
                ink=INK,
                room=WIDE - LEFT,
            )
        )
    return framed(drawn, WIDE, HIGH, course.words)


def _day(on: date) -> str:
    return f"{on.day} {on:%b %Y}"


def _arrow(x: float) -> str:
    return f'<path d="M{x - 4:.1f} {TOP - 10:.1f}H{x + 4:.1f}L{x:.1f} {TOP - 3:.1f}Z" fill="{INK}"/>'


def _even(low: float, high: float) -> list[float]:
    """Round numbers from below the least to above the greatest, about four steps."""
    span = (high - low) or abs(high) or 1.0
    step = 10 ** floor(log10(span / 4))
    step *= next(times for times in (1, 2, 5, 10) if span / (step * times) <= 5)
    start = floor(low / step)
    count = 1
    while (start + count) * step < high * (1 - 1e-12):
        count += 1
    return [round((start + index) * step, 12) for index in range(count + 1)]


def _tens(values: Sequence[float]) -> list[float]:
    start, end = floor(log10(min(values))), floor(log10(max(values)))
    return [10.0**power for power in range(start, end + 2)]
