"""One comparison that a text states."""

from dataclasses import dataclass
from typing import Literal

Op = Literal["<", "<=", ">", ">=", "==", "!=", "?"]


@dataclass(frozen=True, slots=True)
class Atom:
    """One comparison that a text states.

    `measure` is a name of `measures.MEASURES`, or `time` (a stretch of time), `count`, `size`, `dose`, `other`, or `?`
    where the line does not say of what. `op` is `?` where a number stands without a comparison. `when` is the condition
    under which alone it counts, `unless` the one under which it does not, both in the text's words. `of` says what is
    counted, sized or dated; `anchor` from when a stretch of time is counted, `side` on which side of it. `joined` is how
    it follows from the atom before it: "and", "or", or "" where a new statement begins. `start` and `end` are where it stands.
    """

    measure: str
    op: Op
    value: float | str
    unit: str = ""
    when: str = ""
    unless: str = ""
    of: str = ""
    anchor: str = ""
    side: Literal["", "before", "after", "of"] = ""
    joined: Literal["", "and", "or"] = ""
    bound: int = 0
    start: int = 0
    end: int = 0
