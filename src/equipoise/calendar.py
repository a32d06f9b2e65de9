"""Days, stretches of days, and the clinic's lengths of time: months are calendar months, the last day clipped."""

import calendar as _calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar, Self

from .finding import NOWHERE, Place, Unreadable

DAY_UNITS = {"day": 1, "week": 7}
MONTH_UNITS = {"month": 1, "year": 12}
TIME_UNITS = (*DAY_UNITS, *MONTH_UNITS)

_SPAN = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(day|week|month|year)s?\s*")
_PARTIAL = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?(?:T.*)?")


@dataclass(frozen=True, slots=True)
class When:
    """A date as it is known: to the day (`first` = `last`), or only to its month or year.

    >>> When.from_text("2024-02").last
    datetime.date(2024, 2, 29)
    """

    first: date
    last: date

    @classmethod
    def on(cls, day: date) -> Self:
        """A date known to the day."""
        return cls(day, day)

    @classmethod
    def from_text(cls, text: str, place: Place = NOWHERE) -> Self:
        """Read `2024-02-29`, `2024-02` or `2024`.

        Raises:
            Unreadable: The text is no date, or a date that no calendar has.
        """
        found = _PARTIAL.fullmatch(text.strip())
        if not found:
            raise Unreadable(f"'{text[:40]}' is not a date: write 2024-02-29, or 2024-02 or 2024 if no more is known")
        year, month, day = (int(part) if part else None for part in found.groups())
        assert year is not None
        try:
            first = date(year, month or 1, day or 1)
        except ValueError:
            raise Unreadable(f"'{text[:40]}' is not a day that exists") from None
        if day:
            return cls(first, first)
        end_month = month or 12
        return cls(first, date(year, end_month, _calendar.monthrange(year, end_month)[1]))

    @property
    def is_exact(self) -> bool:
        """Whether the day itself is known."""
        return self.first == self.last

    def __str__(self) -> str:
        if self.is_exact:
            return self.first.isoformat()
        return self.first.strftime("%Y-%m") if self.first.month == self.last.month else str(self.first.year)


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time, in days or in calendar months, never the one passed off as the other.

    >>> str(Span.from_text("2 weeks")), Span.from_text("2 years").months
    ('2 weeks', 24)
    """

    days: int = 0
    months: int = 0
    schema: ClassVar[dict[str, object]] = {"type": "string", "pattern": r"^[0-9.]+ *(day|week|month|year)s?$"}

    @classmethod
    def from_text(cls, text: str, place: Place = NOWHERE) -> Self:
        """Read `28 days`, `4 weeks`, `3 months` or `2 years`.

        Raises:
            Unreadable: No such length, or a part of a month.
        """
        found = _SPAN.fullmatch(text)
        if not found:
            raise Unreadable(f"'{text[:40]}' is not a length of time: write 28 days, 4 weeks, 3 months or 2 years")
        return cls.of(float(found[1]), found[2])

    @classmethod
    def of(cls, count: float, unit: str) -> Self:
        """So many days, weeks, months or years."""
        in_days = unit in DAY_UNITS
        length = count * (DAY_UNITS[unit] if in_days else MONTH_UNITS[unit])
        if length > (36_525 if in_days else 1_200):
            raise Unreadable(f"{count:g} {unit}s is longer than any trial")
        if length != int(length):
            raise Unreadable(f"{count:g} {unit}s is not a whole number of {'days' if in_days else 'months'}")
        return cls(days=int(length)) if in_days else cls(months=int(length))

    def __str__(self) -> str:
        def said(count: int, unit: str) -> str:
            return f"{count} {unit}{'' if count == 1 else 's'}"

        parts = []
        if self.months:
            parts.append(said(self.months // 12, "year") if self.months % 12 == 0 else said(self.months, "month"))
        if self.days or not parts:
            weeks = self.days >= 7 and self.days % 7 == 0
            parts.append(said(self.days // 7, "week") if weeks else said(self.days, "day"))
        return " and ".join(parts)

    def times(self, count: int) -> "Span":
        """So many of this length, end to end."""
        return Span(self.days * count, self.months * count)

    @property
    def about_days(self) -> float:
        """The length in days, a month taken as a twelfth of 365.25 days: for drawing and sorting only."""
        return self.days + self.months * 365.25 / 12


NO_TIME = Span()


def later(day: date, span: Span, count: int = 1) -> date:
    """The day that lies `count` spans after a day, or before it where `count` is negative.

    >>> later(date(2024, 1, 31), Span(months=1)), later(date(2024, 1, 31), Span(days=1))
    (datetime.date(2024, 2, 29), datetime.date(2024, 2, 1))
    """
    if span.months:
        month = day.year * 12 + day.month - 1 + span.months * count
        year, month = divmod(month, 12)
        if not 1 <= year <= 9999:
            return date.max if year > 9999 else date.min
        day = date(year, month + 1, min(day.day, _calendar.monthrange(year, month + 1)[1]))
    try:
        return day + timedelta(days=span.days * count)
    except OverflowError:
        return date.max if count > 0 else date.min


def months_between(start: date, end: date) -> float:
    """Calendar months from one day to another: whole ones, then the part of the month under way.

    At most n exactly when `end` is no later than n months after `start`.

    >>> months_between(date(2024, 1, 31), date(2024, 7, 31)), months_between(date(2024, 1, 31), date(2024, 8, 1)) > 6
    (6.0, True)
    """
    if end < start:
        return -months_between(end, start)
    whole = (end.year - start.year) * 12 + end.month - start.month
    if later(start, Span(months=whole)) > end:
        whole -= 1
    here, there = later(start, Span(months=whole)), later(start, Span(months=whole + 1))
    return whole + (end - here).days / max((there - here).days, 1)


@dataclass(frozen=True, slots=True)
class Window:
    """The days around a target that still count: `±2 weeks`, `-3..+7 days`, `+1 week`."""

    before: Span = NO_TIME
    after: Span = NO_TIME
    schema: ClassVar[dict[str, object]] = {"type": "string"}
    _BOTH: ClassVar[re.Pattern[str]] = re.compile(r"\s*(?:±|\+/-|\+-)\s*(.+)")
    _RANGE: ClassVar[re.Pattern[str]] = re.compile(r"\s*([-+]?)\s*(\d+)\s*\.\.\s*([-+]?)\s*(\d+)\s*([a-z]+?)s?\s*")
    _ONE: ClassVar[re.Pattern[str]] = re.compile(r"\s*([-+])\s*(\d.*)")

    @classmethod
    def from_text(cls, text: str, place: Place = NOWHERE) -> Self:
        """Read a window.

        Raises:
            Unreadable: The text is none of the three ways to write one.
        """
        if found := cls._BOTH.fullmatch(text):
            span = Span.from_text(found[1])
            return cls(span, span)
        if found := cls._RANGE.fullmatch(text):
            low_sign, low, high_sign, high, unit = found.groups()
            if unit not in TIME_UNITS or high_sign == "-" or (low_sign != "-" and int(low)):
                raise Unreadable(f"'{text[:40]}' is not a window that holds its target: write -3..+7 days")
            return cls(Span.of(int(low), unit), Span.of(int(high), unit))
        if found := cls._ONE.fullmatch(text):
            span = Span.from_text(found[2])
            return cls(span, NO_TIME) if found[1] == "-" else cls(NO_TIME, span)
        raise Unreadable(f"'{text[:40]}' is not a window: write ±2 weeks, -3..+7 days or +1 week")

    def around(self, target: date) -> tuple[date, date]:
        """The first and the last day that count."""
        return later(target, self.before, -1), later(target, self.after)

    def __str__(self) -> str:
        if self.before == self.after:
            return f"±{self.before}" if self.before != NO_TIME else "on the day"
        return f"-{self.before} to +{self.after}"


@dataclass(frozen=True, slots=True)
class Times:
    """How often: `4`, or `2..4`."""

    at_least: int
    at_most: int
    schema: ClassVar[dict[str, object]] = {"type": ["string", "integer"], "pattern": r"^\d+( *\.\. *\d+)?$"}

    @classmethod
    def from_text(cls, text: str, place: Place = NOWHERE) -> Self:
        """Read `4` or `2..4`.

        Raises:
            Unreadable: Not a count, none at all, or the larger first.
        """
        found = re.fullmatch(r"\s*(\d{1,4})(?:\s*\.\.\s*(\d{1,4}))?\s*", text)
        if not found:
            raise Unreadable(f"'{text[:40]}' is not a number of times: write 4, or 2..4")
        low, high = int(found[1]), int(found[2] or found[1])
        if low > high or high < 1:
            says = "is not a number of times: the smaller comes first, and the larger is over 0"
            raise Unreadable(f"'{text[:40]}' {says}")
        return cls(low, high)

    def __str__(self) -> str:
        return str(self.at_least) if self.at_least == self.at_most else f"{self.at_least} to {self.at_most}"
