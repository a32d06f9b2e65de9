"""Batches of virtual trials: the same bits from threads, processes and a cluster, after a kill and after Ctrl-C."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
import tracemalloc
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any

import pytest

from equipoise.kernels.two_arm import Totals, TwoArms, batch, characteristics, exponential, slowed
from equipoise.simulation.trials import OfAnother, Work, precise, running, totals, two_arms

MEDIAN = exponential(12.0)
TRIAL = TwoArms(60, 12.0, 24.0, MEDIAN, slowed(MEDIAN, 0.7), dropout=0.01, test="cox")
COUNT, SIZE = 5000, 700


@cache
def in_one_go() -> Totals:
    """What every way of running them has to give."""
    return batch(TRIAL, 1, 0, COUNT)


class Unruly(Executor):
    """Runs batches one by one, and says that they are done in an order of its own."""

    def __init__(self) -> None:
        self.random, self.held = Random(1), list[tuple[Future[Any], Callable[[], Any]]]()

    def submit(self, run: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.held.append((future, lambda: run(*given, **named)))
        if len(self.held) == 4:
            self.random.shuffle(self.held)
            for each, job in self.held:
                each.set_result(job())
            self.held.clear()
        return future


def test_running_totals_are_those_of_the_trials_so_far() -> None:
    so_far = list(running(two_arms(TRIAL, 1), COUNT, batch=SIZE))
    assert [each.trials for each in so_far] == [*range(SIZE, COUNT, SIZE), COUNT]
    assert so_far[2] == batch(TRIAL, 1, 0, 3 * SIZE)
    assert so_far[-1] == in_one_go()


@pytest.mark.parametrize("size", [1, 31, 64, 5000, 100_000])
def test_the_size_of_a_batch_changes_nothing(size: int) -> None:
    count = 100 if size == 1 else COUNT
    assert totals(two_arms(TRIAL, 1), count, batch=size) == batch(TRIAL, 1, 0, count)


def test_threads_give_the_same_in_the_same_order() -> None:
    with ThreadPoolExecutor(2) as threads:
        so_far = list(running(two_arms(TRIAL, 1), COUNT, batch=SIZE, executor=threads))
    assert so_far == list(running(two_arms(TRIAL, 1), COUNT, batch=SIZE))


def test_processes_give_the_same() -> None:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as processes:
        assert totals(two_arms(TRIAL, 1), COUNT, batch=SIZE, executor=processes) == in_one_go()


def test_totals_come_in_the_order_of_the_numbers_whatever_is_done_first() -> None:
    so_far = list(running(two_arms(TRIAL, 1), 12 * SIZE, batch=SIZE, executor=Unruly(), ahead=4))
    assert [each.trials for each in so_far] == [SIZE * k for k in range(1, 13)]
    assert so_far[-1] == batch(TRIAL, 1, 0, 12 * SIZE)


def test_it_stops_when_it_is_precise_enough() -> None:
    enough = precise(0.005)
    found = totals(two_arms(TRIAL, 1), 10**9, batch=SIZE, enough=enough)
    share = characteristics(TRIAL, found).rejected
    assert enough(found) and share.error == pytest.approx(0.005, rel=0.1)
    assert found.trials < share.value * (1 - share.value) / 0.005**2 + 2 * SIZE
    assert not enough(batch(TRIAL, 1, 0, found.trials - SIZE))


def test_no_difference_in_ten_trials_is_not_taken_for_certain() -> None:
    assert not precise(0.01)(Totals(10, ((10, 0, 0),), (0,) * 10))


# --- a file that is taken up again ---


def runs_only(first: int, count: int) -> Totals:
    """A batch, refused where it should have been found in the file."""
    assert first >= 4 * SIZE, "this batch was done already"
    return batch(TRIAL, 1, first, count)


def test_what_is_in_the_file_is_not_run_again(tmp_path: Path) -> None:
    kept, work = tmp_path / "trials.jsonl", two_arms(TRIAL, 1)
    assert totals(work, 4 * SIZE, batch=SIZE, kept=kept).trials == 4 * SIZE
    assert totals(replace(work, run=runs_only), COUNT, batch=SIZE, kept=kept) == in_one_go()
    assert len(kept.read_text().splitlines()) == 1 + 8


def test_a_line_torn_off_by_a_kill_is_run_again(tmp_path: Path) -> None:
    kept, work = tmp_path / "trials.jsonl", two_arms(TRIAL, 1)
    totals(work, 5 * SIZE, batch=SIZE, kept=kept)
    kept.write_bytes(kept.read_bytes()[:-20])
    assert totals(replace(work, run=runs_only), COUNT, batch=SIZE, kept=kept) == in_one_go()
    assert all(json.loads(line) for line in kept.read_text().splitlines())


@pytest.mark.parametrize(
    ("other", "size"), [(two_arms(TRIAL, 2), SIZE), (two_arms(replace(TRIAL, dropout=0.0), 1), SIZE), (two_arms(TRIAL, 1), 99)]
)
def test_a_file_of_other_trials_is_left_as_it_is(tmp_path: Path, other: Work[Totals], size: int) -> None:
    kept = tmp_path / "trials.jsonl"
    totals(two_arms(TRIAL, 1), SIZE, batch=SIZE, kept=kept)
    before = kept.read_bytes()
    with pytest.raises(OfAnother, match="not of these trials"):
        totals(other, SIZE, batch=size, kept=kept)
    assert kept.read_bytes() == before


def test_a_file_of_something_else_is_left_as_it_is(tmp_path: Path) -> None:
    kept = tmp_path / "notes.txt"
    kept.write_text("Dear diary\n")
    with pytest.raises(OfAnother, match="Dear diary"):
        totals(two_arms(TRIAL, 1), SIZE, kept=kept)
    assert kept.read_text() == "Dear diary\n"


ENDLESS = """
    import sys
    from pathlib import Path
    from equipoise.kernels.two_arm import TwoArms, characteristics, exponential, slowed
    from equipoise.simulation.trials import totals, two_arms

    median = exponential(12.0)
    trial = TwoArms(60, 12.0, 24.0, median, slowed(median, 0.7), dropout=0.01, test="cox")
    print(totals(two_arms(trial, 1), 2**31, batch=700, kept=Path(sys.argv[1])).trials)
