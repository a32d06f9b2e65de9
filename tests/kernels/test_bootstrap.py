"""Draws of people: by hand, by law, and against people written out one by one."""

import time as clock
from typing import Any

import numpy as np
import pytest

from equipoise.kernels.bootstrap import Bootstrap, cox_bootstrap, drawn, percentiles
from equipoise.kernels.cox import cox
from equipoise.kernels.inestimable import Inestimable


def trial(seed: int, people: int = 90) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    x = np.stack([np.arange(people) % 2, rng.normal(60, 10, people)], axis=1).astype(float)
    time = np.ceil(rng.exponential(12, people) * np.exp(0.5 * x[:, 0]))
    return {"time": time, "happened": rng.random(people) < 0.75, "covariates": x}


def test_each_draw_is_of_as_many_people_and_everyone_is_drawn_once_on_average() -> None:
    counts = drawn(50, 4000, rng=np.random.default_rng(1))
    assert (counts.sum(axis=1) == 50).all()
    # A count is of 50 chances of 1/50: mean 1, variance 0.98; of 4,000 the mean's error is 0.016.
    np.testing.assert_allclose(counts.mean(axis=0), 1, atol=0.07)
    assert counts.var() == pytest.approx(0.98, abs=0.02)


def test_groups_keep_their_size() -> None:
    group = np.array(["a", "b", "b", "a", "b", "b"])
    counts = drawn(6, 200, rng=np.random.default_rng(1), within=group)
    assert (counts[:, group == "a"].sum(axis=1) == 2).all()
    assert (counts[:, group == "b"].sum(axis=1) == 4).all()


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@pytest.mark.parametrize("layered", [False, True])
def test_a_draw_is_the_people_written_out(ties: Any, layered: bool) -> None:
    data = trial(2)
    more = {"stratum": np.arange(90) % 3} if layered else {}
    found = cox_bootstrap(**data, **more, draws=5, rng=np.random.default_rng(9), ties=ties)
    counts = drawn(90, 5, rng=np.random.default_rng(9))
    for count, coefficient in zip(counts, found.draws, strict=True):
        written = {name: np.repeat(column, count, axis=0) for name, column in (data | more).items()}
        np.testing.assert_allclose(coefficient, cox(**written, ties=ties).coefficient, rtol=1e-8)
    np.testing.assert_allclose(found.estimate, cox(**data, **more, ties=ties).coefficient, rtol=1e-8)


def test_people_are_drawn_and_not_rows() -> None:
    data, cut = trial(3), 4.0
    early = np.minimum(cut, data["time"] / 2)
    halves = {
        "time": np.concatenate((early, data["time"])),
        "start": np.concatenate((np.zeros(90), early)),
        "happened": np.concatenate((np.zeros(90, bool), data["happened"])),
        "covariates": np.tile(data["covariates"], (2, 1)),
    }
    whole = cox_bootstrap(**data, draws=20, rng=np.random.default_rng(4))
    parted = cox_bootstrap(**halves, draws=20, rng=np.random.default_rng(4), person=np.tile(np.arange(90), 2))
    np.testing.assert_allclose(parted.draws, whole.draws, rtol=1e-8)


def test_threads_change_nothing() -> None:
    data = trial(5)
    one, two = (cox_bootstrap(**data, draws=4000, rng=np.random.default_rng(1), threads=n) for n in (1, 2))
    np.testing.assert_array_equal(one.draws, two.draws)


def test_its_spread_is_about_the_standard_error() -> None:
    data = trial(6, 400)
    found = cox_bootstrap(**data, draws=1000, rng=np.random.default_rng(1))
    fit = cox(**data)
    np.testing.assert_allclose(found.draws.std(axis=0), fit.se, rtol=0.15)
    lower, upper = percentiles(found)
    np.testing.assert_allclose(upper - lower, 2 * 1.96 * fit.se, rtol=0.15)


def test_percentiles_by_hand() -> None:
    # Of 20 draws 1 to 20, a tenth is cut off: the 1st at a tail of 5 %, and the 19th.
    assert [float(limit[0]) for limit in percentiles(Bootstrap(np.zeros(1), np.arange(1.0, 21)[:, None]), level=0.9)] == [1, 19]


def test_a_draw_without_an_answer_counts_against_both_limits() -> None:
    draws = np.arange(1.0, 101)[:, None]
    draws[[10, 50]] = np.nan
    found = Bootstrap(np.zeros(1), draws)
    assert found.unanswered == 2
    # At a tail of 5 % the 5th: two unknown ones first, then 1, 2, 3.
    assert float(percentiles(found, level=0.9)[0][0]) == 3
    with pytest.raises(Inestimable, match="2 of 100 draws of the people have no answer"):
        percentiles(found, level=0.97)


def test_an_arm_with_one_event_is_often_drawn_without_and_said_so() -> None:
    data = trial(7)
    treated = np.flatnonzero((data["covariates"][:, 0] == 1) & data["happened"])
    data["happened"][treated[1:]] = False
    found = cox_bootstrap(**data, draws=500, rng=np.random.default_rng(1))
    # The one person is left out of a draw with chance (1 - 1/90)^90 = 0.366.
    assert found.unanswered / 500 == pytest.approx(0.366, abs=0.07)
    with pytest.raises(Inestimable, match="no answer, too many"):
        percentiles(found)


def test_what_has_no_answer_as_it_is_is_refused() -> None:
    data = trial(8)
    with pytest.raises(Inestimable, match="nobody had the event"):
        cox_bootstrap(**data | {"happened": np.zeros(90, bool)}, draws=10, rng=np.random.default_rng(1))
    with pytest.raises(Inestimable, match="in several of the groups"):
        cox_bootstrap(**data, draws=10, rng=np.random.default_rng(1), person=np.arange(90) // 2, within=np.arange(90) % 2)
    with pytest.raises(ValueError, match="at least one draw"):
        cox_bootstrap(**data, draws=0, rng=np.random.default_rng(1))


def test_two_thousand_fits_of_ninety_people_take_less_than_a_second() -> None:
    data = trial(9)
    cox_bootstrap(**data, draws=10, rng=np.random.default_rng(1))
    began = clock.perf_counter()
    cox_bootstrap(**data, draws=2000, rng=np.random.default_rng(1))
    assert clock.perf_counter() - began < 1
