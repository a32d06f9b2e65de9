"""The virtual site, compiled: one participant's way through a trial, by tables instead of by names.

It does what `course` and the engine's walk do, in the same order, from the same draws. What is known of a participant
stands in one record (`STATE`), what the study says in another (`PLAN`); forms, steps, lines and statements are numbers.
Days are counted as `date.toordinal` counts them. A statement is answered by a function made for the study
(`statements`), called by its address. Whoever changes one interpreter changes the other: `tests/simulation/
test_compiled.py` holds them to the same participants.
"""

# mypy: allow-untyped-defs, allow-untyped-calls, disable-error-code="call-arg"

import math
from types import FunctionType

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic

from ..kernels.loops import compiled
from ..kernels.loops.philox import wide
from . import inverse

# Room. The numbers are no powers of two, so that rows do not crowd into the same lines of a processor's cache.
FORMS, STEPS, TRACKS, RULES, ARMS = 61, 47, 4, 61, 8
KINDS_OF_ROWS = FORMS + 2 * STEPS
ROWS, COLUMNS, LESIONS = 250, 93, 31
DRAWINGS, KEYS, SPREADS, CHANCES = 187, 15, 381, 765
LINES, SERIES, OFFSETS, PER_FORM = 45, 61, 31, 13
CLOCKS, STATEMENTS, BRANCHES, STRATA = 61, 510, 10, 255
ENDPOINTS, MOMENTS = 39, 8

FIRST_MONTH, MONTHS = 1900 * 12, 4800
"""The months whose first days stand in a table: those of four centuries."""

NEVER = 1 << 30
NO_DAY = 0
ROWS_FULL, SERIES_FULL, CLOCKS_FULL, NOBODY, LESIONS_FULL, STRATA_FULL, ENDLESS = range(1, 8)
FAULTS = {
    ROWS_FULL: f"more than {ROWS - 1} of one activity were recorded of one participant",
    SERIES_FULL: f"more than {SERIES} series of the schedule ran at once",
    CLOCKS_FULL: f"more than {CLOCKS} things were to happen by themselves at once",
    NOBODY: "nobody of the persons drawn could join",
    LESIONS_FULL: f"a participant has more than {LESIONS} lesions",
    STRATA_FULL: f"more than {STRATA} strata were met",
    ENDLESS: "the pathway went on without end",
}  # fmt: skip

_I, _F = np.int64, np.float64

STATE = np.dtype([
    # where the numbers are
    ("seed_low", np.uint64), ("seed_high", np.uint64), ("trial", np.uint64), ("participant", np.uint64),
    ("person", np.int64), ("block_slot", np.int64), ("block_occasion", np.int64), ("block", np.uint64, (4,)),
    # who it is, and when
    ("site", _I), ("arm", _I), ("cohort", _I), ("today", _I), ("not_before", _I), ("until", _I), ("is_over", _I),
    ("has_begun", _I), ("was_allocated", _I), ("response", _I), ("events", _I), ("alive", _I), ("fault", _I), ("screened", _I),
    ("limit", _I), ("asked_on", _I), ("hi", _F), ("given_from", _I), ("given_arm", _I),
    # rows, and the answers that are looked at
    ("count", _I, (KINDS_OF_ROWS,)), ("days", _I, (KINDS_OF_ROWS, ROWS)), ("values", _F, (COLUMNS, ROWS)),
    ("filled", _I, (COLUMNS,)), ("memory", _F, (DRAWINGS,)), ("started", _I, (FORMS,)),
    # lesions: as they are, and as imaging has shown them
    ("n_lesions", _I), ("were_drawn", _I), ("listed", _I), ("lesions_found", _I), ("selected", np.int64),
    ("first_mm", _F, (LESIONS,)), ("mm", _F, (LESIONS,)), ("is_treated", _I, (LESIONS,)),
    ("lesion_known", _I, (LESIONS,)), ("lesion_organ", _F, (LESIONS,)), ("organ", _F, (LESIONS,)),
    ("lesion_mm", _F, (LESIONS,)), ("lesion_seen", _I, (LESIONS,)), ("lesion_treated", _I, (LESIONS,)),
    ("n_past", _I), ("past_day", _I, (ROWS,)), ("past_kind", _I, (ROWS,)), ("past_mask", np.int64, (ROWS,)),
    ("past_mm", _F, (ROWS, LESIONS)), ("masks", np.int64, (4,)),
    ("by_size", _I, (LESIONS,)), ("wanted_first", _I, (FORMS,)), ("place", _I, (16,)), ("standing", _I, (TRACKS,)),
    ("placing", _I, (TRACKS,)),
    # the pathway
    ("begun", _I), ("n_tracks", _I), ("order", _I, (TRACKS,)), ("step", _I, (TRACKS,)), ("entered", _I, (TRACKS,)),
    ("number", _I, (TRACKS,)), ("done", _I, (TRACKS, FORMS)), ("last", _I, (TRACKS, FORMS)), ("first_try", _I, (TRACKS,)),
    ("last_try", _I, (TRACKS,)), ("decision", _I, (TRACKS,)), ("waits", _I, (TRACKS,)), ("proposal", _I, (TRACKS,)),
    ("ended", _I, (TRACKS,)), ("busy", _I, (TRACKS,)), ("skipped", _I, (TRACKS,)), ("entries", _I, (STEPS,)),
    ("visits", _I), ("ends", _I), ("days_in", _I, (STEPS,)),
    ("n_loose", _I), ("loose", _I, (8,)), ("loose_day", _I, (8,)),
    ("wanted_step", _I, (TRACKS,)), ("wanted_number", _I, (TRACKS,)), ("wanted", _I, (TRACKS,)),
    ("ready_key", np.int64, (FORMS,)), ("ready", _I, (FORMS,)),
    # what happens by itself
    ("n_clocks", _I), ("clock_day", _I, (CLOCKS,)), ("clock_order", np.int64, (CLOCKS,)), ("clock", _I, (CLOCKS,)),
    ("n_waiting", _I), ("waiting", _I, (CLOCKS,)), ("waiting_day", _I, (CLOCKS,)),
    # the schedule
    ("line_count", _I, (LINES,)), ("line_day", _I, (LINES,)), ("used", _I, (LINES, PER_FORM)),
    ("n_series", _I), ("series_line", _I, (SERIES,)), ("series_act", _I, (SERIES,)), ("series_form", _I, (SERIES,)),
    ("series_anchor", _I, (SERIES,)), ("series_number", _I, (SERIES,)), ("series_target", _I, (SERIES,)),
    ("series_opens", _I, (SERIES,)), ("series_closes", _I, (SERIES,)), ("series_meets", _I, (SERIES,)), ("series_last", _I, (SERIES,)),
    ("aim_anchor", _I, (LINES,)), ("aim_number", _I, (LINES,)), ("aim_target", _I, (LINES,)), ("aim_opens", _I, (LINES,)),
    ("aim_closes", _I, (LINES,)),
    # allocation, for the whole trial
    ("n_strata", _I), ("stratum", np.int64, (STRATA,)), ("blocks", _I, (STRATA,)), ("placed", _I, (STRATA,)),
    ("in_block", _I, (STRATA,)), ("block_arms", _I, (STRATA, 256)),
    # outcomes
    ("status", _I), ("value", _F), ("on", _I), ("times", _I),
], align=True)  # fmt: skip
"""What is known of one participant while the site follows them, and the trial's lists of arms."""

