"""`equipoise compare`: two versions of a study, what changes, for whom, and which data have to be asked for again."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from ..finding import did_you_mean, errors
from ..study import VERSIONS, Study
from ..transcript import read_people
from .terminal import err, out, print_findings, print_json, read_day, refused, studied, table

if TYPE_CHECKING:
    from ..amendment import Affected, Amended


def compare(
    study: Annotated[Path, typer.Argument(help="The study's folder; earlier versions lie in its folder `versions`.")],
    people: Annotated[Path | None, typer.Argument(help="A folder of participants: what changes for each of them.")] = None,
    since: Annotated[str, typer.Option("--since", help="The earlier version; unsaid, the last one before.")] = "",
    against: Annotated[
        Path | None, typer.Option("--against", help="Another study's folder or file as the earlier version.")
    ] = None,
    until: Annotated[str, typer.Option("--until", help="The day up to which facts are known; unsaid, the last event's.")] = "",
    json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Compare two versions of a study: what changes, for whom, what has to be asked again, whose windows move."""
    from ..amendment import amended, as_json, either

    new = studied(study)
    old = studied(against) if against is not None else _earlier(new, since)
    events = None
    if people is not None:
        if not people.is_dir():
            refused(f"{people}: there is no such folder of participants")
        events, findings = read_people(people, either(old, new))
        print_findings(errors(findings), err)
    try:
        found = amended(old, new, events, until=read_day(until))
    except ValueError as why:
        refused(str(why))
    if json:
        print_json(as_json(found))
    else:
        print_amended(found)


def _earlier(new: Study, since: str) -> Study:
    """The version to compare with: the one asked for, or the last before this one."""
    known = new.earlier
    if since:
        if since not in known:
            refused(f"version {since} is not kept under {VERSIONS}/{did_you_mean(since, known)}")
        return known[since]
    from ..amendment import before

    found = before(new)
    if found is None:
        refused(f"no earlier version is kept under {VERSIONS}/: name another study with --against")
    return found


def print_amended(found: "Amended", console: Console = out) -> None:
    """A comparison, as a coordinator reads it."""
    console.rule(f"from version {found.old or 'unnamed'} to {found.new or 'unnamed'}", align="left", style="dim")
    if not found.changes:
        console.print("nothing changes")
    part = ""
    for each in found.changes:
        if each.part != part:
            part = each.part
            console.print(f"[bold]{part.replace('_', ' ')}[/]")
        console.print(f"  {escape(each.says)}")
    if found.admissions:
        console.print("[bold]who may join[/]")
    for one in found.admissions:
        console.print(f"  {escape(str(one))}{': a virtual participant, who is nobody, shows it' if one.who else ''}")
        for line in one.who.splitlines():
            console.print(f"    [dim]{escape(line)}[/]", soft_wrap=True)
    if found.recollect:
        console.print("[bold]to be asked of those whose forms are filled in[/]")
    for again in found.recollect:
        console.print(f"  {escape(str(again))}")
    if found.people:
        _print_people(found, console)


def _print_people(found: "Amended", console: Console) -> None:
    touched = [each for each in found.people if each.is_touched]
    console.print(f"[bold]participants[/]: {len(found.people)}, of whom {len(touched)} are affected")
    versions = table("held to", "because", "participants")
    for key in dict.fromkeys((each.held_to, each.basis) for each in found.people):
        names = [each.participant for each in found.people if (each.held_to, each.basis) == key]
        versions.add_row(escape(key[0] or "unnamed"), escape(key[1]), escape(", ".join(names)))
    console.print(versions)
    for each in touched:
        console.print(f"[bold]{escape(each.participant)}[/]")
        for line in told(each):
            console.print(f"  {escape(line)}")


def told(each: "Affected") -> list[str]:
    """What changes for one participant, line by line."""
    lines = [f"moved: {one}" for one in each.moved]
    lines += [f"newly due: {one.activity} on {one.target} ({one.because})" for one in each.newly_due]
    lines += [f"no longer due: {one.activity} on {one.target} ({one.because})" for one in each.no_longer_due]
    lines += [f"to be asked again: {activity} of {on}: {says}" for activity, on, says in each.recollect]
    lines += [f"stands at {now}, not at {was}" for was, now in each.stands]
    if each.eligible_before != each.eligible_after:
        lines.append(f"{each.eligible_before} by the old criteria, {each.eligible_after} by the new ones")
    lines += [f"endpoint '{name}': {was} → {now}" for name, was, now in each.outcomes]
    return [*lines, *(f"would deviate: {one}" for one in each.new_deviations)]
