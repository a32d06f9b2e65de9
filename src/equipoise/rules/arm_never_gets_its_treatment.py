"""An arm is defined by an activity that its participants can never get, or another arm's participants get it too.

What it finds
    An activity under `gives` of an arm that no step which this arm's participants can come to asks for, and no line of the
    schedule. And, as a warning, an activity that only another arm gives and that the pathway gives in this arm as well.
    Crossing over is left alone where nobody comes to the other treatment but by an event that the analyses name.

Why it matters
    The comparison is between what the arms give. If the pathway gives one of them nothing, or both the same, the trial
    compares nothing: most often two arms were swapped in a condition.

Seen in
    Nowhere yet: it takes the arms and the pathway in one file.
"""

from collections.abc import Iterator

from ..expression.grammar import expression
from ..finding import Severity
from ..journeys import Astray, everywhere, history, reach
from ..logic import MET
from ..protocol import BUILT_IN
from ..study import Study
from ..witness import Holds, Witness
from .rule import Flaw, rule


@rule(Severity.ERROR)
def arm_never_gets_its_treatment(study: Study) -> Iterator[Flaw]:
    protocol = study.protocol
    found = reach(study)
    if protocol.pathway is None or not found.whole:
        return
    for name, arm in protocol.arms.items():
        ways = found.arms[name]
        for activity in arm.gives:
            if (
                activity in study.activities
                and activity not in ways.asked | ways.scheduled
                and activity != protocol.pathway.begins
            ):
                says = f"the arm '{name}' gives '{activity}', and none of its participants can come to a step that asks for it"
                yield Flaw(arm.place, says, name, f"ask for '{activity}' on the way of this arm, or say what the arm gives")
        others = {one for key, other in protocol.arms.items() if key != name for one in other.gives} - {*arm.gives}
        for activity in sorted(others & ways.asked):
            if _only_across(study, name, activity):
                continue  # crossing over, which the plan provides for and the analysis knows of
            says = f"participants of the arm '{name}' can come to '{activity}', which only another arm gives"
            fix = f"keep this arm from the step that asks for '{activity}', or put it under what the arm gives"
            witness = _somebody(study, name, activity)
            yield Flaw(arm.place, says, name, fix, witness, Severity.WARNING if witness else Severity.NOTE)


def _only_across(study: Study, arm: str, activity: str) -> bool:
    """Whether nobody of an arm comes to an activity without an event that the analyses name as one that comes between."""
    named = {
        event for each in study.protocol.analyses.values() if each.estimand is not None for event in each.estimand.intercurrent
    }
    crossings = named - {*BUILT_IN} - {one for each in study.protocol.arms.values() for one in each.gives}
    if not crossings:
        return False
    here = everywhere(study)[arm]
    seen = {state for state, (before, _) in here.states.items() if before is None}
    waiting = list(seen)
    while waiting:
        for move, to in here.moves.get(waiting.pop(), ()):
            if move.kind == "record" and move.what in crossings:
                continue
            if move.kind == "record" and move.what == activity:
                return False
            if to not in seen:
                seen.add(to)
                waiting.append(to)
    return True


def _somebody(study: Study, arm: str, activity: str) -> Witness | None:
    """A participant of an arm with whom an activity takes place."""
    here = everywhere(study)[arm]
    tree = expression(f"exists {activity}", study.scope)
    for state, moves in here.moves.items():
        for move, to in moves:
            if move.kind == "record" and move.what == activity:
                try:
                    claim = Holds(f"exists {activity}", MET, tree)
                    return history(study, here, [*here.way(state), (move, to)], (claim,))
                except Astray:
                    return None
    return None
