"""An expression read for everybody at once: the typed tree as formulas of a solver, over a history that is not yet settled.

A statement becomes a pair of formulas, one for when it is met and one for when it is not; unknown is neither. What a
participant would have written down are the solver's variables: rows that may or may not be there, in order of time,
with their days and answers. The meaning is that of `explain`, number for number: intervals, open and closed forms,
numbers that differ by less than can be told apart.

What cannot be said exactly in linear arithmetic (months from a day that is not settled, a logarithm, a product of two
unknowns) becomes a variable of which only what is always true is said. So what the formulas rule out, no participant
is; a participant whom they allow is looked at again by `explain`. A `Rough` says how such a variable can be said
exactly for one participant after all, and more closely for all.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from typing import Any, Literal

import z3

from ..calendar import Span, When, later, months_between
from ..logic import MET, NOT_MET, Truth
from ..quantity import conversion
from .explain import SAME, at_most
from .facts import Facts, Row, Unclear
from .terms import End, Terms, Yes, exact, is_endless, is_open
from .tree import (
    Aggregate,
    Among,
    And,
    Arithmetic,
    Call,
    Compare,
    Constant,
    Converted,
    Field,
    If,
    Kind,
    Named,
    Not,
    Or,
    Pick,
    Quantified,
    Rows,
    Shifted,
    Today,
    Tree,
    Type,
)  # fmt: skip

FIRST, LAST = date(1900, 1, 1).toordinal(), date(2099, 12, 31).toordinal()
"""The days on which something can happen to a participant."""
TOLERANCE = Fraction(str(SAME))
MANY = 16
"""A value of more cases than this is made one term of the solver."""


@dataclass(frozen=True, slots=True)
class Tri:
    """A statement: when it is met, and when it is not."""

    met: Yes
    not_met: Yes

    def is_(self, truth: Truth, terms: "Terms") -> Yes:
        """The formula that the statement comes to this."""
        if truth is MET:
            return self.met
        return self.not_met if truth is NOT_MET else terms.no(terms.either(self.met, self.not_met))


@dataclass(frozen=True, slots=True)
class Number:
    """A number, a day or the size of a set, by cases of which at most one holds; in none of them it is unknown."""

    cases: tuple[tuple[Yes, End, End], ...] = ()


@dataclass(frozen=True, slots=True)
class Drawn:
    """A code not yet settled: its place among `options`; a text's among all the texts there are."""

    place: z3.ArithRef
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """A code or a text, by cases."""

    cases: tuple[tuple[Yes, str | Drawn], ...] = ()


Value = Tri | Number | Code
UNSETTLED = Tri(False, False)


@dataclass(eq=False)
class Told:
    """A row that is there: its answers are constants."""

    form: str
    row: Row

    @property
    def exists(self) -> Yes:
        return True

    @property
    def first(self) -> End:
        return self.row.on.first.toordinal()

    @property
    def last(self) -> End:
        return self.row.on.last.toordinal()


@dataclass(eq=False)
class Open:
    """A row that may be there, with variables for its day and its answers, made when they are first asked for."""

    form: str
    number: int
    exists: z3.BoolRef
    on: z3.ArithRef
    answered: dict[str, Yes] = field(default_factory=dict)
    values: dict[str, tuple[Type, Any]] = field(default_factory=dict)
    limits: dict[tuple[str, str], tuple[Yes, z3.ArithRef]] = field(default_factory=dict)

    @property
    def first(self) -> End:
        return self.on

    @property
    def last(self) -> End:
        return self.on


AnyRow = Told | Open
Around = tuple[AnyRow, ...]
"""The rows at hand, innermost first."""


def _nothing(at: tuple[Fraction, ...]) -> Yes:
    return True


@dataclass(frozen=True)
class Rough:
    """A term that stands for what linear arithmetic cannot say.

    `rests_on` are the terms of which it is worked out, and itself where that helps. Given a value for each of them,
    `settled` settles those it needs to and says exactly what the term then is; `closer` says more of it near there,
    and is always true.
    """

    rests_on: tuple[z3.ArithRef, ...] = ()
    settled: Callable[[tuple[Fraction, ...]], Yes] = _nothing
    closer: Callable[[tuple[Fraction, ...]], Yes] = _nothing


