"""Tables that programs read each in their own way, as Parquet: read once and by one reader, every engine has the same cells.

Such are texts, moments with a zone, and columns whose names differ by capitals alone.
"""

from dataclasses import replace
from pathlib import Path

import polars as pl

from ..expression.columns import PARTICIPANT
from ..finding import Unreadable
from .source import Coded, File, Piece, Source

_SAYS = (  # what Polars calls it, and what a person can do about it
    ("found more fields", "a row has more cells than there are headings"),
    ("invalid utf-8", "its letters are not UTF-8: save it so"),
    ("malformed", "a quote is opened that is never closed, or stands within a cell: write it twice, and the cell in quotes"),
)


def plain(source: Source, scratch: Path) -> Source:
    """The same source, such tables' columns that are read as Parquet in a folder.

    Raises:
        Unreadable: If a text is no table.
    """
    files = {}
    for name, file in source.files.items():
        names = sorted({column for piece in _pieces(source) if piece.table == name for column in _read(piece)})
        if name == source.people.table:
            names = sorted({*names, *source.born})
        is_twin = len({column.lower() for column in file.sorts}) < len(file.sorts)
        is_odd = file.is_text or is_twin or bool(file.zoned & {*names})
        files[name] = _parquet(file, name, names, scratch) if is_odd else file
    return replace(source, files=files)


def _pieces(source: Source) -> tuple[Piece, ...]:
    return (source.people, *(each for pieces in source.forms.values() for each in pieces))


def _read(piece: Piece) -> list[str]:
    """The columns of its table that a piece reads."""
    told = [each.column if isinstance(each, Coded) else each for each in piece.columns.values()]
    more = [piece.concept, piece.unless[0] if piece.unless is not None else ""]
    return [each for each in (*told, *more) if isinstance(each, str) and each]


def _parquet(file: File, name: str, columns: list[str], scratch: Path) -> File:
    """A table's columns in a file of their own, without the rows that say nothing."""
    into = scratch / f"{name}.parquet"
    frame = file.scanned()
    if file.is_text:
        frame = frame.filter(pl.any_horizontal(pl.all().is_not_null()))
    try:
        told = [pl.col(each).dt.date() if each in file.zoned else pl.col(each) for each in columns]
        frame.select(told).sink_parquet(into, compression="lz4", maintain_order=True)
    except pl.exceptions.PolarsError as why:
        text = str(why).splitlines()[0]
        says = next((says for part, says in _SAYS if part in text), text)
        raise Unreadable(f"the table {file.path.name} cannot be read: {says}") from None
    return File(into, {each: file.sorts[each] for each in columns})


def nobody(ids: pl.Series) -> bool:
    """Whether a row of the participants names nobody."""
    if ids.null_count():
        return True
    return ids.dtype == pl.String and bool((ids.str.strip_chars() == "").any())


def unnamed() -> Unreadable:
    """That a row of the participants names nobody."""
    return Unreadable(f"the table of participants names nobody in a row: column '{PARTICIPANT}' is blank")
