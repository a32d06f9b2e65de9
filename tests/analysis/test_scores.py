"""Scores: the rule of half by hand, reliability and blanks said."""

import pytest

from analysis.invented import arm
from analysis.wider import result
from equipoise.analysis.scores import scored


def sheet(day: int, *answers: int | None) -> tuple[str, int, dict]:
    return ("sheet", day, {name: value for name, value in zip("abcd", answers, strict=True) if value is not None})


PEOPLE = {
    "n1": [arm("new"), sheet(10, 1, 1, 2, 2)],
    "n2": [arm("new"), sheet(10, 4, 5, 4, 5)],
    "n3": [arm("new"), sheet(10, 4, 2, None, None)],
    "o1": [arm("old_way"), sheet(10, 3, 3, 3, 4)],
    "o2": [arm("old_way"), sheet(10, 2, 2, 1, 2), sheet(20, 2, None, None, None)],
    "o3": [arm("old_way"), sheet(10, 5, None, None, None)],
}


def test_half_of_the_items_is_enough_and_less_is_not() -> None:
    items = ("a", "b", "c", "d")
    assert scored({"a": 4.0, "b": 2.0}, items) == 12
    assert scored({"a": 4.0, "b": 2.0}, items, mean=True) == 3
    assert scored({"a": 4.0}, items) is None
    assert scored({}, items) is None
    assert scored({"a": 1.0, "b": 2.0}, ("a", "b", "c")) == 4.5


def test_blanks_are_filled_by_the_rule_of_half_alone() -> None:
    plain = result("endpoint: content, method: reliability", PEOPLE)
    assert [each.participants for each in plain.arms] == [2, 2]
    half = result("endpoint: content, method: half_rule", PEOPLE)
    assert [each.participants for each in half.arms] == [3, 2]
    # New: 6, 18 and (4 + 2) x 2; o2's later sheet has too few answers, and the earlier one counts.
    assert half.estimate("Mean", "new").value == pytest.approx(12)
    assert half.estimate("Mean", "old_way").value == pytest.approx(10)
    assert any("left blank in 1 of the 5 questionnaires" in each for each in half.findings)
    assert sum(each.participants for each in half.left_out) == 1


def test_reliability_is_of_the_whole_questionnaires() -> None:
    # Four people answered every item; their sums are 6, 18, 13 and 7.
    found = result("endpoint: content, method: reliability", PEOPLE)
    alpha = next(each for each in found.estimates if each.name == "Cronbach's alpha, 4 people")
    items = [[1, 4, 3, 2], [1, 5, 3, 2], [2, 4, 3, 1], [2, 5, 4, 2]]

    def variance(values: list[int]) -> float:
        mean = sum(values) / 4
        return sum((each - mean) ** 2 for each in values) / 3

    sums = [sum(each) for each in zip(*items, strict=True)]
    assert sums == [6, 18, 13, 7]
    assert alpha.value == pytest.approx(4 / 3 * (1 - sum(map(variance, items)) / variance(sums)))


def test_one_questionnaire_has_no_reliability_and_says_so() -> None:
    found = result("endpoint: content, method: reliability", {"n1": PEOPLE["n1"]})
    assert "No reliability: fewer than two people answered every item." in found.findings
