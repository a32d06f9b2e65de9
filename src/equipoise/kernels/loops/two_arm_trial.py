"""A plain trial of two arms from the first draw to the last look: 32 virtual trials abreast, in room that is used again.

A row holds one participant of each of the 32 trials, so that every step is the same for all of them and the machine
does several at once. Rows are sorted by a network of comparisons, in which nothing depends on what is found: Knuth's
merge exchange. Sums over trials are kept as whole numbers, whose order does not matter: however a batch is split, the
same bits come out.

Time is counted in ticks, of which the longest follow-up possible has 2³⁰ - 1. What happened to a participant is one
number of 32 bits, its time above two flags, so that sorting needs to move nothing else:

    time << 2 | no event << 1 | treated

Events therefore come before those censored at the same tick, who are at risk at it. Not yet enrolled at a look is
censored at tick 0, before any event: an event takes a tick at least.

Source:
    Knuth (1998), The Art of Computer Programming 3, 2nd edition, section 5.2.2, algorithm M.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int, UInt32

from . import compiled
from .elementary import exponential, logarithm
from .philox import STEP_32, wide

ABREAST = 32
STRIP = 8
"""Participants are drawn so many at a time."""
LAST_TICK = (1 << 30) - 1
NEVER = np.uint32(0xFFFFFFFF)
SMALLEST, NO_HAZARD_REACHES = 1e-300, 1e300
NO_EVENT, TREATED = np.uint32(2), np.uint32(1)
LOGRANK, COX, RMST = 0, 1, 2
BY_TIME, BY_EVENTS = 0, 1
GOES_ON, REJECTED, FUTILE = 0, 1, 2

SIZE_STEP = 4294967296.0
"""Effects are summed in steps of 2⁻³²."""
COARSE = 10
"""Durations are summed in steps of 2¹⁰ ticks."""
STEPS = 60
"""Newton's steps allowed to Cox's model; about six are needed, and halving alone would take as many as this."""
SETTLED = 1e-10
FURTHEST = 30.0
"""A log hazard ratio lies no further than this from 0."""

SUMS = 10
EVENTS, EVENTS_2, ENROLLED, ENROLLED_2, DURATION, DURATION_2, EFFECT, EFFECT_2, COVERED, ESTIMATED = range(SUMS)
"""What is summed over trials: at the look at which each ended."""


class Design(NamedTuple):
    """A trial in ticks; the first row of what is by arm is the control's.

    An arm's survival is cure + (1 - cure) · exp(-H), and H rises in straight stretches with time to the power `shape`:
    from `hazard_at` at `moment` by 1 / `slowness`.
    """

    participants: int
    accrual: int
    block_controls: int
    block_treated: int
    simple: bool
    cure: Float[np.ndarray, " arms"]
    shape: Float[np.ndarray, " arms"]
    hazard_at: Float[np.ndarray, "arms stretches"]
    moment: Float[np.ndarray, "arms stretches"]
    slowness: Float[np.ndarray, "arms stretches"]
    dropout: float
    method: int
    horizon: int
    kind: int
    look: Int[np.ndarray, " looks"]
    latest: int
    efficacy: Float[np.ndarray, " looks"]
    futility: Float[np.ndarray, " looks"]
    two_sided: bool
    truth: float
    width: float


class Room(NamedTuple):
    """Where 32 trials are worked out at a time."""

    entry: UInt32[np.ndarray, " rows"]
    life: UInt32[np.ndarray, " rows"]
    key: UInt32[np.ndarray, " rows"]
    arm: UInt32[np.ndarray, " strip"]
    dropped: UInt32[np.ndarray, " strip"]
    hazard: Float[np.ndarray, " strip"]
    lasting: Float[np.ndarray, " strip"]
    staying: Float[np.ndarray, " strip"]
    left: UInt32[np.ndarray, " abreast"]
    when: UInt32[np.ndarray, "looks abreast"]
    sums: Float[np.ndarray, "sixteen abreast"]
    stopped: Int[np.ndarray, " abreast"]


def room(participants: int, looks: int) -> Room:
    """Room for trials of so many participants, looked at so often."""
    rows, strip = np.empty((3, participants * ABREAST), np.uint32), np.empty((3, STRIP * ABREAST))
    words = np.empty((2, STRIP * ABREAST), np.uint32)
    return Room(
        rows[0], rows[1], rows[2], words[0], words[1], strip[0], strip[1], strip[2],
        np.empty(ABREAST, np.uint32), np.empty((looks, ABREAST), np.uint32), np.empty((16, ABREAST)), np.empty(ABREAST, np.int64),
    )  # fmt: skip


@compiled
def sorted_abreast(rows: UInt32[np.ndarray, " rows"], many: int) -> None:
    """Sort each of the 32 columns of so many rows."""
    top = 1
    while top < many:
        top *= 2
    p = top // 2
    while p > 0:
        q, r, d = top // 2, 0, p
        while True:
            start = r
            while start < many - d:
                end = min(start + p, many - d)
                low, high = rows[start * ABREAST : end * ABREAST], rows[(start + d) * ABREAST : (end + d) * ABREAST]
                for e in range((end - start) * ABREAST):
                    x, y = low[e], high[e]
                    low[e], high[e] = min(x, y), max(x, y)
                start += 2 * p
            if q == p:
                break
            d, q, r = q - p, q // 2, p
        p //= 2


@compiled
def words(
    start: int,
    end: int,
    first: int,
    seed_low: np.uint64,
    seed_high: np.uint64,
    one: UInt32[np.ndarray, " cells"],
    two: UInt32[np.ndarray, " cells"],
    three: UInt32[np.ndarray, " strip"],
    four: UInt32[np.ndarray, " strip"],
) -> None:
    """The words of some participants of the 32 trials from `first` on."""
    none = np.uint64(0)
    for i in range(end - start):
        here, there = i * ABREAST, (i + 1) * ABREAST
        ones, twos, threes, fours, who = (
            one[here:there],
            two[here:there],
            three[here:there],
            four[here:there],
            np.uint64(start + i),
        )
        for k in range(ABREAST):
            a, b, c, d = wide(who, np.uint64(first + k), none, none, seed_low, seed_high)
            ones[k], twos[k], threes[k], fours[k] = np.uint32(a), np.uint32(b), np.uint32(c), np.uint32(d)


@compiled
def allocated(
    start: int,
    end: int,
    controls: int,
    treated: int,
    simple: bool,
    arm: UInt32[np.ndarray, " strip"],
    left: UInt32[np.ndarray, " abreast"],
) -> None:
    """Turn words into arms, 1 for the treated.

    One of the places left in the block is taken, all alike; simple allocation begins a block with every participant.
    """
    for i in range(start, end):
        place = 0 if simple else i % (controls + treated)
        if place == 0:
            left[:] = np.uint32(treated)
        remaining, row = np.uint64(controls + treated - place), arm[(i - start) * ABREAST : (i - start + 1) * ABREAST]
        for k in range(ABREAST):
            is_treated = np.uint32(np.uint32(np.uint64(row[k]) * remaining >> np.uint64(32)) < left[k])
            row[k] = is_treated
            left[k] -= is_treated


@compiled
def drawn(design: Design, seed_low: np.uint64, seed_high: np.uint64, first: int, at: Room) -> None:
    """Draw the participants of the 32 trials from `first` on, in the order in which they enter.

    The address is (participant, trial, 0, 0), and its words are the time of the event, the entry, the time of dropping
    out and the arm. Entries are uniform, and put in order.
    """
    cure, shape = design.cure, design.shape
    hazard_at, moment, slowness = design.hazard_at, design.moment, design.slowness
    powered, cured = shape[0] != 1.0 or shape[1] != 1.0, cure[0] > 0.0 or cure[1] > 0.0
    arm, dropped, hazard, lasting, staying = at.arm, at.dropped, at.hazard, at.lasting, at.staying
    for start in range(0, design.participants, STRIP):
        end = min(start + STRIP, design.participants)
        cells = (end - start) * ABREAST
        entry, life = at.entry[start * ABREAST : end * ABREAST], at.life[start * ABREAST : end * ABREAST]
        words(start, end, first, seed_low, seed_high, life, entry, dropped, arm)
        allocated(start, end, design.block_controls, design.block_treated, design.simple, arm, at.left)
        for e in range(cells):
            lasting[e] = (np.float64(life[e]) + 0.5) * STEP_32
        if cured:
            for e in range(cells):
                lasting[e] = (lasting[e] - (cure[1] if arm[e] else cure[0])) / (1.0 - (cure[1] if arm[e] else cure[0]))
        for e in range(cells):
            hazard[e] = -logarithm(max(lasting[e], SMALLEST))
        if cured:
            for e in range(cells):
                hazard[e] = hazard[e] if lasting[e] > 0.0 else NO_HAZARD_REACHES
        for e in range(cells):
            lasting[e] = hazard[e] * (slowness[1, 0] if arm[e] else slowness[0, 0])
        for j in range(1, hazard_at.shape[1]):
            for e in range(cells):
                begun = hazard_at[1, j] if arm[e] else hazard_at[0, j]
                from_there = moment[1, j] if arm[e] else moment[0, j]
                slowly = slowness[1, j] if arm[e] else slowness[0, j]
                lasting[e] = from_there + (hazard[e] - begun) * slowly if hazard[e] > begun else lasting[e]
        if powered:
            for e in range(cells):
                power = 1.0 / (shape[1] if arm[e] else shape[0])
                lasting[e] = exponential(logarithm(max(lasting[e], SMALLEST)) * power)
        if design.dropout > 0.0:
            for e in range(cells):
                staying[e] = min(-logarithm((np.float64(dropped[e]) + 0.5) * STEP_32) * design.dropout, float(LAST_TICK))
        else:
            staying[:] = float(LAST_TICK)
        for e in range(cells):
            lives, stays = np.int32(min(lasting[e], float(LAST_TICK))) + 1, np.int32(staying[e])
            is_seen = (lives <= stays) & (lives < LAST_TICK)
            ticks = np.uint32(min(lives, stays))
            life[e] = ticks << np.uint32(2) | (np.uint32(0) if is_seen else NO_EVENT) | arm[e]
    sorted_abreast(at.entry, design.participants)
    accrual, entries = np.uint64(design.accrual), at.entry
    for e in range(len(entries)):
        entries[e] = np.uint32(np.uint64(entries[e]) * accrual >> np.uint64(32))


@compiled
def looked_at(design: Design, at: Room) -> None:
    """Write into `when` the moments of the looks in each trial: as planned, or as so many events have happened."""
    if design.kind == BY_TIME:
        for look in range(len(design.look)):
            at.when[look] = np.uint32(design.look[look])
        return
    life, entry, key = at.life, at.entry, at.key
    for e in range(len(life)):
        key[e] = NEVER if life[e] & NO_EVENT else entry[e] + (life[e] >> np.uint32(2))
    sorted_abreast(key, design.participants)
    for look in range(len(design.look)):
        row = key[(design.look[look] - 1) * ABREAST : design.look[look] * ABREAST]
        for k in range(ABREAST):
            at.when[look, k] = min(row[k], np.uint32(design.latest))


@compiled
def seen_at(participants: int, when: UInt32[np.ndarray, " abreast"], at: Room) -> None:
    """Write into `key` what is known of everybody at a moment of each trial, in order of follow-up."""
    for i in range(participants):
        entry, life = at.entry[i * ABREAST : (i + 1) * ABREAST], at.life[i * ABREAST : (i + 1) * ABREAST]
        key = at.key[i * ABREAST : (i + 1) * ABREAST]
        for k in range(ABREAST):
            enrolled = entry[k] <= when[k]
            longest = when[k] - entry[k] if enrolled else np.uint32(0)
            cut = longest << np.uint32(2) | NO_EVENT | (life[k] & TREATED)
            key[k] = life[k] if enrolled and life[k] >> np.uint32(2) <= longest else cut
    sorted_abreast(at.key, participants)


@compiled
def compared_abreast(participants: int, at: Room) -> None:
    """The log-rank test: events of the treated less those expected, and its variance, of trials whose events are not tied.

    Into `sums`: 0 the excess, 1 its variance, 2 events, 3 whether any events are tied, 4 events of the treated and
    5 of the control arm while both were at risk.
    """
    sums = at.sums
    excess, variance, events, tied = sums[0], sums[1], sums[2], sums[3]
    ups, downs, arm = sums[4], sums[5], sums[6]
    sums[:7] = 0.0
    for i in range(participants - 1, -1, -1):
        key, each = at.key[i * ABREAST : (i + 1) * ABREAST], 1.0 / (participants - i)
        for k in range(ABREAST):
            is_treated = np.float64(np.int32(key[k] & TREATED))
            died = 1.0 - np.float64(np.int32(key[k] >> TREATED & TREATED))
            arm[k] += is_treated
            share = arm[k] * each
            excess[k] += died * (is_treated - share)
            spread = died * share * (1.0 - share)
            variance[k] += spread
            events[k] += died
            both = 1.0 if spread > 0.0 else 0.0
            ups[k] += both * is_treated
            downs[k] += both * (1.0 - is_treated)
    for i in range(participants - 1):
        one, two = at.key[i * ABREAST : (i + 1) * ABREAST], at.key[(i + 1) * ABREAST : (i + 2) * ABREAST]
        for k in range(ABREAST):
            same = (one[k] | TREATED) == (two[k] | TREATED) and one[k] & NO_EVENT == np.uint32(0)
            tied[k] = 1.0 if same else tied[k]


@compiled
def compared_tied(participants: int, k: int, at: Room) -> None:
    """The same for trial `k` where events are tied."""
    excess, variance, arm, i = 0.0, 0.0, 0.0, participants - 1
    while i >= 0:
        now, deaths, treated = at.key[i * ABREAST + k] | TREATED, 0.0, 0.0
        while i >= 0 and at.key[i * ABREAST + k] | TREATED == now:
            is_treated = float(at.key[i * ABREAST + k] & TREATED)
            arm += is_treated
            deaths += 1.0
            treated += is_treated
            i -= 1
        if now & NO_EVENT == np.uint32(0):
            risk = float(participants - 1 - i)
            share = arm / risk
            excess += treated - deaths * share
            variance += deaths * share * (1.0 - share) * (risk - deaths) / max(risk - 1.0, 1.0)
    at.sums[0, k], at.sums[1, k] = excess, variance


@compiled
def scored_tied(participants: int, k: int, ratio: float, at: Room) -> tuple[float, float]:
    """Score and information of trial `k` at a hazard ratio where events are tied, by Efron's rule."""
    score, information, arm, i = 0.0, 0.0, 0.0, participants - 1
    while i >= 0:
        now, deaths, treated = at.key[i * ABREAST + k] | TREATED, 0.0, 0.0
        while i >= 0 and at.key[i * ABREAST + k] | TREATED == now:
            is_treated = float(at.key[i * ABREAST + k] & TREATED)
            arm += is_treated
            deaths += 1.0
            treated += is_treated
            i -= 1
        if now & NO_EVENT == np.uint32(0):
            risk = float(participants - 1 - i)
            score += treated
            for m in range(int(deaths)):
                gone = m / deaths
                ours, theirs = (arm - gone * treated) * ratio, risk - arm - gone * (deaths - treated)
                share = ours / (ours + theirs)
                score -= share
                information += share * (1.0 - share)
    return score, information


