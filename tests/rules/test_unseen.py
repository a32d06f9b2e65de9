"""Trials unlike the six that are shipped: what is common practice wakes nothing, and careless slips are found."""

import time

import pytest

from equipoise.finding import Finding
from equipoise.rules import PATIENCE, findings
from equipoise.study import study

SCREENING = """
equipoise: 1
study: unseen
title: A trial that nobody here has seen
{more}
design: {{type: interventional, enrolment: 100}}
activities:
  screening:
    items:
      age: {{use: demographics.age}}
      ecog: {{use: demographics.ecog}}
      heart_rate: {{use: vitals.heart_rate}}
      egfr: {{use: labs.egfr}}
      operated_on: {{type: date}}
      diagnosed_on: {{type: date}}
      assents: {{type: yes_no}}
  scan: {{lesions: yes}}
eligibility:
"""


def screened(*criteria: str, more: str = "") -> list[Finding]:
    lines = "".join(f"  - {{id: c{index}, {each}}}\n" for index, each in enumerate(criteria))
    return list(findings(study(SCREENING.format(more=more) + lines)))


def woken(found: list[Finding]) -> set[str]:
    return {each.rule for each in found}


# --- eligibility ---------------------------------------------------------------------------------------------------


def test_for_those_under_18_is_the_condition_of_an_implication_and_no_inverted_comparator() -> None:
    assert not woken(screened("text: 'For those under 18 years of age, assent.', include: age >= 18 years or assents"))


def test_a_comparator_turned_round_in_one_of_two_statements_still_wakes() -> None:
    assert "inverted-comparator" in woken(
        screened("text: 'ECOG 1 or less, or aged under 65 years.', include: ecog <= 1 or age >= 65 years")
    )


def test_an_exclusion_may_say_how_long_before_what_the_inclusion_says_was_before() -> None:
    found = screened(
        "text: After an operation., include: operated_on before screening",
        "text: Less than 3 months since the operation., exclude: operated_on within 3 months before screening",
    )
    assert "inclusion-exclusion-overlap" not in woken(found)


def test_at_least_three_years_before_is_not_within_three_years_before() -> None:
    words = "text: 'Diagnosed at least 3 years before screening.', include: diagnosed_on {} screening"
    assert "inverted-comparator" in woken(screened(words.format("within 3 years before")))
    assert "inverted-comparator" not in woken(screened(words.format("at least 3 years before")))


def test_at_least_one_lesion_is_said_by_exists() -> None:
    assert "unit-in-words-differs" not in woken(
        screened("text: At least one measurable lesion., include: exists lesions where diameter >= 10 mm")
    )


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ("Heart rate between 50 and {} beats per minute.", "heart_rate between 50 /min and 100 /min"),
        ("eGFR from 30 to {} mL/min/1.73 m².", "egfr >= 30 mL/min/1.73m2 and egfr <= 100 mL/min/1.73m2"),
    ],
)
def test_units_of_several_words_are_read(words: str, rule: str) -> None:
    assert "unit-in-words-differs" not in woken(screened(f"text: '{words.format(100)}', include: '{rule}'"))
    assert "unit-in-words-differs" in woken(screened(f"text: '{words.format(110)}', include: '{rule}'"))


def test_a_question_that_says_after_what_has_its_anchor() -> None:
    asked = "exclude: {{judge: Did the syndrome {} within 6 weeks?}}"
    assert "window-without-anchor" not in woken(screened(asked.format("follow a vaccine")))
    assert "window-without-anchor" in woken(screened(asked.format("show")))


def test_an_age_that_every_cohort_has_is_a_note() -> None:
    cohorts = "cohorts: {young: {member: age between 18 years and 60 years}, old: {member: age > 60 years}}"
    (one,) = (each for each in screened("include: age >= 18 years", more=cohorts) if each.rule == "criterion-decides-nothing")
    assert one.severity.value == "note"
    assert "whoever belongs to a cohort meets" in one.says


def test_what_is_never_known_not_to_have_happened_is_said_to_be_so() -> None:
    rule = "include: age < 18 years or exists consent"
    (one,) = (each for each in screened(rule) if each.rule == "criterion-decides-nothing")
    assert "'consent' is not `closed`" in one.says
    assert "criterion-decides-nothing" not in woken(screened(rule, more="closed: [consent]"))


def test_an_age_in_months_is_an_age() -> None:
    text = """
equipoise: 1
study: infants
title: Infants
registrations: [{registry: R, id: N1, age: 0..1}]
design: {type: interventional}
activities:
  screening: {items: {%s: {type: quantity, unit: months, range: 0..24}}}
eligibility:
  - {id: a, include: %s <= 8 months}
"""
    assert "off-by-one-bound" not in woken(list(findings(study(text % ("age_months", "age_months")))))
    assert "off-by-one-bound" in woken(list(findings(study(text % ("ill_for", "ill_for")))))


