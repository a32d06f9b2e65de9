"""Participants for a difference of shares: by hand, laws, agreement with statsmodels, drawn trials."""

from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from equipoise.kernels.inestimable import Inestimable
from equipoise.kernels.proportions_power import (
    detectable_share,
    proportions_people,
    proportions_power,
    restricted_shares,
)

shares = st.floats(0.05, 0.95)
allocations = st.floats(0.4, 2.5)


def test_a_quarter_against_two_fifths_by_hand() -> None:
    # Mean 0.325: 2 x 0.219375 = 0.43875 and 0.1875 + 0.24 = 0.4275; (1.959964 √0.43875 + 1.281552 √0.4275)² / 0.0225 = 202.8.
    assert proportions_people(0.25, 0.40, power=0.9) / 2 == pytest.approx(202.81, abs=0.01)


def test_fishers_test_takes_two_over_the_difference_more_in_each_arm() -> None:
    # n/4 (1 + √(1 + 4/nd))² is n + 2/d to the first order: 2 / 0.15 = 13.3.
    plain, exact = (proportions_people(0.25, 0.40, alpha=0.005, power=0.95, exact=each) / 2 for each in (False, True))
    assert exact - plain == pytest.approx(13.3, abs=0.15)


@given(shares, shares, allocations)
def test_as_in_statsmodels(one: float, other: float, allocation: float) -> None:
    from statsmodels.stats.proportion import samplesize_proportions_2indep_onetail

    if abs(one - other) < 0.02:
        return
    # Their ratio is of the second group to the first, and the second is the reference.
    theirs = samplesize_proportions_2indep_onetail(
        one - other, other, 0.8, ratio=1 / allocation, alpha=0.05, alternative="two-sided"
    )
    ours = proportions_people(one, other, allocation=allocation) * allocation / (1 + allocation)
    if allocation == 1:
        assert ours == pytest.approx(theirs, rel=1e-9)
    else:  # statsmodels weighs the pooled share otherwise where groups are unequal
        assert ours == pytest.approx(theirs, rel=0.25)


@given(shares, shares, allocations, st.floats(-0.3, 0.3))
def test_the_power_of_the_participants_needed_is_the_power_asked_for(
    one: float, other: float, allocation: float, margin: float
) -> None:
    if abs(one - other - margin) < 0.02 or not 0.01 < other + margin < 0.99:
        return
    people = proportions_people(one, other, allocation=allocation, margin=margin)
    assert proportions_power(one, other, people, allocation=allocation, margin=margin) == pytest.approx(0.8)
    if abs(one - other) > 0.02:
        exact = proportions_people(one, other, allocation=allocation, exact=True)
        assert proportions_power(one, other, exact, allocation=allocation, exact=True) == pytest.approx(0.8, abs=1e-6)
        assert exact > proportions_people(one, other, allocation=allocation)


@given(shares, shares, allocations, st.floats(-0.3, 0.3))
def test_the_shares_under_a_margin_are_the_likeliest(one: float, other: float, allocation: float, margin: float) -> None:
    low, high = max(0.0, -margin) + 1e-9, min(1.0, 1.0 - margin) - 1e-9

    def unlikely(share: float) -> float:
        first = share + margin
        return -(
            allocation * (one * log(first) + (1 - one) * log(1 - first)) + other * log(share) + (1 - other) * log(1 - share)
        )

    found = restricted_shares(one, other, allocation, margin)
    best = minimize_scalar(unlikely, bounds=(low, high), method="bounded", options={"xatol": 1e-11})
    assert found[0] - found[1] == pytest.approx(margin)
    assert found[1] == pytest.approx(float(best.x), abs=1e-5)


def test_as_often_as_in_drawn_trials() -> None:
    rng = np.random.default_rng(7)
    trials, people = 100_000, 300
    one, other = rng.binomial(people, 0.62, trials) / people, rng.binomial(people, 0.5, trials) / people
    both = (one + other) / 2
    z = (one - other) / np.sqrt(2 * both * (1 - both) / people)
    assert (z > 1.959964).mean() == pytest.approx(proportions_power(0.62, 0.5, 2.0 * people), abs=0.01)


def test_the_share_that_is_found_is_found() -> None:
    for higher in (True, False):
        share = detectable_share(0.3, 200.0, higher=higher)
        assert proportions_power(share, 0.3, 200.0) == pytest.approx(0.8, abs=1e-6)
    with pytest.raises(Inestimable, match="no share that is lower"):
        detectable_share(0.1, 20.0, higher=False)


def test_without_a_difference_there_is_nothing_to_find() -> None:
    with pytest.raises(Inestimable, match="nothing to find"):
        proportions_people(0.3, 0.3)
    with pytest.raises(ValueError, match="no margin"):
        proportions_people(0.4, 0.3, margin=-0.1, exact=True)
