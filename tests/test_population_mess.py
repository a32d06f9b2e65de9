"""Tables as hospitals send them: each engine reads the same cells, or refuses the table in the same sentence."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from equipoise.command import _app
from equipoise.finding import Unreadable
from equipoise.population import folder, population
from equipoise.study import Study, load
from test_population import ENGINES

UNTIL = date(2026, 6, 1)
STUDY = """
equipoise: 1
study: hearts
title: Iron in heart failure
design: {type: interventional}
activities:
  demography: {items: {age: {use: demographics.age}}}
  history: {items: {stroke: {type: yes_no}, nyha: {type: choice, of: [1, 2, 3, 4], ordered: yes}}}
  labs:
    repeats: yes
    items:
      ferritin: {type: quantity, unit: ug/L}
      haemoglobin: {type: quantity, unit: g/dL}
eligibility:
  - {id: adult, include: age >= 18 years}
  - {id: iron, include: ferritin < 100 ug/L within 30 days before enrolment}
  - {id: pale, exclude: haemoglobin > 15 g/dL}
  - {id: failing, include: "nyha in (2, 3)"}
  - {id: stroke, exclude: stroke}
"""
TWO = "participant,demography.age,history.nyha\na,40,2\nb,17,3\n"
LABS = "participant,on,ferritin\na,2026-05-30,50\nb,2026-05-30,50\n"
OPEN = "cannot tell yet"


@pytest.fixture(scope="module")
def hearts(tmp_path_factory: pytest.TempPathFactory) -> Study:
    where = tmp_path_factory.mktemp("hearts")
    (where / "study.yaml").write_text(STUDY)
    return load(where)


Made = Mapping[str, str | bytes | pl.DataFrame]
Found = list[tuple[str, str, int, int]] | str


def screened(of: Study, made: Made, where: Path, engine: str, until: date | None = UNTIL) -> Found:
    """What an engine says of everybody, or in what sentence it refuses; the folder's name would be a pattern to a shell."""
    data, kept = where / f"[{engine}] *'s", where / engine
    data.mkdir()
    kept.mkdir()
    for name, content in made.items():
        if isinstance(content, pl.DataFrame):
            content.write_parquet(data / name)
        else:
            (data / name).write_bytes(content.encode() if isinstance(content, str) else content)
    try:
        population(of, folder(of, data, until=until), engine=engine, kept=kept)  # type: ignore[arg-type]
    except Unreadable as why:
        return why.says
    rows = pl.read_parquet(list(kept.glob("*.parquet"))).select("participant", "verdict", "failed", "unknown").iter_rows()
    return sorted((str(who), verdict, failed, unknown) for who, verdict, failed, unknown in rows)


LIKE_TWO = {
    "as it should be": TWO, "with a mark and Windows' line ends": "\ufeff" + TWO.replace("\n", "\r\n"), "blank lines": TWO + "\n\n",
    "a blank line inside": TWO.replace("\nb", "\n\nb"), "rows of commas": TWO + ",,\n,,\n", "no end of line": TWO.rstrip(),
    "semicolons": TWO.replace(",", ";"), "a column that nobody asks for": TWO.replace("nyha\n", "nyha,ward\n"),
    "names that differ by capitals": TWO.replace("nyha\n", "nyha,Participant\n"),
}  # fmt: skip


@pytest.mark.parametrize("how", LIKE_TWO)
def test_however_a_text_is_written_its_patients_are_the_same(hearts: Study, tmp_path: Path, how: str) -> None:
    for engine in ENGINES:
        found = screened(hearts, {"participants.csv": LIKE_TWO[how]}, tmp_path, engine)
        assert found == [("a", OPEN, 0, 22), ("b", "not eligible", 1, 22)], engine


def test_a_text_with_tabs_is_a_table_too_and_a_quote_in_it_a_letter(hearts: Study, tmp_path: Path) -> None:
    text = TWO.replace(",", "\t").replace("\nb", '\nb"1')
    for engine in ENGINES:
        found = screened(hearts, {"participants.tsv": text}, tmp_path, engine)
        assert [each[0] for each in found] == ["a", 'b"1'], engine


