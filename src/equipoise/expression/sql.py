"""Expressions read as SQL (DuckDB, Spark): the same three-valued answers as `columns`, calculated where the tables lie.

What is asked of a form's rows becomes a grouped query a patient; the rest is arithmetic and logic over its columns.
Unknown is NULL. A number or a date is a pair of columns, its two ends. What is said in one word of SQL and in another of
its neighbour stands in a `Dialect`.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from ..calendar import Span, When
from ..quantity import conversion
from .dialect import DUCKDB, Dialect
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
    Rows,
    Shifted,
    Today,
    Tree,
    branches,
    looks_out,
    parts,
)


@dataclass(frozen=True)
class Stored:
    """The tables as a database holds them, with the columns that `columns.Tables` has.

    `forms` are the columns of each form's table; a table is called `form <name>`, and has a column `place`, which rises with
    time among the rows of one participant. The table `participants` has `participant`, what `until` and `closed` name, and
    the columns of the forms in `wide`, of which nobody has two rows, as `<form>.<column>`. `exact` are the forms whose
    rows all have a whole date.
    """

    forms: Mapping[str, tuple[str, ...]]
    until: date | str
    closed: Mapping[str, bool | str] = field(default_factory=dict)
    wide: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    exact: frozenset[str] = frozenset()
    dialect: Dialect = DUCKDB


_Ends = tuple[str, str]
_LEAVES = (Pick, Aggregate, Quantified)
_KEPT = re.compile(r"kept \d+ \d+ (?:low|high)")


def query(trees: Mapping[str, Tree], stored: Stored) -> str:
    """One query for the answers of all participants.

    Args:
        trees: The expressions, by the names of their columns.
        stored: The tables.

    Returns:
        A SELECT with the columns that `columns` gives, in no order.
    """
    text, ends = prepared(trees, stored)
    found = ["participant"]
    for name, tree in trees.items():
        if tree.type.kind in (Kind.NUMBER, Kind.DATE):
            found += [
                f"{end} AS {stored.dialect.name(f'{name}.{word}')}"
                for end, word in zip(ends[name], ("low", "high"), strict=True)
            ]
        else:
            found.append(f"{ends[name][0]} AS {stored.dialect.name(name)}")
    return text.format(", ".join(found))


@dataclass(frozen=True)
class Selected:
    """A query that waits for what is to be selected."""

    before: str
    after: str

    def format(self, what: str) -> str:
        return f"{self.before} SELECT {what} FROM {self.after}"


def prepared(
    trees: Mapping[str, Tree], stored: Stored, *, known: Mapping[str, str] | None = None
) -> tuple[Selected, dict[str, _Ends]]:
    """A query of the participants with what the rows were asked, and each expression over its columns: its two ends.

    Args:
        trees: The expressions, by name.
        stored: The tables.
        known: More queries that stand before this one, by the names of their results.
    """
    reader = _Reader(stored)
    ends = {name: reader.value(tree, reader.people) for name, tree in trees.items()}
    before = [f"{stored.dialect.name(name)} AS ({text})" for name, text in (known or {}).items()]
    before += [group.text() for group in (*reader.shared.values(), *reader.groups)]
    return Selected(f"WITH {', '.join(before)}" if before else "", f"{reader.people.text()} AS p"), ends


@dataclass
class _Source:
    """Rows to which columns are added: the participants (`form` is empty), or a form's beside what lies around them.

    `prefix` stands before the names of the form's columns; `keys` tell a row from every other. What is added stands in
    `layers`, each of which reads those below it alone: `level_of` says in which a column stands, from one.
    """

    form: str
    base: str
    prefix: str = ""
    own: frozenset[str] = frozenset()
    keys: tuple[str, ...] = ("participant",)
    around: "_Source | None" = None
    joins: list[str] = field(default_factory=list)
    layers: list[list[str]] = field(default_factory=list)
    level_of: dict[str, int] = field(default_factory=dict)
    kept: dict[Tree, _Ends] = field(default_factory=dict)
    needs_people: bool = False
    keeper: "_Source | None" = None

    def text(self) -> str:
        """The rows with all that was added, to select from."""
        base = (
            f"(SELECT * FROM participants AS a JOIN {self.base} AS b USING (participant))" if self.needs_people else self.base
        )
        made = f"(SELECT * FROM {base} AS j {' '.join(self.joins)})" if self.joins else base
        for layer in self.layers:
            made = f"(SELECT *, {', '.join(layer)} FROM {made} AS q)"
        return made

    def level(self, form: str, *, outer: bool) -> "_Source":
        """The rows of a form that are at hand, innermost or next."""
        found = self
        while found.form != form or outer:
            outer = outer and found.form != form
            assert found.around is not None, form
            found = found.around
        return found

    @property
    def depth(self) -> int:
        return 0 if self.around is None else 1 + self.around.depth


@dataclass
class _Group:
    """One query for the answers of several questions to the rows of one source, a row a key."""

    name: str
    source: _Source
    keys: tuple[str, ...]
    selects: list[str] = field(default_factory=list)
    whole: str = ""

    def text(self) -> str:
        if self.whole:
            return f"{self.name} AS ({self.whole})"
        keys = ", ".join(self.keys)
        return f"{self.name} AS (SELECT {keys}, {', '.join(self.selects)} FROM {self.source.text()} AS r GROUP BY {keys})"


class _Reader:
    def __init__(self, stored: Stored) -> None:
        self.stored, self.words = stored, stored.dialect
        self.people = _Source("", "participants")
        self.shared: dict[str, _Group] = {}
        self.groups: list[_Group] = []
        self.named = 0
        self.leaves: dict[tuple[Tree, int], tuple[str, _Ends]] = {}

    def value(self, tree: Tree, at: _Source) -> _Ends:
        if tree in at.kept:
            return at.kept[tree]
        match tree:
            case Constant():
                return _constant(tree, self.words)
            case Today():
                until = self.stored.until
                self.beside_people(at, isinstance(until, str))
                return _both(self.words.name(until) if isinstance(until, str) else f"DATE '{until}'")
            case Named():
                return self.value(tree.of, at)
            case Field():
                return self.field(tree, at)
            case Pick() | Aggregate() | Quantified():
                return self.leaf(tree, at)
            case Not():
                return _both(f"(NOT {self.one(tree.of, at)})")
            case And():
                return self.keep(at, tree, _both("(" + " AND ".join(self.one(part, at) for part in tree.of) + ")"))
            case Or():
                return self.keep(at, tree, _both("(" + " OR ".join(self.one(part, at) for part in tree.of) + ")"))
            case Compare():
                return self.keep(at, tree, _both(self.compare(tree, at)))
            case Among():
                options = ", ".join(map(self.words.literal, tree.options))
                found = self.one(tree.of, at)
                return _both(f"({found} IN ({options}))" if options else f"({found} IS NULL AND NULL)")
            case If():
                return self.keep(at, tree, self.choice(tree, at))
            case Arithmetic():
                return self.keep(at, tree, _arithmetic(tree.op, self.value(tree.left, at), self.value(tree.right, at)))
            case Call():
                return self.keep(at, tree, self.call(tree, at))
            case Converted():
                factor, shift = conversion(tree.of.type.unit, tree.to, tree.molar_mass)
                return _each(self.value(tree.of, at), lambda end: f"({end} * {_float(factor)} + {_float(shift)})")
            case Shifted():
                return _each(self.value(tree.of, at), lambda end: self.later(end, tree.span, tree.sign))

    def beside_people(self, at: _Source, needed: bool = True) -> None:
        """See to it that what is told of a participant stands beside each row: further in it does."""
        keeper = at.keeper or at
        if needed and keeper.depth == 1:
            keeper.needs_people = True

    def one(self, tree: Tree, at: _Source) -> str:
        return self.value(tree, at)[0]

    def later(self, day: str, span: Span, sign: int) -> str:
        moved = self.words.months_later.format(day, sign * span.months) if span.months else day
        return self.words.days_later.format(moved, sign * span.days) if span.days else moved

    def keep(self, at: _Source, tree: Tree, ends: _Ends) -> _Ends:
        """Calculate a value once, as columns, in the lowest layer in which all that they read is there.

        A database takes long to plan as many layers as there are values.
        """
        keeper = at.keeper or at
        below = (keeper.level_of.get(each, 0) for end in dict.fromkeys(ends) for each in _KEPT.findall(end))
        level, place = max(below, default=0), sum(map(len, keeper.layers))
        if level == len(keeper.layers):
            keeper.layers.append([])
        made = []
        for word, end in zip(("low", "high"), dict.fromkeys(ends), strict=False):
            bare = f"kept {keeper.depth} {place} {word}"
            keeper.level_of[bare] = level + 1
            made.append(self.words.name(bare))
            keeper.layers[level].append(f"{end} AS {made[-1]}")
        at.kept[tree] = (made[0], made[-1])
        return at.kept[tree]

    # --- rows at hand ---------------------------------------------------------------------------------------------

    def inside(self, rows: Rows, at: _Source) -> _Source:
        """The rows of a form as they are looked at from each row of a source."""
        depth = at.depth + 1
        prefix, own = f"{depth} ", self.columns(rows.form)
        name = self.words.name
        from_wide = rows.form in self.stored.wide
        stands = f"{rows.form}." if from_wide else ""
        told = ", ".join(
            f"{'1' if from_wide and each == 'place' else name(stands + each)} AS {name(prefix + each)}" for each in own
        )
        table = f"participants WHERE {name(f'{stands}here')}" if from_wide else name(f"form {rows.form}")
        inner = f"(SELECT participant, {told} FROM {table})"
        base = inner
        if at.around is not None:
            at.needs_people = at.needs_people or at.around.around is None
            base = f"(SELECT * FROM {at.text()} AS a JOIN {inner} AS b USING (participant))"
        place = name(f"{prefix}place")
        if rows.another:
            here = self.words.name(f"{at.level(rows.form, outer=False).prefix}place")
            base = f"(SELECT * FROM {base} AS c WHERE {place} <> {here})"
        return _Source(
            rows.form, base, prefix, frozenset(own), (*at.keys, place), at, kept=dict(at.kept) if at.around is not None else {}
        )

    def columns(self, form: str) -> tuple[str, ...]:
        """The columns of a form's rows, their place among them."""
        there = self.stored.wide.get(form) or self.stored.forms[form]
        return tuple(dict.fromkeys(("place", *(each for each in there if each not in ("participant", "here")))))

    def column(self, name: str, at: _Source) -> str | None:
        return self.words.name(at.prefix + name) if name in at.own else None

    def field(self, tree: Field, at: _Source) -> _Ends:
        at = at.level(tree.form, outer=tree.outer)
        nothing = f"CAST(NULL AS {self.words.kind(Kind.NUMBER if tree.part else tree.type.kind)})"
        if tree.name == "on":
            days = [self.column(each, at) or nothing for each in ("on_first", "on_last")]
            return (days[0], days[0] if tree.form in self.stored.exact else days[1])
        found = self.column(f"{tree.name}.{tree.part}" if tree.part else tree.name, at) or nothing
        end = {Kind.DATE: "last", Kind.NUMBER: "most"}.get(tree.type.kind) if not tree.part else None
        last = self.column(f"{tree.name}.{end}", at)
        return _both(found) if last is None else (found, f"coalesce({last}, {found})")

    def compare(self, tree: Compare, at: _Source) -> str:
        left, right = self.value(tree.left, at), self.value(tree.right, at)
        if tree.left.type.kind is Kind.CHOICE:
            ranks = tree.left.type.options
            left, right = (_both(_rank(each[0], ranks, self.words)) for each in (left, right))
        if isinstance(tree.right, Constant) and tree.left.type.kind is Kind.NUMBER:
            return _against(tree.op, left, float(tree.right.value))  # type: ignore[arg-type]
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
            found = self.one(tree.of[0], at)
            return _both(f"CASE WHEN {found} IS NOT NULL THEN CAST({self.words.size.format(found)} AS DOUBLE) END")
        ends = [self.value(part, at) for part in tree.of]
        low, high = ends[0]
        match tree.name:
            case "abs":
                if low == high:
                    return _both(f"abs({low})")
                least = f"CASE WHEN {low} < 0 AND {high} > 0 THEN {_float(0.0)} ELSE least(abs({low}), abs({high})) END"
                return (least, f"greatest(abs({low}), abs({high}))")
            case "floor":
                return _each(ends[0], lambda end: f"CAST(floor({end} + {_float(SAME)} * abs({end})) AS DOUBLE)")
            case "ln" | "log10":
                base = math.log(math.e if tree.name == "ln" else 10.0)
                return _each(ends[0], lambda end: f"(ln(CASE WHEN {low} > 0 THEN {end} END) / {_float(base)})")
            case _:
                start, end = ends
                earliest = self.length(tree.name, start[1], end[0])
                if start[0] == start[1] and end[0] == end[1]:
                    return _both(earliest)
                return (earliest, self.length(tree.name, start[0], end[1]))

    def length(self, name: str, start: str, end: str) -> str:
        words = self.words
        if name in ("days", "weeks"):
            return f"(CAST({words.days.format(start, end)} AS DOUBLE) / {_float(7.0 if name == 'weeks' else 1.0)})"
        early, late = f"least({start}, {end})", f"greatest({start}, {end})"
        across = f"(year({late}) * 12 + month({late}) - year({early}) * 12 - month({early}))"
        count = f"({across} - CASE WHEN {words.months_later.format(early, across)} > {late} THEN 1 ELSE 0 END)"
        here, there = words.months_later.format(early, count), words.months_later.format(early, f"({count} + 1)")
        past, long = words.days.format(here, late), words.days.format(here, there)
        months = f"({count} + CAST({past} AS DOUBLE) / CAST(greatest({long}, 1) AS DOUBLE))"
        turned = f"CASE WHEN {end} < {start} THEN {_float(-1.0)} ELSE {_float(1.0)} END"
        signed = f"CASE WHEN {start} IS NOT NULL AND {end} IS NOT NULL THEN {months} * {turned} END"
        return f"({signed} / {_float(12.0)})" if name == "years" else f"({signed})"

    # --- what is asked of rows ------------------------------------------------------------------------------------

    def shut(self, name: str) -> str:
        """Whether silence about a form, or a yes/no fact, means that there is nothing."""
        closed = self.stored.closed.get(name, False)
        return f"coalesce({self.words.name(closed)}, FALSE)" if isinstance(closed, str) else str(closed).upper()

    def leaf(self, tree: Pick | Aggregate | Quantified, at: _Source) -> _Ends:
        """What is asked of rows: a grouped query, joined to the participants or to the rows of a form."""
        form = tree.rows.form
        self.beside_people(at, isinstance(self.stored.closed.get(form, False), str))
        self.beside_people(at, isinstance(tree, Pick) and isinstance(self.stored.closed.get(f"{form}.{tree.of.name}"), str))
        inner = [part for branch in branches(tree) for part in parts(branch) if isinstance(part, _LEAVES)]
        if form in self.stored.wide and not any(looks_out(part) for part in inner) and not looks_out(tree):
            return self.beside(tree, at)
        if form not in self.stored.forms and form not in self.stored.wide:
            return self.nothing(tree)
        around = at if looks_out(tree) else self.people
        if (tree, id(around)) not in self.leaves:
            self.named += 1
            name, ends = self.grouped(tree, around, f"leaf{self.named}", alone=bool(inner) or around is not self.people)
            self.leaves[tree, id(around)] = name, ends
        name, ends = self.leaves[tree, id(around)]
        keeper = at.keeper or at
        join = f"LEFT JOIN {name} USING ({', '.join(around.keys)})"
        if join not in keeper.joins and not _joined(keeper, join):
            keeper.joins.append(join)
        return ends

    def nothing(self, tree: Pick | Aggregate | Quantified) -> _Ends:
        """What is asked of rows where nobody has any."""
        form = tree.rows.form
        match tree:
            case Pick():
                silent = self.shut(f"{form}.{tree.of.name}") if not isinstance(tree.which, int) else "FALSE"
                nothing = f"CAST(NULL AS {self.words.kind(tree.type.kind)})"
                return _both(nothing if silent == "FALSE" else f"CASE WHEN {silent} THEN FALSE END")
            case Aggregate(op="count"):
                return (_float(0.0), f"CASE WHEN {self.shut(form)} THEN {_float(0.0)} ELSE {_float(math.inf)} END")
            case Aggregate():
                return _both("CAST(NULL AS DOUBLE)")
            case Quantified():
                return _both(f"CASE WHEN {self.shut(form)} THEN {'FALSE' if tree.op == 'any' else 'TRUE'} END")

    def asked(self, tree: Pick | Aggregate | Quantified, form: _Source) -> tuple[str, str, _Ends]:
        """Of each row, whether it is meant, whether it may be, and what is asked of it."""
        rows = tree.rows
        where = self.one(rows.where, form) if rows.where is not None else ""
        answered = rows.answered
        if isinstance(tree, Pick) and not answered and tree.of.name != "on":
            answered = tree.of.name
        given = [self.given(answered, form)] if answered else []
        sure = " AND ".join([*([f"coalesce({where}, FALSE)"] if where else []), *given]) or "TRUE"
        maybe = " AND ".join([*([f"coalesce({where}, TRUE)"] if where else []), *given]) or "TRUE"
        of = _both("TRUE") if isinstance(tree, Aggregate) and tree.of is None else self.value(tree.of, form)  # type: ignore[arg-type]
        return f"({sure})", f"({maybe})", of

    def given(self, fact: str, at: _Source) -> str:
        found, unclear = self.column(fact, at), self.column(f"{fact}.unclear", at)
        made = f"{found} IS NOT NULL" if found else "FALSE"
        return f"({made} OR coalesce({unclear}, FALSE))" if unclear else f"({made})"

    def beside(self, tree: Pick | Aggregate | Quantified, at: _Source) -> _Ends:
        """What is asked of a row that stands beside its participant: no rows need to be gathered."""
        if tree in at.kept:
            return at.kept[tree]
        name = tree.rows.form
        self.beside_people(at)
        keeper = at.keeper or at
        form = _Source(name, "", f"{name}.", frozenset(("here", *self.stored.wide[name])), around=keeper, keeper=keeper)
        sure, maybe, of = self.asked(tree, form)
        here = f"coalesce({self.words.name(f'{name}.here')}, FALSE)"
        match tree:
            case Pick(which=int() as which) if which > 1:
                return _both(f"CAST(NULL AS {self.words.kind(tree.type.kind)})")
            case Pick():
                ends = of if tree.rows.where is None else _each(of, lambda end: f"CASE WHEN {sure} THEN {end} END")
                silent = self.shut(f"{name}.{tree.of.name}")
                if silent == "FALSE":
                    return ends
                return _both(
                    f"CASE WHEN {here} AND {sure} THEN {of[0]} WHEN NOT ({here} AND {maybe}) AND {silent} THEN FALSE END"
                )
            case Aggregate(op="count"):
                least, most = (
                    f"CASE WHEN {here} AND {each} THEN {_float(1.0)} ELSE {_float(0.0)} END" for each in (sure, maybe)
                )
                ends = (least, f"CASE WHEN {self.shut(name)} THEN {most} ELSE {_float(math.inf)} END")
                return self.keep(at, tree, ends)
            case Aggregate():
                return _each(of, lambda end: f"CASE WHEN {sure} AND NOT coalesce(isnan({end}), FALSE) THEN {end} END")
            case Quantified():
                settles, may = _settling(tree.op, sure, maybe, of[0])
                found, other = ("TRUE", "FALSE") if tree.op == "any" else ("FALSE", "TRUE")
                return _both(
                    f"CASE WHEN {here} AND {settles} THEN {found} "
                    f"WHEN NOT ({here} AND {may}) AND {self.shut(name)} THEN {other} END"
                )

    def grouped(self, tree: Pick | Aggregate | Quantified, around: _Source, name: str, *, alone: bool) -> tuple[str, _Ends]:
        rows, words = tree.rows, self.words
        numbered = isinstance(tree, Pick) and isinstance(tree.which, int)
        if alone or numbered:
            group = _Group(name, self.inside(rows, around), around.keys)
        else:
            fresh = _Group(f"leaves{len(self.shared) + 1}", self.inside(rows, around), around.keys)
            group = self.shared.setdefault(rows.form, fresh)
        sure, maybe, of = self.asked(tree, group.source)
        low, high = words.name(f"{name} low"), words.name(f"{name} high")
        exact = of[0] == of[1]
        match tree:
            case Pick() if numbered:
                return self.placed(tree, group, name, sure, maybe, of)
            case Pick():
                there = f"FILTER (WHERE {maybe})"
                which = words.latest if tree.which == "last" else words.earliest
                place = words.name(f"{group.source.prefix}place")
                chosen = words.name(f"{name} chosen")
                parts_of = {"s": sure, "a": of[0], "b": of[1]}
                own, a, b, begins, ends_on = (words.part.format(chosen, each) for each in "sabfl")
                if rows.form not in self.stored.exact:
                    first, last = (words.name(f"{group.source.prefix}{end}") for end in ("on_first", "on_last"))
                    parts_of |= {"f": first, "l": last}
                    group.selects.append(f"{self.two_ends(tree.which, first, last, there)} AS {low}")
                    own = f"({own} AND {self.in_place(tree.which, low, begins, ends_on)})"
                group.selects.append(f"{which.format(words.recorded(**parts_of), place)} {there} AS {chosen}")
                ends = (f"CASE WHEN {own} THEN {a} END", f"CASE WHEN {own} THEN {a if exact else b} END")
                silent = self.shut(f"{rows.form}.{tree.of.name}")
                if silent != "FALSE":
                    ends = _both(f"CASE WHEN {chosen} IS NOT NULL THEN {ends[0]} WHEN {silent} THEN FALSE END")
            case Aggregate(op="count"):
                group.selects += [
                    f"sum(CASE WHEN {each} THEN {_float(1.0)} ELSE {_float(0.0)} END) AS {end}"
                    for each, end in ((sure, low), (maybe, high))
                ]
                shut = self.shut(rows.form)
                least = f"coalesce({low}, {_float(0.0)})"
                most = f"CASE WHEN {shut} THEN coalesce({high}, {_float(0.0)}) ELSE {_float(math.inf)} END"
                ends = _both(least) if shut == "TRUE" and sure == maybe else (least, most)
            case Aggregate():
                word = "avg" if tree.op == "mean" else tree.op
                known = f"bool_and({sure} AND {of[0]} IS NOT NULL) FILTER (WHERE {maybe})"
                for end, into in zip(of[:1] if exact else of, (low, high), strict=False):
                    made = f"{word}({end}) FILTER (WHERE {maybe})"
                    group.selects.append(f"CASE WHEN {known} AND NOT coalesce(isnan({made}), FALSE) THEN {made} END AS {into}")
                ends = _both(low) if exact else (low, high)
            case Quantified():
                settles, may = _settling(tree.op, sure, maybe, of[0])
                group.selects += [f"bool_or({settles}) AS {low}", f"bool_or({may}) AS {high}"]
                found, other = ("TRUE", "FALSE") if tree.op == "any" else ("FALSE", "TRUE")
                ends = _both(
                    f"CASE WHEN {low} THEN {found} WHEN NOT coalesce({high}, FALSE) AND {self.shut(rows.form)} THEN {other} END"
                )
        if group.name == name:
            self.groups.append(group)
        return group.name, ends

    def two_ends(self, which: str | int, first: str, last: str, there: str) -> str:
        """Of all rows, the two days that tell whether another may stand where the one chosen does, the outmost first."""
        return self.words.two_latest.format(last, there) if which == "last" else self.words.two_earliest.format(first, there)

    def in_place(self, which: str | int, two: str, first: str, last: str) -> str:
        """Whether no day known only in part could put another row after the last one, or before the first."""
        one, other = (self.words.of_two[place].format(two) for place in (0, 1))
        if which == "first":  # the chosen row begins first of all, so the other day is another row's
            return f"coalesce({last} <= {other}, TRUE)"
        return f"coalesce(CASE WHEN {last} = {one} THEN {other} ELSE {one} END <= {first}, TRUE)"

    def placed(self, tree: Pick, group: _Group, name: str, sure: str, maybe: str, of: _Ends) -> tuple[str, _Ends]:
        """The row in a numbered place, unless days known in part could put another there."""
        words, prefix = self.words, group.source.prefix
        keys, place = ", ".join(group.keys), words.name(f"{prefix}place")
        first, last = words.name(f"{prefix}on_first"), words.name(f"{prefix}on_last")
        asked = f"SELECT {keys}, {place} AS place, {first} AS f, {last} AS l, {sure} AS s, {of[0]} AS a, {of[1]} AS b"
        asked += f" FROM {group.source.text()} AS r WHERE {maybe}"
        over = f"PARTITION BY {keys} ORDER BY place"
        seen = (
            f"SELECT *, row_number() OVER ({over}) AS nth, "
            f"max(l) OVER ({over} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before, "
            f"min(f) OVER ({over} ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS after, "
            f"sum(CASE WHEN s THEN 0 ELSE 1 END) OVER ({over} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS doubts "
            f"FROM ({asked}) AS w"
        )
        sound = "doubts = 0 AND (before IS NULL OR before <= f) AND (after IS NULL OR l <= after)"
        low, high = (words.name(f"{name} {each}") for each in ("low", "high"))
        group.whole = (
            f"SELECT {keys}, CASE WHEN {sound} THEN a END AS {low}, CASE WHEN {sound} THEN b END AS {high} "
            f"FROM ({seen}) AS v WHERE nth = {tree.which}"
        )
        self.groups.append(group)
        return name, (low, low if of[0] == of[1] else high)


