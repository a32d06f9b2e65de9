"""What virtual participants cost: by hand, by law, by agreement with scipy and between the interpreters."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from equipoise.finding import Unreadable
from equipoise.protocol import Price as Written
from equipoise.rehearsal.charged import charged, pairs
from equipoise.rehearsal.counted import counted
from equipoise.rehearsal.followed import Asked, followed
from equipoise.rehearsal.variations import varied
from equipoise.simulation import assumption_findings, virtual
from equipoise.simulation.costs import COSTS, Costs, Price, _uniforms, costs, price
from equipoise.simulation.draws import Draws
from equipoise.study import Study
from tiny_trial import tiny

ACCRUAL = "  accrual: {per_month: 3, source: ours}\n"
PRICED = """  costs:
    currency: EUR
    year: 2024
    of:
      cycle: {mean: 1200, source: ours}
      ablation: {distribution: gamma, mean: 3000, sd: 900, source: ours}
      scan: {distribution: lognormal, mean: {ablated: 300, control: 250}, sd: 80, source: ours}
      month: {mean: 40, source: ours}
    source: ours
"""


def priced(*changes: tuple[str, str]) -> Study:
    said = PRICED
    for old, new in changes:
        assert old in said
        said = said.replace(old, new)
    return tiny((ACCRUAL, ACCRUAL + said))


def of(study: Study) -> Costs:
    found = costs(study)
    assert found is not None
    return found


def spent(
    study: Study, done: list[list[int]], months: list[float], arm: list[int], seed: int = 3, trial: int = 7
) -> np.ndarray:
    many = len(arm)
    return of(study).spent(
        np.array(done), np.array(months), np.array(arm), seed=seed, trial=np.full(many, trial), participant=np.arange(many)
    )


# --- by hand ---------------------------------------------------------------------------------------------------------


def test_a_fixed_price_is_charged_each_time_and_a_month_for_each_month() -> None:
    # Two cycles at 1,200, ten months at 40; then one cycle and two and a half months; then nothing at all.
    found = spent(priced(), [[2, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]], [10.0, 2.5, 0.0], [0, 1, -1])
    assert found[:, 0].tolist() == [2400, 1200, 0] and found[:, 3].tolist() == [400, 100, 0]
    assert not found[:, 1:3].any()


def test_a_price_of_each_arm_is_that_of_the_arm_and_of_no_arm_that_of_the_last() -> None:
    study = priced(
        ("distribution: lognormal, mean: {ablated: 300, control: 250}, sd: 80", "mean: {ablated: 300, control: 250}")
    )
    assert spent(study, [[0, 0, 2, 0]] * 3, [0.0] * 3, [0, 1, -1])[:, 2].tolist() == [600, 500, 500]


def test_a_gamma_price_as_spread_as_its_mean_is_exponential() -> None:
    # With sd = mean the shape is 1: half of the prices lie below mean x ln 2.
    assert Price("gamma", 100.0, 100.0).at(np.array([0.5]))[0] == pytest.approx(100 * math.log(2), rel=1e-12)


def test_half_of_lognormal_prices_lie_below_the_mean_over_the_root_of_one_plus_the_squared_spread() -> None:
    assert Price("lognormal", 100.0, 75.0).at(np.array([0.5]))[0] == pytest.approx(100 / math.sqrt(1 + 0.75**2), rel=1e-12)


# --- by law ----------------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 11), min_size=1, max_size=8), st.integers(0, 2**64 - 1), st.integers(0, 10_000))
def test_a_price_is_drawn_at_the_address_of_the_participant_and_the_time(times: list[int], seed: int, trial: int) -> None:
    many = np.array(times)
    found = iter(_uniforms(COSTS + 2, many, seed, np.full(len(many), trial), np.arange(len(many))))
    for participant, count in enumerate(times):
        for k in range(count):
            assert next(found) == Draws(seed, trial, participant).uniform(COSTS + 2, k // 4, word=k % 4)
    assert next(found, None) is None


@settings(max_examples=30)
@given(st.integers(0, 8), st.integers(1, 6))
def test_one_more_of_an_activity_adds_one_price_and_changes_no_other(done: int, participants: int) -> None:
    study = priced()
    fewer, more = (
        spent(study, [[0, count, 0, 0]] * participants, [0.0] * participants, [0] * participants) for count in (done, done + 1)
    )
    alone = spent(study, [[0, done + 1, 0, 0]], [0.0], [0])
    assert (more[:, 1] > fewer[:, 1]).all() and more[0, 1] == alone[0, 1]


def test_prices_change_nobodys_course() -> None:
    with_, without = virtual(priced(), 12, seed=4), virtual(tiny(), 12, seed=4)
    assert [each.events for each in with_] == [each.events for each in without]


def test_means_and_deviations_are_those_that_are_said() -> None:
    share = (np.arange(200_000) + 0.5) / 200_000
    for kind in ("gamma", "lognormal"):
        found = Price(kind, 3000.0, 900.0).at(share)
        assert found.mean() == pytest.approx(3000, rel=1e-4) and found.std() == pytest.approx(900, rel=2e-3)


# --- by agreement ----------------------------------------------------------------------------------------------------


def test_distributions_agree_with_scipy() -> None:
    share = np.array([0.001, 0.1, 0.5, 0.9, 0.999])
    gamma = stats.gamma(a=(3000 / 900) ** 2, scale=900**2 / 3000)
    sigma = math.sqrt(math.log(1 + 0.3**2))
    lognormal = stats.lognorm(s=sigma, scale=3000 / math.sqrt(1 + 0.3**2))
    np.testing.assert_allclose(Price("gamma", 3000.0, 900.0).at(share), gamma.ppf(share), rtol=1e-10)
    np.testing.assert_allclose(Price("lognormal", 3000.0, 900.0).at(share), lognormal.ppf(share), rtol=1e-10)


def test_both_interpreters_charge_the_same() -> None:
    study, asked = priced(), Asked(12, (), months=3)
    slow, fast = followed(study, asked, 5, 0, 3), counted(study, asked, 5, 0, 3)
    about_costs = [key for key in slow.sums if key[0].startswith("cost")]
    assert len(about_costs) == 2 * 6 + 1
    for key in about_costs:
        assert fast.sums[key].total == pytest.approx(slow.sums[key].total, rel=1e-12)
    assert fast.under("costs") == slow.under("costs") and fast.under("costs apart") == slow.under("costs apart")


def test_costs_do_not_depend_on_how_trials_were_split() -> None:
    study, asked = priced(), Asked(12, (), months=3)
    whole = counted(study, asked, 5, 0, 4)
    parts = counted(study, asked, 5, 0, 1) + counted(study, asked, 5, 1, 3)
    for name in ("ablated", "control"):
        one, other = whole.estimate("cost", name, "each"), parts.estimate("cost", name, "each")
        assert one is not None and other is not None and one.value == pytest.approx(other.value, rel=1e-12)
    assert whole.under("costs") == parts.under("costs")


def test_what_an_arm_costs_is_what_its_parts_cost() -> None:
    study = priced()
    found = charged(study, counted(study, Asked(12, (), months=3), 5, 0, 6))
    assert found is not None and found.currency == "EUR" and found.year == 2024
    for arm in found.arms:
        assert sum(each.value for _, each in arm.parts) == pytest.approx(arm.mean.value)
        assert arm.low <= arm.mean.value <= arm.high and arm.sd is not None
    (gap,) = found.differences
    assert (gap.first, gap.reference) == ("ablated", "control") == pairs(study)[0]
    assert gap.mean.value == pytest.approx(found.arms[0].mean.value - found.arms[1].mean.value)


def test_nothing_is_charged_where_nothing_is_assumed() -> None:
    assert costs(tiny()) is None and charged(tiny(), counted(tiny(), Asked(4, ()), 1, 0, 1)) is None


def test_a_price_can_be_varied() -> None:
    dear = of(varied(priced(), "costs.ablation", "6000"))
    assert [each.mean for each in dear.prices[1]] == [6000, 6000, 6000]
    with pytest.raises(Unreadable, match="no price of 'ablatoin'; did you mean 'ablation'"):
        varied(priced(), "costs.ablatoin", "6000")


# --- what is wrong ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("currency: EUR\n", "currency: euros\n", "does not say its currency, by a code of three capitals"),
        ("    year: 2024\n", "", "does not say the year whose prices these are"),
        ("      cycle: {mean: 1200, source: ours}", "      cylce: {mean: 1200}", "speaks of 'cylce', which is no activity"),
        ("mean: 1200", "mean: 1200 EUR", "a bare number, in the currency of 'costs'"),
        ("mean: 1200", "mean: -3", "cannot be less than 0"),
        ("{mean: 1200, source: ours}", "{source: ours}", "'cycle' does not say what it costs"),
        ("mean: 1200", "mean: 1200, sd: 50", "say whether it is gamma or lognormal"),
        (", sd: 900", "", "has a gamma price and does not say its sd"),
        ("mean: 3000", "mean: 0", "its mean must be above 0"),
        ("{ablated: 300, control: 250}", "{ablated: 300}", "does not say what it costs in control"),
        ("{ablated: 300, control: 250}", "{ablated: 300, control: 250, sham: 1}", "in 'sham', which is no arm of this study"),
        ("    year: 2024\n", "    year: 2024\n    mean: 12\n", "each price has its own, under 'of'"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_prices_is_said(old: str, new: str, says: str) -> None:
    found = [str(each) for each in assumption_findings(priced((old, new)))]
    assert any(says in each for each in found), found


def test_words_of_costs_belong_to_costs() -> None:
    elsewhere = tiny(("accrual: {per_month: 3,", "accrual: {per_month: 3, currency: EUR,"))
    nothing = tiny((ACCRUAL, ACCRUAL + "  costs: {source: ours}\n"))
    another = tiny((ACCRUAL, ACCRUAL + "  money: {of: {cycle: {mean: 3}}, source: ours}\n"))
    assert "said of costs" in str(assumption_findings(elsewhere)[0])
    assert "does not say what is paid for" in str(assumption_findings(nothing)[0])
    assert "which is said of 'costs'" in str(assumption_findings(another)[0])


def test_a_price_that_says_nothing_is_no_price() -> None:
    with pytest.raises(Unreadable, match="does not say what it costs"):
        price(Written(name="scan"))
