"""What the names in a criterion mean: the shared terms, the lesions, and items of its own."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache, lru_cache

from ..expression.grammar import expression
from ..expression.tree import DATE, TEXT, TRUTH, Fact, Form, Kind, Scope, Tree, Type
from ..finding import Place, Unreadable
from ..protocol import LESION_FACTS
from ..study import fact
from ..vocabulary import derived, vocabulary
from .topics import Needed

FORM = "screening"
"""The form on which the items of a criterion are thought to stand."""


@cache
def terms() -> Mapping[str, str]:
    """The bare names of the shared terms, with the term of each."""
    return {term.name: name for name, term in vocabulary().items()}


@cache
def _shared() -> tuple[Mapping[str, Fact], Mapping[str, tuple[str, Place]], Mapping[str, Type], Mapping[str, str]]:
    place = Place("vocabulary")
    facts = {term.name: fact(term) for term in vocabulary().values() if not term.derive and term.type != "lesions"}
    define = {name: (term.derive, place) for name, term in derived().items()}
    return (
        facts,
        define,
        {name: fact(term).type for name, term in derived().items()},
        {name: term.label for name, term in derived().items()},
    )


_TYPES = {"yes_no": TRUTH, "date": DATE, "text": TEXT}


def _own(item: Needed) -> Fact:
    if item.type in _TYPES:
        return Fact(item.name, _TYPES[item.type], item.label)
    if item.type == "choice":
        return Fact(item.name, Type(Kind.CHOICE, options=item.of, ordered=True), item.label)
    return Fact(item.name, Type(Kind.NUMBER, unit=item.unit, whole=item.type == "integer"), item.label)


@lru_cache(maxsize=4_000)
def scope(items: tuple[Needed, ...] = ()) -> Scope:
    """What the names in a criterion mean: every shared term, the lesions, the moments of a trial, and items of its own."""
    facts, define, types, labels = _shared()
    mine = {item.name: _own(item) for item in items if not item.use}
    forms = {
        FORM: Form(FORM, "screening", {**facts, **mine} if mine else facts, repeats=False),
        "lesions": _lesions(),
        **{name: Form(name, name, repeats=False) for name in ("enrolment", "consent", "randomisation")},
    }
    return Scope(forms, define, (), types, labels)


@cache
def _lesions() -> Form:
    return Form("lesions", "lesions", {key: fact(replace(item, name=key)) for key, item in LESION_FACTS.items()})


_PLAIN = re.compile(
    r"(?<![\w^.])(?:[2-9]|[1-9]\d)(?![\w./^])|(?<![\w^.])(?:\d{3}|\d{1,3}\.\d{1,3})(?![\w./^]| (?:years?|months?|weeks?|days?|hours?))"
)
"""A value that could be any other of its kind: how long a stretch of time is, is none, and no age has a hundred years."""
_LONG = re.compile(r"within|at least")


_COMPARED = re.compile(
    r"\b(?P<name>[a-z][a-z0-9_]*) (?:[<>]=?|==) [\d.]+(?: x (?:ULN|LLN)\b| (?!(?:and|or|then|else|within|at|if)\b)[^\s()]+)?"
)
_ANY_COMPARED = "haemoglobin >= 1 g/dL"


def fault(text: str, items: Iterable[Needed]) -> str:
    """What is wrong with an expression over these items; whether anything is, is looked up for all plain values at once."""
    own = tuple(item for item in items if not item.use)
    if _LONG.search(text) is None and not _fault(_PLAIN.sub(_like, text), own):
        return ""
    return _fault(text, own)


def fault_as_a_whole(text: str, items: Iterable[Needed]) -> str:
    """What is wrong with an expression whose comparisons have each been looked at: one that stands for all of them will do."""
    items = tuple(items)
    return fault(_COMPARED.sub(_like_any, text), items) and fault(text, items)


def _like(value: re.Match[str]) -> str:
    return "2.5" if "." in value[0] else "2"


def _like_any(compared: re.Match[str]) -> str:
    known = _shared()[0].get(compared["name"])
    return _ANY_COMPARED if known is not None and known.type.kind is Kind.NUMBER else compared[0]


@lru_cache(maxsize=20_000)
def _fault(text: str, items: tuple[Needed, ...]) -> str:
    try:
        expression(text, scope(items))
    except Unreadable as fault:
        return fault.says
    return ""


def read(text: str, items: Sequence[Needed]) -> Tree:
    """An expression over the shared terms and these items.

    Raises:
        Unreadable: What is wrong with it.
    """
    return expression(text, scope(tuple(items)))


def is_well_typed(text: str, items: Sequence[Needed]) -> str:
    """What is wrong with an expression over these items; nothing if it can be used."""
    return fault(text, items)
