"""What is owed: targets by hand, states by their days, and that a record serves one target of a line."""

import json
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from equipoise.chart import Chart, chart
from equipoise.due import Due, due
from equipoise.study import Study, study
from equipoise.transcript import read_events
from small_studies import loop

ONE = """
equipoise: 1
study: one
title: One line at a time
design: {{type: observational}}
activities: {{visit: {{repeats: yes}}, surgery: {{repeats: yes}}, cycle: {{repeats: yes, lasts: 14 days}}, off: {{}}}}
schedule:
  - {line}
"""


def told(line: str, *events: dict[str, object], until: str) -> tuple[Study, Chart, tuple[Due, ...]]:
    made = study(ONE.format(line=line))
    assert made.is_sound, made.check()
    read, findings = read_events("\n".join(json.dumps(each) for each in events), made, participant="p")
    assert not findings, findings
    known = chart(made, read, until=date.fromisoformat(until))
    return made, known, due(made, known)


OFF: dict[str, object] = {"on": "2024-01-31", "do": "off"}


def targets(items: tuple[Due, ...]) -> list[str]:
    return [f"{each.target} {each.status}" for each in items]


def test_months_are_calendar_months_counted_from_the_anchor_so_they_do_not_drift() -> None:
    _, _, items = told("{do: [visit], every: 1 month, from: off, until: 4 months}", OFF, until="2024-02-01")
    assert [str(each.target) for each in items] == ["2024-02-29", "2024-03-31", "2024-04-30", "2024-05-31"]


def test_days_after_each_surgery() -> None:
    cut = [{"on": "2024-03-01", "do": "surgery"}, {"on": "2024-03-03", "do": "visit"}]
    line = "{do: [visit], on: [1, 3, 7], after: surgery, for each: each, window: -1..+1 days}"
    _, _, items = told(line, *cut, until="2024-03-06")
    # Day 1 is 2 March: the visit of the 3rd is in its window. Day 3 is the 4th: missed from the 6th on. Day 7 is the 8th.
    assert targets(items) == ["2024-03-02 done", "2024-03-04 missed", "2024-03-08 upcoming"]


def test_a_visit_before_the_anchor_serves_nothing_after_it() -> None:
    happened = [{"on": "2024-02-29", "do": "visit"}, {"on": "2024-03-01", "do": "surgery"}]
    _, _, items = told("{do: [visit], on: [1], after: surgery, for each: first}", *happened, until="2024-03-02")
    assert targets(items) == ["2024-03-02 open"]


def test_first_last_and_each_are_three_things() -> None:
    cuts = [{"on": "2024-03-01", "do": "surgery"}, {"on": "2024-04-01", "do": "surgery"}]
    for which, found in (("first", ["2024-03-31"]), ("last", ["2024-05-01"]), ("each", ["2024-03-31", "2024-05-01"])):
        line = f"{{do: [visit], at: 30 days, after: surgery, for each: {which}}}"
        assert [str(each.target) for each in told(line, *cuts, until="2024-04-01")[2]] == found


def test_a_line_counted_in_cycles_waits_for_the_cycle_to_end() -> None:
    cycles = [{"on": f"2024-01-{day:02}", "do": "cycle"} for day in (1, 15, 29)]
    cycles += [{"on": "2024-02-12", "do": "cycle"}]
    _, _, items = told('{do: [visit], every: "4 cycles of cycle", window: ±1 week}', *cycles, until="2024-02-20")
    assert targets(items) == ["2024-02-26 open"]
    assert items[0].because == "after 4 × cycle"


def test_open_ended_follow_up_lists_one_target_beyond_today() -> None:
    _, _, items = told("{do: [visit], every: 1 month, from: off, window: ±1 week}", OFF, until="2024-04-10")
    assert targets(items) == ["2024-02-29 missed", "2024-03-31 late", "2024-04-30 upcoming"]


def test_early_in_time_and_late_are_told_apart() -> None:
    line = "{do: [visit], every: 3 months, from: off, until: 9 months, window: ±1 week}"
    # Targets: 30 April, 31 July, 31 October.
    seen = [{"on": on, "do": "visit"} for on in ("2024-04-01", "2024-08-05", "2024-11-20")]
    assert targets(told(line, OFF, *seen, until="2024-12-31")[2]) == [
        "2024-04-30 early",
        "2024-07-31 done",
        "2024-10-31 done late",
    ]


def test_outside_the_hard_window_it_does_not_count() -> None:
    line = "{do: [visit], at: 3 months, after: off, window: ±1 week, hard: ±2 weeks}"
    assert targets(told(line, OFF, {"on": "2024-05-20", "do": "visit"}, until="2024-06-01")[2]) == ["2024-04-30 missed"]


