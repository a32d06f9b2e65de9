"""What each bit of the masks that are kept means."""

import json
from pathlib import Path

from ..study import Study
from .screen import screen

FILE = "bits.json"


def written_bits(study: Study, kept: Path) -> None:
    """Write beside the verdicts what their masks' bits are, the first of each list being bit nought.

    Raises:
        Unreadable: If the study has more criteria than a mask has bits.
    """
    asked = screen(study)
    told = {
        "study": study.protocol.study, "version": study.protocol.version, "failed": asked.criteria, "unknown": asked.criteria,
        "lacking": list(asked.lacks),
    }  # fmt: skip
    (kept / FILE).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
