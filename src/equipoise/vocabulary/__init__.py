"""The shared clinical terms, as data: one file a shelf, each term an item that a study may `use`."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Literal

from ..calendar import Span
from ..protocol import Code, Item
from ..reading import told


@dataclass(frozen=True, kw_only=True)
class Graded:
    """A grade."""

    grade: Annotated[int, "The grade."]
    when: Annotated[str, "The expression that gives it."]


@dataclass(frozen=True, kw_only=True)
class Cycle:
    """A cycle of treatment."""

    lasts: Annotated[Span, "How long it takes."]
    source: Annotated[str, "Where this is said."] = ""


@dataclass(frozen=True, kw_only=True)
class Term(Item):
    """A term."""

    units: Annotated[tuple[str, ...], "Other units that are accepted."] = ()
    codes: Annotated[Mapping[Code, str], "Its codes in LOINC, NCIt and the like."] = field(default_factory=dict)
    says: Annotated[str, "What it means, in a sentence."] = ""
    wants: Annotated[
        Literal["high", "low"] | None, "On which side the healthy are, where the other is what makes a treatment dangerous."
    ] = None
    derive: Annotated[str, "The expression that gives it, for a derived term."] = ""
    labels: Annotated[Mapping[Code, str], "What each number means; no other is possible."] = field(default_factory=dict)
    grades: Annotated[tuple[Graded, ...], "Thresholds of a grade."] = ()
    cycle: Annotated[Mapping[Code, Cycle], "How long a cycle of each regimen takes."] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """A shelf."""

    shelf: Annotated[str, "Its name."]
    says: Annotated[str, "What stands on it."] = ""
    terms: Annotated[Mapping[str, Term], "The terms."]


@cache
def vocabulary() -> Mapping[str, Term]:
    """Every shared term, by shelf and name, as `labs.platelets`.

    >>> vocabulary()["labs.platelets"].unit
    '10^9/L'
    """
    terms = {}
    for file in sorted(files(__package__).iterdir(), key=lambda each: each.name):
        if not file.name.endswith(".yaml"):
            continue
        shelf, findings = told(Shelf, file.read_bytes(), file=f"vocabulary/{file.name}")
        if findings or shelf is None:
            raise ValueError("the shared vocabulary is damaged: " + "; ".join(map(str, findings)))
        for name, term in shelf.terms.items():
            terms[f"{shelf.shelf}.{name}"] = replace(term, name=name)
    return terms


@cache
def derived() -> Mapping[str, Term]:
    """The terms that follow from others, by bare name, as `albi`."""
    return {term.name: term for term in vocabulary().values() if term.derive}


_PLAIN = Item()


def borrowed(item: Item, term: Term) -> Item:
    """An item with all that the term says and the item does not."""
    said: dict[str, Any] = {}
    for each in fields(Item):
        own = getattr(item, each.name)
        if each.name != "place" and own == getattr(_PLAIN, each.name):
            said[each.name] = getattr(term, each.name)
    if term.labels and not item.of:
        said["of"] = term.labels
    return replace(item, **{**said, "name": item.name})
