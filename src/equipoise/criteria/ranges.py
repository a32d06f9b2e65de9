"""The other end of a range, and a comparison said behind its number: `18 to 75 years`, `18 years of age or older`."""

import re

from .atom import Op
from .grades import TO
from .line import Line
from .measures import BARE

_AGED = re.compile(r"\s*(?:of\s+age|old)\b", re.IGNORECASE)


def range_end(line: Line, at: int, kind_before: str, op: Op | None) -> tuple[int | None, Op | None]:
    """Where the second number of a range stands, and the comparison said before it."""
    many, mark = len(line.marks), line.marks[at]
    place = at + 1
    if kind_before == "between" and [each.kind for each in line.marks[place : place + 3]] == ["(", "number", ")"]:
        place += 3  # `between 50 kg (110 lb) and 110 kg (243 lb)`
    hops = 0
    while (
        place < many
        and hops < 3
        and line.marks[place].kind == "word"
        and line.marks[place].says in ("of", "age", "old", "inclusive", "y", "years", "year")
    ):
        place, hops = place + 1, hops + 1
    if (
        place < many
        and hops == 0
        and line.marks[place].kind == "measure"
        and line.marks[place].says == "age"
        and kind_before == "between"
    ):
        place += 1
    if place >= many:
        return None, None
    joint = line.marks[place]
    if place == at + 1 and joint.unit == "years" and op is None and not mark.unit and 1 < mark.number < joint.number <= 110:
        if _AGED.match(line.text, joint.end) and line.text[mark.end : joint.start].isspace():
            return place, None  # `18 55 years of age`, its dash lost
    is_to = joint.kind in TO or (joint.kind == "to" and joint.second in ("to", "through"))
    is_and = joint.kind == "join" and joint.second in ("and", "to") and kind_before == "between"
    is_next = (
        op is None and joint.second == "or" and "age" in line.group and line.group_at >= at - 2 and _is_next(line, at, place)
    )
    if not (is_to or is_and or is_next):
        return None, None
    place += 1
    second_op: Op | None = None
    if place < many and line.marks[place].kind == "op":
        second_op = line.op_at(place)
        place += 1
    if place >= many or line.marks[place].kind != "number":
        return None, None
    second = line.marks[place]
    if second.second == "limit" and mark.second != "limit" and mark.unit:
        return None, None
    if mark.unit and second.unit and mark.second != second.second:
        return None, None
    if (
        joint.kind in ("-", "–", "—")
        and joint.start != mark.end
        and second.start != joint.end
        and not op
        and not (line.group or second.unit or kind_before == "between")
    ):
        return None, None
    return place, second_op


def _is_next(line: Line, at: int, joint: int) -> bool:
    """Whether the next whole number stands behind `or`: `aged 16 or 17`."""
    return joint + 1 < len(line.marks) and line.marks[joint + 1].number == line.marks[at].number + 1 > 1


_THINGS = frozenset(
    "cigarettes drinks units episodes flashes days nights cycles lines attacks packs tablets doses times visits teeth joints nodes lesions sites prior previous hot".split()
)
"""What may be counted between a number and `or more`."""


def _is_a_sign(line: Line, at: int) -> str | None:
    """The comparison that a sign behind `or` says of the number before it: `18 or >`."""
    if at >= len(line.marks) or line.marks[at].kind != "op" or line.marks[at].says not in ("<", ">"):
        return None
    behind = line.marks[at + 1].kind if at + 1 < len(line.marks) else "."
    return f"{line.marks[at].says}=" if line.marks[at].second == "" and behind in (")", ",", ".", ";", ":") else None


def after_mark(line: Line, at: int) -> tuple[str, int] | None:
    """A comparison said behind a number: `18 years of age or older`."""
    place, hops = at + 1, 0
    while place < len(line.marks) and hops < 5:
        mark = line.marks[place]
        if mark.kind == "after":
            return mark.says, place
        if mark.second == "or" and (sign := _is_a_sign(line, place + 1)) is not None:
            return sign, place + 1
        things = (line.marks[at].second == BARE and mark.kind == "word" and mark.says in _THINGS) or (
            line.marks[at].second == "dose" and (mark.kind in ("word", "/") or mark.says == "day")
        )  # `10 mg of prednisone daily or less`
        light = (
            things
            or mark.kind == "word"
            and mark.says
            in (
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
        )
        if light or (mark.kind == "measure" and mark.says == "age") or (mark.kind in (",", ")", "(", "-", ".") and hops < 2):
            if mark.kind == "." and line.is_sentence_end(place):
                return None
            place, hops = place + 1, hops + 1
            continue
        break
    return None


_TURNED: dict[str, Op] = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def first_side(line: Line, at: int) -> bool:
    """Whether a number stands before its measure, and the measure's other bound behind it: `30 % ≤ FEV1 ≤ 80 %`."""
    mark, behind = line.marks[at], line.marks[at + 1 : at + 6]
    if [each.kind for each in behind[:2]] != ["op", "measure"] or behind[0].second:
        return False
    place = 2 + (len(behind) > 2 and behind[2].kind == "word")
    if [each.kind for each in behind[place : place + 2]] != ["op", "number"] or behind[0].says[:1] != behind[place].says[:1]:
        return False
    other = behind[place + 1]
    unit, kind = (mark.unit, mark.second) if mark.unit else (other.unit, other.second)
    names = [name for name in behind[1].says.split("+") if line.fits(name, kind)]
    if not names:
        return False
    op: Op = _TURNED[behind[0].says]
    line.made([(op, mark.number, unit, kind)], names, at, at)
    return True
