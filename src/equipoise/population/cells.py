"""How the cells of a table are read: as Polars expressions and as SQL, by one set of rules.

What is blank was not answered. What cannot be read is unclear, and never an answer: a word where a number belongs, a code
that the study does not know, a unit that cannot be converted. A row without a day that can be read may lie on any day up to
the last; a row dated later than that is left aside.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

import polars as pl

from ..expression.dialect import Dialect
from ..expression.tree import Fact, Form, Kind
from ..finding import Unreadable
from ..quantity import NotConvertible, conversion

LONG_AGO = date(1900, 1, 1)
NUMBER = r"^[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?$"
WHOLE = r"^-?[0-9]{1,18}$"
DAY = r"^[12][0-9]{3}(-[0-9]{2}(-[0-9]{2}([T ][0-9:.Z+-]*)?)?)?$"
YES, NO = ("true", "yes", "y", "1"), ("false", "no", "n", "0")
LARGEST = "1.7976931348623157E308"
BLANKS = " \t\r\n"

NO_DAY = "a participant's 'until' is not a day: '{}'"
NO_END = "a participant has no day up to which facts are known: fill 'until', or give --on"

Sort = Literal["number", "truth", "date", "text", "texts", "other"]
"""What a column holds; `other` is what no fact is read from, so that any answer there is unclear."""
Units = Mapping[str, tuple[float, float]]
"""How numbers in each unit become numbers in the fact's own: a factor and what is added. A unit not here is unclear."""


def sort(kind: pl.DataType) -> Sort:
    """What a column of a table holds."""
    if kind.is_numeric():
        return "number"
    if kind == pl.Boolean:
        return "truth"
    if kind == pl.Date or isinstance(kind, pl.Datetime):
        return "date"
    if kind in (pl.String, pl.Categorical, pl.Enum, pl.Null):
        return "text"
    return "texts" if kind == pl.List(pl.String) else "other"


def units(fact: Fact, written: Iterable[str | None]) -> Units:
    """How to bring numbers in each unit that is written to the fact's own."""
    found = {}
    for unit in written:
        if unit is None or unit == fact.type.unit:
            continue
        try:
            found[unit] = conversion(unit, fact.type.unit, fact.molar_mass)
        except (NotConvertible, Unreadable):
            continue
    return found


@dataclass(frozen=True, slots=True)
class Rowed:
    """A table whose rows fill a form: what its columns are called and what each holds.

    `stands` and `named` are what goes before a fact's name in the table that is read, and in what comes of it.
    """

    form: Form
    sorts: Mapping[str, Sort]
    stands: str = ""
    named: str = ""

    def has(self, name: str) -> bool:
        return self.stands + name in self.sorts

    def facts(self, wanted: Iterable[str]) -> list[Fact]:
        return [self.form.facts[name] for name in sorted(wanted) if name in self.form.facts and self.has(name)]

    def beside(self, fact: Fact) -> list[str]:
        """What stands beside a fact: its unit, the laboratory's range, the most that it may be, and whether it is unclear."""
        return [part for part in ("unit", "uln", "lln", "most", "unclear") if self.has(f"{fact.name}.{part}")]

    def columns(self, wanted: Iterable[str]) -> list[str]:
        """Which columns of the table have to be opened."""
        names = [each for fact in self.facts(wanted) for each in (fact.name, *(f"{fact.name}.{p}" for p in self.beside(fact)))]
        return [self.stands + each for each in [*names, *(["on"] if self.has("on") else [])]]

    def sort(self, name: str) -> Sort:
        return self.sorts[self.stands + name]


# --- Polars ----------------------------------------------------------------------------------------------------------


def identity(cell: pl.Expr, held: pl.DataType, wanted: pl.DataType) -> pl.Expr:
    """Who a row is about, in the kind in which the participants are called: nobody where a number is not a whole one."""
    if held == wanted:
        return cell
    if not wanted.is_integer():
        return cell.cast(wanted, strict=False)
    if held.is_numeric():
        return pl.when(cell == cell.cast(pl.Float64).floor()).then(cell).cast(wanted, strict=False)
    said = cell.cast(pl.String)
    return pl.when(said.str.contains(WHOLE)).then(said).cast(wanted, strict=False)


