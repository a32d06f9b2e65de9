"""Alike with alike: matching the treated to the untreated, and strata in which both are found.

How the nearest are found (`nearest`)
    The treated choose in turn: the largest score first, or as they stand; of equal scores, who stands first. Each takes
    the nearest of those untreated who are left; of those equally near, who stands first. With several matches each,
    everybody takes a first before anybody takes a second. A calliper is inclusive: a match exactly that far away counts.
    Once all have chosen it is asserted that no match is farther apart, none leaves its stratum and, without replacement,
    nobody was taken twice.

Weights
    The matched treated count 1. The untreated count the share they have in each of their treated, brought to a sum of
    how many of them there are (of all untreated who count), so that the weights say how unevenly they count.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from jaxtyping import Bool, Float, Int, Real, Shaped

from .inestimable import Inestimable

Order = Literal["largest", "smallest", "as is"]


@dataclass(frozen=True, slots=True)
class Matches:
    """Who goes with whom.

    `treated` and `control` are places, a pair each, in the order in which they were chosen. `weight` is each person's,
    0 for the unmatched; `group` is the number of the treated whom a person was matched to, in the order of the file,
    -1 for the unmatched, and, with replacement, that of the first. `distance` is that of each pair.
    """

    treated: Int[np.ndarray, " pairs"]
    control: Int[np.ndarray, " pairs"]
    distance: Float[np.ndarray, " pairs"]
    weight: Float[np.ndarray, " people"]
    group: Int[np.ndarray, " people"]

    @property
    def unmatched(self) -> Int[np.ndarray, " unmatched"]:
        """The places of those who count for nothing."""
        return np.flatnonzero(self.weight == 0)


def calliper(score: Real[np.ndarray, " people"], sds: float = 0.2) -> float:
    """So many standard deviations of a score over everyone.

    Source:
        0.2 of the logit of the propensity: Austin (2011), Pharm Stat 10:150-161.

    >>> round(calliper(np.array([1.0, 2.0, 3.0])), 3)
    0.2
    """
    score = np.asarray(score, dtype=float)
    if len(score) < 2 or not np.isfinite(score).all():
        raise Inestimable("a calliper needs two finite scores or more")
    if not sds > 0:
        raise ValueError(f"a calliper is above 0, not {sds}")
    return float(sds * score.std(ddof=1))


def nearest(
    treated: Bool[np.ndarray, " people"],
    score: Real[np.ndarray, " people"],
    *,
    each: int = 1,
    order: Order = "largest",
    replace: bool = False,
    within: float | None = None,
    stratum: Shaped[np.ndarray, " people"] | None = None,
) -> Matches:
    """Match each of the treated to the untreated whose score is nearest.

    Args:
        treated: Who is treated.
        score: What is compared: a propensity, or its logit.
        each: How many untreated for one treated.
        order: Who of the treated chooses first.
        replace: Whether the untreated may be taken again.
        within: How far apart the two of a pair may be, in the units of the score (see `calliper`).
        stratum: Matches are found within it alone.

    Raises:
        Inestimable: One side is empty, a score is not finite, or nobody finds a match.

    Source:
        Rosenbaum and Rubin (1985), Am Stat 39:33-38; what is called nearest: Stuart (2010), Stat Sci 25:1-21.

    >>> found = nearest(np.array([True, True, False, False, False]), np.array([0.5, 0.9, 0.6, 0.4, 0.8]))
    >>> found.treated, found.control
    (array([1, 0]), array([4, 2]))
    """
    t, s = _sides(treated), np.asarray(score, dtype=float)
    if s.shape != t.shape:
        raise ValueError(f"one score a person, not {s.shape} for {len(t)} people")
    if not np.isfinite(s).all():
        raise Inestimable(f"the score of {int((~np.isfinite(s)).sum())} people is missing or infinite")
    if each < 1:
        raise ValueError(f"at least one match each, not {each}")
    if order not in get_args(Order):
        raise ValueError(f"{order!r} is not one of {', '.join(get_args(Order))}")
    if within is not None and not within >= 0:
        raise ValueError(f"a calliper is at least 0, not {within}")
    layer = np.zeros(len(t), dtype=np.int64) if stratum is None else _layers(stratum, len(t))
    places = np.flatnonzero(t)
    if order != "as is":
        places = places[np.argsort(-s[places] if order == "largest" else s[places], kind="stable")]
    pools = {
        int(k): _Pool(s, np.flatnonzero(~t & (layer == k)), replace) for k in np.unique(layer[places])
    }  # fmt: skip
    reach = np.inf if within is None else float(within)
    had: dict[int, set[int]] = {int(i): set() for i in places}
    pairs: list[tuple[int, int]] = []
    for _ in range(each):
        for i in map(int, places):
            found = pools[int(layer[i])].nearest(float(s[i]), reach, had[i])
            if found is not None:
                had[i].add(found)
                pairs.append((i, found))
    if not pairs:
        raise Inestimable("nobody finds a match" + (f" within {within:g}" if within is not None else ""))
    left, right = np.array(pairs, dtype=np.int64).T
    _assert_kept(s, layer, left, right, reach, replace)
    weight, group = _weighed(len(t), left, right)
    return Matches(left, right, np.abs(s[left] - s[right]), weight, group)


class _Pool:
    """Those untreated who are left, by their score: each distinct one with its people in the order of the file."""

    def __init__(self, score: Float[np.ndarray, " people"], places: Int[np.ndarray, " some"], replace: bool) -> None:
        ranked = places[np.argsort(score[places], kind="stable")]
        values, first = np.unique(score[ranked], return_index=True)
        self.values: list[float] = values.tolist()
        self.people: list[Sequence[int]] = [each.tolist() for each in np.split(ranked, first[1:])] if len(ranked) else []
        self.used = [0] * len(self.values)
        self.replace = replace
        # The next place to either side, itself included, at which somebody is left; beyond either end, nobody.
        self.up = list(range(len(self.values) + 1))
        self.down = list(range(len(self.values) + 1))

    def nearest(self, at: float, reach: float, had: set[int]) -> int | None:
        """The nearest who is left and is not one's own already."""
        middle = bisect_left(self.values, at)
        low, high = self._below(middle - 1), self._above(middle)
        best, found, place = reach, None, -1
        # Outwards on both sides, until all that is left is farther away. Distances may tie by rounding alone.
        while True:
            below = abs(at - self.values[low]) if low >= 0 else np.inf
            above = abs(at - self.values[high]) if high < len(self.values) else np.inf
            gap = min(below, above)
            if gap > best or gap == np.inf:
                break
            here = low if below <= above else high
            who = self._first(here, had)
            if who is not None and (found is None or gap < best or who < found):
                best, found, place = gap, who, here
            if here == low:
                low = self._below(low - 1)
            else:
                high = self._above(high + 1)
        if found is not None and not self.replace:
            self._take(place)
        return found

    def _first(self, place: int, had: set[int]) -> int | None:
        people = self.people[place]
        if not self.replace:
            return people[self.used[place]]
        return next((each for each in people if each not in had), None)

    def _take(self, place: int) -> None:
        self.used[place] += 1
        if self.used[place] == len(self.people[place]):
            self.up[place], self.down[place + 1] = place + 1, place

    def _above(self, place: int) -> int:
        while self.up[place] != place:
            self.up[place] = self.up[self.up[place]]
            place = self.up[place]
        return place

    def _below(self, place: int) -> int:
        k = place + 1
        while self.down[k] != k:
            self.down[k] = self.down[self.down[k]]
            k = self.down[k]
        return k - 1


