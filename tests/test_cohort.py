"""A cohort's tables as events: what is taken, what is kept aside and why, and that nothing is lost or told twice."""

import random
import string
import time
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise.answers import answer
from equipoise.calendar import When
from equipoise.cohort import FILE, Imported, imported, told_tables
from equipoise.events import Corrected, Decided, Recorded, Seen
from equipoise.expression.facts import Unclear, Why
from equipoise.finding import Finding, Severity, errors
from equipoise.study import Study, load, study
from equipoise.table import LONGEST, OPEN
from equipoise.transcript import line_of, read_events, read_people, write_events

STUDY = """
equipoise: 1
study: liver
title: A cohort of livers
design: {type: observational}
sites:
  north: {ranges: {alt: {uln: 45 U/L}}}
  south: {}
activities:
  baseline:
    items:
      age: {type: quantity, unit: years, range: 18..120, required: true}
      sex: {type: choice, of: {female: Female, male: Male}}
      weight: {type: quantity, unit: kg, expect: 40..150}
      smoker: {type: yes_no, blank: no}
      seen: {type: month}
      remark: {type: text}
  labs:
    repeats: true
    items:
      alt: {type: quantity, unit: U/L}
      stage: {type: integer, range: 1..4}
  surgery: {repeats: true, items: {removed: {type: lesions}}}
  ct: {lesions: true, repeats: true}
pathway:
  start: gate
  steps:
    gate:
      decide:
        - {when: "exists surgery", option: operated, to: done}
        - {otherwise: done, option: watched}
      unknown: wait
      by: mdt
    done: {end: true}
"""


@pytest.fixture(scope="module")
def liver() -> Study:
    found = study(STUDY)
    assert not errors(found.findings), found.findings
    return found


ONE = """
tables:
  - file: people.csv
    participant: id
    missing: [NA]
    events:
      - {do: enrolment, on: {column: enrolled}}
      - do: baseline
        on: {column: enrolled}
        items:
          age: age
          sex: {column: sex, codes: {"0": female, "1": male}}
          weight: {column: weight, unit: g}
          smoker: smoker
          remark: remark
"""
HEADER = "id,enrolled,age,sex,weight,smoker,remark\n"

LABS = """
tables:
  - file: labs.csv
    participant: id
    site: centre
    events:
      - {do: labs, on: {column: on}, items: {alt: {column: ALT, uln: alt_uln, lln: 10 U/L}, stage: stage}}
"""


def taken(text: str | bytes, mapping: str, of: Study, file: str = "people.csv") -> Imported:
    tables, findings = told_tables(of, mapping)
    assert tables is not None
    assert not errors(findings), findings
    return imported(of, tables, {file: text})


def told(findings: tuple[Finding, ...], rule: str) -> list[str]:
    return [each.says for each in findings if each.rule == rule]


# By hand: what rows tell


def test_a_row_tells_its_events(liver: Study) -> None:
    text = HEADER + '7,2021-03,61,1,70500,yes,"well, so far"\n'
    found = taken(text, ONE, liver)
    assert [str(each) for each in errors(found.findings)] == []
    enrolment, baseline = found.people["7"]
    assert isinstance(enrolment, Recorded) and isinstance(baseline, Recorded)
    assert (enrolment.id, enrolment.activity, str(enrolment.on)) == ("1-people-1-1", "enrolment", "2021-03")
    # 70,500 g are 70.5 kg.
    assert baseline.values == {
        "age": 61.0, "sex": "male", "weight": 70.5, "smoker": True, "remark": "well, so far",
    }  # fmt: skip
    assert (found.rows, found.rejected) == (1, ())


