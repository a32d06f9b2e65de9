"""A number or a limit of normal as a bound: its comparison, the other end of its range, and its unit."""

import re
from dataclasses import replace

from .atom import Op
from .line import LABS, SCALES, UP_IS_BETTER, Line, as_op
from .measures import AREAL, BARE, CELLS, CONCENTRATION, DEGREES, FLOW, LENGTH, LIMIT, LONG, MASS, PRESSURE, SHARE, measures
from .ranges import after_mark, first_side, range_end
from .reach import ahead
from .repeats import (
    OF_THE_OTHER_SEX,
    counts_the_same,
    is_again,
    is_named_again,
    is_of_the_other_sex,
    is_twin,
    pressure_of_others,
    says_of_whom,
)
from .subject import is_of_the_aged, subject
from .units import unit_at
from .windows import has_elapsed, is_of_the_window, other_end, repeated, whichever

_SPREAD = re.compile(r"\b(?:fractions?|given|administered|infused|spread|delivered|divided)\s+$", re.IGNORECASE)
_PERIOD = re.compile(r"over\s+(?:an?|the)\b", re.IGNORECASE)
_OR_ELSE = re.compile(r"\s+of\s+(?:the\s+)?(?:[\w-]+\s+){1,3}(?:or|and)\s+", re.IGNORECASE)
"""`within 5 half-lives of the drug or 4 weeks`."""
_IS_ALLOWED = re.compile(
    r"\s*(?:is|are|applies|apply|will\s+be|may\s+be)\s+(?:(?:allowed|permitted|accept\w*|tolerated)\b|(?:if|for|in|when|with|to)\b)",
    re.IGNORECASE,
)
_FROM_A_LIMIT = re.compile(
    r"\s*(?:below|under|above|over|(?:less|lower|greater|higher|more)\s+than)\s+(?:the\s+)?(?:(?:institution\w*|laboratory|local)\s+)?(?:lower|upper|LLN|ULN)\b(?:\s+(?:acceptable\s+)?limits?(?:\s+of\s+(?:the\s+)?(?:normal|reference\s+range))?)?",
    re.IGNORECASE,
)
"""`≥ 2 g/dL below the lower limit of normal`: how far from a limit is no level."""
_OF_A_CLOCK = re.compile(r"\s*(?:(?:-|to|and)\s*\d{1,2}\s*)?[ap]\.?m\b(?!\s*/)", re.IGNORECASE)
_DIASTOLIC = re.compile(r"\s*diastolic", re.IGNORECASE)
_DAYS = {"days": 1, "weeks": 7, "months": 30, "years": 365}
"""For `6 months to < 1 year`."""
_PLACE_IN_A_GENE = re.compile(r"\b(?:exons?|introns?|codons?)\s+$", re.IGNORECASE)
_OF_THE_SCALE = re.compile(
    r"\s*-?\s*(?:(?:point|numeric\w*|likert|verbal|pain|rating|analogu?e?|visual)\s+){0,3}scale\b", re.IGNORECASE
)
_A_FACTOR = re.compile(r"\s*[x×*]\s*[\[(]?\s*(?!ULN|UNL|upper|the\b|institution|10\b)[A-Za-z(]", re.IGNORECASE)
_POWER = re.compile(r"\s?\^?\s?[-−–⁻]\s?([3-7])(?![\d.])(?!\s*(?:/|%|days?|weeks?|months?|years?|mg|g\b|cm|mm))")
_DEGREES = re.compile(r"\s?([CF])(?![A-Za-z])")
_DOSED = re.compile(r"\bdos(?:es?|ages?)\s+(?:of|was|=)\s*$", re.IGNORECASE)
_SCORED = re.compile(
    r"\b[A-Z][A-Za-z]*[A-Z-][\w-]*\s+(?:(?:score|category)(?:\s+(?:of|for)\s+(?:this|the|a|their)\s+\w+)?\s+(?:of|is|was|must\s+be|should\s+be)|(?:score|category))\s*$"
)
"""`a HAM-D score of`, `the BI-RADS score of this mammogram must be`."""
_SCORE_ENDS = re.compile(r"\s*(?:[,.;)]|$|(?:is|are|on|at|or|by|in|and|with|for)\s)", re.IGNORECASE)
_OF_A_TABLE = re.compile(
    r"maximum\s+(?:serum\s+)?creatinine\s*\(?\s*mg/dL\s*\)?\s*:?\s*(?:(?:fe)?males?\W+\d+(?:\.\d+)?|\d+(?:\.\d+)?\W+(?:fe)?males?|[\s():;,]|\band\b){0,14}?(?P<sex>(?:fe)?males?)?\W*$",
    re.IGNORECASE,
)
"""`maximum serum creatinine (mg/dL): male 0.8; female 0.8`."""
_SEX_BEHIND = re.compile(r"\W*(?P<sex>(?:fe)?males?)\b", re.IGNORECASE)
_OF_THESE = re.compile(
    r"\b(?:patients?|subjects?|participants?|those|individuals|women|females|men|males|children|adolescents|adults)\s+(?:who\s+(?:are|is)\s+)?(?:aged\s+)?$",
    re.IGNORECASE,
)
_MUST = re.compile(r"[\s\w-]{0,24}?\b(?:must|may|should|can|are\s+required)\b", re.IGNORECASE)
"""`Participants who are < 75 years of age may have a bilirubin of`: what follows is of them."""
_SET_APART = re.compile(
    r"[\s(]*(?:(?:before|prior\s+to|after|of)\s+(?:\w+\s+){1,4}?)?(?:for|if|in\s+case|when)\b(?!\s+(?:the\s+)?(?:study|trial|enrol))",
    re.IGNORECASE,
)
"""A second stretch of time in others: `within 4 weeks (6 weeks prior to entry for nitrosoureas)`."""
_SAID_OF_A_TIME = frozenset({"word", "measure", "join", "within", "to", "-", ",", "/"})
_ACHIEVED = re.compile(r"\b(?:achieve|reach|attain|maintain|meet|obtain)\b[^.;]*$", re.IGNORECASE)
_GREATER = re.compile(r"\b(?:above|over|greater|higher|more)\b", re.IGNORECASE)
_WASHED_OUT = re.compile(r"\bwash-?\s?out\b[^.;()]{0,70}?\b(?:is|are|of|(?:should|must)\s+be)\s*$", re.IGNORECASE)
_ACUITY = re.compile(r"/\s?(?:[1-9]0|[1-9]\d0|[1-9]5|1[02]5)(?!\d)")
"""`worse than 20/70`."""
_EXTREME = re.compile(
    r"\b(max|min)(?:imum|imal|\.)?\s+(?:\w+\s+){0,3}(?:diameter|size|length|dimension|axis)(?:\s*\([^()]*\))?\s*(?:of|is|:|=)\s*(?:the\s+\w+\s+)?$",
    re.IGNORECASE,
)
"""`a maximum perpendicular diameter of 3 cm`."""


