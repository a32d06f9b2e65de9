"""Estimates under each other, with their limits: comparisons of several analyses, or of the subgroups of one.

Ratios stand on a logarithmic axis with its line at 1, differences on a plain one with its line at 0. A box marks what
was pre-specified, a ring what is post hoc; limits that reach beyond the axis end in an arrow.

Source:
    Lewis and Clarke (2001), BMJ 322:1479-1480.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isfinite, log

from ..analysis import Estimate, Result
from .figures_in_words import interval, said
from .lettering import lines, printable, width
from .page import Figure
from .results_tables import line_of
from .strokes import GREY, INK, PALE, framed, key, mark, path, round_steps, text

WIDE = 760.0
ROW = 21.0
MOST = 60
RATIO_TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
NARROWEST, WIDEST = 0.02, 50.0
"""Ratios outside these are drawn at the edge; their numbers stand beside them."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A line of a forest: an estimate of a comparison, with the words that stand beside it; no estimate for a heading."""

    label: str
    estimate: Estimate | None = None
    counted: str = ""
    is_post_hoc: bool = False


def comparisons(results: Iterable[Result]) -> tuple[tuple[str, tuple[Compared, ...]], ...]:
    """The comparisons of all results, those of one measure together: the measure, and its lines."""
    found: dict[str, list[Compared]] = {}
    for result in results:
        mine: dict[str, list[Compared]] = {}
        events = f"{result.participants}" + (f" ({result.events})" if result.events is not None else "")
        for each in result.estimates:
            limits = each.lower is not None or each.upper is not None
            if " against " in each.of and not each.is_covariate and limits and drawable(each):
                mine.setdefault(measure(each, result), []).append(Compared(each.of, each, events, result.is_post_hoc))
        for name, held in mine.items():
            found.setdefault(name, []).extend([Compared(f"{result.label} ({line_of(result)})"), *held])
    return tuple((name, tuple(held)) for name, held in found.items())


def measure(each: Estimate, result: Result) -> str:
    """What an estimate measures: ratios and differences of shares or times share an axis, other values only their own."""
    if is_ratio(each):
        return each.name
    if each.unit in ("share", "days"):
        return each.name + {"share": ", percentage points", "days": ", months"}[each.unit]
    return f"{each.name}, {result.endpoint_label}" + (f", {each.unit}" if each.unit else "")


def is_ratio(each: Estimate) -> bool:
    """Whether no difference is a ratio of 1."""
    return "ratio" in each.name.casefold()


def drawable(each: Estimate) -> bool:
    """Whether an estimate has a place on an axis."""
    return isfinite(each.value) and (not is_ratio(each) or each.value > 0)


def forest_figures(results: Sequence[Result]) -> tuple[Figure, ...]:
    """A forest for each measure that two or more comparisons share."""
    return tuple(
        figure
        for name, held in comparisons(results)
        if sum(each.estimate is not None for each in held) > 1
        for figure in [forest(name, held, software=next((each.software for each in results), ""))]
        if figure is not None
    )


def forest(name: str, held: Sequence[Compared], *, software: str = "") -> Figure | None:
    """Estimates of one measure as a figure; None where none can be drawn.

    Args:
        name: The measure.
        held: The lines, headings among them, from the top.
        software: What made the numbers.
    """
    known = [each for each in held if each.estimate is not None and drawable(each.estimate)]
    if not known:
        return None
    shown = list(held)[:MOST]
    told = {each.estimate.level for each in known if each.estimate is not None}
    levels = {f"{100 * each:g}%" for each in told if each is not None}
    level = " and ".join(sorted(levels))
    caption = f"{name}: each comparison with its {level} limits." if level else f"{name}: each comparison."
    caption += " Participants, with events in brackets, are those of the whole analysis."
    if any(each.is_post_hoc for each in shown):
        caption += " Rings are post hoc, boxes pre-specified."
    else:
        caption += " All are pre-specified."
    if len(shown) < len(held):
        caption += f" The first {len(shown)} of {len(held)} lines; the tables hold all."
    caption += f" {software}." if software else ""
    alt = _told(name, held)
    return Figure(_drawn(name, shown, level, alt), alt, caption)


def _told(name: str, held: Sequence[Compared]) -> str:
    parts, heading = [], ""
    for each in held:
        if each.estimate is None:
            heading = each.label
            continue
        hoc = ", post hoc" if each.is_post_hoc else ""
        reach = interval(each.estimate)
        limits = f" ({reach})" if reach else ", no limits"
        lead = f"{heading}, " if heading else ""
        parts.append(f"{lead}{each.label}{hoc}: {said(each.estimate, each.estimate.value)}{limits}")
    return printable(f"{name}. {'; '.join(parts)}.")