def test_a_refused_cell_is_kept_with_its_words_and_its_place(liver: Study) -> None:
    found = taken(HEADER + "7,2021-03-04,sixty,2,70500,maybe,\n", ONE, liver)
    baseline = found.people["7"][1]
    assert isinstance(baseline, Recorded)
    assert baseline.values["age"] == Unclear("sixty", Why.UNREADABLE)
    assert baseline.values["sex"] == Unclear("2", Why.UNREADABLE)
    assert baseline.values["smoker"] == Unclear("maybe", Why.UNREADABLE)
    refused = [each for each in found.findings if each.rule == "unreadable-value"]
    # 7,2021-03-04,sixty,2,70500,maybe,
    # 1234567890123456789012345
    assert [(each.place.file, each.place.line, each.place.column) for each in refused] == [
        ("people.csv", 2, 14), ("people.csv", 2, 20), ("people.csv", 2, 28),
    ]  # fmt: skip
    assert refused[1].says == "column 'sex': sex: '2' is not one of the codes 0, 1"
    assert refused[1].pointed().endswith("\n    7,2021-03-04,sixty,2,70500,maybe,\n                       ^")
    # Each stands in rejected.csv too, to be mended; none has cost an event.
    assert [(each.column, each.says, each.is_row) for each in found.rejected] == [
        ("age", "sixty", False), ("sex", "2", False), ("smoker", "maybe", False),
    ]  # fmt: skip


def test_words_in_another_unit_are_kept_with_it(liver: Study) -> None:
    # 100 months are 8 years, which the range refuses; 100 years it would take, so the unit must not get lost.
    mapping = ONE.replace("age: age", "age: {column: age, unit: months}")
    found = taken(HEADER + "7,2021-03-04,100,,,,\n8,2021-03-04,600,,,,\n", mapping, liver)
    assert [found.people[who][1].values["age"] for who in "78"] == [Unclear("100 months", Why.UNREADABLE), 50.0]


def test_a_row_without_participant_or_date_is_kept_whole(liver: Study) -> None:
    rows = ",2021-03-04,61,1,,,\nNA,2021-03-04,61,1,,,\n9,NA,61,1,,,\n10,31.3.2021,61,1,,,\n11,2021-02-30,61,1,,,\n"
    found = taken(HEADER + rows, ONE, liver)
    assert not found.people
    # The day of two events stands in one column: one reason, once.
    assert [each.line for each in found.rejected] == [2, 3, 4, 5, 6]
    assert [each.participant for each in found.rejected] == ["", "", "9", "10", "11"]
    assert found.rejected[2].cells == ("9", "NA", "61", "1", "", "", "")
    assert found.rejected[2].why == "column 'enrolled' is left blank, so the day of baseline is not told"
    assert found.rejected[3].why.startswith("column 'enrolled': '31.3.2021' is not a date")
    assert [each.place.line for each in found.findings if each.rule == "rejected-row"] == [2, 3, 4, 5, 6]


def test_an_event_of_which_a_row_says_nothing_is_not_told(liver: Study) -> None:
    mapping = """
tables:
  - file: people.csv
    participant: id
    events:
      - {do: enrolment, on: {column: enrolled}}
      - {do: death, on: {column: died}}
"""
    found = taken("id,enrolled,died\n1,2021-01-01,\n2,2021-01-01,2022-05\n3,,\n", mapping, liver)
    assert [[each.activity for each in found.people[who]] for who in "12"] == [["enrolment"], ["enrolment", "death"]]
    assert [(each.line, each.why) for each in found.rejected] == [(4, "no event of the mapping fits this row")]
    assert told(found.findings, "rejected-row") == [
        "1 row, the first on line 4, fit no event of the mapping and are kept aside"
    ]


WHEN = """
tables:
  - file: people.csv
    participant: id
    day_zero: 2000-01-01
    missing: ["", NA]
    events:
      - {do: enrolment, day: 0, when: {kind: in}}
      - {do: death, day: {column: time}, when: {kind: out, status: ["1", dead]}}
      - {do: last_contact, day: {column: time}, when: {kind: out, status: "0"}}
"""


