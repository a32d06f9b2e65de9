"""A page while it is read: what was taken, which label awaits its value, which section is open."""

from dataclasses import dataclass, field
from typing import Any

from ...finding import Unreadable
from ..intake import Intake
from ..kinds import day, look
from ..labels import STANDING, Label
from ..record import FIELDS, Confidence
from .lines import Line

LIKELY, UNSURE = Confidence.LIKELY, Confidence.UNSURE


@dataclass(slots=True)
class Reading:
    """A page while it is read."""

    intake: Intake
    lines: tuple[Line, ...]
    taken: dict[int, list[str]] = field(default_factory=dict)
    current: Label | None = None  # the label whose value is awaited
    label_text: str = ""
    text: list[Line] = field(default_factory=list)  # of a field that takes all lines until the next label
    section: Label | None = None  # arms, interventions or outcomes follow
    group: dict[str, Any] = field(default_factory=dict)  # one of them
    group_field: str = ""
    group_line: Line | None = None
    pending: list[Line] = field(default_factory=list)  # bare lines whose meaning the next lines may tell
    bare: list[tuple[Line, str]] = field(default_factory=list)  # bare dates and numbers, read as a run
    has_met_label: bool = False
    has_met_heading: bool = False
    has_content: bool = False
    label_line: Line | None = None
    is_guide_next: bool = False
    first_is: str = ""  # what stands first in its dates like 3/02/2023: the day or the month
    awaits: tuple[Label, str] | None = None  # a label whose `Anticipated` is followed by its `Actual`
    last_field: str = ""  # of the label before

    # --- what becomes of lines ---

    def took(self, line: Line, by: str) -> None:
        """Account for a line."""
        for number in (line.number, *line.also):
            so_far = self.taken.setdefault(number, [])
            if by not in so_far:
                so_far.append(by)

    def say(self, name: str, line: Line, text: str, confidence: Confidence, *, whole: object = None) -> bool:
        """Note a value, and that its line is taken."""
        at = line.raw.find(text)
        place = self.intake.place(line.number, at + 1 if at >= 0 else line.column, max(1, min(len(text), len(line.raw))))
        standing = next((word for said, word in STANDING.items() if said in f"{self.label_text} {text}".casefold()), "")
        if name == "enrolment" and "final" in self.label_text.casefold():
            standing = "actual"
        if FIELDS[name].kind not in ("date", "enrolment"):
            standing = ""
        if whole is None and self.first_is and FIELDS[name].kind == "date":
            try:
                whole = day(text, self.first_is)
            except Unreadable:
                whole = None
        fits = self.intake.say(
            name,
            text,
            path=self.label_text if confidence is LIKELY else "",
            place=place,
            confidence=confidence,
            standing=standing,  # type: ignore[arg-type]
            whole=whole,
        )
        self.took(line, name if fits else look(text) or name)
        return fits
