"""The next arm, by lot: permuted blocks or simple randomisation, a list of its own for each stratum."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from ..protocol import Allocation
from .draws import BLOCK, Draws

PLACES = 256
"""Room in the addresses of one block, and so the most arms that a block can hold."""


def numbered(values: Sequence[float]) -> int:
    """The number of a stratum: of the codes, truths and numbers that it stands for, in order; for addresses alone."""
    number = 0
    for value in values:
        number = (number * 1_000_003 + int(value * 16) + 1) % 2**32
    return number


@dataclass(slots=True)
class Slots:
    """The lists of arms of one trial, made as far as they are asked for; each stratum has chance of its own."""

    arms: tuple[str, ...]
    allocation: Allocation | None
    seed: int
    trial: int = 0
    lists: dict[int, tuple[list[str], int]] = field(default_factory=dict)

    def next(self, stratum: int = 0) -> str:
        """The next arm in a stratum; the smallest block that the ratio allows where no size is stated."""
        ahead, blocks = self.lists.get(stratum, ([], 0))
        if not ahead:
            ahead, blocks = self._block(Draws(self.seed, self.trial, stratum), blocks), blocks + 1
        self.lists[stratum] = ahead[1:], blocks
        return ahead[0]

    def _block(self, draws: Draws, number: int) -> list[str]:
        once = once_each(self.arms, self.allocation)
        if self.allocation is None or self.allocation.method != "permuted_blocks":
            return [once[int(draws.uniform(BLOCK, number * PLACES) * len(once))]]
        sizes = self.allocation.blocks or (len(once),)
        size = sizes[int(draws.uniform(BLOCK, number * PLACES) * len(sizes))]
        block = once * max(1, size // len(once))
        for last in range(len(block) - 1, 0, -1):  # Fisher and Yates: each place takes one of those not yet placed
            other = int(draws.uniform(BLOCK, number * PLACES + last) * (last + 1))
            block[last], block[other] = block[other], block[last]
        return block


def once_each(arms: tuple[str, ...], allocation: Allocation | None) -> list[str]:
    """The arms, each as often as its part in the ratio."""
    ratio = allocation.ratio if allocation is not None else {}
    return [arm for arm in arms for _ in range(ratio.get(arm, 0 if ratio else 1))]
