"""A scale or classification that has versions is named without one.

What it finds
    CTCAE, RECIST, iRECIST, mRECIST, TNM, AJCC, UICC, PI-RADS, LI-RADS, BI-RADS, Lugano, ICD, MedDRA, or the WHO
    classification named in the study's words with no version, edition or year beside it anywhere.

Why it matters
    A grade 3 of one version is a grade 2 of the next; a lymph node that is measurable in RECIST 1.1 was not so in 1.0.

Seen in
    NCT02873195 asks for grades of the CTCAE three times and names no version.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from ..finding import Place, Severity
from ..protocol import Formula, Judgement
from ..study import Study
from ..vocabulary import vocabulary
from .rule import Flaw, rule

_NUMBER = r"\d+(?:\.\d+)*"
_EDITION = r"(?:\d+(?:st|nd|rd|th)|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth)(?: \w+)? ed(?:ition|n|\.)|(?:19|20)\d\d"
SCALES: tuple[tuple[str, str], ...] = (
    ("CTCAE", r"\b(?:NCI[- ])?CTC(?:AE)?\b|Common Terminology Criteria"),
    ("mRECIST", r"\bmRECIST\b|modified RECIST"),
    ("iRECIST", r"\biRECIST\b"),
    ("RECIST", r"(?<![A-Za-z])RECIST\b|Response Evaluation Criteria in Solid Tumou?rs"),
    ("TNM", r"\b[cp]?TNM\b|\bAJCC\b|\bUICC\b"),
    ("PI-RADS", r"\bPI-?RADS\b"),
    ("LI-RADS", r"\bLI-?RADS\b"),
    ("BI-RADS", r"\bBI-?RADS\b"),
    ("the Lugano classification", r"\bLugano\b"),
    ("MedDRA", r"\bMedDRA\b"),
    ("ICD", r"\bICD(?:-O)?\b(?! implant)"),
    ("the WHO classification", r"\b(?:WHO|World Health Organi[sz]ation) classification"),
)
UNVERSIONED = {"mRECIST", "iRECIST"}
"""Published once each, so that the name and its paper's year are the version: mRECIST 2010, iRECIST 2017. Not asked for."""


@rule(Severity.NOTE)
def version_unsaid(study: Study) -> Iterator[Flaw]:
    texts = [(text, place) for text, place in _texts(study.protocol, study.protocol.place) if text]
    borrowed = [text for text in _borrowed(study)]
    for name, pattern in SCALES:
        if name in UNVERSIONED:
            continue
        named = [(found, text, place) for text, place in texts if (found := re.search(pattern, text))]
        if not named:
            continue
        if any(_has_version(name, pattern, text) for text in (*(text for text, _ in texts), *borrowed)):
            continue
        found, _, place = named[0]
        says = f"'{found[0]}' is named, and nothing in the study says which version of {name}"
        yield Flaw(place, says, name, "say the version where it is first named, as CTCAE v5.0 or AJCC 8th edition")


def _has_version(name: str, pattern: str, text: str) -> bool:
    """Whether a version, an edition or a year stands beside a scale's name."""
    near = rf"(?:{pattern})[\s,:;()\[\]\w'’/-]{{0,40}}?"
    number = rf"v(?:er(?:sion|s)?)?\.?\s*{_NUMBER}|(?<![\d.]){_NUMBER}\.\d+|{_EDITION}"
    if name in ("ICD",):
        number += rf"|-\s*{_NUMBER}"
    if name == "RECIST":
        number += r"|(?<=RECIST)[ -]*1(?:\.\d)?"
    after = re.search(rf"{near}(?:{number})", text, re.IGNORECASE)
    return bool(after) or bool(
        re.search(rf"(?:{_EDITION}|version {_NUMBER})[\s\w,()]{{0,40}}(?:{pattern})", text, re.IGNORECASE)
    )


def _texts(value: Any, place: Place) -> Iterator[tuple[str, Place]]:
    """Every text in a part of a protocol, with the nearest place."""
    if isinstance(value, Formula):
        return
    if isinstance(value, str):
        yield value, place
    elif isinstance(value, tuple | list):
        for each in value:
            yield from _texts(each, place)
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each, place)
    elif is_dataclass(value) and not isinstance(value, type):
        here = getattr(value, "place", None) or place
        for part in fields(value):
            yield from _texts(getattr(value, part.name), here if isinstance(value, Judgement) or here.line else place)


def _borrowed(study: Study) -> Iterator[str]:
    """What the shared vocabulary says of the terms that a study uses."""
    for activity in study.activities.values():
        for item in activity.items.values():
            term = vocabulary().get(item.use)
            if term is not None:
                yield from (term.label, term.says, str(term.source or ""))
