"""The cases that a line tells apart with whole clauses: headed cases, who is admitted if, and whom a bound spares."""

import re
from collections.abc import Iterator, Set
from dataclasses import replace

from .atom import Atom
from .line import CUE, LABS, LAND, PART, Line
from .topics import CONDITIONS, small

_PEOPLE = r"(?:patients?|subjects?|participants?|individuals|those|people)"
_ADMITTED = re.compile(
    rf"(?:^|[.;(\[•*]|\b(?:however|note|except(?:ing|ion)?(?:\s+(?:for|in|if))?|exception\s+of)[,:]?)\s*(?:(?:documented|known|in|the)\s+)?(?P<people>{_PEOPLE}\s+(?:with|who\s+have|on|receiving|taking|infected\s+with|positive\s+for)\s+)?"
    r"(?P<who>(?:(?!\b(?:if|unless|with|must|should|may|except)\b)[^.;:()\[\]<>≤≥=]|\([^()<>≤≥=\d]{1,40}\)){3,120}?),?\s+(?:who\s+)?(?:is|are|may|can|will|would)\s+(?:still\s+|also\s+|only\s+)?(?:be\s+)?"
    r"(?:allowed|eligible|permitted|acceptable|enter|enrol\w*|includ\w+|participat\w+|treated|considered|not\s+(?:be\s+)?excluded|excluded(?=\s+only))(?:\s+(?:to|in|on|for|from|this|the|study|trial|participate|enrol\w*|eligible|despite)){0,4}?,?\s+"
    r"(?:only\s+)?(?P<if>(?:if|provided(?:\s+that)?|with|when|as\s+long\s+as)\s)",
    re.IGNORECASE,
)
"""`Gilbert's syndrome is allowed if bilirubin ≤ 3 x ULN`: what is said before is the condition of what is said behind."""
_ADMITTED_WITH = re.compile(
    rf"(?:^\W*(?:\d+[.)]\s+)?(?:note:?\s*)?|[.;:(*]\s*){_PEOPLE}\s+(?:with|(?P<on>on|receiving|taking|who\s+are\s+(?:on|receiving|taking))(?!\s+(?:(?:the|this)\s+)?(?:study|trial|protocol|treatment|therapy|therapies)\b)|who\s+(?:are|have))\s+(?P<who>(?:(?!\b(?:if|unless|must)\b)(?:[^.;:()<>≤≥=\d]|\([A-Za-z -]{{2,12}}\))){{3,90}}?)(?:\s+for\s+(?:[^\d.;()]{{0,24}}\d+\s*(?:days?|weeks?|months?|years?)))?,?\s+(?P<if>(?:with|having|and\s+have|who\s+have|and|[\[(]\s*(?:e\.g|i\.e)\.?,?)\s)"
    rf"(?=(?:[^.;]|\.\d){{5,240}}?\b(?:is|are|may|can|will|would)\s+(?:still\s+|also\s+|be\s+){{0,2}}(?:eligible|allowed|enrol|permitted|includ|acceptable|participate))",
    re.IGNORECASE,
)
"""`Participants with tumour in the liver with ALT ≤ 5 x ULN may be eligible`."""
_EXCEPT_THOSE = re.compile(
    rf"\bexcept(?:ing)?\s+(?:for\s+|in\s+)?{_PEOPLE}\s+(?:who\s+are\s+)?(?:on|receiving|taking|treated\s+with)\s+(?P<who>[^.;:()<>≤≥=\d]{{3,90}}?)"
    rf"(?:\s+for\s+[^\d.;()]{{0,24}}\d+\s*(?:days?|weeks?|months?|years?))?,?\s+(?P<if>(?:with|having|who\s+have|and)\s)(?=[^.;()]{{2,60}}?(?:[<>≤≥]|\bthan\b|\bleast\b))",
    re.IGNORECASE,
)
"""`HIV infection, except those on stable HAART for 6 months with CD4 > 200/uL`."""
_HEADED = re.compile(
    rf"(?:^\W*(?:(?:\d+|[a-z])[.)]\s+)?|(?<=[.;•*)\]])\s+(?:[a-z][.)]\s+)?|(?<=\()|(?<=[\dLl3])\s+)(?P<case>(?:(?:(?:(?-i:[A-Z])[\w-]+\s+)?{_PEOPLE}\s+)?(?:with|without)|{_PEOPLE}\s+(?:who\s+are\s+|to\s+be\s+)?(?:treated\s+with|receiving|taking))\s(?:(?!\b(?:or\s+without|if|regards?|respect|adequate|follow\w*|defined|criteria|limited|below|measurable|least|any|history|either|support|transfus\w+|exceptions?)\b)[^:.;<>≤≥=\d]){{4,90}}):{{1,2}}\s",
    re.IGNORECASE,
)
"""`Without bone marrow involvement: platelets ≥ 75,000/mm3`."""


