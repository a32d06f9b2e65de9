"""Who benefits: whether the hazard ratio of two arms or groups differs by what was known of people at the start.

What is asked
    Each item of `adjust` is a modifier that was named before the data were seen. For each by itself, Cox's model with
    the groups, the modifier and their product: the test of the product (by the likelihood ratio) asks whether the ratio
    differs, and nothing else does; a ratio that is far from 1 in one row and near it in another is no proof that it
    does. Rows give the ratio among those of each code, within the model's strata. A number has no rows: where it is
    to be cut is for the study to define, beforehand; its product is told for each step.

Small numbers
    A row needs 10 events and some in either group, or has no ratio, and its people are left out of the test too; the
    test needs two rows, and for a number 20 events. Where a test is made, it has little power: to see a difference as
    large as the effect itself takes four times the events that the effect does.

Source:
    Wang and others (2007), N Engl J Med 357:2189-2194 (subgroups); Gail and Simon (1985), Biometrics 41:361-372;
    Brookes and others (2004), J Clin Epidemiol 57:229-236 (power); Peduzzi and others (1995), J Clin Epidemiol
    48:1503-1510 (10 events for each coefficient).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int, Shaped
from scipy.special import chdtrc, ndtri

from ..expression.tree import Kind
from ..kernels.cox import cox
from ..kernels.inestimable import Inestimable
from .covariates import Answer, answers, label_of, strata, tree_of
from .plan import Plan
from .result import Counted, Estimate, LeftOut, Numbers, Test
from .sample import Sample, statement

METHODS = ("subgroups",)
EVENTS_PER_ROW = 10
EVENTS_FOR_A_NUMBER = 20


@dataclass(frozen=True)
class Rows:
    """Stretches of follow-up: when each starts and stops, whether the event ends it, and whether in the first group.

    Of a participant whose group never changes there is one, which starts before the origin. `person` is whose it is.
    """

    start: Float[np.ndarray, " rows"]
    stop: Float[np.ndarray, " rows"]
    happened: Bool[np.ndarray, " rows"]
    first: Bool[np.ndarray, " rows"]
    person: Int[np.ndarray, " rows"]

    def of(self, kept: Bool[np.ndarray, " rows"]) -> "Rows":
        """Some of the rows."""
        return Rows(self.start[kept], self.stop[kept], self.happened[kept], self.first[kept], self.person[kept])


@dataclass(frozen=True)
class Ratio:
    """A hazard ratio with its limits, and of how many people and events it is."""

    estimate: float
    lower: float
    upper: float
    people: int
    events: int


@dataclass(frozen=True)
class Interaction:
    """The likelihood-ratio test of a product."""

    chi_square: float
    df: int
    p: float


def ratio(
    rows: Rows, *, stratum: Shaped[np.ndarray, " rows"] | None = None, level: float = 0.95, least: int = EVENTS_PER_ROW
) -> Ratio:
    """The hazard ratio of the first group against the second, among some.

    Raises:
        Inestimable: There are fewer events than `least`, or a group has none.
    """
    _enough(rows, least)
    fit = cox(rows.stop, rows.happened, rows.first[:, None].astype(float), start=rows.start, stratum=stratum)
    reach = float(ndtri(0.5 + level / 2)) * float(fit.se[0])
    low, mid, high = (float(np.exp(fit.coefficient[0] + each)) for each in (-reach, 0.0, reach))
    return Ratio(mid, low, high, len(np.unique(rows.person)), int(rows.happened.sum()))


def _enough(rows: Rows, least: int) -> None:
    events = int(rows.happened.sum())
    if events < least:
        raise Inestimable(f"{events} events are fewer than the {least} that a ratio needs here")
    for is_first, which in ((True, "first"), (False, "second")):
        if not (rows.happened & (rows.first == is_first)).any():
            raise Inestimable(f"none of the {events} events is in the {which} group")


def interaction(
    rows: Rows, columns: Float[np.ndarray, "rows columns"], *, stratum: Shaped[np.ndarray, " rows"] | None = None
) -> tuple[Interaction, Float[np.ndarray, " columns"], Float[np.ndarray, " columns"]]:
    """Test whether the hazard ratio differs by a modifier; with the coefficients of the products and their errors.

    Args:
        rows: Follow-up.
        columns: The modifier, as columns.
        stratum: Each stratum has its own baseline hazard.

    Raises:
        Inestimable: A model has no fit.
    """
    centred = columns - columns.mean(axis=0)
    group = rows.first[:, None].astype(float)
    plain = cox(rows.stop, rows.happened, np.hstack([group, centred]), start=rows.start, stratum=stratum, settled=0.0)
    whole = cox(
        rows.stop, rows.happened, np.hstack([group, centred, group * centred]), start=rows.start, stratum=stratum, settled=0.0
    )
    df = columns.shape[1]
    found = max(2 * (whole.log_likelihood - plain.log_likelihood), 0.0)
    return Interaction(found, df, float(chdtrc(df, found))), whole.coefficient[-df:], whole.se[-df:]


# --- the analysis ----------------------------------------------------------------------------------------------------


def heterogeneity(plan: Plan, counted: Sample) -> Numbers:
    """The hazard ratio in each subgroup, and a test of each modifier.

    Raises:
        Inestimable: Not two groups are compared, or no modifier is named.
    """
    if not plan.compares or len(plan.sides) != 2:
        raise Inestimable("no subgroups: they need a comparison of two arms or groups, which is not shown or not declared")
    if not plan.adjust:
        raise Inestimable("no subgroups: the analysis names no modifier (adjust)")
    rows = _rows(plan, counted)
    layers = strata(plan.stratify, plan.study, counted.members) if plan.stratify else None
    left: list[LeftOut] = []
    if layers is not None and (lacking := sum(each is None for each in layers)):
        left.append(LeftOut(f"stratum not known ({', '.join(plan.stratify)})", lacking))
        rows = rows.of(np.array([layers[each] is not None for each in rows.person], dtype=bool))
    stratum = None if layers is None else np.array([str(each) for each in layers])
    of = f"{plan.sides[0].label} against {plan.sides[1].label}"
    estimates: list[Estimate] = []
    tests: list[Test] = []
    findings: list[str] = []
    try:
        found = ratio(rows, stratum=_of(stratum, rows), level=plan.level, least=1)
        estimates.append(_told("Hazard ratio", found, plan, of))
    except Inestimable as why:
        findings.append(f"No hazard ratio: {why.says}.")
    for name in plan.adjust:
        told = _modifier(name, rows, stratum, plan, counted, of)
        estimates += told.estimates
        tests += told.tests
        findings += told.findings
        left += told.left_out
    several = len(plan.adjust)
    chance = 1 - 0.95 ** max(len(tests), 1)
    words = (
        f"{several} modifier{'s' if several > 1 else ''} named in the file. For each, Cox's model with the groups, the "
        f"modifier and their product, tested by the likelihood ratio; ratios in rows of at least {EVENTS_PER_ROW} events.",
        f"Where nothing differs, {len(tests)} independent test{'s' if len(tests) != 1 else ''} at 5% would still find "
        f"something in {chance:.0%} of trials; none is adjusted for the others. A row's own limits do not tell whether it "
        "differs from another.",
    )
    events = int(rows.happened.sum())
    findings.append(
        f"{events} events in all: a difference between subgroups as large as the effect itself takes about four times the "
        "events to be seen that the effect takes, so that a test that finds nothing says little."
    )
    numbers = [
        Counted(side.name, side.label, len(np.unique(rows.person[rows.first == (index == 0)])),
                int((rows.happened & (rows.first == (index == 0))).sum()))
        for index, side in enumerate(plan.sides)
    ]  # fmt: skip
    if plan.changes:
        people = len(np.unique(rows.person))
        numbers = [Counted("", "All participants", people, events)]
    return Numbers(
        arms=tuple(numbers), estimates=tuple(estimates), tests=tuple(tests), findings=tuple(dict.fromkeys(findings)),
        method=words, left_out=tuple(left),
    )  # fmt: skip


def _of(stratum: Shaped[np.ndarray, " people"] | None, rows: Rows) -> Shaped[np.ndarray, " rows"] | None:
    return None if stratum is None else np.asarray(stratum[rows.person])


def _told(name: str, found: Ratio, plan: Plan, of: str) -> Estimate:
    return Estimate(name, found.estimate, found.lower, found.upper, plan.level, "", of)


def _modifier(
    name: str, rows: Rows, stratum: Shaped[np.ndarray, " people"] | None, plan: Plan, counted: Sample, of: str
) -> Numbers:
    tree = tree_of(name, plan.study)
    label = label_of(name, tree, plan.study)
    given = answers(tree, plan.study, counted.members)
    known = np.array([given[each] is not None for each in rows.person], dtype=bool)
    inside = rows.of(known)
    lacking = len(np.unique(rows.person[~known]))
    left = (LeftOut(f"{label} not known: in none of its rows", lacking),) if lacking else ()
    if tree.type.kind is Kind.NUMBER:
        return _number(label, tree.type.unit, given, inside, stratum, plan, of, left)
    codes: Sequence[Answer] = (False, True) if tree.type.kind is Kind.TRUTH else tree.type.options
    value = np.array([codes.index(given[each]) if given[each] in codes else -1 for each in inside.person], dtype=np.int64)
    estimates, findings, kept = [], [], []
    for rank, code in enumerate(codes):
        own = inside.of(value == rank)
        if not len(own.stop):
            continue
        said = {True: "yes", False: "no"}[code] if isinstance(code, bool) else str(code).replace("_", " ")
        try:
            found = ratio(own, stratum=_of(stratum, own), level=plan.level)
        except Inestimable as why:
            findings.append(f"No hazard ratio in {label}: {said} ({len(np.unique(own.person))} people): {why.says}.")
            continue
        kept.append(rank)
        title = f"Hazard ratio in {label}: {said} ({found.people} people, {found.events} events)"
        estimates.append(_told(title, found, plan, of))
    if len(kept) < 2:
        findings.append(f"No test of {label}: fewer than two of its rows have events enough.")
        return Numbers(estimates=tuple(estimates), findings=tuple(findings), left_out=left)
    tested = inside.of(np.isin(value, kept))
    ranks = value[np.isin(value, kept)]
    columns = np.column_stack([(ranks == rank).astype(float) for rank in kept[1:]])
    try:
        found_, _, _ = interaction(tested, columns, stratum=_of(stratum, tested))
    except Inestimable as why:
        findings.append(f"No test of {label}: {why.says}.")
        return Numbers(estimates=tuple(estimates), findings=tuple(findings), left_out=left)
    test = Test(f"Interaction with {label}", found_.chi_square, float(found_.df), found_.p)
    return Numbers(estimates=tuple(estimates), tests=(test,), findings=tuple(findings), left_out=left)


def _number(
    label: str, unit: str, given: Sequence[Answer], rows: Rows, stratum: Shaped[np.ndarray, " people"] | None, plan: Plan,
    of: str, left: tuple[LeftOut, ...],
) -> Numbers:  # fmt: skip
    value = np.array([float(found) if isinstance(found := given[each], int | float) else np.nan for each in rows.person])
    try:
        _enough(rows, EVENTS_FOR_A_NUMBER)
        if not value.std() > 0:
            raise Inestimable("everyone has the same")
        # For each standard deviation in the fit, so that units do not matter to it.
        scale = float(value.std())
        found, coefficient, se = interaction(rows, value[:, None] / scale, stratum=_of(stratum, rows))
    except Inestimable as why:
        return Numbers(findings=(f"No test of {label}: {why.says}.",), left_out=left)
    reach = plan.z * float(se[0])
    low, mid, high = (float(np.exp((coefficient[0] + each) / scale)) for each in (-reach, 0.0, reach))
    step = f"each {unit}" if unit else "each step of 1"
    estimate = Estimate(f"Ratio of hazard ratios, {label}, for {step}", mid, low, high, plan.level, "", of)
    test = Test(f"Interaction with {label}", found.chi_square, float(found.df), found.p)
    return Numbers(estimates=(estimate,), tests=(test,), left_out=left)


def _rows(plan: Plan, counted: Sample) -> Rows:
    """Follow-up in rows, cut where a participant's group changes, if it may."""
    from ..endpoints import TimeToEvent
    from .time_to_event import _cut

    found: list[tuple[float, float, bool, bool, int]] = []
    trees = {each.name: statement(each.name, plan.study) for each in plan.sides if not each.is_arm}
    for number, each in enumerate(counted.members):
        if not isinstance(each.outcome, TimeToEvent):
            continue
        if plan.changes:
            found += [(start, stop, happened, side == 0, number)
                      for start, stop, happened, side in _cut(each, trees, plan) if side >= 0]  # fmt: skip
        else:
            stop = float((each.outcome.ended - each.zero).days)
            found.append((-1.0, stop, each.outcome.status == "event", each.side == 0, number))
    if not found:
        raise Inestimable("no subgroups: nobody was followed in either group")
    start, stop_, happened_, first, person = zip(*found, strict=True)
    return Rows(np.array(start), np.array(stop_), np.array(happened_), np.array(first), np.array(person, dtype=np.int64))
