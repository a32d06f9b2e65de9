"""The protocol section of a registration: what a study file says in the register's words."""

from collections.abc import Iterator, Mapping
from typing import Any

from ...expression.english import english
from ...finding import Finding, Severity
from ...protocol import Arm, Criterion, Design, Endpoint, Group, Judgement
from ...study import Study
from ..format import Cases

Told = dict[str, Any]
VIRTUAL = "VIRTUAL PARTICIPANTS. Nobody was treated. "

STATUSES = {
    "planned": "NOT_YET_RECRUITING", "not yet recruiting": "NOT_YET_RECRUITING", "recruiting": "RECRUITING",
    "active not recruiting": "ACTIVE_NOT_RECRUITING", "enrolling by invitation": "ENROLLING_BY_INVITATION", "completed": "COMPLETED",
    "suspended": "SUSPENDED", "terminated": "TERMINATED", "withdrawn": "WITHDRAWN", "unknown": "UNKNOWN",
}  # fmt: skip
ALLOCATIONS = {"randomised": "RANDOMIZED", "non_randomised": "NON_RANDOMIZED", "none": "NA"}
PURPOSES = {"health_services": "HEALTH_SERVICES_RESEARCH"}
PERSPECTIVES = {"prospective": "PROSPECTIVE", "retrospective": "RETROSPECTIVE", "both": "OTHER"}
TRIAL_MODELS = ("single_group", "parallel", "crossover", "factorial", "sequential")
PHASES = {"early 1": ["EARLY_PHASE1"], "": ["NA"]}
DATES = {"start": "startDateStruct", "primary_completion": "primaryCompletionDateStruct", "completion": "completionDateStruct"}
LONGEST_TITLE, LONGEST_LABEL = 300, 100


def registration(study: Study, cases: Cases | None = None) -> tuple[Told, tuple[Finding, ...]]:
    """The protocol section, and what a register asks for and the study does not say.

    Args:
        study: The study.
        cases: Its participants, where the record has results: enrolment is then what it came to.
    """
    protocol = study.protocol
    made = {
        "identificationModule": _identity(study), "statusModule": _status(study, cases),
        "sponsorCollaboratorsModule": {"leadSponsor": {"name": protocol.sponsor}} if protocol.sponsor else {},
        "descriptionModule": {"briefSummary": protocol.summary} if protocol.summary else {},
        "conditionsModule": _filled(conditions=[*protocol.conditions], keywords=[*protocol.keywords]),
        "designModule": _design(protocol.design, cases, study), "armsInterventionsModule": _arms(study), "outcomesModule": _outcomes(study),
        "eligibilityModule": _eligibility(study), "contactsLocationsModule": _places(study),
    }  # fmt: skip
    return {name: told for name, told in made.items() if told}, tuple(_unsaid(study))


def _filled(**said: Any) -> Told:
    return {key: value for key, value in said.items() if value not in (None, "", [], {})}


def _unsaid(study: Study) -> Iterator[Finding]:
    protocol = study.protocol
    lacking = [
        what for what, said in (
            ("a sponsor", protocol.sponsor), ("a summary", protocol.summary), ("conditions", protocol.conditions), ("its status", protocol.status),
            ("when it starts", protocol.dates.get("start")), ("how many participants", protocol.design.enrolment), ("sites", protocol.sites),
            ("a primary outcome", protocol.primary),
        ) if not said
    ]  # fmt: skip
    if lacking:
        yield Finding(
            "not-carried",
            protocol.place,
            f"ClinicalTrials.gov asks for {', '.join(lacking)}, and the study does not say it",
            Severity.NOTE,
        )
    without = [each.name for each in protocol.endpoints.values() if not time_frame(each)]
    if without:
        says = f"ClinicalTrials.gov asks for a time frame, and {', '.join(without)} have none"
        yield Finding("not-carried", protocol.place, says, Severity.NOTE)
    if protocol.pathway is not None:
        yield Finding(
            "not-carried", protocol.pathway.place, "ClinicalTrials.gov has no words for a pathway and a schedule", Severity.NOTE
        )


def _identity(study: Study) -> Told:
    protocol = study.protocol
    numbers = {each.registry: each.id for each in protocol.registrations}
    nct = next((each.id for each in protocol.registrations if each.id.startswith("NCT")), None)
    others = [{"id": number, "type": "REGISTRY", "domain": registry} for registry, number in numbers.items() if number != nct]
    title = protocol.title or protocol.study
    brief = title if len(title) <= LONGEST_TITLE else f"{title[: LONGEST_TITLE - 1]}…"
    return _filled(
        nctId=nct, orgStudyIdInfo={"id": protocol.study}, secondaryIdInfos=others, briefTitle=brief, officialTitle=title
    )


def _status(study: Study, cases: Cases | None) -> Told:
    protocol = study.protocol
    made: Told = _filled(overallStatus=STATUSES.get(protocol.status.casefold().replace("_", " ")))
    for name, key in DATES.items():
        if (when := protocol.dates.get(name)) is not None:
            made[key] = {"date": str(when)}
    return made


