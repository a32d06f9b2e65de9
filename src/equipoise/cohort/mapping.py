"""The mapping file `tables.yaml`: which events the rows of a cohort's tables tell, and how their cells are written."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

from ..answers import Refused, answer
from ..calendar import Times
from ..document import document, shown
from ..finding import NOWHERE, Finding, Place, Severity, Unreadable, did_you_mean
from ..protocol import Item
from ..quantity import NotConvertible, conversion
from ..reading import read
from ..study import Study
from .cells import DateOrder, Mark

FILE = "tables.yaml"

Encoding = Literal[
    "utf-8", "utf-16", "latin-1", "cp1250", "cp1251", "cp1252", "cp1253", "mac-roman", "gb18030", "big5", "shift_jis", "euc-kr"
]


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
    dates: Annotated[tuple[DateOrder, ...], "How its dates are written, if not as the table's others."] = ()
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
    """A cell of each row that answers an item, or one answer for all rows."""

    column: Annotated[Word | None, "The column's name, as in the header."] = None
    says: Annotated[Word | None, "The answer for every row, where no column tells what is known of all."] = None
    codes: Annotated[Codes, "What the cell says, and what that means; nothing else is then taken."] = field(
        default_factory=dict
    )
    unit: Annotated[Word | None, "The unit of bare numbers, if it is not the item's: a unit, or the column that says it."] = (
        None
    )
    lln: Annotated[Word | None, "The lower limit of normal: a column, or a quantity such as `10 U/L`."] = None
    uln: Annotated[Word | None, "The upper limit of normal: a column, or a quantity such as `40 U/L`."] = None
    decimal: Annotated[Mark | None, "What stands before tenths, if not as in the table's other columns."] = None
    dates: Annotated[tuple[DateOrder, ...], "How its dates are written, if not as the table's others."] = ()
    place: Place = field(default=NOWHERE, compare=False)

    def __post_init__(self) -> None:
        if (self.column is None) == (self.says is None):
            raise Unreadable("an item's answer is either in a column or the same for all ('says'), and just one of them")


@dataclass(frozen=True, kw_only=True)
class ListedLesion:
    """A lesion that a row lists."""

    id: Annotated[Word, "The column that names the lesion: the same name is the same lesion at every imaging."]
    organ: Annotated[CodedCell | Word | None, "The column of the organ."] = None
    segment: Annotated[Word | None, "The column of the segment."] = None
    diameter: Annotated[Answer | Word | None, "The column of its diameter, in mm where no unit is said."] = None
    status: Annotated[
        CodedCell | Word | None, "The column of its status; unsaid, measured where it has a diameter, else present."
    ] = None
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, kw_only=True)
class TableEvent:
    """An event that a row tells."""

    do: Annotated[Word | None, "The activity that took place."] = None
    decide: Annotated[Word | None, "Instead, the step at which people decided."] = None
    option: Annotated[CodedCell | Word | None, "The column that says what they chose, and what its codes mean."] = None
    reason: Annotated[Word | None, "The column that says why they did."] = None
    members: Annotated[Word | None, "The column that says how many took part."] = None
    lesion: Annotated[ListedLesion | None, "The lesion that a row lists: a participant's rows of one day are one event."] = None
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
        if (self.do is None) == (self.decide is None):
            raise Unreadable("an event says either do (an activity) or decide (a step), and just one of them")
        if (self.on is None) == (self.day is None):
            raise Unreadable(f"'{self.about}' must say either on (a column of dates) or day, and just one of them")
        if (self.decide is None) != (self.option is None) or (self.decide is not None and self.items):
            raise Unreadable(f"'{self.about}': a decision says its option and no items, and nothing else has an option")

    @property
    def about(self) -> Word:
        """The activity or the step."""
        found = self.do or self.decide
        assert found is not None
        return found


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table of a cohort: which events each row tells."""

    file: Annotated[Word, "The file, in the study's folder or the folder of tables: CSV, a workbook, or Parquet."]
    sheet: Annotated[str, "Of a workbook, the sheet; unsaid, its first."] = ""
    header: Annotated[
        Times | None, "The line of the headings, or the lines `2..3` where headings stand above headings; unsaid, the first."
    ] = None
    encoding: Annotated[
        Encoding | None, "How a text's letters are written; unsaid, UTF-8, or UTF-16 where the file says so."
    ] = None
    decimal: Annotated[Mark, "What stands before tenths: a point, or a comma (then 1.234,5 is 1234.5)."] = "point"
    dates: Annotated[
        tuple[DateOrder, ...], "How dates are written beside 2024-02-29: the first that fits is taken. Parts may be missing."
    ] = ()
    participant: Annotated[Word, "The column that names the participant."]
    prefix: Annotated[str, "What is put before that name, where centres number their own."] = ""
    site: Annotated[CodedCell | Word | None, "The column that names the site; or the site, where all rows are of one."] = None
    day_zero: Annotated[date | None, "The calendar day taken for day 0, where the table counts days."] = None
    missing: Annotated[tuple[str, ...], "What a cell says that says nothing. An empty cell is never an answer."] = ("",)
    events: Annotated[tuple[TableEvent, ...], "The events that a row tells, in their order if on one day."]
    place: Place = field(default=NOWHERE, compare=False)

    @property
    def called(self) -> str:
        """What findings call it: its file, and in brackets the sheet."""
        return f"{self.file}[{self.sheet}]" if self.sheet else self.file.text


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
            says = f"'{event.about}' counts days, and the table does not say its 'day_zero'"
            yield Finding("missing-key", event.place, says)
        if event.do is None:
            yield from _decision_faults(event, study)
            continue
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
                yield from answer_faults(item, told)
        if event.lesion is not None and not activity.lesions:
            says = f"'{event.do}' lists no lesions: say 'lesions: true' of it in study.yaml, if it does"
            yield Finding("wrong-shape", event.lesion.place, says)
        named = {key.text for key in event.items}
        for name, item in activity.items.items():
            if name in named or not (item.required or item.blank):
                continue
            says = f"{event.do} leaves out '{name}', which it requires"
            if item.blank:
                says = f"{event.do} leaves out '{name}', where a box left blank means no: it will be no for everybody"
            yield Finding("missing-answer", event.place, says, Severity.WARNING)


