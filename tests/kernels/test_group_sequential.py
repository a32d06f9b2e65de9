"""Looks: published boundaries, laws, the law by drawing, agreement with rpact and East."""

import json
from collections.abc import Sequence
from itertools import accumulate
from math import inf, sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

from equipoise.kernels.events_needed import drift as drift_of
from equipoise.kernels.group_sequential import (
    Boundaries,
    drift_for,
    exits,
    haybittle_peto,
    inflation,
    obrien_fleming,
    pocock,
    spending_boundaries,
    wang_tsiatis,
    with_futility,
)
from equipoise.kernels.inestimable import Inestimable
from equipoise.kernels.spending import hwang_shih_decani, kim_demets, obrien_fleming_like, pocock_like

THIRDS, FIFTHS = (1 / 3, 2 / 3, 1.0), (0.2, 0.4, 0.6, 0.8, 1.0)
looks = st.lists(st.floats(0.1, 1.0), min_size=2, max_size=4).map(
    lambda gaps: (*(each / sum(gaps) for each in accumulate(gaps[:-1])), 1.0)
)


# --- published ---


@pytest.mark.parametrize(
    ("count", "pocock_", "obrien_"),
    [(2, 2.178, 1.977), (3, 2.289, 2.004), (4, 2.361, 2.024), (5, 2.413, 2.040), (10, 2.555, 2.087)],
)
def test_as_jennison_and_turnbull_print_them(count: int, pocock_: float, obrien_: float) -> None:
    # Jennison and Turnbull (2000), tables 2.1 and 2.3: two-sided 5 %.
    information = tuple((k + 1) / count for k in range(count))
    assert round(pocock(information, 0.025).above[-1], 3) == pocock_
    assert round(obrien_fleming(information, 0.025).above[-1], 3) == obrien_


def test_one_look_is_a_fixed_test() -> None:
    for made in (pocock((1.0,), 0.025), haybittle_peto((1.0,), 0.025), spending_boundaries((1.0,), pocock_like(0.025))):
        assert made.above == (pytest.approx(1.959964, abs=1e-6),)
        assert inflation(made, 0.9, 0.025) == pytest.approx(1)


# --- agreement ---

RPACT = {
    "HP3": lambda: haybittle_peto(THIRDS, 0.025),
    "OF3": lambda: obrien_fleming(THIRDS, 0.025),
    "P2": lambda: pocock((0.5, 1.0), 0.025),
    "P5": lambda: pocock(FIFTHS, 0.025),
    "asHSDm4": lambda: spending_boundaries(THIRDS, hwang_shih_decani(0.025, -4.0)),
    "asKD2": lambda: spending_boundaries(THIRDS, kim_demets(0.025, 2.0)),
    "asOF_uneven": lambda: spending_boundaries((0.33, 0.6, 1.0), obrien_fleming_like(0.025)),
}


@pytest.mark.parametrize("name", RPACT)
def test_as_rpact(shared: Path, name: str) -> None:
    held: dict[str, Any] = json.loads((shared / "data/survival/rpact_design_results.json").read_text())["designs"]
    assert set(RPACT) == set(held), "a design of the reference is not tested"
    asked, told = held[name], held[name]["characteristics"]
    made = RPACT[name]()
    drift = drift_for(made, 0.9)
    true, none = exits(made, drift), exits(made, 0.0)
    fixed = told["nFixed"]
    assert made.information == pytest.approx(asked["info"])
    assert made.above == pytest.approx(asked["critical"], abs=1e-7)
    assert made.levels == pytest.approx(asked["stageLevels"], abs=1e-8)
    assert none.power == pytest.approx(asked["alphaSpent"], abs=2e-8)
    assert drift**2 == pytest.approx(told["shift"], abs=1e-6)
    assert inflation(made, 0.9, 0.025) == pytest.approx(told["inflation"], abs=1e-7)
    assert true.power == pytest.approx(told["power"], abs=1e-7)
    assert true.above == pytest.approx(told["rejH1"], abs=1e-7)
    for share, name_ in ((1.0, "ave_H1"), (0.5, "ave_H01"), (0.0, "ave_H0")):
        assert exits(made, share * drift).information * drift**2 / fixed == pytest.approx(told[name_], abs=1e-7)


def test_the_power_of_200_events_as_in_rpact(shared: Path) -> None:
    # Two looks, at 60 % and 100 %, spending like O'Brien and Fleming's; 200 events; hazard ratios 0.6, 0.7, 0.8 and 1.
    asked = json.loads((shared / "data/survival/rpact_design_results.json").read_text())["power"]
    made = spending_boundaries((0.6, 1.0), obrien_fleming_like(0.025))
    found = [exits(made, drift_of(ratio, 200.0)).power for ratio in (0.6, 0.7, 0.8, 1.0)]
    assert [early for early, _ in found] == pytest.approx(asked["earlyStop"], abs=1e-7)
    assert [whole for _, whole in found] == pytest.approx(asked["overallReject"], abs=1e-7)


