"""Hazards in stretches, cured shares, delayed effects, curves given as points, factors: by hand, by law, in trials."""

import math
from datetime import date
from statistics import NormalDist

import numpy as np
import pytest

from equipoise.events import Recorded
from equipoise.kernels.expected_events import Accrual, Hazard, event_chance
from equipoise.kernels.two_arm import Lifetime, TwoArms, characteristics
from equipoise.prospects import prospects
from equipoise.rehearsal.variations import without_effect
from equipoise.simulation import VirtualParticipant, assumption_findings, lacking, virtual
from equipoise.simulation.assumptions import DAYS_PER_MONTH
from equipoise.simulation.hazards import Risk, monthly, risk
from equipoise.simulation.trials import totals, two_arms
from equipoise.study import Study, study
from tiny_trial import TINY, tiny, without
from two_arm_study import TEXT
from two_interpreters import all_differences

MONTH = DAYS_PER_MONTH
FAR = date(2300, 1, 1)
DEATH = next(line for line in TINY.splitlines() if line.startswith("  death: "))


def dying(said: str) -> Study:
    """The tiny trial, with another assumption of death."""
    return tiny((DEATH, f"  death: {{from: randomisation, {said}, source: ours}}"))


def of(said: str, arm: str = "") -> Risk:
    return risk(dying(said).protocol.assumptions["death"], arm)


PIECES = (
    "distribution: piecewise, hazards: [{until: 6 months, per_month: 0.1}, {until: 1 year, per_month: 0}, {per_month: 0.02}]"
)
POINTS = "points: {control: [{at: 6 months, free: 0.8}, {at: 12 months, free: 0.4}]}, hazard_ratio: 0.5"


# --- by hand and by law ----------------------------------------------------------------------------------------------


def test_a_hazard_in_stretches_adds_up_by_hand() -> None:
    found = of(PIECES)
    assert found.cumulative(3 * MONTH) == pytest.approx(0.3)
    assert found.cumulative(9 * MONTH) == pytest.approx(0.6)
    assert found.cumulative(22 * MONTH) == pytest.approx(0.6 + 0.2)
    assert found.day(0.7) == pytest.approx(17 * MONTH)


def test_a_cured_share_never_has_it_and_the_median_is_of_the_others() -> None:
    found = of("distribution: exponential, median: 10 months, cured: 0.3")
    assert found.share(10 * MONTH) == pytest.approx(0.7 / 2)
    assert found.share(1e7) == pytest.approx(0.7)
    assert found.day(-math.log(0.3) + 1e-9) == math.inf


def test_a_hazard_ratio_multiplies_the_hazard_of_all_the_cured_among_them() -> None:
    control, other = (of("distribution: weibull, shape: 1.5, median: {control: 8 months}, cured: 0.2, hazard_ratio: 0.6", arm)
                      for arm in ("control", "ablated"))  # fmt: skip
    for month in (1, 5, 20, 60):
        assert other.cumulative(month * MONTH) == pytest.approx(0.6 * control.cumulative(month * MONTH))


def test_a_delayed_effect_is_none_until_its_day_and_whole_after_it() -> None:
    said = "distribution: exponential, median: {control: 10 months}, hazard_ratio: 0.5, effect_after: 4 months"
    control, other = (of(said, arm) for arm in ("control", "ablated"))
    assert other.cumulative(4 * MONTH) == pytest.approx(control.cumulative(4 * MONTH))
    late = control.cumulative(10 * MONTH) - control.cumulative(4 * MONTH)
    assert other.cumulative(10 * MONTH) - other.cumulative(4 * MONTH) == pytest.approx(late / 2)


