"""How many invented patients are screened a second, and in how much memory, beside plain SQL in the same run.

python bench/population.py [patients] [laboratory rows]

Wide: 30 three-valued criteria, one row a patient; verdicts and masks are written. The plain SQL has two values, no tolerance
and no masks of what is unknown: less than is asked of us. Long: the latest of many laboratory rows within a window, where
the plain SQL asks for that alone. Each run is a process of its own, so that its memory is its own.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "src"))

import duckdb

COLUMNS, THREADS = 30, 2
WIDE = """
equipoise: 1
study: wide
title: Thirty criteria
design: {type: interventional}
activities:
  history: {items: {%s}}
eligibility:
%s
"""
LONG = """
equipoise: 1
study: long
title: The latest of many
design: {type: interventional}
activities:
  labs: {repeats: true, items: {alt: {type: quantity, unit: U/L}}}
eligibility:
  - {id: liver, include: alt <= 40 U/L within 90 days before enrolment}
"""
UNTIL = date(2024, 6, 1)


def wide_study() -> str:
    items = ", ".join(f"x{k}: {{type: quantity, unit: U/L}}" for k in range(COLUMNS))
    return WIDE % (items, "\n".join(f"  - {{id: c{k}, include: x{k} >= {k % 5} U/L}}" for k in range(COLUMNS)))


def drawn(seed: str) -> str:
    """A number between nought and one, the same in every run."""
    return f"(hash({seed}) / 18446744073709551616.0)"


def made(where: Path, size: int, rows: int) -> None:
    """The tables: made by DuckDB, so that this process stays small."""
    wide, long = where / "wide", where / "long"
    for folder, text in ((wide, wide_study()), (long, LONG)):
        folder.mkdir()
        (folder / "study.yaml").write_text(text)
    cells = ", ".join(
        f'CASE WHEN {drawn(f"i * 64 + {k}")} >= 0.01 THEN (-20 * ln({drawn(f"i * 64 + {k} + 7000000000")}) + 2)::FLOAT END AS "history.x{k}"'
        for k in range(COLUMNS)
    )
    people = max(rows // 20, 1)
    with duckdb.connect() as base:
        base.execute("SET memory_limit = '2GB'")
        base.execute(f"COPY (SELECT i AS participant, {cells} FROM range({size}) t(i)) TO '{wide}/participants.parquet'")
        base.execute(f"COPY (SELECT i AS participant FROM range({people}) t(i)) TO '{long}/participants.parquet'")
        base.execute(
            f"COPY (SELECT i // 20 AS participant, DATE '2023-06-10' + (i % 20 * 18 + hash(i) % 18)::INTEGER AS \"on\", "
            f"(-20 * ln({drawn('i')}))::FLOAT AS alt FROM range({people * 20}) t(i)) TO '{long}/labs.parquet'"
        )


def run(engine: str, folder: Path) -> None:
    """One run, in a process of its own: its seconds, its seconds of processor time, and the most memory it had."""
    if engine == "plain SQL":
        with duckdb.connect() as base:
            base.execute(f"SET threads = {THREADS}")
            query = plain(folder)
            wall, worked = time.perf_counter(), time.process_time()
            base.execute(f"COPY ({query}) TO '{folder}/plain.parquet'")
            told = {}
    else:
        from equipoise.population import folder as tables_in
        from equipoise.population import population
        from equipoise.study import load

        study = load(folder)
        with tempfile.TemporaryDirectory() as kept:
            wall, worked = time.perf_counter(), time.process_time()
            found = population(study, tables_in(study, folder, until=UNTIL), engine=engine, kept=Path(kept))  # type: ignore[arg-type]
            told = {"patients": found.size, "eligible": found.eligible, "undecided": found.undecided}
    took = {"seconds": time.perf_counter() - wall, "processor": time.process_time() - worked}
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(json.dumps({**took, **told, "gibibytes": most}))


def plain(folder: Path) -> str:
    if folder.name == "wide":
        says = " AND ".join(f'"history.x{k}" >= {k % 5}' for k in range(COLUMNS))
        return f"SELECT participant, {says} AS met FROM '{folder}/participants.parquet'"
    window = f"\"on\" BETWEEN DATE '{UNTIL}' - 90 AND DATE '{UNTIL}'"
    return f"SELECT participant, arg_max(alt, \"on\") <= 40 AS met FROM '{folder}/labs.parquet' WHERE {window} GROUP BY participant"


def main(size: int = 1_000_000, rows: int = 20_000_000) -> None:
    with tempfile.TemporaryDirectory() as name:
        where = Path(name)
        made(where, size, rows)
        for kind, what, count in (
            ("wide", f"patients x {COLUMNS} criteria", size),
            ("long", "rows to the latest in a window", rows),
        ):
            for engine in ("polars", "duckdb", "plain SQL"):
                best = min((once(engine, where / kind) for _ in range(3)), key=lambda each: each["seconds"])
                print(
                    f"{engine}: {count:,} {what} in {best['seconds']:.2f} s ({count / best['seconds']:,.0f}/s), "
                    f"{best['processor']:.2f} s of processor time, {best['gibibytes']:.2f} GiB at most"
                )


def once(engine: str, folder: Path) -> dict[str, float]:
    told = subprocess.run([sys.executable, __file__, "--run", engine, str(folder)], capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(told.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    if sys.argv[1:2] == ["--run"]:
        run(sys.argv[2], Path(sys.argv[3]))
    else:
        main(*(int(word) for word in sys.argv[1:3]))
