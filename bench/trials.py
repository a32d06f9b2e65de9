"""Plain virtual trials of two arms beside their peers, in one run: R's survdiff, coxph and coxph.fit, lifelines, rpact.

    python bench/trials.py

Every one draws the participants itself: two arms, entry uniform over 12 months, analysis at 24, exponential times with a
median of 12 months in both arms, a two-sided test at 5 %. Each is timed in its own process on one thread, in seconds
of the processor, so that a neighbour at work changes little; two threads are timed by the clock. The share of trials that
show a difference stands beside each rate, so that nobody is fast by doing something else. `README.md` here says how to
get the peers; one that is not here is named, with the reason.
"""

import math
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

ROUNDS = 5
SEEN = 1.0  # seconds that one round of ours takes, about
CASES = (("log-rank", 60), ("log-rank", 500), ("Cox", 60), ("Cox", 500))
TARGETS = {("log-rank", 60): (1.4e6, 300), ("log-rank", 500): (170e3, 100), ("Cox", 60): (None, 40)}
"""Trials a second on one core, and how many times the rate of R's loop, that issue 5 asks for."""

R = r"""
suppressMessages(library(survival))
set.seed(1)
rate <- log(2) / 12
drawn <- function(n) {
  entry <- runif(n, 0, 12); life <- rexp(n, rate); left <- 24 - entry
  list(time = pmin(life, left), died = life <= left, arm = sample(rep(0:1, each = n / 2)), row = seq_len(n))
}
busy <- function() sum(proc.time()[1:2])
critical <- qchisq(0.95, 1)
control <- coxph.control()
tests <- list(
  "survdiff" = function(d) survdiff(Surv(d$time, d$died) ~ d$arm)$chisq > critical,
  "coxph" = function(d) coxph(Surv(d$time, d$died) ~ d$arm)$wald.test > critical,
  "coxph.fit" = function(d) {
    fit <- coxph.fit(matrix(as.double(d$arm)), Surv(d$time, d$died), NULL, NULL, NULL, control, NULL, "efron", d$row)
    fit$coefficients^2 / fit$var[1, 1] > critical
  })
for (name in names(tests)) for (n in c(60, 500)) {
  f <- tests[[name]]
  for (i in 1:20) f(drawn(n))
  many <- 0; hits <- 0; began <- busy()
  while (busy() - began < 4) for (i in 1:100) { many <- many + 1; hits <- hits + f(drawn(n)) }
  cat(name, n, sprintf("%.9g", many / (busy() - began)), hits / many, many, "\n")
}
cat("version", as.character(packageVersion("survival")), "\n")
"""

RPACT = r"""
suppressMessages(library(rpact))
for (n in c(60, 500)) {
  once <- function(many) getSimulationSurvival(getDesignGroupSequential(kMax = 1, alpha = 0.05, sided = 1),
    lambda1 = log(2) / 12, lambda2 = log(2) / 12, plannedEvents = round(n * 0.64), accrualTime = c(0, 12),
    accrualIntensity = n / 12, maxNumberOfIterations = many, seed = 1)
  many <- 20000
  taken <- sum(system.time(found <- once(many))[1:2])
  cat("rpact", n, sprintf("%.9g", many / taken), found$overallReject, many, "\n")
}
cat("version", as.character(packageVersion("rpact")), "\n")
"""


def trial(test: str, participants: int) -> Any:
    """The trial that everybody simulates."""
    from equipoise.kernels.two_arm import TwoArms, exponential

    median, half = exponential(12.0), participants // 2
    how: Any = {"log-rank": "logrank", "Cox": "cox", "means": "rmst"}[test]
    horizon = 12.0 if test == "means" else None
    return TwoArms(participants, 12.0, 24.0, median, median, block=(half, half), test=how, horizon=horizon)


def ours(design: Any) -> tuple[float, Any]:
    """Trials a second of one processor, the best of the rounds, and what they say."""
    from equipoise.kernels.two_arm import batch, characteristics

    def timed(count: int) -> tuple[float, Any]:
        began = time.thread_time()
        found = batch(design, 1, 0, count)
        return time.thread_time() - began, found

    batch(design, 1, 0, 1)
    count = max(1000, int(20_000 * SEEN / timed(20_000)[0]))
    rounds = [timed(count) for _ in range(ROUNDS)]
    return count / min(taken for taken, _ in rounds), characteristics(design, rounds[0][1])


