"""A population in the OMOP common data model: each trap of its tables, by hand, in both engines."""

from datetime import date

import polars as pl
import pytest

from equipoise.finding import Unreadable
from equipoise.population import population
from equipoise.population.omop import drafted_map, omop, unfilled
from equipoise.study import load
from test_population import ENGINES

UNTIL = date(2024, 6, 1)
STUDY = """
equipoise: 1
study: small
title: A small trial
design: {type: interventional}
activities:
  demographics: {items: {age: {use: demographics.age}, sex: {use: demographics.sex}}}
  labs: {repeats: true, items: {alt: {use: labs.alt}, inr: {use: labs.inr}}}
  history: {items: {diabetes: {type: yes_no}, stage: {type: choice, of: [early, late]}}}
  surgery: {repeats: true}
eligibility:
  - {id: adult, include: age >= 18 years}
  - {id: woman, include: sex == female}
  - {id: liver, exclude: alt > 100 U/L within 28 days before enrolment}
  - {id: clotting, include: inr <= 1.5}
  - {id: no_diabetes, exclude: diabetes}
  - {id: no_late_stage, exclude: stage == late}
  - {id: operated, include: exists surgery within 1 year before enrolment}
"""
MAP = """
study: small
facts:
  demographics.age: {table: person, born: true}
  demographics.sex: {table: person, column: gender_concept_id, codes: {8507: male, 8532: female}}
  labs.alt: {table: measurement, concepts: [3006923]}
  labs.inr: {table: measurement, concepts: [3022217]}
  history.diabetes: {table: condition_occurrence, concepts: [201820], descendants: true}
  history.stage: {table: condition_occurrence, concepts: {501: early, 502: late}}
  surgery: {table: procedure_occurrence, concepts: [777]}
closed: [history.diabetes]
"""
ALT, INR, DIABETES, TYPE_TWO, LATE, OPERATION = 3006923, 3022217, 201820, 201826, 502, 777
U_PER_L, MG_PER_DL, LESS = 8645, 8840, 4171756
# Each person, and why: (criterion, failed or unknown) beyond an otherwise eligible woman.
PEOPLE = {
    1: (),
    2: (("adult", "failed"),),  # born in June 2006: seventeen until the fifteenth
    3: (("adult", "unknown"),),  # born in 2006, nobody knows when: seventeen or eighteen
    4: (("woman", "unknown"),),  # gender 0: no matching concept
    5: (("liver", "failed"),),
    6: (("liver", "unknown"),),  # "less than 200" is not 200, nor less than 100
    7: (("liver", "unknown"),),  # milligrams per decilitre are no units per litre
    8: (("liver", "unknown"),),  # a number without a unit
    9: (("no_diabetes", "failed"),),  # diabetes of a kind below the concept named
    10: (("no_late_stage", "unknown"),),  # no record of a stage is no stage
    11: (("operated", "unknown"),),  # the operation is too long ago, and nobody says that there was no other
    12: (("liver", "unknown"),),  # measured tomorrow
    13: (("adult", "unknown"),),  # born on the thirty-first of February
}


@pytest.fixture
def study(tmp_path):
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "study.yaml").write_text(STUDY)
    return load(tmp_path / "study")


@pytest.fixture
def cdm(tmp_path):
    def table(name, **columns):
        frame = pl.DataFrame(columns)
        frame.write_parquet(tmp_path / f"{name}.parquet") if len(name) % 2 else frame.write_csv(tmp_path / f"{name}.csv")

    ids = list(PEOPLE)
    table(
        "person", person_id=ids, gender_concept_id=[0 if who == 4 else 8532 for who in ids],
        year_of_birth=[2006 if who in (2, 3) else 1960 for who in ids],
        month_of_birth=[{2: 6, 13: 2}.get(who) for who in ids], day_of_birth=[{2: 15, 13: 31}.get(who) for who in ids],
    )  # fmt: skip
    alt = {who: (20.0, U_PER_L, 0, date(2024, 5, 20)) for who in ids}
    alt |= {5: (200.0, U_PER_L, None, date(2024, 5, 20)), 6: (200.0, U_PER_L, LESS, date(2024, 5, 20)),
            7: (20.0, MG_PER_DL, 0, date(2024, 5, 20)), 8: (20.0, 0, 0, date(2024, 5, 20)),
            12: (20.0, U_PER_L, 0, date(2024, 6, 2))}  # fmt: skip
    rows = [(who, ALT, day, value, unit, operator) for who, (value, unit, operator, day) in alt.items()]
    rows += [(who, INR, date(2024, 5, 1), 1.0, 0, None) for who in ids] + [(99, ALT, date(2024, 5, 1), 900.0, U_PER_L, 0)]
    rows += [(1, 4, date(2024, 5, 30), 900.0, U_PER_L, 0)]  # another measurement
    names = (
        "person_id",
        "measurement_concept_id",
        "measurement_date",
        "value_as_number",
        "unit_concept_id",
        "operator_concept_id",
    )
    table("measurement", **{name: [row[k] for row in rows] for k, name in enumerate(names)})
    stages = [(who, 501, date(2023, 1, 1)) for who in ids if who != 10] + [(9, TYPE_TWO, date(2020, 1, 1))]
    table("condition_occurrence", person_id=[row[0] for row in stages], condition_concept_id=[row[1] for row in stages],
          condition_start_date=[row[2] for row in stages])  # fmt: skip
    table("procedure_occurrence", person_id=ids, procedure_concept_id=[OPERATION] * len(ids),
          procedure_date=[date(2020, 1, 1) if who == 11 else date(2024, 1, 1) for who in ids])  # fmt: skip
    table("concept_ancestor", ancestor_concept_id=[DIABETES], descendant_concept_id=[TYPE_TWO])
    (tmp_path / "map.yaml").write_text(MAP)
    return tmp_path


