"""Whether statements can hold together, told from the values on which they turn.

Each thing that is asked about (a code, a number, a count, a statement about rows) is a *subject*; the constants with which
it is compared cut its values into cells within which nothing changes, and one value of each cell stands for all of them.
Subjects are taken to be free of one another, so a `no` is a proof, and a `yes` comes with values to try.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

from ..expression.explain import Between, compared
from ..expression.grammar import LESIONS
from ..expression.tree import (
    Aggregate,
    Among,
    And,
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
    Tree,
    Type,
)  # fmt: skip
from ..logic import MET, NOT_MET, UNKNOWN
from ..shown import left
from ..study import Study

IS_NOT, UNSURE, IS = 1, 2, 4
"""The three truths as bits: a statement that may have several has the sum."""
ANY = IS_NOT | UNSURE | IS
BIT = {NOT_MET: IS_NOT, UNKNOWN: UNSURE, MET: IS}
TURNED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}
MOST = 20_000
"""Combinations of values that are looked at for one question; more than that is taken to be possible."""

Cell = float | str | bool | Between | None
"""A value that stands for its cell; None is unknown."""
Cells = Mapping[Tree, Sequence[Cell]]


def negated(bits: int) -> int:
    """The truths of `not`."""
    return (bits & UNSURE) | (IS if bits & IS_NOT else 0) | (IS_NOT if bits & IS else 0)


def joined(found: Iterable[int], *, settles: int) -> int:
    """The truths that an `and` (settled by not met) or an `or` (by met) of parts with such truths may have."""
    other = IS if settles == IS_NOT else IS_NOT
    bits = other
    for each in found:
        new = (bits | each) & settles
        if bits & ~settles and each & ~settles:
            if (bits | each) & UNSURE:
                new |= UNSURE
            if bits & each & other:
                new |= other
        bits = new
    return bits


Known = Callable[[Tree], int | None]
"""What is known already of a statement: the truths it may have, or None."""
Domain = Callable[[Tree, tuple[float | str, ...]], Sequence[Cell]]
"""The values that a subject may have, one of each cell into which constants cut them."""


def together(wanted: tuple[tuple[Tree, int], ...], known: Known, domain: Domain) -> dict[Tree, Cell] | None:
    """Values for which statements have the truths wanted of them; None if there are none.

    Args:
        wanted: The statements, each with the truths that are wanted of it.
        known: Truths that are known of parts.
        domain: The values that a subject may have, given the constants with which it is compared.
    """
    left()
    cuts: dict[Tree, dict[float | str, None]] = {}
    for tree, _ in wanted:
        for subject, at in subjects(tree).items():
            cuts.setdefault(subject, {}).update(dict.fromkeys(at))
    cells = {subject: domain(subject, tuple(at)) for subject, at in cuts.items()}
    return _found(wanted, cells, list(cells), known, [MOST])


def _found(
    wanted: tuple[tuple[Tree, int], ...], cells: Cells, open_: list[Tree], known: Known, budget: list[int]
) -> dict[Tree, Cell] | None:  # fmt: skip
    budget[0] -= 1
    settled = True
    for tree, bits in wanted:
        may = truths(tree, cells, known)
        if not may & bits:
            return None
        settled &= not may & ~bits
    if settled or not open_ or budget[0] < 0:
        return {subject: values[0] for subject, values in cells.items() if values}
    subject, rest = open_[0], open_[1:]
    for value in cells[subject]:
        if (model := _found(wanted, {**cells, subject: (value,)}, rest, known, budget)) is not None:
            return model
    return None


def truths(tree: Tree, cells: Cells, known: Known) -> int:
    """The truths that a statement may have while its subjects have some of these values."""
    if (told := known(tree)) is not None:
        return told
    match tree:
        case Constant(value=bool(value)):
            return IS if value else IS_NOT
        case Named():
            return truths(tree.of, cells, known)
        case Not():
            return negated(truths(tree.of, cells, known))
        case And():
            return joined((truths(each, cells, known) for each in tree.of), settles=IS_NOT)
        case Or():
            return joined((truths(each, cells, known) for each in tree.of), settles=IS)
        case If():
            condition = truths(tree.condition, cells, known)
            found = truths(tree.then, cells, known) if condition & (IS | UNSURE) else 0
            found |= truths(tree.otherwise, cells, known) if condition & (IS_NOT | UNSURE) else 0
            return found | (condition & UNSURE)
        case _:
            subject, held = _subject(tree)
            bits = 0
            for cell in cells.get(subject, (None,)):
                bits |= held(cell)
            return bits


def _subject(tree: Tree) -> tuple[Tree, Callable[[Cell], int]]:
    """What a statement turns on, and what it comes to for a value of it."""
    match tree:
        case Among(of=of, options=options):
            return _bare(of), lambda value: UNSURE if value is None else IS if value in options else IS_NOT
        case Quantified(op="any", rows=rows, of=Constant(value=True)):
            count = Aggregate("count", rows, None, COUNTED)
            return count, lambda value: _against(">=", value, 1.0, ())
        case Compare(op=op, left=left, right=Constant(value=bound)):
            return _bare(left), lambda value: _against(op, value, bound, left.type.options)
        case Compare(op=op, left=Constant(value=bound), right=right):
            return _bare(right), lambda value: _against(TURNED[op], value, bound, right.type.options)
        case _:
            return tree, lambda value: UNSURE if value is None else IS if value is True else IS_NOT


COUNTED = Type(Kind.NUMBER, whole=True)


def _bare(tree: Tree) -> Tree:
    """A tree without its name, and a count as every other count of the same rows."""
    match tree:
        case Named(of=of):
            return _bare(of)
        case Aggregate(op="count", rows=rows):
            return Aggregate("count", rows, None, COUNTED)
        case _:
            return tree


def _against(op: str, value: Cell, bound: object, options: tuple[str, ...]) -> int:
    if value is None:
        return UNSURE
    if isinstance(value, str):
        if value not in options or bound not in options:
            return ANY
        value, bound = float(options.index(value)), float(options.index(str(bound)))
    if not isinstance(bound, int | float):
        return ANY
    here = value if isinstance(value, Between) else Between(float(value), float(value))
    return BIT[compared(op, here, Between(float(bound), float(bound)))]


@lru_cache(maxsize=4_000)
def subjects(tree: Tree) -> dict[Tree, tuple[float | str, ...]]:
    """What a statement turns on, each with the constants it is held against."""
    match tree:
        case Constant():
            return {}
        case Named(of=of) | Not(of=of):
            return subjects(of)
        case And() | Or():
            inside: tuple[Tree, ...] = tree.of
        case If():
            inside = (tree.condition, tree.then, tree.otherwise)
        case _:
            subject, _ = _subject(tree)
            match tree:
                case Among(options=options):
                    return {subject: options}
                case Quantified(of=Constant(value=True), op="any"):
                    return {subject: (1.0,)}
                case Compare(left=Constant(value=bound)) | Compare(right=Constant(value=bound)) if isinstance(
                    bound, int | float | str
                ) and not isinstance(bound, bool):
                    return {subject: (bound,)}
                case _:
                    return {subject: ()}
    found: dict[Tree, tuple[float | str, ...]] = {}
    for each in inside:
        for subject, at in subjects(each).items():
            found[subject] = tuple(dict.fromkeys((*found.get(subject, ()), *at)))
    return found


def cells_of(subject: Tree, at: tuple[float | str, ...], study: Study) -> tuple[Cell, ...]:
    """A value of each cell into which constants cut a subject's values, unknown last."""
    kind = subject.type
    if kind.kind is Kind.TRUTH:
        return (True, False, None)
    if kind.kind is Kind.CHOICE:
        return (*kind.options, None)
    if kind.kind is not Kind.NUMBER:
        return (*(each for each in at if isinstance(each, str)), SOMETHING_ELSE, None)
    low, high = _range(subject, study)
    bounds = sorted({float(each) for each in at if isinstance(each, int | float)})
    if kind.whole:
        values = {near for bound in bounds for near in (math.floor(bound), math.floor(bound) + 1, math.ceil(bound) - 1, bound)}
        values = {float(value) for value in values if value == int(value)}
    else:
        ends = [bounds[0] - abs(bounds[0]) * 0.1 - 0.1, *bounds, bounds[-1] + abs(bounds[-1]) * 0.1 + 0.1] if bounds else []
        values = {*bounds, *((one + other) / 2 for one, other in pairwise(ends)), *ends}
    kept = {value for value in values if low <= value <= high} | {end for end in (low, high) if math.isfinite(end)}
    if isinstance(subject, Aggregate) and subject.op == "count" and subject.rows.form not in study.protocol.closed:
        listed = sorted(kept) if subject.rows.form == LESIONS else ()  # whoever was imaged has those lesions and no others
        return (*listed, *(Between(value, math.inf) for value in sorted(kept)), None)
    return (*sorted(kept), None)


SOMETHING_ELSE = "something else"


def _range(subject: Tree, study: Study) -> tuple[float, float]:
    """The least and the greatest value that a number may have."""
    match subject:
        case Aggregate(op="count") | Call(name="size"):
            return 0.0, math.inf
        case Pick(of=of) | (Field() as of) if of.form in study.activities and not of.part:
            item = study.activities[of.form].items.get(of.name)
            if item is not None and item.range is not None:
                return item.range.low, item.range.high
        case _:
            pass
    return -math.inf, math.inf
