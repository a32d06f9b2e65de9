"""How participants of one study are allocated: the method and all that it needs, published before the first participant."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from hashlib import sha256
from itertools import product
from typing import Any

from ..calendar import When
from ..expression.explain import Between, value
from ..expression.grammar import expression
from ..expression.tree import Kind, Tree
from ..finding import Unreadable
from ..logic import MET, NOT_MET, Truth
from ..study import Study

LISTED = ("permuted_blocks", "simple")
"""The methods whose arms are listed beforehand; the others throw a coin whose probability the plan states."""
LEANING = {"biased_coin": "2/3", "minimisation": "0.8"}
"""How likely the wanted arm is, where nobody says; it stands in the commitment. Efron (1971), Biometrika 58:403-417, for the coin;
for minimisation the upper end of what McPherson et al. (2013), Trials 14:86, find to keep balance in larger trials."""
SITE = "site"
LONGEST, WIDEST = 64, 1_000
"""Bytes of a name, and of a stratum as text: answers have one size, and these have to fit."""
MOST, BLOCK = 1_000_000, 256
"""Tickets of a study, and places of a block, at most."""


class Unfit(ValueError):
    """A plan by which nobody can be allocated; the sentence says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How participants of a study are allocated.

    Args:
        study: Its name.
        protocol: The SHA-256 of its file's text, in hex.
        method: One of `METHODS`.
        ratio: Participants in each arm to one another.
        blocks: The sizes of permuted blocks, of which one is drawn each time.
        probability: Of the wanted arm, where a coin is thrown, as text: `2/3`, `0.8`.
        factors: What is stratified or balanced by, each with its levels.
        places: Tickets in each list.

    Raises:
        Unfit: Nobody can be allocated by it.
    """

    study: str
    protocol: str
    method: str
    ratio: Mapping[str, int]
    places: int
    blocks: tuple[int, ...] = ()
    probability: str = ""
    factors: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        says = next(_faults(self), "")
        if says:
            raise Unfit(f"{self.study or 'a study without a name'} cannot be randomised: {says}")

    @property
    def once(self) -> tuple[str, ...]:
        """The arms by name, each as often as its part in the ratio."""
        return tuple(arm for arm in sorted(self.ratio) for _ in range(self.ratio[arm]))

    @property
    def chance(self) -> Fraction:
        """The probability of the wanted arm, exactly."""
        return Fraction(self.probability)

    def knows(self, stratum: Mapping[str, str]) -> bool:
        """Whether a stratum is one of the study's: a level of each factor."""
        return stratum.keys() == self.factors.keys() and all(stratum[each] in self.factors[each] for each in self.factors)

    def strata(self) -> Iterator[dict[str, str]]:
        """Every combination of levels; a study without factors is one stratum."""
        names = sorted(self.factors)
        for levels in product(*(self.factors[name] for name in names)):
            yield dict(zip(names, levels, strict=True))

    def paper(self) -> dict[str, Any]:
        """The plan as it is signed and published."""
        return {
            "study": self.study,
            "protocol": self.protocol,
            "method": self.method,
            "ratio": dict(sorted(self.ratio.items())),
            "blocks": [*self.blocks],
            "probability": self.probability,
            "factors": {name: [*levels] for name, levels in sorted(self.factors.items())},
            "places": self.places,
        }


def further(plan: Plan, wanted: Plan) -> Plan:
    """The plan by which a study that draws already goes on: its levels and those that have come since, such as new sites.

    Args:
        plan: By which it draws.
        wanted: What its text, amended, asks for.

    Raises:
        Unfit: More is to change than that there are further levels.
    """
    kept = {"study", "method", "ratio", "blocks", "probability"}
    before, after = plan.paper(), wanted.paper()
    changed = [key for key in before if key in kept and before[key] != after[key]]
    if plan.factors.keys() != wanted.factors.keys():
        changed.append("strata")
    if changed:
        raise Unfit(f"the {', the '.join(changed)} of {plan.study} cannot change: slots are sealed by what was promised first")
    factors = {name: tuple(dict.fromkeys((*levels, *wanted.factors[name]))) for name, levels in plan.factors.items()}
    return replace(wanted, factors=factors)


