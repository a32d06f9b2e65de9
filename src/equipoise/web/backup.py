"""A desk in one file: its databases as they were at one moment, the sealed slots, what is kept outside; keys only if asked for.

The ledger is held for the moment in which it and its anchors are noted together; everybody writes on while it is copied. The
vault is copied after it, so that it never knows fewer allocations than the ledger. Keys are left out unless they are asked
for: whoever has the vault's key and the vault's file can read every slot, so the two are better kept apart.
"""

import hashlib
import io
import json
import os
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .desk import Desk
from .patients.place import SCHEMA

MANIFEST, FORM = "manifest.json", 1
DATABASES = {"default": "ledger", "identity": "identity"}
PATIENTS = "patients.dump"
"""What patients sent and were sent, where they have a PostgreSQL database of their own."""
THEIRS = ("page", "invitation", "answers", "contact")
"""The patients' tables that hold something; how often something was tried is not kept."""
FOLDER = "backups"
"""Where `upgrade` puts the backup that it makes first; not part of any backup."""
TRIES = 5
"""How often the ledger is asked for, each time for as long as a page would wait."""
_TRANSIENT = ("-wal", "-shm", "-journal", ".lock", ".tmp")


class Impossible(Exception):
    """Why nothing was backed up, or restored: a sentence."""


@dataclass(frozen=True)
class Backup:
    """What a backup says of itself."""

    made: str
    database: str
    with_keys: bool
    studies: dict[str, int] = field(default_factory=dict)
    """Each study, and the number of its last link."""
    files: dict[str, str] = field(default_factory=dict)
    """Each file, and its SHA-256."""
    lacks: tuple[str, ...] = ()
    """Keys that the desk has, the backup has not, and nobody can make again."""


def back_up(desk: Desk, file: Path, *, with_keys: bool = False) -> Backup:
    """Write a desk to a file that only its owner may read; everybody goes on working meanwhile.

    Args:
        desk: The desk that this process is set up for.
        file: Written whole or not at all.
        with_keys: Whether keys go with it.

    Raises:
        Impossible: It says why.
    """
    if file.exists():
        raise Impossible(f"{file} is there already: a backup is never written over another")
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=".backup-") as name:
        folder = Path(name)
        vendor = "postgresql" if desk.database else "sqlite"
        studies = _whole_ledger(desk, folder)
        if desk.identity:
            _dumped(_conninfo("identity"), folder / "identity.dump", "")
        _patients(desk, folder)
        keys = [each for each in _files(desk.folder) if _is_key(each)]
        for each in _files(desk.folder):
            there = folder / each
            if there.exists() or (_is_key(each) and not with_keys):
                continue
            there.parent.mkdir(parents=True, exist_ok=True)
            if each.suffix in (".sqlite3", ".sqlite"):
                _copied(desk.folder / each, there)
            else:
                there.write_bytes((desk.folder / each).read_bytes())
        names = sorted(each.relative_to(folder).as_posix() for each in folder.rglob("*") if each.is_file())
        lacks = () if with_keys else tuple(sorted(each.as_posix() for each in keys if each.suffix == ".key"))
        made = Backup(
            datetime.now(UTC).isoformat(timespec="seconds"),
            vendor,
            with_keys,
            studies,
            {each: _hash(folder / each) for each in names},
            lacks,
        )
        _packed(folder, names, made, file)
    return made


