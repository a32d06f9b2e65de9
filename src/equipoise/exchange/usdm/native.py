"""A study as USDM objects: what USDM has words for in its own words, and the study file itself beside them."""

import hashlib
import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from ...expression.tree import Among, And, Field, Not, Or, Pick, Tree
from ...finding import Finding
from ...protocol import Activity, Arm, Cohort, Criterion, Group, Item, Step
from ...study import Study
from ...vocabulary import vocabulary
from . import aims
from .made import PROSE, Made, Maker, chained
from .timelines import pathway_timelines, schedule_timeline

EXACT = "urn:equipoise:usdm:study"
"""The extension that holds the study file word for word, the digest of the native part, and earlier versions."""
EARLIER, NATIVE = "urn:equipoise:usdm:earlier", "urn:equipoise:usdm:native"
NEVER_ASKED = ("judgement", "lesion_found")


def exported(study: Study) -> tuple[Made, tuple[Finding, ...]]:
    """A study as the content of a USDM file, and what USDM has no words for."""
    return _Native(study).wrapper()


def digest(native: Any) -> str:
    """What the native part comes to: another digest, and somebody has changed it since."""
    return hashlib.sha256(json.dumps(native, sort_keys=True, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()


class _Native:
    """The objects of one study on their way into a file."""

    def __init__(self, study: Study) -> None:
        self.study, self.protocol = study, study.protocol
        self.maker = Maker(study)
        self.concepts: list[Made] = []
        self.surrogates: list[Made] = []
        self.encounters: list[Made] = []
        self.interventions: dict[str, Made] = {}
        self.activity_ids: dict[str, str] = {}
        self.criterion_items: list[Made] = []

    def wrapper(self) -> tuple[Made, tuple[Finding, ...]]:
        protocol, maker = self.protocol, self.maker
        version = self._version()
        study = maker.thing(
            "Study", id=str(uuid5(NAMESPACE_URL, f"urn:equipoise:{protocol.study}")), name=protocol.study, label=protocol.title or None,
            description=protocol.summary or None, versions=[version], documentedBy=[self.document],
        )  # fmt: skip
        study["extensionAttributes"] = [self._exact(study)]
        return {"study": study, "usdmVersion": "4.0.0", "systemName": "equipoise", "systemVersion": None}, tuple(maker.findings)

    def _exact(self, study: Made) -> Made:
        maker = self.maker
        inner = [maker.extension(NATIVE, valueString=digest(study))]
        inner += [maker.extension(EARLIER, valueString=_text(each)) for each in self.study.earlier.values()]
        return maker.extension(EXACT, valueString=_text(self.study), extensionAttributes=inner)

    def _version(self) -> Made:
        protocol, maker = self.protocol, self.maker
        self._organisations()
        self._document()
        design = self._design()
        titles = [maker.thing("StudyTitle", text=protocol.title or protocol.study, type=maker.code("title", "official"))]
        dates = [
            maker.thing(
                "GovernanceDate", name=name, type=maker.own(name), dateValue=str(when.first), geographicScopes=[self._everywhere()],
                description=None if when.is_exact else f"Known only as {when}.",
            )
            for name, when in protocol.dates.items()
        ]  # fmt: skip
        return maker.thing(
            "StudyVersion", versionIdentifier=protocol.version or "unstated", rationale=protocol.summary, studyIdentifiers=self.identifiers,
            titles=titles, studyDesigns=[design], eligibilityCriterionItems=self.criterion_items, organizations=self.organisations,
            studyInterventions=list(self.interventions.values()), biomedicalConcepts=self.concepts, bcSurrogates=self.surrogates,
            conditions=maker.conditions, dateValues=dates, documentVersionIds=[self.document_version["id"]], amendments=self._amendments(),
            notes=[self._note(f"Unstated: {each.what}." + (f" Assumed: {each.assumed}." if each.assumed else "")) for each in protocol.unstated],
        )  # fmt: skip

    def _note(self, text: str) -> Made:
        return self.maker.thing("CommentAnnotation", text=text)

    def _everywhere(self) -> Made:
        return self.maker.thing("GeographicScope", type=self.maker.code("scope", "global"))

    # --- who --------------------------------------------------------------------------------------------------------

    def _organisations(self) -> None:
        protocol, maker = self.protocol, self.maker

        def organisation(name: str, kind: str, **said: Any) -> Made:
            return maker.thing(
                "Organization", name=name, label=name, type=maker.code("organisation", kind), identifierScheme="unstated",
                identifier=name, **said,
            )  # fmt: skip

        registers = {each.registry: organisation(each.registry, "registry") for each in protocol.registrations}
        sites = [
            maker.thing("StudySite", name=name, label=site.label or None, country=maker.own(site.country or "unstated"))
            for name, site in protocol.sites.items()
        ]
        sponsor = organisation(protocol.sponsor or "unstated", "sponsor", managedSites=sites)
        self.organisations = [sponsor, *registers.values()]
        self.identifiers = [
            maker.thing("StudyIdentifier", text=each.id, scopeId=registers[each.registry]["id"])
            for each in protocol.registrations
        ] or [maker.thing("StudyIdentifier", text=protocol.study, scopeId=sponsor["id"])]

    def _document(self) -> None:
        maker = self.maker
        self.document_version = maker.thing(
            "StudyDefinitionDocumentVersion", version=self.protocol.version or "unstated", status=maker.code("status", "final")
        )
        self.document = maker.thing(
            "StudyDefinitionDocument", name="study file", label="The study file", language=maker.own("en", "English"),
            type=maker.code("document", "protocol"), templateName="equipoise", versions=[self.document_version],
        )  # fmt: skip

    def _amendments(self) -> list[Made]:
        maker, made = self.maker, []
        for number, each in enumerate(self.protocol.amendments, 1):
            section = maker.thing(
                "DocumentContentReference", sectionNumber="", sectionTitle="unstated", appliesToId=self.document["id"]
            )
            change = maker.thing(
                "StudyChange", name=f"change_{number}", summary=each.changes, rationale="", changedSections=[section]
            )
            made.append(
                maker.thing(
                    "StudyAmendment", name=f"amendment_{number}", number=each.version, summary=each.changes, geographicScopes=[self._everywhere()],
                    primaryReason=maker.thing("StudyAmendmentReason", code=maker.code("reason", "other"), otherReason="unstated"),
                    changes=[change], description=f"Affects: {each.affects}" if each.affects else None,
                    dateValues=[
                        maker.thing(
                            "GovernanceDate", name=f"amendment_{number}", type=maker.own("in_force"), dateValue=str(each.on.first),
                            geographicScopes=[self._everywhere()],
                        )
                    ],
                )
            )  # fmt: skip
        for before, after in pairwise(made):
            after["previousId"] = before["id"]
        return made

    # --- the design -------------------------------------------------------------------------------------------------

    def _design(self) -> Made:
        protocol, maker, design = self.protocol, self.maker, self.protocol.design
        is_trial = design.type == "interventional"
        activities = self._activities()
        arms = self._arms()
        criteria = self._criteria()
        population = self._population(criteria)
        epochs = self._epochs()
        elements, cells = self._cells(arms, epochs)
        timelines = self._timelines(epochs)
        goals, endpoints = aims.objectives(self.study, maker)
        estimands, populations = aims.estimands(self.study, maker, endpoints, self.interventions)
        said: dict[str, Any] = {
            "name": protocol.study, "label": protocol.title or None, "studyType": maker.code("study", design.type),
            "studyPhase": maker.alias(maker.code("phase", design.phase)) if design.phase else None,
            "arms": list(arms.values()), "studyCells": cells, "rationale": protocol.summary, "epochs": list(epochs.values()),
            "elements": elements, "activities": activities, "encounters": chained(self.encounters), "estimands": estimands,
            "indications": [maker.thing("Indication", name=each, label=each, isRareDisease=False) for each in protocol.conditions],
            "studyInterventionIds": [each["id"] for each in self.interventions.values()], "objectives": goals, "population": population,
            "scheduleTimelines": timelines, "eligibilityCriteria": criteria, "analysisPopulations": populations,
            "documentVersionIds": [self.document_version["id"]], "model": maker.code("model", design.model or "unstated"),
            "characteristics": self._characteristics(),
        }  # fmt: skip
        if is_trial:
            said["blindingSchema"] = maker.alias(maker.code("masking", design.masking)) if design.masking else None
            said["intentTypes"] = [maker.code("purpose", design.purpose)] if design.purpose else []
            return maker.thing("InterventionalStudyDesign", **said)
        return maker.thing("ObservationalStudyDesign", timePerspective=maker.own(design.perspective or "unstated"), **said)

    def _characteristics(self) -> list[Made]:
        design, allocation = self.protocol.design, self.protocol.allocation
        words: list[str] = [design.allocation]
        words += [design.centres] if design.centres else []
        words += ["stratified"] if allocation is not None and allocation.strata else []
        return [self.maker.code("characteristic", each) for each in words]

    # --- what is done and written down ------------------------------------------------------------------------------

    def _activities(self) -> list[Made]:
        maker, made = self.maker, []
        for name, each in self.study.activities.items():
            if name in NEVER_ASKED and name not in self.protocol.activities:
                continue
            concepts = [self._concept(name, key, item) for key, item in each.items.items()]
            lesions = each.lesions or any(item.type == "lesions" for item in each.items.values())
            activity = maker.thing(
                "Activity", name=name, label=self.study.label(name), biomedicalConceptIds=[one["id"] for one in concepts],
                definedProcedures=[self._procedure(each)] if each.procedure else [],
                bcSurrogateIds=[self._lesions()] if lesions else [],
            )  # fmt: skip
            self.activity_ids[name] = activity["id"]
            made.append(activity)
            for item, concept in zip(each.items.values(), concepts, strict=True):
                if item.when is not None:
                    says = f"{_called(item)} is asked only if: {maker.said(item.when)}"
                    maker.condition(f"{name}_{item.name}", item.when, about=[concept["id"]], where=[activity["id"]], says=says)
        return chained(made)

    def _procedure(self, each: Activity) -> Made:
        maker = self.maker
        return maker.thing(
            "Procedure",
            name=each.name,
            label=each.label or None,
            procedureType=each.treats or "intervention",
            code=maker.own(each.name, each.label),
        )

    def _lesions(self) -> str:
        if not self.surrogates:
            self.surrogates.append(
                self.maker.thing(
                    "BiomedicalConceptSurrogate", name="lesions", label="Lesions",
                    description="Each lesion: organ, segment, diameter, role and status.",
                )
            )  # fmt: skip
        found: str = self.surrogates[0]["id"]
        return found

    def _concept(self, form: str, key: str, item: Item) -> Made:
        maker = self.maker
        datatype = {"integer": "integer", "real": "decimal", "quantity": "decimal", "score": "decimal", "date": "date",
                    "month": "partialDate", "yes_no": "boolean"}.get(item.type or "text", "text")  # fmt: skip
        labels = item.of if not isinstance(item.of, tuple) else {}
        answers = [
            maker.thing(
                "ResponseCode",
                name=code,
                label=labels.get(code),
                isEnabled=True,
                code=maker.own(code, str(labels.get(code) or "")),
            )
            for code in item.of
        ]
        properties = [
            maker.thing(
                "BiomedicalConceptProperty", name=key, label=_called(item), isRequired=item.required, isEnabled=True, datatype=datatype,
                responseCodes=answers, code=maker.alias(maker.own(f"{form}.{key}", _called(item))),
            )
        ]  # fmt: skip
        if item.unit:
            unit = maker.thing("ResponseCode", name=item.unit, isEnabled=True, code=maker.thing(
                "Code", code=item.unit, codeSystem="http://unitsofmeasure.org", codeSystemVersion="unstated", decode=item.unit))  # fmt: skip
            properties.append(
                maker.thing(
                    "BiomedicalConceptProperty", name=f"{key}_unit", label="Unit", isRequired=False, isEnabled=True, datatype="text",
                    responseCodes=[unit], code=maker.alias(maker.own("unit")),
                )
            )  # fmt: skip
        term = vocabulary().get(item.use)
        known = [
            maker.thing("Code", code=str(code), codeSystem=system, codeSystemVersion="unstated", decode=_called(item))
            for system, code in (term.codes if term is not None else {}).items()
        ]
        code = maker.alias(known[0], *known[1:]) if known else maker.alias(maker.own(f"{form}.{key}", _called(item)))
        made = maker.thing(
            "BiomedicalConcept", name=f"{form}.{key}", label=_called(item), reference=item.use or f"urn:equipoise:item:{form}.{key}",
            properties=properties, code=code,
        )  # fmt: skip
        self.concepts.append(made)
        return made

    # --- arms, epochs, cells ----------------------------------------------------------------------------------------

    def _arms(self) -> dict[str, Made]:
        protocol, maker = self.protocol, self.maker
        perspective = "retrospective" if protocol.design.perspective == "retrospective" else "prospective"
        listed: dict[str, Arm | Group] = {**protocol.arms, **({} if protocol.arms else protocol.groups)}
        listed = listed or {"all": Arm(name="all", label="All participants")}
        made = {}
        for name, each in listed.items():
            role = (each.role or "other") if isinstance(each, Arm) else "observed_group"
            beside = []
            if isinstance(each, Group):
                beside = maker.exactly(each.member)
            made[name] = maker.thing(
                "StudyArm", name=name, label=each.label or None, description=each.text or None, type=maker.code("arm", role),
                dataOriginDescription="from records" if perspective == "retrospective" else "collected from participants",
                dataOriginType=maker.code("data", perspective), extensionAttributes=beside,
            )  # fmt: skip
            given = each.gives if isinstance(each, Arm) else ()
            for activity in given or (name,):
                self._intervention(activity, role)
        return made

    def _intervention(self, name: str, role: str) -> None:
        if name in self.interventions:
            return
        maker, activity = self.maker, self.study.activities.get(name)
        arm = self.protocol.arms.get(name) or self.protocol.groups.get(name)
        label = self.study.label(name) if activity is not None else (arm.label if arm is not None else "") or "All participants"
        meant = {"placebo_comparator": "placebo", "active_comparator": "comparator"}.get(role, "experimental")
        dose = []
        if activity is not None and activity.lasts is not None:
            dose = [
                maker.thing(
                    "Administration", name=name, label=label, duration=maker.duration(activity.lasts, str(activity.lasts))
                )
            ]
        kind = maker.own(
            "procedure" if activity is not None and activity.procedure else "treatment" if activity else "unstated"
        )
        self.interventions[name] = maker.thing(
            "StudyIntervention", name=name, label=label, role=maker.code("role", meant), type=kind, administrations=dose
        )

    def _epochs(self) -> dict[str, Made]:
        names = ["screening", *(["treatment"] if self.protocol.pathway is not None else []), "follow_up"]
        made = {
            name: self.maker.thing(
                "StudyEpoch", name=name, label=name.replace("_", "-").capitalize(), type=self.maker.code("epoch", name)
            )
            for name in names
        }
        chained(list(made.values()))
        return made

    def _cells(self, arms: dict[str, Made], epochs: dict[str, Made]) -> tuple[list[Made], list[Made]]:
        maker, pathway = self.maker, self.protocol.pathway
        elements = {
            name: maker.thing("StudyElement", name=name, label=name.replace("_", "-").capitalize())
            for name in ("screening", "follow_up")
        }
        for name, step in (pathway.steps if pathway is not None else {}).items():
            elements[name] = maker.thing(
                "StudyElement", name=name, label=step.label or None, transitionStartRule=None,
                transitionEndRule=self._rule(name, step), studyInterventionIds=[
                    self.interventions[each]["id"] for each in (*step.do, step.repeat) if each in self.interventions
                ],
            )  # fmt: skip
        cells = []
        for arm, made in arms.items():
            steps = list(_visited(self.study, arm)) if pathway is not None else []
            for epoch, each in epochs.items():
                within = steps if epoch == "treatment" else [epoch]
                cells.append(
                    maker.thing(
                        "StudyCell", armId=made["id"], epochId=each["id"], elementIds=[elements[one]["id"] for one in within]
                    )
                )
        return list(elements.values()), cells

    def _rule(self, name: str, step: Step) -> Made | None:
        if step.guard is None and not step.require and not step.apart:
            return None
        maker = self.maker
        parts = [f"Left only when: {maker.said(step.guard)}."] if step.guard is not None else []
        parts += [f"Required: {maker.said(each)}." for each in step.require]
        parts += [f"At least {each.at_least} from {self.study.called(each.from_)}, before and after." for each in step.apart]
        beside = [
            one for each in ([step.guard] if step.guard is not None else []) + list(step.require) for one in maker.exactly(each)
        ]
        return maker.thing("TransitionRule", name=f"{name}_rule", text=" ".join(parts), extensionAttributes=beside)

    def _timelines(self, epochs: dict[str, Made]) -> list[Made]:
        maker, pathway = self.maker, self.protocol.pathway
        made = []
        if pathway is not None:
            made += pathway_timelines(pathway, maker, self.activity_ids, epochs["treatment"]["id"])
        follow_up = epochs["follow_up"]["id"]
        for number, line in enumerate(self.protocol.schedule, 1):
            made.append(schedule_timeline(line, number, maker, self.activity_ids, follow_up, self.encounters))
        if made and not any(each["mainTimeline"] for each in made):
            made[0]["mainTimeline"] = True
        return made

    # --- who may join -----------------------------------------------------------------------------------------------

    def _criteria(self) -> list[Made]:
        maker, made = self.maker, []
        for each in self.protocol.eligibility or (None,):
            item = self._criterion_item(each)
            self.criterion_items.append(item)
            way = "include" if each is None or each.include is not None else "exclude"
            name = each.id if each is not None else "none"
            made.append(
                maker.thing(
                    "EligibilityCriterion",
                    name=name,
                    category=maker.code("criterion", way),
                    identifier=name,
                    criterionItemId=item["id"],
                )
            )
        return chained(made)

    def _criterion_item(self, each: Criterion | None) -> Made:
        maker = self.maker
        if each is None:
            maker.lost("the study says no criterion, and USDM wants one: one stands there that says so", self.protocol.place)
            return maker.thing(
                "EligibilityCriterionItem",
                name="none",
                text="No criterion is stated.",
                extensionAttributes=[maker.extension(PROSE, valueBoolean=True)],
            )
        says = maker.said(each.rule)
        return maker.thing(
            "EligibilityCriterionItem", name=each.id, text=each.text or says, description=says if each.text and each.text != says else None,
            extensionAttributes=maker.exactly(each.rule),
        )  # fmt: skip

    def _population(self, criteria: list[Made]) -> Made:
        protocol, maker = self.protocol, self.maker
        by_name = {each["identifier"]: each["id"] for each in criteria}
        special = {each.id for each in protocol.eligibility if each.cohorts or each.groups}
        named: dict[str, Cohort | Group] = {**protocol.cohorts, **(protocol.groups if protocol.arms else {})}
        cohorts = [
            maker.thing(
                "StudyCohort", name=name, label=each.label or None, description=each.text or None, includesHealthySubjects=False,
                criterionIds=[by_name[one.id] for one in protocol.eligibility if name in (*one.cohorts, *one.groups)],
                extensionAttributes=maker.exactly(each.member) if each.member is not None else [],
            )
            for name, each in named.items()
        ]  # fmt: skip
        listed = next((each for each in protocol.registrations if each.sex or each.age), None)
        age = listed.age if listed is not None else None
        sex = listed.sex if listed is not None else None
        maker.lost(
            "whether healthy people may join is not said in a study file, and USDM wants an answer: it says no", protocol.place
        )
        return maker.thing(
            "StudyDesignPopulation", name=f"{protocol.study}_population", label="; ".join(protocol.conditions) or None,
            includesHealthySubjects=False, plannedSex=[maker.code("sex", sex)] if sex else [],
            plannedEnrollmentNumber=maker.quantity(protocol.design.enrolment) if protocol.design.enrolment is not None else None,
            plannedAge=maker.thing("Range", minValue=maker.quantity(age.low, "year"), maxValue=maker.quantity(age.high, "year"), isApproximate=False) if age else None,
            criterionIds=[made for name, made in by_name.items() if name not in special], cohorts=cohorts,
        )  # fmt: skip


def _text(study: Study) -> str:
    return "\n".join(study.lines) + "\n"


def _called(item: Item) -> str:
    return item.label or item.name.replace("_", " ")


# --- which steps an arm visits ---------------------------------------------------------------------------------------


def _visited(study: Study, arm: str) -> Iterator[str]:
    """The steps that a participant of an arm can come to, as far as what is asked about the arm tells."""
    pathway = study.protocol.pathway
    assert pathway is not None
    seen: dict[str, None] = {}
    todo = list(pathway.starts.values()) + [each.to for each in pathway.anywhere if each.to]
    while todo:
        name = todo.pop(0)
        if name in seen or name not in pathway.steps:
            continue
        seen[name] = None
        step = pathway.steps[name]
        todo += [each for each in (step.next, step.on_timeout, step.unknown) if each]
        for branch in step.decide:
            holds = _of_arm(branch.when.tree, arm) if branch.when is not None and branch.when.tree is not None else None
            if holds is not False:
                todo.append(branch.to or branch.otherwise)
            if holds is True and step.by == "rule":
                break
    yield from (name for name in pathway.steps if name in seen)


def _of_arm(tree: Tree, arm: str) -> bool | None:
    """What a statement comes to for an arm, of which nothing but the arm is known."""
    match tree:
        case And(of=parts):
            found = [_of_arm(part, arm) for part in parts]
            return False if False in found else None if None in found else True
        case Or(of=parts):
            found = [_of_arm(part, arm) for part in parts]
            return True if True in found else None if None in found else False
        case Not(of=part):
            inner = _of_arm(part, arm)
            return None if inner is None else not inner
        case Among(of=Pick(of=Field(form=form, name="arm")), options=options) if form in ("randomisation", "assignment"):
            return arm in options
        case _:
            return None
