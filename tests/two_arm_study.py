"""A small trial of two arms, whose every assumption can be said in a line."""

from equipoise.study import Study, study

TEXT = """
equipoise: 1
study: two-arms
title: A small trial of two arms
design: {{type: interventional, allocation: randomised, masking: none, purpose: treatment, enrolment: {people}}}
activities:
  screening: {{label: Screening, items: {{ward: {{type: choice, of: [north, east, south, west]}}}}}}
  visit: {{label: Visit, items: {{age: {{type: integer, unit: years}}}}}}
arms:
  new: {{label: New treatment, role: experimental}}
  old: {{label: Old treatment, role: active_comparator}}
allocation: {{method: {method}, {blocks}after: enrolment}}
pathway:
  begins: randomisation
  start: allocated
  steps:
    allocated:
      decide: [{{when: arm == new, to: treated}}, {{otherwise: treated}}]
      unknown: wait
    treated: {{do: [visit], next: done}}
    done: {{end: true}}
closed: [visit]
schedule:
  - {{do: [last_contact], every: 1 month, from: randomisation, until: 2 years}}
endpoints:
  survival: {{label: Survival, role: primary, kind: time_to_event, from: randomisation, event: death, censor: last_known_alive,
              horizon: 2 years}}
analyses:
  main: {{endpoint: survival, estimand: {{population: randomised, contrast: new vs old, summary: hazard_ratio}}, method: cox,
         test: logrank, alpha: 0.05{interim}}}
assumptions:
  accrual: {{per_month: 5, source: ours}}
  ward: {{chances: {{north: 0.25, east: 0.25, south: 0.25, west: 0.25}}, source: ours}}
  age: {{distribution: uniform, low: 40, high: 60, source: ours}}
  death: {{distribution: exponential, from: randomisation, median: {{old: 9 months}}, hazard_ratio: {ratio}, source: ours}}
"""


def two_arms(
    *, people: int = 40, method: str = "permuted_blocks", blocks: str = "blocks: [4], ", interim: str = "", ratio: str = "0.5"
) -> Study:
    """The trial, some of it otherwise."""
    return study(TEXT.format(people=people, method=method, blocks=blocks, interim=interim, ratio=ratio))
