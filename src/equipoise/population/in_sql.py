"""A population screened where its tables lie: in DuckDB, or through Ibis on Spark. One query gives every mask.

The tables are read by views, as `cells` has it, and asked by `expression.sql`; the masks come back batch by batch.
"""

import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import polars as pl

from ..expression.columns import PARTICIPANT, UNTIL
from ..expression.dialect import DUCKDB, SPARK, Dialect
from ..expression.sql import Stored, prepared
from ..expression.tree import Form, Kind
from ..finding import Unreadable
from .cells import NO_DAY, NO_END, Reading, Rowed, Sort, Units, units
from .screen import ELIGIBLE, MOST, NOT_ELIGIBLE, RECORDED, UNDECIDED, Screen, Words, counted, passes, read
from .source import UNCLEAR, Coded, Piece, Source, columns, told_beside
from .texts import in_duckdb, nobody, plain, unnamed

MEMORY = "600MB"
"""What DuckDB may use before it writes to the disk."""


@dataclass(frozen=True)
class Base:
    """A database with the tables of a source: what it is asked in, a table by its name, a number for each row's place, and
    the queries by which its tables are read, each calculated once however often it is asked.
    """

    words: Dialect
    table: Callable[[str], str]
    place: str
    answered: Callable[[str], list[tuple[Any, ...]]]
    views: dict[str, str] = field(default_factory=dict)

    def view(self, name: str, query: str) -> None:
        self.views[name] = query

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The answers of a query, before which the views stand that it asks, and no others: each takes time to plan."""
        asked, waiting = set[str](), [query]
        while waiting:
            text = waiting.pop()
            found = {name for name in self.views if name not in asked and re.search(rf"\b{re.escape(name)}\b", text)}
            asked |= found
            waiting += [self.views[name] for name in found]
        made = ", ".join(f"{self.words.name(name)} AS ({view})" for name, view in self.views.items() if name in asked)
        return self.answered(f"WITH {made} {query}" if made else query)


# --- what is asked ----------------------------------------------------------------------------------------------------


def masks_query(asked: Screen, stored: Stored, views: Mapping[str, str]) -> str:
    """One query for the masks of all patients; a mask is a whole number of 64 bits, the highest its sign."""
    name = stored.dialect.name
    selected, ends = prepared(asked.trees, stored, known=views)

    def belonging(cohort: str, by_rule: str | None) -> str:
        recorded = name(RECORDED)
        is_this = f"{recorded} = {stored.dialect.literal(cohort)}"
        return f"CASE WHEN {recorded} IS NOT NULL THEN {is_this} ELSE {by_rule or 'CAST(NULL AS BOOLEAN)'} END"

    words = Words[str](lambda one: f"(NOT {one})", lambda one, other: f"({one} OR {other})", belonging)
    found = [PARTICIPANT]
    found += [f"{passes(gate, lambda each: ends[each][0], words)} AS {name(f'p {k}')}" for k, gate in enumerate(asked.gates)]
    for leaf in dict.fromkeys(each for pairs in asked.lacks.values() for _, each in pairs):
        low, high = ends[leaf]
        doubt = f"{low} IS NULL" if low == high else f"({low} IS NULL OR {low} <> {high})"
        found.append(f"{doubt} AS {name(f'u {leaf}')}")
    known = [name(f"p {k}") for k in range(len(asked.gates))]
    failed, unknown = (_mask([form.format(each) for each in known]) for form in ("NOT {}", "{} IS NULL"))
    lacking = [
        "(" + " OR ".join(f"({name(f'u {leaf}')} AND {known[place]} IS NULL)" for place, leaf in pairs) + ")"
        for pairs in asked.lacks.values()
    ]
    told = [f"{_mask(lacking[k * MOST : (k + 1) * MOST])} AS lacking{k}" for k in range(asked.words())]
    made = ", ".join([PARTICIPANT, f"{failed} AS failed", f"{unknown} AS unknown", *told])
    return f"{selected.before} SELECT {made} FROM (SELECT {', '.join(found)} FROM {selected.after}) AS m"


def _mask(flags: list[str]) -> str:
    """Flags as the bits of one number, an unknown flag as nought; so many at a time as a small number holds."""
    made = []
    for start in range(0, min(len(flags), 62), 31):
        bits = [
            f"CASE WHEN {flag} THEN CAST({1 << place} AS INTEGER) ELSE CAST(0 AS INTEGER) END"
            for place, flag in enumerate(flags[start : min(start + 31, 62)])
        ]
        made.append(f"CAST({' | '.join(bits)} AS BIGINT) * {1 << start}")
    for place, flag in enumerate(flags[62:], start=62):
        bit = 1 << place if place < MOST - 1 else -(1 << place)
        made.append(f"CASE WHEN {flag} THEN CAST({bit} AS BIGINT) ELSE CAST(0 AS BIGINT) END")
    return f"({' | '.join(f'({each})' for each in made)})" if made else "CAST(0 AS BIGINT)"


def told(asked: Screen, frame: pl.DataFrame) -> pl.DataFrame:
    """Masks as a database gives them, with the verdict that follows."""

    def mask(column: str) -> pl.Expr:
        return pl.col(column).cast(pl.Int64).reinterpret(signed=False)

    failed, unknown = mask("failed"), mask("unknown")
    undecided = (failed == 0) & (unknown != 0)
    kinds = pl.Enum([ELIGIBLE, NOT_ELIGIBLE, UNDECIDED])
    verdict = pl.when(failed != 0).then(pl.lit(NOT_ELIGIBLE, kinds)).when(unknown != 0).then(pl.lit(UNDECIDED, kinds))
    lacking = [
        pl.when(undecided)
        .then(mask(f"lacking{k}"))
        .otherwise(pl.lit(0, pl.UInt64))
        .alias("lacking" if k == 0 else f"lacking_{k + 1}")
        for k in range(asked.words())
    ]
    return frame.select(
        PARTICIPANT, verdict.otherwise(pl.lit(ELIGIBLE, kinds)).alias("verdict"), failed.alias("failed"),
        unknown.alias("unknown"), *lacking,
    )  # fmt: skip


# --- how the tables are read -----------------------------------------------------------------------------------------


def stored(asked: Screen, source: Source, base: Base) -> Stored:
    """Make the views that the query asks, and say what they hold."""
    forms, words, reading = asked.study.scope.forms, base.words, Reading(base.words)
    name = words.name
    wanted = {form: facts for form, facts in read(asked).items() if form in forms}
    until = name(UNTIL) if source.has_own_days else f"DATE '{source.until}'"
    whole = counted(asked)
    sorts = columns(source, source.people)

    def identity(of: str, held: Sort) -> str:
        return reading.identity(of, held, by_text=sorts[PARTICIPANT] == "text")

    # the participants, and what is told once
    opened = _piece(source, source.people, base, placed=False)
    made = {PARTICIPANT: identity(name(PARTICIPANT), sorts[PARTICIPANT])}
    if source.has_own_days:
        day, last = reading.days(name(UNTIL), sorts[UNTIL])
        said = f"CAST({name(UNTIL)} AS {words.text})"
        odd = f"SELECT {said} FROM {opened} AS o WHERE {said} IS NOT NULL AND NOT coalesce({day} = {last}, FALSE) LIMIT 1"
        if found := base.rows(odd):
            raise Unreadable(NO_DAY.format(found[0][0]))
        made[UNTIL] = day if source.until is None else f"coalesce({day}, DATE '{source.until}')"
        opened = f"(SELECT *, {made[UNTIL]} AS until_day FROM {opened} AS o)"
        until_there, made[UNTIL] = "until_day", "until_day"
    else:
        until_there = until
    beside = told_beside(asked, source, wanted)
    for form, rows in beside.items():
        facts = wanted[form] | (frozenset(forms[form].facts) if form in whole else frozenset())
        made |= _beside(rows, facts, reading, until_there, _written(rows, facts, opened, base))
    if source.aged:
        made |= _ages(source, until_there, made, words)
    wide = {each.partition(".")[0] for each in made if "." in each}
    long = {form: source.forms[form] for form in wanted if form in source.forms}
    if "enrolment" not in wide | set(long):
        made |= {"enrolment.here": "TRUE", "enrolment.on_first": until_there, "enrolment.on_last": until_there}
        wide.add("enrolment")
    elif "enrolment" in wide and "enrolment" not in long:
        here = f"coalesce({made['enrolment.here']}, FALSE)"
        for end in ("on_first", "on_last"):
            made[f"enrolment.{end}"] = f"CASE WHEN {here} THEN {made[f'enrolment.{end}']} ELSE {until_there} END"
        made["enrolment.here"] = "TRUE"
    selects = ", ".join(f"{value} AS {name(each)}" for each, value in made.items())
    base.view("people", f"SELECT {selects} FROM {opened} AS w")
    if source.has_own_days and base.rows(f"SELECT 1 FROM people WHERE {name(UNTIL)} IS NULL LIMIT 1"):
        raise Unreadable(NO_END)

    # what has rows of its own
    held: dict[str, tuple[str, ...]] = {}
    for form, pieces in long.items():
        own = (
            {each.removeprefix(f"{form}."): name(each) for each in made if each.startswith(f"{form}.")} if form in wide else {}
        )
        held[form] = _rows(forms[form], pieces, wanted[form], source, base, until, own, identity)
    wide -= set(long)
    exact = {form for form in long if not base.rows(f"SELECT 1 FROM {name(f'dated {form}')} WHERE on_first <> on_last LIMIT 1")}
    for form in long:
        since = words.days.format("DATE '1970-01-01'", "on_first")
        day = f"CAST({since} AS BIGINT) * {1 << 40} + filed"
        place = day if form in exact else f"row_number() OVER (PARTITION BY {PARTICIPANT} ORDER BY on_first, on_last, filed)"
        base.view(f"form {form}", f"SELECT *, {place} AS place FROM {name(f'dated {form}')}")
    there = "people"
    if asked.reads_cohort:
        if "enrolment.cohort" in made and "enrolment" in wide:
            there = f"(SELECT *, {name('enrolment.cohort')} AS {RECORDED} FROM people)"
        elif "cohort" in held.get("enrolment", ()):
            first = words.earliest.format("cohort", "place")
            said = f"SELECT {PARTICIPANT}, {first} AS {RECORDED} FROM {name('form enrolment')} WHERE cohort IS NOT NULL GROUP BY {PARTICIPANT}"
            there = f"(SELECT * FROM people LEFT JOIN ({said}) AS s USING ({PARTICIPANT}))"
        else:
            there = f"(SELECT *, CAST(NULL AS {words.text}) AS {RECORDED} FROM people)"
    base.view("participants", f"SELECT * FROM {there} AS t")
    parts = {form: tuple(each.removeprefix(f"{form}.") for each in made if each.startswith(f"{form}.")) for form in wide}
    sure = {form for form in wide if made[f"{form}.on_first"] == made[f"{form}.on_last"]}
    day_said = UNTIL if source.has_own_days else source.until
    assert day_said is not None
    return Stored(held, day_said, dict.fromkeys(source.closed, True), parts, frozenset(exact | sure), words)


def _piece(source: Source, taken: Piece, base: Base, *, placed: bool = True) -> str:
    """The rows and columns of a piece, and, where it matters, the place of each row in its table, `filed`."""
    name = base.words.name
    made = []
    for given, column in taken.columns.items():
        match column:
            case bool():
                value = str(column).upper()
            case Coded(column=of, codes=codes):
                known = {0: None, **codes}
                means = {code: "NULL" if text is None else base.words.literal(text) for code, text in known.items()}
                cases = " ".join(f"WHEN {code} THEN {text}" for code, text in means.items())
                unclear = base.words.literal(UNCLEAR)
                value = (
                    f"CAST(CASE coalesce(TRY_CAST({name(of)} AS BIGINT), 0) {cases} ELSE {unclear} END AS {base.words.text})"
                )
            case _:
                value = name(column)
                if source.files[taken.table].sorts[column] == "text":  # where nothing is told, a file may hold numbers
                    value = f"CAST({value} AS {base.words.text})"
                    value = value if given == PARTICIPANT else Reading(base.words).told(value)
        made.append(f"{value} AS {name(given)}")
    if taken.unless is not None:
        of, plain = taken.unless
        said = f"TRY_CAST({name(of)} AS BIGINT)"
        odd = f"coalesce({said} NOT IN ({', '.join(map(str, plain))}), FALSE)"
        made += [
            f"{odd} AS {name(f'{fact}.unclear')}"
            for fact in taken.columns
            if fact not in (PARTICIPANT, "on") and "." not in fact
        ]
    ids = ", ".join(map(str, taken.ids)) or "NULL"
    where = f" WHERE TRY_CAST({name(taken.concept)} AS BIGINT) IN ({ids})" if taken.concept else ""
    made += [f"{base.place} AS filed"] if placed else []
    return f"(SELECT {', '.join(made)} FROM {base.table(taken.table)} AS f{where})"


def _written(rows: Rowed, facts: Iterable[str], table: str, base: Base) -> Callable[[str], Units]:
    """How to bring each fact's numbers to its unit, for the units that are written in a table."""
    found: dict[str, Units] = {}
    for fact in rows.facts(facts):
        if "unit" in rows.beside(fact):
            unit = base.words.name(f"{rows.stands}{fact.name}.unit")
            found[fact.name] = units(fact, [row[0] for row in base.rows(f"SELECT DISTINCT {unit} FROM {table} AS u")])
    return lambda fact: found.get(fact, {})


