"""Importing a table, from its rows to the entry that says what was imported. Sent again, nothing is there twice."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from ..staff.here import Here
from . import tables
from .rows import Author, Taken, keep, take


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of a table."""

    taken: Taken
    rows: int
    left_out: tuple[str, ...]


def author(here: Here) -> Author:
    """In whose name a person's rows are written."""
    return Author(here.person, here.powers.role("import_data"), here.powers.sites("import_data"))


def imported(here: Here, table: tables.Table, mapping: Mapping[str, str], activity: str, *, token: str) -> Imported:
    """Take a table's rows, keep those that fail, and say so in the ledger.

    Raises:
        Unclear: The columns do not say enough.
        Refused: The study is locked.
    """
    read = tables.incoming(table, mapping, here.study, activity)
    by = author(here)
    taken = take(here.slug, read.rows, by, today=here.today)
    kept = keep(here.slug, taken.refused, by)
    told = {
        "table": hashlib.sha256(repr((table.columns, table.rows)).encode()).hexdigest(), "activity": activity,
        "columns": {column: meant for column, meant in mapping.items() if meant}, "rows": len(read.rows),
        "saved": taken.saved, "there": taken.there, "kept": kept,
    }  # fmt: skip
    here.append(here.draft("imported", told, site=""), token=token)
    return Imported(taken, len(read.rows), read.left_out)
