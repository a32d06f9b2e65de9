"""The text of a page about one trial, of any site: its layout is read, not its address.

What is looked for: a label and its value on one line, a label and its value on the next lines, tables, headings, pairs
before the text between lines of `---`, and bare values whose labels were lost, which their kind tells: a date, a trial's
number, INTERVENTIONAL. A labelled value is likely; a bare one is unsure. Each line is accounted for: a field took it, it
is a label, it says nothing, or it is left and found.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from ..finding import Finding, Severity, Unreadable
from .intake import Intake
from .kinds import (
    CHOICES,
    NOTHING,
    choice,
    count,
    day,
    facts_run_together,
    is_organisation,
    look,
    numbers_in,
    order_of,
    plain,
    says_nothing,
    sex,
    value,
)
from .labels import BEFORE, LONGEST_LABEL, STANDING, TELLING, Label, label, label_before, labels_in_a_row
from .record import FIELDS, Arm, Confidence, Intervention, Location, Outcome, Record
from .structured import phases

LIKELY, UNSURE = Confidence.LIKELY, Confidence.UNSURE
MOST_LINES = 20_000
LONGEST_LINE = 200_000


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page: as it stood, and without what only sets it off."""

    number: int
    column: int
    raw: str
    text: str
    is_bullet: bool = False
    is_heading: bool = False
    is_after_blank: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a line: the field that took it, `label`, `nothing` (it says nothing), or `left`."""

    line: int
    text: str
    by: str


_LINK = re.compile(r"\[([^\]\n]{1,300})\]\([^)\n]{1,500}\)")


def lines(text: str) -> tuple[Line, ...]:
    """The lines of a page that hold something."""
    kept: list[Line] = []
    blank = True
    for number, raw in enumerate(re.split(r"\r\n|\n|\r", text)[:MOST_LINES], 1):
        stripped = raw[:LONGEST_LINE].strip()
        if not stripped:
            blank = True
            continue
        column = len(raw) - len(raw.lstrip()) + 1
        shown, is_heading = stripped, False
        if heading := re.match(r"#{1,6}\s+", shown):
            shown, is_heading = shown[heading.end() :], True
        bullet = re.match(r"[•*‣◦▪·-]\s+", shown)
        if bullet:
            shown = shown[bullet.end() :]
        if "**" in shown:
            shown = shown.replace("**", "")
        if "](" in shown:
            shown = _LINK.sub(r"\1", shown)
        kept.append(Line(number, column, raw.rstrip(), shown.strip(), bool(bullet), is_heading, blank))
        blank = False
    return tuple(kept)


@dataclass(slots=True)
class _Reading:
    """A page while it is read."""

    intake: Intake
    lines: tuple[Line, ...]
    taken: dict[int, list[str]] = field(default_factory=dict)
    current: Label | None = None  # the label whose value is awaited
    label_text: str = ""
    text: list[Line] = field(default_factory=list)  # of a field that takes all lines until the next label
    section: Label | None = None  # arms, interventions or outcomes follow
    group: dict[str, Any] = field(default_factory=dict)  # one of them
    group_field: str = ""
    group_line: Line | None = None
    pending: list[Line] = field(default_factory=list)  # bare lines whose meaning the next lines may tell
    bare: list[tuple[Line, str]] = field(default_factory=list)  # bare dates and numbers, read as a run
    has_met_label: bool = False
    has_met_heading: bool = False
    has_content: bool = False
    label_line: Line | None = None
    is_guide_next: bool = False

    # --- what becomes of lines ---

    def took(self, line: Line, by: str) -> None:
        """Account for a line."""
        so_far = self.taken.setdefault(line.number, [])
        if by not in so_far:
            so_far.append(by)

    def say(self, name: str, line: Line, text: str, confidence: Confidence, *, whole: object = None) -> bool:
        """Note a value, and that its line is taken."""
        at = line.raw.find(text)
        place = self.intake.place(line.number, at + 1 if at >= 0 else line.column, max(1, min(len(text), len(line.raw))))
        standing = next((word for said, word in STANDING.items() if said in f"{self.label_text} {text}".casefold()), "")
        if FIELDS[name].kind not in ("date", "enrolment"):
            standing = ""
        fits = self.intake.say(
            name,
            text,
            path=self.label_text if confidence is LIKELY else "",
            place=place,
            confidence=confidence,
            standing=standing,  # type: ignore[arg-type]
            whole=whole,
        )
        self.took(line, name if fits else look(text) or name)
        return fits


def records(text: str, file: str) -> Iterator[tuple[Record, tuple[Finding, ...]]]:
    """The trial that a page is about."""
    record, findings, _ = _read(text, file)
    yield record, findings


def taken(text: str) -> tuple[Taken, ...]:
    """What became of each line of a page that holds something."""
    return _read(text, "")[2]


def _read(text: str, file: str) -> tuple[Record, tuple[Finding, ...], tuple[Taken, ...]]:
    intake = Intake("page", file)
    reading = _Reading(intake, lines(text))
    at = _front(reading)
    while at < len(reading.lines):
        at = _step(reading, at)
    _close(reading)
    _bare_run(reading)
    _leave_pending(reading)
    _yield(reading)
    _acronym(intake)
    accounted = tuple(
        Taken(line.number, line.raw, ", ".join(reading.taken.get(line.number, ["left"]))) for line in reading.lines
    )
    for line in reading.lines:
        if "left" in reading.taken.get(line.number, ["left"]):
            where = intake.place(line.number, line.column, len(line.raw.strip()))
            intake.find(
                "record-line-left", where, f"no field takes this line: '{line.text[:60]}'", Severity.NOTE, text=line.raw
            )
    if text.count("\n") > MOST_LINES:
        intake.find(
            "record-line-left", intake.place(MOST_LINES + 1), f"only the first {MOST_LINES:,} lines are read", Severity.WARNING
        )
    record, findings = intake.record()
    return record, findings, accounted


def _front(reading: _Reading) -> int:
    """Pairs between two lines of `---` at the top; where the page's text begins."""
    shown = reading.lines
    if not shown or shown[0].raw.strip() != "---":
        return 0
    end = next((n for n, line in enumerate(shown[1:200], 1) if line.raw.strip() == "---"), 0)
    for line in shown[: end + 1] if end else ():
        key, _, text = line.raw.partition(":")
        known = label(key)
        if line.raw.strip() == "---":
            reading.took(line, "label")
        elif known is None or known.shape not in ("value", "list", "text") or not known.field or key.strip() == "source":
            reading.took(line, "left")
        else:
            reading.label_text = key.strip()
            _given(reading, known, line, text.strip().strip("\"'"), is_inline=True)
    reading.current = None
    reading.label_text = ""
    return end + 1 if end else 0


