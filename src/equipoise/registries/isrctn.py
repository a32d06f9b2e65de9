"""ISRCTN, the United Kingdom's register: a trial as its API gives it, in JSON or XML."""

import re
from collections.abc import Iterator

from ..finding import Finding
from .intake import Intake
from .kinds import plain
from .record import Intervention, Location, Outcome, Record
from .structured import note_unread, phases, tidy
from .tree import Tree, found, several, written

FIELDS_OF = {
    "externalRefs.doi": "links",
    "externalRefs.eudraCTNumber": "identifiers",
    "externalRefs.irasNumber": "identifiers",
    "externalRefs.clinicalTrialsGovNumber": "identifiers",
    "externalRefs.protocolSerialNumber": "identifiers",
    "externalRefs.secondaryNumbers.secondaryNumber": "identifiers",
    "trialDescription.title": "title",
    "trialDescription.scientificTitle": "official_title",
    "trialDescription.acronym": "acronym",
    "trialDescription.studyHypothesis": "objectives",
    "trialDescription.plainEnglishSummary": "plain_summary",
    "trialDesign.studyDesign": "design",
    "trialDesign.primaryStudyDesign": "study_type",
    "trialDesign.overallEndDate": "completion",
    "participants.recruitmentStart": "start",
    "participants.recruitmentEnd": "enrolment_end",
    "participants.targetEnrolment": "enrolment",
    "participants.lowerAgeLimit": "minimum_age",
    "participants.upperAgeLimit": "maximum_age",
    "participants.gender": "sex",
    "participants.recruitmentCountries.country": "countries",
    "conditions.condition.description": "conditions",
    "conditions.condition.diseaseClass1": "condition_terms",
    "interventions.intervention.phase": "phases",
    "results.ipdSharingStatement": "data_sharing",
    "miscellaneous.ipdSharingPlan": "data_sharing",
}
_PURPOSES = {
    "treatment": "treatment",
    "prevention": "prevention",
    "diagnostic": "diagnostic",
    "screening": "screening",
    "quality of life": "quality_of_life",
}


def recognises(tree: Tree) -> bool:
    """Whether a tree is a trial of ISRCTN."""
    return isinstance(tree, dict) and "isrctn" in tree and isinstance(tree.get("trialDescription"), dict)


def of_xml(root: str) -> bool:
    """Whether an XML document of this root is the register's answer: one trial or many."""
    return root.rpartition(":")[2] in ("allTrials", "fullTrial", "trial")


def from_xml(root: str, tree: Tree, file: str) -> Iterator[tuple[Record, tuple[Finding, ...]]]:
    """The trials of the register's XML; its elements have the names that its JSON has.

    The shape of the answer, `allTrials` of `fullTrial` of `trial`, is written down from memory: only the JSON was at hand.
    """
    holders = several(tree.get("fullTrial", tree)) if isinstance(tree, dict) else ()
    for holder in holders:
        trial = holder.get("trial", holder) if isinstance(holder, dict) else holder
        if recognises(trial):
            yield from records({key: each for key, each in trial.items() if not key.startswith("@")}, file)


def records(tree: Tree, file: str) -> Iterator[tuple[Record, tuple[Finding, ...]]]:
    """The trial."""
    intake = Intake("isrctn", file)
    intake.say("identifiers", f"ISRCTN{re.sub(r'[^0-9]', '', written(tree['isrctn']))}", path="isrctn")
    for way, name in FIELDS_OF.items():
        for path, node in found(tree, way):
            for each in several(node):
                text = tidy(written(each))
                if name == "phases":
                    for phase in phases(text):
                        intake.say(name, phase, path=path)
                    continue
                if text:
                    intake.say(name, text, path=path, standing="expected" if name == "enrolment" else "")
    for path, node in found(tree, "trialDesign.secondaryStudyDesign"):
        if (design := plain(written(node))) in (
            "randomised controlled trial",
            "randomized controlled trial",
            "cluster randomised trial",
        ):
            intake.say("allocation", written(node), path=path, whole="randomised")
        elif design.startswith("non random"):
            intake.say("allocation", written(node), path=path, whole="non_randomised")
    for path, node in found(tree, "trialDesign.trialTypes.trialType"):
        for each in several(node):
            if word := _PURPOSES.get(plain(written(each))):
                intake.say("purpose", written(each), path=path, whole=word)
    criteria = [
        (f"participants.{key}", title, text)
        for key, title in (("inclusion", "Inclusion criteria:"), ("exclusion", "Exclusion criteria:"))
        for _, node in found(tree, f"participants.{key}")
        if (text := tidy(written(node)))
    ]
    if criteria:
        whole = "\n\n".join(f"{title}\n{text}" for _, title, text in criteria)
        intake.say("eligibility", whole, path=" + ".join(way for way, _, _ in criteria))
    for role, key in (("primary", "primaryOutcome"), ("secondary", "secondaryOutcome")):
        for path, node in found(tree, f"trialDescription.{key}"):
            for each in _listed(tidy(written(node))):
                intake.say("outcomes", each, path=path, whole=Outcome(each, role))  # type: ignore[arg-type]
    for path, node in found(tree, "interventions.intervention"):
        for each in several(node):
            if isinstance(each, dict) and (text := tidy(written(each.get("description")))):
                kind = plain(written(each.get("interventionType")))
                names = [name.strip() for name in written(each.get("drugNames")).split(",") if name.strip()] or [""]
                for name in names:
                    whole_one = Intervention(
                        name, kind if kind in ("drug", "device", "procedure") else "other" if kind else "", text
                    )
                    intake.say("interventions", name or text, path=path, whole=whole_one)
    for path, node in found(tree, "participants.trialCentres.trialCentre"):
        for n, each in enumerate(several(node)):
            if isinstance(each, dict):
                parts = [written(each.get(key)) for key in ("name", "city", "state", "country")]
                intake.say("locations", ", ".join(filter(None, parts)), path=f"{path}[{n}]", whole=Location(*parts))
    note_unread(intake, tree, (*FIELDS_OF, "isrctn", "interventions", "_id", "ctrname", "record_last_import"))
    yield intake.record()


def _listed(text: str) -> list[str]:
    """The items of a list that is numbered from 1, or the text."""
    items = [item.strip() for item in re.split(r"(?m)^\s*\d{1,2}[.)]\s+", text) if item.strip()]
    return items if len(items) > 1 and re.match(r"\s*1[.)]\s", text) else [text] if text else []