def numbered(line: Line, at: int) -> int:
    mark, text, many = line.marks[at], line.text, len(line.marks)
    start = mark.start
    if mark.second == "times":
        is_limit = any(each.unit == "ULN" for each in line.found)
        mark.unit, mark.second = ("ULN", LIMIT) if is_limit else ("", BARE if mark.says[:1].isdigit() else "word")
    if (
        mark.second == BARE
        and not mark.unit
        and line.last
        and line.found[line.last[-1]].unit == "ULN"
        and at - line.last_at <= 4
    ):
        if re.match(r"\s*(?:in|for|if|with|when)\s", text[mark.end : mark.end + 8]) and not set(line.group) & {"inr"}:
            mark.unit, mark.second = "ULN", LIMIT  # `> 3 x ULN (or ≤ 5 in patients with liver metastases)`
    if text[max(0, start - 16) : start].lower().endswith("differentiation "):
        return at + 1  # `cluster of differentiation 4`
    if (
        mark.unit == "L"
        and mark.number in (1, 2, 3, 4, 5)
        and text[mark.end - 2 : mark.end - 1].isdigit()
        and (not line.group or text[mark.end : mark.end + 1] == "+")
    ):
        return at + 1  # `2L+`: a line of treatment
    if text[start - 1 : start] in (")", "]") and [each.kind for each in line.marks[at + 1 : at + 2]] == ["op"]:
        return at + 1  # `creatinine clearance (CrCl)1 ≥ 40 mL/min`: a footnote
    if mark.second == CONCENTRATION and (below := _FROM_A_LIMIT.match(text, mark.end)) is not None:
        return next((place for place in range(at, many) if line.marks[place].start >= below.end()), many)
    if _OF_A_CLOCK.match(text, mark.end) or re.match(r"(?:st|nd|rd|th)\b", text[mark.end : mark.end + 3]):
        return at + 1
    if _PLACE_IN_A_GENE.search(text, max(0, start - 14), start) or text[max(0, start - 3) : start] == "20/":
        return at + 1  # an exon; an acuity of 20/50
    if mark.number == 20 and text[mark.end : mark.end + 1] == "/" and _ACUITY.match(text, mark.end):
        return at + 2
    prior = line.before(at)
    if mark.number == 10 and start > 3 and re.search(r"[<>≤≥]\s*[x×]\s*$", text[max(0, start - 5) : start]):
        return at + 1  # `ANC ≥ x 10^9/L`
    kind_before = line.marks[prior].kind if prior is not None else ""
    if prior is not None and kind_before == "measure":
        lead = line.before(prior, most=2)
        if lead is not None and line.marks[lead].kind == "between":
            kind_before = "between"
    if mark.second == BARE and not mark.unit and [each.kind for each in line.marks[at + 1 : at + 3]] == ["op", "number"]:
        other = line.marks[at + 2]
        if other.unit and other.second in (FLOW, CELLS, CONCENTRATION, PRESSURE, AREAL, SHARE):
            mark.unit, mark.second = other.unit, other.second  # `≥ 30 < 90 mL/min`
    if (
        mark.second == BARE
        and not mark.unit
        and at + 3 < many
        and line.marks[at + 1].kind in ("join", ",")
        and line.marks[at + 2].kind == "op"
    ):
        twin = line.after_fillers(at + 3)
        if (
            twin is not None
            and line.marks[twin].kind == "number"
            and line.marks[twin].unit
            and line.marks[twin].second in (LONG, LENGTH, CELLS, CONCENTRATION, PRESSURE, AREAL, MASS, SHARE)
        ):
            mark.unit, mark.second = line.marks[twin].unit, line.marks[twin].second
            line.twin_of = twin
    glued = start > 1 and text[start - 1] in "-–\u2010\u2011" and text[start - 2].isalpha()
    if glued and not (prior is not None and prior and line.marks[prior - 1].kind in ("measure", "op", "within")):
        return at + 1
    window = False
    op: Op | None = None
    if (
        kind_before == "op"
        and prior is not None
        and mark.second == LONG
        and (
            _PERIOD.match(text, line.marks[prior].start)
            or (line.marks[prior].second == "over" and _SPREAD.search(text, max(0, start - 30), line.marks[prior].start))
        )
    ):
        return at + 1  # `over a 2-month period` is no more than that
    if kind_before == "op" and prior is not None:
        op = line.op_at(prior)
        if prior and line.marks[prior - 1].says == "<" and line.marks[prior].second == "at least":
            op = line.op_at(prior - 1)  # `less than at least 5 half-lives`
        if prior and line.marks[prior - 1].kind == "within" and mark.second == LONG:
            window = True
    elif kind_before == "within" and mark.second == LONG and prior and _FOR_AT_LEAST.search(text, max(0, start - 40), start):
        op = ">="  # `for at least the past 6 months`
    elif kind_before == "within" and mark.second == LONG and _BETWEEN_TWO.match(text, mark.end):
        return at + 1  # `in the 4 hours between two visits`
    elif kind_before == "within" and mark.second == LONG:
        op, window = "<=", True
    elif (
        mark.second == LONG
        and kind_before == "word"
        and prior is not None
        and line.marks[prior].says == "in"
        and re.match(r"\s*(?:prior|before|preceding)", text[mark.end : mark.end + 12])
    ):
        op, window = "<=", True
    elif kind_before == "within" and (mark.second == LENGTH or (mark.second == LIMIT and mark.unit == "ULN")):
        op = "<="
    elif mark.second == "dose" and prior is not None and (far := _op_of_a_dose(line, prior)) is not None:
        op = far
    elif kind_before == "=":
        op = "==" if mark.second != "word" else None
        if prior is not None and line.marks[prior - 1].kind == "op":
            op = line.op_at(prior - 1)
    if mark.unit == "half-lives" and op in (None, ">=") and is_of_the_window(line, at):
        op, window = "<=", True
    if (
        op is None
        and line.carried is not None
        and line.group_at >= 0
        and line.marks[line.group_at].says == line.carried[1]
        and at - line.group_at <= 5
    ):
        op = as_op(line.carried[0])
    if op is None and mark.second == LENGTH and (most := _EXTREME.search(text[max(0, start - 120) : start])) is not None:
        op = "<=" if most[1].lower().startswith("max") else ">="
    if kind_before == "=" and _A_FACTOR.match(text, mark.end):
        return at + 1  # `= 0.85 x (clearance of males)`
    if (
        op is None
        and mark.second == BARE
        and line.group == ["creatinine"]
        and (sexed := _OF_A_TABLE.search(text[:start])) is not None
    ):
        sex = sexed["sex"] or ((behind := _SEX_BEHIND.match(text, mark.end)) and behind["sex"])
        if sex:
            line.made([("<=", mark.number, "mg/dL", CONCENTRATION)], ["creatinine"], at, at)
            line.found[-1] = replace(line.found[-1], when=sex.lower())
            line.consumed = False
            return at + 1
    if mark.number == 10 and (power := _POWER.match(text, mark.end)) is not None:
        mark.number, mark.end = 10.0 ** -int(power[1]), power.end()  # `MRD ≥ 10-4`
        names, of = subject(line, BARE, at, at + 2, window=False, op=op or "?") if op is not None else ([], "")
        if names:
            line.made([(op or "?", mark.number, "", BARE)], names, at, at + 2, of=of)
        return at + 3
    if mark.unit == "" and line.group == ["temperature"] and (degrees := _DEGREES.match(text, mark.end)) is not None:
        mark.unit, mark.second, mark.end = (
            ("Cel" if degrees[1] in "Cc" else "[degF]"),
            DEGREES,
            degrees.end(),
        )  # `temperature > 38.3 C`
    if op is None and mark.second == "dose" and mark.unit != "U" and _DOSED.search(text, max(0, start - 24), start):
        op = "?"
    is_score = (
        op is None and mark.second == BARE and not mark.unit and _SCORED.search(text, max(0, start - 60), start) is not None
    )
    # a range
    second_at, second_op = range_end(line, at, kind_before, op)
    values: list[tuple[str, float | str, str, str]] = []
    end_at = at
    if second_at is not None:
        second = line.marks[second_at]
        unit, kind = (second.unit, second.second) if second.unit or not mark.unit else (mark.unit, mark.second)
        if set(line.group) & {"karnofsky", "lansky"} and second.number < mark.number <= 100:
            mark.number, second.number = second.number, mark.number  # `KPS 100-70 %`
        if not mark.unit and mark.number <= 1 and _OF_THE_SCALE.match(text, second.end):
            return second_at + 1  # `≥ 3 (0-10 numeric rating scale)`
        if kind == FLOW and second.number < mark.number and op is None:
            mark.number, second.number = second.number, mark.number  # `CrCl 59-30 mL/min`
        is_younger = (
            mark.unit in _DAYS and second.unit in _DAYS and mark.number * _DAYS[mark.unit] < second.number * _DAYS[second.unit]
        )
        if (second.number < mark.number and not is_younger) or (kind == BARE and 1900 <= mark.number <= 2100):
            return second_at + 1
        if (
            kind == LONG
            and kind_before == "word"
            and prior is not None
            and line.marks[prior].says in ("for", "in", "at", "every", "day", "days", "week")
        ):
            return second_at + 1
        if window or (op == "<=" and kind == LONG) or (kind == LONG and kind_before == "within"):
            window = window or kind_before == "within"
            values = [("<=", second.number, unit, kind)]
        elif op is not None and op != "==" and second_op is None:
            values = (
                [(op, mark.number, unit, kind), ("<=", second.number, unit, kind)]
                if op in (">=", ">")
                else [(op, second.number, unit, kind)]
            )
        else:
            least = op if op is not None and op != "==" else ">="
            values = [(least, mark.number, mark.unit or unit, kind), (second_op or "<=", second.number, unit, kind)]
        end_at = second_at
    else:
        nxt = at + 1
        if op is None and mark.second != "word" and first_side(line, at):
            return at + 1
        if (
            op is None
            and mark.unit == "years"
            and _OF_AGE.match(text, mark.end)
            and _BEFORE_AGE.search(text, max(0, start - 12), start)
        ):
            line.made([("<", mark.number, "years", LONG)], ["age"], at, at)  # `first seen before 40 years of age`
            return at + 1
        if op is None:
            is_pressure = [each.kind for each in line.marks[at + 1 : at + 3]] == ["/", "number"]
            after = after_mark(
                line,
                at + 2 if is_pressure and (line.marks[at + 2].second == PRESSURE or "blood_pressure" in line.group) else at,
            )
            if after is not None:
                said, nxt = after
                if said in ("better", "worse"):
                    op = ">=" if (said == "better") == (bool(line.group) and line.group[-1] in UP_IS_BETTER) else "<="
                else:
                    op = as_op(said)
                end_at = nxt
                if (
                    not mark.unit
                    and (late := unit_at(text, line.marks[nxt].end)) is not None
                    and late[1] != "dose"
                    and late[0] != "s"
                ):
                    mark.unit, mark.second = late[0], late[1]  # `12 or more months`
        if (
            op is None
            and nxt < many
            and line.marks[nxt].kind == "+"
            and line.marks[nxt].start <= mark.end + 1
            and "urine_protein" not in line.group
        ):
            follows = text[line.marks[nxt].end : line.marks[nxt].end + 1]
            if not follows.isdigit() and not follows.isupper() and follows != "/":
                op, end_at = ">=", nxt
                later = line.text[line.marks[nxt].end :][:8]
                if mark.second == BARE and re.match(r"\s*(?:years?|yrs?|y)\b", later):
                    mark.unit, mark.second = "years", LONG
        if (
            op is None
            and mark.second == "limit"
            and line.last
            and at - line.last_at <= 3
            and line.found[line.last[-1]].unit == mark.unit
        ):
            held = line.found[line.last[-1]]
            if held.value != mark.number and re.match(
                r"[\s)]*(?:is |are )?(?:allowed |permitted |acceptable )?(?:if|for|in|when|with|where|given|among)\b",
                text[mark.end : mark.end + 30],
            ):
                op = held.op
        if (
            op is None
            and mark.second == PRESSURE
            and line.last
            and line.found[line.last[-1]].measure == "systolic"
            and at - line.last_at <= 3
            and _DIASTOLIC.match(text, mark.end)
        ):
            op = line.found[line.last[-1]].op  # `> 160 mmHg systolic and 90 mmHg diastolic`
        if op is None and line.last and (is_named_again(line, at) or counts_the_same(line, at, prior)):
            op = line.found[line.last[-1]].op
        if op is None and line.last and says_of_whom(line, mark.end) and is_again(line, at, prior):
            op = line.found[line.last[-1]].op
        if op is None and line.last and (before := pressure_of_others(line, at, prior)) is not None:
            op = before.op
        if op is None and line.last and OF_THE_OTHER_SEX.match(text, mark.end) and is_of_the_other_sex(line, at, prior):
            op = line.found[line.last[-1]].op
        if op is None and mark.second == LONG and (end := whichever(line, at)) is not None:
            op, window = end.op, end.op == "<="
        if op is None and mark.unit == "half-lives" and (end := other_end(line, at)) is not None:
            op, window = end.op, end.op == "<="
        if (
            op is None
            and line.last
            and mark.second == LONG
            and kind_before == "("
            and line.last_at >= 0
            and prior is not None
            and all(each.kind in _SAID_OF_A_TIME for each in line.marks[line.last_at + 1 : prior])
            and line.found[line.last[-1]].measure == "time"
            and _SET_APART.match(text, mark.end)
        ):
            op, window = line.found[line.last[-1]].op, line.windowed  # `within 14 days (7 days for a vaccine)`
        if op is None and mark.second == LONG and (said_before := repeated(line, at, kind_before)) is not None:
            op, window = said_before.op, line.windowed
        if (
            op is None
            and line.last
            and mark.second == LONG
            and line.windowed
            and kind_before in ("join", ",")
            and line.found[line.last[-1]].measure == "time"
            and (
                at - line.last_at <= 3
                or _OR_ELSE.fullmatch(text[line.marks[line.last_at].end : start])
                or (
                    at - line.last_at <= 24
                    and prior is not None
                    and line.marks[prior].second == "or"
                    and _SET_APART.match(text, mark.end)
                )
            )
        ):
            op, window = line.found[line.last[-1]].op, True
        if op is None and mark.second == LIMIT and _GREATER.search(text, start, mark.end):
            op = ">"  # `5 times greater than normal`
        if op is None and mark.second == LONG and has_elapsed(text, mark.end):
            op = ">="  # `14 days must have elapsed`
        if op is None and mark.second == LONG and _WASHED_OUT.search(text[max(0, start - 90) : start]):
            op = ">="  # `the required washout period is 2 weeks`
        if (
            op is None
            and mark.second in (CELLS, CONCENTRATION, FLOW, LIMIT, PRESSURE)
            and line.group
            and not line.consumed
            and at - line.group_at <= 4
            and (line.depth <= 0 or mark.second == PRESSURE or (line.last and line.found[line.last[-1]].op == "?"))
        ):
            fits = [name for name in line.group if mark.second in measures()[name].kinds]
            if fits and not _IS_THE_LIMIT.search(text, max(0, start - 60), start):
                op = "?"
        if (
            op is None
            and mark.second == CONCENTRATION
            and line.last
            and prior is not None
            and prior == line.last_at + 1
            and line.marks[prior].second == "or"
            and line.found[line.last[-1]].unit not in ("", mark.unit, "ULN", "LLN")
            and line.fits(line.found[line.last[-1]].measure, CONCENTRATION)
        ):
            op = line.found[line.last[-1]].op  # `≥ 9 g/dL or 5.6 mmol/L`
        if op is None and mark.second in (CELLS, CONCENTRATION) and line.group and says_of_whom(line, mark.end):
            if any(line.fits(name, mark.second) for name in line.group) and _A_LIMIT.search(text, max(0, start - 24), start):
                op = "?"  # `NT-proBNP (limits: 450 ng/L for those < 50 years)`
        if op is None and mark.second == BARE and (last := _last_of_these(line, at)) > at and is_of_the_aged(line, at, last):
            line.made([(">=", mark.number, "", BARE), ("<=", line.marks[last].number, "", BARE)], ["?"], at, last)
            return last + 1  # `0 or 1 for participants under 70 years of age`
        if op is None and is_score and (not line.group or line.consumed):
            pair = line.marks[at + 1 : at + 3]
            if (
                [each.kind for each in pair] == ["join", "number"]
                and pair[0].second == "or"
                and pair[1].number == mark.number + 1
            ):
                line.made([(">=", mark.number, "", BARE), ("<=", pair[1].number, "", BARE)], ["other"], at, at + 2)
                return at + 3  # `the BI-RADS score must be 2 or 3`
            if _SCORE_ENDS.match(text, mark.end):
                line.made([("==", mark.number, "", BARE)], ["other"], at, at)
                return at + 1
        if op is None and mark.second == LIMIT and line.last and line.last_at < 0 and _IS_ALLOWED.match(text, mark.end):
            op = line.found[line.last[-1]].op  # `≤ 2.5 x ULN. A limit of 5 x ULN applies in liver metastases`
        if op is None and mark.second in (CELLS, CONCENTRATION, FLOW, LIMIT) and not re.search(r"\w", text[:start]):
            op = "?"  # `60 mL/min for subjects with creatinine > 1.5 x ULN`: a line that begins with its bound
        if op is None:
            return at + 1
        # O M N behind us is done; is the value itself in limits, as `≤ 3 (x ULN)`?
        values = [(op, mark.number, mark.unit, mark.second)]
    # 140/90
    if (
        values
        and len(values) == 1
        and at + 2 < many
        and line.marks[at + 1].kind == "/"
        and line.marks[at + 2].kind == "number"
        and (
            line.marks[at + 2].second == PRESSURE
            or "blood_pressure" in line.group
            or {"systolic", "diastolic"} <= set(line.group)
        )
    ):
        low = line.marks[at + 2].number
        if 60 <= mark.number <= 260 and 30 <= low <= 150:
            line.made([(values[0][0], mark.number, "mm[Hg]", PRESSURE)], ["systolic"], at, at + 2)
            first = line.last
            line.made(
                [(values[0][0], low, "mm[Hg]", PRESSURE)],
                ["diastolic"],
                at,
                at + 2,
                joined="or" if values[0][0] in (">", ">=") else "and",
            )
            line.last = first + line.last
            return at + 3
    if is_twin(line, at, end_at, values):
        return end_at + 1
    names, of = subject(line, values[0][3], at, end_at, window=window, op=values[0][0])
    if not names:
        line.carried = None
        return max(end_at, at) + 1
    if (
        names == ["age"]
        and values[0][3] == BARE
        and values[0][1] != ""
        and isinstance(values[0][1], float)
        and values[0][1] > 120
    ):
        return end_at + 1
    if (
        line.found
        and _ACHIEVED.search(text[max(0, start - 110) : start])
        and any((each.measure, each.value) == (names[0], values[0][1]) for each in line.found)
    ):
        return end_at + 1  # `transfusion to achieve ≥ 9 g/dL is acceptable` says the bound again
    if names == ["age"] and (who := _of_these(line, at, end_at, prior)):
        line.active, line.active_depth, line.is_apart = who, line.depth, True
        line.carried, line.group, line.consumed = None, [], True
        return end_at + 1
    line.made(values, names, at, end_at, of=of)
    line.windowed = names == ["time"]
    line.carried = None
    return end_at + 1


