"""A desk: one installation of the web application. A folder, and for several sites a PostgreSQL database beside it.

ledger.sqlite3      the ledger and its projections, where no PostgreSQL is named
identity.sqlite3    who the participants are: names, birth dates, contact; never beside clinical data
secret              what sessions are signed with
web.key             what statements to the vault are signed with
anchors/            the ledger's signed anchors, outside the database
vault/              the sealed slots; another process's, with its own key
desk.json           whether it is a demonstration, and in what time zone its days begin
"""

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from zoneinfo import available_timezones

WAIT = 120
"""Seconds for which a writing waits for those before it on SQLite: hundreds may be sent at one moment."""
FOLDER, DATABASE, IDENTITY = "EQUIPOISE_DESK", "EQUIPOISE_DATABASE", "EQUIPOISE_IDENTITY"
"""The environment by which a desk's processes find it: its folder, and the addresses of its databases."""
ZONE = "EQUIPOISE_TIME_ZONE"
"""The time zone of a desk that is made; afterwards its `desk.json` says it."""


@dataclass(frozen=True, slots=True)
class Desk:
    """One installation.

    `database` and `identity` are addresses as `postgresql://user:password@host/name`; empty for files in the folder.
    """

    folder: Path
    database: str = ""
    identity: str = ""
    is_demonstration: bool = False
    time_zone: str = "UTC"
    """The zone, as `Europe/Stockholm`, in which its days begin and times are written; the ledger's moments are UTC all the same."""

    @property
    def anchors(self) -> Path:
        """Where the ledger's anchors are kept."""
        return self.folder / "anchors"

    @property
    def web_key(self) -> Path:
        """The key with which the web application signs what it asks of the vault."""
        return self.folder / "web.key"

    def secret(self) -> str:
        """What sessions are signed with; made at first use, readable by its owner alone."""
        return _secret(self.folder / "secret")

    def environment(self) -> dict[str, str]:
        """The environment in which a process of this desk runs."""
        named = {FOLDER: str(self.folder), DATABASE: self.database, IDENTITY: self.identity}
        return {**os.environ, **named, "DJANGO_SETTINGS_MODULE": "equipoise.web.settings"}

    def databases(self) -> dict[str, dict[str, Any]]:
        """The two databases, as Django's settings name them."""
        return {
            "default": _postgresql(self.database) if self.database else _sqlite(self.folder / "ledger.sqlite3"),
            "identity": _postgresql(self.identity) if self.identity else _sqlite(self.folder / "identity.sqlite3"),
        }


def desk(folder: Path | None = None) -> Desk:
    """The desk that a folder holds; unsaid, the one that the environment names."""
    where = (folder or Path(os.environ.get(FOLDER) or "desk")).expanduser().resolve()
    told: dict[str, Any] = {}
    if (where / "desk.json").is_file():
        told = json.loads((where / "desk.json").read_text(encoding="utf-8"))
    zone = str(told.get("time_zone") or "UTC")
    return Desk(where, os.environ.get(DATABASE, ""), os.environ.get(IDENTITY, ""), bool(told.get("demonstration")), zone)


def make(folder: Path, *, demonstration: bool = False) -> Desk:
    """Make a desk's folder, where there is none; only its owner may look into it. EQUIPOISE_TIME_ZONE names its time zone.

    Raises:
        ValueError: There is no such time zone, or the desk has another.
    """
    zone = os.environ.get(ZONE, "")
    if zone and zone not in available_timezones():
        raise ValueError(f"there is no time zone '{zone[:60]}': they are named as Europe/Stockholm")
    folder = folder.expanduser().resolve()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in ("anchors", "media"):
        (folder / name).mkdir(exist_ok=True, mode=0o700)
    if not (folder / "desk.json").exists():
        told = {"demonstration": demonstration, "time_zone": zone or "UTC"}
        (folder / "desk.json").write_text(json.dumps(told) + "\n", encoding="utf-8")
    elif zone not in ("", desk(folder).time_zone):
        raise ValueError(
            f"this desk's days begin in {desk(folder).time_zone}: to have them begin in {zone}, write that in its desk.json "
            "and run `equipoise upgrade`, which makes its lists anew"
        )
    made = desk(folder)
    made.secret()
    return made


def _secret(file: Path) -> str:
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:  # another process was quicker
            return file.read_text(encoding="ascii")
        with os.fdopen(descriptor, "w", encoding="ascii") as opened:
            opened.write(secrets.token_urlsafe(48))
    return file.read_text(encoding="ascii")


def _sqlite(file: Path) -> dict[str, Any]:
    pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
    options = {"transaction_mode": "IMMEDIATE", "timeout": WAIT, "init_command": pragmas}
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(file), "OPTIONS": options, "CONN_MAX_AGE": None}


def _postgresql(address: str) -> dict[str, Any]:
    told = urlsplit(address)
    if told.scheme not in ("postgresql", "postgres"):
        raise ValueError(f"a database is named as postgresql://user:password@host/name, not by '{told.scheme}:'")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(told.path.lstrip("/")),
        "USER": unquote(told.username or ""),
        "PASSWORD": unquote(told.password or ""),
        "HOST": unquote(told.hostname or ""),
        "PORT": str(told.port or ""),
        "OPTIONS": dict(part.split("=", 1) for part in told.query.split("&") if "=" in part),
        "CONN_MAX_AGE": 60,
    }