# --- pathway, schedule, endpoints, dates -------------------------------------------------------------------------------

TRIAL = """
equipoise: 1
study: unseen
title: Two arms
dates: {{start: 2020-01-01, primary_completion: {done}, completion: 2022-01-01}}
design: {{type: interventional, allocation: randomised, model: parallel}}
activities:
  screening: {{items: {{ahi: {{type: real, range: 0..100}}}}}}
  drug: {{repeats: yes}}
  chemo: {{repeats: yes}}
  crossing: {{repeats: no}}
  visit: {{repeats: yes, items: {{score: {{type: real, range: 0..10}}}}}}
closed: [drug, chemo, crossing]
eligibility:
  - {{id: ill, include: ahi >= 15}}
arms:
  new: {{gives: [drug]}}
  old: {{gives: [chemo]}}
pathway:
  begins: randomisation
  start: which
  steps:
    which:
      decide:
        - {{when: {when}, to: on_drug}}
        - {{otherwise: on_chemo}}
      unknown: wait
    on_drug: {{do: [drug], next: over}}
    on_chemo: {{do: [chemo], next: {then}}}
    cross: {{do: [{crossing}], next: after}}
    after: {{do: [drug], next: over}}
    over: {{do: [off_treatment], end: true}}
schedule:
  - {{do: [visit], {line}, from: randomisation, window: ±3 days}}
endpoints:
  score: {{role: primary, kind: measurement, from: randomisation, item: score, at: 24 weeks, window: ±3 days}}
analyses:
  a:
    endpoint: score
    estimand: {{population: randomised, contrast: new vs old, intercurrent: {{{named}: treatment_policy}}, summary: difference_of_means}}
    method: mean
"""


def trial(**said: str) -> set[str]:
    plain = {
        "done": "2021-01-01", "when": "arm == new", "then": "cross", "crossing": "crossing",
        "line": "every: 4 weeks, until: 24 weeks", "named": "crossing",
    }  # fmt: skip
    return woken(list(findings(study(TRIAL.format(**{**plain, **said})))))


def test_a_crossover_that_the_analyses_name_is_no_treatment_of_the_wrong_arm() -> None:
    assert "arm-never-gets-its-treatment" not in trial()
    assert "arm-never-gets-its-treatment" in trial(named="off_treatment")


def test_a_branch_that_eligibility_leaves_nobody_for_is_never_taken() -> None:
    assert "branch-never-taken" not in trial()
    assert "branch-never-taken" in trial(when="arm == new and ahi < 10")


def test_an_outcome_is_asked_for_at_its_time() -> None:
    assert "endpoint-never-assessed" not in trial()
    assert "endpoint-never-assessed" in trial(line="every: 4 weeks, until: 12 weeks")
    assert "endpoint-never-assessed" in trial(line="on: [28, 224]")
    assert "endpoint-never-assessed" not in trial(line="on: [28, 165]")


def test_primary_completion_waits_for_the_primary_outcome() -> None:
    assert "dates-contradict" not in trial()
    assert "dates-contradict" in trial(done="2020-03-01")


# --- patience ------------------------------------------------------------------------------------------------------


def test_what_cannot_be_answered_in_time_is_said_to_be_not_decided() -> None:
    items = "".join(f"      v{index}: {{type: real, range: 0..100}}\n" for index in range(301))
    rules = "".join(f"  - {{id: c{index}, include: v{index} >= 10 or v{index + 1} >= 20}}\n" for index in range(300))
    text = f"equipoise: 1\nstudy: s\ntitle: t\ndesign: {{type: observational}}\nactivities:\n  a:\n    items:\n{items}eligibility:\n{rules}"
    one = study(text)
    start = time.thread_time()
    found = findings(one)
    assert time.thread_time() - start < PATIENCE + 4
    assert "not-decided" in woken(list(found))
    assert "not-run" not in woken(list(found))


def test_conditions_within_conditions_are_read_in_no_time() -> None:
    said = "v >= 1"
    for index in range(24):
        said = f"if v > {index} then ({said}) else v < {index}"
    text = "equipoise: 1\nstudy: s\ntitle: t\ndesign: {type: observational}\nactivities:\n  a: {items: {v: {type: real, range: 0..100}}}\n"
    start = time.thread_time()
    study(f"{text}eligibility:\n  - {{id: c, include: {said}}}\n")
    assert time.thread_time() - start < 2
