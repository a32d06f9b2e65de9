"""Fair comparisons from records: by hand, as the kernels give them on R's data, and what is refused."""

import csv
import json
from datetime import date, timedelta
from math import exp
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis.invented import UNTIL, people
from equipoise.analysis import Result, analyse
from equipoise.calendar import When
from equipoise.chart import Chart, chart
from equipoise.events import Recorded
from equipoise.study import Study, study

RECORDS = """
equipoise: 1
study: records
title: What records say
design: {{type: observational}}
closed: [surgery]
activities:
  baseline: {{items: {{drug: {{type: yes_no}}, frail: {{type: yes_no}}, kind: {{type: choice, of: [a, b, c]}}}}}}
  surgery: {{repeats: false}}
  visit: {{items: {{points: {{type: real}}}}}}
define:
  given: drug
  not_given: not drug
  operated: exists surgery
  not_operated: not exists surgery
endpoints:
  points: {{kind: measurement, item: points}}
  os: {{kind: time_to_event, from: enrolment, event: death}}
  early: {{kind: occurrence, from: enrolment, event: death, within: 30 days}}
analyses:
  one: {{{analysis}}}
"""
POINTS = "endpoint: points, adjust: [frail], estimand: {contrast: given vs not_given}"
OS = "endpoint: os, adjust: [frail], estimand: {contrast: given vs not_given, summary: hazard_ratio}"

# Of four who are not frail one was given the drug, of four frail ones three. Within each the drug adds 8 and 10 points.
EIGHT = [
    (True, False, 10.0), (False, False, 1.0), (False, False, 2.0), (False, False, 3.0),
    (True, True, 20.0), (True, True, 22.0), (True, True, 24.0), (False, True, 12.0),
]  # fmt: skip


def records(analysis: str) -> Study:
    told = study(RECORDS.format(analysis=analysis))
    assert told.is_sound, [str(each) for each in told.check()]
    return told


def eight(more: dict[str, Any] | None = None) -> dict[str, Any]:
    held = {
        str(index): [("baseline", 0, {"drug": drug, "frail": frail}), ("visit", 3, {"points": points}),
                     ("death", 10 + 7 * index % 40 + index)]
        for index, (drug, frail, points) in enumerate(EIGHT)
    }  # fmt: skip
    return {**held, **(more or {})}


def only(analysis: str, everyone: dict[str, Any] | None = None, **how: bool) -> Result:
    told = records(analysis)
    charts = people(told, eight() if everyone is None else everyone)
    return next(each for each in analyse(told, charts, until=UNTIL, **how) if each.is_declared)


@pytest.mark.parametrize(
    ("method", "difference"),
    # Everyone: (8 + 10) / 2. Of the given, one of four is not frail: (8 + 3 x 10) / 4. Overlap: as many of each.
    # Matched: the first frail one given (20) with the one not given (12), and 10 with the first of those left, 1.
    [("iptw", 9.0), ("weighting", 9.0), ("iptw_att", 9.5), ("overlap", 9.0), ("matching", 8.5)],
)
def test_the_difference_by_hand(method: str, difference: float) -> None:
    found = only(f"{POINTS}, method: {method}")
    gap = found.estimate("Difference of means", "Given against Not given")
    assert gap.value == pytest.approx(difference, abs=1e-6)
    assert gap.lower < gap.value < gap.upper
    (row,) = found.balance
    assert row.label == "frail"
    assert row.before == pytest.approx(0.5 / (3 / 16) ** 0.5)
    assert row.after == pytest.approx(0, abs=1e-6)
    assert (row.first_before, row.second_before) == (0.75, 0.25)


def test_who_is_left_out_and_why() -> None:
    found = only(f"{POINTS}, method: matching")
    assert [(each.arm, each.participants) for each in found.arms] == [("given", 2), ("not_given", 2)]
    assert {(each.why, each.participants) for each in found.left_out} == {
        ("Given: no match within the calliper", 2), ("Not given: not needed as a match", 2),
    }  # fmt: skip
    assert found.participants + sum(each.participants for each in found.left_out) == 8
    assert any("checked afterwards: 2 pairs" in each for each in found.method)


