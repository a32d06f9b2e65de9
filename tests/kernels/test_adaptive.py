"""Trials that may change at a look: by hand, by law, and in agreement with the plain trial and with closed forms."""

from dataclasses import replace
from math import inf, isnan, log, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtri
from scipy.stats import norm
from scipy.stats import t as student

from equipoise.kernels.adaptive import Adaptive, Answer, Decision, Totals, batch, characteristics, ended
from equipoise.kernels.dunnett import dunnett
from equipoise.kernels.group_sequential import spending_boundaries
from equipoise.kernels.logrank import logrank
from equipoise.kernels.promising_zone import Zone, conditional_power, promised
from equipoise.kernels.spending import obrien_fleming_like
from equipoise.kernels.two_arm import Lifetime, TwoArms, exponential, people, slowed
from equipoise.kernels.two_arm import batch as plain_batch

Z = 1.959963984540054
CONTROL = exponential(12.0)
LOOKS = spending_boundaries((0.5, 1.0), obrien_fleming_like(0.025))
TIMES = Adaptive(
    120, 120, 20.0, 40.0, (CONTROL, slowed(CONTROL, 0.7)), (40,), (0.5, 1.0), LOOKS.above, futility=(-0.3, -inf), dropout=0.01,
)  # fmt: skip
VALUES = Adaptive(
    100, 200, 10.0, 16.0, (Answer(0.0, 1.0), Answer(0.0, 1.0)), (50,), (0.5, 1.0), (inf, Z),
    needed=4 * (Z + ndtri(0.8)) ** 2 / 0.5**2, effect=0.5,
)  # fmt: skip
ENLARGED = (Decision("unblinded", 0, 0.3),)
BLINDED = (Decision("blinded", 0),)
THREE = Adaptive(
    150, 150, 10.0, 10.0, (Answer(0.0, 1.0),) * 3, (75,), (0.5, 1.0), (inf, dunnett([1.0, 1.0], 1.0, 0.025)), block=(1, 1, 1)
)


def claimed(trial: Adaptive, count: int, seed: int = 5) -> tuple[float, float]:
    found = characteristics(trial, batch(trial, seed, 0, count)).claimed
    return found.value, found.error


# --- by hand ---------------------------------------------------------------------------------------------------------


def test_two_groups_of_three_are_told_apart_as_by_hand() -> None:
    """1, 2, 3 against 3, 4, 8: means 2 and 5, within 1 and 7, so 4 pooled; t = 3 / √(4·2/3) = 1.837 with 4 degrees."""
    from equipoise.kernels.loops.adaptive_trial import MEAN, SHARE, set_apart

    z, gap, error = set_apart(MEAN, 3.0, 15.0, 89.0, 3.0, 6.0, 14.0)
    assert (gap, round(error**2, 6)) == (3.0, round(8 / 3, 6))
    assert z == pytest.approx(norm.isf(student.sf(3 / sqrt(8 / 3), 4)), abs=0.01)
    # 6 of 10 against 3 of 10: together 0.45, variance 0.45·0.55·2/10 = 0.0495.
    z, gap, _ = set_apart(SHARE, 10.0, 6.0, 6.0, 10.0, 3.0, 3.0)
    assert (round(gap, 12), z) == (0.3, pytest.approx(0.3 / sqrt(0.0495)))


def test_the_chance_of_an_event_is_as_by_hand() -> None:
    """A hazard of 0.1, everybody in at 0 and followed to 10: 1 - e⁻¹. Entering evenly over 10 until 10: 1 - (1 - e⁻¹)."""
    from equipoise.kernels.loops.adaptive_trial import chance

    assert chance(0.1, 0.0, 0.0, 10.0, inf) == pytest.approx(1 - np.exp(-1))
    assert chance(0.1, 0.0, 10.0, 10.0, inf) == pytest.approx(np.exp(-1))
    assert chance(0.1, 0.1, 0.0, 10.0, inf) == pytest.approx(0.5 * (1 - np.exp(-2)))
    assert chance(0.1, 0.0, 10.0, 30.0, 5.0) == pytest.approx(1 - np.exp(-0.5))  # all followed for 5
    assert chance(0.0, 0.1, 10.0, 30.0, 5.0) == 0.0


