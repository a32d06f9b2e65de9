"""What a study assumes of virtual participants: its words as distributions and chances, and what is wrong with them.

An assumption is named after what it is about: an item, a judgement, a step, an activity, or one of a few words of its
own (`WORDS`). Numbers are read in the unit of what they are about; a bare number is in that unit. Times are in days.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from ..finding import Finding, Unreadable, did_you_mean
from ..protocol import BUILT_IN, LESION_FACTS, Assumption, Item
from ..quantity import NotConvertible, Quantity, converted
from ..study import Study
from .inverse import KINDS, quantile, share

DAYS_PER_MONTH = 365.25 / 12  # as `calendar.Span.about_days` has it

WORDS: Mapping[str, Item] = {
    "accrual": Item(name="accrual", type="real"),
    "lesion_count": Item(name="lesion_count", type="integer"),
    "diameter": LESION_FACTS["diameter"],
    "organ": LESION_FACTS["organ"],
    "costs": Item(name="costs", type="real"),
}
"""What can be assumed beside the study's own names: how fast participants join; how many lesions, how large, where; costs."""

NOT_DRAWN = ("accrual", "costs")
"""Of these, the words of a whole trial, which no participant is drawn from."""

MOST_FACTORS = 60
"""A factor has a place of its own among what is drawn, and there are no more of them."""

MOST_POISSON = 700
"""From a greater mean on, the chance of none at all is too small for a computer's number."""

TIMES = Item(name="time", type="quantity", unit="d")
ROUNDS = Item(name="rounds", type="integer")
_YES_NO = ("yes", "no")
TIMED = ("exponential", "weibull", "piecewise")
"""Distributions of when something happens."""

Subject = Literal["item", "judgement", "step", "activity", "delay", "visit", "word"]


def subject(name: str, study: Study) -> tuple[Subject, Item] | None:
    """What an assumption is about, and the item whose type and unit its numbers have; None if it is about nothing."""
    assumed = study.protocol.assumptions.get(name)
    pathway = study.protocol.pathway
    if assumed is not None and assumed.of:
        return ("word", WORDS["costs"]) if name == "costs" else None
    is_time = assumed is not None and (assumed.per_month is not None or assumed.distribution in TIMED or assumed.points)
    if assumed is not None and assumed.missed is not None and name in study.activities:
        return "visit", TIMES
    homes = [each.items[name] for each in study.activities.values() if name in each.items]
    if name in study.activities and (is_time or not homes):
        asked = name not in BUILT_IN and name in asked_for(study)
        if not (pathway is not None and name in pathway.steps and _decides(name, study)):
            return ("delay" if asked else "activity"), TIMES
    if homes:
        return ("judgement" if name in study.activities["judgement"].items else "item"), homes[0]
    if pathway is not None and name in pathway.steps:
        return "step", ROUNDS
    return ("word", WORDS[name]) if name in WORDS else None


def asked_for(study: Study) -> frozenset[str]:
    """The activities that steps of the pathway ask for."""
    steps = study.protocol.pathway.steps.values() if study.protocol.pathway is not None else ()
    return frozenset(name for step in steps for name in (*step.do, step.repeat) if name)


def _decides(name: str, study: Study) -> bool:
    pathway, assumed = study.protocol.pathway, study.protocol.assumptions.get(name)
    options = [branch.option for branch in pathway.steps[name].decide if branch.option] if pathway is not None else []
    return assumed is not None and bool(options) and set(map(str, assumed.chances)) <= {*options}


# --- numbers ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Spread:
    """A distribution of numbers: its kind, its one or two numbers, and the least and greatest value.

    `first` and `second` are mean and sd (of the logarithm for lognormal), the ends of uniform, the mean of exponential
    and Poisson, scale and shape of Weibull, the one value of constant.
    """

    kind: Literal["normal", "lognormal", "uniform", "constant", "exponential", "weibull", "poisson"]
    first: float
    second: float = 0.0
    low: float = -math.inf
    high: float = math.inf
    whole: bool = False

    @property
    def below(self) -> float:
        """The share of it, were it not truncated, that lies below the least value."""
        least = math.ceil(self.low) - 1.0 if self.kind == "poisson" else self.low - 0.5 * self.whole
        return share(KINDS.index(self.kind), self.first, self.second, least) if math.isfinite(self.low) else 0.0

    @property
    def within(self) -> float:
        """And that lies between the least and the greatest."""
        most = self.high + 0.5 * (self.whole and self.kind != "poisson")
        return (share(KINDS.index(self.kind), self.first, self.second, most) if math.isfinite(self.high) else 1.0) - self.below


