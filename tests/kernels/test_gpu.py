"""Plain trials on a GPU: the same bits as on a processor, and a sentence where there is no GPU.

Where there is none, numba's simulator stands in for it: the same source, a thread of Python for each thread of the GPU.
That shows that the threads, their columns and the loops compiled with one trial abreast are right. That the machine code
rounds as a processor does shows only where NVIDIA's compiler is, and the whole only where a GPU is.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from equipoise.kernels.loops import gpu
from equipoise.kernels.two_arm import NoGpu, TwoArms, batch, ended, exponential, slowed
from equipoise.simulation.trials import totals, two_arms

MEDIAN = exponential(12.0)
PLAIN = TwoArms(60, 12.0, 24.0, MEDIAN, slowed(MEDIAN, 0.7))
DESIGNS = """{
    "plain": plain,
    "odd, by chance": replace(plain, participants=13, block=(1, 2), simple=True),
    "dropout": replace(plain, dropout=0.05),
    "Weibull": replace(plain, control=weibull(12.0, 1.5), treated=slowed(weibull(12.0, 1.5), 0.6, after=4.0)),
    "cured": replace(plain, control=exponential(6.0, cure=0.3), treated=weibull(6.0, 0.7, cure=0.5)),
    "nobody for a while": replace(plain, control=Lifetime((0.1, 0.0, 0.2), (0.0, 3.0, 9.0)), treated=median),
    "tied": replace(plain, control=at_once, treated=slowed(at_once, 0.5)),
    "Cox": replace(plain, test="cox"),
    "Cox, tied": replace(plain, test="cox", control=at_once, treated=slowed(at_once, 0.5)),
    "Cox, no maximum": replace(plain, test="cox", participants=4),
    "means": replace(plain, test="rmst", horizon=12.0),
    "means, beyond follow-up": replace(plain, test="rmst", horizon=20.0, dropout=0.1),
    "after events": replace(plain, after_events=(4, 8, 12), efficacy=(2.6, 2.2, 1.6), futility=(-0.5, 0.0, 0.5)),
    "at times": replace(plain, at_times=(9.0, 16.0, 24.0), efficacy=(0.6, 0.6, 0.6), two_sided=False),
}"""
SCRIPT = """
import json
import sys
import numpy as np
from dataclasses import fields, replace
from equipoise.kernels.loops import gpu
from equipoise.kernels.two_arm import Lifetime, TwoArms, batch, ended, exponential, slowed, weibull

assert not gpu.lacking()
count = int(sys.argv[1])
if count < 100:
    gpu.BLOCK, gpu.MOST_THREADS = 2, 3      # two blocks of two: some threads run twice, and of 3 trials one has none
median, at_once = exponential(12.0), Lifetime((1e8,))
plain = TwoArms(16, 12.0, 24.0, median, slowed(median, 0.6))
found = {}
for name, design in DESIGNS.items():
    one, other = ended(design, 2**40 + 3, 17, count), ended(design, 2**40 + 3, 17, count, on="gpu")
    unlike = [each.name for each in fields(one) if not np.array_equal(
        getattr(one, each.name), getattr(other, each.name), equal_nan=True)]
    for many in (1, 3, count):
        if batch(design, 5, 2**32 - many, many) != batch(design, 5, 2**32 - many, many, on="gpu"):
            unlike.append(f"totals of {many}")
    found[name] = {"unlike": unlike, "looks": sorted(set(one.look.tolist())), "none": int(np.isnan(one.effect).sum())}
print(json.dumps(found))
""".replace("DESIGNS", DESIGNS)
NAMES = [line.split('"')[1] for line in DESIGNS.splitlines() if line.strip().startswith('"')]


def told(script: str, *said: str, **surroundings: str) -> Any:
    """What a Python of its own says, as JSON."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore::RuntimeWarning", "-c", script, *said],
        capture_output=True, text=True, env={**os.environ, **surroundings}, timeout=300, check=False,
    )  # fmt: skip
    assert not done.returncode, done.stderr
    return json.loads(done.stdout)


