"""Columns found: what the mapping names of a table, where it stands, and how its cells are read."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Protocol

from ..answers import Refused, answer
from ..document import shown
from ..events import Decided, Recorded
from ..expression.facts import Unclear, Value, Why
from ..finding import Place, Severity, Unreadable, did_you_mean
from ..protocol import LESION_FACTS, Activity, Item
from ..study import Study
from .cells import DateOrder, Mark, day_told, number_told
from .files import Sheet
from .mapping import NUMBERS, Answer, Cell, CodedCell, ListedLesion, Table, TableEvent, Word, answer_faults, options_at
from .rejected import Rejected

WORDS = 200
"""How many characters of a refused answer are kept: as many as a file of events keeps."""


class Intake(Protocol):
    """Where an import's events, rejected rows and findings go."""

    study: Study
    sites: set[str]
    rows: int

    def note(self, rule: str, place: Place, says: str, severity: Severity = Severity.ERROR, text: str = "") -> None:
        """Note a finding."""

    def keep(self, event: Recorded | Decided, place: Place) -> None:
        """Keep an event, which the row at a place tells."""

    def reject(self, rejected: Rejected) -> None:
        """Keep what could not be taken."""


class Taken(NamedTuple):
    """An item whose cells are read: where they stand, and what was made of each text before."""

    item: Item
    at: int | None
    says: str
    unit_at: int | None
    take: Callable[[str, str], "Value | Refused"]
    limits: tuple[tuple[str, int, Callable[[str, str], "Value | Refused"]], ...]
    fixed: tuple[tuple[str, str, Callable[[str, str], "Value | Refused"]], ...]


class Chosen(NamedTuple):
    """What people chose at a step: where that stands, what its codes mean, what there was to choose from, and why."""

    at: int
    codes: Mapping[str, str]
    options: tuple[str, ...]
    reason: int | None
    members: int | None


class Listed(NamedTuple):
    """A lesion that rows list: the column of its name, and of each thing told of it, with what its codes mean."""

    id: int
    words: tuple[tuple[str, int, Mapping[str, str]], ...]
    diameter: Taken | None


class Told(NamedTuple):
    """An event that rows tell, its columns found."""

    number: int
    name: str
    activity: Activity | None
    option: Chosen | None
    lesion: Listed | None
    at: int | None
    day: int | None
    dates: tuple[DateOrder, ...]
    tests: tuple[tuple[int, frozenset[str]], ...]
    items: tuple[Taken, ...]
    blank: tuple[str, ...]


def _nearest(name: str, names: Sequence[str]) -> str:
    """The end of a sentence about a column that is not there; a header's capitals are easily missed."""
    alike = next((each for each in names if each.casefold() == name.casefold()), "")
    return f"; did you mean '{alike}'?" if alike else did_you_mean(name, names)


# --- columns ---------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Columns:
    """The columns of a table, by name, and which of them the mapping used."""

    file: str
    names: tuple[str, ...]
    work: Intake
    used: set[int] = field(default_factory=set)

    def index(self, word: Word) -> int | None:
        """Where a column stands; None, and a finding in the mapping file, if that cannot be told."""
        name = " ".join(word.text.split())
        if self.names.count(name) == 1:
            index = self.names.index(name)
            self.used.add(index)
            return index
        says = f"{shown(name)} is not a column of {self.file}{_nearest(name, self.names)}"
        if name in self.names:
            says = f"{shown(name)} stands more than once in the header of {self.file}: which is meant is not told"
        self.work.note("unknown-name", word.place, says)
        return None


def event_plan(number: int, told: TableEvent, table: Table, sheet: Sheet, found: Columns, work: Intake) -> Told | None:
    """An event with its columns found; None if what it names is not there, which has been said."""
    activity = work.study.activities.get(told.do.text) if told.do is not None else None
    option = _chosen(told, found, work) if told.decide is not None else None
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
        if (each := _item_plan(activity.items.get(key.text) if activity else None, cell, table, sheet, found, work)) is not None
    ]
    if (activity is None and option is None) or (isinstance(column, Word) and index is None):
        return None
    if any(index is None for index, _ in tests):
        return None
    if told.day is not None and table.day_zero is None:
        return None
    return Told(
        number=number,
        name=told.about.text,
        activity=activity,
        option=option,
        lesion=_listed(told.lesion, table, sheet, found, work) if told.lesion is not None else None,
        at=index,
        day=None if told.day is None else told.day if isinstance(told.day, int) else 0,
        dates=(dated.dates if isinstance(dated, Cell) else ()) or table.dates,
        tests=tuple((index, wanted) for index, wanted in tests if index is not None),
        items=tuple(items),
        blank=tuple(name for name, item in activity.items.items() if item.blank == "no") if activity is not None else (),
    )


def _chosen(told: TableEvent, found: Columns, work: Intake) -> Chosen | None:
    """A decision with its columns found; None if they are not there, or the pathway has no such step, which has been said."""
    assert told.option is not None
    at = found.index(told.option.column if isinstance(told.option, CodedCell) else told.option)
    reason = found.index(told.reason) if told.reason is not None else None
    members = found.index(told.members) if told.members is not None else None
    options = options_at(work.study).get(told.about.text)
    if at is None or options is None:
        return None
    codes = (
        {key.text.strip(): code.text for key, code in told.option.codes.items()} if isinstance(told.option, CodedCell) else {}
    )
    return Chosen(at, codes, options, reason, members)


