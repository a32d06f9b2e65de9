"""`equipoise chart`: where a participant is, what is due, what may happen next, what deviated."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from ..chart import Chart, responses
from ..chart import chart as folded
from ..deviations import deviations
from ..due import Due, due
from ..endpoints import Absent, Measurement, Occurrence, Outcome, TimeToEvent, Trajectory, outcome
from ..endpoints.measurement import is_truth
from ..events import Event, last_day
from ..finding import NOWHERE, Finding, errors
from ..pathway import Deviation, Position
from ..reports.wording import in_sentence, listed
from ..study import Study
from ..transcript import read_events, read_people
from .terminal import err, out, print_findings, print_json, read_day, refused, studied, table


def chart(
    study: Annotated[Path, typer.Argument(help="The study's folder, or the name of one that comes with equipoise.")],
    events: Annotated[Path, typer.Argument(help="A participant's events (.jsonl), or a folder of participants.")],
    until: Annotated[str, typer.Option("--until", help="The day up to which facts are known; unsaid, the last event's.")] = "",
    json: Annotated[bool, typer.Option("--json", help="Print the chart as JSON.")] = False,
) -> None:
    """Chart a participant: position on the pathway, what is due, what may happen, deviations, endpoints."""
    told = studied(study)
    people: dict[str, tuple[Event, ...]]
    findings: tuple[Finding, ...]
    if events.is_dir():
        people, findings = read_people(events, told)
    else:
        read, findings = read_events(events, told)
        people = {events.stem: read}
    print_findings(findings, err)
    day = read_day(until)
    if not any(people.values()):
        refused(
            f"{events}: {'there is nobody to chart: no event could be read' if people else 'no participants (.jsonl) here'}"
        )
    charts = [folded(told, each, until=day or last_day(each)) for each in people.values()]
    if json:
        print_json([as_json(told, each) for each in charts])
    else:
        for name, each in zip(people, charts, strict=True):
            print_chart(told, each, name)
    if errors(findings):
        raise typer.Exit(1)


def chart_text(study: Study, known: Chart, name: str, *, width: int = 140) -> str:
    """A chart as plain text, for files and for tests."""
    console = Console(file=StringIO(), width=width, highlight=False, color_system=None)
    print_chart(study, known, name, console)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    return "\n".join(line.rstrip() for line in text.splitlines()).strip() + "\n"


def print_chart(study: Study, known: Chart, name: str, out: Console = out) -> None:
    """A chart, as a coordinator reads it."""
    arm = f", {study.protocol.arms[known.arm].label or known.arm}" if known.arm in study.protocol.arms else ""
    out.rule(f"[bold]{escape(name)}[/]{escape(arm)} on {known.until}", align="left", style="dim")
    if not any(known.facts.rows.values()):
        out.print("nothing is recorded up to this day")
    steps = table("on the pathway", "from", "until", "why it was left")
    for visit in known.visits:
        step = _step(study, visit.step)
        again = f" ({visit.number})" if visit.number > 1 else ""
        steps.add_row(escape(step + again), str(visit.entered), str(visit.left or ""), escape(visit.why))
    if known.visits:
        out.print(steps)
    for position in known.positions:
        out.print(f"\n[bold]now[/] {escape(_standing(study, position))}")
        for lack in position.missing:
            out.print(f"  - {escape(str(lack))}")
    owed = due(study, known)
    pending = [each for each in owed if each.is_pending]
    if pending:
        made = table("due", "target", "window", "", "because", title="\nDue")
        for each, doing in _visits(study, pending):
            made.add_row(escape(doing), str(each.target), _window(each), each.status, escape(each.because))
        out.print(made)
    found = _deviated(study, deviations(study, known, owed), owed)
    if found:
        made = table("on", "rule", "what happened", title="\nDeviations")
        for day, rule, says in found:
            made.add_row(str(day), rule, escape(says))
        out.print(made)
    answers = responses(study, known)
    if answers:
        made = table("imaging", "response", "why", title="\nResponse by RECIST 1.1, as the sizes propose it")
        for reading in answers:
            made.add_row(str(reading.on), str(reading.overall), escape(reading.reason))
        out.print(made)
    if study.protocol.endpoints and (why := _unbegun(study, known)):
        out.print(f"\nNo endpoints yet: {escape(why)}")
    elif study.protocol.endpoints:
        made = table("endpoint", "value", title="\nEndpoints so far")
        for name_, endpoint in study.protocol.endpoints.items():
            value = said(outcome(endpoint, study, known), answered=is_truth(endpoint, study))
            made.add_row(escape(endpoint.label or name_), escape(value))
        out.print(made)
    out.print()


def _unbegun(study: Study, known: Chart) -> str:
    """What is not recorded of somebody who never began the pathway and has no outcome; empty for all others."""
    begins = study.protocol.pathway.begins if study.protocol.pathway is not None else "enrolment"
    if known.first(begins) is not None or known.visits:
        return ""
    found = [outcome(each, study, known) for each in study.protocol.endpoints.values()]
    return f"{in_sentence(study.called(begins))} is not recorded" if all(isinstance(each, Absent) for each in found) else ""


def _visits(study: Study, owed: Iterable[Due]) -> Iterator[tuple[Due, str]]:
    """What is owed on the same days for the same reason as one visit: one of its items, and all of its activities in words."""
    visits: dict[Due, dict[str, None]] = {}
    for each in owed:
        visits.setdefault(replace(each, activity="", event="", place=NOWHERE), {})[study.label(each.activity)] = None
    for visit, labels in visits.items():
        yield visit, _together(labels)


def _together(labels: Iterable[str]) -> str:
    """Activities in words, as a sentence begins."""
    first, *others = sorted(labels)
    said = [first, *map(in_sentence, others)]
    return "; ".join(said) if any("," in each for each in said) else listed(said)


def _deviated(study: Study, found: Iterable[Deviation], owed: Iterable[Due]) -> list[tuple[date, str, str]]:
    """Day, rule and sentence of each deviation; what was missed or done on the wrong day, visit by visit."""
    names = sorted({study.label(each.activity) for each in owed}, key=len, reverse=True)
    told: dict[tuple[date, str, str], list[str]] = {}
    for one in found:
        name = next((each for each in names if one.says.startswith(f"{each} (")), "")
        told.setdefault((one.on, one.rule, one.says.removeprefix(name)), []).append(name)
    rows = []
    for (day, rule, rest), labels in told.items():
        several = rest
        for one_, many in ((") was due by ", ") were due by "), (" and is not recorded", " and are not recorded"),
                           (" its window of ", " their window of ")):  # fmt: skip
            several = several.replace(one_, many)
        same = len(labels) == 1 or not labels[0]
        rows += [(day, rule, each + rest) for each in labels] if same else [(day, rule, _together(labels) + several)]
    return rows


def _step(study: Study, name: str) -> str:
    pathway = study.protocol.pathway
    step = pathway.steps.get(name) if pathway is not None else None
    return (step.label if step is not None else "") or name.replace("_", " ")


def _standing(study: Study, position: Position) -> str:
    if position.ended:
        return f"{position.track}: ended on {position.entered} ({position.ended})"
    told = f"{position.track}: {_step(study, position.step)}, since {position.entered}"
    if position.waits:
        told += f"; {position.waits}"
    if position.times_out is not None:
        told += f"; times out after {position.times_out}"
    if position.options:
        told += f"; options: {', '.join(position.options)}"
        told += f" (the rule proposes {position.proposal})" if position.proposal else ""
    if position.offered:
        told += f"; may follow: {', '.join(study.called(each) for each in position.offered)}"
    return told


def _window(item: Due) -> str:
    if item.closes.year == 9999:
        return f"from {item.opens}"
    return str(item.opens) if item.opens == item.closes else f"{item.opens} to {item.closes}"


def said(found: Outcome, *, answered: bool = False) -> str:
    """An outcome in words; of what is answered by yes or no, that instead of 1 or 0."""
    match found:
        case Absent():
            return f"none: {found.why}"
        case TimeToEvent():
            return f"{found.days} days, {found.status} ({found.cause.replace('_', ' ')}, {found.ended})"
        case Occurrence(happened=None):
            return f"cannot be told yet ({found.why})"
        case Occurrence():
            told = f"yes, {found.count} ×, first on {found.on}" if found.happened else "no"
            return f"{told} ({found.why})"
        case Measurement():
            value = ("yes" if found.value else "no") if answered else f"{found.value:.6g}"
            return f"{value} (on {found.on}, from {found.count} value{'' if found.count == 1 else 's'})"
        case Trajectory():
            items = sorted({item for item, _, _ in found.points})
            return f"{len(found.points)} values of {', '.join(items)}"


def as_json(study: Study, known: Chart) -> dict[str, object]:
    """A chart for other programs."""
    owed = due(study, known)
    return {
        "participant": known.participant,
        "until": known.until,
        "arm": known.arm,
        "visits": [
            {"step": v.step, "track": v.track, "entry": v.number, "entered": v.entered, "left": v.left, "why": v.why}
            for v in known.visits
        ],
        "positions": [
            {"track": p.track, "step": p.step, "since": p.entered, "owed": [name for name, _ in p.owed], "offered": p.offered,
             "waits": p.waits, "missing": [str(m) for m in p.missing], "options": p.options, "proposal": p.proposal,
             "times_out": p.times_out, "ended": p.ended}
            for p in known.positions
        ],
        "due": [
            {"activity": d.activity, "target": d.target, "opens": d.opens, "closes": None if d.closes.year == 9999 else d.closes,
             "status": d.status, "because": d.because, "done_on": d.done_on}
            for d in owed
        ],
        "deviations": [
            {"on": d.on, "rule": d.rule, "says": d.says, "event": d.event} for d in deviations(study, known, owed)
        ],
        "responses": [{"on": r.on, "response": r.overall, "why": r.reason} for r in responses(study, known)],
        "endpoints": {name: said(outcome(each, study, known), answered=is_truth(each, study))
                      for name, each in study.protocol.endpoints.items()},
    }  # fmt: skip
