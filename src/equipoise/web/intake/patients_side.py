"""The patients' side as the staff's side reaches it: reads with a role that writes nothing, places with one that reads no answer.

The patients' side is never told where the staff's side is. Where it has PostgreSQL, EQUIPOISE_PATIENTS_READ and
EQUIPOISE_PATIENTS_PLACE name the two roles' addresses; else its file is opened, for reading alone or for placing.
"""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.utils import ConnectionHandler, DatabaseError

from ..patients.place import DATABASE, FOLDER, on_postgresql
from ..patients.sealing import made_key

READ, PLACE = "EQUIPOISE_PATIENTS_READ", "EQUIPOISE_PATIENTS_PLACE"
PASSED = ("PATH", "LANG", "LC_ALL", "TZ", "HOME", "VIRTUAL_ENV", "PYTHONPATH", "EQUIPOISE_PATIENTS_HOSTS",
          "EQUIPOISE_PATIENTS_HTTPS", "EQUIPOISE_PATIENTS_PROXY", DATABASE)  # fmt: skip
"""What the patients' process is told of the environment: nothing of the desk."""


class Absent(Exception):
    """The patients' side is not there, or does not answer."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A questionnaire that a patient sent."""

    reference: str
    fields: Mapping[str, str]
    at: datetime


def folder() -> Path:
    """The folder of the patients' application."""
    return Path(os.environ.get(FOLDER) or settings.DESK.folder / "patients")


def private_key() -> Any:
    """The key that opens what patients sealed; it stays at the desk."""
    return made_key(settings.DESK.folder / "patients.key")


def made_ready() -> Path:
    """Make the patients' folder and leave the public key in it."""
    where = folder()
    where.mkdir(parents=True, exist_ok=True, mode=0o700)
    public = private_key().public_key().public_bytes_raw().hex()
    file = where / "staff.pub"
    if not file.exists() or file.read_text(encoding="ascii").strip() != public:
        file.write_text(public + "\n", encoding="ascii")
    return where


def started(port: int, *, host: str = "127.0.0.1") -> subprocess.Popen[bytes]:
    """The patients' application as a process that is told nothing of the desk."""
    environment = {key: os.environ[key] for key in PASSED if key in os.environ}
    told = ["--folder", str(made_ready()), "--host", host, "--port", str(port), "--together"]
    command = [sys.executable, "-m", "equipoise.web.patients", *told]
    return subprocess.Popen(command, env=environment)


# --- what was sent -------------------------------------------------------------------------------------------------


def answers(references: Sequence[str]) -> tuple[Sent, ...]:
    """What was sent to links of ours."""
    if not references:
        return ()
    marks = ", ".join(["%s"] * len(references))
    with _cursor(reading=True) as cursor:
        cursor.execute(
            f"SELECT reference, fields, sent_at FROM answers WHERE sent_at IS NOT NULL AND reference IN ({marks})",
            list(references),
        )
        return tuple(Sent(str(name), _json(fields), _moment(at)) for name, fields, at in cursor.fetchall())


def contacts() -> tuple[tuple[str, str, datetime], ...]:
    """Who asked to be contacted: the request's name, the study, when."""
    with _cursor(reading=True) as cursor:
        cursor.execute("SELECT id, study, at FROM contact ORDER BY at, id")
        return tuple((str(name), str(study), _moment(at)) for name, study, at in cursor.fetchall())


def sealed_contact(name: str) -> str:
    """The sealed details of a request; empty where they were taken away."""
    with _cursor(reading=True) as cursor:
        cursor.execute("SELECT sealed FROM contact WHERE id = %s", [name])
        row = cursor.fetchone()
        return str(row[0]) if row else ""


# --- what is placed ------------------------------------------------------------------------------------------------


def place_page(study: str, title: str, html: str, *, takes_requests: bool) -> None:
    """Put a study's plain page there, or a newer one in its place."""
    with _cursor() as cursor:
        cursor.execute(
            "INSERT INTO page (study, title, html, takes_requests, written_at) VALUES (%s, %s, %s, %s, %s) "
            "ON CONFLICT (study) DO UPDATE SET title = excluded.title, html = excluded.html, "
            "takes_requests = excluded.takes_requests, written_at = excluded.written_at",
            [study, title, html, takes_requests, _stamp(datetime.now(UTC))],
        )


def place_invitation(
    reference: str, token_hash: str, title: str, questions: Sequence[Mapping[str, Any]], expires: datetime
) -> None:
    """Put a questionnaire there, behind the hash of its link."""
    with _cursor() as cursor:
        cursor.execute(
            "INSERT INTO invitation (reference, token_hash, title, questions, expires_at, begun_at, browser_hash) "
            "VALUES (%s, %s, %s, %s, %s, NULL, '')",
            [reference, token_hash, title, json.dumps(list(questions), ensure_ascii=False), _stamp(expires)],
        )


def take_away(*, references: Sequence[str] = (), contact: str = "") -> None:
    """Have the patients' side forget what was dealt with."""
    with _cursor() as cursor:
        for each in references:
            cursor.execute("DELETE FROM answers WHERE reference = %s", [each])
            cursor.execute("DELETE FROM invitation WHERE reference = %s", [each])
        if contact:
            cursor.execute("DELETE FROM contact WHERE id = %s", [contact])


def new_token() -> str:
    """What a one-time link ends in: 256 bits by chance."""
    return secrets.token_urlsafe(32)


def link_address(token: str) -> str:
    """The link as it is given to a patient."""
    base = os.environ.get("EQUIPOISE_PATIENTS_ADDRESS", "http://localhost:8001").rstrip("/")
    return f"{base}/l/{token}/"


@contextmanager
def _cursor(*, reading: bool = False) -> Iterator[Any]:
    address = os.environ.get(READ if reading else PLACE, "")
    if address:
        told = on_postgresql(address, **({"default_transaction_read_only": "on"} if reading else {}))
    else:
        file = folder() / "patients.sqlite3"
        if not file.exists():
            raise Absent("The patients' pages are not set up at this desk.")
        told = {"ENGINE": "django.db.backends.sqlite3", "NAME": f"{file.as_uri()}?mode={'ro' if reading else 'rw'}",
                "OPTIONS": {"uri": True, "timeout": 20}}  # fmt: skip
    handler = ConnectionHandler({"default": {}, "patients": told})
    connection = handler["patients"]
    try:
        with connection.cursor() as cursor:
            yield cursor
    except DatabaseError as why:
        raise Absent("The patients' pages do not answer. Try again later.") from why
    finally:
        connection.close()


def _stamp(at: datetime) -> str:
    """A moment as both databases take it: in UTC, which both keep."""
    return str(at.astimezone(UTC).replace(tzinfo=None)) + ("+00:00" if os.environ.get(PLACE) else "")


def _json(given: Any) -> dict[str, str]:
    told = json.loads(given) if isinstance(given, str) else given
    return {str(key): str(value) for key, value in told.items()}


def _moment(given: Any) -> datetime:
    moment = datetime.fromisoformat(given) if isinstance(given, str) else given
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
