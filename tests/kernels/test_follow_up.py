"""Follow-up: counts by hand, ties by rounding, refusals in a sentence."""

import numpy as np
import pytest

from equipoise.kernels.follow_up import checked, counts
from equipoise.kernels.inestimable import Inestimable


def test_the_censored_count_as_at_risk_on_their_last_day() -> None:
    # Five people. At 3 two leave, one of them censored: four were at risk that day.
    found = counts(np.array([5.0, 3.0, 8.0, 3.0, 2.0]), np.array([True, True, False, False, True]))
    assert found.time.tolist() == [2, 3, 5, 8]
    assert found.at_risk.tolist() == [5, 4, 2, 1]
    assert found.events.tolist() == [1, 1, 1, 0]
    assert found.censored.tolist() == [0, 1, 0, 1]


def test_times_that_differ_by_rounding_are_one_time() -> None:
    assert 0.1 + 0.2 != 0.3
    found = counts(np.array([0.3, 0.1 + 0.2, 1.0]), np.array([True, True, False]))
    assert found.events.tolist() == [2, 0]


def test_an_entry_and_an_exit_that_differ_by_rounding_are_one_time() -> None:
    time, start = checked(np.array([0.3, 1.0]), np.array([True, True]), np.array([0.0, 0.1 + 0.2]))
    assert time[0] == start[1]


def test_close_whole_days_stay_apart() -> None:
    found = counts(np.array([1.7e9, 1.7e9 + 1]), np.array([True, True]))
    assert found.events.tolist() == [1, 1]


@pytest.mark.parametrize(
    ("time", "says"),
    [
        ([], "nobody was followed"),
        ([1.0, np.nan], r"1 person \(row 2\) has no finite time of follow-up"),
        ([np.inf, 1.0, np.nan], r"2 people \(row 1 first\) have no finite time of follow-up"),
        ([1.0, -2.0], r"1 person \(row 2\) has a negative time of follow-up, -2 at the least"),
    ],
)
def test_impossible_times_are_refused_in_a_sentence(time: list[float], says: str) -> None:
    with pytest.raises(Inestimable, match=says):
        counts(np.array(time, dtype=float), np.ones(len(time), dtype=bool))


def test_an_interval_without_length_is_refused() -> None:
    with pytest.raises(Inestimable, match="ends no later than it starts"):
        checked(np.array([3.0, 5.0]), np.array([True, True]), np.array([3.0, 0.0]))
