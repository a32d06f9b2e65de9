"""A history that deviates in nothing breaks a promise of the protocol.

What it finds
    A promise (`never`, `always`, `eventually`) and a virtual participant who does all that the protocol asks, when it asks
    for it, and with whom the promise is broken all the same. The history comes with the finding, and the engine has walked
    it.

Why it matters
    A promise is what the trial's people rely on: three sessions at most, a week between two treatments, no ablation in the
    control arm. If following the protocol to the letter can break it, nobody at the bedside will notice.

Seen in
    Nowhere yet: registers print promises in prose, and the pathway that would have to keep them is rarely printed at all.
"""

from collections.abc import Iterator

from ..finding import Severity
from ..journeys import Broken, outcome, said
from ..study import Study
from .rule import Flaw, rule


@rule(Severity.ERROR)
def promise_broken(study: Study) -> Iterator[Flaw]:
    for promise in study.protocol.promises:
        statement = said(promise)
        if statement.tree is None:
            continue
        found = outcome(study, promise)
        if not isinstance(found, Broken):
            continue
        who = f"a participant of the arm '{found.arm}'" if found.arm else "a participant"
        if promise.eventually is not None:
            says = f"{who} can come to an end, deviating in nothing, without what is promised for the end: {statement}"
        elif promise.always is not None:
            says = f"{who} who deviates in nothing can come to what is promised never to fail: {statement}"
        else:
            says = f"{who} who deviates in nothing can come to what is promised never to be: {statement}"
        fix = "change the steps so that they keep it (a limit, a distance, a condition), or promise what they do"
        yield Flaw(statement.place, says, statement.text, fix, found.witness)
