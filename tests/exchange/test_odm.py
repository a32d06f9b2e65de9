"""ODM: by the published schema and by odmlib, and back in as the same events."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree as xml

import pytest

import equipoise as eq
from equipoise.events import Event, Recorded, current
from equipoise.exchange import Cases, dataset_json, odm, reader
from equipoise.exchange.forms import forms
from equipoise.exchange.odm.data import site_of
from equipoise.finding import Severity, errors

STUDIES = sorted(each.parent.name for each in eq.shipped().glob("*/study.yaml"))
PEOPLED = [name for name in STUDIES if (eq.shipped() / name / "people").is_dir()]
ODM = {"o": "http://www.cdisc.org/ns/odm/v1.3"}


def exported(name: str, *, people: bool = False) -> tuple[eq.Study, bytes, Cases | None]:
    study = eq.load(eq.shipped() / name)
    cases = None
    if people:
        known, _ = eq.read_people(eq.shipped() / name / "people", study)
        cases = Cases(known, max(eq.last_day(each) for each in known.values()), is_virtual=True)
    (content,) = odm.FORMAT.out(study, cases).files.values()  # type: ignore[misc]
    return study, content, cases


def faults(content: bytes, standard: str, version: str) -> list[str]:
    """What the standard's published schema, which comes with odmlib, finds wrong."""
    schemas = pytest.importorskip("odmlib.schema_manager")
    xmlschema = pytest.importorskip("xmlschema")
    schema = xmlschema.XMLSchema(schemas.get_schema_path(standard, version))
    return [f"{each.path}: {each.reason}" for each in schema.iter_errors(content.decode())]


@pytest.mark.parametrize("name", STUDIES)
def test_metadata_are_as_the_published_schema_has_them(name: str) -> None:
    _, content, _ = exported(name)
    assert faults(content, "odm", "1.3.2") == []


@pytest.mark.parametrize("name", PEOPLED)
def test_clinical_data_are_as_the_published_schema_has_them(name: str) -> None:
    _, content, _ = exported(name, people=True)
    assert faults(content, "odm", "1.3.2") == []


def test_the_metadata_of_datasets_are_as_the_published_schema_of_define_xml_has_them() -> None:
    study, _, cases = exported("batch-rfa-crlm", people=True)
    define = dataset_json.FORMAT.out(study, cases).files["define.xml"]  # type: ignore[misc]
    assert faults(define, "define", "2.1") == []


@pytest.mark.parametrize("name", STUDIES)
def test_odmlib_reads_the_metadata_and_finds_every_identifier(name: str, tmp_path: Path) -> None:
    loader = pytest.importorskip("odmlib.loader")
    odm_loader = pytest.importorskip("odmlib.odm_loader")
    oids = pytest.importorskip("odmlib.oid_generator")
    study, content, _ = exported(name)
    file = tmp_path / "odm.xml"
    file.write_bytes(content)
    read = loader.ODMLoader(odm_loader.XMLODMLoader(model_package="odm_1_3_2"))
    read.open_odm_document(str(file))
    version = read.MetaDataVersion()
    told = forms(study)
    assert [each.Name for each in version.FormDef if each.Name != "decision"] == [*told]
    assert version.verify_order()
    assert read.Study().verify_oids(oids.create_oid_checker("odm_1_3_2"))
    # Not asked: odmlib's own rules of conformance, which want one RangeCheck an item where the published schema allows many.


@pytest.mark.parametrize("name", STUDIES)
def test_every_identifier_that_is_named_is_defined(name: str) -> None:
    _, content, _ = exported(name, people=name in PEOPLED)
    root = xml.fromstring(content)
    defined = {each.attrib["OID"] for each in root.iter() if "OID" in each.attrib}
    for each in root.iter():
        for key, value in each.attrib.items():
            if key.endswith("OID") and key not in ("OID", "FileOID"):
                assert value in defined, (each.tag, key, value)


@pytest.mark.parametrize("name", PEOPLED)
def test_clinical_data_read_back_as_the_same_events(name: str, tmp_path: Path) -> None:
    study, content, cases = exported(name, people=True)
    assert cases is not None
    file = tmp_path / "data.xml"
    file.write_bytes(content)
    assert reader(file) is odm.FORMAT
    found = odm.received(study, file)
    assert errors(found.findings) == ()
    for who, events in cases.people.items():
        assert {each.site for each in found.people[who]} == {site_of(events) or ""}
        meant = [_said(each) for each in current(events)[0] if not isinstance(each, Recorded) or each.activity in forms(study)]
        assert sorted(map(_said, found.people[who]), key=str) == sorted(meant, key=str), who
    assert odm.received(study, file).people == found.people


