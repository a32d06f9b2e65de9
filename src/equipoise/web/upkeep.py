"""A desk brought up to a newer equipoise: backed up first, its tables moved on, its projections made again, its chains verified."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from ..verifier import Verdict
from .backup import FOLDER, Backup, Impossible, back_up
from .desk import Desk
from .desk import desk as desk_of


def ready(folder: Path) -> Desk:
    """A desk that is there, with this process set up for it.

    Raises:
        Impossible: There is none.
    """
    import django

    if not (folder / "desk.json").is_file():
        raise Impossible(f"{folder} is no desk: it has no desk.json")
    there = desk_of(folder)
    os.environ.update(there.environment())
    django.setup()
    return there


def upgrade(desk: Desk) -> Iterator[str]:
    """Bring a desk up to date; a line for each thing done.

    Raises:
        Impossible: It could not be backed up first; nothing was changed.
    """
    file = desk.folder / FOLDER / f"{datetime.now(UTC):%Y-%m-%d-%H%M%S-%f}.equipoise"
    made = back_up(desk, file)
    yield f"backed up first: {file} ({', '.join(f'{slug} to link {number}' for slug, number in made.studies.items()) or 'no study yet'})"
    yield from moved_on(anew=True)


def moved_on(*, anew: bool = False) -> Iterator[str]:
    """Make the changes of tables that this version asks for, and, where one is of a projection's, make all of them again.

    Args:
        anew: Make projections again whatever changed.
    """
    from .ledger import PROJECTIONS

    waiting = pending()
    migrated()
    yield f"tables: {len(waiting)} change{'' if len(waiting) == 1 else 's'} made{': ' + ', '.join(waiting) if waiting else ''}"
    own = {model._meta.app_label for each in PROJECTIONS for model in each.models}
    if anew or any(each.split()[0] in own for each in waiting):
        for slug, links in rebuilt():
            yield f"{slug}: all that lists read was made again from {links:,} links"


def pending() -> list[str]:
    """The changes of tables that this version has and the databases have not, by name."""
    from django.db import connections
    from django.db.migrations.executor import MigrationExecutor

    found = []
    for alias in ("default", "identity"):
        executor = MigrationExecutor(connections[alias])
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        found += [f"{each.app_label} {each.name}" for each, _ in plan if f"{each.app_label} {each.name}" not in found]
    return found


def migrated() -> None:
    """Make the changes of tables."""
    from django.core.management import call_command

    for alias in ("default", "identity"):
        call_command("migrate", database=alias, verbosity=0, interactive=False)


def rebuilt() -> Iterator[tuple[str, int]]:
    """Make every projection again; each study, and how many links it has."""
    from .ledger import rebuild, studies

    for slug in studies():
        yield slug, rebuild(slug)


def verdicts(desk: Desk) -> list[Verdict]:
    """What the verifier says of every chain of the desk that this process is set up for, on whatever database."""
    from ..verifier import outside_of, verdict
    from .ledger import links, studies

    return [
        verdict(
            slug,
            (each.told for each in links(slug)),
            outside=outside_of(slug, desk.anchors),
            key=_key(desk),
            now=datetime.now(UTC),
        )
        for slug in studies()
    ]


def missing_keys(folder: Path, told: Backup) -> list[str]:
    """The keys that a restored desk still lacks."""
    return [name for name in told.lacks if not (folder / name).exists()]


def _key(desk: Desk) -> str:
    """The desk's public key, where the private one lies beside it, or as the vault was told it; "" if neither is known."""
    from .ledger import outside

    if desk.web_key.exists():
        return outside.public_key()
    told = desk.folder / "vault" / "web.pub"
    return told.read_text("ascii").strip() if told.exists() else ""