def drawn(spread: Spread, uniform: float, *, above: float = -math.inf) -> float:
    """The number of a distribution for which a number between 0 and 1 stands; bounds truncate.

    Args:
        spread: The distribution.
        uniform: The number between 0 and 1.
        above: What it is known to lie above already; infinite where it cannot.
    """
    kind = KINDS.index(spread.kind)
    below, within = spread.below, spread.within
    if above > spread.low:
        part = share(kind, spread.first, spread.second, above)
        within = below + within - part
        if within <= 0.0:
            return math.inf
        below = part
    return quantile(kind, spread.first, spread.second, spread.low, spread.high, below, within, spread.whole, uniform)


def spread(assumed: Assumption, item: Item, key: str = "") -> Spread:
    """The distribution that an assumption gives to the numbers of an item.

    Args:
        assumed: The assumption.
        item: What it is about: its unit is the unit of the numbers drawn, whole where the item is.
        key: The arm, cohort or group, where the assumption tells them apart.

    Raises:
        Unreadable: It does not say enough, or says what cannot be.
        NotConvertible: Its unit is not one of the item's.

    Source:
        Lognormal from mean and sd, or median and sd: the moments of the distribution solved for its parameters. An sd
        without a unit beside a centre with one is the sd of the logarithm.
    """
    kind = assumed.distribution or ("constant" if assumed.value else None)
    if kind is None or kind == "choice" or kind == "piecewise":
        raise Unreadable(f"'{assumed.name}' does not say its distribution")
    whole = item.type in ("integer", "score")
    low, high = _bounds(assumed, item)
    if low > high:
        raise Unreadable(f"'{assumed.name}' has its least value above its greatest")

    def made(first: float, second: float = 0.0) -> Spread:
        return Spread(kind, first, second, low, high, whole)

    match kind:
        case "constant":
            return made(_number(assumed.value, item, assumed, "value"))
        case "uniform":
            if not math.isfinite(low) or not math.isfinite(high) or not assumed.low or not assumed.high:
                raise Unreadable(f"'{assumed.name}' is uniform and does not say between which ends: low and high")
            return Spread("uniform", low, high, whole=whole)
        case "normal":
            return made(_centre(assumed, item, key), _sd(assumed, item))
        case "lognormal":
            return made(*_logarithmic(assumed, item, key))
        case "poisson":
            if (mean := _centre(assumed, item, key)) > MOST_POISSON:
                raise Unreadable(
                    f"'{assumed.name}' has a Poisson mean of {mean:g}: above {MOST_POISSON} it is as good as normal"
                )
            return made(mean)
        case "exponential":
            if assumed.mean:
                return made(_number(_said(assumed.mean, assumed, key), item, assumed, "mean") / _ratio(assumed, key))
            return made(_median(assumed, item, key) / math.log(2) / _ratio(assumed, key))
        case _:
            shape = float(assumed.shape) if assumed.shape is not None else 0.0
            if shape <= 0:
                raise Unreadable(f"'{assumed.name}' is a Weibull distribution and does not say its shape, above 0")
            scale = _median(assumed, item, key) / math.log(2) ** (1 / shape)
            return Spread("weibull", scale * _ratio(assumed, key) ** (-1 / shape), shape, low, high, whole)


def change(assumed: Assumption, item: Item) -> float | None:
    """How much a repeated value drifts from one time to the next, as a standard deviation; None if it is drawn anew.

    With a change of 0 it stays as it was first: the one change that an answer which is no number can have.
    """
    return _number(assumed.change, item, assumed, "change", difference=True) if assumed.change else None


def _number(text: str, item: Item, assumed: Assumption, word: str, *, difference: bool = False) -> float:
    if not text:
        raise Unreadable(f"'{assumed.name}' does not say its {word}")
    quantity = Quantity.from_text(text)
    if quantity.unit in ("", item.unit):
        return quantity.value
    mass = item.molar_mass.value if item.molar_mass is not None else None
    value = converted(quantity.value, quantity.unit, item.unit, mass)
    return value - converted(0.0, quantity.unit, item.unit, mass) if difference else value


