"""What programs are answered with, and what they send: the shapes of the OpenAPI schema."""

from datetime import date, datetime
from typing import Any

from ninja import Field, Schema


class Place(Schema):
    """Where in a file: lines and columns count from 1."""

    file: str = ""
    line: int = 0
    column: int = 0


class Finding(Schema):
    """Something found: a rule's name, a sentence, where in what was sent (`at`, as a JSON pointer) and in the study's file."""

    rule: str
    severity: str
    says: str
    at: str = ""
    place: Place = Place()


class Problem(Schema):
    """Why something was not done."""

    says: str
    findings: list[Finding] = Field(default_factory=list)
    seen: str = Field("", description="Send it back as `seen` to record what the protocol did not expect all the same.")


class StudyOut(Schema):
    study: str
    title: str
    version: str
    hash: str
    locked_at: datetime | None
    sites: dict[str, str]
    activities: dict[str, str]


class ParticipantOut(Schema):
    participant: str
    site: str
    status: str
    eligibility: str
    step: str
    arm: str = Field("", description="Empty before allocation, and for whoever may not know it.")
    enrolled_on: date | None
    deviations: int
    is_frozen: bool
    is_virtual: bool


class Page(Schema):
    count: int
    participants: list[ParticipantOut]


class LesionOut(Schema):
    id: str
    organ: str


class DeviationOut(Schema):
    rule: str
    says: str
    on: date | None


class ChartOut(Schema):
    participant: str
    until: date
    version: str
    arm: str
    steps: list[str]
    events: list[dict[str, Any]]
    lesions: list[str]
    deviations: list[DeviationOut]
    head: int = Field(description="The number of the last link about the participant.")


class DueOut(Schema):
    activity: str
    label: str
    target: date
    opens: date
    closes: date
    status: str
    because: str
    done_on: date | None


class VerdictOut(Schema):
    criterion: str
    kind: str
    truth: str
    says: str
    because: str
    ask: list[str]
    place: Place


class ScreeningOut(Schema):
    words: str
    truth: str
    assumed: str
    criteria: list[VerdictOut]


class EventIn(Schema):
    """What took place: as a form of the activity says it."""

    activity: str = Field(max_length=120)
    on: str = Field(max_length=40, description="The day, as 2026-11-21.")
    items: dict[str, str | float | bool | None] = Field({}, description="Answers by name; a quantity may carry its unit.")
    note: str = Field("", max_length=2000)
    request: str = Field(description="A UUID made for this act: sent twice, it is done once.", max_length=60)
    seen: str = Field("", max_length=64, description="What an answer with 409 gave.")


class LinkOut(Schema):
    event: str
    number: int
    hash: str


class RefusedRow(Schema):
    line: int
    participant: str
    says: list[str]


class ImportOut(Schema):
    rows: int
    saved: int
    there: int
    kept: list[RefusedRow]
    left_out: list[str]
