"""A time to an event does not say until when those count who never have it.

What it finds
    An endpoint of the kind time_to_event without `censor`.

Why it matters
    Whoever has not had the event was followed up to some day, and that day decides the curve: the last scan, the last
    contact and the end of the study give three different answers.

Seen in
    Most register entries: an outcome "progression-free survival" with a time frame and no word on who is censored when.
"""

from collections.abc import Iterator

from ..finding import Severity
from ..study import Study
from .rule import Flaw, rule


@rule(Severity.ERROR)
def no_censoring_rule(study: Study) -> Iterator[Flaw]:
    for name, endpoint in study.protocol.endpoints.items():
        if endpoint.kind == "time_to_event" and not endpoint.censors:
            says = f"'{name}' does not say until when a participant counts in whom the event was not seen"
            seen = f"last({endpoint.assessed_by})" if endpoint.assessed_by else "last_known_alive"
            yield Flaw(endpoint.place, says, name, f"add `censor: {seen}`, or the day up to which the event was looked for")
