"""Virtual participants of studies that come with equipoise, and reports of them."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np

from equipoise.analysis import Result, analyse
from equipoise.chart import Chart, chart
from equipoise.events import last_day
from equipoise.reports.study_report import Report, report
from equipoise.simulation import virtual
from equipoise.study import Study, load

STUDIES = Path(__file__).parents[2] / "studies"
RANDOMISED, ASSIGNED, OBSERVED = "pdac-oligo-ablation", "batch-rfa-crlm", "synchronous-resection-modena"


@cache
def told(slug: str) -> Study:
    """A study."""
    return load(STUDIES / slug / "study.yaml", called=f"{slug}/study.yaml")


@cache
def people(slug: str, count: int = 40) -> Mapping[str, Chart]:
    """Charts of virtual participants, folded up to one day."""
    study = told(slug)
    drawn = {each.id: each.events for each in virtual(study, count, rng=np.random.default_rng(7))}
    until = max(map(last_day, drawn.values()))
    return {name: chart(study, events, until=until) for name, events in drawn.items()}


@cache
def made(slug: str, count: int = 40, *, as_real: bool = False) -> tuple[tuple[Result, ...], Report]:
    """Results and report; `as_real`, as if somebody had been treated, so that a trial that is not locked stays closed."""
    study, charts = told(slug), people(slug, count)
    until = next(iter(charts.values())).until
    results = analyse(study, charts, until=until, virtual=not as_real)
    return results, report(study, charts, results, until=until, virtual=not as_real)
