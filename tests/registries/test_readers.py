"""The registers' own formats: complete against their description, and each value where the register has it."""

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

import equipoise.registries
from equipoise.finding import Severity
from equipoise.registries import FIELDS, FINDINGS, READERS, Confidence, Record, ctgov_v2, ctgov_xml, ictrp, read_record

# What else is in the folder: the record and what reads it by.
_NOT_READERS = {"__init__", "intake", "kinds", "labels", "linkage", "record", "structured", "tree"}


def test_each_reader_is_listed_once_and_has_its_file() -> None:
    files = {file.stem for file in Path(equipoise.registries.__file__).parent.glob("*.py")}
    assert {reader.name for reader in READERS} == files - _NOT_READERS
    assert len(READERS) == len({reader.name for reader in READERS})
    assert all(reader.says.endswith(".") or ":" in reader.says for reader in READERS)


def test_each_finding_is_listed_with_its_meaning() -> None:
    sources = "".join(file.read_text(encoding="utf-8") for file in Path(equipoise.registries.__file__).parent.rglob("*.py"))
    assert set(re.findall(r'(?<!")"(record-[a-z-]+)"', sources)) == set(FINDINGS)


# --- ClinicalTrials.gov, API v2 ---


def described(shared: Path) -> Iterator[str]:
    """The way to each leaf of a study in the API's own description."""
    schemas = yaml.safe_load((shared / "data/registry/ctgov-oas-v2.yaml").read_text(encoding="utf-8"))["components"]["schemas"]

    def walk(schema: Any, way: str, above: tuple[str, ...]) -> Iterator[str]:
        if "$ref" in schema:
            name = schema["$ref"].rsplit("/", 1)[1]
            assert name not in above
            yield from walk(schemas[name], way, (*above, name))
        elif schema.get("type") == "array":
            yield from walk(schema["items"], f"{way}[]", above)
        elif "properties" in schema:
            for key, each in schema["properties"].items():
                yield from walk(each, f"{way}.{key}" if way else key, above)
        else:
            yield way

    yield from walk(schemas["Study"], "", ())


def test_each_leaf_of_the_api_s_description_is_a_field_or_left_out_with_a_reason(shared: Path) -> None:
    ways = list(described(shared))
    assert len(ways) > 300
    unknown = [way for way in ways if not ctgov_v2.WAYS.use(way)]
    assert not unknown
    # And nothing is read that the description does not have.
    plain = {way.replace("[]", "") for way in ways}
    read = {way.replace("[]", "") for way in (*ctgov_v2.WAYS.fields, *ctgov_v2.WAYS.standing.values())}
    read |= {f"{part.way}.{key}".replace("[]", "") for part in ctgov_v2.WAYS.parts for key in part.keys}
    assert not read - plain
    assert all(name in FIELDS for name in ctgov_v2.WAYS.fields.values())
    assert all(
        any(each == way.replace("[]", "") or each.startswith(way.replace("[]", "") + ".") for each in plain)
        for way in ctgov_v2.WAYS.left_out
    )


def test_each_word_of_the_api_s_enumerations_has_a_word_here(shared: Path) -> None:
    schemas = yaml.safe_load((shared / "data/registry/ctgov-oas-v2.yaml").read_text(encoding="utf-8"))["components"]["schemas"]
    base: dict[str, Any] = {"protocolSection": {"identificationModule": {"nctId": "NCT01234567"}}}
    for name, at in {
        "Status": "statusModule.overallStatus", "StudyType": "designModule.studyType", "Phase": "designModule.phases",
        "Sex": "eligibilityModule.sex", "StandardAge": "eligibilityModule.stdAges", "SamplingMethod": "eligibilityModule.samplingMethod",
        "DesignAllocation": "designModule.designInfo.allocation", "InterventionalAssignment": "designModule.designInfo.interventionModel",
        "PrimaryPurpose": "designModule.designInfo.primaryPurpose", "ObservationalModel": "designModule.designInfo.observationalModel",
        "DesignTimePerspective": "designModule.designInfo.timePerspective", "DesignMasking": "designModule.designInfo.maskingInfo.masking",
        "WhoMasked": "designModule.designInfo.maskingInfo.whoMasked",
    }.items():  # fmt: skip
        for word in schemas[name]["enum"]:
            study = json.loads(json.dumps(base))
            node = study["protocolSection"]
            *way, last = at.split(".")
            for key in way:
                node = node.setdefault(key, {})
            node[last] = word
            (record,), findings = read_record(json.dumps(study))
            assert not findings, (name, word, findings)
            field = ctgov_v2.WAYS.use(f"protocolSection.{at}")
            assert record.said(field) or (name, word) in {("DesignAllocation", "NA")}, (name, word)
    for name, kind in {"ArmGroupType": "armGroups", "InterventionType": "interventions"}.items():
        for word in schemas[name]["enum"]:
            study = json.loads(json.dumps(base))
            study["protocolSection"]["armsInterventionsModule"] = {kind: [{"label": "a", "name": "a", "type": word}]}
            assert not [each for each in read_record(json.dumps(study))[1] if each.rule == "record-value-misplaced"], word


