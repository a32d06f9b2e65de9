"""A rule: what can be wrong in a protocol, and how it is found."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..finding import Place, Severity
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
        page = sys.modules[finds.__module__].__doc__ or ""
        return Rule(finds.__name__.replace("_", "-"), severity, page.strip(), finds)

    return made
