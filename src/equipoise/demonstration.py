"""The main job, from nothing: every study checked, charted, analysed and reported, into one folder."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from .analysis import analyse
from .analysis.result import Estimate, Result
from .chart import Chart, chart
from .cohort import imported, told_tables
from .deviations import deviations
from .events import Event, last_day
from .finding import Finding, Severity
from .reports.index_page import Listed, index_page
from .reports.show import shown
from .reports.study_report import report, written
from .simulation import virtual
from .study import FILE, Study, load
from .transcript import read_people

SEED = 2024
MARK = ".equipoise-demo"
"""A file that says that a folder was written by the demo, and may be written again."""


@dataclass(frozen=True)
class Shown:
    """What the demo made of one study."""

    study: Study
    findings: tuple[Finding, ...]
    is_virtual: bool
    charts: Mapping[str, Chart]
    results: tuple[Result, ...]
    until: date
    people: int
    deviations: int
    folder: Path

    @property
    def headline(self) -> Result | None:
        """The first result for a primary endpoint."""
        primary = {each.name for each in self.study.protocol.primary}
        found = [each for each in self.results if each.endpoint in primary]
        return next((each for each in found if ratios(each)), found[0] if found else None)


def ratios(result: Result) -> tuple[Estimate, ...]:
    """The hazard ratios of a comparison, where any are estimated."""
    return tuple(each for each in result.estimates if each.name == "Hazard ratio" and not each.is_covariate)


def slugs(studies: Path) -> tuple[str, ...]:
    """The studies of a folder; real data last."""
    found = [each.parent.name for each in studies.glob(f"*/{FILE}")]
    return tuple(sorted(found, key=lambda slug: ((studies / slug / "tables.yaml").is_file(), slug)))


def demo(studies: Path, to: Path, write_chart: Callable[[Study, Chart, str], str]) -> Iterator[tuple[str, Shown | None]]:
    """Run every study of a folder: yields what is under way, and each study once it is done.

    Args:
        studies: The folder of the studies.
        to: The folder to write to; it must be new, empty, or the demo's own of an earlier time.
        write_chart: How a participant's chart is written as text.

    Raises:
        FileExistsError: The folder holds something that is not the demo's.
    """
    if to.exists() and any(to.iterdir()) and not (to / MARK).is_file():
        raise FileExistsError(f"{to} holds files that the demo did not write; name another folder with --to")
    to.mkdir(parents=True, exist_ok=True)
    (to / MARK).write_text("Written by `equipoise demo`, which may write it again.\n", encoding="utf-8")
    done = []
    for slug in slugs(studies):
        yield f"{slug}: reading", None
        for what, found in _study(studies / slug, to / slug, write_chart):
            if found is not None:
                done.append(found)
            yield f"{slug}: {what}", found
    (to / "index.html").write_text(index_page([_listed(each, to) for each in done]), encoding="utf-8")


def _study(source: Path, to: Path, write_chart: Callable[[Study, Chart, str], str]) -> Iterator[tuple[str, Shown | None]]:
    study = load(source, called=f"{source.name}/{FILE}")
    to.mkdir(exist_ok=True)
    findings = list(study.check())
    (to / "trial.html").write_text(shown(study), encoding="utf-8")
    invented = source / "people"
    told: dict[str, tuple[Event, ...]] = {}
    if invented.is_dir():
        yield "charting the invented participants", None
        told, faults = read_people(invented, study)
        findings += faults
        (to / "people").mkdir(exist_ok=True)
        for name, events in told.items():
            known = chart(study, events, until=last_day(events))
            (to / "people" / f"{name}.txt").write_text(write_chart(study, known, name), encoding="utf-8")
    (to / "findings.txt").write_text("".join(f"{_pointed(each)}\n" for each in findings) or "none\n", encoding="utf-8")
    is_virtual = not (source / "tables.yaml").is_file()
    screened: int | None = None
    if is_virtual:
        yield "drawing virtual participants", None
        drawn = virtual(study, study.protocol.design.enrolment or 60, rng=np.random.default_rng(SEED))
        people: Mapping[str, tuple[Event, ...]] = {each.id: each.events for each in drawn}
        screened = sum(each.screened for each in drawn)
    else:
        yield "importing real participants", None
        people = _real(study, findings)
    yield f"charting {len(people)} participants", None
    until = max((last_day(each) for each in people.values()), default=date(2024, 1, 1))
    charts = {name: chart(study, events, until=until) for name, events in people.items()}
    yield "analysing", None
    results = analyse(study, charts, until=until, virtual=is_virtual)
    yield "writing the report", None
    written(report(study, charts, results, until=until, virtual=is_virtual, screened=screened), to)
    deviated = sum(len(deviations(study, each)) for each in charts.values())
    yield "done", Shown(study, tuple(findings), is_virtual, charts, results, until, len(told), deviated, to)


def _real(study: Study, findings: list[Finding]) -> Mapping[str, tuple[Event, ...]]:
    tables, faults = told_tables(study)
    findings += faults
    if tables is None or study.folder is None:
        return {}
    brought = imported(study, tables, study.folder)
    findings += brought.findings
    return brought.people


def _listed(done: Shown, to: Path) -> Listed:
    folder = done.folder.relative_to(to)
    return Listed(
        study=done.study, link=folder / "report.html", trial=folder / "trial.html", document=folder / "report.pdf",
        participants=len(done.charts), virtual=done.is_virtual, headline=done.headline,
    )  # fmt: skip


def _pointed(found: Finding) -> str:
    """A finding with its line, and why the file keeps it, if it does."""
    return f"{found.pointed()}\n    kept: {found.accepted}" if found.accepted else found.pointed()


def counted(findings: tuple[Finding, ...]) -> str:
    """How many errors, warnings and notes, in words, and how many the file keeps with a reason."""
    counts = [(each, sum(found.severity is each and not found.accepted for found in findings)) for each in Severity]
    told = [f"{count} {each.value}{'' if count == 1 else 's'}" for each, count in counts if count]
    kept = sum(bool(found.accepted) for found in findings)
    return ", ".join([*told, *([f"{kept} kept with a reason"] if kept else [])]) or "none"
