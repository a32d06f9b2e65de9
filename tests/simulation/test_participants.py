"""Virtual participants: by hand on a tiny trial, and by the laws that every draw obeys."""

import math
from collections import Counter
from datetime import date
from itertools import pairwise

import numpy as np
import pytest

from equipoise.chart import chart
from equipoise.deviations import deviations
from equipoise.events import Event, Recorded
from equipoise.simulation import Unassumed, VirtualParticipant, virtual
from equipoise.study import Study, study
from tiny_trial import NOBODY_DIES, tiny

FAR = date(2300, 1, 1)


def some(study: Study, count: int, *, seed: int = 1, until: date | None = None) -> tuple[VirtualParticipant, ...]:
    return virtual(study, count, rng=np.random.default_rng(seed), until=until)


def days(participant: VirtualParticipant) -> list[tuple[int, str]]:
    """What was recorded, and on which day counted from enrolment."""
    recorded = [event for event in participant.events if isinstance(event, Recorded)]
    zero = next(event.on.first for event in recorded if event.activity == "enrolment")
    return [((event.on.first - zero).days, event.activity) for event in recorded]


def recorded(participant: VirtualParticipant, activity: str) -> list[Recorded]:
    return [each for each in participant.events if isinstance(each, Recorded) and each.activity == activity]


# --- by hand ---------------------------------------------------------------------------------------------------------


def test_the_way_of_the_ablated_by_hand() -> None:
    # Consent and screening the day before, allocation on the day, first cycle the day after. A cycle lasts 14 days: the
    # second on day 15, the scan on day 29. The ablation keeps 3 weeks from the cycle of day 15: day 36. Blood 1 and 3
    # days later.
    ablated = next(each for each in some(tiny(NOBODY_DIES), 6) if each.arm == "ablated")
    assert days(ablated) == [
        (-1, "consent"), (-1, "judgement"), (-1, "baseline"), (-1, "first_scan"), (0, "enrolment"),
        (0, "randomisation"), (1, "cycle"), (15, "cycle"), (29, "scan"), (36, "ablation"), (37, "labs"), (39, "labs"),
    ]  # fmt: skip


def test_the_way_of_a_control_by_hand() -> None:
    control = next(each for each in some(tiny(NOBODY_DIES), 6) if each.arm == "control")
    assert days(control)[6:] == [(1, "cycle"), (15, "cycle"), (29, "scan")]


def test_a_delay_assumed_of_an_activity_counts_from_the_day_it_is_owed() -> None:
    # Owed on day 29, done 10 days later: day 39, by when the 3 weeks have passed as well.
    slow = tiny(NOBODY_DIES, ("assumptions:\n", "assumptions:\n  ablation: {value: 10 days, source: ours}\n"))
    ablated = next(each for each in some(slow, 6) if each.arm == "ablated")
    assert (39, "ablation") in days(ablated)


def test_partial_response_shrinks_every_lesion_to_six_tenths_and_the_two_largest_are_ablated() -> None:
    ablated = next(each for each in some(tiny(NOBODY_DIES), 6) if each.arm == "ablated")
    first, later = recorded(ablated, "first_scan")[0].lesions, recorded(ablated, "scan")[0].lesions
    assert first is not None and later is not None and len(first) == 3
    assert [each.diameter_mm for each in later] == [round(0.6 * (each.diameter_mm or 0), 1) for each in first]
    largest = sorted(later, key=lambda each: -(each.diameter_mm or 0))[:2]
    assert recorded(ablated, "ablation")[0].values["lesions_ablated"] == tuple(each.id for each in largest)


def test_two_items_of_one_treatment_share_the_lesions() -> None:
    # Two lesions, each needle at least one of them: the larger for the first. Nobody who has a single one can be treated.
    needles = study("""
equipoise: 1
study: needles
title: Two needles
design: {type: interventional, allocation: none}
activities:
  scan: {lesions: true}
  treatment: {procedure: yes, treats: ablated, items: {new: {type: lesions}, old: {type: lesions}}}
closed: [treatment]
eligibility: [{id: several, include: count(lesions) >= 1}]
pathway:
  start: go
  steps:
    go: {do: [treatment], require: [count(new) >= 1 and count(old) >= 1], next: over}
    over: {end: true}
assumptions:
  accrual: {per_month: 5, source: ours}
  lesion_count: {distribution: uniform, low: 1, high: 3, source: ours}
  diameter: {distribution: uniform, low: 5 mm, high: 30 mm, source: ours}
""")
    assert not needles.findings
    for each in some(needles, 12):
        sizes = {seen.id: seen.diameter_mm or 0.0 for seen in recorded(each, "scan")[0].lesions or ()}
        treated = recorded(each, "treatment")
        assert len(treated) == (len(sizes) > 1)
        for session in treated:
            new, old = session.values["new"], session.values["old"]
            assert isinstance(new, tuple) and isinstance(old, tuple)
            assert not {*new} & {*old} and {*new, *old} == {*sizes}
            assert max(sizes, key=lambda name: sizes[name]) in new


