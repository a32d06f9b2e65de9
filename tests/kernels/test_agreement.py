"""By agreement: R's answers. `data/` says which versions gave them and holds what can be checked without ../shared."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from equipoise.kernels.concordance import concordance
from equipoise.kernels.cox import Cox, cox, hazard_ratio
from equipoise.kernels.cumulative_incidence import cumulative_incidence
from equipoise.kernels.kaplan_meier import (
    KaplanMeier,
    at_risk,
    kaplan_meier,
    quantiles,
    restricted_mean,
    survival_at,
)
from equipoise.kernels.logrank import logrank
from equipoise.kernels.nelson_aalen import nelson_aalen

Columns = dict[str, np.ndarray]
QUANTILES = ("quantile", "q_lower", "q_upper")
SCALES = ("log", "log-log", "plain", "logit", "arcsin")
KEPT = json.loads((Path(__file__).parent / "data" / "r_answers.json").read_text("utf-8"))


def columns(path: Path) -> Columns:
    """A table's columns: numbers where every field is one or is empty, words elsewhere."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))

    def column(name: str) -> np.ndarray:
        words = [row[name] for row in rows]
        try:
            return np.array([float(word) if word not in ("", "NA") else np.nan for word in words])
        except ValueError:
            return np.array(words)

    return {name: column(name) for name in rows[0]}


def rows(table: Columns, which: np.ndarray) -> Columns:
    return {name: column[which] for name, column in table.items()}


def near(ours: Any, theirs: Any, tolerance: float = 1e-9) -> None:
    """Within 1e-9 of R, relative; R's null is our not-a-number."""
    np.testing.assert_allclose(np.asarray(ours, dtype=float), np.array(theirs, dtype=float), rtol=tolerance, atol=0)


# --- what is asked of R ---


def lung(folder: Path) -> Columns:
    table = columns(folder / "lung.csv")
    return table | {"died": table["status"] == 2}


def veteran(folder: Path) -> Columns:
    table = columns(folder / "veteran.csv")
    return table | {"died": table["status"] == 1}


def ovarian(folder: Path) -> Columns:
    table = columns(folder / "ovarian.csv")
    return table | {"time": table["futime"], "died": table["fustat"] == 1}


def aml(folder: Path) -> Columns:
    table = columns(folder / "aml.csv")
    return table | {"died": table["status"] == 1}


def colon(folder: Path, kind: int) -> Columns:
    table = columns(folder / "colon.csv")
    table = rows(table, table["etype"] == kind)
    order = {"Obs": 0, "Lev": 1, "Lev+5FU": 2}
    return table | {"died": table["status"] == 1, "rx": np.array([order[word] for word in table["rx"]])}


TABLES: dict[str, Callable[[Path], Columns]] = {
    "lung": lung,
    "veteran": veteran,
    "ovarian": ovarian,
    "aml": aml,
    "colon_death": lambda folder: colon(folder, 2),
    "colon_rec": lambda folder: colon(folder, 1),
}
CELLS = ("squamous", "smallcell", "adeno", "large")


def table_of(case: str, folder: Path) -> Columns:
    (name,) = [name for name in TABLES if case.startswith(name)]
    return TABLES[name](folder)


@pytest.fixture
def survival(shared: Path) -> Path:
    return shared / "data" / "survival"


@pytest.fixture
def answers(survival: Path) -> Any:
    return json.loads((survival / "r_results.json").read_text("utf-8"))


# --- Kaplan-Meier ---

CURVES = {
    "lung_all": None,
    "lung_sex": "sex",
    "veteran_trt": "trt",
    "ovarian_rx": "rx",
    "aml_x": "x",
    "colon_death_rx": "rx",
}