def test_a_look_at_half_with_z_of_1_4_is_enlarged_as_by_hand() -> None:
    """Missing is (1.96 - 1.4·√½) / √½ = 1.3719; with 0.8416 more, 2.2134² · ½ / 1.4² = 1.2499 beside the half: 1.75 times."""
    from equipoise.kernels.adaptive import designed
    from equipoise.kernels.loops.adaptive_trial import enlarged

    design = designed(replace(VALUES, decisions=ENLARGED))
    assert enlarged(design, 1.4, 0.5, Z) == 175
    assert enlarged(design, 1.0, 0.5, Z) == 200  # more than allowed


# --- by law ----------------------------------------------------------------------------------------------------------


def test_without_anything_to_adapt_the_plain_trial_is_counted_to_the_bit() -> None:
    plain = TwoArms(
        120, 20.0, 40.0, *TIMES.arms, dropout=0.01, after_events=(40, 120), efficacy=LOOKS.above, futility=(-0.3, 0.0),
        two_sided=False,
    )  # type: ignore[arg-type]  # fmt: skip
    same, other = batch(TIMES, 7, 0, 3000), plain_batch(plain, 7, 0, 3000)
    assert same.ended == other.ended and same.ended[0][1] > 0 and same.ended[0][2] > 0
    assert same.sums[:6] == other.sums[:6]
    # A maximum that is the planned number changes nothing either, whatever is re-estimated from all arms together.
    assert batch(replace(TIMES, decisions=BLINDED, needed=500.0), 7, 0, 3000) == same


def test_the_squares_of_the_weights_add_up_to_one() -> None:
    looks = replace(VALUES, after=(20, 50), information=(0.2, 0.5, 1.0), efficacy=(inf, inf, Z), decisions=ENLARGED)
    assert sum(each**2 for each in looks.weights) == pytest.approx(1.0, abs=1e-15)
    assert looks.weights == pytest.approx((sqrt(0.2), sqrt(0.3), sqrt(0.5)))
    assert looks.is_combined and not VALUES.is_combined


@pytest.mark.parametrize("trial", [replace(TIMES, maximum=200, decisions=ENLARGED), replace(VALUES, decisions=BLINDED), THREE])
def test_batches_add_up_however_they_are_split(trial: Adaptive) -> None:
    whole = batch(trial, 3, 0, 300)
    parts = batch(trial, 3, 0, 1) + batch(trial, 3, 1, 199) + batch(trial, 3, 200, 100)
    assert parts == whole and isinstance(whole, Totals)
    assert np.array_equal(ended(trial, 3, 0, 300).statistic[17:18], ended(trial, 3, 17, 1).statistic)


@pytest.mark.parametrize(
    "trial",
    [
        VALUES,
        replace(VALUES, decisions=BLINDED),
        replace(VALUES, decisions=BLINDED, arms=(Answer(0.0, 1.3),) * 2),
        replace(VALUES, decisions=ENLARGED),
        replace(VALUES, decisions=ENLARGED, after=(25, 50), information=(0.25, 0.5, 1.0), efficacy=(inf, inf, Z)),
        THREE,
    ],
    ids=["as planned", "blinded", "blinded, wider", "unblinded", "unblinded at the first of two", "Dunnett"],
)
def test_no_more_than_the_level_is_claimed_without_a_difference(trial: Adaptive) -> None:
    value, error = claimed(trial, 100_000)
    assert abs(value - 0.025) <= 3 * error


