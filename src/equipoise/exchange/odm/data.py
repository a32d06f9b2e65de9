"""Clinical data in ODM: what was recorded, as a snapshot; and files of others as events."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as xml
from xml.parsers import expat

from ...calendar import When
from ...events import Decided, Event, Recorded, current
from ...expression.facts import Unclear, Value
from ...finding import Finding, Place, Severity
from ...study import Study
from ..format import Cases, Received
from ..forms import DECIDED, DECISION, LESION, forms, how_many
from ..forms import received as events_of
from .metadata import ENDS, EVENT, SPACE, add

MOST = 200_000_000
TYPED = frozenset(
    f"ItemData{kind}"
    for kind in (
        "", "Any", "Boolean", "Date", "Datetime", "Double", "Float", "IncompleteDate", "IncompleteDatetime", "IncompleteTime", "Integer",
        "PartialDate", "PartialDatetime", "PartialTime", "String", "Time", "URI",
    )
)  # fmt: skip
"""The elements that hold an answer as it is written: without a type, or named after it."""


# --- out -------------------------------------------------------------------------------------------------------------


def clinical_data(study: Study, cases: Cases, top: xml.Element) -> None:
    """Put what was recorded into a file: for each participant, each form on its day, as it stands after corrections."""
    name = study.protocol.study
    data = add(top, "ClinicalData", {"StudyOID": f"ST.{name}", "MetaDataVersionOID": f"MDV.{name}"})
    told = forms(study)
    for who, events in cases.people.items():
        subject = add(data, "SubjectData", {"SubjectKey": who})
        if (site := site_of(events)) is not None:
            add(subject, "SiteRef", {"LocationOID": f"LOC.{site}"})
        if cases.is_virtual:
            add(
                add(subject, "Annotation", {"SeqNum": "1"}),
                "Comment",
                {"SponsorOrSite": "Sponsor"},
                "VIRTUAL PARTICIPANT: nobody was treated.",
            )
        number = 0
        for event in current(events)[0]:
            form = event.activity if isinstance(event, Recorded) else DECISION
            if event.on.first > cases.until or form not in told and form != DECISION:
                continue
            number += 1
            within = add(subject, "StudyEventData", {"StudyEventOID": EVENT, "StudyEventRepeatKey": str(number)})
            filled = add(within, "FormData", {"FormOID": f"FO.{form}", "FormRepeatKey": event.id})
            _filled(filled, form, event, study)


def site_of(events: Iterable[Event]) -> str | None:
    """The site of which all of a participant's events are, or that the first of them says."""
    return next((each.site for each in events if isinstance(each, Recorded | Decided) and each.site), None)


def sites(study: Study, cases: Cases, top: xml.Element) -> tuple[Finding, ...]:
    """Put the sites of participants into a file; whose events are of several comes back: the standard knows one of each."""
    named = {site: None for events in cases.people.values() if (site := site_of(events)) is not None}
    if not named:
        return ()
    name = study.protocol.study
    admin = add(top, "AdminData", {"StudyOID": f"ST.{name}"})
    for site in named:
        known = study.protocol.sites.get(site)
        label = known.label if known is not None and known.label else site
        location = add(admin, "Location", {"OID": f"LOC.{site}", "Name": label, "LocationType": "Site"})
        version = {"StudyOID": f"ST.{name}", "MetaDataVersionOID": f"MDV.{name}", "EffectiveDate": str(cases.until)}
        add(location, "MetaDataVersionRef", version)
    moved = [
        who for who, events in cases.people.items()
        if len({each.site for each in events if isinstance(each, Recorded | Decided)} - {site_of(events)}) > 0
    ]  # fmt: skip
    if not moved:
        return ()
    many = f"{len(moved):,} {'has' if len(moved) == 1 else 'have'}"
    says = f"ODM has one site of each participant, and {many} events of several or of none, {moved[0]} for one"
    return (Finding("not-carried", study.protocol.place, says, Severity.WARNING),)


def ranged(study: Study, cases: Cases) -> frozenset[tuple[str, str, str]]:
    """The forms, items and ends of the ranges that laboratories gave beside answers."""
    return frozenset(
        (event.activity, key, end) for events in cases.people.values() for event in current(events)[0]
        if isinstance(event, Recorded) and event.activity in study.activities
        for key, end in event.limits if key in study.activities[event.activity].items
    )  # fmt: skip


