"""The arms cannot be drawn as the file says.

What it finds
    A method that does not go with its words: minimisation without a factor, a coin that leans for unequal arms, a
    probability that is no better than chance, more strata than can be kept.

Why it matters
    The list is made before the first participant comes. If it cannot be, that is learnt on the day of the first one.

Seen in
    Nowhere yet: registers seldom say more than the word randomised. That a leaning coin does not keep an unequal ratio is
    shown by Kuznetsova and Tymofyeyev (2012), Stat Med 31:701-723.
"""

from collections.abc import Iterator

from ..finding import Severity
from ..randomisation import Unfit, plan
from ..study import Study
from .rule import Flaw, rule

PLACES = 100
"""Tickets to try with where the file does not say how many participants are planned."""


@rule(Severity.ERROR)
def allocation_cannot_be_drawn(study: Study) -> Iterator[Flaw]:
    allocation = study.protocol.allocation
    if allocation is None or allocation.method == "assigned" or len(study.protocol.arms) < 2:
        return
    if allocation.method == "permuted_blocks" and not allocation.probability:  # its blocks have a rule of their own
        return
    try:
        plan(study, study.protocol.design.enrolment or PLACES, sites=("one site",))
    except Unfit as why:
        yield Flaw(allocation.place, str(why), "allocation", "another method, or the words that this one needs")