has_cuda = pytest.mark.skipif(gpu.cuda is None, reason="this numba has no CUDA: the extra [gpu] is not installed")


@pytest.fixture(scope="module")
def compared() -> Any:
    """Each design on the processor and on the GPU, or on the simulator of one."""
    return told(SCRIPT, "6", NUMBA_ENABLE_CUDASIM="1") if gpu.lacking() else told(SCRIPT, "3000")


@has_cuda
@pytest.mark.parametrize("name", NAMES)
def test_a_gpu_gives_the_bits_of_a_processor(compared: Any, name: str) -> None:
    assert compared[name]["unlike"] == []


@has_cuda
def test_these_designs_stop_at_every_look_and_some_have_no_estimate(compared: Any) -> None:
    assert set(compared) == set(NAMES)
    assert len(compared["after events"]["looks"]) > 1 and len(compared["at times"]["looks"]) > 1
    assert compared["Cox, no maximum"]["none"] and compared["means, beyond follow-up"]["none"]


@has_cuda
def test_the_simulator_runs_the_loops_one_trial_abreast() -> None:
    script = """
import json
from equipoise.kernels.loops import gpu
from equipoise.kernels.loops.two_arm_trial import trials
run = gpu.for_gpu(trials).fn
drawn = run.__globals__["drawn"].fn
words = drawn.__globals__["words"].fn
print(json.dumps([each.__globals__["ABREAST"] for each in (run, drawn, words)] + [type(words.__globals__["wide"]).__name__]))
"""
    assert told(script, NUMBA_ENABLE_CUDASIM="1") == [1, 1, 1, "FakeCUDAKernel"]


# --- where there is none ---


@pytest.fixture
def _none(monkeypatch: pytest.MonkeyPatch) -> None:
    if not gpu.lacking():
        monkeypatch.setattr(gpu, "lacking", lambda: "there is no NVIDIA GPU here (as this test would have it)")


@pytest.mark.usefixtures("_none")
def test_without_a_gpu_a_sentence_says_so_and_the_numbers_are_the_same() -> None:
    with pytest.warns(NoGpu, match=r"^there is .*; the trials run on the processor, with the same numbers$"):
        found = batch(PLAIN, 1, 0, 100, on="gpu")
    assert found == batch(PLAIN, 1, 0, 100)
    with pytest.warns(NoGpu):
        assert ended(PLAIN, 1, 0, 3, on="gpu").events.tolist() == ended(PLAIN, 1, 0, 3).events.tolist()


@pytest.mark.usefixtures("_none")
def test_work_kept_by_a_processor_is_taken_up_by_a_gpu(tmp_path: Path) -> None:
    kept = tmp_path / "trials.jsonl"
    totals(two_arms(PLAIN, 1), 200, batch=100, kept=kept)
    with pytest.warns(NoGpu):
        assert totals(two_arms(PLAIN, 1, on="gpu"), 300, batch=100, kept=kept) == batch(PLAIN, 1, 0, 300)
    assert len(kept.read_text("utf-8").splitlines()) == 1 + 3


def test_what_is_neither_processor_nor_gpu_is_refused() -> None:
    script = """
import json
from equipoise.kernels.two_arm import TwoArms, batch, exponential
try:
    batch(TwoArms(60, 12.0, 24.0, exponential(12.0), exponential(12.0)), 1, 0, 1, on="tpu")
except ValueError as why:
    print(json.dumps(str(why)))
"""
    assert told(script) == "trials run on cpu or gpu, not tpu"


def here(error: str | None, *, ready: bool) -> Any:
    return SimpleNamespace(is_available=lambda: ready, cuda_error=lambda: error)