def test_a_curve_goes_through_its_points_and_on_as_in_its_last_half() -> None:
    found = of(POINTS, "control")
    assert found.share(6 * MONTH) == pytest.approx(0.2) and found.share(12 * MONTH) == pytest.approx(0.6)
    assert found.cumulative(18 * MONTH) - found.cumulative(12 * MONTH) == pytest.approx(math.log(2))
    assert 1 - of(POINTS, "ablated").share(12 * MONTH) == pytest.approx(math.sqrt(0.4))


def test_numbers_at_risk_make_the_curve_that_of_the_people_behind_it() -> None:
    rng = np.random.default_rng(2)
    event, end = rng.exponential(10 / math.log(2), 400), rng.uniform(8, 30, 400)
    time, died = np.minimum(event, end), event <= end
    left, points = 1.0, []
    for month in range(1, 25):
        for each in np.sort(time[died & (time > month - 1) & (time <= month)]):
            left *= 1 - 1 / (time >= each).sum()
        at_risk = f", at_risk: {(time >= month).sum()}" if month % 6 == 0 else ""
        points.append(f"{{at: {month} months, free: {left:.3f}{at_risk}}}")
    found = of(f"points: [{{at: 0 days, free: 1, at_risk: 400}}, {', '.join(points)}]")
    for month in (3, 6, 12, 18):
        assert found.share(month * MONTH) == pytest.approx(1 - 0.5 ** (month / 10), abs=0.06)


@pytest.mark.parametrize(
    "said",
    [
        PIECES,
        "distribution: exponential, median: 10 months, cured: 0.3",
        "distribution: weibull, shape: 0.8, median: {control: 8 months}, hazard_ratio: 0.6, effect_after: 2 months, cured: 0.1",
        POINTS,
    ],
)
def test_the_day_turns_the_hazard_round(said: str) -> None:
    found = of(said, "ablated")
    for share in np.linspace(0.01, 0.6, 30):
        total = -math.log1p(-share)
        day = found.day(total)
        assert math.isinf(day) or found.cumulative(day) == pytest.approx(total, rel=1e-9)
        rates, ends = monthly(found, 24.0)
        if day < 24 * MONTH:
            assert Hazard(rates, ends).cumulative(day / MONTH) == pytest.approx(total, abs=0.004)


# --- in trials -------------------------------------------------------------------------------------------------------


def days_of_death(of: Study, count: int) -> list[float]:
    """Days from randomisation to death; infinite if there is none."""

    def day(each: VirtualParticipant) -> float:
        on = {event.activity: event.on.first for event in reversed(each.events) if isinstance(event, Recorded)}
        return float((on["death"] - on["randomisation"]).days) if "death" in on else math.inf

    return [day(each) for each in virtual(of, count, seed=4, until=FAR)]


def test_who_dies_when_follows_the_hazard() -> None:
    of = dying(PIECES)
    made, found = risk(of.protocol.assumptions["death"]), sorted(days_of_death(of, 300))
    furthest = max(abs((number + 0.5) / 300 - made.share(day)) for number, day in enumerate(found))
    assert furthest < 1.63 / math.sqrt(300)  # Kolmogorov: 1 in 100


def test_a_plain_hazard_and_the_same_in_stretches_give_the_same_days() -> None:
    rate = math.log(2) / 10
    plain = days_of_death(dying("distribution: exponential, median: 10 months"), 20)
    pieces = days_of_death(dying(f"distribution: piecewise, hazards: [{{per_month: {rate:.15f}}}]"), 20)
    assert plain == pieces


def test_a_factor_changes_the_pace_from_the_day_on_which_it_is_met() -> None:
    # The second cycle is on day 15. Whose death would be on day T is dead on day 15 + 2 (T - 15).
    plain = days_of_death(dying("distribution: exponential, median: 3 months"), 30)
    slower = days_of_death(
        dying("distribution: exponential, median: 3 months, factors: [{when: count(cycle) >= 2, ratio: 0.5}]"), 30
    )
    for before, after in zip(plain, slower, strict=True):
        assert after == before if before <= 15 else abs(after - (15 + 2 * (before - 15))) <= 1


