"""It could not be told whether every history keeps a promise.

What it finds
    A promise of which neither a proof was found nor a history that breaks it. It says how far the search came.

Why it matters
    A promise that nobody has checked is a hope. The simulation and the monitors still watch it, one participant at a time.

Seen in
    Nowhere yet: it depends on how a promise is put, not on the trial.
"""

from collections.abc import Iterator

from ..finding import Severity, errors
from ..journeys import outcome, said
from ..shown import NotDecided
from ..study import Study
from .rule import Flaw, rule


@rule(Severity.WARNING)
def promise_not_decided(study: Study) -> Iterator[Flaw]:
    if errors(study.findings):
        return  # they stand in the way of every promise, and are listed
    for promise in study.protocol.promises:
        statement = said(promise)
        if statement.tree is not None and isinstance(found := outcome(study, promise), NotDecided):
            says = f"not decided: whether every history keeps the promise '{statement}': {found.why}"
            fix = "put it as a count, an order of events, or a distance that the steps promise as well"
            yield Flaw(statement.place, says, statement.text, fix)
