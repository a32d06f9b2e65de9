"""Conditional power and the promising zone: by hand, by law, and in agreement with what was published."""

from math import inf, sqrt

import numpy as np
import pytest
from scipy.stats import norm

from equipoise.kernels.group_sequential import exits, spending_boundaries
from equipoise.kernels.promising_zone import (
    Zone,
    conditional_power,
    enlarged,
    information_wanted,
    least_conditional_power,
    promised,
)
from equipoise.kernels.spending import obrien_fleming_like

Z = 1.959963984540054


def test_conditional_power_halfway_is_as_by_hand() -> None:
    """z = 1.4 at a half: the second half has to give (1.96 - 0.98995) / 0.70711 = 1.3719, and goes on giving 1.4."""
    assert conditional_power(1.4, 0.5, 1.96) == pytest.approx(norm.sf(1.37191 - 1.4), abs=1e-4)
    assert conditional_power(Z / sqrt(0.5), 0.5, Z) == pytest.approx(norm.cdf(Z / sqrt(0.5)))  # nothing missing


def test_the_information_wanted_gives_the_conditional_power_wanted() -> None:
    for share, z in ((0.5, 1.4), (0.3, 1.0), (0.7, 1.7)):
        whole = information_wanted(z, share, Z, 0.9)
        missing = (Z - sqrt(share) * z) / sqrt(1 - share)
        assert norm.sf(missing - z / sqrt(share) * sqrt(whole - share)) == pytest.approx(0.9)
    assert information_wanted(-0.5, 0.5, Z, 0.9) == inf


def test_nothing_is_enlarged_outside_the_promising_zone() -> None:
    zone = Zone(0.5, Z, 0.36, 0.8, 2.0)
    sizes = [enlarged(zone, float(z)) for z in np.linspace(-3, 4, 200)]
    powers = [conditional_power(float(z), 0.5, Z) for z in np.linspace(-3, 4, 200)]
    for size, power in zip(sizes, powers, strict=True):
        assert 1.0 <= size <= 2.0 and (size == 1.0 or 0.36 <= power < 0.8)
    assert max(sizes) == 2.0


@pytest.mark.parametrize(("share", "most"), [(0.3, 1.5), (0.5, 2.0), (0.7, 10.0)])
@pytest.mark.parametrize("least", [0.0, 0.36, 0.7])
def test_without_an_effect_the_level_is_held_whatever_the_zone(share: float, most: float, least: float) -> None:
    assert promised(Zone(share, Z, least, 0.8, most), 0.0).power == pytest.approx(0.025, abs=1e-7)


def test_a_zone_that_enlarges_nothing_is_the_plain_group_sequential_trial() -> None:
    looks = spending_boundaries((0.5, 1.0), obrien_fleming_like(0.025))
    zone = Zone(0.5, looks.above[1], 0.36, 0.8, 1.0, early=looks.above[0])
    for drift in (0.0, 1.5, 2.8):
        plain, found = exits(looks, drift), promised(zone, drift)
        assert found.power == pytest.approx(sum(plain.above), abs=1e-7)
        assert found.information == pytest.approx(plain.information, abs=1e-7)
        assert found.enlarged == 0.0


def test_the_promising_zone_begins_where_mehta_and_pocock_say() -> None:
    """Their table 1, for a conditional power of 80 % to aim at: half-way and twice as many, 0.36; and so on."""
    published = {(0.25, 1.5): 0.42, (0.25, 2.0): 0.37, (0.25, 1e6): 0.32, (0.5, 1.5): 0.41, (0.5, 2.0): 0.36, (0.5, 1e6): 0.31,
                 (0.75, 1.5): 0.38, (0.75, 2.0): 0.33}  # fmt: skip
    for (share, most), least in published.items():
        assert least_conditional_power(share, Z, 0.8, most) == pytest.approx(least, abs=0.0075)


def test_mehta_and_pococks_trial_in_schizophrenia_finds_as_often_as_they_say() -> None:
    """442 people, standard deviation 7.5, a look after 208, at most 884: 61 and 65 % for a difference of 1.6; 80 and 83 for 2."""
    for difference, fixed, adaptive in ((1.6, 0.61, 0.65), (2.0, 0.80, 0.83)):
        drift = difference / 7.5 * sqrt(442) / 2
        assert norm.sf(Z - drift) == pytest.approx(fixed, abs=0.006)
        found = promised(Zone(208 / 442, Z, 0.365, 0.8, 2.0), drift)
        assert found.power == pytest.approx(adaptive, abs=0.01)


def test_what_cannot_be_is_refused() -> None:
    for wrong in ((1.0, Z, 0.3, 0.8, 2.0), (0.5, Z, 0.3, 0.8, 0.5), (0.5, Z, 1.0, 0.8, 2.0), (0.5, Z, 0.3, 1.0, 2.0)):
        with pytest.raises(ValueError, match=r"before the end|between 0 and 1"):
            Zone(*wrong)
