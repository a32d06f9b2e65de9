"""The protocol: what a trial promised, as frozen values. Each class is a mapping of study.yaml, each field one of its words.

The sentence beside a field documents its word: the reader, the JSON Schema and the reference page are made from it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar, Literal, Self

from .calendar import Span, Times, When, Window
from .expression.tree import DATE, TRUTH, Tree, Type
from .finding import NOWHERE, Place, Unreadable, did_you_mean
from .quantity import Quantity

# --- texts that mean something ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Formula:
    """An expression, as written, with its place; its tree is settled once all names of the study are known."""

    text: str
    place: Place = field(default=NOWHERE, compare=False)
    tree: Tree | None = field(default=None, compare=False, repr=False)
    want: ClassVar[Type | None] = None
    schema: ClassVar[dict[str, object]] = {"type": ["string", "boolean"], "format": "equipoise-expression"}

    @classmethod
    def from_text(cls, text: str, place: Place = NOWHERE) -> Self:
        """Keep the words; they are read when every name is known."""
        if not text.strip():
            raise Unreadable("an expression is expected here, and there is none")
        return cls(" ".join(text.split()) if "\n" in text else text, place)

    @property
    def settled(self) -> Tree:
        """The typed tree.

        Raises:
            LookupError: The formula could not be read, and whoever asks should have looked at the findings.
        """
        if self.tree is None:
            raise LookupError(f"{self.place}: '{self.text}' could not be read")
        return self.tree

    def __str__(self) -> str:
        return self.text


class Statement(Formula):
    """An expression that is met, not met or unknown."""

    want = TRUTH


class Moment(Formula):
    """An expression that is a date; also the bare name of an activity, each time that it happens."""

    want = DATE


class Code(str):
    """A code: a word or a number, as `IIIa`, `CR` or `0`."""

    schema: ClassVar[dict[str, object]] = {"type": "string", "pattern": r"^[A-Za-z0-9][A-Za-z0-9_+./-]*$"}

    @classmethod
    def from_text(cls, text: str, place: Place = NOWHERE) -> Self:
        """Read a code.

        Raises:
            Unreadable: It holds blanks, or signs that no code needs.
        """
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_+./-]{0,59}", text, re.ASCII):
            raise Unreadable(f"'{text[:40]}' is not a code: letters, digits and _ + . / - are, no blanks", 0, len(text))
        return cls(text)


@dataclass(frozen=True)
class Every:
    """An interval, or a number of rounds of an activity: `3 months`, `4 cycles of systemic_cycle`."""

    span: Span | None = None
    count: int = 0
    activity: str = ""
    schema: ClassVar[dict[str, object]] = {"type": "string"}

    @classmethod
    def from_text(cls, text: str, place: Place = NOWHERE) -> Self:
        """Read an interval or a number of rounds.

        Raises:
            Unreadable: Neither of the two.
        """
        if found := re.fullmatch(r"\s*(\d{1,3}) (?:cycles?|rounds?|times) of ([a-z][a-z0-9_]*)\s*", text):
            return cls(None, int(found[1]), found[2])
        span = Span.from_text(text)
        if span == Span():
            raise Unreadable("an interval of no length has no end of visits")
        return cls(span)

    def __str__(self) -> str:
        return str(self.span) if self.span else f"{self.count} rounds of {self.activity}"


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a statement comes from."""

    page: Annotated[str, "The page, paper or record."] = ""
    says: Annotated[str, "What it says there, in a few words."] = ""
    doi: Annotated[str, "The digital object identifier."] = ""


Cited = str | Source | None


# --- identity --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Registration:
    """A registration of the trial."""

    registry: Annotated[str, "The register's name."]
    id: Annotated[str, "The trial's number there."]
    age: Annotated["Limits | None", "The ages it lists, in years, as `18..75`."] = None
    sex: Annotated[Literal["all", "female", "male"] | None, "The sex it lists."] = None
    place: Place = field(default=NOWHERE, compare=False)
    source: Annotated[Cited, "Where this is said."] = None


@dataclass(frozen=True, kw_only=True)
class Site:
    """A place where participants are seen."""

    name: str = ""
    label: Annotated[str, "The hospital's name."] = ""
    country: Annotated[str, "Its country."] = ""
    ranges: Annotated[Mapping[str, "Range"], "The site's own reference ranges, by item."] = field(default_factory=dict)
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, kw_only=True)
class Range:
    """A reference range."""

    lln: Annotated[Quantity | None, "The lower limit of normal."] = None
    uln: Annotated[Quantity | None, "The upper limit of normal."] = None


@dataclass(frozen=True, kw_only=True)
class Design:
    """The design of a trial."""

    type: Annotated[Literal["interventional", "observational"], "Whether the protocol assigns what is done."]
    allocation: Annotated[Literal["randomised", "non_randomised", "none"], "How participants come to their arms."] = "none"
    model: Annotated[
        Literal["parallel", "single_group", "crossover", "factorial", "sequential", "cohort", "case_control"] | None,
        "How the arms or groups stand to each other.",
    ] = None
    masking: Annotated[Literal["none", "single", "double", "triple", "quadruple"] | None, "Who does not know the arm."] = None
    purpose: Annotated[
        Literal[
            "treatment", "prevention", "diagnostic", "supportive_care", "screening", "health_services", "basic_science", "other"
        ]
        | None,
        "What the trial is for.",
    ] = None
    phase: Annotated[str, "The phase, where one is stated."] = ""
    enrolment: Annotated[int | None, "How many participants are planned, or were enrolled."] = None
    perspective: Annotated[
        Literal["prospective", "retrospective", "both"] | None, "Whether the data lie ahead, behind, or both."
    ] = None
    centres: Annotated[Literal["single", "multicentre", "international"] | None, "How many centres take part."] = None
    source: Annotated[Cited, "Where this is said."] = None
    place: Place = field(default=NOWHERE, compare=False)


