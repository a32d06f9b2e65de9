"""A table as text: rows and cells, each with its place, and every row that is not CSV kept beside its reason."""

import csv
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple, Self

from .finding import Place

LONGEST, OPEN = 100_000, 100
"""Bounds on a line of a table, in bytes, and on the lines that one row may span: far above what a person writes."""

SPOILT = re.compile("[\0\udc80-\udcff]")  # a NUL, or a byte that is not UTF-8
ONLY_TABLES = "tables are CSV, workbooks (.xlsx, .xls, .ods) or Parquet, each with the ending of its kind"
NOT_TEXT = {b"PK\x03\x04": "a workbook or an archive", b"PAR1": "Parquet", b"\x1f\x8b": "compressed"}
_SAYS = (  # what the csv module calls it, and what a person can do about it
    ("field larger", "a cell of more than 100,000 characters"),
    ("expected after", "text goes on after a closing quote: write a quote inside quotes twice"),
    ("unexpected end", "a quote opened on this line is never closed"),
    ("new-line character", "a carriage return alone inside a row: save the file with ordinary line ends"),
)


class _Line(NamedTuple):
    number: int
    text: str
    fault: str = ""
    is_spoilt: bool = False


class _Fault(Exception):
    """A line that cannot be part of a row."""


class Lines:
    """The lines of a file for the csv reader, which keeps those of the row under way, so that it can go back."""

    def __init__(self, stream: BinaryIO, number: int = 0) -> None:
        self.stream, self.number = stream, number
        self.waiting: deque[_Line] = deque()
        self.taken: list[_Line] = []

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        line = self.waiting.popleft() if self.waiting else self._read()
        if line is None:
            raise StopIteration
        self.taken.append(line)
        if line.fault or len(self.taken) > OPEN:
            raise _Fault
        return line.text

    def first(self) -> _Line | None:
        """The first line that is not blank; it stays to be read."""
        while (line := self._read()) is not None:
            if line.text.strip() or line.fault:
                self.waiting.append(line)
                return line
        return None

    def back(self) -> _Line:
        """Go back to the second line of the row under way; the first is the one that could not be read."""
        first, *rest = self.taken
        self.waiting.extendleft(reversed(rest))
        self.taken.clear()
        return first

    def _read(self) -> _Line | None:
        raw = self.stream.readline(LONGEST + 1)
        if not raw:
            return None
        self.number += 1
        raw = raw.removeprefix(b"\xef\xbb\xbf") if self.number == 1 else raw
        if len(raw) > LONGEST:
            size, rest = len(raw), raw
            while rest and not rest.endswith(b"\n"):
                rest = self.stream.readline(LONGEST)
                size += len(rest)
            fault = f"a line of {size:,} bytes: {LONGEST:,} is the most"
            return _Line(self.number, raw[:2000].decode("utf-8", "replace"), fault)
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            return _Line(self.number, raw.decode("utf-8", "surrogateescape"), is_spoilt=True)
        return _Line(self.number, text, is_spoilt="\0" in text)


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it stands in its file: its first line, its text and its cells; or why it has none."""

    line: int
    text: str
    cells: tuple[str, ...] = ()
    fault: str = ""
    is_spoilt: bool = False


def rows(lines: Lines, separator: str) -> Iterator[Row]:
    """The rows of a file. Where one cannot be read, its first line is given up and the next begins a new row."""
    while True:
        try:
            for cells in csv.reader(lines, delimiter=separator, strict=True):
                taken = lines.taken
                text = taken[0].text if len(taken) == 1 else "".join(line.text for line in taken)
                yield Row(taken[0].number, text, tuple(cells), is_spoilt=any(line.is_spoilt for line in taken))
                taken.clear()
            return
        except (csv.Error, _Fault) as why:
            first = lines.back()
            says = next((says for part, says in _SAYS if part in str(why)), f"this is not CSV: {why}")
            if isinstance(why, _Fault):
                says = first.fault or f"a quote opened on this line is not closed within {OPEN} lines"
            yield Row(first.number, clean(first.text), fault=says)


def clean(text: str) -> str:
    return SPOILT.sub("\ufffd", text)


def printed(text: str) -> str:
    """A text on one line, without the signs that cannot be seen: a cell may hold anything, a terminal's orders too."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else " " if each in "\t\r\n" else "\ufffd" for each in text)


def separator_of(header: str) -> str:
    """What stands between the cells: comma, semicolon or tab, whichever the header has most of outside quotes."""
    bare = re.sub(r'"[^"]*"', "", header)
    return max((",", ";", "\t"), key=bare.count)


def cell_place(row: Row, index: int, separator: str, file: str) -> tuple[Place, str]:
    """Where a cell stands, and the line that holds it."""
    one, at = re.compile(rf'"(?:[^"]|"")*"|[^{separator}]*'), 0
    found = one.match(row.text)
    for _ in range(index):
        at = found.end() + 1 if found is not None else at
        found = one.match(row.text, min(at, len(row.text)))
    begins = row.text.rfind("\n", 0, at) + 1
    line = row.text[begins:].split("\n", 1)[0].rstrip("\r")
    quoted = row.text[at : at + 1] == '"'
    width = (found.end() - at if found is not None else 1) - 2 * quoted
    place = Place(file, row.line + row.text.count("\n", 0, at), at - begins + 1 + quoted, max(1, min(width, len(line))))
    return place, clean(line)
