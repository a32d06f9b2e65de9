"""`equipoise simulate`: the trial as written, run many times with virtual participants, and what can be expected of it."""

from dataclasses import asdict, is_dataclass
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from ..finding import Unreadable
from .terminal import err, out, print_findings, print_json, refused, studied, table

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from ..rehearsal import Comparison, Rehearsal, Watch
    from ..study import Study

PAGE, NUMBERS = "simulation.html", "simulation.json"
MOST_TRIALS, MOST_JOBS = 10_000_000, 1_024


def simulate(
    study: Annotated[Path, typer.Argument(help="The study's folder, or the name of one that comes with equipoise.")],
    trials: Annotated[
        int | None,
        typer.Option("--trials", help="Virtual trials at most; unsaid, 10,000, or 100 where each is followed closely."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="The seed: the same one gives the same numbers, whatever --jobs.")] = 1,
    jobs: Annotated[int | None, typer.Option("--jobs", "-j", help="Processors to use; unsaid, all.")] = None,
    vary: Annotated[
        list[str] | None,
        typer.Option(
            "--vary",
            help="A number to change, as hazard_ratio=0.6,0.7 or ablation.limit=2,3 (also enrolment, accrual, dropout, "
            "ASSUMPTION.FIELD, STEP.limit, STEP.times, costs.ACTIVITY). May be repeated.",
        ),
    ] = None,
    error: Annotated[
        float, typer.Option("--error", help="End early once the Monte Carlo error of each power is this small; 0 for never.")
    ] = 0.005,
    to: Annotated[Path | None, typer.Option("--out", help="Write the page and the numbers to this folder.")] = None,
    resume: Annotated[
        Path | None, typer.Option("--resume", help="A file to keep finished trials in, and to go on from if it is there.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the numbers as JSON.")] = False,
) -> None:
    """Run the trial as written many times with virtual participants: power, errors, duration, and what happens to people.

    Ctrl-C ends it early and keeps what is done.
    """
    says = _wrong(trials, seed, jobs, error, to, resume)
    if says:
        refused(says)
    from ..rehearsal import Unassumed, rehearsing
    from ..simulation.trials import OfAnother

    told = studied(study)
    try:
        made = rehearsing(told, trials=trials, seed=seed, jobs=jobs, error=error, vary=vary or (), kept=resume)
    except Unassumed as why:
        print_findings(why.findings, err)
        err.print(f"[bold]{escape(told.protocol.study)}[/] cannot be simulated: {_lacks(len(why.findings))}")
        raise typer.Exit(1) from None
    except Unreadable as why:
        refused(why.says)
    found: Rehearsal | None = None
    try:
        found = made.first()
        if not as_json:
            for each in found.comparisons:
                _say(each, found, beforehand=True)
        with _progress() as progress:
            made.watch = _watching(progress)
            found = made.rest()
    except KeyboardInterrupt:
        err.print("interrupted before the first trials were done")
        raise typer.Exit(130) from None
    except OfAnother as why:
        refused(str(why))
    except Unassumed as why:
        print_findings(why.findings, err)
        raise typer.Exit(1) from None
    if as_json:
        print_json(plain_values(found))
    else:
        print_rehearsal(found, told)
    if to is not None:
        _write(found, told, to, quietly=as_json)
    if made.interrupted:
        raise typer.Exit(130)


def _wrong(trials: int | None, seed: int, jobs: int | None, error: float, to: Path | None, resume: Path | None) -> str:
    """What is wrong with what was asked for; empty if nothing is."""
    if trials is not None and not 1 <= trials <= MOST_TRIALS:
        return f"--trials {trials}: from 1 to {MOST_TRIALS:,} are run"
    if not 0 <= seed < 2**64:
        return f"--seed {seed}: a seed is a whole number from 0 to below 2^64"
    if jobs is not None and not 1 <= jobs <= MOST_JOBS:
        return f"--jobs {jobs}: from 1 to {MOST_JOBS:,} processors can be used"
    if not isfinite(error) or not 0 <= error < 0.5:
        return f"--error {error}: a Monte Carlo error lies between 0 and 0.5"
    if to is not None and to.exists() and not to.is_dir():
        return f"--out {to}: this is a file; a folder is expected"
    if resume is not None and resume.is_dir():
        return f"--resume {resume}: this is a folder; a file is expected"
    if resume is not None and not resume.parent.is_dir():
        return f"--resume {resume}: there is no folder {resume.parent}"
    return ""


def _lacks(count: int) -> str:
    return "what is said above is lacking" if count == 1 else f"the {count} things said above are lacking"


def _progress() -> "Progress":
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("left"),
        TimeRemainingColumn(), console=err, transient=True,
    )  # fmt: skip


def _watching(progress: "Progress") -> "Watch":
    tasks: dict[str, TaskID] = {}

    def watch(what: str, done: int, of: int) -> None:
        if what not in tasks:
            for each in tasks.values():
                progress.update(each, visible=False)
            tasks[what] = progress.add_task(escape(what), total=of)
        progress.update(tasks[what], completed=done, total=of)

    return watch


# --- on the terminal -------------------------------------------------------------------------------------------------


