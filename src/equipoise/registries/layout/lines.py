"""The lines of a page that hold something, as they stood and without what only sets them off."""

import re
from dataclasses import dataclass

MOST_LINES = 20_000


LONGEST_LINE = 200_000


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page: as it stood, and without what only sets it off."""

    number: int
    column: int
    raw: str
    text: str
    is_bullet: bool = False
    is_heading: bool = False
    is_after_blank: bool = False
    cells: tuple[str, ...] = ()  # of a table whose marks are gaps or tabs
    also: tuple[int, ...] = ()  # the lines below that it goes on in


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a line: the field that took it, `label`, `nothing` (it says nothing), or `left`."""

    line: int
    text: str
    by: str


_LETTERED = re.compile(r"(?:[A-Z]|\d{1,2}|[IVX]{1,4})\.\s+[A-ZÀ-Þ][A-ZÀ-Þ /&-]{3,40}")
"""`B. POPULATION`: a part of a form."""
_PICTURE = re.compile(r"^(?:(?![✓✔☑✅✗✘❌✖☒])[\U0001F000-\U0001FAFF\u2600-\u27BF\u2B00-\u2BFF\uFE0F\u200D])+\s+(?=\S)")
"""A small picture before a line; ticks and crosses are left, they say something."""
_TURN = re.compile(r"^(?:[QA]|Question|Answer)\s*\d{0,2}\s*[:.]\s+(?=\S)", re.MULTILINE)
_LINK = re.compile(r"\[([^\]\n]{1,300})\]\([^)\n]{1,500}\)")


def lines(text: str) -> tuple[Line, ...]:
    """The lines of a page that hold something."""
    kept: list[Line] = []
    blank = True
    turns = _TURN if len(_TURN.findall(text[:200_000])) >= 6 else None  # `Q: ...` and under it `A: ...`
    for number, raw in enumerate(re.split(r"\r\n|\n|\r", text)[:MOST_LINES], 1):
        stripped = raw[:LONGEST_LINE].strip()
        if not stripped:
            blank = True
            continue
        if turns is not None and (turn := turns.match(stripped)):
            stripped = stripped[turn.end() :]
            raw = " " * raw.find(stripped) + stripped
        column = len(raw) - len(raw.lstrip()) + 1
        shown, is_heading = stripped, False
        if heading := re.match(r"#{1,6}\s+", shown):
            shown, is_heading = shown[heading.end() :], True
        is_heading = is_heading or _LETTERED.fullmatch(shown) is not None
        shown = _PICTURE.sub("", shown)
        bullet = re.match(r"[•*‣◦▪·●■□➢–+-]\s+", shown)
        if bullet:
            shown = shown[bullet.end() :]
        if "**" in shown:
            shown = shown.replace("**", "")
        if wrapped := re.fullmatch(r"([*_])(?=\S)([^*_]{2,80})(?<=\S)\1", shown):
            shown = wrapped[2]
        if "](" in shown:
            shown = _LINK.sub(r"\1", shown)
        kept.append(Line(number, column, raw.rstrip(), shown.strip(), bool(bullet), is_heading, blank))
        blank = False
    return tuple(kept)


_GUIDE = re.compile(
    r"(?:review|dive|get|explore|learn|see|check|find|discover|view|read|browse|click|understand|look)\s+(?:the|into|a|an|out|about|how|more|back|what|up|here|for)\b"
    r"|(?:this|these)\s+(?:section|dates?|page|information|platform)\s|this is where\b|to hear about\b|please\b|researchers look for people\b|the person responsible for entering\b",
    re.I,
)  # fmt: skip


def is_guide(text: str) -> bool:
    """Whether a line is the site speaking about its page: `Review the sponsor-provided synopsis`."""
    return bool(_GUIDE.match(text)) and len(text) < 400


_FURNITURE = re.compile(
    r"(?:subscribe|sign up|log ?in|sign in|register)(?: (?:to|for|now|here)\b.{0,50})?|follow us\b.{0,30}|(?:share|print|send|download|save)(?: (?:this|the|page|trial|study|on|as|pdf)\b.{0,40})?"
    r"|report a problem\b.{0,30}|(?:our |e-?mail )?newsletter|privacy(?: policy| notice| statement)?|(?:accept|manage|reject)? ?(?:all )?cookies?(?: policy| settings)?|terms(?: of use| and conditions)?|back to top"
    r"|was this page (?:helpful|useful)\??|related (?:articles|stories|pages)|you may also like|advertisement|sponsored content|anzeige|nieuwsbrief|volg ons|newsletter abonnieren|datenschutz|impressum"
    r"|mentions légales|partager|imprimer|nyhetsbrev|dela|skriv ut",
    re.IGNORECASE,
)


def is_furniture(text: str) -> bool:
    """Whether a line is a button or a notice of the site's, which stands on all its pages: `Subscribe to our newsletter`."""
    return (
        len(text) < 80
        and ":" not in text
        and len(text.split()) <= 8
        and _FURNITURE.fullmatch(text.strip("[]( ).!")) is not None
    )
