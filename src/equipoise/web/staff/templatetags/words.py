"""What templates say: dates, addresses, menus."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ....calendar import When
from ..here import Here

register = template.Library()


@register.filter(expects_localtime=True)
def day(given: date | datetime | None) -> str:
    """A day as people write it.

    >>> day(date(2026, 11, 2))
    '2 Nov 2026'
    """
    return f"{given.day} {given:%b %Y}" if given is not None and given.year < 9999 else ""


@register.filter
def when(given: When) -> str:
    """A date as people write it, as far as it is known.

    >>> when(When.from_text("2026-11-02")), when(When.from_text("2026"))
    ('2 Nov 2026', '2026')
    """
    return (
        day(given.first) if given.is_exact else f"{given.first:%b %Y}" if given.first.month == given.last.month else str(given)
    )


@register.filter
def away(given: date, today: date) -> str:
    """How far a day lies from today.

    >>> away(date(2026, 11, 24), date(2026, 11, 21)), away(date(2026, 11, 20), date(2026, 11, 21))
    ('in 3 days', 'yesterday')
    """
    days = (given - today).days
    if abs(days) <= 1:
        return {0: "today", 1: "tomorrow", -1: "yesterday"}[days]
    count, unit = (abs(days), "days") if abs(days) < 21 else (round(abs(days) / 7), "weeks")
    if abs(days) > 120:
        count, unit = round(abs(days) / 30.4), "months"
    return f"in {count} {unit}" if days > 0 else f"{count} {unit} ago"


@register.filter
def signed(given: float) -> str:
    """A change with its sign, cut and not rounded, so that 29.97 never reads as the 30 that it is not.

    >>> signed(-29.97), signed(12.5), signed(0)
    ('−29.9', '+12.5', '0')
    """
    tenths = int(given * 10)
    return f"{tenths / 10:+g}".replace("-", "−") if tenths else "0"


@register.filter
def money(given: float) -> str:
    """An amount, with thin spaces between thousands.

    >>> money(48250.0), money(12.5)
    ('48\u202f250', '12.50')
    """
    return f"{given:,.2f}".removesuffix(".00").replace(",", "\u202f")


@register.filter
def label(name: str, study: Any) -> str:
    """What people call an activity of a study."""
    return str(study.label(name))


@register.filter
def words(code: str) -> str:
    """A code in words."""
    return str(code).replace("_", " ")


@register.filter
def of(given: Mapping[str, Any], key: str) -> Any:
    """What a mapping has under a key."""
    return given.get(key)


@register.simple_tag
def to(here: Here, screen: str, who: str = "", **arguments: Any) -> str:
    """The address of a screen of this study."""
    return here.to(screen, who, **arguments)


@register.simple_tag
def may(here: Here, action: str) -> bool:
    """Whether this person may do something here."""
    return here.may(action)


@register.simple_tag
def fresh_request() -> SafeString:
    """The hidden field by which a form sent twice is saved once."""
    from ..forms import new_request

    return format_html('<input type="hidden" name="request" value="{}">', new_request())


FEW, MENU, TABS = 2, 7, 9
"""Entries that stand in a row: on a telephone; of the study's menu and of a participant's tabs on a desk. The rest open."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A page that a menu leads to; `place` is where it stands in the menu, from 1."""

    label: str
    address: str
    is_here: bool
    place: int

    @property
    def is_roomy(self) -> bool:
        """Whether it stands in the row on a desk alone: on a telephone it opens."""
        return self.place > FEW


@dataclass(frozen=True, slots=True)
class Strip:
    """A menu in one row: what stands in it, and what opens under More."""

    row: tuple[Entry, ...]
    rest: tuple[Entry, ...]

    @property
    def first(self) -> str:
        """The address that it begins with."""
        return self.row[0].address if self.row else ""

    @property
    def roomy(self) -> tuple[Entry, ...]:
        """What opens on a telephone, and stands in the row on a desk."""
        return tuple(each for each in self.row if each.is_roomy)

    @property
    def beyond(self) -> Entry | None:
        """The page at hand, if it does not stand in the row on a telephone."""
        return next((each for each in (*self.roomy, *self.rest) if each.is_here), None)

    @property
    def is_beyond(self) -> bool:
        """Whether the page at hand does not stand in the row on a desk either."""
        return any(each.is_here for each in self.rest)


def _strip(here: Here, found: Iterable[tuple[str, str]], most: int) -> Strip:
    """Label and screen of each entry, in one row; one alone is not worth opening for."""
    entries = tuple(
        Entry(label, here.to(name), name == here.screen.name, place) for place, (label, name) in enumerate(found, start=1)
    )
    most = len(entries) if len(entries) <= most + 1 else most
    return Strip(entries[:most], entries[most:])


@register.simple_tag
def menu(here: Here) -> Strip:
    """The study's menu, as far as it is open to this person."""
    from ..screens import SCREENS

    may = here.powers.may
    return _strip(
        here, [(each.menu, each.name) for each in SCREENS if each.menu and may(each.action) and each.fits(here.study)], MENU
    )


@register.simple_tag
def tabs(here: Here) -> Strip:
    """A participant's tabs, as far as they are open to this person."""
    from ..screens import SCREENS

    found = [(each.tab, each.name) for each in SCREENS if each.tab and here.may(each.action) and each.fits(here.study)]
    return _strip(here, found, TABS)
