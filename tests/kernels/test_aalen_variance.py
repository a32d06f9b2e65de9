"""The variance of incidence in Aalen's form: by hand and by law; agreement with cmprsk is in test_more_agreement.py."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from equipoise.kernels.aalen_variance import aalen_variance
from equipoise.kernels.cumulative_incidence import cumulative_incidence


def test_four_people_by_hand() -> None:
    # At 1 each event to one of four: 1/16 of scatter. One is lost at 2, the last has the first event at 3, where the
    # incidence is 1/4 + 1/2. The first event at 1 moves it by 1 - 1/2 / 1/2 = 0, its rival by -1, the last by 1 of 1/2:
    # 1/16 + 1/4. The incidence of the rival is 1/4 ever after.
    curve = cumulative_incidence(np.array([3, 1, 2, 1]), np.array([1, 2, 0, 1]))
    np.testing.assert_allclose(aalen_variance(curve), [[1 / 16, 1 / 16, 5 / 16], [1 / 16, 1 / 16, 1 / 16]])


@given(st.lists(st.tuples(st.integers(1, 12), st.integers(0, 3)), min_size=1, max_size=40))
def test_it_is_what_its_definition_says(who: list[tuple[int, int]]) -> None:
    time, event = (np.array(column) for column in zip(*who, strict=True))
    if not event.any():
        return
    curve = cumulative_incidence(time, event)
    found = aalen_variance(curve)
    before = np.concatenate(([1.0], curve.survival[:-1]))
    for k, f in enumerate(curve.incidence):
        for t in range(len(curve.time)):
            total = 0.0
            for u in range(t + 1):
                n, left = curve.at_risk[u], curve.survival[u]
                ahead = (f[t] - f[u]) / left if left > 0 else 0.0
                own, rival = curve.events[k, u], curve.events[:, u].sum() - curve.events[k, u]
                for number, moves in ((own, 1 - ahead), (rival, ahead)):
                    tied = (n - number) / (n - 1) if number > 1 else 1.0
                    total += (before[u] * moves) ** 2 * tied * number / n**2
            np.testing.assert_allclose(found[k, t], total, atol=1e-12)


def test_with_many_people_it_is_the_other_variance() -> None:
    rng = np.random.default_rng(1)
    curve = cumulative_incidence(rng.exponential(1, 5000), rng.integers(0, 3, 5000))
    late = curve.at_risk < 4500
    few = curve.at_risk > 500
    np.testing.assert_allclose(aalen_variance(curve)[:, late & few], curve.variance[:, late & few], rtol=0.01)
