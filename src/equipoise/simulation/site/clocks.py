"""What happens by itself, and when: drawn when it becomes possible (`Course._start`)."""

# mypy: allow-untyped-defs, allow-untyped-calls

import math

from .coming import set_clock
from .draws import holds, key_of, uniform
from .hazards import is_running, run_from
from .machine import nearest, part, quantile, share
from .record import CLOCKS, NEVER

inverse_month = 365.25 / 12


@part
def start_clock(s, p, a, d, origin, after):
    """Draw when something will happen, counted from a day (`Course._start`)."""
    form = p.form_of[d]
    if p.is_by_month[d]:
        next_of_many(s, p, d, origin)
        return
    if not p.repeats[form]:
        if s.count[form] or is_running(s, p, form):
            return
        for i in range(s.n_clocks):
            if p.form_of[s.clock[i]] == form:
                return
    key = key_of(s, p, a, d, origin)
    if key < 0:
        if p.allocates >= 0 and s.arm < 0 and s.n_waiting < CLOCKS:
            s.waiting[s.n_waiting], s.waiting_day[s.n_waiting] = d, origin
            s.n_waiting += 1
        return
    if p.happens_when[d] >= 0 and holds(s, p, a, p.happens_when[d], origin) != 1:
        return
    time = s.started[form]
    s.started[form] += 1
    if p.has_chances[d]:
        if uniform(s, p, p.slot[d], time, 0, 0) >= p.chance_after[d, key, max(after, 0)]:
            return
        if not p.has_spread[d]:
            set_clock(s, p, d, origin + 1)
            return
    if p.risk[d, key] >= 0:
        day = run_from(s, p, a, d, key, origin, time)
        if day != NEVER:
            set_clock(s, p, d, day)
        return
    gone = s.today - origin
    k = p.spread[d, key]
    below, within = p.below[k], p.within[k]
    number = uniform(s, p, p.slot[d], time, 1, 0)
    if gone > 0 and gone + 0.5 > p.low[k]:
        part = share(p.spread_kind[k], p.first[k], p.second[k], gone + 0.5)
        within = below + within - part
        if within <= 0.0:
            return
        below = part
    days = quantile(
        p.spread_kind[k], p.first[k], p.second[k], p.low[k], p.high[k], below, within, p.is_whole[k] != 0, number
    )  # fmt: skip
    if days <= 73200.0:
        set_clock(s, p, d, origin + max(1, int(nearest(days)), gone + 1))


@part
def next_of_many(s, p, d, since):
    """When something that goes on happening happens next."""
    form = p.form_of[d]
    time = s.started[form]
    s.started[form] += 1
    if p.per_month[d] > 0.0:
        days = -inverse_month / p.per_month[d] * math.log(1.0 - uniform(s, p, p.slot[d], time, 1, 0))
        if days <= 73200.0:
            set_clock(s, p, d, since + max(1, int(nearest(days))))
