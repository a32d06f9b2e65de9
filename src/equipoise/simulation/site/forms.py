"""Forms filled in, and what follows from an activity that has taken place."""

# mypy: allow-untyped-defs, allow-untyped-calls

import math

from .agenda import look, strike
from .clocks import start_clock
from .draws import chosen, from_spread, holds, key_of, number_for, number_of
from .hazards import change_pace
from .machine import nearest, part, seldom
from .record import ROWS, ROWS_FULL
from .tumours import bits, draw_lesions, is_admissible, note, respond, show, those_left, treat, which
from .walk import advance, begin, occupy, place, react, settle


@part
def answer(s, p, a, form, day, attempt):
    """Fill in a form: its answers stand in the row after the last.

    What comes back is the response that it tells (0 for none), or -1 where no lesions fit what is required.
    """
    row = s.count[form]
    if row >= ROWS - 1:
        s.fault = ROWS_FULL
        return -1
    s.days[form, row] = day
    for i in range(p.n_blank[form]):
        s.values[p.columns[form, i], row] = math.nan
    if form == p.withdrawal and s.given_from >= 0 and p.from_column >= 0:
        s.values[p.from_column, row] = s.given_from
    if form == p.allocates and s.given_arm >= 0 and p.arm_column >= 0:
        s.values[p.arm_column, row] = s.given_arm
    pending = 0
    for i in range(p.n_drawn[form]):
        d = p.drawn[form, i]
        column = p.column[d]
        if d == p.arm_drawing and s.given_arm >= 0:
            continue
        if d == p.from_drawing and s.given_from >= 0:
            continue
        is_response = p.is_response[d]
        if is_response and not s.has_begun and not p.response_at_baseline:
            continue
        is_asked = True
        for w in range(p.n_when[d]):
            s.count[form] = row + 1
            is_asked = holds(s, p, a, p.when[d, w], day) == 1
            s.count[form] = row
            if not is_asked:
                break
        if not is_asked:
            continue
        key = key_of(s, p, a, d, day)
        if key < 0:
            continue
        kind = p.kind[d]
        number = 0.5
        if kind != 1 or p.n_chances[d, key] > 1 or p.together[d] >= 0:
            number = number_for(s, p, d, row, attempt)
        if kind == 0:
            value = number_of(s, p, d, key, number)
        elif kind == 1:
            value = math.nan
            if p.memory[d] >= 0:
                value = s.memory[p.memory[d]]
            if value != value:
                value = p.constant[d]
                if p.has_chances[d]:
                    value = chosen(p, p.chances[d, key], p.n_chances[d, key], p.total[d, key], number)
        elif kind == 2:
            value = chosen(p, p.chances[d, key], p.n_chances[d, key], p.total[d, key], number)
        else:
            origin = day
            other = p.from_form[d]
            if other >= 0 and s.count[other] > 0:
                origin = s.days[other, 0]
            away = int(nearest(from_spread(p, p.spread[d, key], number)))
            value = float(origin + away if origin + away <= day else min(origin - away, day))
        if column >= 0:
            s.values[column, row] = value
        if is_response and s.has_begun and pending == 0:
            pending = p.code_response[d, int(value)]
    named = 0
    for i in range(p.n_sets[form]):
        mask = which(s, p, a, form, i, day, attempt, named)
        if mask < 0:
            return -1
        named |= mask
        if p.set_column[form, i] >= 0:
            s.values[p.set_column[form, i], row] = float(bits(mask))
        s.masks[i] = mask
    return pending


@part
def remember(s, p, d, row):
    """Keep an answer from which the next one drifts, or which stays as it is."""
    value = s.values[p.column[d], row]
    if value == value:
        s.memory[p.memory[d]] = value


@part
def is_still(s, p, when, form):
    """Whether an activity leaves everything as it is: 1 while no step asks for it, 2 only once the pathway is over."""
    if when == 0:
        return False
    return (s.begun != 0 and s.n_tracks == 0) or (when == 1 and not (s.n_tracks and p.asked[form]))


@part
def take_idle(s, p, a, form, day):
    """An activity has taken place at which no statement looks, that begins nothing, and that no step asks for."""
    visits, ends, n = s.visits, s.ends, s.count[form]
    if s.n_tracks:
        advance(s, p, a, day)
    for i in range(p.n_kept[form]):
        remember(s, p, p.kept[form, i], n)
    s.count[form] = n + 1
    s.alive = max(s.alive, day)
    s.events += 1
    s.today = max(s.today, day)
    if s.n_running:
        change_pace(s, p, a)
    if p.scheduled[form]:
        strike(s, p, form, day)
    if s.visits != visits or s.ends != ends:
        look(s, p, a, s.today)


