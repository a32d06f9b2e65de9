"""Numbers as words say them: at least eighteen years, no more than 1.5 times the upper limit of normal, within four weeks."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from .calendar import DAY_UNITS, MONTH_UNITS, Span
from .finding import Unreadable
from .quantity import scale

Op = Literal["<", "<=", ">", ">=", "=="]

_NUMBERS = {
    word: float(value)
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
        "eighteen nineteen twenty".split()
    )
} | {"thirty": 30.0, "forty": 40.0, "fifty": 50.0, "sixty": 60.0, "seventy": 70.0, "eighty": 80.0, "hundred": 100.0}

# Comparators before a number, longest first: "no more than" before "more than".
_LARGE = r"(?:more|greater|larger|bigger|higher|older|longer|wider|later)"
_SMALL = r"(?:less|fewer|smaller|lower|younger|shorter|narrower)"
_NO = r"(?:no|not|never|nor|cannot be|must not be|may not be|should not be|not be)"
_BEFORE: tuple[tuple[str, Op], ...] = (
    (rf"(?:equal to or {_LARGE} than|{_LARGE} than or equal to|{_LARGE} or equal to|≥|>\s*=|=\s*>|⩾)", ">="),
    (rf"(?:equal to or {_SMALL} than|{_SMALL} than or equal to|{_SMALL} or equal to|≤|<\s*=|=\s*<|⩽)", "<="),
    (rf"(?:{_NO} {_LARGE} than|{_NO} (?:above|over|beyond)|(?:not|never) exceed(?:s|ed|ing)?|at (?:the )?most|maximum(?: of)?|up to|{_NO} exceeding)", "<="),
    (rf"(?:{_NO} {_SMALL} than|{_NO} (?:below|under)|at (?:the )?least|minimum(?: of)?|a least)", ">="),
    (rf"(?:{_LARGE} than|over|above|exceed(?:s|ed|ing)?|in excess of|beyond|>)", ">"),
    (rf"(?:{_SMALL} than|under|below|<)", "<"),
)  # fmt: skip
_AFTER: tuple[tuple[str, Op], ...] = (
    (r"(?:or|and) (?:more|older|over|above|greater|higher|larger|longer|upwards?)\b|\+(?!\d|/)|and up\b", ">="),
    (r"(?:or|and) (?:less|fewer|lower|below|under|younger|smaller|shorter)\b", "<="),
)
_ANCHOR = r"(?:before|prior|after|since|of|from|following|preceding|to|until|ago|earlier|previously|apart)\b"
_AGO = r"(?:in|within|during|over|for) (?:the |this )?(?:last|past|previous|preceding|prior|recent)"
_WITHIN = r"(?:within|during)"

_NUMBER = (
    r"(?:\d{1,3}(?:,\d{3})+(?![\d,])|\d+(?:[.,]\d+)?|"
    + "|".join(rf"\b{word}\b" for word in sorted(_NUMBERS, key=len, reverse=True))
    + r")"
)
_UNIT = (
    r"(?!(?:or|and|to|in|if|at|of|by|the|for|with|as|on|than|per)\b)(?:[x×*]?\s*10\s*(?:\^|\*\*|e)?\s*[0-9⁰¹²³⁴-⁹]+\s*/\s*[A-Za-zµμ]+[0-9³]?"
    r"|/\s*[A-Za-zµμ]+\^?[0-9³]?|%|°\s?[CF]|[A-Za-zµμ]+(?:\^?[23²³])?(?:\s*/\s*[A-Za-zµμ]*[0-9.]*[A-Za-zµμ]*\^?[0-9²³]?){0,2})"
)
_RELATIVE = (
    r"(?:[x×*]|times|fold)?\s*(?:the |a |of )*(?:institutional |local |laboratory(?:'s)? |site |age-adjusted )*"
    r"(?:(?P<uln>ULN|UNL|upper (?:normal )?limits?(?: of)?(?: the)? ?(?:normal|reference)?(?: range)?)"
    r"|(?P<lln>LLN|lower (?:normal )?limits?(?: of)?(?: the)? ?(?:normal|reference)?(?: range)?))"
)
_PHRASE = re.compile(
    r"(?P<before>" + "|".join(pattern for pattern, _ in _BEFORE) + rf"|{_AGO}|{_WITHIN}|between|from)?"
    r"(?:\s+|(?<=[≤≥<>=])\s*|\b)(?:(?:of|than|or|equal|to|an?|the|ages?|aged|years?|grade|class|stage|score|ECOG|PS|about)\s+){0,3}"
    rf"(?<![\w.\-/])(?P<number>{_NUMBER})(?![\w.]*\d)(?:\s*(?:years?|weeks?|days?|months?|cm|mm)?\s*(?P<joint>-|–|—|to|and|or)\s*(?P<second>{_NUMBER})\b)?"
    rf"(?:\s*{_RELATIVE}|(?P<gap>\s*-?)(?P<unit>{_UNIT}))?"
    r"(?P<age>\s+(?:of age|old)\b)?"
    r"(?:\s*(?P<after>" + "|".join(pattern for pattern, _ in _AFTER) + r"))?"
    rf"(?=(?P<anchor>\s*(?:\([^)]{{0,40}}\)\s*)?(?:\w+\s+){{0,2}}?{_ANCHOR})?)",
    re.IGNORECASE,
)  # fmt: skip
_SPELT = (
    (re.compile(r"(?<=1\.73)\s*m\s?(?:2|²|\^2)"), "m2"),
    (re.compile(r"\b(?:beats|breaths)\s*(?:per|a|/)\s*min(?:ute)?\b|\bbpm\b", re.IGNORECASE), "/min"),
)
"""Units of which words make several: as they are written in an expression."""
_LETTERS = {"a", "d", "h", "s", "m", "g", "l", "u", "v", "w", "j"}
"""Units of one letter, which in words are mostly something else."""
_TIMES = re.compile(r"(day|week|month|year)s?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Said:
    """A bound that words state: `words` as they stand, `leads` those before them.

    `relative` is "uln" or "lln" where the number counts limits of normal; `window` says that it is a stretch of time in
    which something lies, not how much of something there is, and `is_anchored` that the words say from when it counts.
    """

    op: Op
    number: float
    unit: str
    relative: str
    window: bool
    is_anchored: bool
    words: str
    leads: str

    @property
    def span(self) -> Span | None:
        """The number as a length of time, where it is one."""
        found = _TIMES.fullmatch(self.unit)
        if found is None or self.number != int(self.number):
            return None
        word, many = found[1].lower(), int(self.number)
        return Span(days=many * DAY_UNITS[word]) if word in DAY_UNITS else Span(months=many * MONTH_UNITS[word])


@lru_cache(maxsize=5_000)
def bounds_said(text: str) -> tuple[Said, ...]:
    """The bounds that a text states, in order; numbers without a comparator, a range or a limit of normal are none.

    >>> [(each.op, each.number, each.unit) for each in bounds_said("Eighteen years or older, and no more than 4 lesions")]
    [('>=', 18.0, 'years'), ('<=', 4.0, '')]
    """
    text = " ".join(text.split())
    for pattern, written in _SPELT:
        text = pattern.sub(written, text)
    found: list[Said] = []
    at = 0
    while (phrase := _PHRASE.search(text, at)) is not None:
        said = _said(phrase, text)
        at = _end(phrase) if said else phrase.end("number")
        found += said
    return tuple(found)


def _said(phrase: re.Match[str], text: str) -> list[Said]:
    number, second = _value(phrase["number"]), _value(phrase["second"]) if phrase["second"] else None
    before = " ".join((phrase["before"] or "").lower().split())
    unit = _unit(phrase["unit"] or "")
    relative = "uln" if phrase["uln"] else "lln" if phrase["lln"] else ""
    if relative and re.search(r"[./]\d*$", phrase["unit"] or ""):
        relative = ""
    is_time = _TIMES.fullmatch(unit) is not None
    ago = re.fullmatch(_AGO, before, re.IGNORECASE)
    anchor = (phrase["anchor"] or "").lower()
    is_age = bool(phrase["age"]) or bool(re.search(r"\b(?:age|aged|old|older|younger)\b", phrase[0], re.IGNORECASE))
    window = is_time and not is_age and bool(ago or before in ("within", "during") or re.search(_ANCHOR, anchor))
    start = phrase.start("before") if phrase["before"] else phrase.start("number")
    leads, words = text[max(0, start - 60) : start], text[start : _end(phrase)].strip(" ,.;:()")

    def made(op: Op, value: float) -> Said:
        return Said(op, value, unit, relative, window, bool(anchor or ago), words, leads)

    if second is not None:
        joined = (phrase["joint"] or "").lower()
        ranged = joined in ("-", "–", "—", "to") or before in ("between", "from") or (joined == "or" and second == number + 1)
        if second <= number or not ranged or (number >= 1900 and not unit):
            return []
        if (before and not ago) and before not in ("between", "from"):
            return []  # "at least 2 to 3": too loose to hold anybody to
        return [made(">=", number), made("<=", second)]
    if ago or before in ("within", "during"):
        return [made("<=", number)] if is_time else []
    op = _op(before, _BEFORE) or _op((phrase["after"] or "").lower(), _AFTER)
    if op is None or before in ("between", "from"):
        return []
    return [made(op, number)]


def _end(phrase: re.Match[str]) -> int:
    return max(phrase.end(part) for part in ("number", "second", "uln", "lln", "unit", "age", "after") if phrase[part])


def _op(words: str, known: tuple[tuple[str, Op], ...]) -> Op | None:
    return next((op for pattern, op in known if words and re.fullmatch(pattern, words, re.IGNORECASE)), None)


def _value(text: str) -> float:
    text = text.lower()
    if text in _NUMBERS:
        return _NUMBERS[text]
    whole = re.fullmatch(r"\d{1,3}(?:,\d{3})+", text)
    return float(text.replace(",", "") if whole else text.replace(",", "."))


def _unit(text: str) -> str:
    """A unit, if the word after a number is one."""
    text = text.strip()
    if not text or text.lower() in _LETTERS:
        return ""
    if _TIMES.fullmatch(text):
        return text.lower()
    tried = re.sub(r"^[x×*]\s*", "", text)
    tried = re.sub(r"(?<=10)\s*(?:\*\*|e)\s*(?=\d)", "^", tried)
    tried = re.sub(r"\s+", "", tried)
    tried = re.sub(r"^10(\d)(?=/)", r"10^\1", tried)
    for each in (tried, tried[:-1] if tried.endswith(".") else tried):
        try:
            scale(each)
        except Unreadable:
            continue
        return each
    return ""