def _filled(filled: xml.Element, form: str, event: Recorded | Decided, study: Study) -> None:
    group = add(filled, "ItemGroupData", {"ItemGroupOID": f"IG.{form}"})

    def put(key: str, value: str, within: xml.Element = group) -> None:
        if value:
            add(within, "ItemData", {"ItemOID": f"IT.{form}.{key}", "Value": value})

    put("on", str(event.on))
    if isinstance(event, Decided):
        for key in DECIDED:
            value = getattr(event, key)
            put(key, str(value) if value else "")
        return
    known = study.activities[form].items
    for key, value in event.values.items():
        if key in known:
            put(key, _cell(value))
            for end in (end for end in ENDS if (key, end) in event.limits):
                put(f"{key}.{end}", _cell(event.limits[key, end]))
    if event.lesions is not None and not event.lesions:
        put("LESIONS.none", "true")
    for number, seen in enumerate(event.lesions or (), 1):
        one = add(filled, "ItemGroupData", {"ItemGroupOID": f"IG.{form}.LESIONS", "ItemGroupRepeatKey": str(number)})
        node = "" if seen.node is None else _cell(seen.node)
        size = _cell(seen.diameter_mm) if seen.diameter_mm is not None else ""
        for key, value in zip(LESION, (seen.id, seen.organ, seen.segment, size, seen.role, seen.status, node), strict=True):
            put(f"LESIONS.{key}", value, one)


def _cell(value: Value) -> str:
    match value:
        case Unclear():
            return value.text
        case bool():
            return "true" if value else "false"
        case float() | int():
            return str(int(value)) if float(value).is_integer() else repr(value)
        case When():
            return str(value)
        case tuple():
            return ", ".join(value)
        case str():
            return value


# --- a file as nodes with their lines --------------------------------------------------------------------------------


@dataclass(slots=True)
class Node:
    """An element: its tag without the namespace, what it says, and the line on which it begins."""

    tag: str
    said: Mapping[str, str]
    line: int
    within: "list[Node]" = field(default_factory=list)
    text: str = ""

    def each(self, *way: str) -> "Iterator[Node]":
        """The elements to which a way of tags leads."""
        if not way:
            yield self
            return
        for node in self.within:
            if node.tag == way[0]:
                yield from node.each(*way[1:])


def nodes(data: bytes) -> Node:
    """A file as nodes. A file that defines entities is refused: none of these standards does.

    Raises:
        ValueError: It is no XML, or defines entities; the sentence says so.
    """
    parser = expat.ParserCreate(namespace_separator=" ")
    top = Node("", {}, 0)
    open_ = [top]

    def begun(tag: str, said: dict[str, str]) -> None:
        space, _, bare = tag.rpartition(" ")
        made = Node(bare if space in (SPACE, "") else tag, said, parser.CurrentLineNumber)
        if len(open_) > 100:
            raise ValueError("it is nested too deeply")
        open_[-1].within.append(made)
        open_.append(made)

    def told(text: str) -> None:
        open_[-1].text += text

    def refused(*_: object) -> None:
        raise ValueError("it declares a document type, which no file of this standard needs")

    parser.StartElementHandler = begun
    parser.EndElementHandler = lambda _tag: open_.pop()
    parser.CharacterDataHandler = told
    parser.StartDoctypeDeclHandler = refused
    try:
        parser.Parse(data, True)
    except expat.ExpatError as why:
        raise ValueError(f"it is no XML: line {why.lineno}: {expat.ErrorString(why.code)}") from None
    return top


# --- in --------------------------------------------------------------------------------------------------------------


def received(study: Study, path: Path) -> Received:
    """Participants' events from a file; each has the same identifier however often it is read."""
    called = str(path)
    try:
        if path.stat().st_size > MOST:
            return Received({}, (Finding("unreadable", Place(called), f"the file is larger than {MOST // 1_000_000} MB"),))
        top = nodes(path.read_bytes())
    except (OSError, ValueError) as why:
        says = f"the file cannot be read: {getattr(why, 'strerror', None) or why}"
        return Received({}, (Finding("unreadable", Place(called), says),))
    reading = _Reading(study, called, top)
    for data in top.each("ODM", "ClinicalData"):
        reading.clinical_data(data)
    if not reading.told and not reading.findings:
        reading.note(top.within[0] if top.within else top, "the file holds no clinical data", Severity.WARNING)
    return events_of(study, reading.told, called, reading.findings)


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text.strip()) is not None


Way = tuple[tuple[str, ...], ...]
_NAMED = {
    "SubjectData": ("SubjectKey",),
    "StudyEventData": ("StudyEventOID", "StudyEventRepeatKey"),
    "FormData": ("FormOID", "FormRepeatKey"),
    "ItemGroupData": ("ItemGroupOID", "ItemGroupRepeatKey"),
}


def _way(above: Way, node: Node) -> Way:
    """Where an element stands among the participants, events, forms, groups and items of a file."""
    return (*above, tuple(node.said.get(key, "") for key in _NAMED.get(node.tag, ("ItemOID",))))