def test_conditions_choose_the_event_and_days_count_from_day_zero(liver: Study) -> None:
    text = "id,kind,status,time\n1,in,,0\n1,out,dead,366\n2,in,NA,0\n2,out,0,31.0\n3,out,NA,5\n4,in,,\n4,out,1,soon\n"
    found = taken(text, WHEN, liver)
    # 2000 is a leap year: its day 366 is the first of 2001.
    assert [(each.activity, each.on.first) for each in found.people["1"] if isinstance(each, Recorded)] == [
        ("enrolment", date(2000, 1, 1)), ("death", date(2001, 1, 1)),
    ]  # fmt: skip
    assert found.people["2"][1].on.first == date(2000, 2, 1)
    # Whether 3 died is not told: neither death nor life is made of that.
    assert "3" not in found.people
    assert [each.line for each in found.rejected] == [6, 6, 8]
    assert told(found.findings, "unknown-condition") == [
        "column 'status' does not say, so whether death took place is not told",
        "column 'status' does not say, so whether last_contact took place is not told",
    ]
    soon = "column 'time': 'soon' is not a whole number of days; the row is kept"
    assert told(found.findings, "rejected-row") == [soon]


def test_the_mappings_order_holds_on_one_day(liver: Study) -> None:
    text = "id,kind,status,time\n1,out,1,0\n1,in,,0\n"
    assert [each.id for each in taken(text, WHEN, liver).people["1"]] == ["1-people-1-2", "1-people-2-1"]


def test_limits_come_from_the_row_the_mapping_or_the_site(liver: Study) -> None:
    rows = "1,north,2021-01-01,31,40,2\n1,north,2021-02-01,32,,\n1,west,2021-03-01,33,,2.5\n"
    text = "id,centre,on,ALT,alt_uln,stage\n" + rows
    found = taken(text, LABS, liver, "labs.csv")
    assert [dict(each.limits) for each in found.people["1"]] == [
        {("alt", "lln"): 10.0, ("alt", "uln"): 40.0},
        {("alt", "lln"): 10.0, ("alt", "uln"): 45.0},
        {("alt", "lln"): 10.0},
    ]
    assert told(found.findings, "unknown-name") == ["column 'centre': 'west' is not a site of this study; it is kept"]
    assert told(found.findings, "unreadable-value") == ["column 'stage': stage: 2.5 is not a whole number"]


def test_a_required_or_unlikely_answer_is_asked_for(liver: Study) -> None:
    found = taken(HEADER + "7,2021-03-04,,1,7050,NA,\n", ONE, liver)
    assert told(found.findings, "missing-answer") == [
        "column 'age': baseline leaves out 'age', which it requires",
        "column 'smoker': smoker is not known, and left blank would mean no: 'NA' is kept",
    ]
    assert told(found.findings, "unlikely-value") == [
        "column 'weight': 7.05 kg lies outside what is likely (40 to 150): please look again"
    ]
    assert found.people["7"][1].values["smoker"] == Unclear("NA", Why.UNREADABLE)


def test_the_same_row_twice_is_told_once(liver: Study) -> None:
    row = "7,2021-03-04,61,1,70000,no,\n"
    once, twice = taken(HEADER + row, ONE, liver), taken(HEADER + row + row, ONE, liver)
    assert once.people == twice.people
    assert told(twice.findings, "said-twice") == ["the same row as on line 2, word for word; the row is kept"]
    assert [each.line for each in twice.rejected] == [3]


def test_what_does_not_repeat_and_yet_does_is_said(liver: Study) -> None:
    found = taken(HEADER + "7,2021-03-04,61,1,,no,\n7,2021-03-05,61,1,,no,\n", ONE, liver)
    assert told(found.findings, "said-twice")[0] == (
        "enrolment does not repeat, but participant '7' has it more than once; all are kept"
    )
    assert len(found.people["7"]) == 4


