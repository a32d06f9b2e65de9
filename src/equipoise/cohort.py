"""A cohort's tables as events: what a mapping file says of their columns, and every row that could not be taken.

Nothing is guessed. A cell that its item refuses is kept with its words, as unclear; a row that says nobody or no day is
kept beside its reason; the same tables and the same mapping give the same events with the same names.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from hashlib import blake2b
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Annotated, BinaryIO, ClassVar, NamedTuple, Self

from .answers import Refused, answer, site_limits
from .calendar import When
from .document import document, shown
from .events import Event, Recorded, order
from .expression.facts import Unclear, Value, Why
from .finding import NOWHERE, Finding, Place, Severity, Unreadable, did_you_mean
from .protocol import Activity, Item
from .quantity import NotConvertible, conversion
from .reading import read
from .study import Study
from .table import NOT_TEXT, ONLY_CSV, SPOILT, SUFFIXES, Lines, Row, cell_place, clean, printed, rows, separator_of

FILE = "tables.yaml"

WORDS = 200
"""How many characters of a refused answer are kept: as many as a file of events keeps."""


# --- the mapping file ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Word:
    """A text of the mapping file with its place: the name of a column, an item or an activity, or what a cell says."""

    text: str
    place: Place = field(default=NOWHERE, compare=False)
    schema: ClassVar[dict[str, object]] = {"type": ["string", "number", "boolean"]}

    @classmethod
    def from_text(cls, text: str, place: Place = NOWHERE) -> Self:
        """Keep a text with its place; a column may well have no name."""
        return cls(text, place)

    def __str__(self) -> str:
        return self.text


Codes = Mapping[Word, Word]


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A cell of each row."""

    column: Annotated[Word, "The column's name, as in the header."]
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, kw_only=True)
class CodedCell:
    """A cell of each row, and what its codes mean."""

    column: Annotated[Word, "The column's name, as in the header."]
    codes: Annotated[Codes, "What the cell says, and what that means; nothing else is then taken."] = field(
        default_factory=dict
    )
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A cell of each row that answers an item."""

    column: Annotated[Word, "The column's name, as in the header."]
    codes: Annotated[Codes, "What the cell says, and what that means; nothing else is then taken."] = field(
        default_factory=dict
    )
    unit: Annotated[Word | None, "The unit of the column's bare numbers, if it is not the item's."] = None
    lln: Annotated[Word | None, "The lower limit of normal: a column, or a quantity such as `10 U/L`."] = None
    uln: Annotated[Word | None, "The upper limit of normal: a column, or a quantity such as `40 U/L`."] = None
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, kw_only=True)
class TableEvent:
    """An event that a row tells."""

    do: Annotated[Word, "The activity that took place."]
    on: Annotated[Cell | Word | None, "The column that holds its date."] = None
    day: Annotated[int | Cell | None, "Its day, counted from day zero: a number, or a column that holds it."] = None
    when: Annotated[
        Mapping[Word, Word | tuple[Word, ...]], "Only rows whose cells say this: a text by column, or one of several."
    ] = field(default_factory=dict)
    items: Annotated[Mapping[Word, Answer | Word], "Each item's column, alone or with what its cells mean."] = field(
        default_factory=dict
    )
    place: Place = field(default=NOWHERE, compare=False)

    def __post_init__(self) -> None:
        if (self.on is None) == (self.day is None):
            raise Unreadable(f"'{self.do}' must say either on (a column of dates) or day, and just one of them")


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table of a cohort: which events each row tells."""

    file: Annotated[Word, "The file, in the study's folder or the folder of tables."]
    participant: Annotated[Word, "The column that names the participant."]
    site: Annotated[CodedCell | Word | None, "The column that names the site."] = None
    day_zero: Annotated[date | None, "The calendar day taken for day 0, where the table counts days."] = None
    missing: Annotated[tuple[str, ...], "What a cell says that says nothing. An empty cell is never an answer."] = ("",)
    events: Annotated[tuple[TableEvent, ...], "The events that a row tells, in their order if on one day."]
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, kw_only=True)
class Tables:
    """A cohort's tables, and how to read them as events."""

    tables: Annotated[tuple[Table, ...], "The tables."]
    place: Place = field(default=NOWHERE, compare=False)


