"""By agreement: residuals, hazards, tests of proportionality, competing and recurrent events, as R has them.

`data/more_r_answers.json` holds what can be checked without ../shared; the script beside it made it.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from equipoise.kernels.aalen_variance import aalen_variance
from equipoise.kernels.andersen_gill import andersen_gill
from equipoise.kernels.cox import cox
from equipoise.kernels.cox_baseline import baseline, predicted
from equipoise.kernels.cox_residuals import residuals
from equipoise.kernels.cumulative_incidence import cumulative_incidence
from equipoise.kernels.fine_gray import fine_gray
from equipoise.kernels.gray import gray
from equipoise.kernels.mean_cumulative import mean_cumulative
from equipoise.kernels.proportional_hazards import proportional_hazards
from equipoise.kernels.rmst import difference, ratio_lost, restricted_means
from kernels.test_agreement import CELLS, Columns, _veteran, columns, lung, near, rows

KEPT = json.loads((Path(__file__).parent / "data" / "more_r_answers.json").read_text("utf-8"))


@pytest.fixture
def survival(shared: Path) -> Path:
    return shared / "data" / "survival"


@pytest.fixture
def answers(survival: Path) -> Any:
    return json.loads((survival / "r_results.json").read_text("utf-8"))


# --- Cox's model, beyond its coefficients ---

MODELS: dict[str, tuple[str, ...]] = {
    "efron": (),
    "breslow": ("breslow",),
    "entry_strata": ("start", "stratum"),
    "entry_strata_weights": ("start", "stratum", "weight"),
    "breslow_entry_weights": ("breslow", "start", "weight"),
    "entry_clusters": ("start", "cluster"),
}


def invented(case: str) -> tuple[tuple[Any, ...], dict[str, Any], dict[str, Any], Any]:
    """Time, events and covariates; what the fit and what the rest is asked with; R's answer."""
    data = {name: np.array(column) for name, column in KEPT["data"].items()}
    x = np.stack((data["age"], data["sex"], data["dose"] == 1, data["dose"] == 2), axis=1).astype(float)
    names = {"start": "start", "stratum": "layer", "weight": "weight", "cluster": "person"}
    given = {key: data[names[key]] for key in MODELS[case] if key in names}
    given["ties"] = "breslow" if "breslow" in MODELS[case] else "efron"
    rest = {key: value for key, value in given.items() if key != "cluster"}
    return (data["stop"], data["event"] == 1, x), given, rest, KEPT["models"][case]


@pytest.mark.parametrize("case", MODELS)
def test_residuals_are_as_in_r(case: str) -> None:
    about, given, rest, said = invented(case)
    fit = cox(*about, **given)
    near(fit.coefficient, said["coefficient"])
    near(fit.se, said["se"])
    found = residuals(fit, *about, **rest)
    for name in ("martingale", "deviance", "score", "schoenfeld", "scaled", "dfbeta"):
        np.testing.assert_allclose(getattr(found, name), said[name], rtol=1e-9, atol=1e-11, err_msg=name)


@pytest.mark.parametrize("case", MODELS)
def test_predicted_survival_is_as_in_r(case: str) -> None:
    about, given, rest, said = invented(case)
    hazard = baseline(cox(*about, **given), *about, **rest)
    new = np.array([[0.0, 0, 0, 0], [3.0, 1, 0, 1]])
    for stratum, answer in said["survival"].items():
        which = float(stratum == "TRUE") if "stratum" in MODELS[case] else None
        found = predicted(hazard, new, np.array([1.0, 3, 6, 9]), stratum=which)
        for k, person in enumerate(("first", "second")):
            near(found.survival[k], answer[person]["surv"])
            near(found.se[k], answer[person]["se"])
            near(found.lower[k], answer[person]["lower"])
            near(found.upper[k], answer[person]["upper"])


@pytest.mark.parametrize("clock", ["km", "identity", "rank", "log"])
@pytest.mark.parametrize("case", MODELS)
def test_the_test_of_proportional_hazards_is_as_in_r(case: str, clock: Any) -> None:
    about, given, rest, said = invented(case)
    found = proportional_hazards(cox(*about, **given), *about, terms=((0,), (1,), (2, 3)), clock=clock, **rest)
    near([[each.statistic, each.df, each.p] for each in (*found.terms, found.overall)], said["zph"][clock])