def _step(reading: _Reading, at: int) -> int:
    """Read one line, or the table that begins there; where the next begins."""
    line = reading.lines[at]
    if _is_row(line.raw):
        end = at
        while end < len(reading.lines) and (_is_row(reading.lines[end].raw) or _is_rule(reading.lines[end].raw)):
            if (
                end > at
                and end + 1 < len(reading.lines)
                and _is_rule(reading.lines[end + 1].raw)
                and not _is_rule(reading.lines[end].raw)
            ):
                break  # the heads of another table
            end += 1
        if end - at > 1 or any(label(cell) for cell in _cells(line.raw)):
            _close(reading)
            _table(reading, reading.lines[at:end])
            return end
    if size := _heads_below(reading, at):
        return _stacked(reading, at, size)
    if _is_arms_heading(reading, at):
        _open(reading, Label("section", "arms"), line.text, line, "")
        reading.took(reading.lines[at + 1], "label")
        return at + 2
    if found := _label_here(reading, at):
        known, called, rest = found
        # An item under `Primary outcome:` and the like belongs to it; all else closes what came before.
        _open(reading, known, called, line, rest)
        return at + 1
    if reading.section and reading.section.field in ("arms", "outcomes") and _next_is(reading, at, "description"):
        _end_group(reading)
        part = "label" if reading.section.field == "arms" else "measure"
        reading.group, reading.group_field, reading.group_line = {part: line.text}, reading.section.field, line
        reading.current = None
        reading.took(line, reading.section.field)
        return at + 1
    if row := labels_in_a_row(line.text):
        _close(reading)
        reading.took(line, "label")
        return _columns(reading, row, at + 1)
    _feed(reading, line)
    return at + 1


def _heads_below(reading: _Reading, at: int) -> int:
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


def _is_arms_heading(reading: _Reading, at: int) -> bool:
    """Whether the heads of a table of arms and what they get stand here, one below the other."""
    heads = [label(line.text) for line in reading.lines[at : at + 2]]
    shapes = [(head.shape, head.field) for head in heads if head is not None]
    return shapes == [("section", "arms"), ("section", "interventions")] and not reading.lines[at].text.endswith(":")


def _stacked(reading: _Reading, at: int, size: int) -> int:
    """Outcomes as cells one below the other, as many a row as there are heads; where the next label stands."""
    _end_group(reading)
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


def _next_is(reading: _Reading, at: int, part: str) -> bool:
    if at + 1 >= len(reading.lines) or len(reading.lines[at].text) > 150:
        return False
    known = label(reading.lines[at + 1].text)
    return known is not None and known.shape == "part" and known.part == part


# --- labels ---


def _label_here(reading: _Reading, at: int) -> tuple[Label, str, str] | None:
    """The label that a line is or begins with, as it is called, and what follows on the line."""
    line = reading.lines[at]
    text = line.text
    in_text = reading.current is not None and reading.current.shape == "text" and bool(reading.text)
    if known := label(text):
        if known.part == "heading" and reading.current is not None and reading.current.field == "eligibility":
            return None
        ends = text.endswith((":", "?"))
        stands_out = ends or line.is_heading or line.is_after_blank or len(plain(text).split()) > 1
        if not stands_out and known.field in FIELDS and FIELDS[known.field].kind in TELLING and at + 1 < len(reading.lines):
            stands_out = _fits(known.field, reading.lines[at + 1].text)  # `Phase`, and under it a phase
        if known.shape == "part" and known.part == "interventions" and not reading.group:
            return None
        if (
            known.shape == "value"
            and reading.current is not None
            and reading.current.shape == "list"
            and not (ends or line.is_after_blank or line.is_heading)
        ):
            # Inside a list, a word alone may be an item as well as a label: the next line tells.
            follows = reading.lines[at + 1].text if at + 1 < len(reading.lines) else ""
            if not _fits(known.field, follows):
                return None
        if not in_text or (stands_out and not (line.is_bullet and not ends)):
            if in_text and line.is_bullet and known.field == "eligibility":
                return None
            return known, text.rstrip(":? "), ""
    colon = text.find(":")
    if 0 < colon <= LONGEST_LABEL:
        called, rest = text[:colon].strip(), text[colon + 1 :].strip()
        known = label(called)
        if known and rest and known.shape != "nothing":
            if known.shape == "part" and not in_text:
                return known, called, rest
            if not in_text:
                if known.shape != "value" or _fits(known.field, rest):
                    return known, called, rest
                return (known, called, rest) if len(rest) < 120 else None
            if (
                known.shape in ("value", "list")
                and _fits(known.field, rest)
                and FIELDS.get(known.field, FIELDS["title"]).kind not in ("text", "prose")
            ):
                return known, called, rest
            if known.shape == "text" and known.field != (reading.current.field if reading.current else "") and len(rest) > 60:
                return known, called, rest
        elif known and rest and known.shape == "nothing" and not in_text and len(rest) < 120:
            return known, called, rest
    if reading.current is None and (prefixed := label_before(text)):
        known, _, rest = prefixed
        if (
            is_organisation(rest)
            if FIELDS[known.field].kind == "organisation"
            else _fits(known.field, rest) and not says_nothing("title", rest)
        ):
            if known.field != "identifiers" or any(number == rest for number, _ in numbers_in(rest)):
                return prefixed
    if not in_text:
        spelled = text.casefold()
        for before in BEFORE:
            if spelled.startswith(before + " ") and (known := label(before)):
                return known, text[: len(before)], text[len(before) :].strip()
    return None


