"""Strokes, marks and letters as SVG text: what the pictures that are drawn by hand are made of.

Sides are told apart by fill and by mark as well as by colour, so that a picture holds in black and white.
"""

from collections.abc import Sequence
from html import escape
from math import floor, log10

from .lettering import lines, printable, width

INK, GREY, PALE = "#1a1a1a", "#555555", "#d9d9d9"
FONT = "'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"
FILLS = ("dark", "white", "slant", "grey", "dots", "counter", "rules", "pale", "net", "bars")
"""Fills in the order in which they are given out; neighbours in the list look least alike."""

_PLAIN = {"dark": "#1f4e79", "white": "#ffffff", "grey": "#9a9a9a", "pale": "#e3e3e3"}
_LINES = {
    "slant": "M-1 5L5 -1M-1 1L1 -1M3 5L5 3", "counter": "M-1 -1L5 5M-1 3L1 5M3 -1L5 1", "rules": "M0 2H4",
    "bars": "M2 0V4", "net": "M0 2H4M2 0V4",
}  # fmt: skip


def text(
    x: float, y: float, says: str, *, size: float = 11, anchor: str = "start", bold: bool = False, ink: str = INK,
    room: float | None = None,
) -> str:  # fmt: skip
    """A line of letters on a baseline; what has no room ends in an ellipsis."""
    said = printable(says)
    if room is not None:
        said = next(iter(lines(said, room, size, bold=bold, most=1)), "")
    weight = ' font-weight="600"' if bold else ""
    where = f' text-anchor="{anchor}"' if anchor != "start" else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" fill="{ink}"{where}{weight}>{escape(said)}</text>'


def path(
    points: Sequence[tuple[float, float]],
    *,
    ink: str = INK,
    wide: float = 1,
    dash: str = "",
    opacity: float = 1,
) -> str:
    """A stroke through points."""
    told = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    faint = f' stroke-opacity="{opacity:g}"' if opacity < 1 else ""
    return f'<path d="{told}" fill="none" stroke="{ink}" stroke-width="{wide:g}"{dashed}{faint}/>'


def bar(x: float, y: float, wide: float, high: float, fill: str, *, edge: str = INK, stroke: float = 0.5) -> str:
    """A bar in one of the fills."""
    paint = _PLAIN.get(fill) or f"url(#fill-{fill})"
    return (
        f'<rect x="{x:.2f}" y="{y:.2f}" width="{max(wide, 0.3):.2f}" height="{max(high, 0.3):.2f}" fill="{paint}" '
        f'stroke="{edge}" stroke-width="{stroke:g}"/>'
    )


def mark(kind: str, x: float, y: float, size: float = 3.2, *, ink: str = INK) -> str:
    """A mark around a point."""
    s = size
    edge = f'stroke="{ink}" stroke-width="1"'
    match kind:
        case "disc":
            return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{s:g}" fill="{ink}" stroke="#ffffff" stroke-width="0.5"/>'
        case "ring":
            return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{s:g}" fill="#ffffff" {edge}/>'
        case "square":
            told, fill = f"M{x - s:.1f} {y - s:.1f}h{2 * s:g}v{2 * s:g}h{-2 * s:g}z", ink
        case "diamond":
            across, down = 1.1 * s, 1.25 * s
            told = f"M{x:.1f} {y - down:.1f}l{across:g} {down:g}l{-across:g} {down:g}l{-across:g} {-down:g}z"
            fill = ink
        case "triangle":
            told, fill = f"M{x:.1f} {y - 1.2 * s:.1f}l{1.2 * s:g} {2.1 * s:g}h{-2.4 * s:g}z", ink
        case "open":
            told, fill = f"M{x - s:.1f} {y - s:.1f}h{2 * s:g}v{2 * s:g}h{-2 * s:g}z", "#ffffff"
            return f'<path d="{told}" fill="{fill}" {edge}/>'
        case "arrow":
            point = f"m{-1.2 * s:g} {-0.8 * s:g}l{1.2 * s:g} {0.8 * s:g}l{-1.2 * s:g} {0.8 * s:g}"
            return f'<path d="M{x:.1f} {y:.1f}h{2.2 * s:g}{point}" fill="none" {edge}/>'
        case "plus":
            told = f"M{x - s:.1f} {y:.1f}h{2 * s:g}M{x:.1f} {y - s:.1f}v{2 * s:g}"
            return f'<path d="{told}" fill="none" stroke="{ink}" stroke-width="1.3"/>'
        case _:
            told = f"M{x - s:.1f} {y - s:.1f}l{2 * s:g} {2 * s:g}m{-2 * s:g} 0l{2 * s:g} {-2 * s:g}"
            return (
                f'<path d="{told}" fill="none" stroke="#ffffff" stroke-width="3"/>'
                f'<path d="{told}" fill="none" stroke="{ink}" stroke-width="1.4"/>'
            )
    return f'<path d="{told}" fill="{fill}" stroke="#ffffff" stroke-width="0.5"/>'