def _last_of_these(line: Line, at: int) -> int:
    """The last of the values that are counted up from a mark: `0, 1 or 2`."""
    place = last = at
    while place + 1 < len(line.marks):
        place += 1
        each = line.marks[place]
        if each.kind == "number" and each.second == BARE and each.number == line.marks[last].number + 1:
            last = place
        elif not (each.kind == "," or each.second == "or"):
            break
    return last


_FOR_AT_LEAST = re.compile(r"\bfor\s+at\s+least\s+(?:the\s+)?(?:past|last|previous|prior|preceding)\s+$", re.IGNORECASE)
_BEFORE_AGE = re.compile(r"\b(?:prior\s+to|before)\s+$", re.IGNORECASE)
_OF_AGE = re.compile(r"\s*(?:of\s+age\b|old\b)", re.IGNORECASE)
_IS_THE_LIMIT = re.compile(r"\b(?:ULN|limit\s+of\s+normal)\s+(?:for|of)\s+[\w\s]{2,30}\s(?:is|was|=)\s*$", re.IGNORECASE)
"""`the ULN for SGPT is 45 U/L` says what is normal."""
_BETWEEN_TWO = re.compile(r"\s+between\b", re.IGNORECASE)
_A_LIMIT = re.compile(
    r"\b(?:limits?|cut-?\s?offs?|thresholds?|cut-?\s?points?)\s*(?:values?\s*)?(?::|of|are|is|being)?\s*$", re.IGNORECASE
)


