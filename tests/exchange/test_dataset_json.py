"""Dataset-JSON: the published structure, and every value traced to the event that it comes from."""

import json
import re
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as xml

import pytest
from typer.testing import CliRunner

import equipoise as eq
from equipoise.command import _app
from equipoise.exchange import Cases, dataset_json
from equipoise.exchange.dataset_json.sdtm import code

STUDIES = (
    "batch-rfa-crlm",
    "liver-surgery-linkoping",
    "pdac-oligo-ablation",
    "synchronous-resection-modena",
    "synchronous-surgery-indications",
)

# The structure of Dataset-JSON 1.1 as its model publishes it (CDISC, DataExchange-DatasetJson, dataset.yaml), said again:
# the standard's own JSON Schema is not at hand as a file of this project.
MOMENT = r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)(\.\d+)?([+-]\d\d:[0-5]\d|Z)?$"
TEXT = {"type": "string"}
STRUCTURE = {
    "type": "object", "additionalProperties": False,
    "required": ["datasetJSONCreationDateTime", "datasetJSONVersion", "itemGroupOID", "records", "name", "label", "columns"],
    "properties": {
        "datasetJSONCreationDateTime": {"type": "string", "pattern": MOMENT}, "datasetJSONVersion": {"type": "string", "pattern": r"^1\.1(\.(0|[1-9]\d*))?$"},
        "fileOID": TEXT, "dbQueryDateTime": {"type": "string", "pattern": MOMENT}, "dbLastModifiedDateTime": {"type": "string", "pattern": MOMENT}, "originator": TEXT,
        "sourceSystem": {"type": "object", "required": ["name", "version"], "properties": {"name": TEXT, "version": TEXT}, "additionalProperties": False},
        "studyOID": TEXT, "metaDataVersionOID": TEXT, "metaDataRef": TEXT, "itemGroupOID": TEXT, "isReferenceData": {"type": "boolean"},
        "records": {"type": "integer", "minimum": 0}, "name": TEXT, "label": TEXT,
        "columns": {"type": "array", "items": {
            "type": "object", "additionalProperties": False, "required": ["itemOID", "name", "label", "dataType"],
            "properties": {
                "itemOID": TEXT, "name": TEXT, "label": TEXT, "length": {"type": "integer", "minimum": 1}, "displayFormat": TEXT, "keySequence": {"type": "integer", "minimum": 1},
                "dataType": {"enum": ["string", "integer", "decimal", "float", "double", "boolean", "datetime", "date", "time", "URI"]},
                "targetDataType": {"enum": ["integer", "decimal"]},
            },
        }},
        "rows": {"type": "array", "items": {"type": "array", "items": {"type": ["string", "integer", "boolean", "number", "null"]}}},
    },
}  # fmt: skip


def exported(name: str) -> tuple[dict[str, Any], bytes, Cases]:
    study = eq.load(eq.shipped() / name)
    people, _ = eq.read_people(eq.shipped() / name / "people", study)
    cases = Cases(people, max(eq.last_day(each) for each in people.values()), is_virtual=True)
    made = dataset_json.FORMAT.out(study, cases)  # type: ignore[misc]
    files = dict(made.files)
    define = files.pop("define.xml")
    return {Path(file).stem.upper(): json.loads(content) for file, content in files.items()}, define, cases


def column(told: dict[str, Any], name: str) -> list[Any]:
    at = [each["name"] for each in told["columns"]].index(name)
    return [row[at] for row in told["rows"]]


@pytest.mark.parametrize("name", STUDIES)
def test_every_dataset_has_the_published_structure(name: str) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    datasets, _, _ = exported(name)
    assert {*datasets} == {"DM", "AE", "LB", "TU", "TR", "RS", "DS", "EX", "PR", "ADSL", "ADTTE", "ADAE"}
    for told in datasets.values():
        assert list(jsonschema.Draft202012Validator(STRUCTURE).iter_errors(told)) == []
        assert told["records"] == len(told["rows"])
        assert all(len(row) == len(told["columns"]) for row in told["rows"])
        names = [each["name"] for each in told["columns"]]
        assert len({*names}) == len(names)
        assert told["label"].startswith("VIRTUAL PARTICIPANTS: ")


