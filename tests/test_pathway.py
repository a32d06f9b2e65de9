"""Walks that nobody thought of: each states what is sensible, and that nothing that happened is lost or counted twice."""

import json
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.chart import Chart, chart
from equipoise.due import due
from equipoise.lesions import Sighting, Treated, lesions
from equipoise.pathway import MANY, _lesion_row, _telling
from equipoise.study import Study, study
from equipoise.transcript import read_events

HEAD = """
equipoise: 1
study: walk
title: A walk
design: {type: observational}
activities:
  ct: {repeats: yes, items: {response: {type: choice, of: [PR, PD]}}}
  labs: {repeats: yes, items: {platelets: {type: quantity, unit: 10^9/L}}}
  cycle: {repeats: yes}
  surgery: {repeats: yes}
  progression: {repeats: yes}
closed: [cycle, surgery]
"""
ENROLLED: dict[str, object] = {"on": "2024-01-01", "do": "enrolment"}


def walked(pathway: str, *told: dict[str, object], until: str = "2024-12-31", more: str = "", faults: bool = False) -> Chart:
    made = study(HEAD + more + "pathway:" + pathway)
    assert faults or made.is_sound, made.check()
    events, findings = read_events("\n".join(json.dumps(each) for each in told), made, participant="p")
    assert not findings, findings
    return chart(made, events, until=date.fromisoformat(until))


def steps(known: Chart) -> list[str]:
    return [f"{visit.step} {visit.entered:%m-%d}" for visit in known.visits]


def rules(known: Chart) -> list[str]:
    return [each.rule for each in known.deviations]


def did(on: str, activity: str, **items: object) -> dict[str, object]:
    return {"on": f"2024-{on}", "do": activity, "items": items}


# --- tracks ------------------------------------------------------------------------------------------------------------

TRACKS = """
  start: {treatment: induction, follow_up: watching}
  steps:
    induction: {repeat: cycle, times: 1..4, next: operation}
    operation: {do: [surgery], next: over}
    over: {end: true}
    watching: {track: follow_up, do: [ct], next: watched}
    watched: {track: follow_up, end: true}
    rescue: {track: follow_up, do: [labs], next: watched}
  anywhere:
    - {on: progression, to: rescue}
"""


def test_tracks_run_side_by_side_and_one_event_serves_the_track_that_asks() -> None:
    found = walked(TRACKS, ENROLLED, did("02-01", "ct"), did("02-02", "cycle"))
    assert steps(found) == ["induction 01-01", "watching 01-01", "watched 02-01"]
    assert {each.track: bool(each.ended) for each in found.positions} == {"treatment": False, "follow_up": True}
    assert not found.deviations


def test_an_event_may_move_another_track_and_leaves_its_own_alone() -> None:
    found = walked(TRACKS, ENROLLED, did("02-01", "progression"))
    assert steps(found) == ["induction 01-01", "watching 01-01", "rescue 02-01"]
    assert [each.step for each in found.positions] == ["rescue", "induction"]


def test_a_track_that_has_ended_stays_ended() -> None:
    found = walked(TRACKS, ENROLLED, did("02-01", "ct"), did("03-01", "progression"))
    assert steps(found)[-1] == "watched 02-01"


def test_an_event_that_skips_ahead_passes_through_what_asks_for_nothing() -> None:
    through = """
  start: induction
  steps:
    induction: {repeat: cycle, times: 1..4, next: pause}
    pause: {next: rest}
    rest: {next: operation}
    operation: {do: [surgery], next: over}
    over: {end: true}
"""
    found = walked(through, ENROLLED, did("02-01", "cycle"), did("02-20", "surgery"))
    assert [visit.step for visit in found.visits] == ["induction", "pause", "rest", "operation", "over"]
    assert not found.deviations


# --- before the beginning, after the end ---------------------------------------------------------------------------------


def test_what_happens_before_the_beginning_is_kept_and_is_a_deviation_if_the_pathway_alone_asks_for_it() -> None:
    early = {"on": "2023-12-20", "do": "surgery"}
    found = walked(TRACKS, early, {"on": "2023-12-21", "do": "last_contact"}, ENROLLED)
    assert [(each.rule, each.says) for each in found.deviations] == [("off-path", "Surgery took place before enrolment")]
    assert found.first("surgery") == date(2023, 12, 20)
    assert steps(found) == ["induction 01-01", "watching 01-01"]


