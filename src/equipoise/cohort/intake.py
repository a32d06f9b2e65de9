"""An import: a cohort's tables read row by row, and each participant's events in order of time.

Nothing is guessed. A cell that its item refuses is kept with its words, as unclear; a row that says nobody or no day is
kept beside its reason; the same tables and the same mapping give the same events with the same names.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from ..calendar import When
from ..document import shown
from ..events import Decided, Event, Recorded, order
from ..finding import Finding, Place, Severity, did_you_mean
from ..study import Study
from ..table import ONLY_TABLES, printed
from .columns import Intake
from .files import SUFFIXES, Sheet, Unusable, opened
from .mapping import Table, Tables
from .rejected import Mendings, Rejected
from .rows import Plan, counted

Source = Path | Mapping[str, str | bytes | Path]


@dataclass(frozen=True)
class Imported:
    """What a cohort's tables tell: each participant's events in order of time, and what could not be taken.

    Each of the `rows` read has given an event or stands in `rejected`. So does each refused cell, whose words are in its
    event, as unclear.
    """

    people: Mapping[str, tuple[Event, ...]]
    rejected: tuple[Rejected, ...]
    findings: tuple[Finding, ...]
    rows: int = 0


@dataclass(slots=True)
class _Held:
    """An import under way, all of it held in memory."""

    study: Study
    people: dict[str, list[tuple[Recorded | Decided, Place]]] = field(default_factory=dict)
    rejected: list[Rejected] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    sites: set[str] = field(default_factory=set)
    rows: int = 0

    def note(self, rule: str, place: Place, says: str, severity: Severity = Severity.ERROR, text: str = "") -> None:
        self.findings.append(Finding(rule, place, printed(says), severity, printed(text[:2000])))

    def keep(self, event: Recorded | Decided, place: Place) -> None:
        self.people.setdefault(event.participant, []).append((event, place))

    def reject(self, rejected: Rejected) -> None:
        self.rejected.append(rejected)


def imported(study: Study, mapping: Tables, source: Source, mendings: Mendings | None = None) -> Imported:
    """The events that a cohort's tables tell, all of them in memory.

    An event is named after its table, its place in the mapping and the row, as the participant's first or second there,
    so that a second import tells the same events. An event without a day, though its row says that it took place, is
    left out and its row kept; where a row says nothing of an event, nothing is made of that.

    Args:
        study: Whose activities the rows tell.
        mapping: What the columns mean. What `told_tables` found wrong with it is left out here.
        source: The folder in which the tables lie, or the tables by the names that the mapping calls them.
        mendings: What coordinators wrote for cells and rows that could not be taken.
    """
    work = _Held(study)
    for number, table in enumerate(mapping.tables, 1):
        take_table(table, number, source, work, mendings or Mendings())
    people = People(study, mapping)
    told = {name: people.take(name, events) for name, events in work.people.items()}
    people.report(work)
    return Imported(told, tuple(work.rejected), tuple(work.findings), work.rows)


# --- tables ----------------------------------------------------------------------------------------------------------


def take_table(table: Table, number: int, source: Source, work: Intake, mendings: Mendings) -> bool:
    """Take a table's rows; whether it could be read to its end."""
    given = _given(table, source, work)
    if given is None:
        return False
    try:
        with opened(given, file=table.file.text, sheet=table.sheet, header=table.header, encoding=table.encoding) as sheet:
            _take_rows(table, number, sheet, work, mendings)
    except Unusable as why:
        work.note("unreadable", Place(table.called, why.line, 1 if why.line else 0), why.says, text=why.text)
        return False
    except OSError as why:
        says = f"the file could not be read to its end: {(why.strerror or str(why)).lower()}"
        work.note("unreadable", Place(table.called), says)
        return False
    return True


def _given(table: Table, source: Source, work: Intake) -> bytes | Path | None:
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
        work.note("unreadable", place, f"{shown(name)}: {ONLY_TABLES}")
        return None
    if isinstance(given, str | bytes):
        return given.encode("utf-8", "surrogatepass") if isinstance(given, str) else given
    try:
        if given.exists() and not given.is_file():  # a pipe may never end
            work.note("unreadable", place, f"{shown(name)} is not an ordinary file")
            return None
        with given.open("rb"):
            return given
    except OSError as why:
        says = "there is no such file" if isinstance(why, FileNotFoundError) else (why.strerror or str(why)).lower()
        work.note("unreadable", place, f"{shown(name)} cannot be read: {says}")
        return None


