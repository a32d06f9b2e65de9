"""What the schedule asks for, and what has been struck off (`simulation.agenda`)."""

# mypy: allow-untyped-defs, allow-untyped-calls

from .days import day_after
from .draws import ask, holds
from .machine import lowest, part, seldom
from .record import NEVER, NO_DAY, SERIES, SERIES_FULL, TARGETS


@seldom
def has_left(s, p):
    """Whether the participant has withdrawn from follow-up."""
    for row in range(s.count[p.withdrawal]):
        value = s.values[p.from_column, row]
        if value == p.from_follow_up or value == p.from_consent:
            return True
    return False


@part
def target_of(s, p, line, anchor, number, last):
    """The so-many-th day of a line after an anchor; never after the last. Those of one anchor are kept, as far as there is room."""
    if s.targets_of[line] == anchor and number < s.n_targets[line]:
        return s.targets[line, number]
    return target_anew(s, p, line, anchor, number, last)


@seldom
def target_anew(s, p, line, anchor, number, last):
    """The same, of an anchor or a number that nobody has asked for so far."""
    if number >= TARGETS:
        return reckoned(p, line, anchor, number, last)
    if s.targets_of[line] != anchor:
        s.targets_of[line], s.n_targets[line] = anchor, 0
    while s.n_targets[line] <= number:
        n = s.n_targets[line]
        s.targets[line, n] = reckoned(p, line, anchor, n, last)
        s.n_targets[line] = n + 1
    return s.targets[line, number]


@part
def reckoned(p, line, anchor, number, last):
    """The same, by the calendar."""
    if not p.has_every[line]:
        if number >= p.n_first[line]:
            return NEVER
        return day_after(p, anchor, p.first_days[line, number], p.first_months[line, number])
    days = p.first_days[line, 0] + p.every_days[line] * number
    day = day_after(p, anchor, days, p.first_months[line, 0] + p.every_months[line] * number)
    if p.has_last[line] and day > last:
        return NEVER
    return day


@part
def aim(s, p, i):
    """The day that a series asks for next, and the first and last on which it counts; the same for a line's activities."""
    line, anchor, number = s.series_line[i], s.series_anchor[i], s.series_number[i]
    if s.aim_anchor[line] != anchor or s.aim_number[line] != number:
        s.aim_anchor[line], s.aim_number[line] = anchor, number
        last = s.series_last[i]
        target = target_of(s, p, line, anchor, number, last)
        opens, closes = target, target
        if target == NEVER:
            pass
        elif p.has_window[line]:
            opens = day_after(p, target, -p.before_days[line], -p.before_months[line])
            closes = day_after(p, target, p.after_days[line], p.after_months[line])
        elif p.has_hard[line]:
            closes = max(target, day_after(p, target, p.hard_days[line], p.hard_months[line]))
        else:
            after = target_of(s, p, line, anchor, number + 1, last)
            if after == NEVER:
                closes = day_after(p, target, p.far_days[line], 0)
            else:
                closes = target + max(after - target - 1, 0) // 2
        s.aim_target[line], s.aim_opens[line], s.aim_closes[line] = target, opens, closes
    s.series_target[i], s.series_opens[i], s.series_closes[i] = s.aim_target[line], s.aim_opens[line], s.aim_closes[line]


@part
def pass_over(s, p, i):
    """A series goes on to the next day that it asks for."""
    if s.series_target[i] != NEVER:
        s.series_number[i] += 1
        aim(s, p, i)


@part
def answers(s, p, i, day):
    """Whether an activity on a day is the one a series asks for; days whose time has gone by are passed over."""
    while s.series_target[i] != NEVER:
        if day <= s.series_closes[i]:
            return s.series_opens[i] <= day
        pass_over(s, p, i)
    return False


@part
def begin_series(s, p, line, anchor):
    """A line begins to count from an anchor; what was done in time for it already counts."""
    for act in range(p.n_acts[line]):
        i = s.n_series
        if i >= SERIES:
            s.fault = SERIES_FULL
            return
        form = p.acts[line, act]
        s.series_line[i], s.series_act[i], s.series_form[i] = line, act, form
        s.series_anchor[i], s.series_number[i], s.series_last[i] = anchor, 0, NEVER
        if p.has_last[line]:
            s.series_last[i] = day_after(p, anchor, p.last_days[line], p.last_months[line])
        aim(s, p, i)
        s.n_series = i + 1
        size = s.count[form]
        first = size
        while first > s.used[line, act] and s.days[form, first - 1] >= s.series_opens[i]:
            first -= 1
        for row in range(first, size):
            if answers(s, p, i, s.days[form, row]):
                pass_over(s, p, i)
                s.used[line, act] = row + 1


