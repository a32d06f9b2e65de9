"""One participant's way through a trial, from the first person screened to the last day (`simulation.course`)."""

# mypy: allow-untyped-defs, allow-untyped-calls

import math

import numpy as np

from .agenda import drop_series, has_left, is_asked, look, pass_over
from .ahead import ahead, decide, keeps_apart
from .allocation import allocate, ineligible
from .clocks import next_of_many
from .coming import clock_day, drop_clock
from .draws import chosen, holds, misses, uniform
from .forms import answer, is_still, record, take
from .hazards import has_happened
from .machine import part
from .record import NEVER, NO_DAY, TRACKS
from .recruitment import site_now
from .tumours import unknown
from .waiting import catch_up, keep_day
from .walk import advance, times_out

BY_ITSELF, ALLOCATION, SCHEDULE, PATHWAY, TIMED_OUT = range(5)
"""What comes first of what may come on one day."""
OF_DAY, OF_RANK, OF_NAME, OF_LINE = 33, 30, 24, 6
"""Where they stand in a turn: 30 bits for the day, 3 for what it is, 6 for its name, 18 for how long it has waited."""
LONGEST, NO_TURN = (1 << 18) - 1, (1 << 63) - 1


@part
def happen(s, p, a, index):
    """What was to happen, happens."""
    d, day = s.clock[index], max(clock_day(s, index), s.today)
    drop_clock(s, index)
    form = p.form_of[d]
    if s.n_running:
        has_happened(s, d)
    if p.repeats[form] or s.count[form] == 0:
        if not p.is_by_month[d] or p.happens_when[d] < 0 or holds(s, p, a, p.happens_when[d], day) == 1:
            if form == p.withdrawal and p.from_drawing < 0:
                s.given_from = p.from_follow_up
            record(s, p, a, form, day)
            s.given_from = -1
    if form == p.death:
        s.is_over = 1
    elif form == p.withdrawal and has_left(s, p):
        s.is_over = 1
    elif p.is_by_month[d] and p.repeats[form]:
        next_of_many(s, p, d, day)


@part
def enrol(s, p, a, day):
    """Enrol, unless a criterion stands in the way: then say which."""
    form = p.enrolment
    row = s.count[form]
    if s.cohort < 0 and p.n_cohorts:
        s.days[form, row] = day
        for i in range(p.n_columns[form]):
            s.values[p.columns[form, i], row] = math.nan
        s.count[form] = row + 1
        members = 0
        found = -1
        for c in range(p.n_cohorts):
            if p.cohort_member[c] >= 0 and holds(s, p, a, p.cohort_member[c], day) == 1:
                members += 1
                found = c
        s.count[form] = row
        if members == 1:
            s.cohort = found
    answer(s, p, a, form, day, 0)
    if p.site_column >= 0 and s.site >= 0:
        s.values[p.site_column, row] = s.site
    if p.cohort_column >= 0 and s.cohort >= 0:
        s.values[p.cohort_column, row] = s.cohort
    take(s, p, a, form, day)
    s.not_before = max(s.not_before, day + 1)
    return ineligible(s, p, a, day)


@part
def screen(s, p, a, day, enrolled_on):
    """Record what is known before enrolment, and enrol."""
    if p.needs_consent:
        record(s, p, a, p.consent, day)
    if p.n_judged or p.n_drawn[p.judgement]:
        row = s.count[p.judgement]
        answer(s, p, a, p.judgement, day, 0)
        for i in range(p.n_judged):
            column = p.judged_column[i]
            if column >= 0 and s.values[column, row] != s.values[column, row]:
                s.values[column, row] = p.judged[i]
        take(s, p, a, p.judgement, day)
    for i in range(p.n_baseline):
        record(s, p, a, p.baseline[i], day)
    s.has_begun = 1
    return 0 if p.is_retrospective else enrol(s, p, a, enrolled_on)


