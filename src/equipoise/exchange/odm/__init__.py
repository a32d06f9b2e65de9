"""CDISC ODM 1.3.2: a study's forms as metadata, and clinical data out and in.

What it carries
    Each activity is a form with one group of items, and one more for lesions; items have their question, type, unit, code
    list, codes of the vocabulary, and edit checks: what is possible is hard, what is likely is soft. What is asked only
    under a condition says so in words and as its expression. Lines of the schedule are events with their forms. With
    participants, what was recorded, the ranges that laboratories gave, and each participant's site; files of clinical data
    come in as events.

What it does not
    The pathway, criteria, when a visit is due (its words alone). Corrections: what stands is written. A second site of one
    participant. What a file removes is named and does not come in; what came in before is retracted by hand.

Source
    CDISC Operational Data Model 1.3.2.
"""

from pathlib import Path

from ...study import Study
from ..format import Cases, Exported, Format, Received, marked
from .data import clinical_data, ranged, received, sites
from .metadata import SPACE, cleaned, metadata, root, written


def out(study: Study, cases: Cases | None = None) -> Exported:
    """A study's forms, and what was recorded where there are participants."""
    until = cases.until if cases is not None else None
    top = root(study, until)
    findings = metadata(study, top, ranged(study, cases) if cases is not None else frozenset())
    if cases is not None:
        findings = (*findings, *sites(study, cases, top))
        clinical_data(study, cases, top)
    if cleaned(top):
        findings = (*findings, marked("ODM", study.protocol.place))
    return Exported({f"{study.protocol.study}.odm.xml": written(top)}, findings)


def recognises(path: Path) -> bool:
    """Whether a file is an ODM file."""
    if path.suffix.lower() != ".xml" or not path.is_file():
        return False
    with path.open("rb") as opened:
        return SPACE.encode() in opened.read(4_000)


def data_in(study: Study, path: Path) -> Received:
    """Participants' events from a file of clinical data."""
    return received(study, path)


FORMAT = Format(
    "odm", "CDISC ODM 1.3.2", "forms as metadata; clinical data out and in", out, data_in=data_in, recognises=recognises
)
