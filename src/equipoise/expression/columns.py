"""Expressions read for many participants at once, in columns (Polars): the same answers as `explain`, for millions.

What is asked of the rows of a form (a last value, a count, whether any) is worked out once for all participants and
becomes a column; the rest of each expression is arithmetic and logic over those columns. Unknown is null. A number or a
date is a pair of columns, its two ends.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import reduce
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import polars as pl

from ..calendar import When
from ..quantity import conversion
from .explain import SAME
from .facts import Facts, Unclear, Value
from .ranges import (
    Range,
    Ranged,
    against,
    arithmetic,
    as_ranged,
    at_most,
    changed,
    compared,
    constant,
    ends_of,
    later,
    length,
    only_where,
    ranked,
)
from .tree import (
    DATE,
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
    Scope,
    Shifted,
    Today,
    Tree,
    Type,
    branches,
    looks_out,
    parts,
)

PARTICIPANT, UNTIL = "participant", "until"
_TYPES: Mapping[Kind, Any] = {
    Kind.TRUTH: pl.Boolean, Kind.NUMBER: pl.Float64, Kind.DATE: pl.Date, Kind.CHOICE: pl.String, Kind.TEXT: pl.String,
    Kind.SET: pl.List(pl.String), Kind.SPAN: pl.Float64,
}  # fmt: skip
Flags = npt.NDArray[np.bool_]
Rowed = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Tables:
    """What is known of many participants.

    `participants` has a column `participant`, each once. A form's table has `participant`, `on_first` and `on_last`
    (the ends of what is known of its date) and a column for each fact; rows of one participant stand in order of time,
    and rows of anybody else are left aside. Beside a fact may stand `<fact>.uln` and `<fact>.lln` (the laboratory's
    range), `<fact>.last` (the last day that a date known in part may be), `<fact>.most` (the most that a number may be,
    the fact itself being the least) and `<fact>.unclear` (answered, not usably).
    `until` and the values of `closed` are the same for all, or name a column of `participants`. Closed is a form of
    which a row that is not there did not happen, or a yes/no fact, `form.fact`, of which no answer means no.

    A form in `wide` has no table: nobody has more than one row of it, and its columns stand among the participants',
    as `<form>.<column>`, with `<form>.here`, whether there is a row.
    """

    participants: pl.DataFrame
    forms: Mapping[str, pl.DataFrame]
    until: date | str
    closed: Mapping[str, bool | str] = field(default_factory=dict)
    wide: frozenset[str] = frozenset()

    @classmethod
    def of(cls, histories: Mapping[str, Facts], scope: Scope) -> Self:
        """The tables of participants who are known one by one."""
        names = {name: None for facts in histories.values() for name in facts.rows}
        shut = {name: None for facts in histories.values() for name in sorted(facts.closed)}
        columns: dict[str, Any] = {
            PARTICIPANT: pl.Series(PARTICIPANT, list(histories), pl.String),
            UNTIL: pl.Series(UNTIL, [facts.until for facts in histories.values()], pl.Date),
        }
        for name in shut:
            looked = [name in facts.closed for facts in histories.values()]
            columns[f"closed {name}"] = pl.Series(looked, dtype=pl.Boolean)
        forms = {name: _long(name, histories, scope) for name in names}
        return cls(pl.DataFrame(columns), forms, UNTIL, {name: f"closed {name}" for name in shut})

    def widened(self) -> Self:
        """The same tables, with each form of which nobody has two rows told beside its participant."""
        people, wide = self.participants, set(self.wide)
        for name, frame in self.forms.items():
            if frame.height > people.height or frame[PARTICIPANT].is_duplicated().any():
                continue
            told = frame.with_columns(pl.lit(True).alias("here"))
            named = told.rename({each: f"{name}.{each}" for each in told.columns if each != PARTICIPANT})
            people, wide = people.join(named, on=PARTICIPANT, how="left", maintain_order="left"), wide | {name}
        forms = {name: frame for name, frame in self.forms.items() if name not in wide}
        return replace(self, participants=people, forms=forms, wide=frozenset(wide))


def _long(name: str, histories: Mapping[str, Facts], scope: Scope) -> pl.DataFrame:
    rows = [(who, row) for who, facts in histories.items() for row in facts.rows.get(name, ())]
    found: dict[str, pl.Series] = {
        PARTICIPANT: pl.Series([who for who, _ in rows], dtype=pl.String),
        "on_first": pl.Series([row.on.first for _, row in rows], dtype=pl.Date),
        "on_last": pl.Series([row.on.last for _, row in rows], dtype=pl.Date),
    }
    form = scope.forms.get(name)
    for fact in form.facts.values() if form is not None else ():
        answers = [row.values.get(fact.name) for _, row in rows]
        usable = [None if isinstance(answer, Unclear) else answer for answer in answers]
        kind = fact.type.kind
        found[fact.name] = pl.Series([_cell(answer) for answer in usable], dtype=_TYPES[kind])
        if kind is Kind.DATE:
            last = [answer.last if isinstance(answer, When) else None for answer in usable]
            found[f"{fact.name}.last"] = pl.Series(last, dtype=pl.Date)
        unclear = [isinstance(answer, Unclear) for answer in answers]
        if any(unclear):
            found[f"{fact.name}.unclear"] = pl.Series(unclear, dtype=pl.Boolean)
        for part in ("uln", "lln"):
            limits = [row.limits.get((fact.name, part)) for _, row in rows]
            if any(limit is not None for limit in limits):
                found[f"{fact.name}.{part}"] = pl.Series(limits, dtype=pl.Float64)
    return pl.DataFrame(found)


def _cell(answer: Value | None) -> object:
    match answer:
        case When():
            return answer.first
        case tuple():
            return list(answer)
        case bool() | str() | None:
            return answer
        case Unclear():
            return None
        case _:
            return float(answer)


def columns(trees: Mapping[str, Tree], tables: Tables) -> pl.DataFrame:
    """Read expressions for every participant.

    Args:
        trees: The expressions, by the names of their columns.
        tables: What is known.

    Returns:
        The participants in their order, and for each statement a column that is true, false or null for unknown. A
        number or a date has two columns, `<name>.low` and `<name>.high`.
    """
    frame, found = prepared(trees, tables)
    named = []
    for name, tree in trees.items():
        if tree.type.kind in (Kind.NUMBER, Kind.DATE):
            named += [end.alias(f"{name}.{word}") for end, word in zip(found[name], ("low", "high"), strict=True)]
        else:
            named.append(found[name][0].alias(name))
    return frame.select(pl.col(PARTICIPANT), *named)


def prepared(trees: Mapping[str, Tree], tables: Tables) -> tuple[pl.DataFrame, dict[str, tuple[pl.Expr, pl.Expr]]]:
    """The participants with what the rows were asked, and each expression over those columns: its two ends."""
    reader = _Reader(tables)
    found = {name: reader.value(tree, reader.people) for name, tree in trees.items()}
    ends = {name: (value, value) if isinstance(value, pl.Expr) else (value.low, value.high) for name, value in found.items()}
    return reader.people.frame, ends


class _Table:
    """Rows to which columns are added: the participants (`owner` is None), or a form's, each owned by a participant.

    A form's rows may be looked at from rows of another kind, `around`: then each stands once beside every one of its
    participant's rows there. `group` is the row around, and `index` the row's place among all of its form.
    """

    def __init__(
        self, frame: pl.DataFrame, form: str = "", owner: Rowed | None = None, *,
        around: "_Table | None" = None, group: Rowed | None = None, index: Rowed | None = None,
    ) -> None:  # fmt: skip
        self.frame, self.form, self.owner, self.around = frame, form, owner, around
        self.own = tuple(frame.columns)
        self.group = group if group is not None else owner if owner is not None else np.zeros(0, np.int64)
        self.index = index
        self.kept: dict[Tree, Ranged] = {}
        self.chosen: dict[tuple[Tree | None, str], tuple[Flags, Flags]] = {}
        self.beside: dict[tuple[str, bool], _Table] = {}
        self.dated = owner is not None and frame.height > 0 and not bool((frame["on_first"] == frame["on_last"]).all())

    def has(self, name: str) -> bool:
        """Whether there is such a column of the form."""
        return name in self.frame.columns

    def named(self, name: str) -> str:
        """What a column of the form is called in the frame."""
        return name

    def add(self, name: str, values: pl.Series) -> None:
        """Add a column of participants' values, each beside the rows of its participant."""
        if name not in self.frame.columns:
            own = values if self.owner is None else values.gather(pl.Series(self.owner))
            self.frame = self.frame.with_columns(own.alias(name))

    def level(self, form: str, *, outer: bool = False) -> tuple["_Table", Rowed]:
        """The table of the rows of a form that are at hand, innermost or next, and which of them is at hand in each row."""
        table, places = self, np.arange(self.frame.height)
        while table.form != form or outer:
            outer = outer and table.form != form
            assert table.around is not None, form
            table, places = table.around, table.group[places]
        return table, places

    def keep(self, tree: Tree, value: Ranged) -> Ranged:
        """Work a value out and keep it as columns: what is used twice is calculated once."""
        ends = ends_of(value)
        names = [f"kept {len(self.kept)} {end}" for end in range(len(ends))]
        self.frame = self.frame.with_columns(end.alias(name) for end, name in zip(ends, names, strict=True))
        first, last = pl.col(names[0]), pl.col(names[-1])
        self.kept[tree] = first if isinstance(value, pl.Expr) else Range(first, last, value.exact)
        return self.kept[tree]

    def ask(self, expression: pl.Expr) -> pl.Series:
        """The values of an expression, one a row."""
        return self.frame.with_columns(expression.alias("asked"))["asked"]


