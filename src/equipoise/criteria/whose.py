"""Clauses at the head of a bound that say of whom it is: by age, or by why another value is raised."""

import re
from collections.abc import Sequence

from .asides import bounded_first
from .marks import Mark

_PEOPLE = r"(?:(?:(?:younger|older|adult|adolescent|pa?ediatric|elderly)\s+)?(?:patients?|pts?|subjects?|participants?|individuals?|people|persons?|those|children|adolescents?|teenagers|adults?|minors|child))"
_SIGN = r"(?:\\?[<>≤≥]\s?=?|=\s?[<>]|(?:under|over|below|above|(?:younger|older|less|more|greater)\s+than|at\s+least)(?:\s+the\s+age\s+of)?)"
_UNIT = r"(?:years?|yrs?|months?|weeks?)"
_ONE = rf"(?:{_SIGN}\s*)?\d{{1,2}}(?:[\s-]*{_UNIT}(?:\s+(?:of\s+age|old))?)?"
_AGE = (
    rf"(?:{_ONE}\s*(?:-|–|to|and|but|through)\s*{_ONE}|{_SIGN}\s*\d{{1,2}}(?:[\s-]*{_UNIT})?|\d{{1,2}}[\s-]*{_UNIT}(?=[^.;,]{{0,9}}\s+(?:or|and)\s+(?:older|over|above|younger|under|below)))"
    r"(?:[\s-]*(?:of\s+age|old|in\s+age))?(?:,?\s+(?:or|and)\s+(?:older|over|above|younger|under|below))?"
)
_BETWEEN = r"(?:(?:aged?|ages|of\s+age|(?:between|from)(?:\s+(?:the\s+)?ages?(?:\s+of)?)?|(?:the\s+)?ages?\s+(?:of|between)|in\s+the\s+age\s+(?:range|group)(?:\s+of)?)\s+)"
_NOTED = r"(?:\s*\([A-Za-z][A-Za-z -]{2,30}\))?"
_WHEN = r"(?:\s+(?:at|on|by)\s+(?:the\s+time\s+of\s+)?(?:screening|enrol?lment|consent|entry|registration|study\s+entry|signing[a-z ]{0,40}|randomi[sz]ation|baseline))?"
_HEADED_BY_AGE = re.compile(
    r"(?:^\W*(?:\d+[.)]\s+)?|[.;:]\s+(?:\d+[.)]\s+)?|\(\s*)(?P<head>(?:"
    rf"(?:if|when|where)\s+(?:(?:the|an?|any)\s+)?(?:{_PEOPLE}\s+(?:is|are)\s+|{_PEOPLE}\s+|age\s+(?:is\s+)?|aged\s+)?{_BETWEEN}?(?P<if>{_AGE}){_WHEN}{_NOTED}(?:\s+only)?\s*,?\s*(?:then\b|(?<=,))"
    rf"|(?:for|in|among)\s+(?:(?:the|all)\s+)?{_PEOPLE}\s+(?:who\s+are\s+)?{_BETWEEN}?(?P<for>{_AGE}){_WHEN}{_NOTED}(?:\s+only)?\s*[,:]"
    rf"|(?:(?:the|all)\s+)?{_PEOPLE}\s+(?:who\s+are\s+)?{_BETWEEN}?(?P<who>{_AGE}){_WHEN}{_NOTED}(?:\s+only)?\s+(?=(?:must|should|need\s+to|have\s+to)\b))\s*)",
    re.IGNORECASE,
)
"""`If the subject is ≥ 75 years of age, then`, `for those between the ages of 12-18 years only,`, `participants who are < 18 years must`."""
_OF_YEARS = re.compile(rf"{_UNIT}|\bage|\bold", re.IGNORECASE)
_GROWN_UP = re.compile(
    r"(?:(?:\\?[>≥]\s?=?|at\s+least|over)\s*)?1[68]\s*(?:years?\s*)?(?:-|–|to|and|through)\s*(?:\\?[<≤]\s?=?\s*)?[5-9]\d",
    re.IGNORECASE,
)
"""`those aged 18 to 65 years must have` is everybody."""
_LAST_UNIT = re.compile(rf"\b{_UNIT}(?!.*{_UNIT})|(?<=\d){_UNIT}(?!.*{_UNIT})", re.IGNORECASE)
_FROM_TO = re.compile(rf"\d{{1,2}}[\s-]*(?:{_UNIT})?\s*(?:of\s+age\s*)?and\s+\d", re.IGNORECASE)
_COMPARED = re.compile(
    r"(?:(?!\b(?:if|unless|who|with)\b)[^.;<>≤≥\d]){2,90}?(?:\\?[<>≤≥]|=[<>]|\bat\s+least\s+\d|\bthan\s+\d|\bbe\s+(?:either\s+)?\d)",
    re.IGNORECASE,
)
_OF_A_CAUSE = re.compile(
    rf"(?:^\W*|[.;:(]\s*)(?P<head>(?:in|for|if|among)\s+(?:the\s+)?{_PEOPLE}\s+(?:with|who\s+have|has|have)\s+(?P<case>(?:(?:an?|known|documented|confirmed|well-documented)\s+)*[^.,;:()<>≤≥=\d]{{3,90}}?)"
    rf"(?:,\s*(?:{_PEOPLE}\s+(?:with|who\s+have)\s+(?:an?\s+)?(?=(?:[^.;]|\.\d){{4,90}}?\b(?:eligib|enrol|allow|permit|includ|participat)))"
    r"|(?P<besides>,?\s+(?:(?:and|whose|in\s+whom|when|where)\s+(?:(?:the|their|an?)\s+)?(?:(?:serum|total)\s+)*[a-z]+\s+(?:(?:level|value)\s+)?(?:(?:is|are)\s+)?(?:of\s+)?(?:grade\s+\d(?:\s*(?:-|or|to)\s*\d)?|elevated|raised|increased|abnormal)"
    r"|(?:and|with)\s+(?:an?\s+)?(?:elevated|raised|increased|abnormal)(?:\s+[a-z]+){1,3}?))\s*,\s*(?:then\s+)?(?:the\s+)?)\s*)",
    re.IGNORECASE,
)
"""`in patients with Gilbert's and the total bilirubin is grade 1, then`, `in those with a raised bilirubin due to haemolysis, patients with`."""
_HELD = re.compile(r"gilbert|\b(?:due|secondary|because|caused|from|related|attribut\w+)\b", re.IGNORECASE)


