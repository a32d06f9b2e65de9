"""What may not be meant as it is read: a negation, one sex named in passing, a condition that is left over."""

import re
from collections.abc import Sequence
from typing import Literal

from .atom import Atom
from .comparison import Said, kept
from .phrases import bracketed, is_bracketed
from .states import NEGATED
from .topics import Needed
from .unsaid import outside

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
