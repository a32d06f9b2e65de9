"""What the verdicts of a population come to: how many, what keeps them out, and what would settle most of the rest."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from .screen import ELIGIBLE, MOST, NOT_ELIGIBLE, UNDECIDED, Screen
from .telling import told


@dataclass(frozen=True, slots=True)
class Loss:
    """How many patients one criterion bars, of how many it is unknown, and whom nothing else bars or leaves open.

    `first` are those whom it is the first to bar, the criteria taken in their order.
    """

    criterion: str
    fails: int
    unknowns: int
    sole: int
    first: int = 0


@dataclass(frozen=True, slots=True)
class Lack:
    """A datum that undecided patients lack, and of how many it is the only one."""

    datum: str
    patients: int
    alone: int


@dataclass(frozen=True, slots=True)
class Population:
    """What a study's criteria leave of a population."""

    size: int
    eligible: int
    not_eligible: int
    undecided: int
    losses: tuple[Loss, ...]
    lacks: tuple[Lack, ...]


def listed(lacks: Iterable[Lack], below: int) -> tuple[Lack, ...]:
    """Data in the order of their counts as they may be told, and not as they are: that would tell which is the greater."""

    def count(number: int) -> int:
        shown = told(number, below)
        return shown if isinstance(shown, int) else 1

    return tuple(sorted(lacks, key=lambda each: (-count(each.patients), each.datum)))


def counted(asked: Screen, found: Iterable[pl.DataFrame], *, kept: Path | None = None) -> Population:
    """Count verdicts and masks, batch by batch.

    Args:
        asked: What was asked of everybody.
        found: Verdicts and masks.
        kept: A folder for them, a Parquet file a batch; nothing is kept if left out.
    """
    criteria, data = asked.criteria, list(asked.lacks)
    totals: Counter[str] = Counter()
    for number, frame in enumerate(found):
        if kept is not None:
            frame.write_parquet(kept / f"verdicts-{number:05}.parquet", compression="lz4")
        totals.update(_sums(asked, frame))
    losses = tuple(
        Loss(name, totals[f"f {k}"], totals[f"u {k}"], totals[f"s {k}"], totals[f"1 {k}"]) for k, name in enumerate(criteria)
    )
    lacks = [Lack(datum, totals[f"l {k}"], totals[f"a {k}"]) for k, datum in enumerate(data) if totals[f"l {k}"]]
    return Population(
        totals["size"], totals[ELIGIBLE], totals[NOT_ELIGIBLE], totals[UNDECIDED], losses,
        tuple(sorted(lacks, key=lambda each: (-each.patients, each.datum))),
    )  # fmt: skip


def _sums(asked: Screen, frame: pl.DataFrame) -> dict[str, int]:
    """The counts of a batch, by short names."""
    failed, unknown = pl.col("failed"), pl.col("unknown")
    found = {str(word): int(count) for word, count in frame["verdict"].value_counts().iter_rows()} | {"size": frame.height}
    bits = [pl.lit(1 << k, pl.UInt64) for k in range(len(asked.criteria))]
    sums = [
        ((mask & bit) != 0).sum().alias(f"{sign} {k}")
        for sign, mask in (("f", failed), ("u", unknown))
        for k, bit in enumerate(bits)
    ]
    found |= frame.lazy().select(sums).collect().row(0, named=True)
    barred = frame.lazy().filter(failed != 0)
    places = barred.select(
        failed.bitwise_trailing_zeros().alias("first"), ((failed.bitwise_count_ones() == 1) & (unknown == 0)).alias("alone")
    )
    for place, count, alone in places.group_by("first").agg(pl.len(), pl.col("alone").sum()).collect().iter_rows():
        found[f"1 {place}"], found[f"s {place}"] = int(count), int(alone)
    words = [pl.col("lacking" if k == 0 else f"lacking_{k + 1}") for k in range(asked.words())]
    lacking = []
    for k in range(len(asked.lacks)):
        word, bit = words[k // MOST], pl.lit(1 << (k % MOST), pl.UInt64)
        others = [(each == 0) for place, each in enumerate(words) if place != k // MOST]
        lacking += [((word & bit) != 0).sum().alias(f"l {k}"), pl.all_horizontal(word == bit, *others).sum().alias(f"a {k}")]
    if lacking:
        found |= (
            frame.lazy().filter(pl.any_horizontal(word != 0 for word in words)).select(lacking).collect().row(0, named=True)
        )
    return found
