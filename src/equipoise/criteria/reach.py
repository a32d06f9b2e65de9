"""How far the words of a condition reach, and what stands behind them."""

import re
from dataclasses import dataclass

from .line import CUE, GRADED, LABS, LIGHT, SEXES, Line
from .measures import BARE, LIMIT, LONG, SHARE, measures

THOSE_CASES = frozenset(
    {"cases", "case", "instances", "situations", "those cases", "these cases", "such cases", "those instances"}
)


NORMAL_BESIDES = re.compile(
    r"^(?:an?\s+)?(?:[a-z ]{3,40}?\s+(?:WNL|(?:within|in)\s+(?:the\s+)?normal\s+(?:limits|range))(?:\s*\(WNL\))?|normal\s+[a-z ]{3,30}?)"
    r"\s+(?:in|for|if|among)\s+(?:(?:patients|subjects|participants|those|individuals)\s+(?:with|who\s+have)\s+)?(?=\S)",
    re.IGNORECASE,
)
"""`with direct bilirubin WNL in patients with Gilbert's syndrome`: the case is what comes behind."""


def _lists_on(following: str) -> bool:
    """Whether a comma goes on with a list of conditions: `hemolysis, or a known history of`."""
    return bool(
        re.match(
            r"\s*(?:such as|including|e\.?g|i\.?e|like)\b|\s*(?:hemoly\w+|liver|hepatic|bone|tumou?r|or\b)[^<>≤≥=]{0,40}(?:,|or\b)",
            following,
            re.IGNORECASE,
        )
    ) and not re.search(r"[<>≤≥=]", following)


_LIGHT_CONDITION = frozenset(
    "documented known the a an of have has is are with who history evidence and or any there patient patients subject subjects participant participants that in for due to".split()
)


_CALLED = re.compile(
    r"(?:\((?:[A-Z]{2,6}s?|%)\)|\[(?:[A-Z]{2,6}s?|%)\])\s*%?\s*(?:(?:is|are|of)\s+)?\\?(?:[<>≤≥]\s?=?|=[<>])\s*\d[\d.]*\s?%"
)
"""A short name in brackets, before the share that a condition compares."""


