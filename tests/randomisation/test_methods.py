"""Each method by its law of balance, by hand, and by how often."""

import random
from collections import Counter
from fractions import Fraction
from itertools import pairwise, product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import equipoise.randomisation
from a_desk import a_plan
from equipoise.randomisation import METHODS, Method, Plan, method
from equipoise.randomisation.biased_coin import tossed

ratios = st.dictionaries(st.sampled_from(["a", "b", "c", "d"]), st.integers(1, 3), min_size=2)
seeds = st.integers(0, 2**32)


def allocated(plan: Plan, seed: int, strata: list[dict[str, str]]) -> list[tuple[dict[str, str], str]]:
    """Participants of the given strata, one after the other, by the plan's method."""
    chance, used = random.Random(seed).randrange, method(plan.method)
    lists: dict[str, list[str]] = {}
    earlier: dict[str, list[tuple[dict[str, str], str]]] = {}
    told = []
    for stratum in strata:
        name = str(stratum) if used.by_stratum else ""
        tickets = lists.setdefault(name, [*used.tickets(plan, chance)])
        before = earlier.setdefault(name, [])
        before.append((stratum, used.arm(plan, before, stratum, tickets[len(before)])))
        told.append(before[-1])
    return told


def test_each_file_of_a_method_is_listed() -> None:
    folder = Path(equipoise.randomisation.__file__).parent
    others = {"__init__", "method", "plan", "tickets", "opening"}
    assert {file.stem for file in folder.glob("*.py")} - others == {each.name for each in METHODS}


@pytest.mark.parametrize("used", METHODS, ids=lambda each: each.name)
@given(seed=seeds)
def test_a_list_has_just_the_places_that_were_planned_and_no_fault(used: Method, seed: int) -> None:
    plan = PLANS[used.name]
    tickets = [*used.tickets(plan, random.Random(seed).randrange)]
    assert len(tickets) == plan.places
    assert used.fault(plan, tickets) == ""


PLANS = {
    "permuted_blocks": a_plan(),
    "simple": a_plan(method="simple"),
    "biased_coin": a_plan(method="biased_coin", probability="2/3"),
    "minimisation": a_plan(method="minimisation", probability="0.8", factors={"sex": ("f", "m"), "stage": ("i", "ii", "iii")}),
}


# --- permuted blocks ---------------------------------------------------------------------------------------------------


@given(ratio=ratios, sizes=st.lists(st.integers(1, 3), min_size=1, max_size=3), seed=seeds)
def test_after_each_whole_block_the_arms_stand_in_their_ratio(ratio: dict[str, int], sizes: list[int], seed: int) -> None:
    round_ = sum(ratio.values())
    plan = a_plan(ratio=ratio, blocks=(round_ * sizes[0],), places=round_ * sizes[0] * 5)
    tickets = [*method("permuted_blocks").tickets(plan, random.Random(seed).randrange)]
    for end in range(0, plan.places + 1, round_ * sizes[0]):
        counts = Counter(tickets[:end])
        assert all(counts[arm] * round_ == end * share for arm, share in ratio.items())


@given(seed=seeds)
def test_two_arms_in_blocks_are_never_further_apart_than_half_the_largest_block(seed: int) -> None:
    told = [arm for _, arm in allocated(a_plan(), seed, [{}] * 60)]
    apart = [abs(sum(1 if arm == "new" else -1 for arm in told[:end])) for end in range(61)]
    assert max(apart) <= 3


def test_a_list_that_no_blocks_give_is_told_by_its_place() -> None:
    # By hand, blocks of 4: noon is a block; then nnno is none.
    fault = method("permuted_blocks").fault
    arms = {"n": "new", "o": "old"}
    plan = a_plan(blocks=(4,), places=8)
    assert fault(plan, [arms[each] for each in "noonnono"]) == ""
    assert (
        fault(plan, [arms[each] for each in "noonnnno"]) == "after place 4 no block of 4 places holds the arms in their ratio"
    )
    assert fault(plan, [arms[each] for each in "noonnn"]) == ""  # the list's end cuts the last block short
    assert fault(plan, [arms[each] for each in "noonnnn"]) != ""


def test_a_list_is_followed_through_every_way_of_cutting_it() -> None:
    # By hand, blocks of 4 or 6: 'nnoo nnnooo' can start with 4 alone; 'nnoonononoon' is 4+4+4 or 6+6, both followed.
    arms = {"n": "new", "o": "old"}
    for text in ("nnoonnnooo", "nnoonononoon", "nnnooonnoo"):
        assert method("permuted_blocks").fault(a_plan(), [arms[each] for each in text]) == ""


def test_every_order_of_a_block_is_as_likely() -> None:
    # 6 orders of 2 + 2, 12,000 blocks: chi-squared with 5 degrees of freedom; once in 10,000 by chance, and the seed is fixed.
    plan = a_plan(blocks=(4,), places=48_000)
    tickets = [*method("permuted_blocks").tickets(plan, random.Random(1).randrange)]
    seen = Counter(tuple(tickets[start : start + 4]) for start in range(0, len(tickets), 4))
    assert len(seen) == 6
    assert stats.chisquare([*seen.values()]).pvalue > 1e-4


