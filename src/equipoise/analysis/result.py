"""What an analysis says: whom it counts, what it estimates and how, the numbers, and what it could not estimate."""

from dataclasses import dataclass

from ..finding import NOWHERE, Place


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its limits. `of` is the arm, or the comparison of two; empty for everyone together.

    `lower` and `upper` are None where there are none to be had; `level` is the coverage of both.
    """

    name: str
    value: float
    lower: float | None = None
    upper: float | None = None
    level: float | None = None
    unit: str = ""
    of: str = ""
    is_covariate: bool = False


@dataclass(frozen=True, slots=True)
class Test:
    """A test: its statistic, its degrees of freedom where it has any, and the chance of one as extreme."""

    __test__ = False  # no test of pytest's

    name: str
    statistic: float | None
    df: float | None
    p: float


@dataclass(frozen=True, slots=True)
class Curve:
    """A curve over days from the origin, for one arm: survival falls from 1, incidence rises from 0.

    At each distinct day of follow-up: the value just after it, its limits, how many are at risk on it, how many have
    the event on it, how many leave without. A limit is None where there is none.
    """

    arm: str
    label: str
    kind: str
    days: tuple[float, ...]
    value: tuple[float, ...]
    lower: tuple[float | None, ...]
    upper: tuple[float | None, ...]
    at_risk: tuple[int, ...]
    events: tuple[int, ...]
    censored: tuple[int, ...]

    def at(self, day: float) -> tuple[float, float | None, float | None] | None:
        """The value and its limits just after a day; None once follow-up has ended with people left."""
        start = 1.0 if self.kind == "survival" else 0.0
        reached = [index for index, each in enumerate(self.days) if each <= day]
        if not reached:
            return start, None, None
        index = reached[-1]
        if day > self.days[-1] and self.at_risk[-1] > self.events[-1]:
            return None
        return self.value[index], self.lower[index], self.upper[index]

    def still_followed(self, day: float) -> int:
        """How many are at risk on a day."""
        return next((risk for each, risk in zip(self.days, self.at_risk, strict=True) if each >= day), 0)


@dataclass(frozen=True, slots=True)
class Spread:
    """How the values of one arm are spread."""

    arm: str
    number: int
    mean: float
    sd: float | None
    median: float
    lower_quartile: float
    upper_quartile: float
    least: float
    greatest: float


@dataclass(frozen=True, slots=True)
class Course:
    """The mean of one item in one arm around one time: `day` counts from the origin."""

    item: str
    label: str
    unit: str
    arm: str
    day: int
    number: int
    mean: float
    sd: float | None


@dataclass(frozen=True, slots=True)
class JointDisplay:
    """A marker and survival side by side, for one arm: means of those who died in follow-up and of those who did not.

    `curve` is overall survival from the same origin; `days` and `survival` are its steps.
    """

    arm: str
    died: tuple[Course, ...]
    alive: tuple[Course, ...]
    curve: Curve

    @property
    def days(self) -> tuple[float, ...]:
        """The days of the steps."""
        return self.curve.days

    @property
    def survival(self) -> tuple[float, ...]:
        """Survival just after each of them."""
        return self.curve.value


@dataclass(frozen=True, slots=True)
class Acceptability:
    """How likely the first of two arms is to be worth its price, for prices of a life-year in `unit`; rising prices."""

    of: str
    unit: str
    price: tuple[float, ...]
    chance: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Balanced:
    """A covariate in two groups, before and after they were made alike: means, or shares, the first group first.

    `before` and `after` are standardised differences, in one and the same unit; they and the ratios of variances are None
    where there is none.
    """

    label: str
    is_share: bool
    first_before: float
    second_before: float
    first_after: float
    second_after: float
    before: float | None
    after: float | None
    ratio_before: float | None
    ratio_after: float | None


@dataclass(frozen=True, slots=True)
class Counted:
    """How many participants of an arm are counted, and how many of them had the event, where there is one."""

    arm: str
    label: str
    participants: int
    events: int | None = None
    competing: int | None = None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Participants who are not counted, and why."""

    why: str
    participants: int


@dataclass(frozen=True, slots=True)
class Strategy:
    """An intercurrent event, and how it is dealt with."""

    event: str
    strategy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """What a method gives: numbers, the sentences that say how they came about, and those on what it could not give."""

    arms: tuple[Counted, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    method: tuple[str, ...] = ()
    estimates: tuple[Estimate, ...] = ()
    tests: tuple[Test, ...] = ()
    curves: tuple[Curve, ...] = ()
    spreads: tuple[Spread, ...] = ()
    courses: tuple[Course, ...] = ()
    displays: tuple[JointDisplay, ...] = ()
    acceptability: tuple[Acceptability, ...] = ()
    balance: tuple[Balanced, ...] = ()
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """An analysis, run.

    The five attributes of its estimand are `population`, `contrast`, `variable`, `intercurrent` and `summary`;
    `is_estimand_declared` says whether the study file names them. `is_declared` is False for a plain description of an
    endpoint of which the file declares no analysis. `is_withheld`: the trial is not locked, so no arm stands apart.

    Source:
        ICH E9(R1), Addendum on estimands and sensitivity analysis in clinical trials (2019), section A.3.
    """

    name: str
    label: str
    endpoint: str
    endpoint_label: str
    role: str
    kind: str
    population: str
    contrast: str
    variable: str
    intercurrent: tuple[Strategy, ...]
    summary: str
    is_estimand_declared: bool
    is_declared: bool
    is_post_hoc: bool
    is_withheld: bool
    is_virtual: bool
    until: str
    software: str
    place: Place = NOWHERE
    participants: int = 0
    arms: tuple[Counted, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    method: tuple[str, ...] = ()
    estimates: tuple[Estimate, ...] = ()
    tests: tuple[Test, ...] = ()
    curves: tuple[Curve, ...] = ()
    spreads: tuple[Spread, ...] = ()
    courses: tuple[Course, ...] = ()
    displays: tuple[JointDisplay, ...] = ()
    acceptability: tuple[Acceptability, ...] = ()
    balance: tuple[Balanced, ...] = ()
    naive: tuple[Estimate, ...] = ()
    findings: tuple[str, ...] = ()

    @property
    def events(self) -> int | None:
        """How many of those counted had the event, where there is one."""
        counts = [each.events for each in self.arms if each.events is not None]
        return sum(counts) if counts else None

    def estimate(self, name: str, of: str = "") -> Estimate | None:
        """An estimate by its name and by what it is of."""
        return next((each for each in self.estimates if each.name == name and each.of == of), None)
