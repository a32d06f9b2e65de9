"""The two records that the compiled site works on: what is known of one participant, and what the study says.

The room in them is fixed; what does not fit is refused by name, when a study is compiled or when a participant is drawn.
"""

import numpy as np

# Room. The numbers are no powers of two, so that rows do not crowd into the same lines of a processor's cache.
FORMS, STEPS, TRACKS, RULES, ARMS = 61, 47, 4, 61, 8
KINDS_OF_ROWS = FORMS + 2 * STEPS
ROWS, COLUMNS, LESIONS = 250, 93, 31
DRAWINGS, KEYS, SPREADS, CHANCES = 187, 15, 381, 765
LINES, SERIES, OFFSETS, PER_FORM = 45, 61, 31, 13
CLOCKS, STATEMENTS, BRANCHES, STRATA = 61, 510, 10, 255
ENDPOINTS, MOMENTS, MEASURED = 39, 8, 61
RISKS, RATES, FACTORS, SITES, TOGETHER = 93, 1021, 125, 253, 31
STRETCHES, LANES, TARGETS = 64, 8, 45
SLOTS, FIRSTS = 509, 8
"""Slots of which the first number may be drawn with others, and how many rows of lanes these have."""

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
    ("stretch_of", np.int64, (STRETCHES + FIRSTS,)), ("stretch", _F, (STRETCHES + FIRSTS, 4 * LANES)),
    # who it is, and when
    ("site", _I), ("arm", _I), ("cohort", _I), ("today", _I), ("not_before", _I), ("until", _I), ("is_over", _I),
    ("has_begun", _I), ("was_allocated", _I), ("response", _I), ("events", _I), ("alive", _I), ("fault", _I), ("screened", _I),
    ("limit", _I), ("asked_on", _I), ("hi", _F), ("given_from", _I), ("given_arm", _I),
    ("fit_after", _I), ("left", _I),
    # rows, and the answers that are looked at
    ("count", _I, (KINDS_OF_ROWS,)), ("days", _I, (KINDS_OF_ROWS, ROWS)), ("values", _F, (COLUMNS, ROWS)),
    ("filled", _I, (COLUMNS,)), ("memory", _F, (DRAWINGS,)), ("started", _I, (FORMS,)),
    # lesions: as they are, and as imaging has shown them
    ("n_lesions", _I), ("were_drawn", _I), ("listed", _I), ("lesions_found", _I), ("selected", np.int64),
    ("first_mm", _F, (LESIONS,)), ("mm", _F, (LESIONS,)), ("is_treated", _I, (LESIONS,)),
    ("organ", _F, (LESIONS,)), ("lesion_mm", _F, (LESIONS,)),
    ("known", np.int64), ("seen", np.int64), ("unsure", np.int64), ("ablated", np.int64), ("resected", np.int64),
    ("n_past", _I), ("past_day", _I, (ROWS,)), ("past_kind", _I, (ROWS,)), ("past_mask", np.int64, (ROWS,)),
    ("past_mm", _F, (ROWS, LESIONS)), ("masks", np.int64, (4,)),
    ("by_size", _I, (LESIONS,)), ("wanted_first", _I, (FORMS,)), ("place", _I, (MEASURED,)), ("standing", _I, (TRACKS,)),
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
    ("n_clocks", _I), ("next_clock", _I), ("clock_key", np.int64, (CLOCKS,)), ("clock", _I, (CLOCKS,)),
    ("n_waiting", _I), ("waiting", _I, (CLOCKS,)), ("waiting_day", _I, (CLOCKS,)),
    # the schedule
    ("line_count", _I, (LINES,)), ("line_day", _I, (LINES,)), ("used", _I, (LINES, PER_FORM)),
    ("n_series", _I), ("caught_up", _I), ("to_look", np.int64), ("series_line", _I, (SERIES,)), ("series_act", _I, (SERIES,)), ("series_form", _I, (SERIES,)),
    ("series_anchor", _I, (SERIES,)), ("series_number", _I, (SERIES,)), ("series_target", _I, (SERIES,)),
    ("series_opens", _I, (SERIES,)), ("series_closes", _I, (SERIES,)), ("series_meets", _I, (SERIES,)), ("series_asks", _I, (SERIES,)), ("series_last", _I, (SERIES,)),
    ("aim_anchor", _I, (LINES,)), ("aim_number", _I, (LINES,)), ("aim_target", _I, (LINES,)), ("aim_opens", _I, (LINES,)),
    ("aim_closes", _I, (LINES,)), ("targets_of", _I, (LINES,)), ("n_targets", _I, (LINES,)), ("targets", _I, (LINES, TARGETS)),
    # allocation, for the whole trial
    ("n_strata", _I), ("stratum", np.int64, (STRATA,)), ("blocks", _I, (STRATA,)), ("placed", _I, (STRATA,)),
    ("in_block", _I, (STRATA,)), ("block_arms", _I, (STRATA, 256)),
    # outcomes
    ("status", _I), ("value", _F), ("on", _I), ("times", _I), ("part", _F, (MEASURED,)),
    # hazards at work, what is missed now and then, and what goes together
    ("n_running", _I), ("run_of", _I, (CLOCKS,)), ("run_risk", _I, (CLOCKS,)), ("run_origin", _I, (CLOCKS,)),
    ("run_holding", np.int64, (CLOCKS,)), ("run_left", _F, (CLOCKS,)), ("run_since", _F, (CLOCKS,)), ("run_factor", _F, (CLOCKS,)),
    ("came_up", _I, (FORMS,)), ("score", _F, (TOGETHER,)),
], align=True)  # fmt: skip
"""What is known of one participant while the site follows them, and the trial's lists of arms."""

