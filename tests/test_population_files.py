"""One table gives one answer: in Polars, in DuckDB, on Spark, and read for each patient alone."""

import random
from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest

from equipoise.calendar import When
from equipoise.expression.facts import Facts, Unclear, Why
from equipoise.expression.tree import Kind
from equipoise.logic import NOT_MET, UNKNOWN
from equipoise.population import folder, population
from equipoise.screening import screening
from equipoise.study import load
from test_population import ENGINES, STUDIES, UNTIL, WORDS, invented


def muddled(facts, study, rng, closed):
    """The same facts with some answers that cannot be used, some days known in part, and some rows after the last day."""
    rows = {}
    for name, each in facts.rows.items():
        told = []
        for row in each:
            values = {
                fact: Unclear("?", Why.UNREADABLE) if rng.random() < 0.05 else value for fact, value in row.values.items()
            }
            on = When(row.on.first.replace(day=1), month_end(row.on.first)) if rng.random() < 0.1 else row.on
            told.append(replace(row, on=on, values=values))
        rows[name] = tuple(sorted(told, key=lambda row: (row.on.first, row.on.last)))
    return Facts(facts.until, rows, closed)


def month_end(day):
    return (day.replace(day=28) + timedelta(7)).replace(day=1) - timedelta(1)


def cell(value):
    match value:
        case Unclear():
            return value.text
        case bool():
            return "yes" if value else "no"
        case When():
            is_year = value.first.month != value.last.month
            return str(value.first) if value.is_exact else value.first.strftime("%Y" if is_year else "%Y-%m")
        case None:
            return ""
        case _:
            return str(value)


def written(people, study, where, rng):
    """The tables of some people: what cannot repeat stands beside the participant, or in a table of its own."""
    where.mkdir()
    wide, order = {who: {"participant": who} for who in people}, list(people)
    rng.shuffle(order)
    for name, form in study.scope.forms.items():
        facts = [fact for fact in form.facts.values() if fact.type.kind not in (Kind.SET, Kind.TEXT)]
        named = [
            f"{fact.name}{part}"
            for fact in facts
            for part in ("", *((".uln", ".lln") if fact.type.kind is Kind.NUMBER else ()))
        ]
        beside = rng.random() < 0.7 and all(len(facts.rows.get(name, ())) < 2 for facts in people.values())
        rows = []
        for who in order:
            for row in people[who].rows.get(name, ()):
                told = {
                    "participant": who,
                    "on": cell(row.on),
                    **{fact.name: cell(row.values.get(fact.name)) for fact in facts},
                }
                told |= {f"{fact}.{end}": str(limit) for (fact, end), limit in row.limits.items()}
                rows.append({column: told.get(column, "") for column in ("participant", "on", *named)})
        if beside:
            for row in rows:
                wide[row["participant"]] |= {
                    f"{name}.{column}": value for column, value in row.items() if column != "participant"
                }
        elif rows:
            store(pl.DataFrame(rows), where / name, rng)
    columns = dict.fromkeys(column for row in wide.values() for column in row)
    store(
        pl.DataFrame([{column: row.get(column, "") for column in columns} for row in wide.values()]),
        where / "participants",
        rng,
    )


def store(frame, path, rng):
    if rng.random() < 0.5:
        frame.write_csv(path.with_name(path.name + ".csv"))
    else:
        numbered = [pl.col(each) for each in frame.columns]
        frame.select(numbered).write_parquet(path.with_name(path.name + ".parquet"))


@pytest.mark.slow
@pytest.mark.parametrize("slug", STUDIES)
def test_files_give_each_patient_the_masks_of_being_screened_alone(slug, tmp_path):
    study, rng = load(f"studies/{slug}"), random.Random(f"files {slug}")
    for turn in range(2):
        closed = frozenset(name for name in study.scope.forms if rng.random() < 0.3)
        own = {name for name, form in study.scope.forms.items() if form.closed}
        people = {f"p{n:02}": muddled(invented(study, rng), study, rng, closed | own) for n in range(40)}
        where = tmp_path / f"tables{turn}"
        written(people, study, where, rng)
        alone = {who: screening(study, facts) for who, facts in people.items()}
        for engine in ENGINES:
            kept = tmp_path / f"{engine}{turn}"
            kept.mkdir()
            population(study, folder(study, where, until=UNTIL, closed=closed), engine=engine, kept=kept, size=16)
            found = {row["participant"]: row for row in pl.read_parquet(kept / "*.parquet").iter_rows(named=True)}
            assert found.keys() == people.keys()
            for who, each in alone.items():
                for mask, truth in (("failed", NOT_MET), ("unknown", UNKNOWN)):
                    bits = sum(1 << k for k, verdict in enumerate(each.verdicts) if verdict.truth is truth)
                    assert found[who][mask] == bits, (engine, who, mask, [v.criterion.id for k, v in enumerate(each.verdicts)
                                                                          if (found[who][mask] ^ bits) >> k & 1])  # fmt: skip
                assert found[who]["verdict"] == WORDS[each.truth]
                assert found[who]["lacking"] == 0 or each.truth is UNKNOWN
