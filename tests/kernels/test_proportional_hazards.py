"""The test of proportional hazards: by hand and by law; agreement with R is in test_more_agreement.py."""

from math import sqrt

import numpy as np
import pytest

from equipoise.kernels.cox import cox
from equipoise.kernels.inestimable import Inestimable
from equipoise.kernels.proportional_hazards import proportional_hazards
from kernels.test_cox_residuals import drawn


def test_four_people_by_hand() -> None:
    # Treated die at 1 and 3, controls at 2 and 4; h is the hazard ratio. The treated share of the hazard is h / (h + 1)
    # at 1, h / (h + 2) at 2, h / (h + 1) at 3 and nothing at 4; 2 - 2h / (h + 1) - h / (h + 2) = 0, so h^2 = h + 4.
    # With p and q for the two shares, the residuals are 1 - p, -q, 1 - p and 0, the variances p (1 - p), q (1 - q).
    h = (1 + sqrt(17)) / 2
    p, q = h / (h + 1), h / (h + 2)
    time, died, x = np.array([4.0, 1, 3, 2]), np.array([True] * 4), np.array([[0.0], [1], [1], [0]])
    fit = cox(time, died, x, settled=0.0)
    assert fit.coefficient[0] == pytest.approx(np.log(h))
    v, w = p * (1 - p), q * (1 - q)
    score = 1 * (1 - p) - 2 * q + 3 * (1 - p)
    plain, straight, square = 2 * v + w, v + 2 * w + 3 * v, v + 4 * w + 9 * v
    found = proportional_hazards(fit, time, died, x, clock="identity")
    assert found.overall.statistic == pytest.approx(score**2 / (square - straight**2 / plain))
    assert found.terms == (found.overall,)


def test_a_term_is_all_its_columns_and_all_terms_are_the_whole() -> None:
    about, given = drawn(1)
    fit = cox(*about, **given)
    one = proportional_hazards(fit, *about, terms=((0, 1),), **given)
    two = proportional_hazards(fit, *about, **given)
    assert one.terms == (one.overall,)
    assert one.overall == two.overall
    assert [each.df for each in two.terms] == [1, 1]


def test_it_is_the_score_test_of_a_coefficient_that_goes_with_time() -> None:
    # Follow-up cut at each event, and x g(t) put beside x: Newton's first step from the fit, as its own test says.
    (time, died, x), _ = drawn(2)
    x = x[:, :1]
    fit = cox(time, died, x, settled=0.0, ties="breslow")
    cuts = np.unique(time[died])
    rows = [
        (a, min(b, end), bool(happened and b >= end), float(value), b * float(value))
        for end, happened, (value,) in zip(time, died, x, strict=True)
        for a, b in zip([0.0, *cuts], [*cuts, time.max() + 1], strict=True)
        if a < end
    ]
    start, stop, event, plain, going = (np.array(column) for column in zip(*rows, strict=True))
    whole = cox(stop, event, np.stack((plain, going), axis=1), start=start, ties="breslow", settled=0.0)
    found = proportional_hazards(fit, time, died, x, clock="identity", ties="breslow").overall
    ratio = 2 * (whole.log_likelihood - fit.log_likelihood)
    assert found.statistic == pytest.approx(ratio, rel=0.1)
    assert found.statistic == pytest.approx((whole.coefficient[1] / whole.se[1]) ** 2, rel=0.15)


def test_units_of_time_and_of_covariates_do_not_matter() -> None:
    (time, died, x), given = drawn(3)
    ours = proportional_hazards(cox(time, died, x, **given), time, died, x, clock="identity", **given)
    given["start"] = given["start"] * 365.25
    there = x * [3, 0.1] + [5, -7]
    fit = cox(time * 365.25, died, there, **given)
    theirs = proportional_hazards(fit, time * 365.25, died, there, clock="identity", **given)
    assert theirs.overall.statistic == pytest.approx(ours.overall.statistic, rel=1e-6)


def test_crossing_hazards_are_found_and_proportional_ones_seldom_are() -> None:
    rng = np.random.default_rng(4)
    arm = np.repeat([0.0, 1.0], 200)[:, None]
    crossing = np.where(arm[:, 0] == 1, rng.weibull(3, 400), rng.weibull(0.7, 400))
    died = np.ones(400, bool)
    assert proportional_hazards(cox(crossing, died, arm), crossing, died, arm).overall.p < 1e-6
    small = 0
    for _ in range(200):
        time = rng.exponential(np.where(arm[:, 0] == 1, 2, 1))
        small += proportional_hazards(cox(time, died, arm), time, died, arm).overall.p < 0.1
    assert 5 <= small <= 36, "20 are expected of 200, and 3.8 standard errors are 16"


def test_what_cannot_be_told_is_said() -> None:
    (time, died, x), _ = drawn(5)
    at_once = np.full(len(time), 2.0)
    with pytest.raises(Inestimable, match="at one time"):
        proportional_hazards(cox(at_once, died, x), at_once, died, x)
    # After the first day nobody is left of the group, and nothing can be told of how its hazard goes on.
    early, group = np.array([1.0, 1, 1, 2, 3]), np.array([[1.0], [1], [0], [0], [0]])
    happened = np.array([True, False, True, True, True])
    with pytest.raises(Inestimable, match="too few"):
        proportional_hazards(cox(early, happened, group), early, happened, group)
    zero = np.where(np.arange(len(time)) == np.flatnonzero(died)[0], 0.0, time)
    with pytest.raises(Inestimable, match="no logarithm"):
        proportional_hazards(cox(zero, died, x), zero, died, x, clock="log")
    with pytest.raises(ValueError, match="columns of a term"):
        proportional_hazards(cox(time, died, x), time, died, x, terms=((2,),))
