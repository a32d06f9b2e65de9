"""A trial small enough to draw by hand: two cycles, a scan, an ablation, blood tests after it."""

from functools import cache

from equipoise.study import Study, study

TINY = """
equipoise: 1
study: tiny
version: 1.0.0
title: Two cycles, a scan, an ablation
dates: {start: 2024-01-01}
design: {type: interventional, allocation: randomised}
sites: {one: {ranges: {bilirubin: {uln: 21 umol/L}}}}
activities:
  baseline: {items: {age: {type: integer, unit: years, range: 0..120}, ecog: {type: integer, range: 0..5}}}
  first_scan: {lesions: true}
  cycle: {lasts: 14 days}
  scan: {lesions: true, items: {response: {type: choice, of: [CR, PR, SD, PD]}}}
  ablation: {procedure: true, treats: ablated, items: {lesions_ablated: {type: lesions}}}
  labs: {items: {bilirubin: {use: labs.bilirubin}}}
closed: [cycle, ablation]
eligibility:
  - {id: adult, include: age >= 18 years}
  - {id: well, include: ecog <= 1}
  - {id: few, include: count(lesions where organ == liver and present) <= 4}
  - {id: unfit, exclude: {judge: Is the patient unfit?, by: investigator}}
arms: {ablated: {label: Ablation}, control: {label: Control}}
allocation: {method: permuted_blocks, blocks: [4], ratio: {ablated: 1, control: 1}}
pathway:
  start: induction
  steps:
    induction: {repeat: cycle, times: 1..3, next: restaging}
    restaging:
      do: [scan]
      decide:
        - {when: response != PD and arm == ablated, to: treat}
        - {otherwise: over}
      unknown: wait
    treat:
      do: [ablation]
      require: [count(lesions_ablated) between 1 and 2]
      apart: [{from: cycle, at_least: 3 weeks}]
      next: over
    over: {end: true}
schedule:
  - {do: [labs], on: [1, 3], after: ablation}
endpoints:
  os: {role: primary, kind: time_to_event, from: randomisation, event: death, horizon: 2 years}
assumptions:
  accrual: {per_month: 3, source: ours}
  age: {distribution: constant, value: 60 years, source: ours}
  ecog: {chances: {0: 0.5, 1: 0.3, 2: 0.2}, source: ours}
  lesion_count: {distribution: constant, value: 3, source: ours}
  diameter: {distribution: uniform, low: 10 mm, high: 30 mm, source: ours}
  response: {chances: {PR: 1}, source: ours}
  bilirubin: {distribution: normal, mean: 14 umol/L, sd: 4 umol/L, low: 3, high: 60, change: 2 umol/L, source: ours}
  induction: {distribution: constant, value: 2, source: ours}
  death: {distribution: exponential, from: randomisation, median: {control: 10 months}, hazard_ratio: 0.5, source: ours}
"""


@cache
def tiny(*changes: tuple[str, str]) -> Study:
    """The study, with lines changed."""
    text = TINY
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    made = study(text)
    assert made.is_sound, made.check()
    return made


def without(name: str) -> tuple[str, str]:
    """A change that leaves an assumption out."""
    line = next(line for line in TINY[TINY.index("assumptions:") :].splitlines() if line.startswith(f"  {name}:"))
    return line + "\n", ""


NOBODY_DIES = (
    next(line.strip() for line in TINY.splitlines() if line.startswith("  death: ")),
    "death: {per_month: 0, source: ours}",
)
