"""The study's dates cannot all be right, or say that it was registered late.

What it finds
    A start after completion; a primary completion after the end; a page posted or updated before it was submitted,
    verified before it was submitted; registration after the start; completion before anybody's follow-up can end.
    So is a primary completion before the primary outcome even of the first participant is there.

Why it matters
    Registration before the first participant is what tells a plan from a result. A date that is off by a year is seen by
    nobody until the register's own checks find it.

Seen in
    NCT06868693: begun in August 2024, submitted to the register in March 2025, and last verified, as the page says, in
    August 2024.
"""

from collections.abc import Iterator
from datetime import date

from ..calendar import Span, later
from ..finding import Severity
from ..study import Study
from .rule import Flaw, place_of, rule

ORDER = (
    ("start", "primary_completion"), ("start", "completion"), ("primary_completion", "completion"),
    ("first_submitted", "first_posted"), ("first_submitted", "first_accepted"), ("first_posted", "last_update_posted"),
    ("first_submitted", "last_update_submitted"), ("last_update_submitted", "last_update_posted"),
    ("first_submitted", "last_verified"), ("start", "results_first_posted"),
)  # fmt: skip
REGISTERED = ("registered", "first_submitted")


@rule(Severity.ERROR)
def dates_contradict(study: Study) -> Iterator[Flaw]:
    dates = study.protocol.dates
    for before, after in ORDER:
        if before in dates and after in dates and dates[after].last < dates[before].first:
            says = f"'{after}' ({dates[after]}) lies before '{before}' ({dates[before]})"
            yield Flaw(place_of(after, study, under="dates"), says, after, "one of the two is wrong")
    registered = next((name for name in REGISTERED if name in dates), None)
    if registered and "start" in dates and dates[registered].first > dates["start"].last:
        says = f"registered ('{registered}', {dates[registered]}) after the start ({dates['start']})"
        design = study.protocol.design
        prospective = design.type == "interventional" and design.perspective != "retrospective"
        severity = Severity.ERROR if prospective else Severity.WARNING
        yield Flaw(
            place_of(registered, study, under="dates"),
            says,
            registered,
            "nothing mends this: the report has to say it",
            severity=severity,
        )
    yield from _too_short(study)


def _too_short(study: Study) -> Iterator[Flaw]:
    """Completion before the follow-up even of the first participant can end."""
    dates, endpoints = study.protocol.dates, study.protocol.endpoints
    if "start" not in dates or study.protocol.design.perspective in ("retrospective", "both"):
        return
    yield from _before_the_primary(study)
    if "completion" not in dates:
        return
    ends = {name: each.horizon or each.within or each.at for name, each in endpoints.items()}
    for name, span in ends.items():
        if isinstance(span, Span) and _end(dates["start"].first, span) > dates["completion"].last:
            says = (
                f"'{name}' is looked at for {span}, and completion ({dates['completion']}) comes before that, even for who "
                f"joins on the first day ({dates['start']})"
            )
            yield Flaw(endpoints[name].place, says, name, "a later completion, or a shorter horizon")


def _before_the_primary(study: Study) -> Iterator[Flaw]:
    """Primary completion before the primary outcome even of the first participant is there."""
    dates = study.protocol.dates
    for name, each in study.protocol.endpoints.items() if "primary_completion" in dates else ():
        span = each.within or each.at  # a horizon of survival may be cut off by the date of analysis
        if each.role == "primary" and span is not None and _end(dates["start"].first, span) > dates["primary_completion"].last:
            says = (
                f"'{name}' is primary and is looked at for {span}, and primary completion ({dates['primary_completion']}) comes "
                f"before that, even for who joins on the first day ({dates['start']})"
            )
            yield Flaw(each.place, says, name, "a later primary completion, or an earlier outcome")


def _end(start: date, span: Span) -> date:
    return later(start, span)
