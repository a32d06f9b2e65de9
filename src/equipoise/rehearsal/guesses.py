"""How often would a site guess the next arm? The declared allocation, drawn many times and guessed at.

What a site knows
    The arms of those before in the same stratum, as in a trial that is not masked; and, for the second strategy, the
    protocol: the sizes of blocks and the ratio.

How it guesses
    `least so far`: the arm that has had the fewest of its share so far; of several alike, one by lot. This is the
    convergence strategy of Blackwell and Hodges.
    `knowing the blocks`: the arm that is likeliest next, from what can be known of where in a block of which size one is.
    With blocks of one size this is exact counting: the last place of each block is certain.
    Nobody guesses better than the latter; by lot alone a guess is right as often as the largest arm's share.

Source:
    Blackwell and Hodges (1957), Ann Math Stat 28:449-460. For blocks of 2m and two equal arms the expected number of right
    guesses in a block is m + 2^(2m-1)/C(2m, m) - 1/2: 71 % for blocks of 4, 68 % for blocks of 6.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

from ..expression.explain import value
from ..kernels.two_arm import Estimate
from ..protocol import Allocation
from ..simulation import virtual
from ..simulation.allocation import Slots, numbered, once_each
from ..simulation.course import told
from ..simulation.draws import Draws
from ..simulation.plan import plan
from ..study import Study
from .followed import folded
from .totals import Tally

TRIALS, PLACES, GUESSES, LOOKED_AT = 1_000, 2_000, 60_000, 200
"""Trials whose allocation is guessed at, places of each, and guesses in all, at most; participants drawn to see which strata
there are."""
LOT = 2**20
"""Slots of chance that only guesses use."""


@dataclass(frozen=True, slots=True)
class Guessing:
    """How often guesses are right, for one who knows the arms of those before; `cannot` says why there is nothing to guess.

    `lot` is the share of right guesses by lot alone; `certain` the share of places that one who knows the blocks can be
    sure of; `exact` the first of these numbers worked out, where there is a formula.
    """

    least_so_far: Estimate | None = None
    knowing: Estimate | None = None
    certain: Estimate | None = None
    lot: float | None = None
    exact: float | None = None
    method: str = ""
    strata: int = 1
    trials: int = 0
    masked: bool = False
    cannot: str = ""


def guessing(study: Study, *, seed: int) -> Guessing:
    """How often a site would guess the next arm right, under the declared allocation."""
    protocol, allocation = study.protocol, study.protocol.allocation
    people = protocol.design.enrolment
    if not protocol.arms:
        return Guessing(cannot="The study has no arms: there is nothing to guess.")
    if allocation is None:
        return Guessing(cannot="The study does not say how participants come to their arms (allocation).")
    if allocation.method == "assigned":
        return Guessing(cannot="Arms are assigned by somebody, not by lot: nothing is hidden that could be guessed.")
    if allocation.method not in ("permuted_blocks", "simple"):
        return Guessing(cannot=f"Guessing is not worked out for allocation by {allocation.method.replace('_', ' ')}.")
    if not people:
        return Guessing(cannot="The file does not say how many participants are planned (design.enrolment).")
    arms = tuple(protocol.arms)
    likely = strata(study, seed)
    people = min(people, PLACES)
    trials = min(TRIALS, max(GUESSES // people, 1))
    tally = Tally()
    for number in range(trials):
        _trial(tally, arms, allocation, _members(likely, people, seed, number), seed, number)
    found = tally.totals
    ratio = Counter(once_each(arms, allocation))
    return Guessing(
        found.estimate("least"), found.estimate("knowing"), found.estimate("certain"),
        max(ratio.values()) / sum(ratio.values()), _exact(ratio, allocation, people, len(likely)), allocation.method,
        len(likely), trials, protocol.design.masking not in ("", "none"),
    )  # fmt: skip


def strata(study: Study, seed: int) -> dict[int, float]:
    """The strata in which participants are allocated, each with its share of them, as drawn; one where none are declared."""
    made = plan(study)
    if not made.strata:
        return {0: 1.0}
    people = virtual(study, LOOKED_AT, seed=seed)
    charts, _, _ = folded(study, people, made)
    found: Counter[int] = Counter()
    for each in charts.values():
        day = next((each.first(form) for form in ("randomisation", "assignment") if each.first(form) is not None), None)
        if day is not None:
            facts = each.facts.on(day)
            found[numbered([told(value(tree, facts), tree) for tree in made.strata])] += 1
    everybody = sum(found.values())
    return {key: count / everybody for key, count in sorted(found.items())} if everybody else {0: 1.0}


def _members(likely: dict[int, float], people: int, seed: int, number: int) -> list[int]:
    """The stratum of each participant of a trial, in the order in which they join."""
    if len(likely) == 1:
        return [next(iter(likely))] * people
    found = []
    for index in range(people):
        left = Draws(seed, number, index).uniform(LOT)
        chosen = list(likely)[-1]
        for key, share in likely.items():
            left -= share
            if left < 0:
                chosen = key
                break
        found.append(chosen)
    return found


def _trial(tally: Tally, arms: tuple[str, ...], allocation: Allocation, members: Sequence[int], seed: int, number: int) -> None:
    slots, known = Slots(arms, allocation, seed, number), dict[int, Known]()
    least = knowing = certain = 0.0
    for index, stratum in enumerate(members):
        if stratum not in known:
            known[stratum] = Known(arms, allocation)
        at, lot = known[stratum], Draws(seed, number, index)
        arm = slots.next(stratum)
        least += _one_of(at.fewest(), lot.uniform(LOT, word=1)) == arm
        chances = at.chances()
        best = max(chances.values())
        knowing += _one_of([name for name, chance in chances.items() if chance > best - 1e-9], lot.uniform(LOT, word=2)) == arm
        certain += best > 1 - 1e-9
        at.learn(arm)
    tally.trials += 1
    tally.number(least / len(members), "least")
    tally.number(knowing / len(members), "knowing")
    tally.number(certain / len(members), "certain")


def _one_of(names: Sequence[str], uniform: float) -> str:
    return names[int(uniform * len(names))]


class Known:
    """What one who saw the arms so far can know of one stratum's list.

    `places` holds, for each block one may be in (its size, and how many of each arm it still holds), how likely that is.
    """

    def __init__(self, arms: tuple[str, ...], allocation: Allocation) -> None:
        self.once = Counter(once_each(arms, allocation))
        self.seen: Counter[str] = Counter()
        smallest = sum(self.once.values())
        self.in_blocks = allocation.method == "permuted_blocks"
        sizes = Counter(max(1, size // smallest) for size in allocation.blocks or (smallest,))
        self.sizes = {times: count / sum(sizes.values()) for times, count in sizes.items()}
        self.places = self._fresh(1.0) if self.in_blocks else {}

    def _fresh(self, weight: float) -> dict[tuple[int, ...], float]:
        found: dict[tuple[int, ...], float] = {}
        for times, chance in self.sizes.items():
            held = tuple(count * times for count in self.once.values())
            found[held] = found.get(held, 0.0) + weight * chance
        return found

    def fewest(self) -> list[str]:
        """The arms that have had the least of their share so far."""
        parts = {arm: self.seen[arm] / share for arm, share in self.once.items()}
        least = min(parts.values())
        return [arm for arm, part in parts.items() if part < least + 1e-9]

    def chances(self) -> dict[str, float]:
        """How likely each arm is to be the next."""
        if not self.in_blocks:
            return {arm: share / sum(self.once.values()) for arm, share in self.once.items()}
        found = dict.fromkeys(self.once, 0.0)
        for held, weight in self.places.items():
            for arm, left in zip(self.once, held, strict=True):
                found[arm] += weight * left / sum(held)
        return found

    def learn(self, arm: str) -> None:
        """See the arm that came next."""
        self.seen[arm] += 1
        if not self.in_blocks:
            return
        index, after = list(self.once).index(arm), dict[tuple[int, ...], float]()
        for held, weight in self.places.items():
            if not held[index]:
                continue
            likely = weight * held[index] / sum(held)
            rest = (*held[:index], held[index] - 1, *held[index + 1 :])
            for place, part in (self._fresh(likely) if not any(rest) else {rest: likely}).items():
                after[place] = after.get(place, 0.0) + part
        total = sum(after.values())
        self.places = {place: weight / total for place, weight in after.items()}


def _exact(ratio: Counter[str], allocation: Allocation, people: int, strata: int) -> float | None:
    """The share of right guesses by the first strategy, for two equal arms and blocks of one size that are all filled."""
    if allocation.method == "simple":
        return max(ratio.values()) / sum(ratio.values()) if len({*ratio.values()}) == 1 else None
    sizes = {*(allocation.blocks or (sum(ratio.values()),))}
    if len(ratio) != 2 or len({*ratio.values()}) != 1 or len(sizes) != 1 or strata > 1:
        return None
    size = sizes.pop()
    return in_a_block(size) if size % 2 == 0 and people % size == 0 else None


def in_a_block(size: int) -> float:
    """The share of right guesses in a block of this size of two equal arms.

    >>> round(in_a_block(4), 4), round(in_a_block(2), 4)
    (0.7083, 0.75)
    """
    half = size // 2
    return (half + float(2 ** (size - 1)) / comb(size, half) - 0.5) / size
