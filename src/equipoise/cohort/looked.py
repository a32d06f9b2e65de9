"""What the tables of a cohort look like: headings, units, how dates and numbers are written, which answers there are."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Any

import yaml

from ..calendar import Times
from ..finding import Unreadable
from ..quantity import scale
from .cells import day_told
from .files import BOOKS, TEXTS, Sheet, Unusable, opened, sheets

LOOKED_AT = 20_000
"""Rows that are looked at in each table."""


@cache
def headings() -> Mapping[str, Any]:
    """What hospitals call things and how they write answers, as `headings.yaml` has it."""
    text = files(__package__).joinpath("headings.yaml").read_text(encoding="utf-8")
    told: Mapping[str, Any] = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - ours, and every word stays a text
    return told


def words(text: str) -> tuple[str, ...]:
    """The words of a heading, without case, accents, signs and units in brackets.

    >>> words("Età (anni)"), words("CA19-9 [U/mL]"), words("dateOfSurgery")
    (('eta',), ('ca19', '9'), ('date', 'of', 'surgery'))
    """
    bare = re.sub(r"[(\[][^)\]]*[)\]]", " ", text)
    bare = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", bare)
    plain = "".join(each for each in unicodedata.normalize("NFKD", bare) if not unicodedata.combining(each)).casefold()
    return tuple(re.findall(r"[^\W_]+", plain)) or tuple(re.findall(r"[^\W_]+", text.casefold()))


# --- what columns look like ------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Column:
    """A column as its heading and its cells look: how many say something, what, and what that could be."""

    name: str
    at: int
    filled: int = 0
    texts: Counter[str] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)
    numbers: int = 0
    commas: int = 0
    points: int = 0
    days: Counter[str] = field(default_factory=Counter)
    full_days: int = 0
    serials: int = 0

    @property
    def unit(self) -> str:
        """The unit that the heading says."""
        parts = re.findall(r"[(\[]([^)\]]+)[)\]]", self.name) + re.findall(
            r"[_\s,]([A-Za-zµμ%]+(?:[/_][A-Za-z]+)?)$", self.name
        )
        for part in parts:
            for spelt in (part.strip(), part.strip().replace("_", "/"), {"anni": "years", "ans": "years", "jahre": "years"}.get(
                part.strip().casefold(), "")):  # fmt: skip
                if spelt and len(spelt) < 20 and _is_unit(spelt):
                    return spelt
        return ""

    @property
    def is_dates(self) -> bool:
        """Whether its cells are dates, most of them."""
        told = max(self.days.values(), default=0)
        heads = bool({*words(self.name)} & {*words_of("date")})
        serial = heads and self.serials + told >= 0.6 * self.filled
        return bool(self.filled) and (serial or told >= 0.6 * self.filled and (self.full_days > 0 or heads))

    @property
    def is_counted(self) -> bool:
        """Whether its cells could be days as Excel counts them."""
        return bool(self.filled) and self.serials == self.filled

    @property
    def is_numbers(self) -> bool:
        """Whether its cells are numbers, most of them."""
        return bool(self.filled) and self.numbers >= 0.7 * self.filled


def _is_unit(text: str) -> bool:
    try:
        scale(text)
    except Unreadable:
        return False
    return bool(re.search(r"[A-Za-z%]", text)) and text not in ("a", "d", "h", "s", "m")


def words_of(kind: str) -> set[str]:
    """The single words by which a kind of column is known, as `date` or `unit`."""
    return {one for each in headings()[kind] for one in words(str(each)) if len(each) > 1}


_NUMBER = re.compile(r"[<>]?\s*[-+]?\d+(?:[.,]\d+)*(?:\s*\D{0,12})?")


def _looked_at(name: str, at: int, cells: Iterable[str]) -> Column:
    column = Column(name, at)
    absent = {"".join(words(each)) for each in headings()["missing"]}
    for cell in cells:
        text = cell.strip()
        if not text:
            continue
        if "".join(words(text)) in absent or text in ("-", "--", ".", "?", "??", "/"):
            column.missing[text] += 1
            continue
        column.filled += 1
        if len(column.texts) < 5_000:
            column.texts[text] += 1
        if _NUMBER.fullmatch(text):
            column.numbers += 1
            column.commas += bool(re.search(r"\d,\d{1,2}(?!\d)|\d,\d{3}\d", text)) or bool(re.search(r"\.\d{3},", text))
            column.points += bool(re.search(r"\d\.\d{1,2}(?!\d|\.)|\d\.\d{4}", text))
        if re.fullmatch(r"[1-7]\d{4}(\.\d+)?", text):
            column.serials += 1
        for order in ("year_month_day", "day_month_year", "month_day_year"):
            try:
                when = day_told(text, (order,) if order != "year_month_day" else ("year_month_day",))
            except Unreadable:
                continue
            column.days[order] += 1
            column.full_days += when.is_exact
    return column


# --- a table ---------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Looked:
    """A table that was looked at."""

    file: str
    sheet: str
    header: Times | None
    encoding: str
    columns: tuple[Column, ...]
    rows: int
    ids: frozenset[str] = frozenset()


def looked_at(path: Path, name: str) -> Iterator[Looked | tuple[str, str]]:
    """Each table of a file; or its name and why it holds none."""
    try:
        names = sheets(path) if path.suffix.lower() in BOOKS else ("",)
    except (Unusable, OSError) as why:
        yield name, str(why)
        return
    for sheet in names:
        try:
            yield _looked(path, name, sheet if len(names) > 1 else "", sheet)
        except (Unusable, OSError, UnicodeDecodeError) as why:
            yield f"{name}[{sheet}]" if sheet else name, str(why)


def _looked(path: Path, name: str, sheet: str, own: str) -> Looked:
    encoding = _encoding(path) if path.suffix.lower() in TEXTS else ""
    header = _header(path, name, own, encoding)
    with opened(path, file=name, sheet=own, header=header, encoding=encoding or None) as table:
        told = [
            each.cells for each in islice(table.rows, LOOKED_AT) if len(each.cells) == len(table.columns) and any(each.cells)
        ]
        return Looked(name, sheet, header, encoding, tuple(_columns(table, told)), len(told))


def _columns(table: Sheet, told: Sequence[Sequence[str]]) -> Iterator[Column]:
    for at, name in enumerate(table.columns):
        yield _looked_at(name, at, (row[at] for row in told))


def _encoding(path: Path) -> str:
    """How a text is written: UTF-8 if it is, else what Western Europe's programs write."""
    with path.open("rb") as opened_:
        head = opened_.read(2_000_000)
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return ""
    try:
        head[: head.rfind(b"\n") + 1 or len(head)].decode("utf-8")
        return ""
    except UnicodeDecodeError:
        return "cp1252"


