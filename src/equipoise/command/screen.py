"""`equipoise screen`: each criterion met, not met or unknown, and why."""

from io import StringIO
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding

from ..chart import as_of
from ..chart import chart as folded
from ..events import last_day
from ..finding import errors
from ..logic import MET, NOT_MET
from ..screening import Screening, screening
from ..transcript import read_facts
from .terminal import err, out, print_findings, print_json, read_day, refused, sign, studied, table

NARROW = 110
"""Columns of a terminal below which criteria are listed one beneath the other, not in a table."""


def screen(
    study: Annotated[Path, typer.Argument(help="The study's folder, or the name of one that comes with equipoise.")],
    facts: Annotated[Path, typer.Argument(help="What is known: events (.jsonl), or facts by name (.yaml).")],
    on: Annotated[
        str, typer.Option("--on", help="The day of screening; unsaid, enrolment, or else the last day of the facts.")
    ] = "",
    json: Annotated[bool, typer.Option("--json", help="Print the verdicts as JSON.")] = False,
) -> None:
    """Screen one person: criterion by criterion, met, not met or unknown, and what would settle it."""
    told = studied(study)
    events, findings = read_facts(facts, told)
    print_findings(findings, err)
    day = read_day(on)
    if not events and (day is None or errors(findings)):
        refused(f"{facts}: there is nobody to screen: nothing could be read")
    known = folded(told, events, until=day or last_day(events))
    enrolled = known.first("enrolment")
    if enrolled is not None and not on:
        known = as_of(known, told, enrolled)
    found = screening(told, known.facts)
    if json:
        print_json(_as_json(found))
    else:
        _print(found)
    if errors(findings):
        raise typer.Exit(1)


def screening_text(found: Screening, *, width: int = 140) -> str:
    """A screening as plain text, for files and for tests."""
    console = Console(file=StringIO(), width=width, highlight=False, color_system=None)
    _print(found, console)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    return "\n".join(line.rstrip() for line in text.splitlines()).strip() + "\n"


def _print(found: Screening, out: Console = out) -> None:
    made = table("criterion", "", "verdict", "says", "because")
    made.expand, made.columns[3].ratio, made.columns[4].ratio = True, 4, 5
    for each in found.verdicts:
        kind = "include" if each.criterion.include is not None else "exclude"
        verdict = "[dim]does not apply[/]" if each.applies is NOT_MET else _verdict(each.truth, kind)
        if out.width < NARROW:
            out.print(f"[bold]{escape(each.criterion.id)}[/] [dim]({kind})[/] {verdict}")
            out.print(Padding(escape(each.says), (0, 0, 0, 2)))
            if each.because:
                out.print(Padding(f"[dim]{escape(each.because)}[/]", (0, 0, 0, 2)))
        made.add_row(escape(each.criterion.id), f"[dim]{kind}[/]", verdict, escape(each.says), escape(each.because))
    if out.width >= NARROW:
        out.print(made)
    colour = {MET: "green", NOT_MET: "red"}.get(found.truth, "yellow")
    note = f" [dim]({escape(found.assumed)})[/]" if found.assumed else ""
    out.print(f"\n[bold {colour}]{found.words}[/]{note}")
    if found.truth is not MET and found.missing:
        out.print("still to be known:" if found.truth is not NOT_MET else "also not known:")
        for lack in found.missing:
            out.print(f"  - {escape(str(lack))}")


def _verdict(truth: object, kind: str) -> str:
    if truth is MET:
        return "[green]passes[/]"
    return "[red]bars[/]" if truth is NOT_MET else sign(truth)  # type: ignore[arg-type]


def _as_json(found: Screening) -> dict[str, object]:
    return {
        "verdict": found.words,
        "assumed": found.assumed,
        "criteria": [
            {
                "id": each.criterion.id,
                "kind": "include" if each.criterion.include is not None else "exclude",
                "passes": each.truth.known,
                "applies": each.applies.known,
                "says": each.says,
                "missing": [str(lack) for lack in each.explanation.missing],
            }
            for each in found.verdicts
        ],
    }
