"""Numbers by chance and what statements come to: the same draws at the same addresses as `simulation.draws`."""

# mypy: allow-untyped-defs, allow-untyped-calls

import math

import numpy as np

from ...kernels.loops.philox import wide
from .. import inverse
from .machine import asked, at, four_digits, nearest, part, quantile, seldom, side_by_side
from .record import LANES, NEVER, SLOTS, STRETCHES


@side_by_side
def draw_stretch(s, of, slot, occasion):
    """The numbers at so many occasions in a row."""
    participant, trial, low, high = s.participant, s.trial, s.seed_low, s.seed_high
    for i in range(LANES):
        a, b, c, d = wide(participant, trial, np.uint64(slot), np.uint64(occasion + i), low, high)
        s.stretch[of, i] = (float(a) + 0.5) * 2.0**-32
        s.stretch[of, LANES + i] = (float(b) + 0.5) * 2.0**-32
        s.stretch[of, 2 * LANES + i] = (float(c) + 0.5) * 2.0**-32
        s.stretch[of, 3 * LANES + i] = (float(d) + 0.5) * 2.0**-32


@side_by_side
def draw_first(s, p, of, first, occasion):
    """The numbers of so many slots, at the same occasion. One loop for this and the other would not run side by side."""
    participant, trial, low, high = s.participant, s.trial, s.seed_low, s.seed_high
    for i in range(LANES):
        a, b, c, d = wide(participant, trial, p.slot_at[first + i], np.uint64(occasion), low, high)
        s.stretch[of, i] = (float(a) + 0.5) * 2.0**-32
        s.stretch[of, LANES + i] = (float(b) + 0.5) * 2.0**-32
        s.stretch[of, 2 * LANES + i] = (float(c) + 0.5) * 2.0**-32
        s.stretch[of, 3 * LANES + i] = (float(d) + 0.5) * 2.0**-32


below = part(inverse.below)


@part
def uniform(s, p, slot, time, word, attempt):
    """The number at an address (`draws.Draws.uniform`), drawn with others that are likely to be asked for.

    Of what goes on happening these are the next ones, of what happens the first time those of other slots.
    """
    if attempt == 0 and s.person > 0:
        if time > 0:
            of, first = slot & (STRETCHES - 1), ((time - 1) & -LANES) + 1
            if s.stretch_of[of] != (slot << 16) | first:
                draw_next(s, of, slot, first)
            return s.stretch[of, word * LANES + time - first]
        if slot < SLOTS and p.lane[slot] >= 0:
            of, lane = STRETCHES + p.lane[slot] // LANES, p.lane[slot] & (LANES - 1)
            if s.stretch_of[of] < 0:
                draw_others(s, p, of)
            return s.stretch[of, word * LANES + lane]
    return draw_one(s, slot, (s.person << 22) | (attempt << 16) | time, word)


@seldom
def draw_next(s, of, slot, first):
    """The numbers of what goes on happening, from a time on."""
    s.stretch_of[of] = (slot << 16) | first
    draw_stretch(s, of, slot, (s.person << 22) | first)


@seldom
def draw_others(s, p, of):
    """The numbers of what happens the first time, in so many slots."""
    s.stretch_of[of] = 0
    draw_first(s, p, of, (of - STRETCHES) * LANES, s.person << 22)


@seldom
def draw_one(s, slot, occasion, word):
    """The number at any address."""
    if slot != s.block_slot or occasion != s.block_occasion:
        a, b, c, d = wide(s.participant, s.trial, np.uint64(slot), np.uint64(occasion), s.seed_low, s.seed_high)
        s.block[0], s.block[1], s.block[2], s.block[3] = a, b, c, d
        s.block_slot, s.block_occasion = slot, occasion
    return (float(s.block[word]) + 0.5) * 2.0**-32


@part
def number_for(s, p, d, row, attempt):
    """The number between 0 and 1 of a drawing, the next time its form is filled in (`Course._uniform`)."""
    number = uniform(s, p, p.slot[d], row, p.word[d], attempt)
    own = p.together[d]
    return number if own < 0 else together(s, p, own, number)


