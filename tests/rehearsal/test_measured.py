"""Comparisons of shares, means, scores and costs over virtual trials: by hand, by law, by agreement with the analysis."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from equipoise.analysis.result import Estimate, Result
from equipoise.analysis.result import Test as Tested
from equipoise.protocol import Analysis
from equipoise.rehearsal import rehearsal
from equipoise.rehearsal.counted import counted
from equipoise.rehearsal.followed import Asked, followed
from equipoise.rehearsal.measured import (
    Measured,
    _of_means,
    _of_shares,
    _table,
    beyond,
    measured,
    measures,
    said,
    untold,
)
from equipoise.rehearsal.totals import Sum, Totals
from equipoise.rehearsal.variations import without_effect
from equipoise.simulation.compiled import compiled
from equipoise.study import Study, study
from two_arm_study import TEXT

ENDPOINTS = """endpoints:
  how_old: {{label: Age, kind: measurement, from: randomisation, item: age, horizon: 2 years}}
  early: {{label: Early death, kind: occurrence, from: randomisation, event: death, within: 6 months}}
"""
ANALYSES = """analyses:
  ages: {{endpoint: how_old, estimand: {{population: randomised, contrast: new vs old, summary: difference_of_means}}, method: mean}}
  deaths: {{endpoint: early, estimand: {{population: randomised, contrast: new vs old, summary: difference_of_proportions}},
           method: proportion, test: fisher, alpha: 0.1}}
  told: {{endpoint: early, method: proportion}}
