"""SQL and explain give one answer, whatever is asked of whomever."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from equipoise.expression.columns import Tables
from equipoise.expression.explain import truth
from equipoise.expression.grammar import expression
from equipoise.expression.sql import Stored, query
from equipoise.expression.tree import TRUTH
from expression.invented import SCOPE, histories, statements
from expression.test_columns_agree import ASKED

duckdb = pytest.importorskip("duckdb", reason="DuckDB is not installed")
unhurried = settings(
    max_examples=40, derandomize=True, deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)  # fmt: skip


def answered(trees, tables):
    """The answers of a database that holds the tables, by participant."""
    with duckdb.connect() as base:
        created(base, "participants", tables.participants)
        for name, frame in tables.forms.items():
            created(base, f"form {name}", frame.with_row_index("place"))
        found = base.execute(query(trees, stored(tables)))
        heads = [each[0] for each in found.description]
        return {row[0]: dict(zip(heads, row, strict=True)) for row in found.fetchall()}


def stored(tables):
    """The tables as a database is told of them."""
    beside = {name: tuple(each.removeprefix(f"{name}.") for each in tables.participants.columns if each.startswith(f"{name}."))
              for name in tables.wide}  # fmt: skip
    exact = {name for name, frame in tables.forms.items() if (frame["on_first"] == frame["on_last"]).all()}
    exact |= {name for name in tables.wide
              if (tables.participants[f"{name}.on_first"] == tables.participants[f"{name}.on_last"]).all()}  # fmt: skip
    forms = {name: tuple(frame.columns) for name, frame in tables.forms.items()}
    return Stored(forms, tables.until, tables.closed, beside, frozenset(exact))


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
    tables = Tables.of(people, SCOPE)
    for each in (tables, tables.widened()):
        found = answered(trees, each)
        for who, facts in people.items():
            for name, tree in trees.items():
                assert found[who][name] is truth(tree, facts).known, (texts, who)


@pytest.mark.slow
@settings(unhurried, max_examples=4)
@given(st.lists(histories(), min_size=8, max_size=16))
def test_what_trials_ask_has_one_answer_in_sql(known):
    people = {f"p{number}": facts for number, facts in enumerate(known)}
    tables = Tables.of(people, SCOPE)
    for start in range(0, len(ASKED), 12):
        trees = {text: expression(text, SCOPE, want=TRUTH) for text in ASKED[start : start + 12]}
        for each in (tables, tables.widened()):
            found = answered(trees, each)
            for who, facts in people.items():
                assert {text: found[who][text] for text in trees} == {
                    text: truth(tree, facts).known for text, tree in trees.items()
                }
