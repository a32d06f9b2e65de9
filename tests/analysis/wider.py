"""A small trial with a questionnaire, bills and a marker, for the tests of what is less often analysed."""

from collections.abc import Mapping

from analysis.invented import UNTIL, Happened, people
from equipoise.analysis import Result, analyse
from equipoise.study import Study, study

TEXT = """
equipoise: 1
study: wider
title: A wider trial
status: {status}
design: {{type: interventional, allocation: randomised}}
activities:
  baseline: {{items: {{age: {{type: quantity, unit: years}}, frail: {{type: yes_no}},
                      stage: {{type: choice, of: [I, II, III], ordered: yes}}}}}}
  sheet: {{repeats: true, items: {{a: {{type: score, range: 1..5}}, b: {{type: score, range: 1..5}},
                                 c: {{type: score, range: 1..5}}, d: {{type: score, range: 1..5}}}}}}
  bill: {{repeats: true, items: {{spent: {{type: real, unit: EUR}}}}}}
  labs: {{repeats: true, items: {{marker: {{type: real}}}}}}
define:
  points: (if frail then 1 else 0) + (if age >= 70 years then 1 else 0)
arms:
  new: {{label: New, role: experimental}}
  old_way: {{label: Old, role: no_intervention}}
endpoints:
  os: {{role: primary, kind: time_to_event, from: enrolment, event: death, horizon: 1000 days}}
  harm: {{kind: occurrence, from: enrolment, event: adverse_event, within: 100 days}}
  content: {{kind: score, from: enrolment, items: [a, b, c, d], combine: sum}}
  money: {{kind: cost, from: enrolment, item: spent, horizon: 1000 days}}
  level: {{kind: trajectory, from: enrolment, item: marker, horizon: 1000 days}}
analyses:
  one: {analysis}
"""
CONTRAST = "estimand: {population: randomised, contrast: new vs old_way}"


def wider(analysis: str, *, status: str = "completed") -> Study:
    """The trial with one analysis, a mapping in YAML."""
    found = study(TEXT.format(analysis=analysis, status=status))
    assert found.is_sound, [str(each) for each in found.check()]
    return found


def result(analysis: str, everyone: Mapping[str, Happened], *, status: str = "completed") -> Result:
    """What the analysis comes to."""
    told = wider(f"{{{analysis}, {CONTRAST}}}", status=status)
    return next(each for each in analyse(told, people(told, everyone), until=UNTIL) if each.is_declared)
