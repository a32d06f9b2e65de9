"""Virtual trials by the million: in batches, on any executor, the totals as they grow, kept in a file to be taken up again.

A batch is an address: so many trials from number `first` on. Its result does not depend on who runs it or when, totals
are added up in the order of the numbers, and so two processors, a cluster with a lost machine, or a run that was killed
and taken up again give the same bits as one processor in one go.
"""

import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from math import sqrt
from pathlib import Path
from typing import Any, Generic, Protocol, Self, TypeVar

from ..kernels.two_arm import Processor, Totals, TwoArms, batch

BATCH = 2**16
"""Trials in a batch: some hundredths of a second of a plain trial, so that handing it over costs nothing."""


class Added(Protocol):
    """What batches give: totals that can be added to others, exactly."""

    def __add__(self, other: Self, /) -> Self: ...


Found = TypeVar("Found", bound=Added)


@dataclass(frozen=True, slots=True)
class Work(Generic[Found]):
    """What is to be run in batches.

    Args:
        run: The totals of so many trials from a number on. It goes to other processes, so it has to be picklable.
        name: Everything that its totals depend on, as text: a file of another name is not taken up.
        written: Totals as JSON has them,
        read: and back.
    """

    run: Callable[[int, int], Found]
    name: str
    written: Callable[[Found], Any]
    read: Callable[[Any], Found]


class OfAnother(ValueError):
    """A file of batches is of other trials than those asked for."""


def two_arms(trial: TwoArms, seed: int, *, on: Processor = "cpu") -> Work[Totals]:
    """Plain trials of two arms as work. Where they run does not change what they give, and a file begun on one goes on on the other."""
    return Work(
        partial(batch, trial, seed, on=on),
        f"{trial!r}, seed {seed}",
        lambda totals: [totals.trials, totals.ended, totals.sums],
        lambda said: Totals(said[0], tuple(map(tuple, said[1])), tuple(said[2])),
    )


def precise(error: float) -> Callable[[Totals], bool]:
    """Whether the share of trials that show a difference is known this well: its Monte Carlo error is no larger.

    Two trials that show one and two that do not are added, so that a share of 0 or 1 is not taken for certain at once.

    Source:
        Agresti and Coull (1998), Am Stat 52:119-126.
    """

    def is_precise(totals: Totals) -> bool:
        many = totals.trials + 4
        share = (sum(row[1] for row in totals.ended) + 2) / many
        return sqrt(share * (1 - share) / many) <= error

    return is_precise


def running(
    work: Work[Found],
    count: int,
    *,
    executor: Executor | None = None,
    ahead: int | None = None,
    batch: int = BATCH,
    kept: Path | None = None,
    enough: Callable[[Found], bool] | None = None,
) -> Iterator[Found]:
    """The totals of the first batch, of the first two, and so on, as they are known.

    Args:
        work: What to run.
        count: How many trials at most.
        executor: Where to run batches: threads, processes, a cluster's; here, one after another, where none is given.
        ahead: How many batches to hand out at a time; a few more than there are processors, where it is not said.
        batch: How many trials to run at a time.
        kept: A file to which each batch is added once it is done. Batches found in it are not run again.
        enough: Asked of the totals after each batch: whether to leave it at that.

    Raises:
        OfAnother: The file is of other trials, or of batches of another size.
    """
    if count < 1 or batch < 1:
        raise ValueError(f"at least one trial, in batches of at least one, not {count} in {batch}")
    if executor is None:
        ahead = 1
    with ExitStack() as stack:
        done, keep = ({}, None) if kept is None else _taken_up(work, kept, batch)
        if keep is not None:
            stack.callback(keep.close)
        waiting: dict[Future[Found], int] = {}
        stack.callback(lambda: [each.cancel() for each in waiting])
        total, handed, added = None, 0, 0
        while added < count:
            while len(waiting) < (ahead or 2 * (os.cpu_count() or 1) + 2) and handed < count:
                these = min(batch, count - handed)
                if (handed, these) not in done:
                    waiting[_given(executor, work.run, handed, these)] = handed
                handed += these
            for finished in wait(waiting, return_when=FIRST_COMPLETED).done if waiting else ():
                first = waiting.pop(finished)
                these, found = min(batch, count - first), finished.result()
                done[first, these] = found
                if keep is not None:
                    keep.write(json.dumps([first, these, work.written(found)]).encode() + b"\n")
                    keep.flush()
            while (added, these := min(batch, count - added)) in done and added < count:
                found = done.pop((added, these))
                total, added = found if total is None else total + found, added + these
                yield total
                if enough is not None and enough(total):
                    return


def totals(work: Work[Found], count: int, **said: Any) -> Found:
    """The last of the running totals; Ctrl-C ends them early, and what is done by then is what you get.

    How many trials are in it, it says itself. The other arguments are those of `running`.
    """
    last = None
    try:
        for total in running(work, count, **said):
            last = total
    except KeyboardInterrupt:
        if last is None:
            raise
    assert last is not None
    return last


def _given(executor: Executor | None, run: Callable[[int, int], Found], first: int, count: int) -> "Future[Found]":
    if executor is not None:
        return executor.submit(run, first, count)
    here: Future[Found] = Future()
    here.set_result(run(first, count))
    return here


def _taken_up(work: Work[Found], kept: Path, batch: int) -> tuple[dict[tuple[int, int], Found], Any]:
    """The batches in a file, and the file, open for more. A last line that a kill tore off is taken away."""
    head = {"trials": work.name, "batch": batch, "equipoise": version("equipoise")}
    said = kept.read_bytes() if kept.exists() else b""
    whole = said[: said.rfind(b"\n") + 1]
    first, *rest = whole.decode().splitlines() or [json.dumps(head)]
    try:
        found = json.loads(first)
    except json.JSONDecodeError:
        found = None
    if found != head:
        raise OfAnother(f"{kept} is not of these trials, and is left as it is: it begins {first[:200]!r}")
    file = kept.open("r+b" if kept.exists() else "w+b")
    file.truncate(len(whole))
    file.seek(len(whole))
    if not whole:
        file.write(json.dumps(head).encode() + b"\n")
        file.flush()
    lines = map(json.loads, rest)
    return {(first, count): work.read(totals) for first, count, totals in lines}, file
