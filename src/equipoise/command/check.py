"""`equipoise check`: what is wrong with a study's file, as a compiler says it."""

from pathlib import Path
from typing import Annotated

import typer

from ..finding import Finding, Place, Severity, errors
from ..study import Unsound, load
from .terminal import as_json, found, missing, out, print_findings, print_json


def check(
    studies: Annotated[
        list[Path], typer.Argument(help="Studies: folders, study.yaml files, or names that come with equipoise.")
    ],
    json: Annotated[bool, typer.Option("--json", help="Print findings as JSON.")] = False,
) -> None:
    """Say what is wrong with a study's file: its place, a sentence, the line. Exit 1 on an error."""
    findings: list[Finding] = []
    for path in studies:
        try:
            if says := missing(path):
                raise Unsound((Finding("unreadable", Place(str(path)), says.removeprefix(f"{path}: ")),))
            told = load(found(path)).check()
        except Unsound as why:
            told = why.findings
        findings += told
        if not json:
            print_findings(told)
            counts = ", ".join(
                f"{count} {severity.value}{'' if count == 1 else 's'}"
                for severity in Severity
                if (count := sum(each.severity is severity for each in told))
            )
            out.print(f"{path}: {counts or 'structure and types are in order'}")
    if json:
        print_json([as_json(each) for each in findings])
    if errors(findings):
        raise typer.Exit(1)
