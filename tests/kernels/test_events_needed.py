"""Events that a comparison needs: by hand, laws, agreement with rpact's numbers."""

import json
from math import log, sqrt
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.kernels.events_needed import detectable, drift, freedman, schoenfeld, schoenfeld_power
from equipoise.kernels.inestimable import Inestimable

ratios = st.floats(0.2, 0.95)
powers = st.floats(0.3, 0.99)
allocations = st.floats(0.25, 4.0)


def test_half_the_hazard_by_hand() -> None:
    # (1.959964 + 0.841621)² = 7.848880; four of it over log(2)² = 0.480453 is 65.35; Freedman: 7.848880 x (1.5 / 0.5)² = 70.64.
    assert round(schoenfeld(0.5), 2) == 65.35
    assert round(freedman(0.5), 2) == 70.64


def test_more_power_takes_more_by_hand() -> None:
    # (1.959964 + 1.281552)² = 10.507423; four of it over log(2)² is 87.48; Freedman: 10.507423 x 9 = 94.57.
    assert round(schoenfeld(0.5, power=0.9), 2) == 87.48
    assert round(freedman(0.5, power=0.9), 2) == 94.57


def test_as_rpact(shared: Path) -> None:
    asked = json.loads((shared / "data/survival/extra_reference.json").read_text())["events_closed_form"]
    for each in asked:
        given_: dict[str, Any] = {"alpha": each["alpha"], "power": each["power"], "allocation": float(each["ratio"])}
        assert schoenfeld(each["hr"], **given_) == pytest.approx(each["schoenfeld"], rel=1e-12)
        assert freedman(each["hr"], **given_) == pytest.approx(each["freedman"], rel=1e-12)
    assert len(asked) == 24


@given(ratios, powers, allocations)
def test_the_power_of_the_events_needed_is_the_power_asked_for(ratio: float, power: float, allocation: float) -> None:
    events = schoenfeld(ratio, power=power, allocation=allocation)
    assert schoenfeld_power(ratio, events, allocation=allocation) == pytest.approx(power)
    assert detectable(events, power=power, allocation=allocation) == pytest.approx(ratio)


@given(ratios, allocations)
def test_equal_arms_need_fewest_and_swapping_them_changes_nothing(ratio: float, allocation: float) -> None:
    assert schoenfeld(ratio, allocation=allocation) >= schoenfeld(ratio) * (1 - 1e-12)
    assert schoenfeld(ratio, allocation=allocation) == pytest.approx(schoenfeld(ratio, allocation=1 / allocation))


@given(st.floats(1.05, 2.0), st.floats(0.5, 1.0))
def test_a_margin_is_as_far_away_as_its_ratio(margin: float, ratio: float) -> None:
    assert schoenfeld(ratio, margin=margin) == pytest.approx(schoenfeld(ratio / margin))


def test_the_drift_is_the_log_ratio_over_its_standard_error() -> None:
    # With 100 events in equal arms the standard error of a log hazard ratio is 2/10.
    assert drift(0.5, 100.0) == pytest.approx(log(2) / (2 / sqrt(100)))


def test_without_a_difference_there_is_nothing_to_find() -> None:
    with pytest.raises(Inestimable, match="nothing to find"):
        schoenfeld(1.0)
    with pytest.raises(Inestimable, match="nothing to find"):
        freedman(1.0)
    with pytest.raises(Inestimable, match="without events"):
        detectable(0.0)
    assert schoenfeld_power(1.0, 1000.0) == pytest.approx(0.025)
