"""Faults put into the shipped studies are found, by the rule that must wake.

`python tests/test_mutants.py` lists the survivors; with words after it, those of the operators so named.
"""

import os
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from pathlib import Path

import pytest

import equipoise as eq
from equipoise.rules import RULES, findings
from equipoise.study import Unsound, study

sys.path.insert(0, str(Path(__file__).parent))
from mutants import Mutant, mutants

PAGE = Path(__file__).parent.parent / "docs" / "explanation" / "mutants.md"
CAUGHT = 0.95
"""The part of all mutants that must be caught at least."""


def woken(text: str, only: frozenset[str] | None = None) -> Counter[tuple[str, str]]:
    """Which findings a study has, by rule and by what they are about; of the rules, those alone that are named."""
    try:
        read = study(text)
    except Unsound as why:
        return Counter((each.rule, each.about) for each in why.findings)
    asked = RULES if only is None else tuple(each for each in RULES if each.name in only)
    return Counter((each.rule, each.about) for each in findings(read, asked))


@cache
def unharmed(name: str) -> Counter[tuple[str, str]]:
    """The findings of a study as it is shipped."""
    return woken((eq.shipped() / name / "study.yaml").read_text(encoding="utf-8"))


def is_caught(mutant: Mutant) -> tuple[bool, tuple[str, ...]]:
    """Whether one of the rules woke that must, for something for which it did not wake before; and what else woke."""
    before = unharmed(mutant.study)
    if {rule for rule, _ in woken(mutant.text, mutant.wakes) - before} & mutant.wakes:
        return True, ()
    return False, tuple(sorted({rule for rule, _ in woken(mutant.text) - before}))


def survivors(every: int = 1, of: str = "") -> tuple[int, list[tuple[Mutant, tuple[str, ...]]]]:
    """How many mutants were looked at, and those that no rule of theirs found, with what woke instead."""
    made = [each for each in mutants(eq.shipped()) if of in each.fault][::every]
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        found = list(pool.map(is_caught, made, chunksize=8))
    return len(made), [(mutant, names) for mutant, (caught, names) in zip(made, found, strict=True) if not caught]


@pytest.mark.long
def test_there_are_mutants_enough_and_each_differs_from_its_study() -> None:
    made = list(mutants(eq.shipped()))
    assert len(made) >= 500
    assert len({(each.study, each.text) for each in made}) == len(made)


@pytest.mark.long
def test_nearly_all_mutants_are_caught_and_the_survivors_are_listed() -> None:
    count, left = survivors()
    told = "\n".join(f"{mutant} ({', '.join(names)})" for mutant, names in left)
    assert len(left) <= (1 - CAUGHT) * count, told
    listed = PAGE.read_text(encoding="utf-8")
    assert all(f"| {mutant.study} | {mutant.fault} | {mutant.at} |" in listed for mutant, _ in left), told


def page(count: int, left: list[tuple[Mutant, tuple[str, ...]]]) -> str:
    """The page that says how many mutants there are, and which survive."""
    made, lived = Counter(each.fault for each in mutants(eq.shipped())), Counter(mutant.fault for mutant, _ in left)
    rows = [f"| {fault} | {number} | {number - lived[fault]} |" for fault, number in sorted(made.items())]
    still = [f"| {mutant.study} | {mutant.fault} | {mutant.at} |" for mutant, _ in left]
    return "\n".join([
        "# Faults put in, and faults found", "",
        "<!-- Made by `python tests/test_mutants.py --write`; a test compares the list of survivors. -->", "",
        "A check that finds nothing says little, unless it is known what it would have found. So faults are put into the six",
        "shipped studies by a program, one at a time: a comparator turned round, a unit dropped, a bound shifted beside words",
        "that say it, a loop without its counter, an arm's treatment given to the other, an endpoint counted from something",
        "that one arm never has. Each such *mutant* names the rules of which one must wake, for something for which it did not",
        "wake before. A fault of which nothing else in the file could tell is not made: nobody could find it by reading.", "",
        f"**{count} mutants, {count - len(left)} caught: {1 - len(left) / count:.1%}.** The studies as they are shipped have no",
        "finding that they do not keep with a reason.", "",
        "| fault | made | caught |", "|---|---:|---:|", *rows, "",
        "## Survivors", "",
        "| study | fault | where |", "|---|---|---|", *still, "",
    ])  # fmt: skip


if __name__ == "__main__":
    words = [word for word in sys.argv[1:] if word != "--write"]
    looked, lived = survivors(of=" ".join(words))
    print(f"{looked} mutants, {len(lived)} survive: {1 - len(lived) / looked:.1%} caught")
    for mutant, names in lived:
        print(f"{mutant}: {' | '.join(sorted(mutant.wakes))[:80]} -- woke: {', '.join(names) or 'nothing'}")
    if "--write" in sys.argv and not words:
        PAGE.write_text(page(looked, lived), encoding="utf-8")
