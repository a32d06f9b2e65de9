"""OHDSI Circe: a study's criteria as a cohort definition for databases in the OMOP common data model.

What it carries
    Each criterion that asks for a number, a code, a yes or the time of an activity becomes an inclusion rule over records
    before the index date. Not is pushed inwards, so that what is measured has to have been measured.

What it does not
    Three values. A Circe rule is met or it is not: of every criterion a warning says whether a patient of whom nothing is
    known is left out by it or let through. The last value: any record counts. Units: a value is compared as it stands,
    whatever its unit. Judgements, lesions, and what compares two facts, are left out, each with a warning. Concepts carry
    the codes of the vocabulary (LOINC, NCIt) and no OMOP number, which only a copy of the OMOP vocabularies knows: they
    have to be looked up before the definition is run.

Source
    OHDSI, circe-be, cohort expression; OMOP common data model 5.4.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import floor
from typing import Any, Literal

from ..expression.tree import (
    Aggregate,
    Among,
    And,
    Arithmetic,
    Compare,
    Constant,
    Converted,
    Field,
    Named,
    Not,
    Or,
    Pick,
    Quantified,
    Rows,
    Tree,
)
from ..finding import Finding, Severity
from ..protocol import Criterion, Item, Judgement
from ..study import Study
from ..vocabulary import vocabulary
from .ctgov.registration import said
from .format import Cases, Exported, Format

Made = dict[str, Any]
Fate = Literal["out", "through"]
"""What becomes of a patient of whom nothing is known: left out, or let through."""

OPS = {"<": "lt", "<=": "lte", ">": "gt", ">=": "gte", "==": "eq", "!=": "!eq"}
TURNED = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
GENDERS = {"female": (8532, "FEMALE"), "male": (8507, "MALE")}
"""The two concepts whose numbers the OMOP model itself gives."""
AT_LEAST, AT_MOST = 2, 1


class Unsayable(Exception):
    """A statement that Circe has no words for, and why."""


@dataclass
class _Rule:
    """A criterion on its way to a rule: what becomes of the unknown in its parts, and what is said of less than was meant."""

    fates: list[Fate] = field(default_factory=list)
    less: list[str] = field(default_factory=list)


def out(study: Study, cases: Cases | None = None) -> Exported:
    """A cohort definition of a study's criteria, and of each what it does with what is not known."""
    made = _Definition(study)
    rules = []
    for each in study.protocol.eligibility:
        rule = made.rule(each)
        if rule is not None:
            rules.append(rule)
    told = {
        "cdmVersionRange": ">=5.0.0",
        "PrimaryCriteria": {
            "CriteriaList": [{"VisitOccurrence": {"VisitTypeExclude": False}}],
            "ObservationWindow": {"PriorDays": 0, "PostDays": 0},
            "PrimaryCriteriaLimit": {"Type": "All"},
        },
        "ConceptSets": made.sets,
        "QualifiedLimit": {"Type": "First"},
        "ExpressionLimit": {"Type": "First"},
        "InclusionRules": rules,
        "CensoringCriteria": [],
        "CollapseSettings": {"CollapseType": "ERA", "EraPad": 0},
        "CensorWindow": {},
    }
    text = json.dumps(told, indent=2, ensure_ascii=False) + "\n"
    return Exported({f"{study.protocol.study}.circe.json": text.encode()}, (*made.findings, *made.unmapped()))


def _narrowed(picked: Pick) -> str:
    """Why the record that is meant is not any of them; nothing where the last of all is meant."""
    if picked.rows.where is not None:
        return "it asks for records of a window, or that meet a condition, and Circe would take any"
    return "" if picked.which == "last" else "it asks for one of several records by its place, and Circe would take any"


