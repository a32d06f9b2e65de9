"""A proportion: by hand, by law, by agreement with published limits."""

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.kernels.inestimable import Inestimable
from equipoise.kernels.proportion import clopper_pearson, wilson


def test_none_of_ten_by_hand() -> None:
    # The upper limit is the share at which none of ten is a chance of 0.025: (1 - p)^10 = 0.025.
    assert clopper_pearson(0, 10).lower == 0
    assert clopper_pearson(0, 10).upper == pytest.approx(1 - 0.025**0.1)
    # Wilson: z² / (n + z²).
    assert wilson(0, 10).upper == pytest.approx(3.8414588206941236 / 13.8414588206941236)


@given(st.integers(1, 30), st.data())
def test_at_its_limits_what_was_seen_is_just_likely_enough(people: int, data: st.DataObject) -> None:
    events = data.draw(st.integers(0, people))
    found = clopper_pearson(events, people)

    def chance(share: float, among: range) -> float:
        return sum(comb(people, k) * share**k * (1 - share) ** (people - k) for k in among)

    if events > 0:
        assert chance(found.lower, range(events, people + 1)) == pytest.approx(0.025)
    if events < people:
        assert chance(found.upper, range(events + 1)) == pytest.approx(0.025)


@given(st.integers(1, 200), st.data())
def test_events_and_no_events_mirror_each_other(people: int, data: st.DataObject) -> None:
    events = data.draw(st.integers(0, people))
    for limits in (clopper_pearson, wilson):
        found, other = limits(events, people), limits(people - events, people)
        assert 0 <= found.lower <= found.estimate <= found.upper <= 1
        assert (found.lower, found.upper) == (pytest.approx(1 - other.upper), pytest.approx(1 - other.lower))


def test_published_limits() -> None:
    # Newcombe (1998), Stat Med 17:857-872, table I: 81 of 263 and 15 of 148.
    for events, people, exact, score in (
        (81, 263, (0.2527, 0.3676), (0.2553, 0.3662)),
        (15, 148, (0.0578, 0.1617), (0.0624, 0.1605)),
    ):
        for found, said in ((clopper_pearson(events, people), exact), (wilson(events, people), score)):
            assert (round(found.lower, 4), round(found.upper, 4)) == said


def test_a_share_of_nobody_is_refused() -> None:
    with pytest.raises(Inestimable, match="nobody"):
        wilson(0, 0)
    with pytest.raises(ValueError, match="11 of 10"):
        clopper_pearson(11, 10)
