"""The unit behind a number, as equipoise writes it, and its kind."""

import re
from collections.abc import Mapping

from .measures import (
    AREAL,
    CELLS,
    CONCENTRATION,
    DEGREES,
    FLOW,
    LENGTH,
    LONG,
    MASS,
    PRESSURE,
    RATE,
    SHARE,
    SHORT,
    VOLUME,
)

_VOLUME = r"(?:mm\s?\\?\^?\s?[3³]|mm\s?\(3\)|cu\.?\s?mm|cubic\s(?:mm|millimeters?)|cmm|[uµμ]\s?L|[mµμ]cL|mc\s?L|microlit(?:er|re)s?|micro\s?L|dL|mL|L|lit(?:er|re)s?|decilit(?:er|re)s?|millilit(?:er|re)s?)(?![A-Za-z])"
_TEN = re.compile(
    rf"\s*(?:[x×X*·⋅✕•]|times)?\s*10\s*(?:\\?\^|\*\*?|[eE]|exp)?\s*[(\[{{]?\s*(?P<ten>[⁰¹²³⁴-⁹]{{1,2}}|\d{{1,2}})\s*[)\]}}]?\s*(?:cells|platelets|neutrophils)?\s*(?:/|per|\\/)\s*(?P<per>{_VOLUME})"
    rf"|\s*[eE](?P<e>[39]|12)\s*/\s*(?P<eper>{_VOLUME})|\s*[x×*]\s*10\s*\\?\^?\s*(?P<alone>[9⁹])(?![\d/.])",
    re.IGNORECASE,
)
_PER_VOLUME = re.compile(
    rf"\s*(?P<thousand>K|thousand|thou|giga|G|bil(?:lion)?|x\s*1,?000|×\s*1,?000)?\s*(?:cells?|platelets?|plts?|neutrophils?|leukocytes?|lymphocytes|count|copies|cp|WBCs?)?\s*(?:/|per|\\/)\s*/?\s*(?P<per>{_VOLUME})",
    re.IGNORECASE,
)
_FLOW = re.compile(
    r"\s*/?\s*(?:mL|ml|ML|cc|milliliters?|millilitres?)\s*(?:\(mL\)\s*)?(?:/|per)?\s*\.?(?:min(?:ute)?s?\.?(?![A-Za-z]))\s*(?:\(min\)\s*)?(?:(?:/|per|x|\*|·)?\s*\\?\(?\s*1[.,·]\s?73\s*(?:m\s?(?:\\?\^|\*\*)?\s?(?:\(2\)|[2²])?|square\s(?:meters?|metres?)|sqm)?\)?)?"
    r"|\s*(?:mL|ml)\s*/\s*1[.,]73\s?m\s?\^?[2²]?|\s*/\s*(?:min|mL)\s*/\s*1[.,]73\s?m\s?\^?[2²]?",
    re.IGNORECASE,
)
_AREA = re.compile(
    r"\s*(?:kg|kilograms?|kgs)\s*(?:/|per|\.)?\s*\\?\(?\s*(?:m\s?(?:\\?\^|\*\*)?\s?[2²]|sq\.?\s?m|square\s(?:meters?|metres?)|met(?:er|re)s?\ssquared|m\s?sq|m\b)\)?",
    re.IGNORECASE,
)
_DOSE = re.compile(
    r"\s*(?P<of>mg|mcg|[µμu]g|g|IU|U|units?|milligrams?|grams?)\s*(?:(?:/|per)\s*(?P<per>kg|m\s?\\?(?:\^|\*{1,2})?\s?[2²]|day|d\b|24[\s-]?(?:hours?|hrs?|h)\b|week|month|hr?\b|hour|dose))(?:\s*/\s*(?:day|d|week|month|dose|hr?)\b)?",
    re.IGNORECASE,
)
_AMOUNT = re.compile(
    r"\s*(?P<of>milligrams?|micrograms?|nanograms?|picograms?|grams?|gm|mg|mcg|[µμu]g|ng|pg|g|mmol|[µμu]mol|micro\s?mol(?:es?)?|mic(?:ro)?romol(?:es?)?|micromoles?|mmoles?|mmol(?:es)?|millimoles?|nanomoles?|[µμ]moles?|[µμ]M|mM|nM|nmol|pmol|mEq|meq|mIU|mU|m\s?IU|[µμu]IU|[µμu]kat|kIU|kU|MU|IU|UI|U|units?|(?:milli-?\s?)?international\sunits|copies|mosm)(?:\s*\\?[\[(]\w{1,6}\\?[\])])?"
    r"\s*(?:/|per|\\/|\s-\s)\s*(?P<per>dL|d\sL|deciliters?|decilitres?|L|liters?|litres?|mL|ml|milliliters?|millilitres?|[µμu]L|[mµμ]cL|100\s?mL|cc|mmol|mg|g)(?![A-Za-z])",
    re.IGNORECASE,
)
_SIMPLE = re.compile(
    r"\s*-?\s*(?:(?:consecutive|calendar|full|continuous|complete|completed|business|working)\s)?(?:(?P<years>years?|yrs?|yr\.|year-?olds?|y\.?/?o\.?(?![A-Za-z])|y(?![A-Za-z]))|(?P<months>months?(?![a-z])|mos?\.?(?![A-Za-z])|mths?)|(?P<weeks>(?:calendar\s)?weeks?(?![a-z])|wks?)"
    r"|(?P<days>(?:calendar\s|business\s|consecutive\s|working\s)?days?|d(?=\s(?:before|prior|after)))|(?P<hours>hours?|hrs?|h(?![A-Za-z]))|(?P<minutes>minutes?|mins?(?![A-Za-z]))"
    r"|(?P<half>(?:(?:times|[x×])\s*)?(?:(?:its|the|their)\s)?(?:(?:drug|elimination|plasma|terminal|biological)[\s-]){0,2}half[\s-]*(?:lives|life|lifes)(?![a-z])|(?:[x×]\s*)?t\s?(?:½|1/2))"
    r"|(?P<ms>milli-\s?seconds?|msecs?|ms(?![A-Za-z])|milliseconds?|m\s?sec(?![a-z]))|(?P<s>seconds|second(?![a-z])(?!\s?[-–]|\s+(?!and\b|or\b|in\b|on\b|at\b|of\b|for\b|to\b|by\b|with\b|within\b|before\b|after\b|is\b|are\b|was\b)[a-z])|secs?(?![a-z])|s(?![A-Za-z'’]))"
    r"|(?P<mmph>mm\s?(?:/|\sper)\s?(?:1st\s|first\s)?h(?:rs?|our)?(?![A-Za-z]))|(?P<mmHg>mm\s?(?:of\s)?\s?Hg|mm\s?\[Hg\]|millimet(?:er|re)(?:s|\(s\))?\sof\smercury)|(?P<cm>cm(?![A-Za-z0-9²³^]|\s?/)|centimet(?:er|re)s?|cms(?![A-Za-z]))|(?P<mm>mm(?![A-Za-z0-9²³^])|millimet(?:er|re)s?)"
    r"|(?P<cm2>cm\s?\\?(?:\^|\*{1,2})?\s?[2²](?![\d/])|square\s(?:cm|centimet(?:er|re)s?))|(?P<mm2>mm\s?\\?\^?\s?[2²](?![\d/])|square\s(?:mm|millimet(?:er|re)s?))|(?P<m2>m\s?(?:\\?\^|\*{2})\s?2(?![\d/])|m2(?![\w/])|m\s?²|square\smet(?:er|re)s?)|(?P<m>met(?:er|re)s?(?![A-Za-z/])(?!\s*(?:/|per|squared|of\smerc))|m(?=\s(?:in|within|during|over)\s(?:6|six)))"
    r"|(?P<lps>(?-i:L)\s?/\s?(?:s|sec)(?![A-Za-z]))|(?P<lpm>(?-i:L)\s?/\s?min(?:ute)?(?![A-Za-z]))|(?P<cc>cc(?![A-Za-z])|cm\s?\^?[3³]|mL(?![A-Za-z/])|L(?![A-Za-z/])|lit(?:er|re)s?(?![a-z/]))"
    r"|(?P<share>%|percent|per\scent)|(?P<kg>kg(?![A-Za-z/])|kilograms?|kgs(?![a-z]))|(?P<lb>lbs?(?![a-z])|pounds?(?![a-z]))|(?P<bpm>bpm|beats?\s?(?:/|per)\s?min(?:ute)?|b\.p\.m|/\s?min(?:ute)?(?![A-Za-z])|per\s+minute(?![A-Za-z])|breaths?(?:/|\sper\s)min(?:ute)?)"
    r"|(?P<Cel>(?:°|º|˚|degrees?)\s?(?:C|Celsius|centigrade)(?![a-z])|[℃])|(?P<degF>(?:°|º|˚|degrees?)\s?(?:F|Fahrenheit)(?![a-z]))|(?P<cGy>cGy(?![a-z])|centigray)|(?P<Gy>Gy(?![a-z])|Gray)|(?P<kPa>kPa(?![a-z])|kilopascals?)|(?P<cmps>(?:cm|centimet(?:er|re)s?)\s?(?:/|per)\s?(?:s|sec|second)(?![A-Za-z]))|(?P<mps>(?:m|met(?:er|re)s?)\s?(?:/|per)\s?(?:s|sec|second)(?![A-Za-z]))"
    r"|(?P<molar>(?-i:[nµμ]M)(?![A-Za-z/]))|(?P<um>(?-i:[µμ]m)(?![A-Za-z/])|microns?(?![a-z])|micromet(?:er|re)s?(?![a-z]))|(?P<grams>g(?![A-Za-z/])|gm(?![A-Za-z/])|gms(?![a-z])|grams?(?![a-z]))|(?P<mg>mg(?:(?![A-Za-z/])|(?=/\s?(?:pred|dexa|hydro)))|milligrams?)|(?P<bare>(?:IU|U|units?(?!\s+(?:of\s+(?:alcohol|gray|blood|p?RBCs?|packed|red|platelets|plasma)|(?:per|a)\s+week)))(?![A-Za-z/])))",
    re.IGNORECASE,
)
_A_DAY = re.compile(
    r"\s*(?:\(\s?mg\s?\)\s*)?(?:of\s+)?(?:(?:oral|prednis\w+|dexamethasone|hydrocortisone|methylprednisolone|(?:cortico)?steroids?|or|its|equivalents?)\s*){0,5}(?:(?:once\s+)?daily|(?:/|per|a|each)\s*day)\b",
    re.IGNORECASE,
)
_NORMALISED = re.compile(r"1[.,·]\s?73$")
_SIMPLE_UNITS: Mapping[str, tuple[str, str]] = {
    "years": ("years", LONG), "months": ("months", LONG), "weeks": ("weeks", LONG), "days": ("days", LONG),
    "hours": ("hours", LONG), "minutes": ("min", LONG), "half": ("half-lives", LONG), "ms": ("ms", SHORT), "s": ("s", SHORT),
    "mmHg": ("mm[Hg]", PRESSURE), "cm": ("cm", LENGTH), "mm": ("mm", LENGTH), "cm2": ("cm2", "other"), "mm2": ("mm2", "other"), "m2": ("m2", "other"), "m": ("m", LENGTH), "cc": ("mL", VOLUME), "share": ("%", SHARE),
    "kg": ("kg", MASS), "lb": ("lb", MASS), "bpm": ("/min", RATE), "Cel": ("Cel", DEGREES), "degF": ("[degF]", DEGREES),
    "Gy": ("Gy", "other"), "cGy": ("cGy", "other"), "kPa": ("kPa", PRESSURE), "lps": ("L/s", "other"), "lpm": ("L/min", "other"), "mmph": ("mm/h", "other"), "cmps": ("cm/s", "other"), "mps": ("m/s", "other"), "molar": ("nmol/L", CONCENTRATION), "um": ("um", "other"), "grams": ("g", MASS), "mg": ("mg", "dose"), "bare": ("U", "dose"),
}  # fmt: skip
_AMOUNTS: Mapping[str, str] = {
    "milligram": "mg", "microgram": "ug", "nanogram": "ng", "picogram": "pg", "gram": "g", "gm": "g", "mcg": "ug",
    "micromole": "umol", "micromol": "umol", "microrole": "umol", "mmole": "mmol", "umole": "umol", "meq": "meq",
    "unit": "U", "international unit": "U", "milli-international unit": "mU", "milli international unit": "mU", "ui": "U", "um": "umol", "mm": "mmol", "nm": "nmol", "miu": "mU", "uiu": "uU",
    "iu": "U", "u": "U", "kiu": "kU", "ku": "kU", "uu": "uU", "mu": "mU", "millimole": "mmol", "nanomole": "nmol", "micro mole": "umol", "micro mol": "umol", "cop": "copies", "copie": "copies", "m iu": "mU",
}  # fmt: skip
_PERS: Mapping[str, str] = {
    "d l": "dL", "dl": "dL", "deciliter": "dL", "decilitre": "dL", "l": "L", "liter": "L", "litre": "L", "ml": "mL",
    "milliliter": "mL", "millilitre": "mL", "ul": "uL", "mcl": "uL", "ucl": "uL", "100 ml": "dL", "100ml": "dL", "cc": "mL", "mc l": "uL",
    "microliter": "uL", "microlitre": "uL", "u l": "uL", "micro l": "uL", "microl": "uL", "cmm": "mm3", "cumm": "mm3", "cu mm": "mm3", "cu. mm": "mm3",
}  # fmt: skip
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_MU = str.maketrans("µμ", "uu")


