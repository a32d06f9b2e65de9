"""A step of the pathway that no participant can ever enter.

What it finds
    A step to which arrows lead, while no history takes one of them: in no arm can what they ask for be met.

Why it matters
    The treatment that stands there is promised and never given. Most often a condition before it is the wrong way round.

Seen in
    Nowhere yet: it takes a pathway with its conditions, and registers print none.
"""

from collections.abc import Iterator

from ..finding import Severity
from ..journeys import everywhere
from ..journeys.machine import MOST
from ..protocol import Step
from ..study import Study
from .rule import Flaw, rule


@rule(Severity.ERROR)
def step_never_entered(study: Study) -> Iterator[Flaw]:
    pathway = study.protocol.pathway
    here = everywhere(study)
    if pathway is None:
        return
    if not all(each.whole for each in here.values()):
        says = f"not decided: the pathway has more than {MOST} states, and which of its steps are reached was not followed to the end"
        yield Flaw(pathway.place, says, "pathway", "lower its limits, or divide it", severity=Severity.NOTE)
        return
    entered = frozenset[str]().union(*(each.steps for each in here.values()))
    for name, step in pathway.steps.items():
        before = [one.name for one in pathway.steps.values() if name in leads(one) and one.name in entered]
        before += [each.on for each in pathway.anywhere if each.to == name]
        if name in entered or not before or step.limit == 0:
            continue  # what only another such step leads to is mended with it
        says = f"step '{name}' is never entered: no participant can meet what leads to it from '{before[0]}'"
        yield Flaw(step.place, says, name, f"look at the conditions of '{before[0]}', or take the step away")


def leads(step: Step) -> tuple[str, ...]:
    """The steps that a step may lead to."""
    ways = [step.next, step.on_timeout, step.unknown, *(branch.to or branch.otherwise for branch in step.decide)]
    return tuple(name for name in ways if name and name not in ("wait", "query"))
