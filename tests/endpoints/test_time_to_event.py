"""Time to an event: by hand, one person at a time, and by law on invented histories."""

import json
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.chart import chart
from equipoise.endpoints import Absent, Outcome, TimeToEvent, outcome
from equipoise.study import Study, study
from equipoise.transcript import read_events

ONE = """
equipoise: 1
study: one
title: One endpoint
design: {{type: interventional, allocation: randomised}}
arms: {{a: {{}}, b: {{}}}}
activities:
  ct: {{repeats: yes}}
  progression: {{repeats: yes}}
  crossover: {{repeats: yes}}
  surgery: {{repeats: yes, items: {{stage: {{type: choice, of: [II, III]}}}}}}
closed: [progression]
endpoints:
  it: {{kind: time_to_event, {endpoint}}}
"""
PFS = "from: randomisation, event: [progression, death]"


def made(endpoint: str) -> Study:
    found = study(ONE.format(endpoint=endpoint))
    assert found.is_sound, found.check()
    return found


def told(endpoint: str, *events: tuple[str, str] | dict[str, object], until: str = "2025-12-31") -> Outcome:
    trial = made(endpoint)
    lines = [each if isinstance(each, dict) else {"on": each[0], "do": each[1]} for each in events]
    read, findings = read_events("\n".join(map(json.dumps, lines)), trial, participant="p")
    assert not findings, findings
    return outcome(trial.protocol.endpoints["it"], trial, chart(trial, read, until=date.fromisoformat(until)))


def found(endpoint: str, *events: tuple[str, str] | dict[str, object], until: str = "2025-12-31") -> tuple[int, str, str]:
    it = told(endpoint, *events, until=until)
    assert isinstance(it, TimeToEvent), it
    return it.days, it.status, it.cause


ZERO = ("2024-01-01", "randomisation")


def test_the_first_of_several_events_counts() -> None:
    # 1 January to 1 March 2024: 31 + 29 = 60 days.
    assert found(PFS, ZERO, ("2024-03-01", "progression"), ("2024-06-01", "death")) == (60, "event", "progression")
    assert found(PFS, ZERO, ("2024-03-01", "death")) == (60, "event", "death")


def test_an_event_before_the_origin_is_not_the_event_and_one_on_its_day_is() -> None:
    assert found(PFS, ("2023-12-01", "progression"), ZERO, ("2024-03-01", "ct")) == (60, "censored", "end of follow-up")
    assert found(PFS, ("2023-12-01", "progression"), ZERO, ("2024-03-01", "progression"))[:2] == (60, "event")
    assert found(PFS, ZERO, ("2024-01-01", "progression"))[:2] == (0, "event")


def test_without_an_event_the_last_day_known_alive_censors_and_day_zero_does_if_nothing_came_after() -> None:
    assert found(PFS, ZERO, ("2024-03-01", "ct"), ("2024-03-31", "last_contact")) == (90, "censored", "end of follow-up")
    assert found(PFS, ZERO) == (0, "censored", "end of follow-up")


def test_a_competing_event_ends_the_clock_and_on_one_day_the_event_comes_first() -> None:
    competing = "from: randomisation, event: progression, competing: [death]"
    assert found(competing, ZERO, ("2024-03-01", "death")) == (60, "competing", "death")
    assert found(competing, ZERO, ("2024-03-01", "progression"), ("2024-03-02", "death")) == (60, "event", "progression")
    assert found(competing, ZERO, ("2024-03-01", "progression"), ("2024-03-01", "death")) == (60, "event", "progression")


def test_the_horizon_ends_every_clock_and_its_own_day_still_counts() -> None:
    # A month after 1 January is 1 February: 31 days.
    short = f"{PFS}, horizon: 1 month"
    assert found(short, ZERO, ("2024-02-01", "death")) == (31, "event", "death")
    assert found(short, ZERO, ("2024-02-02", "death")) == (31, "censored", "1 month without the event")
    assert found(short, ZERO, ("2024-06-01", "last_contact")) == (31, "censored", "1 month without the event")
    assert found(short, ZERO, ("2024-01-11", "last_contact")) == (10, "censored", "end of follow-up")


