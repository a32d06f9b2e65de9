"""A table of results: what its columns are taken for, and its rows as what forms ask.

A column is a participant, a day, a sample, or a field of the activity; or, where each row is one test, the test's name,
its value and its unit. What a column is taken for is proposed from its heading, and a person confirms it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...cohort.files import SUFFIXES, Unusable, opened
from ...study import Study
from ..staff.here import plain
from .rows import NOT_THESE, Incoming

WHO, ON, SAMPLE, TEST, VALUE, UNIT = "(participant)", "(day)", "(sample)", "(test)", "(value)", "(unit)"
ROLES = {WHO: "Participant", ON: "Day", SAMPLE: "Number of the sample", TEST: "Name of the test", VALUE: "Value", UNIT: "Unit"}
MOST_ROWS, MOST_BYTES = 20_000, 10_000_000
_HEADINGS = {
    WHO: r"participant|patient|pseudonym|subject|(?:study )?id|usubjid|who",
    ON: r"(?:visit |sample |collection |lab )?date|day|on|collected(?: on)?|taken(?: on)?|lbdtc",
    SAMPLE: r"sample(?: (?:no|id|number))?|specimen(?: (?:no|id|number))?|accession|lbrefid",
    TEST: r"test|analyte|parameter|lbtest(?:cd)?|loinc",
    VALUE: r"value|result|lborres",
    UNIT: r"units?|lborresu",
}


class Unclear(ValueError):
    """A table that cannot be taken as it stands: a sentence on why."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table that was read: its headings and its rows, each with its line."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    spoilt: tuple[tuple[int, str, str], ...] = ()
    """Lines that are no rows: their number, their text, and why."""


@dataclass(frozen=True, slots=True)
class Read:
    """What rows amount to, and which tests were left out because the activity has no field for them."""

    rows: tuple[Incoming, ...]
    left_out: tuple[str, ...] = ()


def read(content: bytes, name: str) -> Table:
    """A CSV file, a workbook's first sheet, or Parquet.

    Raises:
        Unclear: It holds no table.
    """
    if not name.lower().endswith(SUFFIXES):
        raise Unclear("A table is CSV, a workbook (.xlsx, .xls, .ods) or Parquet, each with the ending of its kind.")
    if len(content) > MOST_BYTES:
        raise Unclear("The file is larger than 10 megabytes: send it in parts.")
    rows: list[tuple[int, tuple[str, ...]]] = []
    spoilt: list[tuple[int, str, str]] = []
    try:
        with opened(content, file=name) as sheet:
            for row in sheet.rows:
                if row.fault:
                    spoilt.append((row.line, plain(row.text[:300]), row.fault))
                elif any(cell.strip() for cell in row.cells):
                    rows.append((row.line, tuple(map(plain, row.cells))))
                if len(rows) + len(spoilt) > MOST_ROWS:
                    raise Unclear(f"The table has more than {MOST_ROWS:,} rows: send it in parts.")
            columns = _each_once(tuple(map(plain, sheet.columns)))
    except Unusable as why:
        raise Unclear(f"{why.says[:1].upper()}{why.says[1:]}.") from why
    if not rows and not spoilt:
        raise Unclear("The table has no rows.")
    return Table(name, columns, tuple(rows), tuple(spoilt))


def _each_once(names: tuple[str, ...]) -> tuple[str, ...]:
    """Headings, each different: the second `date` is `date (2)`, and one that is missing is called by its place."""
    found: list[str] = []
    for index, name in enumerate(names, start=1):
        base = name.strip() or f"column {index}"
        told, turn = base, 2
        while told in found:
            told, turn = f"{base} ({turn})", turn + 1
        found.append(told)
    return tuple(found)


def activities(study: Study) -> dict[str, str]:
    """The activities that a table may tell of, with their labels: those that first have results."""
    found = {
        name: study.label(name)
        for name, each in study.activities.items()
        if each.items and not each.lesions and name not in NOT_THESE
    }
    return dict(sorted(found.items(), key=lambda each: (each[0] != "labs", each[1])))


def fields(study: Study, activity: str) -> dict[str, str]:
    """The fields of an activity's form and their labels."""
    return {name: item.label or name.replace("_", " ") for name, item in study.activities[activity].items.items()}


def proposed(table: Table, study: Study, activity: str) -> dict[str, str]:
    """What each column is taken for, by its heading; empty where nothing fits."""
    names = _names(study, activity)
    found: dict[str, str] = {}
    for column in table.columns:
        plain = _plain(column)
        role = next((role for role, pattern in _HEADINGS.items() if re.fullmatch(pattern, plain)), "")
        meant = names.get(plain, "") or names.get(re.sub(r"\s*\(.*\)$|\s*\[.*\]$", "", plain), "") or role
        found[column] = meant if meant not in found.values() else ""
    return found


