"""Numbers with units: UCUM spellings as clinics write them, converted by dimension and, for analytes, by molar mass."""

import math
import re
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Self

import pint

from .finding import NOWHERE, Place, Unreadable, did_you_mean


class NotConvertible(ValueError):
    """Two units that measure unlike things."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number and its unit, as written; `""` is the unit of a bare number."""

    value: float
    unit: str = ""
    schema: ClassVar[dict[str, object]] = {"type": ["string", "number"]}

    @classmethod
    def from_text(cls, text: str, place: Place = NOWHERE) -> Self:
        """Read `84 10^9/L`, `1.2 mg/dL`, `3.5`.

        Raises:
            Unreadable: No number, or a unit that is not known.
        """
        found = re.fullmatch(rf"\s*({NUMBER})\s*(.*?)\s*", text)
        if not found:
            raise Unreadable(f"'{text[:40]}' is not a number with a unit")
        if found[2]:
            scale(found[2])
        if not math.isfinite(value := float(found[1])):
            raise Unreadable(f"'{text[:40]}' is too large a number")
        return cls(value, found[2])

    def __str__(self) -> str:
        return f"{self.value:.10g} {self.unit}".strip()


NUMBER = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"

# The units that clinics write, each with pint's name for it: nothing else is a unit, whatever else pint knows.
# Those that take a prefix (mg, umol, kU):
_METRIC = {
    "g": "gram", "L": "liter", "l": "liter", "mol": "mole", "m": "meter", "s": "second", "Hz": "hertz", "Pa": "pascal",
    "J": "joule", "W": "watt", "V": "volt", "A": "ampere", "Gy": "gray", "Sv": "sievert", "Bq": "becquerel",
    "cal": "calorie", "U": "arbitrary_unit", "IU": "arbitrary_unit", "kat": "catalytic_unit", "eq": "charge_equivalent",
    "Eq": "charge_equivalent", "osm": "osmotic_mole", "Osm": "osmotic_mole",
}  # fmt: skip
_PREFIX = {
    "": 1.0, "f": 1e-15, "p": 1e-12, "n": 1e-9, "u": 1e-6, "mc": 1e-6, "m": 1e-3, "c": 1e-2, "d": 1e-1, "k": 1e3,
    "M": 1e6,
}  # fmt: skip
# Those that do not:
_PLAIN = {
    "%": "percent", "percent": "percent", "ppm": "ppm", "mm[Hg]": "mmHg", "mmHg": "mmHg", "cm[H2O]": "cmH2O",
    "bar": "bar", "min": "minute", "minute": "minute", "minutes": "minute", "h": "hour", "hr": "hour",
    "hrs": "hour", "hour": "hour", "hours": "hour", "sec": "second", "second": "second", "seconds": "second",
    "d": "day", "day": "day", "days": "day", "wk": "week", "wks": "week", "week": "week", "weeks": "week",
    "mo": "month", "month": "month", "months": "month", "a": "year", "yr": "year", "yrs": "year", "year": "year",
    "years": "year", "UI": "arbitrary_unit", "deg": "degree", "lb": "pound", "[lb_av]": "pound", "[in_i]": "inch",
    "inch": "inch", "EUR": "EUR", "CNY": "CNY", "USD": "USD", "SEK": "SEK", "GBP": "GBP", "cells": "dimensionless",
    "cell": "dimensionless", "copies": "dimensionless", "beats": "dimensionless", "breaths": "dimensionless",
}  # fmt: skip
# Temperatures have a zero of their own, so they stand alone: kelvins a degree, and kelvins at 0.
_TEMPERATURES = {
    "Cel": (1.0, 273.15), "°C": (1.0, 273.15), "degC": (1.0, 273.15),
    "[degF]": (5 / 9, 273.15 - 32 * 5 / 9), "°F": (5 / 9, 273.15 - 32 * 5 / 9), "degF": (5 / 9, 273.15 - 32 * 5 / 9),
}  # fmt: skip
# Blood counts as laboratories shorten them: giga and tera in Europe, thousands and millions in America.
_COUNTS = {"G/L": "10^9/L", "G/l": "10^9/L", "T/L": "10^12/L", "T/l": "10^12/L", "K/uL": "10^3/uL", "M/uL": "10^6/uL"}
_LOOKALIKES = str.maketrans({"µ": "u", "μ": "u", "·": ".", "²": "2", "³": "3", "×": "x", "−": "-"})
_POWERS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_TERM = re.compile(
    r"\s*(?P<over>[./*])?\s*"
    r"(?:x?\s*10\s*(?:\^|\*\*?)\s*(?P<ten>\d{1,2})"
    r"|(?P<number>\d{1,6}(?:\.\d{1,6})?)?\s*"
    r"(?:(?P<word>[A-Za-z%°]*\[[A-Za-z0-9_]+\]|[A-Za-z%°]+)(?:(?:\^|\*\*)?(?P<power>-?[1-3]))?)?)\s*"
)


@cache
def _registry() -> "pint.UnitRegistry[float]":
    registry: pint.UnitRegistry[float] = pint.UnitRegistry(cache_folder=None)
    for line in (
        "arbitrary_unit = [arbitrary_activity]",  # a tumour marker's or an enzyme's unit, as the assay defines it
        "catalytic_unit = 6e7 * arbitrary_unit",  # 1 U turns over 1 umol a minute, 1 kat 1 mol a second
        "charge_equivalent = [charge_equivalent]",  # as many moles only where the ion has one charge
        "osmotic_mole = [osmotic_amount]",
        "EUR = [euro]", "CNY = [yuan]", "USD = [dollar]", "SEK = [krona]", "GBP = [pound_sterling]",
    ):  # fmt: skip
        registry.define(line)
    return registry


