"""Patients' records in FHIR, R4 or R5, as facts: what a study asks is found by its codes, else by its name."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from ...finding import Finding, Place, Severity
from ...protocol import Item
from ...study import Study
from ...vocabulary import vocabulary
from ..format import Received
from ..forms import forms
from ..forms import received as events_of
from .patients import Patients
from .references import address as address_of
from .references import entries

MOST = 500_000_000
SYSTEMS = {
    "http://loinc.org": "LOINC",
    "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl": "NCIt",
    "urn:oid:2.16.840.1.113883.3.26.1.1": "NCIt",
}
SAME = {
    "1975-2": "14631-6", "1968-7": "14629-0", "2160-0": "14682-9", "2345-7": "14749-6", "3084-1": "14933-6", "17861-6": "2000-8",
    "19123-9": "2601-3", "2777-1": "14879-1", "26515-7": "777-3", "26464-8": "6690-2", "26499-4": "751-8", "26474-7": "731-0",
    "34714-6": "6301-6", "1743-4": "1742-6", "30239-8": "1920-8",
}  # fmt: skip
"""LOINC codes of an analyte by mass, or by another method, and the one that the vocabulary has: values convert by their units.

Source:
    LOINC: parts of one component in serum, plasma or blood.
"""
NUMBERS = ("integer", "real", "quantity", "score")
NO_UNIT = " (no unit is said)"
UCUM = "http://unitsofmeasure.org"
READ = ("Patient", "Condition", "Observation", "Procedure", "MedicationAdministration")
FACTS = {
    "Observation": ("final", "amended", "corrected", "appended"),
    "Procedure": ("completed",),
    "MedicationAdministration": ("completed",),
}
"""The statuses of what took place and is settled; of a diagnosis its verification says as much."""
NEVER = ("entered-in-error", "cancelled", "not-done")
"""Statuses of what never was: nothing is lost with it."""
DENIED = ("doNotPerform", "notDone", "notGiven", "notPerformed", "wasNotGiven")
WHOLE = r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"

Told = Mapping[str, Any]


def received(study: Study, path: Path) -> Received:
    """Facts of patients from a bundle, or from resources one a line."""
    called = str(path)
    reading = _Reading(study, called)
    try:
        if path.stat().st_size > MOST:
            return Received(
                {}, (Finding("unreadable", Place(called), f"the file is larger than {MOST // 1_000_000} MB: give it in parts"),)
            )
        listed = list(_listed(path.read_text(encoding="utf-8-sig"), path.suffix.lower() == ".ndjson", reading))
    except (OSError, ValueError, RecursionError) as why:
        says = "it is nested too deeply" if isinstance(why, RecursionError) else getattr(why, "strerror", None) or str(why)
        return Received({}, (Finding("unreadable", Place(called), f"this cannot be read as FHIR: {says}"),))
    if not listed:
        return Received({}, (Finding("unreadable", Place(called), "the file holds no resource"), *reading.findings))
    reading.patients = Patients(listed)
    for way, address, each in listed:
        if each.get("resourceType") == "Patient":
            reading.patient(way, address, each)
    for way, address, each in listed:
        reading.resource(way, address, each)
    reading.persons()
    return events_of(study, reading.told, called, reading.findings)


def _listed(text: str, is_lines: bool, reading: "_Reading") -> Iterator[tuple[str, str, Told]]:
    """The resources of a file that it does not remove again: the way to each, its full address, and what it says."""
    if is_lines:
        for number, line in enumerate(text.split("\n"), 1):  # a text may hold other marks that end a line
            if not line.strip():
                continue
            each = json.loads(line)
            if isinstance(each, Mapping):
                yield f"line {number}", "", each
            else:
                reading.lost(f"line {number}", {}, "it holds no resource")
        return
    told = json.loads(text)
    if not isinstance(told, Mapping) or "resourceType" not in told:
        raise ValueError("it says no resourceType")
    if told["resourceType"] != "Bundle":
        yield "the file", "", told
        return
    removed = {url for _, entry in entries(told) if (url := _removed(entry))}
    for way, entry in entries(told):
        each = entry.get("resource")
        if _removed(entry) or isinstance(each, Mapping) and f"{each.get('resourceType')}/{each.get('id')}" in removed:
            what = each if isinstance(each, Mapping) else {"resourceType": _removed(entry)}
            reading.lost(way, what, "it is removed by this file: retract by hand what came in of it before")
        elif isinstance(each, Mapping):
            yield way, address_of(entry), each
        else:
            reading.lost(way, {}, "it holds no resource")


def _removed(entry: Told) -> str:
    """What an entry asks a server to delete."""
    request = entry.get("request")
    asked = request if isinstance(request, Mapping) else {}
    return str(asked.get("url") or "a resource") if asked.get("method") == "DELETE" else ""


class _Reading:
    """Resources on their way to events."""

    def __init__(self, study: Study, file: str) -> None:
        self.study, self.file = study, file
        self.told: dict[str, list[tuple[Place, dict[str, Any]]]] = {}
        self.findings: list[Finding] = []
        self._people: dict[str, tuple[str, str, str]] = {}
        self.patients = Patients(())
        self._last: dict[str, str] = {}
        self._by_code: dict[tuple[str, str], tuple[str, Item]] = {}
        self._by_name: dict[str, list[tuple[str, Item]]] = {}
        self._done: dict[str, str] = {}
        self._asked()

    def _asked(self) -> None:
        """What the study asks: items by code and by name, activities by name."""
        for form, each in forms(self.study).items():
            for text in (form, each.label):
                self._done.setdefault(_plain(text), form)
            for key, item in each.items.items():
                term = vocabulary().get(item.use)
                for system, code in (term.codes if term is not None else {}).items():
                    self._by_code.setdefault((str(system), str(code)), (form, item))
                for text in dict.fromkeys(_plain(one) for one in (key, item.label)):
                    self._by_name.setdefault(text, []).append((form, item))

    def lost(self, way: str, each: Told, says: str, weight: Severity = Severity.WARNING) -> None:
        """A resource, or a part of one, that did not become a fact."""
        what = f"{way}: {each.get('resourceType', 'a resource')} {str(each.get('id', ''))[:40]}".strip()
        if weight is Severity.NOTE:
            self.findings.append(Finding("not-understood", Place(self.file), f"{what}: {says}", Severity.NOTE))
        else:
            self.findings.append(Finding("not-understood", Place(self.file), f"{what}: {says}", Severity.WARNING))

    def put(self, who: str, each: Told, words: dict[str, Any], part: str = "") -> None:
        """An event of a participant, named after its resource."""
        name = f"fhir-{each.get('resourceType')}-{_named(each)}{part}"
        self.told.setdefault(who, []).append((Place(self.file), {"id": name[:180], **words}))
        self._last[who] = max(self._last.get(who, ""), str(words["on"]))

    # --- resources --------------------------------------------------------------------------------------------------

    def patient(self, way: str, address: str, each: Told) -> None:
        """Who a patient is, and what the record of the person itself says."""
        number = self.patients.number(each, address)
        if not number:
            self.lost(way, each, "it has no id, so nothing can be told of it")
            return
        if self.patients.is_two(number):
            self.lost(way, each, "the file has two patients of this id, at different addresses: neither is read")
            return
        gender, born, died = each.get("gender"), each.get("birthDate"), each.get("deceasedDateTime")
        self._people[number] = way, born if isinstance(born, str) else "", gender if isinstance(gender, str) else ""
        if isinstance(died, str):
            self.put(number, {**each, "id": number}, {"do": "death", "on": died[:10]}, "-death")
        elif each.get("deceasedBoolean") is True:
            self.lost(way, each, "died, and no day is said")

    def _by_use(self, term: str) -> tuple[str, Item] | None:
        return next(
            ((form, item) for form, each in forms(self.study).items() for item in each.items.values() if item.use == term), None
        )

    def persons(self) -> None:
        """Sex, and age on the last day of which anything is told: an age is of a day."""
        age, sex = self._by_use("demographics.age"), self._by_use("demographics.sex")
        for who, (way, born, gender) in self._people.items():
            day, told = self._last.get(who, ""), {"resourceType": "Patient", "id": who}
            if not day:
                self.lost(way, told, "nothing with a day is told of the patient")
                continue
            if sex is not None and gender in sex[1].options:
                self.put(who, told, {"do": sex[0], "on": day, "items": {sex[1].name: gender}}, "-sex")
            if age is None:
                continue
            if not (re.fullmatch(WHOLE, born) and re.fullmatch(WHOLE, day)):
                why = "no day of birth is said" if not born else "the days are not whole"
                self.lost(way, told, f"how old the patient was cannot be told: {why}")
                continue
            first, last = date.fromisoformat(born), date.fromisoformat(day)
            years = last.year - first.year - ((last.month, last.day) < (first.month, first.day))
            self.put(who, told, {"do": age[0], "on": day, "items": {age[1].name: f"{years} years"}}, "-age")

    def resource(self, way: str, address: str, each: Told) -> None:
        """A resource as an event, or a sentence on why it is none."""
        kind = each.get("resourceType")
        if kind == "Patient":
            return
        if kind not in READ:
            self.lost(way, each, "resources of this kind are not read", Severity.NOTE)
            return
        who = self.patients.of(each, address)
        if not who:
            self.lost(way, each, "its patient is not in the file")
            return
        if not self._is_settled(way, each, FACTS.get(str(kind), ())):
            return
        day = _day(each)
        if not day:
            self.lost(way, each, "it has no day: it is left out")
            return
        match kind:
            case "Observation":
                self._observation(way, each, who, day)
            case "Condition":
                self._condition(way, each, who, day)
            case _:
                self._done_to(way, each, who, day)

    def _is_settled(self, way: str, each: Told, facts: tuple[str, ...]) -> bool:
        """Whether a resource is of something that took place: neither planned nor under way, neither doubted nor denied."""
        status = each.get("status")
        if each.get("modifierExtension") or each.get("implicitRules"):
            self.lost(way, each, "it says that it means something else than it seems to: it is left out")
        elif any(each.get(key) is True for key in DENIED):
            self.lost(way, each, "it says that it was not done: it is left out", Severity.NOTE)
        elif facts and status is None:
            self.lost(way, each, "it says no status, and is read as a settled one")
            return True
        elif facts and status not in facts:
            weight = Severity.NOTE if status in NEVER else Severity.WARNING
            self.lost(way, each, f"its status is {str(status)[:40]}: it is left out", weight)
        else:
            return True
        return False

    def _observation(self, way: str, each: Told, who: str, day: str) -> None:
        parts = (
            [one for one in each.get("component", ()) if isinstance(one, Mapping)]
            if isinstance(each.get("component"), list)
            else []
        )
        whole = [each] if any(key.startswith("value") for key in each) or not parts else []
        for number, one in enumerate((*whole, *parts)):
            asked = self._item(one.get("code"))
            if asked is None:
                self.lost(way, each, f"nothing in the study asks for '{_called(one.get('code'))}'", Severity.NOTE)
                continue
            form, item = asked
            value = _value(one, item)
            if value is None:
                why = _called(one.get("dataAbsentReason")) if one.get("dataAbsentReason") else "no value that is understood"
                self.lost(way, each, f"'{item.name}': {why}")
                continue
            self.put(who, each, {"do": form, "on": day, "items": {item.name: value}}, f"-{number}" if number else "")

    def _condition(self, way: str, each: Told, who: str, day: str) -> None:
        """A diagnosis: a yes to what asks for it, or the answer of a choice that offers it."""
        verified = each.get("verificationStatus")
        status = {_plain(text) for text in ((verified,) if isinstance(verified, str) else _names(verified))}
        if "entered in error" in status:
            self.lost(way, each, "it was entered in error: it is left out", Severity.NOTE)
            return
        if verified and not status & {"confirmed", "refuted"}:
            says = ", ".join(sorted(status)) or "not said"
            self.lost(way, each, f"its verification is {says[:60]}: neither a yes nor a no, it is left out")
            return
        asked = self._item(each.get("code"))
        if asked is not None and asked[1].type == "yes_no":
            answer = "no" if "refuted" in status else "yes"
            if answer == "yes" and any(key.startswith("abatement") for key in each):
                self.lost(way, each, f"'{asked[1].name}' is a yes of {day}: that it ended since is not told")
            self.put(who, each, {"do": asked[0], "on": day, "items": {asked[1].name: answer}})
            return
        if "refuted" in status:
            self.lost(way, each, "it was refuted, and nothing in the study asks for it", Severity.NOTE)
            return
        offered = self._option(each.get("code"))
        if offered is None:
            self.lost(way, each, f"nothing in the study asks for '{_called(each.get('code'))}'", Severity.NOTE)
            return
        form, item, option = offered
        self.put(who, each, {"do": form, "on": day, "items": {item.name: option}})

    def _done_to(self, way: str, each: Told, who: str, day: str) -> None:
        """A procedure or a treatment given: the activity of that name, or the one whose item offers it."""
        told = each.get("code") if each["resourceType"] == "Procedure" else _medication(each)
        names = [_plain(text) for text in _names(told)]
        form = next((self._done[name] for name in names if name in self._done), "")
        if form:
            self.put(who, each, {"do": form, "on": day})
            return
        offered = self._option(told)
        if offered is not None:
            self.put(who, each, {"do": offered[0], "on": day, "items": {offered[1].name: offered[2]}})
            return
        asked = self._item(told)
        if asked is not None and asked[1].type == "yes_no":
            self.put(who, each, {"do": asked[0], "on": day, "items": {asked[1].name: "yes"}})
            return
        self.lost(way, each, f"nothing in the study is called '{_called(told)}'", Severity.NOTE)

    # --- what is meant ----------------------------------------------------------------------------------------------

    def _item(self, told: Any) -> tuple[str, Item] | None:
        """The item that a coded concept is about: by its codes, else by a name that only one item has."""
        for system, code in _codings(told):
            if (found := self._by_code.get((SYSTEMS.get(system, system), SAME.get(code, code)))) is not None:
                return found
        for text in _names(told):
            if len(meant := self._by_name.get(_plain(text), [])) == 1:
                return meant[0]
        return None

    def _option(self, told: Any) -> tuple[str, Item, str] | None:
        """The answer of a choice that a concept names."""
        names = {_plain(text) for text in _names(told)}
        found = [
            (form, item, str(option))
            for form, each in forms(self.study).items() for item in each.items.values() if item.type == "choice"
            for option in item.of
            if names & {_plain(str(option)), _plain(item.of[option] if not isinstance(item.of, tuple) else "")} - {""}
        ]  # fmt: skip
        return found[0] if len(found) == 1 else None


def _named(each: Told) -> str:
    """What a resource is called in its event: its id, else by what it says, so that no order of a file changes it."""
    number = each.get("id")
    if isinstance(number, str) and number:
        return number
    return hashlib.sha256(json.dumps(each, sort_keys=True).encode()).hexdigest()[:16]


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))


def _codings(told: Any) -> Iterator[tuple[str, str]]:
    coding = told.get("coding") if isinstance(told, Mapping) else None
    for each in coding if isinstance(coding, list) else ():
        if isinstance(each, Mapping) and isinstance(each.get("code"), str):
            yield str(each.get("system", "")), each["code"]


def _names(told: Any) -> Iterator[str]:
    """By what words a concept is called: its text, its displays, its codes."""
    if not isinstance(told, Mapping):
        return
    if isinstance(told.get("text"), str):
        yield told["text"]
    coding = told.get("coding")
    for each in coding if isinstance(coding, list) else ():
        if isinstance(each, Mapping):
            yield from (each[key] for key in ("display", "code") if isinstance(each.get(key), str))


def _called(told: Any) -> str:
    return next(_names(told), "something without a name")[:80]


def _medication(each: Told) -> Any:
    """What was given: as R5 says it, or as R4 does."""
    medication = each.get("medication")
    told = (
        medication
        if isinstance(medication, Mapping)
        else {"concept": each.get("medicationCodeableConcept"), "reference": each.get("medicationReference")}
    )
    if isinstance(told.get("concept"), Mapping):
        return told["concept"]
    reference = told.get("reference")
    return {"text": reference.get("display")} if isinstance(reference, Mapping) else None


_DAYS = (
    "effectiveDateTime",
    "effectiveInstant",
    "onsetDateTime",
    "occurrenceDateTime",
    "occurenceDateTime",
    "performedDateTime",
    "recordedDate",
)
_PERIODS = ("effectivePeriod", "onsetPeriod", "occurrencePeriod", "occurencePeriod", "performedPeriod")


def _day(each: Told) -> str:
    """The day that a resource is about; of a period its first."""
    for key in _DAYS:
        if isinstance(each.get(key), str):
            return str(each[key])[:10]
    for key in _PERIODS:
        if isinstance(each.get(key), Mapping) and isinstance(each[key].get("start"), str):
            return str(each[key]["start"])[:10]
    return ""


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _value(one: Told, item: Item) -> Any:
    """A value as an event's words have it: a number with its unit and its own range, a code, a truth.

    What is below or above a limit, and a number without its unit, are answers that cannot be used: their words are kept, so
    that no older answer stands in their place.
    """
    quantity = one.get("valueQuantity")
    if isinstance(quantity, Mapping) and _is_number(quantity.get("value")):
        unit = str(
            quantity.get("code") if quantity.get("system") == UCUM and quantity.get("code") else quantity.get("unit") or ""
        )
        unit = "" if unit == "1" and not item.unit else unit
        if sign := str(quantity.get("comparator") or ""):
            return f"{sign} {quantity['value']} {unit}".strip()
        if item.unit and not unit:
            return f"{quantity['value']}{NO_UNIT}"
        told = {"value": quantity["value"], **({"unit": unit} if unit else {})}
        ranges = one.get("referenceRange")
        first = ranges[0] if isinstance(ranges, list) and ranges and isinstance(ranges[0], Mapping) else {}
        for key, end in (("low", "lln"), ("high", "uln")):
            limit = first.get(key)
            if isinstance(limit, Mapping) and _is_number(limit.get("value")):
                told[end] = f"{limit['value']} {limit.get('code') or limit.get('unit') or unit}".strip()
        return told
    coded = one.get("valueCodeableConcept")
    if isinstance(coded, Mapping):
        options = {_plain(str(code)): str(code) for code in item.of}
        options |= {_plain(text): str(code) for code, text in item.of.items()} if not isinstance(item.of, tuple) else {}
        named = [_plain(text) for text in _names(coded)]
        return next((options[name] for name in named if name in options), next(_names(coded), None) if not options else None)
    for key in ("valueBoolean", "valueInteger", "valueString", "valueDateTime"):
        if key in one:
            value = one[key]
            if isinstance(value, bool):
                return "yes" if value else "no"
            if not isinstance(value, str | int | float):
                return None
            if item.unit and item.type in NUMBERS and re.fullmatch(r"[-+]?\d+(\.\d+)?", str(value).strip()):
                return f"{value}{NO_UNIT}"
            return str(value)[:10] if key == "valueDateTime" else value
    return None