def condition_end(line: Line, at: int) -> tuple[int, bool, bool]:
    """Where a condition's words end, and whether it holds a bound and a measure of its own."""
    many, depth = len(line.marks), 0
    place = at + 1
    if place < many and line.marks[place].kind == ":" and line.marks[at].second.startswith(("exception", "provided")):
        place += 1
    if place < many and line.marks[place].kind == "," and line.marks[at].says == "unless":
        place += 1  # `except if, the aPTT is prolonged`
    has_measure = has_bound = False
    weight, compared = 0, -9
    mark = line.marks[at]
    begins = mark.second == "if" and is_opening(line, at)
    cued = mark.kind == "word" and mark.says in ("liver", "hepatic")
    while place < many:
        each = line.marks[place]
        if each.kind in ("(", "["):
            nxt = line.marks[place + 1].kind if place + 1 < many else ""
            if place > at + 1 and not has_bound and _CALLED.match(line.text, each.start):
                place = _closed(line, place)
                continue  # `if marrow plasma cells [PC]% > 50 %`
            note = place + 1 < many and line.marks[place + 1].says in ("note", "this", "obtained", "performed", "in")
            if (
                has_bound
                or note
                or nxt in ("op", "number", "limit", "which", "if")
                or (
                    line.marks[place + 1 : place + 2]
                    and line.marks[place + 1].says != "ratio"
                    and any(follow.kind in ("within", "number") for follow in line.marks[place + 1 : place + 6])
                )
            ):
                break
            depth += 1
        elif each.kind in (")", "]"):
            if depth == 0:
                break
            depth -= 1
        elif depth == 0:
            if each.kind == ";" or each.kind == ":" or (each.kind == "." and line.is_sentence_end(place)):
                break
            if (
                each.kind == "which"
                and each.second not in ("who have", "must", "may", "where", "then")
                or each.kind == "which"
                and each.second in ("then",)
            ):
                if (weight or has_bound) and not (mark.says == "unless" and each.second == "can be"):
                    break  # but `unless treatment can be interrupted`
            if each.kind in (",", "join") and weight and not has_measure and not has_bound and _goes_on(line, at, place):
                break  # `for those receiving one drug, or HbA1c < 8 % for …`
            if each.kind == ",":
                following = line.text[each.end : each.end + 40]
                if (
                    not re.match(r"\s*(?:or|and)\b", following)
                    or has_bound
                    or re.match(r"\s*(?:or|and)\s+(?:of\s+)?(?:\\?[<>≤≥=]|\d)", following)
                ):
                    if not (weight and _lists_on(following) and not has_bound):
                        break
            if (
                each.kind == "join"
                and each.second in ("or", "and")
                and place + 1 < many
                and line.marks[place + 1].kind in ("op", "number")
                and ((has_bound and not begins) or not has_measure)
            ):
                break
            if each.kind == "join" and has_bound and not begins:
                break
            if each.kind == "measure":
                if (
                    has_bound
                    or (weight and (cued or weight >= 4))
                    or (not weight and not has_measure and mark.second != "if" and _has_code(line, place))
                ):
                    break  # what is named behind a bound begins the next
                has_measure = True
            if each.kind == "number" and each.unit in ("", "hours") and line.marks[place - 1].kind not in ("op", "within"):
                place += 1
                continue
            if (
                each.kind == "number"
                and each.second == LONG
                and weight
                and not has_measure
                and line.marks[place - 1].kind != "op"
            ):
                place += 1
                continue  # `if a stent is placed within 6 weeks of cycle 1, day 1`
            if each.kind == "op" and line.marks[place - 1].says in ("levels", "level", "values", "value"):
                has_measure = True  # `for patients with levels above normal`
            if each.kind == "op" and place + 1 < many and line.marks[place + 1].second == "word":
                weight, place = weight + 1, place + 2
                continue  # `in the presence of at least one comorbidity`
            if each.kind in ("op", "number", "limit"):
                value = each if each.kind == "number" else (line.marks[place + 1] if place + 1 < many else each)
                fits = (
                    any(line.fits(name, value.second or LIMIT) for name in line.group if name in measures())
                    if value.kind in ("number", "limit")
                    else False
                )
                if (
                    not has_measure
                    and (fits or not weight)
                    and not _is_a_share(line, at, place)
                    and not (
                        (
                            weight
                            and line.marks[place - 1].says in _IS
                            and not (fits and not line.consumed and mark.second != "if")
                        )
                        or line.marks[place - 1].second in ("in whom", "for whom", "in which")
                        or (compared == place - 1 and each.kind != "op")
                    )
                ):
                    break
                compared = place if each.kind == "op" else compared
                has_measure = has_measure or not weight
                if each.kind == "number" and not each.unit and not has_measure and each.second in (BARE, "word"):
                    pass
                else:
                    has_bound = has_bound or each.kind in ("number", "limit")
            if (
                each.kind == "if"
                and weight
                and (each.second != "where" or line.marks[place - 1].says not in THOSE_CASES)
                and each.second in ("if", "unless", "except", "when", "where", "provided", "as long as", "provided that")
            ):
                break
            if each.kind == "word" and each.says not in _LIGHT_CONDITION:
                weight += 1
                if CUE.search(line.text[each.start : each.end]):
                    cued = True
        place += 1
    return place, has_bound, has_measure


def _is_a_share(line: Line, lead: int, at: int) -> bool:
    """Whether a condition is of a share of something, which is named behind it: `if < 10 % clonal plasma cells`."""
    if line.marks[lead].second != "if" or at != lead + 1 or at + 2 >= len(line.marks) or line.marks[at].kind != "op":
        return False
    share, held = line.marks[at + 1], [line.found[index].measure for index in line.last]
    return (
        "time" not in held
        and share.second == SHARE
        and line.marks[at + 2].kind == "word"
        and not any(line.fits(name, SHARE) for name in held)
    )


def _has_code(line: Line, at: int) -> bool:
    """Whether a graded measure and its value stand here: `ECOG 0-2`."""
    if line.marks[at].says not in GRADED - {"grade", "stage"}:
        return False
    place = at + 1
    while (
        place < len(line.marks)
        and place - at < 6
        and (line.marks[place].says in LIGHT or line.marks[place].kind in ("(", ")", ":", "measure"))
    ):
        place += 1
    value = line.marks[place] if place < len(line.marks) else None
    return value is not None and (value.second == BARE or re.fullmatch(r"[a-c]|[ivx]+", value.says) is not None)


