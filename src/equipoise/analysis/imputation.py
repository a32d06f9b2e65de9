"""Multiple imputation: what is missing is drawn many times from those alike, and the estimates are pooled.

How it is drawn
    By chained equations: the columns that have gaps are taken in turn, each predicted from all the others by a linear
    model of which the coefficients are drawn anew, and a gap takes the value of one of the five people whose own
    prediction comes nearest (predictive mean matching). So only values that somebody had are given, a choice is filled
    whole from one donor, and yes stays yes. Ten rounds for each of twenty imputations.

What is in the model
    All that the analysis adjusts for, the arms, and the outcome: for a time to an event whether it happened and the
    cumulative hazard of that time, else the value itself. Without the outcome effects would be drawn towards nothing.

What is assumed
    That values are missing at random, given those in the model. That cannot be tested from the data.

Source:
    van Buuren and Groothuis-Oudshoorn (2011), J Stat Softw 45(3); Little (1988), J Bus Econ Stat 6:287-296 (matching);
    Morris, White and Royston (2014), BMC Med Res Methodol 14:75 (five to ten donors); White and Royston (2009), Stat Med
    28:1982-1998 (times to an event); White, Royston and Wood (2011), Stat Med 30:377-399 (how many imputations).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, isinf

import numpy as np
from jaxtyping import Bool, Float, Real

from ..endpoints import Measurement, Occurrence, TimeToEvent
from ..kernels.cox import cox
from ..kernels.inestimable import Inestimable
from ..kernels.nelson_aalen import nelson_aalen
from ..kernels.rubin import Pooled, rubin
from .covariates import Covariates, covariates
from .plan import Plan
from .result import Counted, Estimate, Numbers
from .sample import Member, Sample

METHODS = ("multiple_imputation",)
IMPUTATIONS = 20
ROUNDS = 10
DONORS = 5
Fit = tuple[Float[np.ndarray, " parameters"], Float[np.ndarray, " parameters"]]
"""Estimates and their variances."""


@dataclass(frozen=True)
class Incomplete:
    """Columns with gaps (not a number), of which those of one `block` are known or missing together."""

    columns: Float[np.ndarray, "people columns"]
    blocks: tuple[tuple[int, ...], ...]

    @property
    def share_incomplete(self) -> float:
        """The share of people with a gap."""
        return float(np.isnan(self.columns).any(axis=1).mean())


def incomplete(columns: Real[np.ndarray, "people columns"], blocks: Sequence[Sequence[int]] = ()) -> Incomplete:
    """Columns with gaps; each is a block of its own but for those named.

    Raises:
        Inestimable: A value is infinite, a block is known in part, or of a column fewer than two values are known.
    """
    held = np.array(columns, dtype=float)
    if np.isinf(held).any():
        raise Inestimable("a value is infinite")
    taken = {each for block in blocks for each in block}
    whole = (*(tuple(block) for block in blocks), *((each,) for each in range(held.shape[1]) if each not in taken))
    for block in whole:
        gaps = np.isnan(held[:, list(block)])
        if (gaps.any(axis=1) != gaps.all(axis=1)).any():
            raise Inestimable("the columns of one choice are known in part")
        if gaps.any() and (~gaps[:, 0]).sum() < 2:
            raise Inestimable("of a column with gaps fewer than two values are known")
    return Incomplete(held, whole)


def imputed(
    given: Incomplete, *, rng: np.random.Generator, rounds: int = ROUNDS, donors: int = DONORS
) -> Float[np.ndarray, "people columns"]:
    """The columns with every gap filled, once.

    Args:
        given: The columns.
        rng: The chance by which it is filled.
        rounds: How often each block is taken in turn.
        donors: Among how many of the nearest a value is drawn.
    """
    held = given.columns.copy()
    gaps = {block: np.isnan(given.columns[:, block[0]]) for block in given.blocks}
    # The fewest gaps first; each gap starts as what somebody else had.
    order = sorted((block for block in given.blocks if gaps[block].any()), key=lambda block: int(gaps[block].sum()))
    for block in order:
        missing, known = np.flatnonzero(gaps[block]), np.flatnonzero(~gaps[block])
        first = rng.choice(known, len(missing))
        for column in block:
            held[missing, column] = given.columns[first, column]
    for _ in range(rounds if len(order) > 1 else 1):
        for block in order:
            others = [column for each in given.blocks if each != block for column in each]
            _matched(held, block, others, gaps[block], rng, donors)
    return held


def _matched(
    held: Float[np.ndarray, "people columns"], block: tuple[int, ...], others: Sequence[int], gap: Bool[np.ndarray, " people"],
    rng: np.random.Generator, donors: int,
) -> None:  # fmt: skip
    """Fill the gaps of one block from the donors whose predictions lie nearest."""
    x = held[:, list(others)]
    spread = x[~gap].std(axis=0)
    used = spread > 1e-12
    x = np.column_stack([np.ones(len(x)), (x[:, used] - x[~gap][:, used].mean(axis=0)) / spread[used]])
    missing, known = np.flatnonzero(gap), rng.permutation(np.flatnonzero(~gap))
    near = min(donors, len(known))
    asked, had = np.zeros((len(missing), len(block))), np.zeros((len(known), len(block)))
    for place, column in enumerate(block):
        scale = float(held[known, column].std()) or 1.0
        fitted, drawn = _drawn(x[known], held[known, column] / scale, rng)
        asked[:, place], had[:, place] = x[missing] @ drawn, x[known] @ fitted
    nearest = _in_line(asked[:, 0], had[:, 0], near, rng) if len(block) == 1 else _in_space(asked, had, near)
    picked = known[nearest[np.arange(len(missing)), rng.integers(0, near, len(missing))]]
    for column in block:
        held[missing, column] = held[picked, column]


def _in_line(
    asked: Float[np.ndarray, " missing"], had: Float[np.ndarray, " known"], near: int, rng: np.random.Generator
) -> np.ndarray:
    """For each that is asked, which of those known are nearest, by one number; chance decides between equals."""
    order = np.argsort(had, kind="stable")  # of those that stand in an order drawn by chance
    ranked, asked = had[order].round(9), asked.round(9)
    after = np.searchsorted(ranked, asked)
    below, above = ranked[np.maximum(after - 1, 0)], ranked[np.minimum(after, len(ranked) - 1)]
    best = np.where(np.abs(asked - below) < np.abs(above - asked), below, above)
    first, last = (np.searchsorted(ranked, best, side=side) for side in ("left", "right"))
    # Where more than enough are equally near, some stretch of them, wherever it starts; else those on either side.
    is_run = last - first >= near
    start = np.where(is_run, rng.integers(first, np.maximum(last - near, first) + 1), after - near)
    window = np.clip(start[:, None] + np.arange(2 * near), -1, len(had))
    outside = (window < 0) | (window >= len(had))
    inside = np.where(outside, 0, window)
    distance = np.where(outside, np.inf, np.abs(ranked[inside] - asked[:, None]))
    return np.asarray(order[np.take_along_axis(inside, np.argsort(distance, axis=1, kind="stable")[:, :near], axis=1)])


def _in_space(asked: Float[np.ndarray, "missing columns"], had: Float[np.ndarray, "known columns"], near: int) -> np.ndarray:
    """For each that is asked, which of those known are nearest, by several numbers, some rows at a time."""
    found = []
    for rows in np.array_split(asked, max(len(asked) * len(had) // 4_000_000, 1)):
        distance = ((rows[:, None, :] - had[None, :, :]) ** 2).sum(axis=2)
        found.append(np.argsort(distance, axis=1, kind="stable")[:, :near])
    return np.concatenate(found)


def _drawn(
    x: Float[np.ndarray, "people columns"], y: Float[np.ndarray, " people"], rng: np.random.Generator
) -> tuple[Float[np.ndarray, " columns"], Float[np.ndarray, " columns"]]:
    """The least-squares coefficients, and a draw of them from what they may be; a touch of ridge keeps them finite."""
    gram = x.T @ x
    gram = gram + 1e-5 * np.diag(np.diag(gram))
    fitted = np.linalg.solve(gram, x.T @ y)
    left = y - x @ fitted
    df = max(len(y) - x.shape[1], 1)
    sigma = (float(left @ left) / float(rng.chisquare(df))) ** 0.5
    root = np.linalg.cholesky(np.linalg.inv(gram))
    return fitted, fitted + sigma * (root @ rng.standard_normal(len(fitted)))


def pooled(
    given: Incomplete, fit: Callable[[Float[np.ndarray, "people columns"]], Fit], *, rng: np.random.Generator,
    imputations: int = IMPUTATIONS, complete_df: float = np.inf, level: float = 0.95,
) -> Pooled:  # fmt: skip
    """Fill the gaps many times, fit each, and pool the estimates by Rubin's rules.

    Args:
        given: The columns with their gaps.
        fit: Estimates and variances from filled columns.
        rng: The chance by which they are filled: each imputation has its own.
        imputations: How many.
        complete_df: The degrees of freedom that there would be without gaps.
        level: The coverage of the limits.

    Raises:
        Inestimable: A filled set has no fit.
    """
    fits = [fit(imputed(given, rng=each)) for each in rng.spawn(imputations)]
    return rubin(
        np.array([each for each, _ in fits]), np.array([each for _, each in fits]), complete_df=complete_df, level=level
    )


def cox_fit(time: Real[np.ndarray, " people"], happened: Bool[np.ndarray, " people"], width: int) -> Callable[..., Fit]:
    """Cox's model of the first `width` columns."""

    def fit(columns: Float[np.ndarray, "people columns"]) -> Fit:
        found = cox(time, happened, columns[:, :width])
        return found.coefficient, np.diag(found.variance).copy()

    return fit


