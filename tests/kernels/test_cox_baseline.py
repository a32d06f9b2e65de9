"""The baseline hazard of Cox's model: by hand and by law; agreement with R is in test_more_agreement.py."""

from math import exp, sqrt
from typing import Any

import numpy as np
import pytest

from equipoise.kernels.cox import cox
from equipoise.kernels.cox_baseline import baseline, hazard_limits, predicted
from equipoise.kernels.cox_residuals import residuals
from equipoise.kernels.inestimable import Inestimable
from kernels.test_cox_residuals import DIED, TIME, TREATED, drawn


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_five_people_by_hand(ties: Any) -> None:
    # As in test_cox_residuals.py: a control's hazard grows by 1 / (3h + 2) at 2, by 1 / (2h + 2) and its like at 3.
    h = (3 + sqrt(57)) / 6
    third = 2 / (3 * (h + 1)) if ties == "efron" else 1 / (2 * h + 2)
    steps = np.cumsum([1 / (3 * h + 2), 1 / (2 * h + 2) + third, 1.0])
    fit = cox(TIME, DIED, TREATED, ties=ties, settled=0.0)
    found = predicted(baseline(fit, TIME, DIED, TREATED, ties=ties), np.array([[0.0], [1.0]]), np.array([1.0, 2, 7, 8, 9]))
    assert found.cumulative_hazard[0, :4] == pytest.approx([0, steps[0], steps[1], steps[2]])
    assert found.survival[1, 1] == pytest.approx(exp(-h * steps[0]))
    assert np.isnan(found.survival[:, 4]).all(), "follow-up ended at 8"
    # At 2, of a control: the scatter of the hazard, 1 / (3h + 2)^2, and what it has of the coefficient, by the mean
    # 3h / (3h + 2) of those at risk.
    pull = 3 * h / (3 * h + 2) ** 2
    spread = 1 / (3 * h + 2) ** 2 + pull**2 * fit.variance[0, 0]
    assert found.hazard_se[0, 1] == pytest.approx(sqrt(spread))


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_what_a_row_lived_through_is_what_its_residual_says(ties: Any) -> None:
    (time, died, x), given = drawn(1)
    del given["weight"], given["start"]
    time = time + np.random.default_rng(2).uniform(0, 0.5, len(time))  # without ties, for Efron's dying bear less
    fit = cox(time, died, x, **given, ties=ties)
    hazard = baseline(fit, time, died, x, **given, ties=ties)
    left = residuals(fit, time, died, x, **given, ties=ties).martingale
    for stratum in range(3):
        inside = np.flatnonzero(given["stratum"] == stratum)
        found = predicted(hazard, x[inside], time[inside], stratum=stratum).cumulative_hazard
        np.testing.assert_allclose(died[inside] - np.diag(found), left[inside], atol=1e-10)


def test_where_covariates_are_measured_from_does_not_matter() -> None:
    (time, died, x), given = drawn(3)
    there = x + [0, 1e5]
    ours = predicted(baseline(cox(time, died, x, **given), time, died, x, **given), x[:3], np.arange(9.0), stratum=1)
    fit = cox(time, died, there, **given)
    theirs = predicted(baseline(fit, time, died, there, **given), there[:3], np.arange(9.0), stratum=1)
    np.testing.assert_allclose(theirs.survival, ours.survival, rtol=1e-6)
    np.testing.assert_allclose(theirs.se, ours.se, rtol=1e-5, atol=1e-12)


def test_survival_falls_within_its_limits() -> None:
    (time, died, x), _ = drawn(4)
    found = predicted(baseline(cox(time, died, x), time, died, x), x[:5], np.arange(1.0, 20), scale="log-log")
    assert (np.diff(found.survival, axis=1) <= 0).all()
    known = ~np.isnan(found.lower)
    assert ((found.lower <= found.survival) & (found.survival <= found.upper))[known].all()
    lower, upper = hazard_limits(found)
    known = found.cumulative_hazard > 0
    assert ((lower < found.cumulative_hazard) & (found.cumulative_hazard < upper))[known].all()


def test_what_cannot_be_predicted_is_said() -> None:
    (time, died, x), given = drawn(5)
    hazard = baseline(cox(time, died, x, **given), time, died, x, **given)
    with pytest.raises(Inestimable, match="missing"):
        predicted(hazard, x[:1] * np.nan, np.array([1.0]), stratum=1)
    with pytest.raises(ValueError, match="not one of the strata"):
        predicted(hazard, x[:1], np.array([1.0]))
    with pytest.raises(ValueError, match="at least 0"):
        predicted(hazard, x[:1], np.array([-1.0]), stratum=1)
