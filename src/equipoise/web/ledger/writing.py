"""The one way to write in the ledger."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from django.db import connections, transaction

from ...ledger import Draft, Link, canonical, chained, checked, moment, same
from . import outside
from .projections import project
from .reading import COLUMNS, COLUMNS_TEXT, Head, head, links

__all__ = ["Draft", "Refused", "append", "held"]

TOLERANCE = timedelta(seconds=5)
"""How far a machine's clock may go back: the link then takes the moment of the one before it."""
_INSERT = f'INSERT INTO "ledger_link" ({COLUMNS_TEXT}) VALUES ({", ".join(["%s"] * len(COLUMNS))})'


class Refused(Exception):
    """What the ledger does not take now: the sentence says why, and nothing was written."""


def append(
    study: str,
    drafts: Sequence[Draft],
    *,
    request: str,
    unless: Callable[[Head], str | None] | None = None,
    at: datetime | None = None,
) -> tuple[Link, ...]:
    """Write drafts at the end of a study's chain: all of them or none, and every projection with them.

    What it answers is kept, whatever happens to the machine afterwards. The same request again is answered with the same
    links, and nothing is written twice.

    Args:
        request: A name made once for what a person asked for, such as a UUID in the form; one study knows it once.
        unless: Asked while nobody else can write: a sentence why not, "" or None to go on. It may read links and
            projections. A request that was answered before is answered again without asking.
        at: The moment, where it is not now: for tests and for virtual participants. Never before the last link's.

    Raises:
        Refused: `unless` said why not; the request was made before with other drafts; the clock went back; the database
            does not end where this desk left it.
        Unfit: A draft says what no ledger takes.
    """
    wanted = [checked(each) for each in drafts]
    if not wanted or not request or len(request) > 200 or not request.isprintable():
        raise ValueError("a request has a name and at least one draft")
    with transaction.atomic(durable=True):
        held(study)
        there = tuple(links(study, request=request))
        if there:
            if not same(wanted, there):
                raise Refused("this request was made before, with something else in it: nothing was written")
            return there
        last = head(study)
        why = outside.unsettled(last) or (unless(last) if unless is not None else None)
        if why:
            raise Refused(why)
        fresh = tuple(
            chained(wanted, study=study, at=_moment(at, last), request=request, number=last.number, previous=last.hash)
        )
        with connections["default"].cursor() as cursor:
            cursor.executemany(_INSERT, [_row(each) for each in fresh])
        project(fresh)
        outside.announced(fresh[-1], last)
    outside.acknowledged(fresh[-1], last)
    return fresh


def held(study: str) -> None:
    """Take hold of the study's chain until the transaction ends: whoever else would write waits."""
    connection = connections["default"]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for _ in range(2):
                cursor.execute('SELECT 1 FROM "ledger_study" WHERE "study" = %s FOR UPDATE', [study])
                if cursor.fetchone() is not None:
                    return
                cursor.execute('INSERT INTO "ledger_study" VALUES (%s) ON CONFLICT DO NOTHING', [study])
        else:  # BEGIN IMMEDIATE has kept everybody else out already
            cursor.execute('INSERT OR IGNORE INTO "ledger_study" VALUES (%s)', [study])


def _moment(at: datetime | None, last: Head) -> datetime:
    now = at or datetime.now(UTC)
    if last.at is None or now >= last.at:
        return now.astimezone(UTC)
    if last.at - now > TOLERANCE:
        raise Refused(
            f"the clock stands at {moment(now)}, before the last link's {moment(last.at)}: nothing is written until it is right"
        )
    return last.at


def _row(link: Link) -> list[str | int]:
    told = link.told | {"body": canonical(dict(link.body)).decode()}
    return [told[each] for each in COLUMNS]
