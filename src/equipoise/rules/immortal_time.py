"""Groups are told apart by something that happens later, and time counts from before it.

What it finds
    A comparison of groups, or a result in a population, in time to an event, where an activity that comes after the
    endpoint's origin decides who belongs; and the analysis declares neither a landmark, nor that membership depends on
    time, nor an emulated trial.

Why it matters
    Whoever joins a group later had to live until then. Counted from the start, that time is credited to the group: it
    is immortal, and makes any later treatment look good. On the Stanford heart transplant data the naive comparison gives
    a log hazard ratio of -1.72 where the time-dependent one gives +0.02.

Seen in
    Retrospective comparisons of those who came to surgery with those who did not, as in NCT05271110 and NCT06868693.
"""

from collections.abc import Iterator

from ..expression.tree import Aggregate, Pick, Quantified, Rows, Tree, parts
from ..finding import Severity
from ..protocol import BUILT_IN, Analysis, Endpoint, Formula, Statement
from ..study import Study
from .rule import Flaw, activities, in_words, rule

AT_THE_START = ("enrolment", "consent", "randomisation", "assignment", "judgement")


@rule(Severity.ERROR)
def immortal_time(study: Study) -> Iterator[Flaw]:
    for each in study.protocol.analyses.values():
        endpoint = study.protocol.endpoints[each.endpoint]
        declared = each.landmark is not None or each.time_dependent or each.emulate is not None
        if declared or endpoint.kind not in ("time_to_event", "occurrence") or each.estimand is None:
            continue
        named = [*each.estimand.compared, each.estimand.population]
        later = dict.fromkeys(form for name in named for form in _later(name, each, endpoint, study))
        if later:
            groups = in_words(name for name in named if any(True for _ in _later(name, each, endpoint, study)))
            says = (
                f"who belongs to {groups} is told by {in_words(later)}, which can come after time zero "
                f"({endpoint.from_ or 'enrolment'}): '{each.name}' credits them with the time that they had to live until then"
            )
            fix = "declare `landmark:`, `time_dependent: true` or `emulate: {grace: ...}`, or let the clock start then"
            yield Flaw(each.place, says, each.name, fix)


def _later(name: str, analysis: Analysis, endpoint: Endpoint, study: Study) -> Iterator[str]:
    """The activities that tell who belongs to a group and that can come after the origin."""
    group, defined = study.protocol.groups.get(name), study.protocol.define.get(name)
    member = group.member if group is not None else defined if isinstance(defined, Formula) else None
    if member is None or name in study.protocol.arms:
        return
    origin = activities(endpoint.from_) if endpoint.from_ is not None else frozenset({"enrolment"})
    for form in sorted(_telling(member, study)):
        if form not in origin and form not in AT_THE_START and _may_follow(form, origin, study):
            yield form


def _telling(member: Formula | Statement, study: Study) -> frozenset[str]:
    """The activities whose taking place, or whose answers on the way through the trial, tell who belongs."""
    tree = member.settled
    happening = {_form(part) for part in parts(tree) if isinstance(part, Aggregate | Quantified)}
    happening |= {part.rows.form for part in parts(tree) if isinstance(part, Pick) and part.of.name == "on"}
    on_the_way = {form for form in activities(member) if form in _promised(study)}
    return frozenset(form for form in happening | on_the_way if form in study.activities)


def _form(part: Tree) -> str:
    return next(each.form for each in parts(part) if isinstance(each, Rows))


def _promised(study: Study) -> frozenset[str]:
    """The activities of the pathway and of the schedule."""
    steps = study.protocol.pathway.steps.values() if study.protocol.pathway is not None else ()
    done = {name for step in steps for name in (*step.do, step.repeat) if name}
    return frozenset(done | {name for line in study.protocol.schedule for name in line.do})


def _may_follow(form: str, origin: frozenset[str], study: Study) -> bool:
    """Whether an activity can come after the origin: unless it is known before, or its steps all lie before."""
    pathway = study.protocol.pathway
    if form not in _promised(study):
        known_before = {name for criterion in study.protocol.eligibility if isinstance(criterion.rule, Formula)
                        for name in activities(criterion.rule)}  # fmt: skip
        return form not in known_before or form in BUILT_IN
    if pathway is None or any(form in line.do for line in study.protocol.schedule):
        return True
    starts = [name for name, step in pathway.steps.items() if {*step.do, step.repeat} & origin]
    if not starts:
        return True
    reached: set[str] = set()
    waiting = [*starts]
    while waiting:
        step = pathway.steps.get(name := waiting.pop())
        if step is None or name in reached:
            continue
        reached.add(name)
        waiting += [step.next, step.on_timeout, step.unknown, *(one.to or one.otherwise for one in step.decide)]
    return any(form in (*pathway.steps[name].do, pathway.steps[name].repeat) for name in reached)
