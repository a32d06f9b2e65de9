"""A dataset as CDISC has it: columns that say what they hold, and rows in order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Cell = str | int | float | None
Kind = Literal["string", "integer", "float", "date", "day"]
"""`date` may be known in part, as SDTM keeps it; `day` is one whole day, which ADaM counts with."""


@dataclass(frozen=True, slots=True)
class Column:
    """A variable: its name of at most eight letters, its label of at most forty, and where its values come from."""

    name: str
    label: str
    kind: Kind = "string"
    key: int = 0
    says: str = ""
    codes: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Table:
    """A dataset of one structure: `DM`, `ADTTE`."""

    name: str
    label: str
    structure: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    purpose: Literal["Tabulation", "Analysis"] = "Tabulation"


def table(
    name: str, label: str, structure: str, columns: Sequence[Column], rows: Sequence[Mapping[str, Cell]], *, numbered: bool = False,
    purpose: Literal["Tabulation", "Analysis"] = "Tabulation",
) -> Table:  # fmt: skip
    """A dataset from rows by column name, sorted by its keys; columns that nobody ever fills are left out.

    Args:
        name: Its name.
        label: What it holds.
        structure: What one row is.
        columns: Its columns.
        rows: Its rows; a column that a row does not name is empty there.
        numbered: Whether rows are numbered within a participant, in the column `--SEQ`.
        purpose: What it is for.
    """
    keys = sorted((each for each in columns if each.key), key=lambda each: each.key)
    in_order = sorted(rows, key=lambda row: tuple(_sorting(row.get(each.name)) for each in keys))
    made: list[Mapping[str, Cell]] = []
    counted: dict[Cell, int] = {}
    for row in in_order:
        who = row.get("USUBJID")
        counted[who] = counted.get(who, 0) + 1
        made.append({**row, f"{name}SEQ": counted[who]} if numbered else row)
    used = [each for each in columns if each.key or not made or any(row.get(each.name) is not None for row in made)]
    return Table(
        name, label, structure, tuple(used), tuple(tuple(row.get(each.name) for each in used) for row in made), purpose
    )


def _sorting(cell: Cell) -> tuple[int, float, str]:
    if cell is None:
        return 0, 0.0, ""
    return (1, float(cell), "") if isinstance(cell, int | float) else (2, 0.0, cell)
