"""How the next arm comes about: one file a method, and the papers by which anyone may verify it afterwards."""

from .biased_coin import biased_coin
from .method import Chance, Earlier, Method, Stratum
from .minimisation import minimisation
from .permuted_blocks import permuted_blocks
from .plan import Plan, Unfit, further, plan, plan_of, stratum
from .simple import simple

METHODS: tuple[Method, ...] = (
    permuted_blocks,
    simple,
    minimisation,
    biased_coin,
)


def method(name: str) -> Method:
    """The method of a name.

    Raises:
        Unfit: There is none.
    """
    for each in METHODS:
        if each.name == name:
            return each
    raise Unfit(f"'{name}' is not one of {', '.join(each.name for each in METHODS)}")


__all__ = [
    "METHODS",
    "Chance",
    "Earlier",
    "Method",
    "Plan",
    "Stratum",
    "Unfit",
    "further",
    "method",
    "plan",
    "plan_of",
    "stratum",
]
