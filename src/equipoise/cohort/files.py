"""The rows of a table, whatever kind of file holds it: text in any encoding, a sheet of a workbook, Parquet."""

import csv
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from ..calendar import Times
from ..finding import Place
from ..table import NOT_TEXT, ONLY_TABLES, Lines, Row, cell_place, clean, rows, separator_of

TEXTS = (".csv", ".tsv", ".tab", ".txt")
BOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
PARQUETS = (".parquet",)
SUFFIXES = (*TEXTS, *BOOKS, *PARQUETS)
LARGEST_BOOK, UNPACKED = 200_000_000, 2_000_000_000
"""Bounds on a workbook and on what it unpacks to, in bytes: a sheet of a million rows has far less."""
AT_ONCE = 50_000
"""Rows of a Parquet file that are held at once."""


class Unusable(Exception):
    """A file that holds no table that can be read: a sentence, and the line that it is about."""

    def __init__(self, says: str, line: int = 0, text: str = "") -> None:
        super().__init__(says)
        self.says, self.line, self.text = says, line, text


@dataclass(slots=True)
class Sheet:
    """A table that was opened: its columns, and its rows as they come.

    `typed` says that cells may hold numbers and dates themselves, and not only what people wrote.
    """

    file: str
    sheet: str
    columns: tuple[str, ...]
    header: Row
    rows: Iterator[Row]
    separator: str = ""
    typed: bool = False

    @property
    def called(self) -> str:
        """What findings call it."""
        return f"{self.file}[{self.sheet}]" if self.sheet else self.file

    def place(self, row: Row, index: int) -> tuple[Place, str]:
        """Where a cell stands, and the line of text that holds it, if a line does."""
        if self.separator:
            return cell_place(row, index, self.separator, self.called)
        return Place(self.called, row.line, index + 1), ""


@contextmanager
def opened(
    given: bytes | Path, *, file: str, sheet: str = "", header: Times | None = None, encoding: str | None = None
) -> Iterator[Sheet]:
    """A table's rows, read one after the other.

    Args:
        given: The file, or what it holds.
        file: Its name, which says what kind it is.
        sheet: Of a workbook, the sheet.
        header: The lines of its headings; unsaid, the first that is not blank.
        encoding: Of a text.

    Raises:
        Unusable: It holds no table.
        OSError: It cannot be read.
    """
    suffix = PurePosixPath(file).suffix.lower()
    if suffix in BOOKS:
        yield _of_book(given, file, sheet, header)
        return
    if sheet:
        raise Unusable(f"only a workbook has sheets, and this is {suffix[1:].upper() or 'none'}")
    if suffix in PARQUETS:
        yield _of_parquet(given, file)
        return
    stream = BytesIO(given) if isinstance(given, bytes) else given.open("rb")
    with stream:
        head = stream.read(4)
        stream.seek(0)
        if kind := next((says for mark, says in NOT_TEXT.items() if head.startswith(mark)), ""):
            raise Unusable(f"this is {kind}, not text: {ONLY_TABLES}")
        if encoding is None and head[:2] in (b"\xff\xfe", b"\xfe\xff"):
            encoding = "utf-16"
        if encoding in (None, "utf-8"):
            yield _of_text(stream, file, header)
            return
        recoded = _Recoded(stream, str(encoding))
        try:
            yield _of_text(recoded, file, header)
        finally:
            recoded.text.detach()


# --- text ------------------------------------------------------------------------------------------------------------


