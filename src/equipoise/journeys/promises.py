"""What a protocol promises of every history: proven, broken by a history that shows it, or not decided."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ..expression.english import english
from ..expression.tree import Tree
from ..finding import errors
from ..logic import MET, NOT_MET, UNKNOWN, Truth
from ..protocol import Promise, Statement
from ..shown import NotDecided
from ..study import Study
from ..witness import Claim, Deviates, Holds, Stands, Witness, unproven
from .cells import IS, IS_NOT, UNSURE
from .machine import Journeys, Move, State, journeys, promised
from .stuck import stuck
from .travel import Astray, Goals, Traveller

MOST_WAYS = 6
"""Ways that are tried, of those that seem to lead where a promise is broken."""
MOST_RETURNS = 2
"""How often a way is begun again, once it was seen which answers are needed later."""


@dataclass(frozen=True)
class Kept:
    """No history without deviations breaks the promise; so many states were looked at."""

    states: int


@dataclass(frozen=True)
class Broken:
    """A history that breaks the promise, in which nothing else deviates; of a participant of that arm."""

    witness: Witness
    arm: str


Outcome = Kept | Broken | NotDecided


def said(promise: Promise) -> Statement:
    """The statement that a promise makes."""
    found = promise.never or promise.always or promise.eventually
    assert found is not None
    return found


@lru_cache(maxsize=512)
def outcome(study: Study, promise: Promise) -> Outcome:
    """Whether a promise holds on every history without deviations.

    `never` is broken where its statement is met, `always` where its statement is not met, `eventually` where it is not met
    when every track has ended, or when nothing leads on. That waits for the end of what is owed, for people who decide, and
    for answers that can be given.
    """
    if study.protocol.pathway is None:
        return NotDecided("there is no pathway that says what follows what")
    if errors(study.findings):
        return NotDecided("the study has errors that must be mended first")
    looked, whole = 0, True
    failures: list[str] = []
    for arm, here in promised(study).items():
        if not here.whole:  # what the other promises count is left out
            here = journeys(study, arm, (said(promise).settled,), here.machine.events)
        whole &= here.whole
        looked += len(here.states)
        tries = 0
        for state, goal, more in _breaking(promise, here):
            tries += 1
            if tries > MOST_WAYS:
                break
            claims = (Holds(said(promise).text, goal[1], goal[0]), *more)
            try:
                return Broken(history(study, here, here.way(state), claims), arm)
            except Astray as why:
                failures.append(str(why))
    if failures:
        return NotDecided(f"a way seems to lead there, and none was found that could be walked: {failures[0]}")
    if not whole:
        return NotDecided(f"its pathway has more than {looked} states")
    return Kept(looked)


def _breaking(promise: Promise, here: Journeys) -> Iterator[tuple[State, tuple[Tree, Truth], tuple[Claim, ...]]]:
    """The states in which a promise may be broken, nearest first, and what would have to hold there."""
    tree = said(promise).settled
    machine = here.machine
    if promise.eventually is None:
        wanted = (tree, MET) if promise.never is not None else (tree, NOT_MET)
        bit = IS if promise.never is not None else IS_NOT
        for state in here.states:
            if machine.together(((tree, bit),), state):
                yield state, wanted, ()
        return
    ends: list[tuple[State, tuple[Claim, ...]]] = [
        (state, ()) for state, (_, move) in here.states.items() if move.kind != "before" and not here.moves.get(state, ())
    ]
    for each in stuck(here):
        holds = (Holds(english(one, here.study.scope), truth, one) for one, truth in each.goals)
        ends.append((each.state, (Stands(each.step, stuck=each.for_ever), *holds)))
    for state, claims in ends:
        for bit, truth in ((IS_NOT, NOT_MET), (UNSURE, UNKNOWN)):
            if machine.together(((tree, bit),), state):
                yield state, (tree, truth), claims


def history(study: Study, here: Journeys, way: Sequence[tuple[Move, State]], claims: tuple[Claim, ...]) -> Witness:
    """A way as a history for which claims are confirmed; in which nothing deviates, if that can be had.

    Raises:
        Astray: The way could not be walked.
    """
    goals = {each.says: (each.tree, each.truth) for each in claims if isinstance(each, Holds)}
    sooner: dict[int, Goals] = {}
    for last in (*[False] * MOST_RETURNS, True):
        traveller = Traveller(study, here.arm)
        try:
            traveller.travel(way, goals, here, sooner)
            break
        except Astray as why:
            if last or not why.asks_sooner(sooner):
                raise
    made = Witness(tuple(traveller.events), traveller.day, (*claims, Deviates("")))
    lacking = unproven(made, study)
    if not lacking:
        return made
    raise Astray("; ".join(f"{claim} could not be shown" for claim in lacking))
