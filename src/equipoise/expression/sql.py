"""Expressions read as SQL (DuckDB): the same three-valued answers as `columns`, calculated where the tables lie.

What is asked of a form's rows becomes one grouped query a patient; the rest is arithmetic and logic over its columns.
Unknown is NULL. A number or a date is a pair of columns, its two ends. What is asked from one row of another row is not
said here, and is refused.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from ..calendar import Span, When
from ..finding import Unreadable
from ..quantity import conversion
from .explain import FINITE, SAME
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
    Shifted,
    Today,
    Tree,
    looks_out,
)

_TYPES = {
    Kind.TRUTH: "BOOLEAN", Kind.NUMBER: "DOUBLE", Kind.DATE: "DATE", Kind.CHOICE: "VARCHAR", Kind.TEXT: "VARCHAR",
    Kind.SET: "VARCHAR[]", Kind.SPAN: "DOUBLE",
}  # fmt: skip


@dataclass(frozen=True)
class Stored:
    """The tables as a database holds them, with the columns that `columns.Tables` has.

    `forms` are the columns of each form's table; a table is called `form <name>`, and has a column `n`, the row's place in
    time. The table `participants` has `participant` and what `until` and `closed` name.
    """

    forms: Mapping[str, Iterable[str]]
    until: date | str
    closed: Mapping[str, bool | str] = field(default_factory=dict)


_Ends = tuple[str, str]


def query(trees: Mapping[str, Tree], stored: Stored) -> str:
    """One query for the answers of all participants.

    Args:
        trees: The expressions, by the names of their columns.
        stored: The tables.

    Returns:
        A SELECT with the columns that `columns` gives, in the order of no matter what.

    Raises:
        Unreadable: If an expression asks, of one row, something about another.
    """
    reader = _Reader(stored)
    found = ["p.participant"]
    for name, tree in trees.items():
        low, high = reader.value(tree, reader.people)
        if tree.type.kind in (Kind.NUMBER, Kind.DATE):
            found += [f"{low} AS {_name(f'{name}.low')}", f"{high} AS {_name(f'{name}.high')}"]
        else:
            found.append(f"{low} AS {_name(name)}")
    inner = reader.people.text()
    parts = ", ".join(reader.parts)
    return f"{f'WITH {parts} ' if parts else ''}SELECT {', '.join(found)} FROM {inner} AS p"


def _name(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@dataclass
class _Source:
    """Rows to which columns are added: the participants (`form` is empty), or a form's beside its participant's."""

    form: str
    base: str
    joins: list[str] = field(default_factory=list)
    layers: list[str] = field(default_factory=list)
    kept: dict[Tree, _Ends] = field(default_factory=dict)

    def text(self) -> str:
        """The rows with all that was added, to select from."""
        made = f"(SELECT * FROM {self.base} {' '.join(self.joins)})"
        for layer in self.layers:
            made = f"(SELECT *, {layer} FROM {made})"
        return made

    def keep(self, tree: Tree, ends: _Ends) -> _Ends:
        """Calculate a value once, as columns."""
        at = len(self.layers)
        names = (f'"kept {at} low"', f'"kept {at} high"')
        if ends[0] == ends[1]:
            names = (names[0], names[0])
            self.layers.append(f"{ends[0]} AS {names[0]}")
        else:
            self.layers.append(f"{ends[0]} AS {names[0]}, {ends[1]} AS {names[1]}")
        self.kept[tree] = names
        return names


class _Reader:
    def __init__(self, stored: Stored) -> None:
        self.stored = stored
        self.people = _Source("", "participants")
        self.parts: list[str] = []
        self.named = 0
        self.leaves: dict[Tree, tuple[str, _Ends]] = {}

    def value(self, tree: Tree, at: _Source) -> _Ends:
        if tree in at.kept:
            return at.kept[tree]
        match tree:
            case Constant():
                return _constant(tree)
            case Today():
                until = self.stored.until
                return _both(_name(until) if isinstance(until, str) else f"DATE '{until}'")
            case Named():
                return self.value(tree.of, at)
            case Field():
                return self.field(tree, at)
            case Pick() | Aggregate() | Quantified():
                return self.leaf(tree, at)
            case Not():
                return _both(f"(NOT {self.one(tree.of, at)})")
            case And():
                return at.keep(tree, _both("(" + " AND ".join(self.one(part, at) for part in tree.of) + ")"))
            case Or():
                return at.keep(tree, _both("(" + " OR ".join(self.one(part, at) for part in tree.of) + ")"))
            case Compare():
                return at.keep(tree, _both(self.compare(tree, at)))
            case Among():
                options = ", ".join(map(_text, tree.options))
                return _both(f"({self.one(tree.of, at)} IN ({options}))" if options else "FALSE")
            case If():
                return at.keep(tree, self.choice(tree, at))
            case Arithmetic():
                return at.keep(tree, _arithmetic(tree.op, self.value(tree.left, at), self.value(tree.right, at)))
            case Call():
                return at.keep(tree, self.call(tree, at))
            case Converted():
                factor, shift = conversion(tree.of.type.unit, tree.to, tree.molar_mass)
                low, high = self.value(tree.of, at)
                return (f"({low} * {_float(factor)} + {_float(shift)})", f"({high} * {_float(factor)} + {_float(shift)})")
            case Shifted():
                low, high = self.value(tree.of, at)
                return (_later(low, tree.span, tree.sign), _later(high, tree.span, tree.sign))

    def one(self, tree: Tree, at: _Source) -> str:
        return self.value(tree, at)[0]

    def field(self, tree: Field, at: _Source) -> _Ends:
        if tree.outer or tree.form != at.form:
            raise Unreadable("this asks of a row what lies around another, which is not said in SQL: use the files")
        there = set(self.stored.forms.get(tree.form, ()))
        if tree.name == "on":
            return ("on_first", "on_last")
        name = f"{tree.name}.{tree.part}" if tree.part else tree.name
        kind = _TYPES[Kind.NUMBER if tree.part else tree.type.kind]
        found = f"CAST({_name(name)} AS {kind})" if name in there else f"CAST(NULL AS {kind})"
        if tree.type.kind is Kind.DATE and not tree.part and f"{name}.last" in there:
            return (found, f"coalesce({_name(f'{name}.last')}, {found})")
        return _both(found)

    def compare(self, tree: Compare, at: _Source) -> str:
        left, right = self.value(tree.left, at), self.value(tree.right, at)
        if tree.left.type.kind is Kind.CHOICE:
            ranks = tree.left.type.options
            left, right = _both(_rank(left[0], ranks)), _both(_rank(right[0], ranks))
        return _compared(tree.op, left, right, dates=tree.left.type.kind is Kind.DATE)

    def choice(self, tree: If, at: _Source) -> _Ends:
        when = self.one(tree.condition, at)
        then, other = self.value(tree.then, at), self.value(tree.otherwise, at)
        if tree.type.kind is Kind.TRUTH:
            a, b = then[0], other[0]
            return _both(f"(({when} AND {a}) OR (NOT {when} AND {b}) OR ({a} AND {b}))")
        if tree.type.kind not in (Kind.NUMBER, Kind.DATE):
            a, b = then[0], other[0]
            return _both(f"CASE WHEN {when} THEN {a} WHEN NOT {when} THEN {b} WHEN {a} = {b} THEN {a} END")
        both = f"{then[0]} IS NOT NULL AND {other[0]} IS NOT NULL"

        def end(place: int, word: str) -> str:
            a, b = then[place], other[place]
            return f"CASE WHEN {when} THEN {a} WHEN NOT {when} THEN {b} WHEN {both} THEN {word}({a}, {b}) END"

        return (end(0, "least"), end(1, "greatest"))

    def call(self, tree: Call, at: _Source) -> _Ends:
        if tree.name == "size":
            return _both(f"CAST(len({self.one(tree.of[0], at)}) AS DOUBLE)")
        ends = [self.value(part, at) for part in tree.of]
        low, high = ends[0]
        match tree.name:
            case "abs":
                least = f"CASE WHEN {low} < 0 AND {high} > 0 THEN 0.0 ELSE least(abs({low}), abs({high})) END"
                return (least, f"greatest(abs({low}), abs({high}))")
            case "floor":
                return (f"floor({low} + {SAME!r} * abs({low}))", f"floor({high} + {SAME!r} * abs({high}))")
            case "ln" | "log10":
                base = math.log(math.e if tree.name == "ln" else 10.0)
                made = [f"(ln(CASE WHEN {low} > 0 THEN {end} END) / {base!r})" for end in (low, high)]
                return (made[0], made[1])
            case _:
                start, end = ends
                return (_length(tree.name, start[1], end[0]), _length(tree.name, start[0], end[1]))

    # --- what is asked of rows

    def leaf(self, tree: Pick | Aggregate | Quantified, at: _Source) -> _Ends:
        """What is asked of rows: a grouped query, joined to the participants or to the rows of a form."""
        if looks_out(tree):
            raise Unreadable("this asks of a row what lies around another, which is not said in SQL: use the files")
        if tree not in self.leaves:
            self.named += 1
            name = f"leaf{self.named}"
            ends = self.grouped(tree, name)
            self.leaves[tree] = name, ends
        name, ends = self.leaves[tree]
        join = f"LEFT JOIN {name} USING (participant)"
        if join not in at.joins:
            at.joins.append(join)
        return ends

    def grouped(self, tree: Pick | Aggregate | Quantified, name: str) -> _Ends:
        rows = tree.rows
        form = _Source(rows.form, "(SELECT * FROM participants)")
        there = rows.form in self.stored.forms
        if there:
            form.base = f"{_name(f'form {rows.form}')} JOIN participants USING (participant)"
        where = self.one(rows.where, form) if rows.where is not None else "TRUE"
        answered = rows.answered
        if isinstance(tree, Pick) and not answered and tree.of.name != "on":
            answered = tree.of.name
        given = self.given(rows.form, answered) if answered else "TRUE"
        sure, maybe = f"(coalesce({where}, FALSE) AND {given})", f"(coalesce({where}, TRUE) AND {given})"
        low, high = f'"{name} low"', f'"{name} high"'
        of = ("TRUE", "TRUE")
        if not isinstance(tree, Aggregate) or tree.of is not None:
            assert tree.of is not None
            of = self.value(tree.of, form)
        closed = self.stored.closed.get(rows.form, False)
        shut = f"coalesce({_name(closed)}, FALSE)" if isinstance(closed, str) else str(closed).upper()
        if not there:
            form = _Source(rows.form, "(SELECT *, CAST(NULL AS BIGINT) AS n, CAST(NULL AS DATE) AS on_first, "
                                      "CAST(NULL AS DATE) AS on_last FROM participants WHERE FALSE)")  # fmt: skip
            sure = maybe = "FALSE"
            of = (f"CAST(NULL AS {_TYPES[tree.type.kind]})",) * 2 if isinstance(tree, Pick) else of
            if not isinstance(tree, Pick):
                of = ("NULL::DOUBLE", "NULL::DOUBLE") if isinstance(tree, Aggregate) else ("NULL::BOOLEAN", "NULL::BOOLEAN")
        made = f"(SELECT *, {sure} AS sure, {maybe} AS maybe, {of[0]} AS of_low, {of[1]} AS of_high FROM {form.text()})"
        match tree:
            case Pick():
                place = {"last": "len(l)", "first": "1"}.get(str(tree.which), str(tree.which))
                listed = (
                    "SELECT participant, list({'n': n, 's': sure, 'f': on_first, 'l': on_last, 'a': of_low, 'b': of_high} "
                    f"ORDER BY n) FILTER (maybe) AS l FROM {made} GROUP BY participant"
                )
                doubt = "c.s"
                if not isinstance(tree.which, str):
                    doubt = f"len(list_filter(l[1:{place}], lambda x: NOT x.s)) = 0"
                placed = (
                    f"len(list_filter(l[1:{place} - 1], lambda x: x.l > c.f)) = 0 "
                    f"AND len(list_filter(l[{place} + 1:], lambda x: x.f < c.l)) = 0"
                )
                text = (
                    f"SELECT participant, CASE WHEN {doubt} AND {placed} THEN c.a END AS {low}, "
                    f"CASE WHEN {doubt} AND {placed} THEN c.b END AS {high} "
                    f"FROM (SELECT *, l[{place}] AS c FROM ({listed})) WHERE c IS NOT NULL"
                )
                self.parts.append(f"{name} AS ({text})")
                return (low, high) if tree.type.kind in (Kind.NUMBER, Kind.DATE) else (low, low)
            case Aggregate(op="count"):
                text = (
                    f"SELECT participant, count(*) FILTER (sure) AS {low}, count(*) FILTER (maybe) AS {high} "
                    f"FROM {made} GROUP BY participant"
                )
                self.parts.append(f"{name} AS ({text})")
                most = f"CASE WHEN {shut} THEN CAST(coalesce({high}, 0) AS DOUBLE) ELSE CAST('inf' AS DOUBLE) END"
                return (f"CAST(coalesce({low}, 0) AS DOUBLE)", most)
            case Aggregate():
                word = "avg" if tree.op == "mean" else tree.op
                known = "bool_and(sure AND of_low IS NOT NULL) FILTER (maybe)"
                ends = [
                    f"CASE WHEN {known} AND NOT isnan({word}({end}) FILTER (maybe)) THEN {word}({end}) FILTER (maybe) END"
                    for end in ("of_low", "of_high")
                ]
                text = f"SELECT participant, {ends[0]} AS {low}, {ends[1]} AS {high} FROM {made} GROUP BY participant"
                self.parts.append(f"{name} AS ({text})")
                return (low, high)
            case Quantified():
                settles, may = ("sure AND coalesce(of_low, FALSE)", "maybe AND coalesce(of_low, TRUE)")
                if tree.op == "all":
                    settles, may = ("sure AND NOT coalesce(of_low, TRUE)", "maybe AND NOT coalesce(of_low, FALSE)")
                text = f"SELECT participant, bool_or({settles}) AS {low}, bool_or({may}) AS {high} FROM {made} GROUP BY participant"
                self.parts.append(f"{name} AS ({text})")
                found, other = ("TRUE", "FALSE") if tree.op == "any" else ("FALSE", "TRUE")
                says = f"CASE WHEN {low} THEN {found} WHEN coalesce({high}, FALSE) OR NOT {shut} THEN NULL ELSE {other} END"
                return _both(says)

    def given(self, form: str, fact: str) -> str:
        there = set(self.stored.forms.get(form, ()))
        made = f"{_name(fact)} IS NOT NULL" if fact in there else "FALSE"
        unclear = f"{fact}.unclear"
        return f"({made} OR coalesce({_name(unclear)}, FALSE))" if unclear in there else f"({made})"


# --- pieces of SQL


def _both(text: str) -> _Ends:
    return (text, text)


def _float(value: float) -> str:
    return f"CAST('{value!r}' AS DOUBLE)"


def _constant(tree: Constant) -> _Ends:
    match tree.value:
        case bool():
            return _both(str(tree.value).upper())
        case str():
            return _both(_text(tree.value))
        case When():
            return (f"DATE '{tree.value.first}'", f"DATE '{tree.value.last}'")
        case Span():
            return _both(_float(float(tree.value.about_days)))
        case _:
            return _both(_float(float(tree.value)))


def _rank(code: str, options: tuple[str, ...]) -> str:
    return f"CASE {code} " + " ".join(f"WHEN {_text(each)} THEN {rank}.0" for rank, each in enumerate(options)) + " END"


def _compared(op: str, left: _Ends, right: _Ends, *, dates: bool) -> str:
    def at_most(a: str, b: str) -> str:
        same = f"({a} - {b} <= least(abs({b}), {_float(FINITE)}) * {_float(SAME)})"
        return f"({a} <= {b})" if dates else f"({a} <= {b} OR {same})"

    match op:
        case ">=":
            return _compared("<=", right, left, dates=dates)
        case "<":
            return f"(NOT {_compared('<=', right, left, dates=dates)})"
        case ">":
            return f"(NOT {_compared('<=', left, right, dates=dates)})"
        case "!=":
            return f"(NOT {_compared('==', left, right, dates=dates)})"
        case "<=":
            sure, may = at_most(left[1], right[0]), at_most(left[0], right[1])
        case _:
            sure = f"({at_most(left[1], right[0])} AND {at_most(right[1], left[0])})"
            may = f"({at_most(left[0], right[1])} AND {at_most(right[0], left[1])})"
    if left[0] == left[1] and right[0] == right[1]:
        return sure
    return f"(CASE WHEN {sure} THEN TRUE WHEN NOT {may} THEN FALSE END)"


def _arithmetic(op: str, left: _Ends, right: _Ends) -> _Ends:
    exact = left[0] == left[1] and right[0] == right[1]
    if op in "+-":
        ends = (f"({left[0]} + {right[0]})", f"({left[1]} + {right[1]})")
        if op == "-":
            ends = (f"({left[0]} - {right[1]})", f"({left[1]} - {right[0]})")
        if exact:
            return ends
        lost = f"isnan({ends[0]}) OR isnan({ends[1]})"
        return (f"CASE WHEN NOT ({lost}) THEN {ends[0]} END", f"CASE WHEN NOT ({lost}) THEN {ends[1]} END")
    sane = "TRUE" if op == "*" else f"({right[0]} > 0 OR {right[1]} < 0)"
    corners = [f"({a} {op} {b})" for a in left for b in right]
    if exact:
        return _both(f"CASE WHEN {sane} THEN {corners[0]} END")
    whole = " AND ".join([sane, *(f"{each} IS NOT NULL AND NOT isnan({each})" for each in corners)])
    joined = ", ".join(corners)
    return (f"CASE WHEN {whole} THEN least({joined}) END", f"CASE WHEN {whole} THEN greatest({joined}) END")


def _later(day: str, span: Span, sign: int) -> str:
    moved = f"CAST({day} + INTERVAL ({sign * span.months}) MONTH AS DATE)" if span.months else day
    return f"({moved} + {sign * span.days})" if span.days else moved


def _length(name: str, start: str, end: str) -> str:
    if name in ("days", "weeks"):
        return f"(CAST({end} - {start} AS DOUBLE) / {7.0 if name == 'weeks' else 1.0})"
    early, late = f"least({start}, {end})", f"greatest({start}, {end})"
    across = f"datediff('month', {early}, {late})"
    count = f"({across} - CASE WHEN CAST({early} + to_months(CAST({across} AS INTEGER)) AS DATE) > {late} THEN 1 ELSE 0 END)"
    here = f"CAST({early} + to_months(CAST({count} AS INTEGER)) AS DATE)"
    there = f"CAST({early} + to_months(CAST({count} + 1 AS INTEGER)) AS DATE)"
    months = f"({count} + CAST({late} - {here} AS DOUBLE) / greatest({there} - {here}, 1))"
    signed = f"CASE WHEN {start} IS NOT NULL AND {end} IS NOT NULL THEN {months} * CASE WHEN {end} < {start} THEN -1.0 ELSE 1.0 END END"
    return f"({signed} / 12)" if name == "years" else f"({signed})"
