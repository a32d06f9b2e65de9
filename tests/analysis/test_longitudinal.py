"""Values over time: in balanced data the mixed model is a t test of slopes; elsewhere it agrees with what was put in."""

import numpy as np
import pytest

from analysis.invented import arm
from analysis.wider import result, wider
from equipoise.analysis import longitudinal as lines
from equipoise.analysis.longitudinal import slopes
from equipoise.kernels.inestimable import Inestimable


def drawn(seed: int, people: int = 40, times: int = 5, *, own: float = 0.5) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(people), times)
    month = np.tile(np.arange(times, dtype=float), people)
    group = (np.arange(people) % 2)[person]
    start, slope = rng.normal(10, 2, people)[person], rng.normal(0, own, people)[person]
    value = start + (1 + group + slope) * month + rng.normal(0, 0.5, len(month))
    return value, month, person, group


def test_balanced_data_are_a_t_test_of_each_persons_own_slope() -> None:
    # Where all come at the same times, restricted likelihood gives the mean of the slopes fitted one by one, and their
    # variance over the number of people (Laird and Ware, 1982).
    value, month, person, group = drawn(1)
    found = slopes(value, month, person, group)
    own = np.array([np.polyfit(month[person == each], value[person == each], 1)[0] for each in range(40)])
    first, second = own[0::2], own[1::2]
    pooled = ((first - first.mean()) ** 2).sum() + ((second - second.mean()) ** 2).sum()
    assert found.has_slopes
    assert found.slope == pytest.approx([first.mean(), second.mean()], rel=1e-6)
    assert np.diag(found.covariance) == pytest.approx(np.full(2, pooled / 38 / 20), rel=2e-3)
    assert found.covariance[0, 1] == pytest.approx(0, abs=1e-6)
    assert (found.people, found.values) == (40, 200)


def test_neither_the_unit_nor_where_it_starts_matters() -> None:
    value, month, person, group = drawn(2)
    found, moved = slopes(value, month, person, group), slopes(1000 * value + 5e5, month, person, group)
    assert moved.slope == pytest.approx(1000 * found.slope, rel=1e-5)
    assert moved.covariance == pytest.approx(1e6 * found.covariance, rel=1e-3, abs=1)


def test_slopes_that_do_not_vary_leave_a_start_alone() -> None:
    _, month, person, group = drawn(3, times=3)
    rng = np.random.default_rng(0)
    value = 10 + month + rng.normal(0, 1, 40)[person] + rng.normal(0, 1, len(month))
    found = slopes(value, month, person, group)
    own = np.array([np.polyfit(month[person == each], value[person == each], 1)[0] for each in range(40)])
    assert not found.has_slopes
    assert found.slope == pytest.approx([own[0::2].mean(), own[1::2].mean()])


@pytest.mark.parametrize(
    ("values", "why"),
    [
        (np.full(12, 3.0), "same"),
        (np.append(np.arange(11.0), np.nan), "missing"),
    ],
)
def test_what_has_no_slope_is_refused(values: np.ndarray, why: str) -> None:
    with pytest.raises(Inestimable, match=why):
        slopes(values, np.tile(np.arange(3.0), 4), np.repeat(np.arange(4), 3), np.zeros(12, np.int64))


def test_one_value_a_person_is_refused() -> None:
    with pytest.raises(Inestimable, match="only 0 participants"):
        slopes(np.arange(6.0), np.arange(6.0), np.arange(6), np.zeros(6, np.int64))
    with pytest.raises(Inestimable, match="no value"):
        slopes(np.zeros(0), np.zeros(0), np.zeros(0, np.int64), np.zeros(0, np.int64))


def everyone(*, negative: bool = False) -> dict[str, list]:
    rng = np.random.default_rng(6)
    found = {}
    for number in range(24):
        growth = (0.05 if number % 2 else 0.15) + rng.normal(0, 0.02)
        start = np.exp(rng.normal(3, 0.3))
        labs = [("labs", day, {"marker": -1.0 if negative and number == 0 and day == 60 else
                               float(start * np.exp(growth * day / 30.4375 + rng.normal(0, 0.05)))})
                for day in (0, 60, 120, 180, 240)]  # fmt: skip
        end = ("death", 250) if number % 2 == 0 and number % 3 else ("last_contact", 400)
        found[f"p{number}"] = [arm("new" if number % 2 else "old_way"), *labs, end]
    return found


def test_a_marker_is_told_by_how_much_it_multiplies() -> None:
    found = result("endpoint: level, method: mixed_model_log", everyone())
    ratio = found.estimate("marker: ratio a month", "new")
    gap = found.estimate("marker: ratio of the ratios a month", "New against Old")
    assert ratio.lower < np.exp(0.05) < ratio.upper
    assert gap.lower < np.exp(-0.10) < gap.upper < 1
    assert found.courses
    assert any("missing at random" in each for each in found.method)
    assert "Values ended with death in 0 of 12 in New; 8 of 12 in Old." in found.findings


def test_survival_comes_with_the_slopes() -> None:
    found = result("endpoint: level, method: mixed_model", everyone())
    assert [(each.arm, each.curve.at_risk[0], sum(each.curve.events)) for each in found.displays] == [
        ("new", 12, 0), ("old_way", 12, 8),
    ]  # fmt: skip
    assert not result("endpoint: level, method: mean", everyone()).displays
    closed = result("endpoint: level, method: mixed_model", everyone(), status="recruiting")
    assert [each.arm for each in closed.displays] == [""]


def test_what_has_no_logarithm_is_said() -> None:
    found = result("endpoint: level, method: mixed_model_log", everyone(negative=True))
    assert "No slope of marker: 1 values are not above 0 and have no logarithm." in found.findings
    assert found.courses


def test_before_the_lock_everyone_has_one_slope() -> None:
    found = result("endpoint: level, method: mixed_model", everyone(), status="recruiting")
    assert {each.of for each in found.estimates} == {""}


def test_survival_stands_beside_the_means_of_those_who_died() -> None:
    from analysis.invented import people
    from equipoise.analysis.plan import Plan
    from equipoise.analysis.sample import arms, sample
    from equipoise.endpoints import outcome

    told = wider("{endpoint: level, method: mixed_model}")
    charts = people(told, everyone())
    endpoint = told.protocol.endpoints["level"]
    outcomes = {name: outcome(endpoint, told, each) for name, each in charts.items()}
    counted = sample(arms(told), told, endpoint, [*charts.values()], outcomes)
    new, old = lines.joint_display(Plan(told, endpoint, arms(told), method="mixed_model"), counted)
    assert not new.died and new.survival[-1] == 1
    assert {each.number for each in old.died} == {8}
    assert old.survival[-1] == pytest.approx(4 / 12)
