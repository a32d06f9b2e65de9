"""A REDCap data dictionary from a study's forms, and the forms again from a dictionary."""

import csv
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from io import StringIO
from pathlib import Path
from typing import Any

from ...calendar import Span
from ...document import document
from ...expression.english import english
from ...expression.tree import Among, And, Compare, Constant, Field, Named, Not, Or, Pick, Tree
from ...finding import Finding, Place, Severity
from ...protocol import Activity, Formula, Item, Limits, Source
from ...quantity import Quantity
from ...reading import read
from ...study import Study
from ..forms import DECIDED, DECISION, forms, has_decisions

Row = dict[str, str]

COLUMNS = (
    "Variable / Field Name", "Form Name", "Section Header", "Field Type", "Field Label", "Choices, Calculations, OR Slider Labels", "Field Note",
    "Text Validation Type OR Show Slider Number", "Text Validation Min", "Text Validation Max", "Identifier?",
    "Branching Logic (Show field only if...)", "Required Field?", "Custom Alignment", "Question Number (surveys only)", "Matrix Group Name",
    "Matrix Ranking?", "Field Annotation",
)  # fmt: skip
NAME, FORM, TYPE, LABEL, CHOICES, NOTE, CHECK, LOW, HIGH, LOGIC, REQUIRED, ANNOTATION = (
    COLUMNS[at] for at in (0, 1, 3, 4, 5, 6, 7, 8, 9, 11, 12, 17)
)  # fmt: skip
RECORD = "record_id"
LESIONS = "lesions_seen"
MARK = "equipoise: "
"""What begins the part of an annotation that says what REDCap has no column for."""

_TYPES = {"choice": "radio", "yes_no": "yesno", "text": "notes", "file": "file"}
_CHECKS = {"integer": "integer", "real": "number", "quantity": "number", "score": "number", "date": "date_ymd"}
_NATIVE = frozenset(("label", "of", "range", "required", "unit", "name", "place"))


def field_names(study: Study) -> dict[tuple[str, str], str]:
    """What the field of each item is called: the item's name where one form alone has it, else with the form's before it."""
    counted: dict[str, int] = {}
    told = forms(study)
    for each in told.values():
        for key in each.items:
            counted[key] = counted.get(key, 0) + 1
    taken = {RECORD, f"{DECISION}_date", *(f"{form}_date" for form in told), *(f"{form}_{LESIONS}" for form in told), *_DECIDED}
    made = {}
    for form, each in told.items():
        for key in each.items:
            name = key if counted[key] == 1 and key not in taken else f"{form}__{key}"
            made[form, key] = name
    return made


_DECIDED = {f"{DECISION}_{key}": says for key, says in DECIDED.items()}


def dictionary(study: Study) -> tuple[list[Row], tuple[Finding, ...]]:
    """The rows of a data dictionary, and what it says less well than the study."""
    names, findings = field_names(study), list[Finding]()
    told = forms(study)
    first = next(iter(told))
    rows = [_row(RECORD, first, "text", "Participant")]
    for form, each in told.items():
        about = _words(each, skip=("items", "name", "place", "label"))
        rows.append(
            _row(
                f"{form}_date",
                form,
                "text",
                f"{each.label or form}: date",
                check="date_ymd",
                required=True,
                beside={"label": each.label, **about},
            )
        )
        if each.lesions:
            note = "One line a lesion: name; organ; segment; diameter in mm; role; status; node"
            rows.append(_row(f"{form}_{LESIONS}", form, "notes", "Lesions seen", note=note, beside={"lesions_seen": True}))
        for key, item in each.items.items():
            logic = ""
            if item.when is not None and item.when.tree is not None:
                try:
                    logic = branching(item.when.tree, names)
                except ValueError:
                    says = f"REDCap: '{form}.{key}' is asked only if {english(item.when.tree, study.scope)}; REDCap cannot ask that, so it asks always"
                    findings.append(Finding("not-carried", item.place, says, Severity.WARNING))
            rows.append(_field(names[form, key], form, key, item, logic))
    if has_decisions(study):
        rows.append(
            _row(
                f"{DECISION}_date",
                DECISION,
                "text",
                "Decision: date",
                check="date_ymd",
                required=True,
                beside={"decision": True},
            )
        )
        rows += [
            _row(name, DECISION, "text", label, check="integer" if name.endswith("members") else "", beside={"decision": True})
            for name, label in _DECIDED.items()
        ]
    return rows, tuple(findings)


def _row(
    name: str, form: str, kind: str, label: str, *, choices: str = "", note: str = "", check: str = "", low: str = "", high: str = "",
    logic: str = "", required: bool = False, beside: Mapping[str, Any] | None = None,
) -> Row:  # fmt: skip
    annotation = MARK + json.dumps(beside, ensure_ascii=False) if beside else ""
    said = {NAME: name, FORM: form, TYPE: kind, LABEL: label, CHOICES: choices, NOTE: note, CHECK: check, LOW: low, HIGH: high, LOGIC: logic,
            REQUIRED: "y" if required else "", ANNOTATION: annotation}  # fmt: skip
    return {column: said.get(column, "") for column in COLUMNS}


