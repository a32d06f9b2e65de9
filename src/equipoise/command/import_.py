"""`equipoise import`: a cohort's tables turned into events, each rejected row kept and explained."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from ..finding import errors
from .terminal import err, out, print_findings, studied, table


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
    made.add_row("rows rejected", str(len(found.rejected)))
    out.print(made)
    for each in found.rejected[:20]:
        out.print(f"  [dim]{escape(str(each))}[/]")
    if to is not None:
        faults = write_events(found.people, to, told)
        print_findings(faults, err)
        out.print(f"written: {to}")
    if errors(found.findings):
        raise typer.Exit(1)
