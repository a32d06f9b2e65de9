"""An analysis with what it needs to be run: its endpoint, its arms, its level, and the words of the file."""

from dataclasses import dataclass
from zlib import crc32

from scipy.special import ndtri

from ..calendar import Span
from ..expression.english import english
from ..protocol import Emulate, Endpoint, Formula, Item
from ..study import Study
from .sample import Side


@dataclass(frozen=True)
class Plan:
    """What is done. `sides` are compared if `compares`, the reference last; else described one by one."""

    study: Study
    endpoint: Endpoint
    sides: tuple[Side, ...]
    compares: bool = False
    method: str = ""
    test: str = ""
    summary: str = ""
    adjust: tuple[str, ...] = ()
    stratify: tuple[str, ...] = ()
    level: float = 0.95
    landmark: Span | None = None
    changes: bool = False
    emulate: Emulate | None = None

    @property
    def z(self) -> float:
        """How many standard errors the limits lie away."""
        return float(ndtri(0.5 + self.level / 2))

    @property
    def seed(self) -> int:
        """Where the chance of resampling starts: the same for one study, endpoint and method, whoever runs it."""
        return crc32(f"{self.study.protocol.study}/{self.endpoint.name}/{self.method}".encode())

    @property
    def remaining(self) -> str:
        """The horizon in words; where groups are told at a landmark, that it counts from the origin all the same."""
        told = f"{self.endpoint.horizon}"
        return f"{told} (of which {self.landmark} before the landmark)" if self.landmark is not None else told


def in_words(formula: Formula | None, study: Study) -> str:
    """A date or a statement of an endpoint in words; enrolment where none is said."""
    if formula is None:
        return "enrolment"
    name = formula.text.strip()
    if name in study.activities:
        return study.called(name)
    if name.isidentifier() or formula.tree is None:
        return name.replace("_", " ")
    return english(formula.tree, study.scope)


def item_of(named: str, study: Study) -> Item | None:
    """The item that an endpoint names, alone or after its form; None for a definition."""
    form, _, name = named.rpartition(".")
    for activity in study.activities.values():
        if name in activity.items and form in ("", activity.name):
            return activity.items[name]
    return None


def item_label(named: str, study: Study) -> str:
    """What people call an item."""
    item = item_of(named, study)
    return (item.label if item is not None else "") or named.replace("_", " ")
