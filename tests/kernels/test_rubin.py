"""Rubin's rules: by hand, published degrees of freedom, laws, agreement with statsmodels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from equipoise.kernels.inestimable import Inestimable
from equipoise.kernels.rubin import rubin


def test_three_imputations_by_hand() -> None:
    # Estimates 1, 2, 3: mean 2, between 1. Variances 4, 5, 6: within 5. Total 5 + 4/3 x 1 = 19/3.
    # The increase is (4/3) / 5 = 4/15; the old degrees of freedom 2 x (1 + 15/4)² = 45.125.
    # The fraction is (4/15 + 2 / 48.125) / (19/15).
    found = rubin(np.array([[1.0], [2.0], [3.0]]), np.array([[4.0], [5.0], [6.0]]))
    assert found.estimate == pytest.approx([2])
    assert (found.within, found.between) == (pytest.approx([5]), pytest.approx([1]))
    assert found.se**2 == pytest.approx([19 / 3])
    assert found.increase == pytest.approx([4 / 15])
    assert found.df == pytest.approx([45.125])
    assert found.fraction_missing == pytest.approx([(4 / 15 + 2 / 48.125) / (19 / 15)])


def test_few_degrees_of_freedom_by_hand() -> None:
    # With 10 complete: the share is 4/19, seen are 11/13 x 10 x 15/19, and the two are joined by their inverses.
    found = rubin(np.array([[1.0], [2.0], [3.0]]), np.array([[4.0], [5.0], [6.0]]), complete_df=10.0)
    assert found.df == pytest.approx([1 / (1 / 45.125 + 1 / (11 / 13 * 10 * 15 / 19))])


def test_published_degrees_of_freedom() -> None:
    # Barnard and Rubin (1999), as told in the manual of SAS's MI: five imputations and an increase of 10% give 484.
    spread = (0.1 / 1.2) ** 0.5 * np.array([[-1.0], [-1.0], [0.0], [1.0], [1.0]])
    found = rubin(spread, np.ones((5, 1)))
    assert found.increase == pytest.approx([0.1])
    assert found.df == pytest.approx([484])


several = st.integers(2, 8).flatmap(
    lambda times: st.tuples(
        arrays(float, (times, 2), elements=st.floats(-100, 100)), arrays(float, (times, 2), elements=st.floats(0.01, 100))
    )
)


@given(several, st.floats(1, 500))
def test_gaps_cost_and_never_gain(given_: tuple[np.ndarray, np.ndarray], complete: float) -> None:
    found = rubin(*given_, complete_df=complete)
    assert (found.se**2 >= found.within * (1 - 1e-12)).all()
    assert (found.df <= complete * (1 + 1e-9)).all()
    assert ((found.fraction_missing >= 0) & (found.fraction_missing <= 1 + 1e-12)).all()
    assert (found.lower < found.estimate).all() and (found.estimate < found.upper).all()
    assert ((found.p >= 0) & (found.p <= 1)).all()


def test_without_gaps_it_is_the_one_estimate() -> None:
    found = rubin(np.full((5, 1), 2.0), np.full((5, 1), 4.0))
    assert found.se == pytest.approx([2])
    assert found.upper == pytest.approx([2 + 1.959963984540054 * 2])
    assert found.fraction_missing == pytest.approx([0])


def test_as_statsmodels_pools() -> None:
    from statsmodels.imputation.mice import MICE

    class Fits:
        """Fits of a model, as statsmodels keeps them."""

        def __init__(self, params: np.ndarray, variance: np.ndarray) -> None:
            self.params, self.variance, self.scale, self._results = params, variance, 1.0, self

        def cov_params(self) -> np.ndarray:
            return np.diag(self.variance)

    rng = np.random.default_rng(5)
    q, u = rng.normal(size=(6, 2)), rng.uniform(0.5, 2, (6, 2))
    pool = MICE.__new__(MICE)
    pool.results_list, pool.exog_names = [Fits(*each) for each in zip(q, u, strict=True)], ["a", "b"]
    pool.endog_names, pool.model_class = "y", None
    theirs = pool.combine()
    ours = rubin(q, u)
    assert ours.estimate == pytest.approx(theirs.params)
    assert ours.se == pytest.approx(np.sqrt(np.diag(theirs.cov_params())))


def test_what_cannot_be_pooled_is_refused() -> None:
    with pytest.raises(Inestimable, match="fewer than two"):
        rubin(np.ones((1, 1)), np.ones((1, 1)))
    for variance in (0.0, -1.0, np.nan):
        with pytest.raises(Inestimable, match="none with a variance"):
            rubin(np.ones((2, 1)), np.full((2, 1), variance))
    with pytest.raises(Inestimable, match="no degrees of freedom"):
        rubin(np.ones((2, 1)), np.ones((2, 1)), complete_df=0.0)