def plan_of(paper: object) -> Plan:
    """The plan that a paper holds: `Plan.paper` the other way.

    Raises:
        Unfit: It holds none.
    """
    match paper:
        case {
            "study": str() as study,
            "protocol": str() as protocol,
            "method": str() as method,
            "ratio": dict() as ratio,
            "blocks": list() as blocks,
            "probability": str() as probability,
            "factors": dict() as factors,
            "places": places,
        } if all(isinstance(levels, list) for levels in factors.values()):
            return Plan(
                study=study,
                protocol=protocol,
                method=method,
                ratio=ratio,
                blocks=tuple(blocks),
                probability=probability,
                factors={name: tuple(levels) for name, levels in factors.items()},
                places=places,
            )
        case _:
            raise Unfit("this is no plan of an allocation: a key is missing, or is of another type")


def _faults(plan: Plan) -> Iterator[str]:
    names = (plan.study, *plan.ratio, *plan.factors, *(level for levels in plan.factors.values() for level in levels))
    for name in names:
        if (
            not isinstance(name, str)
            or not name.isprintable()
            or set(name) & {'"', "\\"}
            or not 0 < len(name.encode()) <= LONGEST
        ):
            yield f"{name!r} is no name of at most {LONGEST} bytes without quotes"
            return
    numbers = (*plan.ratio.values(), *plan.blocks, plan.places)
    if not all(type(number) is int and number > 0 for number in numbers):
        yield "the ratio, the blocks and the places are whole numbers above 0"
        return
    if not re.fullmatch("[0-9a-f]{64}", plan.protocol):
        yield "the hash of its file is 64 digits in base sixteen"
    if plan.method not in (*LISTED, *LEANING):
        yield f"'{plan.method}' is no method that draws lots"
        return
    if len(plan.ratio) < 2:
        yield f"there {'is one arm' if plan.ratio else 'are no arms'}"
    yield from _wrong_blocks(plan) if plan.method in LISTED else _wrong_coin(plan)
    if any(not levels or len({*levels}) != len(levels) for levels in plan.factors.values()):
        yield "each factor has levels, and each of them once"
    lists = 1
    for levels in plan.factors.values():
        lists *= len(levels)
    if plan.method != "minimisation" and lists * plan.places > MOST:
        yield f"{lists} strata of {plan.places} places are more than {MOST:,} tickets: have fewer strata, or minimise"
    widest = sum(
        len(name.encode()) + max((len(level.encode()) for level in levels), default=0) + 6
        for name, levels in plan.factors.items()
    )
    if widest > WIDEST:
        yield f"a stratum takes {widest} bytes to write, and {WIDEST} are kept for it"


def _wrong_blocks(plan: Plan) -> Iterator[str]:
    round_ = sum(plan.ratio.values())
    wrong = [size for size in plan.blocks if size % round_ or size > BLOCK]
    if plan.probability:
        yield f"{plan.method} knows no probability"
    if plan.method == "permuted_blocks" and not plan.blocks:
        yield "permuted blocks have sizes"
    elif plan.blocks and plan.method != "permuted_blocks":
        yield f"{plan.method} knows no blocks"
    elif wrong:
        yield f"blocks of {' and '.join(map(str, wrong))} do not hold {round_} places a round, or more than {BLOCK}"


def _wrong_coin(plan: Plan) -> Iterator[str]:
    if {*plan.ratio.values()} != {1}:
        yield (
            f"{plan.method.replace('_', ' ')} serves arms of equal size: with another ratio a leaning coin does not keep it at every "
            "step (Kuznetsova and Tymofyeyev, 2012, Stat Med 31:701-723); permuted blocks do"
        )
    if plan.blocks:
        yield f"{plan.method} knows no blocks"
    if plan.method == "minimisation" and not plan.factors:
        yield "minimisation needs a factor to balance: name the strata"
    if not re.fullmatch(r"0?\.\d{1,6}|\d{1,4}/\d{1,4}", plan.probability):
        yield "the probability of the wanted arm is written as 0.8 or 2/3"
    elif plan.probability.endswith("/0") or not Fraction(1, max(len(plan.ratio), 1)) < plan.chance < 1:
        yield f"a probability of {plan.probability} for the wanted arm is not above chance and below certainty"


