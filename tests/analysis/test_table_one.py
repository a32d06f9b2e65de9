"""Who took part and how they flowed, counted by hand."""

from dataclasses import replace

from analysis.invented import SIX, arm, people, trial
from equipoise.analysis.flow import flow
from equipoise.analysis.table_one import table_one


def test_items_count_as_last_recorded_by_the_day_of_randomisation() -> None:
    told = trial()
    known = people(told, {
        "a": [("baseline", 0, {"age": 50.0, "sex": "male"}), arm("new", 2), ("baseline", 9, {"age": 99.0})],
        "b": [("baseline", 1, {"age": 60.0}), arm("new", 2)],
        "c": [arm("old_way", 2)],
    })  # fmt: skip
    found = table_one(told, known)
    assert [each.name for each in found.sides] == ["new", "old_way", ""]
    assert found.numbers == (2, 1, 3)
    age, sex = found.lines
    assert [(each.number, each.missing) for each in age.cells] == [(2, 0), (0, 1), (2, 1)]
    assert age.cells[0].spread is not None
    assert age.cells[0].spread.mean == 55
    assert sex.cells[2].counts == (("female", 0), ("male", 1))
    assert sex.cells[2].missing == 2


def test_everyone_together_where_arms_do_not_stand_apart() -> None:
    told = trial()
    known = people(told, {"a": [("baseline", 0, {"age": 50.0}), arm("new")]})
    assert table_one(told, known, by_arm=False).numbers == (1,)


def test_the_flow_counts_everyone_once() -> None:
    told = trial()
    found = flow(told, people(told, {**SIX, "x": [("last_contact", 3)]}))
    assert (found.screened, found.enrolled, found.randomised, found.unallocated) == (7, 7, 6, 1)
    new, old = found.arms
    assert (new.allocated, new.received, new.died, new.analysed) == (3, 2, 2, 3)
    assert old.received == 3, "an arm without intervention has all that it asks for"
    assert found.died == 4


def test_treatment_that_nobody_can_tell_is_not_counted_as_received() -> None:
    text = trial()
    arms = {**text.protocol.arms}
    assert arms["new"].gives
    silent = replace(text, protocol=replace(text.protocol, arms={**arms, "new": replace(arms["new"], gives=())}))
    assert flow(silent, people(silent, SIX)).arms[0].received is None
