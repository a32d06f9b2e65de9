"""What hospitals send: other alphabets, decimal commas, days as Excel counts them, headings above headings, and mending."""

import csv
import random
from collections.abc import Mapping
from datetime import date
from io import BytesIO, StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from centres import centres
from equipoise.cohort import MENDED, REJECTED, imported, stored, told_tables
from equipoise.cohort.cells import DateOrder, day_told, number_told
from equipoise.cohort.draft import drafted
from equipoise.cohort.files import joined
from equipoise.command import _app
from equipoise.events import Corrected, Recorded, current
from equipoise.finding import Unreadable, errors
from equipoise.study import Study, load, study
from equipoise.transcript import read_events
from test_cohort import HEADER, LABS, ONE, STUDY, taken, told
from test_studies import STUDIES
from workbook import workbook


@pytest.fixture(scope="module")
def liver() -> Study:
    return study(STUDY)


# By hand: cells


@pytest.mark.parametrize(
    ("text", "orders", "says"),
    [
        ("2021-03-31", "", "2021-03-31"), ("2021-03", "", "2021-03"), ("2021", "", "2021"),
        ("2021-03-31 00:00:00", "", "2021-03-31"), ("2021-03-31T10:00:00Z", "", "2021-03-31"),
        ("31.3.2021", "day_month_year", "2021-03-31"), ("31/03/2021 14:05", "day_month_year", "2021-03-31"),
        ("3/31/2021", "month_day_year", "2021-03-31"), ("31-Mar-2021", "day_month_year", "2021-03-31"),
        ("1er mars 2021", "day_month_year", "2021-03-01"), ("31 marzo 2021", "day_month_year", "2021-03-31"),
        ("March 31st, 2021", "month_day_year", "2021-03-31"), ("31032021", "day_month_year", "2021-03-31"),
        ("2021/03/31", "year_month_day", "2021-03-31"), ("20210331", "year_month_day", "2021-03-31"),
        # 31 March 2021 is day 44286 since 30 December 1899, and day 42824 since 1 January 1904.
        ("44286", "excel", "2021-03-31"), ("44286.5", "excel", "2021-03-31"), ("42824", "excel_1904", "2021-03-31"),
        ("3/2021", "day_month_year", "2021-03"), ("??/03/2021", "day_month_year", "2021-03"),
        ("UN-MAR-2021", "day_month_year", "2021-03"), ("00.00.2021", "day_month_year", "2021"),
    ],
)  # fmt: skip
def test_a_date_is_read_as_its_table_writes_it(text: str, orders: DateOrder, says: str) -> None:
    assert str(day_told(text, (orders,) if orders else ())) == says


@pytest.mark.parametrize(
    ("text", "orders", "says"),
    [
        ("31.3.2021", (), "is not a date"),
        ("31/2/2021", ("day_month_year",), "is not a date written day, month, year"),
        ("3/31/2021", ("day_month_year",), "is not a date written"),
        ("03/04/21", ("day_month_year",), "the century of a year of two digits is not told"),
        ("44286", ("day_month_year",), "as Excel counts days it would be 2021-03-31: say so under dates"),
        ("12/??/2021", ("day_month_year",), "is not a date written"),  # a day without its month
        ("spring", ("day_month_year",), "is not a date"),
    ],
)
def test_what_is_no_date_says_why(text: str, orders: tuple[DateOrder, ...], says: str) -> None:
    with pytest.raises(Unreadable, match=says.replace("(", r"\(")):
        day_told(text, orders)


@given(st.dates(date(1927, 6, 1), date(2118, 1, 1)))
def test_a_day_written_in_any_order_is_that_day(day: date) -> None:
    for order, pattern in (("day_month_year", "%d.%m.%Y"), ("month_day_year", "%m/%d/%Y"), ("year_month_day", "%Y/%m/%d")):
        assert day_told(day.strftime(pattern), (order,)).first == day  # type: ignore[arg-type]
    assert day_told(str((day - date(1899, 12, 30)).days), ("excel",)).first == day


