"""What a line holds a number or a grade against: measure, comparison, value, unit, and the condition under which it counts."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from .marks import ROMAN, Mark, marks, unit_at
from .measures import (
    AREAL,
    BARE,
    CELLS,
    CONCENTRATION,
    FLOW,
    LENGTH,
    LIMIT,
    LONG,
    MASS,
    PRESSURE,
    SHARE,
    measures,
)

Op = Literal["<", "<=", ">", ">=", "==", "!=", "?"]


@dataclass(frozen=True, slots=True)
class Atom:
    """One comparison that a text states.

    `measure` is a name of `measures.MEASURES`, or `time` (a stretch of time), `count`, `size`, `dose`, `other`, or `?`
    where the line does not say of what. `op` is `?` where a number stands without a comparison. `when` is the condition
    under which alone it counts, `unless` the one under which it does not, both in the text's words. `of` says what is
    counted, sized or dated; `anchor` from when a stretch of time is counted, `side` on which side of it. `joined` is how
    it follows from the atom before it: "and", "or", or "" where a new statement begins. `start` and `end` are where it stands.
    """

    measure: str
    op: Op
    value: float | str
    unit: str = ""
    when: str = ""
    unless: str = ""
    of: str = ""
    anchor: str = ""
    side: Literal["", "before", "after", "of"] = ""
    joined: Literal["", "and", "or"] = ""
    bound: int = 0
    start: int = 0
    end: int = 0


_FLIP: Mapping[str, Op] = {">": "<=", ">=": "<", "<": ">=", "<=": ">", "==": "!=", "!=": "=="}
_LIGHT = frozenset(
    "serum total levels level count counts plasma blood of the absolute test tests calculated measured estimated values value concentration "
    "concentrations ratio enzymes a an is be are was were must should have has to at score scores status scale class classification functional "
    "equal adequate baseline screening result results peripheral venous whole fasting resting mean median average corrected mild acceptable "
    "approximately about either both any not current documented confirmed his her their will shall may can institutional each s heart failure "
    "congestive cardiac disease performance physical cooperative system index according by using defined as cells cell only required stable "
    "toxicity adverse events event all on no or and within normal common terminology criteria for cancer institute nci ctcae v version "
    "liver function cirrhosis risk histologic histological tumor tumour".split()
)
_STARTERS = frozenset(
    "patients subjects participants adult adults male males female females men women all must be individuals volunteers children healthy people "
    "is are persons person the any both sexes sex gender subject patient participant willing eligible have has adolescents or and who aged man woman "
    "boys girls either of pediatric veterans residents at time consent enrollment years".split()
)
_PEOPLE = frozenset(
    "patients subjects participants adults adult males females men women children individuals people volunteers persons male female donors parents adolescents boys girls".split()
)
_COUNTED = re.compile(
    r"lesions?|metastas[ei]s|metastatic|mets|tumou?rs?|nodules?|sites?|lines?|regimens?|nodes?|relapses?|recurrences?|exacerbations?|medications?|features?|factors?|episodes?|"
    r"therapies|treatments|drugs|agents|cycles?|areas?|masses|plaques?|seizures|biopsies|cores?|vessels|hospitalizations?|attacks|infections|drinks|cigarettes|transfusions|organs|"
    r"antihypertensives|doses|pregnancies|falls|symptoms|comorbidities|injections?|surgeries|foci|segments?|readings|visits|ulcers?|locations|chemotherapies|courses?|diseases?|menses|organs?|joints?|teeth|stools|locations?",
    re.IGNORECASE,
)
_SIZED = re.compile(
    r"lesion|tumou?r|metasta|nod(?:e|al|ule)|mass|diameter|axis|dimension|size|plasmacytoma|disease|measur|cyst|carcinoma|polyp|aneurysm|endometrioma|fibroid|cancer|caliper|thick|large|small|long",
    re.IGNORECASE,
)
_AGED = re.compile(
    r"[\s,(-]*(?:of\s+age|old\b|-old|and\s+old|or\s+old|or\s+young|& old|and\s+above\s+of\s+age|at\s+the\s+time\s+of\s+(?:consent|signing|enrol|screen|stud|informed|randomi|regist)|at\s+(?:screening|enrol|consent|study|time|registration|randomi|diagnosis)|inclusive)",
    re.IGNORECASE,
)
_ANCHORED = re.compile(
    r"[\s,)\]]*(?:\([^()]{0,40}\)\s*)?(?P<side>before|prior\s+to|prior|preceding|previous\s+to|in\s+advance\s+of|of|from|after|following|since|post|ago|earlier)\b[\s-]*"
    r"(?P<anchor>(?:[A-Za-z0-9'’/-]+\s*){0,8})",
    re.IGNORECASE,
)
_ELIGIBLE = re.compile(r"eligible|allowed|permitted|enrol|acceptable|participate", re.IGNORECASE)
_CUE = re.compile(
    r"metast|gilbert|syndrome|disease|involve|anticoag|present|tumou?r|cirrhosis|hcc|hepatocell|cancer|carcinoma|hemoly|malignan|warfarin|stent|lymphoma|leukemi|infiltrat|bone|liver",
    re.IGNORECASE,
)
_NAMED = frozenset(
    "recist version v criteria section table appendix arm part phase cohort step cycle day days visit type group criterion edition figure "
    "protocol schedule period week number no arms parts cohorts phases covid irecist irb sars il type cycles gy".split()
)
_LABS = frozenset(
    name
    for name, each in measures().items()
    if LIMIT in each.kinds
    or name in ("platelets", "haemoglobin", "inr", "systolic", "diastolic", "qtc", "lvef", "egfr", "creatinine_clearance")
)
_UP_IS_BETTER = frozenset({"karnofsky", "lansky", "mmse", "moca", "gcs"})
_GRADED = frozenset(name for name, each in measures().items() if each.grades)
_NO_CONDITION = frozenset(
    {
        "available",
        "applicable",
        "clinically indicated",
        "possible",
        "needed",
        "necessary",
        "required",
        "indicated",
        "known",
        "feasible",
    }
)
_THOSE_CASES = frozenset(
    {"cases", "case", "instances", "situations", "those cases", "these cases", "such cases", "those instances"}
)
_ENDS = re.compile(
    r"(?i)^(?:with|the|a|an|in|of|those|patients with|subjects with|participants with|patients|subjects|participants)\s+(?!.*\bwithout\b)(?=\w)|[\s,(]+(?:and|or|who|have|has|who have|who has|as|the|must|is|be|whose|in)$"
)
_SEXES = frozenset({"male", "males", "men", "man", "female", "females", "women", "woman"})
_AGAIN = frozenset({"join", ",", "op", "to", "-", "–", "(", ")", "/", "measure"})
_BETWEEN = frozenset({",", "/", "join", "-", "–", "—", "to", "~", "\u2010", "\u2011", "−"})
_TO = frozenset({"-", "–", "—", "to", "~", "\u2010", "\u2011", "−", "through"})


def atoms(text: str, *, heirs: Sequence[str] = ()) -> tuple[Atom, ...]:
    """The comparisons of a line, in the order in which they stand.

    Args:
        text: The line.
        heirs: The measures of the line above, where this one hangs from it: `ALT:` and then `≤ 3 x ULN`.

    >>> [(each.measure, each.op, each.value, each.unit, each.when) for each in atoms("AST ≤ 2.5 x ULN (≤ 5 x ULN if liver metastases)")]
    [('ast', '<=', 2.5, 'ULN', ''), ('ast', '<=', 5.0, 'ULN', 'liver metastases')]
    """
    if _COUNTABLE.search(text) is None:
        return ()
    return tuple(_Line(text, marks(text), tuple(heirs)).read())


_COUNTABLE = re.compile(
    r"\d|[<>≤≥⩽⩾]|\bI{2,3}\b|\bI?V\b|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|[a-z]+teen|twenty|thirty|forty|fifty|sixty|seventy|eighty|single|twice|half)\b|"
    r"\b(?:ULN|LLN|limits?)\b|pugh|grade|class|stage|ECOG|BCLC|NYHA|ASA",
    re.IGNORECASE,
)
"""Where none of these stands, nothing is compared."""


def measures_named(text: str) -> tuple[str, ...]:
    """The measures that a line names last, for lines that hang from it."""
    names: list[str] = []
    for mark in marks(text):
        if mark.kind == "measure":
            names += [name for name in mark.says.split("+") if name not in names]
    return tuple(names)


class _Line:
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

    # --- walking ------------------------------------------------------------------------------------------------

    def read(self) -> list[Atom]:
        at, many = 0, len(self.marks)
        while at < many:
            mark = self.marks[at]
            match mark.kind:
                case "measure":
                    at = self.measured(at)
                    continue
                case "number":
                    at = self.numbered(at)
                    continue
                case "limit":
                    at = self.at_limit(at)
                    continue
                case "within" if (
                    at + 1 < many and self.marks[at + 1].says in ("year", "month", "week") and self.marks[at + 1].kind == "word"
                ):
                    if mark.second != "in the" or re.match(
                        r"\s*\w+\s+(?:before|prior|preceding)", self.text[mark.end : mark.end + 30]
                    ):
                        self.made([("<=", 1.0, self.marks[at + 1].says + "s", LONG)], ["time"], at + 1, at + 1)
                        at += 2
                        continue
                case "if":
                    at = self.past(at)
                    continue
                case "(" | "[":
                    self.depth += 1
                case ")" | "]":
                    self.depth -= 1
                    if self.active and self.depth < self.active_depth:
                        self.active = ""
                case ";":
                    if not self.depth or self.active_depth >= self.depth:
                        self.ended()
                case ".":
                    if self.is_sentence_end(at):
                        self.ended()
                case "join":
                    self.joint = "or" if "or" in mark.says.split() or mark.second in ("or", "either", "and or") else "and"
                case "word" if mark.says in ("otherwise", "else"):
                    self.active = ""
                case "word":
                    if (
                        mark.says in _SEXES
                        and self.last
                        and self.last_at >= at - 2
                        and self.marks[at - 1].kind == "("
                        and self.found[self.last[-1]].measure in _LABS
                    ):
                        for index in self.last:
                            if not self.found[index].when:
                                self.found[index] = replace(self.found[index], when=mark.says)
                    elif mark.says in _SEXES and self.is_sex_condition(at):
                        self.active, self.active_depth = mark.says, self.depth
                        at += 1
                        continue
                    if mark.says == "for" and self.last and self.last_at == at - 1 and self.names_bound(at):
                        at = self.past(at)
                        continue
                    if self.follows_limit(at) and mark.says in ("for", "in", "due", "on", "liver", "hepatic"):
                        after = self.text[mark.start : mark.start + 60]
                        if _CUE.search(after) and not re.match(r"(?:in|for)\s+(?:the|this|all|age)\b", after):
                            at = self.past(at)
                            continue
                case _:
                    pass
            if (
                mark.kind == "join"
                and mark.second == "with"
                and not re.match(r"\s*or without", self.text[mark.end : mark.end + 12])
                and self.follows_limit(at)
                and _CUE.search(self.text[mark.end : mark.end + 50])
            ):
                at = self.past(at)
                continue
            at += 1
        return self.found

    def ended(self) -> None:
        self.active, self.sentence, self.joint = "", [], ""
        self.last_at = -1
        self.consumed = True

    def is_sentence_end(self, at: int) -> bool:
        mark = self.marks[at]
        after = self.text[mark.end : mark.end + 3]
        before = self.marks[at - 1].says if at else ""
        return bool(re.match(r"\s+[A-Z(]|\s*$", after)) and before not in ("e", "g", "i", "vs", "approx", "dr", "no", "etc")

    def follows_limit(self, at: int) -> bool:
        return bool(self.last) and self.last_at == at - 1 and self.found[self.last[-1]].unit in ("ULN", "LLN")

    def is_sex_condition(self, at: int) -> bool:
        """Whether a sex is named right before a bound of a laboratory value: `male ≤ 450 ms, female ≤ 470 ms`."""
        if not self.group or not set(self.group) & _LABS or (self.active and self.active not in _SEXES):
            return False
        place = at + 1
        while (
            place < len(self.marks)
            and place < at + 4
            and (
                self.marks[place].kind in (":", "-", "–", "=")
                or self.marks[place].says in ("patients", "subjects", "participants")
            )
        ):
            place += 1
        if place + 1 >= len(self.marks) or self.marks[place].kind != "op" or self.marks[place + 1].kind != "number":
            return False
        kind = self.marks[place + 1].second
        return kind != LONG and any(self.fits(name, kind) for name in self.group)

    def past(self, at: int) -> int:
        """The place behind a condition; stretches of time inside it are kept."""
        stop = self.conditioned(at)
        held = self.last, self.last_at, self.joint, self.consumed, self.carried
        for place in range(at + 1, stop):
            mark, prior = self.marks[place], self.before(place)
            if mark.kind == "number" and mark.second == LONG and prior is not None and prior > at:
                if self.marks[prior].kind == "within":
                    self.made([("<=", mark.number, mark.unit, LONG)], ["time"], place, place)
                elif self.marks[prior].kind == "op":
                    self.made([(self.op_at(prior), mark.number, mark.unit, LONG)], ["time"], place, place)
        if stop > at + 1:
            self.last, self.last_at, self.joint, self.consumed, self.carried = held
        return stop

    def names_bound(self, at: int) -> bool:
        """Whether a measure and a comparison stand right behind: `for creatinine levels > 1.5 x ULN`."""
        kinds = [each.kind for each in self.marks[at + 1 : at + 7] if each.kind != "word"]
        return kinds[:2] in (["measure", "op"], ["measure", "measure"])

    # --- measures -----------------------------------------------------------------------------------------------

    def measured(self, at: int) -> int:
        mark = self.marks[at]
        names = mark.says.split("+")
        if (
            self.last
            and 0 <= at - self.last_at <= 3
            and names[0] in {self.found[index].measure for index in self.last}
            and (at <= self.behind or names == ["age"])
        ):
            return at + 1  # named behind its bound: `18 years of age`, `> 150 mm Hg systolic`
        gap = self.gap(self.group_at, at) if self.group_at >= 0 else None
        inside = gap is not None and gap[1] > 0
        if self.group_at >= 0 and not self.consumed and gap is not None and gap[0]:
            if (
                inside
                and self.group
                and not (set(names) & set(self.group))
                and not set(names) & _GRADED
                and self.is_alias(names)
            ):
                return at + 1
            self.group += [name for name in names if name not in self.group]
        else:
            self.group = names
        self.group_at, self.consumed = at, False
        if self.carried is None and at:
            before = self.before(at)
            if before is not None and self.marks[before].kind == "op":
                op = self.op_at(before)
                self.carried = (op, mark.says)
        # a grade or a code right behind its name
        if set(names) & _GRADED:
            return self.graded(at, names[0])
        return at + 1

    def is_alias(self, names: list[str]) -> bool:
        """Whether a measure in brackets says another's name, not one more measure."""
        return not (
            set(names) <= {"alt", "ast", "inr", "pt", "aptt", "ptt", "systolic", "diastolic"}
            and set(self.group) <= {"alt", "ast", "inr", "pt", "aptt", "ptt", "blood_pressure", "systolic"}
        )

    def gap(self, start: int, end: int) -> tuple[bool, int] | None:
        """Whether nothing of weight stands between two marks, and how deep in brackets the second is."""
        depth, heavy = 0, 0
        for mark in self.marks[start + 1 : end]:
            if mark.kind in ("(", "["):
                depth += 1
            elif mark.kind in (")", "]"):
                depth -= 1
            elif mark.kind in ("number", "if", ";", "op", "within") and depth <= 0:
                return False, depth
            elif mark.kind == "." or (mark.kind == "number"):
                return False, depth
            elif mark.kind == "word" and depth <= 0 and mark.says not in _LIGHT:
                heavy += 1
        return heavy <= 1, depth

    # --- grades and codes ----------------------------------------------------------------------------------------

    def graded(self, at: int, name: str) -> int:
        """Bare values behind a graded measure: `ECOG 0-1`, `NYHA class III or IV`, `Child-Pugh A`."""
        place, many = at + 1, len(self.marks)
        light = 0
        while place < many and light < 9:
            mark = self.marks[place]
            if mark.kind == "measure" and mark.says in _GRADED | {"blood_pressure"} and mark.says != "blood_pressure":
                if (
                    mark.says == name
                    or name in ("ecog", "nyha", "asa", "child_pugh_points", "child_pugh_class", "bclc")
                    and mark.says in ("grade", "stage", "child_pugh_class", "child_pugh_points")
                ):
                    place += 1  # `NYHA grade III`, `ECOG ... (ECOG)`
                    continue
                return at + 1
            if mark.kind in ("(", ")", "[", "]", ":", "=", "-", "'", '"', "/", "*", "“", "\u2018") or (
                mark.kind == "word" and mark.says in _LIGHT and mark.says not in ROMAN and self.code(place, name) is None
            ):
                light += 1
                place += 1
                continue
            if mark.kind == "to" and mark.says != "to":
                place += 1
                continue
            break
        if place >= many:
            return at + 1
        mark = self.marks[place]
        if mark.kind in ("op",) or (mark.kind == "between") or mark.kind == "within":
            if mark.kind == "op" or mark.kind == "between":
                nxt = self.after_fillers(place + 1, name=name)
                if nxt is not None and self.code(nxt, name) is not None and self.marks[nxt].kind != "number":
                    op = self.op_at(place)
                    if mark.kind == "op":
                        self.group, self.group_at = [name], at
                        self.made([(op, self.code(nxt, name) or 0.0, "", BARE)], [name], place, nxt)
                        return nxt + 1
            return at + 1
        carried = self.carried if self.carried is not None and self.carried[1] == self.marks[at].says else None
        values: list[float | str] = []
        last, ops_after, ranged = place, "", False
        while place < many:
            value = self.code(place, name)
            if value is None:
                break
            values.append(value)
            last = place
            place += 1
            if place < many and self.marks[place].kind == "after":
                ops_after = self.marks[place].says
                last = place
                place += 1
                break
            look = place
            if look < many and self.marks[look].kind == "+" and self.marks[look].start == self.marks[last].end:
                ops_after, last, place = ">=", look, look + 1
                break
            between = 0
            while (
                look < many
                and between < 4
                and (
                    self.marks[look].kind in _BETWEEN
                    or (self.marks[look].kind == "measure" and self.marks[look].says == name)
                    or (self.marks[look].kind == "word" and self.marks[look].says in ("class", "grade", "stage", "or"))
                )
            ):
                ranged = ranged or self.marks[look].kind in _TO
                look += 1
                between += 1
            if look == place or look >= many or self.code(look, name) is None:
                break
            if self.marks[look].kind == "number" and self.marks[look].unit:
                break
            place = look
        if not values:
            return at + 1
        if self.marks[last].kind == "number" and self.marks[last].unit and self.marks[last].second not in (BARE, SHARE):
            return at + 1
        self.group, self.group_at, self.consumed = [name], at, False
        if carried is not None and len(values) >= 1:
            self.made(
                [(carried[0], values[0] if len(values) == 1 else _extreme(values, carried[0]), "", BARE)], [name], at, last
            )
        elif ops_after and len(values) == 1:
            if ops_after in ("better", "worse"):
                op = ">=" if (ops_after == "better") == (name in _UP_IS_BETTER) else "<="
            else:
                op = _as_op(ops_after)
            self.made([(op, values[0], "", BARE)], [name], at, last)
        elif len(values) == 1:
            if name in ("ipss", "meld", "gleason") and isinstance(values[0], str):
                return at + 1
            self.made([("==", values[0], "", BARE)], [name], at, last)
        else:
            ordered = sorted(values, key=_rank)
            if not ranged and len(values) == 2 and _rank(ordered[1])[0] - _rank(ordered[0])[0] > 1:
                self.made([("==", ordered[0], "", BARE)], [name], at, last)
                self.made([("==", ordered[1], "", BARE)], [name], at, last, joined="or")
                return last + 1
            self.made([(">=", ordered[0], "", BARE), ("<=", ordered[-1], "", BARE)], [name], at, last)
        self.carried = None
        return last + 1

    def code(self, at: int, name: str) -> float | str | None:
        """A value of a graded measure: 0 to 5, III, IIIB, A, B7."""
        if at >= len(self.marks):
            return None
        mark = self.marks[at]
        if mark.kind == "number":
            if mark.second == "limit" or (mark.unit and not (mark.unit == "%" and name in ("karnofsky", "lansky"))):
                return None
            suffix = (
                re.match(r"\s?([A-Da-d])(?:[1-3])?(?![A-Za-z])", self.text[mark.end : mark.end + 3])
                if name in ("stage", "nyha")
                else None
            )
            if suffix is not None and mark.number <= 4 and name == "stage":
                return f"{mark.number:.0f}{suffix[1].upper()}"
            if name in ("ecog", "nyha", "asa", "stage", "grade") and mark.number > 6:
                return None
            return mark.number
        said = mark.says if mark.kind in ("word", "op", "join") else ""
        if not said:
            return None
        original = self.text[mark.start : mark.end]
        if name in ("nyha", "asa", "stage", "grade", "ecog", "meld"):
            roman = re.fullmatch(r"(IV|I{1,3}|V|iv|i{1,3})([A-Da-d]?)[1-3]?", original)
            if roman is not None:
                value = ROMAN[roman[1].lower()]
                return f"{value:.0f}{roman[2].upper()}" if roman[2] and name == "stage" else value
        if name in ("child_pugh_class", "child_pugh_points"):
            letter = re.fullmatch(r"([A-C])(\d{1,2})?", original)
            if letter is not None:
                return letter[1]
        if name == "bclc":
            letter = re.fullmatch(r"[0A-D]", original)
            return original if letter is not None else None
        return None

    # --- numbers ------------------------------------------------------------------------------------------------

    def before(self, at: int, most: int = 4) -> int | None:
        """The mark before, past words that carry nothing."""
        place = at - 1
        while place >= 0 and most and self.marks[place].kind == "word" and self.marks[place].says in _BEFORE_NUMBER:
            place, most = place - 1, most - 1
        return place if place >= 0 else None

    def after_fillers(self, at: int, most: int = 4, name: str = "") -> int | None:
        while (
            at < len(self.marks)
            and name
            and self.code(at, name) is None
            and most
            and self.marks[at].kind == "word"
            and self.marks[at].says in _BEFORE_NUMBER
        ):
            at, most = at + 1, most - 1
        while (
            not name
            and at < len(self.marks)
            and most
            and self.marks[at].kind == "word"
            and self.marks[at].says in _BEFORE_NUMBER
        ):
            at, most = at + 1, most - 1
        return at if at < len(self.marks) else None

    def op_at(self, at: int) -> Op:
        op = self.marks[at].says
        place = at - 1
        while place >= 0 and self.marks[place].kind == "word" and self.marks[place].says in ("be", "been", "have", "is", "are"):
            place -= 1
        before = self.marks[place] if place >= 0 else None
        if before is not None and before.kind == "word":
            if before.says in ("not", "never", "cannot") or (before.says == "no" and self.marks[at].second == ""):
                return _FLIP.get(op, "?")
        return _as_op(op)

    def numbered(self, at: int) -> int:
        mark, text, many = self.marks[at], self.text, len(self.marks)
        start = mark.start
        if mark.second == "times":
            is_limit = any(each.unit == "ULN" for each in self.found)
            mark.unit, mark.second = ("ULN", LIMIT) if is_limit else ("", BARE)
        if (
            mark.second == BARE
            and not mark.unit
            and self.last
            and self.found[self.last[-1]].unit == "ULN"
            and at - self.last_at <= 4
        ):
            if re.match(r"\s*(?:in|for|if|with|when)\s", text[mark.end : mark.end + 8]) and not set(self.group) & {"inr"}:
                mark.unit, mark.second = "ULN", LIMIT  # `> 3 x ULN (or ≤ 5 in patients with liver metastases)`
        if re.match(r"(?:st|nd|rd|th)\b", text[mark.end : mark.end + 3]):
            return at + 1
        prior = self.before(at)
        kind_before = self.marks[prior].kind if prior is not None else ""
        # an op said twice: `greater than or equal to (≥) 3`
        if prior is not None and kind_before in (")", "]") and prior >= 2 and self.marks[prior - 1].kind == "op":
            prior, kind_before = prior - 1, "op"
        if prior is not None and kind_before == "measure":
            lead = self.before(prior, most=2)
            if lead is not None and self.marks[lead].kind == "between":
                kind_before = "between"
        if (
            mark.second == BARE
            and not mark.unit
            and at + 3 < many
            and self.marks[at + 1].kind in ("join", ",")
            and self.marks[at + 2].kind == "op"
        ):
            twin = self.after_fillers(at + 3)
            if (
                twin is not None
                and self.marks[twin].kind == "number"
                and self.marks[twin].unit
                and self.marks[twin].second in (LONG, LENGTH, CELLS, CONCENTRATION, PRESSURE, AREAL, MASS, SHARE)
            ):
                mark.unit, mark.second = self.marks[twin].unit, self.marks[twin].second
                self.twin_of = twin
        glued = start > 1 and text[start - 1] in "-–\u2010\u2011" and text[start - 2].isalpha()
        if glued and not (prior is not None and prior and self.marks[prior - 1].kind in ("measure", "op", "within")):
            return at + 1
        window = False
        op: Op | None = None
        if kind_before == "op" and prior is not None:
            op = self.op_at(prior)
            if prior and self.marks[prior - 1].kind == "within" and mark.second == LONG:
                window = True
        elif kind_before == "within" and mark.second == LONG:
            op, window = "<=", True
        elif (
            mark.second == LONG
            and kind_before == "word"
            and prior is not None
            and self.marks[prior].says == "in"
            and re.match(r"\s*(?:prior|before|preceding)", text[mark.end : mark.end + 12])
        ):
            op, window = "<=", True
        elif kind_before == "within" and mark.second == LENGTH:
            op = "<="
        elif kind_before == "=":
            op = "==" if mark.second != "word" else None
            if prior is not None and self.marks[prior - 1].kind == "op":
                op = self.op_at(prior - 1)
        if (
            op is None
            and self.carried is not None
            and self.group_at >= 0
            and self.marks[self.group_at].says == self.carried[1]
            and at - self.group_at <= 5
        ):
            op = _as_op(self.carried[0])
        # a range
        second_at, second_op = self.range_end(at, kind_before, op)
        values: list[tuple[str, float | str, str, str]] = []
        end_at = at
        if second_at is not None:
            second = self.marks[second_at]
            unit, kind = (second.unit, second.second) if second.unit or not mark.unit else (mark.unit, mark.second)
            if second.number < mark.number or (kind == BARE and mark.number >= 1900):
                return second_at + 1
            if (
                kind == LONG
                and kind_before == "word"
                and prior is not None
                and self.marks[prior].says in ("for", "in", "at", "every", "day", "days", "week")
            ):
                return second_at + 1
            if window or (op == "<=" and kind == LONG) or (kind == LONG and kind_before == "within"):
                window = window or kind_before == "within"
                values = [("<=", second.number, unit, kind)]
            elif op is not None and second_op is None:
                values = (
                    [(op, mark.number, unit, kind), ("<=", second.number, unit, kind)]
                    if op in (">=", ">")
                    else [(op, second.number, unit, kind)]
                )
            else:
                values = [(op or ">=", mark.number, mark.unit or unit, kind), (second_op or "<=", second.number, unit, kind)]
            end_at = second_at
        else:
            nxt = at + 1
            if op is None:
                after = self.after_mark(at)
                if after is not None:
                    said, nxt = after
                    if said in ("better", "worse"):
                        op = ">=" if (said == "better") == (bool(self.group) and self.group[-1] in _UP_IS_BETTER) else "<="
                    else:
                        op = _as_op(said)
                    end_at = nxt
                    if (
                        not mark.unit
                        and (late := unit_at(text, self.marks[nxt].end)) is not None
                        and late[1] != "dose"
                        and late[0] != "s"
                    ):
                        mark.unit, mark.second = late[0], late[1]  # `12 or more months`
            if (
                op is None
                and nxt < many
                and self.marks[nxt].kind == "+"
                and self.marks[nxt].start <= mark.end + 1
                and "urine_protein" not in self.group
            ):
                follows = text[self.marks[nxt].end : self.marks[nxt].end + 1]
                if not follows.isdigit() and follows != "/":
                    op, end_at = ">=", nxt
                    later = self.text[self.marks[nxt].end :][:8]
                    if mark.second == BARE and re.match(r"\s*(?:years?|yrs?|y)\b", later):
                        mark.unit, mark.second = "years", LONG
            if (
                op is None
                and mark.second == "limit"
                and self.last
                and at - self.last_at <= 3
                and self.found[self.last[-1]].unit == mark.unit
            ):
                held = self.found[self.last[-1]]
                if held.value != mark.number and re.match(
                    r"[\s)]*(?:is |are )?(?:allowed |permitted |acceptable )?(?:if|for|in|when|with)\b",
                    text[mark.end : mark.end + 30],
                ):
                    op = held.op
            if (
                op is None
                and self.last
                and mark.second == LONG
                and self.windowed
                and kind_before == "join"
                and mark.unit == "half-lives"
            ):
                op, window = "<=", True
            if (
                op is None
                and self.last
                and mark.second == LONG
                and self.windowed
                and kind_before in ("join", ",")
                and self.found[self.last[-1]].measure == "time"
                and at - self.last_at <= 3
            ):
                op, window = "<=", True
            if (
                op is None
                and mark.second in (CELLS, CONCENTRATION, FLOW)
                and self.group
                and not self.consumed
                and at - self.group_at <= 4
                and self.depth <= 0
            ):
                fits = [name for name in self.group if mark.second in measures()[name].kinds]
                if fits:
                    op = "?"
            if op is None:
                return at + 1
            # O M N behind us is done; is the value itself in limits, as `≤ 3 (x ULN)`?
            values = [(op, mark.number, mark.unit, mark.second)]
        # 140/90
        if (
            values
            and len(values) == 1
            and at + 2 < many
            and self.marks[at + 1].kind == "/"
            and self.marks[at + 2].kind == "number"
            and (
                self.marks[at + 2].second == PRESSURE
                or "blood_pressure" in self.group
                or {"systolic", "diastolic"} <= set(self.group)
            )
        ):
            low = self.marks[at + 2].number
            if 60 <= mark.number <= 260 and 30 <= low <= 150:
                self.made([(values[0][0], mark.number, "mm[Hg]", PRESSURE)], ["systolic"], at, at + 2)
                first = self.last
                self.made(
                    [(values[0][0], low, "mm[Hg]", PRESSURE)],
                    ["diastolic"],
                    at,
                    at + 2,
                    joined="or" if values[0][0] in (">", ">=") else "and",
                )
                self.last = first + self.last
                return at + 3
        names, of = self.chosen(values[0][3], at, end_at, window=window, op=values[0][0])
        if not names:
            self.carried = None
            return max(end_at, at) + 1
        if (
            names == ["age"]
            and values[0][3] == BARE
            and values[0][1] != ""
            and isinstance(values[0][1], float)
            and values[0][1] > 120
        ):
            return end_at + 1
        self.made(values, names, at, end_at, of=of)
        self.windowed = names == ["time"]
        self.carried = None
        return end_at + 1

    def range_end(self, at: int, kind_before: str, op: Op | None) -> tuple[int | None, Op | None]:
        """Where the second number of a range stands, and the comparison said before it."""
        many, mark = len(self.marks), self.marks[at]
        place = at + 1
        hops = 0
        while (
            place < many
            and hops < 3
            and self.marks[place].kind == "word"
            and self.marks[place].says in ("of", "age", "old", "inclusive", "y", "years", "year")
        ):
            place, hops = place + 1, hops + 1
        if (
            place < many
            and hops == 0
            and self.marks[place].kind == "measure"
            and self.marks[place].says == "age"
            and kind_before == "between"
        ):
            place += 1
        if place >= many:
            return None, None
        joint = self.marks[place]
        is_to = joint.kind in _TO or (joint.kind == "to" and joint.second in ("to", "through"))
        is_and = joint.kind == "join" and joint.second in ("and", "to") and kind_before == "between"
        if not (is_to or is_and):
            return None, None
        place += 1
        second_op: Op | None = None
        if place < many and self.marks[place].kind == "op":
            second_op = self.op_at(place)
            place += 1
        if place >= many or self.marks[place].kind != "number":
            return None, None
        second = self.marks[place]
        if second.second == "limit" and mark.second != "limit" and mark.unit:
            return None, None
        if mark.unit and second.unit and mark.second != second.second:
            return None, None
        if (
            joint.kind in ("-", "–", "—")
            and joint.start != mark.end
            and second.start != joint.end
            and not op
            and not (self.group or second.unit or kind_before == "between")
        ):
            return None, None
        return place, second_op

    def after_mark(self, at: int) -> tuple[str, int] | None:
        """A comparison said behind a number: `18 years of age or older`."""
        place, hops = at + 1, 0
        while place < len(self.marks) and hops < 5:
            mark = self.marks[place]
            if mark.kind == "after":
                return mark.says, place
            light = mark.kind == "word" and mark.says in (
                "of",
                "old",
                "years",
                "year",
                "inclusive",
                "lesion",
                "lesions",
                "points",
                "score",
                "status",
                "prior",
                "systemic",
                "completed",
                "full",
                "yrs",
                "in",
            )
            if (
                light
                or (mark.kind == "measure" and mark.says == "age")
                or (mark.kind in (",", ")", "(", "-", ".") and hops < 2)
            ):
                if mark.kind == "." and self.is_sentence_end(place):
                    return None
                place, hops = place + 1, hops + 1
                continue
            break
        return None

    def fits(self, name: str, kind: str) -> bool:
        return kind in measures()[name].kinds

    def chosen(self, kind: str, at: int, end_at: int, *, window: bool, op: str) -> tuple[list[str], str]:
        """The measures that a bound is of, and what is counted or sized where it is none of them."""
        mark, text = self.marks[at], self.text
        ahead = text[self.marks[end_at].end : self.marks[end_at].end + 90]
        near = at - self.group_at
        group = self.group if self.group_at >= 0 or self.heirs else []
        if kind == "word":
            kind = BARE
        if kind == LONG:
            unit = self.marks[end_at].unit if self.marks[end_at].kind == "number" else mark.unit
            if not window and "gestational_age" in group and near <= 6:
                return ["gestational_age"], ""
            if not window and "life_expectancy" in group and near <= 12 and not (self.consumed and near > 8):
                return ["life_expectancy"], ""
            if not window and re.match(
                r"\s*(?:of\s+)?(?:(?:estimated|expected|anticipated)\s+)?(?:life\s+expectancy|expected\s+survival)",
                ahead,
                re.IGNORECASE,
            ):
                return ["life_expectancy"], ""
            if not window and unit in ("years", "months", "days", "weeks"):
                again = bool(self.last) and self.found[self.last[-1]].measure == "age" and at - self.last_at <= 6
                between = self.marks[self.last_at + 1 : at] if again else []
                ranged = end_at > at and self.marks[end_at].kind == "number"
                again = again and (ranged or all(each.kind in _AGAIN or each.says in _LIGHT for each in between))
                aged = "age" in group and ((near <= 8 and not self.consumed) or again)
                behind = _AGED.match(ahead)
                if self.twin_of > at and behind is None:
                    behind = _AGED.match(text[self.marks[self.twin_of].end : self.marks[self.twin_of].end + 40])
                if aged and not re.match(r"[\s]*(?:before|prior|after|since|post)", ahead):
                    return ["age"], ""
                if behind is not None and unit in ("years", "months") and not re.match(r"[\s,(-]*at\s+", behind[0]):
                    return ["age"], ""
                if (
                    self.marks[end_at].kind == "after"
                    and unit == "years"
                    and re.search(r"old|young", text[mark.start : self.marks[end_at].end])
                ):
                    return ["age"], ""
                leading = [each for each in self.marks[:at] if each.kind == "word"]
                people = all(each.says in _STARTERS for each in leading) and all(
                    each.kind != "within" for each in self.marks[:at]
                )
                if (
                    unit == "years"
                    and people
                    and 1 <= mark.number <= 110
                    and len(leading) <= 8
                    and not re.match(
                        r"\s*(?:before|prior|after|since|post|of(?!\s+age)|from|ago|follow|history|in\s|have)", ahead
                    )
                ):
                    return ["age"], ""
                prior = self.before(at)
                lead = (
                    self.marks[prior - 1 if self.marks[prior - 1].kind not in ("(", "[") or prior < 2 else prior - 2]
                    if prior
                    else None
                )
                if (
                    unit == "years"
                    and lead is not None
                    and lead.says in _PEOPLE
                    and not re.match(r"\s*(?:before|prior|after|since|post|of(?!\s+age)|from|ago|follow|in\s)", ahead)
                ):
                    return ["age"], ""
                if op == "?":
                    return [], ""
            if "qtc" in group and unit == "min":
                return [], ""
            return ["time"], ""
        if group and kind != BARE:
            fits = [name for name in group if self.fits(name, kind)]
            if set(fits) & {"systolic", "diastolic"}:
                fits = [name for name in fits if name != "blood_pressure"]
            if kind == LIMIT:
                fits = self.limited(fits, op)
            if fits and kind == FLOW and len(fits) > 1:
                fits = fits[:1]  # the others are other names of it
            if kind == PRESSURE and "blood_pressure" in group and not set(fits) & {"systolic", "diastolic"}:
                later = self.ahead_measure(end_at, kind, most=3)
                return ([later], "") if later in ("systolic", "diastolic") else (["blood_pressure"], "")
            if kind == PRESSURE and set(fits) >= {"systolic", "diastolic"}:
                fits = [fits[-1]] if not self.consumed else fits
            if fits and not (self.consumed and kind not in (LIMIT,) and near > 30):
                later = self.ahead_measure(end_at, kind, most=2)
                if later is not None and self.consumed and later not in fits and kind != LIMIT:
                    return [later], ""
                return fits, ""
        later = self.ahead_measure(end_at, kind, most=5 if kind == LIMIT else 3)
        if kind != BARE and later is not None:
            return [later, *self.listed_on(kind)], ""
        match kind:
            case "limit":
                return ["?"], ""
            case "length":
                return self.sized(at, end_at, window=self.before_kind(at) == "within"), ""
            case "pressure":
                return (["blood_pressure"] if mark.unit == "mm[Hg]" else ["other"]), ""
            case "mass per area":
                return ["bmi"], ""
            case "rate":
                return ["heart_rate"], ""
            case "degrees":
                return ["temperature"], ""
            case "short time":
                return (["qtc"] if re.search(r"\bqt", text, re.IGNORECASE) else ["other"]), ""
            case "dose" | "mass":
                return (["weight"] if mark.unit in ("kg", "lb") else ["dose"]), ""
            case "flow" | "concentration" | "cells" | "share" | "volume" | "other":
                return ["other"], self.label(at)
            case _:
                return self.bare(at, end_at, near, group, op, later)

    def limited(self, fits: list[str], op: str) -> list[str]:
        if "creatinine" in fits and op in ("<", "<=", ">", ">="):
            fits = [name for name in fits if name not in ("creatinine_clearance", "egfr")]
        return fits

    def before_kind(self, at: int) -> str:
        prior = self.before(at)
        return self.marks[prior].kind if prior is not None else ""

    def ahead_measure(self, end_at: int, kind: str, most: int) -> str | None:
        """A measure named right behind its bound: `> 4.0 mEq/L potassium`."""
        place, hops = end_at + 1, 0
        while place < len(self.marks) and hops <= most:
            mark = self.marks[place]
            if mark.kind == "measure":
                name = mark.says.split("+")[0]
                if self.fits(name, kind):
                    self.behind = place
                    return name
                return None
            if mark.kind not in ("word", "("):
                return None
            place, hops = place + 1, hops + 1
        return None

    def listed_on(self, kind: str) -> list[str]:
        """Further measures that are named behind a bound: `≥ ULN in ALT, AST and bilirubin`."""
        names: list[str] = []
        place = self.behind + 1
        while kind == LIMIT and place < len(self.marks) and self.marks[place].kind in (",", "join", "/", "measure"):
            mark = self.marks[place]
            if mark.kind == "measure":
                names += [name for name in mark.says.split("+") if self.fits(name, kind)]
                self.behind = place
            place += 1
        return names

    def sized(self, at: int, end_at: int, *, window: bool) -> list[str]:
        ahead = self.text[self.marks[end_at].end : self.marks[end_at].end + 40]
        start = max(0, self.marks[at].start - 80)
        behind = self.text[start : self.marks[at].start]
        if window or re.match(
            r"\s*(?:(?:\w+\s)?(?:margin|distance|gap)|away|from|of\b(?!\s+(?:the\s+)?(?:largest|diameter))|gap|margin|of normal|distal|proximal|below|above|between|of induration|deep)",
            ahead,
            re.IGNORECASE,
        ):
            return ["other"]
        if re.search(r"volume|distance|induration|margin|thickness|invasion|gap\b", behind[-60:], re.IGNORECASE):
            return ["other"]
        return ["size"] if _SIZED.search(self.text) else ["other"]

    def label(self, at: int) -> str:
        words = [each.says for each in self.marks[max(0, at - 8) : at] if each.kind == "word"]
        return " ".join(words[-5:])

    def bare(self, at: int, end_at: int, near: int, group: list[str], op: str, later: str | None) -> tuple[list[str], str]:
        mark, text = self.marks[at], self.text
        ahead = text[self.marks[end_at].end : self.marks[end_at].end + 70]
        behind = text[max(0, mark.start - 60) : mark.start]
        # what is named most nearly: `of the following` is no count of anything
        counted = re.match(
            r"[\s\-()]*(?:\([^()]{0,12}\)\s*)?(?:of\s+(?:the\s+)?(?:up to \d+\s+)?)?(?:(?:or\s+(?:more|fewer|less)|and)\s+)?((?:[\w/-]+,?\s+){0,6}?)("
            + _COUNTED.pattern
            + r")\b",
            ahead,
            re.IGNORECASE,
        )
        if re.match(
            r"\s*(?:or\s+more\s+)?of\s+(?:the|these|following|those|any)\s+(?:following|criteria|below|conditions|risk factors|symptoms|above)",
            ahead,
            re.IGNORECASE,
        ):
            return [], ""
        if re.match(r"\s*(?:or\s+more\s+)?of\s*(?::|the following)|\s*times?\b(?!\s*(?:/|per|a\s))", ahead, re.IGNORECASE):
            return [], ""
        fits = [name for name in group if self.fits(name, BARE) and name != "blood_pressure"]
        if mark.number > 6:
            fits = [name for name in fits if name not in ("grade", "stage", "ecog", "nyha", "asa")]
        if fits and near <= 7 and not self.consumed and not (counted and near > 3 and not (set(fits) & _GRADED)):
            if mark.second == "word" and not set(fits) & (_GRADED | {"age"}):
                return [], ""
            if "age" in fits and not (0 < mark.number <= 120):
                return [], ""
            return fits, ""
        if (
            fits
            and self.consumed
            and self.last
            and at - self.last_at <= 5
            and set(fits) <= {self.found[index].measure for index in self.last}
            and not counted
        ):
            if mark.second != "word":
                return fits, ""
        if self.marks[end_at].kind == "after" and re.search(r"old|young", self.marks[end_at].second) and 0 < mark.number <= 120:
            return ["age"], ""
        if later is not None and mark.second != "word" and not counted:
            return [later], ""
        if later is not None and later in _GRADED:
            return [later], ""
        if counted is not None and self.is_count(counted[0]):
            more = re.match(
                r"\s*(?:whose \w+ is \w+|(?:in|of|within|to) (?:the )?(?:liver|brain|lungs?|bone)\b)",
                ahead[counted.end() :],
                re.IGNORECASE,
            )
            said = counted[0] + (more[0] if more is not None else "")
            return ["count"], " ".join(said.split())[:80].strip(" -(")
        if op == "?" or mark.second == "word":
            return [], ""
        if _NAMED & set(re.findall(r"[a-z]+", behind[-14:].lower())) and op in (">=", "<=") and self.before_kind(at) != "op":
            return [], ""
        if re.search(
            r"lesions?|metastas[ei]s|tumou?rs?|nodules|number|lines?|sites?|nodes|regimens", behind[-40:], re.IGNORECASE
        ):
            return ["count"], " ".join(behind.split()[-4:])
        if op == "==":
            return [], ""
        return ["other"], self.label(at)

    def is_count(self, said: str) -> bool:
        words = said.lower().split()
        return not any(word in ("of", "following") for word in words[1:2]) and not re.search(
            r"\b(?:must|is|are|was|have|has|and|if|who|with|effective|form|method|negative)\b", said, re.IGNORECASE
        )

    def at_limit(self, at: int) -> int:
        """A limit of normal without a number before it: `≤ ULN`; or with one behind it: `ULN x 1.5`."""
        mark = self.marks[at]
        prior = self.before(at)
        if prior is None or self.marks[prior].kind != "op":
            return at + 1
        op, times, end_at = self.op_at(prior), 1.0, at
        if (
            at + 2 < len(self.marks)
            and (self.marks[at + 1].kind in ("*", "×") or self.marks[at + 1].says in ("x", "times"))
            and self.marks[at + 2].kind == "number"
            and not self.marks[at + 2].unit
        ):
            times, end_at = self.marks[at + 2].number, at + 2
        names, of = self.chosen(LIMIT, at, end_at, window=False, op=op)
        if names:
            self.made([(op, times, mark.says, LIMIT)], names, at, end_at, of=of)
        return end_at + 1

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
        for name in names:
            for number, (op, value, unit, _) in enumerate(values):
                if isinstance(value, str) and name == "child_pugh_points":
                    name = "child_pugh_class"
                if unit == "%" and name in ("karnofsky", "lansky"):
                    unit = ""
                first = name == names[0] and not number
                how: Literal["", "and", "or"] = (
                    (joined if joined is not None else joint) if first else ("and" if number else "")
                )
                self.sentence.append(len(self.found))
                self.last.append(len(self.found))
                self.found.append(
                    Atom(
                        name,
                        _as_op(op),
                        value,
                        unit,
                        self.active if name in _LABS or name == "?" else "",
                        "",
                        of,
                        anchor,
                        side,
                        how,
                        self.bounds,
                        start,
                        end,
                    )
                )
        self.consumed = True
        self.last_at = end_at
        self.joint = ""
        self.carried = None

    def anchored(self, end: int) -> tuple[str, Literal["", "before", "after", "of"]]:
        found = _ANCHORED.match(self.text, end)
        if found is None:
            return "", ""
        side = found["side"].lower()
        anchor = " ".join(re.split(r"\b(?:and|or|unless|except|with|must|if|that|which|is|are)\b", found["anchor"])[0].split())
        way: Literal["", "before", "after", "of"] = (
            "before"
            if side.startswith(("before", "prior", "preced", "previous", "in adv", "ago", "earlier"))
            else "after"
            if side in ("after", "following", "since", "post")
            else "of"
        )
        return anchor, way

    # --- conditions ---------------------------------------------------------------------------------------------

    def conditioned(self, at: int) -> int:
        mark, many = self.marks[at], len(self.marks)
        unless = mark.says == "unless"
        stop, has_bound, has_measure = self.condition_end(at)
        if stop == at + 1 and not re.search(r"male|women|men\b|girls|boys|children|adults", mark.second):
            return at + 1
        words = self.text[mark.end : self.marks[stop - 1].end].strip(" ,:;()[]") if stop > at + 1 else ""
        if mark.kind == "word" or mark.second.startswith(
            (
                "with",
                "for male",
                "for female",
                "for men",
                "for women",
                "in male",
                "in female",
                "secondary",
                "attribut",
                "for girls",
                "for boys",
                "for adults",
                "for children",
            )
        ):
            words = self.text[mark.start : self.marks[stop - 1].end].strip(" ,:;()[]")
        sexed = re.search(r"\b(males?|females?|men|women|boys|girls)\b", mark.second)
        if sexed is not None and mark.second.startswith(("for", "in")):
            words, stop = sexed[1], at + 1
        words = _ENDS.sub("", words)
        if words.lower() in _NO_CONDITION:
            return at + 1
        if words.lower() in _THOSE_CASES:  # what was excepted before
            words = next((each.unless or each.when for each in reversed(self.found) if each.unless or each.when), "")
        if "absence" in mark.second:
            words = f"absence of {words.removeprefix('of ')}"
        if mark.second in ("exempt", "in case", "where") and not words:
            return at + 1
        who = (
            re.match(r"(?:for|in|patients|subjects)", mark.second) is not None
            or mark.second in ("with",)
            or mark.kind == "word"
        )
        # what follows the condition
        look, which, opened, joined, named = stop, False, False, False, False
        hops = 0
        reached = False
        while look < many and hops < 16:
            each = self.marks[look]
            if each.kind in ("op", "number", "limit"):
                reached = (
                    each.kind != "number" or each.second == LIMIT or (look + 1 < many and self.marks[look + 1].kind == "after")
                )
                break
            if each.kind == ";" or (each.kind == "." and self.is_sentence_end(look)):
                break
            if each.kind in (")", "]") and self.depth > 0 and not opened:
                break
            if each.kind == "which":
                which = True
            elif each.kind in ("(", "[", ":"):
                opened = True
            elif each.kind == "join" and look == stop:
                joined = True
            elif each.kind == "measure":
                named = True
            elif each.kind == "if" and each.second not in ("where", "presence of") and not which:
                if each.second == "if":
                    hops += 1
                    look += 1
                    continue
                break
            hops += 1
            look += 1
        if reached:
            value = next((each for each in self.marks[look : look + 4] if each.kind in ("number", "limit")), None)
            reached = value is not None and not (value.second == LONG and value.kind == "number")
        gap = at - self.last_at - 1 if self.last_at >= 0 else 99
        between = [each.kind for each in self.marks[self.last_at + 1 : at] if each.says != "age"] if self.last_at >= 0 else []
        soft = (
            self.last_at >= 0
            and bool(self.last)
            and not any(kind in ("number", "measure") for kind in between)
            and (gap <= 9 or "(" in between or "[" in between or (unless and gap <= 25 and "," in between))
        )
        if mark.second.startswith("not appl") and self.last:
            soft = True
        if (
            has_bound
            and not reached
            and not unless
            and mark.second in ("if", "provided", "provided that", "as long as", "when")
            and has_measure
        ):
            rest = self.text[self.marks[stop - 1].end : self.marks[stop - 1].end + 70]
            behind = self.text[max(0, mark.start - 90) : mark.start]
            if (_ELIGIBLE.search(rest) and (self.active or not soft or self.depth > 0)) or (
                self.active and _ELIGIBLE.search(behind)
            ):
                return at + 1
        forward = False
        if reached:
            if not soft:
                forward = True
            elif unless:
                forward = which or opened or (not named and not joined)
            elif gap == 0:
                forward = (which or (opened and not joined and not named)) and not joined
            else:
                forward = not joined and not (
                    "," in between and named and not which and self.depth <= 0 and not who and mark.second != "if"
                )
        if forward and joined and has_bound and not which:
            return at + 1
        if (
            forward
            and not any(each.measure in _LABS for each in self.found)
            and not soft
            and not which
            and not opened
            and re.match(r"(?:patients?|subjects?|participants?|individuals|those) with", mark.second)
        ):
            return at + 1  # `patients with ascites, albumin < 2.5 g/dL` lists, where `in patients with ascites` sets apart
        if forward and who and not which and not soft:
            # `patients with brain metastases ... 4 weeks` says who, not when: a condition is of laboratory values
            target = next((each for each in self.marks[stop:] if each.kind in ("measure",)), None)
            near_lab = bool(set(self.group) & _LABS) or (target is not None and bool(set(target.says.split("+")) & _LABS))
            value = next((each for each in self.marks[stop:] if each.kind == "number"), None)
            if not near_lab or (value is not None and value.second == LONG):
                return stop if not has_measure else at + 1
        if forward:
            self.active = f"{self.active}, {words}" if self.active else words
            self.active_depth = self.depth
            if opened and self.marks[look - 1].kind in ("(", "["):
                self.active_depth = self.depth
            return stop
        if soft and words:
            targets = list(self.last)
            if unless and "," in between and len(self.sentence) > len(targets):
                targets = [index for index in self.sentence if self.found[index].measure in _LABS]
            if mark.second.startswith("not appl") or (
                unless and not any(self.found[index].measure in _LABS for index in targets)
            ):
                targets = [index for index in self.sentence or targets if self.found[index].measure in _LABS]
            for index in targets:
                held = self.found[index]
                if held.measure not in _LABS and held.measure != "?":
                    continue
                if not held.when and not held.unless:
                    self.found[index] = replace(held, unless=words) if unless else replace(held, when=words)
            return stop
        return at + 1

    def condition_end(self, at: int) -> tuple[int, bool, bool]:
        """Where a condition's words end, and whether it holds a bound and a measure of its own."""
        many, depth = len(self.marks), 0
        place = at + 1
        has_measure = has_bound = False
        weight = 0
        mark = self.marks[at]
        cued = mark.kind == "word" and mark.says in ("liver", "hepatic")
        while place < many:
            each = self.marks[place]
            if each.kind in ("(", "["):
                nxt = self.marks[place + 1].kind if place + 1 < many else ""
                note = place + 1 < many and self.marks[place + 1].says in ("note", "this", "obtained", "performed")
                if (
                    has_bound
                    or note
                    or nxt in ("op", "number", "limit", "which", "if")
                    or any(follow.kind in ("within", "number") for follow in self.marks[place + 1 : place + 6])
                ):
                    break
                depth += 1
            elif each.kind in (")", "]"):
                if depth == 0:
                    break
                depth -= 1
            elif depth == 0:
                if each.kind == ";" or each.kind == ":" or (each.kind == "." and self.is_sentence_end(place)):
                    break
                if (
                    each.kind == "which"
                    and each.second not in ("who have", "must", "may", "where", "then")
                    or each.kind == "which"
                    and each.second in ("then",)
                ):
                    if weight:
                        break
                if each.kind == ",":
                    following = self.text[each.end : each.end + 40]
                    if (
                        not re.match(r"\s*(?:or|and)\b", following)
                        or has_bound
                        or re.match(r"\s*(?:or|and)\s+(?:\\?[<>≤≥=]|\d)", following)
                    ):
                        if not (weight and _lists_on(following) and not has_bound):
                            break
                if (
                    each.kind == "join"
                    and each.second in ("or", "and")
                    and place + 1 < many
                    and self.marks[place + 1].kind in ("op", "number")
                    and (has_bound or not has_measure)
                ):
                    break
                if each.kind == "join" and has_bound:
                    break
                if each.kind == "measure":
                    if weight and (cued or weight >= 4):
                        break
                    has_measure = True
                if each.kind == "number" and not each.unit and self.marks[place - 1].kind not in ("op", "number"):
                    place += 1
                    continue
                if each.kind in ("op", "number", "limit"):
                    value = each if each.kind == "number" else (self.marks[place + 1] if place + 1 < many else each)
                    fits = (
                        any(self.fits(name, value.second or LIMIT) for name in self.group if name in measures())
                        if value.kind in ("number", "limit")
                        else False
                    )
                    if not has_measure and (fits or not weight):
                        break
                    if each.kind == "number" and not each.unit and not has_measure and each.second in (BARE, "word"):
                        pass
                    else:
                        has_bound = has_bound or each.kind in ("number", "limit")
                if (
                    each.kind == "if"
                    and weight
                    and each.second in ("if", "unless", "except", "when", "provided", "as long as", "provided that")
                ):
                    break
                if each.kind == "word" and each.says not in _LIGHT_CONDITION:
                    weight += 1
                    if _CUE.search(self.text[each.start : each.end]):
                        cued = True
            place += 1
        return place, has_bound, has_measure


