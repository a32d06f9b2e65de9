"""The fold, by law: pure, in any order, in any number of steps, nothing lost, always ending."""

import json
from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.chart import chart
from equipoise.deviations import deviations
from equipoise.due import due
from equipoise.events import Corrected, Event, current
from equipoise.transcript import read_events
from small_studies import LOOP, board, loop

START = date(2024, 1, 1)


def events(*told: dict[str, object]) -> tuple[Event, ...]:
    found, findings = read_events("\n".join(json.dumps(each) for each in told), loop(), participant="p")
    assert not findings, findings
    return found


def day(number: int) -> str:
    return (START + timedelta(days=number)).isoformat()


THINGS: list[dict[str, object]] = [
    {"do": "enrolment"},
    {"do": "assignment", "items": {"arm": "rfa_arm"}},
    {"do": "assignment", "items": {"arm": "control"}},
    {"do": "cycle"},
    {"do": "imaging", "items": {"response": "PR"}, "lesions": [{"id": "L1", "diameter": "21 mm", "organ": "liver"}]},
    {"do": "imaging", "items": {"response": "PD"}},
    {"do": "imaging"},
    {"do": "labs", "items": {"platelets": "84 10^9/L", "bilirubin": {"value": "10 umol/L", "uln": "20 umol/L"}}},
    {"do": "labs", "items": {"platelets": "40 10^9/L", "bilirubin": "10 umol/L"}},
    {"do": "rfa", "items": {"lesions_ablated": ["L1", "L2"]}},
    {"do": "progression"},
    {"do": "withdrawal"},
    {"do": "death"},
    {"decide": "restaging", "option": "x"},
]


@st.composite
def histories(draw: st.DrawFn) -> tuple[Event, ...]:
    """Histories likely and unlikely: something enrolled, then anything in any order, with corrections."""
    things = draw(st.lists(st.tuples(st.sampled_from(THINGS), st.integers(0, 400)), max_size=25))
    told = [{"on": day(0), "do": "enrolment", "id": "1"}]
    told += [{**thing, "on": day(number), "id": str(index)} for index, (thing, number) in enumerate(things, start=2)]
    for index in draw(st.lists(st.integers(2, max(2, len(things))), max_size=3, unique=True)):
        told.append({"on": day(410), "corrects": str(index), "id": f"c{index}", "retract": draw(st.booleans()), "reason": "r",
                     "moved_to": day(draw(st.integers(0, 400)))})  # fmt: skip
    found, _ = read_events("\n".join(json.dumps(each) for each in told), loop(), participant="p")
    return found


UNTIL = START + timedelta(days=500)


@given(histories(), st.data())
def test_a_fold_may_be_paused_anywhere(happened: tuple[Event, ...], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(happened)))
    pause = START + timedelta(days=data.draw(st.integers(0, 500)))
    whole = chart(loop(), happened, until=UNTIL)
    halfway = chart(loop(), happened[:at], until=pause)
    assert chart(loop(), happened[at:], until=UNTIL, start=halfway) == whole


@given(histories(), st.randoms(use_true_random=False))
def test_events_that_arrive_late_give_the_chart_they_would_have_given_in_order(happened, random) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(happened)
    random.shuffle(shuffled)
    assert chart(loop(), shuffled, until=UNTIL) == chart(loop(), happened, until=UNTIL)


@given(histories())
def test_nothing_is_lost(happened: tuple[Event, ...]) -> None:
    found = chart(loop(), happened, until=UNTIL)
    assert set(found.events) == set(happened)
    named = {each.corrects for each in happened if isinstance(each, Corrected)}
    assert {each.id for each in found.corrected} == named & {each.id for each in happened}


@given(histories())
def test_a_step_is_entered_no_more_often_than_its_limit_and_every_track_moves_forward_in_time(
    happened: tuple[Event, ...],
) -> None:
    found = chart(loop(), happened, until=UNTIL)
    assert Counter(visit.step for visit in found.visits)["ablation"] <= 3
    for earlier, later in zip(found.visits, found.visits[1:], strict=False):
        assert earlier.left is not None and earlier.left <= later.entered


