"""What a standard is here: what it carries, how it is written, and how it is read."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from ..chart import Chart, chart
from ..events import Event
from ..finding import Finding, Place, Severity
from ..study import Study


@dataclass(frozen=True, slots=True)
class Cases:
    """Participants whose data are carried over: their events, and the day up to which they are known."""

    people: Mapping[str, tuple[Event, ...]] = field(hash=False)
    until: date
    is_virtual: bool = False
    """Whether they are invented or drawn by a simulation: every file then says so."""

    def charts(self, study: Study) -> dict[str, Chart]:
        """The chart of each."""
        return {name: chart(study, events, until=self.until) for name, events in self.people.items()}


@dataclass(frozen=True, slots=True)
class Exported:
    """The files of an export, by name, and what the standard has no words for."""

    files: Mapping[str, bytes] = field(hash=False)
    findings: tuple[Finding, ...] = ()


def as_bytes(text: str, label: str, place: Place) -> tuple[bytes, tuple[Finding, ...]]:
    """A file's content in UTF-8, and a finding where it holds halves of characters, which no file can: they become marks."""
    try:
        return text.encode(), ()
    except UnicodeEncodeError:
        return HALVES.sub("\ufffd", text).encode(), (marked(label, place),)


def marked(label: str, place: Place) -> Finding:
    """That a text holds characters that a file of a standard cannot."""
    says = f"{label}: a text holds characters that the file cannot: each stands there as '\ufffd'"
    return Finding("not-carried", place, says, Severity.WARNING)


HALVES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Received:
    """Participants' events read from a file of a standard, and what was not understood of it."""

    people: Mapping[str, tuple[Event, ...]] = field(hash=False)
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Format:
    """A standard."""

    name: str
    label: str
    says: str
    out: Callable[[Study, Cases | None], Exported] | None = None
    needs_people: bool = False
    data_in: Callable[[Study, Path], Received] | None = None
    """Reads participants' data; what a folder or a file of the standard is, `recognises` says."""
    recognises: Callable[[Path], bool] | None = None
