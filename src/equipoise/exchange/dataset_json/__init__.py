"""CDISC Dataset-JSON 1.1: participants' data as SDTM domains and ADaM datasets, with their metadata as Define-XML 2.1.

What it carries
    DM, AE, LB, TU, TR, RS, DS, EX and PR from what was recorded, as it stands after corrections; ADSL, ADTTE and ADAE from
    what follows. One file a dataset, and `define.xml`, which says what each variable holds and where it comes from.

What it does not
    Answers that these domains have no variable for: each is named. Treatment details stand in EXDETAIL and PRDETAIL, which
    are not of SDTM and belong into SUPPEX and SUPPPR. Times of day. The files are dated by the data's own last day.

Source
    CDISC Dataset-JSON 1.1; SDTM implementation guide 3.4; ADaM implementation guide 1.3; Define-XML 2.1.
"""

import json
from typing import Any

from ...finding import Finding, Severity
from ...study import Study
from ..format import Cases, Exported, Format, as_bytes
from .adam import datasets
from .define import define, length
from .sdtm import domains
from .table import Table

FORMAT_VERSION = "1.1.0"


def out(study: Study, cases: Cases | None) -> Exported:
    """Participants' data, a file for each dataset, and their metadata."""
    assert cases is not None
    charts = cases.charts(study)
    told, findings = domains(study, charts)
    tables = [*told, *datasets(study, charts)]
    files = {}
    for each in tables:
        text = json.dumps(dataset(each, study, cases), ensure_ascii=False) + "\n"
        files[f"{each.name.lower()}.json"], more = as_bytes(text, "Dataset-JSON", study.protocol.place)
        findings = (*findings, *more)
    empty = [each.name for each in tables if not each.rows]
    if empty:
        says = f"Dataset-JSON: nothing was recorded for {', '.join(empty)}: these datasets are empty"
        findings = (*findings, Finding("not-carried", study.protocol.place, says, Severity.NOTE))
    return Exported({**files, "define.xml": define(study, tables, cases.until)}, findings)


def dataset(each: Table, study: Study, cases: Cases) -> dict[str, Any]:
    """A dataset as the content of its file."""
    name = study.protocol.study
    label = f"VIRTUAL PARTICIPANTS: {each.label}" if cases.is_virtual else each.label
    return {
        "datasetJSONCreationDateTime": f"{cases.until}T00:00:00", "datasetJSONVersion": FORMAT_VERSION, "fileOID": f"{name}.{each.name}",
        "originator": study.protocol.sponsor or "unstated", "sourceSystem": {"name": "equipoise", "version": _version()}, "studyOID": f"STDY.{name}",
        "metaDataVersionOID": f"MDV.{name}", "metaDataRef": "define.xml", "itemGroupOID": f"IG.{each.name}", "isReferenceData": False,
        "records": len(each.rows), "name": each.name, "label": label, "columns": [_column(each, at) for at in range(len(each.columns))],
        "rows": [list(row) for row in each.rows],
    }  # fmt: skip


def _column(each: Table, at: int) -> dict[str, Any]:
    column = each.columns[at]
    said: dict[str, Any] = {"itemOID": f"IT.{each.name}.{column.name}", "name": column.name, "label": column.label}
    match column.kind:
        case "day":
            said |= {"dataType": "date", "targetDataType": "integer", "displayFormat": "E8601DA."}
        case "date":  # a date known in part is no date to a reader that expects whole ones
            said["dataType"] = "date" if all(row[at] is None or len(str(row[at])) == 10 for row in each.rows) else "string"
        case kind:
            said["dataType"] = kind
    if said["dataType"] == "string":
        said["length"] = length(each, column)
    return said | ({"keySequence": column.key} if column.key else {})


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("equipoise")
    except PackageNotFoundError:
        return "unstated"


FORMAT = Format(
    "dataset-json", "CDISC Dataset-JSON 1.1", "participants' data as SDTM and ADaM, with Define-XML", out, needs_people=True
)
