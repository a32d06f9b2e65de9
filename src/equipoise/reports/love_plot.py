"""How alike two groups are, covariate by covariate, before and after matching or weighting; and the naive answer.

Before is an open ring, after a filled square, so that the picture holds in black and white; the dotted lines are a
standardised difference of a tenth, beyond which groups are called unlike.

Source:
    Love (2002), as in Austin (2009), Stat Med 28:3083-3107.
"""

import io
from math import isfinite

import matplotlib as mpl
from matplotlib.figure import Figure as Canvas

from ..analysis import Balanced, Result
from .curves import _STYLE, _tidied
from .figures_in_words import interval, number, said
from .lettering import lines, printable, width
from .page import Figure, Part, Table, Text, watermarked

WIDE, ROW, SMALL = 7.9, 0.23, 8.5
UNLIKE = 0.1
MOST = 60


def love_plot(result: Result) -> str:
    """The standardised differences of a result as SVG, complete in itself and marked where data are virtual; else empty."""
    svg = _drawn(result)
    return watermarked(svg) if svg and result.is_virtual else svg


def love_figure(result: Result) -> Figure | None:
    """The same as a figure of a page, which marks virtual data itself; None where nothing was made alike."""
    svg = _drawn(result)
    if not svg:
        return None
    caption = (
        "Standardised differences of what was adjusted for, before (rings) and after (squares), in standard deviations of "
        "everyone. Dotted: a tenth of one, beyond which groups are called unlike."
    )
    return Figure(svg, told(result), caption)


def told(result: Result) -> str:
    """The picture in words, with its numbers."""
    shown = _shown(result)
    each = "; ".join(f"{one.label} {_signed(one.before)} before, {_signed(one.after)} after" for one in shown)
    unlike = sum(one.after is not None and abs(one.after) > UNLIKE for one in shown)
    lead = f"Standardised differences of {len(shown)} covariates, {result.contrast}"
    return printable(f"{lead}; {unlike} are above {UNLIKE:g} after: {each}.")


def fairness(result: Result) -> list[Part]:
    """What a report shows of how alike the groups are, and of the naive answer where it was asked for."""
    parts: list[Part] = []
    if (figure := love_figure(result)) is not None:
        parts += [figure, _table(result)]
    if result.naive:
        rows = tuple((each.name, said(each, each.value), interval(each)) for each in result.naive)
        parts.append(
            Text("The naive answer was asked for. It is not an estimate of what is declared; see above for why.", "warning")
        )
        parts.append(Table("The naive answer, beside the fair one above", ("Measure", "Estimate", "Limits"), rows))
    return parts


def _table(result: Result) -> Table:
    one, other = (each.label for each in result.arms[:2])
    head = (
        "", f"{one}\nbefore", f"{other}\nbefore", "Difference\nbefore", f"{one}\nafter", f"{other}\nafter",
        "Difference\nafter", "Ratio of\nvariances after",
    )  # fmt: skip
    rows = [
        (
            each.label, _mean(each, each.first_before), _mean(each, each.second_before), _signed(each.before),
            _mean(each, each.first_after), _mean(each, each.second_after), _signed(each.after),
            number(each.ratio_after) if each.ratio_after is not None else "–",
        )
        for each in result.balance
    ]  # fmt: skip
    note = (
        "Means, or shares in per cent; differences in standard deviations (the root of the mean of both groups' variances, "
        "before). No tests: they would ask about the sample's size as much as about likeness."
    )
    return Table("How alike the groups are", head, tuple(rows), note=note)


def _mean(each: Balanced, value: float) -> str:
    return f"{100 * value:.0f}%" if each.is_share else number(value)


def _signed(value: float | None) -> str:
    return "–" if value is None else f"{value:+.2f}".replace("-", "−")


def _shown(result: Result) -> tuple[Balanced, ...]:
    """The covariates, the most unlike before first; of very many, those."""
    return tuple(sorted(result.balance, key=lambda each: -abs(each.before or 0.0))[:MOST])


def _drawn(result: Result) -> str:
    shown = _shown(result)
    if not shown:
        return ""
    widest = max(width(printable(each.label), SMALL) for each in shown)
    left = min(max(widest / 72 + 0.3, 1.2), 3.4)
    high = ROW * len(shown) + 1.1
    reach = max(
        [UNLIKE * 2, *(abs(value) for each in shown for value in (each.before, each.after) if value and isfinite(value))]
    )
    with mpl.rc_context(_STYLE):
        canvas = Canvas(figsize=(WIDE, high))
        axes = canvas.add_axes((left / WIDE, 0.66 / high, (WIDE - left - 0.2) / WIDE, ROW * len(shown) / high))
        places = range(len(shown))
        for place, each in zip(places, shown, strict=True):
            if each.before is not None and each.after is not None:
                axes.plot([each.before, each.after], [place, place], color="#b0b0b0", linewidth=0.9, zorder=1)
        for name, marker, filled in (("before", "o", False), ("after", "s", True)):
            known = [(getattr(each, name), place) for place, each in zip(places, shown, strict=True)]
            at = [(value, place) for value, place in known if value is not None]
            axes.plot(
                [value for value, _ in at], [place for _, place in at], linestyle="none", marker=marker, markersize=5.5,
                markerfacecolor="#1a1a1a" if filled else "white", markeredgecolor="#1a1a1a", markeredgewidth=1.1,
                label=name.capitalize(),
                zorder=3 if filled else 2,
            )  # fmt: skip
        axes.axvline(0, color="#1a1a1a", linewidth=0.8, zorder=0)
        for edge in (-UNLIKE, UNLIKE):
            axes.axvline(edge, color="#1a1a1a", linewidth=0.8, linestyle=(0, (1.2, 2)), zorder=0)
        axes.set_xlim(-1.08 * reach, 1.08 * reach)
        axes.set_ylim(len(shown) - 0.4, -0.6)
        room = (left - 0.2) * 72
        axes.set_yticks(list(places), [lines(printable(each.label), room, SMALL, most=1)[0] for each in shown], fontsize=SMALL)
        axes.tick_params(axis="y", length=0)
        for side in ("top", "right", "left"):
            axes.spines[side].set_visible(False)
        axes.grid(axis="y", color="#ececec", linewidth=0.6)
        axes.set_axisbelow(True)
        axes.set_xlabel("Standardised difference")
        axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), frameon=False, ncols=2, handletextpad=0.2, columnspacing=1.2,
                    borderaxespad=0.1)  # fmt: skip
        held = io.StringIO()
        canvas.savefig(held, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return _tidied(held.getvalue(), told(result))
