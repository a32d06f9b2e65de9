"""Statements put together, with the brackets that they need."""

import re
from collections.abc import Sequence


def joined(parts: Sequence[str], joints: Sequence[str]) -> str:
    """Statements put together; `and` binds more closely than `or`."""
    groups: list[list[str]] = []
    for part, joint in zip(parts, joints, strict=True):
        if joint == "or" or not groups:
            groups.append([part])
        else:
            groups[-1].append(part)
    said = [" and ".join(bracketed(part, "and") for part in dict.fromkeys(group)) for group in groups]
    return " or ".join(dict.fromkeys(bracketed(each, "or") if len(groups) > 1 else each for each in said)) if said else ""


def bracketed(part: str, inside: str) -> str:
    if is_bracketed(part):
        return part
    if part.startswith("if ") or (inside == "and" and re.search(r"(?<!\w)or(?!\w)", part)):
        return f"({part})"
    return part


def is_bracketed(part: str) -> bool:
    if not part.startswith("("):
        return False
    depth = 0
    for at, sign in enumerate(part):
        depth += (sign == "(") - (sign == ")")
        if not depth:
            return at == len(part) - 1
    return False
