"""Spending functions: by hand, and laws."""

from collections.abc import Callable
from math import e, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.kernels.spending import (
    Spending,
    hwang_shih_decani,
    kim_demets,
    obrien_fleming_like,
    pocock_like,
    spent,
)

FUNCTIONS: dict[str, Callable[[float], Spending]] = {
    "obrien_fleming": obrien_fleming_like,
    "pocock": pocock_like,
    "kim_demets": lambda error: kim_demets(error, 2.0),
    "late": lambda error: hwang_shih_decani(error, -4.0),
    "even": lambda error: hwang_shih_decani(error, 0.0),
    "early": lambda error: hwang_shih_decani(error, 2.0),
}
shares = st.floats(0.0, 1.0)


def test_half_way_by_hand() -> None:
    # O'Brien and Fleming: z of 0.0125 is 2.241403; over √½ that is 3.169823, and beyond it on both sides 0.0015254.
    assert obrien_fleming_like(0.025)(0.5) == pytest.approx(0.0015254, abs=1e-6)
    assert pocock_like(0.025)(0.5) == pytest.approx(0.025 * log(1 + (e - 1) / 2))
    assert kim_demets(0.025, 3.0)(0.5) == 0.025 / 8
    # (1 - e^2) / (1 - e^4) = 1 / (1 + e^2)
    assert hwang_shih_decani(0.025, -4.0)(0.5) == pytest.approx(0.025 / (1 + e**2))


@pytest.mark.parametrize("made", FUNCTIONS.values(), ids=FUNCTIONS)
@given(one=shares, other=shares, error=st.floats(0.001, 0.4))
def test_spending_rises_from_nothing_to_the_whole(
    made: Callable[[float], Spending], one: float, other: float, error: float
) -> None:
    early, late = spent(made(error), sorted((one, other)))
    assert 0 <= early <= late + 1e-15 and late <= error * (1 + 1e-9)
    assert spent(made(error), (0.0, 1.0)) == (pytest.approx(0.0, abs=1e-15), pytest.approx(error))
    assert made(error)(1.5) == pytest.approx(error), "looks after the planned end spend no more"


def test_what_cannot_be_spent_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        pocock_like(1.5)
    with pytest.raises(ValueError, match="above 0"):
        kim_demets(0.025, 0.0)
