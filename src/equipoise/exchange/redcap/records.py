"""REDCap records: participants' events as rows of repeating instruments, and such rows as events."""

import csv
import re
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Any

from ...answers import site_limits
from ...calendar import When
from ...events import Decided, Event, Recorded, Seen, current
from ...expression.facts import Unclear, Value
from ...finding import Finding, Place, Severity
from ...study import Study
from ..format import Cases, Received
from ..forms import DECIDED, DECISION, LESION, forms, how_many
from ..forms import received as events_of
from .dictionary import LESIONS, RECORD, field_names, separator, table_rows

REPEAT, INSTANCE, EVENT, GROUP = (
    "redcap_repeat_instrument",
    "redcap_repeat_instance",
    "redcap_event_name",
    "redcap_data_access_group",
)
MOST = 50_000_000
"""Bytes of a file that is read; REDCap exports a larger project in parts."""


_RUN = re.compile(r"'*[=+@\t\r-]")
_NUMBER = re.compile(r"[-+]?[0-9.,]+([eE][-+]?[0-9]+)?")


def guarded(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula, whatever a participant or a colleague wrote into it.

    >>> guarded("=1+1"), guarded("-3.5"), guarded("'=1"), guarded("two")
    ("'=1+1", '-3.5', "''=1", 'two')
    """
    return f"'{cell}" if _RUN.match(cell) and not _NUMBER.fullmatch(cell) else cell


def unguarded(cell: str) -> str:
    """A cell as it was before it was guarded.

    >>> unguarded("'=1+1"), unguarded("''=1"), unguarded("'t Hooft")
    ('=1+1', "'=1", "'t Hooft")
    """
    return cell[1:] if cell.startswith("'") and _RUN.match(cell) else cell


# --- out -------------------------------------------------------------------------------------------------------------


def records(study: Study, cases: Cases) -> list[list[str]]:
    """The table of records, its head first: a row for each instance of an instrument."""
    names, told = field_names(study), forms(study)
    heads = [RECORD, REPEAT, INSTANCE, GROUP]
    for form, each in told.items():
        heads += [
            f"{form}_date",
            *([f"{form}_{LESIONS}"] if each.lesions else []),
            *(names[form, key] for key in each.items),
            f"{form}_complete",
        ]
    heads += [f"{DECISION}_date", *(f"{DECISION}_{key}" for key in DECIDED), f"{DECISION}_complete"]
    rows = [heads]
    for who, events in cases.people.items():
        counted: dict[str, int] = {}
        for event in current(events)[0]:
            if event.on.first > cases.until:
                continue
            form = event.activity if isinstance(event, Recorded) else DECISION
            counted[form] = counted.get(form, 0) + 1
            told_of = _told(event, names) if form in told or form == DECISION else {}
            if told_of:
                said = {
                    RECORD: who,
                    REPEAT: form,
                    INSTANCE: str(counted[form]),
                    GROUP: event.site,
                    f"{form}_complete": "2",
                    **told_of,
                }
                rows.append([said.get(head, "") for head in heads])
    return [[guarded(cell) for cell in row] for row in rows]


def lost_ranges(study: Study, cases: Cases) -> tuple[Finding, ...]:
    """That laboratories gave ranges with answers which no site's own say again."""
    many = 0
    for event in (each for events in cases.people.values() for each in current(events)[0]):
        if not isinstance(event, Recorded) or event.activity not in study.activities or not event.limits:
            continue
        items = study.activities[event.activity].items
        own = {(name, end): limit for name, item in items.items() for end, limit in site_limits(item, event.site, study)}
        many += any(own.get(key) != limit for key, limit in event.limits.items() if key[0] in items)
    if not many:
        return ()
    says = f"REDCap: ranges that laboratories gave beside answers have no field: those of {many:,} event{'' if many == 1 else 's'} are missing"
    return (Finding("not-carried", study.protocol.place, says, Severity.WARNING),)


def _told(event: Event, names: Mapping[tuple[str, str], str]) -> dict[str, str]:
    match event:
        case Decided():
            members = str(event.members) if event.members else ""
            return {
                f"{DECISION}_date": str(event.on),
                "decision_step": event.step,
                "decision_option": event.option,
                "decision_members": members,
                "decision_reason": event.reason,
            }
        case Recorded():
            said = {f"{event.activity}_date": str(event.on)}
            for key, value in event.values.items():
                if (event.activity, key) in names:
                    said[names[event.activity, key]] = _cell(value)
            if event.lesions is not None:
                said[f"{event.activity}_{LESIONS}"] = "\n".join(map(_line, event.lesions)) or "none"
            return said
        case _:
            return {}


def _cell(value: Value) -> str:
    match value:
        case Unclear():
            return value.text
        case bool():
            return "1" if value else "0"
        case float() | int():
            return f"{value:.12g}"
        case When():
            return str(value)
        case tuple():
            return ", ".join(value)
        case str():
            return value


def _line(seen: Seen) -> str:
    size = f"{seen.diameter_mm:.12g}" if seen.diameter_mm is not None else ""
    node = "" if seen.node is None else "yes" if seen.node else "no"
    return "; ".join((seen.id, seen.organ, seen.segment, size, seen.role, seen.status, node))


# --- in --------------------------------------------------------------------------------------------------------------


def received(study: Study, path: Path) -> Received:
    """Participants' events from a flat export of records; each has the same identifier however often it is read."""
    called = str(path)
    try:
        if path.stat().st_size > MOST:
            return Received(
                {},
                (Finding("unreadable", Place(called), f"the file is larger than {MOST // 1_000_000} MB: export it in parts"),),
            )
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as why:
        return Received(
            {}, (Finding("unreadable", Place(called), f"the file cannot be read: {getattr(why, 'strerror', None) or why}"),)
        )
    rows = csv.DictReader(StringIO(text, newline=""), delimiter=separator(text))
    try:
        heads = list(rows.fieldnames or ())
    except csv.Error as why:
        return Received({}, (Finding("unreadable", Place(called, 1), f"the heads of the columns cannot be read: {why}"),))
    if RECORD not in heads:
        return Received(
            {}, (Finding("unreadable", Place(called, 1), f"this is no export of records: it has no column '{RECORD}'"),)
        )
    asked = _columns(study)
    findings = [
        Finding("not-understood", Place(called, 1), f"column '{head}' is of no form of this study", Severity.WARNING)
        for head in heads
        if not _is_known(head, asked)
    ]
    findings += [
        Finding(
            "not-understood", Place(called, 1), f"column '{head}' stands more than once: the last is read", Severity.WARNING
        )
        for head in dict.fromkeys(heads)
        if heads.count(head) > 1
    ]
    told_of: dict[str, list[tuple[Place, dict[str, Any]]]] = {}
    for number, cells in table_rows(rows, called, findings):
        row = {head: unguarded(cell) for head, cell in cells.items()}
        who = (row.get(RECORD) or "").strip()
        if not who:
            findings.append(Finding("not-understood", Place(called, number), f"a row without a {RECORD}", Severity.ERROR))
            continue
        for form, told in _filled(row, asked).items():
            if not told.get("on"):
                says = f"'{form}' of participant '{who[:40]}' has answers and no date: it is left out"
                findings.append(Finding("not-understood", Place(called, number), says, Severity.ERROR))
                continue
            place = "-".join(filter(None, (row.get(EVENT) or "", form, row.get(INSTANCE) or "1")))
            event = {"id": f"redcap-{place}", **({"site": row[GROUP]} if row.get(GROUP) else {}), **told}
            told_of.setdefault(who, []).append((Place(called, number), event))
    return events_of(study, told_of, called, findings)


def _columns(study: Study) -> dict[str, tuple[str, str]]:
    """What each column is of: its form, and its item; `on` for the date, `lesions` for those seen."""
    made = {name: key for key, name in field_names(study).items()}
    for form, each in forms(study).items():
        made[f"{form}_date"] = form, "on"
        if each.lesions:
            made[f"{form}_{LESIONS}"] = form, "lesions"
    made[f"{DECISION}_date"] = DECISION, "on"
    for key in DECIDED:
        made[f"{DECISION}_{key}"] = DECISION, key
    return made


def _is_known(head: str, asked: Mapping[str, tuple[str, str]]) -> bool:
    return head in asked or head in (RECORD, REPEAT, INSTANCE, EVENT, GROUP) or head.endswith(("_complete", "_timestamp"))


def _filled(row: Mapping[str, str | None], asked: Mapping[str, tuple[str, str]]) -> dict[str, dict[str, Any]]:
    """The forms that a row fills in, each as the words of an event."""
    made: dict[str, dict[str, Any]] = {}
    for head, cell in row.items():
        text = cell.strip() if isinstance(cell, str) else ""
        if not text or head not in asked:
            continue
        form, key = asked[head]
        told = made.setdefault(form, {})
        if key == "on":
            told["on"] = text
        elif form == DECISION:
            word = "decide" if key == "step" else key
            told[word] = how_many(text) if word == "members" else text
        elif key == "lesions":
            told["lesions"] = [] if text == "none" else [_seen(line) for line in text.splitlines() if line.strip()]
        else:
            told.setdefault("items", {})[key] = text
    for form, told in made.items():
        if form != DECISION:
            told["do"] = form
    return made


def _seen(line: str) -> dict[str, Any]:
    told = {key: part.strip() for key, part in zip(LESION, line.split(";"), strict=False) if part.strip()}
    if "diameter" in told:
        told["diameter"] = f"{told['diameter']} mm"
    return told
