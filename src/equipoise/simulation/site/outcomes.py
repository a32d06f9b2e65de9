"""What the endpoints come to that have a single outcome (`equipoise.endpoints`)."""

# mypy: allow-untyped-defs, allow-untyped-calls

import math

from .days import day_after
from .draws import ask, fill, holds
from .machine import asked, part, seldom
from .record import NEVER
from .tumours import as_on

CENSORED, EVENT, COMPETING, OUTSIDE, ABSENT, TOO_SHORT = 0, 1, 2, -1, -2, -3


@part
def first_moment(s, p, a, e, group, start):
    """The first day from the origin on at which one of several moments came about."""
    best = NEVER
    for m in range(p.n_moments[e, group]):
        best = min(best, moment(s, p, a, e, group, m, start, False))
    return best


@part
def moment(s, p, a, e, group, m, start, is_last):
    """The first, or the last, day from an origin on at which a moment came about; never where it did not."""
    form, statement = p.moment_form[e, group, m], p.moment_statement[e, group, m]
    if form < 0:
        s.asked_on = s.until
        value = ask(s, p, a, statement, -1)
        return int(value) if value == value and int(value) >= start else NEVER
    best = NEVER
    if statement >= 0:
        for i in range(p.n_needs[statement]):
            fill(s, p, p.needs[statement, i])
    s.asked_on = s.until
    row = row_from(s, a, statement, 0)
    while row < s.count[form]:
        day = s.days[form, row]
        if day >= start:
            best = day
            if not is_last:
                break
        row = row_from(s, a, statement, row + 1)
    return best


@part
def row_from(s, a, statement, row):
    """The first row, from a row on, that is meant: by a statement, which says which, else any."""
    return row if statement < 0 else int(asked(a, statement, row, s))


@part
def outcome(s, p, a, e):
    """What an endpoint comes to: its status, and days, a count or a value."""
    s.status, s.value, s.on, s.times = ABSENT, math.nan, 0, 0
    s.limit = NEVER
    if p.among[e] >= 0:
        found = holds(s, p, a, p.among[e], s.until)
        if found != 1:
            s.status = OUTSIDE if found == 0 else ABSENT
            return
    kind = p.endpoint_kind[e]
    start = 0
    if not (kind == 1 and p.attributed[e] >= 0):
        if p.origin[e] < 0:
            if s.count[p.enrolment] == 0:
                return
            start = s.days[p.enrolment, 0]
        else:
            s.asked_on = s.until
            value = ask(s, p, a, p.origin[e], -1)
            if value != value:
                return
            start = math.floor((value + s.hi) * 0.5)
    if kind == 0:
        time_to_event(s, p, a, e, start)
    elif kind == 1:
        occurrence(s, p, a, e, start)
    elif kind == 3:
        score(s, p, e, start)
    elif kind == 4:
        cost(s, p, e, start)
    elif p.measured[e] >= 0:
        defined(s, p, a, e, start)
    else:
        measurement(s, p, a, e, start)


@part
def time_to_event(s, p, a, e, start):
    """The days from an origin to an event, to one that competes with it, or to the end of follow-up."""
    if s.count[p.death] and s.days[p.death, 0] < start:
        return
    ended, status = first_moment(s, p, a, e, 0, start), EVENT
    rival = first_moment(s, p, a, e, 1, start)
    if rival < ended:
        ended, status = rival, COMPETING
    last = p.n_moments[e, 2] - 1
    for m in range(last):
        cut = moment(s, p, a, e, 2, m, start, False)
        if cut < ended:
            ended, status = cut, CENSORED
    if ended == NEVER:
        status = CENSORED
        ended = max(start, s.alive)
        if last >= 0 and moment(s, p, a, e, 2, last, 0, False) != NEVER:
            until = moment(s, p, a, e, 2, last, start, True)
            ended = start if until == NEVER else until
    if p.has_horizon[e]:
        horizon = day_after(p, start, p.horizon_days[e], p.horizon_months[e])
        if ended > horizon:
            ended, status = horizon, CENSORED
    s.status, s.value, s.on = status, float(ended - start), ended


