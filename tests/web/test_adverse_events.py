"""Adverse events: graded in the words of CTCAE and Clavien-Dindo, and a clock for what is serious."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bedside import Site, token
from equipoise.web.staff.harms import Clock, asks_serious

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def clocked(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    """The screen's clock stands at a moment."""
    from equipoise.web.staff.screens import adverse_events

    monkeypatch.setattr(adverse_events, "now", lambda: moment)


def told(**more: str) -> dict[str, str]:
    """A form as somebody fills it in."""
    return {
        "request": token(), "adverse_event.on": "2026-11-19", "adverse_event.term": "hepatic_infection", "adverse_event.grade": "3",
        "adverse_event.serious": "yes", "adverse_event.related_to": "rfa_session", **more,
    }  # fmt: skip


def test_a_clock_runs_out_after_a_day_and_to_the_minute() -> None:
    clock = Clock(NOON, learnt=True)
    assert clock.left(NOON) == "24 h 0 min left" and clock.state(NOON) == "running"
    assert clock.state(NOON + timedelta(hours=18)) == "pressing"
    assert clock.state(NOON + timedelta(hours=24)) == "pressing"
    late = NOON + timedelta(hours=25, minutes=30)
    assert clock.state(late) == "overdue" and clock.left(late) == "1 h 30 min over"
    assert Clock(NOON, True, NOON + timedelta(hours=24)).state(late) == "reported in time"
    assert Clock(NOON, True, NOON + timedelta(hours=24, minutes=1)).state(late) == "reported late"


def test_severe_is_not_serious_and_death_always_is() -> None:
    assert not asks_serious(3, None) and not asks_serious(4, False) and not asks_serious(5, True)
    assert asks_serious(4, None) and asks_serious(5, False) and asks_serious(5, None)


@pytest.fixture
def site(opened_on_sqlite: Any) -> Site:
    found: Site = opened_on_sqlite("batch-rfa-crlm")
    found.add("P-001")
    found.record("P-001", {"on": "2026-10-01", "do": "consent"})
    return found


FORM, LIST = "p/P-001/adverse-events/new/adverse_event/", "p/P-001/adverse-events/"


def saved(site: Site, told: dict[str, str]) -> Any:
    """Saved, if need be against what the protocol expects."""
    import re

    nurse = site.client("nurse")
    answer = nurse.post(site.url(FORM), told)
    seen = re.search(r'name="seen" value="([^"]+)"', answer.content.decode())
    return nurse.post(site.url(FORM), {**told, "seen": seen[1]}) if seen else answer


def test_the_form_says_what_each_grade_means(site: Site) -> None:
    page = site.client("nurse").get(site.url(FORM)).content.decode()
    assert "<strong>4</strong> Threatens life, must be treated at once" in page and "<strong>0</strong>" not in page
    assert "Hepatic infection" in page
    assert site.client("nurse").get(site.url("p/P-001/record/adverse_event/"))["Location"].endswith(FORM)


