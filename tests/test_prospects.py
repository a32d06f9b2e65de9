"""What a trial as planned can find: the shipped trial by hand, laws of the plan, every reason to say nothing."""

import json
from collections.abc import Mapping
from dataclasses import replace
from math import exp, log
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest
from typer.testing import CliRunner

import equipoise as eq
from equipoise.command import _app
from equipoise.prospects import Prospect, prospects
from equipoise.prospects.words import months, percent
from equipoise.protocol import Spending
from equipoise.reports.design_page import design_page
from equipoise.study import study

TEXT = """
equipoise: 1
study: small
title: A small trial
design: {type: interventional, allocation: randomised, masking: none, enrolment: 400}
activities:
  scan: {items: {size: {type: quantity, unit: mm}, clear: {type: yes_no}, grade: {type: choice, of: [a, b]}}, repeats: yes}
  progression: {repeats: yes}
arms:
  new: {role: experimental}
  old: {role: active_comparator}
allocation: {method: permuted_blocks, ratio: {new: 1, old: 1}, blocks: [4, 6]}
endpoints:
  os: {role: primary, kind: time_to_event, from: randomisation, event: death, censor: last_known_alive, horizon: 3 years}
  pfs: {kind: time_to_event, from: randomisation, event: [progression, death], censor: last_known_alive, horizon: 3 years}
  grown: {kind: time_to_event, from: randomisation, event: first(scan where size > 20 mm), censor: last_known_alive, horizon: 3 years}
  lasting: {kind: time_to_event, from: randomisation, event: death, censor: last_known_alive}
  scanned: {kind: time_to_event, from: randomisation, event: death, censor: last_known_alive, horizon: 3 years, among: exists scan}
  clear: {kind: measurement, from: randomisation, item: clear, at: 3 months}
  size: {kind: measurement, from: randomisation, item: size, at: 3 months}
  grade: {kind: measurement, from: randomisation, item: grade, at: 3 months}
  progressed: {kind: occurrence, from: randomisation, event: progression, within: 12 months}
  course: {kind: trajectory, from: randomisation, items: [size]}
analyses:
  it: {ANALYSIS}
assumptions:
  accrual: {per_month: 20, source: ours}
  death: {distribution: exponential, from: randomisation, median: {old: 20 months}, hazard_ratio: 0.7, source: ours}
  progression: {distribution: weibull, shape: 1.3, from: randomisation, median: {old: 8 months}, hazard_ratio: 0.7, source: ours}
  clear: {chances: {new: {yes: 0.4, no: 0.6}, old: {yes: 0.3, no: 0.7}}, source: ours}
  size: {distribution: normal, mean: {new: 20 mm, old: 23 mm}, sd: 9 mm, source: ours}
"""
COX = "method: cox, test: logrank, alpha: 0.05"


def found(
    endpoint: str = "os", more: str = COX, contrast: str = "new vs old", changed: Mapping[str, str] | None = None
) -> Prospect:
    """What the one analysis of the small trial finds."""
    text = TEXT.replace("ANALYSIS", f"endpoint: {endpoint}, estimand: {{population: randomised, contrast: {contrast}}}, {more}")
    for old, new in (changed or {}).items():
        assert old in text
        text = text.replace(old, new)
    told = study(text)
    assert not eq.finding.errors(told.findings), told.findings
    (only,) = prospects(told)
    return only


# --- the shipped trial ---


