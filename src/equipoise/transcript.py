"""Events as text: one a line, written by people and by programs, and facts by name; every fault with its place."""

import json
import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

from .answers import LONGEST_NAME, LONGEST_NUMBER, Refused, answer, as_text, site_limits, sort_of
from .calendar import When
from .document import FINDINGS, HIDDEN, Node, Scalar, document
from .document import Mapping as Mapping_
from .document import Sequence as Sequence_
from .events import Corrected, Decided, Event, Recorded, Seen
from .expression.facts import Unclear, Value, Why
from .finding import Finding, Place, Severity, Unreadable, did_you_mean
from .lesions import STATUSES
from .protocol import LESION_FACTS, Item
from .quantity import NUMBER
from .study import Study

LARGEST, LONGEST, DEEPEST = 64_000_000, 1_000_000, 10
"""Bounds on a file of events, and on a line of it, in bytes; and on lists within lists of a line."""
YEARS = range(1900, 2200)
"""The years of events: 9999 and 0001 stand in some registries for a day that nobody knows."""


_COMMON = ("on", "by", "role", "id", "entered", "site", "note", "participant")
_EVENTS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "do": ((*_COMMON, "do", "items", "lesions"), "an activity"),
    "decide": ((*_COMMON, "decide", "option", "members", "reason", "items"), "a decision"),
    "corrects": ((*_COMMON, "corrects", "items", "lesions", "empty", "reason", "retract", "moved_to"), "a correction"),
}
"""The words of an event, by the one that says what sort of event it is; and what that sort is called."""

_HALF = re.compile("[\ud800-\udfff]")
_ESCAPED = re.compile(r"\\u([0-9a-f]{4})", re.IGNORECASE)


@dataclass(slots=True)
class _Reader:
    """The findings of one file of events, and the names that its events have so far."""

    study: Study
    file: str
    participant: str
    findings: list[Finding] = field(default_factory=list)
    further: int = 0
    names: dict[str, int] = field(default_factory=dict)
    forms: dict[str, tuple[str, str, frozenset[tuple[str, str]]]] = field(default_factory=dict)
    """The activity that an event recorded, its site and the limits that came with it: what a correction is read by."""
    who: str = ""
    line: int = 0
    text: str = ""
    start: int = 0
    """Where along the line the part begins that is being read."""
    where: dict[str, tuple[int, str]] = field(default_factory=dict)
    """The lines on which keys stand, where they do not stand on the line at hand."""

    def note(
        self, rule: str, says: str, key: str = "", *, of_value: bool = False, turn: int = 1, column: int = 1,
        near: tuple[str, Collection[str]] | None = None, severity: Severity = Severity.ERROR,
    ) -> None:  # fmt: skip
        """Note a finding at the line at hand, where a key stands for the given time, or its value does.

        Args:
            rule: Its name.
            says: The sentence; where `near` gives a word and what is known, `{}` stands for the nearest known one.
        """
        if len(self.findings) >= FINDINGS:
            self.further += 1
            return
        if near is not None:
            says = says.replace("{}", did_you_mean(*near))
        says = HIDDEN.sub("\ufffd", says)
        width, (line, text) = 1, self.where.get(key, (self.line, self.text))
        if key:
            column, width = self.spot(key, text, of_value=of_value, turn=turn)
        self.findings.append(Finding(rule, Place(self.file, line, column, width), says, severity, text[:20_000]))

    def spot(self, key: str, text: str, *, of_value: bool = False, turn: int = 1) -> tuple[int, int]:
        """The column at which a key of the line stands, or what is written under it, and how wide it is."""
        written = re.compile(rf"(?<!\w)([\"']?){re.escape(key)}\1\s*:\s*")
        found = written.search(text, self.start) or written.search(text)
        for _ in range(turn - 1):
            found = found and written.search(text, found.end())
        if found is None:
            return 1, 1
        if not of_value:
            return found.start() + len(found[1]) + 1, len(key)
        at = found.end()
        if text[at : at + 1] == "{" and (inner := re.compile(r'"value"\s*:\s*').search(text, at)) is not None:
            at = inner.end()
        value = _WRITTEN.match(text, at)
        if value is None:
            return found.start() + len(found[1]) + 1, len(key)
        quote = value[0][0] in "\"'"
        return value.start() + quote + 1, max(1, len(value[0].rstrip()) - 2 * quote)

    def word(self, told: Mapping[str, Any], key: str) -> str:
        """What is written under a key, as text; a finding if it is a list."""
        given = told.get(key)
        if given is None or isinstance(given, str):
            return given or ""
        if isinstance(given, int | float):
            return as_text(given)
        self.note("wrong-shape", f"'{key}' is one word or a sentence, and this is {sort_of(given)}", key)
        return ""

    def found(self) -> tuple[Finding, ...]:
        """All findings, and how many more there were."""
        if not self.further:
            return tuple(self.findings)
        says = f"{self.further:,} further findings are not shown: mend these first"
        return (*self.findings, Finding("unreadable", Place(self.file), says))


