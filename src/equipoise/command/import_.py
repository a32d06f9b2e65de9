"""`equipoise import`: a cohort's tables turned into events, each rejected row kept and explained."""

import csv
from collections.abc import Iterable
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from ..finding import errors

if TYPE_CHECKING:
    from ..cohort import Rejected
from .terminal import err, out, print_findings, refused, studied, table, write


def import_(
    study: Annotated[Path, typer.Argument(help="The study's folder; its tables.yaml says what each column means.")],
    tables: Annotated[Path | None, typer.Argument(help="The folder of the tables; unsaid, the study's own.")] = None,
    to: Annotated[Path | None, typer.Option("--to", help="Write each participant's events to this folder.")] = None,
    mapping: Annotated[Path | None, typer.Option("--tables", help="Another file than the study's tables.yaml.")] = None,
) -> None:
    """Turn a cohort's tables into events. Each row that is rejected is kept and explained."""
    from ..cohort import imported, told_tables
    from ..transcript import write_events

    told = studied(study)
    columns, findings = told_tables(told, mapping) if mapping is not None else told_tables(told)
    print_findings(findings, err)
    if columns is None or errors(findings):
        raise typer.Exit(1)
    found = imported(told, columns, tables if tables is not None else told.folder or Path())
    print_findings(found.findings[:50], err)
    if len(found.findings) > 50:
        err.print(f"and {len(found.findings) - 50} more")
    made = table("", "")
    made.add_row("participants", str(len(found.people)))
    made.add_row("events", str(sum(map(len, found.people.values()))))
    made.add_row("rows rejected", str(len({(each.file, each.line) for each in found.rejected})))
    out.print(made)
    for each in found.rejected[:20]:
        out.print(f"  [dim]{escape(str(each))}[/]")
    if to is not None:
        try:
            faults = write_events(found.people, to, told)
        except OSError as why:
            refused(f"{to}: cannot be written: {(why.strerror or str(why)).lower()}")
        print_findings(faults, err)
        out.print(f"written: {escape(str(to))}")
        if found.rejected:
            write(rejected_table(found.rejected), to / "rejected.csv")
    if errors(found.findings):
        raise typer.Exit(1)


def rejected_table(rejected: "Iterable[Rejected]") -> str:
    """Rejected rows as a table: where each stands, why, and its cells as they stood."""
    text = StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("file", "line", "participant", "why", "cells"))
    rows.writerows((each.file, each.line, each.participant, each.why, *each.cells) for each in rejected)
    return text.getvalue()
