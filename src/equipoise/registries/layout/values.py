"""What stands under or behind a label, given to the field that the label names."""

import re
from collections.abc import Sequence

from ...finding import Severity, Unreadable
from ..kinds import (
    ages_said,
    between,
    day,
    facts_in_parts,
    facts_run_together,
    is_organisation,
    look,
    numbers_in,
    plain,
    says_nothing,
)
from ..labels import STANDING, Label, label
from ..record import FIELDS
from ..structured import phases
from .bare import loose
from .design import DESIGNED, designed, says_more
from .fits import does_fit, is_no_number, spells
from .groups import end_group, give_part, item
from .lines import Line
from .places import place
from .reading import LIKELY, UNSURE, Reading

_SPEAKS = re.compile(
    r"\b(?:below|following|lists?|criteria|your (?:own )?(?:doctor|specialist|team)|talk to|ask|website|this page|team|researchers)\b",
    re.I,
)
"""The site speaking about its criteria, above them."""


def _without_preface(reading: Reading) -> None:
    """`The lists below say whom the team looks for.`, above the first heading of the criteria: no criterion."""
    first = next((n for n, line in enumerate(reading.text) if line.text.endswith("clusion criteria:")), 0)
    kept = []
    for line in reading.text[:first]:
        if line.text.endswith(".") and not line.is_bullet and _SPEAKS.search(line.text):
            reading.took(line, "left")
        else:
            kept.append(line)
    reading.text = [*kept, *reading.text[first:]]


def close(reading: Reading) -> None:
    """What was open ends: a text is whole, a group is whole."""
    if reading.text and reading.current is not None:
        if reading.current.field == "eligibility":
            _without_preface(reading)
        name, first = reading.current.field, reading.text[0]
        for line in reading.text:
            reading.took(line, name)
        whole = _joined(reading.text)
        so_far = reading.intake.values.get(name, []) if name == "eligibility" else []
        if so_far:  # inclusion here, exclusion under the next label: one text
            whole = f"{so_far[0].value}\n\n{whole}"
            place, reading.intake.values[name] = so_far[0].place, []
            reading.intake.say(name, whole, path=so_far[0].path, place=place, confidence=LIKELY)
        else:
            place = reading.intake.place(first.number, first.column, len(first.text))
            apart = set_apart(whole) if name == "eligibility" and len(reading.text) <= 3 else whole
            reading.intake.say(name, whole, path=reading.label_text, place=place, confidence=LIKELY, whole=apart)
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
    end_group(reading)
    reading.current = None


_HEADING_INSIDE = re.compile(
    r"(?<=\S)[ \t]+(?=(?:key |main |major )?(?:inclusion|exclusion) criteria\s*:)|(?<=clusion criteria:)[ \t]+(?=\S)",
    re.IGNORECASE,
)
_MARKS_INSIDE = (r"[ \t]+(?=[*•▪◦·-]\s+\S)", r"[ \t]+(?=\(?\d{1,2}[.)]\s+[A-Z])")


def set_apart(text: str) -> str:
    """Criteria that a page ran together in a line, each on a line of its own, as the marks before them tell.

    >>> set_apart("Inclusion Criteria: * Adult * Fit Exclusion Criteria: * Pregnant")
    'Inclusion Criteria:\\n* Adult\\n* Fit\\nExclusion Criteria:\\n* Pregnant'
    """
    if not _HEADING_INSIDE.search(text) or len(text) > 100_000:
        return text
    parted = _HEADING_INSIDE.sub("\n", text)
    marks = next((mark for mark in _MARKS_INSIDE if len(re.findall(mark, parted.replace("\n", " "))) > 1), "")
    return re.sub(marks, "\n", parted) if marks else parted


def _joined(taken_lines: Sequence[Line]) -> str:
    """Lines as they stood, blank lines kept, without the indentation that all of them share."""
    indent = min(len(line.raw) - len(line.raw.lstrip()) for line in taken_lines)
    parts: list[str] = []
    for n, line in enumerate(taken_lines):
        if n and line.is_after_blank:
            parts.append("")
        parts.append(line.raw[indent:] if not line.is_heading else line.text)
    return "\n".join(parts)


