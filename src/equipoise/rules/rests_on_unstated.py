"""A primary analysis rests on choices that the source does not make.

What it finds
    A primary endpoint, or the analysis of it, whose source is `ours`: the measure, the test, the level or what is
    adjusted for are this file's, not the trial's.

Why it matters
    A result is only as planned as its analysis was. Who reads it should know which part was promised by the trial and
    which was filled in by whoever wrote the file.

Seen in
    Every one of the five trials that come with equipoise: their pages name outcomes, and no analysis.
"""

from collections.abc import Iterator

from ..finding import Severity
from ..study import Study
from .rule import Flaw, rule


@rule(Severity.NOTE)
def rests_on_unstated(study: Study) -> Iterator[Flaw]:
    primary = {each.name for each in study.protocol.primary}
    for endpoint in study.protocol.primary:
        if endpoint.source == "ours":
            says = f"the primary endpoint '{endpoint.name}' is this file's: its source is 'ours'"
            yield Flaw(endpoint.place, says, endpoint.name, "ask the investigators, and cite their answer")
    for each in study.protocol.analyses.values():
        if each.endpoint in primary and each.source == "ours" and not each.post_hoc:
            says = f"the analysis '{each.name}' of the primary endpoint is this file's: its source is 'ours'"
            yield Flaw(each.place, says, each.name, "ask the investigators for the analysis plan, and cite it")
