"""A picture of how a trial gets on: who has joined and who has had the event, month by month, over many virtual trials."""

from collections.abc import Sequence

from .lettering import lines, width
from .strokes import GREY, INK, PALE, framed, path, round_steps, text

WIDE, HIGH = 720.0, 350.0
LEFT, RIGHT, TOP, BOTTOM = 46.0, 16.0, 26.0, 78.0
INKS = ("#1f4e79", "#b35806", "#4d7326", "#7a3b8f")
DASHES = ("", "6 3", "2 3", "8 3 2 3")

Grown = tuple[str, Sequence[int], Sequence[int], Sequence[int]]
"""A name, and month by month the numbers that one trial in ten, half, and nine in ten stay at or below."""


def forecast(bands: Sequence[Grown], *, until: int, alt: str) -> str:
    """Numbers that grow month by month: the middle as a line, eight trials in ten as a band around it.

    Args:
        bands: What grows.
        until: The last month drawn.
        alt: The words that stand for the picture.
    """
    top = round_steps(0, max(max(high[: until + 1], default=1) for _, _, _, high in bands) or 1, 6)
    months = [step for step in round_steps(0, until, 8) if step <= until * 1.05]
    last = max(until, months[-1], 1)

    def x(month: float) -> float:
        return LEFT + month / last * (WIDE - LEFT - RIGHT)

    def y(number: float) -> float:
        return HIGH - BOTTOM - number / top[-1] * (HIGH - TOP - BOTTOM)

    drawn = []
    for step in top:
        drawn.append(path([(LEFT, y(step)), (WIDE - RIGHT, y(step))], ink=PALE, wide=0.6))
        drawn.append(text(LEFT - 6, y(step) + 3.5, f"{step:g}", size=10, anchor="end", ink=GREY))
    for month in months:
        drawn.append(path([(x(month), y(0)), (x(month), y(0) + 4)], ink=GREY))
        drawn.append(text(x(month), y(0) + 16, f"{month:g}", size=10, anchor="middle", ink=GREY))
    drawn.append(path([(LEFT, y(0)), (WIDE - RIGHT, y(0))], ink=INK))
    drawn.append(text(LEFT - 40, TOP - 12, "Participants", size=10.5, bold=True))
    drawn.append(text(WIDE - RIGHT, HIGH - 46, "Months since the start", size=10.5, anchor="end", bold=True))
    for (_, low, middle, high), ink, dash in zip(bands, INKS, DASHES, strict=False):
        span = range(min(until + 1, len(middle)))
        edge = [(x(m), y(high[m])) for m in span] + [(x(m), y(low[m])) for m in reversed(span)]
        told = "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in edge) + "Z"
        drawn.append(f'<path d="{told}" fill="{ink}" fill-opacity="0.16" stroke="none"/>')
        drawn.append(path([(x(m), y(middle[m])) for m in span], ink=ink, wide=1.8, dash=dash))
    at = LEFT
    for (name, _, _, _), ink, dash in zip(bands, INKS, DASHES, strict=False):
        drawn.append(path([(at, HIGH - 27), (at + 22, HIGH - 27)], ink=ink, wide=1.8, dash=dash))
        said = next(iter(lines(name, 250, 10, most=1)), "")
        drawn.append(text(at + 28, HIGH - 24, said, size=10))
        at += 48 + width(said, 10)
    return framed(drawn, WIDE, HIGH, alt)
