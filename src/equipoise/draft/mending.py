"""What a draft does about its faults: an expression becomes a question, what the record has wrong is kept as the record's."""

import re
from collections.abc import Sequence

from ..finding import Finding
from .made import Made, clean
from .telling import file_text


def mended(made: Made, faults: Sequence[Finding]) -> bool:
    """Whether something was changed because of what could not be read: an expression becomes a question."""
    changed = False
    lines = file_text(made).split("\n")
    for each in faults:
        at = max(each.place.line - 1, 0)
        name = ""
        for line in reversed(lines[: at + 1]):
            if found := re.match(r"\s*- (?:\{)?id: ([a-z0-9_]+)", line):
                name = found[1]
                break
            if re.match(r"[a-z]", line):
                break
        changed = _asked(made, name, f"does not hold here: {clean(each.says, 160)}") or changed
    return changed


def questioned(made: Made, faults: Sequence[Finding]) -> bool:
    """Whether criteria that together let nobody in became questions."""
    named = {name for each in faults for name in re.findall(r"'([a-z0-9_]+)'", each.says)}
    return any([_asked(made, name, "lets nobody in, alone or with another") for name in sorted(named)])


def _asked(made: Made, name: str, why: str) -> bool:
    """Make a question of a criterion whose expression cannot stand."""
    for number, criterion in enumerate(made.eligibility):
        kind = "include" if "include" in criterion else "exclude"
        if criterion["id"] == name and isinstance(criterion[kind], str):
            text = clean(criterion.get("text", name), 800)
            made.eligibility[number] = criterion | {kind: {"judge": f"Is this so: “{text}”?", "by": "investigator"}}
            made.missing(
                f"How '{clean(text, 200)}' is said in the language",
                "",
                f"It was read as '{clean(criterion[kind], 160)}', which {why}.",
            )
            return True
    return False


def accept(made: Made, found: Finding) -> None:
    """Keep what the record has wrong, said as the record's."""
    one = {
        "finding": found.rule,
        **({"about": found.about} if found.about else {}),
        "why": f"The record has it so, or it was misread here. Decide before this file is used. {clean(found.says, 240)}",
        "source": "the record",
    }
    if not any(known["finding"] == one["finding"] and known.get("about") == one.get("about") for known in made.accepted):
        made.accepted.append(one)