class History:
    """What may have been written down of a participant, as the solver's variables.

    Args:
        until: The day up to which facts are known.
        given: Rows that are there, as constants.
        rows: How many more rows a form may have; they come on or after the last that is given.
        closed: The forms of which a row that is not there did not happen.
        several: How many more rows a form may have that `rows` does not name.

    What always holds of the variables gathers in `axioms`. Whoever knows the study says more of a row or an answer by
    overriding `row_drawn`, `answer_drawn` and `limit_drawn`. `rough` and `last_rough` hold what is only known roughly, in
    the order in which it can be settled.
    """

    def __init__(
        self,
        until: int | z3.ArithRef,
        *,
        given: Facts | None = None,
        rows: Mapping[str, int] | None = None,
        closed: Iterable[str] = (),
        several: int = 2,
    ) -> None:
        self.terms = Terms()
        self.until = until
        self.axioms: list[z3.BoolRef] = []
        self.rough: list[Rough] = []
        self.last_rough: list[Rough] = []
        self.texts: dict[str, int] = {}
        self.ranges: dict[int, tuple[Fraction, Fraction]] = {}
        self.forms: dict[str, tuple[AnyRow, ...]] = {}
        self._given = given.rows if given is not None else {}
        self._more = rows or {}
        self._several = several
        self._closed: dict[str, Yes] = dict.fromkeys((*closed, *(given.closed if given is not None else ())), True)
        self._ties: dict[int, tuple[z3.ArithRef, Callable[[bool, Fraction], Yes | None]]] = {}
        self._named: dict[Tree, Value] = {}
        self._made: dict[tuple[object, ...], tuple[tuple[End, ...], End]] = {}

    # --- what may be overridden ---------------------------------------------------------------------------------

    def row_drawn(self, row: Open) -> None:
        """Say what holds of a row."""

    def is_answered(self, row: Open, name: str) -> Yes:
        """Whether a row answers a fact."""
        return self.terms.truth(f"{row.form}.{row.number}.{name}?")

    def answer_drawn(self, row: Open, name: str, type: Type, value: Any) -> None:
        """Say what holds of an answer."""

    def limit_drawn(self, row: Open, name: str, part: str, value: z3.ArithRef) -> Yes:
        """Say what holds of a limit of normal; whether it was reported."""
        return self.terms.truth(f"{row.form}.{row.number}.{name}.{part}?")

    # --- rows ---------------------------------------------------------------------------------------------------

    def always(self, statement: Yes) -> None:
        """Add an axiom."""
        if statement is True:
            return
        self.axioms.append(z3.BoolVal(False, self.terms.context) if statement is False else statement)

    def closed(self, form: str) -> Yes:
        """Whether a row of a form that is not there did not happen."""
        return self._closed.get(form, False)

    def rows(self, form: str) -> tuple[AnyRow, ...]:
        """The rows that a form may have, in order of time."""
        if form not in self.forms:
            told: list[AnyRow] = [Told(form, row) for row in self._given.get(form, ())]
            count = self._more.get(form, self._several)
            drawn = [
                Open(form, number, self.terms.truth(f"{form}.{number}"), self.terms.whole(f"{form}.{number}.on"))
                for number in range(1, count + 1)
            ]
            self.forms[form] = (*told, *drawn)
            before: AnyRow | None = told[-1] if told else None
            for row in drawn:
                self.always(self.terms.le(FIRST, row.on))
                self.always(self.terms.le(row.on, self.until))
                if before is not None:
                    self.always(self.terms.implies(row.exists, before.exists))
                    self.always(self.terms.le(before.last, row.on))
                before = row
            for row in drawn:
                self.row_drawn(row)
        return self.forms[form]

    def answered(self, row: AnyRow, name: str) -> Yes:
        if isinstance(row, Told):
            return name in row.row.values
        if name not in row.answered:
            row.answered[name] = True
            row.answered[name] = self.is_answered(row, name)
        return row.answered[name]

    def answer(self, row: AnyRow, field: Field) -> Value:
        """What a row answers, as far as it does."""
        if field.name == "on":
            return Number(((True, row.first, row.last),))
        if field.part:
            known, limit = self._limit(row, field.name, field.part)
            return Number(((known, limit, limit),)) if known is not False else Number()
        if isinstance(row, Told):
            return _constant(row.row.values.get(field.name))
        known, value = self.answered(row, field.name), self._value(row, field)
        if known is False:
            return UNSETTLED if field.type.kind is Kind.TRUTH else self._none_of(field.type)
        match field.type.kind:
            case Kind.TRUTH:
                return Tri(self.terms.both(known, value), self.terms.both(known, self.terms.no(value)))
            case Kind.CHOICE | Kind.TEXT:
                return Code(((known, Drawn(value, field.type.options)),))
            case _:
                return Number(((known, value, value),))

    def _none_of(self, type: Type) -> Value:
        match type.kind:
            case Kind.TRUTH:
                return UNSETTLED
            case Kind.CHOICE | Kind.TEXT:
                return Code()
            case _:
                return Number()

    def _value(self, row: Open, field: Field) -> Any:
        if field.name not in row.values:
            name, terms, type = f"{row.form}.{row.number}.{field.name}", self.terms, field.type
            value: Any
            match type.kind:
                case Kind.TRUTH:
                    value = terms.truth(name)
                case Kind.NUMBER if not type.whole:
                    value = terms.real(name)
                case _:
                    value = terms.whole(name)
            if type.kind is Kind.CHOICE:
                self.always(terms.both(terms.le(0, value), terms.le(value, len(type.options) - 1)))
            elif type.kind in (Kind.TEXT, Kind.SET):
                self.always(terms.le(0, value))
            elif type.kind is Kind.DATE:
                self.always(terms.both(terms.le(FIRST, value), terms.le(value, LAST)))
            row.values[field.name] = (type, value)
            self.answer_drawn(row, field.name, type, value)
        return row.values[field.name][1]

    def _limit(self, row: AnyRow, name: str, part: str) -> tuple[Yes, End]:
        if isinstance(row, Told):
            limit = row.row.limits.get((name, part))
            return (False, 0) if limit is None else (True, exact(limit))
        if (name, part) not in row.limits:
            value = self.terms.real(f"{row.form}.{row.number}.{name}.{part}")
            row.limits[name, part] = (True, value)
            row.limits[name, part] = (self.limit_drawn(row, name, part, value), value)
        return row.limits[name, part]

    def text(self, words: str) -> int:
        """The number that stands for a text."""
        return self.texts.setdefault(words, len(self.texts) + 1)

    # --- the tree -----------------------------------------------------------------------------------------------

    def statement(self, tree: Tree) -> Tri:
        """When a statement is met, and when it is not."""
        found = self._of(tree, ())
        return found if isinstance(found, Tri) else UNSETTLED

    def _of(self, tree: Tree, around: Around) -> Value:
        match tree:
            case Constant():
                return _constant(tree.value)
            case Today():
                return Number(((True, self.until, self.until),))
            case Named():
                if tree.of not in self._named:
                    self._named[tree.of] = self._of(tree.of, ())
                return self._named[tree.of]
            case Field():
                return self._field(tree, around)
            case Pick():
                return self._pick(tree, around)
            case Aggregate():
                return self._aggregate(tree, around)
            case Quantified():
                return self._quantified(tree, around)
            case Not():
                of = self._truth(tree.of, around)
                return Tri(of.not_met, of.met)
            case And() | Or():
                return self._joined(tree, around)
            case Compare():
                return self._compare(tree, around)
            case Among():
                return self._among(tree, around)
            case If():
                return self._if(tree, around)
            case Arithmetic():
                return self._arithmetic(tree, around)
            case Call():
                return self._call(tree, around)
            case Converted():
                return self._converted(tree, around)
            case Shifted():
                return self._shifted(tree, around)

    def _truth(self, tree: Tree, around: Around) -> Tri:
        found = self._of(tree, around)
        return found if isinstance(found, Tri) else UNSETTLED

    def _number(self, tree: Tree, around: Around) -> Number:
        found = self._of(tree, around)
        return found if isinstance(found, Number) else Number()

    def _joined(self, tree: And | Or, around: Around) -> Tri:
        of = [self._truth(part, around) for part in tree.of]
        if isinstance(tree, And):
            return Tri(self.terms.both(*(each.met for each in of)), self.terms.either(*(each.not_met for each in of)))
        return Tri(self.terms.either(*(each.met for each in of)), self.terms.both(*(each.not_met for each in of)))

    # --- rows at hand -------------------------------------------------------------------------------------------

    def _field(self, field: Field, around: Around) -> Value:
        here = [row for row in around if row.form == field.form]
        skip = 1 if field.outer else 0
        return self.answer(here[skip], field) if len(here) > skip else self._none_of(field.type)

    def _members(self, rows: Rows, around: Around, answered: str = "") -> list[tuple[AnyRow, Yes, Yes]]:
        """The rows that may be among those meant: each with when it is one, and when it may be one."""
        found = []
        answered = rows.answered or answered
        here = next((row for row in around if row.form == rows.form), None) if rows.another else None
        for row in self.rows(rows.form):
            if row is here:
                continue
            counts = isinstance(row, Open) or isinstance(self.until, int) or self.terms.le(row.first, self.until)
            there = self.terms.both(row.exists, counts)
            if answered:
                there = self.terms.both(there, self.answered(row, answered))
            if there is False:
                continue
            where = Tri(True, False) if rows.where is None else self._truth(rows.where, (row, *around))
            maybe = self.terms.both(there, self.terms.no(where.not_met))
            if maybe is not False:
                found.append((row, maybe if rows.where is None else self.terms.both(there, where.met), maybe))
        return found

    def _pick(self, pick: Pick, around: Around) -> Value:
        members = self._members(pick.rows, around, "" if pick.of.name == "on" else pick.of.name)
        if isinstance(pick.which, int):
            chosen = self._nth(members, pick.which)
        else:
            chosen = []
            for place in range(len(members)):
                others = members[:place] if pick.which == "first" else members[place + 1 :]
                alone = self.terms.no(self.terms.either(*(maybe for _, _, maybe in others)))
                chosen.append((members[place][0], self.terms.both(members[place][1], alone)))
        cases = [
            (self.terms.both(guard, self._in_place(place, members)), self.answer(row, pick.of))
            for place, (row, guard) in enumerate(chosen)
            if guard is not False
        ]
        return self._by_case(cases, pick.type)

    def _nth(self, members: list[tuple[AnyRow, Yes, Yes]], which: int) -> list[tuple[AnyRow, Yes]]:
        """For each row when it is the nth, those before it being sure."""
        found: list[tuple[AnyRow, Yes]] = []
        counts: list[Yes] = [True] + [False] * which  # so many rows before this one, each of them sure
        for row, met, maybe in members:
            found.append((row, self.terms.both(counts[which - 1], met)))
            counts = [
                self.terms.either(
                    self.terms.both(counts[number], self.terms.no(maybe)),
                    self.terms.both(counts[number - 1], met) if number else False,
                )
                for number in range(which + 1)
            ]
        return found

    def _in_place(self, place: int, members: list[tuple[AnyRow, Yes, Yes]]) -> Yes:
        """Whether no day known only in part could put another row before or after the one in a place."""
        here = members[place][0]
        parts: list[Yes] = []
        for number, (row, _, maybe) in enumerate(members):
            if number == place or isinstance(here, Open) and isinstance(row, Open):
                continue
            one, other = (row, here) if number < place else (here, row)
            parts.append(self.terms.implies(maybe, self.terms.le(one.last, other.first)))
        return self.terms.both(*parts)

    def _by_case(self, cases: Sequence[tuple[Yes, Value]], type: Type) -> Value:
        """One value out of several, of which at most one is meant."""
        both = self.terms.both
        match type.kind:
            case Kind.TRUTH:
                truths = [(guard, value) for guard, value in cases if isinstance(value, Tri)]
                return Tri(
                    self.terms.either(*(both(guard, value.met) for guard, value in truths)),
                    self.terms.either(*(both(guard, value.not_met) for guard, value in truths)),
                )
            case Kind.CHOICE | Kind.TEXT:
                codes = (
                    (both(guard, when), code) for guard, value in cases if isinstance(value, Code) for when, code in value.cases
                )
                return Code(tuple((guard, code) for guard, code in codes if guard is not False))
            case _:
                numbers = (
                    (both(guard, when), low, high)
                    for guard, value in cases if isinstance(value, Number) for when, low, high in value.cases
                )  # fmt: skip
                return self._thrifty(Number(tuple(each for each in numbers if each[0] is not False)))

    # --- numbers of several cases -------------------------------------------------------------------------------

    def _thrifty(self, number: Number) -> Number:
        return number if len(number.cases) <= MANY else Number((self._one(number),))

    def _one(self, number: Number) -> tuple[Yes, End, End]:
        """A number as one case."""
        if not number.cases:
            return False, 0, 0
        known = self.terms.either(*(guard for guard, _, _ in number.cases))
        _, low, high = number.cases[-1]
        ends = [end for _, *pair in number.cases for end in pair]
        if len(number.cases) > 1 and any(is_endless(end) for end in ends):
            return self._anything(known)
        is_exact = all(low is high or not is_open(low) and low == high for _, low, high in number.cases)
        for guard, lower, higher in reversed(number.cases[:-1]):
            low = self.terms.choice(guard, lower, low)
            high = low if is_exact else self.terms.choice(guard, higher, high)
        return known, low, high

    def _anything(self, known: Yes) -> tuple[Yes, End, End]:
        """A number of which nothing is said."""
        low, high = self.terms.fresh(), self.terms.fresh()
        self.always(self.terms.le(low, high))
        self.rough.append(Rough())
        return known, low, high

    # --- comparisons --------------------------------------------------------------------------------------------

    def at_most(self, one: End, other: End) -> Yes:
        """Whether a number is at most another, by what can be told apart: `explain.at_most`."""
        terms = self.terms
        if not is_open(one) and not is_open(other):
            return at_most(float(one), float(other))
        if not is_open(other):
            if is_endless(other):
                return bool(other > 0)
            bound = Fraction(other) + TOLERANCE * abs(Fraction(other))
            return self._tied(one, True, bound)
        if not is_open(one):
            if is_endless(one):
                return bool(one < 0)
            bound = Fraction(one) / (1 + TOLERANCE if one > 0 else 1 - TOLERANCE)
            return self._tied(other, False, bound)
        if one.is_int() and other.is_int():
            return terms.le(one, other)
        if one is other:
            return True
        slack = terms.times(other, TOLERANCE)
        return terms.either(terms.le(one, terms.plus(other, slack)), terms.le(one, terms.minus(other, slack)))

    def _tied(self, term: Any, is_most: bool, bound: Fraction) -> Yes:
        """Whether a term is at most, or at least, a constant: said of what it rests on where that is exact."""
        if term.get_id() in self._ties:
            said = self._ties[term.get_id()][1](is_most, bound)
            if said is not None:
                return said
        if term.is_int():
            bound = Fraction(math.floor(bound) if is_most else math.ceil(bound))
        return self.terms.le(term, bound) if is_most else self.terms.le(bound, term)

    def _compared(self, op: str, one: tuple[End, End], other: tuple[End, End]) -> Tri:
        (low, high), (start, end) = one, other
        terms = self.terms
        match op:
            case "<=":
                possible = self.at_most(low, end)
                certain = possible if low is high and start is end else self.at_most(high, start)
                return Tri(certain, terms.no(possible))
            case ">=":
                return self._compared("<=", other, one)
            case "<":
                said = self._compared("<=", other, one)
                return Tri(said.not_met, said.met)
            case ">":
                said = self._compared("<=", one, other)
                return Tri(said.not_met, said.met)
            case "==":
                above, below = self.at_most(low, end), self.at_most(start, high)
                met = terms.both(self.at_most(high, start), self.at_most(end, low))
                return Tri(met, terms.either(terms.no(above), terms.no(below)))
            case _:
                said = self._compared("==", one, other)
                return Tri(said.not_met, said.met)

    def _compare(self, tree: Compare, around: Around) -> Tri:
        left, right = self._of(tree.left, around), self._of(tree.right, around)
        if tree.left.type.kind is Kind.CHOICE:
            left, right = (self._rank(each, tree.left.type.options) for each in (left, right))
        if not isinstance(left, Number) or not isinstance(right, Number):
            return UNSETTLED
        met: list[Yes] = []
        not_met: list[Yes] = []
        for guard, *one in left.cases:
            for when, *other in right.cases:
                both = self.terms.both(guard, when)
                if both is not False:
                    said = self._compared(tree.op, (one[0], one[1]), (other[0], other[1]))
                    met.append(self.terms.both(both, said.met))
                    not_met.append(self.terms.both(both, said.not_met))
        return Tri(self.terms.either(*met), self.terms.either(*not_met))

    def _rank(self, code: Value, options: tuple[str, ...]) -> Number:
        """The place of a code among options."""
        cases: list[tuple[Yes, End, End]] = []
        for guard, each in code.cases if isinstance(code, Code) else ():
            if isinstance(each, str):
                if each in options:
                    cases.append((guard, options.index(each), options.index(each)))
            elif each.options == options:
                cases.append((guard, each.place, each.place))
            else:
                for place, option in enumerate(each.options):
                    if option in options:
                        is_it = self.terms.both(guard, self.terms.eq(each.place, place))
                        cases.append((is_it, options.index(option), options.index(option)))
        return Number(tuple(cases))

    def is_code(self, code: str | Drawn, option: str) -> Yes:
        """Whether a code is this one."""
        if isinstance(code, str):
            return code == option
        if not code.options:
            return self.terms.eq(code.place, self.text(option))
        return self.terms.eq(code.place, code.options.index(option)) if option in code.options else False

    def _among(self, tree: Among, around: Around) -> Tri:
        code = self._of(tree.of, around)
        if not isinstance(code, Code):
            return UNSETTLED
        terms = self.terms
        met, not_met = [], []
        for guard, each in code.cases:
            said = terms.either(*(self.is_code(each, option) for option in dict.fromkeys(tree.options)))
            met.append(terms.both(guard, said))
            not_met.append(terms.both(guard, terms.no(said)))
        return Tri(terms.either(*met), terms.either(*not_met))

    def _if(self, tree: If, around: Around) -> Value:
        condition = self._truth(tree.condition, around)
        then, otherwise = self._of(tree.then, around), self._of(tree.otherwise, around)
        terms = self.terms
        sure: list[tuple[Yes, Value]] = [(condition.met, then), (condition.not_met, otherwise)]
        if isinstance(then, Tri) and isinstance(otherwise, Tri):
            said = self._by_case(sure, tree.type)
            assert isinstance(said, Tri)
            met = terms.either(said.met, terms.both(then.met, otherwise.met))
            return Tri(met, terms.either(said.not_met, terms.both(then.not_met, otherwise.not_met)))
        unknown = terms.no(terms.either(condition.met, condition.not_met))
        if unknown is False:
            return self._by_case(sure, tree.type)
        if isinstance(then, Code) and isinstance(otherwise, Code):
            for guard, one in then.cases:
                for when, other in otherwise.cases:
                    both = terms.both(unknown, guard, when, self._are_same(one, other))
                    sure.append((both, Code(((True, one),))))
        elif isinstance(then, Number) and isinstance(otherwise, Number):
            for guard, low, high in then.cases:
                for when, start, end in otherwise.cases:
                    both = terms.both(unknown, guard, when)
                    if tree.type.kind is Kind.SET and both is not False:
                        # Unknown which, unless the two are the same lesions, and not merely as many.
                        both = terms.both(both, terms.eq(low, start), terms.fresh("truth"))
                    if both is not False:
                        sure.append((both, Number(((True, self._least(low, start), self._most(high, end)),))))
        return self._by_case(sure, tree.type)

    def _are_same(self, one: str | Drawn, other: str | Drawn) -> Yes:
        if isinstance(one, str) or isinstance(other, str):
            fixed, drawn = (one, other) if isinstance(one, str) else (other, one)
            assert isinstance(fixed, str)
            return self.is_code(drawn, fixed)
        if one.options == other.options:
            return self.terms.eq(one.place, other.place)
        shared = [option for option in one.options if option in other.options]
        return self.terms.either(*(self.terms.both(self.is_code(one, each), self.is_code(other, each)) for each in shared))

    def _least(self, one: End, other: End) -> End:
        if is_endless(one) or is_endless(other):
            return min(one, other, key=lambda end: float(end) if is_endless(end) else 0.0)
        return self.terms.choice(self.terms.le(one, other), one, other)

    def _most(self, one: End, other: End) -> End:
        if is_endless(one) or is_endless(other):
            return max(one, other, key=lambda end: float(end) if is_endless(end) else 0.0)
        return self.terms.choice(self.terms.le(one, other), other, one)

    # --- over rows ----------------------------------------------------------------------------------------------

    def _quantified(self, tree: Quantified, around: Around) -> Tri:
        terms = self.terms
        met, not_met = [], []
        for row, member, maybe in self._members(tree.rows, around):
            of = self._truth(tree.of, (row, *around))
            out = terms.no(maybe)
            if tree.op == "any":
                met.append(terms.both(member, of.met))
                not_met.append(terms.either(out, of.not_met))
            else:
                met.append(terms.either(out, of.met))
                not_met.append(terms.both(member, of.not_met))
        closed = self.closed(tree.rows.form)
        if tree.op == "any":
            return Tri(terms.either(*met), terms.both(closed, *not_met))
        return Tri(terms.both(closed, *met), terms.either(*not_met))

    def _aggregate(self, tree: Aggregate, around: Around) -> Number:
        terms = self.terms
        members = self._members(tree.rows, around)
        if tree.op == "count":
            sure = terms.total([terms.choice(member, 1, 0) for _, member, _ in members])
            is_exact = all(member is maybe for _, member, maybe in members)
            most = sure if is_exact else terms.total([terms.choice(maybe, 1, 0) for _, _, maybe in members])
            closed = self.closed(tree.rows.form)
            cases = ((closed, sure, most), (terms.no(closed), sure, math.inf))
            return Number(tuple(case for case in cases if case[0] is not False))
        assert tree.of is not None
        known: list[Yes] = [terms.either(*(maybe for _, _, maybe in members))]
        values: list[tuple[Yes, End, End]] = []
        for row, member, maybe in members:
            given, low, high = self._one(self._number(tree.of, (row, *around)))
            known.append(terms.implies(maybe, terms.both(member, given)))
            values.append((maybe, low, high))
        all_known = terms.both(*known)
        if all_known is False:
            return Number()
        if any(is_endless(end) for _, *ends in values for end in ends):
            return Number((self._anything(all_known),))
        is_exact = all(low is high for _, low, high in values)
        lows, highs = ([(each[0], each[end]) for each in values] for end in (1, 2))
        if tree.op in ("min", "max"):
            low = self._extreme(lows, tree.op)
            return Number(((all_known, low, low if is_exact else self._extreme(highs, tree.op)),))
        low = terms.total([terms.choice(maybe, end, 0) for maybe, end in lows])
        high = low if is_exact else terms.total([terms.choice(maybe, end, 0) for maybe, end in highs])
        if tree.op == "sum":
            return Number(((all_known, low, high),))
        count = terms.total([terms.choice(maybe, 1, 0) for maybe, _ in lows])
        means: list[tuple[Yes, End, End]] = []
        for number in range(1, len(values) + 1):
            guard = terms.both(all_known, terms.eq(count, number))
            share = terms.times(low, Fraction(1, number))
            means.append((guard, share, share if low is high else terms.times(high, Fraction(1, number))))
        return Number(tuple(case for case in means if case[0] is not False))

    def _extreme(self, ends: list[tuple[Yes, End]], op: Literal["min", "max"]) -> End:
        """The least or the greatest of the ends that count; any number where none does."""
        terms = self.terms
        maybe, found = ends[0]
        for is_in, end in ends[1:]:
            beats = terms.le(end, found) if op == "min" else terms.le(found, end)
            found = terms.choice(terms.both(is_in, terms.either(terms.no(maybe), beats)), end, found)
            maybe = terms.either(maybe, is_in)
        return found

    # --- calculations -------------------------------------------------------------------------------------------

    def _each(self, of: Sequence[Number], work: Callable[..., Iterable[tuple[Yes, End, End]]]) -> Number:
        """What is worked out of numbers, in each case of each."""
        if len(of) == 1:
            found = [(self.terms.both(guard, when), *ends) for guard, *args in of[0].cases for when, *ends in work(*args)]
        else:
            left, right = of
            if len(left.cases) * len(right.cases) > MANY:
                left, right = Number((self._one(left),)), Number((self._one(right),))
            found = [
                (self.terms.both(guard, when, so), *ends)
                for guard, *one in left.cases
                for when, *other in right.cases
                for so, *ends in work(*one, *other)
            ]
        return self._thrifty(Number(tuple((guard, ends[0], ends[1]) for guard, *ends in found if guard is not False)))

    def _arithmetic(self, tree: Arithmetic, around: Around) -> Number:
        left, right = self._number(tree.left, around), self._number(tree.right, around)
        work = {"+": self._plus, "-": self._minus, "*": self._times, "/": self._over}[tree.op]
        return self._each((left, right), work)

    def _plus(self, low: End, high: End, start: End, end: End) -> Iterable[tuple[Yes, End, End]]:
        first = self.terms.plus(low, start)
        yield True, first, first if low is high and start is end else self.terms.plus(high, end)

    def _minus(self, low: End, high: End, start: End, end: End) -> Iterable[tuple[Yes, End, End]]:
        first = self.terms.minus(low, end)
        yield True, first, first if low is high and start is end else self.terms.minus(high, start)

    def _times(self, low: End, high: End, start: End, end: End) -> Iterable[tuple[Yes, End, End]]:
        if not any(map(is_open, (low, high, start, end))):
            yield from _settled_product(low, high, start, end)
        elif not is_open(start) and start == end and not is_endless(start):
            factor = Fraction(start)
            if factor == 0 and (is_endless(low) or is_endless(high)):
                return
            one = self.terms.times(low, factor)
            other = one if low is high else self.terms.times(high, factor)
            yield (True, one, other) if factor >= 0 else (True, other, one)
        elif not is_open(low) and low == high and not is_endless(low):
            yield from self._times(start, end, low, high)
        elif is_open(low) and low is high and is_open(start) and start is end:
            product = self._once(self._product, low, start)
            yield True, product, product
        else:
            yield self._anything(self.terms.fresh("truth"))

    def _over(self, low: End, high: End, start: End, end: End) -> Iterable[tuple[Yes, End, End]]:
        terms = self.terms
        if not is_open(start) and not is_open(end):
            if start <= 0 <= end:
                return
            if start == end and not is_endless(start):
                yield from self._times(low, high, 1 / Fraction(start), 1 / Fraction(start))
                return
        if is_open(start) and start is end and low is high and not is_endless(low):
            some = terms.either(terms.no(terms.le(start, 0)), terms.no(terms.le(0, start)))
            share = self._once(self._share, low, start)
            yield some, share, share
        elif not any(map(is_open, (low, high, start, end))):
            ends = [float(a) / float(b) for a in (low, high) for b in (start, end)]
            if not any(math.isnan(each) for each in ends):
                yield True, _kept(min(ends)), _kept(max(ends))
        else:
            apart = terms.no(terms.both(terms.le(start, 0), terms.le(0, end)))
            yield self._anything(terms.both(apart, terms.fresh("truth")))

    def _once(self, make: Callable[..., End], *of: End) -> End:
        """What is made of terms, the same whenever it is asked for."""
        key = (make.__name__, *((True, each.get_id()) if is_open(each) else (False, each) for each in of))
        if key not in self._made:
            self._made[key] = of, make(*of)
        return self._made[key][1]

    def _product(self, one: z3.ArithRef, other: z3.ArithRef) -> z3.ArithRef:
        """A product of two unknowns: its sign, that of a square, and exactly what it is once one of them is settled."""
        terms = self.terms
        product = terms.fresh("whole" if one.is_int() and other.is_int() else "real")
        if one is other:
            self.always(terms.le(0, product))
        for left in (True, False):
            for right in (True, False):
                signs = terms.both(
                    *(terms.le(0, each) if side else terms.le(each, 0) for side, each in ((left, one), (right, other)))
                )
                self.always(terms.implies(signs, terms.le(0, product) if left == right else terms.le(product, 0)))
        if (of := self.ranges.get(one.get_id())) and (by := self.ranges.get(other.get_id())):
            self.always(self._cell(one, other, product, of, by))
            corners = [x * y for x in of for y in by]
            self.ranges[product.get_id()] = min(corners), max(corners)

        def settled(at: tuple[Fraction, ...]) -> Yes:
            return terms.both(terms.eq(one, at[0]), terms.eq(product, terms.times(other, at[0])))

        self.rough.append(Rough((one, other), settled, lambda at: self._near(one, other, product, at)))
        return product

    def _cell(self, one: End, other: End, product: End, of: tuple[Fraction, Fraction], by: tuple[Fraction, Fraction]) -> Yes:
        """Always true of a product x y where a <= x <= b and c <= y <= d, said without x y: (x - a) (y - c) >= 0 and so on.

        Source:
            McCormick (1976), Math Program 10:147-175.
        """
        terms = self.terms
        (a, b), (c, d) = of, by

        def line(x: Fraction, y: Fraction) -> End:
            return terms.plus(terms.plus(terms.times(other, x), terms.times(one, y)), -x * y)

        inside = terms.both(terms.le(a, one), terms.le(one, b), terms.le(c, other), terms.le(other, d))
        below = terms.both(terms.le(line(a, c), product), terms.le(line(b, d), product))
        above = terms.both(terms.le(product, line(a, d)), terms.le(product, line(b, c)))
        return terms.implies(inside, terms.both(below, above))

    def _near(self, one: End, other: End, product: End, at: tuple[Fraction, ...]) -> Yes:
        """What is always true of a product, in the four cells that meet in a point."""

        def sides(end: End, here: Fraction) -> list[tuple[Fraction, Fraction]]:
            here = here.limit_denominator(10**6)  # any point will do: one of few digits, or they grow with each cell
            low, high = self.ranges.get(end.get_id() if is_open(end) else 0, (here - abs(here) - 1, here + abs(here) + 1))
            return [(low, here), (here, high)] if low < here < high else [(low, high)]

        cells = (self._cell(one, other, product, of, by) for of in sides(one, at[0]) for by in sides(other, at[1]))
        return self.terms.both(*cells)

    def _share(self, of: End, by: z3.ArithRef) -> z3.ArithRef:
        """A quotient of unknowns; compared with a constant it is exact: x / y <= c where x <= c y and y > 0."""
        terms = self.terms
        share = terms.fresh()
        positive, negative = terms.no(terms.le(by, 0)), terms.no(terms.le(0, by))

        def tie(is_most: bool, bound: Fraction) -> Yes:
            product = terms.times(by, bound)
            below, above = terms.le(of, product), terms.le(product, of)
            one, other = (below, above) if is_most else (above, below)
            return terms.either(terms.both(positive, one), terms.both(negative, other))

        for constant in (Fraction(0), Fraction(1)):
            below = terms.both(tie(True, constant), terms.le(share, constant))
            above = terms.both(tie(False, constant), terms.le(constant, share))
            self.always(terms.implies(terms.either(positive, negative), terms.either(below, above)))
        self._ties[share.get_id()] = share, tie

        def settled(at: tuple[Fraction, ...]) -> Yes:
            return terms.both(terms.eq(by, at[0]), terms.eq(share, terms.times(of, 1 / at[0])) if at[0] else True)

        def closer(at: tuple[Fraction, ...]) -> Yes:
            return terms.implies(terms.either(positive, negative), self._near(by, share, of, at))

        self.rough.append(Rough((by, share), settled, closer))
        return share

    def _converted(self, tree: Converted, around: Around) -> Number:
        if tree.of.type.unit == tree.to:
            return self._number(tree.of, around)
        factor, shift = (exact(each) for each in conversion(tree.of.type.unit, tree.to, tree.molar_mass))

        def work(low: End, high: End) -> Iterable[tuple[Yes, End, End]]:
            first = self.terms.plus(self.terms.times(low, factor), shift)
            yield True, first, first if low is high else self.terms.plus(self.terms.times(high, factor), shift)

        return self._each((self._number(tree.of, around),), work)

    def _call(self, tree: Call, around: Around) -> Number:
        of = tuple(self._number(each, around) for each in tree.of)
        match tree.name:
            case "size":
                return of[0]
            case "abs":
                return self._each(of, self._absolute)
            case "floor":
                return self._each(
                    of,
                    lambda low, high: [
                        (True, one := self._once(self._floor, low), one if low is high else self._once(self._floor, high))
                    ],
                )
            case "ln" | "log10":
                natural = tree.name == "ln"
                return self._each(of, lambda low, high: self._logarithms(low, high, natural))
            case "days" | "weeks":
                length = Fraction(1, 7 if tree.name == "weeks" else 1)

                def work(low: End, high: End, start: End, end: End) -> Iterable[tuple[Yes, End, End]]:
                    first = self.terms.times(self.terms.minus(start, high), length)
                    both = low is high and start is end
                    yield True, first, first if both else self.terms.times(self.terms.minus(end, low), length)

                return self._each(of, work)
            case _:
                part = Fraction(1, 12 if tree.name == "years" else 1)

                def calendar(low: End, high: End, start: End, end: End) -> Iterable[tuple[Yes, End, End]]:
                    first = self._once(self._months, high, start, part)
                    yield True, first, first if low is high and start is end else self._once(self._months, low, end, part)

                return self._each(of, calendar)

    def _absolute(self, low: End, high: End) -> Iterable[tuple[Yes, End, End]]:
        terms = self.terms
        up = terms.le(0, low)
        down = terms.both(terms.no(up), terms.le(high, 0))
        negated = terms.times(high, Fraction(-1))
        yield up, low, high
        yield down, negated, negated if low is high else terms.times(low, Fraction(-1))
        if low is not high:
            across = terms.no(terms.either(up, down))
            if across is not False:
                yield across, 0, self._most(terms.times(low, Fraction(-1)), high)

    def _floor(self, end: End) -> End:
        """The whole number at or below a number, by what can be told apart: `explain._floor`."""
        terms = self.terms
        if not is_open(end):
            return end if is_endless(end) else math.floor(float(end) + SAME * abs(float(end)))
        if end.is_int():
            return end
        slack = terms.times(end, TOLERANCE)
        reached = terms.choice(terms.le(0, end), terms.plus(end, slack), terms.minus(end, slack))
        whole = terms.fresh("whole")
        self.always(terms.both(terms.le(whole, reached), terms.no(terms.le(terms.plus(whole, 1), reached))))
        return whole

    def _logarithms(self, low: End, high: End, natural: bool) -> Iterable[tuple[Yes, End, End]]:
        terms = self.terms
        over_none = terms.no(terms.le(low, 0))
        if over_none is not False:
            first = self._once(self._logarithm, low, natural)
            yield over_none, first, first if low is high else self._once(self._logarithm, high, natural)

    def _logarithm(self, of: End, natural: bool) -> End:
        """A logarithm: between chords and tangents; compared with a constant it is exact."""
        terms = self.terms
        log, power = (math.log, math.exp) if natural else (math.log10, lambda number: 10.0**number)
        if not is_open(of):
            return _kept(log(float(of))) if of > 0 else 0
        result = terms.fresh()

        def tie(is_most: bool, bound: Fraction) -> Yes:
            reached: End = exact(power(float(bound))) if abs(bound) < 200 else 0 if bound < 0 else math.inf
            return terms.le(of, reached) if is_most else terms.le(reached, of)

        def line(here: Fraction, there: Fraction) -> End:
            """The chord from one number to another; the tangent where they are the same."""
            start, end = log(float(here)), log(float(there))
            slope = (
                (end - start) / float(there - here) if here != there else 1 / (float(here) * (1.0 if natural else math.log(10)))
            )
            nudge = 1e-9 if here == there else -1e-9  # a tangent lies above, a chord below
            return terms.plus(exact(start + nudge), terms.times(terms.minus(of, here), exact(slope)))

        def between(here: Fraction, there: Fraction) -> Yes:
            inside = terms.both(terms.le(here, of), terms.le(of, there))
            return terms.both(terms.le(result, line(here, here)), terms.implies(inside, terms.le(line(here, there), result)))

        for power_of in range(-2, 5):
            self.always(between(Fraction(10) ** power_of, Fraction(10) ** (power_of + 1)))

        def closer(at: tuple[Fraction, ...]) -> Yes:
            if not 0 < at[0] < 10**9:
                return True
            return terms.both(between(at[0], at[0] * Fraction(11, 10)), between(at[0] * Fraction(10, 11), at[0]))

        self._ties[result.get_id()] = result, tie

        def settled(at: tuple[Fraction, ...]) -> Yes:
            return terms.both(terms.eq(of, at[0]), terms.eq(result, exact(log(float(at[0])))) if at[0] > 0 else True)

        self.rough.append(Rough((of,), settled, closer))
        return result

    # --- months -------------------------------------------------------------------------------------------------

    def _shifted(self, tree: Shifted, around: Around) -> Number:
        months, days = tree.span.months * tree.sign, tree.span.days * tree.sign

        def work(low: End, high: End) -> Iterable[tuple[Yes, End, End]]:
            first = self._shift(low, months, days)
            yield True, first, first if low is high else self._shift(high, months, days)

        return self._each((self._number(tree.of, around),), work)

    def _shift(self, day: End, months: int, days: int = 0) -> End:
        """A day so many calendar months and days later."""
        terms = self.terms
        if not is_open(day):
            return _later(int(day), months, days)
        if not months:
            return terms.plus(day, days)
        return terms.plus(self._once(self._moved, day, months), days)

    def _moved(self, day: z3.ArithRef, months: int) -> z3.ArithRef:
        """A day so many calendar months later: between the fewest and the most days that they can be."""
        terms = self.terms
        moved = terms.fresh("whole")
        least, most = _lengths(months)
        self.always(terms.both(terms.le(terms.plus(day, least), moved), terms.le(moved, terms.plus(day, most))))

        def settled(at: tuple[Fraction, ...]) -> Yes:
            return terms.both(terms.eq(day, at[0]), terms.eq(moved, _later(int(at[0]), months, 0)))

        def closer(at: tuple[Fraction, ...]) -> Yes:
            """How many days the months are, from each day of the year before and the year after."""
            parts = []
            for first, last, length in _stretches(int(at[0]) - 400, int(at[0]) + 400, months):
                here = terms.both(terms.le(first, day), terms.le(day, last))
                parts.append(terms.implies(here, terms.eq(moved, terms.plus(day, length))))
            return terms.both(*parts)

        self.rough.append(Rough((day,), settled, closer))
        return moved

    def _months(self, start: End, end: End, part: Fraction) -> End:
        """Calendar months, or years, from one day to another; compared with whole ones it is exact."""
        terms = self.terms
        if not is_open(start) and not is_open(end):
            months = months_between(date.fromordinal(int(start)), date.fromordinal(int(end)))
            return _kept(months / 12 if part != 1 else months)
        result = terms.fresh()
        days = terms.minus(end, start)
        forwards = terms.le(start, end)
        # A month is 28 to 31 days long, and one under way counts for the part of it that has gone by.
        slow, fast = terms.times(days, part / 31), terms.times(days, part / 28)
        self.always(terms.implies(forwards, terms.both(terms.le(slow, result), terms.le(result, fast))))
        self.always(terms.implies(terms.no(forwards), terms.both(terms.le(fast, result), terms.le(result, slow))))

        def tie(is_most: bool, bound: Fraction) -> Yes | None:
            months = bound / part
            whole = round(months)
            if abs(months - whole) > 2 * TOLERANCE * max(Fraction(1), abs(months)) or abs(whole) > 1200:
                return None
            if whole >= 0:
                reached = self._shift(start, whole)
                said = terms.le(end, reached) if is_most else terms.le(reached, end)
                return terms.either(terms.no(forwards), said) if is_most and not whole else said
            reached = self._shift(end, -whole)
            return terms.le(reached, start) if is_most else terms.le(start, reached)

        self._ties[result.get_id()] = result, tie

        def settled(at: tuple[Fraction, ...]) -> Yes:
            value = months_between(date.fromordinal(int(at[0])), date.fromordinal(int(at[1])))
            said = terms.eq(result, exact(value / 12 if part != 1 else value))
            return terms.both(terms.eq(start, at[0]), terms.eq(end, at[1]), said)

        first = terms.term(start, True)
        self.rough.append(Rough((first,), lambda at: terms.eq(start, at[0])))
        self.last_rough.append(Rough((first, terms.term(end, True)), settled))
        return result


