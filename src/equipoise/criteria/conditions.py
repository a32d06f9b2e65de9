"""The conditions under which a threshold counts, and how far their words reach."""

import re
from dataclasses import replace

from .line import CUE, DEPENDENT, LABS, Line
from .measures import LIMIT, LONG
from .reach import NORMAL_BESIDES, THOSE_CASES, Ahead, ahead, condition_end, is_after_a_case, names_bound, opens
from .targets import APPLIES, CLOTTING, OF_BILIRUBIN, Condition, between, put_to_what_stands_before

_ELIGIBLE = re.compile(
    r"eligible|allowed|permitted|enrol|acceptable|participate|includ|treated|despite|qualify|enter", re.IGNORECASE
)


_WHO_ARE_ADMITTED = re.compile(
    r"(?:[^.;]|\.\d){0,120}?\b(?:may|can|will|are|is|should)\s+(?:still\s+|also\s+)?(?:be\s+)?(?:enrol|eligible|allow|permit|includ|participat|acceptable)",
    re.IGNORECASE,
)
"""`patients with Gilbert's syndrome who have bilirubin ≤ 3 x ULN may be enrolled`."""


_ADMITS_THEM = re.compile(
    r"\s+(?:(?:will|may|can|are|is|should)\s+(?:still\s+|also\s+)?(?:(?:be\s+)?(?:enrol|eligible|allow|permit|includ|accept|exempt)|not\s+(?:be\s+)?(?:exclu|required\s+to\s+(?:meet|satisf|fulfil)))"
    r"|(?:need\s+not|(?:do|does|will)\s+not\s+(?:need|have)\s+to)\s+(?:meet|satisf|fulfil))\w*(?!.*\b(?:provided|if|as\s+long|when)\b).*$",
    re.IGNORECASE | re.DOTALL,
)


_BARRED = re.compile(r"\b(?:be|is|are)\s+(?:excluded|ineligible|not\s+eligible|exclusionary)\b", re.IGNORECASE)


