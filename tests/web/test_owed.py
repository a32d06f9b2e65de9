"""What lists keep for weeks says, on any later day, what the engine says on that day."""

from datetime import timedelta

import pytest

import equipoise as eq
from equipoise.due import due
from equipoise.web.staff.owed import AHEAD, owed, state

SLUGS = ("batch-rfa-crlm", "pdac-oligo-ablation", "liver-surgery-linkoping")


@pytest.mark.parametrize("slug", SLUGS)
def test_days_kept_when_something_was_recorded_tell_the_state_on_every_later_day(slug: str) -> None:
    study = eq.load(eq.shipped() / slug)
    people, _ = eq.read_people(eq.shipped() / slug / "people", study)
    compared = 0
    for events in people.values():
        if not events:
            continue
        last = max(each.on.last for each in events)
        kept = owed(study, eq.chart(study, events, until=last), today=last)
        for later in (0, 1, 13, 45, 100, 200):
            day = last + timedelta(days=later)
            assert day < last + AHEAD
            known = eq.chart(study, events, until=day)
            if any(one.times_out is not None and one.times_out < day for one in eq.chart(study, events, until=last).positions):
                continue  # the row's `stale_on` has it folded again
            engine = {(e.activity, e.target, e.opens, e.closes, e.status) for e in due(study, known) if e.is_pending}
            told = {(e.activity, e.target, e.opens, e.closes, state(e, day)) for e in kept}
            told = {each for each in told if each[4] != "missed" and not (each[4] == "upcoming")}
            assert told == {each for each in engine if each[4] != "upcoming"}, (events[0].participant, day)
            assert {each for each in engine if each[4] == "upcoming"} <= {
                (e.activity, e.target, e.opens, e.closes, "upcoming") for e in owed(study, known, today=day)
            }
            compared += 1
    assert compared > 20
