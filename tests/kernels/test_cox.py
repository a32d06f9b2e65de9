"""Cox's model: by hand and by law; agreement with R is in test_agreement.py."""

from math import log, sqrt

import numpy as np
import pytest

from equipoise.kernels.cox import Cox, cox, hazard_ratio
from equipoise.kernels.inestimable import Inestimable

TIME, DIED = np.array([8.0, 3.0, 2.0, 3.0, 5.0]), np.array([True, True, True, True, False])
TREATED = np.array([[0.0], [1.0], [1.0], [0.0], [1.0]])


@pytest.mark.parametrize(("ties", "people"), [("efron", 60), ("breslow", 80)])
def test_five_people_by_hand(ties: str, people: int) -> None:
    # With h the hazard ratio. At 2 a treated dies; at risk are 3 treated and 2 controls: h / (3h + 2).
    # At 3 one of each dies, of 2 and 2. Breslow: h / (2h + 2)². Efron, the second out of the rest and half the tied:
    # h / ((2h + 2) (2h + 2 - (h + 1)/2)) = h / (3 (h + 1)²). At 8 the last is alone: 1.
    # Both are largest where 2 - 3h/(3h + 2) - 2h/(h + 1) = 0, so 3h² - 3h - 4 = 0 and h = (3 + √57)/6.
    fit = cox(TIME, DIED, TREATED, ties=ties, settled=0.0)
    h = (3 + sqrt(57)) / 6
    assert hazard_ratio(fit).estimate == pytest.approx([h], rel=1e-11)
    # Minus the second derivative by log h: 6h/(3h + 2)² + 2h/(h + 1)². At h = 1 the likelihood is 1/60 or 1/80.
    assert fit.se == pytest.approx([(6 * h / (3 * h + 2) ** 2 + 2 * h / (h + 1) ** 2) ** -0.5])
    assert fit.null_log_likelihood == pytest.approx(-log(people))
    # At h = 1 the first derivative is 2 - 3/5 - 1 = 0.4, the second -(6/25 + 1/2).
    assert fit.score_test.statistic == pytest.approx(0.4**2 / 0.74)
    assert (fit.people, fit.events) == (5, 4)


Drawn = dict[str, np.ndarray]


def drawn(seed: int, people: int = 80) -> Drawn:
    rng = np.random.default_rng(seed)
    x = np.stack([rng.integers(0, 2, people), rng.normal(60, 10, people)], axis=1)
    time = np.ceil(rng.exponential(10, people) * np.exp(0.5 * x[:, 0]))
    return {"time": time, "happened": rng.random(people) < 0.75, "covariates": x}


def same(a: Cox, b: Cox) -> None:
    np.testing.assert_allclose(a.coefficient, b.coefficient, rtol=1e-8)
    np.testing.assert_allclose(a.variance, b.variance, rtol=1e-8)


seeds = pytest.mark.parametrize("seed", range(4))


@seeds
def test_swapping_the_arms_flips_the_sign(seed: int) -> None:
    data = drawn(seed)
    here = cox(**data)
    there = cox(**data | {"covariates": np.stack([1 - data["covariates"][:, 0], data["covariates"][:, 1]], axis=1)})
    assert there.coefficient[0] == pytest.approx(-here.coefficient[0], rel=1e-8)
    assert there.log_likelihood == pytest.approx(here.log_likelihood, rel=1e-12)


@seeds
@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_order_and_unit_of_time_change_nothing(seed: int, ties: str) -> None:
    data = drawn(seed)
    order = np.random.default_rng(seed + 50).permutation(len(data["time"]))
    other = {name: column[order] for name, column in data.items()}
    same(cox(**data, ties=ties), cox(**other | {"time": other["time"] / 365.25}, ties=ties))


@seeds
def test_unit_and_origin_of_a_covariate_change_only_its_coefficient(seed: int) -> None:
    data = drawn(seed)
    here, there = cox(**data), cox(**data | {"covariates": data["covariates"] * [1, 1e6] + [1e5, -1e9]})
    np.testing.assert_allclose(there.coefficient * [1, 1e6], here.coefficient, rtol=1e-6)
    assert there.wald_test.statistic == pytest.approx(here.wald_test.statistic, rel=1e-6)


@seeds
def test_a_weight_of_two_is_being_there_twice(seed: int) -> None:
    data, double = drawn(seed), np.arange(80) % 2 == 0
    weight = np.where(double, 2.0, 1.0)
    copied = {name: np.concatenate((column, column[double])) for name, column in data.items()}
    same(cox(**data, weight=weight, ties="breslow"), cox(**copied, ties="breslow"))


@seeds
def test_a_weight_of_zero_is_not_being_there(seed: int) -> None:
    data, kept = drawn(seed), np.arange(80) % 5 != 0
    same(cox(**data, weight=kept.astype(float)), cox(**{name: column[kept] for name, column in data.items()}))


@seeds
@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_follow_up_cut_in_two_is_follow_up_whole(seed: int, ties: str) -> None:
    data = drawn(seed)
    cut = np.minimum(4.0, data["time"] / 2)
    halves = {
        "time": np.concatenate((cut, data["time"])),
        "start": np.concatenate((np.zeros(80), cut)),
        "happened": np.concatenate((np.zeros(80, bool), data["happened"])),
        "covariates": np.tile(data["covariates"], (2, 1)),
        "cluster": np.tile(np.arange(80), 2),
    }
    whole, parted = cox(**data, robust=True, ties=ties), cox(**halves, ties=ties)
    same(whole, parted)
    np.testing.assert_allclose(whole.model_variance, parted.model_variance, rtol=1e-8)


