"""A primary comparison will most likely miss the effect that is assumed.

What it finds
    A primary endpoint whose declared comparison, with the planned enrolment and what the file assumes of its events,
    has less power than is wanted (`power` of the analysis, 80 % where unsaid). Where arms are compared and the power
    cannot be worked out, a note says what it lacks. A study that is completed is left alone: nothing can be planned
    anew. `equipoise design` shows the numbers and what they rest on.

Why it matters
    Participants take a risk for an answer that the trial cannot give. A trial that is too small and finds nothing is
    read as one that found there is nothing, and one that finds something has most likely found too much.

Seen in
    NCT05611359 plans 60 participants for overall survival and states no effect and no calculation; a hazard ratio of
    0.7 would be found by about one such trial in four.
"""

from collections.abc import Iterator

from ..finding import Severity
from ..study import Study
from .rule import Flaw, rule

SLACK = 0.01
"""How far the power may lie below the one wanted: numbers of participants are round."""


@rule(Severity.WARNING)
def underpowered(study: Study) -> Iterator[Flaw]:
    protocol = study.protocol
    if protocol.design.enrolment is None or protocol.status.casefold().startswith("completed"):
        return
    primary = {each.name for each in protocol.primary}
    compares = any(
        each.endpoint in primary and each.estimand is not None and set(each.estimand.compared) & {*protocol.arms}
        for each in protocol.analyses.values()
    )
    if not compares:
        return
    from ..prospects import prospects

    for each in prospects(study, primary=True):
        if not each.is_primary or len(each.compared) < 2:
            continue
        if each.power is None:
            says = f"whether {protocol.design.enrolment} participants are enough is not decided: {_inside(each.cannot)}"
            fix = "say in 'assumptions' what is hoped for, or simulate"
            yield Flaw(protocol.design.place, says, each.analysis, fix, severity=Severity.NOTE)
        elif each.power < each.wanted - SLACK:
            wanted = next((one.participants for one in each.needed if one.power == each.wanted), None)
            more = f"plan for {wanted} participants, or " if wanted is not None else ""
            fix = f"{more}look for what fewer can show, and say so"
            yield Flaw(protocol.design.place, f"'{each.analysis}': {each.headline.removesuffix('.')}", each.analysis, fix)


def _inside(says: str) -> str:
    """A sentence as part of another."""
    first = says.removesuffix(".")
    return f"{first[:1].lower()}{first[1:]}" if first[1:2].islower() else first
