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
from .kinds import is_organisation, look, numbers_in, plain, says_nothing, which_first
from .labels import BEFORE, LABELS, LONGEST_LABEL, STANDING, TELLING, Label, label, label_before, labels_in_a_row
from .layout.bare import bare_run, loose
from .layout.design import designed
from .layout.fits import does_fit, spells
from .layout.groups import end_group, leave_pending
from .layout.lines import MOST_LINES, Line, Taken, is_furniture, is_guide, lines
from .layout.parts import part
from .layout.reading import UNSURE, Reading
from .layout.sentences import sentences
from .layout.shape import in_order
from .layout.tables import cells_of, heads_below, is_row, is_rule, stacked, table
from .layout.titles import acronym, settle
from .layout.values import close, given
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
    first_is = which_first(text)
    page = lines(text)
    shaped, dropped = in_order(page, first_is)
    reading = Reading(intake, shaped, first_is=first_is)
    at = _front(reading)
    while at < len(reading.lines):
        at = _step(reading, at)
    close(reading)
    bare_run(reading)
    leave_pending(reading)
    settle(reading)
    sentences(reading)
    acronym(intake)
    became = {number: ["nothing"] for number in dropped} | reading.taken
    accounted = tuple(Taken(line.number, line.raw, ", ".join(became.get(line.number, ["left"]))) for line in page)
    for line in page:
        if "left" in became.get(line.number, ["left"]):
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
    if reading.awaits is not None and plain(line.text) in STANDING:
        awaited, called = reading.awaits
        reading.took(line, "label")
        reading.current, reading.label_text, reading.has_content = awaited, f"{called} ({line.text.lower()})", False
        return at + 1
    if _is_age_over_unit(reading, at):
        reading.took(reading.lines[at + 1], reading.current.field if reading.current else "")
        _feed(reading, replace(line, text=f"{line.text} {reading.lines[at + 1].text}"))
        return at + 2
    if pairs := _pairs_in_a_row(reading, line):
        close(reading)
        for known, called, rest in pairs:
            reading.has_met_label = reading.has_met_label or known is not None and known.field != "identifiers"
            if known is None:
                leave_pending(reading)
                loose(reading, replace(line, text=rest))
                continue
            reading.section = known if known.shape == "section" else None
            reading.label_text = called
            given(reading, known, line, rest, is_inline=True)
            close(reading)
        leave_pending(reading)
        reading.section, reading.current = None, None
        return at + 1
    if line.cells:
        end = at + 1
        while end < len(reading.lines) and reading.lines[end].cells and not reading.lines[end].is_after_blank:
            end += 1
        close(reading)
        table(reading, reading.lines[at:end])
        return end
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
    if _fact_before_criteria(reading, line):
        return at + 1
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


def _is_age_over_unit(reading: Reading, at: int) -> bool:
    """`65`, and under it `Years`, where an age is awaited."""
    known = reading.current
    if known is None or known.field not in ("minimum_age", "maximum_age") or at + 1 >= len(reading.lines):
        return False
    return bool(re.fullmatch(r"\d{1,3}", reading.lines[at].text)) and plain(reading.lines[at + 1].text) in _AGE_UNITS


_AGE_UNITS = frozenset("year years month months week weeks day days hour hours".split())


def _pairs_in_a_row(reading: Reading, line: Line) -> list[tuple[Label | None, str, str]]:
    """`Status: Recruiting | Phase: 3`, `Sex: All; Minimum age: 18 years`: labels with their values in one line, if it is one.

    Where there are three, others may stand between them without a label: `NCT01234567 - A Trial - Status: Open - ...`.
    """
    in_text = reading.current is not None and reading.current.shape == "text" and bool(reading.text)
    if in_text or line.raw.strip().startswith("|") or line.text.count(":") < 2:
        return []
    found: list[tuple[Label | None, str, str]] = []
    for part_of_it in re.split(r"\s+[|·•–-]\s+|\s*;\s+", line.text):
        called, colon, rest = part_of_it.partition(":")
        known = label(called.strip()) if colon and rest.strip() else None
        if known is None or known.shape not in ("value", "list"):
            found.append((None, "", part_of_it.strip()))
        else:
            found.append((known, called.strip(), rest.strip()))
    labelled = sum(known is not None for known, _, _ in found)
    return found if labelled > 1 and (labelled == len(found) or (labelled >= 3 and labelled * 2 > len(found))) else []


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


