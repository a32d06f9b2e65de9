"""The text of a page about one trial, of any site: its layout is read, not its address.

What is looked for: a label and its value on one line, a label and its value on the next lines, tables, headings, pairs
before the text between lines of `---`, and bare values whose labels were lost, which their kind tells: a date, a trial's
number, INTERVENTIONAL. A labelled value is likely; a bare one is unsure. Each line is accounted for: a field took it, it
is a label, it says nothing, or it is left and found.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ..finding import Finding, Severity
from .intake import Intake
from .kinds import is_organisation, look, numbers_in, plain, says_nothing
from .labels import BEFORE, LONGEST_LABEL, TELLING, Label, label, label_before, labels_in_a_row
from .layout.bare import bare_run, loose
from .layout.groups import end_group, leave_pending
from .layout.lines import MOST_LINES, Line, Taken, is_guide, lines
from .layout.parts import part
from .layout.reading import UNSURE, Reading
from .layout.tables import cells_of, heads_below, is_row, is_rule, stacked, table
from .layout.values import close, does_fit, given, spells
from .record import FIELDS, Record


def records(text: str, file: str) -> Iterator[tuple[Record, tuple[Finding, ...]]]:
    """The trial that a page is about."""
    record, findings, _ = _read(text, file)
    yield record, findings


def taken(text: str) -> tuple[Taken, ...]:
    """What became of each line of a page that holds something."""
    return _read(text, "")[2]


def _read(text: str, file: str) -> tuple[Record, tuple[Finding, ...], tuple[Taken, ...]]:
    intake = Intake("page", file)
    reading = Reading(intake, lines(text))
    at = _front(reading)
    while at < len(reading.lines):
        at = _step(reading, at)
    close(reading)
    bare_run(reading)
    leave_pending(reading)
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


def _front(reading: Reading) -> int:
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
            given(reading, known, line, text.strip().strip("\"'"), is_inline=True)
    reading.current = None
    reading.label_text = ""
    return end + 1 if end else 0


def _step(reading: Reading, at: int) -> int:
    """Read one line, or the table that begins there; where the next begins."""
    line = reading.lines[at]
    if pairs := _pairs_in_a_row(reading, line):
        close(reading)
        reading.has_met_label = True
        for known, called, rest in pairs:
            reading.section = known if known.shape == "section" else None
            reading.label_text = called
            given(reading, known, line, rest, is_inline=True)
            close(reading)
        leave_pending(reading)
        reading.section, reading.current = None, None
        return at + 1
    if is_row(line.raw):
        end = at
        while end < len(reading.lines) and (is_row(reading.lines[end].raw) or is_rule(reading.lines[end].raw)):
            if (
                end > at
                and end + 1 < len(reading.lines)
                and is_rule(reading.lines[end + 1].raw)
                and not is_rule(reading.lines[end].raw)
            ):
                break  # the heads of another table
            end += 1
        if end - at > 1 or any(label(cell) for cell in cells_of(line.raw)):
            close(reading)
            table(reading, reading.lines[at:end])
            return end
    if size := heads_below(reading, at):
        return stacked(reading, at, size)
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
        end_group(reading)
        part = "label" if reading.section.field == "arms" else "measure"
        reading.group, reading.group_field, reading.group_line = {part: line.text}, reading.section.field, line
        reading.current = None
        reading.took(line, reading.section.field)
        return at + 1
    if row := labels_in_a_row(line.text):
        close(reading)
        reading.took(line, "label")
        return _columns(reading, row, at + 1)
    if line.is_heading and reading.has_met_label and len(line.text) <= 60 and at + 1 < len(reading.lines):
        if reading.current is None and _label_here(reading, at + 1):
            reading.took(line, "label")  # `Dates`, over labels of its own
            return at + 1
    _feed(reading, line)
    return at + 1


def _pairs_in_a_row(reading: Reading, line: Line) -> list[tuple[Label, str, str]]:
    """`Status: Recruiting | Phase: 3`, `Sex: All; Minimum age: 18 years`: labels with their values in one line, if it is one."""
    in_text = reading.current is not None and reading.current.shape == "text" and bool(reading.text)
    if in_text or line.raw.strip().startswith("|") or line.text.count(":") < 2:
        return []
    found = []
    for part_of_it in re.split(r"\s+[|·•]\s+|\s*;\s+", line.text):
        called, colon, rest = part_of_it.partition(":")
        known = label(called.strip()) if colon and rest.strip() else None
        if known is None or known.shape not in ("value", "list"):
            return []
        found.append((known, called.strip(), rest.strip()))
    return found if len(found) > 1 else []


def _is_arms_heading(reading: Reading, at: int) -> bool:
    """Whether the heads of a table of arms and what they get stand here, one below the other."""
    heads = [label(line.text) for line in reading.lines[at : at + 2]]
    shapes = [(head.shape, head.field) for head in heads if head is not None]
    return shapes == [("section", "arms"), ("section", "interventions")] and not reading.lines[at].text.endswith(":")


def _next_is(reading: Reading, at: int, part: str) -> bool:
    if at + 1 >= len(reading.lines) or len(reading.lines[at].text) > 150:
        return False
    known = label(reading.lines[at + 1].text)
    return known is not None and known.shape == "part" and known.part == part


def _label_here(reading: Reading, at: int) -> tuple[Label, str, str] | None:
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
            stands_out = does_fit(known.field, reading.lines[at + 1].text)  # `Phase`, and under it a phase
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
            if not does_fit(known.field, follows):
                return None
        dedents = in_text and line.column < min(each.column for each in reading.text)
        if dedents and known.shape in ("value", "list"):
            return known, text.rstrip(":? "), ""
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
                if known.shape != "value" or does_fit(known.field, rest):
                    return known, called, rest
                return (known, called, rest) if len(rest) < 120 else None
            if (
                known.shape in ("value", "list")
                and does_fit(known.field, rest)
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
            else does_fit(known.field, rest) and not says_nothing("title", rest)
        ):
            if known.field != "identifiers" or any(number == rest for number, _ in numbers_in(rest)):
                return prefixed
    if not in_text:
        spelled = text.casefold()
        for before in BEFORE:
            if spelled.startswith(before + " ") and (known := label(before)):
                return known, text[: len(before)], text[len(before) :].strip()
    return None


def _open(reading: Reading, known: Label, called: str, line: Line, rest: str) -> None:
    """A label begins: what was open ends."""
    if known.shape == "part":
        part(reading, known, called, line, rest)
        return
    close(reading)
    bare_run(reading)
    leave_pending(reading)
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
        given(reading, known, line, rest, is_inline=True)


def _feed(reading: Reading, line: Line) -> None:
    """A line that is no label."""
    known = reading.current
    if known is not None and reading.is_guide_next and is_guide(line.text):
        reading.took(line, "left")
        return
    reading.is_guide_next = False
    if known is None:
        loose(reading, line)
        return
    if known.shape == "list" and line.is_after_blank and reading.has_content and not line.is_bullet:
        close(reading)
        if reading.section and reading.section.field in ("arms", "outcomes"):
            reading.current = Label("list", reading.section.field)
        else:
            loose(reading, line)
            return
    if line.is_heading and known.shape in ("text", "list"):
        heads = label(line.text)
        if known.field == "eligibility" and heads is not None and heads.part == "heading":
            given(reading, known, line, line.text, is_inline=False)  # `Inclusion criteria`, set off inside the text
            return
        close(reading)
        reading.took(line, "left")
        return
    given(reading, reading.current or known, line, line.text, is_inline=False)


def _columns(reading: Reading, row: Sequence[Label], at: int) -> int:
    """Values under labels that lost the marks between them: each goes to the label whose kind it is."""
    fields_of = [each.field for each in row]
    while at < len(reading.lines) and not _label_here(reading, at) and len(reading.lines[at].text) < 150:
        line = reading.lines[at]
        home = "phases" if "phases" in fields_of and spells("phases", line.text) else look(line.text)
        if home in fields_of:
            reading.label_text = home
            reading.say(home, line, line.text, UNSURE)
        elif says_nothing("title", line.text):
            reading.took(line, "nothing")
        else:
            break
        at += 1
    return at


def _yield(reading: Reading) -> None:
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