_NO_CONDITION = re.compile(
    r"(?:study\s+|the\s+)?(?:enrol\w*|eligibility|participation|entry|inclusion|study)|(?:may|can)\s+be\s.*|are|is|"
    r"(?:the\s+|this\s+)?criteri\w+\s+(?:is|are)\s+(?:met|fulfilled)\b.*|(?:not\s+)?(?:meeting|met|satisfying|fulfilling)\s+(?:\w+\s+){0,3}criteri\w+.*|(?:with|who\s+have|having)|(?:the\s+)?following(?:\s+exceptions?)?|(?:[\w-]+\s+){0,2}(?:results?|data|values?)\s+(?:is|are)\s+available|(?:if\s+)?(?:available|applicable|clinically indicated|possible|needed|necessary|required|indicated|known|feasible|done|performed|appropriate)|"
    r"(?:it\s+is\s+|as\s+)?(?:otherwise|as)\s+(?:\w+\s+)?(?:indicated|stated|specified|noted|defined|described|mentioned|permitted|agreed|listed)\b.*|"
    r"(?:indicated|stated|specified|noted)\s+otherwise\b.*|(?:in\s+)?(?:the\s+)?(?:opinion|judge?ment)\b.*",
    re.IGNORECASE,
)
"""What qualifies how a bound is looked at, not when it counts."""
_LOOKED_AT = re.compile(
    r"(?:\b(?:scans?|acquisition|echocardiogra\w+|collection|as\s+(?:measured|assessed|determined)\b[^.;()<>≤≥]{2,50})|\(\s*(?:or\s+)?(?:an?\s+)?[^()<>≤≥]{2,40}\s(?:test|method))(?:\s*\[[^\[\]]*\])?\s*\(?\s*$",
    re.IGNORECASE,
)
"""`(or MUGA scan if an echocardiogram cannot be performed)` says when another test is done."""
_BY_A_FORMULA = re.compile(
    r"(?:using|calculated|estimated)\s+(?:by\s+|with\s+)?(?:the\s+)?(?:[\w-]+\s+){1,3}(?:formula|equation|method)\b",
    re.IGNORECASE,
)
_NO_OTHER_CASE = re.compile(
    r"(?:[),.\s]*,|\s*\bthen|\s*\bthan)\s+[^.;,<>≤≥=\d]{2,60}?\s(?:can|may|should|will|must)\s+(?:supersede|replace|be\s+(?:used|taken|repeated|obtained|performed|done|measured|calculated|checked))\b",
    re.IGNORECASE,
)
"""What is done then is no other bound: `if a nuclear scan exceeds this level, then it can supersede the estimate`."""
_IS_ADMITTED = re.compile(
    r"(?:[^.;,]|\.\d){0,60},\s*(?:then\s+)?(?:the\s+)?(?:patients?|subjects?|participants?|they)\s+(?:will|may|can|is|are|would)\s+(?:be\s+)?(?:considered\s+)?(?:meet|eligible|enrol|allow|includ|participat)(?!.*\b(?:if|after|unless|provided|when)\b)",
    re.IGNORECASE,
)
_IS_LOOKED_INTO = re.compile(r"\s*,\s*(?:then\s+)?(?:measure|repeat|fractionate|obtain|perform)\s+(?!\w+ly\b)", re.IGNORECASE)
"""`if total bilirubin is > 1.5 x ULN, measure direct bilirubin`: what is to be done is no bound."""
_GIVEN = re.compile(r"(?:by|in|to|at|through|from|with)\b", re.IGNORECASE)
_MEASURED = re.compile(
    r"(?:taken|used|measured|assessed|calculated|determined|corrected|evaluated|obtained|scored|tested|performed|using|estimated)\b",
    re.IGNORECASE,
)
_SPARED = re.compile(
    r"\b(?:(?:higher|elevated|increased|abnormal|lower|greater)\s+(?:\w+\s+){0,4}?(?:(?:is|are|may\s+be|will\s+be|can\s+be)\s+)?"
    r"(?:allowed|acceptable|accepted|permitted|eligible)|enrol\w*\s+(?:below|above|outside)\s+(?:this|these|the)\s+\w+|exempt\w*|waived|not\s+(?:be\s+)?required"
    r"|(?:not\s+(?:need|have|be\s+required|required)\s+to|need\s+not)\s+(?:be\s+met|(?:meet|satisfy|fulfill?)\s+(?:\w+\s+){0,2}(?:criteri\w+|requirements?|limits?|thresholds?|bounds?)))(?:\s+(?:by|in|for))?\s*,?\s*$",
    re.IGNORECASE,
)
"""`Higher levels are acceptable if`: what comes now sets apart from the bound."""
_NEEDS_NOT = re.compile(
    r"\b(?:need\s+not|not\s+(?:need|have|be\s+required|required)\s+to)\s+(?:be\s+met|meet|satisfy|fulfill?)\b[^.;]{0,40}$|\bwaived\s*$",
    re.IGNORECASE,
)
_OR_IN_RANGE = re.compile(r"\bor\b[^;.]{0,50}\b(?:within|in)\b[^;.]{0,40}\b(?:range|limits)\s*,?\s*$", re.IGNORECASE)
"""`INR < 1.5, or within the target range if anticoagulated`: those who are need not keep the bound."""
_THEN_IN_RANGE = re.compile(
    r"\W*or\s*,?\s*\|if\b[^.;()<>≤≥]{0,110}\bwithin\s+(?:the\s+|their\s+)?(?:target|therapeutic|intended)", re.IGNORECASE
)
"""`INR ≤ 1.5 x ULN, or if anticoagulated, INR is within the target range`."""
_ONLY_CHECKED = re.compile(
    r"\b(?:confirm\w*|measurement|determination|test\w*)\b[^.;]{0,60}\b(?:required|needed|necessary|done|performed|used)\s*$",
    re.IGNORECASE,
)
"""`Confirmation of the clearance is only required when`: no condition of the bound."""
_SUPPORT = re.compile(r"\b(?:transfus\w+|growth factors?|g-?csf|(?:any )?support|supplement\w*|oxygen)\b", re.IGNORECASE)
_PERMITTED_IF = re.compile(r"\s*(?:are|is|will\s+be|may\s+be)\s+(?:permitted|allowed|eligible)\s+if\b", re.IGNORECASE)
_EXCLUDED = re.compile(r"\b(?:excluded|ineligible|exclusionary)\s+$", re.IGNORECASE)
_AN_EXAMPLE = re.compile(r"\be\.?\s?g\b[.,\s]*$", re.IGNORECASE)