def test_a_serious_event_shows_the_hours_that_are_left_from_when_the_site_learnt_of_it(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    clocked(monkeypatch, NOON)
    assert saved(site, told(learnt="2026-11-20T02:00+00:00")).status_code == 302
    page = site.client("nurse").get(site.url(LIST)).content.decode()
    assert "14 h 0 min left" in page and "The site learnt of it" in page
    clocked(monkeypatch, NOON + timedelta(hours=20))
    assert "6 h 0 min over" in site.client("monitor").get(site.url(LIST)).content.decode()


def test_nobody_learns_of_an_event_before_it_began(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    clocked(monkeypatch, NOON)
    for began, learnt, status in (
        ("2026-11-19", "2026-11-18T23:59+00:00", 422),
        ("2026-11-19", "2026-11-19T00:00+00:00", 302),
        ("2026-11", "2026-10-31T12:00+00:00", 422),
        ("2026-11", "2026-11-02T12:00+00:00", 302),
    ):
        answer = saved(site, {**told(learnt=learnt), "adverse_event.on": began})
        assert answer.status_code == status, (began, learnt)
        assert ("before it began" in answer.content.decode()) is (status == 422)


def test_without_that_moment_the_clock_runs_from_the_record(site: Site) -> None:
    from equipoise.web.ledger import head

    assert saved(site, told()).status_code == 302
    page = site.client("nurse").get(site.url(LIST)).content.decode()
    assert "On record as serious since" in page and head(site.slug).at is not None
    assert "23 h 59 min left" in page or "24 h 0 min left" in page


def test_made_serious_by_a_correction_the_clock_runs_from_that(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.record(
        "P-001",
        {"id": "e1", "on": "2026-11-01", "do": "adverse_event", "items": {"term": "fever", "grade": 2, "serious": "no"}},
    )
    assert "Serious: to be reported" not in site.client("nurse").get(site.url(LIST)).content.decode()
    correction = {"on": "2026-11-02", "corrects": "e1", "items": {"serious": "yes"}, "reason": "taken to hospital"}
    site.record("P-001", correction)
    assert "Serious: to be reported within 24 hours" in site.client("nurse").get(site.url(LIST)).content.decode()


def test_a_report_stops_the_clock_and_says_whether_it_came_in_time(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    clocked(monkeypatch, NOON)
    assert saved(site, told(learnt="2026-11-20T02:00+00:00")).status_code == 302
    from equipoise.web.ledger import links

    event = next(each.body["id"] for each in links(site.slug, kinds=("event",)) if each.body.get("do") == "adverse_event")
    report = {
        "request": token(),
        "event": event,
        "to": "sponsor's safety desk",
        "at": "2026-11-20T11:00+00:00",
        "reference": "S-7",
    }
    nurse = site.client("nurse")
    assert nurse.post(site.url(LIST), {**report, "at": "2026-11-21T11:00+00:00"}).status_code == 422, "it has not come yet"
    assert nurse.post(site.url(LIST), {**report, "request": token()}).status_code == 302
    page = nurse.get(site.url(LIST)).content.decode()
    assert "reported in time" in page and "S-7" in page and "left</strong>" not in page
    assert nurse.post(site.url(LIST), {**report, "request": token()}).status_code == 422, "once"
    assert site.client("monitor").post(site.url(LIST), {**report, "request": token()}).status_code == 403


def test_death_that_is_not_called_serious_is_refused(site: Site) -> None:
    for grade, serious in (("5", "no"), ("4", "")):
        answer = saved(site, told(**{"adverse_event.grade": grade, "adverse_event.serious": serious}))
        assert answer.status_code == 422 and "say whether it was serious" in answer.content.decode()


def test_complications_are_graded_by_clavien_and_dindo(opened_on_sqlite: Any) -> None:
    from equipoise.web.staff.studies import opened

    site: Site = opened_on_sqlite("synchronous-surgery-indications")
    site.add("P-001", site=next(iter(opened(site.slug).protocol.sites)))
    page = site.client("nurse").get(site.url("p/P-001/adverse-events/new/complication/")).content.decode()
    assert "Needs an intervention under general anaesthesia" in page
    site.record(
        "P-001", {"on": "2026-11-01", "do": "complication", "items": {"complication_term": "bleeding", "clavien_dindo": "IIIb"}}
    )
    page = site.client("nurse").get(site.url(LIST)).content.decode()
    assert "Clavien-Dindo IIIb" in page and "bleeding" in page


def test_the_list_of_a_study_says_what_waits_and_is_made_again_from_the_ledger_alone(
    opened: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from equipoise.web.ledger import links, rebuild
    from equipoise.web.staff.models import SeriousEvent

    site: Site = opened("batch-rfa-crlm")
    for who in ("P-001", "P-002"):
        site.add(who)
        site.record(
            who,
            {
                "id": f"{who}-e",
                "on": "2026-11-01",
                "do": "adverse_event",
                "items": {"term": "fever", "grade": 2, "serious": "yes"},
            },
        )
    site.record("P-002", {"on": "2026-11-02", "corrects": "P-002-e", "items": {"serious": "no"}, "reason": "not in danger"})
    clocked(monkeypatch, max(each.at for each in links(site.slug)) + timedelta(hours=30))
    nurse = site.client("nurse")
    page = nurse.get(site.url("serious/")).content.decode()
    assert "1 to be reported" in page and "Fever" in page and "P-002" not in page and "h" in page and "over</strong>" in page
    assert "1 serious event</a> to be reported" in nurse.get(site.url()).content.decode()
    rows = list(SeriousEvent.objects.values())
    rebuild(site.slug)
    assert list(SeriousEvent.objects.values()) == rows and len(rows) == 1
    site.record("P-001", {"on": "2026-11-03", "corrects": "P-001-e", "retract": True, "reason": "another participant's"})
    assert "None waits to be reported" in nurse.get(site.url("serious/")).content.decode()


def test_another_site_sees_no_serious_event_of_this_one(site: Site) -> None:
    from django.contrib.auth.models import User

    from equipoise.web.demonstration import give_roles

    assert saved(site, told()).status_code == 302
    User.objects.create_user("elsewhere", password="a long enough password")
    give_roles(site.slug, {"elsewhere": "coordinator"}, site="another")
    assert "P-001" not in site.client("elsewhere").get(site.url("serious/")).content.decode()


def test_what_waits_to_be_reported_is_next_also_of_somebody_who_died(site: Site) -> None:
    saved(site, told())
    site.record("P-001", {"on": "2026-11-20", "do": "death", "items": {"cause": "disease"}})
    nurse, timeline = site.client("nurse"), site.url("p/P-001/")
    page = nurse.get(timeline).content.decode()
    assert "Report the serious event" in page and "To be reported by" in page and "Nothing more is owed" not in page
    event = re.search(r'name="event" value="([^"]+)"', nurse.get(site.url(LIST)).content.decode())
    assert event is not None
    report = {"request": token(), "event": event[1], "to": "the sponsor", "at": "2026-11-21 00:00"}
    assert nurse.post(site.url(LIST), report).status_code == 302
    assert "Nothing more is owed" in nurse.get(timeline).content.decode()
