"""What may not be meant as it is read: a negation, one sex named in passing, a condition that is left over."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from .atom import Atom, Op
from .comparison import Said, kept
from .phrases import bracketed, is_bracketed
from .states import NEGATED
from .topics import Needed
from .unsaid import outside, weighty

Side = Literal["include", "exclude"]
IF = r"(?:if|unless|except(?:ing|ions?)?|provided|when|whenever|as long as|in cases? of|where)"
_LED_BY = re.compile(rf"\b{IF}\b[^<>≤≥;.]{{0,60}}$", re.IGNORECASE)
_SEX = re.compile(r"\b(?:(?P<female>females?|wom[ae]n|girls)|(?P<male>males?|m[ae]n|boys))\b", re.IGNORECASE)
_SEX_FIRST = re.compile(
    r"\W*(?:\d+[.)]\s*)?(?:(?:for|in|all|adult|healthy|elderly|premenopausal|post-?menopausal|pregnant|nulliparous|consenting|eligible|the|young|older)\s+)*"
    r"(?:females?|wom[ae]n|girls|males?|m[ae]n|boys)\b",
    re.IGNORECASE,
)
_MUST = re.compile(r"\b(?:must|should|need|required?|is|:)\b|:", re.IGNORECASE)


AT_MOST = re.compile(
    r"(?i)\W*no (?:more|less|greater|fewer|older|younger|higher|lower|worse|later|upper|lower|maximum|minimum)|\W*not (?:more|less|greater|fewer|older|younger|higher|lower|worse|over|under|above|below|exceed)"
)
_NEGATION = re.compile(r"(?i)\b(?:not|without|never|no|none|neither|nor|excluded?|not eligible|ineligible)\b")


_ASIDE = re.compile(r"(?i)\b(?:must|should|shall|need to|are required to)\b|[,;]\s*(?:or|but|unless|except)\b")
"""A negation ends before this: `patients without metastases must have`, `no diabetes, or`."""


def negated(whole: str, text: str, kind: Side, found: Sequence[Atom], said: Said) -> str:
    """A statement with the negation that its text begins with; what another may reach is said to be unsure."""
    negation = NEGATED.match(text)
    if negation is not None and _ASIDE.search(text[negation.end() : found[0].start if found else len(text)]):
        negation = None
    if negation is not None and (
        any(_stands_in(text, negation.end(), each.when) for each in found if each.when)
        or any(start < negation.end() < end for start, end in said.used)
    ):
        negation = None  # `Without liver metastases: ALT ≤ 3 x ULN`: of whom it is said; `have not recovered to grade 1`
    read = [each for each in found if (each.start, each.end) in said.used]
    if _is_of_grades(read, (">", ">=")):
        left = _LEFT_OVER.search(text, 0, read[0].start)
        if left is not None and _NOT_REACHED.search(text, 0, left.start()) is not None:
            said.used.append((0, read[0].start))
            negation = None  # `have not recovered (i.e., have residual toxicities > grade 1)`
    if negation is not None and not AT_MOST.match(text):
        if kind == "exclude":
            said.unsure.append("an exclusion that begins with a negation: what is meant may be its opposite")
        return f"not {whole if is_bracketed(whole) else f'({whole})'}"
    outside_of_it = outside(text, found)
    for start, end in said.used:
        outside_of_it = outside_of_it.replace(text[start:end].strip(), " ") if end > start else outside_of_it
    if _NEGATION.search(outside_of_it):
        said.unsure.append("a negation whose reach is not certain")
    return whole


def _stands_in(text: str, at: int, part: str) -> bool:
    """Whether a place lies within a part of a text."""
    start = text.find(part)
    return 0 <= start < at <= start + len(part)


_NOT_REACHED = re.compile(
    r"\b(?P<none>(?:(?:has|have|had|did|do|does|is|are|was|were)\s+)?(?:not|never)\s+(?:(?:yet|fully|been|completely|adequately|sufficiently)\s+)*"
    r"(?:recover|resolv|improv|return|regress|subsid|declin|reduc|decreas|revert|stabili[sz])\w*\b)(?:(?!(?<!i\.e)(?<!e\.g)\.\s|;|\b(?:except|unless|excluding|other than)\b).){0,160}$",
    re.IGNORECASE,
)
"""`toxicity that has not resolved to grade ≤ 1` is one of a higher grade."""


_LEFT_OVER = re.compile(
    r"\b(?:residual|remaining|persist\w*|ongoing|have|has|with|are|being|still)\b(?:(?![.;]).){0,40}$|\(\s*(?:i\.e\.,?\s*)?$",
    re.IGNORECASE,
)


def _is_of_grades(found: Sequence[Atom], ways: tuple[str, ...]) -> bool:
    """Whether all that is compared is one degree of severity, in one of these ways."""
    return {each.measure for each in found} == {"grade"} and len({each.bound for each in found}) == 1 and found[-1].op in ways


_RECOVERED = re.compile(
    r"\b(?:recover|resol|improv|return|regress|subsid|declin|reduc|decreas|revert|stabili[sz])\w*\b(?:(?!\.\s|;).){0,60}$",
    re.IGNORECASE,
)
_FLIP: Mapping[str, Op] = {"<": ">=", "<=": ">", "==": ">"}


def _is_at_worst(text: str, each: Atom) -> bool:
    """Whether `at least` is said of how far something has got better: `recovered to at least grade 1`."""
    start = each.start
    is_least = each.measure == "grade" and each.op == ">=" and text[start : start + 8].lower() == "at least"
    return is_least and text[:start].endswith("to ") and _RECOVERED.search(text, max(0, start - 100), start) is not None


_GONE = re.compile(
    r"(?:(?!\.\s|;|\bgrade\b).){0,120}?\b(?:must|should|have\s+to|need\s+to)\s+(?:be|have)\s+(?:been\s+)?(?:fully\s+|completely\s+)?(?:resolved|recovered)\b(?!\s+to\b)",
    re.IGNORECASE,
)
_GONE_BY: Mapping[str, Op] = {">": "<=", ">=": "<"}


def _is_gone(text: str, each: Atom) -> bool:
    """Whether what is of a grade must be there no more: `adverse events of grade > 1 must be resolved`."""
    return each.measure == "grade" and each.op in _GONE_BY and _GONE.match(text, each.end) is not None


def as_meant(text: str, values: Sequence[Atom], said: Said) -> list[Atom]:
    """The bounds as they are meant: what has recovered to grade 1 may be of grade 0, and what has not is above it."""
    meant = []
    values = [replace(each, op="<=") if _is_at_worst(text, each) else each for each in values]
    values = [replace(each, op=_GONE_BY[each.op]) if _is_gone(text, each) else each for each in values]
    tops = {each.bound for each in values if each.op in _FLIP}
    for each in values:
        if each.measure == "grade" and each.bound in tops:
            end = max((other.end for other in values if other.bound != each.bound and other.end <= each.start), default=0)
            short = _NOT_REACHED.search(text, end, each.start)
            if short is not None and each.op not in _FLIP:
                continue  # the lower end of `grade 0-1`
            if short is not None:
                said.used.append((short.start("none"), each.start))
                each = replace(each, op=_FLIP[each.op])
            elif each.op == "==" and _RECOVERED.search(text, max(0, each.start - 100), each.start) is not None:
                each = replace(each, op="<=")
        meant.append(each)
    return meant


def of_one_sex(whole: str, text: str, kind: Side, values: Sequence[Atom], said: Said) -> str:
    """A statement that is about women alone, or men alone, where the text names one of them."""
    if "sex " in whole:
        return whole
    rest = text
    for each in values:
        for part in (each.when, each.unless):
            rest = rest.replace(part, " ") if part else rest
    sexes = {name for hit in _SEX.finditer(rest) for name in ("female", "male") if hit[name]}
    if (
        len(sexes) == 2
        and len({each.value for each in values if (each.measure, each.op) == (values[0].measure, values[0].op)}) > 1
    ):
        said.unsure.append("whether a bound is of women, or of men")
    if len(sexes) != 1:
        return whole
    sex = kept(f"sex == {sexes.pop()}", (Needed("sex", use="demographics.sex"),), said)
    first = _SEX_FIRST.match(text)
    if first is None:
        said.unsure.append("whether it is about women alone, or men alone")
        return whole
    if kind == "include" and _MUST.search(text[first.end() : values[0].start]):
        return f"not ({sex}) or {bracketed(whole, 'or')}"
    return f"{sex} and {bracketed(whole, 'and')}"


ADMITTED_IF = re.compile(
    r"\W*(?:is|are|may\s+be|can\s+be)\s+(?:allowed|permitted|acceptable|eligible)\s+(?:if|provided(?:\s+that)?|when|as\s+long\s+as)\b",
    re.IGNORECASE,
)
"""What is left of `diabetes is allowed if`, where `diabetes` is the condition of what follows."""


_OR_BEFORE = re.compile(
    r"\s+or\s+(?!(?:fe)?males?\b|(?:wo)?m[ae]n\b|adults?\b|equal\b|more\b|less\b|older\b|greater\b)", re.IGNORECASE
)
_OR_NEXT = re.compile(r"[\s,;]or\W*$", re.IGNORECASE)
_OR_BEHIND = re.compile(
    r"(?:\s+(?:equal\s+to|more|less|older|above|greater|better|higher))?\s*[)\]]?,?\s+or\s+(?!(?:equal|more|less|greater|higher|lower|above|below|older|younger|better|over|under|fewer|worse|up)\b)(?P<other>[^.;]+)",
    re.IGNORECASE,
)


def unread_alternative(text: str, found: Sequence[Atom], said: Said) -> None:
    """Say so where what a bound is the alternative of is not read: the bound alone is not what is asked for."""
    if _OR_NEXT.search(text) is not None:
        said.unsure.append("it ends with 'or', and is one of several")
        return
    read = [each for each in found if (each.start, each.end) in said.used]
    if not read or any(each.when or each.unless for each in read):
        return
    first, end = min(each.start for each in read), max(each.end for each in read)
    joints = list(_OR_BEFORE.finditer(text, 0, first))
    own = text[joints[-1].end() : first] if joints else ""
    is_before = bool(joints) and not set(own) & set(",;.") and not weighty(own)
    is_before = is_before and not any(start < joints[-1].start() <= stop for start, stop in said.used)
    behind = _OR_BEHIND.match(text, end)
    if (is_before and weighty(text[: joints[-1].start()])) or (behind is not None and weighty(behind["other"])):
        said.unsure.append("what stands beside 'or' is not read, and would be enough")


def unread_condition(text: str, found: Sequence[Atom], said: Said) -> None:
    """Say so where a condition is left of which nothing was made."""
    rest = outside(text, [])
    parts = {part for each in found for part in (each.when, each.unless) if part}
    for part in sorted(parts, key=lambda part: (-len(part), part)):  # `female` before the `male` in it
        at = rest.find(part)
        lead = _LED_BY.search(rest, max(0, at - 75), at) if at >= 0 else None
        rest = (
            rest.replace(part, " ") if lead is None else f"{rest[: lead.start()]} {rest[at + len(part) :].replace(part, ' ')}"
        )
    rest = re.sub(
        r"(?i)\bif (?:known|available|applicable|possible|feasible|necessary|needed|required|(?:clinically )?indicated|done|performed|any)\b|\bwhich case\b",
        " ",
        rest,
    )
    if any(each.when for each in found):
        rest = ADMITTED_IF.sub(" ", rest, count=1)
    if (
        word := re.search(
            r"(?i)\b(?:if|unless|except(?:ing|ions?)?|provided that|as long as|otherwise|(?:for|in) (?:all )?others|(?:for|in) (?:adult|child|adolescent|p(?:a)?ediatric)\w*)\b",
            rest,
        )
    ) is not None:
        if not any("condition" in why or "exception" in why for why in said.unsure):
            said.unsure.append(f"a condition ('{rest[word.start() : word.start() + 40].strip()}') that is not read")