# --- activities ------------------------------------------------------------------------------------------------------

ITEM_TYPES = (
    "integer", "real", "quantity", "date", "month", "choice", "yes_no", "text", "lesions", "score", "file",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Item:
    """An item of a form."""

    name: str = ""
    use: Annotated[str, "A term of the shared vocabulary, as `labs.platelets`; what is said here comes before it."] = ""
    label: Annotated[str, "What people call it."] = ""
    type: Annotated[
        Literal["integer", "real", "quantity", "date", "month", "choice", "yes_no", "text", "lesions", "score", "file"] | None,
        "What sort of answer it takes.",
    ] = None
    unit: Annotated[str, "The unit its numbers are kept in."] = ""
    of: Annotated[tuple[Code, ...] | Mapping[Code, str], "The codes of a choice, alone or each with its label."] = ()
    ordered: Annotated[bool, "Whether the codes stand from least to most."] = False
    range: Annotated["Limits | None", "What is possible, as `0..120`; an answer outside is refused."] = None
    expect: Annotated["Limits | None", "What is likely, as `40..400`; an answer outside raises a query."] = None
    molar_mass: Annotated[Quantity | None, "Grams per mole, where mass and amount are exchanged."] = None
    when: Annotated[Statement | None, "The item is asked only if this is met."] = None
    required: Annotated[bool, "Whether the form is incomplete without it."] = False
    blank: Annotated[Literal["no"] | None, "`no`: a box left unticked on an answered form means no."] = None
    judge: Annotated[str, "The question that a person answers; met, not met, and unknown until then."] = ""
    by: Annotated[str, "Whose judgement it is."] = ""
    source: Annotated[Cited, "Where this is said."] = None
    place: Place = field(default=NOWHERE, compare=False)

    @property
    def options(self) -> tuple[str, ...]:
        """The codes of a choice."""
        return tuple(map(str, self.of))


@dataclass(frozen=True)
class Limits:
    """A lowest and a highest number: `0..120`."""

    low: float
    high: float
    schema: ClassVar[dict[str, object]] = {"type": "string", "pattern": r"^-?[0-9.]+ *\.\. *-?[0-9.]+$"}

    @classmethod
    def from_text(cls, text: str, place: Place = NOWHERE) -> Self:
        """Read `0..120`.

        Raises:
            Unreadable: Not two numbers, or the larger first.
        """
        found = re.fullmatch(r"\s*(-?\d+(?:\.\d+)?)\s*\.\.\s*(-?\d+(?:\.\d+)?)\s*", text)
        if not found or float(found[1]) > float(found[2]):
            raise Unreadable(f"'{text[:40]}' is not a range: write the lowest and the highest, as 0..120")
        return cls(float(found[1]), float(found[2]))

    def __str__(self) -> str:
        return f"{self.low:g} to {self.high:g}"


@dataclass(frozen=True, kw_only=True)
class Activity:
    """An activity: what is done, and what is written down when it is done."""

    name: str = ""
    label: Annotated[str, "What people call it."] = ""
    by: Annotated[str, "The role that does it."] = ""
    lasts: Annotated[Span | None, "How long it takes, as a cycle of treatment does."] = None
    repeats: Annotated[bool | None, "Whether it may happen more than once; unsaid, that follows from what asks for it."] = None
    procedure: Annotated[bool, "Whether it is an intervention on the body, after which complications are counted."] = False
    lesions: Annotated[bool, "Whether the lesions seen are listed, all of them, each with its size."] = False
    treats: Annotated[
        Literal["ablated", "resected"] | None, "What it does to the lesions that its item of type lesions names."
    ] = None
    cost: Annotated[bool, "Whether its items are amounts of money."] = False
    items: Annotated[Mapping[str, Item], "What is written down."] = field(default_factory=dict)
    source: Annotated[Cited, "Where this is said."] = None
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, kw_only=True)
class Borrowed:
    """A definition borrowed from the shared vocabulary."""

    use: Annotated[str, "A derived term of the shared vocabulary, as `liver.albi_score`."]
    place: Place = field(default=NOWHERE, compare=False)


# --- who may join ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """A question that a person answers, where no rule can."""

    judge: Annotated[str, "The question."]
    by: Annotated[str, "Who answers it: investigator, mdt, patient, site."] = "investigator"
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """A criterion of eligibility."""

    id: Annotated[str, "A short name, by which it is spoken of."]
    include: Annotated[Statement | Judgement | None, "Who is included: those for whom this is met."] = None
    exclude: Annotated[Statement | Judgement | None, "Who is excluded: those for whom this is met."] = None
    cohorts: Annotated[tuple[str, ...], "The cohorts to which alone it applies."] = ()
    groups: Annotated[tuple[str, ...], "The groups to which alone it applies."] = ()
    text: Annotated[str, "The criterion in the words of the study's own protocol or of this file."] = ""
    source: Annotated[Cited, "Where this is said."] = None
    place: Place = field(default=NOWHERE, compare=False)

    def __post_init__(self) -> None:
        if (self.include is None) == (self.exclude is None):
            raise Unreadable(f"criterion '{self.id}' must say either include or exclude, and just one of them")

    @property
    def rule(self) -> Statement | Judgement:
        """What has to be met, or must not be."""
        rule = self.include if self.include is not None else self.exclude
        assert rule is not None
        return rule