def test_60_participants_most_likely_miss_a_hazard_ratio_of_0_7(studies: Path) -> None:
    # Followed for 2 years; medians 8.5 and 8.5/0.7 months; one in 120 months' half-life lost. By hand, month for month:
    first = eq.design(eq.load(studies / "pdac-oligo-ablation"))[0]
    lost, rates = log(2) / 120, (0.7 * log(2) / 8.5, log(2) / 8.5)
    seen = [rate / (rate + lost) * (1 - exp(-24 * (rate + lost))) for rate in rates]
    events = 30 * sum(seen)
    power = NormalDist().cdf(-log(0.7) * (events / 4) ** 0.5 - NormalDist().inv_cdf(0.975))
    needed = (NormalDist().inv_cdf(0.975) + NormalDist().inv_cdf(0.8)) ** 2 * 4 / log(0.7) ** 2 / (sum(seen) / 2)
    assert (first.events, first.power) == (pytest.approx(events), pytest.approx(power))
    assert first.needed[0].participants == 2 * -(-needed // 2) == 324
    assert first.is_primary and first.months == pytest.approx(54)
    assert first.headline == (
        "60 participants find a hazard ratio of 0.70 with a probability of about 23 %; 324 would be needed for 80 %, 434 for 90 %."
    )


def test_as_often_as_in_drawn_trials(studies: Path) -> None:
    first = eq.design(eq.load(studies / "pdac-oligo-ablation"))[0]
    rng, trials, people = np.random.default_rng(1), 20_000, 60
    arm = np.tile([1, 0], people // 2)
    event = rng.exponential(8.5 / log(2) / np.where(arm == 1, 0.7, 1.0), (trials, people))
    end = np.minimum(rng.exponential(120 / log(2), (trials, people)), 24.0)
    order = np.argsort(np.minimum(event, end), axis=1)
    died = np.take_along_axis(event <= end, order, axis=1)
    treated = np.take_along_axis(np.broadcast_to(arm, event.shape), order, axis=1)
    share = np.cumsum(treated[:, ::-1], axis=1)[:, ::-1] / np.arange(people, 0, -1)
    z = np.sum(died * (treated - share), axis=1) / np.sqrt(np.sum(died * share * (1 - share), axis=1))
    power = float((z < -1.959964).mean())
    assert first.power is not None and first.events is not None
    assert abs(power - first.power) < 3 * (power * (1 - power) / trials) ** 0.5
    assert died.sum() / trials == pytest.approx(first.events, abs=0.1)


def test_every_declared_analysis_is_answered_for(studies: Path) -> None:
    for folder in sorted(studies.iterdir()):
        told = eq.load(folder)
        answers = eq.design(told)
        assert {each.analysis for each in answers} == set(told.protocol.analyses)
        for each in answers:
            assert each.headline.endswith("."), "each says something"
            assert each.power is not None or each.cannot, "without a power there is a reason"


def test_a_study_without_arms_says_so(studies: Path) -> None:
    answers = eq.design(eq.load(studies / "liver-surgery-linkoping"))
    assert all("compares nothing, and the study has no arms" in each.cannot for each in answers)
    # Wilson's limits of a half of 64: 1.96 / (2 √67.84) = 0.119.
    assert "64 participants tell a share to within 12 percentage points" in answers[0].cannot
    assert "percentage points" not in answers[-1].cannot, "it counts some alone, and nobody knows how many"


# --- the plan ---


def test_the_number_needed_has_the_power_wanted() -> None:
    for endpoint, more in (("os", COX), ("pfs", COX), ("os", f"{COX}, interim: [0.5, 0.75]"), ("os", "method: rmst"),
                           ("clear", "method: proportion"), ("clear", "method: proportion, test: fisher"), ("size", "method: mean"),
                           ("progressed", "method: proportion"), ("os", f"{COX}, margin: 1.2"), ("clear", "margin: -0.1")):  # fmt: skip
        for number in found(endpoint, more).needed[:1]:
            enough = found(endpoint, more, changed={"enrolment: 400": f"enrolment: {number.participants}"})
            fewer = found(endpoint, more, changed={"enrolment: 400": f"enrolment: {number.participants - 4}"})
            assert enough.power is not None and fewer.power is not None
            assert fewer.power < number.power <= enough.power + 1e-9, (endpoint, more)


def test_what_is_found_is_found_when_it_is_assumed() -> None:
    for each in found().detectable:
        again = found(
            changed={
                "hazard_ratio: 0.7, source: ours}\n  progression": f"hazard_ratio: {each.effect:.10f}, source: ours}}\n  progression"
            }
        )
        assert again.power == pytest.approx(each.power, abs=1e-6)
    for each in found("size", "method: mean").detectable:
        again = found("size", "method: mean", changed={"new: 20 mm": f"new: {23 - each.effect:.10f} mm"})
        assert again.power == pytest.approx(each.power, abs=1e-6)


def test_either_side_of_the_contrast_is_the_same_trial() -> None:
    one, back = found(), found(contrast="old vs new")
    assert one.power == pytest.approx(back.power)
    assert back.effect == pytest.approx(1 / 0.7)
    assert one.needed[0].participants == back.needed[0].participants


def test_looks_cost_little_and_say_when() -> None:
    fixed, looked = found(), found(more=f"{COX}, interim: [0.5, 0.75]")
    assert fixed.power is not None and looked.power is not None
    assert 0 < fixed.power - looked.power < 0.02
    assert [look.share for look in looked.looks] == [0.5, 0.75, 1.0]
    assert looked.looks[0].month < looked.looks[1].month < looked.looks[2].month == pytest.approx(56)
    assert looked.looks[-1].found == pytest.approx(looked.power)
    assert looked.looks[-1].falsely == pytest.approx(0.025)
    assert any("O'Brien and Fleming" in each for each in looked.rests_on), "what is not said is told"
    assert looked.used is not None and looked.used_without is not None and looked.used < looked.used_without < 1
    given_up = found(more=f"{COX}, interim: [0.5], spending: pocock, futility: hwang_shih_decani -2")
    assert given_up.looks[0].below is not None and given_up.looks[0].given_up > 0


@pytest.mark.parametrize(
    ("endpoint", "more"), [("clear", "method: proportion"), ("size", "method: mean"), ("os", "method: rmst")]
)
def test_looks_at_other_measures_cost_as_much(endpoint: str, more: str) -> None:
    # Pocock's two looks take 1.11 times the information for a power of 80 %: Jennison and Turnbull (2000), table 2.2.
    fixed, looked = found(endpoint, more), found(endpoint, f"{more}, interim: [0.5], spending: wang_tsiatis 0.5")
    assert looked.needed[0].participants / fixed.needed[0].participants == pytest.approx(1.11, abs=0.012)
    assert fixed.power is not None and looked.power is not None and looked.power < fixed.power
    assert [look.falsely for look in looked.looks][-1] == pytest.approx(0.025)
    assert looked.effect is not None
    assert looked.looks[0].effect / looked.looks[1].effect == pytest.approx(2**0.5), "the estimate is less sure half-way"


@pytest.mark.parametrize("spending", ["kim_demets 3", "hwang_shih_decani -4", "wang_tsiatis 0", "haybittle_peto", "pocock", "obrien_fleming"])  # fmt: skip
def test_every_way_to_spend_keeps_the_level(spending: str) -> None:
    told = found(more=f"{COX}, interim: [0.5, 0.75], spending: {spending}")
    assert told.looks[-1].falsely == pytest.approx(0.025)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("poccok", "did you mean 'pocock'"),
        ("pocock 3", "takes no number"),
        ("kim_demets 99", "lies between"),
        ("", "is not one of"),
    ],
)
def test_spending_that_is_no_spending_is_refused(text: str, says: str) -> None:
    with pytest.raises(eq.finding.Unreadable, match=says):
        Spending.from_text(text)


