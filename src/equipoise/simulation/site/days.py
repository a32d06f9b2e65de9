"""Days and what is compared with them: a day is a number, as `date.toordinal` counts; what lies between two ends has both."""

# mypy: allow-untyped-defs, allow-untyped-calls

import math

from .machine import part, seldom
from .record import MONTHS


@part
def month_of(day):
    """The month in which a day lies, counted from the year 0, and which day of it.

    Source:
        Hinnant (2021), chrono-compatible low-level date algorithms, civil_from_days; day 1 is 1 January of the year 1.
    """
    z = day + 305
    era = z // 146097
    of_era = z - era * 146097
    year = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    month = (5 * of_year + 2) // 153
    return (year + era * 400) * 12 + month + 2, of_year - (153 * month + 2) // 5 + 1


@part
def first_of(month):
    """The first day of a month that is counted from the year 0."""
    since_march = month - 2
    year, of_year = since_march // 12, since_march % 12
    era = year // 400
    of_era = year - era * 400
    return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + (153 * of_year + 2) // 5 - 305


@seldom
def later(day, days, months):
    """So many calendar months and days after a day; the last day of a month is clipped."""
    if months != 0:
        month, of_month = month_of(day)
        first = first_of(month + months)
        day = first + min(of_month, first_of(month + months + 1) - first) - 1
    return day + days


@part
def day_after(p, day, days, months):
    """The same as `later`, by the table of first days where it reaches."""
    if months == 0:
        return day + days
    month = ((day - p.first_day[0] - 3) * 34451) >> 20  # or the one after it, all these four centuries long
    if month < 1 or month + months < 1 or max(month, month + months) > MONTHS - 3:
        return later(day, days, months)
    month += p.first_day[month + 1] <= day
    of_month = day - p.first_day[month]
    month += months
    first = p.first_day[month]
    return min(first + of_month, p.first_day[month + 1] - 1) + days


@part
def shifted(end, days, months):
    """The same of one end of what a day is known to lie between."""
    return float(later(int(end), days, months)) if end == end else math.nan


@part
def months_between(start, end):
    """Calendar months from one day to another, the part of the last under way."""
    sign = 1.0
    if end < start:
        start, end, sign = end, start, -1.0
    whole = month_of(end)[0] - month_of(start)[0]
    if later(start, 0, whole) > end:
        whole -= 1
    here, there = later(start, 0, whole), later(start, 0, whole + 1)
    return sign * (whole + (end - here) / max(there - here, 1))


@part
def length(way, start, end):
    """Days, weeks, months or years from one day to another."""
    if not (start == start and end == end):
        return math.nan
    if way == 0:
        return end - start
    if way == 1:
        return (end - start) / 7.0
    months = months_between(int(start), int(end))
    return months / 12.0 if way == 3 else months


@part
def at_most(left, right):
    """Whether a number is at most another, by what can be told apart (`expression.explain.at_most`)."""
    return left <= right or left - right <= 1e-9 * min(abs(right), 1e300)


@part
def compared_ones(word, left, right):
    """How two numbers that are known compare: 0 not met, 1 met, 2 where one is not known."""
    if not (left == left and right == right):
        return 2
    if word == 1 or word == 2:
        return int(at_most(left, right)) if word == 1 else 1 - int(at_most(left, right))
    if word == 0 or word == 3:
        return int(at_most(right, left)) if word == 3 else 1 - int(at_most(right, left))
    same = int(at_most(left, right) and at_most(right, left))
    return same if word == 4 else 1 - same


@part
def _no_greater(left_low, left_high, right_low, right_high):
    return 1 if at_most(left_high, right_low) else 2 if at_most(left_low, right_high) else 0


@part
def compared(word, left_low, left_high, right_low, right_high):
    """How two numbers compare that are known to lie between ends."""
    if not (left_low == left_low and right_low == right_low):
        return 2
    if word == 1 or word == 2:
        found = _no_greater(left_low, left_high, right_low, right_high)
        return found if word == 1 or found == 2 else 1 - found
    if word == 3 or word == 0:
        found = _no_greater(right_low, right_high, left_low, left_high)
        return found if word == 3 or found == 2 else 1 - found
    if not at_most(left_low, right_high) or not at_most(right_low, left_high):
        found = 0
    else:
        found = 1 if at_most(left_high, right_low) and at_most(right_high, left_low) else 2
    return found if word == 4 or found == 2 else 1 - found


@part
def whole_part(value):
    """The whole number at or below a number; 2.9999999999999996 is 3."""
    return float(math.floor(value + 1e-9 * abs(value))) if math.isfinite(value) else value