def _goes_on(line: Line, lead: int, at: int) -> bool:
    """Whether a comma, an `or` or an `and` goes on with the next bound, not with the condition."""
    joints = [line.marks[at]]
    if joints[0].second == "with":
        return False
    place, many = at + 1, len(line.marks)
    while place < many and (line.marks[place].kind in ("join", ",") or line.marks[place].says in LIGHT):
        joints.append(line.marks[place])
        place += 1
    if place >= many or line.marks[place].kind != "measure":
        return False
    names = line.marks[place].says.split("+")
    if all(each.kind != "," and "or" not in each.second.split() for each in joints):
        of_a_sex = at == lead + 2 and line.marks[lead + 1].says in SEXES  # `> 450 ms if male and QTcF > 470 ms if female`
        if line.marks[lead].kind == "if" and not line.marks[lead].second.startswith(("for ", "in ")) and not of_a_sex:
            return False
        if not of_a_sex and (not line.last or not {line.found[index].measure for index in line.last} & set(names)):
            return False
    hops = 0
    while place < many and hops < 10 and line.marks[place].kind in ("measure", "join", "word", "(", ")", "/", "["):
        place, hops = place + 1, hops + 1
    return place + 1 < many and line.marks[place].kind == "op" and line.marks[place + 1].kind in ("number", "limit")


@dataclass(slots=True)
class Ahead:
    """What stands behind a condition: whether a bound is `reached` before the statement ends, where, and past what."""

    at: int
    reached: bool = False
    which: bool = False
    opened: bool = False
    joined: bool = False
    named: bool = False


_EXAMPLES = frozenset(("e", "i", "such", "including", "eg", "ie"))
_IS = frozenset(("be", "is", "are", "was", "were"))
_WHO = frozenset(("who", "whose", "whom"))
_NOTES = frozenset(("note", "this", "obtained", "performed"))


def ahead(line: Line, stop: int, *, begins: bool, who: bool) -> Ahead:
    """What stands behind a condition, up to the next bound or the end of the statement."""
    found, many, hops = Ahead(stop), len(line.marks), 0
    while found.at < many and hops < (40 if begins else 24 if who else 16):
        look = found.at
        each = line.marks[look]
        hops += 1
        if each.kind == "number" and _is_passed(line, look, begins=begins):
            found.at += 1
            continue
        if each.kind == "op" and not any(mark.kind in ("number", "limit") for mark in line.marks[look + 1 : look + 4]):
            found.at += 1
            continue  # `may exceed this value, but`
        if begins and each.kind == "op" and line.marks[look + 1].kind == "number" and line.marks[look + 1].second == LONG:
            found.at += 2
            continue  # `if HIV-positive, must be treated for at least 4 weeks and have CD4 ≥ 350/uL`
        if each.kind in ("op", "number", "limit"):
            found.reached = (
                each.kind != "number"
                or each.second == LIMIT
                or (look + 1 < many and line.marks[look + 1].kind == "after")
                or (look + 2 < many and line.marks[look + 1].second == "to" and line.marks[look + 2].kind == "number")
            )
            break
        is_led_on = each.kind == ";" and look + 1 < many and line.marks[look + 1].second == "then"
        if (each.kind == ";" and not is_led_on) or (each.kind == "." and line.is_sentence_end(look)):
            break
        if each.kind in (")", "]") and line.depth > 0 and not found.opened:
            if look > stop or not line.group or line.consumed:
                break
            found.at += 1
            continue  # `PTT (in the absence of lupus anticoagulant) > 2 x ULN`
        if each.kind in ("(", "[") and look + 1 < many and line.marks[look + 1].says in _NOTES:
            break
        if each.kind in ("(", "[") and look + 1 < many and line.marks[look + 1].says in _EXAMPLES:
            found.at = _closed(line, look)
            continue
        is_in_which = each.kind == "if" and (each.second == "where" or (each.second == "when" and look == stop))
        if each.kind == "which" or is_in_which or each.says in _WHO:
            found.which = True
        elif each.kind in ("(", "[", ":"):
            found.opened = True
        elif each.kind in (")", "]"):
            found.opened = False
        elif each.kind == "join" and (look == stop or (look == stop + 1 and line.marks[stop].kind == ",")):
            found.joined = True
        elif each.kind == "measure":
            found.named = True
            if who and _has_code(line, look):
                found.reached = True
                return found
        elif each.kind == "if" and each.second != "presence of" and not found.which and not (each.second == "if" or begins):
            break
        found.at += 1
    if found.reached:
        value = next((each for each in line.marks[found.at : found.at + 4] if each.kind in ("number", "limit")), None)
        found.reached = value is not None and not (
            value.second == LONG and value.kind == "number" and not _is_an_age(line, stop, found)
        )
    return found


