"""Tables of hospitals that nobody had in mind: other languages, total rows, sheets without rows; and Excel on Windows."""

import csv
from pathlib import Path

import polars as pl
import pytest

from equipoise.cohort import REJECTED, imported, stored, told_tables
from equipoise.cohort.draft import drafted
from equipoise.events import Recorded, current
from equipoise.finding import errors
from equipoise.study import Study, study
from equipoise.transcript import read_events
from test_cohort import HEADER, ONE, STUDY, taken, told
from workbook import workbook


@pytest.fixture(scope="module")
def liver() -> Study:
    return study(STUDY)


@pytest.mark.parametrize(("encoding", "separator"), [("cp1252", ";"), ("utf-16", "\t"), ("utf-8-sig", ","), ("utf-8", ";")])
def test_what_excel_saves_in_its_own_letters_is_what_was_mended(
    liver: Study, tmp_path: Path, encoding: str, separator: str
) -> None:
    """A file mended in Excel comes back in the letters of Windows, or as Unicode text, and with its own separator."""
    text = HEADER + "7,2021-03-04,sixty,1,70,no,\n"
    tables, _ = told_tables(liver, ONE)
    assert tables is not None
    stored(liver, tables, {"people.csv": text}, tmp_path)
    with (tmp_path / REJECTED).open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.reader(opened))
    rows[1][-1] = "60"
    rows[1][-2] = "Zoë in Malmö said so"
    with (tmp_path / REJECTED).open("w", encoding=encoding, newline="") as opened:
        csv.writer(opened, delimiter=separator).writerows(rows)
    found = stored(liver, tables, {"people.csv": text}, tmp_path)
    assert not errors(found.findings), found.findings
    events, _ = read_events(tmp_path / "7.jsonl", liver)
    ages = [each.values["age"] for each in current(events)[0] if isinstance(each, Recorded) and "age" in each.values]
    assert ages == [60.0]
    assert "Malmö" in (tmp_path / "mended.csv").read_text(encoding="utf-8-sig")


def test_two_spellings_of_one_condition_leave_other_words_alone(liver: Study) -> None:
    mapping = """
tables:
  - file: people.csv
    participant: id
    events:
      - {do: enrolment, on: day}
      - {do: death, on: last, when: {died: [Sim, sim]}}
"""
    found = taken("id,day,last,died\n1,2021-01-01,2022-01-01,sim\n2,2021-01-01,2022-01-01,não\n", mapping, liver)
    assert told(found.findings, "unknown-condition") == []
    assert found.rejected == ()


def draft_of(of: Study, folder: Path, name: str, data: str | bytes) -> str:
    (folder / name).write_bytes(data.encode() if isinstance(data, str) else data)
    return drafted(of, {name: folder / name}).text


SWEDISH = """Pat nr;Ålder;Kön;Inklusionsdatum;Rökare;Dödsdatum;Senast sedd
001;61;M;2025-03-04;ja;;2026-01-10
002;70;K;2025-03-05;nej;2025-12-24;
003;58;M;2025-03-06;nej;;2026-02-01
"""


def test_a_swedish_table_is_drafted_whole(liver: Study, tmp_path: Path) -> None:
    """Its letters are those of Windows; a form without a day of its own is taken with the enrolment, and said to be a guess."""
    text = draft_of(liver, tmp_path, "lund.csv", SWEDISH.encode("cp1252"))
    assert "encoding: cp1252" in text
    mapping, findings = told_tables(liver, text)
    assert mapping is not None
    assert not errors(findings), findings
    events = imported(liver, mapping, tmp_path).people["002"]
    assert [each.activity for each in events if isinstance(each, Recorded)] == ["enrolment", "baseline", "death"]
    baseline = next(each for each in events if isinstance(each, Recorded) and each.activity == "baseline")
    assert (baseline.values["age"], baseline.values["sex"]) == (70, "female")
    assert any("on: Inklusionsdatum" in line and "a guess: no date of its own" in line for line in text.splitlines())


def test_h_and_m_may_be_hombre_and_mujer(liver: Study, tmp_path: Path) -> None:
    text = draft_of(liver, tmp_path, "a.csv", "id,inclusion,sexo\n1,2021-01-05,H\n2,2021-02-05,M\n3,2021-02-25,H\n")
    assert "GAP: what H means (2 rows) is not told" in text
    assert "GAP: what M means (1 row) is not told" in text
    text = draft_of(liver, tmp_path, "b.csv", "id,inclusion,sexo\n1,2021-01-05,H\n2,2021-02-05,F\n")
    assert "codes: {H: male, F: female}" in text


def test_a_sign_in_a_column_of_units_is_no_word_for_nothing(liver: Study, tmp_path: Path) -> None:
    rows = {"PatientID": ["1", "1", "2"], "Test": ["ALT", "ALT", "ALT"], "Value": ["31", "32", "40"], "Unit": ["U/L", "%", "U/L"],
            "Sampled": ["2021-01-25", "2021-02-13", "2021-03-14"]}  # fmt: skip
    pl.DataFrame(rows).write_parquet(tmp_path / "labs.parquet")
    text = drafted(liver, {"labs.parquet": tmp_path / "labs.parquet"}).text
    assert "missing" not in text
    assert "unit: Unit" in text
    assert "no event could be told" not in text


def test_the_one_date_of_a_table_is_not_the_enrolment_if_its_heading_says_otherwise(liver: Study, tmp_path: Path) -> None:
    text = draft_of(liver, tmp_path, "a.csv", "id,age,gips av\n1,61,2021-01-25\n2,62,2021-02-13\n3,63,2021-03-14\n")
    assert "GAP: what took place on it is not told" in text
    assert "what took place on 'gips av' is not told" in text


def test_a_sheet_without_rows_is_left_out_and_named(liver: Study, tmp_path: Path) -> None:
    book = workbook(
        {"Daten": [["id", "inclusion", "age"], ["1", "2021-01-25", 61], ["2", "2021-02-13", 62]], "Notizen": [["nichts"]]}
    )
    text = draft_of(liver, tmp_path, "a.xlsx", book)
    assert text.count("sheet:") == 1
    assert "GAP a.xlsx[Notizen]: it has no rows, and is left out" in text


def test_a_patients_sex_is_not_the_patient(liver: Study, tmp_path: Path) -> None:
    book = workbook({"a": [["Register"], ["", "Patient", "", "Day"], ["No", "Sex", "Age", "inclusion"], ["1", "M", 61, "2021-01-25"],
                           ["2", "F", 62, "2021-02-13"], ["3", "M", 63, "2021-02-14"]]})  # fmt: skip
    assert "participant: No " in draft_of(liver, tmp_path, "a.xlsx", book)