def _removed(above: Way, node: Node) -> Iterator[Way]:
    """What a file removes within an element: it holds for all that the file says of the same."""
    for each in node.within:
        if each.tag in _NAMED or each.tag in TYPED:
            way = _way(above, each)
            if each.said.get("TransactionType") == "Remove":
                yield way
            yield from _removed(way, each)


class _Reading:
    """Clinical data on their way to events: what each identifier of the file means in the study."""

    def __init__(self, study: Study, file: str, top: Node) -> None:
        self.study, self.file = study, file
        self.told: dict[str, list[tuple[Place, dict[str, Any]]]] = {}
        self.findings: list[Finding] = []
        self._forms = forms(study)
        self._items = self._defined(top)
        self._units = {
            node.said.get("OID", ""): node.said.get("Name", "")
            for node in top.each("ODM", "Study", "BasicDefinitions", "MeasurementUnit")
        }
        self._usual: dict[str, list[str]] = {}
        for item in top.each("ODM", "Study", "MetaDataVersion", "ItemDef"):
            units = [each.said.get("MeasurementUnitOID", "") for each in item.each("MeasurementUnitRef")]
            self._usual[item.said.get("OID", "")] = units
        self._described = {node.said.get("OID", "") for node in top.each("ODM", "Study")}
        self._is_ours = any(node.said.get("SourceSystem") == "equipoise" for node in top.each("ODM"))
        self._gone = {way for data in top.each("ODM", "ClinicalData") for way in _removed((), data)}
        self._unknown: set[str] = set()
        self._site = ""
        self._sites = dict(self._locations(top))

    def note(self, node: Node, says: str, weight: Severity) -> None:
        """Something that was not understood, at its line."""
        place = Place(self.file, node.line)
        if weight is Severity.ERROR:
            self.findings.append(Finding("not-understood", place, says, Severity.ERROR))
        else:
            self.findings.append(Finding("not-understood", place, says, Severity.WARNING))

    def _defined(self, top: Node) -> dict[str, tuple[str, str]]:
        """What items mean: by our own identifiers, else by the names of forms and items in the file's metadata."""
        made = {f"IT.{form}.{key}": (form, key) for form, each in self._forms.items() for key in ("on", *each.items)}
        made |= {
            f"IT.{form}.{key}.{end}": (form, f"{key}.{end}")
            for form, each in self._forms.items() for key in each.items for end in ENDS
        }  # fmt: skip
        made |= {f"IT.{form}.LESIONS.{key}": (form, f"LESIONS.{key}") for form in self._forms for key in ("none", *LESION)}
        made |= {f"IT.{DECISION}.{key}": (DECISION, key) for key in ("on", *DECIDED)}
        only: dict[str, list[tuple[str, str]]] = {}
        for form, each in self._forms.items():
            for key in each.items:
                only.setdefault(key.casefold(), []).append((form, key))
        for node in top.each("ODM", "Study", "MetaDataVersion", "ItemDef"):
            meant = only.get(node.said.get("Name", "").casefold(), [])
            if len(meant) == 1:
                made.setdefault(node.said.get("OID", ""), meant[0])
        return made

    def _locations(self, top: Node) -> Iterator[tuple[str, str]]:
        """The study's sites by the identifiers of the file: what we call them, else what the file does."""
        known = self.study.protocol.sites
        for node in top.each("ODM", "AdminData", "Location"):
            oid, called = node.said.get("OID", ""), node.said.get("Name", "")
            named = (name for name, each in known.items() if called.casefold() in (name.casefold(), each.label.casefold()))
            yield oid, oid.removeprefix("LOC.") if oid.removeprefix("LOC.") in known else next(named, called)

    def clinical_data(self, data: Node) -> None:
        """What is told of the participants of a study, if it is this one."""
        of, ours = data.said.get("StudyOID", ""), f"ST.{self.study.protocol.study}"
        if of != ours and (self._is_ours or ours in self._described):
            self.note(data, f"these data are of study '{of[:60]}', not of '{ours}': they are left out", Severity.ERROR)
            return
        if of != ours and any(data.each("SubjectData")):
            says = (
                f"these data are of study '{of[:60]}': they are read by the identifiers and names that it shares with '{ours}'"
            )
            self.note(data, says, Severity.WARNING)
        for subject in data.each("SubjectData"):
            self.subject(subject)

    def _is_gone(self, way: Way, node: Node, what: str) -> bool:
        """Whether the file removes something, here or elsewhere; a finding says so."""
        if way not in self._gone:
            return False
        self.note(
            node, f"{what} of participant '{way[0][0][:40]}' is removed by this file: retract it by hand", Severity.WARNING
        )
        return True

    def subject(self, subject: Node) -> None:
        """What is told of one participant."""
        who = subject.said.get("SubjectKey", "").strip()
        if not who:
            self.note(subject, "a participant without a SubjectKey", Severity.ERROR)
            return
        way = _way((), subject)
        if self._is_gone(way, subject, "everything"):
            return
        self._site = next((self._sites.get(each.said.get("LocationOID", ""), "") for each in subject.each("SiteRef")), "")
        for event in subject.each("StudyEventData"):
            if self._is_gone(at := _way(way, event), event, "an event"):
                continue
            for form in event.each("FormData"):
                if not self._is_gone(_way(at, form), form, "a form"):
                    self._form(who, _way(at, form), event, form)

    def _form(self, who: str, way: Way, event: Node, form: Node) -> None:
        parts: dict[str, dict[str, Any]] = {}
        for group in form.each("ItemGroupData"):
            if self._is_gone(at := _way(way, group), group, "a group of answers"):
                continue
            lesion: dict[str, dict[str, Any]] = {}
            for item in group.within:
                if item.tag in TYPED and not self._is_gone(_way(at, item), item, "an answer"):
                    self._item(item, parts, lesion)
                elif item.tag.startswith("ItemData") and item.tag not in TYPED:
                    self.note(item, f"answers written as {item.tag[:40]} are not read", Severity.WARNING)
            for name, seen in lesion.items():
                if "diameter" in seen:
                    seen["diameter"] = f"{seen['diameter']} mm"
                parts.setdefault(name, {}).setdefault("lesions", []).append(seen)
        for name, told in parts.items():
            if not told.get("on"):
                self.note(form, f"'{name}' of participant '{who[:40]}' has answers and no date: it is left out", Severity.ERROR)
                continue
            key = "-".join(filter(None, (
                event.said.get("StudyEventOID"), event.said.get("StudyEventRepeatKey"), form.said.get("FormOID"), form.said.get("FormRepeatKey"),
            )))  # fmt: skip
            for (item, end), limit in told.pop("limits", {}).items():
                answer = told.get("items", {}).get(item)
                if answer is not None:
                    told["items"][item] = {**(answer if isinstance(answer, dict) else {"value": answer}), end: limit}
            what = {} if name == DECISION else {"do": name}
            if self._site:
                what["site"] = self._site
            self.told.setdefault(who, []).append((Place(self.file, form.line), {"id": f"odm-{key}", **what, **told}))

    def _item(self, item: Node, parts: dict[str, dict[str, Any]], lesion: dict[str, dict[str, Any]]) -> None:
        oid, value = item.said.get("ItemOID", ""), item.said.get("Value")
        value = item.text.strip() if value is None else value
        if oid not in self._items:
            if oid not in self._unknown:
                self._unknown.add(oid)
                self.note(item, f"item '{oid[:60]}' is of no form of this study", Severity.WARNING)
            return
        if item.said.get("IsNull") == "Yes" or not value:
            return
        form, key = self._items[oid]
        if key.startswith("LESIONS.") and key != "LESIONS.none":
            lesion.setdefault(form, {})[key.removeprefix("LESIONS.")] = {"true": "yes", "false": "no"}.get(value, value)
            return
        told = parts.setdefault(form, {})
        if key == "on":
            if told.get("on", value) != value:
                self.note(
                    item,
                    f"'{form}' has two days, {told['on'][:20]} and {value[:20]}: the later in the file is kept",
                    Severity.WARNING,
                )
            told["on"] = value
        elif key == "LESIONS.none":
            told.setdefault("lesions", [])
        elif key.rpartition(".")[2] in ENDS and key not in self._forms[form].items:
            item_name, _, end = key.rpartition(".")
            told.setdefault("limits", {})[item_name, end] = f"{value} {self._forms[form].items[item_name].unit}".strip()
        elif form == DECISION:
            told["decide" if key == "step" else key] = how_many(value) if key == "members" else value
        else:
            named = [each.said.get("MeasurementUnitOID", "") for each in item.each("MeasurementUnitRef")] or self._usual.get(
                oid, []
            )
            if len({*named}) > 1 or named and not self._units.get(named[0]):
                says = f"item '{oid[:60]}' has a unit that the file does not settle: its answer is left out"
                self.note(item, says, Severity.WARNING)
                return
            unit = self._units[named[0]] if named and (any(item.each("MeasurementUnitRef")) or _is_number(value)) else ""
            answers = told.setdefault("items", {})
            answer = {"value": value, "unit": unit} if unit else value
            if answers.get(key, answer) != answer:
                self.note(
                    item, f"'{form}.{key}' is answered twice in one form: the later in the file is kept", Severity.WARNING
                )
            answers[key] = answer
