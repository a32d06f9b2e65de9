"""Minimisation with a random element: the arm that leaves the factors most alike is the likelier one.

For each arm: were the next participant to join it, how far apart would the arms be within each of the participant's levels?
The distance is the range (most less fewest), summed over the factors. The arms with the least sum share the plan's
probability, the others share what is left; where all have the same sum, each is as likely.

Source:
    Pocock and Simon (1975), Biometrics 31:103-115, with the range as distance and all factors of one weight.
"""

from collections.abc import Sequence

from .biased_coin import no_number, thrown, tossed
from .method import Earlier, Method, Stratum
from .plan import Plan


def _arm(plan: Plan, earlier: Sequence[Earlier], stratum: Stratum, ticket: str) -> str:
    alike = {factor: dict.fromkeys(plan.ratio, 0) for factor in plan.factors}
    for levels, arm in earlier:
        for factor, counts in alike.items():
            counts[arm] += levels[factor] == stratum[factor]
    lacks = {}
    for joined in plan.ratio:
        after = [[number + (arm == joined) for arm, number in counts.items()] for counts in alike.values()]
        lacks[joined] = sum(max(each) - min(each) for each in after)
    return tossed(lacks, plan.chance, ticket)


minimisation = Method("minimisation", False, True, thrown, _arm, no_number)
