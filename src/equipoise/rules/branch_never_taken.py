"""A branch of a decision that is never taken.

What it finds
    A branch whose condition nobody can meet at that step, or that comes after others of which one is met whenever it is.
    Where people decide, an option that no rule ever proposes although it says when. An `otherwise` is a safety net, and is
    found only behind a condition that everybody meets.

Why it matters
    What stands there is promised to somebody who does not exist. Mostly the order of the branches is wrong, or a comparison.

Seen in
    Nowhere yet: it takes a decision written as branches.
"""

from collections.abc import Iterator

from ..bounds import plain
from ..eligibility import lets_in
from ..expression.tree import Field, Tree, parts
from ..finding import Severity
from ..journeys import everywhere
from ..journeys.cells import IS, IS_NOT
from ..logic import MET, NOT_MET, Truth
from ..protocol import BUILT_IN, Criterion, Step
from ..shown import Proven
from ..study import Study
from .rule import Flaw, rule


@rule(Severity.ERROR)
def branch_never_taken(study: Study) -> Iterator[Flaw]:
    pathway = study.protocol.pathway
    here = everywhere(study)
    if pathway is None or not all(each.whole for each in here.values()):
        return
    entered = frozenset[str]().union(*(each.steps for each in here.values()))
    for step in pathway.steps.values():
        for number, branch in enumerate(step.decide):
            if step.name not in entered or branch.when is None or branch.otherwise:
                continue
            if _is_met_by_all(study, step, number):
                says = f"at '{step.name}' everybody meets '{branch.when}': no branch after it is ever taken"
                yield Flaw(branch.when.place, says, step.name, "put it last, or change its condition")
                break
            why = _why(study, step, number)
            if why:
                verb = "is never proposed" if branch.option else "is never taken"
                to = f"'{branch.option}'" if branch.option else f"to '{branch.to}'"
                says = f"the branch {to} of '{step.name}' {verb}: {why}"
                yield Flaw(branch.when.place, says, step.name, "put it before those, change its condition, or take it away")


def _why(study: Study, step: Step, number: int) -> str:
    """Why a branch is never taken; nothing if it may be."""
    branch = step.decide[number]
    assert branch.when is not None
    itself = (branch.when.settled, IS)
    earlier = tuple((each.when.settled, IS_NOT) for each in step.decide[:number] if each.when is not None)
    states = [(here, state) for here in everywhere(study).values() for state in here.at(step.name)]
    if not any(here.machine.together((itself,), state) for here, state in states) or _is_excluded(study, (itself,)):
        return "nobody who comes there can meet its condition"
    if not any(number in here.machine.taken.get(step.name, ()) for here in everywhere(study).values()):
        if step.by == "rule":
            used_up = any(
                here.machine.together((itself,), state) and here.machine.used_up(state, branch.to) for here, state in states
            )
            return "where its condition is met, " + (
                f"'{branch.to}' was entered as often as it may be" if used_up else "an earlier branch is met as well"
            )
    if earlier and _is_excluded(study, (*earlier, itself)):
        return "whoever meets its condition meets that of an earlier branch"
    if step.by != "rule" and not any(here.machine.together((*earlier, itself), state) for here, state in states):
        return "whoever meets its condition meets that of an earlier branch"
    return ""


def _is_met_by_all(study: Study, step: Step, number: int) -> bool:
    """Whether nobody who comes to a branch fails to meet it, so that what comes after it stands there for nobody."""
    branch = step.decide[number]
    if branch.when is None or step.by != "rule" or number == len(step.decide) - 1:
        return False
    fails = ((branch.when.settled, IS_NOT),)
    states = [(here, state) for here in everywhere(study).values() for state in here.at(step.name)]
    return not any(here.machine.together(fails, state) for here, state in states) or _is_excluded(study, fails)


def _lasting(study: Study, asked: tuple[Tree, ...]) -> list[Criterion]:
    """The criteria that still hold of whoever stands at a branch: they read what is written down once, before anybody enters."""
    protocol = study.protocol
    if protocol.cohorts:
        return []
    again = {name for line in protocol.schedule for name in line.do} | {*BUILT_IN}
    for step in protocol.pathway.steps.values() if protocol.pathway is not None else ():
        again |= {*step.do, step.repeat}
    once = {name for name, each in study.activities.items() if not each.repeats and name not in again}
    read = {(part.form, part.name) for tree in asked for part in parts(plain(tree)) if isinstance(part, Field)}
    found = []
    for each in protocol.eligibility:
        fields = {(part.form, part.name) for part in parts(plain(lets_in(each, study))) if isinstance(part, Field)}
        if fields & read and all(form in once for form, _ in fields):
            found.append(each)
    return found


def _is_excluded(study: Study, wanted: tuple[tuple[Tree, int], ...]) -> bool:
    """Whether the solver proves that there is nobody of whom all this is so, in any arm."""
    from ..proof import some_participant

    truths: dict[int, Truth] = {IS: MET, IS_NOT: NOT_MET}
    holds = {f"statement {index}": (tree, truths[bit]) for index, (tree, bit) in enumerate(wanted)}
    holds |= {each.id: (lets_in(each, study), MET) for each in _lasting(study, tuple(tree for tree, _ in wanted))}
    return isinstance(some_participant(study, holds), Proven)
