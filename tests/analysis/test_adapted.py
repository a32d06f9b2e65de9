"""The final test that a plan declares, on what happened: by hand, by law, and in agreement with the kernel's virtual trials."""

from collections.abc import Sequence
from datetime import date, timedelta
from math import exp, inf, sqrt

import numpy as np
import pytest
from scipy.stats import norm

from equipoise.analysis import Result, analyse
from equipoise.calendar import When
from equipoise.chart import Chart, chart
from equipoise.events import Recorded
from equipoise.finding import errors
from equipoise.kernels.adaptive import Adaptive, Decision, designed
from equipoise.kernels.cox import cox
from equipoise.kernels.dunnett import dunnett
from equipoise.kernels.group_sequential import spending_boundaries
from equipoise.kernels.spending import obrien_fleming_like, pocock_like
from equipoise.kernels.stages import as_extreme
from equipoise.kernels.two_arm import exponential
from equipoise.study import Study, study

Z = float(norm.isf(0.025))
START = date(2020, 1, 1)
TEXT = """
equipoise: 1
study: looked-at
title: A small trial that is looked at
status: completed
design: {{type: interventional, allocation: randomised, enrolment: 40}}
activities:
  visit: {{repeats: true, items: {{points: {{type: real}}, well: {{type: yes_no}}}}}}
arms:
  new: {{label: New, role: experimental}}
{arms}  old: {{label: Old, role: active_comparator}}
allocation: {{method: permuted_blocks, blocks: [{blocks}], after: enrolment}}
endpoints:
  os: {{role: primary, kind: time_to_event, from: enrolment, event: death, censor: last_known_alive}}
  points: {{role: secondary, kind: measurement, item: points, from: enrolment, at: 30 days, window: ±3 days}}
  well: {{role: secondary, kind: measurement, item: well, from: enrolment, at: 30 days, window: ±3 days}}
analyses:
  main: {{endpoint: {endpoint}, estimand: {{population: enrolled, contrast: {contrast}, summary: {summary}}}, alpha: 0.05, {said}}}
"""
GROW = "adapt: [{at: 0.5, rule: unblinded_re_estimation, conditional_power: 0.3, maximum: 80}]"
LOG_RANK = "method: cox, test: logrank, "


def made(said: str, *, endpoint: str = "os", third: bool = False, summary: str = "hazard_ratio") -> Study:
    """The small trial with an analysis."""
    told = study(TEXT.format(
        said=said, endpoint=endpoint, summary=summary if endpoint == "os" else "difference",
        arms="  newer: {label: Newer, role: experimental}\n" if third else "", blocks="6" if third else "4",
        contrast="new vs newer vs old" if third else "new vs old",
    ))  # fmt: skip
    assert not errors(told.findings), [str(each) for each in told.findings]
    return told


def person(
    told: Study, name: str, arm: str, joined: int, happened: Sequence[tuple[str, int, dict[str, object]]], until: date
) -> Chart:
    """Somebody's chart, each event with its day after the start of the trial."""
    every = [("enrolment", joined, {}), ("randomisation", joined, {"arm": arm}), *happened]
    events = [
        Recorded(id=str(k), participant=name, activity=each, on=When.on(START + timedelta(days=day)), values=values)  # type: ignore[arg-type]
        for k, (each, day, values) in enumerate(every, start=1)
    ]  # fmt: skip
    return chart(told, events, until=until)


def only(told: Study, charts: dict[str, Chart], until: date, **said: bool) -> Result:
    return analyse(told, charts, until=until, **said)[0]  # type: ignore[arg-type]


# Eight people, joined on days 0, 10, ... 70, in turn new and old; when each dies, counted from the start. Looked at on day 100.
EIGHT = (
    ("new", 0, 95), ("old", 10, 60), ("new", 20, 200), ("old", 30, 90), ("new", 40, 250), ("old", 50, 150), ("new", 60, 260),
    ("old", 70, 130),
)  # fmt: skip


def eight(told: Study, until: date, look: int = 100) -> dict[str, Chart]:
    seen = [("last_contact", day, {}) for day in (look, 300)]
    return {
        f"P{k}": person(told, f"P{k}", arm, joined, [("death", died, {}), *(each for each in seen if each[1] < died)], until)
        for k, (arm, joined, died) in enumerate(EIGHT, start=1)
    }


