"""From charts to estimates: the analyses that a study declares, run, each with what it estimates and what it cannot.

Before a randomised trial is locked, its arms are not set apart in real data: what would compare them is withheld, and
everyone is described together. A trial is locked when its `status` is completed, or when the caller says so. An
analysis that declares `interim` looks is shown when a look is asked for. Where looks are planned the final test of the plan
stands before all others (see *Looks, and what may change at them*).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import date
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from types import MappingProxyType

from ..chart import Chart, as_of
from ..endpoints import Absent, Measurement, Outcome, outcome
from ..kernels.inestimable import Inestimable
from ..protocol import Analysis, Endpoint, Estimand
from ..study import Study
from . import costs as money
from . import fair as fairly
from . import heterogeneity as modifiers
from . import imputation as gaps
from . import longitudinal as lines
from . import measurement as values
from . import occurrence as shares
from . import prediction as points
from . import risk as risks
from . import scores as questionnaires
from . import time_to_event as times
from . import trajectory as courses
from .adapted import adapted, is_looked_at, now
from .closed import closed
from .plan import Plan, in_words, item_label
from .result import (
    Acceptability,
    Balanced,
    Counted,
    Course,
    Curve,
    Estimate,
    JointDisplay,
    LeftOut,
    Numbers,
    Result,
    Spread,
    Strategy,
    Test,
)
from .sample import EVERYONE, Sample, Side, arms, population, sample, sides

Method = Callable[[Plan, Sample], Numbers]

KINDS: Mapping[str, tuple[Method, tuple[str, ...], tuple[str, ...]]] = MappingProxyType({
    "time_to_event": (times.time_to_event, times.METHODS, times.TESTS),
    "occurrence": (shares.occurrence, shares.METHODS, shares.TESTS),
    "measurement": (values.measurement, values.METHODS, values.TESTS),
    "score": (values.measurement, values.METHODS, values.TESTS),
    "cost": (values.measurement, values.METHODS, values.TESTS),
    "trajectory": (courses.trajectory, courses.METHODS, courses.TESTS),
})  # fmt: skip
"""For each kind of endpoint: what analyses it, and the words for methods and for tests that this version knows."""

PARTICULAR: Mapping[str, Mapping[str, Method]] = MappingProxyType({
    "time_to_event": {
        **dict.fromkeys(modifiers.METHODS, modifiers.heterogeneity), **dict.fromkeys(points.METHODS, points.prediction),
        **dict.fromkeys(gaps.METHODS, gaps.imputation),
    },
    "occurrence": {**dict.fromkeys(risks.METHODS, risks.risk), **dict.fromkeys(gaps.METHODS, gaps.imputation)},
    "measurement": dict.fromkeys(gaps.METHODS, gaps.imputation),
    "score": {**dict.fromkeys(questionnaires.METHODS, questionnaires.score), **dict.fromkeys(gaps.METHODS, gaps.imputation)},
    "cost": {**dict.fromkeys(money.METHODS, money.costs), **dict.fromkeys(gaps.METHODS, gaps.imputation)},
    "trajectory": dict.fromkeys(lines.METHODS, lines.longitudinal),
})  # fmt: skip
"""For each kind of endpoint: the methods that are done elsewhere than the others of that kind, and what does them."""

COMPARING = ("subgroups", "multiple_imputation", "gamma", "cost_effectiveness", "point_score")
"""Of these, the methods that say nothing unless arms are set apart or something is adjusted for."""
ADJUSTING = ("multiple_imputation", "gamma")
"""Of these, the methods that adjust an endpoint that is no time to an event."""

POPULATIONS = {
    "enrolled": "All who were enrolled",
    "randomised": "All who were randomised, in the arm that the lot gave them",
    "treated": "All who had what their arm gives",
    "screened": "All who were screened",
}
PLAIN = {
    "time_to_event": "time to the event, by arm", "occurrence": "share with the event", "measurement": "spread of "
    "the values",
    "score": "spread of the scores", "cost": "spread of the costs", "trajectory": "means over time",
}  # fmt: skip


def analyse(
    study: Study, charts: Mapping[str, Chart] | Sequence[Chart], *, until: date, virtual: bool = False,
    locked: bool | None = None, interim: bool = False, naive: bool = False,
) -> tuple[Result, ...]:  # fmt: skip
    """Run the declared analyses, and describe each endpoint of which none is declared.

    Args:
        study: What was promised.
        charts: One chart a participant, folded up to `until`.
        until: The day up to which facts are known.
        virtual: Whether the participants are invented.
        locked: Whether arms may be set apart; unsaid, if the trial is not randomised, or is completed, or is virtual.
        interim: Whether this is a planned look: analyses that declare `interim` then compare arms before the lock.
        naive: Whether fair comparisons show, beside their answer, the one that takes groups as they turned out.

    Raises:
        ValueError: A chart was folded up to another day.
    """
    known = _charts(charts, until)
    open_ = is_locked(study, virtual=virtual) if locked is None else locked
    run = _Run(study, known, until, virtual, open_, interim, naive)
    declared = [run.declared(each) for each in study.protocol.analyses.values()]
    told = {each.endpoint for each in study.protocol.analyses.values()}
    plain = [run.described(each) for name, each in study.protocol.endpoints.items() if name not in told]
    return closed(study, [*declared, *plain])


def is_locked(study: Study, *, virtual: bool = False) -> bool:
    """Whether arms may be set apart: the trial is not randomised, or completed, or its participants are invented."""
    protocol = study.protocol
    return virtual or protocol.design.allocation != "randomised" or protocol.status.casefold().startswith("completed")


def software() -> str:
    """The name and version of this program."""
    try:
        return f"equipoise {version('equipoise')}"
    except PackageNotFoundError:
        return "equipoise, not installed"


def _charts(charts: Mapping[str, Chart] | Sequence[Chart], until: date) -> tuple[Chart, ...]:
    if isinstance(charts, Mapping):
        known = tuple(replace(each, participant=name) for name, each in charts.items())
    else:
        known = tuple(replace(each, participant=each.participant or str(number)) for number, each in enumerate(charts, start=1))
    for each in known:
        if each.until != until:
            raise ValueError(f"the chart of {each.participant} is folded up to {each.until}, and the analysis is as of {until}")
    if len({each.participant for each in known}) < len(known):
        raise ValueError("two charts have the name of one participant")
    return known


class _Run:
    """Analyses under way: outcomes are worked out once for each endpoint."""

    def __init__(
        self, study: Study, charts: tuple[Chart, ...], until: date, virtual: bool, locked: bool, interim: bool,
        naive: bool = False,
    ) -> None:  # fmt: skip
        self.study, self.charts, self.until = study, charts, until
        self.virtual, self.locked, self.interim, self.naive = virtual, locked, interim, naive
        self._outcomes: dict[str, dict[str, Outcome]] = {}

    def outcomes(self, endpoint: Endpoint) -> dict[str, Outcome]:
        """Each participant's outcome."""
        if endpoint.name not in self._outcomes:
            self._outcomes[endpoint.name] = {each.participant: outcome(endpoint, self.study, each) for each in self.charts}
        return self._outcomes[endpoint.name]

    def _counting(self, plan: Plan) -> dict[str, Outcome]:
        """Each participant's outcome, as the method takes those who have none."""
        if plan.method == "half_rule":
            return {each.participant: questionnaires.half_rule(plan.endpoint, self.study, each) for each in self.charts}
        found = self.outcomes(plan.endpoint)
        if plan.method in gaps.METHODS and plan.endpoint.kind in ("measurement", "score", "cost"):
            gap = Measurement(float("nan"), self.until, 0)
            return {name: gap if isinstance(each, Absent) and not each.is_outside else each for name, each in found.items()}
        return found

    # --- one analysis -------------------------------------------------------------------------------------------

    def declared(self, analysis: Analysis) -> Result:
        """A declared analysis, run."""
        endpoint = self.study.protocol.endpoints.get(analysis.endpoint)
        if endpoint is None:
            raise LookupError(f"analysis '{analysis.name}' is of '{analysis.endpoint}', which is not an endpoint")
        estimand = analysis.estimand or Estimand()
        looks = self.interim and bool(analysis.interim)
        withheld = not self.locked and not looks and bool(estimand.compared or self.study.protocol.arms)
        blank = self._blank(endpoint, estimand, withheld)
        blank = replace(
            blank, name=analysis.name, label=analysis.label or _title(analysis.name), is_declared=True,
            is_estimand_declared=analysis.estimand is not None, is_post_hoc=analysis.post_hoc, place=analysis.place,
        )  # fmt: skip
        notes: list[str] = []
        if analysis.interim and looks and not self.locked:
            shares_ = ", ".join(f"{float(each):.0%}" for each in analysis.interim)
            notes.append(
                f"This is an interim look (planned at {shares_} of the information). Its limits and p values "
                "are not adjusted for "
                "looking more than once."
            )
        try:
            if refused := fairly.refused(analysis, endpoint, self.study) or _not_done(analysis, endpoint):
                raise Inestimable(refused)
            who, compares = self._sides(estimand, analysis, withheld)
            plan = Plan(
                self.study, endpoint, who, compares, analysis.method, analysis.test, estimand.summary, analysis.adjust,
                analysis.stratify, 1 - float(analysis.alpha) if analysis.alpha is not None else 0.95, analysis.landmark,
                (analysis.time_dependent or analysis.emulate is not None) and compares,
                analysis.emulate if compares else None,
            )  # fmt: skip
            if withheld:
                sets_apart = analysis.method.startswith("cox") or analysis.method in (*fairly.METHODS, *COMPARING)
                plan = replace(plan, adjust=(), test="", method="" if sets_apart else analysis.method)
            found = self._run(blank, plan, estimand.counted, notes, analysis)
            if not plan.compares or not is_looked_at(analysis) or not (self.locked or now(analysis, self.until)):
                return found
            return _put_first(adapted(plan, analysis, partial(self._known, plan, estimand.counted), self.until), found)
        except Inestimable as why:
            return replace(blank, findings=(*notes, _sentence(why.says)))

    def described(self, endpoint: Endpoint) -> Result:
        """A plain description of an endpoint of which the file declares no analysis."""
        withheld = not self.locked and bool(self.study.protocol.arms)
        blank = self._blank(endpoint, Estimand(), withheld)
        blank = replace(
            blank, name=endpoint.name, label=f"{endpoint.label or _title(endpoint.name)} (descriptive, not declared)",
            place=endpoint.place, summary=PLAIN[endpoint.kind],
        )  # fmt: skip
        try:
            who = arms(self.study) if self.study.protocol.arms and not withheld else (EVERYONE,)
            return self._run(blank, Plan(self.study, endpoint, who), "enrolled", [], None)
        except Inestimable as why:
            return replace(blank, findings=(_sentence(why.says),))

    def _run(self, blank: Result, plan: Plan, who: str, notes: list[str], analysis: Analysis | None) -> Result:
        members, outside = population(who, self.study, self.charts)
        if not members:
            raise Inestimable(f"not estimated: nobody belongs to the population '{who}'")
        counted = sample(
            plan.sides,
            self.study,
            plan.endpoint,
            members,
            self._counting(plan),
            landmark=plan.landmark,
            changes=plan.changes,
            among=who,
        )
        notes += counted.notes
        if blank.is_withheld:
            notes.append(
                "The trial is not locked: nothing that sets its arms apart is shown, and everyone is described together."
            )
        if analysis is not None and analysis.adjust and not blank.is_withheld:
            if plan.endpoint.kind != "time_to_event" and plan.method not in (*fairly.METHODS, *ADJUSTING):
                notes.append(
                    f"Adjustment for {', '.join(analysis.adjust)} is declared, and this version does not "
                    "adjust such an endpoint."
                )
        is_fair = plan.method in fairly.METHODS
        if analysis is not None and analysis.stratify and plan.endpoint.kind != "time_to_event" and not is_fair:
            notes.append(
                f"Stratification by {', '.join(analysis.stratify)} is declared, and this version does not "
                "stratify such an endpoint."
            )
        if not counted.members:
            left = (*outside, *counted.left_out)
            return replace(blank, left_out=left, findings=(*notes, "Not estimated: nobody has an outcome yet."))
        if plan.changes:
            counted = replace(counted, sides=(EVERYONE,))
        found = _method(plan)(plan, counted)
        held = {each.name: getattr(found, each.name) for each in fields(Numbers)}
        held["left_out"] = (*outside, *counted.left_out, *found.left_out)
        held["findings"] = (*notes, *found.findings)
        if self.naive and fairly.is_fair(plan):
            told, wrong = fairly.naive(plan, members, self.outcomes(plan.endpoint))
            blank, held["findings"] = replace(blank, naive=told), (*held["findings"], wrong)
        return replace(blank, participants=sum(each.participants for each in found.arms), **held)

    def _known(self, plan: Plan, who: str, day: date) -> Sample:
        """Who is counted, as it was known by a day."""
        then = self.charts
        if day < self.until:
            joined = ((each, each.first("enrolment")) for each in self.charts)
            then = tuple(as_of(each, self.study, day) for each, first in joined if first is not None and first <= day)
        members, _ = population(who, self.study, then)
        found = {each.participant: outcome(plan.endpoint, self.study, each) for each in members}
        return sample(plan.sides, self.study, plan.endpoint, members, found, landmark=plan.landmark, among=who)

    def _sides(self, estimand: Estimand, analysis: Analysis, withheld: bool) -> tuple[tuple[Side, ...], bool]:
        """Who stands side by side, and whether they are compared."""
        who = sides(estimand.compared, self.study) if estimand.compared else ()
        if withheld:
            return (EVERYONE,), False
        if who:
            return who, len(who) > 1
        if self.study.protocol.arms:
            return arms(self.study), False
        return (EVERYONE,), False

    def _blank(self, endpoint: Endpoint, estimand: Estimand, withheld: bool) -> Result:
        people = POPULATIONS.get(estimand.counted, f"All of whom it holds: {estimand.counted.replace('_', ' ')}")
        if endpoint.among is not None:
            people += f"; of them those for whom it holds: {in_words(endpoint.among, self.study)}"
        contrast = _contrast(estimand, self.study)
        return Result(
            name="", label="", endpoint=endpoint.name, endpoint_label=endpoint.label or _title(endpoint.name),
            role=endpoint.role,
            kind=endpoint.kind, population=people,
            contrast=contrast or "None: everyone, or each arm by itself, is described",
            variable=_variable(endpoint, self.study),
            intercurrent=tuple(
                Strategy(_title(event), how.replace("_", " ")) for event, how in estimand.intercurrent.items()
            ),
            summary=estimand.summary.replace("_", " "), is_estimand_declared=False, is_declared=False,
            is_post_hoc=False,
            is_withheld=withheld, is_virtual=self.virtual, until=self.until.isoformat(), software=software(),
        )  # fmt: skip