_WRITTEN = re.compile(r"""\"(?:[^\"\\]|\\.)*\"|'[^']*'|[\[{]|[^\s,}\]\[{][^,}\]]*""")


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
                return (), reader.found()
            source = source.read_bytes()
        except (OSError, ValueError) as why:
            told = getattr(why, "strerror", None) or str(why)
            reader.note("unreadable", f"the file cannot be read: {told.lower()}")
            return (), reader.found()
    raw = source.encode("utf-8", "surrogatepass") if isinstance(source, str) else source
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        reader.line = 1
        reader.note("unreadable", "the file is UTF-16, not UTF-8: save it as UTF-8")
        return (), reader.found()
    events = []
    for number, line in enumerate(raw.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        reader.line, reader.text, reader.start = number, "", 0
        if len(line) > LONGEST:
            reader.note("unreadable", f"a line of {len(line):,} bytes: {LONGEST:,} is the most, so it is left out")
            continue
        try:
            text = line.decode("utf-8").strip("\r")
        except UnicodeDecodeError as why:
            reader.text = HIDDEN.sub("\ufffd", line.decode("utf-8", "replace"))
            column = len(line[: why.start].decode("utf-8", "replace")) + 1
            says = f"the byte 0x{line[why.start]:02X} is not UTF-8, so this line is left out"
            reader.note("unreadable", says, column=column)
            continue
        if text.strip() and not text.lstrip().startswith("#"):
            reader.text = HIDDEN.sub("\ufffd", text)
            event = _event(text, reader)
            if event is not None:
                events.append(event)
    return tuple(events), reader.found()


def _event(text: str, reader: _Reader) -> Event | None:
    twice: list[str] = []

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        told: dict[str, Any] = {}
        for key, value in found:
            if key in told:
                twice.append(key)
            told.setdefault(key, value)
        return told

    try:
        told = json.loads(text, parse_constant=str, parse_float=_as_float, parse_int=_as_int, object_pairs_hook=pairs)
    except json.JSONDecodeError as why:
        stops = why.pos >= len(text.rstrip())
        where = "stops before it is complete" if stops else f"is not JSON from column {why.pos + 1} on"
        reader.note("unreadable", f"this line {where}, so it is left out", column=why.pos + 1)
        return None
    except (ValueError, RecursionError):
        told = None
        levels = DEEPEST + 1
    else:
        levels = _levels(told)
    if levels > DEEPEST:
        reader.note("unreadable", f"this line is nested more than {DEEPEST} levels deep, so it is left out")
        return None
    if not isinstance(told, dict):
        reader.note("unreadable", 'an event is written as {"on": date, "do": activity, ...}')
        return None
    for key in twice:
        reader.note("said-twice", f"'{key[:60]}' is said twice: the first is kept", key, turn=2)
    hidden = [found.start() for found in HIDDEN.finditer(text)]
    hidden += [found.start() for found in _ESCAPED.finditer(text) if HIDDEN.match(chr(int(found[1], 16)))]
    if hidden:
        told = _encodable(told)
    if hidden and _is_hidden(told):
        reader.note("unreadable", "a character that cannot be seen stands in this line: take it out", column=min(hidden) + 1)
    return event_of(told, reader)


def _as_float(text: str) -> float | str:
    return number if math.isfinite(number := float(text)) else text


def _as_int(text: str) -> int | str:
    return int(text) if len(text) <= 15 else text


def _levels(told: Any) -> int:
    """How many lists and mappings lie in one another at most."""
    deepest, waiting = 0, [(told, 0)]
    while waiting:
        each, level = waiting.pop()
        deepest = max(deepest, level)
        inner = each.values() if isinstance(each, dict) else each if isinstance(each, list) else ()
        waiting += [(one, level + 1) for one in inner]
    return deepest


def _encodable(told: Any) -> Any:
    """The same with every half of a character, which no file can hold, shown as one that cannot be read."""
    match told:
        case str():
            return _HALF.sub("\ufffd", told)
        case dict():
            return {_encodable(key): _encodable(each) for key, each in told.items()}
        case list():
            return [_encodable(each) for each in told]
        case _:
            return told


def _is_hidden(told: Any) -> bool:
    """Whether a character that cannot be seen, or could not be read, stands in any text of these."""
    match told:
        case str():
            return HIDDEN.search(told) is not None or "\ufffd" in told
        case dict():
            return any(_is_hidden(each) for pair in told.items() for each in pair)
        case list():
            return any(map(_is_hidden, told))
        case _:
            return False


def event_of(told: Mapping[str, Any], reader: _Reader) -> Event | None:
    """An event from its keys and values; None, and a finding, if it can be no event at all."""
    kinds = [key for key in _EVENTS if key in told]
    either = tuple(dict.fromkeys(word for each, _ in _EVENTS.values() for word in each))
    words, sort = _EVENTS[kinds[0]] if len(kinds) == 1 else (either, "an event")
    for key in told:
        if key not in words:
            reader.note("unknown-key", f"'{key[:60]}' is not a word of {sort}{{}}", key, near=(key, words))
    if len(kinds) != 1:
        reader.note("wrong-shape", "an event says one of 'do', 'decide' and 'corrects'")
        return None
    on = _when(told, "on", reader, ", so the event is left out")
    if on is None:
        if not told.get("on"):
            reader.note("missing-key", "an event says the day it is about: 'on'")
        return None
    name = reader.word(told, kinds[0])
    if not name:
        if told[kinds[0]] in (None, ""):
            reader.note("missing-key", f"'{kinds[0]}' says nothing", kinds[0])
        return None
    who = reader.word(told, "participant")
    reader.who = reader.who or who
    if who and who != reader.who:
        says = (
            f"this event is of '{who[:60]}', the file of '{reader.who[:60]}': one file tells of one, so the event is left out"
        )
        reader.note("another-participant", says, "participant", of_value=True)
        return None
    entry = _entry(told, on, reader)
    match kinds[0]:
        case "do":
            return _recorded(name, told, entry, reader)
        case "decide":
            return _decided(name, told, entry, reader)
        case _:
            return _corrected(name, told, entry, reader)


def _entry(told: Mapping[str, Any], on: When, reader: _Reader) -> dict[str, Any]:
    said = reader.word(told, "id")[:LONGEST_NAME] or str(reader.line)
    name = said
    while name in reader.names:
        name = f"{name}@{reader.line}"
    if name != said:
        first = reader.names[said]
        says = f"event '{said[:60]}' was already told on line {first}; both are kept, this one as '{name[:70]}'"
        reader.note("said-twice", says, "id", of_value=True)
    reader.names[name] = reader.line
    site = reader.word(told, "site")
    sites = reader.study.protocol.sites
    if site and sites and site not in sites:
        says = f"'{site[:60]}' is not a site of this study{{}}"
        reader.note("unknown-name", says, "site", of_value=True, near=(site, sites))
    text = {key: reader.word(told, key) for key in ("by", "role", "note")}
    participant = reader.word(told, "participant") or reader.participant
    return {"id": name, "participant": participant, "on": on, "entered": _entered(told, reader), "site": site, **text}


def _entered(told: Mapping[str, Any], reader: _Reader) -> datetime | None:
    """When an event was written down; where its offset from UTC is said, in UTC."""
    text = reader.word(told, "entered")
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        says = f"'{text[:40]}' is not a moment: write 2024-01-09T10:00:00"
        reader.note("unreadable-value", says, "entered", of_value=True)
        return None


def _when(told: Mapping[str, Any], key: str, reader: _Reader, so: str = "") -> When | None:
    text = reader.word(told, key)
    if not text:
        return None
    try:
        when = When.from_text(text)
    except Unreadable as why:
        reader.note("unreadable-value", f"{why.says}{so}", key, of_value=True)
        return None
    if when.first.year not in YEARS:
        says = f"'{text[:40]}' is hardly a day of a trial: years from {YEARS[0]} to {YEARS[-1]} are"
        reader.note("unlikely-value", says, key, of_value=True, severity=Severity.WARNING)
    return when


def _recorded(name: str, told: Mapping[str, Any], entry: dict[str, Any], reader: _Reader) -> Recorded:
    activity = reader.study.activities.get(name)
    if activity is None:
        says = f"'{name[:60]}' is not an activity of this study{{}}; the event is kept aside"
        reader.note("unknown-name", says, "do", of_value=True, near=(name, reader.study.activities))
        items = told.get("items")
        aside = {key[:LONGEST_NAME]: _aside(raw) for key, raw in items.items()} if isinstance(items, Mapping) else {}
        return Recorded(**entry, activity=name[:LONGEST_NAME], values=aside, lesions=_lesions(told, reader))
    values, limits = _answers(told, activity.items, reader)
    reader.forms[entry["id"]] = name, entry["site"], frozenset(limits)
    limits = _limits_beside(values, activity.items, entry["site"], reader.study) | limits
    for key, item in activity.items.items():
        if key not in values and item.blank == "no":
            values[key] = False
        elif key not in values and item.required and item.when is None:
            reader.note("missing-answer", f"{name} leaves out '{key}', which it requires", severity=Severity.WARNING)
    return Recorded(**entry, activity=name, values=values, limits=limits, lesions=_lesions(told, reader))


def _aside(raw: Any) -> Unclear:
    """An answer to something that nobody asks, as it was written."""
    return Unclear(as_text(raw)[:LONGEST_NAME], Why.UNREADABLE)


def _answers(
    told: Mapping[str, Any], items: Mapping[str, Item], reader: _Reader
) -> tuple[dict[str, Value], dict[tuple[str, str], float]]:
    """What was answered, and the laboratory's limits that came with it."""
    values: dict[str, Value] = {}
    limits: dict[tuple[str, str], float] = {}
    given = told.get("items")
    if given is None:
        return values, limits
    if not isinstance(given, Mapping):
        reader.note("wrong-shape", "'items' is written as {item: answer, ...}", "items")
        return values, limits
    for key, raw in given.items():
        item = items.get(key)
        if item is None:
            reader.note("unknown-name", f"'{key[:60]}' is not written down here{{}}", key, near=(key, items))
            values[key[:LONGEST_NAME]] = _aside(raw)
            continue
        unit = ""
        if isinstance(raw, Mapping):
            raw, unit = _measured(item, raw, limits, reader)
        if raw is None or raw == "":
            continue
        try:
            values[key] = answer(item, raw, unit)
        except Refused as why:
            values[key] = why.kept
            reader.note("unreadable-value", why.says, key, of_value=True)
            continue
        _expected(item, values[key], reader)
    return values, limits


_MEASURED = ("value", "unit", "lln", "uln")


def _measured(item: Item, told: Mapping[str, Any], limits: dict[tuple[str, str], float], reader: _Reader) -> tuple[Any, str]:
    """The value and the unit of an answer that comes with them; its limits are put among the limits.

    A limit without a unit is in the unit of the value beside it.
    """
    for key in told:
        if key not in _MEASURED:
            says = f"'{key[:60]}' is not a word of an answer with its range{{}}"
            reader.note("unknown-key", says, key, near=(key, _MEASURED))
    raw, unit = told.get("value"), reader.word(told, "unit")
    beside = re.fullmatch(rf"\s*{NUMBER}\s*(.*)", raw[:LONGEST_NUMBER]) if isinstance(raw, str) else None
    of = unit or (beside[1].strip() if beside is not None else "")
    for end in ("lln", "uln"):
        if (limit := told.get(end)) is None:
            continue
        try:
            value = answer(replace(item, range=None, type="quantity"), limit, of)
        except Refused as why:
            reader.note("unreadable-value", f"the {end.upper()} of {why.says}", end, of_value=True)
            continue
        if isinstance(value, float):
            limits[item.name, end] = value
    return raw, unit


def _expected(item: Item, value: Value, reader: _Reader) -> None:
    if item.expect is not None and isinstance(value, float) and not item.expect.low <= value <= item.expect.high:
        says = f"{item.name}: {value:g} {item.unit} lies outside what is likely ({item.expect}): please look again"
        reader.note("unlikely-value", says, item.name, of_value=True, severity=Severity.WARNING)


def _limits_beside(
    values: Mapping[str, Value], items: Mapping[str, Item], site: str, study: Study
) -> dict[tuple[str, str], float]:
    """The site's own limits of what was measured."""
    return {
        (key, end): limit
        for key, value in values.items()
        if not isinstance(value, Unclear)
        for end, limit in site_limits(items[key], site, study)
    }


def _lesions(told: Mapping[str, Any], reader: _Reader) -> tuple[Seen, ...] | None:
    given = told.get("lesions")
    if given is None:
        return None
    if not isinstance(given, Sequence) or isinstance(given, str):
        reader.note("wrong-shape", "'lesions' is a list of those seen; an empty list says that none was", "lesions")
        return None
    found = []
    reader.start = max(reader.text.find('"lesions"'), 0)
    for each in given:
        seen = _seen(each, reader)
        if seen is not None:
            found.append(seen)
        if isinstance(each, Mapping):
            reader.start = max(reader.text.find("}", reader.start) + 1, reader.start)
    reader.start = 0
    return tuple(found)


_LESION = ("id", "status", "diameter", "organ", "segment", "role", "node")


def _seen(told: Any, reader: _Reader) -> Seen | None:
    name = reader.word(told, "id") if isinstance(told, Mapping) else ""
    if not isinstance(told, Mapping) or not name:
        says = 'a lesion is written as {"id": "L1", "organ": "liver", "diameter": "21 mm"}'
        reader.note("wrong-shape", says, "lesions")
        return None
    for key in told:
        if key not in _LESION:
            reader.note("unknown-key", f"'{key[:60]}' is not a word of a lesion{{}}", key, near=(key, _LESION))
    diameter = None
    checked: dict[str, Any] = {}
    for key in ("diameter", "organ", "role", "node"):
        if told.get(key) is None:
            continue
        try:
            checked[key] = answer(replace(LESION_FACTS[key], name=key), told[key])
        except Refused as why:
            reader.note("unreadable-value", why.says, key, of_value=True)
    if isinstance(checked.get("diameter"), float):
        diameter = checked["diameter"]
        if not 0 <= diameter < 1000:
            reader.note("unreadable-value", f"a lesion of {diameter:g} mm is not possible", "diameter", of_value=True)
            diameter = None
    status = reader.word(told, "status") or ("measured" if diameter is not None else "present")
    if status not in STATUSES:
        says = f"'{status[:60]}' is not one of {', '.join(STATUSES)}{{}}"
        reader.note("unreadable-value", says, "status", of_value=True, near=(status, STATUSES))
        status = "not_evaluated"
    return Seen(
        id=name[:LONGEST_NAME], status=status, diameter_mm=diameter, organ=checked.get("organ", ""),
        segment=reader.word(told, "segment"), role=checked.get("role", ""), node=checked.get("node"),
    )  # fmt: skip


def _decided(step: str, told: Mapping[str, Any], entry: dict[str, Any], reader: _Reader) -> Decided:
    option = reader.word(told, "option")
    steps = reader.study.protocol.pathway.steps if reader.study.protocol.pathway else {}
    if step not in steps:
        says = f"'{step[:60]}' is not a step of the pathway{{}}; the event is kept aside"
        reader.note("unknown-name", says, "decide", of_value=True, near=(step, steps))
    elif steps[step].by == "rule":
        says = f"'{step}' is not a step at which people decide; the event is kept aside"
        reader.note("unknown-name", says, "decide", of_value=True)
    else:
        options = [branch.option for branch in steps[step].decide if branch.option]
        if option not in options:
            says = f"'{option[:60]}' is not one of the options of '{step}': {', '.join(options)}{{}}"
            key = "option" if option else "decide"
            reader.note("unreadable-value", says, key, of_value=True, near=(option, options))
    return Decided(
        **entry, step=step[:LONGEST_NAME], option=option[:LONGEST_NAME], reason=reader.word(told, "reason"),
        members=_members(told, reader),
    )  # fmt: skip


def _members(told: Mapping[str, Any], reader: _Reader) -> int:
    """How many people took part in a decision: 0 where that is not said."""
    items = told.get("items") or {}
    if not isinstance(items, Mapping):
        reader.note("wrong-shape", "'items' is written as {item: answer, ...}", "items")
        items = {}
    for key in items:
        if key != "members":
            says = f"'{key[:60]}' is not written down with a decision{{}}"
            reader.note("unknown-name", says, key, near=(key, ("members",)))
    text = reader.word(items if "members" in items else told, "members")
    if not re.fullmatch(r"[0-9]{0,4}", text):
        reader.note("unreadable-value", f"'{text[:40]}' is not a number of people", "members", of_value=True)
        return 0
    return int(text or 0)


def _corrected(corrects: str, told: Mapping[str, Any], entry: dict[str, Any], reader: _Reader) -> Corrected:
    reason = reader.word(told, "reason")
    if not reason:
        says = f"a correction says its 'reason', and that of event {corrects[:60]} does not"
        reader.note("missing-key", says, "corrects", of_value=True, severity=Severity.WARNING)
    retracts = told.get("retract", False)
    if not isinstance(retracts, bool):
        reader.note("unreadable-value", "'retract' is true or false", "retract", of_value=True)
    first = reader.forms.get(corrects[:LONGEST_NAME])
    activities = reader.study.activities
    items = {key: item for each in activities.values() for key, item in each.items.items()}
    if first is not None:
        items = dict(activities[first[0]].items)
    values, limits = _answers(told, items, reader)
    empties = _emptied(told, items, values, reader)
    if first is not None:
        own = _limits_beside(values, items, first[1], reader.study)
        limits = {end: limit for end, limit in own.items() if end not in first[2]} | limits
        left = first[0], first[1], frozenset(end for end in first[2] if end[0] not in empties)
        reader.forms[entry["id"]] = reader.forms[corrects[:LONGEST_NAME]] = left
    return Corrected(
        **entry, corrects=corrects[:LONGEST_NAME], values=values, limits=limits, lesions=_lesions(told, reader), empties=empties,
        moved_to=_when(told, "moved_to", reader), retracts=retracts is True, reason=reason,
    )  # fmt: skip


def _emptied(told: Mapping[str, Any], items: Mapping[str, Item], values: dict[str, Value], reader: _Reader) -> tuple[str, ...]:
    """The items whose answers a correction withdraws; one whose silence means no, is answered no."""
    given = told.get("empty")
    if given is None:
        return ()
    if not isinstance(given, Sequence) or isinstance(given, str) or not all(isinstance(each, str) for each in given):
        reader.note("wrong-shape", "'empty' is a list of items, as [platelets, inr]", "empty")
        return ()
    empties = []
    for key in dict.fromkeys(given):
        item = items.get(key)
        if key in values:
            says = f"'{key[:60]}' is answered and emptied by one correction: the answer is kept"
            reader.note("said-twice", says, "empty")
            continue
        if item is None:
            reader.note("unknown-name", f"'{key[:60]}' is not written down here{{}}", "empty", near=(key, items))
        elif item.blank == "no":
            values[key] = False
            continue
        elif item.required and item.when is None:
            says = f"event {told['corrects']!s:.60} is left without '{key}', which it requires"
            reader.note("missing-answer", says, "empty", severity=Severity.WARNING)
        empties.append(key[:LONGEST_NAME])
    return tuple(empties)


def read_people(folder: Path, study: Study) -> tuple[dict[str, tuple[Event, ...]], tuple[Finding, ...]]:
    """The events of each participant of a folder, one file each, and all that is wrong with the files."""
    people: dict[str, tuple[Event, ...]] = {}
    findings: list[Finding] = []
    for file in sorted(folder.glob("*.jsonl")):
        events, found = read_events(file, study, file=f"{folder.name}/{file.name}")
        people[file.stem] = events
        findings += found
    return people, tuple(findings)


# --- facts by name ---------------------------------------------------------------------------------------------------


def read_facts(source: Path, study: Study) -> tuple[tuple[Event, ...], tuple[Finding, ...]]:
    """What is known of a person: events, one a line (`.jsonl`), or facts by name (`.yaml`, `.json`).

    Facts by name are a short way to write events: `age: 64 years` records the form that asks for age,
    `surgery: 2024-03-01` that the activity took place (a list of days: each time), `lesions: [...]` the imaging that
    lists them; `on:` says the day of all the others.
    """
    if source.suffix == ".jsonl":
        return read_events(source, study)
    text = document(source, file=str(source))
    reader = _Reader(study, str(source), source.stem, list(text.findings))
    if not isinstance(text.root, Mapping_):
        if not text.findings:
            reader.note("wrong-shape", "facts are written by name, one a line, as age: 64 years")
        return (), reader.found()
    told = {key.text: node for key, node in text.root.entries}
    places = {key.text: key.place for key, _ in text.root.entries}

    reader.line = 1
    for name, place in places.items():
        line = place.line, text.lines[place.line - 1]
        reader.where[name] = line
        reader.where.setdefault(name.rpartition(".")[2], line)
    on = _plain(told.pop("on")) if "on" in told else ""
    if _when({"on": on}, "on", reader) is None:
        if not on:
            reader.note("missing-key", "say the day that these facts are about: on: 2024-03-01")
        return (), reader.found()
    forms: dict[tuple[str, str], dict[str, Any]] = {}
    for name, node in told.items():
        if name == "lesions":
            forms.setdefault((_listing(study), on), {})["lesions"] = _plain(node)
        elif name in study.activities:
            for each in node.items if isinstance(node, Sequence_) else (node,):
                day = _plain(each)
                if _when({name: day}, name, reader) is not None:
                    forms.setdefault((name, str(day)), {})
                elif not day:
                    reader.note("missing-key", f"'{name}' says the day on which it took place: 2024-03-01", name)
        elif (form := _form_of(name, study, reader)) is not None:
            item = name.rpartition(".")[2]
            items = forms.setdefault((form, on), {}).setdefault("items", {})
            if item in items:
                reader.note("said-twice", f"'{item}' is said with and without its activity: the first is kept", name)
            items.setdefault(item, _plain(node))
    events = []
    for number, ((form, day), said) in enumerate(forms.items(), start=1):
        event = event_of({"on": day, "do": form, "id": str(number), **said}, reader)
        if event is not None:
            events.append(event)
    return tuple(events), reader.found()


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
        where = " or ".join(f"{each}.{name}" for each in forms)
        reader.note("ambiguous", f"'{name}' is written down in several activities: say {where}", name)
    else:
        known = {key for each in study.activities.values() for key in each.items} | set(study.activities)
        reader.note("unknown-name", f"'{name[:60]}' is not a fact of this study{{}}", name, near=(name, known))
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


# --- events as text --------------------------------------------------------------------------------------------------


def line_of(event: Event, study: Study) -> str:
    """An event as a line of a file of events, which `read_events` reads back as the same event.

    Numbers are written with their item's unit.
    """
    told: dict[str, Any] = {"on": _date(event.on)}
    match event:
        case Recorded():
            told["do"] = event.activity
            activity = study.activities.get(event.activity)
            told["items"] = _told_items(event, activity.items if activity is not None else {})
            told["lesions"] = _told_lesions(event.lesions)
        case Decided():
            told |= {"decide": event.step, "option": event.option, "reason": event.reason}
            told["items"] = {"members": event.members} if event.members else {}
        case Corrected():
            told["corrects"] = event.corrects
            items = {key: item for each in study.activities.values() for key, item in each.items.items()}
            told["items"] = _told_items(event, items)
            told["lesions"] = _told_lesions(event.lesions)
            told |= {"empty": list(event.empties), "retract": event.retracts, "reason": event.reason}
            told["moved_to"] = _date(event.moved_to) if event.moved_to is not None else ""
    told |= {"by": event.by, "role": event.role, "site": event.site, "note": event.note, "id": event.id}
    told["entered"] = event.entered.isoformat() if event.entered is not None else ""
    told["participant"] = event.participant
    needed = ("on", "do", "decide", "option", "corrects", "id", "participant")
    kept = {key: each for key, each in told.items() if key in needed or each or (each == [] and key == "lesions")}
    return json.dumps(kept, ensure_ascii=False)


def _date(when: When) -> str:
    first, last = when.first, when.last
    if when.is_exact:
        return first.isoformat()
    return f"{first.year:04}-{first.month:02}" if first.month == last.month else f"{first.year:04}"


def _told_items(event: Recorded | Corrected, items: Mapping[str, Item]) -> dict[str, Any]:
    told: dict[str, Any] = {key: _told(value, items.get(key)) for key, value in event.values.items()}
    for (key, end), limit in event.limits.items():
        if not isinstance(told.get(key), dict):
            told[key] = {"value": told[key]} if key in told else {}
        told[key][end] = _told(limit, items.get(key))
    return told


def _told(value: Value, item: Item | None) -> Any:
    match value:
        case bool() | str():
            return value
        case When():
            return _date(value)
        case Unclear(text=text):
            return text
        case tuple():
            return list(value)
        case _:
            number = int(value) if value == int(value) else value
            return f"{number} {item.unit}" if item is not None and item.unit else number


def _told_lesions(seen: tuple[Seen, ...] | None) -> list[dict[str, Any]] | None:
    if seen is None:
        return None
    told = [
        {
            "id": each.id, "status": each.status, "organ": each.organ, "segment": each.segment, "role": each.role,
            "diameter": each.diameter_mm if each.diameter_mm is None else f"{_told(each.diameter_mm, None)} mm",
            "node": each.node,
        }
        for each in seen
    ]  # fmt: skip
    return [{key: part for key, part in each.items() if part is not None and part != ""} for each in told]


def write_events(people: Mapping[str, Sequence[Event]], folder: Path, study: Study) -> tuple[Finding, ...]:
    """Write each participant's events to a file of the folder, and say what was not written.

    Nothing that stands in a file is changed. An event that is there already is not written again; one that is told
    otherwise than the file has it under the same name is a finding, and the first stays.
    """
    folder.mkdir(parents=True, exist_ok=True)
    findings: list[Finding] = []
    for who, events in people.items():
        file = folder / f"{file_name(who)}.jsonl"
        before = file.read_bytes() if file.exists() else b""
        there = _there(before)
        lines = []
        for event in events:
            line = line_of(event, study)
            first = there.get(event.id)
            if first is None:
                there[event.id] = len(there) + 1, json.loads(line)
                lines.append(line)
            elif first[1] != json.loads(line):
                place = Place(f"{folder.name}/{file.name}", first[0], 1)
                says = f"event '{event.id}' was told otherwise before: that stays, and what is told now is not written"
                findings.append(Finding("said-otherwise", place, says, text=line[:2000]))
        if lines:
            gap = "\n" if before and not before.endswith(b"\n") else ""
            with file.open("ab") as opened:
                opened.write((gap + "\n".join(lines) + "\n").encode())
    return tuple(findings)


def _there(before: bytes) -> dict[str, tuple[int, Any]]:
    """The events that a file holds, by name, each with its line."""
    found: dict[str, tuple[int, Any]] = {}
    for number, line in enumerate(before.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        try:
            told = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(told, dict):
            found.setdefault(str(told.get("id", number)), (number, told))
    return found


@cache
def file_name(participant: str) -> str:
    """A participant's name as that of a file: letters, digits and a few signs as they are, all else by its bytes.

    >>> file_name("A-07"), file_name("../x")
    ('A-07', '%2E.%2Fx')
    """
    spelt = re.sub(r"^\.|[^\w .+@=-]", lambda found: "".join(f"%{each:02X}" for each in found[0].encode()), participant)
    if len(spelt.encode()) > 200:
        return f"{spelt[:40]}%{blake2b(participant.encode(), digest_size=16).hexdigest()}"
    return spelt or "%"
