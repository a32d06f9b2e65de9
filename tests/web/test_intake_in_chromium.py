"""The pages that bring things in, and the patients' pages, in Chromium: wide and narrow, by keyboard, with axe; nothing inline, nothing from elsewhere."""

import re
from pathlib import Path
from typing import Any

import pytest

from bedside import Site
from browser import Person, address, chromium
from outside import ANSWERS, WIDE, Patients, link, patients, sent
from unfolding import unfolding

__all__ = ["address", "chromium", "patients"]

SLUG = "pdac-oligo-ablation"


@pytest.fixture
def database(sqlite: Any) -> Any:
    """SQLite alone: pages look alike on both."""
    return sqlite


@pytest.fixture
def site(opened_on_sqlite: Any) -> Site:
    """The study, with one participant."""
    made: Site = opened_on_sqlite(SLUG)
    made.add("P-001")
    return made


class Patient:
    """Somebody at the patients' pages."""

    def __init__(self, chromium: Any, *, width: int, script: bool = True) -> None:
        self.context = chromium.new_context(viewport={"width": width, "height": 800}, java_script_enabled=script)
        self.page = self.context.new_page()
        self.page.set_default_timeout(15_000)
        self.complaints: list[str] = []
        self.page.on("console", lambda told: self.complaints.append(told.text) if told.type in ("error", "warning") else None)
        self.hosts: set[str] = set()
        self.page.on("request", lambda asked: self.hosts.add(re.sub(r"^\w+://([^/:]+).*", r"\1", asked.url)))

    serious = Person.serious
    is_too_wide = Person.is_too_wide

    def click(self, what: str) -> None:
        """Click; waits for the page that it leads to."""
        self.page.click(what)
        self.page.wait_for_load_state()

    def small(self) -> list[str]:
        """What is touched and is smaller than a finger: 44 pixels."""
        found = self.page.evaluate(
            """() => [...document.querySelectorAll("button, .button, label.pick, input:not([type=hidden]):not([type=radio]):not([type=checkbox]), textarea")]
            .filter((each) => !each.closest(".nobody")).map((each) => [each.outerHTML.slice(0, 80), each.getBoundingClientRect()])
            .filter(([_, box]) => box.height < 44 || box.width < 44).map(([told]) => told)"""
        )
        return list(found)


@pytest.fixture
def pages(site: Site, patients: Patients) -> Patients:
    """The patients' side with the study's page."""
    from equipoise.web.intake.pull import publish

    publish(SLUG)
    return patients


@pytest.mark.parametrize("width", [1280, 320])
def test_a_patient_reads_asks_and_answers(site: Site, pages: Patients, chromium: Any, width: int) -> None:
    person = Patient(chromium, width=width)

    def fine(where: str) -> None:
        assert not person.serious(), (where, person.serious())
        assert not person.is_too_wide(), where
        assert not person.small(), (where, person.small())

    person.page.goto(pages.address)
    fine("page")
    person.click("text=Ask to be contacted")
    fine("contact")
    person.click("button.main")
    fine("what the form lacks")
    person.page.fill("#name", "Maria")
    person.page.fill("#reach", "0170")
    person.page.check('input[name="may"]')
    person.click("button.main")
    person.page.wait_for_selector("text=Thank you")
    fine("thanks")
    person.page.goto(link(site))
    fine("link")
    person.click("button.main")
    fine("questions")
    for name, value in ANSWERS.items():
        with person.page.expect_response(lambda answer: answer.url.endswith("/answers/save/")):
            person.page.locator(f'label.pick:has(input[name="{name}"][value="{value}"])').click()
    person.page.wait_for_selector("text=Saved.")
    person.page.reload()
    assert person.page.locator("input:checked").count() == len(ANSWERS)
    person.click("text=Send my answers")
    person.page.wait_for_selector("text=Thank you")
    fine("sent")
    assert person.hosts == {"localhost"}
    assert [each for each in person.complaints if "422" not in each] == []


