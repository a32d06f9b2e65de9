"""At a browser: from new participant to randomised in twelve clicks, screens that everybody can use, drafts that survive."""

from typing import Any

import pytest

from bedside import PASSWORD, Site
from browser import Person, address, chromium

__all__ = ["address", "chromium"]
pytestmark = pytest.mark.slow


def added(nurse: Person) -> str:
    """A new participant, by the button on Today."""
    nurse.go()
    nurse.click("text=New participant >> nth=-1")
    nurse.write({"name": "Nobody At All", "born_on": "1961-05-23"})
    who = nurse.page.input_value("#participant")
    nurse.click("button.main")
    return str(who)


def test_from_new_participant_to_randomised_takes_at_most_twelve_clicks(
    opened_on_sqlite: Any, vault_on_sqlite: Any, address: str, chromium: Any
) -> None:
    site: Site = opened_on_sqlite("pdac-oligo-ablation")
    nurse = Person(chromium, address, site.slug, "nurse")
    doctor = Person(chromium, address, site.slug, "doctor")
    who = added(nurse)
    assert nurse.serious() == []
    nurse.choose("screening.pancreas_resected", "yes")
    nurse.choose("screening.histology", "PDAC")
    nurse.choose("liver_imaging.lesion.0.organ", "liver")
    nurse.write({"screening.pancreas_resected_on": "2026-01-15", "liver_imaging.lesion.0.diameter": "14"})
    nurse.click("button.main")
    assert "Eligible" in nurse.text
    doctor.go()
    doctor.click(f"text={who}")
    doctor.click("text=Sign eligibility")
    assert doctor.serious() == []
    doctor.write({"who_you_are": PASSWORD})
    doctor.click("button.main")
    assert "One arm is drawn" in doctor.text
    nurse.go(f"p/{who}/")
    assert "Randomise" in nurse.text
    nurse.click(".nexts a")
    assert nurse.serious() == []
    nurse.write({"who_you_are": PASSWORD})
    nurse.click("button.main")
    assert "Receipt" in nurse.text
    assert nurse.serious() == []
    assert nurse.clicks + doctor.clicks <= 12, (nurse.clicks, doctor.clicks)
    assert nurse.complaints == doctor.complaints == []


def test_assigned_arms_take_as_few(opened_on_sqlite: Any, address: str, chromium: Any) -> None:
    site: Site = opened_on_sqlite("batch-rfa-crlm")
    nurse = Person(chromium, address, site.slug, "nurse")
    doctor = Person(chromium, address, site.slug, "doctor")
    who = added(nurse)
    nurse.choose("screening.histology", "colorectal_adenocarcinoma")
    nurse.choose("screening.liver_operated", "yes")
    nurse.choose("screening.re_resection", "unsuitable")
    nurse.write({"screening.age": "61", "screening.liver_operated_on": "2025-05-05"})
    for row, size in enumerate(("14", "21")):
        nurse.choose(f"liver_imaging.lesion.{row}.organ", "liver")
        nurse.write({f"liver_imaging.lesion.{row}.diameter": size})
    nurse.click("button.main")
    assert "Eligible" in nurse.text, nurse.text
    doctor.go(f"p/{who}/sign-eligibility/")
    doctor.write({"who_you_are": PASSWORD})
    doctor.click("button.main")
    assert "Assign to an arm" in doctor.text
    doctor.click(".nexts a")
    doctor.choose("assignment.arm", "batch_rfa")
    doctor.click("button.main")
    assert "Cycle of systemic therapy" in doctor.text and "First systemic therapy" in doctor.text
    assert nurse.clicks + doctor.clicks <= 12, (nurse.clicks, doctor.clicks)


PAGES = {
    "nurse": ("", "participants/", "participants/new/", "p/{who}/", "p/{who}/screening/", "p/{who}/record/liver_imaging/",
              "p/{who}/record/labs/", "p/{who}/record/adverse_event/", "p/{who}/identity/", "p/{who}/event/1/correct/"),
    "doctor": ("p/{who}/sign-eligibility/",),
    "admin": ("people/",),
}  # fmt: skip


def test_axe_finds_nothing_serious_and_pages_fit_a_telephone(opened_on_sqlite: Any, address: str, chromium: Any) -> None:
    site: Site = opened_on_sqlite("batch-rfa-crlm")
    who = peopled(site)
    for name, pages in PAGES.items():
        person = Person(chromium, address, site.slug, name)
        for each in pages:
            person.go(each.format(who=who))
            for width in (1280, 320):
                person.page.set_viewport_size({"width": width, "height": 900})
                assert person.serious() == [], (each, width)
                assert not person.is_too_wide(), (each, width)
        assert person.complaints == []


def test_what_was_written_survives_a_lost_connection(opened_on_sqlite: Any, address: str, chromium: Any) -> None:
    site: Site = opened_on_sqlite("batch-rfa-crlm")
    who = peopled(site)
    nurse = Person(chromium, address, site.slug, "nurse")
    nurse.go(f"p/{who}/record/labs/")
    nurse.context.set_offline(True)
    nurse.write({"labs.platelets": "171", "labs.inr": "1.1"})
    nurse.page.locator('[name="labs.inr"]').blur()
    nurse.page.wait_for_selector('.draft-state:has-text("No connection")')
    nurse.context.set_offline(False)
    nurse.go(f"p/{who}/record/labs/")
    assert nurse.page.input_value('[name="labs.platelets"]') == "171"
    assert "not saved yet" in nurse.text
    nurse.click("button.main")
    if "Save all the same" in nurse.text:
        nurse.click("button.main")
    assert "171" in nurse.text
    nurse.go(f"p/{who}/record/labs/")
    assert nurse.page.input_value('[name="labs.platelets"]') == ""


def test_a_question_that_depends_on_another_comes_and_goes(opened_on_sqlite: Any, address: str, chromium: Any) -> None:
    site: Site = opened_on_sqlite("batch-rfa-crlm")
    who = site.add("Q-001")
    nurse = Person(chromium, address, site.slug, "nurse")
    day = nurse.page.locator('[data-field="screening.liver_operated_on"]')
    for page in ("record/screening/", "screening/"):
        nurse.go(f"p/{who}/{page}")
        assert not day.is_visible(), "it waits for the other's answer"
        for answer, state in (("yes", "visible"), ("no", "hidden"), ("yes", "visible"), ("", "hidden")):
            nurse.choose("screening.liver_operated", answer)
            day.wait_for(state=state)
    nurse.choose("screening.liver_operated", "yes")
    day.wait_for(state="visible")
    nurse.write({"screening.liver_operated_on": "2025-05-05"})
    nurse.click("button.main")
    nurse.go(f"p/{who}/")
    nurse.click(".events > li:has-text('Liver metastases were operated on') >> a:has-text('Correct')")
    assert day.is_visible()
    nurse.choose("screening.liver_operated", "no")
    day.wait_for(state="hidden")


def peopled(site: Site) -> str:
    """The invented participant with three sessions, moved to today."""
    from datetime import UTC, datetime

    from equipoise import shipped
    from equipoise.web import demonstration

    demonstration.people(site.slug, shipped() / site.slug / "people", datetime.now(UTC).date())
    return "three-sessions"
