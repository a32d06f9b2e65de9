"""`equipoise draft`: registry records and pages turned into a draft study file, its gaps marked."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from ..finding import Severity, Unreadable, errors
from ..study import FILE
from .export import draft_usdm, is_usdm
from .terminal import err, out, print_finding, print_findings, refused, studied, table, write

if TYPE_CHECKING:
    from ..registries import Record


def draft(
    records: Annotated[
        list[Path], typer.Argument(help="Records of a register, or pages as text; several of one trial are put together.")
    ],
    to: Annotated[Path | None, typer.Option("--to", help="Write each draft to a folder of its name in this folder.")] = None,
    name: Annotated[str, typer.Option("--name", help="What the study is called; unsaid, its number.")] = "",
    beside: Annotated[
        Path | None, typer.Option("--beside", help="A study of the same trial, to be compared with the draft.")
    ] = None,
    page: Annotated[Path | None, typer.Option("--page", help="Write the trial's page in plain words to this file.")] = None,
) -> None:
    """Draft a study file from records. Every line has its source; what no record says is marked as unstated."""
    if len(records) == 1 and records[0].suffix == ".json" and is_usdm(records[0]):
        return draft_usdm(records[0], to, name)
    from ..draft import draft as drafted
    from ..registries import read_record, trials

    read: list[Record] = []
    for path in records:
        got, findings = read_record(path)
        read += got
        print_findings((each for each in findings if each.severity is not Severity.NOTE), err)
    found, conflicts = trials(read)
    print_findings((each for each in conflicts if each.severity is not Severity.NOTE), err)
    if not found:
        refused("there is no trial to draft in what was given")
    if len(found) > 1 and (name or beside is not None or page is not None or to is None):
        refused(f"{len(found)} trials are in what was given: draft them with --to FOLDER alone, or give the records of one")
    for record in found:
        try:
            made = drafted(record, name=name)
        except Unreadable as why:
            refused(f"{records[0]}: {why.says}")
        if to is None and beside is None and page is None:
            print(made.text, end="")
        if to is not None:
            folder = to / made.name
            if (folder / FILE).exists():
                refused(f"{folder / FILE} is there already: a draft does not replace what somebody may have worked on")
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as why:
                refused(f"{folder}: cannot be made: {(why.strerror or str(why)).lower()}")
            write(made.text, folder / FILE)
        err.print(
            f"{escape(made.name)}: {len(made.unstated)} things are unstated; each stands in the file, with what is assumed instead"
        )
        for each in made.findings:
            if each.severity is Severity.ERROR:
                print_finding(each, err)
        if beside is not None:
            from ..agreement import agreement

            rows = table("on what the record says", "draft", str(beside), "")
            for one in agreement(made.study, studied(beside)):
                sign = "[green]agree[/]" if one.agrees else "[red]differ[/]" if one.sure else "[yellow]unsure[/]"
                rows.add_row(escape(one.what), escape(one.drafted), escape(one.written), sign)
            out.print(rows)
        if page is not None:
            from ..reports.plain_page import plain_page

            write(plain_page(made.study), page)
        if errors(made.findings):
            raise typer.Exit(1)
