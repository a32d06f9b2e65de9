"""ClinicalTrials.gov as its API gives it (version 2, JSON): one study, or a page of a search with the token of the next.

Every leaf of the API's own description is a field here or is left out with the reason; a test walks the description.
"""

from collections.abc import Iterator
from typing import Any

from ..finding import Finding, Severity
from .intake import Intake
from .record import Arm, Intervention, Location, Outcome, Record, Reference
from .structured import Part, Ways, fill
from .tree import Tree

_P = "protocolSection."
_IDENTITY, _STATUS, _PARTIES = f"{_P}identificationModule.", f"{_P}statusModule.", f"{_P}sponsorCollaboratorsModule."
_DESIGN, _ELIGIBLE, _OUTCOMES = f"{_P}designModule.", f"{_P}eligibilityModule.", f"{_P}outcomesModule."
_ARMS, _PLACES, _REFERENCES = f"{_P}armsInterventionsModule.", f"{_P}contactsLocationsModule.", f"{_P}referencesModule."
_DATES = {
    "startDateStruct": "start",
    "primaryCompletionDateStruct": "primary_completion",
    "completionDateStruct": "completion",
    "studyFirstPostDateStruct": "first_posted",
    "resultsFirstPostDateStruct": "results_posted",
    "lastUpdatePostDateStruct": "last_update_posted",
}
_RESULTS = "results: a record is what a trial plans and where it stands"
_PERSON = "people and their telephones are not kept"
_REGISTER = "the register's own bookkeeping"
_MEASURES = {"measure": "measure", "description": "description", "timeFrame": "time_frame"}