def test_what_happens_on_the_day_of_the_beginning_counts_whichever_was_written_down_first() -> None:
    for told in ([did("01-01", "ct"), ENROLLED], [ENROLLED, did("01-01", "ct")]):
        found = walked(TRACKS, *told)
        assert "watched 01-01" in steps(found) and not found.deviations


def test_death_before_enrolment_leaves_no_path_and_says_so() -> None:
    found = walked(TRACKS, {"on": "2023-12-31", "do": "death"}, ENROLLED)
    assert found.visits == () and all(each.ended for each in found.positions)
    assert [each.says for each in found.deviations] == ["Enrolment took place after death had ended treatment and follow_up"]


def test_death_ends_every_track_and_comes_last_on_its_day() -> None:
    found = walked(TRACKS, ENROLLED, {"on": "2024-02-01", "do": "death", "id": "0"}, did("02-01", "cycle"))
    assert not found.deviations
    assert [each.ended for each in found.positions] == ["death", "death"]


def test_after_death_an_activity_of_the_pathway_is_a_deviation() -> None:
    found = walked(TRACKS, ENROLLED, {"on": "2024-02-01", "do": "death"}, did("02-02", "cycle"))
    assert [each.says for each in found.deviations] == ["Cycle took place after the pathway had ended"]


def test_a_year_known_alone_does_not_unsay_a_day_on_which_a_participant_was_seen() -> None:
    # Seen on 1 June; 'some time in 2024' adds nothing sure, and nothing after the day up to which facts are known.
    found = walked(TRACKS, ENROLLED, did("06-01", "labs"), {"on": "2024", "do": "last_contact"}, until="2024-09-30")
    (alive,) = found.facts.rows["last_known_alive"]
    assert (alive.on.first, alive.on.last) == (date(2024, 6, 1), date(2024, 9, 30))


# --- withdrawal --------------------------------------------------------------------------------------------------------


def withdrawn(**items: object) -> dict[str, object]:
    return {"on": "2024-02-01", "do": "withdrawal", "items": items}


@pytest.mark.parametrize(
    ("of", "ended"),
    [
        (None, ["treatment"]),
        ("treatment", ["treatment"]),
        ("follow_up", ["follow_up", "treatment"]),
        ("consent", ["follow_up", "treatment"]),
    ],
)
def test_withdrawal_ends_what_was_withdrawn_from(of: str | None, ended: list[str]) -> None:
    found = walked(TRACKS, ENROLLED, withdrawn(**({"from": of} if of else {})))
    assert [each.track for each in found.positions if each.ended] == ended


def test_a_declared_reaction_stands_for_the_usual_one_only_when_it_applies() -> None:
    declared = TRACKS + "    - {on: withdrawal, when: withdrawal.from == treatment, end: [treatment]}\n"
    assert [each.track for each in walked(declared, ENROLLED, withdrawn(**{"from": "treatment"})).positions if each.ended] == [
        "treatment"
    ]
    both = walked(declared, ENROLLED, withdrawn(**{"from": "consent"}))
    assert [bool(each.ended) for each in both.positions] == [True, True]
    unclear = walked(declared, ENROLLED, withdrawn())
    assert rules(unclear) == ["reaction-unknown"]
    assert [each.track for each in unclear.positions if each.ended] == ["treatment"]


def test_follow_up_goes_on_after_withdrawal_from_treatment_and_ends_where_the_reaction_ends_all() -> None:
    line = "schedule: [{do: [labs], every: 1 month, from: enrolment, until: 6 months}]\n"
    for reaction, pending in (("", 3), ("    - {on: withdrawal, end: all}\n", 0)):
        made = study(HEAD + line + "pathway:" + TRACKS + reaction)
        events, _ = read_events("\n".join(json.dumps(each) for each in (ENROLLED, withdrawn())), made)
        found = [
            each
            for each in due(made, chart(made, events, until=date(2024, 5, 1)))
            if each.activity == "labs" and each.is_pending
        ]
        assert bool(found) == bool(pending)


