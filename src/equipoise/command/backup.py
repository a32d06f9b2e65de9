"""`equipoise backup`, `restore`, `upgrade`: a desk in one file, made whole again, and brought up to a newer equipoise."""

import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .terminal import out, refused

if TYPE_CHECKING:
    from ..web.desk import Desk


def backup(
    desk: Annotated[Path, typer.Argument(help="The desk's folder.", file_okay=False, exists=True)],
    file: Annotated[Path, typer.Argument(help="The file to write; it must not be there yet.", dir_okay=False)],
    keys: Annotated[
        bool,
        typer.Option(
            "--keys", help="Put the keys into it. Whoever has the file can then read every sealed slot and sign as the desk."
        ),
    ] = False,
) -> None:
    """Write a desk to one file, of one moment, while everybody goes on working. Keys are left out unless asked for."""
    from ..web.backup import Impossible, back_up

    here = _ready(desk)
    try:
        made = back_up(here, file, with_keys=keys)
    except Impossible as why:
        refused(str(why))
    for slug, number in made.studies.items():
        out.print(f"{slug}: to link {number:,}", markup=False)
    out.print(f"{file}: {file.stat().st_size:,} bytes, {len(made.files)} files, {made.database}", markup=False)
    if made.lacks:
        out.print(f"not in it: {', '.join(made.lacks)}. Keep them elsewhere: without them the desk cannot go on", markup=False)
    elif keys:
        out.print(
            "the keys are in it: whoever has this file can read every sealed slot. Keep it as you keep keys", markup=False
        )


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `backup` wrote.", dir_okay=False, exists=True)],
    desk: Annotated[Path, typer.Argument(help="The folder to make; absent or empty.", file_okay=False)],
) -> None:
    """Make a desk from a backup, and verify every chain in it. EQUIPOISE_DATABASE names an empty PostgreSQL if it was on one."""
    from ..web.backup import Impossible
    from ..web.backup import restore as made_whole

    database, identity = os.environ.get("EQUIPOISE_DATABASE", ""), os.environ.get("EQUIPOISE_IDENTITY", "")
    try:
        patients = os.environ.get("EQUIPOISE_PATIENTS_DATABASE", "")
        told = made_whole(file, desk, database=database, identity=identity, patients=patients)
    except Impossible as why:
        refused(str(why))
    from ..web.upkeep import missing_keys

    lacking = missing_keys(desk, told)
    here = _ready(desk)
    out.print(f"{desk}: as of {told.made}", markup=False)
    faults = _verified(here)
    if lacking:
        out.print(f"put these back before you serve it, from where you keep them: {', '.join(lacking)}", markup=False)
    if faults:
        raise typer.Exit(1)


def upgrade(desk: Annotated[Path, typer.Argument(help="The desk's folder.", file_okay=False, exists=True)]) -> None:
    """Bring a desk up to this version: back it up, move its tables on, make what lists read again, verify every chain."""
    here = _ready(desk)
    from ..web.backup import Impossible
    from ..web.upkeep import upgrade as brought_up

    if _is_served(here):
        refused(f"{desk} is being served: end `equipoise serve` first")
    try:
        for line in brought_up(here):
            out.print(line, markup=False)
    except Impossible as why:
        refused(f"nothing was changed: {why}")
    if _verified(here):
        raise typer.Exit(1)


def _ready(folder: Path) -> "Desk":
    """A desk that is there, with this process set up for it."""
    if find_spec("django") is None:
        refused("this needs more than the core: install equipoise[web]")
    from ..web.backup import Impossible
    from ..web.upkeep import ready

    try:
        return ready(folder)
    except Impossible as why:
        refused(str(why))


def _is_served(here: "Desk") -> bool:
    """Whether the desk's vault answers: it ends with whoever serves."""
    from ..vault.wire import FOLDER, read_address

    try:
        with read_address(here.folder / FOLDER).connected(0.5):
            return True
    except (OSError, ValueError, KeyError):
        return False


def _verified(here: "Desk") -> bool:
    """Say what the verifier says; whether it found a fault."""
    from ..verifier import sentences
    from ..web.upkeep import verdicts

    found = verdicts(here)
    for each in found:
        for sentence in sentences(each):
            out.print(sentence, markup=False)
    return any(each.faults for each in found)
