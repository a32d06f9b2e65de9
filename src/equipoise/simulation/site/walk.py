"""The way along the pathway, by numbers: what `equipoise.pathway.Walk` does with names."""

# mypy: allow-untyped-defs, allow-untyped-calls

from .days import day_after
from .draws import holds
from .machine import part, seldom
from .record import ENDLESS, NEVER, NO_DAY, ROWS, STEPS


@part
def used_up(s, p, step):
    """Whether a step was entered as often as it may be."""
    return step >= 0 and p.step_limit[step] >= 0 and s.entries[step] >= p.step_limit[step]


@part
def asks(s, p, t, form):
    """Whether the step at which a track stands asks for an activity."""
    step = s.step[t]
    if p.repeat[step] == form:
        return True
    for i in range(p.n_do[step]):
        if p.do[step, i] == form:
            return True
    return False


@part
def owes(s, p, t, form):
    """Whether a track still has to do an activity before it goes on."""
    step = s.step[t]
    is_any = False
    for i in range(p.n_do[step]):
        other = p.do[step, i]
        if s.done[t, other] == 0:
            is_any = True
            if other == form:
                return True
    repeat = p.repeat[step]
    if repeat >= 0 and s.done[t, repeat] < p.least[step]:
        is_any = True
        if repeat == form:
            return True
    if not is_any and is_to_retry(s, p, t):
        for i in range(p.n_do[step]):
            if p.do[step, i] == form:
                return True
    return False


@part
def is_to_retry(s, p, t):
    """Whether a guard that was not met is to be tried again."""
    step = s.step[t]
    return p.guard[step] >= 0 and s.waits[t] and p.has_retry[step] and s.last_try[t] != NO_DAY


@part
def times_out(s, p, t):
    """When a guard that was never met times out; no day where it does not."""
    step = s.step[t]
    if p.guard[step] < 0 or not p.has_retry[step] or p.on_timeout[step] < 0 or s.first_try[t] == NO_DAY:
        return NO_DAY
    if used_up(s, p, p.on_timeout[step]):
        return NO_DAY
    return day_after(p, s.first_try[t], p.for_days[step], p.for_months[step])


@part
def enter(s, p, t, step, day):
    """A track enters a step."""
    s.entries[step] += 1
    s.step[t], s.entered[t], s.number[t] = step, day, s.entries[step]
    s.first_try[t], s.last_try[t], s.decision[t], s.waits[t], s.proposal[t] = NO_DAY, NO_DAY, -1, 0, -1
    s.order[s.n_tracks] = t
    s.n_tracks += 1
    s.visits += 1
    for i in range(p.n_do[step]):
        s.done[t, p.do[step, i]], s.last[t, p.do[step, i]] = 0, NO_DAY
    if p.repeat[step] >= 0:
        s.done[t, p.repeat[step]], s.last[t, p.repeat[step]] = 0, NO_DAY
    form = p.n_forms + step
    row = s.count[form]
    if row >= ROWS - 1:
        s.fault = ENDLESS
        return
    s.days[form, row] = day
    s.count[form] = row + 1
    s.to_look |= p.lines_of[form]
    kept = 0
    for i in range(s.n_loose):
        if s.loose_day[i] == day and asks(s, p, t, s.loose[i]):
            s.done[t, s.loose[i]] += 1
            s.last[t, s.loose[i]] = day
        else:
            s.loose[kept], s.loose_day[kept] = s.loose[i], s.loose_day[i]
            kept += 1
    s.n_loose = kept


@part
def leave(s, p, t, day):
    """A track leaves the step at which it stands."""
    step = s.step[t]
    if step < 0:
        return
    s.days_in[step] += day - s.entered[t]
    s.step[t] = -1
    kept = 0
    for i in range(s.n_tracks):
        if s.order[i] != t:
            s.order[kept] = s.order[i]
            kept += 1
    s.n_tracks = kept
    form = p.n_forms + p.n_steps + step
    row = s.count[form]
    if row < ROWS - 1:
        s.days[form, row] = day
        s.count[form] = row + 1
        s.to_look |= p.lines_of[form]


@part
def end(s, p, t, day):
    """A track ends."""
    leave(s, p, t, day)
    if s.ended[t] == NO_DAY:
        s.ended[t] = day
        s.ends += 1


