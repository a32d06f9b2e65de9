"""Weights by the propensity: by hand, by law, as R's survey package, and where there is nobody to stand for."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.kernels.balance import balance
from equipoise.kernels.inestimable import Inestimable
from equipoise.kernels.propensity import logistic
from equipoise.kernels.weighting import effective_size, weighted_difference, weights
from kernels.lalonde import Lalonde

HOW = {
    "lalonde_ate": {"aim": "ate"},
    "lalonde_att": {"aim": "att"},
    "lalonde_overlap": {"aim": "overlap"},
    "lalonde_stabilized": {"aim": "ate", "stabilised": True},
}


@pytest.mark.parametrize("name", HOW)
def test_lalondes_weights_are_rs(shared: Path, name: str) -> None:
    held = Lalonde(shared)
    theirs, fit = held.r["iptw"][name], logistic(held.treated, held.columns)
    weight = weights(held.treated, fit.chance, **HOW[name])
    assert effective_size(weight[held.treated]) == pytest.approx(theirs["ess_treated"], rel=1e-9)
    assert effective_size(weight[~held.treated]) == pytest.approx(theirs["ess_control"], rel=1e-9)
    found = weighted_difference(held["re78"], held.treated, weight)
    assert found.difference == pytest.approx(theirs["effect_re78"], rel=1e-9)
    assert found.se == pytest.approx(theirs["se_svyglm"], rel=1e-9)
    for item in ("age", "educ", "re74"):
        for by, key in (("pooled", "smd_pooled_unweighted_sd"), ("treated", "smd_treated_sd")):
            ours = balance(held[item], held.treated, weight, by=by).difference
            assert ours == pytest.approx(theirs[f"smd_{item}"][key], rel=1e-9, abs=1e-14)


def test_weights_by_hand() -> None:
    treated, chance = np.array([True, True, False, False]), np.array([0.8, 0.5, 0.5, 0.2])
    assert weights(treated, chance) == pytest.approx([1.25, 2, 2, 1.25])
    assert weights(treated, chance, stabilised=True) == pytest.approx([0.625, 1, 1, 0.625])
    assert weights(treated, chance, aim="att") == pytest.approx([1, 1, 1, 0.25])
    assert weights(treated, chance, aim="overlap") == pytest.approx([0.2, 0.5, 0.5, 0.2])
    # Of 1.25, 1.25, 2, 2 the quantiles at 0.4 and 0.6 are 1.4 and 1.85.
    assert weights(treated, chance, truncated=0.4) == pytest.approx([1.4, 1.85, 1.85, 1.4])


def test_a_difference_by_hand() -> None:
    # Means 3 and 1. With all alike: scatter (1 + 1) / 4 + (1 + 1) / 4, times 4/3.
    found = weighted_difference(np.array([2.0, 4, 0, 2]), np.array([True, True, False, False]), np.ones(4))
    assert (found.treated, found.untreated, found.difference) == (3, 1, 2)
    assert found.se == pytest.approx(np.sqrt((2 / 4 + 2 / 4) * 4 / 3))


@given(st.integers(0, 1000))
def test_weights_make_a_stratum_alike_and_scale_changes_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = np.repeat([0.0, 1.0], 20)
    treated = rng.random(40) < np.where(x > 0, 0.7, 0.3)
    if len({(a, b) for a, b in zip(x, treated, strict=True)}) < 4:
        return
    chance = logistic(treated, x[:, None], settled=0.0).chance
    y = rng.normal(size=40)
    for aim in ("ate", "att", "overlap"):
        weight = weights(treated, chance, aim=aim)
        assert balance(x, treated, weight).difference == pytest.approx(0, abs=1e-9)
        one, other = (weighted_difference(y, treated, each) for each in (weight, 7 * weight))
        assert one.se == pytest.approx(other.se)
        assert effective_size(weight) <= len(weight) + 1e-9


@pytest.mark.parametrize(
    ("chance", "aim", "says"),
    [
        ([1.0, 0.5], "ate", "only have been on one side"),
        ([np.nan, 0.5], "att", "not between"),
        ([0.5, 0.0], "att", "all weights are zero"),
    ],
)
def test_nobody_to_stand_for(chance: list[float], aim: str, says: str) -> None:
    with pytest.raises(Inestimable, match=says):
        weights(np.array([True, False]), np.array(chance), aim=aim)


def test_weights_of_zero_and_outcomes_that_do_not_vary() -> None:
    side = np.array([True, False, False])
    with pytest.raises(Inestimable, match="all weights are zero"):
        weighted_difference(np.ones(3), side, np.array([1.0, 0, 0]))
    with pytest.raises(Inestimable, match="do not vary"):
        weighted_difference(np.ones(3), side, np.ones(3))
    with pytest.raises(Inestimable, match="all weights are zero"):
        effective_size(np.zeros(3))
