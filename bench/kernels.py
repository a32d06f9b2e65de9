"""The kernels beside their peers, in one run: R's survival, lifelines, statsmodels and the Rust package survival.

    python bench/kernels.py              all sizes, 100 to a million people
    python bench/kernels.py 100 1000     these sizes

Each estimates, on the same people and with one thread: Kaplan and Meier's curve, the log-rank test of two groups, and
Cox's model of three covariates. Times are the best of three rounds, taken inside the peer's own process once it has the
data in memory; `README.md` here says how to get the peers. A peer that is not here is said to be missing. Answers are
compared with R's, so that nobody is fast by doing something else.
"""

import json
import math
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

SIZES = (100, 1_000, 10_000, 100_000, 1_000_000)
ROUNDS = 3
PATIENCE = 0.3  # seconds that a round of one estimate may take before it is asked for once only
STATSMODELS_COX = 10_000  # its Cox model takes seconds for these, and minutes beyond
ONE_THREAD = {
    name: "1"
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS", "NUMBA_NUM_THREADS", "MKL_NUM_THREADS")
}
ESTIMATES = ("Kaplan-Meier", "log-rank", "Cox, 3 covariates")
R = r"""
suppressMessages(library(survival))
folder <- commandArgs(TRUE)[1]
n <- as.integer(commandArgs(TRUE)[2])
read <- function(name) readBin(file.path(folder, name), "double", n)
d <- data.frame(time = read("time"), died = as.integer(read("died")), arm = read("arm"), age = read("age"), lab = read("lab"))
asked <- list(
  function() tail(summary(survfit(Surv(time, died) ~ 1, d), times = median(d$time))$surv, 1),
  function() survdiff(Surv(time, died) ~ arm, d)$chisq,
  function() unname(coef(coxph(Surv(time, died) ~ arm + age + lab, d))))
timed <- list(
  function() survfit(Surv(time, died) ~ 1, d),
  function() survdiff(Surv(time, died) ~ arm, d),
  function() coxph(Surv(time, died) ~ arm + age + lab, d))
for (k in seq_along(timed)) {
  f <- timed[[k]]
  once <- max(system.time(f())[["elapsed"]], 1e-4)
  times <- max(1, floor(PATIENCE / once))
  best <- Inf
  for (round in seq_len(ROUNDS)) best <- min(best, system.time(for (i in seq_len(times)) f())[["elapsed"]] / times)
  cat(sprintf("%.9g", best), sprintf("%.17g", asked[[k]]()), "\n")
}
cat(as.character(packageVersion("survival")), "\n")
"""


def people(folder: Path, number: int, kind: str) -> dict[str, np.ndarray]:
    """Invented people, in whole days or in continuous time, half of them treated; written where every peer reads them."""
    rng = np.random.default_rng(number)
    arm, age, lab = rng.integers(0, 2, number).astype(float), rng.normal(size=number), rng.normal(size=number)
    death, end = rng.exponential(np.exp(0.3 * arm - 0.2 * age)), rng.exponential(2.0, number)
    time = np.minimum(death, end) * 1000
    table = {"time": np.ceil(time) if kind == "days" else time, "died": (death <= end).astype(float)}
    table |= {"arm": arm, "age": age, "lab": lab}
    for name, column in table.items():
        column.tofile(folder / name)
    return table


def best_of(estimate: Callable[[], object]) -> float:
    """Seconds that one estimate takes, the best of the rounds; the first call, which may compile, does not count."""
    estimate()
    began = time.perf_counter()
    estimate()
    times = max(1, int(PATIENCE / max(time.perf_counter() - began, 1e-7)))
    rounds = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for _ in range(times):
            estimate()
        rounds.append((time.perf_counter() - began) / times)
    return min(rounds)


# --- each peer: its version, and its three estimates with what to read off them ---

Asked = list[tuple[Callable[[], Any], Callable[[Any], list[float]]] | None]


def ours(d: dict[str, np.ndarray]) -> tuple[str, Asked]:
    from equipoise.kernels.cox import cox
    from equipoise.kernels.kaplan_meier import kaplan_meier, survival_at
    from equipoise.kernels.logrank import logrank

    middle, died = np.array([np.median(d["time"])]), d["died"] == 1
    x = np.stack([d["arm"], d["age"], d["lab"]], axis=1)
    return "", [
        (lambda: kaplan_meier(d["time"], died), lambda curve: survival_at(curve, middle).estimate.tolist()),
        (lambda: logrank(d["time"], died, d["arm"]), lambda test: [test.chi_square]),
        (lambda: cox(d["time"], died, x), lambda fit: fit.coefficient.tolist()),
    ]


