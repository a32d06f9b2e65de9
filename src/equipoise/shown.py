"""What became of a question whether there can be such a participant: shown, proven impossible, or not decided."""

from contextvars import ContextVar
from dataclasses import dataclass

from .expression.facts import Facts

undecided: ContextVar[list[str]] = ContextVar("undecided")
"""Why questions could not be decided, for whoever asks on somebody's behalf and wants to know of all of them."""


@dataclass(frozen=True, slots=True)
class Shown:
    """There is such a participant: this one. `explain` was asked and agrees."""

    facts: Facts


@dataclass(frozen=True, slots=True)
class Proven:
    """There is none: these statements, by their names, cannot come to what was asked of them all at once."""

    core: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotDecided:
    """Neither shown nor proven, and why."""

    why: str


Answer = Shown | Proven | NotDecided
