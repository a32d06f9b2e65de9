"""One participant's way through a trial, from the first person screened to the last day (`simulation.course`)."""

# mypy: allow-untyped-defs, allow-untyped-calls

import math

from .agenda import copy_series, has_left, is_asked, look, pass_over
from .ahead import ahead, decide, keeps_apart
from .allocation import allocate, ineligible
from .clocks import next_of_many
from .coming import drop_clock
from .draws import chosen, holds, misses, uniform
from .forms import answer, is_still, record, take
from .hazards import has_happened
from .machine import part
from .record import NEVER, NO_DAY, TRACKS
from .recruitment import site_now
from .tumours import unknown
from .waiting import catch_up, keep_day
from .walk import advance, times_out


@part
def happen(s, p, a, index):
    """What was to happen, happens."""
    d, day = s.clock[index], max(s.clock_day[index], s.today)
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
def follow(s, p, a):
    """Go on until death, withdrawal or the last day."""
    while not s.is_over and not s.fault:
        best, rank, what, which_ = NEVER, 9, -1, -1
        name, today = 0, s.today
        is_calm = p.can_wait != 0 and s.begun != 0 and s.n_tracks == 0
        if is_calm and s.caught_up == NO_DAY:
            s.caught_up = today
        if s.next_clock >= 0:
            which_ = s.next_clock
            best, rank = max(s.clock_day[which_], today), 0
        if p.allocates >= 0 and not s.was_allocated and not p.allocates_on_path and s.count[p.allocated_after]:
            if today < best:
                best, rank = today, 1
        for k in range(s.n_tracks):
            t = s.order[k]
            if s.step[t] < 0:
                continue
            day, form = ahead(s, p, a, t)
            if day != NO_DAY:
                order = p.decide_rank if form == -2 else p.rank[form]
                if day < best or (day == best and (rank > 3 or (rank == 3 and (order < name or (
                        order == name and p.track_rank[t] < p.track_rank[which_]))))):  # fmt: skip
                    best, rank, what, which_, name = day, 3, form, t, order
            out = times_out(s, p, t)
            if out != NO_DAY and max(out + 1, today) < best:
                best, rank = max(out + 1, today), 4
        i = 0
        target = 0
        while i < s.n_series:
            if s.series_target[i] == NEVER:
                for j in range(i + 1, s.n_series):
                    copy_series(s, j - 1, j)
                s.n_series -= 1
                continue
            form = s.series_form[i]
            if s.series_target[i] <= best and not (is_calm and p.is_quick[form]):
                if s.series_target[i] < today and today > s.series_closes[i]:
                    pass_over(s, p, i)
                    continue
                day = max(s.series_target[i], today)
                if s.count[form] and s.days[form, s.count[form] - 1] >= day:
                    day = s.days[form, s.count[form] - 1] + 1
                if p.is_apart[form]:
                    day = keeps_apart(s, p, form, day)
                day = max(min(day, s.series_closes[i]), today)
                if day < best or (
                    day == best and (rank > 2 or (rank == 2 and (p.rank[form] < name or (
                        p.rank[form] == name and (s.series_target[i] < target or (
                            s.series_target[i] == target and s.series_line[i] < s.series_line[which_]))))))
                ):  # fmt: skip
                    best, rank, what, which_, name, target = day, 2, form, i, p.rank[form], s.series_target[i]
            i += 1
        if is_calm:
            if best > s.until:
                catch_up(s, p, a, s.until, NEVER)
            elif not (rank == 2 and p.is_mere[what]) and not (rank == 0 and p.is_mere[p.form_of[s.clock[which_]]]):
                catch_up(s, p, a, best, name if rank == 2 else -1)
                s.caught_up = NO_DAY
        if best > s.until:
            return
        if rank == 0:
            happen(s, p, a, which_)
        elif rank == 1:
            allocate(s, p, a, best)
        elif rank == 2:
            line, act, anchor = s.series_line[which_], s.series_act[which_], s.series_anchor[which_]
            number = s.series_number[which_]
            if is_still(s, p, p.is_quick[what], what):
                keep_day(s, p, a, best, which_)
                continue
            done = is_asked(s, p, a, which_, best) and not misses(s, p, what) and record(s, p, a, what, best)
            if not done:
                for i in range(s.n_series):
                    if s.series_line[i] == line and s.series_act[i] == act and s.series_anchor[i] == anchor:
                        if s.series_number[i] == number and s.series_target[i] != NEVER:
                            pass_over(s, p, i)
                            break
        elif rank == 3:
            if what == -2:
                decide(s, p, a, which_, best)
            elif p.is_allocation[what]:
                allocate(s, p, a, best)
                if s.arm < 0:
                    s.skipped[which_] = s.events
            else:
                if what == p.withdrawal:
                    s.given_from = p.from_treatment
                if not record(s, p, a, what, best):
                    s.skipped[which_] = s.events
                s.given_from = -1
        else:
            advance(s, p, a, best)
            s.today = best
            look(s, p, a, best)


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
    s.n_clocks, s.next_clock, s.n_waiting, s.n_series, s.caught_up = 0, -1, 0, 0, NO_DAY
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
        s.site = int(chosen(p, p.chances[d, 0], p.n_chances[d, 0], p.total[d, 0], uniform(s, p.slot[d], 0, p.word[d], 0)))
    elif p.n_sites:
        s.site = int(uniform(s, 0, 0, 1, 0) * p.n_sites)
    if p.cohort_drawing >= 0:
        d = p.cohort_drawing
        s.cohort = int(chosen(p, p.chances[d, 0], p.n_chances[d, 0], p.total[d, 0], uniform(s, p.slot[d], 0, p.word[d], 0)))
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
