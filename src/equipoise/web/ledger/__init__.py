"""The ledger's table, and the one way to write in it."""

from .outside import anchor
from .projections import PROJECTIONS, Projection, rebuild, register
from .reading import Head, export, head, links, studies
from .writing import Draft, Refused, append

__all__ = [
    "PROJECTIONS", "Draft", "Head", "Projection", "Refused", "anchor", "append", "export", "head", "links", "rebuild",
    "register", "studies",
]  # fmt: skip
