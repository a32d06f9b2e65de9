"""Two hundred places, eight ways: whoever owns the database takes the triggers away and changes something. All is found.

The database is theirs; the folder outside it and the desk's key are not, but for `key`, where the folder is theirs too and
the desk's public key is known to whoever verifies.
"""

import json
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from equipoise import verifier
from equipoise.ledger import paper
from equipoise.verifier import Told, canonical, link_hash, verdicts
from equipoise.web.ledger import outside
from ledger_story import tell

PEOPLE = 34
Execute = Callable[..., Any]
COLUMNS = "study", "number", "at", "by", "role", "site", "participant", "kind", "body", "request", "previous", "hash"
NAMED = ", ".join(f'"{each}"' for each in COLUMNS)


@pytest.fixture(autouse=True)
def _signatures_are_verified_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifier, "is_signature", _is_signature)


_is_signature = lru_cache(maxsize=None)(verifier.is_signature)


class Owner:
    """Whoever owns the database: what they can do to it, and what is then read of it."""

    def __init__(self, execute: Execute) -> None:
        self.execute = execute

    def rows(self) -> list[Told]:
        """The links as the table holds them, bodies read."""
        told = self.execute(f"SELECT {NAMED} FROM ledger_link ORDER BY number").fetchall()
        return [{**dict(zip(COLUMNS, row, strict=True)), "body": json.loads(row[8])} for row in told]

    def write(self, link: Told, number: int | None = None) -> None:
        """Write a link over the one of a number, or put it in."""
        values = [canonical(link[each]).decode() if each == "body" else link[each] for each in COLUMNS]
        if number is not None:
            self.execute("DELETE FROM ledger_link WHERE number = ?", [number])
        self.execute(f"INSERT INTO ledger_link ({NAMED}) VALUES ({', '.join('?' * len(COLUMNS))})", values)

    def moved(self, by: int, *, above: int) -> None:
        """Give every link above a number another number."""
        self.execute("UPDATE ledger_link SET number = -(number + ?) WHERE number > ?", [by, above])
        self.execute("UPDATE ledger_link SET number = -number WHERE number < 0")

    def remade(self, start: int) -> None:
        """Hash the chain anew from a number on."""
        told = self.rows()
        previous = told[start - 2]["hash"] if start > 1 else ""
        for link in told[start - 1 :]:
            link["previous"] = previous
            link["hash"] = previous = link_hash(link)
            self.write(link, link["number"])


def other(value: Any, rng: random.Random) -> Any:
    """A body with something in it changed."""
    if isinstance(value, dict) and value:
        key = rng.choice(sorted(value))
        return {**value, key: other(value[key], rng)}
    if isinstance(value, list) and value:
        at = rng.randrange(len(value))
        return [*value[:at], other(value[at], rng), *value[at + 1 :]]
    return {"x": 1} if isinstance(value, dict) else [1] if isinstance(value, list) else f"{value}0"


def edit(owner: Owner, place: int, rng: random.Random, desk: Any) -> None:
    link = owner.rows()[place - 1]
    column = rng.choice([each for each in COLUMNS if each != "number"])
    last = link[column]
    if column == "body":
        link["body"] = other(last, rng)
    elif column in ("hash", "previous"):
        link[column] = f"{rng.randrange(2**256):064x}"
    elif column == "at":
        link[column] = f"{last[:25]}{(int(last[25]) + 1) % 10}{last[26:]}"
    else:
        link[column] = last + "x"
    owner.write(link, place)


def delete(owner: Owner, place: int, rng: random.Random, desk: Any) -> None:
    owner.execute("DELETE FROM ledger_link WHERE number = ?", [place])
    if rng.random() < 0.5:
        owner.moved(-1, above=place)


def insert(owner: Owner, place: int, rng: random.Random, desk: Any) -> None:
    link = owner.rows()[place - 1]
    link |= {"number": place + 1, "previous": link["hash"], "by": "nobody", "request": "slipped in"}
    link["hash"] = link_hash(link)
    owner.moved(1, above=place)
    owner.write(link)


def swap(owner: Owner, place: int, rng: random.Random, desk: Any) -> None:
    told = owner.rows()
    first, second = told[place - 1], told[rng.choice([each for each in range(len(told)) if each != place - 1])]
    one, two = first["number"], second["number"]
    owner.write(first | {"number": two}, two)
    owner.write(second | {"number": one}, one)


def truncate(owner: Owner, place: int, rng: random.Random, desk: Any) -> None:
    owner.execute("DELETE FROM ledger_link WHERE number >= ?", [place])


def rewrite(owner: Owner, place: int, rng: random.Random, desk: Any) -> None:
    link = owner.rows()[place - 1]
    owner.write(link | {"body": other(link["body"], rng)}, place)
    owner.remade(place)


