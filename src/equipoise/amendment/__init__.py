"""An amendment: two versions of a study, what changes between them, for whom, and what has to be done about it.

Changes are found by comparing what the two files mean, not their letters: a criterion whose definition changed has changed.
Who would be let in or kept out is asked of the solver, and whoever it shows is screened again under both versions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ..due import Due
from ..events import Event
from ..finding import errors
from ..study import Study
from .admission import Admission, admissions, either
from .affected import Affected, Moved, Recollected, affected, recollected
from .changes import Change, changes

__all__ = ["Admission", "Affected", "Amended", "Change", "Moved", "Recollected", "amended", "as_json", "before", "either"]


@dataclass(frozen=True)
class Amended:
    """Two versions of a study compared."""

    old: str
    new: str
    affects: str
    changes: tuple[Change, ...]
    admissions: tuple[Admission, ...]
    recollect: tuple[Recollected, ...]
    people: tuple[Affected, ...] = ()


def before(study: Study) -> Study | None:
    """The version before the one at hand: the last that an amendment names, else the highest number; None if none is kept."""
    named = [each.version for each in study.protocol.amendments if each.version in study.earlier]
    numbered = sorted(study.earlier, key=lambda each: [int(part) if part.isdigit() else -1 for part in each.split(".")])
    return study.earlier[(named or numbered)[-1]] if study.earlier else None


def amended(
    old: Study, new: Study, people: Mapping[str, Sequence[Event]] | None = None, *, until: date | None = None
) -> Amended:
    """What changes from one version of a study to another.

    Args:
        old: The version before.
        new: The version after.
        people: Participants' events, to say what changes for each.
        until: The day up to which facts are known; unsaid, each participant's last event.

    Raises:
        ValueError: One of the two has errors, so that what it means is not known.
    """
    for study in (old, new):
        if errors(study.findings):
            raise ValueError(f"version {study.protocol.version or 'unnamed'} has errors that must be mended first")
    return Amended(
        old=old.protocol.version, new=new.protocol.version,
        affects="; ".join(each.affects for each in new.protocol.amendments if each.version == new.protocol.version and each.affects),
        changes=tuple(changes(old, new)), admissions=tuple(admissions(old, new)), recollect=tuple(recollected(old, new)),
        people=tuple(affected(who, events, old, new, until) for who, events in (people or {}).items() if events),
    )  # fmt: skip


def as_json(found: Amended) -> dict[str, object]:
    """A comparison as plain values."""

    def owed(item: Due) -> dict[str, object]:
        return {"activity": item.activity, "target": item.target, "opens": item.opens,
                "closes": None if item.closes.year == 9999 else item.closes, "because": item.because}  # fmt: skip

    return {
        "from": found.old, "to": found.new, "affects": found.affects,
        "changes": [
            {"part": each.part, "about": each.about, "kind": each.kind, "says": each.says, "line": each.place.line or None,
             "details": [{"word": word, "before": was or None, "after": now or None} for word, was, now in each.details]}
            for each in found.changes
        ],
        "eligibility": [
            {"criterion": each.criterion, "effect": each.effect, "found": each.found, "says": str(each), "why": each.why or None,
             "shown_by": each.who.splitlines() or None}
            for each in found.admissions
        ],
        "recollect": [{"activity": each.activity, "item": each.item, "why": each.why} for each in found.recollect],
        "participants": [
            {"participant": each.participant, "held_to": each.held_to, "basis": each.basis, "touched": each.is_touched,
             "moved": [{"before": owed(one.before), "after": owed(one.after)} for one in each.moved],
             "newly_due": [owed(one) for one in each.newly_due], "no_longer_due": [owed(one) for one in each.no_longer_due],
             "recollect": [{"activity": a, "on": on, "says": says} for a, on, says in each.recollect],
             "stands": [{"before": was, "after": now} for was, now in each.stands],
             "eligible_before": each.eligible_before or None, "eligible_after": each.eligible_after or None,
             "outcomes": [{"endpoint": name, "before": was, "after": now} for name, was, now in each.outcomes],
             "new_deviations": list(each.new_deviations)}
            for each in found.people
        ],
    }  # fmt: skip
