"""Pictures of participants: the same each time, harmless, legible without colour, with the numbers in words."""

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import pairwise

import pytest

from equipoise.analysis import Estimate, Result
from equipoise.reports.acceptability import acceptability_figures
from equipoise.reports.forest import Compared, comparisons, forest, forest_figures
from equipoise.reports.joint_picture import joint_figures
from equipoise.reports.page import Figure, Section, harmless, page, part
from equipoise.reports.references import cited_by, sources
from equipoise.reports.spaghetti import spaghetti
from equipoise.reports.strokes import FILLS, round_steps, thinned
from equipoise.reports.study_report import as_html
from equipoise.reports.swimmer import courses, swimmer
from equipoise.reports.waterfall import best_changes, waterfall
from reports import drawn

STUDIES = [drawn.RANDOMISED, drawn.ASSIGNED]


def pictures(slug: str) -> dict[str, Figure | None]:
    study, people = drawn.told(slug), drawn.people(slug)
    results, _ = drawn.made(slug, as_real=False)
    lines = next((each for each in results if each.courses), None)
    return {
        "swimmer": swimmer(study, people), "waterfall": waterfall(study, people),
        "spaghetti": spaghetti(study, people, lines) if lines is not None else None,
        **{f"forest {index}": each for index, each in enumerate(forest_figures(results))},
    }  # fmt: skip


@pytest.mark.parametrize("slug", STUDIES)
def test_pictures_are_whole_harmless_and_the_same_each_time(slug: str) -> None:
    found = pictures(slug)
    assert all(found[name] is not None for name in ("swimmer", "waterfall", "spaghetti"))
    again = pictures(slug)
    for name, each in found.items():
        assert each is not None
        assert isinstance(each.image, str)
        ElementTree.fromstring(each.image)
        assert harmless(each.image) == each.image
        assert each == again[name]
        assert re.search(r"\d", each.alt), f"{name}: the words hold no number"
        assert "VIRTUAL DATA" in part(each, virtual=True)
        assert "nan" not in each.image.lower().replace("finance", "")


@pytest.mark.parametrize(
    ("draw", "name", "words"),
    [(joint_figures, "tumour_markers_described", ("CA 19-9", "those who died", "Alive, ")),
     (acceptability_figures, "cost_of_life_gained", ("chance to be worth its price", "% at 0"))],
)  # fmt: skip
def test_markers_above_survival_and_acceptability_are_drawn_and_told(
    draw: Callable[[Result], tuple[Figure, ...]], name: str, words: tuple[str, ...]
) -> None:
    results, report = drawn.made(drawn.RANDOMISED)
    (figure,) = draw(next(each for each in results if each.name == name))
    assert isinstance(figure.image, str)
    assert harmless(figure.image) == figure.image
    assert (figure,) == draw(next(each for each in results if each.name == name))
    assert all(each in figure.alt for each in words)
    assert "VIRTUAL DATA" in part(figure, virtual=True)
    assert figure.caption in as_html(report)
    # Lines differ in more than colour.
    assert "stroke-dasharray" in figure.image
    assert all(draw(each) == () for each in results if not each.displays and not each.acceptability)


@pytest.mark.parametrize("slug", STUDIES)
def test_no_letters_of_a_picture_lie_outside_it(slug: str) -> None:
    for name, each in pictures(slug).items():
        assert each is not None
        assert isinstance(each.image, str)
        box = re.search(r'viewBox="0 0 (\d+) (\d+)"', each.image)
        assert box is not None
        for x, y in re.findall(r'<text x="([-\d.]+)" y="([-\d.]+)"', each.image):
            assert 0 <= float(x) <= float(box[1]), name
            assert 0 <= float(y) <= float(box[2]), name


def test_rows_of_a_swimmer_do_not_overlap() -> None:
    for count in (60, 90):
        figure = swimmer(drawn.told(drawn.ASSIGNED), drawn.people(drawn.ASSIGNED, count))
        assert figure is not None
        assert isinstance(figure.image, str)
        names = sorted(float(y) for y in re.findall(r'y="([\d.]+)" font-size="[78]"[^>]* text-anchor="end"', figure.image))
        assert len(names) == count
        assert min(b - a for a, b in pairwise(names)) >= 8