def _is_an_age(line: Line, stop: int, found: Ahead) -> bool:
    """Whether the years that a condition leads to are an age: `for subjects with germ cell tumours, age ≥ 15 years`."""
    return not found.which and any(each.says == "age" for each in line.marks[stop : found.at + 1] if each.kind == "measure")


def _is_passed(line: Line, at: int, *, begins: bool) -> bool:
    """Whether a number is no bound of its own: `a 24-hour collection`, `2 consecutive values`, `within 6 months`."""
    each, many = line.marks[at], len(line.marks)
    behind = line.marks[at - 1].kind if at else ""
    if (each.unit == "hours" and behind not in ("op", "within")) or (at and line.marks[at - 1].says == "differentiation"):
        return True
    return begins and (
        (each.second == BARE and at + 1 < many and line.marks[at + 1].kind == "word")
        or (each.second == LONG and behind == "within")
    )


def _closed(line: Line, at: int) -> int:
    """The place behind the bracket that opens at a place."""
    depth = 0
    for place in range(at, len(line.marks)):
        depth += (line.marks[place].kind in ("(", "[")) - (line.marks[place].kind in (")", "]"))
        if not depth:
            return place + 1
    return len(line.marks)


def is_opening(line: Line, at: int) -> bool:
    """Whether a statement begins at a mark, whatever number or note stands before it."""
    before = line.text[max(0, line.marks[at].start - 24) : line.marks[at].start]
    return re.fullmatch(
        r"(?:.*[.;:(]\s|\W*)(?:\d+[.)\\]+\s*)?(?:note:?\s*)?\W*", before, re.IGNORECASE | re.DOTALL
    ) is not None and (len(before) < 24 or re.search(r"[.;:(]", before) is not None)


def opens(line: Line, at: int) -> bool:
    """Whether a condition stands behind `or` or at the head of a sentence, and so before what depends on it."""
    place = at - 1
    while place >= 0 and line.marks[place].kind in ("-", ",", "*", "("):
        place -= 1
    return place < 0 or line.marks[place].kind in (".", ";") or line.marks[place].second == "or"


def names_bound(line: Line, at: int) -> bool:
    """Whether a measure and a comparison stand right behind: `for creatinine levels > 1.5 x ULN`."""
    kinds = [each.kind for each in line.marks[at + 1 : at + 7] if each.kind not in ("word", "(", ")", "[", "]")]
    return kinds[:2] in (["measure", "op"], ["measure", "measure"])


def is_after_a_case(line: Line, at: int) -> bool:
    """Whether a bound of somebody alone, in brackets, is what was said last, but for `and`."""
    before = [each.kind for each in line.marks[max(0, at - 2) : at]]
    return bool(line.last) and bool(line.found[line.last[-1]].when) and before in ([")", "join"], [")", ","])


def is_sex_condition(line: Line, at: int) -> bool:
    """Whether a sex is named right before a bound of a laboratory value: `male ≤ 450 ms, female ≤ 470 ms`."""
    if not line.group or not set(line.group) & LABS or (line.active and line.active not in SEXES):
        return False
    place = at + 1
    while (
        place < len(line.marks)
        and place < at + 4
        and (
            line.marks[place].kind in (":", "-", "–", "=") or line.marks[place].says in ("patients", "subjects", "participants")
        )
    ):
        place += 1
    if place + 1 >= len(line.marks) or line.marks[place].kind != "op" or line.marks[place + 1].kind != "number":
        return False
    kind = line.marks[place + 1].second
    return kind != LONG and any(line.fits(name, kind) for name in line.group)