def lifelines(d: dict[str, np.ndarray]) -> tuple[str, Asked]:
    import lifelines
    import pandas as pd
    from lifelines.statistics import logrank_test

    middle, treated = float(np.median(d["time"])), d["arm"] == 1
    frame = pd.DataFrame(d)
    return lifelines.__version__, [
        (
            lambda: lifelines.KaplanMeierFitter().fit(d["time"], d["died"]),
            lambda curve: [float(curve.survival_function_at_times(middle).iloc[0])],
        ),
        (
            lambda: logrank_test(d["time"][treated], d["time"][~treated], d["died"][treated], d["died"][~treated]),
            lambda test: [float(test.test_statistic)],
        ),
        (
            lambda: lifelines.CoxPHFitter().fit(frame, "time", "died"),
            lambda fit: fit.params_[["arm", "age", "lab"]].tolist(),
        ),
    ]


def statsmodels(d: dict[str, np.ndarray]) -> tuple[str, Asked]:
    import statsmodels
    from statsmodels.duration.hazard_regression import PHReg
    from statsmodels.duration.survfunc import SurvfuncRight, survdiff

    middle, x = float(np.median(d["time"])), np.stack([d["arm"], d["age"], d["lab"]], axis=1)
    few = len(x) <= STATSMODELS_COX
    return statsmodels.__version__, [
        (
            lambda: SurvfuncRight(d["time"], d["died"]),
            lambda curve: [float(curve.surv_prob[np.searchsorted(curve.surv_times, middle, side="right") - 1])],
        ),
        (lambda: survdiff(d["time"], d["died"], d["arm"]), lambda test: [float(test[0])]),
        (
            lambda: PHReg(d["time"], x, status=d["died"], ties="efron").fit(disp=0),
            lambda fit: fit.params.tolist(),
        )
        if few
        else None,
    ]


def rust(d: dict[str, np.ndarray]) -> tuple[str, Asked]:
    from importlib.metadata import version

    from survival import _survival as core  # its functions of arrays, quicker than those of a formula

    middle, x = float(np.median(d["time"])), np.stack([d["arm"], d["age"], d["lab"]], axis=1)
    died, arm = d["died"].astype(np.int32), d["arm"].astype(np.int32)

    def survival_at(curve: Any) -> list[float]:
        return [float(np.asarray(curve.surv)[np.searchsorted(np.asarray(curve.time), middle, side="right") - 1])]

    return version("survival"), [
        (lambda: core.survfitkm(d["time"], died), survival_at),
        (lambda: core.survdiff(d["time"], died, arm), lambda test: [float(test.chisq)]),
        (lambda: core.coxph_fit(d["time"], died, x), lambda fit: [float(b) for b in fit.coefficients]),
    ]


PEERS: dict[str, Callable[[dict[str, np.ndarray]], tuple[str, Asked]]] = {
    "equipoise": ours,
    "lifelines": lifelines,
    "statsmodels": statsmodels,
    "survival (Rust)": rust,
}


def measure(peer: str, folder: Path) -> None:
    """In a process of the peer's own: its three times and answers, as JSON on the last line."""
    import warnings

    warnings.simplefilter("ignore")
    d = {name: np.fromfile(folder / name) for name in ("time", "died", "arm", "age", "lab")}
    version, asked = PEERS[peer](d)
    found: list[dict[str, Any] | None] = []
    for each in asked:
        if each is None:
            found.append(None)
            continue
        estimate, read = each
        try:
            answer = read(estimate())
        except (ValueError, TypeError, AttributeError, ArithmeticError, np.linalg.LinAlgError) as why:
            found.append({"why": f"{type(why).__name__}: {why}"[:120]})
            continue
        found.append({"seconds": best_of(estimate), "answer": answer})
    print(json.dumps({"version": version, "found": found}))


def asked_of(peer: str, folder: Path, number: int) -> dict[str, Any]:
    """What a peer answers, or why it does not."""
    environment = {**os.environ, **ONE_THREAD}
    if peer == "R survival":
        if shutil.which("Rscript") is None:
            return {"why": "Rscript is not on the path"}
        script = folder / "kernels.R"
        script.write_text(R.replace("PATIENCE", str(PATIENCE)).replace("ROUNDS", str(ROUNDS)), "utf-8")
        command = ["Rscript", str(script), str(folder), str(number)]
    else:
        python = sys.executable if peer == "equipoise" else os.environ.get("PEERS_PYTHON", sys.executable)
        command = [python, __file__, "--measure", peer, str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=600, check=False)
    except subprocess.TimeoutExpired:
        return {"why": "it took more than ten minutes"}
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no word"])[-1]
        return {"why": last}
    if peer == "R survival":
        *rows, version = done.stdout.strip().splitlines()
        numbers = [[float(word) for word in row.split()] for row in rows]
        return {"version": version.strip(), "found": [{"seconds": row[0], "answer": row[1:]} for row in numbers]}
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer


