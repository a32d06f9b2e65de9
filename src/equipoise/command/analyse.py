"""`equipoise analyse`: the declared analyses, and the report."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from ..chart import chart as folded
from ..events import last_day
from ..finding import errors
from ..transcript import read_people

if TYPE_CHECKING:
    from ..analysis.result import Estimate, Result
from .terminal import err, out, print_findings, read_day, studied, table


def analyse(
    study: Annotated[Path, typer.Argument(help="The study's folder, or the name of one that comes with equipoise.")],
    people: Annotated[
        Path | None, typer.Argument(help="A folder of participants (.jsonl); unsaid, the study's tables or people.")
    ] = None,
    until: Annotated[str, typer.Option("--until", help="The day of the data cut; unsaid, the last event's.")] = "",
    to: Annotated[
        Path | None,
        typer.Option("--to", help="Write the report: to .html or .pdf, or to a folder both, with tables as CSV and Parquet."),
    ] = None,
    interim: Annotated[
        bool, typer.Option("--interim", help="This is a planned look: analyses that declare it compare arms before the lock.")
    ] = False,
    naive: Annotated[
        bool, typer.Option("--naive", help="Show the naive answer, which takes groups as they turned out, beside the fair one.")
    ] = False,
) -> None:
    """Run the analyses that the study declares, and say what each estimates."""
    from ..analysis import analyse as analysed
    from ..cohort import imported, told_tables
    from ..reports.study_report import report, written

    told = studied(study)
    if people is None and told.folder is not None and (told.folder / "tables.yaml").is_file():
        columns, findings = told_tables(told)
        print_findings(findings, err)
        if columns is None or errors(findings):
            raise typer.Exit(1)
        brought = imported(told, columns, told.folder)
        events, findings, invented = dict(brought.people), brought.findings, False
    else:
        folder = people if people is not None else (told.folder or Path()) / "people"
        if not folder.is_dir():
            err.print(f"{folder}: there is no folder of participants here")
            raise typer.Exit(1)
        events, findings = read_people(folder, told)
        invented = are_invented(folder)
    print_findings(findings, err)
    if not events:
        err.print("there is nobody to analyse")
        raise typer.Exit(1)
    day = read_day(until) or max(last_day(each) for each in events.values())
    charts = {name: folded(told, each, until=day) for name, each in events.items()}
    if invented:
        err.print("[yellow]these participants are invented: nobody was treated, and nothing follows for patients[/]")
    results = analysed(told, charts, until=day, virtual=invented, interim=interim, naive=naive)
    for result in results:
        print_result(result)
    if to is not None:
        try:
            files = written(report(told, charts, results, until=day, virtual=invented), to)
        except (ValueError, OSError) as why:
            err.print(escape(str(why)))
            raise typer.Exit(1) from None
        for file in files:
            out.print(f"written: {escape(str(file))}")
    if errors(findings):
        raise typer.Exit(1)


def are_invented(folder: Path) -> bool:
    """Whether all participants of a folder say in their first line that they are invented: `# Invented.`"""
    firsts = [file.read_bytes()[:200].decode(errors="replace") for file in sorted(folder.glob("*.jsonl"))]
    return bool(firsts) and all(first.lstrip("\ufeff").lower().startswith("# invented") for first in firsts)


def print_result(result: "Result") -> None:
    """A result: what it estimates, how, and the numbers, or why there are none."""
    standing = "post hoc; " if result.is_post_hoc else "pre-specified; " if result.is_declared else ""
    out.print(f"[bold]{escape(result.label)}[/] [dim]({standing}{result.place})[/]")
    out.print(
        f"  {escape(result.population)}; {escape(result.contrast or 'no comparison')}; {escape(result.summary)}",
        style="dim",
    )
    arms = {arm.arm: arm.label for arm in result.arms}
    made = table("", "estimate", "interval", "")
    for each in result.estimates:
        if not each.is_covariate:
            made.add_row(escape(each.name), _number(each, each.value), _interval(each), escape(arms.get(each.of, each.of)))
    for test in result.tests:
        statistic = f"{test.statistic:.4g}" if test.statistic is not None else ""
        made.add_row(escape(test.name), statistic, f"p = {test.p:.3g}", f"df {test.df:g}" if test.df is not None else "")
    for spread in result.spreads:
        sd = f" (sd {spread.sd:.4g})" if spread.sd is not None else ""
        made.add_row(
            "mean",
            f"{spread.mean:.4g}{sd}",
            f"median {spread.median:.4g}",
            f"{escape(arms.get(spread.arm, spread.arm))}, n = {spread.number}",
        )
    if made.row_count:
        out.print(made)
    for arm in result.arms:
        events = f", {arm.events} with the event" if arm.events is not None else ""
        out.print(f"  {escape(arm.label)}: {arm.participants} counted{events}")
    for left in result.left_out:
        out.print(f"  left out: {left.participants}, {escape(left.why)}")
    for sentence in result.findings:
        out.print(f"  [yellow]{escape(sentence)}[/]")
    out.print()


def _number(each: "Estimate", value: float, *, unit: bool = True) -> str:
    """A number as people read it: a share in percent, anything else to four digits."""
    if each.unit == "share":
        return f"{value:.1%}"
    return f"{value:.4g} {each.unit if unit else ''}".strip()


def _interval(each: "Estimate") -> str:
    if each.lower is None and each.upper is None:
        return ""
    ends = (_number(each, end, unit=False) if end is not None else "not reached" for end in (each.lower, each.upper))
    level = f" ({each.level:.0%})" if each.level is not None else ""
    return " to ".join(ends) + level
