"""What is known of one participant up to a day: rows of forms, in order of time, and which forms are closed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum

from ..calendar import When


class Why(Enum):
    """Why a fact that would be needed cannot be used."""

    NEVER_RECORDED = "never recorded"
    LEFT_BLANK = "left blank"
    OUTSIDE_WINDOW = "not recorded within its window"
    NOT_CONVERTIBLE = "its unit cannot be converted"
    UNREADABLE = "cannot be read"
    PARTLY_DATED = "its date is known only in part"
    NOT_LOOKED_FOR = "nobody is known to have looked"
    NO_RANGE = "reported without the laboratory's range"
    JUDGEMENT = "waits for a judgement"
    NO_SUCH_NUMBER = "cannot be calculated from these values"


@dataclass(frozen=True, slots=True)
class Missing:
    """A fact that would help to settle a statement, and why it cannot."""

    form: str
    fact: str
    why: Why
    label: str = ""
    detail: str = ""

    def __str__(self) -> str:
        label = self.label or self.fact.replace("_", " ")
        return f"{label}: {self.why.value}{f' ({self.detail})' if self.detail else ''}"


@dataclass(frozen=True, slots=True)
class Unclear:
    """An answer that was written down but cannot be used: the words as they stood, and why not."""

    text: str
    why: Why


Value = float | str | bool | When | tuple[str, ...] | Unclear


@dataclass(frozen=True, slots=True)
class Row:
    """One filled form: its date and its answers; `limits` holds a laboratory's range, as `("alt", "uln")`."""

    on: When
    values: Mapping[str, Value] = field(default_factory=dict)
    limits: Mapping[tuple[str, str], float] = field(default_factory=dict)
    id: str = ""


@dataclass(frozen=True)
class Facts:
    """Rows by form, each in order of time, as known on the day `until`."""

    until: date
    rows: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)
    closed: frozenset[str] = frozenset()

    def on(self, day: date) -> "Facts":
        """Those facts that are about a day or an earlier one. Lesions stay as they are known now."""
        if day >= self.until:
            return self
        rows = {name: tuple(row for row in each if row.on.first <= day) for name, each in self.rows.items()}
        return Facts(day, rows, self.closed)
