"""Eligibility texts read into criteria: comparisons, expressions over shared terms, questions for a person, or text as it stood.

Deterministic and offline: the same text gives the same criteria, and nothing is asked of a model. What is read goes back to
the place where it stood. Where the reading may be wrong, the criterion says why.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import pairwise
from typing import Literal

from ..finding import Finding, Place, Severity
from .atom import Atom
from .atoms import atoms, measures_named
from .cases import of_the_case
from .comparison import Said
from .doubts import unread_alternative
from .fields import Fields, fields_said
from .listed import is_yes_or_date, label_of, listed
from .measures import measures
from .scope import is_well_typed, scope
from .sections import LONGEST_LINE, Kind, Piece, pieces
from .spacing import closed_up
from .statement import statement
from .topics import JUDGED, Needed, small
from .unsaid import unsaid

__all__ = [
    "Atom",
    "Coverage",
    "Fields",
    "Needed",
    "Proposal",
    "Read",
    "ReadCriterion",
    "coverage",
    "criteria",
    "fields_said",
    "measures",
    "scope",
]

LONGEST = 200_000
"""Characters of an eligibility text that are read; the longest on a register has about 20,000."""
MOST = 2_000
"""Criteria that are read from one text."""

ASKED = "Is this so"

Status = Literal["whole", "part", "judgement", "text"]


@dataclass(frozen=True, slots=True)
class ReadCriterion:
    """One criterion as it was read.

    `text` is as it stood from `start` to `end`. `atoms` are its comparisons; `expression` says it in the language, over
    `items`, in the sense of `kind`. `status` tells how much that is: the *whole*; a *part*, the rest being asked in `judge`;
    a *judgement*, for a person; or *text* that could not be read. `unsure` says why the reading may be wrong, and
    `is_verified` is false where it was proposed by something other than these rules.
    """

    kind: Kind
    text: str
    start: int
    end: int
    cohort: str = ""
    under: tuple[str, ...] = ()
    atoms: tuple[Atom, ...] = ()
    expression: str | None = None
    items: tuple[Needed, ...] = ()
    judge: str | None = None
    topic: str = ""
    status: Status = "text"
    unsure: str = ""
    is_verified: bool = True

    @property
    def span(self) -> tuple[int, int]:
        """Where it stands in the text that was read."""
        return self.start, self.end


@dataclass(frozen=True, slots=True)
class Proposal:
    """A reading of a criterion by something other than these rules: an expression, and its items."""

    expression: str
    items: tuple[Needed, ...] = ()


@dataclass(frozen=True, slots=True)
class Read:
    """A text as its criteria, in order, and what its reader should know."""

    criteria: tuple[ReadCriterion, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def items(self) -> tuple[Needed, ...]:
        """Every item that the expressions ask for, once."""
        return tuple({item.name: item for each in self.criteria for item in each.items}.values())


Propose = Callable[[ReadCriterion], Proposal | None]


def criteria(text: str, *, kind: Kind = "include", file: str = "", propose: Propose | None = None) -> Read:
    """Read an eligibility text.

    Args:
        text: The text as it stood on a register or a page.
        kind: What a criterion is before any heading says otherwise.
        file: Where the text is from, for findings.
        propose: Asked about each criterion that is not wholly read. What it proposes is kept only if it is well typed, and
            is marked as not verified.

    >>> read = criteria("Inclusion Criteria:\\n* Age 18 years or older\\nExclusion Criteria:\\n* Platelets < 100,000/mm3")
    >>> [(each.kind, each.expression, each.status) for each in read.criteria]
    [('include', 'age >= 18 years', 'whole'), ('exclude', 'platelets < 100000 /mm3', 'whole')]
    """
    findings: list[Finding] = []
    if len(text) > LONGEST:
        says = f"an eligibility text of {len(text):,} characters: the first {LONGEST:,} are read"
        findings.append(Finding("criteria-too-long", Place(file, 1, 1), says, Severity.WARNING))
        text = text[:LONGEST]
    found: list[ReadCriterion] = []
    plain, places = closed_up(text)
    meant: dict[tuple[str, str], str] = {}  # two things that are called alike are not one
    for piece in pieces(plain, kind):
        if len(found) >= MOST:
            line, column = _place(plain, piece.start)
            says = f"more than {MOST:,} criteria: what follows is not read"
            findings.append(Finding("criteria-too-many", Place(file, line, column), says, Severity.WARNING))
            break
        each = _criterion(plain, piece)
        if each is None:
            continue
        if places is not None:
            each = _as_it_stood(each, text, places)
        if not all([meant.setdefault(name, means) == means for name, means in _meant(each)]):
            topic, question = _question(each.text)
            judge = f"{question or ASKED}: “{_short(each.text)}”?"
            each = replace(each, expression=None, items=(), status="judgement", topic=topic, judge=judge)
        if propose is not None and each.status != "whole":
            each, refused = _proposed(each, propose)
            if refused:
                line, column = _place(text, each.start)
                findings.append(
                    Finding("proposal-refused", Place(file, line, column), refused, Severity.WARNING, text=each.text)
                )
        if each.unsure:
            line, column = _place(text, each.start)
            findings.append(
                Finding(
                    "criterion-unsure",
                    Place(file, line, column, max(1, min(each.end - each.start, 200))),
                    each.unsure,
                    Severity.NOTE,
                    text=each.text,
                )
            )
        found.append(each)
    return Read(tuple(found), tuple(findings))


def _meant(each: ReadCriterion) -> list[tuple[tuple[str, str], str]]:
    """What the names of the study's own items stand for: their kind, and their words where no bound depends on them."""
    own = [item for item in each.items if not item.use]
    is_bounded = any(atom.measure != "time" for atom in each.atoms)
    words = [] if is_bounded else [item for item in own if item.type in ("yes_no", "date")]
    return [(("kind", item.name), item.type) for item in own] + [(("words", item.name), label_of(item)) for item in words]


