"""Times to an event: curves by Kaplan and Meier, the log-rank test, Cox's model; with competing events, incidence.

What is given
    For each arm the curve with its limits on the log-log scale, what it comes to at the horizon (without a horizon:
    after 1, 2, 3, 5 and 10 years, as long as somebody is at risk in every arm; a year is 365.25 days, rounded down),
    and the median. Where several arms are compared: the log-rank test of all of them, stratified as declared, and,
    where a hazard ratio is asked for, Cox's model with one column for each arm but the reference, adjusted as declared.

    A difference of restricted means is given where the restricted mean is asked for. After each of Cox's models comes
    the test of Grambsch and Therneau that its hazards are proportional, and a finding where p is below 0.05.

A group without events
    Cox's likelihood then rises without end, and its hazard ratio is infinite or zero. The likelihood is penalised instead
    (Firth), with limits and a likelihood-ratio test for each ratio from the profile of the penalised likelihood, and that
    is said beside the numbers. Where nobody at all has the event there is no ratio of any kind.

Competing events
    Where the endpoint names some, incidence is by Aalen and Johansen, and tests and hazard ratios are cause-specific: a
    competing event ends follow-up as censoring does. That is said beside the numbers. The incidences themselves are
    compared by Gray's test (`test: gray`, or no test named and the method one of incidence) and by Fine and Gray's model
    (`method: fine_gray`).

Missing covariates
    Complete cases are analysed, and those left out are counted. Curves still count everyone.

A membership that changes with time
    Follow-up is cut at each day on which a participant's group changes: on that day itself the old group still counts,
    the new one from the next. Where follow-up ends on the very day of a change, the cut lies half a day before, so that
    the event belongs to the group that was joined: a death on the day of an operation is the operation's (as in Crowley
    and Hu's data). There are no curves by group then, for there is no fixed set of people that they would describe.

Source:
    Firth (1993), Biometrika 80:27-38; Heinze and Schemper (2001), Biometrics 57:114-119 (a group without events);
    Therneau and Grambsch (2000), Modeling Survival Data, sections 3.7 (time-dependent covariates) and 4 (strata);
    Crowley and Hu (1977), J Am Stat Assoc 72:27-36.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from math import isnan

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.special import chdtrc

from ..calendar import later
from ..endpoints import TimeToEvent
from ..expression.grammar import LESIONS
from ..expression.tree import Tree
from ..kernels.cox import Cox, Ties, cox, hazard_ratio, profile
from ..kernels.cumulative_incidence import cumulative_incidence, incidence_limits
from ..kernels.fine_gray import FineGray, fine_gray, subdistribution_hazard_ratio
from ..kernels.gray import gray
from ..kernels.inestimable import Inestimable
from ..kernels.kaplan_meier import kaplan_meier, quantiles, restricted_mean, survival_limits
from ..kernels.logrank import logrank
from ..kernels.proportional_hazards import proportional_hazards
from ..kernels.rmst import difference, equal_means, restricted_means
from ..logic import MET
from .covariates import Covariates, covariates, strata
from .plan import Plan, in_words
from .result import Counted, Curve, Estimate, LeftOut, Numbers, Test
from .sample import EVERYONE, Member, Sample, Side, facts_on, forms, member, statement

YEARS = (1, 2, 3, 5, 10)
METHODS = (
    "", "kaplan_meier", "km", "logrank", "cox", "cox_efron", "cox_breslow", "cuminc", "cumulative_incidence",
    "aalen_johansen", "restricted_mean", "rmst", "fine_gray",
)  # fmt: skip
TESTS = ("", "logrank", "log_rank", "wald", "gray")
INCIDENCE = ("cuminc", "cumulative_incidence", "aalen_johansen", "fine_gray")
RESTRICTED = ("restricted_mean", "rmst")
DOUBTFUL = 0.05
"""A test of proportional hazards with a p below this is told as a finding."""
RATIOS = ("hazard_ratio", "hazard ratio", "hr")


@dataclass(frozen=True)
class _Times:
    """Follow-up in days, and how it ended: 0 censored, 1 the event, 2 a competing one."""

    days: Float[np.ndarray, " people"]
    ended: Int[np.ndarray, " people"]
    side: Int[np.ndarray, " people"]

    @property
    def happened(self) -> Bool[np.ndarray, " people"]:
        return np.asarray(self.ended == 1)


def time_to_event(plan: Plan, counted: Sample) -> Numbers:
    """Curves, tests and hazard ratios of a time to an event."""
    times = _times(counted)
    rivals = bool(plan.endpoint.competing)
    if refused := _not_asked_for(plan, rivals):
        raise Inestimable(refused)
    arms = tuple(
        Counted(
            side.name, side.label, int((times.side == index).sum()),
            int(((times.side == index) & (times.ended == 1)).sum()),
            int(((times.side == index) & (times.ended == 2)).sum()) if rivals else None,
        )
        for index, side in enumerate(counted.sides)
    )  # fmt: skip
    parts = [Numbers(arms=arms, method=(_counting(plan, rivals),))]
    if plan.changes:
        parts.append(_pooled(times, plan))
        try:
            parts.append(_changing(plan, counted))
        except Inestimable as why:
            parts.append(Numbers(findings=(f"No hazard ratio: {why.says}.",)))
        return joined(parts)
    for index, side in enumerate(counted.sides):
        parts.append(_curve(times, index, side, counted, plan, rivals))
    parts.append(_over_time(parts, counted, plan))
    if plan.compares and len(counted.sides) > 1:
        parts += _compared(times, counted, plan, rivals)
    elif plan.method.startswith("cox") and plan.adjust:
        parts.append(_model(times, counted, plan, rivals))
    elif plan.method == "fine_gray" and plan.adjust:
        parts.append(_subdistribution(times, counted, plan))
    return joined(parts)


def _not_asked_for(plan: Plan, rivals: bool) -> str:
    """Why what is asked for is no question to this endpoint, or nothing."""
    asked = {"Gray's test": plan.test == "gray", "Fine and Gray's model": plan.method == "fine_gray"}
    for what, is_asked in asked.items():
        if is_asked and not rivals:
            return f"not estimated here: {what} is of an event with which others compete, and the endpoint names none"
        if is_asked and plan.changes:
            return f"not estimated here: membership changes with time, and {what} takes groups as they are at time zero"
    return ""


def joined(parts: Sequence[Numbers]) -> Numbers:
    """Several lots of numbers as one."""
    return Numbers(**{
        each.name: tuple(dict.fromkeys(one for part in parts for one in getattr(part, each.name))) for each in fields(Numbers)
    })  # fmt: skip


def _times(counted: Sample) -> _Times:
    code = {"censored": 0, "event": 1, "competing": 2}
    found = [(each, each.outcome) for each in counted.members if isinstance(each.outcome, TimeToEvent)]
    return _Times(
        np.array([float((outcome.ended - each.zero).days) for each, outcome in found]),
        np.array([code[outcome.status] for _, outcome in found], dtype=np.int64),
        np.array([each.side for each, _ in found], dtype=np.int64),
    )


def _counting(plan: Plan, rivals: bool) -> str:
    endpoint, study = plan.endpoint, plan.study
    events = " or ".join(in_words(each, study) for each in endpoint.events)
    said = f"Time is counted in days from {in_words(endpoint.from_, study)} to {events}"
    said += ", whichever comes first" if len(endpoint.events) > 1 else ""
    if rivals:
        said += f"; {' or '.join(in_words(each, study) for each in endpoint.competing)} competes with it"
    if endpoint.censors:
        said += f"; who has none is censored at {', else at '.join(in_words(each, study) for each in endpoint.censors)}"
    else:
        said += "; who has none is censored on the last day known alive"
    said += f", and everyone after {endpoint.horizon}." if endpoint.horizon is not None else "."
    if endpoint.assessed_by:
        said += f" The event shows only at {endpoint.assessed_by.replace('_', ' ')}, and counts on the day it is seen."
    if plan.landmark is not None:
        said += f" Groups are told at the landmark, {plan.landmark} after that origin, and days are counted from there."
    return said


# --- curves ----------------------------------------------------------------------------------------------------------


def _curve(times: _Times, index: int, side: Side, counted: Sample, plan: Plan, rivals: bool) -> Numbers:
    """One side's curve, with what is read off it."""
    inside = times.side == index
    where = side.label if side is not EVERYONE else "everyone together"
    try:
        if rivals:
            return _incidence(times.days[inside], times.ended[inside], side, counted, plan)
        return _survival(times.days[inside], times.happened[inside], side, counted, plan)
    except Inestimable as why:
        return Numbers(findings=(f"No curve for {where}: {why.says}.",))


