"""Where the facts of a population lie: tables in files, and which of their rows and columns fill which form.

A folder of our own has a table a form. A folder in the OMOP common data model has a table a kind of record, of which a form
takes the rows of the concepts that a map names (`omop`). Both come to the same here: pieces of tables.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from ..expression.columns import PARTICIPANT, UNTIL
from ..finding import Unreadable
from ..study import Study
from .cells import Rowed, Sort, sort
from .screen import Screen

SUFFIXES = (".parquet", ".csv", ".tsv")
SEPARATORS = (",", ";", "\t")
UNCLEAR = "(unclear)"
"""What stands where a code means nothing to the study: an answer that cannot be used."""


@dataclass(frozen=True, slots=True)
class File:
    """A table in a file, and what its columns hold; every column of a text is text.

    `separator` is what stands between the cells of a text: a comma, a semicolon, or a tab, and then quotes are letters as
    any other. A table whose columns are called in capitals is read by `small` letters, where the model has small ones.
    `zoned` are its columns of moments with the zone of their clock: their day is the one that this clock shows.
    """

    path: Path
    sorts: Mapping[str, Sort]
    separator: str = ""
    small: bool = False
    zoned: frozenset[str] = frozenset()

    @property
    def is_text(self) -> bool:
        return bool(self.separator)

    def scanned(self) -> pl.LazyFrame:
        frame = _scanned(self.path, self.separator)
        return frame.rename(str.lower) if self.small else frame


@dataclass(frozen=True, slots=True)
class Coded:
    """A column told in other words: each number that stands there as a text.

    A blank is as nought, and nothing unless nought is named; any other number that is not named is `UNCLEAR`.
    """

    column: str
    codes: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Piece:
    """Some rows of a table, and which of its columns, or what else, stands where.

    `columns` are by the names that they are given: a column's name, one told in other `Coded` words, or True. Where
    `concept` is named, only the rows are meant in which that column is one of `ids`. `unless` names columns of which a
    number other than those listed makes every fact of the row unclear: a result of "<5" is not 5.
    """

    table: str
    columns: Mapping[str, str | Coded | bool]
    concept: str = ""
    ids: tuple[int, ...] = ()
    unless: tuple[str, tuple[int, ...]] | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """All of it: the files, the table of participants, and the pieces that fill each form.

    `people` has `participant`, perhaps `until`, and the facts that are told once, as `form.fact`. `closed` are the forms of
    which a row that is not there did not happen, and the yes/no facts, as `form.fact`, of which no record means no.
    `born` are the columns of year, month and day of birth, from which the fact in `aged` follows.
    """

    files: Mapping[str, File]
    people: Piece
    forms: Mapping[str, tuple[Piece, ...]]
    until: date | None
    closed: frozenset[str] = frozenset()
    aged: str = ""
    born: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    """Tables and columns of the folder that no form and no fact of the study is called, and that are not read."""

    @property
    def has_own_days(self) -> bool:
        return UNTIL in self.people.columns


def _scanned(path: Path, separator: str) -> pl.LazyFrame:
    if not separator:
        return pl.scan_parquet(path, glob=False)
    quote = None if separator == "\t" else '"'
    return pl.scan_csv(path, infer_schema=False, glob=False, separator=separator, quote_char=quote)


def file(folder: Path, name: str, *, small: bool = False) -> File | None:
    """The table of a name in a folder, if it is there; where `small`, whatever the case of its letters and its columns'.

    Raises:
        Unreadable: If it is there and no table.
    """
    for suffix in SUFFIXES:
        path = folder / f"{name}{suffix}"
        if small:
            path = next((each for each in sorted(folder.glob("*")) if each.name.lower() == path.name), path)
        if path.is_file():
            separator = "" if suffix == ".parquet" else _separator(path)
            try:
                schema = _scanned(path, separator).collect_schema()
            except (pl.exceptions.PolarsError, OSError) as why:
                raise Unreadable(f"the table {path.name} cannot be read: {str(why).splitlines()[0]}") from None
            sorts = {column.lower() if small else column: sort(kind) for column, kind in schema.items()}
            zoned = {
                column.lower() if small else column
                for column, kind in schema.items() if isinstance(kind, pl.Datetime) and kind.time_zone
            }  # fmt: skip
            return File(path, sorts, separator, small, frozenset(zoned))
    return None


def _separator(path: Path) -> str:
    """What stands between the headings of a text."""
    with path.open("rb") as opened:
        head = opened.readline(1_000_000).decode("utf-8", "replace")
    return max(SEPARATORS, key=head.count)


def folder(study: Study, path: Path, *, until: date | None = None, closed: frozenset[str] = frozenset()) -> Source:
    """A folder with a table a form.

    `participants.csv` or `.parquet` has a row a patient: `participant`, perhaps `until` (the patient's index date), and
    columns such as `labs.alt` and `labs.on` for what is told once. `labs.csv` or `.parquet` has a row each time:
    `participant`, `on` and a column a fact. Beside a fact may stand `alt.unit`, `alt.uln` and `alt.lln`.

    Args:
        study: Whose forms the tables fill.
        path: Where they lie.
        until: The day up to which all is known, where the patients have no `until` of their own.
        closed: Forms of which a row that is not there did not happen, besides those that the study calls closed, and
            yes/no facts of which no record means no.

    Raises:
        Unreadable: If a table or its columns are not there, or say what the study does not know.
    """
    people = file(path, PARTICIPANT + "s")
    if people is None:
        raise Unreadable(f"{path} has no participants.csv or participants.parquet")
    names = people.sorts
    if PARTICIPANT not in names:
        raise Unreadable("the table of participants has no column 'participant'")
    if UNTIL not in names and until is None:
        raise Unreadable("the day up to which the facts are known is not said: a column 'until', or --on")
    forms, shut = study.scope.forms, closed_in(study, closed)
    for name in names:
        form, _, fact = name.partition(".")
        if fact and (form not in forms or fact.split(".")[0] not in {"on", *forms[form].facts}):
            if twin := re.fullmatch(r"(.+)_duplicated_\d+", name):
                raise Unreadable(f"column '{twin[1]}' of the participants stands there twice")
            raise Unreadable(f"column '{name}' of the participants is no fact of this study")
    if names[PARTICIPANT] not in ("text", "number"):
        raise Unreadable("the participants of the table are called by neither texts nor numbers")
    files, pieces, unread = {"participants": people}, {}, list[str]()
    for name in forms:
        if name in ("participants", "participant") or (found := file(path, name)) is None:
            continue
        if missing := {PARTICIPANT, "on"} - set(found.sorts):
            raise Unreadable(f"the table {name} has no column '{min(missing)}'")
        files[name] = found
        known = {PARTICIPANT, "on", *forms[name].facts}
        pieces[name] = (Piece(name, {column: column for column in found.sorts if column.split(".")[0] in known}),)
        unread += [f"{found.path.name}: {column}" for column in found.sorts if column not in pieces[name][0].columns]
    taken = {each.path for each in files.values()}
    unread += sorted(each.name for each in path.iterdir() if each.suffix.lower() in SUFFIXES and each not in taken)
    told = {column: column for column in names if column in (PARTICIPANT, UNTIL) or "." in column}
    return Source(files, Piece("participants", told), pieces, until, shut, unread=tuple(unread))


def closed_in(study: Study, more: frozenset[str]) -> frozenset[str]:
    """The forms that the study calls closed, and what is closed besides.

    Raises:
        Unreadable: If something is not a form, or not a yes/no fact, of the study.
    """
    forms = study.scope.forms
    for name in sorted(more):
        form, _, fact = name.partition(".")
        if form not in forms:
            raise Unreadable(f"'{name}' is no form of this study, so it cannot be closed")
        if fact and (fact not in forms[form].facts or forms[form].facts[fact].type.kind.name != "TRUTH"):
            raise Unreadable(f"'{name}' is no yes/no fact of this study, so no record of it cannot mean no")
    return frozenset(name for name, form in forms.items() if form.closed) | more


def columns(source: Source, taken: Piece) -> dict[str, Sort]:
    """What the columns of a piece hold."""
    sorts = source.files[taken.table].sorts
    found: dict[str, Sort] = {}
    for name, column in taken.columns.items():
        match column:
            case bool():
                found[name] = "truth"
            case Coded():
                found[name] = "text"
            case _:
                found[name] = sorts[column]
    if taken.unless is not None:
        found |= {f"{name}.unclear": "truth" for name in taken.columns if name not in (PARTICIPANT, "on") and "." not in name}
    return found


def told_beside(asked: Screen, source: Source, wanted: Iterable[str]) -> dict[str, Rowed]:
    """Which forms stand beside the participants, and how they are read."""
    forms, sorts, found = asked.study.scope.forms, columns(source, source.people), {}
    for name in wanted:
        rows = Rowed(forms[name], sorts, f"{name}.", f"{name}.")
        if any(column.startswith(rows.stands) for column in sorts):
            found[name] = rows
    return found
