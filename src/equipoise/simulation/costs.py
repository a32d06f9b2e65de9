"""What the care of virtual participants costs: a price each time that an activity takes place, drawn at an address.

Under `costs` a study says what one of an activity costs, and what a month of follow-up does (`month`), in one currency and
in the prices of one year. A price without a distribution is the same every time; a gamma or lognormal one is drawn anew
each time, and one of a month once for each participant. Who is in no arm is charged as the arm that is named last. Nothing
is discounted, and a course costs nothing after the last day that anything is recorded on.

A price is drawn from what happened alone: both interpreters count the same activities, and so charge the same.

Source:
    Gamma and lognormal from mean and standard deviation: the moments solved for the parameters. For costs as gamma or
    lognormal: Briggs, Claxton and Sculpher (2006), Decision Modelling for Health Economic Evaluation, section 4.3.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import log, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..finding import Unreadable, did_you_mean
from ..protocol import Assumption
from ..protocol import Price as Written
from ..quantity import Quantity
from ..study import Study
from .draws import STEP, WORD, philox

COSTS = 1 << 24
"""The first slot of prices, beyond all others: a price that is added or left out changes nobody's course."""
WORDS = 4
MONTH = "month"
CURRENCY = re.compile(r"[A-Z]{3}")

Counts = NDArray[np.int64]
Amounts = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Price:
    """What one of something costs, on average and how it is spread."""

    kind: str
    mean: float
    sd: float = 0.0

    def at(self, share: Amounts) -> Amounts:
        """The prices below which these shares of all prices lie.

        >>> Price("gamma", 100.0, 100.0).at(np.array([0.5])).round(3)
        array([69.315])
        """
        from scipy.special import gammaincinv, ndtri

        if not self.is_spread:
            return np.full(len(share), self.mean)
        if self.kind == "gamma":
            shape = (self.mean / self.sd) ** 2
            return np.asarray(gammaincinv(shape, share) * (self.mean / shape), dtype=float)
        variance = log(1 + (self.sd / self.mean) ** 2)
        return np.asarray(np.exp(log(self.mean) - variance / 2 + sqrt(variance) * ndtri(share)), dtype=float)

    @property
    def is_spread(self) -> bool:
        """Whether it differs from one time to the next."""
        return self.sd > 0 and self.kind != "constant"


@dataclass(frozen=True)
class Costs:
    """What is paid for, each with its slot and its price in every arm; those of no arm come last.

    `names` are activities, or `month`.
    """

    currency: str
    year: int | None
    names: tuple[str, ...]
    slots: tuple[int, ...]
    prices: tuple[tuple[Price, ...], ...]

    def spent(
        self, done: Counts, months: Amounts, arm: Counts, *, seed: int, trial: Counts, participant: Counts
    ) -> Amounts:  # fmt: skip
        """What participants cost, a row for each and a column for each of `names`.

        Args:
            done: How often each activity took place: a row for each participant; of `month` it is not looked at.
            months: For how many months each was followed.
            arm: The number of each one's arm; -1 for none.
            seed: The seed,
            trial: and the trial,
            participant: and the place in it that each was drawn under.
        """
        found = np.zeros((len(arm), len(self.names)))
        for column, (name, slot, prices) in enumerate(zip(self.names, self.slots, self.prices, strict=True)):
            times = np.ones(len(arm), np.int64) if name == MONTH else done[:, column]
            rows = np.repeat(np.arange(len(arm)), times)
            paid = self._paid(prices, slot, arm, times, rows, seed, trial, participant)
            each = np.bincount(rows, weights=paid, minlength=len(arm))
            found[:, column] = each * months if name == MONTH else each
        return found

    @staticmethod
    def _paid(
        prices: tuple[Price, ...], slot: int, arm: Counts, times: Counts, rows: Counts, seed: int, trial: Counts,
        participant: Counts,
    ) -> Amounts:  # fmt: skip
        """What is paid each time, of all participants one after another."""
        paid, of = np.empty(len(rows)), arm[rows]
        any_spread = any(each.is_spread for each in prices)
        shares = _uniforms(slot, times, seed, trial, participant) if any_spread else np.empty(len(rows))
        for number, price in enumerate(prices):
            here = of == (number if number < len(prices) - 1 else -1)
            if here.any():
                paid[here] = price.at(shares[here])
        return paid


