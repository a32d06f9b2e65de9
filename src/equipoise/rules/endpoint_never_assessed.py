"""An endpoint rests on something that the study never does.

What it finds
    An assessment (`assessed_by`), an item or an event that an endpoint needs and that no step of the pathway and no line
    of the schedule asks for; or none in an arm that is compared.
    So is what is measured at one time and asked for at others alone, by the windows of both.

Why it matters
    The endpoint stays empty, or holds what happened to be recorded. Its absence is seen when the data are locked.

Seen in
    Register entries with quality of life as an outcome and no questionnaire anywhere in the plan.
"""

from collections.abc import Iterator

from ..calendar import Span, Window
from ..finding import Severity
from ..journeys import Ways, may_happen, reach
from ..protocol import BUILT_IN, Endpoint, Formula, Line
from ..study import Study
from .rule import Flaw, activities, in_words, rule

LOOSE = 31
"""Days around the time of an outcome in which a value is taken for it, where nothing says how far off it may be."""


@rule(Severity.ERROR)
def endpoint_never_assessed(study: Study) -> Iterator[Flaw]:
    if not study.protocol.schedule and study.protocol.pathway is None:
        return  # what is not planned here is not said to be done or left undone: a study of records
    for name, endpoint in study.protocol.endpoints.items():
        arms = _compared(endpoint, study)
        for needed, is_looked_at in _needed(endpoint, study).items():
            label = study.called(needed)
            without = [arm for arm, ways in arms.items() if not _is_done(needed, arm, ways, study, is_looked_at)]
            if len(without) == len(arms):
                says = f"'{name}' needs '{needed}' ({label}), and nothing in the study asks for it"
                yield Flaw(endpoint.place, says, name, "put it into a line of the schedule or a step of the pathway")
            elif without:
                says = f"'{name}' needs '{needed}' ({label}), and nothing asks for it in {in_words(without)}"
                yield Flaw(endpoint.place, says, name, "ask for it in every arm that is compared", severity=Severity.WARNING)
            elif says := _asked_at_other_times(needed, endpoint, study):
                yield Flaw(endpoint.place, says, name, "ask for it at that time, or measure at another")


def _asked_at_other_times(form: str, endpoint: Endpoint, study: Study) -> str:
    """That what is measured at one time is asked for at others alone; nothing where a line leaves its times open."""
    pathway = study.protocol.pathway
    lines = [line for line in study.protocol.schedule if form in line.do]
    if endpoint.kind not in ("measurement", "score") or endpoint.at is None or endpoint.from_ is None or not lines:
        return ""
    if pathway is not None and any(form in (*step.do, step.repeat) for step in pathway.steps.values()):
        return ""
    wanted = endpoint.at.about_days
    near: list[float] = []
    for line in lines:
        days = _days(line, endpoint, study)
        if days is None:
            return ""
        meets = [_meet(day, line.window, wanted, endpoint.window) for day in days]
        if any(meets):
            return ""
        if line.anchor != endpoint.from_ and any(day > wanted for day in days):
            return ""  # counted from the beginning, which lies before the origin, and nobody knows how long before
        near += days if line.anchor == endpoint.from_ else []
    told = f"'{endpoint.name}' is measured {endpoint.at} after {endpoint.from_}, and {study.called(form)} is asked for "
    if not near:
        return f"{told}only before that"
    nearest = min(near, key=lambda day: abs(day - wanted))
    return f"{told}at other times: the nearest is {'day' if nearest < 60 else 'about day'} {nearest:.0f}, and not {wanted:.0f}"


def _meet(asked: float, around: Window | None, wanted: float, allowed: Window | None) -> bool:
    """Whether what is asked for on a day may lie where an outcome is taken from."""
    if around is None and allowed is None:
        return abs(asked - wanted) <= LOOSE
    first, last = _reach(asked, around)
    earliest, latest = _reach(wanted, allowed)
    return first <= latest + 0.5 and last >= earliest - 0.5


def _reach(day: float, window: Window | None) -> tuple[float, float]:
    if window is None:
        return day, day
    return day - abs(window.before.about_days), day + abs(window.after.about_days)


def _days(line: Line, endpoint: Endpoint, study: Study) -> list[float] | None:
    """The days after an endpoint's origin for which a line asks; None where that cannot be told."""
    if line.until is not None and not isinstance(line.until, Span) and line.until == endpoint.from_:
        return []
    pathway = study.protocol.pathway
    begins = {"enrolment", "consent", pathway.begins if pathway is not None else ""}
    if line.anchor is None or endpoint.at is None or (line.anchor != endpoint.from_ and line.anchor.text not in begins):
        return None
    if line.on:
        return [float(day) for day in line.on]
    if line.at is not None:
        return [line.at.about_days]
    if line.every is None or line.every.span is None or not (step := line.every.span.about_days):
        return None
    first = line.starting.about_days if line.starting is not None else step
    last = endpoint.at.about_days + step
    if isinstance(line.until, Span):
        last = min(last, line.until.about_days + 1)
    return [first + step * index for index in range(int(max(last - first, -1) // step) + 1)]


def _compared(endpoint: Endpoint, study: Study) -> dict[str, Ways]:
    """The arms in which the endpoint is to be had."""
    arms = dict(reach(study).arms)
    named = {
        name for each in study.protocol.analyses.values() if each.endpoint == endpoint.name and each.estimand is not None
        for name in each.estimand.compared
    }  # fmt: skip
    return {arm: ways for arm, ways in arms.items() if arm in named} or arms


def _needed(endpoint: Endpoint, study: Study) -> dict[str, bool]:
    """The activities without which there is no outcome; True where they have to be planned, not only to happen."""
    needed = {}
    for item in (endpoint.item, *endpoint.items):
        forms = _forms(item, study)
        if len(forms) == 1:
            needed[forms[0]] = any(forms[0] in line.do for line in study.protocol.schedule)
    moments = (*endpoint.events, *((endpoint.from_,) if endpoint.from_ is not None else ()))
    needed |= {form: False for moment in moments for form in activities(moment) if form in study.activities}
    if endpoint.assessed_by:
        needed[endpoint.assessed_by] = True
    return needed


def _forms(item: str, study: Study) -> list[str]:
    """The activities on whose forms an item, or what a definition reads, is written down."""
    if not item:
        return []
    if isinstance(rule := study.protocol.define.get(item), Formula):
        return sorted(activities(rule) & {*study.activities})
    form, _, key = item.rpartition(".")
    return [name for name, each in study.activities.items() if (key or item) in each.items and form in ("", name)]


def _is_done(name: str, arm: str, ways: Ways, study: Study, is_looked_at: bool) -> bool:
    if name in ways.asked or (not is_looked_at and (name in BUILT_IN or name in ways.free)):
        return True
    lines = [line for line in study.protocol.schedule if name in line.do]
    return any(line.anchor is None or may_happen(study, line.anchor.settled, arm) for line in lines)