def test_two_stages_of_eight_people_are_put_together_as_by_hand() -> None:
    """Follow-up from joining, at the look on day 100 and at the end.

    At the look (event: *), new: 95*, 80, 60, 40; old: 50*, 60*, 50, 30. In order: 30 (old), 40 (new), 50* (old, with one censored
    at 50): six at risk, three new; 60* (old, with a new one censored): four at risk, three new; 95* (new): alone.
    Expected of the new 3/6 + 3/4 + 1 = 2.25, seen 1: 1.25 fewer; variance 1/4 + 3/16 + 0 = 0.4375.
    At the end, new: 95, 180, 210, 200; old: 50, 60, 100, 60, all events. At 50: 4/8. At 60 two of seven die, four new: 8/7, with
    variance 2·(4/7)(3/7)·5/6. At 95 (new): 4/5. At 100 (old): 3/4. Then the new alone: 3.
    Expected 0.5 + 8/7 + 0.8 + 0.75 + 3 = 6.192857, seen 4: 2.192857 fewer; variance 0.25 + 0.408163 + 0.16 + 0.1875 = 1.005663.
    """
    until = START + timedelta(days=300)
    told = made(f"{LOG_RANK}interim: [0.5], {GROW}, looked: [{{at: 0.5, on: {START + timedelta(days=100)}}}]".replace("interim: [0.5]", "interim: [0.5], spending: haybittle_peto 8"))  # fmt: skip
    found = only(told, eight(told, until), until)
    first, second = 1.25 / sqrt(0.4375), (2.192857 - 1.25) / sqrt(1.005663 - 0.4375)
    z = sqrt(0.5) * first + sqrt(0.5) * second
    assert [each.statistic for each in found.tests[:3]] == pytest.approx([z, first, second], abs=1e-5)
    assert found.tests[0].p == pytest.approx(2 * norm.sf(z), abs=1e-6)
    weighted = next(each for each in found.estimates if each.name.startswith("Weighted hazard ratio"))
    reach = sqrt(0.5) * (sqrt(0.4375) + sqrt(1.005663 - 0.4375))
    assert weighted.value == pytest.approx(exp(-z / reach), abs=1e-5)
    assert weighted.lower is not None and weighted.lower < weighted.value
    assert any("holds its level whatever the re-estimation found" in each for each in found.method)
    assert any("Look at 50% of the information, data up to 2020-04-10: statistic 1.88" in each for each in found.method)
    assert found.tests[3].name == "Log-rank" and any("as if nobody had looked" in each for each in found.findings)


def test_without_the_day_of_the_look_stages_are_not_put_together() -> None:
    until = START + timedelta(days=300)
    told = made(f"{LOG_RANK}interim: [0.5], {GROW}")
    found = only(told, eight(told, until), until)
    assert found.tests[0].name == "Log-rank"
    assert any("looked: [{at: 0.5, on: the day of its data cut}]" in each for each in found.findings)


def test_a_look_that_is_being_taken_is_tested_at_its_own_bound() -> None:
    look = START + timedelta(days=100)
    told = made(f"{LOG_RANK}interim: [0.5], {GROW}, looked: [{{at: 0.5, on: {look}}}]")
    bounds = spending_boundaries((0.5, 1.0), obrien_fleming_like(0.025))
    found = only(told, eight(told, look), look, locked=False, interim=True)
    z = 1.25 / sqrt(0.4375)
    assert found.tests[0].name.startswith("Test as planned at the look at 50%")
    assert found.tests[0].statistic == pytest.approx(z)
    assert found.tests[0].p == pytest.approx(2 * norm.sf(z))
    assert any(f"does not reach the bound of {bounds.above[0]:.4f}" in each for each in found.method)
    assert "interim look" in found.findings[0]
    # A look that the file does not know is not put anywhere.
    other = look + timedelta(days=1)
    plain = only(told, eight(told, other), other, locked=False, interim=True)
    assert plain.tests[0].name == "Log-rank"


