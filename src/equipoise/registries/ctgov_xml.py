"""ClinicalTrials.gov as it was given until 2024: one XML document a study (`clinical_study`), or several in `search_results`."""

from collections.abc import Iterator

from ..finding import Finding
from .intake import Intake
from .record import Arm, Intervention, Location, Outcome, Record, Reference
from .structured import Part, Ways, fill
from .tree import Tree, several

_PERSON = "people and their telephones are not kept"
_REGISTER = "the register's own bookkeeping"
_DATES = {
    "start_date": "start",
    "primary_completion_date": "primary_completion",
    "completion_date": "completion",
    "study_first_posted": "first_posted",
    "results_first_posted": "results_posted",
    "last_update_posted": "last_update_posted",
}
_MEASURES = {"measure": "measure", "description": "description", "time_frame": "time_frame"}
_OLD_DATES = {
    "firstreceived_date": "first_submitted",
    "lastchanged_date": "last_update_submitted",
    "firstreceived_results_date": "results_submitted",
}

WAYS = Ways(
    fields={
        "id_info.nct_id": "identifiers",
        "id_info.nct_alias": "identifiers",
        "id_info.org_study_id": "identifiers",
        "id_info.secondary_id": "identifiers",
        "brief_title": "title",
        "official_title": "official_title",
        "acronym": "acronym",
        "sponsors.lead_sponsor.agency": "sponsor",
        "sponsors.lead_sponsor.agency_class": "sponsor_kind",
        "sponsors.collaborator[].agency": "collaborators",
        "overall_status": "status",
        "last_known_status": "last_known_status",
        "why_stopped": "why_stopped",
        **_DATES,
        **_OLD_DATES,
        "study_first_submitted": "first_submitted",
        "study_first_submitted_qc": "first_checked",
        "results_first_submitted": "results_submitted",
        "last_update_submitted": "last_update_submitted",
        "verification_date": "verified",
        "brief_summary.textblock": "summary",
        "detailed_description.textblock": "description",
        "study_type": "study_type",
        "phase": "phases",
        "study_design_info.allocation": "allocation",
        "study_design_info.intervention_model": "model",
        "study_design_info.intervention_model_description": "model_description",
        "study_design_info.primary_purpose": "purpose",
        "study_design_info.observational_model": "model",
        "study_design_info.time_perspective": "perspective",
        "study_design_info.masking": "masking",
        "study_design_info.masking_description": "masking_description",
        "target_duration": "target_duration",
        "enrollment": "enrolment",
        "number_of_arms": "groups",
        "number_of_groups": "groups",
        "condition": "conditions",
        "keyword": "keywords",
        "condition_browse.mesh_term": "condition_terms",
        "intervention_browse.mesh_term": "intervention_terms",
        "biospec_retention": "specimens",
        "biospec_descr.textblock": "specimens",
        "eligibility.criteria.textblock": "eligibility",
        "eligibility.study_pop.textblock": "population",
        "eligibility.sampling_method": "sampling",
        "eligibility.gender": "sex",
        "eligibility.gender_based": "is_by_gender",
        "eligibility.gender_description": "gender_description",
        "eligibility.minimum_age": "minimum_age",
        "eligibility.maximum_age": "maximum_age",
        "eligibility.healthy_volunteers": "healthy_volunteers",
        "location_countries.country": "countries",
        "oversight_info.has_dmc": "has_monitoring_committee",
        "oversight_info.is_fda_regulated_drug": "is_fda_regulated",
        "oversight_info.is_fda_regulated_device": "is_fda_regulated",
        "has_expanded_access": "has_expanded_access",
        "patient_data.sharing_ipd": "data_sharing",
        "patient_data.ipd_description": "data_sharing",
        "link[].url": "links",
    },
    parts=(
        Part("arm_group[]", "arms", Arm, {"arm_group_label": "label", "arm_group_type": "kind", "description": "description"}),
        Part(
            "intervention[]",
            "interventions",
            Intervention,
            {
                "intervention_name": "name",
                "intervention_type": "kind",
                "description": "description",
                "arm_group_label": "arms",
                "other_name": "other_names",
            },
        ),
        Part("primary_outcome[]", "outcomes", Outcome, _MEASURES, {"role": "primary"}),
        Part("secondary_outcome[]", "outcomes", Outcome, _MEASURES, {"role": "secondary"}),
        Part("other_outcome[]", "outcomes", Outcome, _MEASURES, {"role": "other"}),
        Part(
            "location[]",
            "locations",
            Location,
            {
                "facility.name": "facility",
                "facility.address.city": "city",
                "facility.address.state": "state",
                "facility.address.country": "country",
                "status": "status",
            },
        ),
        Part("reference[]", "references", Reference, {"citation": "citation", "PMID": "pmid"}, {"kind": "background"}),
        Part("results_reference[]", "references", Reference, {"citation": "citation", "PMID": "pmid"}, {"kind": "result"}),
    ),
    left_out={
        "required_header": _REGISTER,
        "@rank": _REGISTER,
        "source": "the sponsor, as the account that registers",
        "oversight_info": _REGISTER,
        "expanded_access_info": "another record's kinds of access",
        "overall_official": _PERSON,
        "overall_contact": _PERSON,
        "overall_contact_backup": _PERSON,
        "responsible_party": _PERSON,
        "location[].contact": _PERSON,
        "location[].contact_backup": _PERSON,
        "location[].investigator": _PERSON,
        "location[].facility.address.zip": "the city is enough to find the place",
        "sponsors": "the kind of a collaborator decides nothing",
        "removed_countries": "where it no longer takes place",
        "link": "the address is enough",
        "clinical_results": "results: a record is what a trial plans and where it stands",
        "pending_results": _REGISTER,
        "study_docs": "uploaded documents, not what is said",
        "provided_document_section": "uploaded documents, not what is said",
        "patient_data": "which documents are offered, and where",
        "study_design_info": _REGISTER,
        "last_update_submitted_qc": _REGISTER,
        "results_first_submitted_qc": _REGISTER,
        "disposition_first_submitted": _REGISTER,
        "disposition_first_submitted_qc": _REGISTER,
        "disposition_first_posted": _REGISTER,
        "firstreceived_results_disposition_date": _REGISTER,
        "study_first_posted.@type": _REGISTER,
        "condition_browse": "MeSH terms alone are kept",
        "intervention_browse": "MeSH terms alone are kept",
    },
    standing={**{way: f"{way}.@type" for way in _DATES}, "enrollment": "enrollment.@type"},
)


def recognises(root: str) -> bool:
    """Whether an XML document is a study, or several."""
    return root in ("clinical_study", "search_results")


def records(root: str, tree: Tree, file: str) -> Iterator[tuple[Record, tuple[Finding, ...]]]:
    """Each study of the document."""
    for study in (
        (tree,) if root == "clinical_study" else several(tree.get("clinical_study") if isinstance(tree, dict) else None)
    ):
        intake = Intake("ctgov_xml", file)
        if isinstance(study, dict):
            _split(study)
        fill(intake, study, WAYS)
        yield intake.record()


def _split(study: dict[str, Tree]) -> None:
    """`Double (Participant, Investigator)`, as it is said here, is the masking and a list of who: the list is left out."""
    design = study.get("study_design_info")
    masking = design.get("masking") if isinstance(design, dict) else None
    if isinstance(masking, str) and " (" in masking and not masking.startswith("None"):
        line = getattr(masking, "line", 0)
        short = type(masking)(masking.partition(" (")[0])
        if hasattr(short, "line") or line:
            short.line = line  # type: ignore[attr-defined]
        assert isinstance(design, dict)
        design["masking"] = short
