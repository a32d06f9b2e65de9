"""How fast a cohort's table is read into a folder of events, and how much memory that takes, whatever its size.

python bench/import.py [rows]

One long table of laboratory values, twenty rows a participant, four cells each with dates day first and decimal commas, one
row in a hundred faulty; read from CSV and from Parquet. The peak is of the whole process, after a small import that loads
everything which is loaded once.
"""

import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "src"))

STUDY = """
equipoise: 1
study: labs
title: Laboratory values
design: {type: observational}
activities:
  labs:
    repeats: true
    items: {alt: {type: quantity, unit: U/L}, bilirubin: {use: labs.bilirubin}, stage: {type: integer, range: 1..4}}
"""
TABLES = """
tables:
  - file: FILE
    decimal: comma
    dates: [day_month_year]
    participant: id
    events:
      - do: labs
        on: day
        items: {alt: alt, bilirubin: {column: bili, unit: mg/dL}, stage: stage}
"""


def write(folder: Path, rows: int) -> None:
    chance = random.Random(8)
    with (folder / "labs.csv").open("w", encoding="utf-8") as file:
        file.write("id;day;alt;bili;stage\n")
        for n in range(rows):
            alt, bili = (f"{chance.uniform(low, high):.1f}".replace(".", ",") for low, high in ((5, 400), (0.2, 4)))
            day = "soon" if n % 100 == 7 else f"{n % 28 + 1}.{n % 12 + 1}.20{n % 24:02}"
            file.write(f"{n // 20};{day};{alt};{bili};{n % 4 + 1}\n")


def one(folder: Path, file: str) -> None:
    """One import, alone in its process: its time and its peak."""
    from equipoise.cohort import stored, told_tables
    from equipoise.study import study

    told = study(STUDY)
    mapping, findings = told_tables(told, TABLES.replace("FILE", file))
    assert mapping is not None, findings
    began, worked = time.perf_counter(), time.process_time()
    made = stored(told, mapping, folder, folder / f"people-{file}")
    wall, worked = time.perf_counter() - began, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{file:14} {made.rows:>9,} rows in {wall:6.1f} s, {worked:6.1f} s of processor time ({made.rows / worked:>7,.0f} rows/s), "
        f"peak {peak:5.0f} MiB; "
        f"{made.participants:,} participants, {made.rejected_rows:,} rows rejected, {made.doubts:,} cells in doubt", flush=True,
    )  # fmt: skip


def main(rows: int = 1_000_000) -> None:
    import polars as pl

    for size in (1_000, rows // 10, rows):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write(folder, size)
            frame = pl.read_csv(folder / "labs.csv", separator=";", infer_schema=False)
            frame.write_parquet(folder / "labs.parquet")
            del frame
            for file in ("labs.csv", "labs.parquet"):
                subprocess.run([sys.executable, __file__, "one", str(folder), file], check=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["one"]:
        one(Path(sys.argv[2]), sys.argv[3])
    else:
        main(*map(int, sys.argv[1:]))
