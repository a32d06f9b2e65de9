"""An endpoint looks further than its assessments reach.

What it finds
    An endpoint that only an assessment can show (`assessed_by`), and a horizon that lies beyond the last day for which
    any line of the schedule, counted from the same origin, asks for that assessment.
    So is a time to an event whose censoring rests on an assessment of the schedule alone, and, as a warning, an occurrence
    within a time of which the last part is after everything that the schedule asks for.

Why it matters
    After the last scan nobody progresses any more: the curve goes flat because nobody looks.

Seen in
    Register entries with progression-free survival at two years and imaging for one.
"""

from collections.abc import Iterator

from ..calendar import Span
from ..finding import Severity
from ..protocol import Endpoint, Line
from ..study import Study
from .rule import Flaw, activities, rule

SLACK = 31
"""How many days before the horizon the last assessment may lie."""
DAYS_BETWEEN = 366
"""How long after the endpoint's origin a later anchor (the end of treatment, say) is taken to lie at most."""


@rule(Severity.ERROR)
def follow_up_too_short(study: Study) -> Iterator[Flaw]:
    for name, endpoint in study.protocol.endpoints.items():
        reach = endpoint.horizon or endpoint.within or endpoint.at
        form = endpoint.assessed_by or _censored_by(endpoint, study)
        lines = [line for line in study.protocol.schedule if form in line.do]
        if not form and reach is not None:
            yield from _nobody_looks(endpoint, reach, study)
        if not form or reach is None or not lines:
            continue
        ends = [_last(line, endpoint) for line in lines]
        if any(end is None for end in ends):
            continue
        last = max(end for end in ends if end is not None)
        if last < reach.about_days - SLACK:
            says = (
                f"'{name}' looks {reach} ahead of {endpoint.from_ or 'enrolment'}, and {study.called(form)} "
                f"is asked for no longer than about {_about(last)} after it"
            )
            exact = all(_is_from(line, endpoint) for line in lines)
            severity = Severity.ERROR if exact else Severity.WARNING
            yield Flaw(endpoint.place, says, name, "go on with the assessment, or look less far", severity=severity)


def _censored_by(endpoint: Endpoint, study: Study) -> str:
    """The one assessment at which a participant was last seen without the event, where the pathway does not ask for it too."""
    forms = activities(*endpoint.censors) & {*study.activities} - {"death", "withdrawal"}
    steps = study.protocol.pathway.steps.values() if study.protocol.pathway is not None else ()
    asked = {name for step in steps for name in (*step.do, step.repeat)}
    return next(iter(forms)) if endpoint.kind == "time_to_event" and len(forms) == 1 and not forms & asked else ""


def _nobody_looks(endpoint: Endpoint, reach: Span, study: Study) -> Iterator[Flaw]:
    """An event in a stretch of time of which the last part is after everything that the schedule asks for."""
    lines, pathway = study.protocol.schedule, study.protocol.pathway
    if endpoint.kind != "occurrence" or activities(*endpoint.events) <= {"death"} or not lines:
        return
    if pathway is not None and any(step.repeat for step in pathway.steps.values()):
        return
    ends = [_last(line, endpoint) for line in lines]
    known = [end for end in ends if end is not None]
    if len(known) == len(ends) and max(known) < reach.about_days - SLACK and all(_is_from(line, endpoint) for line in lines):
        says = (
            f"'{endpoint.name}' looks {reach} ahead of {endpoint.from_ or 'enrolment'}, and nothing is asked of participants "
            f"later than about {_about(max(known))} after it"
        )
        yield Flaw(endpoint.place, says, endpoint.name, "go on asking, or look less far", severity=Severity.WARNING)


def _last(line: Line, endpoint: Endpoint) -> float | None:
    """The last day after the endpoint's origin for which a line asks; None where it has no end."""
    later = 0 if _is_from(line, endpoint) else DAYS_BETWEEN
    if line.on:
        return later + max(line.on)
    if line.at is not None:
        return later + line.at.about_days
    if not isinstance(line.until, Span):
        return None
    return later + line.until.about_days


def _is_from(line: Line, endpoint: Endpoint) -> bool:
    return line.anchor is not None and line.anchor == endpoint.from_


def _about(days: float) -> str:
    return f"{days / 365.25:.1f} years" if days >= 365 else f"{days / 30.4:.0f} months" if days >= 60 else f"{days:.0f} days"
