"""The love plot: a picture that stands alone, can be read by ear, and marks what is virtual."""

from dataclasses import replace
from xml.dom.minidom import parseString

from equipoise.analysis import Balanced, Counted, Estimate, Result
from equipoise.reports.love_plot import fairness, love_figure, love_plot, told
from equipoise.reports.page import Table

ROWS = (
    Balanced("age", False, 60.0, 64.0, 61.0, 61.2, -0.4, -0.02, 0.9, 1.1),
    Balanced("node <N>", True, 0.5, 0.2, 0.5, 0.4, 0.6, 0.2, None, None),
    Balanced("fixed", False, 1.0, 1.0, 1.0, 1.0, None, None, None, None),
)
RESULT = Result(
    name="matched", label="Matched", endpoint="os", endpoint_label="Survival", role="primary", kind="time_to_event",
    population="", contrast="A against B", variable="", intercurrent=(), summary="hazard ratio", is_estimand_declared=True,
    is_declared=True, is_post_hoc=False, is_withheld=False, is_virtual=True, until="2024-01-01", software="",
    arms=(Counted("a", "A", 10), Counted("b", "B", 10)), balance=ROWS,
)  # fmt: skip


def test_the_most_unlike_come_first_and_the_numbers_are_told() -> None:
    said = told(RESULT)
    assert said.index("node") < said.index("age")
    assert "age −0.40 before, −0.02 after" in said
    assert "1 are above 0.1 after" in said
    assert "fixed – before" in said


def test_the_picture_is_whole_and_marked() -> None:
    svg = love_plot(RESULT)
    parseString(svg)
    assert 'role="img"' in svg
    assert "VIRTUAL" in svg
    assert "VIRTUAL" not in love_plot(replace(RESULT, is_virtual=False))
    assert love_plot(replace(RESULT, balance=())) == ""
    assert love_figure(replace(RESULT, balance=())) is None


def test_the_naive_answer_is_shown_only_where_it_was_asked_for() -> None:
    asked = replace(RESULT, naive=(Estimate("Hazard ratio", 0.2, 0.1, 0.3, 0.95, "", "A against B, naive"),))
    tables = [each for each in fairness(asked) if isinstance(each, Table)]
    assert len(tables) == 2
    assert tables[0].rows[0][:4] == ("age", "60", "64", "−0.40")
    assert [each for each in fairness(replace(RESULT, balance=()))] == []
