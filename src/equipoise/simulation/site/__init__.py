"""The virtual site, compiled: one participant's way through a trial, by tables instead of by names.

It does what `course` and the engine's walk do, in the same order, from the same draws. What is known of a participant
stands in one record (`STATE`), what the study says in another (`PLAN`); forms, steps, lines and statements are numbers.
A statement is answered by a function made for the study (`statements`), called by its address. The files are named after
those of the reference interpreter. Whoever changes one interpreter changes the other: `tests/simulation/test_compiled.py`
holds them to the same participants.
"""

from functools import lru_cache
from typing import Any

from . import record as record

HEAD = '"""Made by equipoise: do not change it."""\n\n'


@lru_cache(maxsize=1)
def run() -> Any:
    """The loop over trials (`trials.run`) as machine code, kept for the next time."""
    from .machine import kept

    made = kept("site", HEAD + "from numba import njit\n\nfrom equipoise.simulation.site.compiler import Whole\nfrom equipoise.simulation.site.trials import run as inner\n\n\n"
                "@njit(cache=True, nogil=True, error_model='numpy', no_cfunc_wrapper=True, pipeline_class=Whole)\n"
                "def run(*given):\n    return inner(*given)\n")  # fmt: skip
    return made.run


def answer(source: str) -> Any:
    """The function that answers a study's statements as machine code, kept for the next time."""
    from numba import cfunc, from_dtype, types

    from .compiler import Whole
    from .machine import kept

    made = kept("statements", HEAD + "from math import inf, isnan, log, log10, nan\n\nfrom numba import carray\n\n"
                "from equipoise.simulation.site.days import compared, compared_ones, length, shifted, whole_part\n\n\n" + source)  # fmt: skip
    signature = types.float64(types.int64, types.int64, types.CPointer(from_dtype(record.STATE)))  # type: ignore[no-untyped-call]
    return cfunc(signature, cache=True, pipeline_class=Whole)(made.answer)
