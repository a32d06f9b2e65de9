"""A trial emulated by clones: by hand, as plain R, without effect where there is none, and where it cannot be."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from equipoise.kernels.clone_censor_weight import clones, emulated, resampled
from equipoise.kernels.cox import cox
from equipoise.kernels.inestimable import Inestimable

NEVER = np.inf


def test_four_people_by_hand() -> None:
    # Grace 2. A begins at 1 and dies at 5; B never and dies at 3; C never, followed to 6; D begins at 2, followed to 7.
    # Who starts: of four followed beyond 2 two have begun, so A and D count twice: at 5, 1/2 is left.
    # Who does not: A leaves at 1 (one of four), D at 2 (one of three), so B and C count exp(1/4 + 1/3): at 3, 1/2.
    time, died = np.array([5.0, 3, 6, 7]), np.array([True, True, False, False])
    held = clones(time, died, np.array([1.0, NEVER, NEVER, 2]), np.zeros((4, 0)), grace=2.0)
    found = emulated(held, np.array([2.0, 4, 5]))
    assert found.starting == pytest.approx([1, 1, 1 / 2])
    assert found.waiting == pytest.approx([1, 1 / 2, 1 / 2])
    late = ~held.starts & (held.start == 2)
    assert held.weight[late] == pytest.approx(np.exp(1 / 4 + 1 / 3))
    assert held.weight[held.starts & (held.start == 2)] == pytest.approx(2)
    assert held.started == 2


def test_who_dies_before_choosing_dies_in_both() -> None:
    time, died = np.array([1.0, 5, 6, 7, 8]), np.array([True, True, True, False, True])
    held = clones(time, died, np.array([NEVER, 1, NEVER, 2, NEVER]), np.zeros((5, 0)), grace=2.0)
    assert held.happened[held.person == 0].tolist() == [True, True]
    assert held.happened.sum() == 2 + 1 + 2


@pytest.mark.parametrize("grace", [30, 60])
def test_the_hearts_of_stanford_are_rs(shared: Path, grace: int) -> None:
    folder = shared / "data" / "survival"
    theirs = json.loads((folder / "extra_reference.json").read_text("utf-8"))["ccw_jasa"][f"G{grace}"]
    with (folder / "jasa.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    time = np.maximum([float(row["futime"]) for row in rows], 0.5)
    died = np.array([row["fustat"] == "1" for row in rows])
    began = np.array([float(row["wait.time"]) if row["transplant"] == "1" else NEVER for row in rows])
    known = np.array([[float(row["age"]), float(row["surgery"])] for row in rows])
    for weighted, word in ((True, "weighted"), (False, "unweighted")):
        held = clones(time, died, began, known, grace=float(grace), weighted=weighted)
        found = emulated(held, np.array(theirs["times"], dtype=float))
        assert len(held.person) == theirs["n_rows"]
        assert found.waiting == pytest.approx(theirs[f"surv_arm0_{word}"], rel=1e-9)
        assert found.starting == pytest.approx(theirs[f"surv_arm1_{word}"], rel=1e-9)
        if weighted:
            assert held.starting.coefficient == pytest.approx(theirs["logit_coef"], rel=1e-9)
            assert held.leaving.coefficient == pytest.approx(theirs["censor_cox_coef"], rel=1e-9)
            assert held.weight.max() == pytest.approx(theirs["max_wt"], rel=1e-9)
            assert found.log_hazard_ratio == pytest.approx(theirs["weighted_cox_loghr"], rel=1e-9)
            assert found.se == pytest.approx(theirs["robust_se"], rel=1e-9)


def test_what_does_nothing_is_found_to_do_nothing() -> None:
    # Treatment changes nothing, the sick wait longer, and who dies early never gets it. Naively it saves lives.
    rng = np.random.default_rng(11)
    sick = rng.normal(size=3000)
    death, wish = rng.exponential(20 * np.exp(-0.7 * sick)), rng.exponential(6 * np.exp(0.5 * sick))
    time, died = np.minimum(death, 40), death < 40
    began = np.where(wish < time, wish, NEVER)
    naive = cox(time, died, np.column_stack([np.isfinite(began), sick]).astype(float)).coefficient[0]
    found = emulated(clones(time, died, began, sick[:, None], grace=6.0), np.array([20.0]))
    assert naive < -0.5
    assert abs(found.log_hazard_ratio) < 0.1
    assert found.starting == pytest.approx(found.waiting, abs=0.03)


def test_limits_by_drawing_persons_hold_the_estimate_and_can_be_drawn_again() -> None:
    rng = np.random.default_rng(5)
    time, began = rng.exponential(10, 120), rng.exponential(8, 120)
    args = (time, rng.random(120) < 0.8, np.where(began < time, began, NEVER), rng.normal(size=(120, 1)))
    asked = np.array([5.0])
    one, again = (resampled(*args, grace=4.0, asked=asked, rng=np.random.default_rng(1), resamples=60) for _ in range(2))
    found = emulated(clones(*args, grace=4.0), asked)
    assert one.log_hazard_ratio == again.log_hazard_ratio
    assert one.log_hazard_ratio[0] < found.log_hazard_ratio < one.log_hazard_ratio[1]
    assert one.starting[0, 0] < found.starting[0] < one.starting[0, 1]
    assert one.failed == 0


@pytest.mark.parametrize(
    ("time", "began", "says"),
    [
        ([5.0, 6], [NEVER, NEVER], "nobody began"),
        ([5.0, 6], [1.0, 1], "everybody began"),
        ([1.5, 6], [1.0, NEVER], "nobody who began"),
        ([0.0, 6], [1.0, NEVER], "no time at all"),
        ([5.0, 6], [np.nan, 1], "missing"),
        ([-5.0, 6], [1.0, NEVER], "negative"),
    ],
)
def test_what_cannot_be_emulated_says_so(time: list[float], began: list[float], says: str) -> None:
    with pytest.raises(Inestimable, match=says):
        clones(np.array(time), np.array([True, False]), np.array(began), np.zeros((2, 0)), grace=2.0)