def _fits(name: str, text: str) -> bool:
    """Whether a text can be a field's value, or says that there is none."""
    if name == "ages":
        return bool(facts_run_together(text)) or look(text) == "minimum_age"
    if says_nothing(name, text):
        return True
    try:
        value(name, text)
    except Unreadable:
        return False
    return not (FIELDS[name].kind in ("title", "organisation", "text", "condition") and len(text) > 400)


def _open(reading: _Reading, known: Label, called: str, line: Line, rest: str) -> None:
    """A label begins: what was open ends."""
    if known.shape == "part":
        _part(reading, known, called, line, rest)
        return
    _close(reading)
    _bare_run(reading)
    _leave_pending(reading)
    reading.has_met_label = reading.has_met_label or known.shape != "nothing" or bool(rest)
    reading.has_met_heading = True
    reading.took(line, "label")
    reading.label_text, reading.label_line = called, line
    reading.is_guide_next = not rest
    reading.has_content = False
    if known.shape == "section":
        reading.section, reading.current = known, Label("list", known.field)
    elif known.shape == "nothing":
        reading.section = reading.current = None
        if rest:
            reading.taken.pop(line.number, None)
            reading.took(line, "nothing" if says_nothing("title", rest) else "left")
        return
    else:
        reading.section, reading.current = None, known
    if known.part == "heading":  # `Inclusion criteria` is part of the text that it heads
        reading.text.append(line)
        reading.has_content = True
    if rest:
        reading.taken.pop(line.number, None)
        _given(reading, known, line, rest, is_inline=True)


def _close(reading: _Reading) -> None:
    """What was open ends: a text is whole, a group is whole."""
    if reading.text and reading.current is not None:
        name, first = reading.current.field, reading.text[0]
        for line in reading.text:
            reading.took(line, name)
        whole = _joined(reading.text)
        so_far = reading.intake.values.get(name, []) if name == "eligibility" else []
        if so_far:  # inclusion here, exclusion under the next label: one text
            whole = f"{so_far[0].text}\n\n{whole}"
            place, reading.intake.values[name] = so_far[0].place, []
            reading.intake.say(name, whole, path=so_far[0].path, place=place, confidence=LIKELY)
        else:
            place = reading.intake.place(first.number, first.column, len(first.text))
            reading.intake.say(name, whole, path=reading.label_text, place=place, confidence=LIKELY)
    elif (
        reading.current is not None
        and reading.current.shape in ("value", "text", "list")
        and not reading.has_content
        and reading.label_line
    ):
        where = reading.intake.place(reading.label_line.number, reading.label_line.column, len(reading.label_text))
        says = f"nothing stands under '{reading.label_text}'"
        reading.intake.find(
            "record-label-empty", where, says, Severity.NOTE, text=reading.label_line.raw, about=reading.current.field
        )
    reading.text = []
    _end_group(reading)
    reading.current = None


def _joined(taken_lines: Sequence[Line]) -> str:
    """Lines as they stood, blank lines kept, without the indentation that all of them share."""
    indent = min(len(line.raw) - len(line.raw.lstrip()) for line in taken_lines)
    parts: list[str] = []
    for n, line in enumerate(taken_lines):
        if n and line.is_after_blank:
            parts.append("")
        parts.append(line.raw[indent:] if not line.is_heading else line.text)
    return "\n".join(parts)


# --- values ---

_GUIDE = re.compile(
    r"(?:review|dive|get|explore|learn|see|check|find|discover|view|read|browse|click|understand|look)\s+(?:the|into|a|an|out|about|how|more|back|what|up|here|for)\b"
    r"|(?:this|these)\s+(?:section|dates?|page|information|platform)\s|this is where\b|to hear about\b|please\b|researchers look for people\b|the person responsible for entering\b",
    re.I,
)  # fmt: skip


def _is_guide(text: str) -> bool:
    """Whether a line is the site speaking about its page: `Review the sponsor-provided synopsis`."""
    return bool(_GUIDE.match(text)) and len(text) < 400


