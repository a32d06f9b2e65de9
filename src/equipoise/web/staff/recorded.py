"""The events of a participant as they stand, each with its fields in words: what queries, verification and copies are about."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...events import Decided, Recorded, current
from ...study import Study
from .forms import UNITS
from .here import Here
from .models import Source
from .screens.timeline import in_words, title

BESIDE = {
    "on": "Day",
    "lesions": "Lesions",
    "note": "Note",
    "option": "Chosen",
    "reason": "Why",
    "members": "How many took part",
}
"""Fields that no item of the study names."""


@dataclass(frozen=True, slots=True)
class Standing:
    """An event as it stands, with its fields: name, label and value in words."""

    row: Source
    event: Recorded | Decided
    title: str
    fields: Mapping[str, tuple[str, str]]


def recorded(here: Here) -> tuple[Standing, ...]:
    """The participant's events as they stand, newest first; without the arm for whoever may not know it."""
    rows = {each.event: each for each in Source.objects.filter(study=here.slug, participant=here.who.participant)}
    found = [
        Standing(rows[each.id], each, title(here.study, each), in_fields(here.study, each, rows[each.id].fields))
        for each in current(here.chart.events)[0] if each.id in rows
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda each: (each.event.on.first, each.row.number), reverse=True))


def hidden(here: Here) -> tuple[str, ...]:
    """The fields that the person must not see."""
    return () if here.sees_arm else ("arm",)


def in_fields(study: Study, event: Recorded | Decided, names: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """The label and the value, in words, of each field of an event, in the order in which a form asks for them."""
    places = {name: place for place, name in enumerate(dict.fromkeys(("on", *_items(study, event), *BESIDE)))}
    ordered = sorted(names, key=lambda name: (places.get(name, len(places)), name))
    return {name: (label(study, event, name), value(study, event, name)) for name in ordered}


def label(study: Study, event: Recorded | Decided, name: str) -> str:
    """What people call a field of an event."""
    item = _items(study, event).get(name)
    said = (item.judge or item.label if item is not None else "") or BESIDE.get(name, name.replace("_", " "))
    return str(said[:1].upper() + said[1:])


def value(study: Study, event: Recorded | Decided, name: str) -> str:
    """What stands in a field of an event, in words."""
    if name == "on":
        return str(event.on)
    if name == "note":
        return event.note
    if isinstance(event, Decided):
        return str(getattr(event, name, "") or "").replace("_", " ")
    if name == "lesions":
        told = [
            f"{each.id} {each.organ} {f'{each.diameter_mm:g} mm' if each.diameter_mm is not None else each.status}".replace(
                "_", " "
            )
            for each in event.lesions or ()
        ]
        return "; ".join(told) or "none seen"
    if name not in event.values:
        return ""
    item, said = _items(study, event).get(name), in_words(event.values[name])
    if item is not None and isinstance(item.of, Mapping):
        said = {str(code): str(words) for code, words in item.of.items()}.get(said) or said
    is_measured = item is not None and item.unit and isinstance(event.values[name], float)
    limits = [f"{key.upper()} {limit:g}" for (of, key), limit in event.limits.items() if of == name]
    return said + (f" {UNITS.get(item.unit, item.unit)}" if item is not None and is_measured else "") + (
        f" ({', '.join(limits)})" if limits else "")  # fmt: skip


def _items(study: Study, event: Recorded | Decided) -> Mapping[str, Any]:
    activity = study.activities.get(event.activity) if isinstance(event, Recorded) else None
    return activity.items if activity is not None else {}