def restore(file: Path, folder: Path, *, database: str = "", identity: str = "", patients: str = "") -> Backup:
    """Make a desk's folder, and its databases, from a backup.

    Args:
        file: The backup.
        folder: Where there is none yet, or an empty one.
        database: The address of an empty PostgreSQL database, if the backup is of one.
        identity: The address of another, for identities.
        patients: The address by which the patients' application reaches its own, where the backup holds one.

    Raises:
        Impossible: It says why; the folder is then as it was.
    """
    if folder.exists() and any(folder.iterdir()):
        raise Impossible(f"{folder} is not empty: a desk is restored into a folder of its own")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".restore-") as name:
        whole = Path(name) / "desk"
        told = _unpacked(file, whole)
        if (told.database == "postgresql") != bool(database):
            needs = (
                "EQUIPOISE_DATABASE has to name an empty database"
                if told.database == "postgresql"
                else "EQUIPOISE_DATABASE must not be set"
            )
            raise Impossible(f"this is a backup of a desk on {told.database}: {needs}")
        needed = (
            ("identity.dump", identity, "EQUIPOISE_IDENTITY has to name an empty database for identities"),
            (PATIENTS, patients, "EQUIPOISE_PATIENTS_DATABASE has to name an empty database for the patients' application"),
        )
        for dump, address, says in needed:
            if (whole / dump).exists() and not address:
                raise Impossible(says)
        for dump, address in (("ledger.dump", database), ("identity.dump", identity)):
            if (whole / dump).exists():
                _restored(whole / dump, address)
                (whole / dump).unlink()
        if (whole / PATIENTS).exists():
            _patients_restored(whole / PATIENTS, patients)
            (whole / PATIENTS).unlink()
        if folder.exists():
            folder.rmdir()
        whole.chmod(0o700)
        whole.rename(folder)
    return told


def looked_at(file: Path) -> Backup:
    """What a backup says of itself.

    Raises:
        Impossible: It is none.
    """
    try:
        with tarfile.open(file) as opened:
            raw = opened.extractfile(MANIFEST)
            return _manifest(raw.read() if raw is not None else b"")
    except (tarfile.TarError, KeyError, OSError, EOFError, zlib.error) as why:
        raise Impossible(f"{file} cannot be read as a backup: {why}") from None


# --- the parts -------------------------------------------------------------------------------------------------------


def _whole_ledger(desk: Desk, folder: Path) -> dict[str, int]:
    """The ledger, asked for again where others wrote without a pause: SQLite lets whoever waits go in no order."""
    from django.db import OperationalError

    for left in reversed(range(TRIES)):
        try:
            return _ledger(desk, folder)
        except OperationalError as why:
            if not left:
                raise Impossible(f"the ledger could not be held for a moment: {why}") from None
    raise AssertionError


def _ledger(desk: Desk, folder: Path) -> dict[str, int]:
    """The ledger's database and what is kept outside of it, of one moment; each study and its last link."""
    from django.db import transaction

    from .ledger import head, studies
    from .ledger.writing import held

    with _snapshot(desk) as (fixed, copied):
        with transaction.atomic():
            for slug in studies():
                held(slug)
            ends = {slug: head(slug).number for slug in studies()}
            fixed()
            outside = folder / desk.anchors.relative_to(desk.folder)
            outside.mkdir(parents=True, exist_ok=True)
            for each in sorted(desk.anchors.iterdir()) if desk.anchors.is_dir() else ():
                (outside / each.name).write_bytes(each.read_bytes())
        copied(folder)
    return ends


