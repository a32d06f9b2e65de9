"""What a trial's participants cost, arm by arm, and how far that lies from one trial to the next."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..chart import Chart
from ..kernels.two_arm import Estimate
from ..simulation.costs import Costs, costs
from ..study import Study
from .totals import Tally, Totals, quantiles

RANGE = (0.025, 0.975)
DIGITS = 4
"""To so many digits the costs of trials are counted, for the range in which they lie."""
COMPARATORS = ("no_intervention", "placebo_comparator", "active_comparator")


@dataclass(frozen=True, slots=True)
class ArmCharged:
    """What a participant of an arm costs: the mean, how far participants differ (`sd`), and what the mean is made of.

    `low` and `high` hold the means of 95 trials in a hundred between them.
    """

    name: str
    mean: Estimate
    low: float
    high: float
    sd: Estimate | None
    parts: tuple[tuple[str, Estimate], ...]


@dataclass(frozen=True, slots=True)
class Dearer:
    """What a participant of one arm costs more than one of another; 95 trials in a hundred lie from `low` to `high`."""

    first: str
    reference: str
    mean: Estimate
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Charged:
    """What the participants cost, in a currency, in the prices of a year."""

    currency: str
    year: int | None
    arms: tuple[ArmCharged, ...]
    differences: tuple[Dearer, ...]


def charge(
    tally: Tally, study: Study, done: Mapping[str, NDArray[np.int64]], months: NDArray[np.float64], arm: NDArray[np.int64],
    *, seed: int, first: int, participant: NDArray[np.int64] | None = None,
) -> None:  # fmt: skip
    """Add to a tally what participants cost.

    Args:
        tally: What it is added to.
        study: The study.
        done: How often each activity took place: a row for each trial, a column for each participant.
        months: For how many months each was followed.
        arm: The number of each one's arm; -1 for none, -2 for who did not join.
        seed: The seed,
        first: and the number of the first trial.
        participant: The place that each was drawn under; unsaid, the column.
    """
    of = costs(study)
    if of is None:
        return
    trials, people = arm.shape
    trial = np.repeat(np.arange(first, first + trials), people)
    place = np.tile(np.arange(people), trials) if participant is None else participant.ravel()
    blank = np.zeros(arm.size, np.int64)
    times = np.stack([np.asarray(done[name]).ravel() if name in done else blank for name in of.names], axis=1)
    paid = of.spent(
        np.where(arm.ravel()[:, None] > -2, times, 0), months.ravel(), arm.ravel(), seed=seed, trial=trial, participant=place
    ).reshape(trials, people, len(of.names))
    means = {name: _of_arm(tally, name, of, paid, arm == number) for number, name in _arms(study)}
    for one, reference in pairs(study):
        gap = means[one] - means[reference]
        tally.numbers(gap, "cost difference", one, reference)
        _count(tally, gap, "costs apart", one, reference)


def _of_arm(tally: Tally, name: str, of: Costs, paid: NDArray[np.float64], here: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Add what an arm costs; the mean of each trial."""
    size = here.sum(axis=1)
    some = np.where(size, size, 1)
    by_part = np.where(here[:, :, None], paid, 0.0).sum(axis=1) / some[:, None]
    each = paid.sum(axis=2)
    mean = np.where(size > 0, np.where(here, each, 0.0).sum(axis=1) / some, np.nan)
    tally.numbers(mean, "cost", name, "each")
    _count(tally, mean, "costs", name)
    for column, part in enumerate(of.names):
        tally.numbers(np.where(size > 0, by_part[:, column], np.nan), "cost of", name, part)
    squares = np.where(here, (each - np.nan_to_num(mean)[:, None]) ** 2, 0.0).sum(axis=1)
    tally.numbers(np.where(size > 1, np.sqrt(squares / np.where(size > 1, size - 1, 1)), np.nan), "cost", name, "sd")
    return mean


def _count(tally: Tally, values: NDArray[np.float64], *key: str) -> None:
    for value in values[np.isfinite(values)].tolist():
        tally.count(*key, f"{value:.{DIGITS}g}")


def _arms(study: Study) -> list[tuple[int, str]]:
    return [(-1, ""), *enumerate(study.protocol.arms)]


def pairs(study: Study) -> tuple[tuple[str, str], ...]:
    """Each arm with the one that it is held against: the only comparator, else the one named last."""
    arms = study.protocol.arms
    controls = [name for name, each in arms.items() if each.role in COMPARATORS]
    if not arms:
        return ()
    reference = controls[0] if len(controls) == 1 else list(arms)[-1]
    return tuple((name, reference) for name in arms if name != reference)


def charge_charts(
    tally: Tally, study: Study, charts: Mapping[str, Chart], months: Mapping[str, float], *, seed: int, trial: int
) -> None:
    """The same of one trial that was followed; its participants are numbered as `virtual` names them."""
    of = costs(study)
    if of is None:
        return
    arms = {name: number for number, name in _arms(study)}
    people = list(charts.values())
    done = {name: np.array([[len(each.facts.rows.get(name, ())) for each in people]]) for name in of.names}
    charge(
        tally, study, done, np.array([[months[each.participant] for each in people]]),
        np.array([[arms[each.arm] for each in people]]), seed=seed, first=trial,
        participant=np.array([[int(each.participant[1:]) - 1 for each in people]]),
    )  # fmt: skip


def charged(study: Study, totals: Totals) -> Charged | None:
    """What trials add up to; None where nothing is assumed of costs, or no trial was run."""
    of = costs(study)
    if of is None:
        return None
    arms = []
    for _, name in _arms(study):
        mean = totals.estimate("cost", name, "each")
        if mean is not None:
            parts = tuple((key[0], each.estimate) for key, each in totals.named("cost of", name).items())
            arms.append(ArmCharged(name, mean, *_range(totals, "costs", name), totals.estimate("cost", name, "sd"), parts))
    apart = []
    for one, reference in pairs(study):
        gap = totals.estimate("cost difference", one, reference)
        if gap is not None:
            apart.append(Dearer(one, reference, gap, *_range(totals, "costs apart", one, reference)))
    return Charged(of.currency, of.year, tuple(arms), tuple(apart)) if arms else None


def _range(totals: Totals, *key: str) -> tuple[float, float]:
    found = sorted((float(name[0]), count) for name, count in totals.under(*key).items())
    low, high = quantiles(found, RANGE)
    return low, high
