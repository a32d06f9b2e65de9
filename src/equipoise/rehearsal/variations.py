"""The same study with one number of it changed: what if fewer joined, more were lost, the effect were smaller?

A variation is written `NAME=a,b,c`. A few names say what people ask most (`SHORT`); any other number of an assumption is
named `ASSUMPTION.FIELD`, as in `death.hazard_ratio=0.6,0.8` or `death.median=8 months,10 months`. A number by arm is
changed in the arms that the file names, in all alike. A price is `costs.ACTIVITY`, as in `costs.rfa_session=2000,4000`.

Of the pathway, `STEP.limit` is how often a step may be entered and `STEP.times` how often it repeats what it repeats:
`ablation.limit=2,3` asks what a third session buys. With a limit goes that of the steps before it from which no other way
leads on, as of a check of fitness before each session.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from decimal import Decimal, InvalidOperation
from math import isfinite, log
from types import MappingProxyType
from typing import Any, TypeVar

from ..calendar import Times
from ..finding import Unreadable, did_you_mean
from ..protocol import Assumption, Factor, Step
from ..quantity import NotConvertible
from ..reading import Named
from ..simulation.assumptions import ROUNDS, WORDS, spread, subject, told_apart
from ..simulation.costs import price
from ..simulation.hazards import is_risk, risk
from ..simulation.plan import consulted
from ..study import Study

T = TypeVar("T")

MOST_VALUES, MOST_PEOPLE, MOST_ENTRIES = 40, 100_000, 20
ON_PATHWAY: Mapping[str, str] = MappingProxyType({"limit": "times at most", "times": "repetitions"})
"""What can be varied of a step, and what people call it."""
NUMBERS = ("hazard_ratio", "per_month", "shape")
TEXTS = ("mean", "median", "sd", "low", "high", "value", "change")
MONTHS_A_YEAR = 12


@dataclass(frozen=True, slots=True)
class Variation:
    """A number of a study, what people call it, and the values it is to take."""

    name: str
    label: str
    values: tuple[str, ...]
    unit: str = ""


def variation(text: str, study: Study) -> Variation:
    """What `NAME=a,b,c` asks for.

    Raises:
        Unreadable: The study has no such number, or a value cannot be.
    """
    name, equals, said = text.partition("=")
    name = name.strip()
    values = tuple(dict.fromkeys(each.strip() for each in said.split(",") if each.strip()))
    if not equals or not name or not values:
        raise Unreadable(f"'{text}' does not say what to vary: NAME=a,b,c, as in hazard_ratio=0.6,0.7,0.8")
    if len(values) > MOST_VALUES:
        raise Unreadable(f"'{name}' is to take {len(values)} values: at most {MOST_VALUES}")
    label, unit = SHORT[name][:2] if name in SHORT else (_label(name, study), "")
    for each in values:
        varied(study, name, each)
    return Variation(name, label, values, unit)


def varied(study: Study, name: str, value: str) -> Study:
    """The study with one number changed.

    Raises:
        Unreadable: It has no such number, or the value cannot be.
    """
    if name in SHORT:
        return SHORT[name][2](study, value)
    about, dot, field = name.partition(".")
    if not dot:
        raise Unreadable(f"nothing called '{name}' can be varied{did_you_mean(name, _names(study))}; there are {_told(study)}")
    if about in steps(study) and field in ON_PATHWAY:
        return _step(study, about, field, value)
    if about == "costs" and "costs" in study.protocol.assumptions:
        return _price(study, field, value)
    assumed = study.protocol.assumptions.get(about)
    if assumed is None:
        known = (*study.protocol.assumptions, *steps(study))
        raise Unreadable(f"the study assumes nothing of '{about}'{did_you_mean(about, known)}")
    if field not in (*NUMBERS, *TEXTS):
        raise Unreadable(f"'{about}' has no number called '{field}'{did_you_mean(field, (*NUMBERS, *TEXTS))}")
    if not getattr(assumed, field):
        raise Unreadable(f"'{about}' does not say its {field}, so there is nothing to vary")
    changed: dict[str, Any] = {}
    if field in NUMBERS:
        changed[field] = Decimal(str(_number(value, name)))
        return _assuming(study, replace(assumed, **changed))
    given = getattr(assumed, field)
    changed[field] = dict.fromkeys(given, value) if isinstance(given, Mapping) else value
    return _assuming(study, replace(assumed, **changed))


def steps(study: Study) -> Mapping[str, Step]:
    """The steps of the pathway, if there is one."""
    return study.protocol.pathway.steps if study.protocol.pathway is not None else {}


def _step(study: Study, name: str, field: str, value: str) -> Study:
    pathway, step = study.protocol.pathway, steps(study)[name]
    assert pathway is not None
    if getattr(step, field) is None:
        raise Unreadable(f"step '{name}' does not say its {field}, so there is nothing to vary")
    changed: dict[str, Step] = {}
    if field == "times":
        changed[name] = replace(step, times=Times.from_text(value))
    else:
        number = _number(value, f"{name}.limit")
        if number != int(number) or number > MOST_ENTRIES:
            raise Unreadable(f"{name}.limit of '{value}': a whole number from 0 to {MOST_ENTRIES} is expected")
        for each in (step, *_leading_to(name, study)):
            changed[each.name] = replace(each, limit=int(number))
    held = Named({**pathway.steps, **changed})
    return replace(study, protocol=replace(study.protocol, pathway=replace(pathway, steps=held)))


def _leading_to(name: str, study: Study) -> list[Step]:
    """The steps with a limit from which no other way leads on than to this one."""
    known, wanted = steps(study), {name}
    for _ in known:
        wanted |= {each.name for each in known.values() if each.next in wanted}
    return [each for each in known.values() if each.name in wanted - {name} and each.limit is not None]


def _price(study: Study, name: str, value: str) -> Study:
    assumed = study.protocol.assumptions["costs"]
    if name not in assumed.of:
        raise Unreadable(f"the study has no price of '{name}'{did_you_mean(name, assumed.of)}")
    old = assumed.of[name]
    amount = f"{_number(value, f'costs.{name}'):.10g}"
    mean = Named(dict.fromkeys(old.mean, amount)) if isinstance(old.mean, Mapping) else amount
    changed = replace(old, mean=mean)
    price(changed, next(iter(changed.mean if isinstance(changed.mean, Mapping) else ("",))))
    return _with(study, {**study.protocol.assumptions, "costs": replace(assumed, of=Named({**assumed.of, name: changed}))})


def without_effect(study: Study) -> Study:
    """The study as if its arms, groups or cohorts did not differ: each assumption says of all what it says of the reference.

    The reference is the arm whose median stands beside a hazard ratio, else the last of those told apart: contrasts name it
    last. What the pathway does to each arm stays as it is.
    """
    assumed = {name: _alike(each, study) for name, each in study.protocol.assumptions.items()}
    return _with(study, assumed)


def _alike(assumed: Assumption, study: Study) -> Assumption:
    assumed = replace(assumed, factors=tuple(each for each in assumed.factors if not _asks_for_the_arm(each)))
    apart = told_apart(assumed)
    if not apart:
        return assumed
    contrasts = [each.estimand.compared for each in study.protocol.analyses.values() if each.estimand is not None]
    last = next((names[-1] for names in contrasts if len(names) > 1 and names[-1] in apart), "")
    chances = assumed.chances
    if any(isinstance(each, Mapping) for each in chances.values()):
        by_arm = {str(name): each for name, each in chances.items() if isinstance(each, Mapping)}
        chances = dict(by_arm.get(last) or list(by_arm.values())[-1])

    def one(said: T | Mapping[str, T]) -> T | Mapping[str, T]:
        return said.get(last, list(said.values())[-1]) if isinstance(said, Mapping) else said

    return replace(
        assumed, chances=chances, mean=one(assumed.mean), median=one(assumed.median), hazards=one(assumed.hazards),
        points=one(assumed.points), cured=None if assumed.cured is None else one(assumed.cured), hazard_ratio=None, effect_after=None,
    )  # fmt: skip


def _asks_for_the_arm(factor: Factor) -> bool:
    return any(name == "arm" for _, name in consulted([factor.when.settled]))


# --- the short names -------------------------------------------------------------------------------------------------


def _hazard_ratio(study: Study, value: str) -> Study:
    """The hazard ratio assumed of what ends the clock of the first primary comparison, else of the one there is."""
    ratio = _number(value, "hazard_ratio", above=0.0)
    names = with_hazard_ratio(study)
    if not names:
        raise Unreadable("the study assumes no hazard ratio: nothing to vary; name a number as ASSUMPTION.FIELD")
    return _assuming(study, replace(study.protocol.assumptions[names[0]], hazard_ratio=Decimal(str(ratio))))


def with_hazard_ratio(study: Study) -> tuple[str, ...]:
    """The assumptions that give a hazard ratio, what ends the clock of a primary endpoint first."""
    assumed = [name for name, each in study.protocol.assumptions.items() if each.hazard_ratio is not None]
    primary = {
        moment.text.strip() for each in study.protocol.endpoints.values() if each.role == "primary" for moment in each.events
    }
    return tuple(sorted(assumed, key=lambda name: name not in primary))


def _enrolment(study: Study, value: str) -> Study:
    number = _number(value, "enrolment")
    if number != int(number) or not 2 <= number <= MOST_PEOPLE:
        raise Unreadable(f"enrolment of '{value}': a whole number from 2 to {MOST_PEOPLE:,} is expected")
    design = replace(study.protocol.design, enrolment=int(number))
    return replace(study, protocol=replace(study.protocol, design=design))


def _accrual(study: Study, value: str) -> Study:
    pace = _number(value, "accrual", above=0.0)
    assumed = study.protocol.assumptions.get("accrual") or Assumption(name="accrual")
    times = Decimal(str(pace)) / assumed.per_month if assumed.per_month else Decimal(1)
    sites = {name: replace(each, per_month=each.per_month * times) for name, each in assumed.sites.items()}
    return _assuming(study, replace(assumed, per_month=Decimal(str(pace)), sites=Named(sites)))


def _dropout(study: Study, value: str) -> Study:
    text = value.removesuffix("%").strip()
    share = _number(text, "dropout") / (100 if text != value else 1)
    if not 0 <= share < 1:
        raise Unreadable(f"dropout of '{value}': the share lost in a year is expected, from 0 to below 1")
    old = study.protocol.assumptions.get("withdrawal") or Assumption(name="withdrawal")
    if share == 0:
        lost = Assumption(name="withdrawal", per_month=Decimal(0), source=old.source, place=old.place)
        return _assuming(study, lost)
    months = MONTHS_A_YEAR * log(2) / -log(1 - share)
    origin = old.from_ if old.distribution is not None else ""
    lost = Assumption(
        name="withdrawal", distribution="exponential", median=f"{months:.10g} months", from_=origin, source=old.source,
        place=old.place,
    )  # fmt: skip
    return _assuming(study, lost)


SHORT: Mapping[str, tuple[str, str, Callable[[Study, str], Study]]] = MappingProxyType({
    "hazard_ratio": ("Hazard ratio", "", _hazard_ratio),
    "enrolment": ("Participants", "", _enrolment),
    "accrual": ("Participants joining a month", "a month", _accrual),
    "dropout": ("Share lost to follow-up in a year", "a year", _dropout),
})  # fmt: skip
"""For each short name: what people call it, its unit, and what changes."""


# --- in general ------------------------------------------------------------------------------------------------------


def _assuming(study: Study, assumed: Assumption) -> Study:
    made = _with(study, {**study.protocol.assumptions, assumed.name: assumed})
    about = subject(assumed.name, made)
    if about is not None and assumed.name not in WORDS and assumed.distribution is not None:
        keys = sorted({*told_apart(assumed), *(made.protocol.arms if assumed.hazard_ratio is not None else ())}) or [""]
        try:
            for key in keys:
                if is_risk(assumed):
                    risk(assumed, key)
                else:
                    spread(assumed, ROUNDS if about[0] == "step" else about[1], key)
        except NotConvertible as why:
            raise Unreadable(f"'{assumed.name}': {why}") from None
    return made


def _with(study: Study, assumed: Mapping[str, Assumption]) -> Study:
    return replace(study, protocol=replace(study.protocol, assumptions=assumed))


def _number(text: str, name: str, *, above: float = -1.0) -> float:
    try:
        number = float(Decimal(text.strip()))
    except InvalidOperation:
        raise Unreadable(f"{name} of '{text}': a number is expected") from None
    if not isfinite(number) or number <= above and above >= 0 or number < 0:
        raise Unreadable(f"{name} of '{text}': a number {'above 0' if above >= 0 else 'of 0 or more'} is expected")
    return number


def _label(name: str, study: Study) -> str:
    about, _, field = name.partition(".")
    words = field.replace("_", " ")
    if about in steps(study) and field in ON_PATHWAY:
        return f"{steps(study)[about].label or about.replace('_', ' ').capitalize()}: {ON_PATHWAY[field]}"
    if about == "costs":
        return f"Price: {study.label(field) if field in study.activities else field}"
    called = study.label(about) if about in study.activities else about.replace("_", " ").capitalize()
    return f"{called}: {words}"


def _names(study: Study) -> tuple[str, ...]:
    known = {each.name for each in fields(Assumption)}
    numbers = [name for name in (*NUMBERS, *TEXTS) if name in known]
    way = [f"{name}.{word}" for name, each in steps(study).items() for word in ON_PATHWAY if getattr(each, word) is not None]
    assumed = study.protocol.assumptions.items()
    return (*SHORT, *way, *(f"{name}.{field}" for name, each in assumed for field in numbers if getattr(each, field)))


def _told(study: Study) -> str:
    of_steps = ", limits and repetitions of steps as STEP.limit and STEP.times" if steps(study) else ""
    return f"{', '.join(SHORT)}{of_steps}, and numbers of assumptions as ASSUMPTION.FIELD"
