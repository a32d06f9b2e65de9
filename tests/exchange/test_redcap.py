"""REDCap: a dictionary that reads back as the same forms, records that read back as the same events."""

import csv
import json
from dataclasses import replace
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from typer.testing import CliRunner

import equipoise as eq
from equipoise.command import _app
from equipoise.events import Decided, Event, Recorded, current
from equipoise.exchange import Cases, reader, redcap
from equipoise.exchange.forms import forms
from equipoise.exchange.redcap.dictionary import COLUMNS, branching, dictionary, field_names, read_dictionary
from equipoise.finding import errors
from equipoise.protocol import Activity
from equipoise.transcript import read_events

STUDIES = sorted(each.parent.name for each in eq.shipped().glob("*/study.yaml"))
PEOPLED = [name for name in STUDIES if (eq.shipped() / name / "people").is_dir()]
TYPES = {"text", "notes", "radio", "dropdown", "yesno", "truefalse", "file", "calc", "checkbox", "slider", "sql", "descriptive"}
CHECKS = {"", "integer", "number", "date_ymd"}


def exported(name: str, *, people: bool = False) -> tuple[eq.Study, dict[str, str], dict[str, tuple[Event, ...]]]:
    study = eq.load(eq.shipped() / name)
    told: dict[str, tuple[Event, ...]] = {}
    cases = None
    if people:
        read, _ = eq.read_people(eq.shipped() / name / "people", study)
        told = dict(read)
        cases = Cases(told, max(eq.last_day(each) for each in told.values()), is_virtual=True)
    made = redcap.FORMAT.out(study, cases)  # type: ignore[misc]
    return study, {file: content.decode() for file, content in made.files.items()}, told


def as_meant(activity: Activity) -> object:
    """An activity without its places: formulas by their texts, items by what they ask."""
    items = {key: replace(item, when=None, place=activity.place) for key, item in activity.items.items()}
    whens = {key: item.when.text for key, item in activity.items.items() if item.when is not None}
    told = {key: {**vars(item), "of": _of(item.of), "place": None} for key, item in items.items()}
    return replace(activity, items={}), told, whens


def _of(of: object) -> object:
    return {str(key): value for key, value in of.items()} if hasattr(of, "items") else tuple(map(str, of))  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", STUDIES)
def test_a_dictionary_reads_back_as_the_same_forms(name: str) -> None:
    study, files, _ = exported(name)
    read, findings = read_dictionary(files["data_dictionary.csv"])
    assert findings == ()
    told = forms(study)
    assert [*read] == [*told]
    for form, each in told.items():
        assert as_meant(read[form]) == as_meant(each), form


@pytest.mark.parametrize("name", STUDIES)
def test_a_dictionary_is_as_redcap_wants_it(name: str) -> None:
    _, files, _ = exported(name)
    rows = list(csv.DictReader(StringIO(files["data_dictionary.csv"])))
    assert tuple(rows[0]) == COLUMNS and len(COLUMNS) == 18
    assert rows[0][COLUMNS[0]] == "record_id"
    names = [row[COLUMNS[0]] for row in rows]
    assert len({*names}) == len(names)
    assert all(
        each.isascii() and each.replace("_", "").isalnum() and each == each.lower() and each[0].isalpha() and len(each) <= 100
        for each in names
    )
    assert {row["Field Type"] for row in rows} <= TYPES
    assert {row["Text Validation Type OR Show Slider Number"] for row in rows} <= CHECKS
    in_order = [row["Form Name"] for row in rows]
    assert [each for n, each in enumerate(in_order) if n == 0 or in_order[n - 1] != each] == list(dict.fromkeys(in_order)), (
        "a form's fields stand together"
    )
    for row in rows:
        if row["Field Type"] == "radio":
            assert all(part.strip().partition(",")[0] for part in row["Choices, Calculations, OR Slider Labels"].split("|"))


@pytest.mark.parametrize("name", PEOPLED)
def test_records_read_back_as_the_same_events(name: str, tmp_path: Path) -> None:
    study, files, people = exported(name, people=True)
    file = tmp_path / "records.csv"
    file.write_text(files["records.csv"], encoding="utf-8", newline="")
    found = redcap.FORMAT.data_in(study, file)  # type: ignore[misc]
    assert errors(found.findings) == ()
    assert {*found.people} == {*people}
    compared = 0
    for who, events in people.items():
        meant = [
            _said(each) for each in current(events)[0] if not (isinstance(each, Recorded) and each.activity not in forms(study))
        ]
        got = [_said(each) for each in found.people[who]]
        assert sorted(got, key=str) == sorted(meant, key=str), who
        compared += len(got)
    assert compared > 10


def _said(event: Event) -> tuple[object, ...]:
    if isinstance(event, Decided):
        return str(event.on), "decided", event.step, event.option, event.members, event.reason
    assert isinstance(event, Recorded)
    values = {key: getattr(value, "text", value) for key, value in event.values.items()}
    return str(event.on), event.activity, sorted(values.items()), event.lesions


@pytest.mark.parametrize("name", PEOPLED[:1])
def test_reading_twice_gives_the_same_events(name: str, tmp_path: Path) -> None:
    study, files, _ = exported(name, people=True)
    file = tmp_path / "records.csv"
    file.write_text(files["records.csv"], encoding="utf-8", newline="")
    assert redcap.received(study, file).people == redcap.received(study, file).people
    assert reader(file) is redcap.FORMAT


