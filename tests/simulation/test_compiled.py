"""Two interpreters, one meaning: the compiled one and the reference give the same participants."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from equipoise.simulation.compiled import Overflow, compiled
from equipoise.simulation.statements import NotCompiled
from equipoise.study import load, study
from tiny_trial import tiny
from two_interpreters import WORDS, all_differences

STUDIES = Path(__file__).parents[2] / "studies"
REAL = "colon-levamisole"  # assumes nothing of virtual participants
SINGLE = ("time_to_event", "occurrence", "measurement", "score", "cost")


# --- the shipped studies ---------------------------------------------------------------------------------------------


def slugs() -> list[str]:
    return sorted(file.parent.name for file in STUDIES.glob("*/study.yaml") if file.parent.name != REAL)


@pytest.mark.parametrize("slug", slugs())
def test_both_interpreters_draw_the_same_participants_of_a_shipped_study(slug: str) -> None:
    of = load(STUDIES / slug)
    assert all_differences(of, 200, seed=20, trial=3) == []
    # Of each endpoint that has a single outcome, it is compiled; the others are named.
    single = {name for name, each in of.protocol.endpoints.items() if each.kind in SINGLE}
    made = compiled(of)
    assert set(made.endpoints) == single and len(made.left_out) == len(of.protocol.endpoints) - len(single)


@pytest.mark.parametrize("seed", [1, 2**40 + 7])
def test_both_draw_the_same_participants_of_the_tiny_trial(seed: int) -> None:
    assert all_differences(tiny(), 300, seed=seed) == []


def test_what_was_drawn_stays_while_others_are_drawn_and_leaves_nothing_in_the_room_that_it_stood_in() -> None:
    made = compiled(tiny())
    drawn = made.participants(300, seed=1)
    on = date.fromordinal(int(np.median(drawn.person("enrolled_on"))))
    some = made.participants(300, seed=1, until=on).people.copy()
    people, values = drawn.people.copy(), drawn.values.copy()
    for seed in range(2, 6):
        made.participants(300, seed=seed)
    assert (drawn.people == people).all() and np.array_equal(drawn.values, values, equal_nan=True)
    del drawn
    again = made.participants(300, seed=1, until=on)
    joined = again.person("joined") == 1
    assert (again.people == some).all() and 0 < joined.sum() < 300
    for table in (again.people, again.counts, again.last_days, again.days_in, again.values, again.moments):
        assert (table[~joined] == 0).all()


def test_both_read_what_is_written_in_words() -> None:
    item = ("ecog: {type: integer, range: 0..5}}}", "ecog: {type: integer, range: 0..5}, remark: {type: text}}}")
    rule = ("arms:", '  - {id: said, exclude: \'remark in ("none", "nothing")\'}\narms:')
    often = ("assumptions:\n", "assumptions:\n  remark: {chances: {some: 0.3, none: 0.5, much: 0.2}, source: ours}\n")
    line = 'death, within: 1 year, among: first(remark) == "much"'
    asked = ("endpoints:\n", f"endpoints:\n  much: {{kind: occurrence, from: randomisation, event: {line}}}\n")
    of = tiny(item, rule, often, asked)
    assert all_differences(of, 100, seed=2) == []
    made = compiled(of)
    statuses = made.participants(100, seed=2).statuses[:, made.endpoints.index("much")]
    assert 0.2 < (statuses != WORDS["outside"]).mean() < 0.6  # 0.2 of the 0.5 who may join


def test_of_a_study_with_earlier_versions_both_draw_those_who_join_under_the_newest() -> None:
    newest, older = tiny(), tiny(("version: 1.0.0", "version: 0.9.0"), ("times: 1..3", "times: 2..3"))
    amended = replace(newest, earlier={"0.9.0": older})
    assert all_differences(amended, 40, seed=2) == []
    whole, plain = (compiled(of).participants(40, seed=2) for of in (amended, newest))
    assert np.array_equal(whole.people, plain.people)


def test_both_stop_on_a_day_that_is_given() -> None:
    assert all_differences(tiny(), 60, seed=4, until=date(2025, 1, 1)) == []


def test_both_reckon_alike_with_what_lies_between_two_numbers() -> None:
    seen = "count(lesions where present)"  # after an ablation nobody can tell of those that were ablated
    asked = ("count(lesions where role == target or segment == 'VII') >= 1", f"{seen} * count(labs) >= 4", f"{seen} / 2 <= 1", f"6 / {seen} > 1.5", f"abs({seen} - 2) <= 1",
             f"({seen} - 2) * {seen} < 3")  # fmt: skip
    lines = "".join(
        f"  e{number}: {{kind: occurrence, from: randomisation, event: death, within: 9 years, among: {each}}}\n"
        for number, each in enumerate(asked)
    )
    of = tiny(("endpoints:\n", f"endpoints:\n{lines}"))
    made = compiled(of)
    assert made.left_out == () and all_differences(of, 60, seed=3) == []
    drawn = made.participants(60, seed=3)
    statuses = {
        int(each) for each in drawn.statuses[:, [made.endpoints.index(f"e{number}") for number in range(len(asked))]].flat
    }
    assert {WORDS["absent"], WORDS["outside"]} < statuses  # some cannot be told, some can, either way


# --- generated studies -----------------------------------------------------------------------------------------------

HEAD = """
equipoise: 1
study: made
title: Made up to be drawn
dates: {start: 2023-03-31}
design: {type: interventional, allocation: randomised}
sites: {one: {ranges: {alt: {uln: 40 U/L}}}, two: {ranges: {alt: {uln: 50 U/L}}}}
activities:
  baseline:
    items:
      age: {type: integer, unit: years, range: 0..120}
      stage: {type: choice, of: [I, II, III], ordered: true}
      seen_on: {type: date}
      ill: {type: yes_no}
  first_scan: {lesions: true}
  scan: {lesions: true, items: {response: {type: choice, of: [CR, PR, SD, PD]}}}
  cycle: {lasts: 14 days}
  labs: {items: {alt: {type: quantity, unit: U/L}, score: {type: integer, range: 0..10}}}
  cut: {procedure: true, treats: HOW, items: {cut_out: {type: lesions}}}
  talk: {items: {mood: {type: choice, of: [low, fair, good], ordered: true}}}
  fall: {repeats: true, items: {grade: {type: integer, range: 1..5}}}
  progression: {}
