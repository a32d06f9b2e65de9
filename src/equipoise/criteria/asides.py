"""Brackets behind a bound that say of whom it is, and heads that tell cases apart: their numbers are nobody's bounds."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .line import DEPENDENT, PEOPLE, SEXES, Line
from .marks import Mark
from .measures import LIMIT, LONG

_PEOPLE = (
    r"(?:those|patients?|subjects?|participants?|people|persons?|individuals?|(?:wo)?m[ae]n|(?:fe)?males?|boys?|girls?|adults?|"
    r"child(?:ren)?(?!-)|adolescents?|teenagers?|infants?|athletes?|(?:non-?|ex-?|current |former |never )?smokers|carriers)"
)
_OF_WHOM = re.compile(
    rf"\s*(?:only\s+)?(?:(?:for|in|among|of|if)\s+)?(?:(?:the|an?|only|all)\s+)?(?:(?:adult|adolescent|pa?ediatric|elderly|older|younger|healthy|treated|untreated)\s+)?{_PEOPLE}\b(?!\s+(?:ages?|values?|dos\w+|levels?|ranges?|norms?|sizes?|weights?|heights?|population)\b)(?P<rest>[^()]*)"
    r"|\s*(?:if\s+)?(?:aged?|ages)\s+(?:\w+\s+|\\?[<>≤≥=]+\s*)*\d[^()]*"
    r"|\s*(?:if\s+|when\s+)?[\w-]+\s+(?:is\s+|are\s+)?(?:positive|negative)\s*",
    re.IGNORECASE,
)
"""What a bracket says of people: `(those over 10 years old)`, `(men)`, `(age 16 and above)`, `(HBeAg positive)`."""
_LEFT = re.compile(
    r"eligib|allow|permit|enrol|accept(?!ed\b)|exempt|(?<!not )exclu|includ|must|should|may\b|can\b|will\b|\bn\s*=|cohort|normal|limit|\bor\s+older\s*$|according|institution|unless|except|\bmales?\s*(?:and|or|/|&)\s*females?|\b(?:wo)?men\s*(?:and|or|/|&)\s*(?:wo)?men",
    re.IGNORECASE,
)
"""A clause that admits or spares somebody is read as one."""
_EXCEPTED = re.compile(
    r"\s*(?P<who>[a-z](?:(?!\bat least\b)[a-z' -]){3,60}?)\s+(?:(?:are|is)\s+)?(?:excepted|exempted|apart|aside)\s*",
    re.IGNORECASE,
)
_BRACKET = re.compile(r"\((?P<inside>[^()]{3,100})\)")
_LEAD = re.compile(r"(?i)^\W*(?:(?:only|for|in|among|of|if|when|the|those|all)\s+)+(?=\S)")


@dataclass(frozen=True, slots=True)
class Aside:
    """A bracket that says of whom the bound before it is: where the bracket begins, its words, whether it sets apart, and behind what number."""

    start: int
    words: str
    unless: bool
    behind: int


def asides(text: str, found: Sequence[Mark]) -> tuple[list[Mark], list[Aside]]:
    """The marks without those of the brackets that say of whom a bound is, and what these brackets say."""
    if "(" not in text:
        return list(found), []
    said: list[tuple[int, int]] = []
    kept: list[Aside] = []
    for bracket in _BRACKET.finditer(text):
        inside = bracket["inside"]
        excepted = _EXCEPTED.fullmatch(inside)
        if excepted is None and (_OF_WHOM.fullmatch(inside) is None or _LEFT.search(inside)):
            continue
        before = [each for each in found if each.end <= bracket.start()]
        within = [each for each in found if bracket.start() < each.start < bracket.end()]
        if not before or not _is_behind_a_bound(before) or _holds_a_bound(before, within):
            continue
        number = next((each.start for each in reversed(before) if each.kind in ("number", "limit")), 0)
        words = excepted["who"] if excepted is not None else _LEAD.sub("", inside)
        said.append((bracket.start(), bracket.end()))
        kept.append(Aside(bracket.start(), " ".join(words.split()).replace("\\", ""), excepted is not None, number))
    left = [each for each in found if not any(start <= each.start < end for start, end in said)] if said else list(found)
    return left, kept


def _is_behind_a_bound(before: Sequence[Mark]) -> bool:
    """Whether the last thing said before a bracket is a bound: `≥ 60 or more`, `≥ 50 % for both FEV1 and FVC`."""
    if before[-1].says in PEOPLE:
        return False  # `175 children (1 month to 18 years)`
    for each in reversed(before[-7:]):
        if each.kind in ("number", "limit", "after"):
            return each.second not in (LONG, "word")
        if each.kind not in ("measure", "join", "word"):
            return False
    return False


def _holds_a_bound(before: Sequence[Mark], within: Sequence[Mark]) -> bool:
    """Whether a bracket holds a bound of its own: a number that is neither an age nor said within a clause of people."""
    held = next((each for each in reversed(before) if each.kind in ("number", "limit")), None)
    if any(
        each.kind in ("limit", ":") or each.second == LIMIT or each.kind == "measure" and each.says != "age" for each in within
    ):
        return any(each.kind in ("number", "limit") for each in within)
    is_told = any(each.says in ("who", "whose", "age", "aged") or each.kind == "which" for each in within)
    return any(
        each.kind == "number"
        and (
            held is None
            or each.second == held.second != ""
            and not (is_told and not each.unit)
            or (each.second != LONG and not is_told)
        )
        for each in within
    )


def put(line: Line, said: Sequence[Aside]) -> None:
    """Put what brackets say to the bounds right before them."""
    for each in said:
        last = next((atom for atom in reversed(line.found) if atom.end <= each.start), None)
        if last is None or last.end <= each.behind or each.start - last.end > 60:
            continue
        for index, atom in enumerate(line.found):
            is_of_it = atom.bound == last.bound or atom.end == last.end
            if atom.measure == "age" and _AGE_CLASS.fullmatch(each.words):
                continue
            if is_of_it and atom.measure in DEPENDENT and not atom.when and not atom.unless:
                line.found[index] = replace(atom, unless=each.words) if each.unless else replace(atom, when=each.words)


_AGE_CLASS = re.compile(r"(?:adults?|children|adolescents|minors|the elderly|elderly people)(?: only)?", re.IGNORECASE)
"""Behind an age such a word says it again."""

_HEAD = re.compile(
    r"(?:^\W*|(?<=[;.(•*])\s*|,\s*(?:and\s+|or\s+)?|(?<=\))\s*|\b(?:and|or)\s+)(?:(?:\d{1,2}|[a-h]|[ivx]{1,4})[.)]\s*|[-•*]\s*)?"
    r"(?P<head>(?:[A-Za-z](?:(?!\b(?:and|or)\s+[^:;]*\b(?:≥|≤))[^:;.()<>≤≥=\d,]){2,50}|(?:cohort|arm|part|group|phase|stage|stratum)\s+[A-Z0-9]{1,3})(?:\s*\((?P<of>[^()]{2,40})\))?)\s*:\s+(?=\S)",
    re.IGNORECASE,
)
_NO_HEAD = re.compile(
    r"\b(?:criteri\w+|inclusion|exclusion|screening|baseline|laborator\w+|labs?|function|values?|tests?|follow\w*|note|defined|as|eligib\w*|must|"
    r"e\.g|i\.e|requirements?|parameters?|ha?ematolog\w+|renal|hepatic|liver|kidney|cardiac|pulmonary|chemistry|coagulation|either|both|any|limits?|cut-?offs?|ranges?|levels?|score|scale|index|one|performance|adequate)\b",
    re.IGNORECASE,
)
_OF_PEOPLE = re.compile(rf"(?:(?:for|in|among|adult|all|the|{_PEOPLE})\s+)*{_PEOPLE}(?:\s*\([^()]*\))?", re.IGNORECASE)


def heads(text: str, found: Sequence[Mark]) -> list[tuple[int, int, str]]:
    """Where a head that tells cases apart begins and ends, and what it says.

    A head needs people in it, or another head whose bound is of the same measure: `sinus rhythm: BNP ≥ 100 pg/mL; atrial
    fibrillation: BNP ≥ 300 pg/mL`.
    """
    held: list[tuple[int, int, str, str]] = []
    named = sum(each.kind == "measure" for each in found)
    if not named:
        return []
    if named > 1 and ("ositive" in text or "egative" in text or "ith " in text and ("en " in text or "ale" in text)):
        held += [(head.start("head"), head.end(), head["head"], _first(found, head.end())) for head in _WITH.finditer(text)]
    for head in _HEAD.finditer(text) if ":" in text else ():
        words = " ".join(head["head"].split())
        if _NO_HEAD.search(head["head"]) or any(
            each.kind == "measure" and each.says != "age" and head.start("head") <= each.start < head.end() for each in found
        ):
            continue
        held.append((head.start("head"), head.end(), words, _first(found, head.end())))
    names = [name for _, _, _, name in held if name]
    of_people = {end for _, end, words, _ in held if ":" in text[end - 3 : end] and _OF_PEOPLE.fullmatch(words)}
    return [
        (start, end, re.sub(r"(?i)^(?:for|in|among)\s+", "", words))
        for start, end, words, name in held
        if name and (names.count(name) > 1 or (end in of_people and set(re.findall(r"[a-z]+", words.lower())) & _TOLD))
    ]


_WITH = re.compile(
    r"(?:^\W*|[,;:(]\s*(?:(?:and|or)\s+)?|\b(?:and|or)\s+)(?:(?P<sexed>(?=(?:adult\s+|post-?menopausal\s+)?(?:wo)?men\s|(?:fe)?males?\s|boys\s|girls\s))|(?:with|in|for)\s+)"
    r"(?P<head>(?(sexed)(?:adult\s+|post-?menopausal\s+)?(?:(?:wo)?men|(?:fe)?males?|boys|girls)|[A-Z][\w-]{2,12}\s+(?:positive|negative)))\s+(?:with\s+(?:an?\s+)?)?",
    re.IGNORECASE,
)
"""`men with uric acid > 7 mg/dL, women with uric acid > 6 mg/dL`; `with HBeAg positive HBV DNA ≥ 4 log`."""
_TOLD = SEXES | {"boys", "girls", "children", "adolescents", "adults", "infants"}


def _first(found: Sequence[Mark], at: int) -> str:
    """The measure whose bound stands right behind a head."""
    behind = [each for each in found if each.start >= at][:9]
    for place, each in enumerate(behind):
        if each.kind == "measure":
            following = [
                mark.kind for mark in behind[place + 1 :] if mark.kind not in ("word", "(", ")", "join", "measure", "-", "/")
            ]
            return each.says if following[:1] in (["op"], ["number"], ["between"], ["within"]) else ""
        if each.kind not in ("word", "-", "op", "(", "between"):
            return ""
    return ""


_WHOSE = re.compile(
    rf"(?:^\W*|[:;.(]\s*)(?:in|for|among)\s+{_PEOPLE}\s+(?P<case>(?:whose|who\s+have|with)\s+[^:;()]{{4,120}}?)\s*[,:]\s*(?=\\?[<>≤≥])",
    re.IGNORECASE,
)
"""`in those whose eGFR is ≥ 45 mL/min/1.73 m2, < 3.5 mmol/L or ≥ 5.1 mmol/L`."""
_SOME = re.compile(
    rf"(?:^\W*|[;.]\s*)(?:for|in|if|with)\s+(?:(?:{_PEOPLE}\s+)?with\s+|(?:there\s+(?:is|are)\s+))?(?P<case>(?:an?\s+)?(?:single|solitary|one|two|three|four|multiple|several)\s+(?:\w+\s+)?(?:lesions?|nodules?|tumou?rs?|metastas[ei]s|masses)),\s",
    re.IGNORECASE,
)
"""`for patients with two lesions, no lesion may be greater than 10 cm`."""


_LEADS_ON = re.compile(r"[,:]\s*\\?[<>≤≥]")
_LANDS = ("Japan", "Korea", "Taiwan", "China", "India", "Singapore", "Thailand")
_LAND = r"(?:Japan|(?:South\s+)?Korea|Taiwan|China|India|Singapore|Thailand)"
_IN_A_LAND = re.compile(
    rf"(?:\b(?:except|but|save|and|or)\s+)?(?:for|in)\s+(?P<case>{_LAND})(?:\s+(?:patients|participants|subjects))?,?\s+"
    r"(?:(?:where|one|it|they|participants?|subjects?|patients?|the|must|should|is|are|be|has|have|to|of|aged)\s+)*(?=\\?[<>≤≥]|\d|at\s+least)",
    re.IGNORECASE,
)
"""`≥ 18 years, except in Japan, where one must be ≥ 20 years`."""
_TOLD_APART = re.compile(
    rf"\(\s*(?:for\s+|in\s+|among\s+)?{_PEOPLE}\s+(?:(?:with|in|on|who\s+have|having)\s+)?(?P<case>[^():;<>≤≥=\d]{{3,60}}):\s*(?=\\?[<>≤≥]|\d)",
    re.IGNORECASE,
)
"""`> 150 pg/mL (subjects in atrial fibrillation: > 450 pg/mL)`."""


def clauses(text: str) -> list[tuple[int, int, str]]:
    """Where a clause that says whom what follows is of begins and ends, and what it says."""
    found: list[tuple[int, int, str]] = []
    if "," in text and any(each in text for each in ("esion", "odule", "umo", "etastas", "masses")):
        found += [(each.start("case"), each.end(), each["case"]) for each in _SOME.finditer(text)]
    if ("who" in text or "with" in text) and _LEADS_ON.search(text) is not None:
        found += [(each.start("case"), each.end(), each["case"]) for each in _WHOSE.finditer(text)]
    if any(each in text for each in _LANDS):
        found += [
            (each.start(), each.end(), each["case"])
            for each in _IN_A_LAND.finditer(text)
            if re.search(r"\d", text[: each.start()])
        ]
    if "(" in text and ":" in text:
        found += [(each.start("case"), each.end(), each["case"]) for each in _TOLD_APART.finditer(text)]
    return [(start, end, " ".join(case.split()).replace("\\", "")) for start, end, case in found]
