"""Costs: by hand, by law, by agreement with scipy and statsmodels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.invented import arm
from analysis.wider import result
from equipoise.analysis.costs import (
    CostEffectiveness,
    Histories,
    acceptability,
    cost_effectiveness,
    gamma_ratios,
    prices,
    resampled_limits,
)
from equipoise.kernels.inestimable import Inestimable

END = np.array([1000.0])


def billed(*bills: tuple[int, float]) -> list[tuple[str, int, dict]]:
    return [("bill", day, {"spent": value}) for day, value in bills]


PEOPLE = {
    "n1": [arm("new"), *billed((10, 100.0), (200, 50.0)), ("death", 300)],
    "n2": [arm("new"), *billed((10, 80.0)), ("last_contact", 400)],
    "n3": [arm("new"), *billed((10, 120.0), (900, 60.0)), ("last_contact", 1100)],
    "o1": [arm("old_way"), *billed((10, 30.0)), ("death", 100)],
    "o2": [arm("old_way"), *billed((10, 40.0)), ("last_contact", 1200)],
    "o3": [arm("old_way"), ("death", 5)],
}


def test_who_was_lost_is_weighed_for_by_hand() -> None:
    # New: n2 is lost on day 400, of two who could be; n3 counts twice after that, in quarters that end after day 400.
    # So (100 + 50 + 80 + 120 + 2 x 60) / 3. Old: nobody is lost.
    found = result("endpoint: money, method: censoring_adjusted", PEOPLE)
    assert found.estimate("Mean cost within 1000 days", "new").value == pytest.approx(470 / 3)
    assert found.estimate("Mean cost within 1000 days", "old_way").value == pytest.approx(35)
    assert found.estimate("Difference of mean costs", "New against Old").value == pytest.approx(470 / 3 - 35)
    assert any("1 participants have no cost recorded" in each for each in found.findings)


def test_plain_means_say_who_was_lost() -> None:
    found = result("endpoint: money, method: bootstrap", PEOPLE)
    assert found.estimate("Mean", "new").value == pytest.approx(410 / 3)
    assert any(each.startswith("1 of 5 were alive when follow-up ended") for each in found.findings)


def test_gamma_gives_the_ratio_of_means() -> None:
    # With arms alone the maximum is at the means: 410/3 over 35.
    found = result("endpoint: money, method: gamma", PEOPLE)
    assert found.estimate("Ratio of means", "New against Old").value == pytest.approx(410 / 3 / 35)


def test_a_gamma_model_refuses_what_it_cannot_take() -> None:
    group = np.array([[1.0], [0.0], [1.0], [0.0]])
    with pytest.raises(Inestimable, match="1 are not"):
        gamma_ratios(np.array([0.0, 1.0, 2.0, 3.0]), group)
    with pytest.raises(Inestimable, match="the same"):
        gamma_ratios(np.ones(4), group)
    with pytest.raises(Inestimable, match="repeat each other"):
        gamma_ratios(np.array([1.0, 2.0, 3.0, 4.0]), np.hstack([group, group]))


@given(st.integers(0, 1000))
def test_gamma_by_its_own_variance(seed: int) -> None:
    # Two groups: the dispersion is Pearson's, and the variance of the log ratio is that times 1/n + 1/m.
    rng = np.random.default_rng(seed)
    first, second = rng.gamma(2, 50, 12), rng.gamma(2, 30, 9)
    group = np.repeat([1.0, 0.0], [12, 9])[:, None]
    ((ratio, low, high),) = gamma_ratios(np.concatenate([first, second]), group)
    pearson = sum(((each / each.mean() - 1) ** 2).sum() for each in (first, second)) / 19
    reach = 1.959963984540054 * (pearson * (1 / 12 + 1 / 9)) ** 0.5
    assert ratio == pytest.approx(first.mean() / second.mean())
    assert (low, high) == (pytest.approx(ratio * np.exp(-reach)), pytest.approx(ratio * np.exp(reach)))


def test_resampled_limits_are_near_those_of_t_for_many() -> None:
    rng = np.random.default_rng(4)
    held = rng.normal(100, 10, 400)
    low, high = resampled_limits((held,), seed=1)
    reach = 1.966 * held.std(ddof=1) / 20
    assert (low, high) == (pytest.approx(held.mean() - reach, abs=0.2), pytest.approx(held.mean() + reach, abs=0.2))
    assert resampled_limits((held,), seed=1) == (low, high), "the same seed, the same limits"
    for held, why in ((np.ones(5), "do not vary"), (np.ones(1), "fewer than two"), (np.array([1.0, np.nan]), "missing")):
        with pytest.raises(Inestimable, match=why):
            resampled_limits((held,), seed=1)


def arms(costs: float, longer: float, people: int = 60) -> tuple[Histories, Histories]:
    rng = np.random.default_rng(8)
    both = []
    for extra, years in ((costs, longer), (0.0, 0.0)):
        time = np.minimum(rng.exponential(500 + years * 365.25, people), 1000.0)
        died = time < 1000
        both.append(Histories((rng.gamma(4, 250, people) + extra)[:, None], time, died, END))
    return both[0], both[1]


def test_the_cost_of_a_life_year_with_nobody_lost_by_hand() -> None:
    # Two died at 500 and 1000 days against 250 and 500; costs of 300 and 500 against 100 and 100, several times over.
    first = Histories(np.array([[300.0], [500.0]] * 20), np.array([500.0, 1000.0] * 20), np.ones(40, bool), END)
    second = Histories(np.array([[100.0], [100.0]] * 20), np.array([250.0, 500.0] * 20), np.ones(40, bool), END)
    found = cost_effectiveness(first, second, rng=np.random.default_rng(1), draws=300)
    assert found.cost == pytest.approx(300)
    assert found.years == pytest.approx(375 / 365.25)
    assert found.ratio == pytest.approx(300 / 375 * 365.25)
    assert found.lower < found.ratio < found.upper
    # At a price in the limits' middle it is a toss; nothing is worth a price of nothing, all is one without end.
    assert found.worth(0) == 0
    assert found.worth(1e9) == 1
    assert found.worth(found.ratio) == pytest.approx(0.5, abs=0.1)


def test_acceptability_rises_with_the_price_where_life_is_longer() -> None:
    found = cost_effectiveness(*arms(500.0, 3.0), rng=np.random.default_rng(1), draws=300)
    if (found.draws[:, 1] > 0).all():
        chances = [found.worth(each) for each in prices(found)]
        assert chances == sorted(chances)
    assert found.lower is not None


def test_acceptability_by_hand() -> None:
    # Of four resamples two gain a year for 100 and for 300, one is free of cost and gains none, one costs 100 and loses one.
    draws = np.array([[100.0, 1.0], [300.0, 1.0], [0.0, 0.0], [100.0, -1.0]])
    found = CostEffectiveness(200.0, 1.0, 200.0, None, None, draws, 0)
    curve = acceptability(found, "New against Old", "EUR")
    assert (curve.price[0], curve.price[-1]) == (0, max(prices(found)))
    assert dict(zip(curve.price, curve.chance, strict=True)) == {each: found.worth(each) for each in curve.price}
    assert curve.chance[0] == 0.5 / 4
    assert curve.chance[-1] == 2.5 / 4


def test_without_a_difference_in_life_there_are_no_limits() -> None:
    found = cost_effectiveness(*arms(500.0, 0.0), rng=np.random.default_rng(1), draws=300)
    assert found.lower is None and found.upper is None


def test_the_cost_of_life_is_told_by_arm_and_in_words() -> None:
    found = result("endpoint: money, method: cost_effectiveness", PEOPLE)
    assert found.estimate("Life-years within 1000 days", "old_way").value == pytest.approx(550 / 365.25)
    assert any("No cost of a life-year" in each for each in found.findings), "with three a side resamples fail"


def test_before_the_lock_no_cost_is_compared() -> None:
    for method in ("bootstrap", "gamma", "cost_effectiveness", "censoring_adjusted"):
        found = result(f"endpoint: money, method: {method}", PEOPLE, status="recruiting")
        assert {each.of for each in found.estimates} <= {""}
