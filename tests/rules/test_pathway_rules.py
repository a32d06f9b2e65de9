"""Rules about the pathway: cases beside each rule's own pair of studies."""

from datetime import date

import pytest

from equipoise.chart import chart
from equipoise.finding import Finding, Severity
from equipoise.study import Study, study
from equipoise.transcript import read_events
from equipoise.witness import shown

HEAD = """
equipoise: 1
study: case
title: A case
design: {type: observational}
activities:
  scan: {repeats: true, items: {response: {type: choice, of: [PR, PD]}, size: {type: quantity, unit: mm, range: 0..500}}}
  labs: {repeats: true, items: {platelets: {type: quantity, unit: 10^9/L, range: 0..5000}}}
  cycle: {repeats: true, lasts: 14 days}
  session: {repeats: true}
  progression: {repeats: true}
closed: [cycle, session]
"""


def made(pathway: str, more: str = "", head: str = HEAD) -> Study:
    told = study(head + "pathway:" + pathway + more)
    assert told.is_sound, told.findings
    return told


def heard(rule: str, pathway: str, more: str = "", head: str = HEAD) -> list[Finding]:
    return [each for each in made(pathway, more, head).check() if each.rule == rule]


# --- dead ends -----------------------------------------------------------------------------------------------------------

UNTOLD = """
  start: looking
  steps:
    looking:
      do: [labs]
      decide:
        - {when: not exists progression, to: treating}
        - otherwise: over
      unknown: wait
    treating: {do: [session], next: over}
    over: {end: true}
"""


def test_what_nobody_can_ever_say_did_not_happen_stops_the_way() -> None:
    (found,) = heard("dead-end", UNTOLD)
    assert "nobody can tell that 'progression' did not happen" in found.says and "closed" in found.fix and found.witness
    assert not heard("dead-end", UNTOLD, head=HEAD.replace("closed: [", "closed: [progression, "))


BLIND = """
  start: choosing
  steps:
    choosing:
      decide:
        - {when: response == PR, to: treating}
        - otherwise: over
      unknown: wait
    treating: {do: [session], next: looking}
    looking: {do: [scan], next: over}
    over: {end: true}
"""


def test_a_decision_on_what_is_only_asked_for_later_stops_the_way() -> None:
    (found,) = heard("dead-end", BLIND)
    assert "it turns on 'scan'" in found.says and found.about == "choosing"
    assert not heard("dead-end", BLIND.replace("choosing:\n", "choosing:\n      do: [scan]\n", 1))


def test_a_blank_answer_is_no_dead_end_where_it_can_be_asked_again() -> None:
    asks = BLIND.replace("      decide:", "      do: [scan]\n      decide:", 1)
    assert not [each for each in made(asks).check() if each.rule == "dead-end"]


USED_UP = """
  start: readiness
  steps:
    readiness:
      do: [labs]
      guard: platelets >= 50 10^9/L
      retry: {every: 1 week, for: 4 weeks}
      on_timeout: pause
      next: treating
    pause: {limit: 1, next: readiness}
    treating: {do: [session], next: over}
    over: {end: true}
"""


def test_a_time_out_that_leads_nowhere_any_more_is_a_dead_end() -> None:
    (found,) = heard("dead-end", USED_UP)
    assert "'pause'" in found.says and found.about == "readiness" and found.severity is Severity.ERROR


BOARD = """
  start: board
  steps:
    board:
      by: mdt
      decide:
        - {option: operate, to: treating}
        - {option: wait, otherwise: waiting}
      unknown: wait
    treating: {do: [session], limit: 1, next: board}
    waiting: {do: [labs], limit: 2, next: board}
"""


def test_people_who_have_nothing_left_to_choose_stand_at_a_dead_end() -> None:
    (found,) = heard("dead-end", BOARD)
    assert found.about == "board" and found.witness.count('"decide"') == 3


def test_the_witness_of_a_dead_end_is_a_file_of_events_that_stands_there() -> None:
    told = made(BOARD)
    (found,) = [each for each in told.check() if each.rule == "dead-end"]
    events, faults = read_events(found.witness, told, participant="w")
    assert not faults
    day, says = shown(found.witness)
    known = chart(told, events, until=date.fromisoformat(day))
    (here,) = known.positions
    assert here.step == "board" and not (here.owed or here.options) and "stands at 'board'" in says
    assert not known.deviations


# --- branches ------------------------------------------------------------------------------------------------------------

BRANCHES = """
  start: looking
  steps:
    looking:
      do: [scan]
      decide:
        - {when: FIRST, to: treating}
        - {when: SECOND, to: waiting}
        - otherwise: over
      unknown: wait
    treating: {do: [session], next: over}
    waiting: {do: [labs], next: over}
    over: {end: true}
"""


