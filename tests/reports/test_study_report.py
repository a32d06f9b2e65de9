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
from equipoise.reports.study_report import Report, as_html, study_report, written
from equipoise.reports.study_report import report as made_report
from reports import drawn

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
        Listed(told, Path("drawn/report.html"), Path("drawn/trial.html"), 6, True, None, Path("drawn/report.pdf")),
    ]
    page = index_page(listed)
    assert 'href="small/report.html"' in page
    assert 'href="drawn/trial.html"' in page
    assert page.count(".pdf") == 1
    assert page.split("<body>")[1].count("VIRTUAL") == 1
    assert "%%" not in page


# --- one report, several forms -------------------------------------------------------------------------------------------


def whole(everyone: dict = SIX, *, status: str = "completed", virtual: bool = False, screened: int | None = None) -> Report:
    told = trial(ONE, status=status)
    charts = people(told, everyone)
    results = analyse(told, charts, until=UNTIL, virtual=virtual)
    return made_report(told, charts, results, until=UNTIL, virtual=virtual, screened=screened)


def test_a_folder_holds_the_page_the_document_and_the_tables(tmp_path: Path) -> None:
    files = written(whole(), tmp_path / "new")
    assert {each.suffix for each in files} == {".html", ".pdf", ".csv", ".parquet"}
    assert all(each.stat().st_size for each in files)


@pytest.mark.parametrize("name", ["a.html", "a.pdf", "a.PDF"])
def test_a_file_is_of_the_kind_that_its_name_says(name: str, tmp_path: Path) -> None:
    (file,) = written(whole(), tmp_path / name)
    assert file.read_bytes().startswith(b"%PDF" if name.lower().endswith("pdf") else b"<!DOCTYPE")


def test_another_kind_of_file_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\.html, as \.pdf, or into a folder, not as \.docx"):
        written(whole(), tmp_path / "a.docx")


def test_every_result_says_its_standing_its_line_and_its_software() -> None:
    page = as_html(whole())
    assert page.count("Pre-specified; ") >= 3, "under the curves and in each table"
    assert page.count(">Made by<") >= 3


def test_methods_name_their_sources() -> None:
    page = as_html(whole())
    assert "Kaplan and Meier (1958)" in page
    assert "[1" in page


def test_those_who_were_screened_and_left_no_chart_are_counted() -> None:
    assert "Screened: 6" in as_html(whole())
    page = as_html(whole(screened=40))
    assert "Screened: 40" in page
    assert "not eligible: 34" in page


def test_an_observational_study_is_told_in_the_words_of_strobe() -> None:
    page = as_html(drawn.made(drawn.OBSERVED)[1])
    assert "Examined for eligibility" in page
    assert "STROBE" in page
    assert "Randomised:" not in page
    assert "CONSORT" in as_html(drawn.made(drawn.RANDOMISED)[1])


# --- before the lock -----------------------------------------------------------------------------------------------------

SWAPPED = {
    # Everybody changes arms, and nothing else: what tells arms apart changes, and nothing else can.
    key: [({"new": arm("old_way"), "old_way": arm("new")}[str(each[2]["arm"])] if each[0] == "randomisation" else each)
          for each in happened]
    for key, happened in SIX.items()
}  # fmt: skip
MIXED = {
    # The best outcomes to one arm and the worst to the other.
    key: [arm("new" if key in ("n3", "o3", "n2") else "old_way"), *[each for each in happened if each[0] != "randomisation"]]
    for key, happened in SIX.items()
}  # fmt: skip


@pytest.mark.parametrize("other", [SWAPPED, MIXED])
def test_before_the_lock_a_report_is_the_same_whoever_was_in_which_arm(other: dict, tmp_path: Path) -> None:
    first, second = (
        written(whole(everyone, status="recruiting"), tmp_path / name) for name, everyone in (("a", SIX), ("b", other))
    )
    for one, two in zip(first, second, strict=True):
        assert one.read_bytes() == two.read_bytes(), one.name
    open_ = [as_html(whole(everyone)) for everyone in (SIX, other)]
    assert open_[0] != open_[1], "after the lock it is not"


def test_before_the_lock_a_real_trial_shows_no_number_of_an_arm(tmp_path: Path) -> None:
    results, made = drawn.made(drawn.RANDOMISED, as_real=True)
    assert all(each.is_withheld for each in results)
    names = set(made.people)
    for file in written(made, tmp_path):
        if file.suffix in (".html", ".csv"):
            said = file.read_text(encoding="utf-8")
            assert not [name for name in names if re.search(rf"\b{name}\b", said)], file.name
    page = as_html(made)
    assert "courses and responses are left out" in page
    assert "counts those alone who had what not every arm gives" in page
    figures = re.findall(r"<figure.*?</figure>", page, flags=re.DOTALL)
    hidden = [each.label for each in made.study.protocol.arms.values()]
    for figure in figures:
        if "The pathway." not in figure:
            assert not [label for label in hidden if label in figure]
    rows = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", page, flags=re.DOTALL)
    assert not [cell for cell in rows if cell in hidden], "no table has a row or a column of an arm"


def test_a_declared_look_compares_arms_and_the_rest_stays_closed() -> None:
    looks = "one: {endpoint: os, method: cox, test: logrank, interim: [0.5], estimand: {contrast: new vs old_way, summary: hazard_ratio}}"
    told = trial(looks, status="recruiting")
    charts = people(told, SIX)
    results = analyse(told, charts, until=UNTIL, interim=True)
    page = study_report(told, charts, results, until=UNTIL, virtual=False)
    assert "Hazard ratio" in page
    assert "interim look" in page
    assert "allocated:" not in page
