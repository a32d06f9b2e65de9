"""An adaptive trial from the first draw to the last look: one virtual trial after another, in room that is used again.

Participants have the addresses and the words of `two_arm_trial`: with two arms and nothing to adapt, the same people enter,
and what is counted is the same to the bit. Those beyond the planned number have the addresses that follow, and are drawn only
where a trial is enlarged. What is known of somebody is one number,

    time << 8 | no event << 7 | arm

so that sorting moves nothing else. The control is arm 0. Answers (values, yes or no) are compared in the order in which
people joined, each known as long after joining as the last is followed.

Source:
    The combination by weights: Cui, Hung and Wang (1999), Biometrics 55:853-857. Conditional power and the promising zone:
    Mehta and Pocock (2011), Stat Med 30:3267-3284. Blinded re-estimation: Gould and Shih (1992), Commun Stat Theory Methods
    21:2833-2853. Student's t as a normal number: Wallace (1959), Ann Math Stat 30:1121-1130.
"""

from math import ceil, cos, erfc, exp, log, pi, sqrt
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from . import compiled
from .elementary import logarithm
from .order import in_order
from .philox import STEP_32, wide
from .two_arm_trial import COARSE, FURTHEST, FUTILE, GOES_ON, LAST_TICK, REJECTED, SETTLED, SIZE_STEP, SMALLEST, STEPS

TIME, MEAN, SHARE = 0, 1, 2
NO_EVENT, ARM, AFTER = 1 << 7, (1 << 7) - 1, 8

SUMS = 15
(
    EVENTS, EVENTS_2, ENROLLED, ENROLLED_2, DURATION, DURATION_2, EFFECT, EFFECT_2, BIAS, BIAS_2, COVERED, ESTIMATED,
    ENLARGED, PLACES, AT_MOST,
) = range(SUMS)  # fmt: skip
"""What is summed over trials: `PLACES` over those that were enlarged, `AT_MOST` counts those enlarged as far as allowed."""
CLAIMED, DROPPED, BEST = range(3)
"""What is counted of each arm: that a claim was made for it, that it was dropped, that it did best in the end."""


class Design(NamedTuple):
    """A trial in ticks; the first of what is by arm is the control's.

    At each look `blinded` says whether the number of participants is re-estimated without the arms, `promising` from which
    conditional power the trial is enlarged (above 1: never), `futile` below which an arm is dropped (below 0: never), `best`
    whether only the best arm is kept. `needed` is what a blinded re-estimation reckons with: the events; or the participants
    for a variance of 1. Values are in units of their standard deviation as assumed.
    """

    planned: int
    largest: int
    accrual: int
    more: int
    until: int
    kind: int
    block: Int[np.ndarray, " arms"]
    simple: bool
    hazard_at: Float[np.ndarray, "arms stretches"]
    moment: Float[np.ndarray, "arms stretches"]
    slowness: Float[np.ndarray, "arms stretches"]
    dropout: float
    followed: float
    mean: Float[np.ndarray, " arms"]
    deviation: Float[np.ndarray, " arms"]
    look: Int[np.ndarray, " looks"]
    information: Float[np.ndarray, " looks"]
    efficacy: Float[np.ndarray, " looks"]
    futility: Float[np.ndarray, " looks"]
    combined: bool
    blinded: Bool[np.ndarray, " looks"]
    promising: Float[np.ndarray, " looks"]
    futile: Float[np.ndarray, " looks"]
    best: Bool[np.ndarray, " looks"]
    wanted: float
    quantile: float
    needed: float
    effect: float
    truth: Float[np.ndarray, " arms"]
    side: float
    width: float


class Room(NamedTuple):
    """Where a trial is worked out: participants in the order in which they enter, and what is kept of each arm."""

    entry: Int[np.ndarray, " people"]
    life: Int[np.ndarray, " people"]
    value: Float[np.ndarray, " people"]
    arm: Int[np.ndarray, " people"]
    key: Int[np.ndarray, " people"]
    spare: Int[np.ndarray, " people"]
    left: Int[np.ndarray, " arms"]
    alive: Bool[np.ndarray, " arms"]
    gone: Int[np.ndarray, " arms"]
    score: Float[np.ndarray, "arms before_and_now"]
    spread: Float[np.ndarray, "arms before_and_now"]
    sums: Float[np.ndarray, "arms three_before_three_now"]
    path: Float[np.ndarray, " arms"]
    statistic: Float[np.ndarray, " arms"]


