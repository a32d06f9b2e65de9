"""A study as FHIR resources: ResearchStudy, EvidenceVariable, PlanDefinition, ResearchSubject and what they refer to."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from ...calendar import Span
from ...chart import Chart
from ...expression.english import english
from ...finding import Finding, Severity
from ...protocol import Arm, Endpoint, Formula, Group, Judgement, Line, Step
from ...study import Study
from ..ctgov.registration import said, time_frame
from ..format import Cases

Made = dict[str, Any]

EXPRESSION = "text/x-equipoise"
"""The language of an expression as a study file has it."""
WORDS = "urn:equipoise:words"
SPACE = "urn:equipoise"
HTEST = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST", "display": "test health data"}
GENDERS = {"female": "female", "male": "male"}
MILESTONES = ("consent", "enrolment", "randomisation", "assignment", "off_treatment", "withdrawal", "death")


def identifier(text: str) -> str:
    """A text as an identifier: letters, digits, hyphens and full stops, 64 at most.

    >>> identifier("liver_function (2)")
    'liver-function-2'
    """
    return re.sub(r"[^A-Za-z0-9.]+", "-", text).strip("-")[:64] or "unnamed"


def concept(word: str, says: str = "") -> Made:
    """A word of ours as a coded concept."""
    return {"coding": [{"system": WORDS, "code": word}], "text": says or word.replace("_", " ").capitalize()}


def filled(**told: Any) -> Made:
    """What is said, without what is not."""
    return {key.rstrip("_"): value for key, value in told.items() if value not in (None, "", [], {})}


def bundle(study: Study, cases: Cases | None) -> tuple[Made, tuple[Finding, ...]]:
    """A study, and its participants where there are any, as one bundle."""
    charts = cases.charts(study) if cases is not None else {}
    made = [
        _study(study, charts),
        _eligibility(study),
        *(_endpoint(study, each) for each in study.protocol.endpoints.values()),
        *_sites(study),
    ]
    if study.protocol.pathway is not None or study.protocol.schedule:
        made.append(_plan(study))
    people = [one for name, known in charts.items() for one in _subject(study, name, known)]
    if cases is not None and cases.is_virtual:
        people = [{**each, "meta": {"tag": [HTEST]}} for each in people]
    entries = [{"fullUrl": f"{SPACE}:{each['resourceType']}:{each['id']}", "resource": each} for each in (*made, *people)]
    day = cases.until if cases is not None else None
    return {
        "resourceType": "Bundle",
        "type": "collection",
        **({"timestamp": f"{day}T00:00:00Z"} if day else {}),
        "entry": entries,
    }, tuple(_lost(study))


def _lost(study: Study) -> Iterator[Finding]:
    protocol = study.protocol
    names = [
        what
        for what, there in (
            ("analyses", protocol.analyses),
            ("promises", protocol.promises),
            ("assumptions", protocol.assumptions),
        )
        if there
    ]
    if names:
        yield Finding("not-carried", protocol.place, f"FHIR: {', '.join(names)} are not in the bundle", Severity.NOTE)
    if protocol.pathway is not None:
        limits = [name for name, step in protocol.pathway.steps.items() if step.limit or step.apart]
        if limits:
            says = f"FHIR: how often {', '.join(limits)} may be entered, and what keeps a distance, is said in words alone"
            yield Finding("not-carried", protocol.pathway.place, says, Severity.WARNING)


# --- the study -------------------------------------------------------------------------------------------------------


def _study(study: Study, charts: dict[str, Chart]) -> Made:
    protocol, design = study.protocol, study.protocol.design
    listed: dict[str, Arm | Group] = {**protocol.arms, **({} if protocol.arms else protocol.groups)}
    groups = [
        filled(linkId=identifier(name), name=each.label or name, type=concept(each.role) if isinstance(each, Arm) and each.role else None, description=each.text)
        for name, each in listed.items()
    ]  # fmt: skip
    joined = sum(each.first("enrolment") is not None or bool(each.arm) for each in charts.values())
    has_plan = protocol.pathway is not None or bool(protocol.schedule)
    words = (
        design.type,
        design.allocation if design.type == "interventional" else "",
        design.model,
        design.masking and f"masking_{design.masking}",
        design.perspective,
    )
    return {
        "resourceType": "ResearchStudy", "id": identifier(protocol.study), "status": "draft" if protocol.status == "planned" else "active",
        **filled(
            url=f"{SPACE}:study:{protocol.study}", identifier=[{"system": f"{SPACE}:registry:{identifier(each.registry)}", "value": each.id} for each in protocol.registrations],
            version=protocol.version, name=protocol.study.replace("-", "_"), title=protocol.title, description=protocol.summary,
            condition=[{"text": each} for each in protocol.conditions], keyword=[{"text": each} for each in protocol.keywords],
            studyDesign=[concept(each) for each in words if each], primaryPurposeType=concept(design.purpose) if design.purpose else None,
            phase=concept(f"phase_{design.phase}") if design.phase else None, comparisonGroup=groups,
            protocol=[{"reference": f"PlanDefinition/{identifier(protocol.study)}"}] if has_plan else None,
            site=[{"reference": f"Organization/{identifier(name)}"} for name in protocol.sites],
            associatedParty=[{"name": protocol.sponsor, "role": concept("sponsor")}] if protocol.sponsor else None,
            period=_period(study),
            recruitment=filled(
                targetNumber=design.enrolment, actualNumber=joined if charts else None,
                eligibility={"reference": f"EvidenceVariable/{identifier(f'{protocol.study}-eligibility')}"},
            ),
            outcomeMeasure=[
                filled(name=each.label or each.name, type=[concept(each.role)], description=each.text or time_frame(each),
                       reference={"reference": f"EvidenceVariable/{_endpoint_id(study, each)}"})
                for each in protocol.endpoints.values()
            ],
        ),
    }  # fmt: skip


def _period(study: Study) -> Made | None:
    dates = study.protocol.dates
    return (
        filled(
            start=str(dates["start"]) if "start" in dates else None,
            end=str(dates["completion"]) if "completion" in dates else None,
        )
        or None
    )


def _sites(study: Study) -> Iterator[Made]:
    for name, each in study.protocol.sites.items():
        place = {"address": {"country": each.country}} if each.country else {}
        yield {
            "resourceType": "Organization",
            "id": identifier(name),
            "name": each.label or name,
            **({"contact": [place]} if place else {}),
        }


def _eligibility(study: Study) -> Made:
    """Who may join: each criterion in words, with its expression, or as a question for a person."""
    made = []
    for each in study.protocol.eligibility:
        only = f" (only {', '.join((*each.cohorts, *each.groups))})" if each.cohorts or each.groups else ""
        rule = each.rule
        meant = (
            {"definitionCodeableConcept": {"text": rule.judge}}
            if isinstance(rule, Judgement)
            else {"definitionExpression": expression(study, rule)}
        )
        made.append(
            {
                "linkId": identifier(each.id),
                "description": f"{said(study, each)}{only}",
                "exclude": each.exclude is not None,
                **meant,
            }
        )
    name = f"{study.protocol.study}-eligibility"
    return {
        "resourceType": "EvidenceVariable",
        "id": identifier(name),
        "status": "active",
        "title": f"Who may join {study.protocol.study}",
        **filled(name=name.replace("-", "_"), actual=False, characteristic=made),
    }


def expression(study: Study, rule: Formula) -> Made:
    """An expression, with its words."""
    words = english(rule.tree, study.scope) if rule.tree is not None else rule.text
    return {"description": words[:1].upper() + words[1:], "language": EXPRESSION, "expression": rule.text}


def _endpoint_id(study: Study, each: Endpoint) -> str:
    return identifier(f"{study.protocol.study}-endpoint-{each.name}")


def _endpoint(study: Study, each: Endpoint) -> Made:
    events = " or ".join(one.text for one in each.events)
    parts = [f"from {each.from_.text}" if each.from_ is not None else "", f"to {events}" if events else "", time_frame(each)]
    return {
        "resourceType": "EvidenceVariable", "id": _endpoint_id(study, each), "status": "active",
        **filled(
            name=identifier(each.name).replace("-", "_"), title=each.label or each.name, description=each.text or ", ".join(filter(None, parts)),
            handling={"measurement": "continuous", "score": "continuous", "cost": "continuous", "occurrence": "dichotomous"}.get(each.kind),
            characteristic=[{"description": f"Among those: {each.among.text}", "definitionExpression": expression(study, each.among)}] if each.among is not None else None,
        ),
    }  # fmt: skip


# --- the plan --------------------------------------------------------------------------------------------------------


def _plan(study: Study) -> Made:
    protocol = study.protocol
    steps = list(protocol.pathway.steps.values()) if protocol.pathway is not None else []
    actions = [_step(study, each) for each in steps]
    lines = [_line(study, number, each) for number, each in enumerate(protocol.schedule, 1)]
    made = [{"id": "pathway", "title": "The pathway", "action": actions}] if actions else []
    made += [{"id": "schedule", "title": "The schedule", "action": lines}] if lines else []
    return {
        "resourceType": "PlanDefinition", "id": identifier(protocol.study), "status": "active",
        **filled(
            url=f"{SPACE}:plan:{protocol.study}", version=protocol.version, name=protocol.study.replace("-", "_"), title=protocol.title,
            type={"coding": [{"system": "http://terminology.hl7.org/CodeSystem/plan-definition-type", "code": "clinical-protocol"}]}, action=made,
        ),
    }  # fmt: skip


def _does(study: Study, names: tuple[str, ...], prefix: str) -> list[Made]:
    return [
        {"id": identifier(f"{prefix}.{name}"), "title": study.label(name), "code": concept(name, study.label(name))}
        for name in dict.fromkeys(names)
    ]


def _step(study: Study, step: Step) -> Made:
    """A step: what is done, what has to hold, and the ways on, each an action within it."""
    remarks = [f"At most {step.limit} times."] if step.limit is not None else []
    remarks += [f"{step.times} times {study.called(step.repeat)}."] if step.repeat else []
    remarks += [f"At least {each.at_least} from {study.called(each.from_)}, before and after." for each in step.apart]
    remarks += [f"Required: {english(each.tree, study.scope)}." for each in step.require if each.tree is not None]
    remarks += [f"Decided by: {step.by}."] if step.by != "rule" else []
    ways = [{"targetId": identifier(step.next), "relationship": "before"}] if step.next else []
    inner = _does(study, (*step.do, *((step.repeat,) if step.repeat else ())), step.name)
    for number, branch in enumerate(step.decide, 1):
        to = branch.to or branch.otherwise
        when = [{"kind": "applicability", "expression": expression(study, branch.when)}] if branch.when is not None else None
        inner.append(filled(
            id=identifier(f"{step.name}.way{number}"), title=branch.label or branch.option.replace("_", " ") or f"To {to.replace('_', ' ')}", condition=when,
            relatedAction=[{"targetId": identifier(to), "relationship": "before"}],
        ))  # fmt: skip
    if step.on_timeout:
        inner.append(
            {
                "id": identifier(f"{step.name}.timeout"),
                "title": "Never met in time",
                "relatedAction": [{"targetId": identifier(step.on_timeout), "relationship": "before"}],
            }
        )
    guard = [{"kind": "stop", "expression": expression(study, step.guard)}] if step.guard is not None else None
    return filled(
        id=identifier(step.name), title=step.label or step.name.replace("_", " ").capitalize(), description=" ".join(remarks), condition=guard, relatedAction=ways,
        selectionBehavior="exactly-one" if step.decide and not step.do and not step.repeat else None, action=inner,
    )  # fmt: skip


def _line(study: Study, number: int, line: Line) -> Made:
    """A line of the schedule: what is due, and when, as a timing where it is a plain interval."""
    anchor = line.anchor.text if line.anchor is not None else (line.every.activity if line.every is not None else "")
    parts = [
        f"days {', '.join(map(str, line.on))} after" if line.on else "",
        f"{line.at} after" if line.at is not None else "",
        f"every {line.every} from" if line.every is not None else "",
    ]
    timing = None
    if line.every is not None and line.every.span is not None:
        length, unit = _unit(line.every.span)
        timing = {"repeat": {"frequency": 1, "period": length, "periodUnit": unit}}
    words = f"{' '.join(filter(None, parts))} {anchor}".strip()
    words += f", until {getattr(line.until, 'text', line.until)}" if line.until is not None else ""
    words += f", window {line.window}" if line.window is not None else ""
    while_ = [{"kind": "applicability", "expression": expression(study, line.while_)}] if line.while_ is not None else None
    return filled(
        id=f"line{number}", title=line.label or f"Line {number} of the schedule", description=words, condition=while_, timingTiming=timing,
        action=_does(study, line.do, f"line{number}"),
    )  # fmt: skip


def _unit(span: Span) -> tuple[int, str]:
    if span.months:
        return (span.months // 12, "a") if span.months % 12 == 0 else (span.months, "mo")
    return (span.days // 7, "wk") if span.days % 7 == 0 else (span.days, "d")


# --- participants ----------------------------------------------------------------------------------------------------


def _subject(study: Study, name: str, known: Chart) -> Iterator[Made]:
    """A participant: the patient, as little as is needed, and the part they take in the study."""
    from ..dataset_json.sdtm import Subject

    who = identifier(name)
    told = Subject(study, known, name)
    sex = next((str(value) for _, _, value in told.using("demographics.sex")), "")
    died = known.first("death")
    yield {
        "resourceType": "Patient", "id": who,
        **filled(identifier=[{"system": f"{SPACE}:study:{study.protocol.study}", "value": name}], gender=GENDERS.get(sex, "unknown"), deceasedDateTime=_day(died)),
    }  # fmt: skip
    first = min((day for day in map(known.first, MILESTONES) if day is not None), default=None)
    progress = [
        {"type": concept("milestone"), "milestone": concept(each, study.label(each)), "startDate": _day(day)}
        for each in MILESTONES
        if (day := known.first(each)) is not None
    ]
    yield {
        "resourceType": "ResearchSubject", "id": who, "status": "active", "study": {"reference": f"ResearchStudy/{identifier(study.protocol.study)}"},
        "subject": {"reference": f"Patient/{who}"},
        **filled(
            assignedComparisonGroup=identifier(known.arm) if known.arm else None, progress=progress,
            period=filled(start=_day(first), end=_day(died or known.first("withdrawal"))) or None,
        ),
    }  # fmt: skip


def _day(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None
