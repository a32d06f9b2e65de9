"""What an eligibility text says in its own words of the fields that a register keeps apart: ages, sex, healthy volunteers."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .atom import Atom

if TYPE_CHECKING:
    from . import Read, ReadCriterion

_YEARS = {"years": 1.0, "": 1.0, "months": 1 / 12, "weeks": 7 / 365.25, "days": 1 / 365.25}
_OTHERS = re.compile(
    r"(?i)\b(?:donors?|relatives?|partners?|parents?|caregivers?|siblings?|controls?|diagnosed (?:at|before|by|under)|at diagnosis|at the time of diagnosis|postmenopaus\w*|menopaus\w*|menses|amenorrh\w*|"
    r"childbearing|of life\b|child\b|children|mother|father|first[- ]degree|family|spouse|physicians?|providers?|staff|karnofsky|lansky|weigh\w*|screening for|mammogra\w*|ovari\w*|oophorectomy|onset|phase|cohorts?|arms?|part \w\b|group|stratum|creatinine|"
    r"if (?:the )?(?:patient|participant|subject)s? (?:is|are)|for (?:patients|participants|subjects|those|children|adults)|in (?:patients|participants|subjects)|(?:patients|participants|subjects) (?:who are )?(?:older|younger|over|under|aged?|age|[<>≥≤])|assent|"
    r"tissue|collection|samples?|archival|tumou?r|dosing|data|institutional|typically|note|exceptions?|smok\w*|original|pack|included if|"
    r"except|unless|or (?:with|who|patients|at)|and (?:with|unfit|have|who|ineligible))\b"
)
_MALE = re.compile(
    r"(?i)^\W*(?:(?:all |eligible )?(?:patients?|subjects?|participants?) (?:must be |who are )|adult |must be |be an? |be |biological(?:ly)? |genetic |healthy )*(?P<sex>males?|m[ae]n|females?|wom[ae]n)\b(?!\s*(?:(?:/|or|and|,)\s*(?:fe)?(?:males?|m[ae]n|wom[ae]n)|(?:patients?|subjects?|participants?)?\s*(?:of|with) (?:a )?(?:reproductive|non-child|child|partner|potential)|who are (?:not |of )|partners?|who (?:can|could|may)|capable|able|must|should|are|is|agree|with (?:a )?(?:female|partner|pregnan)|will|of (?:non|not)|using|not |who have partners))(?P<rest>[^;]*)"
)


@dataclass(frozen=True)
class Fields:
    """What a text says of a register's fields; nothing where it says nothing, or says it of some participants only.

    Ages are in years. `said` holds the criteria that said so.
    """

    minimum_age: float | None = None
    maximum_age: float | None = None
    sex: str = ""
    healthy: bool | None = None
    said: Mapping[str, tuple["ReadCriterion", ...]] = field(default_factory=dict)


def _age(each: Atom) -> float | None:
    if each.measure != "age" or not isinstance(each.value, float) or each.unit not in _YEARS:
        return None
    return each.value * _YEARS[each.unit]


def _completed(age: float, each: Atom) -> float:
    """The greatest age in completed years, as registers count it: under 26 years is up to 25."""
    return age - 1 if each.op == "<" and each.unit in ("years", "") else age


def fields_said(read: "Read") -> Fields:
    """The ages, the sex and the healthy volunteers that a text admits, where it says so of all its participants."""
    low: list[tuple[float, ReadCriterion]] = []
    high: list[tuple[float, ReadCriterion]] = []
    sexes: list[tuple[str, ReadCriterion]] = []
    for each in read.criteria:
        if each.cohort or each.unsure.startswith(("it hangs", "it is one of")) or "own age" in each.unsure:
            continue
        _ages(each, low, high)
        if (
            each.kind == "include"
            and (found := _MALE.match(each.text)) is not None
            and not re.search(
                r"(?i)\b(?:contracept|pregnan|birth control|childbearing|postmenopausal|menopaus|condom|sperm|abstinen|semen)",
                each.text,
            )
        ):
            other = r"\bm[ae]n\b|\bmales?\b" if found["sex"].lower().startswith(("f", "w")) else r"\bfemales?\b|\bwom[ae]n\b"
            if not re.search(rf"(?i){other}", each.text):
                sexes.append(("female" if found["sex"].lower().startswith(("f", "w")) else "male", each))
    said: dict[str, tuple[ReadCriterion, ...]] = {}
    minimum = _agreed(low, "minimum_age", said)
    maximum = _agreed(high, "maximum_age", said)
    sex = ""
    if sexes and len({sex for sex, _ in sexes}) == 1 and not _speaks_of_other(read.criteria, sexes[0][0]):
        sex, said["sex"] = sexes[0][0], tuple(each for _, each in sexes)
    healthy = _healthy(read, said)
    return Fields(minimum, maximum, sex, healthy, said)


def _ages(each: "ReadCriterion", low: list[tuple[float, "ReadCriterion"]], high: list[tuple[float, "ReadCriterion"]]) -> None:
    ages = [(atom, age) for atom in each.atoms if (age := _age(atom)) is not None and not atom.when]
    if not ages or len(ages) > 2:
        return
    first = min(atom.start for atom, _ in ages)
    if any(atom.measure not in ("age", "time") for atom in each.atoms) or each.text.rstrip().endswith((":", " or", ", or")):
        return
    if re.search(
        r"(?i)at (?:the time of )?(?:\w+ )?diagnosis|diagnosed|karnofsky|lansky|exclusion criteri|menopaus|amenorr|ovarian suppression|p(?:a)?ediatric",
        each.text,
    ) or (each.status != "whole" and first > 60):
        return
    outside = each.text[:first] + " " + each.text[max(atom.end for atom, _ in ages) :][:40]
    if _OTHERS.search(outside) and each.status != "whole":
        return
    for atom, age in ages:
        if each.kind == "include":
            if atom.op in (">=", ">"):
                low.append((age, each))
            elif atom.op in ("<=", "<"):
                high.append((_completed(age, atom), each))
        elif each.status == "whole" and len(ages) == 1:
            if atom.op in ("<", "<="):
                low.append((age, each))
            elif atom.op in (">", ">="):
                high.append((age if atom.op == ">" else age - 1, each))


def _agreed(
    found: Sequence[tuple[float, "ReadCriterion"]], name: str, said: dict[str, tuple["ReadCriterion", ...]]
) -> float | None:
    values = {round(value, 4) for value, _ in found}
    if len(values) != 1:
        return None  # nothing, or different ages for different people
    said[name] = tuple(each for _, each in found)
    return found[0][0]


def _speaks_of_other(criteria: Sequence["ReadCriterion"], sex: str) -> bool:
    """Whether other criteria are about participants of the other sex."""
    words = (
        r"\b(?:wom[ae]n|females?|pregnan\w*|breast[- ]?feeding|lactating)\b"
        if sex == "male"
        else r"\b(?:m[ae]n|males?)\b(?! partners?)"
    )
    return any(re.search(rf"(?i){words}", each.text) and not re.search(r"(?i)partners?", each.text) for each in criteria)


def _healthy(read: "Read", said: dict[str, tuple["ReadCriterion", ...]]) -> bool | None:
    for each in read.criteria:
        if (
            re.search(
                r"(?i)^\W*(?:(?:adult|male|female|normal|or|and|be|is|are|a|in|generally|all) )*healthy (?:adult |male |female |human |normal )*(?:volunteers?|subjects?|participants?|controls?|individuals?|donors?|wom[ae]n|m[ae]n|adults?)\b",
                each.text,
            )
            and each.kind == "include"
            and not re.search(r"(?i)\bnot\b|no healthy|excluded", each.text)
        ):
            said["healthy"] = (each,)
            return True
        if re.search(
            r"(?i)healthy volunteers (?:are|will be|is) (?:not (?:allowed|accepted|eligible|permitted)|excluded)|no healthy volunteers",
            each.text,
        ):
            said["healthy"] = (each,)
            return False
    return None
