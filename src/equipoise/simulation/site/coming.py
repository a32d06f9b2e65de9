"""What will happen by itself, and what of it first."""

# mypy: allow-untyped-defs, allow-untyped-calls

import numpy as np

from .machine import part
from .record import CLOCKS, CLOCKS_FULL, NEVER


@part
def set_clock(s, p, d, day):
    """Something will happen on a day."""
    n = s.n_clocks
    if n >= CLOCKS:
        s.fault = CLOCKS_FULL
        return
    s.clock_day[n], s.clock[n] = day, d
    s.clock_order[n] = (np.int64(p.slot[d]) << 24) | s.started[p.form_of[d]]
    s.n_clocks = n + 1
    if s.next_clock < 0 or is_before(s, n, s.next_clock):
        s.next_clock = n


@part
def is_before(s, i, j):
    """Whether one thing is to happen before another."""
    return s.clock_day[i] < s.clock_day[j] or (s.clock_day[i] == s.clock_day[j] and s.clock_order[i] < s.clock_order[j])


@part
def drop_clock(s, i):
    """What was to happen does so, or no longer will."""
    n = s.n_clocks - 1
    s.clock[i], s.clock_day[i], s.clock_order[i] = s.clock[n], s.clock_day[n], s.clock_order[n]
    s.n_clocks, s.next_clock = n, -1
    for j in range(n):
        if s.next_clock < 0 or is_before(s, j, s.next_clock):
            s.next_clock = j


@part
def set_anew(s, p, d, day):
    """Something will happen on another day than it would have: never, where there is none."""
    i = 0
    while i < s.n_clocks:
        if s.clock[i] == d:
            drop_clock(s, i)
        else:
            i += 1
    if day != NEVER:
        set_clock(s, p, d, day)
