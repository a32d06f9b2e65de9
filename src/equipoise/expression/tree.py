"""The typed tree of an expression: what the text means, every name resolved and every unit settled.

Readers (explain, english, columns) are functions over these few nodes. Numbers and dates may be known only to lie
between two ends (a count of open facts, a partial date), so readers treat both as intervals.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from enum import Enum
from typing import Literal

from ..calendar import Span, When
from ..finding import Place


class Kind(Enum):
    """What sort of thing an expression's value is."""

    TRUTH = "a statement"
    NUMBER = "a number"
    DATE = "a date"
    SPAN = "a length of time"
    CHOICE = "a choice"
    TEXT = "a text"
    SET = "a set of lesions"


@dataclass(frozen=True, slots=True)
class Type:
    """A kind, and what else a comparison has to agree on.

    `unit` is the unit that a number is kept in ("" for a bare number); `options` the codes of a choice, from least to
    most where `ordered`.
    """

    kind: Kind
    unit: str = ""
    whole: bool = False
    options: tuple[str, ...] = ()
    ordered: bool = False

    def __str__(self) -> str:
        if self.kind is Kind.NUMBER and self.unit:
            return f"a number in {self.unit}"
        if self.kind is Kind.CHOICE:
            return f"one of {', '.join(self.options[:8])}{'...' if len(self.options) > 8 else ''}"
        return str(self.kind.value)


TRUTH, NUMBER, COUNT = Type(Kind.TRUTH), Type(Kind.NUMBER), Type(Kind.NUMBER, whole=True)
DATE, SPAN, TEXT, SET = Type(Kind.DATE), Type(Kind.SPAN), Type(Kind.TEXT), Type(Kind.SET)


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that a form writes down.

    `question` and `by` say that it is a judgement: what a person is asked, and who answers.
    """

    name: str
    type: Type
    label: str = ""
    molar_mass: float | None = None
    question: str = ""
    by: str = ""


@dataclass(frozen=True)
class Form:
    """A kind of event or thing, one row each time: an activity, the lesions, the steps of the pathway.

    `closed`: whether a row that is not there did not happen; otherwise nobody may have looked.
    """

    name: str
    label: str = ""
    facts: Mapping[str, Fact] = field(default_factory=dict)
    repeats: bool = True
    closed: bool = False


@dataclass(frozen=True)
class Scope:
    """What each name means: forms and their facts, and the definitions of the study, as texts with their places.

    `types` holds the type of a definition where its text alone does not tell: a bare code is one of a choice. `labels`
    holds what people call a definition, where its name is not that.
    """

    forms: Mapping[str, Form] = field(default_factory=dict)
    define: Mapping[str, tuple[str, Place]] = field(default_factory=dict)
    steps: tuple[str, ...] = ()
    types: Mapping[str, Type] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Constant:
    """A value written in the text; a number is already in the unit of its type, `written` the number and unit typed."""

    value: float | bool | str | When | Span
    type: Type
    written: tuple[float, str] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Field:
    """A fact of the row at hand. `part` is "uln" or "lln" for the ends of the range reported with the value.

    `name` is "on" for the row's date. Where rows are looked at from within a row of another form, both rows are at
    hand, and `form` tells them apart; where the forms are one, `outer` is the row from which the other is looked at.
    """

    form: str
    name: str
    type: Type
    part: str = ""
    label: str = ""
    outer: bool = False


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a form for which `where` is met; `answered` leaves aside those that do not answer that fact.

    `another` leaves aside the row of that form from which they are looked at: nothing is within a week of itself.
    """

    form: str
    where: "Tree | None" = None
    label: str = ""
    answered: str = ""
    another: bool = False


