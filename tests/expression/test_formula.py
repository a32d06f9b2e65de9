"""The solver's reading of an expression is that of `explain`, for every history that can be written down."""

from datetime import date

import pytest
import z3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from equipoise.calendar import When
from equipoise.expression.explain import truth
from equipoise.expression.facts import Facts, Row, Unclear
from equipoise.expression.formula import History, Open
from equipoise.expression.grammar import expression
from equipoise.expression.terms import exact
from equipoise.expression.tree import Kind
from equipoise.logic import MET, NOT_MET, UNKNOWN, Truth
from expression.invented import SCOPE, histories, statements

unhurried = settings(
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much], deadline=None
)


def read(text):
    return expression(text, SCOPE)


def possible(history, tree) -> set[Truth]:
    """The truths that a history leaves a statement."""
    said = history.statement(tree)
    found = set()
    for each in (MET, NOT_MET, UNKNOWN):
        formula = said.is_(each, history.terms)
        solver = z3.SimpleSolver(ctx=history.terms.context)
        solver.set("timeout", 5_000)
        solver.add(*history.axioms, formula)
        if solver.check() != z3.unsat:
            found.add(each)
    return found


@pytest.mark.parametrize(
    ("text", "truths"),
    [
        ("inr <= 1.5", {MET, NOT_MET, UNKNOWN}),
        ("inr <= 1.5 or inr > 1.5", {MET, UNKNOWN}),
        ("inr <= 1.5 and inr > 1.5", {NOT_MET, UNKNOWN}),
        ("count(labs) >= 0", {MET}),
        ("count(labs) <= 1", {NOT_MET, UNKNOWN}),  # nobody says that no more were taken
        ("count(surgery) <= 1", {MET}),
        ("exists surgery", {MET, NOT_MET}),
        ("exists labs", {MET, UNKNOWN}),
        ("surgery <= today", {MET, UNKNOWN}),
        ("surgery + 1 month > surgery + 27 days", {MET, UNKNOWN}),
        ("first(inr) <= max(inr)", {MET, UNKNOWN}),
        ("last(labs) before first(labs)", {NOT_MET, UNKNOWN}),
        ("exists surgery within 1 week of surgery", {MET, NOT_MET}),
    ],
)
def test_what_can_be_so_of_somebody(text, truths):
    history = History(date(2024, 3, 31).toordinal(), closed=["surgery"], rows={"surgery": 1})
    assert possible(history, read(text)) == truths


@unhurried
@given(statements(), histories())
def test_of_what_was_written_down_a_formula_says_what_explain_says(text, facts):
    tree, history = read(text), History(facts.until.toordinal(), given=facts, several=0, rows={})
    said = history.statement(tree)
    if history.axioms:
        assert truth(tree, facts) in possible(history, tree)
    else:
        assert said.is_(truth(tree, facts), history.terms) is True, (said, truth(tree, facts))


def told(facts: Facts) -> Facts:
    """The same facts as far as a row that is not settled can give them: days known, answers readable."""
    rows = {}
    for form, each in facts.rows.items():
        made = []
        for row in each:
            values = {
                key: When.on(value.first) if isinstance(value, When) else value
                for key, value in row.values.items()
                if not isinstance(value, Unclear)
            }
            made.append(Row(When.on(row.on.first), values, row.limits))
        rows[form] = tuple(made)
    return Facts(
        facts.until,
        {form: tuple(row for row in each if row.on.last <= facts.until) for form, each in rows.items()},
        facts.closed,
    )


class Settled(History):
    """A history whose rows are open, each settled to be one that was written down."""

    def __init__(self, facts: Facts, spare: int) -> None:
        counts = {form: len(facts.rows.get(form, ())) + spare for form in (*SCOPE.forms, *facts.rows)}
        super().__init__(facts.until.toordinal(), rows=counts, several=spare, closed=facts.closed)
        self.facts = facts

    def _row(self, row: Open) -> Row | None:
        rows = self.facts.rows.get(row.form, ())
        return rows[row.number - 1] if row.number <= len(rows) else None

    def row_drawn(self, row):
        there = self._row(row)
        if there is None:
            self.always(self.terms.no(row.exists))
        else:
            self.always(row.exists)
            self.always(self.terms.eq(row.on, there.on.first.toordinal()))

    def is_answered(self, row, name):
        said, there = super().is_answered(row, name), self._row(row)
        if there is not None:
            self.always(said if name in there.values else self.terms.no(said))
        return said

    def answer_drawn(self, row, name, type, value):
        there = self._row(row)
        if there is None or name not in there.values:
            return
        answer, terms = there.values[name], self.terms
        match answer:
            case bool():
                self.always(value if answer else terms.no(value))
            case str():
                self.always(terms.eq(value, type.options.index(answer) if type.kind is Kind.CHOICE else self.text(answer)))
            case When():
                self.always(terms.eq(value, answer.first.toordinal()))
            case tuple():
                self.always(terms.eq(value, len(answer)))
            case _:
                self.always(terms.eq(value, exact(answer)))

    def limit_drawn(self, row, name, part, value):
        said, there = super().limit_drawn(row, name, part, value), self._row(row)
        if there is not None and (limit := there.limits.get((name, part))) is not None:
            self.always(self.terms.both(said, self.terms.eq(value, exact(limit))))
        elif there is not None:
            self.always(self.terms.no(said))
        return said


@unhurried
@given(statements(), histories(), st.integers(0, 1))
def test_of_rows_that_are_not_settled_a_formula_allows_what_explain_says(text, facts, spare):
    tree, facts = read(text), told(facts)
    history = Settled(facts, spare)
    found = possible(history, tree)
    assert truth(tree, facts) in found
    if not history.rough:
        assert found == {truth(tree, facts)}
