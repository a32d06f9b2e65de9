"""Simple randomisation: each participant for themselves, whoever came before.

Nothing can be guessed, and nothing keeps small arms alike: of 20 participants in two arms, the arms are 6 and 14 or further
apart in one trial of nine (0.115, from the binomial distribution).

Source:
    Lachin (1988), Control Clin Trials 9:312-326.
"""

from collections.abc import Iterator, Sequence

from .method import Chance, Method, sealed_arm
from .plan import Plan


def _tickets(plan: Plan, chance: Chance) -> Iterator[str]:
    for _ in range(plan.places):
        yield plan.once[chance(len(plan.once))]


def _fault(plan: Plan, tickets: Sequence[str]) -> str:
    odd = next((place for place, ticket in enumerate(tickets, 1) if ticket not in plan.ratio), 0)
    return f"place {odd} holds no arm of the study" if odd else ""


simple = Method("simple", True, False, _tickets, sealed_arm, _fault)
