"""An endpoint looks further than its assessments reach.

What it finds
    An endpoint that only an assessment can show (`assessed_by`), and a horizon that lies beyond the last day for which
    any line of the schedule, counted from the same origin, asks for that assessment.

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
from .rule import Flaw, rule

SLACK = 31
"""How many days before the horizon the last assessment may lie."""
DAYS_BETWEEN = 366
"""How long after the endpoint's origin a later anchor (the end of treatment, say) is taken to lie at most."""


@rule(Severity.ERROR)
def follow_up_too_short(study: Study) -> Iterator[Flaw]:
    for name, endpoint in study.protocol.endpoints.items():
        reach = endpoint.horizon or endpoint.within or endpoint.at
        lines = [line for line in study.protocol.schedule if endpoint.assessed_by in line.do]
        if not endpoint.assessed_by or reach is None or not lines:
            continue
        ends = [_last(line, endpoint) for line in lines]
        if any(end is None for end in ends):
            continue
        last = max(end for end in ends if end is not None)
        if last < reach.about_days - SLACK:
            says = (
                f"'{name}' looks {reach} ahead of {endpoint.from_ or 'enrolment'}, and {study.called(endpoint.assessed_by)} "
                f"is asked for no longer than about {_about(last)} after it"
            )
            exact = all(_is_from(line, endpoint) for line in lines)
            severity = Severity.ERROR if exact else Severity.WARNING
            yield Flaw(endpoint.place, says, name, "go on with the assessment, or look less far", severity=severity)


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