def _per(text: str) -> str:
    said = " ".join(text.lower().translate(_MU).split())
    if said.startswith(("mm", "cubic")) and said != "mmol":
        return "mm3"
    return _PERS.get(said.rstrip("s"), said)


def _ten(found: re.Match[str]) -> tuple[str, str]:
    if found["alone"]:
        return "10^9/L", CELLS
    power = (found["ten"] or found["e"]).translate(_RAISED)
    return f"10^{power}/{_per(found['per'] or found['eper'])}", CELLS


def unit_at(text: str, at: int) -> tuple[str, str, int] | None:
    """The unit that begins at a place: how equipoise writes it, its kind, and where it ends."""
    if (found := _FLOW.match(text, at)) is not None:
        said = found[0]
        if re.search(r"1[.,·]\s?73", said):
            return ("mL/min/1.73m2" if "min" in said.lower() or said.lstrip()[0] == "/" else "mL/1.73m2"), FLOW, found.end()
        return "mL/min", FLOW, found.end()
    if (found := _TEN.match(text, at)) is not None:
        unit, kind = _ten(found)
        return unit, kind, found.end()
    if (found := _AREA.match(text, at)) is not None:
        return "kg/m2", AREAL, found.end()
    if (found := _AMOUNT.match(text, at)) is not None:
        of = (
            " ".join(found["of"].lower().translate(_MU).split()).removesuffix("s")
            if len(found["of"]) > 3
            else found["of"].lower().translate(_MU)
        )
        unit = f"{_AMOUNTS.get(of, of)}/{_per(found['per'])}"
        return unit, CONCENTRATION, found.end()
    if (found := _DOSE.match(text, at)) is not None:
        of = found["of"].lower().translate(_MU).replace("mcg", "ug").removesuffix("s")
        of = {"iu": "U", "u": "U", "unit": "U", "milligram": "mg", "gram": "g"}.get(of, of)
        per = (
            re.sub(r"[\s^-]", "", found["per"].lower())
            .replace("²", "2")
            .replace("24hours", "day")
            .replace("24hour", "day")
            .replace("24hrs", "day")
            .replace("24hr", "day")
            .replace("24h", "day")
        )
        return f"{of}/{ {'d': 'day', 'hr': 'h', 'hour': 'h'}.get(per, per) }".replace(" ", ""), "dose", found.end()
    if (found := _PER_VOLUME.match(text, at)) is not None:
        thousand, per = found["thousand"], _per(found["per"])
        if thousand and thousand.lower().startswith(("g", "b")):
            return f"10^9/{per}", CELLS, found.end()
        return (f"10^3/{per}" if thousand else f"/{per}"), CELLS, found.end()
    if (found := _SIMPLE.match(text, at)) is not None and found.lastgroup:
        name = found.lastgroup
        unit, kind = _SIMPLE_UNITS[name]
        if name == "m2" and _NORMALISED.search(text, 0, at):
            return None  # `per 1.73 m2` of somebody's surface
        if name == "molar" and found[0].lstrip(" -")[:1] in "µμ":
            unit = "umol/L"
        if name == "mg" and _A_DAY.match(text, found.end()):
            unit = "mg/day"  # `10 mg prednisone/day`, `10 mg daily`
        if name == "cc" and found[0].strip().lower().startswith("l"):
            unit = "L"
        return unit, kind, found.end()
    return None
