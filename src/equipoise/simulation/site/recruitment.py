"""How fast participants join, and where, as sites open and come to their pace (`simulation.recruitment`)."""

# mypy: allow-untyped-defs, allow-untyped-calls

import math

from .draws import uniform
from .machine import part, seldom


@part
def pace_at(p, i, days):
    """How many a day there are at a site at a time (`Recruiting.at`)."""
    open_for = days - p.opens[i]
    if open_for < 0:
        return 0.0
    return p.pace[i] * (min(open_for / p.ramp[i], 1.0) if p.ramp[i] > 0.0 else 1.0)


@part
def expected(p, days):
    """How many are expected to have joined by a time (`recruitment.together`)."""
    total = 0.0
    for i in range(p.n_recruiting):
        open_for = max(days - p.opens[i], 0.0)
        rising = min(open_for, p.ramp[i])
        total += p.pace[i] * ((rising * rising / (2 * p.ramp[i]) if p.ramp[i] > 0.0 else 0.0) + open_for - rising)
    return total


@seldom
def day_by(p, total):
    """The time by which so many are expected to have joined (`recruitment.day_of`)."""
    low, high = 0.0, 1.0
    while expected(p, high) < total:
        low, high = high, high * 2
    for _ in range(80):
        middle = (low + high) / 2
        if expected(p, middle) < total:
            low = middle
        else:
            high = middle
    return high


@part
def gap(s, p):
    """What is added for the next to join: days, or, where sites recruit, how many are expected in them."""
    mean = 1.0 if p.n_recruiting else p.accrual_days
    return mean * math.log1p(-uniform(s, p, 0, 0, 0, 0))


@part
def joined_after(p, gone):
    """The days from the start after which the next has joined."""
    return int(day_by(p, gone)) if p.n_recruiting else int(gone)


@part
def site_now(s, p, day):
    """The site at which somebody joins, by the pace that each has come to by then (`recruitment.site_of`)."""
    days, left = float(day - p.start) + 1.0, 0.0
    for i in range(p.n_recruiting):
        left += pace_at(p, i, days)
    left *= uniform(s, p, 0, 0, 1, 0)
    last = 0
    for i in range(p.n_recruiting):
        pace = pace_at(p, i, days)
        left -= pace
        if left < 0:
            return p.recruits[i]
        if pace > 0:
            last = i
    return p.recruits[last]