def _as_it_stood(each: ReadCriterion, text: str, places: Sequence[int]) -> ReadCriterion:
    """A criterion that was read with its signs closed up, with its words and places as they stood."""
    start, end = places[each.start], places[each.end - 1] + 1
    atoms = tuple(
        replace(atom, start=places[each.start + atom.start] - start, end=places[each.start + atom.end - 1] + 1 - start)
        for atom in each.atoms
    )
    return replace(each, text=text[start:end], start=start, end=end, atoms=atoms)


def _place(text: str, at: int) -> tuple[int, int]:
    return text.count("\n", 0, at) + 1, at - (text.rfind("\n", 0, at) + 1) + 1


_PROHIBITED = re.compile(
    r"(?i)\b(?:must|may|should|can)\s*not\b[^:]*:$|\bnone of the following\b|\bno (?:history|evidence) of (?:any of )?(?:the )?following|\bnot have (?:any|had any)\b|absence of (?:any of )?the following|\bexclud(?:e|es|ed|ing)\b[^:]*:$|not eligible[^:]*:$"
)
_EXCEPTED = re.compile(
    r"(?i)\b(?:except\w*|with the exception|unless|allowed|permitted|excluding|other than|exempt|do(?:es)? not (?:include|apply)|not considered)\b[^:]*:$|\bwith\b[^:]*\beligible\b[^:]*\b(?:provided|if|as long as)\b[^:]*:$"
)
_REGISTERED = re.compile(r"Must (?:have (?:minimum|maximum) age of|be (?:FEMALE|MALE))\b")
"""A register's own fields, written out below the criteria: they say who may join, whatever heading stands above."""
_WHAT_MUST_BE = re.compile(
    r"\b(?:must|should|have to|has to|need to)\s+(?:(?:also|then|first)\s+)?(?!not\b|be excluded)(?:be|have|has|had)\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[.;]\s+(?=[A-Z])|\((?=[A-Z][a-z])")
_ADMITTED = re.compile(
    r"\W*(?:patients?|subjects?|participants?|individuals|those)\s+(?:with|who\s+have)\b[^.;]*\b(?:is|are|will\s+be|may\s+be)\s+(?:also\s+)?(?:eligible|allowed|permitted|acceptable|included|enrolled)\s*[.;)]*\s*$",
    re.IGNORECASE,
)
_ADMITTED_IF = re.compile(
    r"\b(?:patients?|subjects?|participants?|individuals|those)\s+(?:with|who)\b[^.;:]*\b(?:(?<!not )eligible|(?<!not )allowed|(?<!not )permitted|may\s+participate|may\s+enrol+)\b[^.;:]{0,20}\b(?:if|provided|as\s+long\s+as)\b",
    re.IGNORECASE,
)
_ELIGIBLE_TOO = re.compile(r"\b(?:is|are)\s+(?:also\s+)?(?:eligible|allowed|permitted|acceptable)\s*[.;]?\s*$", re.IGNORECASE)
_EITHER = re.compile(r"(?i)\b(?:one|any|either|at least \w+)(?: or more)? of (?:the )?(?:following|these|below)\b")


def _criterion(text: str, piece: Piece) -> ReadCriterion | None:
    said = text[piece.start : piece.end]
    if not re.search(r"[A-Za-z0-9]", said):
        return None
    kind: Kind = piece.kind
    if _REGISTERED.match(said):
        kind = "include"
    why: list[str] = []
    parent = next((each for each in reversed(piece.parents) if each.rstrip().endswith(":")), "")
    if parent:
        if _EXCEPTED.search(parent):
            why.append(f"it hangs from '{parent[-60:]}' and may be an exception to it")
        elif kind == "include" and _PROHIBITED.search(parent):
            kind = "exclude"
        elif kind == "include" and _EITHER.search(parent):
            why.append(f"it is one of several alternatives under '{parent[-60:]}'")
    under = piece.parents
    if piece.end - piece.start > LONGEST_LINE:
        return ReadCriterion(kind, said, piece.start, piece.end, piece.cohort, under, unsure="too long to be read")
    heirs = _heirs(parent) if parent else ()
    held, core, rest = _meaning(said, kind, heirs, bool(parent) and kind == "include")
    aside = _turned(said, kind, held, text[text.rfind("\n", 0, piece.start) + 1 : piece.start]) if core.text else ""
    why += [*core.unsure, *([aside] if aside else [])]
    status: Status
    topic, question = "", ""
    if not core.text or rest or core.left or core.unsure or aside:
        topic, question = _question(said)
    if core.text:
        status = "part" if rest or core.left or core.unsure or aside else "whole"
    elif topic and not piece.is_heading:
        status = "judgement"
    else:
        status = "text"
    if (
        core.text
        and re.search(
            r"(?i)\b(?:may|can) be (?:enrolled|eligible|included|allowed)|(?:are|is) (?:allowed|permitted|eligible|not excluded)\b",
            said,
        )
        and kind == "exclude"
    ):
        why.append("an exclusion that says who is allowed")
    judge = f"{question}: “{_short(said)}”?" if status in ("part", "judgement") else None
    if status == "part":
        judge = f"Is the rest of this so: “{_short(said)}”?"
    return ReadCriterion(
        kind,
        said,
        piece.start,
        piece.end,
        piece.cohort,
        under,
        held,
        core.text or None,
        tuple(core.needed.values()),
        judge,
        topic,
        status,
        "; ".join(dict.fromkeys(why)),
    )