@dataclass(frozen=True, kw_only=True)
class Cohort:
    """A named population entered by a rule."""

    name: str = ""
    label: Annotated[str, "What people call it."] = ""
    member: Annotated[Statement | Judgement | None, "Who belongs to it."] = None
    perspective: Annotated[Literal["prospective", "retrospective"] | None, "Whether its data lie ahead or behind."] = None
    text: Annotated[str, "A description."] = ""
    source: Annotated[Cited, "Where this is said."] = None
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, kw_only=True)
class Group:
    """An observed group, which nobody assigned."""

    name: str = ""
    label: Annotated[str, "What people call it."] = ""
    member: Annotated[Statement, "Who belongs to it."]
    zero: Annotated[Moment | None, "Its time zero: from when its members are followed and compared."] = None
    text: Annotated[str, "A description."] = ""
    source: Annotated[Cited, "Where this is said."] = None
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, kw_only=True)
class Arm:
    """An arm: what a participant is randomised or assigned to."""

    name: str = ""
    label: Annotated[str, "What people call it."] = ""
    role: Annotated[
        Literal["experimental", "active_comparator", "no_intervention", "placebo_comparator", "other"] | None,
        "What the arm is for.",
    ] = None
    gives: Annotated[tuple[str, ...], "The activities that define it."] = ()
    text: Annotated[str, "A description."] = ""
    source: Annotated[Cited, "Where this is said."] = None
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, kw_only=True)
class Allocation:
    """How participants are allocated to arms."""

    method: Annotated[
        Literal["permuted_blocks", "simple", "minimisation", "biased_coin", "assigned"], "How the next arm comes about."
    ]
    ratio: Annotated[Mapping[str, int], "Participants in each arm to one another; equal where unsaid."] = field(
        default_factory=dict
    )
    blocks: Annotated[tuple[int, ...], "The sizes of blocks, drawn at random."] = ()
    strata: Annotated[tuple[str, ...], "The items whose values are randomised apart."] = ()
    probability: Annotated[str, "Of the wanted arm, where a coin is thrown: `2/3`, `0.8`; what is usual where unsaid."] = ""
    after: Annotated[str, "The activity that must come before."] = ""
    source: Annotated[Cited, "Where this is said."] = None
    place: Place = field(default=NOWHERE, compare=False)


# --- what happens next -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Branch:
    """A branch of a decision."""

    when: Annotated[Statement | None, "Taken, or proposed to whoever decides, if this is met."] = None
    option: Annotated[str, "What a person chooses, where a person decides."] = ""
    to: Annotated[str, "The step it leads to."] = ""
    otherwise: Annotated[str, "The step to take when no branch is met."] = ""
    label: Annotated[str, "What people call it."] = ""
    source: Annotated[Cited, "Where this is said."] = None
    place: Place = field(default=NOWHERE, compare=False)

    def __post_init__(self) -> None:
        if bool(self.to) == bool(self.otherwise):
            raise Unreadable("a branch says either where it leads ('to') or the step to take otherwise ('otherwise')")
        if self.to and self.when is None and not self.option:
            raise Unreadable("a branch with 'to' says 'when' it is taken, or which 'option' a person chooses")


@dataclass(frozen=True, kw_only=True)
class Retry:
    """How a guard is tried again."""

    every: Annotated[Span, "The time from one try to the next."]
    for_: Annotated[Span, "How long to go on trying; then the step times out."]


