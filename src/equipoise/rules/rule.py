"""A rule: what can be wrong in a protocol, and how it is found."""

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from ..expression.tree import Rows, parts
from ..finding import Place, Severity
from ..protocol import Formula
from ..study import Study
from ..witness import Witness


@dataclass(frozen=True, slots=True)
class Flaw:
    """Where a rule woke and what it says there: `check` adds the rule's name, the line and the severity.

    `about` is the name of what it is about (a criterion, a step, an endpoint), by which the file may accept it; `fix`
    says how to mend it; `severity` is given only where this flaw weighs otherwise than the rule's others.
    """

    place: Place
    says: str
    about: str = ""
    fix: str = ""
    witness: Witness | None = None
    severity: Severity | None = None


Finder = Callable[[Study], Iterator[Flaw]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: its name as findings show it, how much it weighs, its page, and the function that finds."""

    name: str
    severity: Severity
    page: str
    finds: Finder


def rule(severity: Severity) -> Callable[[Finder], Rule]:
    """Make a rule of a function: its name is the function's, its page the docstring of its file.

    Args:
        severity: `ERROR` where what is found is provable and must be mended, `WARNING` where it is likely a fault, `NOTE`
            where it is a matter of style or good to know.
    """

    def made(finds: Finder) -> Rule:
        page = getattr(sys.modules.get(finds.__module__), "__doc__", None) or ""
        return Rule(finds.__name__.replace("_", "-"), severity, page.strip(), finds)

    return made


def activities(*formulas: Formula | None) -> frozenset[str]:
    """The activities whose rows formulas read, in definitions too."""
    found = set()
    for each in formulas:
        for part in parts(each.settled) if each is not None else ():
            if isinstance(part, Rows):
                found.add(part.form)
    return frozenset(found)


def in_words(names: Iterable[str]) -> str:
    """Names in a sentence.

    >>> in_words(["death", "withdrawal", "crossover"])
    "'death', 'withdrawal' and 'crossover'"
    """
    quoted = [f"'{name}'" for name in names]
    return " and ".join([", ".join(quoted[:-1]), quoted[-1]] if len(quoted) > 1 else quoted)


def place_of(word: str, study: Study, *, under: str = "") -> Place:
    """The line of a word at the top of the file, or of one under it: for what has no place of its own."""
    lines = [(number, line) for number, line in enumerate(study.lines, 1) if line.strip()]
    start = next((at for at, (_, line) in enumerate(lines) if line.startswith(f"{under or word}:")), None)
    if start is None:
        return study.protocol.place
    found = lines[start]
    for number, line in lines[start + 1 :] if under else ():
        if not line[0].isspace():
            break
        if line.strip().startswith(f"{word}:"):
            found = number, line
            break
    number, line = found
    at = max(line.find(word), 0)
    return Place(study.protocol.place.file, number, at + 1, len(word))
