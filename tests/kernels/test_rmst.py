"""Restricted means in several groups: by hand and by law; agreement with survRM2 is in test_more_agreement.py."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.kernels.inestimable import Inestimable
from equipoise.kernels.rmst import difference, equal_means, ratio, ratio_lost, restricted_means

TIME, DIED = np.array([2.0, 3, 4, 4, 1, 4, 4, 4]), np.array([True, False, True, False, True, True, False, True])
ARM = np.array(["new", "new", "new", "new", "old", "old", "old", "old"])


def test_eight_people_by_hand() -> None:
    # New: one of four dies at 2, so 2 + 3/4 x 2 = 3.5, and 1.5^2 x 1 / (4 x 3) of variance. Old: one of four at 1, so
    # 1 + 3/4 x 3 = 3.25, and 2.25^2 / 12. Deaths at the horizon of 4 itself take nothing off.
    found = restricted_means(TIME, DIED, ARM, 4.0)
    assert found.group.tolist() == ["new", "old"]
    assert found.mean == pytest.approx([3.5, 3.25])
    assert found.lost == pytest.approx([0.5, 0.75])
    assert found.variance == pytest.approx([1.5**2 / 12, 2.25**2 / 12])
    gap = difference(found, "new", "old")
    se = np.sqrt((1.5**2 + 2.25**2) / 12)
    assert (gap.estimate, gap.se) == pytest.approx((0.25, se))
    assert (gap.lower, gap.upper) == pytest.approx((0.25 - 1.959964 * se, 0.25 + 1.959964 * se))
    assert ratio(found, "new", "old").estimate == pytest.approx(3.5 / 3.25)
    assert ratio_lost(found, "new", "old").estimate == pytest.approx(2 / 3)
    assert ratio_lost(found, "new", "old").se == pytest.approx(np.sqrt(1.5**2 / 12 / 0.25 + 2.25**2 / 12 / 0.75**2))


def test_of_two_groups_the_test_of_all_is_the_test_of_the_difference() -> None:
    found = restricted_means(TIME, DIED, ARM, 4.0)
    assert equal_means(found).p == pytest.approx(difference(found, "old", "new").p)
    assert equal_means(found).df == 1


@given(st.lists(st.tuples(st.integers(1, 9), st.booleans(), st.integers(0, 2)), min_size=6, max_size=40))
def test_turning_a_comparison_round_turns_the_answer(who: list[tuple[int, bool, int]]) -> None:
    time, died, arm = (np.array(column) for column in zip(*who, strict=True))
    try:
        found = restricted_means(time, died, arm, 5.0)
        labels = found.group.tolist()
        there, back = difference(found, labels[0], labels[-1]), difference(found, labels[-1], labels[0])
        over, under = ratio_lost(found, labels[0], labels[-1]), ratio_lost(found, labels[-1], labels[0])
    except Inestimable:
        return
    assert there.estimate == pytest.approx(-back.estimate)
    assert there.upper == pytest.approx(-back.lower)
    assert over.lower == pytest.approx(1 / under.upper)
    assert ((found.mean >= 0) & (found.mean <= 5)).all()
    # Time in other units.
    scaled = restricted_means(time * 7.0, died, arm, 35.0)
    assert difference(scaled, labels[0], labels[-1]).p == pytest.approx(there.p)


def test_three_groups_are_tested_whichever_is_the_reference() -> None:
    rng = np.random.default_rng(1)
    time, arm = rng.exponential(5, 200), rng.integers(0, 3, 200)
    one = equal_means(restricted_means(time, time > 0, arm, 4.0))
    other = equal_means(restricted_means(time, time > 0, (arm + 1) % 3, 4.0))
    assert one.df == 2
    assert one.statistic == pytest.approx(other.statistic)


def test_the_variance_is_what_draws_show() -> None:
    rng = np.random.default_rng(2)
    gaps, errors = [], []
    for _ in range(300):
        time, lost = rng.exponential(5, 120), rng.exponential(12, 120)
        found = restricted_means(np.minimum(np.minimum(time, lost), 9.0), (time <= lost) & (time < 9), np.arange(120) % 2, 4.0)
        gap = difference(found, 0, 1)
        gaps.append(gap.estimate)
        errors.append(gap.se)
    assert np.std(gaps) == pytest.approx(np.mean(errors), rel=0.15)


def test_what_cannot_be_told_is_said() -> None:
    with pytest.raises(Inestimable, match=r"ended at 4, before the horizon of 5 \(group new\)"):
        restricted_means(TIME, DIED, ARM, 5.0)
    nobody = restricted_means(TIME, DIED & False, ARM, 3.0)
    for compared in (difference, ratio):
        with pytest.raises(Inestimable, match="nobody in either group had the event"):
            compared(nobody, "new", "old")
    with pytest.raises(Inestimable, match="nobody loses any time"):
        ratio_lost(restricted_means(TIME, DIED & (ARM == "old"), ARM, 3.0), "new", "old")
    with pytest.raises(Inestimable, match="in several groups nobody"):
        equal_means(nobody)
    with pytest.raises(Inestimable, match="nobody was followed"):
        restricted_means(TIME[:0], DIED[:0], ARM[:0], 3.0)
    with pytest.raises(ValueError, match="not one of the groups"):
        difference(nobody, "new", "other")
