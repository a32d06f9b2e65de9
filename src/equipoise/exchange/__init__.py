"""Every standard that a study is carried to or from: one file, or one folder, a standard."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from .format import Cases, Exported, Format, Received

__all__ = ["Cases", "Exported", "Format", "Received", "formats", "reader"]


@cache
def formats() -> Mapping[str, Format]:
    """Every standard by its name. They are imported when they are asked for: a desk starts without them."""
    from . import circe, ctgov, dataset_json, fhir, icalendar, odm, redcap, usdm

    all_of_them = (usdm, dataset_json, ctgov, fhir, odm, redcap, circe, icalendar)
    return MappingProxyType({each.FORMAT.name: each.FORMAT for each in all_of_them})


def reader(path: Path) -> Format | None:
    """The standard in which participants' data are written at a path; None if it is none of them."""
    return next((each for each in formats().values() if each.recognises is not None and each.recognises(path)), None)
