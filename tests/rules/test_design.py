"""The rules about a design, beyond their smallest studies: counting blocks, listing strata, what is wanted of power."""

from collections import Counter
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.finding import Finding, Severity
from equipoise.rules.allocation_predictable import guessed
from equipoise.study import study

HERE = Path(__file__).parent


def heard(name: str, *changed: tuple[str, str], which: str = "wakes") -> list[Finding]:
    """What one rule says of one of its studies, changed in some places."""
    text = (HERE / name.replace("-", "_") / f"{which}.yaml").read_text()
    for old, new in changed:
        assert old in text
        text = text.replace(old, new)
    found = study(text).check()
    assert "not-run" not in {each.rule for each in found}
    return [each for each in found if each.rule == name]


# --- allocation-predictable ---


def test_blocks_of_two_and_four_by_hand() -> None:
    # Of two: the first by chance, the second for sure. Of four: 1/2, then 2/3, then 2/3 x 1/2 + 1/3 x 1, then 1: 17/6.
    assert guessed((1, 1)) == (1.5, 1.0)
    right, certain = guessed((2, 2))
    assert (right, certain) == (pytest.approx(17 / 6), pytest.approx(4 / 3))


@given(st.lists(st.integers(1, 3), min_size=2, max_size=3))
def test_counting_is_as_good_as_in_every_order_of_the_block(places: list[int]) -> None:
    arms = [arm for arm, count in enumerate(places) for _ in range(count)]
    orders = set(permutations(arms)) if len(arms) <= 7 else set()
    right = certain = 0.0
    for order in orders:
        left = Counter(arms)
        for arm in order:
            most = max(left.values())
            tied = [each for each, count in left.items() if count == most]
            right += (arm in tied) / len(tied) / len(orders)
            certain += (most == sum(left.values())) / len(orders)
            left[arm] -= 1
    if orders:
        assert guessed(tuple(sorted(places))) == (pytest.approx(right), pytest.approx(certain))


def test_a_fixed_block_is_told_with_how_often_it_is_guessed() -> None:
    (found,) = heard("allocation-predictable")
    assert "guesses 71 % of the arms rightly, against 50 % by chance, and is certain of 33 %" in found.says


def test_where_nobody_knows_the_arms_counting_does_not_help() -> None:
    assert not heard("allocation-predictable", ("masking: none", "masking: double"))


def test_masking_that_is_not_said_is_a_note() -> None:
    (found,) = heard("allocation-predictable", (", masking: none", ""))
    assert found.severity is Severity.NOTE


def test_blocks_of_one_size_named_twice_are_of_one_size() -> None:
    assert heard("allocation-predictable", ("[4]", "[4, 4]"))


def test_a_lot_that_somebody_assigns_is_no_lot() -> None:
    (found,) = heard("allocation-predictable", ("method: permuted_blocks", "method: assigned"))
    assert "arms are assigned" in found.says
    assert not heard("allocation-predictable", ("method: permuted_blocks", "method: simple"))


# --- too-many-strata ---


def test_strata_are_counted() -> None:
    (found,) = heard("too-many-strata")
    assert "30 participants fall into 8 strata (4 of stage × 2 of resected), 3.8 in each" in found.says
    assert found.fix == "have at most 7 strata, or allocate by minimisation"


def test_a_number_is_no_stratum() -> None:
    (found,) = heard("too-many-strata", ("type: yes_no", "type: integer"), which="sleeps")
    assert "each value of 'resected' is a stratum" in found.says
    assert not heard("too-many-strata", ("type: yes_no", "type: integer, range: 0..1"), which="sleeps")


def test_sites_are_strata() -> None:
    sites = ("activities:", "sites: {a: {}, b: {}, c: {}, d: {}}\nactivities:")
    (found,) = heard("too-many-strata", sites, ("strata: [", "strata: [site, "), which="sleeps")
    assert "32 strata" in found.says


def test_minimisation_is_made_for_many_strata() -> None:
    assert not heard("too-many-strata", ("method: permuted_blocks", "method: minimisation"))


# --- underpowered ---


def test_what_is_missed_is_said_with_what_it_would_take() -> None:
    (found,) = heard("underpowered")
    assert "with a probability of about 23 %" in found.says and found.fix.startswith("plan for 308 participants, or")
    assert (found.about, found.severity) == ("primary", Severity.WARNING)


def test_more_power_may_be_wanted_and_less() -> None:
    assert heard("underpowered", ("alpha: 0.05", "alpha: 0.05\n    power: 0.9"), which="sleeps")
    assert not heard("underpowered", ("alpha: 0.05", "alpha: 0.05\n    power: 0.2"))


def test_what_cannot_be_told_is_a_note() -> None:
    (found,) = heard("underpowered", ("  death:", "  withdrawal:"))
    assert found.severity is Severity.NOTE
    assert "whether 60 participants are enough is not decided: nothing is assumed of 'death'" in found.says


def test_a_trial_that_is_over_is_left_alone() -> None:
    assert not heard("underpowered", ("title:", "status: completed\ntitle:"))


def test_an_endpoint_that_is_not_primary_carries_no_number() -> None:
    assert not heard("underpowered", ("role: primary", "role: secondary"))
