"""A population in the OMOP common data model (5.4): which records tell which fact, by a map that a person has read.

The map names, for each fact of the study, the table and the concepts that tell it. A first one is drafted from the study:
with the codes of the shared vocabulary, looked up in the `concept` table where that is there; what it cannot know is left
empty and marked. A fact with no concepts is never recorded, and so unknown.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from ..expression.columns import PARTICIPANT
from ..expression.tree import Fact, Kind
from ..finding import Unreadable, did_you_mean
from ..study import Study
from ..vocabulary import vocabulary
from .screen import read, screen
from .source import UNCLEAR, Coded, File, Piece, Source, closed_in, file


@dataclass(frozen=True, slots=True)
class Record:
    """A table of the model: whose column of the concept, and whose of the date."""

    concept: str
    on: str
    has_values: bool = False


RECORDS: Mapping[str, Record] = {
    "measurement": Record("measurement_concept_id", "measurement_date", True),
    "observation": Record("observation_concept_id", "observation_date", True),
    "condition_occurrence": Record("condition_concept_id", "condition_start_date"),
    "drug_exposure": Record("drug_concept_id", "drug_exposure_start_date"),
    "procedure_occurrence": Record("procedure_concept_id", "procedure_date"),
    "visit_occurrence": Record("visit_concept_id", "visit_start_date"),
    "death": Record("", "death_date"),
}
BORN = ("year_of_birth", "month_of_birth", "day_of_birth")
EQUAL = 4172703
"""The concept of `=`: a result with any other operator, such as `<`, is not the number beside it."""
UNITS: Mapping[int, str] = {
    8840: "mg/dL", 8713: "g/dL", 8636: "g/L", 8645: "U/L", 8923: "U/L", 8749: "umol/L", 8753: "mmol/L", 8848: "10^3/uL",
    9444: "10^9/L", 8554: "%", 8582: "cm", 8588: "mm", 9529: "kg", 8842: "ng/mL",
}  # fmt: skip
"""Units by their concepts, where there is no `concept` table to ask.