@part
def counts(s, p, e, day, start):
    """Whether a day lies within the time after the origin, or after any session of the procedure."""
    form = p.attributed[e]
    if form < 0:
        return start <= day and (not p.has_span[e] or day <= day_after(p, start, p.span_days[e], p.span_months[e]))
    for row in range(s.count[form]):
        begun = s.days[form, row]
        if begun <= day and (not p.has_span[e] or day <= day_after(p, begun, p.span_days[e], p.span_months[e])):
            return True
    return False


@part
def occurrence(s, p, a, e, start):
    """Whether something happened within its time."""
    form = p.attributed[e]
    last = start
    if form >= 0:
        if s.count[form] == 0:
            s.status = OUTSIDE
            return
        start, last = s.days[form, 0], s.days[form, s.count[form] - 1]
    first, times = NEVER, 0
    for m in range(p.n_moments[e, 0]):
        of, statement = p.moment_form[e, 0, m], p.moment_statement[e, 0, m]
        if of < 0:
            day = moment(s, p, a, e, 0, m, start, False)
            if day != NEVER and counts(s, p, e, day, start):
                first, times = min(first, day), times + 1
            continue
        if statement >= 0:
            for i in range(p.n_needs[statement]):
                fill(s, p, p.needs[statement, i])
        s.asked_on = s.until
        row = row_from(s, a, statement, 0)
        while row < s.count[of]:
            day = s.days[of, row]
            if day >= start and counts(s, p, e, day, start):
                first, times = min(first, day), times + 1
            row = row_from(s, a, statement, row + 1)
    s.times = times
    if times:
        s.status, s.on, s.value = EVENT, first, float(times)
    elif not p.has_span[e] or s.count[p.death]:
        s.status, s.value = CENSORED, 0.0
    else:
        end_ = day_after(p, last, p.span_days[e], p.span_months[e])
        followed = s.alive if s.alive else start
        s.status, s.value = (CENSORED if min(followed, s.until) >= end_ else TOO_SHORT), 0.0


@part
def defined(s, p, a, e, start):
    """What a definition comes to on the last day of its window, at the horizon, or at the end."""
    last, wanted = s.until, s.until
    if p.has_span[e]:
        wanted = day_after(p, start, p.span_days[e], p.span_months[e])
        last = day_after(p, wanted, p.around_after_days[e], p.around_after_months[e])
    elif p.has_horizon[e]:
        last = day_after(p, start, p.horizon_days[e], p.horizon_months[e])
        wanted = last
    followed = s.alive if s.alive else start
    if p.has_span[e] and s.count[p.death] == 0 and (min(followed, s.until) < wanted or s.until < wanted):
        return
    day = min(last, s.until)
    if p.looks_at_lesions[e]:
        as_on(s, p, day)
    s.limit, s.asked_on = day, day
    value = ask(s, p, a, p.measured[e], -1)
    s.limit = NEVER
    if p.looks_at_lesions[e]:
        as_on(s, p, NEVER)
    is_truth = p.combine[e] == 9
    if is_truth:
        if value == 2.0:
            return
    elif value != value or s.hi != value:
        return
    s.status, s.value, s.on, s.times = EVENT, value, day, 1


@part
def measurement(s, p, a, e, start):
    """Recorded values in their time, made into one."""
    target, first, last = 0, 0, NEVER
    if p.has_span[e]:
        target = day_after(p, start, p.span_days[e], p.span_months[e])
        first = day_after(p, target, -p.around_before_days[e], -p.around_before_months[e])
        last = day_after(p, target, p.around_after_days[e], p.around_after_months[e])
    horizon = day_after(p, start, p.horizon_days[e], p.horizon_months[e]) if p.has_horizon[e] else NEVER
    found, on, size, near = 0.0, 0, 0, NEVER
    s.place[:] = 0
    for i in range(p.n_measured[e]):
        if p.is_lazy[p.measured_column[e, i]]:
            fill(s, p, p.measured_column[e, i])
    while True:
        soonest, source = NEVER, -1
        for i in range(p.n_measured[e]):
            form, column = p.measured_form[e, i], p.measured_column[e, i]
            while s.place[i] < s.count[form] and s.values[column, s.place[i]] != s.values[column, s.place[i]]:
                s.place[i] += 1
            if s.place[i] < s.count[form] and s.days[form, s.place[i]] < soonest:
                soonest, source = s.days[form, s.place[i]], i
        if source < 0:
            break
        value = s.values[p.measured_column[e, source], s.place[source]]
        s.place[source] += 1
        if (p.has_from[e] and soonest < start) or soonest > horizon:
            continue
        if p.has_span[e]:
            if first <= soonest <= last and abs(soonest - target) < near:
                near, found, on, size = abs(soonest - target), value, soonest, 1
            continue
        size += 1
        on = soonest
        combine = p.combine[e]
        if combine == 1 or combine == 2:
            found += value
        elif combine == 3:
            found = value if size == 1 else max(found, value)
        elif combine == 4:
            found = value if size == 1 else min(found, value)
        else:
            found = value
    if size:
        s.status, s.value, s.on, s.times = EVENT, found / size if p.combine[e] == 2 else found, on, size


