"""The trials of a file: records of any register, rows of a table."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from ..finding import Finding, Place, Severity
from ..registries.record import Record, trial_number
from .trial import Trial, record_trial, row_trial

FILES = (".json", ".jsonl", ".ndjson", ".parquet", ".xml", ".csv", ".gz", ".txt", ".md", ".html", ".htm")


def trials(path: Path) -> tuple[tuple[Trial, ...], tuple[Finding, ...]]:
    """The trials that a file holds: a register's record, or a table with a row for each trial; and what cannot be read."""
    name = path.name.removesuffix(".gz")
    suffix = Path(name).suffix.lower()
    try:
        if suffix in (".jsonl", ".ndjson"):
            return _rows(_lines(path), path)
        if suffix == ".parquet":
            import polars as pl

            return _rows(((number, row, "") for number, row in enumerate(pl.read_parquet(path).iter_rows(named=True), 1)), path)
    except (OSError, EOFError) as why:
        return (), (_finding(path, 0, f"cannot be read: {why}"),)
    except Exception as why:  # noqa: BLE001  a Parquet file that is none: polars has no common ancestor for what it raises
        return (), (_finding(path, 0, f"is no table that can be read: {str(why).splitlines()[0][:200]}"),)
    from ..registries import read_record

    records, findings = read_record(path)
    made = [one for each in records if _is_of_a_trial(each, name) and (one := record_trial(each, str(path))) is not None]
    if records and not made:
        return (), (_finding(path, 0, "says too little of a trial to be one: no number, and hardly a field"),)
    return tuple(made), tuple(findings)


_TELLING = ("study_type", "allocation", "enrolment", "conditions", "interventions", "outcomes", "eligibility", "status")


def _is_of_a_trial(record: Record, name: str) -> bool:
    """Whether a text is of a trial: any text can be read as a page, and somebody's notes may lie in the folder too."""
    if not name.lower().endswith((".txt", ".md", ".html", ".htm")) or trial_number(record):
        return True
    return sum(bool(record.said(field)) for field in _TELLING) >= 2


def _lines(path: Path) -> Iterator[tuple[int, object, str]]:
    import gzip

    opened = gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8")
    with opened as lines:
        for number in range(1, 10_000_000):
            line = lines.readline(2_000_000)
            if not line:
                return
            if line.strip():
                try:
                    yield number, json.loads(line), ""
                except (ValueError, RecursionError) as why:
                    yield number, None, str(why)


def _rows(rows: Iterable[tuple[int, object, str]], path: Path) -> tuple[tuple[Trial, ...], tuple[Finding, ...]]:
    made: list[Trial] = []
    faults: list[Finding] = []
    for number, row, why in rows:
        one = row_trial(row, str(path), number) if isinstance(row, Mapping) else None
        if one is not None:
            made.append(one)
        elif isinstance(row, Mapping) and (registered := _registered(row, path)):
            made += registered
        elif len(faults) < 20:
            faults.append(
                _finding(path, number, f"is no JSON: {why}" if why else "no column of this row holds a trial's number")
            )
    return tuple(made), tuple(faults)


def _registered(row: Mapping[str, object], path: Path) -> list[Trial]:
    """The trials of a line that is a register's own record."""
    from ..registries import READERS, read_record

    if not any(reader.of_json(row) for reader in READERS if reader.of_json):
        return []
    records, _ = read_record(json.dumps(row).encode())
    return [one for each in records if (one := record_trial(each, str(path))) is not None]


def _finding(path: Path, line: int, says: str) -> Finding:
    return Finding("unreadable", Place(str(path), line), says, Severity.WARNING)
