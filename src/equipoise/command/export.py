"""`equipoise export`: a study, and its participants' data, in the standards that others use."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from ..events import Event, last_day
from ..finding import Finding, Severity, Unreadable, did_you_mean, errors
from ..study import Study
from .terminal import err, out, print_findings, read_day, refused, studied, table

if TYPE_CHECKING:
    from ..exchange import Cases

PRINTED = 50
"""How many findings about participants' data are printed."""
CALLED = {"ics": "icalendar", "omop": "circe", "dataset_json": "dataset-json"}
"""Other words for some standards."""


def export(
    study: Annotated[Path, typer.Argument(help="The study's folder, or the name of one that comes with equipoise.")],
    standard: Annotated[str, typer.Argument(help="The standard, as usdm or fhir; unsaid, all of them are listed.")] = "",
    events: Annotated[
        Path | None, typer.Argument(help="Participants' events: a folder, or one participant's .jsonl; where data are wanted.")
    ] = None,
    to: Annotated[Path, typer.Option("--to", help="The folder to write to.")] = Path("exported"),
    until: Annotated[str, typer.Option("--until", help="The day up to which facts are known; unsaid, the last event's.")] = "",
    virtual: Annotated[
        bool, typer.Option("--virtual", help="The participants are invented or simulated: every file says so.")
    ] = False,
    notes: Annotated[bool, typer.Option("--notes", help="Print everything that the standard has no words for.")] = False,
) -> None:
    """Write a study, and its participants' data, in a standard: USDM, FHIR, ODM, Dataset-JSON and others."""
    from ..exchange import formats

    known = formats()
    told = studied(study)
    if not standard:
        rows = table("standard", "carries", "")
        for each in known.values():
            way = "out and in" if each.data_in is not None or each.name == "usdm" else "out"
            rows.add_row(each.name, f"{each.label}: {each.says}", way)
        out.print(rows)
        return
    chosen = known.get(CALLED.get(standard, standard))
    if chosen is None or chosen.out is None:
        refused(f"'{standard}' is not one of {', '.join(known)}{did_you_mean(standard, known)}")
    cases, doubts = _cases(told, events, until, virtual)
    if chosen.needs_people and cases is None:
        refused(f"{chosen.label} carries participants' data: name their events after the standard")
    made = chosen.out(told, cases)
    _print(made.findings, notes)
    for name, content in made.files.items():
        file = to / name
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        except OSError as why:
            refused(f"{file}: cannot be written: {(why.strerror or str(why)).lower()}")
        out.print(f"written: {escape(str(file))}")
    if doubts:
        many = "1 answer" if doubts == 1 else f"{doubts:,} answers"
        err.print(f"{many} cannot be used, see above: their words are carried where the standard has room, and no value")
    if doubts or errors(made.findings):
        raise typer.Exit(1)


def _cases(study: Study, events: Path | None, until: str, virtual: bool) -> "tuple[Cases | None, int]":
    """Participants' data, and how many findings of weight there are about them: what cannot be used is left aside."""
    from ..exchange import Cases
    from ..transcript import read_events, read_people

    if events is None:
        return None, 0
    if events.is_dir():
        people, findings = read_people(events, study)
    else:
        read, findings = read_events(events, study)
        people = {events.stem: read}
    print_findings(findings[:PRINTED], err)
    if len(findings) > PRINTED:
        err.print(f"and {len(findings) - PRINTED:,} more")
    if not any(people.values()):
        refused(f"{events}: there is nobody whose data could be exported")
    day = read_day(until) or max(last_day(each) for each in people.values() if each)
    return Cases(people, day, virtual), len(errors(findings))


def exchanged(study: Study, paths: list[Path], to: Path | None) -> bool:
    """Read participants' data in a standard that others use: REDCap records, an ODM file, a FHIR bundle.

    Returns:
        Whether the files are of such a standard; if one is not, none is read.
    """
    from ..exchange import reader

    known = [(path, reader(path)) for path in paths]
    if not known or any(each is None for _, each in known):
        return False
    from ..transcript import write_events

    people: dict[str, tuple[Event, ...]] = {}
    found: list[Finding] = []
    for path, each in known:
        assert each is not None and each.data_in is not None
        got = each.data_in(study, path)
        found += got.findings
        for who, events in got.people.items():
            people[who] = (*people.get(who, ()), *events)
    print_findings(found[:PRINTED], err)
    if len(found) > PRINTED:
        err.print(f"and {len(found) - PRINTED:,} more")
    rows = table("", "")
    rows.add_row("participants", str(len(people)))
    rows.add_row("events", str(sum(map(len, people.values()))))
    out.print(rows)
    if to is not None:
        try:
            print_findings(write_events(people, to, study), err)
        except OSError as why:
            refused(f"{to}: cannot be written: {(why.strerror or str(why)).lower()}")
        out.print(f"written: {escape(str(to))}")
    if errors(found):
        raise typer.Exit(1)
    return True


def _print(findings: tuple[Finding, ...], notes: bool) -> None:
    quiet = [each for each in findings if each.severity is Severity.NOTE]
    print_findings((each for each in findings if notes or each.severity is not Severity.NOTE), err)
    if quiet and not notes:
        err.print(f"{len(quiet)} things the standard has no words for (--notes lists them)")


def is_usdm(path: Path) -> bool:
    """Whether a file is a protocol of somebody's in USDM."""
    from ..exchange.usdm import is_usdm as looks_so

    return looks_so(path)


def draft_usdm(path: Path, to: Path | None, name: str) -> None:
    """A study from a USDM file: word for word where equipoise wrote it, else a draft."""
    from ..exchange.usdm import read

    try:
        made, findings = read(path, name=name)
    except Unreadable as why:
        refused(f"{path}: {why.says}")
    print_findings((each for each in findings if each.severity is not Severity.NOTE), err)
    if made is None:
        raise typer.Exit(1)
    if to is None:
        print(next(iter(made.files.values())), end="")
        return
    folder = to / made.name
    for inside, text in made.files.items():
        file = folder / inside
        if file.exists():
            refused(f"{file} is there already: a draft does not replace what somebody may have worked on")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        except OSError as why:
            refused(f"{file}: cannot be written: {(why.strerror or str(why)).lower()}")
        out.print(f"written: {escape(str(file))}")
    what = "the study, word for word" if made.is_exact else f"a draft; {len(made.study.protocol.unstated)} things are unstated"
    err.print(f"{escape(made.name)}: {what}")
