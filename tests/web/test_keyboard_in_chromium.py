"""Without a mouse: Tab, Enter, Space, arrows within a choice, and typing. And the menu, which has one row."""

import re
from typing import Any

import pytest

from bedside import PASSWORD, Site
from browser import Person, address, chromium

__all__ = ["address", "chromium"]
pytestmark = pytest.mark.slow


class Keys:
    """Somebody whose mouse is broken: nothing here clicks, and no field is filled but by typing into it."""

    def __init__(self, chromium: Any, address: str, name: str) -> None:
        self.page = chromium.new_context(viewport={"width": 1280, "height": 900}).new_page()
        self.page.set_default_timeout(15_000)
        self.page.goto(f"{address}/sign-in/")
        self.type("#id_login", name)
        self.type("#id_password", PASSWORD)
        self.press("Enter")
        self.page.wait_for_url(lambda url: "/sign-in/" not in url)

    def press(self, key: str) -> None:
        """One key."""
        self.page.keyboard.press(key)

    def to(self, what: str) -> None:
        """Tab until the focus is there; it has to be seen that it is."""
        for _ in range(150):
            if self.page.locator(what).locator("visible=true").and_(self.page.locator(":focus")).count():
                return
            self.press("Tab")
        raise AssertionError(f"{what} is not reached by tabs")

    def type(self, field: str, text: str) -> None:
        """Type into a field."""
        self.to(field)
        self.page.keyboard.type(text)

    def tick(self, field: str, value: str) -> None:
        """A radio button: Tab to its group, Space, and arrows as far as it takes."""
        self.to(f'input[name="{field}"]')
        self.press("Space")
        for _ in range(12):
            if self.page.locator(f'input[name="{field}"][value="{value}"]:checked').count():
                return
            self.press("ArrowDown")
        raise AssertionError(f"{value} of {field} is not reached by arrows")

    def follow(self, what: str) -> None:
        """Go to a link or a button, and through it."""
        self.to(what)
        with self.page.expect_navigation():
            self.press("Enter")

    @property
    def text(self) -> str:
        """What stands on the page."""
        return str(self.page.inner_text("body"))


def test_a_keyboard_alone_suffices_from_new_participant_to_randomised(
    opened_on_sqlite: Any, vault_on_sqlite: Any, address: str, chromium: Any
) -> None:
    opened_on_sqlite("pdac-oligo-ablation")
    nurse = Keys(chromium, address, "nurse")
    nurse.press("Tab")
    assert nurse.page.locator(".skip:focus").count() == 1, "the first tab offers to skip to the content"
    nurse.press("Enter")
    nurse.follow("main a.button")
    who = nurse.page.input_value("#participant")
    nurse.type("#name", "Nobody At All")
    nurse.follow("button.main")
    nurse.tick("screening.histology", "PDAC")
    nurse.tick("screening.pancreas_resected", "yes")
    nurse.page.wait_for_selector('[name="screening.pancreas_resected_on"]', state="visible")
    nurse.type('[name="screening.pancreas_resected_on"]', "2026-01-15")
    nurse.type('[name="liver_imaging.lesion.0.organ"]', "liver")  # a list goes to what is typed
    nurse.type('[name="liver_imaging.lesion.0.diameter"]', "14")
    nurse.follow("button.main")
    assert "Eligible" in nurse.text, nurse.text
    doctor = Keys(chromium, address, "doctor")
    doctor.follow(f"main a:text-is('{who}')")
    doctor.follow("main a:has-text('Sign eligibility')")
    doctor.type("#who_you_are", PASSWORD)
    doctor.follow("button.main")
    nurse.follow(".tabs a:text-is('Timeline')")
    nurse.follow(".nexts a:text-is('Randomise')")
    nurse.type("#who_you_are", PASSWORD)
    nurse.follow("button.main")
    assert "Receipt" in nurse.text and who in nurse.text


def _rows(person: Person, where: str) -> int:
    """In how many rows the entries of a menu stand."""
    tops = person.page.locator(f"{where} > ul > li:visible, {where} summary:visible").evaluate_all(
        "all => all.map(each => Math.round(each.getBoundingClientRect().top / 8))"
    )
    return len(set(tops))


def test_a_menu_has_one_row(opened_on_sqlite: Any, address: str, chromium: Any) -> None:
    site: Site = opened_on_sqlite("batch-rfa-crlm")
    site.add("P-001")
    for name in ("nurse", "doctor", "monitor", "data", "admin"):
        person = Person(chromium, address, site.slug, name)
        for width in (1280, 320):
            person.page.set_viewport_size({"width": width, "height": 900})
            for rest in ("study/", *(() if name == "admin" else ("p/P-001/",))):
                person.go(rest)
                for where in (".menu", *((".tabs",) if rest != "study/" else ())):
                    assert _rows(person, where) == 1, (name, width, rest, where)
                assert not person.is_too_wide(), (name, width, rest)


def test_what_has_no_room_opens_by_keyboard_and_closes_again(opened_on_sqlite: Any, address: str, chromium: Any) -> None:
    site: Site = opened_on_sqlite("batch-rfa-crlm")
    doctor = Person(chromium, address, site.slug, "doctor")
    page = doctor.page
    doctor.go()
    amendments = page.locator(".menu a:text-is('Amendments')")
    assert not amendments.is_visible()
    page.focus(".menu summary")
    page.keyboard.press("Enter")
    assert amendments.is_visible() and doctor.serious() == []
    page.keyboard.press("Escape")
    assert not amendments.is_visible() and page.locator(".menu summary:focus").count() == 1
    page.keyboard.press("Space")
    amendments.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/amendments/")
    assert re.fullmatch("More: Amendments", page.inner_text(".menu summary")), "it says where one is"


@pytest.mark.parametrize("width", [1280, 320])
def test_every_page_of_the_menu_is_reached_without_script(
    opened_on_sqlite: Any, address: str, chromium: Any, width: int
) -> None:
    site: Site = opened_on_sqlite("batch-rfa-crlm")
    doctor = Person(chromium, address, site.slug, "doctor", width=width, scripts=False)
    doctor.go()
    doctor.click(".menu summary")
    labels = [each.inner_text() for each in doctor.page.locator(".menu a:visible").all()]
    assert {"Today", "Queries", "Amendments", "Imports", "Tokens"} <= set(labels) and len(labels) == len(set(labels)), labels
    doctor.click(".menu .more a:text-is('Amendments')")
    assert doctor.page.url.endswith("/amendments/")