def _survival(
    days: Float[np.ndarray, " people"], happened: Bool[np.ndarray, " people"], side: Side, counted: Sample, plan: Plan
) -> Numbers:
    fit = kaplan_meier(days, happened)
    lower, upper = survival_limits(fit, scale="log-log", level=plan.level)
    curve = Curve(
        side.name, side.label, "survival", _floats(fit.time), _floats(fit.survival), _known(lower), _known(upper),
        _ints(fit.at_risk), _ints(fit.events), _ints(fit.censored),
    )  # fmt: skip
    half = quantiles(fit, np.array([0.5]), scale="log-log", level=plan.level)
    median, low, high = (float(each[0]) for each in (half.estimate, half.lower, half.upper))
    estimates, findings = [], []
    where = f" in {side.label}" if side is not EVERYONE else ""
    if isnan(median):
        least = "" if isnan(low) else f" (its lower limit is {low:g} days)"
        findings.append(
            f"The median time{where} is not reached: {fit.survival[-1]:.0%} were free of the event when follow-up ended{least}."
        )
    else:
        estimates.append(Estimate("Median time", median, _or_none(low), _or_none(high), plan.level, "days", side.name))
    if _is_restricted(plan):
        horizon = _horizon(plan, counted)
        if horizon is None:
            findings.append("The restricted mean is asked for, and the endpoint names no horizon to restrict it to.")
        else:
            try:
                area = restricted_mean(fit, float(horizon))
                reach = plan.z * area.variance**0.5
                name = f"Mean time within {plan.endpoint.horizon}"
                estimates.append(Estimate(name, area.mean, area.mean - reach, area.mean + reach, plan.level, "days", side.name))
            except Inestimable as why:
                findings.append(f"No restricted mean{where}: {why.says}.")
    words = (f"Kaplan-Meier estimates, with Greenwood's variance and {plan.level * 100:g}% limits on the log-log scale.",)
    return Numbers(curves=(curve,), estimates=tuple(estimates), findings=tuple(findings), method=words)