def test_every_real_study_is_read_without_a_finding(shared: Path) -> None:
    for file in sorted((shared / "data/registry/ctgov_v2").glob("*.json")):
        (record,), findings = read_record(file)
        assert not findings, file.name
        study = json.loads(file.read_text(encoding="utf-8"))["protocolSection"]
        assert record.identifiers[0].value.id == study["identificationModule"]["nctId"] == file.stem
        assert record.eligibility[0].value == study["eligibilityModule"]["eligibilityCriteria"].strip()
        assert record.enrolment[0].value == study["designModule"]["enrollmentInfo"]["count"]
        assert len(record.outcomes) == len({json.dumps(each, sort_keys=True) + key for key, each in
                                            ((key, each) for key in ("primaryOutcomes", "secondaryOutcomes", "otherOutcomes")
                                             for each in study["outcomesModule"].get(key, []))})  # fmt: skip
        assert record.start[0].path == "protocolSection.statusModule.startDateStruct.date"
        assert all(
            said.confidence is Confidence.SURE and said.reader == "ctgov_v2" for name in FIELDS for said in record.said(name)
        )
        assert all(said.place.file == str(file) for name in FIELDS for said in record.said(name))


def test_a_page_of_a_search_gives_its_studies_and_the_next_page_s_token(shared: Path) -> None:
    file = shared / "data/registry/ctgov_v2_search_page.json.gz"
    records, findings = read_record(file)
    page = json.loads(gzip.decompress(file.read_bytes()))
    assert [record.identifiers[0].value.id for record in records] == [
        study["protocolSection"]["identificationModule"]["nctId"] for study in page["studies"]
    ]
    (token,) = (each for each in findings if each.rule == "record-next-page")
    assert token.about == page["nextPageToken"] == ctgov_v2.next_page(page)
    # Keys that this answer has and the API's description has not are said, once a study.
    assert Counter(each.rule for each in findings)["record-unknown-key"] == len(records)


def test_people_are_not_kept(shared: Path) -> None:
    for file in sorted((shared / "data/registry").glob("ctgov_*/*")):
        (record,), _ = read_record(file)
        text = file.read_text(encoding="utf-8")
        kept = " ".join(
            str(said.value)
            for name in FIELDS
            if name not in ("eligibility", "summary", "description")
            for said in record.said(name)
        )
        for name in re.findall(r'"(?:investigatorFullName|name)": "([^"]+, (?:MD|M\.D\.|PhD))"', text):
            assert name not in kept


# --- the classic XML ---


def test_every_classic_xml_record_is_read_and_agrees_with_its_elements(shared: Path) -> None:
    for file in sorted((shared / "data/registry/ctgov_xml").glob("*.xml")):
        (record,), findings = read_record(file)
        assert not [each for each in findings if each.severity is not Severity.NOTE], (file.name, findings)
        assert not [each for each in findings if each.rule == "record-unknown-key"]
        root = ElementTree.parse(file).getroot()
        assert root.findtext("id_info/nct_id") in {said.value.id for said in record.identifiers}
        assert {said.value for said in record.conditions} == {each.text for each in root.findall("condition")}
        assert len(record.locations) <= len(root.findall("location"))
        words = (root.findtext("eligibility/criteria/textblock") or "").split()
        assert (record.eligibility[0].value.split() if record.eligibility else []) == words
        if record.enrolment:
            assert record.enrolment[0].value == int(root.findtext("enrollment") or 0)
            line = file.read_text(encoding="utf-8").splitlines()[record.enrolment[0].place.line - 1]
            assert "<enrollment" in line


def test_masking_with_who_is_masked_is_its_word() -> None:
    xml = "<clinical_study><id_info><nct_id>NCT01234567</nct_id></id_info><study_design_info><masking>Double (Participant, Investigator)</masking></study_design_info></clinical_study>"
    (record,), findings = read_record(xml)
    assert record.masking[0].value == "double"
    assert not findings


