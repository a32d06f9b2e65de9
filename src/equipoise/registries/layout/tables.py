"""Tables: by their heads if these are labels, else a label and its value a row; and cells that lost their table."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ...finding import Severity, Unreadable
from ..kinds import CHOICES, choice, numbers_in, plain, says_nothing
from ..labels import Label, label
from ..record import Arm, Intervention, Location, Outcome
from .bare import bare_run
from .groups import end_group, item, leave_pending
from .lines import Line
from .reading import LIKELY, UNSURE, Reading
from .values import close, given


def heads_below(reading: Reading, at: int) -> int:
    """How many heads of a table stand one below the other here, if its marks were lost: `Outcome`, `Time frame`."""
    size = 0
    while at + size < len(reading.lines) and size < 6:
        known = label(reading.lines[at + size].text)
        if (
            known is None
            or reading.lines[at + size].text.endswith(":")
            or not (known.shape == "part" and known.part in ("measure", "description", "time_frame"))
        ):
            break
        size += 1
    heads = [label(line.text) for line in reading.lines[at : at + size]]
    return size if size > 1 and any(head is not None and head.part == "measure" for head in heads) else 0


def stacked(reading: Reading, at: int, size: int) -> int:
    """Outcomes as cells one below the other, as many a row as there are heads; where the next label stands."""
    end_group(reading)
    parts: list[str] = []
    for line in reading.lines[at : at + size]:
        known = label(line.text)
        parts.append(known.part if known else "")
        reading.took(line, "label")
    at += size
    role = reading.section.part if reading.section else ""
    while at + size <= len(reading.lines):
        rows = reading.lines[at : at + size]
        if any(label(line.text) and label(line.text) != Label("part", "", "description") for line in rows):
            break
        given = dict(zip(parts, (line.text for line in rows), strict=True))
        whole = Outcome(given.get("measure", ""), role, given.get("description", ""), given.get("time_frame", ""))  # type: ignore[arg-type]
        reading.label_text = "a table"
        reading.say("outcomes", rows[0], rows[0].text, LIKELY, whole=whole)
        for line in rows:
            reading.took(line, "outcomes")
        at += size
    reading.current = None
    return at


def is_row(raw: str) -> bool:
    text = raw.strip()
    return text.count("|") >= 1 and (text.startswith("|") or text.endswith("|") or " | " in text)


def is_rule(raw: str) -> bool:
    return "-" in raw and not raw.strip().strip("|-: ")


def cells_of(raw: str) -> list[str]:
    text = raw.strip()
    text = text.removeprefix("|").removesuffix("|")
    return [cell.strip().replace("**", "") for cell in text.split("|")]


def _row(line: Line) -> list[str]:
    return list(line.cells) or cells_of(line.raw)


def table(reading: Reading, rows: Sequence[Line]) -> None:
    """A table: by its heads if they are labels, else a label and its value a row."""
    bare_run(reading)
    if reading.section is None or not reading.pending:
        leave_pending(reading)
    rows = _without_numbers(rows)
    called = _row(rows[0])
    heads = [label(cell) for cell in called]
    reading.has_met_label = True
    data = [row for row in rows[1:] if not is_rule(row.raw)]
    for row in rows:
        if is_rule(row.raw):
            reading.took(row, "label")
    known = [head for head in heads if head is not None]
    if data and (heads[0] is None or heads[0].shape != "section") and (grouped := _grouped(called)):
        reading.took(rows[0], "label")
        reading.label_text = "a table"
        if grouped[0] == "criteria":
            _criteria(reading, grouped[1], data)
        else:
            for row in data:
                _one_of(reading, row, grouped[0], dict(zip(grouped[1], _row(row), strict=False)))
        return
    if not known or (len(heads) == 2 and not data):
        _pairs(reading, rows)
        return
    reading.took(rows[0], "label")
    if known[0].shape == "dates":
        _date_columns(reading, heads, data)
        return
    if len(heads) == 2 and heads[1] is None and any(label(_row(row)[0]) for row in data):
        _pairs(reading, rows)
        return
    first = heads[0]
    for row in data:
        cells = _row(row)
        if first is not None and first.shape == "section" and first.field in ("arms", "outcomes", "interventions"):
            _table_group(reading, row, heads, cells)
            continue
        for head, cell, name in zip(heads, cells, called, strict=False):
            if head is None or not cell:
                if cell:
                    reading.took(row, "left")
                continue
            reading.label_text = name
            given(reading, head, row, cell, is_inline=True)
            reading.current = None


def _without_numbers(rows: Sequence[Line]) -> Sequence[Line]:
    """Without a first column that only counts the rows."""
    firsts = [_row(row)[0].strip(" .") for row in rows if not is_rule(row.raw)]
    counts = sum(first.isdigit() for first in firsts)
    if counts < 3 or any(first and not first.isdigit() for first in firsts[1:]) or any(len(_row(row)) < 3 for row in rows):
        return rows
    return [row if is_rule(row.raw) else replace(row, cells=tuple(_row(row)[1:])) for row in rows]


def _pairs(reading: Reading, rows: Sequence[Line]) -> None:
    above: tuple[Label, str] | None = None  # the label of the row above, in which a row without one goes on
    for row in rows:
        if is_rule(row.raw):
            continue
        cells = _row(row)
        if len(cells) == 4 and (second := label(cells[2])) is not None and second.field and label(cells[0]) and cells[3]:
            _pairs(reading, [replace(row, cells=tuple(cells[:2])), replace(row, cells=tuple(cells[2:]))])
            continue
        head = label(cells[0])
        rest = " | ".join(cells[1:]).strip(" |")
        if not cells[0] and rest and above is not None:
            _goes_on(reading, row, rest, *above)
            continue
        above = (head, cells[0]) if head is not None else None
        if (head is None or head.shape == "nothing") and not rest and len(cells) > 1:
            reading.took(row, "label")  # a heading over the rows below
        elif head is None and any(number == rest for number, _ in numbers_in(rest)):
            reading.label_text = cells[0]
            reading.say("identifiers", row, rest, LIKELY)
        elif head is None or head.shape not in ("value", "list", "text", "section"):
            reading.took(row, "left")
        elif not rest:
            reading.took(row, "label")
        else:
            _goes_on(reading, row, rest, head, cells[0])


def _goes_on(reading: Reading, row: Line, text: str, head: Label, called: str) -> None:
    """A cell under a label, or under the label that it begins with: `Included: consent; no metastases`."""
    inner, colon, rest = text.partition(":")
    known = label(inner.strip()) if colon and rest.strip() and head.shape != "section" else None
    if known is not None and known.shape in ("value", "list", "text", "section") and known.field:
        head, called, text = known, inner.strip(), rest.strip()
    reading.section = head if head.shape == "section" else None
    reading.label_text = called
    if head.field == "eligibility" and head.part:
        said = (
            "Exclusion criteria:"
            if re.search(r"exclu|ausschl|exklu", called, re.I) or head.part == "exclude"
            else "Inclusion criteria:"
        )
        reading.text.append(Line(row.number, row.column, said, said))
    given(reading, head, row, text, is_inline=True)
    leave_pending(reading)
    close(reading)
    reading.section = None


def _date_columns(reading: Reading, heads: Sequence[Label | None], data: Sequence[Line]) -> None:
    """Columns of dates whose own labels are lost: the register's order tells them."""
    for n, row in enumerate(data):
        for head, cell in zip(heads, _row(row), strict=False):
            if head is None or not cell:
                continue
            field_name = head.fields[n] if head.shape == "dates" and n < len(head.fields) else ""
            if says_nothing("title", cell):
                reading.took(row, "nothing")
            elif not field_name:
                reading.took(row, "left")
            else:
                reading.label_text = ""
                reading.say(field_name, row, cell, UNSURE)
    if data:
        says = "the dates below have no labels of their own: they are taken in the register's order"
        reading.intake.find(
            "record-guessed",
            reading.intake.place(data[0].number, data[0].column, len(data[0].text)),
            says,
            Severity.NOTE,
            text=data[0].raw,
        )