def cells(rows: Rowed, wanted: Iterable[str], written: Callable[[str], Units], *, unclear: bool = True) -> list[pl.Expr]:
    """The facts of a form's rows, each in its kind and unit.

    Args:
        rows: The table.
        wanted: Which facts.
        written: How to bring a fact's numbers to its unit, by the fact's name.
        unclear: Whether to say of each fact that it was answered in a way that cannot be read.
    """
    made: list[pl.Expr] = []
    for fact in rows.facts(wanted):
        cell, kind = pl.col(rows.stands + fact.name), rows.sort(fact.name)
        name, more = rows.named + fact.name, []
        match fact.type.kind:
            case Kind.NUMBER:
                bring = _bringing(rows, fact, written)
                value = bring(_number(cell, kind))
                ends = [end for end in rows.beside(fact) if end in ("uln", "lln", "most")]
                more = [
                    bring(_number(pl.col(f"{rows.stands}{fact.name}.{end}"), rows.sort(f"{fact.name}.{end}"))).alias(
                        f"{name}.{end}"
                    )
                    for end in ends
                ]
            case Kind.TRUTH:
                value = _truth(cell, kind)
            case Kind.DATE:
                value, last = days(cell, kind)
                more = [last.alias(f"{name}.last")]
            case Kind.CHOICE:
                value = _choice(cell, kind, fact.type.options)
            case Kind.SET:
                value = cell if kind == "texts" else pl.lit(None, pl.List(pl.String))
            case _:
                value = text(cell) if kind == "text" else pl.lit(None, pl.String)
        given = text(cell).is_not_null() if kind == "text" else cell.is_not_null()
        doubt = given & value.is_null()
        if "unclear" in rows.beside(fact):
            said = pl.col(f"{rows.stands}{fact.name}.unclear").cast(pl.Boolean).fill_null(False)
            value, doubt = pl.when(~said).then(value), doubt | said
        made += [value.alias(name), *([doubt.alias(f"{name}.unclear")] if unclear else []), *more]
    return made


