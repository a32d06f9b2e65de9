"""The page of a rehearsal, its pictures, and the command that writes it."""

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from equipoise.command import _app
from equipoise.kernels.two_arm import Estimate
from equipoise.rehearsal import rehearsal
from equipoise.reports.forecast import forecast
from equipoise.reports.power_curve import power_curve
from equipoise.reports.sankey import flowed, least, rows, sankey
from equipoise.reports.simulation_page import headline, sentences, simulation_page, spread
from two_arm_study import two_arms

WAYS = (
    (("a", "b", "c"), (("new", 30),)),
    (("a", "c"), (("old", 60),)),
    (("a",), (("old", 10),)),
)
LABELS = {"a": "Allocated", "b": "Ablation", "c": "Chemotherapy"}


# --- words -----------------------------------------------------------------------------------------------------------


def test_numbers_have_the_digits_that_their_error_leaves() -> None:
    assert spread(Estimate(22.63, 0.49)) == "22.6 ± 0.5"
    assert spread(Estimate(-0.3547, 0.0096)) == "\N{MINUS SIGN}0.355 ± 0.010"
    assert spread(Estimate(157234.4, 812.3)) == "157,234 ± 812"
    assert spread(Estimate(float("nan"), 0.1)) == spread(None) == ""


# --- pictures --------------------------------------------------------------------------------------------------------


def test_the_flow_adds_up_to_the_ways() -> None:
    flow = flowed(WAYS, 100)
    assert flow.links[("a", 1), ("b", 1)] == {"new": 30} and flow.links[("a", 1), ("c", 1)] == {"old": 60}
    assert flow.stays["c", 1] == {"new": 30, "old": 60} and flow.ended == {("c", 1): 90, ("a", 1): 10}


def test_a_stay_stands_below_all_that_lead_to_it() -> None:
    assert rows(flowed(WAYS, 100)) == [[("a", 1)], [("b", 1)], [("c", 1)]]


def test_ways_that_lead_in_a_circle_are_drawn() -> None:
    circle = ((("a", "b", "a", "b"), (("", 5),)), (("b", "a"), (("", 5),)))
    drawn = ElementTree.fromstring(sankey(circle, 10, arms=[("", "All")], labels={}, alt="a circle"))
    assert drawn.tag.endswith("svg")
    assert "a circle" in ElementTree.tostring(drawn, encoding="unicode")


def test_more_of_the_rare_is_left_out_of_a_long_pathway() -> None:
    long = tuple((tuple(f"s{k}" for k in range(length)), (("", 100 if length < 5 else 1),)) for length in range(1, 40))
    assert least(long, 435) > least(WAYS, 100) == 0.005


@pytest.mark.parametrize(
    "svg",
    [
        sankey(WAYS, 100, arms=[("new", "New <&> arm"), ("old", "Old")], labels=LABELS, alt="the flow"),
        power_curve(
            [(30.0, Estimate(0.1, 0.01)), (60.0, Estimate(0.2, 0.0))], along="People", line=[(30, 0.1), (60, 0.2)], planned=60
        ),
        power_curve([(1.0, Estimate(1.0, 0.0))], along="People"),
        forecast([("joined", (0, 1), (1, 2), (2, 2))], until=1, alt="who joined"),
        forecast([("nobody", (0,), (0,), (0,))], until=0, alt="nobody"),
    ],
)
def test_pictures_are_svg_with_words_for_who_cannot_see_them(svg: str) -> None:
    root = ElementTree.fromstring(svg)
    assert root.get("aria-label") and root.get("viewBox") and "nan" not in svg


def test_a_flow_holds_the_names_of_its_steps() -> None:
    svg = sankey(WAYS, 100, arms=[("new", "New"), ("old", "Old")], labels=LABELS, alt="the flow")
    assert all(name in svg for name in LABELS.values()) and "10 % go no further" in svg


# --- the page --------------------------------------------------------------------------------------------------------