def _incidence(
    days: Float[np.ndarray, " people"], ended: Int[np.ndarray, " people"], side: Side, counted: Sample, plan: Plan
) -> Numbers:
    words = (
        "Cumulative incidence by Aalen and Johansen, which counts those who had a competing event as no longer "
        "able to have "
        f"this one; {plan.level * 100:g}% limits on the log-log scale.",
    )
    fit = cumulative_incidence(days, ended)
    which = np.flatnonzero(fit.event == 1)
    if not len(which):
        raise Inestimable("nobody had the event")
    row = int(which[0])
    lower, upper = (each[row] for each in incidence_limits(fit, level=plan.level))
    leaving = np.append(fit.at_risk[:-1] - fit.at_risk[1:], fit.at_risk[-1])
    curve = Curve(
        side.name, side.label, "incidence", _floats(fit.time), _floats(fit.incidence[row]), _known(lower),
        _known(upper),
        _ints(fit.at_risk), _ints(fit.events[row]), _ints(leaving - fit.events.sum(axis=0)),
    )  # fmt: skip
    return Numbers(curves=(curve,), method=words)


def _over_time(parts: Sequence[Numbers], counted: Sample, plan: Plan) -> Numbers:
    """What each curve comes to at the horizon, or after whole years."""
    curves = [curve for part in parts for curve in part.curves]
    if not curves:
        return Numbers()
    horizon = _horizon(plan, counted)
    if horizon is not None:
        moments = [(horizon, f"after {plan.remaining}")]
    else:
        years = [(int(365.25 * each), f"after {each} year{'s' if each > 1 else ''}") for each in YEARS]
        moments = [each for each in years if all(curve.still_followed(each[0]) for curve in curves)]
    estimates, findings = [], []
    for curve in curves:
        name = "Free of the event" if curve.kind == "survival" else "With the event"
        for day, words in moments:
            found = curve.at(day)
            if found is None:
                where = f" in {curve.label}" if curve.arm else ""
                findings.append(
                    f"{name}{where} {words} cannot be told: follow-up ended after {curve.days[-1]:g} days with people left."
                )
                continue
            estimates.append(Estimate(f"{name} {words}", found[0], found[1], found[2], plan.level, "share", curve.arm))
    return Numbers(estimates=tuple(estimates), findings=tuple(findings))


