"""A past series is imported to the right charts: cycles, laboratory values, lesions, what the team decided."""

from datetime import date
from pathlib import Path

import pytest

from equipoise.chart import chart
from equipoise.cohort import Tables, imported, stored, told_tables
from equipoise.events import Decided, Recorded, current
from equipoise.finding import errors
from equipoise.study import Study, load
from equipoise.transcript import read_events
from past_series import TABLES, series
from test_centres import told_by, truly
from test_studies import STUDIES


@pytest.fixture(scope="module")
def study() -> Study:
    return load(STUDIES / "synchronous-surgery-indications")


def mapped(study: Study, text: str = TABLES) -> Tables:
    told, findings = told_tables(study, text)
    assert told is not None and not errors(findings), findings
    return told


def test_every_chart_is_as_it_truly_is(study: Study) -> None:
    book, truth = series()
    found = imported(study, mapped(study), {"series.xlsx": book})
    assert found.rejected == () and not errors(found.findings), found.findings
    assert {*found.people} == {*truth}
    for who, events in found.people.items():
        assert told_by(study, events) == told_by(study, truly(study, truth[who])), who
        known, right = (chart(study, each, until=date(2024, 1, 1)) for each in (events, truly(study, truth[who])))
        assert [(each.id, each.organ) for each in known.lesions] == [(each.id, each.organ) for each in right.lesions]
        assert known.sightings == right.sightings
        assert [visit.step for visit in known.visits] == [visit.step for visit in right.visits]
    steps = {visit.step for events in found.people.values() for visit in chart(study, events, until=date(2024, 1, 1)).visits}
    assert {"surgery", "team_decision", "evaluation"} <= steps


def test_what_the_team_decided_is_a_decision(study: Study) -> None:
    book, _ = series()
    people = imported(study, mapped(study), {"series.xlsx": book}).people
    (decided,) = [each for each in people["p3"] if isinstance(each, Decided)]
    assert (decided.step, decided.option, decided.members, decided.id) == ("team_decision", "operate", 4, "1-series-5-1")
    (other,) = [each for each in people["p1"] if isinstance(each, Decided)]
    assert other.reason == "too many lesions"


def test_a_decision_that_is_none_is_kept_aside_and_imported_once_it_is_mended(study: Study, tmp_path: Path) -> None:
    book, _ = series()
    tables = mapped(study, TABLES.replace("支持治疗: supportive_care", "放弃: supportive_care"))
    first = stored(study, tables, {"series.xlsx": book}, tmp_path)
    assert first.rejected_rows == 4  # those of even number who were not operated on
    assert "手术" in (tmp_path / "rejected.csv").read_text(encoding="utf-8-sig")
    second = stored(study, mapped(study), {"series.xlsx": book}, tmp_path)
    assert (second.rejected_rows, second.written, second.corrected, second.withdrawn) == (0, 4, 0, 0)
    third = stored(study, mapped(study), {"series.xlsx": book}, tmp_path)
    assert (third.written, third.corrected, third.withdrawn) == (0, 0, 0)


def test_another_decision_or_another_size_corrects_what_stood(study: Study, tmp_path: Path) -> None:
    book, _ = series()
    stored(study, mapped(study), {"series.xlsx": book}, tmp_path)
    changed = TABLES.replace("继续: continue_systemic", "继续: change_systemic").replace("unit: cm", "unit: mm")
    made = stored(study, mapped(study, changed), {"series.xlsx": book}, tmp_path)
    # Three decisions to go on; twenty imagings.
    assert made.corrected == 3 + 20 and made.withdrawn == 0
    events = current(read_events(tmp_path / "p1.jsonl", study)[0])[0]
    assert [each.option for each in events if isinstance(each, Decided)] == ["change_systemic"]
    sizes = [
        [seen.diameter_mm for seen in each.lesions or ()]
        for each in events
        if isinstance(each, Recorded) and each.activity == "imaging"
    ]
    assert sizes == [[2.4, 3.4], [1.5, 2.5]]


@pytest.mark.parametrize(
    ("old", "new", "rule", "says"),
    [
        ("decide: team_decision", "decide: team_decisoin", "unknown-name", "is not a step at which people decide; did you mean 'team_decision'?"),
        ("手术: operate", "手术: operates", "unknown-name", "'operates' is not one of the options of 'team_decision'"),
        ("{says: PDAC}", "{says: PDCA}", "unknown-name", "did you mean 'PDAC'?"),
        ("{says: PDAC}", "{says: PDAC, column: Age}", "unreadable-value", "just one of them"),
        ("decide: team_decision", "do: evaluation", "unreadable-value", "nothing else has an option"),
        ("do: imaging", "do: pet_ct", "wrong-shape", "'pet_ct' lists no lesions"),
    ],
)  # fmt: skip
def test_what_the_study_does_not_know_is_a_finding(study: Study, old: str, new: str, rule: str, says: str) -> None:
    assert old in TABLES
    _, findings = told_tables(study, TABLES.replace(old, new))
    assert [each.rule for each in findings if says in each.says] == [rule], findings