def test_a_trial_that_was_stopped_at_a_look_is_judged_by_it() -> None:
    until, look = START + timedelta(days=300), START + timedelta(days=100)
    told = made(f"{LOG_RANK}interim: [0.5], spending: pocock, looked: [{{at: 0.5, on: {look}, stopped: true}}]")
    found = only(told, eight(told, until), until)
    assert found.tests[0].statistic == pytest.approx(1.25 / sqrt(0.4375))
    assert any("the trial was stopped" in each or "data up to 2020-04-10" in each for each in found.method)


def test_looks_without_anything_to_adapt_have_the_bounds_of_their_plan() -> None:
    until = START + timedelta(days=300)
    told = made(f"{LOG_RANK}interim: [0.5], spending: pocock")
    found = only(told, eight(told, until), until)
    bounds = spending_boundaries((0.5, 1.0), pocock_like(0.025))
    z = 2.192857 / sqrt(1.005663)
    assert found.tests[0].statistic == pytest.approx(z, abs=1e-5)
    assert found.tests[0].p == pytest.approx(2 * as_extreme((0.5, 1.0), bounds.above[:1], z), abs=1e-6)
    assert any("stage-wise ordering" in each for each in found.method)


def test_where_nothing_can_be_claimed_early_the_final_test_is_the_ordinary_one() -> None:
    until = START + timedelta(days=300)
    told = made(f"{LOG_RANK}adapt: [{{at: 0.5, rule: blinded_re_estimation, maximum: 80}}]")
    found = only(told, eight(told, until), until)
    ordinary = next(each for each in found.tests if each.name == "Log-rank")
    assert found.tests[0].statistic is not None and ordinary.statistic is not None
    assert found.tests[0].statistic ** 2 == pytest.approx(ordinary.statistic)
    assert found.tests[0].p == pytest.approx(ordinary.p)


def test_arms_that_are_left_are_tested_at_dunnetts_bound() -> None:
    until, look = START + timedelta(days=300), START + timedelta(days=100)
    said = f"{LOG_RANK}interim: [0.5], adapt: [{{at: 0.5, rule: keep_best}}]"
    told = made(f"{said}, looked: [{{at: 0.5, on: {look}, dropped: [newer]}}]", third=True)
    charts = eight(told, until)
    charts |= {f"Q{k}": person(told, f"Q{k}", "newer", 5 * k, [("death", 120 + 9 * k, {})], until) for k in range(1, 5)}
    found = only(told, charts, until)
    z = 2.192857 / sqrt(1.005663)
    assert len([each for each in found.tests if "Dunnett" in each.name]) == 1
    assert found.tests[0].statistic == pytest.approx(z, abs=1e-5)
    bound = dunnett([1.0, 1.0], 1.0, 0.025)
    assert any(f"does not reach the bound of {bound:.4f}" in each for each in found.findings) == (z < bound)
    assert found.tests[0].p > 2 * norm.sf(z)
    assert any("Newer was dropped on 2020-04-10: nothing is claimed for it" in each for each in found.findings)
    open_ = only(made(said, third=True), charts, until)
    assert len([each for each in open_.tests if "Dunnett" in each.name]) == 2
    assert any("No look is recorded" in each for each in open_.findings)


@pytest.mark.parametrize("endpoint", ["points", "well"])
def test_stages_of_answers_are_people(endpoint: str) -> None:
    """Those whose answer came by the look make the first stage, the others the second: as if they were two trials."""
    rng = np.random.default_rng(3)
    until, look = START + timedelta(days=400), START + timedelta(days=130)
    test = "method: mean, test: welch, " if endpoint == "points" else "method: proportion, "
    told = made(f"{test}interim: [0.5], {GROW}, looked: [{{at: 0.5, on: {look}}}]", endpoint=endpoint)
    rows = [(("new", "old")[k % 2], 5 * k, float(rng.normal(k % 2, 1.0))) for k in range(40)]

    def charts(keep: Sequence[int]) -> dict[str, Chart]:
        return {
            f"P{k}": person(told, f"P{k}", rows[k][0], rows[k][1], [("visit", rows[k][1] + 30, {"points": rows[k][2], "well": rows[k][2] > 0})], until)
            for k in keep
        }  # fmt: skip

    whole = only(told, charts(range(40)), until)
    early = [k for k in range(40) if rows[k][1] + 30 <= 130]
    plain = made(f"{test}adapt: [{{at: 0.5, rule: blinded_re_estimation, maximum: 80}}]", endpoint=endpoint)
    parts = [only(plain, charts(keep), until).tests[0].statistic for keep in (early, [k for k in range(40) if k not in early])]
    assert [each.statistic for each in whole.tests[1:3]] == pytest.approx(parts)
    assert whole.tests[0].statistic == pytest.approx(sum(sqrt(0.5) * (each or 0.0) for each in parts))
    assert any(each.name.startswith("Weighted difference") for each in whole.estimates)