def _beside(
    rows: Rowed, facts: frozenset[str], reading: Reading, until: str, written: Callable[[str], Units]
) -> dict[str, str]:
    """The one row of a form that stands beside its participant, left aside where it is dated later than is known."""
    form, name = rows.form.name, reading.words.name
    first, last = reading.row_days(rows, until)
    opened = rows.columns(facts)
    there = "(" + (" OR ".join(f"{name(each)} IS NOT NULL" for each in opened) or "FALSE") + ")"
    kept = f"({first} <= {until})"
    if rows.has("on"):
        there = f"({there} AND {kept})"
    made = {f"{form}.here": there, f"{form}.on_first": f"CASE WHEN {there} THEN {first} END",
            f"{form}.on_last": f"CASE WHEN {there} THEN {last} END"}  # fmt: skip
    for each, cell in reading.cells(rows, facts, written).items():
        made[each] = f"CASE WHEN {kept} THEN {cell} END" if rows.has("on") else cell
    return made


def _ages(source: Source, until: str, beside: Mapping[str, str], words: Dialect) -> dict[str, str]:
    """The age in whole years on the day up to which facts are known, the least and the most that it may be."""
    form = source.aged.partition(".")[0]
    year, month, day = (f"TRY_CAST({words.name(each)} AS INTEGER)" for each in source.born)

    def dated(month: str, day: str) -> str:
        two = [f"lpad(CAST({each} AS {words.text}), 2, '0')" for each in (month, day)]
        return f"TRY_CAST(concat(CAST({year} AS {words.text}), '-', {two[0]}, '-', {two[1]}) AS DATE)"

    early = dated(f"coalesce({month}, 1)", f"CASE WHEN {month} IS NULL THEN 1 ELSE coalesce({day}, 1) END")
    ending = words.days_later.format(words.months_later.format(dated(f"coalesce({month}, 12)", "1"), 1), -1)
    late = f"CASE WHEN {month} IS NULL OR {day} IS NULL THEN {ending} ELSE {early} END"

    def years(born: str) -> str:
        months = f"((year({until}) - year({born})) * 12 + month({until}) - month({born}) - CASE WHEN day({until}) < day({born}) THEN 1 ELSE 0 END)"
        return f"CAST(floor({months} / CAST(12 AS DOUBLE)) AS DOUBLE)"

    here = f"({beside.get(f'{form}.here', 'FALSE')} OR {year} IS NOT NULL)"
    own = f"CASE WHEN {here} THEN {until} END"
    return {source.aged: years(late), f"{source.aged}.most": years(early), f"{form}.here": here,
            f"{form}.on_first": own, f"{form}.on_last": own}  # fmt: skip


