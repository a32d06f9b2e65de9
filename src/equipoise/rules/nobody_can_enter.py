"""No participant can meet all the criteria.

What it finds
    Criteria that cannot all be met at once, whoever comes: together, or one that nobody can meet. The fewest that suffice
    are named. What people judge is taken to be free.

Why it matters
    The trial will screen and never enrol, and the log will show each person failing another criterion.

Seen in
    NCT06529822 lists "ECOG performance status at most 1" among its inclusions, and again among its exclusions.
"""

from collections.abc import Iterator

from ..eligibility import barring, cohorts, somebody, wanted
from ..finding import Severity
from ..shown import NotDecided, Proven
from ..study import Study
from .rule import Flaw, rule


@rule(Severity.ERROR)
def nobody_can_enter(study: Study) -> Iterator[Flaw]:
    if not study.protocol.eligibility:
        return
    answers = [(way, somebody(study, wanted(study, way))) for way in cohorts(study)]
    if not all(isinstance(answer, Proven) for _, answer in answers):
        if len(answers) == 1 and isinstance(answers[0][1], NotDecided):
            says = f"not decided: whether anybody can meet all the criteria ({answers[0][1].why})"
            yield Flaw(study.protocol.eligibility[0].place, says, severity=Severity.NOTE)
        return
    said = set()
    for _, answer in answers:
        assert isinstance(answer, Proven)
        criteria = barring(study, answer)
        place = criteria[-1].rule.place if criteria else study.protocol.place
        names = tuple(each.id for each in criteria)
        if names in said:
            continue
        said.add(names)
        quoted = [f"'{name}'" for name in names]
        if len(quoted) == 1:
            says = f"nobody can enter: {quoted[0]} cannot be met ({criteria[0].rule})"
        else:
            both = "both" if len(quoted) == 2 else "all"
            says = f"nobody can enter: {' and '.join(quoted)} cannot {both} be met"
        yield Flaw(place, says, names[-1] if names else "", "mend the one whose bound or sign is wrong")