def check_curves(table: Columns, by: str | None, answer: Any) -> None:
    groups = np.zeros(len(table["time"])) if by is None else table[by]
    labels = np.unique(groups)
    times = np.array(answer["times"], dtype=float)
    curves = [kaplan_meier(table["time"][groups == g], table["died"][groups == g]) for g in labels]
    for scale in SCALES:
        said = answer[scale]
        quantile = {key: np.array(said[key], dtype=float).reshape(len(labels), -1) for key in QUANTILES}
        inside = [times[(times <= curve.time[-1]) | (curve.survival[-1] == 0)] for curve in curves]
        read = [survival_at(curve, asked, scale=scale) for curve, asked in zip(curves, inside, strict=True)]
        near(np.concatenate([r.estimate for r in read]), said["surv"])
        near(np.concatenate([r.lower for r in read]), said["lower"])
        near(np.concatenate([r.upper for r in read]), said["upper"])
        near(np.concatenate([at_risk(c, t) for c, t in zip(curves, inside, strict=True)]), said["n_risk"])
        near(np.concatenate([_se(c, t) for c, t in zip(curves, inside, strict=True)]), said["std_err"])
        for k, curve in enumerate(curves):
            found = quantiles(curve, np.array([0.25, 0.5, 0.75]), scale=scale)
            near(found.estimate, quantile["quantile"][k])
            near(found.lower, quantile["q_lower"][k])
            near(found.upper, quantile["q_upper"][k])
    said = answer["rmst"]["table"]
    for curve, row in zip(curves, said if isinstance(said, list) else [said], strict=True):
        mean = restricted_mean(curve, float(answer["rmst"]["tau"]))
        near([mean.mean, mean.variance**0.5], [row["rmean"], row["se(rmean)"]])
        near([curve.at_risk[0], curve.events.sum()], [row["records"], row["events"]])
    hazards = [nelson_aalen(table["time"][groups == g], table["died"][groups == g]) for g in labels]
    index = [np.searchsorted(h.time, asked, side="right") - 1 for h, asked in zip(hazards, inside, strict=True)]
    said = answer["nelson_aalen_FH"]
    near(np.concatenate([_from(h.cumulative_hazard, i) for h, i in zip(hazards, index, strict=True)]), said["cumhaz"])
    near(np.concatenate([_from(h.variance, i) ** 0.5 for h, i in zip(hazards, index, strict=True)]), said["std_chaz"])


def _se(curve: KaplanMeier, times: np.ndarray) -> np.ndarray:
    return np.sqrt(_from(curve.variance, np.searchsorted(curve.time, times, side="right") - 1))


def _from(values: np.ndarray, index: np.ndarray) -> np.ndarray:
    """Values of a step function that is 0 before its first step."""
    return np.where(index >= 0, values[index], 0.0)


@pytest.mark.parametrize("case", CURVES)
def test_curves_are_as_in_r(case: str, survival: Path, answers: Any) -> None:
    check_curves(table_of(case, survival), CURVES[case], answers["km"][case])


# --- log-rank ---

TESTS: dict[str, tuple[str, str | None]] = {
    "lung_sex": ("sex", None),
    "lung_sex_rho1": ("sex", None),
    "lung_sex_strata_ecog": ("sex", "ph.ecog"),
    "veteran_trt": ("trt", None),
    "veteran_celltype": ("celltype", None),
    "veteran_trt_strata_cell": ("trt", "celltype"),
    "ovarian_rx": ("rx", None),
    "colon_death_rx": ("rx", None),
    "colon_rec_rx": ("rx", None),
    "aml_x": ("x", None),
    "aml_x_rho1": ("x", None),
}


def check_test(table: Columns, by: str, within: str | None, answer: Any) -> None:
    if within is not None and table[within].dtype.kind == "f":
        table = rows(table, ~np.isnan(table[within]))
    group = table[by]
    if by == "celltype":  # R's order of the levels
        group = np.array([CELLS.index(cell) for cell in group])
    stratum = None if within is None else table[within]
    ours = logrank(table["time"], table["died"], group, stratum=stratum, rho=float(answer["rho"]))
    near(ours.people, answer["n"])
    near(ours.observed, answer["obs"])
    near(ours.expected, answer["exp"])
    near(ours.variance, answer["var"])
    near([ours.chi_square, ours.df, ours.p], [answer["chisq"], answer["df"], answer["p"]])


@pytest.mark.parametrize("case", TESTS)
def test_log_rank_tests_are_as_in_r(case: str, survival: Path, answers: Any) -> None:
    check_test(table_of(case, survival), *TESTS[case], answers["logrank"][case])


# --- Cox ---


def check_model(table: Columns, names: tuple[str, ...], answer: Any, **asked: Any) -> None:
    given = {key: table[value] for key, value in asked.items() if key in ("start", "stratum", "cluster")}
    used = [table[name] for name in names]
    whole = ~np.isnan(np.stack([c for c in (*used, *given.values()) if c.dtype.kind == "f"])).any(axis=0)
    x = np.stack([column[whole] for column in used], axis=1).astype(float)
    given = {key: value[whole] for key, value in given.items()}
    time, died = table["time"][whole], table["died"][whole]
    fit = cox(time, died, x, ties=asked.get("ties", "efron"), **given)
    check_fit(fit, answer)
    c = concordance(time, died, fit.score, **given)
    near([c.estimate, c.se], answer["concordance"])


