"""A value is included and excluded.

What it finds
    An inclusion and an exclusion that bound one measure at the same end and reach into each other: up to three lesions are
    included, three or more excluded.

Why it matters
    Whoever has that value meets the inclusion and is excluded all the same, and nobody can tell which of the two was meant.

Seen in
    Nowhere yet: written down from the mutants of the shipped studies, where a bound shifted by one leaves it.
"""

from collections.abc import Iterator

from ..bounds import values_said
from ..eligibility import missed, misser, when_said
from ..finding import Severity
from ..study import Study
from .rule import Flaw, rule


@rule(Severity.ERROR)
def inclusion_exclusion_overlap(study: Study) -> Iterator[Flaw]:
    for each in missed(study):
        if each.apart.kind != "overlap":
            continue
        shown = misser(each, study)
        if shown is None:
            continue
        value = values_said(each.limit, each.apart.cells, study)
        says = (
            f"{value} is included and excluded{when_said(each, study)}: "
            f"'{each.kept.id}' includes {each.kept.rule}, '{each.barred.id}' excludes {each.barred.rule}"
        )
        yield Flaw(each.place, says, each.barred.id, "let the exclusion begin where the inclusion ends", shown.witness)
