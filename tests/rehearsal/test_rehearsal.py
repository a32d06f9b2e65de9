"""Trials run many times: by law, by agreement of the three ways to run them, and with formulas."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from math import log
from pathlib import Path

import pytest

from equipoise import load, shipped
from equipoise.finding import Unreadable
from equipoise.prospects import prospects
from equipoise.rehearsal import Rehearsal, Unassumed, rehearsal, rehearsing
from equipoise.rehearsal.comparison import comparisons
from equipoise.rehearsal.counted import beyond, counted
from equipoise.rehearsal.followed import Asked, followed
from equipoise.rehearsal.totals import Sum, Tally, Totals, quantiles
from equipoise.rehearsal.variations import variation, varied, without_effect
from equipoise.simulation.assumptions import TIMES, spread
from equipoise.study import study as read
from two_arm_study import TEXT, two_arms

LOOKS = ", interim: [0.5], spending: obrien_fleming, futility: pocock"


def without_time(found: Rehearsal) -> Rehearsal:
    return replace(found, totals=Totals())


# --- totals ----------------------------------------------------------------------------------------------------------


def test_a_mean_and_its_error_by_hand() -> None:
    # 1, 2, 6: mean 3, variance (4 + 1 + 9)/2 = 7, error sqrt(7/3).
    tally = Tally()
    for value in (1.0, 2.0, 6.0, float("nan")):
        tally.number(value, "x")
    found = tally.totals.estimate("x")
    assert found is not None and found.value == 3.0 and found.error == pytest.approx((7 / 3) ** 0.5)


def test_a_share_on_which_all_trials_agree_is_not_certain() -> None:
    totals = Totals(10, {("x",): Sum(10, 10.0, 10.0)}, {})
    share = totals.share("x")
    assert share is not None and share.value == 1.0 and share.error > 0


def test_totals_come_back_from_json() -> None:
    tally = Tally(trials=2)
    tally.number(0.1, "arm", "old", "months")
    tally.count("way", "treatment", "old", "a>b", times=3)
    assert Totals.read(tally.totals.written()) == tally.totals


def test_quantiles_by_hand() -> None:
    assert quantiles([(1, 5), (2, 4), (9, 1)], (0.1, 0.5, 0.9)) == (1, 1, 2)


# --- the three ways to run a trial -----------------------------------------------------------------------------------


@pytest.mark.parametrize("interim", ["", LOOKS])
def test_fast_trials_tell_what_followed_ones_tell(interim: str) -> None:
    study = two_arms(people=24, interim=interim)
    asked = Asked(24, comparisons(study, prospects(study)), months=30)
    one, other = followed(study, asked, 3, 0, 4), counted(study, asked, 3, 0, 4)
    assert one.counts == other.counts and one.sums.keys() == other.sums.keys()
    for key, each in one.sums.items():
        assert other.sums[key].many == each.many and other.sums[key].total == pytest.approx(each.total, abs=1e-7), key


def test_fast_trials_of_the_pancreas_study_tell_what_followed_ones_tell() -> None:
    study = load(shipped() / "pdac-oligo-ablation")
    asked = Asked(60, comparisons(study, prospects(study)), months=40)
    one, other = followed(study, asked, 5, 0, 1), counted(study, asked, 5, 0, 1)
    assert one.counts == other.counts
    for key, each in one.sums.items():
        assert other.sums[key].total == pytest.approx(each.total, abs=1e-7), key


def test_batches_add_up_however_they_are_cut() -> None:
    study = two_arms()
    asked = Asked(40, comparisons(study, prospects(study)), months=12)
    whole, parts = counted(study, asked, 1, 0, 6), counted(study, asked, 1, 0, 2) + counted(study, asked, 1, 2, 4)
    assert whole.counts == parts.counts and whole.trials == parts.trials == 6
    assert all(parts.sums[key].total == pytest.approx(each.total) for key, each in whole.sums.items())


def test_what_a_group_is_compared_by_is_left_to_trials_that_are_followed() -> None:
    study = load(shipped() / "synchronous-resection-modena")
    found = comparisons(study, prospects(study))
    assert [each.name for each in found] == ["matched", "from_the_day_of_surgery"]
    assert all(beyond(each, study, ("os",)) == "it does not compare two arms" for each in found)


# --- against formulas ------------------------------------------------------------------------------------------------


def test_power_agrees_with_the_formula_and_with_the_comparison_by_itself() -> None:
    found = rehearsal(two_arms(), trials=2_000, error=0, jobs=1)
    (main,) = found.comparisons
    assert main.way == "as written" and main.trials == 2_000 and main.plain is not None and main.formula is not None
    assert main.power is not None and abs(main.power.value - main.plain.power.value) < 3.5 * main.power.error
    assert abs(main.power.value - main.formula) < 0.06  # Schoenfeld's formula is for many participants
    assert main.false is not None and abs(main.false.value - main.plain.false.value) < 3.5 * main.false.error
    assert main.coverage is not None and abs(main.coverage.value - 0.95) < 3.5 * main.coverage.error
    assert main.bias is not None and abs(main.bias.value) < 0.06
    assert main.truth == 0.5 and main.effect is not None and main.effect.value == pytest.approx(log(0.5) + main.bias.value)


def test_looks_end_trials_as_often_as_the_boundaries_promise() -> None:
    study = two_arms(interim=LOOKS)
    found = rehearsal(study, trials=1_500, error=0, jobs=2)
    (main,) = found.comparisons
    assert main.power is not None and main.false is not None and main.plain is not None and len(main.looks) == 2
    (expected, _) = prospects(study)[0].looks
    assert main.looks[0].above == pytest.approx(expected.above) and main.looks[0].below == pytest.approx(expected.below)
    assert abs(main.looks[0].futile.value - expected.given_up) < 0.06
    assert abs(main.power.value - main.plain.power.value) < 3.5 * main.power.error
    assert abs(main.false.value - main.plain.false.value) < 3.5 * main.false.error
    assert sum(look.found.value for look in main.looks) == pytest.approx(main.power.value)
    assert main.months is not None and found.forecast is not None and main.months.value < found.forecast.duration.value


def test_the_pancreas_study_finds_its_effect_with_about_one_chance_in_five() -> None:
    made = rehearsing(load(shipped() / "pdac-oligo-ablation"))
    found = made.first()
    primary = found.primary
    assert primary is not None and primary.name == "primary" and primary.plain is not None
    assert primary.plain.trials == 100_000 and 0.2 < primary.plain.power.value < 0.25
    assert primary.needed[0][0] == 0.8 and 300 < primary.needed[0][1] < 350


def test_accrual_is_as_fast_as_assumed() -> None:
    found = rehearsal(two_arms(), trials=300, error=0, jobs=1)
    assert found.forecast is not None  # 40 people, 5 a month: 8 months
    assert abs(found.forecast.accrual.value - 8) < 4 * found.forecast.accrual.error
    assert found.forecast.joining.middle[-1] == 40 and found.forecast.accrual_spread[0] <= found.forecast.accrual_spread[2]


# --- promises --------------------------------------------------------------------------------------------------------


def test_a_seed_gives_the_same_numbers_whatever_the_number_of_jobs(tmp_path: Path) -> None:
    study = two_arms()
    one = rehearsal(study, trials=600, error=0, jobs=1, vary=["hazard_ratio=0.7"])
    assert without_time(rehearsal(study, trials=600, error=0, jobs=3, vary=["hazard_ratio=0.7"])) == without_time(one)
    assert rehearsal(study, trials=600, error=0, jobs=1, seed=2).comparisons[0].power != one.comparisons[0].power


def test_what_was_done_is_taken_up_again(tmp_path: Path) -> None:
    study, kept = two_arms(), tmp_path / "trials.jsonl"
    first = rehearsal(study, trials=500, error=0, jobs=1, kept=kept)
    lines = kept.read_text().splitlines()
    kept.write_text("\n".join(lines[:2]) + "\n" + lines[2][:40])  # as a kill leaves it
    assert without_time(rehearsal(study, trials=500, error=0, jobs=1, kept=kept)) == without_time(first)


def test_trials_end_early_when_the_error_is_small_enough() -> None:
    found = rehearsal(two_arms(), trials=5_000, error=0.02, jobs=1)
    assert 250 <= found.trials < 1_000 and "0.02" in found.ended
    assert found.comparisons[0].power is not None and found.comparisons[0].power.error < 0.022


def test_without_an_effect_every_arm_is_like_the_reference() -> None:
    study = without_effect(two_arms())
    assumed = study.protocol.assumptions["death"]
    assert (
        spread(assumed, TIMES, "new")
        == spread(assumed, TIMES, "old")
        == spread(two_arms().protocol.assumptions["death"], TIMES, "old")
    )


def test_what_is_lacking_is_said() -> None:
    with pytest.raises(Unassumed, match="accrual"):
        rehearsing(load(shipped() / "colon-levamisole"))
    study = two_arms()
    nobody = replace(study, protocol=replace(study.protocol, design=replace(study.protocol.design, enrolment=None)))
    with pytest.raises(Unassumed, match=r"design\.enrolment"):
        rehearsing(nobody)


# --- what is varied --------------------------------------------------------------------------------------------------


def test_dropout_is_the_share_lost_in_a_year() -> None:
    study = varied(two_arms(), "dropout", "0.2")
    lost = spread(study.protocol.assumptions["withdrawal"], TIMES)
    assert 1 - 2.718281828459045 ** (-365.25 / lost.first) == pytest.approx(0.2)
    assert varied(two_arms(), "dropout", "20 %").protocol == study.protocol


def test_a_number_of_an_assumption_is_varied_by_its_name() -> None:
    study = varied(two_arms(), "death.median", "12 months")
    assert study.protocol.assumptions["death"].median == {"old": "12 months"}
    assert variation("death.median=12 months,6 months", two_arms()).values == ("12 months", "6 months")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("hazard_ratio", "NAME=a,b,c"),
        ("hazard_ratio=", "NAME=a,b,c"),
        ("hazard_ratio=0", "above 0"),
        ("hazard_ratio=much", "a number"),
        ("hazard_ratio=nan", "a number"),
        ("enrolment=1.5", "whole number"),
        ("enrolment=1", "from 2"),
        ("accrual=-3", "above 0"),
        ("dropout=1.5", "below 1"),
        ("hazardratio=0.7", "hazard_ratio"),
        ("deth.median=3 months", "did you mean"),
        ("death.sd=3", "does not say its sd"),
        ("death.colour=3", "no number called"),
        ("death.median=3 kg", "months"),
        ("death.median=-3 months", "above 0"),
    ],
)
def test_what_cannot_be_varied_is_said(text: str, says: str) -> None:
    with pytest.raises(Unreadable) as why:
        variation(text, two_arms())
    assert says in why.value.says or text.startswith("death.median=3 kg")


def test_a_smaller_effect_is_found_less_often() -> None:
    found = rehearsal(two_arms(), trials=400, error=0, jobs=1, vary=["hazard_ratio=0.4,0.9"])
    (strong, weak) = found.sweeps[0].points
    assert found.sweeps[0].way == "as written" and strong.power.value > weak.power.value + 0.2


# --- the command -----------------------------------------------------------------------------------------------------


def test_interrupted_it_keeps_what_is_done(tmp_path: Path) -> None:
    file = tmp_path / "study.yaml"
    file.write_text("\n".join(two_arms(people=400).lines), encoding="utf-8")
    command = [str(Path(sys.executable).with_name("equipoise")), "simulate", str(file), "--trials", "5000000", "--error", "0", "--jobs", "2",
               "--out", str(tmp_path / "out"), "--resume", str(tmp_path / "kept.jsonl")]  # fmt: skip
    running = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "COLUMNS": "200"}
    )
    for _ in range(600):
        if (tmp_path / "kept.jsonl").exists() and len((tmp_path / "kept.jsonl").read_bytes().splitlines()) > 3:
            break
        time.sleep(0.2)
    running.send_signal(signal.SIGINT)
    said, wrong = running.communicate(timeout=120)
    assert running.returncode == 130, wrong
    assert "ended early: it was interrupted" in said and "Traceback" not in said + wrong
    assert (tmp_path / "out" / "simulation.html").is_file()


# --- what is out of the ordinary -------------------------------------------------------------------------------------


def test_what_the_fast_interpreter_does_not_do_is_followed_instead() -> None:
    text = TEXT.format(people=12, method="permuted_blocks", blocks="blocks: [4], ", interim="", ratio="0.5")
    text = text.replace("\narms:\n", "\neligibility: [{id: there, include: exists last_known_alive}]\narms:\n")  # not compiled
    found = rehearsal(read(text), trials=4, error=0, jobs=1)
    assert found.way == "followed" and found.trials == found.followed == 4
    assert "fast interpreter does not do this study" in found.notes[0]
    assert found.comparisons[0].way == "followed" and found.forecast is not None and found.arms


def test_a_margin_is_ruled_out_where_the_interval_lies_below_it() -> None:
    study = two_arms(interim=", margin: 1.3", ratio="0.5")
    found = rehearsal(study, trials=300, error=0, jobs=1)
    (main,) = found.comparisons
    assert main.power is not None and main.formula is not None and main.plain is None
    assert abs(main.power.value - main.formula) < 0.12 and main.power.value > 0.5
    assert any("margin" in note for note in main.notes) or main.truth == 0.5


def test_three_arms_are_compared_at_once_and_no_formula_is_claimed() -> None:
    text = "\n".join(two_arms(people=30).lines)
    text = text.replace("  old: {label", "  third: {label: Third, role: experimental}\n  old: {label")
    text = text.replace("contrast: new vs old", "contrast: new vs third vs old").replace("blocks: [4]", "blocks: [6]")
    found = rehearsal(read(text), trials=6, error=0, jobs=1)
    (main,) = found.comparisons
    assert main.sides == ("new", "third", "old") and main.way == "followed" and main.trials == 6
    assert main.plain is None and main.formula is None and main.truth is None
    assert [arm.name for arm in found.arms] == ["new", "third", "old"]


def test_a_study_without_arms_has_a_course_to_expect_and_no_power() -> None:
    found = rehearsal(load(shipped() / "liver-surgery-linkoping"), trials=3, error=0, jobs=1)
    assert found.comparisons == () and found.forecast is not None and found.flows
    assert found.guessing is not None and "no arms" in found.guessing.cannot
    assert found.forecast.screened.value > 1
