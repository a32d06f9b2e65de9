"""Bare values behind a graded measure: `ECOG 0-1`, `NYHA class III or IV`, `Child-Pugh A`."""

import re
from collections.abc import Sequence

from .line import BEFORE_NUMBER, GRADED, LIGHT, SCALES, UP_IS_BETTER, Line, as_op
from .marks import ROMAN
from .measures import BARE, SHARE

_BETWEEN = frozenset({",", "/", "&", "join", "-", "–", "—", "to", "~", "?", "\u2010", "\u2011", "−"})


TO = frozenset({"-", "–", "—", "to", "~", "?", "\u2010", "\u2011", "−", "through"})


_ONE_SCALE = frozenset({"karnofsky", "lansky"})
"""`Karnofsky/Lansky 70 % or higher`: one scale for adults and one for children, with one bound."""


def _rank(value: float | str) -> tuple[float, str]:
    if isinstance(value, str):
        found = re.match(r"(\d)?(.*)", value)
        assert found is not None
        return (float(found[1]) if found[1] else 0.0, found[2])
    return (value, "")


def _extreme(values: Sequence[float | str], op: str) -> float | str:
    ordered = sorted(values, key=_rank)
    return ordered[0] if op in (">", ">=") else ordered[-1]


_WITH_MORE = re.compile(r"\s*(?:with|if|when|provided|and|due|only\s+(?:if|when|where))\b", re.IGNORECASE)


_THAT_IS = re.compile(r"\s?\.\s?e\b", re.IGNORECASE)
"""`extensive stage (i.e. metastatic)` is no stage I."""
_TWO_GRADES = re.compile(r"(\d),(\d)")
_POINTS = re.compile(r"\s*\(\s*(?:score\s+)?\d{1,2}(?:\s*(?:-|–|to|or)\s*\d{1,2})?(?:\s*points?)?\s*\)", re.IGNORECASE)