def _design(design: Design, cases: Cases | None, study: Study) -> Told:
    is_trial = design.type == "interventional"
    known: Told = {}
    if is_trial:
        known = _filled(
            allocation=ALLOCATIONS[design.allocation], interventionModel=(design.model or "").upper() if design.model in TRIAL_MODELS else None,
            primaryPurpose=PURPOSES.get(design.purpose, design.purpose.upper()) if design.purpose else None,
            maskingInfo={"masking": design.masking.upper()} if design.masking else None,
        )  # fmt: skip
    else:
        known = _filled(
            observationalModel=design.model.upper() if design.model in ("cohort", "case_control") else None,
            timePerspective=PERSPECTIVES.get(design.perspective or ""),
        )
    count = design.enrolment
    enrolled = {"count": count, "type": "ESTIMATED"} if count is not None else None
    if cases is not None:
        joined = sum(each.first("enrolment") is not None or bool(each.arm) for each in cases.charts(study).values())
        enrolled = {"count": joined, "type": "ACTUAL"}
    elif study.protocol.status.casefold() == "completed" and count is not None:
        enrolled = {"count": count, "type": "ACTUAL"}
    phases = PHASES.get(design.phase) or [f"PHASE{part}" for part in design.phase.split("/")]
    return _filled(
        studyType=design.type.upper(), phases=phases if is_trial else None, designInfo=known, enrollmentInfo=enrolled
    )


def _arms(study: Study) -> Told:
    protocol = study.protocol
    listed: Mapping[str, Arm | Group] = {**protocol.arms, **({} if protocol.arms else protocol.groups)}
    labels = {name: (each.label or name.replace("_", " ").capitalize())[:LONGEST_LABEL] for name, each in listed.items()}
    given: dict[str, list[str]] = {}
    for name, each in listed.items():
        for activity in each.gives if isinstance(each, Arm) else ():
            given.setdefault(activity, []).append(labels[name])
    groups = [
        _filled(
            label=labels[name], description=each.text, interventionNames=[_called(study, one) for one in (each.gives if isinstance(each, Arm) else ())],
            type=each.role.upper() if isinstance(each, Arm) and each.role else None,
        )
        for name, each in listed.items()
    ]  # fmt: skip
    interventions = [
        _filled(type=_kind(study, name), name=study.label(name), armGroupLabels=within) for name, within in given.items()
    ]
    return _filled(armGroups=groups, interventions=interventions)


def _kind(study: Study, name: str) -> str:
    activity = study.activities.get(name)
    return "PROCEDURE" if activity is not None and activity.procedure else "OTHER"


def _called(study: Study, name: str) -> str:
    """An intervention as an arm names it: its kind, then its name."""
    return f"{_kind(study, name).capitalize()}: {study.label(name)}"


def time_frame(each: Endpoint) -> str:
    """When an endpoint is measured, in words."""
    start = f" from {each.from_.text}" if each.from_ is not None else ""
    for word, span in (("At", each.at), ("Within", each.within), ("Up to", each.horizon)):
        if span is not None:
            return f"{word} {span}{start}"
    return ""


def _outcomes(study: Study) -> Told:
    made: dict[str, list[Told]] = {}
    for each in study.protocol.endpoints.values():
        key = {"primary": "primaryOutcomes", "secondary": "secondaryOutcomes"}.get(each.role, "otherOutcomes")
        made.setdefault(key, []).append(
            _filled(
                measure=each.label or each.name.replace("_", " ").capitalize(),
                description=each.text,
                timeFrame=time_frame(each),
            )
        )
    return made


def said(study: Study, each: Criterion) -> str:
    """A criterion in words."""
    if each.text:
        return each.text
    if isinstance(each.rule, Judgement):
        return each.rule.judge
    words = english(each.rule.settled, study.scope) if each.rule.tree is not None else each.rule.text
    return words[:1].upper() + words[1:]


def criteria(study: Study) -> str:
    """The criteria as a register prints them."""
    parts = []
    for kind in ("Inclusion", "Exclusion"):
        own = [each for each in study.protocol.eligibility if (each.include is not None) == (kind == "Inclusion")]
        if own:
            lines = []
            for each in own:
                only = f" (only {', '.join((*each.cohorts, *each.groups))})" if each.cohorts or each.groups else ""
                lines.append(f"* {' '.join(said(study, each).split())}{only}")
            parts.append(f"{kind} Criteria:\n\n" + "\n".join(lines))
    return "\n\n".join(parts)


def _eligibility(study: Study) -> Told:
    listed = next((each for each in study.protocol.registrations if each.age or each.sex), None)
    age = listed.age if listed is not None else None
    return _filled(
        eligibilityCriteria=criteria(study), sex=(listed.sex or "").upper() if listed is not None else None,
        minimumAge=f"{age.low:g} Years" if age is not None else None, maximumAge=f"{age.high:g} Years" if age is not None else None,
    )  # fmt: skip


def _places(study: Study) -> Told:
    return _filled(
        locations=[_filled(facility=each.label or name, country=each.country) for name, each in study.protocol.sites.items()]
    )