def test_the_two_formats_of_one_study_agree() -> None:
    v2 = {"protocolSection": {
        "identificationModule": {"nctId": "NCT01234567", "briefTitle": "A short title of a trial"},
        "statusModule": {"overallStatus": "ACTIVE_NOT_RECRUITING", "startDateStruct": {"date": "2020-05-01", "type": "ACTUAL"}},
        "designModule": {"studyType": "INTERVENTIONAL", "phases": ["PHASE1", "PHASE2"], "enrollmentInfo": {"count": 40, "type": "ESTIMATED"},
                         "designInfo": {"allocation": "RANDOMIZED", "interventionModel": "PARALLEL", "maskingInfo": {"masking": "NONE"}}},
        "eligibilityModule": {"minimumAge": "18 Years", "sex": "ALL", "healthyVolunteers": False, "eligibilityCriteria": "Inclusion Criteria:\n\n* adults"},
    }}  # fmt: skip
    xml = """<clinical_study><id_info><nct_id>NCT01234567</nct_id></id_info><brief_title>A short title of a trial</brief_title>
      <overall_status>Active, not recruiting</overall_status><start_date type="Actual">May 1, 2020</start_date>
      <phase>Phase 1/Phase 2</phase><study_type>Interventional</study_type>
      <study_design_info><allocation>Randomized</allocation><intervention_model>Parallel Assignment</intervention_model>
        <masking>None (Open Label)</masking></study_design_info>
      <enrollment type="Anticipated">40</enrollment>
      <eligibility><criteria><textblock>Inclusion Criteria:

        * adults</textblock></criteria><gender>All</gender><minimum_age>18 Years</minimum_age><maximum_age>N/A</maximum_age>
        <healthy_volunteers>No</healthy_volunteers></eligibility></clinical_study>"""
    ((one,), first), ((two,), second) = read_record(json.dumps(v2)), read_record(xml)
    assert not first
    assert not second
    for name in FIELDS:
        assert [(said.value, said.standing) for said in one.said(name)] == [
            (said.value, said.standing) for said in two.said(name)
        ], name


# --- WHO ICTRP, CTIS, EUCTR, ISRCTN ---


def test_every_row_of_the_portal_s_table_is_a_trial_of_its_register(shared: Path) -> None:
    records, findings = read_record(shared / "data/registry/other/ictrp_half.csv.gz")
    assert len(records) == 143
    assert all(record.identifiers[0].value.registry for record in records)
    assert len({record.identifiers[0].value.registry for record in records}) == 8
    assert not [each for each in findings if each.rule == "record-value-misplaced"]
    assert all(record.eligibility for record in records)
    assert not any("<br" in record.eligibility[0].value for record in records)


def test_the_portal_s_export_is_read_with_the_day_first() -> None:
    xml = """<?xml version="1.0" encoding="UTF-8"?><Trials_downloaded_from_ICTRP><Trial><TrialID>ACTRN12623000271606</TrialID>
      <Public_title>A trial of bednets in small villages</Public_title><Primary_sponsor>University of Somewhere</Primary_sponsor>
      <Date_registration>03/02/2023</Date_registration><Date_enrollement>14/06/2023</Date_enrollement><Target_size>120</Target_size>
      <Recruitment_Status>Not Recruiting</Recruitment_Status><Study_type>Interventional</Study_type><Phase>Phase 2/Phase 3</Phase>
      <Inclusion_agemin>18 Years</Inclusion_agemin><Inclusion_agemax>No limit</Inclusion_agemax><Inclusion_gender>Both males and females</Inclusion_gender>
      <Inclusion_Criteria>Inclusion criteria: adults&lt;br&gt;who sleep</Inclusion_Criteria><Exclusion_Criteria>Exclusion criteria: none</Exclusion_Criteria>
      <Condition>Malaria;&lt;br&gt;Fever</Condition><Intervention>Bednet;Usual care</Intervention>
      <Primary_outcome>Malaria within 1 year</Primary_outcome></Trial></Trials_downloaded_from_ICTRP>"""
    (record,), findings = read_record(xml.replace("<Condition>", "<Colour>blue</Colour><Condition>"))
    assert [each.says for each in findings] == ["1 part of the record is not read: Colour"]
    assert (str(record.first_posted[0].value), str(record.start[0].value)) == ("2023-02-03", "2023-06-14")
    assert [said.value for said in record.phases] == ["2", "3"]
    assert record.sex[0].value == "all"
    assert [said.value for said in record.conditions] == ["Malaria", "Fever"]
    assert record.eligibility[0].value == "Inclusion criteria: adults\nwho sleep\n\nExclusion criteria: none"
    assert record.outcomes[0].value.role == "primary"
    assert ictrp.recognises("Trials_downloaded_from_ICTRP")
    assert ctgov_xml.recognises("clinical_study")