def _feed(reading: _Reading, line: Line) -> None:
    """A line that is no label."""
    known = reading.current
    if known is not None and reading.is_guide_next and _is_guide(line.text):
        reading.took(line, "left")
        return
    reading.is_guide_next = False
    if known is None:
        _loose(reading, line)
        return
    if known.shape == "list" and line.is_after_blank and reading.has_content and not line.is_bullet:
        _close(reading)
        if reading.section and reading.section.field in ("arms", "outcomes"):
            reading.current = Label("list", reading.section.field)
        else:
            _loose(reading, line)
            return
    if line.is_heading and known.shape in ("text", "list"):
        _close(reading)
        reading.took(line, "left")
        return
    _given(reading, reading.current or known, line, line.text, is_inline=False)


def _given(reading: _Reading, known: Label, line: Line, text: str, *, is_inline: bool) -> None:
    """A line, or the rest of one, under a label."""
    reading.has_content = True
    match known.shape:
        case "text":
            if known.field == "eligibility" and not reading.text and (facts := facts_run_together(text)):
                for name, said, _ in facts:
                    if says_nothing(name, said):
                        reading.took(line, "nothing")
                    else:
                        reading.say(name, line, said, LIKELY)
                return
            if not reading.text and says_nothing("title", text):
                reading.took(line, "nothing")
                reading.current = None
                return
            if is_inline:
                rest = Line(line.number, line.column + max(0, line.raw.find(text)), text, text)
                reading.text.append(rest)
                reading.current = known
            else:
                reading.text.append(line)
        case "list" if known.field in ("arms", "interventions", "outcomes"):
            _item(reading, known.field, line, text)
        case "list" | "section" if known.field in FIELDS and known.field not in ("arms", "interventions", "outcomes"):
            for each in _items(known.field, text, is_inline=is_inline):
                _list_value(reading, known.field, line, each)
        case "section":
            for each in _items(known.field, text, is_inline=is_inline):
                _item(reading, known.field, line, each)
        case "dates":
            _loose(reading, line)
        case "part":
            _give_part(reading, known.part, text)
            reading.took(line, known.field)
        case _:
            reading.current = None
            _single(reading, known.field, line, text, is_inline=is_inline)


def _items(name: str, text: str, *, is_inline: bool) -> list[str]:
    """The items of a list: on one line parted by commas, unless a comma belongs to a name."""
    if not is_inline or name in ("locations", "identifiers", "links", "arms", "outcomes"):
        return [text]
    parts = [part.strip() for part in re.split(r"[;|]|,(?![^(]*\))", text) if part.strip()]
    if name in ("collaborators", "funders") and not all(is_organisation(part) for part in parts):
        return [text]
    return parts


def _list_value(reading: _Reading, name: str, line: Line, text: str) -> None:
    if says_nothing(name, text):
        reading.took(line, "nothing")
        reading.current = None
    elif name == "locations":
        parts = [part.strip() for part in text.split(",")]
        so_far = reading.intake.values.get("locations", [])
        if (
            len(parts) == 1
            and so_far
            and so_far[-1].place.line == line.number - 1
            and so_far[-1].value.city
            and not so_far[-1].value.facility
        ):
            so_far[-1] = replace(
                so_far[-1], value=replace(so_far[-1].value, facility=text)
            )  # `Lyon, France`, and under it the hospital
            reading.took(line, name)
            return
        if len(parts) > 2 and re.fullmatch(r"[A-Z]{0,2}[\d -]{3,10}[A-Z]{0,2}", parts[-1]):
            parts.pop()  # its postal code
        where = Location(
            facility=", ".join(filter(None, parts[:-3])),
            city=parts[-3] if len(parts) >= 3 else parts[0] if len(parts) == 2 else "",
            state=parts[-2] if len(parts) >= 3 else "",
            country=parts[-1],
        )
        reading.say(name, line, text, LIKELY, whole=where)
    elif name == "phases":
        for phase in phases(text):
            if not _spells(name, phase):
                reading.current = None
                _loose(reading, line)
                return
            reading.say(name, line, phase, LIKELY)
    elif FIELDS[name].kind == "condition" and len(text) > 200:
        reading.current = None
        _loose(reading, line)
    else:
        reading.say(name, line, text, LIKELY)


def _spells(name: str, text: str) -> bool:
    try:
        choice(name, text)
    except Unreadable:
        return False
    return True


def _single(reading: _Reading, name: str, line: Line, text: str, *, is_inline: bool) -> None:
    """The one value of a label."""
    if name == "ages":
        _ages(reading, line, text)
        return
    if says_nothing(name, text):
        reading.took(line, "nothing")
        return
    kind = FIELDS[name].kind
    if not is_inline and kind not in ("prose", "title") and len(text.split()) > 14:
        # A sentence is not a status: the label stands over nothing.
        says = f"{reading.label_text} has no value"
        reading.intake.find(
            "record-label-empty", reading.intake.place(line.number, line.column), says, Severity.NOTE, text=line.raw, about=name
        )
        _loose(reading, line)
        return
    if name == "sponsor":
        _sponsor(reading, line, text)
        return
    if name == "healthy_volunteers" and not _fits(name, text) or name == "sex" and not _fits(name, text):
        if facts := facts_run_together(text):
            for each, said, _ in facts:
                if not says_nothing(each, said):
                    reading.say(each, line, said, LIKELY)
            return
    if name == "masking" and (who := re.fullmatch(r"(\w+)\s*\(([^)]{3,120})\)", text)) and _spells(name, who[1]):
        reading.say(name, line, who[1], LIKELY)
        for each in who[2].split(","):
            if _spells("masked", each):
                reading.say("masked", line, each.strip(), LIKELY)
        return
    if kind == "choice" and not _fits(name, text) and not look(text) and is_inline and len(text) > 40:
        reading.took(line, "left")
        return
    fits = reading.say(name, line, text, LIKELY)
    if not fits and not look(text):
        reading.taken[line.number] = ["left"]