def given(reading: Reading, known: Label, line: Line, text: str, *, is_inline: bool) -> None:
    """A line, or the rest of one, under a label."""
    reading.has_content = True
    match known.shape:
        case "text":
            if (
                known.field == "eligibility"
                and not reading.text
                and (facts := facts_run_together(text) or facts_in_parts(text))
            ):
                for name, said, _ in facts:
                    if says_nothing(name, said):
                        reading.took(line, "nothing")
                    else:
                        reading.say(name, line, said, LIKELY)
                return
            if (
                known.field == "summary"
                and not reading.text
                and spells("purpose", text)
                and "purpose" in plain(reading.label_text)
            ):
                reading.say("purpose", line, text, LIKELY)  # `Purpose of the study`, and under it `Prevention`
                reading.current = None
                return
            if not reading.text and says_nothing("title", text):
                reading.took(line, "nothing")
                reading.current = None
                return
            parts = re.split(r";\s+", text.rstrip(".")) if is_inline and reading.text and known.field == "eligibility" else []
            reading.current = known if is_inline else reading.current
            if len(parts) > 1 and "clusion criteria" in reading.text[-1].text:
                for part in parts:  # `Inclusion criteria: consent; no metastases`
                    reading.text.append(Line(line.number, line.column, f"- {part.strip()}", part.strip(), is_bullet=True))
            elif is_inline:
                rest = Line(line.number, line.column + max(0, line.raw.find(text)), text, text)
                reading.text.append(rest)
            else:
                reading.text.append(line)
        case "list" if known.field in ("arms", "interventions", "outcomes"):
            item(reading, known.field, line, text)
        case "list" | "section" if known.field in FIELDS and known.field not in ("arms", "interventions", "outcomes"):
            for each in _items(known.field, text, is_inline=is_inline):
                _list_value(reading, known.field, line, each)
        case "section":
            for each in _items(known.field, text, is_inline=is_inline):
                item(reading, known.field, line, each)
        case "dates":
            loose(reading, line)
        case "part":
            give_part(reading, known.part, text)
            reading.took(line, known.field)
        case "period":
            reading.current = None
            _period(reading, known, line, text)
        case "value" if plain(text) in STANDING and known.field in FIELDS and FIELDS[known.field].kind in ("date", "enrolment"):
            reading.took(line, "label")  # `Anticipated`, and under it the date
            reading.awaits = known, reading.label_text
            reading.current, reading.label_text, reading.has_content = known, f"{reading.label_text} ({text.lower()})", False
        case _:
            reading.current = None
            _single(reading, known.field, line, text, is_inline=is_inline)


def _period(reading: Reading, known: Label, line: Line, text: str) -> None:
    """`From 2023-06-01 To 2025-12-31`."""
    parts: Sequence[str] = re.split(
        r"\s+(?:to|until|till|bis|-|–)\s+", re.sub(r"(?i)^\s*from:?\s+", "", text.strip()), flags=re.I
    )
    if len(parts) != 2 or len(text) > 80:
        parts = between(text)
    if len(parts) != 2:
        reading.took(line, "left")
        return
    for name, part in zip(known.fields, parts, strict=True):
        reading.say(name, line, re.sub(r"(?i)^to:?\s+", "", part.strip()), LIKELY)


def _items(name: str, text: str, *, is_inline: bool) -> list[str]:
    """The items of a list: on one line parted by commas, unless a comma belongs to a name."""
    if name == "identifiers" and len(numbers := [number for number, _ in numbers_in(text)]) > 1:
        return numbers
    if name == "outcomes" and is_inline and len(parts := re.split(r";\s+(?![^()]*\))(?=\w)", text)) > 1:
        return [part.strip() for part in parts if part.strip()]
    if name == "identifiers":
        parts = re.split(r";\s+", text) if is_inline else [text]
        return [_number_alone(part) for part in parts] if all(re.search(r"\d", each) for each in parts) else [text]
    if not is_inline or name in ("locations", "identifiers", "links", "arms", "outcomes"):
        return [text]
    parts = [part.strip() for part in re.split(r"[;|]|,(?![^(]*\))", text) if part.strip()]
    if name in ("collaborators", "funders") and not all(is_organisation(part) for part in parts):
        return [text]
    return parts


_CALLED = re.compile(
    r"(?:IRAS|NIHR|HTA|CPMS|REC|IRB|EudraCT|EU ?CT|protocol|ref(?:erence)?|study|trial)\.?\s*(?:number|no\.?|id|code|ref)?\s*[:#]?\s+(?=\S*\d\S*$)",
    re.I,
)


def _number_alone(text: str) -> str:
    """A number without what it is called: `IRAS 123456`, `ISRCTN registry, ISRCTN12345678`."""
    numbers = [number for number, _ in numbers_in(text)]
    if len(numbers) == 1 and not re.search(r"\d", text.replace(numbers[0], "")) and len(text) < 100:
        return numbers[0]
    return _CALLED.sub("", text.strip(), count=1) if len(text) < 60 else text


def _list_value(reading: Reading, name: str, line: Line, text: str) -> None:
    if says_nothing(name, text):
        reading.took(line, "nothing")
        reading.current = None
    elif name == "identifiers" and not re.search(r"\d", text) and label(text) is not None:
        reading.current = None
        reading.took(line, "label")  # a heading that the list runs into
    elif (
        name == "age_groups"
        and re.search(r"\d", text)
        and (numbered := ages_said(re.sub(r"^[^(\d]*\(([^)]*)\).*$", r"\1", text)))
    ):
        for each, words in numbered:
            reading.say(each, line, words, LIKELY)
        if spells(name, text):
            reading.say(name, line, text, LIKELY)
    elif name == "identifiers" and is_no_number(text):
        reading.current = None  # no number of anything
        reading.took(line, "left")
    elif (
        text == line.text
        and name in ("identifiers", "conditions", "keywords", "funders", "collaborators", "locations", "countries")
        and re.match(r"[A-Z][\w '’-]{2,30}(?::\s|\s[–—]\s|\s?\.{4,}\s)", text)
    ):
        reading.current = None  # a label that is not known ends the list
        loose(reading, line)
    elif name == "links" and any(number == text for number, _ in numbers_in(text)):
        reading.say("identifiers", line, text, LIKELY)  # `ClinicalTrials.gov: NCT01234567`
    elif name == "locations":
        place(reading, line, text)
    elif name == "countries" and (re.search(r"[\d:]", text) or len(text.split()) > 6):
        reading.current = None
        loose(reading, line)
    elif name == "phases":
        for phase in phases(text):
            if not spells(name, phase):
                reading.current = None
                loose(reading, line)
                return
            reading.say(name, line, phase, LIKELY)
    elif FIELDS[name].kind == "condition" and len(text) > 200:
        reading.current = None
        loose(reading, line)
    else:
        reading.say(name, line, text, LIKELY)


