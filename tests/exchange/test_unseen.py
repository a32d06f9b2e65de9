"""Files that nobody here wrote: what they say comes in, or is named; nothing is made up, nothing is dropped in silence."""

import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import equipoise as eq
from equipoise.events import Recorded
from equipoise.exchange import Cases, Received, circe, dataset_json, fhir, odm, redcap
from equipoise.exchange.redcap.dictionary import read_dictionary

NAME = "batch-rfa-crlm"
PDAC = "pdac-oligo-ablation"
PATIENT = {"resourceType": "Patient", "id": "p1", "gender": "male"}
CREATININE = {
    "resourceType": "Observation", "id": "o1", "status": "final", "subject": {"reference": "Patient/p1"}, "effectiveDateTime": "2020-02-02",
    "code": {"coding": [{"system": "http://loinc.org", "code": "14682-9"}]}, "valueQuantity": {"value": 80, "unit": "umol/L"},
}  # fmt: skip
DIAGNOSIS = {
    "resourceType": "Condition", "id": "c1", "subject": {"reference": "Patient/p1"}, "onsetDateTime": "2020-02-02", "code": {"text": "serious"},
}  # fmt: skip


def bundle(tmp_path: Path, *listed: dict[str, Any], address: str = "") -> Received:
    entries = [{**({"fullUrl": address} if address and not n else {}), "resource": each} for n, each in enumerate(listed)]
    file = tmp_path / "bundle.json"
    file.write_text(json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}))
    return fhir.data_in(eq.load(eq.shipped() / NAME), file)


def told(got: Received, kind: str) -> int:
    return sum(each.id.startswith(f"fhir-{kind}") for events in got.people.values() for each in events)


def cases(name: str) -> tuple[eq.Study, Cases]:
    study = eq.load(eq.shipped() / name)
    people, _ = eq.read_people(eq.shipped() / name / "people", study)
    return study, Cases(people, max(eq.last_day(each) for each in people.values()), True)


def test_a_patient_is_found_by_the_full_address_of_its_entry(tmp_path: Path) -> None:
    got = bundle(tmp_path, PATIENT, {**CREATININE, "subject": {"reference": "urn:uuid:7"}}, address="urn:uuid:7")
    assert told(got, "Observation") == 1


def test_a_patient_of_another_server_is_not_ours(tmp_path: Path) -> None:
    ours, theirs = "https://ours.example/fhir/Patient/p1", "https://other.example/fhir/Patient/p1"
    assert told(bundle(tmp_path, PATIENT, {**CREATININE, "subject": {"reference": theirs}}, address=ours), "Observation") == 0


@pytest.mark.parametrize("status", ["provisional", "differential", "unconfirmed", "entered-in-error"])
def test_a_diagnosis_that_is_not_sure_is_no_yes_and_is_named(status: str, tmp_path: Path) -> None:
    got = bundle(tmp_path, PATIENT, CREATININE, {**DIAGNOSIS, "verificationStatus": {"coding": [{"code": status}]}})
    assert told(got, "Condition") == 0
    assert any("Condition" in each.says for each in got.findings)


def test_a_procedure_that_is_being_prepared_was_not_done(tmp_path: Path) -> None:
    planned = {
        **DIAGNOSIS,
        "resourceType": "Procedure",
        "status": "preparation",
        "performedDateTime": "2020-02-02",
        "code": {"text": "rfa_session"},
    }
    assert told(bundle(tmp_path, PATIENT, CREATININE, planned), "Procedure") == 0


@pytest.mark.parametrize("element", ["SubjectData", "ItemGroupData", "ItemData"])
def test_what_a_file_removes_is_no_answer(element: str, tmp_path: Path) -> None:
    study, known = cases(NAME)
    (content,) = odm.FORMAT.out(study, known).files.values()  # type: ignore[misc]
    file = tmp_path / "odm.xml"
    file.write_bytes(content.replace(f"<{element} ".encode(), f'<{element} TransactionType="Remove" '.encode()))
    got = odm.data_in(study, file)
    assert got.findings
    assert not any(getattr(each, "values", None) for events in got.people.values() for each in events)


