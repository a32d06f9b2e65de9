"""A value is neither included nor excluded.

What it finds
    An inclusion and an exclusion that bound one measure at the same end and do not meet: ECOG 0 or 1 is included, ECOG
    above 2 excluded. Between them lies a value of which the protocol says neither.

Why it matters
    Such a person cannot join, and is not excluded either: one site turns them away, the next asks for a waiver.

Seen in
    NCT05271110 includes ECOG 0-1 and excludes ECOG above 2: ECOG 2 is neither. NCT03161522 includes ECOG 0-2 and
    excludes ECOG above 3.
"""

from collections.abc import Iterator

from ..bounds import values_said
from ..eligibility import missed, misser, when_said
from ..finding import Severity
from ..study import Study
from .rule import Flaw, rule


@rule(Severity.ERROR)
def inclusion_exclusion_gap(study: Study) -> Iterator[Flaw]:
    for each in missed(study):
        if each.apart.kind != "gap":
            continue
        shown = misser(each, study)
        if shown is None:
            continue
        value = values_said(each.limit, each.apart.cells, study)
        says = (
            f"{value} is neither included nor excluded{when_said(each, study)}: "
            f"'{each.kept.id}' includes {each.kept.rule}, '{each.barred.id}' excludes {each.barred.rule}"
        )
        fix = "let the exclusion begin where the inclusion ends, or leave it out"
        yield Flaw(each.place, says, each.barred.id, fix, shown.witness)
