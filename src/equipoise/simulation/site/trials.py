"""Trials, one after another: the one loop that is called from outside."""

# mypy: allow-untyped-defs, allow-untyped-calls

import numpy as np

from .course import person
from .days import day_after
from .machine import part
from .outcomes import outcome
from .record import NO_DAY, NOBODY
from .recruitment import gap, joined_after
from .tumours import is_left


@part
def run(states, plans, address, seed_low, seed_high, first_trial, trials, size, horizon_days, horizon_months, until,
        people, forms, first_days, last_days, entries, days_in, statuses, values, moments):  # fmt: skip # type: ignore[no-untyped-def]
    """Draw trials, one after another: what becomes of each participant, row by row.

    Args:
        people: 12 numbers of each: whether joined, screened, arm, cohort, site, day of enrolment, died on, withdrew on,
            last known alive, lesions, lesions treated, lesions left.
    """
    s, p = states[0], plans[0]
    s.seed_low, s.seed_high = np.uint64(seed_low), np.uint64(seed_high)
    s.fault = 0
    for k in range(trials):
        s.trial = np.uint64(first_trial + k)
        s.n_strata = 0
        s.until = until
        if until == NO_DAY:
            gone = 0.0
            for i in range(size):
                s.participant, s.person, s.block_slot = np.uint64(i), 0, -1
                gone -= gap(s, p)
                people[k * size + i, 5] = joined_after(p, gone)
            s.until = day_after(p, p.start + joined_after(p, gone), horizon_days, horizon_months)
        gone = 0.0
        for i in range(size):
            row = k * size + i
            s.participant, s.person, s.block_slot = np.uint64(i), 0, -1
            if until != NO_DAY:
                gone -= gap(s, p)
                people[row, 5] = joined_after(p, gone)
            day = p.start + people[row, 5]
            if day > s.until:
                for table in (people, forms, first_days, last_days, entries, days_in, statuses, moments):
                    table[row, :] = 0
                values[row, :] = 0.0
                continue
            why = 1
            for number in range(1, 1001):
                s.person = number
                why = person(s, p, address, day)
                if why == 0 or s.fault:
                    break
            if s.fault:
                return row
            if why:
                s.fault = NOBODY
                return row
            people[row, 0], people[row, 1], people[row, 2], people[row, 3] = 1, s.person, s.arm, s.cohort
            people[row, 4], people[row, 5] = s.site, s.days[p.enrolment, 0]
            people[row, 6] = s.days[p.death, 0] if s.count[p.death] else 0
            people[row, 7] = s.days[p.withdrawal, 0] if s.count[p.withdrawal] else 0
            people[row, 8] = s.alive
            left, treated = 0, 0
            for j in range(s.n_lesions):
                left += is_left(s, j)
                treated += s.is_treated[j]
            people[row, 9], people[row, 10], people[row, 11] = s.n_lesions, treated, left
            for f in range(p.n_forms):
                n = s.count[f]
                forms[row, f] = n
                first_days[row, f] = s.days[f, 0] if n else 0
                last_days[row, f] = s.days[f, n - 1] if n else 0
            for step in range(p.n_steps):
                entries[row, step], days_in[row, step] = s.entries[step], s.days_in[step]
            for e in range(p.n_endpoints):
                outcome(s, p, address, e)
                statuses[row, e], values[row, e], moments[row, e] = s.status, s.value, s.on
    return -1
