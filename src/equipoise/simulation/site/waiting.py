"""Visits that leave everything as it is: nobody looks at them before the end, and so they may wait until somebody does."""

# mypy: allow-untyped-defs, allow-untyped-calls

from .agenda import aim, is_asked, pass_over, target_of
from .forms import is_still, take_idle
from .machine import part
from .record import NEVER, ROWS, ROWS_FULL


@part
def keep(s, p, a, day, i):
    """Do what one series asks for on a day."""
    form = s.series_form[i]
    if s.count[form] >= ROWS - 1:
        s.fault = ROWS_FULL
    elif is_asked(s, p, a, i, day):
        s.days[form, s.count[form]] = day
        take_idle(s, p, a, form, day)
    else:
        pass_over(s, p, i)


@part
def keep_day(s, p, a, day, i):
    """Do what a series asks for on a day, and what else is asked for then, by name, before anything that has consequences."""
    keep(s, p, a, day, i)
    if s.n_tracks and p.has_timeouts:
        return
    first = NEVER
    for i in range(s.n_series):
        if s.series_target[i] <= day:
            form = s.series_form[i]
            if (
                s.series_target[i] < day or day > s.series_closes[i] or p.is_apart[form] or not is_still(s, p, p.is_quick[form], form)
                or (s.count[form] and s.days[form, s.count[form] - 1] >= day)
            ):  # fmt: skip
                first = min(first, p.rank[form])
            for j in range(i):
                if s.series_form[j] == form and s.series_target[j] <= day:
                    first = min(first, p.rank[form])
    for i in range(s.n_series):
        if s.series_target[i] <= day and p.rank[s.series_form[i]] < first:
            keep(s, p, a, day, i)


@part
def catch_up(s, p, a, day, name):
    """Do what waited: all that leaves everything as it is, up to a day, and on that day what comes before a name."""
    for i in range(s.n_series):
        if s.series_target[i] <= day and p.is_quick[s.series_form[i]]:
            catch_up_form(s, p, a, s.series_form[i], day, name)


@part
def catch_up_form(s, p, a, form, day, name):
    """The same of one activity. While one series alone asks for it, and whatever happens, its days follow one another."""
    today, size = s.caught_up, 0
    for i in range(s.n_series):
        s.series_asks[size] = i
        size += s.series_form[i] == form
    while True:
        best, which, target, rival = NEVER, -1, NEVER, NEVER
        for k in range(size):
            i = s.series_asks[k]
            while s.series_target[i] < today and today > s.series_closes[i]:
                pass_over(s, p, i)
            if s.series_target[i] == NEVER:
                continue
            on = max(s.series_target[i], today)
            if s.count[form] and s.days[form, s.count[form] - 1] >= on:
                on = s.days[form, s.count[form] - 1] + 1
            on = max(min(on, s.series_closes[i]), today)
            if on < best or (on == best and (s.series_target[i] < target or (
                    s.series_target[i] == target and s.series_line[i] < s.series_line[which]))):  # fmt: skip
                if which >= 0:
                    rival = min(rival, s.series_opens[which])
                best, which, target = on, i, s.series_target[i]
            else:
                rival = min(rival, s.series_opens[i])
        if best > day or (best == day and p.rank[form] >= name) or s.fault:
            return
        today = best
        line, n = s.series_line[which], s.count[form]
        is_free = p.while_[line] < 0 and p.line_until[line] < 0 and p.line_track[line] < 0 and s.count[p.withdrawal] == 0
        if not is_free or best != target or best >= rival:
            keep(s, p, a, best, which)
            continue
        anchor, number, last = s.series_anchor[which], s.series_number[which], s.series_last[which]
        while target < rival and (target < day or (target == day and p.rank[form] < name)) and n < ROWS - 1:
            s.days[form, n] = today = target
            n += 1
            number += 1
            target = target_of(s, p, line, anchor, number, last)
            if target <= today:
                break
        s.events += n - s.count[form]
        s.alive, s.count[form], s.series_number[which], s.used[line, s.series_act[which]] = max(s.alive, today), n, number, n
        aim(s, p, which)
        if n >= ROWS - 1 and s.series_target[which] <= day:
            s.fault = ROWS_FULL