def test_spending_reads_back_as_it_is_written() -> None:
    for text in ("obrien_fleming", "binding hwang_shih_decani -4", "kim_demets 1"):
        assert str(Spending.from_text(text)) == text
    assert str(Spending.from_text("haybittle_peto")) == "haybittle_peto 3"


def test_fewer_are_seen_where_the_dates_end_early() -> None:
    dated = {"design: {": "dates: {start: 2025-01-01, primary_completion: 2027-06-30}\ndesign: {"}
    early, full = found(changed=dated), found()
    assert early.months == pytest.approx(30, abs=0.1)
    assert early.events is not None and full.events is not None and early.events < full.events
    too_early = found(changed={"design: {": "dates: {start: 2025-01-01, completion: 2026-01-01}\ndesign: {"})
    assert "nobody is left to follow" in too_early.cannot


def test_participants_are_needed_even_where_none_are_planned() -> None:
    told = found(changed={", enrolment: 400": ""})
    assert told.power is None and told.needed[0].participants > 0
    assert "takes so many participants" in told.headline


# --- reasons ---


@pytest.mark.parametrize(
    ("endpoint", "more", "changed", "says"),
    [
        ("grown", COX, {}, "follows from more than one assumption"),
        ("lasting", COX, {}, "how long participants are followed"),
        ("scanned", COX, {}, "how many that will be is not known"),
        ("course", "method: mean", {}, "No closed form here answers for the method 'mean' of a trajectory"),
        ("grade", "method: proportion", {}, "No closed form"),
        ("os", f"{COX}, landmark: 3 months", {}, "landmark"),
        ("os", f"{COX}, time_dependent: true", {}, "Groups change with time"),
        ("os", f"{COX}, interim: [0.75, 0.5]", {}, "do not rise"),
        ("os", f"{COX}, interim: [0.5], futility: haybittle_peto", {}, "is none"),
        ("os", f"{COX}, interim: [0.5], spending: haybittle_peto, futility: binding pocock", {}, "Binding futility"),
        ("os", f"{COX}, interim: [0.5], spending: binding pocock", {}, "belongs to futility"),
        ("os", f"{COX}, margin: 0.6", {}, "not below the margin of 0.6"),
        ("os", COX, {"hazard_ratio: 0.7, source: ours}\n  progression": "hazard_ratio: 1, source: ours}\n  progression"}, "alike in both arms"),
        ("os", COX, {"  death: {": "  passing: {"}, "Nothing is assumed of 'death'"),
        ("pfs", COX, {"hazard_ratio: 0.7, source: ours}\n  clear": "hazard_ratio: 0.5, source: ours}\n  clear"}, "not proportional"),
        ("clear", "method: proportion", {"  clear: {chances: {new: {yes: 0.4, no: 0.6}, old: {yes: 0.3, no: 0.7}}": "  clear: {chances: {yes: 0.4, no: 0.6}"}, "in both arms"),
        ("os", "method: kaplan_meier", {}, "No closed form"),
    ],
)  # fmt: skip
def test_what_cannot_be_worked_out_says_why(endpoint: str, more: str, changed: Mapping[str, str], says: str) -> None:
    told = found(endpoint, more, changed=changed)
    assert told.power is None
    assert says in told.cannot