def main(sizes: tuple[int, ...]) -> None:
    """Print a table a kind of time: seconds for equipoise, and how many times as long each peer takes."""
    peers = ("R survival", "lifelines", "statsmodels", "survival (Rust)")
    print(f"kernels, one thread each: {platform.machine()}, Python {platform.python_version()}, numpy {np.__version__}")
    missing: dict[str, str] = {}
    for kind in ("days", "continuous time"):
        print(f"\npeople followed in {kind}: seconds for equipoise, and how many times as long its peers take")
        print(f"{'':<20}{'people':>10}{'equipoise':>13}" + "".join(f"{peer:>17}" for peer in peers) + "   off R by")
        for number in sizes:
            with tempfile.TemporaryDirectory() as temporary:
                folder = Path(temporary)
                people(folder, number, kind)
                own = asked_of("equipoise", folder, number)
                if "why" in own:
                    raise SystemExit(f"equipoise itself did not run: {own['why']}")
                others = {peer: asked_of(peer, folder, number) for peer in peers if peer not in missing}
            for peer, other in others.items():
                if "why" in other and ("No module" in other["why"] or "Rscript" in other["why"]):
                    missing[peer] = other["why"]
            for k, estimate in enumerate(ESTIMATES):
                mine = own["found"][k]
                cells = []
                for peer in peers:
                    found = (others.get(peer, {}).get("found") or [None] * 3)[k]
                    cells.append(
                        f"{found['seconds'] / mine['seconds']:>16.1f}×" if found and "seconds" in found else f"{'–':>17}"
                    )
                said = (others.get("R survival", {}).get("found") or [None] * 3)[k]
                off = f"{_apart(mine['answer'], said['answer']):>11.0e}" if said else ""
                print(f"{estimate:<20}{number:>10,}{_seconds(mine['seconds']):>13}{''.join(cells)}{off}", flush=True)
            for peer, other in others.items():
                for estimate, found in zip(ESTIMATES, other.get("found") or [], strict=False):
                    if found and "why" in found:
                        print(f"    {peer}, {estimate}: {found['why']}")
                if "why" in other and peer not in missing:
                    print(f"    {peer}: {other['why']}")
    for peer, why in missing.items():
        print(f"\n{peer} is not here, and was not compared: {why}")
    print("\n– is not compared; statsmodels' Cox model is asked up to "
          f"{STATSMODELS_COX:,} people, beyond which it takes minutes.")  # fmt: skip
    bootstrap()


def bootstrap() -> None:
    """Print how long 2,000 Cox fits of 90 people take, on as many threads as there are processors, and a cold start."""
    from equipoise.kernels.bootstrap import cox_bootstrap

    rng = np.random.default_rng(90)
    x = np.stack([np.arange(90) % 2, rng.normal(size=90), rng.normal(size=90)], axis=1).astype(float)
    died, followed = rng.random(90) < 0.7, np.ceil(rng.exponential(300, 90))
    taken = best_of(lambda: cox_bootstrap(followed, died, x, draws=2000, rng=np.random.default_rng(1)))
    print(f"\nbootstrap, 2,000 Cox fits of 90 people with 3 covariates: {_seconds(taken)}, {os.cpu_count()} threads")
    one = (
        "import numpy as np; from equipoise.kernels.cox import cox; t = np.arange(1., 91); "
        "print(cox(t, t % 3 > 0, np.cos(t)[:, None]).coefficient)"
    )
    colds = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", one], check=True, capture_output=True)
        colds.append(time.perf_counter() - began)
    print(f"first Cox fit of a cold process, compiled before: {_seconds(min(colds))}, Python's own start included")


def _apart(a: list[float], b: list[float]) -> float:
    return max(abs(x - y) / max(abs(y), 1e-300) for x, y in zip(a, b, strict=True))


def _seconds(taken: float) -> str:
    unit = min(2, max(0, -math.floor(math.log10(taken) / 3)))
    return f"{taken * 1000**unit:.3g} {('s', 'ms', 'µs')[unit]}"


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        measure(sys.argv[2], Path(sys.argv[3]))
    else:
        if not all(word.isdigit() for word in sys.argv[1:]):
            sys.exit("bench/kernels.py [numbers of people, as 100 10000]")
        main(tuple(map(int, sys.argv[1:])) or SIZES)