def graded(line: Line, at: int, name: str) -> int:
    """Bare values behind a graded measure: `ECOG 0-1`, `NYHA class III or IV`, `Child-Pugh A`."""
    place, many = at + 1, len(line.marks)
    light = 0
    while place < many and light < 9:
        mark = line.marks[place]
        if mark.kind == "measure" and mark.says in GRADED | {"blood_pressure"} and mark.says != "blood_pressure":
            if (
                mark.says == name
                or name in ("ecog", "nyha", "asa", "child_pugh_points", "child_pugh_class", "bclc")
                and mark.says in ("grade", "stage", "child_pugh_class", "child_pugh_points")
            ):
                place += 1  # `NYHA grade III`, `ECOG ... (ECOG)`
                continue
            return at + 1
        if mark.kind in ("(", ")", "[", "]", ":", "=", "-", "'", '"', "/", "*", "“", "\u2018") or (
            mark.kind == "word" and mark.says in LIGHT and mark.says not in ROMAN and code(line, place, name) is None
        ):
            light += 1
            place += 1
            continue
        if mark.kind == "to" and mark.says != "to":
            place += 1
            continue
        if (said := _THAT_IS_CODE.match(line.text, mark.start)) is not None and name in SCALES | {"asa"}:
            place = next((later for later in range(place, many) if line.marks[later].start >= said.end()), many)
            continue
        break
    if place >= many:
        return at + 1
    mark = line.marks[place]
    if mark.kind in ("op",) or (mark.kind == "between") or mark.kind == "within":
        if mark.kind == "op" or mark.kind == "between":
            nxt = _code_behind(line, place + 1, name)
            if nxt is not None and code(line, nxt, name) is not None and line.marks[nxt].kind != "number":
                op = line.op_at(place)
                if mark.kind == "op":
                    line.group, line.group_at = [name], at
                    line.made([(op, code(line, nxt, name) or 0.0, "", BARE)], [name], place, nxt)
                    return nxt + 1
        return at + 1
    carried = line.carried if line.carried is not None and line.carried[1] == line.marks[at].says else None
    names = [each for each in line.group if {each, name} <= _ONE_SCALE] or [name]
    values: list[float | str] = []
    last, ops_after, ranged = place, "", False
    while place < many:
        value = code(line, place, name)
        if value is None:
            break
        values.append(value)
        if (pair := _TWO_GRADES.fullmatch(line.marks[place].says)) is not None and name in (
            "ecog",
            "nyha",
            "asa",
            "grade",
            "stage",
        ):
            values[-1:] = [float(pair[1]), float(pair[2])]  # `ECOG 0,1 or 2`
        last = place
        place += 1
        if (
            (isinstance(value, str) or name == "nyha")
            and line.marks[last].kind == "number"
            and place < many
            and line.marks[place].kind == "word"
            and len(line.marks[place].says) == 1
            and line.marks[place].start == line.marks[last].end
        ):
            last, place = place, place + 1  # the letter of `stage 1B`
        place = _past_its_source(line, place)
        if place < many and line.marks[place].kind == "after":
            ops_after = line.marks[place].says
            last = place
            place += 1
            break
        look = place
        if name.startswith("child") and (points := _POINTS.match(line.text, line.marks[last].end)) is not None:
            while place < many and line.marks[place].start < points.end():
                place += 1  # `class A (5 to 6 points) or B`
            look = place
        if look < many and line.marks[look].kind == "+" and line.marks[look].start == line.marks[last].end:
            ops_after, last, place = ">=", look, look + 1
            break
        look = _past_meaning(line, look, name)
        between = 0
        while (
            look < many
            and between < 4
            and (
                line.marks[look].kind in _BETWEEN
                or (line.marks[look].kind == "measure" and line.marks[look].says == name)
                or (line.marks[look].kind == "word" and line.marks[look].says in ("class", "grade", "stage", "or"))
            )
        ):
            ranged = ranged or line.marks[look].kind in TO
            look += 1
            between += 1
        if look == place or look >= many or code(line, look, name) is None:
            break
        if any(each.kind == "measure" for each in line.marks[place:look]) and _WITH_MORE.match(line.text, line.marks[look].end):
            break  # `ECOG 0-1, or ECOG 2 with albumin ≥ 3 g/dL`
        if line.marks[look].kind == "number" and line.marks[look].unit and name not in UP_IS_BETTER:
            break
        place = look
    if not values:
        return at + 1
    if line.marks[last].kind == "number" and line.marks[last].unit and line.marks[last].second not in (BARE, SHARE):
        return at + 1
    line.group, line.group_at, line.consumed = names, at, False
    if carried is not None and len(values) >= 1:
        line.made([(carried[0], values[0] if len(values) == 1 else _extreme(values, carried[0]), "", BARE)], names, at, last)
    elif ops_after and len(values) == 1:
        if ops_after in ("better", "worse"):
            op = ">=" if (ops_after == "better") == (name in UP_IS_BETTER) else "<="
        else:
            op = as_op(ops_after)
        line.made([(op, values[0], "", BARE)], names, at, last)
    elif len(values) == 1:
        if name in ("ipss", "meld", "gleason") and isinstance(values[0], str):
            return at + 1
        line.made([("==", values[0], "", BARE)], names, at, last)
    else:
        ordered = sorted(values, key=_rank)
        if not ranged and len(values) == 2 and _rank(ordered[1])[0] - _rank(ordered[0])[0] > 1:
            line.made([("==", ordered[0], "", BARE)], names, at, last)
            line.made([("==", ordered[1], "", BARE)], names, at, last, joined="or")
            return last + 1
        line.made([(">=", ordered[0], "", BARE), ("<=", ordered[-1], "", BARE)], names, at, last)
    line.carried = None
    return last + 1


_SOURCE = re.compile(
    r"(?:\s+(?!or\b|and\b)[a-z][a-z-]+){0,3}\s*(?:[(\[](?:[^()\[\]<>≤≥=]|[(\[][^()\[\]<>≤≥=]{1,20}[)\]]){3,200}[)\]],?|,\s*(?:as\s+)?(?:per|according\s+to|by|using|defined\s+by|based\s+on)\s[^.;()<>≤≥=]{3,60}?(?:\d\.\d+)?,)\s*(?=(?:and|or|and\s*/\s*or)\s+(?:higher|greater|worse|above|more|less|lower|better|below|over)\b)",
    re.IGNORECASE,
)
"""`grade 3 (per CTCAE, version 5.0) or higher`: what stands between says by which scale."""


