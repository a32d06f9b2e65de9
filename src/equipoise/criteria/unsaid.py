"""The words of weight that an expression leaves out of what it was read from."""

import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache

from .atom import Atom
from .comparison import Said
from .measures import MEASURES
from .states import HARMLESS
from .topics import small

_WITH_NUMBERS = re.compile(
    r"total|serum|levels?|counts?|blood|plasma|calculated|measured|estimated|values?|score|status|years?|old|months?|weeks?|days?|hours?|x|times|upper|lower|limits?|normal|institutional|"
    r"uln|lln|age|greater|less|than|more|equal|least|most|if|unless|except|case|class|cockcroft|gault|formula|equation|using|by|per|according|absolute|function(?:al)?|adequate|as|defined|"
    r"following|heart|association|performance|eastern|cooperative|oncology|group|between|inclusive|liver|kidney|renal|hepatic|bone|marrow|cells?|aged?|signing|informed|consent|date|its|institution|"
    r"laboratory|reference|range|then|otherwise|exactly|up|both|mm3|ml|min|mg|dl|transaminases?|aminotransferases?|sex|sexes|gender|measurable|lesions?|metastas[ei]s|registration|procedures?|adults?|over|under|"
    r"aspartate|alanine|asat|alat|sgot|sgpt|above|below|minimum|maximum|older|younger|higher|clearance|gfr|demonstrated|ratio|baseline|prior|which|whichever|size|longest|largest|diameter|tumou?rs?|appendix|see|number|"
    r"point|scale|interval|within|presence|documented|known|absence|must|should|gilberts?|syndrome|metastatic|inr|pts?"
)
"""Words that go with numbers."""
_WORD = re.compile(r"\w+")
_APART = frozenset(" \t\n\r/-'’`+()")
"""What may stand between the words of a name."""


@cache
def _names() -> Mapping[str, tuple[tuple[str, ...], ...]]:
    """The names of measures by their first word, longest first."""
    found: dict[str, set[tuple[str, ...]]] = {}
    for measure in MEASURES:
        for name in measure.words:
            words = tuple(_WORD.findall(name))
            found.setdefault(words[0], set()).add(words)
    return {first: tuple(sorted(names, key=len, reverse=True)) for first, names in found.items()}


def names_measure(text: str) -> bool:
    """Whether a word of a text may begin the name of a measure."""
    names = _names()
    return any(word in names for word in _WORD.findall(small(text)))


@lru_cache(maxsize=20_000)
def _is_light(word: str) -> bool:
    return _WITH_NUMBERS.fullmatch(word) is not None or HARMLESS.fullmatch(word) is not None


def weighty(text: str) -> str:
    """The words of a text that are neither a measure's name nor go with one, nor are said of everybody.

    >>> weighty("Patients with a serum creatinine clearance and retinopathy")
    'retinopathy'
    """
    low, names = small(text), _names()
    words = list(_WORD.finditer(low))
    at, many, left = 0, len(words), []
    while at < many:
        word = words[at][0]
        for name in names.get(word, ()):
            upto = at + len(name)
            if upto <= many and all(
                words[at + more][0] == part and not set(low[words[at + more - 1].end() : words[at + more].start()]) - _APART
                for more, part in enumerate(name)
                if more
            ):
                at = upto
                break
        else:
            if not _is_light(word):
                left.append(word)
            at += 1
    return " ".join(left)


def without(text: str, part: str) -> str:
    """A text without a part of it, wherever that stands by itself: `men` is no part of `women`."""
    at = text.find(part) if part.strip() else -1
    while at >= 0:
        end = at + len(part)
        if not (part[0].isalnum() and text[at - 1 : at].isalnum()) and not (
            part[-1].isalnum() and text[end : end + 1].isalnum()
        ):
            text = f"{text[:at]} {text[end:]}"
        at = text.find(part, at + 1)
    return text


def outside(text: str, found: Sequence[Atom]) -> str:
    """A text without the stretches that its comparisons take."""
    left, at = [], 0
    for start, end in sorted((each.start, each.end) for each in found):
        if start > at:
            left.append(text[at:start])
        at = max(at, end)
    left.append(text[at:])
    rest = " ".join(left)
    for each in found:
        for part in (each.when, each.unless):
            rest = without(rest, part)
    return rest


_NUMBER = re.compile(r"[<>≤≥=]\s*\d[\d.]*|\(\s*\d+(?:\.\d+)?\s*\)|(?<![\w.])\d+\.\d+(?![\w.])")
"""A number that no comparison has taken."""
_NORMAL = re.compile(
    r"\b(?:within|in|outside|above|below)\s+(?:the\s+)?(?:\w+\s+)?(?:normal|institutional)\s+(?:\w+\s+)?(?:limits?|range|values?)\b|\bnormal (?:limits|range)\b"
)
_VERSION = re.compile(r"(?:\bv(?:er(?:sion|\.)?)?\.?|recist|ctcae|criteria|1[.,]73|section|appendix)\s*\d+(?:\.\d+)*|1[.,·]73")


def unsaid(text: str, said: Said, found: Sequence[Atom]) -> str:
    """The words of weight that an expression leaves out; a number where it leaves out nothing else."""
    if (0, len(text)) in said.used:
        return ""
    rest = outside(text, [each for each in found if (each.start, each.end) in said.used])
    for start, end in said.used:
        rest = without(rest, text[start:end])
    if words := weighty(rest):
        return words
    rest = small(rest)
    number = _NORMAL.search(rest) or _NUMBER.search(_VERSION.sub(" ", rest))
    return number[0] if number is not None else ""
