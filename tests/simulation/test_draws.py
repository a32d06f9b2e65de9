"""Chance by address: the words, the uniforms, and the distributions turned round."""

import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.simulation.allocation import Slots
from equipoise.simulation.assumptions import Spread, drawn
from equipoise.simulation.draws import Draws, philox
from equipoise.simulation.inverse import at, four_digits, nearest, share

# Known answers of the authors' own tests (Random123, kat_vectors): counter, key and the four words.
KNOWN = [
    ((0, 0, 0, 0), (0, 0), "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        "d16cfe09 94fdcceb 5001e420 24126ea1",
    ),
]


@pytest.mark.parametrize(("counter", "key", "words"), KNOWN)
def test_the_words_are_those_of_philox(counter: tuple[int, int, int, int], key: tuple[int, int], words: str) -> None:
    assert " ".join(f"{word:08x}" for word in philox(counter, key)) == words


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1), st.integers(0, 5_000))
def test_every_number_lies_between_0_and_1_and_is_found_again(seed: int, trial: int, participant: int, slot: int) -> None:
    draws = Draws(seed, trial, participant, 1)
    found = draws.uniform(slot, 3, word=2)
    assert 0 < found < 1 and found == Draws(seed, trial, participant, 1).uniform(slot, 3, word=2)


def test_persons_tries_and_times_have_addresses_of_their_own() -> None:
    found = {Draws(1, 0, 0, person).uniform(9, time, attempt=attempt) for person in (1, 2, 1_000) for attempt in (0, 49)
             for time in (0, 1, 4_999)}  # fmt: skip
    assert len(found) == 18


@given(st.floats(1e-12, 1 - 1e-12))
def test_the_normal_distribution_is_turned_round(probability: float) -> None:
    assert at(probability) == pytest.approx(NormalDist().inv_cdf(probability), rel=1e-13, abs=1e-13)


SPREADS = [
    Spread("normal", 10, 3, 4, 12),
    Spread("normal", 0, 1, 3, 6),
    Spread("lognormal", 1, 0.5, 0.5, 20),
    Spread("exponential", 100),
    Spread("exponential", 100, low=20, high=150),
    Spread("weibull", 50, 1.7, 0, 80),
    Spread("uniform", 3, 9, 3, 9),
]


@pytest.mark.parametrize("spread", SPREADS, ids=lambda each: each.kind)
@given(uniform=st.floats(1e-6, 1 - 1e-6))
def test_the_share_below_a_drawn_value_is_the_number_it_was_drawn_with(spread: Spread, uniform: float) -> None:
    value = drawn(spread, uniform)
    assert spread.low <= value <= spread.high
    if spread.kind == "uniform":
        assert (value - spread.low) / (spread.high - spread.low) == pytest.approx(uniform)
        return
    kind = ("normal", "lognormal", "uniform", "constant", "exponential", "weibull").index(spread.kind)
    below = share(kind, spread.first, spread.second, value)
    assert (below - spread.below) / spread.within == pytest.approx(uniform, abs=1e-9)


def test_counts_are_poisson_and_truncated() -> None:
    rng = np.random.default_rng(2)
    found = [drawn(Spread("poisson", 3.0, low=1, high=6, whole=True), each) for each in rng.random(20_000)]
    # By hand: the chance of k is 3^k / k! over their sum from 1 to 6.
    weights = {k: 3.0**k / math.factorial(k) for k in range(1, 7)}
    for k, weight in weights.items():
        chance = weight / sum(weights.values())
        assert abs(found.count(k) / 20_000 - chance) < 4 * math.sqrt(chance * (1 - chance) / 20_000)


def test_what_did_not_happen_by_a_day_happens_after_it() -> None:
    # An exponential time has no memory: beyond 50 it is 50 and another of the same.
    spread = Spread("exponential", 30.0)
    assert drawn(spread, 0.4, above=50) == pytest.approx(50 + drawn(spread, 0.4))
    assert drawn(Spread("constant", 10), 0.4, above=50) == math.inf


def test_numbers_have_four_digits() -> None:
    assert [four_digits(each) for each in (123.456, 0.0123456, 99_996.0, -5.55555, 0.0)] == [123.5, 0.01235, 100_000, -5.556, 0]
    assert [nearest(each) for each in (2.5, -2.5, 3.49)] == [3, -2, 3]


def test_every_full_block_is_balanced_whatever_the_stratum() -> None:
    for stratum in (0, 5, 2**32 - 1):
        slots = Slots(("a", "b"), None, seed=3)
        assert {slots.next(stratum) for _ in range(40)} == {"a", "b"}