def test_a_covariate_is_a_factor_from_the_start() -> None:
    plain = days_of_death(dying("distribution: exponential, median: 10 months"), 30)
    faster = days_of_death(
        dying("distribution: exponential, median: 10 months, factors: [{when: age >= 50 years, ratio: 4}]"), 30
    )
    assert all(abs(after - before / 4) <= 1 for before, after in zip(plain, faster, strict=True))


def test_some_of_an_arm_cross_over() -> None:
    # Of the controls half take on the hazard of the others at their scan (day 29).
    said = "distribution: exponential, median: {control: 30 months}, hazard_ratio: 0.1"
    cross = f"{said}, factors: [{{when: arm == control and count(scan) >= 1, ratio: 0.1, chance: 0.5}}]"
    arms = [each.arm for each in virtual(dying(cross), 120, seed=4, until=FAR)]
    changed = [
        arm for arm, before, after in zip(arms, days_of_death(dying(said), 120), days_of_death(dying(cross), 120), strict=True)
        if before != after
    ]  # fmt: skip
    assert set(changed) == {"control"}
    at_stake = arms.count("control")
    assert abs(len(changed) - at_stake / 2) < 3 * math.sqrt(at_stake) / 2 + 3  # few die before their scan


def test_without_effect_nothing_tells_the_arms_apart() -> None:
    of = dying("distribution: exponential, median: {control: 30 months}, hazard_ratio: 0.1, effect_after: 2 months, factors: "
               "[{when: arm == control and count(scan) >= 1, ratio: 0.1}, {when: age >= 50 years, ratio: 2}]")  # fmt: skip
    alike = without_effect(of).protocol.assumptions["death"]
    assert [str(each.when) for each in alike.factors] == ["age >= 50 years"]
    assert risk(alike, "control") == risk(alike, "ablated")


CROSSING = "factors: [{when: arm == control and count(scan) >= 1, ratio: 0.2, chance: 0.5}, {when: age >= 50 years, ratio: 2}]"


@pytest.mark.parametrize(
    "said",
    [
        PIECES,
        f"{POINTS}, {CROSSING}",
        "points: [{at: 0 days, free: 1, at_risk: 40}, {at: 6 months, free: 0.7, at_risk: 25}, {at: 1 year, free: 0.4}]",
        "distribution: weibull, shape: 0.8, median: {control: 8 months}, hazard_ratio: 0.6, effect_after: 2 months, cured: 0.1",
        f"distribution: exponential, median: 10 months, {CROSSING}",
        "distribution: exponential, median: 3 months, factors: [{when: count(cycle) >= 2, ratio: 0}, {when: bilirubin > 14 umol/L, "
        "ratio: 9}]",
    ],
)
def test_both_interpreters_let_hazards_run_alike(said: str) -> None:
    assert all_differences(dying(said), 100, seed=5) == []


def test_what_a_factor_looks_at_has_to_be_assumed() -> None:
    factor = "distribution: exponential, median: 3 months, factors: [{when: bilirubin > 14 umol/L, ratio: 2}]"
    of = tiny((DEATH, f"  death: {{{factor}, source: ours}}"), without("bilirubin"))
    assert [str(each) for each in lacking(of)] == [
        "study.yaml:52:73: error: no-assumption: the assumption of 'death' looks at 'bilirubin' (Bilirubin, total) of 'labs': "
        "assume how its answers are spread"
    ]


# --- power and type I error ------------------------------------------------------------------------------------------


def plain(people: int, control: Risk, treated: Risk) -> TwoArms:
    arms = [monthly(each, 36.0) for each in (control, treated)]
    lives = [Lifetime(rates, (0.0, *ends)) for rates, ends in arms]
    return TwoArms(people, 12.0, 36.0, *lives)


