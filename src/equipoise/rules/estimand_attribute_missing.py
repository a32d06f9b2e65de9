"""An analysis tests or compares without saying all of what it estimates.

What it finds
    An analysis with a level, a test or adjustment whose estimand lacks who is counted, the comparison, or the number that
    sums it up; or
    that has no estimand at all. In a study of several arms or groups, a test without a contrast tests nobody knows what.

Why it matters
    ICH E9(R1) asks for treatment, population, variable, intercurrent events and summary, since two analyses that differ
    in one of them answer two questions.

Seen in
    Every register entry: outcomes have a title and a time frame, and none of the five attributes.
"""

from collections.abc import Iterator

from ..finding import Severity
from ..study import Study
from .rule import Flaw, in_words, rule


@rule(Severity.WARNING)
def estimand_attribute_missing(study: Study) -> Iterator[Flaw]:
    compares = len(study.protocol.arms) > 1 or len(study.protocol.groups) > 1
    for name, each in study.protocol.analyses.items():
        infers = bool(each.test or each.alpha is not None)
        estimand = each.estimand
        if estimand is None:
            if infers or each.adjust or each.landmark or each.time_dependent or each.emulate:
                says = f"'{name}' infers and has no estimand: who is counted, what is compared, by which number"
                yield Flaw(each.place, says, name, "add `estimand: {population, contrast, intercurrent, summary}`")
            continue
        missing = ["population"] if not estimand.population and (infers or estimand.contrast) else []
        everyone = estimand.counted in ("enrolled", "randomised", "treated")
        by_group = each.landmark is not None or each.time_dependent or each.emulate is not None
        if (by_group or (compares and everyone and (infers or "difference" in estimand.summary))) and not estimand.contrast:
            missing.append("contrast")
        if not estimand.summary and (infers or estimand.contrast):
            missing.append("summary")
        if missing:
            says = f"the estimand of '{name}' does not say its {in_words(missing)}"
            yield Flaw(estimand.place, says, name, "a summary is the number that sums up, a contrast who is compared with whom")