def _past_its_source(line: Line, at: int) -> int:
    """The mark behind what says by which scale a value is, where `or higher` stands behind that."""
    if at >= len(line.marks) or line.marks[at].kind not in ("(", "[", ",", "word"):
        return at
    found = _SOURCE.match(line.text, line.marks[at - 1].end)
    if found is None:
        return at
    behind = next((place for place in range(at, len(line.marks)) if line.marks[place].end > found.end()), at)
    return behind if line.marks[behind].kind == "after" else at


_THAT_IS_CODE = re.compile(
    r"(?:,\s*(?:(?:assessed|measured|determined|recorded)\s+[a-z ]{2,30},\s*)?)?(?:(?:that|which)\s+)?(?:(?:has|had|must|should|shall|will|can|may|is|was|are|be|been|being|either|assessed|rated|graded|scored|determined|recorded|to|as)\s+)+(?=\d{1,3}\b|(?-i:I{1,3}|[AB])\b)",
    re.IGNORECASE,
)
"""`a performance status that is either 0 or 1`."""
_MEANING_ENDS = re.compile(r"\s*(?:,\s*)?(?:(?:or|and)\s+)?(?:[0-5]|I{1,3}[ABC]?|IV[ABC]?)\b(?!\s?%)", re.IGNORECASE)


def _past_meaning(line: Line, at: int, name: str) -> int:
    """The mark behind a bracket that tells what a value means: `ECOG 0 (fully active), 1 (ambulatory) or 2`."""
    if name not in ("ecog", "nyha", "asa", "stage") or at >= len(line.marks) or line.marks[at].kind not in ("(", "["):
        return at
    for place in range(at + 1, len(line.marks)):
        if line.marks[place].kind in (")", "]"):
            return place + 1 if _MEANING_ENDS.match(line.text, line.marks[place].end) else at
        if line.marks[place].kind in ("op", "if", "(", "["):
            break
    return at


def code(line: Line, at: int, name: str) -> float | str | None:
    """A value of a graded measure: 0 to 5, III, IIIB, A, B7."""
    if at >= len(line.marks):
        return None
    mark = line.marks[at]
    if mark.kind == "number":
        if mark.second == "limit" or (mark.unit and not (mark.unit == "%" and name in ("karnofsky", "lansky"))):
            return None
        suffix = (
            re.match(r"\s?([A-Da-d])(?:[1-3])?(?![A-Za-z])", line.text[mark.end : mark.end + 3])
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
    original = line.text[mark.start : mark.end]
    if name in ("nyha", "asa", "stage", "grade", "ecog", "meld"):
        roman = re.fullmatch(r"(IV|I{1,3}|V|iv|i{1,3})([A-Da-d]?)[1-3]?", original)
        if roman is not None and not (original == "i" and _THAT_IS.match(line.text, mark.end)):
            value = ROMAN[roman[1].lower()]
            return f"{value:.0f}{roman[2].upper()}" if roman[2] and name == "stage" else value
    if name in ("child_pugh_class", "child_pugh_points"):
        letter = re.fullmatch(r"([A-C])(\d{1,2})?", original)
        if letter is not None:
            return float(letter[2]) if letter[2] else letter[1]
    if name == "bclc":
        letter = re.fullmatch(r"[0A-D]", original)
        return original if letter is not None else None
    return None


def _code_behind(line: Line, at: int, name: str, most: int = 4) -> int | None:
    """The mark at or behind a place, past words that are no value and carry nothing."""
    while at < len(line.marks) and code(line, at, name) is None and most and line.marks[at].says in BEFORE_NUMBER:
        at, most = at + 1, most - 1
    return at if at < len(line.marks) else None
