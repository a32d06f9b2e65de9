"""How the functions of this folder, and those made of a study, become machine code, and where it is kept."""

# mypy: allow-untyped-defs, allow-untyped-calls

import hashlib
import importlib.util
import os
import sys
import tempfile
from functools import lru_cache
from pathlib import Path
from types import FunctionType
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import njit, types
from numba.cpython.unsafe import numbers
from numba.extending import intrinsic

from .. import inverse
from .compiler import Aside, Part


def part(function, pipeline=Part):
    """Machine code for a function that others of this folder call; it is kept with the one that all begin in.

    It is made once, whichever numbers it is called with.
    """
    made = njit(  # type: ignore[call-overload]
        nogil=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True, pipeline_class=pipeline
    )(function)
    template = getattr(made, "get_call_template", None)
    if template is not None:
        made.get_call_template = lambda args, kws: template(tuple(types.unliteral(each) for each in args), kws)
    return made


def seldom(function):
    """The same for a function that is seldom called: whoever may call it is not held up by it."""
    return part(function, Aside)


def side_by_side(function):
    """The same for a loop whose turns do not look at each other: several at a time."""
    return njit(nogil=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)(function)  # type: ignore[call-overload]


at, share, nearest = part(inverse.at), part(inverse.share), part(inverse.nearest)
four_digits, tenth = part(inverse.four_digits), part(inverse.tenth)
quantile = part(FunctionType(inverse.quantile.__code__, {**vars(inverse), "at": at, "nearest": nearest}, "quantile"))


def _asked(typingctx, address, statement, row, state):
    """What a statement comes to: a call of the function that was made for the study."""
    signature = types.float64(types.int64, types.int64, types.int64, state)

    def generate(context, builder, signature, args):
        pointer, number = ir.IntType(8).as_pointer(), ir.IntType(64)
        function = ir.FunctionType(ir.DoubleType(), [number, number, pointer])
        call = builder.inttoptr(args[0], function.as_pointer())
        return builder.call(call, [args[1], args[2], builder.bitcast(args[3], pointer)])

    return signature, generate


asked: Any = intrinsic(_asked)
lowest: Any = numbers.trailing_zeros
"""The lowest number in a set of bits that is not empty."""


# --- what is kept ----------------------------------------------------------------------------------------------------


def kept(name: str, text: str) -> Any:
    """A module of this source, in a file that is named after all that its machine code depends on.

    numba keeps machine code by the file in which a function stands, and does not look at what that function calls. So the
    name holds the text itself and the sources of this folder: whoever changes a line of them compiles anew.
    """
    file = _place() / f"{name}_{hashlib.sha256((text + _sources()).encode()).hexdigest()[:32]}.py"
    if not file.exists():
        with tempfile.NamedTemporaryFile("w", dir=file.parent, suffix=".tmp", delete=False, encoding="utf-8") as made:
            made.write(text)
        os.replace(made.name, file)
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None and spec.loader is not None
    module = sys.modules[file.stem] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@lru_cache(maxsize=1)
def _sources() -> str:
    """The sources that machine code is made of."""
    here = Path(__file__).parent
    files = (*sorted(here.glob("*.py")), Path(inverse.__file__), here.parents[1] / "kernels/loops/philox.py")
    return "\n".join(file.read_text("utf-8") for file in files)


@lru_cache(maxsize=1)
def _place() -> Path:
    """Where machine code is kept: the person's cache, else a folder of this process."""
    base = os.environ.get("NUMBA_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    place = Path(base) / "equipoise"
    try:
        place.mkdir(parents=True, exist_ok=True)
        if os.access(place, os.W_OK):
            return place
    except OSError:
        pass
    return Path(tempfile.mkdtemp(prefix="equipoise-"))