def _checked(found: Iterable[pl.DataFrame], source: Source, base: Base) -> Iterator[pl.DataFrame]:
    """The same batches, unless the table of participants names somebody twice, or nobody."""
    last, is_sure = None, False
    for frame in found:
        ids, n = frame[PARTICIPANT], frame.height - 1
        if nobody(ids):
            raise unnamed()
        in_order = bool((ids.head(n) < ids.tail(n)).all()) and (last is None or last < ids[0])
        if not in_order and not is_sure:
            who = base.words.name(PARTICIPANT)
            if base.rows(f"SELECT 1 FROM people GROUP BY {who} HAVING count(*) > 1 LIMIT 1"):
                raise Unreadable("the table of participants names somebody twice")
            is_sure = True
        last = ids[n]
        yield frame


def _rows(
    form: Form, pieces: tuple[Piece, ...], facts: frozenset[str], source: Source, base: Base, until: str,
    own: Mapping[str, str], identity: Callable[[str, Sort], str],
) -> tuple[str, ...]:  # fmt: skip
    """A view of a form's rows, each fact in its kind and unit: `dated <form>`. What it holds."""
    name, reading = base.words.name, Reading(base.words)
    made: list[tuple[str, dict[str, str]]] = []
    if own:
        told = {each: value for each, value in own.items() if each != "here"}
        made.append((f"people WHERE {name(f'{form.name}.here')}", {PARTICIPANT: name(PARTICIPANT), **told, "filed": "0"}))
    for number, taken in enumerate(pieces):
        rows = Rowed(form, columns(source, taken))
        table = _piece(source, taken, base)
        cells = reading.cells(rows, facts, _written(rows, facts, table, base))
        first, last = reading.row_days(rows, until)
        if source.has_own_days:
            who = f"SELECT {name(PARTICIPANT)} AS whose, {name(UNTIL)} FROM people"
            table = f"(SELECT * FROM {table} AS g JOIN ({who}) AS h ON {identity(f'g.{name(PARTICIPANT)}', rows.sorts[PARTICIPANT])} = h.whose)"
        filed = f"CAST(filed AS BIGINT) + {(number + 1) << 36}"
        told = {
            PARTICIPANT: identity(name(PARTICIPANT), rows.sorts[PARTICIPANT]),
            "on_first": first,
            "on_last": last,
            **cells,
            "filed": filed,
        }
        made.append((f"{table} AS r WHERE {first} <= {until}", told))
    if form.name == "enrolment":
        said = " UNION ".join(f"SELECT {each[PARTICIPANT]} AS whose FROM {table}" for table, each in made)
        day = {end: until for end in ("on_first", "on_last")}
        table = f"people LEFT JOIN (SELECT DISTINCT whose FROM ({said}) AS a) AS b ON people.{name(PARTICIPANT)} = b.whose WHERE b.whose IS NULL"
        made.append((table, {PARTICIPANT: name(PARTICIPANT), **day, "filed": "0"}))
    kinds = {each: _kind(form, each, base.words) for _, values in made for each in values}
    nothing = {each: f"CAST(NULL AS {kind})" for each, kind in kinds.items()}
    selects = [
        f"SELECT {', '.join(f'{values.get(each, nothing[each])} AS {name(each)}' for each in kinds)} FROM {table}"
        for table, values in made
    ]
    base.view(f"dated {form.name}", " UNION ALL ".join(selects))
    return tuple(each for each in kinds if each not in (PARTICIPANT, "filed"))