@dataclass(frozen=True, slots=True)
class Pick:
    """A fact of the first, last or nth of the rows in which it was answered."""

    rows: Rows
    which: Literal["first", "last"] | int
    of: Field
    bare: bool = field(default=False, compare=False)
    """Written as a bare name, so that a window after the statement reaches it; it means the last value all the same."""

    @property
    def type(self) -> Type:
        return self.of.type


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A number over rows: how many, or the sum, least, greatest or mean of `of`."""

    op: Literal["count", "sum", "min", "max", "mean"]
    rows: Rows
    of: "Tree | None"
    type: Type


@dataclass(frozen=True, slots=True)
class Quantified:
    """Whether `of` is met in any, or in all, of the rows."""

    op: Literal["any", "all"]
    rows: Rows
    of: "Tree"
    type: Type = TRUTH


@dataclass(frozen=True, slots=True)
class Not:
    of: "Tree"
    type: Type = TRUTH


@dataclass(frozen=True, slots=True)
class And:
    of: tuple["Tree", ...]
    type: Type = TRUTH


@dataclass(frozen=True, slots=True)
class Or:
    of: tuple["Tree", ...]
    type: Type = TRUTH


@dataclass(frozen=True, slots=True)
class Compare:
    """Two numbers, dates or grades of one ordered choice, in one unit."""

    op: Literal["<", "<=", ">", ">=", "==", "!="]
    left: "Tree"
    right: "Tree"
    type: Type = TRUTH


@dataclass(frozen=True, slots=True)
class Among:
    """Whether a choice or a text is one of those named."""

    of: "Tree"
    options: tuple[str, ...]
    type: Type = TRUTH


@dataclass(frozen=True, slots=True)
class If:
    condition: "Tree"
    then: "Tree"
    otherwise: "Tree"

    @property
    def type(self) -> Type:
        then = self.then.type  # asked once: conditions may stand in one another many times over
        return replace(then, whole=then.whole and self.otherwise.type.whole)


@dataclass(frozen=True, slots=True)
class Arithmetic:
    op: Literal["+", "-", "*", "/"]
    left: "Tree"
    right: "Tree"
    type: Type


@dataclass(frozen=True, slots=True)
class Call:
    """abs, floor, ln or log10 of a number; size of a set; days, weeks, months or years from one date to another."""

    name: Literal["size", "abs", "floor", "ln", "log10", "days", "weeks", "months", "years"]
    of: tuple["Tree", ...]
    type: Type


@dataclass(frozen=True, slots=True)
class Converted:
    """A number brought to the unit `to`; a bare number from then on where `type` has no unit."""

    of: "Tree"
    to: str
    type: Type
    molar_mass: float | None = None


@dataclass(frozen=True, slots=True)
class Shifted:
    """A date so much later, or earlier where `sign` is -1."""

    of: "Tree"
    span: Span
    sign: Literal[1, -1]
    type: Type = DATE


@dataclass(frozen=True, slots=True)
class Today:
    """The day up to which the facts are known."""

    type: Type = DATE


@dataclass(frozen=True, slots=True)
class Named:
    """A definition of the study, and what it stands for."""

    name: str
    of: "Tree"

    @property
    def type(self) -> Type:
        return self.of.type


Tree = (
    Constant | Field | Pick | Aggregate | Quantified | Not | And | Or | Compare | Among | If | Arithmetic | Call
    | Converted | Shifted | Today | Named
)  # fmt: skip


def branches(tree: Tree | Rows) -> Iterator[Tree | Rows]:
    """The parts that a tree is directly made of, in order."""
    for each in fields(tree):
        part = getattr(tree, each.name)
        if isinstance(part, tuple) and each.name == "of":
            yield from part
        elif isinstance(part, Tree | Rows):
            yield part


def parts(tree: Tree | Rows) -> Iterator[Tree | Rows]:
    """A tree and all that it is made of, outermost first."""
    yield tree
    for branch in branches(tree):
        yield from parts(branch)


def depth(tree: Tree | Rows) -> int:
    """How many nodes lie on the longest way down a tree."""
    deepest, waiting = 0, [(tree, 1)]
    while waiting:
        part, at = waiting.pop()
        deepest = max(deepest, at)
        waiting += [(branch, at + 1) for branch in branches(part)]
    return deepest


def of_the_row(tree: Tree | Rows) -> Iterator[Tree]:
    """The parts of a tree that are asked of the row at hand, not of rows further in."""
    if not isinstance(tree, Rows | Pick | Aggregate | Quantified | Named):
        yield tree
        for branch in branches(tree):
            yield from of_the_row(branch)


def looks_out(tree: Tree, inside: tuple[str, ...] = ()) -> bool:
    """Whether a tree asks something of a row around it; `inside` are the forms whose rows it has at hand itself."""
    match tree:
        case Field():
            return inside.count(tree.form) <= tree.outer
        case Named():
            return False
        case Pick(rows=rows, of=of) | Aggregate(rows=rows, of=of) | Quantified(rows=rows, of=of):
            within = (*inside, rows.form)
            return any(part is not None and looks_out(part, within) for part in (rows.where, of))
        case _:
            return any(looks_out(branch, inside) for branch in branches(tree) if not isinstance(branch, Rows))


# --- windows --------------------------------------------------------------------------------------------------------


def at_hand(tree: Tree) -> Iterator[Pick]:
    """The bare facts that a window after a statement is about: not those that have rows of their own to look in."""
    match tree:
        case Pick() if tree.bare:
            yield tree
        case Pick() | Aggregate() | Quantified():
            return
        case _:
            for branch in branches(tree):
                assert not isinstance(branch, Rows)
                yield from at_hand(branch)


def rebuilt(tree: Tree, change: Callable[[Rows], Rows]) -> Tree:
    """A tree with `change` applied to the rows of each bare fact `at_hand`: how a window reaches what it is about.

    A definition that is reached is no longer the one that its name stands for, and gives up the name.
    """

    def again(part: Tree) -> Tree:
        return rebuilt(part, change)

    match tree:
        case Pick():
            return replace(tree, rows=change(tree.rows)) if tree.bare else tree
        case Constant() | Field() | Aggregate() | Quantified() | Today():
            return tree
        case And() | Or() | Call():
            return replace(tree, of=tuple(again(part) for part in tree.of))
        case Not() | Among() | Converted() | Shifted():
            return replace(tree, of=again(tree.of))
        case Compare() | Arithmetic():
            return replace(tree, left=again(tree.left), right=again(tree.right))
        case If():
            return If(again(tree.condition), again(tree.then), again(tree.otherwise))
        case Named():
            inner = again(tree.of)
            return tree if inner == tree.of else inner


@dataclass(frozen=True, slots=True)
class Stretch:
    """When a day has to lie: the comparisons into which `within 28 days before enrolment` was read, said back.

    `any` are the rows of which one has to be such an anchor, where the window names what may happen several times.
    """

    kind: Literal[
        "within_before", "within_after", "within_of", "least_before", "least_after", "before", "after", "since"
    ]  # fmt: skip
    day: Tree
    anchor: Tree
    span: Span | None = None
    any: Rows | None = None


def stretch(tree: Tree) -> Stretch | None:
    """The stretch of time that a statement about one day describes, if it is such a statement."""
    match tree:
        case Quantified(op="any", rows=Rows(where=None) as rows, of=of) if (window := stretch(of)) is not None:
            asked = [part for part in of_the_row(window.day) if isinstance(part, Field)]
            of_any = isinstance(window.anchor, Field) and window.anchor.name == "on" and window.anchor.form == rows.form
            if window.any is None and of_any and asked and all(looks_out(part, (rows.form,)) for part in asked):
                return replace(window, day=from_within(window.day, rows.form, outer=False), any=rows)
        case And(of=(Compare(op=">=", left=day, right=start), Compare(op="<=", left=same, right=end))) if day == same:
            match start, end:
                case Shifted(of=anchor, span=span, sign=-1), _ if end == anchor:
                    return Stretch("within_before", day, anchor, span)
                case _, Shifted(of=anchor, span=span, sign=1) if start == anchor:
                    return Stretch("within_after", day, anchor, span)
                case Shifted(of=anchor, span=span, sign=-1), Shifted(of=other, span=length, sign=1) if (
                    anchor == other and span == length
                ):
                    return Stretch("within_of", day, anchor, span)
                case _:
                    pass
        case Compare(left=day, op=op, right=right) if day.type.kind is Kind.DATE:
            match op, right:
                case "<=", Shifted(of=anchor, span=span, sign=-1):
                    return Stretch("least_before", day, anchor, span)
                case ">=", Shifted(of=anchor, span=span, sign=1):
                    return Stretch("least_after", day, anchor, span)
                case "<", _:
                    return Stretch("before", day, right)
                case ">", _:
                    return Stretch("after", day, right)
                case ">=", _:
                    return Stretch("since", day, right)
                case _:
                    pass
    return None


def from_within(day: Tree, form: str, *, outer: bool) -> Tree:
    """A day of the row at hand as it is said from within another row of its form, or said from there, as of its own."""
    match day:
        case Field() if day.form == form:
            return replace(day, outer=outer)
        case Shifted():
            return replace(day, of=from_within(day.of, form, outer=outer))
        case _:
            return day


def unwindowed(tree: Tree) -> tuple[Tree, Stretch] | None:
    """A statement without the last window that was put after it, and that window; None if it has none."""
    if tree.type.kind is not Kind.TRUTH or _names(tree):
        return None
    splits = tuple(_split(pick.rows) for pick in at_hand(tree))
    if not splits:
        return None
    first = splits[0]
    if first is None or any(other is None or other[1] != first[1] for other in splits):
        return None

    def without(rows: Rows) -> Rows:
        split = _split(rows)
        return rows if split is None else replace(rows, where=split[0])

    return rebuilt(tree, without), first[1]


def _names(tree: Tree) -> bool:
    """Whether a definition lies here that a window would have reached, had there been one."""
    match tree:
        case Named():
            return any(True for _ in at_hand(tree))
        case Pick() | Aggregate() | Quantified():
            return False
        case _:
            return any(_names(branch) for branch in branches(tree) if not isinstance(branch, Rows))


def _split(rows: Rows) -> tuple[Tree | None, Stretch] | None:
    """What else narrows the rows, and the window that was put on them last, as of the rows of any form."""
    where = rows.where
    outer = where.of[1] if isinstance(where, And) and len(where.of) == 2 else None
    for rest, part in ((None, where), (where.of[0] if isinstance(where, And) else None, outer)):
        window = stretch(part) if part is not None else None
        if window is not None and isinstance(window.day, Field) and window.day.name == "on":
            return rest, replace(window, day=Field("", "on", DATE))
    return None
