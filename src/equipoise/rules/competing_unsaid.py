"""Death can come before the event of an endpoint, and nothing says what it counts as.

What it finds
    A time to an event other than death, not called a survival, for which death is not among the competing events, and of
    which an analysis does not say how death is dealt with (`intercurrent: {death: ...}`).

Why it matters
    Censored at death, a person counts as one who might still have the event. One minus Kaplan-Meier then shows more
    events than there were, and the more so in the arm in which more die.

Seen in
    The colon cancer trial of levamisole, whose data censor recurrence at death; its study file says that this is the
    hypothetical strategy.
"""

from collections.abc import Iterator

from ..finding import Severity
from ..study import Study
from .composite_ignores_death import SURVIVAL
from .rule import Flaw, activities, rule


@rule(Severity.WARNING)
def competing_unsaid(study: Study) -> Iterator[Flaw]:
    for name, endpoint in study.protocol.endpoints.items():
        if endpoint.kind != "time_to_event" or SURVIVAL.search(endpoint.label or name.replace("_", " ")):
            continue
        if "death" in activities(*endpoint.events, *endpoint.competing):
            continue
        analyses = [each for each in study.protocol.analyses.values() if each.endpoint == name]
        silent = [each for each in analyses if each.estimand is None or "death" not in each.estimand.intercurrent]
        fix = "add `competing: [death]`, or say the strategy in the estimand: `intercurrent: {death: ...}`"
        says = f"whoever dies before the event of '{name}' can no longer have it, and"
        if not analyses:
            yield Flaw(endpoint.place, f"{says} death is not said to compete with it", name, fix)
        for each in silent:
            yield Flaw(each.place, f"{says} the analysis '{each.name}' does not say what death counts as", each.name, fix)