def told_tables(study: Study, source: str | bytes | Path | None = None) -> tuple[Tables | None, tuple[Finding, ...]]:
    """What a study's `tables.yaml` says, and all that is wrong with it; None if nothing can be read.

    What does not fit the study is a finding, and `imported` leaves it out. Columns are looked for when tables are read.

    Args:
        study: Whose activities the rows tell.
        source: The mapping, as text or as a file; the one in the study's folder if left out.
    """
    if source is None:
        if study.folder is None:
            return None, (Finding("unreadable", Place(FILE), "the study stands in no folder, so it has no tables"),)
        source = study.folder / FILE
    text = document(source, file=source.name if isinstance(source, Path) else FILE)
    tables, findings = read(Tables, text.root, lines=text.lines)
    faults = [] if tables is None else [each for table in tables.tables for each in _faults(table, study)]
    placed = [
        replace(each, text=text.lines[each.place.line - 1]) if 0 < each.place.line <= len(text.lines) else each
        for each in faults
    ]
    return tables, (*text.findings, *findings, *placed)


def _faults(table: Table, study: Study) -> Iterator[Finding]:
    """What a table's mapping says that the study does not know."""
    if not table.events:
        yield Finding("wrong-shape", table.place, f"the mapping of {table.file} names no events")
    for event in table.events:
        if event.day is not None and table.day_zero is None:
            says = f"'{event.do}' counts days, and the table does not say its 'day_zero'"
            yield Finding("missing-key", event.place, says)
        activity = study.activities.get(event.do.text)
        if activity is None:
            near = did_you_mean(event.do.text, study.activities)
            says = f"{shown(event.do.text)} is not an activity of this study{near}"
            yield Finding("unknown-name", event.do.place, says)
            continue
        for key, told in event.items.items():
            item = activity.items.get(key.text)
            if item is None:
                near = did_you_mean(key.text, activity.items)
                yield Finding("unknown-name", key.place, f"{shown(key.text)} is not an item of {event.do}{near}")
            elif isinstance(told, Answer):
                yield from _answer_faults(item, told)
        named = {key.text for key in event.items}
        for name, item in activity.items.items():
            if name in named or not (item.required or item.blank):
                continue
            says = f"{event.do} leaves out '{name}', which it requires"
            if item.blank:
                says = f"{event.do} leaves out '{name}', where a box left blank means no: it will be no for everybody"
            yield Finding("missing-answer", event.place, says, Severity.WARNING)


_NUMBERS = ("integer", "real", "quantity", "score")


def _answer_faults(item: Item, told: Answer) -> Iterator[Finding]:
    for code in told.codes.values():
        try:
            answer(item, code.text)
        except Refused as why:
            yield Finding("unknown-name", code.place, why.says)
    numeric = item.type in _NUMBERS
    for limit in (told.unit, told.lln, told.uln):
        if limit is not None and not numeric:
            yield Finding("wrong-shape", limit.place, f"{item.name} takes no numbers, so it has no unit and no limits")
    if told.unit is not None and numeric and (fault := _unit_fault(item, told.unit.text)):
        yield Finding("unit", told.unit.place, f"{item.name}: {fault}")


def _unit_fault(item: Item, unit: str) -> str:
    """Why numbers in a unit cannot be had in the item's; empty if they can."""
    mass = item.molar_mass.value if item.molar_mass is not None else None
    try:
        conversion(unit, item.unit, mass)
    except (NotConvertible, Unreadable) as why:
        return str(why)
    return ""


# --- events of a row -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that gave no event, or not all: where it stands, its cells as they stood, and why."""

    file: str
    line: int
    cells: tuple[str, ...]
    why: str
    participant: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.why}: {', '.join(self.cells)[:120]}"


@dataclass(frozen=True)
class Imported:
    """What a cohort's tables tell: each participant's events in order of time, and the rows that could not be taken.

    Each of the `rows` read has given an event or stands in `rejected`. A refused cell is in its event, as unclear.
    """

    people: Mapping[str, tuple[Event, ...]]
    rejected: tuple[Rejected, ...]
    findings: tuple[Finding, ...]
    rows: int = 0