def print_rehearsal(found: "Rehearsal", study: "Study") -> None:
    """A rehearsal: sentences, then numbers."""
    from ..prospects.words import percent
    from ..reports.monte_carlo import percent_of, share, spread
    from ..reports.page import Table
    from ..reports.rehearsed import cost_sentences, outlooks

    out.print()
    out.print(f"[bold]{escape(found.title)}[/]")
    way = {"as written": "run as written", "followed": "run as written, each followed closely"}.get(found.way, "")
    out.print(
        f"[yellow]virtual participants[/]: {found.trials:,} trials of {found.people} {way}; seed {found.seed}", style="dim"
    )
    if found.ended:
        out.print(f"  ended early: {escape(found.ended)}", style="dim")
    for note in found.notes:
        out.print(f"  {escape(note)}", style="dim")
    out.print()
    for each in found.comparisons:
        _say(each, found)
    if not found.comparisons:
        out.print("No comparison of times to an event is declared: there is no power to tell of one.\n")
    for one in found.measured:
        shown = percent_of(one.found)
        out.print(f"[bold]{escape(one.label)}[/] [dim]{escape(one.what)}, {one.trials:,} trials {one.way}[/]: shown in {shown}")
    if found.measured:
        out.print()
    if found.forecast is not None:
        made = table("months", "mean", "one in ten", "half", "nine in ten", title="How long it takes")
        for name, mean, places in (
            ("until the last joins", found.forecast.accrual, found.forecast.accrual_spread),
            ("until the end", found.forecast.duration, found.forecast.duration_spread),
        ):
            made.add_row(name, f"{mean.value:.1f} ± {mean.error:.1g}", *(f"≤ {each}" for each in places))
        out.print(made)
        out.print(f"  persons screened for each who joins: {spread(found.forecast.screened)}\n", style="dim")
    for arm in found.arms:
        out.print(
            f"[bold]{escape(arm.label)}[/]: {spread(arm.participants)} participants, {spread(arm.person_months)} person-months"
        )
        told = ", ".join(f"{name.replace('_', ' ')} {spread(each)}" for name, each in arm.activities if each.value > 0)
        out.print(f"  a participant: {escape(told)}", style="dim")
    if found.charged is not None:
        out.print(f"\n[bold]Costs[/] [dim]({escape(found.charged.currency)}, prices of {found.charged.year})[/]")
        for sentence in cost_sentences(study, found.charged):
            out.print(f"  {escape(sentence)}")
    for flow in found.flows:
        out.print(
            f"\n[bold]Ways through {escape(flow.track.replace('_', ' '))}[/] [dim]({flow.participants:,} participants followed)[/]"
        )
        for steps, estimate in flow.shares[:8]:
            out.print(f"  {percent(estimate.value):>5} ± {100 * estimate.error:.1f}  {escape(' → '.join(steps))}")
    for adapted in found.adapted:
        from ..reports.adaptive_section import changes

        out.print(f"\n[bold]What may change at a look: {escape(adapted.label)}[/]")
        for sentence in changes(adapted):
            out.print(f"  {escape(sentence)}")
    if found.guessing is not None:
        from ..reports.simulation_page import guessed

        out.print()
        for sentence in guessed(found.guessing):
            out.print(escape(sentence))
    for sweep in found.sweeps:
        out.print()
        made = table(
            sweep.label,
            "comparison",
            "power",
            "error",
            "events",
            "months",
            "trials",
            title=f"If it were otherwise: {sweep.label.lower()} ({sweep.way})",
        )
        for point in sweep.points:
            mark = " (as assumed)" if point.value == sweep.assumed else ""
            made.add_row(
                f"{point.value}{mark}", point.comparison, share(point.power.value), f"{100 * point.power.error:.2g}",
                f"{point.events.value:.1f}" if point.events else "", f"{point.months.value:.1f}" if point.months else "",
                f"{point.trials:,}",
            )  # fmt: skip
        if sweep.points:
            out.print(made)
        for part in outlooks(sweep, study):
            if isinstance(part, Table):
                grid = table(*part.head, title=part.caption)
                for row in part.rows:
                    grid.add_row(*row)
                out.print(grid)
            else:
                out.print(escape(part.says), style="dim")
    out.print()


def _say(each: "Comparison", found: "Rehearsal", *, beforehand: bool = False) -> None:
    from ..reports.simulation_page import sentences

    told = sentences(each, found)
    if beforehand and each.plain is None:
        return
    out.print(f"[bold]{escape(each.label)}[/]{' [dim]primary[/]' if each.is_primary else ''}")
    for sentence in told:
        out.print(f"  {escape(sentence)}")
    if beforehand:
        out.print("  The trial as written follows.", style="dim")
    out.print()


def plain_values(found: object) -> object:
    """A rehearsal for other programs: what could not be told is null."""
    match found:
        case float() if not isfinite(found):
            return None
        case dict():
            return {str(key): plain_values(value) for key, value in found.items() if key != "totals"}
        case list() | tuple():
            return [plain_values(each) for each in found]
        case _ if is_dataclass(found) and not isinstance(found, type):
            return plain_values(asdict(found))
        case _:
            return found


def _write(found: "Rehearsal", told: object, to: Path, *, quietly: bool) -> None:
    import json

    from ..reports.simulation_page import simulation_page
    from ..study import Study

    assert isinstance(told, Study)
    files = {
        PAGE: simulation_page(told, found),
        NUMBERS: json.dumps(plain_values(found), indent=1, ensure_ascii=False) + "\n",
    }  # fmt: skip
    try:
        to.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (to / name).write_text(text, encoding="utf-8")
    except OSError as why:
        refused(f"{to}: cannot be written: {(why.strerror or str(why)).lower()}")
    if not quietly:
        for name in files:
            out.print(f"written: {escape(str(to / name))}")