@given(st.floats(-1e7, 1e7).map(lambda value: round(value, 3)))
def test_a_number_with_a_comma_is_the_number_with_a_point(value: float) -> None:
    whole, _, tenths = f"{value:,.3f}".partition(".")
    for thousands in (".", " ", "\u202f", "'"):
        text = f"{whole.replace(',', thousands)},{tenths}"
        assert float(number_told(text, "comma")) == value
    assert float(number_told(f"{value:.3f}", "comma", typed=True)) == value  # a number itself, in a workbook


def test_a_point_in_a_table_with_commas_is_not_guessed_at() -> None:
    assert number_told("1.234", "comma") == "1234"
    for text in ("1.5", "12.34", "1,234.5", "1.2345"):
        with pytest.raises(Unreadable, match="decimal comma"):
            number_told(text, "comma")


def test_headings_above_headings_are_joined() -> None:
    assert joined([("", "Labs", "", "Outcome"), ("id", "CEA", "CA 19-9", "")]) == (
        "id",
        "Labs / CEA",
        "Labs / CA 19-9",
        "Outcome",
    )
    assert joined([("id", "", "x")]) == ("id", "(column B)", "x")


# By agreement: one table in four kinds of file

ROWS = [["7", "2021-03-04", "61", "1", "70500", "yes", "Köln"], ["8", "2021-04", "62", "0", "", "no", "x"]]


def as_files() -> Mapping[str, bytes]:
    head = HEADER.strip().split(",")
    text = HEADER + "\n".join(",".join(row) for row in ROWS) + "\n"
    frame = pl.DataFrame({name: [row[at] or None for row in ROWS] for at, name in enumerate(head)})
    stream = BytesIO()
    frame.with_columns(pl.col("age").cast(pl.Float64), pl.col("weight").cast(pl.Int64)).write_parquet(stream)
    cells = [[*head], ["7", date(2021, 3, 4), 61, 1, 70500, "yes", "Köln"], [8, "2021-04", 62.0, 0, None, "no", "x"]]
    return {
        "people.csv": text.encode(), "latin.csv": text.encode("latin-1"), "people16.csv": text.encode("utf-16"),
        "people.parquet": stream.getvalue(), "people.xlsx": workbook({"all": cells}),
    }  # fmt: skip


@pytest.mark.parametrize("name", ["latin.csv", "people16.csv", "people.parquet", "people.xlsx"])
def test_the_kind_of_file_makes_no_difference(liver: Study, name: str) -> None:
    files = as_files()
    encoding = "\n    encoding: latin-1" if name == "latin.csv" else ""
    mapping = ONE.replace("people.csv", name + encoding)
    found, expected = taken(files[name], mapping, liver, name), taken(files["people.csv"], ONE, liver)
    plain = {who: [(each.activity, each.on, each.values) for each in events if isinstance(each, Recorded)]
             for who, events in found.people.items()}  # fmt: skip
    assert plain == {who: [(each.activity, each.on, each.values) for each in events if isinstance(each, Recorded)]
                     for who, events in expected.people.items()}  # fmt: skip
    assert not errors(found.findings)


def test_a_workbooks_cell_is_named_by_sheet_row_and_column(liver: Study) -> None:
    book = workbook({"first": [["x"]], "all": [["A title"], [], HEADER.strip().split(","), ["7", "2021-03-04", "sixty", 1, "", "", ""]]},
                    {"all": ["A1:G1"]})  # fmt: skip
    mapping = ONE.replace("people.csv", "people.xlsx\n    sheet: all\n    header: 3")
    found = taken(book, mapping, liver, "people.xlsx")
    (cell,) = [each for each in found.rejected if each.finding == "unreadable-value"]
    assert (cell.file, cell.sheet, cell.line, cell.column, cell.says) == ("people.xlsx", "all", 4, "age", "sixty")
    (heard,) = [each for each in found.findings if each.rule == "unreadable-value"]
    assert str(heard.place) == "people.xlsx[all]:4:3"


