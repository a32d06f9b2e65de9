"""`equipoise serve`: the trial at the bedside, at one desk."""

import os
import threading
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from .. import shipped
from .terminal import found, out, refused


def serve(
    studies: Annotated[
        list[Path] | None, typer.Argument(help="The studies to open: folders, or names of those that come along.")
    ] = None,
    desk: Annotated[Path, typer.Option("--desk", help="The desk's folder; made at first use.")] = Path("desk"),
    port: Annotated[int, typer.Option("--port", help="The port on which it answers.")] = 8000,
    host: Annotated[
        str, typer.Option("--host", help="The address on which it answers: this machine alone, unless said.")
    ] = "127.0.0.1",
    demo: Annotated[
        bool, typer.Option("--demo", help="A demonstration: the six studies, invented people, users of every role.")
    ] = False,
    workers: Annotated[int, typer.Option("--workers", help="Processes that answer.")] = 1,
) -> None:
    """Serve a desk: capture, concealment, audit. Nothing but SQLite is needed; EQUIPOISE_DATABASE names a PostgreSQL."""
    if find_spec("django") is None or find_spec("granian") is None:
        refused("serving needs more than the core: install equipoise[web]")
    from ..web.desk import make

    try:
        made = make(desk, demonstration=demo)
    except ValueError as why:
        refused(str(why))
    if demo and not made.is_demonstration:
        refused(f"{desk}: this desk is no demonstration; name another folder with --desk")
    os.environ.update(made.environment())
    hosts = f"localhost,127.0.0.1,[::1],{host}"
    os.environ.setdefault("EQUIPOISE_HOSTS", hosts)
    from ..web.serving import prepare, run

    told = prepare(made, [found(each) for each in studies or []], shown=shipped())
    for line in told.lines:
        out.print(line, markup=False)
    out.print(f"http://{'localhost' if host == '127.0.0.1' else host}:{port}/", markup=False)
    stop = threading.Event()
    try:
        run(made, told, host=host, port=port, workers=workers, stop=stop)
    finally:
        stop.set()