def _decision_faults(event: TableEvent, study: Study) -> Iterator[Finding]:
    """What the mapping of a decision says that the study's pathway does not know."""
    known = options_at(study)
    step = event.about
    if step.text not in known:
        says = f"{shown(step.text)} is not a step at which people decide{did_you_mean(step.text, known)}"
        yield Finding("unknown-name", step.place, says)
    elif isinstance(event.option, CodedCell):
        for code in event.option.codes.values():
            if code.text not in known[step.text]:
                says = f"{shown(code.text)} is not one of the options of '{step}': {', '.join(known[step.text])}"
                yield Finding("unknown-name", code.place, f"{says}{did_you_mean(code.text, known[step.text])}")


def options_at(study: Study) -> dict[str, tuple[str, ...]]:
    """The steps at which people decide, each with what they choose from."""
    pathway = study.protocol.pathway
    steps = pathway.steps.items() if pathway is not None else ()
    return {name: tuple(each.option for each in step.decide if each.option) for name, step in steps if step.by != "rule"}


NUMBERS = ("integer", "real", "quantity", "score")


def answer_faults(item: Item, told: Answer, columns: tuple[str, ...] = ()) -> Iterator[Finding]:
    """What the mapping of an item's column says that the item does not take.

    A unit that is none may be a column that holds it: that is told once the `columns` are known.
    """
    for code in (*told.codes.values(), *((told.says,) if told.says is not None else ())):
        try:
            answer(item, code.text)
        except Refused as why:
            yield Finding("unknown-name", code.place, why.says)
    numeric = item.type in NUMBERS
    for limit in (told.unit, told.lln, told.uln):
        if limit is not None and not numeric:
            yield Finding("wrong-shape", limit.place, f"{item.name} takes no numbers, so it has no unit and no limits")
    if told.unit is None or not numeric or told.unit.text in columns:
        return
    try:
        conversion(told.unit.text, item.unit, molar_mass(item))
    except NotConvertible as why:
        yield Finding("unit", told.unit.place, f"{item.name}: {why}")
    except Unreadable as why:
        if columns:
            yield Finding("unit", told.unit.place, f"{item.name}: {why}, and no column of the table is called so")


def molar_mass(item: Item) -> float | None:
    """Grams per mole of what an item measures, where that is said."""
    return item.molar_mass.value if item.molar_mass is not None else None
