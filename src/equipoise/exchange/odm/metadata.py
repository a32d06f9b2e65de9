"""A study's forms as ODM metadata: definitions of events, forms, groups of items, items, code lists and conditions."""

import re
from datetime import date
from xml.etree import ElementTree as xml

from ...expression.english import english
from ...finding import Finding, Severity
from ...protocol import Activity, Item, Limits, Line
from ...study import Study
from ...vocabulary import vocabulary
from ..forms import DECIDED, DECISION, LESION, forms, has_decisions

SPACE, XML = "http://www.cdisc.org/ns/odm/v1.3", "http://www.w3.org/XML/1998/namespace"
EVENT = "SE.ANY"
"""The event to which recorded forms belong: in a study file what happens is a form on a day, whichever visit it was."""
NO_DAY = date(2000, 1, 1)
"""The day of a file that holds no data, so that it is the same whenever it is made."""

TYPES = {
    "integer": "integer",
    "real": "float",
    "quantity": "float",
    "score": "float",
    "date": "partialDate",
    "month": "partialDate",
    "yes_no": "boolean",
}
LESION_TYPES = {"diameter": "float", "node": "boolean"}
LONGEST = 4_000
ENDS = {"lln": "lower limit of normal", "uln": "upper limit of normal"}
Ranged = frozenset[tuple[str, str, str]]
"""Forms, items and ends of the ranges that laboratories give beside answers."""


def name(tag: str) -> str:
    """A tag of ODM."""
    return f"{{{SPACE}}}{tag}"


def root(study: Study, until: date | None) -> xml.Element:
    """The file's own element."""
    xml.register_namespace("", SPACE)
    study_name = study.protocol.study
    return xml.Element(name("ODM"), {
        "FileType": "Snapshot", "FileOID": f"ODM.{study_name}", "ODMVersion": "1.3.2", "CreationDateTime": f"{until or NO_DAY}T00:00:00",
        "Granularity": "All" if until is not None else "Metadata", "Originator": study.protocol.sponsor or "unstated", "SourceSystem": "equipoise",
    })  # fmt: skip


UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML may hold.

Source:
    W3C, Extensible Markup Language 1.0, 2.2, Char.