def side_by_side(design: Any, threads: int) -> tuple[float, float]:
    """Trials a second on so many threads: by the clock, and added up over threads by the processor time of each."""
    from equipoise.kernels.two_arm import batch

    count = int(ours(design)[0] * SEEN)

    def timed(k: int) -> float:
        began = time.thread_time()
        batch(design, 1, k * count, count)
        return count / (time.thread_time() - began)

    clock, processor = [], []
    with ThreadPoolExecutor(threads) as pool:
        for _ in range(ROUNDS):
            began = time.perf_counter()
            rates = list(pool.map(timed, range(threads)))
            clock.append(threads * count / (time.perf_counter() - began))
            processor.append(sum(rates))
    return max(clock), max(processor)


def on_gpu() -> str:
    """Rates on a GPU by the clock, copying included, and whether its totals are ours; or why there are none."""
    from equipoise.kernels.loops.gpu import lacking
    from equipoise.kernels.two_arm import batch

    if why := lacking():
        return why
    from numba import cuda

    print(f"\non a GPU, {cuda.get_current_device().name!s}: trials/s by the clock")
    for test, n in (*CASES, ("means", 60)):
        design = trial(test, n)
        began = time.perf_counter()
        alike = batch(design, 1, 0, 2**16, on="gpu") == batch(design, 1, 0, 2**16)
        first, best, count = time.perf_counter() - began, math.inf, 2**21
        for _ in range(ROUNDS):
            began = time.perf_counter()
            batch(design, 1, 0, count, on="gpu")
            best = min(best, time.perf_counter() - began)
        same = "the same bits" if alike else "OTHER NUMBERS THAN OURS"
        print(f"{test:<44}{n:>13}{count / best:>13,.0f}  {same}; the first time, compiling included, {first:.1f} s", flush=True)
    return ""


def lifelines() -> None:
    """In a process of its own: rates of lifelines, a line each."""
    import warnings

    import pandas as pd
    from lifelines import CoxPHFitter, __version__
    from lifelines.statistics import logrank_test

    warnings.simplefilter("ignore")
    rng = np.random.default_rng(1)

    def drawn(n: int) -> tuple[Any, Any, Any]:
        life, left = rng.exponential(12 / math.log(2), n), 24 - rng.uniform(0, 12, n)
        return np.minimum(life, left), life <= left, rng.permutation(np.repeat((False, True), n // 2))

    def log_rank(n: int) -> bool:
        time, died, arm = drawn(n)
        return bool(logrank_test(time[arm], time[~arm], died[arm], died[~arm]).p_value <= 0.05)

    def cox(n: int) -> bool:
        time, died, arm = drawn(n)
        frame = pd.DataFrame({"time": time, "died": died, "arm": arm.astype(float)})
        return bool(CoxPHFitter().fit(frame, "time", "died").summary.p.iloc[0] <= 0.05)

    tests: dict[str, Callable[[int], bool]] = {"logrank_test": log_rank, "CoxPHFitter": cox}
    for name, run in tests.items():
        for n in (60, 500):
            run(n)
            many, hits, began = 0, 0, time.process_time()
            while time.process_time() - began < 3:
                many, hits = many + 1, hits + run(n)
            print(name, n, many / (time.process_time() - began), hits / many, many)
    print("version", __version__)


def peer(command: list[str]) -> tuple[dict[tuple[str, int], list[float]], str] | str:
    """What a peer measured, by what it ran and for how many participants, and its version; or why it did not."""
    alone = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
    try:
        done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **alone}, timeout=600, check=False)
    except subprocess.TimeoutExpired:
        return "it took more than ten minutes"
    if done.returncode:
        said = [line for line in done.stderr.strip().splitlines() if "Error" in line or "no package" in line]
        return (said or ["no word"])[-1].strip()
    *rows, last = done.stdout.strip().splitlines()
    found: dict[tuple[str, int], list[float]] = {}
    for row in rows:
        name, n, *numbers = row.split()
        found[name, int(n)] = [float(each) for each in numbers]
    return found, last.split()[1]


