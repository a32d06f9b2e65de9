"""`equipoise show`: the trial as pictures."""

from pathlib import Path
from typing import Annotated

import typer

from .terminal import out, studied, write


def show(
    study: Annotated[Path, typer.Argument(help="The study's folder, or the name of one that comes with equipoise.")],
    to: Annotated[Path | None, typer.Option("--to", help="Write the page, with pictures, to this file.")] = None,
) -> None:
    """Show a trial: its pathway, its schedule of activities, its arms and endpoints."""
    from ..reports.show import shown, shown_in_terminal

    told = studied(study)
    if to is None:
        out.print(shown_in_terminal(told), soft_wrap=False)
        out.print(f"\nwith pictures, as a page: equipoise show {study} --to page.html", style="dim")
        return
    write(shown(told), to)
