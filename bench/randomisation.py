"""How long an allocation takes: in the vault alone, through its process from one and from many, and how long slots take to draw.

Beside it: what the machine's disk needs for one small transaction of SQLite that is as durable, because no vault can be faster
for one who asks alone. A vault that writes those who wait together can be faster for many.
"""

import secrets
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from a_desk import a_plan, asked
from equipoise.vault import Vault, made_key, signed, start, trust
from equipoise.vault.keys import public
from equipoise.vault.slots import Slots

ALLOCATIONS = 1_000


def each(work: Callable[[int], object], times: int = ALLOCATIONS) -> str:
    """The median and the 95th of a hundred of how long each turn takes."""
    took = []
    for turn in range(times):
        before = time.perf_counter()
        work(turn)
        took.append(1_000 * (time.perf_counter() - before))
    return f"{statistics.median(took):6.2f} ms, p95 {statistics.quantiles(took, n=20)[-1]:6.2f} ms"


def durable(folder: Path) -> str:
    """One row of as many bytes as a receipt, with synchronous=FULL."""
    with sqlite3.connect(folder / "plain.sqlite", isolation_level=None) as plain:
        plain.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE row (sealed BLOB);")
        told = each(lambda _: plain.execute("INSERT INTO row VALUES (?)", (secrets.token_bytes(4_124),)))
    plain.close()
    return told


def drawn(folder: Path, places: int) -> str:
    """All slots of a study: drawn, sealed, committed to, written."""
    web = Ed25519PrivateKey.generate()
    slots = Slots(folder / "drawn.sqlite", Ed25519PrivateKey.generate(), public(web))
    before = time.perf_counter()
    slots.prepare(signed({"paper": "prepare", "plan": a_plan(places=places).paper()}, web))
    took = time.perf_counter() - before
    slots.close()
    return f"{took:6.2f} s, {places / took:,.0f} slots a second"


def within(folder: Path, method: str, **otherwise: object) -> str:
    """Allocations without a process and a socket."""
    web = Ed25519PrivateKey.generate()
    slots = Slots(folder / f"{method}.sqlite", Ed25519PrivateKey.generate(), public(web))
    plan = a_plan(method=method, places=ALLOCATIONS, **otherwise)
    slots.prepare(signed({"paper": "prepare", "plan": plan.paper()}, web))
    stratum = {factor: levels[0] for factor, levels in plan.factors.items()}
    told = each(lambda turn: slots.assign([asked(web, f"P-{turn}", stratum=stratum)]))
    slots.close()
    return told


def through(desk: Path) -> tuple[str, str]:
    """Allocations through the process: one after the other, and from sixteen threads."""
    key = made_key(desk / "web.key")
    trust(desk, key)
    process, vault = start(desk), Vault(desk, key)
    vault.prepare(a_plan(places=3 * ALLOCATIONS))

    def one(who: object) -> object:
        return vault.assign(study="trial", participant=f"P-{who}", stratum={}, eligibility="e" * 64)

    alone = each(one)
    before = time.perf_counter()
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(one, (f"many-{turn}" for turn in range(ALLOCATIONS))))
    many = f"{ALLOCATIONS / (time.perf_counter() - before):,.0f} a second"
    process.stop()
    return alone, many


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print(f"peer: a row of SQLite, as durable      {durable(folder)}")
        print(f"10,000 slots drawn and sealed          {drawn(folder, 10_000)}")
        print(f"an allocation, permuted blocks         {within(folder, 'permuted_blocks')}")
        factors = {"sex": ("f", "m"), "stage": ("i", "ii", "iii")}
        print(f"an allocation, minimisation, two factors {within(folder, 'minimisation', probability='0.8', factors=factors)}")
        alone, many = through(folder / "desk")
        print(f"through the process, one after another {alone}")
        print(f"through the process, from 16 threads   {many}")


if __name__ == "__main__":
    main()