def linear_fit(outcome: int, width: int) -> Callable[..., Fit]:
    """Least squares of one column on the first `width`, with a constant, which is not told."""

    def fit(columns: Float[np.ndarray, "people columns"]) -> Fit:
        y = columns[:, outcome]
        x = np.column_stack([np.ones(len(y)), columns[:, :width]])
        df = len(y) - x.shape[1]
        if df < 1 or np.linalg.matrix_rank(x) < x.shape[1]:
            raise Inestimable("the columns of the model repeat each other, or are as many as the participants")
        inverse = np.linalg.inv(x.T @ x)
        found = inverse @ x.T @ y
        left = y - x @ found
        return found[1:], (float(left @ left) / df * np.diag(inverse))[1:]

    return fit


def logistic_fit(outcome: int, width: int) -> Callable[..., Fit]:
    """Logistic regression of one column, of 0 and 1, on the first `width`, with a constant, which is not told."""

    def fit(columns: Float[np.ndarray, "people columns"]) -> Fit:
        y = columns[:, outcome]
        x = np.column_stack([np.ones(len(y)), columns[:, :width]])
        if np.linalg.matrix_rank(x) < x.shape[1]:
            raise Inestimable("the columns of the model repeat each other")
        beta = np.zeros(x.shape[1])
        for _ in range(50):
            chance = 1 / (1 + np.exp(-np.clip(x @ beta, -500, 500)))
            information = x.T @ (x * (chance * (1 - chance))[:, None])
            if np.linalg.cond(information) > 1e12 or np.abs(x @ beta).max() > 30:
                break
            step = np.linalg.solve(information, x.T @ (y - chance))
            beta = beta + step
            if np.abs(step).max() < 1e-10:
                return beta[1:], np.diag(np.linalg.inv(information))[1:].copy()
        raise Inestimable("a covariate or an arm tells the event without fail, and a ratio of odds would be infinite")

    return fit


