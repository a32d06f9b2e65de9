"""The screens of data management and audit in a browser: nothing serious for axe, 320 px wide, by keyboard alone."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bedside import PASSWORD, Site, screened, signed, token
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


@pytest.mark.parametrize("name", SCREENS)
def test_screens_are_readable_by_all_and_at_320_pixels(opened_on_sqlite: Open, address: str, chromium: Any, name: str) -> None:
    site = used(opened_on_sqlite)
    person = Person(chromium, address, site.slug, name)
    for each in SCREENS[name]:
        person.go(each)
        assert person.page.locator("h1").count() == 1, each
        for width in (1280, 320):
            person.page.set_viewport_size({"width": width, "height": 900})
            assert not person.is_too_wide(), (each, width)
            assert person.serious() == [], (each, width)
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


@pytest.mark.parametrize("width", [pytest.param(1280, marks=pytest.mark.long), 320])
def test_a_masked_study_is_unblinded_amended_and_locked_in_the_browser(
    opened_on_sqlite: Open,
    vault_on_sqlite: Any,
    address: str,
    chromium: Any,
    width: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import equipoise
    from equipoise.web.serving import _commitments

    text = (equipoise.shipped() / "pdac-oligo-ablation" / "study.yaml").read_text(encoding="utf-8")
    folder = tmp_path / "shipped" / "pdac-oligo-ablation"
    folder.mkdir(parents=True)
    (folder / "study.yaml").write_text(text.replace("masking: none", "masking: double"), encoding="utf-8")
    monkeypatch.setattr(equipoise, "shipped", lambda: folder.parent)
    site = opened_on_sqlite("pdac-oligo-ablation")
    _commitments()
    who = site.add()
    screened(site, who)
    assert signed(site, who).status_code == 302
    told = {"request": token(), "who_you_are": PASSWORD}
    assert site.client("nurse").post(site.url(f"p/{who}/randomise/"), told).status_code == 302
    doctor = Person(chromium, address, site.slug, "doctor", width=width)
    doctor.go(f"p/{who}/unblind/")
    assert doctor.serious() == [] and not doctor.is_too_wide()
    doctor.page.locator("input[name=purpose]").first.check()
    doctor.write({"reason": "Anaphylaxis.", "who_you_are": PASSWORD})
    doctor.click("button.main")
    doctor.page.wait_for_selector("p.arm")
    assert doctor.serious() == [] and not doctor.is_too_wide()
    seen(doctor, f"unblind-{width}")
    admin = Person(chromium, address, site.slug, "admin", width=width)
    admin.go("amendments/")
    admin.click("main summary")
    admin.write({"text": "study: ["})
    admin.click("button.main")
    assert "cannot be read" in admin.text and admin.serious() == [] and not admin.is_too_wide()
    new = (folder / "study.yaml").read_text(encoding="utf-8")
    entry = "\namendments:\n  - {version: 9.0.0, on: 2026-11-01, changes: A shorter title., affects: those who consent again}\n"
    new = re.sub(
        r"^version: .*$",
        "version: 9.0.0",
        re.sub(r"^title: .*$", "title: Ablation", new, count=1, flags=re.M),
        count=1,
        flags=re.M,
    )
    admin.write({"text": new.rstrip() + entry})
    admin.click("button.main")
    admin.page.wait_for_selector("text=Sign and open version 9.0.0")
    assert admin.serious() == [] and not admin.is_too_wide()
    seen(admin, f"amend-{width}")
    admin.write({"who_you_are": PASSWORD})
    admin.click("button.main")
    assert "version 9.0.0 is in force" in admin.text
    data = Person(chromium, address, site.slug, "data", width=width)
    data.go("lock/")
    data.write({"reason": "All is complete.", "who_you_are": PASSWORD})
    data.click("button.main")
    data.page.wait_for_selector("text=All as promised")
    data.click("main summary")
    assert data.serious() == [] and not data.is_too_wide()
    seen(data, f"locked-{width}")
    assert doctor.complaints == data.complaints == []


def seen(person: Person, name: str) -> None:
    """Keep a picture of the page, where EQUIPOISE_PICTURES names a folder."""
    if folder := os.environ.get("EQUIPOISE_PICTURES"):
        person.page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)
