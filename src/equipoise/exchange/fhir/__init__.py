"""HL7 FHIR R5: a study as resources, and bundles of patients' records in as facts.

What it carries
    Out, one bundle: ResearchStudy; EvidenceVariable for eligibility and for each endpoint; PlanDefinition for the pathway and
    the schedule, each condition in words and as its expression; with participants ResearchSubject and a Patient each. In:
    Patient, Condition, Observation, Procedure and MedicationAdministration of a bundle or of NDJSON, R4 or R5, found by the
    codes of the vocabulary (LOINC, NCIt), else by name; values in their own unit, with their own range.

What it does not
    Out: observations of participants (Dataset-JSON and ODM carry data), analyses, promises. In: resources that no form of the
    study asks for, those entered in error, those without a day: each is named. A diagnosis that is not there is not a no.

Source
    HL7 FHIR 5.0.0; UCUM; the HTEST tag of HL7's ActReason for participants who are no people.
"""

import json
from pathlib import Path

from ...study import Study
from ..format import Cases, Exported, Format, Received, as_bytes
from .records import received
from .references import dangling
from .resources import bundle

__all__ = ["FORMAT", "bundle", "dangling", "data_in", "out", "received", "recognises"]


def out(study: Study, cases: Cases | None = None) -> Exported:
    """A study as one bundle of resources."""
    made, findings = bundle(study, cases)
    text = json.dumps(made, indent=2, ensure_ascii=False) + "\n"
    content, more = as_bytes(text, "FHIR", study.protocol.place)
    return Exported({f"{study.protocol.study}.fhir.json": content}, (*findings, *more))


def recognises(path: Path) -> bool:
    """Whether a file is a bundle of FHIR, or resources one a line."""
    if path.suffix.lower() not in (".json", ".ndjson") or not path.is_file():
        return False
    with path.open("rb") as opened:
        return b'"resourceType"' in opened.read(20_000)


def data_in(study: Study, path: Path) -> Received:
    """Facts of patients from a bundle."""
    return received(study, path)


FORMAT = Format(
    "fhir",
    "HL7 FHIR R5",
    "study, plan and participants as resources; patients' records in as facts",
    out,
    data_in=data_in,
    recognises=recognises,
)
