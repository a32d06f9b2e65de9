"""How much would have to be wrong: published values, by hand and by law."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.kernels.inestimable import Inestimable
from equipoise.kernels.sensitivity import bias_factor, calibrated, e_value, tipping_point


def test_the_published_e_values() -> None:
    # VanderWeele and Ding (2017): risk ratio 3.9 (1.8 to 8.7) gives 7.26 and 3.0; 0.80 (0.71 to 0.91) gives 1.81 and 1.43.
    found = e_value(3.9, 1.8, 8.7)
    assert (round(found.estimate, 2), round(found.limit, 2)) == (7.26, 3.0)
    below = e_value(0.80, 0.71, 0.91)
    assert (round(below.estimate, 2), round(below.limit, 2)) == (1.81, 1.43)


@given(st.floats(0.05, 20), st.sampled_from(["risk", "hazard", "odds"]))
def test_a_ratio_and_its_inverse_need_as_much(ratio: float, of: str) -> None:
    assert e_value(ratio, of=of).estimate == pytest.approx(e_value(1 / ratio, of=of).estimate)
    assert e_value(ratio, of=of, rare=True).estimate == pytest.approx(e_value(ratio).estimate)
    assert e_value(ratio, of=of).estimate >= 1
    assert e_value(ratio, ratio / 30, ratio * 30, of=of).limit == 1


def test_a_limit_that_is_not_there_has_no_value() -> None:
    assert np.isnan(e_value(2.0, None, 3.0).limit)
    with pytest.raises(Inestimable, match="outside its limits"):
        e_value(2.0, 3.0, 4.0)
    with pytest.raises(Inestimable, match="above 0"):
        e_value(0.0)


@given(st.floats(1.01, 50), st.floats(0, 1), st.floats(0, 1))
def test_the_tipping_point_undoes_the_bias(ratio: float, treated: float, untreated: float) -> None:
    shown = bias_factor(ratio, treated=treated, untreated=untreated)
    if abs(shown - 1) > 1e-3:
        assert tipping_point(shown, treated=treated, untreated=untreated) == pytest.approx(ratio, rel=1e-4)


def test_what_nothing_could_explain() -> None:
    with pytest.raises(Inestimable, match="however strong"):
        tipping_point(3.0, treated=0.5, untreated=0.25)
    assert tipping_point(1.0, treated=0.5, untreated=0.5) == 1


def test_negative_controls_by_hand() -> None:
    # Two controls at -0.3, each with error 0.1: bias -0.3, error 0.1 / root 2; the rest -0.2, with root of 0.01 + 0.005.
    found = calibrated(-0.5, 0.1, np.array([-0.3, -0.3]), np.array([0.1, 0.1]))
    assert (found.bias, found.bias_se, found.spread) == pytest.approx((-0.3, 0.1 / 2**0.5, 0))
    assert (found.estimate, found.se) == pytest.approx((-0.2, 0.015**0.5))
    assert found.bias_p < 0.001 < 0.05 < found.p
    scattered = calibrated(-0.5, 0.1, np.array([-0.8, 0.8]), np.array([0.1, 0.1]))
    assert scattered.spread == pytest.approx((2 * 0.64 - 0.01) ** 0.5)
    with pytest.raises(Inestimable, match="no negative control"):
        calibrated(-0.5, 0.1, np.zeros(0), np.zeros(0))
