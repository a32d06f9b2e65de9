"""Lines under no label: what their kind alone tells is taken as a guess."""

import re
from itertools import pairwise

from ...finding import Severity, Unreadable
from ..kinds import (
    NOTHING,
    between,
    count,
    day,
    facts_in_parts,
    facts_run_together,
    is_organisation,
    look,
    numbers_in,
    order_of,
    plain,
    says_nothing,
    sex,
    told,
)
from .lines import Line, is_guide
from .reading import LIKELY, UNSURE, Reading

SIZED = re.compile(
    r"(\d{1,7})\s+(?:participants|patients|subjects)\s+in\s+(\d{1,3})\s+(?:patient |participant |treatment |study )?(?:groups?|arms?|cohorts?)\.?",
    re.I,
)


def loose(reading: Reading, line: Line) -> None:
    """A line under no label: what its kind alone tells is taken as a guess."""
    text = line.text
    reading.label_text = ""
    is_date = _is_date(text)
    if is_date or re.fullmatch(r"\d{1,7}", text):
        reading.bare.append((line, "date" if is_date else "number"))
        return
    bare_run(reading)
    if sized := SIZED.fullmatch(text):
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
    if facts := facts_run_together(text) or facts_in_parts(text):
        for name, said, _ in facts:
            if says_nothing(name, said):
                reading.took(line, "nothing")
            else:
                reading.say(name, line, said, UNSURE)
        return
    if (dates := between(text)) and not reading.intake.values.get("start") and not reading.intake.values.get("completion"):
        for name, said in zip(("start", "completion"), dates, strict=True):
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
    if not home and len(text.split()) <= 5 and re.search(r"recruit|enrol", text, re.I) and told("status", text):
        if not reading.intake.values.get("status"):
            reading.say("status", line, text, UNSURE)  # `Currently recruiting`
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
        if can_be_title(text) and not reading.intake.values.get("title"):
            reading.say("title", line, text, UNSURE)
            return
        if is_sentence and len(text) > 120 and not is_guide(text) and not reading.has_met_heading:
            for name in ("summary", "description"):
                if not reading.intake.values.get(name):
                    reading.say(name, line, text, UNSURE)
                    return
    if not home and plain(text) in NOTHING:
        reading.took(line, "nothing")
    elif len(text) < 300 and not is_guide(text):
        reading.pending.append(line)
    else:
        reading.took(line, "left")


_SITE = re.compile(
    r"\b(?:clinical trials|(?:open|our|all|more|current|cancer) (?:studies|trials)|studies near you|trials? (?:finder|database|search)|essais cliniques|klinische studien|kliniska studier|research studies)\b",
    re.I,
)
"""A site's own name above its pages."""


def can_be_title(text: str) -> bool:
    """Whether a line can be the title of a trial: some words, no sentence, no way through the site."""
    return (
        not (text.endswith((".", "?", "!")) or len(text) > 250)
        and 4 <= len(text.split()) <= 45
        and len(text) >= 20
        and not is_guide(text)
        and not re.match(
            r"(?:back to|home (?:about|find|search|news|contact|services)|search|menu|find a|return to|print|share|skip to|subscribe|sign up|log in|book)\b",
            text,
            re.I,
        )
        and not re.search(r"\s[>»\u203a|]\s|\S\s{4,}\S", text)
        and not re.match(r"(?:supplementary |additional |extended data )?(?:table|figure|file|appendix)\s*\w?\d", text, re.I)
        and not (_SITE.search(text) and len(text.split()) <= 8)
    )


def _parted(reading: Reading, line: Line) -> bool:
    """`Recruiting · Phase 2 · Interventional`: values of several kinds in a row, told by their kinds."""
    parts = re.split(r"\s+[·•|]\s+", line.text) if len(line.text) < 200 else []
    if len(parts) == 1 and line.text.count(",") and not line.text.endswith("."):
        parts = re.split(r",\s+|(?<=\d)/(?=phase)", line.text, flags=re.I)  # `Interventional, Phase 2`
        if not all(map(look, parts)):
            return False
    parts = [each for part in parts for each in _phases(part)]
    homes = [look(part) for part in parts]
    known = [
        (home, part)
        for home, part in zip(homes, parts, strict=True)
        if home in ("identifiers", "study_type", "status", "phases", "allocation", "masking")
    ]
    if len(parts) < 2 or not known or len(known) * 2 < len(parts):
        return False
    for home, part in known:
        reading.say(home, line, part, UNSURE)
    return True


def _phases(part: str) -> list[str]:
    """`Phase 1/2` as its two phases; any other part as it is."""
    found = re.fullmatch(r"phase\s*([1-4])\s*/\s*(?:phase\s*)?([1-4])", part, re.I)
    return [f"Phase {found[1]}", f"Phase {found[2]}"] if found else [part]


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


def bare_run(reading: Reading) -> None:
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