@seldom
def drop_line(s, line):
    """The series of a line whose anchor has moved end."""
    kept = 0
    for i in range(s.n_series):
        if s.series_line[i] != line:
            copy_series(s, kept, i)
            kept += 1
    s.n_series = kept


@part
def drop_series(s, i):
    """A series that asks for nothing more ends."""
    for j in range(i + 1, s.n_series):
        copy_series(s, j - 1, j)
    s.n_series -= 1


@part
def copy_series(s, to, i):
    """A series takes another place."""
    if to != i:
        s.series_line[to], s.series_act[to], s.series_form[to] = s.series_line[i], s.series_act[i], s.series_form[i]
        s.series_anchor[to], s.series_number[to], s.series_target[to] = (
            s.series_anchor[i],
            s.series_number[i],
            s.series_target[i],
        )
        s.series_opens[to], s.series_closes[to], s.series_last[to] = s.series_opens[i], s.series_closes[i], s.series_last[i]


@part
def look(s, p, a, day):
    """Look for anchors that have come, or have moved, by now (`Agenda.look`): of the lines that hang on what has happened."""
    lines = s.to_look | p.always_looked
    s.to_look = 0
    while lines:
        look_at(s, p, a, lowest(lines), day)
        lines &= lines - 1


@part
def look_at(s, p, a, line, day):
    """Look for the anchor of a line."""
    kind, form = p.anchor_kind[line], p.anchor_form[line]
    start = 0
    if kind == 1 and p.anchor_which[line] == 0 and not p.rounds[line]:
        for row in range(s.line_count[line], s.count[form]):
            s.line_count[line] = row + 1
            begin_series(s, p, line, s.days[form, row])
        return
    if kind == 1:
        size = s.count[form]
        start = 0 if size == 0 else s.days[form, 0] if p.anchor_which[line] == 1 else s.days[form, size - 1]
    elif kind == 2:
        s.asked_on = day
        value = ask(s, p, a, p.anchor_statement[line], -1)
        start = int(value) if value == value else 0
    if kind != 0 and start != s.line_day[line]:
        if s.line_day[line] != NO_DAY:
            drop_line(s, line)
        s.line_day[line], s.line_count[line] = start, 0
        if start != NO_DAY and not p.rounds[line]:
            begin_series(s, p, line, start)
    if p.rounds[line] and (kind == 0 or start != NO_DAY):
        other, every = p.rounds_form[line], p.rounds[line]
        before = 0
        while before < s.count[other] and s.days[other, before] < start:
            before += 1
        while before + (s.line_count[line] + 1) * every <= s.count[other]:
            s.line_count[line] += 1
            begin_series(s, p, line, s.days[other, before + s.line_count[line] * every - 1])


@part
def strike(s, p, form, day):
    """Strike off what an activity on this day answers: one thing of each line, the soonest."""
    size = 0
    for i in range(s.n_series):
        if s.series_form[i] == form and answers(s, p, i, day):
            s.series_meets[size] = i
            size += 1
    for k in range(size):
        best = s.series_meets[k]
        if best < 0:
            continue
        for j in range(k + 1, size):
            other = s.series_meets[j]
            if other >= 0 and s.series_line[other] == s.series_line[best]:
                s.series_meets[j] = -1
                if s.series_target[other] < s.series_target[best]:
                    best = other
        pass_over(s, p, best)
        s.used[s.series_line[best], s.series_act[best]] = s.count[form]


@part
def is_asked(s, p, a, i, day):
    """Whether a line still asks, now that the day has come."""
    line = s.series_line[i]
    if p.while_[line] >= 0 and holds(s, p, a, p.while_[line], day) == 0:
        return False
    if p.line_until[line] >= 0:
        s.asked_on = day
        value = ask(s, p, a, p.line_until[line], -1)
        if value == value and s.series_target[i] > int(s.hi):
            if p.until_is_fixed[line]:
                s.series_target[i] = NEVER
            return False
    if p.line_track[line] >= 0 and s.ended[p.line_track[line]] != NO_DAY:
        return False
    if s.count[p.withdrawal]:
        if has_left(s, p):
            return False
        for r in range(p.n_reactions):
            if p.reaction_on[r] == p.withdrawal and p.reaction_all[r]:
                if p.reaction_when[r] < 0 or holds(s, p, a, p.reaction_when[r], day) == 1:
                    return False
    return True
