"""ClinicalTrials.gov: a study's registration, and its results, as the structured data of the register's API, version 2.

What it carries
    The protocol section: titles, numbers, dates, design, arms, interventions, outcomes with their time frames, criteria,
    sites. With participants, the results section: participant flow, baseline, outcome measures with analyses, adverse
    events. Before a randomised trial is locked, everyone is one group.

What it does not
    Names and telephones of people, oversight, sharing of data: a study file does not hold them, and a register asks for
    them. Expressions: criteria are printed in words. What a register would refuse as too short stays as it is.

Source
    ClinicalTrials.gov, REST API version 2, its own description (OpenAPI 3).
"""

import json
from typing import Any

from ...analysis import is_locked
from ...finding import Finding, Severity
from ...study import Study
from ..format import Cases, Exported, Format
from .registration import registration
from .results import results


def out(study: Study, cases: Cases | None = None) -> Exported:
    """A study's registration, and its results where there are participants."""
    protocol, findings = registration(study, cases)
    told: dict[str, Any] = {"protocolSection": protocol}
    if cases is not None:
        told["resultsSection"] = results(study, cases)
        if not is_locked(study, virtual=cases.is_virtual):
            says = "ClinicalTrials.gov: the trial is not locked, so its arms are not set apart in the results"
            findings = (*findings, Finding("not-carried", study.protocol.place, says, Severity.WARNING))
    told["hasResults"] = cases is not None
    text = json.dumps(told, indent=2, ensure_ascii=False) + "\n"
    return Exported({f"{study.protocol.study}.ctgov.json": text.encode()}, findings)


FORMAT = Format("ctgov", "ClinicalTrials.gov", "registration, and results with participants", out)
