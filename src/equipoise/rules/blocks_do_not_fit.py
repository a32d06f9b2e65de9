"""A block cannot hold the arms in their ratio.

What it finds
    A size of permuted blocks that is no multiple of the sum of the allocation ratio: a block of 4 for three arms.

Why it matters
    Such a block is never balanced. Either the list cannot be made, or whoever makes it decides what the page does not say.

Seen in
    Nowhere yet: it comes of adding an arm to a trial of two.
"""

from collections.abc import Iterator

from ..finding import Severity
from ..study import Study
from .rule import Flaw, rule


@rule(Severity.ERROR)
def blocks_do_not_fit(study: Study) -> Iterator[Flaw]:
    allocation = study.protocol.allocation
    if allocation is None or not study.protocol.arms:
        return
    round_ = sum(allocation.ratio.get(arm, 0 if allocation.ratio else 1) for arm in study.protocol.arms)
    wrong = [size for size in allocation.blocks if round_ and (size < round_ or size % round_)]
    if wrong:
        ratio = ":".join(str(allocation.ratio.get(arm, 0 if allocation.ratio else 1)) for arm in study.protocol.arms)
        sizes = " and ".join(map(str, wrong))
        says = f"blocks of {sizes} cannot hold {len(study.protocol.arms)} arms at {ratio}: their size is a multiple of {round_}"
        yield Flaw(allocation.place, says, "allocation", f"blocks of {round_ * 2} and {round_ * 3}, say")
