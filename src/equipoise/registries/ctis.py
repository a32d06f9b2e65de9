"""CTIS, the European Union's register since 2022: the JSON of a trial as its public site gives it."""

from collections.abc import Iterator

from ..finding import Finding
from .intake import Intake
from .kinds import plain
from .record import Intervention, Location, Outcome, Record
from .structured import note_unread, tidy
from .tree import Tree, found, several, written

_INFO = "authorizedPartI.trialDetails.trialInformation."
_NAMES = "authorizedPartI.trialDetails.clinicalTrialIdentifiers."
FIELDS_OF = {
    "ctNumber": "identifiers",
    "eudraCtInfo.eudraCtCode": "identifiers",
    f"{_NAMES}publicTitle": "title",
    f"{_NAMES}fullTitle": "official_title",
    f"{_NAMES}shortTitle": "acronym",
    "authorizedPartI.sponsors[].organisation.name": "sponsor",
    "coSponsors[].organisation.name": "collaborators",
    "sponsorType": "sponsor_kind",
    "ctStatus": "status",
    "submissionDate": "first_submitted",
    "lastUpdated": "last_update_posted",
    f"{_INFO}trialDuration.estimatedRecruitmentStartDate": "start",
    f"{_INFO}trialDuration.estimatedEndDate": "completion",
    f"{_INFO}trialObjective.mainObjective": "objectives",
    f"{_INFO}trialObjective.secondaryObjectives[].secondaryObjective": "objectives",
    f"{_INFO}medicalCondition.partIMedicalConditions[].medicalCondition": "conditions",
    f"{_INFO}medicalCondition.meddraConditionTerms[].termName": "condition_terms",
    "trialPhase": "phases",
    "totalNumberEnrolled": "enrolment",
    "gender": "sex",
    "memberStatesConcerned[].mscName": "countries",
    "authorizedPartI.rowCountriesInfo[].name": "countries",
    "protocolAvailable": "data_sharing",
}
"""Ways to fields; the register's own work (assessments, requests, documents, people) is left out."""


def recognises(tree: Tree) -> bool:
    """Whether a tree is a trial of CTIS."""
    return isinstance(tree, dict) and "ctNumber" in tree and ("authorizedPartI" in tree or "ctStatus" in tree)


def records(tree: Tree, file: str) -> Iterator[tuple[Record, tuple[Finding, ...]]]:
    """The trial."""
    intake = Intake("ctis", file)
    for way, name in FIELDS_OF.items():
        for path, node in found(tree, way):
            for each in several(node):
                text = tidy(written(each))
                if name == "status":
                    text = text.replace(",", "")
                if name == "phases" and "phase" not in text.casefold():
                    continue
                if name == "phases":
                    text = text.partition(" - ")[0]
                if text and not (name == "acronym" and plain(text).replace(" ", "").isdigit()):
                    standing = "expected" if "estimated" in path else ""
                    intake.say(name, text, path=path, standing=standing)  # type: ignore[arg-type]
    for kind, title in (
        ("principalInclusionCriteria", "Inclusion criteria:"),
        ("principalExclusionCriteria", "Exclusion criteria:"),
    ):
        nodes = list(found(tree, f"{_INFO}eligibilityCriteria.{kind}[].{kind}"))
        if nodes:
            _criteria(intake, kind, title, [tidy(written(each)) for _, each in nodes], nodes[0][0])
    for kind, role in (("primaryEndPoints", "primary"), ("secondaryEndPoints", "secondary")):
        for path, node in found(tree, f"{_INFO}endPoint.{kind}[].endPoint"):
            if text := tidy(written(node)):
                intake.say("outcomes", text, path=path, whole=Outcome(text, role))  # type: ignore[arg-type]
    for path, node in found(tree, "authorizedPartI.products[]"):
        if isinstance(node, dict) and (text := written(node.get("productName"))):
            intake.say("interventions", text, path=f"{path}.productName", whole=Intervention(text, "drug"))
    for path, node in found(tree, "authorizedPartsII[].trialSites[]"):
        if not isinstance(node, dict):
            continue
        name, city, country = (
            next((written(each) for _, each in found(node, way)), "")
            for way in (
                "organisationAddressInfo.organisation.name",
                "organisationAddressInfo.address.city",
                "organisationAddressInfo.address.countryName",
            )
        )
        if name or city or country:
            intake.say("locations", name or city or country, path=path, whole=Location(name, city, "", country))
    groups = {written(each) for _, each in found(tree, f"{_INFO}populationOfTrialSubjects.clinicalTrialGroups[].name")}
    if groups:
        is_healthy = any("healthy" in plain(each) for each in groups)
        path = f"{_INFO}populationOfTrialSubjects.clinicalTrialGroups"
        intake.say("healthy_volunteers", ", ".join(sorted(groups)), path=path, whole=is_healthy)
    for _, node in found(tree, "ageGroup"):
        for each in written(node).split(","):
            if each.strip()[:1].isdigit() and ("18-64" in each or "65+" in each):
                intake.say("age_groups", each, path="ageGroup")
            elif each.strip():
                intake.say("age_groups", each, path="ageGroup", whole="child")
    intake.say("study_type", "a trial of a medicine under Regulation (EU) No 536/2014", path="ctrname", whole="interventional")
    others = ("authorizedPartsII", "ageGroup", "ctrname", "_id", "record_last_import")
    note_unread(intake, tree, (*FIELDS_OF, *others))
    yield intake.record()


def _criteria(intake: Intake, path: str, title: str, lines: list[str], first: str) -> None:
    """Inclusion and exclusion as one text, as other registers have it."""
    text = "\n".join([title, *lines])
    known = intake.values.pop("eligibility", [])
    if known:
        text, first = f"{known[0].text}\n\n{text}", f"{known[0].path} + {first}"
    intake.say("eligibility", text, path=first or path)
