"""`equipoise schema`: the JSON Schema of study.yaml, for editors."""

from pathlib import Path
from typing import Annotated

import typer

from ..protocol import Protocol
from ..schema import schema as drawn
from .terminal import out, print_json, write


def schema(
    to: Annotated[Path | None, typer.Option("--to", help="Write it to this file instead of the terminal.")] = None,
) -> None:
    """Print the JSON Schema of study.yaml, made from the same classes that read it."""
    found = drawn(Protocol)
    if to is None:
        print_json(found)
        return
    import json

    write(json.dumps(found, indent=2, ensure_ascii=False) + "\n", to)
    out.print(f"in study.yaml, name it in a first line: # yaml-language-server: $schema={to.name}")