@pytest.mark.parametrize("mark", ["\u2028", "\x85", "\x0b", "\x0c"])
def test_no_cell_tears_a_row_and_nobody_is_invented(mark: str, tmp_path: Path) -> None:
    study, known = cases(PDAC)
    rows = list(csv.reader(io.StringIO(redcap.FORMAT.out(study, known).files["records.csv"].decode(), newline="")))  # type: ignore[misc]
    rows[3][rows[0].index("redcap_data_access_group")] = f"a{mark}b"
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    file = tmp_path / "records.csv"
    file.write_bytes(text.getvalue().encode())
    assert {*redcap.data_in(study, file).people} <= {*known.people}


def test_a_form_of_many_long_questions_reads_back() -> None:
    head = "Variable / Field Name,Form Name,Field Type,Field Label\n"
    text = head + "".join(f"q{n},long,yesno,{'a long question ' * 20}\n" for n in range(80))
    found, findings = read_dictionary(text, file="dictionary.csv")
    assert "long" in found or findings


def test_below_and_above_in_a_label_are_no_markup() -> None:
    text = "Variable / Field Name,Form Name,Field Type,Field Label\nq,f,yesno,Glucose <126 or >200 mg/dl\n"
    found, _ = read_dictionary(text, file="dictionary.csv")
    assert found["f"].items["q"].label == "Glucose <126 or >200 mg/dl"


@pytest.mark.parametrize("said", ['{"items": 3}', '{"item": []}'])
def test_a_strange_annotation_is_no_exception(said: str) -> None:
    text = io.StringIO(newline="")
    head = ["Variable / Field Name", "Form Name", "Field Type", "Field Label", "Field Annotation"]
    csv.writer(text).writerows(
        [head, ["f_date", "f", "text", "Day", f"equipoise: {said}"], ["q", "f", "yesno", "Q", f"equipoise: {said}"]]
    )
    found, _ = read_dictionary(text.getvalue(), file="dictionary.csv")
    assert found["f"].items["q"].label == "Q"


STUDY = """
equipoise: 1
study: small
version: 1.0.0
title: A small study
design: {type: interventional}
activities:
  screening: {repeats: true, items: {platelets: {use: labs.platelets}, angina: {type: yes_no, label: Angina}}}
  session: {procedure: true, repeats: true}
eligibility:
  - {id: a, include: "RULE"}
"""


@pytest.mark.parametrize("rule", [
    "any(platelets > 50 10^9/L)", "platelets >= 50 10^9/L within 28 days before enrolment", "not angina within 1 year before enrolment",
])  # fmt: skip
def test_a_condition_or_a_window_that_circe_does_not_get_is_named(rule: str) -> None:
    study = eq.study(STUDY.replace("RULE", rule))
    assert study.is_sound
    made = circe.out(study)
    (definition,) = map(json.loads, made.files.values())
    kept = json.dumps(definition["InclusionRules"])
    has_it = '"ValueAsNumber"' in kept if rule.startswith("any") else '"Days": 28' in kept or '"Days": 365' in kept
    assert (
        has_it
        or not definition["InclusionRules"]
        or any("window" in each.says or "when" in each.says for each in made.findings)
    )


@pytest.mark.parametrize(("rule", "kind", "count"), [("count(session) < 2.5", 1, 2), ("count(session) >= 1.5", 2, 2)])
def test_a_count_between_whole_numbers_is_rounded_the_right_way(rule: str, kind: int, count: int) -> None:
    (definition,) = map(json.loads, circe.out(eq.study(STUDY.replace("RULE", rule))).files.values())
    (one,) = definition["InclusionRules"][0]["expression"]["CriteriaList"]
    assert one["Occurrence"] == {"Type": kind, "Count": count}