_ENDS = re.compile(
    r"(?i)^(?:(?:is|are|(?:will|may|can)\s+be)\s+(?:made\s+|allowed\s+)?(?:for|in)\s+(?:(?:patients|subjects|participants|those)\s+with\s+)?|for(?=\s+Gilbert)|with|the|a|an|in|of|those|patients with|subjects with|participants with|patients|subjects|participants)\s+(?!.*\bwithout\b)(?=\w)|(?:[\s,(]+(?:and|or|who|have|has|as|the|must|is|be|whose|in|of|with|they|it|-+))+(?:\s+(?-i:an?))?$"
)


def past(line: Line, at: int) -> int:
    """The place behind a condition; stretches of time inside it are kept."""
    stop = _conditioned(line, at)
    held = line.last, line.last_at, line.joint, line.consumed, line.carried
    for place in range(at + 1, stop):
        mark, prior = line.marks[place], line.before(place)
        if mark.kind == "number" and mark.second == LONG and prior is not None and prior > at:
            if line.marks[prior].kind == "within":
                line.made([("<=", mark.number, mark.unit, LONG)], ["time"], place, place)
            elif line.marks[prior].kind == "op":
                is_age = mark.unit == "years" and (
                    (prior == at + 1 and line.marks[at].second in ("in those", "for those"))
                    or re.match(r"(?:old|young)er\b", line.marks[prior].second) is not None
                    or re.match(r"\s*(?:of\s+age|old)\b", line.text[mark.end : mark.end + 10]) is not None
                    or any(each.says == "age" for each in line.marks[at + 1 : prior])  # `if the legal age is > 18 years`
                )
                line.made([(line.op_at(prior), mark.number, mark.unit, LONG)], ["age" if is_age else "time"], place, place)
            elif place + 1 < len(line.marks) and line.marks[place + 1].kind == "after":
                line.made([(line.marks[place + 1].says, mark.number, mark.unit, LONG)], ["time"], place, place + 1)
    if stop > at + 1:
        line.last, line.last_at, line.joint, line.consumed, line.carried = held
    return stop


_ASIDE = re.compile(
    r"\s*(?:\(\s*[\d.,]+\s*[^()]{0,20}\)|(?:with|and)\s+(?:an?\s+)?(?:[A-Za-z ]{3,40}\s+(?:WNL|(?:(?:within|in)\s+(?:the\s+)?)?normal(?:\s+(?:limits|range))?(?:\s*\(WNL\))?)|normal\s+[A-Za-z ]{3,40}))\s*,?\s*",
    re.IGNORECASE,
)
"""What may stand between a bound and its condition: the same value in another unit, another value within normal limits."""
_DENIED = re.compile(
    r"(?:who\s+)?(?:do|does|are|is)\s+not\s+(?:currently\s+)?(?:receiv\w+|tak\w+|on|have|using)\s+", re.IGNORECASE
)


_OF_A_KIND = re.compile(r"\b(?:adult|pa?ediatric|adolescent|younger|older|elderly) (?:patients|subjects|participants)$")
_OF_A_SEX = re.compile(r"\b(males?|females?|men|women|boys|girls|adults|children|adolescents)\b")
_WHOLE = ("secondary", "attribut", "for adults", "for children")
_OF_WHOM = re.compile(r"for|in|(?:patient|subject|participant|individual)s?\b|those\b")
_ADEQUATE = re.compile(r"\s+(?:an?\s+)?(?:abnormal|inadequate|adequate|impaired|normal|acceptable)\b", re.IGNORECASE)
_PEOPLE_WITH = re.compile(r"(?:patients?|subjects?|participants?|individuals|those) with")


