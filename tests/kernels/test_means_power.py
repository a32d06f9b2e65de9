"""Participants for a difference of means: by hand, laws, agreement with statsmodels."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.kernels.inestimable import Inestimable
from equipoise.kernels.means_power import detectable_difference, means_people, means_power

sizes = st.floats(0.1, 1.5)
allocations = st.floats(0.4, 2.5)


def test_half_a_standard_deviation_by_hand() -> None:
    # 4 x 7.848880 / 0.25 = 125.58 with a known spread; the t test takes two more.
    assert means_people(0.5, 1.0, known=True) == pytest.approx(125.582, abs=0.001)
    assert round(means_people(0.5, 1.0)) == 128


@given(sizes, allocations, st.integers(10, 400))
def test_as_in_statsmodels(size: float, allocation: float, control: int) -> None:
    from statsmodels.stats.power import TTestIndPower

    # Theirs counts the first group; ours both together.
    theirs = TTestIndPower().power(size, control, 0.025, ratio=allocation, alternative="larger")
    assert means_power(size, 1.0, control * (1 + allocation), allocation=allocation) == pytest.approx(theirs, abs=1e-9)


@given(sizes, st.floats(0.5, 20.0), allocations, st.floats(-1.0, 0.05))
def test_the_power_of_the_participants_needed_is_the_power_asked_for(
    size: float, sd: float, allocation: float, margin: float
) -> None:
    given_ = {"allocation": allocation, "margin": margin * sd}
    people = means_people(size * sd, sd, power=0.85, **given_)
    assert means_power(size * sd, sd, people, **given_) == pytest.approx(0.85, abs=1e-6) or people < 6


@given(st.floats(0.5, 20.0), st.integers(10, 500))
def test_the_difference_that_is_found_is_found(sd: float, people: int) -> None:
    far = detectable_difference(sd, float(people), power=0.9)
    assert means_power(far, sd, float(people)) == pytest.approx(0.9, abs=1e-6)


def test_without_a_difference_there_is_nothing_to_find() -> None:
    with pytest.raises(Inestimable, match="nothing to find"):
        means_people(0.0, 1.0)
    with pytest.raises(Inestimable, match="more than two"):
        means_power(1.0, 1.0, 2.0)
