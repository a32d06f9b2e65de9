"""A trial emulated from records: start within a grace period, against not starting in it; by clones.

Everybody enters both strategies at time zero. A clone is censored when its person leaves the strategy: of `start`, at
the end of the grace period if the treatment has not begun; of `do not start`, on the day on which it begins within
it. Whoever has the event before leaving has it in both, so that nobody is credited with having lived until treatment.
Leaving depends on the person, and weights make up for that:

- `start`: after the grace period, one over the chance of having started, by logistic regression among those still
  followed then;
- `do not start`: at any time, one over the chance of not having left before it, by Cox's model of leaving (Breslow's
  ties and baseline), from the covariates at time zero.

A treatment that begins on the last day of follow-up has begun. One that begins after it has not been seen.
Limits: the clones of a person are one cluster; or, taking in that weights are estimated, a bootstrap by person.

Source:
    Hernán (2018), BMJ 360:k182; Maringe et al. (2020), Int J Epidemiol 49:1719-1729; Cain et al. (2010), Int J Biostat
    6(2):18.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int, Real

from .cox import Cox, cox
from .follow_up import checked
from .inestimable import Inestimable
from .kaplan_meier import KaplanMeier, kaplan_meier, survival_at
from .propensity import Logistic, logistic


@dataclass(frozen=True, slots=True)
class Clones:
    """Stretches of follow-up of the clones: after `start`, up to `stop`, with a weight each.

    `person` is the place of the person; `starts` tells the clones of one strategy from those of the other.
    `starting` and `leaving` are the models behind the weights; None where there is nothing to model.
    """

    person: Int[np.ndarray, " rows"]
    starts: Bool[np.ndarray, " rows"]
    start: Float[np.ndarray, " rows"]
    stop: Float[np.ndarray, " rows"]
    happened: Bool[np.ndarray, " rows"]
    weight: Float[np.ndarray, " rows"]
    starting: Logistic | None
    leaving: Cox | None
    started: int


@dataclass(frozen=True, slots=True)
class Emulated:
    """Survival under each strategy at the times asked for, and the log hazard ratio of starting against not.

    `se` is the one between persons, with the weights taken as known.
    """

    starting: Float[np.ndarray, " asked"]
    waiting: Float[np.ndarray, " asked"]
    log_hazard_ratio: float
    se: float


@dataclass(frozen=True, slots=True)
class Resampled:
    """Limits by bootstrap of persons: of what `Emulated` has, and of the difference of survival.

    `failed` of `resamples` gave no number and are not in the limits.
    """

    starting: Float[np.ndarray, "asked 2"]
    waiting: Float[np.ndarray, "asked 2"]
    difference: Float[np.ndarray, "asked 2"]
    log_hazard_ratio: tuple[float, float]
    resamples: int
    failed: int


def clones(
    time: Real[np.ndarray, " people"],
    happened: Bool[np.ndarray, " people"],
    began: Real[np.ndarray, " people"],
    covariates: Real[np.ndarray, "people columns"],
    *,
    grace: float | Real[np.ndarray, " people"],
    weighted: bool = True,
    truncated: float = 0.0,
) -> Clones:
    """Everybody twice, censored where a strategy is left, and weighted for it.

    Args:
        time: Follow-up from time zero, in any one unit, each above 0.
        happened: Whether it ended in the event.
        began: When treatment began, from time zero; infinite for never.
        covariates: What was known at time zero, one column each, without gaps; none for weights alike for all.
        grace: How long after time zero treatment may begin, in the same unit; one for all, or each person's own, where
            months are of the calendar.
        weighted: Whether leaving is made up for.
        truncated: The share of weights that is brought in at the upper end.

    Raises:
        Inestimable: Nobody began in the grace period, or everybody did; nobody was followed beyond it; the weights
            have no finite answer; or a time is missing or not above 0.
    """
    died, x = np.asarray(happened), np.asarray(covariates, dtype=float)
    ends, _ = checked(time, died)
    start = np.asarray(began, dtype=float)
    if start.shape != ends.shape or x.ndim != 2 or len(x) != len(ends):
        raise ValueError(f"one start and one row of covariates a person, not {start.shape} and {x.shape}")
    if np.isnan(start).any() or (start < 0).any():
        raise Inestimable("the start of a treatment is missing, or before time zero")
    allowed = np.broadcast_to(np.asarray(grace, dtype=float), ends.shape)
    if not (allowed > 0).all():
        raise ValueError(f"a grace period is above 0, not {grace}")
    if (ends <= 0).any():
        raise Inestimable(f"{int((ends <= 0).sum())} people were followed for no time at all")
    if not 0 <= truncated < 0.5:
        raise ValueError(f"a share from 0 to 0.5 is truncated, not {truncated}")
    start = np.where(start > ends, np.inf, start)
    in_time = start <= allowed
    beyond = ends > allowed
    if not in_time.any():
        raise Inestimable("nobody began the treatment within the grace period")
    if in_time.all():
        raise Inestimable("everybody began the treatment within the grace period: there is nothing to compare it with")
    if not (beyond & in_time).any():
        raise Inestimable("nobody who began the treatment within the grace period was followed beyond it")

    starting = logistic(in_time[beyond], x[beyond]) if weighted and not in_time[beyond].all() else None
    everyone = np.arange(len(ends))
    # Those who start: up to the end of the grace period, then those of them who have started.
    after = np.flatnonzero(beyond & in_time)
    chance = np.ones(len(ends))
    if starting is not None:
        chance[beyond] = starting.chance
    waiting, leaving = _waiting(ends, died, in_time, start, x, weighted)
    person = np.concatenate([everyone, after, waiting[0]])
    weight = np.concatenate([np.ones(len(ends)), 1 / chance[after], waiting[4]])
    if truncated:
        weight = np.minimum(weight, np.quantile(weight, 1 - truncated))
    return Clones(
        person=person,
        starts=np.arange(len(person)) < len(ends) + len(after),
        start=np.concatenate([np.zeros(len(ends)), allowed[after], waiting[1]]),
        stop=np.concatenate([np.minimum(ends, allowed), ends[after], waiting[2]]),
        happened=np.concatenate([died & ~beyond, died[after], waiting[3]]),
        weight=weight,
        starting=starting,
        leaving=leaving,
        started=int(in_time.sum()),
    )


Stretches = tuple[
    Int[np.ndarray, " rows"],
    Float[np.ndarray, " rows"],
    Float[np.ndarray, " rows"],
    Bool[np.ndarray, " rows"],
    Float[np.ndarray, " rows"],
]


def _waiting(
    ends: Float[np.ndarray, " people"], died: Bool[np.ndarray, " people"], in_time: Bool[np.ndarray, " people"],
    start: Float[np.ndarray, " people"], x: Float[np.ndarray, "people columns"], weighted: bool,
) -> tuple[Stretches, Cox | None]:  # fmt: skip
    """Those who do not start: cut wherever somebody leaves, as weights change there."""
    last = np.where(in_time, start, ends)
    who = np.flatnonzero(last > 0)
    last, left = last[who], in_time[who]
    cuts = np.unique(last[left])
    leaving, log_risk = None, np.zeros(len(who))
    if weighted and len(cuts) and x.shape[1]:
        leaving = cox(last, left, x[who], ties="breslow")
        log_risk = x[who] @ leaving.coefficient
        log_risk -= log_risk.mean()
    risk = np.exp(log_risk)
    order = np.argsort(last, kind="stable")
    still = np.append(np.cumsum(risk[order][::-1])[::-1], 0.0)[np.searchsorted(last[order], cuts, side="left")]
    number = np.bincount(np.searchsorted(cuts, last[left]), minlength=len(cuts))
    hazard = np.concatenate(([0.0], np.cumsum(number / still)))

    pieces = np.searchsorted(cuts, last, side="left") + 1
    row = np.repeat(np.arange(len(who)), pieces)
    turn = np.arange(len(row)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    edges = np.concatenate(([0.0], cuts))
    ended = turn == pieces[row] - 1
    stop = np.where(ended, last[row], np.append(edges, 0.0)[turn + 1])
    weight = np.exp(hazard[turn] * risk[row]) if weighted else np.ones(len(row))
    return (who[row], edges[turn], stop, ended & (died[who] & ~left)[row], weight), leaving


def emulated(held: Clones, asked: Real[np.ndarray, " asked"], *, se: bool = True) -> Emulated:
    """Survival under each strategy, and the hazard ratio, weighted.

    Args:
        held: The clones.
        asked: The times at which survival is read.
        se: Whether the standard error is worked out too.

    Raises:
        Inestimable: Under one of the strategies nobody has the event, or a curve does not reach a time.
    """
    curves = [survival(held, starts=each) for each in (True, False)]
    reached = [survival_at(curve, np.asarray(asked, dtype=float)).estimate for curve in curves]
    fit = cox(
        held.stop, held.happened, held.starts.astype(float)[:, None], start=held.start, weight=held.weight,
        cluster=held.person if se else None,
    )  # fmt: skip
    return Emulated(reached[0], reached[1], float(fit.coefficient[0]), float(fit.se[0]) if se else float("nan"))


def survival(held: Clones, *, starts: bool) -> KaplanMeier:
    """Kaplan and Meier's estimate under one strategy, weighted. Its variance takes the clones for people, and is not used."""
    kept = held.starts == starts
    return kaplan_meier(held.stop[kept], held.happened[kept], start=held.start[kept], weight=held.weight[kept])


