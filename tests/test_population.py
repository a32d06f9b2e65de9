"""Many patients at once get the verdicts that each would get alone."""

import random
from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.calendar import When
from equipoise.expression.columns import Tables
from equipoise.expression.facts import Facts, Row
from equipoise.expression.tree import Kind
from equipoise.finding import Unreadable
from equipoise.logic import MET, NOT_MET, UNKNOWN
from equipoise.population import folder as tables_in
from equipoise.population import population, screened, told
from equipoise.screening import screening
from equipoise.study import load

STUDIES = (
    "batch-rfa-crlm", "colon-levamisole", "liver-surgery-linkoping", "pdac-oligo-ablation",
    "synchronous-resection-modena", "synchronous-surgery-indications",
)  # fmt: skip
WORDS = {MET: "eligible", NOT_MET: "not eligible", UNKNOWN: "cannot tell yet"}
UNTIL = date(2024, 6, 1)
ENGINES = ("polars", "duckdb")


def invented(study, rng, most_missing=0.4):
    """Facts of somebody, each answer missing by chance; some forms closed."""
    lacking, found = rng.random() * most_missing, {}
    for form in study.scope.forms.values():
        if rng.random() < lacking:
            continue
        rows = []
        for _ in range(rng.randint(1, 3) if form.repeats else 1):
            values = {fact.name: answer(fact, rng) for fact in form.facts.values() if rng.random() >= lacking}
            limits = {(name, end): 40.0 for name in values for end in ("uln", "lln") if rng.random() < 0.5}
            rows.append(Row(When.on(UNTIL - timedelta(rng.randint(0, 60))), {k: v for k, v in values.items() if v is not None},
                            limits))  # fmt: skip
        found[form.name] = tuple(sorted(rows, key=lambda row: row.on.first))
    closed = frozenset(name for name in study.scope.forms if rng.random() < 0.3)
    return Facts(UNTIL, found, closed)


def answer(fact, rng):
    match fact.type.kind:
        case Kind.NUMBER:
            return float(rng.choice((0, 1, 2, 3, 5, 18, 20, 30, 50, 75, 100, 1000)))
        case Kind.TRUTH:
            return rng.random() < 0.5
        case Kind.DATE:
            return When.on(UNTIL - timedelta(rng.randint(0, 900)))
        case Kind.CHOICE:
            return rng.choice(fact.type.options)
        case _:
            return None


@pytest.mark.parametrize("slug", STUDIES)
def test_masks_are_those_of_each_patient_screened_alone(slug):
    study, rng = load(f"studies/{slug}"), random.Random(slug)
    people = {f"p{number}": invented(study, rng) for number in range(60)}
    found = screened(study, Tables.of(people, study.scope))
    for facts, row in zip(people.values(), found.iter_rows(named=True), strict=True):
        alone = screening(study, facts)
        assert row["verdict"] == WORDS[alone.truth]
        assert row["failed"] == sum(1 << k for k, each in enumerate(alone.verdicts) if each.truth is NOT_MET)
        assert row["unknown"] == sum(1 << k for k, each in enumerate(alone.verdicts) if each.truth is UNKNOWN)


@pytest.mark.parametrize("slug", STUDIES)
def test_nobody_is_eligible_because_a_datum_is_wholly_missing(slug):
    """A fact of which no answer is left; enrolment stays, as what is assumed of it is another question."""
    study, rng = load(f"studies/{slug}"), random.Random(f"missing {slug}")
    for _ in range(40):
        whole = replace(invented(study, rng, 0.1), closed=frozenset())
        fewer = dict(whole.rows)
        for name, form in study.scope.forms.items():
            lost = {fact for fact in form.facts if rng.random() < 0.2} if name != "enrolment" else set()
            rows = whole.rows.get(name, ())
            fewer[name] = tuple(replace(row, values={k: v for k, v in row.values.items() if k not in lost}) for row in rows)
        people = {"whole": whole, "fewer": replace(whole, rows=fewer)}
        before, after = screened(study, Tables.of(people, study.scope))["verdict"]
        assert after != "eligible" or before == "eligible"


def test_where_the_newest_answer_is_lost_an_older_one_stands_for_one_patient_and_for_many(small):
    """What `last` means in the language: of the rows that answer. So a lost newest row may change a verdict."""
    age = Row(When.on(UNTIL), {"age": 40.0})
    older, newer = Row(When.on(UNTIL - timedelta(9)), {"alt": 20.0}), Row(When.on(UNTIL), {"alt": 900.0})
    for rows, verdict in (((older, newer), "not eligible"), ((older, replace(newer, values={})), "eligible")):
        facts = Facts(UNTIL, {"history": (age,), "labs": rows})
        assert WORDS[screening(small, facts).truth] == verdict
        assert screened(small, Tables.of({"p": facts}, small.scope))["verdict"].to_list() == [verdict]