closed: [cycle, cut, scan, fall, progression, off_treatment]
arms: {new: {label: New}, old: {label: Old}}
"""


HAZARDS = (
    "piecewise, from: randomisation, hazards: {old: [{until: 3 months, per_month: 0.02}, {until: 8 months, per_month: 0}, "
    "{per_month: 0.09}]}, hazard_ratio: 0.6, effect_after: 2 months",
    "weibull, shape: 0.8, median: {old: 7 months}, hazard_ratio: 0.5, effect_after: 70 days, cured: 0.2, from: randomisation",
    "exponential, median: 8 months, cured: {new: 0.4, old: 0.1}, factors: [{when: age >= 65 years, ratio: 1.7}, "
    "{when: count(cut) >= 1, ratio: 0}]",
)
"""Hazards of death of which more is assumed than a distribution."""

FACTORS = (
    "{when: arm == old and count(scan) >= 2, ratio: 0.3, chance: 0.5}",
    "{when: alt > 45 U/L, ratio: 2.5}",
    "{when: exists fall within 30 days before today, ratio: 0}",
    "{when: stage >= II, ratio: 1.5}",
    "{when: entered(ready) > enrolment, ratio: 3, chance: 0.8}",
    "{when: count(lesions where present) >= 3, ratio: 2}",
)
"""Factors that are met for good, now and then, by some alone, or for a while."""


@st.composite
def made_up(draw: st.DrawFn) -> str:
    """A small study: its criteria, pathway, schedule, endpoints and assumptions put together by chance."""

    def one(*options: str) -> str:
        return draw(st.sampled_from(options))

    rounds = one("1..3", "2", "2..4")
    guard = one("", "guard: alt <= 1.5 x ULN, retry: {every: 1 week, for: 3 weeks}, on_timeout: out, ",
                "guard: score >= 4, retry: {every: 5 days, for: 1 month}, on_timeout: over, ")  # fmt: skip
    stop = one("", "stop: exists progression, ")
    require = one("", "require: [count(cut_out) between 1 and 2], ", "require: [exists labs within 10 days before last(cut)], ")
    apart = one("", "apart: [{from: cycle, at_least: 3 weeks}], ", "within: 2 weeks, ")
    decide = one(
        "decide: [{when: response == PD, to: over}, {when: count(lesions where present) >= 2, to: treat}, {otherwise: ready}], "
        "unknown: wait",
        "by: mdt, quorum: 3, decide: [{when: stage >= II and arm == new, option: cut, to: treat}, "
        "{option: more, otherwise: more}], unknown: wait",
        "decide: [{when: arm == new and not (response == CR), to: treat}, {otherwise: over}], unknown: over",
    )
    chances = one("", "  look: {chances: {cut: 0.6, more: 0.4}, source: ours}\n") if "mdt" in decide else ""
    anywhere = one(
        "", "  anywhere: [{on: progression, when: not exists off_treatment, to: over}]\n",
        "  anywhere: [{on: progression, end: [treatment]}]\n",
    )  # fmt: skip
    lines = draw(st.lists(st.sampled_from([
        "  - {do: [labs], every: 1 month, from: randomisation, until: off_treatment, window: ±1 week}",
        "  - {do: [labs, talk], on: [1, 3, 8], after: cut, for each: each}",
        "  - {do: [talk], every: 2 cycles of cycle, window: ±3 days}",
        "  - {do: [scan], every: 2 months, from: last(cut), until: 1 year}",
        "  - {do: [talk], at: 6 weeks, after: enrolment, window: -1..+2 week}",
        "  - {do: [scan, labs], every: 3 months, from: off_treatment, starting: 1 month}",
        "  - {do: [talk], every: 1 month, from: entered(ready), until: 6 months, while: score >= 3}",
        "  - {do: [labs], at: 10 days, after: fall, for each: last}",
    ]), max_size=4, unique=True))  # fmt: skip
    strata = one("", ", strata: [stage]", ", strata: [stage, ill]")
    allocation = one(
        "method: permuted_blocks, blocks: [4, 6]", "method: simple", "method: permuted_blocks, ratio: {new: 2, old: 1}"
    )
    criteria = draw(st.lists(st.sampled_from([
        "  - {id: adult, include: age >= 55 years}",
        "  - {id: well, exclude: ill}",
        "  - {id: few, include: count(lesions where present) between 1 and 4}",
        "  - {id: small, include: max(diameter of lesions) < 28 mm}",
        "  - {id: early, include: stage <= II}",
        "  - {id: recent, include: seen_on within 60 days before enrolment}",
        "  - {id: fit, exclude: {judge: Unfit?, by: investigator}}",
    ]), min_size=1, max_size=4, unique=True))  # fmt: skip
    endpoints = draw(st.lists(st.sampled_from([
        "  os: {kind: time_to_event, from: randomisation, event: death, censor: last_known_alive, horizon: 2 years}",
        "  pfs: {kind: time_to_event, from: randomisation, event: [progression, first(scan where response == PD)],"
        " competing: [death], censor: last(scan)}",
        "  falls: {kind: occurrence, from: enrolment, event: first(fall where grade >= 3), within: 6 months}",
        "  after_cut: {kind: occurrence, from: first(cut), event: fall, attributed_to: cut, within: 30 days, among: exists cut}",
        "  left: {kind: measurement, from: randomisation, item: burden, at: 5 months}",
        "  cycles: {kind: measurement, from: randomisation, item: cycles_given, at: 4 months, window: ±2 weeks}",
        "  alt_mean: {kind: measurement, from: randomisation, item: alt, combine: mean, horizon: 1 year}",
        "  mood_then: {kind: measurement, from: randomisation, item: mood, at: 2 months}",
        "  well_being: {kind: score, from: randomisation, items: [alt, score], combine: mean, at: 3 months}",
        "  last_both: {kind: score, items: [labs.score, mood], horizon: 1 year}",
        "  spent: {kind: cost, from: randomisation, items: [alt, score, grade], horizon: 9 months}",
    ]), min_size=1, max_size=6, unique=True))  # fmt: skip
    change = one("", ", change: 8 U/L")
    alt = one("{distribution: normal, mean: 45 U/L, sd: 20 U/L, low: 5 U/L, high: 150 U/L%s, source: ours}",
              "{distribution: lognormal, median: 40 U/L, sd: 25 U/L%s, source: ours}") % change  # fmt: skip
    count = one(
        "{distribution: poisson, mean: 3, low: 1, high: 9, source: ours}",
        "{distribution: uniform, low: 1, high: 5, source: ours}",
    )
    death = one("exponential, median: {old: 14 months}, hazard_ratio: 0.6, from: enrolment", "weibull, shape: 1.4, median: 1 year",
                "exponential, median: 9 months, from: randomisation, high: 900 days", *HAZARDS)  # fmt: skip
    factors = ", ".join(draw(st.lists(st.sampled_from(FACTORS), max_size=4, unique=True)))
    progression = f"exponential, median: 10 months, factors: [{factors}]"
    accrual = one("per_month: 8", "per_month: 8, ramp: 4 months",
                  "per_month: 8, ramp: 2 months, sites: {two: {per_month: 5}, one: {per_month: 3, opens: 50 days, ramp: 0 days}}")  # fmt: skip
    with_age, with_alt, with_score = one("", ", correlated: {age: -0.4}"), one("", ", correlated: {alt: 0.6}"), one(
        "", ", correlated: {age: 0.3, alt: 0.5}")  # fmt: skip
    scheduled = [name for name in ("labs", "talk") if any(f"do: [{name}" in line or f"{name}]" in line for line in lines)]
    missed = "".join(f"  {name}: {{missed: 0.3, source: ours}}\n" for name in scheduled if draw(st.booleans()))
    delay = one("", "  cut: {distribution: uniform, low: 3 days, high: 20 days, source: ours}\n")
    return f"""{HEAD.replace("HOW", one("ablated", "resected"))}