@seeds
def test_strata_that_copy_each_other_halve_the_variance(seed: int) -> None:
    data = drawn(seed)
    twice = cox(**{n: np.concatenate((c, c)) for n, c in data.items()}, stratum=np.repeat([7, 3], 80))
    once = cox(**data)
    np.testing.assert_allclose(twice.coefficient, once.coefficient, rtol=1e-8)
    np.testing.assert_allclose(twice.variance, once.variance / 2, rtol=1e-8)


@seeds
def test_at_the_maximum_the_fit_is_no_worse_than_anywhere_near(seed: int) -> None:
    # A slow likelihood, one person at a time, as Efron wrote it.
    data = drawn(seed, 30)
    fit = cox(**data, settled=0.0)

    def slow(beta: np.ndarray) -> float:
        eta, total = data["covariates"] @ beta, 0.0
        for t in np.unique(data["time"][data["happened"]]):
            dead, risk = (data["time"] == t) & data["happened"], data["time"] >= t
            total += eta[dead].sum()
            for k in range(dead.sum()):
                total -= log(np.exp(eta[risk]).sum() - k / dead.sum() * np.exp(eta[dead]).sum())
        return total

    assert fit.log_likelihood == pytest.approx(slow(fit.coefficient), rel=1e-12)
    for k in range(2):
        for way in (-1e-3, 1e-3):
            assert slow(fit.coefficient + way * np.eye(2)[k] * fit.se) < fit.log_likelihood


@seeds
def test_each_row_its_own_cluster_is_the_robust_variance(seed: int) -> None:
    data = drawn(seed)
    same(cox(**data, robust=True), cox(**data, cluster=np.arange(80)[::-1]))


def test_many_small_strata_fit() -> None:
    rng = np.random.default_rng(5)
    pair, treated = np.repeat(np.arange(3000), 2), np.tile([0.0, 1.0], 3000)
    time = rng.exponential(np.exp(-0.7 * treated))
    fit = cox(time, np.ones(6000, dtype=bool), treated[:, None], stratum=pair)
    # In pairs without censoring the odds of dying first are the hazard ratio.
    first = time[1::2] < time[::2]
    assert hazard_ratio(fit).estimate[0] == pytest.approx(first.mean() / (1 - first.mean()), rel=1e-8)


# --- what has no answer ---


def refused(says: str, columns: tuple[int, ...] = (), **given: object) -> None:
    data = drawn(0) | given
    with pytest.raises(Inestimable, match=says) as caught:
        cox(**data)  # type: ignore[arg-type]
    assert caught.value.columns == columns


def _with(k: int, column: np.ndarray) -> np.ndarray:
    x = drawn(0)["covariates"].copy()
    x[:, k] = column
    return x


def test_no_event_is_refused() -> None:
    refused("nobody had the event", happened=np.zeros(80, dtype=bool))
    died = drawn(0)["happened"]
    refused("nobody of weight above 0 had the event", weight=1.0 - died)


def test_an_arm_without_events_is_refused_by_name() -> None:
    treated = drawn(0)["covariates"][:, 0] == 1
    refused("hazard ratio of covariate 1 is infinite or zero", (0,), happened=drawn(0)["happened"] & ~treated)


def test_an_arm_without_events_is_refused_in_a_large_trial_too() -> None:
    data = drawn(3, 20_000)
    data["happened"] &= data["covariates"][:, 0] == 0
    with pytest.raises(Inestimable, match="covariate 1 is infinite or zero"):
        cox(**data)


def test_complete_separation_is_refused() -> None:
    refused("infinite or zero", (1,), covariates=_with(1, -drawn(0)["time"]))


def test_a_rare_arm_with_one_event_has_an_answer() -> None:
    data = drawn(3, 2000)
    treated = data["covariates"][:, 0] == 1
    data["happened"] &= ~treated | (np.arange(2000) == np.flatnonzero(treated & data["happened"])[0])
    fit = cox(**data)
    assert -9 < fit.coefficient[0] < -4
    assert fit.se[0] == pytest.approx(1, abs=0.05)


def test_a_column_that_carries_nothing_is_refused_by_name() -> None:
    refused("covariate 2 never varies", (1,), covariates=_with(1, np.full(80, 0.1)))
    layer = np.arange(80) % 3
    refused("covariate 2 never differs between people who were at risk together", (1,),
            covariates=_with(1, layer.astype(float)), stratum=layer)  # fmt: skip


def test_columns_that_repeat_each_other_are_refused_by_name() -> None:
    x = drawn(0)["covariates"]
    three = np.column_stack([x, np.random.default_rng(1).normal(size=80), 1 - x[:, 0] + 0.5 * x[:, 1]])
    refused("covariates 1, 2, 4 repeat each other", (0, 1, 3), covariates=three)


def test_what_is_missing_or_impossible_is_refused() -> None:
    bad = drawn(0)["covariates"].copy()
    bad[3, 1] = np.nan
    refused("a value is missing or infinite in covariate 2", (1,), covariates=bad)
    refused("negative time", time=-drawn(0)["time"])
    refused("a weight is missing, infinite or negative", weight=np.full(80, -1.0))
    refused("the stratum of 80 people is missing", stratum=np.full(80, np.nan))