@given(histories())
def test_no_later_fact_changes_what_was_due_and_done_before_it(happened: tuple[Event, ...]) -> None:
    cut = START + timedelta(days=200)
    known = tuple(each for each in happened if each.on.first <= cut and not isinstance(each, Corrected))
    all_of_them = tuple(each for each in happened if not isinstance(each, Corrected))
    assert chart(loop(), all_of_them, until=cut).visits == chart(loop(), known, until=cut).visits
    assert due(loop(), chart(loop(), all_of_them, until=cut)) == due(loop(), chart(loop(), known, until=cut))


@given(histories())
def test_after_death_nothing_is_owed(happened: tuple[Event, ...]) -> None:
    found = chart(loop(), happened, until=UNTIL)
    if found.first("death") is not None:
        assert all(each.ended for each in found.positions)
        assert not [each for each in due(loop(), found) if each.is_pending and each.target > found.first("death")]  # type: ignore[operator]


@given(histories())
def test_the_fold_refuses_nothing_that_happened_and_is_pure(happened: tuple[Event, ...]) -> None:
    first, second = (chart(loop(), happened, until=UNTIL) for _ in range(2))
    assert first == second
    assert deviations(loop(), first) == deviations(loop(), second)
    recorded = [each for each in current(happened)[0] if each.on.first <= UNTIL and hasattr(each, "activity")]
    kept = sum(len(rows) for form, rows in first.facts.rows.items() if form in loop().activities)
    assert kept == len(recorded)


def walked(*told: dict[str, object], until: str) -> list[str]:
    found = chart(loop(), events(*told), until=date.fromisoformat(until))
    return [f"{visit.step}{visit.number if visit.number > 1 else ''}" for visit in found.visits]


ENROLLED: list[dict[str, object]] = [
    {"on": "2024-01-01", "do": "enrolment"},
    {"on": "2024-01-01", "do": "assignment", "items": {"arm": "rfa_arm"}},
]
CYCLES: list[dict[str, object]] = [{"on": "2024-01-02", "do": "cycle"}, {"on": "2024-01-16", "do": "cycle"}]
SCAN: dict[str, object] = {"on": "2024-02-01", "do": "imaging", "items": {"response": "PR"}}


def labs(on: str, platelets: int) -> dict[str, object]:
    given = {"platelets": f"{platelets} 10^9/L", "bilirubin": {"value": "10 umol/L", "uln": "20 umol/L"}}
    return {"on": on, "do": "labs", "items": given}


def test_a_repetition_done_often_enough_is_left_by_what_the_next_step_begins_with() -> None:
    assert walked(*ENROLLED, *CYCLES, until="2024-01-31") == ["induction"]
    assert walked(*ENROLLED, *CYCLES, SCAN, until="2024-02-01") == ["induction", "restaging", "readiness"]


def test_labs_that_recover_on_the_third_check_let_the_participant_through() -> None:
    checks = [labs("2024-02-02", 40), labs("2024-02-09", 45), labs("2024-02-16", 84)]
    assert walked(*ENROLLED, *CYCLES, SCAN, *checks, until="2024-02-16")[-1] == "ablation"


def test_labs_that_never_recover_time_out_on_the_day_promised() -> None:
    # First tried on 2 February; four weeks of retries end with 1 March, which still counts.
    bad = [labs("2024-02-02", 40)]
    assert walked(*ENROLLED, *CYCLES, SCAN, *bad, until="2024-03-01")[-1] == "readiness"
    found = chart(loop(), events(*ENROLLED, *CYCLES, SCAN, *bad), until=date(2024, 3, 2))
    assert [visit.step for visit in found.visits][-1] == "done"
    assert found.visits[-1].entered == date(2024, 3, 1)


