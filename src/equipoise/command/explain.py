"""`equipoise explain`: what a finding means, why it matters, and the smallest study in which it shows."""

from itertools import groupby
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from .terminal import COLOURS, out, refused, table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..pages import Page


def explain(
    name: Annotated[str, typer.Argument(help="The finding's name, as `check` prints it; without one, all are listed.")] = "",
) -> None:
    """Explain a finding: what it is, why it matters, where it was seen, the smallest study in which it shows."""
    from ..pages import near, pages  # what rules rest on is slow to import

    if not name:
        _list(pages())
        return
    known = pages()
    named = name.strip().strip(":'\"").lower().replace("_", "-").replace(" ", "-")
    if named not in known:
        nearest = ", ".join(near(named))
        hint = f"; near it: {nearest}" if nearest else "; 'equipoise explain' lists all"
        refused(f"{name}: there is no finding of this name{hint}")
    print_page(known[named])


def print_page(page: "Page") -> None:
    """A page: name, weight and family, the text, the smallest example."""
    out.print(f"[bold]{page.name}[/] ([{_colour(page)}]{page.weight}[/]; {escape(page.family)})\n")
    for line in page.text.split("\n"):
        is_heading = line and not line.startswith(" ") and line != page.says
        out.print(f"[bold]{escape(line)}[/]" if is_heading else escape(line), soft_wrap=True)
    if told := page.example:
        out.print("\n[bold]The smallest study that wakes it[/] (-), [bold]and in which it sleeps[/] (+)")
        for line in told.split("\n"):
            colour = {"-": "red", "+": "green"}.get(line[:1], "dim")
            out.print(f"    [{colour}]{escape(line)}[/]", no_wrap=True, overflow="ignore", crop=False)


def _colour(page: "Page") -> str:
    return COLOURS[page.weighs[0]] if page.weighs else "dim"


def _list(known: "Mapping[str, Page]") -> None:
    for family, those in groupby(known.values(), key=lambda each: each.family):
        made = table(family, "", "")
        for each in those:
            made.add_row(each.name, f"[{_colour(each)}]{each.weight}[/]", escape(each.says.removesuffix(".")))
        out.print(made)
        out.print()
    out.print("'equipoise explain NAME' prints the page of one")
