"""Philox: random words found by their address alone, so that nothing depends on what was drawn before.

A word is at (seed; participant, trial, slot, occasion). Whoever asks for it, in any order and on any number of cores,
finds the same one; what nobody asks for need not be drawn.
"""

import numpy as np

from . import compiled, inlined

MULTIPLIER_0, MULTIPLIER_1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
STRIDE_0, STRIDE_1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
LOW, HALF = np.uint64(0xFFFFFFFF), np.uint64(32)
ROUNDS = 10
STEP_32, STEP_52 = 2.0**-32, 2.0**-52


@inlined
def wide(
    participant: np.uint64, trial: np.uint64, slot: np.uint64, occasion: np.uint64, seed_low: np.uint64, seed_high: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """The four words at an address, everything 64 bits wide and below 2³²: for loops over many addresses side by side."""
    a, b, c, d = participant, trial, slot, occasion
    for _ in range(ROUNDS):
        one, two = MULTIPLIER_0 * a, MULTIPLIER_1 * c
        a, b, c, d = (two >> HALF) ^ b ^ seed_low, two & LOW, (one >> HALF) ^ d ^ seed_high, one & LOW
        seed_low, seed_high = (seed_low + STRIDE_0) & LOW, (seed_high + STRIDE_1) & LOW
    return a, b, c, d


@compiled
def philox(
    participant: np.uint32, trial: np.uint32, slot: np.uint32, occasion: np.uint32, seed_low: np.uint32, seed_high: np.uint32
) -> tuple[np.uint32, np.uint32, np.uint32, np.uint32]:
    """Four random words of 32 bits, each taking every value equally often: Philox4x32 with ten rounds.

    Args:
        participant: With the three next, the address: of which participant,
        trial: of which virtual trial,
        slot: what is drawn,
        occasion: and which time it is.
        seed_low: The low half of the seed,
        seed_high: and the high one.

    Source:
        Salmon, Moraes, Dror and Shaw (2011), Parallel random numbers: as easy as 1, 2, 3, SC '11, section 3.3.
    """
    a, b, c, d = wide(
        np.uint64(np.uint32(participant)), np.uint64(np.uint32(trial)), np.uint64(np.uint32(slot)),
        np.uint64(np.uint32(occasion)), np.uint64(np.uint32(seed_low)), np.uint64(np.uint32(seed_high)),
    )  # fmt: skip
    return np.uint32(a), np.uint32(b), np.uint32(c), np.uint32(d)


@inlined
def uniform(word: np.uint32) -> float:
    """A number strictly between 0 and 1, in the middle of one of 2³² equal steps."""
    return (float(word) + 0.5) * STEP_32


@compiled
def uniform_52(high: np.uint32, low: np.uint32) -> float:
    """A number strictly between 0 and 1 from two words, in the middle of one of 2⁵² equal steps."""
    joined = (np.uint64(high) << np.uint64(20)) | (np.uint64(low) >> np.uint64(12))
    return (float(joined) + 0.5) * STEP_52
