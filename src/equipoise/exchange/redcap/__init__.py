"""REDCap: a study's forms as a data dictionary, and records out and in.

What it carries
    Each activity is an instrument, with the day on which it took place as its first field; each item a field with its
    type, choices, unit, limits and branching logic. What REDCap has no column for stands in the field's annotation, so that
    the dictionary reads back as the same activities. Decisions are an instrument of their own. Participants' events are
    records, one row for each instance of an instrument, and come back as the same events.

What it does not
    The pathway, the schedule, criteria, randomisation. Branching logic that REDCap cannot say is written out in the field's
    note. Lesions are lines of text in one field. Corrections: records hold what stands. A laboratory's own range beside a
    value.

Source
    REDCap, data dictionary (18 columns) and flat export of records with repeating instruments.
"""

import csv
from io import StringIO
from pathlib import Path

from ...study import Study
from ..format import Cases, Exported, Format, Received, as_bytes
from .dictionary import COLUMNS, dictionary
from .records import lost_ranges, received, records


def out(study: Study, cases: Cases | None = None) -> Exported:
    """A data dictionary, and records where there are participants."""
    rows, findings = dictionary(study)
    tables = {"data_dictionary.csv": [[*COLUMNS], *([row[column] for column in COLUMNS] for row in rows)]}
    if cases is not None:
        tables["records.csv"] = records(study, cases)
        findings = (*findings, *lost_ranges(study, cases))
    files = {}
    for name, table in tables.items():
        files[name], more = as_bytes(_csv(table), "REDCap", study.protocol.place)
        findings = (*findings, *more)
    return Exported(files, findings)


def _csv(rows: list[list[str]]) -> str:
    text = StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue()


def recognises(path: Path) -> bool:
    """Whether a file is a flat export of REDCap records."""
    if path.suffix.lower() != ".csv" or not path.is_file():
        return False
    with path.open("rb") as opened:
        head = opened.readline(200_000).decode("utf-8-sig", "replace")
    return "record_id" in head and ("redcap_repeat_instrument" in head or "_complete" in head)


def data_in(study: Study, path: Path) -> Received:
    """Participants' events from a flat export of records."""
    return received(study, path)


FORMAT = Format(
    "redcap", "REDCap", "forms as a data dictionary; records out and in", out, data_in=data_in, recognises=recognises
)