def _kind(form: Form, column: str, words: Dialect) -> str:
    """What a column of a form holds, in SQL."""
    fact, _, part = column.partition(".")
    if column in ("on_first", "on_last"):
        return "DATE"
    if fact not in form.facts:
        return "BIGINT"
    return {"unclear": "BOOLEAN", "last": "DATE", "": words.kind(form.facts[fact].type.kind)}.get(part, words.kind(Kind.NUMBER))


# --- DuckDB ----------------------------------------------------------------------------------------------------------


def screened_in_duckdb(asked: Screen, source: Source, *, size: int) -> Iterator[pl.DataFrame]:
    """The verdicts and masks of all patients, from one query of DuckDB.

    Raises:
        Unreadable: If somebody is named twice, or not at all, or has no day up to which facts are known.
    """
    import duckdb

    def table(name: str) -> str:
        return in_duckdb(source.files[name].path)

    with tempfile.TemporaryDirectory(prefix="equipoise-") as scratch, duckdb.connect() as base:
        source = plain(source, Path(scratch))
        base.execute(f"SET memory_limit = '{MEMORY}'")
        base.execute(f"SET temp_directory = {DUCKDB.literal(scratch)}")

        held = Base(DUCKDB, table, "file_row_number", lambda query: base.execute(query).fetchall())
        into = Path(scratch) / "masks.parquet"
        try:
            query = masks_query(asked, stored(asked, source, held), held.views)
            base.execute(f"COPY ({query}) TO {DUCKDB.literal(str(into))} (FORMAT parquet)")
        except duckdb.Error as why:
            raise Unreadable(f"DuckDB cannot read the tables: {str(why).splitlines()[0]}") from None
        found = pl.scan_parquet(into).collect_batches(chunk_size=size, maintain_order=True)
        yield from _checked((told(asked, frame) for frame in found), source, held)


