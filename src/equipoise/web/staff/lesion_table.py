"""Lesions by moments: what each imaging showed of each lesion, what was done to it, and what the guideline makes of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from ...chart import Chart, Followed, followed, responses
from ...events import Recorded, current
from ...lesions import STATUSES, Lesion
from ...logic import MET, NOT_MET
from ...recist import Assessment, baseline
from ...study import Study

RECIST = {
    "CR": "complete response", "PR": "partial response", "SD": "stable disease", "PD": "progressive disease",
    "NON_CR_NON_PD": "neither complete response nor progression", "NE": "cannot be evaluated", "NED": "no evidence of disease",
}  # fmt: skip
"""The answers of RECIST 1.1 in words. Eisenhauer et al. (2009), Eur J Cancer 45:228-247, tables 1 and 2."""
TERM = "oncology.recist_response"
"""The shared term by which a study asks for the response."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A day of imaging, or a session in which lesions were treated."""

    on: date
    kind: str
    """imaging, ablated or resected."""
    label: str
    assessment: Assessment | None = None
    """What the guideline says of it; nothing of treatments, nor of the baseline."""
    sum_mm: float | None = None
    is_baseline: bool = False
    read: str = ""
    """The response that people recorded for it."""
    event: str = ""
    """The event that recorded it, or that would."""
    item: str = ""
    activity: str = ""

    @property
    def is_imaging(self) -> bool:
        """Whether lesions were looked at."""
        return self.kind == "imaging"

    @property
    def iso(self) -> str:
        """The day, as the ledger has it."""
        return self.on.isoformat()

    @property
    def proposed(self) -> str:
        """The response that the guideline proposes."""
        return self.assessment.overall if self.assessment is not None else ""

    @property
    def proposed_words(self) -> str:
        """The same in words."""
        return RECIST.get(self.proposed, "")

    @property
    def read_words(self) -> str:
        """What was recorded, in words."""
        return RECIST.get(self.read, self.read)

    @property
    def departs(self) -> bool:
        """Whether what people recorded is not what the guideline proposes."""
        return bool(self.read and self.proposed) and self.read != self.proposed


@dataclass(frozen=True, slots=True)
class Cell:
    """What one moment says of one lesion; `state` is seen, gone, treated or nothing."""

    says: str
    state: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One lesion through all moments."""

    lesion: Lesion
    role: str
    where: str
    cells: tuple[Cell, ...]
    now: str
    """Whether tumour is there, as far as is known."""


@dataclass(frozen=True, slots=True)
class LesionTable:
    """The table."""

    moments: tuple[Moment, ...]
    lines: tuple[Line, ...]
    by: Followed
    departures: tuple[str, ...]
    """Where the targets part from the guideline."""

    @property
    def assessed(self) -> tuple[Moment, ...]:
        """The days that are compared with the baseline."""
        return tuple(each for each in self.moments if each.assessment is not None)


def lesion_table(study: Study, known: Chart) -> LesionTable:
    """The lesions of a participant by moments, in order of time."""
    by = followed(study, known)
    first = by.days[0] if by.days else None
    start = baseline(known.lesions, first, targets=by.targets, imaged=by.days, within_days=None) if first is not None else None
    assessed = {each.on: each for each in responses(study, known)}
    readings = {on: (read, event, item, activity) for on, read, event, item, activity in _readings(study, known, by.days)}
    moments = []
    for on in sorted({*by.days, *(each.on for each in known.sightings)}):
        found = assessed.get(on)
        total = found.sum_mm if found is not None else start.sum_mm if start is not None and on == first else None
        moments.append(
            Moment(on, "imaging", "Baseline" if on == first else "Imaging", found, total, on == first, *readings.get(on, ("", "", "", "")))
        )  # fmt: skip
    sessions = sorted({(each.on, each.how) for each in known.treated})
    for how, said in (("ablated", "Ablation"), ("resected", "Resection")):
        days = [on for on, kind in sessions if kind == how]
        moments += [Moment(on, how, f"{said} {number}") for number, on in enumerate(days, start=1)]
    moments.sort(key=lambda each: (each.on, each.kind == "imaging" and each.on in {on for on, _ in sessions}))
    lines = tuple(
        Line(each, _role(each, by), _where(each), tuple(_cell(each, moment) for moment in moments), _now(each))
        for each in known.lesions
    )  # fmt: skip
    return LesionTable(tuple(moments), lines, by, start.departures if start is not None else ())


def response_items(study: Study) -> list[tuple[str, str]]:
    """The items by which a study asks for the response: activity and item."""
    return [
        (name, key) for name, activity in study.activities.items() for key, item in activity.items.items() if item.use == TERM
    ]


def _readings(study: Study, known: Chart, days: tuple[date, ...]) -> Iterator[tuple[date, str, str, str, str]]:
    """For each day of imaging, the response that was recorded with it, or concluded from it before the next imaging."""
    asked = dict(response_items(study))
    if not asked:
        return
    standing = [each for each in current(known.events)[0] if isinstance(each, Recorded) and each.on.first <= known.until]
    apart = {name for name in asked if not study.activities[name].lesions}
    for index, day in enumerate(days):
        own = [each for each in standing if each.on.first == day and each.activity in asked and each.lesions is not None]
        if own:
            event = own[-1]
            item = asked[event.activity]
            yield day, str(event.values.get(item, "") or ""), event.id, item, event.activity
            continue
        following = days[index + 1] if index + 1 < len(days) else date.max
        later = [each for each in standing if day <= each.on.first < following and each.activity in apart]
        if later:
            item = asked[later[0].activity]
            yield day, str(later[0].values.get(item, "") or ""), later[0].id, item, later[0].activity
        elif apart:
            name = sorted(apart)[0]
            yield day, "", "", asked[name], name


def _role(lesion: Lesion, by: Followed) -> str:
    if lesion.id in by.targets:
        return "target, as proposed" if by.is_proposed else "target"
    return "new" if lesion.role == "new" or (by.days and lesion.found_on > by.days[0]) else "not a target"


def _where(lesion: Lesion) -> str:
    parts = ((lesion.organ or "").replace("_", " "), lesion.segment or "", "node" if lesion.is_node else "")
    return " ".join(part for part in parts if part)


def _cell(lesion: Lesion, moment: Moment) -> Cell:
    if not moment.is_imaging:
        done = any(each.on == moment.on and each.how == moment.kind for each in lesion.treated)
        return Cell(moment.kind, "treated") if done else Cell("")
    seen = [each for each in lesion.sightings if each.on == moment.on]
    if not seen:
        return Cell("not listed" if lesion.found_on < moment.on else "")
    worst = max(seen, key=lambda each: (STATUSES.index(each.status), each.diameter_mm or 0))
    size = f"{worst.diameter_mm:g}" if worst.diameter_mm is not None else ""
    if worst.status == "measured" and size:
        return Cell(size, "seen")
    said = worst.status.replace("_", " ")
    return Cell(f"{size}, {said}" if size else said, "gone" if worst.status == "absent" else "seen")


def _now(lesion: Lesion) -> str:
    if lesion.is_visible is MET:
        return "tumour there"
    if lesion.is_visible is NOT_MET:
        return "resected" if lesion.resected_on is not None else "no tumour seen"
    return "treated, not looked at since" if lesion.ablated_on is not None else "cannot be told"
