"""One line while its comparisons are read: its marks, the measures named last, and what was found so far."""

import re
from collections.abc import Mapping, Sequence
from typing import Literal

from .atom import Atom, Op
from .marks import Mark
from .measures import BARE, LONG, measures

_ANCHORED = re.compile(
    r"[\s,)\]]*(?:\([^()]{0,40}\)\s*)?(?P<side>before|prior\s+to|prior|preceding|previous\s+to|in\s+advance\s+of|of|from|after|following|since|post|ago|earlier)\b[\s-]*"
    r"(?P<anchor>(?:[A-Za-z0-9'’/-]+\s*){0,8})",
    re.IGNORECASE,
)


_ANCHOR_ENDS = re.compile(r"\b(?:and|or|unless|except|with|must|if|that|which|is|are)\b")


def anchor_span(text: str, end: int) -> tuple[int, int]:
    """Where the words stand from which a stretch of time that ends at a place is counted."""
    found = _ANCHORED.match(text, end)
    if found is None:
        return end, end
    start = found.start("anchor")
    return start, start + len(_ANCHOR_ENDS.split(found["anchor"])[0].rstrip())


_FLIP: Mapping[str, Op] = {">": "<=", ">=": "<", "<": ">=", "<=": ">", "==": "!=", "!=": "=="}


LIGHT = frozenset(
    "serum total levels level count counts plasma blood of the absolute test tests calculated measured estimated values value concentration "
    "concentrations ratio enzymes a an is be are was were must should have has to at score scores status scale class classification functional "
    "equal adequate baseline screening result results peripheral venous whole fasting resting mean median average corrected mild acceptable "
    "approximately about either both any not current documented confirmed his her their will shall may can institutional each s heart failure "
    "congestive cardiac disease performance physical cooperative system index according by using defined as cells cell only required stable "
    "toxicity adverse events event all on no or and within normal common terminology criteria for cancer institute nci ctcae v version "
    "liver function cirrhosis risk histologic histological tumor tumour".split()
)


LABS = frozenset(name for name, each in measures().items() if each.kinds - {BARE, LONG}) - {"karnofsky", "lansky"}
"""What is measured with an instrument."""
SCALES = frozenset({"karnofsky", "lansky", "ecog", "nyha", "child_pugh_points", "child_pugh_class", "meld", "gleason"})
_SCORES = frozenset(name for name, each in measures().items() if each.kinds == {BARE} and not each.grades)
"""Questionnaires and the like: `> 10 pack-years if no scan is at hand`."""
DEPENDENT = LABS | SCALES | _SCORES | {"?", "age", "count", "size", "other", "dose"}
"""Whose bounds a condition can be of: a stretch of time, a grade and a stage go with what they are said of."""


GRADED = frozenset(name for name, each in measures().items() if each.grades)


BEFORE_NUMBER = frozenset(
    "x times of a an the to is be level levels score scores approximately about than equal first last at value values class grade only".split()
)


def as_op(said: str) -> Op:
    match said:
        case "<" | "<=" | ">" | ">=" | "==" | "!=":
            return said
        case _:
            return "?"


_BETWEEN_NOT_AND = frozenset("be been have has had is are received started begun undergone taken given completed used".split())
"""What may stand between `not` and its comparison: `has not received more than 2 cycles`."""
_MODAL = frozenset({"may", "can", "could", "should", "must", "shall", "will", "which"}) | {""}
_OF_NONE = re.compile(
    r"\b(?:no|neither|none|nor)\b(?:\s+(?:of\s+)?(?:(?:the|these|them|other|single)\s+)?[\w-]+){0,3}?\s+(?:may|can|could|should|must|shall|will)\s+(?:be\s+|have\s+|measure\s+)*\\?$",
    re.IGNORECASE,
)
SEXES = frozenset({"male", "males", "men", "man", "female", "females", "women", "woman"})
LANDS = ("Japan", "Korea", "Taiwan", "China", "India", "Singapore", "Thailand")
LAND = rf"(?:{'|'.join(LANDS)})".replace("Korea", r"(?:South\s+)?Korea")
"""Where a bound of its own may hold: `≥ 20 years in Japan`."""
_ONE = r"(?-i:[A-Z0-9]{1,3}[a-z]?)(?![\w])"
PART = rf"(?:cohorts?|arms?|parts?|phase|groups?|stratum)\s+{_ONE}(?:(?:,|,?\s+and|,?\s+or|\s+&)\s+(?:(?:cohort|arm|part|phase|group|stratum)\s+)?{_ONE})*(?:\s+only)?"
"""Some of a trial's own participants: `cohorts A and B only`."""
PEOPLE = frozenset(
    "patients subjects participants adults males females men women children individuals people volunteers persons donors parents adolescents boys girls smokers infants woman man".split()
)
UP_IS_BETTER = frozenset({"karnofsky", "lansky", "mmse", "moca", "gcs"})


