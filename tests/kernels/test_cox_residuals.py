"""Residuals of Cox's model: by hand and by law; agreement with R is in test_more_agreement.py."""

from math import log, sqrt
from typing import Any

import numpy as np
import pytest

from equipoise.kernels.cox import cox
from equipoise.kernels.cox_residuals import residuals

TIME, DIED = np.array([8.0, 3.0, 2.0, 3.0, 5.0]), np.array([True, True, True, True, False])
TREATED = np.array([[0.0], [1.0], [1.0], [0.0], [1.0]])


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_five_people_by_hand(ties: Any) -> None:
    # The trial of test_cox.py: the hazard ratio h is (3 + sqrt 57) / 6. At 2, three treated and two controls are at
    # risk. At 3 two and two, of whom one and one die: the hazard of a control adds, by Breslow, 2 / (2h + 2), and by
    # Efron 1 / (2h + 2) + 1 / (3/2 (h + 1)), of which the dying bear the first and half the second. At 8 it adds 1.
    h = (3 + sqrt(57)) / 6
    first, second, third = 1 / (3 * h + 2), 1 / (2 * h + 2), 2 / (3 * (h + 1))
    if ties == "breslow":
        third = second
    living = first + second + third
    dying = first + second + (third / 2 if ties == "efron" else third)
    fit = cox(TIME, DIED, TREATED, ties=ties, settled=0.0)
    found = residuals(fit, TIME, DIED, TREATED, ties=ties)
    left = [1 - living - 1, 1 - h * dying, 1 - h * first, 1 - dying, -h * living]
    assert found.martingale == pytest.approx(left)
    assert found.deviance[2] == pytest.approx(sqrt(-2 * (left[2] + log(1 - left[2]))) * np.sign(left[2]))
    assert found.deviance[4] == pytest.approx(-sqrt(2 * h * living))
    # Of those at risk at 2 the treated have 3h / (3h + 2) of the hazard, at 3 the half or h / (h + 1) of it.
    assert found.event.tolist() == [2, 1, 3, 0]
    share = h / (h + 1)
    assert found.schoenfeld[:, 0] == pytest.approx([1 - 3 * h * first, 1 - share, -share, 0])
    assert found.scaled == pytest.approx(4 * found.schoenfeld * fit.variance[0, 0] + log(h))


def drawn(seed: int, people: int = 80) -> tuple[tuple[np.ndarray, np.ndarray, np.ndarray], dict[str, Any]]:
    rng = np.random.default_rng(seed)
    x = np.stack((rng.integers(0, 2, people), rng.normal(60, 10, people)), axis=1)
    start = rng.integers(0, 5, people).astype(float)
    time = start + np.ceil(rng.exponential(8, people) * np.exp(0.4 * x[:, 0]))
    given = {"start": start, "stratum": rng.integers(0, 3, people), "weight": rng.integers(0, 3, people).astype(float)}
    return (time, rng.random(people) < 0.8, x), given


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@pytest.mark.parametrize("seed", range(3))
def test_at_the_maximum_residuals_add_up_to_nothing(seed: int, ties: Any) -> None:
    about, given = drawn(seed)
    found = residuals(cox(*about, **given, ties=ties, settled=0.0), *about, **given, ties=ties)
    counted = given["weight"] > 0
    assert np.isnan(found.martingale[~counted]).all()
    assert np.isnan(found.score[~counted]).all()
    weight = given["weight"][counted]
    assert weight @ found.martingale[counted] == pytest.approx(0, abs=1e-9)
    np.testing.assert_allclose(weight @ found.score[counted], 0, atol=1e-7)
    np.testing.assert_allclose(given["weight"][found.event] @ found.schoenfeld, 0, atol=1e-7)
    assert (found.martingale[counted] <= 1).all()
    assert (np.sign(found.deviance[counted]) == np.sign(found.martingale[counted])).all()


def test_the_sandwich_is_made_of_the_dfbetas() -> None:
    about, given = drawn(4)
    fit = cox(*about, **given, robust=True)
    moved = np.nan_to_num(residuals(fit, *about, **given).dfbeta)
    np.testing.assert_allclose(moved.T @ moved, fit.variance, rtol=1e-9)


def test_dfbeta_is_about_what_leaving_out_does() -> None:
    (time, died, x), _ = drawn(5, 200)
    whole = cox(time, died, x)
    told = residuals(whole, time, died, x).dfbeta
    for i in (int(np.abs(told[:, 0]).argmax()), 0, 1):
        rest = np.arange(len(time)) != i
        moved = whole.coefficient - cox(time[rest], died[rest], x[rest]).coefficient
        assert np.abs(told[i] - moved).max() < 0.2 * np.abs(moved).max()


def test_what_the_fit_was_not_made_with_is_refused() -> None:
    (time, died, x), _ = drawn(6)
    fit = cox(time, died, x)
    with pytest.raises(ValueError, match="2 columns for 80 people"):
        residuals(fit, time, died, x[:, :1])
    with pytest.raises(ValueError, match="counts 80 rows, and these are 79"):
        residuals(fit, time[1:], died[1:], x[1:])