def _turned(said: str, kind: Kind, held: Sequence[Atom], before: str) -> str:
    """Why a criterion may mean the opposite of its section, or be none: what must be so among the exclusions, who else is eligible.

    `before` is what stands before it in its line.
    """
    if kind == "exclude" and _WHAT_MUST_BE.search(said) is None:
        return ""
    for start, end in pairwise([0, *(each.end() for each in _SENTENCE.finditer(said)), len(said)]):
        own = [each for each in held if start <= each.start < end]
        if not own:
            continue
        if kind == "exclude":
            if _WHAT_MUST_BE.search(said, start, end) is not None:
                return "an exclusion that says what must be so"
            continue
        if start and _ADMITTED.match(said, start, end) is not None:
            return "it says who is eligible besides"
        only_if = _ADMITTED_IF.search(said, start, end)
        if only_if is not None and any(each.start >= only_if.end() and not (each.when or each.unless) for each in own):
            return "it says on what condition some are eligible"
    if kind == "include" and len(before.strip()) > 6 and before.rstrip()[-1] in ";." and _ELIGIBLE_TOO.search(said) is not None:
        return "it says who is eligible besides"
    return ""


@lru_cache(maxsize=20_000)
def _meaning(said: str, kind: Kind, heirs: tuple[str, ...], is_one_of_some: bool = False) -> tuple[tuple[Atom, ...], Said, str]:
    """The comparisons of a criterion, what can be said of it, and the words of weight that this leaves out.

    What is named under a heading among the inclusions may be one of several, and is asked.
    """
    held = atoms(said, heirs=heirs)
    core = statement(said, kind, held)
    rest = unsaid(said, core, held) if core.text else ""
    if (not core.text or rest or core.left) and not is_one_of_some:
        other = listed(said, kind, held)
        if other.text and all(each.name in other.needed or is_yes_or_date(each) for each in core.needed.values()):
            core, rest = other, ""
    if kind == "include" and core.text and (rest or " or" in said[-6:].lower()):
        unread_alternative(said, held, core)
    return of_the_case(said, held), core, rest


@cache
def _question_words() -> tuple[tuple[str, re.Pattern[str], str], ...]:
    return tuple((each.name, each.words, each.question) for each in JUDGED)


@lru_cache(maxsize=20_000)
def _question(said: str) -> tuple[str, str]:
    low = small(said)
    for name, words, question in _question_words():
        if words.search(low):
            return name, question
    return "", ""


def _short(said: str) -> str:
    said = " ".join(said.split())
    return said if len(said) <= 400 else said[:397] + "..."


def _heirs(parent: str) -> tuple[str, ...]:
    return measures_named(parent) if len(parent) <= 120 else ()


def _proposed(each: ReadCriterion, propose: Propose) -> tuple[ReadCriterion, str]:
    """A criterion with the reading that was proposed for it, or why that was refused."""
    proposal = propose(each)
    if proposal is None:
        return each, ""
    fault = is_well_typed(proposal.expression, proposal.items)
    if fault:
        return each, f"a reading was proposed that cannot be used: {fault}"
    return replace(
        each,
        expression=proposal.expression,
        items=proposal.items,
        status="part",
        judge=f"Does “{proposal.expression}” say this: “{_short(each.text)}”?",
        is_verified=False,
    ), ""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many criteria were read whole, in part, as a judgement, or stayed text; and how many are marked as unsure."""

    whole: int = 0
    part: int = 0
    judgement: int = 0
    text: int = 0
    unsure: int = 0

    @property
    def all(self) -> int:
        """How many there are."""
        return self.whole + self.part + self.judgement + self.text


def coverage(read: Iterable[ReadCriterion]) -> Coverage:
    """How far criteria were read."""
    counts: dict[str, int] = {"whole": 0, "part": 0, "judgement": 0, "text": 0, "unsure": 0}
    for each in read:
        counts[each.status] += 1
        counts["unsure"] += bool(each.unsure)
    return Coverage(**counts)