# --- the analysis ----------------------------------------------------------------------------------------------------


def imputation(plan: Plan, counted: Sample) -> Numbers:
    """The comparison of arms, with what is missing imputed.

    Raises:
        Inestimable: Nothing is compared or adjusted for.
    """
    members = list(counted.members)
    held = covariates(plan.adjust, plan.study, members)
    last = len(counted.sides) - 1
    compared = list(range(last)) if plan.compares else []
    side = np.array([each.side for each in members])
    groups = [(side == index).astype(float) for index in compared]
    width = len(groups) + held.columns.shape[1]
    if not width:
        raise Inestimable("no imputation: nothing is compared or adjusted for")
    titles = [*(f"{counted.sides[index].label} against {counted.sides[last].label}" for index in compared), *held.names]
    x = np.column_stack([*groups, held.columns])
    blocks = [[len(groups) + place for place in block] for block in _blocks(held)]
    extra, fit, name, is_ratio, df = _model(plan, members, width)
    events = _events(members)
    arms = tuple(
        Counted(each.name, each.label, int((side == index).sum()),
                None if events is None else int(events[side == index].sum()))
        for index, each in enumerate(counted.sides)
    )  # fmt: skip
    try:
        given = incomplete(np.column_stack([x, extra]), blocks)
        # As many imputations as percent of people with a gap, and never fewer than twenty.
        times = max(IMPUTATIONS, min(ceil(100 * given.share_incomplete), 100))
        found = pooled(given, fit, rng=np.random.default_rng(plan.seed), imputations=times, complete_df=df, level=plan.level)
    except Inestimable as why:
        says = f"No estimate with imputation: {why.says}."
        return Numbers(arms=arms, findings=(*held.notes, says))
    middle, low, high = (np.exp(each) if is_ratio else each for each in (found.estimate, found.lower, found.upper))
    estimates = tuple(
        Estimate(
            name, float(middle[place]), float(low[place]), float(high[place]), plan.level, "", title,
            is_covariate=place >= len(groups),
        )
        for place, title in enumerate(titles)
    )  # fmt: skip
    lacking = ", ".join(f"{label} {count}" for label, count in held.missing)
    gaps = int(np.isnan(extra).any(axis=1).sum())
    missing = "; ".join([*([f"missing: {lacking}"] if lacking else []), *([f"no outcome: {gaps}"] if gaps else [])])
    share = float(found.fraction_missing[: max(len(groups), 1)].max())
    words = (
        f"{name}s with {found.imputations} imputations by chained equations, predictive mean matching among {DONORS} donors, "
        f"{ROUNDS} rounds, the outcome in the model (seed {plan.seed}); pooled by Rubin's rules"
        + ("." if isinf(df) else ", degrees of freedom by Barnard and Rubin."),
        "Values are taken to be missing at random, given those in the model.",
    )
    says = f"{given.share_incomplete:.0%} of participants lack something ({missing or 'nothing'}); of the information on "
    says += f"{titles[0]}, {share:.0%} is missing."
    return Numbers(arms=arms, estimates=estimates, findings=(*held.notes, says), method=words)