# --- guards ------------------------------------------------------------------------------------------------------------

GUARDED = """
  start: ready
  steps:
    ready: {do: [labs], guard: "platelets >= 50 10^9/L", retry: {every: 1 week, for: 4 weeks}, on_timeout: second, next: over}
    second: {guard: exists ct, retry: {every: 1 week, for: 2 weeks}, on_timeout: third, next: over}
    third: {guard: exists surgery, retry: {every: 1 week, for: 1 week}, on_timeout: given_up, next: over}
    given_up: {end: true}
    over: {end: true}
"""


def test_a_value_that_is_missing_keeps_the_guard_waiting_and_the_time_runs() -> None:
    blank = [ENROLLED, did("02-01", "labs"), did("02-08", "labs", platelets="40 10^9/L"), did("02-15", "labs")]
    (position,) = walked(GUARDED, *blank, until="2024-02-16").positions
    assert position.waits.startswith("platelets") and position.waits.endswith("is not met")
    assert position.owed == (("labs", date(2024, 2, 22)),)
    assert position.times_out == date(2024, 2, 29)
    (position,) = walked(GUARDED, *blank[:2], until="2024-02-16").positions
    assert "cannot be told" in position.waits and [each.fact for each in position.missing] == ["platelets"]


def test_time_outs_follow_one_another_on_their_days_without_an_event() -> None:
    # First tried on 1 February: 29 February; two weeks more: 14 March; one week more: 21 March.
    found = walked(GUARDED, ENROLLED, did("02-01", "labs"), until="2024-12-31")
    assert steps(found) == ["ready 01-01", "second 02-29", "third 03-14", "given_up 03-21"]
    # What happens on the way is seen by the step at which it finds the participant.
    found = walked(GUARDED, ENROLLED, did("02-01", "labs"), did("03-05", "ct"))
    assert steps(found) == ["ready 01-01", "second 02-29", "over 03-05"]


def test_a_guard_that_is_met_on_its_last_day_is_in_time() -> None:
    found = walked(GUARDED, ENROLLED, did("02-01", "labs"), did("02-29", "labs", platelets="60 10^9/L"))
    assert steps(found) == ["ready 01-01", "over 02-29"]


def test_a_step_with_a_guard_and_nothing_to_do_waits_from_its_entry() -> None:
    alone = """
  start: waiting
  steps:
    waiting: {guard: exists ct, retry: {every: 1 week, for: 4 weeks}, on_timeout: over, next: over}
    over: {end: true}
"""
    (position,) = walked(alone, ENROLLED, until="2024-01-02").positions
    assert (position.owed, position.times_out) == ((), date(2024, 1, 29))
    assert steps(walked(alone, ENROLLED, did("01-10", "ct"))) == ["waiting 01-01", "over 01-10"]


def test_a_time_out_into_a_step_that_is_used_up_does_not_happen() -> None:
    ring = """
  start: ready
  steps:
    ready: {do: [labs], guard: "platelets >= 50 10^9/L", retry: {every: 1 week, for: 1 week}, on_timeout: again, next: over}
    again: {limit: 2, next: ready}
    over: {end: true}
"""
    told = [ENROLLED, *(did(f"{month:02}-01", "labs", platelets="40 10^9/L") for month in range(2, 8))]
    found = walked(ring, *told)
    assert sum(visit.step == "again" for visit in found.visits) == 2
    (position,) = found.positions
    assert position.step == "ready" and position.times_out is None


# --- decisions ---------------------------------------------------------------------------------------------------------

BOARD = """
  start: look
  steps:
    look: {do: [ct], next: gate}
    gate:
      by: mdt
      quorum: 3
      decide:
        - {when: response == PR, option: operate, to: operation}
        - {option: again, to: look_again}
        - {option: stop, otherwise: over}
      unknown: wait
    look_again: {limit: 1, next: look}
    operation: {do: [surgery], next: over}
    over: {end: true}
"""


def decided(on: str, option: str, members: int = 4, **more: object) -> dict[str, object]:
    return {
        "on": f"2024-{on}",
        "decide": "gate",
        "option": option,
        "items": {"members": members},
        "role": "mdt",
        "reason": "r",
        **more,
    }