def _horizon(plan: Plan, counted: Sample) -> int | None:
    """The days to the horizon: for nobody longer, so that who was followed to it is counted at it."""
    if plan.endpoint.horizon is None or not counted.members:
        return None
    ends = [(later(each.outcome.origin, plan.endpoint.horizon) - each.zero).days
            for each in counted.members if isinstance(each.outcome, TimeToEvent)]  # fmt: skip
    return min(ends)


# --- comparisons -----------------------------------------------------------------------------------------------------


def _compared(times: _Times, counted: Sample, plan: Plan, rivals: bool) -> list[Numbers]:
    found = []
    if plan.test in ("logrank", "log_rank") or plan.method == "logrank":
        found.append(_logrank(times, counted, plan, rivals))
    if plan.test == "gray" or (rivals and plan.test == "" and plan.method in INCIDENCE):
        found.append(_gray(times, counted, plan))
    if _is_restricted(plan) and not rivals:
        found.append(_time_won(times, counted, plan))
    if plan.method == "fine_gray":
        found.append(_subdistribution(times, counted, plan))
    elif plan.method.startswith("cox") or plan.summary in RATIOS or plan.test == "wald" or plan.adjust:
        found.append(_model(times, counted, plan, rivals))
    return found


def _strata(counted: Sample, plan: Plan) -> tuple[list[str | None] | None, tuple[LeftOut, ...]]:
    if not plan.stratify:
        return None, ()
    found = strata(plan.stratify, plan.study, counted.members)
    lacking = sum(each is None for each in found)
    return found, (
        LeftOut(f"stratum not known ({', '.join(plan.stratify)}): not in the stratified test or model", lacking),
    ) if lacking else ()


def _logrank(times: _Times, counted: Sample, plan: Plan, rivals: bool) -> Numbers:
    name = "Log-rank" + (", cause-specific" if rivals else "")
    layers, left = _strata(counted, plan)
    kept = np.array([layers is None or layers[index] is not None for index in range(len(times.days))], dtype=bool)
    by = f", stratified by {', '.join(each.replace('_', ' ') for each in plan.stratify)}" if plan.stratify else ""
    named = np.array([each.name for each in counted.sides])
    try:
        found = logrank(
            times.days[kept], times.happened[kept], named[times.side[kept]],
            stratum=None if layers is None else np.array([each for each in layers if each is not None]),
        )  # fmt: skip
    except Inestimable as why:
        return Numbers(findings=(f"No log-rank test: {why.says}.",), left_out=left)
    words = f"{name} test of the {len(counted.sides)} {'arms' if counted.sides[0].is_arm else 'groups'}{by}."
    return Numbers(tests=(Test(name + by, found.chi_square, float(found.df), found.p),), method=(words,), left_out=left)


def _gray(times: _Times, counted: Sample, plan: Plan) -> Numbers:
    layers, left = _strata(counted, plan)
    kept = np.array([layers is None or layers[index] is not None for index in range(len(times.days))], dtype=bool)
    by = f", stratified by {', '.join(each.replace('_', ' ') for each in plan.stratify)}" if plan.stratify else ""
    named = np.array([each.name for each in counted.sides])
    try:
        found = gray(
            times.days[kept], times.ended[kept], named[times.side[kept]],
            stratum=None if layers is None else np.array([each for each in layers if each is not None]),
        )  # fmt: skip
    except Inestimable as why:
        return Numbers(findings=(f"No test of Gray's: {why.says}.",), left_out=left)
    words = f"Gray's test of the incidences of the {len(counted.sides)} {'arms' if counted.sides[0].is_arm else 'groups'}{by}."
    return Numbers(tests=(Test(f"Gray{by}", found.chi_square, float(found.df), found.p),), method=(words,), left_out=left)


def _is_restricted(plan: Plan) -> bool:
    return plan.method in RESTRICTED or "restricted" in plan.summary