def _ages(reading: _Reading, line: Line, text: str) -> None:
    """`18+ years old`, `18 Years to 75 Years`, `18 Years and older`; or what stands there instead."""
    if facts := facts_run_together(text):
        for name, said, _ in facts:
            if says_nothing(name, said):
                reading.took(line, "nothing")
            else:
                reading.say(name, line, said, LIKELY)
        return
    if says_nothing("minimum_age", text):
        reading.took(line, "nothing")
    elif look(text) == "minimum_age":
        name = "maximum_age" if re.match(r"(?:up to|under|younger|<|≤)", text.strip(), re.I) else "minimum_age"
        reading.say(name, line, text, LIKELY)
    else:
        home = look(text)
        reading.intake.misplaced(
            "minimum_age",
            text,
            reading.label_text,
            reading.intake.place(line.number, line.column, len(text)),
            f"'{text[:40]}' is not an age",
        )
        reading.took(line, home or "left")


def _sponsor(reading: _Reading, line: Line, text: str) -> None:
    """An organisation, perhaps with its kind in brackets, perhaps followed by a date that nobody names."""
    if len(text) > 300:
        reading.took(line, "left")
        return
    name, _, rest = text.partition(" · ")
    name = re.sub(r" \((?:responsible party|sponsor)\)$", "", name, flags=re.I)
    if kind := re.search(r"\s*\((other|industry|nih|network|fed|indiv|other_gov|u\.s\. fed|individual)\)$", name, re.I):
        reading.say("sponsor_kind", line, kind[1], LIKELY)
        name = name[: kind.start()]
    reading.say("sponsor", line, name.strip(), LIKELY)
    if rest:
        try:
            when = day(rest)
        except Unreadable:
            reading.took(line, "left")
        else:
            reading.say("other_dates", line, rest.strip(), UNSURE, whole=when)


# --- arms, interventions, outcomes ---

_KINDED = re.compile(r"([A-Za-z][A-Za-z /]{2,25}):\s+(\S.*)")


def _item(reading: _Reading, name: str, line: Line, text: str) -> None:
    """A line that is an arm, an intervention or an outcome by itself."""
    if says_nothing("title", text):
        reading.took(line, "nothing")
        return
    sized = _SIZED.fullmatch(text)
    if sized:
        reading.say("enrolment", line, sized[1], LIKELY)
        reading.say("groups", line, sized[2], LIKELY)
        return
    if name == "interventions":
        kinded = _KINDED.fullmatch(text)
        kind = CHOICES["intervention_kind"].get(plain(kinded[1]), "") if kinded else ""
        whole: object = Intervention(kinded[2] if kinded and kind else text, kind)
        if len(text) > 300:
            reading.took(line, "left")
            return
    elif name == "arms":
        if numbered := re.fullmatch(r"(?:arm|group|cohort)\s+(\d{1,2}|[A-H])", text, re.I):
            reading.took(line, "groups")
            _numbered_group(reading, line, numbered[1])
            return
        kinded = _KINDED.fullmatch(text)
        if kinded and plain(kinded[1]) in CHOICES["intervention_kind"] and plain(kinded[1]) != "other":
            if reading.group_field == "arms" and reading.group:
                _give_part(reading, "interventions", text)
            _item(reading, "interventions", line, text)
            return
        if kinded and plain(kinded[1]) in CHOICES["arm_kind"]:
            # Its description and what it gets follow line by line.
            _end_group(reading)
            reading.group = {"label": kinded[2], "kind": kinded[1]}
            reading.group_field, reading.group_line = "arms", line
            reading.took(line, "arms")
            return
        if reading.group_field == "arms" and reading.group.get("kind"):
            _more(reading, line, text)
            return
        if len(text) > 200 or len(text) < 2:
            reading.took(line, "left")
            return
        kind = CHOICES["arm_kind"].get(plain(kinded[1]), "") if kinded else ""
        whole = Arm(kinded[2] if kinded and kind else text, kind)
    else:
        if len(text) > 600:
            reading.took(line, "left")
            return
        reading.pending.append(line)  # its time frame may follow
        return
    reading.say(name, line, text, LIKELY, whole=whole)


def _more(reading: _Reading, line: Line, text: str) -> None:
    """A line under an arm: its description; under what the arm gets: that one's description."""
    gets = reading.group.get("interventions", ())
    if not gets:
        _give_part(reading, "description", text)
        reading.took(line, "arms")
        return
    name = gets[-1].partition(":")[2].strip()
    told = reading.intake.values.get("interventions", [])
    for at, said in enumerate(told):
        if said.value.name == name and not said.value.description:
            told[at] = replace(said, value=replace(said.value, description=text))
            reading.took(line, "interventions")
            return
    reading.took(line, "left")


_SIZED = re.compile(
    r"(\d{1,7})\s+(?:participants|patients|subjects)\s+in\s+(\d{1,3})\s+(?:patient |participant |treatment |study )?(?:groups?|arms?|cohorts?)\.?",
    re.I,
)


def _numbered_group(reading: _Reading, line: Line, number: str) -> None:
    """`Arm 2`: there are at least two."""
    size = int(number) if number.isdigit() else ord(number.upper()) - 64
    known = reading.intake.values.get("groups", [])
    if known and known[-1].confidence is UNSURE and known[-1].value < size:
        known.pop()
    if not reading.intake.values.get("groups"):
        reading.say("groups", line, line.text, UNSURE, whole=size)


