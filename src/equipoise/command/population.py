"""`equipoise population`: who of many patients could join, what keeps the others out, and what would settle the rest."""

from pathlib import Path
from typing import Annotated, Any, get_args

import typer

from ..finding import Unreadable
from .terminal import err, out, print_json, read_day, refused, studied, table


def population(
    study: Annotated[Path, typer.Argument(help="The study's folder, or the name of one that comes with equipoise.")],
    data: Annotated[
        Path, typer.Argument(help="A folder of tables, one a form; or, with --concepts, in the OMOP common data model.")
    ],
    on: Annotated[str, typer.Option("--on", help="The day up to which the facts are known.")] = "",
    closed: Annotated[
        list[str] | None,
        typer.Option("--closed", help="A form, or FORM.FACT of yes or no, of which no record means that it is not so."),
    ] = None,
    concepts: Annotated[
        Path | None, typer.Option("--concepts", help="The map from OMOP concepts to the study's facts; DATA is then in OMOP.")
    ] = None,
    draft: Annotated[bool, typer.Option("--draft", help="Write a first map to the --concepts file, its gaps marked.")] = False,
    engine: Annotated[str, typer.Option("--engine", help="What works it out: polars, duckdb or spark.")] = "polars",
    suppress: Annotated[
        int, typer.Option("--suppress", min=0, help="Tell no count between nought and this, and no other more exactly.")
    ] = 0,
    keep: Annotated[Path | None, typer.Option("--keep", help="A folder for each patient's verdict and masks.")] = None,
    page: Annotated[Path | None, typer.Option("--page", help="Write what it comes to as a page.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the counts as JSON.")] = False,
) -> None:
    """Screen a population: who could join, what keeps others out, and which data would settle most unknowns."""
    from ..population import Engine, folder, listed, told
    from ..population import population as counted
    from ..population.bits import written_bits

    tried, day = studied(study), read_day(on)
    if engine not in get_args(Engine):
        refused(f"--engine: '{engine}' is not one of {', '.join(get_args(Engine))}")
    if draft:
        _drafted(tried, data, concepts)
        return
    if keep is not None and any(keep.glob("verdicts-*.parquet")):
        refused(f"{keep} holds verdicts already")
    try:
        if concepts is None:
            source = folder(tried, data, until=day, closed=frozenset(closed or ()))
            if source.unread:
                err.print(f"not read, as nothing of the study is called so: {', '.join(source.unread)}", markup=False)
        else:
            from ..population.omop import omop, unfilled

            source = omop(tried, data, concepts, until=day, closed=frozenset(closed or ()))
            if gaps := list(unfilled(source)):
                err.print(f"{concepts}: no concept tells {', '.join(gaps)}: unknown of everybody")
        if keep is not None:
            keep.mkdir(parents=True, exist_ok=True)
            written_bits(tried, keep)
        found = counted(tried, source, engine=engine, kept=keep)  # type: ignore[arg-type]
    except Unreadable as why:
        refused(f"{data}: {why.says}")

    def says(count: int) -> int | str:
        return told(count, suppress)

    if page is not None:
        from ..reports.population_page import population_page

        page.write_text(population_page(tried, found, source, suppress=suppress), encoding="utf-8")
    if json:
        rounded: dict[str, Any] = {"told to the nearest": suppress} if suppress > 1 else {}
        print_json({
            **rounded, "patients": says(found.size), "eligible": says(found.eligible), "not eligible": says(found.not_eligible),
            "cannot tell yet": says(found.undecided),
            "criteria": [
                {"id": each.criterion, "fails": says(each.fails), "unknown": says(each.unknowns), "sole": says(each.sole),
                 "first": says(each.first)}
                for each in found.losses
            ],
            "lacking": [
                {"datum": each.datum, "patients": says(each.patients), "alone": says(each.alone)} for each in listed(found.lacks, suppress)
            ],
            "closed": sorted(source.closed),
        })  # fmt: skip
        return

    def number(count: int) -> str:
        return f"{counted_as:,}" if isinstance(counted_as := says(count), int) else counted_as

    size, eligible, barred, undecided = map(number, (found.size, found.eligible, found.not_eligible, found.undecided))
    out.print(f"{size} patients: {eligible} eligible, {barred} not eligible, {undecided} cannot tell yet")
    if suppress > 1:
        out.print(f"counts below {suppress} are not told, and others to the nearest {suppress}")
    made = table("criterion", "bars", "unknown", "bars alone", "first to bar")
    for each in found.losses:
        made.add_row(each.criterion, *map(number, (each.fails, each.unknowns, each.sole, each.first)))
    out.print(made)
    if found.lacks:
        out.print("what the undecided lack:")
        made = table("datum", "patients", "lack only this")
        for lack in listed(found.lacks, suppress)[:12]:
            made.add_row(lack.datum, number(lack.patients), number(lack.alone))
        out.print(made)
    shut = ", ".join(sorted(source.closed))
    out.print(f"no record means that it is not so: {shut}" if shut else "no record is unknown, of every form")


def _drafted(study: Any, data: Path, concepts: Path | None) -> None:
    """Write a first concept map, and say what is left to fill in."""
    from ..population.omop import drafted_map

    if concepts is None:
        refused("--draft writes a map: say where, with --concepts FILE")
    if concepts.exists():
        refused(f"{concepts} is there already")
    text, gaps = drafted_map(study, data)
    concepts.write_text(text, encoding="utf-8")
    out.print(
        f"{concepts}: {gaps} entries to fill in" if gaps else f"{concepts}: every entry has its concepts; read them before use"
    )
