"""Whether something occurred in time: by hand, and by law that more follow-up only settles what was open."""

import json
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from equipoise.chart import chart
from equipoise.endpoints import Absent, Occurrence, Outcome, outcome
from equipoise.study import Study, study
from equipoise.transcript import read_events

ONE = """
equipoise: 1
study: one
title: One endpoint
design: {{type: observational}}
activities:
  surgery: {{repeats: yes}}
  fistula: {{repeats: yes, items: {{grade: {{type: choice, of: [A, B, C], ordered: true}}}}}}
  leak: {{repeats: yes}}
endpoints:
  it: {{kind: occurrence, {endpoint}}}
"""
WITHIN = "from: enrolment, event: [fistula, leak], within: 30 days"
AFTER = "event: fistula, within: 30 days, attributed_to: surgery"


def made(endpoint: str) -> Study:
    found = study(ONE.format(endpoint=endpoint))
    assert found.is_sound, found.check()
    return found


def told(endpoint: str | Study, *events: tuple[str, str] | dict[str, object], until: str = "2024-12-31") -> Outcome:
    trial = made(endpoint) if isinstance(endpoint, str) else endpoint
    lines = [each if isinstance(each, dict) else {"on": each[0], "do": each[1]} for each in events]
    read, findings = read_events("\n".join(map(json.dumps, lines)), trial, participant="p")
    assert not findings, findings
    return outcome(trial.protocol.endpoints["it"], trial, chart(trial, read, until=date.fromisoformat(until)))


def happened(endpoint: str, *events: tuple[str, str] | dict[str, object], until: str = "2024-12-31") -> tuple[bool | None, int]:
    it = told(endpoint, *events, until=until)
    assert isinstance(it, Occurrence), it
    return it.happened, it.count


ZERO = ("2024-01-01", "enrolment")
LATER = ("2024-03-01", "last_contact")


def test_it_happened_in_time_on_the_last_day_and_not_a_day_later() -> None:
    # 30 days after 1 January is 31 January.
    assert happened(WITHIN, ZERO, ("2024-01-01", "fistula"), LATER) == (True, 1)
    assert happened(WITHIN, ZERO, ("2024-01-31", "fistula"), LATER) == (True, 1)
    assert happened(WITHIN, ZERO, ("2024-02-01", "fistula"), LATER) == (False, 0)
    assert happened(WITHIN, ("2023-12-31", "fistula"), ZERO, LATER) == (False, 0)


def test_too_short_a_follow_up_leaves_it_open_and_says_by_how_much() -> None:
    it = told(WITHIN, ZERO, ("2024-01-21", "last_contact"))
    assert isinstance(it, Occurrence) and it.happened is None
    assert it.why == "followed to 2024-01-21, 10 days too few to tell"
    assert happened(WITHIN, ZERO, ("2024-01-31", "last_contact")) == (False, 0)
    assert happened(WITHIN, ZERO, ("2024-01-30", "last_contact")) == (None, 0)
    assert happened(WITHIN, ZERO, LATER, until="2024-01-30") == (None, 0)


def test_the_dead_are_past_it_and_an_event_before_counts() -> None:
    assert happened(WITHIN, ZERO, ("2024-01-11", "death")) == (False, 0)
    assert happened(WITHIN, ZERO, ("2024-01-05", "leak"), ("2024-01-11", "death")) == (True, 1)


def test_it_is_laid_to_every_session_of_a_procedure_and_followed_after_the_last() -> None:
    cuts = [("2024-01-01", "surgery"), ("2024-03-01", "surgery")]
    assert happened(AFTER, ZERO, *cuts, ("2024-02-15", "fistula"), ("2024-06-01", "last_contact")) == (False, 0)
    assert happened(AFTER, ZERO, *cuts, ("2024-03-15", "fistula")) == (True, 1)
    assert happened(AFTER, ZERO, *cuts, ("2024-01-15", "fistula"), ("2024-03-15", "fistula")) == (True, 2)
    assert happened(AFTER, ZERO, *cuts, ("2024-03-20", "last_contact")) == (None, 0)


def test_who_never_had_the_procedure_is_outside() -> None:
    it = told(AFTER, ZERO, LATER)
    assert isinstance(it, Absent) and it.is_outside and it.why == "never had surgery"


def test_two_on_one_day_are_two_and_one_that_two_words_name_is_one() -> None:
    twice = [("2024-01-05", "fistula"), ("2024-01-05", "fistula")]
    assert happened(WITHIN, ZERO, *twice, LATER) == (True, 2)
    both = "from: enrolment, event: [fistula, first(fistula where grade >= B)], within: 30 days"
    bad = {"on": "2024-01-05", "do": "fistula", "items": {"grade": "B"}}
    assert happened(both, ZERO, bad, LATER) == (True, 1)


def test_of_a_kind_only_that_kind_counts() -> None:
    kind = "from: enrolment, event: first(fistula where grade >= B), within: 30 days"
    graded = [
        {"on": f"2024-01-0{number}", "do": "fistula", "items": {"grade": grade}}
        for number, grade in ((2, "A"), (3, "B"), (4, "C"))
    ]
    assert happened(kind, ZERO, *graded, LATER) == (True, 2)
    assert happened(kind, ZERO, graded[0], LATER) == (False, 0)


def test_a_month_known_alone_counts_at_its_middle_and_not_before_the_origin() -> None:
    # January has its middle on the 16th; enrolled on the 20th, what is left of it has its middle on the 25th.
    assert happened(WITHIN, ZERO, ("2024-01", "fistula"), LATER) == (True, 1)
    it = told(WITHIN, ("2024-01-20", "enrolment"), ("2024-01", "fistula"), LATER)
    assert isinstance(it, Occurrence) and it.on == date(2024, 1, 25)


TRIALS = {shape: made(shape) for shape in (WITHIN, AFTER)}


@given(
    st.sampled_from([WITHIN, AFTER]),
    st.lists(
        st.tuples(st.sampled_from(["surgery", "fistula", "leak", "last_contact", "death"]), st.integers(-10, 90)), max_size=6
    ),
)
def test_more_follow_up_only_settles_what_was_open(shape: str, things: list[tuple[str, int]]) -> None:
    start = date(2024, 1, 1)
    lines = [ZERO, ("2024-01-01", "surgery"), *(((start + timedelta(days=day)).isoformat(), thing) for thing, day in things)]
    before = told(TRIALS[shape], *lines)
    after = told(TRIALS[shape], *lines, ("2024-12-01", "last_contact"))
    assert isinstance(before, Occurrence) and isinstance(after, Occurrence)
    assert after.happened is not None
    assert before.happened in (None, after.happened)
    assert (after.count, after.on) == (before.count, before.on)
    assert (after.happened is True) == (after.count > 0) == (after.on is not None)
