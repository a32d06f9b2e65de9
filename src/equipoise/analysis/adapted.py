"""The final test of a trial that was looked at before its end, or changed at a look: the one that its plan declares.

Which test
    Where the number of participants may have been re-estimated by the effect seen, each stage between looks counts by itself, with
    the weight that was planned (inverse normal combination): that takes the days of the looks (`looked`). Everywhere else the
    statistic is the ordinary one, of all data. It is held against the boundary of the plan at the planned share of the information:
    of its spending where something can be claimed at looks, Dunnett's where arms may be dropped.
    Tests are two-sided here, as elsewhere: the boundary is held on either side. The p value is the chance, without an effect, of as
    much or more on either side, looks taken in their order; with several arms it counts all that were planned.

Looks
    What was known at a look is what had happened by the end of its day, as it is recorded now. A planned look that is not recorded
    did not take place; where nothing is recorded and none is needed, all are taken to have been as planned. A futility boundary
    is not counted on, unless the plan says that it binds.

Estimates
    Of combined stages the effect is the one at which their sum is expected; where claims could be made before and nothing is
    combined, the one with which as much comes in half of all trials, looks taken in their order (both in `kernels.stages`). All
    other estimates are of all data together, as if nobody had looked.

Source:
    Cui, Hung and Wang (1999), Biometrics 55:853-857; Lehmacher and Wassmer (1999), Biometrics 55:1286-1290; Dunnett (1955), J Am
    Stat Assoc 50:1096-1121; Tsiatis, Rosner and Mehta (1984), Biometrics 40:797-803.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from math import exp, inf, isfinite

from scipy.special import ndtr, ndtri

from ..endpoints.measurement import is_truth
from ..kernels.dunnett import at_least, dunnett
from ..kernels.inestimable import Inestimable
from ..kernels.planned_boundaries import USUAL, planned_boundaries
from ..kernels.promising_zone import conditional_power
from ..kernels.stages import Effect, Stage, as_extreme, combined, effect, effect_in_order, weights
from ..protocol import Analysis, Looked
from .plan import Plan
from .result import Estimate, Numbers, Test
from .sample import Sample
from .stages import declared, stages

WANTED = 0.8
"""The power where the file says none."""
NAIVE = "All other p values and limits are of all data together, as if nobody had looked: they do not hold their level."

Known = Callable[[date], Sample]
"""What was known by a day."""


@dataclass(frozen=True)
class _Course:
    """How a trial was looked at: the looks that count, the planned shares and bounds of these, and what is known at the end.

    `above` holds what a claim takes at each look, the last one, at which it is judged now, among them; `last` what it takes at the
    end.
    """

    looks: tuple[Looked, ...]
    shares: tuple[float, ...]
    above: tuple[float, ...]
    days: tuple[date, ...]
    known: tuple[Sample, ...]
    last: float
    is_early: bool

    @property
    def claims(self) -> bool:
        """Whether anything could be claimed before."""
        return any(isfinite(each) for each in self.above[:-1])


def is_looked_at(analysis: Analysis) -> bool:
    """Whether the plan of an analysis has looks, or something that may change at one."""
    return bool(analysis.adapt or analysis.interim)


def now(analysis: Analysis, until: date) -> Looked | None:
    """The look that is being taken, where a day is the data cut of one, or at which the trial was stopped before."""
    before = sorted((each for each in analysis.looked if each.on <= until), key=lambda each: each.on)
    return before[-1] if before and (before[-1].stopped or before[-1].on == until) else None


def adapted(plan: Plan, analysis: Analysis, known: Known, until: date) -> Numbers:
    """The final test that the plan declares, or that of the look which is being taken.

    Args:
        plan: What is done, with its sides.
        analysis: The analysis as declared.
        known: What was known by a day.
        until: The day up to which facts are known now.
    """
    told, others = _said(analysis, plan), (NAIVE,) if _is_own(analysis, plan) else ()
    try:
        if len(plan.sides) > 2 and not _drops(analysis, plan):
            raise Inestimable("looks at more than two arms are not put together")
        name = declared(plan)
        course = _course(plan, analysis, known, until)
        found = _of_arms(plan, analysis, course, name) if _drops(analysis, plan) else _of_two(plan, analysis, course, name)
    except Inestimable as why:
        return Numbers(findings=(*told, f"The final test as planned is not given: {why.says}.", *others))
    return Numbers(
        tests=found.tests, estimates=found.estimates, method=(*told, *found.method), findings=(*found.findings, *others)
    )  # fmt: skip


def _said(analysis: Analysis, plan: Plan) -> tuple[str, ...]:
    """What may have changed, in sentences."""
    rules, said = {each.rule for each in analysis.adapt}, []
    if "unblinded_re_estimation" in rules:
        said.append("The number of participants may have been re-estimated by the effect seen.")
    if "blinded_re_estimation" in rules:
        said.append("The number of participants may have been re-estimated, blinded: the ordinary statistic holds its level.")
    if _drops(analysis, plan):
        said.append("Arms may have been dropped at a look.")
    elif "futility" in rules:
        said.append(
            "The trial may have been given up for want of conditional power: that only lowers the chance of a false claim."
        )
    return tuple(said)


def _drops(analysis: Analysis, plan: Plan) -> bool:
    return len(plan.sides) > 2 and any(not each.is_re_estimation for each in analysis.adapt)


def _is_own(analysis: Analysis, plan: Plan) -> bool:
    """Whether the final test is another than the ordinary one: stages are combined, arms dropped, or claims made before the end."""
    return _combines(analysis) or _drops(analysis, plan) or any(float(each) != 1 for each in analysis.interim)


def _combines(analysis: Analysis) -> bool:
    return any(each.rule == "unblinded_re_estimation" for each in analysis.adapt)


# --- the looks -------------------------------------------------------------------------------------------------------


def _course(plan: Plan, analysis: Analysis, known: Known, until: date) -> _Course:
    """The looks that took place, up to the one that is being taken, or to the end.

    Raises:
        Inestimable: A look that is needed is not recorded, or the plan's boundaries cannot be as they are said.
    """
    bounds = _bounds(analysis, plan)
    taken = sorted((each for each in analysis.looked if each.on <= until), key=lambda each: each.on)
    for look in taken:
        if float(look.at) not in bounds:
            raise Inestimable(f"a look is recorded at {look.at} of the information, where none is planned")
    at = [float(each.at) for each in taken]
    if at != sorted(set(at)):
        raise Inestimable("the looks that are recorded do not come one after another")
    missing = [each.at for each in analysis.adapt if each.rule == "unblinded_re_estimation" and float(each.at) not in at]
    current = now(analysis, until)
    if missing and current is None:
        raise Inestimable(
            f"it puts the stages before and after the look at {missing[0]} of the information together, and the file does not "
            f"record when that was: say looked: [{{at: {missing[0]}, on: the day of its data cut}}]"
        )
    if not taken:
        shares = tuple(bounds)
        return _Course((), shares, tuple(bounds.values()), (until,), (known(until),), bounds[1.0], is_early=False)
    if current is None:
        shares, days = (*at, 1.0), (*(each.on for each in taken), until)
    else:
        shares, days = tuple(at), tuple(each.on for each in taken)
    return _Course(
        tuple(taken), shares, tuple(bounds[each] for each in shares), days, tuple(known(day) for day in days),
        bounds[1.0], is_early=current is not None,
    )  # fmt: skip


def _bounds(analysis: Analysis, plan: Plan) -> dict[float, float]:
    """What a claim takes on each side at each planned share of the information; without end where none can be made."""
    level = (1 - plan.level) / 2
    interim = [float(each) for each in analysis.interim if float(each) != 1]
    found: dict[float, float] = {}
    if interim and not _drops(analysis, plan):
        spending, futility = analysis.spending, analysis.futility
        looks = planned_boundaries(
            (*interim, 1.0), level, (spending.name, spending.number) if spending is not None else USUAL,
            (futility.name, futility.number) if futility is not None else None,
            binding=futility is not None and futility.is_binding,
            power=float(analysis.power) if analysis.power is not None else WANTED,
        )  # fmt: skip
        found = dict(zip(looks.information, looks.above, strict=True))
    else:
        found = dict.fromkeys(interim, inf)
        found[1.0] = _dunnett(plan, level) if _drops(analysis, plan) else float(-ndtri(level))
    for each in analysis.adapt:
        found.setdefault(float(each.at), inf)
    return dict(sorted(found.items()))


def _allocated(plan: Plan) -> tuple[list[float], float]:
    """The planned proportions of the arms beside the reference, and of it."""
    allocation = plan.study.protocol.allocation
    ratio = allocation.ratio if allocation is not None else {}
    parts = [float(ratio.get(each.name, 0) if ratio else 1) for each in plan.sides]
    if min(parts) <= 0:
        raise Inestimable("nobody is allocated to one of the arms that are compared")
    return parts[:-1], parts[-1]


def _dunnett(plan: Plan, level: float) -> float:
    arms, control = _allocated(plan)
    return dunnett(arms, control, level)


# --- what is found ---------------------------------------------------------------------------------------------------


def _of_two(plan: Plan, analysis: Analysis, course: _Course, name: str) -> Numbers:
    """The test of one arm against the reference."""
    parts, whole = stages(plan, course.known, course.days, 0)
    of = f"{plan.sides[0].label} against {plan.sides[1].label}"
    combines, bound = _combines(analysis) and len(course.known) > 1, course.above[-1]
    z = combined(parts, course.shares) if combines else whole.z
    tests = [Test(_title(course, f"{name} of {of}", bound, combines), z, None, _p(course, z))]
    lines = [_verdict(course, z, bound, plan), *_along(analysis, course, parts)]
    estimates: tuple[Estimate, ...] = ()
    findings: tuple[str, ...] = ()
    if combines:
        findings = tuple(
            f"Stage {k} says nothing by itself, and counts as 0: it has no event at which both sides were at risk, or no estimate."
            for k, part in enumerate(parts, start=1) if part.root == 0.0
        )  # fmt: skip
        for k, (part, weight) in enumerate(zip(parts, weights(course.shares), strict=True)):
            p = min(1.0, 2 * float(ndtr(-abs(part.z))))
            tests.append(Test(f"Stage {k + 1}, up to {course.days[k]}, weight {weight:.4f}", part.z, None, p))
        lines.insert(1, _together(course))
        estimates = _weighted(plan, course, parts, of, bound if isfinite(bound) else float(-ndtri((1 - plan.level) / 2)))
    if course.claims:
        lines.insert(1, _in_order(course))
    if course.claims and not combines:
        corrected = effect_in_order(course.shares, course.above[:-1], whole, plan.level)
        estimates = _estimates(plan, corrected, of, "Median-unbiased", "looks in their order")
    lines.append(f"Its statistic is above 0 where {_better(plan)}.")
    return Numbers(tests=tuple(tests), estimates=estimates, method=tuple(lines), findings=findings)


def _of_arms(plan: Plan, analysis: Analysis, course: _Course, name: str) -> Numbers:
    """The test of each arm that is left."""
    arms, control = _allocated(plan)
    dropped = {arm: look for look in course.looks for arm in look.dropped}
    if course.is_early:
        at = f"{course.looks[-1].at} of the information"
        return Numbers(findings=(f"This is the look at {at}, for dropping arms: nothing is claimed at it.",))
    tests, findings, bound = list[Test](), list[str](), course.above[-1]
    for place, side in enumerate(plan.sides[:-1]):
        if (look := dropped.get(side.name)) is not None:
            findings.append(f"{side.label} was dropped on {look.on}: nothing is claimed for it.")
            continue
        try:
            _, whole = stages(plan, course.known[-1:], course.days[-1:], place)
        except Inestimable as why:
            findings.append(f"No final test of {side.label}: {why.says}.")
            continue
        p = min(1.0, 2 * at_least(arms, control, abs(whole.z)))
        of = f"{side.label} against {plan.sides[-1].label}"
        tests.append(Test(f"Final test as planned (bound {bound:.4f}): {name} of {of}, by Dunnett", whole.z, None, p))
        findings.append(f"{of}: {_reached(whole.z, bound)}.")
    if not course.looks:
        findings.append("No look is recorded (looked): every arm is tested as if none had been dropped.")
    said = (
        f"Each arm that is left is tested at Dunnett's bound for all {len(arms)} that were planned, {bound:.4f} on either side: any "
        f"false claim has {_percent(1 - plan.level)} at most, whatever was dropped.",
        f"A statistic is above 0 where {_better(plan)}.",
    )
    return Numbers(tests=tuple(tests), method=said, findings=tuple(findings))


def _p(course: _Course, z: float) -> float:
    """The chance of as much or more on either side, looks taken in their order."""
    if not course.claims:
        return min(1.0, 2 * float(ndtr(-abs(z))))
    return min(1.0, 2 * as_extreme(course.shares, course.above[:-1], abs(z)))


def _weighted(plan: Plan, course: _Course, parts: Sequence[Stage], of: str, bound: float) -> tuple[Estimate, ...]:
    """The effect by weighted stages, with limits at the bound."""
    found = effect(parts, course.shares, bound)
    return _estimates(plan, found, of, "Weighted", "repeated limits" if course.claims or course.is_early else "median-unbiased")


def _estimates(plan: Plan, found: Effect | None, of: str, what: str, how: str) -> tuple[Estimate, ...]:
    """An effect in the words and on the scale of the endpoint."""
    if found is None:
        return ()
    if plan.endpoint.kind == "time_to_event":
        low, middle, high = (exp(-each) for each in (found.upper, found.estimate, found.lower))
        return (Estimate(f"{what} hazard ratio ({how})", middle, low, high, plan.level, "", of),)
    is_share = plan.endpoint.kind == "occurrence" or is_truth(plan.endpoint, plan.study)
    name = f"{what} difference of {'shares' if is_share else 'means'} ({how})"
    return (Estimate(name, found.estimate, found.lower, found.upper, plan.level, "", of),)


# --- words -----------------------------------------------------------------------------------------------------------


def _title(course: _Course, test: str, bound: float, combines: bool) -> str:
    how = f", {len(course.shares)} stages by planned weights" if combines else ""
    what = f"Test as planned at the look at {course.shares[-1]:.0%}" if course.is_early else "Final test as planned"
    return f"{what} ({f'bound {bound:.4f}' if isfinite(bound) else 'no claim is made at it'}): {test}{how}"


def _verdict(course: _Course, z: float, bound: float, plan: Plan) -> str:
    what = f"the look at {course.shares[-1]:.0%} of the information" if course.is_early else "the end"
    if not isfinite(bound):
        return f"At {what} nothing is claimed, whatever is found."
    return f"At {what} {_reached(z, bound)} ({_percent(1 - plan.level)} in all, two-sided)."


def _reached(z: float, bound: float) -> str:
    return f"the statistic is {z:.4f}, which {'reaches' if abs(z) >= bound else 'does not reach'} the bound of {bound:.4f}"


def _together(course: _Course) -> str:
    parts = " and ".join(f"{each:.4f}" for each in weights(course.shares))
    return (
        f"The test adds what the stages between looks say, each by itself, with the planned weights {parts} (inverse normal "
        "combination, Cui, Hung and Wang): it holds its level whatever the re-estimation found, as long as nothing else was known."
    )


def _in_order(course: _Course) -> str:
    shares = " and ".join(f"{each:.0%}" for each in course.shares[:-1])
    how = "recorded" if course.looks else "taken to have been as planned"
    return (
        f"Claims could be made at looks at {shares} of the information ({how}), at {', '.join(f'{each:.4f}' for each in course.above[:-1])} "
        "on either side; the p value counts them in their order (stage-wise ordering)."
    )


def _along(analysis: Analysis, course: _Course, parts: Sequence[Stage]) -> list[str]:
    """Each look that took place: what was seen, and what was decided."""
    said = []
    for k, look in enumerate(course.looks):
        decided = []
        if look.participants is not None:
            decided.append(f"{look.participants} participants from then on")
        if look.stopped:
            decided.append("the trial was stopped")
        line = f"Look at {float(look.at):.0%} of the information, data up to {look.on}"
        asks = [each for each in analysis.adapt if each.at == look.at and each.conditional_power is not None]
        if asks and _combines(analysis):
            z = combined(parts[: k + 1], course.shares[: k + 1])
            line += f": statistic {z:.4f}, conditional power {_percent(conditional_power(abs(z), float(look.at), course.last))}"
        said.append(f"{line}; {', '.join(decided) or 'it went on as planned'}.")
    return said


def _better(plan: Plan) -> str:
    first = plan.sides[0].label if len(plan.sides) == 2 else "the arm"
    match plan.endpoint.kind:
        case "time_to_event":
            return f"{first} has fewer events than expected"
        case "occurrence":
            return f"{first} has the larger share"
        case _:
            return f"{first} has the larger values"


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"
