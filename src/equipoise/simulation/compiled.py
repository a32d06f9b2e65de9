"""The fast interpreter: a study's protocol and assumptions as tables and machine code, and its participants as arrays.

It gives the participants that `virtual` gives, without their events: what became of each, and what each endpoint comes
to. What it cannot do it refuses, with a sentence that names it (`NotCompiled`); an endpoint of a kind that has no single
outcome is left out, and said so (`left_out`).
"""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import Any
from weakref import finalize

import numpy as np

from ..calendar import NO_TIME, Span
from ..study import Study
from .assumptions import assumption_findings
from .lacking import lacking
from .participants import Unassumed, horizon, virtual
from .plan import plan

STATUSES = {0: "censored", 1: "event", 2: "competing", -1: "outside", -2: "absent", -3: "too short"}
"""What a status says: of an occurrence, `event` that it happened and `censored` that it did not."""

PEOPLE = (
    "joined", "screened", "arm", "cohort", "site", "enrolled_on", "died_on", "withdrew_on", "alive_on", "lesions",
    "lesions_treated", "lesions_left",
)  # fmt: skip
BATCH = 50_000
"""Participants drawn at one go; memory does not grow with their number beyond it."""
KEPT = 1 << 26
"""Up to so many bytes a room in memory is kept for what is drawn next: two of them at most."""


