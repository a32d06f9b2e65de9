"""What stands around a bare number: a person, a scale that is named behind it, a ratio."""

import re
from collections.abc import Sequence

from .line import PEOPLE, Line
from .measures import CONCENTRATION, measures

_ON_A_SCALE = re.compile(
    r"\s*(?:/\s?\d+|out\s+of\s+\d+|points?|or\s+\w+|\(|,)?\s*(?:on|by|as\s+\w+\s+(?:by|with|on))\s", re.IGNORECASE
)
_NAMED_BEHIND = frozenset({"mmse", "moca", "ecog", "karnofsky", "lansky", "nihss", "edss", "mrs", "gcs"})
_AT_A_TIME = re.compile(
    r"\s*(?:(?:at|on)\s+(?:the\s+)?(?:time|day|date|enrol\w*|consent|screening|signing|study)\b|$|[.;])", re.IGNORECASE
)
STARTERS = frozenset(
    "patients subjects participants adult adults male males female females men women all must be individuals volunteers children healthy people "
    "is are persons person the any both sexes sex gender subject patient participant willing eligible have has adolescents or and who aged man woman "
    "boys girls either of pediatric veterans residents at time consent enrollment years".split()
)


def on_a_scale(line: Line, end_at: int) -> str:
    """A scale that is named behind its value: `at least 18 out of 30 on the Mini-Mental State Examination`."""
    if _ON_A_SCALE.match(line.text, line.marks[end_at].end) is None:
        return ""
    for each in line.marks[end_at + 1 : end_at + 13]:
        if each.kind == "measure":
            return each.says if each.says in _NAMED_BEHIND else ""
        if each.kind not in ("word", "/", "number", "(", "-"):
            return ""
    return ""


def is_a_person(line: Line, lead: int) -> bool:
    """Whether people are named right before a comparison: `for women under 50`, `(patient > 18)`."""
    mark = line.marks[lead - 1 if line.marks[lead - 1].kind != "(" or lead < 2 else lead - 2]
    return bool({mark.says, mark.second.rpartition(" ")[2]} & (PEOPLE | {"patient", "participant", "themselves"}))


def is_of_a_person(line: Line, at: int, ahead: str) -> bool:
    """Whether nothing but a person stands before a number: `participant must be ≥ 18 at the time of signing`."""
    words = [each.says for each in line.marks[:at] if each.kind == "word"]
    return (
        bool(words)
        and not set(words) - STARTERS
        and bool(set(words) & PEOPLE or set(words) & {"participant", "patient", "subject"})
        and all(each.kind in ("word", "op", "which", "-", "*", "join") for each in line.marks[:at])
        and _AT_A_TIME.match(ahead) is not None
    )


def is_a_ratio(line: Line, at: int, fits: Sequence[str]) -> bool:
    """Whether a bare number is of a ratio of what is measured, not of itself: `an abnormal light chain ratio (< 0.26 or > 1.65)`."""
    return all(CONCENTRATION in measures()[name].kinds and name != "upcr" for name in fits) and any(
        each.says == "ratio" for each in line.marks[line.group_at + 1 : at]
    )


def is_again_alive(line: Line, at: int, end_at: int) -> bool:
    """Whether a second stretch of time is one to live: `life expectancy > 3 months in A, > 6 months in B`."""
    lead = line.before(at)
    if not line.last or line.found[line.last[-1]].measure != "life_expectancy" or not lead or line.marks[lead].kind != "op":
        return False
    between = line.marks[line.last_at + 1 : lead]
    return (
        len(between) <= 14
        and bool(between)
        and between[-1].kind in (",", "(", "join", ";")
        and all(each.kind in ("word", ",", "(", ")", "join", "which") for each in between)
        and line.anchored(line.marks[end_at].end)[0] == ""
    )