# --- from a study ------------------------------------------------------------------------------------------------------


def plan(
    study: Study, places: int | None = None, *, sites: Sequence[str] = (), probability: str = "", protocol: str = ""
) -> Plan:
    """The plan that a study's file states.

    Args:
        study: Whose allocation.
        places: Tickets in each list; unsaid, as many as participants are planned: one stratum may hold them all.
        sites: The sites that take part; unsaid, those that the file lists.
        probability: Of the wanted arm where a coin is thrown; unsaid, the file's, or else as in `LEANING`.
        protocol: The hash of the file, in hex, as the ledger has it; unsaid, the SHA-256 of its lines, each ended.

    Raises:
        Unfit: The study draws no lots, or nobody could be allocated so.
    """
    told, name = study.protocol.allocation, study.protocol.study
    if told is None or told.method == "assigned":
        raise Unfit(f"{name} cannot be randomised: {'its arms are assigned' if told else 'it says nothing of allocation'}")
    if (wanted := places or study.protocol.design.enrolment) is None:
        raise Unfit(
            f"{name} cannot be randomised: it does not say how many participants are planned, and no places were asked for"
        )
    ratio = told.ratio or dict.fromkeys(study.protocol.arms, 1)
    return Plan(
        study=name,
        protocol=protocol or sha256("".join(f"{line}\n" for line in study.lines).encode()).hexdigest(),
        method=told.method,
        ratio={arm: number for arm, number in ratio.items() if number},
        blocks=tuple(told.blocks) or ((sum(ratio.values()),) if told.method == "permuted_blocks" else ()),
        probability=probability or told.probability or LEANING.get(told.method, ""),
        factors={factor: _levels(factor, study, sites) for factor in told.strata},
        places=wanted,
    )


def stratum(study: Study, facts: Any, site: str = "") -> dict[str, str | None]:
    """The level of each factor for one participant; None where it is not known yet, and nobody can be randomised then.

    Args:
        study: Whose strata.
        facts: What is known of the participant: `chart(…).facts`.
        site: Where the participant is seen.
    """
    told = study.protocol.allocation
    levels: dict[str, str | None] = {}
    for factor in told.strata if told is not None else ():
        levels[factor] = site or None if factor == SITE else _level(value(_tree(factor, study), facts))
    return levels


def _tree(factor: str, study: Study) -> Tree:
    form = next((form for form, each in study.activities.items() if factor in each.items), "")
    return expression(f"{form}.{factor}" if form else factor, study.scope, want=None)


def _levels(factor: str, study: Study, sites: Sequence[str]) -> tuple[str, ...]:
    if factor == SITE:
        if known := tuple(sites) or tuple(study.protocol.sites):
            return tuple(sorted(known))
        raise Unfit(f"{study.protocol.study} cannot be randomised: strata are by site, and no site is named")
    try:
        type_ = _tree(factor, study).type
    except Unreadable as why:
        raise Unfit(f"{study.protocol.study} cannot be randomised: '{factor}' cannot be read: {why}") from why
    match type_.kind:
        case Kind.TRUTH:
            return ("no", "yes")
        case Kind.CHOICE:
            return tuple(sorted(type_.options))
        case Kind.NUMBER if type_.whole:
            item = next((each.items[factor] for each in study.activities.values() if factor in each.items), None)
            limits = item.range if item is not None else None
            if limits is not None and limits.high - limits.low <= 12:
                return tuple(map(str, range(int(limits.low), int(limits.high) + 1)))
    raise Unfit(f"{study.protocol.study} cannot be randomised: '{factor}' is told by no short list of answers")


def _level(found: Truth | str | Between | When | Any) -> str | None:
    match found:
        case Truth():
            return {MET: "yes", NOT_MET: "no"}.get(found)
        case str():
            return found
        case Between(low, high) if low == high and low == int(low):
            return str(int(low))
        case _:
            return None