def test_combining_stages_by_weights_holds_the_level_that_taking_all_data_together_loses() -> None:
    """Enlarged from far below the promising zone, the ordinary test claims too often; the combination does not."""
    eager = replace(VALUES, maximum=1000, decisions=(Decision("unblinded", 0, 0.01),))
    seen = ended(eager, 5, 0, 100_000)
    error = sqrt(0.025 * 0.975 / 100_000)
    assert (seen.places > 100).sum() > 20_000
    assert abs((seen.statistic >= Z).mean() - 0.025) <= 3 * error
    together = seen.effect / seen.error >= student.isf(0.025, seen.places - 2)
    assert together.mean() > 0.025 + 3 * error


@pytest.mark.parametrize("rule", [Decision("best", 0), Decision("futility", 0, 0.1)], ids=["keep the best", "drop the futile"])
def test_dropping_arms_only_lowers_the_chance_of_a_false_claim(rule: Decision) -> None:
    kept, planned = claimed(replace(THREE, decisions=(rule,)), 100_000), claimed(THREE, 100_000)
    assert 0.015 < kept[0] < planned[0] <= 0.025 + 3 * planned[1]


def test_times_to_an_event_that_are_enlarged_claim_no_more_often_than_as_planned() -> None:
    """The log-rank test itself has a little more than its level in trials so small: the same trial as planned is the measure."""
    alike = replace(TIMES, maximum=240, arms=(CONTROL, CONTROL), efficacy=(inf, Z), futility=(), after=(45,), needed=110.0)
    planned, error = claimed(alike, 60_000)
    for decisions in (ENLARGED, BLINDED):
        value, own = claimed(replace(alike, decisions=decisions), 60_000)
        assert value <= planned + 3 * sqrt(error**2 + own**2)
        assert abs(value - 0.025) <= 0.0025