@part
def move(s, p, t, to, day):
    """A track goes from one step to another."""
    leave(s, p, t, day)
    if to < 0:
        s.ended[t] = day
        s.ends += 1
    else:
        enter(s, p, t, to, day)


@seldom
def end_all(s, p, day):
    """Every track ends."""
    for t in range(p.n_tracks):
        if s.step[t] >= 0 or p.start_step[t] >= 0:
            end(s, p, t, day)


@part
def go_on(s, p, a, t, day):
    """Go one step further, if that can be."""
    step = s.step[t]
    if step < 0:
        return False
    s.waits[t] = 0
    for i in range(p.n_do[step]):
        if s.done[t, p.do[step, i]] == 0:
            return False
    repeat = p.repeat[step]
    if repeat >= 0 and s.done[t, repeat] < p.most[step]:
        if s.done[t, repeat] < p.least[step] or p.stop[step] < 0 or holds(s, p, a, p.stop[step], day) != 1:
            return False
    if p.guard[step] >= 0:
        found = holds(s, p, a, p.guard[step], day)
        if p.n_do[step]:
            is_new = s.last_try[t] == NO_DAY
            for i in range(p.n_do[step]):
                is_new |= s.last[t, p.do[step, i]] == day
            if repeat >= 0:
                is_new |= s.last[t, repeat] == day
            if is_new:
                s.last_try[t] = day
        if s.first_try[t] == NO_DAY:
            s.first_try[t] = day
        if found != 1:
            s.waits[t] = 1
            return False
    if p.is_end[step]:
        end(s, p, t, day)
        return True
    to = way(s, p, a, t, day)
    if to < 0:
        return False
    if used_up(s, p, to):
        s.waits[t] = 1
        return False
    move(s, p, t, to, day)
    return True


@part
def way(s, p, a, t, day):
    """The step that comes next; -1 while that is not decided."""
    step = s.step[t]
    if p.next[step] >= 0:
        return p.next[step]
    if p.by_rule[step]:
        for i in range(p.n_branches[step]):
            to = p.to[step, i]
            if p.branch_when[step, i] < 0:
                return to
            if used_up(s, p, to):
                continue
            found = holds(s, p, a, p.branch_when[step, i], day)
            if found == 1:
                return to
            if found == 2:
                if p.unknown[step] < 0:
                    s.waits[t] = 1
                return p.unknown[step]
        s.waits[t] = 1
        return -1
    s.proposal[t] = -1
    for i in range(p.n_branches[step]):
        if p.is_otherwise[step, i]:
            s.proposal[t] = i if p.has_option[step, i] else -1
            break
        if p.branch_when[step, i] < 0 or used_up(s, p, p.to[step, i]):
            continue
        found = holds(s, p, a, p.branch_when[step, i], day)
        if found != 0:
            s.proposal[t] = i if found == 1 and p.has_option[step, i] else -1
            break
    if s.decision[t] < 0:
        s.waits[t] = 1
        return -1
    to = p.to[step, s.decision[t]]
    if used_up(s, p, to):
        s.waits[t], s.decision[t] = 1, -1
        return -1
    return to


@part
def settle(s, p, a, day):
    """Go on along every track as far as what is known allows."""
    for _ in range(1000):
        moved = False
        if s.n_tracks == 1:
            moved = go_on(s, p, a, s.order[0], day)
        else:
            size = s.n_tracks
            for i in range(size):
                s.standing[i] = s.order[i]
            for i in range(size):
                moved |= go_on(s, p, a, s.standing[i], day)
        if not moved:
            return
    s.fault = ENDLESS


@part
def begin(s, p, a, day):
    """The pathway begins."""
    s.begun = 1
    for i in range(p.n_begin):
        t = p.begin_track[i]
        if s.ended[t] == NO_DAY and p.start_step[t] >= 0:
            enter(s, p, t, p.start_step[t], day)
    settle(s, p, a, day)


@part
def advance(s, p, a, day):
    """Time passes up to a day: guards that were never met in their time, time out."""
    if s.n_loose and s.loose_day[0] < day:
        s.n_loose = 0
    if not p.has_timeouts:
        return
    if not (s.n_tracks == 1 and times_out(s, p, s.order[0]) == NO_DAY):
        time_out(s, p, a, day)