_IN_A_BRACKET = re.compile(r"(?<=\()\s*(?P<case>[A-Za-z](?:(?!\b(?:or|with)\b)[^():.;<>≤≥=\d]){2,60}):\s+(?=\\?[<>≤≥])")
"""`< 1.5 x ULN (known Gilbert disease: < 3 x ULN)`."""


def admitted(text: str) -> list[tuple[int, str]]:
    """Where a clause that says who is admitted gives over to what they must have, and who they are."""
    found: list[tuple[int, str]] = []
    low = text.lower()
    if "except" in low:
        found += [(each.start("if"), each["who"]) for each in _EXCEPT_THOSE.finditer(text)]
    if any(each in low for each in _SAYS_WHO):
        for each in _ADMITTED_WITH.finditer(text):
            is_again = each["if"].lower().startswith("who have") and any(sign.isdigit() for sign in text[: each.start()])
            if each["on"] or _is_a_case(each["who"]) or is_again:
                found.append((each.start("if"), each["who"].strip()))
        for each in _ADMITTED.finditer(text):
            who = re.sub(r"(?i),?\s*\bwho$", "", each["who"].strip())
            if each["people"] or _is_a_case(who) or _is_named(who):
                found.append((each.start("if"), who))
    if " must " in text:
        found += [(each.end(), each["who"]) for each in _HELD.finditer(text) if _is_a_case(each["who"])]
    return found


_SAYS_WHO = ("allow", "excluded", "eligib", "permit", "accept", "enter", "enrol", "includ", "particip", "treated", "consider")


def _is_a_case(who: str) -> bool:
    return CUE.search(who) is not None or _MEDICINE.search(who) is not None


_HELD = re.compile(
    rf"(?:^\W*(?:\d+[.)]\s+)?(?:note:?\s*)?|[.;:(]\s+)(?P<who>(?:[\w-]+\s+){{1,3}}{_PEOPLE}|{_PEOPLE}\s+(?:who\s+(?:have\s+been|are|were)\s+)(?:on|receiving|taking|treated\s+with)\s+[^.;:()<>≤≥]{{3,80}}?)\s+must\s+(?:also\s+)?(?=have\s)",
    re.IGNORECASE,
)
"""`HIV-positive participants must have CD4 ≥ 200/uL`."""
_MEDICINE = re.compile(r"\b(?:therapy|treatment|use|medication|heparin|infection|HIV|deprivation|hepatitis)\b", re.IGNORECASE)


def _is_named(who: str) -> bool:
    """Whether there is an item for what is said: `diabetes`."""
    low = small(who)
    return any(topic.words.fullmatch(low.strip()) for topic in CONDITIONS)


_WITH = re.compile(r"ith|receiving|taking", re.IGNORECASE)
_PLACED = re.compile(
    r"(?:^\W*(?:\d+[.)]\s+)?|[(;.]\s*|\bor,?\s+|\bexcept\s+)(?:for|in)\s+(?:(?:enrol?lment|entry|inclusion|participation)\s+(?:in|into|to)\s+)?(?:the\s+)?(?P<where>(?:Japan|Korea|South Korea|Taiwan|China|India|Singapore|Thailand|Germany|France|Europe|EU|Canada|US|USA|United States|UK)"
    rf"|{PART})(?:\s+(?:patients|participants|subjects|sites)(?:\s+only)?)?\s*[,:]\s(?!\d)"
    rf"|(?:patients|participants|subjects)\s+in\s+(?P<part>{PART})\s+(?=must|should|may|with|need)"
    rf"|\(\s*(?P<there>{LAND})(?=\s*:?\s*\\?[<>≤≥])",
    re.IGNORECASE,
)
"""`In Japan: age ≥ 20 years`, `for cohort B, platelets ≥ 50,000/mm3`."""


_PLACES = (
    *"cohort arm phase group stratum japan korea taiwan china india singapore thailand germany france europe canada united".split(),
    *(f"{space}{land}" for space in " \t\n\xa0" for land in ("us", "eu", "uk")),
)
"""What such a head has in it."""