def _table_group(reading: Reading, row: Line, heads: Sequence[Label | None], cells: Sequence[str]) -> None:
    """A row that is an arm, an intervention or an outcome."""
    first = heads[0]
    assert first is not None
    if not any(cells):
        reading.took(row, "nothing")
        return
    given = dict.fromkeys(("description", "time_frame", "second"), "")
    for head, cell in zip(heads[1:], cells[1:], strict=False):
        key = head.part if head is not None and head.shape == "part" else "second"
        given[key] = cell
    reading.label_text = "a table"
    if first.field == "outcomes":
        whole: object = Outcome(cells[0], first.part, given["description"] or given["second"], given["time_frame"])  # type: ignore[arg-type]
        reading.say("outcomes", row, cells[0], LIKELY, whole=whole)
    elif first.field == "arms":
        kind, name, said = _arm_cell(cells[0])
        names = tuple(part.strip() for part in re.split(r";|<br\s{0,5}/?>", given["second"]) if part.strip())
        reading.say(
            "arms",
            row,
            cells[0],
            UNSURE if said or not name else LIKELY,
            whole=Arm(name or cells[0], kind, said or given["description"], names),
        )
        for each in names:
            item(reading, "interventions", row, each)
    else:
        whole = Intervention(cells[0], "", given["description"] or given["second"])
        reading.say("interventions", row, cells[0], LIKELY, whole=whole)


