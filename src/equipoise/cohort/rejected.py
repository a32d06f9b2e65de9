"""What could not be taken: each cell and row with its place and reason, in a file that the coordinator mends."""

import csv
import re
from codecs import getincrementaldecoder
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

from ..finding import Finding, Place, Severity
from ..table import clean

REJECTED, MENDED, AS_TOLD = "rejected.csv", "mended.csv", ".rejected.csv"
"""What could not be taken, what was mended of it, and a copy of the former: a spreadsheet may rewrite `03/04/19` as it likes."""
COLUMNS = ("file", "sheet", "row", "column", "participant", "finding", "says", "why", "mended")
BLANK, LEFT_OUT = "blank", "leave out"
"""What stands under `mended` where nothing is known after all, and where the whole row is to be left out."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that gave no event, or not all, or a cell that was no answer: where it stands, what it says, and why.

    `column` and `says` are empty where it is about the row, which `cells` holds; `is_row` is False where the row's events
    are told all the same, the cell's words in them as unclear.
    """

    file: str
    line: int
    cells: tuple[str, ...]
    why: str
    participant: str = ""
    sheet: str = ""
    column: str = ""
    says: str = ""
    finding: str = "rejected-row"
    is_row: bool = True

    def __str__(self) -> str:
        where = f"{self.file}[{self.sheet}]" if self.sheet else self.file
        return f"{where}:{self.line}: {self.why}: {', '.join(self.cells)[:120]}"

    @property
    def told(self) -> tuple[str, ...]:
        """As a row of `rejected.csv`."""
        says = self.says if self.column else csv_line(self.cells)
        row = (self.file, self.sheet, str(self.line), self.column, self.participant, self.finding, says, self.why, "")
        return tuple(map(_harmless, row))


def csv_line(cells: Iterable[str]) -> str:
    """Cells as a line of CSV with commas."""
    made = StringIO()
    csv.writer(made, lineterminator="").writerow(cells)
    return made.getvalue()


def rejected_table(rejected: Iterable[Rejected]) -> str:
    """Rejected rows and cells as a table: where each stands, what it says, why, and room to mend it."""
    text = StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(COLUMNS)
    rows.writerows(each.told for each in rejected)
    return text.getvalue()


def _harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if re.match(r"[=+@\t\r]|-(?![\d.]+$)|'[=+@'-]", text) else text


def _plain(text: str) -> str:
    return text[1:] if re.match(r"'[=+@\t\r'-]", text) else text


# --- mended ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Mended:
    """What a coordinator wrote for a cell, or for a row where `column` is empty; `says` is what stood there."""

    says: str
    to: str
    place: Place = field(compare=False)


@dataclass(slots=True)
class Mendings:
    """What coordinators mended: by file and sheet, then by row and column. Those applied are marked."""

    of: dict[tuple[str, str], dict[int, dict[str, Mended]]] = field(default_factory=dict)
    applied: int = 0

    def table(self, file: str, sheet: str) -> Mapping[int, Mapping[str, Mended]]:
        """Those of one table."""
        return self.of.get((file, sheet), {})


def read_mendings(folder: Path) -> tuple[Mendings, tuple[tuple[str, ...], ...], tuple[Finding, ...]]:
    """What was mended in a folder's `mended.csv` and, since the last import, in its `rejected.csv`.

    Returns:
        The mendings, the rows of the file that keeps them, and what is wrong with the two.
    """
    first = _as_told(folder / AS_TOLD)
    made, kept, findings = Mendings(), dict[tuple[str, ...], tuple[str, ...]](), list[Finding]()
    for name in (MENDED, REJECTED):
        file = folder / name
        if not file.is_file():
            continue
        encoding = _encoding(file)
        with file.open(encoding=encoding, errors="replace", newline="") as opened:
            told = csv.reader(opened, delimiter=_separator(file, encoding))
            header = next(told, [])
            if missing := [each for each in COLUMNS if each not in header]:
                says = f"this file no longer has the columns {', '.join(missing)}: what was mended in it is not known"
                findings.append(Finding("unreadable", Place(name, 1, 1), says))
                continue
            for cells in told:
                row = dict(zip(header, map(_plain, cells), strict=False))
                to = row.get("mended", "").strip()
                if not to or not row.get("row", "").strip().isdigit():
                    continue
                place = Place(name, told.line_num, 1)
                key = (row["file"], row["sheet"], row["row"].strip(), row["column"])
                if name == REJECTED:
                    row["says"] = first.get(key, row["says"])
                at = made.of.setdefault((row["file"], row["sheet"]), {}).setdefault(int(row["row"]), {})
                before = at.get(row["column"])
                if before is not None and before.to == to:
                    continue
                if before is not None and before.place.file == name:
                    says = f"row {row['row']}, column '{row['column']}' is mended in two ways: '{before.to}' stays"
                    findings.append(Finding("said-twice", place, clean(says), Severity.WARNING))
                    continue
                at[row["column"]] = Mended(row["says"], to, place)
                kept[key] = tuple(_harmless(row.get(each, "")) for each in COLUMNS)
    return made, tuple(kept.values()), tuple(findings)


def _as_told(file: Path) -> dict[tuple[str, ...], str]:
    """What each rejected cell or row said, by its place."""
    if not file.is_file():
        return {}
    with file.open(encoding="utf-8-sig", errors="replace", newline="") as opened:
        return {
            (row["file"], row["sheet"], row["row"], row["column"]): _plain(row["says"])
            for row in csv.DictReader(opened) if row.keys() >= {*COLUMNS}
        }  # fmt: skip


def _encoding(file: Path) -> str:
    """How the letters are written: a spreadsheet may have saved the file in those of Windows, or as Unicode text."""
    decoder = getincrementaldecoder("utf-8")()
    with file.open("rb") as opened:
        if opened.read(2) in (b"\xff\xfe", b"\xfe\xff"):
            return "utf-16"
        opened.seek(0)
        try:
            while part := opened.read(1_000_000):
                decoder.decode(part)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8-sig"


def _separator(file: Path, encoding: str) -> str:
    """What stands between the cells: a spreadsheet may have saved the file with semicolons, or with tabs."""
    with file.open(encoding=encoding, errors="replace") as opened:
        head = opened.readline(2_000)
    return max((",", ";", "\t"), key=head.count)


def cells_of(line: str) -> tuple[str, ...]:
    """The cells of a mended row, which is a line of CSV with commas."""
    return tuple(next(csv.reader([line]), ()))