# --- pieces of SQL ----------------------------------------------------------------------------------------------------


def _joined(source: _Source, join: str) -> bool:
    """Whether what lies around rows has been joined already."""
    return source.around is not None and (join in source.around.joins and join in source.base or _joined(source.around, join))


def _settling(op: str, sure: str, maybe: str, of: str) -> tuple[str, str]:
    """Whether a row settles a question about any or all rows, and whether it may."""
    if op == "any":
        return f"({sure} AND coalesce({of}, FALSE))", f"({maybe} AND coalesce({of}, TRUE))"
    return f"({sure} AND NOT coalesce({of}, TRUE))", f"({maybe} AND NOT coalesce({of}, FALSE))"


def _each(ends: _Ends, change: Callable[[str], str]) -> _Ends:
    """Both ends changed alike."""
    low = change(ends[0])
    return (low, low if ends[0] == ends[1] else change(ends[1]))


def _both(text: str) -> _Ends:
    return (text, text)


def _float(value: float) -> str:
    return f"CAST('{'Infinity' if value == math.inf else repr(value)}' AS DOUBLE)"


def _constant(tree: Constant, words: Dialect) -> _Ends:
    match tree.value:
        case bool():
            return _both(str(tree.value).upper())
        case str():
            return _both(words.literal(tree.value))
        case When():
            return (f"DATE '{tree.value.first}'", f"DATE '{tree.value.last}'")
        case Span():
            return _both(_float(float(tree.value.about_days)))
        case _:
            return _both(_float(float(tree.value)))


