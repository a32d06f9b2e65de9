"""Circe: where everything is known a rule says what screening says; where nothing is, what the warning says."""

import json
from itertools import product
from typing import Any

import pytest

import equipoise as eq
from equipoise.exchange import circe
from equipoise.logic import MET, NOT_MET

STUDY = """
equipoise: 1
study: small
version: 1.0.0
title: A small study
design: {type: interventional}
activities:
  screening:
    items:
      age: {use: demographics.age}
      sex: {use: demographics.sex}
      platelets: {use: labs.platelets}
      bilirubin: {use: labs.bilirubin}
      angina: {type: yes_no, label: Angina}
      stage: {type: choice, of: {I: First, II: Second, III: Third}}
  session: {procedure: true, repeats: true}
closed: [session]
eligibility:
  - {id: adult, include: age >= 18 years}
  - {id: women, include: sex == female}
  - {id: enough_platelets, include: platelets >= 50 10^9/L}
  - {id: little_bilirubin, include: bilirubin <= 2 x ULN}
  - {id: no_angina, exclude: angina}
  - {id: early, include: "stage in (I, II)"}
  - {id: not_late, exclude: stage == III}
  - {id: not_low_and_late, exclude: platelets < 100 10^9/L and stage == III}
  - {id: well, include: "not (angina or platelets < 50 10^9/L)"}
  - {id: few_sessions, include: count(session) <= 1}
  - {id: asked, include: {judge: Is it fair?}}
"""
OPS = {
    "lt": lambda a, b: a < b,
    "lte": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "gte": lambda a, b: a >= b,
    "eq": lambda a, b: a == b,
    "!eq": lambda a, b: a != b,
}


def definition(text: str = STUDY) -> tuple[eq.Study, dict[str, Any], tuple[eq.Finding, ...]]:
    study = eq.study(text)
    assert study.is_sound, study.findings
    made = circe.out(study)
    return study, json.loads(next(iter(made.files.values()))), made.findings


def met(group: dict[str, Any], sets: list[dict[str, Any]], patient: dict[str, Any]) -> bool:
    """A group of criteria of one patient, as Circe runs it: by counting records."""
    found = [_counted(each, sets, patient) for each in group["CriteriaList"]]
    for each in group["DemographicCriteriaList"]:
        if "Age" in each:
            found.append("age" in patient and OPS[each["Age"]["Op"]](patient["age"], each["Age"]["Value"]))
        if "Gender" in each:
            found.append(patient.get("sex") in {one["CONCEPT_NAME"].lower() for one in each["Gender"]})
    found += [met(each, sets, patient) for each in group["Groups"]]
    return all(found) if group["Type"] == "ALL" else any(found)


def _counted(each: dict[str, Any], sets: list[dict[str, Any]], patient: dict[str, Any]) -> bool:
    ((_, said),) = each["Criteria"].items()
    name = sets[said["CodesetId"]]["name"]
    count = 0
    if name in ("Platelets", "Bilirubin, total"):
        key = "platelets" if name == "Platelets" else "bilirubin"
        if key in patient:
            asked = said.get("ValueAsNumber") or said["RangeHighRatio"]
            value = patient[key] if "ValueAsNumber" in said else patient[key] / 21
            count = int(OPS[asked["Op"]](value, asked["Value"]))
    elif name == "Angina":
        count = int(patient.get("angina") is True)
    elif name.startswith("stage: "):
        count = int({"First": "I", "Second": "II", "Third": "III"}[name.removeprefix("stage: ")] == patient.get("stage"))
    else:
        assert name == "Session", name
        count = patient.get("sessions", 0)
    kind, number = each["Occurrence"]["Type"], each["Occurrence"]["Count"]
    return count >= number if kind == circe.AT_LEAST else count <= number


