"""A population screened in Polars: batch after batch of patients, so that memory does not grow with their number."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import reduce
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from ..expression.columns import PARTICIPANT, UNTIL, Tables, prepared
from ..expression.tree import Form
from ..finding import Unreadable
from .cells import BLANKS, NO_DAY, NO_END, Rowed, Units, cells, days, identity, row_days, text, units
from .screen import ELIGIBLE, MOST, NOT_ELIGIBLE, RECORDED, UNDECIDED, Screen, Words, counted, passes, read
from .source import UNCLEAR, Coded, Piece, Source, columns, told_beside
from .texts import nobody, ordered, plain, unnamed

BATCH, ROWS = 200_000, 3_000_000
"""How many patients, and how many rows of theirs, are read at a time: what bounds the memory, whatever their number."""

VERDICTS = pl.Enum([ELIGIBLE, NOT_ELIGIBLE, UNDECIDED])


def screened_in_polars(asked: Screen, source: Source, *, size: int = BATCH) -> Iterator[pl.DataFrame]:
    """The verdicts and masks of all patients, so many at a time.

    Raises:
        Unreadable: If somebody is named twice, or not at all, or has no day up to which facts are known.
    """
    with TemporaryDirectory(prefix="equipoise-") as scratch:
        for tables in batches(asked, ordered(plain(source, Path(scratch)), Path(scratch), most=ROWS), size=size):
            yield masks(asked, tables)


# --- verdicts --------------------------------------------------------------------------------------------------------


def masks(asked: Screen, tables: Tables) -> pl.DataFrame:
    """The verdict and the masks of each patient of some tables.

    Returns:
        `participant`, `verdict`, `failed`, `unknown` and `lacking`: bit k of a mask is the study's criterion k, or the
        screen's datum k, from nought; where there are more data than bits, `lacking_2` has those after the first 64.
    """
    tables = _with_cohort(asked, enrolled(tables))
    frame, ends = prepared(asked.trees, tables)

    def belonging(cohort: str, by_rule: pl.Expr | None) -> pl.Expr:
        recorded = pl.col(RECORDED)
        otherwise = pl.lit(None, pl.Boolean) if by_rule is None else by_rule
        return pl.when(recorded.is_not_null()).then(recorded == cohort).otherwise(otherwise)

    words = Words[pl.Expr](lambda one: ~one, lambda one, other: one | other, belonging)
    passing = [passes(gate, lambda name: ends[name][0], words).alias(f"p {k}") for k, gate in enumerate(asked.gates)]
    pairs = dict.fromkeys(name for each in asked.lacks.values() for _, name in each)
    doubts = [_is_unknown(*ends[name]).alias(f"u {name}") for name in pairs]
    found = frame.lazy().select(PARTICIPANT, *passing, *doubts)
    known = [pl.col(f"p {k}") for k in range(len(asked.gates))]
    lacking = [
        reduce(lambda one, other: one | other, (pl.col(f"u {name}") & known[place].is_null() for place, name in each))
        for each in asked.lacks.values()
    ]
    found = found.select(
        PARTICIPANT,
        _mask([~each for each in known]).alias("failed"),
        _mask([each.is_null() for each in known]).alias("unknown"),
        *(_mask(lacking[k * MOST : (k + 1) * MOST]).alias(_lacking(k)) for k in range(asked.words())),
    )
    undecided = (pl.col("failed") == 0) & (pl.col("unknown") != 0)
    verdict = (
        pl.when(pl.col("failed") != 0).then(pl.lit(NOT_ELIGIBLE, VERDICTS))
        .when(pl.col("unknown") != 0).then(pl.lit(UNDECIDED, VERDICTS)).otherwise(pl.lit(ELIGIBLE, VERDICTS))
    )  # fmt: skip
    nothing = pl.lit(0, pl.UInt64)
    told = [pl.when(undecided).then(pl.col(_lacking(k))).otherwise(nothing).alias(_lacking(k)) for k in range(asked.words())]
    return found.select(PARTICIPANT, verdict.alias("verdict"), "failed", "unknown", *told).collect()


def _lacking(word: int) -> str:
    return "lacking" if word == 0 else f"lacking_{word + 1}"


def _is_unknown(low: pl.Expr, high: pl.Expr) -> pl.Expr:
    return low.is_null() if low is high else low.is_null() | (low != high)


def _mask(flags: list[pl.Expr]) -> pl.Expr:
    """Flags as the bits of one number, an unknown flag as nought: each eight first, because small numbers are quick."""
    eights: list[pl.Expr] = []
    for start in range(0, len(flags), 8):
        bits = [
            pl.when(flag).then(pl.lit(1 << place, pl.UInt8)).otherwise(pl.lit(0, pl.UInt8))
            for place, flag in enumerate(flags[start : start + 8])
        ]
        eights.append(reduce(lambda one, other: one | other, bits).cast(pl.UInt64) * pl.lit(1 << start, pl.UInt64))
    return reduce(lambda one, other: one | other, eights, pl.lit(0, pl.UInt64))


def enrolled(tables: Tables) -> Tables:
    """Tables in which whoever has no enrolment is enrolled on the day up to which facts are known."""
    day = pl.col(tables.until) if isinstance(tables.until, str) else pl.lit(tables.until, pl.Date)
    people, named = tables.participants, {"on_first": day, "on_last": day, "here": pl.lit(True)}
    if "enrolment" in tables.wide:
        lacking = ~pl.col("enrolment.here").fill_null(False)
        filled = [pl.when(lacking).then(value).otherwise(pl.col(f"enrolment.{name}")).alias(f"enrolment.{name}")
                  for name, value in named.items()]  # fmt: skip
        return replace(tables, participants=people.with_columns(filled))
    form = tables.forms.get("enrolment")
    if form is None:
        beside = people.with_columns(value.alias(f"enrolment.{name}") for name, value in named.items())
        return replace(tables, participants=beside, wide=tables.wide | {"enrolment"})
    missing = people.join(form, on=PARTICIPANT, how="anti", maintain_order="left")
    if missing.is_empty():
        return tables
    assumed = missing.select(PARTICIPANT, day.alias("on_first"), day.alias("on_last"))
    return replace(tables, forms={**tables.forms, "enrolment": pl.concat([form, assumed], how="diagonal")})


def _with_cohort(asked: Screen, tables: Tables) -> Tables:
    """Tables in which the cohort that enrolment says stands beside each participant."""
    if not asked.reads_cohort:
        return tables
    people, form = tables.participants, tables.forms.get("enrolment")
    if "enrolment.cohort" in people.columns:
        return replace(tables, participants=people.with_columns(pl.col("enrolment.cohort").alias(RECORDED)))
    if form is None or "cohort" not in form.columns:
        return replace(tables, participants=people.with_columns(pl.lit(None, pl.String).alias(RECORDED)))
    said = form.drop_nulls("cohort").group_by(PARTICIPANT, maintain_order=True).agg(pl.col("cohort").first().alias(RECORDED))
    return replace(tables, participants=people.join(said, on=PARTICIPANT, how="left", maintain_order="left"))


# --- files -----------------------------------------------------------------------------------------------------------


def batches(asked: Screen, source: Source, *, size: int = BATCH) -> Iterator[Tables]:
    """What the criteria read of a population, so many patients at a time."""
    wanted = {form: facts for form, facts in read(asked).items() if form in asked.study.scope.forms}
    forms = asked.study.scope.forms
    wide, counting = told_beside(asked, source, wanted), counted(asked)
    long = {
        name: [Opened(source, each, Rowed(forms[name], columns(source, each))) for each in source.forms[name]]
        for name in wanted if name in source.forms
    }  # fmt: skip
    opened_of = {name: wanted[name] | (frozenset(forms[name].facts) if name in counting else frozenset()) for name in wide}
    opened = list(dict.fromkeys([PARTICIPANT, *([UNTIL] if source.has_own_days else []), *source.born,
                                 *(name for form in wide.values() for name in form.columns(opened_of[form.form.name]))]))  # fmt: skip
    people = piece(source, source.people).select(opened)
    closed: dict[str, bool | str] = {name: True for name in source.closed}
    last, checked = None, False
    for part in people.collect_batches(chunk_size=_fitting(size, people, long.values()), maintain_order=True):
        part = part.with_columns(_called(part))
        ids = part[PARTICIPANT]
        if nobody(ids):
            raise unnamed()
        in_order = bool((ids.head(part.height - 1) < ids.tail(part.height - 1)).all()) and (last is None or last < ids[0])
        if not in_order and not checked:
            checked = True
            if people.select(PARTICIPANT).filter(pl.col(PARTICIPANT).is_duplicated()).head(1).collect().height:
                raise Unreadable("the table of participants names somebody twice")
        last = ids[-1]
        told = _until(part, source)
        day: date | str = UNTIL if source.has_own_days else source.until  # type: ignore[assignment]
        until = pl.col(UNTIL) if isinstance(day, str) else pl.lit(day, pl.Date)
        made = {PARTICIPANT: pl.col(PARTICIPANT)} | ({UNTIL: pl.col(UNTIL)} if source.has_own_days else {})
        for name, rows in wide.items():
            made |= _beside(
                rows,
                opened_of[name],
                until,
                told,
                unclear=name in counting or any(each.startswith(f"{name}.") for each in source.closed),
            )
        if source.aged:
            made |= _ages(source, until, made)
        frame = told.lazy().select(value.alias(name) for name, value in made.items()).collect()
        beside, found = set(wide) | ({source.aged.partition(".")[0]} if source.aged else set()), {}
        for name, rows_of in long.items():
            taken = _rows(rows_of, forms[name], wanted[name], frame, day)
            if name in beside:
                own = {each: each.removeprefix(f"{name}.") for each in frame.columns if each.startswith(f"{name}.")}
                first = frame.filter(pl.col(f"{name}.here")).select(PARTICIPANT, *own).rename(own).drop("here")
                taken, frame = pl.concat([first, taken], how="diagonal"), frame.drop(*own)
                beside.discard(name)
            found[name] = _in_order(taken)
        tables = Tables(frame, found, day, closed, frozenset(beside))
        yield tables.widened() if found else tables


def _called(part: pl.DataFrame) -> pl.Series:
    """What the participants are called: texts or whole numbers."""
    ids = part[PARTICIPANT]
    if not ids.dtype.is_numeric():
        return ids.cast(pl.String)
    if ids.dtype.is_integer():
        return ids
    return part.select(identity(pl.col(PARTICIPANT), ids.dtype, pl.Int64()))[PARTICIPANT]


def _fitting(size: int, people: pl.LazyFrame, long: Iterable[list["Opened"]]) -> int:
    """So many patients that their rows are not too many, where a table tells at once how many rows it has."""
    plain = [each for pieces in long for each in pieces if not each.is_text and not each.piece.concept]
    if not plain:
        return size
    rows = sum(each.frame.select(pl.len()).collect().item() for each in plain)
    all_people = people.select(pl.len()).collect().item()
    return max(1, min(size, int(ROWS * all_people / max(rows, 1)))) if rows > ROWS else size


class Opened:
    """A piece of a table as it is read for a form."""

    def __init__(self, source: Source, taken: Piece, rows: Rowed) -> None:
        self.rows, self.frame, self.piece = rows, piece(source, taken), taken
        self.is_text = source.files[taken.table].is_text
        self.called = self.frame.collect_schema()[PARTICIPANT]


def piece(source: Source, taken: Piece) -> pl.LazyFrame:
    """The rows and columns of a piece."""
    frame = source.files[taken.table].scanned()
    if taken.concept:
        frame = frame.filter(pl.col(taken.concept).cast(pl.Int64, strict=False).is_in(list(taken.ids)))
    made = []
    for name, column in taken.columns.items():
        match column:
            case bool():
                made.append(pl.lit(column).alias(name))
            case Coded(column=of, codes=codes):
                told = pl.col(of).cast(pl.Int64, strict=False).fill_null(0)
                known = {0: None, **codes}
                made.append(
                    told.replace_strict(list(known), list(known.values()), default=UNCLEAR, return_dtype=pl.String).alias(name)
                )
            case _:
                made.append(pl.col(column).alias(name))
    if taken.unless is not None:
        of, plain = taken.unless
        said = pl.col(of).cast(pl.Int64, strict=False)
        odd = said.is_not_null() & ~said.is_in(list(plain))
        facts = [name for name in taken.columns if name not in (PARTICIPANT, "on") and "." not in name]
        made += [odd.alias(f"{name}.unclear") for name in facts]
    return frame.select(made)


def _until(part: pl.DataFrame, source: Source) -> pl.DataFrame:
    """Participants, each with the day up to which facts are known, where it is their own."""
    if not source.has_own_days:
        return part
    first, last = days(pl.col(UNTIL), columns(source, source.people)[UNTIL])
    told = part.select(first.alias("first"), last.alias("last"), text(pl.col(UNTIL)).alias("said"))
    if (
        odd := told.filter(pl.col("said").is_not_null() & (pl.col("first") == pl.col("last")).not_().fill_null(True))["said"]
        .head(1)
        .to_list()
    ):
        raise Unreadable(NO_DAY.format(odd[0]))
    ends = told["first"] if source.until is None else told["first"].fill_null(source.until)
    if ends.null_count():
        raise Unreadable(NO_END)
    return part.with_columns(ends.alias(UNTIL))


def _written(rows: Rowed, frame: pl.DataFrame, wanted: Iterable[str]) -> dict[str, Units]:
    """How to bring each fact's numbers to its unit, for the units that are written in a table."""
    found = {}
    for fact in rows.facts(wanted):
        if "unit" in rows.beside(fact):
            column = frame[f"{rows.stands}{fact.name}.unit"].cast(pl.String).str.strip_chars(BLANKS)
            found[fact.name] = units(fact, column.drop_nulls().unique().to_list())
    return found


