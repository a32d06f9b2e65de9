"""Plain virtual trials of two arms: how participants live, when it is looked at them, and how often a difference shows.

For questions that need no protocol: a power, a duration, what an early look costs. Millions of trials take a second.
Participant i of trial t is drawn from the address (i, t) alone, so trial 17 is the same whether run alone or among
a million, and batches add up to the same numbers however they were split. Times are in any one unit.
"""

import warnings
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import exp, inf, log, sqrt
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float
from scipy.special import ndtri

Test = Literal["logrank", "cox", "rmst"]
Processor = Literal["cpu", "gpu"]
MOST_TRIALS, MOST_IN_A_BATCH = 2**32, 2**18
"""An address has 32 bits for the trial; the sums of more trials than the second might not fit into 64."""
TALL = 1e300
BOTH_SIDES = 1.959963984540054


class NoGpu(UserWarning):
    """Trials that were to run on a GPU ran on the processor instead, for want of one."""


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long people live without the event: the hazard at time t is that of its stretch, times shape · t^(shape - 1).

    Args:
        hazard: In each stretch; for a shape of 1, events for each unit of time that somebody is at risk.
        since: When each stretch begins, the first at 0.
        shape: Weibull's: above 1 the hazard rises with time, below 1 it falls; from 0.1 to 10.
        cure: The share that never has the event.
    """

    hazard: tuple[float, ...]
    since: tuple[float, ...] = (0.0,)
    shape: float = 1.0
    cure: float = 0.0

    def __post_init__(self) -> None:
        if len(self.hazard) != len(self.since) or self.since[:1] != (0.0,) or list(self.since) != sorted(set(self.since)):
            raise ValueError(
                f"one hazard for each stretch, the first from 0 and the rest rising, not {self.hazard} {self.since}"
            )
        if not all(0 <= each < inf for each in self.hazard):
            raise ValueError(f"a hazard is 0 or more, not {self.hazard}")
        if not 0.1 <= self.shape <= 10:
            raise ValueError(f"a shape lies between 0.1 and 10, not {self.shape}")
        if not 0 <= self.cure < 1:
            raise ValueError(f"a share cured is 0 or more and below 1, not {self.cure}")

    def cumulative(self, time: float) -> float:
        """The hazard up to a time, added up, of those not cured."""
        edges = (*self.since[1:], inf)
        return float(
            sum(
                rate * (min(time, end) ** self.shape - start**self.shape)
                for rate, start, end in zip(self.hazard, self.since, edges, strict=True)
                if time > start
            )
        )

    def survival(self, time: float) -> float:
        """The share without the event at a time."""
        return self.cure + (1 - self.cure) * exp(-self.cumulative(time))

    def mean(self, horizon: float) -> float:
        """The mean time without the event up to a horizon."""
        from scipy.integrate import quad

        edges = [*(each for each in self.since if each < horizon), horizon]
        return float(sum(quad(self.survival, a, b, epsabs=1e-12)[0] for a, b in pairwise(edges)))


def exponential(median: float, *, cure: float = 0.0) -> Lifetime:
    """Times with one hazard throughout; the median is of those not cured."""
    return Lifetime((log(2) / median,), cure=cure)


def weibull(median: float, shape: float, *, cure: float = 0.0) -> Lifetime:
    """Times whose hazard rises or falls steadily; the median is of those not cured."""
    return Lifetime((log(2) / median**shape,), shape=shape, cure=cure)


def slowed(lifetime: Lifetime, hazard_ratio: float, *, after: float = 0.0) -> Lifetime:
    """The same with its hazard multiplied, from a time on: a treatment whose effect may be delayed.

    >>> slowed(Lifetime((0.1,)), 0.5, after=3.0)
    Lifetime(hazard=(0.1, 0.05), since=(0.0, 3.0), shape=1.0, cure=0.0)
    """
    since = tuple(sorted({*lifetime.since, float(after)}))
    before = [max(k for k, start in enumerate(lifetime.since) if start <= each) for each in since]
    hazard = tuple(
        lifetime.hazard[k] * hazard_ratio if each >= after else lifetime.hazard[k]
        for each, k in zip(since, before, strict=True)
    )
    return Lifetime(hazard, since, lifetime.shape, lifetime.cure)


@dataclass(frozen=True, slots=True)
class TwoArms:
    """A trial of two arms: participants enter at uniform times, are allocated in blocks, and are followed to the end.

    It is looked at after given numbers of events, or at given times, or once at the end. A look shows a difference where
    the statistic reaches `efficacy`, and stops the trial for futility where it does not exceed `futility`; statistics
    are standard normal without a difference, and positive where the treated do better. A number of events not reached
    by the end is looked at then, against its own boundary, and is the last look.

    Args:
        participants: Randomised if the trial runs on.
        accrual: For how long they enter, from 0.
        until: When the trial ends at the latest, as time since 0.
        control: How the control arm lives,
        treated: and the treated arm.
        dropout: The hazard of being lost to follow-up.
        block: Places for control and for treatment in each block; the order within it is by chance.
        simple: Allocate each by chance alone, in the proportion of `block`.
        test: The log-rank test; Wald's test of Cox's model; or the difference in mean time up to `horizon`.
        horizon: For the last of these.
        after_events: The numbers of events to look after, rising,
        at_times: or the times to look at, rising, not beyond the end.
        efficacy: One boundary a look.
        futility: One boundary a look, or none; the last look has no use for its own.
        two_sided: A difference to the disadvantage of the treated counts as well.
        level: Of the confidence intervals whose coverage is counted.
    """

    participants: int
    accrual: float
    until: float
    control: Lifetime
    treated: Lifetime
    dropout: float = 0.0
    block: tuple[int, int] = (2, 2)
    simple: bool = False
    test: Test = "logrank"
    horizon: float | None = None
    after_events: tuple[int, ...] = ()
    at_times: tuple[float, ...] = ()
    efficacy: tuple[float, ...] = (BOTH_SIDES,)
    futility: tuple[float, ...] = ()
    two_sided: bool = True
    level: float = 0.95

    def __post_init__(self) -> None:
        if self.participants < 2:
            raise ValueError(f"a trial has two participants or more, not {self.participants}")
        if not 0 <= self.accrual <= self.until or not 0 < self.until < inf:
            raise ValueError(f"a trial goes on at least as long as accrual, not {self.until} for {self.accrual}")
        if not 0 <= self.dropout < inf:
            raise ValueError(f"a hazard is 0 or more, not {self.dropout}")
        if min(self.block) < 1:
            raise ValueError(f"a block has places for both arms, not {self.block}")
        if (self.test == "rmst") != (self.horizon is not None) or not 0 < (self.horizon or 1.0) <= self.until:
            raise ValueError(f"means, and they alone, have a horizon, not beyond the end: {self.test}, {self.horizon}")
        if self.after_events and self.at_times:
            raise ValueError("looks are after numbers of events or at times, not both")
        looks = self.after_events or self.at_times or (self.until,)
        if list(looks) != sorted(set(looks)) or not 0 < looks[0]:
            raise ValueError(f"looks rise from above 0, not {looks}")
        if self.at_times and self.at_times[-1] > self.until or self.after_events and self.after_events[-1] > self.participants:
            raise ValueError(f"a look lies within the trial, not {looks}")
        if len(self.efficacy) != len(looks) or len(self.futility) not in (0, len(looks)):
            raise ValueError(f"one boundary for each of {len(looks)} looks, not {self.efficacy} and {self.futility}")
        if not 0 < self.level < 1:
            raise ValueError(f"a level lies between 0 and 1, not {self.level}")

    @property
    def looks(self) -> int:
        """How often the trial may be looked at."""
        return len(self.efficacy)

    @property
    def truth(self) -> float | None:
        """What the effect is in truth: a log hazard ratio where hazards are proportional, a difference of means."""
        a, b = self.control, self.treated
        if self.horizon is not None:
            return b.mean(self.horizon) - a.mean(self.horizon)
        pairs = [(x, y) for x, y in zip(a.hazard, b.hazard, strict=False) if x or y]  # where nobody has it, nothing differs
        alike = (a.since, a.shape) == (b.since, b.shape) and (a.cure == b.cure == 0 or a == b)
        if not alike or not pairs or not all(x > 0 and y > 0 for x, y in pairs):
            return None
        ratios = [y / x for x, y in pairs]
        return log(ratios[0]) if max(ratios) <= min(ratios) * (1 + 1e-9) else None


@dataclass(frozen=True, slots=True)
class Totals:
    """How some trials ended, added up in whole numbers, so that it does not matter in what order.

    `ended` has a row a look: trials that showed no difference there and went on, or ended if they could not; that
    showed one; that were stopped for futility. `sums` are as `loops.two_arm_trial` names them.
    """

    trials: int
    ended: tuple[tuple[int, ...], ...]
    sums: tuple[int, ...]

    def __add__(self, other: "Totals") -> "Totals":
        ended = zip(self.ended, other.ended, strict=True)
        return Totals(
            self.trials + other.trials,
            tuple(tuple(a + b for a, b in zip(x, y, strict=True)) for x, y in ended),
            tuple(a + b for a, b in zip(self.sums, other.sums, strict=True)),
        )


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number found by simulation, and its Monte Carlo error: the standard error that more trials would shrink."""

    value: float
    error: float