def check_fit(fit: Cox, answer: Any) -> None:
    near([fit.people, fit.events], [answer["n"], answer["nevent"]])
    near(fit.coefficient, np.atleast_1d(answer["coef"]))
    near(fit.se, np.atleast_1d(answer["se"]))
    near(fit.variance, answer["vcov"])
    if answer["naive_se"]:
        near(np.sqrt(np.diag(fit.model_variance)), answer["naive_se"])
    near([fit.null_log_likelihood, fit.log_likelihood], answer["loglik"])
    near(fit.score_test.statistic, answer["score"])
    near(fit.wald_test.statistic, answer["wald"])
    ratio = hazard_ratio(fit)
    near(np.stack([ratio.lower, ratio.upper], axis=1), answer["ci"])


def _veteran(folder: Path) -> Columns:
    table = veteran(folder)
    return table | {cell: (table["celltype"] == cell).astype(float) for cell in CELLS[1:]}


def _colon(folder: Path) -> Columns:
    table = colon(folder, 2)
    return table | {"lev": (table["rx"] == 1).astype(float), "lev5fu": (table["rx"] == 2).astype(float)}


def _heart(folder: Path) -> Columns:
    table = columns(folder / "heart.csv")
    transplant = table["transplant"].astype(float)
    return table | {
        "time": table["stop"],
        "died": table["event"] == 1,
        "transplant": transplant,
        "age:transplant": table["age"] * transplant,
        "surgery:transplant": table["surgery"] * transplant,
    }


def _jasa(folder: Path) -> Columns:
    table = columns(folder / "jasa.csv")
    return table | {"time": table["futime"], "died": table["fustat"] == 1}


def _jasa1(folder: Path) -> Columns:
    table = columns(folder / "jasa1.csv")
    return table | {"time": table["stop"], "died": table["event"] == 1}


def _pbcseq(folder: Path) -> Columns:
    table = columns(folder / "pbc_tmerge.csv")
    return table | {
        "time": table["tstop"],
        "start": table["tstart"],
        "died": table["death"] == 1,
        "log(bili)": np.log(table["bili"]),
        "log(protime)": np.log(table["protime"]),
    }


def _bladder(folder: Path) -> Columns:
    table = columns(folder / "bladder2.csv")
    return table | {"time": table["stop"], "died": table["event"] == 1}


def _gbsg(folder: Path) -> Columns:
    table = columns(folder / "gbsg.csv")
    return table | {"time": table["rfstime"], "died": table["status"] == 1}


def _aml(folder: Path) -> Columns:
    table = aml(folder)
    return table | {"x": (table["x"] == "Nonmaintained").astype(float)}


MODELS: dict[str, tuple[Callable[[Path], Columns], tuple[str, ...], dict[str, str]]] = {
    "lung_age_sex": (lung, ("age", "sex"), {}),
    "lung_full_efron": (
        lung,
        ("age", "sex", "ph.ecog", "ph.karno", "pat.karno", "meal.cal", "wt.loss"),
        {},
    ),
    "lung_breslow": (lung, ("age", "sex", "ph.ecog"), {"ties": "breslow"}),
    "lung_efron": (lung, ("age", "sex", "ph.ecog"), {}),
    "lung_strata": (lung, ("age", "ph.ecog"), {"stratum": "sex"}),
    "lung_robust_cluster_inst": (lung, ("age", "sex"), {"cluster": "inst"}),
    "veteran": (_veteran, ("trt", *CELLS[1:], "karno", "diagtime", "age", "prior"), {}),
    "veteran_strata": (_veteran, ("trt", "karno"), {"stratum": "celltype"}),
    "ovarian": (ovarian, ("age", "rx"), {}),
    "ovarian_full": (ovarian, ("age", "resid.ds", "rx", "ecog.ps"), {}),
    "colon_death": (
        _colon,
        ("lev", "lev5fu", "sex", "age", "obstruct", "perfor", "adhere", "nodes", "differ", "extent", "surg"),
        {},
    ),
    "colon_death_breslow": (_colon, ("lev", "lev5fu", "age", "node4"), {"ties": "breslow"}),
    "heart_tdc": (_heart, ("age", "surgery", "transplant"), {"start": "start"}),
    "heart_tdc_year": (
        _heart,
        ("age", "surgery", "transplant", "age:transplant", "surgery:transplant"),
        {"start": "start"},
    ),
    "jasa_naive": (_jasa, ("age", "surgery", "transplant"), {}),
    "pbcseq_tdc": (_pbcseq, ("log(bili)", "log(protime)"), {"start": "start"}),
    "bladder_AG": (_bladder, ("rx", "size", "number"), {"start": "start", "cluster": "id"}),
    "gbsg": (_gbsg, ("hormon", "age", "meno", "size", "grade", "nodes", "pgr", "er"), {}),
    "aml_efron": (_aml, ("x",), {}),
}