@dataclass(frozen=True, kw_only=True)
class Apart:
    """A least distance, both ways, between what a step does and other activities."""

    from_: Annotated[str, "The activity to stay away from."]
    at_least: Annotated[Span, "The least time between the two."]
    source: Annotated[Cited, "Where this is said."] = None
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step of the pathway."""

    name: str = ""
    label: Annotated[str, "What people call it."] = ""
    track: Annotated[str, "The track it belongs to, where several run side by side."] = "treatment"
    do: Annotated[tuple[str, ...], "The activities owed once the step is entered."] = ()
    within: Annotated[Span | None, "How soon they are owed; unsaid, no time is promised."] = None
    repeat: Annotated[str, "One activity, done several times."] = ""
    times: Annotated[Times | None, "How often: `2..4`."] = None
    every: Annotated[Span | None, "The time from one repetition to the next; unsaid, as long as the activity lasts."] = None
    stop: Annotated[Statement | None, "Repetition ends early if this is met, once it was done often enough."] = None
    require: Annotated[tuple[Statement, ...], "Must hold when the activity is recorded; otherwise it is a deviation."] = ()
    guard: Annotated[Statement | None, "The step is left only when this is met."] = None
    retry: Annotated[Retry | None, "When to try the guard again, and for how long."] = None
    on_timeout: Annotated[str, "The step to take when the guard was never met in that time."] = ""
    limit: Annotated[int | None, "How often the step may be entered; afterwards it is not offered."] = None
    apart: Annotated[tuple[Apart, ...], "Least distances from other activities."] = ()
    by: Annotated[
        Literal["rule", "site", "mdt", "patient", "investigator", "randomiser"], "Who decides; rules propose, people decide."
    ] = "rule"
    decide: Annotated[tuple[Branch, ...], "Where to go next: the first branch that is met."] = ()
    unknown: Annotated[str, "What to do while no branch can be told: wait, query, or a step."] = ""
    quorum: Annotated[int | None, "How many people have to take part in the decision."] = None
    next: Annotated[str, "The step after."] = ""
    end: Annotated[bool, "Whether the track ends here."] = False
    source: Annotated[Cited, "Where this is said."] = None
    place: Place = field(default=NOWHERE, compare=False)

    def __post_init__(self) -> None:
        ways = [word for word, said in (("next", self.next), ("decide", self.decide), ("end", self.end)) if said]
        if len(ways) != 1:
            found = f"says {' and '.join(ways)}" if ways else "says none of them"
            raise Unreadable(f"step '{self.name}' goes on by one of next, decide or end, and {found}")
        if bool(self.repeat) != (self.times is not None):
            raise Unreadable(f"step '{self.name}' needs both 'repeat' and 'times', or neither")


@dataclass(frozen=True, kw_only=True)
class Reaction:
    """What an event does to the pathway, wherever the participant stands."""

    on: Annotated[str, "The activity whose recording sets it off."]
    when: Annotated[Statement | None, "Only if this is met."] = None
    to: Annotated[str, "The step to go to."] = ""
    end: Annotated[tuple[str, ...] | Literal["all"], "The tracks that end; `all` for every one."] = ()
    source: Annotated[Cited, "Where this is said."] = None
    place: Place = field(default=NOWHERE, compare=False)

    def __post_init__(self) -> None:
        if bool(self.to) == bool(self.end):
            raise Unreadable(f"what '{self.on}' does is either 'to' a step or 'end' of tracks")


@dataclass(frozen=True, kw_only=True)
class Pathway:
    """The pathway: what happens next."""

    start: Annotated[str | Mapping[str, str], "The first step, or the first step of each track."]
    begins: Annotated[str, "The activity with which the pathway begins."] = "enrolment"
    steps: Annotated[Mapping[str, Step], "The steps."]
    anywhere: Annotated[tuple[Reaction, ...], "What events do, wherever the participant stands."] = ()
    place: Place = field(default=NOWHERE, compare=False)

    @property
    def starts(self) -> dict[str, str]:
        """The first step of each track."""
        if isinstance(self.start, str):
            return {self.steps[self.start].track if self.start in self.steps else "treatment": self.start}
        return dict(self.start)


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of the schedule."""

    do: Annotated[tuple[str, ...], "The activities that are due."]
    on: Annotated[tuple[int, ...], "Days counted from the anchor."] = ()
    at: Annotated[Span | None, "Once, so long after the anchor."] = None
    every: Annotated[Every | None, "Again and again: an interval, or `4 cycles of systemic_cycle`."] = None
    from_: Annotated[Moment | None, "The anchor: an activity or a date from which the line counts."] = None
    after: Annotated[Moment | None, "The anchor, as `from`; reads better beside `on` and `at`."] = None
    starting: Annotated[Span | None, "How long after the anchor the first is due; unsaid, one interval."] = None
    until: Annotated[Span | Moment | None, "How long after the anchor, or up to which date."] = None
    for_each: Annotated[Literal["each", "first", "last"] | None, "Of an anchor that happens several times, which counts."] = (
        None
    )
    window: Annotated[Window | None, "The days around the target that still count as in time."] = None
    hard: Annotated[Window | None, "Outside these days it does not count at all."] = None
    while_: Annotated[Statement | None, "Due only while this is met."] = None
    track: Annotated[str, "Due only while this track of the pathway goes on."] = ""
    label: Annotated[str, "What people call it."] = ""
    source: Annotated[Cited, "Where this is said."] = None
    place: Place = field(default=NOWHERE, compare=False)

    def __post_init__(self) -> None:
        ways = [word for word, said in (("on", self.on), ("at", self.at), ("every", self.every)) if said]
        if len(ways) != 1:
            raise Unreadable(
                f"a line of the schedule says one of on, at or every, and this says {' and '.join(ways) or 'none'}"
            )
        if self.from_ is not None and self.after is not None:
            raise Unreadable("'from' and 'after' both name the anchor: say one of them")
        if self.anchor is None and not (self.every is not None and self.every.activity):
            raise Unreadable("a line of the schedule needs an anchor: 'from' or 'after'")

    @property
    def anchor(self) -> Moment | None:
        """What the line counts from."""
        return self.from_ if self.from_ is not None else self.after


# --- what is measured ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """An endpoint."""

    name: str = ""
    label: Annotated[str, "What people call it."] = ""
    role: Annotated[Literal["primary", "secondary", "exploratory", "safety"], "What hangs on it."] = "secondary"
    kind: Annotated[Literal["time_to_event", "occurrence", "measurement", "trajectory", "score", "cost"], "How it is measured."]
    from_: Annotated[Moment | None, "The origin: when its clock starts."] = None
    event: Annotated[Moment | tuple[Moment, ...] | None, "What ends the clock; of several, the first."] = None
    competing: Annotated[tuple[Moment, ...], "What makes the event impossible without being it."] = ()
    censor: Annotated[Moment | tuple[Moment, ...] | None, "Until when the event is known not to have happened, in order."] = (
        None
    )
    horizon: Annotated[Span | None, "How long after the origin it is looked at."] = None
    assessed_by: Annotated[str, "The activity at which alone the event can be seen."] = ""
    within: Annotated[Span | None, "How long after the origin an occurrence counts."] = None
    attributed_to: Annotated[str, "The procedure an occurrence is laid to."] = ""
    item: Annotated[str, "The item that is measured, or summed."] = ""
    items: Annotated[tuple[str, ...], "The items that make a score, or a cost."] = ()
    at: Annotated[Span | None, "How long after the origin it is measured."] = None
    window: Annotated[Window | None, "The days around that which still count."] = None
    combine: Annotated[Literal["sum", "mean", "last", "worst", "best"], "How several values become one."] = "last"
    among: Annotated[Statement | None, "Those participants alone for whom this is met."] = None
    text: Annotated[str, "A description."] = ""
    source: Annotated[Cited, "Where this is said."] = None
    place: Place = field(default=NOWHERE, compare=False)

    def __post_init__(self) -> None:
        needs = {
            "time_to_event": (("from", self.from_), ("event", self.event)),
            "occurrence": (("event", self.event),),
            "measurement": (("item", self.item),),
            "trajectory": (("item or items", self.item or self.items),),
            "score": (("items", self.items),),
            "cost": (("item or items", self.item or self.items),),
        }[self.kind]
        if missing := [word for word, said in needs if not said]:
            raise Unreadable(f"endpoint '{self.name}' is a {self.kind} and does not say its {' and '.join(missing)}")

    @property
    def events(self) -> tuple[Moment, ...]:
        """What ends the clock."""
        return self.event if isinstance(self.event, tuple) else () if self.event is None else (self.event,)

    @property
    def censors(self) -> tuple[Moment, ...]:
        """Until when the event is known not to have happened."""
        return self.censor if isinstance(self.censor, tuple) else () if self.censor is None else (self.censor,)