"""


def endless(kept: Path) -> "subprocess.Popen[str]":
    """A process that simulates for hours, once it has done some batches."""
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(ENDLESS), str(kept)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    until = time.monotonic() + 120
    while not (kept.exists() and kept.read_bytes().count(b"\n") > 3):
        assert process.poll() is None and time.monotonic() < until, process.communicate()[1]
        time.sleep(0.02)
    return process


@pytest.mark.skipif(os.name == "nt", reason="there are no signals here")
def test_a_run_that_is_killed_is_taken_up_where_it_was(tmp_path: Path) -> None:
    process = endless(tmp_path / "trials.jsonl")
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    done = (tmp_path / "trials.jsonl").read_bytes().count(b"\n") - 1
    assert totals(two_arms(TRIAL, 1), COUNT, batch=SIZE, kept=tmp_path / "trials.jsonl") == in_one_go()
    assert done >= 3


@pytest.mark.skipif(os.name == "nt", reason="there are no signals here")
def test_ctrl_c_keeps_what_is_done(tmp_path: Path) -> None:
    process = endless(tmp_path / "trials.jsonl")
    process.send_signal(signal.SIGINT)
    said, complaint = process.communicate(timeout=60)
    assert process.returncode == 0, complaint
    assert int(said) >= 3 * SIZE and int(said) % SIZE == 0
    assert len((tmp_path / "trials.jsonl").read_text().splitlines()) - 1 >= int(said) // SIZE


def interrupted(first: int, count: int) -> Totals:
    if first:
        raise KeyboardInterrupt
    return batch(TRIAL, 1, first, count)


def test_ctrl_c_before_anything_is_done_is_ctrl_c() -> None:
    work = replace(two_arms(TRIAL, 1), run=interrupted)
    assert totals(work, COUNT, batch=SIZE) == batch(TRIAL, 1, 0, SIZE)
    with pytest.raises(KeyboardInterrupt):
        totals(replace(work, run=lambda first, count: interrupted(1, count)), COUNT, batch=SIZE)


def test_a_batch_that_fails_is_heard(tmp_path: Path) -> None:
    def failing(first: int, count: int) -> Totals:
        if first == 2 * SIZE:
            raise ArithmeticError("no such luck")
        return batch(TRIAL, 1, first, count)

    kept = tmp_path / "trials.jsonl"
    with ThreadPoolExecutor(2) as threads, pytest.raises(ArithmeticError, match="no such luck"):
        totals(replace(two_arms(TRIAL, 1), run=failing), COUNT, batch=SIZE, executor=threads, ahead=2, kept=kept)
    assert totals(two_arms(TRIAL, 1), COUNT, batch=SIZE, kept=kept) == in_one_go()


def test_memory_does_not_grow_with_the_number_of_trials() -> None:
    def empty(first: int, count: int) -> Totals:
        return Totals(count, ((count, 0, 0),), tuple(range(first, first + 10)))

    def most(batches: int) -> int:
        tracemalloc.start()
        totals(replace(two_arms(TRIAL, 1), run=empty), 64 * batches, batch=64)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    # The totals of 10,000 batches, if they were kept, would take 10 MB.
    assert most(10_000) < most(100) + 1_000_000


def test_no_trials_are_said_to_be_none() -> None:
    with pytest.raises(ValueError, match="at least one trial"):
        next(running(two_arms(TRIAL, 1), 0))


# --- many machines ---


@pytest.fixture
def cluster() -> Iterator[Any]:
    """Two workers, each a process of its own."""
    distributed = pytest.importorskip("distributed", reason="the extra [dask] is not installed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with (
            distributed.LocalCluster(
                n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
            ) as local,
            distributed.Client(local) as client,
        ):
            yield client


@pytest.mark.slow
def test_a_cluster_gives_the_same_though_a_worker_is_killed(cluster: Any) -> None:
    count, size, killed = 4_000_000, 50_000, False
    with cluster.get_executor() as executor:
        for so_far in running(two_arms(TRIAL, 1), count, batch=size, executor=executor, ahead=6):
            total = so_far
            if not killed:
                os.kill(next(iter(cluster.run(os.getpid).values())), signal.SIGKILL)
                killed = True
    with ThreadPoolExecutor(2) as threads:
        assert total == totals(two_arms(TRIAL, 1), count, executor=threads)
