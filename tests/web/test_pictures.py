"""Screens that draw: the study, the flow of participants, measurements over time; and the calendar of windows."""

from datetime import date

import pytest

from equipoise.reports.course_picture import Course, course_picture

SLUG = "batch-rfa-crlm"


@pytest.fixture
def bedside_with_people(opened_on_sqlite):
    site = opened_on_sqlite(SLUG)
    site.add("P-001")
    site.add("P-002")
    site.record("P-001", {"on": "2026-01-05", "do": "enrolment"})
    site.record("P-001", {"on": "2026-01-06", "do": "assignment", "items": {"arm": "control"}})
    site.record(
        "P-001", {"on": "2026-01-07", "do": "labs", "items": {"cea": "120 ug/L", "alt": {"value": "30 U/L", "uln": "40"}}}
    )
    site.record(
        "P-001", {"on": "2026-02-07", "do": "labs", "items": {"cea": "1.5 ug/L", "alt": {"value": "35 U/L", "uln": "40"}}}
    )
    site.record("P-001", {"on": "2026-03-01", "do": "death", "items": {"cause": "disease"}})
    return site


def test_the_study_is_shown_with_its_pathway_and_criteria(bedside_with_people):
    page = bedside_with_people.client("nurse").get(bedside_with_people.url("study/"))
    said = page.content.decode()
    assert page.status_code == 200
    assert "<svg" in said
    assert "multifocal" in said.lower()
    assert ' style="' not in said


def test_before_lock_the_flow_tells_no_arm_from_another(bedside_with_people):
    said = bedside_with_people.client("doctor").get(bedside_with_people.url("flow/")).content.decode()
    assert "Screened: 2" in said
    assert "Enrolled: 1" in said
    assert "died: 1" in said
    for arm in ("Systemic therapy with batch RFA", "Systemic therapy alone", "control", "batch_rfa"):
        assert arm not in said
    assert "analysed" not in said


def test_what_was_measured_twice_is_drawn_with_its_values(bedside_with_people):
    said = bedside_with_people.client("nurse").get(bedside_with_people.url("p/P-001/measurements/")).content.decode()
    assert said.index("Carcinoembryonic antigen") < said.index("Alanine aminotransferase")
    assert "120" in said
    assert "upper limit 40" in said


def test_the_calendar_holds_what_is_owed_and_never_the_arm(bedside_with_people):
    site = bedside_with_people
    site.add("P-003")
    site.record("P-003", {"on": "2026-11-01", "do": "enrolment"})
    site.record("P-003", {"on": "2026-11-02", "do": "assignment", "items": {"arm": "batch_rfa"}})
    answer = site.client("nurse").get(site.url("p/P-003/calendar.ics"))
    assert answer["Content-Type"].startswith("text/calendar")
    assert b"BEGIN:VEVENT" in answer.content
    assert b"batch" not in answer.content.replace(b"batch-rfa-crlm", b"")


def test_a_course_of_powers_of_ten_has_ticks_that_are_powers_of_ten():
    days = (date(2026, 1, 1), 2.0), (date(2026, 2, 1), 900.0)
    drawn = course_picture(Course("CEA", "ug/L", days))
    for tick in (">1<", ">10<", ">100<", ">1000<"):
        assert tick in drawn


def test_a_course_that_never_moves_is_drawn_all_the_same():
    drawn = course_picture(Course("INR", "", ((date(2026, 1, 1), 0.0), (date(2026, 1, 2), 0.0))))
    assert drawn.startswith("<svg")
    assert "nan" not in drawn
