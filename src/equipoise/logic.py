"""Three values: met, not met, unknown (Kleene). Missing is never false and never a pass."""

from collections.abc import Iterable
from enum import Enum


class Truth(Enum):
    """What is known of a statement."""

    NOT_MET = "not met"
    UNKNOWN = "unknown"
    MET = "met"

    def __bool__(self) -> bool:
        raise TypeError("a Truth has three values: compare it with MET, NOT_MET or UNKNOWN")

    @classmethod
    def of(cls, known: bool | None) -> "Truth":
        """The truth of a boolean, where None is unknown.

        >>> Truth.of(None)
        <Truth.UNKNOWN: 'unknown'>
        """
        return UNKNOWN if known is None else MET if known else NOT_MET

    @property
    def known(self) -> bool | None:
        """True, False, or None for unknown."""
        return {MET: True, NOT_MET: False, UNKNOWN: None}[self]


MET, NOT_MET, UNKNOWN = Truth.MET, Truth.NOT_MET, Truth.UNKNOWN


def negated(truth: Truth) -> Truth:
    """The other way round; unknown stays unknown."""
    return {MET: NOT_MET, NOT_MET: MET, UNKNOWN: UNKNOWN}[truth]


def every(truths: Iterable[Truth]) -> Truth:
    """Not met if any is not met, else unknown if any is unknown, else met (also of none)."""
    found = set(truths)
    return NOT_MET if NOT_MET in found else UNKNOWN if UNKNOWN in found else MET


def some(truths: Iterable[Truth]) -> Truth:
    """Met if any is met, else unknown if any is unknown, else not met (also of none)."""
    found = set(truths)
    return MET if MET in found else UNKNOWN if UNKNOWN in found else NOT_MET