@dataclass(slots=True)
class _Import:
    """An import under way."""

    study: Study
    people: dict[str, list[Event]] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    rejected: list[Rejected] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    repeats: dict[str, list[tuple[str, Place]]] = field(default_factory=dict)
    once: set[tuple[str, str]] = field(default_factory=set)
    sites: set[str] = field(default_factory=set)
    rows: int = 0

    def note(self, rule: str, place: Place, says: str, severity: Severity = Severity.ERROR, text: str = "") -> None:
        self.findings.append(Finding(rule, place, printed(says), severity, printed(text[:2000])))


class _Item(NamedTuple):
    """An item whose cells are read: where they stand, and what was made of each text before."""

    item: Item
    at: int
    take: Callable[[str], "Value | Refused"]
    limits: tuple[tuple[str, int, Callable[[str], "Value | Refused"]], ...]
    fixed: tuple[tuple[str, float], ...]


class _Event(NamedTuple):
    """An event that rows tell, its columns found."""

    number: int
    activity: Activity
    at: int | None
    day: int | None
    tests: tuple[tuple[int, frozenset[str]], ...]
    items: tuple[_Item, ...]
    blank: tuple[str, ...]


def imported(study: Study, mapping: Tables, source: Path | Mapping[str, str | bytes | Path]) -> Imported:
    """The events that a cohort's tables tell.

    An event is named after its table, its place in the mapping and the row, as the participant's first or second there,
    so that a second import tells the same events. An event without a day, though its row says that it took place, is
    left out and its row kept; where a row says nothing of an event, nothing is made of that.

    Args:
        study: Whose activities the rows tell.
        mapping: What the columns mean. What `told_tables` found wrong with it is left out here.
        source: The folder in which the tables lie, or the tables by the names that the mapping calls them.
    """
    work = _Import(study)
    for number, table in enumerate(mapping.tables, 1):
        stream = _opened(table, source, work)
        if stream is not None:
            with stream:
                try:
                    _take_table(table, number, stream, work)
                except OSError as why:
                    says = f"the file could not be read to its end: {(why.strerror or str(why)).lower()}"
                    work.note("unreadable", Place(table.file.text), says)
    _note_people(mapping, work)
    people = {name: tuple(sorted(events, key=order)) for name, events in work.people.items()}
    return Imported(people, tuple(work.rejected), tuple(work.findings), work.rows)


def _opened(table: Table, source: Path | Mapping[str, str | bytes | Path], work: _Import) -> BinaryIO | None:
    name, place = table.file.text, table.file.place
    given = source.get(name) if isinstance(source, Mapping) else None
    if isinstance(source, Mapping):
        if given is None:
            work.note("unreadable", place, f"there is no table {shown(name)}{did_you_mean(name, source)}")
            return None
    else:
        asked = PurePosixPath(name)
        if asked.is_absolute() or ".." in asked.parts or "\0" in name:
            work.note("unreadable", place, f"{shown(name)} lies outside the folder of tables")
            return None
        given = source / name
    if PurePosixPath(name).suffix.lower() not in SUFFIXES:
        work.note("unreadable", place, f"{shown(name)}: {ONLY_CSV}")
        return None
    if isinstance(given, str | bytes):
        return BytesIO(given.encode("utf-8", "surrogatepass") if isinstance(given, str) else given)
    try:
        if given.exists() and not given.is_file():  # a pipe may never end
            work.note("unreadable", place, f"{shown(name)} is not an ordinary file")
            return None
        return given.open("rb")
    except OSError as why:
        says = "there is no such file" if isinstance(why, FileNotFoundError) else (why.strerror or str(why)).lower()
        work.note("unreadable", place, f"{shown(name)} cannot be read: {says}")
        return None


def _take_table(table: Table, number: int, stream: BinaryIO, work: _Import) -> None:
    file = table.file.text
    head = stream.read(4)
    stream.seek(0)
    kind = next((says for mark, says in NOT_TEXT.items() if head.startswith(mark)), "")
    if kind or head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        work.note("unreadable", Place(file), f"this is {kind or 'UTF-16'}, not UTF-8 text: {ONLY_CSV}")
        return
    lines = Lines(stream)
    first = lines.first()
    if first is None:
        work.note("unreadable", Place(file, 1, 1), "the file is empty")
        return
    separator = separator_of(first.text)
    told = rows(lines, separator)
    header = next(told)
    if header.fault:
        says = f"the header cannot be read, nor the table: {header.fault}"
        work.note("unreadable", Place(file, header.line, 1), says, text=header.text)
        return
    plan = _Plan.of(table, number, separator, header, work)
    if plan is None:
        return
    began = work.rows
    for row in told:
        if row.fault or row.text.strip():
            work.rows += 1
            plan.take(row, work)
    if work.rows == began:
        work.note("empty-table", Place(file, header.line, 1), "only a header: there are no rows", Severity.WARNING)
    if plan.idle:
        many = f"{_counted(len(plan.idle), 'row')}, the first on line {plan.idle[0]},"
        says = f"{many} fit no event of the mapping and are kept aside"
        work.note("rejected-row", Place(file, plan.idle[0], 1), says, Severity.NOTE)


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


