"""What will happen by itself, and what of it first."""

# mypy: allow-untyped-defs, allow-untyped-calls

import numpy as np

from .machine import part
from .record import CLOCKS, CLOCKS_FULL, NEVER

TIME_BITS, DAY_BITS, LAST_KEY = 24, 40, (1 << 63) - 1
"""What happens first stands in one number: its day, then its slot, then which time it is."""


@part
def set_clock(s, p, d, day):
    """Something will happen on a day."""
    n = s.n_clocks
    if n >= CLOCKS:
        s.fault = CLOCKS_FULL
        return
    s.clock[n] = d
    s.clock_key[n] = (np.int64(day) << DAY_BITS) | (np.int64(p.slot[d]) << TIME_BITS) | s.started[p.form_of[d]]
    s.n_clocks = n + 1
    if s.next_clock < 0 or s.clock_key[n] < s.clock_key[s.next_clock]:
        s.next_clock = n


@part
def clock_day(s, i):
    """The day on which something is to happen."""
    return s.clock_key[i] >> DAY_BITS


@part
def drop_clock(s, i):
    """What was to happen does so, or no longer will."""
    n = s.n_clocks - 1
    s.clock[i], s.clock_key[i] = s.clock[n], s.clock_key[n]
    s.n_clocks = n
    first, soonest = -1, LAST_KEY
    for j in range(n):
        if s.clock_key[j] < soonest:
            first, soonest = j, s.clock_key[j]
    s.next_clock = first


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
