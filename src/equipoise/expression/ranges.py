"""Numbers, dates and statements as columns (Polars), known as far as they are: a value is a column, or its two ends are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, Self

import numpy as np
import numpy.typing as npt
import polars as pl

from ..calendar import Span, When
from .explain import FINITE, SAME
from .tree import Constant, Kind, Type


@dataclass(frozen=True)
class Range:
    """The two ends of a number or a date; `exact` where they cannot differ."""

    low: pl.Expr
    high: pl.Expr
    exact: bool = False

    @classmethod
    def at(cls, value: pl.Expr) -> Self:
        return cls(value, value, True)


Ranged = Range | pl.Expr


def ends_of(value: Ranged) -> tuple[pl.Expr, ...]:
    """The columns that a value is kept in: one, or two where its ends may differ."""
    return (value,) if isinstance(value, pl.Expr) else (value.low,) if value.exact else (value.low, value.high)


def as_ranged(type: Type, low: pl.Expr, *high: pl.Expr) -> Ranged:
    """A value from the columns that it is kept in."""
    if type.kind not in (Kind.NUMBER, Kind.DATE):
        return low
    return Range(low, high[0]) if high else Range.at(low)


def constant(tree: Constant) -> Ranged:
    match tree.value:
        case bool():
            return pl.lit(tree.value)
        case str():
            return pl.lit(tree.value, pl.String)
        case When():
            if tree.value.is_exact:
                return Range.at(pl.lit(tree.value.first, pl.Date))
            return Range(pl.lit(tree.value.first, pl.Date), pl.lit(tree.value.last, pl.Date))
        case Span():
            return Range.at(pl.lit(tree.value.about_days))
        case _:
            return Range.at(pl.lit(float(tree.value)))


def only_where(value: Ranged, sure: pl.Expr) -> Ranged:
    """A value where the row is surely meant."""
    if isinstance(value, pl.Expr):
        return pl.when(sure).then(value)
    return changed(value, lambda end: pl.when(sure).then(end))


def changed(of: Range, change: Callable[[pl.Expr], pl.Expr]) -> Range:
    """A range whose ends are both changed alike, the order of the two kept."""
    return Range.at(change(of.low)) if of.exact else Range(change(of.low), change(of.high))


def ranked(code: pl.Expr, options: tuple[str, ...]) -> pl.Expr:
    ranks = [float(rank) for rank in range(len(options))]
    return code.replace_strict(list(options), ranks, default=None, return_dtype=pl.Float64)


def at_most(left: pl.Expr, right: pl.Expr) -> pl.Expr:
    return (left <= right) | (left - right <= right.abs().clip(upper_bound=FINITE) * SAME)


def compared(op: str, left: Range, right: Range, at_most: Callable[[pl.Expr, pl.Expr], pl.Expr]) -> pl.Expr:
    match op:
        case ">=":
            return compared("<=", right, left, at_most)
        case "<":
            return ~compared("<=", right, left, at_most)
        case ">":
            return ~compared("<=", left, right, at_most)
        case "!=":
            return ~compared("==", left, right, at_most)
        case "<=":
            sure = at_most(left.high, right.low)
            if left.exact and right.exact:
                return sure
            return _settled(sure, ~at_most(left.low, right.high))
        case _:
            sure = at_most(left.high, right.low) & at_most(right.high, left.low)
            if left.exact and right.exact:
                return sure
            return _settled(sure, ~(at_most(left.low, right.high) & at_most(right.low, left.high)))


def _settled(met: pl.Expr, not_met: pl.Expr) -> pl.Expr:
    return pl.when(met).then(True).when(not_met).then(False).otherwise(None)


def against(op: str, left: Range, bound: float) -> pl.Expr:
    """A comparison with a number that is the same for all: its tolerance is worked out once."""
    over, under = bound + SAME * abs(bound), bound - SAME * abs(bound)
    match op:
        case ">" | "<":
            return ~against({">": "<=", "<": ">="}[op], left, bound)
        case "!=":
            return ~against("==", left, bound)
        case "<=":
            sure, never = left.high <= over, left.low > over
        case ">=":
            sure, never = left.low >= under, left.high < under
        case _:
            sure, never = (left.high <= over) & (left.low >= under), (left.low > over) | (left.high < under)
    return sure if left.exact else _settled(sure, never)


def arithmetic(op: Literal["+", "-", "*", "/"], left: Range, right: Range) -> Range:
    if op in "+-":
        if op == "+":
            ends = (left.low + right.low, left.high + right.high)
        else:
            ends = (left.low - right.high, left.high - right.low)
        if left.exact and right.exact:
            return Range.at(ends[0])
        lost = ends[0].is_nan() | ends[1].is_nan()
        return Range(pl.when(~lost).then(ends[0]), pl.when(~lost).then(ends[1]))
    times: Callable[[pl.Expr, pl.Expr], pl.Expr] = (lambda a, b: a * b) if op == "*" else (lambda a, b: a / b)
    sane = pl.lit(True) if op == "*" else (right.low > 0) | (right.high < 0)
    if left.exact and right.exact:
        found = times(left.low, right.low)
        return Range.at(found if op == "*" else pl.when(sane).then(found))
    all_ends = [times(a, b) for a in (left.low, left.high) for b in (right.low, right.high)]
    sane = sane & ~pl.any_horizontal(*(end.is_nan() | end.is_null() for end in all_ends))
    low, high = pl.min_horizontal(*all_ends), pl.max_horizontal(*all_ends)
    return Range(pl.when(sane).then(low), pl.when(sane).then(high))


def later(day: pl.Expr, span: Span, sign: int) -> pl.Expr:
    moved = day.dt.offset_by(f"{sign * span.months}mo") if span.months else day
    moved = moved + pl.duration(days=sign * span.days) if span.days else moved
    return moved.clip(date.min, date.max)


def length(name: str, start: pl.Expr, end: pl.Expr) -> pl.Expr:
    if name in ("days", "weeks"):
        return (end - start).dt.total_days().cast(pl.Float64) / (7.0 if name == "weeks" else 1.0)
    known = pl.when(start.is_not_null() & end.is_not_null())
    months = known.then(pl.map_batches([start, end], _months_between, return_dtype=pl.Float64))
    return months / 12 if name == "years" else months


Days = npt.NDArray[np.datetime64]


def _months_between(ends: Sequence[pl.Series]) -> pl.Series:
    """`calendar.months_between`, for many pairs of days."""
    start, end = (each.to_numpy().astype("datetime64[D]") for each in ends)
    early, late = np.minimum(start, end), np.maximum(start, end)
    whole = late.astype("datetime64[M]") - early.astype("datetime64[M]")
    whole = whole - (_months_later(early, whole) > late)
    here, there = _months_later(early, whole), _months_later(early, whole + 1)
    part = (late - here).astype(np.int64) / np.maximum((there - here).astype(np.int64), 1)
    return pl.Series((whole.astype(np.int64) + part) * np.where(end < start, -1.0, 1.0))


def _months_later(day: Days, count: npt.NDArray[np.timedelta64]) -> Days:
    """The day so many months later, the last day of a shorter month taken."""
    month = day.astype("datetime64[M]")
    to = month + count
    first, following = to.astype("datetime64[D]"), (to + 1).astype("datetime64[D]")
    moved: Days = first + np.minimum(day - month.astype("datetime64[D]"), following - first - np.timedelta64(1, "D"))
    return moved
