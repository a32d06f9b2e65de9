"""A guard, a requirement or a stop that nobody can meet, or that everybody does.

What it finds
    A statement under `guard`, `require` or `stop` that no participant at that step can meet, or that none can fail to meet:
    in either case it decides nothing.

Why it matters
    A guard that nobody meets sends everybody to the time-out. A requirement that everybody meets protects nobody, though it
    looks as if it did: most often a bound is on the wrong side, or in another unit than the item.

Seen in
    Nowhere yet: it takes conditions that a machine can read.
"""

from collections.abc import Iterator

from ..finding import Severity
from ..journeys import everywhere
from ..journeys.cells import IS, IS_NOT, UNSURE
from ..logic import MET, NOT_MET, Truth
from ..protocol import Statement, Step
from ..shown import Proven
from ..study import Study
from .rule import Flaw, rule


@rule(Severity.ERROR)
def guard_never_met(study: Study) -> Iterator[Flaw]:
    pathway = study.protocol.pathway
    here = everywhere(study)
    if pathway is None or not all(each.whole for each in here.values()):
        return
    entered = frozenset[str]().union(*(each.steps for each in here.values()))
    for step in pathway.steps.values():
        held = [("guard", step.guard), ("stop", step.stop), *(("requirement", each) for each in step.require)]
        for word, statement in held:
            if statement is None or step.name not in entered:
                continue
            if _nobody(study, step, word, statement, MET):
                says = f"the {word} of '{step.name}' is met by nobody who comes there: {statement}"
                yield Flaw(statement.place, says, step.name, "look at its bounds and units")
            elif _nobody(study, step, word, statement, NOT_MET):
                says = f"the {word} of '{step.name}' is met by everybody who comes there, and decides nothing: {statement}"
                yield Flaw(statement.place, says, step.name, "look at its bounds and units, or take it away")


def _nobody(study: Study, step: Step, word: str, statement: Statement, truth: Truth) -> bool:
    """Whether there is nobody at a step for whom a statement has a truth."""
    from ..proof import some_participant

    tree, bit = statement.settled, IS if truth is MET else IS_NOT
    if isinstance(some_participant(study, {"it": (tree, truth)}), Proven):
        return True
    if word == "requirement":
        if truth is NOT_MET:
            return False  # what is required of an event holds wherever the event has been
        states = [(here, state) for here in everywhere(study).values() for state in here.states]
        return not any(here.machine.together(((tree, bit),), state) for here, state in states)
    states = [(here, state) for here in everywhere(study).values() for state in here.after(step.name)]
    wanted = bit if truth is MET else IS_NOT | UNSURE
    return bool(states) and not any(here.machine.together(((tree, wanted),), state) for here, state in states)
