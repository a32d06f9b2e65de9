"""What was compared with its source: per event and field, by the hash of what stood there. A changed field is compared again."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...ledger import Link
from ...verifier import canonical
from ..ledger import Projection, links, register
from .models import Source

KINDS = ("event", "verified-source")
BESIDE = (
    "id",
    "participant",
    "do",
    "decide",
    "step",
    "by",
    "role",
    "entered",
    "site",
    "items",
    "corrects",
    "empty",
    "retract",
    "moved_to",
)
"""What of an event's body is no field of its own."""


def hash_of(value: Any) -> str:
    """By what a value in a field is known.

    >>> hash_of(12.5) == hash_of({"value": 12.5})
    False
    """
    return hashlib.sha256(b"equipoise field 1\n" + canonical(value)).hexdigest()[:24]


def standing(bodies: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Events by name as they stand after all corrections, from their bodies in the ledger's order.

    A correction that is itself corrected counts as it then stands, as `events.current` has it.
    """
    said = {str(each["id"]): dict(each) for each in bodies if "corrects" not in each}
    corrections = {str(each["id"]): dict(each) for each in bodies if "corrects" in each}
    made = {name: place for place, name in enumerate(corrections)}
    for name in sorted(made, key=lambda name: (-_remove(name, corrections), made[name])):
        each = corrections.get(name)
        if each is None or _remove(name, corrections) < 0:
            continue
        kept = said if each["corrects"] in said else corrections
        first = kept.get(each["corrects"])
        if first is None:
            continue
        if each.get("retract"):
            del kept[each["corrects"]]
            continue
        empties, given = each.get("empty", ()), each.get("items", {})
        left = {key: value for key, value in first.get("items", {}).items() if key not in empties}
        after = {**first, "items": {**left, **given}}
        if "corrects" in first:
            after["empty"] = [*(key for key in first.get("empty", ()) if key not in given and key not in empties), *empties]
        if "lesions" in each:
            after["lesions"] = each["lesions"]
        if "moved_to" in each:
            after["moved_to" if "corrects" in first else "on"] = each["moved_to"]
        kept[each["corrects"]] = after
    return said


def _remove(name: str, corrections: Mapping[str, Mapping[str, Any]]) -> int:
    steps, at = 0, corrections[name]["corrects"]
    while at in corrections:
        steps, at = steps + 1, corrections[at]["corrects"]
        if steps > len(corrections):
            return -1
    return steps


def fields(body: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an event as it stands, and what is in them: its day, its items, its lesions, its note."""
    beside = {key: value for key, value in body.items() if key not in BESIDE}
    return {**beside, **body.get("items", {})}


def hashes(body: Mapping[str, Any]) -> dict[str, str]:
    """The fields of an event as it stands, and the hash of what is in each."""
    return {name: hash_of(value) for name, value in fields(body).items()}


def fold(fresh: Sequence[Link]) -> None:
    """Bring the rows up to date: a new event has its row; a participant with a correction has all of theirs made anew."""
    slug, until = fresh[0].study, fresh[-1].number
    told = [each for each in fresh if each.kind in KINDS]
    again = {each.participant for each in told if each.kind == "verified-source" or "corrects" in each.body}
    new = [each for each in told if each.participant not in again and "id" in each.body]
    rows = [_row(each, each.body, {}) for each in new]
    for who in again:
        Source.objects.filter(study=slug, participant=who).delete()
        rows += _rows(links(slug, participant=who, kinds=KINDS, until=until))
    Source.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)


def _rows(found: Iterable[Link]) -> list[Source]:
    at: dict[str, Link] = {}
    verified: dict[str, dict[str, str]] = {}
    bodies = []
    for each in found:
        if each.kind == "verified-source":
            verified.setdefault(str(each.body["event"]), {}).update(each.body["fields"])
        elif "id" in each.body:
            at[str(each.body["id"])] = each
            bodies.append(each.body)
    return [_row(at[name], body, verified.get(name, {})) for name, body in standing(bodies).items()]


def _row(link: Link, body: Mapping[str, Any], verified: Mapping[str, str]) -> Source:
    found = hashes(body)
    done = sum(1 for name, value in found.items() if verified.get(name) == value)
    return Source(
        study=link.study, participant=link.participant, event=str(body["id"]), site=link.site,
        about=str(body.get("do") or body.get("decide") or ""), fields=found, verified=dict(verified), total=len(found), done=done,
        number=link.number,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Compared:
    """A field of an event as it stands, and whether just that was compared with its source."""

    name: str
    label: str
    says: str
    hash: str
    is_verified: bool
    was_changed: bool
    """Whether something else stood there when it was compared."""


def compared(row: Source, told: Mapping[str, tuple[str, str]], *, hidden: Iterable[str] = ()) -> tuple[Compared, ...]:
    """The fields of an event, in the order in which they are told.

    Args:
        row: The event.
        told: The label of each field, and what stands in it in words.
        hidden: Fields that the person must not see.
    """
    hidden = tuple(hidden)
    return tuple(
        Compared(
            name, *told[name], row.fields[name], row.verified.get(name) == row.fields[name],
            name in row.verified and row.verified[name] != row.fields[name],
        )
        for name in told if name not in hidden
    )  # fmt: skip


register(Projection("sources", (Source,), fold))