def test_the_lung_cancers_are_as_in_r(survival: Path, answers: Any) -> None:
    table, said = lung(survival), answers["cox_pred"]
    about = (table["time"], table["died"], np.stack((table["age"], table["sex"]), axis=1))
    fit = cox(*about)
    hazard = baseline(fit, *about)
    asked = np.array(said["lung_basehaz0"]["time"], dtype=float)
    near(predicted(hazard, np.zeros((1, 2)), asked).cumulative_hazard[0], said["lung_basehaz0"]["hazard"])
    answer = said["lung_surv_newdata"]  # of a man of 50 and a woman of 70
    found = predicted(hazard, np.array([[50.0, 1], [70.0, 2]]), np.array(answer["times"], dtype=float))
    for name, theirs in (("survival", "surv"), ("se", "se"), ("lower", "lower"), ("upper", "upper")):
        near(getattr(found, name).T, answer[theirs])
    left = residuals(fit, *about)
    for name in ("martingale", "deviance", "schoenfeld", "score", "dfbeta"):
        near((getattr(left, name) ** 2).sum(axis=0), said["resid_sums"][f"{name}_ss"])


@pytest.mark.parametrize("case", ["lung_km", "lung_identity", "veteran_km"])
def test_proportional_hazards_of_real_trials_are_as_in_r(case: str, survival: Path, answers: Any) -> None:
    trial, clock = case.split("_")
    if trial == "lung":
        table, names, terms = lung(survival), ("age", "sex", "ph.ecog"), ((0,), (1,), (2,))
        table = rows(table, ~np.isnan(table["ph.ecog"]))
    else:
        table, names, terms = _veteran(survival), ("trt", *CELLS[1:], "karno"), ((0,), (1, 2, 3), (4,))
    about = (table["time"], table["died"], np.stack([table[name] for name in names], axis=1))
    found = proportional_hazards(cox(*about), *about, terms=terms, clock=clock)  # type: ignore[arg-type]
    said = [[each["chisq"], each["df"], each["p"]] for each in answers["cox_zph"][case]]
    near([[each.statistic, each.df, each.p] for each in (*found.terms, found.overall)], said)


# --- competing events ---


def mgus(folder: Path) -> Columns:
    table = columns(folder / "mgus2.csv")
    first = table["pstat"] == 1
    return table | {
        "time": np.where(first, table["ptime"], table["futime"]),
        "code": np.where(first, 1, 2 * (table["death"] == 1)),
        "group": table["sex"],
        "male": (table["sex"] == "M").astype(float),
        "mspike": np.where(np.isnan(table["mspike"]), 1.0, table["mspike"]),
    }


def transplant(folder: Path) -> Columns:
    table = columns(folder / "transplant.csv")
    table = rows(table, table["futime"] > 0)
    kinds = ("censored", "death", "ltx", "withdraw")
    return {
        "time": table["futime"],
        "code": np.array([kinds.index(word) for word in table["event"]]),
        "group": np.array([("A", "B", "AB", "O").index(word) for word in table["abo"]]),
    }


def melanoma(folder: Path) -> Columns:
    table = columns(folder / "melanoma.csv")
    return table | {
        "code": table["status"].astype(int),
        "group": table["sex"],
        "male": (table["sex"] == "Male").astype(float),
        "ulcer": (table["ulcer"] == "present").astype(float),
    }


COHORTS = {"mgus2_sex": mgus, "transplant_abo": transplant, "melanoma": melanoma}


@pytest.mark.parametrize("case", COHORTS)
def test_grays_tests_are_as_in_cmprsk(case: str, survival: Path, answers: Any) -> None:
    table, said = COHORTS[case](survival), answers["competing"][case]["cuminc"]["gray"]
    for cause, answer in enumerate(said, start=1):
        found = gray(table["time"], table["code"], table["group"], cause=cause)
        near([found.chi_square, found.df, found.p], [answer["stat"], answer["df"], answer["pv"]])


