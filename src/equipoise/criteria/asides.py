"""Brackets behind a bound that say of whom it is, and heads that tell cases apart: their numbers are nobody's bounds."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .line import DEPENDENT, LAND, LANDS, PART, PEOPLE, SCALES, SEXES, Line
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
_OF_A_PART = re.compile(
    rf"\s*(?P<part>(?:(?:for|in)\s+)?{PART})\s*(?:(?:[.;,]|\s(?:receiving|treated|with|on)\b)[^()]*)?", re.IGNORECASE
)
"""`> 9 g/dL (for group 1 only)`."""
_OF_A_LAND = re.compile(
    rf"\s*(?:(?:for|in)\s+)?(?:the\s+)?(?P<part>{LAND}|United\s+States(?:\s+of\s+America)?|U\.?S\.?A?\.?|United\s+Kingdom|UK|Germany|France|Italy|Spain|Canada|Australia|Europe|EU|Brazil|Mexico|Russia|Hong\s+Kong)"
    r"(?:,?\s+(?:only|sites?|participants|patients|subjects))*\s*"
)
"""`60 to 78 years old (United States)`."""
_LEFT = re.compile(
    r"eligib|allow|permit|enrol|accept(?!ed\b)|exempt|(?<!not )exclu|includ|must|should|may\b|can\b|will\b|\bn\s*=|cohort|normal|limit|\bor\s+older\s*$|according|required\s+to|need\s|not\s+have\s+to|institution|unless|except|\bmales?\s*(?:and|or|/|&)\s*females?|\b(?:wo)?men\s*(?:and|or|/|&)\s*(?:wo)?men",
    re.IGNORECASE,
)
"""A clause that admits or spares somebody is read as one."""
_EXCEPTED = re.compile(
    r"\s*(?P<who>[a-z](?:(?!\bat least\b)[a-z' -]){3,60}?)\s+(?:(?:are|is)\s+)?(?:excepted|exempted|apart|aside)\s*",
    re.IGNORECASE,
)
_NUMBER, _UNIT = r"\d{1,3}(?:\.\d+)?", r"(?:years?|yrs?|months?|mos?|weeks?|wks?|days?)\b"
_THAN = r"(?:(?:\\?[<>≤≥]=?|=[<>]|under|over|below|above|younger\s+than|older\s+than|less\s+than|more\s+than|at\s+least|up\s+to)\s*)"
_RANGE = rf"{_THAN}?{_NUMBER}[\s-]*(?:{_UNIT})?\s*(?:-|–|—|to|and|through)\s*{_THAN}?{_NUMBER}[\s-]*{_UNIT}"
_OLD = r"(?:[\s-]*(?:old|of\s+age)\b)?"
_OR_MORE = r"\s+(?:and|or)\s+(?:older|above|over|younger|under|below)"
_AGE = rf"(?:(?:{_RANGE}|{_THAN}?{_NUMBER}[\s-]*{_UNIT}){_OLD}(?:{_OR_MORE})?)"
_AGED = r"(?:(?:who\s+are\s+)?(?:of|aged?|ages|between)\s+)*"
_SEX = r"(?:(?:wo)?m[ae]n|(?:fe)?males?|boys?|girls?)"
_BEHIND = re.compile(
    rf"\s+(?:for|in|among|if)\s+(?P<who>(?:(?:(?:the|an?|those|all)\s+)?{_PEOPLE}\s+{_AGED}"
    rf"(?:{_RANGE}{_OLD}|{_THAN}?{_NUMBER}[\s-]*(?:months?|mos?|weeks?|wks?|days?)\b(?:{_OLD})(?:{_OR_MORE})?|{_NUMBER}[\s-]*(?:{_UNIT}{_OLD})?{_OR_MORE}|(?<=ales )\\?[<>≤≥]=?\s*{_NUMBER}[\s-]*{_UNIT}|(?<= of ){_AGE})"
    rf"|(?:an?\s+)?{_SEX}(?=,?\s+(?:or|and)\s+(?:[\w-]+\s+){{1,5}}\\?[<>≤≥]=?\s*\d[^;.,]{{0,20}}?\s(?:if|for|in)\s+(?:an?\s+)?{_SEX}\b)|{_RANGE}\s*(?:old|of\s+age)(?!\s+[a-z]{{4}}))(?:\s*(?:,|and|or)\s+{_PEOPLE}\s+{_AGED}{_AGE})*)",
    re.IGNORECASE,
)
"""`> 50 breaths/min for children aged 2-11 months`, `< 12.5 g/dL in children of 12-15 years and females > 15 years`."""
_AGES = re.compile(rf"\s*(?:aged?\s+|ages\s+|for\s+|in\s+|if\s+)?{_AGE}\s*", re.IGNORECASE)
"""A bracket that holds an age and nothing else: `(2-12 months)`, `(1-<5 years)`."""
_SINCE = re.compile(
    r"\((?P<bound>[^()A-Za-z]*\d[^()]{0,30}?)\s+(?P<case>(?:once|until|after|before|following|since|as\s+of)\s+(?![^()]*\b(?:hours?|days?|weeks?|months?|years?|doses?|cycles?)\b)[^()<>≤≥]{3,60})\)",
    re.IGNORECASE,
)
"""`< 50 x 10^9/L (< 40 x 10^9/L after Amendment 2)`."""
_BRACKET = re.compile(r"\((?P<inside>[^()]{3,100})\)")
_LEAD = re.compile(r"(?i)^\W*(?:(?:only|for|in|among|of|if|when|the|those|all)\s+)+(?=\S)")


@dataclass(frozen=True, slots=True)
class Aside:
    """A bracket that says of whom the bound before it is: where the bracket begins, its words, whether it sets apart, behind what number, whether
    it holds whatever was said before, and the measure whose bound is still to come."""

    start: int
    words: str
    unless: bool
    behind: int
    is_nearest: bool = False
    ahead: str = ""


def asides(text: str, found: Sequence[Mark]) -> tuple[list[Mark], list[Aside]]:
    """The marks without those of the brackets that say of whom a bound is, and what these brackets say."""
    said: list[tuple[int, int]] = []
    kept: list[Aside] = []
    if _MAY_BE_AGED.search(text) is not None:
        for behind in _BEHIND.finditer(text):
            before = [each for each in found if each.end <= behind.start()]
            held = _bound_behind(before) if before else None
            if held is not None:
                said.append((behind.start(), behind.end()))
                kept.append(
                    Aside(behind.start(), _WITHOUT_A_NOUN.sub("", _plain(behind["who"])), False, held.start, is_nearest=True)
                )
    if "(" not in text:
        return _without(found, said), kept
    for since in _SINCE.finditer(text) if found else ():
        second = [each for each in found if since.start("bound") <= each.start < since.end("bound") and each.kind == "number"]
        first = next((each for each in reversed(found) if each.kind == "number" and each.end <= since.start()), None)
        if (
            second
            and first is not None
            and second[-1].unit == first.unit
            and first.number not in (each.number for each in second)
        ):
            said.append((since.start("case"), since.end("case")))
            kept.append(Aside(since.start("case"), _plain(since["case"]), False, second[-1].start))
    aged = [each for each in _BRACKET.finditer(text) if _AGES.fullmatch(each["inside"])]
    is_by_age = len(aged) > 1 or "age" in text
    for bracket in aged:
        before = [each for each in found if each.end <= bracket.start()]
        named = next((each.says for each in reversed(before) if each.kind == "measure"), "")
        if (
            named in SCALES
            and _SCALE.search(text, max(0, bracket.start() - 60), bracket.start())
            and _TO_COME.match(text, bracket.end())
        ):
            said.append((bracket.start(), bracket.end()))
            words = _plain(bracket["inside"])
            words = words if "age" in words or "old" in words else f"{words} of age"
            kept.append(Aside(bracket.end(), words, False, 0, ahead=named))
            continue  # `Lansky (< 16 years) ≥ 50`
        if not is_by_age and named not in SCALES:
            continue
        held = _bound_behind(before) if before else None
        if held is not None and held.end + 24 >= bracket.start():
            said.append((bracket.start(), bracket.end()))
            kept.append(Aside(bracket.start(), _plain(bracket["inside"]), False, held.start))
    for bracket in _BRACKET.finditer(text):
        inside = bracket["inside"]
        if any(start <= bracket.start() < end for start, end in said):
            continue
        part = _OF_A_PART.fullmatch(inside)
        land = _OF_A_LAND.fullmatch(inside) if part is None else None
        part = part or land
        excepted = _EXCEPTED.fullmatch(inside)
        if excepted is None and part is None and (_OF_WHOM.fullmatch(inside) is None or _LEFT.search(inside)):
            continue
        before = [each for each in found if each.end <= bracket.start()]
        within = [each for each in found if bracket.start() < each.start < bracket.end()]
        if not before or not _is_behind_a_bound(before, of_a_sex=inside.lower() in SEXES or land is not None):
            continue
        if any(each.kind == "op" for each in within) if part is not None else _holds_a_bound(before, within):
            continue
        number = next((each.start for each in reversed(before) if each.kind in ("number", "limit")), 0)
        words = excepted["who"] if excepted is not None else _LEAD.sub("", part["part"] if part is not None else inside)
        said.append((bracket.start(), bracket.end()))
        kept.append(Aside(bracket.start(), " ".join(words.split()).replace("\\", ""), excepted is not None, number))
    return _without(found, said), sorted(kept, key=lambda each: each.start)


_SCALE = re.compile(r"[A-Za-z]{3}(?:\s*\([^()]{1,20}\))?\s*(?:(?:scores?|scale|status|performance)\s*)*$", re.IGNORECASE)
_TO_COME = re.compile(
    r"[,:]?\s*(?:(?:scores?|scale|status|performance|must|should|be|is|of|a|an)\s+)*(?:\\?[<>≤≥=]|(?:less|greater|more|better)\s+than|at\s+least|between|\d|(?:or|and|/)\s*(?-i:[A-Z]))",
    re.IGNORECASE,
)
"""What stands between a bracket and the bound that it is of."""
_MAY_BE_AGED = re.compile(r"\b(?:for|in|if|among)\b.*\d", re.IGNORECASE | re.DOTALL)


_WITHOUT_A_NOUN = re.compile(
    r"^(?:(?:the|an?|all)\s+)?(?:(?:those|patients?|subjects?|participants?|people|persons?|individuals?)\s+)?(?=\S)",
    re.IGNORECASE,
)


def _plain(words: str) -> str:
    return " ".join(words.split()).replace("\\", "")


def _without(found: Sequence[Mark], said: Sequence[tuple[int, int]]) -> list[Mark]:
    return [each for each in found if not any(start <= each.start < end for start, end in said)] if said else list(found)


def _bound_behind(before: Sequence[Mark]) -> Mark | None:
    """The number of the bound that has just been said, where it is no stretch of time and no count of people."""
    if not _is_behind_a_bound(before):
        return None
    held = next(each for each in reversed(before) if each.kind in ("number", "limit", "after"))
    place = next(place for place, each in enumerate(before) if each is held)
    is_compared = any(
        each.kind in ("op", "between", "-", "after") or each.kind == "limit" for each in before[max(0, place - 3) : place + 1]
    )
    is_aged = any(each.says == "age" for each in before[place:])
    return held if is_compared and not is_aged else None


def _is_behind_a_bound(before: Sequence[Mark], *, of_a_sex: bool = False) -> bool:
    """Whether the last thing said before a bracket is a bound: `≥ 60 or more`, `≥ 50 % for both FEV1 and FVC`."""
    if before[-1].says in PEOPLE:
        return False  # `175 children (1 month to 18 years)`
    for each in reversed(before[-7:]):
        if each.kind in ("number", "limit", "after"):
            return (each.second != LONG or of_a_sex) and each.second != "word"
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
        if each.ahead:
            first = next((atom.bound for atom in line.found if atom.start >= each.start and atom.measure == each.ahead), -1)
            for index, atom in enumerate(line.found):
                if atom.bound == first and atom.measure == each.ahead:
                    line.found[index] = replace(atom, when=f"{atom.when}, {each.words}" if atom.when else each.words)
            continue
        last = next((atom for atom in reversed(line.found) if atom.end <= each.start), None)
        if last is None or last.end <= each.behind or each.start - last.end > 60:
            continue
        for index, atom in enumerate(line.found):
            is_of_it = atom.bound == last.bound or atom.end == last.end
            if atom.measure == "age" and _AGE_CLASS.fullmatch(each.words):
                continue
            if is_of_it and atom.measure in DEPENDENT and (not atom.when or each.is_nearest) and not atom.unless:
                line.found[index] = replace(atom, unless=each.words) if each.unless else replace(atom, when=each.words)


_AGE_CLASS = re.compile(r"(?:adults?|children|adolescents|minors|the elderly|elderly people)(?: only)?", re.IGNORECASE)
"""Behind an age such a word says it again."""

_HEAD = re.compile(
    r"(?:^\W*|(?<=[;.(•*])\s*|(?<=:)\s*(?=\d[.)])|,\s*(?:and\s+|or\s+)?|(?<=\))\s*|\b(?:and|or)\s+)(?:(?:\d{1,2}|[a-h]|[ivx]{1,4})[.)]\s*|[-•*]\s*)?"
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
        held += [
            (head.start("head"), head.end(), head["head"], bounded_first(found, head.end())) for head in _WITH.finditer(text)
        ]
    if named > 1 and " in " in text:
        held += [(head.start(), head.end(), head["head"], bounded_first(found, head.end())) for head in _IN.finditer(text)]
    for head in _HEAD.finditer(text) if ":" in text else ():
        words = " ".join(head["head"].split())
        if _NO_HEAD.search(head["head"]) or any(
            each.kind == "measure" and each.says != "age" and head.start("head") <= each.start < head.end() for each in found
        ):
            continue
        held.append((head.start("head"), head.end(), words, bounded_first(found, head.end())))
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
_IN = re.compile(
    r"\b(?:is|are|be|patients|participants|subjects)\s+in\s+(?P<head>[A-Za-z][A-Za-z -]{3,30}?)\s+(?:(?:at\s+present|at\s+screening|currently)\s+)?(?:with|and\s+has|and\s+have)\s+(?:an?\s+)?",
    re.IGNORECASE,
)
"""`is in sinus rhythm with an NT-proBNP ≥ 400 pg/mL, is in atrial fibrillation with an NT-proBNP ≥ 600 pg/mL`."""
_TOLD = SEXES | {"boys", "girls", "children", "adolescents", "adults", "infants"}


def bounded_first(found: Sequence[Mark], at: int) -> str:
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
_AGED_HEAD = re.compile(
    rf"(?:^\W*|[;|.*:,]\s*|\b(?:and|or)\s+|\bmin(?:ute)?\s+)(?P<for>(?:for|in|among)\s+)?(?P<case>{_PEOPLE}\s+{_AGED}{_AGE})\s*:\s*",
    re.IGNORECASE,
)
"""`Children of ≥ 12 months: respiratory rate ≥ 40 breaths/min`."""
_HEAD_OF_PEOPLE = re.compile(
    rf"(?:[:;.]\s*|^\W*|\b(?:and|or)\s+|,\s*)(?:(?P<for>(?:for|in|among)\s+)(?P<kind>(?:(?!eligib|inclu|stud)[^\W\d][\w-]*\s+){{1,3}}?{_PEOPLE})|(?P<case>{_PEOPLE}\s+who(?:se)?\s+[^:;.<>≤≥=\d]{{3,70}})):\s*(?=\\?[<>≤≥]|between\s+\d|\d|[A-Z])",
    re.IGNORECASE,
)
"""`for treatment-naive patients: HbA1c > 7 %`, `participants who convert from an ESA: between 9 and 12 g/dL`."""
_FOR_A_KIND = re.compile(
    r"(?:^\W*|(?<=[.;])\s+)(?P<for>for|in)\s+(?P<case>(?!(?:the|this|these|all|each|any|both|addition|general|case|order|particular|stud\w+|eligib\w+|inclusion|enrol\w+|screening)\b)[A-Za-z][^,:;.()\d<>≤≥=]{3,50}),\s+(?=[A-Za-z][\w/-]*\s*\\?[<>≤≥=]+\s*\d)",
    re.IGNORECASE,
)
"""`For viral hepatitis, APRI ≥ 1`."""
_SEXED = re.compile(
    r"(?:^\W*|[,;]\s*(?:and\s+|or\s+)?|\b(?:and|or)\s+)(?P<case>girls|boys|(?:fe)?males|(?:wo)?men)\s+(?:(?:must|should|need\s+to|have\s+to)\s+be\s+)?(?:of\s+)?(?:aged?|ages)\s+(?:of\s+)?(?=between|\d|\\?[<>≤≥]|from)",
    re.IGNORECASE,
)
"""`Girls must be of ages between 2 and 11 years, and boys of ages between 2 and 13 years`."""
_WHERE = re.compile(
    r"\(\s*(?:except|but|save)\s+(?:for\s+|in\s+)?(?P<case>[A-Z][^():;<>≤≥=\d]{2,70}?),?\s+where\s+"
    r"(?:(?:one|it|they|participants?|subjects?|patients?|the|minimum|lower|legal|age|limit|must|should|will|is|are|be|has|have|to|of|aged)\s+)*(?=\\?[<>≤≥]|\d|at\s+least)"
)
"""`≥ 18 years (except Alberta and Ontario, where patients must be at least 66 years)`."""
_IN_A_LAND = re.compile(
    rf"(?:\b(?:except|but|save|and|or)\s+)?(?:for|in)\s+(?P<case>{LAND})(?:\s+(?:patients|participants|subjects))?,?\s+"
    r"(?:(?:where|one|it|they|participants?|subjects?|patients?|the|must|should|is|are|be|has|have|to|of|aged)\s+)*(?=\\?[<>≤≥]|\d|at\s+least)",
    re.IGNORECASE,
)
"""`≥ 18 years, except in Japan, where one must be ≥ 20 years`."""
_TOLD_APART = re.compile(
    rf"\(\s*(?:for\s+|in\s+|among\s+)?{_PEOPLE}\s+(?:(?:with|in|on|who\s+have|having)\s+)?(?P<case>[^():;<>≤≥=\d]{{3,60}}):\s*(?=\\?[<>≤≥]|\d)",
    re.IGNORECASE,
)
"""`> 150 pg/mL (subjects in atrial fibrillation: > 450 pg/mL)`."""


_OF_A_KIND_OF_PEOPLE = re.compile(
    rf"(?:^\W*|[(;,.]\s*(?:and\s+|or\s+)?)(?P<for>(?:in|for|among)\s+)(?P<case>(?:the\s+)?(?:(?!(?:the|all|any|both|each|this|these|eligible|study|some|most|other)\b)[A-Za-z][\w-]*\s+){{0,3}}?"
    rf"(?:{_PEOPLE}|cohort|arm|group)),?\s+(?=\\?[<>≤≥]|[A-Za-z])",
    re.IGNORECASE,
)
"""`in smokers CEA ≤ 10 ng/mL, in non-smokers CEA ≤ 5 ng/mL`, `for the dialysis cohort haemoglobin 8 to 11 g/dL`."""
_AGAIN_IN = re.compile(
    r"(?<=[.;])\s+(?P<for>(?:in|for|with)\s+)(?P<case>(?!the\b|all\b|others?\b|cases?\b|presence\b|absence\b)[A-Za-z](?:(?!\b(?:may|can|must|should|is|are|values?)\b)[^,:;.()\d<>≤≥=]){3,50}?),?\s+(?=(?:up\s+to\s+)?\d[\d.]*\s*[x×*]\s*ULN)",
    re.IGNORECASE,
)
"""`≤ 2.5 x ULN. In liver metastases 5 x ULN is allowed`."""
_A_LEVEL = re.compile(r"\\?[<>≤≥]=?\s*\d[\d.,]*(?![\d.,]|\s*-?(?:years?|yrs?|y|months?|weeks?|days?)\b)", re.IGNORECASE)
_ANYBODY = re.compile(
    r"(?:the\s+)?(?:those|patients?|subjects?|participants?|people|persons?|individuals?|cohort|arm|group)", re.IGNORECASE
)
_HEADED_ASIDE = re.compile(r"\(\s*(?P<case>[A-Za-z][^():;,<>≤≥=\d]{3,40}):\s*(?=\\?[<>≤≥])")
"""`< 50 bpm (athletes: < 40 bpm)`, `≥ 2 ng/mL (after prostatectomy: ≥ 0.2 ng/mL)`."""
_BETWEEN = re.compile(
    r"\b(?P<case>(?:with|without)\s+(?:[a-z]+\s+){0,2}(?:metastas[ei]s|involvement))\s+(?=\\?[<>≤≥])", re.IGNORECASE
)
"""`AST without liver metastasis ≤ 3 x ULN, AST with liver metastasis ≤ 5 x ULN`."""


def clauses(text: str, marked: Sequence[Mark] = ()) -> list[tuple[int, int, str]]:
    """Where a clause that says whom what follows is of begins and ends, and what it says."""
    found = _headed(text, marked) if ":" in text else []
    if "or " in text or "n " in text:
        found += [
            (each.start("for"), each.end(), _WITHOUT_PEOPLE.sub("", each["case"]))
            for each in _FOR_A_KIND.finditer(text)
            if _is_named(text, marked, each.end())
        ]
    sexed = list(_SEXED.finditer(text)) if "age" in text else []
    if len({each["case"].lower() for each in sexed}) > 1:
        found += [(each.start("case"), each.end("case"), each["case"]) for each in sexed]
    between = list(_BETWEEN.finditer(text)) if "with" in text else []
    if len(between) > 1 or between and between[0]["case"].lower().startswith("without"):
        found += [(each.start("case"), each.end("case"), each["case"]) for each in between]
    if "n " in text or "or " in text:
        found += [
            (each.start("for"), each.end(), each["case"])
            for each in _OF_A_KIND_OF_PEOPLE.finditer(text)
            if _ANYBODY.fullmatch(each["case"]) is None
            and (_A_LEVEL.match(text, each.end()) is not None or bounded_first(marked, each.end()) not in ("", "age"))
        ]
        found += [(each.start("for"), each.end(), _WITHOUT_A_NOUN.sub("", each["case"])) for each in _AGAIN_IN.finditer(text)]
    if " where " in text:
        found += [(each.start() + 1, each.end(), each["case"]) for each in _WHERE.finditer(text)]
    if "," in text and any(each in text for each in ("esion", "odule", "umo", "etastas", "masses")):
        found += [(each.start("case"), each.end(), each["case"]) for each in _SOME.finditer(text)]
    if ("who" in text or "with" in text) and _LEADS_ON.search(text) is not None:
        found += [(each.start("case"), each.end(), each["case"]) for each in _WHOSE.finditer(text)]
    if any(each in text for each in LANDS):
        found += [
            (each.start(), each.end(), each["case"])
            for each in _IN_A_LAND.finditer(text)
            if re.search(r"\d", text[: each.start()])
        ]
    if "(" in text and ":" in text:
        apart = list(_TOLD_APART.finditer(text))
        apart += [
            each
            for each in _HEADED_ASIDE.finditer(text)
            if _NO_HEAD.search(each["case"]) is None
            and not any(other.start("case") <= each.end("case") <= other.end() for other in apart)
            and not any(mark.kind == "measure" and each.start() < mark.start < each.end() for mark in marked)
            and re.search(r"\d[^\s()]*(?:\s+[^\s()]+)?\s*$", text[: each.start()])
        ]
        found += [(each.start("case"), each.end(), each["case"]) for each in apart]
    return [(start, end, _plain(case)) for start, end, case in found]


_WITHOUT_PEOPLE = re.compile(rf"^{_PEOPLE}\s+with\s+", re.IGNORECASE)


def _is_named(text: str, marked: Sequence[Mark], at: int) -> bool:
    """Whether a name and its bound stand at a place, be it that of a measure or not."""
    return bool(bounded_first(marked, at)) or re.match(r"[A-Za-z-]+\s*\\?[<>≤≥=]+\s*\d", text[at:]) is not None


def _headed(text: str, marked: Sequence[Mark]) -> list[tuple[int, int, str]]:
    """Heads with a colon that name people by their age, by what they do or by their kind."""
    aged = [each for each in _AGED_HEAD.finditer(text) if _is_named(text, marked, each.end())]
    found = [
        (each.start("for") if each["for"] else each.start("case"), each.end(), each["case"])
        for each in aged
        if len(aged) > 1 or each["for"]
    ]
    for each in _HEAD_OF_PEOPLE.finditer(text):
        kind = "case" if each["case"] else "kind"
        if bounded_first(marked, each.end()) or re.match(r"\\?[<>≤≥]|between", text[each.end() :]):
            found.append((each.start("for") if each["for"] else each.start(kind), each.end(), each[kind]))
    return found