def _label_here(reading: Reading, at: int, line: Line | None = None) -> tuple[Label, str, str] | None:
    """The label that a line is or begins with, as it is called, and what follows on the line."""
    if line is None:
        line = reading.lines[at]
    text = line.text
    in_text = reading.current is not None and reading.current.shape == "text" and bool(reading.text)
    in_criteria = in_text and reading.current is not None and reading.current.field == "eligibility"
    if reading.last_field == "sponsor_kind" and plain(text) == "name":
        return Label("value", "sponsor"), text.rstrip(": "), ""
    if (
        reading.section is not None
        and reading.section.field == "outcomes"
        and (
            rated := re.fullmatch(r"(primary|secondary|other)(?: outcomes?| endpoints?)?:?", text, re.I)
            or re.match(r"(primary|secondary|other)(?:\s*:\s*|\s+[–—-]\s+)", text, re.I)
        )
    ):
        return Label("section", "outcomes", rated[1].lower()), rated[1], text[rated.end() :]
    if (
        (named := re.match(r"(trial|study)\s*:\s+(?=\S.{12})", text, re.I))
        and reading.current is None
        and not reading.intake.values.get("title")
        and not any(number for number, _ in numbers_in(text))
    ):
        return Label("value", "title"), named[1], text[named.end() :]
    if _LISTED_PLACES.fullmatch(text):
        return Label("list", "locations"), text, ""
    if known := label(text):
        if in_criteria and known.shape == "nothing" and not line.is_bullet and _PEOPLE.search(text):
            return known, text.rstrip(":? "), ""  # whom to ask is no criterion, and not kept
        if known.part in HEADINGS and reading.current is not None and reading.current.field == "eligibility":
            return None
        if in_criteria and not text.endswith(":") and not line.is_heading and not line.is_after_blank:
            if plain(text) not in LABELS or line.is_bullet:
                return None  # only a manner of saying it: here it may be a criterion
        if in_criteria and _is_part_of_criteria(reading, known, text, is_alone=True):
            return None
        if in_text and known.field == "objectives" and reading.current is not None and reading.current.field == "description":
            return None  # a part of the description
        ends = text.endswith((":", "?"))
        stands_out = ends or line.is_heading or line.is_after_blank or len(plain(text).split()) > 1
        if not stands_out and known.field in FIELDS and FIELDS[known.field].kind in TELLING and at + 1 < len(reading.lines):
            stands_out = does_fit(known.field, reading.lines[at + 1].text, reading.first_is)  # `Phase`, and under it a phase
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
            is_block = label(follows) is not None and plain(text) in LABELS and plain(follows) in LABELS
            if not is_block and not does_fit(known.field, follows, reading.first_is):
                return None
        dedents = in_text and line.column < min(each.column for each in reading.text)
        if dedents and known.shape in ("value", "list"):
            return known, text.rstrip(":? "), ""
        if not in_text or (stands_out and not (line.is_bullet and not ends)):
            if in_text and line.is_bullet and known.field == "eligibility":
                return None
            return known, text.rstrip(":? "), ""
    parting = _PARTING.search(text)
    colon = parting.start() if parting is not None else -1
    if parting is not None and 0 < colon <= LONGEST_LABEL and not (in_criteria and line.is_bullet):
        called, rest = text[:colon].strip(), text[parting.end() :].strip()
        known = label(called)
        if known is not None and known.part in HEADINGS and in_criteria:
            return None
        if known is not None and in_criteria and _is_part_of_criteria(reading, known, called, is_alone=False):
            return None
        if known and rest and known.shape != "nothing":
            if known.shape == "part" and not in_text:
                return known, called, rest
            if not in_text:
                if known.shape != "value" or does_fit(known.field, rest, reading.first_is):
                    return known, called, rest
                return (known, called, rest) if len(rest) < 120 else None
            if in_criteria and plain(called) in LABELS and known.shape in ("section", "period"):
                return known, called, rest
            if "\t" in text and plain(called) in LABELS and not in_criteria or (text[colon] == "\t" and _is_tagged(called)):
                return known, called, rest  # the row of a table
            if (
                known.shape in ("value", "list")
                and does_fit(known.field, rest, reading.first_is)
                and FIELDS.get(known.field, FIELDS["title"]).kind not in ("text", "prose")
            ):
                return known, called, rest
            if known.shape == "text" and known.field != (reading.current.field if reading.current else "") and len(rest) > 60:
                return known, called, rest
        elif known and rest and in_text and not line.is_bullet and _PEOPLE.search(called):
            return known, called, rest
        elif known and rest and known.shape == "nothing" and not in_text and len(rest) < 120:
            return known, called, rest
    is_open = (
        reading.current is None or not in_text and (reading.current.shape == "text" or reading.current.field == "identifiers")
    )
    stands_alone = in_text and line.is_after_blank and not line.is_bullet and len(text) < 60 and text[:1].isupper()
    if (is_open or stands_alone) and (prefixed := label_before(text)):
        known, called, rest = prefixed
        if known.field == "ages" or stands_alone and FIELDS[known.field].kind not in ("choice", "identifier", "date"):
            if known.field == "ages" and is_open and does_fit("ages", rest, reading.first_is):
                return prefixed
        elif known.field == "identifiers" and plain(called) in LABELS and re.fullmatch(r"(?=.*\d)[A-Z][\w./-]{3,40}", rest):
            return prefixed
        elif (
            stands_alone
            and known.field in _DESIGN
            and does_fit(known.field, rest, reading.first_is)
            and plain(called) in LABELS
        ):
            return prefixed
        elif (
            FIELDS[known.field].kind == "choice"
            and not does_fit(known.field, rest, reading.first_is)
            and look(rest) in _DESIGN
            and plain(called) in LABELS
        ):
            return prefixed
        elif (
            is_organisation(rest)
            if FIELDS[known.field].kind == "organisation"
            else does_fit(known.field, rest, reading.first_is) and not says_nothing("title", rest)
        ):
            if known.field != "identifiers" or any(number == rest for number, _ in numbers_in(rest)):
                return prefixed
    if not in_text:
        spelled = text.casefold()
        for before in BEFORE:
            if spelled.startswith(before + " ") and (known := label(before)):
                return known, text[: len(before)], text[len(before) :].strip()
    return None