def _part(reading: _Reading, known: Label, called: str, line: Line, rest: str) -> None:
    """`Intervention name: X`, `Time frame: 2 years`, `Description:` and its lines."""
    name = known.field or reading.group_field or (reading.section.field if reading.section else "")
    if known.part == "time_frame" and not reading.group:
        _timed(reading, line, called, rest)
        return
    if not name or (known.part == "interventions" and not reading.group):
        # `Description:` outside any group is the trial's.
        _close(reading)
        reading.has_met_label = True
        reading.took(line, "label")
        reading.current, reading.label_text = Label("text", "description"), called
        if rest:
            reading.taken.pop(line.number, None)
            _given(reading, reading.current, line, rest, is_inline=True)
        return
    if reading.text:
        _close(reading)
    starts = known.part in ("kind", "name", "label", "measure")
    if reading.group and (reading.group_field != name and known.field or (starts and known.part in reading.group)):
        _end_group(reading)
    if not reading.group:
        _leave_pending(reading)
        reading.group_field, reading.group_line = name, line
        reading.group = {"role": reading.section.part} if name == "outcomes" and reading.section else {}
    reading.current, reading.label_text = Label("part", name, known.part), called
    reading.took(line, name)
    if rest:
        _give_part(reading, known.part, rest)


def _give_part(reading: _Reading, part: str, text: str) -> None:
    """A line more of an arm, an intervention or an outcome."""
    if part in ("arms", "interventions", "other_names"):
        reading.group[part] = (*reading.group.get(part, ()), text)
    else:
        so_far = reading.group.get(part, "")
        reading.group[part] = f"{so_far}\n{text}" if so_far else text


def _end_group(reading: _Reading) -> None:
    """An arm, an intervention or an outcome is whole."""
    group, line, name = reading.group, reading.group_line, reading.group_field
    reading.group, reading.group_line, reading.group_field = {}, None, ""
    if not group or line is None:
        return
    if text := group.get("kind", ""):
        group["kind"] = CHOICES[f"{name.removesuffix('s')}_kind"].get(plain(text), "") if name != "outcomes" else ""
        if not group["kind"]:
            says = f"'{text[:60]}' is not a kind of {name.removesuffix('s')}"
            reading.intake.find(
                "record-value-misplaced", reading.intake.place(line.number, line.column), says, text=text, about=name
            )
    needed = {"arms": "label", "interventions": "name"}.get(name, "measure")
    if not group.get(needed) and not (name == "outcomes" and group.get("description")):
        says = f"something is said of one of the {name}, and not its {needed}"
        reading.intake.find(
            "record-value-misplaced", reading.intake.place(line.number, line.column), says, text=line.raw, about=name
        )
    whole: object
    if name == "arms":
        whole = Arm(group.get("label", ""), group.get("kind", ""), group.get("description", ""), group.get("interventions", ()))
    elif name == "interventions":
        arms = tuple(each.strip() for text in group.get("arms", ()) for each in text.split(";"))
        whole = Intervention(
            group.get("name", ""), group.get("kind", ""), group.get("description", ""), arms, group.get("other_names", ())
        )
    else:
        measure = group.get("measure", "") or group.get("description", "")
        whole = Outcome(measure, group.get("role", ""), group.get("description", ""), group.get("time_frame", ""))
    reading.say(name, line, line.text, LIKELY, whole=whole)


def _timed(reading: _Reading, line: Line, called: str, rest: str) -> None:
    """`Time frame: 2 years` under the lines of an outcome: its measure and, perhaps, its description."""
    _bare_run(reading)
    section = reading.section if reading.section and reading.section.field == "outcomes" else None
    known = reading.intake.values.get("outcomes", [])
    own, before = list(reading.pending), []
    if section is None and not known and len(own) > 2:
        # The first of a run whose heading is lost: the two lines next to the time are its own, those before are arms.
        own, before = own[-2:], own[:-2]
    reading.pending = []
    if not rest and section is not None and own:  # the time is on the next line
        reading.group = {"role": section.part, "measure": own[0].text}
        if len(own) > 1:
            reading.group["description"] = "\n".join(each.text for each in own[1:])
        reading.group_field, reading.group_line = "outcomes", own[0]
        reading.current, reading.label_text = Label("part", "outcomes", "time_frame"), called
        for each in (*own, line):
            reading.took(each, "outcomes")
        return
    for each in before:
        if len(each.text) < 200:
            reading.label_text = ""
            reading.say("arms", each, each.text, UNSURE, whole=Arm(each.text))
        else:
            reading.took(each, "left")
    if not own:
        reading.took(line, "left")
        return
    role = section.part if section else "" if known else "primary"  # registers list the primary outcome first
    whole = Outcome(own[0].text, role, "\n".join(each.text for each in own[1:]), rest)  # type: ignore[arg-type]
    confidence = LIKELY if section else UNSURE
    reading.say("outcomes", own[0], own[0].text, confidence, whole=whole)
    if role == "primary" and section is None:
        says = f"'{own[0].text[:60]}' is taken for the primary outcome because it stands first; the page does not say so"
        reading.intake.find(
            "record-guessed",
            reading.intake.place(own[0].number, own[0].column, len(own[0].text)),
            says,
            Severity.NOTE,
            text=own[0].raw,
            about="outcomes",
        )
    for each in (*own, line):
        reading.took(each, "outcomes")
    if section is None:
        reading.current = None
    if not rest:
        reading.intake.find(
            "record-label-empty",
            reading.intake.place(line.number),
            f"{called} has no value",
            Severity.NOTE,
            text=line.raw,
            about="outcomes",
        )