def incoming(table: Table, mapping: Mapping[str, str], study: Study, activity: str) -> Read:
    """The rows of a table as what forms ask.

    Args:
        table: The table.
        mapping: What each column is taken for.
        study: Whose fields.
        activity: Of what the table tells.

    Raises:
        Unclear: The columns do not say enough, or one thing twice.
    """
    if activity not in activities(study):
        raise Unclear("Say what the table tells of.")
    used = {column: meant for column, meant in mapping.items() if meant and column in table.columns}
    allowed = {*ROLES, *fields(study, activity)}
    if any(meant not in allowed for meant in used.values()):
        raise Unclear("A column is taken for something that this activity has no field for.")
    twice = sorted({meant for meant in used.values() if list(used.values()).count(meant) > 1})
    if twice:
        raise Unclear(f"Two columns are taken for the same: {', '.join(ROLES.get(each, each) for each in twice)}.")
    column_of = {meant: table.columns.index(column) for column, meant in used.items()}
    if WHO not in column_of or ON not in column_of:
        raise Unclear("Say which column tells the participant, and which the day.")
    if (TEST in column_of) != (VALUE in column_of):
        raise Unclear("A column of tests needs one of values, and the other way round.")
    if TEST not in column_of and not set(used.values()) - set(ROLES):
        raise Unclear("No column is taken for a result.")
    return _tests(table, column_of, study, activity) if TEST in column_of else _wide(table, column_of, activity)


def _wide(table: Table, column_of: Mapping[str, int], activity: str) -> Read:
    made = []
    for line, cells in table.rows:
        told = _base(cells, column_of, activity)
        for meant, index in column_of.items():
            if meant not in ROLES and _cell(cells, index):
                told[f"{activity}.{meant}"] = _cell(cells, index)
        made.append(_row(table, line, cells, column_of, activity, told))
    return Read((*made, *_spoilt(table, activity)))


def _tests(table: Table, column_of: Mapping[str, int], study: Study, activity: str) -> Read:
    """A row a test: those of one participant, day and sample are one form. A test told twice starts another."""
    names = _names(study, activity)
    made: dict[tuple[str, str, str, int], Incoming] = {}
    left_out: dict[str, int] = {}
    for line, cells in table.rows:
        test = _cell(cells, column_of[TEST])
        meant = names.get(_plain(test), "")
        if not meant:
            left_out[test] = left_out.get(test, 0) + 1
            continue
        value = _cell(cells, column_of[VALUE])
        unit = _cell(cells, column_of[UNIT]) if UNIT in column_of else ""
        written = f"{value} {unit}".strip() if re.fullmatch(r"[-+0-9.,eE]+", value) else value
        base = _base(cells, column_of, activity)
        bare = (_cell(cells, column_of[WHO]), base[f"{activity}.on"], _cell(cells, column_of.get(SAMPLE, -1)))
        turn, name = 0, f"{activity}.{meant}"
        while (before := made.get((*bare, turn))) is not None and before.told.get(name, written) != written:
            turn += 1
        if before is None:
            made[(*bare, turn)] = _row(table, line, cells, column_of, activity, {**base, name: written}, turn)
        else:
            made[(*bare, turn)] = Incoming(
                before.who, activity, {**before.told, name: written}, before.source, before.line, before.key
            )
    return Read((*made.values(), *_spoilt(table, activity)), tuple(f"{test} ({count})" for test, count in left_out.items()))


def _row(table: Table, line: int, cells: Sequence[str], column_of: Mapping[str, int], activity: str, told: Mapping[str, str],
         turn: int = 0) -> Incoming:  # fmt: skip
    key = _cell(cells, column_of.get(SAMPLE, -1)) + (f" {turn + 1}" if turn else "")
    return Incoming(_cell(cells, column_of[WHO]), activity, told, table.name, line, key)


def _spoilt(table: Table, activity: str) -> tuple[Incoming, ...]:
    return tuple(Incoming("", activity, {f"{activity}.note": text}, table.name, line) for line, text, _ in table.spoilt)


def _base(cells: Sequence[str], column_of: Mapping[str, int], activity: str) -> dict[str, str]:
    on = _cell(cells, column_of[ON])
    return {f"{activity}.on": re.sub(r"^(\d{4}-\d\d-\d\d)[T ].*$", r"\1", on)}


def _cell(cells: Sequence[str], index: int) -> str:
    return cells[index].strip() if 0 <= index < len(cells) else ""


def _names(study: Study, activity: str) -> dict[str, str]:
    """Everything by which a field is known: its name, its label, its codes."""
    from ...vocabulary import vocabulary

    words = vocabulary()
    found: dict[str, str] = {}
    for name, item in study.activities[activity].items.items():
        term = words.get(item.use) if item.use else None
        codes = [str(code) for code in term.codes.values()] if term is not None else []
        for said in (name, item.label, *codes):
            if said:
                found.setdefault(_plain(said), name)
    return found


def _plain(text: str) -> str:
    return re.sub(r"[\s_\-–.]+", " ", text.casefold()).strip()
