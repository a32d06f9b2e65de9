"""Something can come between a participant and an outcome, and an estimand does not say how that is dealt with.

What it finds
    In an analysis that compares arms or groups in time to an event, an intercurrent event without a strategy: one that
    ends treatment on the pathway (withdrawal, the end of treatment), sends a participant elsewhere from anywhere
    (crossover), or for which another analysis of the same comparison has a strategy.
    So is an event with which another comparison of the same outcome deals, and this one does not.

Why it matters
    Counted on, censored, or counted as failures: each answers another question, and the choice can turn the result. ICH
    E9(R1) has it made before the data are seen.

Seen in
    Trials of local treatment for metastases, where those whose liver tests never allow it are withdrawn, and no page says
    whether they are counted in the arm that they were assigned to.
"""

from collections.abc import Iterator

from ..finding import Severity
from ..protocol import Analysis, Formula
from ..study import Study
from .rule import Flaw, activities, in_words, rule

LEAVING = ("withdrawal", "off_treatment")


@rule(Severity.WARNING)
def intercurrent_without_strategy(study: Study) -> Iterator[Flaw]:
    yield from _told_elsewhere(study)
    compared = [each for each in study.protocol.analyses.values() if _compares(each, study)]
    for each in compared:
        assert each.estimand is not None
        of_others = {
            event for other in compared for event in (other.estimand.intercurrent if other.estimand else ())
            if other is not each and other.estimand is not None and other.estimand.contrast == each.estimand.contrast
        }  # fmt: skip
        possible = dict.fromkeys([*_events(study), *sorted(of_others)])
        told = {"death", *each.estimand.intercurrent, *_outcomes(study)}
        groupings = _groupings(each, study)
        if each.landmark is not None:  # who crosses over after the landmark stays in the group told there, or does not
            possible |= dict.fromkeys(sorted(groupings & {*study.activities} - told))
        elif each.time_dependent or each.emulate:
            told |= groupings
        unsaid = [event for event in possible if event not in told]
        if unsaid:
            says = f"'{each.name}' does not say how {in_words(unsaid)} {'is' if len(unsaid) == 1 else 'are'} dealt with"
            yield Flaw(
                each.estimand.place, says, each.name, "add each to `intercurrent` with its strategy: treatment_policy, say"
            )


def _told_elsewhere(study: Study) -> Iterator[Flaw]:
    """What one comparison of an outcome deals with and another comparison of the same outcome passes over."""
    every = [each for each in study.protocol.analyses.values() if each.estimand is not None and len(each.estimand.compared) > 1]
    for each in every:
        alike = [one for one in every if one.endpoint == each.endpoint and one is not each]
        if _compares(each, study) or each.estimand is None:
            continue
        told = {event for one in alike if one.estimand is not None for event in one.estimand.intercurrent}
        if unsaid := sorted(told - {*each.estimand.intercurrent}):
            says = (
                f"'{each.name}' does not say how {in_words(unsaid)} {'is' if len(unsaid) == 1 else 'are'} dealt with, "
                f"and another analysis of '{each.endpoint}' does"
            )
            yield Flaw(each.estimand.place, says, each.name, "deal with it in both, each in its way")


def _compares(each: Analysis, study: Study) -> bool:
    """Whether an analysis compares how soon something happens."""
    endpoint = study.protocol.endpoints[each.endpoint]
    return each.estimand is not None and len(each.estimand.compared) > 1 and endpoint.kind == "time_to_event"


def _outcomes(study: Study) -> frozenset[str]:
    """What some endpoint counts as its event: the course of the disease, not what comes in its way."""
    return activities(*(moment for each in study.protocol.endpoints.values() for moment in each.events)) - {*LEAVING}


def _groupings(each: Analysis, study: Study) -> frozenset[str]:
    """What tells the groups apart that are compared: a model in which that changes with time has dealt with it."""
    assert each.estimand is not None
    groups = [study.protocol.groups[name] for name in each.estimand.compared if name in study.protocol.groups]
    defined = [study.protocol.define.get(name) for name in each.estimand.compared]
    return activities(*(group.member for group in groups), *(one for one in defined if isinstance(one, Formula)))


def _events(study: Study) -> Iterator[str]:
    """What takes participants off the treatment they came for."""
    pathway = study.protocol.pathway
    if pathway is None:
        return
    for reaction in pathway.anywhere:
        if reaction.on != "death":
            yield reaction.on
    for step in pathway.steps.values():
        yield from (name for name in step.do if name in LEAVING)
