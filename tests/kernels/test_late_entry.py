"""Late entry, weights, profiles and Firth's penalty by agreement: R's answers, in data/r_late.json, made by r_late.R."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from equipoise.kernels.cox import cox, profile
from equipoise.kernels.kaplan_meier import KaplanMeier, at_risk, kaplan_meier
from equipoise.kernels.nelson_aalen import nelson_aalen

SAID = json.loads((Path(__file__).parent / "data" / "r_late.json").read_text("utf-8"))
PEOPLE = {name: np.array(column, dtype=float) for name, column in SAID["people"].items()}
STOP, START, DIED, WEIGHT = PEOPLE["stop"], PEOPLE["start"], PEOPLE["died"] == 1, PEOPLE["w"]


def near(ours: Any, theirs: Any, tolerance: float = 1e-9) -> None:
    np.testing.assert_allclose(np.asarray(ours, dtype=float), np.array(theirs, dtype=float), rtol=tolerance, atol=1e-14)


def same_curve(curve: KaplanMeier, said: dict[str, Any]) -> None:
    near(curve.time, said["time"])
    near(curve.at_risk, said["at_risk"])
    near(curve.survival, said["survival"])
    log_se = np.sqrt(curve.log_variance)
    near(np.where(np.isinf(log_se), np.nan, log_se), said["log_se"])


def test_late_entry_is_as_in_r() -> None:
    curve, said = kaplan_meier(STOP, DIED, start=START), SAID["late"]
    same_curve(curve, said)
    # From the first time on: before it R repeats the number at the first, whoever had entered by then.
    late = np.array(said["asked"]) >= curve.time[0]
    near(at_risk(curve, np.array(said["asked"]))[late], np.array(said["asked_at_risk"])[late])


def test_weights_and_their_variance_are_as_in_r() -> None:
    same_curve(kaplan_meier(STOP, DIED, weight=WEIGHT), SAID["weighted"])
    same_curve(kaplan_meier(STOP, DIED, weight=WEIGHT, start=START), SAID["both"])


def test_profile_limits_are_as_in_r() -> None:
    x = np.stack([PEOPLE["x"], PEOPLE["z"]], axis=1)
    found = profile(STOP, DIED, x, start=START, stratum=PEOPLE["layer"])
    said = SAID["profile"]
    near(np.log([found.lower[0], found.upper[0]]), said["limits"], 1e-7)  # uniroot's own reach
    near(np.log(found.estimate[0]), said["coefficient"], 1e-7)
    near(found.statistic[0], said["statistic"], 1e-7)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_firths_penalty_is_as_in_r(ties: Any) -> None:
    x = np.stack([PEOPLE["rare"], PEOPLE["z"]], axis=1)
    fit, said = cox(STOP, PEOPLE["died_not_rare"] == 1, x, ties=ties, firth=True), SAID["firth"][ties]
    near([fit.log_likelihood, fit.null_log_likelihood], [said["log_likelihood"], said["null"]])
    near(fit.coefficient, said["coefficient"], 1e-5)  # a climb without derivatives comes no nearer
    near(fit.se, said["se"], 1e-5)


# --- by hand and by law ---


def test_late_entry_by_hand() -> None:
    # Entered at 0 0 1 3, ended at 4 2 5 6, died yes yes no yes. At 2: three are there, one dies: 2/3. At 4: the first,
    # the third and the fourth, one dies: 4/9. At 5 the third leaves; at 6 the last dies: 0.
    curve = kaplan_meier(
        np.array([4.0, 2.0, 5.0, 6.0]), np.array([True, True, False, True]), start=np.array([0.0, 0.0, 1.0, 3.0])
    )
    assert curve.at_risk.tolist() == [3, 3, 2, 1]
    assert curve.survival == pytest.approx([2 / 3, 4 / 9, 4 / 9, 0])
    # There at 0, 1 (the third comes after it), 2, 3 (the second gone, the fourth not yet there), 3.5 and 7.
    assert at_risk(curve, np.array([0, 1, 2, 3, 3.5, 7])).tolist() == [2, 2, 3, 2, 3, 0]
    hazard = nelson_aalen(
        np.array([4.0, 2.0, 5.0, 6.0]), np.array([True, True, False, True]), start=np.array([0.0, 0.0, 1.0, 3.0])
    )
    assert hazard.cumulative_hazard == pytest.approx([1 / 3, 2 / 3, 2 / 3, 5 / 3])


def test_to_enter_at_the_origin_is_not_to_be_late() -> None:
    here, there = kaplan_meier(STOP, DIED), kaplan_meier(STOP, DIED, start=np.zeros(len(STOP)))
    np.testing.assert_array_equal(here.survival, there.survival)
    asked = np.array([0.0, 5.0, 40.0])
    np.testing.assert_array_equal(at_risk(here, asked), at_risk(there, asked))


def test_whole_weights_give_the_curve_of_people_written_out_and_not_its_error() -> None:
    times = np.repeat(STOP, 2)
    here, there = kaplan_meier(STOP, DIED, weight=np.full(len(STOP), 2.0)), kaplan_meier(times, np.repeat(DIED, 2))
    near(here.survival, there.survival)
    near(here.at_risk, there.at_risk)
    # Two of one person tell no more than one: twice the variance of as many strangers.
    near(here.variance[:-1] / there.variance[:-1], np.full(len(here.time) - 1, 2.0))


def test_a_weight_of_zero_is_not_being_there() -> None:
    kept = WEIGHT > 0
    here, there = kaplan_meier(STOP, DIED, weight=WEIGHT), kaplan_meier(STOP[kept], DIED[kept], weight=WEIGHT[kept])
    np.testing.assert_array_equal(here.survival, there.survival)