def placed(text: str) -> list[tuple[int, str]]:
    """Where a head that names a country, or a part of the trial, ends, and what it names."""
    low = text.lower()
    if low.count("part") == low.count("partic") and not any(each in low for each in _PLACES):
        return []
    return [(found.end() - 1, found["where"] or found["part"] or found["there"]) for found in _PLACED.finditer(text)]


def headed(text: str) -> list[tuple[int, str]]:
    """Where the head of a case ends, and the case."""
    if ":" not in text:
        return []
    heads = [(each.end() - 1, each["case"].strip()) for each in _IN_A_BRACKET.finditer(text) if _is_a_case(each["case"])]
    if _WITH.search(text) is not None:
        heads += [(each.end() - 1, _case(each["case"])) for each in _HEADED.finditer(text) if each.end() - 1 not in dict(heads)]
    return heads


def _case(said: str) -> str:
    return re.sub(rf"(?i)^(?:(?:[a-z][\w-]+\s+)?{_PEOPLE}\s+)?(?:with\s+)?", "", " ".join(said.split()))


_BUT_FOR = re.compile(
    r"\W*(?:\d+[.)]\s+)?(?:(?:known|active|prior|history\s+of|patients\s+with|subjects\s+with|participants\s+with)\s+)*(?P<who>[^.;:<>≤≥=]{3,140}?)[\s,(\[]+"
    r"(?:unless|except\s+(?:if|when|for\s+(?:patients|subjects|participants|those)\s+(?:meeting|who|with))|exceptions?:|provided(?:\s+that)?)\s",
    re.IGNORECASE,
)
"""`HIV infection, unless CD4 > 350/uL`."""
_NOT_A_CASE = re.compile(r"\b(?:adequate|function|values?|tests?|levels?|results?|laborator\w+)\b", re.IGNORECASE)


def of_the_case(text: str, found: tuple[Atom, ...]) -> tuple[Atom, ...]:
    """The comparisons, those that an exception to an illness asks for being of whoever has it."""
    lead = _BUT_FOR.match(text)
    if lead is None or not found or found[0].start < lead.end() or _NOT_A_CASE.search(lead["who"]):
        return found
    if not (_is_a_case(lead["who"]) or _NEOPLASM.search(lead["who"])):
        return found
    who, stop = " ".join(lead["who"].split()), _STOP.search(text, lead.end())
    end = stop.start() if stop is not None else len(text)
    is_of_a_dose = found[0].measure == "dose" and "provided" in lead[0].lower()
    return tuple(
        replace(each, when=who)
        if (each.measure in LABS or (each is found[0] and is_of_a_dose))
        and not each.when
        and not each.unless
        and each.start < end
        else each
        for each in found
    )


_NEOPLASM = re.compile(r"neoplasm|diabet|hepatitis|\b(?:AML|MDS)\b", re.IGNORECASE)
_STOP = re.compile(r";|\.\s+[A-Z]")


