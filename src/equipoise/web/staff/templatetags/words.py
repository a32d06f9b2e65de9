"""What templates say: dates, addresses, menus."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ....calendar import When
from ..here import Here

register = template.Library()


@register.filter
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


@register.simple_tag
def menu(here: Here) -> list[dict[str, Any]]:
    """The study's menu, as far as it is open to this person."""
    from ..screens import SCREENS

    return [
        {"label": each.menu, "address": here.to(each.name), "is_here": each.name == here.screen.name}
        for each in SCREENS
        if each.menu and here.powers.may(each.action) and each.fits(here.study)
    ]


@register.simple_tag
def tabs(here: Here) -> list[dict[str, Any]]:
    """A participant's tabs, as far as they are open to this person."""
    from ..screens import SCREENS

    return [
        {"label": each.tab, "address": here.to(each.name), "is_here": each.name == here.screen.name}
        for each in SCREENS
        if each.tab and here.may(each.action) and each.fits(here.study)
    ]
