"""Tables: by their heads if these are labels, else a label and its value a row; and cells that lost their table."""

import re
from collections.abc import Sequence

from ...finding import Severity
from ..kinds import CHOICES, numbers_in, plain, says_nothing
from ..labels import Label, label
from ..record import Arm, Intervention, Outcome
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


def table(reading: Reading, rows: Sequence[Line]) -> None:
    """A table: by its heads if they are labels, else a label and its value a row."""
    bare_run(reading)
    if reading.section is None or not reading.pending:
        leave_pending(reading)
    heads = [label(cell) for cell in cells_of(rows[0].raw)]
    reading.has_met_label = True
    data = [row for row in rows[1:] if not is_rule(row.raw)]
    for row in rows:
        if is_rule(row.raw):
            reading.took(row, "label")
    known = [head for head in heads if head is not None]
    if not known or (len(heads) == 2 and not data):
        _pairs(reading, rows)
        return
    reading.took(rows[0], "label")
    called = cells_of(rows[0].raw)
    if known[0].shape == "dates":
        _date_columns(reading, heads, data)
        return
    if len(heads) == 2 and heads[1] is None and any(label(cells_of(row.raw)[0]) for row in data):
        _pairs(reading, rows)
        return
    first = heads[0]
    for row in data:
        cells = cells_of(row.raw)
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


def _pairs(reading: Reading, rows: Sequence[Line]) -> None:
    for row in rows:
        if is_rule(row.raw):
            continue
        cells = cells_of(row.raw)
        head = label(cells[0])
        rest = " | ".join(cells[1:]).strip(" |")
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
            reading.section = head if head.shape == "section" else None
            reading.label_text = cells[0]
            given(reading, head, row, rest, is_inline=True)
            close(reading)
            reading.section = None


def _date_columns(reading: Reading, heads: Sequence[Label | None], data: Sequence[Line]) -> None:
    """Columns of dates whose own labels are lost: the register's order tells them."""
    for n, row in enumerate(data):
        for head, cell in zip(heads, cells_of(row.raw), strict=False):
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
