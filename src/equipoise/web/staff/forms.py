"""A form made from an activity of the study: its fields, and what somebody wrote into them as the body of an event.

An answer that an item does not take stops the form, with a sentence beside the field. One that is taken and unlikely,
or that the protocol did not expect, is said beside the field as well, and is saved if the person says so once more.
"""

import re
import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from ...answers import Refused, answer
from ...calendar import When
from ...chart import Chart, chart
from ...deviations import deviations
from ...events import Event, Recorded, current
from ...expression.english import english
from ...expression.explain import explain
from ...expression.facts import Facts, Row, Unclear, Why
from ...finding import Unreadable
from ...lesions import STATUSES
from ...logic import NOT_MET, UNKNOWN
from ...protocol import LESION_FACTS, ORGANS, Item, Limits
from ...study import Study
from ...transcript import read_events

SPARE = 3
"""Empty lines that a table of lesions ends with."""
PARTICIPANT = ("participant", "patient")
"""By whom an activity is answered that is a questionnaire."""
COMPUTED = {"randomisation": ("arm",), "enrolment": ("site",)}
"""Items that no form asks for: the vault says the arm, the participant's row the site."""


@dataclass(frozen=True, slots=True)
class Field:
    """One item as a form asks for it, with what was written and what is to be said of that."""

    name: str
    item: Item
    value: str = ""
    fault: str = ""
    warning: str = ""
    is_asked: bool = True
    """Whether the item's `when` lets it be asked; one that is not, is hidden and not read."""
    awaits: bool = False
    """Whether its `when` waits for an answer on this very form: it is hidden until that is given."""
    is_wanted: bool = False
    """Whether a criterion waits for it."""
    choices: tuple[tuple[str, str], ...] = ()

    @property
    def label(self) -> str:
        """What people call it."""
        said = self.item.judge or self.item.label or self.item.name.replace("_", " ")
        return said[:1].upper() + said[1:]

    @property
    def is_shown(self) -> bool:
        """Whether it stands on the page."""
        return self.is_asked and not self.awaits

    @property
    def kind(self) -> str:
        """How it is drawn."""
        return {
            "integer": "number", "real": "number", "quantity": "number", "score": "scale" if self._is_short else "number",
            "date": "date", "month": "date", "choice": "choice", "yes_no": "yes_no", "lesions": "lesions", "file": "text",
        }.get(self.item.type or "text", "text")  # fmt: skip

    @property
    def _is_short(self) -> bool:
        return self.item.range is not None and self.item.range.high - self.item.range.low <= 10

    @property
    def unit(self) -> str:
        """The unit that is meant where none is written, as people write it."""
        return UNITS.get(self.item.unit, self.item.unit)

    @property
    def hint(self) -> str:
        """What is possible and what is likely."""
        parts = []
        if self.item.expect is not None:
            parts.append(f"usually {_between(self.item.expect)}")
        elif self.item.range is not None and self.kind == "number":
            parts.append(_between(self.item.range))
        if self.kind == "date":
            parts.append("year-month-day, or as much of it as is known")
        return "; ".join(parts)

    @property
    def chosen(self) -> tuple[str, ...]:
        """The codes chosen, where several may be."""
        return tuple(part for part in self.value.split(",") if part)


UNITS = {"umol/L": "µmol/L", "ug/L": "µg/L", "10^9/L": "10⁹/L", "mm[Hg]": "mmHg", "Cel": "°C", "a": "years", "m2": "m²"}


def _between(limits: Limits) -> str:
    return f"{limits.low:,.10g} to {limits.high:,.10g}"


@dataclass(frozen=True, slots=True)
class LesionLine:
    """One line of a table of lesions, as written."""

    index: int
    id: str = ""
    organ: str = ""
    segment: str = ""
    diameter: str = ""
    status: str = ""
    fault: str = ""
    is_known: bool = False

    @property
    def number(self) -> str:
        """Its place in the table, as fields are named."""
        return str(self.index)


