"""`python -m equipoise.vault DESK [KEY]`: the vault as a child, which says on standard output when it is ready, or why not."""

import sys
from pathlib import Path

from .keys import Unsafe
from .process import READY
from .server import serve


def _say_ready() -> None:
    sys.stdout.buffer.write(READY)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    try:
        desk, *key = map(Path, sys.argv[1:])
        serve(desk, key=key[0] if key else None, with_parent=True, ready=_say_ready)
    except (Unsafe, OSError) as why:
        sys.stdout.write(f"{why}\n")
        sys.exit(1)