def test_a_participant_who_never_began_is_said(liver: Study) -> None:
    mapping = ONE + LABS.replace("tables:\n", "")
    tables, _ = told_tables(liver, mapping)
    assert tables is not None
    labs = "id,centre,on,ALT,alt_uln,stage\n1O1,,2021-04,3,,\n"
    found = imported(liver, tables, {"people.csv": HEADER + "101,2021-03-04,61,1,,no,\n", "labs.csv": labs})
    assert told(found.findings, "not-begun") == ["participant '1O1' has events and no enrolment: no row tells it"]


# By hand: the mapping file


@pytest.mark.parametrize(
    ("old", "new", "rule", "says", "at"),
    [
        ("do: baseline", "do: basline", "unknown-name", "did you mean 'baseline'?", (8, 13)),
        ("sex: {", "sexx: {", "unknown-name", "'sexx' is not an item of baseline; did you mean 'sex'?", (12, 11)),
        ('"0": female', '"0": femal', "unknown-name", "did you mean 'female'?", (12, 43)),
        ("unit: g", "unit: mmol", "unit", "weight: mmol cannot be turned into kg", (13, 42)),
        ("smoker: smoker", "smoker: {column: smoker, uln: 3}", "wrong-shape", "smoker takes no numbers", (14, 41)),
        ("column: enrolled}}", "columm: enrolled}}", "unknown-key", "did you mean 'column'?", (7, 30)),
        ("on: {column: enrolled}}", "day: 0}", "missing-key", "'day_zero'", (7, 9)),
        ("on: {column: enrolled}}", "on: enrolled, day: 0}", "unreadable-value", "just one of them", (7, 9)),
        ("          age: age\n", "", "missing-answer", "leaves out 'age', which it requires", (8, 9)),
        ("          smoker: smoker\n", "", "missing-answer", "it will be no for everybody", (8, 9)),
    ],
)
def test_the_mapping_is_held_against_the_study(
    liver: Study, old: str, new: str, rule: str, says: str, at: tuple[int, int]
) -> None:
    assert old in ONE
    _, findings = told_tables(liver, ONE.replace(old, new))
    found = [each for each in findings if each.rule == rule and says in each.says]
    assert [(each.place.file, each.place.line, each.place.column) for each in found] == [(FILE, *at)], findings
    assert found[0].text


def test_a_unit_is_a_unit_or_the_column_that_says_it(liver: Study) -> None:
    text = "id,enrolled,age,sex,weight,smoker,remark,gg\n7,2021-03-04,61,1,70,no,,kg\n8,2021-03-04,61,1,70000,no,,g\n"
    mapping = ONE.replace("unit: g", "unit: gg")
    assert [taken(text, mapping, liver).people[who][1].values["weight"] for who in "78"] == [70.0, 70.0]
    without = taken(HEADER + "7,2021-03-04,61,1,70,no,\n", mapping, liver)
    assert told(without.findings, "unit") == [
        "weight: 'gg' is not a unit equipoise knows; did you mean 'g'?, and no column of the table is called so"
    ]
    assert "weight" not in without.people["7"][1].values


def test_a_sound_mapping_has_no_findings(liver: Study) -> None:
    assert told_tables(liver, ONE)[1] == ()


def test_columns_are_looked_for_in_the_header(liver: Study) -> None:
    found = taken("id,enroled,age,sex,weight,smoker,remark\n", ONE, liver)
    assert {(each.place.line, each.says) for each in errors(found.findings)} == {
        (7, "'enrolled' is not a column of people.csv; did you mean 'enroled'?"),
        (9, "'enrolled' is not a column of people.csv; did you mean 'enroled'?"),
    }
    assert told(found.findings, "unread-column") == [
        "the mapping names none of these columns, so they are not imported: 'enroled'"
    ]


def test_a_limit_is_a_column_or_a_quantity(liver: Study) -> None:
    found = taken("id,centre,on,ALT,ALT_uln,stage\n", LABS, liver, "labs.csv")
    assert told(found.findings, "unknown-name") == [
        "'alt_uln' is neither a column of labs.csv nor a quantity in U/L; did you mean 'ALT_uln'?"
    ]


