"""From text to typed tree: every name resolved, every unit settled, every fault with its place."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from typing import Any, ClassVar, Literal, NoReturn, cast

import lark

from ..calendar import DAY_UNITS, MONTH_UNITS, TIME_UNITS, Span, When
from ..finding import NOWHERE, Place, Unreadable, did_you_mean
from ..quantity import are_alike, converted, scale
from .tree import (
    COUNT,
    DATE,
    NUMBER,
    SPAN,
    TEXT,
    TRUTH,
    Aggregate,
    Among,
    And,
    Arithmetic,
    Call,
    Compare,
    Constant,
    Converted,
    Fact,
    Field,
    Form,
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
    Today,
    Tree,
    Type,
    at_hand,
    branches,
    depth,
    from_within,
    of_the_row,
    rebuilt,
)  # fmt: skip

LONGEST, DEEPEST, LARGEST = 4_000, 100, 5_000
"""Bounds on an expression: characters; nodes from top to bottom and in all, once definitions are filled in."""

OPS = {"≤": "<=", "≥": ">="}
ON = Fact("on", DATE, label="date")
MOST = 1e15
"""The largest number that can be written: above it, not every whole number is a number of its own."""
LESIONS = "lesions"
"""The form whose rows are lesions: a lesion without a diameter is a lesion still, so aggregates never pass over one."""


Node = lark.Tree[Any]


class _Names:
    """Keeps NAME in sight of the lexer everywhere, so that `orb` is never read as `or b`."""

    always_accept: ClassVar[tuple[str, ...]] = ("NAME",)

    def process(self, stream: Iterator[lark.Token]) -> Iterator[lark.Token]:
        return stream


@cache
def _parser() -> lark.Lark:
    text = (files(__package__) / "grammar.lark").read_text(encoding="utf-8")
    names: Any = _Names()
    return lark.Lark(text, parser="lalr", propagate_positions=True, maybe_placeholders=False, postlex=names)


def _node(node: Node, index: int) -> Node:
    child = node.children[index]
    assert isinstance(child, lark.Tree), child
    return child


def _nodes(node: Node) -> tuple[Node, ...]:
    return tuple(_node(node, index) for index in range(len(node.children)))


def _token(node: Node, index: int = 0) -> lark.Token:
    child = node.children[index]
    assert isinstance(child, lark.Token), child
    return child


def expression(text: str, scope: Scope, *, place: Place = NOWHERE, want: Type | None = TRUTH) -> Tree:
    """Read an expression.

    Args:
        text: The expression, as written.
        scope: What its names may mean.
        place: Where it begins, for faults inside definitions that it uses.
        want: The type it must have; None for any.

    Raises:
        Unreadable: What is wrong, and how far along the text.

    >>> expression("1 + 1 == 2", Scope()).op
    '=='
    """
    return _read(text, scope, want, (), {})


def _read(
    text: str, scope: Scope, want: Type | None, defining: tuple[str, ...], defined: dict[tuple[str, Type | None], Tree]
) -> Tree:
    if len(text) > LONGEST:
        raise Unreadable(f"an expression of {len(text):,} characters: {LONGEST:,} is the most")
    try:
        node = _node(_parser().parse(text), 0)
    except lark.UnexpectedInput as fault:
        raise _unexpected(text, fault) from None
    too_deep = Unreadable(f"an expression more than {DEEPEST} deep: give parts of it names under define")
    if _levels(node) > DEEPEST:
        raise too_deep
    reading = _Reading(text, scope, None, defining, defined)
    try:
        tree = reading.tree(node, want)
        if want is not None:
            tree = reading.settled(tree, want, node)
    except RecursionError:
        raise too_deep from None
    if sum(1 for _ in zip(_downwards(tree), range(LARGEST + 1), strict=False)) > LARGEST:
        raise Unreadable(f"an expression of more than {LARGEST:,} parts once its definitions are filled in")
    if depth(tree) > DEEPEST:
        raise too_deep
    return tree


def _levels(node: Node) -> int:
    """How many nodes lie on the longest way down a parsed text."""
    deepest, waiting = 0, [(node, 1)]
    while waiting:
        one, level = waiting.pop()
        deepest = max(deepest, level)
        waiting += [(child, level + 1) for child in one.children if isinstance(child, lark.Tree)]
    return deepest


def _downwards(tree: Tree) -> Iterator[Tree | Rows]:
    """All parts of a tree however deep it is, in no particular order."""
    waiting: list[Tree | Rows] = [tree]
    while waiting:
        part = waiting.pop()
        yield part
        waiting += branches(part)


def _unexpected(text: str, fault: lark.UnexpectedInput) -> Unreadable:
    at = fault.pos_in_stream if fault.pos_in_stream is not None else len(text)
    if isinstance(fault, lark.UnexpectedToken) and fault.token.type == "$END" or at < 0 or at >= len(text.rstrip()):
        return Unreadable("the expression stops before it is complete", max(len(text.rstrip()) - 1, 0))
    word = re.match(r"[\w.]+|\S", text[at:])
    found = word[0] if word else text[at]
    before = re.search(r"(\d+(?:\.\d+)?)\s*$", text[:at])
    if before and found[0].isalpha():
        says = f"'{found}' after {before[1]} is neither a unit nor a word that can stand here"
        return Unreadable(says, at, len(found))
    if found == "=":
        return Unreadable("'=' is not a comparison: write ==", at)
    return Unreadable(f"'{found}' cannot stand here", at, len(found))


@dataclass(frozen=True)
class _Reading:
    """One pass over one text: where names are looked up, and which form's rows are at hand."""

    text: str
    scope: Scope
    row: Form | None
    defining: tuple[str, ...]
    defined: dict[tuple[str, Type | None], Tree] = field(default_factory=dict)
    """The definitions read so far, so that none is read twice."""
    around: tuple[str, ...] = ()
    """The forms whose rows lie around the row at hand."""
    beside: Pick | Field | None = None
    """The measurement on the other side of a comparison: what `ULN` is the upper limit of."""
    molar_mass: float | None = None
    """Grams per mole of the analyte on the other side."""

    # --- faults -------------------------------------------------------------------------------------------------

    def fault(self, says: str, node: Node | lark.Token) -> NoReturn:
        start, end = _extent(node)
        raise Unreadable(says, start, max(1, end - start))

    # --- nodes --------------------------------------------------------------------------------------------------

    def tree(self, node: Node, want: Type | None = None) -> Tree:
        """The typed tree of a parsed node; `want` is what the context hopes for, and settles what a choice means."""
        read = getattr(self, f"_{node.data}", None)
        if read is None:
            self.fault("a list of facts cannot stand here: use count, any, all, first or last", node)
        return cast(Tree, read(node, want))

    def truth(self, node: Node) -> Tree:
        return self.settled(self.tree(node, TRUTH), TRUTH, node)

    def _if_(self, node: Node, want: Type | None) -> Tree:
        condition, then, otherwise = _nodes(node)
        first = self.tree(then, want)
        if want is not None and want.kind is not Kind.NUMBER:
            first = self.settled(first, want, then)
        second = self.settled(self.tree(otherwise, first.type), first.type, otherwise)
        return If(self.truth(condition), first, second)

    def _or_(self, node: Node, want: Type | None) -> Tree:
        return Or(tuple(self.truth(child) for child in _nodes(node)))

    def _and_(self, node: Node, want: Type | None) -> Tree:
        return And(tuple(self.truth(child) for child in _nodes(node)))

    def _not_(self, node: Node, want: Type | None) -> Tree:
        return Not(self.truth(_node(node, 0)))

    def _number(self, node: Node, want: Type | None) -> Tree:
        if want is not None and want.kind is Kind.CHOICE:
            return self._option(str(_token(node)), want, node)
        return self._quantity(str(_token(node)), "", node)

    def _quantity(self, number: str, unit: str, node: Node) -> Constant:
        value = float(number)
        if value > MOST:
            self.fault(f"a number over {MOST:g} measures nothing", node)
        return Constant(value, Type(Kind.NUMBER, unit, whole=value == int(value)))

    def _measured(self, node: Node, want: Type | None) -> Tree:
        number, unit = _measure(str(_token(node)))
        if _time_unit(unit):
            return Constant(self._span(_token(node)), SPAN)
        try:
            scale(unit)
        except Unreadable as fault:
            self.fault(fault.says, node)
        return self._quantity(number, unit, node)

    def _span(self, token: lark.Token) -> Span:
        number, unit = _measure(str(token))
        if not _time_unit(unit):
            self.fault(f"'{token}' is not a length of time: write 28 days, 4 weeks, 3 months or 2 years", token)
        try:
            return Span.of(float(number), _time_unit(unit))
        except Unreadable as fault:
            self.fault(fault.says, token)

    def _text(self, node: Node, want: Type | None) -> Tree:
        value = str(_token(node))[1:-1]
        if want is not None and want.kind is Kind.CHOICE:
            return self._option(value, want, node)
        if want is not None and want.kind is Kind.DATE:
            when = self._when(node)
            if not when.is_exact:
                self.fault(f"'{value}' is many days: write one of them", node)
            return Constant(when, DATE)
        return Constant(value, TEXT)

    def _when(self, node: Node) -> When:
        try:
            return When.from_text(str(_token(node))[1:-1])
        except Unreadable as fault:
            self.fault(fault.says, node)

    def _bound(self, node: Node, op: str) -> Tree:
        """The day that something is compared with: `before "2024"` is before its first day, `after "2024"` its last."""
        if node.data != "text":
            return self.settled(self.tree(node, DATE), DATE, node)
        when = self._when(node)
        return Constant(When.on(when.first if op in ("<", ">=") else when.last), DATE)

    def _option(self, value: str, want: Type, node: Node | lark.Token) -> Tree:
        if value not in want.options:
            near = did_you_mean(value, want.options)
            self.fault(f"'{value}' is not {want}{near}", node)
        return Constant(value, want)

    def _true(self, node: Node, want: Type | None) -> Tree:
        return Constant(True, TRUTH)

    def _false(self, node: Node, want: Type | None) -> Tree:
        return Constant(False, TRUTH)

    # --- names --------------------------------------------------------------------------------------------------

    def _name(self, node: Node, want: Type | None) -> Tree:
        name = str(_token(node))
        if want is not None and want.kind is Kind.CHOICE and name in want.options:
            return Constant(name, want)
        if self.row is not None:
            if name == "on":
                return Field(self.row.name, "on", DATE, label="date")
            if name in self.row.facts:
                return _field(self.row, self.row.facts[name])
        if name == "today":
            return Today()
        if name in ("ULN", "LLN"):
            return self._limit(name, node)
        if name in self.scope.define:
            return self._definition(name, node, want)
        if name in self.scope.forms:
            return self._moment(self.scope.forms[name], node)
        forms = [form for form in self.scope.forms.values() if name in form.facts]
        if len(forms) == 1:
            return self._latest(forms[0], forms[0].facts[name], node)
        if forms:
            where = " or ".join(f"{form.name}.{name}" for form in forms)
            self.fault(f"'{name}' is written down in several activities: say {where}", node)
        if want is not None and want.kind is Kind.CHOICE:
            return self._option(name, want, node)
        facts = (fact for form in self.scope.forms.values() for fact in form.facts)
        known = {*self.scope.define, *self.scope.forms, *facts}
        if self.row is not None:
            known |= set(self.row.facts)
        self.fault(f"'{name}' is not a name that this study knows{did_you_mean(name, known)}", node)

    def _latest(self, form: Form, fact: Fact, node: Node) -> Tree:
        """The last value of a fact, as a bare name means it."""
        if form.name in self.around:
            assert self.row is not None
            said = f"one row is at hand at a time, here one of {self.row.name}, so this cannot be the {form.name}'s"
            self.fault(f"{said}; for the last one of all say last({form.name}.{fact.name})", node)
        return _pick(form, fact)

    def _limit(self, name: str, node: Node) -> Tree:
        if self.beside is None or not self.beside.type.unit and self.beside.type.whole or _part_of(self.beside) == "on":
            self.fault(f"{name} stands only beside the laboratory value whose range it ends: alt <= 3 x {name}", node)
        if isinstance(self.beside, Field):
            return replace(self.beside, part=name.lower())
        return replace(self.beside, of=replace(self.beside.of, part=name.lower()))

    def _definition(self, name: str, node: Node, want: Type | None) -> Tree:
        if name in self.defining:
            self.fault(f"'{name}' is defined by itself: {' -> '.join((*self.defining, name))}", node)
        if len(self.defining) > 20:
            self.fault("definitions rest on definitions more than 20 deep", node)
        text, _ = self.scope.define[name]
        hoped = self.scope.types.get(name, want if want is not None and want.kind is Kind.CHOICE else None)
        try:
            if (name, hoped) not in self.defined:
                read = _read(text, self.scope, hoped, (*self.defining, name), self.defined)
                self.defined[name, hoped] = read
            return Named(name, self.defined[name, hoped])
        except Unreadable as fault:
            self.fault(f"'{name}' cannot be used, as its definition is at fault: {fault.says}", node)

    def _moment(self, form: Form, node: Node) -> Tree:
        if form.repeats and form.name in self.around and self.row is not None and form.name != self.row.name:
            return _day_of(form)
        if form.repeats:
            self.fault(f"'{form.name}' may happen several times: say first({form.name}) or last({form.name})", node)
        return Pick(Rows(form.name, label=form.label), "last", _field(form, ON), bare=True)

    def _item(self, node: Node, want: Type | None) -> Tree:
        form = self._form(_token(node, 0))
        fact = self._fact(form, _token(node, 1))
        at_hand = self.row is not None and self.row.name == form.name
        return _field(form, fact) if at_hand else self._latest(form, fact, node)

    def _form(self, token: lark.Token) -> Form:
        if str(token) not in self.scope.forms:
            near = did_you_mean(str(token), self.scope.forms)
            self.fault(f"'{token}' is not an activity of this study{near}", token)
        return self.scope.forms[str(token)]

    def _fact(self, form: Form, token: lark.Token) -> Fact:
        if str(token) == "on":
            return ON
        if str(token) not in form.facts:
            near = did_you_mean(str(token), form.facts)
            self.fault(f"'{token}' is not written down in {form.name}{near}", token)
        return form.facts[str(token)]

    # --- comparisons --------------------------------------------------------------------------------------------

    def _compare(self, node: Node, want: Type | None) -> Tree:
        op, left, right = _token(node, 1), _node(node, 0), _node(node, 2)
        return self._compared(self.tree(left), str(op), left, right, op)

    def _compared(
        self, left: Tree, sign: str, left_node: Node, right_node: Node,
        at: Node | lark.Token,
    ) -> Tree:  # fmt: skip
        op = cast(Literal["<", "<=", ">", ">=", "==", "!="], OPS.get(sign, sign))
        if isinstance(left, Constant) and left.type.kind in (Kind.NUMBER, Kind.SPAN):
            right = self.tree(right_node)
            if right.type.kind is Kind.NUMBER and not isinstance(right, Constant):
                left = self._facing(right).settled(left, right.type, left_node)
                return Compare(op, left, right)
        inside = self._facing(left)
        if left.type.kind is Kind.DATE and op in ("==", "!=") and right_node.data == "text":
            if not self._when(right_node).is_exact:
                within = And(tuple(Compare(end, left, self._bound(right_node, end)) for end in (">=", "<=")))
                return within if op == "==" else Not(within)
        if left.type.kind is Kind.DATE:
            right = inside._bound(right_node, op)
        else:
            right = inside.settled(inside.tree(right_node, left.type), left.type, right_node)
        match left.type.kind:
            case Kind.TRUTH | Kind.CHOICE | Kind.TEXT if op in ("==", "!="):
                if left.type.kind is Kind.TRUTH:
                    if not isinstance(right, Constant):
                        self.fault("two statements cannot be compared: combine them with and, or, not", at)
                    same: Tree = left if right.value else Not(left)
                elif isinstance(right, Constant):
                    same = Among(left, (str(right.value),))
                else:
                    self.fault("a choice is compared with one of its codes", right_node)
                return Not(same) if op == "!=" else same
            case Kind.CHOICE if left.type.ordered:
                return Compare(op, left, right)
            case Kind.CHOICE:
                self.fault(f"its codes are in no order, so '{sign}' says nothing of them: use ==, != or in", at)
            case Kind.NUMBER | Kind.DATE | Kind.SPAN:
                return Compare(op, left, right)
            case _:
                self.fault(f"{left.type} cannot be compared with '{sign}'", at)

    def _facing(self, other: Tree) -> "_Reading":
        """Reading what stands opposite to a tree."""
        return replace(self, beside=_measurement(other), molar_mass=_molar_mass(self.scope, other))

    def _among(self, node: Node, want: Type | None) -> Tree:
        of, *options = _nodes(node)
        left = self.tree(of)
        if left.type.kind not in (Kind.CHOICE, Kind.TEXT):
            same = tuple(self._compared(left, "==", of, option, option) for option in options)
            return Or(same) if len(same) > 1 else same[0]
        codes = [self.settled(self.tree(option, left.type), left.type, option) for option in options]
        if not all(isinstance(code, Constant) for code in codes):
            self.fault("the list after 'in' holds codes", node)
        return Among(left, tuple(str(cast(Constant, code).value) for code in codes))

    def _not_among(self, node: Node, want: Type | None) -> Tree:
        return Not(self._among(node, want))

    def _between(self, node: Node, want: Type | None) -> Tree:
        of, low, high = _nodes(node)
        left = self.tree(of)
        return And((self._compared(left, ">=", of, low, low), self._compared(left, "<=", of, high, high)))

    # --- rows ---------------------------------------------------------------------------------------------------

    def _exists(self, node: Node, want: Type | None) -> Tree:
        return Quantified("any", self._rows_of(_node(node, 0)), Constant(True, TRUTH))

    def _rows_of(self, node: Node) -> Rows:
        rows = self._as_rows(node)
        if rows is None:
            self.fault("an activity's name is expected here", node)
        return rows

    def _as_rows(self, node: Node) -> Rows | None:
        """The rows that a node names, or None if it is an expression rather than a kind of event."""
        if node.data in ("rows", "rows_where", "name"):
            name = _token(node)
            where = [_node(node, 1)] if len(node.children) > 1 else []
            if node.data == "name" and (str(name) not in self.scope.forms or str(name) in self.scope.define):
                return None
            form = self._form(name)
            return Rows(form.name, self.within_row(form).truth(where[0]) if where else None, form.label)
        if node.data in _WINDOWS and (rows := self._as_rows(_node(node, 0))) is not None:
            return self._in_window(rows, node)
        return None

    def within_row(self, form: Form) -> "_Reading":
        around = (*self.around, self.row.name) if self.row is not None else self.around
        return replace(self, row=form, around=around, beside=None, molar_mass=None)

    def _in_window(self, rows: Rows, node: Node) -> Rows:
        """Rows narrowed to those whose own day lies in a window."""
        form = self.scope.forms[rows.form]
        day, anchor = _field(form, ON), self._several(_node(node, -1))
        if anchor is None:
            window = self._window(node, day)
            if any(isinstance(part, Field) and part.form != rows.form for part in of_the_row(window)):
                at = self.row.name if self.row is not None else ""
                says = f"a day of {at}'s row cannot be looked at from {rows.form}'s, but for its own: say {at} for that one"
                self.fault(says, node)
            return _narrowed(rows, window)
        if anchor.name == form.name and self._is_at_hand(form):
            says = f"a row of {form.name} is at hand already, so '{form.name}' could be that one or another: ask one of them"
            self.fault(says, _node(node, -1))
        return _narrowed(rows, self.within_row(form)._beside(node, day, anchor))

    def _about(self, node: Node) -> tuple[Rows, Node | None]:
        """The rows that an aggregate is over, and the node of what it asks of each."""
        if node.data == "each_of":
            return self._rows_of(_node(node, 1)), _node(node, 0)
        if (rows := self._as_rows(node)) is not None:
            return rows, None
        for name in _topdown(node):
            if name.data == "item":
                form = self._form(_token(name))
                return Rows(form.name, label=form.label), node
            if name.data == "name":
                said = str(_token(name))
                forms = [form for form in self.scope.forms.values() if said in form.facts]
                if len(forms) > 1:
                    where = " or ".join(f"{form.name}.{said}" for form in forms)
                    self.fault(f"'{said}' is written down in several activities: say {where}", name)
                if forms:
                    return Rows(forms[0].name, label=forms[0].label), node
        self.fault("nothing in the brackets is written down in an activity", node)

    def _aggregate(self, node: Node, want: Type | None) -> Tree:
        word, about = str(_token(node)), _node(node, 1)
        if word == "count" and about.data in ("name", "item", "aggregate", "nth") and self._as_rows(about) is None:
            of = self.tree(about)
            if of.type.kind is Kind.SET:
                return Call("size", (of,), COUNT)
        if word in ("first", "last"):
            return self._picked(cast(Literal["first", "last"], word), about)
        rows, asked = self._about(about)
        inside = self.within_row(self.scope.forms[rows.form])
        if word in ("any", "all"):
            of = inside.truth(asked) if asked is not None else Constant(True, TRUTH)
            if word == "all" and asked is None:
                self.fault("say what holds of all of them: all(... of ...)", about)
            return Quantified(cast(Literal["any", "all"], word), rows, of)
        if word == "count":
            if asked is None:
                return Aggregate("count", rows, None, COUNT)
            return Aggregate("count", _narrowed(rows, inside.truth(asked)), None, COUNT)
        if asked is None:
            self.fault(f"say {word} of what: {word}(... of {rows.form})", about)
        of = inside.tree(asked)
        if isinstance(of, Field) and about.data != "each_of" and rows.form != LESIONS:
            rows = replace(rows, answered=of.name)
        if of.type.kind is not Kind.NUMBER:
            self.fault(f"{word} is of numbers, and this is {of.type}", asked)
        op = cast(Literal["sum", "min", "max", "mean"], "min" if word == "nadir" else word)
        return Aggregate(op, rows, of, replace(of.type, whole=of.type.whole and op != "mean"))

    def _nth(self, node: Node, want: Type | None) -> Tree:
        number = float(_token(node))
        if not 1 <= number <= 1000 or number != int(number):
            self.fault("nth counts from 1", _token(node))
        return self._picked(int(number), _node(node, 1))

    def _picked(self, which: Literal["first", "last"] | int, about: Node) -> Tree:
        rows, asked = self._about(about)
        form = self.scope.forms[rows.form]
        if asked is None:
            return Pick(rows, which, _field(form, ON))
        of = self.within_row(form).tree(asked)
        if not isinstance(of, Field):
            self.fault("first, last and nth are of one fact: put what else is asked after 'where'", asked)
        return Pick(rows, which, of)

    # --- time ---------------------------------------------------------------------------------------------------

    def _several(self, node: Node) -> Form | None:
        """The form that an anchor names, where a row of it is meant and there may be several."""
        name = str(_token(node)) if node.data == "name" else ""
        form = self.scope.forms.get(name)
        taken = name in self.scope.define or self.row is not None and name in self.row.facts
        return form if form is not None and form.repeats and not taken else None

    def _is_at_hand(self, form: Form) -> bool:
        return self.row is not None and form.name in (self.row.name, *self.around)

    def _window(self, node: Node, day: Tree) -> Tree:
        """The statement that a day lies where the words after it say."""
        anchor = self._several(_node(node, -1)) if self.row is not None else None
        return self._when_lies(node, day) if anchor is None else self._beside(node, day, anchor)

    def _beside(self, node: Node, day: Tree, form: Form) -> Tree:
        """That a day lies where the words after it say of a row: of the one at hand, or else of any."""
        own = any(isinstance(part, Field) and part.form == form.name for part in of_the_row(day))
        if self._is_at_hand(form) and not own:
            innermost = self.row is not None and self.row.name == form.name
            return self._when_lies(node, day, _field(form, ON) if innermost else _day_of(form))
        seen = from_within(day, form.name, outer=True)
        if own and seen == day:
            self.fault(f"a row of {form.name} is compared with another one by a day that it has: say that day alone", node)
        rows = Rows(form.name, label=form.label, another=own)
        return Quantified("any", rows, self._when_lies(node, seen, _field(form, ON)))

    def _when_lies(self, node: Node, day: Tree, anchor: Tree | None = None) -> Tree:
        """The comparisons of a day with its anchor; with the one that the words after it say, if none is given."""
        kind = str(node.data)
        anchor_node = _node(node, -1)
        if kind in ("before", "after", "since"):
            sides: dict[str, Literal["<", ">", ">="]] = {"before": "<", "after": ">", "since": ">="}
            return Compare(sides[kind], day, anchor or self._bound(anchor_node, sides[kind]))
        if anchor is None:
            anchor = self.settled(self.tree(anchor_node, DATE), DATE, anchor_node)
        span = self._span(_token(_node(node, 1)))
        earlier, afterwards = Shifted(anchor, span, -1), Shifted(anchor, span, 1)
        match kind:
            case "within_before":
                return And((Compare(">=", day, earlier), Compare("<=", day, anchor)))
            case "within_after":
                return And((Compare(">=", day, anchor), Compare("<=", day, afterwards)))
            case "within_of":
                return And((Compare(">=", day, earlier), Compare("<=", day, afterwards)))
            case "least_before":
                return Compare("<=", day, earlier)
            case _:
                return Compare(">=", day, afterwards)

    def _windowed(self, node: Node, want: Type | None) -> Tree:
        inner = _node(node, 0)
        if (rows := self._as_rows(inner)) is not None and self.scope.forms[rows.form].repeats:
            self.fault(f"'{rows.form}' may happen several times: say exists {rows.form}, or first or last of it", inner)
        of = self.tree(inner)
        if of.type.kind is Kind.DATE:
            return self._window(node, of)
        if of.type.kind is not Kind.TRUTH:
            self.fault(f"a date or a statement has a place in time, {of.type} has none: put the window last", inner)
        if isinstance(of, Quantified) and _is_exists(inner):
            return replace(of, rows=self._in_window(of.rows, node))
        if self.row is not None:
            return And((of, self._window(node, _field(self.row, ON))))
        if not any(True for _ in at_hand(of)):
            self.fault("nothing here has a date that could lie in this window", inner)

        def within(rows: Rows) -> Rows:
            return _narrowed(rows, self._window(node, _field(self.scope.forms[rows.form], ON)))

        return rebuilt(of, within)

    _within_before = _within_after = _within_of = _least_before = _least_after = _before = _after = _since = _windowed

    # --- numbers ------------------------------------------------------------------------------------------------

    def _plus(self, node: Node, want: Type | None) -> Tree:
        return self._sum(node, "+", want)

    def _minus(self, node: Node, want: Type | None) -> Tree:
        return self._sum(node, "-", want)

    def _sum(self, node: Node, op: Literal["+", "-"], want: Type | None) -> Tree:
        left_node, right_node = _nodes(node)
        left = self.tree(left_node, want if want is not None and want.kind is Kind.DATE else None)
        right = self.tree(right_node, left.type if left.type.kind is Kind.DATE else None)
        if left.type.kind is Kind.DATE and isinstance(right, Constant) and isinstance(right.value, Span):
            return Shifted(left, right.value, 1 if op == "+" else -1)
        if left.type.kind is Kind.DATE and right.type.kind is Kind.DATE and op == "-":
            return Call("days", (right, left), Type(Kind.NUMBER, "days"))
        if left.type.kind is not Kind.NUMBER:
            self.fault(f"{left.type} cannot be calculated with", left_node)
        beside = replace(self, molar_mass=_molar_mass(self.scope, left) or self.molar_mass)
        return Arithmetic(op, left, beside.settled(right, left.type, right_node), replace(left.type, whole=False))

    def _times(self, node: Node, want: Type | None) -> Tree:
        left, right = (self._numeric(child) for child in _nodes(node))
        if left.type.unit and right.type.unit:
            self.fault("two numbers with units are not multiplied: strip one of its unit with 'as'", node)
        unit = left.type.unit or right.type.unit
        whole = left.type.whole and right.type.whole
        return Arithmetic("*", left, right, Type(Kind.NUMBER, unit, whole))

    def _over(self, node: Node, want: Type | None) -> Tree:
        left, right = (self._numeric(child) for child in _nodes(node))
        if left.type.unit and right.type.unit:
            beside = replace(self, molar_mass=_molar_mass(self.scope, left) or self.molar_mass)
            right = beside.settled(right, left.type, _node(node, 1))
            return Arithmetic("/", left, right, NUMBER)
        if right.type.unit:
            self.fault("a bare number is not divided by one with a unit: strip it with 'as'", node)
        return Arithmetic("/", left, right, Type(Kind.NUMBER, left.type.unit))

    def _numeric(self, node: Node) -> Tree:
        tree = self.tree(node)
        if tree.type.kind is not Kind.NUMBER:
            self.fault(f"{tree.type} cannot be calculated with", node)
        return tree

    def _negative(self, node: Node, want: Type | None) -> Tree:
        of = self._numeric(_node(node, 0))
        if isinstance(of, Constant):
            return replace(of, value=-cast(float, of.value))
        return Arithmetic("*", Constant(-1.0, COUNT), of, of.type)

    def _as_unit(self, node: Node, want: Type | None) -> Tree:
        token = _token(node, 1)
        unit = str(token)[2:].strip()
        of = self._numeric(_node(node, 0))
        try:
            scale(unit)
        except Unreadable as fault:
            self.fault(fault.says, token)
        mass = _molar_mass(self.scope, of)
        if not are_alike(of.type.unit, unit, mass):
            self.fault(f"{of.type.unit or 'a bare number'} cannot be turned into {unit}", token)
        return Converted(of, unit, NUMBER, mass)

    def _call(self, node: Node, want: Type | None) -> Tree:
        token = _token(node)
        arguments = tuple(_node(node, index) for index in range(1, len(node.children)))
        name = str(token)
        if name in ("entered", "left"):
            return self._step_date(name, arguments, node)
        if name in ("days", "weeks", "months", "years"):
            if len(arguments) != 2:
                self.fault(f"{name}(start, end) takes two dates", node)
            dates = tuple(self.settled(self.tree(each, DATE), DATE, each) for each in arguments)
            return Call(name, dates, NUMBER)  # type: ignore[arg-type]
        if name in ("abs", "floor", "ln", "log10"):
            if len(arguments) != 1:
                self.fault(f"{name}(number) takes one number", node)
            of = self._numeric(arguments[0])
            if name in ("ln", "log10") and of.type.unit:
                self.fault(f"{name} is of a bare number: strip the unit with 'as'", node)
            return Call(name, (of,), replace(of.type, whole=name == "floor" or of.type.whole))  # type: ignore[arg-type]
        known = ("count", "first", "last", "nth", "any", "all", "sum", "min", "max", "nadir", "mean", "entered", "left",
                 "days", "weeks", "months", "years", "abs", "floor", "ln", "log10")  # fmt: skip
        self.fault(f"'{name}' is not a function{did_you_mean(name, known)}", token)

    def _step_date(self, name: str, arguments: tuple[Node, ...], node: Node) -> Tree:
        if len(arguments) != 1 or arguments[0].data != "name":
            self.fault(f"{name}(step) takes the name of one step of the pathway", node)
        step = str(_token(arguments[0]))
        if step not in self.scope.steps:
            near = did_you_mean(step, self.scope.steps)
            self.fault(f"'{step}' is not a step of the pathway{near}", arguments[0])
        form = f"{name}:{step}"
        return Pick(Rows(form, label=f"{name} {step}"), "first", Field(form, "on", DATE, label="date"))

    # --- types --------------------------------------------------------------------------------------------------

    def settled(self, tree: Tree, want: Type, node: Node | lark.Token) -> Tree:
        """A tree made to have a type, by exchanging units; a fault where that cannot be."""
        have = tree.type
        if want.kind is Kind.NUMBER and have.kind is Kind.SPAN and isinstance(tree, Constant):
            return self._span_as_number(cast(Span, tree.value), want, node)
        if have.kind is not want.kind:
            self.fault(f"{want} is expected here, and this is {have}", node)
        if want.kind is Kind.CHOICE and set(have.options) - set(want.options):
            self.fault(f"{want} is expected here, and this is {have}", node)
        if want.kind is not Kind.NUMBER or have.unit == want.unit:
            return tree
        if isinstance(tree, Constant) and not have.unit and tree.value == 0:
            return replace(tree, type=replace(have, unit=want.unit))
        if not have.unit and want.unit and scale(want.unit).dimension != "dimensionless":
            number = f"{tree.value:g} " if isinstance(tree, Constant) else "... "
            self.fault(f"a unit is missing: write {number}{want.unit}", node)
        mass = _molar_mass(self.scope, tree) or self.molar_mass
        if not are_alike(have.unit, want.unit, mass):
            self.fault(f"{have.unit or 'a bare number'} cannot be turned into {want.unit or 'a bare number'}", node)
        if isinstance(tree, Constant):
            value = converted(cast(float, tree.value), have.unit, want.unit, mass)
            whole = replace(have, unit=want.unit, whole=value == int(value))
            return Constant(value, whole, (cast(float, tree.value), have.unit))
        return Converted(tree, want.unit, replace(have, unit=want.unit, whole=False), mass)

    def _span_as_number(self, span: Span, want: Type, node: Node | lark.Token) -> Tree:
        unit = _TIMES.get(want.unit, "")
        if unit in DAY_UNITS and not span.months:
            value = span.days / DAY_UNITS[unit]
        elif unit in MONTH_UNITS and not span.days:
            value = span.months / MONTH_UNITS[unit]
        elif unit in ("second", "minute", "hour") and not span.months:
            value = converted(span.days, "day", want.unit)
        elif unit:
            self.fault(f"{span} is not a fixed number of {want.unit}: compare dates, or use months(start, end)", node)
        else:
            self.fault(f"{want} is expected here, and this is a length of time", node)
        return Constant(value, replace(want, whole=value == int(value)))


