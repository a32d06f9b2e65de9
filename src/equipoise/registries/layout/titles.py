"""Which title a page has, once it is read: the labelled one, the longer, the one that stands apart; and the acronym in it."""

import re
from dataclasses import replace
from typing import Any

from ...finding import Severity
from ..intake import FEW, Intake
from ..kinds import is_organisation, plain
from ..record import Said
from .bare import can_be_title
from .reading import UNSURE, Reading


def settle(reading: Reading) -> None:
    """A text guessed by its position gives way to one that is labelled; a line that repeats the title is the title's."""
    said = reading.intake.values
    for name in ("title", "sponsor", "summary", "description"):
        known = said.get(name, [])
        if len({each.confidence for each in known}) > 1:
            for each in known:
                if each.confidence is UNSURE:
                    reading.taken[each.place.line] = ["left"]
            said[name] = [each for each in known if each.confidence is not UNSURE]
    _long_title(said)
    _late_title(reading)
    titles = {plain(each.value): name for name in ("official_title", "title") for each in said.get(name, [])}
    for line in reading.lines:
        if reading.taken.get(line.number, ["left"]) == ["left"] and (name := titles.get(plain(line.text), "")):
            reading.taken[line.number] = [name]


def _long_title(said: dict[str, list[Said[Any]]]) -> None:
    """Of `Study title` and `Short title` the longer is the official one, where no label says so."""
    titles = said.get("title", [])
    if said.get("official_title") or len(titles) != 2 or any(each.confidence is UNSURE for each in titles):
        return
    short, full = sorted(titles, key=lambda each: len(each.value))
    if re.search(r"\b(?:short|kurz|kort|abrégé|court|brief|public|lay)", short.path, re.I) and short.path != full.path:
        said["title"], said["official_title"] = [short], [replace(full, field="official_title")]


def _late_title(reading: Reading) -> None:
    """The title where no label tells it: a line that stands over the trial's number, or apart, and names what is studied.

    A first line of which nothing comes again on the page is the site's.
    """
    titles = reading.intake.values.get("title", [])
    if reading.intake.values.get("official_title") or any(each.confidence is not UNSURE for each in titles):
        return
    studied: set[str] = set()
    for name in ("conditions", "interventions", "summary", "eligibility", "plain_summary", "outcomes"):
        for each in reading.intake.values.get(name, [])[:FEW]:
            text = getattr(each.value, "name", "") or getattr(each.value, "measure", "") or str(each.value)
            studied |= _stems(text[:3000])
    if any(studied & _stems(each.value) for each in titles) or not studied:
        return
    first = {each.place.line for each in titles}
    for at, line in enumerate(reading.lines[:400]):
        is_free = reading.taken.get(line.number, ["left"]) == ["left"]
        if not is_free or not can_be_title(line.text) or line.is_bullet or not studied & _stems(line.text):
            continue
        after = reading.lines[at + 1] if at + 1 < len(reading.lines) else None
        is_apart = line.is_after_blank and (after is None or after.is_after_blank) or line.is_heading
        if is_apart or after is not None and "identifiers" in reading.taken.get(after.number, []):
            reading.intake.values["title"] = []
            reading.intake.seen = {key: n for key, n in reading.intake.seen.items() if key[0] != "title"}
            for number in first:
                reading.taken[number] = ["left"]
            reading.label_text = ""
            reading.taken.pop(line.number, None)
            reading.say("title", line, line.text, UNSURE)
            says = "this line is taken for the title by where it stands and what it names"
            where = reading.intake.place(line.number, line.column, len(line.text))
            reading.intake.find("record-guessed", where, says, Severity.NOTE, text=line.raw, about="title")
            return
    if reading.intake.values.get("conditions") and any(is_organisation(each.value) for each in titles):
        reading.intake.values["title"] = []
        for number in first:
            reading.taken[number] = ["left"]


def _stems(text: str) -> set[str]:
    """The beginnings of a text's longer words."""
    return {word[:6] for word in plain(text).split() if len(word) > 4 and word not in _COMMON}


_COMMON = frozenset(
    "study trial studies trials research patients people participants treatment clinical hospital years months weeks about after".split()
)


def acronym(intake: Intake) -> None:
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