@part
def fill_measured(s, p, e):
    """The answers of an endpoint's items that nobody has asked for so far."""
    s.place[:] = 0
    for i in range(p.n_measured[e]):
        if p.is_lazy[p.measured_column[e, i]]:
            fill(s, p, p.measured_column[e, i])


@part
def together_on(s, p, e, after):
    """The next day, after a day, on which an item was answered; what all of them come to on it, if all were."""
    day = NEVER
    for i in range(p.n_measured[e]):
        form, column = p.measured_form[e, i], p.measured_column[e, i]
        while s.place[i] < s.count[form] and (
            s.days[form, s.place[i]] <= after or s.values[column, s.place[i]] != s.values[column, s.place[i]]
        ):
            s.place[i] += 1
        if s.place[i] < s.count[form]:
            day = min(day, s.days[form, s.place[i]])
    for k in range(p.n_parts[e]):
        s.part[k] = math.nan
    for i in range(p.n_measured[e]):
        form, column = p.measured_form[e, i], p.measured_column[e, i]
        row = s.place[i]
        while row < s.count[form] and s.days[form, row] == day:
            if s.values[column, row] == s.values[column, row]:
                s.part[p.measured_part[e, i]] = s.values[column, row]
            row += 1
    total = 0.0
    for k in range(p.n_parts[e]):
        total += s.part[k]
    return day, total


@seldom
def score(s, p, e, start):
    """Items as they were last answered together, or nearest to a time; nothing unless all were."""
    target, first, last = 0, 0, NEVER
    if p.has_span[e]:
        target = day_after(p, start, p.span_days[e], p.span_months[e])
        first = day_after(p, target, -p.around_before_days[e], -p.around_before_months[e])
        last = day_after(p, target, p.around_after_days[e], p.around_after_months[e])
    horizon = day_after(p, start, p.horizon_days[e], p.horizon_months[e]) if p.has_horizon[e] else NEVER
    fill_measured(s, p, e)
    found, on, size, near = 0.0, 0, 0, NEVER
    day, total = together_on(s, p, e, 0)
    while day != NEVER:
        if total == total and day <= horizon and (day >= start or not p.has_from[e]):
            if not p.has_span[e]:
                found, on, size = total, day, size + 1
            elif first <= day <= last and abs(day - target) < near:
                found, on, size, near = total, day, 1, abs(day - target)
        day, total = together_on(s, p, e, day)
    if size:
        s.status, s.value, s.on, s.times = EVENT, found / p.n_parts[e] if p.combine[e] == 2 else found, on, size


@seldom
def cost(s, p, e, start):
    """A sum of money from the origin to the horizon."""
    last = day_after(p, start, p.horizon_days[e], p.horizon_months[e]) if p.has_horizon[e] else s.until
    fill_measured(s, p, e)
    total, on, size = 0.0, 0, 0
    for i in range(p.n_measured[e]):
        form, column = p.measured_form[e, i], p.measured_column[e, i]
        for row in range(s.count[form]):
            value, day = s.values[column, row], s.days[form, row]
            if value == value and start <= day <= last:
                total, on, size = total + value, max(on, day), size + 1
    if size:
        s.status, s.value, s.on, s.times = EVENT, total, on, size