def test_ordinary_records_still_come_in(tmp_path: Path) -> None:
    got = bundle(tmp_path, PATIENT, CREATININE, DIAGNOSIS)
    assert (told(got, "Observation"), told(got, "Condition")) == (1, 1)


# --- further ---------------------------------------------------------------------------------------------------------


def served(tmp_path: Path, *listed: tuple[str, dict[str, Any]]) -> Received:
    """Resources, each at its full address."""
    file = tmp_path / "bundle.json"
    entries = [{**({"fullUrl": address} if address else {}), "resource": each} for address, each in listed]
    file.write_text(json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}))
    return fhir.data_in(eq.load(eq.shipped() / NAME), file)


def subject(reference: str) -> dict[str, Any]:
    return {**CREATININE, "subject": {"reference": reference}}


def test_a_reference_to_a_version_of_a_patient_is_one_to_the_patient(tmp_path: Path) -> None:
    assert told(bundle(tmp_path, PATIENT, subject("Patient/p1/_history/2")), "Observation") == 1


def test_a_patient_without_an_id_is_called_by_its_address(tmp_path: Path) -> None:
    unnamed = {key: value for key, value in PATIENT.items() if key != "id"}
    got = served(tmp_path, ("urn:uuid:7", unnamed), ("urn:uuid:8", subject("urn:uuid:7")))
    assert {*got.people} == {"7"} and told(got, "Observation") == 1


def test_two_patients_of_one_id_are_not_mixed(tmp_path: Path) -> None:
    first, second = (f"https://{name}.example/fhir/" for name in ("a", "b"))
    got = served(
        tmp_path, (f"{first}Patient/p1", PATIENT), (f"{second}Patient/p1", PATIENT),
        (f"{first}Observation/o1", CREATININE), (f"{second}Observation/o1", CREATININE),
    )  # fmt: skip
    assert got.people == {} and len(got.findings) == 4


def test_a_reference_is_of_the_server_from_which_its_resource_is(tmp_path: Path) -> None:
    ours, theirs = "https://a.example/fhir/", "https://b.example/fhir/"
    assert told(served(tmp_path, (f"{ours}Patient/p1", PATIENT), (f"{ours}Observation/o1", CREATININE)), "Observation") == 1
    assert told(served(tmp_path, (f"{ours}Patient/p1", PATIENT), (f"{theirs}Observation/o1", CREATININE)), "Observation") == 0


def test_where_addresses_are_of_two_servers_and_the_patient_has_none_neither_is_believed(tmp_path: Path) -> None:
    first, second = (subject(f"https://{name}.example/fhir/Patient/p1") for name in ("a", "b"))
    assert told(bundle(tmp_path, PATIENT, first, second), "Observation") == 0
    assert told(bundle(tmp_path, PATIENT, first), "Observation") == 1


@pytest.mark.parametrize("kind", ["Observation", "Procedure", "MedicationAdministration"])
@pytest.mark.parametrize("status", [
    "registered", "preliminary", "preparation", "in-progress", "on-hold", "stopped", "not-done", "unknown", "cancelled", "entered-in-error", ["final"],
])  # fmt: skip
def test_what_is_planned_under_way_or_unsettled_is_no_fact_and_is_named(kind: str, status: object, tmp_path: Path) -> None:
    each = {**CREATININE, "resourceType": kind, "status": status, "performedDateTime": "2020-02-02"}
    each |= {"code": {"text": "rfa_session"}} if kind == "Procedure" else {}
    got = bundle(tmp_path, PATIENT, each)
    assert told(got, kind) == 0
    assert any(kind in one.says and "status" in one.says for one in got.findings)


@pytest.mark.parametrize("said", [{"modifierExtension": [{"url": "x"}]}, {"notDone": True}, {"doNotPerform": True}])
def test_what_a_resource_denies_or_turns_round_is_no_fact(said: dict[str, Any], tmp_path: Path) -> None:
    got = bundle(tmp_path, PATIENT, {**CREATININE, **said})
    assert told(got, "Observation") == 0 and any("left out" in each.says for each in got.findings)


