"""Survival by Kaplan and Meier: by hand and by law; agreement with R is in test_agreement.py."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.kernels.inestimable import Inestimable
from equipoise.kernels.kaplan_meier import (
    at_risk,
    kaplan_meier,
    quantiles,
    restricted_mean,
    survival_at,
    survival_limits,
)

people = st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=1, max_size=40)
TIME, DIED = np.array([5.0, 3.0, 8.0, 3.0, 2.0]), np.array([True, True, False, False, True])


def _arrays(who: list[tuple[int, bool]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([float(t) for t, _ in who]), np.array([d for _, d in who])


def test_five_people_by_hand() -> None:
    # At 2: 4/5. At 3: one of four dies, so 4/5 x 3/4 = 0.6. At 5: one of two, so 0.3. At 8 the last is censored.
    curve = kaplan_meier(TIME, DIED)
    assert curve.survival == pytest.approx([0.8, 0.6, 0.3, 0.3])
    # Greenwood: 0.64/20; 0.36 (1/20 + 1/12); 0.09 (1/20 + 1/12 + 1/2).
    assert curve.variance == pytest.approx([0.032, 0.048, 0.057, 0.057])


def test_the_restricted_mean_of_five_people_by_hand() -> None:
    # Area to 6: 2 x 1 + 1 x 0.8 + 2 x 0.6 + 1 x 0.3 = 4.3. What is left of it after 2, 3, 5: 2.3, 1.5, 0.3.
    # Variance: 2.3²/20 + 1.5²/12 + 0.3²/2 = 0.2645 + 0.1875 + 0.045.
    found = restricted_mean(kaplan_meier(TIME, DIED), 6.0)
    assert (found.mean, found.variance) == (pytest.approx(4.3), pytest.approx(0.497))


def test_the_median_of_a_flat_stretch_is_its_middle() -> None:
    # Ten deaths, one a day: survival is 0.5 from day 5 to day 6, though its product is not exactly 0.5.
    curve = kaplan_meier(np.arange(10.0, 0.0, -1.0), np.ones(10, dtype=bool))
    assert quantiles(curve, np.array([0.5])).estimate.tolist() == [5.5]
    # Two of four die, and the rest are followed to 9: the stretch at 0.5 runs from 3 to the last follow-up.
    curve = kaplan_meier(np.array([9.0, 3.0, 1.0, 9.0]), np.array([False, True, True, False]))
    assert quantiles(curve, np.array([0.5])).estimate.tolist() == [6.0]


def test_what_the_curve_does_not_reach_is_not_a_number() -> None:
    curve = kaplan_meier(TIME, DIED)
    found = quantiles(curve, np.array([0.25, 0.9]))
    assert found.estimate[0] == 3.0
    assert np.isnan(found.estimate[1])
    assert np.isnan(survival_at(curve, np.array([8.5])).estimate[0])
    with pytest.raises(Inestimable, match="follow-up ended at 8, before the horizon of 9"):
        restricted_mean(curve, 9.0)


def test_after_the_last_death_survival_stays_zero() -> None:
    curve = kaplan_meier(np.array([1.0, 2.0]), np.array([True, True]))
    assert survival_at(curve, np.array([0.5, 5.0])).estimate.tolist() == [1.0, 0.0]
    assert np.isnan(curve.variance[-1])
    assert restricted_mean(curve, 5.0).mean == 1.5


def test_without_an_event_survival_is_one() -> None:
    curve = kaplan_meier(np.array([4.0, 2.0]), np.array([False, False]))
    assert curve.survival.tolist() == [1, 1]
    assert restricted_mean(curve, 4.0).mean == 4.0
    assert np.isnan(quantiles(curve, np.array([0.5])).estimate[0])


def test_a_million_with_one_follow_up_are_one_step() -> None:
    curve = kaplan_meier(np.ones(10**6), np.arange(10**6) % 4 == 0)
    assert curve.survival.tolist() == [0.75]


@given(people)
def test_survival_never_rises_and_its_limits_hold_it(who: list[tuple[int, bool]]) -> None:
    curve = kaplan_meier(*_arrays(who))
    assert (np.diff(curve.survival) <= 0).all()
    for scale in ("log", "log-log", "plain", "logit", "arcsin"):
        lower, upper = survival_limits(curve, scale=scale)
        known = ~np.isnan(lower)
        assert (lower[known] <= curve.survival[known] + 1e-12).all()
        assert (upper[known] >= curve.survival[known] - 1e-12).all()


@given(people)
def test_everyone_leaves_once(who: list[tuple[int, bool]]) -> None:
    curve = kaplan_meier(*_arrays(who))
    assert curve.events.sum() + curve.censored.sum() == len(who)
    assert at_risk(curve, np.array([0.0])).tolist() == [len(who)]


@given(st.lists(st.integers(1, 12), min_size=1, max_size=30))
def test_without_censoring_survival_is_the_share_that_lives(times: list[int]) -> None:
    time = np.array(times, dtype=float)
    curve = kaplan_meier(time, np.ones(len(time), dtype=bool))
    share = np.array([(time > t).mean() for t in curve.time])
    np.testing.assert_allclose(curve.survival, share, atol=1e-12)
    np.testing.assert_allclose(curve.variance[:-1], (share * (1 - share) / len(time))[:-1], atol=1e-12)
    assert restricted_mean(curve, 20.0).mean == pytest.approx(time.mean())


@given(people, st.permutations(range(5)), st.sampled_from([1 / 365.25, 12.0]))
def test_unit_and_order_change_nothing(who: list[tuple[int, bool]], order: list[int], unit: float) -> None:
    time, died = _arrays(who)
    shuffled = np.argsort(np.array(order)[np.arange(len(time)) % 5], kind="stable")
    curve, other = kaplan_meier(time, died), kaplan_meier(time[shuffled] * unit, died[shuffled])
    np.testing.assert_array_equal(curve.survival, other.survival)
    np.testing.assert_allclose(other.time, curve.time * unit)


@given(people)
def test_everyone_twice_halves_the_variance(who: list[tuple[int, bool]]) -> None:
    time, died = _arrays(who)
    once, twice = kaplan_meier(time, died), kaplan_meier(np.tile(time, 2), np.tile(died, 2))
    np.testing.assert_allclose(twice.survival, once.survival, atol=1e-14)
    np.testing.assert_allclose(twice.variance, once.variance / 2, atol=1e-14)