def resampled(
    time: Real[np.ndarray, " people"],
    happened: Bool[np.ndarray, " people"],
    began: Real[np.ndarray, " people"],
    covariates: Real[np.ndarray, "people columns"],
    *,
    grace: float | Real[np.ndarray, " people"],
    asked: Real[np.ndarray, " asked"],
    rng: np.random.Generator,
    resamples: int = 500,
    level: float = 0.95,
    truncated: float = 0.0,
) -> Resampled:
    """Limits by drawing persons anew, weights and all.

    Args:
        rng: The dice.
        resamples: How often persons are drawn.
        asked: The times at which survival is read.
        level: The coverage of the limits, between quantiles of what the draws give.

    Other arguments are those of `clones`.

    Raises:
        Inestimable: More than a tenth of the draws give no number: too few for limits.

    Source:
        Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapter 13 (percentile limits).
    """
    if resamples < 2:
        raise ValueError(f"at least 2 resamples, not {resamples}")
    ends, died, start = np.asarray(time, dtype=float), np.asarray(happened), np.asarray(began, dtype=float)
    x, times = np.asarray(covariates, dtype=float), np.asarray(asked, dtype=float)
    allowed = np.broadcast_to(np.asarray(grace, dtype=float), ends.shape)
    drawn, failed = [], 0
    for _ in range(resamples):
        who = rng.integers(0, len(ends), len(ends))
        try:
            held = clones(ends[who], died[who], start[who], x[who], grace=allowed[who], truncated=truncated)
            one = emulated(held, times, se=False)
        except Inestimable:
            failed += 1
            continue
        drawn.append(np.concatenate([one.starting, one.waiting, one.starting - one.waiting, [one.log_hazard_ratio]]))
    if failed > resamples / 10:
        raise Inestimable(f"{failed} of {resamples} resamples gave no number, too many for limits by bootstrap")
    tail = (1 - level) / 2
    with np.errstate(invalid="ignore"):
        ends_ = _quantiles(np.stack(drawn), tail)
    k = len(times)
    return Resampled(
        ends_[:k], ends_[k : 2 * k], ends_[2 * k : 3 * k], (float(ends_[-1, 0]), float(ends_[-1, 1])), resamples, failed
    )


def _quantiles(drawn: Float[np.ndarray, "draws values"], tail: float) -> Float[np.ndarray, "values 2"]:
    """Both quantiles of each value; not a number where more than a tenth of the draws had none."""
    found = np.full((drawn.shape[1], 2), np.nan)
    for k, column in enumerate(drawn.T):
        known = column[np.isfinite(column)]
        if len(known) >= 0.9 * len(column):
            found[k] = np.quantile(known, [tail, 1 - tail])
    return found