CUE = re.compile(
    r"metast|gilbert|syndrome|disease|involve|anticoag|present|tumou?r|cirrhosis|hcc|hepatocell|cancer|carcinoma|hemoly|malignan|warfarin|stent|lymphoma|leukemi|infiltrat|bone|liver",
    re.IGNORECASE,
)


class Line:
    """One pass along the marks of a line."""

    def __init__(self, text: str, found: list[Mark], heirs: tuple[str, ...]) -> None:
        self.text, self.marks, self.heirs = text, found, heirs
        self.found: list[Atom] = []
        self.group: list[str] = list(heirs)
        self.group_at = -1
        self.consumed = False
        self.last: list[int] = []
        self.last_at = -1
        self.sentence: list[int] = []
        self.active = ""
        self.active_depth = 0
        self.depth = 0
        self.bounds = 0
        self.joint: Literal["", "and", "or"] = ""
        self.carried: tuple[str, str] | None = None
        self.windowed = False
        self.behind = -1
        self.twin_of = -1
        self.is_leading = False
        self.is_apart = False
        self.cases: list[tuple[int, str, bool]] = []
        self.places: frozenset[int] = frozenset()
        self.of_an_age: dict[str, str] = {}
        self.asides: list[tuple[int, int]] = []
        self.rider_at = -9
        self.spared = ""
        self.told_at: tuple[int, ...] = ()
        self.at_once: frozenset[int] = frozenset()
        self.apart: Sequence[tuple[int, int, str]] = ()

    def ended(self) -> None:
        self.active, self.sentence, self.joint = "", [], ""
        self.last_at = -1
        self.consumed = True

    def is_sentence_end(self, at: int) -> bool:
        mark = self.marks[at]
        after = self.text[mark.end : mark.end + 8]
        before = self.marks[at - 1].says if at else ""
        return bool(re.match(r"\s+[A-Z(]|\s*$|\s[o•*·]\s|\s+[-–—]|\s+\d{1,2}[.)]\s?[A-Z]", after)) and before not in (
            "e",
            "g",
            "i",
            "vs",
            "approx",
            "dr",
            "no",
            "etc",
        )

    def follows_limit(self, at: int) -> bool:
        return bool(self.last) and self.last_at == at - 1 and self.found[self.last[-1]].unit in ("ULN", "LLN")

    def gap(self, start: int, end: int) -> tuple[bool, int] | None:
        """Whether nothing of weight stands between two marks, and how deep in brackets the second is."""
        depth, heavy, listed = 0, 0, -1
        for mark in self.marks[start + 1 : end]:
            if self.asides and any(first <= mark.start < last for first, last in self.asides):
                continue
            if mark.kind in (",", ";", "join") and depth <= 0 and heavy <= 1:
                listed = heavy
            if mark.kind == ":" and depth <= 0 and start + 1 < end:
                return False, depth
            if mark.kind in ("(", "["):
                depth += 1
            elif mark.kind in (")", "]"):
                depth -= 1
            elif mark.kind in ("number", "if", "op", "within") and depth <= 0:
                return False, depth
            elif mark.kind == "." or (mark.kind == "number"):
                return False, depth
            elif mark.kind == "word" and depth <= 0 and mark.says not in LIGHT:
                heavy += 1
        if heavy > 1 and 0 <= listed <= 1 and self.marks[end - 1].kind in ("(", "["):
            return True, 0  # `FEV1 and carbon monoxide diffusing capability test (DLCO)`: a list goes on, by a long name
        return heavy <= 1, depth

    def before(self, at: int, most: int = 4) -> int | None:
        """The mark before, past words that carry nothing."""
        place = at - 1
        while place >= 0 and most and self.marks[place].kind == "word" and self.marks[place].says in BEFORE_NUMBER:
            place, most = place - 1, most - 1
        return place if place >= 0 else None

    def after_fillers(self, at: int, most: int = 4) -> int | None:
        """The mark at or behind a place, past words that carry nothing."""
        while at < len(self.marks) and most and self.marks[at].kind == "word" and self.marks[at].says in BEFORE_NUMBER:
            at, most = at + 1, most - 1
        return at if at < len(self.marks) else None

    def op_at(self, at: int) -> Op:
        op = self.marks[at].says
        place = at - 1
        while place >= 0 and self.marks[place].kind == "word" and self.marks[place].says in _BETWEEN_NOT_AND:
            place -= 1
        before = self.marks[place] if place >= 0 else None
        if before is not None and before.says in _MODAL:
            start = self.marks[at].start
            if _OF_NONE.search(self.text, max(0, start - 60), start):
                return _FLIP.get(op, "?")  # `no lesion may be greater than 10 cm`
        if before is not None and before.kind == "word":
            if before.says in ("not", "never", "cannot") or (before.says == "no" and self.marks[at].second == ""):
                return _FLIP.get(op, "?")
        return as_op(op)

    def before_kind(self, at: int) -> str:
        prior = self.before(at)
        return self.marks[prior].kind if prior is not None else ""

    def label(self, at: int) -> str:
        words = [each.says for each in self.marks[max(0, at - 8) : at] if each.kind == "word"]
        return " ".join(words[-5:])

    def made(
        self,
        values: Sequence[tuple[str, float | str, str, str]],
        names: Sequence[str],
        at: int,
        end_at: int,
        *,
        of: str = "",
        joined: Literal["", "and", "or"] | None = None,
    ) -> None:
        """Keep the atoms of one bound."""
        self.bounds += 1
        self.last = []
        prior = self.before(at)
        start = (
            self.marks[prior].start
            if prior is not None and self.marks[prior].kind in ("op", "within", "between")
            else self.marks[at].start
        )
        end = self.marks[end_at].end
        joint: Literal["", "and", "or"] = self.joint or ("and" if self.sentence else "")
        anchor, side = self.anchored(end) if names == ["time"] else ("", "")
        if names == ["time"] and not of:
            of = " ".join(self.text[max(0, start - 90) : start].split())
        for called in names:
            for number, (op, value, unit, _) in enumerate(values):
                name = called
                if isinstance(value, str) and name == "child_pugh_points":
                    name = "child_pugh_class"
                elif isinstance(value, float) and name == "child_pugh_class" and value >= 5:
                    name = "child_pugh_points"  # `Child-Pugh B7`
                if unit == "%" and name in ("karnofsky", "lansky"):
                    unit = ""
                first = called == names[0] and not number
                how: Literal["", "and", "or"] = (
                    (joined if joined is not None else joint) if first else ("and" if number else "")
                )
                self.sentence.append(len(self.found))
                self.last.append(len(self.found))
                self.found.append(
                    Atom(
                        name,
                        as_op(op),
                        value,
                        unit,
                        self.active if self.depends(name) else self.of_an_age.get(name, ""),
                        self.spared if name in LABS else "",
                        of,
                        anchor,
                        side,
                        how,
                        self.bounds,
                        start,
                        end,
                    )
                )
        self.consumed, self.spared = True, ""
        self.last_at = end_at
        self.joint = ""
        self.carried = None

    def is_the_same(self, at: int) -> bool:
        """Whether a number in brackets says the bound before it in another unit."""
        return at > 1 and self.marks[at - 1].kind in ("(", "[") and at - 2 == self.last_at

    def depends(self, name: str) -> bool:
        """Whether a bound of this may depend on a condition that stands before it."""
        return name in LABS or name == "?" or name in SCALES or (self.is_apart and name in DEPENDENT)

    def anchored(self, end: int) -> tuple[str, Literal["", "before", "after", "of"]]:
        found = _ANCHORED.match(self.text, end)
        if found is None:
            return "", ""
        side = found["side"].lower()
        anchor = " ".join(_ANCHOR_ENDS.split(found["anchor"])[0].split())
        way: Literal["", "before", "after", "of"] = (
            "before"
            if side.startswith(("before", "prior", "preced", "previous", "in adv", "ago", "earlier"))
            else "after"
            if side in ("after", "following", "since", "post")
            else "of"
        )
        return anchor, way

    def fits_unit(self, name: str, kind: str) -> bool:
        """Whether a measure, or a size, may be given in units of a kind."""
        return self.fits(name, kind) or (name == "size" and kind == "length")

    def fits(self, name: str, kind: str) -> bool:
        return name in measures() and kind in measures()[name].kinds
