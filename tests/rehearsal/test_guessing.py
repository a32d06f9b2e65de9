"""Guessing the next arm: by hand for small blocks, by law, and by agreement with the formula of Blackwell and Hodges."""

from dataclasses import replace

import pytest

from equipoise.protocol import Allocation
from equipoise.rehearsal.guesses import Known, guessing, in_a_block
from equipoise.study import Study
from two_arm_study import two_arms

TWO = ("new", "old")


def allocated(study: Study, **said: object) -> Study:
    assert study.protocol.allocation is not None
    return replace(study, protocol=replace(study.protocol, allocation=replace(study.protocol.allocation, **said)))  # type: ignore[arg-type]


def test_blocks_of_four_by_hand() -> None:
    # Of six blocks, AABB is guessed 1/2 + 0 + 1 + 1, ABAB 1/2 + 1 + 1/2 + 1 and ABBA the same; their mirrors alike.
    assert in_a_block(4) == pytest.approx((2 * (2.5 + 3 + 3) / 6) / 4)


def test_a_block_of_two_is_half_known() -> None:
    assert in_a_block(2) == 0.75


@pytest.mark.parametrize("size", [2, 4])
def test_blocks_of_one_size_are_guessed_as_often_as_the_formula_says(size: int) -> None:
    found = guessing(two_arms(blocks=f"blocks: [{size}], "), seed=4)
    assert found.least_so_far is not None and found.knowing is not None and found.exact == pytest.approx(in_a_block(size))
    assert abs(found.least_so_far.value - in_a_block(size)) < 4 * found.least_so_far.error
    assert abs(found.knowing.value - in_a_block(size)) < 4 * found.knowing.error


def test_a_third_of_the_places_of_blocks_of_four_is_certain() -> None:
    # The fourth always; the third where the first two were alike, one time in three: (1 + 1/3) / 4.
    found = guessing(two_arms(), seed=4)
    assert found.certain is not None and abs(found.certain.value - 1 / 3) < 4 * found.certain.error


def test_simple_randomisation_is_guessed_half_the_time() -> None:
    found = guessing(two_arms(method="simple", blocks=""), seed=4)
    assert found.lot == found.exact == 0.5 and found.least_so_far is not None and found.certain is not None
    assert abs(found.least_so_far.value - 0.5) < 4 * found.least_so_far.error and found.certain.value == 0


def test_who_knows_that_sizes_vary_knows_less() -> None:
    fixed, mixed = guessing(two_arms(), seed=4), guessing(two_arms(blocks="blocks: [4, 6], "), seed=4)
    assert fixed.knowing and mixed.knowing and fixed.certain and mixed.certain
    assert mixed.knowing.value < fixed.knowing.value and mixed.certain.value < fixed.certain.value / 3


def test_who_knows_the_blocks_guesses_no_worse_where_arms_are_unequal() -> None:
    found = guessing(allocated(two_arms(people=42), blocks=(6,), ratio={"new": 2, "old": 1}), seed=4)
    assert found.knowing is not None and found.least_so_far is not None and found.lot == pytest.approx(2 / 3)
    assert found.knowing.value > max(found.least_so_far.value, found.lot) and found.exact is None


def test_each_stratum_has_a_list_of_its_own() -> None:
    # About ten people a ward: of a block that is not filled the last place, which is certain, is never reached.
    one, four = guessing(two_arms(), seed=4), guessing(allocated(two_arms(), strata=("ward",)), seed=4)
    assert four.strata == 4 and one.certain is not None and four.certain is not None
    assert four.certain.value < one.certain.value - 0.01


def test_chances_in_a_block_by_hand() -> None:
    known = Known(TWO, Allocation(method="permuted_blocks", blocks=(4,)))
    assert known.chances() == {"new": 0.5, "old": 0.5}
    known.learn("new")
    assert known.chances() == pytest.approx({"new": 1 / 3, "old": 2 / 3})
    known.learn("new")
    assert known.chances() == {"new": 0.0, "old": 1.0}
    known.learn("old")
    known.learn("old")
    assert known.chances() == {"new": 0.5, "old": 0.5}


def test_what_cannot_be_guessed_is_said() -> None:
    assert "assigned" in guessing(allocated(two_arms(), method="assigned"), seed=1).cannot
    assert "minimisation" in guessing(allocated(two_arms(), method="minimisation"), seed=1).cannot
