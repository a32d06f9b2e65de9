"""Fair comparisons from records: matching, weighting, a trial emulated; and, when asked, the naive answer beside them.

Matching (`matching`)
    One to one, without replacement, on the log odds of the propensity, within 0.2 of its standard deviation; the largest
    propensity chooses first, of equally near ones the first in the file is taken. What the analysis is stratified by is
    matched exactly. Matched sets are clusters of the variance, and strata of the log-rank test.

Subclasses (`subclassification`)
    Six, between the quantiles of the propensity of the first group; in each the second counts as many as the first.

Weighting (`iptw`, `weighting`: everyone; `iptw_att`: the first group; `overlap`: who might be in either)
    By the propensity; stabilised for everyone. Variances count each person's own scatter.

The propensity
    A logistic model of what the analysis adjusts for, as known at time zero; of complete cases, the others counted. Who
    has an answer that nobody of the other group has, has nobody to be compared with: left out and counted, before any
    model is made. Where the columns still tell the groups apart, there is no comparison, and that is said.

Emulation (`emulate`)
    Joining the first group within the grace period against not joining it in that time, by clones, censoring and
    weights (see `kernels.clone_censor_weight`); limits by drawing persons anew, from a seed of the analysis's own, so
    that a report can be made again.

The naive answer
    Groups as they turned out in the end, from time zero on, unadjusted where the fair answer matches or weights. It is
    given when asked for, to show what it gets wrong.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.special import chdtrc

from ..calendar import later
from ..chart import Chart
from ..endpoints import Absent, Measurement, Occurrence, Outcome
from ..endpoints.outcome import origin
from ..expression.tree import Kind
from ..kernels.balance import balance
from ..kernels.clone_censor_weight import Clones, clones, emulated, resampled, survival
from ..kernels.cox import cox, hazard_ratio
from ..kernels.follow_up import counts
from ..kernels.inestimable import Inestimable
from ..kernels.kaplan_meier import kaplan_meier, quantiles, survival_limits
from ..kernels.logrank import logrank
from ..kernels.matching import calliper, nearest, stratified, subclasses
from ..kernels.propensity import Logistic, logistic
from ..kernels.sensitivity import e_value
from ..kernels.weighting import effective_size, weighted_difference, weights
from ..logic import MET
from ..protocol import Analysis, Endpoint
from ..study import Study
from .covariates import Answer, answers, covariates, label_of, strata, tree_of
from .plan import Plan, item_of
from .result import Balanced, Counted, Curve, Estimate, LeftOut, Numbers, Test
from .sample import Member, Sample, member, statement
from .time_to_event import _counting, _curve, _days, _horizon, _over_time, _side_on, _Times, _times, joined

CALLIPER = 0.2
"""In standard deviations of the log odds of the propensity."""
SUBCLASSES = 6
UNLIKE = 0.1
"""A standardised difference above this is called a difference (Austin 2009, Stat Med 28:3083-3107)."""
RARE = 0.15
"""Below this share with the event, a hazard ratio stands for a risk ratio (VanderWeele and Ding 2017)."""
CROWDED = 5
"""Fewer participants of the smaller group than this for each column of a propensity are said to be few."""
RESAMPLES = 500
KINDS = ("time_to_event", "occurrence", "measurement", "score", "cost")


@dataclass(frozen=True)
class _Pair:
    """Two groups of people of whom everything is known that makes them alike: a row each."""

    plan: Plan
    counted: Sample
    treated: Bool[np.ndarray, " people"]
    layers: tuple[str, ...] | None
    propensity: Logistic

    @property
    def labels(self) -> tuple[str, str]:
        one, other = (each.label for each in self.counted.sides)
        return one, other


@dataclass(frozen=True)
class _Alike:
    """How much each counts, who belongs together, and how that came about. `sets` is empty where nobody does."""

    weight: Float[np.ndarray, " people"]
    sets: Int[np.ndarray, " people"]
    words: str
    left_out: tuple[LeftOut, ...] = ()


def _matching(pair: _Pair) -> _Alike:
    width = calliper(pair.propensity.linear, CALLIPER)
    layers = None if pair.layers is None else np.array(pair.layers)
    found = nearest(pair.treated, pair.propensity.linear, within=width, stratum=layers)
    one, other = pair.labels
    lost, spare = (int((pair.treated[found.unmatched] == side).sum()) for side in (True, False))
    exactly = f", exactly on {', '.join(map(_words, pair.plan.stratify))}" if pair.plan.stratify else ""
    left = [LeftOut(f"{one}: no match within the calliper", lost)] if lost else []
    left += [LeftOut(f"{other}: not needed as a match", spare)] if spare else []
    return _Alike(
        found.weight, found.group,
        f"Matched one to one without replacement, nearest first, on the log odds of the propensity{exactly}; the largest "
        f"propensity chooses first, of equally near ones the first in the file is taken; within {width:.3g} "
        f"({CALLIPER:g} standard deviations), which was checked afterwards: {len(found.treated)} pairs, the farthest "
        f"{float(found.distance.max()):.2g} apart.",
        tuple(left),
    )  # fmt: skip


def _subclassification(pair: _Pair) -> _Alike:
    classes = subclasses(pair.treated, pair.propensity.linear, SUBCLASSES)
    weight = stratified(pair.treated, classes)
    alone = [
        LeftOut(f"{label}: in a subclass without anybody of the other group", count)
        for label, side in zip(pair.labels, (True, False), strict=True)
        if (count := int(((weight == 0) & (pair.treated == side)).sum()))
    ]
    return _Alike(
        weight, np.zeros(0, dtype=np.int64),
        f"{SUBCLASSES} subclasses between the quantiles of the propensity in {pair.labels[0]}; in each, {pair.labels[1]} "
        "counts as many as it.",
        tuple(alone),
    )  # fmt: skip


def _weighting(pair: _Pair, aim: str) -> _Alike:
    chance = pair.propensity.chance
    none = np.zeros(0, dtype=np.int64)
    match aim:
        case "att":
            said = f"the chance of the other, so that {pair.labels[1]} becomes like {pair.labels[0]}"
            return _Alike(weights(pair.treated, chance, aim="att"), none, f"Weighted by the propensity and {said}.")
        case "overlap":
            said = "each by the chance of having been in the other group (overlap)"
            return _Alike(weights(pair.treated, chance, aim="overlap"), none, f"Weighted by the propensity: {said}.")
        case _:
            said = "Weighted by one over the propensity of the own group, stabilised, so that each becomes like everyone."
            return _Alike(weights(pair.treated, chance, aim="ate", stabilised=True), none, said)


METHODS: Mapping[str, Callable[[_Pair], _Alike]] = MappingProxyType({
    "matching": _matching,
    "subclassification": _subclassification,
    "iptw": lambda pair: _weighting(pair, "ate"),
    "weighting": lambda pair: _weighting(pair, "ate"),
    "iptw_att": lambda pair: _weighting(pair, "att"),
    "overlap": lambda pair: _weighting(pair, "overlap"),
})  # fmt: skip
"""What makes two groups alike, by the word for `method`."""


def refused(analysis: Analysis, endpoint: Endpoint, study: Study) -> str:
    """Why a fair comparison that is declared is not made, or nothing."""
    kind = endpoint.kind.replace("_", " ")
    names = analysis.estimand.compared if analysis.estimand is not None else ()
    if analysis.method in METHODS:
        if not analysis.adjust:
            return f"not estimated here: method {analysis.method} is declared, and nothing under 'adjust' to be alike in"
        if endpoint.kind not in KINDS:
            return f"not estimated here: method {analysis.method} is declared, and this version does not do it for a {kind}"
        if analysis.time_dependent:
            return f"not estimated: {analysis.method} needs groups that are told once, and membership changes with time here"
    if analysis.emulate is None:
        return ""
    asked = f"emulation of a trial with a grace period of {analysis.emulate.grace} is declared"
    if endpoint.kind != "time_to_event":
        return f"not estimated here: {asked}, and a {kind} has no time in which to begin"
    if len(names) != 2:
        return f"not estimated here: {asked}, and it needs a contrast of two groups"
    if any(name in study.protocol.arms for name in names):
        return f"not estimated here: {asked} of an arm, and arms are assigned, not joined"
    if analysis.landmark is not None or analysis.time_dependent or analysis.method in METHODS:
        return (
            f"not estimated: {asked} together with a landmark, a changing membership or matching, which answer other questions"
        )
    return ""


# --- two groups made alike -------------------------------------------------------------------------------------------


def fair(plan: Plan, counted: Sample) -> Numbers:
    """Two groups, made alike and compared.

    Raises:
        Inestimable: There are not two groups.
    """
    if not plan.compares or len(counted.sides) != 2:
        raise Inestimable(f"not estimated: method {plan.method} compares two groups, and {len(counted.sides)} are named")
    said = joined([Numbers(method=_asked(plan))])
    left: list[LeftOut] = []
    try:
        pair, notes, everyone = _paired(plan, counted, left)
        alike = METHODS[plan.method](pair)
    except Inestimable as why:
        arms = tuple(Counted(side.name, side.label, len(counted.of(index))) for index, side in enumerate(counted.sides))
        return replace(said, arms=arms, findings=(*_lost(left), f"No comparison: {why.says}."))
    kept = alike.weight > 0
    inside = [each for each, keep in zip(pair.counted.members, kept, strict=True) if keep]
    smaller = replace(pair.counted, members=tuple(inside))
    compared = _Compared(
        plan, smaller, pair.treated[kept], alike.weight[kept], alike.sets[kept] if len(alike.sets) else alike.sets,
        None if pair.layers is None else tuple(each for each, keep in zip(pair.layers, kept, strict=True) if keep),
    )  # fmt: skip
    rows = _balanced(plan, everyone, {id(one): float(w) for one, w in zip(inside, compared.weight, strict=True)})
    parts = [said, Numbers(method=(_propensity(pair), alike.words, _sizes(compared)), left_out=(*left, *alike.left_out))]
    parts += _numbers(compared)
    unlike = [f"{each.label} ({each.after:+.2f})" for each in rows if each.after is not None and abs(each.after) > UNLIKE]
    if unlike:
        still = f"Still unlike afterwards, by a standardised difference above {UNLIKE:g}: {', '.join(unlike)}."
        parts.append(Numbers(findings=(still,)))
    parts.append(Numbers(findings=tuple(notes)))
    return replace(joined(parts), balance=rows)


def _asked(plan: Plan) -> tuple[str, ...]:
    return (_counting(plan, bool(plan.endpoint.competing)),) if plan.endpoint.kind == "time_to_event" else ()


def _lost(left: Sequence[LeftOut]) -> tuple[str, ...]:
    """Who would have been left out, where nobody is counted in a comparison and all stand in the arms."""
    return (
        (f"A comparison would have left out: {'; '.join(f'{each.participants}, {each.why}' for each in left)}.",)
        if left
        else ()
    )


def _paired(plan: Plan, counted: Sample, left: list[LeftOut]) -> tuple[_Pair, list[str], Sample]:
    """Those of whom all is known and who have somebody like them, with their propensity; and all of the former.

    Whom it leaves out it adds to `left`.
    """
    held = covariates(plan.adjust, plan.study, counted.members)
    layers = strata(plan.stratify, plan.study, counted.members) if plan.stratify else None
    known = [bool(each) for each in held.is_known]
    if lacking := known.count(False):
        told = ", ".join(f"{label} {count}" for label, count in held.missing)
        left.append(LeftOut(f"a covariate not known at time zero ({told})", lacking))
    if layers is not None:
        unplaced = sum(each is None and keep for each, keep in zip(layers, known, strict=True))
        known = [keep and each is not None for each, keep in zip(layers, known, strict=True)]
        if unplaced:
            left.append(LeftOut(f"stratum not known ({', '.join(map(_words, plan.stratify))})", unplaced))
    everyone = replace(counted, members=tuple(one for one, keep in zip(counted.members, known, strict=True) if keep))
    inside, alone = _comparable(plan, everyone)
    left += [LeftOut(f"nobody of the other group is alike: {why}", count) for why, count in alone.items()]
    if any(not inside.of(side) for side in (0, 1)):
        raise Inestimable("once those are left out who lack a covariate, or have nobody like them, one of the groups is empty")
    held = covariates(plan.adjust, plan.study, inside.members)
    names, columns = list(held.names), held.columns
    layers = strata(plan.stratify, plan.study, inside.members) if plan.stratify else None
    if layers is not None and plan.method != "matching":
        codes = sorted({str(each) for each in layers})
        names += [f"{', '.join(map(_words, plan.stratify))}: {code}" for code in codes[1:]]
        columns = np.column_stack([columns, *(np.array([float(each == code) for each in layers]) for code in codes[1:])])
    treated = np.array([each.side == 0 for each in inside.members], dtype=bool)
    if not columns.shape[1]:
        raise Inestimable("nothing is left in which the groups could differ: " + " ".join(held.notes).rstrip("."))
    try:
        propensity = logistic(treated, columns)
    except Inestimable as why:
        raise why.named(names) from None
    fewer = int(min(treated.sum(), (~treated).sum()))
    notes = list(held.notes)
    if columns.shape[1] * CROWDED > fewer:
        notes.append(
            f"The propensity rests on {columns.shape[1]} column{'s' if columns.shape[1] > 1 else ''}, and the smaller group has {fewer} participants: fewer than "
            f"{CROWDED} for each. It may fit chance."
        )
    firm = None if layers is None else tuple(str(each) for each in layers)
    return _Pair(plan, inside, treated, firm, propensity), notes, everyone


def _comparable(plan: Plan, counted: Sample) -> tuple[Sample, Counter[str]]:
    """Those whose every answer somebody of the other group gave too. Leaving some out may leave others alone."""
    asked = [(name, tree_of(name, plan.study)) for name in (*plan.adjust, *plan.stratify)]
    given: list[tuple[str, list[Answer]]] = [
        (label_of(name, tree, plan.study), answers(tree, plan.study, counted.members))
        for name, tree in asked
        if tree.type.kind in (Kind.TRUTH, Kind.CHOICE, Kind.TEXT) or name in plan.stratify
    ]
    inside = list(range(len(counted.members)))
    alone: Counter[str] = Counter()
    while True:
        before = len(inside)
        for label, each in given:
            seen = [{each[index] for index in inside if counted.members[index].side == side} for side in (0, 1)]
            lonely = [index for index in inside if each[index] not in seen[1 - counted.members[index].side]]
            for index in lonely:
                alone[f"{label} {_said(each[index])}"] += 1
            inside = [index for index in inside if index not in set(lonely)]
        if len(inside) == before:
            return replace(counted, members=tuple(counted.members[index] for index in inside)), alone


def _propensity(pair: _Pair) -> str:
    labels = dict.fromkeys(label_of(name, tree_of(name, pair.plan.study), pair.plan.study) for name in pair.plan.adjust)
    return (
        f"The propensity of {pair.labels[0]} by logistic regression on {', '.join(labels)}, as known at time zero "
        f"(complete cases, {len(pair.treated)} participants)."
    )


@dataclass(frozen=True)
class _Compared:
    """Those who count: their weights, who belongs together, and their strata."""

    plan: Plan
    counted: Sample
    treated: Bool[np.ndarray, " people"]
    weight: Float[np.ndarray, " people"]
    sets: Int[np.ndarray, " people"]
    layers: tuple[str, ...] | None

    @property
    def of(self) -> str:
        one, other = self.counted.sides
        return f"{one.label} against {other.label}"

    @property
    def is_plain(self) -> bool:
        """Whether all count alike."""
        return bool((self.weight == 1).all())


def _sizes(held: _Compared) -> str:
    told = []
    for side, ours in zip(held.counted.sides, (True, False), strict=True):
        inside = held.treated == ours
        told.append(f"{effective_size(held.weight[inside]):.1f} of {int(inside.sum())} in {side.label}")
    return f"Effective sample size: {', '.join(told)}."


def _numbers(held: _Compared) -> list[Numbers]:
    match held.plan.endpoint.kind:
        case "time_to_event":
            return _survival(held)
        case "occurrence":
            return [_shares(held)]
        case _:
            return [_means(held)]


# --- times to an event -----------------------------------------------------------------------------------------------


def _survival(held: _Compared) -> list[Numbers]:
    times, rivals = _times(held.counted), bool(held.plan.endpoint.competing)
    arms = tuple(
        Counted(
            side.name, side.label, int((times.side == index).sum()),
            int(((times.side == index) & (times.ended == 1)).sum()),
            int(((times.side == index) & (times.ended == 2)).sum()) if rivals else None,
        )
        for index, side in enumerate(held.counted.sides)
    )  # fmt: skip
    parts = [Numbers(arms=arms)]
    for index, side in enumerate(held.counted.sides):
        if held.is_plain:
            parts.append(_curve(times, index, side, held.counted, held.plan, rivals))
        elif rivals:
            parts.append(Numbers(findings=(f"No curve for {side.label}: incidence with weights is not estimated here.",)))
        else:
            parts.append(_weighted_curve(times, held, index))
    parts.append(_over_time(parts, held.counted, held.plan))
    if held.plan.test in ("logrank", "log_rank"):
        parts.append(_logrank(times, held))
    parts.append(_ratio(times, held, rivals))
    return parts


def _weighted_curve(times: _Times, held: _Compared, index: int) -> Numbers:
    side, inside = held.counted.sides[index], times.side == index
    try:
        fit = kaplan_meier(times.days[inside], times.happened[inside], weight=held.weight[inside])
    except Inestimable as why:
        return Numbers(findings=(f"No curve for {side.label}: {why.says}.",))
    heads = counts(times.days[inside], times.happened[inside])
    lower, upper = survival_limits(fit, scale="log-log", level=held.plan.level)
    curve = Curve(
        side.name, side.label, "survival", _floats(fit.time), _floats(fit.survival), _known(lower), _known(upper),
        _ints(heads.at_risk), _ints(heads.events), _ints(heads.censored),
    )  # fmt: skip
    half = quantiles(fit, np.array([0.5]), scale="log-log", level=held.plan.level)
    median, low, high = (float(each[0]) for each in (half.estimate, half.lower, half.upper))
    words = "Weighted Kaplan-Meier estimates, with the variance from each person's own scatter; counts at risk are of people."
    if np.isnan(median):
        last = f"The median time in {side.label} is not reached: {fit.survival[-1]:.0%} (weighted) were free of the event."
        return Numbers(curves=(curve,), method=(words,), findings=(last,))
    limits = (None if np.isnan(low) else low, None if np.isnan(high) else high)
    found = Estimate("Median time", median, *limits, held.plan.level, "days", side.name)
    return Numbers(curves=(curve,), method=(words,), estimates=(found,))


def _logrank(times: _Times, held: _Compared) -> Numbers:
    if not len(held.sets) or not held.is_plain:
        told = "The log-rank test is declared, and is not given with weights; Wald's robust test stands in its place."
        return Numbers(findings=(told,))
    named = np.array([each.name for each in held.counted.sides])[times.side]
    try:
        found = logrank(times.days, times.happened, named, stratum=held.sets)
    except Inestimable as why:
        return Numbers(findings=(f"No log-rank test: {why.says}.",))
    words = "The log-rank test is stratified by matched pair, so that each is compared with its own match."
    return Numbers(
        tests=(Test("Log-rank, stratified by matched pair", found.chi_square, float(found.df), found.p),), method=(words,)
    )


def _ratio(times: _Times, held: _Compared, rivals: bool) -> Numbers:
    matched = len(held.sets) > 0
    layers = None if matched or held.layers is None else np.array(held.layers)
    try:
        fit = cox(
            times.days, times.happened, held.treated.astype(float)[:, None], weight=None if held.is_plain else held.weight,
            stratum=layers, cluster=held.sets if matched else np.arange(len(held.treated)),
        )  # fmt: skip
    except Inestimable as why:
        return Numbers(findings=(f"No hazard ratio: {why.says}.",))
    ratio = hazard_ratio(fit, level=held.plan.level)
    value, lower, upper = (float(each[0]) for each in (ratio.estimate, ratio.lower, ratio.upper))
    kind = "Cause-specific hazard ratio" if rivals else "Hazard ratio"
    how = "each matched pair" if matched else "each person"
    layered = f", stratified by {', '.join(map(_words, held.plan.stratify))}" if layers is not None else ""
    words = (
        f"Cox's model of the group alone, {'matched' if matched else 'weighted'}{layered}: {fit.people} participants with "
        f"{fit.events} events; ties by Efron, variance from the scatter of {how}, limits and test by Wald."
    )
    tests: tuple[Test, ...] = ()
    if held.plan.test in ("", "wald") or not (matched and held.is_plain):
        statistic = float(fit.z[0]) ** 2
        tests = (Test("Wald, from Cox's model, robust", statistic, 1.0, float(chdtrc(1, statistic))),)
    share = fit.events / fit.people
    return Numbers(
        estimates=(Estimate(kind, value, lower, upper, held.plan.level, "", held.of),), tests=tests, method=(words,),
        findings=(_unmeasured(value, lower, upper, rare=share < RARE),),
    )  # fmt: skip


def _unmeasured(value: float, lower: float, upper: float, *, rare: bool) -> str:
    found = e_value(value, lower, upper, of="hazard", rare=rare)
    rest = (
        "the limits hold 1 already"
        if found.limit == 1
        else f"{found.limit:.2g} to bring the limits to 1"
    )  # fmt: skip
    return (
        f"Matching and weighting see what was recorded. To be all of this, something unrecorded would have to go with both "
        f"the group and the event by a risk ratio of {found.estimate:.2g} (E-value); {rest}."
    )


# --- shares and means ------------------------------------------------------------------------------------------------


def _shares(held: _Compared) -> Numbers:
    told = [each.outcome.happened if isinstance(each.outcome, Occurrence) else None for each in held.counted.members]
    return _contrasted(
        held,
        [None if each is None else float(each) for each in told],
        "Share with the event",
        "share",
        "not followed long enough to tell",
    )


def _means(held: _Compared) -> Numbers:
    endpoint = held.plan.endpoint
    item = item_of(endpoint.item, held.plan.study) if endpoint.item and endpoint.kind == "measurement" else None
    if item is not None and item.type == "choice":
        raise Inestimable("not estimated: a choice has no mean, and no difference of means")
    values = [each.outcome.value if isinstance(each.outcome, Measurement) else None for each in held.counted.members]
    is_share = item is not None and item.type == "yes_no"
    unit = "share" if is_share else item.unit if item is not None else ""
    return _contrasted(held, values, "Share with yes" if is_share else "Mean", unit, "has no value")


def _contrasted(held: _Compared, values: Sequence[float | None], name: str, unit: str, absent: str) -> Numbers:
    """Weighted means, or shares, and their difference."""
    known = np.array([each is not None for each in values], dtype=bool)
    y = np.array([0.0 if each is None else each for each in values])
    left = (LeftOut(absent, int((~known).sum())),) if not known.all() else ()
    is_share = unit == "share"
    arms = tuple(
        Counted(side.name, side.label, int((known & (held.treated == ours)).sum()),
                int(y[known & (held.treated == ours)].sum()) if name == "Share with the event" else None)
        for side, ours in zip(held.counted.sides, (True, False), strict=True)
    )  # fmt: skip
    try:
        found = weighted_difference(
            y[known], held.treated[known], held.weight[known], level=held.plan.level,
            cluster=held.sets[known] if len(held.sets) else None,
        )  # fmt: skip
    except Inestimable as why:
        return Numbers(arms=arms, left_out=left, findings=(f"No difference: {why.says}.",))
    one, other = held.counted.sides
    gap = "Difference of means" if not is_share else name.replace("Share", "Difference of shares")
    estimates = (
        Estimate(name, found.treated, None, None, None, unit, one.name),
        Estimate(name, found.untreated, None, None, None, unit, other.name),
        Estimate(gap, found.difference, found.lower, found.upper, held.plan.level, unit, held.of),
    )
    how = "matched pair" if len(held.sets) else "person"
    words = f"Difference of weighted {'shares' if is_share else 'means'}, with the variance from the scatter of each {how}."
    return Numbers(arms=arms, left_out=left, estimates=estimates, method=(words,))


# --- balance ---------------------------------------------------------------------------------------------------------


def _balanced(plan: Plan, counted: Sample, weight: Mapping[int, float]) -> tuple[Balanced, ...]:
    """Each covariate, each code of a choice by itself, before and after."""
    treated = np.array([each.side == 0 for each in counted.members], dtype=bool)
    after = np.array([weight.get(id(each), 0.0) for each in counted.members])
    rows = []
    for label, values, is_share in _characteristics(plan, counted.members):
        first, second = balance(values, treated), balance(values, treated, after)
        rows.append(
            Balanced(
                label,
                is_share,
                first.treated,
                first.untreated,
                second.treated,
                second.untreated,
                _finite(first.difference),
                _finite(second.difference),
                _finite(first.variance_ratio),
                _finite(second.variance_ratio),
            )
        )
    return tuple(rows)


def _characteristics(
    plan: Plan, members: Sequence[Member]
) -> list[tuple[str, Float[np.ndarray, " people"], bool]]:  # fmt: skip
    found: list[tuple[str, Float[np.ndarray, " people"], bool]] = []
    for name in dict.fromkeys((*plan.adjust, *plan.stratify)):
        tree = tree_of(name, plan.study)
        label, given = label_of(name, tree, plan.study), answers(tree, plan.study, members)
        seen = dict.fromkeys(each for each in given if each is not None)
        if len(seen) < 2:
            continue
        if tree.type.kind is Kind.NUMBER:
            found.append((label, np.array([float(each) if isinstance(each, float | int) else np.nan for each in given]), False))
        elif tree.type.kind is Kind.TRUTH:
            found.append((label, np.array([float(each is True) for each in given]), True))
        else:
            codes = [code for code in tree.type.options or plan.study.protocol.sites if code in seen] or sorted(map(str, seen))
            found += [
                (f"{label}: {_said(code)}", np.array([float(str(each) == code) for each in given]), True) for code in codes
            ]
    return found


# --- a trial emulated ------------------------------------------------------------------------------------------------


def emulation(plan: Plan, counted: Sample) -> Numbers:
    """Joining the first group within the grace period against not joining it."""
    assert plan.emulate is not None
    times, span = _times(counted), plan.emulate.grace
    said = Numbers(method=_asked(plan))
    held = covariates(plan.adjust, plan.study, counted.members)
    known = np.asarray(held.is_known)
    left: tuple[LeftOut, ...] = ()
    if not known.all():
        told = ", ".join(f"{label} {count}" for label, count in held.missing)
        left = (LeftOut(f"a covariate not known at time zero ({told})", int((~known).sum())),)
    members = [one for one, keep in zip(counted.members, known, strict=True) if keep]
    try:
        if not members:
            raise Inestimable("nobody's covariates are all known at time zero")
        began = np.array([_began(one, plan) for one in members])
        grace = np.array([float((later(one.zero, span) - one.zero).days) for one in members])
        # Who has the event on the first day was followed for part of it.
        days, happened, x = np.maximum(times.days[known], 0.5), times.happened[known], held.columns[known]
        cloned = clones(days, happened, began, x, grace=grace)
        asked = _asked_days(plan, counted, cloned)
        found = emulated(cloned, np.array([each for each, _ in asked]), se=False)
    except Inestimable as why:
        return replace(said, left_out=left, findings=(*held.notes, f"No emulation: {why.says}."))
    in_time = (began <= grace) & (began <= days)
    arms = tuple(
        Counted(side.name, side.label, int((in_time == ours).sum()), int((happened & (in_time == ours)).sum()))
        for side, ours in zip(plan.sides, (True, False), strict=True)
    )
    findings = list(held.notes)
    limits = None
    try:
        limits = resampled(
            days, happened, began, x, grace=grace, asked=np.array([each for each, _ in asked]),
            rng=np.random.default_rng(plan.seed), resamples=RESAMPLES, level=plan.level,
        )  # fmt: skip
        if limits.failed:
            findings.append(f"{limits.failed} of {limits.resamples} resamples gave no number, and are not in the limits.")
    except Inestimable as why:
        findings.append(f"No limits: {why.says}.")
    one, other = plan.sides
    of = f"{one.label} against {other.label}"
    estimates = []
    for index, (_, words) in enumerate(asked):
        pairs = (("starting", one.name, found.starting[index]), ("waiting", other.name, found.waiting[index]),
                 ("difference", of, found.starting[index] - found.waiting[index]))  # fmt: skip
        for which, whose, value in pairs:
            if np.isfinite(value):
                low, high = (None, None) if limits is None else map(_finite, getattr(limits, which)[index])
                name = f"Free of the event {words}" if which != "difference" else f"Difference, free of the event {words}"
                estimates.append(Estimate(name, float(value), low, high, plan.level if limits else None, "share", whose))
    low, high = (None, None) if limits is None else map(float, np.exp(limits.log_hazard_ratio))
    estimates.append(
        Estimate("Hazard ratio", float(np.exp(found.log_hazard_ratio)), low, high, plan.level if limits else None, "", of)
    )
    if plan.endpoint.competing:
        findings.append(
            "Competing events end follow-up as censoring does: hazards are cause-specific, and the curves hypothetical."
        )
    return replace(
        said, arms=arms, left_out=left, estimates=tuple(estimates), findings=tuple(findings),
        curves=tuple(_strategy(cloned, side.name, label, ours) for side, label, ours in (
            (one, f"{one.label} within {span}", True), (other, f"Not within {span}", False))),
        method=(*said.method, _emulated_words(plan, held.names, cloned, len(members))),
    )  # fmt: skip


def _began(one: Member, plan: Plan) -> float:
    """The days from time zero until somebody joins the first group; infinite for never."""
    trees = {each.name: statement(each.name, plan.study) for each in plan.sides}
    for day in [one.zero, *(day for day in _days(one, trees) if day > one.zero)]:
        if _side_on(one, trees, day, plan) == 0:
            return float((day - one.zero).days)
    return float("inf")


def _asked_days(plan: Plan, counted: Sample, cloned: Clones) -> list[tuple[float, str]]:
    horizon = _horizon(plan, counted)
    if horizon is not None:
        return [(float(horizon), f"after {plan.remaining}")]
    ends = [float(cloned.stop[cloned.starts == ours].max()) for ours in (True, False)]
    years = [(float(int(365.25 * each)), f"after {each} year{'s' if each > 1 else ''}") for each in (1, 2, 3, 5, 10)]
    return [each for each in years if each[0] <= min(ends)]


def _strategy(cloned: Clones, name: str, label: str, ours: bool) -> Curve:
    fit = survival(cloned, starts=ours)
    kept = cloned.starts == ours
    heads = counts(cloned.stop[kept], cloned.happened[kept], cloned.start[kept])
    # A stretch that is cut and goes on is no leaving.
    gone = np.append(heads.at_risk[:-1] - heads.at_risk[1:], heads.at_risk[-1]) - heads.events
    none = (None,) * len(fit.time)
    return Curve(
        name, label, "survival", _floats(fit.time), _floats(fit.survival), none, none,
        _ints(heads.at_risk), _ints(heads.events), _ints(np.maximum(gone, 0)),
    )  # fmt: skip


def _emulated_words(plan: Plan, names: Sequence[str], cloned: Clones, people: int) -> str:
    assert plan.emulate is not None
    one = plan.sides[0]
    given = f" given {', '.join(dict.fromkeys(each.split(':')[0].split(', for')[0] for each in names))}" if names else ""
    return (
        f"A trial emulated: joining {one.label} within {plan.emulate.grace} of time zero, against not joining it in that "
        f"time. {people} participants were cloned into both, {cloned.started} of whom joined in time; a clone is censored "
        f"where its person leaves the strategy, and the others are weighted for it by the chance of staying{given} (logistic "
        "regression at the end of the grace period, Cox's model of joining before it); the greatest weight is "
        f"{float(cloned.weight.max()):.3g}. Limits from {RESAMPLES} resamples of persons, between quantiles."
    )


# --- the naive answer ------------------------------------------------------------------------------------------------


def is_fair(plan: Plan) -> bool:
    """Whether an analysis does something about how its groups came about."""
    return plan.compares and (plan.method in METHODS or plan.changes or plan.landmark is not None)


def naive(plan: Plan, charts: Sequence[Chart], outcomes: Mapping[str, Outcome]) -> tuple[tuple[Estimate, ...], str]:
    """What would be found with groups as they turned out in the end; and a sentence on what is wrong with it."""
    trees = {each.name: statement(each.name, plan.study) for each in plan.sides if not each.is_arm}
    members = []
    for known in charts:
        outcome, zero = outcomes[known.participant], origin(plan.endpoint, plan.study, known)
        if isinstance(outcome, Absent) or isinstance(zero, Absent):
            continue
        truths = [
            known.arm == side.name if side.is_arm else member(side.name, trees[side.name], plan.study, known.facts) is MET
            for side in plan.sides
        ]
        if True in truths:
            members.append(Member(known, truths.index(True), zero, outcome))
    crude = plan.method in METHODS
    counted = Sample(plan.sides, tuple(members), ())
    told = "unadjusted" if crude or not plan.adjust else "adjusted alike"
    said = f"groups as they turned out in the end, counted from time zero, {told}"
    later_ = (
        " Whoever joined a group later is credited with the time lived until then." if plan.landmark or plan.changes else ""
    )
    try:
        found = _naive(plan, counted, crude)
    except Inestimable as why:
        return (), f"The naive answer ({said}) cannot be given: {why.says}."
    return found, f"The naive answer, asked for, is not an estimate of what is declared: {said}.{later_}"


def _naive(plan: Plan, counted: Sample, crude: bool) -> tuple[Estimate, ...]:
    if len(plan.sides) != 2 or not (counted.of(0) and counted.of(1)):
        raise Inestimable("there are not two groups with people in them")
    treated = np.array([each.side == 0 for each in counted.members], dtype=bool)
    of = f"{plan.sides[0].label} against {plan.sides[1].label}, naive"
    if plan.endpoint.kind != "time_to_event":
        held = _Compared(plan, counted, treated, np.ones(len(treated)), np.zeros(0, dtype=np.int64), None)
        return tuple(replace(each, of=of) for each in _numbers(held)[0].estimates if " against " in each.of)
    times = _times(counted)
    extra = covariates(() if crude else plan.adjust, plan.study, counted.members)
    layers = strata(plan.stratify, plan.study, counted.members) if plan.stratify and not crude else None
    kept = np.array([known and (layers is None or layers[i] is not None) for i, known in enumerate(extra.is_known)], dtype=bool)
    if not kept.any():
        raise Inestimable("nobody's covariates are all known")
    fit = cox(
        times.days[kept], times.happened[kept], np.column_stack([treated.astype(float), extra.columns])[kept],
        stratum=None if layers is None else np.array([str(each) for each, keep in zip(layers, kept, strict=True) if keep]),
    )  # fmt: skip
    ratio = hazard_ratio(fit, level=plan.level)
    value, low, high = (float(each[0]) for each in (ratio.estimate, ratio.lower, ratio.upper))
    return (Estimate("Hazard ratio", value, low, high, plan.level, "", of),)


# --- small things ----------------------------------------------------------------------------------------------------


def _words(name: str) -> str:
    return name.replace("_", " ")


def _said(answer: Answer) -> str:
    return {True: "yes", False: "no"}[answer] if isinstance(answer, bool) else str(answer).replace("_", " ")


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _floats(values: Float[np.ndarray, " times"]) -> tuple[float, ...]:
    return tuple(map(float, values))


def _ints(values: Int[np.ndarray, " times"]) -> tuple[int, ...]:
    return tuple(int(each) for each in values)


def _known(values: Float[np.ndarray, " times"]) -> tuple[float | None, ...]:
    return tuple(_finite(float(each)) for each in values)
