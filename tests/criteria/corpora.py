"""The real eligibility texts beside the repository, and what people and registers say of them."""

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from equipoise.criteria import Fields, Kind, ReadCriterion, criteria, fields_said

FILES = ("ctgov_criteria_hpb", "ctgov_criteria_other")
_OPS = {"GT": ">", "GTEQ": ">=", "LT": "<", "LTEQ": "<="}
_WORDS = {
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "twelve": 12,
}


def records(shared: Path, name: str) -> Iterator[dict[str, Any]]:
    """The lines of one file of the corpus."""
    with gzip.open(shared / "data" / "eligibility" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def texts(shared: Path) -> Iterator[tuple[Kind, str]]:
    """Every text of the two files of criteria: 3,223 trials, the inclusions and the exclusions of each."""
    for name in FILES:
        for record in records(shared, name):
            yield "include", record["inclusion_criteria"] or ""
            yield "exclude", record["exclusion_criteria"] or ""


def in_years(age: str | None) -> float | None:
    """An age as the register writes it, `18 Years`."""
    if not age:
        return None
    number, unit = age.split()
    return float(number) / {"Y": 1, "M": 12, "W": 52.1775, "D": 365.25, "H": 8766}[unit[0]]


def compared_fields(shared: Path) -> tuple[dict[str, tuple[int, int]], list[str]]:
    """For each field of the register, how often a text says it and how often they agree; and each that do not.

    Registers write `under 50 years` both as a maximum of 49 and of 50: either agrees.
    """
    counts = {"minimum age": (0, 0), "maximum age": (0, 0), "sex": (0, 0), "healthy volunteers": (0, 0)}
    apart = []
    for record in records(shared, "oncology_structured"):
        register = record["eligibility"]
        read = criteria(register["raw_text"])
        said: Fields = fields_said(read)
        pairs = (
            ("minimum age", "minimum_age", said.minimum_age, in_years(register["minimum_age"])),
            ("maximum age", "maximum_age", said.maximum_age, in_years(register["maximum_age"])),
            ("sex", "sex", said.sex or None, (register["sex"] or "").lower()),
            ("healthy volunteers", "healthy", said.healthy, register["accepts_healthy_volunteers"]),
        )
        for name, field, ours, theirs in pairs:
            if ours is None:
                continue
            agree = ours == theirs
            if isinstance(ours, float) and isinstance(theirs, float):
                under = any(atom.op == "<" for each in said.said[field] for atom in each.atoms if atom.measure == "age")
                agree = abs(ours - theirs) < 0.02 or (name == "maximum age" and under and theirs == ours + 1)
            counts[name] = (counts[name][0] + 1, counts[name][1] + agree)
            if not agree:
                apart.append(f"{record['nct_id']} {name}: text {ours}, register {theirs}: {said.said[field][0].text[:120]}")
    return counts, apart


def forms(shared: Path) -> Iterator[tuple[str, Kind, str, set[tuple[str, float]]]]:
    """Each criterion that people wrote as a logical form: its name, section, text, and the comparisons in the form."""
    for record in records(shared, "logical_forms_batch1"):
        parts = record["form"].split("\n\n")
        form = "\n".join(parts[3:]) if len(parts) > 3 else parts[2].split("\n", 2)[-1]
        text = re.sub(r"\s*/\s*", "/", parts[1].strip("'"))
        yield record["id"], ("include" if "INC" in parts[0] else "exclude"), text, set(_comparisons(form))


def _comparisons(form: str) -> Iterator[tuple[str, float]]:
    for found in re.finditer(r"eq\(", form):
        depth = 0
        for at in range(found.end() - 1, len(form)):
            depth += (form[at] == "(") - (form[at] == ")")
            if not depth:
                break
        body = form[found.end() : at]
        values = [value.lower() for value in re.findall(r'val\("([^"]*)"\)', body)]
        numbers = [
            float(_WORDS.get(value, value)) for value in values if value in _WORDS or re.fullmatch(r"\d+(?:\.\d+)?", value)
        ]
        ops = re.findall(r"op\((\w+)\)", body)
        if 'unit("grade")' in body:
            continue
        if len(numbers) >= 2 and ("BETWEEN" in ops or not ops):
            yield ">=", min(numbers)
            yield ("<" if "LT" in ops else "<="), max(numbers)
        else:
            op = _OPS.get(ops[0], "?") if ops else "<=" if "temporal_per(PAST)" in body else "?"
            for number in numbers:
                yield op, number


def comparisons(read: tuple[ReadCriterion, ...]) -> set[tuple[str, float]]:
    """The comparisons of criteria, without what is compared."""
    return {(atom.op, atom.value) for each in read for atom in each.atoms if isinstance(atom.value, float)}
