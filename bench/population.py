"""How many invented patients are screened a second: masks and verdicts of 30 three-valued criteria, written, beside plain SQL.

python bench/population.py [patients]

Wide tables: one row a patient. The plain SQL has two values, no tolerance and no masks of unknowns: less than is asked of us.
"""

import resource
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "src"))

import duckdb
import numpy as np
import polars as pl

from equipoise.population import folder as tables_in
from equipoise.population import population
from equipoise.study import load

COLUMNS = 30
BASE = """
equipoise: 1
study: wide
title: Thirty criteria
design: {type: interventional}
activities:
  history: {items: {%s}}
eligibility:
%s
"""


def text() -> str:
    items = ", ".join(f"x{k}: {{type: quantity, unit: U/L}}" for k in range(COLUMNS))
    return BASE % (items, "\n".join(f"  - {{id: c{k}, include: x{k} >= {k % 5} U/L}}" for k in range(COLUMNS)))


def main(size: int = 1_000_000) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "study.yaml").write_text(text())
        rng, study = np.random.default_rng(8), load(folder)
        made = {"participant": pl.Series(np.arange(size))}
        for k in range(COLUMNS):
            values = pl.Series(rng.gamma(4.0, 10.0, size).astype(np.float32))
            made[f"history.x{k}"] = values.set(pl.Series(rng.random(size) < 0.01), None)
        pl.DataFrame(made).write_parquet(folder / "participants.parquet")
        del made
        (folder / "kept").mkdir()
        found, wall, worked = None, time.perf_counter(), time.process_time()
        found = population(study, tables_in(study, folder, until=date(2024, 6, 1)), kept=folder / "kept")
        wall, worked = time.perf_counter() - wall, time.process_time() - worked
        print(f"population (Polars): {size:,} patients x {COLUMNS} criteria in {wall:.2f} s, {worked:.2f} s of processor time")
        print(f"  {size / wall:,.0f} patients/s; {found.eligible:,} eligible, {found.undecided:,} undecided")
        print(
            f"  most memory of the process, making the data included: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB"
        )
        says = " AND ".join(f'"history.x{k}" >= {k % 5}' for k in range(COLUMNS))
        with duckdb.connect() as base:
            base.execute("SET threads = 2")
            wall, worked = time.perf_counter(), time.process_time()
            base.execute(
                f"COPY (SELECT participant, {says} AS met FROM '{folder}/participants.parquet') TO '{folder}/plain.parquet'"
            )
            wall, worked = time.perf_counter() - wall, time.process_time() - worked
        print(
            f"plain SQL (DuckDB), verdict alone: {wall:.2f} s, {worked:.2f} s of processor time, {size / wall:,.0f} patients/s"
        )


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:2]))