@pytest.mark.parametrize(
    "verified", ["provisional", {"text": "Suspected"}, {"coding": [{"code": "unconfirmed"}], "text": "x"}, {"coding": []}]
)
def test_a_verification_in_any_words_but_confirmed_is_no_yes(verified: object, tmp_path: Path) -> None:
    assert told(bundle(tmp_path, PATIENT, CREATININE, {**DIAGNOSIS, "verificationStatus": verified}), "Condition") == 0
    assert (
        told(bundle(tmp_path, PATIENT, {**DIAGNOSIS, "verificationStatus": {"coding": [{"code": "confirmed"}]}}), "Condition")
        == 1
    )


def test_that_a_diagnosis_ended_is_named(tmp_path: Path) -> None:
    got = bundle(tmp_path, PATIENT, {**DIAGNOSIS, "abatementDateTime": "2020-03-03"})
    assert told(got, "Condition") == 1 and any("ended" in each.says for each in got.findings)


def test_the_order_of_a_file_changes_no_event(tmp_path: Path) -> None:
    bare = {key: value for key, value in CREATININE.items() if key != "id"}
    later = {**bare, "effectiveDateTime": "2020-03-03"}
    first, second = bundle(tmp_path, PATIENT, bare, later), bundle(tmp_path, PATIENT, later, bare)
    assert {each.id: each.on for each in first.people["p1"]} == {each.id: each.on for each in second.people["p1"]}
    assert told(first, "Observation") == 2