@part
def turn(day, rank, name, rest):
    """Where something stands among what may come next, as one number: its day, what it is, its name, and among its like."""
    return (np.int64(day) << OF_DAY) | (np.int64(rank) << OF_RANK) | (np.int64(name) << OF_NAME) | np.int64(rest)


@part
def comes_next(s, p, a, is_calm):
    """What comes next: its turn, the activity (-2: a decision), and of which clock, series or track."""
    best, what, which, today = NO_TURN, -1, -1, s.today
    if s.next_clock >= 0:
        which = s.next_clock
        best = turn(max(clock_day(s, which), today), BY_ITSELF, 0, 0)
    if p.allocates >= 0 and not s.was_allocated and not p.allocates_on_path and s.count[p.allocated_after]:
        best = min(best, turn(today, ALLOCATION, 0, 0))
    for k in range(s.n_tracks):
        t = s.order[k]
        if s.step[t] < 0:
            continue
        day, form = ahead(s, p, a, t)
        if day != NO_DAY:
            found = turn(day, PATHWAY, p.decide_rank if form == -2 else p.rank[form], p.track_rank[t])
            if found < best:
                best, what, which = found, form, t
        out = times_out(s, p, t)
        if out != NO_DAY:
            best = min(best, turn(max(out + 1, today), TIMED_OUT, 0, 0))
    i = 0
    while i < s.n_series:
        target, form = s.series_target[i], s.series_form[i]
        if target == NEVER:
            drop_series(s, i)
            continue
        if target <= best >> OF_DAY and not (is_calm and p.is_quick[form]):
            if target < today and today > s.series_closes[i]:
                pass_over(s, p, i)
                continue
            day = max(target, today)
            if s.count[form] and s.days[form, s.count[form] - 1] >= day:
                day = s.days[form, s.count[form] - 1] + 1
            if p.is_apart[form]:
                day = keeps_apart(s, p, form, day)
            day = max(min(day, s.series_closes[i]), today)
            # of one activity on one day, what was due first comes first, then the line that stands first
            found = turn(day, SCHEDULE, p.rank[form], ((LONGEST - min(day - target, LONGEST)) << OF_LINE) | s.series_line[i])
            if found < best:
                best, what, which = found, form, i
        i += 1
    return best, what, which


@part
def follow(s, p, a):
    """Go on until death, withdrawal or the last day."""
    while not s.is_over and not s.fault:
        is_calm = p.can_wait != 0 and s.begun != 0 and s.n_tracks == 0
        if is_calm and s.caught_up == NO_DAY:
            s.caught_up = s.today
        best, what, which = comes_next(s, p, a, is_calm)
        day, rank = best >> OF_DAY, (best >> OF_RANK) & 7
        if is_calm:
            if day > s.until:
                catch_up(s, p, a, s.until, NEVER)
            elif not (rank == SCHEDULE and p.is_mere[what]) and not (
                rank == BY_ITSELF and p.is_mere[p.form_of[s.clock[which]]]
            ):
                catch_up(s, p, a, day, (best >> OF_NAME) & 63 if rank == SCHEDULE else -1)
                s.caught_up = NO_DAY
        if day > s.until:
            return
        if rank == BY_ITSELF:
            happen(s, p, a, which)
        elif rank == ALLOCATION:
            allocate(s, p, a, day)
        elif rank == SCHEDULE:
            if is_still(s, p, p.is_quick[what], what):
                keep_day(s, p, a, day, which)
            else:
                visit(s, p, a, day, what, which)
        elif rank == PATHWAY:
            if what == -2:
                decide(s, p, a, which, day)
            elif p.is_allocation[what]:
                allocate(s, p, a, day)
                if s.arm < 0:
                    s.skipped[which] = s.events
            else:
                if what == p.withdrawal:
                    s.given_from = p.from_treatment
                if not record(s, p, a, what, day):
                    s.skipped[which] = s.events
                s.given_from = -1
        else:
            advance(s, p, a, day)
            s.today = day
            look(s, p, a, day)