@dataclass(frozen=True, slots=True)
class Form:
    """A form of one activity, blank or filled."""

    activity: str
    label: str
    on: str
    fields: tuple[Field, ...]
    lesions: tuple[LesionLine, ...] | None = None
    no_lesion: bool = False
    """Whether somebody ticked that none was seen."""
    note: str = ""
    faults: tuple[str, ...] = ()
    """What is wrong with the form as a whole."""
    body: Mapping[str, Any] = field(default_factory=dict)
    """The event that it amounts to."""

    @property
    def is_sound(self) -> bool:
        """Whether it may be saved."""
        return not self.faults and not any(each.fault for each in self.fields) and not any(x.fault for x in self.lesions or ())

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is to be looked at again, and may stand."""
        return tuple(each.warning for each in self.fields if each.warning)

    @property
    def wanted(self) -> tuple[Field, ...]:
        """The fields that a criterion waits for."""
        return tuple(each for each in self.fields if each.is_wanted)

    @property
    def others(self) -> tuple[Field, ...]:
        """The fields that none waits for."""
        return tuple(each for each in self.fields if not each.is_wanted)

    @property
    def unfolding(self) -> dict[str, bool]:
        """The fields that come and go with answers, by name, each with whether it stands on the page."""
        return {each.name: each.is_shown for each in self.fields if each.item.when is not None}

    def unanswered(self, asked: Iterable[str]) -> tuple[str, ...]:
        """The questions that only the answers brought up: on the page now, without an answer, and not among those asked."""
        there = frozenset(asked)
        return tuple(
            each.label for each in self.fields
            if each.item.when is not None and each.is_shown and not each.value.strip() and each.name not in there
        )  # fmt: skip

    @property
    def organs(self) -> tuple[str, ...]:
        """Where a lesion may lie."""
        return ORGANS

    @property
    def statuses(self) -> tuple[str, ...]:
        """How a lesion may be seen."""
        return tuple(STATUSES)


def new_request() -> str:
    """A name for one act of saving, made when the form is drawn: sent twice, it is done once. Later ones sort later."""
    moment = int(time.time() * 1000)
    return str(uuid.UUID(int=(moment << 80) | (uuid.uuid4().int & ((1 << 80) - 1)), version=4))


def event_id(request: str, index: int = 0) -> str:
    """The name of an event saved by a request: in the order in which forms were opened.

    >>> event_id("01936b2e-5c00-4abc-8def-0123456789ab")
    '1732670020608-789ab'
    """
    number = uuid.UUID(request).int
    return f"{number >> 80}-{number & 0xFFFFF:05x}{f'.{index}' if index else ''}"


def form(
    activity: str,
    study: Study,
    known: Chart | None,
    *,
    on: date,
    wanted: Iterable[str] = (),
    written: Mapping[str, str] | None = None,
) -> Form:
    """A form to fill in.

    Args:
        activity: Of what.
        study: Whose.
        known: What is known of the participant: lesions to look for again, and what `when` is about.
        on: The day it is about, unless somebody changes it.
        wanted: The items that criteria wait for; unsaid, all are alike.
        written: What was written before and is shown again: a draft, or what a correction starts from.
    """
    told = written or {}
    asked = study.activities[activity]
    wanted = tuple(wanted)
    fields = [
        Field(
            f"{activity}.{name}", item, told.get(f"{activity}.{name}", ""), is_wanted=name in wanted,
            choices=_choices(item, known),
        )
        for name, item in asked.items.items()
        if name not in COMPUTED.get(activity, ())
    ]  # fmt: skip
    fields = _asked(fields, activity, study, known, on)
    lines = None
    if asked.lesions:
        lines = _written_lines(activity, told) if any(key.startswith(f"{activity}.lesion.") for key in told) else None
        lines = lines or _known_lines(known)
        lines = (*lines, *(LesionLine(index) for index in range(len(lines), len(lines) + (SPARE if known else 4))))
    return Form(
        activity, study.label(activity), told.get(f"{activity}.on", on.isoformat()), tuple(fields), lines,
        bool(told.get(f"{activity}.no_lesion")), told.get(f"{activity}.note", ""),
    )  # fmt: skip


def filled(
    activity: str, study: Study, known: Chart | None, told: Mapping[str, str], *, today: date, id: str,
    wanted: Iterable[str] = (), partial: bool = False,
) -> Form:  # fmt: skip
    """A form as somebody sent it: read, every fault beside its field, and the event that it amounts to.

    Args:
        activity: Of what.
        study: Whose.
        known: What is known of the participant so far.
        told: What was sent, by the fields' names; several choices joined by commas.
        today: The day it is; nothing is recorded of a later one.
        id: The name of the event.
        wanted: The items that criteria wait for.
        partial: Whether items that the form requires may be left for another time.
    """
    on, faults = _day(told.get(f"{activity}.on", ""), today)
    blank = form(activity, study, known, on=on.first if on is not None else today, wanted=wanted, written=told)
    items: dict[str, Any] = {}
    fields = []
    for each in blank.fields:
        raw = each.value.strip()
        if not each.is_asked:
            fields.append(replace(each, value=""))
            continue
        if not raw:
            lacks = each.item.required and not partial and not each.awaits
            fields.append(replace(each, fault="This is needed." if lacks else ""))
            continue
        given, fault, warning = _read(each.item, raw)
        fields.append(replace(each, fault=fault, warning=warning))
        if not fault:
            items[each.item.name] = given
    fields = _asked(fields, activity, study, known, on.first if on is not None else today, items)
    lines, seen = (blank.lesions, None)
    if blank.lesions is not None:
        lines, seen = _read_lesions(blank.lesions)
        if seen and blank.no_lesion:
            faults = (*faults, "It is ticked that no lesion was seen, and lesions are listed.")
        if not seen and not blank.no_lesion:
            seen = None
    body: dict[str, Any] = {"id": id, "on": str(on) if on is not None else "", "do": activity}
    if items:
        body["items"] = items
    if seen is not None:
        body["lesions"] = seen
    if blank.note.strip():
        body["note"] = blank.note.strip()[:2000]
    return replace(blank, fields=tuple(fields), lesions=lines, faults=faults, body=body)


def consequences(study: Study, known: Chart, bodies: Sequence[Mapping[str, Any]], *, today: date) -> tuple[str, ...]:
    """What the protocol did not expect and these events would bring: deviations that are there with them and not without."""
    added = events_of(bodies, study, known.participant)
    before = {(each.rule, each.says) for each in deviations(study, chart(study, known.events, until=today))}
    after = chart(study, (*known.events, *added), until=today)
    new = [each.says for each in deviations(study, after) if (each.rule, each.says) not in before]
    new += [f"{study.label(each.activity)} of {each.on} is recorded already, word for word, by {each.by or 'somebody'}"
            for each in _there(known, added)]  # fmt: skip
    return tuple(dict.fromkeys(f"{each[:1].upper()}{each[1:]}." for each in new))


def _there(known: Chart, added: Iterable[Event]) -> list[Recorded]:
    """What stands recorded and says the same as something that is to be added: written down twice, as like as not."""

    def said(each: Recorded) -> tuple[object, ...]:
        return each.activity, each.on, dict(each.values), dict(each.limits), each.lesions

    new = [said(each) for each in added if isinstance(each, Recorded)]
    return [each for each in current(known.events)[0] if isinstance(each, Recorded) and said(each) in new]


def events_of(bodies: Sequence[Mapping[str, Any]], study: Study, participant: str = "") -> tuple[Event, ...]:
    """Bodies of events, as the ledger holds them, as the engine's events."""
    import json

    text = "\n".join(json.dumps(each, ensure_ascii=False) for each in bodies)
    return read_events(text, study, participant=participant)[0]