def _assert_kept(
    score: Float[np.ndarray, " people"],
    layer: Int[np.ndarray, " people"],
    left: Int[np.ndarray, " pairs"],
    right: Int[np.ndarray, " pairs"],
    reach: float,
    replace: bool,
) -> None:
    """What was promised of the matches, looked at once they are made."""
    if (np.abs(score[left] - score[right]) > reach).any():
        raise AssertionError("a match lies outside its calliper")
    if (layer[left] != layer[right]).any():
        raise AssertionError("a match lies outside its stratum")
    if not replace and len(np.unique(right)) < len(right):
        raise AssertionError("somebody was matched twice")


def _weighed(
    people: int, left: Int[np.ndarray, " pairs"], right: Int[np.ndarray, " pairs"]
) -> tuple[Float[np.ndarray, " people"], Int[np.ndarray, " people"]]:
    shares = 1 / np.bincount(left, minlength=people)[left]
    weight = np.bincount(right, weights=shares, minlength=people)
    weight *= len(np.unique(right)) / weight.sum()
    weight[left] = 1.0
    group = np.full(people, -1, dtype=np.int64)
    number = np.unique(left, return_inverse=True)[1]
    group[right[::-1]] = number[::-1]
    group[left] = number
    return weight, group


# --- strata ----------------------------------------------------------------------------------------------------------