class _Definition:
    """A cohort definition: its concept sets, and what was found on the way."""

    def __init__(self, study: Study) -> None:
        self.study = study
        self.sets: list[Made] = []
        self.findings: list[Finding] = []
        self._ids: dict[str, int] = {}

    def unmapped(self) -> Iterator[Finding]:
        """The concepts that somebody has to look up."""
        if self.sets:
            says = f"Circe: {len(self.sets)} concept sets hold codes and no OMOP concept number: look them up before use"
            yield Finding("not-carried", self.study.protocol.place, says, Severity.WARNING)

    def lost(self, criterion: Criterion, says: str) -> None:
        """Something of a criterion that the definition does not hold, or holds with less than was meant."""
        self.findings.append(
            Finding(
                "not-carried",
                criterion.place,
                f"Circe: criterion '{criterion.id}' {says}",
                Severity.WARNING,
                about=criterion.id,
            )
        )

    def rule(self, each: Criterion) -> Made | None:
        """A criterion as an inclusion rule; None where it cannot be one."""
        if each.cohorts or each.groups:
            self.lost(each, f"is of {' and '.join((*each.cohorts, *each.groups))} alone: it is left out, and excludes nobody")
            return None
        if isinstance(each.rule, Judgement):
            self.lost(each, "asks a person: it is left out, and excludes nobody")
            return None
        if each.rule.tree is None:
            return None
        noted = _Rule()
        try:
            group = self._group(each.rule.tree, each.include is not None, noted)
        except Unsayable as why:
            self.lost(each, f"is left out, and excludes nobody: {why}")
            return None
        self.lost(each, f"has two values here, not three: {_told(noted.fates)}")
        for says in dict.fromkeys(noted.less):
            self.lost(each, says)
        return {"name": each.id, "description": f"{said(self.study, each)} [{_told(noted.fates)}]", "expression": group}

    # --- groups -----------------------------------------------------------------------------------------------------

    def _group(self, tree: Tree, wanted: bool, noted: _Rule) -> Made:
        """A statement, or its opposite where it is not `wanted`, as a group of criteria."""
        match tree:
            case Named(of=inner):
                return self._group(inner, wanted, noted)
            case Not(of=inner):
                return self._group(inner, not wanted, noted)
            case And(of=parts) | Or(of=parts):
                every = isinstance(tree, And) == wanted
                return _group("ALL" if every else "ANY", groups=[self._group(part, wanted, noted) for part in parts])
            case Constant(value=bool() as value):
                raise Unsayable(f"it is always {'met' if value == wanted else 'not met'}")
            case Compare():
                return self._compared(tree, wanted, noted)
            case Among(of=Pick() as picked) | (Pick() as picked) if why := _narrowed(picked):
                raise Unsayable(why)
            case Among(of=Pick(of=Field() as asked), options=options):
                return self._among(asked, options, wanted, noted)
            case Pick(of=Field() as asked) if self._item(asked).type == "yes_no":
                return self._answered(asked, wanted, noted)
            case Quantified(op="any", rows=Rows(where=None) as rows, of=Constant(value=True)):
                return self._happened(rows, ">=", 1, wanted, noted)
            case _:
                raise Unsayable("Circe cannot say it")

    def _item(self, asked: Field) -> Item:
        form = self.study.activities.get(asked.form)
        if form is None or asked.name not in form.items:
            raise Unsayable(f"'{asked.label or asked.name}' of {asked.form.replace('_', ' ')} is no record of a patient")
        return form.items[asked.name]

    def _compared(self, tree: Compare, wanted: bool, noted: _Rule) -> Made:
        left, op, right = _stripped(tree.left), tree.op, _stripped(tree.right)
        if isinstance(left, Constant):
            left, op, right = right, MIRRORED[op], left  # type: ignore[assignment]
        if isinstance(left, Aggregate) and left.op == "count" and left.rows.where is None and isinstance(right, Constant):
            return self._happened(left.rows, op, right.value, wanted, noted)
        if not (isinstance(left, Pick) and isinstance(left.of, Field)):
            raise Unsayable("it compares what is worked out from several records")
        if why := _narrowed(left):
            raise Unsayable(why)
        sign = op if wanted else TURNED[op]
        item = self._item(left.of)
        ratio = _ratio(right)
        if ratio is not None:
            times, end = ratio
            noted.fates.append("out")
            key = "RangeHighRatio" if end == "uln" else "RangeLowRatio"
            return self._one("Measurement", item, {key: {"Value": times, "Op": OPS[sign]}})
        if not isinstance(right, Constant) or not isinstance(right.value, float | int) or isinstance(right.value, bool):
            raise Unsayable("it compares two facts with each other")
        value = {"Value": int(right.value) if float(right.value).is_integer() else right.value, "Op": OPS[sign]}
        noted.fates.append("out")
        if item.use == "demographics.age":
            if left.of.type.unit not in ("years", "a", ""):
                raise Unsayable("Circe counts ages in years")
            return _group("ALL", demographic=[{"Age": value}])
        noted.less.append(f"takes any record of {item.label or item.name}, not the last")
        if item.unit:
            noted.less.append(f"compares {item.label or item.name} in {item.unit}, whatever unit a record has")
        return self._one("Measurement", item, {"ValueAsNumber": value})

    def _among(self, asked: Field, options: tuple[str, ...], wanted: bool, noted: _Rule) -> Made:
        item = self._item(asked)
        if item.use == "demographics.sex":
            named = [each for each in GENDERS if (each in options) == wanted]
            noted.fates.append("out")
            return _group(
                "ALL",
                demographic=[{"Gender": [_concept(GENDERS[each][1], GENDERS[each][0], each, "Gender") for each in named]}],
            )
        if not wanted and item.type == "choice" and len(item.options) > len(options):
            options = tuple(each for each in item.options if each not in options)  # another answer has to be there
            wanted = True
        noted.fates.append("out" if wanted else "through")
        labels = item.of if not isinstance(item.of, tuple) else {}
        groups = []
        for option in options:
            label = f"{item.label or item.name}: {next((text for code, text in labels.items() if str(code) == option), option)}"
            groups.append(
                self._records(_domain(item), self._set(f"{asked.form}.{item.name}={option}", label, item), {}, AT_LEAST, 1)
            )
        if wanted:
            return _group("ANY", criteria=groups)
        return _group("ALL", criteria=[{**each, "Occurrence": {"Type": AT_MOST, "Count": 0}} for each in groups])

    def _answered(self, asked: Field, wanted: bool, noted: _Rule) -> Made:
        item = self._item(asked)
        noted.fates.append("out" if wanted else "through")
        if not wanted:
            noted.less.append(f"takes no record of '{item.label or item.name}' for a no")
        return self._one(_domain(item), item, {}, AT_LEAST if wanted else AT_MOST, 1 if wanted else 0)

    def _happened(self, rows: Rows, op: str, count: object, wanted: bool, noted: _Rule) -> Made:
        """How often an activity took place."""
        if rows.form not in self.study.activities:
            raise Unsayable(f"{rows.form.replace('_', ' ')} are no records of the OMOP model")
        if not isinstance(count, float | int) or isinstance(count, bool):
            raise Unsayable("it compares two facts with each other")
        sign, number = (op if wanted else TURNED[op]), floor(count)
        if count != number:  # 1.5 or more is more than 1; fewer than 2.5 is at most 2
            sign = {">=": ">", "<": "<="}.get(sign, sign)
            if sign in ("==", "!="):
                raise Unsayable("no count is between two whole numbers")
        least = {">=": number, ">": number + 1, "==": number}.get(sign)
        most = {"<=": number, "<": number - 1, "==": number}.get(sign)
        if least is None and most is None:
            raise Unsayable("Circe counts at least and at most")
        is_closed = rows.form in self.study.protocol.closed
        noted.fates.append("out" if least else "through")
        if not is_closed and most is not None:
            noted.less.append(f"takes no record of {self.study.called(rows.form)} for none")
        activity = self.study.activities[rows.form]
        domain = (
            "Death"
            if rows.form == "death"
            else "ProcedureOccurrence"
            if activity.procedure
            else "DrugExposure"
            if activity.lasts
            else "Observation"
        )
        chosen = -1 if domain == "Death" else self._set(rows.form, self.study.label(rows.form), None)
        parts = []
        if least is not None and (least > 0 or most is None):
            parts.append(self._records(domain, chosen, {}, AT_LEAST, least))
        if most is not None:
            parts.append(self._records(domain, chosen, {}, AT_MOST, max(most, 0)))
        return _group("ALL", criteria=parts)

    def _one(self, domain: str, item: Item, more: Made, kind: int = AT_LEAST, count: int = 1) -> Made:
        return _group(
            "ALL",
            criteria=[
                self._records(domain, self._set(item.use or item.name, item.label or item.name, item), more, kind, count)
            ],
        )

    def _records(self, domain: str, chosen: int, more: Made, kind: int, count: int) -> Made:
        """So many records of a concept set, at any time up to the index date."""
        codes = {"CodesetId": chosen} if chosen >= 0 else {}
        return {
            "Criteria": {domain: {**codes, f"{_TYPES[domain]}TypeExclude": False, **more}},
            "StartWindow": {"Start": {"Coeff": -1}, "End": {"Days": 0, "Coeff": 1}, "UseIndexEnd": False, "UseEventEnd": False},
            "Occurrence": {"Type": kind, "Count": count},
        }

    # --- concepts ---------------------------------------------------------------------------------------------------

    def _set(self, key: str, label: str, item: Item | None) -> int:
        """The concept set of something, made once; its number."""
        if key not in self._ids:
            self._ids[key] = len(self.sets)
            term = vocabulary().get(item.use) if item is not None else None
            codes: Mapping[Any, str] = term.codes if term is not None and "=" not in key else {}
            listed = [
                _concept(
                    label, 0, str(code), _DOMAINS.get(_domain(item), "Observation") if item is not None else "", str(system)
                )
                for system, code in codes.items()
            ]
            listed = listed or [_concept(label, 0, key, "", "unmapped")]
            items = [
                {"concept": each, "isExcluded": False, "includeDescendants": True, "includeMapped": False} for each in listed
            ]
            self.sets.append({"id": self._ids[key], "name": label, "expression": {"items": items}})
        return self._ids[key]