def room(largest: int, arms: int) -> Room:
    """Room for a trial of so many participants at most, in so many arms."""
    people = [np.empty(largest, np.int64) for _ in range(5)]
    return Room(
        people[0], people[1], np.empty(largest), people[2], people[3], people[4], np.zeros(arms, np.int64),
        np.ones(arms, np.bool_), np.zeros(arms, np.int64), np.zeros((arms, 2)), np.zeros((arms, 2)), np.zeros((arms, 6)),
        np.zeros(arms), np.zeros(arms),
    )  # fmt: skip


@compiled
def beyond(z: float) -> float:
    """The chance of a standard normal number above this."""
    return 0.5 * erfc(z / sqrt(2.0))


@compiled
def drawn(
    design: Design, trial: int, first: int, last: int, opens: int, lasts: int,
    seed_low: np.uint64, seed_high: np.uint64, at: Room,
) -> None:  # fmt: skip
    """Draw some of the participants of a trial, who enter within a stretch of time, in the order in which they do.

    The address is (participant, trial, 0, 0), and its words are the event or the answer, the entry, the time of dropping out
    (or more of the answer), and the arm.
    """
    none, arms = np.uint64(0), len(design.block)
    size = 0
    for a in range(arms):
        size += design.block[a]
    for i in range(first, last):
        one, two, three, four = wide(np.uint64(i), np.uint64(trial), none, none, seed_low, seed_high)
        place = 0 if design.simple else i % size
        if place == 0:
            at.left[:] = design.block
        pick, arm = np.int64(four * np.uint64(size - place) >> np.uint64(32)), 0
        for a in range(1, arms):  # the treated first, the control with what is left
            if pick < at.left[a]:
                arm = a
                break
            pick -= at.left[a]
        at.left[arm] -= 1
        at.arm[i] = arm
        at.key[i - first] = np.int64(two)
        share = (np.float64(np.uint32(one)) + 0.5) * STEP_32
        if design.kind == MEAN:
            turn = (np.float64(np.uint32(three)) + 0.5) * STEP_32
            at.value[i] = design.mean[arm] + design.deviation[arm] * sqrt(-2.0 * log(share)) * cos(2.0 * pi * turn)
        elif design.kind == SHARE:
            at.value[i] = 1.0 if share < design.mean[arm] else 0.0
        else:
            hazard = -logarithm(max(share, SMALLEST))
            lasting = hazard * design.slowness[arm, 0]
            for j in range(1, design.hazard_at.shape[1]):
                if hazard > design.hazard_at[arm, j]:
                    lasting = design.moment[arm, j] + (hazard - design.hazard_at[arm, j]) * design.slowness[arm, j]
            staying = float(LAST_TICK)
            if design.dropout > 0.0:
                gone = (np.float64(np.uint32(three)) + 0.5) * STEP_32
                staying = min(-logarithm(gone) * design.dropout, float(LAST_TICK))
            lives, stays = np.int64(min(lasting, np.float64(LAST_TICK))) + 1, np.int64(staying)
            is_seen = lives <= stays and lives < LAST_TICK
            at.life[i] = min(lives, stays) << AFTER | (0 if is_seen else NO_EVENT) | arm
    in_order(at.key[: last - first], at.spare)
    for i in range(first, last):
        at.entry[i] = opens + np.int64(np.uint64(at.key[i - first]) * np.uint64(lasts) >> np.uint64(32))


