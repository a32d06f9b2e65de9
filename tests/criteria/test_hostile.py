"""Texts that nobody would write: no crash, bounded time, bounded memory."""

import random
import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from criteria.scoring import SETS, lines
from equipoise.criteria import criteria

SIGNS = list("<>≤≥=()[]{};:.,/%+-–—×x*^\\&|?!\"'’“”µ°²³⁰⁹½ \t\n\r\x00\u200b\ud7ff\U0001f642") + [
    "&lt;", "\\>=", "x ULN", "10^9/L", "109/L", "unless", "if ", "except ", "in which case ", "Exclusion Criteria:", "\n* ", "\n1. ", "within ",
    "half-lives", "ECOG ", "NYHA III", "≥ ", " or ", " and ", "not ", "12,345,678", "1e999", "9" * 60, "((((((((", "))))))))", "Inclusion", "\u0661\u0662",
]  # fmt: skip
SLOWEST = 1.0
"""Seconds that one text of a few thousand characters may take, on a machine with other things to do."""


def mutated(text: str, rng: random.Random) -> str:
    """A text with pieces cut, doubled, swapped, and signs put in."""
    for _ in range(rng.randint(1, 6)):
        at, end = sorted(rng.choices(range(len(text) + 1), k=2))
        match rng.randrange(6):
            case 0:
                text = text[:at] + text[end:]
            case 1:
                text = text[:end] + text[at:end][:400] + text[end:]
            case 2:
                text = text[:at] + rng.choice(SIGNS) * rng.choice((1, 1, 1, 3, 40)) + text[at:]
            case 3:
                text = text[at:end] + text[:at] + text[end:]
            case 4:
                text = text[:at] + text[at:end].swapcase() + text[end:]
            case _:
                text = text[:at] + "".join(rng.sample(text[at:end], len(text[at:end])))[:200] + text[end:]
    return text[:3_000]


def read_whole(count: int, seed: int) -> int:
    """How many of so many mutated texts are read in time, each criterion where it stands and with what its status says."""
    rng = random.Random(seed)
    texts = [each["line"] for half in SETS for each in lines(half)]
    well = 0
    for _ in range(count):
        text = mutated("\n".join(rng.choices(texts, k=rng.randint(1, 3))), rng)
        start = time.process_time()
        found = criteria(text, kind=rng.choice(("include", "exclude")))
        assert time.process_time() - start < SLOWEST, text
        for each in found.criteria:
            assert text[each.start : each.end] == each.text
            assert (each.expression is None) == (each.status in ("judgement", "text"))
        well += 1
    return well


def test_2_000_mutated_texts_are_read() -> None:
    assert read_whole(2_000, seed=7) == 2_000


@pytest.mark.long
def test_100_000_mutated_texts_are_read() -> None:
    assert read_whole(100_000, seed=20261121) == 100_000


@given(st.text(max_size=400))
def test_any_text_is_read(text: str) -> None:
    for each in criteria(text).criteria:
        assert text[each.start : each.end] == each.text


@pytest.mark.parametrize(
    "piece",
    ["(", ")", "≥ ", "≥ 1 ", "ULN ", "x ", "if ", "unless ", "AST or ", "1. ", "1, ", "ECOG 0, ", "upper limit of ", "of the ", "or ", "10 ", "- ", " ", "\n", "\n* ", ".", ". A", "1 000 ", "1,000,", "serum ", "institutional ", "within ", "pregnant or ", "a", "prior ", "Inclusion ", "no ", "AST ≤ 1 x ULN or ", "; and 1 ", "half-lives ", "patients with "],
)  # fmt: skip
def test_one_piece_again_and_again_takes_bounded_time(piece: str) -> None:
    text = piece * (20_000 // len(piece))
    start = time.process_time()
    criteria(text)
    assert time.process_time() - start < 5 * SLOWEST


def test_a_long_text_takes_bounded_memory() -> None:
    text = "* Age ≥ 18 years; ALT ≤ 2.5 x ULN (≤ 5 x ULN if liver metastases)\n" * 20_000
    tracemalloc.start()
    criteria(text)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 60_000_000