@dataclass(frozen=True, slots=True)
class Characteristics:
    """What can be expected of a trial.

    `effect` is the estimate when the trial ended, and `scatter` its standard deviation: the log hazard ratio (for the
    log-rank test Peto's, events of the treated less those expected over the variance), or the difference of means, of the
    trials in which there is one. `coverage` is the share of intervals that hold the truth; None where there is no such
    truth.
    """

    trials: int
    rejected: Estimate
    rejected_at: tuple[Estimate, ...]
    futile_at: tuple[Estimate, ...]
    events: Estimate
    participants: Estimate
    duration: Estimate
    effect: Estimate
    scatter: float
    coverage: Estimate | None
    inestimable: Estimate


@dataclass(frozen=True, slots=True)
class People:
    """The participants of one virtual trial, in the order in which they entered, if it ran to its end."""

    entry: Float[np.ndarray, " people"]
    time: Float[np.ndarray, " people"]
    happened: Bool[np.ndarray, " people"]
    treated: Bool[np.ndarray, " people"]


@dataclass(frozen=True, slots=True)
class Ended:
    """How each of some trials ended, one after another: at which look (from 0), whether it showed a difference, and so on."""

    look: Float[np.ndarray, " trials"]
    rejected: Bool[np.ndarray, " trials"]
    futile: Bool[np.ndarray, " trials"]
    events: Float[np.ndarray, " trials"]
    participants: Float[np.ndarray, " trials"]
    duration: Float[np.ndarray, " trials"]
    effect: Float[np.ndarray, " trials"]
    se: Float[np.ndarray, " trials"]
    statistic: Float[np.ndarray, " trials"]