def test_a_study_without_tables_says_so(liver: Study, tmp_path: Path) -> None:
    assert told_tables(liver)[0] is None
    tables, findings = told_tables(liver, tmp_path / FILE)
    assert tables is None and "no such file" in findings[0].says


# By hand: files that are broken

HEAD = HEADER.encode()
SEVEN, EIGHT = b"7,2021-03-04,61,1,,no,", b"8,2021-03-04,61,1,,no,\n"


@pytest.mark.parametrize(
    ("text", "rule", "says", "line", "people"),
    [
        (b"", "unreadable", "the file is empty", 1, ""),
        (b"\n\n \n", "unreadable", "the file is empty", 1, ""),
        (HEAD, "empty-table", "only a header", 1, ""),
        (HEAD + b"7,2021-03-04,61\n" + EIGHT, "rejected-row", "3 cells, where the header has 7", 2, "8"),
        (HEAD + b"7,2021-03-04,61,1,,no,,\n" + EIGHT, "rejected-row", "8 cells", 2, "8"),
        (HEAD + b"7,2021-03-04,61,1,,no,K\xf6ln\n", "unreadable", "'remark': the byte 0xF6 is not UTF-8", 2, "7"),
        (HEAD + b"7,2021-03-04,6\x001,1,,no,\n", "unreadable", "column 'age': there is a NUL byte", 2, "7"),
        (HEAD + b"\xff7,2021-03-04,61,1,,no,\n", "rejected-row", "(column 'id') cannot be read", 2, ""),
        (HEAD + SEVEN + b"x" * 1_000_000 + b"\n" + EIGHT, "rejected-row", "a line of 1,000,023 bytes", 2, "8"),
        (HEAD + SEVEN + b'"open\n' + EIGHT, "rejected-row", "never closed", 2, "8"),
        (HEAD + SEVEN + b'"open\n' + EIGHT + b"\n" * OPEN, "rejected-row", "not closed within 100 lines", 2, "8"),
        (HEAD + SEVEN + b'"a"b\n' + EIGHT, "rejected-row", "write a quote inside quotes twice", 2, "8"),
        (HEAD.replace(b"remark", b"age"), "said-twice", "column 'age' stands more than once", 1, ""),
        (HEAD.replace(b"\n", b"\r") + SEVEN + b"\r", "unreadable", "carriage return", 1, ""),
        (HEADER.encode("utf-16")[:-1] + b"\xd8", "empty-table", "only a header", 1, ""),
        (b"PK\x03\x04\x14\x00\x06", "unreadable", "this is a workbook or an archive, not text", 0, ""),
        (b"x" * (LONGEST + 1), "unreadable", "the header cannot be read", 1, ""),
    ],
)  # fmt: skip
def test_a_broken_file_is_a_finding_and_the_rest_is_kept(
    liver: Study, text: bytes, rule: str, says: str, line: int, people: str
) -> None:
    found = taken(text, ONE, liver)
    heard = [each.place.line for each in found.findings if each.rule == rule and says in each.says]
    assert heard == [line], found.findings
    assert "".join(found.people) == people


def test_a_spoilt_cell_is_no_answer(liver: Study) -> None:
    found = taken(HEADER.encode() + b"7,2021-03-04,6\x001,1,,\xff,K\xf6ln\n", ONE, liver)
    assert found.people["7"][1].values == {
        "age": Unclear("6\ufffd1", Why.NOT_CONVERTIBLE), "sex": "male", "smoker": Unclear("\ufffd", Why.UNREADABLE),
        "remark": "K\ufffdln",
    }  # fmt: skip


def test_a_mapping_that_names_a_doubled_column_is_told(liver: Study) -> None:
    found = taken(HEADER.replace("remark", "age") + "7,2021-03-04,61,1,,no,62\n", ONE, liver)
    assert "'age' stands more than once in the header of people.csv: which is meant is not told" in told(
        found.findings, "unknown-name"
    )
    assert "age" not in found.people["7"][1].values


