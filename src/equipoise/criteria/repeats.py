"""A number that says the bound before it again: in another unit, of another measure, or of other people."""

import re

from .atom import Atom
from .line import DEPENDENT, Line
from .measures import BARE, CELLS, CONCENTRATION, LENGTH, LONG

OF_OTHERS = re.compile(
    r"\s*(?:\(\s*[\d.]+\s*(?:in|inch(?:es)?|lbs?|ft)\s*\)|\)|,?\s+(?:of\s+)?(?:the\s+|that\s+|what\s+is\s+)?(?:normal|predicted)(?:\s+values?)?)?\s*(?:(?:is|are|will be)\s+)?(?:(?:allowed|permitted|acceptable)\s+)?(?:for|if|in|when|where|among|with)\s+(?!(?:the|this|all|age|study)\b)[A-Za-z]",
    re.IGNORECASE,
)
"""The same bound with another value in other people: `> 450 ms (470 ms for females)`."""
_OTHER_UNITS = re.compile(r"\(\s*[\d.]+\s*(?:in|inch(?:es)?|lbs?|ft)\s*\)")
"""`> 102 cm (40 in)`."""
_OF_A_SEX = re.compile(r"\b(?:males?|females?|m[ae]n|wom[ae]n|boys|girls)\b", re.IGNORECASE)
OF_THE_OTHER_SEX = re.compile(
    r"[^.;,()\d<>≤≥]{0,40}?\b(?:for|in|if)\s+(?:a\s+)?(?:males?|females?|m[ae]n|wom[ae]n|boys|girls)\b", re.IGNORECASE
)


def counts_the_same(line: Line, at: int, prior: int | None) -> bool:
    """Whether what was counted before is counted again: `at least 4 hot flushes a day or 28 hot flushes a week`."""
    held = line.found[line.last[-1]]
    if held.measure != "count" or not held.of or prior is None or line.marks[prior].second != "or" or at - line.last_at > 8:
        return False
    return line.text[line.marks[at].end :].lstrip().lower().startswith(held.of.lower())


def is_named_again(line: Line, at: int) -> bool:
    """Whether a comparison before the first of two names is of both: `less than WBC 2000/mm3 or platelets 50,000/mm3`."""
    held, first = line.found[line.last[-1]], line.last_at
    return (
        first >= 2
        and [each.kind for each in line.marks[first - 2 : at + 1]] == ["op", "measure", "number", "join", "measure", "number"]
        and line.marks[first + 1].second in ("or", "and")
        and line.marks[at].second == line.marks[first].second != BARE
        and held.measure != line.marks[at - 1].says
    )


def is_twin(line: Line, at: int, end_at: int, values: list[tuple[str, float | str, str, str]]) -> bool:
    """Whether brackets say the bound before them once more, in another unit: `≥ 20 mm (≥ 2 cm)`."""
    if not line.last or len(values) != 1 or end_at + 1 >= len(line.marks) or line.marks[end_at + 1].kind not in (")", "]"):
        return False
    held = line.found[line.last[-1]]
    if (
        values[0][3] not in (LENGTH, CELLS, CONCENTRATION)
        or values[0][2] == held.unit
        or not held.unit
        or values[0][0] != held.op
    ):
        return False
    prior = line.before(at)
    return (
        prior is not None
        and prior - 2 == line.last_at
        and line.marks[prior - 1].kind in ("(", "[")
        and line.fits_unit(held.measure, values[0][3])
    )


def is_again(line: Line, at: int, prior: int | None) -> bool:
    """Whether a number without a comparison is the value before it, said of others."""
    held, mark = line.found[line.last[-1]], line.marks[at]
    if (
        held.measure not in DEPENDENT
        or mark.second in ("word", "times")
        or (mark.second == LONG and held.measure != "age")
        or prior is None
        or at - line.last_at > 10
    ):
        return False
    if mark.unit != held.unit and not (not mark.unit and mark.second == BARE and not held.unit.startswith(("U", "L"))):
        return False
    aside = _OTHER_UNITS.search(line.text, line.marks[line.last_at].end, mark.start)
    if any(
        each.kind in ("measure", "number", "op", ".", "within")
        for each in line.marks[line.last_at + 1 : at]
        if aside is None or not aside.start() <= each.start < aside.end()
    ):
        return False
    return line.marks[prior].kind in ("(", "[", ",", "/") or line.marks[prior].second in ("or", "and")


def is_of_the_other_sex(line: Line, at: int, prior: int | None) -> bool:
    """Whether a number without a comparison is what was counted before it, in the other sex: `> 1 drink/day for women and 2 for men`."""
    held = line.found[line.last[-1]]
    between = line.marks[line.last_at + 1 : at]
    return (
        prior is not None
        and held.measure in ("count", "other", "dose")
        and _OF_A_SEX.search(held.when) is not None
        and at - line.last_at <= 14
        and line.marks[prior].kind in (",", "join", "(")
        and not any(each.kind in ("number", "op", ".", ";", "measure") for each in between)
        and line.marks[at].unit == held.unit
    )


def says_of_whom(line: Line, end: int) -> bool:
    """Whether what stands behind a number says of whom it is, in words or in a bracket that was read before."""
    return OF_OTHERS.match(line.text, end) is not None or any(0 <= start - end <= 3 for start in line.told_at)


def pressure_of_others(line: Line, at: int, prior: int | None) -> Atom | None:
    """The pressure that is said again, of others: `> 140/90 mmHg, or 130/80 mmHg for patients with diabetes`."""
    held = line.found[line.last[-1]]
    if prior is None or held.measure not in ("systolic", "diastolic") or not 0 <= at - line.last_at <= 4:
        return None
    behind = line.marks[at + 1 : at + 3]
    if [each.kind for each in behind] != ["/", "number"] or line.marks[prior].kind not in ("join", "(", ","):
        return None
    return held if says_of_whom(line, behind[1].end) else None