def _put_first(planned: Numbers, found: Result) -> Result:
    """A result with what its plan asks of looks before everything else."""
    return replace(
        found, tests=(*planned.tests, *found.tests), estimates=(*found.estimates, *planned.estimates),
        method=(*planned.method, *found.method), findings=(*found.findings, *planned.findings),
    )  # fmt: skip


def _method(plan: Plan) -> Method:
    """What runs an analysis."""
    if plan.emulate is not None:
        return fairly.emulation
    if plan.method in fairly.METHODS:
        return fairly.fair
    return PARTICULAR[plan.endpoint.kind].get(plan.method, KINDS[plan.endpoint.kind][0])


def _contrast(estimand: Estimand, study: Study) -> str:
    """What is compared with what, in words."""
    try:
        who = sides(estimand.compared, study)
    except Inestimable:
        return estimand.contrast
    if len(who) <= 2:
        return " against ".join(each.label for each in who)
    return f"{'; '.join(each.label for each in who[:-1])}: each against {who[-1].label}"


def _variable(endpoint: Endpoint, study: Study) -> str:
    label = endpoint.label or _title(endpoint.name)
    events = " or ".join(in_words(each, study) for each in endpoint.events)
    start = in_words(endpoint.from_, study)
    match endpoint.kind:
        case "time_to_event":
            horizon = f", up to {endpoint.horizon}" if endpoint.horizon is not None else ""
            return f"{label}: time from {start} to {events}{horizon}"
        case "occurrence":
            within = f" within {endpoint.within} of {start}" if endpoint.within is not None else f" after {start}"
            return f"{label}: whether {events} happened{within}"
        case _:
            items = ", ".join(item_label(each, study) for each in endpoint.items or (endpoint.item,))
            at = f", {endpoint.at} after {start}" if endpoint.at is not None else ""
            return f"{label}: {items}{at}"


