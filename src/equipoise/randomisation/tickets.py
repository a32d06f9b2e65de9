"""Tickets: how a list of them is committed to before the first participant."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from ..verifier import canonical, paper_hash

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


def chain(study: str, list_: Mapping[str, str], places: int, tickets: Iterable[Ticket]) -> str:
    """What is published of a list: a hash that no other tickets have, and that tells nothing of these."""
    so_far = sha256(b"equipoise list 1\n" + canonical({"study": study, "list": list_, "places": places})).digest()
    for each in tickets:
        leaf = {"study": study, "list": list_, "slot": each.slot, "ticket": each.ticket, "salt": each.salt}
        so_far = sha256(b"equipoise chain 1\n" + so_far + sha256(b"equipoise ticket 1\n" + canonical(leaf)).digest()).digest()
    return so_far.hex()
