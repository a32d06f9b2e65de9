"""Small studies for the reports."""

from equipoise.study import Study, study

HEAD = """
equipoise: 1
study: small
version: 1.0.0
title: A small study
registrations: [{registry: ClinicalTrials.gov, id: NCT00000000}]
design: {type: interventional, allocation: randomised, masking: none}
activities:
  cycle: {label: Cycle, lasts: 14 days}
  labs: {label: Labs, items: {platelets: {use: labs.platelets}, response: {use: oncology.recist_response}}}
  ablation: {label: Ablation, procedure: true}
arms: {control: {label: Control}, ablation_arm: {label: Ablation}}
"""
SMALL = (
    HEAD
    + """
pathway:
  begins: randomisation
  start: induction
  steps:
    induction: {repeat: cycle, times: 2..4, next: restaging}
    restaging:
      do: [labs]
      decide:
        - {when: "response in (CR, PR)", to: board}
        - {otherwise: off}
      unknown: wait
    board:
      by: mdt
      quorum: 3
      decide:
        - {option: ablate, to: ready}
        - {option: stop, otherwise: off}
      unknown: wait
    ready:
      do: [labs]
      limit: 3
      guard: platelets >= 50 10^9/L
      retry: {every: 1 week, for: 8 weeks}
      on_timeout: off
      next: ablate
    ablate: {do: [ablation], next: restaging}
    off: {label: Off treatment, end: true}
  anywhere:
    - {on: death, end: all}
schedule:
  - {do: [labs], every: 3 months, from: randomisation, until: 2 years, window: ±2 weeks}
  - {do: [labs], every: 6 months, from: randomisation, starting: 30 months}
  - {do: [labs], on: [1, 3, 5], after: ablation, for each: each}
  - {do: [labs], every: 4 cycles of cycle}
endpoints:
  os: {label: Overall survival, role: primary, kind: time_to_event, from: randomisation, event: death,
       censor: last_known_alive, horizon: 2 years}
"""
)


def small(text: str = SMALL) -> Study:
    """A study that reads without errors."""
    found = study(text)
    assert found.is_sound, [str(each) for each in found.check()]
    return found


def with_pathway(pathway: str) -> Study:
    """A study with another pathway, whatever is wrong with it."""
    return study(HEAD + pathway)