@dataclass(frozen=True, slots=True)
class Scale:
    """What a unit measures, and how its numbers become base numbers: `value * factor + offset`."""

    dimension: str
    factor: float
    offset: float = 0.0


@cache
def _base(name: str) -> tuple[float, Any]:
    """How many base units one of pint's units is, and its dimensions."""
    base = _registry().Quantity(1.0, name).to_base_units()
    return float(base.magnitude), base.dimensionality


@cache
def _word(word: str) -> tuple[float, str] | None:
    """A written unit as a multiple of a unit that pint knows."""
    if word in _PLAIN:
        return 1.0, _PLAIN[word]
    if word in _METRIC:
        return 1.0, _METRIC[word]
    for prefix, factor in _PREFIX.items():
        if prefix and word.startswith(prefix) and word[len(prefix) :] in _METRIC:
            return factor, _METRIC[word[len(prefix) :]]
    return None


@cache
def _words() -> tuple[str, ...]:
    return (*_PLAIN, *_TEMPERATURES, *(prefix + unit for unit in _METRIC for prefix in _PREFIX))


def _unknown(unit: str, word: str) -> Unreadable:
    where = f" (in '{unit[:40]}')" if word != unit else ""
    return Unreadable(f"'{word[:40]}'{where} is not a unit equipoise knows{did_you_mean(word, _words())}")


@cache
def scale(unit: str) -> Scale:
    """The scale of a unit.

    Raises:
        Unreadable: The unit is not known.

    >>> scale("10^9/L") == scale("G/L"), scale("mg/dL").dimension == scale("g/L").dimension
    (True, True)
    """
    if len(unit) > 40:
        raise Unreadable(f"'{unit[:40]}...' is not a unit equipoise knows")
    cleaned = re.sub(r"10([⁰¹²³⁴-⁹]+)", lambda found: "10^" + found[1].translate(_POWERS), unit.strip())
    cleaned = cleaned.translate(_LOOKALIKES)
    cleaned = _COUNTS.get(cleaned.replace("mcL", "uL"), cleaned)
    if cleaned in _TEMPERATURES:
        return Scale("[temperature]", *_TEMPERATURES[cleaned])
    if cleaned and cleaned != "1" and not re.search(r"[A-Za-z%°]|10[\^*]", cleaned):
        raise _unknown(unit, unit)
    factor, dimension, at = 1.0, _base("dimensionless")[1], 0
    while at < len(cleaned):
        term = _TERM.match(cleaned, at)
        said = term is not None and (term["ten"] or term["number"] or term["word"])
        if term is None or not said or (at and not term["over"]):
            raise _unknown(unit, unit)
        turns = -1 if term["over"] == "/" else 1
        if term["ten"]:
            factor *= 10.0 ** (turns * int(term["ten"]))
        if term["number"]:
            if not float(term["number"]):
                raise _unknown(unit, unit)
            factor *= float(term["number"]) ** turns
        if term["word"]:
            known = _word(term["word"])
            if known is None:
                raise _unknown(unit, term["word"])
            power = turns * int(term["power"] or 1)
            size, dimensions = _base(known[1])
            factor, dimension = factor * (size * known[0]) ** power, dimension * dimensions**power
        at = term.end()
    return Scale(str(dimension), _tidy(factor))


@cache
def conversion(of: str, to: str, molar_mass: float | None = None) -> tuple[float, float]:
    """What numbers in one unit are multiplied by, and what is then added, to have them in another.

    Raises:
        NotConvertible: The units measure unlike things.
        Unreadable: One of them is not known.
    """
    start, end = scale(of), scale(to)
    if start.dimension == end.dimension:
        return _tidy(start.factor / end.factor), _tidy((start.offset - end.offset) / end.factor)
    if molar_mass is not None:
        # Amount and mass of one analyte: g per mol. Base units of mass are kilograms.
        for light, heavy, factor in ((start, end, molar_mass / 1000), (end, start, 1000 / molar_mass)):
            if _mass_of(light.dimension) == heavy.dimension:
                return _tidy(start.factor / end.factor * factor), 0.0
    raise NotConvertible(f"{of or 'a bare number'} cannot be turned into {to or 'a bare number'}")


def _tidy(factor: float) -> float:
    """A factor without the last digit's noise: 1.8, not 1.7999999999999998."""
    return float(f"{factor:.15g}")


def _mass_of(dimension: str) -> str:
    return {
        "[substance] / [length] ** 3": "[mass] / [length] ** 3",
        "[substance]": "[mass]",
        "[substance] / [time]": "[mass] / [time]",
    }.get(dimension, "")


def converted(value: float, of: str, to: str, molar_mass: float | None = None) -> float:
    """A number in one unit as a number in another.

    Args:
        value: The number.
        of: Its unit.
        to: The unit wanted.
        molar_mass: Grams per mole of the analyte, where mass and amount may be exchanged.

    Raises:
        NotConvertible: The units measure unlike things.
        Unreadable: One of them is not known.

    >>> round(converted(1.0, "mg/dL", "umol/L", molar_mass=584.66), 2)
    17.1
    """
    if of == to:
        return value
    factor, shift = conversion(of, to, molar_mass)
    # Rounding to 12 digits makes 50 x 10^9/L and 50000 /uL the same number, as they are.
    return float(f"{value * factor + shift:.12g}")


def are_alike(unit: str, other: str, molar_mass: float | None = None) -> bool:
    """Whether numbers in one unit can be turned into the other."""
    try:
        conversion(unit, other, molar_mass)
    except NotConvertible:
        return False
    return True
