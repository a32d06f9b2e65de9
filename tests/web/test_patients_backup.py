"""What patients were sent and have sent is in a desk's backup, wherever it is kept, and comes back from it."""

import os
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from bedside import Site
from equipoise.web.backup import Impossible, _patients_restored, back_up, restore
from outside import Patients, patients

__all__ = ["patients"]
TABLES = ("page", "invitation", "answers", "contact")


@pytest.fixture
def other(database: Any, request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """Where to restore to: on PostgreSQL, two empty databases, the patients' roles in the first."""
    if not database.database:
        yield {}
        return
    import psycopg

    from equipoise.web.patients import rights

    cluster, names = request.getfixturevalue("cluster"), ("other_desk", "other_identity")
    for name in names:
        cluster.execute(f"CREATE DATABASE {name}")
    address = cluster.address(names[0])
    with psycopg.connect(address, autocommit=True) as connection:
        for each in rights.roles(names[0]):
            connection.execute(each)
    theirs = address.replace("//desk@", f"//{rights.PATIENTS}@")
    yield {"database": address, "identity": cluster.address(names[1]), "patients": theirs}
    for name in names:
        cluster.execute(f"DROP DATABASE {name} WITH (FORCE)")


def told(patients: Patients) -> dict[str, list[Any]]:
    """Every row that the patients' side holds."""
    from equipoise.web.intake import patients_side

    found = {}
    with patients_side._cursor(reading=True) as cursor:
        for each in TABLES:
            cursor.execute(f"SELECT * FROM {each} ORDER BY 1")
            found[each] = [tuple(map(str, row)) for row in cursor.fetchall()]
    return found


def test_what_patients_sent_is_backed_up_and_restored(
    opened: Callable[[str], Site], database: Any, patients: Patients, other: dict[str, str], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    from equipoise.web.intake import patients_side, pull

    site = opened("batch-rfa-crlm")
    pull.publish(site.slug)
    later = datetime.now(UTC) + timedelta(days=14)
    patients_side.place_invitation("ref-1", "a" * 64, "How are you?", [{"name": "mood"}], later)
    person = patients.browser().ask(f"/study/{site.slug}/contact/")
    asked = {"request": str(uuid.uuid4()), "name": "Maria Beispiel", "reach": "0170 1234567", "may": "yes"}
    assert "Thank you" in person.send(f"/study/{site.slug}/contact/", asked).text
    before = told(patients)
    assert {name: len(rows) for name, rows in before.items()} == {"page": 1, "invitation": 1, "answers": 0, "contact": 1}
    file, there = tmp_path / "all.equipoise", tmp_path / "there"
    back_up(database, file)
    if not database.database:
        restore(file, there)
        with closing(sqlite3.connect(there / "patients" / "patients.sqlite3")) as opened_file:
            for each in TABLES:
                rows = opened_file.execute(f"SELECT * FROM {each} ORDER BY 1").fetchall()
                assert len(rows) == len(before[each]), each
        return
    with pytest.raises(Impossible, match="EQUIPOISE_PATIENTS_DATABASE has to name an empty database"):
        restore(file, tmp_path / "nowhere", **{**other, "patients": ""})
    assert not (tmp_path / "nowhere").exists()
    restore(file, there, **other)
    reader = os.environ[patients_side.READ].replace(urlsplit(database.database).path, "/other_desk")
    monkeypatch.setenv(patients_side.READ, reader)
    assert told(patients) == before
    with pytest.raises(Impossible, match="holds something already"):
        _patients_restored(file, other["patients"])
