"""What an estimate would have been with other people like these: the people drawn again, with replacement.

Draws come in blocks, each with its own child of `rng`, so that the answer does not depend on how many threads there
are. Within arms, strata or centres that were fixed by the design, people are drawn `within` them.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int, Real, Shaped

from .cox import SETTLED, Ties, fitted, prepared
from .follow_up import members
from .inestimable import Inestimable

BLOCK = 2**18
"""How many counts a block holds, about: enough work for a thread, and little memory however many the people."""


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """The estimates from the people as they are, and from each draw of them; not a number where a draw has no answer."""

    estimate: Float[np.ndarray, " columns"]
    draws: Float[np.ndarray, "draws columns"]

    @property
    def unanswered(self) -> int:
        """How many draws had no answer."""
        return int(np.isnan(self.draws).any(axis=1).sum())


def drawn(
    people: int, draws: int, *, rng: np.random.Generator, within: Shaped[np.ndarray, " people"] | None = None
) -> Int[np.ndarray, "draws people"]:
    """How often each of `people` is in each draw of as many of them, with replacement.

    >>> drawn(3, 2, rng=np.random.default_rng(1)).sum(axis=1)
    array([3, 3])
    """
    return np.concatenate(list(_blocks(people, draws, rng, within)))


def cox_bootstrap(
    time: Real[np.ndarray, " rows"],
    happened: Bool[np.ndarray, " rows"],
    covariates: Real[np.ndarray, "rows columns"],
    *,
    draws: int,
    rng: np.random.Generator,
    start: Real[np.ndarray, " rows"] | None = None,
    stratum: Shaped[np.ndarray, " rows"] | None = None,
    weight: Real[np.ndarray, " rows"] | None = None,
    person: Shaped[np.ndarray, " rows"] | None = None,
    within: Shaped[np.ndarray, " rows"] | None = None,
    ties: Ties = "efron",
    firth: bool = False,
    threads: int | None = None,
) -> Bootstrap:
    """Log hazard ratios of Cox's model, and those of each draw of people.

    A person drawn twice is tied with themself, exactly as if their rows had been written out twice.

    Args:
        time, happened, covariates, start, stratum, weight, ties, firth: As for `cox`.
        draws: How many.
        rng: Where chance comes from.
        person: Whose row it is; each row is a person of its own if this is not given. People are drawn, not rows.
        within: People are drawn within these groups, each as often as it has people.
        threads: How many run at once; as many as there are processors if not given.

    Raises:
        Inestimable: The people as they are have no answer, or a person's rows are in several groups.

    Source:
        Efron (1981), J Am Stat Assoc 76:312-319.

    >>> time, died = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), np.full(6, True)
    >>> x = np.array([[1.0], [0.0], [1.0], [0.0], [0.0], [1.0]])
    >>> cox_bootstrap(time, died, x, draws=200, rng=np.random.default_rng(1)).draws.shape
    (200, 1)
    """
    if draws < 1:
        raise ValueError(f"there is at least one draw, not {draws}")
    given = prepared(time, happened, covariates, start=start, stratum=stratum, weight=weight, ties=ties)
    beta = np.zeros(len(given.spread))
    fitted(given, beta, firth=firth)
    rows = len(given.scaled)
    of, people, groups = np.arange(rows), rows, within
    if person is not None:
        distinct, of = members(person, "person", rows)
        people = len(distinct)
        if within is not None:
            group = members(within, "group", rows)[1]
            first = np.zeros(people, dtype=np.int64)
            first[of] = group
            if (first[of] != group).any():
                raise Inestimable("a person's rows are in several of the groups that people are drawn within")
            groups = first
    of = of[given.order]

    from .loops.cox import refitted, room

    def answered(counts: Int[np.ndarray, "draws people"]) -> Float[np.ndarray, "draws columns"]:
        out, held = np.empty((len(counts), len(beta))), np.zeros(len(beta), dtype=bool)
        copied = given.rows._replace(copies=np.empty(len(of), dtype=np.int64))
        refitted(copied, counts, of, given.efron, firth, SETTLED, held, room(len(of), len(beta), firth=firth), out)
        return out

    blocks = _blocks(people, draws, rng, groups)
    many = min(threads or os.cpu_count() or 1, draws)
    # The first block compiles, where that has not been done, before others run beside it.
    found = [answered(next(blocks))]
    with ThreadPoolExecutor(many) as pool:
        found.extend(pool.map(answered, blocks))
    return Bootstrap(beta / given.spread, np.concatenate(found) / given.spread)


def percentiles(
    found: Bootstrap, *, level: float = 0.95
) -> tuple[Float[np.ndarray, " columns"], Float[np.ndarray, " columns"]]:
    """Lower and upper limits: the percentiles of the draws, one a column.

    A draw without an answer might have had any: it is counted below for the lower limit and above for the upper one.

    Raises:
        Inestimable: So many draws have no answer that a limit is one of them.

    Source:
        Efron (1981), Can J Stat 9:139-172, the percentile method.
    """
    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1, not {level}")
    tail = (1 - level) / 2
    lower = np.quantile(np.where(np.isnan(found.draws), -np.inf, found.draws), tail, axis=0, method="inverted_cdf")
    upper = np.quantile(np.where(np.isnan(found.draws), np.inf, found.draws), 1 - tail, axis=0, method="inverted_cdf")
    if not (np.isfinite(lower).all() and np.isfinite(upper).all()):
        raise Inestimable(
            f"{found.unanswered} of {len(found.draws)} draws of the people have no answer, too many for limits at {level:g}"
        )
    return lower, upper


def _blocks(
    people: int, draws: int, rng: np.random.Generator, within: Shaped[np.ndarray, " people"] | None
) -> Iterator[Int[np.ndarray, "draws people"]]:
    """How often each person is drawn, so many draws at a time."""
    each = max(1, min(draws, BLOCK // people))
    number = -(-draws // each)
    group = np.zeros(people, dtype=np.int64) if within is None else members(within, "group", people)[1]
    order = np.argsort(group, kind="stable")
    sizes = np.bincount(group)
    low, wide = np.repeat(np.cumsum(sizes) - sizes, sizes), np.repeat(sizes, sizes)
    for block, child in enumerate(rng.spawn(number)):
        many = min(each, draws - block * each)
        place = low + child.integers(0, wide, size=(many, people))
        flat = order[place] + people * np.arange(many)[:, None]
        yield np.bincount(flat.ravel(), minlength=many * people).reshape(many, people)
