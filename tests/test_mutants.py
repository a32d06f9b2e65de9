"""Faults put into the shipped studies are found, by the rule that must wake; `python tests/test_mutants.py` lists survivors."""

import os
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

import equipoise as eq
from equipoise.study import Unsound, study

sys.path.insert(0, str(Path(__file__).parent))
from mutants import Mutant, mutants

CAUGHT = 0.95
"""The part of all mutants that must be caught at least."""


def woken(text: str) -> Counter[tuple[str, str]]:
    """Which findings a study has, by rule and by what they are about."""
    try:
        told = study(text).check()
    except Unsound as why:
        told = why.findings
    return Counter((each.rule, each.about) for each in told)


def is_caught(mutant: Mutant) -> tuple[bool, tuple[str, ...]]:
    """Whether one of the rules woke that must, for something for which it did not wake before; and what woke."""
    before = woken((eq.shipped() / mutant.study / "study.yaml").read_text(encoding="utf-8"))
    new = woken(mutant.text) - before
    names = {rule for rule, _ in new}
    return bool(names & mutant.wakes), tuple(sorted(names))


def survivors(every: int = 1) -> tuple[int, list[tuple[Mutant, tuple[str, ...]]]]:
    """How many mutants were looked at, and those that no rule of theirs found, with what woke instead."""
    made = list(mutants(eq.shipped()))[::every]
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        found = list(pool.map(is_caught, made, chunksize=8))
    return len(made), [(mutant, names) for mutant, (caught, names) in zip(made, found, strict=True) if not caught]


def test_there_are_mutants_enough_and_each_differs_from_its_study() -> None:
    made = list(mutants(eq.shipped()))
    assert len(made) >= 500
    assert len({(each.study, each.text) for each in made}) == len(made)


@pytest.mark.slow
def test_nearly_all_mutants_are_caught() -> None:
    count, left = survivors()
    assert len(left) <= (1 - CAUGHT) * count, "\n".join(f"{mutant} ({', '.join(names)})" for mutant, names in left)


if __name__ == "__main__":
    looked, lived = survivors(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
    print(f"{looked} mutants, {len(lived)} survive: {1 - len(lived) / looked:.1%} caught")
    for mutant, names in lived:
        print(f"{mutant}: {' | '.join(sorted(mutant.wakes))[:80]} -- woke: {', '.join(names) or 'nothing'}")
