"""Somebody else's USDM as a draft study: what it says in the language of study.yaml, its prose marked as prose."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ...document import HIDDEN, Mapping, Node, Scalar, Sequence, document
from ...draft import NAMES_TAKEN, Draft, draft
from ...finding import Finding, Severity, errors
from ...quantity import Quantity
from ...registries.intake import Intake
from ...registries.record import Arm, Identifier, Intervention, Outcome
from ...study import study
from ...writing import written
from .faults import CONDITIONS, DURATION, EXPRESSION, prose
from .package import Package, Thing
from .terms import word

READER = "usdm"
MOST = 300
"""Activities, visits or conditions that are drafted of each."""


@dataclass(frozen=True)
class Offset:
    """How long after the fixed point of a timeline something comes: whole days, and whether there was a part of one."""

    days: int
    is_whole: bool = True


def drafted(given: Package, *, name: str = "") -> tuple[Draft, tuple[Finding, ...]]:
    """A draft study from a package, and what was found on the way.

    Args:
        given: The package.
        name: What the study is called; unsaid, its number.

    Raises:
        Unreadable: It says nothing of a trial.
    """
    record, findings = _record(given)
    made = draft(record, name=name)
    told = _plain(document(made.text).root)
    extra = _Schedule(given, told)
    extra.draw()
    marked = tuple(marks(given))
    unstated = told.setdefault("unstated", [])
    if told.get("schedule"):
        unstated[:] = [each for each in unstated if not each["what"].startswith("When participants are seen")]
    known = {each["what"] for each in unstated}
    for each in (
        *extra.unstated,
        *({"what": one.says, "why": "It is prose: only a person can say whether it is met."} for one in marked),
    ):
        if each["what"] not in known:
            unstated.append(each)
    made = _settled(made, told)
    return made, (*findings, *errors(made.findings))


def _settled(made: Draft, told: dict[str, Any]) -> Draft:
    """The draft with its schedule; lines that do not hold in it are taken out again, and said to be missing."""
    for left in range(4, -1, -1):
        text = _text(told)
        settled = study(text)
        found = settled.check()
        faults = errors(found)
        if not faults or not left:
            break
        wrong = {each.place.line for each in faults}
        lines = settled.protocol.schedule
        bad = [at for at, line in enumerate(lines) if line.place.line in wrong]
        if bad and len(told.get("schedule", [])) == len(lines):
            for at in reversed(bad):
                taken = told["schedule"].pop(at)
                told["unstated"].append({"what": f"When '{taken.get('label', 'a visit')}' is due: it could not be drafted"})
        else:
            told.setdefault("accepted", []).extend(
                {"finding": each.rule, "about": each.about, "why": "The USDM file says it so."} for each in faults
            )
    return Draft(text, settled, found, made.name)


HEADINGS = {
    "activities": "What is done, and what is written down then", "eligibility": "Who may join", "arms": "Arms",
    "schedule": "What is assessed when", "endpoints": "What is measured", "unstated": "What the file does not say, or says in prose",
    "outside": "What it says and this file leaves out",
}  # fmt: skip
ORDER = (
    "equipoise", "study", "version", "title", "registrations", "sponsor", "sites", "dates", "status", "conditions", "keywords", "summary",
    "design", "activities", "closed", "eligibility", "cohorts", "groups", "arms", "schedule", "endpoints", "unstated", "outside", "accepted",
)  # fmt: skip


def _text(told: dict[str, Any]) -> str:
    keys = [*ORDER, *(key for key in told if key not in ORDER)]
    parts = [(HEADINGS.get(key, ""), {key: told[key]}) for key in keys if told.get(key)]
    return written(
        parts,
        "Drafted from a USDM file. Every line has its source; what the file does not say, or says in prose, is under `unstated`.",
        "A draft is read against its source before it is used: nothing in it was decided by a person.",
    )


def _plain(node: Node | None) -> Any:
    """A tree of a file as values: its whole numbers and truths as such, so that they are written without quotes again."""
    match node:
        case Scalar(text=text):
            if re.fullmatch(r"0|[1-9]\d{0,8}", text):
                return int(text)
            return {"true": True, "false": False}.get(text, text)
        case Sequence(items=items):
            return [_plain(each) for each in items]
        case Mapping(entries=entries):
            return {key.text: _plain(value) for key, value in entries}
        case None:
            return None


# --- the record ------------------------------------------------------------------------------------------------------


def _record(given: Package) -> tuple[Any, tuple[Finding, ...]]:
    """What the file says of the trial itself, as a register would say it."""
    intake, version, design = Intake(READER, given.file), given.version, given.design
    empty = Thing("", {})
    version, design = version or empty, design or empty

    def say(name: str, thing: Thing | None, text: str, whole: object = None) -> None:
        if thing is not None and text:
            intake.say(name, text, path=thing.way, place=given.place(thing), whole=whole)

    for each in version.many("titles"):
        kind = each.code("type").casefold()
        say(
            "acronym" if "acronym" in kind else "official_title" if "official" in kind or "scientific" in kind else "title",
            each,
            prose(each.text("text")),
        )
    for each in version.many("studyIdentifiers"):
        scope = given.things.get(each.text("scopeId"))
        registry = scope.called if scope is not None and "regist" in scope.code("type").casefold() else ""
        say("identifiers", each, each.text("text"), Identifier(registry, each.text("text")))
        if scope is not None and "sponsor" in scope.code("type").casefold():
            say("sponsor", scope, scope.called)
    say("summary", version, prose(version.text("rationale")))
    for each in design.many("indications"):
        say("conditions", each, each.called)
    is_observational = design.kind == "ObservationalStudyDesign"
    say(
        "study_type",
        design,
        "observational" if is_observational or "observ" in design.code("studyType").casefold() else "interventional",
    )
    for name, family, key in (
        ("phases", "phase", "studyPhase"),
        ("model", "model", "model"),
        ("masking", "masking", "blindingSchema"),
    ):
        code = design.one(key)
        standard = code.one("standardCode") if code is not None and code.kind == "AliasCode" else code
        ours = word(family, standard.text("code")) if standard is not None else ""
        for part in ours.split("/") if ours else ():
            say(name, standard, part)
    for each in design.many("intentTypes"):
        if ours := word("purpose", each.text("code")):
            say("purpose", each, ours)
    traits = {each.text("code") for each in design.many("characteristics")}
    if word_of := "randomised" if "C46079" in traits else "":
        say("allocation", design, word_of)
    _population(given, design, intake)
    for each in design.many("arms"):
        kind = {"C174266": "experimental", "C174267": "active_comparator", "C174268": "placebo_comparator"}.get(
            _code(each, "type"), "other"
        )
        say("arms", each, each.called, Arm(each.called, kind, prose(each.text("description"))))
    for each in version.many("studyInterventions"):
        kind = "drug" if _code(each, "type") == "C1909" else ""
        say("interventions", each, each.called, Intervention(each.called, kind, prose(each.text("description"))))
    for objective in design.many("objectives"):
        for each in objective.many("endpoints"):
            level = each.code("level").casefold()
            role: Any = "primary" if "primary" in level else "secondary" if "secondary" in level else "other"
            text = prose(filled(given, each)) or each.called
            say("outcomes", each, text, Outcome(text, role, prose(objective.text("text"))))
    say("eligibility", design, criteria(given))
    return intake.record()


def _code(thing: Thing, key: str) -> str:
    found = thing.one(key)
    return found.text("code") if found is not None else ""


def _population(given: Package, design: Thing, intake: Intake) -> None:
    population = design.one("population")
    if population is None:
        return
    where: Any = {"path": population.way, "place": given.place(population)}
    enrolled = population.one("plannedEnrollmentNumber")
    count = enrolled.said.get("value") if enrolled is not None else None
    if isinstance(count, int | float) and not isinstance(count, bool) and 0 <= count < 10**7:
        intake.say("enrolment", str(int(count)), whole=int(count), **where)
    sexes = {word("sex", each.text("code")) for each in population.many("plannedSex")} - {""}
    if sexes:
        intake.say("sex", "all" if len(sexes) > 1 else sexes.pop(), **where)
    ages = population.one("plannedAge")
    for name, key in (("minimum_age", "minValue"), ("maximum_age", "maxValue")):
        end = ages.one(key) if ages is not None else None
        value = end.said.get("value") if end is not None else None
        unit = (end.code("unit") if end is not None else "").casefold() or "year"
        if isinstance(value, int | float) and unit in ("year", "month", "week", "day"):
            intake.say(name, f"{value:g} {unit}s", whole=Quantity(float(value), f"{unit}s"), **where)
    healthy = population.said.get("includesHealthySubjects")
    if isinstance(healthy, bool):
        intake.say("healthy_volunteers", "yes" if healthy else "no", whole=healthy, **where)


def criteria(given: Package) -> str:
    """The criteria of the design as a register would print them, inclusion first, one to a line."""
    design, parts = given.design, dict[str, list[str]]()
    for each in design.many("eligibilityCriteria") if design is not None else ():
        item = given.things.get(each.text("criterionItemId"))
        text = html.unescape(prose(filled(given, item))) if item is not None else ""
        if text:
            parts.setdefault("Exclusion" if "exclu" in each.code("category").casefold() else "Inclusion", []).append(text)
    return "\n\n".join(
        f"{kind} Criteria:\n\n" + "\n".join(f"* {text}" for text in parts[kind])
        for kind in ("Inclusion", "Exclusion")
        if kind in parts
    )


_FILLS = re.compile(r'<usdm:tag\s+name="([^"]*)"\s*/?>(?:\s*</usdm:tag>)?', re.IGNORECASE)
_POINTS = re.compile(r'<usdm:ref\b[^>]*?\bid="([^"]*)"[^>]*?\battribute="([^"]*)"', re.IGNORECASE)


def filled(given: Package, thing: Thing, key: str = "text") -> str:
    """A text with its gaps filled from its dictionary; a gap that nothing fills keeps its name."""
    dictionary = given.things.get(thing.text("dictionaryId"))
    maps = (
        {each.text("tag"): each.text("reference") for each in dictionary.many("parameterMaps")}
        if dictionary is not None
        else {}
    )

    def filling(found: re.Match[str]) -> str:
        meant = _POINTS.search(maps.get(found[1], ""))
        other = given.things.get(meant[1]) if meant is not None else None
        value = other.said.get(meant[2]) if other is not None and meant is not None else None
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            return prose(maps.get(found[1], "")) or found[1]
        unit = other.code("unit").casefold() if other is not None and other.kind == "Quantity" else ""
        return f"{value:g}{f' {unit}s' if unit else ''}" if not isinstance(value, str) else value

    return _FILLS.sub(filling, thing.text(key))


# --- what is prose ---------------------------------------------------------------------------------------------------


def marks(given: Package) -> Iterator[Finding]:
    """Each condition that only people can read."""
    for number, each in enumerate(given.every(*CONDITIONS)):
        if number >= MOST:
            return
        if any(one.text("url") == EXPRESSION for one in each.many("extensionAttributes")):
            continue
        text = prose(each.text(CONDITIONS[each.kind]))
        if text:
            about = ", ".join(
                given.things[name].called for name in (*each.names("appliesToIds"), *each.names("contextIds"), *each.names("conditionTargetId"))
                if name in given.things
            )  # fmt: skip
            says = f"{_KINDS[each.kind]}{f' on {about[:120]}' if about else ''}, in prose: '{_clean(text, 300)}'"
            yield Finding("usdm-prose", given.place(each), says, Severity.NOTE)


_KINDS = {"Condition": "A condition", "ConditionAssignment": "A way to go on", "TransitionRule": "A rule of transition"}


def _clean(text: str, longest: int) -> str:
    plain = " ".join(HIDDEN.sub(" ", text).split())
    return plain if len(plain) <= longest else f"{plain[: longest - 1]}…"


# --- the schedule ----------------------------------------------------------------------------------------------------


class _Schedule:
    """The activities and the timelines of a package on their way into a draft."""

    def __init__(self, given: Package, told: dict[str, Any]) -> None:
        self.given, self.told = given, told
        self.activities: dict[str, Any] = told.setdefault("activities", {})
        self.names = {
            *self.activities,
            *(item for each in self.activities.values() if isinstance(each, dict) for item in each.get("items", {})),
        }
        self.unstated: list[dict[str, str]] = []
        self.of: dict[str, str] = {}
        self.anchor = "randomisation" if told["design"].get("allocation") == "randomised" else "enrolment"

    def draw(self) -> None:
        """The activities that a timeline asks for, and when it asks for them."""
        design = self.given.design
        lines = design.many("scheduleTimelines") if design is not None else ()
        asked = {name for line in lines for each in line.many("instances") for name in each.names("activityIds")}
        for each in [one for one in (design.many("activities") if design is not None else ()) if one.id in asked][:MOST]:
            self._activity(each)
        for line in lines:
            self._timeline(line)
        for each in design.many("estimands") if design is not None else ():
            self._missing(
                f"How the estimand '{_clean(each.called, 80)}' is estimated", "The file names its parts, and no method."
            )

    def _missing(self, what: str, why: str = "", assumed: str = "") -> None:
        self.unstated.append({"what": what, **({"assumed": assumed} if assumed else {}), **({"why": why} if why else {})})

    def _own(self, text: str, other: str) -> str:
        base = re.sub(r"[^a-z0-9]+", "_", text.casefold()).strip("_")[:40]
        base = base if re.match(r"[a-z]", base) else f"{other}_{base}".strip("_")
        made, number = base, 2
        while made in self.names or made in NAMES_TAKEN:
            made, number = f"{base}_{number}", number + 1
        self.names.add(made)
        return made

    def _source(self, thing: Thing) -> dict[str, str]:
        return {"page": f"the USDM file ({thing.way})", "says": _clean(thing.called, 160)}

    def _activity(self, each: Thing) -> None:
        name = self._own(each.called, "activity")
        made: dict[str, Any] = {"label": _clean(each.called, 200), "source": self._source(each)}
        items: dict[str, Any] = {}
        for concept in (self.given.things[one] for one in each.names("biomedicalConceptIds") if one in self.given.things):
            if (item := _item(concept)) is not None:
                items[self._own(concept.called, "item")] = item
        if items:
            made["items"] = items
        else:
            self._missing(f"What is written down at '{_clean(each.called, 120)}'")
        self.activities[name] = made
        self.of[each.id] = name

    def _timeline(self, line: Thing) -> None:
        offsets = _offsets(line)
        fixed = next(
            (
                given
                for each in line.many("timings")
                if _is_fixed(each) and (given := self.given.things.get(each.text("relativeFromScheduledInstanceId")))
            ),
            None,
        )
        label = _clean(line.called, 80)
        if fixed is None:
            self._missing(f"From what the timeline '{label}' counts", "No timing of it is a fixed reference.")
            return
        if line.said.get("mainTimeline") is not True and not any(offset.days for offset in offsets.values()):
            self._missing(f"When what the timeline '{label}' asks for is done within the day", "A schedule counts days.")
            return
        what = f"What happens at '{_clean(fixed.called, 100)}', from which the visits of '{label}' count"
        self._missing(what, "The file names the visit, and no event.", assumed=self.anchor)
        timings = {each.text("relativeFromScheduledInstanceId"): each for each in line.many("timings")}
        for each in line.many("instances")[:MOST]:
            self._visit(each, offsets.get(each.id), timings.get(each.id))

    def _visit(self, each: Thing, offset: Offset | None, timing: Thing | None) -> None:
        does = [self.of[name] for name in each.names("activityIds") if name in self.of]
        if not does:
            return
        met = self.given.things.get(each.text("encounterId"))
        label = _clean(met.called if met is not None else each.called, 100)
        if offset is None:
            self._missing(f"When the visit '{label}' takes place", "No timing leads from it to the fixed reference.")
            return
        told: dict[str, Any] = {"label": label, "do": does, "on": [offset.days], "after": self.anchor}
        if offset.days < 0:
            told.pop("on")
            self._missing(
                f"'{label}', {-offset.days} days before the reference ({', '.join(does)}), is not in the schedule",
                "A schedule counts forward.",
            )
            return
        if not offset.is_whole:
            self._missing(f"The hour of '{label}'", "A schedule counts days.")
        if timing is not None and (window := _window(timing)):
            told["window"] = window
        self.told.setdefault("schedule", []).append(told | {"source": self._source(each)})


def _item(concept: Thing) -> dict[str, Any] | None:
    """A biomedical concept as an item: the property that holds its value."""
    told = [each for each in concept.many("properties") if each.said.get("isEnabled") is not False]
    values = [
        each for each in told
        if not re.search(r"unit|date|time|method|location|position|laterality|category|test|U$|DTC$|TESTCD$|CAT$|SPEC$|LOC$|POS$", each.text("name"))
    ]  # fmt: skip
    number = next((each for each in values if each.text("datatype") in ("decimal", "integer", "float")), None)
    chosen = number or next(
        (each for each in values if re.search(r"ORRES$|RESULT|Value", each.text("name"), re.IGNORECASE)), None
    )
    chosen = chosen or (values[0] if values else None)
    said: dict[str, Any] = {"label": _clean(concept.called, 200)}
    if chosen is None:
        return None
    codes = [one for each in chosen.many("responseCodes") if (one := each.one("code")) is not None]
    usable = {
        re.sub(r"[^A-Za-z0-9_+./-]+", "_", each.text("decode") or each.text("code")).strip("_")[:50]: each.text("decode")
        for each in codes
    }
    if len(usable) > 1 and all(re.match(r"[A-Za-z0-9]", key) for key in usable):
        return {**said, "type": "choice", "of": {key: _clean(decode, 120) for key, decode in usable.items()}}
    kind = {"integer": "integer", "decimal": "real", "float": "real", "date": "date", "boolean": "yes_no"}
    return {**said, "type": kind.get(chosen.text("datatype"), "text")}


def _is_fixed(timing: Thing) -> bool:
    return timing.code("type").casefold() == "fixed reference"


def length(text: str) -> Offset | None:
    """A length of time as days, a month taken as 30 of them and a year as 365; None where it cannot be read.

    >>> length("P2W"), length("PT30M")
    (Offset(days=14, is_whole=True), Offset(days=0, is_whole=False))
    """
    found = DURATION.fullmatch(text)
    if found is None:
        return None
    parts = {key: float(value) for key, value in found.groupdict().items() if value and key != "sign"}
    days = sum(parts.get(unit, 0) * size for unit, size in (("years", 365), ("months", 30), ("weeks", 7), ("days", 1)))
    hours = parts.get("hours", 0) + parts.get("minutes", 0) / 60 + parts.get("seconds", 0) / 3600
    total = days + hours / 24
    return Offset(int(total) * (-1 if found["sign"] else 1), total == int(total))


def _offsets(line: Thing) -> dict[str, Offset]:
    """How long after the fixed reference each instance of a timeline comes."""
    steps: dict[str, tuple[str, int, Offset]] = {}
    made: dict[str, Offset] = {}
    for each in line.many("timings"):
        here, there, span = (
            each.text("relativeFromScheduledInstanceId"),
            each.text("relativeToScheduledInstanceId"),
            length(each.text("value")),
        )
        if _is_fixed(each):
            made[here] = Offset(0)
        elif span is not None:
            steps[here] = (there, -1 if each.code("type").casefold() == "before" else 1, span)
    for start in steps:
        way, here = [], start
        while here in steps and here not in made and here not in way:
            way.append(here)
            here = steps[here][0]
        if here in made:
            for name in reversed(way):
                to, sign, span = steps[name]
                made[name] = Offset(made[to].days + sign * span.days, made[to].is_whole and span.is_whole)
    return made


def _window(timing: Thing) -> str:
    low, high = length(timing.text("windowLower")), length(timing.text("windowUpper"))
    if low is None or high is None or not (low.days or high.days) or low.days < 0 or high.days < 0:
        return ""
    return f"-{low.days}..+{high.days} days"
