"""A hazard of which more is assumed than one distribution, and what is left of it for a participant (`hazards.Risk`)."""

# mypy: allow-untyped-defs, allow-untyped-calls

import math

import numpy as np

from .. import inverse
from .coming import set_anew
from .draws import holds, uniform
from .machine import nearest, part, seldom
from .record import CLOCKS, CLOCKS_FULL, NEVER

base_hazard, base_day = part(inverse.base_hazard), part(inverse.base_day)
uncured, of_uncured = part(inverse.uncured), part(inverse.of_uncured)


@part
def alike(p, k, days):
    """What a hazard comes to by a day, before its ratio (`Risk._alike`)."""
    first, size = p.rates[k], p.n_rates[k]
    base = base_hazard(p.risk_scale[k], p.risk_shape[k], p.rate, p.rate_end, p.rate_sum, first, size, days)
    return uncured(p.cured[k], base)


@part
def added(p, k, days):
    """The hazard added up until a day (`Risk.cumulative`)."""
    early = alike(p, k, min(days, p.ratio_from[k]))
    return early + (p.hazard_ratio[k] * (alike(p, k, days) - early) if days > p.ratio_from[k] else 0.0)


@part
def day_of(p, k, total):
    """The day on which it has come to a number; infinite if it never does (`Risk.day`)."""
    early = alike(p, k, p.ratio_from[k])
    total = total if total <= early else early + (total - early) / p.hazard_ratio[k]
    total = of_uncured(p.cured[k], total)
    if total == math.inf:
        return math.inf
    return base_day(p.risk_scale[k], p.risk_shape[k], p.rate, p.rate_end, p.rate_sum, p.rates[k], p.n_rates[k], total)


@part
def factor_of(s, p, a, i, day):
    """The factors that are met on a day, multiplied (`Course._factor`)."""
    d, found = s.run_of[i], 1.0
    for f in range(p.n_factors[d]):
        if (s.run_holding[i] >> f) & 1 and holds(s, p, a, p.factor_when[p.factors[d] + f], day) == 1:
            found *= p.factor_ratio[p.factors[d] + f]
    return found


@part
def day_run(s, p, i):
    """The day on which a hazard at work makes its event happen; never where it does not (`Course._set_running`)."""
    if s.run_factor[i] <= 0.0:
        return NEVER
    k = s.run_risk[i]
    days = day_of(p, k, added(p, k, s.run_since[i]) + s.run_left[i] / s.run_factor[i])
    if not days <= 73200.0:
        return NEVER
    return s.run_origin[i] + max(1, s.today - s.run_origin[i] + 1, int(nearest(days)))


@seldom
def run_from(s, p, a, d, key, origin, time):
    """Let a hazard run from a day; the day on which it comes to what it needs, as things are now (`Course._run`)."""
    i = s.n_running
    if i >= CLOCKS:
        s.fault = CLOCKS_FULL
        return NEVER
    gone = s.today - origin
    holding = np.int64(0)
    for f in range(p.n_factors[d]):
        chance = p.factor_chance[p.factors[d] + f]
        if chance == 1.0 or uniform(s, p, p.slot[d], time, 3, f) < chance:
            holding |= np.int64(1) << f
    s.run_of[i], s.run_risk[i], s.run_origin[i], s.run_holding[i] = d, p.risk[d, key], origin, holding
    s.run_left[i] = -math.log1p(-uniform(s, p, p.slot[d], time, 1, 0))
    s.run_since[i] = gone + 0.5 if gone > 0 else 0.0
    s.run_factor[i] = factor_of(s, p, a, i, max(s.today, origin))
    if holding:
        s.n_running = i + 1
    return day_run(s, p, i)


@seldom
def is_running(s, p, form):
    """Whether a hazard of something that happens once is at work."""
    for i in range(s.n_running):
        if p.form_of[s.run_of[i]] == form:
            return True
    return False


@part
def run_out(s, i):
    """A hazard is at work no more."""
    s.n_running -= 1
    for j in range(i, s.n_running):
        n = j + 1
        s.run_of[j], s.run_risk[j], s.run_origin[j] = s.run_of[n], s.run_risk[n], s.run_origin[n]
        s.run_holding[j] = s.run_holding[n]
        s.run_left[j], s.run_since[j], s.run_factor[j] = s.run_left[n], s.run_since[n], s.run_factor[n]


@seldom
def has_happened(s, d):
    """What a hazard led to has happened."""
    i = 0
    while i < s.n_running:
        if s.run_of[i] == d:
            run_out(s, i)
        else:
            i += 1


@seldom
def change_pace(s, p, a):
    """Something was recorded: whose factors are others now happens sooner or later (`Course._change_pace`)."""
    day = s.today
    i = 0
    while i < s.n_running:
        d = s.run_of[i]
        form = p.form_of[d]
        if s.count[form] and not p.repeats[form]:
            run_out(s, i)
            continue
        factor = factor_of(s, p, a, i, day)
        if factor != s.run_factor[i]:
            now, k = float(day - s.run_origin[i]), s.run_risk[i]
            if now > s.run_since[i]:
                gone = s.run_factor[i] * (added(p, k, now) - added(p, k, s.run_since[i]))
                s.run_left[i], s.run_since[i] = max(0.0, s.run_left[i] - gone), now
            s.run_factor[i] = factor
            set_anew(s, p, d, day_run(s, p, i))
        i += 1
