"""Concordance: by hand and by law; agreement with R is in test_agreement.py."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.kernels.concordance import concordance
from equipoise.kernels.inestimable import Inestimable


def test_five_people_by_hand() -> None:
    # A dies at 2 (score 5), B and C at 3 (9 and 5), D is censored at 3 (5), E at 8 (1).
    # A-B against, A-C and A-D even, A-E for; B-C no pair (one day); B-D, B-E for; C-D even, C-E for: 4 for, 1 against,
    # 3 even.
    found = concordance(np.array([8, 3, 3, 2, 3]), np.array([False, True, False, True, True]), np.array([1, 9, 5, 5, 5]))
    assert (found.concordant, found.discordant, found.tied) == (4, 1, 3)
    assert found.estimate == 5.5 / 8


people = st.lists(
    st.tuples(st.integers(1, 8), st.booleans(), st.integers(0, 5), st.integers(0, 4), st.integers(0, 1)),
    min_size=2,
    max_size=30,
)


@given(people)
def test_it_is_what_counting_all_pairs_gives(who: list[tuple[int, bool, int, int, int]]) -> None:
    pairs = {True: 0.0, False: 0.0, None: 0.0}
    rows = [(t, d, s, min(a, t - 1), layer) for t, d, s, a, layer in who]
    for t, d, s, _, layer in rows:
        for t2, d2, s2, a2, layer2 in rows:
            if d and layer == layer2 and a2 < t and (t2 > t or (t2 == t and not d2)):
                pairs[None if s == s2 else s > s2] += 1
    time, died, score, start, layers = (np.array(column) for column in zip(*rows, strict=True))
    if not sum(pairs.values()):
        with pytest.raises(Inestimable, match=r"no two people can be compared|nobody had the event"):
            concordance(time, died, score, start=start, stratum=layers)
        return
    found = concordance(time, died, score, start=start, stratum=layers)
    assert (found.concordant, found.discordant, found.tied) == (pairs[True], pairs[False], pairs[None])
    assert found.estimate + concordance(time, died, -score, start=start, stratum=layers).estimate == pytest.approx(1)