@contextmanager
def _snapshot(desk: Desk) -> Iterator[Any]:
    """Two steps: to fix what the database holds, while the chains are held; and to copy just that, when others write on."""
    from django.db import connections

    if not desk.database:
        where = str(connections.settings["default"]["NAME"])
        with closing(
            sqlite3.connect(f"{Path(where).resolve().as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=30)
        ) as reader:

            def fixed() -> None:
                reader.execute("BEGIN")
                reader.execute("SELECT count(*) FROM ledger_study").fetchone()

            def copied(folder: Path) -> None:
                _written_from(reader, folder / "ledger.sqlite3")

            yield fixed, copied
        return
    import psycopg

    conninfo, password = _conninfo("default")
    with psycopg.connect(conninfo, password=password or None, autocommit=True) as holder:
        names: list[str] = []

        def fixed_there() -> None:
            holder.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            row = holder.execute("SELECT pg_export_snapshot()").fetchone()
            names.append(str(row[0]) if row is not None else "")

        def copied_there(folder: Path) -> None:
            _dumped((conninfo, password), folder / "ledger.dump", names[0])
            holder.execute("COMMIT")

        yield fixed_there, copied_there


def _copied(there: Path, here: Path) -> None:
    with closing(sqlite3.connect(f"{there.resolve().as_uri()}?mode=ro", uri=True, timeout=30)) as reader:
        _written_from(reader, here)


def _written_from(reader: sqlite3.Connection, file: Path) -> None:
    with closing(sqlite3.connect(file)) as writer:
        reader.backup(writer)
        writer.execute("PRAGMA journal_mode=DELETE")


def _patients(desk: Desk, folder: Path) -> None:
    """What the patients' application holds, where that is not in the desk's folder: read as the staff's side reads it."""
    from .intake import patients_side
    from .patients.place import on_postgresql

    where = patients_side.folder()
    if where.is_dir() and not where.resolve().is_relative_to(desk.folder.resolve()):
        for each in _files(where):
            if not _is_key(each):
                there = folder / "patients" / each
                there.parent.mkdir(parents=True, exist_ok=True)
                if each.suffix == ".sqlite3":
                    _copied(where / each, there)
                else:
                    there.write_bytes((where / each).read_bytes())
    if address := os.environ.get(patients_side.READ, ""):
        conninfo, password = _info(on_postgresql(address))
        tables = [f"--table={SCHEMA}.{name}" for name in THEIRS]
        _run(
            "pg_dump",
            password,
            "--format=custom",
            "--data-only",
            *tables,
            f"--file={folder / PATIENTS}",
            f"--dbname={conninfo}",
        )


def _patients_restored(file: Path, address: str) -> None:
    """Make the patients' tables, as their application does, and fill them."""
    import psycopg

    from .patients.place import DATABASE, FOLDER, on_postgresql

    with tempfile.TemporaryDirectory() as name:
        env = {**os.environ, DATABASE: address, FOLDER: name, "DJANGO_SETTINGS_MODULE": "equipoise.web.patients.settings"}
        code = "from equipoise.web.patients.__main__ import prepare; prepare()"
        made = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
    if made.returncode:
        raise Impossible(f"the patients' database: {made.stderr.strip().splitlines()[-1][:300]}")
    conninfo, password = _info(on_postgresql(address))
    with psycopg.connect(conninfo, password=password or None) as opened:
        for each in THEIRS:
            row = opened.execute(f"SELECT 1 FROM {SCHEMA}.{each} LIMIT 1").fetchone()
            if row is not None:
                raise Impossible("the patients' database holds something already: it is restored into an empty one")
    _run("pg_restore", password, "--data-only", "--exit-on-error", "--single-transaction", f"--dbname={conninfo}", str(file))


def _conninfo(alias: str) -> tuple[str, str]:
    """How PostgreSQL's programs find one of the databases, and the password, which stays out of command lines."""
    from django.db import connections

    told = connections.settings[alias]
    return _info(told)


def _info(told: dict[str, Any]) -> tuple[str, str]:
    from psycopg.conninfo import make_conninfo

    known = {"dbname": told["NAME"], "user": told["USER"], "host": told["HOST"], "port": told["PORT"], **told["OPTIONS"]}
    wanted = {key: value for key, value in known.items() if value and isinstance(value, str | int)}
    return make_conninfo("", **wanted), told["PASSWORD"]


def _dumped(where: tuple[str, str], file: Path, snapshot: str) -> None:
    more = [f"--snapshot={snapshot}"] if snapshot else []
    more.append(f"--exclude-schema={SCHEMA}")  # the patients' own, which may lie beside the ledger and is none of its role's
    _run(
        "pg_dump", where[1], "--format=custom", "--no-owner", "--no-privileges", *more, f"--file={file}", f"--dbname={where[0]}"
    )


def _restored(file: Path, address: str) -> None:
    import psycopg

    from .desk import _postgresql

    conninfo, password = _info(_postgresql(address))
    try:
        with psycopg.connect(conninfo, password=password or None) as opened:
            row = opened.execute(
                "SELECT count(*) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
            ).fetchone()
    except psycopg.OperationalError as why:
        raise Impossible(f"the database does not answer: {str(why).splitlines()[0]}") from None
    if row is not None and row[0]:
        raise Impossible(f"the database holds {row[0]} tables already: a desk is restored into an empty one")
    _run(
        "pg_restore", password, "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", f"--dbname={conninfo}", str(file)
    )  # fmt: skip


def _run(program: str, password: str, *arguments: str) -> None:
    found = _program(program)
    env = {**os.environ, **({"PGPASSWORD": password} if password else {})}
    done = subprocess.run([found, *arguments], env=env, capture_output=True, text=True)
    if done.returncode:
        raise Impossible(
            f"{program}: {(done.stderr or done.stdout).strip().splitlines()[-1][:300] if done.stderr or done.stdout else 'failed'}"
        )


def _program(name: str) -> str:
    """One of PostgreSQL's programs: the one on the path, else the newest that is installed."""
    on_path = [Path(each) / name for each in os.environ.get("PATH", "").split(os.pathsep) if each]
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda each: each.parts[-3].zfill(4), reverse=True)
    for each in (*on_path, *versions):
        if each.is_file():
            return str(each)
    raise Impossible(f"{name} is not installed: a desk on PostgreSQL needs PostgreSQL's own programs for it")