STRATEGIES = ("treatment_policy", "hypothetical", "composite", "while_on_treatment", "principal_stratum")


@dataclass(frozen=True, kw_only=True)
class Estimand:
    """What an analysis estimates (ICH E9(R1))."""

    population: Annotated[
        str, "Who is counted: enrolled (also where nothing is said), randomised, treated, or a definition."
    ] = ""
    contrast: Annotated[str, "What is compared, as `ablation vs control`."] = ""
    intercurrent: Annotated[
        Mapping[str, Literal["treatment_policy", "hypothetical", "composite", "while_on_treatment", "principal_stratum"]],
        "What may come between, and how it is dealt with.",
    ] = field(default_factory=dict)
    summary: Annotated[str, "The number that sums up the comparison, as hazard_ratio."] = ""
    place: Place = field(default=NOWHERE, compare=False)

    @property
    def counted(self) -> str:
        """Who is counted: the population, or everyone enrolled where none is said."""
        return self.population or "enrolled"

    @property
    def compared(self) -> tuple[str, ...]:
        """The arms or groups named in the contrast, in order."""
        return tuple(part.strip() for part in re.split(r"\bvs\b|\bversus\b|,", self.contrast) if part.strip())


@dataclass(frozen=True)
class Spending:
    """How an error is spent over the looks: `obrien_fleming`, `hwang_shih_decani -4`, `binding pocock`."""

    name: str
    number: float | None = None
    is_binding: bool = False
    schema: ClassVar[dict[str, object]] = {"type": "string"}
    NUMBERS: ClassVar[Mapping[str, tuple[float, float, float | None]]] = {
        "obrien_fleming": (0.0, 0.0, None), "pocock": (0.0, 0.0, None), "kim_demets": (0.1, 20.0, 1.0),
        "hwang_shih_decani": (-40.0, 40.0, -4.0), "wang_tsiatis": (-0.5, 0.7, 0.25), "haybittle_peto": (1.0, 8.0, 3.0),
    }  # fmt: skip
    """For each name the least, the greatest and the usual number, where it takes one.

    The first four are spending functions; the last two are boundaries by their shape, which hold for looks that come when
    they were planned: `wang_tsiatis 0` is O'Brien and Fleming's, `wang_tsiatis 0.5` is Pocock's.
    """

    @classmethod
    def from_text(cls, text: str, place: Place = NOWHERE) -> Self:
        """Read a name, its number, and whether a boundary of futility is binding.

        Raises:
            Unreadable: No such name, or a number that it does not take.
        """
        found = re.fullmatch(r"\s*(binding )?\s*([a-z_]+)(?: +(-?[0-9.]+))?\s*", text)
        if not found or found[2] not in cls.NUMBERS:
            raise Unreadable(f"'{text[:40]}' is not one of {', '.join(cls.NUMBERS)}{did_you_mean(text, cls.NUMBERS)}")
        least, greatest, usual = cls.NUMBERS[found[2]]
        if found[3] is not None and (usual is None or not re.fullmatch(r"-?\d+(\.\d+)?", found[3])):
            raise Unreadable(f"'{found[2]}' takes no number" if usual is None else f"'{found[3]}' is not a number")
        number = float(found[3]) if found[3] is not None else usual
        if number is not None and not least <= number <= greatest:
            raise Unreadable(f"the number of {found[2]} lies between {least:g} and {greatest:g}, not at {number:g}")
        return cls(found[2], number, bool(found[1]))

    def __str__(self) -> str:
        number = f" {self.number:g}" if self.number is not None else ""
        return f"{'binding ' if self.is_binding else ''}{self.name}{number}"


@dataclass(frozen=True, kw_only=True)
class Emulate:
    """How a trial is emulated from records."""

    grace: Annotated[Span, "How long after time zero the treatment may begin."]