_SPARED = re.compile(
    rf"\s*(?:(?P<people>{_PEOPLE})\s+(?:(?:who\s+are\s+)?(?:currently\s+)?(?:on|taking|receiving)|with|who\s+have|having)\s+)?"
    r"(?P<who>(?:[^.;:()\[\]<>≤≥=]|\([A-Z]{2,6}\)){4,160}?)(?:\s*\([^()]{0,160}\))?,?\s+(?:who\s+)?(?:is|are|may|can|will|would)\s+(?:still\s+|also\s+|remain\s+)?(?:be\s+)?"
    r"(?P<how>allowed|eligible|permitted|acceptable|accepted|enrol\w*|includ\w+|participat\w+|exempt\w*|not\s+(?:be\s+)?(?:exclu\w+|disqualif\w+))(?P<rest>[^.;:()\[\]]{0,120})",
    re.IGNORECASE,
)
"""`Subjects with Gilbert's syndrome are eligible`: nothing is asked of them, so the bound before spares them."""
_IS_SPARED = re.compile(
    r"\s(?:is|are|may|can|will|would)\s+(?:still\s+|also\s+|remain\s+)?(?:be\s+)?(?:allowed|eligible|permitted|acceptable|accepted|enrol|includ|participat|exempt|not\s+(?:be\s+)?(?:exclu|disqualif))",
    re.IGNORECASE,
)
"""What is said of them."""
_SERVES = re.compile(
    r"\s*\bto\s+(?:meet|reach|achieve|maintain|fulfil|support|control|obtain|attain|correct|raise)\b", re.IGNORECASE
)
"""`Transfusion to reach this threshold is acceptable` says how, not whom."""
_RAISED = re.compile(
    r"\b(?:(?:higher|elevated|abnormal|increased|lower|greater|any)\s+(?:[\w/]+\s+){0,4}?|(?:values?|levels?|counts?|elevations?)\s+(?:[\w/]+\s+){0,3}?|[^.;()]{0,60}(?:below|above|outside)\s+(?:this|these|the)\s+(?:thresholds?|limits?|levels?|values?|range)\s+)"
    r"(?:(?:is|are|will\s+be|may\s+be|can\s+be)\s+(?:acceptable|accepted|allowed|permitted|eligible)\s+)?(?:if|in|for|when|due\s+to|secondary\s+to|related\s+to)\s+(?:there\s+is\s+)?(?P<who>(?!(?:the\s+)?(?:enrol|study|eligib|entry|inclusion|participa|treatment|trial))[^.;()\[\]<>≤≥=\d]{4,90})",
    re.IGNORECASE,
)
_ALLOWS = re.compile(
    r"\b(?:acceptable|accepted|allow\w*|permit\w*|eligible|enrol\w*|not\s+(?:be\s+)?(?:exclu\w+|disqualif\w+))\b", re.IGNORECASE
)
_THIS_BOUND = re.compile(
    r"\b(?:this|these|the\s+above|above)\s+(?:\w+\s+){0,2}(?:criteri\w+|requirements?|limits?|thresholds?|bounds?)|exempt",
    re.IGNORECASE,
)
_OF: tuple[tuple[re.Pattern[str], frozenset[str]], ...] = (
    (re.compile(r"gilbert|hyperbilirubin|bilirubin", re.IGNORECASE), frozenset({"bilirubin", "bilirubin_direct"})),
    (re.compile(r"anti-?coag|warfarin|coumadin|heparin", re.IGNORECASE), frozenset({"inr", "pt", "ptt", "aptt"})),
    (re.compile(r"marrow|cytopeni|neutropeni", re.IGNORECASE), frozenset({"neutrophils", "platelets", "haemoglobin", "leucocytes", "lymphocytes"})),
    (re.compile(r"liver|hepatic|hemoly|haemoly", re.IGNORECASE), frozenset({"alt", "ast", "alp", "bilirubin", "ggt"})),
    (re.compile(r"pacemaker|bundle branch", re.IGNORECASE), frozenset({"qtc", "heart_rate"})),
    (re.compile(r"fever|pyrexia", re.IGNORECASE), frozenset({"temperature"})),
)  # fmt: skip
"""Which bounds a case can be spared of, where the text does not say."""


_LOWERED = re.compile(
    r"[.;(,]\s*(?:where|if|when|in|for|given|with|among)\s+(?P<who>[^.;()<>≤≥=\d]{4,90}?),?\s+(?:then\s+)?(?:(?:patients|subjects|participants|those)\s+with\s+)?(?:any\s+)?(?:[A-Z]{2,5}\s+(?:or\s+|and\s+)?){0,3}(?:lower|higher|abnormal\w*|greater|elevated|raised|reduced)\s+(?:\w+\s+){0,3}?"
    r"(?:(?:is|are|remain|will\s+be|may\s+be|can\s+be)\s+)?(?:allowed|accept\w*|permitted|tolerated|eligible)\b",
    re.IGNORECASE,
)
"""`Where the marrow is infiltrated, lower counts are allowed`: every bound of the sentence before spares them."""


_NEED_NOT = r"(?:(?:do|does|will|would)\s+not\s+(?:need|have|be\s+required)\s+to|(?:are|is)\s+not\s+(?:required|obliged|expected)\s+to|need\s+not)"
_EXCUSED = re.compile(
    rf"[.;:(,*]\s*(?:(?:however|note)[,:]?\s+)?(?:{_PEOPLE}\s+(?:(?:who\s+are\s+)?(?:currently\s+)?(?:on|taking|receiving)|with|who\s+(?:have|are)|having)\s+)?"
    rf"(?P<who>(?!{_PEOPLE}\s+(?:do|will|are|need)\b)[^.;:()\[\]<>≤≥=]{{3,120}}?),?\s+{_NEED_NOT}\s+(?:meet|satisfy|fulfill?|comply\s+with|conform\s+to)\s(?P<what>[^.;()]{{0,120}})"
    rf"|\s{_NEED_NOT}\s+be\s+(?:met|satisfied|fulfilled)\s+(?:by|in|for|if)\s+(?:{_PEOPLE}\s+(?:with|who\s+(?:have|are)(?:\s+(?:on|receiving|taking))?|on|receiving|taking)\s+)?(?P<whom>[^.;:()\[\]<>≤≥=]{{3,120}})",
    re.IGNORECASE,
)
"""`Those who are on anticoagulants do not need to meet the criteria for PT and PTT`."""
_ALL_OF_IT = re.compile(r"\b(?:these|criteria|requirements|limits|thresholds)\b", re.IGNORECASE)