Source: the OHDSI standardised vocabularies, UCUM, as of 2023.
"""
SEX = {8507: "male", 8532: "female"}
KEYS = {"table", "concepts", "column", "codes", "descendants", "born", "unit"}
"""`unit` is that of the numbers beside which no unit is recorded."""


def omop(study: Study, folder: Path, concepts: Path, *, until: date | None, closed: frozenset[str] = frozenset()) -> Source:
    """A folder of OMOP tables, as a map says that they tell the study's facts.

    Args:
        study: Whose facts.
        folder: Holds `person` and what else the map names, as CSV or Parquet.
        concepts: The map.
        until: The day up to which all is known.
        closed: What is closed besides what the study and the map say.

    Raises:
        Unreadable: If a table or the map is not there, or says what the study or the model does not know.
    """
    if until is None:
        raise Unreadable("the day up to which the facts are known is not said: --on")
    said = _read(concepts)
    person = _needed(folder, "person")
    files = {"person": person}
    people: dict[str, str | Coded | bool] = {PARTICIPANT: "person_id"}
    forms: dict[str, list[Piece]] = {}
    aged, units = "", _units(folder, said)
    for name, told in said["facts"].items():
        form, fact = _fact(study, name)
        where = f"{concepts.name}: {name}"
        if not isinstance(told, dict) or (odd := set(told) - KEYS):
            raise Unreadable(
                f"{where}: a fact is told by {', '.join(sorted(KEYS))}"
                + (f", not '{min(odd)}'" if isinstance(told, dict) else "")
            )
        table = str(told.get("table", ""))
        if table == "person":
            if told.get("born"):
                aged = name
            elif fact is not None and told.get("column") in person.sorts:
                people[name] = Coded(str(told["column"]), _codes(told.get("codes", {}), fact, where))
            else:
                raise Unreadable(f"{where}: a person's fact needs a column of the table person, or born: true")
            continue
        if table not in RECORDS:
            raise Unreadable(f"{where}: '{table}' is not a table that facts are read from{did_you_mean(table, RECORDS)}")
        files[table] = files.get(table) or _needed(folder, table)
        forms.setdefault(form, []).append(_piece(told, table, fact, files[table], folder, units, where))
    if aged:
        people |= {each: each for each in BORN if each in person.sorts}
        missing = [each for each in BORN if each not in person.sorts]
        if missing:
            raise Unreadable(f"the table person has no column '{missing[0]}'")
    shut = closed_in(study, closed | {str(each) for each in said.get("closed") or ()})
    pieces = {form: tuple(each) for form, each in forms.items()}
    return Source(files, Piece("person", people), pieces, until, shut, aged, BORN if aged else ())


def _read(path: Path) -> dict[str, Any]:
    try:
        said = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as why:
        raise Unreadable(f"the map {path} cannot be read: {why}") from None
    if not isinstance(said, dict) or not isinstance(said.get("facts"), dict):
        raise Unreadable(f"the map {path} has no facts")
    if odd := set(said) - {"facts", "units", "closed", "study"}:
        raise Unreadable(f"{path.name}: '{min(odd, key=str)}' is not one of study, facts, units, closed")
    return said


def _needed(folder: Path, name: str) -> File:
    found = file(folder, name, small=True)
    if found is None:
        raise Unreadable(f"{folder} has no {name}.csv or {name}.parquet")
    return found


def _fact(study: Study, name: object) -> tuple[str, Fact | None]:
    """The form, and the fact unless only that it happened is told."""
    form, _, fact = str(name).partition(".")
    forms = study.scope.forms
    if form not in forms:
        raise Unreadable(f"'{form}' is no form of this study{did_you_mean(form, forms)}")
    if fact and fact not in forms[form].facts:
        raise Unreadable(f"'{fact}' is no fact of {form}{did_you_mean(fact, forms[form].facts)}")
    return form, forms[form].facts[fact] if fact else None


def _codes(said: object, fact: Fact, where: str) -> dict[int, str]:
    if not isinstance(said, dict):
        raise Unreadable(f"{where}: codes are concepts and what they mean")
    found = {}
    for concept, means in said.items():
        code = ("yes" if means else "no") if isinstance(means, bool) else str(means)
        if not isinstance(concept, int):
            raise Unreadable(f"{where}: '{concept}' is no number of a concept")
        if fact.type.options and code not in fact.type.options:
            raise Unreadable(f"{where}: '{code}' is not one of {', '.join(fact.type.options)}")
        found[concept] = code
    return found


def _piece(
    told: Mapping[str, Any], table: str, fact: Fact | None, held: File, folder: Path, units: Mapping[int, str], where: str
) -> Piece:
    """The rows of a table that tell a fact, or that something happened."""
    record = RECORDS[table]
    columns: dict[str, str | Coded | bool] = {PARTICIPANT: "person_id", "on": record.on}
    for each in ("person_id", record.on, *([record.concept] if record.concept else [])):
        if each not in held.sorts:
            raise Unreadable(f"the table {table} has no column '{each}'")
    said = told.get("concepts") or []
    ids = [each for each in said] if isinstance(said, list | dict) else [said]
    if any(not isinstance(each, int) or isinstance(each, bool) for each in ids):
        raise Unreadable(f"{where}: concepts are numbers")
    unless = None
    if fact is not None:
        kind = fact.type.kind
        if isinstance(said, dict) or (record.concept and not ids):  # with no concepts no row is meant, whatever it tells
            columns[fact.name] = Coded(record.concept, _codes(said or {}, fact, where))
        elif kind is Kind.DATE:
            columns[fact.name] = record.on
        elif told.get("codes"):
            column = str(told.get("column") or "value_as_concept_id")
            if column not in held.sorts:
                raise Unreadable(f"{where}: the table {table} has no column '{column}'")
            columns[fact.name] = Coded(column, _codes(told["codes"], fact, where))
        elif kind is Kind.TRUTH:
            columns[fact.name] = True
        elif kind is Kind.NUMBER and record.has_values and "value_as_number" in held.sorts:
            columns[fact.name] = "value_as_number"
            if "unit_concept_id" in held.sorts and fact.type.unit:
                unsaid = str(told.get("unit") or UNCLEAR)  # a number without its unit is not the number asked for
                columns[f"{fact.name}.unit"] = Coded("unit_concept_id", {**units, 0: unsaid})
            for end, column in (("uln", "range_high"), ("lln", "range_low")):
                if column in held.sorts:
                    columns[f"{fact.name}.{end}"] = column
            if "operator_concept_id" in held.sorts:
                unless = ("operator_concept_id", (0, EQUAL))
        else:
            raise Unreadable(f"{where}: the table {table} does not tell {fact.type}: say the codes that its concepts mean")
    if told.get("descendants"):
        ids += _descendants(folder, ids, where)
    return Piece(table, columns, record.concept, tuple(dict.fromkeys(ids)), unless)


def _descendants(folder: Path, ids: list[int], where: str) -> list[int]:
    found = file(folder, "concept_ancestor", small=True)
    if found is None:
        raise Unreadable(f"{where}: descendants are asked for, and {folder} has no concept_ancestor.csv or .parquet")
    above = pl.col("ancestor_concept_id").cast(pl.Int64).is_in(ids)
    below: list[int] = (
        found.scanned().filter(above).select(pl.col("descendant_concept_id").cast(pl.Int64)).collect().to_series().to_list()
    )
    return below


def _units(folder: Path, said: Mapping[str, Any]) -> dict[int, str]:
    """Units by their concepts: the map's, the concept table's, or those known here."""
    found = dict(UNITS)
    if (table := file(folder, "concept", small=True)) is not None:
        ucum = (
            table.scanned()
            .filter(pl.col("vocabulary_id") == "UCUM")
            .select(pl.col("concept_id").cast(pl.Int64), "concept_code")
        )
        found |= dict(ucum.collect().iter_rows())
    for concept, unit in (said.get("units") or {}).items():
        if not isinstance(concept, int):
            raise Unreadable(f"units: '{concept}' is no number of a concept")
        found[concept] = str(unit)
    return found


# --- a first map -----------------------------------------------------------------------------------------------------


def drafted_map(study: Study, folder: Path) -> tuple[str, int]:
    """A first map for a study, as text, and how many of its entries are left to fill in."""
    loinc = _loinc(folder)
    lines, gaps = [], 0
    for form, facts in sorted(read(screen(study)).items()):
        if form not in study.scope.forms:
            continue
        if not facts and form not in ("enrolment", "lesions", "judgement"):
            lines.append(f"  {form}: {_entry('death' if form == 'death' else 'procedure_occurrence', form != 'death')}")
            gaps += form != "death"
        for name in sorted(facts):
            fact = study.scope.forms[form].facts.get(name)
            if fact is None or fact.question or form == "judgement":
                lines.append(f"  # {form}.{name}: a person answers this; no table does") if fact is not None else None
                continue
            entry, filled = _drafted(study, form, fact, loinc)
            lines.append(f"  {form}.{name}: {entry}")
            gaps += not filled
    head = (
        f"# Which records of an OMOP database tell the facts that the criteria of {study.protocol.study} read. Drafted: read each\n"
        "# line. An entry without concepts is never recorded, and its criteria stay unknown. `descendants: true` takes what\n"
        "# stands below its concepts. `codes` say which concept means which answer.\n"
    )
    tail = "units: {}     # unit_concept_id: unit, where the concept table does not tell\n"
    tail += "closed: []    # forms, or form.fact of yes or no, of which no record means that it is not so\n"
    return f"{head}study: {study.protocol.study}\nfacts:\n" + "\n".join(lines) + f"\n{tail}", gaps


def _entry(table: str, needs: bool) -> str:
    return f"{{table: {table}, concepts: []}}     # fill in" if needs else f"{{table: {table}}}"


def _drafted(study: Study, form: str, fact: Fact, loinc: Mapping[str, int]) -> tuple[str, bool]:
    """What to write of a fact, and whether nothing is left to fill in."""
    item = study.activities[form].items.get(fact.name) if form in study.activities else None
    term = vocabulary().get(item.use) if item is not None and item.use else None
    codes = {str(system): str(code) for system, code in term.codes.items()} if term is not None else {}
    if fact.name == "age":
        return "{table: person, born: true}", True
    if fact.name == "sex" and set(fact.type.options) >= {"male", "female"}:
        told = ", ".join(f"{concept}: {code}" for concept, code in SEX.items())
        return f"{{table: person, column: gender_concept_id, codes: {{{told}}}}}", True
    match fact.type.kind:
        case Kind.NUMBER:
            code = codes.get("LOINC", "")
            known = loinc.get(code)
            says = f"     # LOINC {code}" if code else ""
            if known is not None:
                return f"{{table: measurement, concepts: [{known}]}}{says}", True
            return f"{{table: measurement, concepts: []}}{says or '     #'}: fill in", False
        case Kind.CHOICE:
            options = ", ".join(fact.type.options)
            return f"{{table: observation, concepts: [], codes: {{}}}}     # fill in; codes: {options}", False
        case Kind.TRUTH | Kind.DATE:
            return _entry("condition_occurrence", True), False
        case _:
            return _entry("observation", True), False


def _loinc(folder: Path) -> dict[str, int]:
    """Standard concepts of LOINC codes, where the folder has a `concept` table."""
    if (table := file(folder, "concept", small=True)) is None:
        return {}
    wanted = pl.col("vocabulary_id") == "LOINC"
    if "standard_concept" in table.sorts:
        wanted = wanted & (pl.col("standard_concept") == "S")
    found = table.scanned().filter(wanted).select("concept_code", pl.col("concept_id").cast(pl.Int64)).collect()
    return dict(found.iter_rows())


def unfilled(source: Source) -> Iterator[str]:
    """What the map names and no concept tells."""
    for form, pieces in source.forms.items():
        for each in pieces:
            if RECORDS[each.table].concept and not each.ids:
                facts = [name for name in each.columns if name not in (PARTICIPANT, "on") and "." not in name]
                yield f"{form}.{facts[0]}" if facts else form
