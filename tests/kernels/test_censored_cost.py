"""Mean costs where some are lost: by hand, by law, by agreement with the restricted mean."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.kernels.censored_cost import lin_cost, weighted_cost
from equipoise.kernels.inestimable import Inestimable
from equipoise.kernels.kaplan_meier import kaplan_meier, restricted_mean

# Five people, horizon 4: one dies at 1, one is lost at 2, one dies at 2, one dies at 3, one is followed to 6.
TIME = np.array([3.0, 2.0, 6.0, 1.0, 2.0])
DIED = np.array([True, False, False, True, True])
FIRST = np.array([[10.0], [7.0], [20.0], [4.0], [6.0]])


def test_the_weighted_mean_by_hand() -> None:
    # At 2, one death comes before the loss, so three can be lost and one is: those who stay count 3/2 each.
    # (4 + 6 + 1.5 x 10 + 1.5 x 20) / 5.
    found = weighted_cost(FIRST, TIME, DIED, np.array([4.0]))
    assert found.estimate == pytest.approx(55 / 5)
    assert (found.people, found.complete) == (5, 4)


def test_the_partitioned_means_by_hand() -> None:
    # Stretches to 2 and to 4. All five count in the first, for whom it is complete: the loss at 2 is at its end.
    # In the second those dead by 2 cost nothing, and the other two count 3/2 each.
    cost = np.array([[8.0, 2.0], [7.0, 0.0], [8.0, 12.0], [4.0, 0.0], [6.0, 0.0]])
    assert weighted_cost(cost, TIME, DIED, np.array([2.0, 4.0])).estimate == pytest.approx((33 + 1.5 * 14) / 5)
    # Lin: the mean of the first, and 4/5 x 3/4 live past 2, of whom those two are seen.
    assert lin_cost(cost, TIME, DIED, np.array([2.0, 4.0])) == pytest.approx(33 / 5 + 3 / 5 * 7)


def someone(rng: np.random.Generator, people: int) -> tuple[np.ndarray, np.ndarray]:
    death, loss = rng.exponential(10, people), rng.exponential(12, people)
    time = np.ceil(np.minimum(death, loss))
    died = death <= loss
    time[0], died[0] = 40.0, False  # one who is followed past the horizon
    return time, died


@given(st.integers(0, 10_000), st.integers(5, 60))
def test_the_weighted_mean_of_time_itself_is_the_area_under_the_curve(seed: int, people: int) -> None:
    # Satten and Datta (2001), Am Stat 55:207-210: Kaplan-Meier is an average weighted by the inverse of being kept.
    time, died = someone(np.random.default_rng(seed), people)
    area = restricted_mean(kaplan_meier(time, died), 15.0)
    found = weighted_cost(np.minimum(time, 15.0)[:, None], time, died, np.array([15.0]))
    assert found.estimate == pytest.approx(area.mean)
    ends = np.arange(1.0, 16.0)
    days = np.clip(time[:, None] - (ends - 1), 0, 1)
    assert weighted_cost(days, time, died, ends).estimate == pytest.approx(area.mean)
    assert lin_cost(days, time, died, ends) == pytest.approx(area.mean)


@given(st.integers(0, 10_000), st.integers(2, 40))
def test_with_nobody_lost_it_is_the_mean_and_its_error(seed: int, people: int) -> None:
    rng = np.random.default_rng(seed)
    cost = rng.gamma(2, 100, (people, 2))
    time = rng.integers(0, 20, people).astype(float)
    found = weighted_cost(cost, time, np.ones(people, bool), np.array([5.0, 30.0]))
    whole = cost.sum(axis=1)
    assert found.estimate == pytest.approx(whole.mean())
    assert found.se == pytest.approx(whole.std() / people**0.5)
    assert lin_cost(cost[:, :1], time, np.ones(people, bool), np.array([30.0])) == pytest.approx(cost[:, 0].mean())


@given(st.integers(0, 10_000))
def test_the_influence_is_the_slope_of_the_estimate(seed: int) -> None:
    # A person counted 201 times among 200 times everybody moves the estimate by a 200th of a share of the influence.
    rng = np.random.default_rng(seed)
    time, died = someone(rng, 8)
    cost = rng.gamma(2, 100, (8, 2))
    ends = np.array([6.0, 15.0])
    found = weighted_cost(cost, time, died, ends)
    assert found.influence.sum() == pytest.approx(0, abs=1e-6)
    for who in range(8):
        rows = np.append(np.repeat(np.arange(8), 200), who)
        moved = weighted_cost(cost[rows], time[rows], died[rows], ends).estimate
        assert (moved - found.estimate) * 1601 == pytest.approx(found.influence[who], rel=0.03, abs=2.0)


def test_the_error_is_that_of_the_restricted_mean() -> None:
    rng = np.random.default_rng(1)
    time, died = someone(rng, 400)
    area = restricted_mean(kaplan_meier(time, died), 15.0)
    found = weighted_cost(np.minimum(time, 15.0)[:, None], time, died, np.array([15.0]))
    assert found.se == pytest.approx(area.variance**0.5, rel=0.01)


def test_what_nobody_was_followed_to_is_refused() -> None:
    for mean in (weighted_cost, lin_cost):
        with pytest.raises(Inestimable, match="ended at 3 with people left, before the horizon of 4"):
            mean(np.ones((2, 1)), np.array([1.0, 3.0]), np.array([True, False]), np.array([4.0]))
        with pytest.raises(Inestimable, match="cost is missing"):
            mean(np.array([[np.nan]]), np.array([1.0]), np.array([True]), np.array([4.0]))
        with pytest.raises(Inestimable, match="nobody was followed"):
            mean(np.zeros((0, 1)), np.zeros(0), np.zeros(0, bool), np.array([4.0]))
        with pytest.raises(ValueError, match="rise"):
            mean(np.ones((1, 2)), np.array([1.0]), np.array([True]), np.array([4.0, 4.0]))


def test_a_million_alike_are_as_five() -> None:
    ends = np.array([4.0])
    many = weighted_cost(np.tile(FIRST, (200_000, 1)), np.tile(TIME, 200_000), np.tile(DIED, 200_000), ends)
    few = weighted_cost(FIRST, TIME, DIED, ends)
    assert many.estimate == pytest.approx(few.estimate)
    assert many.se * 200_000**0.5 == pytest.approx(few.se)
    assert lin_cost(np.tile(FIRST, (200_000, 1)), np.tile(TIME, 200_000), np.tile(DIED, 200_000), ends) == pytest.approx(
        lin_cost(FIRST, TIME, DIED, ends)
    )