_EXCEPTED = re.compile(r",\s*(?P<who>[a-z][^,.;()<>≤≥=\d]{3,60}?)\s+(?:are\s+|is\s+)?excepted\b", re.IGNORECASE)
"""`QTc > 480 ms, pacemaker carriers excepted`."""


def spare(line: Line) -> None:
    """Put whom a clause spares to the bounds that stand before it."""
    if line.found and any(each in line.text for each in (" need", " required to ", " have to ", " obliged ", " expected to ")):
        for found in _EXCUSED.finditer(line.text, line.found[0].end):
            said = found["what"] or ""
            named = {
                name
                for each in line.marks
                if each.kind == "measure" and found.start("what") <= each.start < found.end("what")
                for name in each.says.split("+")
            }
            each = _ALL_OF_IT.search(said) is not None
            _spare(line, found.start(), found.end(), found["who"] or found["whom"], explicit=True, each=each, named=named)
    if (
        not line.found
        or _ALLOWS.search(line.text) is None
        and not any(each in line.text for each in ("xempt", "xcepted", "tolerated", "be included", " participate"))
    ):
        return
    for found in _LOWERED.finditer(line.text, line.found[0].end):
        _spare(
            line,
            found.start(),
            found.end(),
            re.sub(r"(?i)\s+(?:is|are)\s+the\s+(?:cause|reason)$", "", found["who"]),
            explicit=True,
            each=True,
        )
    for found in _who_is_spared(line.text, line.found[0].end):
        explicit = _THIS_BOUND.search(found[0]) is not None and "within the" not in found["rest"]
        if _SERVES.search(found["who"]) or _SERVES.match(found["rest"]):
            continue
        if found["people"] or CUE.search(found["who"]):
            each = explicit and _ALL_OF_IT.search(found["rest"]) is not None
            _spare(line, found.start(), found.end(), found["who"], explicit=explicit, each=each)
    for found in _EXCEPTED.finditer(line.text, line.found[0].end):
        _spare(line, found.start(), found.end(), found["who"], explicit=True)
    for found in _RAISED.finditer(line.text, line.found[0].end):
        around = line.text[max(0, found.start() - 40) : found.end() + 60]
        is_a_head = any(start <= found.start() < end for start, end, _ in line.apart)
        if not is_a_head and _ALLOWS.search(around) and not _SERVES.search(found["who"]):
            _spare(line, found.start(), found.end(), found["who"], explicit=True)


def _who_is_spared(text: str, start: int) -> Iterator[re.Match[str]]:
    """The clauses that spare somebody; looked for from the last stop before what is said of them, as they reach across none."""
    while (said := _IS_SPARED.search(text, start)) is not None:
        end = text.rfind("(", start, said.start())
        end = end if end >= 0 else said.start()
        begin = max(start, *(text.rfind(each, start, end) + 1 for each in ".;:[]<>≤≥="))
        found = _SPARED.search(text, begin)
        if found is None:
            return
        yield found
        start = found.end()


def _spare(
    line: Line, start: int, end: int, who: str, *, explicit: bool, each: bool = False, named: Set[str] = frozenset()
) -> None:
    if any(start <= atom.start < end for atom in line.found) or re.search(r"(?<![A-Za-z\d-])\d|[<>≤≥]", line.text[start:end]):
        return
    before = [
        index for index, atom in enumerate(line.found) if atom.end <= start and (atom.measure in LABS or atom.measure == "?")
    ]
    who = re.sub(r"(?i)^(?:the\s+)?(?:known|documented|confirmed)?\s*|\s+(?:and\s+)?in\s+whom\b.*", "", " ".join(who.split()))
    if named:
        before = [index for index in before if line.found[index].measure in named]
    for words, measures in _OF:
        if not named and words.search(who):
            related = [index for index in before if line.found[index].measure in measures]
            if not related:
                return
            before = [index for index in related if each or line.found[index].bound == line.found[related[-1]].bound]
            break
    else:
        if not explicit or not before:
            return
        before = [index for index in before if each or line.found[index].bound == line.found[before[-1]].bound]
    for index in before:
        held = line.found[index]
        if not held.when and not held.unless:
            line.found[index] = replace(held, unless=who)
