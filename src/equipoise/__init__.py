"""Trials as code: one plain file says what a trial promised; the same file screens, schedules, checks and analyses it.

>>> import equipoise as eq
>>> study = eq.load(eq.shipped() / "batch-rfa-crlm")
>>> study.is_sound
True
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .chart import Chart, as_of, chart, responses
from .deviations import deviations
from .due import Due, due
from .endpoints import Outcome, outcome
from .events import Corrected, Decided, Event, Recorded, last_day
from .finding import Finding, Place, Severity
from .logic import MET, NOT_MET, UNKNOWN, Truth
from .pathway import Deviation, Position, Visit
from .protocol import Protocol
from .schema import schema as _drawn
from .screening import Screening, Verdict
from .screening import screening as screen
from .study import Study, Unsound, load, study
from .transcript import read_events, read_facts, read_people

if TYPE_CHECKING:
    from .analysis import Result
    from .cohort import Imported
    from .prospects import Prospect
    from .rehearsal import Rehearsal

__version__ = "0.1.0"


def shipped() -> Path:
    """The folder of the studies that come with equipoise, in a checkout or in an installed package."""
    package = Path(__file__).resolve().parent
    inside = package / "studies"
    return inside if inside.is_dir() else package.parent.parent / "studies"


def check(path: str | Path) -> tuple[Finding, ...]:
    """All that is wrong with a study's file, errors first; nothing is raised, whatever the file holds."""
    try:
        return load(path).check()
    except Unsound as why:
        return why.findings


def schema() -> dict[str, object]:
    """The JSON Schema of study.yaml, made from the classes that read it."""
    return _drawn(Protocol)


def show(study: Study) -> str:
    """A page, as HTML, that shows a trial as pictures."""
    from .reports.show import shown

    return shown(study)


def demo(to: str | Path = "equipoise-demo") -> Path:
    """Run everything on the studies that come with equipoise, into a folder; the page that links to all of it.

    Raises:
        FileExistsError: The folder holds something that is not the demo's.
    """
    from .command.chart import chart_text
    from .demonstration import demo as run

    for _ in run(shipped(), Path(to), chart_text):
        pass
    return Path(to) / "index.html"


def import_tables(study: Study, folder: Path | None = None) -> "Imported":
    """A cohort's tables as events, by the study's tables.yaml; what is rejected is kept and explained.

    Raises:
        Unsound: The mapping cannot be used; the exception carries the findings.
    """
    from .cohort import imported, told_tables

    mapping, findings = told_tables(study)
    if mapping is None:
        raise Unsound(findings)
    return imported(study, mapping, folder or study.folder or Path())


def simulate(
    study: Study, count: int, *, rng: Any = None, seed: int | None = None, trial: int = 0
) -> Mapping[str, tuple[Event, ...]]:
    """Virtual participants, as events, drawn from the study's assumptions.

    Args:
        study: Whose assumptions.
        count: How many to enrol.
        rng: A `numpy.random.Generator`, from which a seed is taken; the same one gives the same participants.
        seed: The seed itself, instead of `rng`.
        trial: Which trial of that seed.

    Raises:
        Unassumed: The study does not assume all that its pathway and endpoints ask for; the exception lists it.
    """
    from .simulation import virtual

    return {each.id: each.events for each in virtual(study, count, rng=rng, seed=seed, trial=trial)}


def design(study: Study) -> "tuple[Prospect, ...]":
    """What each declared analysis can find as planned: its power, and how many participants it would take."""
    from .prospects import prospects

    return prospects(study)


def rehearse(
    study: Study, *, trials: int | None = None, seed: int = 1, jobs: int | None = None, vary: Sequence[str] = ()
) -> "Rehearsal":
    """What can be expected of a trial as written, run many times with virtual participants: its operating characteristics.

    Args:
        study: The study.
        trials: How many virtual trials at most.
        seed: The same one gives the same numbers, whatever `jobs`.
        jobs: How many processors to use; unsaid, all.
        vary: Numbers to change, as `hazard_ratio=0.6,0.8`.

    Raises:
        Unassumed: The study does not assume all that its pathway and endpoints ask for; the exception lists it.
    """
    from .rehearsal import rehearsal as run

    return run(study, trials=trials, seed=seed, jobs=jobs, vary=vary)


def analyse(
    study: Study, charts: Mapping[str, Chart] | Iterable[Chart], *, until: date, virtual: bool = False
) -> "tuple[Result, ...]":
    """The declared analyses, run: each says what it estimates, of whom, and how."""
    from .analysis import analyse as run

    named = charts if isinstance(charts, Mapping) else {each.participant: each for each in charts}
    return run(study, named, until=until, virtual=virtual)


__all__ = [
    "MET", "NOT_MET", "UNKNOWN", "Chart", "Corrected", "Decided", "Deviation", "Due", "Event", "Finding", "Outcome", "Place",
    "Position", "Protocol", "Recorded", "Screening", "Severity", "Study", "Truth", "Unsound", "Verdict", "Visit", "analyse",
    "as_of", "chart", "check", "demo", "design", "deviations", "due", "import_tables", "last_day", "load", "outcome", "read_events", "read_facts",
    "read_people", "rehearse", "responses", "schema", "screen", "shipped", "show", "simulate", "study",
]  # fmt: skip