def test_efficacy_and_futility_as_in_east_and_rpact(shared: Path) -> None:
    asked = json.loads((shared / "data/survival/extra_reference.json").read_text())["east_pfs"]
    beta = 1 - asked["east"]["cross_H1"][1]
    made = with_futility((176 / 235, 1.0), obrien_fleming_like(0.0125), hwang_shih_decani(beta, -10.0))
    assert made.above == pytest.approx(asked["rpact_3.3.4"]["critical"], abs=1e-7)
    assert made.below[0] == pytest.approx(asked["rpact_3.3.4"]["futility"], abs=1e-7)
    assert made.above == pytest.approx(asked["east"]["z_eff"], abs=1e-5)
    assert made.below[0] == pytest.approx(asked["east"]["z_fut"], abs=1e-5)
    true, none = exits(made, made.drift or 0.0), exits(made, 0.0)
    assert true.power == pytest.approx(asked["east"]["cross_H1"], abs=1e-6)
    assert none.below[0] == pytest.approx(asked["east"]["fut_cross_H0"], abs=2e-6)


# --- laws ---

MADE = [
    lambda information: pocock(information, 0.025),
    lambda information: obrien_fleming(information, 0.025),
    lambda information: wang_tsiatis(information, 0.025, 0.25),
    lambda information: spending_boundaries(information, obrien_fleming_like(0.025)),
    lambda information: spending_boundaries(information, pocock_like(0.025)),
]


@pytest.mark.parametrize("made", MADE)
@given(information=looks)
@settings(max_examples=20)
def test_the_level_is_spent_and_no_more(made: Any, information: Sequence[float]) -> None:
    found = made(information)
    assert sum(exits(found, 0.0).above) == pytest.approx(0.025, abs=1e-9)
    assert inflation(found, 0.8, 0.025) >= 1 - 1e-9, "looks cost information"
    drift = drift_for(found, 0.8)
    assert sum(exits(found, drift).above) == pytest.approx(0.8, abs=1e-9)


@given(looks, st.floats(-1.0, 4.0))
@settings(max_examples=20)
def test_as_the_normal_distribution_of_all_looks_at_once(information: Sequence[float], drift: float) -> None:
    # The chance to cross at no look is the one that a multivariate normal distribution gives to the corner below.
    found = pocock(information, 0.025)
    t = np.array(information)
    covariance = np.sqrt(np.minimum.outer(t, t) / np.maximum.outer(t, t))
    at_none = multivariate_normal(drift * np.sqrt(t), covariance, abseps=1e-6, releps=1e-6, seed=1).cdf(np.array(found.above))
    assert sum(exits(found, drift).above) == pytest.approx(1 - at_none, abs=1e-4)


@pytest.mark.parametrize("binding", [False, True])
@given(information=looks)
@settings(max_examples=15)
def test_futility_spends_beta_and_never_harms_the_level(binding: bool, information: Sequence[float]) -> None:
    found = with_futility(information, obrien_fleming_like(0.025), hwang_shih_decani(0.1, -2.0), binding=binding)
    assert found.below[-1] == found.above[-1] and found.drift is not None
    assert all(low <= high for low, high in zip(found.below, found.above, strict=True))
    true, none = exits(found, found.drift), exits(found, 0.0)
    assert (sum(true.above), sum(true.below)) == (pytest.approx(0.9, abs=1e-8), pytest.approx(0.1, abs=1e-8))
    overruled = Boundaries(found.information, found.above, (-inf,) * len(found.above))
    level, level_overruled = sum(none.above), sum(exits(overruled, 0.0).above)
    if binding:
        assert level == pytest.approx(0.025, abs=1e-9) and level_overruled >= level
    else:
        assert level_overruled == pytest.approx(0.025, abs=1e-9) and level <= level_overruled


def test_as_often_as_in_drawn_trials() -> None:
    rng = np.random.default_rng(11)
    trials, information, drift = 200_000, np.array([0.3, 0.5, 1.0]), 2.8
    found = with_futility(tuple(information), pocock_like(0.025), kim_demets(0.2, 1.0))
    steps = np.diff(information, prepend=0.0)
    score = np.cumsum(drift * steps + np.sqrt(steps) * rng.standard_normal((trials, 3)), axis=1)
    z = score / np.sqrt(information)
    out_high, out_low = z >= np.array(found.above), z < np.array(found.below)
    first = np.argmax(out_high | out_low, axis=1)
    asked = exits(found, drift)
    for k in range(3):
        here = first == k
        for crossed, chance in ((out_high, asked.above[k]), (out_low, asked.below[k])):
            drawn = (here & crossed[:, k]).mean()
            assert abs(drawn - chance) < 4 * sqrt(chance * (1 - chance) / trials) + 1e-9


def test_looks_close_together_are_integrated_as_well() -> None:
    often = tuple((k + 1) / 25 for k in range(25))
    assert sum(exits(spending_boundaries(often, pocock_like(0.025)), 0.0).above) == pytest.approx(0.025, abs=1e-8)
    assert pocock((0.99, 1.0), 0.025).above[0] == pytest.approx(pocock((0.99, 1.0), 0.025).above[1])


# --- refusals ---


def test_looks_that_spend_everything_early_are_refused() -> None:
    with pytest.raises(Inestimable, match="the whole level"):
        haybittle_peto((0.5, 1.0), 0.025, early=1.5)


@pytest.mark.parametrize("information", [(0.5, 0.5, 1.0), (0.5,), (), (0.0, 1.0), (0.5, 1.5)])
def test_looks_that_do_not_rise_to_the_end_are_refused(information: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="rise from above 0 to 1"):
        pocock(information, 0.025)