class _Beside(_Table):
    """A form of which nobody has two rows: its columns stand among the participants', under its name."""

    def __init__(self, people: _Table, form: str) -> None:
        self.people, self.form = people, form
        self.around, self.kept = None, {}
        first, last = self.named("on_first"), self.named("on_last")
        self.dated = self.has("on_last") and not bool((people.frame[first] == people.frame[last]).all())

    def has(self, name: str) -> bool:
        return self.named(name) in self.people.frame.columns

    def named(self, name: str) -> str:
        return f"{self.form}.{name}"

    def keep(self, tree: Tree, value: Ranged) -> Ranged:
        self.kept[tree] = self.people.keep(tree, value)
        return self.kept[tree]


class _Reader:
    """The tables, and the columns worked out so far."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        known = tables.participants
        self.size = known.height
        self.people = _Table(known)
        self.forms: dict[str, _Table] = {}
        self.leaves: dict[Tree, tuple[str, ...]] = {}
        self.columns: dict[str, pl.Series] = {}
        self.beside: dict[str, _Beside] = {}

    # --- tables -------------------------------------------------------------------------------------------------

    def form(self, name: str) -> _Table:
        """A form's rows, those of one participant together."""
        if name not in self.forms:
            frame = self.tables.forms.get(name) if name not in self.tables.wide else self.lengthened(name)
            if frame is None:
                nobody = self.tables.participants.clear().select(PARTICIPANT)
                frame = nobody.with_columns(pl.lit(None, pl.Date).alias(end) for end in ("on_first", "on_last"))
            people = self.tables.participants[PARTICIPANT]
            if frame.height == self.size and frame[PARTICIPANT].equals(people):
                owner = np.arange(self.size)
            else:
                found = _places(frame[PARTICIPANT], people)
                if found.null_count():
                    frame, found = frame.filter(found.is_not_null()), found.drop_nulls()
                owner = found.to_numpy().astype(np.int64)
                if owner.size and bool((np.diff(owner) < 0).any()):
                    order = np.argsort(owner, kind="stable")
                    frame, owner = frame[order], owner[order]
            self.forms[name] = _Table(frame, name, owner)
        return self.forms[name]

    def lengthened(self, name: str) -> pl.DataFrame:
        """The rows of a form that stand beside their participants, as a table of their own."""
        people = self.tables.participants
        own = {each: each.removeprefix(f"{name}.") for each in people.columns if each.startswith(f"{name}.")}
        return people.filter(pl.col(f"{name}.here")).select(PARTICIPANT, *own).rename(own)

    def rows(self, rows: Rows, around: _Table) -> _Table:
        """The rows of a form as they are looked at from each row of a table, the participants' or another form's."""
        form = self.form(rows.form)
        if around is self.people:
            return form
        if (rows.form, rows.another) not in around.beside:
            assert form.owner is not None
            assert around.owner is not None
            counts = np.bincount(form.owner, minlength=self.size)
            many = counts[around.owner]
            group = np.repeat(np.arange(around.frame.height), many)
            begins = (np.cumsum(counts) - counts)[around.owner]
            index = np.arange(group.size) + np.repeat(begins - (np.cumsum(many) - many), many)
            if rows.another:
                table, places = around.level(rows.form)
                here = places if table.index is None else table.index[places]
                others = here[group] != index
                group, index = group[others], index[others]
            frame = form.frame.select(form.own)[index]
            owner = form.owner[index]
            around.beside[rows.form, rows.another] = _Table(frame, rows.form, owner, around=around, group=group, index=index)
        return around.beside[rows.form, rows.another]

    def is_closed(self, name: str, around: _Table) -> bool | Flags:
        """Whether no row of a form is unknown of, for each row of a table."""
        closed = self.tables.closed.get(name, False)
        if isinstance(closed, bool):
            return closed
        looked = self.tables.participants[closed].fill_null(False).to_numpy()
        return looked if around.owner is None else looked[around.owner]

    # --- values -------------------------------------------------------------------------------------------------

    def value(self, tree: Tree, at: _Table) -> Ranged:
        """An expression over the columns of a table, after those that it needs were added."""
        if tree in at.kept:
            return at.kept[tree]
        match tree:
            case Constant():
                return constant(tree)
            case Today():
                until = self.tables.until
                return Range.at(self.joined(until, at) if isinstance(until, str) else pl.lit(until, pl.Date))
            case Named():
                return self.value(tree.of, at)
            case Field():
                return _field(tree, at)
            case Pick() | Aggregate() | Quantified():
                return self.leaf(tree, at)
            case Not():
                return ~self.truth(tree.of, at)
            case And():
                return reduce(lambda left, right: left & right, [self.truth(part, at) for part in tree.of])
            case Or():
                return reduce(lambda left, right: left | right, [self.truth(part, at) for part in tree.of])
            case Compare():
                return self.compare(tree, at)
            case Among():
                return self.single(tree.of, at).is_in(list(tree.options))
            case If():
                return at.keep(tree, self.choice(tree, at))
            case Arithmetic():
                return at.keep(tree, arithmetic(tree.op, self.range(tree.left, at), self.range(tree.right, at)))
            case Call():
                return at.keep(tree, self.call(tree, at))
            case Converted():
                factor, shift = conversion(tree.of.type.unit, tree.to, tree.molar_mass)
                return changed(self.range(tree.of, at), lambda end: end * factor + shift)
            case Shifted():
                return changed(self.range(tree.of, at), lambda end: later(end, tree.span, tree.sign))

    def truth(self, tree: Tree, at: _Table) -> pl.Expr:
        return self.single(tree, at)

    def single(self, tree: Tree, at: _Table) -> pl.Expr:
        found = self.value(tree, at)
        assert isinstance(found, pl.Expr), tree
        return found

    def range(self, tree: Tree, at: _Table) -> Range:
        found = self.value(tree, at)
        assert isinstance(found, Range), tree
        return found

    def joined(self, name: str, at: _Table) -> pl.Expr:
        """A column of the participants, in any table."""
        if isinstance(at, _Beside):
            at = self.people
        beside = f"of {PARTICIPANT} {name}" if at is not self.people else name
        at.add(beside, self.columns.get(name, self.tables.participants.get_column(name, default=pl.Series())))
        return pl.col(beside)

    def compare(self, tree: Compare, at: _Table) -> pl.Expr:
        if tree.left.type.kind is Kind.CHOICE:
            ranks = tree.left.type.options
            left, right = (Range.at(ranked(self.single(part, at), ranks)) for part in (tree.left, tree.right))
        else:
            left, right = self.range(tree.left, at), self.range(tree.right, at)
        if tree.left.type.kind is Kind.DATE:
            return compared(tree.op, left, right, lambda one, other: one <= other)
        if isinstance(tree.right, Constant) and tree.left.type.kind is Kind.NUMBER:
            bound = float(tree.right.value)  # type: ignore[arg-type]
            return against(tree.op, left, bound)
        return compared(tree.op, left, right, at_most)

    def choice(self, tree: If, at: _Table) -> Ranged:
        condition = self.truth(tree.condition, at)
        then, otherwise = self.value(tree.then, at), self.value(tree.otherwise, at)
        if isinstance(then, Range) and isinstance(otherwise, Range):
            neither = then.low.is_null() | otherwise.low.is_null()
            low = pl.when(neither).then(None).otherwise(pl.min_horizontal(then.low, otherwise.low))
            high = pl.when(neither).then(None).otherwise(pl.max_horizontal(then.high, otherwise.high))
            return Range(
                pl.when(condition).then(then.low).when(~condition).then(otherwise.low).otherwise(low),
                pl.when(condition).then(then.high).when(~condition).then(otherwise.high).otherwise(high),
            )
        assert isinstance(then, pl.Expr)
        assert isinstance(otherwise, pl.Expr)
        if tree.type.kind is Kind.TRUTH:
            return (condition & then) | (~condition & otherwise) | (then & otherwise)
        same = pl.when(then == otherwise).then(then)
        return pl.when(condition).then(then).when(~condition).then(otherwise).otherwise(same)

    def call(self, tree: Call, at: _Table) -> Ranged:
        if tree.name == "size":
            return Range.at(self.single(tree.of[0], at).list.len().cast(pl.Float64))
        ends = [self.range(part, at) for part in tree.of]
        of = ends[0]
        match tree.name:
            case "abs":
                if of.exact:
                    return Range.at(of.low.abs())
                across = (of.low < 0) & (of.high > 0)
                low = pl.when(across).then(0.0).otherwise(pl.min_horizontal(of.low.abs(), of.high.abs()))
                return Range(low, pl.max_horizontal(of.low.abs(), of.high.abs()))
            case "floor":
                return changed(of, lambda end: (end + SAME * end.abs()).floor())
            case "ln" | "log10":
                base = math.e if tree.name == "ln" else 10.0
                return changed(of, lambda end: pl.when(of.low > 0).then(end.log(base)))
            case _:
                start, end = ends
                low = length(tree.name, start.high, end.low)
                if of.exact and end.exact:
                    return Range.at(low)
                return Range(low, length(tree.name, start.low, end.high))

    # --- what is asked of rows ----------------------------------------------------------------------------------

    def leaf(self, tree: Pick | Aggregate | Quantified, at: _Table) -> Ranged:
        """What is asked of rows, as one column of the participants, or two; of a row around, as columns beside it."""
        if at is not self.people and looks_out(tree):
            return at.keep(tree, as_ranged(tree.type, *(pl.lit(series) for series in self.asked(tree, at))))
        if self.stands_beside(tree):
            value = self.beside_one(tree)
            if at is self.people or isinstance(at, _Beside):
                return value
            if tree not in self.leaves:
                names = tuple(f"{len(self.leaves)} {end}" for end in ("low", "high"))[: len(ends_of(value))]
                self.leaves[tree] = names
                self.columns.update((name, self.people.ask(end)) for name, end in zip(names, ends_of(value), strict=True))
        if tree not in self.leaves:
            found = self.asked(tree, self.people)
            names = tuple(f"{len(self.leaves)} {end}" for end, _ in zip(("low", "high"), found, strict=False))
            self.leaves[tree] = names
            for name, series in zip(names, found, strict=True):
                self.columns[name] = series
        low, *high = (self.joined(name, at) for name in self.leaves[tree])
        return as_ranged(tree.type, low, *high)

    def stands_beside(self, tree: Pick | Aggregate | Quantified) -> bool:
        """Whether what is asked is asked of one row beside its participant, and of nothing around another row."""
        inside = (part for branch in branches(tree) for part in parts(branch))
        return tree.rows.form in self.tables.wide and not any(
            isinstance(part, Pick | Aggregate | Quantified) and looks_out(part) for part in inside
        )

    def beside_one(self, tree: Pick | Aggregate | Quantified) -> Ranged:
        """What is asked of rows where there is one at most: no rows need to be gathered."""
        form, rows = self.beside.setdefault(tree.rows.form, _Beside(self.people, tree.rows.form)), tree.rows
        if tree in form.kept:
            return form.kept[tree]
        where = None if rows.where is None else self.truth(rows.where, form)
        answered = rows.answered
        if isinstance(tree, Pick) and not answered and tree.of.name != "on":
            answered = tree.of.name
        there = pl.col(form.named("here")).fill_null(False)
        if answered:
            there = there & _is_answered(answered, form)
        sure = there if where is None else there & where.fill_null(False)
        maybe = there if where is None else there & where.fill_null(True)
        closed = self.tables.closed.get(rows.form, False)
        shut = pl.lit(closed) if isinstance(closed, bool) else pl.col(closed).fill_null(False)
        match tree:
            case Pick(which=int() as which) if which > 1:
                return as_ranged(tree.type, pl.lit(None, _TYPES[tree.type.kind]))
            case Pick():
                of = _field(tree.of, form)
                silent = self.tables.closed.get(f"{rows.form}.{tree.of.name}", False)
                if silent is not False:
                    assert isinstance(of, pl.Expr)
                    looked = pl.lit(True) if silent is True else pl.col(silent).fill_null(False)
                    return pl.when(sure).then(of).when(~maybe & looked).then(False)
                return of if where is None else only_where(of, sure)
            case Aggregate(op="count"):
                low = sure.cast(pl.Float64)
                high = pl.when(shut).then(maybe.cast(pl.Float64)).otherwise(math.inf)
                return form.keep(tree, Range.at(low) if where is None and closed is True else Range(low, high))
            case Aggregate():
                assert tree.of is not None
                return form.keep(tree, only_where(changed(self.range(tree.of, form), lambda end: end.fill_nan(None)), sure))
            case Quantified():
                of = self.truth(tree.of, form)
                met = tree.op == "any"
                settles = sure & (of if met else ~of).fill_null(False)
                may = maybe & (of if met else ~of).fill_null(True)
                return pl.when(settles).then(met).when(~may & shut).then(not met)

    def asked(self, tree: Pick | Aggregate | Quantified, around: _Table) -> tuple[pl.Series, ...]:
        match tree:
            case Pick():
                return self.pick(tree, around)
            case Aggregate(op="count"):
                return self.count(tree, around)
            case Aggregate():
                return self.aggregate(tree, around)
            case Quantified():
                return (self.quantified(tree, around),)

    def members(self, rows: Rows, form: _Table, answered: str = "") -> tuple[Flags, Flags]:
        """Which rows of a form's table are among those meant, and which are or may be."""
        asked = (rows.where, rows.answered or answered)
        if asked not in form.chosen:
            sure = maybe = np.ones(form.frame.height, dtype=np.bool_)
            if rows.where is not None:
                where = form.ask(self.truth(rows.where, form))
                if where.null_count():
                    sure, maybe = where.fill_null(False).to_numpy(), where.fill_null(True).to_numpy()
                else:
                    sure = maybe = where.to_numpy()
            if asked[1] and not (form.has(asked[1]) and form.frame[asked[1]].null_count() == 0):
                given = form.ask(_is_answered(asked[1], form)).to_numpy()
                sure, maybe = (sure & given,) * 2 if sure is maybe else (sure & given, maybe & given)
            form.chosen[asked] = sure, maybe
        return form.chosen[asked]

    def pick(self, tree: Pick, around: _Table) -> tuple[pl.Series, ...]:
        form, size = self.rows(tree.rows, around), around.frame.height
        sure, maybe = self.members(tree.rows, form, "" if tree.of.name == "on" else tree.of.name)
        rows = np.flatnonzero(maybe)
        chosen = np.full(size, -1)
        if tree.which == "last":
            chosen[form.group[rows]] = rows
        elif tree.which == "first":
            chosen[form.group[rows[::-1]]] = rows[::-1]
        else:
            before, doubts = _so_far(form.group[rows]), _so_far(form.group[rows], (~sure[rows]).astype(np.int64))
            there = before == tree.which
            chosen[form.group[rows[there]]] = np.where(doubts[there] == 0, rows[there], -1)
        nothing = chosen < 0
        known = ~nothing
        if form.dated:
            known &= self.in_place(chosen, rows, form)
        known[known] = sure[chosen[known]] if isinstance(tree.which, str) else True
        index = pl.Series(np.where(known, chosen, 0), dtype=pl.Int64).set(pl.Series(~known), None)
        found = tuple(form.ask(end).gather(index) for end in ends_of(_field(tree.of, form)))
        if f"{tree.rows.form}.{tree.of.name}" in self.tables.closed and not isinstance(tree.which, int):
            looked = self.is_closed(f"{tree.rows.form}.{tree.of.name}", around)
            return tuple(each.set(pl.Series(nothing & looked), False) for each in found)
        return found

    def in_place(self, chosen: npt.NDArray[np.int64], rows: npt.NDArray[np.int64], form: _Table) -> Flags:
        """Whether no day known only in part could put another row before or after the one chosen."""
        size = chosen.size
        first, last = (form.frame[end].cast(pl.Int64).to_numpy() for end in ("on_first", "on_last"))
        own = chosen[form.group[rows]]
        before, after = rows[rows < own], rows[(rows > own) & (own >= 0)]
        latest, earliest = np.full(size, first.min()), np.full(size, last.max())
        np.maximum.at(latest, form.group[before], last[before])
        np.minimum.at(earliest, form.group[after], first[after])
        there = chosen >= 0
        found = np.zeros(size, dtype=np.bool_)
        at = chosen[there]
        found[there] = (latest[there] <= first[at]) & (last[at] <= earliest[there])
        return found

    def count(self, tree: Aggregate, around: _Table) -> tuple[pl.Series, ...]:
        form, size = self.rows(tree.rows, around), around.frame.height
        sure, maybe = self.members(tree.rows, form)
        low = np.bincount(form.group[sure], minlength=size).astype(np.float64)
        closed = self.is_closed(tree.rows.form, around)
        if sure is maybe and closed is True:
            return (pl.Series(low),)
        most = np.bincount(form.group[maybe], minlength=size).astype(np.float64)
        return pl.Series(low), pl.Series(np.where(closed, most, np.inf))

    def aggregate(self, tree: Aggregate, around: _Table) -> tuple[pl.Series, ...]:
        form, size = self.rows(tree.rows, around), around.frame.height
        assert tree.of is not None
        sure, maybe = self.members(tree.rows, form)
        of = self.range(tree.of, form)
        lacks = form.ask(of.low.is_null()).to_numpy()
        count = np.bincount(form.group[maybe], minlength=size)
        unknown = np.bincount(form.group[maybe & (lacks | ~sure)], minlength=size)
        nothing = pl.Series((count == 0) | (unknown > 0))

        def over(end: pl.Expr) -> pl.Series:
            values = form.ask(end.fill_null(0.0)).to_numpy()[maybe]
            owner = form.group[maybe]
            match tree.op:
                case "min":
                    found = np.full(size, np.inf)
                    np.minimum.at(found, owner, values)
                case "max":
                    found = np.full(size, -np.inf)
                    np.maximum.at(found, owner, values)
                case _:
                    found = np.bincount(owner, weights=values, minlength=size)
                    found = found / np.maximum(count, 1) if tree.op == "mean" else found
            return pl.Series(found).fill_nan(None).set(nothing, None)

        return (over(of.low),) if of.exact else (over(of.low), over(of.high))

    def quantified(self, tree: Quantified, around: _Table) -> pl.Series:
        form, size = self.rows(tree.rows, around), around.frame.height
        of = form.ask(self.truth(tree.of, form))
        holds, may_hold = of.fill_null(False).to_numpy(), of.fill_null(True).to_numpy()
        sure, maybe = self.members(tree.rows, form)
        settles = sure & holds if tree.op == "any" else sure & ~may_hold
        may_settle = maybe & may_hold if tree.op == "any" else maybe & ~holds
        settled, unsettled = np.zeros(size, dtype=np.bool_), np.zeros(size, dtype=np.bool_)
        settled[form.group[settles]] = True
        unsettled[form.group[may_settle]] = True
        unknown = ~settled & (unsettled | ~np.asarray(self.is_closed(tree.rows.form, around)))
        return pl.Series(settled if tree.op == "any" else ~settled).set(pl.Series(unknown), None)


