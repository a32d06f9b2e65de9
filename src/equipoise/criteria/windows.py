"""A stretch of time that repeats the comparison before it: half-lives beside weeks, `whichever is shorter`."""

import re

from .atom import Atom
from .line import Line

_WITHIN_SOME = re.compile(r"\bwithin\s+(?:the|a|an)\s+(?:[a-z-]+\s+){1,6}$", re.IGNORECASE)
"""`within the time frame indicated or 5 half-lives`."""
_WHICHEVER = re.compile(r"[^.;<>≤≥=]{0,70}\bwhich\s?ever\b", re.IGNORECASE)
_OR_AN_INTERVAL = re.compile(
    r"\bor\s+(?:(?:an?|the)\s+)?(?:(?:interval|period|minimum|equivalent)\s+(?:of\s+)?)?(?:the\s+)?$", re.IGNORECASE
)

_ELAPSED = re.compile(
    r"\s*(?:\([^()]{1,20}\)\s*)?(?:(?:must|should|shall|need\s+to|has\s+to|have\s+to)\s+have|has|have|must|should)\s+(?:be\s+)?(?:e?lapsed?|pass(?:ed)?)\b",
    re.IGNORECASE,
)
_SINCE = re.compile(r"\s*(?:after|since|from|following|prior\s+to|before)\b", re.IGNORECASE)
_AND_SINCE = re.compile(
    r"\s*(?:after|since|from|following|prior\s+to|before)\b[\w\s()/-]{3,90}?(?:,\s*(?:(?:and|or)\s+)?|\b(?:and|or)\s+)(?:for\s+)?",
    re.IGNORECASE,
)
_EXCEPTED = re.compile(
    r"(?:(?!\.\s|;).){0,80}?\b(?:except(?:ing|ions?)?|other\s+than|unless)\b(?:(?!\.\s|;).){2,160}\(\s*", re.IGNORECASE
)


def has_elapsed(text: str, at: int) -> bool:
    """Whether a stretch of time is the least that has gone by: `14 days must have elapsed`."""
    return _ELAPSED.match(text, at) is not None


def repeated(line: Line, at: int, before: str) -> Atom | None:
    """The stretch of time whose comparison another takes: `at least 2 weeks after minor and 4 weeks after major surgery`,
    `within 4 weeks (except nitrosoureas (6 weeks))`."""
    start, end = line.marks[at].start, line.marks[at].end
    held = line.found[line.last[-1]] if line.last else None
    if (
        before in ("join", ",")
        and held is not None
        and held.measure == "time"
        and at - line.last_at <= 18
        and _SINCE.match(line.text, end)
    ):
        return held if _AND_SINCE.fullmatch(line.text, line.marks[line.last_at].end, start) else None
    first = line.found[line.sentence[0]] if line.sentence else None
    if before == "(" and first is not None and first.measure == "time" and line.text[end : end + 1] in (")", "]"):
        return first if _EXCEPTED.fullmatch(line.text, first.end, start) else None
    return None


def other_end(line: Line, at: int) -> Atom | None:
    """The stretch of time to which a number of half-lives is the alternative: `at least 14 days …, or an interval of 5 half-lives`."""
    held = next((line.found[index] for index in reversed(line.sentence) if line.found[index].measure == "time"), None)
    if held is None or held.op not in ("<=", ">=", "<", ">"):
        return None
    between = [each for each in line.marks[:at] if each.start >= held.end]
    if len(between) > 45 or any(each.kind in (";", "op") for each in between[-6:]):
        return None
    return held if _OR_AN_INTERVAL.search(line.text, held.end, line.marks[at].start) else None


def whichever(line: Line, at: int) -> Atom | None:
    """The stretch of time to which another is the alternative: `< 5 half-lives (or 4 weeks since the last dose, whichever is shorter)`."""
    start, end = line.marks[at].start, line.marks[at].end
    held = line.found[line.sentence[-1]] if line.sentence else None
    if held is None or held.measure != "time" or start - held.end > 90:
        return None
    return held if _OR_AN_INTERVAL.search(line.text, held.end, start) and _WHICHEVER.match(line.text, end) else None


def is_of_the_window(line: Line, at: int) -> bool:
    """Whether half-lives are the other end of a window: `within 3 weeks or at least 5 half-lives, whichever is shorter`."""
    lead = line.before(at)
    if lead is not None and line.marks[lead].kind == "op":
        lead = line.before(lead)
    if lead is None or line.marks[lead].second != "or":
        return False
    start = line.marks[lead].start
    return (line.windowed and lead == line.last_at + 1 and line.found[line.last[-1]].op == "<=") or _WITHIN_SOME.search(
        line.text, max(0, start - 90), start
    ) is not None
