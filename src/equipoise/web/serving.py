"""Bringing a desk up: databases, studies, the vault and whatever runs beside it, and the processes that answer."""

import os
import secrets
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..vault import Process, Unsafe, made_key, start, trust
from .desk import Desk

DAILY = 24 * 60 * 60


@dataclass
class Prepared:
    """What a desk that was brought up says, and what runs beside it until it ends."""

    lines: list[str] = field(default_factory=list)
    beside: ExitStack = field(default_factory=ExitStack)


def prepare(desk: Desk, studies: Sequence[Path], *, shown: Path) -> Prepared:
    """Bring up a desk's databases, open studies, start the vault, and settle what a killed process left unanswered.

    Args:
        desk: The desk.
        studies: The studies to open, by folder.
        shown: The folder of studies that a demonstration shows.
    """
    import django

    django.setup()

    from ..study import Unsound
    from .staff.allocation import sweep
    from .upkeep import moved_on

    told = Prepared()
    told.lines += [line for line in moved_on() if not line.startswith("tables:")]
    told.lines += _vault(desk, told.beside)
    if desk.is_demonstration:
        told.lines += _demonstration(shown)
    for each in studies:
        try:
            told.lines += _opened(each)
        except (Unsound, OSError) as why:
            told.lines.append(f"{each}: not opened: {why}")
    told.lines += _commitments()
    settled, waiting = sweep()
    if settled or waiting:
        told.lines.append(f"allocations that were asked for and not answered: {settled} settled now, {waiting} still wait")
    told.lines += _administrator(desk)
    return told


def run(desk: Desk, told: Prepared, *, host: str, port: int, workers: int, stop: threading.Event) -> None:
    """Answer until it is ended; anchor every chain daily meanwhile."""
    from django.db import connections
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    with told.beside:
        _patients(told.beside, port + 1, stop)
        anchor_all()  # before the processes that answer split off: a connection in use must not be shared with them
        connections.close_all()
        threading.Thread(target=_daily, args=(stop,), daemon=True).start()
        os.register_at_fork(after_in_child=_end_together)
        server: Any = Granian(
            "equipoise.web.wsgi:application", address=host, port=port, interface=Interfaces.WSGI, workers=workers,
            blocking_threads=4, log_access=False, log_level=LogLevels.warning, process_name=None,
        )  # fmt: skip
        server.serve()


def _end_together() -> None:
    """In a process that answers: end when the one that started it has ended, however that ended.

    Otherwise it would hold the vault's pipe, and the vault would live on. What was acknowledged is on the disk.
    """

    def watch(parent: int) -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, args=(os.getppid(),), daemon=True).start()


def anchor_all() -> None:
    """Anchor every chain, fold those again whom time has moved on, and clear away sessions that have ended."""
    from django.core.management import call_command

    from .ledger import anchor, studies
    from .staff.here import today
    from .staff.projections import refresh

    for slug in studies():
        anchor(slug)
        refresh(slug, today())
    call_command("clearsessions")


def _daily(stop: threading.Event) -> None:
    from django.db import connections

    while not stop.wait(DAILY):
        anchor_all()
        connections.close_all()


def _vault(desk: Desk, beside: ExitStack) -> list[str]:
    trust(desk.folder, made_key(desk.web_key))
    running = [_patiently(desk)]
    ended = threading.Event()

    def watch() -> None:
        """Start it again if it ends: what it answered is on its disk."""
        while not ended.wait(2):
            if not running[0].is_running:
                with suppress(Unsafe, OSError):
                    running[0] = start(desk.folder)

    threading.Thread(target=watch, daemon=True).start()
    beside.callback(lambda: running[0].stop())
    beside.callback(ended.set)
    return [f"vault: process {running[0].pid}, sealed slots in {desk.folder / 'vault'}"]


def _patiently(desk: Desk) -> Process:
    """The desk's vault; one that was left by a killed process ends within seconds."""
    for _ in range(20):
        with suppress(Unsafe):
            return start(desk.folder)
        time.sleep(0.5)
    return start(desk.folder)


def _demonstration(studies: Path) -> list[str]:
    from .demonstration import USERS, demonstrate
    from .staff.here import today

    made = demonstrate(studies, today())
    lines = ["DEMONSTRATION: invented and virtual people; nobody was treated, and nothing follows for patients"]
    lines += [f"    {name:<12} {password:<16} {USERS[name].replace('_', ' ')}" for name, password in made.items()]
    return lines


def _opened(folder: Path) -> list[str]:
    from .staff.studies import open_study

    slug = open_study(folder)
    return [f"open: {slug}"]


def _commitments() -> list[str]:
    """The vault's commitment of every study that draws by lot, before its first participant."""
    from .ledger import studies
    from .staff.allocation import NotNow, is_drawn, published
    from .staff.studies import opened

    lines = []
    for slug in studies():
        study = opened(slug)
        if is_drawn(study):
            try:
                published(slug, study)
            except NotNow as why:
                lines.append(f"{slug}: nobody can be randomised yet: {why}")
    return lines


def _administrator(desk: Desk) -> list[str]:
    """The first administrator, where there is nobody: the password is shown once. New studies are theirs to staff."""
    from django.contrib.auth.models import User

    from .demonstration import give_roles
    from .ledger import studies
    from .staff.models import Grant

    lines = []
    if not User.objects.exists():
        password = secrets.token_urlsafe(12)
        User.objects.create_user("administrator", password=password)
        lines.append(f"sign in as administrator with {password} (shown once), and set up a second factor")
    first = User.objects.order_by("pk").first()
    for slug in studies():
        if first is not None and not Grant.objects.filter(study=slug, role="administrator").exists():
            give_roles(slug, {first.get_username(): "administrator"})
    return lines


def _patients(beside: ExitStack, port: int, stop: threading.Event) -> None:
    """The patients' application: another process, which is told nothing of this desk. What is sent there is fetched."""
    from .intake import patients_side

    os.environ.setdefault("EQUIPOISE_PATIENTS_ADDRESS", f"http://localhost:{port}")
    process = patients_side.started(port)
    beside.callback(process.terminate)
    threading.Thread(target=_fetching, args=(stop,), daemon=True).start()


def _fetching(stop: threading.Event) -> None:
    """Place every study's page, then fetch each minute. Where the patients' side does not answer, it is asked again."""
    from django.db import connections

    from .intake.patients_side import Absent
    from .intake.pull import publish, pull
    from .ledger import Refused, studies
    from .staff.here import today

    placed: set[str] = set()
    while not stop.wait(60 if placed else 5):
        try:
            for slug in sorted(set(studies()) - placed):
                publish(slug)
                placed.add(slug)
            pull(today())
        except (Absent, Refused):  # the next round asks again
            continue
        finally:
            connections.close_all()