def _places(of: pl.Series, people: pl.Series) -> pl.Series:
    """Where the participant of each row stands among all; rows that stand together are looked up once."""
    places = pl.DataFrame({PARTICIPANT: people, "place": np.arange(len(people))})
    begins = (of != of.shift(1)).fill_null(True).arg_true() if len(of) > 2 * len(people) else None
    asked = pl.DataFrame({PARTICIPANT: of if begins is None else of.gather(begins)})
    found = asked.join(places, on=PARTICIPANT, how="left", maintain_order="left")["place"]
    if begins is None:
        return found
    lengths = np.diff(begins.to_numpy(), append=len(of))
    return found.gather(pl.Series(np.repeat(np.arange(len(found)), lengths)))


def _so_far(owner: npt.NDArray[np.int64], each: npt.NDArray[np.int64] | None = None) -> npt.NDArray[np.int64]:
    """How many of its owner's rows stand up to each row, itself included; `each` says what a row counts for."""
    counts = np.ones(owner.size, dtype=np.int64) if each is None else each
    running = np.cumsum(counts)
    starts = np.flatnonzero(np.diff(owner, prepend=-1))
    return running - np.repeat((running - counts)[starts], np.diff(starts, append=owner.size))


# --- expressions over columns ---------------------------------------------------------------------------------------


