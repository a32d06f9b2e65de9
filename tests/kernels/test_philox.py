"""Random words by their address: against the published answers, and against numpy's own uniform law."""

import numpy as np
import pytest
from scipy.stats import chi2, kstest

from equipoise.kernels.loops.philox import philox, uniform, uniform_52

ONES = 0xFFFFFFFF

# The known answers that come with Random123, the authors' own code, for philox4x32 with 10 rounds.
KNOWN = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((ONES, ONES, ONES, ONES), (ONES, ONES), (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


@pytest.mark.parametrize(("counter", "key", "words"), KNOWN)
def test_the_words_are_those_its_authors_publish(
    counter: tuple[int, ...], key: tuple[int, ...], words: tuple[int, ...]
) -> None:
    assert philox(*counter, *key) == words


def by_the_paper(counter: list[int], key: list[int]) -> list[int]:
    """Section 3.3 of the paper in whole numbers of any size, a round at a time."""
    for _ in range(10):
        one, two = 0xD2511F53 * counter[0], 0xCD9E8D57 * counter[2]
        counter = [two >> 32 ^ counter[1] ^ key[0], two & ONES, one >> 32 ^ counter[3] ^ key[1], one & ONES]
        key = [(key[0] + 0x9E3779B9) & ONES, (key[1] + 0xBB67AE85) & ONES]
    return counter


def test_any_address_gives_what_whole_numbers_of_any_size_give() -> None:
    rng = np.random.default_rng(1)
    for address in rng.integers(0, 2**32, (200, 6), dtype=np.uint64).tolist():
        assert list(philox(*address)) == by_the_paper(address[:4], address[4:])


def test_the_type_of_an_address_does_not_matter() -> None:
    plain = philox(3, 1, 4, 1, 5, 9)
    assert philox(*(np.uint32(n) for n in (3, 1, 4, 1, 5, 9))) == plain
    assert philox(*(np.int64(n) for n in (3, 1, 4, 1, 5, 9))) == plain


def test_a_uniform_is_never_0_nor_1() -> None:
    assert uniform(np.uint32(0)) == 2.0**-33
    assert uniform(np.uint32(ONES)) == 1 - 2.0**-33
    assert uniform_52(np.uint32(0), np.uint32(0)) == 2.0**-53
    assert uniform_52(np.uint32(ONES), np.uint32(ONES)) == 1 - 2.0**-53


@pytest.mark.parametrize("axis", range(4))
def test_neighbouring_addresses_are_uniform_and_unrelated(axis: int) -> None:
    words = []
    for i in range(20_000):
        address = [7, 7, 7, 7]
        address[axis] = i
        words.append(philox(*address, 1, 2))
    drawn = np.array([[uniform(word) for word in four] for four in words])
    for column in drawn.T:
        assert kstest(column, "uniform").pvalue > 1e-4
    # A square of 16 by 16 for each word and its neighbour's: all cells alike.
    for column in drawn.T:
        cells = np.bincount((column[:-1] * 16).astype(int) * 16 + (column[1:] * 16).astype(int), minlength=256)
        assert chi2.sf(((cells - cells.mean()) ** 2 / cells.mean()).sum(), 255) > 1e-4
    assert np.abs(np.corrcoef(drawn.T) - np.eye(4)).max() < 5 / np.sqrt(20_000)