@pytest.mark.parametrize(("file", "registry"), [("ctis_2", "CTIS"), ("euctr_2", "EudraCT"), ("isrctn_2", "ISRCTN")])
def test_the_european_registers_tell_a_whole_record(shared: Path, file: str, registry: str) -> None:
    records, findings = read_record(shared / f"data/registry/other/{file}.json.gz")
    assert len(records) == 2
    assert not [each for each in findings if each.severity is Severity.ERROR or each.rule == "record-value-misplaced"]
    for record in records:
        assert registry in {said.value.registry for said in record.identifiers}
        for name in (
            "title",
            "official_title",
            "study_type",
            "phases",
            "enrolment",
            "sex",
            "outcomes",
            "interventions",
            "conditions",
            "countries",
            "start",
        ):
            assert record.said(name), name
        text = record.eligibility[0].value.casefold()
        assert text.index("inclusion") < text.index("exclusion")
        assert any(said.value.role == "primary" for said in record.outcomes)


def test_each_value_says_where_it_stands() -> None:
    (record,), _ = read_record("Status: Completed\nEnrollment: 90 participants\n", file="https://example.org/trial")
    (said,) = record.enrolment
    assert (said.value, said.text, said.path, said.origin) == (
        90,
        "90 participants",
        "Enrollment",
        "https://example.org/trial:2:13 (Enrollment)",
    )


def test_a_record_is_empty_until_something_is_said() -> None:
    assert not any(Record().said(name) for name in FIELDS)


# --- the same registers' other forms, written down from memory ---

EUCTR_TEXT = """Summary
EudraCT Number: 2016-004489-24
Clinical Trial Type: EEA CTA
Trial Status: Completed
A. Protocol Information
A.2 EudraCT number: 2016-004489-24
A.3 Full title of the trial: A randomised trial of ablation
and surgery
A.5.2 US NCT (ClinicalTrials.gov registry) number: NCT09990001
B.1.1 Name of Sponsor: Northern University Hospital
D.3.1 Product name: Somedrug
E.1.1 Medical condition(s) being investigated: Liver metastases
E.3 Principal inclusion criteria: 1. Age 18 years or older
2. ECOG 0-1
E.4 Principal exclusion criteria: 1. Pregnancy
E.5.1 Primary end point(s): Overall survival
E.5.1.1 Timepoint(s) of evaluation of this end point: 2 years
E.7.3 Therapeutic confirmatory (Phase III): Yes
E.8.1.1 Randomised: Yes
E.8.1.2 Open: Yes
F.2.1 Female: Yes
F.2.2 Male: Yes
F.4.2.2 In the whole clinical trial: 120
"""


def test_the_form_of_eudract_is_read_line_by_line() -> None:
    (record,), _ = read_record(EUCTR_TEXT)
    said = {
        name: [str(getattr(each.value, "id", each.value)) for each in record.said(name)]
        for name in ("identifiers", "official_title", "sponsor", "phases", "masking", "sex", "enrolment", "conditions")
    }
    assert said["identifiers"] == ["2016-004489-24", "NCT09990001"]
    assert said["official_title"] == ["A randomised trial of ablation and surgery"]
    assert (said["sponsor"], said["phases"], said["masking"], said["sex"], said["enrolment"]) == (
        ["Northern University Hospital"],
        ["3"],
        ["none"],
        ["all"],
        ["120"],
    )
    assert "2. ECOG 0-1" in record.eligibility[0].value and "1. Pregnancy" in record.eligibility[0].value
    assert record.outcomes[0].value.time_frame == "2 years"
    assert record.eligibility[0].reader == "euctr"


ISRCTN_XML = """<?xml version="1.0" encoding="UTF-8"?>
<allTrials totalCount="1" xmlns="http://www.67bricks.com/isrctn"><fullTrial><trial version="2">
<isrctn dateAssigned="2020-01-01">12345678</isrctn>
<trialDescription><title>Ablation or surgery</title><primaryOutcome>Overall survival at 2 years</primaryOutcome></trialDescription>
<participants><inclusion>Adults</inclusion><exclusion>Pregnancy</exclusion><targetEnrolment>120</targetEnrolment></participants>
</trial></fullTrial></allTrials>"""


def test_the_xml_of_isrctn_is_read_as_its_json() -> None:
    (record,), _ = read_record(ISRCTN_XML)
    assert [each.value.id for each in record.identifiers] == ["ISRCTN12345678"]
    assert (record.title[0].value, record.enrolment[0].value) == ("Ablation or surgery", 120)
    assert record.outcomes[0].value.measure == "Overall survival at 2 years"