def test_what_was_ablated_is_absent_at_the_next_scan() -> None:
    again = ("over: {end: true}", "over: {do: [scan], end: true}")
    ablated = next(each for each in some(tiny(NOBODY_DIES, again), 6) if each.arm == "ablated")
    gone = recorded(ablated, "ablation")[0].values["lesions_ablated"]
    last = recorded(ablated, "scan")[-1].lesions
    assert last is not None
    assert {each.id for each in last if each.status == "absent"} == set(gone if isinstance(gone, tuple) else ())


def test_a_value_carries_the_range_of_its_site() -> None:
    ablated = next(each for each in some(tiny(NOBODY_DIES), 6) if each.arm == "ablated")
    assert recorded(ablated, "labs")[0].limits == {("bilirubin", "uln"): 21.0}


def test_everything_virtual_says_so() -> None:
    assert {event.by for each in some(tiny(), 10) for event in each.events} == {"virtual"}


# --- by law ----------------------------------------------------------------------------------------------------------


def test_the_same_seed_draws_the_same_people() -> None:
    assert some(tiny(), 20) == some(tiny(), 20)
    assert some(tiny(), 20) != some(tiny(), 20, seed=2)


def test_a_participant_is_the_same_among_few_and_among_many() -> None:
    until = date(2030, 1, 1)
    assert some(tiny(), 17, until=until) == some(tiny(), 60, until=until)[:17]


def test_whoever_joins_is_eligible_and_those_who_did_not_are_counted() -> None:
    # One in five has ECOG 2 and is drawn again: 1.25 persons for each who joins.
    people = some(tiny(), 300)
    assert all(recorded(each, "baseline")[0].values["ecog"] in (0.0, 1.0) for each in people)
    screened = sum(each.screened for each in people) / 300
    assert abs(screened - 1.25) < 3 * math.sqrt(0.2 / 0.8**2 / 300)  # variance of a geometric number: q / p^2


def test_blocks_of_four_are_balanced() -> None:
    arms = [each.arm for each in some(tiny(), 40)]
    assert all(Counter(arms[start : start + 4]) == {"ablated": 2, "control": 2} for start in range(0, 40, 4))


def test_nothing_is_recorded_after_death_or_after_the_last_day() -> None:
    until = date(2025, 1, 1)
    people = some(tiny(), 60, until=until)
    assert len(people) < 60
    died = 0
    for each in people:
        assert all(event.on.last <= until for event in each.events)
        names = [event.activity for event in each.events if isinstance(event, Recorded)]
        died += "death" in names
        assert "death" not in names[:-1]
    assert died > 5


def test_medians_and_hazard_ratio_come_out_as_assumed() -> None:
    until_death: dict[str, list[int]] = {"control": [], "ablated": []}
    for each in some(tiny(), 1_000, until=FAR):
        origin, end = recorded(each, "randomisation")[0].on.first, recorded(each, "death")[0].on.first
        until_death[each.arm].append((end - origin).days)
    control, ablated = (np.array(until_death[arm]) for arm in ("control", "ablated"))
    month = 365.25 / 12
    # The standard error of the median of n exponential times with median m is m / (ln 2 sqrt n).
    for found, median in ((control, 10 * month), (ablated, 20 * month)):
        assert abs(np.median(found) - median) < 3 * median / math.log(2) / math.sqrt(len(found))
    # Everybody dies: the rate is deaths over time, and the log of two rates' ratio has the variance 1/n + 1/m.
    log_ratio = math.log(control.mean() / ablated.mean())
    assert abs(log_ratio - math.log(0.5)) < 3 * math.sqrt(1 / len(control) + 1 / len(ablated))


def test_those_whose_arm_is_not_known_yet_die_at_the_rate_of_the_arm_they_come_to() -> None:
    from_enrolment = tiny(("from: randomisation, median", "from: enrolment, median"))
    died = Counter(each.arm for each in some(from_enrolment, 200, until=FAR) if recorded(each, "death"))
    assert died == {"control": 100, "ablated": 100}


def test_events_by_the_month_come_as_often_as_assumed() -> None:
    adverse = tiny(NOBODY_DIES, ("assumptions:\n", "assumptions:\n  adverse_event: {per_month: 0.5, source: ours}\n"))
    people = some(adverse, 100, until=date(2040, 1, 1))
    found = sum(len(recorded(each, "adverse_event")) for each in people)
    followed = sum((date(2040, 1, 1) - recorded(each, "enrolment")[0].on.first).days for each in people)
    expected = 0.5 * followed / (365.25 / 12)
    assert abs(found - expected) < 4 * math.sqrt(expected)