@pytest.mark.parametrize(
    ("file", "says"),
    [
        ("none.csv", "'none.csv' cannot be read: there is no such file"),
        ("people.xlsx", "'people.xlsx' cannot be read: there is no such file"),
        ("people.doc", "tables are CSV, workbooks"),
        ("../people.csv", "lies outside the folder"),
        ("/etc/people.csv", "lies outside the folder"),
        ("folder.csv", "is not an ordinary file"),
    ],
)
def test_a_file_that_cannot_be_had_is_a_finding(liver: Study, tmp_path: Path, file: str, says: str) -> None:
    (tmp_path / "folder.csv").mkdir()
    tables, _ = told_tables(liver, ONE.replace("people.csv", file))
    assert tables is not None
    found = imported(liver, tables, tmp_path)
    assert [(each.place.file, each.place.line) for each in found.findings if says in each.says] == [(FILE, 3)]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_separators_line_ends_and_marks_make_no_difference(liver: Study, separator: str, end: str, mark: str) -> None:
    plain = HEADER + '7,2021-03-04,61,1,70000,no,"two\nlines"\n8,2021-03-04,x,1,70000,no,\n'
    written = mark + plain.replace(",", separator).replace("\n", end).replace(f"two{end}", "two\n")
    found, expected = taken(written, ONE, liver), taken(plain, ONE, liver)
    assert found.people == expected.people
    assert [each.place for each in found.findings] == [each.place for each in expected.findings]
    assert found.findings[0].place.line == 4 and found.findings[0].place.column == 14


# By law


cells = st.text(st.sampled_from('01267,;"\n\tx-é\0 NA'), max_size=8)


@given(st.lists(st.lists(cells, min_size=1, max_size=8), max_size=12), st.binary(max_size=40))
@settings(max_examples=200)
def test_no_row_is_lost_whatever_it_says(liver: Study, rows: list[list[str]], tail: bytes) -> None:
    text = HEADER.encode() + "\n".join(",".join(row) for row in rows).encode() + b"\n7,2021-03-04,61,1,,no,\n" + tail
    found = taken(text, ONE, liver)
    events = [each for who in found.people.values() for each in who]
    rows = sum(isinstance(each, Recorded) and each.activity == "enrolment" for each in events)
    assert rows + len({each.line for each in found.rejected if each.is_row}) == found.rows
    assert all((each.cells or each.column) and each.why for each in found.rejected)
    assert all(each.place.line > 0 and (each.says + each.text).isprintable() for each in found.findings)


