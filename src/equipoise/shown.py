"""What became of a question whether there can be such a participant: shown, proven impossible, or not decided."""

import math
from contextvars import ContextVar
from dataclasses import dataclass
from time import thread_time

from .expression.facts import Facts

undecided: ContextVar[list[str]] = ContextVar("undecided")
"""Why questions could not be decided, for whoever asks on somebody's behalf and wants to know of all of them."""


deadline: ContextVar[float] = ContextVar("deadline", default=math.inf)
"""Until when whoever asks waits, in seconds of this thread's own work, so that a busy machine changes no answer."""


class OutOfTime(Exception):
    """A question came after the time in which whoever asks waits for answers."""


def left() -> float:
    """The seconds that are left for answers.

    Raises:
        OutOfTime: There are none.
    """
    seconds = deadline.get() - thread_time()
    if seconds <= 0:
        raise OutOfTime("the time for one check was used up")
    return seconds


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
