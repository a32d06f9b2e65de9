"""Matching: by hand, against a plain search of all pairs, as R, and where nobody is found."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.kernels.inestimable import Inestimable
from equipoise.kernels.matching import calliper, coarsened, nearest, stratified, subclasses, together
from equipoise.kernels.propensity import logistic
from equipoise.kernels.weighting import effective_size
from kernels.lalonde import Lalonde

TREATED = np.array([True, True, False, False, False, True])
SCORE = np.array([0.5, 0.9, 0.6, 0.4, 0.8, 0.5])


def test_the_largest_chooses_first_and_of_equally_near_the_first_is_taken() -> None:
    # 0.9 takes 0.8. Of the two at 0.5 the first in the file chooses: 0.6 and 0.4 are as near, and 0.6 stands first.
    found = nearest(TREATED, np.round(SCORE * 10))
    assert list(zip(found.treated, found.control, strict=True)) == [(1, 4), (0, 2), (5, 3)]
    assert found.distance.tolist() == [1, 1, 1]
    assert found.weight.tolist() == [1] * 6
    assert found.group.tolist() == [0, 1, 0, 2, 1, 2]


def test_as_they_stand_with_a_calliper_that_holds_its_edge() -> None:
    found = nearest(TREATED, np.round(SCORE * 10), order="as is", within=1.0)
    assert list(zip(found.treated, found.control, strict=True)) == [(0, 2), (1, 4), (5, 3)]
    assert len(nearest(TREATED, np.round(SCORE * 10), within=0.99 + 0.01).treated) == 3
    with pytest.raises(Inestimable, match="nobody finds a match"):
        nearest(TREATED, np.round(SCORE * 10), within=0.5)


def test_several_each_come_in_rounds() -> None:
    # One round first: 9 takes 8, then 5 takes 6. Only then a second: 9 takes 4, which is all that is left.
    found = nearest(TREATED[:5], np.round(SCORE[:5] * 10), each=2)
    assert list(zip(found.treated, found.control, strict=True)) == [(1, 4), (0, 2), (1, 3)]
    assert found.weight[[4, 2, 3]] == pytest.approx([0.75, 1.5, 0.75])


def test_the_taken_may_be_taken_again() -> None:
    found = nearest(TREATED, SCORE, replace=True, each=2)
    assert found.control.tolist() == [4, 2, 2, 2, 3, 3]
    assert found.weight[~TREATED].sum() == pytest.approx(3)


people = st.lists(st.tuples(st.booleans(), st.integers(0, 6), st.integers(0, 1)), min_size=2, max_size=30)


@given(people, st.integers(1, 3), st.booleans(), st.sampled_from([None, 0.0, 1.0, 2.0]), st.sampled_from(["largest", "as is"]))
def test_it_is_what_a_search_of_all_pairs_gives(
    who: list[tuple[bool, int, int]], each: int, replace: bool, within: float | None, order: str
) -> None:
    treated, score, layer = (np.array(column) for column in zip(*who, strict=True))
    score = score / 3
    turn = np.flatnonzero(treated)
    if order == "largest":
        turn = turn[np.argsort(-score[turn], kind="stable")]
    pairs: list[tuple[int, int]] = []
    for _ in range(each):
        for i in turn:
            free = [
                j for j in np.flatnonzero(~treated) if layer[j] == layer[i] and (i, j) not in pairs
                and (replace or j not in [taken for _, taken in pairs])
                and (within is None or abs(score[i] - score[j]) <= within / 3)
            ]  # fmt: skip
            if free:
                pairs.append((i, min(free, key=lambda j: (abs(score[i] - score[j]), j))))
    if not pairs:
        with pytest.raises(Inestimable):
            nearest(treated, score, each=each, replace=replace, within=None if within is None else within / 3, stratum=layer)
        return
    found = nearest(
        treated, score, each=each, replace=replace, within=None if within is None else within / 3, stratum=layer, order=order
    )  # fmt: skip
    assert list(zip(found.treated, found.control, strict=True)) == pairs
    matched = found.weight > 0
    assert found.weight[treated & matched].tolist() == [1] * len({i for i, _ in pairs})
    assert found.weight[~treated].sum() == pytest.approx(len({j for _, j in pairs}))
    assert ((found.group >= 0) == matched).all()


def test_a_million_of_one_score_are_matched_at_once() -> None:
    treated = np.arange(200_000) % 4 == 0
    found = nearest(treated, np.zeros(200_000), within=0.0)
    assert len(found.treated) == 50_000
    assert (found.control[:3] == [1, 2, 3]).all()


@pytest.mark.parametrize(("name", "on"), [("lalonde_caliper02_ps", "chance"), ("lalonde_caliper02_logit", "linear")])
def test_lalondes_matches_are_rs(shared: Path, name: str, on: str) -> None:
    held = Lalonde(shared)
    score, theirs = getattr(logistic(held.treated, held.columns), on), held.r["matching"]["greedy_R"][name]
    width = calliper(score)
    found = nearest(held.treated, score, within=width)
    assert width == pytest.approx(theirs["caliper"], rel=1e-9)
    assert (found.treated + 1).tolist() == theirs["treated"]
    assert (found.control + 1).tolist() == theirs["control"]
    earned = held["re78"]
    assert earned[found.treated].mean() - earned[found.control].mean() == pytest.approx(theirs["att_re78"], rel=1e-9)


def test_lalondes_strata_are_rs(shared: Path) -> None:
    held = Lalonde(shared)
    earned, theirs = held["re78"], held.r["matching"]
    chance = logistic(held.treated, held.columns).chance
    bins = [coarsened(held[name]) for name in ("age", "educ", "married", "nodegree", "re74", "re75")]
    by = {"subclass6": subclasses(held.treated, chance), "cem": together(held.race, *bins)}
    for name, stratum in by.items():
        weight, sizes = stratified(held.treated, stratum), {row["row"]: row for row in theirs[name]["nn"]}
        for side, word in ((held.treated, "Treated"), (~held.treated, "Control")):
            assert (weight[side] > 0).sum() == sizes["Matched"][word]
            assert effective_size(weight[side]) == pytest.approx(sizes["Matched (ESS)"][word], rel=1e-9)
        means = [np.average(earned[side], weights=weight[side]) for side in (held.treated, ~held.treated)]
        assert means[0] - means[1] == pytest.approx(theirs[name]["att_re78"], rel=1e-9)


def test_strata_without_both_sides_count_for_nothing() -> None:
    # In the first stratum one treated and two others, each counting half; then three by weight of their number.
    treated = np.array([True, False, False, True, True, False, False])
    stratum = np.array(["a", "a", "a", "b", "b", "b", "c"])
    assert stratified(treated, stratum).tolist() == [1, 0.5, 0.5, 1, 1, 2, 0]
    assert together(np.array(["x", "y"]), np.array([1.0, np.nan])).tolist() == [0, -1]
    with pytest.raises(Inestimable, match="no stratum has both"):
        stratified(treated, np.where(treated, "t", "u"))


@pytest.mark.parametrize(
    ("treated", "score", "says"),
    [([1, 1], [1.0, 2], "everybody is treated"), ([0, 0], [1.0, 2], "nobody is treated"), ([1, 0], [1.0, np.nan], "missing")],
)
def test_what_cannot_be_matched_says_so(treated: list[int], score: list[float], says: str) -> None:
    with pytest.raises(Inestimable, match=says):
        nearest(np.array(treated, dtype=bool), np.array(score))