def _leave_pending(reading: _Reading) -> None:
    """Bare lines that nothing explained: outcomes where outcomes were announced, else left."""
    is_outcomes = reading.section is not None and reading.section.field == "outcomes"
    for line in reading.pending:
        if is_outcomes and reading.section is not None:
            reading.say("outcomes", line, line.text, LIKELY, whole=Outcome(line.text, reading.section.part))  # type: ignore[arg-type]
        elif line.number not in reading.taken:
            reading.took(line, "left")
    reading.pending = []


# --- tables ---


def _is_row(raw: str) -> bool:
    text = raw.strip()
    return text.count("|") >= 1 and (text.startswith("|") or text.endswith("|") or " | " in text)


def _is_rule(raw: str) -> bool:
    return "-" in raw and not raw.strip().strip("|-: ")


def _cells(raw: str) -> list[str]:
    text = raw.strip()
    text = text.removeprefix("|").removesuffix("|")
    return [cell.strip().replace("**", "") for cell in text.split("|")]


def _table(reading: _Reading, rows: Sequence[Line]) -> None:
    """A table: by its heads if they are labels, else a label and its value a row."""
    _bare_run(reading)
    if reading.section is None or not reading.pending:
        _leave_pending(reading)
    heads = [label(cell) for cell in _cells(rows[0].raw)]
    reading.has_met_label = True
    data = [row for row in rows[1:] if not _is_rule(row.raw)]
    for row in rows:
        if _is_rule(row.raw):
            reading.took(row, "label")
    known = [head for head in heads if head is not None]
    if not known or (len(heads) == 2 and not data):
        _pairs(reading, rows)
        return
    reading.took(rows[0], "label")
    called = _cells(rows[0].raw)
    if known[0].shape == "dates":
        _date_columns(reading, heads, data)
        return
    if len(heads) == 2 and heads[1] is None and any(label(_cells(row.raw)[0]) for row in data):
        _pairs(reading, rows)
        return
    first = heads[0]
    for row in data:
        cells = _cells(row.raw)
        if first is not None and first.shape == "section" and first.field in ("arms", "outcomes", "interventions"):
            _table_group(reading, row, heads, cells)
            continue
        for head, cell, name in zip(heads, cells, called, strict=False):
            if head is None or not cell:
                if cell:
                    reading.took(row, "left")
                continue
            reading.label_text = name
            _given(reading, head, row, cell, is_inline=True)
            reading.current = None


def _pairs(reading: _Reading, rows: Sequence[Line]) -> None:
    for row in rows:
        if _is_rule(row.raw):
            continue
        cells = _cells(row.raw)
        head = label(cells[0])
        rest = " | ".join(cells[1:]).strip(" |")
        if head is None or head.shape not in ("value", "list", "text", "section"):
            reading.took(row, "left")
        elif not rest:
            reading.took(row, "label")
        else:
            reading.section = head if head.shape == "section" else None
            reading.label_text = cells[0]
            _given(reading, head, row, rest, is_inline=True)
            _close(reading)
            reading.section = None


def _date_columns(reading: _Reading, heads: Sequence[Label | None], data: Sequence[Line]) -> None:
    """Columns of dates whose own labels are lost: the register's order tells them."""
    for n, row in enumerate(data):
        for head, cell in zip(heads, _cells(row.raw), strict=False):
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


def _table_group(reading: _Reading, row: Line, heads: Sequence[Label | None], cells: Sequence[str]) -> None:
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
            _item(reading, "interventions", row, each)
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


def _columns(reading: _Reading, row: Sequence[Label], at: int) -> int:
    """Values under labels that lost the marks between them: each goes to the label whose kind it is."""
    fields_of = [each.field for each in row]
    while at < len(reading.lines) and not _label_here(reading, at) and len(reading.lines[at].text) < 150:
        line = reading.lines[at]
        home = "phases" if "phases" in fields_of and _spells("phases", line.text) else look(line.text)
        if home in fields_of:
            reading.label_text = home
            reading.say(home, line, line.text, UNSURE)
        elif says_nothing("title", line.text):
            reading.took(line, "nothing")
        else:
            break
        at += 1
    return at


# --- bare lines ---


def _loose(reading: _Reading, line: Line) -> None:
    """A line under no label: what its kind alone tells is taken as a guess."""
    text = line.text
    reading.label_text = ""
    is_date = _is_date(text)
    if is_date or re.fullmatch(r"\d{1,7}", text):
        reading.bare.append((line, "date" if is_date else "number"))
        return
    _bare_run(reading)
    if sized := _SIZED.fullmatch(text):
        reading.say("enrolment", line, sized[1], LIKELY)
        reading.say("groups", line, sized[2], LIKELY)
        return
    if _parted(reading, line):
        return
    numbers = list(numbers_in(text)) if len(text) < 150 else []
    if numbers:
        for number, _ in numbers:
            reading.say("identifiers", line, number, UNSURE)
        return
    if facts := facts_run_together(text):
        for name, said, _ in facts:
            if says_nothing(name, said):
                reading.took(line, "nothing")
            else:
                reading.say(name, line, said, UNSURE)
        return
    home = look(text)
    if plain(text) in ("na", "n a"):
        home = "phases" if reading.intake.values.get("status") else ""
    if home in (
        "study_type",
        "status",
        "allocation",
        "masking",
        "model",
        "phases",
        "purpose",
        "perspective",
        "enrolment",
    ) and not reading.intake.values.get(home):
        if home != "enrolment" or count(text):
            reading.say(home, line, text, UNSURE)
            return
    if home == "sex" and not reading.intake.values.get("sex") and _is_sex(text):
        reading.say("sex", line, text, UNSURE)
        return
    if not reading.has_met_label:
        if (
            is_organisation(text)
            and len(text.split()) <= 14
            and (not reading.intake.values.get("sponsor") or text == reading.intake.values["sponsor"][0].text)
        ):
            reading.say("sponsor", line, text, UNSURE)
            return
        is_sentence = text.endswith((".", "?", "!")) or len(text) > 250
        if (
            not is_sentence
            and 4 <= len(text.split()) <= 45
            and len(text) >= 20
            and not reading.intake.values.get("title")
            and not _is_guide(text)
        ):
            reading.say("title", line, text, UNSURE)
            return
        if is_sentence and len(text) > 120 and not _is_guide(text) and not reading.has_met_heading:
            for name in ("summary", "description"):
                if not reading.intake.values.get(name):
                    reading.say(name, line, text, UNSURE)
                    return
    if not home and plain(text) in NOTHING:
        reading.took(line, "nothing")
    elif len(text) < 300 and not _is_guide(text):
        reading.pending.append(line)
    else:
        reading.took(line, "left")


