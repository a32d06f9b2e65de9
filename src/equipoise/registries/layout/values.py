"""What stands under or behind a label, given to the field that the label names."""

import re
from collections.abc import Sequence
from dataclasses import replace

from ...finding import Severity, Unreadable
from ..kinds import choice, day, facts_run_together, is_organisation, look, says_nothing, value
from ..labels import Label
from ..record import FIELDS, Location
from ..structured import phases
from .bare import loose
from .groups import end_group, give_part, item
from .lines import Line
from .reading import LIKELY, UNSURE, Reading


def does_fit(name: str, text: str) -> bool:
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


def close(reading: Reading) -> None:
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
    end_group(reading)
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


def given(reading: Reading, known: Label, line: Line, text: str, *, is_inline: bool) -> None:
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


def _list_value(reading: Reading, name: str, line: Line, text: str) -> None:
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


def spells(name: str, text: str) -> bool:
    try:
        choice(name, text)
    except Unreadable:
        return False
    return True


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
    if kind == "choice" and not does_fit(name, text) and not look(text) and is_inline and len(text) > 40:
        reading.took(line, "left")
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
    reading.say("sponsor", line, name.strip(), LIKELY)
    if rest:
        try:
            when = day(rest)
        except Unreadable:
            reading.took(line, "left")
        else:
            reading.say("other_dates", line, rest.strip(), UNSURE, whole=when)
