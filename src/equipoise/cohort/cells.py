"""What stands in a cell, as a hospital writes it: decimal commas, days before months, days as Excel counts them."""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

from ..calendar import When
from ..document import shown
from ..finding import Unreadable

Mark = Literal["point", "comma"]
DateOrder = Literal["day_month_year", "month_day_year", "year_month_day", "excel", "excel_1904"]

_PARTS = {"day_month_year": "dmy", "month_day_year": "mdy", "year_month_day": "ymd"}
_ISO = re.compile(r"(\d{4}-\d{1,2}-\d{1,2})[ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?")
_CLOCK = re.compile(r"\s+\d{1,2}[:.]\d{2}([:.]\d{2})?\s*([ap]\.?m\.?)?", re.IGNORECASE)
_UNKNOWN = re.compile(r"\?+|u[nk]+|x+|0+|-+|nk|na", re.IGNORECASE)
_SERIAL = re.compile(r"([1-7]\d{4})(\.\d+)?")
"""Days as Excel counts them, from 1927 to 2119: five digits."""
MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar janvier gennaio gen enero ene januari", "february feb februar février fevrier fév fev febbraio"
            " febrero februari", "march mar märz maerz mär mars marzo maart mrt", "april apr avril avr aprile abril abr",
            "may mai maggio mag mayo mei maj", "june jun juni juin giugno giu junio", "july jul juli juillet juil luglio lug"
            " julio", "august aug août aout agosto ago augusti augustus", "september sep sept septembre settembre set septiembre",
            "october oct oktober okt octobre ottobre ott octubre", "november nov novembre noviembre", "december dec dezember dez"
            " décembre decembre déc dicembre dic diciembre",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
"""Months as they are written out or cut short, in English, German, French, Italian, Spanish, Dutch and Swedish."""


@lru_cache(maxsize=100_000)
def day_told(text: str, orders: tuple[DateOrder, ...] = ()) -> When:
    """The date that a cell tells, to the day, or to its month or year where the rest is missing or unknown.

    What ISO 8601 writes (2024-02-29, 2024-02, 2024) is read whatever the order.

    Raises:
        Unreadable: No date in any of the orders, or one that no calendar has.

    >>> str(day_told("31.3.2021", ("day_month_year",))), str(day_told("??/03/2021", ("day_month_year",)))
    ('2021-03-31', '2021-03')
    >>> str(day_told("44286", ("excel",)))
    '2021-03-31'
    """
    text = text.strip()
    if found := _ISO.fullmatch(text):
        return When.from_text(found[1])
    try:
        return When.from_text(text)
    except Unreadable as why:
        first = why
    bare = _CLOCK.sub("", text)
    for order in orders:
        if order in _PARTS:
            told = _in_order(bare, _PARTS[order])
        else:
            told = _counted(bare, order)
        if told is not None:
            return When.from_text(told)
    raise Unreadable(_why_not(text, bare, orders, first.says))


def _why_not(text: str, bare: str, orders: Sequence[DateOrder], says: str) -> str:
    if re.fullmatch(r"\d{1,2}[./ -](\d{1,2}|[^\W\d_]+)[./ -]\d{2}", bare):
        return f"{shown(text)}: the century of a year of two digits is not told"
    if _SERIAL.fullmatch(bare) and not {"excel", "excel_1904"} & {*orders}:
        return f"{shown(text)} is not a date; as Excel counts days it would be {_counted(bare, 'excel')}: say so under dates"
    if orders and re.search(r"\d", bare):
        return f"{shown(text)} is not a date written {' or '.join(each.replace('_', ', ') for each in orders)}"
    return says


def _counted(text: str, order: str) -> str | None:
    found = _SERIAL.fullmatch(text)
    if not found:
        return None
    zero = date(1904, 1, 1) if order == "excel_1904" else date(1899, 12, 30)
    return (zero + timedelta(days=int(found[1]))).isoformat()


def _in_order(text: str, order: str) -> str | None:
    """An ISO date of a text whose parts stand in an order; None if it is none."""
    if re.fullmatch(r"\d{8}", text):
        text = {
            "ymd": f"{text[:4]}-{text[4:6]}-{text[6:]}", "dmy": f"{text[:2]}-{text[2:4]}-{text[4:]}",
            "mdy": f"{text[:2]}-{text[2:4]}-{text[4:]}",
        }[order]  # fmt: skip
    parts = [each for each in re.split(r"[./\-\s,]+", text.strip()) if each]
    if re.fullmatch(r"-+[./-].*", text.strip()):
        parts = ["-", *parts]
    if len(parts) == 2:  # month and year
        month, year = (parts[1], parts[0]) if order == "ymd" else (parts[0], parts[1])
        return _joined(year, month, "?")
    if len(parts) != 3:
        return None
    told = dict(zip(order, parts, strict=True))
    return _joined(told["y"], told["m"], told["d"])


def _joined(year: str, month: str, day: str) -> str | None:
    if not re.fullmatch(r"\d{4}", year):
        return None
    if named := MONTHS.get(month.rstrip(".").casefold()):
        month = str(named)
    day = re.sub(r"(?<=\d)(st|nd|rd|th|er|\.|º)$", "", day)
    if _UNKNOWN.fullmatch(month):
        return year if _UNKNOWN.fullmatch(day) else None
    if _UNKNOWN.fullmatch(day):
        return f"{year}-{int(month):02}" if re.fullmatch(r"\d{1,2}", month) and 1 <= int(month) <= 12 else None
    return f"{year}-{int(month):02}-{int(day):02}" if _is_day(year, month, day) else None


def _is_day(year: str, month: str, day: str) -> bool:
    if not all(re.fullmatch(r"\d{1,4}", each) for each in (year, month, day)):
        return False
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return False
    return True


# 1.234,5 or 1 234,5 or 1234,5 or 1234; then perhaps a unit.
_COMMA = re.compile(r"([-+]?)(\d{1,3}(?:[.\u0020\u00a0\u202f'’]\d{3})+|\d+)(?:,(\d+))?((?![\d.,]).*)", re.DOTALL)


def number_told(text: str, decimal: Mark, *, typed: bool = False) -> str:
    """A number, and perhaps its unit, with a decimal point, whatever it was written with.

    Args:
        text: What the cell says.
        decimal: What stands before tenths in the table.
        typed: Whether cells may hold numbers themselves, as in a workbook: those have a point whatever the table's people
            write.

    Raises:
        Unreadable: A point where the table has commas, so that what it means is not told.

    >>> number_told("1.234,5 mg/dL", "comma"), number_told("31", "comma"), number_told("1.5", "point")
    ('1234.5 mg/dL', '31', '1.5')
    """
    if decimal == "point" or not text[:1].isdigit() and text[:1] not in "+-":
        return text
    if typed and "," not in text:
        return text
    found = _COMMA.fullmatch(text)
    if found is None:
        raise Unreadable(f"{shown(text)} is not a number with a decimal comma, as this table writes them")
    whole = re.sub(r"\D", "", found[2])
    return f"{found[1]}{whole}{'.' + found[3] if found[3] else ''}{found[4]}"
