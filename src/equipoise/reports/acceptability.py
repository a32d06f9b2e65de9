"""How likely an arm is to be worth its price, for every price that might be paid for a life-year.

The chance is read upwards and the price along: the curve starts at the chance that the arm is cheaper, and ends where it
gives more life. One line a comparison, which differ by their dashes as well as by colour; the dotted line is an even chance.

Source:
    Fenwick, Claxton and Sculpher (2001), Health Econ 10:779-787.
"""

import io
from itertools import cycle

import matplotlib as mpl
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import FuncFormatter, PercentFormatter

from ..analysis import Acceptability, Result
from .curves import _STYLE, DASHES, INKS, WIDE, _tidied
from .figures_in_words import number
from .lettering import lines, printable
from .page import Figure

HIGH = 3.0
READ = (0.0, 0.1, 0.25, 0.5, 1.0)
"""The parts of the range of prices at which the words that stand for the picture read it."""


def acceptability_figures(result: Result) -> tuple[Figure, ...]:
    """The curves of acceptability of a result, which a page marks itself where data are virtual; none without any."""
    if not result.acceptability:
        return ()
    caption = (
        f"{result.endpoint_label}: the chance to be worth its price, for each price of a life-year (cost-effectiveness "
        "acceptability). Dotted: an even chance."
    )
    return (Figure(_drawn(result), told(result), caption),)


def told(result: Result) -> str:
    """The curves in words, with their numbers."""
    return printable(
        " ".join([f"{result.endpoint_label}, cost-effectiveness acceptability.", *map(_read, result.acceptability)])
    )


def _read(one: Acceptability) -> str:
    last = len(one.price) - 1
    at = dict.fromkeys(round(part * last) for part in READ)
    values = ", ".join(f"{one.chance[index]:.0%} at {number(one.price[index])}" for index in at)
    unit = f", in {one.unit}" if one.unit else ""
    return f"{one.of}: chance to be worth its price, by the price of a life-year{unit}: {values}."


def _drawn(result: Result) -> str:
    drawn = result.acceptability
    above = 0.21 * len(drawn) + 0.1
    with mpl.rc_context(_STYLE):
        canvas = Canvas(figsize=(WIDE, HIGH + above))
        axes = canvas.add_axes((0.75 / WIDE, 0.55 / (HIGH + above), (WIDE - 1.2) / WIDE, (HIGH - 0.65) / (HIGH + above)))
        for one, ink, dash in zip(drawn, cycle(INKS), cycle(DASHES)):
            label = lines(printable(one.of), 420, 9, most=1)[0]
            axes.plot(one.price, one.chance, color=ink, linestyle=dash, linewidth=1.5, label=label)
        axes.axhline(0.5, color="#1a1a1a", linewidth=0.8, linestyle=(0, (1.2, 2)), zorder=0)
        axes.set_xlim(0, max(one.price[-1] for one in drawn))
        axes.set_ylim(0, 1.02)
        axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda price, _: number(price)))
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        axes.grid(axis="y", color="#e2e2e2", linewidth=0.6)
        axes.set_axisbelow(True)
        unit = next((one.unit for one in drawn if one.unit), "")
        axes.set_xlabel(printable(f"Price of a life-year{f', {unit}' if unit else ''}"))
        axes.set_ylabel("Chance to be worth it")
        axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.01), frameon=False, handlelength=3.6, fontsize=9,
                    borderaxespad=0.0, borderpad=0.0, labelspacing=0.35)  # fmt: skip
        held = io.StringIO()
        canvas.savefig(held, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return _tidied(held.getvalue(), told(result))
