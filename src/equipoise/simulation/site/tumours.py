"""Lesions: as they are, and as imaging and treatment have shown them (`simulation.tumours`, `Course._which`)."""

# mypy: allow-untyped-defs, allow-untyped-calls

import math

from .draws import chosen, from_spread, holds, key_of, number_for, number_of, uniform
from .machine import part, tenth
from .record import LESIONS, LESIONS_FULL, NO_DAY, ROWS, ROWS_FULL
from .walk import owes


@part
def draw_lesions(s, p):
    """The lesions, the first time that anybody looks for them."""
    s.were_drawn, s.left = 1, -1
    if p.count_drawing < 0:
        s.n_lesions = 0
        return
    size = int(number_of(s, p, p.count_drawing, 0, uniform(s, p, 2, 0, 0, 0)))
    if size > LESIONS:
        s.fault = LESIONS_FULL
        size = LESIONS
    s.n_lesions = max(size, 0)
    for j in range(s.n_lesions):
        s.first_mm[j], s.organ[j] = 0.0, p.liver
        if p.diameter_drawing >= 0:
            s.first_mm[j] = 1.0
            if p.looks_at_size:
                mm = from_spread(p, p.spread[p.diameter_drawing, 0], uniform(s, p, 3, j // 4, j % 4, 0))
                s.first_mm[j] = max(tenth(mm), 1.0)
        if p.organ_drawing >= 0:
            d = p.organ_drawing
            s.organ[j] = chosen(p, p.chances[d, 0], p.n_chances[d, 0], p.total[d, 0], uniform(s, p, 4, j // 4, j % 4, 0))
        s.mm[j] = s.first_mm[j]
        s.is_treated[j], s.lesion_mm[j] = 0, math.nan
    unknown(s)


@part
def is_left(s, j):
    """Whether tumour is there still."""
    return not s.is_treated[j] and (s.mm[j] > 0.0 or s.first_mm[j] == 0.0)


@part
def those_left(s):
    """The lesions of which tumour is there still, as a set of bits."""
    if s.left < 0:
        s.left = 0
        for j in range(s.n_lesions):
            if is_left(s, j):
                s.left |= 1 << j
    return s.left


@part
def respond(s, p):
    """All lesions shrink, grow or vanish alike (`tumours.respond`): 1 CR, 2 PR, 4 PD."""
    response, s.response = s.response, 0
    if response == 1 or response == 4:
        s.left = -1
    if response == 1:
        for j in range(s.n_lesions):
            s.mm[j] = 0.0
    elif response == 2 and p.looks_at_size:
        for j in range(s.n_lesions):
            s.mm[j] = min(s.mm[j], tenth(0.6 * s.first_mm[j]))
    elif response == 4:
        for j in range(s.n_lesions):
            if s.mm[j] <= 0.0:
                s.mm[j] = s.first_mm[j]
            elif p.looks_at_size:
                s.mm[j] = tenth(1.3 * s.mm[j] + 5.0)


@part
def unknown(s):
    """Nothing has been shown so far, and nothing done; a lesion is a bit of each set."""
    s.lesions_found, s.listed, s.known, s.seen, s.unsure, s.ablated, s.resected = NO_DAY, 0, 0, 0, -1, 0, 0


@part
def show(s, p, mask, day, mm):
    """What imaging has shown: the lesions that are left, and how large."""
    if s.lesions_found == NO_DAY:
        s.lesions_found = day
    s.listed, s.known, s.seen, s.unsure = 1, -1, mask, 0
    if p.looks_at_size:
        for j in range(s.n_lesions):
            if not (mask >> j) & 1:
                s.lesion_mm[j] = 0.0
            elif mm[j] > 0.0:
                s.lesion_mm[j] = mm[j]


@part
def treat(s, mask, how, day):
    """What treatment has done: of an ablated lesion nobody can tell until it is looked at, a resected one is gone."""
    if s.lesions_found == NO_DAY and mask:
        s.lesions_found = day
    s.known |= mask
    s.seen &= ~mask
    if how == 1:
        s.unsure, s.ablated, s.resected = s.unsure | mask, s.ablated | mask, s.resected & ~mask
        return
    s.unsure, s.ablated, s.resected = s.unsure & ~mask, s.ablated & ~mask, s.resected | mask
    for j in range(s.n_lesions):
        if (mask >> j) & 1:
            s.lesion_mm[j] = 0.0


@part
def note(s, p, day, kind, mask):
    """Keep what was shown or done, to tell later how it stood on a day."""
    if s.n_past >= ROWS:
        s.fault = ROWS_FULL
        return
    n = s.n_past
    s.past_day[n], s.past_kind[n], s.past_mask[n] = day, kind, mask
    if kind == 0 and p.looks_at_size:
        for j in range(s.n_lesions):
            s.past_mm[n, j] = s.mm[j]
    s.n_past = n + 1


@part
def as_on(s, p, day):
    """The lesions as they were known on a day."""
    unknown(s)
    if p.looks_at_size:
        for j in range(s.n_lesions):
            s.lesion_mm[j] = math.nan
    for n in range(s.n_past):
        if s.past_day[n] > day:
            break
        if s.past_kind[n] == 0:
            show(s, p, s.past_mask[n], s.past_day[n], s.past_mm[n])
        else:
            treat(s, s.past_mask[n], s.past_kind[n], s.past_day[n])


@part
def bits(mask):
    """How many lesions a set holds."""
    size = 0
    while mask:
        mask &= mask - 1
        size += 1
    return size


@part
def shared(s, p, form):
    """How many treatments owed at one step share the lesions that are left."""
    for rank in range(p.n_tracks):
        for t in range(p.n_tracks):
            if p.track_rank[t] == rank and s.step[t] >= 0:
                size, is_owed = 0, False
                step = s.step[t]
                for i in range(p.n_do[step]):
                    other = p.do[step, i]
                    if p.treats[other] and owes(s, p, t, other):
                        size += 1
                        is_owed |= other == form
                other = p.repeat[step]
                if other >= 0 and p.treats[other] and owes(s, p, t, other):
                    size += 1
                    is_owed |= other == form
                if is_owed:
                    return size
    return 1


@part
def is_admissible(s, p, a, form, day, column, value, so_far):
    """Whether what the protocol requires of an activity is met; of a form half filled in, may yet be.

    With a column, that answer is put in for the question.
    """
    if p.n_requires[form] == 0:
        return True
    row = s.count[form]
    kept = 0.0
    if column >= 0:
        kept = s.values[column, row]
        s.values[column, row] = value
    s.count[form] = row + 1
    found = True
    for i in range(p.n_requires[form]):
        truth = holds(s, p, a, p.requires[form, i], day)
        if truth == 0 or (truth == 2 and not so_far):
            found = False
            break
    s.count[form] = row
    if column >= 0:
        s.values[column, row] = kept
    return found


@part
def which(s, p, a, form, item, day, attempt, named):
    """The lesions that an item names (`Course._which`), as a set of bits; -1 where none will do."""
    if not s.were_drawn:
        draw_lesions(s, p)
    treats = p.treats[form] != 0
    column, row = p.set_column[form, item], s.count[form]
    so_far = item + 1 < p.n_sets[form]
    size, left = 0, 0
    for j in range(s.n_lesions):
        if is_left(s, j) and not ((named >> j) & 1 and treats):
            place = size
            while place > 0 and s.mm[s.by_size[place - 1]] < s.mm[j]:
                s.by_size[place] = s.by_size[place - 1]
                place -= 1
            s.by_size[place] = j
            size += 1
            left |= 1 << j
    if treats and s.selected and (s.selected & ~left) == 0:
        if is_admissible(s, p, a, form, day, column, float(bits(s.selected)), so_far):
            return s.selected
    sharing = 1
    if treats:
        sharing = shared(s, p, form) + p.n_sets[form] - item - 1
    most = -(-size // sharing)
    d = p.sets[form, item]
    if d >= 0:
        key = key_of(s, p, a, d, day)
        if key >= 0:
            most = min(most, int(from_spread(p, p.spread[d, key], number_for(s, p, d, row, attempt))))
    wanted = most
    while wanted >= 0:
        if is_admissible(s, p, a, form, day, column, float(min(wanted, size)), so_far):
            break
        wanted -= 1
    if wanted < 0:
        wanted = most + 1
        while wanted <= size:
            if is_admissible(s, p, a, form, day, column, float(wanted), so_far):
                break
            wanted += 1
        if wanted > size:
            return -1
    mask = 0
    for i in range(min(wanted, size)):
        mask |= 1 << s.by_size[i]
    return mask
