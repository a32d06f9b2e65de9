"""Lachin and Foulkes' participants: by hand, and laws."""

from math import exp, sqrt

import pytest

from equipoise.kernels.events_needed import schoenfeld
from equipoise.kernels.expected_events import Accrual, Hazard, event_chance
from equipoise.kernels.inestimable import Inestimable
from equipoise.kernels.lachin_foulkes import lachin_foulkes


def test_three_years_of_joining_and_two_more_by_hand() -> None:
    # Hazards 0.3 and 0.2 a year, joining for 3 years, analysis at 5, one-sided 5 %, power 90 %: 1.644854 and 1.281552.
    def spread(rate: float) -> float:
        return rate**2 / (1 - (exp(-2 * rate) - exp(-5 * rate)) / (3 * rate))

    by_hand = ((1.644854 * sqrt(4 * spread(0.25)) + 1.281552 * sqrt(2 * spread(0.2) + 2 * spread(0.3))) / 0.1) ** 2
    found = lachin_foulkes(0.3, 0.2, 5.0, accrual=Accrual.even(3.0), alpha=0.05, power=0.9)
    assert found == pytest.approx(by_hand, rel=1e-5)


@pytest.mark.parametrize("ratio", [0.8, 0.9, 0.95])
def test_near_schoenfeld_where_the_hazards_are_near(ratio: float) -> None:
    accrual = Accrual.even(12.0)
    people = lachin_foulkes(0.07, 0.07 * ratio, 24.0, accrual=accrual)
    mean = sum(event_chance(Hazard((each,)), 24.0, accrual=accrual) for each in (0.07, 0.07 * ratio)) / 2
    assert people == pytest.approx(schoenfeld(ratio) / mean, rel=0.15 * (1 - ratio))


def test_losses_cost_participants() -> None:
    without, accrual = lachin_foulkes(0.07, 0.05, 24.0, accrual=Accrual.even(12.0)), Accrual.even(12.0)
    assert lachin_foulkes(0.07, 0.05, 24.0, accrual=accrual, dropout=Hazard((0.02,))) > without
    assert lachin_foulkes(0.07, 0.05, 24.0, accrual=accrual, followed=6.0) > without


def test_without_a_difference_there_is_nothing_to_find() -> None:
    with pytest.raises(Inestimable, match="nothing to find"):
        lachin_foulkes(0.07, 0.07, 24.0, accrual=Accrual.even(12.0))