def _condition(line: Line, at: int) -> Condition | int:
    """The condition that begins at a mark, or the place to go on from where there is none."""
    mark = line.marks[at]
    stop, has_bound, has_measure = condition_end(line, at)
    found = Condition("", stop, mark.says == "unless" or mark.second.startswith("exception"), has_bound, has_measure)
    sexed = _OF_A_SEX.search(mark.second)
    if stop == at + 1 and sexed is None and _OF_A_KIND.search(mark.second) is None:
        return at + 1
    if has_measure and not has_bound and not line.found and _PEOPLE_WITH.match(mark.second):
        return at + 1  # `patients with AST, ALT ≤ 2.5 x ULN`
    if (
        at
        and not has_measure
        and line.marks[at - 1].says in ("formula", "equation")
        and mark.second.startswith(("for ", "in "))
    ):
        return at + 1  # `by the Schwartz formula in children` is no condition of the bound
    if _PEOPLE_WITH.match(mark.second) and _ADEQUATE.match(line.text, mark.end):
        return at + 1  # `patients with abnormal liver tests: ALT > 10 x ULN` says what is abnormal
    if mark.second == "presence of" and (not line.found or (at and line.marks[at - 1].kind == "join")):
        return at + 1  # `presence of an abnormal ECG`, `and presence of circulating DNA`: is what is asked
    if at and line.marks[at - 1].says == "even":
        return at + 1 if has_bound else stop  # `even if he has recovered` sets nobody apart
    words = line.text[mark.end : line.marks[stop - 1].end].strip(" ,:;()[]") if stop > at + 1 else ""
    if mark.kind == "word" or (mark.second.startswith("with") and not found.unless) or mark.second.startswith(_WHOLE):
        words = line.text[mark.start : line.marks[stop - 1].end].strip(" ,:;()[]")
    if sexed is not None and re.match(r"\s*(?:and|or|&)\s+(?:fe)?males?\b", line.text[mark.end : mark.end + 14], re.IGNORECASE):
        return at + 1  # `> 470 ms for males and females`
    if sexed is not None and mark.second.startswith(("for", "in")):
        words, found.stop, found.of_a_sex = sexed[1], at + 1, True
    if (kind := _OF_A_KIND.search(mark.second)) is not None:
        words = f"{kind[0]} {words}".strip()
    if mark.second.endswith(" without") and words:
        words = f"without {words}"
    admits = _ADMITS_THEM.search(words)
    if admits is not None and not has_bound and at and (line.marks[at - 1].kind in ("(", "[") or "need not" in admits[0]):
        words, found.unless = words[: admits.start()], True  # `patients with Gilbert's syndrome will not be excluded`
    if stop < len(line.marks) and line.marks[stop].second == "if" and NORMAL_BESIDES.match(f"{_ENDS.sub('', words)} if it"):
        return at + 1  # `≤ 5 x ULN with bilirubin WNL if liver metastases are present`
    words = NORMAL_BESIDES.sub("", _ENDS.sub("", words))
    if re.match(r"(?:the )?target (?:INR|levels?|values?|range)\b", words, re.IGNORECASE):
        return stop  # `anticoagulation is allowed if target INR < 1.5`
    behind = line.marks[stop : stop + 2]
    if (
        has_measure
        and not has_bound
        and line.marks[stop - 1].kind == "measure"
        and [each.kind for each in behind] in (["(", "op"], ["[", "op"])
    ):
        return at + 1  # `in the setting of castrate levels of testosterone (≤ 50 ng/dL)` has the bound in it
    is_example = _PEOPLE_WITH.match(mark.second) and _AN_EXAMPLE.search(line.text, max(0, mark.start - 8), mark.start)
    if at and (line.marks[at - 1].says == "including" or is_example):
        return at + 1  # `eGFR < 30 mL/min (including patients on dialysis)`
    if (mark.second == "when" and _MEASURED.match(words)) or (mark.second == "provided" and _GIVEN.match(words)):
        return at + 1
    if _NO_CONDITION.fullmatch(words) or (
        mark.second.startswith(("not ", "in absence", "in the absence")) and _SUPPORT.search(words)
    ):
        return at + 1
    if mark.says == "if" and not CUE.search(words) and _LOOKED_AT.search(line.text, max(0, mark.start - 60), mark.start):
        return at + 1
    if _BY_A_FORMULA.match(words) and not any(each.kind == "op" for each in line.marks[stop:]):
        return at + 1
    if words.lower() in ("not", "no"):  # `if not`: the other case of the condition before
        before = next((each.when for each in reversed(line.found) if each.when), "")
        if not before:
            return at + 1
        words = f"absence of {before}"
    if mark.second.startswith(APPLIES) and (denied := _DENIED.match(words)) is not None:
        found.unless, words = True, words[denied.end() :]
    if words.lower() in THOSE_CASES:  # what was excepted before
        words = next((each.unless or each.when for each in reversed(line.found) if each.unless or each.when), "")
    if "absence" in mark.second:
        words = f"absence of {words.removeprefix('of ')}"
    if mark.second in ("exempt", "in case", "where") and not words:
        return at + 1
    is_bound = mark.second == "when" and [each.kind for each in line.marks[at + 1 : at + 2]] == ["op"]
    if (mark.second == "where" or is_bound) and line.active and line.marks[at - 1].kind != ",":
        return at + 1  # `except in Gilbert's syndrome where bilirubin < 3 mg/dL is acceptable`
    if mark.second.endswith("exception that") and names_bound(line, at):
        return at + 1  # what is excepted comes with its own condition
    found.words = words
    found.who = _OF_WHOM.match(mark.second) is not None or mark.second == "with" or mark.kind == "word"
    found.begins = mark.second == "if" and (
        at == 0 or line.marks[at - 1].kind in (".", ";", "*", "(", ":") or line.text[: mark.start].strip(" -*•") == ""
    )
    return found


