"""How numba compiles the functions of this folder: each is only written down, and made good once, where all come together.

numba makes machine code of every function and of all that it calls, time and again on the way up. Here a function's code
stays as it was written until the one that all begin in (`Whole`) takes it in. Nobody else calls it then, so that the
compiler may change it as suits the whole; no index counts from the end of an array; and what is known of a participant
never lies where the study's tables do.
"""

# mypy: allow-untyped-defs, allow-untyped-calls, allow-subclassing-any

from typing import Any

from llvmlite import binding  # type: ignore[import-untyped]
from numba import types
from numba.core import ir
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import FunctionPass, register_pass
from numba.core.untyped_passes import ReconstructSSA
from numba.extending import intrinsic

USUAL, TAKEN_IN = 225, 1000
"""Up to what cost a function is taken into the one that calls it: as LLVM has it, and here.

LLVM takes less of what stands under conditions in conditions for likely: here that is most of what is done.
"""


class _Written(JITCodeLibrary):
    """The code of one function, as it was written down."""

    def _optimize_functions(self, ll_module):
        ll_module.data_layout = self._codegen._data_layout

    def finalize(self):
        self._raise_if_finalized()
        self._finalize_dynamic_globals()
        self._finalized = True

    def get_pointer_to_function(self, name):
        self._ensure_finalized()
        return 0  # there is no machine code of it alone

    @property
    def codegen(self):
        return self

    def set_env(self, name, environment):
        """Nothing: there is no machine code that would ask for it."""


class _Aside(_Written):
    """The same of a function that is seldom called: it stays by itself, and what calls it is laid out as if it did not."""

    def _optimize_functions(self, ll_module):
        super()._optimize_functions(ll_module)
        for function in ll_module.functions:
            if not function.is_declaration:
                for word in ("cold", "noinline"):
                    function.add_function_attribute(word)


class _United(JITCodeLibrary):
    """The code of a function and of all that it calls, made good together."""

    def _optimize_functions(self, ll_module):
        ll_module.data_layout = self._codegen._data_layout

    def add_linking_library(self, library):
        super().add_linking_library(library)
        if isinstance(library, _Written):
            for other in library._linking_libraries:
                if other not in self._linking_libraries:
                    self.add_linking_library(other)

    def _optimize_final_module(self):
        for function in self._final_module.functions:
            if not function.is_declaration and function.linkage == binding.Linkage.linkonce_odr:
                function.linkage = binding.Linkage.internal
        # Loops here are short: laid out for many turns at a time, they only take room (`side_by_side` are the others).
        binding.set_option("equipoise", f"-inline-threshold={TAKEN_IN}")
        try:
            passes, builder = self._codegen._module_pass_manager(loop_vectorize=False)
            passes.run(self._final_module, builder)
        finally:
            binding.set_option("equipoise", f"-inline-threshold={USUAL}")


def _from_the_start(typingctx, index):
    def one(context, builder, signature, args):
        return context.cast(builder, args[0], index, types.uint64)

    def several(context, builder, signature, args):
        ones = [builder.extract_value(args[0], number) for number in range(len(index))]
        return context.make_tuple(
            builder,
            signature.return_type,
            [context.cast(builder, *each, types.uint64) for each in zip(ones, index, strict=True)],
        )

    def as_it_is(context, builder, signature, args):
        return args[0]

    if isinstance(index, types.Integer):
        return types.uint64(index), one
    if isinstance(index, types.BaseTuple) and all(isinstance(each, types.Integer) for each in list(index)):  # type: ignore[call-overload]
        return types.UniTuple(types.uint64, len(index))(index), several
    return index(index), as_it_is


from_the_start: Any = intrinsic(_from_the_start)
"""A place in an array, of which it is known that it does not count from the end."""


@register_pass(mutates_CFG=False, analysis_only=False)
class _Indices(FunctionPass):
    """No index counts from the end: none is looked at for that."""

    _name = "indices"

    def __init__(self):
        FunctionPass.__init__(self)

    def run_pass(self, state):
        for block in state.func_ir.blocks.values():
            body = []
            for each in block.body:
                where = each if isinstance(each, ir.SetItem) else getattr(each, "value", None)
                if isinstance(where, ir.SetItem) or (isinstance(where, ir.Expr) and where.op == "getitem"):
                    function, index = block.scope.redefine("$from", each.loc), block.scope.redefine("$index", each.loc)
                    called = ir.Expr.call(function, [where.index], (), each.loc)
                    for name, value in ((function, ir.Global("from_the_start", from_the_start, each.loc)), (index, called)):
                        body.append(ir.Assign(value, name, each.loc))
                        state.func_ir._definitions[name.name].append(value)
                    if isinstance(where, ir.SetItem):
                        each = ir.SetItem(where.target, index, where.value, each.loc)
                    else:
                        where.index = index
                body.append(each)
            block.body = body
        return True


class Part(CompilerBase):
    """Writes a function down, for others to take in."""

    library: type[JITCodeLibrary] = _Written

    def define_pipelines(self):
        state = self.state
        state.flags.noalias = True
        state.library = self.library(state.targetctx.codegen(), state.func_id.func_qualname)
        state.library.enable_object_caching()
        passes = DefaultPassBuilder.define_nopython_pipeline(state)
        passes.add_pass_after(_Indices, ReconstructSSA)
        passes.finalize()
        return [passes]


class Aside(Part):
    """Writes a function down that is seldom called."""

    library = _Aside


class Whole(Part):
    """Makes machine code of a function and of all the parts that it calls."""

    library = _United
