"""Many patients at once get the verdicts that each would get alone."""

import json
import os
import random
from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from equipoise.calendar import When
from equipoise.command import _app
from equipoise.expression.columns import Tables
from equipoise.expression.facts import Facts, Row, Unclear, Why
from equipoise.expression.tree import Kind
from equipoise.finding import Unreadable
from equipoise.logic import MET, NOT_MET, UNKNOWN
from equipoise.population import Lack, listed, population, screened, told
from equipoise.population import folder as tables_in
from equipoise.screening import screening
from equipoise.study import load

STUDIES = (
    "batch-rfa-crlm", "colon-levamisole", "liver-surgery-linkoping", "pdac-oligo-ablation",
    "synchronous-resection-modena", "synchronous-surgery-indications",
)  # fmt: skip
WORDS = {MET: "eligible", NOT_MET: "not eligible", UNKNOWN: "cannot tell yet"}
UNTIL = date(2024, 6, 1)
UNCLEAR = Unclear("?", Why.UNREADABLE)
ENGINES = ("polars", "duckdb", *(("spark",) if os.environ.get("EQUIPOISE_SPARK") else ()))
"""Spark is an extra, and slow to wake: EQUIPOISE_SPARK=1 asks it too."""


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


@pytest.mark.parametrize("slug", STUDIES)
def test_an_answer_that_becomes_unreadable_never_settles_what_was_open_nor_turns_what_was_settled(slug):
    """The newest answer or any other, here or there: whoever is settled after the loss was settled so before."""
    study, rng = load(f"studies/{slug}"), random.Random(f"unreadable {slug}")
    for _ in range(40):
        whole = invented(study, rng, 0.1)
        loss = rng.choice((0.03, 0.2, 0.6))
        spoilt = {
            name: tuple(
                replace(row, values={k: UNCLEAR if rng.random() < loss else v for k, v in row.values.items()}) for row in rows
            )
            for name, rows in whole.rows.items()
        }
        people = {"whole": whole, "spoilt": replace(whole, rows=spoilt)}
        found = screened(study, Tables.of(people, study.scope))
        (before, fails, _), (after, still, _) = found.select("verdict", "failed", "unknown").iter_rows()
        assert after in (before, "cannot tell yet")
        assert still & ~fails == 0


@pytest.mark.parametrize("engine", ENGINES)
def test_silence_about_a_yes_no_fact_means_no_only_where_somebody_says_so(stroke, tmp_path, engine):
    """Of a to e: told no, told yes, nothing, something unreadable, and yes after the last day."""
    told = {"a": ("no", "2024-05-30"), "b": ("yes", "2024-05-30"), "d": ("perhaps", "2024-05-30"), "e": ("yes", "2024-07-01")}
    wide = [{"participant": who, "history.age": "40", "labs.alt": "20", "labs.on": "2024-05-30",
             "events.stroke": told.get(who, ("", ""))[0], "events.on": told.get(who, ("", ""))[1]} for who in "abcde"]  # fmt: skip
    (tmp_path / "wide").mkdir()
    pl.DataFrame(wide).write_csv(tmp_path / "wide" / "participants.csv")
    (tmp_path / "long").mkdir()
    pl.DataFrame(wide).select("participant", "history.age", "labs.alt", "labs.on").write_csv(
        tmp_path / "long" / "participants.csv"
    )
    rows = [{"participant": who, "stroke": said, "on": on} for who, (said, on) in told.items()]
    pl.DataFrame(rows).write_csv(tmp_path / "long" / "events.csv")
    for shape in ("wide", "long"):
        for closed, verdicts in (((), "e n u u u"), (("events.stroke",), "e n e u e")):
            kept = tmp_path / f"{shape}{len(closed)}"
            kept.mkdir()
            population(
                stroke, tables_in(stroke, tmp_path / shape, until=UNTIL, closed=frozenset(closed)), engine=engine, kept=kept
            )
            found = pl.read_parquet(kept / "*.parquet").sort("participant")["verdict"].to_list()
            assert " ".join({"eligible": "e", "not eligible": "n"}.get(each, "u") for each in found) == verdicts, (
                shape,
                closed,
            )