@pytest.mark.parametrize("case", MODELS)
def test_cox_models_are_as_in_r(case: str, survival: Path, answers: Any) -> None:
    read, names, asked = MODELS[case]
    check_model(read(survival), names, answers["cox"][case], **asked)


def test_the_models_of_the_heart_transplants_are_as_in_r(survival: Path, answers: Any) -> None:
    names = ("transplant", "age", "surgery")
    check_model(_jasa(survival), names, answers["immortal"]["naive"])
    check_model(_jasa1(survival), names, answers["immortal"]["time_dependent"], start="start")


# --- competing events ---


def _mgus(folder: Path) -> Columns:
    table = columns(folder / "mgus2.csv")
    first = table["pstat"] == 1
    return {
        "time": np.where(first, table["ptime"], table["futime"]),
        "event": np.where(first, 1, 2 * (table["death"] == 1)),
        "group": table["sex"],
    }


def _transplant(folder: Path) -> Columns:
    table = columns(folder / "transplant.csv")
    table = rows(table, table["futime"] > 0)
    kinds = ("censored", "death", "ltx", "withdraw")
    return {
        "time": table["futime"],
        "event": np.array([kinds.index(word) for word in table["event"]]),
        "group": np.array([("A", "B", "AB", "O").index(word) for word in table["abo"]]),
    }


def check_incidence(table: Columns, groups: np.ndarray, answer: Any) -> None:
    said = np.array(answer["pstate"])[:, 1:], np.array(answer["se"])[:, 1:]
    times = np.array(answer["time"], dtype=float).reshape(len(np.unique(groups)), -1)[0]
    found = []
    for g in np.unique(groups):
        curve = cumulative_incidence(table["time"][groups == g], table["event"][groups == g])
        index = np.searchsorted(curve.time, times, side="right") - 1
        assert len(curve.event) == said[0].shape[1]
        found.append((curve.incidence[:, index].T, np.sqrt(curve.variance[:, index].T)))
    near(np.concatenate([f for f, _ in found]), said[0])
    near(np.concatenate([se for _, se in found]), said[1])


def test_cumulative_incidence_is_as_in_r(survival: Path, answers: Any) -> None:
    mgus, transplant = _mgus(survival), _transplant(survival)
    check_incidence(mgus, np.zeros(len(mgus["time"])), answers["competing"]["mgus2_all"]["aj"])
    check_incidence(mgus, mgus["group"], answers["competing"]["mgus2_sex"]["aj"])
    check_incidence(transplant, transplant["group"], answers["competing"]["transplant_abo"]["aj"])


# --- restricted means by another package ---


def test_restricted_means_are_as_in_survrm2(shared: Path, survival: Path) -> None:
    table = columns(survival / "pbc.csv")
    said = json.loads((survival / "extra_reference.json").read_text("utf-8"))["rmst_pbc_tau10"]
    for arm, answer in ((2, said["arm0"]), (1, said["arm1"])):
        inside = (table["id"] <= 312) & (table["trt"] == arm)
        found = restricted_mean(kaplan_meier(table["time"][inside] / 365.25, table["status"][inside] == 2), 10.0)
        near([found.mean, found.variance**0.5], answer)


# --- the same without ../shared ---

HERE = Path(__file__).parent / "data"


def test_aml_is_as_in_r_wherever_the_tests_run() -> None:
    table = aml(HERE)
    check_curves(table, "x", KEPT["km"]["aml_x"])
    check_test(table, "x", None, KEPT["logrank"]["aml_x"])
    check_test(table, "x", None, KEPT["logrank"]["aml_x_rho1"])
    check_model(_aml(HERE), ("x",), KEPT["cox"]["aml_efron"])


def test_the_colon_trial_is_as_in_r_wherever_the_tests_run(studies: Path) -> None:
    folder = studies / "colon-levamisole" / "data"
    if not (folder / "colon.csv").is_file():
        pytest.skip(f"the study's data is not here: {folder / 'colon.csv'}")
    check_curves(colon(folder, 2), "rx", KEPT["km"]["colon_death_rx"])
    check_test(colon(folder, 2), "rx", None, KEPT["logrank"]["colon_death_rx"])
    check_test(colon(folder, 1), "rx", None, KEPT["logrank"]["colon_rec_rx"])
    for case in ("colon_death", "colon_death_breslow"):
        _, names, asked = MODELS[case]
        check_model(_colon(folder), names, KEPT["cox"][case], **asked)
