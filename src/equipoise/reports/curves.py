"""Curves over time: survival or cumulative incidence by arm, with numbers at risk underneath.

Arms differ by the dash of their line as well as by colour, so that the picture holds in black and white. Short upright
strokes mark follow-up that ended without the event; the pale bands are the limits at each time alone, not of the whole
curve.
"""

import io
import re
from html import escape
from itertools import cycle
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import MultipleLocator, PercentFormatter

from ..analysis import Curve, Result
from .lettering import lines, printable, width
from .page import Figure, watermarked

DAYS = {"years": 365.25, "months": 365.25 / 12, "days": 1.0}
INKS = ("#1f4e79", "#b35806", "#1b7837", "#762a83", "#1a1a1a", "#8c6d1f")
DASHES: tuple[object, ...] = (
    "-",
    (0, (5, 2)),
    (0, (1.2, 1.4)),
    (0, (7, 2, 1.4, 2)),
    (0, (3, 1, 1, 1, 1, 1)),
    (0, (9, 3)),
)
FONT = "'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"
STEPS = (1, 2, 3, 5, 6, 7, 10, 12, 14, 20, 24, 30, 36, 48, 60, 90, 120, 180, 365, 730)
WIDE = 7.9
MOST_TICKS = 10

_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none", "svg.hashsalt": "equipoise", "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9.0, "axes.linewidth": 0.8, "axes.edgecolor": "#1a1a1a", "xtick.color": "#1a1a1a",
    "ytick.color": "#1a1a1a",
    "figure.dpi": 100,
}  # fmt: skip


def curves(result: Result) -> str:
    """The curves of a result as SVG, complete in itself and marked where the data are virtual; empty without any."""
    if not result.curves:
        return ""
    svg = _drawn(result)
    return watermarked(svg) if result.is_virtual else svg


def curve_figure(result: Result) -> Figure | None:
    """The curves of a result as a figure of a page, which marks virtual data itself; None where there are none."""
    if not result.curves:
        return None
    kind = result.curves[0].kind
    what = "Kaplan-Meier estimates" if kind == "survival" else "Cumulative incidence"
    caption = (
        f"{result.endpoint_label}: {what}, with limits at each time (pale bands) and numbers at risk. "
        "Upright strokes: follow-up that ended without the event."
    )
    return Figure(_drawn(result), told(result), caption)


def told(result: Result) -> str:
    """The curves in words, with their numbers."""
    parts = [f"{result.endpoint_label}, curves over time."]
    for curve in result.curves:
        who = curve.label if curve.arm else "All participants"
        said = f"{who}: {curve.at_risk[0]} participants, {sum(curve.events)} with the event"
        unit, size = _unit(result.curves)
        values = []
        for tick in _ticks(result.curves)[1:]:
            if (found := curve.at(tick * size)) is not None:
                values.append(f"{found[0]:.0%} at {tick:g} {unit[:-1] if tick == 1 else unit}")
        free = "free of the event" if curve.kind == "survival" else "with the event"
        parts.append(f"{said}; {free}: {', '.join(values)}." if values else f"{said}.")
    return printable(" ".join(parts))


def _unit(drawn: tuple[Curve, ...]) -> tuple[str, float]:
    longest = max(curve.days[-1] for curve in drawn)
    unit = "years" if longest > 3 * 365.25 else "months" if longest > 90 else "days"
    return unit, DAYS[unit]


def _ticks(drawn: tuple[Curve, ...]) -> list[float]:
    _, size = _unit(drawn)
    end = max(max(curve.days[-1] for curve in drawn) / size, 1e-9)
    step = next((each for each in STEPS if end / each <= MOST_TICKS), 1000)
    return [float(step * index) for index in range(int(end / step) + 1)]


