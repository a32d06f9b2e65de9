"""The loops of the kernels, compiled. They take arrays and write into arrays: nothing is allocated, nothing is checked.

Importing a loop imports numba, which takes a while, so a kernel does it when it is called and not before. The machine
code is kept beside the source, or in `NUMBA_CACHE_DIR`, or in the person's own cache; where none can be written, a
process compiles for itself. Loops let go of Python's lock, so that threads run side by side, and call one another, so
that a simulation of a whole trial can be a loop too.
"""

import inspect
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from numba import njit

Given = ParamSpec("Given")
Found = TypeVar("Found")


def compiled(function: Callable[Given, Found]) -> Callable[Given, Found]:
    """Machine code for a function of numbers and arrays, kept for the next process where there is a place to keep it."""
    plain = inspect.unwrap(function)  # the tests' check of shapes stands around it
    try:
        loop: Callable[Given, Found] = njit(cache=True, nogil=True, error_model="numpy")(plain)
    except RuntimeError:  # numba found nowhere to write
        loop = njit(nogil=True, error_model="numpy")(plain)
    return loop


def inlined(function: Callable[Given, Found]) -> Callable[Given, Found]:
    """The same for a few lines that stand inside a loop: written out where they are called, so that the loop runs abreast."""
    loop: Callable[Given, Found] = njit(nogil=True, error_model="numpy", forceinline=True)(inspect.unwrap(function))
    return loop