WAYS = Ways(
    fields={
        f"{_IDENTITY}nctId": "identifiers",
        f"{_IDENTITY}nctIdAliases": "identifiers",
        f"{_IDENTITY}orgStudyIdInfo.id": "identifiers",
        f"{_IDENTITY}secondaryIdInfos[].id": "identifiers",
        f"{_IDENTITY}briefTitle": "title",
        f"{_IDENTITY}officialTitle": "official_title",
        f"{_IDENTITY}acronym": "acronym",
        f"{_STATUS}statusVerifiedDate": "verified",
        f"{_STATUS}overallStatus": "status",
        f"{_STATUS}lastKnownStatus": "last_known_status",
        f"{_STATUS}whyStopped": "why_stopped",
        f"{_STATUS}expandedAccessInfo.hasExpandedAccess": "has_expanded_access",
        **{f"{_STATUS}{key}.date": name for key, name in _DATES.items()},
        f"{_STATUS}studyFirstSubmitDate": "first_submitted",
        f"{_STATUS}studyFirstSubmitQcDate": "first_checked",
        f"{_STATUS}resultsFirstSubmitDate": "results_submitted",
        f"{_STATUS}lastUpdateSubmitDate": "last_update_submitted",
        f"{_PARTIES}leadSponsor.name": "sponsor",
        f"{_PARTIES}leadSponsor.class": "sponsor_kind",
        f"{_PARTIES}collaborators[].name": "collaborators",
        f"{_P}oversightModule.oversightHasDmc": "has_monitoring_committee",
        f"{_P}oversightModule.isFdaRegulatedDrug": "is_fda_regulated",
        f"{_P}oversightModule.isFdaRegulatedDevice": "is_fda_regulated",
        f"{_P}descriptionModule.briefSummary": "summary",
        f"{_P}descriptionModule.detailedDescription": "description",
        f"{_P}conditionsModule.conditions": "conditions",
        f"{_P}conditionsModule.keywords": "keywords",
        f"{_DESIGN}studyType": "study_type",
        f"{_DESIGN}patientRegistry": "is_patient_registry",
        f"{_DESIGN}targetDuration": "target_duration",
        f"{_DESIGN}phases": "phases",
        f"{_DESIGN}designInfo.allocation": "allocation",
        f"{_DESIGN}designInfo.interventionModel": "model",
        f"{_DESIGN}designInfo.interventionModelDescription": "model_description",
        f"{_DESIGN}designInfo.primaryPurpose": "purpose",
        f"{_DESIGN}designInfo.observationalModel": "model",
        f"{_DESIGN}designInfo.timePerspective": "perspective",
        f"{_DESIGN}designInfo.maskingInfo.masking": "masking",
        f"{_DESIGN}designInfo.maskingInfo.maskingDescription": "masking_description",
        f"{_DESIGN}designInfo.maskingInfo.whoMasked": "masked",
        f"{_DESIGN}bioSpec.retention": "specimens",
        f"{_DESIGN}bioSpec.description": "specimens",
        f"{_DESIGN}enrollmentInfo.count": "enrolment",
        f"{_ELIGIBLE}eligibilityCriteria": "eligibility",
        f"{_ELIGIBLE}healthyVolunteers": "healthy_volunteers",
        f"{_ELIGIBLE}sex": "sex",
        f"{_ELIGIBLE}genderBased": "is_by_gender",
        f"{_ELIGIBLE}genderDescription": "gender_description",
        f"{_ELIGIBLE}minimumAge": "minimum_age",
        f"{_ELIGIBLE}maximumAge": "maximum_age",
        f"{_ELIGIBLE}stdAges": "age_groups",
        f"{_ELIGIBLE}studyPopulation": "population",
        f"{_ELIGIBLE}samplingMethod": "sampling",
        f"{_REFERENCES}seeAlsoLinks[].url": "links",
        f"{_P}ipdSharingStatementModule.ipdSharing": "data_sharing",
        f"{_P}ipdSharingStatementModule.description": "data_sharing",
        f"{_P}ipdSharingStatementModule.timeFrame": "data_sharing",
        f"{_P}ipdSharingStatementModule.accessCriteria": "data_sharing",
        "derivedSection.conditionBrowseModule.meshes[].term": "condition_terms",
        "derivedSection.interventionBrowseModule.meshes[].term": "intervention_terms",
        "hasResults": "has_results",
    },
    parts=(
        Part(
            f"{_ARMS}armGroups[]",
            "arms",
            Arm,
            {"label": "label", "type": "kind", "description": "description", "interventionNames": "interventions"},
        ),
        Part(
            f"{_ARMS}interventions[]",
            "interventions",
            Intervention,
            {
                "name": "name",
                "type": "kind",
                "description": "description",
                "armGroupLabels": "arms",
                "otherNames": "other_names",
            },
        ),
        Part(f"{_OUTCOMES}primaryOutcomes[]", "outcomes", Outcome, _MEASURES, {"role": "primary"}),
        Part(f"{_OUTCOMES}secondaryOutcomes[]", "outcomes", Outcome, _MEASURES, {"role": "secondary"}),
        Part(f"{_OUTCOMES}otherOutcomes[]", "outcomes", Outcome, _MEASURES, {"role": "other"}),
        Part(
            f"{_PLACES}locations[]",
            "locations",
            Location,
            {"facility": "facility", "city": "city", "state": "state", "country": "country", "status": "status"},
        ),
        Part(f"{_REFERENCES}references[]", "references", Reference, {"citation": "citation", "pmid": "pmid", "type": "kind"}),
    ),
    left_out={
        f"{_IDENTITY}orgStudyIdInfo": "whose number it is shows in the number",
        f"{_IDENTITY}secondaryIdInfos": "whose number it is shows in the number",
        f"{_IDENTITY}organization": "the sponsor, as the account that registers",
        f"{_STATUS}delayedPosting": _REGISTER,
        f"{_STATUS}expandedAccessInfo": "another record's number and status",
        f"{_STATUS}resultsFirstSubmitQcDate": _REGISTER,
        f"{_STATUS}dispFirstSubmitDate": _REGISTER,
        f"{_STATUS}dispFirstSubmitQcDate": _REGISTER,
        f"{_STATUS}dispFirstPostDateStruct": _REGISTER,
        f"{_PARTIES}responsibleParty": _PERSON,
        f"{_PARTIES}collaborators[].class": "the kind of a collaborator decides nothing",
        f"{_P}oversightModule": _REGISTER,
        f"{_DESIGN}nPtrsToThisExpAccNctId": _REGISTER,
        f"{_DESIGN}expandedAccessTypes": "kinds of access outside the trial",
        f"{_PLACES}centralContacts": _PERSON,
        f"{_PLACES}overallOfficials": _PERSON,
        f"{_PLACES}locations[].contacts": _PERSON,
        f"{_PLACES}locations[].zip": "the city is enough to find the place",
        f"{_PLACES}locations[].geoPoint": "the city is enough to find the place",
        f"{_REFERENCES}references[].retractions": "the citation is looked up, not its history",
        f"{_REFERENCES}seeAlsoLinks[].label": "the address is enough",
        f"{_REFERENCES}availIpds": "data that are offered elsewhere",
        f"{_P}ipdSharingStatementModule": "which documents are offered, and where",
        "resultsSection": _RESULTS,
        "annotationSection": _REGISTER,
        "documentSection": "uploaded documents, not what is said",
        "derivedSection": "what the register computes: MeSH terms alone are kept",
    },
    standing={
        **{f"{_STATUS}{key}.date": f"{_STATUS}{key}.type" for key in _DATES},
        f"{_DESIGN}enrollmentInfo.count": f"{_DESIGN}enrollmentInfo.type",
    },
)


def recognises(tree: Tree) -> bool:
    """Whether a tree is a study, or a page of a search."""
    if not isinstance(tree, dict):
        return False
    studies = tree.get("studies")
    return isinstance(tree.get("protocolSection"), dict) or (
        isinstance(studies, list) and all(isinstance(s, dict) for s in studies)
    )


def records(tree: Tree, file: str) -> Iterator[tuple[Record, tuple[Finding, ...]]]:
    """Each study of the answer."""
    if "protocolSection" in tree:
        yield _study(tree, file)
        return
    for n, study in enumerate(tree["studies"]):
        yield _study(study, f"{file}#studies[{n}]")
    if token := next_page(tree):
        says = f"there is a next page of this search: ask for it with pageToken={token}"
        yield Record(), (Finding("record-next-page", Intake("", file).place(), says, Severity.NOTE, about=token),)


def next_page(tree: Any) -> str:
    """The token of the next page of a search, or nothing on the last one."""
    token = tree.get("nextPageToken") if isinstance(tree, dict) else ""
    return token[:200] if isinstance(token, str) else ""


def _study(study: Tree, file: str) -> tuple[Record, tuple[Finding, ...]]:
    intake = Intake("ctgov_v2", file)
    fill(intake, study, WAYS)
    return intake.record()
