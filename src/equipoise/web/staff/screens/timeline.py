"""One participant: where they stand, what is next and why, what is due, what happened, what deviated."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Any

from django.http import HttpResponse

from ....calendar import When
from ....deviations import deviations
from ....due import due
from ....events import Corrected, Decided, Event, Recorded, current
from ....expression.facts import Unclear, Value
from ....pathway import Deviation
from ....study import Study
from ..eligibility import signed
from ..forms import UNITS
from ..here import Here, Screen
from ..judgements import may_correct
from ..nexts import nexts
from ..projections import standing
from ..templatetags.words import day

RECENT = 12
"""Entries that are shown at once; the earlier ones open on demand."""


def timeline(here: Here) -> HttpResponse:
    """The page."""
    known, study = here.chart, here.promised
    happened = _happened(here)
    owed = due(study, known)
    found = deviations(study, known, owed)
    steps = [
        {
            "label": _step(study, visit.step),
            "visit": visit,
            "is_now": visit.left is None,
            "days": days(visit.entered, visit.left),
        }
        for visit in known.visits
    ]
    listed = [
        name for name in study.activities
        if name not in ("judgement", "randomisation", "enrolment") or (name == "enrolment" and not known.first("enrolment"))
    ]  # fmt: skip
    return here.page(
        nexts=nexts(here), steps=steps, standing=standing(study, known), deviations=_deviated(study, found),
        happened=happened, recent=happened[:RECENT], earlier=happened[RECENT:], signature=signed(here.study, here.who, known), arm=here.arm_of(here.who),
        done=[each for each in owed if each.done_on is not None], missed=[each for each in owed if each.status == "missed"],
        activities=[(name, study.label(name)) for name in listed], shows_arm=here.sees_arm,
    )  # fmt: skip


def _deviated(study: Study, found: Iterable[Deviation]) -> list[tuple[date, str]]:
    """Day and sentence of each deviation, newest first; what was missed or done on a wrong day, visit by visit."""
    told: dict[tuple[date, str], list[str]] = {}
    labels = sorted({study.label(name) for name in study.activities}, key=len, reverse=True)
    for each in found:
        name = next((label for label in labels if each.says.startswith(f"{label} (")), "")
        told.setdefault((each.on, each.says.removeprefix(name)), []).append(name)
    rows = []
    for (on, rest), names in told.items():
        several = rest.replace(") was due by ", ") were due by ").replace(" and is not recorded", " and are not recorded")
        rows.append((on, f"{', '.join(names)}{several if len(names) > 1 else rest}"))
    return sorted(rows, key=lambda each: each[0], reverse=True)


def days(first: date, last: date | None) -> str:
    """A stretch of days in as few words as it takes.

    >>> days(date(2026, 1, 22), date(2026, 1, 29)), days(date(2026, 1, 22), None)
    ('22 – 29 Jan 2026', '22 Jan 2026 – now')
    """
    if last is None:
        return f"{day(first)} – now"
    if first == last:
        return day(first)
    start = (
        f"{first.day}"
        if (first.year, first.month) == (last.year, last.month)
        else f"{first.day} {first:%b}"
        if first.year == last.year
        else day(first)
    )
    return f"{start} – {day(last)}"


def _step(study: Study, name: str) -> str:
    steps = study.protocol.pathway.steps if study.protocol.pathway is not None else {}
    return (steps[name].label if name in steps else "") or name.replace("_", " ")


def _happened(here: Here) -> list[dict[str, Any]]:
    """What was recorded, newest first, as it stands; what was corrected is shown beneath it, as it first stood."""
    study, known = here.study, here.chart
    standing_now = {event.id: event for event in current(known.events)[0]}
    corrections: dict[str, list[Corrected]] = {}
    for event in known.events:
        if isinstance(event, Corrected):
            corrections.setdefault(event.corrects, []).append(event)
    found: list[dict[str, Any]] = []
    for event in known.events:
        if isinstance(event, Corrected):
            continue
        now = standing_now.get(event.id)
        found.append(
            {
                "id": event.id, "on": (now or event).on, "title": title(study, event), "by": event.by, "role": event.role,
                "entered": event.entered, "values": values(study, now or event), "note": event.note,
                "withdrawn": now is None, "corrections": corrections.get(event.id, []),
                "first": values(study, event) if event.id in corrections else [], "emptied": _emptied(study, event, now),
                "may_correct": now is not None and may_correct(here, study, now),
            }
        )  # fmt: skip
    found.sort(key=lambda each: (each["on"].first, each["on"].last), reverse=True)
    for before, each in pairwise(found):
        each["same_day"] = each["on"] == before["on"]
    return found


def _emptied(study: Study, event: Event, now: Event | None) -> list[str]:
    """The labels of answers that were withdrawn since."""
    if not isinstance(event, Recorded) or not isinstance(now, Recorded):
        return []
    left = {label for label, _ in values(study, now)}
    return [label for label, _ in values(study, replace(event, lesions=None)) if label not in left]


def title(study: Study, event: Event) -> str:
    """What an event is called."""
    match event:
        case Recorded():
            return study.label(event.activity)
        case Decided():
            return f"Decision: {event.option.replace('_', ' ')}"
        case Corrected():
            return "Correction"


def values(study: Study, event: Event) -> list[tuple[str, str]]:
    """The answers of an event in words, label and value."""
    if isinstance(event, Decided):
        told = [("Why", event.reason), ("How many took part", str(event.members or ""))]
        return [each for each in told if each[1]]
    activity = study.activities.get(event.activity) if isinstance(event, Recorded) else None
    items = activity.items if activity is not None else {}
    found = []
    for name, value in event.values.items():
        item = items.get(name)
        label = (item.judge or item.label if item is not None else "") or name.replace("_", " ")
        options = (
            {str(code): told for code, told in item.of.items()} if item is not None and isinstance(item.of, Mapping) else {}
        )
        said = in_words(value)
        unit = f" {UNITS.get(item.unit, item.unit)}" if item is not None and item.unit and isinstance(value, float) else ""
        found.append((label[:1].upper() + label[1:], f"{options.get(said) or said}{unit}"))
    for each in event.lesions or ():
        size = f"{each.diameter_mm:g} mm" if each.diameter_mm is not None else each.status.replace("_", " ")
        found.append(
            (f"Lesion {each.id}", " ".join(part for part in (each.organ.replace("_", " "), each.segment, size) if part))
        )
    if event.lesions == ():
        found.append(("Lesions", "none seen"))
    return found


def in_words(value: Value) -> str:
    """An answer in words."""
    match value:
        case bool():
            return "yes" if value else "no"
        case float() | int():
            return f"{value:g}"
        case When():
            return str(value)
        case tuple():
            return ", ".join(value)
        case Unclear():
            return f"'{value.text}' ({value.why.value})"
        case _:
            return str(value)


SCREEN = Screen("timeline", "p/<str:who>/", "see_chart", timeline, tab="Timeline", shows=("arm",), methods=("GET",))