def batch(trial: TwoArms, seed: int, first: int, count: int, *, on: Processor = "cpu") -> Totals:
    """Run so many trials from number `first` on, and add up how they ended.

    On a GPU, where asked for, the same bits come out. Where there is none, the warning `NoGpu` says why, and they run here.

    >>> small = TwoArms(60, 12.0, 24.0, exponential(12.0), exponential(12.0))
    >>> batch(small, 1, 0, 500) + batch(small, 1, 500, 500) == batch(small, 1, 0, 1000)
    True
    """
    return _run(trial, seed, first, count, on, kept=False)[0]


def ended(trial: TwoArms, seed: int, first: int, count: int, *, on: Processor = "cpu") -> Ended:
    """Run so many trials from number `first` on, and say of each how it ended."""
    from .loops.two_arm_trial import FUTILE, LAST_TICK, REJECTED

    tick = trial.until / LAST_TICK
    look, how, events, people, duration, effect, se, statistic = _run(trial, seed, first, count, on, kept=True)[1].T
    scale = tick if trial.test == "rmst" else 1.0
    return Ended(look, how == REJECTED, how == FUTILE, events, people, duration * tick, effect * scale, se * scale, statistic)


def people(trial: TwoArms, seed: int, number: int) -> People:
    """The participants of one trial, followed to its end whatever the looks before may have said."""
    from .loops.two_arm_trial import ABREAST, LAST_TICK, drawn, room

    _addressed(number, 1)
    at = room(trial.participants, trial.looks)
    drawn(_design(trial), *_halves(seed), number, at)
    tick, life = trial.until / LAST_TICK, at.life[::ABREAST]
    entry, time, happened = at.entry[::ABREAST].astype(np.int64), (life >> 2).astype(np.int64), life & 2 == 0
    stayed = LAST_TICK - entry
    return People(entry * tick, np.minimum(time, stayed) * tick, happened & (time <= stayed), life & 1 == 1)