def _listed(told: ListedLesion, table: Table, sheet: Sheet, found: Columns, work: Intake) -> Listed | None:
    """A lesion with its columns found; None if nothing names it, which has been said."""
    id_at = found.index(told.id)
    words = []
    for word, cell in (("organ", told.organ), ("segment", told.segment), ("status", told.status)):
        if cell is None:
            continue
        at = found.index(cell.column if isinstance(cell, CodedCell) else cell)
        codes = {key.text.strip(): code.text for key, code in cell.codes.items()} if isinstance(cell, CodedCell) else {}
        if at is not None:
            words.append((word, at, codes))
    item = replace(LESION_FACTS["diameter"], name="diameter")
    diameter = _item_plan(item, told.diameter, table, sheet, found, work) if told.diameter is not None else None
    return None if id_at is None else Listed(id_at, tuple(words), diameter)


def _item_plan(
    item: Item | None, told: Answer | Word, table: Table, sheet: Sheet, found: Columns, work: Intake
) -> Taken | None:
    cell = Answer(column=told) if isinstance(told, Word) else told
    index = found.index(cell.column) if cell.column is not None else None
    if item is None or (index is None and cell.says is None):
        return None
    faults = tuple(answer_faults(item, cell, sheet.columns))
    if faults:
        if not any(True for _ in answer_faults(item, cell)):  # what only the header shows was not said before
            for each in faults:
                work.note("unit", each.place, each.says)
        return None
    codes = {key.text.strip(): code.text for key, code in cell.codes.items()}
    unit, unit_at = cell.unit.text if cell.unit is not None else "", None
    if cell.unit is not None and unit in sheet.columns:
        unit, unit_at = "", found.index(cell.unit)
    way = _Way(unit, cell.decimal or table.decimal, cell.dates or table.dates, sheet.typed)
    limit_of = replace(item, range=None, type="quantity")
    limits, fixed = [], []
    for end, word in (("lln", cell.lln), ("uln", cell.uln)):
        if word is None:
            continue
        if word.text in found.names:
            if (at := found.index(word)) is not None:
                limits.append((end, at, _reader(limit_of, {}, way)))
            continue
        take = _reader(limit_of, {}, replace(way, decimal="point"))
        if isinstance(take(word.text, item.unit if unit_at is not None else ""), float):
            fixed.append((end, word.text, take))
        else:
            near = _nearest(word.text, found.names)
            says = f"{shown(word.text)} is neither a column of {found.file} nor a quantity in {item.unit}{near}"
            work.note("unknown-name", word.place, says)
    says = cell.says.text if cell.says is not None else ""
    return Taken(item, index, says, unit_at, _reader(item, codes, way), tuple(limits), tuple(fixed))


# --- cells -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Way:
    """How a column's answers are written: the unit of bare numbers, the decimal mark, the order of dates."""

    unit: str
    decimal: Mark
    dates: tuple[DateOrder, ...]
    typed: bool


def _reader(item: Item, codes: Mapping[str, str], way: _Way) -> Callable[[str, str], Value | Refused]:
    """What a cell's text answers, the last thousands of texts remembered: a column says few things often."""
    known: dict[tuple[str, str], Value | Refused] = {}

    def take(text: str, unit: str) -> Value | Refused:
        found = known.get((text, unit))
        if found is None:
            if len(known) > 10_000:
                known.clear()
            found = known[text, unit] = _taken(item, codes, way, text, unit or way.unit)
        return found

    return take


def _taken(item: Item, codes: Mapping[str, str], way: _Way, text: str, unit: str) -> Value | Refused:
    if codes and text not in codes:
        says = f"{item.name}: {shown(text)} is not one of the codes {', '.join(list(codes)[:12])}"
        return Refused(f"{says}{did_you_mean(text, codes)}", kept(item, text, "not one of the codes"))
    given = codes.get(text, text)
    if item.type not in ("text", "file", None) and len(given) > WORDS:
        given = f"{given[: WORDS - 1]}…"  # cut, and never an answer again
    elif item.type in NUMBERS and not codes:
        try:
            given = number_told(given, way.decimal, typed=way.typed)
        except Unreadable as why:
            return Refused(f"{item.name}: {why.says}", kept(item, text, "not with a decimal comma"))
    elif item.type in ("date", "month"):
        try:
            given = str(day_told(given, way.dates))
        except Unreadable as why:
            return Refused(f"{item.name}: {why.says}", kept(item, text, "no date as the table writes them"))
    if unit and unit != item.unit and re.fullmatch(r"[-+]?[\d.]+(?:[eE][-+]?\d+)?", given, re.ASCII):
        given = f"{given} {unit}"  # so that words which are refused are kept with their unit
    try:
        return answer(item, given)
    except Refused as why:
        return why


def kept(item: Item, text: str, why: str) -> Unclear:
    """Words that are no answer here, kept so that they are none either when a file of events is read back."""
    for words in (text[:WORDS], f"{text[: WORDS - len(why) - 3]} ({why})"):
        try:
            answer(item, words)
        except Refused as refused:
            return refused.kept
    return Unclear(f"{text[: WORDS - len(why) - 3]} ({why})", Why.UNREADABLE)