def _header(path: Path, name: str, sheet: str, encoding: str) -> Times | None:
    """The lines of the headings, where they are not the first: titles above them, headings above headings."""
    if path.suffix.lower() == ".parquet":
        return None
    with opened(path, file=name, sheet=sheet, header=Times(1, 1), encoding=encoding or None) as table:
        told = [(table.header.line, table.header.cells), *((each.line, each.cells) for each in islice(table.rows, 12))]
    wide = max((sum(map(bool, map(str.strip, cells))) for _, cells in told), default=0)
    for at, (line, cells) in enumerate(told):
        texts = [each.strip() for each in cells if each.strip()]
        if len(texts) < max(2, 0.5 * wide) or not all(_is_heading(each) for each in texts):
            continue
        below = told[at + 1][1] if at + 1 < len(told) else ()
        under = [each.strip() for each in below if each.strip()]
        if under and len(texts) < len(under) and all(_is_heading(each) for each in under) and at + 2 < len(told):
            return Times(line, told[at + 1][0])
        above = [each.strip() for each in told[at - 1][1] if each.strip()] if at else []
        if above and 1 < len(above) < len(texts) and told[at - 1][0] == line - 1 and all(_is_heading(each) for each in above):
            return Times(line - 1, line)
        return Times(line, line) if line > 1 else None
    return None


def _is_heading(text: str) -> bool:
    return bool(re.search(r"[^\W\d_]", text)) and len(text) < 80 and not re.match(r"\d{1,4}[./-]", text)