PLAN = np.dtype([
    ("first_day", _I, (MONTHS,)), ("n_forms", _I), ("n_steps", _I), ("start", _I), ("is_retrospective", _I), ("needs_consent", _I), ("allocates", _I),
    ("allocates_on_path", _I), ("allocated_after", _I), ("follows_lesions", _I), ("response_at_baseline", _I),
    ("looks_at_size", _I), ("enrolment", _I), ("consent", _I), ("judgement", _I), ("death", _I), ("withdrawal", _I),
    ("last_contact", _I), ("begins", _I), ("has_pathway", _I), ("has_timeouts", _I), ("asks_for_today", _I), ("accrual_days", _F),
    ("n_sites", _I), ("site_drawing", _I), ("cohort_drawing", _I), ("site_column", _I), ("cohort_column", _I),
    ("arm_column", _I), ("arm_drawing", _I), ("from_drawing", _I), ("from_column", _I), ("from_treatment", _I),
    ("from_follow_up", _I), ("from_consent", _I),
    ("n_arms", _I), ("n_cohorts", _I), ("cohort_member", _I, (KEYS,)), ("cohort_is_past", _I, (KEYS,)),
    ("n_groups", _I), ("group_key", _I, (KEYS,)), ("group_member", _I, (KEYS,)),
    ("n_rules", _I), ("rule", _I, (RULES,)), ("n_judged", _I), ("judged_column", _I, (RULES,)), ("judged", _F, (RULES,)),
    ("n_baseline", _I), ("baseline", _I, (FORMS,)),
    ("by_blocks", _I), ("n_once", _I), ("once", _I, (64,)), ("n_sizes", _I), ("sizes", _I, (16,)),
    ("n_strata", _I), ("strata", _I, (8,)), ("is_truth", _I, (8,)),
    ("n_all_columns", _I), ("n_memories", _I), ("n_needs", _I, (STATEMENTS,)), ("needs", _I, (STATEMENTS, 24)),
    # forms
    ("repeats", _I, (FORMS,)), ("treats", _I, (FORMS,)), ("shows_lesions", _I, (FORMS,)), ("lasts", _I, (FORMS,)),
    ("lasts_days", _I, (FORMS,)), ("lasts_months", _I, (FORMS,)), ("asked", _I, (FORMS,)), ("on_path", _I, (FORMS,)),
    ("watched", _I, (FORMS,)), ("rank", _I, (FORMS,)), ("is_apart", _I, (FORMS,)), ("decide_rank", _I),
    ("has_requires", _I, (FORMS,)), ("n_requires", _I, (FORMS,)), ("requires", _I, (FORMS, PER_FORM)),
    ("n_prepares", _I, (FORMS, PER_FORM)), ("prepares", _I, (FORMS, PER_FORM, PER_FORM)),
    ("n_columns", _I, (FORMS,)), ("columns", _I, (FORMS, COLUMNS)),
    ("n_drawn", _I, (FORMS,)), ("drawn", _I, (FORMS, 64)), ("n_sets", _I, (FORMS,)), ("sets", _I, (FORMS, 4)),
    ("set_column", _I, (FORMS, 4)), ("n_responses", _I, (FORMS,)),
    ("n_starts", _I, (FORMS,)), ("starts", _I, (FORMS, PER_FORM)), ("delay", _I, (FORMS,)), ("delay_slot", _I, (FORMS,)),
    ("reacts", _I, (FORMS,)), ("scheduled", _I, (FORMS,)), ("n_kept", _I, (FORMS,)), ("kept", _I, (FORMS, 64)), ("is_quick", _I, (FORMS,)), ("is_idle", _I, (FORMS,)), ("is_allocation", _I, (FORMS,)),
    # what is drawn
    ("kind", _I, (DRAWINGS,)), ("slot", _I, (DRAWINGS,)), ("word", _I, (DRAWINGS,)), ("column", _I, (DRAWINGS,)),
    ("constant", _F, (DRAWINGS,)), ("memory", _I, (DRAWINGS,)), ("change", _F, (DRAWINGS,)), ("n_when", _I, (DRAWINGS,)),
    ("when", _I, (DRAWINGS, 2)), ("is_keyed", _I, (DRAWINGS,)), ("has_key", _I, (DRAWINGS, KEYS)),
    ("spread", _I, (DRAWINGS, KEYS)), ("chances", _I, (DRAWINGS, KEYS)), ("n_chances", _I, (DRAWINGS, KEYS)),
    ("total", _F, (DRAWINGS, KEYS)), ("is_response", _I, (DRAWINGS,)), ("from_form", _I, (DRAWINGS,)),
    ("has_chances", _I, (DRAWINGS,)), ("form_of", _I, (DRAWINGS,)),
    ("code", _F, (CHANCES,)), ("chance", _F, (CHANCES,)), ("code_response", _I, (DRAWINGS, 16)),
    ("spread_kind", _I, (SPREADS,)), ("first", _F, (SPREADS,)), ("second", _F, (SPREADS,)), ("low", _F, (SPREADS,)),
    ("high", _F, (SPREADS,)), ("below", _F, (SPREADS,)), ("within", _F, (SPREADS,)), ("is_whole", _I, (SPREADS,)), ("centre", _F, (SPREADS,)),
    ("is_lazy", _I, (COLUMNS,)), ("drawn_in", _I, (COLUMNS,)),
    ("count_drawing", _I), ("diameter_drawing", _I), ("organ_drawing", _I), ("liver", _F),
    # what happens by itself: a clock is a drawing of a form
    ("per_month", _F, (DRAWINGS,)), ("is_by_month", _I, (DRAWINGS,)), ("happens_when", _I, (DRAWINGS,)),
    ("has_spread", _I, (DRAWINGS,)), ("chance_after", _F, (DRAWINGS, KEYS, FORMS)),
    # the pathway
    ("n_tracks", _I), ("treatment_track", _I), ("start_step", _I, (TRACKS,)), ("n_begin", _I), ("begin_track", _I, (TRACKS,)),
    ("track_rank", _I, (TRACKS,)), ("track", _I, (STEPS,)), ("n_do", _I, (STEPS,)), ("do", _I, (STEPS, PER_FORM)),
    ("repeat", _I, (STEPS,)), ("least", _I, (STEPS,)), ("most", _I, (STEPS,)), ("stop", _I, (STEPS,)), ("guard", _I, (STEPS,)),
    ("has_retry", _I, (STEPS,)), ("retry_days", _I, (STEPS,)), ("retry_months", _I, (STEPS,)), ("for_days", _I, (STEPS,)),
    ("for_months", _I, (STEPS,)), ("on_timeout", _I, (STEPS,)), ("next", _I, (STEPS,)), ("is_end", _I, (STEPS,)),
    ("by_rule", _I, (STEPS,)), ("n_branches", _I, (STEPS,)), ("to", _I, (STEPS, BRANCHES)), ("branch_when", _I, (STEPS, BRANCHES)),
    ("is_otherwise", _I, (STEPS, BRANCHES)), ("has_option", _I, (STEPS, BRANCHES)), ("likely", _F, (STEPS, KEYS, BRANCHES)),
    ("step_drawing", _I, (STEPS,)), ("step_slot", _I, (STEPS,)), ("unknown", _I, (STEPS,)), ("step_limit", _I, (STEPS,)),
    ("has_within", _I, (STEPS,)), ("within_days", _I, (STEPS,)), ("within_months", _I, (STEPS,)), ("pace_days", _I, (STEPS,)),
    ("pace_months", _I, (STEPS,)),
    ("n_reactions", _I), ("reaction_on", _I, (32,)), ("reaction_when", _I, (32,)), ("reaction_all", _I, (32,)),
    ("reaction_tracks", _I, (32,)), ("reaction_to", _I, (32,)),
    ("n_apart", _I), ("apart_kind", _I, (32,)), ("apart_other", _I, (32,)), ("apart_days", _I, (32,)), ("apart_months", _I, (32,)),
    # the schedule
    ("n_lines", _I), ("anchor_kind", _I, (LINES,)), ("anchor_form", _I, (LINES,)), ("anchor_which", _I, (LINES,)),
    ("anchor_statement", _I, (LINES,)), ("rounds", _I, (LINES,)), ("rounds_form", _I, (LINES,)), ("n_acts", _I, (LINES,)),
    ("acts", _I, (LINES, PER_FORM)), ("n_first", _I, (LINES,)), ("first_days", _I, (LINES, OFFSETS)),
    ("first_months", _I, (LINES, OFFSETS)), ("has_every", _I, (LINES,)), ("every_days", _I, (LINES,)),
    ("every_months", _I, (LINES,)), ("has_last", _I, (LINES,)), ("last_days", _I, (LINES,)), ("last_months", _I, (LINES,)),
    ("has_window", _I, (LINES,)), ("before_days", _I, (LINES,)), ("before_months", _I, (LINES,)), ("after_days", _I, (LINES,)),
    ("after_months", _I, (LINES,)), ("far_days", _I, (LINES,)), ("has_hard", _I, (LINES,)), ("hard_days", _I, (LINES,)),
    ("hard_months", _I, (LINES,)), ("while_", _I, (LINES,)), ("line_until", _I, (LINES,)), ("until_is_fixed", _I, (LINES,)),
    ("line_track", _I, (LINES,)),
    # endpoints
    ("n_endpoints", _I), ("endpoint_kind", _I, (ENDPOINTS,)), ("among", _I, (ENDPOINTS,)), ("origin", _I, (ENDPOINTS,)),
    ("n_moments", _I, (ENDPOINTS, 3)), ("moment_form", _I, (ENDPOINTS, 3, MOMENTS)),
    ("moment_statement", _I, (ENDPOINTS, 3, MOMENTS)), ("has_horizon", _I, (ENDPOINTS,)), ("horizon_days", _I, (ENDPOINTS,)),
    ("horizon_months", _I, (ENDPOINTS,)), ("has_span", _I, (ENDPOINTS,)), ("span_days", _I, (ENDPOINTS,)),
    ("span_months", _I, (ENDPOINTS,)), ("attributed", _I, (ENDPOINTS,)), ("measured", _I, (ENDPOINTS,)), ("looks_at_lesions", _I, (ENDPOINTS,)),
    ("n_measured", _I, (ENDPOINTS,)), ("measured_column", _I, (ENDPOINTS, 16)), ("measured_form", _I, (ENDPOINTS, 16)),
    ("has_from", _I, (ENDPOINTS,)), ("around_before_days", _I, (ENDPOINTS,)), ("around_before_months", _I, (ENDPOINTS,)),
    ("around_after_days", _I, (ENDPOINTS,)), ("around_after_months", _I, (ENDPOINTS,)), ("combine", _I, (ENDPOINTS,)),
], align=True)  # fmt: skip
"""What a study says, by number; -1 stands for none."""


@intrinsic
def asked(typingctx, address, statement, row, state):
    """What a statement comes to: a call of the function that was made for the study."""
    signature = types.float64(types.int64, types.int64, types.int64, state)

    def generate(context, builder, signature, args):
        pointer, number = ir.IntType(8).as_pointer(), ir.IntType(64)
        function = ir.FunctionType(ir.DoubleType(), [number, number, pointer])
        call = builder.inttoptr(args[0], function.as_pointer())
        return builder.call(call, [args[1], args[2], builder.bitcast(args[3], pointer)])

    return signature, generate


at, share, nearest = compiled(inverse.at), compiled(inverse.share), compiled(inverse.nearest)
four_digits, tenth = compiled(inverse.four_digits), compiled(inverse.tenth)
quantile = compiled(FunctionType(inverse.quantile.__code__, {**vars(inverse), "at": at, "nearest": nearest}, "quantile"))


# --- days ------------------------------------------------------------------------------------------------------------


@compiled
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


@compiled
def first_of(month):
    """The first day of a month that is counted from the year 0."""
    since_march = month - 2
    year, of_year = since_march // 12, since_march % 12
    era = year // 400
    of_era = year - era * 400
    return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + (153 * of_year + 2) // 5 - 305


@compiled
def later(day, days, months):
    """So many calendar months and days after a day; the last day of a month is clipped."""
    if months != 0:
        month, of_month = month_of(day)
        first = first_of(month + months)
        day = first + min(of_month, first_of(month + months + 1) - first) - 1
    return day + days


@compiled
def day_after(p, day, days, months):
    """The same as `later`, by the table of first days where it reaches."""
    if months == 0:
        return day + days
    month = int((day - p.first_day[0]) * 0.0328549)
    if month < 1 or month + months < 1 or max(month, month + months) > MONTHS - 3:
        return later(day, days, months)
    while p.first_day[month + 1] <= day:
        month += 1
    while p.first_day[month] > day:
        month -= 1
    of_month = day - p.first_day[month]
    month += months
    first = p.first_day[month]
    return min(first + of_month, p.first_day[month + 1] - 1) + days