@pytest.mark.parametrize(
    ("name", "data", "more", "says"),
    [
        ("a.xlsx", b"PK\x03\x04 no workbook", "", "this is not a workbook that can be read"),
        ("a.xlsx", workbook({"one": [["id"]]}), "\n    sheet: two", "it has no sheet 'two'; its sheets are one"),
        ("a.parquet", b"PAR1 nothing", "", "this is not a Parquet file that can be read"),
        ("a.csv", HEADER.encode(), "\n    sheet: two", "only a workbook has sheets"),
        ("a.xlsx", workbook({"one": []}), "", "the sheet is empty"),
    ],
)
def test_a_file_that_is_no_table_is_a_finding(liver: Study, name: str, data: bytes, more: str, says: str) -> None:
    found = taken(data, ONE.replace("people.csv", name + more), liver, name)
    assert [each.rule for each in found.findings if says in each.says] == ["unreadable"], found.findings


@given(st.binary(max_size=200), st.sampled_from(["a.xlsx", "a.parquet", "a.ods"]))
def test_any_bytes_called_a_table_are_read_without_an_exception(data: bytes, name: str) -> None:
    found = taken(data, ONE.replace("people.csv", name), study(STUDY), name)
    assert found.findings
    assert not found.people


def test_another_encoding_keeps_its_letters(liver: Study) -> None:
    text = HEADER + "7,2021-03-04,61,1,70,no,Zoë à Forlì\n"
    mapping = ONE.replace("file: people.csv", "file: people.csv\n    encoding: cp1252")
    assert taken(text.encode("cp1252"), mapping, liver).people["7"][1].values["remark"] == "Zoë à Forlì"
    spoilt = taken(text.encode("cp1252").replace(b"\xe0", b"\x81"), mapping, liver)
    assert told(spoilt.findings, "unreadable") == [
        "column 'remark': the byte 0x81 is not cp1252; if the table is written otherwise, say its encoding"
    ]


def test_two_centres_number_one_are_two_people(liver: Study) -> None:
    one = ONE + ONE.replace("tables:\n", "").replace("people.csv", "other.csv\n    prefix: b-").replace("\ntables:", "")
    mapping, findings = told_tables(liver, one)
    assert mapping is not None and not errors(findings), findings
    row = "1,2021-03-04,61,1,70000,no,\n"
    found = imported(liver, mapping, {"people.csv": HEADER + row, "other.csv": HEADER + row})
    assert {*found.people} == {"1", "b-1"}


def test_a_site_may_be_said_for_the_whole_table(liver: Study) -> None:
    mapping = LABS.replace("site: centre", "site: south")
    found = taken("id,centre,on,ALT,alt_uln,stage\n1,,2021-01-01,31,,2\n", mapping, liver, "labs.csv")
    assert found.people["1"][0].site == "south"


def test_what_no_condition_names_is_not_passed_over(liver: Study) -> None:
    mapping = """
tables:
  - file: people.csv
    participant: id
    events:
      - {do: enrolment, on: day}
      - {do: death, on: last, when: {status: dead}}
      - {do: last_contact, on: last, when: {status: alive}}
"""
    found = taken("id,day,last,status\n1,2021-01-01,2022-01-01,dead\n2,2021-01-01,2022-01-01,lost\n", mapping, liver)
    assert told(found.findings, "unknown-condition") == [
        "column 'status': 'lost' is not one of alive, dead, on which it depends what took place"
    ]
    assert [(each.line, each.column, each.says) for each in found.rejected] == [(3, "status", "lost")]


# By hand: mending


def rows_of(folder: Path) -> list[dict[str, str]]:
    with (folder / REJECTED).open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.DictReader(opened))