def whose(text: str, marked: Sequence[Mark]) -> list[tuple[int, int, str]]:
    """Where a clause that says whom what follows is of begins and ends, and what it says."""
    found = []
    low, marked = text.lower(), [each for each in marked if each.kind != "which"]
    if any(each in low for each in ("if ", "when ", "where ", "for ", "in ", "must", "should", "need to", "have to")):
        for each in _HEADED_BY_AGE.finditer(text):
            said = each["if"] or each["for"] or each["who"]
            if _OF_YEARS.search(each["head"]) is None or _COMPARED.match(text, each.end()) is None:
                continue
            first = bounded_first(marked, each.end())
            if first == "age" or (each["who"] and (not first or _GROWN_UP.match(said))):
                continue
            words = re.sub(r"(?i)[\s-]+old\b", " of age", " ".join(said.split()).replace("\\", ""))
            if _FROM_TO.match(words) is not None:
                words = f"between {words}"
            if _OF_YEARS.search(words) is None:
                words = f"{words} years of age"
            elif "age" not in words:
                words = _LAST_UNIT.sub(r"\g<0> of age", words)
            found.append((each.start("head"), each.end("head"), words))
    if "direct" in low or "eligib" in low or "enrol" in low or "allow" in low:
        found += [
            (each.start("head"), each.end("head"), " ".join(f"{each['case']}{each['besides'] or ''}".split()))
            for each in _OF_A_CAUSE.finditer(text)
            if _HELD.search(each["case"]) and bounded_first(marked, each.end()) not in ("", "age", "time")
        ]
    return found