def key(entries: Sequence[tuple[str, str]], *, x: float, y: float, room: float, size: float = 10) -> tuple[list[str], float]:
    """What fills and marks mean, in rows that break where they must, and how high the rows are together.

    Args:
        entries: The name of a fill or of a mark, and what it means.
        x: Where the rows begin.
        y: The top of the first row.
        room: How wide a row may be.
        size: The letters' size.
    """
    drawn: list[str] = []
    at, row = x, y + size
    for kind, says in entries:
        said = next(iter(lines(printable(says), room - 24, size, most=1)), "")
        wide = 22 + width(said, size) + 14
        if at > x and at + wide > x + room:
            at, row = x, row + size + 6
        if kind in FILLS:
            drawn.append(bar(at, row - size + 1.5, 16, size - 1, kind))
        else:
            drawn.append(mark(kind, at + 8, row - size / 2 + 1))
        drawn.append(text(at + 22, row, said, size=size))
        at += wide
    return drawn, row - y + 6 if entries else 0.0


def framed(parts: Sequence[str], wide: float, high: float, alt: str) -> str:
    """A whole picture, with the words that stand for it."""
    joined = "".join(parts)
    used = [name for name in FILLS if f"url(#fill-{name})" in joined]
    patterns = "".join(map(_pattern, used))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(printable(alt), quote=True)}" '
        f'viewBox="0 0 {wide:.0f} {high:.0f}" width="{wide:.0f}" height="{high:.0f}" font-family="{FONT}" '
        f'fill="{INK}">{f"<defs>{patterns}</defs>" if patterns else ""}{joined}</svg>'
    )


def _pattern(name: str) -> str:
    inside = (
        '<circle cx="2" cy="2" r="0.9" fill="#1a1a1a"/>'
        if name == "dots"
        else f'<path d="{_LINES[name]}" fill="none" stroke="#1a1a1a" stroke-width="0.8"/>'
    )
    return (
        f'<pattern id="fill-{name}" width="4" height="4" patternUnits="userSpaceOnUse">'
        f'<rect width="4" height="4" fill="#ffffff"/>{inside}</pattern>'
    )


def round_steps(low: float, high: float, most: int = 6) -> tuple[float, ...]:
    """Round values from the last at or below `low` to the first at or above `high`.

    >>> round_steps(0, 47)
    (0.0, 10.0, 20.0, 30.0, 40.0, 50.0)
    """
    reach = high - low if high > low else max(abs(low), 1.0)
    power = floor(log10(reach / most))
    step = next(part * 10.0**power for part in (1, 2, 5, 10, 20) if reach / (part * 10.0**power) <= most)
    first = int(low // step)
    last = int(-(-high // step))
    return tuple(round(index * step, 12) for index in range(first, max(last, first + 1) + 1))


def thinned(count: int, most: int) -> tuple[int, ...]:
    """Which of so many in a row to show, evenly spread, first and last included.

    >>> thinned(3, 5), thinned(9, 3)
    ((0, 1, 2), (0, 4, 8))
    """
    if count <= most:
        return tuple(range(count))
    if most < 2:
        return tuple(range(most))
    return tuple(dict.fromkeys(round(index * (count - 1) / (most - 1)) for index in range(most)))