def test_a_number_closes_nothing(small, tmp_path):
    (tmp_path / "participants.csv").write_text("participant\na\n")
    with pytest.raises(Unreadable, match="no yes/no fact"):
        tables_in(small, tmp_path, until=UNTIL, closed=frozenset({"labs.alt"}))


def test_the_command_tells_keeps_and_draws_what_it_found(small, folder):
    def ran(*more):
        asked = ["population", str(small.folder), str(folder), "--on", "2024-06-01", *more]
        done = CliRunner().invoke(_app, asked)
        assert done.exit_code == 0, done.output
        return done.output

    kept = folder / "kept"
    for engine in ENGINES:
        found = json.loads(ran("--json", "--engine", engine))
        assert (found["patients"], found["eligible"], found["not eligible"], found["cannot tell yet"]) == (5, 1, 2, 2)
        assert found["criteria"][1] == {"id": "liver", "fails": 1, "unknown": 2, "sole": 1, "first": 1}
    few = json.loads(ran("--json", "--suppress", "5", "--keep", str(kept), "--page", str(folder / "page.html")))
    assert (few["patients"], few["eligible"], few["cannot tell yet"]) == (5, "<5", "<5")
    assert json.loads((kept / "bits.json").read_text())["failed"] == ["adult", "liver"]
    assert pl.read_parquet(kept / "*.parquet").columns == ["participant", "verdict", "failed", "unknown", "lacking"]
    page = (folder / "page.html").read_text()
    assert "&lt;5" in page
    assert "<svg" in page


@pytest.mark.parametrize("engine", ENGINES)
def test_a_mask_holds_sixty_four_criteria_the_last_its_highest_bit_and_no_more(tmp_path, engine):
    lines = [f"  - {{id: c{k}, include: age >= {k} years}}" for k in range(64)]
    (tmp_path / "study.yaml").write_text(TEXT.split("  - {id: adult")[0] + "\n".join(lines) + "\n")
    (tmp_path / "participants.csv").write_text("participant,history.age\na,63\nb,62\nc,-1\nd,\n")
    many = load(tmp_path)
    (tmp_path / "kept").mkdir()
    population(many, tables_in(many, tmp_path, until=UNTIL), engine=engine, kept=tmp_path / "kept")
    found = pl.read_parquet(tmp_path / "kept" / "*.parquet").sort("participant")
    assert found["failed"].to_list() == [0, 1 << 63, (1 << 64) - 1, 0]
    assert found["unknown"].to_list() == [0, 0, 0, (1 << 64) - 1]
    (tmp_path / "study.yaml").write_text((tmp_path / "study.yaml").read_text() + "  - {id: c64, include: age >= 64 years}\n")
    with pytest.raises(Unreadable, match="a mask holds 64"):
        population(load(tmp_path), tables_in(many, tmp_path, until=UNTIL), engine=engine)


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
def stroke(tmp_path):
    """The same, with a yes/no fact of a form that repeats."""
    text = TEXT.replace("eligibility:", "  events: {repeats: true, items: {stroke: {type: yes_no}}}\neligibility:")
    (tmp_path / "stroke").mkdir()
    (tmp_path / "stroke" / "study.yaml").write_text(f"{text}  - {{id: no_stroke, exclude: stroke}}\n")
    return load(tmp_path / "stroke")


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


def test_what_is_lacked_is_listed_in_the_order_of_what_is_told() -> None:
    """Of 3 and 4, of 12 and 11: told as few and few, 10 and 10, their order must not say which is the greater."""
    lacks = [Lack("b", 4, 0), Lack("a", 3, 0), Lack("d", 12, 1), Lack("c", 11, 2)]
    assert [each.datum for each in listed(lacks, 5)] == ["c", "d", "a", "b"]
    assert [each.datum for each in listed(lacks, 0)] == ["d", "c", "b", "a"]


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