def test_an_unknown_decision_waits_and_says_for_what() -> None:
    found = chart(loop(), events(*ENROLLED, *CYCLES, {"on": "2024-02-01", "do": "imaging"}), until=date(2024, 2, 1))
    (position,) = found.positions
    assert position.step == "restaging"
    assert [lack.fact for lack in position.missing] == ["response"]


def test_distances_hold_both_ways() -> None:
    scan_and_labs = [SCAN, labs("2024-02-02", 90)]
    early = {"on": "2024-01-20", "do": "rfa", "items": {"lesions_ablated": ["L1", "L2"]}}
    late = {"on": "2024-02-10", "do": "rfa", "items": {"lesions_ablated": ["L1", "L2"]}}
    soon = {"on": "2024-02-12", "do": "cycle"}
    rules = {each.rule for each in chart(loop(), events(*ENROLLED, *CYCLES, early), until=date(2024, 2, 1)).deviations}
    assert "apart" in rules
    told = chart(loop(), events(*ENROLLED, *CYCLES, *scan_and_labs, late, soon), until=date(2024, 3, 1)).deviations
    assert [each.rule for each in told] == ["apart"]
    assert "2 days apart; at least 1 week" in told[0].says


def test_too_many_lesions_are_a_deviation_and_are_kept() -> None:
    seven = {"on": "2024-02-10", "do": "rfa", "items": {"lesions_ablated": [f"L{n}" for n in range(7)]}}
    found = chart(loop(), events(*ENROLLED, *CYCLES, SCAN, labs("2024-02-02", 90), seven), until=date(2024, 3, 1))
    assert [each.rule for each in found.deviations] == ["requirement"]
    assert len(found.treated) == 7
    assert found.visits[-1].step == "consolidation"


def test_a_treated_lesion_that_nobody_had_listed_is_a_deviation() -> None:
    def strange(lesion: str, *more: dict[str, object]) -> list[str]:
        told = events(
            {"on": "2024-01-08", "do": "imaging", "lesions": [{"id": "L1", "organ": "liver", "diameter": "21 mm"}]},
            {"on": "2024-01-10", "do": "enrolment"},
            {"on": "2024-02-01", "do": "rfa", "items": {"lesions_ablated": ["L1", lesion]}}, *more,
        )  # fmt: skip
        known = chart(loop(), told, until=date(2024, 3, 1))
        return [each.says for each in deviations(loop(), known) if each.rule == "unknown-lesion"]

    assert strange("L1") == []
    assert strange("l1") == ["RFA names l1, which no imaging has listed"]
    # Listed later is too late: what was wrong on the day stays so.
    later = {"on": "2024-02-20", "do": "imaging", "lesions": [{"id": "L2", "organ": "liver", "diameter": "9 mm"}]}
    assert strange("L2", later) == ["RFA names L2, which no imaging has listed"]


def test_the_fourth_ablation_is_off_the_path() -> None:
    told: list[dict[str, object]] = [*ENROLLED, *CYCLES]
    month = 2
    for _ in range(3):
        told += [{"on": f"2024-{month:02}-01", "do": "imaging", "items": {"response": "PR"}}, labs(f"2024-{month:02}-02", 90)]
        told += [{"on": f"2024-{month:02}-10", "do": "rfa", "items": {"lesions_ablated": ["L1", "L2"]}}]
        told += [{"on": f"2024-{month:02}-20", "do": "cycle"}]
        month += 1
    told += [{"on": "2024-05-01", "do": "imaging", "items": {"response": "PR"}}]
    assert walked(*told, until="2024-05-01")[-1] == "continuation"
    fourth = {"on": "2024-05-10", "do": "rfa", "items": {"lesions_ablated": ["L1", "L2"]}}
    found = chart(loop(), events(*told, fourth), until=date(2024, 5, 11))
    assert "off-path" in {each.rule for each in found.deviations}