def _day(text: str, today: date) -> tuple[When | None, tuple[str, ...]]:
    try:
        on = When.from_text(text)
    except Unreadable as why:
        return None, (f"The day: {why.says}." if text else "Say the day that this is about.",)
    if on.first > today:
        return on, (f"{on} has not come yet: a form tells what took place.",)
    if on.first.year < 1900:
        return on, (f"{on} is hardly a day of a trial.",)
    return on, ()


def _read(item: Item, raw: str) -> tuple[Any, str, str]:
    """An answer as it is kept, a sentence on why it is none, and one on why it is unlikely."""
    given: Any = raw
    if item.type == "lesions":
        given = [part for part in raw.split(",") if part]
    try:
        value = answer(item, _units(raw) if item.type == "quantity" else given)
    except Refused as why:
        says = why.says.removeprefix(f"{item.name}: ")
        return None, f"{says[:1].upper()}{says[1:]}{'' if says.endswith('?') else '.'}", ""
    warning = ""
    if item.expect is not None and isinstance(value, float) and not item.expect.low <= value <= item.expect.high:
        warning = f"{value:g} {item.unit} is unlikely ({item.expect} is usual): please look again."
    if isinstance(value, float) and item.type != "quantity":
        given = int(value) if value.is_integer() else value
    elif item.type == "quantity":
        text = _units(raw)
        given = f"{text} {item.unit}" if item.unit and re.fullmatch(r"[-+0-9.,eE]+", text) else text
    elif item.type == "yes_no":
        given = "yes" if value else "no"
    return given, "", warning


