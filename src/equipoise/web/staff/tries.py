"""How often somebody was not who they said: counted in one statement, so that none of many answers at once goes uncounted."""

import time

from django.db import connection

from .models import WrongAnswers

TRIES, PAUSE = 5, 15 * 60
"""Wrong answers after which the session ends, and seconds for which none is taken then."""


def counted(person: str) -> int:
    """Count one more wrong answer of somebody; how many there are now, a quarter of an hour after the last being as none."""
    table, now = connection.ops.quote_name(WrongAnswers._meta.db_table), int(time.time())
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} AS kept (person, count, until) VALUES (%s, 1, %s) ON CONFLICT (person) DO UPDATE SET "
            "count = CASE WHEN kept.until <= %s THEN 1 ELSE kept.count + 1 END, until = excluded.until RETURNING count",
            [person, now + PAUSE, now],
        )
        ((count,),) = cursor.fetchall()
    return int(count)


def are_used_up(person: str) -> bool:
    """Whether no answer of somebody is taken now."""
    return _wrong(person) >= TRIES


def forgiven(person: str) -> bool:
    """Forget wrong answers, because a right one has come; False if it came after the last that was taken."""
    if not _wrong(person):  # as ever: nothing is written then
        return True
    WrongAnswers.objects.filter(person=person, count__lt=TRIES).delete()
    return not are_used_up(person)


def _wrong(person: str) -> int:
    count = WrongAnswers.objects.filter(person=person, until__gt=int(time.time())).values_list("count", flat=True).first()
    return int(count or 0)