def _parted(reading: _Reading, line: Line) -> bool:
    """`Recruiting · Phase 2 · Interventional`: values of several kinds in a row, told by their kinds."""
    parts = re.split(r"\s+[·•|]\s+", line.text) if len(line.text) < 200 else []
    homes = [look(part) for part in parts]
    told = [
        (home, part)
        for home, part in zip(homes, parts, strict=True)
        if home in ("identifiers", "study_type", "status", "phases", "allocation", "masking")
    ]
    if len(parts) < 2 or not told or len(told) * 2 < len(parts):
        return False
    for home, part in told:
        reading.say(home, line, part, UNSURE)
    return True


def _is_date(text: str) -> bool:
    if len(text) > 40:
        return False
    try:
        day(text)
    except Unreadable:
        return False
    return True


def _is_sex(text: str) -> bool:
    try:
        sex(text)
    except Unreadable:
        return False
    return text.strip().casefold() not in ("men", "women")


def _bare_run(reading: _Reading) -> None:
    """Dates and numbers in a run: start, primary completion, completion; participants, groups."""
    run, reading.bare = reading.bare, []
    if not run:
        return
    reading.label_text = ""
    dates = [line for line, kind in run if kind == "date"]
    numbers = [line for line, kind in run if kind == "number"]
    names: tuple[str, ...] = {2: ("start", "completion"), 3: ("start", "primary_completion", "completion")}.get(len(dates), ())
    whens = [day(line.text) for line in dates]
    if any(order_of(after, before) < 0 for before, after in pairwise(whens)) or any(
        reading.intake.values.get(name) for name in names
    ):
        names = ()
    for n, line in enumerate(dates):
        reading.say(names[n] if names else "other_dates", line, line.text, UNSURE)
    for n, line in enumerate(numbers):
        if n == 0 and not reading.intake.values.get("enrolment") and int(line.text) > 1:
            reading.say("enrolment", line, line.text, UNSURE)
        elif n == 1 and 1 <= int(line.text) <= 20 and not reading.intake.values.get("groups"):
            reading.say("groups", line, line.text, UNSURE)
        else:
            reading.took(line, "left")
    taken_as = [name for line, _ in run for name in reading.taken[line.number] if name != "left"]
    if taken_as:
        first = run[0][0]
        says = f"values without labels are taken, by their kind and order, as {', '.join(name.replace('_', ' ') for name in taken_as)}"
        reading.intake.find(
            "record-guessed",
            reading.intake.place(first.number, first.column, len(first.text)),
            says,
            Severity.NOTE,
            text=first.raw,
        )


def _yield(reading: _Reading) -> None:
    """A text guessed by its position gives way to one that is labelled; a line that repeats the title is the title's."""
    said = reading.intake.values
    for name in ("title", "sponsor", "summary", "description"):
        known = said.get(name, [])
        if len({each.confidence for each in known}) > 1:
            for each in known:
                if each.confidence is UNSURE:
                    reading.taken[each.place.line] = ["left"]
            said[name] = [each for each in known if each.confidence is not UNSURE]
    titles = {plain(each.value): name for name in ("official_title", "title") for each in said.get(name, [])}
    for line in reading.lines:
        if reading.taken.get(line.number, ["left"]) == ["left"] and (name := titles.get(plain(line.text), "")):
            reading.taken[line.number] = [name]


def _acronym(intake: Intake) -> None:
    """`Surgery for ... (ScanPan1)` and `HOPE-1: Surgery ...`: the title's acronym is a field of its own."""
    for name in ("title", "official_title"):
        for at, said in enumerate(intake.values.get(name, [])):
            if len(said.value) > 500:
                continue
            found = re.fullmatch(r"(?P<rest>.{15,}?)\s*\((?P<short>[A-Z][A-Za-z0-9-]{2,19})\)", said.value) or re.fullmatch(
                r"(?P<short>[A-Z][A-Z0-9-]{2,19}):\s+(?P<rest>.{15,})", said.value
            )
            if (
                found
                and sum(letter.isupper() or letter.isdigit() for letter in found["short"]) >= 2
                and plain(found["short"]) != "nct"
            ):
                intake.say("acronym", found["short"], path=name, place=said.place, confidence=UNSURE)
                intake.values[name][at] = replace(said, value=found["rest"])
