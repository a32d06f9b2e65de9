"""Plain virtual trials: each analysed as the kernels would, all of them as the closed forms say, the same bits however split."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from math import exp, inf, log, sqrt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2, kstest, norm

from equipoise.kernels.cox import cox
from equipoise.kernels.inestimable import Inestimable
from equipoise.kernels.logrank import logrank
from equipoise.kernels.loops.elementary import exponential as exponential_of
from equipoise.kernels.loops.elementary import logarithm
from equipoise.kernels.loops.philox import philox, uniform
from equipoise.kernels.rmst import difference, restricted_means
from equipoise.kernels.two_arm import (
    Lifetime,
    People,
    TwoArms,
    batch,
    characteristics,
    ended,
    exponential,
    people,
    slowed,
    weibull,
)

MEDIAN = exponential(12.0)
TICK = 24.0 / ((1 << 30) - 1)
"""In the tests' trials of 24 months; the kernels take times for tied that differ by less than some parts in 10⁸."""
PLAIN = TwoArms(60, 12.0, 24.0, MEDIAN, slowed(MEDIAN, 0.7))
DESIGNS = {
    "plain": PLAIN,
    "odd": replace(PLAIN, participants=61, block=(1, 2)),
    "by chance": replace(PLAIN, simple=True),
    "dropout": replace(PLAIN, dropout=0.02),
    "delayed": replace(PLAIN, treated=slowed(MEDIAN, 0.5, after=6.0)),
    "piecewise": replace(PLAIN, control=Lifetime((0.1, 0.0, 0.2), (0.0, 3.0, 9.0)), treated=MEDIAN),
    "Weibull": replace(PLAIN, control=weibull(12.0, 1.5), treated=slowed(weibull(12.0, 1.5), 0.6, after=4.0)),
    "cured": replace(PLAIN, control=exponential(6.0, cure=0.3), treated=weibull(6.0, 0.7, cure=0.5)),
}


def within(estimate: float, error: float, truth: float, times: float = 3.0) -> bool:
    return abs(estimate - truth) <= times * error


