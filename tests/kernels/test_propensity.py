"""Logistic regression: by hand, by law, as R, and where it has no answer."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.kernels.inestimable import Inestimable
from equipoise.kernels.propensity import _deviance, logistic
from kernels.lalonde import Lalonde


def test_one_covariate_by_hand() -> None:
    # Of three with it two are treated, of four without it one: the log odds are log 2 and log 1/3.
    treated = np.array([True, True, False, True, False, False, False])
    fit = logistic(treated, np.array([[1.0], [1], [1], [0], [0], [0], [0]]), settled=0.0)
    assert fit.coefficient == pytest.approx([np.log(1 / 3), np.log(6)], rel=1e-12)
    # The variance of a log odds ratio is the sum of one over the four counts.
    assert fit.se[1] == pytest.approx(np.sqrt(1 / 2 + 1 + 1 + 1 / 3), rel=1e-9)
    assert fit.chance == pytest.approx([2 / 3] * 3 + [1 / 4] * 4)
    assert fit.log_likelihood == pytest.approx(2 * np.log(2 / 3) + np.log(1 / 3) + np.log(1 / 4) + 3 * np.log(3 / 4))


def test_lalondes_propensity_is_rs(shared: Path) -> None:
    held = Lalonde(shared)
    theirs, fit = held.r["matching"]["ps_model"], logistic(held.treated, held.columns)
    assert fit.coefficient == pytest.approx(theirs["coef"], rel=1e-9, abs=0)
    assert fit.se == pytest.approx(theirs["se"], rel=1e-9, abs=0)
    assert fit.chance[:10] == pytest.approx(theirs["ps_first10"], rel=1e-9, abs=0)
    assert fit.log_likelihood == pytest.approx(theirs["loglik"], rel=1e-9, abs=0)
    # R stops a little short of the maximum, at which chances would sum to how many are treated.
    assert fit.chance.sum() == pytest.approx(theirs["ps_sum"], rel=1e-12)
    assert logistic(held.treated, held.columns, settled=0.0).chance.sum() == pytest.approx(185, rel=1e-13)


@given(st.integers(0, 10_000), st.integers(1, 3))
def test_at_the_maximum_nothing_is_left_over(seed: int, columns: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(60, columns)) * 10.0 ** rng.integers(-3, 4, columns)
    treated = rng.random(60) < 0.5
    fit = logistic(treated, x, settled=0.0)
    assert ((treated - fit.chance) @ x) / np.abs(x).sum(axis=0) == pytest.approx(0, abs=1e-10)
    other = logistic(~treated, 5 - 2 * x, settled=0.0)
    assert other.chance == pytest.approx(1 - fit.chance, abs=1e-9)
    assert other.coefficient[1:] == pytest.approx(fit.coefficient[1:] / 2, rel=1e-6)


def test_a_weight_is_so_many_people() -> None:
    rng = np.random.default_rng(3)
    x, treated, times = rng.normal(size=(40, 2)), rng.random(40) < 0.4, rng.integers(0, 4, 40)
    one = logistic(treated, x, weight=times, settled=0.0)
    many = logistic(np.repeat(treated, times), np.repeat(x, times, axis=0), settled=0.0)
    assert one.coefficient == pytest.approx(many.coefficient, rel=1e-9)
    assert one.se == pytest.approx(many.se, rel=1e-6)


@pytest.mark.parametrize(
    ("treated", "x", "says"),
    [
        ([0, 0, 1, 1], [[1.0], [2], [3], [4]], "tells the sides apart"),
        ([0, 1, 0, 1, 1], [[1.0], [2], [2], [3], [3]], "tells the sides apart"),
        ([0, 1, 0, 1, 1, 0], [[0.0], [0], [0], [1], [1], [0]], "tells the sides apart"),
        ([1, 1, 1], [[1.0], [2], [3]], "everybody there is treated"),
        ([0, 1, 0], [[1.0], [1], [1]], "covariate 1 never varies"),
        ([0, 1, 0, 1], [[1.0], [np.nan], [2], [3]], "missing or infinite in covariate 1"),
        ([0, 1, 0, 1], [[1.0, 2], [2, 4], [2, 4], [1, 2]], "repeat each other"),
    ],
)
def test_what_has_no_answer_has_a_sentence(treated: list[int], x: list[list[float]], says: str) -> None:
    with pytest.raises(Inestimable, match=says):
        logistic(np.array(treated, dtype=bool), np.array(x))


def test_one_person_told_apart_among_many_is_found() -> None:
    # The deviance settles long before the coefficient shows that it never will.
    rng = np.random.default_rng(1)
    treated = rng.random(20_000) < 0.5
    alone = np.zeros((20_000, 1))
    alone[7], treated[7] = 1.0, True
    with pytest.raises(Inestimable, match="tells the sides apart"):
        logistic(treated, np.column_stack([rng.normal(size=20_000), alone]))


def test_a_strong_covariate_is_no_separation() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=400)
    treated = x + rng.logistic(size=400) / 12 > 0
    assert logistic(treated, x[:, None]).coefficient[1] > 6


@pytest.mark.filterwarnings("error")
def test_a_step_too_far_is_no_warning() -> None:
    """Its deviance overflows, and it is taken back."""
    assert _deviance(np.array([True]), np.array([-1e308]), np.array([10.0])) == np.inf
