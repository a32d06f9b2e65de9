"""What a statement says of one measure: the values that it is held against, and which of them are let through."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise, product
from typing import Literal

from .calendar import Span
from .expression.source import source
from .expression.tree import (
    Aggregate,
    Among,
    And,
    Arithmetic,
    Call,
    Compare,
    Constant,
    Field,
    If,
    Kind,
    Named,
    Not,
    Or,
    Pick,
    Quantified,
    Rows,
    Scope,
    Shifted,
    Tree,
    parts,
)
from .protocol import Item
from .study import Study
from .vocabulary import Term, vocabulary

Op = Literal["<", "<=", ">", ">=", "==", "!="]
_MIRRORED: Mapping[Op, Op] = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_NEGATED: Mapping[Op, Op] = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
MANY = 6
"""Other statements beside a bound whose truths are gone through one by one; of more, nothing is said."""


@dataclass(frozen=True, slots=True)
class Measure:
    """What is compared with constants: a number, a grade of an ordered choice, or the days from an anchor to a date.

    `relative` is "uln" or "lln" where it is counted in limits of normal.
    """

    of: Tree
    relative: str = ""
    anchor: Tree | None = None


@dataclass(frozen=True, slots=True)
class Bound:
    """A comparison of a measure with a constant, as `platelets >= 100`; `at` is in the measure's own unit.

    `written` is the number and the unit that were typed, or the length of time.
    """

    measure: Measure
    op: Op
    at: float
    atom: Tree
    written: tuple[float, str] | Span | None = None


@lru_cache(maxsize=5_000)
def plain(tree: Tree) -> Tree:
    """A tree with each definition in the place of its name, so that what means the same is the same."""
    match tree:
        case Named():
            return plain(tree.of)
        case And() | Or() | Call():
            return replace(tree, of=tuple(plain(part) for part in tree.of))
        case Not() | Among() | Shifted():
            return replace(tree, of=plain(tree.of))
        case Compare() | Arithmetic():
            return replace(tree, left=plain(tree.left), right=plain(tree.right))
        case If():
            return If(plain(tree.condition), plain(tree.then), plain(tree.otherwise))
        case Pick():
            return replace(tree, rows=_plain_rows(tree.rows))
        case Aggregate():
            return replace(tree, rows=_plain_rows(tree.rows), of=None if tree.of is None else plain(tree.of))
        case Quantified():
            return replace(tree, rows=_plain_rows(tree.rows), of=plain(tree.of))
        case _:
            return tree


def _plain_rows(rows: Rows) -> Rows:
    return rows if rows.where is None else replace(rows, where=plain(rows.where))


def bound(tree: Tree) -> Bound | None:
    """The bound that a comparison is, if a constant stands on one of its sides."""
    if not isinstance(tree, Compare):
        return None
    for op, left, right in ((tree.op, tree.left, tree.right), (_MIRRORED[tree.op], tree.right, tree.left)):
        if isinstance(left, Constant):
            continue
        match right:
            case Constant(value=float() | int() as at, written=written) if not isinstance(at, bool):
                unit = right.type.unit
                return Bound(Measure(left), op, float(at), tree, written or (float(at), unit))
            case Constant(value=str() as code) if left.type.ordered and code in left.type.options:
                return Bound(Measure(left), op, float(left.type.options.index(code)), tree)
            case Arithmetic(op="*", left=Constant(value=float() | int() as times), right=Pick() as limit) if _limit_of(
                left, limit
            ):
                return Bound(Measure(left, limit.of.part), op, float(times), tree, (float(times), limit.of.part.upper()))
            case Pick() if _limit_of(left, right):
                return Bound(Measure(left, right.of.part), op, 1.0, tree, (1.0, right.of.part.upper()))
            case Shifted(of=anchor, span=span, sign=sign) if left.type.kind is Kind.DATE:
                return Bound(Measure(left, anchor=anchor), op, float(sign * span.about_days), tree, span)
            case _ if left.type.kind is Kind.DATE and tree.left is left and not isinstance(left, Shifted):
                return Bound(Measure(left, anchor=right), op, 0.0, tree, Span())
    return None


def _limit_of(left: Tree, limit: Pick) -> bool:
    """Whether a limit of normal is that of the very fact it is compared with."""
    fact = plain(left)
    return bool(limit.of.part) and isinstance(fact, Pick) and (fact.of.form, fact.of.name) == (limit.of.form, limit.of.name)


def bounds(tree: Tree) -> Iterator[Bound]:
    """Every bound in a statement about the participant; those on single rows of a form among them."""
    for part in parts(plain(tree)):
        if isinstance(part, Compare) and (found := bound(part)) is not None:
            yield found


def clauses(tree: Tree, *, met: bool = True) -> tuple[tuple[Tree, bool], ...]:
    """The statements of which each one has to come out so, for the whole to be met, or not to be."""
    match tree:
        case Named():
            return clauses(tree.of, met=met)
        case Not():
            return clauses(tree.of, met=not met)
        case And() if met:
            return tuple(each for part in tree.of for each in clauses(part, met=met))
        case Or() if not met:
            return tuple(each for part in tree.of for each in clauses(part, met=met))
        case _:
            return ((tree, met),)


@dataclass(frozen=True, slots=True)
class Limit:
    """One clause of a criterion as a bound on one measure, and the other statements on which it depends.

    `met` says whether the clause has to be met, or not; `bounds` are those of its comparisons that are of the measure.
    """

    measure: Measure
    clause: Tree
    met: bool
    at: tuple[float, ...]
    others: tuple[Tree, ...]
    bounds: tuple[Bound, ...]

    @property
    def lengths(self) -> frozenset[str]:
        """Whether its lengths of time are in days or in calendar months, which are not compared with one another."""
        spans = [each.written for each in self.bounds if isinstance(each.written, Span)]
        return frozenset(name for each in spans for name in ("days", "months") if getattr(each, name))

    def passes(self, value: float, truths: Sequence[bool]) -> bool:
        """Whether a value passes, the others being so."""
        return _holds(self.clause, self.measure, value, dict(zip(self.others, truths, strict=True))) is self.met


def limits(tree: Tree, *, met: bool) -> tuple[Limit, ...]:
    """Each clause of a statement that sets bounds to a measure.

    Args:
        tree: The statement.
        met: Whether it has to be met, as an inclusion, or not, as an exclusion.
    """
    return _limits(plain(tree), met)


@lru_cache(maxsize=2_000)
def _limits(tree: Tree, met: bool) -> tuple[Limit, ...]:
    found = []
    for clause, sign in clauses(tree, met=met):
        atoms = tuple(dict.fromkeys(_atoms(clause)))
        held = {atom: _held(atom) for atom in atoms}
        for measure in dict.fromkeys(each.measure for each in held.values() if each is not None):
            own = [each for each in held.values() if each is not None and each.measure == measure]
            others = tuple(atom for atom in atoms if (each := held[atom]) is None or each.measure != measure)
            if len(others) <= MANY:
                at = tuple(sorted({value for each in own for value in _values(each)}))
                found.append(Limit(measure, clause, sign, at, others, tuple(own)))
    return tuple(found)


def _values(of: Bound) -> tuple[float, ...]:
    atom = of.atom
    if isinstance(atom, Among):
        return tuple(float(of.measure.of.type.options.index(code)) for code in atom.options)
    return (of.at,)


def _held(atom: Tree) -> Bound | None:
    """The bound that an atom is; being among some grades of an ordered choice is one."""
    if isinstance(atom, Among) and atom.of.type.ordered and all(code in atom.of.type.options for code in atom.options):
        return Bound(Measure(atom.of), "==", float(atom.of.type.options.index(atom.options[0])), atom) if atom.options else None
    return bound(atom)


def _atoms(tree: Tree) -> Iterator[Tree]:
    """The smallest statements of which a statement is made by and, or, not and if."""
    match tree:
        case And() | Or():
            for part in tree.of:
                yield from _atoms(part)
        case Not() | Named():
            yield from _atoms(tree.of)
        case If():
            for part in (tree.condition, tree.then, tree.otherwise):
                yield from _atoms(part)
        case Constant():
            return
        case _:
            yield tree


def _holds(tree: Tree, measure: Measure, value: float, others: Mapping[Tree, bool]) -> bool:
    def again(part: Tree) -> bool:
        return _holds(part, measure, value, others)

    match tree:
        case And():
            return all(again(part) for part in tree.of)
        case Or():
            return any(again(part) for part in tree.of)
        case Not():
            return not again(tree.of)
        case Named():
            return again(tree.of)
        case If():
            return again(tree.then) if again(tree.condition) else again(tree.otherwise)
        case Constant():
            return bool(tree.value)
        case _:
            if tree in others:
                return others[tree]
            held = _held(tree)
            assert held is not None
            assert held.measure == measure
            if isinstance(tree, Among):
                return value in _values(held)
            return _compared(held.op, value, held.at)


def _compared(op: Op, value: float, at: float) -> bool:
    match op:
        case "<":
            return value < at
        case "<=":
            return value <= at
        case ">":
            return value > at
        case ">=":
            return value >= at
        case "==":
            return value == at
        case _:
            return value != at


# --- the values of a measure --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cell:
    """A stretch of a measure's values within which no comparison changes: one value, or all between two ends.

    `like` is a value in it.
    """

    low: float
    high: float
    like: float

    @property
    def is_point(self) -> bool:
        """Whether it is a single value."""
        return self.low == self.high


def cells(at: Sequence[float], low: float = -math.inf, high: float = math.inf, *, whole: bool = False) -> tuple[Cell, ...]:
    """The cells into which constants cut a measure's values, from the least to the greatest.

    Args:
        at: The constants.
        low: The least value there is.
        high: The greatest.
        whole: Whether there are whole numbers only.
    """
    inside = sorted({value for value in at if low <= value <= high})
    edges = [low, *inside, high]
    found: list[Cell] = []
    for start, end in pairwise(edges):
        first_is_edge = start == low and low not in inside
        last_is_edge = end == high and high not in inside
        if start in inside:
            if not whole or start == int(start):
                found.append(Cell(start, start, start))
        between = _between(whole, start, end, first_is_edge, last_is_edge)
        if between is not None:
            found.append(between)
    if high in inside and (not whole or high == int(high)):
        found.append(Cell(high, high, high))
    return tuple(dict.fromkeys(found))


def _between(whole: bool, start: float, end: float, with_start: bool, with_end: bool) -> Cell | None:
    if start == end:
        return Cell(start, start, start) if with_start or with_end else None
    if whole:
        first = start if math.isinf(start) else math.ceil(start) if with_start else math.floor(start) + 1
        last = end if math.isinf(end) else math.floor(end) if with_end else math.ceil(end) - 1
        if first > last:
            return None
        like = first if not math.isinf(first) else last if not math.isinf(last) else 0.0
        return Cell(float(first), float(last), float(like))
    like = (
        (start + end) / 2
        if not math.isinf(start + end)
        else start + 1
        if not math.isinf(start)
        else end - 1
        if not math.isinf(end)
        else 0.0
    )
    return Cell(start, end, like)


@dataclass(frozen=True, slots=True)
class Apart:
    """Where an inclusion and an exclusion do not meet: cells that are neither, or both; at which end.

    `when` are the other statements on which that depends, each with its truth.
    """

    kind: Literal["gap", "overlap"]
    end: Literal["upper", "lower"]
    cells: tuple[Cell, ...]
    when: tuple[tuple[Tree, bool], ...] = ()


def apart(kept: Limit, barred: Limit, study: Study) -> Iterator[Apart]:
    """Where two bounds on one measure, of an inclusion and an exclusion, miss each other at the same end."""
    lengths = kept.lengths | barred.lengths
    if kept.measure != barred.measure or len(lengths) > 1:
        return
    at, (low, high) = (*kept.at, *barred.at), domain(kept.measure, study)
    if kept.measure.anchor is not None:  # a window looks to one side of its anchor
        low, high = (low, 0.0) if max(at) <= 0 else (0.0, high) if min(at) >= 0 else (low, high)
    values = cells(at, low, high, whole=is_whole(kept.measure, study) and lengths != {"months"})
    if set(kept.others) == set(barred.others):
        for truths in product((False, True), repeat=len(kept.others)):
            known = dict(zip(kept.others, truths, strict=True))
            ours = [kept.passes(each.like, truths) for each in values]
            theirs = [barred.passes(each.like, [known[other] for other in barred.others]) for each in values]
            yield from _missed(values, ours, theirs, tuple(known.items()))
        return
    ours = [any(kept.passes(each.like, truths) for truths in _truths(kept)) for each in values]
    theirs = [any(barred.passes(each.like, truths) for truths in _truths(barred)) for each in values]
    yield from _missed(values, ours, theirs, ())


def _truths(of: Limit) -> Iterator[tuple[bool, ...]]:
    return product((False, True), repeat=len(of.others))


def _missed(
    values: Sequence[Cell], ours: Sequence[bool], theirs: Sequence[bool], when: tuple[tuple[Tree, bool], ...]
) -> Iterator[Apart]:
    if not any(ours) or not any(theirs):
        return
    last = len(values) - 1
    ends: tuple[tuple[Literal["upper", "lower"], list[bool], list[bool], list[int]], ...] = (
        ("upper", list(ours), list(theirs), list(range(len(values)))),
        ("lower", list(ours)[::-1], list(theirs)[::-1], list(range(len(values)))[::-1]),
    )
    for end, mine, other, order in ends:
        top, over = last - mine[::-1].index(True), last - other[::-1].index(True)
        if top == last or over == last or top == over:
            continue
        between = range(min(top, over) + 1, max(top, over) + 1)
        kind: Literal["gap", "overlap"] = "gap" if over > top else "overlap"
        inside = [order[index] for index in between if mine[index] != other[index]]
        yield Apart(kind, end, tuple(values[index] for index in sorted(inside)), when)


# --- what is known of a measure -----------------------------------------------------------------------------------


def item_of(tree: Tree, study: Study) -> Item | None:
    """The item of a form whose answer a measure is, as it was given."""
    tree = plain(tree)
    if isinstance(tree, Pick):
        tree = tree.of
    if not isinstance(tree, Field) or tree.part or tree.form not in study.activities:
        return None
    return study.activities[tree.form].items.get(tree.name)


def term_of(item: Item) -> Term | None:
    """The term of the shared vocabulary that an item is, by what it uses or else by its name."""
    terms = vocabulary()
    if item.use:
        return terms.get(item.use)
    found = [term for term in terms.values() if term.name == item.name and term.type == item.type and term.unit == item.unit]
    return found[0] if len(found) == 1 else None


def domain(measure: Measure, study: Study) -> tuple[float, float]:
    """The least and the greatest value that a measure can have."""
    if measure.relative:
        return 0.0, math.inf
    if measure.of.type.kind is Kind.CHOICE:
        return 0.0, float(len(measure.of.type.options) - 1)
    item = item_of(measure.of, study)
    if item is not None and item.range is not None:
        return item.range.low, item.range.high
    counted = isinstance(plain(measure.of), Aggregate) and measure.of.type.whole
    return (0.0 if counted else -math.inf), math.inf


def is_whole(measure: Measure, study: Study) -> bool:
    """Whether a measure takes whole numbers only: counts, grades, days; ages, which criteria count in completed years."""
    kind = measure.of.type
    item = item_of(measure.of, study)
    term = term_of(item) if item is not None else None
    years = term is not None and term.name == "age"
    return not measure.relative and (kind.whole or years or kind.kind in (Kind.CHOICE, Kind.DATE))


def name_of(measure: Measure, scope: Scope) -> str:
    """A measure as the file calls it."""
    return source(measure.of, scope)


def values_said(limit: Limit, found: Sequence[Cell], study: Study) -> str:
    """A measure and cells of it that lie side by side: `ecog 2`, `inr over 1.5 up to 1.6`, each with its unit."""
    measure = limit.measure
    name = name_of(measure, study.scope)
    if measure.anchor is not None:
        return f"{name} {_days_said(limit, found)} {source(measure.anchor, study.scope)}"
    unit = {"uln": "x ULN", "lln": "x LLN"}.get(measure.relative, measure.of.type.unit)
    grades = measure.of.type.options if measure.of.type.kind is Kind.CHOICE else ()

    def told(value: float) -> str:
        return grades[int(value)] if grades else f"{value:.10g}"

    return f"{name} {_stretch_said(found, told, whole=is_whole(measure, study))}{f' {unit}' if unit else ''}"


def _days_said(limit: Limit, found: Sequence[Cell]) -> str:
    """Days from an anchor, as `29 to 41 days before`."""
    months = limit.lengths == {"months"}
    unit, size = ("months", Span(months=1).about_days) if months else ("days", 1.0)
    side = "before" if found[0].low < 0 else "after"
    turned = [Cell(-each.high, -each.low, -each.like) for each in found[::-1]] if side == "before" else list(found)
    return f"{_stretch_said(turned, lambda value: f'{value / size:.4g}', whole=not months)} {unit} {side}"


def _stretch_said(found: Sequence[Cell], told: Callable[[float], str], *, whole: bool) -> str:
    low, high = found[0], found[-1]
    if low.low == high.high:
        return told(low.low)
    if whole:
        if math.isinf(high.high):
            return f"{told(low.low)} or more"
        if math.isinf(low.low):
            return f"{told(high.high)} or less"
        if high.high - low.low == 1:
            return f"{told(low.low)} or {told(high.high)}"
        return f"{told(low.low)} to {told(high.high)}"
    start = ("" if low.is_point else "over ") + told(low.low)
    end = ("up to " if high.is_point else "under ") + told(high.high)
    if math.isinf(high.high):
        return f"{told(low.low)} or more" if low.is_point else start
    return end if math.isinf(low.low) else f"from {start} {end}" if low.is_point else f"{start} {end}"
