"""Risks side by side: published values, laws, agreement with statsmodels, and a table by grade by hand."""

from math import comb, inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.invented import arm
from analysis.wider import result
from equipoise.analysis.risk import fisher, odds_ratio, risk_ratio
from equipoise.kernels.inestimable import Inestimable


def test_published_ratios() -> None:
    # Koopman (1984), Biometrics 40:513-517: 36 of 40 against 16 of 80.
    found = risk_ratio(36, 40, 16, 80)
    assert (found.estimate, round(found.lower, 2), round(found.upper, 2)) == (4.5, 2.94, 7.15)
    # Fisher's tea: 3 of 4 against 1 of 4; Agresti (2013), Categorical Data Analysis, section 3.5. R has 6.408309.
    tea = odds_ratio(3, 4, 1, 4)
    assert tea.estimate == pytest.approx(6.408309, rel=1e-5)
    # Given four cups of either kind and four called so, k right have the weight C(4, k)² x odds^k. At the limits, three
    # or more, and three or fewer, are just a chance of 0.025.
    low, high = ([comb(4, k) ** 2 * each**k for k in range(5)] for each in (tea.lower, tea.upper))
    assert sum(low[3:]) / sum(low) == pytest.approx(0.025)
    assert sum(high[:4]) / sum(high) == pytest.approx(0.025)
    assert fisher(3, 4, 1, 4).p == pytest.approx(34 / 70)


counts = st.integers(2, 60).flatmap(lambda people: st.tuples(st.integers(1, people - 1), st.just(people)))


@given(counts, counts)
def test_as_in_statsmodels(one: tuple[int, int], other: tuple[int, int]) -> None:
    from statsmodels.stats.proportion import confint_proportions_2indep

    found = risk_ratio(*one, *other)
    theirs = confint_proportions_2indep(*one, *other, compare="ratio", method="score", correction=False)
    assert (found.lower, found.upper) == (pytest.approx(theirs[0], rel=1e-5), pytest.approx(theirs[1], rel=1e-5))


anyhow = st.integers(1, 40).flatmap(lambda people: st.tuples(st.integers(0, people), st.just(people)))


@given(anyhow, anyhow)
def test_swapping_the_groups_turns_a_ratio_over(one: tuple[int, int], other: tuple[int, int]) -> None:
    for ratio in (risk_ratio, odds_ratio):
        try:
            found, back = ratio(*one, *other), ratio(*other, *one)
        except Inestimable:
            assert one[0] + other[0] in (0, one[1] + other[1])
            continue
        assert found.lower <= found.estimate <= found.upper
        assert found.lower == pytest.approx(1 / back.upper if back.upper else inf, rel=1e-4)


def test_a_side_without_events_has_one_limit() -> None:
    # The law of three, near enough: none of 100 against 10 of 100.
    found = risk_ratio(0, 100, 10, 100)
    assert (found.estimate, found.lower) == (0, 0)
    assert 0 < found.upper < 0.5
    turned = risk_ratio(10, 100, 0, 100)
    assert turned.estimate == turned.upper == inf
    assert turned.lower == pytest.approx(1 / found.upper, rel=1e-6)
    with pytest.raises(Inestimable, match="nobody on either side"):
        risk_ratio(0, 5, 0, 5)
    with pytest.raises(Inestimable, match="nobody is counted"):
        odds_ratio(0, 0, 1, 5)
    with pytest.raises(Inestimable, match="everyone or nobody"):
        odds_ratio(5, 5, 5, 5)


def harmed(grade: int | None, term: str, day: int = 10) -> tuple[str, int, dict]:
    return ("adverse_event", day, {"term": term} | ({} if grade is None else {"grade": grade}))


PEOPLE = {
    # New: fever of grade 1 and then 3; pain of grade 2, on day 60; none; one is lost on day 40.
    "n1": [arm("new"), harmed(1, "fever"), harmed(3, "fever", 20), ("last_contact", 200)],
    "n2": [arm("new"), harmed(2, "pain", 60), ("last_contact", 200)],
    "n3": [arm("new"), ("last_contact", 200)],
    "n4": [arm("new"), ("last_contact", 40)],
    # Old: one without a grade; pain after day 100 does not count; none.
    "o1": [arm("old_way"), harmed(None, "rash"), ("last_contact", 200)],
    "o2": [arm("old_way"), harmed(2, "pain", 150), ("last_contact", 200)],
    "o3": [arm("old_way"), ("last_contact", 200)],
}


def test_the_table_by_grade_and_by_term_by_hand() -> None:
    found = result("endpoint: harm, method: by_grade", PEOPLE)
    share = {(each.name, each.of): each.value for each in found.estimates}
    assert share["Share with the event", "new"] == pytest.approx(2 / 3)
    assert share["With grade 1 or worse within 100 days", "new"] == pytest.approx(2 / 3)
    assert share["With grade 3 within 100 days", "new"] == pytest.approx(1 / 3)
    assert share["With fever within 100 days", "new"] == pytest.approx(1 / 3)
    assert share["With grade 1 or worse within 100 days", "old_way"] == 0
    assert share["With any within 30 days", "old_way"] == pytest.approx(1 / 3)
    # Within 30 days n4 is known to be free of it, and n2 is too.
    assert share["With any within 30 days", "new"] == pytest.approx(1 / 4)
    assert share["With any within 90 days", "new"] == pytest.approx(2 / 3)
    assert share["Difference, grade 3 within 100 days", "New against Old"] == pytest.approx(1 / 3)
    assert "1 events have no grade; they count as events, and under no grade." in found.findings
    assert not found.tests


def test_a_declared_ratio_stands_beside_the_shares() -> None:
    found = result("endpoint: harm, method: risk_ratio", PEOPLE)
    assert found.estimate("Risk ratio", "New against Old").value == pytest.approx(2)
    odds = result("endpoint: harm, method: odds_ratio", PEOPLE)
    assert odds.estimate("Odds ratio", "New against Old").lower > 0
    assert odds.tests[0].name.startswith("Fisher")


def test_before_the_lock_there_is_no_ratio() -> None:
    found = result("endpoint: harm, method: odds_ratio", PEOPLE, status="recruiting")
    assert {each.of for each in found.estimates} == {""}
    assert not found.tests