@dataclass(frozen=True, kw_only=True)
class Adaptation:
    """What a trial may change at a look, by a rule that is said before (ICH E9: an adaptive design)."""

    at: Annotated[
        Decimal, "The share of the information at which it is decided: a planned look (interim); any, where no arm is seen."
    ] = field(metadata={"blank": Decimal(0)})
    rule: Annotated[
        Literal["blinded_re_estimation", "unblinded_re_estimation", "futility", "keep_best"],
        "The participants needed are re-estimated from all arms together, or from the effect seen; arms without hope are "
        "dropped; the best arm alone is kept.",
    ]
    maximum: Annotated[int | None, "The most participants that a re-estimation may ask for."] = None
    conditional_power: Annotated[
        Decimal | None,
        "From which the trial is enlarged (the promising zone); or below which an arm is dropped, and a trial of two given up.",
    ] = None
    source: Annotated[Cited, "Where this is said."] = None
    place: Place = field(default=NOWHERE, compare=False)

    @property
    def is_re_estimation(self) -> bool:
        """Whether it may enlarge the trial."""
        return self.rule.endswith("re_estimation")

    @property
    def called(self) -> str:
        """The rule, as people write it."""
        return self.rule.replace("re_estimation", "re-estimation").replace("_", " ")


@dataclass(frozen=True, kw_only=True)
class Looked:
    """A look that took place: what had happened by then was known, and something was decided."""

    at: Annotated[Decimal, "The planned share of the information whose look it was."] = field(metadata={"blank": Decimal(0)})
    on: Annotated[date, "The day of the data cut: what had happened by its end was known."]
    participants: Annotated[int | None, "How many there are to be from then on, where that was re-estimated."] = None
    dropped: Annotated[tuple[str, ...], "The arms that were dropped."] = ()
    stopped: Annotated[bool, "Whether the trial was stopped there, for a claim or for want of hope."] = False
    source: Annotated[Cited, "Where this is said."] = None
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, kw_only=True)
class Analysis:
    """An analysis."""

    name: str = ""
    label: Annotated[str, "What people call it."] = ""
    endpoint: Annotated[str, "The endpoint it is of."]
    estimand: Annotated[Estimand | None, "What it estimates."] = None
    method: Annotated[str, "How: kaplan_meier, cox, cuminc, proportion, mean, matching and the like."] = ""
    test: Annotated[str, "The test: logrank, wald, fisher and the like."] = ""
    adjust: Annotated[tuple[str, ...], "The items adjusted for."] = ()
    stratify: Annotated[tuple[str, ...], "The items it is stratified by."] = ()
    alpha: Annotated[Decimal | None, "The two-sided level."] = None
    interim: Annotated[tuple[Decimal, ...], "Shares of the information at which a look is planned."] = ()
    spending: Annotated["Spending | None", "How alpha is spent over the looks, as `obrien_fleming`."] = None
    futility: Annotated["Spending | None", "How beta is spent over the looks; unsaid, nobody stops for futility."] = None
    adapt: Annotated[tuple[Adaptation, ...], "What the trial may change at a look, and by which rule."] = ()
    looked: Annotated[tuple[Looked, ...], "The looks that took place, and what was decided."] = ()
    margin: Annotated[
        Decimal | None,
        "What is to be ruled out, for non-inferiority: a hazard ratio above 1; or a difference, below 0 where more is better.",
    ] = None
    power: Annotated[Decimal | None, "The chance wanted to find what is assumed; 0.8 where unsaid."] = None
    landmark: Annotated[Span | None, "Groups are told at this time, and time counts from it."] = None
    time_dependent: Annotated[bool, "Whether membership of a group changes with time in the model."] = False
    emulate: Annotated[Emulate | None, "Emulation of a trial with a grace period."] = None
    post_hoc: Annotated[bool, "Whether it was thought of after the data were seen."] = False
    source: Annotated[Cited, "Where this is said."] = None
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, kw_only=True)
class Promise:
    """A property that must hold on every history."""

    never: Annotated[Statement | None, "What must never hold."] = None
    always: Annotated[Statement | None, "What must always hold."] = None
    eventually: Annotated[Statement | None, "What must hold in the end."] = None
    why: Annotated[str, "Why it matters."] = ""
    source: Annotated[Cited, "Where this is said."] = None
    place: Place = field(default=NOWHERE, compare=False)