def _of_these(line: Line, at: int, end_at: int, prior: int | None) -> str:
    """Whom a bound behind an age is of: `women under the age of 55 must have an FSH > 40 mIU/mL`."""
    first = line.marks[prior] if prior is not None and line.marks[prior].kind in ("op", "measure") else line.marks[at]
    if prior and first.kind == "measure":
        lead = prior - 1 - (line.marks[prior - 1].says == "the")
        first = line.marks[lead] if line.marks[lead].kind == "op" else first
    end = line.marks[end_at].end
    if line.active or not _OF_THESE.search(line.text, max(0, first.start - 60), first.start) or not _MUST.match(line.text, end):
        return ""
    behind = ahead(line, end_at + 1, begins=True, who=True)
    named = {name for each in line.marks[end_at + 1 : behind.at + 1] if each.kind == "measure" for name in each.says.split("+")}
    if not behind.reached or not named & (LABS | SCALES):
        return ""
    words = line.text[first.start : end]
    return words if "age" in words else f"{words} of age"


def _op_of_a_dose(line: Line, at: int) -> Op | None:
    """The comparison before a dose, past what is dosed: `more than the equivalent of prednisone 10 mg/day`."""
    for place in range(at, max(-1, at - 5), -1):
        if line.marks[place].kind == "op":
            return line.op_at(place)
        if line.marks[place].second == "or less than":
            return "<="
        if line.marks[place].kind != "word":
            return None
    return None