class _Recoded:
    """A stream of text in another encoding, line by line as UTF-8; a byte that is no letter stays that byte."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        errors = "replace" if encoding == "utf-16" else "surrogateescape"
        self.text = TextIOWrapper(stream, encoding=encoding, errors=errors, newline="\n")

    def readline(self, most: int = -1) -> bytes:
        return self.text.readline(most).encode("utf-8", "surrogateescape")


def _of_text(source: Any, file: str, header: Times | None) -> Sheet:
    for _ in range(header.at_least - 1 if header is not None else 0):
        source.readline()
    lines = Lines(source, header.at_least - 1 if header is not None else 0)
    first = lines.first()
    if first is None:
        raise Unusable("the file is empty", 1)
    separator = separator_of(first.text)
    told = rows(lines, separator)
    tops = [next(told)]
    while header is not None and tops[-1].line < header.at_most and (below := next(told, None)) is not None:
        tops.append(below)
    for each in tops:
        if each.fault:
            raise Unusable(f"the header cannot be read, nor the table: {each.fault}", each.line, each.text)
    names = joined([each.cells for each in tops])
    return Sheet(file, "", names, tops[-1], told, separator)


# --- workbooks -------------------------------------------------------------------------------------------------------


def sheets(given: bytes | Path) -> tuple[str, ...]:
    """The names of a workbook's sheets.

    Raises:
        Unusable: It is none.
    """
    return tuple(_book(given).sheet_names)


def _book(given: bytes | Path) -> Any:
    import fastexcel

    data = given if isinstance(given, bytes) else given.read_bytes() if given.stat().st_size <= LARGEST_BOOK else b""
    if not data or len(data) > LARGEST_BOOK:
        raise Unusable(f"a workbook of more than {LARGEST_BOOK:,} bytes, or of none")
    try:
        if zipfile.is_zipfile(BytesIO(data)):
            with zipfile.ZipFile(BytesIO(data)) as archive:
                if sum(each.file_size for each in archive.infolist()) > UNPACKED:
                    raise Unusable(f"a workbook that unpacks to more than {UNPACKED:,} bytes")
        return fastexcel.read_excel(data)
    except (fastexcel.FastExcelError, zipfile.BadZipFile, ValueError) as why:
        raise Unusable(f"this is not a workbook that can be read: {str(why).splitlines()[0]}") from None


def _of_book(given: bytes | Path, file: str, sheet: str, header: Times | None) -> Sheet:
    import fastexcel

    book = _book(given)
    names = tuple(book.sheet_names)
    if sheet and sheet not in names:
        raise Unusable(f"it has no sheet '{sheet}'; its sheets are {', '.join(names[:20])}")
    try:
        loaded = book.load_sheet(sheet or 0, header_row=None, skip_rows=0, dtypes="string")
    except (fastexcel.FastExcelError, ValueError) as why:
        raise Unusable(f"the sheet cannot be read: {str(why).splitlines()[0]}") from None
    table = loaded.to_polars()
    told = (tuple(map(_cell, each)) for each in table.iter_rows())
    numbered = enumerate(told, start=1)
    tops: list[Row] = []
    for line, cells in numbered:
        if header is None and not any(cells) or header is not None and line < header.at_least:
            continue
        tops.append(Row(line, _as_text(cells), cells))
        if header is None or line >= header.at_most:
            break
    if not tops:
        raise Unusable("the sheet is empty", 1)
    wide = max(len(each.cells) for each in tops)
    columns = joined([each.cells for each in tops])
    found = (Row(line, "".join(cells).strip() and _as_text(cells), cells[:wide]) for line, cells in numbered)
    return Sheet(file, sheet, columns, tops[-1], found, typed=True)


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return text.removesuffix(" 00:00:00") if text.endswith("00:00:00") else text


def _as_text(cells: Sequence[str]) -> str:
    """Cells as a line of CSV: what stands in a table without lines, for people to read and to mend."""
    made = StringIO()
    csv.writer(made, lineterminator="").writerow(cells)
    return made.getvalue()


# --- Parquet ---------------------------------------------------------------------------------------------------------


def _of_parquet(given: bytes | Path, file: str) -> Sheet:
    import polars as pl

    source = BytesIO(given) if isinstance(given, bytes) else given
    try:
        scan = pl.scan_parquet(source)
        columns = tuple(scan.collect_schema().names())
        height = int(scan.select(pl.len()).collect().item())
    except (pl.exceptions.PolarsError, OSError) as why:
        raise Unusable(f"this is not a Parquet file that can be read: {str(why).splitlines()[0]}") from None

    def told() -> Iterator[Row]:
        for at in range(0, height, AT_ONCE):
            for line, values in enumerate(scan.slice(at, AT_ONCE).collect().iter_rows(), start=at + 1):
                cells = tuple(map(_plain, values))
                yield Row(line, _as_text(cells) if any(cells) else "", cells)

    names = tuple(clean(each).strip() for each in columns)
    return Sheet(file, "", names, Row(0, _as_text(columns), columns), told(), typed=True)


def _plain(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float():
            return "" if value != value else str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        case bytes():
            return value.decode("utf-8", "replace")
        case _:
            return _cell(value)


# --- headings --------------------------------------------------------------------------------------------------------


def joined(tops: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The columns' names of a header of one line or several, as `Labs / CA 19-9`.

    A heading above goes on over the blanks to its right, as merged cells do. A column without a heading has the letter by
    which a spreadsheet calls it.

    >>> joined([("", "Labs", "", "Outcome"), ("id", "CEA", "CA 19-9", "")])
    ('id', 'Labs / CEA', 'Labs / CA 19-9', 'Outcome')
    """
    wide = max(map(len, tops))
    lines = [[" ".join(clean(each).split()) for each in (*line, *[""] * (wide - len(line)))] for line in tops]
    for above in lines[:-1]:
        for at in range(1, wide):
            above[at] = above[at] or above[at - 1]
    names = []
    for at in range(wide):
        parts = list(dict.fromkeys(line[at] for line in lines if line[at]))
        if len(lines) > 1 and not lines[-1][at] and at and lines[0][at] == lines[0][at - 1]:
            parts = []
        names.append(" / ".join(parts) or f"(column {letters(at)})")
    return tuple(names)


def letters(at: int) -> str:
    """A column as a spreadsheet calls it: A, B, …, Z, AA.

    >>> letters(0), letters(26)
    ('A', 'AA')
    """
    name = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        name = chr(65 + rest) + name
    return name