def test_the_course_of_a_participant_by_hand() -> None:
    study, people = drawn.told(drawn.ASSIGNED), drawn.people(drawn.ASSIGNED)
    for course in courses(study, people):
        known = people[course.participant]
        died = known.first("death")
        assert (course.end == "death") == (died is not None)
        assert course.days >= 0
        assert all(0 <= start <= end <= course.days for _, start, end in course.stays)
        if died is not None:
            assert course.days == (died - min(visit.entered for visit in known.visits)).days


def test_a_waterfall_falls() -> None:
    found = best_changes(drawn.told(drawn.ASSIGNED), drawn.people(drawn.ASSIGNED))
    assert [each.percent for each in found] == sorted((each.percent for each in found), reverse=True)
    assert all(-100 <= each.percent for each in found)


def test_the_words_of_a_waterfall_count_as_a_reader_would() -> None:
    study, people = drawn.told(drawn.ASSIGNED), drawn.people(drawn.ASSIGNED)
    figure = waterfall(study, people)
    found = best_changes(study, people)
    assert figure is not None
    for arm, told in study.protocol.arms.items():
        mine = [each.percent for each in found if each.arm == arm]
        assert (
            f"{told.label}: {len(mine)} participants, {sum(each <= -30 for each in mine)} shrank by 30% or more" in figure.alt
        )


def test_before_the_lock_values_over_time_stand_in_one_panel() -> None:
    study, people = drawn.told(drawn.RANDOMISED), drawn.people(drawn.RANDOMISED)
    results, _ = drawn.made(drawn.RANDOMISED, as_real=True)
    figure = next(spaghetti(study, people, each) for each in results if each.courses)
    assert figure is not None
    hidden = [arm.label for arm in study.protocol.arms.values()] + list(people)
    said = f"{figure.image!s} {figure.alt} {figure.caption}"
    assert not [word for word in hidden if word in said]
    assert forest_figures(results) == ()


def test_many_participants_are_sampled_and_the_caption_says_so() -> None:
    study = drawn.told(drawn.ASSIGNED)
    few = drawn.people(drawn.ASSIGNED)
    many = {f"{name}-{copy}": each for name, each in few.items() for copy in range(12)}
    first, second = swimmer(study, few), swimmer(study, many)
    assert first is not None and second is not None
    assert "Drawn are" not in first.caption
    assert re.search(r"Drawn are \d+ of 480", second.caption)
    third = waterfall(study, many)
    assert third is not None
    assert "Drawn are 300 of them" in third.caption


@pytest.mark.parametrize(
    "label", ["<script>alert(1)</script>", 'A "quoted" & odd $x^2$ #panic() arm', "very " * 60, "\u202eevil"]
)
def test_a_label_is_only_ever_letters(label: str) -> None:
    one = Estimate("Hazard ratio", 0.5, 0.2, 1.1, 0.95, "", label)
    figure = forest(
        "Hazard ratio", [Compared(label), Compared(label, one, "9 (3)"), Compared(label, one, "", is_post_hoc=True)]
    )
    assert figure is not None
    ElementTree.fromstring(str(figure.image))
    assert "<script" not in page("t", [Section("s", (figure,))], virtual=False)
    assert "\u202e" not in str(figure.image)


# --- forest ------------------------------------------------------------------------------------------------------------


def lines(*values: tuple[float, float | None, float | None], name: str = "Hazard ratio", unit: str = "") -> list[Compared]:
    return [
        Compared("a against b", Estimate(name, value, low, high, 0.95, unit, "a against b"), "10")
        for value, low, high in values
    ]


def marks(figure: Figure | None) -> list[float]:
    """Where the boxes of a forest stand across."""
    assert figure is not None
    return [float(x) + 4 for x in re.findall(r'<path d="M([\d.]+) [\d.]+h8v8h-8z"', str(figure.image))]


