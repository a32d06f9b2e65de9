"""Virtual trials that change as their protocol says: enlarged at a look, arms dropped, given up; and how often they claim what.

A trial has a control and one or more treated arms, whose people live so long without an event, or give an answer: a value, or
yes or no. It is looked at after numbers of events or of answers. A claim is that a treated arm does better, on one side.

What can be decided at a look
    `blinded`: how many participants it takes, from all arms together: the pooled rate of events, the pooled variance or share.
    `unblinded`: the same from the effect seen so far, where the conditional power lies between a least and the power wanted
    (the promising zone). Then the statistic is a sum of what each stretch between looks says by itself, with the weights that
    were planned, so that the level holds whatever the second stretch's size.
    `futility`: arms whose conditional power lies below a least are dropped; a trial without any left is given up.
    `best`: only the treated arm that does best goes on.
    The places of a dropped arm are not given to others. Conditional power takes the effect to be what it looks like.

Participants are those of `two_arm`: with two arms, and nothing to adapt, what is counted is the same to the bit.

Source
    Cui, Hung and Wang (1999), Biometrics 55:853-857; Mehta and Pocock (2011), Stat Med 30:3267-3284; Gould and Shih (1992),
    Commun Stat Theory Methods 21:2833-2853; Wassmer (2006), Biom J 48:714-729, for times to an event.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import inf, log
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float
from scipy.special import ndtri

from .two_arm import MOST_IN_A_BATCH, TALL, Estimate, Lifetime, _addressed, _halves, _mean, _share

Rule = Literal["blinded", "unblinded", "futility", "best"]
RULES: tuple[Rule, ...] = ("blinded", "unblinded", "futility", "best")
MOST_ARMS = 100


@dataclass(frozen=True, slots=True)
class Answer:
    """What people answer: a value with a mean and a standard deviation; or, without the latter, yes with a chance of `mean`."""

    mean: float
    deviation: float = 0.0

    @property
    def is_share(self) -> bool:
        """Whether it is yes or no."""
        return self.deviation == 0.0


@dataclass(frozen=True, slots=True)
class Decision:
    """What is decided at a look (from 0), by which rule; `conditional_power` for the rules that ask for one."""

    rule: Rule
    look: int
    conditional_power: float | None = None

    def __post_init__(self) -> None:
        if (self.rule in ("unblinded", "futility")) != (self.conditional_power is not None):
            raise ValueError(f"a conditional power goes with 'unblinded' and 'futility', and with these alone, not {self}")
        if not 0 <= (self.conditional_power or 0.0) < 1:
            raise ValueError(f"a conditional power lies between 0 and 1, not at {self.conditional_power}")


@dataclass(frozen=True, slots=True)
class Adaptive:
    """A trial that may change as it goes on. Times are in any one unit.

    Args:
        participants: As planned.
        maximum: How many there may be at most.
        accrual: For how long the planned ones enter, from 0; those beyond enter as fast, from then on, or from the look.
        until: When the trial ends, if it is not enlarged; else as long after the last has entered.
        arms: How people live, or what they answer, the control first.
        after: The numbers of events, or of answers, to look after: one for each look before the last.
        information: The planned shares of the information at the looks, the last 1.
        efficacy: One boundary a look, on one side; infinite where no claim is made.
        futility: One boundary a look, or none.
        decisions: What is decided at looks.
        wanted: The power, and conditional power, that re-estimation aims at.
        needed: What a blinded re-estimation reckons with: the events; or the participants, for a variance of 1 (in units).
        effect: The difference of means (in units) or shares that it was planned for, where answers are re-estimated.
        dropout: The hazard of being lost to follow-up.
        followed: How long anybody counts at most.
        block: Places of each arm in a block.
        simple: Allocate each by chance alone, in the proportion of `block`.
        side: 1 where a claim is that the treated live longer without the event, or have the larger value or share; else -1.
        unit: What values are counted in: their standard deviation as planned.
        level: Of the confidence intervals whose coverage is counted.
    """

    participants: int
    maximum: int
    accrual: float
    until: float
    arms: tuple[Lifetime | Answer, ...]
    after: tuple[int, ...]
    information: tuple[float, ...]
    efficacy: tuple[float, ...]
    futility: tuple[float, ...] = ()
    decisions: tuple[Decision, ...] = ()
    wanted: float = 0.8
    needed: float = 0.0
    effect: float = 0.0
    dropout: float = 0.0
    followed: float = inf
    block: tuple[int, ...] = (2, 2)
    simple: bool = False
    side: float = 1.0
    unit: float = 1.0
    level: float = 0.95

    def __post_init__(self) -> None:
        looks = len(self.information)
        if not 2 <= len(self.arms) <= MOST_ARMS or len(self.block) != len(self.arms) or min(self.block) < 1:
            raise ValueError(f"from 2 to {MOST_ARMS} arms, each with places in a block, not {len(self.arms)} with {self.block}")
        if (
            len({type(each) for each in self.arms}) > 1
            or len({each.is_share for each in self.arms if isinstance(each, Answer)}) > 1
        ):
            raise ValueError("the arms are told apart by one kind of outcome")
        if any(isinstance(each, Lifetime) and (each.shape != 1 or each.cure) for each in self.arms):
            raise ValueError("times to an event have hazards in stretches here: no shape, nobody cured")
        if not 2 <= self.participants <= self.maximum:
            raise ValueError(
                f"the maximum is no less than the participants planned, not {self.maximum} for {self.participants}"
            )
        if not 0 <= self.accrual <= self.until or not 0 < self.until < inf or not self.followed > 0:
            raise ValueError(f"a trial goes on at least as long as accrual, not {self.until} for {self.accrual}")
        if (
            list(self.information) != sorted(set(self.information))
            or not looks
            or not 0 < self.information[0]
            or self.information[-1] != 1
        ):
            raise ValueError(f"looks are at shares of the information that rise from above 0 to 1, not {self.information}")
        if len(self.after) != looks - 1 or list(self.after) != sorted(set(self.after)) or self.after and self.after[0] < 1:
            raise ValueError(f"one rising number of events or answers for each look before the last, not {self.after}")
        if len(self.efficacy) != looks or len(self.futility) not in (0, looks):
            raise ValueError(f"one boundary for each of {looks} looks, not {self.efficacy} and {self.futility}")
        if any(not 0 <= each.look < looks - 1 for each in self.decisions):
            raise ValueError("a decision is made at a look before the last")
        enlarging = [each for each in self.decisions if each.rule in ("blinded", "unblinded")]
        if len(enlarging) > 1 or enlarging and len(self.arms) > 2:
            raise ValueError("the number of participants is re-estimated once, in a trial of two arms")
        if any(each.rule == "blinded" for each in enlarging) and not self.needed > 0:
            raise ValueError("a blinded re-estimation reckons with the events or participants that are needed")
        if abs(self.side) != 1 or not self.unit > 0:
            raise ValueError(f"a claim is on one side, 1 or -1, and a unit above 0, not {self.side} and {self.unit}")
        if not 0 < self.wanted < 1 or not 0 < self.level < 1:
            raise ValueError(f"a power and a level lie between 0 and 1, not at {self.wanted} and {self.level}")

    @property
    def looks(self) -> int:
        """How often the trial may be looked at."""
        return len(self.information)

    @property
    def is_combined(self) -> bool:
        """Whether the statistic is a sum with planned weights: where more is decided than arms dropped, and the arms are seen."""
        return any(each.rule == "unblinded" for each in self.decisions)

    @property
    def weights(self) -> tuple[float, ...]:
        """The weight of each stretch between looks in the last statistic; their squares add up to 1."""
        return tuple((late - early) ** 0.5 for early, late in pairwise((0.0, *self.information)))

    @property
    def truths(self) -> tuple[float, ...]:
        """The effect of each treated arm: a log hazard ratio, not a number where it changes with time; or a difference."""
        control, *others = self.arms
        return tuple(_truth(each, control) for each in others)


@dataclass(frozen=True, slots=True)
class Totals:
    """How some trials ended, added up in whole numbers, so that it does not matter in what order.

    `ended` has a row a look, `arms` a row an arm; what stands in them and in `sums` `loops.adaptive_trial` names.
    """

    trials: int
    ended: tuple[tuple[int, ...], ...]
    sums: tuple[int, ...]
    arms: tuple[tuple[int, ...], ...]

    def __add__(self, other: "Totals") -> "Totals":
        def added(one: tuple[tuple[int, ...], ...], two: tuple[tuple[int, ...], ...]) -> tuple[tuple[int, ...], ...]:
            return tuple(tuple(a + b for a, b in zip(x, y, strict=True)) for x, y in zip(one, two, strict=True))

        sums = tuple(a + b for a, b in zip(self.sums, other.sums, strict=True))
        return Totals(self.trials + other.trials, added(self.ended, other.ended), sums, added(self.arms, other.arms))


@dataclass(frozen=True, slots=True)
class Arm:
    """What becomes of a treated arm: how often a claim is made for it, how often it is dropped, how often it does best."""

    claimed: Estimate
    dropped: Estimate
    best: Estimate


@dataclass(frozen=True, slots=True)
class Characteristics:
    """What can be expected of an adaptive trial, each with its Monte Carlo error.

    `claimed` is the share of trials with a claim for any arm. `participants` are those who enter, `most` is the largest number
    that any trial may have; `places` the mean number of places in the trials that were enlarged. `effect` is the estimate for
    the arm that does best (Cox's log hazard ratio, or the difference), as if nothing had been adapted; `bias` what it
    differs from that arm's true effect by, not a number where hazards are not proportional; nor then is `coverage`.
    """

    trials: int
    claimed: Estimate
    claimed_at: tuple[Estimate, ...]
    given_up_at: tuple[Estimate, ...]
    events: Estimate
    participants: Estimate
    most: int
    duration: Estimate
    enlarged: Estimate
    at_maximum: Estimate
    places: float
    effect: Estimate
    bias: Estimate
    coverage: Estimate
    arms: tuple[Arm, ...]

    @property
    def given_up(self) -> Estimate:
        """The share of trials that were stopped for futility."""
        return _share(round(sum(each.value for each in self.given_up_at) * self.trials), self.trials)


@dataclass(frozen=True, slots=True)
class Ended:
    """How each of some trials ended, one after another: at which look (from 0), whether with a claim, with how many, and so on."""

    look: Float[np.ndarray, " trials"]
    claimed: Bool[np.ndarray, " trials"]
    given_up: Bool[np.ndarray, " trials"]
    events: Float[np.ndarray, " trials"]
    participants: Float[np.ndarray, " trials"]
    duration: Float[np.ndarray, " trials"]
    effect: Float[np.ndarray, " trials"]
    error: Float[np.ndarray, " trials"]
    statistic: Float[np.ndarray, " trials"]
    places: Float[np.ndarray, " trials"]


def batch(trial: Adaptive, seed: int, first: int, count: int) -> Totals:
    """Run so many trials from number `first` on, and add up how they ended."""
    return _run(trial, seed, first, count, kept=False)[0]


def ended(trial: Adaptive, seed: int, first: int, count: int) -> Ended:
    """Run so many trials from number `first` on, and say of each how it ended."""
    from .loops.two_arm_trial import FUTILE, REJECTED

    look, how, events, people, duration, effect, error, statistic, places = _run(trial, seed, first, count, kept=True)[1].T
    unit = trial.unit
    return Ended(
        look,
        how == REJECTED,
        how == FUTILE,
        events,
        people,
        duration * _tick(trial),
        effect * unit,
        error * unit,
        statistic,
        places,
    )


def characteristics(trial: Adaptive, totals: Totals) -> Characteristics:
    """What some trials say can be expected, each number with its Monte Carlo error."""
    from .loops import adaptive_trial as loop
    from .loops.two_arm_trial import COARSE, FUTILE, REJECTED, SIZE_STEP

    if not totals.trials:
        raise ValueError("no trial was run")
    sums, many, found = totals.sums, totals.trials, totals.sums[loop.ESTIMATED]
    coarse, step = _tick(trial) * 2**COARSE, trial.unit / SIZE_STEP
    enlarged, known = sums[loop.ENLARGED], found if all(each == each for each in trial.truths) else 0
    return Characteristics(
        many,
        _share(sum(row[REJECTED] for row in totals.ended), many),
        tuple(_share(row[REJECTED], many) for row in totals.ended),
        tuple(_share(row[FUTILE], many) for row in totals.ended),
        _mean(sums[loop.EVENTS], sums[loop.EVENTS_2], many, 1.0),
        _mean(sums[loop.ENROLLED], sums[loop.ENROLLED_2], many, 1.0),
        trial.maximum if any(each.rule in ("blinded", "unblinded") for each in trial.decisions) else trial.participants,
        _mean(sums[loop.DURATION], sums[loop.DURATION_2], many, coarse),
        _share(enlarged, many),
        _share(sums[loop.AT_MOST], many),
        sums[loop.PLACES] / enlarged if enlarged else float("nan"),
        _mean(sums[loop.EFFECT], sums[loop.EFFECT_2] * int(SIZE_STEP), found, step),
        _mean(sums[loop.BIAS], sums[loop.BIAS_2] * int(SIZE_STEP), known, step),
        _share(sums[loop.COVERED], known),
        tuple(Arm(*(_share(each, many) for each in row)) for row in totals.arms[1:]),
    )


def _truth(arm: Lifetime | Answer, control: Lifetime | Answer) -> float:
    if isinstance(arm, Answer) and isinstance(control, Answer):
        return arm.mean - control.mean
    assert isinstance(arm, Lifetime) and isinstance(control, Lifetime)
    edges = sorted({*arm.since, *control.since})

    def hazard(of: Lifetime, at: float) -> float:
        return [rate for rate, since in zip(of.hazard, of.since, strict=True) if since <= at][-1]

    ratios = [hazard(arm, at) / hazard(control, at) for at in edges if hazard(control, at) > 0 and hazard(arm, at) > 0]
    return log(ratios[0]) if ratios and max(ratios) <= min(ratios) * (1 + 1e-9) else float("nan")


def _longest(trial: Adaptive) -> float:
    """When a trial ends at the latest: after those beyond the planned ones have entered, from the last look on if need be."""
    if trial.maximum == trial.participants:
        return trial.until
    return trial.until + trial.accrual * (trial.maximum / trial.participants - 1) + (trial.until - trial.accrual)


def _tick(trial: Adaptive) -> float:
    from .loops.two_arm_trial import LAST_TICK

    return _longest(trial) / LAST_TICK


def _run(trial: Adaptive, seed: int, first: int, count: int, *, kept: bool) -> tuple[Totals, Float[np.ndarray, "kept values"]]:
    from .loops.adaptive_trial import SUMS, room, trials

    _addressed(first, count)
    design, halves, arms = designed(trial), _halves(seed), len(trial.arms)
    at, found = room(trial.maximum, arms), Totals(0, ((0, 0, 0),) * trial.looks, (0,) * SUMS, ((0, 0, 0),) * arms)
    each = np.empty((count if kept else 0, 9))
    for start in range(0, count, MOST_IN_A_BATCH):
        these = min(MOST_IN_A_BATCH, count - start)
        rows, whole, by_arm = np.zeros((trial.looks, 3), np.int64), np.zeros(SUMS, np.int64), np.zeros((arms, 3), np.int64)
        trials(design, *halves, first + start, these, at, rows, whole, by_arm, each[start : start + these])
        found += Totals(
            these, tuple(map(tuple, rows.tolist())), tuple(whole.tolist()), tuple(map(tuple, by_arm.tolist()))
        )  # fmt: skip
    return found, each


def ticks_of(trial: Adaptive, time: float) -> float:
    """How many of the ticks in which a trial is reckoned a time is."""
    return time / _tick(trial)


@lru_cache(64)
def designed(trial: Adaptive):  # type: ignore[no-untyped-def]  # a Design, known when numba is
    """A trial in ticks, as the loops have it."""
    from .loops import adaptive_trial as loop
    from .loops.two_arm_trial import LAST_TICK

    tick, arms, looks, unit = _tick(trial), len(trial.arms), trial.looks, trial.unit
    lives = [each if isinstance(each, Lifetime) else Lifetime((0.0,)) for each in trial.arms]
    answers = [each if isinstance(each, Answer) else Answer(0.0) for each in trial.arms]
    stretches = max(len(each.hazard) for each in lives)
    hazard_at, moment, slowness = np.full((arms, stretches), TALL), np.zeros((arms, stretches)), np.zeros((arms, stretches))
    for a, arm in enumerate(lives):
        for j, (rate, since) in enumerate(zip(arm.hazard, arm.since, strict=True)):
            hazard_at[a, j], moment[a, j] = arm.cumulative(since), since / tick
            slowness[a, j] = 1 / rate / tick if rate > 0 else inf
    blinded, promising = np.zeros(looks, np.bool_), np.full(looks, 2.0)
    futile, best = np.full(looks, -1.0), np.zeros(looks, np.bool_)
    for each in trial.decisions:
        match each.rule:
            case "blinded":
                blinded[each.look] = True
            case "unblinded":
                promising[each.look] = each.conditional_power
            case "futility":
                futile[each.look] = each.conditional_power
            case "best":
                best[each.look] = True
    of_time = isinstance(trial.arms[0], Lifetime)
    control = answers[0]
    middle = 0.0 if control.is_share else control.mean
    return loop.Design(
        planned=trial.participants, largest=trial.maximum,
        accrual=min(round(trial.accrual / tick) + 1, LAST_TICK),
        more=round(trial.accrual * (trial.maximum / trial.participants - 1) / tick),
        until=min(round(trial.until / tick), LAST_TICK),
        kind=loop.TIME if of_time else loop.SHARE if control.is_share else loop.MEAN,
        block=np.array(trial.block, np.int64), simple=trial.simple,
        hazard_at=hazard_at, moment=moment, slowness=slowness,
        dropout=1 / trial.dropout / tick if trial.dropout else 0.0, followed=trial.followed / tick,
        mean=np.array([(each.mean - middle) / unit for each in answers]),
        deviation=np.array([each.deviation / unit for each in answers]),
        look=np.array([*trial.after, trial.maximum], np.int64), information=np.array(trial.information),
        efficacy=np.array(trial.efficacy, float), futility=np.array(trial.futility or [-inf] * looks, float),
        combined=trial.is_combined, blinded=blinded, promising=promising, futile=futile, best=best,
        wanted=trial.wanted, quantile=float(ndtri(trial.wanted)), needed=trial.needed, effect=trial.effect,
        truth=np.array([0.0, *(each / unit for each in trial.truths)]), side=trial.side,
        width=float(ndtri(0.5 + trial.level / 2)),
    )  # fmt: skip