def stratified(treated: Bool[np.ndarray, " people"], stratum: Shaped[np.ndarray, " people"]) -> Float[np.ndarray, " people"]:
    """Weights that make the untreated of each stratum count as many as its treated; exact matching.

    Strata without one of the sides count for nothing. Labels that are not known (not a number, None) are no stratum.

    Raises:
        Inestimable: No stratum has both.

    Source:
        Iacus, King and Porro (2012), Polit Anal 20:1-24.

    >>> stratified(np.array([True, False, False, True, False]), np.array(["a", "a", "a", "b", "c"]))
    array([1., 1., 1., 0., 0.])
    """
    t = _sides(treated)
    layer = _layers(stratum, len(t), gaps=True)
    known = layer >= 0
    size = int(layer.max()) + 1 if known.any() else 0
    ours = np.bincount(layer[known & t], minlength=size)
    theirs = np.bincount(layer[known & ~t], minlength=size)
    both = (ours > 0) & (theirs > 0)
    if not both.any():
        raise Inestimable("no stratum has both treated and untreated people")
    kept = known & both[np.maximum(layer, 0)]
    weight = np.zeros(len(t))
    weight[kept & t] = 1.0
    matched = kept & ~t
    weight[matched] = (ours / np.maximum(theirs, 1))[layer[matched]]
    weight[matched] *= matched.sum() / weight[matched].sum()
    return weight


def subclasses(
    treated: Bool[np.ndarray, " people"], score: Real[np.ndarray, " people"], number: int = 6
) -> Int[np.ndarray, " people"]:
    """The subclass of each person, from 0: between quantiles of the scores of the treated, the ends open.

    Source:
        Rosenbaum and Rubin (1984), J Am Stat Assoc 79:516-524; quantiles by linear interpolation between ranks (R's
        type 7).

    >>> subclasses(np.array([True, True, True, False]), np.array([1.0, 2.0, 3.0, 9.0]), 2)
    array([0, 1, 1, 1])
    """
    t, s = _sides(treated), np.asarray(score, dtype=float)
    if number < 2:
        raise ValueError(f"at least 2 subclasses, not {number}")
    if not np.isfinite(s).all():
        raise Inestimable(f"the score of {int((~np.isfinite(s)).sum())} people is missing or infinite")
    inner = np.quantile(s[t], np.linspace(0, 1, number + 1)[1:-1])
    return np.searchsorted(inner, s, side="right").astype(np.int64)


def coarsened(values: Real[np.ndarray, " people"], bins: int | None = None) -> Int[np.ndarray, " people"]:
    """The bin of each value, from 0: equally wide from the least to the greatest; -1 where it is not known.

    Args:
        values: What is coarsened.
        bins: How many; unsaid, as many as Sturges says.

    Source:
        Sturges (1926), J Am Stat Assoc 21:65-66.
    """
    x = np.asarray(values, dtype=float)
    known = np.isfinite(x)
    if not known.any():
        raise Inestimable("nobody's value is known")
    count = bins if bins is not None else int(np.ceil(np.log2(known.sum()) + 1))
    if count < 1:
        raise ValueError(f"at least 1 bin, not {count}")
    edges = np.linspace(x[known].min(), x[known].max(), count + 1)[1:-1]
    found = np.full(len(x), -1, dtype=np.int64)
    found[known] = np.searchsorted(edges, x[known], side="right")
    return found


def together(*labels: Shaped[np.ndarray, " people"]) -> Int[np.ndarray, " people"]:
    """One stratum for each combination of labels; -1 where one of them is not known."""
    if not labels:
        raise ValueError("strata are made of at least one label")
    each = [_layers(one, len(one), gaps=True) for one in labels]
    codes = np.stack(each, axis=1)
    known = (codes >= 0).all(axis=1)
    found = np.full(len(codes), -1, dtype=np.int64)
    if known.any():
        found[known] = np.unique(codes[known], axis=0, return_inverse=True)[1].reshape(-1)
    return found


def _sides(treated: Bool[np.ndarray, " people"]) -> Bool[np.ndarray, " people"]:
    t = np.asarray(treated)
    if t.dtype != bool or t.ndim != 1:
        raise ValueError(f"who is treated is True or False, one a person, not {t.dtype} {t.shape}")
    if not t.any() or t.all():
        raise Inestimable("there are not two sides: " + ("nobody is treated" if not t.any() else "everybody is treated"))
    return t


def _layers(labels: Shaped[np.ndarray, " people"], people: int, *, gaps: bool = False) -> Int[np.ndarray, " people"]:
    """Labels as numbers from 0; where gaps are allowed, -1 for what is not known."""
    given = np.asarray(labels)
    if given.shape != (people,):
        raise ValueError(f"one stratum a person, not {given.shape} for {people} people")
    lacking = np.zeros(people, dtype=bool)
    if given.dtype.kind == "f":
        lacking = np.isnan(given)
    elif given.dtype.kind == "O":
        lacking = np.array([each is None for each in given], dtype=bool)
        given = np.array([str(each) for each in given])
    elif given.dtype.kind == "i" and gaps:
        lacking = given < 0
    if lacking.any() and not gaps:
        raise Inestimable(f"the stratum of {int(lacking.sum())} people is missing")
    found = np.full(people, -1, dtype=np.int64)
    if (~lacking).any():
        found[~lacking] = np.unique(given[~lacking], return_inverse=True)[1].reshape(-1)
    return found
