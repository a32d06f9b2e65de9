"""Sites that open one after another and come to their pace by and by: by hand, by law, in trials."""

import math
from collections import Counter

import pytest

from equipoise.events import Recorded
from equipoise.prospects import prospects
from equipoise.rehearsal.variations import varied
from equipoise.simulation import assumption_findings, virtual
from equipoise.simulation.assumptions import DAYS_PER_MONTH
from equipoise.simulation.compiled import compiled
from equipoise.simulation.participants import _accrual
from equipoise.simulation.plan import plan
from equipoise.simulation.recruitment import Recruiting, day_of, recruiting
from equipoise.study import Study, study
from tiny_trial import tiny
from two_arm_study import TEXT
from two_interpreters import all_differences

ACCRUAL, SITES = "accrual: {per_month: 3, source: ours}", "sites: {one: {ranges: {bilirubin: {uln: 21 umol/L}}}}"
TWO = "sites: {one: {ranges: {bilirubin: {uln: 21 umol/L}}}, two: {ranges: {bilirubin: {uln: 21 umol/L}}}}"


def joining(said: str) -> Study:
    return tiny((ACCRUAL, f"accrual: {{{said}, source: ours}}"), (SITES, TWO))


STAGED = "per_month: 6, sites: {one: {per_month: 2}, two: {per_month: 4, opens: 6 months, ramp: 3 months}}"


def test_a_site_that_opens_late_and_rises_by_hand() -> None:
    site = Recruiting("two", 4.0, 6.0, 3.0)
    assert [site.at(month) for month in (5, 6, 7.5, 9, 20)] == [0, 0, 2, 4, 4]
    assert [site.expected(month) for month in (6, 7.5, 9, 10)] == [0, 1.5, 6, 10]


def test_the_day_of_an_expected_number_turns_it_round() -> None:
    sites = recruiting(joining(STAGED).protocol.assumptions["accrual"])
    for number in (0.1, 3.0, 12.0, 50.0):
        assert sum(each.expected(day_of(number, sites)) for each in sites) == pytest.approx(number)


def test_a_ramp_of_no_time_changes_nothing() -> None:
    at_once, none = (plan(joining(said)) for said in ("per_month: 3, ramp: 0 days", "per_month: 3"))
    assert _accrual(at_once, 30, 5, 0) == _accrual(none, 30, 5, 0)


def test_as_many_join_by_a_day_as_the_ramp_lets_expect() -> None:
    made, trials, by = plan(joining("per_month: 5, ramp: 10 months")), 300, 8 * DAYS_PER_MONTH
    numbers = [sum((day - made.start).days < by for day in _accrual(made, 60, 2, trial)) for trial in range(trials)]
    expected = 5 * 8 * 8 / 20
    assert abs(sum(numbers) / trials - expected) < 3 * math.sqrt(expected / trials)


def test_nobody_joins_at_a_site_before_it_opens_and_then_each_has_its_share() -> None:
    of = joining(STAGED)
    made, late = plan(of), Counter[str]()
    for each in virtual(of, 150, seed=3):
        enrolled = next(event for event in each.events if isinstance(event, Recorded) and event.activity == "enrolment")
        months = (enrolled.on.first - made.start).days / DAYS_PER_MONTH
        if months < 5.9:
            assert enrolled.site == "one"
        elif months > 9:
            late[enrolled.site] += 1
    total = late.total()
    assert abs(late["two"] / total - 2 / 3) < 3 * math.sqrt(2 / 9 / total)


@pytest.mark.parametrize("said", [STAGED, "per_month: 5, ramp: 10 months"])
def test_in_both_interpreters_the_same_join_on_the_same_days_at_the_same_sites(said: str) -> None:
    of = joining(said)
    assert all_differences(of, 60, seed=3) == []
    drawn = compiled(of).participants(60, seed=3)
    enrolled = [next(event for event in each.events if isinstance(event, Recorded) and event.activity == "enrolment")
                for each in virtual(of, 60, seed=3)]  # fmt: skip
    assert drawn.person("enrolled_on").tolist() == [each.on.first.toordinal() for each in enrolled]
    assert [list(of.protocol.sites)[site] for site in drawn.person("site")] == [each.site for each in enrolled]


def test_a_closed_form_that_cannot_calculate_it_says_so() -> None:
    text = TEXT.format(people=40, method="permuted_blocks", blocks="blocks: [4], ", interim="", ratio="0.5")
    (found,) = prospects(study(text.replace("per_month: 5", "per_month: 5, ramp: 6 months")))
    assert "come to their pace" in found.cannot


def test_another_pace_is_another_pace_at_every_site() -> None:
    faster = varied(joining(STAGED), "accrual", "12")
    assert {name: float(each.per_month) for name, each in faster.protocol.assumptions["accrual"].sites.items()} == {
        "one": 4,
        "two": 8,
    }


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ("per_month: 5, sites: {one: {per_month: 2}, two: {per_month: 4}}", "come to the same"),
        ("per_month: 5, sites: {one: {per_month: 2}, three: {per_month: 3}}", "no site of this study"),
        ("per_month: 1, sites: {one: {per_month: 2}, two: {per_month: -1}}", "cannot be less than 0"),
    ],
)
def test_what_makes_no_sense_of_sites_is_found(said: str, says: str) -> None:
    assert any(says in each.says for each in assumption_findings(joining(said)))