def _drawn(name: str, shown: Sequence[Compared], level: str, alt: str) -> str:
    known = [each.estimate for each in shown if each.estimate is not None and drawable(each.estimate)]
    ratio = is_ratio(known[0])
    numbers = {id(each): said(each, each.value) + (f" ({interval(each)})" if interval(each) else "") for each in known}
    beside = max([width(one, 10) for one in numbers.values()] + [width(f"{level} limits", 10, bold=True) + 60]) + 8
    beside = min(beside, 210.0)
    counts = max([width(each.counted, 10) for each in shown] + [width("n (events)", 10, bold=True)]) + 10
    label = min(max(max(width(printable(each.label), 10, bold=each.estimate is None) for each in shown) + 14, 120.0), 270.0)
    left, right = label + counts + 8, WIDE - beside - 8
    ticks, x = _axis(known, left, right, ratio)
    rings = any(each.is_post_hoc for each in shown)
    legend, tall = key([("square", "Pre-specified"), ("ring", "Post hoc")] if rings else [], x=4, y=2, room=WIDE)
    top = tall + 24
    drawn = [
        *legend,
        text(label + counts - 4, top - 8, "n (events)", size=10, anchor="end", bold=True),
        text(WIDE - 4, top - 8, f"{'Ratio' if ratio else 'Estimate'} ({level} limits)" if level else "Estimate", size=10,
             anchor="end", bold=True),
    ]  # fmt: skip
    broken = [_broken(each, label) for each in shown]
    foot = top + sum(ROW + 12 * (len(each) - 1) for each in broken)
    for tick in ticks:
        drawn.append(path([(x.at(tick), top), (x.at(tick), foot)], ink=PALE, wide=0.6))
        drawn.append(text(x.at(tick), foot + 14, f"{tick:g}".replace("-", "−"), size=10, anchor="middle"))
    none = 1.0 if ratio else 0.0
    if 0 <= x.part(none) <= 1:
        drawn.append(path([(x.at(none), top), (x.at(none), foot)], ink=INK, wide=1, dash="4 3"))
    drawn.append(path([(left, foot), (right, foot)], wide=0.8))
    drawn.append(text((left + right) / 2, foot + 30, printable(name), size=10, anchor="middle", room=right - left + 120))
    y = top
    for each, told in zip(shown, broken, strict=True):
        high = ROW + 12 * (len(told) - 1)
        bold = each.estimate is None
        for row, line in enumerate(told):
            drawn.append(text(4 if bold else 12, y + 14 + 12 * row, line, size=10, bold=bold))
        if each.estimate is not None:
            drawn.append(text(label + counts - 4, y + 14, each.counted, size=10, anchor="end", ink=GREY))
        if each.estimate is not None and id(each.estimate) in numbers:
            middle = y + high / 2
            drawn += _line(each.estimate, x, middle, "ring" if each.is_post_hoc else "square")
            drawn.append(text(WIDE - 4, y + 14, numbers[id(each.estimate)], size=10, anchor="end", room=beside))
        y += high
    return framed(drawn, WIDE, foot + 48, alt)


def _broken(each: Compared, room: float) -> tuple[str, ...]:
    """The words of a line; a heading may run on over the columns beside it."""
    if each.estimate is None:
        return lines(printable(each.label), room + 200, 10, bold=True, most=2) or ("",)
    return lines(printable(each.label), room - 8, 10, most=2) or ("",)


@dataclass(frozen=True, slots=True)
class _Scale:
    """From a value to a place across; what lies outside stands at the edge. `unit` is what a tick of 1 stands for."""

    low: float
    high: float
    left: float
    right: float
    is_ratio: bool
    unit: float = 1.0

    def part(self, tick: float) -> float:
        """How far along the axis a tick lies, from 0 to 1; beyond these it lies outside."""
        if not self.is_ratio:
            return (tick - self.low) / (self.high - self.low)
        return (log(tick) - log(self.low)) / (log(self.high) - log(self.low)) if tick > 0 else float("-inf")

    def at(self, tick: float) -> float:
        """Where a tick stands."""
        return self.left + min(max(self.part(tick), 0.0), 1.0) * (self.right - self.left)


def _axis(known: Sequence[Estimate], left: float, right: float, ratio: bool) -> tuple[tuple[float, ...], _Scale]:
    values = [end for each in known for end in (each.value, each.lower, each.upper) if end is not None and isfinite(end)]
    if ratio:
        inside = [min(max(each, NARROWEST), WIDEST) for each in values if each > 0]
        low = max(each for each in RATIO_TICKS if each <= min([*inside, 0.9]))
        high = min(each for each in RATIO_TICKS if each >= max([*inside, 1.12]))
        ticks = [each for each in RATIO_TICKS if low <= each <= high]
        if len(ticks) > 8:
            ticks = [each for each in ticks if each in (0.1, 1, 10, low, high)]
        return tuple(ticks), _Scale(low, high, left, right, True)
    units = {each.unit for each in known}
    unit = 365.25 / 12 if units == {"days"} else 0.01 if units == {"share"} else 1.0
    steps = round_steps(min([*values, 0.0]) / unit, max([*values, 0.0]) / unit)
    return steps, _Scale(steps[0], steps[-1], left, right, False, unit)


def _line(each: Estimate, x: _Scale, y: float, kind: str) -> list[str]:
    drawn = []
    ends = [None if end is None or not isfinite(end) else end / x.unit for end in (each.lower, each.upper)]
    if each.lower is not None or each.upper is not None:
        start = x.at(ends[0]) if ends[0] is not None else x.left
        end = x.at(ends[1]) if ends[1] is not None else x.right
        drawn.append(path([(start, y), (end, y)], wide=1.2))
        for limit, at, way in ((ends[0], start, 4), (ends[1], end, -4)):
            if limit is None or not -1e-9 <= x.part(limit) <= 1 + 1e-9:
                drawn.append(path([(at + way, y - 3.5), (at, y), (at + way, y + 3.5)], wide=1.2))
            else:
                drawn.append(path([(at, y - 3), (at, y + 3)], wide=1.2))
    drawn.append(mark(kind, x.at(each.value / x.unit), y, 4))
    return drawn