def _drawn(result: Result) -> str:
    drawn = result.curves
    unit, size = _unit(drawn)
    ticks = _ticks(drawn)
    end = max(curve.days[-1] for curve in drawn) / size
    below = 0.19 * len(drawn) + 0.42
    several = any(curve.arm for curve in drawn)
    above = 0.21 * len(drawn) + 0.08 if several else 0.12
    high = 3.05 + below + above
    with mpl.rc_context(_STYLE):
        canvas = Canvas(figsize=(WIDE, high))
        widest = max((width(printable(curve.label), 8.0) for curve in drawn if curve.arm), default=0.0)
        left = min(max(widest / 72 + 0.25, 1.3), 2.75)
        axes = canvas.add_axes(
            (left / WIDE, (below + 0.55) / high, (WIDE - left - 0.15) / WIDE, (high - below - above - 0.55) / high)
        )
        for curve, ink, dash in zip(drawn, cycle(INKS), cycle(DASHES)):
            _line(axes, curve, size, ink, dash)
        axes.set_xlim(0, end * 1.015)
        axes.set_ylim(0, _top(drawn))
        axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        axes.xaxis.set_major_locator(MultipleLocator(ticks[1] if len(ticks) > 1 else 1.0))
        axes.set_xticks(ticks)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        axes.grid(axis="y", color="#e2e2e2", linewidth=0.6)
        axes.set_axisbelow(True)
        start = result.variable.partition("time from ")[2].partition(" to ")[0]
        axes.set_xlabel(f"{unit.capitalize()} from {start}" if start else unit.capitalize())
        axes.set_ylabel("Free of the event" if drawn[0].kind == "survival" else "With the event")
        if several:
            # Above the axes, where it can cover no curve.
            axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.01), frameon=False, handlelength=3.6, fontsize=9,
                        borderaxespad=0.0, borderpad=0.0, labelspacing=0.35)  # fmt: skip
        _at_risk(canvas, axes, drawn, ticks, size, high, left)
        held = io.StringIO()
        canvas.savefig(held, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return _tidied(held.getvalue(), told(result))


def _top(drawn: tuple[Curve, ...]) -> float:
    if drawn[0].kind == "survival":
        return 1.02
    reached = max(max((each for each in curve.upper if each is not None), default=max(curve.value)) for curve in drawn)
    return min(1.02, max(0.1, reached * 1.15))


def _line(axes: Axes, curve: Curve, size: float, ink: str, dash: object) -> None:
    start = 1.0 if curve.kind == "survival" else 0.0
    x = [0.0, *(each / size for each in curve.days)]
    y = [start, *curve.value]
    wide = [0.0]
    low, high = [start], [start]
    for day, value, lower, upper in zip(curve.days, curve.value, curve.lower, curve.upper, strict=True):
        wide.append(day / size)
        low.append(lower if lower is not None else value if value in (0.0, 1.0) else float("nan"))
        high.append(upper if upper is not None else value if value in (0.0, 1.0) else float("nan"))
    axes.fill_between(wide, low, high, step="post", color=ink, alpha=0.10, linewidth=0)
    label = "\n".join(
        lines(f"{printable(curve.label)} ({sum(curve.events)} of {curve.at_risk[0]} with the event)", 420, 9, most=1)
    )
    axes.step(x, y, where="post", color=ink, linestyle=dash, linewidth=1.5, label=label)
    left = [(day / size, value) for day, value, count in zip(curve.days, curve.value, curve.censored, strict=True) if count]
    if left and len(left) <= 400:
        axes.plot([each for each, _ in left], [each for _, each in left], linestyle="none", marker="|", markersize=4.5,
                  markeredgewidth=0.7, color=ink)  # fmt: skip


def _at_risk(
    canvas: Canvas, axes: Axes, drawn: tuple[Curve, ...], ticks: list[float], size: float, high: float, left: float
) -> None:  # fmt: skip
    """Numbers at risk, under the ticks."""
    box = axes.get_position()
    limit = axes.get_xlim()[1]
    top = (0.19 * len(drawn) + 0.28) / high
    canvas.text(0.08 / WIDE, top, "Number at risk", fontsize=8.5, fontweight="bold", va="center")
    for row, (curve, ink) in enumerate(zip(drawn, cycle(INKS)), start=1):
        y = top - 0.19 * row / high
        if curve.arm:
            said = lines(printable(curve.label), (left - 0.2) * 72, 8.0, most=1)[0]
            canvas.text(0.08 / WIDE, y, said, fontsize=8.0, va="center", color=ink)
        for tick in ticks:
            x = box.x0 + box.width * tick / limit
            canvas.text(x, y, str(curve.still_followed(tick * size)), fontsize=8.5, va="center", ha="center")


def _tidied(svg: str, alt: str) -> str:
    """SVG without prologue, date and styles that would reach beyond it, in the typefaces of the other pictures."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<!--.*?-->", "", svg, flags=re.DOTALL)
    # The page wants pixels, and the viewBox keeps the points: 4 pixels are 3 points.
    svg = re.sub(r'(width|height)="([\d.]+)pt"', lambda found: f'{found[1]}="{float(found[2]) * 4 / 3:.0f}"', svg, count=2)
    svg = re.sub(r"(font(?:-family)?:[^;\"]*?)'DejaVu Sans', sans-serif", rf"\1{FONT}", svg)
    words = escape(printable(alt), quote=True)
    head = f'<svg role="img" aria-label="{words}" stroke-linejoin="round" stroke-linecap="butt"'
    return svg.replace("<svg", head, 1).strip()