def _bounds(assumed: Assumption, item: Item) -> tuple[float, float]:
    low = _number(assumed.low, item, assumed, "low") if assumed.low else -math.inf
    high = _number(assumed.high, item, assumed, "high") if assumed.high else math.inf
    if item.range is not None:
        low, high = max(low, item.range.low), min(high, item.range.high)
    return low, high


def _said(given: str | Mapping[str, str], assumed: Assumption, key: str) -> str:
    if isinstance(given, str):
        return given
    if key in given:
        return given[key]
    if assumed.hazard_ratio is not None and len(given) == 1:
        return next(iter(given.values()))
    raise Unreadable(f"'{assumed.name}' says nothing of {key or 'those outside the arms that it names'}")


def _centre(assumed: Assumption, item: Item, key: str) -> float:
    word = "mean" if assumed.mean else "median"
    if assumed.distribution != "normal" and assumed.distribution != "poisson" and word == "median":
        return _median(assumed, item, key)
    return _number(_said(assumed.mean or assumed.median, assumed, key), item, assumed, "mean")


def _median(assumed: Assumption, item: Item, key: str) -> float:
    value = _number(_said(assumed.median, assumed, key), item, assumed, "median")
    if value <= 0:
        raise Unreadable(f"'{assumed.name}' has a median of {value:g}: it must be above 0")
    return value


def _sd(assumed: Assumption, item: Item) -> float:
    value = _number(assumed.sd, item, assumed, "sd", difference=True)
    if value < 0:
        raise Unreadable(f"'{assumed.name}' has an sd below 0")
    return value


def _logarithmic(assumed: Assumption, item: Item, key: str) -> tuple[float, float]:
    text = _said(assumed.mean or assumed.median, assumed, key)
    centre = _number(text, item, assumed, "mean or median")
    if centre <= 0:
        raise Unreadable(f"'{assumed.name}' is lognormal: its centre must be above 0")
    if not assumed.sd:
        raise Unreadable(f"'{assumed.name}' does not say its sd")
    of_logarithm = bool(Quantity.from_text(text).unit) and not Quantity.from_text(assumed.sd).unit
    sd = Quantity.from_text(assumed.sd).value if of_logarithm else _sd(assumed, item)
    if of_logarithm:
        variance = sd**2
    elif assumed.mean:
        variance = math.log(1 + (sd / centre) ** 2)
    else:
        variance = math.log((1 + math.sqrt(1 + 4 * (sd / centre) ** 2)) / 2)
    return math.log(centre) - (variance / 2 if assumed.mean else 0.0), math.sqrt(variance)


def _ratio(assumed: Assumption, key: str) -> float:
    """The hazard against the arm whose median is given: 1 in that arm."""
    if assumed.hazard_ratio is None or not isinstance(assumed.median, Mapping) or key in assumed.median:
        return 1.0
    return float(assumed.hazard_ratio)


# --- chances ---------------------------------------------------------------------------------------------------------


def chances(assumed: Assumption, key: str = "") -> dict[str, float]:
    """The chance of each code; of those of an arm, cohort or group where the assumption tells them apart.

    Raises:
        Unreadable: It says nothing of that arm.
    """
    if not any(isinstance(each, Mapping) for each in assumed.chances.values()):
        return {str(code): float(chance) for code, chance in assumed.chances.items() if not isinstance(chance, Mapping)}
    for name, given in assumed.chances.items():
        if str(name) == key and isinstance(given, Mapping):
            return {str(code): float(chance) for code, chance in given.items()}
    raise Unreadable(f"'{assumed.name}' says nothing of {key or 'those outside the arms that it names'}")


def told_apart(assumed: Assumption) -> frozenset[str]:
    """The arms, cohorts or groups that an assumption tells apart; none if it is the same for everyone."""
    said = (assumed.mean, assumed.median, assumed.hazards, assumed.points, assumed.cured)
    named = [each for each in said if isinstance(each, Mapping)]
    nested = [str(name) for name, given in assumed.chances.items() if isinstance(given, Mapping)]
    return frozenset(name for each in named for name in each) | frozenset(nested)


