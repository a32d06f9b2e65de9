"""What stands beside the names of a criterion and is said of them: brackets, examples, a stretch of time, how a thing was found."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from .atom import Atom
from .comparison import Said
from .line import anchor_span
from .members import JOINT
from .states import window

Side = Literal["include", "exclude"]


_BINDING = re.compile(
    r"^\W*(?:or|and|on|with)\b|\b(?:if|unless|except\w*|excluding|exclud\w+|not|no|without|other than|must|may|only|cohorts?|arms?|until|besides|at least|less than|more than)\b|[<>≤≥=]|\d\s*(?:%|mg|mm|cm|days?|weeks?|months?|years?|hours?)",
    re.IGNORECASE,
)
"""What makes a bracket more than another name, or examples."""


_EXAMPLES = re.compile(
    r"\W*(?:e\.?\s?g\b|i\.?\s?e\b|for example|for instance|such as|like|including|includes?|namely|ex\b|any type of|examples?)",
    re.IGNORECASE,
)


_OR_SUSPECTED = re.compile(
    r"(?<=\w )(?:known|confirmed|diagnosed|proven|documented)\s+(?:or|and/or)\s+suspected\b", re.IGNORECASE
)


_SHOWN_BY = re.compile(
    r",?\s+(?:(?:as\s+)?(?:documented|confirmed|proven|diagnosed|determined|assessed|demonstrated|detected|verified|established|evidenced|measured|identified|shown|seen|visible)(?<!diagnosed)\s+with\b|(?:documented|confirmed|proven|diagnosed|determined|assessed|demonstrated|detected|verified|established|evidenced|measured|identified|shown|seen|visible)\s+(?:by|on|using|via|through|in|at|per)\b"
    r"|by\s+(?:medical\s+|clinical\s+|physical\s+|self[- ]?)?(?:history|report|examination|imaging|questionnaire|interview)\b).*$|\s+at\s+(?:the\s+)?(?:time\s+of\s+)?(?:study\s+)?(?:screening|baseline|enrol?l?ment|entry|inclusion|randomi[sz]ation)(?:\s+visits?)?$|\s+(?:at any time|at present|at the present time|in (?:the )?past or present)$",
    re.IGNORECASE | re.DOTALL,
)
"""How a thing was found, and that it may be at any time: said with its name, and no part of it."""


_BY = re.compile(r"\b(?:by|on|using|via|with|through|per)\b", re.IGNORECASE)


_MORE = re.compile(
    r"\b(?:is|are|be|may|must|can|cannot|could|would|will|should|not|allowed|permitted|eligible|excluded|that|which|who|if|unless|except\w*|history|within|when|other)\b|[<>≤≥]|\d\s*%|[;:]|\b(?:or|and)\s+(?:the\s+|any\s+)?(?:receipt|use|need|requirement|requiring|treatment|receiving|taking|presence|evidence)\b",
    re.IGNORECASE,
)
"""What makes a tail of examples more than that."""


_TAIL = re.compile(
    r"[,\s]+(?:\(?(?:e\.\s?g\.?|i\.\s?e\.?)|such as|for example|for instance|including(?: but not limited to)?|namely|like(?= \w+(?:,| or | and )))(?=[\s,:]).*$",
    re.IGNORECASE | re.DOTALL,
)
"""Examples behind a name, and what says it again."""


_AT_A_RATE = re.compile(r"\s*(?:/|per\b|a\b|each\b|every\b|of (?:therapy|treatment|age)\b|out of\b)", re.IGNORECASE)


_BY_WINDOW = re.compile(r"\b(?:within|in|past|last|previous|preceding|during|prior|recent)\b", re.IGNORECASE)


_DID = re.compile(
    r"(?:has|have|had)\s+(?:\w+ly\s+)?(?!received|undergone|experienced|diagnosed|treated|used|suspected|confirmed|documented|impaired|uncontrolled|decreased|increased|elevated|advanced|limited|untreated|acquired|reduced)\w+ed\b",
    re.IGNORECASE,
)
"""`has smoked`: what somebody did, which is no name."""


_HEPATITIS = re.compile(
    r"\b(?P<name>(?:(?:active|chronic|viral|acute)\s+)*hepatitis)\s+(?P<one>[A-E])(?P<joint>\s*(?:,|/|and/or|or|and)\s*)(?P<other>[A-E])\b(?!\s*,\s*[A-E]\b)",
    re.IGNORECASE,
)


HELD = re.compile(r"[\ue000-\uf8ff]")
"""A bracket that was put aside."""


_FUTURE = re.compile(
    r"\b(?:planned|plans?|planning|intention|intent|intends?|scheduled|anticipated|expected|will|going to|future|next|upcoming)\b",
    re.IGNORECASE,
)


_LASTING = re.compile(r"(?:\b(?:for|lasting|lasts?|duration(?:\s+of)?|of|persist\w*|over|than|every|age)\s*)$", re.IGNORECASE)


_AT_ENTRY = frozenset(
    "the of to on this in for at a our their his her study trial start beginning entry enrolment enrollment enrolling randomisation randomization screening inclusion baseline first dose drug administration "
    "day visit consent treatment signing informed date time registration initiation planned participation recruitment project intervention investigational product medication protocol scheduled "
    "patient subject participant period onset".split()
)
"""Words for the moment at which somebody joins."""


_OPENING = re.compile(
    r"^(?:(?:any|one|either|presence|history|diagnosis|evidence)\s+(?:or more\s+)?of\s*(?:the following)?\s*:\s*)",
    re.IGNORECASE,
)


EDGE = " \t\n.,;:-–•*'\""


@dataclass(slots=True)
class Listing:
    """One reading under way: what was asked, what came of it, the stretch of time said of all, and what was put aside."""

    kind: Side
    said: Said
    within: str = ""
    lead: str = ""
    has_bounds: bool = False
    bounds: int = 0
    asides: list[str] = field(default_factory=list)
    tail: str = ""
    shown: str = ""

    def whole(self, words: str) -> str:
        """Words with the brackets that were put aside."""
        known = {chr(0xE000 + at): f" {aside}" for at, aside in enumerate(self.asides)}
        return HELD.sub(lambda each: known.get(each[0], each[0]), words)  # a text may have such a sign of its own


_PAST = re.compile(
    r"\s*(?:(?:with)?in\s+)?(?:the\s+)?(?:past|last|previous|within)\s+[\w-]+\s+(?:day|week|month|year)s?\s*", re.IGNORECASE
)


def _without_asides(text: str, reading: Listing) -> str | None:
    """A text with one sign for each of its brackets, where they hold names or examples; None where they hold more."""
    if "(" not in text and "[" not in text:
        return text if ")" not in text and "]" not in text else None
    parts, depth, start, at = [], 0, 0, 0
    for at, sign in enumerate(text):
        if sign in "([":
            if not depth:
                parts.append(text[start:at])
                start = at
            depth += 1
        elif sign in ")]":
            depth -= 1
            if depth < 0:
                return None
            if not depth:
                inside = text[start + 1 : at]
                if _PAST.fullmatch(inside):
                    parts.append(f" {inside} ")  # `a recent hospitalisation (past 3 months)`
                    start = at + 1
                    continue
                if (_MORE if _EXAMPLES.match(inside) else _BINDING).search(inside):
                    return None
                parts.append(chr(0xE000 + len(reading.asides)) + " " * (at - start))
                reading.asides.append(" ".join(text[start : at + 1].split()))
                start = at + 1
    return None if depth or len(reading.asides) > 20 else "".join(parts) + text[start:]


def _without_time(body: str, times: Sequence[Atom], reading: Listing) -> str | None:
    """A text with blanks for the one stretch of time that is said of what it names."""
    (time, *others) = times
    stretch = body[time.start : time.end]
    if others or not stretch.strip() or _FUTURE.search(body) or _AT_A_RATE.match(body, time.end):
        return None
    if (
        time.side == "after"
        and time.op in (">=", ">")
        and not re.search(r"\w", re.sub(r"(?i)^\W*(?:patients?|subjects?|participants?)\s+", "", body[: time.start]))
    ):
        reading.within = window(replace(time, anchor="", side="before"))
        dated = body[anchor_span(body, time.end)[0] :]
        return dated.removeprefix("onset of ") if time.anchor and reading.within else None  # `at least 6 months after a stroke`
    if any(word not in _AT_ENTRY for word in re.findall(r"[a-z]+", time.anchor.lower())):
        return None
    within = window(time)
    is_dated = time.side == "before" or bool(time.anchor) or (time.op in ("<=", "<") and _BY_WINDOW.search(stretch) is not None)
    if not within or not is_dated or (time.op in (">=", ">") and _LASTING.search(body[: time.start])):
        return None
    if time.side == "of" and not time.anchor:
        return None
    reading.within = within
    end = anchor_span(body, time.end)[1] if time.side else time.end
    if re.search(r"\w", body[: time.start]) and JOINT.search(body, end) and re.search(r"\w", body[end:]):
        return None  # `radiotherapy within 2 weeks or an infection`: of what stands before it alone
    return f"{body[: time.start].rstrip()} {body[end:].lstrip()}"


def bared(text: str, times: Sequence[Atom], reading: Listing) -> str:
    """What a text names, without what stands beside the names: that is kept in the reading. Nothing where more is said."""
    body = _without_asides(text, reading)
    if times and body is not None:
        body = _without_time(body, times, reading)
    if body is None or _DID.search(body):
        return ""
    body = re.sub(r"\s+(?=[\ue000-\uf8ff])", "", " ".join(body.split()))
    body = _HEPATITIS.sub(r"\g<name> \g<one>\g<joint>\g<name> \g<other>", body)
    body = _OR_SUSPECTED.sub("known/suspected", _OPENING.sub("", body.strip(EDGE)))
    if (tail := _TAIL.search(body)) is not None:
        if _MORE.search(tail[0]):
            return ""
        body, reading.tail = body[: tail.start()], reading.whole(tail[0])
    if (shown := _SHOWN_BY.search(body)) is not None and not _MORE.search(shown[0]):
        reading.shown = reading.whole(shown[0]) if _BY.search(shown[0]) else ""
        body, reading.tail = body[: shown.start()], reading.whole(shown[0]) + reading.tail
    return body


def without_tail(words: str) -> str:
    """Words without examples behind them, and without how the thing was found."""
    return _SHOWN_BY.sub("", _TAIL.sub("", words)).strip(EDGE)