def clock(owner: Owner, place: int, rng: random.Random, desk: Any) -> None:
    for link in owner.rows()[place - 1 :]:  # every moment from here on, a little or a lot
        owner.write(link | {"at": f"{int(link['at'][:4]) - rng.choice([0, 1])}-01-01{link['at'][10:]}"}, link["number"])
        if rng.random() < 0.5:
            break
    if rng.random() < 0.7:
        owner.remade(place)


def key(owner: Owner, place: int, rng: random.Random, desk: Any) -> None:
    """Made anew with all that is outside, by a key of their own: the vault's papers, or the desk's."""
    stolen = Ed25519PrivateKey.generate()
    mine = stolen.public_key().public_bytes_raw().hex()
    link = owner.rows()[place - 1]
    if "signature" in link["body"]:
        link["body"] = paper(link["body"]["body"], key=mine, sign=stolen.sign)
    else:
        link["by"] = "somebody"
    owner.write(link, place)
    owner.remade(place)
    told = {each["number"]: each["hash"] for each in owner.rows()}
    for file in desk.anchors.iterdir():
        lines, previous = [], ""
        for line in file.read_bytes().splitlines():
            body = json.loads(line)["body"]
            body["hash"] = told[body["number"]]
            if body["paper"] == "anchor":
                body["previous"], previous = previous, ""
            made = paper(body, key=mine, sign=stolen.sign)
            previous = verifier.paper_hash(made["body"])
            lines.append(canonical(made))
        file.write_bytes(b"\n".join(lines) + b"\n")


WAYS = (edit, delete, insert, swap, truncate, rewrite, clock, key)


def on_sqlite(desk: Any, tmp_path: Path) -> Callable[[Callable[[Owner], None]], Path]:
    """Do something to a copy of the database, without its triggers for as long; the copy."""
    with closing(sqlite3.connect(desk.folder / "ledger.sqlite3")) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    file = tmp_path / "tampered.sqlite3"

    def done(change: Callable[[Owner], None]) -> Path:
        shutil.copy(desk.folder / "ledger.sqlite3", file)
        with closing(sqlite3.connect(file)) as database:
            database.executescript("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF;")
            named = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'ledger_link'"
            triggers = database.execute(named).fetchall()
            for name, _ in triggers:
                database.execute(f"DROP TRIGGER {name}")
            change(Owner(database.execute))
            for _, statement in triggers:
                database.execute(statement)
            database.commit()
        return file

    return done


def on_postgresql(desk: Any, tmp_path: Path) -> Callable[[Callable[[Owner], None]], Path]:
    """Do something to the database in a transaction that is not kept, and export what it then holds."""
    import psycopg

    file = tmp_path / "tampered.jsonl"

    def done(change: Callable[[Owner], None]) -> Path:
        with psycopg.connect(desk.database) as database:

            def execute(statement: str, told: Any = ()) -> Any:
                return database.execute(statement.replace("?", "%s"), told)  # type: ignore[arg-type]

            execute("ALTER TABLE ledger_link DISABLE TRIGGER USER")
            owner = Owner(execute)
            change(owner)
            file.write_bytes(b"".join(canonical(each) + b"\n" for each in owner.rows()))
            database.rollback()
        return file

    return done


def places(desk: Any, tmp_path: Path, count: int) -> Iterator[tuple[str, int, bool]]:
    """Tamper in so many places in each way, and say whether it was found."""
    tell(desk, people=PEOPLE)
    published = outside.public_key()
    kept = tmp_path / "outside"
    shutil.copytree(desk.anchors, kept)
    done = on_postgresql(desk, tmp_path) if desk.database else on_sqlite(desk, tmp_path)
    (whole,) = verdicts(done(lambda owner: None), anchors=kept, key=published)
    assert whole.faults == [] and whole.links > 200
    rng = random.Random(6)
    for way in WAYS:
        for place in sorted(rng.sample(range(1, whole.links + 1), count)):
            shutil.rmtree(desk.anchors)
            shutil.copytree(kept, desk.anchors)
            seed = rng.randrange(2**32)

            def change(owner: Owner, way: Any = way, place: int = place, seed: int = seed) -> None:
                way(owner, place, random.Random(seed), desk)

            found = verdicts(done(change), anchors=desk.anchors, key=published)
            yield way.__name__, place, all(bool(each.faults) for each in found) and bool(found)


@pytest.mark.slow
def test_whatever_is_done_in_the_database_is_found(database: Any, tmp_path: Path) -> None:
    assert [each for each in places(database, tmp_path, 5) if not each[2]] == []


@pytest.mark.long
def test_two_hundred_places_in_each_of_eight_ways_are_found(database: Any, tmp_path: Path) -> None:
    told = list(places(database, tmp_path, 200))
    assert len(told) == 1_600
    assert [each for each in told if not each[2]] == []