def _take_rows(table: Table, number: int, sheet: Sheet, work: Intake, mendings: Mendings) -> None:
    plan = Plan.of(table, number, sheet, work, mendings.table(table.file.text, table.sheet))
    if plan is None:
        return
    began = work.rows
    for row in sheet.rows:
        if row.fault or any(map(str.strip, row.cells)):  # a row of blanks alone says nothing
            work.rows += 1
            plan.take(row, work)
    if work.rows == began:
        says = "only a header: there are no rows"
        work.note("empty-table", Place(sheet.called, sheet.header.line, 1), says, Severity.WARNING)
    if plan.idle:
        many = f"{counted(plan.idle, 'row')}, the first on line {plan.first_idle},"
        says = f"{many} fit no event of the mapping and are kept aside"
        work.note("rejected-row", Place(sheet.called, plan.first_idle, 1), says, Severity.NOTE)


# --- people ----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class People:
    """What the tables say of participants that does not fit together, one participant after the other."""

    study: Study
    mapping: Tables
    repeats: dict[str, tuple[str, Place]] = field(default_factory=dict)
    repeating: Counter[str] = field(default_factory=Counter)
    without: list[tuple[str, Place]] = field(default_factory=list)
    count_without: int = 0

    def take(self, who: str, told: Sequence[tuple[Recorded | Decided, Place]]) -> tuple[Event, ...]:
        """A participant's events, in order of time."""
        first: set[str] = set()
        again: set[str] = set()
        for event, place in told:
            if isinstance(event, Decided) or event.lesions is not None:
                continue
            name = event.activity
            if name in first and not self.study.activities[name].repeats and name not in again:
                again.add(name)
                self.repeats.setdefault(name, (who, place))
                self.repeating[name] += 1
            first.add(name)
        if self.begins and self.begins not in first:
            self.count_without += 1
            if len(self.without) < 1000:
                self.without.append((who, told[0][1]))
        return tuple(sorted(_listed([event for event, _ in told]), key=order))

    @property
    def begins(self) -> str:
        """What begins the pathway, if the mapping tells it at all."""
        pathway = self.study.protocol.pathway
        begins = pathway.begins if pathway is not None else "enrolment"
        return begins if any(event.about.text == begins for table in self.mapping.tables for event in table.events) else ""

    def report(self, work: Intake) -> None:
        """Note what was found."""
        for name, (who, place) in self.repeats.items():
            count = self.repeating[name]
            others = f", and {counted(count - 1, 'other')}" if count > 1 else ""
            says = f"{name} does not repeat, but participant {shown(who)} has it more than once{others}; all are kept"
            work.note("said-twice", place, says, Severity.WARNING)
        for who, place in self.without:
            says = f"participant {shown(who)} has events and no {self.begins}: no row tells it"
            work.note("not-begun", place, says, Severity.WARNING)
        if self.count_without > len(self.without):
            says = f"and {self.count_without - len(self.without):,} other participants have events and no {self.begins}"
            work.note("not-begun", Place(), says, Severity.WARNING)


def _listed(told: Sequence[Recorded | Decided]) -> list[Event]:
    """Events as they are, the rows of one imaging that list a lesion each as one event that lists them all."""
    found: list[Event] = []
    listing: dict[tuple[str, When], int] = {}
    for event in told:
        if isinstance(event, Decided) or event.lesions is None:
            found.append(event)
            continue
        key = event.id.rpartition("-")[0], event.on
        at = listing.setdefault(key, len(found))
        if at == len(found):
            found.append(event)
            continue
        first = found[at]
        assert isinstance(first, Recorded)
        found[at] = replace(
            first, values={**event.values, **first.values}, limits={**event.limits, **first.limits},
            lesions=tuple(sorted((*(first.lesions or ()), *event.lesions), key=lambda each: each.id)),
        )  # fmt: skip
    return found
