"""Results as tables: the same columns for every study, nothing that tells arms apart before the lock, nothing that runs."""

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from analysis.invented import SIX, UNTIL, people, trial
from equipoise.analysis import analyse
from equipoise.analysis.closed import WHY, closed, tells_arm
from equipoise.reports.results_tables import COLUMNS, line_of, results_tables, standing, write_tables
from reports import drawn

ONE = """
one: {endpoint: os, method: cox, test: logrank, estimand: {contrast: new vs old_way, summary: hazard_ratio}}
later: {endpoint: os, method: kaplan_meier, post_hoc: true, estimand: {contrast: new vs old_way}}
"""


def tables(status: str = "completed") -> dict[str, pl.DataFrame]:
    told = trial(ONE, status=status)
    charts = people(told, SIX)
    return results_tables(told, charts, analyse(told, charts, until=UNTIL), virtual=False)


@pytest.mark.parametrize("slug", [drawn.RANDOMISED, drawn.ASSIGNED, drawn.OBSERVED])
def test_every_study_gives_the_same_columns(slug: str) -> None:
    results, report = drawn.made(slug)
    made = results_tables(report.study, report.people, results, virtual=True)
    assert {name: tuple(table.columns) for name, table in made.items()} == {name: tuple(each) for name, each in COLUMNS.items()}
    assert all(made[name]["virtual"].all() for name in made)
    assert made["outcomes"]["participant"].n_unique() == len(report.people)


def test_each_number_says_where_it_comes_from() -> None:
    made = tables()
    assert set(made["estimates"]["standing"]) == {"pre-specified", "post hoc"}
    assert all(line.startswith("<text>") or ":" in line for line in made["estimates"]["study_line"])
    assert all(each.startswith("equipoise") for each in made["tests"]["software"])
    ratio = made["estimates"].filter(pl.col("measure") == "Hazard ratio")
    assert ratio["lower"][0] < ratio["value"][0] < ratio["upper"][0]


def test_the_tables_hold_the_numbers_of_the_results() -> None:
    told = trial(ONE)
    charts = people(told, SIX)
    results = analyse(told, charts, until=UNTIL)
    made = results_tables(told, charts, results, virtual=False)
    assert made["estimates"].height == sum(len(each.estimates) + len(each.naive) for each in results)
    assert made["curves"].height == sum(len(curve.days) for each in results for curve in each.curves)
    # By hand: six people, of whom four died after 30, 50, 20 and 10 days.
    assert sorted(made["outcomes"].filter(pl.col("status") == "event")["days"]) == [10, 20, 30, 50]


def test_csv_and_parquet_hold_the_same(tmp_path: Path) -> None:
    made = tables()
    files = write_tables(made, tmp_path)
    assert len(files) == 2 * len(COLUMNS)
    for name, table in made.items():
        assert pl.read_parquet(tmp_path / f"{name}.parquet").equals(table)
        assert pl.read_csv(tmp_path / f"{name}.csv", infer_schema=False).height == table.height


def test_a_spreadsheet_runs_nothing(tmp_path: Path) -> None:
    told = trial(ONE)
    charts = people(told, SIX)
    results = [replace(each, label='=HYPERLINK("x")', findings=("@now", "-1+1")) for each in analyse(told, charts, until=UNTIL)]
    made = results_tables(told, charts, results, virtual=False)
    write_tables(made, tmp_path)
    assert made["analyses"]["label"][0].startswith("=")
    for name in made:
        for row in pl.read_csv(tmp_path / f"{name}.csv", infer_schema=False).rows():
            assert not any(cell and cell[0] in "=@+" for cell in row)


def test_nobody_and_nothing_still_make_tables() -> None:
    told = trial("")
    made = results_tables(told, {}, (), virtual=False)
    assert all(table.height == 0 for name, table in made.items() if name != "analyses")


# --- before the lock ---------------------------------------------------------------------------------------------------


def test_before_the_lock_no_table_names_an_arm_or_a_participant() -> None:
    made = tables(status="recruiting")
    for name, table in made.items():
        for column in ("arm", "participant", "says", "origin", "ended"):
            if column in table.columns:
                assert not set(table[column].drop_nulls()) - {""}, f"{name}.{column}"
    assert made["tests"].height == 0
    assert not made["estimates"].filter(pl.col("of") != "").height
    assert set(made["counts"]["arm_label"].drop_nulls()) <= {"All participants"}


def test_before_the_lock_the_place_in_a_table_is_no_name_either() -> None:
    told = trial(ONE, status="recruiting")
    charts = people(told, SIX)
    turned = dict(reversed(charts.items()))
    one, other = (results_tables(told, each, analyse(told, each, until=UNTIL), virtual=False) for each in (charts, turned))
    assert all(one[name].equals(other[name]) for name in one)


def test_before_the_lock_no_table_of_a_real_trial_tells_arms_apart() -> None:
    results, report = drawn.made(drawn.RANDOMISED, as_real=True)
    assert not report.apart
    assert any(each.courses for each in results)
    made = results_tables(report.study, report.people, results, virtual=False)
    assert not made["estimates"]["of"].str.contains(" against ").any()
    assert not made["estimates"]["of"].is_in(["", None]).not_().any()
    labels = {arm.label for arm in report.study.protocol.arms.values()} | set(report.study.protocol.arms)
    procedures = {report.study.called(name) for name, each in report.study.activities.items() if each.procedure}
    for name, table in made.items():
        plain = table.drop([column for column in ("compared", "variable", "method", "population", "label", "analysis", "endpoint",
                                                  "endpoint_label", "findings", "cause") if column in table.columns])  # fmt: skip
        for column in plain.columns:
            if plain[column].dtype == pl.String:
                assert not set(plain[column].drop_nulls()) & (labels | procedures), f"{name}.{column}"


def test_before_the_lock_what_one_arm_alone_can_have_has_no_numbers() -> None:
    results, report = drawn.made(drawn.RANDOMISED, as_real=True)
    study = report.study
    assert {name for name, each in study.protocol.endpoints.items() if tells_arm(study, each)} == {
        "pfs", "complications", "procedure_mortality",
    }  # fmt: skip
    assert not tells_arm(study, study.protocol.endpoints["os"])
    made = results_tables(study, report.people, results, virtual=False)
    for name in ("estimates", "counts", "curves", "outcomes"):
        assert not set(made[name]["endpoint"]) & {"pfs", "complications", "procedure_mortality"}, name
    for each in closed(study, results):
        if each.endpoint == "pfs":
            assert each.findings == (WHY,)
    opened, _ = drawn.made(drawn.RANDOMISED)
    assert closed(study, opened) == opened, "a trial that is locked shows everything"


def test_words_for_standing_and_line() -> None:
    first, second = analyse(trial(ONE), people(trial(ONE), SIX), until=UNTIL)
    assert (standing(first), standing(second)) == ("pre-specified", "post hoc")
    assert line_of(first).endswith(f":{first.place.line}")