@given(st.binary(max_size=300))
@settings(max_examples=200)
def test_any_bytes_are_read_without_an_exception(liver: Study, text: bytes) -> None:
    found = taken(text, ONE, liver)
    assert found.people or found.rejected or found.findings


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
codes = st.text(string.ascii_letters, min_size=1, max_size=8)
days = st.dates(date(1, 1, 1), date(9999, 12, 31)).map(When.on)
parts = st.dates(date(1, 1, 1), date(9999, 12, 31)).flatmap(
    lambda day: st.sampled_from([f"{day.year:04}", f"{day.year:04}-{day.month:02}"]).map(When.from_text)
)
whens = days | parts
numbers = st.floats(0, 1e9).map(lambda value: float(f"{value:.12g}"))
limits = st.dictionaries(st.sampled_from([("alt", "uln"), ("alt", "lln")]), numbers, max_size=2)
entries = {
    "on": whens,
    "participant": words,
    "by": words,
    "role": words,
    "site": words.filter(lambda site: site != "north"),
    "note": words,
    "entered": st.none() | st.datetimes().map(lambda at: at.replace(fold=0)),
}
seen = st.builds(
    Seen, id=codes, status=st.sampled_from(["measured", "absent", "not_evaluated"]),
    diameter_mm=st.none() | st.floats(0, 999), organ=st.sampled_from(["", "liver", "lung"]), segment=words,
    role=st.sampled_from(["", "target", "new"]), node=st.none() | st.booleans(),
)  # fmt: skip
sightings = st.none() | st.lists(seen, max_size=3).map(tuple)
unclear = st.sampled_from([Unclear("sixty", Why.UNREADABLE), Unclear("12 mmol", Why.NOT_CONVERTIBLE)])
answers = {
    "age": st.floats(18, 120) | unclear,
    "sex": st.sampled_from(["female", "male", Unclear("femal", Why.UNREADABLE)]),
    "weight": numbers,
    "seen": whens,
    "remark": words.map(str.strip).filter(bool),
}
made = st.one_of(
    st.builds(
        Recorded, id=st.just(""), activity=st.just("baseline"), **entries,
        values=st.fixed_dictionaries(
            {"smoker": st.booleans() | st.just(Unclear("NA", Why.UNREADABLE))}, optional=answers
        ),
    ),
    st.builds(
        Recorded, id=st.just(""), activity=st.just("labs"), **entries, limits=limits,
        values=st.fixed_dictionaries({}, optional={"alt": numbers, "stage": st.integers(1, 4).map(float)}),
    ),
    st.builds(
        Recorded, id=st.just(""), activity=st.just("surgery"), **entries,
        values=st.fixed_dictionaries({}, optional={"removed": st.lists(codes, max_size=3).map(tuple)}),
    ),
    st.builds(Recorded, id=st.just(""), activity=st.just("ct"), **entries, lesions=sightings),
    st.builds(Recorded, id=st.just(""), activity=st.just("something_else"), **entries),
    st.builds(
        Decided, id=st.just(""), step=st.just("gate"), option=st.sampled_from(["operated", "other"]), **entries,
        members=st.integers(0, 20), reason=words,
    ),
    st.builds(
        Corrected, id=st.just(""), corrects=codes, **entries, limits=limits, lesions=sightings, reason=words,
        moved_to=st.none() | whens, retracts=st.booleans(),
        values=st.fixed_dictionaries({}, optional={"alt": numbers, "age": unclear}),
    ),
)  # fmt: skip


@given(st.lists(made, max_size=5))
@settings(max_examples=200)
def test_what_is_written_is_read_back_the_same(liver: Study, events: list[Recorded | Decided | Corrected]) -> None:
    named = tuple(replace(event, id=f"e{number}", participant="p") for number, event in enumerate(events))
    text = "".join(line_of(event, liver) + "\n" for event in named)
    assert read_events(text, liver)[0] == named


table = st.lists(
    st.tuples(
        st.sampled_from(["1", "2", "3"]), st.sampled_from(["2021", "2021-04", "2021-04-05", "", "soon"]),
        st.sampled_from(["61", "12", "old", "61 years", "720 months", "5 U/L", "", "6" * 300]),
        st.sampled_from(["0", "1", "male", "7", ""]), st.sampled_from(["70000", "70 kg", "x", ""]),
        st.sampled_from(["yes", "no", "NA", "0", "?", ""]), st.sampled_from(["", "a'b", "é…", "1"]),
    ),
    max_size=8,
)  # fmt: skip


@given(table)
def test_what_is_imported_and_written_is_read_back_the_same(liver: Study, rows: list[tuple[str, ...]]) -> None:
    found = taken(HEADER + "".join(",".join(row) + "\n" for row in rows), ONE, liver)
    for events in found.people.values():
        again, _ = read_events("".join(line_of(event, liver) + "\n" for event in events), liver)
        assert again == events
        for event in events:
            assert isinstance(event, Recorded)
            for key, value in event.values.items():
                if isinstance(value, Unclear):  # no answer here, and none there
                    with pytest.raises(ValueError, match=key):
                        answer(liver.activities["baseline"].items[key], value.text)


# By hand: files of events


