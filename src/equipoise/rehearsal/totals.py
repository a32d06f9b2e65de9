"""What virtual trials add up to: sums of numbers, and counts, that do not grow with the trials."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import nan, sqrt
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..kernels.two_arm import Estimate

Key = tuple[str, ...]
"""What a number is of, in words and names: `("arm", "control", "participants")`."""

Value = TypeVar("Value", int, float)


@dataclass(frozen=True, slots=True)
class Sum:
    """A number of each trial, added up, with its squares; trials without such a number are not counted."""

    many: int = 0
    total: float = 0.0
    squares: float = 0.0

    def __add__(self, other: "Sum") -> "Sum":
        return Sum(self.many + other.many, self.total + other.total, self.squares + other.squares)

    @property
    def estimate(self) -> Estimate:
        """The mean over trials, and its Monte Carlo error."""
        if not self.many:
            return Estimate(nan, nan)
        mean = self.total / self.many
        if self.many < 2:
            return Estimate(mean, nan)
        scatter = max(self.squares - self.many * mean * mean, 0.0) / (self.many - 1)
        return Estimate(mean, sqrt(scatter / self.many))

    @property
    def deviation(self) -> float:
        """The standard deviation between trials."""
        return self.estimate.error * sqrt(self.many)


@dataclass(frozen=True, slots=True)
class Totals:
    """Trials, added up: sums of numbers that each trial has, and how often each of a few things was seen."""

    trials: int = 0
    sums: Mapping[Key, Sum] = field(default_factory=dict)
    counts: Mapping[Key, int] = field(default_factory=dict)

    def __add__(self, other: "Totals") -> "Totals":
        sums, counts = dict(self.sums), dict(self.counts)
        for key, each in other.sums.items():
            sums[key] = sums[key] + each if key in sums else each
        for key, count in other.counts.items():
            counts[key] = counts.get(key, 0) + count
        return Totals(self.trials + other.trials, sums, counts)

    def estimate(self, *key: str) -> Estimate | None:
        """The mean of a number over the trials that have it; None where none has."""
        found = self.sums.get(key)
        return found.estimate if found is not None and found.many else None

    def share(self, *key: str) -> Estimate | None:
        """The mean of what is 0 or 1 in each trial: an error of 0 is not claimed where all trials agree.

        Source:
            Agresti and Coull (1998), Am Stat 52:119-126, for the error at a share of 0 or 1.
        """
        found = self.sums.get(key)
        if found is None or not found.many:
            return None
        share = found.total / found.many
        drawn = share if 0 < share < 1 else (found.total + 2) / (found.many + 4)
        return Estimate(share, sqrt(drawn * (1 - drawn) / found.many))

    def under(self, *key: str) -> dict[Key, int]:
        """The counts whose keys begin so, by what follows."""
        return {name[len(key) :]: count for name, count in self.counts.items() if name[: len(key)] == key}

    def named(self, *key: str) -> dict[Key, Sum]:
        """The sums whose keys begin so, by what follows."""
        return {name[len(key) :]: each for name, each in self.sums.items() if name[: len(key)] == key}

    def quantiles(self, *key: str, of: Iterable[float] = (0.1, 0.5, 0.9)) -> tuple[int, ...] | None:
        """The values below which these shares of the trials lie; what is counted has whole numbers as its last name."""
        found = sorted((int(name[0]), count) for name, count in self.under(*key).items() if len(name) == 1)
        return quantiles(found, of) if found else None

    def written(self) -> Any:
        """As JSON has it: what `read` takes."""
        sums = [[*key, each.many, each.total, each.squares] for key, each in self.sums.items()]
        return [self.trials, sums, [[*key, count] for key, count in self.counts.items()]]

    @classmethod
    def read(cls, said: Any) -> "Totals":
        """Back from JSON."""
        trials, sums, counts = said
        return cls(
            trials, {tuple(each[:-3]): Sum(*each[-3:]) for each in sums}, {tuple(each[:-1]): each[-1] for each in counts}
        )


def quantiles(counted: list[tuple[Value, int]], of: Iterable[float]) -> tuple[Value, ...]:
    """The values below or at which these shares lie, from rising values and how often each was seen.

    >>> quantiles([(1, 1), (2, 2), (5, 1)], (0.1, 0.5, 0.9))
    (1, 2, 5)
    """
    everything = sum(count for _, count in counted)
    found = []
    for share in of:
        passed, reached = 0, counted[-1][0]
        for value, count in counted:
            passed += count
            if passed >= share * everything - 1e-9:
                reached = value
                break
        found.append(reached)
    return tuple(found)


@dataclass(slots=True)
class Tally:
    """Totals in the making."""

    trials: int = 0
    sums: dict[Key, Sum] = field(default_factory=dict)
    counts: dict[Key, int] = field(default_factory=dict)

    def number(self, value: float, *key: str) -> None:
        """Add a trial's number; one that is missing is not counted."""
        if value == value:
            self.sums[key] = self.sums.get(key, Sum()) + Sum(1, float(value), float(value) ** 2)

    def numbers(self, values: NDArray[Any], *key: str) -> None:
        """Add a number of each of several trials; those that are missing are not counted."""
        there = np.asarray(values, dtype=float)
        there = there[there == there]
        if len(there):
            self.sums[key] = self.sums.get(key, Sum()) + Sum(len(there), float(there.sum()), float((there * there).sum()))

    def counted(self, values: NDArray[Any], *key: str) -> None:
        """Count how often each of several whole numbers is there; the number becomes the last name."""
        found, times = np.unique(values, return_counts=True)
        for value, many in zip(found.tolist(), times.tolist(), strict=True):
            self.count(*key, str(int(value)), times=many)

    def count(self, *key: str, times: int = 1) -> None:
        """Count something."""
        if times:
            self.counts[key] = self.counts.get(key, 0) + times

    @property
    def totals(self) -> Totals:
        """What it has come to."""
        return Totals(self.trials, self.sums, self.counts)
