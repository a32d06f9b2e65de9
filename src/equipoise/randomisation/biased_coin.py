"""The biased coin: the arm that has fewest in the stratum is the likelier one.

With two arms: a fair coin while they are level, else the smaller one with the plan's probability. With more arms those
that have fewest share the probability, and the others share what is left.

Source:
    Efron (1971), Biometrika 58:403-417; his probability is 2/3.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from .method import Chance, Earlier, Method, Stratum
from .plan import Plan

SIDES = 2**64
"""A ticket is a number from 0 to below this: what is thrown."""


def thrown(plan: Plan, chance: Chance) -> Iterator[str]:
    """Random numbers, each as sixteen digits in base sixteen."""
    for _ in range(plan.places):
        yield f"{chance(SIDES):016x}"


def tossed(lacks: Mapping[str, int], probability: Fraction, ticket: str) -> str:
    """The arm on which a coin falls that leans towards the arms that lack most.

    Args:
        lacks: For each arm a number that is lowest where the next participant is wanted most.
        probability: Of all the arms with the lowest number together, unless all have it.
        ticket: The number that was thrown.

    >>> tossed({"new": 4, "old": 5}, Fraction(2, 3), "a000000000000000")     # 0.625 of all sides
    'new'
    >>> tossed({"new": 4, "old": 5}, Fraction(2, 3), "b000000000000000")     # 0.6875
    'old'
    """
    least = min(lacks.values())
    best = sorted(arm for arm, lack in lacks.items() if lack == least)
    rest = sorted(arm for arm, lack in lacks.items() if lack != least)
    if not rest:
        probability = Fraction(1)
    shares = [probability / len(best)] * len(best) + [(1 - probability) / len(rest) for _ in rest]
    at = Fraction(int(ticket, 16), SIDES)
    fallen, below = "", Fraction(0)
    for arm, share in zip((*best, *rest), shares, strict=True):  # to the end, wherever it falls: as long for each arm
        below += share
        fallen = fallen or (arm if at < below else "")
    return fallen


def no_number(plan: Plan, tickets: Sequence[str]) -> str:
    """Which place holds no number, in a sentence."""
    odd = next((place for place, ticket in enumerate(tickets, 1) if not re.fullmatch("[0-9a-f]{16}", ticket)), 0)
    return f"place {odd} holds no number of sixteen digits" if odd else ""


def _arm(plan: Plan, earlier: Sequence[Earlier], stratum: Stratum, ticket: str) -> str:
    lacks = dict.fromkeys(plan.ratio, 0)
    for _, arm in earlier:
        lacks[arm] += 1
    return tossed(lacks, plan.chance, ticket)


biased_coin = Method("biased_coin", True, True, thrown, _arm, no_number)