@compiled
def moment_of(design: Design, number: int, people: int, end: int, at: Room) -> int:
    """When so many events have happened, or so many answers are known, in the arms that go on; the end, if they have not by then."""
    many, follow = 0, design.until - design.accrual
    for i in range(people):
        if at.alive[at.arm[i]]:
            if design.kind != TIME:
                at.key[many] = at.entry[i] + follow
                many += 1
            elif not at.life[i] & NO_EVENT:
                at.key[many] = at.entry[i] + (at.life[i] >> AFTER)
                many += 1
    if number > many:
        return end
    in_order(at.key[:many], at.spare)
    return int(min(at.key[number - 1], end))


@compiled
def seen_at(when: int, people: int, at: Room) -> int:
    """Write into `key` what is known of everybody in the arms that go on, in order of follow-up; how many they are."""
    many = 0
    for i in range(people):
        longest = when - at.entry[i]
        if longest >= 0 and at.alive[at.arm[i]]:
            known = at.life[i] >> AFTER <= longest
            at.key[many] = at.life[i] if known else longest << AFTER | NO_EVENT | at.arm[i]
            many += 1
    in_order(at.key[:many], at.spare)
    return many


@compiled
def compared(treated: int, many: int, at: Room) -> tuple[float, float]:
    """The log-rank test of an arm against the control: events of the treated less those expected, and the variance."""
    excess, variance, ours, risk, tied, before = 0.0, 0.0, 0.0, 0.0, False, -1
    for i in range(many - 1, -1, -1):
        key = at.key[i]
        arm = key & ARM
        if arm != treated and arm != 0:
            continue
        risk += 1.0
        is_treated = 1.0 if arm == treated else 0.0
        ours += is_treated
        if not key & NO_EVENT:
            share = ours * (1.0 / risk)
            excess += is_treated - share
            variance += share * (1.0 - share)
            tied = tied or key >> 7 == before
        before = key >> 7
    return compared_tied(treated, many, at) if tied else (excess, variance)


@compiled
def compared_tied(treated: int, many: int, at: Room) -> tuple[float, float]:
    """The same where events are tied."""
    excess, variance, ours, risk, i = 0.0, 0.0, 0.0, 0.0, many - 1
    while i >= 0:
        now, deaths, of_treated = at.key[i] >> 7, 0.0, 0.0
        while i >= 0 and at.key[i] >> 7 == now:
            arm = at.key[i] & ARM
            i -= 1
            if arm != treated and arm != 0:
                continue
            is_treated = 1.0 if arm == treated else 0.0
            risk, ours, deaths, of_treated = risk + 1.0, ours + is_treated, deaths + 1.0, of_treated + is_treated
        if not now & 1 and deaths > 0.0:
            share = ours / risk
            excess += of_treated - deaths * share
            variance += deaths * share * (1.0 - share) * (risk - deaths) / max(risk - 1.0, 1.0)
    return excess, variance


@compiled
def fitted(treated: int, many: int, at: Room) -> tuple[float, float]:
    """Cox's model of an arm against the control: the log hazard ratio and its error; not a number where it has no maximum."""
    beta, low, high, error = 0.0, -FURTHEST, FURTHEST, np.nan
    for _ in range(STEPS):
        score, information, ours, theirs, ratio = 0.0, 0.0, 0.0, 0.0, exp(beta)
        for i in range(many - 1, -1, -1):
            key = at.key[i]
            arm = key & ARM
            if arm == treated:
                ours += ratio
            elif arm == 0:
                theirs += 1.0
            else:
                continue
            if not key & NO_EVENT:
                share = ours / (ours + theirs)
                score += (1.0 if arm == treated else 0.0) - share
                information += share * (1.0 - share)
        if information <= 0.0:
            return np.nan, np.nan
        step = score / information
        low, high = (beta, high) if score > 0.0 else (low, beta)
        error = 1.0 / sqrt(information)
        if abs(step) < SETTLED:
            return beta, error
        there = beta + step
        beta = there if low < there < high else 0.5 * (low + high)
    return np.nan, np.nan


@compiled
def answered(when: int, people: int, follow: int, at: Room) -> None:
    """Add up the answers known at a moment, by arm: how many, their sum, the sum of their squares."""
    at.sums[:, 3:] = 0.0
    for i in range(people):
        arm = at.arm[i]
        if at.entry[i] + follow <= when and (at.alive[arm] or at.entry[i] <= at.gone[arm]):
            at.sums[arm, 3] += 1.0
            at.sums[arm, 4] += at.value[i]
            at.sums[arm, 5] += at.value[i] * at.value[i]


