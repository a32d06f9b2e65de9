"""How fast the ledger is written, on SQLite and on PostgreSQL, beside a plain INSERT; and how fast a stranger verifies it.

    .venv/bin/python bench/ledger.py [LINKS]

The peer is what a table of events without a chain would do: one INSERT a transaction, as durable, through the same Django.
PostgreSQL runs with fsync on, in a temporary folder.
"""

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))
APPENDS, RUNS = 300, 3


def told(vendor: str) -> None:
    """In a process of its own: one database, migrated and empty, written to in each way."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection, transaction

    from equipoise.web.ledger import Draft, append, outside

    call_command("migrate", verbosity=0)
    body = {"on": "2026-11-21", "do": "labs", "items": {"platelets": "140 10^9/L", "bilirubin": "11 umol/L"}}
    with connection.cursor() as cursor:
        key = "integer PRIMARY KEY" if connection.vendor == "sqlite" else "bigserial PRIMARY KEY"
        cursor.execute(f"CREATE TABLE plain (id {key}, study text, who text, at text, body text)")

    def chained(turn: int) -> None:
        named = {**body, "id": f"e{turn}", "participant": f"P-{turn % 50}"}
        draft = Draft(by="anna", role="coordinator", kind="event", participant=f"P-{turn % 50}", body=named)
        append("s", [draft], request=f"{vendor} {turn} {time.time_ns()}")

    def plain(turn: int) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            statement = "INSERT INTO plain (study, who, at, body) VALUES (%s, %s, %s, %s)"
            cursor.execute(statement, ["s", f"P-{turn % 50}", datetime.now(UTC).isoformat(), str(body)])

    folder, (first, second) = outside.folder, (lambda: None, outside.folder)
    for name, way, where in (("plain INSERT", plain, first), ("append, nothing outside", chained, first),
                             ("append, signed head", chained, second)):  # fmt: skip
        outside.folder = where  # type: ignore[assignment]
        rates = []
        for _ in range(RUNS):
            way(-1)
            start = time.perf_counter()
            for turn in range(APPENDS):
                way(turn)
            rates.append(APPENDS / (time.perf_counter() - start))
        print(f"{vendor:10}  {name:24} {statistics.median(rates):8,.0f} a second")
    outside.folder = folder


def verified(count: int) -> None:
    """A long chain as an export, and how long it takes to verify."""
    from equipoise.ledger import Draft, chained, lines
    from equipoise.verifier import verdicts

    start = datetime(2026, 1, 1, tzinfo=UTC)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "long.jsonl"
        number, previous = 0, ""
        with file.open("w") as opened:
            while number < count:
                who = f"P-{number % 2000}"
                items = {"platelets": f"{90 + number % 40} 10^9/L", "bilirubin": {"value": "10 umol/L", "uln": "21 umol/L"}}
                body = {"id": f"e{number}", "participant": who, "on": "2026-01-20", "do": "labs", "items": items}
                draft = Draft(by="anna", role="coordinator", site="north", participant=who, kind="event", body=body)
                at = start + timedelta(seconds=number)
                (link,) = chained([draft], study="s", at=at, request=f"r{number}", number=number, previous=previous)
                opened.write(next(lines([link])) + "\n")
                number, previous = link.number, link.hash
        before, worked = time.perf_counter(), time.process_time()
        (found,) = verdicts(file)
        took, worked = time.perf_counter() - before, time.process_time() - worked
        assert not found.faults and found.links == count
        print(
            f"verify      {count:,} links, {file.stat().st_size / 1e6:,.0f} MB: {took:.1f} s, {worked:.1f} s of one core, {count / worked:,.0f} a second of it"
        )
    papers()


def papers() -> None:
    """How long a signature takes to verify by Python alone."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from equipoise.verifier import is_signature

    key = Ed25519PrivateKey.generate()
    public, signed = key.public_key().public_bytes_raw(), [(b"%d" % each, key.sign(b"%d" % each)) for each in range(200)]
    is_signature(public, *signed[0])
    start = time.perf_counter()
    assert all(is_signature(public, message, signature) for message, signature in signed)
    print(f"verify      one signature: {(time.perf_counter() - start) / 200 * 1e3:.2f} ms")


def run(vendor: str, address: str = "") -> None:
    """Start the process that writes."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "EQUIPOISE_DESK": folder, "EQUIPOISE_DATABASE": address,
                       "DJANGO_SETTINGS_MODULE": "desk_settings", "PYTHONPATH": f"{ROOT / 'tests'}:{ROOT / 'src'}"}  # fmt: skip
        subprocess.run([sys.executable, __file__, "--told", vendor], env=environment, check=True)


def main() -> None:
    """Run all of it."""
    from databases import Cluster, programs

    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500_000
    print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}")
    run("sqlite")
    where = programs()
    if where is None:
        print("postgresql  left out: it is not installed")
    else:
        cluster = Cluster(where, is_durable=True)
        try:
            cluster.execute("CREATE DATABASE bench")
            run("postgresql", cluster.address("bench"))
        finally:
            cluster.stop()
    verified(count)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--told"]:
        told(sys.argv[2])
    else:
        main()
