"""What an investigator signs: every criterion as it stood, and the hash of just that. A later fact asks for a new signature."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from ...chart import Chart, as_of
from ...screening import Screening, screening
from ...study import Study
from ...verifier import shown_hash
from .models import Participant, Signature

PURPOSE = "eligibility"


@dataclass(frozen=True, slots=True)
class Signed:
    """The signature on somebody's eligibility, and whether what was signed is still what is known."""

    signature: Signature | None
    holds: bool

    @property
    def is_missing(self) -> bool:
        """Whether somebody has to sign, or to sign again."""
        return not self.holds


def screened(study: Study, known: Chart, on: date) -> Screening:
    """Each criterion as of a day, as if enrolment were on that day: also once it was."""
    facts = (known if on >= known.until else as_of(known, study, on)).facts
    rows = {name: each for name, each in facts.rows.items() if name != "enrolment"}
    return screening(study, replace(facts, rows=rows, until=on))


def left(study: Study, known: Chart) -> str:
    """Why nobody signs for or randomises somebody any more, whatever was known before: they withdrew, or died; empty if not.

    Who looks back into records finds the dead there, and enrols them.
    """
    if study.protocol.design.perspective == "retrospective":
        return ""
    rows = known.facts.rows
    if rows.get("death"):
        return f"The participant died on {rows['death'][0].on}."
    return f"The participant withdrew on {rows['withdrawal'][0].on}." if rows.get("withdrawal") else ""


def record(study: Study, row: Participant, found: Screening, on: date) -> Mapping[str, Any]:
    """What is shown and signed."""
    return {
        "participant": row.participant, "study": study.protocol.study, "version": study.protocol.version, "on": on.isoformat(),
        "eligible": found.words,
        "criteria": [
            {"criterion": each.criterion.id, "kind": "include" if each.criterion.include is not None else "exclude",
             "says": each.says, "found": each.truth.value, "because": each.because}
            for each in found.verdicts
        ],
    }  # fmt: skip


def signed(study: Study, row: Participant, known: Chart) -> Signed:
    """The last signature on a participant's eligibility, and whether it still holds."""
    last = Signature.objects.filter(study=row.study, participant=row.participant, what=PURPOSE).order_by("number").last()
    if last is None:
        return Signed(None, False)
    now = record(study, row, screened(study, known, last.on), last.on)
    return Signed(last, shown_hash(now) == last.shown)
