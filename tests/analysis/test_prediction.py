"""A score judged: by hand, by law, by agreement with R's answers for the concordance."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.invented import Happened, arm
from analysis.wider import result
from equipoise.analysis.prediction import calibration, calibration_slope, predicted_risk, shrinkage
from equipoise.kernels.cox import cox
from equipoise.kernels.inestimable import Inestimable
from equipoise.kernels.kaplan_meier import kaplan_meier


def drawn(seed: int, people: int = 200, strength: float = 0.6) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    score = rng.integers(0, 4, people).astype(float)
    death = np.ceil(rng.exponential(900 / np.exp(strength * score)))
    loss = np.ceil(rng.uniform(400, 1500, people))
    return score, np.minimum(death, loss), death <= loss


def test_shrinkage_by_hand() -> None:
    # van Houwelingen and le Cessie (1990), Stat Med 9:1303-1325: (chi-square - df) / chi-square.
    assert shrinkage(20.0, 4) == pytest.approx(0.8)
    assert shrinkage(0.5, 1) == -1
    assert shrinkage(0.0, 1) == -np.inf


@given(st.integers(0, 200))
def test_a_model_is_right_where_it_was_fitted(seed: int) -> None:
    score, time, happened = drawn(seed, 80)
    fit = cox(time, happened, score[:, None], settled=0.0)
    slope = calibration_slope(score * fit.coefficient[0], time, happened)
    assert slope.estimate == pytest.approx(1)
    doubled = calibration_slope(2 * score * fit.coefficient[0], time, happened)
    assert doubled.estimate == pytest.approx(0.5), "a model that says twice too much"


def test_breslows_risk_of_four_by_hand() -> None:
    # Deaths on days 1, 2 and 3, with scores 1, 0, 0, and one of score 1 lost on day 4. With r for a point, the hazard is
    # 1 / (2r + 2) on day 1 and 1 / (r + 2) on day 2.
    time, happened = np.array([1.0, 2.0, 3.0, 4.0]), np.array([True, True, True, False])
    score = np.array([1.0, 0.0, 0.0, 1.0])
    fit = cox(time, happened, score[:, None], ties="breslow", settled=0.0)
    r = float(np.exp(fit.coefficient[0]))
    base = 1 / (2 * r + 2) + 1 / (r + 2)
    found = predicted_risk(score, time, happened, 2.0)
    assert found == pytest.approx(1 - np.exp(-base * np.array([r, 1, 1, r])), rel=1e-6)


def test_risk_by_breslow_as_in_statsmodels() -> None:
    from statsmodels.duration.hazard_regression import PHReg

    score, time, happened = drawn(7)
    fit = PHReg(time, score[:, None], status=happened.astype(int), ties="breslow").fit()
    ((at, hazard, _),) = fit.baseline_cumulative_hazard
    # Their baseline is of a score of 0, and stands just before each death.
    base = hazard[np.searchsorted(at, 500, side="right")]
    theirs = 1 - np.exp(-base * np.exp(score * fit.params[0]))
    assert predicted_risk(score, time, happened, 500.0) == pytest.approx(theirs, rel=1e-5)


def test_groups_keep_equal_scores_together_and_everyone_once() -> None:
    score, time, happened = drawn(8)
    risk = predicted_risk(score, time, happened, 365.0)
    groups = calibration(score, risk, time, happened, 365.0)
    assert sum(each.people for each in groups) == 200
    assert all(first.high < second.low for first, second in pairwise(groups))
    inside = score == groups[0].low
    if groups[0].low == groups[0].high:
        curve = kaplan_meier(time[inside], happened[inside])
        seen = 1 - curve.survival[np.searchsorted(curve.time, 365, side="right") - 1]
        assert groups[0].seen == pytest.approx(seen)
    assert all(each.lower <= each.seen <= each.upper for each in groups)
    few = calibration(score[:12], risk[:12], time[:12], happened[:12], 365.0)
    assert sum(each.people for each in few) == 12


def test_beyond_follow_up_there_is_no_risk() -> None:
    score, time, happened = drawn(9)
    with pytest.raises(Inestimable, match="nobody was followed for"):
        predicted_risk(score, time, happened, 5000.0)


def everyone(people: int = 120) -> dict[str, Happened]:
    rng = np.random.default_rng(2)
    found: dict[str, Happened] = {}
    for number in range(people):
        frail, age = bool(rng.random() < 0.5), float(rng.integers(55, 85))
        day = int(rng.exponential(900 / np.exp(0.8 * (frail + (age >= 70))))) + 1
        end = ("death", day) if day < 1100 else ("last_contact", 1100)
        found[f"p{number}"] = [("baseline", 0, {"age": age, "frail": frail}), arm("new" if number % 2 else "old_way"), end]
    return found


def test_a_score_is_judged_with_its_small_numbers_said() -> None:
    found = result("endpoint: os, method: point_score, adjust: [points]", everyone())
    order = found.estimate("Concordance")
    assert 0.5 < order.lower < order.value < 1
    assert found.estimate("Hazard ratio for a point more of points").lower > 1
    assert any(each.name.startswith("Risk seen, points 0") for each in found.estimates)
    assert any(each.name.startswith("Net benefit from a risk of 50%") for each in found.estimates)
    assert any("flatter" in each for each in found.method)


def test_few_events_and_no_score_are_said() -> None:
    found = result("endpoint: os, method: point_score, adjust: [points]", everyone(8))
    assert found.findings[-1].endswith("fewer than the 10 that it needs.")
    found = result("endpoint: os, method: point_score", everyone())
    assert "does not name the one score" in found.findings[0]
    found = result("endpoint: os, method: point_score, adjust: [stage]", everyone())
    assert "is not a number" in found.findings[0]