CT = did("02-01", "ct", response="PR")


def test_a_decision_on_the_day_its_step_is_reached_counts_whichever_was_written_down_first() -> None:
    for told in ([ENROLLED, decided("02-01", "operate"), CT], [ENROLLED, CT, decided("02-01", "operate")]):
        found = walked(BOARD, *told)
        assert steps(found) == ["look 01-01", "gate 02-01", "operation 02-01"]
        assert not found.deviations


def test_surgery_on_the_day_of_the_decision_counts_whichever_was_written_down_first() -> None:
    cut = did("02-01", "surgery")
    for told in (
        [CT, decided("02-01", "operate"), cut],
        [cut, CT, decided("02-01", "operate")],
        [CT, cut, decided("02-01", "operate")],
    ):
        found = walked(BOARD, ENROLLED, *told)
        assert steps(found)[-1] == "over 02-01" and not found.deviations


def test_a_decision_a_day_too_early_is_a_deviation_and_decides_nothing() -> None:
    found = walked(BOARD, ENROLLED, decided("01-31", "operate"), CT)
    assert rules(found) == ["decision"] and found.positions[0].step == "gate"
    found = walked(BOARD, ENROLLED, decided("01-31", "operate"), until="2024-01-31")
    assert rules(found) == ["decision"]


def test_of_two_decisions_on_one_day_the_first_moves_on_and_the_second_finds_nobody_there() -> None:
    found = walked(BOARD, ENROLLED, CT, decided("02-02", "operate"), decided("02-02", "stop"))
    assert steps(found)[-1] == "operation 02-02"
    assert [each.says for each in found.deviations] == ["a decision was taken at 'gate', where the participant did not stand"]


def test_a_second_decision_before_the_step_may_be_left_stands_for_the_first_and_says_so() -> None:
    with_work = BOARD.replace("    gate:\n", "    gate:\n      do: [labs]\n")
    found = walked(with_work, ENROLLED, CT, decided("02-02", "stop"), decided("02-03", "operate"), did("02-04", "labs"))
    assert steps(found)[-1] == "operation 02-04"
    assert [each.says for each in found.deviations] == [
        "'gate' was decided before labs was done",
        "'gate' was decided before labs was done",
        "'gate' was decided again, as 'operate' after 'stop': the later counts",
    ]


def test_a_quorum_that_nobody_told_is_a_deviation_and_so_is_one_that_was_missed() -> None:
    for members in (0, 2):
        assert rules(walked(BOARD, ENROLLED, CT, decided("02-02", "operate", members))) == ["quorum"]


def test_a_choice_whose_step_is_used_up_is_not_offered_and_if_taken_is_one_deviation() -> None:
    again = [ENROLLED, CT, decided("02-02", "again"), did("03-01", "ct", response="PR")]
    found = walked(BOARD, *again)
    assert found.positions[0].options == ("operate", "stop")
    found = walked(BOARD, *again, decided("03-02", "again"), did("03-05", "last_contact"), did("03-06", "last_contact"))
    assert rules(found) == ["limit"]
    assert found.positions[0].step == "gate" and "1 times at most" in found.deviations[0].says
    found = walked(BOARD, *again, decided("03-02", "again"), decided("03-07", "operate"))
    assert steps(found)[-1] == "operation 03-07"


def test_a_limit_reached_through_next_waits_and_says_for_what() -> None:
    ring = """
  start: round
  steps:
    round: {do: [cycle], next: gate}
    gate: {limit: 2, next: round}
"""
    found = walked(ring, ENROLLED, did("02-01", "cycle"), did("03-01", "cycle"), did("04-01", "cycle"))
    assert [visit.step for visit in found.visits] == ["round", "gate", "round", "gate", "round"]
    assert found.positions[0].waits == "'round' leads to 'gate', which may be entered 2 times at most"


def test_people_do_not_decide_where_a_rule_does() -> None:
    by_rule = BOARD.replace("      by: mdt\n      quorum: 3\n", "")
    made = study(HEAD + "pathway:" + by_rule)
    lines = [ENROLLED, did("02-01", "ct"), decided("02-02", "operate")]
    events, findings = read_events("\n".join(json.dumps(each) for each in lines), made)
    assert [each.rule for each in findings] == ["unknown-name"]
    found = chart(made, events, until=date(2024, 12, 31))
    assert rules(found) == ["decision"] and found.positions[0].step == "gate"