@part
def take(s, p, a, form, day):
    """An activity has taken place: the walk goes on, clocks begin to run, the schedule is struck off."""
    if is_still(s, p, p.is_idle[form], form):
        take_idle(s, p, a, form, day)
        return
    visits, ends, n = s.visits, s.ends, s.count[form]
    if s.n_tracks:
        if p.asked[form]:
            occupy(s, p, form, day)
        advance(s, p, a, day)
    elif s.n_loose and s.loose_day[0] < day:
        s.n_loose = 0
    for i in range(p.n_kept[form]):
        remember(s, p, p.kept[form, i], n)
    s.count[form] = n + 1
    s.to_look |= p.lines_of[form]
    if form != p.death and day > s.alive:
        s.alive = day
    if p.shows_lesions[form] and p.follows_lesions:
        mask = those_left(s)
        show(s, p, mask, day, s.mm)
        note(s, p, day, 0, mask)
    if p.n_sets[form]:
        for i in range(p.n_sets[form]):
            mask = s.masks[i]
            if p.treats[form]:
                treat(s, mask, p.treats[form], day)
                note(s, p, day, p.treats[form], mask)
    # the walk
    if p.has_pathway:
        if not s.begun and form == p.begins:
            begin(s, p, a, day)
        if p.asked[form]:
            place(s, p, a, form, day)
        if p.reacts[form]:
            react(s, p, a, form, day)
        if s.n_tracks:
            settle(s, p, a, day)
    # the course
    s.events += 1
    if day > s.today:
        s.today = day
    if p.n_sets[form]:
        for i in range(p.n_sets[form]):
            mask = s.masks[i]
            if p.treats[form]:
                s.selected, s.left = 0, -1
                for j in range(s.n_lesions):
                    if (mask >> j) & 1:
                        s.is_treated[j] = 1
            else:
                s.selected = mask
    if s.n_running:
        change_pace(s, p, a)
    for i in range(p.n_starts[form]):
        start_clock(s, p, a, p.starts[form, i], day, form)
    if p.scheduled[form]:
        strike(s, p, form, day)
    if p.watched[form] or s.visits != visits or s.ends != ends:
        look(s, p, a, s.today)


@part
def finish(s, p, a, form, day, pending):
    """Take what was filled in, and let a response do its work: at once where the form lists lesions, else at the next."""
    if p.shows_lesions[form]:
        if pending:
            s.response = pending
        if p.follows_lesions:
            if not s.were_drawn:
                draw_lesions(s, p)
            respond(s, p)
    take(s, p, a, form, day)
    if pending and not p.shows_lesions[form]:
        s.response = pending


@part
def record_plain(s, p, a, form, day):
    """Record an activity of which nothing is required."""
    pending = answer(s, p, a, form, day, 0)
    if pending < 0:
        return False
    finish(s, p, a, form, day, pending)
    return True


@seldom
def prepare(s, p, a, form, day):
    """Do first what a requirement looks for and what may be done at any time."""
    row = s.count[form]
    s.wanted_first[:] = 0
    for i in range(p.n_requires[form]):
        s.count[form] = row + 1
        is_met = holds(s, p, a, p.requires[form, i], day) == 1
        s.count[form] = row
        if not is_met:
            for j in range(p.n_prepares[form, i]):
                s.wanted_first[p.prepares[form, i, j]] = 1
    for rank in range(p.n_forms + 1):
        for other in range(p.n_forms):
            if s.wanted_first[other] and p.rank[other] == rank:
                if not (s.count[other] > 0 and s.days[other, s.count[other] - 1] == day):
                    record_plain(s, p, a, other, day)


@part
def record(s, p, a, form, day):
    """Record an activity; False if nothing that could be drawn satisfies what the protocol requires of it."""
    if not p.has_requires[form]:
        return record_plain(s, p, a, form, day)
    for attempt in range(50):
        pending = answer(s, p, a, form, day, attempt)
        if pending >= 0 and is_admissible(s, p, a, form, day, -1, 0.0, False):
            finish(s, p, a, form, day, pending)
            return True
        if attempt == 0 and pending >= 0:
            prepare(s, p, a, form, day)
        if s.fault:
            return False
    return False