def mended(folder: Path, *to: str) -> None:
    rows = rows_of(folder)
    with (folder / REJECTED).open("w", encoding="utf-8", newline="") as opened:
        out = csv.DictWriter(opened, rows[0].keys())
        out.writeheader()
        out.writerows(row | {"mended": says} for row, says in zip(rows, to, strict=True))


def store(of: Study, text: str, folder: Path, mapping: str = ONE) -> list[str]:
    """Import a text into a folder; what went otherwise than before."""
    tables, _ = told_tables(of, mapping)
    assert tables is not None
    made = stored(of, tables, {"people.csv": text}, folder)
    return [each.rule for each in made.findings]


def standing(of: Study, folder: Path, who: str) -> list[tuple[str, str, dict[str, object]]]:
    events, _ = read_events(folder / f"{who}.jsonl", of)
    return [(each.activity, str(each.on), dict(each.values)) for each in current(events)[0] if isinstance(each, Recorded)]


FAULTY = HEADER + "7,2021-03-04,sixty,1,70500,no,\n,2021-03-05,62,0,,no,\n9,31.3.2021,63,0,,no,\n10,2021-05-01,64,1,,no\n"


def test_mended_cells_and_rows_are_taken_by_the_next_import(liver: Study, tmp_path: Path) -> None:
    store(liver, FAULTY, tmp_path)
    assert [(each["row"], each["column"], each["says"]) for each in rows_of(tmp_path)] == [
        ("2", "age", "sixty"), ("3", "id", ""), ("4", "enrolled", "31.3.2021"), ("5", "", "10,2021-05-01,64,1,,no"),
    ]  # fmt: skip
    mended(tmp_path, "60", "8", "2021-03-31", "10,2021-05-01,64,1,,no,")
    store(liver, FAULTY, tmp_path)
    assert sorted(each.stem for each in tmp_path.glob("*.jsonl")) == ["10", "7", "8", "9"]
    assert standing(liver, tmp_path, "7")[1][2]["age"] == 60.0
    assert standing(liver, tmp_path, "9")[0][:2] == ("enrolment", "2021-03-31")
    assert not (tmp_path / REJECTED).exists()
    before = {each.name: each.read_bytes() for each in tmp_path.iterdir()}
    store(liver, FAULTY, tmp_path)
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == before


def test_mended_where_it_comes_from_is_as_good(liver: Study, tmp_path: Path) -> None:
    store(liver, FAULTY, tmp_path)
    right = (
        FAULTY.replace("sixty", "60")
        .replace("\n,2021", "\n8,2021")
        .replace("31.3.2021", "2021-03-31")
        .replace(",,no\n", ",,no,\n")
    )
    store(liver, right, tmp_path)
    store(liver, right, tmp_path)
    assert sorted(each.stem for each in tmp_path.glob("*.jsonl")) == ["10", "7", "8", "9"]
    for who in ("7", "8", "9", "10"):
        assert [each[0] for each in standing(liver, tmp_path, who)] == ["enrolment", "baseline"]
    assert standing(liver, tmp_path, "7")[1][2]["age"] == 60.0


def test_blank_and_leave_out_are_words_of_their_own(liver: Study, tmp_path: Path) -> None:
    store(liver, FAULTY, tmp_path)
    mended(tmp_path, "blank", "leave out", "leave out", "")
    store(liver, FAULTY, tmp_path)
    assert "age" not in standing(liver, tmp_path, "7")[1][2]
    assert [(each["row"], each["finding"]) for each in rows_of(tmp_path)] == [("2", "missing-answer"), ("5", "rejected-row")]


