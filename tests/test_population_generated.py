"""Studies nobody wrote: whatever criteria a study has, and whatever is missing, each engine and the reader of one agree."""

import random
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from equipoise.expression.facts import Facts
from equipoise.logic import NOT_MET, UNKNOWN
from equipoise.population import folder, population
from equipoise.screening import screening
from equipoise.study import Study, study
from expression.invented import histories, statements
from test_population import ENGINES, WORDS
from test_population_files import written

FORMS = """
equipoise: 1
study: invented
title: Criteria that nobody wrote
design: {type: observational}
activities:
  labs:
    repeats: yes
    items:
      platelets: {type: quantity, unit: 10^9/L}
      inr: {type: real}
      bilirubin: {type: quantity, unit: umol/L, molar_mass: 584.66 g/mol}
      alt: {type: quantity, unit: U/L}
      fasting: {type: yes_no}
  history: {items: {liver_metastases: {type: yes_no}, pregnant: {type: yes_no}, diagnosed: {type: date}}}
  surgery: {items: {kind: {type: choice, of: [major, minor]}}}
  imaging: {repeats: yes, items: {response: {type: choice, of: [CR, PR, SD, PD], ordered: yes}}}
define:
  fit: platelets >= 50 10^9/L and inr <= 1.5 and bilirubin <= 2 x ULN
  recent: alt <= 3 x ULN within 2 weeks before today
  progressing: last(response) == PD
eligibility:
"""
OWN = {"labs", "history", "surgery", "imaging"}
ELSEWHERE = (
    "lesion",
    "adverse_event",
    "diameter",
    "organ",
    "ablated",
    "burden",
    "grade",
    "ended",
    "seen",
    "note",
    "entered(",
    "age",
)
"""What the invented statements ask of forms that this study does not have."""


def asked(texts: list[str]) -> Study | None:
    """A study with these criteria, every other one an exclusion; None if it is not one."""
    lines = [
        f"  - {{id: c{k}, {'exclude' if k % 2 else 'include'}: '{text.replace(chr(39), chr(34))}'}}"
        for k, text in enumerate(texts)
    ]
    made = study(FORMS + "\n".join(lines) + "\n")
    return None if any(each.severity.name == "ERROR" for each in made.findings) else made


def known(facts: Facts, until: date, closed: frozenset[str]) -> Facts:
    """What is known of somebody, in the forms of this study, up to one day for all."""
    rows = {name: tuple(row for row in each if row.on.first <= until) for name, each in facts.rows.items() if name in OWN}
    return Facts(until, {name: each for name, each in rows.items() if each}, closed)


@pytest.mark.slow
@settings(max_examples=12, deadline=None, derandomize=True,
          suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much])  # fmt: skip
@given(
    st.lists(statements(2).filter(lambda text: not any(word in text for word in ELSEWHERE)), min_size=4, max_size=12),
    st.lists(histories(), min_size=4, max_size=10), st.frozensets(st.sampled_from(sorted(OWN)), max_size=2), st.integers(0, 99),
)  # fmt: skip
def test_every_engine_and_the_reader_of_one_give_the_same_masks(
    texts: list[str], told: list[Facts], closed: frozenset[str], seed: int
) -> None:
    made = asked(texts)
    if made is None:
        return
    until = told[0].until
    people = {f"p{number}": known(facts, until, closed) for number, facts in enumerate(told)}
    alone = {who: screening(made, facts) for who, facts in people.items()}
    with TemporaryDirectory() as name:
        where = Path(name) / "tables"
        written(people, made, where, random.Random(seed))
        for engine in ENGINES:
            found = masks(made, where, until, closed, engine, Path(name) / engine)
            for who, each in alone.items():
                bits = [
                    sum(1 << k for k, one in enumerate(each.verdicts) if one.truth is truth) for truth in (NOT_MET, UNKNOWN)
                ]
                assert found[who] == (WORDS[each.truth], *bits), (engine, who, texts)


def masks(
    of: Study, where: Path, until: date, closed: frozenset[str], engine: str, kept: Path
) -> Mapping[str, tuple[str, int, int]]:
    """Each one's verdict and masks, as an engine gives them."""
    kept.mkdir()
    population(of, folder(of, where, until=until, closed=closed), engine=engine, kept=kept, size=3)  # type: ignore[arg-type]
    found = pl.read_parquet(kept / "*.parquet").select("participant", "verdict", "failed", "unknown")
    return {who: (verdict, failed, unknown) for who, verdict, failed, unknown in found.iter_rows()}