@pytest.mark.parametrize("name", STUDIES)
def test_values_are_of_the_types_that_their_columns_say(name: str) -> None:
    kinds: dict[str, type | tuple[type, ...]] = {"string": str, "date": str, "integer": int, "float": (int, float)}
    datasets, _, _ = exported(name)
    for told in datasets.values():
        for at, each in enumerate(told["columns"]):
            values = [row[at] for row in told["rows"] if row[at] is not None]
            assert all(isinstance(value, kinds[each["dataType"]]) for value in values), (told["name"], each["name"])
            if each["dataType"] == "date":
                assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", value) for value in values)
            if each["dataType"] == "string":
                assert each["length"] >= max(map(len, values), default=1)
            assert len(each["name"]) <= 8 and len(each["label"]) <= 40


@pytest.mark.parametrize("name", STUDIES)
def test_a_row_is_told_by_its_keys(name: str) -> None:
    datasets, _, _ = exported(name)
    for told in datasets.values():
        keys = [at for at, each in enumerate(told["columns"]) if "keySequence" in each]
        found = [tuple(row[at] for at in keys) for row in told["rows"]]
        assert len({*found}) == len(found), told["name"]


@pytest.mark.parametrize("name", STUDIES)
def test_everybody_of_a_domain_is_in_demographics(name: str) -> None:
    datasets, _, _ = exported(name)
    people = {*column(datasets["DM"], "USUBJID")}
    assert people == {*column(datasets["ADSL"], "USUBJID")}
    for told in datasets.values():
        assert {*column(told, "USUBJID")} <= people


def test_values_are_those_that_were_recorded() -> None:
    # By hand, from people/: who has five lesions of 19, 23, 30, 15 and 26 mm on 2023-09-07, and platelets of 170.
    datasets, _, cases = exported("batch-rfa-crlm")
    (name,) = [
        who
        for who, events in cases.people.items()
        if any(str(each.on) == "2023-09-07" and getattr(each, "lesions", None) and len(each.lesions) == 5 for each in events)
    ]  # type: ignore[union-attr]
    who = f"batch-rfa-crlm-{name}"
    tr = datasets["TR"]
    first = [
        row
        for row in zip(column(tr, "USUBJID"), column(tr, "TRDTC"), column(tr, "TRLNKID"), column(tr, "TRSTRESN"), strict=True)
        if row[:2] == (who, "2023-09-07")
    ]
    assert sorted(row[2:] for row in first) == [("L1", 19), ("L2", 23), ("L3", 30), ("L4", 15), ("L5", 26)]
    lb = datasets["LB"]
    rows = list(
        zip(
            *(column(lb, each) for each in ("USUBJID", "LBDTC", "LBTESTCD", "LBSTRESN", "LBSTRESU", "LBORNRLO", "LBLOINC")),
            strict=True,
        )
    )
    assert (who, "2023-09-07", "PLATELET", 170, "10^9/L", "125", "777-3") in rows
    dm = datasets["DM"]
    told = dict(
        zip(
            column(dm, "USUBJID"),
            zip(column(dm, "AGE"), column(dm, "SEX"), column(dm, "ARMCD"), column(dm, "RFICDTC"), strict=True),
            strict=True,
        )
    )
    assert told[who] == (66, "M", "BATCH_RFA", "2023-09-04")


def test_a_time_to_event_is_the_engines_own() -> None:
    datasets, _, cases = exported("batch-rfa-crlm")
    study = eq.load(eq.shipped() / "batch-rfa-crlm")
    tte = datasets["ADTTE"]
    told = {
        row[:2]: row[2:]
        for row in zip(*(column(tte, each) for each in ("USUBJID", "PARAMCD", "AVAL", "CNSR", "STARTDT", "ADT")), strict=True)
    }
    compared = 0
    for name, events in cases.people.items():
        chart = eq.chart(study, events, until=cases.until)
        for each in ("os", "pfs"):
            found = eq.outcome(study.protocol.endpoints[each], study, chart)
            row = told.get((f"batch-rfa-crlm-{name}", each.upper()))
            if row is not None:
                assert (found.days, found.status == "event") == (row[0], row[1] == 0)  # type: ignore[union-attr]
                assert (date.fromisoformat(row[3]) - date.fromisoformat(row[2])).days == row[0]
                compared += 1
            else:
                assert not hasattr(found, "days")
    assert compared >= 4


