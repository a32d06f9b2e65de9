"""How well the atoms of lines are read, against lines that a person labelled before seeing any reading of them."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from equipoise.criteria import Atom, criteria
from equipoise.finding import Unreadable
from equipoise.quantity import scale

GOLD = Path(__file__).parent / "gold.jsonl"
SETS = (
    "development", "test", "second test", "last", "third test", "fourth test", "fifth test", "sixth test", "seventh test",
    "eighth test", "ninth test", "tenth test", "eleventh test", "twelfth test",
    "thirteenth test", "fourteenth test", "fifteenth test", "sixteenth test", "seventeenth test",
    "eighteenth test", "nineteenth test", "twentieth test",
    "elsewhere", "elsewhere, second",
)  # fmt: skip
"""The sets of lines, in the order in which they were labelled."""


@dataclass(frozen=True)
class Score:
    """Atoms found, invented and missed; units and conditions that are right, of those that there are."""

    lines: int = 0
    found: int = 0
    invented: int = 0
    missed: int = 0
    units: int = 0
    conditions: int = 0
    conditional: int = 0

    @property
    def precision(self) -> float:
        """Of the atoms read, how many are there."""
        return self.found / (self.found + self.invented)

    @property
    def recall(self) -> float:
        """Of the atoms there, how many are read."""
        return self.found / (self.found + self.missed)

    @property
    def f1(self) -> float:
        """Their harmonic mean."""
        return 2 * self.precision * self.recall / (self.precision + self.recall)

    @property
    def unit(self) -> float:
        """Of the atoms read, how many have the right unit."""
        return self.units / self.found

    @property
    def condition(self) -> float:
        """Of the atoms there with a condition, how many are read with it."""
        return self.conditions / self.conditional


def lines(half: str) -> Iterator[dict[str, Any]]:
    """The labelled lines of one set."""
    for line in GOLD.read_text(encoding="utf-8").splitlines():
        each = json.loads(line)
        if each["half"] == half:
            yield each


@cache
def score(half: str) -> tuple[Score, tuple[str, ...]]:
    """The score of one set, and each line that is not as it was labelled."""
    total: dict[str, int] = dict.fromkeys(Score.__dataclass_fields__, 0)
    wrong = []
    for line in lines(half):
        read = [atom for each in criteria(line["line"], kind=line["section"]).criteria for atom in each.atoms]
        counts, said = _line(line["atoms"], read)
        for name, count in counts.items():
            total[name] += count
        total["lines"] += 1
        if said:
            wrong.append(f"{line['line']}\n    " + "\n    ".join(said))
    return Score(**total), tuple(wrong)


def _line(labelled: Sequence[dict[str, Any]], read: Sequence[Atom]) -> tuple[dict[str, int], list[str]]:
    counts: dict[str, int] = dict.fromkeys(("found", "invented", "missed", "units", "conditions", "conditional"), 0)
    said, left = [], list(read)
    for label in labelled:
        is_conditional = bool(label.get("when") or label.get("unless"))
        counts["conditional"] += is_conditional
        same = [atom for atom in left if _is_same(label, atom)]
        same.sort(key=lambda atom: (bool(atom.when), bool(atom.unless)) != (bool(label.get("when")), bool(label.get("unless"))))
        if not same:
            counts["missed"] += 1
            said.append(f"missed {label}")
            continue
        atom = same[0]
        left.remove(atom)
        counts["found"] += 1
        right_unit = label["unit"] == "?" or _unit(label["unit"]) == _unit(atom.unit)
        counts["units"] += right_unit
        if not right_unit:
            said.append(f"unit '{atom.unit}' for {label}")
        if is_conditional:
            right = _is_condition(label.get("when", ""), atom.when) and _is_condition(label.get("unless", ""), atom.unless)
            counts["conditions"] += right
            if not right:
                said.append(f"when '{atom.when}', unless '{atom.unless}' for {label}")
    counts["invented"] += len(left)
    said += [f"invented {atom.measure} {atom.op} {atom.value} {atom.unit}" for atom in left]
    return counts, said


def _is_same(label: dict[str, Any], atom: Atom) -> bool:
    value = label["value"] == atom.value
    if isinstance(label["value"], float) and isinstance(atom.value, float):
        value = abs(label["value"] - atom.value) <= 0.002 * abs(label["value"])
    return atom.measure == label["measure"] and value and label["op"] in ("?", atom.op)


def _unit(unit: str) -> object:
    try:
        return scale(unit)
    except Unreadable:
        return unit


def _is_condition(label: str, said: str) -> bool:
    """Whether a condition is the one labelled: its first words of weight are in it."""
    if not label:
        return not said
    squeezed = said.lower().replace("hepatic", "liver").replace(" ", "")
    label = label.lower().replace("hepatic", "liver")
    words = [word for word in label.split() if len(word) >= 4 or not word.isalpha()] or [label]
    return any(word.replace(" ", "")[:8] in squeezed for word in words)
