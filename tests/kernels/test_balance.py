"""How alike two sides are: by hand, as R's MatchIt, and where a side is empty."""

from pathlib import Path

import numpy as np
import pytest

from equipoise.kernels.balance import balance
from equipoise.kernels.inestimable import Inestimable
from equipoise.kernels.matching import coarsened, stratified, together
from kernels.lalonde import Lalonde


def test_balance_by_hand() -> None:
    # Means 4 and 2, variances 2 and 2: two over the root of two. At 1, 3, 5 the distributions lie 1/2, 1/2 and 0 apart.
    found = balance(np.array([3.0, 5, 1, 3]), np.array([True, True, False, False]))
    assert (found.treated, found.untreated) == (4, 2)
    assert found.difference == pytest.approx(2**0.5)
    assert found.variance_ratio == 1
    assert (found.gap, found.greatest_gap) == pytest.approx((1 / 3, 1 / 2))


def test_a_share_has_the_variance_of_a_share() -> None:
    found = balance(np.array([1.0, 1, 0, 1, 0, 0]), np.array([True, True, True, False, False, False]))
    assert found.difference == pytest.approx((1 / 3) / (2 / 9) ** 0.5)
    assert np.isnan(found.variance_ratio)
    assert found.gap == found.greatest_gap == pytest.approx(1 / 3)


@pytest.mark.parametrize("which", ["balance_all", "balance_matched"])
def test_lalondes_balance_is_matchits(shared: Path, which: str) -> None:
    held = Lalonde(shared)
    bins = [coarsened(held[name]) for name in ("age", "educ", "married", "nodegree", "re74", "re75")]
    weight = None if which == "balance_all" else stratified(held.treated, together(held.race, *bins))
    for row in held.r["matching"]["cem"][which]:
        found = balance(held[row["var"]], held.treated, weight, by="treated")
        assert (found.treated, found.untreated) == pytest.approx((row["Means Treated"], row["Means Control"]), rel=1e-9)
        assert found.difference == pytest.approx(row["Std. Mean Diff."], rel=1e-9, abs=1e-12)
        assert found.gap == pytest.approx(row["eCDF Mean"], rel=1e-9, abs=1e-12)
        assert found.greatest_gap == pytest.approx(row["eCDF Max"], rel=1e-9, abs=1e-12)
        if row["Var. Ratio"] is not None:
            assert found.variance_ratio == pytest.approx(row["Var. Ratio"], rel=1e-9)


def test_what_does_not_vary_is_alike_or_cannot_be_measured() -> None:
    side = np.array([True, True, False, False])
    assert balance(np.full(4, 3.0), side).difference == 0
    assert np.isnan(balance(np.array([1.0, 1, 0, 0]), side).difference)
    with pytest.raises(Inestimable, match="empty"):
        balance(np.arange(4.0), side, np.array([0.0, 0, 1, 1]))
    with pytest.raises(Inestimable, match="missing"):
        balance(np.array([np.nan, 1, 2, 3]), side)