"""


def of_values(*changes: tuple[str, str]) -> Study:
    text = TEXT.replace("endpoints:\n", ENDPOINTS).replace("analyses:\n", ANALYSES)
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    made = study(text.format(people=40, method="permuted_blocks", blocks="blocks: [4], ", interim="", ratio="0.4"))
    assert made.is_sound, made.check()
    return made


# --- by hand ---------------------------------------------------------------------------------------------------------


def test_a_difference_of_shares_is_shown_where_its_interval_leaves_out_none() -> None:
    # 9 of 10 against 1 of 10, then 5 of 10 against 4 of 10, then nobody on one side.
    values = np.array([[1.0] * 9 + [0] + [1] + [0] * 9, [1.0] * 5 + [0] * 5 + [1] * 4 + [0] * 6, [1.0] * 20])
    side = np.array([[1] * 10 + [0] * 10, [1] * 10 + [0] * 10, [0] * 20])
    gap, is_shown = _of_shares(values, side, 0.05, Analysis(endpoint="early"))
    assert gap[:2] == pytest.approx([0.8, 0.1]) and np.isnan(gap[2])
    assert is_shown.tolist() == [True, False, False]


def test_by_fisher_a_difference_is_shown_where_the_exact_test_says_so() -> None:
    # 5 of 5 against 0 of 5: p = 2/252 = 0.0079; 4 of 5 against 0 of 5: p = 0.0476.
    assert _table(5, 5, 0, 5, 0.01, True) == (1.0, True) and _table(4, 5, 0, 5, 0.04, True)[1] is False
    assert _table(4, 5, 0, 5, 0.05, True)[1] is True


def test_a_result_tells_its_differences_and_ratios_and_no_single_means() -> None:
    result = blank(
        estimates=(
            Estimate("Mean", 3.0, 2.0, 4.0, 0.95, "", "New"),
            Estimate("Difference of means", 1.0, 0.2, 1.8, 0.95, "", "New against Old"),
            Estimate("Ratio of means", 1.2, 0.9, 1.6, 0.95, "", "New against Old"),
            Estimate("Ratio of means", 1.5, 1.1, 1.9, 0.95, "", "age", is_covariate=True),
            Estimate("Chance to be worth 100 a life-year", 0.4, None, None, None, "share", "New against Old"),
        )
    )
    found = said(result, 0.05)
    assert {what: each.is_shown for (_, what), each in found.items()} == {"Difference of means": True, "Ratio of means": False}


def test_a_declared_test_says_whether_a_difference_is_shown() -> None:
    result = blank(
        estimates=(Estimate("Difference of means", 1.0, 0.2, 1.8, 0.95, "", "New against Old"),),
        tests=(Tested("Mann-Whitney, New against Old", 3.0, None, 0.06),),
    )
    assert not said(result, 0.05)["New against Old", "Difference of means"].is_shown
    assert said(result, 0.1)["New against Old", "Difference of means"].is_shown


def blank(**held: object) -> Result:
    words = dict.fromkeys(("name", "label", "endpoint", "endpoint_label", "role", "kind", "population", "contrast"), "")
    words |= dict.fromkeys(("variable", "summary", "until", "software"), "")
    flags = dict.fromkeys(("is_estimand_declared", "is_declared", "is_post_hoc", "is_withheld", "is_virtual"), False)
    return Result(**words, intercurrent=(), **flags, **held)  # type: ignore[arg-type]


def test_a_trial_that_cannot_tell_shows_nothing() -> None:
    asked = Measured("m", "M", "e", "cost", ("a", "b"), 0.05)
    key = ("measured", "m", "A against B", "Difference of means")
    totals = Totals(4, {(*key, "found"): Sum(3, 2.0, 2.0), (*key, "value"): Sum(3, 6.0, 14.0)})
    (found,) = measured((asked,), totals, Totals(), "followed")
    assert found.found.value == 0.5 and found.inestimable.value == 0.25 and found.value.value == 2 and found.false is None
    assert (found.low, found.high) == pytest.approx((0, 4))


# --- by agreement ----------------------------------------------------------------------------------------------------


def test_means_are_compared_as_welch_does() -> None:
    rng = np.random.default_rng(5)
    values, side = rng.normal(size=(200, 30)), rng.integers(-1, 2, (200, 30))
    values += 0.8 * (side == 1)
    gap, is_shown = _of_means(values, side, 0.05)
    for t in range(200):
        one, other = values[t][side[t] == 1], values[t][side[t] == 0]
        assert gap[t] == pytest.approx(one.mean() - other.mean())
        assert is_shown[t] == (stats.ttest_ind(one, other, equal_var=False).pvalue < 0.05)
    assert 0.2 < is_shown.mean() < 0.9


def test_the_fast_interpreter_finds_what_the_declared_analyses_find() -> None:
    made = of_values()
    asked = Asked(40, (), compared_alone=True, measured=measures(made))
    assert all(not beyond(each, made, compiled(made).endpoints) for each in asked.measured)
    slow, fast = followed(made, asked, 8, 0, 12), counted(made, asked, 8, 0, 12)
    assert {key[1] for key in slow.sums} == {"ages", "deaths"}
    for key, each in slow.sums.items():
        assert fast.sums[key].many == each.many and fast.sums[key].total == pytest.approx(each.total), key
    assert slow.sums.keys() == fast.sums.keys()


# --- by law ----------------------------------------------------------------------------------------------------------


def test_without_an_effect_means_are_found_apart_no_more_often_than_the_level_says() -> None:
    made = without_effect(of_values())
    found = counted(made, Asked(40, (), compared_alone=True, measured=measures(made)), 2, 0, 4000)
    share = found.share("measured", "ages", "New treatment against Old treatment", "Difference of means", "found")
    assert share is not None and abs(share.value - 0.05) < 3 * share.error


def test_the_rehearsal_tells_power_and_type_i_error_of_shares_and_means() -> None:
    found = rehearsal(of_values(), trials=400, error=0, jobs=1)
    by_name = {each.name: each for each in found.measured}
    deaths, ages = by_name["deaths"], by_name["ages"]
    assert deaths.trials == 400 and deaths.way == "as written" and deaths.false is not None and ages.false is not None
    assert deaths.found.value > deaths.false.value + 3 * deaths.false.error and deaths.value.value < 0
    assert abs(ages.value.value) < 4 * ages.value.error
    assert ("Told", "it describes, and compares nothing") in found.untold


# --- what is left to the declared analysis, and what is not told -----------------------------------------------------


def test_what_the_fast_interpreter_leaves_is_said() -> None:
    by_rank = of_values(("method: mean}", "method: mean, test: wilcoxon}"))
    (ages, deaths) = measures(by_rank)
    assert beyond(ages, by_rank, ("how_old", "early")) == "its method is another"
    assert beyond(deaths, by_rank, ("how_old",)) == "its endpoint is not compiled"
    assert beyond(replace(deaths, sides=("new", "frail")), by_rank, ("early",)) == "it does not compare two arms"


def test_every_declared_analysis_is_told_or_its_reason_is() -> None:
    made = of_values()
    assert untold(made, ("main", "ages", "deaths")) == (("Told", "it describes, and compares nothing"),)
