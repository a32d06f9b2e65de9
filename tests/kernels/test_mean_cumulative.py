"""The mean number of recurrent events: by hand and by law; agreement with R is in test_more_agreement.py."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.kernels.inestimable import Inestimable
from equipoise.kernels.mean_cumulative import mean_cumulative, mean_limits
from equipoise.kernels.nelson_aalen import nelson_aalen

# Whole lives: the gaps between a person's turns, and whether each stretch is watched and ends in an event.
lives = st.lists(
    st.lists(st.tuples(st.integers(1, 5), st.booleans(), st.booleans()), min_size=1, max_size=5),
    min_size=1,
    max_size=12,
)


def rows(told: list[list[tuple[int, bool, bool]]]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    found = []
    for person, life in enumerate(told):
        now = 0
        for gap, watched, ends in life:
            if watched:
                found.append((now + gap, ends, person, now))
            now += gap
    shuffled = np.random.default_rng(len(found)).permutation(len(found))
    columns = (np.array(column)[shuffled] for column in zip(*found, strict=True))
    time, happened, person_, start = columns
    return time.astype(float), happened.astype(bool), person_, start.astype(float)


def test_three_people_by_hand() -> None:
    # A has events at 2 and 5 and is watched to 6; B has one at 2 and leaves at 4; C comes at 3 and leaves at 6 without.
    # At 2 two of two: 1. At 5 one of A and C: 1 1/2. Shares at 2: 1/2 - 2/4 for A and for B, none. At 5: 1/2 - 1/4 for
    # A and -1/4 for C, so that the variance is 2 x (1/4)^2.
    found = mean_cumulative(
        np.array([5.0, 4, 6, 2, 6, 2]), np.array([True, False, False, True, False, True]),
        np.array(["A", "B", "C", "A", "A", "B"]), start=np.array([2.0, 2, 3, 0, 5, 0]),
    )  # fmt: skip
    assert found.time.tolist() == [2, 5]
    assert found.at_risk.tolist() == [2, 2]
    assert found.events.tolist() == [2, 1]
    assert found.mean == pytest.approx([1, 1.5])
    assert found.variance == pytest.approx([0, 1 / 8])
    assert found.poisson_variance == pytest.approx([1 / 2, 3 / 4])
    assert found.people == 3
    lower, upper = mean_limits(found)
    assert np.isnan(lower[0])
    assert lower[1] * upper[1] == pytest.approx(1.5**2)


@given(lives)
def test_it_is_what_its_definition_says(told: list[list[tuple[int, bool, bool]]]) -> None:
    if not any(watched and ends for life in told for _, watched, ends in life):
        return
    time, happened, person, start = rows(told)
    found = mean_cumulative(time, happened, person, start=start)
    share = np.zeros(person.max() + 1)
    mean = 0.0
    for k, moment in enumerate(np.unique(time[happened])):
        here = (start < moment) & (moment <= time)
        ends = here & happened & (time == moment)
        mean += ends.sum() / here.sum()
        np.add.at(share, person[ends], 1 / here.sum())
        np.subtract.at(share, person[here], ends.sum() / here.sum() ** 2)
        assert found.mean[k] == pytest.approx(mean)
        assert found.variance[k] == pytest.approx(share @ share, abs=1e-12)


@given(st.lists(st.tuples(st.integers(1, 12), st.booleans()), min_size=1, max_size=40))
def test_with_one_event_a_person_it_is_the_cumulative_hazard(who: list[tuple[int, bool]]) -> None:
    time, happened = (np.array(column) for column in zip(*who, strict=True))
    if not happened.any():
        return
    found, hazard = mean_cumulative(time, happened, np.arange(len(time))), nelson_aalen(time, happened)
    at = np.isin(hazard.time, found.time)
    np.testing.assert_allclose(found.mean, hazard.cumulative_hazard[at])
    np.testing.assert_allclose(found.poisson_variance, hazard.variance[at])


def test_events_that_hang_together_are_less_certain() -> None:
    rng = np.random.default_rng(1)
    rate = rng.gamma(0.5, 2, 300)
    events = [np.sort(rng.uniform(0, 1, rng.poisson(each))) for each in rate]
    time = np.concatenate([[*each, 1.0] for each in events])
    start = np.concatenate([[0.0, *each] for each in events])
    happened = np.concatenate([[True] * len(each) + [False] for each in events])
    found = mean_cumulative(time, happened, np.repeat(np.arange(300), [len(each) + 1 for each in events]), start=start)
    numbers = np.array([len(each) for each in events])
    assert found.mean[-1] == pytest.approx(numbers.mean())
    assert found.variance[-1] == pytest.approx(numbers.var() / 300), "everyone is watched to the end: a plain mean"
    assert found.variance[-1] > 1.5 * found.poisson_variance[-1]


def test_what_cannot_be_told_is_said() -> None:
    time, start, person = np.array([3.0, 4.0]), np.array([0.0, 2.0]), np.array(["p", "p"])
    with pytest.raises(Inestimable, match="stretches of follow-up of person p overlap"):
        mean_cumulative(time, np.array([True, True]), person, start=start)
    with pytest.raises(Inestimable, match="overlap"):
        mean_cumulative(time, np.array([True, True]), person)
    with pytest.raises(Inestimable, match="nobody had an event"):
        mean_cumulative(time, np.array([False, False]), np.array([1, 2]))
    with pytest.raises(Inestimable, match="ends no later than it starts"):
        mean_cumulative(time, np.array([True, True]), person, start=time)
