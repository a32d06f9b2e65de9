"""SQL and explain give one answer, whatever is asked of whomever, or SQL says that it cannot."""

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from equipoise.expression.columns import Tables
from equipoise.expression.explain import truth
from equipoise.expression.grammar import expression
from equipoise.expression.sql import Stored, query
from equipoise.finding import Unreadable
from expression.invented import SCOPE, histories, statements

duckdb = pytest.importorskip("duckdb", reason="DuckDB is not installed")
unhurried = settings(
    max_examples=60, derandomize=True, deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)  # fmt: skip


def answered(trees, tables):
    """The answers of a database that holds the tables, by participant."""
    with duckdb.connect() as base:
        created(base, "participants", tables.participants)
        for name, frame in tables.forms.items():
            created(base, f"form {name}", frame.with_row_index("n"))
        stored = Stored({name: frame.columns for name, frame in tables.forms.items()}, tables.until, tables.closed)
        found = base.execute(query(trees, stored))
        heads = [each[0] for each in found.description]
        return {row[0]: dict(zip(heads, row, strict=True)) for row in found.fetchall()}


TYPES = {"Boolean": "BOOLEAN", "Float64": "DOUBLE", "Date": "DATE", "String": "VARCHAR", "UInt32": "BIGINT"}


def created(base, name, frame):
    kinds = [f'"{column}" {TYPES.get(str(kind), "VARCHAR[]")}' for column, kind in frame.schema.items()]
    base.execute(f'CREATE TABLE "{name}" ({", ".join(kinds)})')
    if frame.height:
        base.executemany(f'INSERT INTO "{name}" VALUES ({", ".join("?" * frame.width)})', frame.rows())


@unhurried
@given(st.lists(statements(), min_size=1, max_size=3), st.lists(histories(), min_size=1, max_size=4))
def test_a_statement_is_as_true_in_sql_as_it_is_of_one(texts, known):
    trees = {f"c{number}": expression(text, SCOPE) for number, text in enumerate(texts)}
    people = {f"p{number}": facts for number, facts in enumerate(known)}
    try:
        found = answered(trees, Tables.of(people, SCOPE))
    except Unreadable:
        assume(False)
    for who, facts in people.items():
        for name, tree in trees.items():
            assert found[who][name] is truth(tree, facts).known, (texts, who)