def _units(raw: str) -> str:
    for code, shown in UNITS.items():
        raw = raw.replace(shown, code)
    return raw.replace("μ", "u").replace("µ", "u")


def _choices(item: Item, known: Chart | None) -> tuple[tuple[str, str], ...]:
    if item.type == "choice":
        labels = {str(code): said for code, said in item.of.items()} if isinstance(item.of, Mapping) else {}
        return tuple((code, labels.get(code, "") or code.replace("_", " ")) for code in map(str, item.of))
    if item.type == "yes_no":
        return ("yes", "Yes"), ("no", "No")
    if item.type == "score" and item.range is not None:
        return tuple((str(n), str(n)) for n in range(int(item.range.low), int(item.range.high) + 1))
    if item.type == "lesions" and known is not None:
        return tuple((each.id, _lesion_words(each.id, known)) for each in known.lesions)
    return ()


def _lesion_words(name: str, known: Chart) -> str:
    seen = [each for each in known.sightings if each.lesion == name]
    sized = [each for each in seen if each.diameter_mm is not None]
    where = next((f"{each.organ.replace('_', ' ')} {each.segment or ''}".strip() for each in seen if each.organ), "")
    size = f"{sized[-1].diameter_mm:g} mm on {sized[-1].on}" if sized else ""
    told = ", ".join(part for part in (where, size) if part)
    return f"{name} ({told})" if told else name


def _known_lines(known: Chart | None) -> tuple[LesionLine, ...]:
    lines: list[LesionLine] = []
    for each in known.lesions if known is not None else ():
        seen = [one for one in known.sightings if one.lesion == each.id] if known is not None else []
        first = next((one for one in seen if one.organ), None)
        organ, segment = (first.organ or "", first.segment or "") if first is not None else ("", "")
        lines.append(LesionLine(len(lines), each.id, organ, segment, is_known=True))
    return tuple(lines)


def _written_lines(activity: str, told: Mapping[str, str]) -> tuple[LesionLine, ...]:
    lines: list[LesionLine] = []
    for index in range(100):
        part = {
            key: told.get(f"{activity}.lesion.{index}.{key}", "").strip()
            for key in ("id", "organ", "segment", "diameter", "status")
        }
        if any(part.values()):
            known = bool(told.get(f"{activity}.lesion.{index}.known"))
            lines.append(LesionLine(len(lines), **part, is_known=known))
    return tuple(lines)