@given(
    seed=st.integers(0, 2**32 - 1), people_=st.integers(8, 60), more=st.floats(1.0, 3.0), worth=st.floats(0.05, 0.75),
    kind=st.sampled_from(["time", "value", "share"]), rule=st.sampled_from(["blinded", "unblinded", "futility", "best"]),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_no_trial_is_larger_than_its_maximum_or_smaller_than_planned_where_it_goes_on(
    seed: int, people_: int, more: float, worth: float, kind: str, rule: str
) -> None:
    arms = {
        "time": (exponential(9.0), exponential(11.0)), "value": (Answer(1.0, 2.0), Answer(2.0, 2.0)), "share": (Answer(0.3), Answer(0.5))
    }[kind]  # fmt: skip
    asks = rule in ("unblinded", "futility")
    trial = Adaptive(
        people_, round(people_ * more), 10.0, 22.0, arms, (people_ // 2,), (0.5, 1.0), (inf, Z), needed=people_ * 1.5, effect=0.4,
        decisions=(Decision(rule, 0, worth if asks else None),), dropout=0.01 if kind == "time" else 0.0, unit=2.0 if kind == "value" else 1.0,
    )  # type: ignore[arg-type]  # fmt: skip
    seen = ended(trial, seed, 0, 50)
    assert np.all((people_ <= seen.places) & (seen.places <= trial.maximum))
    assert np.all(seen.participants <= seen.places)
    if rule in ("blinded", "unblinded"):
        whole = seen.look == 1
        assert np.all(seen.participants[whole] == seen.places[whole])
        longest = 22.0 + 10.0 * (trial.maximum / people_ - 1) + 12.0
        assert np.all(seen.duration <= longest + 1e-6)
    else:
        assert np.all(seen.places == people_)
    assert np.array_equal(seen.given_up, (seen.look == 0) & ~seen.claimed & (seen.given_up))


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"maximum": 99}, "no less than the participants"),
        ({"information": (0.5,)}, "rise from above 0 to 1"),
        ({"after": (50, 60)}, "one rising number"),
        ({"decisions": (Decision("best", 1),)}, "before the last"),
        ({"decisions": (*BLINDED, *ENLARGED)}, "re-estimated once"),
        ({"decisions": BLINDED, "needed": 0.0}, "reckons with"),
        ({"arms": (Answer(0.0, 1.0), Answer(0.5))}, "one kind of outcome"),
        ({"arms": (Lifetime((0.1,), shape=2.0),) * 2}, "no shape"),
        ({"side": 0.5}, "on one side"),
        ({"block": (1, 0)}, "places in a block"),
        ({"accrual": 17.0}, "as long as accrual"),
        ({"efficacy": (Z,)}, "one boundary"),
        ({"wanted": 1.0}, "between 0 and 1"),
    ],
)
def test_what_cannot_be_is_refused(wrong: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        replace(VALUES, **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rule", "worth"), [("unblinded", None), ("futility", None), ("blinded", 0.3), ("best", 0.3), ("futility", 1.5)]
)
def test_a_conditional_power_goes_with_the_rules_that_ask_for_one(rule: str, worth: float | None) -> None:
    with pytest.raises(ValueError, match="conditional power"):
        Decision(rule, 0, worth)  # type: ignore[arg-type]


def test_where_hazards_are_not_proportional_no_bias_is_told() -> None:
    late = replace(TIMES, arms=(CONTROL, slowed(CONTROL, 0.5, after=6.0)), maximum=200, decisions=ENLARGED)
    found = characteristics(late, batch(late, 1, 0, 500))
    assert isnan(found.bias.value) and isnan(found.coverage.value)
    assert found.effect.value < 0 < found.claimed.value


# --- by agreement ----------------------------------------------------------------------------------------------------


def test_each_trial_is_what_another_reckoning_makes_of_the_same_people() -> None:
    """The participants of the plain trial, the log-rank test of another kernel, the stages put together by hand."""
    trial = Adaptive(
        60,
        60,
        12.0,
        30.0,
        (CONTROL, slowed(CONTROL, 0.6)),
        (20,),
        (0.5, 1.0),
        (inf, Z),
        decisions=(Decision("unblinded", 0, 0.3),),
    )
    plain = TwoArms(60, 12.0, 30.0, CONTROL, slowed(CONTROL, 0.6), two_sided=False)
    seen = ended(trial, 9, 0, 25)
    for number in range(25):
        who = people(plain, 9, number)
        happens = np.sort((who.entry + who.time)[who.happened])
        day = happens[19] if len(happens) > 19 else 30.0
        first, last = _excess(who, day), _excess(who, 30.0)
        stage = (last[0] - first[0]) / sqrt(last[1] - first[1])
        combined = sqrt(0.5) * -first[0] / sqrt(first[1]) + sqrt(0.5) * -stage
        assert seen.statistic[number] == pytest.approx(combined, abs=1e-6)


def _excess(who: object, day: float) -> tuple[float, float]:
    entry, time, happened, treated = who.entry, who.time, who.happened, who.treated  # type: ignore[attr-defined]
    there = entry <= day
    short = np.minimum(time, day - entry)
    found = logrank(short[there], (happened & (time <= day - entry + 1e-9))[there], treated[there].astype(int))
    return float(found.observed[1] - found.expected[1]), float(found.variance[1, 1])


def test_the_promising_zone_finds_as_often_as_its_closed_form_says() -> None:
    drift = 0.5 * sqrt(400) / 2 / sqrt(1.0)  # 400 people, a difference of 0.25 standard deviations, told twice over
    trial = replace(
        VALUES, participants=400, maximum=800, after=(200,), arms=(Answer(0.0, 1.0), Answer(0.25, 1.0)), until=10.0,
        decisions=(Decision("unblinded", 0, 0.36),),
    )  # fmt: skip
    form = promised(Zone(0.5, Z, 0.36, 0.8, 2.0), drift / 2)
    found = characteristics(trial, batch(trial, 2, 0, 40_000))
    assert abs(found.claimed.value - form.power) <= 3 * found.claimed.error + 0.002  # t against z
    assert abs(found.enlarged.value - form.enlarged) <= 3 * found.enlarged.error + 0.002
    assert found.participants.value == pytest.approx(400 * form.information, rel=0.01)


def test_a_blinded_look_finds_the_numbers_that_were_wrongly_assumed() -> None:
    """Values vary by 1.3 instead of 1: 1.69 times as many are needed, and the power is what was wanted."""
    wider = replace(
        VALUES, participants=126, maximum=400, after=(63,), arms=(Answer(0.0, 1.3), Answer(0.5, 1.3)), decisions=BLINDED
    )
    found = characteristics(wider, batch(wider, 4, 0, 20_000))
    as_planned = characteristics(wider, batch(replace(wider, decisions=()), 4, 0, 20_000))
    assert found.places == pytest.approx(126 * 1.69, rel=0.03)
    assert found.claimed.value == pytest.approx(0.8, abs=0.02)
    assert as_planned.claimed.value < 0.6
    # Events come at two thirds of the pace: with the participants re-estimated, the events that are needed come all the same.
    needed = 4 * (Z + ndtri(0.8)) ** 2 / log(0.6) ** 2
    slow = Lifetime((log(2) / 12 * 2 / 3,))
    late = Adaptive(
        150, 400, 12.0, 30.0, (slow, slowed(slow, 0.6)), (60,), (0.5, 1.0), (inf, Z), needed=needed, decisions=BLINDED
    )
    found = characteristics(late, batch(late, 4, 0, 10_000))
    assert found.events.value == pytest.approx(needed, rel=0.05)
    assert found.claimed.value == pytest.approx(0.8, abs=0.025)


def test_an_arm_is_given_up_where_its_conditional_power_is_below_the_bound() -> None:
    trial = replace(VALUES, decisions=(Decision("futility", 0, 0.2),), arms=(Answer(0.0, 1.0), Answer(0.2, 1.0)))
    seen = ended(trial, 8, 0, 2000)
    low = np.array([conditional_power(float(z), 0.5, Z) for z in seen.statistic[seen.given_up]])
    assert len(low) > 100 and np.all(low < 0.2)
    assert np.all(seen.look[seen.given_up] == 0) and np.all(seen.look[~seen.given_up] == 1)


def test_the_best_arm_is_kept_and_its_estimate_is_too_good() -> None:
    trial = replace(THREE, arms=(Answer(0.0, 1.0), Answer(0.3, 1.0), Answer(0.3, 1.0)), decisions=(Decision("best", 0),))
    found = characteristics(trial, batch(trial, 8, 0, 20_000))
    assert sum(arm.dropped.value for arm in found.arms) == pytest.approx(1.0)
    assert found.participants.value == pytest.approx(125, abs=0.5)
    assert found.bias.value > 5 * found.bias.error
    assert isnan(found.places) and found.most == 150


def test_dunnetts_bounds_are_those_of_the_tables() -> None:
    """Dunnett (1955), table 1a, infinitely many degrees of freedom: 1.64, 1.92, 2.06, 2.16, 2.23 at 5 %, one-sided."""
    assert [round(dunnett([1.0] * arms, 1.0, 0.05), 2) for arms in range(1, 6)] == [1.64, 1.92, 2.06, 2.16, 2.23]
    assert dunnett([1.0], 3.0, 0.025) == pytest.approx(Z, abs=1e-9)
    uneven, even, bonferroni = dunnett([1.0, 1.0], 2.0, 0.025), dunnett([1.0, 1.0], 1.0, 0.025), float(-ndtri(0.0125))
    assert even < uneven < bonferroni
    for arms, control, alpha in (([], 1.0, 0.05), ([1.0], 0.0, 0.05), ([0.0], 1.0, 0.05), ([1.0], 1.0, 0.5)):
        with pytest.raises(ValueError, match="arms and a control"):
            dunnett(arms, control, alpha)


@given(st.lists(st.integers(0, 2**40), max_size=60))
def test_keys_are_put_in_order(keys: list[int]) -> None:
    from equipoise.kernels.loops.order import in_order

    found, spare = np.array(keys, np.int64), np.empty(len(keys), np.int64)
    in_order(found, spare)
    assert found.tolist() == sorted(keys)
