"""A distance between two treatments that cannot be kept, as another sentence asks for them closer together.

What it finds
    An `apart` that contradicts what is promised elsewhere: the step is owed sooner after the other activity (`within`), the
    activity is repeated or tried again sooner (`every`, `retry`, how long a cycle lasts), or the schedule asks for one of the
    two in a window that ends before the distance is over.

Why it matters
    Whoever keeps the one promise breaks the other. The site will keep the one it read last.

Seen in
    Nowhere yet: distances between treatments stand in protocols, and in registers only now and then.
"""

import heapq
from collections.abc import Iterator

from ..calendar import Span, Window
from ..expression.tree import Pick
from ..finding import Severity
from ..protocol import Apart, Line, Pathway, Step
from ..study import Study
from .rule import Flaw, rule
from .step_never_entered import leads


@rule(Severity.ERROR)
def distance_cannot_be_kept(study: Study) -> Iterator[Flaw]:
    pathway = study.protocol.pathway
    if pathway is None:
        return
    for step in pathway.steps.values():
        for apart in step.apart:
            for activity in dict.fromkeys((*step.do, *([step.repeat] if step.repeat else []))):
                for says in (
                    *_in_the_pathway(study, pathway, step, apart, activity),
                    *_in_the_schedule(study, apart, activity),
                ):
                    told = f"{study.label(activity)} and {study.called(apart.from_)} are to lie at least {apart.at_least} apart, and {says}"
                    yield Flaw(apart.place, told, step.name, "change the distance, or what asks for the two closer together")


def _in_the_pathway(study: Study, pathway: Pathway, step: Step, apart: Apart, activity: str) -> Iterator[str]:
    least = apart.at_least
    if activity == apart.from_ and activity == step.repeat:
        pace = step.every or study.activities[activity].lasts
        if pace is not None and _longest(pace) < _shortest(least):
            yield f"'{step.name}' repeats it every {pace}"
    if activity == apart.from_ and activity in step.do and step.retry is not None:
        if _longest(step.retry.for_) < _shortest(least):
            yield f"'{step.name}' tries again every {step.retry.every}, for {step.retry.for_} at most"
    if step.within is None:
        return
    if apart.from_ in (*step.do, step.repeat) and apart.from_ != activity:
        if _longest(step.within) < _shortest(least):
            yield f"'{step.name}' asks for both within {step.within}"
        return
    days = _days_to(study, pathway, step.name, apart.from_)
    if days is not None and days + _longest(step.within) < _shortest(least):
        soon = f"is entered {days:g} days after the other where nothing delays it" if days else "follows the other"
        yield f"'{step.name}' {soon}, and asks for it within {step.within}"


def _days_to(study: Study, pathway: Pathway, name: str, activity: str) -> float | None:
    """The fewest days from an activity to the entry of a step; None where no way leads there."""
    queue: list[tuple[float, str]] = []
    for step in pathway.steps.values():
        if activity in (*step.do, step.repeat):
            lasts = study.activities[activity].lasts or Span()
            queue += [(_shortest(lasts), to) for to in leads(step)]
    heapq.heapify(queue)
    seen: set[str] = set()
    while queue:
        days, at = heapq.heappop(queue)
        if at == name:
            return days
        if at in pathway.steps and at not in seen:
            seen.add(at)
            for to in leads(pathway.steps[at]):
                heapq.heappush(queue, (days + _stay(study, pathway.steps[at]), to))
    return None


def _stay(study: Study, step: Step) -> float:
    """The fewest days that a step takes."""
    if step.repeat and step.times is not None:
        lasts = study.activities[step.repeat].lasts or Span()
        return (step.times.at_least - 1) * _shortest(step.every or lasts) + _shortest(lasts)
    return max((_shortest(study.activities[name].lasts or Span()) for name in step.do), default=0.0)


def _in_the_schedule(study: Study, apart: Apart, activity: str) -> Iterator[str]:
    for one, other in dict.fromkeys(((activity, apart.from_), (apart.from_, activity))):
        for line in study.protocol.schedule:
            if one not in line.do or _anchor(line) != other:
                continue
            for offset in _offsets(study, line):
                window = line.hard or line.window or Window()
                if _longest(offset) + _longest(window.after) < _shortest(apart.at_least):
                    yield f"the schedule asks for {study.called(one)} {offset} after {study.called(other)} ({window})"


def _anchor(line: Line) -> str:
    if line.every is not None and line.every.activity:
        return line.every.activity
    tree = line.anchor.tree if line.anchor is not None else None
    return tree.rows.form if isinstance(tree, Pick) and tree.of.name == "on" else ""


def _offsets(study: Study, line: Line) -> tuple[Span, ...]:
    """How long after its anchor a line first asks for something."""
    if line.on:
        return tuple(Span(days=day) for day in line.on)
    if line.at is not None:
        return (line.at,)
    if line.every is not None and line.every.activity:
        return (study.activities[line.every.activity].lasts or Span(),)
    span = line.starting or (line.every.span if line.every is not None else None)
    return (span,) if span is not None else ()


def _shortest(span: Span) -> float:
    return float(span.days + 28 * span.months)


def _longest(span: Span) -> float:
    return float(span.days + 31 * span.months)