def test_a_ratio_and_its_inverse_lie_equally_far_from_one() -> None:
    twice, one, half = marks(forest("Hazard ratio", lines((2, 1, 4), (1, 0.5, 2), (0.5, 0.25, 1))))
    assert twice - one == pytest.approx(one - half, abs=0.3)


def test_a_difference_lies_on_a_plain_axis() -> None:
    minus, none, plus = marks(
        forest("Difference", lines((-0.1, -0.2, 0), (0, -0.1, 0.1), (0.1, 0, 0.2), name="Difference", unit="share"))
    )
    assert plus - none == pytest.approx(none - minus, abs=0.3)


def test_limits_without_end_are_arrows_and_not_crashes() -> None:
    figure = forest("Hazard ratio", lines((1e-9, 0.0, float("inf")), (1e9, 1.0, None), (1.0, None, None)))
    assert "nan" not in str(figure.image)  # type: ignore[union-attr]
    assert "inf" not in re.sub(r"<title.*?</title>|aria-label=\"[^\"]*\"|<text.*?</text>", "", str(figure.image))  # type: ignore[union-attr]


def test_what_is_no_number_is_not_drawn() -> None:
    assert forest("Hazard ratio", lines((float("nan"), None, None), (0.0, None, None))) is None


def test_means_of_different_things_share_no_axis() -> None:
    results, _ = drawn.made(drawn.ASSIGNED)
    for name, held in comparisons(results):
        if name.startswith("Difference of means"):
            assert len({each.label for each in held if each.estimate is None}) == 1


def test_post_hoc_is_told_from_prespecified() -> None:
    one = Estimate("Hazard ratio", 0.5, 0.2, 1.1, 0.95, "", "a against b")
    figure = forest("Hazard ratio", [Compared("x", one), Compared("y", one, is_post_hoc=True)])
    assert figure is not None
    assert "post hoc" in figure.alt
    assert "Post hoc" in str(figure.image)


def test_results_with_other_words_still_stand_together() -> None:
    results, _ = drawn.made(drawn.RANDOMISED)
    found = dict(comparisons([replace(each, label="L") for each in results]))
    assert "Hazard ratio" in found


# --- strokes and sources -----------------------------------------------------------------------------------------------


def test_ticks_reach_beyond_both_ends() -> None:
    for low, high in ((0, 1), (-3.2, 17), (1e-4, 5e-4), (0, 99999), (5, 5)):
        found = round_steps(low, high)
        assert found[0] <= low and found[-1] >= high
        assert list(found) == sorted(set(found))
        assert len(found) <= 9


def test_a_sample_keeps_both_ends() -> None:
    for count, most in ((10, 4), (929, 100), (3, 100), (5, 1)):
        found = thinned(count, most)
        assert len(found) == min(count, most)
        assert found[0] == 0
        assert most == 1 or found[-1] == count - 1


def test_fills_are_told_apart_without_colour() -> None:
    assert len(set(FILLS)) == len(FILLS) >= 9


def said(words: Iterable[str]) -> list[str]:
    return [each.says for each in cited_by(words)]


def test_methods_are_cited_by_what_the_code_names() -> None:
    assert said(["Kaplan-Meier estimates", "Log-rank test of the 2 arms"]) == [
        "Kaplan and Meier (1958), J Am Stat Assoc 53:457-481", "Mantel (1966), Cancer Chemother Rep 50:163-170",
    ]  # fmt: skip
    assert said(["Cox's model; ties by Efron"]) == [
        "Cox (1972), J R Stat Soc B 34:187-220", "Efron (1977), J Am Stat Assoc 72:557-565",
    ]  # fmt: skip
    assert said(["incidence by Aalen and Johansen"]) == ["Aalen and Johansen (1978), Scand J Stat 5:141-150"]
    assert said(["a grey day in the Cox household, meanwhile"]) != []
    assert said(["Means of the values nearest to the origin."]) == []


def test_every_source_can_be_read() -> None:
    assert len(sources()) > 15
    for each in sources():
        assert re.search(r"\((1[89]|20)\d\d\)", each.says)
        assert all(author[0].isupper() for author in each.authors)
