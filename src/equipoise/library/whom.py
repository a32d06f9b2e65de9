"""Whom criteria take: the ages and the performance statuses that they state."""

import re
from collections.abc import Iterator

from ..criteria.atoms import atoms
from ..criteria.sections import pieces

IN_YEARS = {"y": 1.0, "m": 1 / 12, "w": 7 / 365.25, "d": 1 / 365.25, "h": 0.0}
"""How many years one of each unit is, by its first letter."""


def ages_in(text: str) -> tuple[float | None, float | None]:
    """The lowest and the highest age in years that criteria state, each None where they do not."""
    low: float | None = None
    high: float | None = None
    for kind, said in _about(text, r"\bage[ds]?\b|\byears?[ -]old\b|\bolder\b|\byounger\b"):
        for atom in atoms(said):
            if atom.measure != "age" or not isinstance(atom.value, float) or atom.when or atom.unless:
                continue
            years = atom.value * IN_YEARS.get((atom.unit or "y")[0].lower(), 1.0)
            op = atom.op if kind == "include" else {">": "<=", ">=": "<", "<": ">=", "<=": ">"}.get(atom.op, "")
            if op in (">=", ">") and low is None:
                low = years
            elif op in ("<=", "<") and high is None:
                high = years
    return low, high


def ecog_taken(text: str) -> tuple[int, ...] | None:
    """The ECOG performance statuses that criteria take; None where they say nothing of it.

    >>> ecog_taken("Inclusion Criteria:\\n* ECOG performance status 0-1\\nExclusion Criteria:\\n* Pregnant")
    (0, 1)
    """
    taken: set[int] | None = None
    barred: set[int] = set()
    for kind, said in _about(text, r"\becog\b|\beastern co|\bzubrod|\bwho (?:ps|performance)|\bperformance status"):
        if re.search(r"karnofsky|lansky", said, re.IGNORECASE) and not re.search(
            r"ecog|zubrod|who|eastern", said, re.IGNORECASE
        ):
            continue
        grades = [
            atom for atom in atoms(said) if atom.measure == "ecog" and isinstance(atom.value, (int, float)) and not atom.when
        ]
        if not grades:
            continue
        held: set[int] = set()
        for number, atom in enumerate(grades):
            met = {grade for grade in range(5) if _compared(atom.op, grade, float(atom.value))}
            held = (
                met
                if not number
                else held | met
                if atom.joined == "or" or atom.op == "==" == grades[number - 1].op
                else held & met
            )
        if kind == "include":
            taken = held if taken is None else taken | held  # cohorts apart take each their own
        else:
            barred |= held
    if taken is None and not barred:
        return None
    return tuple(sorted((taken if taken is not None else set(range(5))) - barred))


def _compared(op: str, grade: int, value: float) -> bool:
    return {"<": grade < value, "<=": grade <= value, ">": grade > value, ">=": grade >= value, "!=": grade != value}.get(
        op, grade == value
    )


def _about(text: str, pattern: str) -> Iterator[tuple[str, str]]:
    """The criteria that hold a word, each with whether it includes or excludes."""
    if not re.search(pattern, text, re.IGNORECASE):
        return
    for piece in pieces(text):
        said = text[piece.start : piece.end]
        if not piece.is_heading and re.search(pattern, said, re.IGNORECASE):
            yield piece.kind, said[:1_000]