# --- what is assumed -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """A stretch of time in which a hazard stays as it is."""

    until: Annotated[Span | None, "Its end, counted from where the time counts; left out of the last, which has none."] = None
    per_month: Annotated[Decimal, "How many a month, of those who have not had it."] = field(metadata={"blank": Decimal(0)})
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, kw_only=True)
class Point:
    """A point of a published survival curve, as it is read off the picture."""

    at: Annotated[Span, "The time, as `6 months`."] = field(metadata={"blank": Span()})
    free: Annotated[Decimal, "The share that has not had it by then, from 0 to 1."] = field(metadata={"blank": Decimal(1)})
    at_risk: Annotated[int | None, "The number at risk just before it, where the picture prints one."] = None
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, kw_only=True)
class Factor:
    """What multiplies a hazard, while it is so: a covariate, a state, another treatment taken up."""

    when: Annotated[Statement, "While this is met, and asked again whenever something is recorded."]
    ratio: Annotated[Decimal, "What the hazard is multiplied by."] = field(metadata={"blank": Decimal(1)})
    chance: Annotated[Decimal, "The share of participants for whom it holds at all, as of those who cross over."] = Decimal(1)
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, kw_only=True)
class Recruitment:
    """How a site recruits."""

    per_month: Annotated[Decimal, "How many join there a month, once it is at its pace."] = field(
        metadata={"blank": Decimal(0)}
    )
    opens: Annotated[Span | None, "How long after the start of the trial it opens."] = None
    ramp: Annotated[Span | None, "Over how long it comes to its pace, evenly; else what accrual says."] = None
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, kw_only=True)
class Price:
    """What doing an activity once costs; under `month`, what following somebody for a month does."""

    name: str = ""
    distribution: Annotated[
        Literal["constant", "gamma", "lognormal"] | None, "How it is spread from one time to the next; unsaid, not at all."
    ] = None
    mean: Annotated[str | Mapping[str, str], "The mean, as a bare number; or of each arm."] = ""
    sd: Annotated[str, "The standard deviation, as a bare number, where it is spread."] = ""
    source: Annotated[Cited, "Where the number comes from; `ours` for an assumption of this file."] = None
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, kw_only=True)
class Assumption:
    """An assumption, which only simulation reads."""

    name: str = ""
    distribution: Annotated[
        Literal["exponential", "weibull", "piecewise", "normal", "lognormal", "uniform", "constant", "choice", "poisson"]
        | None,
        "How the values are spread.",
    ] = None
    chances: Annotated[
        Mapping[Code, Decimal | Mapping[Code, Decimal]],
        "The chance of each code, option or answer; or, by arm, of each.",
    ] = field(default_factory=dict)
    mean: Annotated[str | Mapping[str, str], "The mean, with its unit; or of each arm."] = ""
    sd: Annotated[str, "The standard deviation, with its unit."] = ""
    median: Annotated[str | Mapping[str, str], "The median, with its unit; or of each arm."] = ""
    shape: Annotated[Decimal | None, "The shape of a Weibull distribution."] = None
    low: Annotated[str, "The least value."] = ""
    high: Annotated[str, "The greatest value."] = ""
    value: Annotated[str, "The one value."] = ""
    hazard_ratio: Annotated[
        Decimal | None, "The hazard of the other arm against the one whose median, hazards or points are given."
    ] = None
    effect_after: Annotated[Span | None, "How long the hazard ratio is 1 before it is what it is: a delayed effect."] = None
    hazards: Annotated[
        tuple[Stretch, ...] | Mapping[str, tuple[Stretch, ...]], "Hazards that are constant in stretches; or of each arm."
    ] = ()
    points: Annotated[
        tuple[Point, ...] | Mapping[str, tuple[Point, ...]],
        "A published curve, point by point, instead of a distribution; or of each arm.",
    ] = ()
    cured: Annotated[
        Decimal | Mapping[str, Decimal] | None,
        "The share to whom it never happens; a median or hazards are then of the others. Or of each arm.",
    ] = None
    factors: Annotated[tuple[Factor, ...], "What multiplies the hazard: covariates, states, a crossover."] = ()
    per_month: Annotated[Decimal | None, "How many a month: participants, or events a participant."] = None
    ramp: Annotated[Span | None, "Of accrual: over how long it comes to its pace, evenly."] = None
    sites: Annotated[Mapping[str, Recruitment], "Of accrual: how each site recruits; together, per_month."] = field(
        default_factory=dict
    )
    of: Annotated[Mapping[str, Price], "Of costs: what is paid for, activities or `month`, each with its price."] = field(
        default_factory=dict
    )
    currency: Annotated[str, "Of costs: the currency, by its code of three letters (ISO 4217)."] = ""
    year: Annotated[int | None, "Of costs: the year whose prices these are."] = None
    from_: Annotated[str, "The activity from which a time counts."] = ""
    correlated: Annotated[
        Mapping[str, Decimal], "How an item goes with others: the correlation of their normal scores (Gaussian copula)."
    ] = field(default_factory=dict)
    missed: Annotated[Decimal | None, "Of an activity of the schedule: the chance, each time, that it is not done."] = None
    change: Annotated[str, "How much a repeated value drifts from one time to the next, as a standard deviation."] = ""
    when: Annotated[Statement | None, "Only those for whom this is met."] = None
    source: Annotated[Cited, "Where the number comes from; `ours` for an assumption of this file."] = None
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, kw_only=True)
class Unstated:
    """Something that the source does not say."""

    what: Annotated[str, "What is not said."]
    assumed: Annotated[str, "What this file assumes instead; empty where it assumes nothing."] = ""
    why: Annotated[str, "Why so."] = ""
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, kw_only=True)
class Outside:
    """Something that the source says and this file leaves out."""

    what: Annotated[str, "What is left out."]
    why: Annotated[str, "Why."]
    source: Annotated[Cited, "Where it is said."] = None
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """A finding that the file keeps."""

    finding: Annotated[str, "The finding's name, as `check` prints it."]
    about: Annotated[str, "The name of what it is about, as a criterion, a step or an endpoint is called; empty for all."] = ""
    why: Annotated[str, "Why it is kept: a fault of the source page, say."]
    source: Annotated[Cited, "Where this is said."] = None
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, kw_only=True)
class Amendment:
    """A dated change of the protocol."""

    version: Annotated[str, "The version that it made."]
    on: Annotated[When, "The day it came into force."]
    changes: Annotated[str, "What it changes."]
    affects: Annotated[str, "Who is affected: everyone, new participants, or those who consent again."] = ""
    place: Place = field(default=NOWHERE, compare=False)