@compiled
def set_apart(kind: int, n: float, s: float, q: float, m: float, r: float, p: float) -> tuple[float, float, float]:
    """A difference of means or shares, treated less control: as a standard normal number, itself, and its error.

    Args:
        kind: Whether they are values or shares.
        n: How many are treated, s: the sum of their values, q: of the squares.
        m: The same of the control's, r, p.
    """
    if n < 2.0 or m < 2.0:
        return np.nan, np.nan, np.nan
    gap = s / n - r / m
    if kind == SHARE:
        share = (s + r) / (n + m)
        variance = share * (1.0 - share) * (1.0 / n + 1.0 / m)
        own = s / n * (1.0 - s / n) / n + r / m * (1.0 - r / m) / m
        return (gap / sqrt(variance) if variance > 0.0 else 0.0), gap, sqrt(own)
    free = n + m - 2.0
    within = (q - s * s / n + p - r * r / m) / free
    error = sqrt(within * (1.0 / n + 1.0 / m))
    t = gap / error
    size = (8.0 * free + 1.0) / (8.0 * free + 3.0) * sqrt(free * log(1.0 + t * t / free))
    return (size if t > 0.0 else -size), gap, error


@compiled
def chance(hazard: float, lost: float, joining: float, until: float, followed: float) -> float:
    """The chance to see the event of somebody who joins evenly within a time and is followed until another, or so long at most."""
    both = hazard + lost
    if both <= 0.0 or hazard <= 0.0:
        return 0.0
    if joining <= 0.0:
        return hazard / both * (1.0 - exp(-both * min(until, followed)))
    whole = min(joining, max(0.0, until - followed))
    seen = whole * (1.0 - exp(-both * followed)) if whole > 0.0 else 0.0
    seen += (joining - whole) - (exp(-both * (until - joining)) - exp(-both * (until - whole))) / both
    return hazard / both * seen / joining


@compiled
def events_expected(design: Design, hazard: float, people: int, opens: int) -> float:
    """The events to expect of so many participants, those beyond the planned ones joining from a moment on."""
    lost = 1.0 / design.dropout if design.dropout > 0.0 else 0.0
    follow = float(design.until - design.accrual)
    if people <= design.planned:
        return design.planned * chance(hazard, lost, float(design.accrual), float(design.until), design.followed)
    added = people - design.planned
    lasts = float(design.more) * added / (design.largest - design.planned)
    found = design.planned * chance(hazard, lost, float(design.accrual), float(opens) + lasts + follow, design.followed)
    return found + added * chance(hazard, lost, lasts, lasts + follow, design.followed)


@compiled
def exposure(design: Design, when: int, people: int, at: Room) -> tuple[float, float]:
    """The events of everybody together up to a moment, and the time that they were followed for them."""
    events, exposed = 0.0, 0.0
    for i in range(people):
        longest = when - at.entry[i]
        if longest >= 0:
            ticks = at.life[i] >> AFTER
            exposed += min(float(min(ticks, longest)), design.followed)
            events += 1.0 if ticks <= longest and not at.life[i] & NO_EVENT else 0.0
    return events, exposed