# --- Spark -----------------------------------------------------------------------------------------------------------


def screened_in_spark(asked: Screen, source: Source, *, size: int, session: Any = None) -> Iterator[pl.DataFrame]:
    """The verdicts and masks of all patients, from one query of Spark, asked through Ibis.

    Args:
        asked: What is asked of everybody.
        source: Where the facts lie: paths that every worker can read.
        size: How many patients at a time.
        session: A Spark session; if left out, the one that is there, or one on this machine.

    Raises:
        Unreadable: If Ibis and Spark are not installed, or as `screened_in_duckdb` does.
    """
    try:  # they are an extra, and carry no types
        ibis, spark = import_module("ibis"), import_module("pyspark.sql")
    except ImportError as why:
        raise Unreadable(f"Spark is an extra: pip install 'equipoise[spark]' ({why})") from None
    held = session or spark.SparkSession.builder.getOrCreate()
    held.conf.set("spark.sql.ansi.enabled", "false")
    base = ibis.pyspark.connect(held)

    def table(name: str) -> str:
        return SPARK.name(f"raw_{name}")

    def rows(query: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in held.sql(query).collect()]

    with tempfile.TemporaryDirectory(prefix="equipoise-") as scratch:
        if str(held.sparkContext.master).startswith("local"):
            source = plain(source, Path(scratch))
        elif texts := [file.path.name for file in source.files.values() if file.is_text]:
            raise Unreadable(f"{', '.join(texts)}: on a cluster tables are Parquet, since every program reads CSV otherwise")
        for name, file in source.files.items():
            path = re.sub(r"([*?\[\]{}\\])", r"\\\1", str(file.path))  # a path, and never a pattern of paths
            base.read_parquet(path, table_name=f"raw_{name}")
        there = Base(SPARK, table, "monotonically_increasing_id()", rows)
        query = masks_query(asked, stored(asked, source, there), there.views)
        batches = base.sql(query).to_pyarrow_batches(chunk_size=size)
        found = (pl.DataFrame(pl.from_arrow(batch)) for batch in batches)
        yield from _checked((told(asked, frame) for frame in found if frame.height), source, there)
