"""Three centres' messy files: the right charts, every fault reported and nothing else, none lost; clean once they are mended."""

import csv
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from centres import Centres, Fault, centres
from equipoise.chart import Chart, chart
from equipoise.cohort import MENDED, REJECTED, Tables, imported, stored, told_tables
from equipoise.endpoints import outcome
from equipoise.events import Corrected, Event
from equipoise.finding import errors
from equipoise.study import Study, load
from equipoise.transcript import read_events, read_people
from test_studies import STUDIES

UNTIL = date(2030, 1, 1)
HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def study() -> Study:
    return load(STUDIES / "synchronous-resection-modena")


@pytest.fixture(scope="module")
def made() -> Centres:
    return centres()


@pytest.fixture(scope="module")
def mapping(study: Study) -> Tables:
    told, findings = told_tables(study, HERE / "centres.yaml")
    assert told is not None and findings == ()
    return told


def truly(study: Study, lines: list[dict[str, Any]]) -> tuple[Event, ...]:
    """What is true of somebody, as events."""
    events, findings = read_events("\n".join(map(json.dumps, lines)), study)
    assert not errors(findings), findings
    return events


def told_by(study: Study, events: tuple[Event, ...]) -> dict[str, Any]:
    """What a chart says, whatever its events are called."""
    known: Chart = chart(study, events, until=UNTIL)
    facts = {name: [(row.on, dict(row.values)) for row in rows] for name, rows in known.facts.rows.items() if rows}
    visits = [(each.step, each.entered, each.left) for each in known.visits]
    ends = {name: str(outcome(each, study, known)) for name, each in study.protocol.endpoints.items()}
    return {"facts": facts, "visits": visits, "endpoints": ends}


def places(faults: list[Fault]) -> set[tuple[str, str, int, str, str]]:
    return {(each.file, each.sheet, each.line, each.column, each.says) for each in faults}


def test_the_three_centres_have_ninety_patients_and_known_faults(made: Centres) -> None:
    assert len(made.truth) == 90
    assert len(made.faults) == 33
    assert len(places(made.faults)) == 33


def test_every_fault_is_reported_in_its_place_and_nothing_else_is(study: Study, made: Centres, mapping: Tables) -> None:
    found = imported(study, mapping, made.files)
    reported = {(each.file, each.sheet, each.line, each.column, each.told[6] if not each.column else each.says)
                for each in found.rejected}  # fmt: skip
    assert reported == places(made.faults)
    assert all(each.why for each in found.rejected)
    # Each is a finding too, with its place: file, sheet, row and column.
    heard = {(each.place.file, each.place.line) for each in found.findings}
    assert {(f"{each.file}[{each.sheet}]" if each.sheet else each.file, each.line) for each in made.faults} <= heard


def test_who_has_no_fault_has_the_right_chart(study: Study, made: Centres, mapping: Tables) -> None:
    found = imported(study, mapping, made.files)
    faulty = {each.who for each in made.faults}
    sound = {who for who in made.truth if who not in faulty}
    assert len(sound) >= 55
    for who in sound:
        assert told_by(study, found.people[who]) == told_by(study, truly(study, made.truth[who])), who


def test_nothing_that_can_be_read_is_lost_beside_a_fault(study: Study, made: Centres, mapping: Tables) -> None:
    """Of those with a fault, all other facts are as they truly are."""
    found = imported(study, mapping, made.files)
    ages = {who: told_by(study, events)["facts"].get("chemotherapy") for who, events in found.people.items()}
    assert ages["modena-6"] == told_by(study, truly(study, made.truth["modena-6"]))["facts"]["chemotherapy"]


def mend(folder: Path, faults: list[Fault]) -> None:
    """Write into rejected.csv what a coordinator would."""
    right = {(each.file, each.sheet, str(each.line), each.column): each.right for each in faults}
    file = folder / REJECTED
    with file.open(encoding="utf-8-sig", newline="") as opened:
        header, *rows = list(csv.reader(opened))
    for row in rows:
        row[-1] = right[row[0], row[1], row[2], row[3]]
    with file.open("w", encoding="utf-8-sig", newline="") as opened:
        out = csv.writer(opened, delimiter=";")  # as a spreadsheet of that country saves it
        out.writerow(header)
        out.writerows(rows)


def standing(study: Study, folder: Path) -> Mapping[str, tuple[Event, ...]]:
    people, findings = read_people(folder, study)
    assert {each.rule for each in errors(findings)} <= {"unreadable-value"}, findings
    return {next(each.participant for each in events): events for events in people.values()}


def test_mended_and_imported_again_every_chart_is_right_and_nothing_is_there_twice(
    study: Study, made: Centres, mapping: Tables, tmp_path: Path
) -> None:
    first = stored(study, mapping, made.files, tmp_path)
    assert first.rejected_rows + first.doubts >= len(made.faults) - 1  # one row holds two
    mend(tmp_path, made.faults)
    second = stored(study, mapping, made.files, tmp_path)
    assert (second.rejected_rows, second.doubts, errors(second.findings)) == (0, 0, ())
    assert not (tmp_path / REJECTED).exists() and (tmp_path / MENDED).exists()
    people = standing(study, tmp_path)
    assert {*people} == {*made.truth}
    for who, events in people.items():
        assert told_by(study, events) == told_by(study, truly(study, made.truth[who])), who
    # What stood is still there: nothing was rewritten, and every correction says why.
    corrections = [each for events in people.values() for each in events if isinstance(each, Corrected)]
    assert corrections and all(each.reason and each.by for each in corrections)
    assert second.corrected == len(corrections)


def test_a_third_import_changes_not_a_byte(study: Study, made: Centres, mapping: Tables, tmp_path: Path) -> None:
    stored(study, mapping, made.files, tmp_path)
    mend(tmp_path, made.faults)
    stored(study, mapping, made.files, tmp_path)
    before = {each.name: each.read_bytes() for each in tmp_path.iterdir()}
    third = stored(study, mapping, made.files, tmp_path)
    assert (third.written, third.corrected, third.withdrawn) == (0, 0, 0)
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == before


def test_in_memory_and_into_a_folder_the_same_is_told(study: Study, made: Centres, mapping: Tables, tmp_path: Path) -> None:
    stored(study, mapping, made.files, tmp_path)
    assert standing(study, tmp_path) == dict(imported(study, mapping, made.files).people)