TEXT = """
equipoise: 1
study: small
title: A small trial
design: {type: interventional}
activities:
  labs: {repeats: true, items: {alt: {type: quantity, unit: U/L}, bilirubin: {type: quantity, unit: umol/L, molar_mass: 584.66 g/mol}}}
  history: {items: {age: {type: quantity, unit: years}}}
eligibility:
  - {id: adult, include: age >= 18 years}
  - {id: liver, exclude: alt > 100 U/L within 28 days before enrolment}
"""


@pytest.fixture
def small(tmp_path):
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "study.yaml").write_text(TEXT)
    return load(tmp_path / "study")


@pytest.fixture
def folder(tmp_path):
    """Five patients, wide and long: eligible, barred by age, barred by ALT, ALT too old, and ALT in words."""
    (tmp_path / "participants.csv").write_text("participant,history.age\na,40\nb,17\nc,40\nd,40\ne,40\n")
    (tmp_path / "labs.csv").write_text(
        "participant,on,alt,alt.unit\na,2024-05-30,0.5,ukat/L\nb,2024-05-30,20,U/L\nc,2024-05-01,20,U/L\n"
        "c,2024-05-30,101,U/L\nd,2024-01-01,20,U/L\ne,2024-05-30,high,U/L\nstranger,2024-05-30,900,U/L\n"
        "a,2024-07-01,900,U/L\n"
    )
    return tmp_path


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("size", [1, 2, 100])
def test_files_are_read_alike_in_batches_of_any_size(small, folder, size, engine):
    found = population(small, tables_in(small, folder, until=UNTIL), engine=engine, size=size)
    assert (found.size, found.eligible, found.not_eligible, found.undecided) == (5, 1, 2, 2)
    assert [(each.criterion, each.fails, each.unknowns, each.sole) for each in found.losses] == [
        ("adult", 1, 0, 1),
        ("liver", 1, 2, 1),
    ]
    assert [(each.datum, each.patients, each.alone) for each in found.lacks] == [("labs.alt", 2, 2)]


def test_a_row_without_a_date_is_unknown_and_never_recent(small, tmp_path):
    (tmp_path / "participants.csv").write_text("participant,history.age,labs.alt\na,40,20\n")
    for engine in ENGINES:
        assert population(small, tables_in(small, tmp_path, until=UNTIL), engine=engine).undecided == 1


@pytest.mark.parametrize("engine", ENGINES)
def test_a_table_says_in_a_sentence_what_it_lacks(small, tmp_path, engine):
    def screened_here(until=UNTIL):
        return population(small, tables_in(small, tmp_path, until=until), engine=engine)

    with pytest.raises(Unreadable, match="no participants"):
        screened_here()
    (tmp_path / "participants.csv").write_text("participant,history.agee\na,40\n")
    with pytest.raises(Unreadable, match="agee"):
        screened_here()
    (tmp_path / "participants.csv").write_text("participant\na\nb\na\n")
    with pytest.raises(Unreadable, match="twice"):
        screened_here()
    with pytest.raises(Unreadable, match="not said"):
        screened_here(None)


def test_small_counts_are_not_told_nor_to_be_had_from_the_rest():
    assert told(4, 5) == "<5"
    assert told(0, 5) == 0
    assert told(1234, 5) == 1235
    assert told(1234, 0) == 1234
    # 117 patients of whom 3 are eligible, 90 not and 24 undecided: nothing told says more of the 3 than that they are few.
    assert [told(count, 5) for count in (117, 3, 90, 24)] == [115, "<5", 90, 25]


@given(st.integers(5, 2000), st.integers(0, 2000), st.integers(1, 4), st.integers(2, 20))
def test_what_is_told_of_the_whole_and_of_the_rest_leaves_a_small_part_open(whole, other, small_part, below):
    """Whatever the sums told, every small count would have told the same."""
    if small_part >= below:
        return
    rest = whole + other
    shown = (told(rest + small_part, below), told(rest, below))
    could_be = [k for k in range(1, below) for r in range(max(0, rest - below), rest + below)
                if (told(r + k, below), told(r, below)) == shown]  # fmt: skip
    assert set(could_be) >= set(range(1, (below + 1) // 2 + 1)) or len(set(could_be)) > 1
