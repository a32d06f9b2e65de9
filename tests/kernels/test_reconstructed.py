"""Individual times from a curve: by hand, by law, and what is refused."""

import numpy as np
import pytest

from equipoise.kernels.inestimable import Inestimable
from equipoise.kernels.kaplan_meier import kaplan_meier
from equipoise.kernels.logrank import logrank
from equipoise.kernels.reconstructed import reconstructed


def read_off(time: np.ndarray, died: np.ndarray, at: np.ndarray) -> np.ndarray:
    """A curve as somebody reads it off a picture, to three digits."""
    left = np.array([np.prod([1 - (died & (time == t)).sum() / (time >= t).sum() for t in np.unique(time[died & (time <= g)])]) for g in at])  # fmt: skip
    return np.round(left, 3)


def trial(seed: int, people: int, median: float) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    event, end = rng.exponential(median / np.log(2), people), rng.uniform(6, 36, people)
    return np.minimum(event, end), event <= end


def test_ten_people_by_hand() -> None:
    # 10 at risk; the share falls to 0.9 at 1 (one of ten), at 3 to 0.7875 (0.9 x 7/8: one of eight). Eight at risk just
    # before 2 is one less than the nine that are left: one was censored between 1 and 2.
    found = reconstructed(np.array([0.0, 1, 2, 3]), np.array([1, 0.9, 0.9, 0.7875]), np.array([0.0, 2]), np.array([10, 8]))
    assert found.time[found.happened].tolist() == [1.0, 3.0]
    assert len(found.time) == 10 and (found.time >= 2).sum() == 8


@pytest.mark.parametrize("seed", range(4))
def test_the_people_found_give_the_curve_and_the_numbers_at_risk(seed: int) -> None:
    time, died = trial(seed, 250, 11.0)
    at, risk_at = np.arange(0, 30.01, 0.25), np.arange(0, 30.0, 6.0)
    numbers = np.array([(time >= each).sum() for each in risk_at])
    found = reconstructed(at, read_off(time, died, at), risk_at, numbers)
    assert len(found.time) == 250
    assert [int((found.time >= each).sum()) for each in risk_at] == numbers.tolist()
    again = read_off(found.time, found.happened, at)
    early = at <= 24
    assert np.abs(again - read_off(time, died, at))[early].max() < 0.015
    assert abs(int(found.happened.sum()) - int((died & (time <= 30)).sum())) <= 6


def test_two_reconstructed_arms_tell_what_the_real_ones_tell() -> None:
    arms = [trial(5, 300, 10.0), trial(6, 300, 15.0)]
    at, risk_at = np.arange(0, 30.01, 0.2), np.arange(0, 30.0, 3.0)
    found = [reconstructed(at, read_off(t, d, at), risk_at, np.array([(t >= each).sum() for each in risk_at])) for t, d in arms]
    group = np.repeat([0, 1], 300)
    real = logrank(
        np.concatenate([np.minimum(t, 30) for t, _ in arms]), np.concatenate([d & (t <= 30) for t, d in arms]), group
    )
    made = logrank(np.concatenate([each.time for each in found]), np.concatenate([each.happened for each in found]), group)
    assert made.chi_square == pytest.approx(real.chi_square, rel=0.1)
    medians = [float(np.median(kaplan_meier(each.time, each.happened).time)) for each in found]
    assert medians[0] < medians[1]


@pytest.mark.parametrize(
    ("time", "survival", "risk", "numbers", "says"),
    [
        ([0.0, 1], [1, 1.1], [0.0], [10], "do not rise"),
        ([0.0, 1, 1], [1, 0.9, 0.8], [0.0], [10], "times of a curve"),
        ([1.0, 2], [1, 0.9], [0.0], [10], "begins at time 0"),
        ([0.0, 1], [1, 0.9], [0.0, 2], [10, 5], "no number comes after"),
        ([0.0, 1], [1, 0.9], [0.0, 1], [10, 11], "do not rise"),
    ],
)  # fmt: skip
def test_what_is_no_curve_is_refused(
    time: list[float], survival: list[float], risk: list[float], numbers: list[int], says: str
) -> None:
    with pytest.raises(Inestimable, match=says):
        reconstructed(np.array(time), np.array(survival), np.array(risk), np.array(numbers))