@compiled
def re_estimated(design: Design, when: int, many: float, first: float, second: float) -> int:
    """How many participants it takes, by what is seen of all arms together; never fewer than planned, nor more than allowed.

    Args:
        design: The trial.
        when: The moment of the look.
        many: The events so far; or the answers that are known.
        first: The time in which they came; or the sum of the answers.
        second: The sum of the squares of the answers.
    """
    share = design.block[1] / (design.block[0] + design.block[1])
    if design.kind == TIME:
        if first <= 0.0:
            return design.planned
        hazard, opens = many / first, max(design.accrual, when)
        low, high = design.planned, design.largest
        if events_expected(design, hazard, low, opens) >= design.needed:
            return low
        while high - low > 1:
            middle = (low + high) // 2
            if events_expected(design, hazard, middle, opens) >= design.needed:
                high = middle
            else:
                low = middle
        return high
    if many < 2.0:
        return design.planned
    if design.kind == SHARE:
        one, other = first / many + design.effect * (1.0 - share), first / many - design.effect * share
        one, other = min(max(one, 0.0), 1.0), min(max(other, 0.0), 1.0)
        variance = one * (1.0 - one) / share + other * (1.0 - other) / (1.0 - share)
    else:
        within = (second - first * first / many) / (many - 1.0)
        variance = max(within - share * (1.0 - share) * design.effect * design.effect, 0.0)
    wanted = min(design.needed * variance, float(design.largest))
    return int(max(design.planned, ceil(wanted - 1e-9)))


@compiled
def conditional_power(z: float, share: float, bound: float) -> float:
    """The chance to end beyond a bound, if the effect is what it looks like at a share of the information."""
    return beyond((bound - sqrt(share) * z) / sqrt(1.0 - share) - z * sqrt((1.0 - share) / share))


@compiled
def enlarged(design: Design, z: float, share: float, bound: float) -> int:
    """How many participants bring the conditional power to what is wanted; no more than allowed."""
    missing = (bound - sqrt(share) * z) / sqrt(1.0 - share) + design.quantile
    whole = share + missing * missing * share / (z * z)
    return int(min(max(ceil(design.planned * whole - 1e-9), float(design.planned)), float(design.largest)))


@compiled
def number_at(design: Design, look: int, scale: float, since: float, at: Room) -> int:
    """The number of events, or of answers, that a look waits for: of the arms that go on, later in a trial that was enlarged.

    Args:
        design: The trial.
        look: Which look.
        scale: By how much what lies beyond `since` is stretched.
        since: The number at the look at which the trial was enlarged.
        at: The room, with the arms that go on.
    """
    going, places = 0, 0
    for a in range(len(design.block)):
        places += design.block[a]
        going += design.block[a] if at.alive[a] else 0
    number = float(design.look[look])
    if scale != 1.0:
        number = since + (number - since) * scale
    return max(1, int(number * going / places + 0.5))


@compiled
def begun(at: Room) -> None:
    """Make the room ready for the looks of another trial."""
    at.alive[:], at.gone[:], at.path[:], at.score[:], at.spread[:], at.sums[:] = True, 0, 0.0, 0.0, 0.0, 0.0


@compiled
def tested(arm: int, excess: float, variance: float, at: Room) -> tuple[float, float]:
    """The log-rank statistic of an arm by a look, and that of the stretch since the look before; above 0 the arm does better."""
    more = variance - at.spread[arm, 1]
    fresh = -(excess - at.score[arm, 1]) / np.sqrt(more) if more > 0.0 else np.nan
    at.score[arm, 1], at.spread[arm, 1] = excess, variance
    return (-excess / np.sqrt(variance) if variance > 0.0 else np.nan), fresh


@compiled
def set_apart_so_far(kind: int, arm: int, at: Room) -> tuple[float, float]:
    """The same of answers, from their sums."""
    y, x = at.sums[arm], at.sums[0]
    z, _, _ = set_apart(kind, y[3], y[4], y[5], x[3], x[4], x[5])
    fresh, _, _ = set_apart(kind, y[3] - y[0], y[4] - y[1], y[5] - y[2], x[3] - x[0], x[4] - x[1], x[5] - x[2])
    return z, fresh


@compiled
def stated(design: Design, look: int, arm: int, z: float, fresh: float, at: Room) -> None:
    """Write down the statistic of an arm at a look, positive on the side of a claim: of all data, or put together by stages."""
    share = design.information[look]
    before = design.information[look - 1] if look > 0 else 0.0
    z, fresh = design.side * z, design.side * fresh
    if design.combined:
        at.path[arm] += sqrt(share - before) * (fresh if fresh == fresh else 0.0)
        z = at.path[arm] / sqrt(share)
    at.statistic[arm] = z