# --- what is wrong with them -----------------------------------------------------------------------------------------


def assumption_findings(study: Study) -> tuple[Finding, ...]:
    """What is wrong with the assumptions of a study: about nothing, not enough to draw from, or beyond reason."""
    found = []
    for name, assumed in study.protocol.assumptions.items():
        for says in _wrong(name, assumed, study):
            found.append(Finding("assumption", assumed.place, says))
    return tuple(found)


def _wrong(name: str, assumed: Assumption, study: Study) -> Iterator[str]:
    about = subject(name, study)
    if about is None:
        yield _nothing(name, study)
        return
    kind, item = about
    arms = (*study.protocol.arms, *study.protocol.cohorts, *study.protocol.groups)
    strange = sorted(told_apart(assumed) - {*arms})
    for each in strange:
        yield f"'{name}' speaks of '{each}', which is no arm, cohort or group of this study{did_you_mean(each, arms)}"
    if assumed.hazard_ratio is not None:
        if assumed.hazard_ratio <= 0:
            yield f"'{name}' has a hazard ratio of {assumed.hazard_ratio}: it must be above 0"
        by_arm = [each for each in (assumed.median, assumed.hazards, assumed.points) if isinstance(each, Mapping)]
        if len(by_arm) != 1 or len(by_arm[0]) != 1:
            yield f"'{name}' gives a hazard ratio: give the median of the one arm against which it stands, or its hazards or points"
    if assumed.per_month is not None and assumed.per_month < 0:
        yield f"'{name}' happens {assumed.per_month} times a month: it cannot be less than 0"
    if item is WORDS["costs"]:
        from .costs import wrong as wrong_costs

        yield from wrong_costs(assumed, study)
        return
    if assumed.currency or assumed.year is not None:
        yield f"'{name}' says a currency or a year of prices, which is said of costs"
    if name == "accrual":
        if not assumed.per_month:
            yield "'accrual' does not say how many participants join 'per_month'"
        from .recruitment import wrong

        yield from wrong(assumed, tuple(study.protocol.sites))
        if assumed.sites and "site" in study.protocol.assumptions:
            yield "'accrual' says how each site recruits, and so does 'site': leave out one"
        return
    if assumed.ramp is not None or assumed.sites:
        yield f"'{name}' says how sites recruit, which is said of accrual"
    if kind == "visit" and assumed.missed is not None:
        if not 0 <= assumed.missed <= 1:
            yield f"'{name}' is missed with a chance of {assumed.missed}: it lies between 0 and 1"
        if all(name not in line.do for line in study.protocol.schedule):
            yield f"'{name}' is not in the schedule, so that it is never missed"
        if assumed.chances or assumed.distribution or assumed.value or assumed.per_month is not None or assumed.points:
            yield f"'{name}' is missed and says when it happens as well: what the schedule asks for does not happen by itself"
        return
    if assumed.correlated:
        yield from _wrong_together(name, assumed, kind, study)
    if assumed.missed is not None:
        yield f"'{name}' is no activity, which alone can be missed"
    if assumed.chances:
        yield from _wrong_chances(name, assumed, kind, item, study)
    elif kind == "activity" and assumed.per_month is not None:
        if assumed.factors or assumed.cured is not None or assumed.points or assumed.hazards:
            yield f"'{name}' happens so often a month: for factors, points, hazards or a cured share say its distribution"
        return
    if (not assumed.chances or assumed.distribution is not None or assumed.change) and not strange:
        yield from _wrong_numbers(name, assumed, kind, item, study)


def _nothing(name: str, study: Study) -> str:
    if study.protocol.assumptions[name].of:
        return f"'{name}' says what is paid for, which is said of 'costs'"
    endpoint = study.protocol.endpoints.get(name)
    if endpoint is not None:
        events = " and ".join(str(event) for event in endpoint.events) or "what it measures"
        return f"'{name}' is an endpoint, which follows from what happens: assume something of {events}"
    known = [*WORDS, *study.activities, *(key for each in study.activities.values() for key in each.items)]
    known += [*study.protocol.pathway.steps] if study.protocol.pathway is not None else []
    return f"'{name}' is no item, judgement, step or activity of this study{did_you_mean(name, known)}"


