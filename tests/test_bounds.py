"""What statements say of one measure."""

import math

from hypothesis import given
from hypothesis import strategies as st

from equipoise.bounds import bounds, cells, clauses, limits
from equipoise.expression.grammar import expression
from equipoise.expression.tree import Fact, Form, Kind, Scope, Type
from equipoise.finding import NOWHERE

NUMBER, TRUTH = Type(Kind.NUMBER), Type(Kind.TRUTH)
SCOPE = Scope(
    {
        "labs": Form("labs", facts={"alt": Fact("alt", Type(Kind.NUMBER, "U/L")), "inr": Fact("inr", NUMBER)}),
        "screening": Form(
            "screening", facts={"ill": Fact("ill", TRUTH), "since": Fact("since", Type(Kind.DATE))}, repeats=False
        ),
        "enrolment": Form("enrolment", repeats=False),
    },
    define={"fit": ("inr <= 1.5 and not ill", NOWHERE)},
)


def said(text: str) -> list[tuple[str, float, str]]:
    return [(each.op, each.at, each.measure.relative) for each in bounds(expression(text, SCOPE))]


def test_a_bound_is_read_from_either_side_and_counts_limits_of_normal() -> None:
    assert said("1.5 >= inr") == [("<=", 1.5, "")]
    assert said("alt <= 2.5 x ULN") == [("<=", 2.5, "uln")]
    assert said("alt <= ULN") == [("<=", 1, "uln")]
    assert said("alt < inr * 10 U/L") == []


def test_a_definition_is_looked_into() -> None:
    assert said("fit") == [("<=", 1.5, "")]


def test_a_window_is_days_from_its_anchor() -> None:
    assert said("since within 4 weeks before enrolment") == [(">=", -28, ""), ("<=", 0, "")]


def test_what_has_to_be_met_falls_into_clauses() -> None:
    tree = expression("not (inr > 2 or ill) and alt < 50 U/L", SCOPE)
    assert [met for _, met in clauses(tree)] == [False, False, True]
    assert len(clauses(tree, met=False)) == 1


def test_a_bound_may_depend_on_something_else() -> None:
    (limit,) = limits(expression("if ill then inr <= 3 else inr <= 1.5", SCOPE), met=True)
    assert limit.at == (1.5, 3.0)
    assert [limit.passes(2, (ill,)) for ill in (False, True)] == [False, True]


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=4), st.integers(-6, 0), st.integers(0, 6), st.booleans())
def test_cells_hold_each_value_once(at: list[int], low: int, high: int, whole: bool) -> None:
    found = cells([float(each) for each in at], low, high, whole=whole)
    assert [each.like for each in found] == sorted(each.like for each in found)
    inside = [value for value in range(low, high + 1)]
    if whole:
        assert [value for each in found for value in range(int(each.low), int(each.high) + 1)] == inside
    else:
        held = [sum(each.low == value == each.high or each.low < value < each.high for each in found) for value in inside]
        assert all(many == 1 for value, many in zip(inside, held, strict=True) if low < value < high)


def test_cells_without_ends_reach_everywhere() -> None:
    assert [each.like for each in cells([2.0])] == [1.0, 2.0, 3.0]
    assert math.isinf(cells([2.0])[0].low)
