"""A line of the schedule counts from something that does not come about.

What it finds
    An anchor that no participant can reach, or of which nothing in the file says that it happens; and regular follow-up
    that counts from what one arm never has, so that this arm is not followed.

Why it matters
    The visits of such a line are never due. Nobody misses them, and the endpoint that rests on them stays empty.

Seen in
    Registers of trials of ablation, where "every 3 months after ablation" is the follow-up of both arms.
"""

from collections.abc import Iterator

from ..finding import Severity
from ..journeys import may_happen, reach
from ..protocol import Line
from ..study import Study
from .rule import Flaw, activities, in_words, rule


@rule(Severity.ERROR)
def anchor_never_reached(study: Study) -> Iterator[Flaw]:
    arms = reach(study).arms
    for line in study.protocol.schedule:
        if line.anchor is None:
            continue
        about = line.label or line.do[0]
        without = [arm for arm in arms if not may_happen(study, line.anchor.settled, arm)]
        unasked = sorted(activities(line.anchor) & frozenset.intersection(*(ways.unasked for ways in arms.values())))
        if unasked:
            says = f"the line counts from {in_words(unasked)}, and nothing in the study says that this takes place"
            yield Flaw(line.anchor.place, says, about, "let a step or a line ask for it, or count from another moment")
        elif len(without) == len(arms):
            says = f"the line counts from {line.anchor}, which no participant reaches: it is never due"
            yield Flaw(line.anchor.place, says, about, "count from a moment that comes about")
        elif without and _is_follow_up(line):
            says = f"the line counts from {line.anchor}, which nobody in {in_words(without)} reaches: there it is never due"
            fix = "count from a moment that all arms have, or say `for each:` if it is meant for those alone who have it"
            yield Flaw(line.anchor.place, says, about, fix, severity=Severity.WARNING)


def _is_follow_up(line: Line) -> bool:
    """Whether a line goes on regularly; what is done on certain days after a procedure is for those who had it."""
    return line.every is not None and line.for_each is None
