"""Tickets: how a list of them is committed to before the first participant."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from ..verifier import canonical, paper_hash
from .plan import Plan

Body = Mapping[str, Any]
"""What a paper says; `paper` is its name."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a slot holds, with the salt without which its hash could be guessed from the few arms there are."""

    slot: int
    ticket: str
    salt: str


def hash_of(body: Body) -> str:
    """The hash of a paper by its body; other papers name it so."""
    return paper_hash(dict(body))


def to_draw(plan: Plan, by_stratum: bool, drawn: Mapping[str, int]) -> list[tuple[dict[str, str], int]]:
    """What a plan asks for beyond what was drawn: lists that there are none of, then those that are too short.

    Args:
        plan: What is asked for.
        by_stratum: Whether each stratum has a list of its own.
        drawn: How many tickets each list has by now, by its canonical text.

    Returns:
        Each list with how many tickets it has already.
    """
    lists = [(each, drawn.get(canonical(each).decode(), 0)) for each in (plan.strata() if by_stratum else ({},))]
    return [each for each in lists if not each[1]] + [each for each in lists if 0 < each[1] < plan.places]


def slots_of(list_: Body) -> range:
    """The slots of a list that a commitment holds: all of it, or its further ones, which begin at `first`."""
    first = list_.get("first", 1)
    return range(first, first + list_["places"])


def chain(study: str, list_: Mapping[str, str], places: int, tickets: Iterable[Ticket], *, first: int = 1) -> str:
    """What is published of a list, or of further tickets of one: a hash that no others have, and that tells nothing of these.

    Args:
        study: The study.
        list_: The list.
        places: How many tickets they are.
        tickets: They themselves.
        first: The slot of the first of them.
    """
    told = {"study": study, "list": list_, "places": places, **({"first": first} if first > 1 else {})}
    so_far = sha256(b"equipoise list 1\n" + canonical(told)).digest()
    for each in tickets:
        leaf = {"study": study, "list": list_, "slot": each.slot, "ticket": each.ticket, "salt": each.salt}
        so_far = sha256(b"equipoise chain 1\n" + so_far + sha256(b"equipoise ticket 1\n" + canonical(leaf)).digest()).digest()
    return so_far.hex()