def _time_won(times: _Times, counted: Sample, plan: Plan) -> Numbers:
    """How far each side's restricted mean lies from the reference's."""
    horizon = _horizon(plan, counted)
    if horizon is None:
        return Numbers()  # said beside the curves
    reference = counted.reference
    try:
        means = restricted_means(times.days, times.happened, times.side, float(horizon))
        estimates = []
        for index, side in enumerate(counted.sides):
            if index == reference:
                continue
            if index not in means.group.tolist() or reference not in means.group.tolist():
                raise Inestimable("nobody is followed in one of the groups")
            of = f"{side.label} against {counted.sides[reference].label}"
            gap = difference(means, index, reference, level=plan.level)
            name = f"Difference of mean times within {plan.endpoint.horizon}"
            estimates.append(Estimate(name, gap.estimate, gap.lower, gap.upper, plan.level, "days", of))
        whole = equal_means(means)
    except Inestimable as why:
        return Numbers(findings=(f"No difference of restricted means: {why.says}.",))
    words = (
        "Restricted means are areas under the Kaplan-Meier curves up to the horizon; their differences have limits by the "
        "normal approximation, and no hazards need be proportional.",
    )
    tests = (Test("Wald, of restricted means", whole.statistic, float(whole.df), whole.p),) if plan.test == "" else ()
    return Numbers(estimates=tuple(estimates), tests=tests, method=words)


def _subdistribution(times: _Times, counted: Sample, plan: Plan) -> Numbers:
    """Fine and Gray's model: the sides against the reference, adjusted."""
    try:
        held = covariates(plan.adjust, plan.study, counted.members)
    except Inestimable as why:
        return Numbers(findings=(f"No subdistribution hazard ratio: {why.says}.",))
    kept = held.is_known
    x, names = _against(times.side[kept], held.columns[kept], plan)
    titles, notes = [*names, *held.names], list(held.notes)
    if plan.stratify:
        notes.append("Strata are declared, and Fine and Gray's model is fitted without them.")
    try:
        if not x.shape[1]:
            raise Inestimable("nothing is left to put in the model")
        fit = fine_gray(times.days[kept], times.ended[kept], x)
    except Inestimable as why:
        return Numbers(findings=(*notes, f"No subdistribution hazard ratio: {why.named(titles).says}."))
    ratio = subdistribution_hazard_ratio(fit, level=plan.level)
    estimates = tuple(
        Estimate(
            "Subdistribution hazard ratio", float(ratio.estimate[i]), float(ratio.lower[i]), float(ratio.upper[i]),
            plan.level, "", title, i >= len(names),
        )
        for i, title in enumerate(titles)
    )  # fmt: skip
    tests = _wald(fit, len(names), "Wald, from Fine and Gray's model") if names and plan.test in ("", "wald") else ()
    said = f"Fine and Gray's model of {fit.people} participants with {fit.events} events and {fit.competing} competing ones"
    said += _adjusted(held)
    words = (
        f"{said}; ties by Breslow, censoring weights by Kaplan and Meier and their error in the limits. A subdistribution "
        "hazard ratio tells of the incidence, and not of the rate among those at risk.",
    )
    return Numbers(
        estimates=estimates, tests=tests, left_out=_incomplete(held, int((~kept).sum())), method=words, findings=tuple(notes)
    )


def _against(
    side: Int[np.ndarray, " rows"], held: Float[np.ndarray, "rows columns"], plan: Plan
) -> tuple[Float[np.ndarray, "rows more"], list[str]]:
    """The columns of a model: one for each side but the reference, then what is adjusted for; and names of the first."""
    reference = len(plan.sides) - 1
    compared = [index for index in range(len(plan.sides)) if index != reference] if len(plan.sides) > 1 else []
    columns = [(side == index).astype(float) for index in compared]
    names = [f"{plan.sides[index].label} against {plan.sides[reference].label}" for index in compared]
    return (np.column_stack([*columns, held]) if columns else held), names


def _incomplete(held: Covariates, count: int) -> tuple[LeftOut, ...]:
    lacking = ", ".join(f"{label} {number}" for label, number in held.missing)
    return (LeftOut(f"a covariate not known at time zero ({lacking}): not in the model", count),) if count else ()


def _adjusted(held: Covariates) -> str:
    labels = dict.fromkeys(map(_label, held.names))
    return f", adjusted for {', '.join(labels)} as known at time zero (complete cases)" if labels else ""