@pytest.mark.parametrize("case", [*COHORTS, "mgus2_all"])
def test_the_variance_in_aalens_form_is_as_in_cmprsk(case: str, survival: Path, answers: Any) -> None:
    table, said = COHORTS.get(case, mgus)(survival), answers["competing"][case]["cuminc"]
    group = np.ones(len(table["time"])) if case == "mgus2_all" else table["group"]
    labels, causes = np.unique(group), np.unique(table["code"][table["code"] > 0])
    rows_said = zip(said["est"], said["var"], strict=True)
    for cause in causes:
        for label in labels:
            inside = group == label
            curve = cumulative_incidence(table["time"][inside], table["code"][inside])
            row = int(np.flatnonzero(curve.event == cause)[0])
            index = np.searchsorted(curve.time, np.array(said["times"], dtype=float), side="right") - 1
            estimate, variance = next(rows_said)
            near(curve.incidence[row, index], estimate)
            near(aalen_variance(curve)[row, index], variance)


MODELLED = (
    (mgus, ("age", "male", "mspike"), 1, ("mgus2_sex", "finegray_pcm")),
    (mgus, ("age", "male"), 2, ("mgus2_sex", "finegray_death")),
    (melanoma, ("age", "male", "ulcer", "logthick"), 1, ("melanoma", "finegray")),
)


@pytest.mark.parametrize(("read", "names", "cause", "where"), MODELLED)
def test_subdistribution_hazards_are_as_in_cmprsk(
    read: Any, names: tuple[str, ...], cause: int, where: tuple[str, str], survival: Path, answers: Any
) -> None:
    table, said = read(survival), answers["competing"][where[0]][where[1]]
    x = np.stack([table[name] for name in names], axis=1)
    found = fine_gray(table["time"], table["code"], x, cause=cause)
    near(found.coefficient, said["coef"])
    near(found.se, said["se"])
    near(found.log_likelihood, said["loglik"])


# --- restricted means ---


def test_restricted_means_are_set_apart_as_in_survrm2(survival: Path) -> None:
    table = columns(survival / "pbc.csv")
    table = rows(table, table["id"] <= 312)
    said = json.loads((survival / "extra_reference.json").read_text("utf-8"))["rmst_pbc_tau10"]
    found = restricted_means(table["time"] / 365.25, table["status"] == 2, table["trt"], 10.0)
    near(np.stack((found.mean, np.sqrt(found.variance)), axis=1), [said["arm1"], said["arm0"]])
    # As the package's authors print them.
    gap, lost = difference(found, 1.0, 2.0), ratio_lost(found, 1.0, 2.0)
    assert [round(each, 3) for each in (gap.estimate, gap.lower, gap.upper, gap.p)] == [-0.137, -0.939, 0.665, 0.738]
    assert [round(each, 3) for each in (lost.estimate, lost.lower, lost.upper)] == [1.05, 0.787, 1.402]


# --- recurrent events ---


def test_the_mean_number_of_events_is_as_in_r() -> None:
    data, said = {name: np.array(column) for name, column in KEPT["data"].items()}, KEPT["mean_cumulative"]
    found = mean_cumulative(data["stop"], data["event"] == 1, data["person"], start=data["start"])
    near(found.time, said["time"])
    near(found.mean, said["mean"])
    near(np.sqrt(found.variance), said["se"])
    near(np.sqrt(found.poisson_variance), said["poisson_se"])


def test_the_model_of_recurrent_bladder_tumours_is_as_in_r(survival: Path, answers: Any) -> None:
    table, said = columns(survival / "bladder2.csv"), answers["cox"]["bladder_AG"]
    x = np.stack([table[name] for name in ("rx", "size", "number")], axis=1)
    found = andersen_gill(table["stop"], table["event"] == 1, x, table["id"], start=table["start"])
    near(found.coefficient, said["coef"])
    near(found.se, said["se"])
    near(np.sqrt(np.diag(found.model_variance)), said["naive_se"])
