"""Who may join, and the arm that comes next (`simulation.allocation`)."""

# mypy: allow-untyped-defs, allow-untyped-calls

import numpy as np

from .clocks import start_clock
from .draws import ask, chosen, holds, number_for, uniform
from .forms import record
from .machine import part, seldom
from .record import STRATA, STRATA_FULL


@part
def ineligible(s, p, a, day):
    """The number, from 1, of the first criterion that stands in the way; 0 where none does."""
    if s.fit_after == s.events and not p.rules_ask_for_today:
        return 0  # nothing has happened since nothing stood in the way
    for r in range(p.n_rules):
        if holds(s, p, a, p.rule[r], day) != 1:
            return r + 1
    s.fit_after = s.events
    return 0


@seldom
def next_arm(s, p, stratum):
    """The next arm in a stratum's list (`allocation.Slots`)."""
    at_ = -1
    for i in range(s.n_strata):
        if s.stratum[i] == stratum:
            at_ = i
            break
    if at_ < 0:
        if s.n_strata >= STRATA:
            s.fault = STRATA_FULL
            return 0
        at_ = s.n_strata
        s.n_strata += 1
        s.stratum[at_], s.blocks[at_], s.placed[at_], s.in_block[at_] = stratum, 0, 0, 0
    if s.placed[at_] >= s.in_block[at_]:
        person, participant = s.person, s.participant
        s.person, s.participant = 0, np.uint64(stratum)
        number = s.blocks[at_]
        drawn = uniform(s, p, 1, number * 256, 0, 0)
        if p.by_blocks:
            size = p.sizes[int(drawn * p.n_sizes)]
            size = max(1, size // p.n_once) * p.n_once
            for i in range(size):
                s.block_arms[at_, i] = p.once[i % p.n_once]
            for last in range(size - 1, 0, -1):
                other = int(uniform(s, p, 1, number * 256 + last, 0, 0) * (last + 1))
                kept = s.block_arms[at_, last]
                s.block_arms[at_, last] = s.block_arms[at_, other]
                s.block_arms[at_, other] = kept
            s.in_block[at_] = size
        else:
            s.block_arms[at_, 0] = p.once[int(drawn * p.n_once)]
            s.in_block[at_] = 1
        s.blocks[at_], s.placed[at_] = number + 1, 0
        s.person, s.participant = person, participant
    arm = s.block_arms[at_, s.placed[at_]]
    s.placed[at_] += 1
    return arm


@part
def allocate(s, p, a, day):
    """Randomise or assign, if the participant is eligible still."""
    s.was_allocated = 1
    form = p.allocates
    if ineligible(s, p, a, day):
        return
    d = p.arm_drawing
    if d >= 0:
        number = number_for(s, p, d, s.count[form], 0)
        s.arm = int(chosen(p, p.chances[d, 0], p.n_chances[d, 0], p.total[d, 0], number))
    else:
        stratum = np.int64(0)
        for i in range(p.n_strata):
            s.asked_on = day
            value = ask(s, p, a, p.strata[i], -1)
            if value != value or (value == 2.0 if p.is_truth[i] else s.hi != value):
                value = -1.0
            stratum = (stratum * 1_000_003 + int(value * 16) + 1) % 4294967296
        s.arm = next_arm(s, p, stratum)
    s.given_arm = s.arm
    record(s, p, a, form, day)
    s.given_arm = -1
    s.not_before = max(s.not_before, day + 1)
    size = s.n_waiting
    s.n_waiting = 0
    for i in range(size):
        start_clock(s, p, a, s.waiting[i], s.waiting_day[i], -1)
