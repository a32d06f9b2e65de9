"""What no honest number can be given for: each estimator says so in a sentence, and the extremes that do have an answer."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from equipoise.kernels.concordance import concordance
from equipoise.kernels.cox import cox, profile
from equipoise.kernels.cumulative_incidence import cumulative_incidence
from equipoise.kernels.inestimable import Inestimable
from equipoise.kernels.kaplan_meier import kaplan_meier, restricted_mean, survival_limits
from equipoise.kernels.logrank import logrank
from equipoise.kernels.nelson_aalen import nelson_aalen

ARM = np.array([0, 1, 0, 1, 0, 1, 0, 1])
TIME, DIED = np.array([3.0, 1.0, 5.0, 7.0, 2.0, 4.0, 6.0, 8.0]), np.array([True, True, True, False] * 2)

ESTIMATORS: dict[str, Callable[[Any, Any], object]] = {
    "kaplan_meier": kaplan_meier,
    "weighted": lambda time, died: kaplan_meier(time, died, weight=np.full(len(time), 0.5)),
    "nelson_aalen": nelson_aalen,
    "logrank": lambda time, died: logrank(time, died, ARM[: len(time)]),
    "cox": lambda time, died: cox(time, died, ARM[: len(time), None]),
    "firth": lambda time, died: cox(time, died, ARM[: len(time), None], firth=True),
    "profile": lambda time, died: profile(time, died, ARM[: len(time), None]),
    "concordance": lambda time, died: concordance(time, died, ARM[: len(time)]),
    "cumulative_incidence": lambda time, died: cumulative_incidence(time, died.astype(int)),
}
each = pytest.mark.parametrize("name", ESTIMATORS)
OF_EVENTS = [name for name in ESTIMATORS if name not in ("kaplan_meier", "weighted", "nelson_aalen")]


def test_the_good_data_have_answers() -> None:
    for estimator in ESTIMATORS.values():
        estimator(TIME, DIED)


@each
@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (-1.0, r"1 person \(row 3\) has a negative time"),
        (np.nan, r"1 person \(row 3\) has no finite time"),
        (np.inf, r"1 person \(row 3\) has no finite time"),
    ],
)
def test_an_impossible_time_is_said_with_its_row(name: str, bad: float, says: str) -> None:
    time = np.where(np.arange(8) == 2, bad, TIME)
    with pytest.raises(Inestimable, match=says):
        ESTIMATORS[name](time, DIED)


@each
def test_nobody_is_nobody(name: str) -> None:
    with pytest.raises(Inestimable, match="nobody was followed"):
        ESTIMATORS[name](np.zeros(0), np.zeros(0, dtype=bool))


@pytest.mark.parametrize("name", OF_EVENTS)
def test_without_events_there_is_nothing_to_compare(name: str) -> None:
    with pytest.raises(Inestimable, match=r"nobody had (the|an) event"):
        ESTIMATORS[name](TIME, np.zeros(8, dtype=bool))


def test_without_events_nobody_is_known_to_die() -> None:
    curve = kaplan_meier(TIME, np.zeros(8, dtype=bool))
    assert curve.survival.tolist() == [1] * 8
    assert not curve.variance.any()
    assert nelson_aalen(TIME, np.zeros(8, dtype=bool)).cumulative_hazard.tolist() == [0] * 8


def test_an_empty_arm_is_no_arm() -> None:
    with pytest.raises(Inestimable, match="there is one group"):
        logrank(TIME, DIED, np.zeros(8))
    with pytest.raises(Inestimable, match="covariate 1 never varies"):
        cox(TIME, DIED, np.zeros((8, 1)))
    with pytest.raises(Inestimable, match="nobody was followed"):
        kaplan_meier(TIME[ARM > 1], DIED[ARM > 1])


def test_an_arm_without_events_has_a_test_and_no_hazard_ratio() -> None:
    died = DIED & (ARM == 0)
    assert 0 < logrank(TIME, died, ARM).p < 1
    with pytest.raises(Inestimable, match="hazard ratio of covariate 1 is infinite or zero") as caught:
        cox(TIME, died, ARM[:, None])
    assert caught.value.columns == (0,)


def test_who_knows_the_names_has_them_said() -> None:
    with pytest.raises(Inestimable) as caught:
        cox(TIME, DIED, np.stack([ARM, TIME, 1 - ARM], axis=1))
    assert caught.value.says == "covariates 1, 3 repeat each other: one follows from the others"
    assert caught.value.named(["arm", "age", "other arm"]).says.startswith("arm and other arm repeat each other")


def test_complete_separation_is_refused_whatever_the_unit() -> None:
    for unit in (1e-6, 1.0, 1e6):
        with pytest.raises(Inestimable, match="infinite or zero"):
            cox(TIME, np.ones(8, dtype=bool), (-unit * TIME)[:, None])
        # What separates perfectly apart from one person separates all but perfectly.
        assert np.isfinite(cox(TIME, np.ones(8, dtype=bool), unit * np.array([[3, 2, 1, 7, 5, 6, 4, 8.0]]).T).coefficient).all()


def test_when_all_end_on_one_day_nobody_is_left_to_compare_with() -> None:
    day, all_died = np.full(8, 5.0), np.ones(8, dtype=bool)
    assert kaplan_meier(day, all_died).survival.tolist() == [0]
    with pytest.raises(Inestimable, match="at risk together"):
        logrank(day, all_died, ARM)
    for ties in ("efron", "breslow"):
        with pytest.raises(Inestimable, match="nobody is left to compare them with"):
            cox(day, all_died, ARM[:, None], ties=ties)
    with pytest.raises(Inestimable, match="no two people can be compared"):
        concordance(day, all_died, ARM.astype(float))


def test_ties_everywhere_have_an_answer_where_somebody_lived_on() -> None:
    # All on one day, half of them alive: at the odds of dying, 3 of 4 against 1 of 4.
    day, died = np.full(8, 5.0), np.array([1, 0, 1, 0, 1, 0, 0, 1]).astype(bool)
    # Expected 2 of 4 dead in each arm; variance 4 x ½ x ½ x (8 - 4)/(8 - 1).
    assert logrank(day, died, ARM).chi_square == pytest.approx(1 / (4 / 7))
    assert np.isfinite(cox(day, died, ARM[:, None]).coefficient).all()


def test_a_million_copies_of_eight_people_are_eight_people() -> None:
    many = 125_000
    time, died, arm = np.tile(TIME, many), np.tile(DIED, many), np.tile(ARM, many)
    np.testing.assert_allclose(kaplan_meier(time, died).survival, kaplan_meier(TIME, DIED).survival, rtol=1e-12)
    np.testing.assert_allclose(kaplan_meier(time, died).variance * many, kaplan_meier(TIME, DIED).variance, rtol=1e-9)
    few, lot = logrank(TIME, DIED, ARM), logrank(time, died, arm)
    np.testing.assert_allclose(lot.expected, few.expected * many, rtol=1e-9)
    few_fit, lot_fit = (cox(t, d, a[:, None], ties="breslow") for t, d, a in ((TIME, DIED, ARM), (time, died, arm)))
    np.testing.assert_allclose(lot_fit.coefficient, few_fit.coefficient, rtol=1e-8)
    np.testing.assert_allclose(lot_fit.variance * many, few_fit.variance, rtol=1e-8)


def test_a_million_people_on_one_day() -> None:
    died = np.arange(1_000_000) % 3 == 0
    arm = (np.arange(1_000_000) % 2).astype(float)
    assert kaplan_meier(np.ones(1_000_000), died).survival == pytest.approx([2 / 3])
    assert logrank(np.ones(1_000_000), died, arm).p > 0.5
    assert abs(cox(np.ones(1_000_000), died, arm[:, None]).coefficient[0]) < 1e-3


@pytest.mark.parametrize("ours", [kaplan_meier, lambda t, d, weight: cox(t, d, ARM[:, None], weight=weight)])
def test_weights_that_are_none(ours: Callable[..., object]) -> None:
    with pytest.raises(Inestimable, match="everyone's weight is 0"):
        ours(TIME, DIED, weight=np.zeros(8))
    with pytest.raises(Inestimable, match="a weight is missing, infinite or negative"):
        ours(TIME, DIED, weight=np.where(ARM == 1, np.nan, 1.0))
    with pytest.raises(Inestimable, match="a weight is missing, infinite or negative"):
        ours(TIME, DIED, weight=np.where(ARM == 1, -1.0, 1.0))


def test_an_arm_of_weight_zero_is_no_arm() -> None:
    with pytest.raises(Inestimable, match="covariate 1 never varies"):
        cox(TIME, DIED, ARM[:, None], weight=(ARM == 0).astype(float))


def test_one_cluster_has_no_variance_between_clusters() -> None:
    # What its rows add to the score comes to 0, and in numbers to the rounding of 0.
    with pytest.raises(Inestimable, match="1 rows or clusters are too few"):
        cox(TIME, DIED, ARM[:, None], cluster=np.zeros(8))


def test_a_curve_that_ends_before_all_have_entered_is_refused() -> None:
    with pytest.raises(Inestimable, match="at 2 everyone who had entered had had the event, and others entered later"):
        kaplan_meier(np.array([1.0, 2, 5]), np.array([True, True, False]), start=np.array([0.0, 0, 3]))
    with pytest.raises(Inestimable, match="ends no later than it starts"):
        kaplan_meier(np.array([1.0, 2]), np.array([True, True]), start=np.array([0.0, 2]))


def test_past_its_end_a_curve_is_silent() -> None:
    with pytest.raises(Inestimable, match="before the horizon"):
        restricted_mean(kaplan_meier(TIME, DIED), 9.0)
    assert np.isnan(restricted_mean(kaplan_meier(TIME, DIED, weight=np.ones(8)), 4.0).variance)
    lower, upper = survival_limits(kaplan_meier(TIME, np.ones(8, dtype=bool)))
    assert np.isnan(lower[-1])
    assert np.isnan(upper[-1])


def test_a_label_that_is_missing_is_said() -> None:
    for labels in (np.array([None, *"abababa"], dtype=object), np.where(ARM == 1, np.nan, 1.0)):
        with pytest.raises(Inestimable, match=r"the group of . people is missing"):
            logrank(TIME, DIED, labels)
        with pytest.raises(Inestimable, match=r"the stratum of . people is missing"):
            cox(TIME, DIED, ARM[:, None], stratum=labels)


def test_labels_of_any_kind_are_the_same_groups() -> None:
    said = logrank(TIME, DIED, ARM)
    kinds: list[np.ndarray] = [
        ARM == 1,
        np.array([-100, 100], dtype=np.int8)[ARM],
        ARM.astype(np.uint64) + np.uint64(2**63),
        ARM * 0.5,
        ARM * 1e12,
        np.array(["a", "b"])[ARM],
        np.array(["a", "b"], dtype=object)[ARM],
    ]
    for labels in kinds:
        found = logrank(TIME, DIED, labels)
        assert found.chi_square == pytest.approx(said.chi_square)
        np.testing.assert_array_equal(found.group, np.unique(labels))