def test_rules_of_censoring_stand_in_order_each_cuts_and_the_last_says_until_when_people_were_followed() -> None:
    cut = "from: randomisation, event: death, censor: [crossover, last_known_alive]"
    later = ("2024-06-01", "last_contact")
    assert found(cut, ZERO, ("2024-02-01", "crossover"), ("2024-03-01", "death")) == (31, "censored", "crossover")
    assert found(cut, ZERO, ("2024-02-01", "crossover"), later) == (31, "censored", "crossover")
    assert found(cut, ZERO, ("2024-02-01", "death"), later) == (31, "event", "death")
    assert found(cut, ZERO, later) == (152, "censored", "end of follow-up")
    # On one day the event comes before the rule; a crossover before the origin cuts nothing.
    assert found(cut, ZERO, ("2024-02-01", "crossover"), ("2024-02-01", "death")) == (31, "event", "death")
    assert found(cut, ("2023-12-01", "crossover"), ZERO, later)[1:] == ("censored", "end of follow-up")


def test_of_two_rules_on_one_day_the_one_that_stands_first_gives_the_cause() -> None:
    for first, second in (("crossover", "surgery"), ("surgery", "crossover")):
        cut = f"from: randomisation, event: death, censor: [{first}, {second}, last_known_alive]"
        assert found(cut, ZERO, ("2024-02-01", "crossover"), ("2024-02-01", "surgery")) == (31, "censored", first)


def test_the_last_rule_does_not_cut_and_where_it_says_nothing_the_last_day_alive_stands_in() -> None:
    imaged = "from: randomisation, event: death, censor: last(ct)"
    assert found(imaged, ZERO, ("2024-02-01", "ct"), ("2024-03-01", "death")) == (60, "event", "death")
    assert found(imaged, ZERO, ("2024-01-11", "ct"), ("2024-02-01", "ct"), ("2024-06-01", "last_contact")) == (
        31,
        "censored",
        "end of follow-up",
    )
    assert found(imaged, ZERO, ("2024-03-01", "last_contact")) == (60, "censored", "end of follow-up")


def test_without_an_origin_there_is_no_time_and_it_says_why() -> None:
    it = told(PFS, ("2024-01-01", "enrolment"), ("2024-03-01", "death"))
    assert isinstance(it, Absent) and not it.is_outside
    assert it.why.startswith("has no time zero (randomisation: ")


def test_those_it_is_not_about_are_outside_and_those_nobody_can_tell_are_not() -> None:
    among = f"{PFS}, among: last(stage) == III"
    cut = {"on": "2024-01-01", "do": "surgery", "items": {"stage": "III"}}
    assert found(among, ZERO, cut, ("2024-03-01", "death"))[0] == 60
    other = told(among, ZERO, {**cut, "items": {"stage": "II"}}, ("2024-03-01", "death"))
    assert isinstance(other, Absent) and other.is_outside
    unknown = told(among, ZERO, ("2024-03-01", "death"))
    assert isinstance(unknown, Absent) and not unknown.is_outside and "cannot be told" in unknown.why


def test_a_date_known_in_part_counts_at_the_middle_of_what_can_be_meant() -> None:
    # March 2024: its 31 days have the 16th in the middle, 75 days after 1 January.
    assert found(PFS, ZERO, ("2024-03", "death"))[0] == 75
    # Died in 2024, randomised on 1 August: somewhere in the 153 days from then on, not before the trial: 16 October.
    assert found(PFS, ("2024-08-01", "randomisation"), ("2024", "death")) == (76, "event", "death")
    # Facts known up to 30 September: 31 August is in the middle of August and September.
    assert found(PFS, ("2024-08-01", "randomisation"), ("2024", "death"), until="2024-09-30") == (30, "event", "death")
    # Last seen some time in 2024, facts known up to 1 March: not a day beyond.
    assert found(PFS, ZERO, ("2024", "last_contact"), until="2024-03-01")[0] <= 60


def test_an_event_seen_only_at_assessments_keeps_the_last_look_without_it() -> None:
    seen = "from: randomisation, event: progression, assessed_by: ct"
    it = told(seen, ZERO, ("2024-02-01", "ct"), ("2024-03-01", "ct"), ("2024-03-01", "progression"))
    assert isinstance(it, TimeToEvent)
    assert (it.days, it.seen_free) == (60, date(2024, 2, 1))
    it = told(seen, ZERO, ("2024-03-01", "ct"), ("2024-03-01", "progression"))
    assert isinstance(it, TimeToEvent) and it.seen_free == date(2024, 1, 1)
    it = told(seen, ZERO, ("2024-03-01", "ct"))
    assert isinstance(it, TimeToEvent) and it.seen_free is None


def test_the_second_or_the_last_of_something_is_not_its_first() -> None:
    twice = [("2024-02-01", "progression"), ("2024-03-01", "progression"), ("2024-04-01", "progression")]
    assert found("from: randomisation, event: 'nth(2, progression)'", ZERO, *twice)[0] == 60
    assert found("from: randomisation, event: last(progression)", ZERO, *twice)[0] == 91
    assert found("from: randomisation, event: progression", ZERO, *twice)[0] == 31
    assert found("from: randomisation, event: 'nth(2, progression)'", ZERO, twice[0])[1] == "censored"


