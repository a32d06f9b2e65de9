"""Where the patients' application keeps its things: a folder of its own, and for several hosts a database of its own.

patients.sqlite3    pages, links, requests and answers, where no PostgreSQL is named
secret              what cookies are signed with
staff.pub           the staff's public key: what is sealed with it, only the staff can read
"""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

FOLDER, DATABASE = "EQUIPOISE_PATIENTS", "EQUIPOISE_PATIENTS_DATABASE"
"""The environment by which the application finds its folder, and the address of its database."""
SCHEMA = "patients"
"""The schema of PostgreSQL that is the application's, and all that its role has rights on."""


@dataclass(frozen=True, slots=True)
class Place:
    """One installation of the patients' application. `database` is empty for a file in the folder."""

    folder: Path
    database: str = ""

    @property
    def staff_key(self) -> bytes:
        """The staff's public key; empty before they gave it."""
        file = self.folder / "staff.pub"
        return bytes.fromhex(file.read_text(encoding="ascii").strip()) if file.exists() else b""

    def secret(self) -> str:
        """What cookies are signed with; made at first use, readable by its owner alone."""
        file = self.folder / "secret"
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not file.exists():
            try:
                descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:  # another process was quicker
                return file.read_text(encoding="ascii")
            with os.fdopen(descriptor, "w", encoding="ascii") as opened:
                opened.write(secrets.token_urlsafe(48))
        return file.read_text(encoding="ascii")

    def settings(self) -> dict[str, Any]:
        """Its database, as Django's settings name it."""
        if self.database:
            return on_postgresql(self.database)
        pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
        options = {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": pragmas}
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(self.folder / "patients.sqlite3"), "OPTIONS": options}


def place() -> Place:
    """The installation that the environment names."""
    return Place(Path(os.environ.get(FOLDER) or "patients").expanduser().resolve(), os.environ.get(DATABASE, ""))


def on_postgresql(address: str, **more: str) -> dict[str, Any]:
    """A database on PostgreSQL as Django's settings name it, looking at the patients' schema alone."""
    told = urlsplit(address)
    if told.scheme not in ("postgresql", "postgres"):
        raise ValueError(f"a database is named as postgresql://user:password@host/name, not by '{told.scheme}:'")
    options = dict(part.split("=", 1) for part in told.query.split("&") if "=" in part)
    options["options"] = " ".join(f"-c {key}={value}" for key, value in {"search_path": SCHEMA, **more}.items())
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(told.path.lstrip("/")),
        "USER": unquote(told.username or ""),
        "PASSWORD": unquote(told.password or ""),
        "HOST": unquote(told.hostname or ""),
        "PORT": str(told.port or ""),
        "OPTIONS": options,
    }