def test_what_a_bundle_deletes_is_no_fact(tmp_path: Path) -> None:
    file = tmp_path / "bundle.json"
    deleted = {"request": {"method": "DELETE", "url": "Observation/o1"}}
    entries = [{"resource": PATIENT}, {"resource": CREATININE}, deleted, {"resource": 3}, 4]
    file.write_text(json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": entries}))
    got = fhir.data_in(eq.load(eq.shipped() / NAME), file)
    assert told(got, "Observation") == 0
    assert [sum(text in each.says for each in got.findings) for text in ("removed by this file", "holds no resource")] == [2, 2]


def test_a_line_separator_within_a_text_ends_no_resource(tmp_path: Path) -> None:
    file = tmp_path / "export.ndjson"
    noted = {**CREATININE, "note": [{"text": "a\u2028b\x85c"}]}
    file.write_text("\n".join(json.dumps(each, ensure_ascii=False) for each in (PATIENT, noted, 3)), encoding="utf-8")
    got = fhir.data_in(eq.load(eq.shipped() / NAME), file)
    assert told(got, "Observation") == 1 and any("line 3" in each.says for each in got.findings)


def test_a_truth_is_no_quantity(tmp_path: Path) -> None:
    got = bundle(tmp_path, PATIENT, {**CREATININE, "valueQuantity": {"value": True, "unit": "umol/L"}})
    assert told(got, "Observation") == 0 and any("creatinine" in each.says for each in got.findings)


# --- ODM -------------------------------------------------------------------------------------------------------------


def odm_in(tmp_path: Path, change: Any) -> tuple[Cases, Received]:
    study, known = cases(NAME)
    (content,) = odm.FORMAT.out(study, known).files.values()  # type: ignore[misc]
    file = tmp_path / "odm.xml"
    file.write_text(change(content.decode()), encoding="utf-8")
    return known, odm.data_in(study, file)


def answers(got: Received) -> list[object]:
    return [
        (who, str(each.on), sorted((key, str(value)) for key, value in getattr(each, "values", {}).items()))
        for who, events in got.people.items()
        for each in events
    ]


def test_answers_written_by_their_type_are_read_as_others_are(tmp_path: Path) -> None:
    _, plain = odm_in(tmp_path, lambda text: text)
    typed = re.compile(r'<ItemData ItemOID="([^"]*)" Value="([^"]*)"\s*/>')
    _, got = odm_in(tmp_path, lambda text: typed.sub(r'<ItemDataString ItemOID="\1">\2</ItemDataString>', text))
    assert answers(got) == answers(plain) and got.findings == ()
    _, got = odm_in(tmp_path, lambda text: typed.sub(r'<ItemDataHexBinary ItemOID="\1">\2</ItemDataHexBinary>', text))
    assert got.people == {} and all("ItemDataHexBinary" in each.says for each in got.findings)


def test_what_stands_in_a_file_twice_word_for_word_is_told_once(tmp_path: Path) -> None:
    _, plain = odm_in(tmp_path, lambda text: text)
    data = re.compile("<ClinicalData.*</ClinicalData>", re.DOTALL)
    _, got = odm_in(tmp_path, lambda text: data.sub(lambda found: found[0] * 2, text))
    assert answers(got) == answers(plain)
    assert len(got.findings) == len(answers(plain)) and all("told once" in each.says for each in got.findings)


def test_data_of_another_study_do_not_come_in(tmp_path: Path) -> None:
    _, got = odm_in(tmp_path, lambda text: text.replace(f'StudyOID="ST.{NAME}"', 'StudyOID="ST.other"'))
    assert got.people == {} and [each.rule for each in got.findings] == ["not-understood"]


def test_what_a_file_adds_and_removes_again_is_no_answer(tmp_path: Path) -> None:
    def removed_later(text: str) -> str:
        who = re.search(r'<SubjectData SubjectKey="[^"]*"', text)
        assert who is not None
        return text.replace("</ClinicalData>", f'{who[0]} TransactionType="Remove"/></ClinicalData>')

    known, got = odm_in(tmp_path, removed_later)
    assert len(got.people) == len(known.people) - 1 and len(got.findings) == 2


def test_a_unit_that_the_file_says_for_an_item_is_that_of_its_answers(tmp_path: Path) -> None:
    theirs = """<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3"><Study OID="S">
     <BasicDefinitions><MeasurementUnit OID="U1" Name="mg/dL"/></BasicDefinitions>
     <MetaDataVersion OID="M"><ItemDef OID="I.1" Name="bilirubin" DataType="float"><MeasurementUnitRef MeasurementUnitOID="U1"/></ItemDef>
     </MetaDataVersion></Study><ClinicalData StudyOID="S"><SubjectData SubjectKey="a"><StudyEventData StudyEventOID="V"><FormData FormOID="F">
     <ItemGroupData ItemGroupOID="G"><ItemData ItemOID="IT.labs.on" Value="2024-02-03"/><ItemData ItemOID="I.1" Value="1.0"/></ItemGroupData>
     </FormData></StudyEventData></SubjectData></ClinicalData></ODM>"""
    _, got = odm_in(tmp_path, lambda _: theirs)
    ((event,),) = got.people.values()
    assert event.values["bilirubin"] == pytest.approx(17.1, abs=0.02)  # 10 mg/L over 584.66 g/mol
    assert any("study 'S'" in each.says for each in got.findings)
    _, got = odm_in(tmp_path, lambda _: theirs.replace('Ref MeasurementUnitOID="U1"', 'Ref MeasurementUnitOID="U2"'))
    assert any("does not settle" in each.says for each in got.findings)
    assert not any(getattr(each, "values", None) for events in got.people.values() for each in events)


@pytest.mark.parametrize("members", ["²", "٣", "9" * 5_000, "-1", "1e3"])
def test_a_number_of_members_that_is_none_is_no_exception(members: str, tmp_path: Path) -> None:
    study, known = cases(NAME)
    rows = list(csv.DictReader(io.StringIO(redcap.FORMAT.out(study, known).files["records.csv"].decode(), newline="")))  # type: ignore[misc]
    rows[0] |= {
        "redcap_repeat_instrument": "decision",
        "decision_date": "2024-01-01",
        "decision_step": "x",
        "decision_members": members,
    }
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, [*rows[0]])
    writer.writeheader()
    writer.writerow(rows[0])
    file = tmp_path / "records.csv"
    file.write_bytes(text.getvalue().encode())
    assert redcap.data_in(study, file).findings

    def decided(text: str) -> str:
        items = "".join(
            f'<ItemData ItemOID="IT.decision.{key}" Value="{value}"/>'
            for key, value in (("on", "2020-01-01"), ("step", "x"), ("members", members))
        )
        group = f'<ItemGroupData ItemGroupOID="IG.decision">{items}</ItemGroupData>'
        form = f'<StudyEventData StudyEventOID="E"><FormData FormOID="FO.decision">{group}</FormData></StudyEventData>'
        return text.replace("</SubjectData>", f"{form}</SubjectData>", 1)

    assert odm_in(tmp_path, decided)[1].findings