@dataclass(slots=True)
class _Plan:
    """A table whose columns were found, and what its rows have said so far."""

    file: str
    name: str
    separator: str
    columns: tuple[str, ...]
    participant: int
    site: int | None
    site_codes: Mapping[str, str]
    day_zero: date | None
    missing: frozenset[str]
    events: tuple[_Event, ...]
    said: dict[str, dict[bytes, int]] = field(default_factory=dict)
    idle: list[int] = field(default_factory=list)
    kept: set[tuple[int, str]] = field(default_factory=set)

    @classmethod
    def of(cls, table: Table, number: int, separator: str, header: Row, work: _Import) -> "_Plan | None":
        """The plan of a table; None, and findings, if it cannot be read at all."""
        file, columns = table.file.text, tuple(clean(cell).strip() for cell in header.cells)
        found = _Columns(file, columns, work)
        for name in [name for name, count in Counter(columns).items() if count > 1]:
            place, text = cell_place(header, columns.index(name, columns.index(name) + 1), separator, file)
            says = f"column {shown(name)} stands more than once in the header"
            work.note("said-twice", place, says, Severity.WARNING, text)
        participant = found.index(table.participant)
        site, site_codes = None, {}
        if table.site is not None:
            site = found.index(table.site if isinstance(table.site, Word) else table.site.column)
            if isinstance(table.site, CodedCell):
                site_codes = {key.text: code.text for key, code in table.site.codes.items()}
        events = [
            event
            for place, told in enumerate(table.events, 1)
            if (event := _event_plan(place, told, table, found, work)) is not None
        ]
        if participant is None:
            return None
        unread = [name for index, name in enumerate(columns) if index not in found.used]
        if unread:
            listed = ", ".join(map(shown, unread[:20])) + (" ..." if len(unread) > 20 else "")
            says = f"the mapping names none of these columns, so they are not imported: {listed}"
            work.note("unread-column", Place(file, header.line, 1), says, Severity.NOTE)
        name = f"{number}-{PurePosixPath(file).stem}"
        missing = frozenset(text.strip() for text in table.missing)
        zero = table.day_zero
        return cls(file, name, separator, columns, participant, site, site_codes, zero, missing, tuple(events))

    def take(self, row: Row, work: _Import) -> None:
        """Make events of a row, or keep it with the reason why not."""
        if row.fault:
            self._reject(row, row.fault, work)
            return
        cells = [cell.strip() for cell in row.cells]
        if len(cells) != len(self.columns):
            many = _counted(len(cells), "cell")
            self._reject(row, f"{many}, where the header has {len(self.columns)}: which is which is not told", work)
            return
        if row.is_spoilt:
            self._note_spoilt(row, work)
            cells = [clean(cell) for cell in cells]
        who = cells[self.participant]
        if not who or who in self.missing or "\ufffd" in who:
            says = "cannot be read" if "\ufffd" in who else "is left blank"
            says = f"the participant (column {shown(self.columns[self.participant])}) {says}"
            self._reject(row, says, work, self.participant)
            return
        before = self.said.setdefault(who, {})
        mark = blake2b("\x1f".join(cells).encode("utf-8", "replace"), digest_size=16).digest()
        if mark in before:
            says = f"the same row as on line {before[mark]}, word for word"
            self._reject(row, says, work, rule="said-twice", who=who)
            return
        before[mark] = row.line
        site, faults, told = self._site(cells, row, work), len(work.rejected), False
        for event in self.events:
            told |= self._event(event, cells, row, who, len(before), site, work)
        if not told and len(work.rejected) == faults:
            self.idle.append(row.line)
            self._keep(row, "no event of the mapping fits this row", work, who)

    def _keep(self, row: Row, why: str, work: _Import, who: str = "") -> bool:
        """Keep a row with a reason; False if it is kept for that very reason already, as two events share a day."""
        if (row.line, why) in self.kept:
            return False
        self.kept.add((row.line, why))
        cells = tuple(map(clean, row.cells)) or (row.text.rstrip("\r\n"),)
        work.rejected.append(Rejected(self.file, row.line, cells, why, who))
        return True

    def _reject(
        self, row: Row, why: str, work: _Import, index: int | None = None, *, rule: str = "rejected-row", who: str = ""
    ) -> None:
        if not self._keep(row, why, work, who):
            return
        if index is not None:
            self._note(rule, row, index, f"{why}; the row is kept", work)
        else:
            text = row.text.split("\n", 1)[0].rstrip("\r")
            work.note(rule, Place(self.file, row.line, 1), f"{why}; the row is kept", text=clean(text[:2000]))

    def _note(self, rule: str, row: Row, index: int, says: str, work: _Import, severity: Severity = Severity.ERROR) -> None:
        place, text = cell_place(row, index, self.separator, self.file)
        work.note(rule, place, says, severity, text)

    def _note_spoilt(self, row: Row, work: _Import) -> None:
        for index, cell in enumerate(row.cells):
            if found := SPOILT.search(cell):
                code = ord(found.group())
                what = "there is a NUL byte" if not code else f"the byte 0x{code - 0xDC00:02X} is not UTF-8"
                self._note("unreadable", row, index, f"column {shown(self.columns[index])}: {what}", work)

    def _site(self, cells: Sequence[str], row: Row, work: _Import) -> str:
        if self.site is None or not cells[self.site] or cells[self.site] in self.missing:
            return ""
        told = cells[self.site]
        site = self.site_codes.get(told, told)
        sites = work.study.protocol.sites
        unknown = site not in sites if sites else bool(self.site_codes) and told not in self.site_codes
        if unknown and site not in work.sites:
            work.sites.add(site)
            near = did_you_mean(site, sites)
            says = f"{shown(site)} is not a site of this study{near}; it is kept"
            column = shown(self.columns[self.site])
            self._note("unknown-name", row, self.site, f"column {column}: {says}", work, Severity.WARNING)
        return site

    def _event(self, event: _Event, cells: Sequence[str], row: Row, who: str, nth: int, site: str, work: _Import) -> bool:
        """Whether a row tells an event; it is then among the participant's."""
        unknown = None
        for index, wanted in event.tests:
            text = cells[index]
            if text in wanted:
                continue
            if text not in self.missing and "\ufffd" not in text:
                return False
            unknown = index if unknown is None else unknown
        name = event.activity.name
        if unknown is not None:
            says = f"column {shown(self.columns[unknown])} does not say, so whether {name} took place is not told"
            self._keep(row, says, work, who)
            self._note("unknown-condition", row, unknown, says, work, Severity.WARNING)
            return False
        on = self._when(event, cells)
        if not isinstance(on, When):
            if on or event.tests or any(self._is_told(cells[each.at]) for each in event.items):
                blank = f"column {shown(self.columns[event.at or 0])} is left blank, so the day of {name} is not told"
                self._reject(row, on or blank, work, event.at, who=who)
            return False
        values, limits = self._values(event, cells, row, site, work)
        work.people.setdefault(who, []).append(
            Recorded(
                id=f"{self.name}-{event.number}-{nth}", participant=who, on=on, site=site,
                activity=name, values=values, limits=limits,
            )
        )  # fmt: skip
        place = Place(self.file, row.line, 1)
        work.places.setdefault(who, place)
        if not event.activity.repeats:
            if (who, name) in work.once:
                work.repeats.setdefault(name, []).append((who, place))
            work.once.add((who, name))
        return True

    def _is_told(self, text: str) -> bool:
        return bool(text) and text not in self.missing

    def _when(self, event: _Event, cells: Sequence[str]) -> When | str:
        """The day of an event; or why it cannot be told, empty where the cell says nothing."""
        zero = self.day_zero
        if event.at is None:
            assert event.day is not None and zero is not None
            return _day(zero, event.day) or f"day {event.day} lies outside the calendar"
        text = cells[event.at]
        if not self._is_told(text):
            return ""
        column = shown(self.columns[event.at])
        if zero is not None and event.day is not None:
            if not re.fullmatch(r"[-+]?\d{1,7}(\.0*)?", text, re.ASCII):
                return f"column {column}: {shown(text)} is not a whole number of days"
            return _day(zero, int(float(text))) or f"column {column}: day {text} lies outside the calendar"
        try:
            return When.from_text(text)
        except Unreadable as why:
            return f"column {column}: {why.says}"

    def _values(
        self, event: _Event, cells: Sequence[str], row: Row, site: str, work: _Import
    ) -> tuple[dict[str, Value], dict[tuple[str, str], float]]:
        values: dict[str, Value] = {}
        limits: dict[tuple[str, str], float] = {}
        for each in event.items:
            item, text = each.item, cells[each.at]
            column = f"column {shown(self.columns[each.at])}"
            if not self._is_told(text):
                if text and item.blank:
                    values[item.name] = _kept(item, text, "not known")
                    says = f"{column}: {item.name} is not known, and left blank would mean no: {shown(text)} is kept"
                    self._note("missing-answer", row, each.at, says, work, Severity.WARNING)
                elif item.required:
                    says = f"{column}: {event.activity.name} leaves out '{item.name}', which it requires"
                    self._note("missing-answer", row, each.at, says, work, Severity.WARNING)
                continue
            for end, value in each.fixed:
                limits[item.name, end] = value
            for end, index, take in each.limits:
                if self._is_told(cells[index]):
                    limit = take(cells[index])
                    if isinstance(limit, float):
                        limits[item.name, end] = limit
                    elif isinstance(limit, Refused):
                        says = f"column {shown(self.columns[index])}: the {end.upper()} of {limit.says}"
                        self._note("unreadable-value", row, index, says, work)
            taken = each.take(text)
            if isinstance(taken, Refused):
                values[item.name] = taken.kept
                self._note("unreadable-value", row, each.at, f"{column}: {taken.says}", work)
                continue
            values[item.name] = taken
            likely = item.expect
            if likely is not None and isinstance(taken, float) and not likely.low <= taken <= likely.high:
                says = f"{column}: {taken:g} {item.unit} lies outside what is likely ({likely}): please look again"
                self._note("unlikely-value", row, each.at, says, work, Severity.WARNING)
            for end, value in site_limits(item, site, work.study):
                limits.setdefault((item.name, end), value)
        for name in event.blank:
            values.setdefault(name, False)
        return values, limits