@compiled
def fitted_abreast(participants: int, at: Room) -> None:
    """Cox's model of the arm, after `compared_abreast`: the log hazard ratio into `sums[0]`, its information into `sums[1]`.

    Not a number where it has no maximum: one arm had no event while both were at risk. A step that leaves the stretch in
    which the maximum is known to lie is replaced by half of that stretch.
    """
    sums = at.sums
    beta, information, tied, ups, downs = sums[0], sums[1], sums[3], sums[4], sums[5]
    arm, score, low, high, ratio, settled = sums[6], sums[7], sums[8], sums[9], sums[10], sums[11]
    beta[:], low[:], high[:], settled[:], information[:] = 0.0, -FURTHEST, FURTHEST, 0.0, 0.0
    fresh = sums[12]
    for k in range(ABREAST):
        if ups[k] == 0.0 or downs[k] == 0.0:
            settled[k] = 1.0
    for _ in range(STEPS):
        waiting = 0.0
        for k in range(ABREAST):
            waiting += 1.0 - settled[k]
            ratio[k] = exponential(beta[k])
        if waiting == 0.0:
            break
        arm[:], score[:], fresh[:] = 0.0, 0.0, 0.0
        for i in range(participants - 1, -1, -1):
            key, risk = at.key[i * ABREAST : (i + 1) * ABREAST], float(participants - i)
            for k in range(ABREAST):
                is_treated = np.float64(np.int32(key[k] & TREATED))
                died = 1.0 - np.float64(np.int32(key[k] >> TREATED & TREATED))
                arm[k] += is_treated
                ours = arm[k] * ratio[k]
                share = ours / (ours + (risk - arm[k]))
                score[k] += died * (is_treated - share)
                fresh[k] += died * share * (1.0 - share)
        for k in range(ABREAST):
            if tied[k] != 0.0 and settled[k] == 0.0:
                score[k], fresh[k] = scored_tied(participants, k, ratio[k], at)
        for k in range(ABREAST):
            goes_on = settled[k] == 0.0
            at_least = beta[k] if score[k] > 0.0 else low[k]
            at_most = high[k] if score[k] > 0.0 else beta[k]
            step = score[k] / fresh[k]
            there = beta[k] + step
            there = there if (at_least < there) & (there < at_most) else 0.5 * (at_least + at_most)
            information[k] = fresh[k] if goes_on else information[k]
            low[k] = at_least if goes_on else low[k]
            high[k] = at_most if goes_on else high[k]
            arrived = abs(step) < SETTLED
            settled[k] = 1.0 if arrived else settled[k]
            beta[k] = there if goes_on & (not arrived) else beta[k]
    for k in range(ABREAST):
        if ups[k] == 0.0 or downs[k] == 0.0 or settled[k] == 0.0:
            beta[k], information[k] = np.nan, np.nan