# --- the whole -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """A study."""

    equipoise: Annotated[int, "The version of the language: 1."]
    study: Annotated[str, "A short name in lower case, the name of the folder."]
    version: Annotated[str, "The version of the protocol."] = ""
    title: Annotated[str, "The title."]
    registrations: Annotated[tuple[Registration, ...], "Where it is registered."] = ()
    sponsor: Annotated[str, "Who answers for it."] = ""
    sites: Annotated[Mapping[str, Site], "Where participants are seen."] = field(default_factory=dict)
    dates: Annotated[Mapping[str, When], "Its dates: registered, start, primary_completion, completion."] = field(
        default_factory=dict
    )
    status: Annotated[str, "Its state: planned, recruiting, completed."] = ""
    conditions: Annotated[tuple[str, ...], "The conditions it is about."] = ()
    keywords: Annotated[tuple[str, ...], "Words under which it is found."] = ()
    summary: Annotated[str, "What it asks, in a few sentences."] = ""
    design: Annotated[Design, "The design."]
    activities: Annotated[Mapping[str, Activity], "What is done, and what is written down then."] = field(default_factory=dict)
    closed: Annotated[tuple[str, ...], "The activities of which none happened that is not recorded."] = ()
    define: Annotated[Mapping[str, Formula | Borrowed], "Named expressions."] = field(default_factory=dict)
    eligibility: Annotated[tuple[Criterion, ...], "Who may join."] = ()
    cohorts: Annotated[Mapping[str, Cohort], "Named populations."] = field(default_factory=dict)
    groups: Annotated[Mapping[str, Group], "Observed groups."] = field(default_factory=dict)
    arms: Annotated[Mapping[str, Arm], "What participants are randomised or assigned to."] = field(default_factory=dict)
    allocation: Annotated[Allocation | None, "How they are."] = None
    pathway: Annotated[Pathway | None, "What happens next."] = None
    schedule: Annotated[tuple[Line, ...], "What is assessed when."] = ()
    endpoints: Annotated[Mapping[str, Endpoint], "What is measured."] = field(default_factory=dict)
    analyses: Annotated[Mapping[str, Analysis], "What is estimated, and how."] = field(default_factory=dict)
    promises: Annotated[tuple[Promise, ...], "What must hold on every history."] = ()
    assumptions: Annotated[Mapping[str, Assumption], "What simulation assumes."] = field(default_factory=dict)
    unstated: Annotated[tuple[Unstated, ...], "What the source does not say."] = ()
    outside: Annotated[tuple[Outside, ...], "What the source says and this file leaves out."] = ()
    accepted: Annotated[tuple[Accepted, ...], "Findings of `check` that are kept, each with its reason."] = ()
    amendments: Annotated[tuple[Amendment, ...], "Dated changes."] = ()
    place: Place = field(default=NOWHERE, compare=False)

    @property
    def primary(self) -> tuple[Endpoint, ...]:
        """The primary endpoints."""
        return tuple(each for each in self.endpoints.values() if each.role == "primary")


# --- what every study has --------------------------------------------------------------------------------------------


def _choice(*codes: str, ordered: bool = False, label: str = "") -> Item:
    return Item(type="choice", of=tuple(map(Code, codes)), ordered=ordered, label=label)


ORGANS = ("liver", "pancreas", "colon", "rectum", "lung", "peritoneum", "lymph_node", "bone", "brain", "other")

BUILT_IN: Mapping[str, Activity] = {
    "enrolment": Activity(label="Enrolment", repeats=False, items={"site": Item(type="text", label="site")}),
    "consent": Activity(
        label="Consent", repeats=True,
        items={"version": Item(type="text", label="version consented to")},
    ),
    "randomisation": Activity(label="Randomisation", repeats=False),
    "assignment": Activity(label="Assignment", repeats=False),
    "judgement": Activity(label="Judgement", repeats=True),
    "death": Activity(
        label="Death", repeats=False,
        items={"cause": _choice("disease", "procedure", "other", "not_known", label="cause of death")},
    ),
    "withdrawal": Activity(
        label="Withdrawal", repeats=False,
        items={
            "reason": Item(type="text", label="reason for withdrawal"),
            "from": _choice("treatment", "follow_up", "consent", label="withdrawn from"),
            "last_dose": Item(type="date", label="date of the last dose"),
        },
    ),
    "last_contact": Activity(label="Last contact", repeats=True),
    "off_treatment": Activity(
        label="Off treatment", repeats=False, items={"reason": Item(type="text", label="reason for stopping")}
    ),
    "adverse_event": Activity(
        label="Adverse event", repeats=True,
        items={
            "term": Item(type="text", label="term"),
            "grade": Item(type="integer", range=Limits(1, 5), label="CTCAE grade"),
            "serious": Item(type="yes_no", label="serious"),
            "related_to": Item(type="text", label="related to"),
            "ended": Item(type="date", label="date it ended"),
        },
    ),
    "lesion_found": Activity(label="Lesion found", repeats=True, lesions=True),
}  # fmt: skip
"""The activities that every study has. What a study says of one of them is added to it."""

LESION_FACTS: Mapping[str, Item] = {
    "organ": _choice(*ORGANS, label="organ"),
    "segment": Item(type="text", label="segment"),
    "diameter": Item(type="quantity", unit="mm", label="diameter"),
    "role": _choice("target", "non_target", "new", label="role"),
    "node": Item(type="yes_no", label="lymph node"),
    "ablated": Item(type="yes_no", label="ablated"),
    "resected": Item(type="yes_no", label="resected"),
    "present": Item(type="yes_no", label="present"),
    "found_on": Item(type="date", label="found on"),
}
"""What is known of each lesion, whatever the study."""


def activity(name: str, own: Activity | None) -> Activity:
    """An activity of a study: the built-in one, with what the study says of it."""
    base = BUILT_IN.get(name)
    if base is None or own is None:
        return replace(base or own or Activity(), name=name)
    return replace(
        own,
        name=name,
        label=own.label or base.label,
        repeats=own.repeats if own.repeats is not None else base.repeats,
        items={**base.items, **own.items},
        lesions=own.lesions or base.lesions,
    )