def _day(zero: date, days: int) -> When | None:
    try:
        return When.on(zero + timedelta(days=days))
    except OverflowError:
        return None


def _nearest(name: str, names: Sequence[str]) -> str:
    """The end of a sentence about a column that is not there; a header's capitals are easily missed."""
    alike = next((each for each in names if each.casefold() == name.casefold()), "")
    return f"; did you mean '{alike}'?" if alike else did_you_mean(name, names)


@dataclass(slots=True)
class _Columns:
    """The columns of a table, by name, and which of them the mapping used."""

    file: str
    names: tuple[str, ...]
    work: _Import
    used: set[int] = field(default_factory=set)

    def index(self, word: Word) -> int | None:
        """Where a column stands; None, and a finding in the mapping file, if that cannot be told."""
        name = word.text.strip()
        if self.names.count(name) == 1:
            index = self.names.index(name)
            self.used.add(index)
            return index
        says = f"{shown(name)} is not a column of {self.file}{_nearest(name, self.names)}"
        if name in self.names:
            says = f"{shown(name)} stands more than once in the header of {self.file}: which is meant is not told"
        self.work.note("unknown-name", word.place, says)
        return None


def _event_plan(number: int, told: TableEvent, table: Table, found: _Columns, work: _Import) -> _Event | None:
    """An event with its columns found; None if what it names is not there, which has been said."""
    activity = work.study.activities.get(told.do.text)
    dated = told.on if told.on is not None else told.day
    column = dated.column if isinstance(dated, Cell) else dated
    index = found.index(column) if isinstance(column, Word) else None
    tests = [
        (found.index(key), frozenset(text.text.strip() for text in ([wanted] if isinstance(wanted, Word) else wanted)))
        for key, wanted in told.when.items()
    ]
    items = [
        each
        for key, cell in told.items.items()
        if (each := _item_plan(activity.items.get(key.text) if activity else None, cell, found, work)) is not None
    ]
    if activity is None or (isinstance(column, Word) and index is None) or any(index is None for index, _ in tests):
        return None
    if told.day is not None and table.day_zero is None:
        return None
    return _Event(
        number=number,
        activity=activity,
        at=index,
        day=None if told.day is None else told.day if isinstance(told.day, int) else 0,
        tests=tuple((index, wanted) for index, wanted in tests if index is not None),
        items=tuple(items),
        blank=tuple(name for name, item in activity.items.items() if item.blank == "no"),
    )


