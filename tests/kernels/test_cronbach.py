"""Reliability: by hand, by law, published values, and agreement with an analysis of variance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.kernels.cronbach import cronbach
from equipoise.kernels.inestimable import Inestimable

JUDGES = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]])


def test_three_people_by_hand() -> None:
    # Items 1, 2, 3 and 1, 3, 2: variances 1 and 1; sums 2, 5, 5: variance 3. So 2 x (1 - 2/3).
    assert cronbach(np.array([[1, 1], [2, 3], [3, 2]])).estimate == pytest.approx(2 / 3)


def test_published_ratings() -> None:
    # Shrout and Fleiss (1979), Psychol Bull 86:420-428, tables 2 and 4: ICC(3,4), which is alpha, is 0.91.
    assert round(cronbach(JUDGES).estimate, 2) == 0.91


def test_alpha_is_one_less_the_inverse_of_f() -> None:
    # Hoyt (1941), Psychometrika 6:153-160: people against what is left, in a table of people by items.
    import pandas as pd
    from scipy.stats import f
    from statsmodels.formula.api import ols
    from statsmodels.stats.anova import anova_lm

    rng = np.random.default_rng(3)
    for people, items in ((6, 4), (30, 5), (12, 2)):
        held = rng.normal(size=(people, 1)) + rng.normal(size=(people, items)) + np.arange(items)
        table = pd.DataFrame({
            "answer": held.ravel(), "person": np.repeat(np.arange(people), items),
            "item": np.tile(np.arange(items), people),
        })  # fmt: skip
        ratio = anova_lm(ols("answer ~ C(person) + C(item)", table).fit()).loc["C(person)", "F"]
        found = cronbach(held)
        assert found.estimate == pytest.approx(1 - 1 / ratio)
        df = (people - 1, (people - 1) * (items - 1))
        # ICC(3,k) with its limits: McGraw and Wong (1996), Psychol Methods 1:30-46, table 7.
        assert found.lower == pytest.approx(1 - f.ppf(0.975, *df) / ratio)
        assert found.upper == pytest.approx(1 - 1 / (ratio * f.ppf(0.975, df[1], df[0])))


@given(st.integers(0, 1000), st.floats(-1e6, 1e6), st.floats(0.01, 100))
def test_neither_where_a_scale_starts_nor_its_unit_matters(seed: int, shift: float, unit: float) -> None:
    held = np.random.default_rng(seed).normal(size=(9, 3))
    ours, moved = cronbach(held), cronbach(unit * held + shift * np.arange(3))
    assert moved.estimate == pytest.approx(ours.estimate, rel=1e-6, abs=1e-6)
    assert ours.lower < ours.estimate <= 1 and ours.estimate < ours.upper <= 1


def test_the_limits_cover_as_often_as_they_say() -> None:
    # Four parallel items, each half shared: alpha is 4 x 0.5 / (1 + 3 x 0.5) = 0.8.
    rng = np.random.default_rng(11)
    times = 2000
    hit = 0
    for _ in range(times):
        held = rng.normal(size=(15, 1)) + rng.normal(size=(15, 4))
        found = cronbach(held)
        hit += found.lower <= 0.8 <= found.upper
    assert hit / times == pytest.approx(0.95, abs=0.015)


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        (np.ones((5, 1)), "fewer than two items"),
        (np.ones((1, 3)), "fewer than two people"),
        (np.ones((5, 3)), "do not vary"),
        (np.array([[1.0, -1.0], [2.0, -2.0], [3.0, -3.0]]), "do not vary"),
        (np.array([[1.0, np.nan], [2.0, 1.0]]), "missing"),
    ],
)
def test_what_has_no_reliability_is_refused(answers: np.ndarray, why: str) -> None:
    with pytest.raises(Inestimable, match=why):
        cronbach(answers)
