"""A study's forms, as data-capture systems know them, and what was filled in there as events."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from ..events import Event
from ..finding import Finding, Place, Severity
from ..protocol import Activity
from ..study import Study
from ..transcript import read_events
from .format import Received

DECISION = "decision"
"""The form of decisions that people take on the pathway."""
DECIDED = {"step": "Step", "option": "What was chosen", "members": "How many took part", "reason": "Why"}
LESION = ("id", "organ", "segment", "diameter", "role", "status", "node")
"""What is written down of each lesion."""


def forms(study: Study) -> Mapping[str, Activity]:
    """The activities that are forms: those of the file, and those that every study has and that ask something."""
    return {
        name: each
        for name, each in study.activities.items()
        if name in study.protocol.activities or each.items or name == "last_contact"
    }


def has_decisions(study: Study) -> bool:
    """Whether people decide anything on the pathway."""
    pathway = study.protocol.pathway
    return pathway is not None and any(step.by != "rule" for step in pathway.steps.values())


def how_many(text: str) -> int | str:
    """How many took part in a decision, as a number where it is one; another text is left for the event to refuse."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text


def received(
    study: Study, told: Mapping[str, Iterable[tuple[Place, Mapping[str, Any]]]], file: str, findings: Iterable[Finding] = ()
) -> Received:
    """Events from what was filled in, each held to the study as an event of a file is.

    Args:
        study: Whose forms they are.
        told: For each participant the words of each event, and where they stand in the source.
        file: What findings call the source.
        findings: What was found on the way.
    """
    people: dict[str, tuple[Event, ...]] = {}
    found = list(findings)
    for who, events in told.items():
        told_once: dict[str, Place] = {}
        for place, each in events:
            line = json.dumps(each, ensure_ascii=False)
            if line in told_once:
                says = f"'{each.get('id', '')[:60]}' of participant '{who[:40]}' stands in the file twice, word for word: it is told once"
                found.append(Finding("not-understood", place, says, Severity.WARNING))
            told_once.setdefault(line, place)
        places, lines = [*told_once.values()], [*told_once]
        people[who], faults = read_events("\n".join(lines) + "\n", study, file=file, participant=who)
        found += [
            replace(each, place=places[each.place.line - 1] if each.place.line else Place(file), text="") for each in faults
        ]
    return Received(people, tuple(found))