def _constant(value: object) -> Value:
    match value:
        case bool():
            return Tri(value, not value)
        case str():
            return Code(((True, value),))
        case When():
            return Number(((True, value.first.toordinal(), value.last.toordinal()),))
        case Span():
            return Number(((True, exact(value.about_days), exact(value.about_days)),))
        case tuple():
            return Number(((True, len(value), len(value)),))
        case int() | float():
            return Number(((True, exact(value), exact(value)),))
        case Unclear() | None:
            return UNSETTLED
        case _:
            raise TypeError(f"{value!r} is no value of a fact")


def _settled_product(low: End, high: End, start: End, end: End) -> Iterable[tuple[Yes, End, End]]:
    ends = [_constant_product(a, b) for a in (low, high) for b in (start, end)]
    if not any(isinstance(each, float) and math.isnan(each) for each in ends):
        yield True, min(ends), max(ends)


def _constant_product(one: End, other: End) -> End:
    if is_endless(one) or is_endless(other):
        return float(one) * float(other)
    return Fraction(one) * Fraction(other)


def _kept(number: float) -> End:
    return number if math.isinf(number) else exact(number)


def _later(day: int, months: int, days: int) -> int:
    sign: Literal[1, -1] = 1 if months >= 0 else -1
    moved = later(date.fromordinal(day), Span(months=abs(months)), sign) if months else date.fromordinal(day)
    try:
        return (moved + timedelta(days=days)).toordinal()
    except OverflowError:
        return date.max.toordinal() if days > 0 else date.min.toordinal()


def _stretches(start: int, end: int, months: int) -> Iterable[tuple[int, int, int]]:
    """The days from one to another, in stretches from whose days so many months are equally long, with that length."""
    first, length = start, _later(start, months, 0) - start
    for day in range(start + 1, end + 1):
        here = _later(day, months, 0) - day
        if here != length:
            yield first, day - 1, length
            first, length = day, here
    yield first, end, length


@cache
def _lengths(months: int) -> tuple[int, int]:
    """The fewest and the most days that so many calendar months are, from any day of 1900 to 2099."""
    # Four years without a leap day and four with one: every month after and before every other.
    starts = range(date(1895, 1, 1).toordinal(), date(1908, 12, 31).toordinal())
    lengths = [_later(start, months, 0) - start for start in starts]
    return min(lengths), max(lengths)
