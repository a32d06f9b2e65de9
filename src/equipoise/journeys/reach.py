"""What the participants of each arm can come to: steps, activities, moments."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from ..expression.tree import (
    Aggregate,
    Among,
    Constant,
    Field,
    If,
    Named,
    Pick,
    Quantified,
    Rows,
    Shifted,
    Today,
    Tree,
    branches,
    parts,
)  # fmt: skip
from ..pathway import _Plan
from ..protocol import BUILT_IN
from ..study import ALIVE, Study, formulas
from .machine import ALLOCATING, everywhere


@dataclass(frozen=True)
class Ways:
    """What the participants of one arm can come to without a deviation.

    `steps` are those of the pathway that can be entered. Of the activities, `asked` can take place because a step asks for
    them, `scheduled` because a line of the schedule does, and `free` by themselves: adverse events, death, what an event
    reacts to. `barred` belong to the pathway alone, and no step that can be entered asks for them. `unasked` are declared and
    nothing in the protocol asks for them or speaks of them as something that happens.
    """

    steps: frozenset[str]
    asked: frozenset[str]
    scheduled: frozenset[str]
    free: frozenset[str]
    barred: frozenset[str]
    unasked: frozenset[str]

    def can_take_place(self, activity: str) -> bool:
        """Whether an activity may take place; what nothing asks for may as well, for all that the protocol says."""
        return activity not in self.barred


@dataclass(frozen=True)
class Reach:
    """What can come about, by arm; under the empty name where there are no arms.

    `whole` tells whether all was looked at: if not, what seems out of reach may not be.
    """

    arms: Mapping[str, Ways]
    whole: bool


@lru_cache(maxsize=64)
def reach(study: Study) -> Reach:
    """What the participants of each arm can come to.

    What is not here never comes about on a history without deviations; what is here may yet need facts that nobody has.
    """
    protocol = study.protocol
    scheduled = frozenset(name for line in protocol.schedule for name in line.do)
    on_path = _Plan.of(study).on_path
    asked_for = {
        name for step in (protocol.pathway.steps.values() if protocol.pathway else ()) for name in (*step.do, step.repeat)
    }
    happening = _happening(study)
    known = frozenset(study.activities)
    unasked = known - scheduled - asked_for - happening
    found: dict[str, Ways] = {}
    whole = True
    for arm in protocol.arms or ("",):
        if protocol.pathway is None:
            steps, asked = frozenset[str](), frozenset[str]()
        else:
            made = everywhere(study)[arm]
            whole &= made.whole
            steps, asked = made.steps, made.activities
        begins = frozenset({protocol.pathway.begins}) if protocol.pathway is not None else frozenset[str]()
        barred = on_path - asked - scheduled - begins
        found[arm] = Ways(steps, asked, scheduled & known, frozenset(happening & known), frozenset(barred), unasked)
    return Reach(found, whole)


def _happening(study: Study) -> set[str]:
    """Activities of which the protocol speaks as of something that happens."""
    protocol = study.protocol
    found = {name for name in BUILT_IN} | set(protocol.closed)
    if protocol.pathway is not None:
        found |= {protocol.pathway.begins} | {each.on for each in protocol.pathway.anywhere}
    found |= {name for name, each in study.activities.items() if each.repeats}
    for endpoint in protocol.endpoints.values():
        found |= {part.form for each in (*endpoint.events, *endpoint.competing) if each.tree is not None
                  for part in parts(each.tree) if isinstance(part, Rows)}  # fmt: skip
    found |= {name for name, each in protocol.assumptions.items() if name in study.activities}
    for value in (protocol.eligibility, protocol.cohorts, protocol.groups):  # what is asked at the door was recorded there
        found |= {
            part.form
            for each in formulas(value)
            if each.tree is not None
            for part in parts(each.tree)
            if isinstance(part, Rows)
        }
    return found


def may_happen(study: Study, moment: Tree, arm: str = "") -> bool:
    """Whether a moment can come about for a participant of an arm, on a history without deviations.

    False is a proof; true says that the pathway leaves it open.

    Args:
        study: The study.
        moment: A tree whose value is a date, or a statement about rows that must be there.
        arm: The arm; where it is empty and there are arms, any of them.
    """
    here = reach(study).arms
    if not reach(study).whole:
        return True
    asked = [here[arm]] if arm in here else list(here.values())
    names = [arm] if arm in here else list(here)
    return any(_may(moment, ways, name, study) for ways, name in zip(asked, names, strict=True))


def _may(tree: Tree | Rows, ways: Ways, arm: str, study: Study) -> bool:
    match tree:
        case Constant() | Today() | Field():
            return True
        case Named(of=of) | Shifted(of=of):
            return _may(of, ways, arm, study)
        case Rows(form=form):
            if form == ALIVE or form not in study.activities and not form.startswith(("entered:", "left:")):
                return True
            step = form.partition(":")[2]
            return step in ways.steps if step else ways.can_take_place(form)
        case Pick(rows=rows):
            return _may(rows, ways, arm, study)
        case Aggregate(op=op, rows=rows):
            return op == "count" or _may(rows, ways, arm, study)
        case If(condition=condition, then=then, otherwise=otherwise):
            told = _of_arm(condition, arm)
            if told is None:
                return _may(then, ways, arm, study) or _may(otherwise, ways, arm, study)
            return _may(then if told else otherwise, ways, arm, study)
        case Quantified(op="any", rows=rows):
            return _may(rows, ways, arm, study)
        case _:
            return all(_may(each, ways, arm, study) for each in branches(tree)) if tree.type.kind.name == "DATE" else True


def _of_arm(tree: Tree, arm: str) -> bool | None:
    """Whether a condition holds of an arm; None where it is about something else."""
    match tree:
        case Named(of=of):
            return _of_arm(of, arm)
        case Among(of=Pick(rows=Rows(form=form), of=Field(name="arm")), options=options) if arm and form in ALLOCATING:
            return arm in options
        case _:
            return None