_RIDERS = frozenset({"as long as", "so long as", "given that", "provided", "provided that", "if", "when"})


def _conditioned(line: Line, at: int) -> int:
    """The place behind a condition, which was put to the bound before it, or is kept for what follows."""
    mark, many = line.marks[at], len(line.marks)
    if mark.second == "if" and [each.kind for each in line.marks[at + 1 : at + 4]] == ["op", "number", "if"]:
        return at + 1  # `or if ≤ 3 x ULN if known Gilbert's syndrome`: the condition is the second
    if (
        mark.second == "if"
        and at + 2 < many
        and line.marks[at + 1].kind == "op"
        and (line.marks[at + 2].kind == "limit" or line.marks[at + 2].second == LIMIT)
        and line.last
        and line.found[line.last[-1]].measure in LABS
    ):  # `or if > ULN then direct bilirubin ≤ 1.5 x ULN`
        line.active = f"{line.found[line.last[-1]].measure.replace('_', ' ')} {line.text[line.marks[at + 1].start : line.marks[at + 2].end]}"
        line.active_depth = line.depth
        return at + 3
    if mark.second == "if" and _EXCLUDED.search(line.text, max(0, mark.start - 30), mark.start):
        return at + 1  # `subjects are excluded if on > 960 mcg/day`
    found = _condition(line, at)
    if isinstance(found, int):
        return found
    stop = found.stop
    if (
        _PEOPLE_WITH.match(mark.second)
        and found.has_bound
        and any(mark.start < end < line.marks[stop - 1].end and not is_head for end, _, is_head in line.cases)
    ):
        return at + 1  # `(patients with a pacemaker who have QTc > 450 ms may be eligible if …)`: the bound is of the case
    if found.has_bound and _IS_LOOKED_INTO.match(line.text, line.marks[stop - 1].end):
        return stop
    if (
        _PEOPLE_WITH.match(mark.second)
        and found.has_bound
        and found.has_measure
        and _PERMITTED_IF.match(line.text, line.marks[stop - 1].end)
    ):
        return at + 1  # `patients with troponin > 1 to 2 x ULN are permitted if`: the bound is what is permitted
    if (
        _PEOPLE_WITH.match(mark.second)
        and not found.has_bound
        and at
        and line.marks[at - 1].second in ("or", "as well as", "and or")
        and line.last
        and line.found[line.last[-1]].measure in LABS
    ):
        if not ahead(line, stop, begins=False, who=True).reached:
            return at + 1  # `QTc > 500 ms, or patients with congenital long QT syndrome` is another criterion
    if found.who and _BARRED.search(found.words):
        return at + 1  # `and HIV-positive patients on antiretroviral therapy for < 1 month are excluded`
    if mark.second in _RIDERS and 0 <= at - line.rider_at <= (0 if mark.second in ("if", "when") else 1):
        line.rider_at = stop
        return stop  # `unless anticoagulated, as long as PT is within its range` says more of the same condition
    behind = ahead(line, stop, begins=found.begins, who=found.who)
    if (
        not behind.reached
        and not found.unless
        and (_NO_OTHER_CASE.match(line.text, line.marks[stop - 1].end) or _NO_OTHER_CASE.search(found.words))
    ):
        return stop if found.has_bound else at + 1
    is_near = _is_near(line, at, found, behind)
    if found.begins and found.has_bound and not behind.reached and not is_near:
        if _BARRED.search(line.text, mark.end, line.marks[stop - 1].end + 60):
            return at + 1  # `if ALT > 5 x ULN, the patient is excluded` is the criterion itself
        if found.has_measure and _IS_ADMITTED.match(line.text, line.marks[stop - 1].end):
            return at + 1  # `if fasting glucose ≤ 160 mg/dL, the patient is eligible`
        if (
            line.active
            and line.depth > 0
            and _ELIGIBLE.search(line.text, line.marks[stop - 1].end, line.marks[stop - 1].end + 70)
        ):
            return at + 1
        line.active, line.active_depth = found.words, line.depth  # what is compared in it is no criterion
        return stop
    if found.has_bound and found.has_measure and not found.unless and mark.second in _RIDERS:
        rest = line.text[line.marks[stop - 1].end : line.marks[stop - 1].end + 70]
        before = line.text[max(0, mark.start - 90) : mark.start]
        if line.active and _ELIGIBLE.search(before):
            return at + 1  # `patients with Gilbert's syndrome may be included if bilirubin ≤ 3 x ULN`
        if not behind.reached and _ELIGIBLE.search(rest) and (line.active or not is_near or line.depth > 0):
            return at + 1
    if _ONLY_CHECKED.search(line.text, max(0, mark.start - 120), mark.start):
        return stop if found.has_bound else at + 1
    if (
        found.unless
        and found.words
        and not line.spared
        and stop < many
        and line.marks[stop].kind in (")", "]")
        and not is_near
        and line.group
        and line.depth
        and line.group_at > line.last_at
        and not found.has_bound
    ):
        line.spared = found.words  # `bilirubin (except in Gilbert's syndrome) ≤ 2 mg/dL`
        return stop
    if _is_forward(line, at, found, behind, is_near):
        return _kept_for_what_follows(line, at, found, behind, is_near)
    is_aside = at > 0 and line.marks[at - 1].kind in ("(", "[")
    if is_near and is_aside and found.who and not behind.reached and _ADMITS_THEM.match(line.text, line.marks[stop - 1].end):
        found.unless = True  # `(individuals with Gilbert syndrome may be enrolled)`
    if is_near and found.has_bound and found.has_measure and _PEOPLE_WITH.match(mark.second):
        is_listed = "," in between(line, at)[-4:] and _BARRED.search(line.text, line.marks[stop - 1].end) is not None
        if is_listed or not any(line.found[index].measure in DEPENDENT for index in line.last):
            return at + 1  # `newly diagnosed (< 6 months) HIV, patients with a viral load > 400 copies/mL`
    if is_near and found.words:
        said = line.text[line.found[line.last[-1]].end : mark.start]
        is_of_clotting = line.found[line.last[-1]].measure in CLOTTING
        found.unless = (
            found.unless
            or _SPARED.search(said) is not None
            or (
                is_of_clotting
                and (
                    _OR_IN_RANGE.search(said) is not None
                    or _THEN_IN_RANGE.match(f"{said}|{line.text[mark.start :]}") is not None
                )
            )
        )
        put_to_what_stands_before(line, at, found)
        line.rider_at = stop
        return stop
    if found.unless and not behind.reached and OF_BILIRUBIN.search(found.words):
        base = next((index for index in reversed(line.sentence) if line.found[index].measure == "bilirubin"), None)
        if base is not None and not line.found[base].when and not line.found[base].unless:
            line.found[base] = replace(line.found[base], unless=found.words)
            return stop  # `or direct bilirubin ≤ ULN for those with bilirubin > 1.5 x ULN (excluding Gilbert's disease)`
    named = {name for each in line.marks[at:stop] if each.kind == "measure" for name in each.says.split("+")}
    held = {line.found[index].measure for index in line.last}
    return stop if found.unless and found.has_bound and held & LABS and named & LABS else at + 1


