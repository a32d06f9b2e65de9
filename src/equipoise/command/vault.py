"""`equipoise vault`: the vault of a desk, started by hand."""

from pathlib import Path
from typing import Annotated

import typer


def vault(
    desk: Annotated[Path, typer.Argument(help="The folder of the desk.", file_okay=False)],
    key: Annotated[
        Path | None, typer.Option("--key", help="The vault's key, where it lies elsewhere than in the desk's vault folder.")
    ] = None,
) -> None:
    """Keep the sealed slots of a desk, and give out one at a time to whom the desk trusts. `serve` starts it by itself."""
    from ..vault.keys import Unsafe
    from ..vault.server import serve

    try:
        serve(desk, key=key, ready=lambda: print(f"the vault of {desk} is ready; end it with Ctrl-C", flush=True))
    except Unsafe as why:
        typer.echo(f"equipoise vault: {why}", err=True)
        raise typer.Exit(1) from None