def barred_or_open(study, cdm, engine, kept):
    """Of each person, which criteria bar them and which are unknown."""
    kept.mkdir()
    population(study, omop(study, cdm, cdm / "map.yaml", until=UNTIL), engine=engine, kept=kept)
    criteria = [each.id for each in study.protocol.eligibility]
    return {
        int(row["participant"]): tuple(
            (name, mask) for mask in ("failed", "unknown") for k, name in enumerate(criteria) if row[mask] >> k & 1
        )
        for row in pl.read_parquet(kept / "*.parquet").iter_rows(named=True)
    }


@pytest.mark.parametrize("engine", ENGINES)
def test_each_person_is_barred_or_left_open_by_what_the_records_say_and_by_nothing_else(study, cdm, engine, tmp_path):
    assert barred_or_open(study, cdm, engine, tmp_path / "kept") == PEOPLE


@pytest.mark.parametrize("engine", ENGINES)
def test_tables_in_capitals_with_tabs_and_stray_quotes_say_the_same(study, cdm, engine, tmp_path):
    """As databases with names in capitals write them, and as the vocabularies come: with tabs, and quotes as they stand."""
    for path in [*cdm.glob("*.csv"), *cdm.glob("*.parquet")]:
        frame = pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path, try_parse_dates=True)
        frame = frame.with_columns(pl.lit('5" cut').alias("source_value")).rename(str.upper)
        path.unlink()
        frame.write_csv(cdm / f"{path.stem.upper()}.csv", separator="\t", quote_style="never")
    assert barred_or_open(study, cdm, engine, tmp_path / "kept") == PEOPLE


def test_a_map_that_names_what_is_not_there_is_refused_in_a_sentence(study, cdm):
    def refused(text):
        (cdm / "map.yaml").write_text(text)
        with pytest.raises(Unreadable) as why:
            omop(study, cdm, cdm / "map.yaml", until=UNTIL)
        return str(why.value.says)

    assert "no fact of labs" in refused("facts: {labs.altt: {table: measurement, concepts: [1]}}")
    assert "'measurment' is not a table" in refused("facts: {labs.alt: {table: measurment, concepts: [1]}}")
    assert "concepts are numbers" in refused("facts: {labs.alt: {table: measurement, concepts: [alt]}}")
    assert "not one of early, late" in refused("facts: {history.stage: {table: condition_occurrence, concepts: {5: middle}}}")
    assert "has no observation" in refused("facts: {labs.alt: {table: observation, concepts: [1]}}")
    assert "has no facts" in refused("hello")


def test_a_first_map_can_be_read_and_its_gaps_are_counted(study, cdm):
    pl.DataFrame(
        {"concept_id": [ALT], "vocabulary_id": ["LOINC"], "concept_code": ["1742-6"], "standard_concept": ["S"]}
    ).write_csv(cdm / "concept.csv")
    text, gaps = drafted_map(study, cdm)
    assert "labs.alt: {table: measurement, concepts: [3006923]}     # LOINC 1742-6" in text
    (cdm / "observation.csv").write_text(
        "person_id,observation_concept_id,observation_date,value_as_number,value_as_concept_id\n"
    )
    (cdm / "draft.yaml").write_text(text)
    source = omop(study, cdm, cdm / "draft.yaml", until=UNTIL)
    assert len(list(unfilled(source))) == gaps == 4
    assert population(study, source).eligible == 0
