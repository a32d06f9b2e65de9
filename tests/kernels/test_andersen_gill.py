"""Andersen and Gill's model: by hand and by law; agreement with R is in test_more_agreement.py."""

import numpy as np
import pytest

from equipoise.kernels.andersen_gill import andersen_gill
from equipoise.kernels.cox import cox, hazard_ratio
from equipoise.kernels.inestimable import Inestimable


def test_three_people_by_hand() -> None:
    # One in the group has an event at 2 and is watched to 5; two outside have theirs at 3 and 4. With r the ratio of
    # rates: r / (r + 2), then 1 / (r + 2), then 1 / (r + 1), for who had an event is at risk of the next.
    # 1 - 2r / (r + 2) - r / (r + 1) = 0 where 2 r^2 + r - 2 = 0.
    found = andersen_gill(
        np.array([5.0, 3, 4, 2]), np.array([False, True, True, True]), np.array([[1.0], [0], [0], [1]]),
        np.array([1, 2, 3, 1]), start=np.array([2.0, 0, 0, 0]),
    )  # fmt: skip
    assert hazard_ratio(found).estimate[0] == pytest.approx((np.sqrt(17) - 1) / 4)


def test_a_life_may_be_cut_where_nothing_happens() -> None:
    rng = np.random.default_rng(1)
    time, x = np.ceil(rng.exponential(10, 60)) + 1, rng.normal(size=(60, 2))
    died, who = rng.random(60) < 0.7, np.arange(60)
    whole = andersen_gill(time, died, x, who, start=np.zeros(60))
    cut = andersen_gill(
        np.concatenate((time, time / 2)), np.concatenate((died, died & False)), np.vstack((x, x)),
        np.concatenate((who, who)), start=np.concatenate((time / 2, np.zeros(60))),
    )  # fmt: skip
    plain = cox(time, died, x, robust=True)
    np.testing.assert_allclose(cut.coefficient, whole.coefficient, rtol=1e-8)
    np.testing.assert_allclose(cut.se, whole.se, rtol=1e-8)
    np.testing.assert_allclose(whole.se, plain.se, rtol=1e-8)


def test_a_persons_stretches_may_not_overlap() -> None:
    with pytest.raises(Inestimable, match="of person 1 overlap"):
        andersen_gill(
            np.array([5.0, 3, 4]), np.array([True, True, True]), np.array([[1.0], [0], [0]]), np.array([1, 1, 2]),
            start=np.array([2.0, 0, 0]),
        )  # fmt: skip
