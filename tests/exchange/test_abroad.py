"""What somebody meets who uses another program: other separators, answers that cannot be used, sites, ranges of a laboratory."""

import csv
import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import equipoise as eq
from equipoise.command import _app
from equipoise.events import Event, Recorded
from equipoise.exchange import Cases, Received, dataset_json, odm, redcap
from equipoise.finding import Severity, errors

STUDY = """
equipoise: 1
study: hearts
version: 1.0.0
title: Iron in heart failure
design: {type: interventional}
sites:
  lund: {label: Lund, ranges: {alt: {uln: 45 U/L}}}
  porto: {label: Porto}
activities:
  history: {items: {race: {type: choice, of: {a: "Asian | other", b: "Black, African"}}, stroke: {type: yes_no, label: "Stroke, ever (<5 years)"}}}
  labs:
    repeats: yes
    items:
      alt: {type: quantity, unit: U/L}
      ferritin: {type: quantity, unit: ug/L}
eligibility:
  - {id: liver, exclude: alt > 3 x ULN}
"""
PEOPLE = {
    "l1": [
        {"on": "2026-03-01", "do": "enrolment", "site": "lund", "id": "1"},
        {"on": "2026-03-01", "do": "history", "site": "lund", "id": "2", "items": {"race": "b", "stroke": "no"}},
        {"on": "2026-03-02", "do": "labs", "site": "lund", "id": "3", "items": {"alt": {"value": "66 U/L", "uln": "30 U/L"}, "ferritin": "<10"}},
        {"on": "2026-03", "do": "labs", "site": "lund", "id": "4", "items": {"alt": "44 U/L"}},
    ],
    "p1": [{"on": "2026-03-01", "do": "enrolment", "site": "porto", "id": "1"}, {"on": "2026-03-05", "do": "labs", "id": "2", "items": {"alt": "50 U/L"}}],
}  # fmt: skip


@pytest.fixture
def hearts(tmp_path: Path) -> Path:
    """The study in a folder, with two people."""
    (tmp_path / "hearts" / "people").mkdir(parents=True)
    (tmp_path / "hearts" / "study.yaml").write_text(STUDY)
    for who, events in PEOPLE.items():
        lines = "".join(json.dumps({**each, "participant": who}) + "\n" for each in events)
        (tmp_path / "hearts" / "people" / f"{who}.jsonl").write_text(lines)
    return tmp_path / "hearts"


def known(hearts: Path) -> tuple[eq.Study, Cases]:
    study = eq.load(hearts)
    people, _ = eq.read_people(hearts / "people", study)
    return study, Cases(people, max(map(eq.last_day, people.values())), True)


def said(event: Event) -> tuple[object, ...]:
    assert isinstance(event, Recorded)
    values = {key: getattr(value, "text", value) for key, value in event.values.items()}
    return str(event.on), event.activity, sorted(values.items()), sorted(event.limits.items())


def all_said(got: Received | Cases) -> dict[str, list[tuple[object, ...]]]:
    return {who: sorted(map(said, events), key=str) for who, events in got.people.items()}


def test_odm_carries_each_participants_site_and_the_ranges_of_laboratories(hearts: Path, tmp_path: Path) -> None:
    """The ULN of 30 is that of the row; the one of 45 is Lund's own, and comes back with it."""
    study, cases = known(hearts)
    made = odm.FORMAT.out(study, cases)  # type: ignore[misc]
    (content,) = made.files.values()
    (tmp_path / "odm.xml").write_bytes(content)
    got = odm.data_in(study, tmp_path / "odm.xml")
    assert all_said(got) == all_said(cases)
    assert [{each.site for each in got.people[who]} for who in ("l1", "p1")] == [{"lund"}, {"porto"}]
    assert [each.says for each in made.findings if "one site" in each.says] == [
        "ODM has one site of each participant, and 1 has events of several or of none, p1 for one"
    ]


def test_a_location_of_somebody_elses_file_is_the_site_of_that_name(hearts: Path, tmp_path: Path) -> None:
    study, cases = known(hearts)
    (content,) = odm.FORMAT.out(study, cases).files.values()  # type: ignore[misc]
    (tmp_path / "odm.xml").write_text(content.decode().replace("LOC.lund", "L.77").replace("LOC.porto", "L.78"))
    got = odm.data_in(study, tmp_path / "odm.xml")
    assert [{each.site for each in got.people[who]} for who in ("l1", "p1")] == [{"lund"}, {"porto"}]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", "^"])
def test_redcap_may_separate_the_cells_of_an_export_as_it_likes(hearts: Path, tmp_path: Path, separator: str) -> None:
    study, cases = known(hearts)
    made = redcap.FORMAT.out(study, cases)  # type: ignore[misc]
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator).writerows(csv.reader(io.StringIO(made.files["records.csv"].decode(), newline="")))
    file = tmp_path / "records.csv"
    file.write_text("\ufeff" + text.getvalue(), encoding="utf-8", newline="")
    assert redcap.recognises(file)
    got = redcap.data_in(study, file)
    assert [each.rule for each in errors(got.findings)] == ["unreadable-value"]  # <10
    assert {who: [each[:3] for each in events] for who, events in all_said(got).items()} == {
        who: [each[:3] for each in events] for who, events in all_said(cases).items()
    }
    assert [each.says for each in made.findings if "ranges" in each.says] == [
        "REDCap: ranges that laboratories gave beside answers have no field: those of 1 event are missing"
    ]


def test_a_laboratory_form_goes_out_whole_and_what_has_no_domain_is_a_warning(hearts: Path) -> None:
    """Ferritin has no term of the vocabulary; it stands beside ALT, which has one. What history says goes nowhere."""
    text = (hearts / "study.yaml").read_text().replace("alt: {type: quantity, unit: U/L}", "alt: {use: labs.alt}")
    (hearts / "study.yaml").write_text(text)
    study, cases = known(hearts)
    made = dataset_json.FORMAT.out(study, cases)  # type: ignore[misc]
    told = json.loads(made.files["lb.json"])
    columns = [each["name"] for each in told["columns"]]
    rows = [dict(zip(columns, row, strict=True)) for row in told["rows"]]
    assert [(each["LBTESTCD"], each["LBORRES"], each["LBSTRESN"]) for each in rows if each["USUBJID"] == "hearts-l1"] == [
        ("ALT", "44", 44), ("ALT", "66", 66), ("FERRITIN", "<10", None),
    ]  # fmt: skip
    lost = [each.says for each in made.findings if each.severity is Severity.WARNING]
    assert lost == [
        "Dataset-JSON: of 'history', race, stroke have no place in these domains: their answers are not in the export"
    ]


@pytest.mark.parametrize("standard", ["odm", "redcap", "dataset-json", "fhir", "ics"])
def test_an_answer_that_cannot_be_used_stops_no_export_and_is_counted(hearts: Path, tmp_path: Path, standard: str) -> None:
    asked = ["export", str(hearts), standard, str(hearts / "people"), "--to", str(tmp_path / "out"), "--virtual"]
    done = CliRunner().invoke(_app, asked)
    assert done.exit_code == 1
    assert "1 answer cannot be used" in " ".join(done.output.split())
    assert any((tmp_path / "out").iterdir())