def test_the_page_says_first_how_likely_the_trial_finds_its_effect() -> None:
    study = two_arms()
    found = rehearsal(study, trials=60, error=0, jobs=1)
    html = simulation_page(study, found)
    assert "With 40 participants and a hazard ratio of 0.50 the trial finds the effect with a probability of about" in html
    assert "would be needed for 80 %" in headline(found)
    assert "<script" not in html and "http://" not in html.replace("http://www.w3.org", "") and "https://" not in html
    assert html.count("VIRTUAL DATA") > html.count("<figure") > 2
    for heading in (
        "What the trial finds",
        "How long it takes",
        "Ways through the pathway",
        "Can a site guess",
        "If it were otherwise",
    ):
        assert heading in html
    assert "Re-estimation of the sample size and other adaptations: not declared" in html


def test_the_page_of_what_was_cut_short_can_be_written() -> None:
    study = two_arms()
    found = rehearsal(study, trials=2, error=0, jobs=1)
    bare = replace(found, arms=(), closely=(), forecast=None, flows=(), guessing=None, sweeps=(), trials=0, followed=0, way="")
    assert "None was run as written" in simulation_page(study, bare)


def test_a_type_i_error_far_above_the_level_is_spoken_of() -> None:
    found = rehearsal(two_arms(), trials=40, error=0, jobs=1)
    (main,) = found.comparisons
    assert not any("more than its level" in each for each in sentences(replace(main, false=Estimate(0.06, 0.01)), found))
    assert any("more than its level" in each for each in sentences(replace(main, false=Estimate(0.2, 0.01)), found))


# --- the command -----------------------------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "study.yaml"
    made.write_text("\n".join(two_arms().lines), encoding="utf-8")
    return made


def run(*said: object) -> tuple[int, str, str]:
    found = CliRunner().invoke(_app, ["simulate", *map(str, said)])
    return found.exit_code, found.stdout, found.stderr


def test_simulate_writes_a_page_and_numbers(file: Path, tmp_path: Path) -> None:
    code, out, _ = run(file, "--trials", 30, "--jobs", 1, "--out", tmp_path / "out", "--vary", "enrolment=20,60")
    assert code == 0 and "finds the effect with a probability" in out and "Virtual" not in out.split("virtual participants")[0]
    told = json.loads((tmp_path / "out" / "simulation.json").read_text(encoding="utf-8"))
    assert told["trials"] == 30 and [each["value"] for each in told["sweeps"][0]["points"]] == ["20", "60"]
    assert (tmp_path / "out" / "simulation.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_json_is_all_that_stands_on_standard_output(file: Path) -> None:
    code, out, _ = run(file, "--trials", 10, "--jobs", 1, "--json")
    told = json.loads(out)
    assert code == 0 and told["comparisons"][0]["name"] == "main" and "totals" not in told


@pytest.mark.parametrize(
    ("said", "says"),
    [
        (("--trials", "0"), "--trials 0"),
        (("--seed", "-1"), "--seed -1"),
        (("--jobs", "0"), "--jobs 0"),
        (("--error", "nan"), "--error nan"),
        (("--error", "0.7"), "--error 0.7"),
        (("--vary", "hazard_ratio"), "NAME=a,b,c"),
        (("--vary", "dropout=2"), "below 1"),
        (("--resume", "/nowhere/at/all"), "there is no folder"),
    ],
)
def test_what_cannot_be_asked_is_said_in_a_sentence(file: Path, said: tuple[str, str], says: str) -> None:
    code, out, err = run(file, *said)
    assert code == 1 and says in err and "Traceback" not in out + err


def test_out_must_be_a_folder_and_resume_a_file_of_these_trials(file: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("something else\n")
    assert run(file, "--out", tmp_path / "taken")[2].strip().endswith("a folder is expected")
    code, _, err = run(file, "--trials", 2, "--jobs", 1, "--resume", tmp_path / "taken")
    assert code == 1 and "is not of these trials" in err and (tmp_path / "taken").read_text() == "something else\n"


def test_what_a_study_lacks_is_listed() -> None:
    code, out, err = run("colon-levamisole")
    assert code == 1 and "no-assumption" in err and "cannot be simulated" in err and "Traceback" not in out + err
