"""A vault whose slots hold what a file says, line by line: arms first, then words that cannot be mistaken for anything else.

python planted_vault.py DESK FILE
"""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any


def main() -> None:
    """Serve."""
    from equipoise.randomisation import method
    from equipoise.vault.process import READY
    from equipoise.vault.server import serve
    from equipoise.vault.slots import Slots

    words = Path(sys.argv[2]).read_text(encoding="ascii").split()

    def planted(plan: Any, chance: Any) -> Iterator[str]:
        return iter(words[: plan.places])

    Slots.__init__.__kwdefaults__["methods"] = (replace(method("permuted_blocks"), tickets=planted),)  # type: ignore[index]

    def ready() -> None:
        sys.stdout.buffer.write(READY)
        sys.stdout.buffer.flush()

    serve(Path(sys.argv[1]), with_parent=True, ready=ready)


if __name__ == "__main__":
    main()