def test_who_has_nobody_alike_is_left_out_before_any_model() -> None:
    kinds = {str(index): "abba"[index % 4] for index in range(8)}
    everyone = {name: [(each[0], each[1], {**each[2], "kind": kinds[name]}) if each[0] == "baseline" else each
                       for each in happened] for name, happened in eight().items()}  # fmt: skip
    everyone["alone"] = [("baseline", 0, {"drug": True, "frail": True, "kind": "c"}), ("visit", 3, {"points": 99.0})]
    everyone["unknown"] = [("baseline", 0, {"drug": True, "kind": "a"}), ("visit", 3, {"points": 99.0})]
    found = only(f"{POINTS.replace('[frail]', '[frail, kind]')}, method: overlap", everyone)
    assert ("nobody of the other group is alike: kind c", 1) in {(each.why, each.participants) for each in found.left_out}
    assert ("a covariate not known at time zero (frail 1)", 1) in {(each.why, each.participants) for each in found.left_out}
    assert found.participants == 8


def test_groups_that_are_told_apart_get_a_sentence_and_no_number() -> None:
    everyone = {
        str(index): [("baseline", 0, {"drug": index > 3, "frail": index > 3}), ("visit", 3, {"points": float(index)})]
        for index in range(8)
    }
    found = only(f"{POINTS}, method: iptw", everyone)
    assert not found.estimates
    assert found.findings[-1].startswith("No comparison: ")
    assert "4, nobody of the other group is alike: frail no" in found.findings[0]


def test_survival_of_matched_pairs() -> None:
    found = only(f"{OS}, method: matching, test: logrank")
    assert [each.arm for each in found.curves] == ["given", "not_given"]
    assert found.tests[0].name == "Log-rank, stratified by matched pair"
    assert any("E-value" in each for each in found.findings) or any("No hazard ratio" in each for each in found.findings)


def test_shares_with_weights() -> None:
    found = only("endpoint: early, adjust: [frail], method: iptw, estimand: {contrast: given vs not_given}")
    gap = found.estimate("Difference of shares with the event", "Given against Not given")
    assert -1 <= gap.value <= 1
    assert found.arms[0].events is not None


@pytest.mark.parametrize(
    ("analysis", "says"),
    [
        ("endpoint: points, method: iptw, estimand: {contrast: given vs not_given}", "nothing under 'adjust'"),
        (f"{OS}, method: matching, time_dependent: true", "groups that are told once"),
        (f"{OS}, emulate: {{grace: 30 days}}, landmark: 30 days", "answer other questions"),
        (f"{POINTS}, emulate: {{grace: 30 days}}", "no time in which to begin"),
        ("endpoint: os, adjust: [frail], method: overlap, estimand: {contrast: given}", "compares two groups"),
        (f"{OS.replace('given vs not_given', 'operated vs not_operated')}, method: matching", "only after time zero"),
    ],
)
def test_what_is_refused_says_why(analysis: str, says: str) -> None:
    late = {
        name: [*happened[:2], ("surgery", 5), happened[2]] if int(name) % 2 else happened for name, happened in eight().items()
    }
    found = only(analysis, late)
    assert not found.estimates
    assert says in " ".join(found.findings)


# --- populations ------------------------------------------------------------------------------------------------------


def operated() -> dict[str, Any]:
    return {
        name: [*happened[:2], ("surgery", 5), happened[2]] if int(name) % 2 else happened for name, happened in eight().items()
    }


def test_a_population_told_by_a_later_event_is_refused() -> None:
    found = only("endpoint: os, method: kaplan_meier, estimand: {population: operated}", operated())
    assert not found.estimates
    assert "for 4 of 4 participants" in found.findings[0]
    assert "only after time zero" in found.findings[0]


def test_at_a_landmark_it_is_told_then() -> None:
    late = {**operated(), "9": [("baseline", 0, {"drug": True}), ("surgery", 20), ("death", 50)]}
    found = only("endpoint: os, method: kaplan_meier, landmark: 7 days, estimand: {population: operated}", late)
    assert found.participants == 4
    assert ("not operated by the landmark", 1) in {(each.why, each.participants) for each in found.left_out}


def test_the_treated_are_noted_where_they_are_described_alone() -> None:
    text = RECORDS.replace("surgery: {{repeats: false}}", "surgery: {{repeats: false, procedure: true}}")
    told = study(text.format(analysis="endpoint: os, method: kaplan_meier, estimand: {population: treated}"))
    found = next(each for each in analyse(told, people(told, operated()), until=UNTIL) if each.is_declared)
    assert found.estimates
    assert any("bound to live until then" in each for each in found.findings)


# --- the hearts of Stanford ---------------------------------------------------------------------------------------------

