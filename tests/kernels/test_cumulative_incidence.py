"""Cumulative incidence: by hand and by law; agreement with R is in test_agreement.py."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.kernels.cumulative_incidence import cumulative_incidence, incidence_limits
from equipoise.kernels.inestimable import Inestimable
from equipoise.kernels.kaplan_meier import kaplan_meier

people = st.lists(st.tuples(st.integers(1, 12), st.integers(0, 2)), min_size=1, max_size=40)


def test_six_people_by_hand() -> None:
    # At 2 the first event: 1/6. At 3 one of each of five: + 5/6 x 1/5 each. At 5 the first event of two: + 1/2 x 1/2.
    found = cumulative_incidence(np.array([5, 3, 7, 3, 2, 3]), np.array([1, 2, 0, 0, 1, 1]))
    assert found.time.tolist() == [2, 3, 5, 7]
    assert found.incidence[0] == pytest.approx([1 / 6, 1 / 3, 7 / 12, 7 / 12])
    assert found.incidence[1] == pytest.approx([0, 1 / 6, 1 / 6, 1 / 6])
    assert found.survival == pytest.approx([5 / 6, 1 / 2, 1 / 4, 1 / 4])
    # Until the censoring at 3 it is a proportion of six: p (1 - p) / 6.
    assert found.variance[0, :2] == pytest.approx([5 / 216, 1 / 27])
    assert found.variance[1, 1] == pytest.approx(5 / 216)


@given(people)
def test_the_chances_add_up_to_one(who: list[tuple[int, int]]) -> None:
    time, event = (np.array(column) for column in zip(*who, strict=True))
    if not event.any():
        with pytest.raises(Inestimable, match="nobody had an event"):
            cumulative_incidence(time, event)
        return
    found = cumulative_incidence(time, event)
    np.testing.assert_allclose(found.incidence.sum(axis=0) + found.survival, 1)
    assert (np.diff(found.incidence, axis=1) >= 0).all()


@given(people)
def test_with_one_event_it_is_one_less_survival(who: list[tuple[int, int]]) -> None:
    time, event = (np.array(column) for column in zip(*who, strict=True))
    event = (event > 0).astype(int)
    if not event.any():
        return
    found, curve = cumulative_incidence(time, event), kaplan_meier(time, event == 1)
    np.testing.assert_allclose(found.incidence[0], 1 - curve.survival, atol=1e-14)
    known = ~np.isnan(curve.variance)
    np.testing.assert_allclose(found.variance[0][known], curve.variance[known], atol=1e-14)


def test_limits_hold_the_estimate_and_start_with_the_first_event() -> None:
    found = cumulative_incidence(np.array([5, 3, 7, 3, 2, 3]), np.array([1, 2, 0, 0, 1, 1]))
    lower, upper = incidence_limits(found)
    assert np.isnan(lower[1, 0])
    known = ~np.isnan(lower)
    assert ((lower < found.incidence) & (found.incidence < upper))[known].all()
