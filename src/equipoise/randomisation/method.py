"""What a method of randomisation is: what is sealed in the slots beforehand, and the arm that follows from a slot.

A slot holds a sealed ticket. Where the list is made beforehand the ticket is the arm. Where the arm depends on who came
before, the ticket is a random number, and the arm follows from it and from those before. Either way all chance is sealed
before the first participant, so that whoever sees the tickets afterwards can work out each allocation again.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .plan import Plan

Chance = Callable[[int], int]
"""A whole number from 0 to below the one asked, each as likely: `secrets.randbelow`; tests hand in another."""

Stratum = Mapping[str, str]
"""The level of each factor: `{"site": "centre"}`; nothing where a study has no strata."""

Earlier = tuple[Stratum, str]
"""Someone allocated before, from the same list: the stratum and the arm."""


@dataclass(frozen=True, slots=True)
class Method:
    """A way of allocating.

    Args:
        name: As `allocation.method` has it.
        by_stratum: Whether each stratum has a list of its own; else there is one for the study.
        is_equal: Whether it serves arms of equal size alone.
        tickets: What is sealed in the slots of one list, as many as the plan has places.
        arm: The arm that follows from those before, from the participant's stratum and from the ticket.
        fault: What is wrong with the tickets of a list, in a sentence; "" where nothing is.
    """

    name: str
    by_stratum: bool
    is_equal: bool
    tickets: Callable[["Plan", Chance], Iterator[str]]
    arm: Callable[["Plan", Sequence[Earlier], Stratum, str], str]
    fault: Callable[["Plan", Sequence[str]], str]


def sealed_arm(plan: "Plan", earlier: Sequence[Earlier], stratum: Stratum, ticket: str) -> str:
    """The arm of a slot in a list that was made beforehand: the ticket is the arm."""
    return ticket
