"""Measured values, scores, costs and courses: by hand, a few values at a time."""

import json
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.chart import chart
from equipoise.endpoints import Absent, Measurement, Outcome, Trajectory, outcome
from equipoise.study import study
from equipoise.transcript import read_events

ONE = """
equipoise: 1
study: one
title: One endpoint
design: {{type: observational}}
activities:
  labs: {{repeats: yes, items: {{cea: {{type: real}}, albumin: {{type: real}}}}}}
  form:
    repeats: yes
    items:
      q1: {{type: integer}}
      q2: {{type: integer}}
      q3: {{type: yes_no}}
      pain: {{type: choice, of: [none, mild, bad], ordered: true}}
  bill: {{repeats: yes, cost: true, items: {{theatre: {{type: quantity, unit: EUR}}, ward: {{type: quantity, unit: EUR}}}}}}
endpoints:
  it: {{{endpoint}}}
"""


def told(endpoint: str, *events: tuple[str, str, dict[str, object]], until: str = "2024-12-31") -> Outcome:
    trial = study(ONE.format(endpoint=endpoint))
    assert trial.is_sound, trial.check()
    lines = [{"on": "2024-01-01", "do": "enrolment"}, *({"on": on, "do": do, "items": items} for on, do, items in events)]
    read, findings = read_events("\n".join(map(json.dumps, lines)), trial, participant="p")
    assert not findings, findings
    return outcome(trial.protocol.endpoints["it"], trial, chart(trial, read, until=date.fromisoformat(until)))


def number(endpoint: str, *events: tuple[str, str, dict[str, object]]) -> tuple[float, date, int]:
    it = told(endpoint, *events)
    assert isinstance(it, Measurement), it
    return it.value, it.on, it.count


def cea(on: str, value: float) -> tuple[str, str, dict[str, object]]:
    return on, "labs", {"cea": value}


CEA = "kind: measurement, from: enrolment, item: cea"
FOUR = [cea("2023-12-01", 9), cea("2024-02-01", 4), cea("2024-03-01", 2), cea("2024-04-01", 6)]


@pytest.mark.parametrize(
    ("combine", "value"),
    [("last", 6.0), ("sum", 12.0), ("mean", 4.0), ("worst", 6.0), ("best", 2.0)],
)
def test_values_after_the_origin_become_one(combine: str, value: float) -> None:
    # 4, 2 and 6; the 9 was measured before the origin.
    assert number(f"{CEA}, combine: {combine}", *FOUR) == (value, date(2024, 4, 1), 3)


def test_the_horizon_leaves_out_what_comes_after_it_and_keeps_its_own_day() -> None:
    # Two months after 1 January is 1 March.
    assert number(f"{CEA}, horizon: 2 months", *FOUR)[:2] == (2.0, date(2024, 3, 1))


def test_without_an_origin_that_is_said_a_value_before_enrolment_counts_too() -> None:
    assert number("kind: measurement, item: cea", FOUR[0]) == (9.0, date(2023, 12, 1), 1)


def test_the_value_nearest_to_a_time_within_its_window_and_of_two_as_near_the_earlier() -> None:
    at = f"{CEA}, at: 2 months, window: ±10 days"  # 1 March: 20 February to 11 March
    assert number(at, cea("2024-02-20", 1), cea("2024-03-04", 2), cea("2024-03-12", 3))[0] == 2.0
    assert number(at, cea("2024-02-28", 1), cea("2024-03-03", 2))[0] == 1.0
    assert isinstance(told(at, cea("2024-02-19", 1), cea("2024-03-12", 3)), Absent)


def test_an_answer_that_cannot_be_read_is_no_value() -> None:
    trial = study(ONE.format(endpoint=CEA))
    read, findings = read_events(
        '{"on": "2024-01-01", "do": "enrolment"}\n{"on": "2024-02-01", "do": "labs", "items": {"cea": "low"}}', trial
    )
    assert findings
    it = outcome(trial.protocol.endpoints["it"], trial, chart(trial, read, until=date(2024, 12, 31)))
    assert isinstance(it, Absent) and it.why == "has no value of cea at that time"


