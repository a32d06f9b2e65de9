"""Expressions as source for the compiled interpreter: one function that answers any statement of a study by its number.

The source is made of the typed tree alone. Nothing of the protocol's text stands in it: forms, items, steps and codes
are numbers, and so is what they are called here. A truth is 0 (not met), 1 (met) or 2 (unknown); a number or a day is
two ends, not a number where it is not known; a code is its place among the options, a text the number given to it.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from ..calendar import Span, When
from ..expression.grammar import LESIONS
from ..expression.tree import (
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
    parts,
)  # fmt: skip
from ..quantity import conversion
from ..study import ALIVE, Study

NAN = math.nan
Pair = tuple[str, str]
AtHand = tuple[tuple[str, str], ...]


class NotCompiled(Exception):
    """What the compiled interpreter cannot do; the sentence names it."""


@dataclass
class Statements:
    """The statements of a study, each under a number, and the items that they look at, each in a column."""

    study: Study
    forms: Mapping[str, int]
    limits: Mapping[str, Mapping[str, Mapping[tuple[str, str], float]]]
    columns: dict[tuple[str, str], int] = field(default_factory=dict)
    needs: list[tuple[int, ...]] = field(default_factory=list)
    bodies: list[list[str]] = field(default_factory=list)
    known: dict[tuple[object, str], int] = field(default_factory=dict)
    texts: dict[str, int] = field(default_factory=dict)
    looks_at_size: bool = False

    def text(self, said: str) -> int:
        """The number that stands for a text."""
        return self.texts.setdefault(said, len(self.texts))

    def of(self, tree: Tree, *, form: str = "") -> int:
        """The number under which a tree is answered; of one about the rows of a form, with the first one of which it holds."""
        key = (tree, form)
        if key not in self.known:
            writer = _Writer(self)
            if form:
                writer.first(tree, form)
            else:
                writer.whole(tree, ())
            self.known[key] = self._add(writer)
        return self.known[key]

    def joined(self, make: "Callable[[_Writer], str]", key: object) -> int:
        """The number of a truth that is put together of several trees."""
        if (key, "") not in self.known:
            writer = _Writer(self)
            writer.line(f"return float({make(writer)})")
            self.known[key, ""] = self._add(writer)
        return self.known[key, ""]

    def _add(self, writer: "_Writer") -> int:
        self.bodies.append(writer.lines)
        self.needs.append(tuple(sorted(writer.columns)))
        return len(self.bodies) - 1

    def column(self, form: str, item: str) -> int:
        """The column in which the answers to an item stand."""
        return self.columns.setdefault((form, item), len(self.columns))

    def source(self) -> str:
        """The source of the function."""
        lines = ["def answer(k, row, where):", "    s = carray(where, 1)[0]"]
        for number, body in enumerate(self.bodies):  # every body ends in a return: together they become one jump table
            lines += [f"    if k == {number}:", *("        " + line for line in body)]
        return "\n".join([*lines, "    return 0.0", ""])


class _Writer:
    """Writes one statement. Each method gives the name of a variable, or a number, that holds what a tree comes to."""

    def __init__(self, statements: Statements) -> None:
        self.statements = statements
        self.lines: list[str] = []
        self.columns: set[int] = set()
        self.indent = ""
        self.names = 0

    def line(self, text: str) -> None:
        self.lines.append(self.indent + text)

    def new(self, value: str) -> str:
        self.names += 1
        name = f"v{self.names}"
        self.line(f"{name} = {value}")
        return name

    def whole(self, tree: Tree, at: AtHand) -> None:
        match tree.type.kind:
            case Kind.TRUTH:
                self.line(f"return float({self.truth(tree, at)})")
            case Kind.NUMBER | Kind.DATE | Kind.SPAN:
                low, high = self.number(tree, at)
                self.line(f"s.hi = {high}")
                self.line(f"return {low}")
            case Kind.CHOICE:
                code = self.code(tree, at)
                self.line(f"s.hi = {code}")
                self.line(f"return {code}")
            case _:
                raise NotCompiled(f"it comes to {tree.type}")

    def first(self, tree: Tree, form: str) -> None:
        """The first row, from a row on, of which a truth holds; as many as there are where none is."""
        size = f"s.count[{self.form(form)}]"
        self.line(f"for each in range(row, {size}):")
        self.indent += "    "
        self.line(f"if {self.truth(tree, ((form, 'each'),))} == 1:")
        self.line("    return float(each)")
        self.done()
        self.line(f"return float({size})")

    # --- rows ---------------------------------------------------------------------------------------------------

    def form(self, form: str) -> int:
        if form not in self.statements.forms:
            raise NotCompiled(f"it looks at '{form}'")
        return self.statements.forms[form]

    def column(self, form: str, item: str) -> int:
        if item not in self.statements.study.activities[form].items:
            raise NotCompiled(f"it looks at '{item}' of '{form}'")
        number = self.statements.column(form, item)
        self.columns.add(number)
        return number

    def closed(self, form: str) -> str:
        if form == LESIONS:
            return "s.listed"
        return "True" if form in self.statements.study.protocol.closed else "False"

    def each(self, rows: Rows, at: AtHand, *, backwards: bool = False) -> tuple[str, str]:
        """Begin a loop over the rows meant; the row, and whether it is one (1) or may be (2). `done` ends it."""
        if rows.form == ALIVE:
            raise NotCompiled("it goes through the days on which a participant is known to have lived")
        self.names += 1
        index = f"i{self.names}"
        if rows.form == LESIONS:
            size = "s.n_lesions"
        else:
            form = self.form(rows.form)
            size = f"s.count[{form}]"
        order = f"range({size} - 1, -1, -1)" if backwards else f"range({size})"
        self.line(f"for {index} in {order}:")
        self.indent += "    "
        if rows.form == LESIONS:
            self.line(f"if not (s.known >> {index}) & 1:")
            self.line("    continue")
        else:
            self.line(f"if s.days[{form}, {index}] > s.limit:")
            self.line("    continue")
        if rows.another and (here := next((row for name, row in reversed(at) if name in ("", rows.form)), None)):
            self.line(f"if {index} == {here}:")
            self.line("    continue")
        if rows.answered:
            if rows.form == LESIONS:
                raise NotCompiled(f"it looks for lesions of which '{rows.answered}' is said")
            self.line(f"if isnan(s.values[{self.column(rows.form, rows.answered)}, {index}]):")
            self.line("    continue")
        member = "1"
        if rows.where is not None:
            member = self.truth(rows.where, (*at, (rows.form, index)))
            self.line(f"if {member} == 0:")
            self.line("    continue")
        return index, member

    def done(self) -> None:
        self.indent = self.indent[:-4]

    # --- single facts -------------------------------------------------------------------------------------------

    def found(self, pick: Pick, at: AtHand) -> str:
        """The row that is picked; -1 where there is none, or it cannot be told which."""
        rows = pick.rows
        if pick.of.name != "on" and not rows.answered:
            rows = Rows(rows.form, rows.where, rows.label, pick.of.name)
        index, counted = self.new("-1"), ""
        if isinstance(pick.which, int):
            counted = self.new("0")
        row, member = self.each(rows, at, backwards=pick.which == "last")
        if counted:
            self.line(f"{counted} += 1")
            self.line(f"if {member} == 2:")
            self.line("    break")
            self.line(f"if {counted} == {pick.which}:")
            self.line(f"    {index} = {row}")
            self.line("    break")
        else:
            self.line(f"{index} = {row} if {member} == 1 else -1")
            self.line("break")
        self.done()
        return index

    def at_hand(self, of: Field, at: AtHand) -> str:
        found = [row for form, row in at if form in ("", of.form)]
        if len(found) <= of.outer:
            raise NotCompiled(f"it looks at '{of.name}' of no row")
        return found[-1 - of.outer]

    def fact(self, of: Field, index: str) -> str:
        """A fact of a row as one number, not a number where it is not known or there is no row."""
        if of.form == LESIONS:
            text = self.lesion(of, index)
        elif of.name == "on":
            text = f"float(s.days[{self.form(of.form)}, {index}])"
        elif of.part:
            text = self.limit(of, index)
        else:
            text = f"s.values[{self.column(of.form, of.name)}, {index}]"
        return text

    def lesion(self, of: Field, index: str) -> str:
        match of.name:
            case "organ":
                return f"(s.organ[{index}] if s.listed else nan)"
            case "diameter":
                self.statements.looks_at_size = True
                return f"s.lesion_mm[{index}]"
            case "present":
                return f"(nan if (s.unsure >> {index}) & 1 else float((s.seen >> {index}) & 1))"
            case "ablated":
                return f"float((s.ablated >> {index}) & 1)"
            case "resected":
                return f"float((s.resected >> {index}) & 1)"
            case "node":
                return "0.0"
            case "role" | "segment":  # nothing is assumed of them, and virtual lesions have none
                return "nan"
            case "on" | "found_on":
                return "float(s.lesions_found)"
            case _:
                raise NotCompiled(f"it looks at the {of.name} of lesions")

    def limit(self, of: Field, index: str) -> str:
        """The end of the range that a laboratory reports: its site's."""
        found = [self.statements.limits[site][of.form].get((of.name, of.part)) for site in self.statements.limits]
        text = "nan"
        for number, limit in reversed(list(enumerate(found))):
            text = f"({float(limit)!r} if s.site == {number} else {text})" if limit is not None else text
        answered = f"s.values[{self.column(of.form, of.name)}, {index}]"
        return f"(nan if isnan({answered}) else {text})"

    def single(self, tree: Pick | Field, at: AtHand) -> str:
        if isinstance(tree, Field):
            return self.new(self.fact(tree, self.at_hand(tree, at)))
        if tree.rows.form == ALIVE:
            if tree.of.name != "on":
                raise NotCompiled("it looks at what is not recorded")
            return self.new("float(min(s.alive, s.limit)) if s.alive > 0 else nan")
        if tree.of.form != tree.rows.form:
            raise NotCompiled(f"it picks '{tree.of.name}' of another form's row")
        index = self.found(tree, at)
        return self.new(f"{self.fact(tree.of, index)} if {index} >= 0 else nan")

    # --- truths -------------------------------------------------------------------------------------------------

    def truth(self, tree: Tree, at: AtHand) -> str:
        match tree:
            case Constant():
                return "1" if tree.value is True else "0"
            case Named():
                return self.truth(tree.of, at)
            case Pick() | Field():
                value = self.single(tree, at)
                return self.new(f"2 if isnan({value}) else int({value})")
            case Not():
                of = self.truth(tree.of, at)
                return self.new(f"2 if {of} == 2 else 1 - {of}")
            case And() | Or():
                return self.junction([partial(self.truth, branch, at) for branch in tree.of], isinstance(tree, And))
            case Compare():
                left, right = self.ends(tree.left, at), self.ends(tree.right, at)
                word = {"<": 0, "<=": 1, ">": 2, ">=": 3, "==": 4, "!=": 5}[tree.op]
                if left[0] == left[1] and right[0] == right[1]:
                    return self.new(f"compared_ones({word}, {left[0]}, {right[0]})")
                return self.new(f"compared({word}, {left[0]}, {left[1]}, {right[0]}, {right[1]})")
            case Among():
                code = self.code(tree.of, at)
                options = tree.of.type.options
                if tree.of.type.kind is Kind.TEXT:
                    wanted = [self.statements.text(each) for each in tree.options]
                else:
                    wanted = [options.index(each) for each in tree.options if each in options]
                test = " or ".join(f"{code} == {float(each)}" for each in wanted) or "False"
                return self.new(f"2 if isnan({code}) else int({test})")
            case Quantified():
                return self.quantified(tree, at)
            case If():
                return self.choice(tree, at, self.truth, "2")
            case _:
                raise NotCompiled(f"it asks for {type(tree).__name__.lower()} as a statement")

    def junction(self, branches: "list[Callable[[], str]]", is_and: bool) -> str:
        """Several truths joined; what settles it ends it."""
        settles = 0 if is_and else 1
        result = self.new(str(1 - settles))
        for each in branches:
            self.line(f"if {result} != {settles}:")
            self.indent += "    "
            part = each()
            self.line(f"if {part} == {settles}:")
            self.line(f"    {result} = {settles}")
            self.line(f"elif {part} == 2:")
            self.line(f"    {result} = 2")
            self.done()
        return result

    def quantified(self, tree: Quantified, at: AtHand) -> str:
        settles = 1 if tree.op == "any" else 0
        result = self.new(f"{1 - settles} if {self.closed(tree.rows.form)} else 2")
        row, member = self.each(tree.rows, at)
        holds = self.truth(tree.of, (*at, (tree.rows.form, row)))
        self.line(f"if {holds} == {settles} and {member} == 1:")
        self.line(f"    {result} = {settles}")
        self.line("    break")
        self.line(f"if {holds} != {1 - settles}:")
        self.line(f"    {result} = 2")
        self.done()
        return result

    def choice(self, tree: If, at: AtHand, read: Callable[[Tree, AtHand], str], unknown: str) -> str:
        """One of two values; where it cannot be told which, the one that both are."""
        result, condition = self.new(unknown), self.truth(tree.condition, at)
        for wanted, part in ((1, tree.then), (0, tree.otherwise)):
            self.line(f"if {condition} == {wanted}:")
            self.indent += "    "
            self.line(f"{result} = {read(part, at)}")
            self.done()
        self.line(f"if {condition} == 2:")
        self.indent += "    "
        then, otherwise = read(tree.then, at), read(tree.otherwise, at)
        self.line(f"if {then} == {otherwise}:")
        self.line(f"    {result} = {then}")
        self.done()
        return result

    # --- codes, numbers and days --------------------------------------------------------------------------------

    def code(self, tree: Tree, at: AtHand) -> str:
        match tree:
            case Named():
                return self.code(tree.of, at)
            case Constant() if isinstance(tree.value, str) and tree.value in tree.type.options:
                return str(float(tree.type.options.index(tree.value)))
            case Constant() if isinstance(tree.value, str) and tree.type.kind is Kind.TEXT:
                return str(float(self.statements.text(tree.value)))
            case Pick() | Field():
                return self.single(tree, at)
            case If() if tree.then.type.options == tree.otherwise.type.options:
                return self.choice(tree, at, self.code, "nan")
            case _:
                raise NotCompiled("it compares codes of two kinds")

    def ends(self, tree: Tree, at: AtHand) -> Pair:
        if tree.type.kind is Kind.CHOICE:
            code = self.code(tree, at)
            return code, code
        return self.number(tree, at)

    def number(self, tree: Tree, at: AtHand) -> Pair:
        """The two ends between which a number or a day lies."""
        match tree:
            case Constant():
                return self.constant(tree)
            case Today():
                return "float(s.asked_on)", "float(s.asked_on)"
            case Named():
                return self.number(tree.of, at)
            case Pick() | Field():
                value = self.single(tree, at)
                return value, value
            case Aggregate():
                return self.aggregate(tree, at)
            case If():
                return self.either(tree, at)
            case Arithmetic():
                return self.arithmetic(tree, at)
            case Call():
                return self.call(tree, at)
            case Converted():
                return self.through(self.number(tree.of, at), self.conversion(tree))
            case Shifted():
                days, months = tree.span.days * tree.sign, tree.span.months * tree.sign
                return self.through(self.number(tree.of, at), lambda end: f"shifted({end}, {days}, {months})")
            case _:
                raise NotCompiled(f"it asks for {type(tree).__name__.lower()} as a number")

    def through(self, ends: Pair, change: Callable[[str], str]) -> Pair:
        low = self.new(change(ends[0]))
        return low, low if ends[0] == ends[1] else self.new(change(ends[1]))

    def conversion(self, tree: Converted) -> Callable[[str], str]:
        of = tree.of.type.unit
        if of == tree.to:
            return lambda end: end
        factor, shift = conversion(of, tree.to, tree.molar_mass)
        return lambda end: f"{end} * {factor!r} + {shift!r}"

    def constant(self, tree: Constant) -> Pair:
        match tree.value:
            case When():
                return f"{tree.value.first.toordinal()}.0", f"{tree.value.last.toordinal()}.0"
            case Span():
                text = repr(float(tree.value.about_days))
            case bool() | str():
                raise NotCompiled("it takes a word for a number")
            case _:
                text = repr(float(tree.value))
        return text, text

    def aggregate(self, tree: Aggregate, at: AtHand) -> Pair:
        if tree.op == "count":
            sure, may_be = self.new("0.0"), self.new("0.0")
            _, member = self.each(tree.rows, at)
            self.line(f"{may_be} += 1.0")
            self.line(f"if {member} == 1:")
            self.line(f"    {sure} += 1.0")
            self.done()
            if self.closed(tree.rows.form) == "True":
                return (sure, sure) if tree.rows.where is None else (sure, may_be)
            return sure, self.new(f"{may_be} if {self.closed(tree.rows.form)} else inf")
        assert tree.of is not None
        low, high, size, is_told = self.new("0.0"), self.new("0.0"), self.new("0"), self.new("True")
        row, member = self.each(tree.rows, at)
        ends = self.ends(tree.of, (*at, (tree.rows.form, row)))
        self.line(f"if {member} == 2 or isnan({ends[0]}):")
        self.line(f"    {is_told} = False")
        self.line("    break")
        for total, end in ((low, ends[0]), (high, ends[1])):
            match tree.op:
                case "min" | "max":
                    self.line(f"{total} = {end} if {size} == 0 else {tree.op}({total}, {end})")
                case _:
                    self.line(f"{total} += {end}")
        self.line(f"{size} += 1")
        self.done()
        share = f" / {size}" if tree.op == "mean" else ""
        told = f"{is_told} and {size} > 0"
        return self.new(f"{low}{share} if {told} else nan"), self.new(f"{high}{share} if {told} else nan")

    def either(self, tree: If, at: AtHand) -> Pair:
        low, high = self.new("nan"), self.new("nan")
        condition = self.truth(tree.condition, at)
        for wanted, part in ((1, tree.then), (0, tree.otherwise)):
            self.line(f"if {condition} == {wanted}:")
            self.indent += "    "
            ends = self.number(part, at)
            self.line(f"{low} = {ends[0]}")
            self.line(f"{high} = {ends[1]}")
            self.done()
        self.line(f"if {condition} == 2:")
        self.indent += "    "
        then, otherwise = self.number(tree.then, at), self.number(tree.otherwise, at)
        self.line(f"if not isnan({then[0]}) and not isnan({otherwise[0]}):")
        self.line(f"    {low} = min({then[0]}, {otherwise[0]})")
        self.line(f"    {high} = max({then[1]}, {otherwise[1]})")
        self.done()
        return low, high

    def arithmetic(self, tree: Arithmetic, at: AtHand) -> Pair:
        left, right = self.number(tree.left, at), self.number(tree.right, at)
        is_one = left[0] == left[1] and right[0] == right[1]
        match tree.op:
            case "+":
                low = self.new(f"{left[0]} + {right[0]}")
                return low, low if is_one else self.new(f"{left[1]} + {right[1]}")
            case "-":
                low = self.new(f"{left[0]} - {right[1]}")
                return low, low if is_one else self.new(f"{left[1]} - {right[0]}")
            case "*" if is_one:
                low = self.new(f"{left[0]} * {right[0]}")
                return low, low
            case "/" if is_one:
                low = self.new(f"nan if {right[0]} == 0.0 else {left[0]} / {right[0]}")
                return low, low
            case _:
                return self.between(tree.op, left, right)

    def between(self, op: str, left: Pair, right: Pair) -> Pair:
        """The least and the greatest product, or quotient, of what lies between two ends; not known where one is no number."""
        is_told = self.new("True" if op == "*" else f"{right[0]} > 0.0 or {right[1]} < 0.0")
        ends = [self.new(f"{a} {op} {b} if {is_told} else nan") for a in left for b in right]
        of, told = ", ".join(ends), " and ".join(f"{end} == {end}" for end in ends)
        return self.new(f"min({of}) if {told} else nan"), self.new(f"max({of}) if {told} else nan")

    def call(self, tree: Call, at: AtHand) -> Pair:
        if tree.name == "size":
            of = tree.of[0]
            while isinstance(of, Named):
                of = of.of
            if not isinstance(of, Pick | Field):
                raise NotCompiled("it counts a set that is no answer")
            value = self.single(of, at)
            return value, value
        ends = [self.number(each, at) for each in tree.of]
        match tree.name:
            case "abs" if ends[0][0] == ends[0][1]:
                return self.through(ends[0], lambda end: f"abs({end})")
            case "abs":
                low, high = ends[0]
                least = self.new(f"0.0 if {low} < 0.0 and {high} > 0.0 else min(abs({low}), abs({high}))")
                return least, self.new(f"max(abs({low}), abs({high}))")
            case "floor":
                return self.through(ends[0], lambda end: f"whole_part({end})")
            case "ln" | "log10":
                function = "log" if tree.name == "ln" else "log10"
                return self.through(ends[0], lambda end: f"{function}({end}) if {end} > 0.0 else nan")
            case "days" | "weeks" | "months" | "years":
                start, end = ends
                way = {"days": 0, "weeks": 1, "months": 2, "years": 3}[tree.name]
                low = self.new(f"length({way}, {start[1]}, {end[0]})")
                same = start[0] == start[1] and end[0] == end[1]
                return low, low if same else self.new(f"length({way}, {start[0]}, {end[1]})")
            case _:
                raise NotCompiled(f"it asks for the {tree.name} of what is known only to lie between two numbers")


def looks_at(tree: Tree, form: str) -> bool:
    """Whether a tree looks at rows of a form."""
    return any(isinstance(part, Rows) and part.form == form for part in parts(tree))
