"""`equipoise population`: who of many patients could join, what keeps the others out, and what would settle the rest."""

from pathlib import Path
from typing import Annotated

import typer

from ..finding import Unreadable
from .terminal import out, print_json, read_day, refused, studied, table


def population(
    study: Annotated[Path, typer.Argument(help="The study's folder, or the name of one that comes with equipoise.")],
    data: Annotated[Path, typer.Argument(help="A folder: participants.csv or .parquet, and a table for each form.")],
    on: Annotated[str, typer.Option("--on", help="The day up to which the facts are known.")] = "",
    closed: Annotated[
        list[str] | None, typer.Option("--closed", help="A form of which no record means that it did not happen.")
    ] = None,
    suppress: Annotated[int, typer.Option("--suppress", min=0, help="Tell no count between nought and this.")] = 0,
    keep: Annotated[Path | None, typer.Option("--keep", help="A folder for each patient's verdict and masks.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the counts as JSON.")] = False,
) -> None:
    """Screen a population: who could join, what keeps others out, and which data would settle most unknowns."""
    from ..population import batches, suppressed, told_together
    from ..population import population as counted

    told, day = studied(study), read_day(on)
    if keep is not None:
        if any(keep.glob("verdicts-*.parquet")):
            refused(f"{keep} holds verdicts already")
        keep.mkdir(parents=True, exist_ok=True)
    try:
        found = counted(told, batches(told, data, until=day, closed=closed or ()), kept=keep)
    except Unreadable as why:
        refused(f"{data}: {why.says}")

    def says(count: int) -> str:
        return suppressed(count, suppress)

    eligible, barred, undecided = told_together((found.eligible, found.not_eligible, found.undecided), suppress)

    if json:
        print_json({
            "patients": says(found.size), "eligible": eligible, "not eligible": barred,
            "cannot tell yet": undecided,
            "criteria": [
                {"id": each.criterion, "fails": says(each.fails), "unknown": says(each.unknowns), "sole": says(each.sole)}
                for each in found.losses
            ],
            "lacking": [
                {"datum": each.datum, "patients": says(each.patients), "alone": says(each.alone)} for each in found.lacks
            ],
        })  # fmt: skip
        return
    out.print(f"{says(found.size)} patients: {eligible} eligible, {barred} not eligible, {undecided} cannot tell yet")
    made = table("criterion", "bars", "unknown", "bars alone")
    for each in found.losses:
        made.add_row(each.criterion, says(each.fails), says(each.unknowns), says(each.sole))
    out.print(made)
    if found.lacks:
        out.print("what the undecided lack:")
        made = table("datum", "patients", "lack only this")
        for lack in found.lacks[:12]:
            made.add_row(lack.datum, says(lack.patients), says(lack.alone))
        out.print(made)