@dataclass(frozen=True)
class Compiled:
    """A study made ready: `forms`, `steps` and `endpoints` name the columns of what `participants` gives."""

    study: Study
    forms: tuple[str, ...]
    steps: tuple[str, ...]
    endpoints: tuple[str, ...]
    left_out: tuple[str, ...]
    tables: np.ndarray
    answer: Any = field(repr=False)
    horizon: Span = NO_TIME

    def participants(
        self, size: int, *, seed: int, trials: int = 1, first_trial: int = 0, until: date | None = None, cores: int = 1
    ) -> "Drawn":
        """Participants of trials, `size` of each: those that `virtual` draws with this seed and trial.

        Args:
            size: How many join a trial.
            seed: The seed, below 2⁶⁴.
            trials: How many trials.
            first_trial: The number of the first.
            until: The last day on which anything is recorded; unsaid, as `virtual` has it.
            cores: How many threads; they change nothing in what is drawn.

        Raises:
            Overflow: A participant does not fit the room that the fast interpreter has.
            Unassumed: Nobody who is drawn is eligible.
        """
        drawn = Drawn.empty(self, size * trials)
        cuts = [trials * core // cores for core in range(cores + 1)]
        shares = [(first, end) for first, end in pairwise(cuts) if end > first]

        def share(ends: tuple[int, int]) -> None:
            self._run(drawn, size, seed, first_trial, ends, until)

        if len(shares) == 1:
            share(shares[0])
        else:
            with ThreadPoolExecutor(len(shares)) as pool:
                list(pool.map(share, shares))
        return drawn

    def _run(self, drawn: "Drawn", size: int, seed: int, first_trial: int, ends: tuple[int, int], until: date | None) -> None:
        from .site import record, run

        state = np.zeros(1, record.STATE)
        rows = slice(ends[0] * size, ends[1] * size)
        last = until.toordinal() if until is not None else record.NO_DAY
        at = run()(
            state, self.tables, self.answer.address, seed & 0xFFFFFFFF, seed >> 32 & 0xFFFFFFFF, first_trial + ends[0],
            ends[1] - ends[0], size, self.horizon.days, self.horizon.months, last, drawn.people[rows], drawn.counts[rows],
            drawn.first_days[rows], drawn.last_days[rows], drawn.entries[rows], drawn.days_in[rows], drawn.statuses[rows],
            drawn.values[rows], drawn.moments[rows],
        )  # fmt: skip
        if at >= 0:
            trial, index = divmod(int(at), size)
            if int(state["fault"][0]) == record.NOBODY:  # the reference says who stood in the way
                virtual(self.study, index + 1, seed=seed, trial=first_trial + ends[0] + trial, until=date.max)
            says = record.FAULTS[int(state["fault"][0])]
            raise Overflow(f"participant V{index + 1:03} of trial {first_trial + ends[0] + trial}: {says}")

    def batches(
        self, size: int, *, seed: int, trials: int, first_trial: int = 0, until: date | None = None, cores: int = 1
    ) -> Iterator["Drawn"]:
        """The same, so many at a go: memory stays as it is however many trials there are."""
        at_once = max(1, BATCH // max(size, 1)) * cores
        for first in range(0, trials, at_once):
            yield self.participants(
                size, seed=seed, trials=min(at_once, trials - first), first_trial=first_trial + first, until=until, cores=cores
            )  # fmt: skip


class Overflow(Exception):
    """Something about a participant that the fast interpreter has no room for; `virtual` has."""


@dataclass(frozen=True)
class Drawn:
    """What became of participants, a row for each; days are counted as `date.toordinal` counts them, 0 is none.

    `people` holds the columns `PEOPLE`; `counts`, `first_days` and `last_days` are by activity, `entries` and `days_in`
    by step, `statuses`, `values` and `moments` by endpoint: days, a count or a measured value, and the day it is of.
    """

    of: Compiled
    people: np.ndarray
    counts: np.ndarray
    first_days: np.ndarray
    last_days: np.ndarray
    entries: np.ndarray
    days_in: np.ndarray
    statuses: np.ndarray
    values: np.ndarray
    moments: np.ndarray

    @classmethod
    def empty(cls, of: Compiled, rows: int) -> "Drawn":
        """Room for so many; nothing has been written to it."""
        forms, steps, endpoints = len(of.forms), len(of.steps), len(of.endpoints)
        sizes = (2 * endpoints, len(PEOPLE), forms, forms, forms, steps, steps, endpoints, endpoints)
        cuts = [rows * cut for cut in (0, *accumulate(sizes))]
        lent = _room(cuts[-1])
        parts = [lent[first:end] for first, end in pairwise(cuts)]
        values, *whole = [parts[0].view(np.float64), *parts[1:]]
        people, counts, first_days, last_days, entries, days_in, statuses, moments = [
            each.reshape(rows, size) for each, size in zip(whole, sizes[1:], strict=True)
        ]
        values = values.reshape(rows, endpoints)
        return cls(of, people, counts, first_days, last_days, entries, days_in, statuses, values, moments)

    def person(self, what: str) -> np.ndarray:
        """One column of `people`, by its name."""
        found: np.ndarray = self.people[:, PEOPLE.index(what)]
        return found


def _room(size: int) -> np.ndarray:
    """Room for so many numbers: some that nobody looks at any more, else new.

    What is new has to be cleared by the machine first, which takes longer than to write what is drawn. A room is free again
    when the last array has gone that looks at any of it.
    """
    try:
        room = _FREE.pop()
    except IndexError:
        room = None
    if room is None or not size <= room.size <= 2 * size:
        room = np.empty(size, np.int32)
    lent = np.frombuffer(room.data, np.int32, size) if size else np.empty(0, np.int32)
    if 0 < room.nbytes <= KEPT:
        finalize(lent, _FREE.append, room)
    return lent


_FREE: deque[np.ndarray] = deque(maxlen=2)


# --- making a study ready --------------------------------------------------------------------------------------------


@lru_cache(maxsize=16)
def compiled(study: Study) -> Compiled:
    """A study made ready for the fast interpreter.

    Raises:
        Unassumed: Something is not assumed that would be needed.
        NotCompiled: It says something that the fast interpreter does not do; the sentence names it.
    """
    wrong = (*assumption_findings(study), *lacking(study))
    if wrong:
        raise Unassumed(wrong)
    from .site import answer
    from .tables import tables

    t, endpoints, left_out = tables(plan(study))
    return Compiled(
        study, tuple(t.forms), tuple(t.steps), endpoints, left_out, t.array, answer(t.statements.source()), horizon(study)
    )  # fmt: skip
