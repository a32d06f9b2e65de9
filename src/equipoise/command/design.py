"""`equipoise design`: what the trial as planned can find, and how many participants that would take."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from .terminal import out, print_json, studied, table, write

if TYPE_CHECKING:
    from ..prospects import Prospect


def design(
    study: Annotated[Path, typer.Argument(help="The study's folder, or the name of one that comes with equipoise.")],
    to: Annotated[
        Path | None, typer.Option("--html", help="Write a page with power curves and boundaries to this file.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the numbers as JSON.")] = False,
) -> None:
    """Say how likely each declared comparison finds what is assumed, and how many participants it would take."""
    from ..prospects import prospects

    told = studied(study)
    found = prospects(told)
    if as_json:
        print_json([_plain(each) for each in found])
    else:
        if not found:
            out.print("The study declares no analyses: there is nothing to tell the power of.")
        for each in found:
            print_prospect(each)
    if to is not None:
        from ..reports.design_page import design_page

        write(design_page(told, found), to)


def print_prospect(each: "Prospect") -> None:
    """A prospect: its sentences, and its numbers where there are some."""
    against = f" [dim]({escape(' vs '.join(each.compared))})[/]" if each.compared else ""
    out.print(f"[bold]{escape(each.label)}[/]{against}{' [dim]primary[/]' if each.is_primary else ''}")
    for sentence in each.says:
        out.print(f"  {escape(sentence)}")
    if each.cannot:
        out.print(f"  [yellow]{escape(each.cannot)}[/]")
    if each.needed:
        made = table("  power", "participants", "events", "by other formulas")
        for one in each.needed:
            others = ", ".join(f"{name} {number}" for name, number in one.by_other_formulas.items())
            made.add_row(
                f"  {one.power:.0%}", str(one.participants), f"{one.events:.1f}" if one.events is not None else "", others
            )
        out.print(made)
    if each.looks:
        made = table(
            "  look",
            "month",
            "events",
            "claims at z",
            "level",
            "estimate",
            "gives up at z",
            "found by then",
            "given up",
            "falsely",
        )
        for look in each.looks:
            made.add_row(
                f"  {look.share:.0%}", _told(look.month, ".1f"), _told(look.events, ".0f"), f"{look.above:.4f}", f"{look.level:.5f}",
                f"{look.effect:.3f}", _told(look.below, ".4f"), f"{look.found:.1%}",
                f"{look.given_up:.1%}", f"{look.falsely:.2%}",
            )  # fmt: skip
        out.print(made)
    for sentence in each.rests_on:
        out.print(f"  {escape(sentence)}", style="dim")
    out.print()


def _told(value: float | None, form: str) -> str:
    return format(value, form) if value is not None else ""


def _plain(each: "Prospect") -> dict[str, object]:
    """A prospect for other programs."""
    told = asdict(each)
    told["place"] = str(each.place)
    return told
