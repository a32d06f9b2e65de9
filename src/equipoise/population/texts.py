"""Tables that programs read each in their own way, as Parquet: read once and by one reader, every engine has the same cells.

Such are texts, moments with a zone, and columns whose names differ by capitals alone.
"""

import re
from dataclasses import replace
from pathlib import Path

import polars as pl

from ..expression.columns import PARTICIPANT
from ..expression.dialect import DUCKDB
from ..finding import Unreadable
from .cells import Reading
from .source import Coded, File, Piece, Source

SORTING = "400MB"
"""What may be used to sort before it is written to the disk."""
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


def ordered(source: Source, scratch: Path, *, most: int) -> Source:
    """The same source, its participants and their rows in order where there are more rows than `most` and they are in none.

    Participants in order are read with their own rows alone, batch after batch. DuckDB sorts, on the disk where it must.
    """
    tables = {piece.table for pieces in source.forms.values() for piece in pieces} - {source.people.table}
    scans = [pl.scan_parquet(source.files[name].path, glob=False).select(pl.len()) for name in sorted(tables)]
    if sum(each.collect().item() for each in scans) <= most or _is_ordered(source):
        return source
    import duckdb

    files, people = dict(source.files), source.files[source.people.table]
    by_text = people.sorts[_called(source.people)] == "text"
    with duckdb.connect() as base:
        base.execute(f"SET memory_limit = '{SORTING}'")
        base.execute(f"SET temp_directory = {DUCKDB.literal(str(scratch / 'sorting'))}")
        for name in sorted(tables | {source.people.table}):
            pieces = [piece for piece in _pieces(source) if piece.table == name]
            columns = sorted(
                {column for piece in pieces for column in _read(piece)} | {*(source.born if files[name] is people else ())}
            )
            into, who = scratch / f"{name} in order.parquet", _called(pieces[0])
            order = Reading(DUCKDB).identity(DUCKDB.name(who), files[name].sorts[who], by_text=by_text)
            ids = ", ".join(str(each) for piece in pieces for each in piece.ids)
            concept = DUCKDB.name(pieces[0].concept)
            asked = f"WHERE TRY_CAST({concept} AS BIGINT) IN ({ids})" if ids and all(piece.ids for piece in pieces) else ""
            base.execute(
                f"COPY (SELECT {', '.join(map(DUCKDB.name, columns))} FROM {in_duckdb(files[name].path)} {asked} "
                f"ORDER BY {order}, file_row_number) TO {DUCKDB.literal(str(into))} (FORMAT parquet, ROW_GROUP_SIZE 50000)"
            )
            files[name] = File(into, {each: files[name].sorts[each] for each in columns})
    return replace(source, files=files)


def in_duckdb(path: Path) -> str:
    """A Parquet file as DuckDB reads it, with the number of each row: a path, and never a pattern of paths."""
    plain_path = DUCKDB.literal(re.sub(r"([*?[])", r"[\1]", str(path)))
    return f"read_parquet({plain_path}, file_row_number = true)"


def _is_ordered(source: Source) -> bool:
    """Whether each participant is called by more than the one before."""
    last, scan = None, source.files[source.people.table].scanned().select(_called(source.people))
    for part in scan.collect_batches(chunk_size=100_000, maintain_order=True):
        ids = part.to_series()
        ids = ids if ids.dtype.is_numeric() else ids.cast(pl.String)
        if not ids.is_sorted() or last is not None and ids.len() and ids[0] is not None and ids[0] < last:
            return False
        last = ids[-1] if ids.len() else last
    return True


def _called(piece: Piece) -> str:
    """The column that says who a row is about."""
    column = piece.columns[PARTICIPANT]
    assert isinstance(column, str)
    return column


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
