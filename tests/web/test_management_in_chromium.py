"""The screens of data management and audit in a browser: nothing serious for axe, 320 px wide, by keyboard alone."""

from collections.abc import Callable
from typing import Any

import pytest

from bedside import PASSWORD, Site, token
from browser import Person, address, chromium
from equipoise.web.ledger import links

__all__ = ["address", "chromium"]
Open = Callable[[str], Site]
pytestmark = pytest.mark.slow
SCREENS = {
    "monitor": (
        "queries/",
        "sources/",
        "p/P-001/sources/",
        "p/P-001/queries/",
        "p/P-001/queries/?event=labs-1",
        "audit/",
        "audit/1/",
    ),
    "data": ("p/P-001/freeze/", "lock/", "amendments/"),
    "admin": ("access/", "amendments/"),
    "doctor": ("site-copy/", "p/P-001/queries/"),
}


def used(opened: Open) -> Site:
    """A study with somebody about whom something was asked, and verified."""
    site = opened("batch-rfa-crlm")
    who = site.add()
    site.record(
        who, {"id": "labs-1", "on": "2026-11-04", "do": "labs", "items": {"bilirubin": "12 umol/L", "albumin": "40 g/L"}}
    )
    site.record(
        who,
        {"id": "labs-2", "on": "2026-11-05", "corrects": "labs-1", "reason": "misread", "items": {"bilirubin": "21 umol/L"}},
    )
    asked = {"request": token(), "does": "ask", "event": "labs-1", "field": "bilirubin", "says": "Which laboratory?"}
    assert site.client("monitor").post(site.url(f"p/{who}/queries/"), asked).status_code == 302
    return site


@pytest.mark.parametrize("width", [1280, 320])
@pytest.mark.parametrize("name", SCREENS)
def test_screens_are_readable_by_all_and_at_320_pixels(
    opened_on_sqlite: Open, address: str, chromium: Any, name: str, width: int
) -> None:
    site = used(opened_on_sqlite)
    person = Person(chromium, address, site.slug, name, width=width)
    for each in SCREENS[name]:
        person.go(each)
        assert not person.is_too_wide(), each
        assert person.serious() == [], each
        assert person.page.locator("h1").count() == 1, each
    assert person.complaints == []


def tab_to(page: Any, wanted: str, most: int = 80) -> None:
    """Press the tab key until something has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement.matches(s)", wanted):
            return
    raise AssertionError(f"the keyboard does not reach {wanted}")


def test_by_keyboard_alone_a_query_is_answered_a_field_verified_and_the_ledger_checked(
    opened_on_sqlite: Open, address: str, chromium: Any
) -> None:
    site = used(opened_on_sqlite)
    nurse = Person(chromium, address, site.slug, "nurse")
    nurse.go("p/P-001/queries/")
    tab_to(nurse.page, "textarea[name=says]")
    nurse.page.keyboard.type("Our own.")
    tab_to(nurse.page, "button[value=answer]")
    nurse.page.keyboard.press("Enter")
    nurse.page.wait_for_selector("li.answered")
    monitor = Person(chromium, address, site.slug, "monitor")
    monitor.go("p/P-001/sources/")
    tab_to(monitor.page, "input[name=tick]")
    monitor.page.keyboard.press("Space")
    tab_to(monitor.page, "form button")
    monitor.page.keyboard.press("Enter")
    monitor.page.wait_for_selector(".done")
    monitor.go("audit/")
    tab_to(monitor.page, ".verify button")
    monitor.page.keyboard.press("Enter")
    monitor.page.wait_for_selector(".verdict.yes")
    assert [each.kind for each in links(site.slug)][-2:] == ["query-answered", "verified-source"]
    assert nurse.complaints == monitor.complaints == []


def test_by_keyboard_alone_a_study_is_locked(opened_on_sqlite: Open, address: str, chromium: Any) -> None:
    site = opened_on_sqlite("batch-rfa-crlm")
    site.add()
    data = Person(chromium, address, site.slug, "data")
    data.go("lock/")
    assert data.serious() == []
    tab_to(data.page, "textarea[name=reason]")
    data.page.keyboard.type("The last follow-up is complete.")
    tab_to(data.page, "input[name=who_you_are]")
    data.page.keyboard.type(PASSWORD)
    data.page.keyboard.press("Enter")
    data.page.wait_for_selector("h1:has-text('Locked')")
    assert data.serious() == []