def _uniforms(slot: int, times: Counts, seed: int, trial: Counts, participant: Counts) -> Amounts:
    """So many numbers between 0 and 1 for each participant: `Draws.uniform` at the times and words in their order."""
    blocks = -(-times // WORDS)
    rows = np.repeat(np.arange(len(times)), blocks)
    first = np.repeat(np.cumsum(blocks) - blocks, blocks)
    occasion = (np.arange(len(rows)) - first).astype(np.uint64)
    counter = participant[rows].astype(np.uint64), trial[rows].astype(np.uint64), np.full(len(rows), slot, np.uint64), occasion
    words: Any = philox(counter, (seed & WORD, seed >> 32 & WORD))  # type: ignore[arg-type]
    numbers = (np.stack(words, axis=1).astype(float) + 0.5) * STEP
    held = occasion[:, None].astype(np.int64) * WORDS + np.arange(WORDS) < times[rows][:, None]
    kept: Amounts = numbers[held]
    return kept


@lru_cache(16)
def costs(study: Study) -> Costs | None:
    """What a study assumes that things cost; None if it assumes nothing of it.

    Raises:
        Unreadable: A price does not say enough, or says what cannot be.
    """
    assumed = study.protocol.assumptions.get("costs")
    if assumed is None or not assumed.of:
        return None
    order = {name: number for number, name in enumerate((*study.activities, MONTH))}
    arms = tuple(study.protocol.arms)
    slots = tuple(COSTS + order[name] for name in assumed.of)
    prices = tuple(tuple(price(each, arm) for arm in (*arms, arms[-1] if arms else "")) for each in assumed.of.values())
    return Costs(assumed.currency, assumed.year, tuple(assumed.of), slots, prices)


def price(written: Written, arm: str = "") -> Price:
    """What one of something costs in an arm.

    Raises:
        Unreadable: It does not say enough, or says what cannot be.
    """
    said = written.mean.get(arm) if isinstance(written.mean, Mapping) else written.mean
    if not said:
        where = f" in {arm}" if isinstance(written.mean, Mapping) else ""
        raise Unreadable(f"'{written.name}' does not say what it costs{where}: mean")
    mean, sd = _amount(said, written, "mean"), _amount(written.sd, written, "sd") if written.sd else 0.0
    kind = written.distribution or "constant"
    if kind == "constant" and sd > 0:
        raise Unreadable(f"'{written.name}' costs the same each time and says an sd: say whether it is gamma or lognormal")
    if kind != "constant" and not written.sd:
        raise Unreadable(f"'{written.name}' has a {kind} price and does not say its sd")
    if kind != "constant" and mean == 0:
        raise Unreadable(f"'{written.name}' has a {kind} price: its mean must be above 0")
    return Price(kind, mean, sd)


def _amount(text: str, written: Written, word: str) -> float:
    try:
        said = Quantity.from_text(text)
    except Unreadable:
        raise Unreadable(f"'{written.name}' has a price with {word} '{text}': a bare number is expected") from None
    if said.unit:
        raise Unreadable(f"'{written.name}' has a price with {word} '{text}': a bare number, in the currency of 'costs'")
    if said.value < 0:
        raise Unreadable(f"'{written.name}' has a price with {word} {text}: it cannot be less than 0")
    return said.value


def wrong(assumed: Assumption, study: Study) -> Iterator[str]:
    """What is wrong with what is said of costs."""
    if not assumed.of:
        yield "'costs' does not say what is paid for: of, with activities and the price of each"
    if assumed.of and not CURRENCY.fullmatch(assumed.currency):
        yield "'costs' does not say its currency, by a code of three capitals, as EUR"
    if assumed.of and assumed.year is None:
        yield "'costs' does not say the year whose prices these are"
    beside = (assumed.distribution, assumed.mean, assumed.median, assumed.value, assumed.chances, assumed.per_month)
    if any(beside):
        yield "'costs' says numbers of its own: each price has its own, under 'of'"
    arms = tuple(study.protocol.arms)
    for name, each in assumed.of.items():
        if name not in study.activities and name != MONTH:
            known = (*study.activities, MONTH)
            yield f"'costs' speaks of '{name}', which is no activity of this study and not 'month'{did_you_mean(name, known)}"
        strange = sorted({*each.mean} - {*arms}) if isinstance(each.mean, Mapping) else []
        for arm in strange:
            yield f"'costs' has a price of '{name}' in '{arm}', which is no arm of this study{did_you_mean(arm, arms)}"
        try:
            for arm in arms or ("",):
                price(each, arm)
        except Unreadable as why:
            yield f"'costs': {why.says}"
