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