def _label(title: str) -> str:
    """What a column is of, without its code or its unit."""
    return re.split(": |, for", title)[0]


def _model(times: _Times, counted: Sample, plan: Plan, rivals: bool) -> Numbers:
    """Cox's model: the sides against the reference, adjusted."""
    try:
        held = covariates(plan.adjust, plan.study, counted.members)
        layers, left = _strata(counted, plan)
        kept = held.is_known & np.array([layers is None or layers[i] is not None for i in range(len(times.days))], dtype=bool)
        return _fitted(
            times.days[kept], times.happened[kept], None, times.side[kept], replace(held, columns=held.columns[kept]),
            None if layers is None else [str(each) for each, keep in zip(layers, kept, strict=True) if keep],
            counted, plan, rivals, left, int((~held.is_known).sum()),
        )  # fmt: skip
    except Inestimable as why:
        return Numbers(findings=(f"No hazard ratio: {why.says}.",))


def _fitted(
    days: Float[np.ndarray, " rows"], happened: Bool[np.ndarray, " rows"], start: Float[np.ndarray, " rows"] | None,
    side: Int[np.ndarray, " rows"], held: Covariates, layers: list[str] | None, counted: Sample, plan: Plan,
    rivals: bool,
    left: tuple[LeftOut, ...], incomplete: int,
) -> Numbers:  # fmt: skip
    x, names = _against(side, held.columns, plan)
    if not x.shape[1]:
        return Numbers(findings=(*held.notes, "No hazard ratio: nothing is left to put in the model."), left_out=left)
    ties: Ties = "breslow" if plan.method == "cox_breslow" else "efron"
    try:
        fit = cox(
            days, happened, x, start=start, stratum=None if layers is None else np.array(layers), ties=ties,
        )  # fmt: skip
    except Inestimable as why:
        said = why.named([*names, *held.names]).says
        left += _incomplete(held, incomplete)
        return replace(_penalised(days, happened, x, start, layers, ties, names, held, plan, rivals, said), left_out=left)
    ratio = hazard_ratio(fit, level=plan.level)
    kind = _kind(rivals)
    estimates = tuple(
        Estimate(
            kind,
            float(ratio.estimate[i]),
            float(ratio.lower[i]),
            float(ratio.upper[i]),
            plan.level,
            "",
            name,
            i >= len(names),
        )
        for i, name in enumerate([*names, *held.names])
    )
    tests = _wald(fit, len(names), "Wald, from Cox's model") if names and plan.test in ("", "wald") else ()
    left += _incomplete(held, incomplete)
    checked, doubt = _proportional(fit, days, happened, x, start, layers, ties, [*names, *held.names], len(names))
    words = (_modelled(fit, held, plan, ties, rivals), checked)
    return Numbers(estimates=estimates, tests=tests, left_out=left, method=words, findings=(*held.notes, *doubt))


def _kind(rivals: bool) -> str:
    return "Cause-specific hazard ratio" if rivals else "Hazard ratio"


def _penalised(
    days: Float[np.ndarray, " rows"], happened: Bool[np.ndarray, " rows"], x: Float[np.ndarray, "rows columns"],
    start: Float[np.ndarray, " rows"] | None, layers: list[str] | None, ties: Ties, names: list[str], held: Covariates,
    plan: Plan, rivals: bool, why: str,
) -> Numbers:  # fmt: skip
    """Firth's hazard ratios, where Cox's model has none because of `why`; that sentence alone, where these fail too."""
    titles = [*names, *held.names]
    stratum = None if layers is None else np.array(layers)
    try:
        fit = cox(days, happened, x, start=start, stratum=stratum, ties=ties, firth=True)
        found = profile(days, happened, x, start=start, stratum=stratum, ties=ties, firth=True, level=plan.level)
    except Inestimable:
        return Numbers(findings=(*held.notes, f"No hazard ratio: {why}."))
    kind, estimates, endless = _kind(rivals), [], []
    for index, title in enumerate(titles):
        low, high = float(found.lower[index]), float(found.upper[index])
        lower, upper = low if low > 0 else None, high if high < float("inf") else None
        endless += [f"The likelihood sets no {which} limit to the {kind.lower()} of {title}."
                    for which, each in (("lower", lower), ("upper", upper)) if each is None]  # fmt: skip
        estimates.append(Estimate(kind, float(found.estimate[index]), lower, upper, plan.level, "", title, index >= len(names)))
    tests = tuple(
        Test(f"Penalised likelihood ratio, {title}", float(found.statistic[index]), 1.0, float(found.p[index]))
        for index, title in enumerate(names) if plan.test in ("", "wald")
    )  # fmt: skip
    model = _modelled(fit, held, plan, ties, rivals, "the likelihood penalised by Firth's method, limits and tests from "
                      "the profile of the penalised likelihood (Heinze and Schemper)")  # fmt: skip
    told = f"Without a penalty there is no hazard ratio: {why}. The ratios given are of Firth's penalised likelihood."
    untested = "Whether hazards are proportional could not be tested: Cox's model has no fit without the penalty."
    return Numbers(estimates=tuple(estimates), tests=tests, method=(model, untested), findings=(*held.notes, told, *endless))


