"""What a register or a page says of one trial: each value with who said it, where, in which words, and how surely.

A field holds every value that was said of it. One source says most fields once; a trial merged from five sources keeps
five values, and `agreed` answers only while they do not contradict each other.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import Enum
from typing import Any, Generic, Literal, TypeVar

from ..calendar import When
from ..finding import NOWHERE, Place
from ..quantity import Quantity

T = TypeVar("T")


class Confidence(Enum):
    """How surely a text is the field's value."""

    SURE = "sure"  # a field of a structured record
    LIKELY = "likely"  # labelled on a page
    UNSURE = "unsure"  # its label is lost: recognised by its kind and position

    @property
    def rank(self) -> int:
        """0 for the surest."""
        return list(Confidence).index(self)


Standing = Literal["", "actual", "expected"]


@dataclass(frozen=True, slots=True)
class Said(Generic[T]):
    """One value as one source says it."""

    value: T
    text: str  # as it stood
    path: str = ""  # in JSON and XML the way to it; on a page its label
    place: Place = NOWHERE  # the file or address, and on a page line and column
    reader: str = ""
    confidence: Confidence = Confidence.SURE
    standing: Standing = ""  # whether a date or a number has happened or is planned
    field: str = ""  # of the record

    @property
    def origin(self) -> str:
        """Where this is said, in a line: what `source:` says in a study file."""
        return " ".join(part for part in (str(self.place), self.path and f"({self.path})") if part)


@dataclass(frozen=True, slots=True)
class Identifier:
    """A trial's number in a register; `registry` is empty for a number of the sponsor's own."""

    registry: str
    id: str


