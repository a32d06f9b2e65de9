"""`equipoise demo`: six trials, checked, charted, analysed and reported, in a new folder."""

import os
import sys
import time
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from ..demonstration import Shown
from .. import shipped
from .chart import chart_text
from .terminal import err, out, refused, table


def demo(
    to: Annotated[Path, typer.Option("--to", help="The folder to write to.")] = Path("equipoise-demo"),
    studies: Annotated[Path | None, typer.Option("--studies", help="Another folder of studies.")] = None,
) -> None:
    """Run everything on the five studies and one real trial: check, chart, analyse, report."""
    from ..demonstration import demo as run
    from ..demonstration import slugs

    began = time.monotonic()
    source = studies or shipped()
    names = slugs(source)
    if not names:
        err.print(f"{source}: there is no study here")
        raise typer.Exit(1)
    done: list[Shown] = []
    columns = (SpinnerColumn(), TextColumn("{task.completed}/{task.total} {task.description}"), TimeElapsedColumn())
    try:
        with Progress(*columns, console=err, transient=True) as progress:
            task = progress.add_task("", total=len(names))
            for what, found in run(source, to, chart_text):
                progress.update(task, description=escape(what))
                if found is not None:
                    done.append(found)
                    progress.advance(task)
                    if not err.is_terminal:
                        err.print(f"{len(done)}/{len(names)} {found.study.protocol.study}")
    except OSError as why:
        refused(f"{why.filename}: cannot be written: {(why.strerror or '').lower()}" if why.filename else str(why))
    _print(done, to, time.monotonic() - began)


def _print(done: "list[Shown]", to: Path, seconds: float) -> None:
    from ..demonstration import counted

    made = table("study", "participants", "invented", "findings", "deviations", "primary endpoint")
    for each in done:
        kind = "[yellow]virtual[/]" if each.is_virtual else "[green]real[/]"
        made.add_row(
            each.study.protocol.study, f"{len(each.charts)} {kind}", str(each.people), counted(each.findings), str(each.deviations),
            escape(headline(each)),
        )  # fmt: skip
    out.print(made)
    out.print(
        "\n[yellow]virtual[/]: drawn from the study's own assumptions; nobody was treated, and nothing follows for patients"
    )
    out.print(f"\nwritten in {seconds:.0f} s: [bold]{to / 'index.html'}[/] links to one report a study; open it in a browser")
    me = "equipoise" if which("equipoise") else os.path.relpath(sys.argv[0])
    out.print("\nnext, try:")
    for line in (
        f"{me} show batch-rfa-crlm",
        f"{me} check batch-rfa-crlm",
        f"{me} screen liver-surgery-linkoping studies/liver-surgery-linkoping/people/all_the_way.jsonl",
        f"{me} chart batch-rfa-crlm studies/batch-rfa-crlm/people/three_sessions.jsonl",
        f"{me} analyse colon-levamisole --to colon.html",
    ):
        out.print(f"    {line}")


def headline(each: "Shown") -> str:
    """What came of the primary endpoint, in a line."""
    from ..demonstration import ratios

    result = each.headline
    if result is None:
        return "none is declared"
    name = result.endpoint_label or result.endpoint
    told = [f"{one.value:.2f} ({one.lower:.2f} to {one.upper:.2f}), {one.of}" for one in ratios(result)
            if one.lower is not None and one.upper is not None]  # fmt: skip
    if told:
        return f"{name}: hazard ratio {'; '.join(told)}"
    events = sum(arm.events or 0 for arm in result.arms)
    return f"{name}: {events} events among {result.participants}"
