"""The loops as a simulation calls them: in room that is used again; and where machine code is kept."""

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from equipoise.kernels.cox import cox
from equipoise.kernels.logrank import logrank
from equipoise.kernels.loops import compiled
from equipoise.kernels.loops.cox import FITTED, NO_EVENT, UNBOUNDED, fit_into, trial
from equipoise.kernels.loops.logrank import two_arms
from equipoise.kernels.loops.order import ordered


@pytest.mark.parametrize("many", [0, 1, 2, 11, 12, 13, 24, 25, 100, 1000])
def test_the_order_is_the_stable_one(many: int) -> None:
    values = np.random.default_rng(many).integers(0, 30, many).astype(float)
    order, spare = np.full((2, many), -1)
    ordered(values, order, spare)
    np.testing.assert_array_equal(order, np.argsort(values, kind="stable"))


def test_trials_one_after_another_are_fitted_in_the_same_room() -> None:
    at, beta, rng = trial(90, 2), np.zeros(2), np.random.default_rng(1)
    treated = np.arange(90) % 2 == 0
    for _ in range(20):
        x = np.stack([treated - 0.5, rng.normal(size=90)], axis=1)
        time, died = np.ceil(rng.exponential(20, 90)), rng.random(90) < 0.7
        assert fit_into(time, died, x, True, False, 1e-9, at, beta) == FITTED
        fit = cox(time, died, x)
        np.testing.assert_allclose(beta, fit.coefficient, rtol=1e-7)
        np.testing.assert_allclose(np.linalg.inv(at.work.information), fit.variance, rtol=1e-6)
        excess, variance = two_arms(time, died, treated, at.order, at.spare)
        test = logrank(time, died, treated)
        np.testing.assert_allclose([excess, variance], [(test.observed - test.expected)[1], test.variance[1, 1]], rtol=1e-9)


def test_a_trial_without_an_answer_says_so() -> None:
    at, beta, x = trial(90, 1), np.zeros(1), (np.arange(90) % 2 - 0.5)[:, None]
    time = np.arange(90.0)
    assert fit_into(time, np.zeros(90, bool), x, True, False, 1e-9, at, beta) == NO_EVENT
    assert fit_into(time, x[:, 0] < 0, x, True, False, 1e-9, at, beta) == UNBOUNDED


def test_where_machine_code_cannot_be_kept_it_is_made_all_the_same() -> None:
    said: dict[str, Any] = {}
    exec(compile("def doubled(x):\n    return 2 * x", "<nowhere>", "exec"), said)  # noqa: S102
    assert compiled(said["doubled"])(4.0) == 8


def test_numba_is_not_imported_until_a_number_is_asked_for() -> None:
    asked = "import sys, equipoise, equipoise.command, equipoise.kernels.bootstrap; print('numba' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"