@pytest.mark.parametrize(
    ("cuda", "package", "says"),
    [
        (None, False, r"the extra \[gpu\] is not installed: pip install 'equipoise\[gpu\]'"),
        (here("\nCUDA driver library cannot be found.\nIf you are sure\n:", ready=False), True,
         r"there is no NVIDIA GPU here \(CUDA driver library cannot be found\)"),
        (here("Call to cuInit results in CUDA_ERROR_NO_DEVICE (100)", ready=False), True, r"there is no NVIDIA GPU here \(Call.*\)"),
        (here(None, ready=True), False, r"there is a GPU here, but the extra \[gpu\] is not installed: .*"),
        (here(None, ready=False), True, r"there is a GPU here, but not NVIDIA's compiler for it: .*"),
        (here(None, ready=True), True, ""),
    ],
)  # fmt: skip
def test_what_is_lacking_is_named(monkeypatch: pytest.MonkeyPatch, cuda: Any, package: bool, says: str) -> None:
    monkeypatch.setattr(gpu, "cuda", cuda)
    monkeypatch.setattr(gpu, "find_spec", lambda name: package or None)
    monkeypatch.setattr(gpu.config, "ENABLE_CUDASIM", 0)
    gpu.lacking.cache_clear()
    try:
        assert re.fullmatch(says, gpu.lacking())
    finally:
        gpu.lacking.cache_clear()


# --- rounding ---


def test_fused_steps_are_seen_in_the_assembly() -> None:
    assert gpu.is_fused("fma.rn.f64 %fd1, %fd2, %fd3, %fd4;")
    assert gpu.is_fused("mul.f64 %fd1, %fd2, %fd3;")  # how to round is not said: fused later, if it pleases
    assert not gpu.is_fused("mul.rn.f64 %fd1, %fd2, %fd3;\n add.rn.f64 %fd1, %fd1, %fd4;\n add.s64 %rd1, %rd2, %rd3;")


def test_the_compiler_is_told_only_while_it_lasts(monkeypatch: pytest.MonkeyPatch) -> None:
    nvvm = pytest.importorskip("numba.cuda.cudadrv.nvvm", reason="numba without CUDA")
    given: list[dict[str, Any]] = []
    monkeypatch.setattr(nvvm, "compile_ir", lambda llvmir, **options: given.append(options))
    monkeypatch.setattr(gpu.config, "ENABLE_CUDASIM", 0)
    before = nvvm.compile_ir
    with gpu.unfused():
        nvvm.compile_ir("", opt=3)
    assert given == [{"opt": 3, "fma": False}] and nvvm.compile_ir is before


@has_cuda
def test_the_machine_code_for_a_gpu_rounds_after_every_step() -> None:
    script = """
import json
from contextlib import nullcontext
from types import SimpleNamespace
from importlib.util import find_spec
from numba import cuda, types, typeof
from numba.cuda import dispatcher
from numba.cuda.cudadrv import nvvm
from equipoise.kernels.loops import gpu
from equipoise.kernels.two_arm import TwoArms, _design, exponential

def assembly(context):
    gpu.for_gpu.cache_clear(), gpu.side_by_side.cache_clear()
    design = typeof(_design(TwoArms(60, 12.0, 24.0, exponential(12.0), exponential(12.0))))
    words, whole = types.uint32[:, ::1], types.int64[:, ::1]
    with context:
        return cuda.compile_ptx(gpu.side_by_side().py_func, types.void(
            design, types.uint64, types.uint64, types.int64, types.int64, types.boolean, words, words,
            types.int64[:, :, ::1], whole, types.float64[:, ::1]), device=False, cc=(8, 0))[0]

if find_spec("numba_cuda") is None or not nvvm.is_available():
    print("null")
else:
    dispatcher.get_current_device = lambda: SimpleNamespace(compute_capability=(8, 0))
    print(json.dumps([gpu.is_fused(assembly(context)) for context in (gpu.unfused(), nullcontext())]))
"""
    fused = told(script, NUMBA_ENABLE_CUDASIM="0")
    if fused is None:
        pytest.skip("NVIDIA's compiler is not here (pip install 'numba-cuda[cu13]')")
    assert fused == [False, True]
