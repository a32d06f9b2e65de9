"""One study whose assumptions use every word that there is: the compiled interpreter takes them all, and means the same."""

from collections.abc import Mapping
from dataclasses import fields
from functools import cache

from equipoise.protocol import Assumption, Factor, Point, Price, Recruitment, Stretch
from equipoise.simulation import assumption_findings, lacking
from equipoise.simulation.compiled import compiled
from equipoise.study import Study, study
from two_interpreters import all_differences

EVERY_WORD = """
equipoise: 1
study: every_word
title: Made up to assume all that can be assumed
dates: {start: 2023-03-31}
design: {type: interventional, allocation: randomised}
sites: {one: {}, two: {}}
activities:
  baseline:
    items:
      age: {type: integer, unit: years, range: 0..120}
      stage: {type: choice, of: [I, II, III], ordered: true}
      marker: {type: quantity, unit: U/L}
      born_on: {type: date}
      centre: {type: text}
      years: {type: integer, range: 0..60}
  first_scan: {lesions: true}
  scan: {lesions: true, items: {response: {type: choice, of: [CR, PR, SD, PD]}}}
  cut: {procedure: true, treats: ablated, items: {cut_out: {type: lesions}}}
  cycle: {lasts: 14 days}
  labs: {items: {alt: {type: quantity, unit: U/L}, pain: {type: integer, range: 0..10}, tired: {type: integer, range: 0..10}}}
  call: {repeats: true}
  fall: {repeats: true}
  bleed: {}
  leak: {}
  progression: {}
  second_line: {}
closed: [cut, cycle, fall, bleed, leak, progression, second_line]
eligibility:
  - {id: adult, include: age >= 50 years}
  - {id: few, include: count(lesions where present) between 1 and 5}
arms: {new: {label: New}, old: {label: Old}}
allocation: {method: permuted_blocks, blocks: [4], strata: [stage]}
pathway:
  begins: randomisation
  start: induction
  steps:
    induction: {repeat: cycle, times: 1..3, next: look}
    look:
      do: [scan]
      by: mdt
      decide: [{when: arm == new, option: treat, to: treat}, {option: leave, otherwise: over}]
      unknown: wait
    treat: {do: [cut], next: over}
    over: {end: true}
schedule:
  - {do: [labs], every: 1 month, from: randomisation, until: 1 year}
  - {do: [call], every: 12 days, from: randomisation, until: 2 years}
endpoints:
  os: {kind: time_to_event, from: randomisation, event: death, horizon: 2 years}
  pfs: {kind: time_to_event, from: randomisation, event: progression, competing: [death, bleed], horizon: 2 years}
  leaks: {kind: occurrence, from: first(cut), event: leak, within: 30 days, among: exists cut}
  well: {kind: score, from: randomisation, items: [pain, tired], at: 3 months}
  mean_alt: {kind: measurement, from: randomisation, item: alt, combine: mean}
  pains: {kind: cost, from: randomisation, items: [pain], horizon: 1 year}
assumptions:
  accrual:
    per_month: 9
    ramp: 2 months
    sites: {two: {per_month: 6}, one: {per_month: 3, opens: 40 days, ramp: 1 month}}
    source: ours
  age: {distribution: normal, mean: 63 years, sd: 9 years, low: 40 years, high: 90 years, source: ours}
  stage: {distribution: choice, chances: {I: 0.4, II: 0.4, III: 0.2}, correlated: {age: 0.3}, source: ours}
  marker: {distribution: weibull, shape: 1.6, median: 20 U/L, source: ours}
  born_on: {distribution: uniform, low: -80 days, high: 20 days, from: enrolment, source: ours}
  centre: {value: far away, source: ours}
  years: {distribution: poisson, mean: 4, high: 30, source: ours}
  lesion_count: {distribution: poisson, mean: 3, low: 1, high: 7, source: ours}
  diameter: {distribution: lognormal, median: 15 mm, sd: 6 mm, source: ours}
  organ: {chances: {liver: 0.8, lung: 0.2}, source: ours}
  response: {chances: {new: {CR: 0.2, PR: 0.4, SD: 0.2, PD: 0.2}, old: {PR: 0.3, SD: 0.4, PD: 0.3}}, source: ours}
  alt: {distribution: lognormal, median: 40 U/L, sd: 25 U/L, change: 8 U/L, correlated: {marker: 0.5}, source: ours}
  pain: {distribution: uniform, low: 0, high: 10, correlated: {alt: 0.4, age: -0.2}, source: ours}
  tired: {distribution: constant, value: 4, when: age >= 55 years, source: ours}
  labs: {missed: 0.15, source: ours}
  induction: {chances: {1: 0.2, 2: 0.5, 3: 0.3}, source: ours}
  look: {chances: {treat: 0.7, leave: 0.3}, source: ours}
  cut: {distribution: uniform, low: 2 days, high: 15 days, source: ours}
  leak: {chances: {cut: 0.3}, distribution: uniform, low: 1 day, high: 40 days, source: ours}
  fall: {per_month: 0.1, when: age >= 60 years, source: ours}
  death:
    distribution: weibull
    shape: 1.3
    from: randomisation
    median: {old: 11 months}
    hazard_ratio: 0.6
    effect_after: 2 months
    cured: 0.1
    factors:
      - {when: exists progression, ratio: 3}
      - {when: arm == old and exists second_line, ratio: 0.5, chance: 0.6}
      - {when: entered(over) >= enrolment, ratio: 0.4}     # decided by people: what is recorded next changes the pace
    source: ours
  progression:
    from: randomisation
    points:
      old: [{at: 0 days, free: 1, at_risk: 40}, {at: 3 months, free: 0.7, at_risk: 26}, {at: 9 months, free: 0.3}]
      new: [{at: 4 months, free: 0.8}, {at: 1 year, free: 0.5}]
    factors: [{when: alt > 50 U/L, ratio: 1.5}]
    source: ours
  second_line: {from: progression, distribution: exponential, mean: {new: 40 days, old: 20 days}, source: ours}
  bleed:
    distribution: piecewise
    hazards: [{until: 1 month, per_month: 0.05}, {until: 3 months, per_month: 0}, {per_month: 0.01}]
    cured: {new: 0.5, old: 0}
    from: randomisation
    when: age >= 55 years
    source: ours
  withdrawal: {distribution: exponential, median: 8 years, source: ours}
  costs:
    currency: EUR
    year: 2025
    of: {cut: {distribution: gamma, mean: 4000, sd: 900, source: ours}, month: {mean: {new: 300, old: 250}, source: ours}}
    source: ours
"""