def row_days(rows: Rowed, until: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """The first and last day that a row may be of; the last is `until` where nothing is said."""
    first, last = days(pl.col(f"{rows.stands}on"), rows.sort("on")) if rows.has("on") else (pl.lit(None, pl.Date),) * 2
    return first.fill_null(LONG_AGO), last.fill_null(until)


def text(cell: pl.Expr) -> pl.Expr:
    """What a cell says; nothing where it is blank."""
    said = cell.cast(pl.String).str.strip_chars(BLANKS)
    return pl.when(said != "").then(said)


def _number(cell: pl.Expr, kind: Sort) -> pl.Expr:
    if kind == "number":
        value = cell.cast(pl.Float64)
    elif kind == "text":
        said = text(cell)
        value = pl.when(said.str.contains(NUMBER)).then(said).cast(pl.Float64, strict=False)
    else:
        return pl.lit(None, pl.Float64)
    return pl.when(value.is_finite()).then(value)


def _truth(cell: pl.Expr, kind: Sort) -> pl.Expr:
    match kind:
        case "truth":
            return cell
        case "number":
            return pl.when(cell == 1).then(True).when(cell == 0).then(False)
        case "text":
            said = text(cell).str.to_lowercase()
            return pl.when(said.is_in(list(YES))).then(True).when(said.is_in(list(NO))).then(False)
        case _:
            return pl.lit(None, pl.Boolean)


def _choice(cell: pl.Expr, kind: Sort, options: tuple[str, ...]) -> pl.Expr:
    if kind == "text":
        said = text(cell)
        return pl.when(said.is_in(list(options))).then(said)
    if kind == "number":
        found: pl.Expr = pl.lit(None, pl.String)
        for option in (each for each in options if each.isdecimal() and each.isascii()):
            found = pl.when(cell == float(option)).then(pl.lit(option)).otherwise(found)
        return found
    return pl.lit(None, pl.String)


def days(cell: pl.Expr, kind: Sort) -> tuple[pl.Expr, pl.Expr]:
    """The first and last day that a date may be: `2024`, `2024-03` and `2024-03-05` are all dates."""
    if kind == "date":
        return cell.cast(pl.Date), cell.cast(pl.Date)
    if kind != "text":
        return pl.lit(None, pl.Date), pl.lit(None, pl.Date)
    said = text(cell)
    day = pl.when(said.str.contains(DAY)).then(said).str.head(10)
    size = day.str.len_chars()
    whole = pl.when(size == 4).then(day + "-01-01").when(size == 7).then(day + "-01").otherwise(day)
    first = whole.str.to_date("%Y-%m-%d", strict=False)
    last = pl.when(size == 4).then(first.dt.offset_by("1y").dt.offset_by("-1d"))
    return first, last.when(size == 7).then(first.dt.month_end()).otherwise(first)


def _bringing(rows: Rowed, fact: Fact, written: Callable[[str], Units]) -> Callable[[pl.Expr], pl.Expr]:
    """How a number of a row is brought to its fact's unit by the unit of its own row; null where that cannot be."""
    if "unit" not in rows.beside(fact):
        return lambda value: value
    own = text(pl.col(f"{rows.stands}{fact.name}.unit"))

    def brought(value: pl.Expr) -> pl.Expr:
        found: pl.Expr = pl.when(own.is_null() | (own == fact.type.unit)).then(value)
        for unit, (factor, shift) in written(fact.name).items():
            found = pl.when(own == unit).then(value * factor + shift).otherwise(found)
        return found

    return brought


# --- SQL -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reading:
    """The same in SQL, of texts as they are `told`: once for each, since a database plans for long what is long."""

    words: Dialect

    def cells(self, rows: Rowed, wanted: Iterable[str], written: Callable[[str], Units]) -> dict[str, str]:
        """The facts of a form's rows, each in its kind and unit, by the names of their columns."""
        made: dict[str, str] = {}
        for fact in rows.facts(wanted):
            cell, kind = self.words.name(rows.stands + fact.name), rows.sort(fact.name)
            name, more = rows.named + fact.name, {}
            match fact.type.kind:
                case Kind.NUMBER:
                    bring = self.bringing(rows, fact, written)
                    value = bring(self.number(cell, kind))
                    for end in (each for each in rows.beside(fact) if each in ("uln", "lln", "most")):
                        limit = self.words.name(f"{rows.stands}{fact.name}.{end}")
                        more[f"{name}.{end}"] = bring(self.number(limit, rows.sort(f"{fact.name}.{end}")))
                case Kind.TRUTH:
                    value = self.truth(cell, kind)
                case Kind.DATE:
                    value, last = self.days(cell, kind)
                    more[f"{name}.last"] = last
                case Kind.CHOICE:
                    value = self.choice(cell, kind, fact.type.options)
                case Kind.SET:
                    value = cell if kind == "texts" else f"CAST(NULL AS {self.words.texts})"
                case _:
                    value = cell if kind == "text" else f"CAST(NULL AS {self.words.text})"
            given = f"{cell} IS NOT NULL"
            unclear = f"({given} AND {value} IS NULL)"
            if "unclear" in rows.beside(fact):
                said = f"coalesce(CAST({self.words.name(f'{rows.stands}{fact.name}.unclear')} AS BOOLEAN), FALSE)"
                value, unclear = f"CASE WHEN NOT {said} THEN {value} END", f"({unclear} OR {said})"
            made |= {name: value, f"{name}.unclear": unclear, **more}
        return made

    def row_days(self, rows: Rowed, until: str) -> tuple[str, str]:
        nothing = "CAST(NULL AS DATE)"
        first, last = self.days(self.words.name(f"{rows.stands}on"), rows.sort("on")) if rows.has("on") else (nothing, nothing)
        return f"coalesce({first}, DATE '{LONG_AGO}')", f"coalesce({last}, {until})"

    def identity(self, cell: str, held: Sort, *, by_text: bool) -> str:
        if by_text:
            return f"CAST({cell} AS {self.words.text})"
        is_whole = f"{cell} = floor(CAST({cell} AS DOUBLE))" if held == "number" else self.words.matches(cell, WHOLE)
        return f"CASE WHEN {is_whole} THEN TRY_CAST({cell} AS BIGINT) END"

    def told(self, cell: str) -> str:
        """What a text says; nothing where it is blank."""
        return f"nullif({self.words.trimmed(cell)}, '')"

    def number(self, cell: str, kind: Sort) -> str:
        if kind == "number":
            value = f"CAST({cell} AS DOUBLE)"
        elif kind == "text":
            value = f"CASE WHEN {self.words.matches(cell, NUMBER)} THEN TRY_CAST({cell} AS DOUBLE) END"
        else:
            return "CAST(NULL AS DOUBLE)"
        return f"CASE WHEN abs({value}) <= CAST('{LARGEST}' AS DOUBLE) THEN {value} END"

    def truth(self, cell: str, kind: Sort) -> str:
        if kind == "truth":
            return cell
        if kind == "number":
            return f"CASE WHEN {cell} = 1 THEN TRUE WHEN {cell} = 0 THEN FALSE END"
        if kind == "text":
            text = f"lower({cell})"
            yes, no = (", ".join(map(self.words.literal, each)) for each in (YES, NO))
            return f"CASE WHEN {text} IN ({yes}) THEN TRUE WHEN {text} IN ({no}) THEN FALSE END"
        return "CAST(NULL AS BOOLEAN)"

    def choice(self, cell: str, kind: Sort, options: tuple[str, ...]) -> str:
        if kind == "text":
            codes = ", ".join(map(self.words.literal, options))
            return f"CASE WHEN {cell} IN ({codes}) THEN {cell} END"
        digits = [each for each in options if each.isdecimal() and each.isascii()]
        if kind == "number" and digits:
            return (
                "CASE "
                + " ".join(f"WHEN {cell} = {each} THEN {self.words.literal(each)}" for each in reversed(digits))
                + " END"
            )
        return f"CAST(NULL AS {self.words.text})"

    def days(self, cell: str, kind: Sort) -> tuple[str, str]:
        if kind == "date":
            return f"CAST({cell} AS DATE)", f"CAST({cell} AS DATE)"
        if kind != "text":
            return "CAST(NULL AS DATE)", "CAST(NULL AS DATE)"
        day = f"CASE WHEN {self.words.matches(cell, DAY)} THEN left({cell}, 10) END"
        whole = f"CASE length({day}) WHEN 4 THEN concat({day}, '-01-01') WHEN 7 THEN concat({day}, '-01') ELSE {day} END"
        first = f"TRY_CAST({whole} AS DATE)"
        year, month = (self.words.days_later.format(self.words.months_later.format(first, count), -1) for count in (12, 1))
        return first, f"CASE length({day}) WHEN 4 THEN {year} WHEN 7 THEN {month} ELSE {first} END"

    def bringing(self, rows: Rowed, fact: Fact, written: Callable[[str], Units]) -> Callable[[str], str]:
        if "unit" not in rows.beside(fact):
            return lambda value: value
        own, literal = self.words.name(f"{rows.stands}{fact.name}.unit"), self.words.literal

        def brought(value: str) -> str:
            known = "".join(
                f"WHEN {own} = {literal(unit)} THEN {value} * CAST('{factor!r}' AS DOUBLE) + CAST('{shift!r}' AS DOUBLE) "
                for unit, (factor, shift) in written(fact.name).items()
            )
            return f"CASE {known}WHEN {own} IS NULL OR {own} = {literal(fact.type.unit)} THEN {value} END"

        return brought
