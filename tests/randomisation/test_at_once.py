"""Many at once, and a vault that is killed wherever it is: no slot twice, no gap, nobody in doubt."""

import json
import multiprocessing
import os
import random
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from a_desk import Nursery, a_plan, allocations
from equipoise.randomisation import METHODS
from equipoise.randomisation.opening import opening_faults
from equipoise.vault import Vault, made_key

PROCESSES, AT_ONCE = 8, 200


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(PROCESSES, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield pool


def as_promised(vault: Vault, receipts: list[dict[str, Any]]) -> tuple[str, ...]:
    """What is wrong once the study is opened."""
    commitment, opening = vault.commitment("trial"), vault.opened("trial", head="f" * 64)
    return opening_faults(
        commitment["body"],
        sorted((each["body"] for each in receipts), key=lambda each: each["number"]),
        opening["body"],
        METHODS,
    )


@pytest.mark.parametrize("repeats", [3, pytest.param(50, marks=pytest.mark.long)])
def test_200_at_once_from_8_processes_share_no_slot_and_leave_no_gap(
    vault: Vault, desk: Path, pool: ProcessPoolExecutor, repeats: int
) -> None:
    vault.prepare(a_plan(places=AT_ONCE * repeats))
    told: list[tuple[str, str, int]] = []
    for turn in range(repeats):
        people = [f"P-{turn:02}-{number:03}" for number in range(AT_ONCE)]
        shares = [people[place::PROCESSES] for place in range(PROCESSES)]
        asked = [pool.submit(allocations, desk, share, AT_ONCE // PROCESSES) for share in shares]
        told += [each for answer in asked for each in answer.result()]
    assert sorted(slot for _, _, slot in told) == [*range(1, AT_ONCE * repeats + 1)], [
        text for _, text, slot in told if not slot
    ][:3]
    receipts = [json.loads(text) for _, text, _ in told]
    assert all(each["body"]["participant"] == who for each, (who, _, _) in zip(receipts, told, strict=True))
    assert as_promised(vault, receipts) == ()


def test_one_participant_from_50_connections_has_one_allocation_and_50_equal_answers(
    vault: Vault, desk: Path, pool: ProcessPoolExecutor
) -> None:
    vault.prepare(a_plan())
    for who in ("P-1", "P-2"):
        shares = [50 // PROCESSES + (place < 50 % PROCESSES) for place in range(PROCESSES)]
        asked = [pool.submit(allocations, desk, [who] * share, share) for share in shares]
        told = [text for answer in asked for _, text, _ in answer.result()]
        assert len(told) == 50
        assert len({*told}) == 1
    assert json.loads(told[0])["body"]["slot"] == 2


def test_the_last_slots_are_given_to_as_many_as_there_are_and_the_others_are_told(
    vault: Vault, desk: Path, pool: ProcessPoolExecutor
) -> None:
    vault.prepare(a_plan(places=100))
    shares = [[f"P-{number}" for number in range(place, AT_ONCE, PROCESSES)] for place in range(PROCESSES)]
    told = [each for answer in [pool.submit(allocations, desk, share, 25) for share in shares] for each in answer.result()]
    assert sorted(slot for _, _, slot in told if slot) == [*range(1, 101)]
    assert {text for _, text, slot in told if not slot} == {
        "the list of the study of trial is used up after 100 places: nobody was randomised"
    }


@pytest.mark.skipif(not hasattr(os, "fork"), reason="vaults are born by fork here")
@pytest.mark.parametrize("kills", [40, pytest.param(1_000, marks=pytest.mark.long)])
def test_a_vault_that_is_killed_loses_nothing_that_it_acknowledged_and_leaves_nobody_in_doubt(desk: Path, kills: int) -> None:
    # Half of the kills come at a step (a statement to the database, an answer on its way), half at a moment. Eight go on asking
    # throughout, each for one participant after the other, and never know when.
    dice, key = random.Random(8), made_key(desk / "web.key")
    vaults, vault = Nursery(desk), Vault(desk, key, patience=60)
    done = Event()

    def coordinator(number: int) -> dict[str, str]:
        told: dict[str, str] = {}
        while not done.is_set():
            who = f"P-{number}-{len(told):05}"
            told[who] = json.dumps(
                vault.assign(study="trial", participant=who, stratum={}, eligibility="e" * 64, known=len(told))
            )
            time.sleep(0.003)
        return told

    try:
        vaults.born(ready=True)
        vault.prepare(a_plan(places=2_000 + 60 * kills))
        assert vaults.killed() == signal.SIGKILL
        with ThreadPoolExecutor(8) as pool:
            asked = [pool.submit(coordinator, number) for number in range(8)]
            try:
                for turn in range(kills):
                    if turn % 2:
                        vaults.born(dice.randrange(1, 120))
                        assert vaults.dead() == signal.SIGKILL
                    else:
                        vaults.born(ready=bool(dice.randrange(4)))
                        time.sleep(dice.uniform(0, 0.1))
                        assert vaults.killed() == signal.SIGKILL
            finally:
                vaults.born()
                done.set()
            acknowledged = {who: text for each in asked for who, text in each.result(60).items()}
        again = {
            who: json.dumps(vault.assign(study="trial", participant=who, stratum={}, eligibility="e" * 64))
            for who in acknowledged
        }
        receipts = [json.loads(text) for text in acknowledged.values()]
        assert again == acknowledged
        assert sorted(each["body"]["slot"] for each in receipts) == [*range(1, len(receipts) + 1)]
        assert len(receipts) > kills
        assert as_promised(vault, receipts) == ()
    finally:
        vaults.close()
    print(f"{kills} kills, {len(receipts)} receipts")