def _field(name: str, form: str, key: str, item: Item, logic: str) -> Row:
    kind = item.type or "text"
    shown = _TYPES.get(kind, "radio" if item.of and not isinstance(item.of, tuple) else "text")
    labels = {code: code for code in item.of} if isinstance(item.of, tuple) else item.of
    beside = {"item": key, **_words(item, skip=tuple(_NATIVE))}
    if item.of and (isinstance(item.of, tuple) or any("|" in text for text in labels.values()) or shown not in ("radio",)):
        beside["of"] = [*item.of] if isinstance(item.of, tuple) else {str(code): text for code, text in labels.items()}
    limits = item.range
    check = _CHECKS.get(kind, "") if shown == "text" else ""
    if limits is not None and check not in ("integer", "number"):
        beside["range"] = _word(limits)
        limits = None
    return _row(
        name, form, shown, item.label, choices=" | ".join(f"{code}, {text.replace('|', '/')}" for code, text in labels.items()) if shown == "radio" else "",
        note=f"Unit: {item.unit}" if item.unit else "", check=check, low=_number(limits.low) if limits is not None else "",
        high=_number(limits.high) if limits is not None else "", logic=logic, required=item.required, beside=beside,
    )  # fmt: skip


def _words(of: Activity | Item, *, skip: tuple[str, ...]) -> dict[str, Any]:
    """What an activity or an item says, word by word, as it would stand in a study file."""
    made = {}
    for each in fields(of):
        value = getattr(of, each.name)
        if each.name in skip or value is None or value == each.default or value in ("", (), {}):
            continue
        made[each.name.removesuffix("_")] = _word(value)
    return made


def _word(value: Any) -> Any:
    match value:
        case Formula():
            return value.text
        case Limits():
            return f"{_number(value.low)}..{_number(value.high)}"
        case Quantity() | Span():
            return str(value)
        case Source():
            return {each.name: getattr(value, each.name) for each in fields(value) if getattr(value, each.name)}
        case bool():
            return "yes" if value else "no"
        case _:
            return value


def _number(value: float) -> str:
    """A number without an exponent."""
    return str(int(value)) if float(value).is_integer() else repr(value)


# --- branching -------------------------------------------------------------------------------------------------------


def branching(tree: Tree, names: Mapping[tuple[str, str], str]) -> str:
    """A statement as REDCap's branching logic.

    Raises:
        ValueError: REDCap cannot say it.
    """
    match tree:
        case Named(of=inner):
            return branching(inner, names)
        case Not(of=Pick(of=Field() as asked)) if asked.type.kind.name == "TRUTH":
            return f"[{_named(asked, names)}] = '0'"
        case And(of=parts) | Or(of=parts):
            return f" {'and' if isinstance(tree, And) else 'or'} ".join(f"({branching(part, names)})" for part in parts)
        case Pick(of=Field() as asked) if asked.type.kind.name == "TRUTH":
            return f"[{_named(asked, names)}] = '1'"
        case Among(of=Pick(of=Field() as asked), options=options):
            return " or ".join(f"[{_named(asked, names)}] = '{option}'" for option in options)
        case Compare(op=op, left=Pick(of=Field() as asked), right=Constant(value=float() | int() as value)) if not isinstance(
            value, bool
        ):
            sign = {"==": "=", "!=": "<>"}.get(op, op)
            known = f"[{_named(asked, names)}]"
            return f"{known} <> '' and {known} {sign} {value:g}"  # an empty field would compare as less than any number
        case _:
            raise ValueError("REDCap has no words for it")


def _named(asked: Field, names: Mapping[tuple[str, str], str]) -> str:
    if (asked.form, asked.name) not in names:
        raise ValueError(f"{asked.name} is no field")
    return names[asked.form, asked.name]


# --- reading ---------------------------------------------------------------------------------------------------------