def _is_near(line: Line, at: int, found: Condition, behind: Ahead) -> bool:
    """Whether a bound stands before a condition that may be its own."""
    mark = line.marks[at]
    if not line.last:
        return False
    if mark.second.startswith(("not appl", *APPLIES)):
        return True
    opened = at > 1 and line.marks[at - 1].kind == "("
    if found.unless and at and line.marks[at - 1 - opened].kind in (".", ";") and not found.has_bound:
        return True  # `≤ 1.5 x ULN. Excluding patients with Gilbert's syndrome`
    if found.words and not found.has_bound and not behind.reached:
        if _NEEDS_NOT.search(line.text, line.found[line.last[-1]].end, mark.start):
            return True  # `≥ 75,000/uL. This does not need to be met if the marrow is involved`
    if line.last_at < 0:
        return False
    if _ASIDE.fullmatch(line.text[line.marks[line.last_at].end : mark.start]):
        return True
    kinds, gap = between(line, at), at - line.last_at - 1
    if "number" in kinds or (not found.unless and {";", ":", "."} & set(kinds)):
        return False
    if found.has_bound and found.has_measure and not behind.reached and not found.unless:
        named = {name for each in line.marks[at : found.stop] if each.kind == "measure" for name in each.says.split("+")}
        held = {line.found[index].measure for index in line.last}
        if held <= LABS and not held & named:
            return True  # `clearance ≥ 60 mL/min (or the filtration rate) for those with creatinine > 1.5 x ULN`
    if "measure" in kinds and not (found.unless and not behind.reached):
        return False
    if mark.second == "other than":
        return gap <= 3
    return gap <= 9 or "(" in kinds or "[" in kinds or found.unless or (found.who and gap <= 20 and not behind.reached)


