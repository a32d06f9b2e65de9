"""Cox's model with exact ties: by hand, by law, and as in R."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq

from equipoise.kernels.cox import cox
from equipoise.kernels.exact_cox import exact_cox
from equipoise.kernels.inestimable import Inestimable


def test_five_people_two_of_whom_die_together() -> None:
    # At 1, two of five die, one with the covariate (three have it): of the ten pairs, three are both with it (r^2 each),
    # six are one and one (r), one is neither. At 2, one with it dies, of two with and one without. At 3, one is left.
    # The likelihood is r / (3 r^2 + 6 r + 1) x r / (2 r + 1): its maximum solves 2 = r (6 r + 6)/(3 r^2 + 6 r + 1) + 2 r/(2 r + 1).
    time, died = np.array([2.0, 1.0, 1.0, 3.0, 2.0]), np.array([True, True, True, True, False])
    fit = exact_cox(time, died, np.array([[1.0], [1.0], [0.0], [1.0], [0.0]]), settled=0.0)
    ratio = brentq(lambda r: r * (6 * r + 6) / (3 * r * r + 6 * r + 1) + 2 * r / (2 * r + 1) - 2, 0.1, 10)
    assert fit.coefficient[0] == pytest.approx(np.log(ratio), rel=1e-9)
    assert fit.null_log_likelihood == pytest.approx(-np.log(10) - np.log(3))


@given(st.integers(0, 10_000))
def test_without_ties_it_is_coxs_own_likelihood(seed: int) -> None:
    rng = np.random.default_rng(seed)
    time, died = rng.permutation(40).astype(float), rng.random(40) < 0.7
    x = rng.normal(size=(40, 2))
    stratum = rng.integers(0, 2, 40)
    exact, plain = exact_cox(time, died, x, stratum=stratum), cox(time, died, x, stratum=stratum)
    np.testing.assert_allclose(exact.coefficient, plain.coefficient, rtol=1e-6, atol=1e-8)
    assert exact.log_likelihood == pytest.approx(plain.log_likelihood, rel=1e-9)


@given(st.integers(0, 10_000))
def test_swapping_the_two_groups_turns_the_sign(seed: int) -> None:
    rng = np.random.default_rng(seed)
    time, died = rng.integers(1, 6, 50).astype(float), rng.random(50) < 0.6
    group = (rng.random(50) < 0.5).astype(float)[:, None]
    np.testing.assert_allclose(
        exact_cox(time, died, group).coefficient, -exact_cox(time, died, 1 - group).coefficient, rtol=1e-6, atol=1e-9
    )


def test_what_has_no_answer_and_what_costs_too_much_is_said() -> None:
    time, died = np.array([1.0, 1.0, 2.0]), np.array([False, False, False])
    with pytest.raises(Inestimable, match="nobody had the event"):
        exact_cox(time, died, np.array([[1.0], [0.0], [1.0]]))
    many = np.arange(200_000) % 3 + 1.0
    with pytest.raises(Inestimable, match="too many for exact ties"):
        exact_cox(many, many < 3, np.arange(200_000)[:, None] % 7)


def test_the_lung_data_are_as_in_r(shared: Path) -> None:
    folder = shared / "data" / "survival"
    answer = json.loads((folder / "r_results.json").read_text())["cox"]["lung_exact"]
    lines = [line.replace('"', "").split(",") for line in (folder / "lung.csv").read_text().splitlines()]
    columns = {
        name: np.array([float(row[k]) if row[k] not in ("", "NA") else np.nan for row in lines[1:]])
        for k, name in enumerate(lines[0])
    }
    x = np.stack([columns[name] for name in answer["names"]], axis=1)
    known = np.isfinite(x).all(axis=1)
    fit = exact_cox(columns["time"][known], columns["status"][known] == 2, x[known])
    np.testing.assert_allclose(fit.coefficient, answer["coef"], rtol=1e-9)
    np.testing.assert_allclose(fit.variance, answer["vcov"], rtol=1e-9)
    np.testing.assert_allclose([fit.null_log_likelihood, fit.log_likelihood], answer["loglik"], rtol=1e-12)
