"""ClinicalTrials.gov: by the register's own description of its API, and read back by our own reader."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

import equipoise as eq
from equipoise.exchange import Cases, ctgov
from equipoise.registries import read_record

OPENAPI = Path(__file__).resolve().parents[3] / "shared" / "data" / "registry" / "ctgov-oas-v2.yaml"
STUDIES = sorted(each.parent.name for each in eq.shipped().glob("*/study.yaml"))
PEOPLED = [name for name in STUDIES if (eq.shipped() / name / "people").is_dir()]


def schema() -> dict[str, Any]:
    """The API's description as a JSON Schema of a study in which no other word is allowed."""
    if not OPENAPI.exists():
        pytest.skip(f"{OPENAPI} is not here: the register's description is not part of the project")
    told = yaml.safe_load(OPENAPI.read_text(encoding="utf-8"))["components"]["schemas"]
    for each in told.values():
        if each.get("type") == "object" and "properties" in each:
            each["additionalProperties"] = False
    return {"$ref": "#/components/schemas/Study", "components": {"schemas": told}}


def exported(name: str, *, people: bool = False, virtual: bool = True) -> dict[str, Any]:
    study = eq.load(eq.shipped() / name)
    cases = None
    if people:
        known, _ = eq.read_people(eq.shipped() / name / "people", study)
        cases = Cases(known, max(eq.last_day(each) for each in known.values()), virtual)
    (content,) = ctgov.FORMAT.out(study, cases).files.values()  # type: ignore[misc]
    told: dict[str, Any] = json.loads(content)
    return told


@pytest.mark.parametrize("name", STUDIES)
def test_a_registration_is_as_the_register_describes_it(name: str) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    assert [
        f"{each.json_path}: {each.message[:80]}"
        for each in jsonschema.Draft202012Validator(schema()).iter_errors(exported(name))
    ] == []


@pytest.mark.parametrize("name", PEOPLED)
def test_results_are_as_the_register_describes_them(name: str) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    told = exported(name, people=True)
    assert [
        f"{each.json_path}: {each.message[:80]}" for each in jsonschema.Draft202012Validator(schema()).iter_errors(told)
    ] == []
    assert told["hasResults"] is True


@pytest.mark.parametrize("name", STUDIES)
def test_our_own_reader_reads_back_what_was_written(name: str, tmp_path: Path) -> None:
    study = eq.load(eq.shipped() / name)
    file = tmp_path / "written.json"
    file.write_text(json.dumps(exported(name)), encoding="utf-8")
    (record,), findings = read_record(file)
    assert [each for each in findings if each.severity.value == "error"] == []
    protocol = study.protocol

    def one(field: str) -> Any:
        (said,) = record.said(field)
        return said.value

    assert one("official_title") == protocol.title
    assert one("study_type") == protocol.design.type
    if protocol.design.enrolment is not None:
        assert one("enrolment") == protocol.design.enrolment
    if protocol.design.type == "interventional":
        if protocol.design.allocation != "none":  # the register says NA, which says nothing
            assert one("allocation") == protocol.design.allocation
        assert [one(field) for field in ("model", "masking", "purpose") if getattr(protocol.design, field)] == [
            getattr(protocol.design, field) for field in ("model", "masking", "purpose") if getattr(protocol.design, field)
        ]
    assert [each.value for each in record.conditions] == [*protocol.conditions]
    assert len(record.arms) == len(protocol.arms or protocol.groups)
    assert {each.value.measure for each in record.outcomes} == {each.label or each.name for each in protocol.endpoints.values()}
    assert [each.value.role for each in record.outcomes].count("primary") == len(protocol.primary)
    assert {each.value.id for each in record.identifiers} >= {each.id for each in protocol.registrations}
    if protocol.eligibility:
        assert one("eligibility").count("* ") == len(protocol.eligibility)


def test_every_group_that_is_named_is_there() -> None:
    told = exported("batch-rfa-crlm", people=True)["resultsSection"]

    def groups(tree: Any) -> set[str]:
        found: set[str] = set()
        if isinstance(tree, dict):
            found |= {tree["groupId"]} if "groupId" in tree else {*tree.get("groupIds", ())}
            for each in tree.values():
                found |= groups(each)
        elif isinstance(tree, list):
            for each in tree:
                found |= groups(each)
        return found

    parts = [
        told["participantFlowModule"],
        told["baselineCharacteristicsModule"],
        *told["outcomeMeasuresModule"]["outcomeMeasures"],
    ]
    for part in parts:
        assert groups({key: each for key, each in part.items() if key != "groups"}) <= {each["id"] for each in part["groups"]}
    harms = told["adverseEventsModule"]
    assert groups(harms) <= {each["id"] for each in harms["eventGroups"]}


def test_the_flow_adds_up_and_is_counted_from_the_events() -> None:
    study = eq.load(eq.shipped() / "batch-rfa-crlm")
    people, _ = eq.read_people(eq.shipped() / "batch-rfa-crlm" / "people", study)
    until = max(eq.last_day(each) for each in people.values())
    arms = [eq.chart(study, each, until=until).arm for each in people.values()]
    (period,) = exported("batch-rfa-crlm", people=True)["resultsSection"]["participantFlowModule"]["periods"]
    numbers = {each["type"]: [int(one["numSubjects"]) for one in each["achievements"]] for each in period["milestones"]}
    assert numbers["STARTED"] == [arms.count("batch_rfa"), arms.count("control")]
    assert [a + b for a, b in zip(numbers["COMPLETED"], numbers["NOT COMPLETED"], strict=True)] == numbers["STARTED"]


def test_invented_participants_are_called_virtual_everywhere() -> None:
    told = exported("batch-rfa-crlm", people=True)["resultsSection"]
    assert "VIRTUAL" in told["participantFlowModule"]["preAssignmentDetails"]
    assert "VIRTUAL" in told["adverseEventsModule"]["description"]
    assert all("VIRTUAL" in each["description"] for each in told["outcomeMeasuresModule"]["outcomeMeasures"])


def test_before_the_lock_nobody_sees_the_arms_apart() -> None:
    # pdac-oligo-ablation is randomised and not completed: as real data its arms stay together.
    told = exported("pdac-oligo-ablation", people=True, virtual=False)["resultsSection"]
    assert [each["title"] for each in told["participantFlowModule"]["groups"]] == ["Everyone"]
    assert all(len(each["groups"]) == 1 for each in told["outcomeMeasuresModule"]["outcomeMeasures"])
    assert len(told["adverseEventsModule"]["eventGroups"]) == 1
    assert len(exported("pdac-oligo-ablation", people=True)["resultsSection"]["participantFlowModule"]["groups"]) == 2