def peers() -> dict[str, tuple[dict[tuple[str, int], list[float]], str] | str]:
    """Each peer's measurements, or the reason that there are none."""
    found: dict[str, tuple[dict[tuple[str, int], list[float]], str] | str] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, script in (("R survival", R), ("R rpact", RPACT)):
            if shutil.which("Rscript") is None:
                found[name] = "Rscript is not on the path"
                continue
            file = Path(folder) / "peer.R"
            file.write_text(script, "utf-8")
            found[name] = peer(["Rscript", str(file)])
    found["lifelines"] = peer([os.environ.get("PEERS_PYTHON", sys.executable), __file__, "--lifelines"])
    return found


def main() -> None:
    """Print our rates on one core, beside each peer's, and what two threads add."""
    print(f"virtual trials, one thread each: {platform.machine()}, Python {platform.python_version()}, numpy {np.__version__}")
    found = peers()
    print(f"\n{'':<44}{'participants':>13}{'trials/s':>13}{'a difference':>22}{'we are':>10}")
    rates: dict[tuple[str, int], float] = {}
    for test, n in CASES:
        rates[test, n], said = ours(trial(test, n))
        _line(f"equipoise, {test}", n, rates[test, n], said.rejected.value, said.rejected.error, "")
        for name, answer in found.items():
            if isinstance(answer, str):
                continue
            of_test = ("survdiff", "logrank_test", "rpact") if test == "log-rank" else ("coxph", "coxph.fit", "CoxPHFitter")
            for (what, people), (rate, share, many) in answer[0].items():
                if what in of_test and people == n:
                    error = math.sqrt(share * (1 - share) / many)
                    _line(f"  {name} {answer[1]}, {what}", n, rate, share, error, f"{rates[test, n] / rate:,.0f}×")
    for name, answer in found.items():
        if isinstance(answer, str):
            print(f"skipped: {name}: {answer}")

    print("\nmore of ours, on one thread")
    rate, said = ours(trial("means", 60))
    _line("means up to 12 months", 60, rate, said.rejected.value, said.rejected.error, "")
    looks = replace(trial("log-rank", 500), until=48.0, after_events=(100, 200, 300), efficacy=(3.471, 2.454, 2.004))
    rate, said = ours(looks)
    _line("log-rank, three looks (O'Brien, Fleming)", 500, rate, said.rejected.value, said.rejected.error, "")

    print(f"\ntwo threads beside one, with {os.getloadavg()[0]:.1f} others at work on {os.cpu_count()} processors: "
          "trials/s and times those of one by the clock, and by the time that each had a processor")  # fmt: skip
    for test, n in CASES:
        (both, each), (one, alone) = side_by_side(trial(test, n), 2), side_by_side(trial(test, n), 1)
        print(f"{test:<44}{n:>13}{both:>13,.0f}{both / one:>13.2f}×{each / alone:>13.2f}×", flush=True)

    if why := on_gpu():
        print(f"\nskipped: on a GPU: {why}")

    print("\nasked for")
    survival = found["R survival"]
    for (test, n), (least, times) in TARGETS.items():
        rival = None if isinstance(survival, str) else survival[0]["survdiff" if test == "log-rank" else "coxph.fit", n][0]
        own = "" if least is None else f"{rates[test, n]:,.0f} trials/s of {least:,.0f}; "
        beside = "R is not here" if rival is None else f"{rates[test, n] / rival:,.0f} times R of {times}"
        missed = least is not None and rates[test, n] < least or rival is not None and rates[test, n] < times * rival
        print(f"{test}, {n} participants: {own}{beside}: {'missed' if missed else 'held'}")


def _line(name: str, n: int, rate: float, share: float, error: float, times: str) -> None:
    print(f"{name:<44}{n:>13}{rate:>13,.0f}{share:>13.4f} ± {error:.4f}{times:>10}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:] == ["--lifelines"]:
        lifelines()
    else:
        main()
