"""A session of ablation: lesions to choose from, limits, distances and requirements as it is being written."""

import json
from datetime import date
from typing import Any

from bedside import Site, token
from equipoise import load, shipped
from equipoise.chart import chart
from equipoise.logic import MET, NOT_MET, UNKNOWN
from equipoise.transcript import read_events
from equipoise.web.staff.session_checks import session_checks

SLUG = "batch-rfa-crlm"


def at(person: str, day: date) -> Any:
    """The study and the chart of an invented participant on a day."""
    study = load(shipped() / SLUG)
    text = (shipped() / SLUG / "people" / f"{person}.jsonl").read_text(encoding="utf-8")
    return study, chart(study, [each for each in read_events(text, study)[0] if each.on.first <= day], until=day)


def checked(person: str, day: date, **items: Any) -> dict[str, Any]:
    study, known = at(person, day)
    body = {"id": "new", "do": "rfa_session", "items": items}
    return {each.says: each.truth for each in session_checks(study, known, body, day)}


def before_first(person: str = "three_sessions") -> date:
    text = (shipped() / SLUG / "people" / f"{person}.jsonl").read_text(encoding="utf-8")
    days = [
        json.loads(line)["on"]
        for line in text.splitlines()
        if line.startswith("{") and json.loads(line).get("do") == "rfa_session"
    ]
    return date.fromisoformat(days[0])


def test_two_to_six_lesions_through_the_skin_under_ultrasound_are_as_promised() -> None:
    study, known = at("three_sessions", date.fromordinal(before_first().toordinal() - 1))
    names = [each.id for each in known.lesions][:3]
    body = {
        "id": "new",
        "do": "rfa_session",
        "items": {"lesions_ablated": names, "access": "percutaneous", "guidance": "ultrasound"},
    }
    found = session_checks(study, known, body, before_first())
    assert {each.truth for each in found} == {MET}, [(each.says, each.because) for each in found if each.truth is not MET]


def test_seven_lesions_are_too_many_and_one_too_few() -> None:
    for count in (1, 7):
        study, known = at("three_sessions", date.fromordinal(before_first().toordinal() - 1))
        body = {"id": "new", "do": "rfa_session", "items": {"lesions_ablated": [each.id for each in known.lesions][:count]}}
        found = {each.says: each.truth for each in session_checks(study, known, body, before_first())}
        assert found["The number of lesions ablated between 2 and 6"] is NOT_MET


def test_a_session_on_the_day_after_a_cycle_is_too_near() -> None:
    _, known = at("three_sessions", date(2100, 1, 1))
    cycle = max(row.on.first for row in known.facts.rows["systemic_cycle"] if row.on.first < before_first())
    found = checked("three_sessions", date.fromordinal(cycle.toordinal() + 1))
    says = next(each for each in found if each.startswith("At least 1 week from"))
    assert found[says] is NOT_MET
    assert checked("three_sessions", date.fromordinal(cycle.toordinal() + 7))[says] is MET


def test_a_fourth_session_is_beyond_the_limit_and_earlier_answers_are_not_taken_for_its_own() -> None:
    _, known = at("three_sessions", date(2100, 1, 1))
    last = max(row.on.first for row in known.facts.rows["rfa_session"])
    found = checked("three_sessions", date.fromordinal(last.toordinal() + 30))
    assert found["At most 3 times"] is NOT_MET
    assert found["Access for ablation is percutaneous"] is UNKNOWN
    assert found["The number of lesions ablated between 2 and 6"] is UNKNOWN


def test_the_page_lists_lesions_and_says_what_is_not_as_promised_while_it_is_written(opened_on_sqlite: Any) -> None:
    site: Site = opened_on_sqlite(SLUG)
    site.add("P-001")
    seen = [{"id": f"L{n}", "organ": "liver", "diameter": f"{10 + n} mm"} for n in range(1, 4)]
    site.record("P-001", {"on": "2026-11-01", "do": "liver_imaging", "items": {"method": "CT"}, "lesions": seen})
    nurse, url = site.client("nurse"), site.url("p/P-001/session/?activity=rfa_session")
    page = nurse.get(url).content.decode()
    assert "<strong>13 mm</strong>, 1 Nov 2026" in page and page.count('name="rfa_session.lesions_ablated"') == 3
    told = {"request": token(), "rfa_session.on": "2026-11-20", "rfa_session.lesions_ablated": ["L1"]}
    checks = nurse.post(f"{url}&check=1", told).content.decode()
    assert "<html" not in checks and "Lesions ablated: 1 (L1)" in checks and "not met" in checks
    asked = nurse.post(url, told)
    assert asked.status_code == 422 and "Save all the same" in asked.content.decode()


def test_the_form_of_any_activity_leads_to_the_session(opened_on_sqlite: Any) -> None:
    site: Site = opened_on_sqlite(SLUG)
    site.add("P-001")
    answer = site.client("nurse").get(site.url("p/P-001/record/rfa_session/"))
    assert answer.status_code == 302 and answer["Location"].endswith("/p/P-001/session/?activity=rfa_session")


def test_who_only_reads_saves_no_session(opened_on_sqlite: Any) -> None:
    site: Site = opened_on_sqlite(SLUG)
    site.add("P-001")
    url = site.url("p/P-001/session/")
    assert site.client("monitor").get(url).status_code == 200
    assert site.client("monitor").post(url, {"request": token(), "rfa_session.on": "2026-11-20"}).status_code == 403