@pytest.mark.parametrize(
    "said",
    [
        "distribution: exponential, median: {control: 10 months}, hazard_ratio: 0.6, effect_after: 3 months",
        "distribution: exponential, median: {control: 10 months}, hazard_ratio: 0.6, cured: 0.2",
        POINTS,
    ],
)
def test_power_and_type_i_error_agree_with_what_the_log_rank_is_expected_to_be(said: str) -> None:
    control, treated = (of(said, arm) for arm in ("control", "ablated"))
    trial, size = plain(400, control, treated), 20_000
    found = characteristics(trial, totals(two_arms(trial, 3), size))
    none = plain(400, control, control)
    false = characteristics(none, totals(two_arms(none, 3), 60_000)).rejected
    assert abs(false.value - 0.05) < 3 * false.error + 0.0008  # the log-rank's own, with 400 people
    hazards = [Hazard(*monthly(each, 36.0)) for each in (control, treated)]
    joining = Accrual.even(12.0)

    def events(hazard: Hazard, until: float) -> float:
        return event_chance(hazard.until(until), 36.0, accrual=joining)

    late = treated.ratio_from / MONTH
    total = sum(200 * events(each, math.inf) for each in hazards)
    before = sum(200 * events(each, late) for each in hazards) if late else 0.0
    drift = 0.5 * -math.log(treated.ratio) * (total - before) / math.sqrt(total)  # Schoenfeld (1981), Biometrika 68:316-319
    assert found.rejected.value == pytest.approx(NormalDist().cdf(drift - NormalDist().inv_cdf(0.975)), abs=0.015)


def test_a_cured_share_leaves_the_closed_form_its_power_and_a_delayed_effect_has_none() -> None:
    text = TEXT.format(people=200, method="permuted_blocks", blocks="blocks: [4], ", interim="", ratio="0.5")
    (cured,) = prospects(study(text.replace("hazard_ratio: 0.5,", "hazard_ratio: 0.5, cured: 0.3,")))
    (whole,) = prospects(study(text))
    assert cured.power is not None and whole.power is not None and 0.5 < cured.power < whole.power
    (late,) = prospects(study(text.replace("hazard_ratio: 0.5,", "hazard_ratio: 0.5, effect_after: 3 months,")))
    assert "not proportional" in late.cannot


# --- what is wrong ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ("distribution: piecewise", "until when it holds"),
        ("distribution: piecewise, hazards: [{until: 6 months, per_month: 0.1}]", "except the last"),
        ("distribution: piecewise, hazards: [{per_month: -1}]", "below 0"),
        ("hazards: [{per_month: 1}], distribution: exponential, median: 3 months", "distribution: piecewise"),
        ("points: [{at: 6 months, free: 0.8}, {at: 3 months, free: 0.7}]", "do not make a curve"),
        ("points: [{at: 6 months, free: 0.8}, {at: 9 months, free: 0.9}]", "do not make a curve"),
        ("points: [{at: 6 months, free: 0.8}, {at: 9 months, free: 0}]", "end at 0"),
        ("points: [{at: 6 months, free: 0.8, at_risk: 5}]", "begin at time 0"),
        ("distribution: exponential, median: 3 months, cured: 1.2", "cured share of 1.2"),
        ("distribution: exponential, median: 3 months, effect_after: 1 month", "no hazard ratio"),
        ("distribution: uniform, low: 3 months, high: 5 months, cured: 0.2", "low and high"),
        ("distribution: exponential, median: 3 months, factors: [{when: age > 3 years, ratio: -1}]", "cannot be less"),
        (
            "distribution: exponential, median: 3 months, factors: [{when: age > 3 years, ratio: 1, chance: 2}]",
            "between 0 and 1",
        ),
        ("per_month: 2, cured: 0.2", "say its distribution"),
    ],
)
def test_hazards_that_make_no_sense_are_found(said: str, says: str) -> None:
    assert any(says in each.says for each in assumption_findings(dying(said))), assumption_findings(dying(said))
