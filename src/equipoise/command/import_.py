"""`equipoise import`: a cohort's tables turned into events, each rejected row and cell kept and explained."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from ..finding import Finding, Severity, errors
from ..study import Study
from .export import exchanged
from .terminal import err, out, print_findings, refused, studied, table, write

PRINTED = 50
"""How many findings are printed: all stand in rejected.csv."""


def import_(
    study: Annotated[Path, typer.Argument(help="The study's folder; its tables.yaml says what each column means.")],
    tables: Annotated[
        list[Path] | None, typer.Argument(help="The folder of the tables, or the tables; unsaid, the study's own folder.")
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option(
            "--to", help="Write each participant's events to this folder, and what was rejected; with --draft, a file."
        ),
    ] = None,
    mapping: Annotated[Path | None, typer.Option("--tables", help="Another file than the study's tables.yaml.")] = None,
    draft: Annotated[bool, typer.Option("--draft", help="Draft a tables.yaml from the tables' headings and cells.")] = False,
) -> None:
    """Turn a cohort's tables into events. Each row and cell that is rejected is kept, explained, and can be mended."""
    told = studied(study)
    if draft:
        _draft(told, tables or [], to)
        return
    if tables and exchanged(told, tables, to):
        return
    from ..cohort import imported, told_tables

    columns, findings = told_tables(told, mapping) if mapping is not None else told_tables(told)
    print_findings(findings, err)
    if columns is None or errors(findings):
        raise typer.Exit(1)
    source = _source(told, tables)
    if to is not None:
        _store(told, columns, source, to)
        return
    found = imported(told, columns, source)
    _print(found.findings, {each: sum(one.severity is each for one in found.findings) for each in Severity})
    rows = len({(each.file, each.sheet, each.line) for each in found.rejected if each.is_row})
    doubts = sum(not each.is_row for each in found.rejected)
    _count(len(found.people), sum(map(len, found.people.values())), rows, doubts)
    for each in [one for one in found.rejected if one.is_row][:20]:
        out.print(f"  [dim]{escape(str(each))}[/]")
    if errors(found.findings):
        raise typer.Exit(1)


def _source(told: Study, tables: list[Path] | None) -> Path | Mapping[str, Path]:
    """Where the tables lie: a folder, or files by the names that the mapping gives them."""
    if not tables:
        return told.folder or Path()
    if len(tables) == 1 and tables[0].is_dir():
        return tables[0]
    folders = [each for each in tables if each.is_dir()]
    if folders:
        refused(f"{folders[0]}: give one folder, or the tables one by one")
    return {name: each for each in tables for name in (str(each), each.name)}


def _store(told: Study, columns: object, source: Path | Mapping[str, Path], to: Path) -> None:
    from rich.progress import Progress, SpinnerColumn, TextColumn

    from ..cohort import MENDED, REJECTED, Tables, stored

    assert isinstance(columns, Tables)
    bar = Progress(SpinnerColumn(), TextColumn("{task.description}"), console=err, transient=True, disable=not err.is_terminal)
    try:
        with bar:
            task = bar.add_task("reading")
            made = stored(told, columns, source, to, seen=lambda rows: bar.update(task, description=f"{rows:,} rows"))
    except OSError as why:
        refused(f"{to}: cannot be written: {(why.strerror or str(why)).lower()}")
    _print(made.findings, made.counts)
    _count(made.participants, made.events, made.rejected_rows, made.doubts)
    out.print(f"new events {made.written}, corrected {made.corrected}, withdrawn {made.withdrawn}")
    out.print(f"written: {escape(str(to))}")
    if made.rejected_rows or made.doubts:
        says = f"mend in its last column, then import again; what was mended is kept in {MENDED}"
        out.print(f"written: {escape(str(to / REJECTED))} [dim]({says})[/]")
    if made.counts.get(Severity.ERROR):
        raise typer.Exit(1)


def _print(findings: tuple[Finding, ...], counts: Mapping[Severity, int]) -> None:
    print_findings(findings[:PRINTED], err)
    if (many := sum(counts.values())) > PRINTED:
        err.print(f"and {many - PRINTED:,} more")


def _count(people: int, events: int, rows: int, doubts: int) -> None:
    made = table("", "")
    made.add_row("participants", str(people))
    made.add_row("events", str(events))
    made.add_row("rows rejected", str(rows))
    made.add_row("cells in doubt", str(doubts))
    out.print(made)


def _draft(told: Study, tables: list[Path], to: Path | None) -> None:
    from ..cohort.draft import drafted
    from ..cohort.files import SUFFIXES

    given: dict[str, Path] = {}
    for each in tables or ([told.folder] if told.folder is not None else []):
        if each.is_dir():
            inside = sorted(one for one in each.rglob("*") if one.suffix.lower() in SUFFIXES and not one.name.startswith("."))
            given |= {one.relative_to(each).as_posix(): one for one in inside}
        elif each.is_file():
            inside_study = told.folder is not None and each.resolve().is_relative_to(told.folder.resolve())
            name = each.resolve().relative_to(told.folder.resolve()).as_posix() if inside_study and told.folder else each.name
            given[name] = each
        else:
            refused(f"{each}: there is no such file")
    if not given:
        refused("no tables to draft from: name CSV files, workbooks or Parquet, or a folder of them")
    made = drafted(told, given)
    if to is None:
        print(made.text, end="")
    else:
        write(made.text, to)
    placed = f"{made.sure} columns placed for sure, {made.likely} likely, {made.guessed} guessed"
    err.print(f"{placed}; {len(made.gaps)} gap{'' if len(made.gaps) == 1 else 's'} to settle")
