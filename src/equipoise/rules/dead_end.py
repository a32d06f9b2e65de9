"""A participant can come to a step from which nothing leads on.

What it finds
    A step where somebody stands for ever: what it leads to may not be entered again, a condition reads what is not recorded
    any more on that way, or nobody can ever tell that something did not happen, as it is not among `closed`. The history
    that leads there comes with the finding.

Why it matters
    The protocol falls silent while the participant goes on living. At the bedside somebody will improvise.

Seen in
    Nowhere yet: the pathways of real protocols are prose, in which a dead end reads like any other sentence.
"""

from collections.abc import Iterator

from ..expression.english import english
from ..finding import Severity
from ..journeys import Astray, Journeys, Stuck, everywhere, history, stuck
from ..study import Study
from ..witness import Claim, Holds, Stands
from .rule import Flaw, rule


@rule(Severity.ERROR)
def dead_end(study: Study) -> Iterator[Flaw]:
    seen: set[tuple[str, str, str]] = set()
    for here in everywhere(study).values():
        for each in stuck(here):
            if (each.step, each.why, each.what) in seen or each.why == "waits":
                continue  # a guard without a time-out is found while the file is read
            seen.add((each.step, each.why, each.what))
            yield _flaw(study, here, each)


def _flaw(study: Study, here: Journeys, each: Stuck) -> Flaw:
    step = here.machine.steps[each.step]
    says, fix = _says(study, each)
    claims: tuple[Claim, ...] = (
        Stands(each.step, stuck=each.for_ever),
        *(Holds(english(tree, study.scope), truth, tree) for tree, truth in each.goals),
    )
    try:
        return Flaw(step.place, says, each.step, fix, history(study, here, here.way(each.state), claims))
    except Astray as why:
        return Flaw(step.place, f"not decided: whether {says}; {why}", each.step, fix, severity=Severity.NOTE)


def _says(study: Study, each: Stuck) -> tuple[str, str]:
    step = f"'{each.step}'"
    match each.why:
        case "used up":
            limit = study.protocol.pathway.steps[each.what].limit if study.protocol.pathway is not None else None
            says = f"from {step} nothing leads on once '{each.what}' was entered {limit} times, as often as it may be"
            return says, f"give {step} another way out, or '{each.what}' another limit"
        case "no branch":
            return f"at {step} no branch may be met, and nothing leads on", "say where to go `otherwise`"
        case "not closed":
            says = f"at {step} nothing leads on while nobody can tell that '{each.what}' did not happen"
            return says, f"put '{each.what}' among `closed`, if what is not recorded of it did not happen"
        case _:
            what = f"'{each.what}'" if each.what else "what it turns on"
            says = f"at {step} nothing leads on: it turns on {what}, which no step asks for before or there"
            return says, f"ask for {what} in `do` of {step} or of a step before, or say where to go when it is `unknown`"