def _is_forward(line: Line, at: int, found: Condition, behind: Ahead, is_near: bool) -> bool:
    """Whether a condition is of the bound behind it."""
    mark = line.marks[at]
    kinds, gap = between(line, at), at - line.last_at - 1 if line.last_at >= 0 else 99
    if not behind.reached:
        return False
    if behind.named and mark.second == "if" and line.marks[found.stop].kind == "," and opens(line, at):
        behind.joined = False
        return True  # `≤ 1.5 x ULN or, if a stent is placed, bilirubin ≤ 2 x ULN`
    if not is_near:
        return True
    if mark.kind == "word" and line.found[line.last[-1]].measure in ("age", "count"):
        return behind.which  # `4 or more drinks for a woman, 5 or more …`
    if found.of_a_sex and behind.named and not behind.joined and _OF_A_SEX.search(line.found[line.last[-1]].when.lower()):
        return True  # `for men QTcF ≥ 450 ms, for women QTcF ≥ 470 ms`
    if found.of_a_sex and line.marks[found.stop].kind not in ("op", "number", ":", "which"):
        return False  # `< 12.9 g/dL (8 mmol/L) in men, platelets < …`
    if found.who and found.has_bound and not behind.which and line.marks[found.stop].kind not in (",", ":", "("):
        if line.marks[at - 1].kind not in (",", ";", ".", "(", "[", ":", "-", "join"):
            return False  # `clearance ≥ 60 mL/min for those with creatinine > 1.5 x ULN Bilirubin ≤ …`, run on
    if found.unless:
        return behind.which or behind.opened or (not behind.named and not behind.joined)
    if gap == 0 and found.who and behind.named and line.marks[found.stop].kind == ":":
        named = next((each.says for each in line.marks[found.stop :] if each.kind == "measure"), "")
        if named == line.found[line.last[-1]].measure:
            return True  # `≤ 1.5 x ULN Patients with Gilbert's disease: bilirubin ≤ 3 x ULN`
    if gap == 0 and found.who and _is_run_on(line, found.stop):
        return True  # `≤ 1.5 x ULN for subjects with Gilbert's disease ≤ 3 x ULN`
    if gap == 0:
        return (behind.which or (behind.opened and not behind.joined and not behind.named)) and not behind.joined
    return not behind.joined and not (
        "," in kinds and behind.named and not behind.which and line.depth <= 0 and not found.who and mark.second != "if"
    )


def _has_its_own(line: Line, at: int) -> bool:
    """Whether an exception comes with its own bound: `Except in Gilbert's syndrome (≤ 3 x ULN)`, `Exception: if …, ≤ 5 x ULN`."""
    behind = [each.kind for each in line.marks[at : at + 2]]
    return behind[:1] in (["("], ["["], [":"]) or behind == [",", "op"]


