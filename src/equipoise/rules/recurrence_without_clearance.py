"""Recurrence is counted in people who were never made free of the disease.

What it finds
    An endpoint called free of recurrence or of disease, or whose event is a recurrence, whose clock does not start with
    a procedure, of which neither `among` nor the population asks for one, in a study whose criteria do not ask for one.

Why it matters
    What was never gone cannot come back: persisting disease is counted as an early event, or as none at all.

Seen in
    Trials of resection of a primary and its metastases, where some are left with visible disease (R2) and stay in the
    count.
"""

import re
from collections.abc import Iterator

from ..finding import Severity
from ..protocol import Endpoint, Formula
from ..study import Study
from .rule import Flaw, activities, rule

BACK = re.compile(r"\brecur|\brelaps|\b(disease|recurrence|relapse)[- ]free\b|\b[DR]FS\b", re.IGNORECASE)
ONWARD = re.compile(r"\bprogress|\bevent[- ]free\b", re.IGNORECASE)
CLEARED = re.compile(r"\bresect|\bablat|\bremov|\bsurg|\boperat|complete response|free of|\bno evidence\b", re.IGNORECASE)


@rule(Severity.ERROR)
def recurrence_without_clearance(study: Study) -> Iterator[Flaw]:
    if any(_clears(criterion.text, criterion.rule, study) for criterion in study.protocol.eligibility):
        return
    for name, endpoint in study.protocol.endpoints.items():
        if endpoint.kind not in ("time_to_event", "occurrence") or not _is_of_recurrence(endpoint, study):
            continue
        if _clears(str(endpoint.from_ or ""), endpoint.from_, study) or _clears("", endpoint.among, study):
            continue
        analyses = [each for each in study.protocol.analyses.values() if each.endpoint == name]
        populations = [each.estimand.population if each.estimand is not None else "" for each in analyses]
        if populations and all(_tells_clearance(one, study) for one in populations):
            continue
        says = (
            f"'{name}' counts recurrence from {endpoint.from_ or 'enrolment'}, and nothing says that its participants were "
            "made free of the disease by then"
        )
        fix = "start the clock at the operation or ablation, or say `among:` those in whom nothing was left"
        yield Flaw(endpoint.place, says, name, fix)


def _is_of_recurrence(endpoint: Endpoint, study: Study) -> bool:
    title = endpoint.label or endpoint.name.replace("_", " ")
    forms = activities(*endpoint.events) - {"death"}
    back = [form for form in forms if BACK.search(f"{form} {study.label(form)}".replace("_", " "))]
    return bool(BACK.search(title) or (back and forms == {*back})) and not ONWARD.search(title)


def _clears(words: str, formula: object, study: Study) -> bool:
    """Whether words or a formula speak of what takes the disease away."""
    if CLEARED.search(words.replace("_", " ")):
        return True
    if not isinstance(formula, Formula):
        return bool(CLEARED.search(getattr(formula, "judge", "")))
    forms = activities(formula)
    return any(study.activities[form].procedure or study.activities[form].treats for form in forms if form in study.activities)


def _tells_clearance(population: str, study: Study) -> bool:
    group, defined = study.protocol.groups.get(population), study.protocol.define.get(population)
    member = group.member if group is not None else defined
    return population == "treated" or _clears(population, member, study)
