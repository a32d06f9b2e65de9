"""Firth's penalty and profiles of the likelihood: by hand and by law; agreement with R is in test_late_entry.py."""

from math import log

import numpy as np
import pytest

from equipoise.kernels.cox import cox, profile
from equipoise.kernels.inestimable import Inestimable


def test_firths_penalty_by_hand() -> None:
    # Two people, the untreated one dies first. With h the hazard ratio the likelihood is 1/(1 + h), which only grows as
    # h falls to 0. The information is h/(1 + h)². Penalised: -2 log(1 + h) + ½ log h, largest where h/(1 + h) = ¼.
    time, died, treated = np.array([1.0, 2.0]), np.array([True, False]), np.array([[0.0], [1.0]])
    fit = cox(time, died, treated, firth=True)
    assert np.exp(fit.coefficient) == pytest.approx([1 / 3])
    assert fit.log_likelihood == pytest.approx(-2 * log(4 / 3) + log(1 / 3) / 2)
    assert fit.se == pytest.approx([(3 / 16) ** -0.5])


def test_a_profile_by_hand() -> None:
    # Without ties, four die: at risk 2 treated and 2 not, a treated dies; 1 and 2, an untreated; 1 and 1, a treated.
    # With h: h/(2h + 2) x 1/(h + 2) x h/(h + 1). The limits are where its logarithm has fallen by 1.9207.
    time, died = np.array([1.0, 2.0, 3.0, 4.0]), np.array([True, True, True, True])
    found = profile(time, died, np.array([[1.0], [0.0], [1.0], [0.0]]))

    def height(h: float) -> float:
        return 2 * log(h) - log(2 * h + 2) - log(h + 2) - log(h + 1)

    best = float(found.estimate[0])
    # The derivative by log h: 2 - h/(h + 1) - h/(h + 2) - h/(h + 1) = 0.
    assert 2 - 2 * best / (best + 1) - best / (best + 2) == pytest.approx(0, abs=1e-9)
    for limit in (found.lower[0], found.upper[0]):
        assert 2 * (height(best) - height(float(limit))) == pytest.approx(3.841458820694124)
    assert found.statistic == pytest.approx([2 * (height(best) - height(1.0))])


def drawn(seed: int, people: int = 70) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = np.stack([rng.integers(0, 2, people), rng.normal(60, 10, people)], axis=1)
    time = np.ceil(rng.exponential(10, people) * np.exp(0.5 * x[:, 0]))
    return {"time": time, "happened": rng.random(people) < 0.7, "covariates": x}


seeds = pytest.mark.parametrize("seed", range(3))


@seeds
@pytest.mark.parametrize("firth", [False, True])
def test_with_many_people_profile_and_wald_agree(seed: int, firth: bool) -> None:
    data = drawn(seed, 4000)
    fit, found = cox(**data, firth=firth), profile(**data, firth=firth)
    np.testing.assert_allclose(np.log(found.estimate), fit.coefficient, atol=1e-6)
    np.testing.assert_allclose(np.log(found.lower), fit.coefficient - 1.96 * fit.se, atol=0.02 * fit.se.max())
    np.testing.assert_allclose(found.p, fit.p, atol=0.01)


@seeds
def test_the_whole_likelihood_ratio_is_the_profile_of_a_lone_covariate(seed: int) -> None:
    data = drawn(seed) | {"covariates": drawn(seed)["covariates"][:, :1]}
    for firth in (False, True):
        whole = cox(**data, firth=firth, settled=0.0).likelihood_ratio_test
        assert profile(**data, firth=firth).statistic == pytest.approx([whole.statistic], rel=1e-7)


@seeds
def test_swapping_the_arms_turns_the_profile_over(seed: int) -> None:
    data = drawn(seed)
    here = profile(**data, firth=True)
    there = profile(**data | {"covariates": data["covariates"] * [-1, 1] + [1, 0]}, firth=True)
    assert there.lower[0] == pytest.approx(1 / here.upper[0], rel=1e-6)


def test_an_arm_without_events_has_a_penalised_answer() -> None:
    data = drawn(0)
    treated = data["covariates"][:, 0] == 1
    data["happened"] &= ~treated
    with pytest.raises(Inestimable, match="infinite or zero"):
        profile(**data)
    found = profile(**data, firth=True)
    assert 0 < found.lower[0] < found.estimate[0] < found.upper[0] < 1
    assert found.p[0] < 0.05


def test_the_penalty_leaves_columns_that_repeat_each_other_refused() -> None:
    data = drawn(1)
    with pytest.raises(Inestimable, match="repeat"):
        cox(**data | {"covariates": np.repeat(data["covariates"][:, :1], 2, axis=1)}, firth=True)
    with pytest.raises(ValueError, match="no robust variance"):
        cox(**data, firth=True, robust=True)
