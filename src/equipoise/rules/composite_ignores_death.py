"""An endpoint is called a survival, and death is neither its event nor a competing one.

What it finds
    A time to an event whose title says survival ("progression-free survival") and whose events do not include death,
    where death is not named as competing either.

Why it matters
    Whoever dies without the event leaves the count as if nothing could have happened, or as if it might still happen.
    The arm in which more die looks better for it.

Seen in
    Pages of the randomised trial of ablation for pancreatic cancer with few liver metastases, where progression-free
    survival is the time from ablation to recurrence in the liver, and nothing is said of those who die before.
"""

import re
from collections.abc import Iterator

from ..finding import Severity
from ..study import Study
from .rule import Flaw, activities, rule

SURVIVAL = re.compile(r"\bsurviv|[- ]free\b|\b[DEPR]FS\b", re.IGNORECASE)


@rule(Severity.WARNING)
def composite_ignores_death(study: Study) -> Iterator[Flaw]:
    for name, endpoint in study.protocol.endpoints.items():
        title = endpoint.label or name.replace("_", " ")
        if endpoint.kind != "time_to_event" or not SURVIVAL.search(title):
            continue
        if "death" not in activities(*endpoint.events, *endpoint.competing):
            says = f"'{name}' is called '{title}', and death is neither its event nor competing with it"
            fix = "add `death` to `event`, or to `competing` where the other event alone is meant"
            yield Flaw(endpoint.place, says, name, fix)
