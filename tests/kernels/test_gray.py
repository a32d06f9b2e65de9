"""Gray's test: by hand and by law; most agreement with cmprsk is in test_more_agreement.py."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from equipoise.kernels.gray import gray
from equipoise.kernels.inestimable import Inestimable
from equipoise.kernels.logrank import logrank

people = st.lists(st.tuples(st.integers(1, 12), st.integers(0, 2), st.integers(0, 2)), min_size=2, max_size=40)


def columns(who: list[tuple[int, int, int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    time, event, group = (np.array(column) for column in zip(*who, strict=True))
    return time, event, group


def test_four_people_by_hand() -> None:
    # a: the event at 1, a competing one at 3. b: the event at 2, censored at 4. Each group stands for 2 of 4.
    # At 1: 2 and 2 are still to have it, a expects 1/2. At 2: 1 and 2, a expects 1/3. Score 1 - 1/2 - 1/3 = 1/6.
    # The pooled incidence is 1/4, then 1/2. A jump of a at 1 moves the score at once by 1 and, as the event at 2 is
    # expected of fewer, by -1/2 x 1/3; one of b by -1 - 1/4 x 1/3; at 2 nothing is ahead. Each scatters by 1/8.
    found = gray(np.array([3, 2, 1, 4]), np.array([2, 1, 1, 0]), np.array(["a", "b", "a", "b"]))
    assert found.score == pytest.approx([1 / 6, -1 / 6])
    variance = ((5 / 6) ** 2 + (13 / 12) ** 2 + 1 + 1) / 8
    assert found.variance == pytest.approx(np.array([[variance, -variance], [-variance, variance]]))
    assert found.chi_square == pytest.approx(1 / 36 / variance)
    assert (found.df, found.people.tolist(), found.events.tolist()) == (1, [2, 2], [1, 1])


@given(people)
def test_scores_add_up_to_nothing(who: list[tuple[int, int, int]]) -> None:
    try:
        found = gray(*columns(who))
    except Inestimable:
        return
    np.testing.assert_allclose(found.score.sum(), 0, atol=1e-9)
    np.testing.assert_allclose(found.variance.sum(axis=0), 0, atol=1e-9 * np.abs(found.variance).max())
    assert found.chi_square >= -1e-9
    assert 0 <= found.p <= 1


@given(people)
def test_without_competing_events_the_score_is_the_log_rank_tests(who: list[tuple[int, int, int]]) -> None:
    time, event, group = columns(who)
    event = np.minimum(event, 1)
    try:
        found, plain = gray(time, event, group), logrank(time, event == 1, group)
    except Inestimable:
        return
    np.testing.assert_allclose(found.score, plain.observed - plain.expected, atol=1e-9)


@given(people, st.permutations(range(3)))
def test_the_names_of_groups_do_not_matter(who: list[tuple[int, int, int]], names: list[int]) -> None:
    time, event, group = columns(who)
    try:
        found = gray(time, event, group)
    except Inestimable:
        return
    again = gray(time, event, np.array(names)[group])
    assert again.chi_square == pytest.approx(found.chi_square, rel=1e-6, abs=1e-9)


def test_two_strata_alike_count_twice() -> None:
    rng = np.random.default_rng(1)
    time, event, group = rng.integers(1, 9, 40), rng.integers(0, 3, 40), rng.integers(0, 3, 40)
    one = gray(time, event, group)
    two = gray(np.tile(time, 2), np.tile(event, 2), np.tile(group, 2), stratum=np.repeat(["x", "y"], 40))
    assert two.chi_square == pytest.approx(2 * one.chi_square)
    assert gray(time, event, group, rho=1.0).chi_square != pytest.approx(one.chi_square)


def test_under_equal_incidences_it_rejects_as_often_as_it_says() -> None:
    rng = np.random.default_rng(2)
    small = 0
    for _ in range(400):
        time, event, group = rng.exponential(1, 120), rng.integers(1, 3, 120), rng.integers(0, 2, 120)
        lost = rng.exponential(2, 120)
        small += gray(np.minimum(time, lost), np.where(lost < time, 0, event), group).p < 0.1
    assert 20 <= small <= 62, "40 are expected of 400, and 3.5 standard errors are 21"


def test_what_cannot_be_compared_is_said() -> None:
    time, group = np.array([1.0, 2, 3, 4]), np.array([0, 0, 1, 1])
    with pytest.raises(Inestimable, match="nobody had the event"):
        gray(time, np.array([2, 2, 0, 0]), group)
    with pytest.raises(Inestimable, match="one group"):
        gray(time, np.array([1, 2, 0, 0]), group * 0)
    with pytest.raises(Inestimable, match="at risk together"):
        gray(time, np.array([0, 0, 1, 1]), group)
    with pytest.raises(Inestimable, match="negative time"):
        gray(-time, np.array([1, 1, 1, 1]), group)
    with pytest.raises(Inestimable, match="the group of 1 people is missing"):
        gray(time, np.array([1, 1, 1, 1]), np.array([0, 1, 1, np.nan]))
    with pytest.raises(ValueError, match="whole number"):
        gray(time, np.array([1, -1, 1, 1]), group)


def test_one_group_with_no_event_is_compared_all_the_same() -> None:
    rng = np.random.default_rng(3)
    group = rng.integers(0, 2, 60)
    event = np.where(group == 0, rng.integers(0, 2, 60), 2)
    assert gray(rng.exponential(1, 60), event, group).p < 0.05


@given(people)
def test_a_million_copies_would_change_no_sign(who: list[tuple[int, int, int]]) -> None:
    time, event, group = columns(who)
    assume((event == 1).any())
    try:
        found, more = gray(time, event, group), gray(np.tile(time, 50), np.tile(event, 50), np.tile(group, 50))
    except Inestimable:
        return
    np.testing.assert_allclose(more.score, 50 * found.score, atol=1e-7)


def test_a_pooled_curve_past_1_drops_no_event() -> None:
    """Groups that run out at different times bring the pooled curve past 1; events after it still count, as in cmprsk."""
    said = json.loads((Path(__file__).parent / "data" / "r_gray.json").read_text("utf-8"))
    who = [np.array(said[name]) for name in ("time", "event", "group")]
    found = gray(*who)
    assert found.chi_square == pytest.approx(said["chi_square"], rel=1e-10)
    assert found.p == pytest.approx(said["p"], rel=1e-10)
    assert found.df == said["df"]
    with pytest.raises(Inestimable, match="everybody has had the event"):
        gray(*who, rho=1.0)  # a power of less than nothing