def _rank(code: str, options: tuple[str, ...], words: Dialect) -> str:
    ranks = " ".join(f"WHEN {words.literal(each)} THEN {_float(float(rank))}" for rank, each in enumerate(options))
    return f"CASE {code} {ranks} END"


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


def _against(op: str, left: _Ends, bound: float) -> str:
    """A comparison with a number that is the same for all: its tolerance is worked out once."""
    over, under = _float(bound + SAME * abs(bound)), _float(bound - SAME * abs(bound))
    low, high = left
    match op:
        case ">" | "<":
            return f"(NOT {_against({'>': '<=', '<': '>='}[op], left, bound)})"
        case "!=":
            return f"(NOT {_against('==', left, bound)})"
        case "<=":
            sure, never = f"{high} <= {over}", f"{low} > {over}"
        case ">=":
            sure, never = f"{low} >= {under}", f"{high} < {under}"
        case _:
            sure, never = f"({high} <= {over} AND {low} >= {under})", f"({low} > {over} OR {high} < {under})"
    return f"({sure})" if low == high else f"(CASE WHEN {sure} THEN TRUE WHEN {never} THEN FALSE END)"


def _arithmetic(op: str, left: _Ends, right: _Ends) -> _Ends:
    exact = left[0] == left[1] and right[0] == right[1]
    if op in "+-":
        ends = (f"({left[0]} + {right[0]})", f"({left[1]} + {right[1]})")
        if op == "-":
            ends = (f"({left[0]} - {right[1]})", f"({left[1]} - {right[0]})")
        if exact:
            return ends
        lost = f"(coalesce(isnan({ends[0]}), FALSE) OR coalesce(isnan({ends[1]}), FALSE))"
        return (f"CASE WHEN NOT {lost} THEN {ends[0]} END", f"CASE WHEN NOT {lost} THEN {ends[1]} END")
    if op == "/":  # what is divided by nought is not asked for, and must not stop a database
        right = (f"nullif({right[0]}, 0)", right[0] if right[0] == right[1] else f"nullif({right[1]}, 0)")
        right = (right[0], right[0] if exact else right[1])
    sane = "TRUE" if op == "*" else f"({right[0]} > 0 OR {right[1]} < 0)"
    corners = [f"({a} {op} {b})" for a in dict.fromkeys(left) for b in dict.fromkeys(right)]
    if exact:
        return _both(corners[0] if op == "*" else f"CASE WHEN {sane} THEN {corners[0]} END")
    whole = " AND ".join([sane, *(f"{each} IS NOT NULL AND NOT isnan({each})" for each in corners)])
    joined = ", ".join(corners)
    if len(corners) == 1:
        return _both(f"CASE WHEN {whole} THEN {joined} END")
    return (f"CASE WHEN {whole} THEN least({joined}) END", f"CASE WHEN {whole} THEN greatest({joined}) END")
