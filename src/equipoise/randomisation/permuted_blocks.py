"""Permuted blocks of random sizes, a list for each stratum.

After each block the arms stand exactly in their ratio. The size of the next block is drawn, so that who counts cannot
tell where a block ends.

Source:
    Matts and Lachin (1988), Control Clin Trials 9:327-344; ICH E9, section 2.3.2, on sizes that are not known.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

from .method import Chance, Method, sealed_arm
from .plan import Plan


def _tickets(plan: Plan, chance: Chance) -> Iterator[str]:
    return islice(_blocks(plan, chance), plan.places)  # the last block is cut: a length of its own would tell where blocks end


def _blocks(plan: Plan, chance: Chance) -> Iterator[str]:
    while True:
        block = [*plan.once] * (plan.blocks[chance(len(plan.blocks))] // len(plan.once))
        for last in range(len(block) - 1, 0, -1):  # Fisher and Yates: each place takes one of those not yet placed
            other = chance(last + 1)
            block[last], block[other] = block[other], block[last]
        yield from block


def _fault(plan: Plan, tickets: Sequence[str]) -> str:
    """Whether the list can be cut into blocks of the stated sizes, each with the arms in their ratio; the last may be cut short.

    All cuts are followed at once: a place can be the end of a block in more than one way.
    """
    ends, ahead = {0}, [0]
    for start in ahead:  # which grows as we go
        for size in plan.blocks:
            block = Counter(tickets[start : start + size])
            whole = {arm: share * (size // len(plan.once)) for arm, share in plan.ratio.items()}
            if any(number > whole.get(arm, 0) for arm, number in block.items()):
                continue
            if start + size >= len(tickets):
                return ""
            if start + size not in ends:
                ends.add(start + size)
                ahead.append(start + size)
    return f"after place {max(ends)} no block of {' or '.join(map(str, plan.blocks))} places holds the arms in their ratio"


permuted_blocks = Method("permuted_blocks", True, False, _tickets, sealed_arm, _fault)