_PEOPLE = re.compile(
    r"\b(?:contact\w*|kontakt|ansprechpartner|investigat(?:or|eur)|prüfarzt|coordinator|tele?phone|e-?mail)\b", re.I
)
"""Labels of people to ask: nothing that a text goes on in."""
_DESIGN = ("study_type", "allocation", "model", "masking", "phases", "purpose", "perspective")
HEADINGS = ("heading", "include", "exclude")
_PARTING = re.compile(r"[:\uff1a\t]|(?<=\w)=(?=\S)|(?<=[\w)?])\s+[–—]\s+(?=\S)")
"""What stands between a label and its value on one line."""
_LISTED_PLACES = re.compile(
    r"this (?:study|trial) (?:has|is (?:running|taking place) at|takes place (?:at|in)) \d{1,4} (?:locations?|sites?|cent(?:re|er)s?|hospitals?)[.:]?",
    re.I,
)


def _fact_before_criteria(reading: Reading, line: Line) -> bool:
    """`Ages 18 to 65` or `Gender: any` under `Who can take part?`, before the first criterion: taken, and the text goes on."""
    known = reading.current
    if known is None or known.field != "eligibility" or known.shape != "text" or _said_so_far(reading) or line.is_bullet:
        return False
    if any(
        "criteri" in each.casefold() or "clusion" in each.casefold()
        for each in (reading.label_text, *(said.text for said in reading.text))
    ):
        return False
    called, colon, rest = line.text.partition(":")
    found = label(called) if colon and rest.strip() else None
    if found is None and (before := label_before(line.text)) is not None:
        found, called, rest = before
    if (
        found is None
        or found.shape != "value"
        or found.field not in ("ages", "sex", "healthy_volunteers", "minimum_age", "maximum_age")
    ):
        return False
    if not does_fit(found.field, rest.strip(), reading.first_is):
        return False
    kept, before_label = reading.current, reading.label_text
    reading.label_text = called
    given(reading, found, line, rest.strip(), is_inline=True)
    reading.current, reading.label_text = kept, before_label
    return True


def _is_part_of_criteria(reading: Reading, known: Label, text: str, *, is_alone: bool) -> bool:
    """Whether a label inside the criteria is a heading of theirs, or one of them: `Age:` under `PATIENT CHARACTERISTICS`."""
    if (
        known.field
        not in ("ages", "sex", "conditions", "enrolment", "status", "interventions", "healthy_volunteers", "minimum_age")
        or len(plain(text).split()) > 2
    ):
        return False
    if is_alone and any("CHARACTERISTICS" in line.raw for line in reading.text):
        return True
    marked = [line for line in reading.text if line.is_bullet or re.match(r"\(?\d{1,2}[.)]", line.text)]
    return (
        not marked
        and reading.text[-1].number + 1 >= 0
        and known.field in ("ages", "conditions", "status")
        and _said_so_far(reading) < 2
    )


