"""Stages put together: by hand, by law, and in agreement with boundaries that others found."""

from math import inf, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest, norm

from equipoise.kernels.dunnett import at_least, dunnett
from equipoise.kernels.group_sequential import exits, obrien_fleming, pocock
from equipoise.kernels.inestimable import Inestimable
from equipoise.kernels.planned_boundaries import planned_boundaries
from equipoise.kernels.stages import Stage, as_extreme, combined, effect, effect_in_order, weights

Z = float(norm.isf(0.025))
shares = st.lists(st.floats(0.05, 0.95), min_size=0, max_size=3, unique=True).map(lambda each: (*sorted(each), 1.0))


def test_two_stages_are_added_as_by_hand() -> None:
    """Weights 0.6 and 0.8 of a look at 36 %: 0.6·1.5 + 0.8·(-0.25) = 0.7; at a look at 64 % of two thirds, √½ each."""
    assert combined([Stage(1.5), Stage(-0.25)], (0.36, 1.0)) == pytest.approx(0.7)
    assert weights((0.32, 0.64)) == pytest.approx((sqrt(0.5), sqrt(0.5)))
    # The effect is 0.7 over 0.6·2 + 0.8·5 = 5.2, and its limits lie 1.96 / 5.2 away.
    found = effect([Stage(1.5, 2.0), Stage(-0.25, 5.0)], (0.36, 1.0), Z)
    assert found is not None
    assert (found.estimate, found.upper - found.estimate) == pytest.approx((0.7 / 5.2, Z / 5.2))
    assert effect([Stage(1.5, 2.0), Stage(-0.25)], (0.36, 1.0), Z) is None
    assert effect([Stage(0.0, 0.0)], (1.0,), Z) is None


def test_one_look_alone_has_the_ordinary_p_value() -> None:
    assert as_extreme((1.0,), (), 1.3) == pytest.approx(norm.sf(1.3), abs=1e-12)
    assert as_extreme((0.4, 1.0), (inf,), 1.3) == pytest.approx(norm.sf(1.3), abs=1e-9)
    with pytest.raises(ValueError, match="each look before the last"):
        as_extreme((0.5, 1.0), (), 1.0)


@pytest.mark.parametrize("made", [pocock, obrien_fleming])
def test_at_its_bound_a_p_value_is_what_has_been_spent(made) -> None:  # type: ignore[no-untyped-def]
    looks = made((0.3, 0.6, 1.0), 0.025)
    spent = exits(looks, 0.0).power
    for k in range(3):
        p = as_extreme(looks.information[: k + 1], looks.above[:k], looks.above[k])
        assert p == pytest.approx(spent[k], abs=1e-10)
    assert spent[-1] == pytest.approx(0.025, abs=1e-9)


@given(shares, st.floats(-3, 3), st.floats(0.01, 2))
def test_a_larger_statistic_or_effect_is_more_and_less_extreme(at: tuple[float, ...], z: float, more: float) -> None:
    if any(late - early < 0.01 for early, late in zip((0.0, *at), at, strict=False)):
        return
    above = (3.0,) * (len(at) - 1)
    here = as_extreme(at, above, z)
    assert as_extreme(at, above, z + more) < here + 1e-12
    assert as_extreme(at, above, z, drift=more) > here - 1e-12
    assert 0 <= here <= 1 + 1e-9


def test_a_weighted_effect_is_as_often_too_high_as_too_low_whatever_the_second_stage_was_made() -> None:
    """A second stage that is four times as large after a bad first one: the ordinary estimate is too low, the weighted is not."""
    rng, true, many = np.random.default_rng(5), 0.25, 200_000
    first = rng.normal(true * 4.0, 1.0, many)
    root = np.where(first < 1.0, 8.0, 4.0)
    second = rng.normal(true * root, 1.0)
    found = [effect([Stage(a, 4.0), Stage(b, c)], (0.5, 1.0), Z) for a, b, c in zip(first, second, root, strict=True)]
    too_high = np.mean([each is not None and each.estimate > true for each in found])
    covered = np.mean([each is not None and each.lower <= true <= each.upper for each in found])
    assert abs(too_high - 0.5) <= 3 * sqrt(0.25 / many)
    assert abs(covered - 0.95) <= 3 * sqrt(0.95 * 0.05 / many)
    together = (4.0 * first + root * second) / (16.0 + root**2)
    assert abs(np.mean(together > true) - 0.5) > 10 * sqrt(0.25 / many)


@given(st.integers(1, 4), st.floats(0.5, 3.0), st.floats(0.005, 0.2))
def test_dunnetts_p_value_is_the_level_at_its_bound(arms: int, control: float, alpha: float) -> None:
    bound = dunnett([1.0] * arms, control, alpha)
    assert at_least([1.0] * arms, control, bound) == pytest.approx(alpha, abs=1e-9)


def test_boundaries_go_by_the_names_of_a_plan() -> None:
    assert planned_boundaries((0.5, 1.0), 0.025, ("wang_tsiatis", 0.5)).above == pocock((0.5, 1.0), 0.025).above
    assert planned_boundaries((0.5, 1.0), 0.025, ("haybittle_peto", 3.0)).above[0] == 3.0
    binding = planned_boundaries((0.5, 1.0), 0.025, ("pocock", None), ("pocock", None), binding=True)
    free = planned_boundaries((0.5, 1.0), 0.025, ("pocock", None), ("pocock", None))
    assert binding.above[1] < free.above[1]


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ({"information": (0.6, 0.5, 1.0)}, "do not rise"),
        ({"futility": ("haybittle_peto", 3.0)}, "'haybittle_peto' is none"),
        ({"spending": ("wang_tsiatis", 0.2), "futility": ("pocock", None), "binding": True}, "'wang_tsiatis' is none"),
    ],
)
def test_what_cannot_be_spent_is_said(said: dict[str, object], says: str) -> None:
    with pytest.raises(Inestimable, match=says):
        planned_boundaries(**{"information": (0.5, 1.0), "alpha": 0.025, **said})  # type: ignore[arg-type]


@pytest.mark.parametrize("drift", [0.0, 2.0, 4.0])
def test_with_the_true_effect_any_chance_of_as_much_is_alike(drift: float) -> None:
    """So the effect at which it is one half is too high as often as too low, and 95 % limits leave out the truth in 5 %."""
    looks, rng, many = pocock((0.4, 1.0), 0.025), np.random.default_rng(8), 800
    first = rng.normal(drift * sqrt(0.4), 1.0, many)
    second = sqrt(0.4) * first + sqrt(0.6) * rng.normal(drift * sqrt(0.6), 1.0, many)
    found = [
        as_extreme((0.4,), (), one, drift) if one >= looks.above[0] else as_extreme((0.4, 1.0), looks.above[:1], two, drift)
        for one, two in zip(first, second, strict=True)
    ]
    assert kstest(found, "uniform").pvalue > 0.001
    ended = effect_in_order((0.4, 1.0), looks.above[:1], Stage(2.0, 4.0), 0.95)
    assert ended is not None
    for each, chance in ((ended.lower, 0.025), (ended.estimate, 0.5), (ended.upper, 0.975)):
        assert as_extreme((0.4, 1.0), looks.above[:1], 2.0, 4.0 * each) == pytest.approx(chance, abs=1e-8)
    assert ended.estimate < 0.5  # as if nobody had looked it would be 2 / 4
    assert effect_in_order((1.0,), (), Stage(2.0), 0.95) is None
