"""A marker over time above survival, on one axis of time: so that nobody reads the means of survivors as a course.

Above, the means of those who died in follow-up (open signs) and of those who did not (filled), for each arm; below, how
many of each arm were alive, with numbers at risk. Arms differ by their signs and dashes as well as by colour, so that the
picture holds in black and white.

Source:
    Kurland, Johnson, Egleston and Diehr (2009), Stat Sci 24:211-222.
"""

import io
from collections.abc import Sequence
from itertools import cycle

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, PercentFormatter

from ..analysis import Course, Curve, JointDisplay, Result
from .curves import _STYLE, DASHES, DAYS, INKS, WIDE, _at_risk, _ticks, _tidied, _unit
from .figures_in_words import number
from .lettering import lines, printable, width
from .page import Figure

SIGNS = ("o", "s", "^", "D", "v", "P")
DOTS = (0, (1.0, 1.6))
PANEL, BELOW = 1.75, 1.7
MOST = 3
"""How many items stand above one survival curve."""
SPAN = 50.0
"""The greatest mean over the least, from which on the axis is logarithmic."""


def joint_figures(result: Result) -> tuple[Figure, ...]:
    """Markers above survival, which a page marks itself where data are virtual; none without a mixed model."""
    items = list(dict.fromkeys(each.item for one in result.displays for each in (*one.alive, *one.died)))
    caption = (
        f"{result.endpoint_label}: means of those who died in follow-up (open signs, thin dotted lines) and of those who did "
        "not (filled signs), above overall survival with numbers at risk. Means of those still seen are no course of anybody."
    )
    if any(_is_log(result.displays, each) for each in items):
        caption += " Some axes are logarithmic, as they say."
    return tuple(Figure(_drawn(result, some), told(result, some), caption) for some in _some(items))


def _some(items: Sequence[str]) -> Sequence[Sequence[str]]:
    return [items[start : start + MOST] for start in range(0, len(items), MOST)]


def told(result: Result, items: Sequence[str]) -> str:
    """The picture in words, with its numbers."""
    parts = [f"{result.endpoint_label}, means above overall survival."]
    for item in items:
        for one in result.displays:
            for courses, who in ((one.alive, "did not die"), (one.died, "died")):
                own = _of(courses, item)
                if own:
                    unit = f" {own[0].unit}" if own[0].unit else ""
                    values = ", ".join(f"{number(each.mean)}{unit} {_when(each)} (n {each.number})" for each in _ends(own))
                    parts.append(f"{own[0].label}, {_who(one)}, those who {who}: {values}.")
    curves = tuple(one.curve for one in result.displays)
    unit, size = _unit(curves)
    for one in result.displays:
        reached = [(tick, one.curve.at(tick * size)) for tick in _ticks(curves)[1:]]
        values = ", ".join(
            f"{found[0]:.0%} at {tick:g} {unit[:-1] if tick == 1 else unit}" for tick, found in reached if found is not None
        )
        parts.append(f"Alive, {_who(one)}: {one.curve.at_risk[0]} participants, {sum(one.curve.events)} died"
                     f"{f'; {values}' if values else ''}.")  # fmt: skip
    return printable(" ".join(parts))


def _who(one: JointDisplay) -> str:
    return one.curve.label if one.arm else "all participants"


def _of(courses: Sequence[Course], item: str) -> list[Course]:
    return sorted((each for each in courses if each.item == item), key=lambda each: each.day)


def _ends(own: Sequence[Course]) -> Sequence[Course]:
    return own if len(own) < 2 else (own[0], own[-1])


def _when(each: Course) -> str:
    return "at the start" if each.day == 0 else f"around month {round(each.day / DAYS['months'])}"


