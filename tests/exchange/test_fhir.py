"""FHIR: by fhir.resources, each reference leading somewhere; and patients' records in as facts."""

import importlib
import json
import warnings
from pathlib import Path
from typing import Any

import pytest

import equipoise as eq
from equipoise.events import Recorded
from equipoise.exchange import Cases, fhir, reader
from equipoise.exchange.fhir import dangling
from equipoise.finding import Severity

STUDIES = sorted(each.parent.name for each in eq.shipped().glob("*/study.yaml"))
PEOPLED = [name for name in STUDIES if (eq.shipped() / name / "people").is_dir()]


def exported(name: str, *, people: bool = False) -> dict[str, Any]:
    study = eq.load(eq.shipped() / name)
    cases = None
    if people:
        known, _ = eq.read_people(eq.shipped() / name / "people", study)
        cases = Cases(known, max(eq.last_day(each) for each in known.values()), is_virtual=True)
    (content,) = fhir.FORMAT.out(study, cases).files.values()  # type: ignore[misc]
    told: dict[str, Any] = json.loads(content)
    return told


def of(bundle: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [each["resource"] for each in bundle["entry"] if each["resource"]["resourceType"] == kind]


@pytest.mark.parametrize("people", [False, True], ids=["alone", "with people"])
@pytest.mark.parametrize("name", STUDIES)
def test_every_resource_is_one_of_r5(name: str, people: bool) -> None:
    pytest.importorskip("fhir.resources")
    if people and name not in PEOPLED:
        return
    told = exported(name, people=people)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        importlib.import_module("fhir.resources.bundle").Bundle.model_validate(told)
        for each in told["entry"]:
            kind = each["resource"]["resourceType"]
            made = getattr(importlib.import_module(f"fhir.resources.{kind.lower()}"), kind).model_validate(each["resource"])
            assert json.loads(made.model_dump_json(exclude_none=True)) == each["resource"], (
                "nothing is left out or read otherwise"
            )


@pytest.mark.parametrize("name", STUDIES)
def test_every_reference_leads_somewhere(name: str) -> None:
    told = exported(name, people=name in PEOPLED)
    assert dangling(told) == ()
    names = [f"{each['resource']['resourceType']}/{each['resource']['id']}" for each in told["entry"]]
    assert len({*names}) == len(names)
    assert len({each["fullUrl"] for each in told["entry"]}) == len(names)


def test_a_reference_that_leads_nowhere_is_found() -> None:
    told = exported("batch-rfa-crlm", people=True)
    (study,) = of(told, "ResearchStudy")
    study["protocol"] = [{"reference": "PlanDefinition/nothing"}]
    (plan,) = of(told, "PlanDefinition")
    plan["action"][0]["action"][0]["relatedAction"][0]["targetId"] = "nowhere"
    of(told, "ResearchSubject")[0]["assignedComparisonGroup"] = "no arm"
    found = dangling(told)
    assert len(found) == 3
    assert [any(text in each for each in found) for text in ("PlanDefinition/nothing", "nowhere", "no arm")] == [True] * 3


def test_criteria_stand_with_their_expressions() -> None:
    study = eq.load(eq.shipped() / "batch-rfa-crlm")
    told = exported("batch-rfa-crlm")
    (eligibility,) = [each for each in of(told, "EvidenceVariable") if each["id"].endswith("-eligibility")]
    assert [each["definitionExpression"]["expression"] for each in eligibility["characteristic"]] == [
        each.rule.text for each in study.protocol.eligibility
    ]  # type: ignore[union-attr]
    assert len(of(told, "EvidenceVariable")) == 1 + len(study.protocol.endpoints)
    (plan,) = of(told, "PlanDefinition")
    assert [each["id"] for each in plan["action"][0]["action"]] == [
        each.replace("_", "-") for each in study.protocol.pathway.steps
    ]  # type: ignore[union-attr]


def test_virtual_participants_are_tagged_as_test_data() -> None:
    told = exported("batch-rfa-crlm", people=True)
    for kind in ("Patient", "ResearchSubject"):
        assert of(told, kind)
        assert all(each["meta"]["tag"][0]["code"] == "HTEST" for each in of(told, kind))


# --- in --------------------------------------------------------------------------------------------------------------


def coded(system: str, code: str, text: str = "") -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}], **({"text": text} if text else {})}