def test_after_death_and_withdrawal_from_follow_up_what_was_still_open_is_void() -> None:
    line = "{do: [visit], every: 1 month, from: off, until: 3 months, window: ±1 week}"
    died = {"on": "2024-03-30", "do": "death"}
    assert targets(told(line, OFF, died, until="2024-12-31")[2]) == ["2024-02-29 missed", "2024-03-31 void", "2024-04-30 void"]
    left = {"on": "2024-02-20", "do": "withdrawal", "items": {"from": "follow_up"}}
    assert all(each.status == "void" for each in told(line, OFF, left, until="2024-12-31")[2])


def test_while_says_until_when_a_line_asks() -> None:
    line = "{do: [visit], every: 1 month, from: off, until: 3 months, while: not surgery_done}"
    made = study(ONE.format(line=line) + "define: {surgery_done: exists surgery}\nclosed: [surgery]\n")
    read, _ = read_events('{"on": "2024-01-31", "do": "off"}\n{"on": "2024-03-15", "do": "surgery"}', made)
    items = due(made, chart(made, read, until=date(2024, 6, 1)))
    assert [str(each.target) for each in items] == ["2024-02-29"]


def test_two_promises_that_want_one_activity_at_one_time_ask_once() -> None:
    line = (
        "{do: [visit], at: 30 days, after: off, window: ±1 week}\n  - {do: [visit], at: 1 month, after: off, window: ±1 week}"
    )
    _, _, items = told(line, OFF, until="2024-02-01")
    assert len(items) == 1
    assert "30 days after off" in items[0].because and "1 month after off" in items[0].because


def test_schedules_that_change_after_two_years() -> None:
    off = '{"on": "2024-01-10", "do": "enrolment"}\n{"on": "2024-01-31", "do": "off_treatment"}'
    read, _ = read_events(off, loop())
    days = [each.target for each in due(loop(), chart(loop(), read, until=date(2027, 9, 1))) if each.activity == "imaging"]
    months = [(each.year - 2024) * 12 + each.month - 1 for each in days]
    assert months == [3, 6, 9, 12, 15, 18, 21, 24, 30, 36, 42, 48]


def test_what_a_step_owes_keeps_its_distance() -> None:
    happened = [{"on": "2024-01-01", "do": "enrolment"}, {"on": "2024-01-01", "do": "assignment", "items": {"arm": "rfa_arm"}},
                {"on": "2024-01-02", "do": "cycle"}, {"on": "2024-01-30", "do": "cycle"},
                {"on": "2024-02-01", "do": "imaging", "items": {"response": "PR"}},
                {"on": "2024-02-02", "do": "labs", "items": {"platelets": "90 10^9/L", "bilirubin": {"value": "9 umol/L", "uln": "20 umol/L"}}}]  # fmt: skip
    read, _ = read_events("\n".join(json.dumps(each) for each in happened), loop())
    (item,) = [each for each in due(loop(), chart(loop(), read, until=date(2024, 2, 2))) if each.activity == "rfa"]
    assert item.opens == date(2024, 2, 6)


@given(st.lists(st.integers(0, 800), max_size=20), st.integers(0, 900))
def test_each_record_serves_one_target_and_pending_targets_have_no_record(days: list[int], cut: int) -> None:
    visits = [{"on": (date(2024, 1, 31) + timedelta(days=each)).isoformat(), "do": "visit"} for each in days]
    line = "{do: [visit], every: 2 months, from: off, until: 2 years, window: ±2 weeks}"
    _, known, items = told(line, OFF, *visits, until=(date(2024, 1, 31) + timedelta(days=cut)).isoformat())
    used = [each.event for each in items if each.event]
    assert len(used) == len(set(used))
    for each in items:
        assert each.opens <= each.target <= each.closes
        assert (each.done_on is None) == (each.status not in ("done", "early", "done late"))
        if each.status == "upcoming":
            assert known.until < each.opens
        if each.status == "open":
            assert each.opens <= known.until <= each.closes
        if each.status in ("late", "missed"):
            assert each.closes < known.until


def test_cycles_are_counted_anew_from_the_anchor() -> None:
    cycles = [{"on": f"2024-{month:02}-01", "do": "cycle"} for month in (1, 2, 3, 5, 6)]
    changed = {"on": "2024-04-15", "do": "off"}
    _, _, items = told('{do: [visit], every: "2 cycles of cycle", from: off}', *cycles, changed, until="2024-07-01")
    assert [(str(each.target), each.because) for each in items] == [("2024-06-15", "after 2 × cycle since off")]


def test_a_window_may_reach_back_before_its_anchor() -> None:
    early = {"on": "2024-01-20", "do": "visit"}
    assert targets(told("{do: [visit], on: [0], after: off, window: -28..+7 days}", early, OFF, until="2024-03-01")[2]) == [
        "2024-01-31 done"
    ]
