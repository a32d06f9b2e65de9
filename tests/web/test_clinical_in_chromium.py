"""The clinical screens at a browser: wide and narrow, for everybody, by keyboard alone."""

import json
from typing import Any

import pytest

from bedside import PASSWORD, Site
from browser import Person, address, chromium
from equipoise import shipped

__all__ = ["address", "chromium"]
pytestmark = pytest.mark.slow

PAGES = {
    "batch-rfa-crlm": ("three_sessions", ("lesions/", "session/", "adverse-events/", "adverse-events/new/adverse_event/", "measurements/")),
    "pdac-oligo-ablation": ("complications", ("lesions/", "adverse-events/", "questionnaires/", "costs/",
                                             "questionnaires/satisfaction_questionnaire/")),
    "synchronous-surgery-indications": ("response-then-surgery", ("board/", "specimens/", "adverse-events/new/complication/")),
    "liver-surgery-linkoping": ("waiting_for_the_board", ("board/", "session/")),
}  # fmt: skip


def put(site: Site, person: str, who: str = "P-001") -> str:
    """An invented person of the study, as a participant."""
    from equipoise.web.staff.studies import opened

    site.add(who, site=next(iter(opened(site.slug).protocol.sites)))
    lines = (shipped() / site.slug / "people" / f"{person}.jsonl").read_text(encoding="utf-8").splitlines()
    for number, line in enumerate((each for each in lines if each.startswith("{")), start=1):
        told = {
            key: value for key, value in json.loads(line).items() if key not in ("by", "role", "participant", "site", "entered")
        }
        site.record(who, {"id": str(number), **told})
    return who


@pytest.mark.parametrize("slug", PAGES)
def test_every_clinical_screen_is_open_to_everybody_and_fits_a_telephone(
    opened_on_sqlite: Any, address: str, chromium: Any, slug: str
) -> None:
    site: Site = opened_on_sqlite(slug)
    person, pages = PAGES[slug]
    who = put(site, person)
    nurse = Person(chromium, address, site.slug, "nurse")
    for each in pages:
        nurse.go(f"p/{who}/{each}")
        for width in (1280, 320):
            nurse.page.set_viewport_size({"width": width, "height": 900})
            assert nurse.serious() == [], (each, width)
            assert not nurse.is_too_wide(), (each, width)
    assert nurse.complaints == []


def reach(person: Person, name: str) -> None:
    """Press the tabulator until a field has the focus."""
    for _ in range(120):
        person.page.keyboard.press("Tab")
        if person.page.evaluate("document.activeElement.name || document.activeElement.textContent.trim()") == name:
            return
    raise AssertionError(f"{name} cannot be reached by keyboard")


def test_the_board_decides_by_keyboard_alone(opened_on_sqlite: Any, address: str, chromium: Any) -> None:
    site: Site = opened_on_sqlite("liver-surgery-linkoping")
    who = put(site, "waiting_for_the_board")
    board = Person(chromium, address, site.slug, "board")
    board.go(f"p/{who}/board/")
    keys = board.page.keyboard
    reach(board, "option")
    keys.press("Space")
    reach(board, "members")
    keys.type("4")
    reach(board, "who_you_are")
    keys.type(PASSWORD)
    keys.press("Enter")
    board.page.wait_for_url(lambda url: url.endswith(f"/p/{who}/"))
    assert "Decided: resect. It is signed." in board.text
    assert "Liver resection" in board.text


def test_what_the_protocol_says_changes_with_what_is_chosen(opened_on_sqlite: Any, address: str, chromium: Any) -> None:
    site: Site = opened_on_sqlite("batch-rfa-crlm")
    who = put(site, "one_lesion_left")
    nurse = Person(chromium, address, site.slug, "nurse")
    nurse.go(f"p/{who}/session/")
    first = nurse.page.locator('input[name="rfa_session.lesions_ablated"]').first
    first.focus()
    nurse.page.keyboard.press("Space")
    nurse.page.wait_for_selector('#checks :text("Lesions ablated: 1 (L5)")')
    nurse.page.wait_for_selector("#checks li.not-met:has-text('between 2 and 6')")
    assert nurse.complaints == []
