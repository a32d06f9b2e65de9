"""Those who are compared have clocks that start at different moments.

What it finds
    An endpoint whose origin hangs on the arm or group, and groups that are compared whose time zeros are not one.

Why it matters
    From diagnosis in one group and from surgery in the other, the second is younger by the time that passed between:
    the curves start at two points of one disease.

Seen in
    Retrospective comparisons that count the operated from the operation and the others from diagnosis.
"""

from collections.abc import Iterator

from ..expression.tree import Field, If, parts
from ..finding import Severity
from ..study import Study
from .rule import Flaw, activities, in_words, rule


@rule(Severity.ERROR)
def clocks_differ(study: Study) -> Iterator[Flaw]:
    for each in study.protocol.analyses.values():
        endpoint = study.protocol.endpoints[each.endpoint]
        compared = each.estimand.compared if each.estimand is not None else ()
        if len(compared) < 2 or endpoint.from_ is None:
            continue
        telling = {"randomisation", "assignment"} | activities(
            *(study.protocol.groups[name].member for name in compared if name in study.protocol.groups)
        )
        conditions = [part.condition for part in parts(endpoint.from_.settled) if isinstance(part, If)]
        read = {part.form for tree in conditions for part in parts(tree) if isinstance(part, Field)}
        if read & telling:
            says = f"the clock of '{endpoint.name}' starts at another moment in {in_words(compared)}: {endpoint.from_}"
            yield Flaw(endpoint.from_.place, says, endpoint.name, "one origin that all who are compared have")
            continue
        zeros = {name: group.zero for name in compared if (group := study.protocol.groups.get(name)) is not None and group.zero}
        if len({zero.text for zero in zeros.values()}) > 1 and not (each.landmark or each.time_dependent or each.emulate):
            told = ", ".join(f"'{name}' from {zero}" for name, zero in zeros.items())
            says = f"'{each.name}' compares groups whose time zeros are not one: {told}"
            yield Flaw(each.place, says, each.name, "one time zero, a landmark, or membership that depends on time")