@compiled
def decided(
    design: Design, look: int, is_last: bool, people: int, when: int, many: float, first: float, second: float,
    at: Room, by_arm: Int[np.ndarray, "arms three"],
) -> tuple[int, int, int]:  # fmt: skip
    """What follows from the statistics of a look: a claim, an end for want of hope, arms dropped, more participants.

    Args:
        design: The trial.
        look: Which look.
        is_last: Whether the trial ends with it, whatever is found.
        people: The participants that it is to have so far.
        when: The moment of the look.
        many: For a blinded re-estimation, what `re_estimated` asks for: of all arms together,
        first: ...
        second: ...
        at: The room, with the statistics of the arms that go on. Those that are dropped no longer do.
        by_arm: What is counted of each arm. Added to.

    Returns:
        How the trial goes on or ends, the arm that does best, and the participants it is to have from then on.
    """
    final, share, best = design.efficacy[len(design.look) - 1], design.information[look], 0
    for a in range(1, len(design.block)):
        if at.alive[a] and (best == 0 or at.statistic[a] > at.statistic[best] or at.statistic[best] != at.statistic[best]):
            best = a
    how, z = GOES_ON, at.statistic[best]
    for a in range(1, len(design.block)):
        if at.alive[a] and at.statistic[a] >= design.efficacy[look]:
            how = REJECTED
            by_arm[a, CLAIMED] += 1
    if how == GOES_ON and not is_last:
        if z <= design.futility[look]:
            how = FUTILE
        left = 0
        for a in range(1, len(design.block)):
            if not at.alive[a]:
                continue
            own = at.statistic[a]
            poor = own == own and conditional_power(own, share, final) < design.futile[look]
            if poor or design.best[look] and a != best:
                at.alive[a], at.gone[a] = False, when
                by_arm[a, DROPPED] += 1
            else:
                left += 1
        if left == 0:
            how = FUTILE
    size = people
    if how == GOES_ON and not is_last and people == design.planned:
        if design.blinded[look]:
            size = re_estimated(design, when, many, first, second)
        elif z > 0.0 and design.promising[look] <= conditional_power(z, share, final) < design.wanted:
            size = enlarged(design, z, share, final)
    return how, best, size


@compiled
def stretched(design: Design, look: int, ratio: float) -> float:
    """By how much the numbers that later looks wait for are stretched in a trial that was enlarged by a ratio."""
    share = design.information[look]
    if design.combined:
        return float((ratio - share) / (1.0 - share))
    return ratio if design.kind != TIME else 1.0


@compiled
def added_up(
    design: Design, best: int, counted: int, enrolled: int, when: int, people: int, effect: float, error: float,
    whole: Int[np.ndarray, " sums"], by_arm: Int[np.ndarray, "arms three"],
) -> None:  # fmt: skip
    """Add a trial that has ended to the sums over trials.

    Args:
        design: The trial.
        best: The arm that does best.
        counted: Its events, or answers.
        enrolled: Those who entered.
        when: The moment of its end.
        people: The participants that it was to have.
        effect: The effect of the best arm,
        error: and its error; not a number where there is none.
        whole: What is summed over trials, in whole steps. Added to.
        by_arm: What is counted of each arm. Added to.
    """
    by_arm[best, BEST] += 1
    whole[EVENTS] += counted
    whole[EVENTS_2] += counted * counted
    whole[ENROLLED] += enrolled
    whole[ENROLLED_2] += enrolled * enrolled
    whole[DURATION] += when >> COARSE
    whole[DURATION_2] += (when >> COARSE) * (when >> COARSE)
    if people > design.planned:
        whole[ENLARGED] += 1
        whole[PLACES] += people
        whole[AT_MOST] += 1 if people == design.largest else 0
    if effect == effect:
        off = effect - design.truth[best]
        whole[EFFECT] += np.int64(np.floor(effect * SIZE_STEP + 0.5))
        whole[EFFECT_2] += np.int64(np.floor(effect * effect * SIZE_STEP + 0.5))
        whole[ESTIMATED] += 1
        if off == off:  # there is one true effect
            whole[BIAS] += np.int64(np.floor(off * SIZE_STEP + 0.5))
            whole[BIAS_2] += np.int64(np.floor(off * off * SIZE_STEP + 0.5))
            whole[COVERED] += 1 if abs(off) <= design.width * error else 0


