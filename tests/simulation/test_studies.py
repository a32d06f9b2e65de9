"""Every study of the project: virtual participants whom the engine finds nothing to say against."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from equipoise.calendar import When
from equipoise.chart import chart
from equipoise.deviations import deviations
from equipoise.events import Recorded
from equipoise.pathway import Deviation
from equipoise.simulation import assumption_findings, lacking, virtual
from equipoise.study import Study, load
from tiny_trial import tiny

STUDIES = Path(__file__).parents[2] / "studies"
REAL = "colon-levamisole"  # has real participants, and assumes nothing of virtual ones


def slugs() -> list[str]:
    return sorted(file.parent.name for file in STUDIES.glob("*/study.yaml"))


def broken(study: Study, count: int, seed: int) -> list[Deviation]:
    people = virtual(study, count, rng=np.random.default_rng(seed))
    assert len(people) == count
    until = max(event.on.last for each in people for event in each.events)
    return [deviation for each in people for deviation in deviations(study, chart(study, each.events, until=until))]


@pytest.mark.parametrize("slug", [slug for slug in slugs() if slug != REAL])
def test_a_study_assumes_all_that_it_looks_at(slug: str) -> None:
    study = load(STUDIES / slug)
    assert [str(each) for each in (*assumption_findings(study), *lacking(study))] == []


def test_the_study_of_real_people_says_what_it_would_need() -> None:
    assert any("accrual" in each.says for each in lacking(load(STUDIES / REAL)))


@pytest.mark.parametrize("slug", [slug for slug in slugs() if slug != REAL])
def test_a_virtual_site_keeps_every_promise(slug: str) -> None:
    assert [(each.on, each.says) for each in broken(load(STUDIES / slug), 100, 11)] == []


def on(day: int, activity: str) -> Recorded:
    return Recorded(id=f"{day}-{activity}", on=When.on(date(2024, 1, 1) + timedelta(days=day)), activity=activity)


def test_whoever_withdraws_does_not_leave_the_path() -> None:
    study = tiny(("over: {end: true}", "over: {end: true}\n    out: {do: [withdrawal], end: true}"))
    known = chart(study, [on(0, "enrolment"), on(1, "cycle"), on(5, "withdrawal")], until=date(2024, 2, 1))
    assert [each.rule for each in known.deviations] == []


def test_nothing_was_done_early_by_someone_who_died_before_it_was_due() -> None:
    line = ("schedule:\n", "schedule:\n  - {do: [labs], every: 1 month, from: randomisation, window: ±3 days}\n")
    study = tiny(line)
    events = [on(-1, "consent"), on(0, "enrolment"), on(0, "randomisation"), on(20, "labs"), on(22, "death")]
    known = chart(study, events, until=date(2024, 6, 1))
    assert [each for each in deviations(study, known) if each.rule == "window"] == []
