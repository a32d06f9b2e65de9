"""Two branches of one rule can both be met, lead to different steps, and neither contains the other.

What it finds
    Two conditions of a decision that somebody can meet at once, while each is also met without the other. The first that
    stands there counts. A special case before a general one is no finding, nor is a branch for one arm before branches
    for all; nor are options among which people choose.

Why it matters
    The order of the lines decides the treatment, and nothing says that the author meant it to. In prose there is no order:
    two sites would read it two ways.

Seen in
    Nowhere yet: it takes a decision written as branches.
"""

from collections.abc import Iterator
from itertools import combinations

from ..expression.english import english
from ..expression.tree import Field, Tree, parts
from ..finding import Severity
from ..journeys import Astray, everywhere, history
from ..journeys.cells import IS, IS_NOT
from ..logic import MET
from ..protocol import Branch, Step
from ..shown import NotDecided, Shown
from ..study import Study
from ..witness import Holds, Witness
from .rule import Flaw, rule


@rule(Severity.WARNING)
def branches_overlap(study: Study) -> Iterator[Flaw]:
    pathway = study.protocol.pathway
    if pathway is None:
        return
    for step in pathway.steps.values():
        branches = [(number, each) for number, each in enumerate(step.decide) if each.when is not None and each.to]
        for (first, one), (_, other) in combinations(branches, 2) if step.by == "rule" else ():
            assert one.when is not None and other.when is not None
            trees = one.when.settled, other.when.settled
            if one.to == other.to or _is_of_an_arm(trees[0]) != _is_of_an_arm(trees[1]) or not _overlap(study, step, *trees):
                continue
            found = _someone(study, step, first, trees)
            ways = f"'{one.to}' and '{other.to}'"
            if isinstance(found, Witness):
                says = f"at '{step.name}' one participant can meet the conditions of both {ways}; the first that stands there counts"
                yield Flaw(other.when.place, says, step.name, _fix(one, other), found)
            elif isinstance(found, NotDecided):
                says = (
                    f"not decided: whether one participant can meet the conditions of both {ways} at '{step.name}': {found.why}"
                )
                yield Flaw(other.when.place, says, step.name, _fix(one, other), severity=Severity.NOTE)


def _fix(one: Branch, other: Branch) -> str:
    return f"say in the condition of '{other.to}' what it means for those who meet that of '{one.to}' as well"


def _is_of_an_arm(tree: Tree) -> bool:
    return any(isinstance(part, Field) and part.name == "arm" for part in parts(tree))


def _overlap(study: Study, step: Step, one: Tree, other: Tree) -> bool:
    """Whether both may be met at once, and each without the other."""
    for wanted in (((one, IS), (other, IS)), ((one, IS), (other, IS_NOT)), ((one, IS_NOT), (other, IS))):
        if not any(here.machine.together(wanted, state) for here in everywhere(study).values() for state in here.at(step.name)):
            return False
    return True


def _someone(study: Study, step: Step, first: int, trees: tuple[Tree, Tree]) -> Witness | NotDecided | None:
    """A participant who meets both: on the way, or at least by their facts."""
    from ..proof import facts_events, some_participant

    claims = tuple(Holds(english(tree, study.scope), MET, tree) for tree in trees)
    for here in everywhere(study).values():
        ways = [
            (state, move, to) for state, moves in here.moves.items() for move, to in moves
            if any(name == step.name and how.startswith(f"branch {first}") for name, how in move.choices)
            and here.machine.together(tuple((tree, IS) for tree in trees), state)
        ]  # fmt: skip
        for state, move, to in ways[:1]:
            try:
                return history(study, here, [*here.way(state), (move, to)], claims)
            except Astray:
                continue
    found = some_participant(study, {f"branch {index}": (tree, MET) for index, tree in enumerate(trees)})
    if isinstance(found, Shown):
        return Witness(facts_events(found.facts, study), found.facts.until, claims)
    return found if isinstance(found, NotDecided) else None
