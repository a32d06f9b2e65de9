"""A bound inside a list of names: of a measure, or of something that only the study knows, called after its words."""

import re
from collections.abc import Sequence
from typing import Literal

from .atom import Atom
from .comparison import Said, kept, number
from .nouns import is_name, name_of, stripped
from .statement import statement
from .topics import Needed
from .unsaid import unsaid

_UNIT = re.compile(r"\s*(?P<unit>[A-Za-z%µ/²³^0-9-]{1,10}(?:\s(?:of\s)?[A-Z][a-z]?\b)?)?\s*$")
_UNIT_FIRST = re.compile(r"\s*(?P<unit>[A-Za-z%µ/²³]{1,6})\s+(?P<name>[A-Za-z].*)$")
_PRESSURE = re.compile(r"\b(?:blood|systolic|diastolic|arterial|BP|SBP|DBP|MAP)\b", re.IGNORECASE)
_FILLER = re.compile(
    r"\s*(?:\b(?:is|are|was|of|at|a|an|the|score|scores|value|values|level|levels|must|be|should|has|have|to|total|equal)\b|[,:=-]|\([^()]*\)|\s)*\s*$",
    re.IGNORECASE,
)


def bounded(text: str, kind: Literal["include", "exclude"], found: Sequence[Atom], said: Said) -> str:
    """What a stretch of text with bounds says, where nothing of it is left out."""
    own = statement(text, kind, found)
    if own.text and not own.left and not unsaid(text, own, found):
        if any(said.needed.get(name, item).type != item.type for name, item in own.needed.items()):
            return ""
        said.needed.update(own.needed)
        said.unsure += own.unsure
        return own.text
    return own_number(text, found, said)


def own_number(text: str, found: Sequence[Atom], said: Said) -> str:
    """A comparison of something that is no shared measure: `CPP < 60 mmHg`, `IPSS 20 or less`."""
    if len({each.bound for each in found}) != 1 or any(each.when or each.unless or each.op == "?" for each in found):
        return ""
    is_own = found[0].measure in ("other", "?") or (found[0].measure == "blood_pressure" and not _PRESSURE.search(text))
    if not is_own or not all(isinstance(each.value, float) for each in found):
        return ""
    start, end = min(each.start for each in found), max(each.end for each in found)
    before, behind = text[:start], text[end:].strip(" .,;)")
    filler = _FILLER.search(before)
    name = stripped(before[: filler.start()] if filler is not None else before)[1].strip(" .,;:-")
    unit, known = "", found[0].unit
    if name:
        told = _UNIT.fullmatch(behind)
        if told is None or (known and told["unit"]):
            return ""
        unit = told["unit"] or ""
    elif (told := _UNIT_FIRST.fullmatch(behind)) is not None and not known:
        name, unit = told["name"], told["unit"]
    elif known:
        name = behind.removeprefix("of ")
    called = name_of(name)
    if not called or not is_name(name) or re.search(r"\d{3}", name):
        return ""
    label = name[:1].upper() + name[1:]
    for item in (
        *((Needed(called, type="quantity", unit=known, label=label),) if known and not unit else ()),
        *((Needed(called, type="real", label=f"{label} ({known or unit})" if known or unit else label),)),
    ):
        trial = Said()
        parts = [kept(f"{called} {each.op} {number(float(each.value))} {item.unit}".rstrip(), (item,), trial) for each in found]
        if all(parts):
            if said.needed.setdefault(item.name, item).type != item.type:
                return ""
            return " and ".join(dict.fromkeys(parts))
    return ""