def _is_tagged(called: str) -> bool:
    return called.endswith("ICMJE") or plain(called) in LABELS


def _said_so_far(reading: Reading) -> int:
    """How many lines of the open text say something: its headings are not counted."""
    return sum(1 for line in reading.text if label(line.text) is None)


def _headed(line: Line, known: Label) -> Line:
    """A heading of criteria in other words, in the words that the criteria are told apart by."""
    if known.part not in ("include", "exclude") or re.fullmatch(
        r"\W*(?:[A-Za-z]+ )?(?:in|ex)clusion(?: criteria)?\W*", line.text, re.I
    ):
        return line
    said = "Inclusion criteria:" if known.part == "include" else "Exclusion criteria:"
    return replace(line, raw=" " * (line.column - 1) + said, text=said, is_heading=False, is_bullet=False)


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
        reading.last_field = ""
        if rest and (inner := _label_here(reading, -1, replace(line, text=rest))) is not None and inner[2]:
            _open(reading, *inner[:2], line, inner[2])  # `Study design` and, in the same row, `Allocation: Randomized`
            return
        if rest:
            reading.taken.pop(line.number, None)
            home = look(rest)
            if "design" in plain(called) and designed(reading, line, rest, UNSURE):
                pass
            elif home in ("status", "phases", "study_type") and not reading.intake.values.get(home):
                reading.say(home, line, rest, UNSURE)  # `Recruitment: completed`
            else:
                reading.took(line, "nothing" if says_nothing("title", rest) else "left")
        return
    else:
        reading.section, reading.current = None, known
    reading.awaits = None
    reading.last_field = known.field
    if known.part in HEADINGS:  # `Inclusion criteria` is part of the text that it heads
        reading.text.append(_headed(replace(line, text=called) if rest and known.part != "heading" else line, known))
        reading.has_content = True
        rest = rest if known.part != "heading" else ""
    if rest and known.shape in ("value", "list", "section") and known.field not in ("title", "official_title", "identifiers"):
        inner = _label_here(reading, -1, replace(line, text=rest))
        if (
            inner is not None
            and inner[2]
            and inner[0].shape in ("value", "list")
            and does_fit(inner[0].field, inner[2], reading.first_is)
        ):
            reading.current = None
            _open(reading, *inner[:2], line, inner[2])  # `Participant age: Min age 18 years`
            return
    if rest:
        reading.taken.pop(line.number, None)
        given(reading, known, line, rest, is_inline=True)


_ASKS = re.compile(r"(?:what|when|where|how|who|why)\b[^?]{5,60}\?", re.IGNORECASE)


def _is_heading_in_text(reading: Reading, line: Line) -> bool:
    """A question of a few words, set off from the text before it."""
    return bool(reading.text) and line.is_after_blank and line.text.endswith("?") and len(line.text.split()) <= 8


def _feed(reading: Reading, line: Line) -> None:
    """A line that is no label."""
    known = reading.current
    if not line.is_bullet and is_furniture(line.text):
        close(reading)
        reading.took(line, "nothing")
        return
    if known is not None and known.field == "eligibility" and not line.is_bullet:
        heads = label(line.text)
        if (
            heads is not None
            and heads.part in ("include", "exclude")
            and (
                plain(line.text) in LABELS
                or re.search(r"kriteri|crit[eèé]ri?[aeo]", line.text, re.I)
                or re.search(r"(?:\bif(?: you)?\W*|criteria below|[:?…])$", line.text, re.I)
            )
        ):
            line = _headed(line, heads)
    if (
        known is not None
        and known.field == "eligibility"
        and reading.text
        and not line.is_bullet
        and _ASKS.fullmatch(line.text)
    ):
        close(reading)
        reading.took(line, "label")  # `What does the study involve?`: the page goes on to something else
        return
    if known is not None and known.field in ("summary", "plain_summary", "description") and _is_heading_in_text(reading, line):
        reading.took(line, "label")  # `Who is the study for?`, inside a text
        return
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
        if known.field == "eligibility" and heads is not None and heads.part in HEADINGS:
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
