"""Visits that are missed now and then: how many, by law; and what makes no sense."""

import math

import pytest

from equipoise.events import Recorded
from equipoise.simulation import assumption_findings, virtual
from equipoise.study import Study
from tiny_trial import NOBODY_DIES, tiny
from two_interpreters import all_differences


def missing(said: str) -> Study:
    return tiny(NOBODY_DIES, ("assumptions:\n", f"assumptions:\n  {said}\n"))


def bloods(of: Study) -> list[int]:
    """Of those who were ablated, how many blood tests each had: the schedule asks for two."""
    return [
        sum(isinstance(event, Recorded) and event.activity == "labs" for event in each.events)
        for each in virtual(of, 200, seed=8) if each.arm == "ablated"
    ]  # fmt: skip


def test_visits_are_missed_as_often_as_assumed_each_by_itself() -> None:
    done = bloods(missing("labs: {missed: 0.3, source: ours}"))
    all_of_them = 2 * len(done)
    assert abs(sum(done) / all_of_them - 0.7) < 3 * math.sqrt(0.21 / all_of_them)
    assert abs(done.count(2) / len(done) - 0.49) < 3 * math.sqrt(0.25 / len(done))


def test_nothing_else_changes() -> None:
    whole, some = (
        virtual(missing(said), 20, seed=8) for said in ("labs: {missed: 0, source: ours}", "labs: {missed: 1, source: ours}")
    )

    def others(each: object) -> list[tuple[str, object]]:
        return [(e.activity, e.on) for e in each.events if isinstance(e, Recorded) and e.activity != "labs"]  # type: ignore[attr-defined]

    assert [others(each) for each in whole] == [others(each) for each in some]


def test_both_interpreters_miss_the_same() -> None:
    assert all_differences(missing("labs: {missed: 0.3, source: ours}"), 100, seed=8) == []


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ("labs: {missed: 1.2, source: ours}", "between 0 and 1"),
        ("scan: {missed: 0.2, source: ours}", "not in the schedule"),
        ("labs: {missed: 0.2, value: 3 days, source: ours}", "does not happen by itself"),
    ],
)
def test_what_cannot_be_missed_is_found(said: str, says: str) -> None:
    assert any(says in each.says for each in assumption_findings(missing(said)))