_TYPES = {"Measurement": "Measurement", "Observation": "Observation", "ConditionOccurrence": "Condition", "ProcedureOccurrence": "Procedure",
          "DrugExposure": "Drug", "Death": "Death"}  # fmt: skip
_DOMAINS = {"Measurement": "Measurement", "Observation": "Observation", "ConditionOccurrence": "Condition"}


def _domain(item: Item) -> str:
    """The kind of record in which an item is looked for."""
    if item.use.startswith(("labs.", "vitals.")) or item.type in ("quantity", "real", "integer", "score"):
        return "Measurement"
    return "ConditionOccurrence" if item.use.startswith("history.") or item.use == "oncology.histology" else "Observation"


def _concept(name: str, number: int, code: str, domain: str, vocabulary_id: str = "Gender") -> Made:
    return {
        "CONCEPT_ID": number,
        "CONCEPT_NAME": name,
        "CONCEPT_CODE": code,
        "DOMAIN_ID": domain,
        "VOCABULARY_ID": vocabulary_id,
    }


def _group(
    kind: str, *, criteria: list[Made] | None = None, demographic: list[Made] | None = None, groups: list[Made] | None = None
) -> Made:
    return {"Type": kind, "CriteriaList": criteria or [], "DemographicCriteriaList": demographic or [], "Groups": groups or []}


def _stripped(tree: Tree) -> Tree:
    """A value without the names and conversions around it."""
    while isinstance(tree, Named):
        tree = tree.of
    return tree.of if isinstance(tree, Converted) and isinstance(tree.of, Constant) else tree


def _ratio(tree: Tree) -> tuple[float, str] | None:
    """`1.5 x ULN` as 1.5 and uln; None where it is no such thing."""
    match tree:
        case Field(part=end) | Pick(of=Field(part=end)) if end:
            return 1.0, end
        case Arithmetic(
            op="*", left=Constant(value=float() | int() as times), right=Field(part=end) | Pick(of=Field(part=end))
        ) if end:
            return float(times), end
        case _:
            return None


def _told(fates: list[Fate]) -> str:
    """What becomes of the unknown, in a sentence."""
    match {*fates}:
        case found if found == {"out"}:
            return "unknown counts as not met, so a patient without the record is excluded by it"
        case found if found == {"through"}:
            return "unknown counts as met, so a patient without the record is let through"
        case _:
            return "in some of its parts unknown counts as met, in others as not met: a patient without a record may be let through"


FORMAT = Format(
    "circe", "OHDSI Circe", "criteria as a cohort definition for OMOP databases; two values, with a warning each", out
)