# --- requirements and distances ------------------------------------------------------------------------------------------

TWICE = """
  start: first
  steps:
    first: {do: [surgery], require: [exists ct], next: second}
    second: {do: [surgery], require: [exists labs], next: over}
    over: {end: true}
"""


def test_a_requirement_is_that_of_the_step_at_which_the_activity_takes_place() -> None:
    closed = HEAD.replace("closed: [cycle, surgery]", "closed: [cycle, surgery, ct, labs]")
    made = study(closed + "pathway:" + TWICE)

    def found(*told: dict[str, object]) -> list[str]:
        events, _ = read_events("\n".join(json.dumps(each) for each in (ENROLLED, *told)), made)
        return [each.says for each in chart(made, events, until=date(2024, 12, 31)).deviations]

    assert found(did("01-02", "ct"), did("02-01", "surgery"), did("02-15", "labs"), did("03-01", "surgery")) == []
    assert len(found(did("02-01", "surgery"), did("03-01", "surgery"))) == 2
    # One that no step asks for is held to all of them.
    assert (
        len(
            found(
                did("01-02", "ct"),
                did("02-01", "surgery"),
                did("02-02", "labs"),
                did("02-03", "surgery"),
                did("04-01", "surgery"),
            )
        )
        == 1
    )


APART = """
  start: rounds
  steps:
    rounds: {repeat: cycle, times: 1..9, next: cut}
    cut: {do: [surgery], apart: [{from: cycle, at_least: 2 weeks}], next: over}
    over: {end: true}
"""


@pytest.mark.parametrize(
    ("cycle", "surgery", "found"),
    [
        ("2024-02-01", "2024-02-15", []),  # two weeks to the day
        ("2024-02-01", "2024-02-14", ["apart"]),
        ("2024-02", "2024-03-14", []),  # at the latest on 29 February, two weeks before
        ("2024-02", "2024-03-13", ["apart-unknown"]),
        ("2024-02", "2024-02-10", ["apart-unknown"]),  # the cycle may have been on 29 February
        ("2024-02", "2024-02", ["apart-unknown"]),
        ("2024-02-10", "2024-02", ["apart-unknown"]),
    ],
)
def test_a_distance_holds_fails_or_cannot_be_told(cycle: str, surgery: str, found: list[str]) -> None:
    known = walked(APART, ENROLLED, {"on": cycle, "do": "cycle"}, {"on": surgery, "do": "surgery"})
    assert [each for each in rules(known) if each.startswith("apart")] == found


def test_a_distance_is_looked_for_among_all_earlier_events_near_enough() -> None:
    told = [{"on": (date(2024, 1, 2) + timedelta(days=number)).isoformat(), "do": "cycle"} for number in range(0, 40, 4)]
    known = walked(APART, ENROLLED, *told, did("02-11", "surgery"))
    # Cycles every four days from 2 January: the last three, on 30 January, 3 and 7 February, lie within two weeks.
    assert rules(known).count("apart") == 3


# --- laws --------------------------------------------------------------------------------------------------------------

THINGS: Sequence[dict[str, object]] = [
    {"do": "ct", "items": {"response": "PR"}},
    {"do": "ct"},
    {"do": "labs", "items": {"platelets": "60 10^9/L"}},
    {"do": "labs"},
    {"do": "cycle"},
    {"do": "surgery"},
    {"do": "progression"},
    {"do": "withdrawal"},
    {"do": "death"},
    {"decide": "gate", "option": "operate"},
    {"decide": "gate", "option": "again"},
    {"decide": "gate", "option": "stop"},
]
PATHS: dict[str, Study] = {
    name: study(HEAD + "pathway:" + text)
    for name, text in (
        ("tracks", TRACKS),
        ("guards", GUARDED),
        ("board", BOARD),
        ("twice", TWICE),
        ("apart", APART),
    )
}


