"""Participants for a difference of restricted means: by hand, laws, drawn trials."""

from math import exp

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.kernels.expected_events import Accrual, Hazard
from equipoise.kernels.inestimable import Inestimable
from equipoise.kernels.rmst import restricted_means
from equipoise.kernels.rmst_power import mean_until, rmst_people, rmst_power, rmst_variance


def test_the_mean_of_a_constant_hazard_by_hand() -> None:
    # (1 - e^-1) / 0.1 within 10; in two stretches of one hazard the same.
    assert mean_until(Hazard((0.1,)), 10.0) == pytest.approx((1 - exp(-1)) / 0.1)
    assert mean_until(Hazard((0.1, 0.1), (4.0,)), 10.0) == pytest.approx((1 - exp(-1)) / 0.1)


@given(st.floats(0.01, 0.5), st.floats(1.0, 30.0))
def test_without_losses_it_is_the_variance_of_the_time_itself(rate: float, horizon: float) -> None:
    # E[min(T, h)²] is 2 (1 - e^-rh (1 + rh)) / r² for a constant hazard r.
    mean = mean_until(Hazard((rate,)), horizon)
    square = 2 * (1 - exp(-rate * horizon) * (1 + rate * horizon)) / rate**2
    found = rmst_variance(Hazard((rate,)), horizon, horizon, accrual=Accrual.even(0.0))
    assert found == pytest.approx(square - mean**2, rel=1e-6)


def test_losses_and_late_entry_make_it_less_sure() -> None:
    hazard = Hazard((0.05,))
    early = rmst_variance(hazard, 12.0, 24.0, accrual=Accrual.even(12.0))
    assert rmst_variance(hazard, 12.0, 18.0, accrual=Accrual.even(12.0)) > early
    assert rmst_variance(hazard, 12.0, 24.0, accrual=Accrual.even(12.0), dropout=Hazard((0.02,))) > early


def test_as_sure_as_in_drawn_trials() -> None:
    # Late entry and losses, 4,000 people an arm: the kernel that analyses says what this one promised.
    rng = np.random.default_rng(3)
    people, hazard, lost = 4_000, Hazard((0.04, 0.08), (6.0,)), Hazard((0.02,))
    promised = rmst_variance(hazard, 12.0, 20.0, accrual=Accrual.even(12.0), dropout=lost) / people
    exposure = rng.exponential(size=people)
    event = np.where(exposure < 0.24, exposure / 0.04, 6 + (exposure - 0.24) / 0.08)
    end = np.minimum(rng.exponential(50.0, people), 20.0 - 12.0 * rng.random(people))
    found = restricted_means(np.minimum(event, end), event <= end, np.zeros(people, dtype=int), 12.0)
    assert float(found.variance[0]) == pytest.approx(promised, rel=0.08)
    assert abs(float(found.mean[0]) - mean_until(hazard, 12.0)) < 4 * promised**0.5


def test_the_power_of_the_participants_needed_is_the_power_asked_for() -> None:
    people = rmst_people(1.5, (30.0, 25.0), power=0.85, allocation=2.0, margin=-0.5)
    assert rmst_power(1.5, people, (30.0, 25.0), allocation=2.0, margin=-0.5) == pytest.approx(0.85)


def test_what_nobody_can_see_is_refused() -> None:
    with pytest.raises(Inestimable, match="nobody is followed"):
        rmst_variance(Hazard((0.05,)), 24.0, 18.0, accrual=Accrual.even(6.0))
    with pytest.raises(Inestimable, match="nothing to find"):
        rmst_people(0.0, (30.0, 25.0))
