"""What a track of the pathway asks for next, on which day, and what people decide."""

# mypy: allow-untyped-defs, allow-untyped-calls

import numpy as np

from .agenda import look
from .days import day_after
from .draws import chosen, from_spread, key_of, uniform
from .machine import nearest, part, seldom
from .record import NEVER, NO_DAY
from .walk import advance, is_to_retry, settle, used_up


@part
def keeps_apart(s, p, form, day):
    """The first day from a day on, on which an activity keeps its promised distance (`Walk.not_before`)."""
    if p.is_apart[form]:
        for i in range(p.n_apart):
            other = -1
            if p.apart_kind[i] == form:
                other = p.apart_other[i]
            elif p.apart_other[i] == form:
                other = p.apart_kind[i]
            if other >= 0:
                for row in range(s.count[other]):
                    day = max(day, day_after(p, s.days[other, row], p.apart_days[i], p.apart_months[i]))
    return day


@part
def first_day(s, p, a, t, form, day, is_within):
    """The first day on which an activity of the pathway can be done, and keeps its distances."""
    if p.is_allocation[form]:
        return max(day, s.today)
    busy = s.busy[t]
    if is_within:
        step = s.step[t]
        busy = min(busy, day_after(p, s.entered[t], p.within_days[step], p.within_months[step]))
    again = s.days[form, s.count[form] - 1] + 1 if s.count[form] else 0
    day = max(day, s.today, s.not_before, busy, again, ready(s, p, a, t, form))
    return keeps_apart(s, p, form, day)


@part
def ready(s, p, a, t, form):
    """When an activity that takes time to arrange can be done."""
    d = p.delay[form]
    if d < 0:
        return 0
    return arranged(s, p, a, t, form, d)


@seldom
def arranged(s, p, a, t, form, d):
    """The same of an activity that does."""
    key = (np.int64(s.step[t]) << 40) | (np.int64(s.number[t]) << 20) | s.count[form]
    if s.ready_key[form] != key:
        s.ready_key[form] = key
        told = key_of(s, p, a, d, s.today)
        number = uniform(s, p, p.delay_slot[form], s.started[form], 0, 0)
        s.started[form] += 1
        days = from_spread(p, p.spread[d, told], number) if told >= 0 else 0.0
        s.ready[form] = max(s.today, s.entered[t]) + int(nearest(max(0.0, min(days, 73200.0))))
    return s.ready[form]


@part
def rounds(s, p, a, t):
    """How often a repetition is done at this stay."""
    step = s.step[t]
    if s.wanted_step[t] != step or s.wanted_number[t] != s.number[t]:
        number = uniform(s, p, p.step_slot[step], s.number[t], 0, 0)
        d = p.step_drawing[step]
        key = key_of(s, p, a, d, s.today) if d >= 0 else -1
        if key < 0:
            size = p.least[step] + int(number * (p.most[step] - p.least[step] + 1))
        elif p.has_chances[d]:
            size = int(chosen(p, p.chances[d, key], p.n_chances[d, key], p.total[d, key], number))
        else:
            size = int(from_spread(p, p.spread[d, key], number))
        s.wanted_step[t], s.wanted_number[t] = step, s.number[t]
        s.wanted[t] = min(max(size, p.least[step]), p.most[step])
    return s.wanted[t]


@part
def ahead(s, p, a, t):
    """What a track does next and when: a form, -2 for a decision; no day where nothing is to be done."""
    if s.skipped[t] == s.events:
        return NO_DAY, -1
    step = s.step[t]
    best, what, rank = NEVER, -1, 0
    repeat = p.repeat[step]
    within = p.has_within[step] != 0
    is_owed = False
    for i in range(p.n_do[step]):
        form = p.do[step, i]
        if s.done[t, form] == 0:
            is_owed = True
            day = first_day(s, p, a, t, form, s.entered[t], within)
            if day < best or (day == best and p.rank[form] < rank):
                best, what, rank = day, form, p.rank[form]
    if repeat >= 0 and s.done[t, repeat] < p.least[step]:
        is_owed = True
        since = s.entered[t]
        if s.done[t, repeat]:
            since = day_after(p, s.last[t, repeat], p.pace_days[step], p.pace_months[step])
        day = first_day(s, p, a, t, repeat, since, within)
        if day < best or (day == best and p.rank[repeat] < rank):
            best, what, rank = day, repeat, p.rank[repeat]
    if not is_owed and is_to_retry(s, p, t):
        since = day_after(p, s.last_try[t], p.retry_days[step], p.retry_months[step])
        for i in range(p.n_do[step]):
            is_owed = True
            form = p.do[step, i]
            day = first_day(s, p, a, t, form, since, within)
            if day < best or (day == best and p.rank[form] < rank):
                best, what, rank = day, form, p.rank[form]
    if is_owed:
        return best, what
    if not p.by_rule[step]:
        for i in range(p.n_branches[step]):
            if p.has_option[step, i] and not used_up(s, p, p.to[step, i]):
                return max(s.today, s.not_before, s.entered[t], s.busy[t]), -2
    if repeat < 0:
        return NO_DAY, -1
    form = repeat
    after = p.next[step]
    if after >= 0 and not used_up(s, p, after):
        other = -1
        for i in range(p.n_do[after]):
            if p.do[after, i] != repeat:
                other = p.do[after, i]
                break
        if other < 0 and p.repeat[after] >= 0 and p.repeat[after] != repeat:
            other = p.repeat[after]
        if other >= 0 and s.done[t, repeat] >= rounds(s, p, a, t):
            form = other
    since = s.entered[t]
    if s.count[repeat] and s.done[t, repeat]:
        since = day_after(p, s.days[repeat, s.count[repeat] - 1], p.pace_days[step], p.pace_months[step])
    return first_day(s, p, a, t, form, since, False), form


@seldom
def decide(s, p, a, t, day):
    """A decision of people: by the chances assumed of the step, else as the rule proposes."""
    step = s.step[t]
    d = p.step_drawing[step]
    key = key_of(s, p, a, d, day) if d >= 0 else -1
    option, total = -1, 0.0
    if key >= 0:
        for i in range(p.n_branches[step]):
            if p.has_option[step, i] and p.likely[step, key, i] > 0 and not used_up(s, p, p.to[step, i]):
                total += p.likely[step, key, i]
    if total > 0:
        left = uniform(s, p, p.step_slot[step], s.number[t], 0, 0) * total
        for i in range(p.n_branches[step]):
            if p.has_option[step, i] and p.likely[step, key, i] > 0 and not used_up(s, p, p.to[step, i]):
                option = i
                left -= p.likely[step, key, i]
                if left < 0:
                    break
    else:
        option = s.proposal[t]
        if option < 0:
            for i in range(p.n_branches[step]):
                if p.is_otherwise[step, i]:
                    option = i if p.has_option[step, i] else -1
                    break
    if option < 0 or used_up(s, p, p.to[step, option]):
        s.skipped[t] = s.events
        return
    advance(s, p, a, day)
    if s.step[t] == step:
        s.decision[t] = option
    settle(s, p, a, day)
    s.events += 1
    s.today = max(s.today, day)
    look(s, p, a, s.today)