def screened(study: eq.Study, patient: dict[str, Any]) -> dict[str, Any]:
    items = {key: value for key, value in patient.items() if key != "sessions"}
    if "angina" in items:
        items["angina"] = "yes" if items["angina"] else "no"
    for key, unit in (("age", "years"), ("platelets", "10^9/L")):
        if key in items:
            items[key] = f"{items[key]} {unit}"
    if "bilirubin" in items:
        items["bilirubin"] = {"value": f"{items['bilirubin']} umol/L", "uln": "21 umol/L"}
    lines = [json.dumps({"on": "2024-01-01", "do": "screening", "items": items})]
    lines += [json.dumps({"on": f"2024-01-0{n + 2}", "do": "session"}) for n in range(patient.get("sessions", 0))]
    events, findings = eq.read_events("\n".join(lines) + "\n", study)
    assert not [each for each in findings if each.severity.value == "error"], findings
    chart = eq.chart(study, events, until=eq.last_day(events))
    return {each.criterion.id: each.truth for each in eq.screen(study, chart.facts).verdicts}


def test_of_a_patient_of_whom_everything_is_known_a_rule_says_what_screening_says() -> None:
    study, told, _ = definition()
    rules = {each["name"]: each["expression"] for each in told["InclusionRules"]}
    assert {*rules} == {each.id for each in study.protocol.eligibility} - {"asked"}
    compared = 0
    for age, sex, platelets, bilirubin, angina, stage, sessions in product(
        (17, 18), ("female", "male"), (49, 50, 100), (42, 43), (True, False), ("I", "III"), (0, 2)
    ):
        patient = {
            "age": age,
            "sex": sex,
            "platelets": platelets,
            "bilirubin": bilirubin,
            "angina": angina,
            "stage": stage,
            "sessions": sessions,
        }
        truths = screened(study, patient)
        for name, rule in rules.items():
            assert met(rule, told["ConceptSets"], patient) == (truths[name] is MET), (name, patient)
            assert truths[name] in (MET, NOT_MET)
            compared += 1
    assert compared == 10 * 192


def test_of_a_patient_of_whom_nothing_is_known_the_warning_says_what_becomes() -> None:
    _, told, findings = definition()
    warned = {each.about: each.says for each in findings if "two values" in each.says}
    assert {*warned} == {each["name"] for each in told["InclusionRules"]}
    for rule in told["InclusionRules"]:
        passes = met(rule["expression"], told["ConceptSets"], {})
        says = warned[rule["name"]]
        if "let through" in says and "in some" not in says:
            assert passes, rule["name"]
        elif "excluded by it" in says:
            assert not passes, rule["name"]
        assert says.split(": ", 2)[2] in rule["description"]


def test_a_judgement_is_left_out_with_a_warning() -> None:
    _, told, findings = definition()
    assert "asked" not in {each["name"] for each in told["InclusionRules"]}
    assert any(each.about == "asked" and "asks a person" in each.says for each in findings)


def test_what_cannot_be_said_is_never_said_otherwise() -> None:
    text = STUDY.replace("age >= 18 years}", "abs(age - 40 years) < 3 years}")
    _, told, findings = definition(text)
    assert "adult" not in {each["name"] for each in told["InclusionRules"]}
    assert any(each.about == "adult" and "left out, and excludes nobody" in each.says for each in findings)


@pytest.mark.parametrize("name", sorted(each.parent.name for each in eq.shipped().glob("*/study.yaml")))
def test_every_criterion_is_a_rule_or_is_missed_by_name(name: str) -> None:
    study = eq.load(eq.shipped() / name)
    made = circe.out(study)
    told = json.loads(next(iter(made.files.values())))
    rules = {each["name"] for each in told["InclusionRules"]}
    left = {each.about for each in made.findings if "left out" in each.says}
    assert rules | left == {each.id for each in study.protocol.eligibility}
    assert not rules & left
    known = {each["id"] for each in told["ConceptSets"]}
    assert set(_sets(told["InclusionRules"])) <= known


def _sets(tree: Any) -> list[int]:
    if isinstance(tree, dict):
        own = [tree["CodesetId"]] if "CodesetId" in tree else []
        return own + [one for each in tree.values() for one in _sets(each)]
    return [one for each in tree for one in _sets(each)] if isinstance(tree, list) else []