@compiled
def shifted(end, days, months):
    """The same of one end of what a day is known to lie between."""
    return float(later(int(end), days, months)) if end == end else math.nan


@compiled
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


@compiled
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


@compiled
def at_most(left, right):
    """Whether a number is at most another, by what can be told apart (`expression.explain.at_most`)."""
    return left <= right or left - right <= 1e-9 * min(abs(right), 1e300)


@compiled
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


@compiled
def _no_greater(left_low, left_high, right_low, right_high):
    return 1 if at_most(left_high, right_low) else 2 if at_most(left_low, right_high) else 0


@compiled
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


@compiled
def whole_part(value):
    """The whole number at or below a number; 2.9999999999999996 is 3."""
    return float(math.floor(value + 1e-9 * abs(value))) if math.isfinite(value) else value


# --- chance ----------------------------------------------------------------------------------------------------------


@compiled
def uniform(s, slot, time, word, attempt):
    """The number at an address (`draws.Draws.uniform`)."""
    occasion = (s.person << 22) | (attempt << 16) | time
    if slot != s.block_slot or occasion != s.block_occasion:
        a, b, c, d = wide(s.participant, s.trial, np.uint64(slot), np.uint64(occasion), s.seed_low, s.seed_high)
        s.block[0], s.block[1], s.block[2], s.block[3] = a, b, c, d
        s.block_slot, s.block_occasion = slot, occasion
    return (float(s.block[word]) + 0.5) * 2.0**-32


@compiled
def chosen(p, first, size, total, number):
    """One of several codes, by their chances."""
    left = number * total
    for i in range(first, first + size):
        left -= p.chance[i]
        if left < 0:
            return p.code[i]
    last = p.code[first]
    for i in range(first, first + size):
        if p.chance[i] > 0:
            last = p.code[i]
    return last


@compiled
def from_spread(p, k, number):
    """The value of a distribution."""
    return quantile(
        p.spread_kind[k], p.first[k], p.second[k], p.low[k], p.high[k], p.below[k], p.within[k], p.is_whole[k] != 0, number
    )  # fmt: skip


# --- what is known ---------------------------------------------------------------------------------------------------


@compiled
def fill(s, p, column):
    """The answers of a column that nobody has asked for so far."""
    d = p.drawn_in[column]
    form = p.form_of[d]
    for row in range(s.filled[column], s.count[form]):
        value = number_of(s, p, d, 0, uniform(s, p.slot[d], row, p.word[d], 0))
        s.values[column, row] = value
        if p.memory[d] >= 0:
            s.memory[p.memory[d]] = value
    s.filled[column] = s.count[form]


@compiled
def ask(s, p, a, statement, row):
    """What a statement comes to, once the answers that it looks at are there."""
    for i in range(p.n_needs[statement]):
        column = p.needs[statement, i]
        if p.is_lazy[column]:
            fill(s, p, column)
    return asked(a, statement, row, s)


@compiled
def holds(s, p, a, statement, day):
    """Whether a statement holds: 0 no, 1 yes, 2 unknown."""
    s.asked_on = day
    return int(ask(s, p, a, statement, -1))


@compiled
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


@compiled
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


# --- lesions ---------------------------------------------------------------------------------------------------------


