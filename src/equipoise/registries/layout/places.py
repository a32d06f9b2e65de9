"""A line of a list of places: hospital, city, state and country, in the orders in which pages print them."""

import re
from dataclasses import replace

from ..kinds import COUNTRIES, STATES, choice, is_organisation
from ..record import Location
from .bare import loose
from .fits import spells
from .lines import Line
from .reading import LIKELY, Reading

_CENTRES = re.compile(
    r"(?:about |approximately |around |up to )?(\d{1,4}) (?:\w+ )?(?:cent(?:re|er)s?|sites?|hospitals?|locations?) (?:in|across) (.{3,200})",
    re.I,
)
_NAME = re.compile(r"(?:[^\Wa-z_][\w'’.-]*|upon|am|an|der|de|la|le|les|du|del|di|sur|of|the|den|and|&|i|im|in|bei|st|\d[\w-]*)")


def _is_name(text: str) -> bool:
    """Whether a text can be a place's name: a few words, those that tell with a capital."""
    words = re.split(r"[\s/]+", text.strip())
    return len(words) <= 8 and all(_NAME.fullmatch(word.strip("(),")) for word in words if word.strip("(),"))


def place(reading: Reading, line: Line, text: str) -> None:
    """A line of a list of places: the place itself, or the city, the hospital or the status of one begun above."""
    if counted := _CENTRES.fullmatch(text.rstrip(".")):
        reading.say("sites", line, counted[1], LIKELY)
        named = [part.strip() for part in re.split(r",\s*(?:and\s+)?|\s+and\s+", counted[2])]
        for name in named if all(part.removeprefix("the ") in COUNTRIES for part in named) else ():
            reading.say("countries", line, name.removeprefix("the "), LIKELY)
        return
    so_far = reading.intake.values.get("locations", [])
    parts = [part.strip() for part in text.split(",")]
    last = so_far[-1] if so_far and line.number - so_far[-1].place.line <= 3 else None
    if spells("status", text) and last is not None:
        so_far[-1] = replace(last, value=replace(last.value, status=choice("status", text)))
        reading.took(line, "locations")
        return
    is_inside = last is not None and (last.value.country or is_organisation(text))
    if (
        len(parts) == 1
        and last is not None
        and is_inside
        and last.value.city
        and not last.value.facility
        and text not in COUNTRIES
    ):
        so_far[-1] = replace(last, value=replace(last.value, facility=text))  # `Lyon, France`, and under it the hospital
        reading.took(line, "locations")
        return
    if len(parts) > 2 and re.fullmatch(r"[A-Z]{0,2}[\d -]{3,10}[A-Z]{0,2}", parts[-1]):
        parts.pop()  # its postal code
    if not spells("status", text) and not is_organisation(text) and (not _is_name(text) or "@" in text or "©" in text):
        reading.current = None  # no place: the list has ended
        loose(reading, line)
        return
    if len(parts) == 1:
        name = "facility" if is_organisation(text) else "country" if text in COUNTRIES else "city"
        reading.say("locations", line, text, LIKELY, whole=Location(**{name: text}))
        return
    where = Location(
        facility=", ".join(filter(None, parts[:-3]))
        if len(parts) > 3
        else parts[0]
        if len(parts) == 3 and is_organisation(parts[0])
        else "",
        city=parts[-3] if len(parts) >= 3 and not (len(parts) == 3 and is_organisation(parts[0])) else parts[-2],
        state=parts[-2] if len(parts) >= 3 and not (len(parts) == 3 and is_organisation(parts[0])) else "",
        country=parts[-1],
    )
    if len(parts) in (2, 3) and parts[-1] in STATES:
        where = Location(facility=parts[0] if len(parts) == 3 else "", city=parts[-2], state=parts[-1])
    elif len(parts) == 2 and is_organisation(parts[0]):
        where = Location(
            facility=parts[0], city="" if parts[1] in COUNTRIES else parts[1], country=parts[1] if parts[1] in COUNTRIES else ""
        )
    if last is not None and last.value == Location(country=where.country):
        so_far.pop()  # the country was the heading of its places
    reading.say("locations", line, text, LIKELY, whole=where)