_TIMES = {
    spelt: unit
    for unit, short in (
        ("second", ("s", "sec")), ("minute", ("min",)), ("hour", ("h", "hr", "hrs")), ("day", ("d",)),
        ("week", ("wk", "wks")), ("month", ("mo",)), ("year", ("a", "yr", "yrs")),
    )
    for spelt in (unit, f"{unit}s", *short)
}  # fmt: skip


_WINDOWS = (
    "within_before", "within_after", "within_of", "least_before", "least_after", "before", "after", "since",
)  # fmt: skip


def _extent(node: Node | lark.Token) -> tuple[int, int]:
    """Where a node or token starts and ends in its text."""
    if isinstance(node, lark.Token):
        return node.start_pos or 0, node.end_pos or 0
    return getattr(node.meta, "start_pos", 0), getattr(node.meta, "end_pos", 0)


def _topdown(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        if isinstance(child, lark.Tree):
            yield from _topdown(child)


def _measure(text: str) -> tuple[str, str]:
    """The number and the unit of `50 x 10^9/L`."""
    found = re.match(r"(\d+(?:\.\d+)?|\.\d+)\s*(?:[x×*]\s*(?=10))?(.*)", text, re.DOTALL)
    assert found, text
    return found[1], found[2]


def _time_unit(unit: str) -> str:
    """The length of time that a word names, or nothing."""
    return unit.removesuffix("s") if unit.removesuffix("s") in TIME_UNITS else ""


def _field(form: Form, fact: Fact) -> Field:
    return Field(form.name, fact.name, fact.type, label=fact.label or fact.name.replace("_", " "))


def _day_of(form: Form) -> Field:
    """The day of a row that lies around the one at hand, said by the name of its form."""
    return replace(_field(form, ON), label=form.label or form.name)


def _pick(form: Form, fact: Fact) -> Pick:
    return Pick(Rows(form.name, label=form.label), "last", _field(form, fact), bare=True)


def _narrowed(rows: Rows, where: Tree) -> Rows:
    return replace(rows, where=where if rows.where is None else And((rows.where, where)))


def _is_exists(node: Node) -> bool:
    """Whether this is `exists`, with windows after it or not."""
    return _is_exists(_node(node, 0)) if node.data in _WINDOWS else node.data == "exists"


def _part_of(measurement: Pick | Field) -> str:
    return measurement.of.name if isinstance(measurement, Pick) else measurement.name


def _measurement(tree: Tree) -> Pick | Field | None:
    """The first measurement in a tree that is of the participant or of the row at hand."""
    if isinstance(tree, Pick | Field) and tree.type.kind is Kind.NUMBER:
        return tree
    if isinstance(tree, Pick | Aggregate | Quantified):
        return None
    found = (_measurement(branch) for branch in branches(tree) if not isinstance(branch, Rows))
    return next((one for one in found if one is not None), None)


def _molar_mass(scope: Scope, tree: Tree | Rows) -> float | None:
    """Grams per mole of what a tree measures, where it measures an analyte."""
    if isinstance(tree, Field):
        fact = scope.forms[tree.form].facts.get(tree.name) if tree.form in scope.forms else None
        return fact.molar_mass if fact is not None else None
    found = (_molar_mass(scope, branch) for branch in branches(tree) if not isinstance(branch, Rows))
    return next((mass for mass in found if mass is not None), None)