def _item_plan(item: Item | None, told: Answer | Word, found: _Columns, work: _Import) -> _Item | None:
    cell = Answer(column=told) if isinstance(told, Word) else told
    index = found.index(cell.column)
    if item is None or index is None or any(True for _ in _answer_faults(item, cell)):
        return None
    codes = {key.text.strip(): code.text for key, code in cell.codes.items()}
    unit = cell.unit.text if cell.unit is not None else ""
    limit_of = replace(item, range=None, type="quantity")
    limits, fixed = [], []
    for end, word in (("lln", cell.lln), ("uln", cell.uln)):
        if word is None:
            continue
        if word.text in found.names:
            if (at := found.index(word)) is not None:
                limits.append((end, at, _reader(limit_of, {}, unit)))
            continue
        value = _reader(limit_of, {}, unit)(word.text)
        if isinstance(value, float):
            fixed.append((end, value))
        else:
            near = _nearest(word.text, found.names)
            says = f"{shown(word.text)} is neither a column of {found.file} nor a quantity in {item.unit}{near}"
            work.note("unknown-name", word.place, says)
    return _Item(item, index, _reader(item, codes, unit), tuple(limits), tuple(fixed))


def _reader(item: Item, codes: Mapping[str, str], unit: str) -> Callable[[str], Value | Refused]:
    """What a cell's text answers, the last thousands of texts remembered: a column says few things often."""
    other = unit if unit != item.unit else ""
    known: dict[str, Value | Refused] = {}

    def take(text: str) -> Value | Refused:
        found = known.get(text)
        if found is None:
            if len(known) > 10_000:
                known.clear()
            found = known[text] = _taken(item, codes, other, text)
        return found

    return take