def test_what_was_mended_twice_counts_as_it_was_last(liver: Study, tmp_path: Path) -> None:
    store(liver, FAULTY, tmp_path)
    mended(tmp_path, "seventy", "", "", "")
    store(liver, FAULTY, tmp_path)
    assert rows_of(tmp_path)[0]["says"] == "sixty"  # what the table says; why tells what is wrong with what was mended
    assert "'seventy'" in rows_of(tmp_path)[0]["why"]
    mended(tmp_path, "70", "", "", "")
    store(liver, FAULTY, tmp_path)
    store(liver, FAULTY, tmp_path)
    assert standing(liver, tmp_path, "7")[1][2]["age"] == 70.0


def test_a_mending_of_what_the_table_no_longer_says_is_not_put_in_its_place(liver: Study, tmp_path: Path) -> None:
    store(liver, FAULTY, tmp_path)
    mended(tmp_path, "60", "", "", "")
    assert "stale-mending" in store(liver, FAULTY.replace("sixty", "59"), tmp_path)
    assert standing(liver, tmp_path, "7")[1][2]["age"] == 59.0


def test_what_is_told_otherwise_is_corrected_and_what_is_no_longer_told_withdrawn(liver: Study, tmp_path: Path) -> None:
    text = HEADER + "7,2021-03-04,61,1,70500,no,a\n8,2021-03-04,62,1,70500,no,b\n"
    store(liver, text, tmp_path)
    assert store(liver, HEADER + "7,2021-03-04,63,1,70500,no,\n", tmp_path) == ["no-longer-told"] * 2
    assert standing(liver, tmp_path, "7")[1][2] == {"age": 63.0, "sex": "male", "weight": 70.5, "smoker": False}
    assert standing(liver, tmp_path, "8") == []
    events, _ = read_events(tmp_path / "8.jsonl", liver)
    assert [each.reason for each in events if isinstance(each, Corrected)] == ["the table no longer tells it"] * 2
    store(liver, text, tmp_path)
    assert standing(liver, tmp_path, "8")[1][2]["age"] == 62.0


def test_rows_in_another_order_are_the_same_rows(liver: Study, tmp_path: Path) -> None:
    rows = [f"{n % 3},2021-0{n + 1}-04,{60 + n},1,70500,no,\n" for n in range(8)]
    store(liver, HEADER + "".join(rows), tmp_path)
    before = {each.name: each.read_bytes() for each in tmp_path.glob("*.jsonl")}
    store(liver, HEADER + "".join(reversed(rows)), tmp_path)
    assert {each.name: each.read_bytes() for each in tmp_path.glob("*.jsonl")} == before


def test_what_a_person_corrected_stays(liver: Study, tmp_path: Path) -> None:
    store(liver, HEADER + "7,2021-03-04,61,1,70500,no,\n", tmp_path)
    with (tmp_path / "7.jsonl").open("a") as file:
        file.write(
            '{"on": "2021-05-01", "corrects": "1-people-2-1", "items": {"age": "62 years"}, "reason": "misread", "id": "me"}\n'
        )
    assert store(liver, HEADER + "7,2021-03-04,63,1,70500,no,\n", tmp_path) == ["said-otherwise"]
    assert standing(liver, tmp_path, "7")[1][2]["age"] == 62.0


def test_a_spreadsheet_that_rewrites_what_was_said_does_not_undo_what_was_mended(liver: Study, tmp_path: Path) -> None:
    text = HEADER + "7,03/04/19,61,1,70500,no,\n"
    mapping = ONE.replace("participant: id", "participant: id\n    dates: [day_month_year]")
    store(liver, text, tmp_path, mapping)
    rows = rows_of(tmp_path)
    assert {each["says"] for each in rows} == {"03/04/19"}
    mended(tmp_path, *["03/04/2019"] * len(rows))
    file = tmp_path / REJECTED
    file.write_text(file.read_text().replace("03/04/19", "03.04.2019"))  # as a spreadsheet likes it
    assert store(liver, text, tmp_path, mapping) == []
    assert store(liver, text, tmp_path, mapping) == []
    assert standing(liver, tmp_path, "7")[0][:2] == ("enrolment", "2019-04-03")