def test_stages_by_walds_test_are_differences_of_its_scores() -> None:
    """The estimate over its variance is the score, one over the variance the information: the second stage is what came between."""
    until, look = START + timedelta(days=300), START + timedelta(days=145)
    told = made(f"method: cox, test: wald, interim: [0.5], {GROW}, looked: [{{at: 0.5, on: {look}}}]")
    found = only(told, eight(told, until, 145), until)

    def fitted(last: int) -> tuple[float, float]:
        rows = [(min(died, last) - joined, died <= last, arm == "new") for arm, joined, died in EIGHT]
        days, events, new = (np.array(each) for each in zip(*rows, strict=True))
        fit = cox(days.astype(float), events, new[:, None].astype(float))
        information = 1 / float(fit.variance[0, 0])
        return -float(fit.coefficient[0]) * information, information

    (early, some), (late, all_) = fitted(145), fitted(300)
    parts = [early / sqrt(some), (late - early) / sqrt(all_ - some)]
    assert [each.statistic for each in found.tests[1:3]] == pytest.approx(parts)
    assert found.tests[0].statistic == pytest.approx(sqrt(0.5) * sum(parts))
    # At day 100 the one of the new who died did so last of all: Cox's model has no estimate, and the stage counts as 0.
    none = made(f"method: cox, test: wald, interim: [0.5], {GROW}, looked: [{{at: 0.5, on: {START + timedelta(days=100)}}}]")
    other = only(none, eight(none, until), until)
    assert other.tests[1].statistic == 0.0
    assert any("Stage 1 says nothing by itself" in each for each in other.findings)


@pytest.mark.parametrize(
    ("looked", "says"),
    [
        ("{at: 0.4, on: 2020-04-10}", "a look is recorded at 0.4 of the information, where none is planned"),
        ("{at: 0.7, on: 2020-03-10}, {at: 0.5, on: 2020-04-10}", "do not come one after another"),
        ("{at: 0.7, on: 2020-04-10}", "does not record when that was"),
    ],
)
def test_looks_that_cannot_be_placed_are_not_guessed_at(looked: str, says: str) -> None:
    until = START + timedelta(days=300)
    told = made(f"{LOG_RANK}interim: [0.5, 0.7], {GROW}, looked: [{looked}]")
    found = only(told, eight(told, until), until)
    assert found.tests[0].name == "Log-rank"
    assert any(says in each for each in found.findings), found.findings


def test_looks_at_three_arms_that_drop_none_are_not_put_together() -> None:
    until = START + timedelta(days=300)
    told = made(f"{LOG_RANK}interim: [0.5]", third=True)
    charts = eight(told, until) | {"Q": person(told, "Q", "newer", 5, [("death", 120, {})], until)}
    assert any("looks at more than two arms" in each for each in only(told, charts, until).findings)


def test_what_is_not_put_together_says_so() -> None:
    until, look = START + timedelta(days=300), START + timedelta(days=100)
    told = made(f"method: rmst, interim: [0.5], {GROW}, looked: [{{at: 0.5, on: {look}}}]")
    found = only(told, eight(told, until), until)
    assert any("not told by method 'rmst'" in each for each in found.findings)
    for said, summary, says in (
        ("method: kaplan_meier, ", "survival", "method 'kaplan_meier' and test ''"), ("test: wald, ", "restricted_mean", "of a restricted mean"),
    ):  # fmt: skip
        other = only(made(f"{said}interim: [0.5]", summary=summary), eight(told, until), until)
        assert any(says in each for each in other.findings), other.findings


# --- in agreement with the kernel ------------------------------------------------------------------------------------

