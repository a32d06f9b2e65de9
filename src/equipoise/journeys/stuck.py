"""Where a journey goes on no more, although its track has not ended."""

from dataclasses import dataclass
from functools import lru_cache

from ..expression.tree import Aggregate, Pick, Quantified, Rows, Tree, parts
from ..logic import MET, NOT_MET, UNKNOWN, Truth
from .cells import IS, IS_NOT, UNSURE
from .machine import Journeys, State, asks_for


@dataclass(frozen=True)
class Stuck:
    """A step from which nothing leads on, why, and a state in which a participant stands there.

    `why` is `used up` (what it leads to may not be entered again), `no branch`, `never told` (what decides is not recorded
    any more), `not closed` (nobody can ever say that something did not happen), or `waits` (a guard that may not be met for
    ever, and no time after which the way goes on without it); `what` names the step or the activity.
    """

    step: str
    why: str
    what: str
    state: State
    goals: tuple[tuple[Tree, Truth], ...] = ()
    """What has to hold there."""
    for_ever: bool = True
    """Whether nothing is even tried again there."""


@lru_cache(maxsize=64)
def stuck(here: Journeys) -> tuple[Stuck, ...]:
    """Every step at which a participant may stand for ever, and why."""
    machine = here.machine
    found: dict[tuple[str, str, str], Stuck] = {}
    for state in here.states:
        for index, stay in enumerate(state.stays):
            if stay is None or not machine.is_done(stay, state):
                continue
            step = machine.steps[stay.step]
            for why, what, goals in _reasons(here, state, index):
                again = why == "used up" and what == step.on_timeout
                found.setdefault((step.name, why, what), Stuck(step.name, why, what, state, goals, not again))
    return tuple(found.values())


_Goals = tuple[tuple[Tree, Truth], ...]


def _reasons(here: Journeys, state: State, index: int) -> list[tuple[str, str, _Goals]]:
    machine = here.machine
    stay = state.stays[index]
    assert stay is not None
    step = machine.steps[stay.step]
    guard = step.guard.settled if step.guard is not None else None
    passed: _Goals = ((guard, MET),) if guard is not None else ()
    if guard is not None and step.retry is not None and step.on_timeout and machine.used_up(state, step.on_timeout):
        if machine.together(((guard, IS_NOT),), state):
            return [("used up", step.on_timeout, ((guard, NOT_MET),))]
    if guard is not None and not (step.retry is not None and step.on_timeout):
        if machine.together_in_time(((guard, IS_NOT),), state, step):
            here_now = {name for each in state.stays if each is not None for name in asks_for(machine.steps[each.step])}
            read = {part.rows.form for part in parts(guard) if isinstance(part, Pick)}
            if read and read <= machine.on_path - here_now:
                return [("never told", min(read), ((guard, NOT_MET),))]
            return [("waits", step.name, ((guard, NOT_MET),))]
    if step.end or guard is not None and not machine.together(((guard, IS),), state):
        return []
    if step.next:
        return [("used up", step.next, passed)] if machine.used_up(state, step.next) else []
    if step.by != "rule":
        options = [branch.to or branch.otherwise for branch in step.decide if branch.option]
        return [("used up", options[0], passed)] if options and all(machine.used_up(state, to) for to in options) else []
    found: list[tuple[str, str, _Goals]] = []
    earlier: list[tuple[Tree, int]] = []

    def goals(*more: tuple[Tree, Truth]) -> _Goals:
        return (*passed, *((tree, NOT_MET) for tree, _ in earlier), *more)

    for branch in step.decide:
        to = branch.to or branch.otherwise
        if branch.otherwise or branch.when is None:
            if machine.used_up(state, to) and machine.together_in_time(tuple(earlier), state, step):
                found.append(("used up", to, goals()))
            return found
        if machine.used_up(state, to):
            continue
        tree = branch.when.settled
        if step.unknown in ("wait", "query", "") and machine.together_in_time((*earlier, (tree, UNSURE)), state, step):
            found.append((*_untold(here, tree, state), goals((tree, UNKNOWN))))
        earlier.append((tree, IS_NOT))
    if machine.together_in_time(tuple(earlier), state, step):
        found.append(("no branch", step.name, goals()))
    return found


def _untold(here: Journeys, tree: Tree, state: State) -> tuple[str, str]:
    """What keeps a condition from ever being told: something that is not recorded any more, or that is not closed."""
    machine = here.machine
    for part in parts(tree):
        if isinstance(part, Pick):
            at = machine.index.get(Rows(part.rows.form))
            if at is not None and not state.counts[at] and part.rows.form in machine.on_path:
                return "never told", part.rows.form
    for part in parts(tree):
        if isinstance(part, Aggregate | Quantified) and part.rows.form not in here.study.protocol.closed:
            return "not closed", part.rows.form
    return "never told", ""
