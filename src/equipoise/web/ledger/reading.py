"""The links, as they were written."""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connections, transaction

from ...ledger import Link, lines

COLUMNS = "study", "number", "at", "by", "role", "site", "participant", "kind", "body", "request", "previous", "hash"
COLUMNS_TEXT = ", ".join(f'"{each}"' for each in COLUMNS)
AT_ONCE = 2_000
"""Links that are read in one question."""


@dataclass(frozen=True, slots=True)
class Head:
    """Where a study's chain ends: the number and hash of its last link, and its moment; None where it has none."""

    study: str
    number: int = 0
    hash: str = ""
    at: datetime | None = None


def studies() -> tuple[str, ...]:
    """The studies that have a chain."""
    with connections["default"].cursor() as cursor:
        cursor.execute('SELECT "study" FROM "ledger_study" ORDER BY "study"')
        return tuple(study for (study,) in cursor.fetchall())


def head(study: str) -> Head:
    """Where the study's chain ends."""
    with connections["default"].cursor() as cursor:
        cursor.execute(
            'SELECT "number", "hash", "at" FROM "ledger_link" WHERE "study" = %s ORDER BY "number" DESC LIMIT 1', [study]
        )
        row = cursor.fetchone()
    return Head(study, row[0], row[1], datetime.fromisoformat(row[2])) if row is not None else Head(study)


def links(
    study: str, *, participant: str | None = None, kinds: Collection[str] = (), request: str | None = None,
    after: int = 0, until: int | None = None,
) -> Iterator[Link]:  # fmt: skip
    """The links of a study in their order, a few thousand at a time.

    Args:
        participant: Only theirs; "" for those of nobody.
        kinds: Only of these kinds; all where none is named.
        request: Only those that came with it.
        after: Only links of a higher number.
        until: Only up to this number, itself included.
    """
    clauses, told = ['"study" = %s'], [study]
    for column, value in (("participant", participant), ("request", request)):
        if value is not None:
            clauses.append(f'"{column}" = %s')
            told.append(value)
    if kinds:
        # Most links are of one kind: without statistics SQLite would look a participant's up among all of that kind.
        kind = '"kind"' if len(clauses) == 1 else """("kind" || '')"""
        clauses.append(f"{kind} IN ({', '.join(['%s'] * len(kinds))})")
        told += kinds
    where = " AND ".join(clauses)
    last: int = until if until is not None else 2**62
    while True:
        with connections["default"].cursor() as cursor:
            cursor.execute(
                f'SELECT {COLUMNS_TEXT} FROM "ledger_link" WHERE {where} AND "number" > %s AND "number" <= %s'
                f' ORDER BY "number" LIMIT {AT_ONCE}',
                [*told, after, last],
            )
            rows = cursor.fetchall()
        for row in rows:
            yield link(row)
        if len(rows) < AT_ONCE:
            return
        after = rows[-1][1]


def link(row: tuple[Any, ...]) -> Link:
    """A link from its row."""
    told = dict(zip(COLUMNS, row, strict=True))
    return Link.from_told({**told, "body": json.loads(told["body"])})


def export(study: str, file: Path) -> int:
    """Write the study's chain to a file, as `verifier` reads it; how many links it has."""
    last = head(study).number
    count = 0
    with file.open("w", encoding="utf-8", newline="\n") as opened, transaction.atomic():
        for line in lines(links(study, until=last)):
            opened.write(line + "\n")
            count += 1
    return count
