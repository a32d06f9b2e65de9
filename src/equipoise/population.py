"""Who of many could join: each criterion of a study over tables of patients, in columns, batch by batch.

A patient is eligible when every criterion is met, not eligible when one bars them, and otherwise undecided. What is not
recorded is unknown, unless the study or the caller says that a form is closed: then what is not there did not happen.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import reduce
from pathlib import Path
from typing import Any

import polars as pl

from .expression.columns import PARTICIPANT, UNTIL, Tables, columns
from .expression.tree import Aggregate, Fact, Form, Kind, Pick, Quantified, Rows, Tree, branches
from .finding import Unreadable
from .protocol import Criterion, Statement
from .quantity import NotConvertible, conversion
from .study import Study, judgement, rule

ELIGIBLE, NOT_ELIGIBLE, UNDECIDED = "eligible", "not eligible", "cannot tell yet"
BATCH = 200_000
"""How many patients are read at a time: what bounds the memory, whatever their number."""
MOST = 64
"""How many criteria fit the bits of a mask."""
_LONG_AGO = date(1900, 1, 1)
_YES, _NO = ("true", "yes", "y", "1"), ("false", "no", "n", "0")


@dataclass(frozen=True, slots=True)
class Loss:
    """How many patients one criterion bars, of how many it is unknown, and whom nothing else bars or leaves open."""

    criterion: str
    fails: int
    unknowns: int
    sole: int


@dataclass(frozen=True, slots=True)
class Lack:
    """A datum that undecided patients lack, and of how many it is the only one."""

    datum: str
    patients: int
    alone: int


@dataclass(frozen=True, slots=True)
class Population:
    """What a study's criteria leave of a population."""

    size: int
    eligible: int
    not_eligible: int
    undecided: int
    losses: tuple[Loss, ...]
    lacks: tuple[Lack, ...]


# --- verdicts --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Screen:
    """A study's criteria as expressions, each once, and which data they read."""

    study: Study
    trees: Mapping[str, Tree]
    data: Mapping[str, Mapping[str, Pick | Aggregate | Quantified]]


def _screen(study: Study) -> _Screen:
    criteria = study.protocol.eligibility
    if len(criteria) > MOST:
        raise Unreadable(f"a mask holds {MOST} criteria, and this study has {len(criteria)}")
    trees = {f"c {each.id}": rule(each, study) for each in criteria}
    for each in criteria:
        trees |= {f"g {name}": study.protocol.groups[name].member.settled for name in each.groups}
        for name in each.cohorts:
            member = study.protocol.cohorts[name].member
            if member is not None:
                trees[f"m {name}"] = member.settled if isinstance(member, Statement) else judgement(name, study)
    data: dict[str, dict[str, Pick | Aggregate | Quantified]] = {}
    names: dict[Tree, str] = {}
    for each in criteria:
        asked = (f"c {each.id}", *(f"g {name}" for name in each.groups), *(f"m {name}" for name in each.cohorts))
        leaves = (leaf for name in asked if name in trees for leaf in _leaves(trees[name]))
        data[each.id] = {names.setdefault(leaf, f"d {len(names)}"): leaf for leaf in leaves}
    return _Screen(study, trees, data)


def _leaves(tree: Tree | Rows) -> Iterator[Pick | Aggregate | Quantified]:
    """What a tree asks of rows, outermost."""
    if isinstance(tree, Pick | Aggregate | Quantified):
        yield tree
        return
    for branch in branches(tree):
        yield from _leaves(branch)


def _datum(leaf: Pick | Aggregate | Quantified) -> str:
    match leaf:
        case Pick(rows=rows, of=of):
            return f"{rows.form}.{of.name}"
        case Aggregate(rows=rows) | Quantified(rows=rows):
            return rows.form


def screened(study: Study, tables: Tables) -> pl.DataFrame:
    """The verdict and the masks of each patient of a batch.

    Args:
        study: Whose criteria.
        tables: What is known; who has no enrolment is taken to be enrolled on the day up to which facts are known.

    Returns:
        `participant`, `verdict`, `failed` and `unknown`: bit k of a mask is the study's criterion k, from nought.

    Raises:
        Unreadable: If the study has more criteria than a mask has bits.
    """
    return _verdicts(_screen(study), _enrolled(tables))[0]