def _lists_on(following: str) -> bool:
    """Whether a comma goes on with a list of conditions: `hemolysis, or a known history of`."""
    return bool(
        re.match(
            r"\s*(?:such as|including|e\.?g|i\.?e|like)\b|\s*(?:hemoly\w+|liver|hepatic|bone|tumou?r|or\b)[^<>≤≥=]{0,40}(?:,|or\b)",
            following,
            re.IGNORECASE,
        )
    ) and not re.search(r"[<>≤≥=]", following)


def _as_op(said: str) -> Op:
    match said:
        case "<" | "<=" | ">" | ">=" | "==" | "!=":
            return said
        case _:
            return "?"


def _rank(value: float | str) -> tuple[float, str]:
    if isinstance(value, str):
        found = re.match(r"(\d)?(.*)", value)
        assert found is not None
        return (float(found[1]) if found[1] else 0.0, found[2])
    return (value, "")


def _extreme(values: Sequence[float | str], op: str) -> float | str:
    ordered = sorted(values, key=_rank)
    return ordered[0] if op in (">", ">=") else ordered[-1]


_BEFORE_NUMBER = frozenset(
    "x times of a an the to is be level levels score scores approximately about than equal first last at value values class grade only".split()
)
_LIGHT_CONDITION = frozenset(
    "documented known the a an of have has is are with who history evidence and or any there patient patients subject subjects participant participants that in for due to".split()
)
