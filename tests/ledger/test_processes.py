"""Several processes write in one ledger, and some are killed."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from equipoise.verifier import outside_of, verdict
from equipoise.web.ledger import links

TESTS = Path(__file__).parent.parent


def writer(desk: Any, *arguments: str) -> "subprocess.Popen[str]":
    environment = desk.environment() | {
        "DJANGO_SETTINGS_MODULE": "desk_settings",
        "PYTHONPATH": os.pathsep.join([str(TESTS), str(TESTS.parent / "src")]),
    }
    process = subprocess.Popen(
        [sys.executable, str(TESTS / "ledger_writer.py"), *arguments],
        env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n", process.stderr.read() if process.stderr else ""
    return process


def go(process: "subprocess.Popen[str]") -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def found(desk: Any, study: str = "s") -> Any:
    return verdict(study, (each.told for each in links(study)), outside=outside_of(study, desk.anchors))


def test_eight_processes_write_one_chain_without_a_gap(database: Any) -> None:
    writers = [writer(database, "s", str(name), "20") for name in range(8)]
    for each in writers:
        go(each)
    answers = [line.split() for each in writers for line in each.communicate()[0].splitlines()]
    assert [each.returncode for each in writers] == [0] * 8
    assert sorted(int(number) for number, _, _ in answers) == list(range(2, 321, 2))
    there = {each.number: each for each in links("s")}
    assert list(there) == list(range(1, 321))
    assert all((there[int(n)].request, there[int(n)].hash) == (r, h) for n, r, h in answers)
    seen = found(database)
    assert (seen.faults, seen.acknowledged) == ([], 320)


def test_one_request_from_eight_processes_is_written_once_and_answered_alike(database: Any) -> None:
    writers = [writer(database, "s", str(name), "10", "same") for name in range(8)]
    for each in writers:
        go(each)
    answers = {each.communicate()[0] for each in writers}
    assert len(answers) == 1
    assert len(answers.pop().splitlines()) == 10
    assert len(list(links("s"))) == 20
    assert found(database).faults == []


def killed(database: Any, times: int, seed: int) -> int:
    """Kill a writer so many times; how many pairs were acknowledged in all."""
    rng, acknowledged = random.Random(seed), {}
    for turn in range(times):
        process = writer(database, "s", f"k{turn}", "100000")
        go(process)
        assert process.stdout is not None
        out = [process.stdout.readline() for _ in range(rng.randrange(4))]  # at every moment of a writing, the first too
        time.sleep(rng.uniform(0, 0.02))
        process.kill()
        out += process.stdout.read().splitlines()
        process.communicate()
        for line in out:
            if line.count(" ") == 2 and len(line.split()[2]) == 64:
                number, request, hash_ = line.split()
                acknowledged[int(number)] = request, hash_
    there = list(links("s"))
    seen = found(database)
    assert seen.faults == []
    assert len(there) % 2 == 0, "half of a transaction"
    assert all(a.request == b.request for a, b in zip(there[::2], there[1::2], strict=True))
    by_number = {each.number: (each.request, each.hash) for each in there}
    assert all(by_number[number] == told for number, told in acknowledged.items())
    return len(acknowledged)


@pytest.mark.slow
def test_what_was_acknowledged_outlives_a_writer_that_is_killed(database: Any) -> None:
    assert killed(database, 12, seed=1) > 12


@pytest.mark.long
def test_a_thousand_killings_lose_nothing(database: Any) -> None:
    assert killed(database, 500, seed=2) > 500  # on each of the two databases
