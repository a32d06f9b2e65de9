"""A desk for a test: its folder, and its databases on SQLite and on PostgreSQL, migrated and empty."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PROGRAMS = ("/usr/local/bin", "/usr/lib/postgresql")
SETTINGS = os.environ.get("EQUIPOISE_TEST_SETTINGS", "equipoise.web.settings")
"""The settings that tests run with: those of the desk, unless a test of the ledger alone asks for `desk_settings`."""


def ready() -> None:
    """Make Django ready, once, on a desk that no test writes to."""
    from django.conf import settings

    if settings.configured:
        return
    os.environ["EQUIPOISE_DESK"] = tempfile.mkdtemp(prefix="desk-")
    os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS
    import django

    django.setup()
    # Settings are read by now. Left where processes that share the tests inherit it, pytest-django would make Django ready
    # in them before the shapes of kernels can be checked.
    del os.environ["DJANGO_SETTINGS_MODULE"]


class Cluster:
    """A PostgreSQL of its own in a temporary folder, run by a user who is not root."""

    def __init__(self, programs: Path, *, is_durable: bool = False) -> None:
        self.programs = programs
        self.folder = Path(tempfile.mkdtemp(prefix="pg-"))
        self.user = "postgres" if os.geteuid() == 0 else None
        if self.user:
            shutil.chown(self.folder, self.user)
        self.run("initdb", "-D", "data", "-A", "trust", "-U", "desk", "--encoding=UTF8", "--no-sync")
        options = f"-c listen_addresses='' -c unix_socket_directories='{self.folder}' -c max_connections=500"
        if not is_durable:  # a test ends processes of ours, never the machine: what was written need not reach the disk
            options += " -c fsync=off -c full_page_writes=off"
        self.run("pg_ctl", "-D", "data", "-o", options, "-l", "log", "-w", "start")

    def run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs."""
        subprocess.run(
            [self.programs / program, *arguments], cwd=self.folder, user=self.user, check=True, capture_output=True,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
        )  # fmt: skip

    def address(self, name: str) -> str:
        """The address of one of its databases."""
        return f"postgresql://desk@/{name}?host={self.folder}"

    def execute(self, statement: str) -> None:
        """A statement outside of any transaction."""
        import psycopg

        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload]

    def stop(self) -> None:
        """Stop it and take its folder away."""
        self.run("pg_ctl", "-D", "data", "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)


def programs() -> Path | None:
    """Where PostgreSQL's programs are; None where there are none."""
    found = [Path(PROGRAMS[0]), *Path(PROGRAMS[1]).glob("*/bin"), *map(Path, os.environ["PATH"].split(os.pathsep))]
    return next((each for each in found if (each / "initdb").exists() and (each / "pg_ctl").exists()), None)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL for the tests of this run."""
    where = programs()
    if where is None:
        pytest.skip("PostgreSQL is not installed: no initdb and pg_ctl")
    made = Cluster(where)
    try:
        yield made
    finally:
        made.stop()


def _use(databases: dict[str, dict[str, Any]]) -> None:
    """Let Django speak to these databases from now on, in every thread."""
    from django.db import connections

    connections.close_all()
    for alias, told in databases.items():
        connections.settings[alias] = connections.configure_settings({"default": {}, alias: told})[alias]
        if hasattr(connections._connections, alias):
            delattr(connections._connections, alias)


def _migrate() -> None:
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connections

    for alias in settings.DATABASES:
        call_command("migrate", database=alias, verbosity=0)
    if any("db.DatabaseCache" in each["BACKEND"] for each in settings.CACHES.values()):
        call_command("createcachetable", verbosity=0)
    connections.close_all()


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any) -> Path:
    from equipoise.web.desk import make

    folder = tmp_path_factory.mktemp("template")
    with unblocked(django_db_blocker):
        desk = make(folder)
        _use(desk.databases())
        _migrate()
        for file in folder.glob("*.sqlite3"):
            _settle(file)
    return folder


def _settle(file: Path) -> None:
    """Bring everything that was written into the one file."""
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@pytest.fixture(scope="session")
def _postgresql_template(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any) -> Cluster:
    from equipoise.web.desk import Desk

    for name in ("template_desk", "template_identity"):
        cluster.execute(f"CREATE DATABASE {name}")
    folder = tmp_path_factory.mktemp("template_postgresql")
    with unblocked(django_db_blocker):
        _use(Desk(folder, cluster.address("template_desk"), cluster.address("template_identity")).databases())
        _migrate()
    return cluster


def unblocked(blocker: Any) -> Any:
    """pytest-django keeps tests from databases unless they ask; these ask by their fixture."""
    from contextlib import nullcontext

    return blocker.unblock() if blocker is not None else nullcontext()


_count = iter(range(1_000_000))


@pytest.fixture(params=["sqlite", "postgresql"])
def database(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, django_db_blocker: Any
) -> Iterator[Any]:
    """A desk on SQLite, then on PostgreSQL: `equipoise.web.desk.Desk`, its databases migrated and empty, and in use.

    What a test writes is committed, as it is at a desk, and thrown away with the databases. Another process finds the same
    desk by `database.environment()`.
    """
    yield from _desk(str(request.param), request, tmp_path, monkeypatch, django_db_blocker)


@pytest.fixture
def sqlite(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, django_db_blocker: Any
) -> Iterator[Any]:
    """A desk on SQLite alone."""
    yield from _desk("sqlite", request, tmp_path, monkeypatch, django_db_blocker)


def _desk(
    vendor: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, blocker: Any
) -> Iterator[Any]:
    from django.conf import settings
    from django.core.cache import cache
    from django.db import connections

    from equipoise.web.desk import make

    names: list[str] = []
    folder = tmp_path / "desk"
    for each in ("EQUIPOISE_DATABASE", "EQUIPOISE_IDENTITY"):
        monkeypatch.delenv(each, raising=False)
    if vendor == "sqlite":
        template: Path = request.getfixturevalue("_sqlite_template")
        folder.mkdir(mode=0o700)
        for file in template.glob("*.sqlite3"):
            shutil.copy(file, folder / file.name)
    else:
        server: Cluster = request.getfixturevalue("_postgresql_template")
        turn = next(_count)
        names = [f"desk_{turn}", f"identity_{turn}"]
        for name, of in zip(names, ("template_desk", "template_identity"), strict=True):
            server.execute(f"CREATE DATABASE {name} TEMPLATE {of}")
        monkeypatch.setenv("EQUIPOISE_DATABASE", server.address(names[0]))
        monkeypatch.setenv("EQUIPOISE_IDENTITY", server.address(names[1]))
    monkeypatch.setenv("EQUIPOISE_DESK", str(folder))
    desk = make(folder)
    before = dict(connections.settings)
    monkeypatch.setattr(settings, "DESK", desk)
    monkeypatch.setattr(settings, "MEDIA_ROOT", str(folder / "media"))
    with unblocked(blocker):
        _use(desk.databases())
        if vendor == "sqlite" or names:
            cache.close()
        try:
            yield desk
        finally:
            connections.close_all()
            _use({alias: before[alias] for alias in desk.databases()})
            for name in names:
                server.execute(f"DROP DATABASE {name} WITH (FORCE)")
