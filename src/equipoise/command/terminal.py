"""What the verbs share on a terminal: findings as a compiler prints them, studies loaded or refused, days read."""

import json
import os
import sys
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from .. import shipped
from ..calendar import When
from ..finding import Finding, Severity, Unreadable, did_you_mean, errors
from ..logic import MET, NOT_MET, Truth
from ..study import FILE, Study, Unsound, load
from ..witness import shown


class Screen(Console):
    """A terminal, or a pipe whose reader may have seen enough: `equipoise chart … | head -1` is no fault of anybody."""

    def on_broken_pipe(self) -> NoReturn:
        """End quietly, with the code that a shell gives whoever wrote to a pipe that was closed."""
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(141)


out = Screen(highlight=False, width=None if sys.stdout.isatty() else 140)
err = Screen(highlight=False, stderr=True, soft_wrap=True)

COLOURS = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}
SIGNS = {MET: "[green]met[/]", NOT_MET: "[red]not met[/]"}


def sign(truth: Truth) -> str:
    """A truth as a coloured word."""
    return SIGNS.get(truth, "[yellow]unknown[/]")


def print_findings(findings: Iterable[Finding], console: Console = out) -> None:
    """Each finding as `print_finding` does."""
    for each in findings:
        print_finding(each, console)


def print_finding(each: Finding, console: Console = out, *, see: str = "") -> None:
    """A finding: its place, rule and sentence, the line and a caret, how to mend it, and who shows it.

    A note is quiet: its line is not shown. Of what the file accepts the reason is said instead.

    Args:
        see: What to type to see the virtual participant who shows it.
    """
    colour, weight = ("dim", "accepted") if each.accepted else (COLOURS[each.severity], each.severity.value)
    _line(console, f"{escape(str(each.place))}: [{colour}]{weight}[/]: [bold]{each.rule}[/]: {escape(each.says)}")
    if each.accepted:
        _line(console, f"    [dim]because[/] {escape(each.accepted)}")
        return
    for line in each.pointed().split("\n")[1:] if each.severity is not Severity.NOTE else ():
        console.print(f"[dim]{escape(line)}[/]", no_wrap=True, overflow="ignore", crop=False)
    if each.fix:
        _line(console, f"    [green]help[/]: {escape(each.fix)}")
    if each.witness:
        day, says = shown(each.witness)
        _line(console, f"    [blue]shown by[/] a virtual participant on {day}: {escape(says)}")
    if see:
        _line(console, f"    [blue]see[/] {escape(see)}")


def _line(console: Console, text: str) -> None:
    """A sentence: on a terminal it is broken between words, elsewhere it stays one line."""
    console.print(text, soft_wrap=not console.is_terminal)


def as_json(each: Finding) -> dict[str, object]:
    """A finding for other programs: everything that is known of it."""
    return {
        "file": each.place.file, "line": each.place.line, "column": each.place.column, "width": each.place.width,
        "severity": each.severity.value, "rule": each.rule, "about": each.about, "says": each.says, "fix": each.fix,
        "accepted": each.accepted, "text": each.text, "witness": each.witness,
    }  # fmt: skip


def print_json(value: object) -> None:
    """A value as JSON on standard output."""
    try:
        print(json.dumps(value, indent=2, ensure_ascii=False, default=str), flush=True)
    except BrokenPipeError:
        out.on_broken_pipe()


def refused(says: str) -> NoReturn:
    """End with a sentence about what was given."""
    err.print(escape(says))
    raise typer.Exit(1)


def write(text: str, to: Path) -> None:
    """Write a file and say so; where that cannot be done, a sentence says why and the command ends."""
    try:
        to.write_text(text, encoding="utf-8")
    except OSError as why:
        refused(f"{to}: cannot be written: {(why.strerror or str(why)).lower()}")
    out.print(f"written: {escape(str(to))}")


def studied(path: Path) -> Study:
    """The study at a path; if its file cannot be used, its findings are printed and the command ends."""
    if path.suffix == ".jsonl":
        refused(f"{path}: these are events; the study comes first, then the events")
    if says := missing(path):
        refused(says)
    try:
        study = load(found(path))
    except Unsound as why:
        print_findings(why.findings, err)
        raise typer.Exit(1) from None
    if not study.is_sound:
        print_findings(errors(study.findings), err)
        err.print(f"[bold]{escape(str(path))}[/]: mend these first; `equipoise check` shows warnings too")
        raise typer.Exit(1)
    return study


def found(path: Path) -> Path:
    """A study's path: as given, or by its name among the studies that come with equipoise."""
    if not path.exists() and len(path.parts) == 1 and (shipped() / path / FILE).is_file():
        return shipped() / path
    return path


def missing(path: Path) -> str:
    """A sentence where a study is asked for by a name that nothing has; else nothing."""
    if found(path) != path or len(path.parts) != 1 or path.suffix or path.exists() or path.is_symlink():
        return ""
    near = did_you_mean(path.name, (each.parent.name for each in shipped().glob(f"*/{FILE}")))
    return f"{path}: there is no such folder, and no study of this name comes with equipoise{near}"


def read_day(text: str) -> date | None:
    """A day given on the command line; the last possible one where only its month or year is said."""
    if not text:
        return None
    try:
        return When.from_text(text).last
    except Unreadable as why:
        raise typer.BadParameter(why.says) from None


def table(*heads: str, title: str = "") -> Table:
    """A table as all verbs draw it."""
    made = Table(title=title or None, title_justify="left", title_style="bold", header_style="dim", box=None, pad_edge=False)
    for head in heads:
        made.add_column(head, overflow="fold")
    return made