def _said(event: Event) -> tuple[Any, ...]:
    if isinstance(event, Recorded):
        values = {key: getattr(value, "text", value) for key, value in event.values.items()}
        limits = {key: limit for key, limit in event.limits.items() if key[0] in values}
        return str(event.on), event.activity, sorted(values.items()), sorted(limits.items()), event.lesions
    return str(event.on), "decided", event.step, event.option, event.members, event.reason  # type: ignore[union-attr]


def test_edit_checks_and_conditions_are_those_of_the_file() -> None:
    _, content, _ = exported("batch-rfa-crlm")
    root = xml.fromstring(content)
    (item,) = [each for each in root.iterfind(".//o:ItemDef", ODM) if each.attrib["OID"] == "IT.labs.platelets"]
    checks = [
        (each.attrib["SoftHard"], each.attrib["Comparator"], each.findtext("o:CheckValue", namespaces=ODM))
        for each in item.iterfind("o:RangeCheck", ODM)
    ]
    assert checks == [("Hard", "GE", "0"), ("Hard", "LE", "3000"), ("Soft", "GE", "20"), ("Soft", "LE", "800")]
    aliases = {each.attrib["Context"]: each.attrib["Name"] for each in item.iterfind("o:Alias", ODM)}
    assert aliases == {"LOINC": "777-3", "NCIt": "C51951", "equipoise": "labs.platelets"}
    (condition,) = [
        each for each in root.iterfind(".//o:ConditionDef", ODM) if each.attrib["OID"] == "CO.screening.liver_operated_on"
    ]
    assert condition.findtext("o:FormalExpression", namespaces=ODM) == "not (liver_operated)"
    text = condition.findtext("o:Description/o:TranslatedText", namespaces=ODM)
    assert text is not None and text.startswith("Not asked unless: ")


OTHERS = """<?xml version="1.0"?>
<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" FileType="Snapshot" FileOID="X" CreationDateTime="2024-01-01T00:00:00" ODMVersion="1.3.2">
 <Study OID="S"><GlobalVariables><StudyName>s</StudyName><StudyDescription>s</StudyDescription><ProtocolName>s</ProtocolName></GlobalVariables>
  <BasicDefinitions><MeasurementUnit OID="U1" Name="mg/dL"><Symbol><TranslatedText>mg/dL</TranslatedText></Symbol></MeasurementUnit></BasicDefinitions>
  <MetaDataVersion OID="M" Name="m"><ItemDef OID="I.1" Name="BILIRUBIN" DataType="float"/><ItemDef OID="I.2" Name="shoe" DataType="text"/></MetaDataVersion></Study>
 <ClinicalData StudyOID="S" MetaDataVersionOID="M">
  <SubjectData SubjectKey="a1"><StudyEventData StudyEventOID="V1">
   <FormData FormOID="F1"><ItemGroupData ItemGroupOID="G">
    <ItemData ItemOID="IT.labs.on" Value="2024-02-03"/>
    <ItemData ItemOID="I.1" Value="1.0"><MeasurementUnitRef MeasurementUnitOID="U1"/></ItemData>
    <ItemData ItemOID="I.2" Value="43"/>
   </ItemGroupData></FormData>
   <FormData FormOID="F2"><ItemGroupData ItemGroupOID="G"><ItemData ItemOID="I.1" Value="2.0"/></ItemGroupData></FormData>
   <FormData FormOID="F3" TransactionType="Remove"/>
  </StudyEventData></SubjectData>
  <SubjectData SubjectKey=""/>
 </ClinicalData>
</ODM>
"""


def test_a_file_of_somebody_else_is_read_as_far_as_its_names_are_ours(tmp_path: Path) -> None:
    study = eq.load(eq.shipped() / "batch-rfa-crlm")
    file = tmp_path / "theirs.xml"
    file.write_text(OTHERS, encoding="utf-8")
    found = odm.received(study, file)
    (event,) = found.people["a1"]
    assert isinstance(event, Recorded)
    # 1 mg/dL of bilirubin is 17.1 umol/L: 10 mg/L over 584.66 g/mol.
    assert event.values["bilirubin"] == pytest.approx(17.1, abs=0.02)
    told = {(each.place.line, each.severity) for each in found.findings}
    theirs = (6, Severity.WARNING)  # the data are of a study of another name
    assert told == {theirs, (11, Severity.WARNING), (13, Severity.ERROR), (14, Severity.WARNING), (16, Severity.ERROR)}


@pytest.mark.parametrize(
    "text",
    [
        "", "<ODM", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', '<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3"/>',
        "<a>" * 5_000, '<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3"><ClinicalData/></ODM>',
    ],
)  # fmt: skip
def test_what_holds_no_data_is_a_finding_and_never_an_exception(text: str, tmp_path: Path) -> None:
    file = tmp_path / "odd.xml"
    file.write_text(text, encoding="utf-8")
    found = odm.received(eq.load(eq.shipped() / "batch-rfa-crlm"), file)
    assert found.people == {}
    assert found.findings