@seldom
def together(s, p, own, number):
    """The same of what goes with others: its score, and theirs, the last drawn, else the first that will be."""
    s.score[own] = at(number)
    total = 0.0
    for i in range(own + 1):
        if s.score[i] != s.score[i]:
            s.score[i] = at(uniform(s, p, p.together_slot[i], 0, p.together_word[i], 0))
        total += p.weight[own, i] * s.score[i]
    return below(total)


@part
def misses(s, p, form):
    """Whether what is missed now and then is missed this time (`Course._misses`)."""
    if p.missed[form] <= 0.0:
        return False
    time = s.came_up[form]
    s.came_up[form] += 1
    return uniform(s, p, p.missed_slot[form], time, 2, 0) < p.missed[form]


@part
def chosen(p, first, size, total, number):
    """One of several codes, by their chances."""
    left, place = number * total, first
    for i in range(first, first + size):  # to the end, whichever it is: nobody could foresee where to stop
        left -= p.chance[i]
        place += left >= 0
    if place < first + size:
        return p.code[place]
    last = p.code[first]
    for i in range(first, first + size):
        if p.chance[i] > 0:
            last = p.code[i]
    return last


@part
def from_spread(p, k, number):
    """The value of a distribution."""
    return quantile(
        p.spread_kind[k], p.first[k], p.second[k], p.low[k], p.high[k], p.below[k], p.within[k], p.is_whole[k] != 0, number
    )  # fmt: skip


@seldom
def fill(s, p, column):
    """The answers of a column that nobody has asked for so far."""
    d = p.drawn_in[column]
    form = p.form_of[d]
    for row in range(s.filled[column], s.count[form]):
        value = number_of(s, p, d, 0, uniform(s, p, p.slot[d], row, p.word[d], 0))
        s.values[column, row] = value
        if p.memory[d] >= 0:
            s.memory[p.memory[d]] = value
    s.filled[column] = s.count[form]


@part
def ask(s, p, a, statement, row):
    """What a statement comes to, once the answers that it looks at are there."""
    plain = p.plain[statement]
    if plain and s.limit == NEVER:
        form = p.plain_form[statement]
        n = s.count[form]
        if plain == 1:
            return 1.0 if n else 0.0
        s.hi = math.nan if n == 0 else float(s.days[form, 0 if plain == 2 else n - 1])
        return s.hi
    for i in range(p.n_needs[statement]):
        fill(s, p, p.needs[statement, i])
    return asked(a, statement, row, s)


@part
def holds(s, p, a, statement, day):
    """Whether a statement holds: 0 no, 1 yes, 2 unknown."""
    s.asked_on = day
    return int(ask(s, p, a, statement, -1))


@part
def number_of(s, p, d, key, number):
    """A number, at four digits; a repeated one drifts from the last (`Course._number`)."""
    k = p.spread[d, key]
    memory = p.memory[d]
    last = s.memory[memory] if memory >= 0 else math.nan
    if last != last:
        value = from_spread(p, k, number)
    else:
        step = p.change[d] * at(number)
        value = last * math.exp(step / p.centre[k]) if p.spread_kind[k] == inverse.LOGNORMAL else last + step
    if p.is_whole[k]:
        value = nearest(value)
    return min(max(four_digits(value), p.low[k]), p.high[k])


@part
def key_of(s, p, a, d, day):
    """The arm, cohort or group whose numbers hold; 0 where none is told apart, -1 while that cannot be told."""
    if not p.is_keyed[d]:
        return 0
    if s.arm >= 0 and p.has_key[d, 1 + s.arm]:
        return 1 + s.arm
    if s.cohort >= 0 and p.has_key[d, 1 + p.n_arms + s.cohort]:
        return 1 + p.n_arms + s.cohort
    for g in range(p.n_groups):
        if p.has_key[d, p.group_key[g]] and holds(s, p, a, p.group_member[g], day) == 1:
            return p.group_key[g]
    return -1
