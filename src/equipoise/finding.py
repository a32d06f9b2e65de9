"""Something a reader of the protocol should know: where it is, and a sentence about it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import Enum


class Severity(Enum):
    """How sure a finding is, and what it costs to leave it."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where in a text: lines and columns count from 1, `width` in characters."""

    file: str = ""
    line: int = 0
    column: int = 0
    width: int = 1

    def __str__(self) -> str:
        parts = [self.file, *(str(n) for n in (self.line, self.column) if n)]
        return ":".join(part for part in parts if part) or "(no place)"

    def along(self, offset: int, width: int = 1) -> "Place":
        """The place `offset` characters further along the same line."""
        return Place(self.file, self.line, self.column + offset, width)


NOWHERE = Place()
MANY = 500
"""Names that are all compared with a word that is none of them."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule's name, where it woke, and a sentence that names the thing and what was expected.

    `text` is the line of the file that the place points into, for the caret; `about` the name of what it is about, as
    `os` or `ablation`; `fix` how to mend it, in words; `witness` a virtual participant who shows it, as lines that
    `screen` and `chart` read; `accepted` the reason for which the file keeps what was found.
    """

    rule: str
    place: Place
    says: str
    severity: Severity = Severity.ERROR
    text: str = field(default="", compare=False)
    about: str = field(default="", compare=False)
    fix: str = field(default="", compare=False)
    witness: str = field(default="", compare=False)
    accepted: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"{self.place}: {self.severity.value}: {self.rule}: {self.says}"

    def pointed(self) -> str:
        """The finding, the line it points into, and a caret under the place."""
        if not self.text:
            return str(self)
        start = max(self.place.column - 1, 0)
        shown = self.text[max(0, start - 60) : start + 100]
        mark = " " * min(start, 60) + "^" * max(1, min(self.place.width, len(shown) - min(start, 60)))
        return f"{self}\n    {shown}\n    {mark}"


class Unreadable(ValueError):
    """A text that cannot be what it should be: a sentence, and how far along the text it goes wrong."""

    def __init__(self, says: str, offset: int = 0, width: int = 1) -> None:
        super().__init__(says)
        self.says, self.offset, self.width = says, offset, width


def errors(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Those findings that must be mended before the file can be used."""
    return tuple(found for found in findings if found.severity is Severity.ERROR and not found.accepted)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of a sentence about an unknown word: the nearest known one, or nothing.

    >>> did_you_mean("inclde", ["include", "exclude"])
    "; did you mean 'include'?"
    """
    names = list(known)
    if len(names) > MANY:  # a file of thousands of names is not a person's: only a slip of the pen is looked for
        names = [name for name in names if name[:1] == word[:1] and abs(len(name) - len(word)) <= 2][:MANY]
    near = get_close_matches(word[:200], names, n=1)
    return f"; did you mean '{near[0]}'?" if near else ""
