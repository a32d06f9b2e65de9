"""What an item takes for an answer: a number in its unit, a code, a truth, a date; or a sentence on why not."""

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .calendar import When
from .document import shown
from .expression.facts import Unclear, Value, Why
from .finding import Unreadable, did_you_mean
from .protocol import Item
from .quantity import NotConvertible, Quantity, converted
from .study import Study

LONGEST_NAME, LONGEST_NUMBER = 200, 100
"""Bounds on a name and on a number with its unit, in characters: far above what a person writes."""


class Refused(ValueError):
    """An answer that an item does not take: a sentence, and the answer as it is kept all the same."""

    def __init__(self, says: str, kept: Unclear) -> None:
        super().__init__(says)
        self.says, self.kept = says, kept


_YES, _NO = ("yes", "true", "1", "y", "met"), ("no", "false", "0", "n", "not met")


def answer(item: Item, given: Any, unit: str = "") -> Value:
    """An answer as the item keeps it: a number in the item's unit, a code, a truth, a date.

    Args:
        item: The item that is answered.
        given: What was written down.
        unit: The unit of a bare number, if it is known to be another than the item's.

    Raises:
        Refused: It is no such answer; the exception holds the words as they stood.

    >>> answer(Item(name="alt", type="quantity", unit="U/L"), "31 U/L")
    31.0
    """
    text = as_text(given)
    if item.type != "lesions" and not isinstance(given, str | int | float):
        raise _refused(item, text, f"one answer is expected, and this is {sort_of(given)}")
    match item.type:
        case "integer" | "real" | "quantity" | "score":
            return _number(item, given, text, unit)
        case "choice":
            if text not in item.options:
                alike = [option for option in item.options if option.casefold() == text.casefold()]
                near = f"; did you mean '{alike[0]}'?" if alike else did_you_mean(text, item.options)
                listed = ", ".join(item.options[:12])
                raise _refused(item, text, f"'{text[:60]}' is not one of {listed}{near}")
            return text
        case "yes_no":
            if text.lower() in _YES or text.lower() in _NO:
                return text.lower() in _YES
            raise _refused(item, text, f"'{text[:60]}' is neither yes nor no")
        case "date" | "month":
            try:
                return When.from_text(text)
            except Unreadable as why:
                raise _refused(item, text, why.says) from None
        case "lesions":
            if isinstance(given, str):
                given = [part.strip() for part in given.split(",") if part.strip()]
            if not isinstance(given, Sequence) or not all(isinstance(each, str | int) and each != "" for each in given):
                raise _refused(item, text, "a list of lesions is expected, as [L1, L2]")
            return tuple(map(str, given))
        case _:
            return text


def as_text(given: Any) -> str:
    """An answer as text; a list or a mapping as JSON."""
    if isinstance(given, bool):
        return "yes" if given else "no"
    if given is None or isinstance(given, Mapping) or isinstance(given, Sequence) and not isinstance(given, str):
        return json.dumps(given, ensure_ascii=False, default=str)
    return (str(int(given)) if isinstance(given, float) and given.is_integer() else str(given)).strip()


def sort_of(given: Any) -> str:
    return "nothing" if given is None else "a list" if isinstance(given, Sequence) else "a mapping"


def _refused(item: Item, text: str, says: str, why: Why = Why.UNREADABLE) -> Refused:
    return Refused(f"{item.name}: {says}", Unclear(text[:LONGEST_NAME], why))


def _number(item: Item, given: Any, text: str, unit: str) -> float:
    mass = item.molar_mass.value if item.molar_mass is not None else None
    if len(text) > LONGEST_NUMBER:
        raise _refused(item, text, f"{shown(text)} is not a number with a unit")
    try:
        quantity = Quantity.from_text(text)
        of = quantity.unit or unit or item.unit
        value = converted(quantity.value, of, item.unit, mass) if of != item.unit else quantity.value
    except NotConvertible as why:
        raise _refused(item, text, f"{why}", Why.NOT_CONVERTIBLE) from None
    except Unreadable as why:
        kind = Why.NOT_CONVERTIBLE if "unit" in why.says and re.match(r"[-+]?[\d.]+ *\D", text) else Why.UNREADABLE
        raise _refused(item, text, why.says, kind) from None
    if not math.isfinite(value):
        raise _refused(item, text, f"'{text[:40]}' is too large a number")
    if item.type == "integer" and value != int(value):
        raise _refused(item, text, f"{value:g} is not a whole number")
    if item.options and str(int(value)) not in item.options:
        raise _refused(item, text, f"{value:g} is not one of {', '.join(item.options)}")
    if item.range is not None and not item.range.low <= value <= item.range.high:
        unit = f" {item.unit}" if item.unit else ""
        raise _refused(item, text, f"{value:g}{unit} is not possible: {item.range}{unit}")
    return value


def site_limits(item: Item, site: str, study: Study) -> Iterable[tuple[str, float]]:
    """The limits of normal of a site's own laboratory; where a study has one site, of that."""
    sites = study.protocol.sites
    where = sites.get(site) or (next(iter(sites.values())) if len(sites) == 1 else None)
    if where is None or item.name not in where.ranges:
        return
    known = where.ranges[item.name]
    mass = item.molar_mass.value if item.molar_mass is not None else None
    for end, limit in (("lln", known.lln), ("uln", known.uln)):
        if limit is None:
            continue
        try:
            yield end, converted(limit.value, limit.unit or item.unit, item.unit, mass)
        except (NotConvertible, Unreadable):
            continue  # a finding of the study's own file