DAY = 10  # a day has 2¹⁰ ticks
GROWS = Adaptive(
    40, 80, 20.0, 40.0, (exponential(12.0), exponential(12.0)), (14,), (0.5, 1.0), (inf, Z),
    decisions=(Decision("unblinded", 0, 0.05),),
)  # fmt: skip


def walked(number: int, size: int = 80) -> tuple[list[tuple[int, int, int, bool]], int, int, float]:
    """A virtual trial in whole days: each participant's arm, day of joining, follow-up and whether it ended in the event.

    Further the days of the look and of the end, and the kernel's own statistic of the last look.
    """
    from equipoise.kernels.loops import adaptive_trial as loop

    design, at = designed(GROWS), loop.room(size, 2)
    by_arm = np.zeros((2, 3), np.int64)

    def draw(first: int, last: int, opens: int, lasts: int) -> None:
        loop.drawn(design, number, first, last, opens, lasts, np.uint64(11), np.uint64(0), at)
        at.entry[first:last] = (at.entry[first:last] >> DAY) << DAY
        ticks, flags = at.life[first:last] >> loop.AFTER, at.life[first:last] & 255
        at.life[first:last] = ((ticks >> DAY) + 1 << DAY + loop.AFTER) | flags

    draw(0, 40, 0, design.accrual)
    loop.begun(at)
    end = design.until >> DAY << DAY
    when = loop.moment_of(design, loop.number_at(design, 0, 1.0, 0.0, at), 40, end, at)
    people, days = 40, [when >> DAY]
    for look, moment in ((0, when), (1, end)):
        if look == 1:
            moment = end
        many = loop.seen_at(moment, people, at)
        z, fresh = loop.tested(1, *loop.compared(1, many, at), at)
        loop.stated(design, look, 1, z, fresh, at)
        _, _, wanted = loop.decided(design, look, look == 1, people, moment, 0.0, 0.0, 0.0, at, by_arm)
        if wanted > people:
            opens = max(design.accrual, moment)
            lasts = max(1, int(design.more * (wanted - people) / 40))
            draw(40, wanted, opens, lasts)
            people, end = wanted, opens + lasts + design.until - design.accrual >> DAY << DAY
    rows = [
        (int(at.arm[i]), int(at.entry[i]) >> DAY, int(at.life[i]) >> loop.AFTER + DAY, not at.life[i] & loop.NO_EVENT)
        for i in range(people)
    ]
    return rows, days[0], end >> DAY, float(at.statistic[1])


def test_analyse_says_of_virtual_trials_exactly_what_the_kernel_says() -> None:
    """Two hundred trials without an effect, a quarter of them enlarged after a look at the arms."""
    enlarged = 0
    for number in range(200):
        rows, look, end, z = walked(number)
        enlarged += len(rows) > 40
        until, cut = START + timedelta(days=end), START + timedelta(days=look)
        told = made(f"{LOG_RANK}interim: [0.5], {GROW}, spending: haybittle_peto 8, looked: [{{at: 0.5, on: {cut}}}]")
        charts = {}
        for k, (arm, joined, life, is_event) in enumerate(rows):
            died = joined + life
            seen = [("last_contact", day, {}) for day in (look, end) if joined < day < died or joined < day and not is_event]
            happened = [*seen, ("death", died, {})] if is_event and died <= end else seen
            charts[f"P{k}"] = person(told, f"P{k}", ("old", "new")[arm], joined, happened, until)  # type: ignore[arg-type]
        found = only(told, charts, until)
        assert found.tests[0].statistic == pytest.approx(z, abs=1e-9), number
        assert found.tests[0].p == pytest.approx(2 * norm.sf(abs(z)), abs=1e-8)
    assert enlarged > 40


def test_the_test_that_analyse_agrees_with_holds_its_level_and_the_ordinary_one_does_not() -> None:
    """The kernel's bulk of the same design: nominal within 3 Monte Carlo errors of the plan left as it is."""
    from dataclasses import replace

    from equipoise.kernels.adaptive import batch, characteristics

    many = 100_000
    found = [characteristics(each, batch(each, 11, 0, many)).claimed for each in (GROWS, replace(GROWS, decisions=()))]
    error = sqrt(sum(each.error**2 for each in found))
    assert found[0].value - found[1].value <= 3 * error
    assert abs(found[0].value - 0.025) <= 0.004  # a log-rank test of 40 has a little more than its level
