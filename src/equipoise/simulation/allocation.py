"""The next arm, by lot: permuted blocks or simple randomisation, a list of its own for each stratum."""

from dataclasses import dataclass, field

import numpy as np

from ..protocol import Allocation


@dataclass(slots=True)
class Slots:
    """The lists of arms, made as far as they are asked for; each stratum has its own source of chance."""

    arms: tuple[str, ...]
    allocation: Allocation | None
    rng: np.random.Generator
    lists: dict[tuple[str, ...], tuple[list[str], np.random.Generator]] = field(default_factory=dict)

    def next(self, stratum: tuple[str, ...] = ()) -> str:
        """The next arm in a stratum; the smallest block that the ratio allows where no size is stated."""
        if stratum not in self.lists:
            self.lists[stratum] = [], self.rng.spawn(1)[0]
        ahead, rng = self.lists[stratum]
        if not ahead:
            ahead += self._block(rng)
        return ahead.pop(0)

    def _block(self, rng: np.random.Generator) -> list[str]:
        ratio = self.allocation.ratio if self.allocation is not None else {}
        once = [arm for arm in self.arms for _ in range(ratio.get(arm, 0 if ratio else 1))]
        if self.allocation is None or self.allocation.method != "permuted_blocks":
            return [once[int(rng.integers(len(once)))]]
        sizes = self.allocation.blocks or (len(once),)
        size = sizes[int(rng.integers(len(sizes)))]
        block = once * max(1, size // len(once))
        return [block[index] for index in rng.permutation(len(block))]