def test_without_assumptions_it_is_said_what_is_found_at_best() -> None:
    told = found("grown")
    assert told.says[0].startswith(
        "Even if all 400 participants have the event, the hazard ratio has to be 0.76 or less to be found"
    )
    means = found("size", "method: mean", changed={"  size: {distribution": "  girth: {distribution"})
    assert "0.28 with 80 %" in means.headline
    shares = found("clear", "method: proportion", changed={"  clear: {chances": "  clean: {chances"})
    assert "14 percentage points, where it is 50 % with old" in shares.headline


# --- words, the command, the page ---


def test_numbers_in_words() -> None:
    assert [percent(each) for each in (0.0, 0.0005, 0.025, 0.234, 0.9999, 1.0)] == [
        "0 %", "less than 0.1 %", "2.5 %", "23 %", "more than 99 %", "100 %",
    ]  # fmt: skip
    assert [months(each) for each in (2.5, 24.0, 48.0, 54.0)] == ["2.5 months", "24 months", "4 years", "4.5 years"]


def test_the_command_says_it_in_words_and_in_json_and_on_a_page(tmp_path: Path) -> None:
    run = CliRunner()
    said = run.invoke(_app, ["design", "pdac-oligo-ablation"])
    assert said.exit_code == 0 and "with a probability of about 23 %" in said.output
    told = json.loads(run.invoke(_app, ["design", "pdac-oligo-ablation", "--json"]).output)
    assert told[0]["power"] == pytest.approx(0.226, abs=0.001) and told[0]["needed"][0]["participants"] == 324
    page = tmp_path / "design.html"
    assert run.invoke(_app, ["design", "pdac-oligo-ablation", "--html", str(page)]).exit_code == 0
    text = page.read_text()
    assert "324 for 80 %" in text and "<svg" in text and "<script" not in text


def test_a_page_with_looks_draws_their_boundaries() -> None:
    text = TEXT.replace(
        "ANALYSIS", f"endpoint: os, estimand: {{contrast: new vs old}}, {COX}, interim: [0.5], futility: pocock"
    )
    told = study(text)
    page = design_page(told, prospects(told))
    assert "give up below" in page and "The looks" in page


def test_a_study_without_analyses_is_told_so(tmp_path: Path) -> None:
    file = tmp_path / "study.yaml"
    file.write_text("equipoise: 1\nstudy: bare\ntitle: Bare\ndesign: {type: observational}\n")
    assert "declares no analyses" in CliRunner().invoke(_app, ["design", str(tmp_path)]).output
    assert prospects(study(file.read_text())) == ()
    assert replace(Prospect("a", "A", "e"), cannot="Why.").headline == "Why."