def characteristics(trial: TwoArms, totals: Totals) -> Characteristics:
    """What some trials say can be expected, each number with its Monte Carlo error."""
    from .loops import two_arm_trial as loop

    if not totals.trials:
        raise ValueError("no trial was run")
    tick = trial.until / loop.LAST_TICK
    sums, many = totals.sums, totals.trials
    scale = trial.until if trial.test == "rmst" else 1.0
    step = scale / loop.SIZE_STEP
    found, coarse = sums[loop.ESTIMATED], tick * 2**loop.COARSE
    half = 0.5 * tick * 2**loop.COARSE  # what is cut off a duration, on average, when it is counted in coarse steps
    duration = _mean(sums[loop.DURATION], sums[loop.DURATION_2], many, coarse)
    effect = _mean(sums[loop.EFFECT], sums[loop.EFFECT_2] * int(loop.SIZE_STEP), found, step)
    return Characteristics(
        many,
        _share(sum(row[loop.REJECTED] for row in totals.ended), many),
        tuple(_share(row[loop.REJECTED], many) for row in totals.ended),
        tuple(_share(row[loop.FUTILE], many) for row in totals.ended),
        _mean(sums[loop.EVENTS], sums[loop.EVENTS_2], many, 1.0),
        _mean(sums[loop.ENROLLED], sums[loop.ENROLLED_2], many, 1.0),
        Estimate(min(duration.value + half, trial.until), duration.error),
        effect,
        effect.error * sqrt(found),
        None if trial.truth is None else _share(sums[loop.COVERED], found),
        _share(many - found, many),
    )


def _share(some: int, of: int) -> Estimate:
    share = some / of if of else float("nan")
    return Estimate(share, sqrt(share * (1 - share) / of) if of else float("nan"))


def _mean(total: int, squares: int, many: int, step: float) -> Estimate:
    """From whole numbers: their mean and its standard error, in steps of this size."""
    if not many:
        return Estimate(float("nan"), float("nan"))
    scatter = max(many * squares - total * total, 0)  # whole numbers: nothing is lost by subtracting
    return Estimate(total / many * step, sqrt(scatter / many**3) * step)


def _halves(seed: int) -> tuple[np.uint64, np.uint64]:
    if not 0 <= seed < 2**64:
        raise ValueError(f"a seed is a whole number of at most 64 bits, not {seed}")
    return np.uint64(seed & 0xFFFFFFFF), np.uint64(seed >> 32)


def _addressed(first: int, count: int) -> None:
    if not (0 <= first and 0 <= count and first + count <= MOST_TRIALS):
        raise ValueError(f"trials are numbered from 0 to {MOST_TRIALS - 1}, not {first} to {first + count - 1}")