def test_a_value_without_change_is_drawn_anew_and_with_no_change_stays() -> None:
    old = "change: 2 umol/L"
    still = tiny(NOBODY_DIES, (old, "change: 0 umol/L"))
    for each in some(still, 20):
        assert len({event.values["bilirubin"] for event in recorded(each, "labs")}) <= 1
    anew = tiny(NOBODY_DIES, (f", {old}", ""))
    pairs = [[event.values["bilirubin"] for event in recorded(each, "labs")] for each in some(anew, 20)]
    assert sum(len(set(pair)) == 2 for pair in pairs if pair) >= 9


def test_a_date_that_would_lie_ahead_of_its_form_lies_as_far_back() -> None:
    item = ("ecog: {type: integer, range: 0..5}}}", "ecog: {type: integer, range: 0..5}, found: {type: date}}}")
    assumed = ("assumptions:\n", "assumptions:\n  found: {value: 3 months, from: enrolment, source: ours}\n")
    for each in some(tiny(item, assumed), 10):
        form = recorded(each, "baseline")[0]
        assert str(form.values["found"]) == str(date.fromordinal(form.on.first.toordinal() - 91))  # 3 x 365.25 / 12


def test_people_decide_by_their_chances_and_say_why_when_the_rule_proposes_another() -> None:
    by_people = (
        "      decide:\n        - {when: response != PD and arm == ablated, to: treat}\n        - {otherwise: over}\n",
        "      by: mdt\n      quorum: 3\n      decide:\n        - {when: response == PR, option: ablate, to: treat}\n"
        "        - {option: stop, otherwise: over}\n",
    )
    chances = ("assumptions:\n", "assumptions:\n  restaging: {chances: {ablate: 0.25, stop: 0.75}, source: ours}\n")
    study = tiny(NOBODY_DIES, by_people, chances)
    people = some(study, 200)
    decided = [event for each in people for event in each.events if not isinstance(event, Recorded)]
    assert len(decided) == 200
    stopped = [event for event in decided if getattr(event, "option", "") == "stop"]
    assert abs(len(stopped) - 150) < 3 * math.sqrt(200 * 0.25 * 0.75)
    assert all(getattr(event, "reason", "") for event in stopped)
    assert not any(broken(study, each.events) for each in people)


def test_a_guard_is_tried_again_each_week_until_it_is_met_or_times_out() -> None:
    waits = (
        "    treat:\n      do: [ablation]",
        "    ready: {do: [labs], guard: bilirubin <= 14 umol/L, retry: {every: 1 week, for: 3 weeks},"
        " on_timeout: over, next: treat}\n    treat:\n      do: [ablation]",
    )
    study = tiny(NOBODY_DIES, waits, ("arm == ablated, to: treat", "arm == ablated, to: ready"), (", change: 2 umol/L", ""))
    people = [each for each in some(study, 120) if each.arm == "ablated"]
    tries: Counter[int] = Counter()
    for each in people:
        on = [event.on.first for event in recorded(each, "labs")]
        before = [day for day in on if not recorded(each, "ablation") or day <= recorded(each, "ablation")[0].on.first]
        assert all((later - first).days == 7 for first, later in pairwise(before))
        tries[len(before)] += 1
        assert not broken(study, each.events)
    assert set(tries) == {1, 2, 3, 4}  # at once, and after one, two and three weeks
    treated = sum(bool(recorded(each, "ablation")) for each in people)
    assert abs(treated - 60 * (1 - 0.5**4)) < 3 * math.sqrt(60 * 0.5**4 * (1 - 0.5**4))


def test_strata_have_lists_of_their_own() -> None:
    study = tiny(("ratio: {ablated: 1, control: 1}", "ratio: {ablated: 1, control: 1}, strata: [ecog]"))
    by_stratum: dict[object, list[str]] = {}
    for each in some(study, 60):
        by_stratum.setdefault(recorded(each, "baseline")[0].values["ecog"], []).append(each.arm)
    assert len(by_stratum) == 2
    for arms in by_stratum.values():
        full = len(arms) // 4 * 4
        assert all(Counter(arms[at : at + 4]) == {"ablated": 2, "control": 2} for at in range(0, full, 4))


def test_nobody_eligible_is_said_and_not_waited_for() -> None:
    with pytest.raises(Unassumed) as refused:
        some(tiny(("value: 60 years", "value: 12 years")), 1)
    assert "adult" in str(refused.value) and refused.value.findings[0].place.line > 0


# --- a compliant site ------------------------------------------------------------------------------------------------


def broken(study: Study, events: tuple[Event, ...]) -> list[str]:
    """What the engine says deviated."""
    until = max(event.on.last for event in events)
    return [each.says for each in deviations(study, chart(study, events, until=until))]


def test_the_tiny_trial_is_followed_to_the_letter() -> None:
    assert [says for each in some(tiny(), 200) for says in broken(tiny(), each.events)] == []
