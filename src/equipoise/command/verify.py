"""`equipoise verify`: whether a ledger is what it was."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from .. import verifier
from .terminal import print_json


def verify(
    ledger: Annotated[Path, typer.Argument(help="A ledger: an export (.jsonl), an SQLite file, or a desk's folder.")],
    anchors: Annotated[
        Path | None, typer.Option("--anchors", help="The folder of anchors outside the database, or a study's file of them.")
    ] = None,
    key: Annotated[str, typer.Option("--key", help="The desk's public key, in hex, as it was published.")] = "",
    study: Annotated[str, typer.Option("--study", help="Only this study.")] = "",
    tolerance: Annotated[float, typer.Option("--tolerance", help="Seconds by which clocks may differ.")] = verifier.TOLERANCE,
    json: Annotated[bool, typer.Option("--json", help="Print what was found as JSON.")] = False,
) -> None:
    """Say whether anything in a ledger was altered or is missing, and whether allocation was as promised. Exit 1 if not.

    The same file, alone, is what a stranger runs: `python verifier.py LEDGER --anchors FOLDER`.
    """
    try:
        found = verifier.verdicts(ledger, anchors=anchors, key=key, study=study, now=datetime.now(UTC), tolerance=tolerance)
    except verifier.Unreadable as why:
        typer.echo(str(why), err=True)
        raise typer.Exit(2) from why
    if not found:
        typer.echo(f"{ledger} holds no link", err=True)
        raise typer.Exit(2)
    if json:
        print_json([_told(each) for each in found])
    else:
        for each in found:
            for sentence in verifier.sentences(each):
                typer.echo(sentence)
    if any(each.faults for each in found):
        raise typer.Exit(1)


def _told(found: verifier.Verdict) -> dict[str, object]:
    return {
        "study": found.study, "links": found.links, "head": found.head, "anchors": found.anchors, "anchored": found.anchored,
        "acknowledged": found.acknowledged, "allocated": found.allocated, "is_opened": found.is_opened,
        "faults": [{"number": each.number, "says": each.says} for each in found.faults], "notes": found.notes,
    }  # fmt: skip