def _arm_cell(cell: str) -> tuple[str, str, str]:
    """`Experimental: ablation Thermal ablation and ...`: kind, label, description, as far as they can be told apart."""
    kind, colon, rest = cell.partition(":")
    if colon and (not kind.strip() or plain(kind) in CHOICES["arm_kind"]):
        rest = rest.strip()
        split = re.match(r"([^A-Z]{3,60}?)\s+([A-Z][a-z]*\s.{20,})", rest)
        word = CHOICES["arm_kind"].get(plain(kind), "")
        return (word, split[1].strip(), split[2]) if split else (word, rest, "")
    return "", cell, ""


def _columns(rows: str) -> Mapping[str, Mapping[str, str]]:
    columns: dict[str, dict[str, str]] = {}
    for row in rows.strip().splitlines():
        head, _, spellings = row.partition(":")
        name, part = head.split()
        columns.setdefault(name, {}).update({plain(each): part for each in spellings.split("|")})
    return columns


_COLUMNS = _columns("""
arms label: arm | arms | arm name | group | groups | study arm | treatment arm | group name | arm group | cohort | study group
arms kind: type | kind | arm type | role | group type
arms description: description | details | what they get | what is given | regimen | treatment | intervention | interventions | dose | receives
outcomes measure: outcome | outcomes | outcome measure | measure | endpoint | end point | what is measured | variable
outcomes role: role | type | level | rank | category | kind
outcomes time_frame: when measured | when | time frame | timeframe | time point | time points | timepoint | timepoints | time | measured at | timing | measured when
outcomes description: description | details | definition | how measured | how | method | instrument
interventions name: intervention | intervention name | drug | product | drug name | product name
interventions kind: type | kind | intervention type
interventions description: description | details | dose | dosage | regimen | how given
locations facility: site | facility | hospital | centre | center | institution | clinic | study site | trial site | site name | study centre
locations city: city | town | place
locations state: state | region | province | county | state or province
locations country: country
locations status: status | recruitment status | site status
criteria include: inclusion | inclusion criteria | key inclusion criteria | include | included | can join
criteria exclude: exclusion | exclusion criteria | key exclusion criteria | exclude | excluded | cannot join
""")
"""The heads that a table of arms, outcomes, interventions or places has over its columns."""


def _grouped(heads: Sequence[str]) -> tuple[str, list[str]] | None:
    """What the rows of a table are, and the part that each of its columns is, where its heads tell."""
    if len(heads) < 2:
        return None
    for name, parts in _COLUMNS.items():
        found = [parts.get(plain(head), "") for head in heads]
        if found[0] == next(iter(parts.values())) and len(set(filter(None, found))) == len(found):
            return name, found
    return None


def is_grouped(heads: Sequence[str]) -> bool:
    """Whether these are the heads of a table whose rows are arms, outcomes, interventions, places or criteria."""
    return _grouped(heads) is not None


def _one_of(reading: Reading, row: Line, name: str, parts: Mapping[str, str]) -> None:
    """A row that is an arm, an outcome, an intervention or a place, by the heads of its columns."""
    said = {part: text for part, text in parts.items() if text and not says_nothing("title", text)}
    first = next(iter(parts.values()), "")
    if not said or not first:
        reading.took(row, "left" if said else "nothing")
        return
    spelled = plain(said.get("kind", said.get("role", "")))
    if name == "arms":
        whole: object = Arm(first, CHOICES["arm_kind"].get(spelled, ""), said.get("description", ""))
    elif name == "interventions":
        whole = Intervention(first, CHOICES["intervention_kind"].get(spelled, ""), said.get("description", ""))
    elif name == "outcomes":
        role = next((each for each in ("primary", "secondary", "other") if each in spelled.split()), "")
        if not role and reading.section is not None and reading.section.field == "outcomes":
            role = reading.section.part
        whole = Outcome(first, role, said.get("description", ""), said.get("time_frame", ""))  # type: ignore[arg-type]
    else:
        try:
            status = choice("status", said["status"]) if "status" in said else ""
        except Unreadable:
            status = ""
        whole = Location(first, said.get("city", ""), said.get("state", ""), said.get("country", ""), status)
    reading.say(name, row, first, LIKELY, whole=whole)


def _criteria(reading: Reading, parts: Sequence[str], data: Sequence[Line]) -> None:
    """Inclusion and exclusion criteria beside each other: one text, each under its heading."""
    text: list[str] = []
    for part, heading in (("include", "Inclusion criteria:"), ("exclude", "Exclusion criteria:")):
        cells = [dict(zip(parts, _row(row), strict=False)).get(part, "") for row in data]
        text += [heading, *(f"- {cell}" for cell in cells if cell and not says_nothing("title", cell))]
    for row in data[1:]:
        reading.took(row, "eligibility")
    reading.say("eligibility", data[0], _row(data[0])[0], LIKELY, whole="\n".join(text))
