"""An endpoint's clock starts with something that those who are compared do not all have.

What it finds
    An endpoint whose origin cannot come about in an arm or a group that is compared; in a study of several arms also a
    time to an event of everybody that counts from what one arm alone is given.

Why it matters
    Those without an origin have no outcome. The comparison is then of one arm with nobody, or with a few who crossed over.

Seen in
    NCT05611359: progression-free survival is the time from thermal ablation, and the arm with chemotherapy alone has none.
"""

from collections.abc import Iterator

from ..expression.tree import TRUTH, Constant, Quantified, Rows, Tree
from ..finding import Severity
from ..journeys import may_happen
from ..logic import MET
from ..protocol import Endpoint, Formula
from ..shown import Proven
from ..study import Study
from .rule import Flaw, activities, in_words, rule


@rule(Severity.ERROR)
def origin_missing_in_arm(study: Study) -> Iterator[Flaw]:
    compared_too: set[str] = set()
    for each in study.protocol.analyses.values():
        endpoint = study.protocol.endpoints[each.endpoint]
        compared = each.estimand.compared if each.estimand is not None else ()
        without = [name for name in compared if _lacks(name, endpoint, study)]
        if without:
            compared_too.add(endpoint.name)
            says = f"'{each.name}' compares {in_words(compared)} in '{endpoint.name}', whose clock starts with "
            says += f"{endpoint.from_}: nobody in {in_words(without)} has that"
            yield Flaw(each.place, says, endpoint.name, "an origin that all who are compared have, as randomisation")
    for name, endpoint in study.protocol.endpoints.items():
        of_some = endpoint.among is not None or endpoint.attributed_to or endpoint.kind != "time_to_event"
        without = [arm for arm in study.protocol.arms if _lacks(arm, endpoint, study)]
        if name not in compared_too and not of_some and without and len(study.protocol.arms) > 1:
            says = f"the clock of '{name}' starts with {endpoint.from_}, and nobody in {in_words(without)} has that"
            fix = "an origin that all arms have, or `among:` those whom it is about"
            yield Flaw(endpoint.place, says, name, fix, severity=Severity.WARNING)


def _lacks(name: str, endpoint: Endpoint, study: Study) -> bool:
    """Whether nobody in an arm or a group can have the endpoint's origin."""
    if endpoint.from_ is None:
        return False
    if name in study.protocol.arms:
        return not may_happen(study, endpoint.from_.settled, name)
    group, defined = study.protocol.groups.get(name), study.protocol.define.get(name)
    member = group.member if group is not None else defined
    forms = sorted(activities(endpoint.from_) & {*study.activities})
    if not isinstance(member, Formula) or len(forms) != 1 or member.settled.type != TRUTH:
        return False
    return _excludes(member.settled, forms[0], study)


def _excludes(member: Tree, form: str, study: Study) -> bool:
    """Whether nobody of whom a statement is met has an activity."""
    from ..proof import some_participant

    took_place = Quantified("any", Rows(form), Constant(True, TRUTH))
    return isinstance(some_participant(study, {"member": (member, MET), "origin": (took_place, MET)}), Proven)
