"""A study file drafted from a record: each line with its source, and what the record does not say marked as unstated."""

from dataclasses import dataclass, replace
from pathlib import Path

from ..finding import Finding, Unreadable, errors
from ..registries.record import FIELDS, Confidence, Record, surest, trial_number
from ..rules import findings
from ..rules.cohort_cannot_enter import cohort_cannot_enter
from ..rules.nobody_can_enter import nobody_can_enter
from ..study import Study, Unsound, study
from .design import arms, designed, treatments
from .eligibility import eligibility
from .endpoints import endpoints
from .made import NAMES_TAKEN, Made, slug
from .mending import accept, mended, questioned
from .prose import aims_told, arms_told, pathway_told, treatments_told
from .schedule import scheduled
from .telling import file_text, pages, rest

__all__ = ["NAMES_TAKEN", "Draft", "draft"]

ENTRY = (nobody_can_enter, cohort_cannot_enter)
"""The rules that find criteria which let nobody in."""


@dataclass(frozen=True)
class Draft:
    """A drafted study: the text of its file, the study that it loads as, and what `check` finds in it."""

    text: str
    study: Study
    findings: tuple[Finding, ...]
    name: str

    @property
    def unstated(self) -> tuple[str, ...]:
        """What the record does not say, or not in words that are understood."""
        return tuple(each.what for each in self.study.protocol.unstated)


def draft(record: Record, *, name: str = "") -> Draft:
    """A study drafted from a record. It loads, and nothing that `check` calls an error is left unexplained.

    An expression that does not hold in the study becomes a question that a person answers. What `check` finds wrong in what
    the record says is kept, as the record's, under `accepted`: whoever takes up the draft decides.

    Args:
        record: The record; of a trial with several, the merged one.
        name: What the study is called; unsaid, its number or its title.

    Raises:
        Unreadable: The record says nothing of a trial.
    """
    called = surest(record.title) or surest(record.official_title)
    number = trial_number(record)
    if not (called or number or record.summary or record.description):
        raise Unreadable("the record holds no title, no number and no description of a trial: there is nothing to draft")
    every = [each for field in FIELDS for each in record.said(field)]
    if not number and all(each.confidence is Confidence.UNSURE for each in every):
        raise Unreadable("nothing in it has a label or a trial's number: whether it is about a trial cannot be told")
    name = slug(name or number or (called.value if called else Path(pages(record)[0]).stem), 60).replace("_", "-") or "trial"
    made = Made(record, name)
    drawn(made)
    for _ in range(6):
        text = file_text(made)
        try:
            told = study(text)
        except Unsound as why:
            raise AssertionError(f"a draft that cannot be read: {why.findings[0]}") from why
        if not mended(made, errors(told.findings)):
            break
    for _ in range(4):  # criteria that let nobody in are more likely misread than meant
        barred = [each for each in errors(findings(told, ENTRY)) if each.rule in {rule.name for rule in ENTRY}]
        if not questioned(made, barred):
            break
        text = file_text(made)
        told = study(text)
    found = told.check()
    if faults := errors(found):
        for each in faults:
            accept(made, each)
        text = file_text(made)
        told = study(text)  # no line of it has moved: what is accepted stands at its end
        reasons = {(each.finding, each.about): each.why for each in told.protocol.accepted}
        found = tuple(
            replace(each, accepted=reason) if (reason := reasons.get((each.rule, each.about), "")) else each for each in found
        )
    return Draft(text, told, found, name)


def drawn(made: Made) -> None:
    """All parts, in the order in which they lean on each other."""
    designed(made)
    treatments(made)
    treatments_told(made)
    arms(made)
    arms_told(made)
    eligibility(made)
    pathway_told(made)
    scheduled(made)
    endpoints(made)
    aims_told(made)
    rest(made)
