"""The results as tables for other programs: each number with what it estimates, how it was made and from which line.

Every table of results carries the same first columns: the analysis, whether it was pre-specified, the line of the study
file, the data's day and kind, and the software. Before a randomised trial is locked no table tells the arms apart: results
hold none, table 1 is of everyone, and neither outcomes nor deviations name a participant, since whoever holds the
allocation list could sort them.

A text in CSV that a spreadsheet would run as a formula has an apostrophe before it; Parquet holds it as it is.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..analysis import Result, is_locked
from ..analysis.closed import tells_arm
from ..analysis.result import Spread
from ..analysis.table_one import TableOne, baseline_day, table_one
from ..chart import Chart
from ..deviations import deviations
from ..endpoints import Absent, Measurement, Occurrence, TimeToEvent, Trajectory, outcome
from ..study import Study
from .lettering import printable

if TYPE_CHECKING:
    import polars as pl

Row = dict[str, object]
TEXT, WHOLE, REAL, TRUTH = "text", "whole", "real", "truth"
OF_RESULT = {
    "analysis": TEXT, "label": TEXT, "standing": TEXT, "study_line": TEXT, "endpoint": TEXT, "withheld": TRUTH,
    "virtual": TRUTH, "until": TEXT, "software": TEXT,
}  # fmt: skip
SPREAD = dict.fromkeys(("mean", "sd", "median", "lower_quartile", "upper_quartile", "least", "greatest"), REAL)
COLUMNS: Mapping[str, Mapping[str, str]] = {
    "analyses": {**OF_RESULT, "endpoint_label": TEXT, "role": TEXT, "kind": TEXT, "population": TEXT, "compared": TEXT,
                 "variable": TEXT, "intercurrent_events": TEXT, "summary": TEXT, "estimand_declared": TRUTH,
                 "participants": WHOLE, "events": WHOLE, "method": TEXT, "findings": TEXT},
    "estimates": {**OF_RESULT, "measure": TEXT, "of": TEXT, "value": REAL, "lower": REAL, "upper": REAL, "level": REAL,
                  "unit": TEXT, "covariate": TRUTH, "naive": TRUTH},
    "tests": {**OF_RESULT, "test": TEXT, "statistic": REAL, "df": REAL, "p": REAL},
    "counts": {**OF_RESULT, "arm": TEXT, "arm_label": TEXT, "participants": WHOLE, "events": WHOLE, "competing": WHOLE,
               "left_out_because": TEXT},
    "curves": {**OF_RESULT, "arm": TEXT, "arm_label": TEXT, "curve": TEXT, "day": REAL, "value": REAL, "lower": REAL,
               "upper": REAL, "at_risk": WHOLE, "events": WHOLE, "censored": WHOLE},
    "spreads": {**OF_RESULT, "arm": TEXT, "number": WHOLE, **SPREAD},
    "courses": {**OF_RESULT, "arm": TEXT, "item": TEXT, "item_label": TEXT, "unit": TEXT, "day": WHOLE, "number": WHOLE,
                "mean": REAL, "sd": REAL},
    "balance": {**OF_RESULT, "covariate": TEXT, "share": TRUTH, "first_before": REAL, "second_before": REAL,
                "first_after": REAL, "second_after": REAL, "difference_before": REAL, "difference_after": REAL,
                "variance_ratio_before": REAL, "variance_ratio_after": REAL},
    "table_one": {"activity": TEXT, "item": TEXT, "label": TEXT, "unit": TEXT, "answer": TEXT, "arm": TEXT,
                  "arm_label": TEXT, "number": WHOLE, "missing": WHOLE, "count": WHOLE, **SPREAD, "virtual": TRUTH},
    "deviations": {"participant": TEXT, "on": TEXT, "rule": TEXT, "says": TEXT, "virtual": TRUTH},
    "outcomes": {"participant": TEXT, "arm": TEXT, "endpoint": TEXT, "kind": TEXT, "origin": TEXT, "ended": TEXT,
                 "days": WHOLE, "status": TEXT, "cause": TEXT, "happened": TRUTH, "count": WHOLE, "item": TEXT,
                 "value": REAL, "absent_because": TEXT, "virtual": TRUTH},
}  # fmt: skip
"""The columns of each table, and what each holds."""


def standing(result: Result) -> str:
    """Whether an analysis was planned before the data were seen, in words.

    Source:
        ICH E9(R1) (2019), section A.6; ICH E9 (1998), section 5.1.
    """
    return "post hoc" if result.is_post_hoc else "pre-specified" if result.is_declared else "described only, not declared"


def line_of(result: Result) -> str:
    """The line of the study file that a result comes from.

    >>> from types import SimpleNamespace as N; line_of(N(place=N(file="studies/one/study.yaml", line=12)))
    'study.yaml:12'
    """
    name = result.place.file.replace("\\", "/").rsplit("/", 1)[-1]
    return f"{name}:{result.place.line}" if name and result.place.line else name or "no line"


def results_tables(
    study: Study, charts: Mapping[str, Chart], results: Sequence[Result], *, virtual: bool, locked: bool | None = None,
    found: Sequence[tuple[str, Any]] | None = None, first: TableOne | None = None,
) -> dict[str, "pl.DataFrame"]:  # fmt: skip
    """The tables by name, each with the same columns whatever the study; empty where there is nothing.

    Args:
        study: What was promised.
        charts: One chart a participant.
        results: What `analyse` made of them.
        virtual: Whether the participants were drawn.
        locked: Whether arms may be set apart; unsaid, as `analyse` has it.
        found: The deviations of each participant, where they have been looked for already.
        first: Table 1, where it has been made already.
    """
    apart = is_locked(study, virtual=virtual) if locked is None else locked
    rows: dict[str, list[Row]] = {name: [] for name in COLUMNS}
    for result in results:
        _of_result(result, rows)
    rows["table_one"] = _table_one(first or table_one(study, charts, by_arm=apart), virtual)
    rows["outcomes"] = _outcomes(study, charts, apart, virtual)
    if found is None:
        found = [(name, one) for name, each in charts.items() for one in deviations(study, each)]
    rows["deviations"] = [
        {"participant": name, "on": one.on.isoformat(), "rule": one.rule, "says": one.says, "virtual": virtual}
        if apart
        else {"on": one.on.isoformat(), "rule": one.rule, "virtual": virtual}
        for name, one in sorted(found, key=lambda each: (each[1].on, each[1].rule, each[0] if apart else ""))
    ]
    return {name: _frame(name, held) for name, held in rows.items()}


def write_tables(tables: Mapping[str, "pl.DataFrame"], to: Path) -> tuple[Path, ...]:
    """Write each table as CSV and as Parquet into a folder: which files."""
    to.mkdir(parents=True, exist_ok=True)
    written = []
    for name, table in tables.items():
        (to / f"{name}.csv").write_text(_unformulated(table).write_csv(), encoding="utf-8")
        table.write_parquet(to / f"{name}.parquet")
        written += [to / f"{name}.csv", to / f"{name}.parquet"]
    return tuple(written)


def _unformulated(table: "pl.DataFrame") -> "pl.DataFrame":
    """A table none of whose texts a spreadsheet would run."""
    import polars as pl

    runs = r"^[=+\-@\t\r]"
    texts = [name for name, kind in table.schema.items() if kind == pl.String()]
    return table.with_columns(
        pl.when(each.str.contains(runs)).then(pl.concat_str(pl.lit("'"), each)).otherwise(each).name.keep()
        for each in map(pl.col, texts)
    )


def _frame(name: str, rows: Sequence[Row]) -> "pl.DataFrame":
    import polars as pl

    types = {TEXT: pl.String(), WHOLE: pl.Int64(), REAL: pl.Float64(), TRUTH: pl.Boolean()}
    columns = COLUMNS[name]
    made = {column: pl.Series(column, [_held(row.get(column), kind) for row in rows], dtype=types[kind])
            for column, kind in columns.items()}  # fmt: skip
    return pl.DataFrame(made)


def _held(value: object, kind: str) -> object:
    if value is None:
        return None
    if kind == TEXT:
        return printable(str(value))
    if kind == REAL:
        return float(value)  # type: ignore[arg-type]
    return int(value) if kind == WHOLE else bool(value)  # type: ignore[call-overload]


def _of_result(result: Result, rows: dict[str, list[Row]]) -> None:
    head: Row = {
        "analysis": result.name, "label": result.label, "standing": standing(result), "study_line": line_of(result),
        "endpoint": result.endpoint, "withheld": result.is_withheld, "virtual": result.is_virtual, "until": result.until,
        "software": result.software,
    }  # fmt: skip
    rows["analyses"].append({
        **head, "endpoint_label": result.endpoint_label, "role": result.role, "kind": result.kind,
        "population": result.population, "compared": result.contrast, "variable": result.variable,
        "intercurrent_events": "; ".join(f"{each.event}: {each.strategy}" for each in result.intercurrent),
        "summary": result.summary, "estimand_declared": result.is_estimand_declared, "participants": result.participants,
        "events": result.events, "method": " ".join(result.method), "findings": " ".join(result.findings),
    })  # fmt: skip
    for one, is_naive in [*((each, False) for each in result.estimates), *((each, True) for each in result.naive)]:
        rows["estimates"].append({
            **head, "measure": one.name, "of": one.of, "value": one.value, "lower": one.lower, "upper": one.upper,
            "level": one.level, "unit": one.unit, "covariate": one.is_covariate,
            "naive": is_naive,
        })  # fmt: skip
    for test in result.tests:
        rows["tests"].append({**head, "test": test.name, "statistic": test.statistic, "df": test.df, "p": test.p})
    for arm in result.arms:
        rows["counts"].append({**head, "arm": arm.arm, "arm_label": arm.label, "participants": arm.participants,
                               "events": arm.events, "competing": arm.competing})  # fmt: skip
    for left in result.left_out:
        rows["counts"].append({**head, "participants": left.participants, "left_out_because": left.why})
    for curve in result.curves:
        own: Row = {**head, "arm": curve.arm, "arm_label": curve.label, "curve": curve.kind}
        steps = zip(curve.days, curve.value, curve.lower, curve.upper, curve.at_risk, curve.events, curve.censored, strict=True)
        for day, value, lower, upper, at_risk, events, censored in steps:
            rows["curves"].append({**own, "day": day, "value": value, "lower": lower, "upper": upper, "at_risk": at_risk,
                                   "events": events, "censored": censored})  # fmt: skip
    for each in result.balance:
        rows["balance"].append({
            **head, "covariate": each.label, "share": each.is_share, "first_before": each.first_before,
            "second_before": each.second_before, "first_after": each.first_after, "second_after": each.second_after,
            "difference_before": each.before, "difference_after": each.after,
            "variance_ratio_before": each.ratio_before, "variance_ratio_after": each.ratio_after,
        })  # fmt: skip
    for spread in result.spreads:
        rows["spreads"].append({**head, "arm": spread.arm, "number": spread.number, **_spread(spread)})
    for course in result.courses:
        rows["courses"].append({**head, "arm": course.arm, "item": course.item, "item_label": course.label,
                                "unit": course.unit, "day": course.day, "number": course.number, "mean": course.mean,
                                "sd": course.sd})  # fmt: skip


def _spread(spread: Spread) -> Row:
    return {name: getattr(spread, name) for name in SPREAD}


def _table_one(made: TableOne, virtual: bool) -> list[Row]:
    rows: list[Row] = []
    for line in made.lines:
        for side, cell in zip(made.sides, line.cells, strict=True):
            own: Row = {"activity": line.activity, "item": line.item, "label": line.label, "unit": line.unit,
                        "arm": side.name, "arm_label": side.label, "number": cell.number, "missing": cell.missing,
                        "virtual": virtual}  # fmt: skip
            if cell.spread is not None:
                rows.append({**own, **_spread(cell.spread)})
            elif not cell.counts:
                rows.append(own)
            labels = dict(line.codes)
            rows += [{**own, "answer": labels.get(code, code), "count": count} for code, count in cell.counts]
    return rows


def _outcomes(study: Study, charts: Mapping[str, Chart], apart: bool, virtual: bool) -> list[Row]:
    """Each participant's outcome of each endpoint."""
    rows: list[Row] = []
    for name, endpoint in study.protocol.endpoints.items():
        if not apart and tells_arm(study, endpoint):
            continue
        mine: list[Row] = []
        for who, each in charts.items():
            own: Row = {"endpoint": name, "kind": endpoint.kind, "virtual": virtual}
            if apart:
                own |= {"participant": who, "arm": each.arm or None}
            dated = apart and baseline_day(each) is not None
            mine += [{**own, **one} for one in _outcome(outcome(endpoint, study, each), dated)]
        if not apart:
            # In the order of the values, not of the participants: the place in the table is no name either.
            mine.sort(key=lambda row: tuple((str(type(row.get(key))), row.get(key) or 0) for key in _ORDER))
        rows += mine
    return rows


_ORDER = ("status", "days", "cause", "happened", "count", "item", "value", "absent_because")


def _outcome(found: object, dated: bool) -> list[Row]:
    def day(on: date | None) -> str | None:
        return on.isoformat() if on is not None and dated else None

    match found:
        case Absent():
            return [{"absent_because": found.why}]
        case TimeToEvent():
            return [{"origin": day(found.origin), "ended": day(found.ended), "days": found.days, "status": found.status,
                     "cause": found.cause}]  # fmt: skip
        case Occurrence():
            return [{"happened": found.happened, "ended": day(found.on), "count": found.count, "cause": found.why}]
        case Measurement():
            return [{"value": found.value, "ended": day(found.on), "count": found.count}]
        case Trajectory():
            return [{"item": item, "days": at, "value": value} for item, at, value in found.points]
        case _:
            raise TypeError(f"an outcome of a kind that no table knows: {type(found).__name__}")