_TIMES_SAID = re.compile(r"\s*(?:[x×]|times|-?fold)\s*", re.IGNORECASE)


def at_limit(line: Line, at: int) -> int:
    """A limit of normal without a number before it: `≤ ULN`; or with one behind it: `ULN x 1.5`."""
    mark = line.marks[at]
    prior = line.before(at)
    if prior is None:
        return at + 1
    if line.marks[prior].second == "or" and line.last and line.last_at == prior - 1:
        held = line.found[line.last[-1]]
        if held.measure in measures() and LIMIT in measures()[held.measure].kinds and held.unit not in ("ULN", "LLN"):
            # `< 50 % or the lower limit of normal`
            names = [line.found[index].measure for index in line.last if line.found[index].value == held.value]
            line.made([(held.op, 1.0, mark.says, LIMIT)], names, at, at)
            return at + 1
    if line.marks[prior].kind == "within" and mark.says == "ULN":
        op: Op = "<="  # `within the upper limit of normal`
    elif line.marks[prior].kind == "op":
        op = line.op_at(prior)
    else:
        return at + 1
    times, end_at = 1.0, at
    if prior > 1 and line.marks[prior].kind == "op" and line.marks[prior - 2].kind == "number":
        if _TIMES_SAID.fullmatch(line.text, line.marks[prior - 2].end, line.marks[prior].start):
            times = line.marks[prior - 2].number  # `2X ≤ ULN`
    if (
        at + 2 < len(line.marks)
        and (line.marks[at + 1].kind in ("*", "×") or line.marks[at + 1].says in ("x", "times"))
        and line.marks[at + 2].kind == "number"
        and not line.marks[at + 2].unit
    ):
        times, end_at = line.marks[at + 2].number, at + 2
    names, of = subject(line, LIMIT, at, end_at, window=False, op=op)
    if names:
        line.made([(op, times, mark.says, LIMIT)], names, at, end_at, of=of)
    return end_at + 1
