"""Items that go together: their normal scores are correlated, whatever their own distributions (a Gaussian copula)."""

import math
from collections.abc import Mapping
from itertools import combinations

from ..finding import Unreadable
from ..protocol import Assumption


def weights(assumptions: Mapping[str, Assumption]) -> dict[str, dict[str, float]]:
    """For each item that goes with others, by how much it takes after the scores of those before it, and its own.

    Args:
        assumptions: All that is assumed, in the order of the file.

    Raises:
        Unreadable: The correlations cannot be together, or one is said twice.

    Source:
        Rows of the Cholesky factor of the matrix of correlations.

    >>> made = weights({"a": Assumption(name="a"), "b": Assumption(name="b", correlated={"a": 0.6})})
    >>> {name: round(each, 3) for name, each in made["b"].items()}
    {'a': 0.6, 'b': 0.8}
    """
    found: dict[frozenset[str], float] = {}
    for name, assumed in assumptions.items():
        for other, given in assumed.correlated.items():
            pair = frozenset((name, other))
            if len(pair) == 1 or not -1 < given < 1 or (pair in found and found[pair] != float(given)):
                raise Unreadable(f"'{name}' cannot go with '{other}' by {given}: once for two items, between -1 and 1")
            found[pair] = float(given)
    together = [name for name in assumptions if any(name in pair for pair in found)]
    made: dict[str, dict[str, float]] = {}
    for name in together:
        row: dict[str, float] = {}
        for other in made:
            shared = sum(row.get(each, 0.0) * by for each, by in made[other].items() if each != other)
            row[other] = (found.get(frozenset((name, other)), 0.0) - shared) / made[other][other]
        left = 1.0 - sum(each * each for each in row.values())
        if left <= 1e-9:
            pairs = ", ".join(f"{a} and {b}" for a, b in combinations(together, 2) if frozenset((a, b)) in found)
            raise Unreadable(f"the correlations of {pairs} cannot all be: no values go together like that")
        made[name] = {**row, name: math.sqrt(left)}
    return made