def test_an_event_of_a_kind_is_the_first_of_that_kind_after_the_origin() -> None:
    third = "from: randomisation, event: first(surgery where stage == III)"
    cuts = [{"on": f"2024-0{month}-01", "do": "surgery", "items": {"stage": stage}} for month, stage in ((2, "II"), (3, "III"))]
    before = {"on": "2023-12-01", "do": "surgery", "items": {"stage": "III"}}
    assert found(third, before, ZERO, *cuts)[:2] == (60, "event")


THINGS = ["progression", "death", "crossover", "ct", "last_contact"]
SHAPES = [
    PFS, f"{PFS}, horizon: 3 months", "from: randomisation, event: progression, competing: [death]",
    "from: randomisation, event: death, censor: [crossover, last_known_alive], horizon: 6 months",
]  # fmt: skip
BUILT = {shape: made(shape) for shape in SHAPES}
UNTIL = date(2025, 1, 1)


@st.composite
def histories(draw: st.DrawFn) -> list[dict[str, object]]:
    lines: list[dict[str, object]] = [{"on": "2024-01-01", "do": "randomisation"}]
    for thing, day, partial in draw(
        st.lists(st.tuples(st.sampled_from(THINGS), st.integers(-60, 400), st.booleans()), max_size=8)
    ):
        day = abs(day) if thing == "death" else day  # whoever died before has no clock: see the last test
        on = (date(2024, 1, 1) + timedelta(days=day)).isoformat()
        lines.append({"on": on[:7] if partial else on, "do": thing})
    return lines


def of(shape: str, lines: list[dict[str, object]], until: date = UNTIL) -> TimeToEvent:
    trial = BUILT[shape]
    read, _ = read_events("\n".join(map(json.dumps, lines)), trial)
    it = outcome(trial.protocol.endpoints["it"], trial, chart(trial, read, until=until))
    assert isinstance(it, TimeToEvent)
    return it


@given(st.sampled_from(SHAPES), histories())
def test_days_are_never_negative_nor_beyond_the_horizon_or_today(shape: str, lines: list[dict[str, object]]) -> None:
    it = of(shape, lines)
    assert it.days == (it.ended - it.origin).days >= 0
    assert it.ended <= UNTIL
    if "horizon: 3" in shape:
        assert it.days <= 91
    assert it.status != "competing" or "competing" in shape


@given(st.sampled_from(SHAPES), histories())
def test_longer_follow_up_never_changes_an_event_already_seen_and_never_shortens_the_clock(
    shape: str, lines: list[dict[str, object]]
) -> None:
    before = of(shape, lines)
    after = of(shape, [*lines, {"on": UNTIL.isoformat(), "do": "last_contact"}])
    if before.status != "censored":
        assert (after.days, after.status, after.cause) == (before.days, before.status, before.cause)
    assert after.days >= before.days


@given(st.sampled_from(SHAPES), histories(), st.randoms(use_true_random=False))
def test_the_order_of_lines_decides_nothing(shape: str, lines: list[dict[str, object]], random) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(lines)
    random.shuffle(shuffled)
    assert of(shape, shuffled) == of(shape, lines)


@pytest.mark.parametrize("shape", SHAPES)
def test_nobody_knows_today_what_happens_tomorrow(shape: str) -> None:
    lines: list[dict[str, object]] = [{"on": "2024-01-01", "do": "randomisation"}, {"on": "2024-03-01", "do": "death"}]
    assert of(shape, lines, date(2024, 2, 29)).status == "censored"
    assert of(shape, lines, date(2024, 3, 1)).status != "censored"


def test_whoever_died_before_the_clock_could_start_has_no_time() -> None:
    """Not silently alive until the last contact: a retrospective record may hold a death before its time zero."""
    made = study(
        "equipoise: 1\nstudy: dead\ntitle: Dead before\ndesign: {type: observational}\nactivities: {surgery: {}}\n"
        "endpoints: {os: {kind: time_to_event, from: surgery, event: death}}\n"
    )
    told, _ = read_events(
        '{"on": "2020-01-01", "do": "death"}\n{"on": "2021-01-01", "do": "surgery"}\n{"on": "2022-01-01", "do": "last_contact"}',
        made,
    )
    found = outcome(made.protocol.endpoints["os"], made, chart(made, told, until=date(2023, 1, 1)))
    assert found == Absent("died before the clock could start")