def branches(first: str, second: str) -> str:
    return BRANCHES.replace("FIRST", first).replace("SECOND", second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("size <= 20 mm", "size <= 2 cm"),
        ("response == PR", "response == PR and size < 5 mm"),
        ("response != PD", "response == PR"),
        ("size > 5 mm or response == PR", "response == PR"),
        ("size * 2 > 10 mm", "size > 6 mm"),
        ("response == PR", "count(session) >= 1"),
        ("response == PR", "exists cycle within 2 days of session"),
    ],
)
def test_a_branch_that_others_leave_nothing_is_never_taken(first: str, second: str) -> None:
    (found, *_) = heard("branch-never-taken", branches(first, second))
    assert found.about == "looking" and "'waiting'" in found.says


@pytest.mark.parametrize(
    ("first", "second"),
    [("size < 20 mm", "size < 50 mm"), ("response == PR", "size < 5 mm"), ("size > 5 mm and response == PR", "response == PR")],
)
def test_a_general_branch_after_a_special_one_is_taken(first: str, second: str) -> None:
    assert not heard("branch-never-taken", branches(first, second))


def test_what_stands_behind_a_branch_that_everybody_meets_is_never_taken() -> None:
    (found,) = heard("branch-never-taken", branches("response == PR or response == PD", "size < 5 mm"))
    assert "everybody meets" in found.says


def test_an_option_whose_condition_nobody_meets_is_never_proposed() -> None:
    text = BOARD.replace("limit: 1", "limit: 2").replace("option: operate,", "option: operate, when: platelets > 6000 10^9/L,")
    found = heard("branch-never-taken", text)
    assert [each.about for each in found] == ["board"] and "never proposed" in found[0].says


@pytest.mark.parametrize(
    ("first", "second", "overlap"),
    [
        ("size < 20 mm", "response == PR", True),
        ("size < 20 mm", "size > 10 mm", True),
        ("size < 20 mm", "size < 50 mm", False),
        ("size < 20 mm", "size >= 20 mm", False),
        ("response == PR", "response == PD", False),
        ("size < 20 mm and response == PR", "size > 10 mm and response == PD", False),
    ],
)
def test_branches_overlap_where_somebody_meets_both_and_each_is_met_alone(first: str, second: str, overlap: bool) -> None:
    found = heard("branches-overlap", branches(first, second))
    assert bool(found) == overlap
    assert all(each.witness and each.severity is Severity.WARNING for each in found)


def test_a_branch_for_one_arm_before_branches_for_all_is_no_overlap() -> None:
    arms = "arms: {ablated: {}, control: {}}\n"
    text = "\n  begins: assignment" + branches("arm == control", "response == PR")
    assert not heard("branches-overlap", text, arms)


# --- guards, requirements, stops -------------------------------------------------------------------------------------------

GUARDED = """
  start: giving
  steps:
    giving: {repeat: cycle, times: 2..4, stop: STOP, next: readiness}
    readiness:
      do: [labs]
      guard: GUARD
      retry: {every: 1 week, for: 8 weeks}
      on_timeout: over
      next: treating
    treating: {do: [session], require: [REQUIRED], next: over}
    over: {end: true}
"""


def guarded(
    *, guard: str = "platelets >= 50 10^9/L", stop: str = "response == PD", required: str = "platelets > 20 10^9/L"
) -> str:
    return GUARDED.replace("GUARD", guard).replace("STOP", stop).replace("REQUIRED", required)


@pytest.mark.parametrize(
    ("which", "statement", "word"),
    [
        ("guard", "platelets > 6000 10^9/L", "nobody"),
        ("guard", "count(cycle) > 4", "nobody"),
        ("guard", "count(cycle) >= 2", "everybody"),
        ("guard", "platelets >= 0 10^9/L", "everybody"),
        ("stop", "count(cycle) >= 1", "everybody"),
        ("stop", "exists session", "nobody"),
        ("required", "size > 3 mm and size < 2 mm", "nobody"),
        ("required", "size > 3 mm or size < 4 mm", "everybody"),
    ],
)
def test_what_decides_nothing_is_found(which: str, statement: str, word: str) -> None:
    found = heard("guard-never-met", guarded(**{which: statement}))
    assert len(found) == 1 and word in found[0].says


def test_what_some_meet_and_some_do_not_is_sound() -> None:
    assert not heard("guard-never-met", guarded())
    assert not heard("guard-never-met", guarded(guard="count(cycle) >= 3", required="exists cycle within 4 weeks before today"))


# --- distances ---------------------------------------------------------------------------------------------------------------

APART = """
  start: giving
  steps:
    giving: {repeat: cycle, times: 2, next: treating}
    treating: {do: [session], apart: [{from: cycle, at_least: 3 weeks}], next: over}
    over: {end: true}
"""