@compiled
def lasted_in(arm: int, participants: int, horizon: int, at: Room) -> None:
    """Mean time up to the horizon in an arm of each trial: into `sums[12 + arm]`, its variance into `sums[14 + arm]`.

    Not a number where follow-up ends, with people left, before the horizon. Events one after another give what they
    give together, so that ties need no care. Greenwood's terms g at areas a count as (A - a)², A the whole area: as
    A²·Σg - 2·A·Σga + Σga².
    """
    sums = at.sums
    risk, survival, area, last, before = sums[4], sums[5], sums[6], sums[7], sums[8]
    g_0, g_1, g_2, mean, variance = sums[9], sums[10], sums[11], sums[12 + arm], sums[14 + arm]
    until = float(horizon)
    sums[4:12] = 0.0
    survival[:] = 1.0
    for i in range(participants):
        key = at.key[i * ABREAST : (i + 1) * ABREAST]
        for k in range(ABREAST):
            risk[k] += 1.0 if np.int32(key[k] & TREATED) == arm else 0.0
    for i in range(participants):
        key = at.key[i * ABREAST : (i + 1) * ABREAST]
        for k in range(ABREAST):
            now = np.float64(np.int32(key[k] >> NO_EVENT))
            here = min(now, until)
            mine = np.int32(key[k] & TREATED) == arm
            area[k] += (here - before[k]) * survival[k]
            before[k] = here
            counts = 1.0 if mine & ((key[k] & NO_EVENT) == np.uint32(0)) & (now <= until) else 0.0
            left = risk[k] - 1.0
            greenwood = counts / (risk[k] * left) if left > 0.0 else 0.0
            part = greenwood * area[k]
            g_0[k] += greenwood
            g_1[k] += part
            g_2[k] += part * area[k]
            survival[k] *= 1.0 - counts / risk[k] if risk[k] > 0.0 else 1.0
            risk[k] -= 1.0 if mine else 0.0
            last[k] = now if mine else last[k]
    for k in range(ABREAST):
        whole = area[k] + (until - before[k]) * survival[k]
        followed = (last[k] >= until) | (survival[k] == 0.0)
        mean[k] = whole if followed else np.nan
        variance[k] = whole * whole * g_0[k] - 2.0 * whole * g_1[k] + g_2[k]