def decided(*told: dict[str, object], until: str = "2024-12-31"):  # type: ignore[no-untyped-def]
    found, findings = read_events("\n".join(json.dumps(each) for each in told), board(), participant="p")
    assert not findings, findings
    return chart(board(), found, until=date.fromisoformat(until))


def test_people_decide_rules_propose_and_an_override_gives_its_reason() -> None:
    before = [{"on": "2024-01-01", "do": "enrolment"}, {"on": "2024-02-01", "do": "imaging", "items": {"response": "PR"}}]
    waiting = decided(*before).positions[0]
    assert (waiting.step, waiting.proposal, waiting.options) == ("gate", "operate", ("operate", "go_on"))
    board_says = {"on": "2024-02-02", "decide": "gate", "option": "go_on", "role": "mdt", "items": {"members": 4}}
    assert [each.rule for each in decided(*before, board_says).deviations] == ["override"]
    assert decided(*before, {**board_says, "reason": "patient's wish"}).deviations == ()
    few = {**board_says, "option": "operate", "items": {"members": 2}}
    assert [each.rule for each in decided(*before, few).deviations] == ["quorum"]
    assert [each.rule for each in decided(*before, {**board_says, "option": "operate", "role": "site"}).deviations] == [
        "decision"
    ]


def test_surgery_without_a_decision_is_off_the_path() -> None:
    before = [{"on": "2024-01-01", "do": "enrolment"}, {"on": "2024-02-01", "do": "imaging", "items": {"response": "PR"}}]
    found = decided(*before, {"on": "2024-02-05", "do": "surgery"})
    assert [each.rule for each in found.deviations] == ["off-path"]
    assert found.first("surgery") == date(2024, 2, 5)


def test_a_correction_holds_and_the_first_stays_in_view() -> None:
    wrong = labs("2024-02-02", 40)
    mended = {"on": "2024-02-05", "corrects": "6", "items": {"platelets": "94 10^9/L"}, "reason": "typing error", "by": "Dr A"}
    told = events(*ENROLLED, *CYCLES, SCAN, wrong, mended)
    found = chart(loop(), told, until=date(2024, 2, 6))
    assert found.visits[-1].step == "ablation"
    (first,) = found.corrected
    assert first.values["platelets"] == 40.0  # type: ignore[union-attr]


def test_a_participant_is_followed_under_the_version_consented_to(tmp_path) -> None:  # type: ignore[no-untyped-def]
    from equipoise.study import load

    (tmp_path / "versions").mkdir()
    (tmp_path / "versions" / "1.0.0.yaml").write_text(LOOP)
    (tmp_path / "study.yaml").write_text(LOOP.replace("version: 1.0.0", "version: 2.0.0").replace("times: 2..4", "times: 1..1"))
    study = load(tmp_path)
    assert study.is_sound, study.check()

    def stands(*told: dict[str, object]) -> tuple[str, str]:
        read, _ = read_events("\n".join(json.dumps(each) for each in told), study, participant="p")
        found = chart(study, read, until=date(2024, 3, 1))
        return found.version, found.positions[0].step

    cycle = {"on": "2024-01-02", "do": "cycle"}
    old = {"on": "2024-01-01", "do": "consent", "items": {"version": "1.0.0"}}
    again = {"on": "2024-01-20", "do": "consent", "items": {"version": "2.0.0"}}
    assert stands(*ENROLLED, cycle) == ("2.0.0", "restaging")
    assert stands(old, *ENROLLED, cycle) == ("1.0.0", "induction")
    assert stands(old, *ENROLLED, cycle, again) == ("2.0.0", "restaging")


@pytest.mark.parametrize("size", [1_000])
def test_a_thousand_events_fold(size: int) -> None:
    told = [*ENROLLED, *({"on": day(index), "do": "labs", "items": {"platelets": "84 10^9/L"}} for index in range(size))]
    found = chart(loop(), events(*told), until=START + timedelta(days=size))
    assert len(found.facts.rows["labs"]) == size