def _proportional(
    fit: Cox, days: Float[np.ndarray, " rows"], happened: Bool[np.ndarray, " rows"], x: Float[np.ndarray, "rows columns"],
    start: Float[np.ndarray, " rows"] | None, layers: list[str] | None, ties: Ties, titles: list[str], sides: int,
) -> tuple[str, tuple[str, ...]]:  # fmt: skip
    """Whether the hazards of a model look proportional: a sentence, and findings where they do not."""
    terms: dict[str, list[int]] = {"the comparison": list(range(sides))} if sides else {}
    for index, title in enumerate(titles[sides:], start=sides):
        terms.setdefault(_label(title), []).append(index)
    try:
        found = proportional_hazards(
            fit, days, happened, x, terms=list(terms.values()), start=start, ties=ties,
            stratum=None if layers is None else np.array(layers),
        )  # fmt: skip
    except Inestimable as why:
        return f"Whether hazards are proportional could not be tested: {why.says}.", ()
    told = [f"{name} p = {each.p:.3g}" for name, each in zip(terms, found.terms, strict=True)]
    told += [f"all together p = {found.overall.p:.3g}"] if len(terms) > 1 else []
    words = (
        "Proportional hazards were tested by Grambsch and Therneau's score test, with time counted by Kaplan-Meier: "
        f"{'; '.join(told)}."
    )
    doubted = [f"{name} (p = {each.p:.3g})" for name, each in zip(terms, found.terms, strict=True) if each.p < DOUBTFUL]
    if not doubted:
        return words, ()
    return words, (
        f"Hazards do not look proportional for {', '.join(doubted)}: a hazard ratio is then an average over the time "
        "that was observed, and depends on how long that was.",
    )


def _wald(fit: Cox | FineGray, count: int, name: str) -> tuple[Test, ...]:
    """Wald's test that no side differs from the reference."""
    beta, variance = fit.coefficient[:count], fit.variance[:count, :count]
    statistic = float(beta @ np.linalg.solve(variance, beta))
    return (Test(name, statistic, float(count), float(chdtrc(count, statistic))),)


def _modelled(
    fit: Cox, held: Covariates, plan: Plan, ties: Ties, rivals: bool, limits: str = "limits and tests by Wald"
) -> str:  # fmt: skip
    rows = "intervals" if plan.changes else "participants"
    said = f"Cox's proportional-hazards model of {fit.people} {rows} with {fit.events} events"
    said += _adjusted(held)
    if plan.stratify:
        said += f", stratified by {', '.join(each.replace('_', ' ') for each in plan.stratify)}"
    said += f"; ties by {ties.capitalize()}, {limits}"
    return said + ("; competing events count as censoring (cause-specific)." if rivals else ".")


# --- groups that change with time ------------------------------------------------------------------------------------


def _pooled(times: _Times, plan: Plan) -> Numbers:
    """The curve of everyone, where no fixed groups have one."""
    everyone = replace(times, side=np.zeros(len(times.days), dtype=np.int64))
    one = Sample((EVERYONE,), (), ())
    found = _curve(everyone, 0, EVERYONE, one, plan, bool(plan.endpoint.competing))
    return replace(found, findings=(*found.findings, "There are no curves by group: who is in which group changes with time."))


