"""What happened: things recorded, decided and corrected, each by somebody, and how they are read from text.

An event is never changed. A correction is an event that names the one it corrects; the first stays in view.
"""

import json
import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from functools import lru_cache
from pathlib import Path
from typing import Any

from .calendar import When
from .document import Mapping as Mapping_
from .document import FINDINGS, HIDDEN, Node, Scalar, document, shown
from .document import Sequence as Sequence_
from .expression.facts import Unclear, Value, Why
from .finding import Finding, Place, Severity, Unreadable, did_you_mean
from .lesions import STATUSES
from .protocol import LESION_FACTS, Item
from .quantity import NotConvertible, Quantity, converted
from .study import Study

LARGEST, LONGEST, DEEPEST = 64_000_000, 1_000_000, 10
"""Bounds on a file of events, and on a line of it, in bytes; and on lists within lists of a line."""
LONGEST_NAME, LONGEST_NUMBER = 200, 100
"""Bounds on a name and on a number with its unit, in characters: far above what a person writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What every event has: a name, a participant, the day it is about, and who wrote it down when."""

    id: str
    participant: str = ""
    on: When
    by: str = ""
    role: str = ""
    entered: datetime | None = None
    site: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A lesion as one imaging showed it. `diameter_mm` is None where it was not measured."""

    id: str
    status: str = "measured"
    diameter_mm: float | None = None
    organ: str = ""
    segment: str = ""
    role: str = ""
    node: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded(Entry):
    """An activity that took place, and what was written down.

    `limits` holds a laboratory's own range, as `("alt", "uln")`; `lesions` those that were seen, None if not listed.
    """

    activity: str
    values: Mapping[str, Value] = field(default_factory=dict, hash=False)
    limits: Mapping[tuple[str, str], float] = field(default_factory=dict, hash=False)
    lesions: tuple[Seen, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided(Entry):
    """A decision that people took at a step: what they chose, how many took part, and why."""

    step: str
    option: str
    members: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected(Entry):
    """A correction of an earlier event: new values, a new date, or that it never happened.

    What it corrects may itself be a correction: withdrawn, it was never made.
    """

    corrects: str
    values: Mapping[str, Value] = field(default_factory=dict, hash=False)
    limits: Mapping[tuple[str, str], float] = field(default_factory=dict, hash=False)
    lesions: tuple[Seen, ...] | None = None
    moved_to: When | None = None
    retracts: bool = False
    reason: str = ""


Event = Recorded | Decided | Corrected


@lru_cache(maxsize=100_000)
def _natural(name: str) -> tuple[tuple[int, str], ...]:
    return tuple((int(part), "") if part[0] in "0123456789" else (0, part) for part in re.findall(r"[0-9]+|[^0-9]+", name[:80]))


def order(event: Event) -> tuple[Any, ...]:
    """Where an event stands in time, whenever it arrived: by its day, then by its name (2 before 10)."""
    return event.on.first, event.on.last, _natural(event.id), event.id


def current(events: Iterable[Event]) -> tuple[tuple[Recorded | Decided, ...], tuple[str, ...]]:
    """The events as they stand after all corrections, in order of time, and sentences on corrections that fit none.

    A correction holds whenever it was made; of several of one event, what was written down later comes after. A
    correction that is itself corrected counts as it then stands.
    """
    said: dict[str, Recorded | Decided] = {}
    corrections: dict[str, Corrected] = {}
    for event in events:
        if isinstance(event, Corrected):
            corrections[event.id] = event
        else:
            said[event.id] = event
    stray, withdrawn = [], set[str]()
    for event in sorted(corrections.values(), key=lambda each: (-_remove(each, corrections), _made_at(each), order(each))):
        each = corrections.get(event.id)
        if each is None:
            continue
        kept: dict[str, Any] = said if each.corrects in said else corrections
        if _remove(each, corrections) < 0:
            stray.append(f"event {each.id} corrects event {each.corrects}, which corrects it in turn")
        elif each.corrects not in kept:
            what = "was withdrawn" if each.corrects in withdrawn else "is not there"
            stray.append(f"event {each.id} corrects event {each.corrects}, which {what}")
        elif each.retracts:
            del kept[each.corrects]
            withdrawn.add(each.corrects)
        else:
            kept[each.corrects] = _amended(kept[each.corrects], each)
    return tuple(sorted(said.values(), key=order)), tuple(stray)


def _made_at(correction: Corrected) -> datetime:
    return correction.entered or datetime.combine(correction.on.first, time.min)


def _remove(correction: Corrected, corrections: Mapping[str, Corrected]) -> int:
    """How many corrections lie between a correction and the event it is about; -1 if they go round."""
    steps, at = 0, correction.corrects
    while at in corrections:
        steps, at = steps + 1, corrections[at].corrects
        if steps > len(corrections):
            return -1
    return steps


def _amended(first: Event, each: Corrected) -> Event:
    """An event as a correction has it."""
    if isinstance(first, Decided):
        return replace(first, on=each.moved_to or first.on)
    values, limits = {**first.values, **each.values}, {**first.limits, **each.limits}
    seen = first.lesions if each.lesions is None else each.lesions
    if isinstance(first, Corrected):
        return replace(first, values=values, limits=limits, lesions=seen, moved_to=each.moved_to or first.moved_to)
    return replace(first, on=each.moved_to or first.on, values=values, limits=limits, lesions=seen)


# --- answers ---------------------------------------------------------------------------------------------------------


class Refused(ValueError):
    """An answer that an item does not take: a sentence, and the answer as it is kept all the same."""

    def __init__(self, says: str, kept: Unclear) -> None:
        super().__init__(says)
        self.says, self.kept = says, kept


_YES, _NO = ("yes", "true", "1", "y", "met"), ("no", "false", "0", "n", "not met")


def answer(item: Item, given: Any, unit: str = "") -> Value:
    """An answer as the item keeps it: a number in the item's unit, a code, a truth, a date.

    Args:
        item: The item that is answered.
        given: What was written down.
        unit: The unit of a bare number, if it is known to be another than the item's.

    Raises:
        Refused: It is no such answer; the exception holds the words as they stood.

    >>> answer(Item(name="alt", type="quantity", unit="U/L"), "31 U/L")
    31.0
    """
    text = _text(given)
    if item.type != "lesions" and not isinstance(given, str | int | float):
        raise _refused(item, text, f"one answer is expected, and this is {_sort(given)}")
    match item.type:
        case "integer" | "real" | "quantity" | "score":
            return _number(item, given, text, unit)
        case "choice":
            if text not in item.options:
                near = did_you_mean(text, item.options)
                listed = ", ".join(item.options[:12])
                raise _refused(item, text, f"'{text[:60]}' is not one of {listed}{near}")
            return text
        case "yes_no":
            if text.lower() in _YES or text.lower() in _NO:
                return text.lower() in _YES
            raise _refused(item, text, f"'{text[:60]}' is neither yes nor no")
        case "date" | "month":
            try:
                return When.from_text(text)
            except Unreadable as why:
                raise _refused(item, text, why.says) from None
        case "lesions":
            if isinstance(given, str):
                given = [part.strip() for part in given.split(",") if part.strip()]
            if not isinstance(given, Sequence) or not all(isinstance(each, str | int) and each != "" for each in given):
                raise _refused(item, text, "a list of lesions is expected, as [L1, L2]")
            return tuple(map(str, given))
        case _:
            return text


def _text(given: Any) -> str:
    """An answer as text; a list or a mapping as JSON."""
    if isinstance(given, bool):
        return "yes" if given else "no"
    if given is None or isinstance(given, Mapping) or isinstance(given, Sequence) and not isinstance(given, str):
        return json.dumps(given, ensure_ascii=False, default=str)
    return (str(int(given)) if isinstance(given, float) and given.is_integer() else str(given)).strip()


def _sort(given: Any) -> str:
    return "nothing" if given is None else "a list" if isinstance(given, Sequence) else "a mapping"


def _refused(item: Item, text: str, says: str, why: Why = Why.UNREADABLE) -> Refused:
    return Refused(f"{item.name}: {says}", Unclear(text[:LONGEST_NAME], why))


def _number(item: Item, given: Any, text: str, unit: str) -> float:
    mass = item.molar_mass.value if item.molar_mass is not None else None
    if len(text) > LONGEST_NUMBER:
        raise _refused(item, text, f"{shown(text)} is not a number with a unit")
    try:
        quantity = Quantity.from_text(text)
        of = quantity.unit or unit or item.unit
        value = converted(quantity.value, of, item.unit, mass) if of != item.unit else quantity.value
    except NotConvertible as why:
        raise _refused(item, text, f"{why}", Why.NOT_CONVERTIBLE) from None
    except Unreadable as why:
        kind = Why.NOT_CONVERTIBLE if "unit" in why.says and re.match(r"[-+]?[\d.]+ *\D", text) else Why.UNREADABLE
        raise _refused(item, text, why.says, kind) from None
    if not math.isfinite(value):
        raise _refused(item, text, f"'{text[:40]}' is too large a number")
    if item.type == "integer" and value != int(value):
        raise _refused(item, text, f"{value:g} is not a whole number")
    if item.range is not None and not item.range.low <= value <= item.range.high:
        raise _refused(item, text, f"{value:g} {item.unit} is not possible: {item.range} {item.unit}".replace(" :", ":"))
    return value


# --- from text -------------------------------------------------------------------------------------------------------

_KEYS = (
    "on", "do", "decide", "corrects", "items", "lesions", "option", "reason", "by", "role", "id", "entered", "site", "note",
    "retract", "moved_to", "participant", "members", "limits",
)  # fmt: skip


@dataclass(slots=True)
class _Reader:
    """The findings of one file of events, and the names that its events have so far."""

    study: Study
    file: str
    participant: str
    findings: list[Finding] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)
    line: int = 0
    text: str = ""

    def note(self, rule: str, says: str, at: str = "", severity: Severity = Severity.ERROR) -> None:
        """Note a finding at the line at hand, where a word of it stands."""
        column = self.text.find(at) + 1 if at else 1
        place = Place(self.file, self.line, max(column, 1), max(len(at), 1))
        self.findings.append(Finding(rule, place, says, severity, self.text[:2000]))


def read_events(
    source: str | bytes | Path, study: Study, *, file: str = "", participant: str = ""
) -> tuple[tuple[Event, ...], tuple[Finding, ...]]:
    """The events of a file, one a line as JSON, and all that is wrong with it; whatever can be read is kept.

    Args:
        source: The text, or the path of a file. A file's name gives the participant's where the events do not.
        study: Whose activities are recorded.
        file: The name that findings carry.
        participant: Whose events they are, where a line does not say.
    """
    reader = _Reader(study, file, participant)
    if isinstance(source, Path):
        reader.file, reader.participant = file or str(source), participant or source.stem
        try:
            if source.stat().st_size > LARGEST:
                reader.note("unreadable", f"a file of more than {LARGEST // 1_000_000} MB")
                return (), tuple(reader.findings)
            source = source.read_bytes()
        except OSError as why:
            reader.note("unreadable", f"the file cannot be read: {(why.strerror or str(why)).lower()}")
            return (), tuple(reader.findings)
    raw = source.encode("utf-8", "surrogatepass") if isinstance(source, str) else source
    events = []
    for number, line in enumerate(raw.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        reader.line, reader.text = number, ""
        if len(line) > LONGEST:
            reader.note("unreadable", f"a line of {len(line):,} bytes: {LONGEST:,} is the most, so it is left out")
            continue
        try:
            reader.text = line.decode("utf-8").strip("\r")
        except UnicodeDecodeError as why:
            reader.text = line.decode("utf-8", "replace")
            reader.note("unreadable", f"this line is not UTF-8 text (byte {why.start + 1}), so it is left out")
            continue
        if reader.text.strip() and not reader.text.lstrip().startswith("#"):
            event = _event(reader)
            if event is not None:
                events.append(event)
    return tuple(events), tuple(reader.findings)


def _event(reader: _Reader) -> Event | None:
    try:
        told = json.loads(reader.text, parse_constant=lambda word: word)
    except (ValueError, RecursionError) as why:
        column = getattr(why, "colno", 1)
        reader.note("unreadable", f"this line is not JSON from column {column} on, so it is left out")
        return None
    if not isinstance(told, dict):
        reader.note("unreadable", 'an event is written as {"on": date, "do": activity, ...}')
        return None
    return event_of(told, reader)


def event_of(told: Mapping[str, Any], reader: _Reader) -> Event | None:
    """An event from its keys and values; None, and a finding, if it can be no event at all."""
    for key in told:
        if key not in _KEYS:
            reader.note("unknown-key", f"'{key}' is not a word of an event{did_you_mean(key, _KEYS)}", f'"{key}"')
    kinds = [key for key in ("do", "decide", "corrects") if key in told]
    if len(kinds) != 1:
        reader.note("wrong-shape", "an event says one of 'do', 'decide' and 'corrects'")
        return None
    on = _when(told.get("on"), reader, "on")
    if on is None:
        if "on" not in told:
            reader.note("missing-key", "an event says the day it is about: 'on'")
        return None
    entry = _entry(told, on, reader)
    match kinds[0]:
        case "do":
            return _recorded(told, entry, reader)
        case "decide":
            return _decided(told, entry, reader)
        case _:
            return _corrected(told, entry, reader)


def _entry(told: Mapping[str, Any], on: When, reader: _Reader) -> dict[str, Any]:
    name = str(told.get("id", reader.line))
    if name in reader.names:
        reader.note("said-twice", f"event '{name}' was already told on line {reader.names[name]}; both are kept", name)
        name = f"{name}@{reader.line}"
    reader.names[name] = reader.line
    entered = None
    if "entered" in told:
        try:
            entered = datetime.fromisoformat(str(told["entered"])).replace(tzinfo=None)
        except ValueError:
            reader.note("unreadable-value", f"'{str(told['entered'])[:40]}' is not a moment: write 2024-01-09T10:00:00", "entered")
    text = {key: str(told.get(key, "")) for key in ("by", "role", "site", "note")}
    return {"id": name, "participant": str(told.get("participant", reader.participant)), "on": on, "entered": entered, **text}


def _when(given: Any, reader: _Reader, key: str) -> When | None:
    if given is None:
        return None
    try:
        return When.from_text(str(given))
    except Unreadable as why:
        reader.note("unreadable-value", why.says, str(given))
        return None


def _recorded(told: Mapping[str, Any], entry: dict[str, Any], reader: _Reader) -> Recorded | None:
    name = str(told["do"])
    activity = reader.study.activities.get(name)
    if activity is None:
        near = did_you_mean(name, reader.study.activities)
        reader.note("unknown-name", f"'{name[:60]}' is not an activity of this study{near}; the event is kept aside", name)
        return Recorded(**entry, activity=name[:200], values={})
    values, limits = _answers(told, activity.items, entry["site"], reader)
    for key, item in activity.items.items():
        if key not in values and item.blank == "no":
            values[key] = False
        elif key not in values and item.required:
            reader.note("missing-answer", f"{name} leaves out '{key}', which it requires", severity=Severity.WARNING)
    return Recorded(**entry, activity=name, values=values, limits=limits, lesions=_lesions(told, reader))


def _answers(
    told: Mapping[str, Any], items: Mapping[str, Item], site: str, reader: _Reader
) -> tuple[dict[str, Value], dict[tuple[str, str], float]]:
    values: dict[str, Value] = {}
    limits: dict[tuple[str, str], float] = {}
    given = told.get("items", {})
    if not isinstance(given, Mapping):
        reader.note("wrong-shape", "'items' is written as {item: answer, ...}", "items")
        return values, limits
    for key, raw in given.items():
        item = items.get(key)
        if item is None:
            reader.note("unknown-name", f"'{key}' is not written down here{did_you_mean(key, items)}", f'"{key}"')
            continue
        if raw is None or raw == "":
            continue
        unit = ""
        if isinstance(raw, Mapping):
            for end in ("lln", "uln"):
                if (limit := raw.get(end)) is not None:
                    _limit(item, end, limit, limits, reader)
            raw, unit = raw.get("value"), str(raw.get("unit", ""))
            if raw is None:
                continue
        try:
            values[key] = answer(item, raw, unit)
        except Refused as why:
            values[key] = why.kept
            reader.note("unreadable-value", why.says, str(raw) if isinstance(raw, str | int | float) else f'"{key}"')
            continue
        _expected(item, values[key], reader)
        for end, limit in _site_limits(item, site, reader.study):
            limits.setdefault((key, end), limit)
    return values, limits


def _expected(item: Item, value: Value, reader: _Reader) -> None:
    if item.expect is not None and isinstance(value, float) and not item.expect.low <= value <= item.expect.high:
        reader.note(
            "unlikely-value", f"{item.name}: {value:g} {item.unit} lies outside what is likely ({item.expect}): please look again",
            f'"{item.name}"', Severity.WARNING,
        )  # fmt: skip


def _limit(item: Item, end: str, given: Any, limits: dict[tuple[str, str], float], reader: _Reader) -> None:
    try:
        value = answer(replace(item, range=None, type="quantity"), given)
    except Refused as why:
        reader.note("unreadable-value", f"the {end.upper()} of {why.says}", end)
        return
    if isinstance(value, float):
        limits[item.name, end] = value


def _site_limits(item: Item, site: str, study: Study) -> Iterable[tuple[str, float]]:
    sites = study.protocol.sites
    where = sites.get(site) or (next(iter(sites.values())) if len(sites) == 1 else None)
    if where is None or item.name not in where.ranges:
        return
    known = where.ranges[item.name]
    mass = item.molar_mass.value if item.molar_mass is not None else None
    for end, limit in (("lln", known.lln), ("uln", known.uln)):
        if limit is not None:
            yield end, converted(limit.value, limit.unit or item.unit, item.unit, mass)


def _lesions(told: Mapping[str, Any], reader: _Reader) -> tuple[Seen, ...] | None:
    given = told.get("lesions")
    if given is None:
        return None
    if not isinstance(given, Sequence) or isinstance(given, str):
        reader.note("wrong-shape", "'lesions' is a list of those seen; an empty list says that none was", "lesions")
        return None
    found = [_seen(each, reader) for each in given]
    return tuple(each for each in found if each is not None)


def _seen(told: Any, reader: _Reader) -> Seen | None:
    if not isinstance(told, Mapping) or "id" not in told:
        reader.note("wrong-shape", 'a lesion is written as {"id": "L1", "organ": "liver", "diameter": "21 mm"}', "lesions")
        return None
    words = ("id", "status", "diameter", "organ", "segment", "role", "node")
    for key in told:
        if key not in words:
            reader.note("unknown-key", f"'{key}' is not a word of a lesion{did_you_mean(key, words)}", f'"{key}"')
    diameter = None
    checked: dict[str, Any] = {}
    for key in ("diameter", "organ", "role", "node"):
        if told.get(key) is None:
            continue
        try:
            checked[key] = answer(replace(LESION_FACTS[key], name=key), told[key])
        except Refused as why:
            reader.note("unreadable-value", why.says, str(told[key]))
    if isinstance(checked.get("diameter"), float):
        diameter = checked["diameter"]
        if not 0 <= diameter < 1000:
            reader.note("unreadable-value", f"a lesion of {diameter:g} mm is not possible", str(told["diameter"]))
            diameter = None
    status = str(told.get("status", "measured" if diameter is not None else "present"))
    if status not in STATUSES:
        reader.note("unreadable-value", f"'{status}' is not one of {', '.join(STATUSES)}{did_you_mean(status, STATUSES)}", status)
        status = "not_evaluated"
    return Seen(
        id=str(told["id"]), status=status, diameter_mm=diameter, organ=checked.get("organ", ""),
        segment=str(told.get("segment", "")), role=checked.get("role", ""), node=checked.get("node"),
    )  # fmt: skip


def _decided(told: Mapping[str, Any], entry: dict[str, Any], reader: _Reader) -> Decided | None:
    step, option = str(told["decide"]), str(told.get("option", ""))
    steps = reader.study.protocol.pathway.steps if reader.study.protocol.pathway else {}
    if step not in steps:
        reader.note("unknown-name", f"'{step[:60]}' is not a step of the pathway{did_you_mean(step, steps)}; the event is kept aside", step)
    else:
        options = [branch.option for branch in steps[step].decide if branch.option]
        if option not in options:
            reader.note("unreadable-value", f"'{option[:60]}' is not one of the options of '{step}': {', '.join(options)}", option)
    items = told.get("items", {})
    members = items.get("members", told.get("members", 0)) if isinstance(items, Mapping) else 0
    return Decided(
        **entry, step=step[:200], option=option[:200], reason=str(told.get("reason", "")),
        members=int(members) if str(members).isdigit() else 0,
    )  # fmt: skip


def _corrected(told: Mapping[str, Any], entry: dict[str, Any], reader: _Reader) -> Corrected:
    corrects, reason = str(told["corrects"]), str(told.get("reason", ""))
    if not reason:
        reader.note("missing-key", f"a correction says its 'reason', and that of event {corrects} does not", severity=Severity.WARNING)
    items = {key: item for each in reader.study.activities.values() for key, item in each.items.items()}
    values, limits = _answers(told, items, entry["site"], reader)
    return Corrected(
        **entry, corrects=corrects, values=values, limits=limits, reason=reason, retracts=told.get("retract") is True,
        moved_to=_when(told.get("moved_to"), reader, "moved_to"), lesions=_lesions(told, reader),
    )  # fmt: skip


def read_people(folder: Path, study: Study) -> tuple[dict[str, tuple[Event, ...]], tuple[Finding, ...]]:
    """The events of each participant of a folder, one file each, and all that is wrong with the files."""
    people: dict[str, tuple[Event, ...]] = {}
    findings: list[Finding] = []
    for file in sorted(folder.glob("*.jsonl")):
        events, found = read_events(file, study, file=f"{folder.name}/{file.name}")
        people[file.stem] = events
        findings += found
    return people, tuple(findings)


def last_day(events: Iterable[Event]) -> date:
    """The last day that any of the events is about; 2000-01-01 if there is none."""
    return max((event.on.last for event in events), default=date(2000, 1, 1))


# --- facts by name ---------------------------------------------------------------------------------------------------


def read_facts(source: Path, study: Study) -> tuple[tuple[Event, ...], tuple[Finding, ...]]:
    """What is known of a person: events, one a line (`.jsonl`), or facts by name (`.yaml`, `.json`).

    Facts by name are a short way to write events: `age: 64 years` records the form that asks for age, `surgery: 2024-03-01`
    that the activity took place, `lesions: [...]` the imaging that lists them; `on:` says the day of all the others.
    """
    if source.suffix == ".jsonl":
        return read_events(source, study)
    text = document(source, file=str(source))
    reader = _Reader(study, str(source), source.stem, list(text.findings))
    if not isinstance(text.root, Mapping_):
        if not text.findings:
            reader.note("wrong-shape", "facts are written by name, one a line, as age: 64 years")
        return (), tuple(reader.findings)
    told = {key.text: node for key, node in text.root.entries}
    places = {key.text: key.place for key, _ in text.root.entries}
    on = _plain(told.pop("on")) if "on" in told else ""
    if not on:
        reader.note("missing-key", "say the day that these facts are about: on: 2024-03-01")
        return (), tuple(reader.findings)
    forms: dict[tuple[str, str], dict[str, Any]] = {}
    for name, node in told.items():
        reader.line = places[name].line
        reader.text = text.lines[reader.line - 1] if reader.line <= len(text.lines) else ""
        if name == "lesions":
            _under(forms, _listing(study), str(on))["lesions"] = _plain(node)
        elif name in study.activities:
            _under(forms, name, str(_plain(node)))
        elif (form := _form_of(name, study, reader)) is not None:
            _under(forms, form, str(on)).setdefault("items", {})[name.rpartition(".")[2]] = _plain(node)
    events = []
    for number, ((form, day), told_form) in enumerate(forms.items(), start=1):
        reader.line = next((places[name].line for name in (form, *told_form.get("items", ())) if name in places), 1)
        reader.text = text.lines[reader.line - 1] if reader.line <= len(text.lines) else ""
        event = event_of({"on": day, "do": form, "id": str(number), **told_form}, reader)
        if event is not None:
            events.append(event)
    return tuple(events), tuple(reader.findings)


def _under(forms: dict[tuple[str, str], dict[str, Any]], form: str, day: str) -> dict[str, Any]:
    return forms.setdefault((form, day), {})


def _listing(study: Study) -> str:
    """The first activity at which lesions are listed."""
    listing = (name for name, each in study.activities.items() if each.lesions and name != "lesion_found")
    return next(listing, "lesion_found")


def _form_of(name: str, study: Study, reader: _Reader) -> str | None:
    form, _, item = name.rpartition(".")
    forms = [each for each, activity in study.activities.items() if item in activity.items and form in ("", each)]
    if len(forms) == 1:
        return forms[0]
    if forms:
        reader.note("ambiguous", f"'{name}' is written down in several activities: say {' or '.join(f'{each}.{name}' for each in forms)}", name)
    else:
        known = {key for each in study.activities.values() for key in each.items} | set(study.activities)
        reader.note("unknown-name", f"'{name[:60]}' is not a fact of this study{did_you_mean(name, known)}", name)
    return None


def _plain(node: Node) -> Any:
    """A node as plain text, lists and mappings."""
    match node:
        case Scalar():
            return node.text
        case Sequence_():
            return [_plain(each) for each in node.items]
        case _:
            return {key.text: _plain(each) for key, each in node.entries}