def _not_done(analysis: Analysis, endpoint: Endpoint) -> str:
    """Why an analysis is not run by this version, or nothing."""
    _, methods, tests = KINDS[endpoint.kind]
    kind = endpoint.kind.replace("_", " ")
    if analysis.method not in (*methods, *fairly.METHODS, *PARTICULAR[endpoint.kind]):
        return f"not estimated here: method {analysis.method} is declared for a {kind}, and this version does not do it"
    if analysis.test not in tests:
        return f"not estimated here: test {analysis.test} is declared for a {kind}, and this version does not do it"
    if analysis.time_dependent and analysis.landmark is not None:
        return "not estimated: a landmark and a time-dependent membership are declared, which answer different questions"
    if analysis.time_dependent and endpoint.kind != "time_to_event":
        return f"not estimated: membership that changes with time is declared, and a {kind} has no time to change in"
    return ""


def _sentence(says: str) -> str:
    return f"{says[:1].upper()}{says[1:]}" + ("" if says.endswith(".") else ".")


def _title(name: str) -> str:
    said = name.replace("_", " ")
    return said[:1].upper() + said[1:]


__all__ = [
    "KINDS", "Acceptability", "Balanced", "Counted", "Course", "Curve", "Estimate", "JointDisplay", "LeftOut", "Numbers",
    "Result", "Spread", "Strategy", "Test", "analyse", "is_locked", "software",
]  # fmt: skip