def _read_lesions(lines: tuple[LesionLine, ...]) -> tuple[tuple[LesionLine, ...], list[dict[str, Any]]]:
    read: list[LesionLine] = []
    seen: list[dict[str, Any]] = []
    names: set[str] = set()
    for line in lines:
        told = line.diameter or line.status
        if not (line.id or told or line.organ or line.segment) or (line.is_known and not told):
            read.append(line)
            continue
        fault = ""
        name = (
            line.id
            or f"L{1 + max((int(each.id[1:]) for each in lines if re.fullmatch(r'L[0-9]{1,3}', each.id)), default=0) + len(seen)}"
        )
        if name in names:
            fault = f"{name} is listed twice."
        elif len(name) > 40 or "," in name or not name.isprintable():
            fault = "A lesion's name is short, as L1, and has no comma."
        elif line.organ not in ("", *ORGANS) or line.status not in ("", *STATUSES):
            fault = "Choose the organ, and how it was seen, from the list."
        names.add(name)
        lesion: dict[str, Any] = {"id": name}
        for key, given in (("organ", line.organ), ("segment", line.segment), ("status", line.status)):
            if given:
                lesion[key] = given
        if line.diameter:
            try:
                size = answer(replace(LESION_FACTS["diameter"], name="diameter"), line.diameter)
                if not isinstance(size, float) or not 0 <= size < 1000:
                    fault = f"{line.diameter[:20]} is not possible."
            except Refused as why:
                fault = f"{why.says.removeprefix('diameter: ')[:1].upper()}{why.says.removeprefix('diameter: ')[1:]}."
            lesion["diameter"] = line.diameter if re.search(r"[a-z]", line.diameter) else f"{line.diameter} mm"
        seen.append(lesion)
        read.append(replace(line, id=name, fault=fault))
    return tuple(read), seen


def _asked(
    fields: Sequence[Field], activity: str, study: Study, known: Chart | None, on: date, items: Mapping[str, Any] | None = None
) -> list[Field]:
    """The fields, each with whether its `when` lets it be asked, by what is known and by the form itself.

    A questionnaire is answered anew each time: what was answered on an earlier one does not unfold it.
    """
    if not any(each.item.when is not None for each in fields):
        return list(fields)
    if items is None:
        items = {}
        for each in fields:
            given, fault, _ = _read(each.item, each.value.strip()) if each.value.strip() else (None, "", "")
            if given is not None and not fault:
                items[each.item.name] = given
    read = events_of([{"id": "draft", "on": on.isoformat(), "do": activity, "items": dict(items)}], study)
    values = dict(read[0].values) if read and isinstance(read[0], Recorded) else {}
    own = {each.item.name for each in fields} - set(items)
    if study.activities[activity].by in PARTICIPANT:
        values = {**dict.fromkeys(own, Unclear("", Why.LEFT_BLANK)), **values}
    base = known.facts if known is not None else Facts(on, {}, frozenset(study.protocol.closed))
    rows = {**base.rows, activity: (*base.rows.get(activity, ()), Row(When.on(on), values, {}, "draft"))}
    facts = Facts(max(on, base.until), rows, base.closed)
    found = []
    for each in fields:
        if each.item.when is None:
            found.append(each)
            continue
        read_of = explain(each.item.when.settled, facts)
        waits = read_of.truth is UNKNOWN and any(lack.form == activity and lack.fact in own for lack in read_of.missing)
        found.append(replace(each, is_asked=read_of.truth is not NOT_MET, awaits=waits and not each.value.strip()))
    return found


def asked_when(item: Item, study: Study) -> str:
    """In words, when an item is asked; empty where always."""
    return english(item.when.settled, study.scope) if item.when is not None else ""