def test_a_patient_answers_by_keyboard_and_without_any_script(site: Site, pages: Patients, chromium: Any) -> None:
    person = Patient(chromium, width=320, script=False)
    person.page.goto(link(site))
    for _ in range(6):
        person.page.keyboard.press("Tab")
        if person.page.locator("button:focus").count():
            break
    person.page.keyboard.press("Enter")
    person.page.wait_for_url("**/answers/")
    for _ in ANSWERS:
        person.page.keyboard.press("Tab")
        person.page.keyboard.press("Space")
    person.page.keyboard.press("Tab")
    person.page.keyboard.press("Tab")
    person.page.keyboard.press("Enter")
    person.page.wait_for_selector("text=Saved.")
    assert person.page.locator("input:checked").count() == len(ANSWERS)
    person.click("text=Send my answers")
    person.page.wait_for_selector("text=Thank you")


@pytest.mark.parametrize("script", [True, False])
def test_a_patients_questions_unfold(site: Site, patients: Patients, chromium: Any, tmp_path: Path, script: bool) -> None:
    from equipoise.web.intake.pull import pull
    from equipoise.web.ledger import links
    from equipoise.web.staff.here import today

    site.slug = unfolding(tmp_path)
    site.add("P-001")
    person = Patient(chromium, width=320, script=script)
    page = person.page

    def stand() -> list[str]:
        return [each.inner_text().split("\n")[0] for each in page.locator(".question:visible").all()]

    def pick(name: str, value: str) -> None:
        page.check(f'[name="smoking.{name}"][value="{value}"]', force=True)
        if not script:
            person.click("text=Send my answers")

    page.goto(link(site, activity="smoking"))
    person.click("button.main")
    # "Would you like to stop?" depends on a number: it is always asked.
    assert stand() == ["Do you smoke?", "Would you like to stop?"]
    pick("smokes", "yes")
    assert stand() == ["Do you smoke?", "How many a day?", "Would you like to stop?", "Did you try to stop?"]
    if not script:
        assert "more questions now" in page.inner_text("body")
    page.fill('[name="smoking.a_day"]', "20")
    pick("tried", "yes")
    assert stand()[-1] == "How did you try?"
    if script:
        assert not person.serious()
        pick("smokes", "no")
        assert stand() == ["Do you smoke?", "Would you like to stop?"], "and fold again"
        pick("smokes", "yes")
    page.check('[name="smoking.how"][value="helped"]', force=True)
    person.click("text=Send my answers")
    page.wait_for_selector("text=Thank you")
    assert pull(today()).answers == 1
    (event,) = links(site.slug, participant="P-001", kinds=("event",))
    assert event.body["items"] == {"smokes": "yes", "a_day": 20, "tried": "yes", "how": "helped"}


@pytest.mark.parametrize("width", [1280, 320])
def test_the_staffs_pages_are_sound(site: Site, pages: Patients, address: str, chromium: Any, width: int) -> None:
    from equipoise.web.intake.models import KeptRow

    sent(site, WIDE)
    link(site)
    nurse = Person(chromium, address, site.slug, "nurse", width=width)
    row = KeptRow.objects.get(line=6)
    for rest in ("imports/", f"imports/row/{row.id}/", "contacts/", "tokens/", "p/P-001/links/"):
        nurse.go(rest)
        assert not nurse.serious(), (rest, nurse.serious())
        assert not nurse.is_too_wide(), rest
    nurse.go("imports/")
    nurse.page.set_input_files("#table", {"name": "labs.csv", "mimeType": "text/csv", "buffer": WIDE.encode()})
    nurse.click("main button.main")
    assert "What the columns mean" in nurse.text
    assert not nurse.serious() and not nurse.is_too_wide()
    nurse.click("main button.main")
    assert "2 there already" in nurse.text
    assert not nurse.complaints, nurse.complaints