# --- simple ------------------------------------------------------------------------------------------------------------


def test_simple_randomisation_keeps_the_ratio_in_the_long_run_and_remembers_nothing() -> None:
    plan = a_plan(method="simple", ratio={"new": 2, "old": 1}, places=30_000)
    tickets = [*method("simple").tickets(plan, random.Random(2).randrange)]
    new = [ticket == "new" for ticket in tickets]
    assert stats.binomtest(sum(new), len(new), 2 / 3).pvalue > 1e-4
    after_new = [second for first, second in pairwise(new) if first]
    assert stats.binomtest(sum(after_new), len(after_new), 2 / 3).pvalue > 1e-4


# --- biased coin -------------------------------------------------------------------------------------------------------


def test_the_biased_coin_is_within_two_of_level_as_often_as_efron_says() -> None:
    # Efron (1971): |D| has a limit law; with p = 2/3 and r = p/q = 2 the chance of |D| = 0 after an even number is
    # (r - 1)/r = 1/2. 300 trials of 60 participants.
    plan = a_plan(method="biased_coin", probability="2/3", places=60)
    level = 0
    for seed in range(300):
        new = sum(arm == "new" for _, arm in allocated(plan, seed, [{}] * 60))
        level += new == 30
    assert stats.binomtest(level, 300, 0.5).pvalue > 1e-4


@settings(max_examples=25, deadline=None)
@given(
    lacks=st.dictionaries(st.sampled_from(["a", "b", "c", "d"]), st.integers(0, 3), min_size=2),
    probability=st.sampled_from([Fraction(2, 3), Fraction(4, 5), Fraction(9, 10)]),
)
def test_the_coin_gives_those_that_lack_most_just_its_probability(lacks: dict[str, int], probability: Fraction) -> None:
    # By law, over 512 numbers that lie evenly: the share of each arm is its probability, to within a number at each end.
    fallen = Counter(tossed(lacks, probability, f"{number << 55:016x}") for number in range(512))
    best = [arm for arm in lacks if lacks[arm] == min(lacks.values())]
    rest = [arm for arm in lacks if arm not in best]
    for arm in lacks:
        share = (
            Fraction(1, len(best)) if not rest else probability / len(best) if arm in best else (1 - probability) / len(rest)
        )
        assert abs(fallen[arm] - share * 512) <= 1


def test_the_last_number_of_all_has_an_arm_too() -> None:
    assert tossed({"a": 0, "b": 0, "c": 0}, Fraction(2, 3), "f" * 16) == "c"
    assert tossed({"a": 0, "b": 1, "c": 1}, Fraction(2, 3), "f" * 16) == "c"


# --- minimisation ------------------------------------------------------------------------------------------------------


def test_minimisation_by_hand() -> None:
    # Pocock and Simon, with the range. Earlier: (f, i) new, (f, ii) new, (m, i) old. Next is (f, i).
    #   sex f: new 2, old 0.  stage i: new 1, old 1.
    #   joins new: |3-0| + |2-1| = 4.   joins old: |2-1| + |1-2| = 2.  So old is wanted: with 0.8.
    plan = PLANS["minimisation"]
    earlier = [({"sex": "f", "stage": "i"}, "new"), ({"sex": "f", "stage": "ii"}, "new"), ({"sex": "m", "stage": "i"}, "old")]
    next_ = {"sex": "f", "stage": "i"}
    arm = method("minimisation").arm
    assert arm(plan, earlier, next_, f"{0:016x}") == "old"
    assert arm(plan, earlier, next_, f"{int(0.79 * 2**64):016x}") == "old"
    assert arm(plan, earlier, next_, f"{int(0.81 * 2**64):016x}") == "new"


def test_minimisation_keeps_each_level_closer_than_chance_does() -> None:
    # By law: within each level the arms of 200 participants are nearer under minimisation than under simple randomisation.
    strata = [dict(zip(("sex", "stage"), each, strict=True)) for each in product("fm", ("i", "ii", "iii"))]
    dice = random.Random(3)
    apart = {"minimisation": [], "simple": []}
    for seed in range(15):
        joining = dice.choices(strata, k=200)
        for name in apart:
            plan = (
                PLANS["minimisation"]
                if name == "minimisation"
                else a_plan(method="simple", factors=PLANS["minimisation"].factors)
            )
            plan = a_plan(**{**_fields(plan), "places": 200})
            told = allocated(plan, seed, joining)
            for factor, levels in plan.factors.items():
                for level in levels:
                    here = [arm for stratum, arm in told if stratum[factor] == level]
                    apart[name].append(abs(2 * here.count("new") - len(here)))
    means = {name: sum(each) / len(each) for name, each in apart.items()}
    assert means["minimisation"] < 3 < 6 < means["simple"], means


def _fields(plan: Plan) -> dict[str, object]:
    return {name: getattr(plan, name) for name in plan.__slots__}