def test_codes_in_order_count_as_their_rank_and_yes_as_one() -> None:
    pain = "kind: measurement, from: enrolment, item: pain, combine: worst"
    told_ = [
        ("2024-02-01", "form", {"pain": "mild"}),
        ("2024-03-01", "form", {"pain": "bad"}),
        ("2024-04-01", "form", {"pain": "none"}),
    ]
    assert number(pain, *told_)[0] == 2.0  # type: ignore[arg-type]
    assert number("kind: measurement, from: enrolment, item: q3", ("2024-02-01", "form", {"q3": "yes"}))[0] == 1.0


SCORE = "kind: score, from: enrolment, items: [q1, q2, q3]"
WHOLE: dict[str, object] = {"q1": 3, "q2": 4, "q3": "yes"}


def test_a_score_is_of_the_last_form_that_was_answered_whole() -> None:
    half = ("2024-03-01", "form", {"q1": 1, "q2": 1})
    assert number(SCORE, ("2024-02-01", "form", WHOLE), half) == (8.0, date(2024, 2, 1), 1)  # type: ignore[arg-type]
    assert isinstance(told(SCORE, half), Absent)  # type: ignore[arg-type]
    assert number(f"{SCORE}, combine: mean", ("2024-02-01", "form", {**WHOLE, "q2": 5}))[0] == 3.0
    # Answers of two days are not one questionnaire.
    rest = ("2024-03-02", "form", {"q3": "yes"})
    assert isinstance(told(SCORE, half, rest), Absent)  # type: ignore[arg-type]
    assert isinstance(told(SCORE, ("2023-12-01", "form", WHOLE)), Absent)


def test_a_score_may_be_that_of_a_time() -> None:
    at = f"{SCORE}, at: 2 months, window: ±10 days"
    forms = [(f"2024-0{month}-02", "form", {**WHOLE, "q1": month}) for month in (2, 3, 4)]
    assert number(at, *forms)[:2] == (8.0, date(2024, 3, 2))
    assert isinstance(told(at, forms[0], forms[2]), Absent)


COST = "kind: cost, from: enrolment, items: [theatre, ward], horizon: 3 months"


def test_a_cost_is_summed_from_the_origin_to_the_horizon_both_days_in() -> None:
    bills: list[tuple[str, str, dict[str, object]]] = [
        ("2023-12-31", "bill", {"theatre": "1000 EUR"}), ("2024-01-01", "bill", {"theatre": "200 EUR", "ward": "30 EUR"}),
        ("2024-04-01", "bill", {"ward": "4 EUR"}), ("2024-04-02", "bill", {"ward": "5000 EUR"}),
    ]  # fmt: skip
    assert number(COST, *bills) == (234.0, date(2024, 4, 1), 3)
    assert isinstance(told(COST, bills[0]), Absent)


def test_a_course_counts_days_from_the_origin_for_each_item() -> None:
    course = "kind: trajectory, from: enrolment, items: [cea, albumin], horizon: 3 months"
    it = told(course, ("2024-01-01", "labs", {"cea": 9, "albumin": 40}), cea("2024-02-01", 4), cea("2024-05-01", 1))
    assert isinstance(it, Trajectory)
    assert sorted(it.points) == [("albumin", 0, 40.0), ("cea", 0, 9.0), ("cea", 31, 4.0)]
    assert isinstance(told(course), Absent)


@given(st.lists(st.tuples(st.integers(-30, 300), st.floats(-100, 100)), min_size=1, max_size=8))
def test_whatever_they_are_made_into_it_lies_among_the_values(found: list[tuple[int, float]]) -> None:
    told_ = [cea((date(2024, 1, 1) + timedelta(days=day)).isoformat(), value) for day, value in found]
    inside = [value for day, value in found if day >= 0]
    for combine in ("last", "mean", "worst", "best"):
        it = told(f"{CEA}, combine: {combine}", *told_)
        if not inside:
            assert isinstance(it, Absent)
        else:
            assert isinstance(it, Measurement) and it.count == len(inside)
            assert min(inside) - 1e-9 <= it.value <= max(inside) + 1e-9