def test_faults_in_records_are_named_with_their_rows(tmp_path: Path) -> None:
    study = eq.load(eq.shipped() / "batch-rfa-crlm")
    file = tmp_path / "records.csv"
    file.write_text(
        "record_id,redcap_repeat_instrument,redcap_repeat_instance,labs_date,platelets,ecog,screening_date,shoe_size\n"
        "p1,labs,1,2024-01-01,120,,,\n"
        "p1,labs,2,,130,,,\n"
        "p1,labs,3,2024-01-03,many,,,\n"
        ",labs,4,2024-01-04,130,,,\n"
        "p2,,,,,7,2024-01-05,43\n",
        encoding="utf-8",
    )
    found = redcap.received(study, file)
    told = [(each.rule, each.place.line) for each in found.findings]
    assert ("not-understood", 1) in told  # shoe_size
    assert ("not-understood", 3) in told  # answers without a date
    assert ("unreadable-value", 4) in told  # many
    assert ("not-understood", 5) in told  # nobody
    assert ("unreadable-value", 6) in told  # ECOG 7
    assert [len(each) for each in found.people.values()] == [2, 1]


def test_somebody_elses_dictionary_is_read_as_far_as_it_says_anything() -> None:
    text = ",".join(f'"{each}"' for each in COLUMNS) + "\n"
    text += "study_id,baseline,,text,Study ID,,,,,,,,,,,,,\n"
    text += 'sex,baseline,,radio,Sex,"1, Female | 2, Male",,,,,,,y,,,,,\n'
    text += 'weight,baseline,,text,"<b>Weight</b> (kg)",,,number_1dp,20,300,,,,,,,,\n'
    text += "bmi,baseline,,calc,BMI,[weight]/2,,,,,,,,,,,,\n"
    text += "preg,baseline,,yesno,Pregnant,,,,,,,[sex] = '1',,,,,,\n"
    read, findings = read_dictionary(text)
    items = read["baseline"].items
    assert items["sex"].type == "choice" and items["sex"].options == ("1", "2") and items["sex"].required
    assert (
        items["weight"].type == "real" and str(items["weight"].range) == "20 to 300" and items["weight"].label == "Weight (kg)"
    )
    assert "bmi" not in items
    assert [each.rule for each in findings] == ["not-understood", "not-understood"]


def test_branching_is_what_the_item_asks() -> None:
    study = eq.load(eq.shipped() / "batch-rfa-crlm")
    rows, findings = dictionary(study)
    told = {row[COLUMNS[0]]: row[COLUMNS[11]] for row in rows}
    assert told["liver_operated_on"] == "[liver_operated] = '1'"
    assert told["ablation_result"] == ""  # exists rfa_session: REDCap cannot ask it of the record
    assert any("ablation_result" in each.says for each in findings)
    names = field_names(study)
    assert (
        branching(study.protocol.activities["screening"].items["liver_operated_on"].when.settled, names)
        == "[liver_operated] = '1'"
    )  # type: ignore[union-attr]


def test_import_reads_records_by_themselves_and_adds_nothing_the_second_time(tmp_path: Path) -> None:
    _, files, people = exported("batch-rfa-crlm", people=True)
    file = tmp_path / "records.csv"
    file.write_text(files["records.csv"], encoding="utf-8", newline="")
    kept: list[dict[str, str]] = []
    for _ in range(2):
        ran = CliRunner().invoke(_app, ["import", "batch-rfa-crlm", str(file), "--to", str(tmp_path / "events")])
        assert ran.exit_code == 0, ran.output
        kept.append({each.name: each.read_text(encoding="utf-8") for each in (tmp_path / "events").glob("*.jsonl")})
    assert len(kept[0]) == len(people)
    assert kept[0] == kept[1]


def test_no_spreadsheet_takes_an_answer_for_a_formula_and_it_comes_back_as_it_was(tmp_path: Path) -> None:
    study = eq.load(eq.shipped() / "batch-rfa-crlm")
    hostile = ("=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3", "'=1", "-3.5", "'t Hooft", "two")
    lines = "\n".join(
        json.dumps(
            {"id": f"{n}", "on": "2026-11-20", "do": "withdrawal" if n % 2 else "off_treatment", "items": {"reason": said}}
        )
        for n, said in enumerate(hostile)
    )
    events, _ = read_events(lines, study, participant="P-1")
    made = redcap.FORMAT.out(study, Cases({"P-1": events}, date(2026, 11, 21), is_virtual=True))  # type: ignore[misc]
    (tmp_path / "records.csv").write_bytes(made.files["records.csv"])
    cells = [cell for row in csv.reader(StringIO(made.files["records.csv"].decode())) for cell in row]
    assert not [cell for cell in cells if cell[:1] in "=+@\t" and cell] and "-2+3" not in cells and "-3.5" in cells
    back = redcap.data_in(study, tmp_path / "records.csv").people["P-1"]
    assert sorted(each.values["reason"] for each in back if isinstance(each, Recorded)) == sorted(hostile)  # type: ignore[type-var]