@cache
def every_word() -> Study:
    made = study(EVERY_WORD)
    assert made.is_sound, [str(each) for each in made.findings]
    assert [str(each) for each in (*assumption_findings(made), *lacking(made))] == []
    return made


def test_every_word_is_used() -> None:
    assumed = tuple(every_word().protocol.assumptions.values())
    parts: dict[type, list[object]] = {
        Assumption: [*assumed],
        Factor: [factor for each in assumed for factor in each.factors],
        Recruitment: [site for each in assumed for site in each.sites.values()],
        Point: [point for each in assumed if isinstance(each.points, Mapping) for of in each.points.values() for point in of],
        Stretch: [stretch for each in assumed if isinstance(each.hazards, tuple) for stretch in each.hazards],
        Price: [price for each in assumed for price in each.of.values()],
    }
    for kind, made in parts.items():
        for word in fields(kind):  # type: ignore[arg-type]
            if word.name != "place":
                assert any(getattr(each, word.name) for each in made), f"{kind.__name__}.{word.name}"


def test_every_word_means_the_same_to_both_interpreters() -> None:
    assert compiled(every_word()).left_out == ()
    for trial in range(2):
        assert all_differences(every_word(), 150, seed=11, trial=trial) == []


def test_each_word_makes_a_difference() -> None:
    drawn = compiled(every_word()).participants(400, seed=3)
    assert set(drawn.person("site")) == {0, 1} and set(drawn.person("arm")) == {0, 1}
    for name in ("death", "progression", "bleed", "leak", "second_line", "withdrawal"):
        happened = float((drawn.counts[:, list(compiled(every_word()).forms).index(name)] > 0).mean())
        assert 0.005 < happened < 0.95, (name, happened)
