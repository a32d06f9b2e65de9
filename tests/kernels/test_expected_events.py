"""Events expected by a time: by hand, laws, drawn participants, agreement with rpact."""

import json
from itertools import accumulate
from math import exp, inf, log
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.kernels.events_needed import freedman, schoenfeld
from equipoise.kernels.expected_events import NEVER, Accrual, Hazard, event_chance, exponential, time_of_events
from equipoise.kernels.inestimable import Inestimable

Told = tuple[list[float], list[float]]
told = st.tuples(st.lists(st.floats(0.5, 10.0), max_size=3), st.lists(st.floats(0.0, 0.3), min_size=4, max_size=4))


def made(hazard: Told) -> Hazard:
    """A hazard of as many rates as stretches of these lengths ask for."""
    lengths, rates = hazard
    return Hazard(tuple(rates[: len(lengths) + 1]), tuple(accumulate(lengths)))


def test_a_year_of_joining_by_hand() -> None:
    # Hazard 0.1, all join evenly within 10, looked at after 20: 1 - (e^-1 - e^-2) / 1 = 0.76746.
    found = event_chance(Hazard((0.1,)), 20.0, accrual=Accrual.even(10.0))
    assert found == pytest.approx(1 - (exp(-1) - exp(-2)))


def test_with_losses_by_hand() -> None:
    # Hazards 0.1 and 0.1, all join at once, looked at after 5: half of what is gone, (1 - e^-1) / 2.
    found = event_chance(Hazard((0.1,)), 5.0, accrual=Accrual.even(0.0), dropout=Hazard((0.1,)))
    assert found == pytest.approx((1 - exp(-1)) / 2)


def test_the_bench_scenario(shared: Path) -> None:
    asked = json.loads((shared / "data/survival/extra_reference.json").read_text())["bench_scenario"]
    for ratio, name in ((1.0, "p_event_control"), (0.7, "p_event_exp")):
        found = event_chance(exponential(10.0).times(ratio), 24.0, accrual=Accrual.even(12.0))
        assert found == pytest.approx(asked[name], rel=1e-12)


SLOW, DROPOUT = Hazard((0.08, 0.06, 0.04), (6.0, 12.0)), Hazard((-log(1 - 0.05) / 12,))
RPACT = {
    # name: events, hazard of the control arm, hazard ratio, allocation, months of joining, losses
    "fixed_HR06_one": (schoenfeld(0.6, power=0.9), exponential(10.0), 0.6, 1.0, 24.0, NEVER),
    "fixed_HR06_freedman": (freedman(0.6, power=0.9), exponential(10.0), 0.6, 1.0, 24.0, NEVER),
    "fixed_alloc2_dropout": (schoenfeld(0.7, allocation=2.0), exponential(12.0), 0.7, 2.0, 18.0, DROPOUT),
    "pw_exp": (schoenfeld(0.7), SLOW, 0.7, 1.0, 12.0, NEVER),
}


@pytest.mark.parametrize("name", RPACT)
def test_participants_as_in_rpact(shared: Path, name: str) -> None:
    asked = json.loads((shared / "data/survival/rpact_design_results.json").read_text())["sample_size"][name]
    events, control, ratio, allocation, joining, lost = RPACT[name]
    share = allocation / (1 + allocation)
    one, other = (
        event_chance(each, 36.0, accrual=Accrual.even(joining), dropout=lost) for each in (control.times(ratio), control)
    )
    people = events / (share * one + (1 - share) * other)
    assert events == pytest.approx(asked["events"], rel=1e-12)
    assert people == pytest.approx(asked["n"], rel=1e-12)
    assert people * share == pytest.approx(asked["n1"], rel=1e-12)


def test_the_month_of_a_look_as_in_east_and_rpact(shared: Path) -> None:
    asked = json.loads((shared / "data/survival/extra_reference.json").read_text())["east_pfs"]["rpact_3.3.4"]
    control, lost, half = exponential(9.4), Hazard((0.019,)), asked["n"][0] / 2
    found = [
        time_of_events(each, [(half, control.times(0.6), lost), (half, control, lost)], accrual=Accrual.even(24.0))
        for each in asked["events"]
    ]
    assert found == pytest.approx(asked["time"], abs=1e-5)


@given(told, told, st.floats(0.1, 20.0), st.floats(0.0, 40.0), st.floats(1.0, 30.0))
def test_more_time_shows_more_and_losses_fewer(event: Told, loss: Told, joining: float, until: float, followed: float) -> None:
    hazard, lost, accrual = made(event), made(loss), Accrual.even(joining)
    found = event_chance(hazard, until, accrual=accrual, dropout=lost, followed=followed)
    assert -1e-12 <= found <= 1
    assert found <= event_chance(hazard, until + 1, accrual=accrual, dropout=lost, followed=followed) + 1e-12
    assert found <= event_chance(hazard, until, accrual=accrual, followed=followed) + 1e-12
    assert found <= event_chance(hazard, until, accrual=accrual, dropout=lost, followed=inf) + 1e-12


@given(told, st.floats(0.1, 20.0), st.floats(0.1, 40.0))
def test_one_pace_in_two_stretches_is_one_pace(event: Told, joining: float, until: float) -> None:
    hazard = made(event)
    whole, cut = Accrual.even(joining), Accrual((joining / 3, joining), (1.0, 1.0))
    assert event_chance(hazard, until, accrual=cut) == pytest.approx(event_chance(hazard, until, accrual=whole), abs=1e-12)


@given(told, told, st.floats(0.0, 40.0))
def test_hazards_add_up(first: Told, second: Told, time: float) -> None:
    one, other = made(first), made(second)
    assert one.plus(other).cumulative(time) == pytest.approx(one.cumulative(time) + other.cumulative(time), abs=1e-9)


def test_as_many_as_are_drawn() -> None:
    rng = np.random.default_rng(5)
    people = 400_000
    hazard, lost, accrual = Hazard((0.02, 0.1), (6.0,)), Hazard((0.03,)), Accrual((4.0, 10.0), (1.0, 3.0))
    # A quarter of the pace in the first 4, the rest in the 6 after: 4 x 1 and 6 x 3 of 22.
    late = rng.random(people) < 18 / 22
    joined = np.where(late, 4 + 6 * rng.random(people), 4 * rng.random(people))
    exposure = rng.exponential(size=people)
    event = np.where(exposure < 0.12, exposure / 0.02, 6 + (exposure - 0.12) / 0.1)
    gone = rng.exponential(1 / 0.03, people)
    seen = (event <= gone) & (event <= 15.0) & (joined + event <= 18.0)
    found = event_chance(hazard, 18.0, accrual=accrual, dropout=lost, followed=15.0)
    assert abs(seen.mean() - found) < 4 * (found * (1 - found) / people) ** 0.5


def test_events_that_never_come_are_refused() -> None:
    with pytest.raises(Inestimable, match="never seen"):
        time_of_events(90.0, [(100.0, Hazard((0.1,)), Hazard((0.1,)))], accrual=Accrual.even(1.0))


@pytest.mark.parametrize(("rates", "ends"), [((0.1, 0.2), ()), ((-0.1,), ()), ((0.1, 0.2, 0.3), (5.0, 2.0))])
def test_a_hazard_that_cannot_be_is_refused(rates: tuple[float, ...], ends: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="hazard"):
        Hazard(rates, ends)
