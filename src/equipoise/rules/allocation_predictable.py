"""Who enters participants can guess the next arm.

What it finds
    A randomised trial in which those who enter participants know the arms (masking `none` or `single`, or unsaid), and
    allocate in blocks of one size: counting tells how often the next arm can be guessed, and which are certain. Also a
    design that says randomised whose arms are assigned by somebody.

Why it matters
    Whoever can guess the next arm can choose whom to enter next, and the arms stop being alike. Concealing the list does
    not help against counting.

Seen in
    Nowhere yet: registers seldom say the sizes of blocks. How to count is told by Blackwell and Hodges (1957), Ann Math
    Stat 28:449-460, and that it was done in real trials by Berger (2005), Selection Bias and Covariate Imbalances in
    Randomized Clinical Trials.
"""

from collections.abc import Iterator
from functools import cache

from ..finding import Severity
from ..study import Study
from .rule import Flaw, rule

OPEN = ("none", "single", None)
"""Masking under which whoever enters participants may know the arms; unsaid, nobody can rely on more."""


@rule(Severity.WARNING)
def allocation_predictable(study: Study) -> Iterator[Flaw]:
    design, allocation = study.protocol.design, study.protocol.allocation
    if allocation is None or design.allocation != "randomised":
        return
    if allocation.method == "assigned":
        says = "the design says randomised, and arms are assigned: whoever assigns knows the next arm"
        yield Flaw(allocation.place, says, "allocation", "say how the lot is drawn, or that it is not randomised")
        return
    sizes = {*allocation.blocks}
    if allocation.method != "permuted_blocks" or design.masking not in OPEN or len(sizes) != 1:
        return
    size = sizes.pop()
    ratio = [allocation.ratio.get(arm, 0 if allocation.ratio else 1) for arm in study.protocol.arms]
    if not sum(ratio) or size % sum(ratio) or size < 1:
        return
    block = tuple(sorted(each * size // sum(ratio) for each in ratio if each))
    if len(block) < 2:
        return
    right, certain = guessed(block)
    open_ = "masking is not said" if design.masking is None else f"masking is {design.masking}"
    says = (
        f"every block has {size} places and {open_}: who counts guesses {100 * right / size:.0f} % of the arms rightly, against "
        f"{100 * max(block) / size:.0f} % by chance, and is certain of {100 * certain / size:.0f} %"
    )
    severity = Severity.NOTE if design.masking is None else None
    yield Flaw(allocation.place, says, "allocation", "draw the sizes of blocks from several, as [4, 6]", severity=severity)


@cache
def guessed(block: tuple[int, ...]) -> tuple[float, float]:
    """How many arms of a block are guessed rightly on average by who counts, and how many are certain beforehand.

    Args:
        block: How often each arm is left in it.

    Source:
        Blackwell and Hodges (1957), Ann Math Stat 28:449-460: guess the arm that is left most often.

    >>> guessed((1, 1))
    (1.5, 1.0)
    """
    left = sum(block)
    if not left:
        return 0.0, 0.0
    right, certain = max(block) / left, float(max(block) == left)
    for arm, places in enumerate(block):
        if places:
            rest = guessed(tuple(sorted(each - (k == arm) for k, each in enumerate(block))))
            right += places / left * rest[0]
            certain += places / left * rest[1]
    return right, certain