def test_a_second_import_changes_nothing(liver: Study, tmp_path: Path) -> None:
    text = HEADER + "7,2021-03-04,61,1,70000,no,\n../8,2021-03-04,x,1,70000,no,\n"
    first = taken(text, ONE, liver)
    assert write_events(first.people, tmp_path / "people", liver) == ()
    before = {each.name: each.read_bytes() for each in (tmp_path / "people").iterdir()}
    assert sorted(before) == ["%2E.%2F8.jsonl", "7.jsonl"]
    assert write_events(taken(text, ONE, liver).people, tmp_path / "people", liver) == ()
    assert {each.name: each.read_bytes() for each in (tmp_path / "people").iterdir()} == before
    people, _ = read_people(tmp_path / "people", liver)
    assert sorted(people.values(), key=str) == sorted(first.people.values(), key=str)


def test_what_stands_in_a_file_stays(liver: Study, tmp_path: Path) -> None:
    file = tmp_path / "7.jsonl"
    hand = '{"on": "2021-05-01", "corrects": "1-people-2-1", "items": {"age": "62 years"}, "reason": "misread"}'
    write_events(taken(HEADER + "7,2021-03-04,61,1,70000,no,\n", ONE, liver).people, tmp_path, liver)
    file.write_text(file.read_text() + hand)
    before = file.read_text()
    mended = HEADER + "7,2021-03-04,61,0,70000,no,\n7,2021-03-04,,,,,more\n"
    findings = write_events(taken(mended, ONE, liver).people, tmp_path, liver)
    assert [(each.rule, each.place.line, each.severity) for each in findings] == [("said-otherwise", 2, Severity.ERROR)]
    assert file.read_text().startswith(before + "\n")
    names = [each.id for each in read_events(file, liver)[0]]
    assert names == ["1-people-1-1", "1-people-2-1", "3", "1-people-1-2", "1-people-2-2"]


def test_moments_are_kept_to_the_second(liver: Study) -> None:
    event = Recorded(id="a", on=When.from_text("0999-12"), activity="consent", entered=datetime(2024, 1, 9, 10, 0, 5))  # noqa: DTZ001
    assert '"on": "0999-12"' in line_of(event, liver)
    assert read_events(line_of(event, liver), liver)[0] == (event,)


# By example, and how long it takes


def test_the_colon_trial_is_imported_whole(studies: Path) -> None:
    folder = studies / "colon-levamisole"
    if not (folder / FILE).exists():
        pytest.skip(f"{folder.name} has no {FILE} yet")
    colon = load(folder)
    tables, findings = told_tables(colon)
    assert tables is not None and findings == ()
    began = time.process_time()
    found = imported(colon, tables, folder)
    assert time.process_time() - began < 1
    assert errors(found.findings) == () and found.rejected == ()
    assert (len(found.people), found.rows) == (929, 1858)
    happened = [each.activity for events in found.people.values() for each in events if isinstance(each, Recorded)]
    # Counted in colon.csv: 452 deaths (etype 2, status 1), 468 recurrences (etype 1, status 1).
    assert {name: happened.count(name) for name in ("randomisation", "death", "recurrence", "last_contact")} == {
        "randomisation": 929, "death": 452, "recurrence": 468, "last_contact": 477,
    }  # fmt: skip


@pytest.mark.slow
def test_a_hundred_thousand_rows_take_seconds(liver: Study) -> None:
    chance = random.Random(8)
    rows = "".join(
        f"{n},north,20{n % 24:02}-0{n % 9 + 1}-11,{chance.uniform(5, 400):.1f},{chance.choice((35, 40, 45))},{n % 5}\n"
        for n in range(100_000)
    )
    began = time.process_time()
    found = taken("id,centre,on,ALT,alt_uln,stage\n" + rows, LABS, liver, "labs.csv")
    assert time.process_time() - began < 15
    assert len(found.people) == found.rows == 100_000
    assert len(told(found.findings, "unreadable-value")) == 20_000  # every fifth row says stage 0