@pytest.mark.parametrize("name", STUDIES)
def test_the_metadata_names_every_variable_and_no_other(name: str) -> None:
    datasets, define, _ = exported(name)
    root = xml.fromstring(define)
    odm = {"o": "http://www.cdisc.org/ns/odm/v1.3"}
    told = {each.attrib["OID"] for each in root.iterfind(".//o:ItemDef", odm)}
    assert told == {each["itemOID"] for one in datasets.values() for each in one["columns"]}
    refs = {each.attrib["ItemOID"] for each in root.iterfind(".//o:ItemRef", odm)}
    assert refs == told
    for tag, attribute in (("CodeList", "CodeListOID"), ("MethodDef", "MethodOID")):
        named = {each.attrib[attribute] for each in root.iter() if attribute in each.attrib}
        assert named == {each.attrib["OID"] for each in root.iterfind(f".//o:{tag}", odm)}


def test_the_metadata_are_read_by_odmlib(tmp_path: Path) -> None:
    loader = pytest.importorskip("odmlib.define_loader")
    odm_loader = pytest.importorskip("odmlib.loader")
    _, define, _ = exported("batch-rfa-crlm")
    file = tmp_path / "define.xml"
    file.write_bytes(define)
    read = odm_loader.ODMLoader(loader.XMLDefineLoader(model_package="define_2_1", ns_uri="http://www.cdisc.org/ns/def/v2.1"))
    read.open_odm_document(str(file))
    version = read.MetaDataVersion()
    assert len(version.ItemGroupDef) == 12
    assert version.ItemGroupDef[0].Name == "DM"


def test_nothing_that_happened_after_the_cut_is_in_a_dataset() -> None:
    study = eq.load(eq.shipped() / "batch-rfa-crlm")
    people, _ = eq.read_people(eq.shipped() / "batch-rfa-crlm" / "people", study)
    cut = date(2024, 3, 1)
    made = dataset_json.FORMAT.out(study, Cases(people, cut))  # type: ignore[misc]
    for file in ("lb.json", "ds.json", "ex.json", "tr.json"):
        told = json.loads(made.files[file])
        (dates,) = [
            column(told, each["name"]) for each in told["columns"] if each["name"] in ("LBDTC", "DSSTDTC", "EXSTDTC", "TRDTC")
        ]
        assert max(dates) <= "2024-03-01"


def test_what_has_no_variable_is_said() -> None:
    study = eq.load(eq.shipped() / "batch-rfa-crlm")
    people, _ = eq.read_people(eq.shipped() / "batch-rfa-crlm" / "people", study)
    made = dataset_json.FORMAT.out(study, Cases(people, date(2024, 3, 1)))  # type: ignore[misc]
    assert any("'visit'" in each.says and "complaints" in each.says for each in made.findings)


def test_test_codes_are_short_and_their_own() -> None:
    taken: dict[str, str] = {}
    made = [code(name, taken) for name in ("neutrophils", "neutrophil_count", "5_hiaa", "neutrophils", "å")]
    assert made == ["NEUTROPH", "NEUTROP2", "T5HIAA", "NEUTROPH", "TEST"]


def test_export_writes_the_files(tmp_path: Path) -> None:
    people = eq.shipped() / "batch-rfa-crlm" / "people"
    ran = CliRunner().invoke(
        _app, ["export", "batch-rfa-crlm", "dataset-json", str(people), "--to", str(tmp_path), "--virtual"]
    )
    assert ran.exit_code == 0, ran.output
    assert len(list(tmp_path.glob("*.json"))) == 12 and (tmp_path / "define.xml").is_file()
    ran = CliRunner().invoke(_app, ["export", "batch-rfa-crlm", "dataset-json"])
    assert ran.exit_code == 1 and "participants" in ran.output