@seldom
def time_out(s, p, a, day):
    """Go on where a guard was not met in its time, before a day."""
    for _ in range(1000):
        first, track = NEVER, -1
        for rank in range(p.n_tracks):
            for t in range(p.n_tracks):
                if p.track_rank[t] == rank and s.step[t] >= 0:
                    out = times_out(s, p, t)
                    if out != NO_DAY and out < day and out < first:
                        first, track = out, t
        if track < 0:
            return
        move(s, p, track, p.on_timeout[s.step[track]], first)
        settle(s, p, a, first)
    s.fault = ENDLESS


@part
def early(s, p, t, form):
    """The step to go on to, if a repetition was done often enough and what happens belongs to the step after it."""
    step = s.step[t]
    if p.repeat[step] < 0 or s.done[t, p.repeat[step]] < p.least[step] or p.next[step] < 0:
        return -1
    name = p.next[step]
    for _ in range(STEPS):
        if used_up(s, p, name):
            return -1
        if p.repeat[name] == form:
            return p.next[step]
        for i in range(p.n_do[name]):
            if p.do[name, i] == form:
                return p.next[step]
        if p.n_do[name] or p.repeat[name] >= 0 or p.next[name] < 0:
            return -1
        name = p.next[name]
    return -1


@part
def place(s, p, a, form, day):
    """Count an activity for the steps that ask for it."""
    found = False
    size = s.n_tracks
    for i in range(size):
        s.placing[i] = s.order[i]
    for i in range(size):
        t = s.placing[i]
        if s.step[t] < 0:
            continue
        if not asks(s, p, t, form):
            way = early(s, p, t, form)
            if way >= 0:
                move(s, p, t, way, day)
                while s.step[t] >= 0 and not asks(s, p, t, form) and go_on(s, p, a, t, day) and s.step[t] >= 0:
                    pass
        if s.step[t] >= 0 and asks(s, p, t, form):
            s.done[t, form] += 1
            s.last[t, form] = day
            found = True
    if not found and p.on_path[form] and s.n_loose < 8:
        s.loose[s.n_loose], s.loose_day[s.n_loose] = form, day
        s.n_loose += 1


@seldom
def react(s, p, a, form, day):
    """What an event does to the pathway, wherever the participant stands."""
    reacted = False
    for i in range(p.n_reactions):
        if p.reaction_on[i] == form and (p.reaction_when[i] < 0 or holds(s, p, a, p.reaction_when[i], day) == 1):
            reaction(s, p, i, day)
            reacted = True
    if form == p.death:
        end_all(s, p, day)
    elif form == p.withdrawal and not reacted:
        code = s.given_from
        if p.from_column >= 0:
            value = s.values[p.from_column, s.count[form] - 1]
            code = int(value) if value == value else -1
        if code >= 0 and (code == p.from_follow_up or code == p.from_consent):
            end_all(s, p, day)
        elif p.has_pathway and p.treatment_track >= 0:
            t = p.treatment_track
            if s.step[t] >= 0 or p.start_step[t] >= 0:
                end(s, p, t, day)


@seldom
def reaction(s, p, i, day):
    """One reaction of the pathway."""
    if p.reaction_all[i]:
        end_all(s, p, day)
        return
    for t in range(p.n_tracks):
        if (p.reaction_tracks[i] >> t) & 1:
            end(s, p, t, day)
    to = p.reaction_to[i]
    if to >= 0 and s.begun:
        t = p.track[to]
        if s.ended[t] != NO_DAY or s.step[t] == to or used_up(s, p, to):
            return
        move(s, p, t, to, day)


@part
def occupy(s, p, form, day):
    """An activity that lasts keeps the track busy that asks for it."""
    if not p.lasts[form]:
        return
    for t in range(p.n_tracks):
        if s.step[t] < 0:
            continue
        step = s.step[t]
        is_offered = owes(s, p, t, form)
        repeat = p.repeat[step]
        if not is_offered and repeat >= 0 and s.done[t, repeat] >= p.least[step]:
            is_offered = repeat == form
            after = p.next[step]
            if not is_offered and after >= 0 and not used_up(s, p, after):
                is_offered = p.repeat[after] == form
                for i in range(p.n_do[after]):
                    is_offered |= p.do[after, i] == form
        if is_offered:
            s.busy[t] = day_after(p, day, p.lasts_days[form], p.lasts_months[form])
