"""What stands right behind a bound and says of whom it is, once every bound of a line is known."""

import re
from dataclasses import replace

from .line import LABS, Line

_ON = re.compile(
    r"\s*(?:(?:when|while|if|for\s+those|for\s+patients|those|patients)\s+)?(?:on|off|taking|receiving|using)\s+(?!(?:the\s+)?(?:day|days|screening|study|cycle|repeat\w*|two|three|at|each|both|all|any|one|more|(?:an?\s+)?(?:scan|single|regular|repeat|routine|daily|weekly|stable\s+dose)|ECG|EKG|CT|MRI|PET|imaging|ultrasound|echo\w*|serial|separate|consecutive|central|local|average|trial|treatment|protocol)\b)"
    r"(?P<who>(?:stable\s+|oral\s+|chronic\s+|therapeutic\s+)*[A-Za-z][A-Za-z/ -]{2,50}?)\s*(?=[()\[\],;.]|$|\b(?:and|or)\s+[\w-]+\s*\\?[<>≤≥])",
    re.IGNORECASE,
)
"""`INR < 1.3 (or < 3.0 on anticoagulants)`."""
_LIMIT_IS = re.compile(
    r"(?:\s*\([^()]{2,60}\))?[^.;()<>≤≥=\d]{0,40}?,?\s*\bunless\s+(?P<who>[^.;()<>≤≥=\d]{0,50}?\b(?:normal|limits?|ranges?|ULN|LLN)\b[^.;()<>≤≥=\d]{0,40}?\b(?:is|are)\s+(?:set\s+)?(?:lower|higher|below|above|less|greater|different)\b(?:\s+than\s+(?:this|that))?)(?P<than>\s+than\s+\d[\d.,]*\s*(?:%|[A-Za-z/]+)?)?",
    re.IGNORECASE,
)
"""`≥ 50 % (by echocardiogram) unless the institutional lower limit of normal is lower`."""
_ONLY_IF = re.compile(
    r"(?:\s+[A-Za-z][\w-]*){0,4}?[\s,(]+(?:(?:is|are)\s+(?:eligible|allowed|permitted)\s+)?only\s+(?:if|when|where)\s+(?P<who>[^.;()<>≤≥=\d]{4,90})",
    re.IGNORECASE,
)
"""`stage IIIB only if not a candidate for curative therapy`."""
_AND_BUT = re.compile(r"\s*,?\s*(?:but|and)\s*,?\s*\\?(?:[<>≤≥]\s?=?|=[<>])?\s*$", re.IGNORECASE)
_EXCEPTED = re.compile(r"\s*[A-Za-z ]{0,30}\),?\s*(?:unless|except)\s", re.IGNORECASE)


def behind(line: Line) -> None:
    """Put what stands right behind a bound to it, and give the first of a pair the unit of the second."""
    found, text = line.found, line.text
    is_on = any(each in text for each in (" on ", " off ", "taking", "receiving", "using"))
    is_limited, is_only = "unless" in text or "except" in text, "only " in text
    within: list[tuple[int, int]] = []
    for index, each in enumerate(found):
        if index and found[index - 1].measure == each.measure and each.unit and not found[index - 1].unit:
            if each.measure == "bmi" and _AND_BUT.fullmatch(text, found[index - 1].end, each.start):
                found[index - 1] = replace(found[index - 1], unit=each.unit)
        if is_limited and each.measure == "size" and each.unless and index:
            before = found[index - 1]
            opened = text.find("(", before.end, each.start)
            if (
                before.measure == "count"
                and not (before.when or before.unless)
                and opened >= 0
                and _EXCEPTED.match(text, each.end)
            ):
                found[index - 1] = replace(before, unless=each.unless)
                continue
        if each.when or each.unless and "than" not in text[each.end :]:
            continue
        if is_on and each.measure in LABS and index:
            same = [
                other for other in found[:index] if (other.measure, other.op, other.unit) == (each.measure, each.op, each.unit)
            ]
            said = _ON.match(text, each.end) if same and any(other.value != each.value for other in same) else None
            if said is not None:
                who = " ".join(said["who"].split())
                bound = each.bound
                found[:] = [replace(other, when=who) if other.bound == bound else other for other in found]
                continue
        if is_limited and each.measure in LABS and (said := _LIMIT_IS.match(text, each.end)) is not None:
            if each.unless and not said["than"]:
                continue
            found[index] = replace(each, unless=" ".join(f"{said['who']}{said['than'] or ''}".split()))
            within.append((said.start("who"), said.end()))
        elif is_only and each.measure == "stage" and (said := _ONLY_IF.match(text, each.end)) is not None:
            found[index] = replace(each, when=" ".join(said["who"].split()))
    if within:  # what the exception compares is no bound of its own
        found[:] = [each for each in found if not any(start <= each.start < end for start, end in within)]