@part
def visit(s, p, a, day, form, i):
    """Do what a series asks for; where that is not to be, it goes on to the next."""
    line, act, anchor, number = s.series_line[i], s.series_act[i], s.series_anchor[i], s.series_number[i]
    if is_asked(s, p, a, i, day) and not misses(s, p, form) and record(s, p, a, form, day):
        return
    for j in range(s.n_series):
        if s.series_line[j] == line and s.series_act[j] == act and s.series_anchor[j] == anchor:
            if s.series_number[j] == number and s.series_target[j] != NEVER:
                pass_over(s, p, j)
                return


@part
def blank_assumed(s, p):
    """No hazard is at work, nothing was missed, and of nothing that goes together is there a score."""
    s.n_running = 0
    if p.misses:
        for i in range(p.n_forms):
            s.came_up[i] = 0
    for i in range(p.n_together):
        s.score[i] = math.nan


@part
def blank(s, p):
    """Nothing is known of anybody yet."""
    s.block_slot = -1
    s.stretch_of[:] = -1
    s.site, s.arm, s.cohort, s.today, s.not_before, s.is_over, s.has_begun = -1, -1, -1, 0, 0, 0, 0
    s.was_allocated, s.response, s.events, s.alive = 0, 0, 0, 0
    s.limit, s.given_from, s.given_arm, s.fit_after, s.left = NEVER, -1, -1, -1, -1
    for i in range(p.n_forms + 2 * p.n_steps):
        s.count[i] = 0
    for i in range(p.n_forms):
        s.started[i], s.ready_key[i] = 0, -1
    blank_assumed(s, p)
    for i in range(p.n_all_columns):
        s.filled[i] = 0
    for i in range(p.n_memories):
        s.memory[i] = math.nan
    s.n_lesions, s.were_drawn, s.selected, s.n_past = 0, 0, 0, 0
    unknown(s)
    s.begun, s.n_tracks, s.visits, s.ends, s.n_loose = 0, 0, 0, 0, 0
    for i in range(p.n_steps):
        s.entries[i], s.days_in[i] = 0, 0
    for t in range(TRACKS):
        s.step[t], s.ended[t], s.busy[t], s.skipped[t], s.wanted_step[t] = -1, NO_DAY, 0, -1, -1
    s.n_clocks, s.next_clock, s.n_waiting, s.n_series, s.caught_up, s.to_look = 0, -1, 0, 0, NO_DAY, 0
    for i in range(p.n_lines):
        s.line_count[i], s.line_day[i], s.aim_anchor[i], s.targets_of[i] = 0, NO_DAY, NO_DAY, NO_DAY
        for j in range(p.n_acts[i]):
            s.used[i, j] = 0


@part
def person(s, p, a, day):
    """One person drawn: who joins is followed to the end; of others the criterion that stands in the way is said."""
    blank(s, p)
    if p.n_recruiting and p.recruits[0] >= 0:
        s.site = site_now(s, p, day)
    elif p.site_drawing >= 0:
        d = p.site_drawing
        s.site = int(chosen(p, p.chances[d, 0], p.n_chances[d, 0], p.total[d, 0], uniform(s, p, p.slot[d], 0, p.word[d], 0)))
    elif p.n_sites:
        s.site = int(uniform(s, p, 0, 0, 1, 0) * p.n_sites)
    if p.cohort_drawing >= 0:
        d = p.cohort_drawing
        s.cohort = int(chosen(p, p.chances[d, 0], p.n_chances[d, 0], p.total[d, 0], uniform(s, p, p.slot[d], 0, p.word[d], 0)))
        if p.cohort_is_past[s.cohort] and not p.is_retrospective:
            day = p.start - (day - p.start) - 1
    why = screen(s, p, a, day if p.is_retrospective else day - 1, day)
    if why:
        return why
    s.not_before = max(s.not_before, day + 1)
    follow(s, p, a)
    if p.is_retrospective:
        if not s.is_over and s.until > day:
            record(s, p, a, p.last_contact, s.until)
        return enrol(s, p, a, s.until)
    return 0