def _blocks(held: Covariates) -> list[list[int]]:
    """The columns that belong to one choice: they share what stands before the colon."""
    found: dict[str, list[int]] = {}
    for place, name in enumerate(held.names):
        found.setdefault(name.split(": ")[0], []).append(place)
    return [each for each in found.values() if len(each) > 1]


def _events(members: Sequence[Member]) -> Bool[np.ndarray, " people"] | None:
    found = [each.outcome for each in members]
    if any(isinstance(each, TimeToEvent) for each in found):
        return np.array([isinstance(each, TimeToEvent) and each.status == "event" for each in found])
    if any(isinstance(each, Occurrence) for each in found):
        return np.array([isinstance(each, Occurrence) and bool(each.happened) for each in found])
    return None


def _model(
    plan: Plan, members: Sequence[Member], width: int
) -> tuple[Float[np.ndarray, "people extra"], Callable[..., Fit], str, bool, float]:
    """What of the outcome stands in the model, the fit, what it tells, and its degrees of freedom."""
    kind = plan.endpoint.kind
    if kind == "time_to_event":
        pairs = [(float((each.outcome.ended - each.zero).days), each.outcome.status == "event")
                 for each in members if isinstance(each.outcome, TimeToEvent)]  # fmt: skip
        time, happened = np.array([day for day, _ in pairs]), np.array([event for _, event in pairs], dtype=bool)
        curve = nelson_aalen(time, happened)
        hazard = curve.cumulative_hazard[np.searchsorted(curve.time, time, side="right") - 1]
        name = "Cause-specific hazard ratio" if plan.endpoint.competing else "Hazard ratio"
        extra = np.column_stack([happened.astype(float), hazard])
        return extra, cox_fit(time, happened, width), name, True, np.inf
    if kind == "occurrence":
        told = [each.outcome.happened if isinstance(each.outcome, Occurrence) else None for each in members]
        y = np.array([np.nan if each is None else float(each) for each in told])
        return y[:, None], logistic_fit(width, width), "Odds ratio", True, np.inf
    values = np.array([each.outcome.value if isinstance(each.outcome, Measurement) else np.nan for each in members])
    df = float(len(members) - width - 1)
    return values[:, None], linear_fit(width, width), "Difference of means", False, max(df, 1.0)