def _is_run_on(line: Line, at: int) -> bool:
    """Whether the bound before a condition is said again right behind it with another value, and of nobody else."""
    held, behind = line.found[line.last[-1]], line.marks[at : at + 3]
    return (
        [each.kind for each in behind[:2]] == ["op", "number"]
        and (behind[0].says, behind[1].unit) == (held.op, held.unit)
        and behind[1].number != held.value
        and (len(behind) < 3 or behind[2].kind != "if")
    )


def _kept_for_what_follows(line: Line, at: int, found: Condition, behind: Ahead, is_near: bool) -> int:
    mark, stop = line.marks[at], found.stop
    is_of_nothing = not any(each.measure in LABS for each in line.found) and not behind.which and not set(line.group) & LABS
    if found.unless and is_of_nothing and stop < len(line.marks) and line.marks[stop].kind == ":":
        return stop  # `any of the following, unless corrected before: sodium < 130 mmol/L` does not ask it to be corrected
    if behind.joined and found.has_bound and not behind.which:
        return at + 1
    if (
        not any(each.measure in LABS for each in line.found)
        and not is_near
        and not behind.which
        and (not behind.opened or not line.found)
        and _PEOPLE_WITH.match(mark.second)
        and not _WHO_ARE_ADMITTED.match(line.text, line.marks[behind.at].end)
    ):
        return at + 1  # `patients with ascites, albumin < 2.5 g/dL` lists, where `in patients with ascites` sets apart
    if _PEOPLE_WITH.match(mark.second) and not behind.which and not is_near:
        if any(each.second in ("or", "and or") for each in line.marks[stop : behind.at] if each.kind == "join"):
            return at + 1  # `patients with angina, heart failure, or LVEF < 50 %` lists
    if (
        found.unless
        and not found.has_bound
        and not behind.which
        and not line.sentence
        and opens(line, at)
        and "not " not in mark.second
        and not (
            line.found and not line.depth and _has_its_own(line, stop)
        )  # `Except in Gilbert's syndrome (≤ 3 x ULN)` has its own
    ):
        line.spared = found.words  # `unless the patient has Gilbert's syndrome, bilirubin ≤ 1.5 x ULN`
        return stop
    if found.who and not behind.which and not is_near:
        # `patients with brain metastases ... 4 weeks` says who, not when: a condition is of laboratory values
        target = next((each for each in line.marks[stop:] if each.kind == "measure"), None)
        near_lab = bool(set(line.group) & LABS) or (target is not None and bool(set(target.says.split("+")) & LABS))
        value = next((each for each in line.marks[behind.at :] if each.kind == "number"), None)
        is_apart = (at == 0 or line.marks[at - 1].kind in (";", ".", "*", "-")) and line.marks[stop].kind in (",", ":")
        is_of_age = is_apart and target is not None and target.says == "age"
        if not (near_lab or is_apart) or (value is not None and value.second == LONG and not is_of_age):
            return stop if not found.has_measure else at + 1
    if (
        found.unless
        and not behind.named
        and line.group == ["bilirubin_direct"]
        and OF_BILIRUBIN.search(found.words)
        and any(each.measure in ("bilirubin", "?") for each in line.found)
    ):
        line.group = [
            "bilirubin"
        ]  # `… or direct bilirubin ≤ ULN. Except in Gilbert's syndrome (≤ 3 x ULN)`: it is all of it that is raised
    if (negated := mark.second.find("not ")) >= 0 and not mark.second.startswith("not appl"):
        found.words = f"{mark.second[negated:]} {found.words}"  # `for those who are not receiving anticoagulants, INR ≤ 1.5`
    line.is_leading = not line.found and at <= 3 and mark.second.startswith(("for ", "in "))
    is_new = found.of_a_sex or line.marks[at - 1].kind in (";", ".") or is_after_a_case(line, at)
    line.active = f"{line.active}, {found.words}" if line.active and not is_new else found.words
    line.active_depth = line.depth
    line.is_apart = (
        found.begins or (mark.second == "if" and opens(line, at)) or at == 0 or line.marks[at - 1].kind in (";", ".", "*", "-")
    )
    if at and line.marks[at - 1].kind in ("(", "[") and stop < len(line.marks) and line.marks[stop].kind in (")", "]"):
        line.active_depth -= 1  # the condition stands in brackets of its own, before the bound
    return stop