def _taken(item: Item, codes: Mapping[str, str], unit: str, text: str) -> Value | Refused:
    if codes and text not in codes:
        says = f"{item.name}: {shown(text)} is not one of the codes {', '.join(list(codes)[:12])}"
        return Refused(f"{says}{did_you_mean(text, codes)}", _kept(item, text, "not one of the codes"))
    given = codes.get(text, text)
    if item.type not in ("text", "file", None) and len(given) > WORDS:
        given = f"{given[: WORDS - 1]}…"  # cut, and never an answer again
    elif unit and re.fullmatch(r"[-+]?[\d.]+(?:[eE][-+]?\d+)?", given, re.ASCII):
        given = f"{given} {unit}"  # so that words which are refused are kept with their unit
    try:
        return answer(item, given)
    except Refused as why:
        return why


def _kept(item: Item, text: str, why: str) -> Unclear:
    """Words that are no answer here, kept so that they are none either when a file of events is read back."""
    try:
        answer(item, text[:WORDS])
    except Refused as refused:
        return refused.kept
    return Unclear(f"{text[: WORDS - len(why) - 3]} ({why})", Why.UNREADABLE)


def _note_people(mapping: Tables, work: _Import) -> None:
    """Note what the tables say of a participant that does not fit together."""
    for name, told in work.repeats.items():
        who, place = told[0]
        others = f", and {_counted(count - 1, 'other')}" if (count := len({who for who, _ in told})) > 1 else ""
        says = f"{name} does not repeat, but participant {shown(who)} has it more than once{others}; all are kept"
        work.note("said-twice", place, says, Severity.WARNING)
    pathway = work.study.protocol.pathway
    begins = pathway.begins if pathway is not None else "enrolment"
    if not any(event.do.text == begins for table in mapping.tables for event in table.events):
        return
    for who, events in work.people.items():
        if not any(isinstance(event, Recorded) and event.activity == begins for event in events):
            says = f"participant {shown(who)} has events and no {begins}: no row tells it"
            work.note("not-begun", work.places[who], says, Severity.WARNING)
