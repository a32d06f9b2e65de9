"""Plain trials of two arms on a graphics processor (GPU): the same loops compiled for it, one thread for each trial.

Nothing is written twice. The functions of `two_arm_trial` are compiled again, for the GPU, with one trial abreast where
a processor has 32: the same words are drawn and the same sums done in the same order. Multiplying and adding are kept
apart, for fused into one step they would round once where a processor rounds twice. Sums over trials are whole numbers,
so the totals are the same, bit for bit.

The threads' columns lie side by side: at every step neighbouring threads ask for neighbouring cells, which a GPU fetches
at once, and the network that sorts takes the same steps in every thread.
"""

import inspect
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from threading import Lock
from types import FunctionType, ModuleType
from typing import Any

import numba
import numpy as np
from jaxtyping import Float, Int
from numba.core.dispatcher import Dispatcher
from numba.core.errors import NumbaPerformanceWarning

from .two_arm_trial import STRIP, SUMS, Design, Room
from .two_arm_trial import trials as by_processor

config: Any = numba.config
cuda: Any = None
with suppress(ImportError):  # a numba may leave it to numba-cuda
    cuda = import_module("numba.cuda")

BLOCK = 128
"""Threads in a block."""
MOST_THREADS = 2**17
"""Threads at a time: about as many as a large GPU can have under way."""
MOST_BYTES = 2**30
"""What the threads' columns may take of the GPU's memory."""
FUSED = re.compile(r"fma\.rn\.f64|(add|sub|mul)\.f64")
"""In a GPU's assembly: fused steps, and those that may be fused still because they do not say how they round."""

_one_at_a_time = Lock()


@cache
def lacking() -> str:
    """Why nothing can be run on a GPU here; empty if it can."""
    if cuda is None:
        return "the extra [gpu] is not installed: pip install 'equipoise[gpu]'"
    if config.ENABLE_CUDASIM:
        return ""
    is_ready, why = cuda.is_available(), cuda.cuda_error()
    if why:
        return f"there is no NVIDIA GPU here ({why.strip().splitlines()[0].rstrip('.:')})"
    if find_spec("numba_cuda") is None:
        return "there is a GPU here, but the extra [gpu] is not installed: pip install 'equipoise[gpu]'"
    if not is_ready:
        return "there is a GPU here, but not NVIDIA's compiler for it: pip install 'numba-cuda[cu13]', or [cu12] for an older driver"
    return ""


def trials(
    design: Design,
    seed_low: np.uint64,
    seed_high: np.uint64,
    first: int,
    count: int,
    ended: Int[np.ndarray, "looks outcomes"],
    whole: Int[np.ndarray, " sums"],
    each: Float[np.ndarray, "kept values"],
) -> None:
    """Run so many trials from `first` on, on the GPU; everything is as in `two_arm_trial.trials`, which needs room besides."""
    looks, people = len(design.look), design.participants
    bytes_a_thread = 4 * (3 * people + looks) + 8 * (3 * looks + SUMS)
    blocks = -(-min(count, MOST_THREADS, max(BLOCK, MOST_BYTES // bytes_a_thread)) // BLOCK)
    threads = min(blocks * BLOCK, count)  # columns; the last block may have threads to spare
    design = Design._make(cuda.to_device(said) if isinstance(said, np.ndarray) else said for said in design)
    rows, when = cuda.device_array((3 * people, threads), np.uint32), cuda.device_array((looks, threads), np.uint32)
    outcomes = cuda.to_device(np.zeros((looks, 3, threads), np.int64))
    sums = cuda.to_device(np.zeros((SUMS, threads), np.int64))
    kept = cuda.device_array((max(len(each), 1), 8), np.float64)
    with _one_at_a_time, unfused(), warnings.catch_warnings():
        warnings.simplefilter("ignore", NumbaPerformanceWarning)  # of few trials: they leave most of the GPU idle
        kernel = side_by_side()
        kernel[blocks, min(BLOCK, count)](
            design, seed_low, seed_high, first, count, len(each) > 0, rows, when, outcomes, sums, kept
        )  # fmt: skip
        if not config.ENABLE_CUDASIM and any(is_fused(assembly) for assembly in kernel.inspect_asm().values()):
            raise RuntimeError("this numba-cuda fuses multiplying and adding, and so would give other numbers than a processor")
    ended += outcomes.copy_to_host().sum(axis=-1)
    whole += sums.copy_to_host().sum(axis=-1)
    if len(each):
        each[:] = kept.copy_to_host()


@cache
def side_by_side() -> Any:
    """The kernel: each thread runs one trial in so many, in its own column."""
    run = for_gpu(by_processor)

    def thread(
        design: Any, seed_low: Any, seed_high: Any, first: Any, count: Any, keeps: Any,
        rows: Any, when: Any, outcomes: Any, sums: Any, kept: Any,
    ) -> None:  # fmt: skip
        k, people = cuda.grid(1), design.participants
        if k >= rows.shape[1]:
            return
        at = Room(
            rows[:people, k], rows[people : 2 * people, k], rows[2 * people :, k],
            cuda.local.array(STRIP, np.uint32), cuda.local.array(STRIP, np.uint32), cuda.local.array(STRIP, np.float64),
            cuda.local.array(STRIP, np.float64), cuda.local.array(STRIP, np.float64), cuda.local.array(1, np.uint32),
            when[:, k : k + 1], cuda.local.array((16, 1), np.float64), cuda.local.array(1, np.int64),
        )  # fmt: skip
        for number in range(k, count, rows.shape[1]):
            one = kept[number : number + 1] if keeps else kept[:0]
            run(design, seed_low, seed_high, first + number, 1, at, outcomes[:, :, k], sums[:, k], one)

    # Without `lto` the assembly is the last word; linked later, steps might be fused then.
    return cuda.jit(**({} if config.ENABLE_CUDASIM else {"lto": False}))(inspect.unwrap(thread))


@cache
def for_gpu(loop: Any) -> Any:
    """A loop compiled for the GPU, with all that it calls, one trial abreast."""
    plain: Callable[..., Any] = loop.py_func
    known = {**plain.__globals__, "ABREAST": 1, "np": numpy_for_gpu()}
    known |= {name: for_gpu(known[name]) for name in plain.__code__.co_names if isinstance(known.get(name), Dispatcher)}
    return cuda.jit(device=True)(FunctionType(plain.__code__, known, plain.__name__, plain.__defaults__, plain.__closure__))


@cache
def numpy_for_gpu() -> ModuleType:
    """numpy, whose `floor` and `sqrt` are those that the compiler for the GPU knows."""
    if config.ENABLE_CUDASIM:
        return np
    libdevice = import_module("numba.cuda.libdevice")
    module = ModuleType("numpy_for_gpu")
    module.__dict__.update(vars(np), floor=libdevice.floor, sqrt=libdevice.sqrt)
    return module


@contextmanager
def unfused() -> Iterator[None]:
    """While this lasts, NVIDIA's compiler keeps multiplying and adding apart. numba has no word for it, so it is said below."""
    if config.ENABLE_CUDASIM:
        yield
        return
    nvvm: Any = import_module("numba.cuda.cudadrv.nvvm")
    compile_ir = nvvm.compile_ir
    nvvm.compile_ir = lambda llvmir, **options: compile_ir(llvmir, **{**options, "fma": False})
    try:
        yield
    finally:
        nvvm.compile_ir = compile_ir


@cache
def is_fused(assembly: str) -> bool:
    """Whether a step in it multiplies and adds with one rounding, or may yet be made to."""
    return FUSED.search(assembly) is not None
