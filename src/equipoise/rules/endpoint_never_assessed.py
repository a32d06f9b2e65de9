"""An endpoint rests on something that the study never does.

What it finds
    An assessment (`assessed_by`), an item or an event that an endpoint needs and that no step of the pathway and no line
    of the schedule asks for; or none in an arm that is compared.

Why it matters
    The endpoint stays empty, or holds what happened to be recorded. Its absence is seen when the data are locked.

Seen in
    Register entries with quality of life as an outcome and no questionnaire anywhere in the plan.
"""

from collections.abc import Iterator

from ..finding import Severity
from ..journeys import Ways, may_happen, reach
from ..protocol import BUILT_IN, Endpoint, Formula
from ..study import Study
from .rule import Flaw, activities, in_words, rule


@rule(Severity.ERROR)
def endpoint_never_assessed(study: Study) -> Iterator[Flaw]:
    if not study.protocol.schedule and study.protocol.pathway is None:
        return  # what is not planned here is not said to be done or left undone: a study of records
    for name, endpoint in study.protocol.endpoints.items():
        arms = _compared(endpoint, study)
        for needed, is_looked_at in _needed(endpoint, study).items():
            label = study.called(needed)
            without = [arm for arm, ways in arms.items() if not _is_done(needed, arm, ways, study, is_looked_at)]
            if len(without) == len(arms):
                says = f"'{name}' needs '{needed}' ({label}), and nothing in the study asks for it"
                yield Flaw(endpoint.place, says, name, "put it into a line of the schedule or a step of the pathway")
            elif without:
                says = f"'{name}' needs '{needed}' ({label}), and nothing asks for it in {in_words(without)}"
                yield Flaw(endpoint.place, says, name, "ask for it in every arm that is compared", severity=Severity.WARNING)


def _compared(endpoint: Endpoint, study: Study) -> dict[str, Ways]:
    """The arms in which the endpoint is to be had."""
    arms = dict(reach(study).arms)
    named = {
        name for each in study.protocol.analyses.values() if each.endpoint == endpoint.name and each.estimand is not None
        for name in each.estimand.compared
    }  # fmt: skip
    return {arm: ways for arm, ways in arms.items() if arm in named} or arms


def _needed(endpoint: Endpoint, study: Study) -> dict[str, bool]:
    """The activities without which there is no outcome; True where they have to be planned, not only to happen."""
    needed = {}
    for item in (endpoint.item, *endpoint.items):
        forms = _forms(item, study)
        if len(forms) == 1:
            needed[forms[0]] = False
    moments = (*endpoint.events, *((endpoint.from_,) if endpoint.from_ is not None else ()))
    needed |= {form: False for moment in moments for form in activities(moment) if form in study.activities}
    if endpoint.assessed_by:
        needed[endpoint.assessed_by] = True
    return needed


def _forms(item: str, study: Study) -> list[str]:
    """The activities on whose forms an item, or what a definition reads, is written down."""
    if not item:
        return []
    if isinstance(rule := study.protocol.define.get(item), Formula):
        return sorted(activities(rule) & {*study.activities})
    form, _, key = item.rpartition(".")
    return [name for name, each in study.activities.items() if (key or item) in each.items and form in ("", name)]


def _is_done(name: str, arm: str, ways: Ways, study: Study, is_looked_at: bool) -> bool:
    if name in ways.asked or (not is_looked_at and (name in BUILT_IN or name in ways.free)):
        return True
    lines = [line for line in study.protocol.schedule if name in line.do]
    return any(line.anchor is None or may_happen(study, line.anchor.settled, arm) for line in lines)