define:
  burden: count(lesions where present)
  cycles_given: count(cycle)
eligibility:
{chr(10).join(criteria)}
allocation: {{{allocation}{strata}}}
pathway:
  begins: randomisation
  start: induction
  steps:
    induction: {{repeat: cycle, times: {rounds}, {stop}next: look}}
    look: {{do: [scan], {decide}}}
    ready: {{do: [labs], limit: 2, {guard}next: more}}
    more: {{repeat: cycle, times: 1..2, limit: 3, next: look}}
    treat: {{do: [cut], limit: 2, {require}{apart}next: ready}}
    out: {{do: [withdrawal], end: true}}
    over: {{do: [off_treatment], end: true}}
{anywhere}schedule: [{"" if lines else "]"}
{chr(10).join(line.replace("  - ", "  ", 1) + "," for line in lines)}{"]" if lines else ""}
endpoints:
{chr(10).join(endpoints)}
assumptions:
  accrual: {{{accrual}, source: ours}}
  age: {{distribution: normal, mean: 62 years, sd: 9 years, low: 40 years, high: 90 years, source: ours}}
  stage: {{chances: {{I: 0.3, II: 0.5, III: 0.2}}{with_age}, source: ours}}
  seen_on: {{distribution: uniform, low: -70 days, high: -2 days, from: enrolment, source: ours}}
  ill: {{chances: {{yes: 0.2, no: 0.8}}, source: ours}}
  lesion_count: {count}
  diameter: {{distribution: normal, mean: 18 mm, sd: 6 mm, low: 5 mm, high: 40 mm, source: ours}}
  response: {{chances: {{new: {{CR: 0.1, PR: 0.4, SD: 0.3, PD: 0.2}}, old: {{CR: 0.05, PR: 0.25, SD: 0.4, PD: 0.3}}}}, source: ours}}
  alt: {alt}
  score: {{distribution: uniform, low: 0, high: 10{with_score}, source: ours}}
  mood: {{chances: {{low: 0.2, fair: 0.5, good: 0.3}}{with_alt}, source: ours}}
  fall: {{per_month: 0.3, source: ours}}
  grade: {{chances: {{1: 0.4, 2: 0.3, 3: 0.2, 5: 0.1}}, source: ours}}
  progression: {{distribution: {progression}, from: randomisation, source: ours}}
  death: {{distribution: {death}, source: ours}}
  withdrawal: {{distribution: exponential, median: 8 years, source: ours}}
{chances}{delay}{missed}"""


@given(made_up(), st.integers(0, 2**64 - 1))
@settings(max_examples=8, deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
def test_both_draw_the_same_participants_of_a_study_made_up_by_chance(text: str, seed: int) -> None:
    of = study(text)
    assert of.is_sound, [str(each) for each in of.findings]
    assert all_differences(of, 40, seed=seed) == []


# --- how they are drawn ----------------------------------------------------------------------------------------------


def test_cores_and_batches_change_nothing() -> None:
    made = compiled(tiny())
    whole = made.participants(30, seed=9, trials=8)
    for other in (made.participants(30, seed=9, trials=8, cores=3),):
        assert np.array_equal(whole.people, other.people) and np.array_equal(whole.values, other.values, equal_nan=True)
    parts = [made.participants(30, seed=9, trials=2, first_trial=first) for first in (0, 2, 4, 6)]
    assert np.array_equal(whole.people, np.concatenate([each.people for each in parts]))


def test_trials_differ_and_seeds_differ() -> None:
    made = compiled(tiny())
    one, other = made.participants(30, seed=9), made.participants(30, seed=9, first_trial=1)
    assert not np.array_equal(one.people, other.people)
    assert not np.array_equal(one.people, made.participants(30, seed=10).people)


def test_blocks_are_balanced_in_every_trial() -> None:
    drawn = compiled(tiny()).participants(40, seed=1, trials=20)
    arms = drawn.person("arm").reshape(20, 10, 4)
    assert (np.sort(arms, axis=2) == [0, 0, 1, 1]).all()


def test_what_has_no_room_is_said_and_not_cut_off() -> None:
    monthly = tiny(("schedule:\n", "schedule:\n  - {do: [labs], every: 1 day, from: randomisation}\n"))
    with pytest.raises(Overflow, match="more than 249 of one activity"):
        compiled(monthly).participants(20, seed=1, until=date(2027, 1, 1))


def test_what_is_not_compiled_is_refused_by_name() -> None:
    with pytest.raises(NotCompiled, match="criterion 'there' is not compiled: it goes through the days on which a participant"):
        compiled(tiny(("arms:", "  - {id: there, include: exists last_known_alive}\narms:")))
