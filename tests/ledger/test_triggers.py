"""What the databases refuse by themselves, whoever asks."""

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from equipoise.web.ledger import Draft, append, links

NOTE = Draft(by="anna", role="coordinator", kind="noted", participant="P-1")


def refused(statement: str, *told: object) -> str:
    with pytest.raises(DatabaseError) as why, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, told or None)
    return str(why.value)


@pytest.fixture
def three(database: Any) -> Any:
    append("s", [NOTE, NOTE, NOTE], request="r")
    append("t", [NOTE], request="r")
    before = [*links("s"), *links("t")]
    yield before
    assert [*links("s"), *links("t")] == before


def test_no_column_of_a_link_is_changed(three: Any) -> None:
    for column in COLUMNS.replace(" ", "").replace('"', "").split(","):
        value = "9" if column == "number" else "'9'"
        assert "never rewritten" in refused(f'UPDATE ledger_link SET "{column}" = {value} WHERE number = 2'), column


def test_no_link_is_taken_away(three: Any) -> None:
    for statement in (
        "DELETE FROM ledger_link",
        "DELETE FROM ledger_link WHERE study = 's' AND number = 3",
        "DELETE FROM ledger_study WHERE study = 's'",
        "UPDATE ledger_study SET study = 'x' WHERE study = 's'",
    ):
        assert "never rewritten" in refused(statement), statement


def test_no_table_is_emptied(three: Any) -> None:
    for table in ("ledger_link", "ledger_study") if connection.vendor == "postgresql" else ():  # SQLite knows no TRUNCATE
        assert "never rewritten" in refused(f"TRUNCATE {table} CASCADE")


COLUMNS = 'study, number, "at", "by", role, site, participant, kind, body, request, previous, hash'


def insert(how: str = "INSERT", more: str = "", then: str = "", **told: object) -> str:
    last = list(links("s"))[-1]
    row = last.told | {"number": 4, "previous": last.hash, "hash": "f" * 64, "body": "{}"} | told
    named = [each.strip(' "') for each in COLUMNS.split(",")]
    first = (more.split("=")[0] + ", ") if more else ""
    value = (more.split("=")[1] + ", ") if more else ""
    statement = f"{how} INTO ledger_link ({first}{COLUMNS}) VALUES ({value}{', '.join(['%s'] * len(named))}) {then}"
    return refused(statement, *(row[each] for each in named))


def test_no_link_is_put_in_that_does_not_continue_its_chain(three: Any) -> None:
    for told in (
        {"number": 3}, {"number": 5}, {"number": 0}, {"number": -1}, {"study": "u"}, {"study": "t"}, {"previous": "0" * 64},
        {"previous": ""}, {"at": "2000-01-01T00:00:00.000000+00:00"}, {"hash": "short"},
    ):  # fmt: skip
        assert "does not continue the chain" in insert(**told), told


def test_no_link_is_replaced_by_a_putting_in(three: Any) -> None:
    if connection.vendor == "sqlite":
        assert "does not continue" in insert("INSERT OR REPLACE", number=2)
        assert "does not continue" in insert("INSERT OR REPLACE", more="rowid=2")
        assert "does not continue" in insert("REPLACE", more="rowid=2")
        assert "never rewritten" in refused("UPDATE OR REPLACE ledger_link SET number = 1 WHERE number = 2")
        assert "never rewritten" in refused("INSERT OR REPLACE INTO ledger_study (rowid, study) VALUES (1, 'x')")
    else:
        then = "ON CONFLICT (study, number) DO UPDATE SET body = '{}'"
        assert "does not continue" in insert(then=then, number=2)


def test_a_link_that_continues_its_chain_is_let_in(database: Any) -> None:
    append("s", [NOTE], request="r")
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO ledger_link ({COLUMNS}) SELECT study, 2, "at", "by", role, site, participant, kind, body,'
            " request, hash, hash FROM ledger_link"
        )
    assert [each.number for each in links("s")] == [1, 2]
