"""A picture of power: over the number of participants, or over anything else that was varied."""

from collections.abc import Sequence

from ..kernels.two_arm import Estimate
from .strokes import GREY, INK, PALE, framed, mark, path, round_steps, text

WIDE, HIGH = 720.0, 310.0
LEFT, RIGHT, TOP, BOTTOM = 52.0, 16.0, 22.0, 58.0
BLUE = "#1f4e79"
LIMITS = 1.96


def power_curve(
    points: Sequence[tuple[float, Estimate]], *, along: str, line: Sequence[tuple[float, float]] = (), planned: float | None = None,
    named: str = "as planned", wanted: Sequence[float] = (0.8, 0.9), level: float | None = None, alt: str = "",
) -> str:  # fmt: skip
    """Power over what is varied: simulated points with their 95 % limits, and a line by formula where there is one.

    Args:
        points: Values of what is varied, rising, with the simulated power.
        along: What is varied, in words.
        line: The power by formula.
        planned: The value that the file has.
        named: What is written beside it.
        wanted: Powers to draw a line at.
        level: The level of the test, drawn too.
        alt: The words that stand for the picture.
    """
    values = [x for x, _ in points] + [x for x, _ in line] + ([planned] if planned is not None else [])
    low, high = min(values), max(values)
    steps = round_steps(0 if low < 0.35 * high else low, high, 8)
    first, last = steps[0], steps[-1]

    def x(value: float) -> float:
        return LEFT + (value - first) / (last - first) * (WIDE - LEFT - RIGHT)

    def y(power: float) -> float:
        return TOP + (1 - power) * (HIGH - TOP - BOTTOM)

    drawn = []
    for part in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        drawn.append(path([(LEFT, y(part)), (WIDE - RIGHT, y(part))], ink=PALE, wide=0.6))
        drawn.append(text(LEFT - 6, y(part) + 3.5, f"{part:.0%}".replace("%", " %"), size=10, anchor="end", ink=GREY))
    for step in steps:
        drawn.append(path([(x(step), y(0)), (x(step), y(0) + 4)], ink=GREY))
        drawn.append(text(x(step), y(0) + 16, f"{step:g}", size=10, anchor="middle", ink=GREY))
    drawn.append(path([(LEFT, y(0)), (WIDE - RIGHT, y(0))], ink=INK))
    drawn.append(text(LEFT - 44, TOP - 10, "Power", size=10.5, bold=True))
    drawn.append(text(WIDE - RIGHT, HIGH - 24, along, size=10.5, anchor="end", bold=True))
    for power in wanted:
        drawn.append(path([(LEFT, y(power)), (WIDE - RIGHT, y(power))], ink=GREY, wide=0.8, dash="4 3"))
    if level is not None:
        drawn.append(path([(LEFT, y(level)), (WIDE - RIGHT, y(level))], ink=GREY, wide=0.8, dash="1 3"))
        drawn.append(text(WIDE - RIGHT, y(level) - 4, "level of the test", size=9, anchor="end", ink=GREY))
    if planned is not None:
        drawn.append(path([(x(planned), TOP), (x(planned), y(0))], ink=INK, wide=0.8, dash="2 3"))
        side = "start" if x(planned) < WIDE - 130 else "end"
        drawn.append(text(x(planned) + (5 if side == "start" else -5), TOP + 4, f"{planned:g}, {named}", size=10, anchor=side))
    if len(line) > 1:
        drawn.append(path([(x(value), y(power)) for value, power in line if first <= value <= last], ink=BLUE, wide=1.8))
    if not line:
        drawn.append(path([(x(value), y(found.value)) for value, found in points], ink=BLUE, wide=1.2, opacity=0.6))
    for value, found in points:
        reach = LIMITS * found.error
        ends = max(found.value - reach, 0.0), min(found.value + reach, 1.0)
        drawn.append(path([(x(value), y(ends[0])), (x(value), y(ends[1]))], ink=INK, wide=1.2))
        drawn.append(mark("disc" if not line else "ring", x(value), y(found.value), 3.6))
    if line:
        drawn.append(path([(LEFT, HIGH - 27), (LEFT + 20, HIGH - 27)], ink=BLUE, wide=1.8))
        drawn.append(text(LEFT + 26, HIGH - 24, "by formula", size=10))
        drawn.append(mark("ring", LEFT + 110, HIGH - 27.5, 3.6))
        drawn.append(text(LEFT + 120, HIGH - 24, "simulated, 95 % limits", size=10))
    return framed(drawn, WIDE, HIGH, alt or f"Power by {along.lower()}")