@dataclass(frozen=True, slots=True)
class Arm:
    """An arm, or a group that is observed."""

    label: str
    kind: str = ""
    description: str = ""
    interventions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Intervention:
    """What is given or done."""

    name: str
    kind: str = ""
    description: str = ""
    arms: tuple[str, ...] = ()
    other_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is measured, and when; `role` is empty where the source does not say it."""

    measure: str
    role: Literal["", "primary", "secondary", "other"] = ""
    description: str = ""
    time_frame: str = ""


@dataclass(frozen=True, slots=True)
class Location:
    """Where participants are seen. People and their telephones are not kept."""

    facility: str = ""
    city: str = ""
    state: str = ""
    country: str = ""
    status: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """A publication that the source names."""

    citation: str
    pmid: str = ""
    kind: str = ""


Kind = Literal[
    "text", "title", "prose", "organisation", "condition", "date", "count", "enrolment", "age", "sex", "yes_no", "choice",
    "identifier", "arm", "intervention", "outcome", "location", "reference",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Field:
    """What a field of the record holds: its kind, whether a trial has several, and a sentence."""

    kind: Kind
    is_list: bool
    says: str


def _one(kind: Kind, says: str) -> Any:
    return field(default=(), metadata={"field": Field(kind, False, says)})


def _many(kind: Kind, says: str) -> Any:
    return field(default=(), metadata={"field": Field(kind, True, says)})


@dataclass(frozen=True, slots=True)
class Record:
    """What is said of one trial, field by field."""

    identifiers: tuple[Said[Identifier], ...] = _many("identifier", "its numbers in registers, and the sponsor's own")
    title: tuple[Said[str], ...] = _one("title", "its short title")
    official_title: tuple[Said[str], ...] = _one("title", "its scientific title")
    acronym: tuple[Said[str], ...] = _one("text", "what it is called for short")
    # who
    sponsor: tuple[Said[str], ...] = _one("organisation", "who is responsible for it")
    sponsor_kind: tuple[Said[str], ...] = _one("text", "what kind of organisation that is")
    collaborators: tuple[Said[str], ...] = _many("organisation", "who takes part in it")
    funders: tuple[Said[str], ...] = _many("organisation", "who pays for it, where that is told apart")
    # where it stands
    status: tuple[Said[str], ...] = _one("choice", "whether it recruits")
    last_known_status: tuple[Said[str], ...] = _one("choice", "its status before it became unknown")
    why_stopped: tuple[Said[str], ...] = _one("prose", "why it stopped early")
    start: tuple[Said[When], ...] = _one("date", "when the first participant joins")
    primary_completion: tuple[Said[When], ...] = _one("date", "when the last primary outcome is measured")
    completion: tuple[Said[When], ...] = _one("date", "when the last participant is seen for the last time")
    enrolment_end: tuple[Said[When], ...] = _one("date", "when recruitment ends")
    first_submitted: tuple[Said[When], ...] = _one("date", "when it was first sent to the register")
    first_checked: tuple[Said[When], ...] = _one("date", "when it first met the register's quality criteria")
    first_posted: tuple[Said[When], ...] = _one("date", "when the register first showed it")
    last_update_submitted: tuple[Said[When], ...] = _one("date", "when it was last changed")
    last_update_posted: tuple[Said[When], ...] = _one("date", "when the register showed the last change")
    verified: tuple[Said[When], ...] = _one("date", "when the sponsor last confirmed it")
    results_submitted: tuple[Said[When], ...] = _one("date", "when its results were sent")
    results_posted: tuple[Said[When], ...] = _one("date", "when its results were shown")
    copied_on: tuple[Said[When], ...] = _many("date", "when a page was copied from a register")
    other_dates: tuple[Said[When], ...] = _many("date", "dates whose meaning is not said")
    has_results: tuple[Said[bool], ...] = _one("yes_no", "whether results are posted")
    # what it asks
    summary: tuple[Said[str], ...] = _one("prose", "its aim in brief")
    description: tuple[Said[str], ...] = _one("prose", "its full description")
    plain_summary: tuple[Said[str], ...] = _many("prose", "a summary for the public, or a site's own")
    objectives: tuple[Said[str], ...] = _many("prose", "its objectives, where they stand apart")
    conditions: tuple[Said[str], ...] = _many("condition", "what is studied")
    keywords: tuple[Said[str], ...] = _many("text", "what it is to be found by")
    condition_terms: tuple[Said[str], ...] = _many("text", "the conditions in the register's terms (MeSH, MedDRA)")
    intervention_terms: tuple[Said[str], ...] = _many("text", "the interventions in the register's terms")
    # its design
    study_type: tuple[Said[str], ...] = _one("choice", "whether the protocol assigns what is done")
    phases: tuple[Said[str], ...] = _many("choice", "its phase, or both of a combined one")
    allocation: tuple[Said[str], ...] = _one("choice", "how participants come to their arms")
    model: tuple[Said[str], ...] = _one("choice", "how the arms or groups stand to each other")
    model_description: tuple[Said[str], ...] = _one("prose", "the model in words")
    purpose: tuple[Said[str], ...] = _one("choice", "what it is for")
    masking: tuple[Said[str], ...] = _one("choice", "how many do not know the arm")
    masked: tuple[Said[str], ...] = _many("choice", "who does not know the arm")
    masking_description: tuple[Said[str], ...] = _one("prose", "the masking in words")
    perspective: tuple[Said[str], ...] = _one("choice", "whether the data lie ahead or behind")
    design: tuple[Said[str], ...] = _many("prose", "the design in a sentence, where the source has no fields for it")
    target_duration: tuple[Said[str], ...] = _one("text", "how long each participant of a registry is followed")
    is_patient_registry: tuple[Said[bool], ...] = _one("yes_no", "whether it is a registry of patients")
    specimens: tuple[Said[str], ...] = _many("prose", "which samples are kept")
    enrolment: tuple[Said[int], ...] = _one("enrolment", "how many participants are planned, or joined")
    groups: tuple[Said[int], ...] = _one("count", "how many arms or groups it has")
    sites: tuple[Said[int], ...] = _one("count", "how many places take part")
    arms: tuple[Said[Arm], ...] = _many("arm", "its arms or groups")
    interventions: tuple[Said[Intervention], ...] = _many("intervention", "what is given or done")
    outcomes: tuple[Said[Outcome], ...] = _many("outcome", "what is measured")
    # whom it asks
    eligibility: tuple[Said[str], ...] = _one("prose", "the criteria, whole, as they stood")
    minimum_age: tuple[Said[Quantity], ...] = _one("age", "the youngest age")
    maximum_age: tuple[Said[Quantity], ...] = _one("age", "the oldest age")
    age_groups: tuple[Said[str], ...] = _many("choice", "child, adult, older adult")
    sex: tuple[Said[str], ...] = _one("sex", "all, female or male")
    is_by_gender: tuple[Said[bool], ...] = _one("yes_no", "whether sex means self-represented gender")
    gender_description: tuple[Said[str], ...] = _one("prose", "what is said of it")
    healthy_volunteers: tuple[Said[bool], ...] = _one("yes_no", "whether healthy people may join")
    population: tuple[Said[str], ...] = _one("prose", "whom an observational study is drawn from")
    sampling: tuple[Said[str], ...] = _one("choice", "how they are drawn")
    # where
    locations: tuple[Said[Location], ...] = _many("location", "where participants are seen")
    countries: tuple[Said[str], ...] = _many("text", "its countries, where they are listed apart")
    # around it
    has_monitoring_committee: tuple[Said[bool], ...] = _one("yes_no", "whether a committee watches the data")
    has_expanded_access: tuple[Said[bool], ...] = _one("yes_no", "whether the treatment is given outside the trial")
    is_fda_regulated: tuple[Said[bool], ...] = _many("yes_no", "whether a drug or a device of it is regulated by the FDA")
    data_sharing: tuple[Said[str], ...] = _many("text", "whether and how its data are shared")
    references: tuple[Said[Reference], ...] = _many("reference", "publications it names")
    links: tuple[Said[str], ...] = _many("text", "pages it names")

    def said(self, name: str) -> tuple[Said[Any], ...]:
        """All that is said of a field, by the field's name."""
        values: tuple[Said[Any], ...] = getattr(self, name)
        return values


FIELDS: Mapping[str, Field] = {each.name: each.metadata["field"] for each in fields(Record)}


def surest(said: tuple[Said[T], ...]) -> Said[T] | None:
    """The value that is said most surely; among equals, what has happened before what was planned, and the first."""
    has_happened = any(each.standing == "actual" for each in said)
    return min(said, key=lambda each: (each.confidence.rank, has_happened and each.standing == "expected"), default=None)


def trial_number(record: Record) -> str:
    """The number to call a trial by: the first one in a register, else its own, else nothing."""
    numbers = sorted(record.identifiers, key=lambda each: (not each.value.registry, each.confidence.rank))
    return numbers[0].value.id if numbers else ""