_ALONE = re.compile(r"\D{0,30}?(\d{1,3}(?:,\d{3})+|\d{1,7})(?:\s+[^\W\d]+){0,5}\.?")
"""One number among a few words, under a question or a label that asks how many."""


_COUNTED_ELSE = re.compile(
    r"\b(?:phase|years?|months?|weeks?|days?|groups?|sites?|arms?|visits?|doses?|centres?|centers?|hospitals?)\b|%", re.I
)


_NO_TITLE = ("other_dates", "sex", "minimum_age", "enrolment", "status", "phases", "study_type", "allocation", "masking")
"""What stands under a title's label when two values were swapped."""


def _single(reading: Reading, name: str, line: Line, text: str, *, is_inline: bool) -> None:
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
        loose(reading, line)
        return
    if name == "sponsor":
        _sponsor(reading, line, text)
        return
    if name == "healthy_volunteers" and not does_fit(name, text) or name == "sex" and not does_fit(name, text):
        if facts := facts_run_together(text):
            for each, said, _ in facts:
                if not says_nothing(each, said):
                    reading.say(each, line, said, LIKELY)
            return
    if name == "masking" and (who := re.fullmatch(r"(\w+)\s*\(([^)]{3,120})\)", text)) and spells(name, who[1]):
        reading.say(name, line, who[1], LIKELY)
        for each in who[2].split(","):
            if spells("masked", each):
                reading.say("masked", line, each.strip(), LIKELY)
        return
    if (
        kind == "choice"
        and name in DESIGNED
        and (not does_fit(name, text) or says_more(text))
        and designed(reading, line, text, LIKELY)
    ):
        return
    if (
        name == "enrolment"
        and not does_fit(name, text)
        and not look(text)
        and not _COUNTED_ELSE.search(text)
        and (alone := _ALONE.fullmatch(text))
    ):
        text = alone[1]
    if kind == "choice" and not does_fit(name, text) and not look(text) and is_inline and len(text) > 40:
        reading.took(line, "left")
        return
    if kind == "title" and look(text) in _NO_TITLE:
        says = f"'{text[:40]}' is not a title"
        reading.intake.misplaced(
            name, text, reading.label_text, reading.intake.place(line.number, line.column, len(text)), says
        )
        reading.took(line, look(text))
        return
    if kind == "identifier" and is_no_number(text):
        reading.intake.misplaced(
            name,
            text,
            reading.label_text,
            reading.intake.place(line.number, line.column, len(text)),
            "it is not a trial's number",
        )
        reading.took(line, look(text) or "left")
        return
    fits = reading.say(name, line, text, LIKELY)
    if not fits and not look(text):
        reading.taken[line.number] = ["left"]


def _ages(reading: Reading, line: Line, text: str) -> None:
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
    elif said_ages := ages_said(text):
        for name, said in said_ages:
            reading.say(name, line, said, LIKELY)
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


_WITH = re.compile(
    r"\s+(?:in (?:collaboration|partnership|cooperation) with|together with|(?<=Institute )with|(?<=Hospital )with|(?<=University )with|(?<=Center )with|(?<=Centre )with)\s+(?=[A-Z])"
)


def _sponsor(reading: Reading, line: Line, text: str) -> None:
    """An organisation, perhaps with its kind in brackets, perhaps followed by a date that nobody names."""
    if len(text) > 300:
        reading.took(line, "left")
        return
    name, _, rest = text.partition(" · ")
    name = re.sub(r" \((?:responsible party|sponsor)\)$", "", name, flags=re.I)
    if kind := re.search(r"\s*\((other|industry|nih|network|fed|indiv|other_gov|u\.s\. fed|individual)\)$", name, re.I):
        reading.say("sponsor_kind", line, kind[1], LIKELY)
        name = name[: kind.start()]
    lead = _WITH.split(name.strip())
    reading.say("sponsor", line, lead[0], LIKELY)
    for other in lead[1:]:
        reading.say("collaborators", line, other.rstrip("."), LIKELY)
    if rest:
        try:
            when = day(rest)
        except Unreadable:
            reading.took(line, "left")
        else:
            reading.say("other_dates", line, rest.strip(), UNSURE, whole=when)