@compiled
def draw_lesions(s, p):
    """The lesions, the first time that anybody looks for them."""
    s.were_drawn = 1
    if p.count_drawing < 0:
        s.n_lesions = 0
        return
    size = int(number_of(s, p, p.count_drawing, 0, uniform(s, 2, 0, 0, 0)))
    if size > LESIONS:
        s.fault = LESIONS_FULL
        size = LESIONS
    s.n_lesions = max(size, 0)
    for j in range(s.n_lesions):
        s.first_mm[j], s.organ[j] = 0.0, p.liver
        if p.diameter_drawing >= 0:
            s.first_mm[j] = 1.0
            if p.looks_at_size:
                mm = from_spread(p, p.spread[p.diameter_drawing, 0], uniform(s, 3, j // 4, j % 4, 0))
                s.first_mm[j] = max(tenth(mm), 1.0)
        if p.organ_drawing >= 0:
            d = p.organ_drawing
            s.organ[j] = chosen(p, p.chances[d, 0], p.n_chances[d, 0], p.total[d, 0], uniform(s, 4, j // 4, j % 4, 0))
        s.mm[j] = s.first_mm[j]
        s.is_treated[j], s.lesion_known[j], s.lesion_treated[j], s.lesion_seen[j] = 0, 0, 0, 2
        s.lesion_mm[j], s.lesion_organ[j] = math.nan, math.nan


@compiled
def is_left(s, j):
    """Whether tumour is there still."""
    return not s.is_treated[j] and (s.mm[j] > 0.0 or s.first_mm[j] == 0.0)


@compiled
def respond(s):
    """All lesions shrink, grow or vanish alike (`tumours.respond`): 1 CR, 2 PR, 4 PD."""
    response, s.response = s.response, 0
    if response == 1:
        for j in range(s.n_lesions):
            s.mm[j] = 0.0
    elif response == 2:
        for j in range(s.n_lesions):
            s.mm[j] = min(s.mm[j], tenth(0.6 * s.first_mm[j]))
    elif response == 4:
        for j in range(s.n_lesions):
            s.mm[j] = tenth(1.3 * s.mm[j] + 5.0) if s.mm[j] > 0.0 else s.first_mm[j]


@compiled
def show(s, p, mask, day, mm):
    """What imaging has shown: the lesions that are left, and how large."""
    if s.lesions_found == NO_DAY:
        s.lesions_found = day
    if not s.listed:
        s.listed = 1
        for j in range(s.n_lesions):
            s.lesion_known[j], s.lesion_organ[j] = 1, s.organ[j]
    for j in range(s.n_lesions):
        s.lesion_seen[j] = (mask >> j) & 1
    if p.looks_at_size:
        for j in range(s.n_lesions):
            if not (mask >> j) & 1:
                s.lesion_mm[j] = 0.0
            elif mm[j] > 0.0:
                s.lesion_mm[j] = mm[j]


@compiled
def treat(s, mask, how, day):
    """What treatment has done: of an ablated lesion nobody can tell until it is looked at, a resected one is gone."""
    if s.lesions_found == NO_DAY and mask:
        s.lesions_found = day
    for j in range(s.n_lesions):
        if (mask >> j) & 1:
            s.lesion_known[j], s.lesion_treated[j] = 1, how
            s.lesion_seen[j] = 2 if how == 1 else 0
            if how == 2:
                s.lesion_mm[j] = 0.0


@compiled
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


@compiled
def as_on(s, p, day):
    """The lesions as they were known on a day."""
    s.lesions_found, s.listed = NO_DAY, 0
    for j in range(s.n_lesions):
        s.lesion_known[j], s.lesion_treated[j], s.lesion_seen[j] = 0, 0, 2
        s.lesion_mm[j], s.lesion_organ[j] = math.nan, math.nan
    for n in range(s.n_past):
        if s.past_day[n] > day:
            break
        if s.past_kind[n] == 0:
            show(s, p, s.past_mask[n], s.past_day[n], s.past_mm[n])
        else:
            treat(s, s.past_mask[n], s.past_kind[n], s.past_day[n])


@compiled
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
            most = min(most, int(from_spread(p, p.spread[d, key], uniform(s, p.slot[d], row, p.word[d], attempt))))
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


@compiled
def bits(mask):
    """How many lesions a set holds."""
    size = 0
    while mask:
        mask &= mask - 1
        size += 1
    return size


@compiled
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


@compiled
def owes(s, p, t, form):
    """Whether a track still has to do an activity before it goes on."""
    step = s.step[t]
    is_any = False
    for i in range(p.n_do[step]):
        other = p.do[step, i]
        if s.done[t, other] == 0:
            is_any = True
            if other == form:
                return True
    repeat = p.repeat[step]
    if repeat >= 0 and s.done[t, repeat] < p.least[step]:
        is_any = True
        if repeat == form:
            return True
    if not is_any and is_to_retry(s, p, t):
        for i in range(p.n_do[step]):
            if p.do[step, i] == form:
                return True
    return False


@compiled
def is_to_retry(s, p, t):
    """Whether a guard that was not met is to be tried again."""
    step = s.step[t]
    return p.guard[step] >= 0 and s.waits[t] and p.has_retry[step] and s.last_try[t] != NO_DAY


@compiled
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


# --- recording -------------------------------------------------------------------------------------------------------


@compiled
def answer(s, p, a, form, day, attempt):
    """Fill in a form: its answers stand in the row after the last.

    What comes back is the response that it tells (0 for none), or -1 where no lesions fit what is required.
    """
    row = s.count[form]
    if row >= ROWS - 1:
        s.fault = ROWS_FULL
        return -1
    s.days[form, row] = day
    for i in range(p.n_columns[form]):
        column = p.columns[form, i]
        if not p.is_lazy[column]:
            s.values[column, row] = math.nan
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
        if kind != 1 or p.n_chances[d, key] > 1:
            number = uniform(s, p.slot[d], row, p.word[d], attempt)
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


@compiled
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


@compiled
def record_plain(s, p, a, form, day):
    """Record an activity of which nothing is required."""
    pending = answer(s, p, a, form, day, 0)
    if pending < 0:
        return False
    finish(s, p, a, form, day, pending)
    return True


@compiled
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


@compiled
def finish(s, p, a, form, day, pending):
    """Take what was filled in, and let a response do its work: at once where the form lists lesions, else at the next."""
    if p.shows_lesions[form]:
        if pending:
            s.response = pending
        if p.follows_lesions:
            if not s.were_drawn:
                draw_lesions(s, p)
            respond(s)
    take(s, p, a, form, day)
    if pending and not p.shows_lesions[form]:
        s.response = pending


@compiled
def remember(s, p, d, row):
    """Keep an answer from which the next one drifts, or which stays as it is."""
    value = s.values[p.column[d], row]
    if value == value:
        s.memory[p.memory[d]] = value


@compiled
def is_still(s, p, when, form):
    """Whether an activity leaves everything as it is: 1 while no step asks for it, 2 only once the pathway is over."""
    if when == 0:
        return False
    return (s.begun != 0 and s.n_tracks == 0) or (when == 1 and not (s.n_tracks and p.asked[form]))


@compiled
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
    if p.scheduled[form]:
        strike(s, p, form, day)
    if s.visits != visits or s.ends != ends:
        look(s, p, a, s.today)


@compiled
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
    if form != p.death and day > s.alive:
        s.alive = day
    if p.shows_lesions[form] and p.follows_lesions:
        mask = 0
        for j in range(s.n_lesions):
            if is_left(s, j):
                mask |= 1 << j
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
                s.selected = 0
                for j in range(s.n_lesions):
                    if (mask >> j) & 1:
                        s.is_treated[j] = 1
            else:
                s.selected = mask
    for i in range(p.n_starts[form]):
        start_clock(s, p, a, p.starts[form, i], day, form)
    if p.scheduled[form]:
        strike(s, p, form, day)
    if p.watched[form] or s.visits != visits or s.ends != ends:
        look(s, p, a, s.today)


# --- the pathway -----------------------------------------------------------------------------------------------------


@compiled
def used_up(s, p, step):
    """Whether a step was entered as often as it may be."""
    return step >= 0 and p.step_limit[step] >= 0 and s.entries[step] >= p.step_limit[step]


@compiled
def begin(s, p, a, day):
    """The pathway begins."""
    s.begun = 1
    for i in range(p.n_begin):
        t = p.begin_track[i]
        if s.ended[t] == NO_DAY and p.start_step[t] >= 0:
            enter(s, p, t, p.start_step[t], day)
    settle(s, p, a, day)


@compiled
def enter(s, p, t, step, day):
    """A track enters a step."""
    s.entries[step] += 1
    s.step[t], s.entered[t], s.number[t] = step, day, s.entries[step]
    s.first_try[t], s.last_try[t], s.decision[t], s.waits[t], s.proposal[t] = NO_DAY, NO_DAY, -1, 0, -1
    s.order[s.n_tracks] = t
    s.n_tracks += 1
    s.visits += 1
    for i in range(p.n_do[step]):
        s.done[t, p.do[step, i]], s.last[t, p.do[step, i]] = 0, NO_DAY
    if p.repeat[step] >= 0:
        s.done[t, p.repeat[step]], s.last[t, p.repeat[step]] = 0, NO_DAY
    form = p.n_forms + step
    row = s.count[form]
    if row >= ROWS - 1:
        s.fault = ENDLESS
        return
    s.days[form, row] = day
    s.count[form] = row + 1
    kept = 0
    for i in range(s.n_loose):
        if s.loose_day[i] == day and asks(s, p, t, s.loose[i]):
            s.done[t, s.loose[i]] += 1
            s.last[t, s.loose[i]] = day
        else:
            s.loose[kept], s.loose_day[kept] = s.loose[i], s.loose_day[i]
            kept += 1
    s.n_loose = kept


@compiled
def leave(s, p, t, day):
    """A track leaves the step at which it stands."""
    step = s.step[t]
    if step < 0:
        return
    s.days_in[step] += day - s.entered[t]
    s.step[t] = -1
    kept = 0
    for i in range(s.n_tracks):
        if s.order[i] != t:
            s.order[kept] = s.order[i]
            kept += 1
    s.n_tracks = kept
    form = p.n_forms + p.n_steps + step
    row = s.count[form]
    if row < ROWS - 1:
        s.days[form, row] = day
        s.count[form] = row + 1


@compiled
def end(s, p, t, day):
    """A track ends."""
    leave(s, p, t, day)
    if s.ended[t] == NO_DAY:
        s.ended[t] = day
        s.ends += 1


@compiled
def move(s, p, t, to, day):
    """A track goes from one step to another."""
    leave(s, p, t, day)
    if to < 0:
        s.ended[t] = day
        s.ends += 1
    else:
        enter(s, p, t, to, day)


@compiled
def asks(s, p, t, form):
    """Whether the step at which a track stands asks for an activity."""
    step = s.step[t]
    if p.repeat[step] == form:
        return True
    for i in range(p.n_do[step]):
        if p.do[step, i] == form:
            return True
    return False


@compiled
def times_out(s, p, t):
    """When a guard that was never met times out; no day where it does not."""
    step = s.step[t]
    if p.guard[step] < 0 or not p.has_retry[step] or p.on_timeout[step] < 0 or s.first_try[t] == NO_DAY:
        return NO_DAY
    if used_up(s, p, p.on_timeout[step]):
        return NO_DAY
    return day_after(p, s.first_try[t], p.for_days[step], p.for_months[step])


@compiled
def advance(s, p, a, day):
    """Time passes up to a day: guards that were never met in their time, time out."""
    if s.n_loose and s.loose_day[0] < day:
        s.n_loose = 0
    if not p.has_timeouts:
        return
    if s.n_tracks == 1 and times_out(s, p, s.order[0]) == NO_DAY:
        return
    for _ in range(1000):
        first, track = NEVER, -1
        for rank in range(p.n_tracks):
            for t in range(p.n_tracks):
                if p.track_rank[t] == rank and s.step[t] >= 0:
                    out = times_out(s, p, t)
                    if out != NO_DAY and out < day and out < first:
                        first, track = out, t
        if track < 0:
            return
        move(s, p, track, p.on_timeout[s.step[track]], first)
        settle(s, p, a, first)
    s.fault = ENDLESS


@compiled
def place(s, p, a, form, day):
    """Count an activity for the steps that ask for it."""
    found = False
    size = s.n_tracks
    for i in range(size):
        s.placing[i] = s.order[i]
    for i in range(size):
        t = s.placing[i]
        if s.step[t] < 0:
            continue
        if not asks(s, p, t, form):
            way = early(s, p, t, form)
            if way >= 0:
                move(s, p, t, way, day)
                while s.step[t] >= 0 and not asks(s, p, t, form) and go_on(s, p, a, t, day) and s.step[t] >= 0:
                    pass
        if s.step[t] >= 0 and asks(s, p, t, form):
            s.done[t, form] += 1
            s.last[t, form] = day
            found = True
    if not found and p.on_path[form] and s.n_loose < 8:
        s.loose[s.n_loose], s.loose_day[s.n_loose] = form, day
        s.n_loose += 1


@compiled
def early(s, p, t, form):
    """The step to go on to, if a repetition was done often enough and what happens belongs to the step after it."""
    step = s.step[t]
    if p.repeat[step] < 0 or s.done[t, p.repeat[step]] < p.least[step] or p.next[step] < 0:
        return -1
    name = p.next[step]
    for _ in range(STEPS):
        if used_up(s, p, name):
            return -1
        if p.repeat[name] == form:
            return p.next[step]
        for i in range(p.n_do[name]):
            if p.do[name, i] == form:
                return p.next[step]
        if p.n_do[name] or p.repeat[name] >= 0 or p.next[name] < 0:
            return -1
        name = p.next[name]
    return -1


@compiled
def react(s, p, a, form, day):
    """What an event does to the pathway, wherever the participant stands."""
    reacted = False
    for i in range(p.n_reactions):
        if p.reaction_on[i] == form and (p.reaction_when[i] < 0 or holds(s, p, a, p.reaction_when[i], day) == 1):
            reaction(s, p, i, day)
            reacted = True
    if form == p.death:
        end_all(s, p, day)
    elif form == p.withdrawal and not reacted:
        code = s.given_from
        if p.from_column >= 0:
            value = s.values[p.from_column, s.count[form] - 1]
            code = int(value) if value == value else -1
        if code >= 0 and (code == p.from_follow_up or code == p.from_consent):
            end_all(s, p, day)
        elif p.has_pathway and p.treatment_track >= 0:
            t = p.treatment_track
            if s.step[t] >= 0 or p.start_step[t] >= 0:
                end(s, p, t, day)


@compiled
def reaction(s, p, i, day):
    """One reaction of the pathway."""
    if p.reaction_all[i]:
        end_all(s, p, day)
        return
    for t in range(p.n_tracks):
        if (p.reaction_tracks[i] >> t) & 1:
            end(s, p, t, day)
    to = p.reaction_to[i]
    if to >= 0 and s.begun:
        t = p.track[to]
        if s.ended[t] != NO_DAY or s.step[t] == to or used_up(s, p, to):
            return
        move(s, p, t, to, day)


@compiled
def end_all(s, p, day):
    """Every track ends."""
    for t in range(p.n_tracks):
        if s.step[t] >= 0 or p.start_step[t] >= 0:
            end(s, p, t, day)


@compiled
def settle(s, p, a, day):
    """Go on along every track as far as what is known allows."""
    for _ in range(1000):
        moved = False
        if s.n_tracks == 1:
            moved = go_on(s, p, a, s.order[0], day)
        else:
            size = s.n_tracks
            for i in range(size):
                s.standing[i] = s.order[i]
            for i in range(size):
                moved |= go_on(s, p, a, s.standing[i], day)
        if not moved:
            return
    s.fault = ENDLESS


@compiled
def go_on(s, p, a, t, day):
    """Go one step further, if that can be."""
    step = s.step[t]
    if step < 0:
        return False
    s.waits[t] = 0
    for i in range(p.n_do[step]):
        if s.done[t, p.do[step, i]] == 0:
            return False
    repeat = p.repeat[step]
    if repeat >= 0 and s.done[t, repeat] < p.most[step]:
        if s.done[t, repeat] < p.least[step] or p.stop[step] < 0 or holds(s, p, a, p.stop[step], day) != 1:
            return False
    if p.guard[step] >= 0:
        found = holds(s, p, a, p.guard[step], day)
        if p.n_do[step]:
            is_new = s.last_try[t] == NO_DAY
            for i in range(p.n_do[step]):
                is_new |= s.last[t, p.do[step, i]] == day
            if repeat >= 0:
                is_new |= s.last[t, repeat] == day
            if is_new:
                s.last_try[t] = day
        if s.first_try[t] == NO_DAY:
            s.first_try[t] = day
        if found != 1:
            s.waits[t] = 1
            return False
    if p.is_end[step]:
        end(s, p, t, day)
        return True
    to = way(s, p, a, t, day)
    if to < 0:
        return False
    if used_up(s, p, to):
        s.waits[t] = 1
        return False
    move(s, p, t, to, day)
    return True


@compiled
def way(s, p, a, t, day):
    """The step that comes next; -1 while that is not decided."""
    step = s.step[t]
    if p.next[step] >= 0:
        return p.next[step]
    if p.by_rule[step]:
        for i in range(p.n_branches[step]):
            to = p.to[step, i]
            if p.branch_when[step, i] < 0:
                return to
            if used_up(s, p, to):
                continue
            found = holds(s, p, a, p.branch_when[step, i], day)
            if found == 1:
                return to
            if found == 2:
                if p.unknown[step] < 0:
                    s.waits[t] = 1
                return p.unknown[step]
        s.waits[t] = 1
        return -1
    s.proposal[t] = -1
    for i in range(p.n_branches[step]):
        if p.is_otherwise[step, i]:
            s.proposal[t] = i if p.has_option[step, i] else -1
            break
        if p.branch_when[step, i] < 0 or used_up(s, p, p.to[step, i]):
            continue
        found = holds(s, p, a, p.branch_when[step, i], day)
        if found != 0:
            s.proposal[t] = i if found == 1 and p.has_option[step, i] else -1
            break
    if s.decision[t] < 0:
        s.waits[t] = 1
        return -1
    to = p.to[step, s.decision[t]]
    if used_up(s, p, to):
        s.waits[t], s.decision[t] = 1, -1
        return -1
    return to


# --- what is done next on the pathway --------------------------------------------------------------------------------


@compiled
def keeps_apart(s, p, form, day):
    """The first day from a day on, on which an activity keeps its promised distance (`Walk.not_before`)."""
    if p.is_apart[form]:
        for i in range(p.n_apart):
            other = -1
            if p.apart_kind[i] == form:
                other = p.apart_other[i]
            elif p.apart_other[i] == form:
                other = p.apart_kind[i]
            if other >= 0:
                for row in range(s.count[other]):
                    day = max(day, day_after(p, s.days[other, row], p.apart_days[i], p.apart_months[i]))
    return day


@compiled
def first_day(s, p, a, t, form, day, is_within):
    """The first day on which an activity of the pathway can be done, and keeps its distances."""
    if p.is_allocation[form]:
        return max(day, s.today)
    busy = s.busy[t]
    if is_within:
        step = s.step[t]
        busy = min(busy, day_after(p, s.entered[t], p.within_days[step], p.within_months[step]))
    again = s.days[form, s.count[form] - 1] + 1 if s.count[form] else 0
    day = max(day, s.today, s.not_before, busy, again, ready(s, p, a, t, form))
    return keeps_apart(s, p, form, day)


@compiled
def ready(s, p, a, t, form):
    """When an activity that takes time to arrange can be done."""
    d = p.delay[form]
    if d < 0:
        return 0
    key = (np.int64(s.step[t]) << 40) | (np.int64(s.number[t]) << 20) | s.count[form]
    if s.ready_key[form] != key:
        s.ready_key[form] = key
        told = key_of(s, p, a, d, s.today)
        number = uniform(s, p.delay_slot[form], s.started[form], 0, 0)
        s.started[form] += 1
        days = from_spread(p, p.spread[d, told], number) if told >= 0 else 0.0
        s.ready[form] = max(s.today, s.entered[t]) + int(nearest(max(0.0, min(days, 73200.0))))
    return s.ready[form]


@compiled
def rounds(s, p, a, t):
    """How often a repetition is done at this stay."""
    step = s.step[t]
    if s.wanted_step[t] != step or s.wanted_number[t] != s.number[t]:
        number = uniform(s, p.step_slot[step], s.number[t], 0, 0)
        d = p.step_drawing[step]
        key = key_of(s, p, a, d, s.today) if d >= 0 else -1
        if key < 0:
            size = p.least[step] + int(number * (p.most[step] - p.least[step] + 1))
        elif p.has_chances[d]:
            size = int(chosen(p, p.chances[d, key], p.n_chances[d, key], p.total[d, key], number))
        else:
            size = int(from_spread(p, p.spread[d, key], number))
        s.wanted_step[t], s.wanted_number[t] = step, s.number[t]
        s.wanted[t] = min(max(size, p.least[step]), p.most[step])
    return s.wanted[t]


@compiled
def ahead(s, p, a, t):
    """What a track does next and when: a form, -2 for a decision; no day where nothing is to be done."""
    if s.skipped[t] == s.events:
        return NO_DAY, -1
    step = s.step[t]
    best, what, rank = NEVER, -1, 0
    repeat = p.repeat[step]
    within = p.has_within[step] != 0
    is_owed = False
    for i in range(p.n_do[step]):
        form = p.do[step, i]
        if s.done[t, form] == 0:
            is_owed = True
            day = first_day(s, p, a, t, form, s.entered[t], within)
            if day < best or (day == best and p.rank[form] < rank):
                best, what, rank = day, form, p.rank[form]
    if repeat >= 0 and s.done[t, repeat] < p.least[step]:
        is_owed = True
        since = s.entered[t]
        if s.done[t, repeat]:
            since = day_after(p, s.last[t, repeat], p.pace_days[step], p.pace_months[step])
        day = first_day(s, p, a, t, repeat, since, within)
        if day < best or (day == best and p.rank[repeat] < rank):
            best, what, rank = day, repeat, p.rank[repeat]
    if not is_owed and is_to_retry(s, p, t):
        since = day_after(p, s.last_try[t], p.retry_days[step], p.retry_months[step])
        for i in range(p.n_do[step]):
            is_owed = True
            form = p.do[step, i]
            day = first_day(s, p, a, t, form, since, within)
            if day < best or (day == best and p.rank[form] < rank):
                best, what, rank = day, form, p.rank[form]
    if is_owed:
        return best, what
    if not p.by_rule[step]:
        for i in range(p.n_branches[step]):
            if p.has_option[step, i] and not used_up(s, p, p.to[step, i]):
                return max(s.today, s.not_before, s.entered[t], s.busy[t]), -2
    if repeat < 0:
        return NO_DAY, -1
    form = repeat
    after = p.next[step]
    if after >= 0 and not used_up(s, p, after):
        other = -1
        for i in range(p.n_do[after]):
            if p.do[after, i] != repeat:
                other = p.do[after, i]
                break
        if other < 0 and p.repeat[after] >= 0 and p.repeat[after] != repeat:
            other = p.repeat[after]
        if other >= 0 and s.done[t, repeat] >= rounds(s, p, a, t):
            form = other
    since = s.entered[t]
    if s.count[repeat] and s.done[t, repeat]:
        since = day_after(p, s.days[repeat, s.count[repeat] - 1], p.pace_days[step], p.pace_months[step])
    return first_day(s, p, a, t, form, since, False), form


@compiled
def occupy(s, p, form, day):
    """An activity that lasts keeps the track busy that asks for it."""
    if not p.lasts[form]:
        return
    for t in range(p.n_tracks):
        if s.step[t] < 0:
            continue
        step = s.step[t]
        is_offered = owes(s, p, t, form)
        repeat = p.repeat[step]
        if not is_offered and repeat >= 0 and s.done[t, repeat] >= p.least[step]:
            is_offered = repeat == form
            after = p.next[step]
            if not is_offered and after >= 0 and not used_up(s, p, after):
                is_offered = p.repeat[after] == form
                for i in range(p.n_do[after]):
                    is_offered |= p.do[after, i] == form
        if is_offered:
            s.busy[t] = day_after(p, day, p.lasts_days[form], p.lasts_months[form])


@compiled
def decide(s, p, a, t, day):
    """A decision of people: by the chances assumed of the step, else as the rule proposes."""
    step = s.step[t]
    d = p.step_drawing[step]
    key = key_of(s, p, a, d, day) if d >= 0 else -1
    option, total = -1, 0.0
    if key >= 0:
        for i in range(p.n_branches[step]):
            if p.has_option[step, i] and p.likely[step, key, i] > 0 and not used_up(s, p, p.to[step, i]):
                total += p.likely[step, key, i]
    if total > 0:
        left = uniform(s, p.step_slot[step], s.number[t], 0, 0) * total
        for i in range(p.n_branches[step]):
            if p.has_option[step, i] and p.likely[step, key, i] > 0 and not used_up(s, p, p.to[step, i]):
                option = i
                left -= p.likely[step, key, i]
                if left < 0:
                    break
    else:
        option = s.proposal[t]
        if option < 0:
            for i in range(p.n_branches[step]):
                if p.is_otherwise[step, i]:
                    option = i if p.has_option[step, i] else -1
                    break
    if option < 0 or used_up(s, p, p.to[step, option]):
        s.skipped[t] = s.events
        return
    advance(s, p, a, day)
    if s.step[t] == step:
        s.decision[t] = option
    settle(s, p, a, day)
    s.events += 1
    s.today = max(s.today, day)
    look(s, p, a, s.today)


# --- what happens by itself ------------------------------------------------------------------------------------------


@compiled
def set_clock(s, p, d, day):
    """Something will happen on a day."""
    n = s.n_clocks
    if n >= CLOCKS:
        s.fault = CLOCKS_FULL
        return
    s.clock_day[n], s.clock[n] = day, d
    s.clock_order[n] = (np.int64(p.slot[d]) << 24) | s.started[p.form_of[d]]
    s.n_clocks = n + 1


@compiled
def start_clock(s, p, a, d, origin, after):
    """Draw when something will happen, counted from a day (`Course._start`)."""
    form = p.form_of[d]
    if p.is_by_month[d]:
        next_of_many(s, p, d, origin)
        return
    if not p.repeats[form]:
        if s.count[form]:
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
        if uniform(s, p.slot[d], time, 0, 0) >= p.chance_after[d, key, max(after, 0)]:
            return
        if not p.has_spread[d]:
            set_clock(s, p, d, origin + 1)
            return
    gone = s.today - origin
    k = p.spread[d, key]
    below, within = p.below[k], p.within[k]
    number = uniform(s, p.slot[d], time, 1, 0)
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


@compiled
def next_of_many(s, p, d, since):
    """When something that goes on happening happens next."""
    form = p.form_of[d]
    time = s.started[form]
    s.started[form] += 1
    if p.per_month[d] > 0.0:
        days = -inverse_month / p.per_month[d] * math.log1p(-uniform(s, p.slot[d], time, 1, 0))
        if days <= 73200.0:
            set_clock(s, p, d, since + max(1, int(nearest(days))))


inverse_month = 365.25 / 12


@compiled
def happen(s, p, a, index):
    """What was to happen, happens."""
    d, day = s.clock[index], max(s.clock_day[index], s.today)
    s.n_clocks -= 1
    n = s.n_clocks
    s.clock[index], s.clock_day[index], s.clock_order[index] = s.clock[n], s.clock_day[n], s.clock_order[n]
    form = p.form_of[d]
    if p.repeats[form] or s.count[form] == 0:
        if not p.is_by_month[d] or p.happens_when[d] < 0 or holds(s, p, a, p.happens_when[d], day) == 1:
            if form == p.withdrawal and p.from_drawing < 0:
                s.given_from = p.from_follow_up
            record(s, p, a, form, day)
            s.given_from = -1
    if form == p.death:
        s.is_over = 1
    elif form == p.withdrawal and has_left(s, p):
        s.is_over = 1
    elif p.is_by_month[d] and p.repeats[form]:
        next_of_many(s, p, d, day)


@compiled
def has_left(s, p):
    """Whether the participant has withdrawn from follow-up."""
    for row in range(s.count[p.withdrawal]):
        value = s.values[p.from_column, row]
        if value == p.from_follow_up or value == p.from_consent:
            return True
    return False


# --- the schedule ----------------------------------------------------------------------------------------------------


@compiled
def target_of(p, line, anchor, number, last):
    """The so-many-th day of a line after an anchor; never after the last."""
    if not p.has_every[line]:
        if number >= p.n_first[line]:
            return NEVER
        return day_after(p, anchor, p.first_days[line, number], p.first_months[line, number])
    days = p.first_days[line, 0] + p.every_days[line] * number
    day = day_after(p, anchor, days, p.first_months[line, 0] + p.every_months[line] * number)
    if p.has_last[line] and day > last:
        return NEVER
    return day


@compiled
def aim(s, p, i):
    """The day that a series asks for next, and the first and last on which it counts; the same for a line's activities."""
    line, anchor, number = s.series_line[i], s.series_anchor[i], s.series_number[i]
    if s.aim_anchor[line] != anchor or s.aim_number[line] != number:
        s.aim_anchor[line], s.aim_number[line] = anchor, number
        last = s.series_last[i]
        target = target_of(p, line, anchor, number, last)
        opens, closes = target, target
        if target == NEVER:
            pass
        elif p.has_window[line]:
            opens = day_after(p, target, -p.before_days[line], -p.before_months[line])
            closes = day_after(p, target, p.after_days[line], p.after_months[line])
        elif p.has_hard[line]:
            closes = max(target, day_after(p, target, p.hard_days[line], p.hard_months[line]))
        else:
            after = target_of(p, line, anchor, number + 1, last)
            if after == NEVER:
                closes = day_after(p, target, p.far_days[line], 0)
            else:
                closes = target + max(after - target - 1, 0) // 2
        s.aim_target[line], s.aim_opens[line], s.aim_closes[line] = target, opens, closes
    s.series_target[i], s.series_opens[i], s.series_closes[i] = s.aim_target[line], s.aim_opens[line], s.aim_closes[line]


@compiled
def answers(s, p, i, day):
    """Whether an activity on a day is the one a series asks for; days whose time has gone by are passed over."""
    while s.series_target[i] != NEVER:
        if day <= s.series_closes[i]:
            return s.series_opens[i] <= day
        s.series_number[i] += 1
        aim(s, p, i)
    return False


@compiled
def begin_series(s, p, line, anchor):
    """A line begins to count from an anchor; what was done in time for it already counts."""
    for act in range(p.n_acts[line]):
        i = s.n_series
        if i >= SERIES:
            s.fault = SERIES_FULL
            return
        form = p.acts[line, act]
        s.series_line[i], s.series_act[i], s.series_form[i] = line, act, form
        s.series_anchor[i], s.series_number[i], s.series_last[i] = anchor, 0, NEVER
        if p.has_last[line]:
            s.series_last[i] = day_after(p, anchor, p.last_days[line], p.last_months[line])
        aim(s, p, i)
        s.n_series = i + 1
        size = s.count[form]
        first = size
        while first > s.used[line, act] and s.days[form, first - 1] >= s.series_opens[i]:
            first -= 1
        for row in range(first, size):
            if answers(s, p, i, s.days[form, row]):
                s.series_number[i] += 1
                aim(s, p, i)
                s.used[line, act] = row + 1


@compiled
def drop_line(s, line):
    """The series of a line whose anchor has moved end."""
    kept = 0
    for i in range(s.n_series):
        if s.series_line[i] != line:
            copy_series(s, kept, i)
            kept += 1
    s.n_series = kept


@compiled
def copy_series(s, to, i):
    """A series takes another place."""
    if to != i:
        s.series_line[to], s.series_act[to], s.series_form[to] = s.series_line[i], s.series_act[i], s.series_form[i]
        s.series_anchor[to], s.series_number[to], s.series_target[to] = (
            s.series_anchor[i],
            s.series_number[i],
            s.series_target[i],
        )
        s.series_opens[to], s.series_closes[to], s.series_last[to] = s.series_opens[i], s.series_closes[i], s.series_last[i]


@compiled
def look(s, p, a, day):
    """Look for anchors that have come, or have moved, by now (`Agenda.look`)."""
    for line in range(p.n_lines):
        kind, form = p.anchor_kind[line], p.anchor_form[line]
        start = 0
        if kind == 1 and p.anchor_which[line] == 0 and not p.rounds[line]:
            for row in range(s.line_count[line], s.count[form]):
                s.line_count[line] = row + 1
                begin_series(s, p, line, s.days[form, row])
            continue
        if kind == 1:
            size = s.count[form]
            start = 0 if size == 0 else s.days[form, 0] if p.anchor_which[line] == 1 else s.days[form, size - 1]
        elif kind == 2:
            s.asked_on = day
            value = ask(s, p, a, p.anchor_statement[line], -1)
            start = int(value) if value == value else 0
        if kind != 0 and start != s.line_day[line]:
            if s.line_day[line] != NO_DAY:
                drop_line(s, line)
            s.line_day[line], s.line_count[line] = start, 0
            if start != NO_DAY and not p.rounds[line]:
                begin_series(s, p, line, start)
        if p.rounds[line] and (kind == 0 or start != NO_DAY):
            other, every = p.rounds_form[line], p.rounds[line]
            before = 0
            while before < s.count[other] and s.days[other, before] < start:
                before += 1
            whole = (s.count[other] - before) // every
            for number in range(s.line_count[line], whole):
                s.line_count[line] = number + 1
                begin_series(s, p, line, s.days[other, before + (number + 1) * every - 1])


@compiled
def strike(s, p, form, day):
    """Strike off what an activity on this day answers: one thing of each line, the soonest."""
    size = 0
    for i in range(s.n_series):
        if s.series_form[i] == form and answers(s, p, i, day):
            s.series_meets[size] = i
            size += 1
    for k in range(size):
        best = s.series_meets[k]
        if best < 0:
            continue
        for j in range(k + 1, size):
            other = s.series_meets[j]
            if other >= 0 and s.series_line[other] == s.series_line[best]:
                s.series_meets[j] = -1
                if s.series_target[other] < s.series_target[best]:
                    best = other
        s.series_number[best] += 1
        aim(s, p, best)
        s.used[s.series_line[best], s.series_act[best]] = s.count[form]


@compiled
def is_asked(s, p, a, i, day):
    """Whether a line still asks, now that the day has come."""
    line = s.series_line[i]
    if p.while_[line] >= 0 and holds(s, p, a, p.while_[line], day) == 0:
        return False
    if p.line_until[line] >= 0:
        s.asked_on = day
        value = ask(s, p, a, p.line_until[line], -1)
        if value == value and s.series_target[i] > int(s.hi):
            if p.until_is_fixed[line]:
                s.series_target[i] = NEVER
            return False
    if p.line_track[line] >= 0 and s.ended[p.line_track[line]] != NO_DAY:
        return False
    if s.count[p.withdrawal]:
        if has_left(s, p):
            return False
        for r in range(p.n_reactions):
            if p.reaction_on[r] == p.withdrawal and p.reaction_all[r]:
                if p.reaction_when[r] < 0 or holds(s, p, a, p.reaction_when[r], day) == 1:
                    return False
    return True


# --- joining, and the way --------------------------------------------------------------------------------------------


@compiled
def ineligible(s, p, a, day):
    """The number, from 1, of the first criterion that stands in the way; 0 where none does."""
    for r in range(p.n_rules):
        if holds(s, p, a, p.rule[r], day) != 1:
            return r + 1
    return 0


@compiled
def enrol(s, p, a, day):
    """Enrol, unless a criterion stands in the way: then say which."""
    form = p.enrolment
    row = s.count[form]
    if s.cohort < 0 and p.n_cohorts:
        s.days[form, row] = day
        for i in range(p.n_columns[form]):
            s.values[p.columns[form, i], row] = math.nan
        s.count[form] = row + 1
        members = 0
        found = -1
        for c in range(p.n_cohorts):
            if p.cohort_member[c] >= 0 and holds(s, p, a, p.cohort_member[c], day) == 1:
                members += 1
                found = c
        s.count[form] = row
        if members == 1:
            s.cohort = found
    answer(s, p, a, form, day, 0)
    if p.site_column >= 0 and s.site >= 0:
        s.values[p.site_column, row] = s.site
    if p.cohort_column >= 0 and s.cohort >= 0:
        s.values[p.cohort_column, row] = s.cohort
    take(s, p, a, form, day)
    s.not_before = max(s.not_before, day + 1)
    return ineligible(s, p, a, day)


@compiled
def screen(s, p, a, day, enrolled_on):
    """Record what is known before enrolment, and enrol."""
    if p.needs_consent:
        record(s, p, a, p.consent, day)
    if p.n_judged or p.n_drawn[p.judgement]:
        row = s.count[p.judgement]
        answer(s, p, a, p.judgement, day, 0)
        for i in range(p.n_judged):
            column = p.judged_column[i]
            if column >= 0 and s.values[column, row] != s.values[column, row]:
                s.values[column, row] = p.judged[i]
        take(s, p, a, p.judgement, day)
    for i in range(p.n_baseline):
        record(s, p, a, p.baseline[i], day)
    s.has_begun = 1
    return 0 if p.is_retrospective else enrol(s, p, a, enrolled_on)


@compiled
def next_arm(s, p, stratum):
    """The next arm in a stratum's list (`allocation.Slots`)."""
    at_ = -1
    for i in range(s.n_strata):
        if s.stratum[i] == stratum:
            at_ = i
            break
    if at_ < 0:
        if s.n_strata >= STRATA:
            s.fault = STRATA_FULL
            return 0
        at_ = s.n_strata
        s.n_strata += 1
        s.stratum[at_], s.blocks[at_], s.placed[at_], s.in_block[at_] = stratum, 0, 0, 0
    if s.placed[at_] >= s.in_block[at_]:
        person, participant = s.person, s.participant
        s.person, s.participant = 0, np.uint64(stratum)
        number = s.blocks[at_]
        drawn = uniform(s, 1, number * 256, 0, 0)
        if p.by_blocks:
            size = p.sizes[int(drawn * p.n_sizes)]
            size = max(1, size // p.n_once) * p.n_once
            for i in range(size):
                s.block_arms[at_, i] = p.once[i % p.n_once]
            for last in range(size - 1, 0, -1):
                other = int(uniform(s, 1, number * 256 + last, 0, 0) * (last + 1))
                kept = s.block_arms[at_, last]
                s.block_arms[at_, last] = s.block_arms[at_, other]
                s.block_arms[at_, other] = kept
            s.in_block[at_] = size
        else:
            s.block_arms[at_, 0] = p.once[int(drawn * p.n_once)]
            s.in_block[at_] = 1
        s.blocks[at_], s.placed[at_] = number + 1, 0
        s.person, s.participant = person, participant
    arm = s.block_arms[at_, s.placed[at_]]
    s.placed[at_] += 1
    return arm


@compiled
def allocate(s, p, a, day):
    """Randomise or assign, if the participant is eligible still."""
    s.was_allocated = 1
    form = p.allocates
    if ineligible(s, p, a, day):
        return
    d = p.arm_drawing
    if d >= 0:
        number = uniform(s, p.slot[d], s.count[form], p.word[d], 0)
        s.arm = int(chosen(p, p.chances[d, 0], p.n_chances[d, 0], p.total[d, 0], number))
    else:
        stratum = np.int64(0)
        for i in range(p.n_strata):
            s.asked_on = day
            value = ask(s, p, a, p.strata[i], -1)
            if value != value or (value == 2.0 if p.is_truth[i] else s.hi != value):
                value = -1.0
            stratum = (stratum * 1_000_003 + int(value * 16) + 1) % 4294967296
        s.arm = next_arm(s, p, stratum)
    s.given_arm = s.arm
    record(s, p, a, form, day)
    s.given_arm = -1
    s.not_before = max(s.not_before, day + 1)
    size = s.n_waiting
    s.n_waiting = 0
    for i in range(size):
        start_clock(s, p, a, s.waiting[i], s.waiting_day[i], -1)


@compiled
def keep_day(s, p, a, day, i):
    """Do what the schedule asks for on a day, by name, from a series on, as long as it leaves everything as it is."""
    while i >= 0:
        form = s.series_form[i]
        if not is_still(s, p, p.is_quick[form], form):
            return
        if s.count[form] >= ROWS - 1:
            s.fault = ROWS_FULL
            return
        if is_asked(s, p, a, i, day):
            s.days[form, s.count[form]] = day
            take_idle(s, p, a, form, day)
        else:
            s.series_number[i] += 1
            if s.series_target[i] != NEVER:
                aim(s, p, i)
        i, name = -1, 0
        for j in range(s.n_series):
            if s.series_target[j] > day:
                continue
            form = s.series_form[j]
            if day > s.series_closes[j] or p.is_apart[form] or s.series_target[j] < day:
                return
            if s.count[form] and s.days[form, s.count[form] - 1] >= day:
                return
            if i >= 0 and p.rank[form] == name:
                return
            if i < 0 or p.rank[form] < name:
                i, name = j, p.rank[form]


@compiled
def follow(s, p, a):
    """Go on until death, withdrawal or the last day."""
    while not s.is_over and not s.fault:
        best, rank, what, which_ = NEVER, 9, -1, -1
        name, tie = 0, np.int64(0)
        today = s.today
        for i in range(s.n_clocks):
            day = max(s.clock_day[i], today)
            if day < best or (day == best and (s.clock_day[i] < what or (s.clock_day[i] == what and s.clock_order[i] < tie))):
                best, rank, what, which_, tie = day, 0, s.clock_day[i], i, s.clock_order[i]
        if p.allocates >= 0 and not s.was_allocated and not p.allocates_on_path and s.count[p.allocated_after]:
            if today < best:
                best, rank = today, 1
        i = 0
        target = 0
        while i < s.n_series:
            while s.series_target[i] < today and today > s.series_closes[i]:
                s.series_number[i] += 1
                aim(s, p, i)
            if s.series_target[i] == NEVER:
                for j in range(i + 1, s.n_series):
                    copy_series(s, j - 1, j)
                s.n_series -= 1
                continue
            if s.series_target[i] <= best:
                form = s.series_form[i]
                day = max(s.series_target[i], today)
                if s.count[form] and s.days[form, s.count[form] - 1] >= day:
                    day = s.days[form, s.count[form] - 1] + 1
                if p.is_apart[form]:
                    day = keeps_apart(s, p, form, day)
                day = max(min(day, s.series_closes[i]), today)
                if day < best or (
                    day == best and (rank > 2 or (rank == 2 and (p.rank[form] < name or (
                        p.rank[form] == name and (s.series_target[i] < target or (
                            s.series_target[i] == target and s.series_line[i] < s.series_line[which_]))))))
                ):  # fmt: skip
                    best, rank, what, which_, name, target = day, 2, form, i, p.rank[form], s.series_target[i]
            i += 1
        for k in range(s.n_tracks):
            t = s.order[k]
            if s.step[t] < 0:
                continue
            day, form = ahead(s, p, a, t)
            if day != NO_DAY:
                order = p.decide_rank if form == -2 else p.rank[form]
                if day < best or (day == best and (rank > 3 or (rank == 3 and (order < name or (
                        order == name and p.track_rank[t] < p.track_rank[which_]))))):  # fmt: skip
                    best, rank, what, which_, name = day, 3, form, t, order
            out = times_out(s, p, t)
            if out != NO_DAY and max(out + 1, today) < best:
                best, rank = max(out + 1, today), 4
        if best > s.until:
            return
        if rank == 0:
            happen(s, p, a, which_)
        elif rank == 1:
            allocate(s, p, a, best)
        elif rank == 2:
            line, act, anchor = s.series_line[which_], s.series_act[which_], s.series_anchor[which_]
            number = s.series_number[which_]
            if is_still(s, p, p.is_quick[what], what):
                keep_day(s, p, a, best, which_)
                continue
            done = is_asked(s, p, a, which_, best) and record(s, p, a, what, best)
            if not done:
                for i in range(s.n_series):
                    if s.series_line[i] == line and s.series_act[i] == act and s.series_anchor[i] == anchor:
                        if s.series_number[i] == number and s.series_target[i] != NEVER:
                            s.series_number[i] += 1
                            aim(s, p, i)
                            break
        elif rank == 3:
            if what == -2:
                decide(s, p, a, which_, best)
            elif p.is_allocation[what]:
                allocate(s, p, a, best)
                if s.arm < 0:
                    s.skipped[which_] = s.events
            else:
                if what == p.withdrawal:
                    s.given_from = p.from_treatment
                if not record(s, p, a, what, best):
                    s.skipped[which_] = s.events
                s.given_from = -1
        else:
            advance(s, p, a, best)
            s.today = best
            look(s, p, a, best)


@compiled
def blank(s, p):
    """Nothing is known of anybody yet."""
    s.block_slot = -1
    s.site, s.arm, s.cohort, s.today, s.not_before, s.is_over, s.has_begun = -1, -1, -1, 0, 0, 0, 0
    s.was_allocated, s.response, s.events, s.alive = 0, 0, 0, 0
    s.limit, s.given_from, s.given_arm = NEVER, -1, -1
    for i in range(p.n_forms + 2 * p.n_steps):
        s.count[i] = 0
    for i in range(p.n_forms):
        s.started[i], s.ready_key[i] = 0, -1
    for i in range(p.n_all_columns):
        s.filled[i] = 0
    for i in range(p.n_memories):
        s.memory[i] = math.nan
    s.n_lesions, s.were_drawn, s.listed, s.lesions_found, s.selected, s.n_past = 0, 0, 0, NO_DAY, 0, 0
    s.begun, s.n_tracks, s.visits, s.ends, s.n_loose = 0, 0, 0, 0, 0
    for i in range(p.n_steps):
        s.entries[i], s.days_in[i] = 0, 0
    for t in range(TRACKS):
        s.step[t], s.ended[t], s.busy[t], s.skipped[t], s.wanted_step[t] = -1, NO_DAY, 0, -1, -1
    s.n_clocks, s.n_waiting, s.n_series = 0, 0, 0
    for i in range(p.n_lines):
        s.line_count[i], s.line_day[i], s.aim_anchor[i] = 0, NO_DAY, NO_DAY
        for j in range(p.n_acts[i]):
            s.used[i, j] = 0


@compiled
def person(s, p, a, day):
    """One person drawn: who joins is followed to the end; of others the criterion that stands in the way is said."""
    blank(s, p)
    if p.site_drawing >= 0:
        d = p.site_drawing
        s.site = int(chosen(p, p.chances[d, 0], p.n_chances[d, 0], p.total[d, 0], uniform(s, p.slot[d], 0, p.word[d], 0)))
    elif p.n_sites:
        s.site = int(uniform(s, 0, 0, 1, 0) * p.n_sites)
    if p.cohort_drawing >= 0:
        d = p.cohort_drawing
        s.cohort = int(chosen(p, p.chances[d, 0], p.n_chances[d, 0], p.total[d, 0], uniform(s, p.slot[d], 0, p.word[d], 0)))
        if p.cohort_is_past[s.cohort] and not p.is_retrospective:
            day = p.start - (day - p.start) - 1
    why = screen(s, p, a, day if p.is_retrospective else day - 1, day)
    if why:
        return why
    s.not_before = max(s.not_before, day + 1)
    follow(s, p, a)
    if p.is_retrospective:
        if not s.is_over and s.until > day:
            record(s, p, a, p.last_contact, s.until)
        return enrol(s, p, a, s.until)
    return 0


# --- endpoints -------------------------------------------------------------------------------------------------------

CENSORED, EVENT, COMPETING, OUTSIDE, ABSENT, TOO_SHORT = 0, 1, 2, -1, -2, -3


@compiled
def first_moment(s, p, a, e, group, start):
    """The first day from the origin on at which one of several moments came about."""
    best = NEVER
    for m in range(p.n_moments[e, group]):
        best = min(best, moment(s, p, a, e, group, m, start, False))
    return best


@compiled
def moment(s, p, a, e, group, m, start, is_last):
    """The first, or the last, day from an origin on at which a moment came about; never where it did not."""
    form, statement = p.moment_form[e, group, m], p.moment_statement[e, group, m]
    if form < 0:
        s.asked_on = s.until
        value = ask(s, p, a, statement, -1)
        return int(value) if value == value and int(value) >= start else NEVER
    best = NEVER
    if statement >= 0:
        for i in range(p.n_needs[statement]):
            if p.is_lazy[p.needs[statement, i]]:
                fill(s, p, p.needs[statement, i])
    s.asked_on = s.until
    for row in range(s.count[form]):
        day = s.days[form, row]
        if day >= start and (statement < 0 or asked(a, statement, row, s) == 1.0):
            best = day
            if not is_last:
                break
    return best


@compiled
def outcome(s, p, a, e):
    """What an endpoint comes to: its status, and days, a count or a value."""
    s.status, s.value, s.on, s.times = ABSENT, math.nan, 0, 0
    s.limit = NEVER
    if p.among[e] >= 0:
        found = holds(s, p, a, p.among[e], s.until)
        if found != 1:
            s.status = OUTSIDE if found == 0 else ABSENT
            return
    kind = p.endpoint_kind[e]
    start = 0
    if not (kind == 1 and p.attributed[e] >= 0):
        if p.origin[e] < 0:
            if s.count[p.enrolment] == 0:
                return
            start = s.days[p.enrolment, 0]
        else:
            s.asked_on = s.until
            value = ask(s, p, a, p.origin[e], -1)
            if value != value:
                return
            start = int((value + s.hi) // 2)
    if kind == 0:
        time_to_event(s, p, a, e, start)
    elif kind == 1:
        occurrence(s, p, a, e, start)
    elif p.measured[e] >= 0:
        defined(s, p, a, e, start)
    else:
        measurement(s, p, a, e, start)


@compiled
def time_to_event(s, p, a, e, start):
    """The days from an origin to an event, to one that competes with it, or to the end of follow-up."""
    if s.count[p.death] and s.days[p.death, 0] < start:
        return
    ended, status = first_moment(s, p, a, e, 0, start), EVENT
    rival = first_moment(s, p, a, e, 1, start)
    if rival < ended:
        ended, status = rival, COMPETING
    last = p.n_moments[e, 2] - 1
    for m in range(last):
        cut = moment(s, p, a, e, 2, m, start, False)
        if cut < ended:
            ended, status = cut, CENSORED
    if ended == NEVER:
        status = CENSORED
        ended = max(start, s.alive)
        if last >= 0 and moment(s, p, a, e, 2, last, 0, False) != NEVER:
            until = moment(s, p, a, e, 2, last, start, True)
            ended = start if until == NEVER else until
    if p.has_horizon[e]:
        horizon = day_after(p, start, p.horizon_days[e], p.horizon_months[e])
        if ended > horizon:
            ended, status = horizon, CENSORED
    s.status, s.value, s.on = status, float(ended - start), ended


@compiled
def counts(s, p, e, day, start):
    """Whether a day lies within the time after the origin, or after any session of the procedure."""
    form = p.attributed[e]
    if form < 0:
        return start <= day and (not p.has_span[e] or day <= day_after(p, start, p.span_days[e], p.span_months[e]))
    for row in range(s.count[form]):
        begun = s.days[form, row]
        if begun <= day and (not p.has_span[e] or day <= day_after(p, begun, p.span_days[e], p.span_months[e])):
            return True
    return False


@compiled
def occurrence(s, p, a, e, start):
    """Whether something happened within its time."""
    form = p.attributed[e]
    last = start
    if form >= 0:
        if s.count[form] == 0:
            s.status = OUTSIDE
            return
        start, last = s.days[form, 0], s.days[form, s.count[form] - 1]
    first, times = NEVER, 0
    for m in range(p.n_moments[e, 0]):
        of, statement = p.moment_form[e, 0, m], p.moment_statement[e, 0, m]
        if of < 0:
            day = moment(s, p, a, e, 0, m, start, False)
            if day != NEVER and counts(s, p, e, day, start):
                first, times = min(first, day), times + 1
            continue
        if statement >= 0:
            for i in range(p.n_needs[statement]):
                if p.is_lazy[p.needs[statement, i]]:
                    fill(s, p, p.needs[statement, i])
        s.asked_on = s.until
        for row in range(s.count[of]):
            day = s.days[of, row]
            if day >= start and (statement < 0 or asked(a, statement, row, s) == 1.0) and counts(s, p, e, day, start):
                first, times = min(first, day), times + 1
    s.times = times
    if times:
        s.status, s.on, s.value = EVENT, first, float(times)
    elif not p.has_span[e] or s.count[p.death]:
        s.status, s.value = CENSORED, 0.0
    else:
        end_ = day_after(p, last, p.span_days[e], p.span_months[e])
        followed = s.alive if s.alive else start
        s.status, s.value = (CENSORED if min(followed, s.until) >= end_ else TOO_SHORT), 0.0


@compiled
def defined(s, p, a, e, start):
    """What a definition comes to on the last day of its window, at the horizon, or at the end."""
    last, wanted = s.until, s.until
    if p.has_span[e]:
        wanted = day_after(p, start, p.span_days[e], p.span_months[e])
        last = day_after(p, wanted, p.around_after_days[e], p.around_after_months[e])
    elif p.has_horizon[e]:
        last = day_after(p, start, p.horizon_days[e], p.horizon_months[e])
        wanted = last
    followed = s.alive if s.alive else start
    if p.has_span[e] and s.count[p.death] == 0 and (min(followed, s.until) < wanted or s.until < wanted):
        return
    day = min(last, s.until)
    if p.looks_at_lesions[e]:
        as_on(s, p, day)
    s.limit, s.asked_on = day, day
    value = ask(s, p, a, p.measured[e], -1)
    s.limit = NEVER
    if p.looks_at_lesions[e]:
        as_on(s, p, NEVER)
    is_truth = p.combine[e] == 9
    if is_truth:
        if value == 2.0:
            return
    elif value != value or s.hi != value:
        return
    s.status, s.value, s.on, s.times = EVENT, value, day, 1


@compiled
def measurement(s, p, a, e, start):
    """Recorded values in their time, made into one."""
    target, first, last = 0, 0, NEVER
    if p.has_span[e]:
        target = day_after(p, start, p.span_days[e], p.span_months[e])
        first = day_after(p, target, -p.around_before_days[e], -p.around_before_months[e])
        last = day_after(p, target, p.around_after_days[e], p.around_after_months[e])
    horizon = day_after(p, start, p.horizon_days[e], p.horizon_months[e]) if p.has_horizon[e] else NEVER
    found, on, size, near = 0.0, 0, 0, NEVER
    s.place[:] = 0
    for i in range(p.n_measured[e]):
        if p.is_lazy[p.measured_column[e, i]]:
            fill(s, p, p.measured_column[e, i])
    while True:
        soonest, source = NEVER, -1
        for i in range(p.n_measured[e]):
            form, column = p.measured_form[e, i], p.measured_column[e, i]
            while s.place[i] < s.count[form] and s.values[column, s.place[i]] != s.values[column, s.place[i]]:
                s.place[i] += 1
            if s.place[i] < s.count[form] and s.days[form, s.place[i]] < soonest:
                soonest, source = s.days[form, s.place[i]], i
        if source < 0:
            break
        value = s.values[p.measured_column[e, source], s.place[source]]
        s.place[source] += 1
        if (p.has_from[e] and soonest < start) or soonest > horizon:
            continue
        if p.has_span[e]:
            if first <= soonest <= last and abs(soonest - target) < near:
                near, found, on, size = abs(soonest - target), value, soonest, 1
            continue
        size += 1
        on = soonest
        combine = p.combine[e]
        if combine == 1 or combine == 2:
            found += value
        elif combine == 3:
            found = value if size == 1 else max(found, value)
        elif combine == 4:
            found = value if size == 1 else min(found, value)
        else:
            found = value
    if size:
        s.status, s.value, s.on, s.times = EVENT, found / size if p.combine[e] == 2 else found, on, size


# --- trials ----------------------------------------------------------------------------------------------------------


@compiled
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
                gone -= p.accrual_days * math.log1p(-uniform(s, 0, 0, 0, 0))
                people[k * size + i, 5] = int(gone)
            s.until = day_after(p, p.start + int(gone), horizon_days, horizon_months)
        gone = 0.0
        for i in range(size):
            row = k * size + i
            s.participant, s.person, s.block_slot = np.uint64(i), 0, -1
            if until != NO_DAY:
                gone -= p.accrual_days * math.log1p(-uniform(s, 0, 0, 0, 0))
                people[row, 5] = int(gone)
            day = p.start + people[row, 5]
            people[row, 0], people[row, 5] = 0, 0
            if day > s.until:
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