def _run(
    trial: TwoArms, seed: int, first: int, count: int, on: Processor, *, kept: bool
) -> tuple[Totals, Float[np.ndarray, "kept values"]]:
    from .loops.two_arm_trial import SUMS, room, trials

    _addressed(first, count)
    design, halves = _design(trial), _halves(seed)
    at = None if _has_gpu(on) else room(trial.participants, trial.looks)
    if at is None:
        from .loops import gpu
    found = Totals(0, ((0, 0, 0),) * trial.looks, (0,) * SUMS)
    each = np.empty((count if kept else 0, 8))
    for start in range(0, count, MOST_IN_A_BATCH):
        these = min(MOST_IN_A_BATCH, count - start)
        rows, whole, some = np.zeros((trial.looks, 3), np.int64), np.zeros(SUMS, np.int64), each[start : start + these]
        if at is None:
            gpu.trials(design, *halves, first + start, these, rows, whole, some)
        else:
            trials(design, *halves, first + start, these, at, rows, whole, some)
        found += Totals(these, tuple(map(tuple, rows.tolist())), tuple(whole.tolist()))
    return found, each


def _has_gpu(on: Processor) -> bool:
    """Whether to run on a GPU. One that was asked for and is not here is said to be missing."""
    if on not in ("cpu", "gpu"):
        raise ValueError(f"trials run on cpu or gpu, not {on}")
    if on == "cpu":
        return False
    from .loops.gpu import lacking

    if why := lacking():
        warnings.warn(f"{why}; the trials run on the processor, with the same numbers", NoGpu, stacklevel=4)
    return not why


@lru_cache(64)
def _design(trial: TwoArms):  # type: ignore[no-untyped-def]  # a Design, known when numba is
    from .loops import two_arm_trial as loop

    tick = trial.until / loop.LAST_TICK
    arms = (trial.control, trial.treated)
    stretches = max(len(arm.hazard) for arm in arms)
    hazard_at, moment, slowness = np.full((2, stretches), TALL), np.zeros((2, stretches)), np.zeros((2, stretches))
    for a, arm in enumerate(arms):
        for j, (rate, since) in enumerate(zip(arm.hazard, arm.since, strict=True)):
            hazard_at[a, j] = arm.cumulative(since)
            moment[a, j] = (since / tick) ** arm.shape
            slowness[a, j] = 1 / rate / tick**arm.shape if rate > 0 else inf
    ticks = [round(each / tick) for each in trial.at_times] or [loop.LAST_TICK]
    return loop.Design(
        participants=trial.participants,
        accrual=min(round(trial.accrual / tick) + 1, loop.LAST_TICK),
        block_controls=trial.block[0],
        block_treated=trial.block[1],
        simple=trial.simple,
        cure=np.array([arm.cure for arm in arms]),
        shape=np.array([float(arm.shape) for arm in arms]),
        hazard_at=hazard_at,
        moment=moment,
        slowness=slowness,
        dropout=1 / trial.dropout / tick if trial.dropout else 0.0,
        method={"logrank": loop.LOGRANK, "cox": loop.COX, "rmst": loop.RMST}[trial.test],
        horizon=round((trial.horizon or trial.until) / tick),
        kind=loop.BY_EVENTS if trial.after_events else loop.BY_TIME,
        look=np.array(trial.after_events or ticks, dtype=np.int64),
        latest=loop.LAST_TICK,
        efficacy=np.array(trial.efficacy, dtype=float),
        futility=np.array(trial.futility or [-inf] * trial.looks, dtype=float),
        two_sided=trial.two_sided,
        truth=_effect(trial) / (tick if trial.test == "rmst" else 1.0),
        width=float(ndtri(0.5 + trial.level / 2)),
    )


def _effect(trial: TwoArms) -> float:
    return float("nan") if trial.truth is None else trial.truth
