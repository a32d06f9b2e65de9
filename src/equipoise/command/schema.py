"""`equipoise schema`: the JSON Schema of study.yaml, for editors."""

from pathlib import Path
from typing import Annotated

import typer

from ..protocol import Protocol
from ..schema import schema as drawn
from .terminal import out, print_json


def schema(
    to: Annotated[Path | None, typer.Option("--to", help="Write it to this file instead of the terminal.")] = None,
) -> None:
    """Print the JSON Schema of study.yaml, made from the same classes that read it."""
    found = drawn(Protocol)
    if to is None:
        print_json(found)
        return
    import json

    to.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    out.print(f"{to}: in study.yaml, name it in a first line: # yaml-language-server: $schema={to.name}")
