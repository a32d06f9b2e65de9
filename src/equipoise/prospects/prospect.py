"""A prospect: what one comparison can find."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from ..finding import NOWHERE, Place

LEVEL, WANTED = 0.05, (0.8, 0.9)
"""The two-sided level and the powers where a file says none."""

Measure = Literal["hazard ratio", "difference of shares", "difference of means", "difference of restricted means"]


@dataclass(frozen=True, slots=True)
class Needed:
    """What a power takes: participants in the comparison, how many events among them, and participants by other formulas."""

    power: float
    participants: int
    events: float | None = None
    by_other_formulas: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Detectable:
    """What the planned participants find with a power: the effect nearest to none.

    `where` names the circumstance, as the control's share or the unit.
    """

    power: float
    effect: float
    where: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """A look: at which share of the information, when, where its boundaries lie, and how likely it is to stop by then.

    `found` and `given_up` hold if the assumption is true; `falsely` is the chance of a claim if there is no effect.
    `above` and `below` are in standard deviations of the statistic, `effect` is the estimate on the boundary above.
    """

    share: float
    month: float | None
    events: float | None
    above: float
    level: float
    below: float | None
    effect: float
    found: float
    given_up: float
    falsely: float


@dataclass(frozen=True)
class Prospect:
    """What one comparison can find. `cannot` says why there is no power; what can be said all the same stands under `says`.

    `level` is two-sided. `participants` and `events` are those of the comparison. `used` is the share of the planned
    information that the looks need on average if the assumption is true, `used_without` if there is no effect. `powers` are those of other numbers of participants.
    """

    analysis: str
    label: str
    endpoint: str
    compared: tuple[str, ...] = ()
    is_primary: bool = False
    measure: Measure | None = None
    level: float = LEVEL
    wanted: float = WANTED[0]
    margin: float | None = None
    participants: int | None = None
    effect: float | None = None
    events: float | None = None
    months: float | None = None
    power: float | None = None
    needed: tuple[Needed, ...] = ()
    detectable: tuple[Detectable, ...] = ()
    looks: tuple[Look, ...] = ()
    used: float | None = None
    used_without: float | None = None
    powers: tuple[tuple[int, float], ...] = ()
    says: tuple[str, ...] = ()
    rests_on: tuple[str, ...] = ()
    cannot: str = ""
    place: Place = NOWHERE

    @property
    def headline(self) -> str:
        """The first sentence: what is found, or why that cannot be told."""
        return self.says[0] if self.says else self.cannot