# --- REDCap, and texts that no file can hold -------------------------------------------------------------------------


def test_a_head_of_enormous_length_is_a_finding(tmp_path: Path) -> None:
    study = eq.load(eq.shipped() / NAME)
    file = tmp_path / "records.csv"
    file.write_text(f"record_id,{'x' * 200_000}\np1,1\n")
    assert [each.rule for each in redcap.data_in(study, file).findings] == ["unreadable"]
    _, findings = read_dictionary(f"Variable / Field Name,Form Name,Field Type,{'x' * 200_000}\n")
    assert [each.rule for each in findings] == ["unreadable"]


def test_cells_beyond_the_columns_and_columns_that_stand_twice_are_named(tmp_path: Path) -> None:
    study = eq.load(eq.shipped() / NAME)
    file = tmp_path / "records.csv"
    file.write_text("record_id,labs_date,platelets,platelets\np1,2024-01-01,120,130,140\n")
    says = [each.says for each in redcap.data_in(study, file).findings]
    assert any("more cells" in each for each in says) and any("more than once" in each for each in says)


@pytest.mark.parametrize("text", ["a\x0bb", "a\ud800b", "a\x00b", "a\ufffeb"])
def test_a_character_that_no_file_can_hold_stands_as_a_mark_and_is_named(text: str, tmp_path: Path) -> None:
    study, known = cases(PDAC)
    changed = {
        who: tuple(
            replace(each, values={**each.values, "version": text})
            if isinstance(each, Recorded) and each.activity == "consent"
            else each
            for each in events
        )
        for who, events in known.people.items()
    }
    odd = Cases(changed, known.until, True)
    made = odm.FORMAT.out(study, odd)  # type: ignore[misc]
    (content,) = made.files.values()
    assert any("cannot" in each.says for each in made.findings)
    file = tmp_path / "odm.xml"
    file.write_bytes(content)
    got = odm.data_in(study, file)
    assert {*got.people} == {*known.people}
    assert "a\ufffdb" in [
        each.values.get("version") for events in got.people.values() for each in events if isinstance(each, Recorded)
    ]
    for standard in (redcap.FORMAT, fhir.FORMAT, dataset_json.FORMAT):
        made = standard.out(study, odd)  # type: ignore[misc]
        assert all(each.decode() for each in made.files.values())
    made = redcap.FORMAT.out(study, odd)  # type: ignore[misc]
    assert any("REDCap: a text holds" in each.says for each in made.findings) == (text == "a\ud800b")


# --- Circe -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", ["first(platelets) >= 50 10^9/L", "first(angina)"])
def test_the_first_of_several_records_is_not_any(rule: str) -> None:
    made = circe.out(eq.study(STUDY.replace("RULE", rule)))
    (definition,) = map(json.loads, made.files.values())
    assert definition["InclusionRules"] == [] and any("Circe would take any" in each.says for each in made.findings)
