"""An age as the condition of a bound: `for patients > 16 years of age`."""

import re
from dataclasses import replace

from .line import LABS, SCALES, Line
from .measures import BARE
from .reach import ahead, is_opening, opens

_AGED = re.compile(
    r"\((?=\s*\\?[<>≤≥])|(?:for|if)\s+(?=\\?[<>≤≥])|if\s+(?:the\s+)?(?:patients?|subjects?|participants?|aged?)\b|(?:for|in)\s+(?:patients?|subjects?|participants?|those|children|adults?|adolescents?|individuals|people)\b"
    r"|(?:if|when|unless)\s+(?:aged\s+)?(?=(?:young|old)er\s|under\s|over\s|above\s|below\s)|aged?\b|if\s+age\b|(?:patients?|subjects?|participants?|those)\s+aged\b",
    re.IGNORECASE,
)
_AGE_LIGHT = frozenset(
    "aged age of is are who that at the an a with being patient patients subject subjects participant participants".split()
)
_SCALES = LABS | SCALES | {"?"}


def of_an_age(line: Line, at: int) -> int | None:
    """The place behind `for patients > 16 years of age`, kept as the condition of the bound or the measure before it."""
    if _AGED.match(line.text, line.marks[at].start) is None:
        return None
    place, many = at + 1, len(line.marks)
    while place < many and (line.marks[place].says in _AGE_LIGHT or line.marks[place].kind == "measure"):
        if line.marks[place].kind == "measure" and line.marks[place].says != "age":
            return None
        place += 1
    has_op = place < many and line.marks[place].kind == "op"
    value = place + has_op
    is_said = has_op and value < many and line.marks[value].says in ("age", "the")
    while is_said and value < many and line.marks[value].says in ("age", "the"):
        value += 1  # `under age 18`
    if value >= many or line.marks[value].kind != "number":
        return None
    if line.marks[value].unit != "years" and not (
        has_op
        and line.marks[value].second == BARE
        and line.marks[value].number <= 21
        and (is_said or set(line.group) <= {"karnofsky", "lansky"})
    ):
        return None  # `Lansky for those < 16`
    stop = value + 1
    while stop < many and (line.marks[stop].says in ("of", "old", "age")):
        stop += 1
    words = line.text[line.marks[place].start : line.marks[value].end].lstrip("\\")
    words = words if "age" in words else f"{words} of age"
    if not has_op:
        if stop >= many or line.marks[stop].kind != "after":
            return None
        words = f"{words} {line.text[line.marks[stop].start : line.marks[stop].end]}"
        stop += 1
    before = [each.kind for each in line.marks[line.last_at + 1 : at]] if line.last_at >= 0 else ["none"]
    if line.last and before in ([], ["("], [","]) and all(line.found[index].measure in _SCALES for index in line.last):
        for index in line.last:
            held = line.found[index]
            if held.when and held.when == line.active and line.is_leading and line.marks[at].says != "unless":
                line.found[index] = replace(held, when=f"{held.when}, {words}")  # a head, and an age in brackets besides
            elif not held.when and not held.unless:
                line.found[index] = (
                    replace(held, unless=words) if line.marks[at].says == "unless" else replace(held, when=words)
                )
        return stop
    is_far = (
        bool(before) and not opens(line, at) and len(before) <= 18 and set(before) <= {"word", ",", "join", "measure", "(", ")"}
    )
    if (
        line.last
        and is_far
        and line.marks[at].second.startswith("for ")
        and line.found[line.last[-1]].measure in _SCALES - {"?"}
    ):
        for index in line.last:
            held = line.found[index]
            if not held.when and not held.unless:
                line.found[index] = replace(held, when=words)  # `saturation ≥ 92 % on room air for children < 8 years`
        return stop
    if line.group and not line.consumed and set(line.group) <= _SCALES and _names_only(line, at):
        line.of_an_age[line.group[-1]] = words
        line.asides += [(line.marks[at].start, line.marks[stop - 1].end)]
        return stop
    if (
        line.marks[at].second.startswith(("for ", "in "))
        and is_opening(line, at)
        and stop < many
        and line.marks[stop].kind == ","
    ):
        line.active, line.active_depth, line.is_apart = words, line.depth, True
        return stop  # `for participants < 2 years of age, at least 1 bleed …`: what follows is of them
    if (is_opening(line, at) or opens(line, at)) and (behind := ahead(line, stop, begins=True, who=True)).reached:
        if any(set(mark.says.split("+")) & _SCALES for mark in line.marks[stop : behind.at] if mark.kind == "measure"):
            line.active, line.active_depth = words, line.depth  # `if ≥ 65 years old, FSH > 30 mIU/mL`
            return stop
    return None


def _names_only(line: Line, at: int) -> bool:
    """Whether nothing but words stands between the measures named last and a mark."""
    return 0 <= at - line.group_at <= 7 and all(
        each.kind in ("word", "which", "(") for each in line.marks[line.group_at + 1 : at]
    )