HEART = """
equipoise: 1
study: heart
title: Heart transplants
design: {type: observational}
closed: [transplant]
activities:
  baseline: {items: {age: {type: real}, surgery: {type: yes_no}}}
  transplant: {repeats: false}
define: {transplanted: exists transplant, waiting: not exists transplant}
endpoints:
  os: {kind: time_to_event, from: enrolment, event: death}
  year: {kind: time_to_event, from: enrolment, event: death, horizon: 365 days}
analyses:
  changing: {endpoint: os, method: cox, adjust: [age, surgery], time_dependent: true,
             estimand: {contrast: transplanted vs waiting}}
  emulated: {endpoint: os, method: cox, adjust: [age, surgery], emulate: {grace: 30 days},
             estimand: {contrast: transplanted vs waiting, summary: hazard_ratio}}
  matched: {endpoint: os, method: matching, adjust: [age, surgery], landmark: 30 days,
            estimand: {contrast: transplanted vs waiting, summary: hazard_ratio}}
"""


@pytest.fixture(scope="module")
def hearts(shared: Path) -> tuple[Study, dict[str, Chart], date]:
    told, charts, until = study(HEART), {}, date(1980, 1, 1)
    with (shared / "data" / "survival" / "jasa.csv").open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=1):
            zero, name = date.fromisoformat(row["accept.dt"]), str(number)
            happened: list[tuple[str, date, dict[str, Any]]] = [
                ("enrolment", zero, {}),
                ("baseline", zero, {"age": float(row["age"]), "surgery": row["surgery"] == "1"}),
                ("death" if row["fustat"] == "1" else "last_contact", zero + timedelta(days=int(row["futime"])), {}),
            ]
            if row["transplant"] == "1":
                happened.append(("transplant", zero + timedelta(days=int(row["wait.time"])), {}))
            events = [
                Recorded(id=str(index), participant=name, activity=what, on=When.on(on), values=values)
                for index, (what, on, values) in enumerate(happened)
            ]
            charts[name] = chart(told, events, until=until)
    return told, charts, until


@pytest.fixture(scope="module")
def heart_results(hearts: tuple[Study, dict[str, Chart], date]) -> dict[str, Result]:
    told, charts, until = hearts
    with pytest.MonkeyPatch.context() as fewer:
        fewer.setattr("equipoise.analysis.fair.RESAMPLES", 40)
        return {each.name: each for each in analyse(told, charts, until=until, naive=True)}


def test_the_naive_answer_stands_beside_the_fair_one_only_when_asked(
    hearts: tuple[Study, dict[str, Chart], date], heart_results: dict[str, Result], shared: Path
) -> None:
    told, charts, until = hearts
    theirs = json.loads((shared / "data" / "survival" / "r_results.json").read_text("utf-8"))["immortal"]["naive"]
    (naive,) = heart_results["changing"].naive
    assert naive.value == pytest.approx(exp(theirs["coef"][0]), rel=1e-9)
    assert "not an estimate of what is declared" in heart_results["changing"].findings[-1]
    with pytest.MonkeyPatch.context() as fewer:
        fewer.setattr("equipoise.analysis.fair.RESAMPLES", 2)
        assert not any(each.naive for each in analyse(told, charts, until=until))


def test_an_emulated_trial_from_charts_is_that_of_the_arrays(heart_results: dict[str, Result], shared: Path) -> None:
    theirs = json.loads((shared / "data" / "survival" / "extra_reference.json").read_text("utf-8"))["ccw_jasa"]["G30"]
    found = heart_results["emulated"]
    ratio = found.estimate("Hazard ratio", "Transplanted against Waiting")
    assert ratio.value == pytest.approx(exp(theirs["weighted_cox_loghr"]), rel=1e-9)
    assert ratio.lower < ratio.value < ratio.upper
    for arm, key in (("transplanted", "surv_arm1_weighted"), ("waiting", "surv_arm0_weighted")):
        assert found.estimate("Free of the event after 1 year", arm).value == pytest.approx(theirs[key][2], rel=1e-9)
    assert found.participants == 103
    assert [each.participants for each in found.arms] == [41, 62]
    assert [each.label for each in found.curves] == ["Transplanted within 30 days", "Not within 30 days"]


def test_a_match_at_a_landmark(heart_results: dict[str, Result]) -> None:
    found = heart_results["matched"]
    assert len({each.participants for each in found.arms}) == 1
    assert found.participants + sum(each.participants for each in found.left_out) == 103
    assert found.estimate("Hazard ratio", "Transplanted against Waiting").lower > 0
    assert [each.label for each in found.balance] == ["age", "surgery"]
    assert np.isfinite([each.after for each in found.balance]).all()
