"""Who benefits: rows by hand, the test of a product by agreement, and what too few events leave untold."""

import csv
from pathlib import Path

import numpy as np
import pytest

from analysis.invented import Happened, arm
from analysis.wider import result
from equipoise.analysis.heterogeneity import Rows, interaction, ratio
from equipoise.kernels.cox import cox, hazard_ratio
from equipoise.kernels.inestimable import Inestimable


def drawn(seed: int, people: int = 300, *, apart: float = 0.0) -> tuple[Rows, np.ndarray]:
    rng = np.random.default_rng(seed)
    first, trait = rng.random(people) < 0.5, rng.random(people) < 0.5
    death = rng.exponential(10 / np.exp(-0.5 * first + apart * first * trait))
    loss = rng.uniform(5, 25, people)
    rows = Rows(np.full(people, -1.0), np.minimum(death, loss), death <= loss, first, np.arange(people))
    return rows, trait


def test_a_row_is_the_model_of_its_people_alone() -> None:
    rows, trait = drawn(1)
    inside = rows.of(trait)
    alone = hazard_ratio(cox(inside.stop, inside.happened, inside.first[:, None].astype(float)))
    found = ratio(inside)
    assert (found.estimate, found.lower, found.upper) == pytest.approx((alone.estimate[0], alone.lower[0], alone.upper[0]))
    assert (found.people, found.events) == (trait.sum(), inside.happened.sum())


def test_with_a_stratum_for_each_code_the_product_is_the_quotient_of_the_rows() -> None:
    rows, trait = drawn(2, apart=0.6)
    x = np.column_stack([rows.first, rows.first * trait]).astype(float)
    whole = cox(rows.stop, rows.happened, x, stratum=trait)
    apart = ratio(rows.of(trait)).estimate / ratio(rows.of(~trait)).estimate
    assert np.exp(whole.coefficient[1]) == pytest.approx(apart)


def test_as_in_statsmodels() -> None:
    from statsmodels.duration.hazard_regression import PHReg

    rows, trait = drawn(3, apart=0.5)
    x = np.column_stack([rows.first, trait, rows.first * trait]).astype(float)
    whole, plain = (PHReg(rows.stop, each, status=rows.happened.astype(int), ties="efron").fit() for each in (x, x[:, :2]))
    found, coefficient, se = interaction(rows, trait[:, None].astype(float))
    assert found.chi_square == pytest.approx(2 * (whole.llf - plain.llf), rel=1e-6)
    assert found.df == 1
    assert coefficient[0] == pytest.approx(whole.params[2], rel=1e-5)
    assert se[0] == pytest.approx(whole.bse[2], rel=1e-5)


def test_where_nothing_differs_one_in_twenty_is_found() -> None:
    hits = 0
    for seed in range(300):
        rows, trait = drawn(seed, 120)
        hits += interaction(rows, trait[:, None].astype(float))[0].p < 0.05
    assert hits / 300 == pytest.approx(0.05, abs=0.035)


def test_a_real_trial(shared: Path) -> None:
    # Levamisole with fluorouracil in colon cancer, by sex.
    with (shared / "data" / "survival" / "colon.csv").open(encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    kept = [row for row in table if row["etype"] == "2" and row["rx"] != "Lev"]
    time = np.array([float(row["time"]) for row in kept])
    rows = Rows(
        np.full(len(time), -1.0), time, np.array([row["status"] == "1" for row in kept]),
        np.array([row["rx"] == "Lev+5FU" for row in kept]), np.arange(len(time)),
    )  # fmt: skip
    male = np.array([row["sex"] == "1" for row in kept])
    found, _, _ = interaction(rows, male[:, None].astype(float))
    assert found.df == 1 and 0 < found.p < 1
    assert ratio(rows.of(male)).events + ratio(rows.of(~male)).events == rows.happened.sum()


def test_too_few_events_have_no_ratio() -> None:
    rows, _ = drawn(4, 12)
    with pytest.raises(Inestimable, match="fewer than the 100"):
        ratio(rows, least=100)
    none = Rows(rows.start, rows.stop, rows.happened & ~rows.first, rows.first, rows.person)
    with pytest.raises(Inestimable, match="none of the"):
        ratio(none, least=1)


def everyone(people: int = 120) -> dict[str, Happened]:
    rng = np.random.default_rng(9)
    found: dict[str, Happened] = {}
    for number in range(people):
        new, frail = bool(rng.random() < 0.5), bool(rng.random() < 0.4)
        stage = str(rng.choice(["I", "II", "III"], p=[0.48, 0.48, 0.04]))
        day = int(rng.exponential(300 * (1.6 if new and not frail else 1.0))) + 1
        end = ("death", day) if day < 700 else ("last_contact", 700)
        given = {"age": float(rng.integers(50, 80)), "frail": frail, "stage": stage}
        found[f"p{number}"] = [("baseline", 0, given), arm("new" if new else "old_way"), end]
    return found


def test_the_rows_and_tests_of_an_analysis() -> None:
    found = result("endpoint: os, method: subgroups, adjust: [frail, stage, age]", everyone())
    names = [each.name for each in found.estimates]
    assert names[0] == "Hazard ratio"
    assert sum(each.startswith("Hazard ratio in frail: ") for each in names) == 2
    assert sum(each.startswith("Hazard ratio in stage: ") for each in names) == 2
    assert any(each.startswith("No hazard ratio in stage: III") for each in found.findings)
    assert any(each.startswith("Ratio of hazard ratios, age, for each year") for each in names)
    assert [each.df for each in found.tests] == [1, 1, 1]
    assert any("3 independent tests" in each for each in found.method)
    assert any("four times the events" in each for each in found.findings)


def test_few_people_get_sentences() -> None:
    found = result("endpoint: os, method: subgroups, adjust: [frail, age]", everyone(16))
    assert not found.tests
    assert any(each.startswith("No test of frail") for each in found.findings)
    assert any(each.startswith("No test of age") for each in found.findings)


def test_before_the_lock_and_without_a_modifier_nothing_is_told() -> None:
    found = result("endpoint: os, method: subgroups, adjust: [frail]", everyone(), status="recruiting")
    assert not [each for each in found.estimates if "ratio" in each.name.lower()]
    assert not found.tests
    found = result("endpoint: os, method: subgroups", everyone())
    assert found.findings == ("No subgroups: the analysis names no modifier (adjust).",)
