"""Cumulative hazard by Nelson and Aalen: by hand and by law."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.kernels.kaplan_meier import kaplan_meier
from equipoise.kernels.nelson_aalen import nelson_aalen


def test_five_people_by_hand() -> None:
    # At 2: 1/5. At 3: two of four, so + 1/2. At 8: one of one. Variance: 1/25 + 2/16 + 1.
    found = nelson_aalen(np.array([8.0, 3.0, 2.0, 3.0, 5.0]), np.array([True, True, True, True, False]))
    assert found.cumulative_hazard == pytest.approx([0.2, 0.7, 0.7, 1.7])
    assert found.variance == pytest.approx([0.04, 0.165, 0.165, 1.165])


@given(st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=1, max_size=40))
def test_it_lies_below_minus_the_logarithm_of_survival(who: list[tuple[int, bool]]) -> None:
    time, died = np.array([float(t) for t, _ in who]), np.array([d for _, d in who])
    with np.errstate(divide="ignore"):
        other = -np.log(kaplan_meier(time, died).survival)
    assert (nelson_aalen(time, died).cumulative_hazard <= other + 1e-12).all()