# --- the file --------------------------------------------------------------------------------------------------------


def _files(folder: Path) -> list[Path]:
    """The files of a desk that are worth keeping."""
    found = []
    for each in sorted(folder.rglob("*")):
        name = each.relative_to(folder)
        if (
            each.is_file()
            and not each.is_symlink()
            and name.parts[0] not in (FOLDER, "anchors")
            and name.as_posix() != "vault/address"
        ):
            if not each.name.endswith(_TRANSIENT) and not any(part.startswith(".") for part in name.parts):
                found.append(name)
    return found


def _is_key(name: Path) -> bool:
    return name.suffix == ".key" or name.name == "secret"


def _hash(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _packed(folder: Path, names: Iterable[str], told: Backup, file: Path) -> None:
    made = folder.with_suffix(".whole")
    raw = json.dumps({"equipoise backup": FORM, **told.__dict__}, indent=1, sort_keys=True).encode()
    try:
        with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
            with tarfile.open(fileobj=opened, mode="w:gz", compresslevel=3) as tar:
                first = tarfile.TarInfo(MANIFEST)
                first.size, first.mode = len(raw), 0o600
                tar.addfile(first, io.BytesIO(raw))
                for name in names:
                    tar.add(folder / name, arcname=name, filter=_plain)
            opened.flush()
            os.fsync(opened.fileno())
        made.rename(file)
    finally:
        made.unlink(missing_ok=True)


def _plain(each: tarfile.TarInfo) -> tarfile.TarInfo:
    each.uid = each.gid = 0
    each.uname = each.gname = ""
    each.mode = 0o600
    return each


def _unpacked(file: Path, folder: Path) -> Backup:
    told = looked_at(file)
    try:
        with tarfile.open(file) as opened:
            opened.extractall(folder, filter="data")
    except (tarfile.TarError, OSError, EOFError, zlib.error) as why:
        raise Impossible(f"{file} cannot be read whole: {why}") from None
    (folder / MANIFEST).unlink()
    there = {each.relative_to(folder).as_posix(): each for each in folder.rglob("*") if each.is_file()}
    for name, hash_ in told.files.items():
        if name not in there or _hash(there[name]) != hash_:
            raise Impossible(f"{name} in {file} is not what was backed up: nothing was restored")
    if extra := sorted(set(there) - set(told.files)):
        raise Impossible(f"{file} holds {extra[0]}, which was not backed up: nothing was restored")
    for each in folder.rglob("*"):
        each.chmod(0o700 if each.is_dir() else 0o600)
    for name in ("anchors", "media"):
        (folder / name).mkdir(exist_ok=True, mode=0o700)
    return told


def _manifest(raw: bytes) -> Backup:
    try:
        told = json.loads(raw)
        if told.pop("equipoise backup") != FORM:
            raise Impossible("this backup was made by another version of equipoise")
        return Backup(**{**told, "lacks": tuple(told["lacks"])})
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Impossible("this is no backup of a desk") from None