def read_dictionary(source: Path | str, *, file: str = "") -> tuple[dict[str, Activity], tuple[Finding, ...]]:
    """The activities that a data dictionary tells, and what of it is not understood.

    Args:
        source: The file, or its text.
        file: What findings call it.
    """
    called = file or (str(source) if isinstance(source, Path) else "")
    try:
        text = source.read_text(encoding="utf-8-sig") if isinstance(source, Path) else source
    except (OSError, UnicodeDecodeError) as why:
        says = f"the file cannot be read: {getattr(why, 'strerror', None) or why}"
        return {}, (Finding("unreadable", Place(called), says),)
    rows = csv.DictReader(StringIO(text, newline=""), delimiter=separator(text), restval="")
    try:
        heads = {*(rows.fieldnames or ())}
    except csv.Error as why:
        return {}, (Finding("unreadable", Place(called, 1), f"the heads of the columns cannot be read: {why}"),)
    if not {NAME, FORM, TYPE} <= heads:
        return {}, (Finding("unreadable", Place(called, 1), f"this is no data dictionary: it has no column '{NAME}'"),)
    findings: list[Finding] = []
    made: dict[str, dict[str, Any]] = {}
    for number, row in table_rows(rows, called, findings):
        place = Place(called, number)
        said, name, form = _beside(row), row[NAME], row[FORM]
        if name == RECORD or form == DECISION and said.get("decision"):
            continue
        activity = made.setdefault(form, {"items": {}})
        if said.get("lesions_seen"):
            continue
        if name == f"{form}_date" and "item" not in said:
            activity |= {key: value for key, value in said.items() if value != "" and key != "items"}
            continue
        item = {**_item(row, place, findings), **{key: value for key, value in said.items() if key != "item"}}
        if item:
            key = said.get("item", name)
            activity["items"][key if isinstance(key, str) else name] = item
    found = {}
    for form, told in made.items():
        if not told["items"]:
            del told["items"]
        given = document(
            json.dumps(told, ensure_ascii=False, indent=0), file=called
        )  # a document's lines have a greatest length
        value, faults = read(Activity, given.root)
        findings += [  # their lines are of the text between, not of the file
            replace(each, place=Place(called), says=f"form '{form}': {each.says}", text="")
            for each in (*given.findings, *faults)
        ]
        if value is not None:
            found[form] = replace(value, name=form)
    return found, tuple(findings)


def separator(text: str) -> str:
    """What stands between the cells: whichever REDCap was asked for."""
    head = re.sub(r'"[^"]*"', "", text[:200_000].split("\n", 1)[0])
    return max((",", ";", "\t", "|", "^"), key=head.count)


def table_rows(rows: "csv.DictReader[str]", file: str, findings: list[Finding]) -> Iterator[tuple[int, Row]]:
    """The rows of a table with their lines; where it breaks off, a finding says so."""
    try:
        for row in rows:
            if any(row.get(None) or ()):
                says = "the row has more cells than there are columns: those beyond are left out"
                findings.append(Finding("not-understood", Place(file, rows.line_num), says, Severity.WARNING))
            yield rows.line_num, {key: value or "" for key, value in row.items() if key is not None}
    except csv.Error as why:
        findings.append(Finding("unreadable", Place(file, rows.line_num), f"the table breaks off here: {why}"))


def _beside(row: Mapping[str, str]) -> dict[str, Any]:
    """What an annotation of ours says; nothing in a dictionary of somebody else's."""
    _, mark, rest = (row.get(ANNOTATION) or "").partition(MARK)
    if not mark:
        return {}
    try:
        told = json.loads(rest)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


_FIELD_TYPES = {
    "radio": "choice",
    "dropdown": "choice",
    "yesno": "yes_no",
    "truefalse": "yes_no",
    "notes": "text",
    "text": "text",
    "file": "file",
    "slider": "integer",
}
_CHECKED = {"integer": "integer", "number": "real", "date_ymd": "date", "date_mdy": "date", "date_dmy": "date"}


def _item(row: Mapping[str, str], place: Place, findings: list[Finding]) -> dict[str, Any]:
    """A field as the words of an item, by REDCap's own columns."""
    kind, check = row[TYPE].strip(), (row.get(CHECK) or "").strip()
    if kind not in _FIELD_TYPES:
        says = f"field '{row[NAME]}' is of type '{kind}', of which no item can be made"
        findings.append(Finding("not-understood", place, says, Severity.NOTE if kind == "descriptive" else Severity.WARNING))
        return {}
    made: dict[str, Any] = {
        "label": re.sub(r"</?[A-Za-z][^<>]*>", "", row.get(LABEL) or "").strip(),
        "type": _FIELD_TYPES[kind],
    }
    if kind == "text" and check:
        made["type"] = next((ours for theirs, ours in _CHECKED.items() if check.startswith(theirs)), "text")
        made["type"] = "real" if check.startswith("number") else made["type"]
    if made["type"] == "choice":
        made["of"] = dict(_choices(row.get(CHOICES) or ""))
    if row.get(LOW) and row.get(HIGH):
        made["range"] = f"{row[LOW]}..{row[HIGH]}"
    elif row.get(LOW) or row.get(HIGH):
        findings.append(
            Finding(
                "not-understood", place, f"field '{row[NAME]}' has one limit alone; an item has both or none", Severity.WARNING
            )
        )
    if (row.get(REQUIRED) or "").strip().lower() in ("y", "yes"):
        made["required"] = "yes"
    unit = re.fullmatch(r"Unit: (.+)", row.get(NOTE) or "")
    if unit is not None:
        made["unit"] = unit[1]
    if row.get(LOGIC) and not _beside(row):
        says = f"field '{row[NAME]}' is shown only if {row[LOGIC]}: branching logic is not read"
        findings.append(Finding("not-understood", place, says, Severity.WARNING))
    return {key: value for key, value in made.items() if value not in ("", {})}


def _choices(text: str) -> Iterator[tuple[str, str]]:
    for part in text.split("|"):
        code, _, label = part.partition(",")
        if code.strip():
            yield code.strip(), label.strip()
