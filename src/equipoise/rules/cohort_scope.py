"""It is not clear for which cohort a criterion holds.

What it finds
    Words that tie a criterion to one cohort while it is asked of all; a cohort of which nothing says who belongs to it;
    and a criterion that reads what is never asked of the cohort for which it holds.

Why it matters
    A criterion read for the wrong cohort bars everybody in it, or nobody.

Seen in
    NCT05271110 writes "applies only to the primary cohort" after one exclusion among thirteen.
"""

import re
from collections.abc import Iterator

from ..bounds import item_of
from ..eligibility import Way, cohorts, groups, somebody, wanted
from ..expression.tree import Pick, parts
from ..finding import Severity
from ..logic import MET
from ..protocol import Criterion, Judgement
from ..shown import Proven
from ..study import Study
from ..wordings import texts
from .rule import Flaw, rule


@rule(Severity.WARNING)
def cohort_scope(study: Study) -> Iterator[Flaw]:
    yield from _undefined(study)
    ways = (*cohorts(study), *groups(study))
    for each in study.protocol.eligibility:
        if way := _said_scope(each, [way for way in ways if way.name], study):
            says = f"the words of '{each.id}' tie it to {way}, and it is asked of everybody"
            yield Flaw(each.rule.place, says, each.id, f"say {way.kind}s: [{way.name}]")
        yield from _never_asked(each, ways, study)


def _undefined(study: Study) -> Iterator[Flaw]:
    """Cohorts to which anybody could belong."""
    scoped = {name for each in study.protocol.eligibility for name in each.cohorts}
    if not study.protocol.eligibility:
        return
    for name, cohort in study.protocol.cohorts.items():
        if cohort.member is None and name not in scoped and len(study.protocol.cohorts) > 1:
            says = f"nothing says who belongs to cohort '{name}': it has no 'member' and no criterion of its own"
            yield Flaw(cohort.place, says, name, "say member: and by what somebody belongs to it")


def _said_scope(criterion: Criterion, ways: list[Way], study: Study) -> Way | None:
    if criterion.cohorts or criterion.groups or len(ways) < 2:
        return None
    words = " ".join(texts(criterion))
    named = []
    for way in ways:
        known = study.protocol.cohorts.get(way.name) or study.protocol.groups[way.name]
        for name in {way.name.replace("_", " "), known.label.lower()} - {""}:
            short = re.sub(r"\b(?:cohort|group|arm)\b", "", name).strip()
            if not short:
                continue
            if re.search(rf"\b{re.escape(short)} (?:cohort|group)\b", words, re.IGNORECASE):
                named.append(way)
                break
    return named[0] if len(named) == 1 else None


def _never_asked(criterion: Criterion, ways: tuple[Way, ...], study: Study) -> Iterator[Flaw]:
    """Facts that a criterion reads and that are asked of nobody for whom it holds."""
    if isinstance(criterion.rule, Judgement):
        return
    for part in dict.fromkeys(part for part in parts(criterion.rule.settled) if isinstance(part, Pick)):
        item = item_of(part, study)
        if item is None or item.when is None or item.when.tree is None:
            continue
        for way in ways:
            if way.name not in (*criterion.cohorts, *criterion.groups):
                continue
            asked = somebody(study, {**wanted(study, way, ()), "asked": (item.when.settled, MET)})
            if isinstance(asked, Proven):
                says = f"'{criterion.id}' reads '{part.of.name}', which is asked of nobody in {way}"
                yield Flaw(criterion.rule.place, says, criterion.id, "ask for it there, or say for whom the criterion holds")
