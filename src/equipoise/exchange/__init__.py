"""Every standard that a study is carried to or from: one file, or one folder, a standard."""

from collections.abc import Mapping
from pathlib import Path

from . import circe, ctgov, dataset_json, fhir, icalendar, odm, redcap, usdm
from .format import Cases, Exported, Format, Received

__all__ = ["FORMATS", "Cases", "Exported", "Format", "Received", "formats", "reader"]

FORMATS: tuple[Format, ...] = (
    usdm.FORMAT,
    dataset_json.FORMAT,
    ctgov.FORMAT,
    fhir.FORMAT,
    odm.FORMAT,
    redcap.FORMAT,
    circe.FORMAT,
    icalendar.FORMAT,
)


def formats() -> Mapping[str, Format]:
    """Every standard by its name."""
    return {each.name: each for each in FORMATS}


def reader(path: Path) -> Format | None:
    """The standard in which participants' data are written at a path; None if it is none of them."""
    return next((each for each in FORMATS if each.recognises is not None and each.recognises(path)), None)