def _verdicts(screen: _Screen, tables: Tables) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The verdicts, and the columns from which they were reached."""
    asked = dict(screen.trees)
    for data in screen.data.values():
        asked.update(data)
    found = columns(asked, tables)
    enrolment = tables.forms["enrolment"]
    if "cohort" in enrolment.columns and any(each.cohorts for each in screen.study.protocol.eligibility):
        said = enrolment.drop_nulls("cohort").group_by(PARTICIPANT, maintain_order=True).agg(pl.col("cohort").first())
        found = found.join(said.rename({"cohort": "recorded"}), on=PARTICIPANT, how="left", maintain_order="left")
    else:
        found = found.with_columns(pl.lit(None, pl.String).alias("recorded"))
    passes = [_passes(each, screen).alias(f"p {each.id}") for each in screen.study.protocol.eligibility]
    found = found.with_columns(passes)
    names = [f"p {each.id}" for each in screen.study.protocol.eligibility]
    failed = _mask([(~pl.col(name)).fill_null(False) for name in names])
    unknown = _mask([pl.col(name).is_null() for name in names])
    found = found.with_columns(failed.alias("failed"), unknown.alias("unknown"))
    verdict = (
        pl.when(pl.col("failed") != 0).then(pl.lit(NOT_ELIGIBLE))
        .when(pl.col("unknown") != 0).then(pl.lit(UNDECIDED)).otherwise(pl.lit(ELIGIBLE))
    )  # fmt: skip
    found = found.with_columns(verdict.alias("verdict"))
    return found.select(PARTICIPANT, "verdict", "failed", "unknown"), found


def _passes(criterion: Criterion, screen: _Screen) -> pl.Expr:
    """Whether a criterion does not stand in the way, as `screening` has it."""
    met = pl.col(f"c {criterion.id}")
    satisfied = met if criterion.include is not None else ~met
    if not criterion.cohorts and not criterion.groups:
        return satisfied
    belongs = [pl.col(f"g {name}") for name in criterion.groups]
    for name in criterion.cohorts:
        by_rule = pl.col(f"m {name}") if f"m {name}" in screen.trees else pl.lit(None, pl.Boolean)
        recorded = pl.col("recorded")
        belongs.append(pl.when(recorded.is_not_null()).then(recorded == name).otherwise(by_rule))
    return ~reduce(lambda left, right: left | right, belongs) | satisfied


def _mask(flags: list[pl.Expr]) -> pl.Expr:
    bits = [flag.cast(pl.UInt64) * pl.lit(1 << place, pl.UInt64) for place, flag in enumerate(flags)]
    return reduce(lambda left, right: left | right, bits, pl.lit(0, pl.UInt64))


def _enrolled(tables: Tables) -> Tables:
    """Tables in which whoever has no enrolment is enrolled on the day up to which facts are known."""
    form = tables.forms.get("enrolment")
    people = tables.participants
    lacking = people if form is None else people.join(form, on=PARTICIPANT, how="anti", maintain_order="left")
    if form is not None and lacking.is_empty():
        return tables
    day = pl.col(tables.until) if isinstance(tables.until, str) else pl.lit(tables.until, pl.Date)
    assumed = lacking.select(PARTICIPANT, day.alias("on_first"), day.alias("on_last"))
    both = assumed if form is None else pl.concat([form, assumed], how="diagonal")
    return replace(tables, forms={**tables.forms, "enrolment": both})


# --- counts ----------------------------------------------------------------------------------------------------------


def population(study: Study, batches: Iterable[Tables], *, kept: Path | None = None) -> Population:
    """Screen all patients, batch by batch.

    Args:
        study: Whose criteria.
        batches: What is known of the patients, each patient in one batch.
        kept: A folder for the verdicts and masks, a Parquet file a batch; nothing is kept if left out.

    Raises:
        Unreadable: If the study has more criteria than a mask has bits.
    """
    screen = _screen(study)
    criteria = [each.id for each in study.protocol.eligibility]
    verdicts: Counter[str] = Counter()
    fails, unknowns, sole, lacks, alone = Counter[str](), Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    for number, tables in enumerate(batches):
        found, read = _verdicts(screen, _enrolled(tables))
        if kept is not None:
            found.write_parquet(kept / f"verdicts-{number:05}.parquet")
        for verdict, count in found["verdict"].value_counts().iter_rows():
            verdicts[verdict] += count
        counted = read.select(
            *((~pl.col(f"p {name}")).sum().alias(f"f {name}") for name in criteria),
            *(pl.col(f"p {name}").null_count().alias(f"u {name}") for name in criteria),
            *(
                ((pl.col("failed") == (1 << k)) & (pl.col("unknown") == 0)).sum().alias(f"s {name}")
                for k, name in enumerate(criteria)
            ),
        )
        for counter, sign in ((fails, "f"), (unknowns, "u"), (sole, "s")):
            for name in criteria:
                counter[name] += int(counted[f"{sign} {name}"][0] or 0)
        _count_lacks(screen, read.filter(pl.col("verdict") == UNDECIDED), lacks, alone)
    losses = tuple(Loss(name, fails[name], unknowns[name], sole[name]) for name in criteria)
    ranked = sorted(lacks, key=lambda datum: (-lacks[datum], datum))
    return Population(
        size=verdicts.total(), eligible=verdicts[ELIGIBLE], not_eligible=verdicts[NOT_ELIGIBLE],
        undecided=verdicts[UNDECIDED], losses=losses,
        lacks=tuple(Lack(datum, lacks[datum], alone[datum]) for datum in ranked if lacks[datum]),
    )  # fmt: skip


def _count_lacks(screen: _Screen, read: pl.DataFrame, lacks: Counter[str], alone: Counter[str]) -> None:
    """Count which data undecided patients lack in the criteria that are unknown of them."""
    lacking: dict[str, list[pl.Expr]] = {}
    for criterion, data in screen.data.items():
        for name, leaf in data.items():
            if name in read.columns:
                unknown = pl.col(name).is_null()
            else:
                unknown = pl.col(f"{name}.low").is_null() | (pl.col(f"{name}.low") != pl.col(f"{name}.high"))
            lacking.setdefault(_datum(leaf), []).append(unknown & pl.col(f"p {criterion}").is_null())
    if not lacking or read.is_empty():
        return
    flags = read.select(pl.any_horizontal(each).alias(datum) for datum, each in lacking.items())
    counts = flags.sum().row(0, named=True)
    only = flags.filter(pl.sum_horizontal(pl.all().cast(pl.UInt32)) == 1)
    for datum, count in counts.items():
        lacks[datum] += int(count or 0)
        alone[datum] += int(only[datum].sum() or 0) if only.height else 0


def suppressed(count: int, below: int) -> str:
    """A count as it may be told: `<5` in place of 1 to 4."""
    return f"<{below}" if 0 < count < below else f"{count:,}"


def told_together(counts: tuple[int, ...], below: int) -> tuple[str, ...]:
    """Counts whose sum is told: where just one is small, the next is withheld too, or the small one could be had from it."""
    small = [count for count in counts if 0 < count < below]
    others = [count for count in counts if count >= max(below, 1)]
    if len(small) != 1 or not others:
        return tuple(suppressed(count, below) for count in counts)
    hidden = counts.index(min(others))
    return tuple("withheld" if place == hidden else suppressed(count, below) for place, count in enumerate(counts))


# --- files -----------------------------------------------------------------------------------------------------------


def batches(
    study: Study, folder: Path, *, until: date | None = None, closed: Iterable[str] = (), size: int = BATCH
) -> Iterator[Tables]:
    """A folder of tables, so many patients at a time.

    `participants.csv` or `.parquet` has a row a patient: `participant`, perhaps `until` (the patient's index date), and
    columns such as `labs.alt` and `labs.on` for what is told once. `labs.csv` or `.parquet` has a row each time:
    `participant`, `on` and a column a fact. Beside a fact may stand `alt.unit`, `alt.uln` and `alt.lln`.

    Args:
        study: Whose forms the tables fill.
        folder: Where they lie.
        until: The day up to which all is known, where the patients have no `until` of their own.
        closed: Forms of which a row that is not there did not happen, besides those that the study calls closed.
        size: How many patients at a time. A long table is read quickest if patients stand in it in order.

    Raises:
        Unreadable: If a table or its columns are not there, or say what the study does not know.
    """
    people = _scanned(folder, PARTICIPANT + "s")
    if people is None:
        raise Unreadable(f"{folder} has no participants.csv or participants.parquet")
    names = people.collect_schema().names()
    if PARTICIPANT not in names:
        raise Unreadable("the table of participants has no column 'participant'")
    if UNTIL not in names and until is None:
        raise Unreadable("the day up to which the facts are known is not said: a column 'until', or --on")
    forms = study.scope.forms
    unknown = [name for name in closed if name not in forms]
    if unknown:
        raise Unreadable(f"'{unknown[0]}' is no form of this study, so it cannot be closed")
    for name in names:
        form, _, fact = name.partition(".")
        if fact and (form not in forms or fact.split(".")[0] not in {"on", *forms[form].facts}):
            raise Unreadable(f"column '{name}' of the participants is no fact of this study")
    long = {name: table for name in forms if (table := _scanned(folder, name)) is not None}
    shut: dict[str, bool | str] = {name: True for name, form in forms.items() if form.closed or name in closed}
    start = 0
    while True:
        part = people.slice(start, size).collect()
        if part.is_empty():
            return
        if part[PARTICIPANT].n_unique() != part.height or part[PARTICIPANT].null_count():
            raise Unreadable("the table of participants names somebody twice, or nobody")
        yield _tables(part, long, forms, until, shut)
        start += size


def _scanned(folder: Path, name: str) -> pl.LazyFrame | None:
    if (file := folder / f"{name}.parquet").is_file():
        return pl.scan_parquet(file)
    if (file := folder / f"{name}.csv").is_file():
        return pl.scan_csv(file, infer_schema=False)
    return None


def _tables(
    part: pl.DataFrame, long: Mapping[str, pl.LazyFrame], forms: Mapping[str, Form], until: date | None,
    closed: Mapping[str, bool | str],
) -> Tables:  # fmt: skip
    if UNTIL in part.columns:
        days = part[UNTIL].cast(pl.Date, strict=False)
        part = part.with_columns((days if until is None else days.fill_null(until)).alias(UNTIL))
        if part[UNTIL].null_count():
            raise Unreadable("a participant has no day up to which facts are known: fill 'until', or give --on")
    else:
        part = part.with_columns(pl.lit(until, pl.Date).alias(UNTIL))
    people, found = part.select(PARTICIPANT, UNTIL), {}
    for name, form in forms.items():
        frames = []
        wide = [each for each in part.columns if each.startswith(f"{name}.")]
        if wide:
            told = part.select(PARTICIPANT, UNTIL, *(pl.col(each).alias(each.partition(".")[2]) for each in wide))
            there = pl.any_horizontal(pl.col(each.partition(".")[2]).is_not_null() for each in wide)
            frames.append(told.filter(there))
        if name in long:
            if missing := {PARTICIPANT, "on"} - set(long[name].collect_schema().names()):
                raise Unreadable(f"the table {name} has no column '{min(missing)}'")
            who = pl.col(PARTICIPANT).cast(part.schema[PARTICIPANT])
            near = who.is_between(pl.lit(part[PARTICIPANT].min()), pl.lit(part[PARTICIPANT].max()))
            rows = long[name].filter(near).with_columns(who)
            frames.append(rows.collect().join(people, on=PARTICIPANT, how="inner", maintain_order="left"))
        if frames:
            taken = [_form(frame, form) for frame in frames]
            both = taken[0] if len(taken) == 1 else pl.concat(taken, how="diagonal")
            ordered = (
                both
                if not form.repeats and len(taken) == 1
                else both.sort(PARTICIPANT, "on_first", "on_last", maintain_order=True)
            )
            found[name] = ordered
    return Tables(people, found, UNTIL, closed)


def _form(frame: pl.DataFrame, form: Form) -> pl.DataFrame:
    """A form's rows with each fact in its kind and unit; what cannot be read is unclear, and never an answer."""
    on = pl.col("on") if "on" in frame.columns else pl.lit(None, pl.Date)
    first, last = _days(on, frame.schema.get("on", pl.Date))
    made: list[pl.Expr] = [
        pl.col(PARTICIPANT), first.fill_null(_LONG_AGO).alias("on_first"), last.fill_null(pl.col(UNTIL)).alias("on_last")
    ]  # fmt: skip
    for fact in form.facts.values():
        if fact.name in frame.columns:
            made += _fact(fact, frame)
    return frame.filter(first.is_null() | (first <= pl.col(UNTIL))).select(made)


def _days(day: pl.Expr, kind: Any) -> tuple[pl.Expr, pl.Expr]:
    """The first and last day that a date may be: `2024`, `2024-03` and `2024-03-05` are all dates."""
    if kind != pl.String:
        return day.cast(pl.Date), day.cast(pl.Date)
    size = day.str.len_chars()
    whole = pl.when(size == 4).then(day + "-01-01").when(size == 7).then(day + "-01").otherwise(day)
    first = whole.str.to_date("%Y-%m-%d", strict=False)
    last = pl.when(size == 4).then(first.dt.offset_by("1y").dt.offset_by("-1d"))
    return first, last.when(size == 7).then(first.dt.month_end()).otherwise(first)


def _fact(fact: Fact, frame: pl.DataFrame) -> list[pl.Expr]:
    cell, kind = pl.col(fact.name), frame.schema[fact.name]
    made: list[pl.Expr] = []
    match fact.type.kind:
        case Kind.NUMBER:
            value, unit = cell.cast(pl.Float64, strict=False), f"{fact.name}.unit"
            ends = [end for end in ("uln", "lln") if f"{fact.name}.{end}" in frame.columns]
            limits = {end: pl.col(f"{fact.name}.{end}").cast(pl.Float64, strict=False) for end in ends}
            if unit in frame.columns:
                value, limits = (
                    _brought(value, fact, frame[unit]),
                    {k: _brought(v, fact, frame[unit]) for k, v in limits.items()},
                )
            value = pl.when(value.is_finite()).then(value)
            made += [limit.alias(f"{fact.name}.{end}") for end, limit in limits.items()]
        case Kind.TRUTH:
            text = cell.cast(pl.String).str.to_lowercase()
            value = cell if kind == pl.Boolean else pl.when(text.is_in(_YES)).then(True).when(text.is_in(_NO)).then(False)
        case Kind.DATE:
            value, last = _days(cell, kind)
            made.append(last.alias(f"{fact.name}.last"))
        case Kind.CHOICE:
            text = cell.cast(pl.String)
            value = pl.when(text.is_in(list(fact.type.options))).then(text)
        case _:
            value = cell
    return [value.alias(fact.name), (cell.is_not_null() & value.is_null()).alias(f"{fact.name}.unclear"), *made]


def _brought(value: pl.Expr, fact: Fact, units: pl.Series) -> pl.Expr:
    """A number brought to its fact's unit by the unit of its own row; null where that cannot be."""
    own = pl.col(units.name)
    found: pl.Expr = pl.when(own.is_null() | (own == fact.type.unit)).then(value)
    for unit in units.drop_nulls().unique().to_list():
        if unit == fact.type.unit:
            continue
        try:
            factor, shift = conversion(unit, fact.type.unit, fact.molar_mass)
        except (NotConvertible, Unreadable):
            continue
        found = pl.when(own == unit).then(value * factor + shift).otherwise(found)
    return found
