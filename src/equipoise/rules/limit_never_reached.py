"""A limit on how often a step may be entered that nobody ever comes to.

What it finds
    A step with a `limit`, where every history enters it less often: what bounds it is something else.

Why it matters
    Whoever reads "ten sessions at most" plans for ten. If other limits allow four, one of the two numbers is a mistake; and
    the limit that does bound the loop may be taken away by somebody who trusts this one.

Seen in
    Nowhere yet: registers give one number, and not the loop that it ends.
"""

from collections.abc import Iterator

from ..finding import Severity
from ..journeys import everywhere
from ..study import Study
from .rule import Flaw, rule


@rule(Severity.WARNING)
def limit_never_reached(study: Study) -> Iterator[Flaw]:
    pathway = study.protocol.pathway
    here = everywhere(study)
    if pathway is None or not all(each.whole for each in here.values()):
        return
    for name, step in pathway.steps.items():
        most = max((each.most_entries(name) for each in here.values()), default=0)
        if step.limit is not None and 0 < most < step.limit:
            times = "once" if most == 1 else f"{most} times"
            says = f"step '{name}' may be entered {step.limit} times, and no history enters it more than {times}"
            yield Flaw(step.place, says, name, f"say `limit: {most}`, or mend what keeps participants from coming back to it")