"""


def cleaned(top: xml.Element) -> bool:
    """Put a mark for each character that no XML may hold, and say whether there were any."""
    found = False
    for each in top.iter():
        for key, value in each.attrib.items():
            if UNWRITABLE.search(value):
                each.attrib[key], found = UNWRITABLE.sub("\ufffd", value), True
        if each.text and UNWRITABLE.search(each.text):
            each.text, found = UNWRITABLE.sub("\ufffd", each.text), True
    return found


def written(top: xml.Element) -> bytes:
    """The file."""
    xml.indent(top)
    found: bytes = xml.tostring(top, encoding="utf-8", xml_declaration=True)
    return found + b"\n"


def add(parent: xml.Element, tag: str, said: dict[str, str] | None = None, text: str = "") -> xml.Element:
    """An element within another."""
    made = xml.SubElement(parent, name(tag), said or {})
    made.text = text or None
    return made


def say(parent: xml.Element, tag: str, text: str) -> None:
    """An element that holds a text in English."""
    add(add(parent, tag), "TranslatedText", {f"{{{XML}}}lang": "en"}, text)


def metadata(study: Study, top: xml.Element, ranged: Ranged = frozenset()) -> tuple[Finding, ...]:
    """Put the definitions into a file, those of ranges where there are any; what they do not say comes back."""
    protocol, told = study.protocol, forms(study)
    made = add(top, "Study", {"OID": f"ST.{protocol.study}"})
    about = add(made, "GlobalVariables")
    for tag, text in (
        ("StudyName", protocol.study),
        ("StudyDescription", protocol.summary or protocol.title or protocol.study),
        ("ProtocolName", protocol.title or protocol.study),
    ):
        add(about, tag, text=text)
    if units := sorted({item.unit for each in told.values() for item in each.items.values() if item.unit} | {"mm"}):
        basics = add(made, "BasicDefinitions")
        for unit in units:
            say(add(basics, "MeasurementUnit", {"OID": unit_id(unit), "Name": unit}), "Symbol", unit)
    version = add(
        made, "MetaDataVersion", {"OID": f"MDV.{protocol.study}", "Name": f"{protocol.study} {protocol.version}".strip()}
    )
    plan = add(version, "Protocol")
    add(plan, "StudyEventRef", {"StudyEventOID": EVENT, "Mandatory": "No"})
    for number in range(1, len(protocol.schedule) + 1):
        add(plan, "StudyEventRef", {"StudyEventOID": f"SE.LINE.{number}", "OrderNumber": str(number), "Mandatory": "Yes"})
    _events(version, study)
    for form, each in told.items():
        _form(version, form, each.label or form, lesions=each.lesions, repeats=bool(each.repeats))
    if has_decisions(study):
        _form(version, DECISION, "Decision", lesions=False, repeats=True)
    for form, each in told.items():
        _groups(version, form, each, _limits(form, each, ranged))
    if has_decisions(study):
        group = add(version, "ItemGroupDef", {"OID": f"IG.{DECISION}", "Name": DECISION, "Repeating": "No"})
        for number, key in enumerate(("on", *DECIDED), 1):
            add(
                group,
                "ItemRef",
                {
                    "ItemOID": f"IT.{DECISION}.{key}",
                    "OrderNumber": str(number),
                    "Mandatory": "Yes" if key in ("on", "step", "option") else "No",
                },
            )
    for form, each in told.items():
        _items(version, form, each, _limits(form, each, ranged))
    if has_decisions(study):
        _item(version, f"IT.{DECISION}.on", "on", "partialDate", "Date")
        for key, says in DECIDED.items():
            _item(version, f"IT.{DECISION}.{key}", key, "integer" if key == "members" else "text", says)
    for form, each in told.items():
        for key, item in each.items.items():
            if item.of:
                _codes(version, f"CL.{form}.{key}", item)
    for form, each in told.items():
        for key, item in each.items.items():
            if item.when is not None:
                says = english(item.when.tree, study.scope) if item.when.tree is not None else item.when.text
                condition = add(version, "ConditionDef", {"OID": f"CO.{form}.{key}", "Name": f"{form}.{key} is not asked"})
                say(condition, "Description", f"Not asked unless: {says}.")
                add(condition, "FormalExpression", {"Context": "equipoise"}, f"not ({item.when.text})")
    return _left(study)


def _left(study: Study) -> tuple[Finding, ...]:
    protocol = study.protocol
    if protocol.pathway is None and not protocol.eligibility:
        return ()
    return (Finding("not-carried", protocol.place, "ODM holds forms and no pathway, criteria or endpoints", Severity.NOTE),)


def unit_id(unit: str) -> str:
    """The identifier of a unit."""
    return "MU." + "".join(each if each.isalnum() else f"_{ord(each):x}_" for each in unit)


def _events(version: xml.Element, study: Study) -> None:
    told = [*forms(study), *([DECISION] if has_decisions(study) else [])]
    anything = add(version, "StudyEventDef", {"OID": EVENT, "Name": "Recorded", "Repeating": "Yes", "Type": "Common"})
    for form in told:
        add(anything, "FormRef", {"FormOID": f"FO.{form}", "Mandatory": "No"})
    for number, line in enumerate(study.protocol.schedule, 1):
        event = add(version, "StudyEventDef", {
            "OID": f"SE.LINE.{number}", "Name": line.label or f"Line {number} of the schedule", "Repeating": "No" if line.at or len(line.on) == 1 else "Yes",
            "Type": "Scheduled",
        })  # fmt: skip
        say(event, "Description", _when(line))
        for form in dict.fromkeys(line.do):
            add(event, "FormRef", {"FormOID": f"FO.{form}", "Mandatory": "Yes"})


def _when(line: Line) -> str:
    """When a line of the schedule is due, in its own words."""
    parts = [f"on days {', '.join(map(str, line.on))}"] if line.on else []
    parts += [f"{line.at} after"] if line.at is not None else []
    parts += [f"every {line.every}"] if line.every is not None else []
    parts += [f"from {line.anchor.text}"] if line.anchor is not None else []
    parts += [f"until {getattr(line.until, 'text', line.until)}"] if line.until is not None else []
    parts += [f"window {line.window}"] if line.window is not None else []
    return ", ".join(parts)


def _form(version: xml.Element, form: str, label: str, *, lesions: bool, repeats: bool) -> None:
    made = add(version, "FormDef", {"OID": f"FO.{form}", "Name": form, "Repeating": "Yes" if repeats else "No"})
    say(made, "Description", label)
    add(made, "ItemGroupRef", {"ItemGroupOID": f"IG.{form}", "Mandatory": "Yes"})
    if lesions:
        add(made, "ItemGroupRef", {"ItemGroupOID": f"IG.{form}.LESIONS", "Mandatory": "No"})


def _limits(form: str, each: Activity, ranged: Ranged) -> list[tuple[str, str]]:
    return [(key, end) for key in each.items for end in ENDS if (form, key, end) in ranged]


def _groups(version: xml.Element, form: str, each: Activity, limits: list[tuple[str, str]]) -> None:
    group = add(version, "ItemGroupDef", {"OID": f"IG.{form}", "Name": form, "Repeating": "No"})
    add(group, "ItemRef", {"ItemOID": f"IT.{form}.on", "OrderNumber": "1", "Mandatory": "Yes"})
    for number, (key, item) in enumerate(each.items.items(), 2):
        only = {"CollectionExceptionConditionOID": f"CO.{form}.{key}"} if item.when is not None else {}
        add(
            group,
            "ItemRef",
            {"ItemOID": f"IT.{form}.{key}", "OrderNumber": str(number), "Mandatory": "Yes" if item.required else "No", **only},
        )
    for number, (key, end) in enumerate(limits, len(each.items) + 2):
        add(group, "ItemRef", {"ItemOID": f"IT.{form}.{key}.{end}", "OrderNumber": str(number), "Mandatory": "No"})
    if each.lesions:
        last = str(len(each.items) + len(limits) + 2)
        add(group, "ItemRef", {"ItemOID": f"IT.{form}.LESIONS.none", "OrderNumber": last, "Mandatory": "No"})
        lesions = add(version, "ItemGroupDef", {"OID": f"IG.{form}.LESIONS", "Name": f"{form}: lesions", "Repeating": "Yes"})
        for number, key in enumerate(LESION, 1):
            add(
                lesions,
                "ItemRef",
                {
                    "ItemOID": f"IT.{form}.LESIONS.{key}",
                    "OrderNumber": str(number),
                    "Mandatory": "Yes" if key == "id" else "No",
                },
            )


def _items(version: xml.Element, form: str, each: Activity, limits: list[tuple[str, str]]) -> None:
    _item(version, f"IT.{form}.on", "on", "partialDate", f"{each.label or form}: date")
    for key, item in each.items.items():
        kind = TYPES.get(item.type or "text", "text")
        made = _item(version, f"IT.{form}.{key}", key, kind, item.label or key.replace("_", " "), unit=item.unit)
        for bounds, weight in ((item.range, "Hard"), (item.expect, "Soft")):
            if bounds is not None:
                _checks(made, item, bounds, weight)
        if item.of:
            add(made, "CodeListRef", {"CodeListOID": f"CL.{form}.{key}"})
        term = vocabulary().get(item.use)
        for system, code in (term.codes if term is not None else {}).items():
            add(made, "Alias", {"Context": str(system), "Name": str(code)})
        if item.use:
            add(made, "Alias", {"Context": "equipoise", "Name": item.use})
    for key, end in limits:
        item = each.items[key]
        _item(
            version, f"IT.{form}.{key}.{end}", f"{key}.{end}", "float", f"{item.label or key.replace('_', ' ')}: {ENDS[end]}",
            unit=item.unit,
        )  # fmt: skip
    if each.lesions:
        _item(version, f"IT.{form}.LESIONS.none", "none", "boolean", "Lesions were looked for, and none was seen")
        for key in LESION:
            _item(
                version,
                f"IT.{form}.LESIONS.{key}",
                key,
                LESION_TYPES.get(key, "text"),
                f"Lesion: {key}",
                unit="mm" if key == "diameter" else "",
            )


def _item(version: xml.Element, oid: str, key: str, kind: str, question: str, *, unit: str = "") -> xml.Element:
    sized = (
        {"Length": str(LONGEST)}
        if kind == "text"
        else {"Length": "20", "SignificantDigits": "6"}
        if kind == "float"
        else {"Length": "18"}
        if kind == "integer"
        else {}
    )
    made = add(version, "ItemDef", {"OID": oid, "Name": key, "DataType": kind, **sized})
    say(made, "Question", question)
    if unit:
        add(made, "MeasurementUnitRef", {"MeasurementUnitOID": unit_id(unit)})
    return made


def _checks(made: xml.Element, item: Item, limits: Limits, weight: str) -> None:
    for sign, limit in (("GE", limits.low), ("LE", limits.high)):
        check = add(made, "RangeCheck", {"Comparator": sign, "SoftHard": weight})
        add(check, "CheckValue", text=str(int(limit)) if float(limit).is_integer() else repr(limit))
        if item.unit:
            add(check, "MeasurementUnitRef", {"MeasurementUnitOID": unit_id(item.unit)})
        says = "is not possible" if weight == "Hard" else "is not likely: please look again"
        say(check, "ErrorMessage", f"What lies outside {limits}{f' {item.unit}' if item.unit else ''} {says}.")


def _codes(version: xml.Element, oid: str, item: Item) -> None:
    kind = "text" if item.type == "choice" else "integer"
    made = add(version, "CodeList", {"OID": oid, "Name": oid.removeprefix("CL."), "DataType": kind})
    labels = {code: code for code in item.of} if isinstance(item.of, tuple) else item.of
    for number, (code, says) in enumerate(labels.items(), 1):
        rank = {"Rank": str(number)} if item.ordered else {}
        one = add(made, "CodeListItem", {"CodedValue": str(code), "OrderNumber": str(number), **rank})
        say(one, "Decode", says)