@pytest.mark.parametrize("at_once", [1, 3, 7])
def test_however_few_events_are_held_at_once_the_same_is_stored(
    liver: Study, tmp_path: Path, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("equipoise.cohort.folder.AT_ONCE", at_once)
    rows = "".join(f"{n % 5},2021-0{n % 9 + 1}-04,{60 + n},1,70500,no,\n" for n in range(20))
    store(liver, HEADER + rows, tmp_path)
    whole = taken(HEADER + rows, ONE, liver)
    for who, events in whole.people.items():
        assert read_events(tmp_path / f"{who}.jsonl", liver)[0] == events


def test_no_cell_of_rejected_csv_is_a_formula(liver: Study, tmp_path: Path) -> None:
    text = HEADER + '7,2021-03-04,"=HYPERLINK(""x"")",1,-5 stone,no,\n'
    store(liver, text, tmp_path)
    assert [each["says"] for each in rows_of(tmp_path)] == ['\'=HYPERLINK("x")', "'-5 stone"]
    mended(tmp_path, "61", "70000")
    assert store(liver, text, tmp_path) == []


# By law

CELLS = st.sampled_from(
    ["", "1", "2", "2021-03-04", "2021-04", "31.3.2021", "44286", "sixty", "61", "NA", "=1+1", "é", "  x ", "1,5", "yes"]
)
ROWS_ = st.lists(st.lists(CELLS, min_size=7, max_size=7), min_size=1, max_size=8)


@given(ROWS_, st.sampled_from(["people.csv", "people.xlsx", "people.parquet"]))
@settings(max_examples=60, deadline=None)
def test_every_row_of_any_kind_of_file_tells_its_event_or_is_kept(rows: list[list[str]], name: str) -> None:
    of, head = study(STUDY), HEADER.strip().split(",")
    if name.endswith("csv"):
        text = StringIO()
        csv.writer(text).writerows([head, *rows])
        data = text.getvalue().encode()
    elif name.endswith("xlsx"):
        data = workbook({"all": [head, *rows]})
    else:
        stream = BytesIO()
        pl.DataFrame({key: [row[at] for row in rows] for at, key in enumerate(head)}).write_parquet(stream)
        data = stream.getvalue()
    found = taken(data, ONE.replace("people.csv", name), of, name)
    told_rows = sum(
        each.activity == "enrolment" for events in found.people.values() for each in events if isinstance(each, Recorded)
    )
    kept = {each.line for each in found.rejected if each.is_row}
    assert told_rows + len(kept) >= found.rows == sum(any(cell.strip() for cell in row) for row in rows)
    assert all(each.why and (each.column or each.cells) for each in found.rejected)


@given(ROWS_, st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_whatever_is_imported_again_in_whatever_order_changes_nothing(rows: list[list[str]], chance: random.Random) -> None:
    of = study(STUDY)

    def text(told: list[list[str]]) -> str:
        made = StringIO()
        csv.writer(made).writerows([HEADER.strip().split(","), *told])
        return made.getvalue()

    with TemporaryDirectory() as name:
        to = Path(name)
        store(of, text(rows), to)
        before = {each.name: each.read_bytes() for each in to.glob("*.jsonl")}
        store(of, text(rows), to)
        assert {each.name: each.read_bytes() for each in to.glob("*.jsonl")} == before
        shuffled = [*rows]
        chance.shuffle(shuffled)
        store(of, text(shuffled), to)
        assert {each.name: each.read_bytes() for each in to.glob("*.jsonl")} == before


# By example: drafts


def test_a_draft_of_the_three_centres_tells_nearly_all(tmp_path: Path) -> None:
    modena = load(STUDIES / "synchronous-resection-modena")
    made = centres()
    for name, data in made.files.items():
        (tmp_path / name).write_bytes(data)
    draft = drafted(modena, {name: tmp_path / name for name in made.files})
    mapping, findings = told_tables(modena, draft.text)
    assert mapping is not None and not errors(findings), findings
    found = imported(modena, mapping, tmp_path)
    # What differs from a mapping settled by a person: nothing but units that no heading says, and what a cell's odd words mean.
    assert 85 <= len(found.people) <= 90
    assert draft.gaps and all(each.partition(":")[0] in made.files for each in draft.gaps)
    settled, _ = told_tables(modena, Path(__file__).parent / "centres.yaml")
    assert settled is not None
    wanted = imported(modena, settled, made.files)
    same = [who for who in wanted.people if [(e.on, e.values) for e in wanted.people[who] if isinstance(e, Recorded)]
            == [(e.on, e.values) for e in found.people.get(who, ()) if isinstance(e, Recorded)]]  # fmt: skip
    assert len(same) >= 80
    # Every guess says how sure it is, and every gap stands where it belongs.
    assert all("GAP" in line or "sure" in line or "likely" in line or "guess" in line
               for line in draft.text.splitlines() if line.strip().startswith(("on:", "- do: x", "participant:", "dates:", "site:")))  # fmt: skip


RETRO = [
    ["Retrospective series 2018-2023"],
    ["Patient ID", "Inclusion date", "Age", "Gender", "Regimen", "CA19-9 (U/mL)", "Surgery date", "Margin", "Relapse", "Status", "Last follow-up"],
    *[
        [f"P{n}", 43101 + 40 * n, 50 + n, "MF"[n % 2], ["AG", "FFX", "other"][n % 3], 30.5 * n, 43300 + 40 * n if n % 2 else None, "R0"
         if n % 2 else None, None, ["alive", "dead"][n % 2], 44000 + n]
        for n in range(1, 13)
    ],
]  # fmt: skip


def test_a_draft_of_a_past_series_for_the_other_cohort(tmp_path: Path) -> None:
    told_study = load(STUDIES / "synchronous-surgery-indications")
    (tmp_path / "series.xlsx").write_bytes(workbook({"Sheet1": RETRO}, {"Sheet1": ["A1:K1"]}))
    draft = drafted(told_study, {"series.xlsx": tmp_path / "series.xlsx"})
    mapping, findings = told_tables(told_study, draft.text)
    assert mapping is not None and not errors(findings), (draft.text, findings)
    (table,) = mapping.tables
    assert str(table.header) == "2" and table.dates == ("excel",) and table.participant.text == "Patient ID"
    found = imported(told_study, mapping, tmp_path)
    assert len(found.people) == 12
    happened = [each.activity for events in found.people.values() for each in events if isinstance(each, Recorded)]
    assert (happened.count("enrolment"), happened.count("surgery"), happened.count("death")) == (12, 6, 6)


def test_dates_that_can_be_read_both_ways_are_a_gap(liver: Study, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,enrolment date,age\n1,03/04/2021,61\n2,05/06/2021,62\n3,07/08/2021,63\n")
    draft = drafted(liver, {"a.csv": tmp_path / "a.csv"})
    assert "GAP: every date can be read day first and month first" in draft.text


def test_the_verb_drafts_imports_and_imports_what_was_mended(tmp_path: Path) -> None:
    made = centres()
    for name, data in made.files.items():
        (tmp_path / name).write_bytes(data)
    run = CliRunner()
    slug = str(STUDIES / "synchronous-resection-modena")
    drafting = run.invoke(_app, ["import", slug, str(tmp_path), "--draft", "--to", str(tmp_path / "tables.yaml")])
    assert drafting.exit_code == 0 and (tmp_path / "tables.yaml").is_file(), drafting.output
    there = run.invoke(
        _app, ["import", slug, str(tmp_path), "--tables", str(tmp_path / "tables.yaml"), "--to", str(tmp_path / "people")]
    )
    assert there.exit_code == 1 and (tmp_path / "people" / REJECTED).is_file(), there.output
    assert not (tmp_path / "people" / MENDED).exists()