def _drawn(result: Result, items: Sequence[str]) -> str:
    shown = result.displays
    curves = tuple(one.curve for one in shown)
    _, size = _unit(curves)
    ticks = _ticks(curves)
    last = max(each.day for one in shown for each in (*one.alive, *one.died))
    end = max(max(each.days[-1] for each in curves), last, 1) / size
    above = 0.21 * (len(shown) + 1) + 0.1
    below = 0.19 * len(shown) + 0.42
    high = above + PANEL * len(items) + BELOW + below
    widest = max((width(printable(each.label), 8.0) for each in curves if each.arm), default=0.0)
    left = min(max(widest / 72 + 0.25, 1.3), 2.75)
    with mpl.rc_context(_STYLE):
        canvas = Canvas(figsize=(WIDE, high))
        for row, item in enumerate(items):
            floor = below + BELOW + PANEL * (len(items) - 1 - row) + 0.15
            axes = canvas.add_axes((left / WIDE, floor / high, (WIDE - left - 0.15) / WIDE, (PANEL - 0.25) / high))
            _means(axes, shown, item, size)
            _plain(axes, end)
            axes.set_xticks(ticks, [""] * len(ticks))
            if row == 0:
                axes.legend(handles=_key(shown), loc="lower left", bbox_to_anchor=(0.0, 1.02), frameon=False, handlelength=3.6,
                            fontsize=9, borderaxespad=0.0, borderpad=0.0, labelspacing=0.35)  # fmt: skip
        axes = canvas.add_axes((left / WIDE, (below + 0.5) / high, (WIDE - left - 0.15) / WIDE, (BELOW - 0.6) / high))
        for curve, ink, dash in zip(curves, cycle(INKS), cycle(DASHES)):
            _steps(axes, curve, size, ink, dash)
        _plain(axes, end)
        axes.set_ylim(0, 1.05)
        axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        axes.set_xticks(ticks)
        unit, _ = _unit(curves)
        axes.set_xlabel(unit.capitalize())
        axes.set_ylabel("Alive")
        _at_risk(canvas, axes, curves, ticks, size, high, left)
        held = io.StringIO()
        canvas.savefig(held, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return _tidied(held.getvalue(), told(result, items))


def _means(axes: Axes, shown: Sequence[JointDisplay], item: str, size: float) -> None:
    named = None
    for one, ink, dash, sign in zip(shown, cycle(INKS), cycle(DASHES), cycle(SIGNS)):
        for courses, filled in ((one.alive, True), (one.died, False)):
            own = _of(courses, item)
            if not own:
                continue
            named = own[0]
            axes.plot(
                [each.day / size for each in own], [each.mean for each in own], color=ink, marker=sign, markersize=4.5,
                linestyle=dash if filled else DOTS, linewidth=1.4 if filled else 0.9, markeredgewidth=1.0,
                markerfacecolor=ink if filled else "white", clip_on=False, zorder=3,
            )  # fmt: skip
    if _is_log(shown, item):
        axes.set_yscale("log")
    axes.margins(y=0.12)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
    if named is not None:
        unit = (f", {named.unit}" if named.unit else "") + (" (logarithmic)" if _is_log(shown, item) else "")
        axes.set_ylabel("\n".join(lines(printable(f"{named.label}{unit}"), (PANEL - 0.25) * 72, 9, most=2)))


def _is_log(shown: Sequence[JointDisplay], item: str) -> bool:
    means = [each.mean for one in shown for each in (*_of(one.alive, item), *_of(one.died, item))]
    return bool(means) and min(means) > 0 and max(means) >= SPAN * min(means)


def _plain(axes: Axes, end: float) -> None:
    axes.set_xlim(0, end * 1.015)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.grid(axis="y", color="#e2e2e2", linewidth=0.6)
    axes.set_axisbelow(True)


def _steps(axes: Axes, curve: Curve, size: float, ink: str, dash: object) -> None:
    axes.step([0.0, *(each / size for each in curve.days)], [1.0, *curve.value], where="post", color=ink, linestyle=dash,
              linewidth=1.5)  # fmt: skip


def _key(shown: Sequence[JointDisplay]) -> list[Line2D]:
    found = [
        Line2D([], [], color=ink, linestyle=dash, marker=sign, markersize=4.5, linewidth=1.5,  # type: ignore[arg-type]
               label=lines(printable(f"{one.curve.label if one.arm else 'All participants'}"), 420, 9, most=1)[0])
        for one, ink, dash, sign in zip(shown, cycle(INKS), cycle(DASHES), cycle(SIGNS))
    ]  # fmt: skip
    died = Line2D([], [], color="#1a1a1a", linestyle=DOTS, marker="o", markersize=4.5, linewidth=0.9,
                  markerfacecolor="white", label="those who died, of the arm with that sign")  # fmt: skip
    return [*found, died]
