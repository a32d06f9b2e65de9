"""A text whose signs stand apart, as programs leave it that cut texts into words: `( e . g . , BMI > 30 kg / m 2 )`, closed up."""

import re
from collections.abc import Sequence

_MAYBE = re.compile(r"[^\S\n][,)/.](?!\S)|[^\S\n]-[^\S\n][a-z\d]")
"""What stands nowhere in an ordinary text, or seldom."""
_APART = re.compile(r"(?<=[^\S\n])[,.)](?!\S)|(?<!\S)\((?=[^\S\n])|(?<=\w[^\S\n])/(?=[^\S\n]\w)")
_TOGETHER = re.compile(r"\w,(?=\s)|\w\)|\(\w|[a-z]{2}\.(?=\s|$)|[A-Za-z]/[A-Za-z]")
_GAPS = re.compile(
    r"[^\S\n]+(?=[,;:)\]}%?!](?!\S))"
    r"|(?<=[(\[{])[^\S\n]+"
    r"|(?<=[\w)\]%\"'’])[^\S\n]+(?=\.(?!\S))"
    r"|(?<=\b[A-Za-z][^\S\n]\.)[^\S\n]+(?=[A-Za-z][^\S\n]?\.)"  # `e . g .`
    r"|[^\S\n]+(?=/)|(?<=/)[^\S\n]+"
    r"|(?<=\w)[^\S\n]+(?=-[^\S\n]\w)|(?<=\w[^\S\n]-)[^\S\n]+(?=\w)"
    r"|(?<=\w)[^\S\n]+(?=['’][^\S\n]?(?:s|t)\b)|(?<=['’])[^\S\n]+(?=(?:s|t)\b)"
    r"|(?<=\d[^\S\n]\.)[^\S\n]+(?=\d)|(?<=\d[^\S\n],)[^\S\n]+(?=\d{3}\b)"
    r"|(?<=\w)[^\S\n]+(?=\^)|(?<=\^)[^\S\n]+"
    r"|(?<=\bm)[^\S\n]+(?=2(?!\S))"
)
_PREFIXED = re.compile(
    r"\b(?:(?:[Pp]re|[Nn]on|[Pp]ost|[Aa]nti|[Ss]elf|[Mm]ono|[Ss]emi)(?=[^\S\n]-[^\S\n][a-z])|[A-Z]{2,4}(?=[^\S\n]-[^\S\n]\d))([^\S\n])-([^\S\n])"
)


def closed_up(text: str) -> tuple[str, Sequence[int] | None]:
    """A text with its signs closed up, and where each of its characters stood; None where nothing was moved.

    >>> closed_up("obesity ( BMI > 30 kg / m 2 ) , e . g . here")[0]
    'obesity (BMI > 30 kg/m2), e.g. here'
    """
    if _MAYBE.search(text) is None:
        return text, None
    kept: list[str] = []
    places: list[int] = []
    at, is_moved = 0, False
    for line in text.splitlines(keepends=True):
        start = 0
        for begin, end in _gaps(line):
            kept.append(line[start:begin])
            places.extend(range(at + start, at + begin))
            start, is_moved = end, True
        kept.append(line[start:])
        places.extend(range(at + start, at + len(line)))
        at += len(line)
    return ("".join(kept), places) if is_moved else (text, None)


def _gaps(line: str) -> list[tuple[int, int]]:
    if len(_APART.findall(line)) > len(_TOGETHER.findall(line)):
        return [gap.span() for gap in _GAPS.finditer(line)]
    return [span for gap in _PREFIXED.finditer(line) for span in (gap.span(1), gap.span(2))]  # `Pre - enrolment`