def _field(field: Field, at: _Table) -> Ranged:
    """A fact of the rows of a form, those of the table or those around them."""
    if field.outer or field.form != at.form:
        table, places = at.level(field.form, outer=field.outer)
        known = ends_of(_field(replace(field, outer=False), table))
        return at.keep(field, as_ranged(field.type, *(pl.lit(table.ask(each).gather(pl.Series(places))) for each in known)))
    if field.name == "on":
        first, last = _column("on_first", DATE, at), _column("on_last", DATE, at)
        return Range(first, last) if at.dated else Range.at(first)
    if field.part:
        return Range.at(_column(f"{field.name}.{field.part}", Type(Kind.NUMBER), at))
    found = _column(field.name, field.type, at)
    if field.type.kind in (Kind.NUMBER, Kind.DATE):
        end = f"{field.name}.{'last' if field.type.kind is Kind.DATE else 'most'}"
        return Range(found, pl.coalesce(at.named(end), found)) if at.has(end) else Range.at(found)
    return found


def _column(name: str, type: Type, at: _Table) -> pl.Expr:
    wanted = _TYPES[type.kind]
    if not at.has(name):
        return pl.lit(None, wanted)
    own = at.people if isinstance(at, _Beside) else at
    return pl.col(at.named(name)) if own.frame.schema[at.named(name)] == wanted else pl.col(at.named(name)).cast(wanted)


def _is_answered(name: str, at: _Table) -> pl.Expr:
    given = pl.col(at.named(name)).is_not_null() if at.has(name) else pl.lit(False)
    unclear = f"{name}.unclear"
    return given | pl.col(at.named(unclear)).fill_null(False) if at.has(unclear) else given