@compiled
def lasted_abreast(participants: int, horizon: int, at: Room) -> None:
    """The treated arm's mean time up to the horizon less the control arm's into `sums[0]`, 1 / its variance into `sums[1]`."""
    lasted_in(0, participants, horizon, at)
    lasted_in(1, participants, horizon, at)
    for k in range(ABREAST):
        gap, variance = at.sums[13, k] - at.sums[12, k], at.sums[14, k] + at.sums[15, k]
        found = variance > 0.0 and gap == gap
        at.sums[0, k] = gap if found else np.nan
        at.sums[1, k] = 1.0 / variance if found else np.nan


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
    each: Float[np.ndarray, "kept values"],
) -> None:
    """Run so many trials from `first` on, and add up how they ended.

    Args:
        ended: Trials that went on beyond each look (the last: that ended at it without a difference), that showed a
            difference at it, and that were stopped at it for futility. Added to.
        whole: What is summed over trials, in whole steps. Added to.
        each: Of every trial the look at which it ended, from 0, how it ended, events, participants, duration in ticks,
            effect, its standard error and the statistic; left alone where it has no rows.
    """
    looks, participants = len(design.look), design.participants
    sums, happened, stopped = at.sums, at.sums[2], at.stopped
    for group in range(0, count, ABREAST):
        drawn(design, seed_low, seed_high, first + group, at)
        these = min(ABREAST, count - group)
        waiting = these
        stopped[:] = 0
        looked_at(design, at)
        for look in range(looks):
            if waiting == 0:
                break
            when = at.when[look]
            seen_at(participants, when, at)
            compared_abreast(participants, at)
            if design.method == COX:
                fitted_abreast(participants, at)
            elif design.method == RMST:
                lasted_abreast(participants, design.horizon, at)
            else:
                for k in range(ABREAST):
                    if sums[3, k] != 0.0:
                        compared_tied(participants, k, at)
            for k in range(these):
                if stopped[k] != GOES_ON:
                    continue
                # The statistic is positive where the treated do better.
                if design.method == LOGRANK:
                    information = sums[1, k]
                    effect = sums[0, k] / information if information > 0.0 else np.nan
                    statistic = -sums[0, k] / np.sqrt(information) if information > 0.0 else np.nan
                else:
                    effect, information = sums[0, k], sums[1, k]
                    statistic = effect * np.sqrt(information)
                    if design.method == COX:
                        statistic = -statistic
                last = look == looks - 1 or when[k] >= np.uint32(design.latest)
                height = abs(statistic) if design.two_sided else statistic
                how = GOES_ON
                if height >= design.efficacy[look]:
                    how = REJECTED
                elif statistic <= design.futility[look] and not last:
                    how = FUTILE
                ended[look, how] += 1
                if how == GOES_ON and not last:
                    continue
                stopped[k] = 1
                waiting -= 1
                enrolled = 0
                for i in range(participants - 1, -1, -1):
                    if at.entry[i * ABREAST + k] <= when[k]:
                        enrolled = i + 1
                        break
                duration, deaths = np.int64(when[k]), np.int64(happened[k])
                whole[EVENTS] += deaths
                whole[EVENTS_2] += deaths * deaths
                whole[ENROLLED] += enrolled
                whole[ENROLLED_2] += enrolled * enrolled
                whole[DURATION] += duration >> COARSE
                whole[DURATION_2] += (duration >> COARSE) * (duration >> COARSE)
                if effect == effect:
                    se = 1.0 / np.sqrt(information)
                    scaled = effect / LAST_TICK if design.method == RMST else effect
                    whole[EFFECT] += np.int64(np.floor(scaled * SIZE_STEP + 0.5))
                    whole[EFFECT_2] += np.int64(np.floor(scaled * scaled * SIZE_STEP + 0.5))
                    whole[COVERED] += 1 if abs(effect - design.truth) <= design.width * se else 0
                    whole[ESTIMATED] += 1
                else:
                    se = np.nan
                if len(each):
                    row_of = each[group + k]
                    row_of[0], row_of[1], row_of[2], row_of[3] = look, how, deaths, enrolled
                    row_of[4], row_of[5], row_of[6], row_of[7] = duration, effect, se, statistic