def _changing(plan: Plan, counted: Sample) -> Numbers:
    """Cox's model with a group that changes with time."""
    trees = {each.name: statement(each.name, plan.study) for each in plan.sides}
    held = covariates(plan.adjust, plan.study, counted.members)
    layers, left = _strata(counted, plan)
    rows: list[tuple[float, float, bool, int, int]] = []
    nowhere = 0
    for index, each in enumerate(counted.members):
        if not held.is_known[index] or (layers is not None and layers[index] is None):
            continue
        cut = _cut(each, trees, plan)
        nowhere += sum(side < 0 for *_, side in cut)
        rows += [(start, stop, event, side, index) for start, stop, event, side in cut if side >= 0]
    if not rows:
        return Numbers(findings=("No hazard ratio: nobody can be told to be in any of the groups.",), left_out=left)
    which = np.array([row[4] for row in rows], dtype=np.int64)
    found = _fitted(
        np.array([row[1] for row in rows]), np.array([row[2] for row in rows], dtype=bool),
        np.array([row[0] for row in rows]),
        np.array([row[3] for row in rows], dtype=np.int64), replace(held, columns=held.columns[which]),
        None if layers is None else [str(layers[index]) for index in which], counted, plan,
        bool(plan.endpoint.competing), left,
        int((~held.is_known).sum()),
    )  # fmt: skip
    note = f"{nowhere} stretches of follow-up were spent in no group, or in none that can be told; they do not count."
    words = (
        "Membership changes with time: follow-up is cut on each day on which somebody's group changes, and counts in the "
        "group of that time alone, so that nobody is credited with time spent before joining.",
    )
    return replace(found, method=(*found.method, *words), findings=(*found.findings, *((note,) if nowhere else ())))


def _cut(one: Member, trees: dict[str, Tree | None], plan: Plan) -> list[tuple[float, float, bool, int]]:
    """Follow-up in stretches: after which day, up to which, whether the event ends it, in which group (-1 for none)."""
    outcome = one.outcome
    assert isinstance(outcome, TimeToEvent)
    days = [one.zero, *(day for day in _days(one, trees) if one.zero < day <= outcome.ended)]
    sides = [_side_on(one, trees, day, plan) for day in days]
    found: list[tuple[float, float, bool, int]] = []
    # The first day counts too: who has the event on it was at risk of it.
    start = -1.0
    for index, side in enumerate(sides):
        if index + 1 < len(sides) and sides[index + 1] == side:
            continue
        is_last = index + 1 == len(sides)
        stop = float((outcome.ended - one.zero).days) if is_last else _morning(days[index + 1], one, outcome)
        found.append((start, stop, is_last and outcome.status == "event", side))
        start = stop
    return found


def _morning(day: date, one: Member, outcome: TimeToEvent) -> float:
    """When a change on a day is taken to happen."""
    return (day - one.zero).days - (0.5 if day == outcome.ended else 0.0)


def _days(one: Member, trees: dict[str, Tree | None]) -> list[date]:
    """The days on which something is recorded that the groups read."""
    read = {form for tree in trees.values() if tree is not None for form in forms(tree)}
    found = {row.on.first for form in read - {LESIONS} for row in one.chart.facts.rows.get(form, ())}
    if LESIONS in read:
        found |= {each.on for each in one.chart.sightings} | {each.on for each in one.chart.treated}
    return sorted(found)


def _side_on(one: Member, trees: dict[str, Tree | None], day: date, plan: Plan) -> int:
    facts = facts_on(plan.study, one.chart, day, trees.values())
    for index, side in enumerate(plan.sides):
        if (one.chart.arm == side.name) if side.is_arm else member(side.name, trees[side.name], plan.study, facts) is MET:
            return index
    return -1


# --- small things ----------------------------------------------------------------------------------------------------


def _floats(values: Float[np.ndarray, " times"]) -> tuple[float, ...]:
    return tuple(map(float, values))


def _ints(values: Int[np.ndarray, " times"]) -> tuple[int, ...]:
    return tuple(map(int, values))


def _known(values: Float[np.ndarray, " times"]) -> tuple[float | None, ...]:
    return tuple(_or_none(float(each)) for each in values)


def _or_none(value: float) -> float | None:
    return None if isnan(value) else value