REFUSED: dict[str, tuple[Made, str]] = {
    "more cells than headings": ({"participants.csv": TWO + "c,50,2,9\n"}, "more cells than there are headings"),
    "other letters": ({"participants.csv": (TWO + "ö,50,2\n").encode("latin-1")}, "not UTF-8"),
    "a stray quote": ({"participants.csv": TWO + 'c"x,50,2\n'}, "a quote is opened that is never closed"),
    "nothing": ({"participants.csv": ""}, "participants.csv cannot be read"),
    "a name of blanks": ({"participants.csv": TWO + "  ,50,2\n"}, "names nobody"),
    "twice in the head": ({"participants.csv": "participant,demography.age,demography.age\na,1,2\n"}, "'demography.age' of the participants stands there twice"),
    "no Parquet": ({"participants.parquet": b"PAR1 rubbish PAR1"}, "participants.parquet cannot be read"),
    "a table that is none": ({"participants.csv": TWO, "labs.parquet": b"PAR1"}, "labs.parquet cannot be read"),
    "a day that is none": ({"participants.csv": "participant,until\na,2026-05-01\nb,May\n"}, "'until' is not a day: 'May'"),
    "a day known in part": ({"participants.csv": "participant,until\na,2026-05\n"}, "'until' is not a day: '2026-05'"),
    "participants who are truths": ({"participants.parquet": pl.DataFrame({"participant": [True]})}, "neither texts nor numbers"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_a_table_that_cannot_be_read_is_refused_in_the_same_words(hearts: Study, tmp_path: Path, what: str) -> None:
    made, says = REFUSED[what]
    for engine in ENGINES:
        found = screened(hearts, made, tmp_path, engine)
        assert isinstance(found, str)
        assert says in found, engine


def test_a_patients_own_day_may_stand_in_a_text(hearts: Study, tmp_path: Path) -> None:
    made = {"participants.csv": "participant,until,demography.age\na, 2026-06-01 ,40\nb,2026-01-01T10:00,40\nc,,40\n", "labs.csv": LABS + "c,2026-05-30,50\n"}  # fmt: skip
    for engine in ENGINES:
        found = screened(hearts, made, tmp_path, engine)
        assert [each[3] & 2 for each in found] == [0, 2, 0], engine  # b's ferritin is of a later day


COLUMNS: dict[str, Callable[[], pl.DataFrame]] = {
    "nothing at all": lambda: pl.DataFrame({"participant": ["a"], "demography.age": [None], "history.nyha": [None]}),
    "decimals and categories": lambda: pl.DataFrame({
        "participant": pl.Series(["a"], dtype=pl.Categorical), "demography.age": [Decimal("40.5")],
        "history.nyha": pl.Series(["2"], dtype=pl.Categorical), "history.stroke": [False]}),
    "small numbers": lambda: pl.DataFrame({
        "participant": [1.0, 2.0], "demography.age": pl.Series([40, 17], dtype=pl.UInt8), "history.nyha": pl.Series([2, 9], dtype=pl.Int8),
        "history.stroke": [0.0, 2.0]}),
    "no numbers": lambda: pl.DataFrame({"participant": ["a", "b", "c"], "demography.age": [float("nan"), float("inf"), -float("inf")]}),
    "lists, records, bytes": lambda: pl.DataFrame({"participant": ["a"], "demography.age": [[1, 2]], "history.nyha": [{"x": 1}], "history.stroke": [b"1"]}),
    "lengths of time": lambda: pl.DataFrame({"participant": ["a"], "demography.age": [timedelta(1)]}),
}  # fmt: skip


@pytest.mark.parametrize("what", COLUMNS)
def test_a_column_of_any_kind_is_read_alike_or_unclear(hearts: Study, tmp_path: Path, what: str) -> None:
    first, *others = (screened(hearts, {"participants.parquet": COLUMNS[what]()}, tmp_path, engine) for engine in ENGINES)
    assert isinstance(first, list)
    assert others == [first] * len(others)


def test_rows_find_their_patient_whether_they_call_them_by_number_or_text(hearts: Study, tmp_path: Path) -> None:
    """1 and 01 are the number 1; 1.5, x, and nobody are no patient's. As texts, 01 is another."""
    rows = "participant,on,ferritin\n1,2026-05-30,50\n02,2026-05-30,50\n1.5,2026-05-30,900\nx,2026-05-30,900\n,2026-05-30,900\n"
    by_number = {"participants.parquet": pl.DataFrame({"participant": [1, 2]}), "labs.csv": rows}
    by_text = {"participants.csv": "participant,demography.age\n1,\n2,\n", "labs.csv": rows}
    for engine in ENGINES:
        for number, (made, known) in enumerate(((by_number, [0, 0]), (by_text, [0, 2]))):
            where = tmp_path / f"{engine}{number}"
            where.mkdir()
            assert [each[3] & 2 for each in screened(hearts, made, where, engine)] == known, engine


def test_a_moment_is_of_the_day_that_its_own_clock_shows(hearts: Study, tmp_path: Path) -> None:
    late = pl.Series([datetime(2026, 6, 1, 23, 30, tzinfo=UTC)]).dt.convert_time_zone("Europe/Stockholm")
    moments = (late, pl.Series(["2026-06-01 23:30"]).str.to_datetime(), pl.Series(["2026-06-01T23:30:00+02:00"]))
    for engine in ENGINES:
        seen = []
        for number, on in enumerate(moments):
            where = tmp_path / f"{engine}{number}"
            where.mkdir()
            labs = pl.DataFrame({"participant": ["a"], "on": on, "ferritin": [50.0]})
            found = screened(hearts, {"participants.csv": TWO, "labs.parquet": labs}, where, engine)
            seen.append(found[0][3] & 2)  # type: ignore[operator]
        assert seen == [2, 0, 0], engine  # in Stockholm it was the 2nd of June


@pytest.mark.parametrize("most", [10, 3_000_000])
def test_patients_in_no_order_have_their_own_rows_alone(
    hearts: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """Where there are more rows than are held at once, both tables are sorted first."""
    monkeypatch.setattr("equipoise.population.in_polars.ROWS", most)
    people = [f"p{(number * 37) % 101}" for number in range(101)]
    rows = [
        {"participant": who, "on": "2026-05-30", "ferritin": str(50 + 100 * (number % 2))} for number, who in enumerate(people)
    ]
    (tmp_path / "study").mkdir()
    pl.DataFrame({"participant": people}).write_parquet(tmp_path / "study" / "participants.parquet")
    pl.DataFrame(rows[::-1]).write_parquet(tmp_path / "study" / "labs.parquet")
    for engine in ENGINES:
        kept = tmp_path / engine
        kept.mkdir()
        population(hearts, folder(hearts, tmp_path / "study", until=UNTIL), engine=engine, kept=kept, size=7)  # type: ignore[arg-type]
        failed = dict(pl.read_parquet(list(kept.glob("*.parquet"))).select("participant", pl.col("failed") & 2).iter_rows())
        assert failed == {who: 2 * (number % 2) for number, who in enumerate(people)}, engine


def test_the_command_says_which_tables_and_columns_it_did_not_read(hearts: Study, tmp_path: Path) -> None:
    assert hearts.folder is not None
    (tmp_path / "participants.csv").write_text(TWO)
    (tmp_path / "Labs.csv").write_text(LABS)
    (tmp_path / "labs.csv").write_text(LABS.replace("ferritin", "feritin"))
    done = CliRunner().invoke(_app, ["population", str(hearts.folder), str(tmp_path), "--on", "2026-06-01"])
    assert done.exit_code == 0
    assert "labs.csv: feritin" in " ".join(done.output.split())
    assert "Labs.csv" in done.output