PLAN = np.dtype([
    ("first_day", _I, (MONTHS,)), ("can_wait", _I), ("n_forms", _I), ("n_steps", _I), ("start", _I), ("is_retrospective", _I), ("needs_consent", _I), ("allocates", _I),
    ("allocates_on_path", _I), ("allocated_after", _I), ("follows_lesions", _I), ("response_at_baseline", _I),
    ("looks_at_size", _I), ("enrolment", _I), ("consent", _I), ("judgement", _I), ("death", _I), ("withdrawal", _I),
    ("last_contact", _I), ("begins", _I), ("has_pathway", _I), ("has_timeouts", _I), ("asks_for_today", _I), ("accrual_days", _F),
    ("n_sites", _I), ("site_drawing", _I), ("cohort_drawing", _I), ("site_column", _I), ("cohort_column", _I),
    ("arm_column", _I), ("arm_drawing", _I), ("from_drawing", _I), ("from_column", _I), ("from_treatment", _I),
    ("from_follow_up", _I), ("from_consent", _I),
    ("n_arms", _I), ("n_cohorts", _I), ("cohort_member", _I, (KEYS,)), ("cohort_is_past", _I, (KEYS,)),
    ("n_groups", _I), ("group_key", _I, (KEYS,)), ("group_member", _I, (KEYS,)),
    ("n_rules", _I), ("rules_ask_for_today", _I), ("rule", _I, (RULES,)), ("n_judged", _I), ("judged_column", _I, (RULES,)), ("judged", _F, (RULES,)),
    ("n_baseline", _I), ("baseline", _I, (FORMS,)),
    ("by_blocks", _I), ("n_once", _I), ("once", _I, (64,)), ("n_sizes", _I), ("sizes", _I, (16,)),
    ("n_strata", _I), ("strata", _I, (8,)), ("is_truth", _I, (8,)),
    ("n_all_columns", _I), ("n_memories", _I), ("n_needs", _I, (STATEMENTS,)), ("needs", _I, (STATEMENTS, 24)),
    ("plain", _I, (STATEMENTS,)), ("plain_form", _I, (STATEMENTS,)),
    # forms
    ("repeats", _I, (FORMS,)), ("treats", _I, (FORMS,)), ("shows_lesions", _I, (FORMS,)), ("lasts", _I, (FORMS,)),
    ("lasts_days", _I, (FORMS,)), ("lasts_months", _I, (FORMS,)), ("asked", _I, (FORMS,)), ("on_path", _I, (FORMS,)),
    ("watched", _I, (FORMS,)), ("rank", _I, (FORMS,)), ("is_apart", _I, (FORMS,)), ("decide_rank", _I),
    ("has_requires", _I, (FORMS,)), ("n_requires", _I, (FORMS,)), ("requires", _I, (FORMS, PER_FORM)),
    ("n_prepares", _I, (FORMS, PER_FORM)), ("prepares", _I, (FORMS, PER_FORM, PER_FORM)),
    ("n_columns", _I, (FORMS,)), ("n_blank", _I, (FORMS,)), ("columns", _I, (FORMS, COLUMNS)),
    ("n_drawn", _I, (FORMS,)), ("drawn", _I, (FORMS, 64)), ("n_sets", _I, (FORMS,)), ("sets", _I, (FORMS, 4)),
    ("set_column", _I, (FORMS, 4)), ("n_responses", _I, (FORMS,)),
    ("n_starts", _I, (FORMS,)), ("starts", _I, (FORMS, PER_FORM)), ("delay", _I, (FORMS,)), ("delay_slot", _I, (FORMS,)),
    ("reacts", _I, (FORMS,)), ("scheduled", _I, (FORMS,)), ("n_kept", _I, (FORMS,)), ("kept", _I, (FORMS, 64)), ("is_quick", _I, (FORMS,)), ("is_idle", _I, (FORMS,)), ("is_mere", _I, (FORMS,)), ("is_allocation", _I, (FORMS,)),
    # what is drawn
    ("lane", _I, (SLOTS,)), ("slot_at", np.uint64, (FIRSTS * LANES,)),
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
    ("n_lines", _I), ("lines_of", np.int64, (KINDS_OF_ROWS,)), ("always_looked", np.int64), ("anchor_kind", _I, (LINES,)), ("anchor_form", _I, (LINES,)), ("anchor_which", _I, (LINES,)),
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
    ("n_measured", _I, (ENDPOINTS,)), ("measured_column", _I, (ENDPOINTS, MEASURED)), ("measured_form", _I, (ENDPOINTS, MEASURED)),
    ("has_from", _I, (ENDPOINTS,)), ("around_before_days", _I, (ENDPOINTS,)), ("around_before_months", _I, (ENDPOINTS,)),
    ("around_after_days", _I, (ENDPOINTS,)), ("around_after_months", _I, (ENDPOINTS,)), ("combine", _I, (ENDPOINTS,)),
    ("n_parts", _I, (ENDPOINTS,)), ("measured_part", _I, (ENDPOINTS, MEASURED)),
    # hazards of which more is assumed than a distribution, and what multiplies them
    ("risk", _I, (DRAWINGS, KEYS)), ("risk_scale", _F, (RISKS,)), ("risk_shape", _F, (RISKS,)), ("cured", _F, (RISKS,)),
    ("hazard_ratio", _F, (RISKS,)), ("ratio_from", _F, (RISKS,)), ("rates", _I, (RISKS,)), ("n_rates", _I, (RISKS,)),
    ("rate", _F, (RATES,)), ("rate_end", _F, (RATES,)), ("rate_sum", _F, (RATES,)),
    ("n_factors", _I, (DRAWINGS,)), ("factors", _I, (DRAWINGS,)), ("factor_when", _I, (FACTORS,)),
    ("factor_ratio", _F, (FACTORS,)), ("factor_chance", _F, (FACTORS,)),
    # what is missed now and then, what goes together, and how sites recruit
    ("misses", _I), ("missed", _F, (FORMS,)), ("missed_slot", _I, (FORMS,)),
    ("n_together", _I), ("together", _I, (DRAWINGS,)), ("together_slot", _I, (TOGETHER,)), ("together_word", _I, (TOGETHER,)),
    ("weight", _F, (TOGETHER, TOGETHER)),
    ("n_recruiting", _I), ("pace", _F, (SITES,)), ("opens", _F, (SITES,)), ("ramp", _F, (SITES,)), ("recruits", _I, (SITES,)),
], align=True)  # fmt: skip
"""What a study says, by number; -1 stands for none."""
