"""Small studies that several tests read: a loop with everything in it, and nothing more than it takes."""

from functools import cache

from equipoise.study import Study, study

LOOP = """
equipoise: 1
study: loop
version: 1.0.0
title: Induction, ablation up to three times, follow-up
design: {type: interventional, allocation: non_randomised}
activities:
  baseline: {items: {age: {type: integer, unit: years, range: 0..120}, ecog: {type: integer, range: 0..5}}}
  cycle: {label: Cycle of therapy, lasts: 14 days}
  imaging: {label: CT, lesions: true, items: {response: {type: choice, of: [CR, PR, SD, PD]}}}
  labs: {items: {platelets: {use: labs.platelets}, bilirubin: {use: labs.bilirubin}}}
  rfa: {label: RFA, procedure: true, treats: ablated, repeats: yes, items: {lesions_ablated: {type: lesions}}}
  progression: {repeats: yes}
closed: [consent, rfa, cycle, adverse_event, progression]
define:
  fit: platelets >= 50 10^9/L and bilirubin <= 2 x ULN
  responding: last(response) in (CR, PR, SD)
eligibility:
  - {id: adult, include: age >= 18 years}
  - {id: well, include: ecog <= 1}
  - {id: unable, exclude: {judge: "Is there a reason against ablation?", by: investigator}}
arms: {rfa_arm: {label: RFA, gives: [rfa]}, control: {label: Control}}
pathway:
  start: induction
  steps:
    induction: {repeat: cycle, times: 2..4, next: restaging}
    restaging:
      do: [imaging]
      decide:
        - {when: responding and arm == rfa_arm and count(rfa) < 3, to: readiness}
        - {when: responding, to: continuation}
        - {otherwise: done}
      unknown: wait
    readiness: {do: [labs], guard: fit, retry: {every: 1 week, for: 4 weeks}, on_timeout: done, next: ablation}
    ablation:
      do: [rfa]
      require: [count(lesions_ablated) between 2 and 6]
      limit: 3
      apart: [{from: cycle, at_least: 1 week}]
      next: consolidation
    consolidation: {repeat: cycle, times: 1..2, next: restaging}
    continuation: {repeat: cycle, times: 1..8, next: done}
    done: {end: true}
schedule:
  - {do: [labs], on: [1, 3, 7], after: rfa, for each: each}
  - {do: [imaging], every: 3 months, from: off_treatment, until: 2 years, window: ±2 weeks}
  - {do: [imaging], every: 6 months, from: off_treatment, starting: 30 months, window: ±1 month}
endpoints:
  os: {role: primary, kind: time_to_event, from: enrolment, event: death, censor: last_known_alive, horizon: 2 years}
  pfs: {kind: time_to_event, from: enrolment, event: [progression, death], censor: last_known_alive}
"""

BOARD = """
equipoise: 1
study: board
version: 2.0.0
title: A decision that people take
design: {type: observational}
activities:
  imaging: {items: {response: {type: choice, of: [CR, PR, SD, PD]}}}
  surgery: {procedure: true}
  cycle: {lasts: 14 days}
pathway:
  start: evaluation
  steps:
    evaluation: {do: [imaging], next: gate}
    gate:
      by: mdt
      quorum: 3
      decide:
        - {when: "last(response) in (CR, PR)", option: operate, to: operation}
        - {option: go_on, otherwise: more}
      unknown: wait
    more: {repeat: cycle, times: 2, next: second_look}
    second_look: {limit: 2, next: evaluation}
    operation: {do: [surgery], next: over}
    over: {end: true}
  anywhere:
    - {on: withdrawal, end: all}
"""


@cache
def loop() -> Study:
    """The study with a loop."""
    return study(LOOP)


@cache
def board() -> Study:
    """The study with a tumour board."""
    return study(BOARD)
