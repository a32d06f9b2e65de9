"""A difference of shares: published limits, laws, agreement with statsmodels."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.kernels.inestimable import Inestimable
from equipoise.kernels.newcombe import newcombe


@pytest.mark.parametrize(
    ("shares", "lower", "upper"),
    [
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((10, 10, 0, 20), 0.6791, 1.0),
        ((10, 10, 0, 10), 0.6075, 1.0),
    ],
)
def test_published_limits(shares: tuple[int, int, int, int], lower: float, upper: float) -> None:
    # Newcombe (1998), Stat Med 17:873-890, table II, method 10: contrasts (a), (b), (g) and (h).
    found = newcombe(*shares)
    assert (round(found.lower, 4), round(found.upper, 4)) == (lower, upper)


def test_none_against_none_by_hand() -> None:
    # Wilson's upper limit of 0 of 10 is z² / (10 + z²), and the difference reaches as far either way.
    far = 3.8414588206941236 / 13.8414588206941236
    found = newcombe(0, 10, 0, 10)
    assert (found.estimate, found.lower, found.upper) == (0, pytest.approx(-far), pytest.approx(far))


counts = st.integers(1, 80).flatmap(lambda people: st.tuples(st.integers(0, people), st.just(people)))


@given(counts, counts)
def test_swapping_the_groups_flips_the_sign(one: tuple[int, int], other: tuple[int, int]) -> None:
    found, back = newcombe(*one, *other), newcombe(*other, *one)
    assert (found.lower, found.upper) == (pytest.approx(-back.upper), pytest.approx(-back.lower))
    assert -1 <= found.lower <= found.estimate <= found.upper <= 1


@given(counts, counts)
def test_as_in_statsmodels(one: tuple[int, int], other: tuple[int, int]) -> None:
    from statsmodels.stats.proportion import confint_proportions_2indep

    found = newcombe(*one, *other)
    theirs = confint_proportions_2indep(*one, *other, compare="diff", method="newcomb", correction=False)
    assert (found.lower, found.upper) == (pytest.approx(theirs[0], abs=1e-12), pytest.approx(theirs[1], abs=1e-12))


def test_nobody_on_one_side_is_refused() -> None:
    with pytest.raises(Inestimable, match="nobody"):
        newcombe(1, 2, 0, 0)
