"""The walk through batch-rfa-crlm at a browser: every form is reached from what the page says is next, or from its list of forms."""

from typing import Any

import pytest

from bedside import PASSWORD, Site
from browser import Person, address, chromium
from t5_walk import Walk, through_the_trial

__all__ = ["address", "chromium"]
pytestmark = pytest.mark.long  # test_walk.py says the same of the pages without a browser


class Browsed(Walk):
    """A walk of a coordinator and an investigator, each at a browser."""

    def __init__(self, site: Site, who: str, monkeypatch: pytest.MonkeyPatch, nurse: Person, doctor: Person) -> None:
        super().__init__(site, who, monkeypatch)
        self.nurse, self.doctor = nurse, doctor

    def add(self) -> None:
        """A new participant, by the button on Today."""
        self.nurse.go()
        self.nurse.click("main a.button:has-text('New participant')")
        self.nurse.write({"participant": self.who})
        self.nurse.click("button.main")

    def fill(self, activity: str, items: dict[str, str]) -> None:
        self.nurse.go(f"p/{self.who}/")
        link = self.nurse.page.locator(f'.next a[href$="/record/{activity}/"]').first
        if not link.is_visible():
            self.nurse.click(".next .else summary")
        link.click()
        self.nurse.page.wait_for_selector(f'[name="{activity}.on"]')
        assert self.nurse.page.input_value(f'[name="{activity}.on"]') == self.day.isoformat(), "the form is of today"
        for key, value in items.items():
            self.answer(f"{activity}.{key}", value)
        self.nurse.click("main form button.main")
        if self.nurse.page.locator("button:has-text('Save all the same')").count():
            self.nurse.click("button:has-text('Save all the same')")
        assert self.nurse.page.url.endswith(f"/p/{self.who}/"), self.nurse.text

    def answer(self, name: str, value: str) -> None:
        """Write, tick or choose, as the field asks."""
        field = self.nurse.page.locator(f'main [name="{name}"]')
        if field.first.get_attribute("readonly") is not None:
            assert field.input_value() == value
        elif field.first.get_attribute("type") in ("radio", "checkbox"):
            for part in value.split(","):
                self.nurse.choose(name, part)
        elif field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)

    def sign(self) -> None:
        self.doctor.go(f"p/{self.who}/")
        self.doctor.click(".next a:has-text('Sign eligibility')")
        self.doctor.write({"who_you_are": PASSWORD})
        self.doctor.click("button.main")

    @property
    def next(self) -> list[tuple[str, str]]:
        self.nurse.go(f"p/{self.who}/")
        found = self.nurse.page.locator(".nexts > li").evaluate_all(
            "all => all.map(each => [each.querySelector('.does').innerText, each.querySelector('.why').innerText])"
        )
        return [(part, why) for does, why in found for part in does.split(" · ")]


def test_the_pages_say_what_is_next_and_why_from_induction_to_the_third_year(
    opened_on_sqlite: Any, address: str, chromium: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    site: Site = opened_on_sqlite("batch-rfa-crlm")
    nurse = Person(chromium, address, site.slug, "nurse")
    doctor = Person(chromium, address, site.slug, "doctor")
    walk = Browsed(site, "T5-001", monkeypatch, nurse, doctor)
    walk.add()
    through_the_trial(walk)
    assert nurse.serious() == []
    assert [each for each in (*nurse.complaints, *doctor.complaints) if "422" not in each] == [], "422 asks once more"
    narrow = Person(chromium, address, site.slug, "nurse", width=320)
    for tab in ("", "lesions/", "session/", "measurements/"):
        narrow.go(f"p/{walk.who}/{tab}")
        assert not narrow.is_too_wide(), tab
