"""The solver's words: statements and numbers, with what is settled worked out at once."""

import math
from collections import deque
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, ClassVar, TypeGuard

import z3

Yes = bool | Any
"""A statement: settled, or a formula of the solver (z3 has no types)."""
End = int | float | Fraction | Any
"""One end of a number: a constant (a float only where it is endless) or a term of the solver."""


class Terms:
    """A formula over constants alone is True or False, a number over constants alone a fraction; all else is the solver's.

    The solver is spoken to directly: its own operators take several times as long.
    """

    _kept: ClassVar[deque[z3.Context]] = deque(maxlen=3)
    """The last few contexts: to give the memory of each back, and to ask for it again, takes longer than most questions."""

    def __init__(self) -> None:
        # A context of its own, so that an answer does not hang on what was asked before.
        self.context = z3.Context()
        self._kept.append(self.context)
        self._ref = self.context.ref()
        self._fresh = 0
        self._numerals: dict[tuple[End, bool], z3.ArithRef] = {}

    # --- statements ---------------------------------------------------------------------------------------------

    def both(self, *parts: Yes) -> Yes:
        return self._joined(parts, False, z3.Z3_mk_and)

    def either(self, *parts: Yes) -> Yes:
        return self._joined(parts, True, z3.Z3_mk_or)

    def _joined(self, parts: tuple[Yes, ...], settles: bool, join: Callable[..., Any]) -> Yes:
        kept: list[z3.BoolRef] = []
        for part in parts:
            if part is settles:
                return settles
            if not isinstance(part, bool) and not any(part is each for each in kept):
                kept.append(part)
        if len(kept) < 2:
            return kept[0] if kept else not settles
        return z3.BoolRef(join(self._ref, len(kept), _array(kept)), self.context)

    def no(self, part: Yes) -> Yes:
        if isinstance(part, bool):
            return not part
        return z3.BoolRef(z3.Z3_mk_not(self._ref, part.ast), self.context)

    def implies(self, one: Yes, other: Yes) -> Yes:
        return self.either(self.no(one), other)

    # --- numbers ------------------------------------------------------------------------------------------------

    def truth(self, name: str) -> z3.BoolRef:
        return z3.Bool(name, self.context)

    def whole(self, name: str) -> z3.ArithRef:
        return z3.Int(name, self.context)

    def real(self, name: str) -> z3.ArithRef:
        return z3.Real(name, self.context)

    def fresh(self, what: str = "real") -> Any:
        """A variable of its own."""
        self._fresh += 1
        make: dict[str, Callable[[str], Any]] = {"real": self.real, "whole": self.whole, "truth": self.truth}
        return make[what](f"!{self._fresh}")

    def term(self, end: End, whole: bool = False) -> z3.ArithRef:
        """A number as a term: a whole one if asked, where it is."""
        if is_open(end):
            return end if whole or not end.is_int() else z3.ToReal(end)
        is_whole = whole and end == int(end)
        if (end, is_whole) not in self._numerals:
            make = z3.IntVal if is_whole else z3.RealVal
            self._numerals[end, is_whole] = make(str(Fraction(end)), self.context)
        return self._numerals[end, is_whole]

    def pair(self, one: End, other: End) -> tuple[z3.ArithRef, z3.ArithRef]:
        """Two numbers as terms of one sort."""
        whole = is_whole(one) and is_whole(other)
        return self.term(one, whole), self.term(other, whole)

    def plus(self, one: End, other: End) -> End:
        if is_endless(one) or is_endless(other):
            return float(one) + float(other) if is_endless(one) and is_endless(other) else one if is_endless(one) else other
        if not is_open(one) and not is_open(other):
            return Fraction(one) + Fraction(other)
        if not is_open(one) and one == 0:
            return other
        if not is_open(other) and other == 0:
            return one
        left, right = self.pair(one, other)
        return z3.ArithRef(z3.Z3_mk_add(self._ref, 2, _array((left, right))), self.context)

    def times(self, end: End, factor: Fraction) -> End:
        """A number so many times; an endless one not none."""
        if is_endless(end):
            assert factor
            return float(end) if factor > 0 else -float(end)
        if not is_open(end):
            return Fraction(end) * factor
        if factor == 1 or factor == 0:
            return end if factor else 0
        whole = end.is_int() and factor.denominator == 1
        left, right = self.term(factor, whole), self.term(end, whole)
        return z3.ArithRef(z3.Z3_mk_mul(self._ref, 2, _array((left, right))), self.context)

    def minus(self, one: End, other: End) -> End:
        return self.plus(one, self.times(other, Fraction(-1)))

    def le(self, one: End, other: End) -> Yes:
        """At most, exactly."""
        if is_endless(one) or is_endless(other):
            return is_endless(one) and one < 0 or is_endless(other) and other > 0
        if not is_open(one) and not is_open(other):
            return bool(one <= other)
        if one is other:
            return True
        left, right = self.pair(one, other)
        return z3.BoolRef(z3.Z3_mk_le(self._ref, left.ast, right.ast), self.context)

    def eq(self, one: End, other: End) -> Yes:
        if not is_open(one) and not is_open(other):
            return bool(one == other)
        if one is other:
            return True
        left, right = self.pair(one, other)
        return z3.BoolRef(z3.Z3_mk_eq(self._ref, left.ast, right.ast), self.context)

    def choice(self, condition: Yes, then: End, otherwise: End) -> End:
        if isinstance(condition, bool):
            return then if condition else otherwise
        if then is otherwise or self.eq(then, otherwise) is True:
            return then
        left, right = self.pair(then, otherwise)
        return z3.ArithRef(z3.Z3_mk_ite(self._ref, condition.ast, left.ast, right.ast), self.context)

    def total(self, ends: Sequence[End]) -> End:
        settled = sum((Fraction(end) for end in ends if not is_open(end)), Fraction(0))
        open_ = [end for end in ends if is_open(end)]
        if not open_:
            return settled
        whole = all(end.is_int() for end in open_) and settled.denominator == 1
        parts = [self.term(end, whole) for end in open_] + ([self.term(settled, whole)] if settled else [])
        if len(parts) == 1:
            return parts[0]
        return z3.ArithRef(z3.Z3_mk_add(self._ref, len(parts), _array(parts)), self.context)


def _array(parts: Sequence[Any]) -> Any:
    return (z3.Ast * len(parts))(*(part.ast for part in parts))


def is_open(end: End) -> TypeGuard[Any]:
    """Whether a number is a term of the solver."""
    return isinstance(end, z3.ArithRef)


def is_endless(end: End) -> bool:
    return isinstance(end, float) and math.isinf(end)


def is_whole(end: End) -> bool:
    if is_open(end):
        return bool(end.is_int())
    return not is_endless(end) and Fraction(end).denominator == 1


def exact(number: float) -> Fraction:
    """A number as it is written, not as a computer keeps it: 0.1 is a tenth.

    >>> exact(0.1)
    Fraction(1, 10)
    """
    return Fraction(repr(float(number)))
