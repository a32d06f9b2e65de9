"""Imputation: what may be drawn, that no gap changes nothing, and that bias goes where values are missing at random."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.invented import Happened, arm
from analysis.wider import result
from equipoise.analysis.imputation import cox_fit, imputed, incomplete, linear_fit, logistic_fit, pooled
from equipoise.kernels.cox import cox
from equipoise.kernels.inestimable import Inestimable


def table(seed: int, people: int = 60) -> np.ndarray:
    """Three columns that go together, the first with gaps that hang on the second; then a choice of three, with gaps."""
    rng = np.random.default_rng(seed)
    second = rng.normal(size=people)
    first = 2 * second + rng.normal(size=people)
    third = rng.random(people) < 1 / (1 + np.exp(-first))
    choice = rng.integers(0, 3, people)
    dummies = np.column_stack([choice == 1, choice == 2]).astype(float)
    first = np.where(rng.random(people) < 1 / (1 + np.exp(1 - second)), np.nan, first)
    dummies[rng.random(people) < 0.2] = np.nan
    return np.column_stack([first, second, third, dummies])


@given(st.integers(0, 500))
@settings(max_examples=30)
def test_only_gaps_are_filled_and_only_with_what_somebody_had(seed: int) -> None:
    held = table(seed)
    found = imputed(incomplete(held, [[3, 4]]), rng=np.random.default_rng(seed))
    known = ~np.isnan(held)
    assert (found[known] == held[known]).all()
    assert np.isfinite(found).all()
    assert np.isin(found[:, 0], held[known[:, 0], 0]).all()
    assert (found[:, 3] + found[:, 4] <= 1).all(), "a choice is filled whole"


def test_the_same_chance_gives_the_same_values() -> None:
    given_ = incomplete(table(1), [[3, 4]])
    one, other = (imputed(given_, rng=np.random.default_rng(5)) for _ in range(2))
    assert (one == other).all()
    assert (one != imputed(given_, rng=np.random.default_rng(6))).any()


def test_without_gaps_it_is_the_plain_model() -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=(80, 2))
    time, happened = np.ceil(rng.exponential(100 / np.exp(x[:, 0]))), rng.random(80) < 0.8
    fit = cox(time, happened, x)
    found = pooled(incomplete(x), cox_fit(time, happened, 2), rng=rng, imputations=3)
    assert found.estimate == pytest.approx(fit.coefficient)
    assert found.se == pytest.approx(fit.se)
    assert found.fraction_missing == pytest.approx([0, 0])


def test_linear_and_logistic_fits_as_in_statsmodels() -> None:
    import statsmodels.api as sm

    rng = np.random.default_rng(4)
    x = rng.normal(size=(90, 2))
    y, yes = x @ [1.0, -2.0] + rng.normal(size=90), rng.random(90) < 1 / (1 + np.exp(-x[:, 0]))
    ours = linear_fit(2, 2)(np.column_stack([x, y]))
    theirs = sm.OLS(y, sm.add_constant(x)).fit()
    assert ours[0] == pytest.approx(theirs.params[1:]) and np.sqrt(ours[1]) == pytest.approx(theirs.bse[1:])
    ours = logistic_fit(2, 2)(np.column_stack([x, yes]))
    theirs = sm.Logit(yes.astype(float), sm.add_constant(x)).fit(disp=0, tol=1e-12)
    assert ours[0] == pytest.approx(theirs.params[1:], rel=1e-6)
    assert np.sqrt(ours[1]) == pytest.approx(theirs.bse[1:], rel=1e-6)
    with pytest.raises(Inestimable, match="without fail"):
        logistic_fit(1, 1)(np.column_stack([np.arange(10.0), np.arange(10) > 4]))
    with pytest.raises(Inestimable, match="repeat each other"):
        linear_fit(2, 2)(np.column_stack([np.ones((9, 2)), np.arange(9.0)]))


def test_it_removes_what_leaving_out_adds() -> None:
    # The mean of a column whose gaps hang on another: complete cases are far off, the pooled mean is not.
    def mean(columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return columns[:, :1].mean(axis=0), columns[:, :1].var(axis=0, ddof=1) / len(columns)

    missed = covered = 0
    for seed in range(40):
        held = table(seed, 200)[:, :2]
        full = 0.0
        found = pooled(incomplete(held), mean, rng=np.random.default_rng(seed), imputations=10)
        covered += bool(found.lower[0] <= full <= found.upper[0])
        plain = held[~np.isnan(held[:, 0]), 0]
        reach = 1.96 * plain.std(ddof=1) / len(plain) ** 0.5
        missed += not plain.mean() - reach <= full <= plain.mean() + reach
        assert 0 < found.fraction_missing[0] < 1
    assert covered >= 34
    assert missed >= 20


def test_what_cannot_be_imputed_is_refused() -> None:
    with pytest.raises(Inestimable, match="fewer than two values"):
        incomplete(np.array([[1.0], [np.nan]]))
    with pytest.raises(Inestimable, match="infinite"):
        incomplete(np.array([[1.0], [np.inf]]))
    with pytest.raises(Inestimable, match="known in part"):
        incomplete(np.array([[1.0, np.nan], [0.0, 1.0]]), [[0, 1]])


def everyone(people: int = 80) -> dict[str, Happened]:
    rng = np.random.default_rng(12)
    found: dict[str, Happened] = {}
    for number in range(people):
        new, age = bool(rng.random() < 0.5), float(rng.integers(50, 80))
        given_ = {"frail": bool(rng.random() < 0.4)} | ({"age": age} if rng.random() < 0.7 else {})
        if rng.random() < 0.8:
            given_["stage"] = str(rng.choice(["I", "II", "III"]))
        day = int(rng.exponential(400 * (1.6 if new else 1.0) / np.exp((age - 65) / 20))) + 1
        end = ("death", day) if day < 700 else ("last_contact", 700)
        seen = [("bill", 5, {"spent": 100.0 + age + 10 * new})] if rng.random() < 0.75 else []
        harm = [("adverse_event", min(day, 20), {"grade": 2, "term": "fever"})] if rng.random() < 0.4 else []
        found[f"p{number}"] = [("baseline", 0, given_), arm("new" if new else "old_way"), *seen, *harm, end]
    return found


def test_all_participants_are_in_the_pooled_model() -> None:
    found = result("endpoint: os, method: multiple_imputation, adjust: [age, stage, frail]", everyone())
    assert found.participants == 80
    ratio = found.estimate("Hazard ratio", "New against Old")
    assert ratio.lower < ratio.value < ratio.upper
    assert len([each for each in found.estimates if each.is_covariate]) == 4
    assert any("lack something (missing: age" in each for each in found.findings)
    again = result("endpoint: os, method: multiple_imputation, adjust: [age, stage, frail]", everyone())
    assert again.estimates == found.estimates


def test_a_missing_outcome_is_imputed_too() -> None:
    found = result("endpoint: money, method: multiple_imputation, adjust: [age]", everyone())
    assert found.participants == 80
    assert any("no outcome: " in each for each in found.findings)
    gap = found.estimate("Difference of means", "New against Old")
    assert gap.lower < 10 < gap.upper
    odds = result("endpoint: harm, method: multiple_imputation, adjust: [age]", everyone())
    assert odds.estimate("Odds ratio", "New against Old") is not None


def test_before_the_lock_nothing_is_pooled() -> None:
    found = result("endpoint: os, method: multiple_imputation, adjust: [age]", everyone(), status="recruiting")
    assert not [each for each in found.estimates if "ratio" in each.name.lower()]


def test_many_alike_are_all_donors() -> None:
    # Everyone is predicted alike, and half of those known have a 1: so have about half of those filled.
    held = np.column_stack([np.tile([0.0, 1.0, np.nan, np.nan], 500), np.ones(2000)])
    found = imputed(incomplete(held), rng=np.random.default_rng(1))
    assert found[:, 0].mean() == pytest.approx(0.5, abs=0.03)


def test_a_hundred_thousand_are_imputed_at_once() -> None:
    rng = np.random.default_rng(1)
    held = rng.normal(size=(100_000, 2))
    held[::3, 0] = np.nan
    found = imputed(incomplete(held), rng=rng)
    assert np.isfinite(found).all()
