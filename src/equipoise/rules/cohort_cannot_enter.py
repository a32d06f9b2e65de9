"""No member of a cohort or group can meet the criteria that hold for it.

What it finds
    A cohort, or an observed group, all of whose members are barred: by a criterion that was meant for another cohort, or
    by one that contradicts what makes them members. Other cohorts can be entered.

Why it matters
    A whole part of the trial stays empty, and the comparison that needs it is never made.

Seen in
    Nowhere yet: NCT05271110 says of one exclusion that it applies only to the primary cohort. Read without those words,
    that exclusion empties the other cohort, which is made of the very people it bars.
"""

from collections.abc import Iterator

from ..eligibility import barring, cohorts, groups, somebody, wanted
from ..finding import Severity
from ..shown import NotDecided, Proven
from ..study import Study
from .rule import Flaw, rule


@rule(Severity.ERROR)
def cohort_cannot_enter(study: Study) -> Iterator[Flaw]:
    if not study.protocol.eligibility:
        return
    entered = [(way, somebody(study, wanted(study, way))) for way in cohorts(study)]
    if all(isinstance(answer, Proven) for _, answer in entered):
        return  # nobody at all can enter, which is said elsewhere
    for way, answer in (*entered, *((way, somebody(study, wanted(study, way))) for way in groups(study))):
        if not way.name:
            continue
        own = study.protocol.cohorts[way.name] if way.kind == "cohort" else study.protocol.groups[way.name]
        if isinstance(answer, NotDecided):
            says = f"not decided: whether anybody can enter {way} ({answer.why})"
            yield Flaw(own.place, says, way.name, severity=Severity.NOTE)
        elif isinstance(answer, Proven):
            criteria = barring(study, answer)
            place = criteria[-1].rule.place if criteria else own.place
            names = " and ".join(f"'{each.id}'" for each in criteria)
            if not criteria:
                says = f"nobody can belong to {way}: what makes a member contradicts itself"
            elif any(name.startswith("belongs to") for name in answer.core):
                says = f"nobody can enter {way}: {names} {'bars' if len(criteria) == 1 else 'bar'} all its members"
            else:
                says = f"nobody can enter {way}: {names} cannot {'both' if len(criteria) == 2 else 'all'} be met there"
            yield Flaw(place, says, way.name, "say for which cohorts the criterion holds, or mend its bound")
