"""One source on its way to a record: what it says is read by kind, and what cannot be its kind is found."""

from dataclasses import dataclass, field
from typing import Any

from ..finding import Finding, Place, Severity, Unreadable
from ..quantity import Quantity
from .kinds import likeness, look, order_of, plain, says_nothing, value, years
from .record import FIELDS, Confidence, Identifier, Record, Said, Standing

MANY_FINDINGS = 300
"""Findings of one record, after which they are counted."""
FEW = 20
"""Values of one field that are compared with those of another: no source says a field as often."""


@dataclass(slots=True)
class Intake:
    """What one source says of one trial, while it is read."""

    reader: str
    file: str = ""
    values: dict[str, list[Said[Any]]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    seen: dict[tuple[str, object], int] = field(default_factory=dict)  # where a value stands already
    unsaid: int = 0

    def place(self, line: int = 0, column: int = 0, width: int = 1) -> Place:
        """A place in the source."""
        return Place(self.file, line, column, width)

    def find(
        self, rule: str, place: Place, says: str, severity: Severity = Severity.WARNING, *, text: str = "", about: str = ""
    ) -> None:
        """Note what a reader of the record should know."""
        if len(self.findings) < MANY_FINDINGS:
            self.findings.append(Finding(rule, place, says, severity, text=text[:300], about=about))
        else:
            self.unsaid += 1

    def say(
        self,
        name: str,
        text: str,
        *,
        path: str = "",
        place: Place | None = None,
        confidence: Confidence = Confidence.SURE,
        standing: Standing = "",
        whole: object = None,
    ) -> bool:
        """Note a value of a field; `whole` is a value that was put together already.

        Returns:
            Whether the text can be the field's kind. One that cannot is a finding, with what it looks like.
        """
        where = place or self.place()
        stood = text.strip()
        if whole is None:
            if says_nothing(name, stood):
                return True
            try:
                whole = value(name, stood)
            except Unreadable as why:
                self.misplaced(name, stood, path, where, why.says)
                return False
        if isinstance(whole, str):
            whole = whole.strip()
        said = Said(whole, stood, path, where, self.reader, confidence, standing, name)
        known = self.values.setdefault(name, [])
        at = self.seen.setdefault((name, likened(whole)), len(known))
        if at < len(known) and likened(known[at].value) == likened(whole):
            if said.confidence.rank < known[at].confidence.rank:
                known[at] = said
        else:
            self.seen[name, likened(whole)] = len(known)
            known.append(said)
        return True

    def misplaced(self, name: str, text: str, path: str, place: Place, why: str) -> None:
        """A text under a label whose kind it is not: a finding, and its likely home."""
        called = path or name.replace("_", " ")
        home = look(text)
        cause = likeness(home) if home and home != name else ""
        says = (
            f"{called.rsplit('.', 1)[-1]} says '{text[:60]}', which is {cause}"
            if cause
            else f"{called.rsplit('.', 1)[-1]}: {why}"
        )
        self.find("record-value-misplaced", place, says, text=text, about=name)
        if cause:
            # The value is kept under the field that it looks like, as a guess.
            try:
                guessed = value(home, text)
            except Unreadable:
                return
            if FIELDS[home].kind not in ("arm", "intervention", "outcome", "location", "reference"):
                self.say(home, text, path=path, place=place, confidence=Confidence.UNSURE, whole=guessed)

    def record(self) -> tuple[Record, tuple[Finding, ...]]:
        """The record, and what was found on the way, impossible values among it."""
        record = Record(**{name: tuple(said) for name, said in self.values.items() if said})
        self.impossible(record)
        if self.unsaid:
            self.findings.append(
                Finding("record-more-findings", self.place(), f"{self.unsaid} more findings are not shown", Severity.NOTE)
            )
        return record, tuple(self.findings)

    def impossible(self, record: Record) -> None:
        """Values that cannot be true together."""
        for young in record.minimum_age[:FEW]:
            for old in record.maximum_age[:FEW]:
                if years(young.value) > years(old.value):
                    says = f"the minimum age {young.value} is above the maximum age {old.value}: nobody can join"
                    self.find("record-value-impossible", young.place, says, about="minimum_age")
        for size in record.enrolment[:FEW]:
            if size.value == 0 and not any(said.value in ("withdrawn", "not_yet_recruiting") for said in record.status):
                says = "enrolment is 0, and the trial is not withdrawn: the page may not know the number"
                self.find("record-value-impossible", size.place, says, about="enrolment")
            elif size.value > 50_000_000:
                self.find(
                    "record-value-impossible",
                    size.place,
                    f"enrolment is {size.value:,}: more than any trial",
                    about="enrolment",
                )
        order = ("start", "primary_completion", "completion")
        for earlier, later in ((a, b) for n, a in enumerate(order) for b in order[n + 1 :]):
            for first in record.said(earlier)[:FEW]:
                for second in record.said(later)[:FEW]:
                    if order_of(second.value, first.value) < 0:
                        says = f"{later.replace('_', ' ')} {second.text} is before {earlier.replace('_', ' ')} {first.text}"
                        self.find("record-value-impossible", second.place, says, about=later)


def likened(value: object) -> object:
    """What two values of a field are compared by."""
    if isinstance(value, str):
        return plain(value) or value
    if isinstance(value, Identifier):
        return value.id.casefold()
    if isinstance(value, Quantity):
        return round(years(value), 3)
    return value
