"""Chance by address: what is drawn for a participant is found by its place and hangs on nothing drawn before it.

An address is a participant of a trial, a slot (what is drawn: an item, a clock, a step's rounds ...) and an occasion
(which time). Philox, keyed by the seed, turns it into four words, and each word is one number strictly between 0 and 1.
Whoever asks, in whatever order and on however many cores, finds the same; what nobody asks for need not be drawn.

A distribution is turned round: the number is the share of the distribution that lies below the value. Bounds truncate:
the number is spread over the share that lies between them. The few lines of arithmetic here are the only ones: the
compiled interpreter is made of the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from .inverse import at, four_digits, nearest, quantile, share

__all__ = ["Draws", "at", "four_digits", "nearest", "philox", "quantile", "share"]

MULTIPLIERS, STRIDES, WORD = (0xD2511F53, 0xCD9E8D57), (0x9E3779B9, 0xBB67AE85), 0xFFFFFFFF
ROUNDS = 10
STEP = 2.0**-32

JOINING, BLOCK, COUNT, DIAMETER, ORGAN, FIRST_FREE = range(6)
"""Slots that every study has: joining (the gap to the one before, the site), blocks, and the lesions."""

PERSON_BITS, TRY_BITS, TIME_BITS = 10, 6, 16
"""An occasion: which person in a participant's place (those before were not eligible), which try, which time."""


def philox(counter: tuple[int, int, int, int], key: tuple[int, int]) -> tuple[int, int, int, int]:
    """Four words of 32 bits at an address: Philox4x32 with ten rounds.

    Source:
        Salmon, Moraes, Dror and Shaw (2011), Parallel random numbers: as easy as 1, 2, 3, SC '11, section 3.3.

    >>> [f"{word:08x}" for word in philox((0, 0, 0, 0), (0, 0))]
    ['6627e8d5', 'e169c58d', 'bc57ac4c', '9b00dbd8']
    """
    a, b, c, d = counter
    low, high = key
    for _ in range(ROUNDS):
        one, two = MULTIPLIERS[0] * a, MULTIPLIERS[1] * c
        a, b, c, d = (two >> 32) ^ b ^ low, two & WORD, (one >> 32) ^ d ^ high, one & WORD
        low, high = (low + STRIDES[0]) & WORD, (high + STRIDES[1]) & WORD
    return a, b, c, d


@dataclass(slots=True)
class Draws:
    """The numbers of one participant of one trial, under one seed; `person` counts who stands in that place."""

    seed: int
    trial: int
    participant: int
    person: int = 0

    def uniform(self, slot: int, time: int = 0, *, word: int = 0, attempt: int = 0) -> float:
        """A number strictly between 0 and 1: for a slot, the so-many-th time, at a try."""
        occasion = self.person << TRY_BITS + TIME_BITS | attempt << TIME_BITS | time
        key = self.seed & WORD, self.seed >> 32 & WORD
        return (philox((self.participant, self.trial, slot, occasion), key)[word] + 0.5) * STEP


def chosen(given: Mapping[str, float], uniform: float) -> str:
    """One of several codes, by their chances, which need not sum to 1."""
    left = uniform * sum(given.values())
    for code, chance in given.items():
        left -= chance
        if left < 0:
            return code
    return [code for code, chance in given.items() if chance > 0][-1]