LOINC = "http://loinc.org"
PATIENT = {"resourceType": "Patient", "id": "p1", "gender": "female", "birthDate": "1960-06-30"}


def resource(kind: str, number: str, **said: Any) -> dict[str, Any]:
    return {"resourceType": kind, "id": number, "subject": {"reference": "Patient/p1"}, **said}


def received(tmp_path: Path, *resources: dict[str, Any]) -> Any:
    file = tmp_path / "bundle.json"
    file.write_text(
        json.dumps({"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in resources]}),
        encoding="utf-8",
    )
    assert reader(file) is fhir.FORMAT
    return fhir.received(eq.load(eq.shipped() / "batch-rfa-crlm"), file)


def test_observations_become_facts_in_the_studys_units_with_their_own_range(tmp_path: Path) -> None:
    found = received(
        tmp_path, PATIENT,
        resource("Observation", "o1", status="final", code=coded(LOINC, "777-3"), effectiveDateTime="2024-01-10T08:00:00Z",
                 valueQuantity={"value": 150, "unit": "10*3/uL", "system": "http://unitsofmeasure.org", "code": "10*3/uL"}),
        resource("Observation", "o2", status="final", code=coded(LOINC, "1975-2"), effectiveDateTime="2024-01-10",
                 valueQuantity={"value": 1.0, "unit": "mg/dL"}, referenceRange=[{"high": {"value": 1.2, "unit": "mg/dL"}}]),
        resource("Observation", "o3", status="final", code={"text": "ECOG performance status"}, effectiveDateTime="2024-01-09", valueInteger=1),
        resource("Condition", "c1", code={"text": "Colorectal adenocarcinoma"}, recordedDate="2023-05-01"),
        resource("Procedure", "x1", status="completed", code={"text": "Session of radiofrequency ablation"}, occurrenceDateTime="2024-02-01"),
        resource("MedicationAdministration", "m1", status="completed", medication={"concept": {"text": "FOLFOX"}}, occurenceDateTime="2024-01-20"),
    )  # fmt: skip
    events = {
        (each.activity, str(each.on), key): value
        for each in found.people["p1"]
        for key, value in (each.values or {"": ""}).items()
    }
    told = {(form, key): value for (form, _, key), value in events.items()}
    assert told["labs", "platelets"] == 150
    assert told["labs", "bilirubin"] == pytest.approx(17.1, abs=0.02)
    assert told["screening", "ecog"] == 1
    assert told["screening", "histology"] == "colorectal_adenocarcinoma"
    assert ("rfa_session", "2024-02-01", "") in events
    assert told["systemic_cycle", "regimen"] == "FOLFOX"
    assert told["screening", "sex"] == "female"
    assert told["screening", "age"] == 63  # on 2024-02-01, before the birthday of 30 June
    (bilirubin,) = [each for each in found.people["p1"] if "bilirubin" in each.values]
    assert isinstance(bilirubin, Recorded)
    assert bilirubin.limits["bilirubin", "uln"] == pytest.approx(20.52, abs=0.03)
    assert [each.rule for each in found.findings] == ["missing-answer"]  # which lesions were ablated


def test_facts_that_came_in_screen_a_patient(tmp_path: Path) -> None:
    found = received(
        tmp_path, PATIENT,
        resource("Condition", "c1", code={"text": "Colorectal adenocarcinoma"}, recordedDate="2023-05-01"),
        resource("Observation", "o3", status="final", code={"text": "ECOG performance status"}, effectiveDateTime="2024-01-09", valueInteger=1),
    )  # fmt: skip
    study = eq.load(eq.shipped() / "batch-rfa-crlm")
    chart = eq.chart(study, found.people["p1"], until=eq.last_day(found.people["p1"]))
    truths = {each.criterion.id: each.truth for each in eq.screen(study, chart.facts).verdicts}
    assert truths["adult"] is eq.MET and truths["colorectal"] is eq.MET
    assert truths["multifocal"] is eq.UNKNOWN  # nobody looked: not a no


def test_what_is_not_understood_is_named(tmp_path: Path) -> None:
    found = received(
        tmp_path, PATIENT,
        resource("Observation", "o1", status="final", code=coded(LOINC, "0000-0", "Shoe size"), effectiveDateTime="2024-01-10", valueInteger=43),
        resource("Observation", "o2", status="final", code=coded(LOINC, "777-3"), valueQuantity={"value": 150}),
        resource("Observation", "o3", status="entered-in-error", code=coded(LOINC, "777-3"), effectiveDateTime="2024-01-10", valueQuantity={"value": 1}),
        resource("Observation", "o4", status="final", code=coded(LOINC, "777-3"), effectiveDateTime="2024-01-10", valueQuantity={"value": 5, "comparator": "<"}),
        resource("Observation", "o5", status="final", code=coded(LOINC, "777-3"), effectiveDateTime="2024-01-10", dataAbsentReason={"text": "clotted"}),
        {**resource("Observation", "o6", status="final", code=coded(LOINC, "777-3"), effectiveDateTime="2024-01-10", valueQuantity={"value": 150}), "subject": {"reference": "Patient/p9"}},
        resource("Condition", "c1", code={"text": "Gout"}, recordedDate="2023-05-01"),
        resource("Encounter", "e1", status="completed"),
        resource("Observation", "o7", status="final", code=coded(LOINC, "777-3"), effectiveDateTime="2024-01-11", valueQuantity={"value": 5, "unit": "m"}),
    )  # fmt: skip
    told = {text: any(text in each.says for each in found.findings) for text in (
        "Shoe size", "o2: it has no day", "o3: its status", "platelets: '< 5'", "clotted", "o6: its patient is not", "Gout", "e1: resources of this kind",
    )}  # fmt: skip
    assert told == dict.fromkeys(told, True)
    assert any(each.rule == "unreadable-value" and "platelets" in each.says for each in found.findings)  # 5 m
    kept = [
        key
        for each in found.people["p1"]
        for key, value in each.values.items()
        if isinstance(value, float | int) and key == "platelets"
    ]
    assert kept == []


def test_a_number_without_its_unit_is_no_answer_and_no_older_one_stands_for_it(tmp_path: Path) -> None:
    found = received(
        tmp_path, PATIENT,
        resource("Observation", "o1", status="final", code=coded(LOINC, "777-3"), effectiveDateTime="2024-01-10", valueQuantity={"value": 150, "unit": "10*9/L"}),
        resource("Observation", "o2", status="final", code=coded(LOINC, "777-3"), effectiveDateTime="2024-01-11", valueQuantity={"value": 40}),
        resource("Observation", "o3", status="final", code=coded(LOINC, "777-3"), effectiveDateTime="2024-01-12", valueInteger=41),
    )  # fmt: skip
    kept = [each.values.get("platelets") for each in found.people["p1"] if "platelets" in each.values]
    assert kept[0] == 150
    assert [getattr(each, "text", "") for each in kept[1:]] == ["40 (no unit is said)", "41 (no unit is said)"]


def test_reading_twice_gives_the_same_events(tmp_path: Path) -> None:
    told = (
        PATIENT,
        resource(
            "Observation",
            "o1",
            status="final",
            code=coded(LOINC, "777-3"),
            effectiveDateTime="2024-01-10",
            valueQuantity={"value": 150},
        ),
    )
    assert received(tmp_path, *told).people == received(tmp_path, *told).people


def test_resources_one_a_line_and_full_addresses_are_read(tmp_path: Path) -> None:
    file = tmp_path / "export.ndjson"
    observation = resource(
        "Observation",
        "o1",
        status="final",
        code=coded(LOINC, "777-3"),
        effectiveDateTime="2024-01-10",
        valueQuantity={"value": 150},
    )
    observation["subject"] = {"reference": "http://example.org/fhir/Patient/p1"}
    file.write_text("\n".join(map(json.dumps, (PATIENT, observation))), encoding="utf-8")
    found = fhir.received(eq.load(eq.shipped() / "batch-rfa-crlm"), file)
    assert any("platelets" in each.values for each in found.people["p1"])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"resourceType": "Bundle"}',
        '{"resourceType": "Bundle", "entry": 3}',
        "[" * 100_000,
        '{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Patient"}}]}',
    ],
)
def test_what_holds_no_records_is_a_finding_and_never_an_exception(text: str, tmp_path: Path) -> None:
    file = tmp_path / "odd.json"
    file.write_text(text, encoding="utf-8")
    found = fhir.received(eq.load(eq.shipped() / "batch-rfa-crlm"), file)
    assert found.people == {}
    assert found.findings
    assert all(each.severity in (Severity.ERROR, Severity.WARNING) for each in found.findings)
