"""The report of a study: complete in itself, honest about what it lacks, and short whatever the number of participants."""

import re
from pathlib import Path

import pytest

from analysis.invented import SIX, UNTIL, arm, people, trial
from equipoise.analysis import analyse
from equipoise.analysis.flow import flow
from equipoise.reports.flow_picture import flow_in_words, flow_picture
from equipoise.reports.index_page import Listed, index_page
from equipoise.reports.page import harmless
from equipoise.reports.study_report import study_report

ONE = """
one: {endpoint: os, method: cox, test: logrank, estimand: {contrast: new vs old_way, summary: hazard_ratio}}
two: {endpoint: os, method: matching}
"""


def report(everyone: dict = SIX, *, virtual: bool = False, status: str = "completed") -> str:
    told = trial(ONE, status=status)
    charts = people(told, everyone)
    return study_report(told, charts, analyse(told, charts, until=UNTIL, virtual=virtual), until=UNTIL, virtual=virtual)


def test_a_page_runs_nothing_and_asks_nothing_of_other_hosts() -> None:
    page = report()
    assert "<script" not in page
    assert not re.findall(r"(?:src|href)=\"(?!#|data:)[^\"]*\"", page)


def test_a_page_is_the_same_each_time() -> None:
    assert report() == report()


@pytest.mark.parametrize(
    "word",
    ["In short", "Participants at the start", "Number at risk", "What is estimated", "Deviations", "Methods", "Screened: 6",
     "New against Old", "method matching is declared", "Log-rank"],
)  # fmt: skip
def test_a_page_tells(word: str) -> None:
    everyone = {key: [("baseline", 0, {"age": 60.0}), *SIX[key]] for key in SIX}
    assert word in report(everyone)


def test_virtual_data_are_marked_on_the_page_and_each_figure() -> None:
    page = report(virtual=True)
    assert page.count("VIRTUAL DATA") > 3
    assert "Nobody was treated" in page
    assert "VIRTUAL" not in report().split("<body>")[1]


def test_before_the_lock_nothing_on_the_page_sets_arms_apart() -> None:
    page = report(status="recruiting")
    assert "not locked" in page
    assert "Hazard ratio" not in page
    assert "allocated:" not in page
    assert "Log-rank" not in page


def test_nobody_at_all_still_makes_a_page() -> None:
    assert "nobody belongs to the population" in report({})


def test_many_participants_do_not_make_a_long_page() -> None:
    few = {f"p{index}": [arm("new"), ("death", 9 + index)] for index in range(9)}
    many = {f"p{index}": [arm("new"), ("death", 9 + index)] for index in range(90)}
    assert len(report(many)) < 1.5 * len(report(few)), "curves have more steps, and tables no more rows"


def test_the_flow_is_drawn_with_its_numbers() -> None:
    told = trial(ONE)
    found = flow(told, people(told, SIX))
    svg = flow_picture(found)
    assert harmless(svg) == svg
    for word in ("Screened: 6", "Randomised: 6", "allocated: 3", "received it: 2", "did not: 1", "Analysed: 3"):
        assert word in svg
    assert "allocated" not in flow_picture(found, by_arm=False)
    assert "VIRTUAL" in flow_picture(found, virtual=True)
    assert "New: 3 allocated" in flow_in_words(found)


def test_the_index_links_every_study() -> None:
    told = trial(ONE)
    charts = people(told, SIX)
    results = analyse(told, charts, until=UNTIL)
    listed = [
        Listed(told, Path("small/report.html"), Path("small/trial.html"), 6, False, results[0]),
        Listed(told, Path("drawn/report.html"), Path("drawn/trial.html"), 6, True, None),
    ]
    page = index_page(listed)
    assert 'href="small/report.html"' in page
    assert 'href="drawn/trial.html"' in page
    assert page.split("<body>")[1].count("VIRTUAL") == 1
    assert "%%" not in page