def _beside(rows: Rowed, wanted: frozenset[str], until: pl.Expr, frame: pl.DataFrame, *, unclear: bool) -> dict[str, pl.Expr]:
    """The one row of a form that stands beside its participant, left aside where it is dated later than is known.

    `unclear` asks whether answers are unclear: it matters where rows that answer are counted, and where no record means no.
    """
    name, written = rows.form.name, _written(rows, frame, wanted)
    first, last = row_days(rows, until)
    opened = rows.columns(wanted)
    said = [text(pl.col(column)) if rows.sorts[column] == "text" else pl.col(column) for column in opened]
    there = pl.any_horizontal(each.is_not_null() for each in said) if opened else pl.lit(False)
    kept = first <= until
    if rows.has("on"):
        there = there & kept
    made = {f"{name}.here": there, f"{name}.on_first": pl.when(there).then(first), f"{name}.on_last": pl.when(there).then(last)}
    for cell in cells(rows, wanted, lambda fact: written.get(fact, {}), unclear=unclear):
        made[cell.meta.output_name()] = pl.when(kept).then(cell) if rows.has("on") else cell
    return made


def _ages(source: Source, until: pl.Expr, beside: Mapping[str, pl.Expr]) -> dict[str, pl.Expr]:
    """The age in whole years on the day up to which facts are known, the least and the most that it may be."""
    form = source.aged.partition(".")[0]
    year, month, day = (pl.col(each).cast(pl.Int32, strict=False) for each in source.born)

    def dated(month: pl.Expr, day: pl.Expr) -> pl.Expr:
        parts = (year.cast(pl.String).str.zfill(4), *(each.cast(pl.String).str.zfill(2) for each in (month, day)))
        return pl.concat_str(*parts, separator="-").str.to_date("%Y-%m-%d", strict=False)

    early = dated(month.fill_null(1), pl.when(month.is_null()).then(1).otherwise(day.fill_null(1)))
    ending = dated(month.fill_null(12), pl.lit(1)).dt.month_end()
    late = pl.when(month.is_null() | day.is_null()).then(ending).otherwise(early)

    def years(born: pl.Expr) -> pl.Expr:
        months = (until.dt.year() - born.dt.year()) * 12 + until.dt.month() - born.dt.month()
        return ((months - (until.dt.day() < born.dt.day()).cast(pl.Int32)) // 12).cast(pl.Float64)

    here = beside.get(f"{form}.here", pl.lit(False)) | year.is_not_null()
    return {
        source.aged: years(late), f"{source.aged}.most": years(early), f"{form}.here": here,
        f"{form}.on_first": pl.when(here).then(until), f"{form}.on_last": pl.when(here).then(until),
    }  # fmt: skip


def _rows(taken: Iterable[Opened], form: Form, wanted: frozenset[str], people: pl.DataFrame, until: date | str) -> pl.DataFrame:
    """A form's rows of some participants, each fact in its kind and unit."""
    ids, found = people[PARTICIPANT], []
    for each in taken:
        who = identity(pl.col(PARTICIPANT), each.called, ids.dtype)
        near = who.is_between(pl.lit(ids.min()), pl.lit(ids.max()))
        frame = each.frame.filter(near).select(PARTICIPANT, *each.rows.columns(wanted)).with_columns(who).collect()
        if isinstance(until, str):
            frame = frame.join(people.select(PARTICIPANT, until), on=PARTICIPANT, how="inner", maintain_order="left")
        day = pl.col(until) if isinstance(until, str) else pl.lit(until, pl.Date)
        written = _written(each.rows, frame, wanted)
        first, last = row_days(each.rows, day)
        made = cells(each.rows, wanted, lambda fact, written=written: written.get(fact, {}))  # type: ignore[misc]
        told = frame.lazy().with_columns(first.alias("on_first"), last.alias("on_last")).filter(pl.col("on_first") <= day)
        found.append(told.select(PARTICIPANT, "on_first", "on_last", *made).collect())
    return found[0] if len(found) == 1 else pl.concat(found, how="diagonal_relaxed")


def _in_order(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows in order of time, those of one day as they stood."""
    if frame.height < 2:
        return frame
    who, first, last = (frame[each] for each in (PARTICIPANT, "on_first", "on_last"))
    n = frame.height - 1
    later = (first.head(n) < first.tail(n)) | ((first.head(n) == first.tail(n)) & (last.head(n) <= last.tail(n)))
    if bool((later | (who.head(n) != who.tail(n))).all()) and who.is_sorted():
        return frame
    return frame.sort(PARTICIPANT, "on_first", "on_last", maintain_order=True)