@given(
    st.sampled_from(sorted(PATHS)),
    st.lists(st.tuples(st.sampled_from(THINGS), st.integers(0, 60)), max_size=20),
    st.integers(0, 30),
)
def test_whatever_happens_the_walk_ends_keeps_its_limits_and_forgets_nothing(
    name: str, told: list[tuple[dict[str, object], int]], begun: int
) -> None:
    made = PATHS[name]
    start = date(2024, 1, 1)
    lines = [{"on": (start + timedelta(days=begun)).isoformat(), "do": "enrolment"}]
    lines += [{**thing, "on": (start + timedelta(days=number)).isoformat()} for thing, number in told]
    events, _ = read_events("\n".join(json.dumps(each) for each in lines), made)
    found = chart(made, events, until=date(2024, 6, 1))
    assert len(found.events) == len(lines)
    pathway = made.protocol.pathway
    assert pathway is not None
    for step in pathway.steps.values():
        assert step.limit is None or sum(visit.step == step.name for visit in found.visits) <= step.limit
    for track in {visit.track for visit in found.visits}:
        stays = [visit for visit in found.visits if visit.track == track]
        assert all(visit.left is not None and visit.left >= visit.entered for visit in stays[:-1])
        assert all(earlier.left <= after.entered for earlier, after in pairwise(stays))  # type: ignore[operator]
    # An event of the pathway's own was asked for by a step, or is a deviation; none is both, and none twice.
    off = [each.event for each in found.deviations if each.rule == "off-path"]
    assert len(off) == len(set(off))


SEEN = st.builds(
    Sighting,
    lesion=st.sampled_from(["L1", "L2"]),
    on=st.integers(0, 40).map(lambda number: date(2024, 1, 1) + timedelta(days=number)),
    status=st.sampled_from(["measured", "measured", "absent", "viable", "not_evaluated", "equivocal", "too_small", "present"]),
    diameter_mm=st.sampled_from([None, 0.0, 4.0, 12.0, 30.0]),
    organ=st.sampled_from([None, "liver", "lung"]),
    segment=st.sampled_from([None, "VII"]),
    is_node=st.sampled_from([None, None, True, False]),
    role=st.sampled_from([None, None, "target", "new"]),
)
DONE = st.builds(
    Treated,
    lesion=st.sampled_from(["L1", "L2"]),
    on=st.integers(0, 40).map(lambda number: date(2024, 1, 1) + timedelta(days=number)),
    how=st.sampled_from(["ablated", "resected"]),
)


@given(st.lists(SEEN, max_size=60), st.lists(DONE, max_size=5), st.integers(0, 40))
def test_sightings_that_are_passed_over_tell_nothing_more(seen: list[Sighting], done: list[Treated], today: int) -> None:
    now = date(2024, 1, 1) + timedelta(days=today)
    past = sorted((each for each in seen if each.on < now), key=lambda each: each.on)
    treated = [each for each in done if each.on <= now]
    kept = [
        each
        for name in ("L1", "L2")
        for each in _telling(
            [one for one in past if one.lesion == name], [one for one in treated if one.lesion == name and one.on < now]
        )
    ]
    new = [each for each in seen if each.on == now]
    rows = [[_lesion_row(each) for each in lesions([*some, *new], treated)] for some in (past, kept)]
    assert rows[0] == rows[1]


def test_the_rows_of_lesions_seen_many_times_are_those_of_a_fold_from_the_start() -> None:
    made = study(
        HEAD.replace("ct: {repeats: yes,", "ct: {repeats: yes, lesions: yes,")
        + "define: {many: count(lesions where present) > 1}\n"
    )
    lines: list[dict[str, object]] = [
        {
            "on": (date(2024, 1, 1) + timedelta(days=10 * number)).isoformat(),
            "do": "ct",
            "lesions": [
                {"id": "L1", "diameter": f"{10 + number} mm"},
                {"id": "L2", "diameter": f"{40 - number} mm", "organ": "liver"},
            ],
        }
        for number in range(3 * MANY)
    ]
    events, findings = read_events("\n".join(json.dumps(each) for each in lines), made)
    assert not findings
    found = chart(made, events, until=date(2026, 1, 1))
    assert found.facts.rows["lesions"] == tuple(_lesion_row(each) for each in found.lesions)
