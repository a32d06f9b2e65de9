"""The boundaries of planned looks, by the names that a plan gives to how alpha and beta are spent.

**Source.** Lan and DeMets (1983), Biometrika 70:659-663; Jennison and Turnbull (2000), Group Sequential Methods with
Applications to Clinical Trials, chapters 2 and 7.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

from .group_sequential import Boundaries, haybittle_peto, spending_boundaries, wang_tsiatis, with_futility
from .inestimable import Inestimable
from .spending import hwang_shih_decani, kim_demets, obrien_fleming_like, pocock_like

Named = tuple[str, float | None]
"""How an error is spent: a name, and its number where it takes one."""
USUAL: Named = ("obrien_fleming", None)
"""How alpha is spent where looks are planned and nothing says how."""
SHAPES = ("wang_tsiatis", "haybittle_peto")
"""Names that are shapes of boundaries, not functions of the information."""


def planned_boundaries(
    information: Sequence[float], alpha: float, spending: Named = USUAL, futility: Named | None = None,
    *, binding: bool = False, power: float = 0.8,
) -> Boundaries:  # fmt: skip
    """The boundaries of looks at shares of the information.

    Args:
        information: Shares of the information at the looks, rising, the last 1.
        alpha: The one-sided level.
        spending: How alpha is spent.
        futility: How beta is spent; none, and nobody stops for futility.
        binding: Whether the boundary above may count on stopping below.
        power: One less beta.

    Raises:
        Inestimable: The looks, or what they spend, cannot be as they are said.

    >>> [round(each, 4) for each in planned_boundaries((0.33, 0.6, 1.0), 0.025).above]
    [3.7307, 2.6716, 1.9811]
    """
    shares = tuple(map(float, information))
    if any(late <= early for early, late in pairwise((0.0, *shares))) or not shares or shares[-1] != 1:
        told = ", ".join(f"{each:g}" for each in shares[:-1])
        raise Inestimable(f"looks at {told} of the information do not rise from above 0 to below 1")
    name, number = spending[0], spending[1] if spending[1] is not None else 0.0
    match name:
        case "wang_tsiatis":
            found = wang_tsiatis(shares, alpha, number)
        case "haybittle_peto":
            found = haybittle_peto(shares, alpha, number)
        case _:
            found = spending_boundaries(shares, spent(spending, alpha))
    if futility is None:
        return found
    if futility[0] in SHAPES:
        raise Inestimable(f"futility is spent by a function of the information, and '{futility[0]}' is none")
    if binding and name in SHAPES:
        raise Inestimable(f"binding futility needs a spending function for alpha, and '{name}' is none")
    # Where alpha has boundaries of its own, no more is asked of its function than the level.
    levels, above = spent(USUAL if name in SHAPES else spending, alpha), () if binding else found.above
    return with_futility(shares, levels, spent(futility, 1 - power), binding=binding, above=above)


def spent(spending: Named, error: float) -> Callable[[float], float]:
    """A spending function, for so much of an error."""
    name, number = spending[0], spending[1] if spending[1] is not None else 0.0
    match name:
        case "obrien_fleming":
            return obrien_fleming_like(error)
        case "pocock":
            return pocock_like(error)
        case "kim_demets":
            return kim_demets(error, number)
        case _:
            return hwang_shih_decani(error, number)