def seen(everybody: People, when: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Follow-up, whether it ended in the event, and the arm, of those enrolled at a time."""
    here = everybody.entry <= when
    left = when - everybody.entry[here]
    time = everybody.time[here]
    return np.minimum(time, left), everybody.happened[here] & (time <= left), everybody.treated[here]


# --- each trial as the kernels analyse it ---


@pytest.mark.parametrize("name", DESIGNS)
def test_a_log_rank_test_is_the_kernels(name: str) -> None:
    found = ended(DESIGNS[name], 7, 0, 100)
    for number in range(100):
        time, happened, treated = seen(people(DESIGNS[name], 7, number), 24.0)
        test = logrank(np.round(time / TICK), happened, treated)
        excess, variance = test.observed[1] - test.expected[1], test.variance[1, 1]
        assert found.events[number] == happened.sum()
        np.testing.assert_allclose(found.statistic[number], -excess / sqrt(variance), rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(found.effect[number], excess / variance, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(found.se[number], 1 / sqrt(variance), rtol=1e-12)


@pytest.mark.parametrize("name", DESIGNS)
def test_a_cox_model_is_the_kernels(name: str) -> None:
    design = replace(DESIGNS[name], test="cox")
    found = ended(design, 7, 0, 100)
    for number in range(100):
        time, happened, treated = seen(people(design, 7, number), 24.0)
        fit = cox(np.round(time / TICK), happened, treated.astype(float)[:, None])
        np.testing.assert_allclose(found.effect[number], fit.coefficient[0], rtol=1e-6, atol=1e-8)
        np.testing.assert_allclose(found.se[number], sqrt(fit.variance[0, 0]), rtol=1e-6)
        np.testing.assert_allclose(found.statistic[number], -found.effect[number] / found.se[number], rtol=1e-12)


@pytest.mark.parametrize("name", DESIGNS)
def test_a_difference_of_means_is_the_kernels(name: str) -> None:
    design = replace(DESIGNS[name], test="rmst", horizon=15.0)
    found = ended(design, 7, 0, 100)
    for number in range(100):
        time, happened, treated = seen(people(design, 7, number), 24.0)
        try:
            gap = difference(restricted_means(time, happened, treated, 15.0), True, False)
        except Inestimable:
            assert np.isnan(found.effect[number])
            continue
        np.testing.assert_allclose(found.effect[number], gap.estimate, rtol=1e-9, atol=1e-7)
        np.testing.assert_allclose(found.se[number], gap.se, rtol=1e-9)


@pytest.mark.parametrize("test", ["logrank", "cox"])
def test_events_at_one_tick_are_tied_as_in_the_kernels(test: str) -> None:
    # A hazard so high that all events lie within some thirty ticks, and a trial so long that nobody is censored by its end.
    fast = exponential(8 * TICK)
    design = TwoArms(40, 12.0, 24.0, fast, slowed(fast, 0.6), dropout=log(2) / (20 * TICK), test=test)
    found = ended(design, 3, 0, 100)
    for number in range(100):
        time, happened, treated = seen(people(design, 3, number), 24.0)
        time = np.round(time / TICK)
        assert len(np.unique(time)) < 35
        if test == "cox":
            fit = cox(time, happened, treated.astype(float)[:, None])
            expected = fit.coefficient[0], sqrt(fit.variance[0, 0])
        else:
            by = logrank(time, happened, treated)
            expected = (by.observed - by.expected)[1] / by.variance[1, 1], 1 / sqrt(by.variance[1, 1])
        np.testing.assert_allclose((found.effect[number], found.se[number]), expected, rtol=1e-6 if test == "cox" else 1e-11)


def test_looks_after_events_are_when_they_happen_and_see_what_is_known_then() -> None:
    design = replace(PLAIN, after_events=(10, 20, 45), efficacy=(inf, inf, 0.0), futility=(-inf, 0.3, -inf))
    first = ended(replace(PLAIN, after_events=(10,), efficacy=(0.0,)), 5, 0, 200)
    found = ended(design, 5, 0, 200)
    assert {1.0, 2.0} == set(found.look.tolist())
    for number in range(200):
        everybody = people(design, 5, number)
        calendar = np.sort((everybody.entry + everybody.time)[everybody.happened])
        np.testing.assert_allclose(first.duration[number], calendar[9], rtol=1e-8)
        assert first.participants[number] == (everybody.entry <= calendar[9] + 1e-9).sum()
        stopped = 1 if found.look[number] == 1 else 2
        when = calendar[(10, 20, 45)[stopped] - 1] if len(calendar) >= (10, 20, 45)[stopped] else 24.0
        np.testing.assert_allclose(found.duration[number], when, rtol=1e-8)
        time, happened, treated = seen(everybody, when + 1e-8)
        test = logrank(np.round(time, 7), happened, treated)
        statistic = -(test.observed - test.expected)[1] / sqrt(test.variance[1, 1])
        np.testing.assert_allclose(found.statistic[number], statistic, rtol=1e-9, atol=1e-9)
        assert found.futile[number] == (stopped == 1) == (found.look[number] == 1)
        assert found.futile[number] == (statistic <= 0.3 and stopped == 1)


def test_looks_at_times_see_what_is_known_then() -> None:
    design = replace(PLAIN, at_times=(10.0, 24.0), efficacy=(1.0, 1.0))
    found = ended(design, 5, 0, 100)
    assert set(found.look.tolist()) == {0.0, 1.0}
    for number in range(100):
        everybody = people(design, 5, number)
        time, happened, treated = seen(everybody, 10.0)
        test = logrank(time, happened, treated)
        statistic = -(test.observed - test.expected)[1] / sqrt(test.variance[1, 1])
        assert (found.look[number] == 0) == (abs(statistic) >= 1.0)
        if found.look[number] == 0:
            np.testing.assert_allclose(found.statistic[number], statistic, rtol=1e-9)
            assert found.participants[number] == (everybody.entry <= 10.0).sum()


# --- how participants are drawn ---


def test_a_participant_is_drawn_from_its_address() -> None:
    everybody = people(replace(PLAIN, block=(30, 30)), 5 + (9 << 32), 17)
    words = [philox(i, 17, 0, 0, 5, 9) for i in range(60)]
    np.testing.assert_allclose(everybody.entry, np.sort([uniform(four[1]) for four in words]) * 12.0, atol=1e-7)
    rates = np.where(everybody.treated, 0.7, 1.0) * log(2) / 12
    lived = [-log(uniform(four[0])) / rate for four, rate in zip(words, rates, strict=True)]
    np.testing.assert_allclose(everybody.time, np.minimum(lived, 24.0 - everybody.entry), atol=1e-7)


@pytest.mark.parametrize("name", DESIGNS)
def test_lifetimes_follow_their_law(name: str) -> None:
    design = replace(DESIGNS[name], participants=40_000, accrual=0.0, until=100.0)
    everybody = people(design, 11, 0)
    for arm, lifetime in ((False, design.control), (True, design.treated)):
        mine = everybody.treated == arm
        time, happened = everybody.time[mine], everybody.happened[mine]
        if design.dropout:
            events = happened[time <= 10].sum()
            rate = lifetime.hazard[0]
            expected = rate / (rate + design.dropout) * (1 - exp(-10 * (rate + design.dropout)))
            assert within(events / mine.sum(), sqrt(expected * (1 - expected) / mine.sum()), expected, 4)
            continue
        for moment in (1.0, 3.0, 5.0, 9.0, 12.0, 30.0, 99.0):
            share = lifetime.survival(moment)
            assert within((time > moment).mean(), sqrt(share * (1 - share) / mine.sum()) + 1e-12, share, 4)


def test_entries_are_uniform_and_in_order() -> None:
    everybody = people(replace(PLAIN, participants=20_000), 3, 5)
    assert (np.diff(everybody.entry) >= 0).all()
    assert kstest(everybody.entry / 12.0, "uniform").pvalue > 1e-3


def test_full_blocks_are_balanced_and_every_order_is_as_likely() -> None:
    orders = []
    for number in range(60):
        treated = people(replace(PLAIN, participants=100), 1, number).treated.reshape(25, 4)
        assert (treated.sum(axis=1) == 2).all()
        orders.extend(treated @ [8, 4, 2, 1])
    counts = np.unique(orders, return_counts=True)[1]
    assert len(counts) == 6 and chi2.sf(((counts - 250) ** 2 / 250).sum(), 5) > 1e-3


def test_allocation_by_chance_keeps_its_proportion_and_nothing_else() -> None:
    treated = people(replace(PLAIN, participants=30_000, simple=True, block=(1, 2)), 1, 0).treated
    assert within(treated.mean(), sqrt(2 / 9 / 30_000), 2 / 3, 4)
    assert abs(np.corrcoef(treated[1:], treated[:-1])[0, 1]) < 4 / sqrt(30_000)


# --- all trials, against closed forms ---


def test_a_million_trials_without_a_difference_err_as_often_as_they_may() -> None:
    # The log-rank statistic is normal only for many events; with 300 participants the rest is less than the noise.
    design = TwoArms(300, 12.0, 24.0, MEDIAN, MEDIAN, block=(150, 150))
    with ThreadPoolExecutor(2) as threads:
        halves = list(threads.map(lambda first: batch(design, 2024, first, 500_000), (0, 500_000)))
    found = characteristics(design, halves[0] + halves[1])
    assert found.trials == 1_000_000
    assert found.rejected.error == pytest.approx(sqrt(0.05 * 0.95 / 1e6), rel=0.01)
    assert within(found.rejected.value, found.rejected.error, 0.05)
    assert found.coverage is not None and within(found.coverage.value, found.coverage.error, 0.95)
    assert within(found.effect.value, found.effect.error, 0.0)


def test_events_and_power_are_those_of_the_closed_forms() -> None:
    design = TwoArms(800, 12.0, 24.0, MEDIAN, slowed(MEDIAN, 0.8), block=(400, 400), test="cox")
    found = characteristics(design, batch(design, 8, 0, 20_000))
    # P(event) = 1 - mean over entry e of exp(-rate * (24 - e)), by hand.
    chances = [1 - (exp(-12 * r) - exp(-24 * r)) / (12 * r) for r in (log(2) / 12, 0.8 * log(2) / 12)]
    events = 400 * sum(chances)
    assert within(found.events.value, found.events.error, events)
    # Schoenfeld (1981): the statistic has mean -log(HR) * sqrt(events / 4); his approximation is good to about a point here.
    power = norm.cdf(-log(0.8) * sqrt(events / 4) - 1.959964)
    assert abs(found.rejected.value - power) < 3 * found.rejected.error + 0.005
    assert within(found.effect.value, found.effect.error, log(0.8), 4)
    assert found.coverage is not None and within(found.coverage.value, found.coverage.error, 0.95, 4)
    assert found.duration.value == pytest.approx(24.0) and found.participants.value == 800


def test_two_looks_by_obrien_and_fleming_spend_what_they_may() -> None:
    # Boundaries 2.7965 and 1.9774 (Jennison and Turnbull 2000, table 2.3: C = 1.977 for two looks) spend 0.05 in all.
    design = TwoArms(
        600, 12.0, 60.0, MEDIAN, MEDIAN, block=(300, 300), after_events=(200, 400), efficacy=(1.9774 * sqrt(2), 1.9774)
    )
    found = characteristics(design, batch(design, 1, 0, 40_000))
    early = 2 * norm.sf(1.9774 * sqrt(2))
    assert within(found.rejected_at[0].value, sqrt(early * (1 - early) / 40_000), early, 4)
    assert within(found.rejected.value, sqrt(0.05 * 0.95 / 40_000), 0.05)


def test_a_difference_of_means_is_found_without_bias() -> None:
    design = TwoArms(400, 12.0, 24.0, MEDIAN, slowed(MEDIAN, 0.6, after=3.0), block=(200, 200), test="rmst", horizon=12.0)
    found = characteristics(design, batch(design, 4, 0, 20_000))
    assert design.truth == pytest.approx(design.treated.mean(12.0) - design.control.mean(12.0))
    assert within(found.effect.value, found.effect.error, design.truth, 4)
    assert found.coverage is not None and abs(found.coverage.value - 0.95) < 0.01


def test_a_mean_is_that_of_its_survival() -> None:
    # (1 - exp(-r h)) / r for one hazard; with a share cured, that much of the horizon besides.
    rate = log(2) / 12
    assert MEDIAN.mean(20.0) == pytest.approx((1 - exp(-20 * rate)) / rate)
    assert exponential(12.0, cure=0.25).mean(20.0) == pytest.approx(0.25 * 20 + 0.75 * (1 - exp(-20 * rate)) / rate)


def test_the_truth_is_told_only_where_there_is_one() -> None:
    assert PLAIN.truth == pytest.approx(log(0.7))
    assert DESIGNS["delayed"].truth is None
    assert characteristics(DESIGNS["delayed"], batch(DESIGNS["delayed"], 1, 0, 64)).coverage is None
    assert DESIGNS["cured"].truth is None


# --- the same bits however split ---


@settings(max_examples=25)
@given(st.lists(st.integers(1, 300), max_size=4), st.sampled_from(["logrank", "cox", "rmst"]), st.integers(0, 2**64 - 1))
def test_trials_are_the_same_however_they_are_split(cuts: list[int], test: str, seed: int) -> None:
    horizon = 12.0 if test == "rmst" else None
    design = replace(DESIGNS["Weibull"], participants=23, dropout=0.01, test=test, horizon=horizon)
    design = replace(design, after_events=(5, 12), efficacy=(2.5, 2.0), futility=(-0.5, -inf))
    whole, edges = ended(design, seed, 0, 301), sorted({0, *cuts, 301})
    parts = [(a, b - a) for a, b in pairwise(edges)]
    for name in ("look", "rejected", "events", "duration", "effect", "se", "statistic"):
        split = [getattr(ended(design, seed, *part), name) for part in parts]
        assert np.concatenate(split).tobytes() == getattr(whole, name).tobytes()
    totals = [batch(design, seed, *part) for part in parts]
    assert sum(totals[1:], totals[0]) == batch(design, seed, 0, 301)


def test_totals_are_those_of_the_trials() -> None:
    design = replace(PLAIN, after_events=(15, 30), efficacy=(2.8, 1.98), futility=(0.0, -inf), test="cox")
    each, found = ended(design, 9, 0, 2000), characteristics(design, batch(design, 9, 0, 2000))
    assert found.rejected.value == each.rejected.mean()
    assert found.futile_at[0].value == (each.futile & (each.look == 0)).mean()
    assert found.events.value == each.events.mean()
    assert found.events.error == pytest.approx(each.events.std() / sqrt(2000))
    assert found.participants.value == each.participants.mean()
    assert found.duration.value == pytest.approx(each.duration.mean(), rel=1e-5)
    assert found.effect.value == pytest.approx(np.nanmean(each.effect), rel=1e-6)
    assert found.scatter == pytest.approx(np.nanstd(each.effect), rel=1e-6)
    assert found.inestimable.value == np.isnan(each.effect).mean()
    covered = np.abs(each.effect - log(0.7)) <= 1.959963984540054 * each.se
    assert found.coverage is not None and found.coverage.value == covered[~np.isnan(each.effect)].mean()


def test_swapping_the_arms_turns_the_statistic_round() -> None:
    found, turned = (
        characteristics(each, batch(each, 1, 0, 50_000))
        for each in (PLAIN, replace(PLAIN, control=PLAIN.treated, treated=PLAIN.control))
    )
    assert within(found.effect.value, sqrt(2) * found.effect.error, -turned.effect.value, 4)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"participants": 1}, "two participants"),
        ({"accrual": 30.0}, "at least as long as accrual"),
        ({"efficacy": (2.0, 2.0)}, "one boundary for each of 1 looks"),
        ({"test": "rmst"}, "have a horizon"),
        ({"after_events": (20, 10), "efficacy": (2.0, 2.0)}, "rise"),
        ({"after_events": (61,)}, "within the trial"),
        ({"block": (0, 2)}, "both arms"),
    ],
)
def test_what_is_no_trial_is_said_to_be_none(change: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        replace(PLAIN, **change)  # type: ignore[arg-type]


def test_what_is_no_lifetime_seed_or_number_is_said_to_be_none() -> None:
    for wrong in (((0.1, 0.2), (0.0,)), ((0.1,), (1.0,)), ((-0.1,), (0.0,))):
        with pytest.raises(ValueError, match="hazard"):
            Lifetime(*wrong)
    with pytest.raises(ValueError, match="64 bits"):
        batch(PLAIN, -1, 0, 1)
    with pytest.raises(ValueError, match="numbered from 0"):
        batch(PLAIN, 1, 2**32, 1)


# --- the two functions in plain arithmetic ---


def test_the_logarithm_and_the_exponential_are_right_to_the_last_digit_or_so() -> None:
    rng = np.random.default_rng(1)
    for x in (*rng.random(3000), *(1 - rng.random(300) * 2.0**-20), *np.exp(rng.uniform(-600, 600, 300)), 2.0**-33, 1.0):
        assert logarithm(x) == pytest.approx(log(x), rel=4e-16, abs=0)
    for x in rng.uniform(-699, 699, 3000):
        assert exponential_of(x) == pytest.approx(exp(x), rel=4e-16)
    assert exponential_of(1e9) == exponential_of(700.0) and exponential_of(-1e9) == exponential_of(-700.0)


def test_power_by_look_is_that_of_rpact(shared: Path) -> None:
    answers = json.loads((shared / "data" / "survival" / "rpact_design_results.json").read_text())["designs"]
    for name in ("OF3", "P2"):
        said, looks = answers[name], answers[name]["args"]["kMax"]
        # The statistic at the last look has mean sqrt(shift): -log(HR) * sqrt(events / 4), by Schoenfeld.
        events = 2400
        ratio = exp(-sqrt(4 * said["characteristics"]["shift"] / events))
        design = TwoArms(
            3000, 12.0, 120.0, MEDIAN, slowed(MEDIAN, ratio), block=(2, 2), two_sided=False,
            after_events=tuple(events * k // looks for k in range(1, looks + 1)), efficacy=tuple(said["critical"]),
        )  # fmt: skip
        found = characteristics(design, batch(design, 5, 0, 10_000))
        assert found.duration.value < 120.0
        for at, power in zip(found.rejected_at, said["characteristics"]["rejH1"], strict=True):
            assert within(at.value, at.error, power, 4)
        assert within(found.rejected.value, found.rejected.error, said["characteristics"]["power"][-1])