def test_a_line_of_the_schedule_that_comes_too_soon_is_found() -> None:
    near = "schedule:\n  - {do: [cycle], at: 1 week, after: session, window: ±1 week}\n"
    far = near.replace("1 week, after", "3 weeks, after")
    assert "the schedule asks for cycle 1 week after session" in heard("distance-cannot-be-kept", APART, near)[0].says
    assert not heard("distance-cannot-be-kept", APART, far)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("giving: {repeat: cycle, times: 2,", "giving: {repeat: cycle, times: 2, apart: [{from: cycle, at_least: 4 weeks}],"),
        ("do: [session], apart", "do: [session, labs, cycle], within: 2 weeks, apart"),
        ("do: [session], apart", "do: [session], within: 6 days, apart"),
    ],
)
def test_a_pace_or_a_time_that_is_shorter_than_the_distance_is_found(old: str, new: str) -> None:
    assert old in APART and heard("distance-cannot-be-kept", APART.replace(old, new))


def test_a_distance_that_time_allows_is_sound() -> None:
    assert not heard("distance-cannot-be-kept", APART)
    assert not heard("distance-cannot-be-kept", APART.replace("do: [session], apart", "do: [session], within: 1 week, apart"))


# --- arms, limits, promises -----------------------------------------------------------------------------------------------

ARMS = """
  begins: assignment
  start: looking
  steps:
    looking:
      do: [scan]
      decide:
        - {when: arm == ablated or response == PD, to: treating}
        - otherwise: giving
      unknown: wait
    treating: {do: [session], next: giving}
    giving: {repeat: cycle, times: 1..2, next: over}
    over: {end: true}
"""


def test_an_arm_that_comes_to_what_another_gives_is_warned_of_with_a_participant() -> None:
    arms = "arms: {ablated: {gives: [session, cycle]}, control: {gives: [cycle]}}\n"
    (found,) = heard("arm-never-gets-its-treatment", ARMS, arms)
    assert found.severity is Severity.WARNING and found.about == "control" and '"do": "session"' in found.witness
    assert not heard("arm-never-gets-its-treatment", ARMS.replace(" or response == PD", ""), arms)


def test_what_an_arm_gives_and_no_step_asks_for_is_found() -> None:
    arms = "arms: {ablated: {gives: [session, cycle, labs]}, control: {gives: [cycle]}}\n"
    found = heard("arm-never-gets-its-treatment", ARMS.replace(" or response == PD", ""), arms)
    assert [each.about for each in found] == ["ablated"] and "'labs'" in found[0].says


def test_a_step_behind_a_step_that_is_never_entered_is_not_said_as_well() -> None:
    text = branches("response == PR and response == PD", "size < 5 mm").replace(
        "treating: {do: [session], next: over}", "treating: {do: [session], next: after}\n    after: {do: [labs], next: over}"
    )
    assert [each.about for each in heard("step-never-entered", text)] == ["treating"]


def test_nothing_is_said_of_promises_while_errors_stand_in_the_way() -> None:
    text = HEAD + "pathway:" + BOARD + "promises:\n  - {never: exists session}\n  - {never: exists nonsense}\n"
    found = {each.rule for each in study(text).check()}
    assert "expression" in found and not found & {"promise-not-decided", "promise-broken"}


def test_a_promise_for_the_end_is_broken_where_the_way_ends_without_it() -> None:
    text = branches("response == PR", "size < 5 mm")
    (found,) = heard("promise-broken", text, "promises:\n  - {eventually: exists session or exists labs}\n")
    assert "come to an end" in found.says and found.witness
    assert not heard("promise-broken", text, "promises:\n  - {eventually: exists scan or exists death or exists withdrawal}\n")


FOR_EVER = """
  start: readiness
  steps:
    readiness: {do: [labs], guard: platelets >= 50 10^9/L, next: treating}
    treating: {do: [session], next: over}
    over: {end: true}
"""


def test_who_waits_for_ever_never_comes_to_what_is_promised_for_the_end() -> None:
    promise = "promises:\n  - {eventually: exists session or exists death or exists withdrawal}\n"
    (found,) = heard("promise-broken", FOR_EVER, promise)
    assert "nothing left to do there" in found.witness
    tried = FOR_EVER.replace("next: treating}", "retry: {every: 1 week, for: 8 weeks}, on_timeout: treating, next: treating}")
    assert not heard("promise-broken", tried, promise)
    assert not heard("dead-end", FOR_EVER)  # that a guard has no time-out is found while the file is read


def test_a_guard_on_what_is_not_recorded_any_more_is_a_dead_end() -> None:
    text = """
  start: looking
  steps:
    looking: {do: [scan], next: fit}
    fit: {guard: size < 50 mm, next: treating}
    treating: {do: [session], next: over}
    over: {end: true}
"""
    (found,) = heard("dead-end", text)
    assert found.about == "fit" and "'scan'" in found.says and found.severity is Severity.ERROR
    assert not heard("dead-end", text.replace("fit: {guard", "fit: {do: [scan], guard"))