@compiled
def trials(
    design: Design,
    seed_low: np.uint64,
    seed_high: np.uint64,
    first: int,
    count: int,
    at: Room,
    ended: Int[np.ndarray, "looks outcomes"],
    whole: Int[np.ndarray, " sums"],
    by_arm: Int[np.ndarray, "arms three"],
    each: Float[np.ndarray, "kept values"],
) -> None:
    """Run so many trials from `first` on, and add up how they ended.

    Args:
        ended: Trials that went on beyond each look (the last: that ended at it without a claim), that made a claim at it, and
            that were stopped at it for futility. Added to.
        whole: What is summed over trials, in whole steps. Added to.
        by_arm: What is counted of each arm. Added to.
        each: Of every trial the look at which it ended, how, events or answers, participants, duration in ticks, effect, its
            error, the statistic of the best arm, and the participants it was to have; left alone where it has no rows.
    """
    looks, arms, follow = len(design.look), len(design.block), design.until - design.accrual
    for trial in range(first, first + count):
        drawn(design, trial, 0, design.planned, 0, design.accrual, seed_low, seed_high, at)
        begun(at)
        people, end, scale, since = design.planned, design.until, 1.0, 0.0
        for look in range(looks):
            when = end
            if look < looks - 1:
                when = moment_of(design, number_at(design, look, scale, since, at), people, end, at)
            is_last = look == looks - 1 or when >= end
            # --- what is seen: for each arm that goes on its statistic; and of all together
            many, seen, one, two = 0, 0.0, 0.0, 0.0
            if design.kind == TIME:
                many = seen_at(when, people, at)
                if design.blinded[look]:
                    seen, one = exposure(design, when, people, at)
            else:
                at.sums[:, :3] = at.sums[:, 3:]
                answered(when, people, follow, at)
                for a in range(2):
                    seen, one, two = seen + at.sums[a, 3], one + at.sums[a, 4], two + at.sums[a, 5]
            for a in range(1, arms):
                if not at.alive[a]:
                    continue
                if design.kind == TIME:
                    excess, variance = compared(a, many, at)
                    z, fresh = tested(a, excess, variance, at)
                else:
                    z, fresh = set_apart_so_far(design.kind, a, at)
                stated(design, look, a, z, fresh, at)
            # --- what follows
            how, best, size = decided(design, look, is_last, people, when, seen, one, two, at, by_arm)
            ended[look, how] += 1
            if how == GOES_ON and not is_last:
                if size > people:
                    opens = max(design.accrual, when)
                    lasts = max(1, int(float(design.more) * (size - people) / (design.largest - people)))
                    drawn(design, trial, people, size, opens, lasts, seed_low, seed_high, at)
                    end = min(opens + lasts + follow, LAST_TICK)
                    scale, since = stretched(design, look, size / people), float(design.look[look])
                    if not design.combined:
                        since = 0.0
                    people = size
                continue
            # --- the end
            enrolled, counted = 0, 0
            for i in range(people):
                arm = at.arm[i]
                if at.entry[i] <= when and (at.alive[arm] or at.entry[i] <= at.gone[arm]):
                    enrolled += 1
            effect, error = np.nan, np.nan
            if design.kind == TIME:
                for i in range(many):
                    counted += 0 if at.key[i] & NO_EVENT else 1
                effect, error = fitted(best, many, at)
            else:
                for a in range(arms):
                    counted += int(at.sums[a, 3])
                y, x = at.sums[best], at.sums[0]
                _, effect, error = set_apart(design.kind, y[3], y[4], y[5], x[3], x[4], x[5])
            added_up(design, best, counted, enrolled, when, people, effect, error, whole, by_arm)
            if len(each):
                row = each[trial - first]
                row[0], row[1], row[2], row[3], row[4] = look, how, counted, enrolled, when
                row[5], row[6], row[7], row[8] = effect, error, at.statistic[best], people
            break