def _wrong_chances(name: str, assumed: Assumption, kind: Subject, item: Item, study: Study) -> Iterator[str]:
    options = _options(kind, item, name, study)
    by_arm = any(isinstance(each, Mapping) for each in assumed.chances.values())
    for key in sorted(told_apart(assumed)) if by_arm else [""]:
        try:
            given = chances(assumed, key)
        except Unreadable as why:
            yield why.says
            continue
        of = f" in {key}" if key else ""
        for code, chance in given.items():
            if not 0 <= chance <= 1:
                yield f"'{name}' gives '{code}' a chance of {chance:g}{of}: it lies between 0 and 1"
            if options and code not in options:
                yield f"'{name}' gives a chance to '{code}'{of}, {_not_one(code, options)}"
        is_each_its_own = kind in ("activity", "delay") and not set(given) <= {*_YES_NO}
        if not is_each_its_own and not math.isclose(total := sum(given.values()), 1, abs_tol=1e-6):
            yield f"the chances of '{name}'{of} sum to {total:g}, not to 1"


def _not_one(code: str, options: tuple[str, ...]) -> str:
    return f"which is not one of {', '.join(options)}{did_you_mean(code, options)}"


def _options(kind: Subject, item: Item, name: str, study: Study) -> tuple[str, ...]:
    if kind == "activity":
        return (*_YES_NO, *study.activities)
    if kind == "step" and study.protocol.pathway is not None:
        step = study.protocol.pathway.steps[name]
        if step.times is not None:
            return tuple(map(str, range(step.times.at_least, step.times.at_most + 1)))
        return tuple(branch.option for branch in step.decide if branch.option)
    return _YES_NO if item.type == "yes_no" else item.options


def _wrong_numbers(name: str, assumed: Assumption, kind: Subject, item: Item, study: Study) -> Iterator[str]:
    if kind in ("item", "judgement") and item.type in ("choice", "yes_no", "text", "file"):
        options = _options(kind, item, name, study)
        if assumed.change and Quantity.from_text(assumed.change).value:
            yield f"'{name}' is no number: it can stay as it is (change: 0) and not drift"
        if not assumed.value and not assumed.chances:
            yield f"'{name}' does not say the 'chances' of its answers"
        elif assumed.value and options and assumed.value not in options:
            yield f"'{name}' is always '{assumed.value}', {_not_one(assumed.value, options)}"
        return
    from .hazards import is_risk, risk

    shown = counted(item)
    if is_risk(assumed):
        yield from _wrong_factors(name, assumed, kind, study)
    try:
        for key in sorted(told_apart(assumed)) or [""]:
            if is_risk(assumed):
                risk(assumed, key, shown)
            else:
                spread(assumed, shown, key)
        change(assumed, shown)
    except (Unreadable, NotConvertible) as why:
        text = str(why)
        yield text if name in text else f"'{name}': {text}"


def _wrong_together(name: str, assumed: Assumption, kind: Subject, study: Study) -> Iterator[str]:
    from .copula import weights

    for other in assumed.correlated:
        about = subject(other, study)
        if kind != "item" or about is None or about[0] != "item" or other not in study.protocol.assumptions:
            yield f"'{name}' goes with '{other}': both have to be items of which something is assumed"
            return
    try:
        weights(study.protocol.assumptions)
    except Unreadable as why:
        yield why.says


def _wrong_factors(name: str, assumed: Assumption, kind: Subject, study: Study) -> Iterator[str]:
    if kind != "activity":
        yield f"'{name}' does not happen by itself: hazards, points, a cured share and factors are of activities that do"
    for each in assumed.factors:
        if each.ratio < 0:
            yield f"'{name}' has a hazard multiplied by {each.ratio}: it cannot be less than 0"
        if not 0 <= each.chance <= 1:
            yield f"'{name}' gives a factor a chance of {each.chance}: it lies between 0 and 1"
    if assumed.factors and name in study.activities and study.activities[name].repeats:
        yield f"'{name}' may happen again and again: factors are of what happens once"
    if len(assumed.factors) > MOST_FACTORS:
        yield f"'{name}' has more than {MOST_FACTORS} factors"


def counted(item: Item) -> Item:
    """The item whose numbers are drawn: dates are drawn in days, a choice of lesions as how many."""
    return TIMES if item.type in ("date", "month") else ROUNDS if item.type == "lesions" else item
