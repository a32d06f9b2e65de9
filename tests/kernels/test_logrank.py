"""The log-rank test: by hand and by law; agreement with R is in test_agreement.py."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.kernels.cox import cox
from equipoise.kernels.inestimable import Inestimable
from equipoise.kernels.logrank import logrank

TIME, DIED = np.array([8.0, 3.0, 2.0, 3.0, 5.0]), np.array([True, True, True, True, False])
GROUP = np.array(["control", "treated", "treated", "control", "treated"])


def test_five_people_by_hand() -> None:
    # Treated: died at 2 and 3, censored at 5. Control: died at 3 and 8.
    # At 2: one dies, 3 treated of 5: expected 3/5, variance 3/5 x 2/5. At 3: two die, 2 treated of 4: expected 1,
    # variance 2 x 1/2 x 1/2 x (4 - 2)/(4 - 1) = 1/3. At 8 no treated is left.
    # Treated: observed 2, expected 1.6. Chi-square 0.4² / (0.24 + 1/3) = 12/43.
    found = logrank(TIME, DIED, GROUP)
    assert found.group.tolist() == ["control", "treated"]
    assert found.people.tolist() == [2, 3]
    assert found.observed.tolist() == [2, 2]
    assert found.expected == pytest.approx([2.4, 1.6])
    assert found.variance[1, 1] == pytest.approx(0.24 + 1 / 3)
    assert (found.chi_square, found.df) == (pytest.approx(12 / 43), 1)


def test_with_rho_1_by_hand() -> None:
    # The weight is survival just before: 1 at 2, and 4/5 at 3. Treated: 1 + 0.8 observed, 0.6 + 0.8 expected,
    # variance 0.24 + 0.64/3.
    found = logrank(TIME, DIED, GROUP, rho=1.0)
    assert found.observed[1] == pytest.approx(1.8)
    assert found.expected[1] == pytest.approx(1.4)
    assert found.chi_square == pytest.approx(0.16 / (0.24 + 0.64 / 3))


def test_with_gamma_by_hand() -> None:
    # The weight is one less survival just before: 0 at 2, 1/5 at 3 and, survival being 4/5 x 2/4, 3/5 at 8.
    found = logrank(TIME, DIED, GROUP, gamma=1.0)
    assert found.observed == pytest.approx([0.8, 0.2])
    assert found.expected == pytest.approx([0.8, 0.2])
    assert found.variance[1, 1] == pytest.approx(0.04 / 3)


cohort = st.lists(st.tuples(st.integers(1, 12), st.booleans(), st.integers(0, 2)), min_size=8, max_size=60)


def _drawn(seed: int, people: int = 60, groups: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.integers(1, 15, people).astype(float), rng.random(people) < 0.7, rng.integers(0, groups, people)


@given(cohort)
def test_as_many_are_expected_as_are_observed(who: list[tuple[int, bool, int]]) -> None:
    time, died, group = (np.array(column) for column in zip(*who, strict=True))
    try:
        found = logrank(time, died, group)
    except Inestimable:
        return
    assert found.observed.sum() == pytest.approx(found.expected.sum())
    np.testing.assert_allclose(found.variance.sum(axis=0), 0, atol=1e-9)
    assert found.chi_square >= 0
    assert 0 <= found.p <= 1


@pytest.mark.parametrize("seed", range(5))
def test_names_order_and_unit_change_nothing(seed: int) -> None:
    time, died, group = _drawn(seed)
    order = np.random.default_rng(seed + 100).permutation(len(time))
    here, there = logrank(time, died, group), logrank(time[order] / 30.4375, died[order], 2 - group[order])
    assert there.chi_square == pytest.approx(here.chi_square)
    assert there.expected[::-1] == pytest.approx(here.expected)


@pytest.mark.parametrize("seed", range(5))
def test_without_ties_it_is_the_score_test_of_cox(seed: int) -> None:
    _, died, group = _drawn(seed, groups=2)
    time = np.random.default_rng(seed).permutation(len(group)) + 1.0
    ours = cox(time, died, group[:, None].astype(float)).score_test.statistic
    assert logrank(time, died, group).chi_square == pytest.approx(ours)


@pytest.mark.parametrize("seed", range(5))
def test_with_late_entry_too(seed: int) -> None:
    _, died, group = _drawn(seed, groups=2)
    rng = np.random.default_rng(seed)
    time = rng.permutation(len(group)) + 1.0
    start, layer = np.floor(time * rng.random(len(group))), np.arange(len(group)) % 2
    ours = cox(time, died, group[:, None].astype(float), start=start, stratum=layer).score_test.statistic
    assert logrank(time, died, group, start=start, stratum=layer).chi_square == pytest.approx(ours)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("weights", [{}, {"rho": 1.0}, {"rho": 0.5, "gamma": 0.5}, {"gamma": 1.0}])
def test_follow_up_cut_in_two_is_follow_up_whole(seed: int, weights: dict[str, float]) -> None:
    time, died, group = _drawn(seed)
    cut = time / 3
    whole = logrank(time, died, group, **weights)
    parted = logrank(
        np.concatenate((cut, time)),
        np.concatenate((np.zeros(len(time), bool), died)),
        np.tile(group, 2),
        start=np.concatenate((np.zeros(len(time)), cut)),
        **weights,
    )
    assert parted.observed == pytest.approx(whole.observed)
    assert parted.chi_square == pytest.approx(whole.chi_square)


def test_strata_that_copy_each_other_add_up() -> None:
    time, died, group = _drawn(1)
    twice = logrank(np.tile(time, 2), np.tile(died, 2), np.tile(group, 2), stratum=np.repeat(["a", "b"], len(time)))
    assert twice.chi_square == pytest.approx(2 * logrank(time, died, group).chi_square)


def test_a_stratum_without_events_adds_nothing() -> None:
    time, died, group = _drawn(2)
    stratum = np.concatenate((np.zeros(60, int), np.ones(60, int)))
    more = logrank(np.tile(time, 2), np.concatenate((died, np.zeros(60, bool))), np.tile(group, 2), stratum=stratum)
    assert more.chi_square == pytest.approx(logrank(time, died, group).chi_square)


def test_a_group_that_left_before_the_first_event_costs_no_degree_of_freedom() -> None:
    time, died, group = _drawn(3, groups=2)
    with_early = logrank(
        np.concatenate((time + 1, [0.5, 0.5])), np.concatenate((died, [False, False])), np.concatenate((group, [2, 2]))
    )
    assert with_early.df == 1
    assert with_early.chi_square == pytest.approx(logrank(time, died, group).chi_square)


@pytest.mark.parametrize(
    ("died", "group", "stratum", "says"),
    [
        ([True, True], [1, 1], None, "one group"),
        ([False, False], [0, 1], None, "nobody had the event"),
        ([True, True], [0, 1], [0, 1], "at risk together"),
        ([True, True], [0.0, np.nan], None, "the group of 1 people is missing"),
    ],
)
def test_what_cannot_be_compared_is_refused(died: list[bool], group: list[float], stratum: list[int] | None, says: str) -> None:
    within = None if stratum is None else np.array(stratum)
    with pytest.raises(Inestimable, match=says):
        logrank(np.array([1.0, 2.0]), np.array(died), np.array(group), stratum=within)
